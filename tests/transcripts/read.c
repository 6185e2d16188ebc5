/* Two spellings of one conversation: .http files, and Markdown pages whose curl lines are followed
 * by their answer. */
#include "tests/transcripts/transcript.h"

#include <stdio.h>
#include <stdlib.h>

struct reader {
    struct arena *arena;
    const char *path;
    str rest;
    bool ended;
    unsigned line;
    str at; /* the present line */
    struct turn *turns;
    size_t count, room;
};

static void refuse(const struct reader *r, const char *what)
{
    (void)fprintf(stderr, "%s:%u: %s\n", r->path, r->line, what);
    abort();
}

static bool next_line(struct reader *r)
{
    if (!str_next(&r->rest, &r->ended, '\n', &r->at))
        return false;
    r->line++;
    return true;
}

static struct turn *new_turn(struct reader *r)
{
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 32;
        r->turns =
            arena_grow(r->arena, r->turns, r->room * sizeof *r->turns, room * sizeof *r->turns);
        r->room = room;
    }
    struct turn *s = &r->turns[r->count++];
    *s = (struct turn){.line = r->line,
                       .headers = S(""),
                       .body = S(""),
                       .want_headers = S(""),
                       .want_body = S("")};
    return s;
}

static str joined(const struct reader *r, str text, str line, char between)
{
    if (text.len == 0)
        return line;
    return arena_format(r->arena, STR_FMT "%c" STR_FMT, STR_ARG(text), between, STR_ARG(line));
}

/* Header lines up to an empty one or one that begins something else. True: a body follows. */
static bool read_headers(struct reader *r, str *headers, const char *until)
{
    while (next_line(r)) {
        if (r->at.len == 0)
            return true;
        if (str_starts(r->at, str_of(until)))
            return false;
        *headers = joined(r, *headers, r->at, '\n');
    }
    return false;
}

/* Lines up to one that begins so; without empty ones at the end. False: the file ended. */
static bool read_until(struct reader *r, str *text, const char *until)
{
    while (next_line(r)) {
        if (str_starts(r->at, str_of(until))) {
            while (str_ends(*text, S("\n")))
                text->len--;
            return true;
        }
        if (text->len || r->at.len)
            *text = joined(r, *text, r->at, '\n');
    }
    while (str_ends(*text, S("\n")))
        text->len--;
    return false;
}

static int read_status(struct reader *r, str line)
{
    str version, status, reason;
    uint64_t n = 0;
    (void)str_cut(line, ' ', &version, &status);
    (void)str_cut(status, ' ', &status, &reason);
    if (!str_to_u64(status, 599, &n))
        refuse(r, "a status is missing");
    return (int)n;
}

/* .http: "### title", request line, headers, body, "HTTP 200", headers, body. */

static void read_http_turn(struct reader *r, str title)
{
    while (r->at.len == 0 || str_starts(r->at, S("#")))
        if (!next_line(r))
            return;
    struct turn *s = new_turn(r);
    s->title = title;
    if (!str_cut(r->at, ' ', &s->method, &s->target))
        refuse(r, "a request line is missing");
    if (read_headers(r, &s->headers, "HTTP ") && !read_until(r, &s->body, "HTTP "))
        refuse(r, "there is no answer");
    s->status = read_status(r, r->at);
    if (read_headers(r, &s->want_headers, "###"))
        (void)read_until(r, &s->want_body, "###");
    s->has_body = s->want_body.len > 0;
}

static void read_http(struct reader *r)
{
    bool more = next_line(r);
    while (more) {
        if (!str_starts(r->at, S("###"))) {
            more = next_line(r);
            continue;
        }
        str title = str_trim(str_slice(r->at, 3, r->at.len));
        if (!next_line(r))
            break;
        read_http_turn(r, title);
        more = str_starts(r->at, S("###"));
    }
}

/* Markdown: a block with a curl command, then one with its answer. */

struct words {
    str at[64];
    size_t count;
};

/* As a shell splits a line: '…' as it is, "…" with $NAME, \ at the end of a line is a blank. */
static void split_words(struct reader *r, str line, struct words *out)
{
    struct buf word;
    char quote = 0;
    bool begun = false;
    buf_init(&word, r->arena, 1u << 20);
    for (size_t i = 0; i <= line.len; i++) {
        char c = i < line.len ? line.at[i] : ' ';
        if (quote ? c == quote : c == '\'' || c == '"') {
            quote = quote ? 0 : c;
            begun = true;
        } else if (!quote && c == ' ') {
            if (begun) {
                if (out->count == COUNTOF(out->at))
                    refuse(r, "too many words");
                out->at[out->count++] = arena_copy(r->arena, buf_str(&word));
            }
            buf_clear(&word);
            begun = false;
        } else {
            buf_byte(&word, c);
            begun = true;
        }
    }
    if (quote)
        refuse(r, "a quote does not end");
}

static void add_header(struct reader *r, struct turn *s, str line)
{
    s->headers = joined(r, s->headers, line, '\n');
}

static str path_of(struct reader *r, str url)
{
    size_t at = 0;
    str rest = url;
    if (str_starts(url, S("http://")))
        rest = str_slice(url, 7, url.len);
    if (!str_find(rest, '/', &at))
        refuse(r, "an address without a path");
    return str_slice(rest, at, rest.len);
}

static str encoded(struct reader *r, str pair)
{
    struct buf b;
    str name, value;
    buf_init(&b, r->arena, 1u << 16);
    (void)str_cut(pair, '=', &name, &value);
    buf_add(&b, name);
    buf_byte(&b, '=');
    buf_percent(&b, value);
    return buf_str(&b);
}

/* A file of the repository, as it is. */
static str file_bytes(struct reader *r, str path)
{
    char *bytes = arena_get(r->arena, 1u << 16, 1);
    FILE *file = fopen(arena_cstr(r->arena, path), "rb");
    if (!file)
        refuse(r, "a file that is not there");
    size_t n = fread(bytes, 1, 1u << 16, file);
    (void)fclose(file);
    return (str){bytes, n};
}

#define FORM_END "--transcript--\r\n"

/* -F name=value, -F name=@file: one more part of a form. */
static void add_part(struct reader *r, struct turn *s, str pair)
{
    struct buf b;
    str name, value, path, stem;
    bool is_first = s->body.len == 0;
    (void)str_cut(pair, '=', &name, &value);
    bool is_file = str_starts(value, S("@"));
    path = str_slice(value, 1, value.len);
    for (stem = path; str_cut(stem, '/', &path, &stem);)
        path = stem;
    if (is_file)
        value = file_bytes(r, str_slice(value, 1, value.len));
    buf_init(&b, r->arena, 1u << 20);
    buf_add(&b, is_first ? S("") : str_slice(s->body, 0, s->body.len - strlen(FORM_END)));
    buf_format(&b, "--transcript\r\nContent-Disposition: form-data; name=\"" STR_FMT "\"", STR_ARG(name));
    if (is_file)
        buf_format(&b, "; filename=\"" STR_FMT "\"", STR_ARG(path));
    buf_add(&b, S("\r\n\r\n"));
    buf_add(&b, value);
    buf_add(&b, S("\r\n" FORM_END));
    s->body = buf_str(&b);
    if (is_first)
        add_header(r, s, S("Content-Type: multipart/form-data; boundary=transcript"));
}

/* The options that our pages use. */
static void read_curl(struct reader *r, const struct words *w, struct turn *s)
{
    str query = S("");
    bool in_query = false;
    s->method = (str){0};
    for (size_t i = 1; i < w->count; i++) {
        str word = w->at[i], value = i + 1 < w->count ? w->at[i + 1] : S("");
        bool takes_value = true;
        if (str_equal(word, S("-X"))) {
            s->method = value;
        } else if (str_equal(word, S("-H"))) {
            add_header(r, s, value);
        } else if (str_equal(word, S("-u"))) {
            add_header(r, s, arena_format(r->arena, BASIC_PLAIN STR_FMT, STR_ARG(value)));
        } else if (str_equal(word, S("-b"))) {
            add_header(r, s, arena_format(r->arena, "Cookie: " STR_FMT, STR_ARG(value)));
        } else if (str_equal(word, S("--json"))) {
            s->body = value;
            add_header(r, s, S("Content-Type: application/json"));
        } else if (str_equal(word, S("-d"))) {
            s->body = joined(r, s->body, value, '&');
            add_header(r, s, S("Content-Type: application/x-www-form-urlencoded"));
        } else if (str_equal(word, S("--data-binary"))) {
            s->body = str_starts(value, S("@")) ? file_bytes(r, str_slice(value, 1, value.len)) : value;
        } else if (str_equal(word, S("-F"))) {
            add_part(r, s, value);
        } else if (str_equal(word, S("--data-urlencode"))) {
            query = joined(r, query, encoded(r, value), '&');
        } else {
            takes_value = false;
            in_query |= str_equal(word, S("-G"));
            if (!str_starts(word, S("-")))
                s->target = path_of(r, word);
            else if (!str_equal(word, S("-G")) && !str_equal(word, S("-g")) &&
                     !str_equal(word, S("-i")) && !str_equal(word, S("-s")))
                refuse(r, "an option of curl that this reader does not know");
        }
        i += takes_value;
    }
    if (in_query)
        s->target = arena_format(r->arena, STR_FMT "?" STR_FMT, STR_ARG(s->target), STR_ARG(query));
    if (str_is_absent(s->method))
        s->method = s->body.len ? S("POST") : S("GET");
}

static void read_answer(struct reader *r, struct turn *s)
{
    str language = str_slice(r->at, 3, r->at.len);
    s->status = 200;
    s->has_body = true;
    if (str_equal(language, S("http"))) {
        if (!next_line(r))
            refuse(r, "the page ends in an answer");
        s->status = read_status(r, r->at);
        s->has_body = read_headers(r, &s->want_headers, "```");
    }
    if (s->has_body && !read_until(r, &s->want_body, "```"))
        refuse(r, "the page ends in an answer");
    s->has_body = s->want_body.len > 0;
}

/* A quote that is open goes on in the next line. */
static bool is_open(str command)
{
    size_t quotes = 0;
    for (size_t i = 0; i < command.len; i++)
        quotes += command.at[i] == '\'';
    return quotes % 2 == 1;
}

/* The lines of a block; "\" at an end joins two, and so does a text in quotes. True when it is one curl command. */
static bool read_command(struct reader *r, str *command)
{
    *command = S("");
    bool joins = false, several = false;
    while (next_line(r) && !str_starts(r->at, S("```"))) {
        several |= command->len > 0 && !joins;
        joins = str_ends(r->at, S("\\"));
        str line = joins ? str_slice(r->at, 0, r->at.len - 1) : r->at;
        *command = joined(r, *command, line, ' ');
        joins |= is_open(*command);
    }
    if (several && str_starts(*command, S("curl ")))
        refuse(r, "one curl command in a block, please");
    return str_starts(*command, S("curl "));
}

/* A document of GraphQL. Comments in front of it say what goes along: "# api-key: $KEY", "# variables: {…}". */
static void read_document(struct reader *r)
{
    static const str key = STR("# api-key: "), variables = STR("# variables: ");
    struct turn *s = new_turn(r);
    struct buf b;
    str document = S(""), given = S("{}");
    s->line = r->line;
    while (next_line(r) && !str_starts(r->at, S("```"))) {
        if (str_starts(r->at, key))
            add_header(r, s, str_slice(r->at, 2, r->at.len));
        else if (str_starts(r->at, variables))
            given = str_slice(r->at, variables.len, r->at.len);
        else
            document = joined(r, document, r->at, '\n');
    }
    s->title = str_slice(document, 0, 90);
    s->method = S("POST");
    s->target = S("/graphql");
    add_header(r, s, S("Content-Type: application/json"));
    buf_init(&b, r->arena, 1u << 16);
    buf_add(&b, S("{\"query\":"));
    buf_json_text(&b, document);
    buf_add(&b, S(",\"variables\":"));
    buf_add(&b, given);
    buf_byte(&b, '}');
    s->body = buf_str(&b);
    while (next_line(r) && !str_starts(r->at, S("```")))
        ;
    read_answer(r, s);
}

static void read_page(struct reader *r)
{
    while (next_line(r)) {
        if (str_equal(r->at, S("```graphql")))
            read_document(r);
        if (!str_equal(r->at, S("```sh")) && !str_equal(r->at, S("```bash")))
            continue;
        unsigned line = r->line;
        str command;
        struct words words = {.count = 0};
        if (!read_command(r, &command))
            continue;
        while (next_line(r) && !str_starts(r->at, S("```")))
            ;
        struct turn *s = new_turn(r);
        s->line = line;
        s->title = str_slice(command, 0, 90);
        split_words(r, command, &words);
        read_curl(r, &words, s);
        read_answer(r, s);
    }
}

static str whole_file(struct arena *a, const char *path)
{
    struct buf b;
    FILE *f = fopen(path, "rb");
    buf_init(&b, a, (size_t)1 << 20);
    if (!f) {
        (void)fprintf(stderr, "%s cannot be read\n", path);
        abort();
    }
    for (;;) {
        char *into = buf_room(&b, 4096);
        must(into != NULL);
        size_t got = fread(into, 1, 4096, f);
        b.len += got;
        if (got == 0)
            break;
    }
    (void)fclose(f);
    return buf_str(&b);
}

void transcript_read(struct arena *a, const char *path, struct turn **out, size_t *count)
{
    struct reader r = {.arena = a, .path = path, .rest = whole_file(a, path)};
    if (str_ends(str_of(path), S(".md")))
        read_page(&r);
    else
        read_http(&r);
    *out = r.turns;
    *count = r.count;
}

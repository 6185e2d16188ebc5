/* What was wanted against what came: JSON by structure, texts by pattern. */
#include "tests/transcripts/transcript.h"

#include "base/id.h"

#define ANY   "\xe2\x80\xa6" /* … */
#define DEPTH 64u

void scene_set(struct scene *s, str name, str value)
{
    must(s->count < COUNTOF(s->names));
    s->names[s->count++] =
        (struct stand_in){arena_copy(s->arena, name), arena_copy(s->arena, value)};
}

static const str *find(const struct scene *s, str name)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_equal(s->names[i].name, name))
            return &s->names[i].value;
    return NULL;
}

str scene_fill(const struct scene *s, str text)
{
    struct buf b;
    buf_init(&b, s->arena, (size_t)4 << 20);
    for (size_t at = 0; at < text.len;) {
        const struct stand_in *known = NULL;
        for (size_t i = 0; i < s->count; i++)
            if (str_starts(str_slice(text, at, text.len), s->names[i].name))
                known = &s->names[i];
        if (known) {
            buf_add(&b, known->value);
            at += known->name.len;
        } else {
            buf_byte(&b, text.at[at++]);
        }
    }
    must(!b.failed);
    return buf_str(&b);
}

/* Texts that differ from run to run and stand for themselves in a transcript. */
static bool is_of(str s, size_t least, size_t most, const char *alphabet)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr(alphabet, s.at[i]))
            return false;
    return s.len >= least && s.len <= most;
}

#define DIGITS "0123456789"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"

static bool same_sort(str a, str b, size_t least, size_t most, const char *alphabet)
{
    return is_of(a, least, most, alphabet) && is_of(b, least, most, alphabet);
}

/* An id that is not the demo's (those begin with zeros), an ETag, a request id, a cursor or key. */
static bool may_stand_for(str wanted, str is)
{
    if (id_valid(wanted) && id_valid(is))
        return !str_starts(wanted, S("0000000000000"));
    return same_sort(wanted, is, 26, 26, DIGITS UPPER) ||
           same_sort(wanted, is, 18, 80, "\"-" DIGITS "abcdef") ||
           same_sort(wanted, is, 40, 1000, "-_~" DIGITS UPPER LOWER);
}

/* … is any run of bytes. Few of them: tried one after the other. */
static bool matches_pattern(str pattern, str text)
{
    str literal = pattern, rest = text;
    bool is_first = true;
    for (;;) {
        size_t at = 0;
        while (at < literal.len && !str_starts(str_slice(literal, at, literal.len), S(ANY)))
            at++;
        str piece = str_slice(literal, 0, at);
        bool is_last = at == literal.len;
        if (is_first && !str_starts(rest, piece))
            return false;
        if (is_first && is_last)
            return str_equal(rest, piece);
        if (is_last)
            return str_ends(rest, piece);
        size_t found = 0;
        while (!is_first && found < rest.len &&
               !str_starts(str_slice(rest, found, rest.len), piece))
            found++;
        if (!str_starts(str_slice(rest, found, rest.len), piece))
            return false;
        rest = str_slice(rest, found + piece.len, rest.len);
        literal = str_slice(literal, at + sizeof(ANY) - 1, literal.len);
        is_first = false;
    }
}

/* "before$NAMEbehind" where the name is new: it stands for what came in its place, up to what begins like the rest. */
static bool learn_name(struct scene *s, str wanted, str is)
{
    size_t at = 0, end = 0;
    if (!str_find(wanted, '$', &at) || !str_starts(is, str_slice(wanted, 0, at)))
        return false;
    size_t to = at + 1;
    while (to < wanted.len && is_of((str){wanted.at + to, 1}, 1, 1, UPPER "_"))
        to++;
    str name = str_slice(wanted, at, to), value = str_slice(is, at, is.len);
    if (name.len < 2 || find(s, name))
        return false;
    if (to < wanted.len && str_find(value, wanted.at[to], &end))
        value = str_slice(value, 0, end);
    scene_set(s, name, value);
    return true;
}

static bool match_text(struct scene *s, str wanted, str is)
{
    if (learn_name(s, wanted, is))
        return match_text(s, wanted, is);
    str filled = scene_fill(s, wanted);
    if (str_equal(filled, is) || matches_pattern(filled, is))
        return true;
    bool is_name = str_starts(wanted, S("{{")) && str_ends(wanted, S("}}"));
    if (find(s, wanted) || !(is_name || may_stand_for(wanted, is)))
        return false;
    scene_set(s, wanted, is);
    return true;
}

static bool is_any(const struct json *v)
{
    return v->type == JSON_TEXT && str_equal(v->text, S(ANY));
}

static str say(struct scene *s, str where, const struct json *wanted, const struct json *is)
{
    str w = wanted ? json_print(s->arena, wanted) : S("nothing");
    str i = is ? json_print(s->arena, is) : S("nothing");
    return arena_format(s->arena, "at \"" STR_FMT "\"\n    is     " STR_FMT "\n    wanted " STR_FMT,
                        STR_ARG(where), STR_ARG(str_slice(i, 0, 2000)),
                        STR_ARG(str_slice(w, 0, 2000)));
}

static bool is_time(str name)
{
    return str_equal(name, S("_created")) || str_equal(name, S("_modified"));
}

static bool match_json(struct scene *s, str where, const struct json *wanted, const struct json *is,
                       unsigned depth, str *why);

static bool match_map(struct scene *s, str where, const struct json *wanted, const struct json *is,
                      unsigned depth, str *why)
{
    bool is_open = false;
    uint32_t met = 0;
    for (uint32_t i = 0; i < wanted->count; i++) {
        const struct json *w = &wanted->items[i];
        if (str_equal(w->name, S(ANY))) {
            is_open = true;
            continue;
        }
        const struct json *v = json_get(is, w->name);
        str path = arena_format(s->arena, STR_FMT "/" STR_FMT, STR_ARG(where), STR_ARG(w->name));
        met++;
        if (v && v->type == JSON_INT && w->type == JSON_INT && is_time(w->name))
            continue;
        if (!v || !match_json(s, path, w, v, depth - 1, why)) {
            *why = v ? *why : say(s, path, w, NULL);
            return false;
        }
    }
    for (uint32_t i = 0; !is_open && i < is->count; i++)
        if (!json_get(wanted, is->items[i].name)) {
            *why = say(s,
                       arena_format(s->arena, STR_FMT "/" STR_FMT, STR_ARG(where),
                                    STR_ARG(is->items[i].name)),
                       NULL, &is->items[i]);
            return false;
        }
    return is_open || met == is->count;
}

static bool match_list(struct scene *s, str where, const struct json *wanted, const struct json *is,
                       unsigned depth, str *why)
{
    uint32_t count = wanted->count;
    bool is_open = count > 0 && is_any(&wanted->items[count - 1]);
    count -= is_open;
    if (is_open ? is->count < count : is->count != count) {
        *why = say(s, where, wanted, is);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        str path = arena_format(s->arena, STR_FMT "/%u", STR_ARG(where), i);
        if (!match_json(s, path, &wanted->items[i], &is->items[i], depth - 1, why))
            return false;
    }
    return true;
}

static bool match_json(struct scene *s, str where, const struct json *wanted, const struct json *is,
                       unsigned depth, str *why)
{
    must(depth > 0);
    if (is_any(wanted))
        return true;
    if (wanted->type == JSON_MAP && is->type == JSON_MAP)
        return match_map(s, where, wanted, is, depth, why);
    if (wanted->type == JSON_LIST && is->type == JSON_LIST)
        return match_list(s, where, wanted, is, depth, why);
    if (wanted->type == JSON_TEXT && is->type == JSON_TEXT ? match_text(s, wanted->text, is->text)
                                                           : json_equal(wanted, is))
        return true;
    *why = say(s, where, wanted, is);
    return false;
}

static const struct json *read(struct arena *a, str text, enum json_dialect dialect)
{
    const struct json *v = NULL;
    struct json_options options = {.dialect = dialect};
    struct problem quiet = {.arena = a};
    return json_read(a, text, &options, S(""), &v, &quiet) == ERR_OK ? v : NULL;
}

static bool match_body(struct scene *s, const struct turn *turn, const struct reply *reply,
                       str *why)
{
    const struct json *wanted = read(s->arena, turn->want_body, JSON_5);
    const struct json *is = read(s->arena, reply->body, JSON_STRICT);
    if (wanted && is)
        return match_json(s, S(""), wanted, is, DEPTH, why);
    str text = reply->body;
    while (str_ends(text, S("\n")))
        text.len--;
    if (match_text(s, turn->want_body, text))
        return true;
    *why = arena_format(s->arena, "the body is\n    " STR_FMT "\n    wanted\n    " STR_FMT,
                        STR_ARG(reply->body), STR_ARG(turn->want_body));
    return false;
}

static str header_of(const struct reply *r, str name)
{
    for (size_t i = 0; i < r->header_count; i++)
        if (str_equal_nocase(r->headers[i].name, name))
            return r->headers[i].value;
    return (str){0};
}

static bool match_headers(struct scene *s, const struct turn *turn, const struct reply *reply,
                          str *why)
{
    str rest = turn->want_headers, line, name, wanted;
    bool ended = rest.len == 0;
    while (str_next(&rest, &ended, '\n', &line)) {
        if (line.len == 0)
            continue;
        must(str_cut(line, ':', &name, &wanted));
        str is = header_of(reply, str_trim(name));
        wanted = str_trim(wanted);
        bool good = str_equal(wanted, S("-")) ? str_is_absent(is)
                                              : !str_is_absent(is) && match_text(s, wanted, is);
        if (good)
            continue;
        *why = arena_format(s->arena,
                            "the header " STR_FMT " is\n    " STR_FMT "\n    wanted\n    " STR_FMT,
                            STR_ARG(name), STR_ARG(is.at ? is : S("(absent)")), STR_ARG(wanted));
        return false;
    }
    return true;
}

bool scene_match(struct scene *s, const struct turn *turn, const struct reply *reply, str *why)
{
    if (turn->status != reply->status) {
        *why = arena_format(s->arena, "the status is %d, wanted %d; the body is\n    " STR_FMT,
                            reply->status, turn->status, STR_ARG(reply->body));
        return false;
    }
    return match_headers(s, turn, reply, why) &&
           (!turn->has_body || match_body(s, turn, reply, why));
}

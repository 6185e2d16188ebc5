#include "base/http.h"

#include "base/encode.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <inttypes.h>

static const str method_names[METHOD_COUNT] = {
#define X(name) STR(#name),
    METHOD_TABLE(X)
#undef X
};

bool method_of(str name, enum method *out)
{
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        if (str_equal(name, method_names[i])) {
            *out = (enum method)i;
            return true;
        }
    }
    return false;
}

str method_name(enum method m)
{
    must((unsigned)m < METHOD_COUNT);
    return method_names[m];
}

bool percent_decode(struct arena *a, str s, bool plus_is_blank, str *out)
{
    size_t at = 0;
    if (!str_find(s, '%', &at) && !(plus_is_blank && str_find(s, '+', &at))) {
        *out = s;
        return true;
    }
    char *to = arena_get(a, s.len, 1);
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] != '%') {
            to[n++] = plus_is_blank && s.at[i] == '+' ? ' ' : s.at[i];
            continue;
        }
        int high = s.len - i > 2 ? hex_digit(s.at[i + 1]) : -1;
        int low = s.len - i > 2 ? hex_digit(s.at[i + 2]) : -1;
        if (high < 0 || low < 0)
            return false;
        to[n++] = (char)(high * 16 + low);
        i += 2;
    }
    *out = (str){to, n};
    return true;
}

static size_t count_of(str s, char c)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += s.at[i] == c;
    return count;
}

/* H-3 and H-4: what may stand between two slashes, before and after decoding. */
static const char *fault_of_segment(struct arena *a, str raw, str *out)
{
    for (size_t i = 0; i < raw.len; i++)
        if (raw.at[i] <= 0x20 || raw.at[i] > 0x7e || raw.at[i] == '\\')
            return "The path has a character that must be percent-encoded.";
    if (!percent_decode(a, raw, false, out))
        return "The path has a broken percent escape.";
    for (size_t i = 0; i < out->len; i++) {
        if ((unsigned char)out->at[i] < 0x20 || out->at[i] == 0x7f)
            return "The path has a control character.";
        if (out->at[i] == '/' || out->at[i] == '\\')
            return "The path has an encoded slash.";
    }
    if (!utf8_valid(*out))
        return "The path is not UTF-8.";
    if (out->len == 0 || str_equal(*out, S(".")) || str_equal(*out, S("..")))
        return "The path has an empty segment, \".\" or \"..\".";
    return NULL;
}

static str join_path(struct arena *a, const str *segments, size_t count, bool trailing_slash)
{
    size_t len = 1;
    for (size_t i = 0; i < count; i++)
        len += segments[i].len + 1;
    char *path = arena_get(a, len, 1);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        path[n++] = '/';
        memcpy(path + n, segments[i].at, segments[i].len);
        n += segments[i].len;
    }
    if (count == 0 || trailing_slash)
        path[n++] = '/';
    return (str){path, n};
}

enum err exchange_take_target(struct exchange *x, str target, struct problem *why)
{
    str path = {0}, query = {0};
    if (target.len > LIMIT_TARGET_BYTES)
        return problem_set(why, ERR_TARGET_TOO_LONG, "The target is longer than %u bytes.",
                           LIMIT_TARGET_BYTES);
    str_cut(target, '?', &path, &query);
    if (path.len == 0 || path.at[0] != '/')
        return problem_set(why, ERR_BAD_INPUT, "The target is not a path.");
    for (size_t i = 0; i < query.len; i++)
        if (query.at[i] <= 0x20 || query.at[i] == 0x7f)
            return problem_set(why, ERR_BAD_INPUT, "The query has a blank or control character.");
    size_t count = 0;
    bool ended = false, trailing_slash = false;
    str *segments = NEW_N(x->arena, str, count_of(path, '/'));
    str rest = str_slice(path, 1, path.len), raw = {0};
    while (str_next(&rest, &ended, '/', &raw)) {
        if (raw.len == 0 && ended) {
            trailing_slash = true;
            break;
        }
        if (count == LIMIT_PATH_SEGMENTS)
            return problem_set(why, ERR_BAD_INPUT, "The path has more than %u segments.",
                               LIMIT_PATH_SEGMENTS);
        const char *fault = fault_of_segment(x->arena, raw, &segments[count++]);
        if (fault != NULL)
            return problem_set(why, ERR_BAD_INPUT, "%s", fault);
    }
    x->target = target;
    x->query = query;
    x->segments = segments;
    x->segment_count = count;
    x->trailing_slash = trailing_slash;
    x->path = join_path(x->arena, segments, count, trailing_slash);
    return ERR_OK;
}

str exchange_header(const struct exchange *x, str name)
{
    for (size_t i = 0; i < x->header_count; i++)
        if (str_equal_nocase(x->headers[i].name, name))
            return x->headers[i].value;
    return (str){0};
}

static bool is_header_text(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] == '\r' || s.at[i] == '\n' || s.at[i] == '\0')
            return false;
    return true;
}

void exchange_add_header(struct exchange *x, str name, str value)
{
    must(is_header_text(name) && is_header_text(value));
    must(x->extra_header_count < COUNTOF(x->extra_headers));
    x->extra_headers[x->extra_header_count++] = (struct pair){name, value};
}

static enum err refuse_large(struct exchange *x, struct problem *why)
{
    return problem_set(why, ERR_TOO_LARGE, "The body is larger than %" PRIu32 " bytes.",
                       x->body_max);
}

/* Reads into b until the end, or until as much has come as was announced. */
static enum err read_all(struct exchange *x, struct buf *b, struct problem *why)
{
    bool is_chunked = x->body_length == UINT64_MAX;
    while (is_chunked || b->len < x->body_length) {
        char beyond = 0; /* room to see that nothing follows a body that fills its ceiling */
        bool is_full = b->len == b->max;
        char *into = is_full ? &beyond : buf_room(b, 1);
        if (into == NULL)
            return refuse_large(x, why);
        size_t got = 0;
        enum err e = x->body(x, into, is_full ? 1 : b->room - b->len, &got);
        if (e == ERR_TOO_LARGE || (is_full && e == ERR_OK && got > 0))
            return refuse_large(x, why);
        if (e != ERR_OK)
            return problem_set(why, e, e == ERR_UNAVAILABLE ? "The server is stopping." : "The body could not be read.");
        if (got == 0)
            break;
        b->len += got;
    }
    if (!is_chunked && b->len < x->body_length)
        return problem_set(why, ERR_BAD_INPUT, "The body is shorter than its Content-Length.");
    return ERR_OK;
}

static enum err read_kept(struct exchange *x, void *into, size_t room, size_t *got)
{
    str rest = str_slice(x->kept_body, x->kept_at, x->kept_body.len);
    *got = rest.len < room ? rest.len : room;
    if (*got > 0)
        memcpy(into, rest.at, *got);
    x->kept_at += *got;
    return ERR_OK;
}

enum err exchange_body(struct exchange *x, str *out, struct problem *why)
{
    bool is_chunked = x->body_length == UINT64_MAX;
    if (x->body == read_kept) {
        *out = x->kept_body;
        return x->kept_body.len > x->body_max ? refuse_large(x, why) : ERR_OK;
    }
    if (x->body_length == 0 || x->body == NULL) {
        *out = S("");
        return ERR_OK;
    }
    if (!is_chunked && x->body_length > x->body_max)
        return refuse_large(x, why);
    struct buf b;
    buf_init(&b, x->arena, is_chunked ? x->body_max : (size_t)x->body_length);
    /* An announcement costs a client nothing: beyond a usual body, memory follows what has come. */
    if (!is_chunked && x->body_length <= LIMIT_BODY_BYTES &&
        buf_room(&b, (size_t)x->body_length) == NULL)
        return refuse_large(x, why);
    TRY(read_all(x, &b, why));
    *out = buf_str(&b);
    return ERR_OK;
}

enum err exchange_keep_body(struct exchange *x, uint32_t most, str *out, struct problem *why)
{
    uint32_t ceiling = x->body_max;
    x->body_max = most < ceiling ? most : ceiling;
    enum err e = exchange_body(x, out, why);
    x->body_max = ceiling;
    TRY(e);
    x->kept_body = *out;
    x->kept_at = 0;
    x->body_length = out->len;
    if (x->body != NULL)
        x->body = read_kept;
    return ERR_OK;
}

bool media_is_json(str media)
{
    str type = {0}, parameters = {0};
    str_cut(media, ';', &type, &parameters);
    type = str_trim(type);
    str suffix = str_slice(type, type.len < 5 ? 0 : type.len - 5, type.len);
    return str_equal_nocase(type, S("application/json")) ||
           (type.len > 17 && str_equal_nocase(str_slice(type, 0, 12), S("application/")) &&
            str_equal_nocase(suffix, S("+json")));
}

enum err exchange_json(struct exchange *x, const struct json **out, struct problem *why)
{
    if (!media_is_json(exchange_header(x, S("content-type"))))
        return problem_set(why, ERR_BAD_MEDIA, "The body must be application/json.");
    str body = {0};
    TRY(exchange_body(x, &body, why));
    return json_read(x->arena, body, &(struct json_options){.dialect = JSON_STRICT}, S(""), out,
                     why);
}

void exchange_send_text(struct exchange *x, int status, str media, str body)
{
    must(x->status_sent == 0 && is_header_text(media));
    struct pair type = {S("Content-Type"), media};
    x->send(x, status, &type, 1, body);
}

struct buf *exchange_body_buf(struct exchange *x)
{
    if (!x->lent) {
        x->lent = NEW(x->arena, struct buf);
        buf_init(x->lent, x->arena, LIMIT_RESPONSE_BYTES);
    }
    buf_clear(x->lent);
    return x->lent;
}

void exchange_send_json(struct exchange *x, int status, str json)
{
    exchange_send_text(x, status, S("application/json"), json);
}

void exchange_send_nothing(struct exchange *x, int status)
{
    must(x->status_sent == 0);
    x->send(x, status, NULL, 0, S(""));
}

static const char *fault_of_parameter(const struct pair *p, const struct pair *before, size_t count)
{
    if (!utf8_valid(p->name) || !utf8_valid(p->value))
        return "is not UTF-8";
    size_t at = 0;
    if (str_find(p->name, '\0', &at) || str_find(p->value, '\0', &at))
        return "has a NUL";
    for (size_t i = 0; !str_ends(p->name, S("[]")) && i < count; i++)
        if (str_equal(before[i].name, p->name))
            return "is given twice";
    return NULL;
}

enum err query_string_read(struct arena *a, str query, struct query_string *out,
                           struct problem *why)
{
    size_t count = 0;
    struct pair *pairs = NEW_N(a, struct pair, count_of(query, '&') + 1);
    bool ended = query.len == 0;
    str piece = {0};
    while (str_next(&query, &ended, '&', &piece)) {
        if (piece.len == 0)
            continue;
        if (count == LIMIT_QUERY_PARAMETERS)
            return problem_set(why, ERR_BAD_INPUT, "The query has more than %u parameters.",
                               LIMIT_QUERY_PARAMETERS);
        str name = {0}, value = {0};
        str_cut(piece, '=', &name, &value);
        struct pair *p = &pairs[count];
        if (!percent_decode(a, name, true, &p->name) || !percent_decode(a, value, true, &p->value))
            return problem_set(why, ERR_BAD_INPUT, "The query has a broken percent escape.");
        const char *fault = fault_of_parameter(p, pairs, count);
        if (fault != NULL) {
            bool is_text = utf8_valid(p->name);
            problem_fault(why, ERR_BAD_INPUT, is_text ? p->name : S(""), S("parameter"),
                          "The parameter %s.", fault);
            return problem_set(why, ERR_BAD_INPUT, "A parameter of the query %s.", fault);
        }
        count++;
    }
    *out = (struct query_string){.pairs = pairs, .count = count};
    return ERR_OK;
}

str query_string_get(const struct query_string *q, str name)
{
    for (size_t i = 0; i < q->count; i++)
        if (str_equal(q->pairs[i].name, name))
            return q->pairs[i].value;
    return (str){0};
}

str param(const struct params *p, const char *name)
{
    str wanted = str_of(name);
    for (size_t i = 0; i < p->count; i++)
        if (str_equal(p->values[i].name, wanted))
            return p->values[i].value;
    must_failed(name, __FILE__, __LINE__);
}

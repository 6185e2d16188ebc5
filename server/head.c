#include "server/head.h"

/* Classes of bytes; one table, so that each byte is looked at once. */
enum {
    IS_TOKEN = 1,  /* RFC 9110 5.6.2: methods and header names */
    IS_VALUE = 2,  /* header values: HTAB, blank, visible, and bytes above 0x7f */
    IS_TARGET = 4, /* visible ASCII */
    IS_HOST = 8,   /* reg-name without percent escapes, see RFC 3986 3.2.2 */
    IS_DIGIT = 16
};

#define V IS_VALUE
#define X (IS_VALUE | IS_TARGET)
#define H (X | IS_HOST)
#define M (X | IS_TOKEN)
#define N (X | IS_TOKEN | IS_HOST)
#define D (N | IS_DIGIT)
/* clang-format off */
static const uint8_t class_of[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, V, 0, 0, 0, 0, 0, 0, /* 00 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 10 */
    V, N, X, M, N, M, N, N, H, H, N, N, H, N, N, X, /* 20 */
    D, D, D, D, D, D, D, D, D, D, X, H, X, H, X, X, /* 30 */
    X, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 40 */
    N, N, N, N, N, N, N, N, N, N, N, X, X, X, M, N, /* 50 */
    M, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 60 */
    N, N, N, N, N, N, N, N, N, N, N, X, M, X, N, 0, /* 70 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 80 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 90 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* a0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* b0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* c0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* d0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* e0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* f0 */
};
#undef V
#undef X
#undef H
#undef M
#undef N
#undef D
/* clang-format on */

/* How many leading bytes are of the class. */
static size_t span(str s, size_t from, unsigned wanted)
{
    size_t i = from;
    while (i < s.len && (class_of[(unsigned char)s.at[i]] & wanted))
        i++;
    return i - from;
}

static bool all(str s, unsigned wanted)
{
    return s.len > 0 && span(s, 0, wanted) == s.len;
}

static str first_line(str got)
{
    const char *end = got.len ? memchr(got.at, '\n', got.len) : NULL;
    return (str){got.at, end ? (size_t)(end - got.at) + 1 : got.len};
}

size_t head_end(str got, size_t seen)
{
    /* The end may have begun in what was seen before: "\r\n\r" + "\n". */
    size_t at = seen > 3 ? seen - 3 : 0;
    while (at < got.len) {
        const char *found = memchr(got.at + at, '\n', got.len - at);
        if (found == NULL)
            return 0;
        size_t next = (size_t)(found - got.at) + 1;
        if (next < got.len && got.at[next] == '\n')
            return next + 1;
        if (next + 1 < got.len && got.at[next] == '\r' && got.at[next + 1] == '\n' && next > 2)
            return next + 2;
        at = next;
    }
    return 0;
}

static enum err too_large(str got, struct problem *why)
{
    if (first_line(got).len > LIMIT_TARGET_BYTES)
        return problem_set(why, ERR_TARGET_TOO_LONG, "The request target is longer than %u bytes.",
                           LIMIT_TARGET_BYTES);
    return problem_set(why, ERR_HEAD_TOO_LARGE, "The request head is longer than %u bytes.",
                       LIMIT_HEAD_BYTES);
}

enum err head_hopeless(str got, struct problem *why)
{
    if (got.len > 0 && got.at[0] == 0x16)
        return problem_set(why, ERR_BAD_INPUT, "This port speaks HTTP without TLS.");
    if (got.len > 0 && got.at[0] != '\r' && !(class_of[(unsigned char)got.at[0]] & IS_TOKEN))
        return problem_set(why, ERR_BAD_INPUT, "This is not a request.");
    if (got.len >= HEAD_BYTES_MAX)
        return too_large(got, why);
    return ERR_OK;
}

/* Takes one line that ends in CRLF off the front. */
static enum err next_line(str *rest, str *line, struct problem *why)
{
    const char *lf = memchr(rest->at, '\n', rest->len);
    if (lf == NULL)
        return problem_set(why, ERR_BAD_INPUT, "The request head is cut short.");
    size_t len = (size_t)(lf - rest->at);
    if (len == 0 || rest->at[len - 1] != '\r')
        return problem_set(why, ERR_BAD_INPUT, "Lines of the request head must end in CR LF.");
    *line = (str){rest->at, len - 1};
    *rest = (str){lf + 1, rest->len - len - 1};
    return ERR_OK;
}

static bool take_u16(str digits)
{
    uint64_t port;
    return digits.len > 0 && digits.len <= 5 && str_to_u64(digits, 65535, &port);
}

/* host[:port]: a name, an IPv4 address or [IPv6]; no user, no empty port. */
static bool is_authority(str s)
{
    size_t host;
    if (s.len > 0 && s.at[0] == '[') {
        size_t close;
        if (!str_find(s, ']', &close) || close < 3)
            return false;
        for (size_t i = 1; i < close; i++)
            if (memchr("0123456789abcdefABCDEF:.", s.at[i], 24) == NULL)
                return false;
        host = close + 1;
    } else {
        host = span(s, 0, IS_HOST);
        if (host == 0 || host > 255)
            return false;
    }
    return host == s.len || (s.at[host] == ':' && take_u16(str_slice(s, host + 1, s.len)));
}

/* What the well-known headers of one request said, before they are weighed against each other. */
struct known {
    unsigned hosts, lengths, codings;
    str host, length, coding;
    bool close, keep_alive, expects;
};

static void take_connection(str value, struct known *k)
{
    bool ended = false;
    str item;
    while (str_next(&value, &ended, ',', &item)) {
        item = str_trim(item);
        if (str_equal_nocase(item, S("close")))
            k->close = true;
        else if (str_equal_nocase(item, S("keep-alive")))
            k->keep_alive = true;
    }
}

static enum err take_known(struct pair h, struct known *k, struct problem *why)
{
    switch (h.name.len) {
    case 4:
        if (str_equal_nocase(h.name, S("host"))) {
            k->hosts++;
            k->host = h.value;
        }
        return ERR_OK;
    case 6:
        if (str_equal_nocase(h.name, S("expect"))) {
            if (!str_equal_nocase(h.value, S("100-continue")))
                return problem_set(why, ERR_BAD_INPUT,
                                   "No other expectation than 100-continue can be met.");
            k->expects = true;
        }
        return ERR_OK;
    case 10:
        if (str_equal_nocase(h.name, S("connection")))
            take_connection(h.value, k);
        return ERR_OK;
    case 14:
        if (str_equal_nocase(h.name, S("content-length"))) {
            k->lengths++;
            k->length = h.value;
        }
        return ERR_OK;
    case 17:
        if (str_equal_nocase(h.name, S("transfer-encoding"))) {
            k->codings++;
            k->coding = h.value;
        }
        return ERR_OK;
    default:
        return ERR_OK;
    }
}

static enum err read_header(str line, struct pair *out, struct problem *why)
{
    size_t name = span(line, 0, IS_TOKEN);
    if (name == 0 && (line.at[0] == ' ' || line.at[0] == '\t'))
        return problem_set(why, ERR_BAD_INPUT, "Header lines must not be folded.");
    if (name == 0 || name == line.len || line.at[name] != ':')
        return problem_set(why, ERR_BAD_INPUT,
                           "A header name must be a token with a colon right behind it.");
    str value = str_slice(line, name + 1, line.len);
    if (span(value, 0, IS_VALUE) != value.len)
        return problem_set(why, ERR_BAD_INPUT, "A header value holds a control character.");
    *out = (struct pair){.name = {line.at, name}, .value = str_trim(value)};
    return ERR_OK;
}

static enum err read_headers(str rest, struct head *out, struct known *k, struct problem *why)
{
    for (;;) {
        str line = {0};
        TRY(next_line(&rest, &line, why));
        if (line.len == 0)
            break;
        if (out->header_count == LIMIT_HEADERS)
            return problem_set(why, ERR_HEAD_TOO_LARGE, "There are more than %u headers.",
                               LIMIT_HEADERS);
        struct pair *h = &out->headers[out->header_count];
        TRY(read_header(line, h, why));
        TRY(take_known(*h, k, why));
        out->header_count++;
    }
    if (rest.len > 0)
        return problem_set(why, ERR_BAD_INPUT, "The request head is not one head.");
    return ERR_OK;
}

static enum err weigh(const struct known *k, struct head *out, struct problem *why)
{
    if (k->hosts > 1 || (k->hosts == 0 && out->minor_version > 0))
        return problem_set(why, ERR_BAD_INPUT, "There must be exactly one Host header.");
    if (k->hosts == 1 && !is_authority(k->host))
        return problem_set(why, ERR_BAD_INPUT,
                           "The Host header is not a host with an optional port.");
    if (k->codings + k->lengths > 1)
        return problem_set(why, ERR_BAD_INPUT, "The length of the body is given more than once.");
    if (k->codings == 1) {
        if (out->minor_version == 0 || !str_equal_nocase(k->coding, S("chunked")))
            return problem_set(why, ERR_BAD_INPUT,
                               "No other transfer coding than chunked is understood.");
        out->body_length = UINT64_MAX;
    } else if (k->lengths == 1) {
        if (k->length.len > 15 || !all(k->length, IS_DIGIT) ||
            !str_to_u64(k->length, UINT64_MAX - 1, &out->body_length))
            return problem_set(why, ERR_BAD_INPUT, "Content-Length is not 1 to 15 digits.");
    }
    out->host = k->host;
    out->keep_alive = !k->close && (out->minor_version > 0 || k->keep_alive);
    out->expects_continue = k->expects && out->minor_version > 0;
    return ERR_OK;
}

/* Absolute form: "http://host/path". Leaves the origin form behind. */
static enum err strip_authority(str *target, const struct head *h, struct problem *why)
{
    size_t scheme = str_starts(*target, S("http://"))    ? 7
                    : str_starts(*target, S("https://")) ? 8
                                                         : 0;
    if (scheme == 0)
        return problem_set(why, ERR_BAD_INPUT, "The request target is not a path.");
    size_t end = scheme;
    while (end < target->len && target->at[end] != '/' && target->at[end] != '?')
        end++;
    if (!str_equal_nocase(str_slice(*target, scheme, end), h->host))
        return problem_set(why, ERR_BAD_INPUT,
                           "The request target and the Host header name different hosts.");
    *target = str_slice(*target, end, target->len);
    return ERR_OK;
}

static enum err read_target(struct head *out, struct problem *why)
{
    str target = out->target;
    if (span(target, 0, IS_TARGET) != target.len || memchr(target.at, '#', target.len) != NULL)
        return problem_set(why, ERR_BAD_INPUT,
                           "The request target holds a character that is not allowed in it.");
    if (str_equal(target, S("*")) && out->method != M_OPTIONS)
        return problem_set(why, ERR_BAD_INPUT, "The request target is not a path.");
    if (target.at[0] != '/' && target.at[0] != '*')
        TRY(strip_authority(&target, out, why));
    /* "http://host" and "http://host?query" mean the path "/". The first is a constant; the second
     * is rare enough to be refused. */
    out->origin_form = target.len > 0 ? target : S("/");
    return ERR_OK;
}

static enum err read_version(str version, struct head *out, struct problem *why)
{
    if (str_equal(version, S("HTTP/1.1"))) {
        out->minor_version = 1;
        return ERR_OK;
    }
    if (str_equal(version, S("HTTP/1.0")))
        return ERR_OK;
    bool shaped = version.len == 8 && str_starts(version, S("HTTP/")) && version.at[6] == '.' &&
                  all(str_slice(version, 5, 6), IS_DIGIT) &&
                  all(str_slice(version, 7, 8), IS_DIGIT);
    if (!shaped)
        return problem_set(why, ERR_BAD_INPUT, "The request line does not end in an HTTP version.");
    return problem_set(why, ERR_BAD_VERSION, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
}

static enum err read_request_line(str line, struct head *out, struct problem *why)
{
    str method = {0}, rest = {0}, version = {0};
    if (!str_cut(line, ' ', &method, &rest) || !all(method, IS_TOKEN) ||
        !str_cut(rest, ' ', &out->target, &version) || out->target.len == 0)
        return problem_set(why, ERR_BAD_INPUT, "The first line is not a request line.");
    if (out->target.len > LIMIT_TARGET_BYTES)
        return problem_set(why, ERR_TARGET_TOO_LONG, "The request target is longer than %u bytes.",
                           LIMIT_TARGET_BYTES);
    TRY(read_version(version, out, why));
    if (!method_of(method, &out->method))
        return problem_set(why, ERR_BAD_METHOD_NAME, "The method is not known here.");
    return ERR_OK;
}

enum err head_read(str raw, struct head *out, struct problem *why)
{
    /* Only what is read before it is written; the headers are left as they are. */
    out->header_count = 0;
    out->minor_version = 0;
    out->body_length = 0;
    struct known known = {0};
    str line = {0};

    /* RFC 9112 2.2: one empty line in front is forgiven. */
    if (str_starts(raw, S("\r\n")))
        raw = str_slice(raw, 2, raw.len);
    if (raw.len > HEAD_BYTES_MAX)
        return too_large(raw, why);
    TRY(next_line(&raw, &line, why));
    TRY(read_request_line(line, out, why));
    if (raw.len > LIMIT_HEAD_BYTES)
        return too_large(raw, why);
    TRY(read_headers(raw, out, &known, why));
    TRY(weigh(&known, out, why));
    return read_target(out, why);
}

/* Accept (RFC 9110 12.5.1): ranges with weights, the most specific one counts. What does not read as a range is passed
 * over. */
#include "graphql/http/parts.h"

const str gql_media_types[MEDIA_COUNT] = {
    [MEDIA_JSON] = STR("application/json; charset=utf-8"),
    [MEDIA_GRAPHQL] = STR("application/graphql-response+json; charset=utf-8"),
};

#define JSON S("application/json")
#define RESPONSE S("application/graphql-response+json")

/* How well a range fits a media type, and its weight in thousandths. */
struct weight {
    enum { FITS_NOT, FITS_ANY, FITS_KIND, FITS_EXACTLY } how;
    unsigned q;
};

struct wishes {
    struct weight json, response, page, events;
    bool said;                        /* any range at all */
};

/* "0", "1", "0.25": at most three digits behind the point. */
static bool read_q(str s, unsigned *out)
{
    if (s.len == 0 || s.len > 5 || (s.at[0] != '0' && s.at[0] != '1') || (s.len > 1 && s.at[1] != '.'))
        return false;
    unsigned q = s.at[0] == '1' ? 1000 : 0, worth = 100;
    for (size_t i = 2; i < s.len; i++, worth /= 10) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        q += (unsigned)(s.at[i] - '0') * worth;
    }
    *out = q;
    return q <= 1000;
}

/* Up to the next separator that stands in no quotes. */
static str take_piece(str *rest, char separator)
{
    bool quoted = false;
    size_t i = 0;
    for (; i < rest->len && (quoted || rest->at[i] != separator); i++) {
        if (quoted && rest->at[i] == '\\' && i + 1 < rest->len)
            i++;
        else if (rest->at[i] == '"')
            quoted = !quoted;
    }
    str piece = {rest->at, i};
    *rest = str_slice(*rest, i + 1, rest->len);
    return str_trim(piece);
}

static bool read_parameters(str rest, unsigned *q)
{
    *q = 1000;
    while (rest.len) {
        str name, value, one = take_piece(&rest, ';');
        if (one.len == 0)
            continue;
        if (!str_cut(one, '=', &name, &value))
            return false;
        if (str_equal_nocase(str_trim(name), S("q")) && !read_q(str_trim(value), q))
            return false;
    }
    return true;
}

static bool is_token(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] <= ' ' || s.at[i] >= 0x7f || memchr("()<>@,;:\\\"/[]?={}", s.at[i], 17))
            return false;
    return s.len > 0;
}

static void weigh(struct weight *w, str media, str range, unsigned q)
{
    str kind, wanted, subtype, rest;
    (void)str_cut(media, '/', &kind, &rest);
    (void)str_cut(range, '/', &wanted, &subtype);
    struct weight found = {str_equal_nocase(media, range)                                          ? FITS_EXACTLY
                           : str_equal(subtype, S("*")) && str_equal_nocase(kind, wanted)          ? FITS_KIND
                           : str_equal(range, S("*/*"))                                            ? FITS_ANY
                                                                                                   : FITS_NOT,
                           q};
    if (found.how > w->how || (found.how == w->how && found.q > w->q && found.how != FITS_NOT))
        *w = found;
}

static void take_range(struct wishes *w, str one)
{
    unsigned q;
    str range = take_piece(&one, ';'), kind, subtype;
    if (!str_cut(range, '/', &kind, &subtype) || !is_token(kind) || !is_token(subtype) || !read_parameters(one, &q) ||
        (str_equal(kind, S("*")) && !str_equal(subtype, S("*"))))
        return;
    w->said = true;
    weigh(&w->json, JSON, range, q);
    weigh(&w->response, RESPONSE, range, q);
    weigh(&w->page, S("text/html"), range, q);
    weigh(&w->events, S("text/event-stream"), range, q);
}

static struct wishes wishes_of(const struct exchange *x)
{
    struct wishes w = {.said = false};
    for (size_t i = 0; i < x->header_count; i++) {
        str rest = x->headers[i].value;
        while (str_equal_nocase(x->headers[i].name, S("accept")) && rest.len)
            take_range(&w, take_piece(&rest, ','));
    }
    return w;
}

enum gql_media gql_accept(const struct exchange *x)
{
    struct wishes w = wishes_of(x);
    if (!w.said)
        return MEDIA_JSON;
    if (w.response.how == FITS_EXACTLY && w.response.q > 0 && w.response.q >= w.json.q)
        return MEDIA_GRAPHQL;
    if (w.json.q > 0)
        return MEDIA_JSON;
    return w.response.q > 0 ? MEDIA_GRAPHQL : MEDIA_NONE;
}

bool gql_accept_page(const struct exchange *x)
{
    struct wishes w = wishes_of(x);
    return w.page.how == FITS_EXACTLY && w.page.q > 0;
}

bool gql_accept_events(const struct exchange *x)
{
    struct wishes w = wishes_of(x);
    return w.events.how == FITS_EXACTLY && w.events.q > 0;
}

#include "api/etag.h"

static uint64_t mix(uint64_t h, uint64_t v)
{
    h ^= v;
    h *= 0xFF51AFD7ED558CCDu;
    return h ^ (h >> 33);
}

struct etag etag_of(const struct exchange *x, struct gate *g, const struct query *q)
{
    const struct rights *r = x->who->rights;
    uint64_t h = mix(mix(mix(1, str_hash(x->path)), str_hash(x->query)), r->fingerprint);
    return (struct etag){.representation = h, .stamp = gate_stamp(g, x->who, q)};
}

static str hex16(char out[16], uint64_t v)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 16; i-- > 0; v >>= 4)
        out[i] = digits[v & 15];
    return (str){out, 16};
}

void etag_send(struct exchange *x, const struct etag *t)
{
    char representation[16], stamp[16];
    bool is_public = x->who->kind == PRINCIPAL_PUBLIC;
    exchange_add_header(x, S("Cache-Control"), is_public ? S("public, no-cache") : S("private, no-cache"));
    exchange_add_header(x, S("Vary"), S("Api-Key, X-Api-Key, Authorization, Cookie"));
    if (t->stamp == 0)
        return;
    struct buf b;
    buf_init(&b, x->arena, 128);
    buf_byte(&b, '"');
    buf_u64(&b, t->revision);
    buf_byte(&b, '-');
    buf_add(&b, hex16(representation, t->representation));
    buf_byte(&b, '-');
    buf_add(&b, hex16(stamp, t->stamp));
    buf_byte(&b, '"');
    exchange_add_header(x, S("ETag"), buf_str(&b));
}

struct tag_parts {
    str revision, representation, stamp;
};

static bool next_tag(str *rest, bool *ended, struct tag_parts *out)
{
    str piece, tail;
    while (str_next(rest, ended, ',', &piece)) {
        piece = str_trim(piece);
        if (str_starts(piece, S("W/"))) /* proxies that compress weaken our tags */
            piece = str_slice(piece, 2, piece.len);
        if (piece.len < 2 || piece.at[0] != '"' || piece.at[piece.len - 1] != '"')
            continue;
        if (str_cut(str_slice(piece, 1, piece.len - 1), '-', &out->revision, &tail) &&
            str_cut(tail, '-', &out->representation, &out->stamp))
            return true;
    }
    return false;
}

static bool holds(const struct exchange *x, const struct etag *t, bool by_stamp)
{
    char representation[16], stamp[16];
    str rest = exchange_header(x, S("if-none-match"));
    bool ended = false;
    struct tag_parts p;
    uint64_t revision;
    if (str_is_absent(rest) || t->stamp == 0)
        return false;
    while (next_tag(&rest, &ended, &p)) {
        if (!str_equal(p.representation, hex16(representation, t->representation)))
            continue;
        if (by_stamp ? str_equal(p.stamp, hex16(stamp, t->stamp))
                     : str_to_u64(p.revision, UINT64_MAX, &revision) && revision == t->revision)
            return true;
    }
    return false;
}

bool etag_is_fresh(const struct exchange *x, const struct etag *t)
{
    return holds(x, t, true);
}

bool etag_same_revision(const struct exchange *x, const struct etag *t)
{
    return holds(x, t, false);
}

bool etag_expects(const struct exchange *x, uint64_t *revision)
{
    str rest = exchange_header(x, S("if-match"));
    bool ended = false;
    struct tag_parts p;
    if (str_is_absent(rest) || str_equal(str_trim(rest), S("*")))
        return false;
    *revision = UINT64_MAX;
    if (next_tag(&rest, &ended, &p) && str_to_u64(p.revision, UINT64_MAX, revision))
        return true;
    *revision = UINT64_MAX;
    return true;
}

#include "api/etag.h"

static uint64_t mix(uint64_t h, uint64_t v)
{
    h ^= v;
    h *= 0xFF51AFD7ED558CCDu;
    return h ^ (h >> 33);
}

/* Eight bytes at a time: an item's answer is hashed for every request. */
static uint64_t hash_bytes(str s)
{
    uint64_t h = mix(1, s.len), word;
    for (; s.len >= sizeof word; s = str_slice(s, sizeof word, s.len)) {
        memcpy(&word, s.at, sizeof word);
        h = mix(h, word);
    }
    word = 0;
    if (s.len)
        memcpy(&word, s.at, s.len);
    return mix(h, word);
}

static uint32_t item_hash(const struct collection *c, str id)
{
    return (uint32_t)mix(str_hash(c->name), str_hash(id));
}

void etag_begin(const struct exchange *x, const struct api *api, struct etag *out)
{
    uint64_t h = mix(mix(str_hash(str_of(api->version)), str_hash(x->path)), str_hash(x->query));
    *out = (struct etag){.moment = mix(h, x->who->rights->fingerprint)};
}

void etag_add(const struct exchange *x, const struct api *api, const struct query *q,
              struct etag *t)
{
    uint64_t stamp = gate_stamp(api->gate, x->who, q);
    t->is_volatile |= stamp == 0;
    t->moment = mix(t->moment, stamp);
}

void etag_item(struct etag *t, const struct collection *c, str id, uint64_t revision, str body)
{
    t->is_item = true;
    t->item = item_hash(c, id);
    t->revision = revision;
    t->content = hash_bytes(body);
}

static str hex(char *out, size_t digits, uint64_t v)
{
    static const char alphabet[] = "0123456789abcdef";
    for (size_t i = digits; i-- > 0; v >>= 4)
        out[i] = alphabet[v & 15];
    return (str){out, digits};
}

static bool is_hex_of(str s, size_t digits, uint64_t v)
{
    char room[16];
    return str_equal(s, hex(room, digits, v));
}

/* One tag of a list, taken apart; parts that it has not are absent. */
struct tag {
    str text; /* with quotes */
    str revision, item, content, moment;
};

static void take_apart(struct tag *t, str opaque)
{
    str rest = opaque;
    if (!str_cut(opaque, '-', &t->revision, &rest)) {
        t->moment = t->revision = opaque; /* which of the two, the asker knows */
        return;
    }
    if (str_cut(rest, '-', &t->item, &rest) && str_cut(rest, '-', &t->content, &rest))
        t->moment = rest;
}

static bool next_tag(str *rest, bool *ended, struct tag *out)
{
    str piece;
    while (str_next(rest, ended, ',', &piece)) {
        piece = str_trim(piece);
        if (str_starts(piece, S("W/"))) /* proxies that compress weaken our tags */
            piece = str_slice(piece, 2, piece.len);
        *out = (struct tag){.text = piece};
        if (piece.len >= 2 && piece.at[0] == '"' && piece.at[piece.len - 1] == '"') {
            take_apart(out, str_slice(piece, 1, piece.len - 1));
            return true;
        }
    }
    return false;
}

static bool is_star(str header)
{
    return str_equal(str_trim(header), S("*"));
}

bool etag_is_fresh(const struct exchange *x, struct etag *t)
{
    str rest = exchange_header(x, S("if-none-match"));
    struct tag tag;
    bool ended = false;
    if (str_is_absent(rest) || t->is_volatile)
        return false;
    while (next_tag(&rest, &ended, &tag)) {
        if (!is_hex_of(tag.moment, 16, t->moment))
            continue;
        t->matched = tag.text;
        return true;
    }
    return false;
}

bool etag_is_same(const struct exchange *x, struct etag *t)
{
    str rest = exchange_header(x, S("if-none-match"));
    struct tag tag;
    bool ended = false;
    if (str_is_absent(rest))
        return false;
    if (is_star(rest))
        return true;
    while (t->is_item && next_tag(&rest, &ended, &tag))
        if (is_hex_of(tag.item, 8, t->item) && is_hex_of(tag.content, 16, t->content))
            return true;
    return false;
}

static str print(struct arena *a, const struct etag *t)
{
    char room[16];
    struct buf b;
    buf_init(&b, a, 128);
    buf_byte(&b, '"');
    if (t->is_item) {
        buf_u64(&b, t->revision);
        buf_byte(&b, '-');
        buf_add(&b, hex(room, 8, t->item));
        buf_byte(&b, '-');
        buf_add(&b, hex(room, 16, t->content));
        buf_byte(&b, '-');
    }
    buf_add(&b, hex(room, 16, t->is_volatile ? 0 : t->moment));
    buf_byte(&b, '"');
    return buf_str(&b);
}

void etag_send(struct exchange *x, const struct etag *t)
{
    bool is_public = x->who->kind == PRINCIPAL_PUBLIC;
    exchange_add_header(x, S("Cache-Control"),
                        is_public ? S("public, no-cache") : S("private, no-cache"));
    exchange_add_header(x, S("Vary"), S("Api-Key, X-Api-Key, Authorization, Cookie"));
    if (t->is_item || !t->is_volatile)
        exchange_add_header(x, S("ETag"), t->matched.len ? t->matched : print(x->arena, t));
}

void etag_send_unchanged(struct exchange *x, const struct etag *t)
{
    etag_send(x, t);
    exchange_send_nothing(x, 304);
}

bool etag_answers(struct exchange *x, struct etag *t)
{
    if (!etag_is_fresh(x, t) && !etag_is_same(x, t))
        return false;
    etag_send_unchanged(x, t);
    return true;
}

/* The revision a tag names for this item; false: it is not about this item. */
static bool revision_of(const struct tag *tag, const struct change *c, uint64_t *out)
{
    bool is_bare = str_is_absent(tag->item) && tag->revision.len < 16;
    if (!is_bare && !is_hex_of(tag->item, 8, item_hash(c->in, c->id)))
        return false;
    return str_to_u64(tag->revision, REVISION_ANY - 1, out);
}

static enum err expect(str header, struct change *c, struct problem *why)
{
    struct tag tag;
    bool ended = false;
    uint64_t revision;
    c->expects = true;
    c->expect_revision = REVISION_NONE;
    while (next_tag(&header, &ended, &tag)) {
        if (!revision_of(&tag, c, &revision) || revision == c->expect_revision)
            continue;
        if (c->expect_revision != REVISION_NONE)
            return problem_fault(why, ERR_BAD_INPUT, S("If-Match"), S("header"),
                                 "If-Match names two revisions; name the one that was read");
        c->expect_revision = revision;
    }
    return ERR_OK;
}

enum err etag_preconditions(const struct exchange *x, struct change *change, struct problem *why)
{
    str match = exchange_header(x, S("if-match")), none = exchange_header(x, S("if-none-match"));
    bool creates = change->op == OP_CREATE;
    if (!str_is_absent(none) && !is_star(none))
        return problem_fault(why, ERR_BAD_INPUT, S("If-None-Match"), S("header"),
                             "If-None-Match of a request that writes can only be *");
    if (!str_is_absent(match) && creates)
        return problem_set(why, ERR_STALE, "If-Match names an item, and this makes a new one");
    if (!str_is_absent(match) && !is_star(match))
        return expect(match, change, why);
    if (!str_is_absent(match)) {
        change->expects = true;
        change->expect_revision = REVISION_ANY;
        return ERR_OK;
    }
    if (!str_is_absent(none) && !creates) {
        change->expects = true; /* what is there must not be there */
        change->expect_revision = REVISION_NONE;
    }
    return ERR_OK;
}

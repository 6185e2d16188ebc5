#include "base/cbor.h"

#include "base/limits.h"
#include "base/utf8.h"

struct reader {
    struct arena *arena;
    str rest;
    unsigned left; /* values that may still come */
    bool takes_tags;
};

enum { MAJOR_UINT, MAJOR_NEGATIVE, MAJOR_BYTES, MAJOR_TEXT, MAJOR_LIST, MAJOR_MAP, MAJOR_TAG, MAJOR_SIMPLE };
enum { SIMPLE_FALSE = 20, SIMPLE_TRUE = 21, SIMPLE_NULL = 22 };

/* The first byte and the number with it: in the byte, or in the 1, 2, 4 or 8 behind it, of which no
 * fewer would have done. */
static bool take_head(str *rest, unsigned *major, uint64_t *n)
{
    static const uint64_t least[4] = {24, UINT64_C(1) << 8, UINT64_C(1) << 16, UINT64_C(1) << 32};
    str first, bytes;
    if (!str_take(rest, 1, &first))
        return false;
    unsigned byte = (unsigned char)first.at[0], low = byte & 31;
    *major = byte >> 5;
    *n = low;
    if (low < 24)
        return true;
    if (low > 27 || !str_take(rest, (size_t)1 << (low - 24), &bytes))
        return false;
    *n = 0;
    for (size_t i = 0; i < bytes.len; i++)
        *n = *n << 8 | (unsigned char)bytes.at[i];
    return *n >= least[low - 24];
}

static bool same_key(const struct cbor *a, const struct cbor *b)
{
    if (a->type != b->type)
        return false;
    return a->type == CBOR_INT ? a->integer == b->integer : str_equal(a->bytes, b->bytes);
}

/* Numbers and texts, which is what maps of keys and attestations have; each once. */
static bool is_fresh_key(const struct cbor *items, size_t at)
{
    if (items[at].type != CBOR_INT && items[at].type != CBOR_TEXT)
        return false;
    for (size_t i = 0; i < at; i += 2)
        if (same_key(&items[i], &items[at]))
            return false;
    return true;
}

static bool read_value(struct reader *r, unsigned depth, struct cbor *out);

/* NOLINTNEXTLINE(misc-no-recursion): LIMIT_CBOR_DEPTH deep at most, and depth counts along. */
static bool read_items(struct reader *r, unsigned depth, uint64_t count, bool is_map, struct cbor *out)
{
    /* Each member is a byte at least: no room is made for what is only announced. */
    if (depth >= LIMIT_CBOR_DEPTH || count > r->left || count > r->rest.len)
        return false;
    size_t n = (size_t)count * (is_map ? 2 : 1);
    struct cbor *items = NEW_N(r->arena, struct cbor, n + 1);
    for (size_t i = 0; i < n; i++)
        if (!read_value(r, depth + 1, &items[i]) ||
            (is_map && i % 2 == 0 && !is_fresh_key(items, i)))
            return false;
    *out = (struct cbor){.type = is_map ? CBOR_MAP : CBOR_LIST, .count = (uint32_t)count, .items = items};
    return true;
}

static bool read_bytes(struct reader *r, uint64_t length, bool is_text, struct cbor *out)
{
    str bytes;
    if (length > r->rest.len || !str_take(&r->rest, (size_t)length, &bytes) ||
        (is_text && !utf8_valid(bytes)))
        return false;
    *out = (struct cbor){.type = is_text ? CBOR_TEXT : CBOR_BYTES, .bytes = bytes};
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): as read_items(). */
static bool read_tag(struct reader *r, unsigned depth, uint64_t number, struct cbor *out)
{
    if (!r->takes_tags || depth >= LIMIT_CBOR_DEPTH || number > UINT32_MAX)
        return false;
    struct cbor *item = NEW(r->arena, struct cbor);
    *out = (struct cbor){.type = CBOR_TAG, .count = (uint32_t)number, .items = item};
    return read_value(r, depth + 1, item);
}

static bool read_simple(uint64_t n, struct cbor *out)
{
    if (n == SIMPLE_NULL)
        *out = (struct cbor){.type = CBOR_NULL};
    else if (n == SIMPLE_FALSE || n == SIMPLE_TRUE)
        *out = (struct cbor){.type = CBOR_BOOL, .boolean = n == SIMPLE_TRUE};
    else
        return false;
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): read_items() counts. */
static bool read_value(struct reader *r, unsigned depth, struct cbor *out)
{
    unsigned major;
    uint64_t n;
    if (r->left == 0 || !take_head(&r->rest, &major, &n))
        return false;
    r->left--;
    switch (major) {
    case MAJOR_UINT:
    case MAJOR_NEGATIVE:
        if (n > INT64_MAX)
            return false;
        *out = (struct cbor){.type = CBOR_INT,
                             .integer = major == MAJOR_UINT ? (int64_t)n : -1 - (int64_t)n};
        return true;
    case MAJOR_BYTES:
    case MAJOR_TEXT:
        return read_bytes(r, n, major == MAJOR_TEXT, out);
    case MAJOR_LIST:
    case MAJOR_MAP:
        return read_items(r, depth, n, major == MAJOR_MAP, out);
    case MAJOR_SIMPLE:
        return read_simple(n, out);
    case MAJOR_TAG:
        return read_tag(r, depth, n, out);
    default: /* three bits */
        return false;
    }
}

static bool read_with(struct arena *a, bool takes_tags, str *rest, struct cbor *out)
{
    struct reader r = {.arena = a, .rest = *rest, .left = LIMIT_CBOR_VALUES, .takes_tags = takes_tags};
    struct cbor value;
    if (!read_value(&r, 0, &value))
        return false;
    *out = value;
    *rest = r.rest;
    return true;
}

bool cbor_read(struct arena *a, str *rest, struct cbor *out)
{
    return read_with(a, false, rest, out);
}

bool cbor_read_tagged(struct arena *a, str *rest, struct cbor *out)
{
    return read_with(a, true, rest, out);
}

static const struct cbor *find(const struct cbor *map, const struct cbor *key)
{
    for (size_t i = 0; map != NULL && map->type == CBOR_MAP && i < map->count; i++)
        if (same_key(&map->items[2 * i], key))
            return &map->items[2 * i + 1];
    return NULL;
}

const struct cbor *cbor_by_text(const struct cbor *map, str key)
{
    return find(map, &(struct cbor){.type = CBOR_TEXT, .bytes = key});
}

const struct cbor *cbor_by_int(const struct cbor *map, int64_t key)
{
    return find(map, &(struct cbor){.type = CBOR_INT, .integer = key});
}

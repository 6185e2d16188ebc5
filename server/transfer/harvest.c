#include "server/transfer/harvest.h"

#include "base/limits.h"

#include <stdlib.h>

struct harvest {
    struct sorted *parts;
    struct arena *arena;              /* names */
    str names[HARVEST_COLLECTIONS];
    size_t count;
    uint64_t added, delivered;
    struct buf key, value;
};

struct harvest *harvest_open(void)
{
    struct harvest *h = calloc(1, sizeof *h);
    must(h != NULL);
    h->parts = sorted_open();
    h->arena = arena_open(4096);
    buf_init(&h->key, NULL, LIMIT_BODY_BYTES);
    buf_init(&h->value, NULL, SORTED_PAIR_BYTES / 2);
    return h;
}

void harvest_close(struct harvest *h)
{
    if (!h)
        return;
    sorted_close(h->parts);
    arena_close(h->arena);
    buf_free(&h->key);
    buf_free(&h->value);
    free(h);
}

enum err harvest_collection(struct harvest *h, str name, size_t *out, struct problem *why)
{
    for (*out = 0; *out < h->count; ++*out)
        if (str_equal(h->names[*out], name))
            return ERR_OK;
    if (h->count == HARVEST_COLLECTIONS)
        return problem_set(why, ERR_TOO_LARGE, "More than %u collections", HARVEST_COLLECTIONS);
    h->names[h->count++] = arena_copy(h->arena, name);
    return ERR_OK;
}

/* "001" id NUL "0000000000000000": in this order, and equal up to the NUL for parts of one item. */
enum err harvest_add(struct harvest *h, size_t collection, str id, uint64_t order, const struct json *part, struct problem *why)
{
    struct json_writer w;
    buf_clear(&h->key);
    buf_clear(&h->value);
    buf_format(&h->key, "%03zu", collection);
    buf_add(&h->key, id);
    buf_byte(&h->key, '\0');
    buf_format(&h->key, "%016llx", (unsigned long long)order);
    json_begin(&w, &h->value);
    json_value(&w, part);
    json_end(&w);
    if (h->key.failed || h->value.failed) {
        buf_init(&h->key, NULL, LIMIT_BODY_BYTES);
        return problem_set(why, ERR_TOO_LARGE, "One item has more than %u bytes", SORTED_PAIR_BYTES / 2);
    }
    h->added++;
    return sorted_add(h->parts, buf_str(&h->key), buf_str(&h->value), why);
}

/* What of a key is the same for all parts of an item. */
static str item_of(str key)
{
    return str_slice(key, 0, key.len - 17);
}

static size_t collection_of(str key)
{
    return (size_t)(key.at[0] - '0') * 100 + (size_t)(key.at[1] - '0') * 10 + (size_t)(key.at[2] - '0');
}

/* An item that is being put together, and whose it is. */
struct member {
    struct json value;
    struct json *list;                /* of a list that grows: its elements, with room for so many */
    uint32_t room;
};
struct growing {
    struct buf key;                   /* up to the NUL; empty: none */
    struct arena *arena, *part;       /* the item; the part that is looked at */
    struct member *members;
    size_t count, room;
    size_t collection;
    uint64_t parts;
};

static void extend(struct arena *a, struct member *m, const struct json *more)
{
    uint32_t count = m->value.count;
    if (!m->list || m->room - count < more->count) {
        uint32_t room = 2 * (count + more->count);
        struct json *list = NEW_N(a, struct json, room);
        for (uint32_t i = 0; i < count; i++)
            list[i] = m->value.items[i];
        m->list = list;
        m->room = room;
    }
    for (uint32_t i = 0; i < more->count; i++)
        m->list[count + i] = json_copy(a, &more->items[i]);
    m->value = json_named(m->value.name, json_of_list(m->list, count + more->count));
}

static void put(struct growing *g, const struct json *more)
{
    for (size_t i = 0; i < g->count; i++) {
        struct member *m = &g->members[i];
        if (!str_equal(m->value.name, more->name))
            continue;
        if (m->value.type == JSON_LIST && more->type == JSON_LIST && more->count > 0)
            extend(g->arena, m, more);
        return;
    }
    if (g->count == g->room) {
        size_t room = g->room ? 2 * g->room : 32;
        g->members = arena_grow(g->arena, g->members, g->room * sizeof *g->members, room * sizeof *g->members);
        g->room = room;
    }
    g->members[g->count++] = (struct member){json_copy(g->arena, more), NULL, 0};
    g->members[g->count - 1].value.name = arena_copy(g->arena, more->name);
}

static enum err give(struct harvest *h, struct transfer *t, struct growing *g, uint64_t *dropped, struct problem *why)
{
    bool is_item = false;
    h->delivered += g->parts;
    transfer_show(t, h->added ? (double)h->delivered / (double)h->added : 1);
    if (g->parts == 0)
        return ERR_OK;
    for (size_t i = 0; i < g->count; i++)
        is_item |= str_equal(g->members[i].value.name, S("_id"));
    if (!is_item) {
        *dropped += g->parts;
        return ERR_OK;
    }
    struct json *members = NEW_N(transfer_arena(t), struct json, g->count + 1);
    for (size_t i = 0; i < g->count; i++) {
        members[i] = json_copy(transfer_arena(t), &g->members[i].value);
        members[i].name = arena_copy(transfer_arena(t), g->members[i].value.name);
    }
    struct json item = json_of_map(members, g->count);
    return transfer_item(t, &item, why);
}

static enum err begin(struct harvest *h, struct transfer *t, struct growing *g, str key, struct problem *why)
{
    size_t collection = collection_of(key);
    if (g->collection != collection)
        TRY(transfer_into(t, h->names[collection], why));
    g->collection = collection;
    buf_clear(&g->key);
    buf_add(&g->key, item_of(key));
    g->parts = g->count = g->room = 0;
    g->members = NULL;
    arena_reset(g->arena);
    return ERR_OK;
}

static enum err deliver(struct harvest *h, struct transfer *t, struct growing *g, uint64_t *dropped, struct problem *why)
{
    for (;;) {
        str key, value;
        bool found;
        const struct json *part;
        TRY(sorted_next(h->parts, &key, &value, &found, why));
        if (!found)
            return give(h, t, g, dropped, why);
        if (!str_equal(item_of(key), buf_str(&g->key))) {
            TRY(give(h, t, g, dropped, why));
            TRY(begin(h, t, g, key, why));
        }
        arena_reset(g->part);
        TRY(json_read(g->part, value, NULL, S("item"), &part, why));
        for (uint32_t i = 0; i < part->count; i++)
            put(g, &part->items[i]);
        g->parts++;
    }
}

enum err harvest_deliver(struct harvest *h, struct transfer *t, uint64_t *dropped, struct problem *why)
{
    struct growing g = {.collection = SIZE_MAX, .arena = arena_open(64u << 10), .part = arena_open(64u << 10)};
    buf_init(&g.key, NULL, LIMIT_BODY_BYTES);
    *dropped = 0;
    enum err e = deliver(h, t, &g, dropped, why);
    buf_free(&g.key);
    arena_close(g.arena);
    arena_close(g.part);
    return e;
}

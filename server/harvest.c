#include "server/harvest.h"

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

static const struct json *joined(struct arena *a, const struct json *front, const struct json *back)
{
    struct json *all = NEW_N(a, struct json, front->count + back->count + 1);
    struct json *out = NEW(a, struct json);
    for (uint32_t i = 0; i < front->count; i++)
        all[i] = front->items[i];
    for (uint32_t i = 0; i < back->count; i++)
        all[front->count + i] = back->items[i];
    *out = json_named(front->name, json_of_list(all, front->count + back->count));
    return out;
}

static void put(struct arena *a, struct json *members, size_t *count, const struct json *more)
{
    for (size_t i = 0; i < *count; i++) {
        if (!str_equal(members[i].name, more->name))
            continue;
        if (members[i].type == JSON_LIST && more->type == JSON_LIST)
            members[i] = *joined(a, &members[i], more);
        return;
    }
    members[(*count)++] = *more;
}

static struct json merged(struct arena *a, const struct json *item, const struct json *part)
{
    size_t count = item->count;
    struct json *members = NEW_N(a, struct json, item->count + part->count + 1);
    for (uint32_t i = 0; i < item->count; i++)
        members[i] = item->items[i];
    for (uint32_t i = 0; i < part->count; i++)
        put(a, members, &count, &part->items[i]);
    return json_of_map(members, count);
}

/* An item that is being put together, and whose it is. */
struct growing {
    struct buf key;                   /* up to the NUL; empty: none */
    struct arena *arena;
    struct json item;
    size_t collection;
    uint64_t parts;
};

static enum err give(struct harvest *h, struct transfer *t, struct growing *g, uint64_t *dropped, struct problem *why)
{
    h->delivered += g->parts;
    transfer_show(t, h->added ? (double)h->delivered / (double)h->added : 1);
    if (g->parts == 0)
        return ERR_OK;
    if (json_get(&g->item, S("_id"))) {
        struct json item = json_copy(transfer_arena(t), &g->item);
        return transfer_item(t, &item, why);
    }
    *dropped += g->parts;
    return ERR_OK;
}

static enum err begin(struct harvest *h, struct transfer *t, struct growing *g, str key, struct problem *why)
{
    size_t collection = collection_of(key);
    if (g->collection != collection)
        TRY(transfer_into(t, h->names[collection], why));
    g->collection = collection;
    buf_clear(&g->key);
    buf_add(&g->key, item_of(key));
    g->parts = 0;
    arena_reset(g->arena);
    g->item = json_of_map(NULL, 0);
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
        TRY(json_read(g->arena, arena_copy(g->arena, value), NULL, S("item"), &part, why));
        g->item = merged(g->arena, &g->item, part);
        g->parts++;
    }
}

enum err harvest_deliver(struct harvest *h, struct transfer *t, uint64_t *dropped, struct problem *why)
{
    struct growing g = {.collection = SIZE_MAX, .arena = arena_open(64u << 10)};
    buf_init(&g.key, NULL, LIMIT_BODY_BYTES);
    *dropped = 0;
    enum err e = deliver(h, t, &g, dropped, why);
    buf_free(&g.key);
    arena_close(g.arena);
    return e;
}

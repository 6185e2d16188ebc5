/* Done once: digests of key and request beside what came of it, in the transaction of the change. */
#include "content/write/once.h"

#include <inttypes.h>

#include "base/limits.h"

static void digest_of(struct work *w, str what, str first, str second, uint8_t out[DIGEST_BYTES])
{
    str lengths = arena_format(w->arena, STR_FMT " %zu %zu ", STR_ARG(what), first.len, second.len);
    str parts[] = {lengths, first, second};
    crypt_digest_parts(w->content->crypt, CRYPT_ONCE, parts, COUNTOF(parts), out);
}

static int64_t oldest_ms(const struct work *w)
{
    return w->actor->vars.now_ms - (int64_t)LIMIT_ONCE_S * 1000;
}

struct once_sink {
    struct row_sink sink; /* first */
    struct arena *arena;
    str request, result;
};

/* once_get: request, result */
static enum err take_once(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct once_sink *s = (struct once_sink *)(void *)self;
    (void)why;
    s->request = arena_copy(s->arena, row->cells[0].text);
    s->result = arena_copy(s->arena, row->cells[1].text);
    return ERR_OK;
}

enum err once_look(struct work *w, struct once *o, str *result, struct problem *why)
{
    uint8_t key[DIGEST_BYTES], request[DIGEST_BYTES];
    struct once_sink s = {.sink = {take_once}, .arena = w->arena};
    *result = (str){0};
    digest_of(w, S("key"), o->owner, o->key, key);
    digest_of(w, S("request"), o->request, (str){0}, request);
    struct cell parameters[] = {CELL_OF_BLOB(((str){(const char *)key, sizeof key})), CELL_OF_INT(oldest_ms(w))};
    struct fixed_call call = {FIXED_once_get, parameters, COUNTOF(parameters)};
    TRY(w->content->ops->read(w->txn, NULL, &call, &s.sink, why));
    if (str_is_absent(s.result))
        return ERR_OK;
    if (!str_equal(s.request, (str){(const char *)request, sizeof request}))
        return problem_fault(why, ERR_INVALID, S("Idempotency-Key"), S("idempotency-key"),
                             "This Idempotency-Key was used for another request");
    o->replayed = true;
    *result = s.result;
    return ERR_OK;
}

enum err once_keep(struct work *w, const struct once *o, str result, struct problem *why)
{
    uint8_t key[DIGEST_BYTES], request[DIGEST_BYTES];
    struct cell oldest = CELL_OF_INT(oldest_ms(w));
    digest_of(w, S("key"), o->owner, o->key, key);
    digest_of(w, S("request"), o->request, (str){0}, request);
    struct cell row[] = {CELL_OF_BLOB(((str){(const char *)key, sizeof key})),
                         CELL_OF_BLOB(((str){(const char *)request, sizeof request})),
                         CELL_OF_INT(w->actor->vars.now_ms), CELL_OF_TEXT(result)};
    TRY(fixed_write(w->content, w->txn, FIXED_once_trim, &oldest, 1, why));
    return fixed_write(w->content, w->txn, FIXED_once_put, row, COUNTOF(row), why);
}

/* [["<id>", revision, created], …] */
str once_of_changes(struct arena *a, const struct change *changes, size_t count)
{
    struct json *rows = NEW_N(a, struct json, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct json *row = NEW_N(a, struct json, 3);
        row[0] = json_of_text(str_is_absent(changes[i].result_id) ? changes[i].id : changes[i].result_id);
        row[1] = json_of_int((int64_t)changes[i].result_revision);
        row[2] = json_of_bool(changes[i].created);
        rows[i] = json_of_list(row, 3);
    }
    struct json all = json_of_list(rows, count);
    return json_print(a, &all);
}

void once_to_changes(struct arena *a, str result, struct change *changes, size_t count)
{
    struct problem quiet = {.arena = a};
    const struct json *all = NULL;
    if (json_read(a, result, NULL, S(""), &all, &quiet) != ERR_OK || all->type != JSON_LIST)
        return;
    for (uint32_t i = 0; i < all->count && i < count; i++) {
        const struct json *row = &all->items[i];
        if (row->type != JSON_LIST || row->count != 3)
            continue;
        changes[i].result_id = row->items[0].text;
        changes[i].result_revision = (uint64_t)row->items[1].integer;
        changes[i].created = row->items[2].boolean;
    }
}

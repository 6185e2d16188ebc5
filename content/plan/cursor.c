#include "content/plan/cursor.h"

#include "base/limits.h"
#include "content/languages/languages.h"
#include "content/search/search.h"

/* "posts|-views,title": what the seal is bound to. */
static str context_of(struct arena *a, const struct query *q)
{
    struct buf b;
    buf_init(&b, a, (size_t)(5 * LIMIT_NAME_BYTES) * (LIMIT_SORT_HOPS + 1) * (LIMIT_SORT_KEYS + 2) + LIMIT_SEARCH_BYTES + 34);
    buf_add(&b, q->from->name);
    for (size_t i = 0; i < q->sort_count; i++) {
        buf_byte(&b, q->sort[i].down ? '-' : '+');
        for (size_t k = 0; k < q->sort[i].hop_count; k++) {
            buf_add(&b, q->sort[i].hops[k]->name);
            buf_byte(&b, '.');
        }
        if (q->sort[i].func != FUNC_NONE)
            buf_format(&b, STR_FMT "(", STR_ARG(func_word(q->sort[i].func)));
        buf_add(&b, q->sort[i].by->name);
    }
    if (q->paged) {
        buf_byte(&b, '<');
        buf_add(&b, q->paged->name);
    }
    if (lens_hash(q->lens))
        buf_format(&b, "@%016llx", (unsigned long long)lens_hash(q->lens));
    if (q->search) {
        buf_add(&b, q->search->fuzzy ? S("~") : S("?"));
        buf_add(&b, q->search->text);
    }
    return buf_str(&b);
}

/* The sort keys, or the score, and the position. */
static size_t keys_of(const struct query *q)
{
    return q->sort_count + (q->search && q->sort_count == 0) + 1;
}

static struct json cell_as_json(const struct cell *c)
{
    switch (c->type) {
    case CELL_NULL: return json_null;
    case CELL_INT: return json_of_int(c->integer);
    case CELL_REAL: return json_of_real(c->real);
    case CELL_TEXT: return json_of_text(c->text);
    case CELL_BLOB: break;
    }
    must(c->type != CELL_BLOB); /* no sortable kind is kept as bytes */
    return json_null;
}

enum err cursor_seal(struct arena *a, const struct crypt *crypt, const struct query *q, const struct cell *keys,
                     size_t count, str *out)
{
    struct json items[LIMIT_SORT_KEYS + 2];
    must(count < COUNTOF(items));
    for (size_t i = 0; i < count; i++)
        items[i] = cell_as_json(&keys[i]);
    if (query_is_random(q)) /* the next page goes on in the same order */
        items[count++] = json_of_int(q->seed);
    struct json list = json_of_list(items, count);
    str sealed = crypt_seal_steady(crypt, CRYPT_CURSOR, a, context_of(a, q), json_print(a, &list));
    *out = base64url_encode(a, sealed);
    return ERR_OK;
}

enum err cursor_open(struct arena *a, const struct crypt *crypt, struct query *q, str cursor, struct cell *keys,
                     size_t *count, struct problem *why)
{
    bool is_random = query_is_random(q);
    str sealed, plain;
    const struct json *list = NULL;
    struct problem quiet = {.arena = a};
    bool good = base64url_decode(a, cursor, &sealed) &&
                crypt_unseal(crypt, CRYPT_CURSOR, a, context_of(a, q), sealed, &plain) &&
                json_read(a, plain, &(struct json_options){0}, S("cursor"), &list, &quiet) == ERR_OK &&
                list->type == JSON_LIST && list->count == keys_of(q) + is_random;
    if (!good)
        return problem_fault(why, ERR_BAD_INPUT, S("cursor"), S("cursor"),
                             "This cursor was not made for this listing; start again without it");
    *count = keys_of(q);
    if (is_random)
        q->seed = list->items[*count].integer;
    for (uint32_t i = 0; i < *count; i++) {
        const struct json *v = &list->items[i];
        switch (v->type) {
        case JSON_INT: keys[i] = CELL_OF_INT(v->integer); break;
        case JSON_REAL: keys[i] = CELL_OF_REAL(v->real); break;
        case JSON_TEXT: keys[i] = CELL_OF_TEXT(v->text); break;
        case JSON_NULL:
        case JSON_BOOL:
        case JSON_LIST:
        case JSON_MAP:
        case JSON_BYTES: keys[i] = CELL_OF_NULL; break;
        }
    }
    return ERR_OK;
}

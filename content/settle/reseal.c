/* A sealed text opens only where it was sealed: collection, item and field are its context, so that none can be moved
 * by hand. When a collection or a field gets another name, its secrets are sealed for the new place, in the same
 * transaction. Digests are of the text alone and stay. */
#include "base/limits.h"
#include "content/internal.h"
#include "content/kind.h"

struct sealed {
    str item, text;
};

struct sealed_sink {
    struct row_sink sink; /* first */
    struct arena *arena;
    struct sealed list[LIMIT_ROWS];
    size_t count;
};

static enum err take_sealed(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct sealed_sink *s = (struct sealed_sink *)(void *)self;
    (void)why;
    s->list[s->count++] = (struct sealed){arena_copy(s->arena, row->cells[0].text), arena_copy(s->arena, row->cells[1].text)};
    return ERR_OK;
}

/* Where they stand now, and the names that they were sealed under. */
struct place {
    str collection, field, was_collection, was_field;
};

static enum err seal_anew(struct work *w, struct arena *a, const struct place *p, const struct sealed *s, struct problem *why)
{
    const struct crypt *crypt = w->content->crypt;
    str plain;
    if (!crypt_unseal(crypt, CRYPT_SEAL, a, secret_context(a, p->was_collection, s->item, p->was_field), s->text, &plain))
        return problem_set(why, ERR_INTERNAL, "A secret does not open: wrong master key, or the database was altered");
    str sealed = crypt_seal(crypt, CRYPT_SEAL, a, secret_context(a, p->collection, s->item, p->field), plain);
    struct cell row[] = {CELL_OF_TEXT(p->collection), CELL_OF_TEXT(s->item), CELL_OF_TEXT(p->field), CELL_OF_BLOB(sealed), CELL_OF_NULL};
    return fixed_write(w->content, w->txn, FIXED_vault_put, row, COUNTOF(row), why);
}

/* A page at a time, each in memory of its own: there may be one for every item. */
static enum err reseal_page(struct work *w, struct arena *a, const struct place *p, str *after, bool *more, struct problem *why)
{
    struct sealed_sink *page = NEW(a, struct sealed_sink);
    struct cell key[] = {CELL_OF_TEXT(p->collection), CELL_OF_TEXT(p->field), CELL_OF_TEXT(*after), CELL_OF_INT(LIMIT_ROWS)};
    struct fixed_call call = {FIXED_vault_of_field, key, COUNTOF(key)};
    page->sink = (struct row_sink){take_sealed};
    page->arena = a;
    TRY(w->content->ops->read(w->txn, NULL, &call, &page->sink, why));
    for (size_t i = 0; i < page->count; i++)
        TRY(seal_anew(w, a, p, &page->list[i], why));
    *more = page->count == LIMIT_ROWS;
    if (*more)
        *after = arena_copy(w->arena, page->list[page->count - 1].item);
    return ERR_OK;
}

static enum err reseal_field(struct work *w, const struct place *p, struct problem *why)
{
    str after = S("");
    bool more = true;
    enum err e = ERR_OK;
    while (more && e == ERR_OK) {
        struct arena *a = arena_open(64u << 10);
        e = reseal_page(w, a, p, &after, &more, why);
        arena_close(a);
    }
    return e;
}

static enum err reseal_collection(struct work *w, const struct collection *before, const struct collection *after,
                                  struct problem *why)
{
    for (size_t i = META_COUNT; i < after->field_count; i++) {
        const struct field *f = &after->fields[i];
        const struct field *was = f->kind->flags & KIND_SECRET ? field_ancestor(before, f) : NULL;
        if (!was || (f->kind->flags & KIND_DIGEST) || (str_equal(was->name, f->name) && str_equal(before->name, after->name)))
            continue;
        TRY(reseal_field(w, &(struct place){after->name, f->name, before->name, was->name}, why));
    }
    return ERR_OK;
}

static bool was_seen(const struct step *steps, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (steps[k].before && steps[k].after == steps[i].after && step_is_for_tables(steps[k].kind))
            return true;
    return false;
}

enum err reseal(struct work *w, const struct step *steps, size_t count, struct problem *why)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].before && steps[i].after && step_is_for_tables(steps[i].kind) && !was_seen(steps, i))
            TRY(reseal_collection(w, steps[i].before, steps[i].after, why));
    return ERR_OK;
}

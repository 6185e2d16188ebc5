/* Bookkeeping: fields that tell how an item was used. Nobody wished this change, so it makes no revision, and
 * `_modified` and `_mby` stay; but every row that changes has its entry in the journal (architecture 7), one for
 * each item each time. Lists show it, so versions move with it; rights and identities are not made of it, so
 * what is remembered of them stays (content/journal/catch_up.c). */
#include "content/internal.h"
#include "content/kind.h"

struct book_job {
    struct job job; /* first */
    struct content *content;
    const struct rights *rights;
    const struct actor *actor;
    const struct book_entry *list;
    size_t count;
    struct arena *arena;
};

/* What the counter says now and `more`, beside the other values. */
static enum err count_on(struct work *w, const struct book_entry *b, const struct json **values, struct problem *why)
{
    const struct json *image = NULL, *said;
    *values = b->values;
    if (str_is_absent(b->counter))
        return ERR_OK;
    TRY(read_image(w, b->in, b->item, &image, why));
    said = json_get(image, b->counter);
    int64_t before = said && said->type == JSON_INT ? said->integer : 0;
    struct json *all = NEW_N(w->arena, struct json, b->values->count + 1), *map = NEW(w->arena, struct json);
    memcpy(all, b->values->items, b->values->count * sizeof *all);
    all[b->values->count] = json_named(b->counter, json_of_int(before + (int64_t)b->more));
    *map = json_of_map(all, b->values->count + 1);
    *values = map;
    return ERR_OK;
}

static enum err write_book(struct work *w, const struct book_entry *b, const struct json *values, struct problem *why)
{
    const struct field **fields = NEW_N(w->arena, const struct field *, values->count);
    struct cell *cells = NEW_N(w->arena, struct cell, values->count);
    struct write row = {.kind = WRITE_UPDATE, .in = b->in, .id = b->item, .fields = fields, .cells = cells};
    for (uint32_t i = 0; i < values->count; i++) {
        const struct field *f = collection_field(b->in, values->items[i].name);
        must(f != NULL && f->locked && !f->is_meta && f->kind->column != COLUMN_NONE);
        fields[row.field_count] = f;
        cells[row.field_count++] = kind_cell(w->arena, f, &values->items[i]);
    }
    TRY(w->content->ops->write(w->txn, &row, why));
    struct entry entry = {.collection = b->in->name, .item = b->item, .verb = VERB_USED, .after = json_print(w->arena, values)};
    return note_entry(w, &entry, why);
}

static enum err keep_one(struct work *w, const struct book_entry *b, struct problem *why)
{
    const struct json *values = NULL;
    struct problem quiet = {.arena = w->arena};
    enum err e = check_reach(w, b->in, b->item, &filter_all, &quiet);
    if (e == ERR_NOT_FOUND) /* deleted since: nothing to tell */
        return ERR_OK;
    if (e != ERR_OK)
        return problem_set(why, e, STR_FMT, STR_ARG(quiet.text));
    TRY(count_on(w, b, &values, why));
    return write_book(w, b, values, why);
}

static enum err keep_all(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct book_job *j = (struct book_job *)(void *)self;
    TRY(check_epoch(j->content, j->rights, why));
    struct work w = {.content = j->content, .txn = t, .arena = j->arena, .model = j->rights->model, .actor = j->actor};
    for (size_t i = 0; i < j->count; i++)
        TRY(keep_one(&w, &j->list[i], why));
    *wrote = w.noted;
    return ERR_OK;
}

enum err content_keep_books(struct content *c, const struct rights *rights, const struct actor *actor,
                            const struct book_entry *list, size_t count, struct arena *a, struct problem *why)
{
    must(actor->is_server);
    if (c->read_only)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    struct book_job job = {{keep_all, NULL}, c, rights, actor, list, count, a};
    return writer_run(c->writer, &job.job, why);
}

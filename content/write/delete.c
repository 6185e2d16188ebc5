/* What happens to those who point at an item that goes: by the reference field's own rule they are
 * cleared, deleted too, or the deletion is refused. Done in C, not by the database's cascades, so that
 * every row that changes has its journal entry. */
#include "base/limits.h"
#include "content/internal.h"
#include "content/kind.h"
#include "content/publish/trash.h"

#define CASCADE_DEPTH 32u

static struct json without(struct arena *a, const struct json *ids, str gone)
{
    struct json *left = NEW_N(a, struct json, ids->count);
    size_t n = 0;
    for (uint32_t i = 0; i < ids->count; i++)
        if (!str_equal(ids->items[i].text, gone))
            left[n++] = ids->items[i];
    return json_of_list(left, n);
}

static enum err settle_one(struct work *w, const struct field *f, const struct json *referrer, str gone,
                           struct problem *why)
{
    struct change c = {.op = OP_UPDATE, .in = f->in, .id = json_get(referrer, S("_id"))->text};
    if (f->on_delete == ON_DELETE_REFUSE)
        return problem_fault(why, ERR_CONFLICT, (str){0}, S("referenced"),
                             "Other items refer to this one (" STR_FMT "." STR_FMT "); change or delete them first",
                             STR_ARG(f->in->name), STR_ARG(f->name));
    if (f->on_delete == ON_DELETE_CASCADE) {
        c.op = OP_DELETE;
        return write_change(w, NULL, &c, why);
    }
    c.values = NEW_N(w->arena, struct json, f->in->field_count);
    const struct json *now = json_get(referrer, f->name);
    size_t position = 0;
    while (f->many && now && position < now->count && !str_equal(now->items[position].text, gone))
        position++;
    trash_link(w, f, c.id, position, gone);
    c.values[f->index] = f->many && now ? without(w->arena, now, gone) : json_null;
    field_set_add(&c.set, f->index);
    return write_change(w, NULL, &c, why);
}

static enum err settle_field(struct work *w, const struct field *f, str id, struct problem *why)
{
    struct query q = {.from = f->in, .limit = LIMIT_ROWS};
    q.where = filter_test(w->arena, f, TEST_EQ, json_of_text(id));
    query_all_fields(w->arena, &q, NULL);
    struct item_list list;
    do { /* who was settled does not refer to it any more */
        item_list_init(&list, w->arena);
        TRY(read_server(w, &q, &list, why));
        for (size_t i = 0; i < list.count; i++)
            TRY(settle_one(w, f, &list.items[i], id, why));
    } while (list.count == LIMIT_ROWS);
    return ERR_OK;
}

/* Whatever refers to the collection, tables of the model as this transaction sees it. */
enum err settle_referrers(struct work *w, const struct collection *c, str id, struct problem *why)
{
    const struct collection *now = model_find(w->model, c->name);
    if (++w->depth > CASCADE_DEPTH)
        return problem_set(why, ERR_CONFLICT, "Deleting this would delete items more than %u links away", CASCADE_DEPTH);
    for (size_t i = 0; now && i < now->back_count; i++) {
        const struct field *via = now->backs[i]->via;
        str reference = field_leads_into(via) ? arena_format(w->arena, STR_FMT "/" STR_FMT, STR_ARG(now->name), STR_ARG(id)) : id;
        TRY(settle_field(w, field_stored(via), reference, why));
    }
    w->depth--;
    return ERR_OK;
}

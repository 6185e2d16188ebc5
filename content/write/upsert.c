/* Create, or change what is there: decided where nobody else writes. */
#include "content/internal.h"
#include "content/kind.h"

/* The item that this is about, of those that the author may change. */
static enum err find_present(struct work *w, const struct rights *rights, const struct change *c, str *id,
                             struct problem *why)
{
    const struct upsert *u = c->upsert;
    const struct filter *where = rights ? rights_access(rights, VERB_UPDATE, c->in)->where : &filter_all;
    struct item_list list;
    for (size_t i = 0; i < u->count; i++) {
        const struct field *f = u->by[i];
        struct json value = f->index == META_ID ? json_of_text(c->id) : kind_comparable(f, &u->update->values[f->index]);
        where = filter_and(w->arena, filter_test(w->arena, f, TEST_EQ, value), where);
    }
    struct query q = {.from = c->in, .where = where, .limit = 1};
    field_set id_only = {0};
    field_set_add(&id_only, META_ID);
    query_all_fields(w->arena, &q, &id_only);
    item_list_init(&list, w->arena);
    TRY(read_server(w, &q, &list, why));
    const struct json *found = list.count ? json_get(&list.items[0], S("_id")) : NULL;
    *id = found ? found->text : (str){0};
    return ERR_OK;
}

static enum err create_new(struct work *w, const struct rights *rights, struct change *c, struct problem *why)
{
    const struct upsert *u = c->upsert;
    struct problem quiet = {.arena = w->arena};
    if (!u->may_create)
        return problem_set(why, ERR_NOT_FOUND, "There is no such item, and your role may not create one");
    if (u->update->expects && u->update->expect_revision != REVISION_NONE)
        return problem_set(why, ERR_STALE, "If-Match names an item, and there is none");
    if (u->not_new) {
        for (size_t i = 0; i < u->not_new->fault_count; i++) {
            const struct fault *f = &u->not_new->faults[i];
            (void)problem_fault(why, u->not_new->err, f->path, f->rule, STR_FMT, STR_ARG(f->text));
        }
        return why->err != ERR_OK ? why->err : problem_set(why, u->not_new->err, STR_FMT, STR_ARG(u->not_new->text));
    }
    if (u->by[0]->index == META_ID && check_reach(w, c->in, c->id, &filter_all, &quiet) == ERR_OK)
        return problem_set(why, ERR_NOT_FOUND, "There is no such item"); /* for this author */
    struct upsert *kept = c->upsert;
    c->upsert = NULL;
    enum err e = write_change(w, rights, c, why);
    c->upsert = kept;
    return e;
}

enum err write_upsert(struct work *w, const struct rights *rights, struct change *c, struct problem *why)
{
    struct upsert *u = c->upsert;
    str id = {0};
    if (u->may_update)
        TRY(find_present(w, rights, c, &id, why));
    if (str_is_absent(id))
        return create_new(w, rights, c, why);
    if (!str_is_absent(c->id) && !str_equal(c->id, id))
        return problem_fault(why, ERR_CONFLICT, arena_format(w->arena, STR_FMT "/_id", STR_ARG(c->where)), S("locked"),
                             "The item with these values has another _id");
    u->update->id = id;
    TRY(write_change(w, rights, u->update, why));
    c->result_id = u->update->result_id;
    c->result_revision = u->update->result_revision;
    c->before = u->update->before;
    c->after = u->update->after;
    c->secret_once = u->update->secret_once;
    return ERR_OK;
}

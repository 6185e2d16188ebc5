/* One change over many items. First all ids, then item by item the same way that a single change takes: so a change
 * cannot run after its own effects, and nothing is allowed here that is not allowed alone. */
#include "content/write/bulk.h"

#include "base/limits.h"
#include "content/journal/reads.h"
#include "content/publish/drafts.h"
#include "content/write/once.h"

struct bulk_job {
    struct job job; /* first */
    struct content *content;
    const struct rights *rights;
    const struct actor *actor;
    struct bulk *bulk;
    struct arena *arena;
};

struct id_sink {
    struct row_sink sink; /* first */
    struct bulk *bulk;
    struct arena *arena;
    const struct plan_node *node;
    size_t seen, most;
};

static enum err take_id(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct id_sink *s = (struct id_sink *)(void *)self;
    struct bulk *b = s->bulk;
    (void)why;
    s->seen++;
    if (b->count == b->limit) {
        b->has_more = true;
        return ERR_OK;
    }
    for (size_t i = 0; i < s->node->column_count; i++)
        if (s->node->columns[i]->index == META_ID && s->node->columns[i]->is_meta)
            b->ids[b->count++] = arena_copy(s->arena, row->cells[i].text);
    return ERR_OK;
}

static enum verb verb_of(const struct bulk *b)
{
    return b->each->op == OP_DELETE ? VERB_DELETE : VERB_UPDATE;
}

static enum err make_plan(const struct bulk_job *j, struct arena *a, uint32_t skip, struct plan **out, struct problem *why)
{
    struct query *q = NEW(a, struct query);
    *q = *j->bulk->which;
    q->limit = LIMIT_ROWS;
    q->skip = skip;
    q->count = COUNT_NONE;
    q->after = (str){0};
    query_all_fields(a, q, &(field_set){0});
    TRY(plan_make(a, j->rights, VERB_READ, &j->actor->vars, j->content->crypt, q, out, why));
    plan_narrow(*out, rights_access(j->rights, verb_of(j->bulk), q->from)->where);
    return ERR_OK;
}

static enum err find_all(struct bulk_job *j, struct work *w, struct problem *why)
{
    struct bulk *b = j->bulk;
    for (uint32_t skip = 0; !b->has_more; skip += LIMIT_ROWS) {
        struct plan *plan;
        TRY(make_plan(j, w->arena, skip, &plan, why));
        struct id_sink s = {.sink = {take_id}, .bulk = b, .arena = j->arena, .node = plan->root};
        TRY(drafts_settle(w->content, w->txn, w->model, w->actor, plan, why));
        TRY(w->content->ops->read(w->txn, plan, NULL, &s.sink, why));
        if (s.seen < LIMIT_ROWS)
            break;
    }
    if (b->has_more && b->whole)
        return problem_set(why, ERR_TOO_LARGE, "More than %u items match; say a limit, and send it again while there are more",
                           b->limit);
    return ERR_OK;
}

/* What went wrong with one item, out of an arena that is reset. */
static enum err tell(struct problem *why, const struct problem *one, str id)
{
    for (size_t i = 0; i < one->fault_count; i++)
        (void)problem_fault(why, one->err, arena_copy(why->arena, one->faults[i].path), one->faults[i].rule, STR_FMT,
                            STR_ARG(one->faults[i].text));
    str text = one->text.len ? one->text : one->fault_count ? one->faults[0].text : err_facts(one->err)->word;
    return problem_set(why, one->err, "Item " STR_FMT ": " STR_FMT, STR_ARG(id), STR_ARG(text));
}

static enum err write_item(struct bulk_job *j, struct work *w, str id, struct problem *why)
{
    const struct change *each = j->bulk->each;
    struct change c = *each;
    c.id = id;
    if (each->values) {
        c.values = NEW_N(w->arena, struct json, each->in->field_count);
        memcpy(c.values, each->values, each->in->field_count * sizeof *c.values);
    }
    return write_change(w, j->rights, &c, why);
}

static enum err write_all(struct bulk_job *j, struct work *w, struct problem *why)
{
    struct arena *outer = w->arena, *own = arena_open(32u << 10);
    enum err e = ERR_OK;
    w->arena = own;
    for (size_t i = 0; i < j->bulk->count && e == ERR_OK; i++) {
        struct problem one = {.arena = own};
        e = write_item(j, w, j->bulk->ids[i], &one);
        if (e != ERR_OK)
            err_ignored(tell(why, &one, j->bulk->ids[i]));
        arena_reset(own);
    }
    w->arena = outer;
    arena_close(own);
    return e;
}

/* ["<id>", …, more] */
static str result_of(struct arena *a, const struct bulk *b)
{
    struct json *rows = NEW_N(a, struct json, b->count + 1);
    for (size_t i = 0; i < b->count; i++)
        rows[i] = json_of_text(b->ids[i]);
    rows[b->count] = json_of_bool(b->has_more);
    struct json all = json_of_list(rows, b->count + 1);
    return json_print(a, &all);
}

static enum err take_result(struct bulk *b, struct arena *a, str result, struct problem *why)
{
    const struct json *all = NULL;
    TRY(json_read(a, result, NULL, S(""), &all, why));
    for (uint32_t i = 0; i < all->count; i++) {
        const struct json *v = &all->items[i];
        if (v->type == JSON_TEXT && b->count < b->limit)
            b->ids[b->count++] = v->text;
        else if (v->type == JSON_BOOL)
            b->has_more = v->boolean;
    }
    return ERR_OK;
}

static enum err run_bulk(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct bulk_job *j = (struct bulk_job *)(void *)self;
    struct bulk *b = j->bulk;
    str before = {0};
    TRY(check_epoch(j->content, j->rights, why));
    struct work w = {.content = j->content, .txn = t, .arena = j->arena, .model = j->rights->model, .actor = j->actor,
                     .rights = j->rights, .changes_max = 2u * LIMIT_BULK_ROWS};
    if (b->once)
        TRY(once_look(&w, b->once, &before, why));
    if (!str_is_absent(before))
        return take_result(b, j->arena, before, why);
    TRY(find_all(j, &w, why));
    TRY(write_all(j, &w, why));
    if (b->once && !b->dry && b->count)
        TRY(once_keep(&w, b->once, result_of(j->arena, b), why));
    *wrote = w.noted && !b->dry;
    return ERR_OK;
}

static bool has_nested_items(const struct change *c)
{
    for (size_t i = 0; i < c->link_count; i++)
        if (c->links[i].change)
            return true;
    return false;
}

enum err content_write_bulk(struct content *c, const struct rights *rights, const struct actor *actor, struct bulk *b,
                            struct arena *a, struct problem *why)
{
    struct bulk_job job = {{run_bulk, NULL}, c, rights, actor, b, a};
    struct plan *plan;
    must(rights != NULL && b->limit > 0 && b->limit <= LIMIT_BULK_ROWS);
    must(b->each->op == OP_UPDATE || b->each->op == OP_DELETE);
    if (c->read_only)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    if (str_equal(b->each->in->name, S("collections")))
        return problem_set(why, ERR_BAD_METHOD, "Collections are changed one by one");
    if (has_nested_items(b->each))
        return problem_set(why, ERR_INVALID, "Items within items are written one by one, not for all that match");
    TRY(check_wish(rights, actor, b->each, a, why));
    TRY(make_plan(&job, a, 0, &plan, why)); /* what is wrong with the conditions is not for the writer to find */
    TRY(reads_note(c, reads_of_plan(a, plan), actor, why)); /* how many items match is told, and with a dry run nothing else is noted */
    b->ids = NEW_N(a, str, b->limit);
    return writer_run(c->writer, &job.job, why);
}

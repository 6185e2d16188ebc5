/* One change for all that match: content/write/bulk.h. */
#include "base/limits.h"
#include "graphql/own/change_parts.h"

static enum err too_many(struct own_job *j, const struct bulk *b)
{
    struct gql_execution *x = j->x;
    str sentence = arena_format(x->arena, "More than %u items match, and atMost says no more: nothing was changed.", b->limit);
    j->done = gql_broken_by(x, j->node, GQL_TOO_MANY_ROWS, sentence);
    return ERR_OK;
}

static enum err read_wish(struct own_job *j, struct bulk *b)
{
    struct query *q = NEW(j->x->arena, struct query);
    const struct json *most = own_given(j, S("atMost"));
    *q = (struct query){.from = j->in, .reader = j->x->who->rights, .limit = 1};
    b->which = q;
    TRY(gate_allows(j->x->who, b->each->op == OP_DELETE ? VERB_DELETE : VERB_UPDATE, j->in, j->why));
    TRY(gate_allows(j->x->who, VERB_READ, j->in, j->why));
    TRY(own_take_where(j->x, j->in, gql_argument(j->node, S("where")), S("where"), &q->where, j->why));
    TRY(own_take_order(j->x, j->in, own_given(j, S("orderBy")), q, j->why));
    if (!q->where)
        q->where = &filter_all;
    if (!most || most->type != JSON_INT || most->integer < 1 || most->integer > LIMIT_BULK_ROWS)
        return problem_fault(j->why, ERR_BAD_INPUT, S("atMost"), S("type"), "atMost is a number from 1 to %u", LIMIT_BULK_ROWS);
    if (own_asks_items(j) && most->integer > LIMIT_ROWS)
        return problem_fault(j->why, ERR_BAD_INPUT, S("atMost"), S("limit"), "With the items themselves atMost is %u at most", LIMIT_ROWS);
    b->limit = (uint32_t)most->integer;
    b->whole = true;
    b->dry = own_is_true(j, S("dryRun"));
    b->once = j->once;
    return ERR_OK;
}

/* More than that is an answer of its own, not the refusal of something too large. */
static enum err write_bulk(struct own_job *j, struct bulk *b, bool *refused)
{
    enum err e = gate_write_bulk(j->x->gate, j->x->who, b, j->x->arena, j->why);
    *refused = e == ERR_TOO_LARGE && b->has_more;
    return *refused ? ERR_OK : e;
}

enum err own_update_many(struct own_job *j)
{
    struct change each = {.op = OP_UPDATE, .merge = true};
    struct bulk b = {.each = &each};
    bool refused = false;
    TRY(read_wish(j, &b));
    TRY(own_take_item(j, gql_argument(j->node, S("data")), S("/data"), &each));
    TRY(write_bulk(j, &b, &refused));
    if (refused)
        return too_many(j, &b);
    j->done = own_answer_many(j, &b, NULL);
    return ERR_OK;
}

/* One field's items into its text. */
static void read_field(struct own_job *j, const struct bulk *b, const struct gql_node *node, str *out)
{
    struct gql_execution *x = j->x;
    size_t start = x->out->len;
    struct gql_path here = {.in = x->path, .key = node->key};
    x->path = &here;
    j->done = own_answer_items(j, node, b->ids, b->count);
    x->path = here.in;
    if (j->done == GQL_WROTE)
        *out = arena_copy(x->arena, str_slice(buf_str(x->out), start, x->out->len));
    buf_truncate(x->out, start);
}

/* The items are answered as they were: which ones go is found out by trying, then they are read, then these go. */
static enum err read_before(struct own_job *j, const struct bulk *b, struct own_written *out, bool *refused)
{
    struct arena *a = j->x->arena;
    struct bulk trial = *b;
    struct change each = *b->each;
    trial.each = &each;
    trial.dry = true;
    trial.once = NULL;
    TRY(write_bulk(j, &trial, refused));
    out->items = NEW_N(a, str, out->fields->count);
    for (uint32_t i = 0; i < out->fields->count && j->done == GQL_WROTE; i++) {
        const struct gql_node *node = &out->fields->nodes[i];
        out->items[i] = S("[]");
        if (own_is_items(node) && !*refused && trial.count > 0)
            read_field(j, &trial, node, &out->items[i]);
    }
    if (*refused || trial.count == 0)
        return ERR_OK;
    struct json *ids = NEW_N(a, struct json, trial.count);
    for (size_t i = 0; i < trial.count; i++)
        ids[i] = json_of_text(trial.ids[i]);
    b->which->where = filter_and(a, b->which->where,
                                 filter_test(a, &j->in->fields[META_ID], TEST_IN, json_of_list(ids, trial.count)));
    return ERR_OK;
}

enum err own_delete_many(struct own_job *j)
{
    struct change each = {.op = OP_DELETE, .in = j->in, .permanent = own_is_true(j, S("permanent"))};
    struct bulk b = {.each = &each};
    bool refused = false;
    TRY(read_wish(j, &b));
    struct own_written written = {.fields = own_asks_items(j)};
    j->done = GQL_WROTE;
    if (written.fields)
        TRY(read_before(j, &b, &written, &refused));
    if (j->done != GQL_WROTE)
        return ERR_OK; /* what could not be read stays */
    if (!refused)
        TRY(write_bulk(j, &b, &refused));
    if (refused)
        return too_many(j, &b);
    j->done = own_answer_many(j, &b, written.fields ? &written : NULL);
    return ERR_OK;
}

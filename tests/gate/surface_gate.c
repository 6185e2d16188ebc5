/* The doors themselves, as a façade without manners would use them: it does not ask gate_collection first and
 * reads filters as if every name were known. */
#include "base/limits.h"
#include "tests/gate/matrix.h"
#include "tests/support/fake_exchange.h"

static str problem_text(struct arena *a, const struct problem *why)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    buf_format(&b, "%s " STR_FMT, err_facts(why->err)->name, STR_ARG(why->text));
    for (size_t i = 0; i < why->fault_count; i++)
        buf_format(&b, " | " STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(why->faults[i].path), STR_ARG(why->faults[i].rule),
                   STR_ARG(why->faults[i].text));
    return buf_str(&b);
}

static enum err read_items(struct world *w, struct arena *a, const struct principal *who, const struct collection *c,
                           const struct ask *ask, struct answer *out, struct problem *why)
{
    struct query q = {.from = c, .limit = LIMIT_ROWS};
    struct filter_options options = {.dialect = JSON_5, .where = STR("filter")};
    struct page page = {0};
    struct item_writer items;
    struct json_writer writer;
    struct buf body;
    const struct filter *where = &filter_all;
    if (ask->filter)
        TRY(filter_read(a, principal_model(who), c, house_json(a, ask->filter), &options, &where, why));
    if (!str_is_absent(ask->id))
        where = filter_and(a, where, filter_test(a, &c->fields[META_ID], TEST_EQ, json_of_text(ask->id)));
    q.where = where;
    query_all_fields(a, &q, NULL);
    if (ask->fields)
        TRY(query_read_fields(a, &q, str_of(ask->fields), S("fields"), why));
    if (ask->sort)
        TRY(query_read_sort(a, &q, str_of(ask->sort), S("sort"), why));
    query_populate(a, &q, ask->populate);
    q.count = ask->what == TO_COUNT ? COUNT_ONLY : COUNT_NONE;
    buf_init(&body, a, LIMIT_RESPONSE_BYTES);
    json_begin(&writer, &body);
    json_list_open(&writer);
    item_writer_init(&items, &writer);
    TRY(gate_read(w->house->gate, who, &q, &items.receiver, &page, why));
    json_list_close(&writer);
    out->body = buf_str(&body);
    out->count = page.total;
    bool none = ask->what == TO_READ && items.rows == 0;
    return none ? problem_set(why, ERR_NOT_FOUND, "There is no such item") : ERR_OK;
}

static enum err write_item(struct world *w, struct arena *a, const struct principal *who, const struct collection *c,
                           const struct ask *ask, struct problem *why)
{
    static const enum op ops[] = {
        [TO_CREATE] = OP_CREATE, [TO_UPDATE] = OP_UPDATE, [TO_REPLACE] = OP_REPLACE, [TO_DELETE] = OP_DELETE};
    struct change change = {.in = c, .op = ops[ask->what]};
    if (ask->what != TO_DELETE)
        TRY(change_read(a, c, house_json(a, ask->body), S(""), &change, why));
    change.op = ops[ask->what];
    change.id = ask->id;
    return gate_write(w->house->gate, who, &change, 1, a, why);
}

static enum err ask_gate(struct world *w, struct arena *a, struct exchange *x, const struct ask *ask, struct answer *out,
                         struct problem *why)
{
    struct gate *g = w->house->gate;
    TRY(identify(g, x, why));
    const struct collection *c = model_find(principal_model(x->who), str_of(ask->collection)), *known = NULL;
    struct problem own = {.arena = a};
    enum err polite = gate_collection(g, x->who, str_of(ask->collection), &known, &own);
    must((polite == ERR_OK) == (known != NULL) && (!known || known == c));
    if (!c)
        return gate_collection(g, x->who, str_of(ask->collection), &known, why);
    switch (ask->what) {
    case TO_READ:
    case TO_LIST:
    case TO_COUNT: return read_items(w, a, x->who, c, ask, out, why);
    case TO_CREATE:
    case TO_UPDATE:
    case TO_REPLACE:
    case TO_DELETE: return write_item(w, a, x->who, c, ask, why);
    case TO_ACT: break;
    }
    struct json output = json_null;
    return gate_act(g, x->who, c, ask->id, S("approve"), &json_null, &output, a, why);
}

static void ask_door(struct world *w, struct arena *a, const char *who, const struct ask *ask, struct answer *out)
{
    struct problem why = {.arena = a};
    str key = world_key(w, who);
    str header = str_is_absent(key) ? S("") : arena_format(a, "api-key: " STR_FMT, STR_ARG(key));
    struct fake_exchange *f = fake_request(a, "GET", "/", arena_cstr(a, header), S(""));
    *out = (struct answer){0};
    out->err = ask_gate(w, a, &f->x, ask, out, &why);
    if (out->err != ERR_OK)
        out->problem = problem_text(a, &why);
}

const struct surface surface_gate = {"gate", true, false, ask_door};

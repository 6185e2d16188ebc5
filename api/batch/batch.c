/* POST /api/batch: changes of many collections in one transaction, all or none (docs/write.md). Each is read, judged
 * and written as if it had been sent alone; what is special here is only that they can name each other. */
#include "api/batch/batch.h"

#include "base/id.h"
#include "base/limits.h"

static enum op op_of(enum batch_op op)
{
    static const enum op ops[] = {[BATCH_CREATE] = OP_CREATE, [BATCH_UPDATE] = OP_UPDATE, [BATCH_REPLACE] = OP_REPLACE,
                                  [BATCH_UPSERT] = OP_CREATE, [BATCH_DELETE] = OP_DELETE};
    return ops[op];
}

static enum err find_id(struct batch *b, size_t i, struct change *c, struct problem *why)
{
    const struct batch_entry *e = &b->entries[i];
    const struct json *own = json_get(e->data, S("_id"));
    str path = pointer_name(b->x->arena, e->path, S("id"));
    if (!str_is_absent(e->id))
        return batch_name(b, i, e->id, path, &c->id, why);
    if (own && own->type == JSON_TEXT && e->op != BATCH_UPSERT)
        c->id = own->text; /* change_read looks at it */
    else if (e->in->shape == SHAPE_SINGLE)
        c->id = S(SINGLE_ID);
    else if (e->op == BATCH_CREATE)
        c->id = id_new(b->x->arena);
    else if (e->op != BATCH_UPSERT)
        return problem_fault(why, ERR_BAD_INPUT, path, S("required"), "Say which item");
    return ERR_OK;
}

static const struct json *with_state(struct arena *a, const struct json *data, int64_t state)
{
    size_t count = data && data->type == JSON_MAP ? data->count : 0;
    struct json *members = NEW_N(a, struct json, count + 1), *out = NEW(a, struct json);
    for (size_t i = 0; i < count; i++)
        members[i] = data->items[i];
    members[count++] = json_named(S("_state"), json_of_int(state));
    *out = json_of_map(members, count);
    return out;
}

static enum err expect(struct batch *b, const struct batch_entry *e, struct change *c, struct problem *why)
{
    struct exchange one = *b->x;
    struct pair header = {S("If-Match"), e->match};
    if (str_is_absent(e->match))
        return ERR_OK;
    one.headers = &header; /* the same words, of this entry alone */
    one.header_count = 1;
    return etag_preconditions(&one, c->upsert ? c->upsert->update : c, why);
}

static enum err read_one(struct batch *b, size_t i, struct problem *why)
{
    struct batch_entry *e = &b->entries[i];
    struct change *c = &b->changes[i];
    *c = (struct change){.op = op_of(e->op), .in = e->in, .where = e->data_path, .merge = e->op == BATCH_UPDATE, .placed = true,
                          .newest = e->sets_state};
    TRY(find_id(b, i, c, why));
    c->permanent = e->permanent;
    if (e->op == BATCH_DELETE)
        return expect(b, e, c, why);
    if (e->sets_state)
        e->data = with_state(b->x->arena, e->data, e->state);
    if (!e->data)
        return problem_fault(why, ERR_BAD_INPUT, e->data_path, S("required"), "Item data is missing");
    TRY(batch_names(b, i, &e->data, why));
    struct sent_item sent = {e->data, e->data_path, NULL};
    if (e->op == BATCH_UPSERT)
        TRY(content_read_upsert(b->x, e->in, e->key, OP_UPDATE, &sent, c, why));
    else
        TRY(content_read_change(b->x, e->in, &sent, c, why));
    return expect(b, e, c, why);
}

/* Refusals that say nothing of a place get the entry's. */
static enum err read_all(struct batch *b, struct problem *why)
{
    for (size_t i = 0; i < b->count; i++) {
        size_t faults = why->fault_count;
        str said = why->text;
        enum err e = read_one(b, i, why);
        if (e == ERR_OK || why->fault_count > faults)
            continue;
        (void)problem_fault(why, e, b->entries[i].path, err_facts(e)->word, STR_FMT, STR_ARG(why->text));
        why->text = said;
    }
    return why->err;
}

static void write_result(struct batch *b, size_t i, bool minimal, struct answer *a)
{
    struct json_writer *w = &a->json;
    uint64_t revision;
    json_map_open(w);
    json_name(w, S("status"));
    json_int(w, 200);
    json_name(w, S("body"));
    if (b->entries[i].op == BATCH_DELETE)
        json_ready(w, S("{\"success\":true}"));
    else
        content_write_written(b->x, b->api, &b->changes[i], minimal, a, &revision);
    if (!str_is_absent(b->entries[i].as)) {
        json_name(w, S("as"));
        json_text(w, b->entries[i].as);
    }
    json_map_close(w);
}

static enum err send_results(struct batch *b, struct problem *why)
{
    bool minimal = content_wants_minimal(b->x);
    struct answer answer;
    str body;
    for (;; minimal = true) {
        answer_begin(b->x, &answer);
        json_list_open(&answer.json);
        for (size_t i = 0; i < b->count; i++)
            write_result(b, i, minimal, &answer);
        json_list_close(&answer.json);
        enum err e = answer_end(&answer, &body, why);
        if (e == ERR_OK)
            break;
        if (minimal)
            return e;
        *why = (struct problem){.arena = b->x->arena}; /* it is done: at least say which items they are */
    }
    exchange_add_header(b->x, S("Cache-Control"), S("no-store"));
    exchange_send_json(b->x, 200, body);
    return ERR_OK;
}

static enum err run_batch(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct batch b = {.x = x, .api = app};
    struct content_params none;
    struct once *once;
    const struct json *body;
    (void)p;
    TRY(content_demand_role(x->who, why));
    TRY(content_params_read(x, app, content_no_names, &none, why));
    if (!str_is_absent(exchange_header(x, S("if-match"))) || !str_is_absent(exchange_header(x, S("if-none-match"))))
        return problem_fault(why, ERR_BAD_INPUT, S("If-Match"), S("header"), "A batch is of many items: each entry has its own if_rev");
    TRY(content_read_once(x, &once, why));
    TRY(exchange_json(x, &body, why));
    TRY(batch_read(&b, body, why));
    TRY(read_all(&b, why));
    b.changes[0].once = once;
    TRY(gate_write(b.api->gate, x->who, b.changes, b.count, x->arena, why));
    content_say_replayed(x, once);
    return send_results(&b, why);
}

static const struct route batch_routes[] = {
    {M_POST, "/api/batch", run_batch, LIMIT_BODY_BYTES, 0, "Several changes in one transaction, all or none"},
};
static const char *const *const batch_parameters[] = {content_no_names};
const struct api_table batch_api = {.routes = batch_routes, .count = COUNTOF(batch_routes), .parameters = batch_parameters};

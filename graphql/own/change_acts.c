/* What is done with an item beyond writing its fields: publishing and its like, actions, files. */
#include "base/time.h"
#include "graphql/own/change_parts.h"
#include "roles/files/files.h"

/* ---- states ---- */

struct plans {
    struct schedule_wish list[2];
    size_t count;
    bool later;                       /* the act itself, too */
};

/* A time, or null to call off what was planned; absent says nothing. */
static enum err read_plan(const struct own_job *j, str name, enum state_act act, const struct state_wish *wish, struct plans *out)
{
    const struct json *v = gql_argument(j->node, name);
    struct schedule_wish plan = {.in = wish->in, .id = wish->id, .act = act, .expects = wish->expects,
                                 .expect_revision = wish->expect_revision};
    if (!v)
        return ERR_OK;
    if (v->type != JSON_NULL && (v->type != JSON_TEXT || !time_read(v->text, &plan.at_ms) || plan.at_ms <= 0))
        return problem_fault(j->why, ERR_INVALID, name, S("type"), STR_FMT " must be a time like 2026-12-24T18:00:00Z, or null",
                             STR_ARG(name));
    out->later |= act == wish->act;
    out->list[out->count++] = plan;
    return ERR_OK;
}

enum err own_act_on_state(struct own_job *j)
{
    static const enum state_act acts[] = {[OWN_PUBLISH - OWN_PUBLISH] = ACT_PUBLISH, [OWN_UNPUBLISH - OWN_PUBLISH] = ACT_UNPUBLISH,
                                          [OWN_ARCHIVE - OWN_PUBLISH] = ACT_ARCHIVE, [OWN_DISCARD - OWN_PUBLISH] = ACT_DISCARD};
    const struct json *id = own_given(j, S("_id"));
    struct change c = {.op = OP_UPDATE, .in = j->in, .id = id ? id->text : (str){0}};
    struct state_wish wish = {.in = j->in, .id = c.id, .act = acts[j->what - OWN_PUBLISH]};
    struct plans plans = {.count = 0};
    TRY(own_expect(j, &c));
    wish.expects = c.expects;
    wish.expect_revision = c.expect_revision;
    TRY(read_plan(j, S("at"), wish.act, &wish, &plans));
    TRY(read_plan(j, S("unpublishAt"), ACT_UNPUBLISH, &wish, &plans));
    if (plans.count > 0)
        TRY(gate_schedule(j->x->gate, j->x->who, plans.list, plans.count, plans.later ? NULL : &wish, j->x->arena, j->why));
    else
        TRY(gate_state(j->x->gate, j->x->who, &wish, j->x->arena, j->why));
    c.result_id = wish.id;
    c.result_revision = wish.result_revision;
    j->done = own_answer(j, &c);
    return ERR_OK;
}

/* ---- actions ---- */

enum err own_act(struct own_job *j)
{
    const struct json *id = own_given(j, S("_id")), *input = own_given(j, S("input"));
    const struct action *action = own_meaning_of(j->node->field)->action;
    struct change at = {.op = OP_UPDATE, .in = j->in, .id = id ? id->text : (str){0}};
    struct json output = json_null;
    TRY(gate_allows_action(j->x->who, j->in, action->name, j->why));
    if (input && input->type != JSON_MAP)
        return problem_fault(j->why, ERR_BAD_INPUT, S("input"), S("type"), "An action's input is an object");
    TRY(own_expect(j, &at));
    at.once = j->once;
    TRY(gate_act_at(j->x->gate, j->x->who, &at, action->name, input, &output, j->x->arena, j->why));
    struct json *answer = NEW(j->x->arena, struct json);
    *answer = output.type == JSON_NULL ? json_of_map(NULL, 0) : output;
    struct gql_thing thing = {.kind = GQL_THING_LEAF, .leaf = *answer};
    if (action->out && action->out->output)
        thing = (struct gql_thing){.kind = GQL_THING_OBJECT, .self = answer};
    j->done = gql_complete(j->x, j->node, j->node->field->type, &thing);
    return ERR_OK;
}

/* ---- files ---- */

enum err own_upload(struct own_job *j)
{
    const struct json *file = own_given(j, S("file")), *data = own_given(j, S("data")), *replaces = own_given(j, S("replaces"));
    struct change expected = {.op = OP_UPDATE, .in = j->in};
    struct asset_wish wish = {.where = S("/data"), .replaces = replaces ? replaces->text : (str){0}};
    struct received received;
    struct change made = {.op = OP_CREATE, .in = j->in};
    TRY(gate_allows(j->x->who, replaces ? VERB_UPDATE : VERB_CREATE, j->in, j->why));
    TRY(own_expect(j, &expected));
    if (expected.expects && !replaces)
        return problem_set(j->why, ERR_STALE, "ifRev names an asset, and this makes a new one");
    if (data)
        TRY(own_data_item(&j->data, j->in, data, wish.where, &wish.values, j->why));
    TRY(gql_receive_file(j->x, file, S("file"), replaces != NULL, &received, j->why));
    wish.expects = expected.expects;
    wish.expect_revision = expected.expect_revision;
    TRY(gate_asset(j->x->gate, j->x->who, &received, &wish, j->x->arena, &made.result_id, j->why));
    made.result_revision = wish.result_revision;
    j->done = own_answer(j, &made);
    return ERR_OK;
}

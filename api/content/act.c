/* Actions: what can be done with an item (or a collection) beyond writing its fields. POST with a JSON object, or
 * without a body; the answer is the action's own, and nobody's to keep: there may be a secret in it. What another server
 * does (docs/actions.md) is done once for each Idempotency-Key. */
#include "api/content/content.h"

static enum err read_input(struct exchange *x, const struct json **out, struct problem *why)
{
    *out = NULL;
    if (x->body_length == 0)
        return ERR_OK;
    TRY(exchange_json(x, out, why));
    if ((*out)->type != JSON_MAP)
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("type"), "The body must be an object, the action's input");
    return ERR_OK;
}

static enum err act(struct exchange *x, struct api *api, const struct params *p, str id, struct problem *why)
{
    const struct collection *c;
    struct content_params none;
    struct answer answer;
    const struct json *input;
    struct json output = json_null;
    str action = param(p, "action");
    TRY(gate_collection(api->gate, x->who, param(p, "model"), &c, why));
    TRY(content_params_read(x, api, content_no_names, &none, why));
    const struct action *known = action_named(c, action);
    if (!known)
        return problem_set(why, ERR_NOT_FOUND, STR_FMT " has no action " STR_FMT, STR_ARG(c->name), STR_ARG(action));
    TRY(gate_allows_action(x->who, c, action, why));
    struct change at = {.op = OP_UPDATE, .in = c, .id = id};
    if (known->out) /* first: it keeps the body as it was sent */
        TRY(content_read_once(x, &at.once, why));
    else
        TRY(content_no_once(x, "Actions of the server", why));
    TRY(read_input(x, &input, why));
    if (!str_is_absent(id))
        TRY(etag_preconditions(x, &at, why));
    TRY(gate_act_at(api->gate, x->who, &at, action, input, &output, x->arena, why));
    content_say_replayed(x, at.once);
    answer_begin(x, &answer);
    json_value(&answer.json, output.type == JSON_NULL ? &(struct json){.type = JSON_MAP} : &output);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    return answer_send(x, &answer, NULL, why);
}

enum err content_act_on(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return act(x, app, p, param(p, "id"), why);
}

enum err content_act_free(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return act(x, app, p, (str){0}, why);
}

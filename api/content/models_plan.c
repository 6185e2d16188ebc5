/* POST /api/content/models/plan and /apply: several definitions at once, told before they are done and done in one
 * transaction. Both are changes of the items of "collections", with the rights that those take. */
#include "api/content/content.h"
#include "api/content/models.h"
#include "base/limits.h"
#include "content/model/changes.h"

struct body {
    struct model_wish wish;
    const struct json *model;         /* apply: the plan's; NULL: whatever it is */
    bool allow_loss;
};

static enum err refuse(struct problem *why, const char *path, const char *rule, const char *sentence)
{
    return problem_fault(why, ERR_INVALID, str_of(path), str_of(rule), "%s", sentence);
}

static enum err read_lists(struct exchange *x, const struct json *in, struct body *out, struct problem *why)
{
    const struct json *definitions = json_get(in, S("definitions")), *drop = json_get(in, S("drop"));
    size_t count = definitions ? definitions->count : 0, drops = drop ? drop->count : 0;
    if (definitions && (definitions->type != JSON_LIST || count > LIMIT_COLLECTIONS))
        return refuse(why, "/definitions", "type", "definitions must be a list of at most 500 definitions");
    if (drop && (drop->type != JSON_LIST || drops > LIMIT_COLLECTIONS))
        return refuse(why, "/drop", "type", "drop must be a list of at most 500 names");
    const struct json **list = NEW_N(x->arena, const struct json *, count + 1);
    str *names = NEW_N(x->arena, str, drops + 1);
    for (size_t i = 0; i < count; i++)
        list[i] = &definitions->items[i];
    for (size_t i = 0; i < drops; i++) {
        if (drop->items[i].type != JSON_TEXT)
            return refuse(why, "/drop", "type", "drop must be a list of at most 500 names");
        names[i] = drop->items[i].text;
    }
    out->wish.definitions = list;
    out->wish.count = count;
    out->wish.drops = names;
    out->wish.drop_count = drops;
    return ERR_OK;
}

static enum err read_body(struct exchange *x, bool applies, struct body *out, struct problem *why)
{
    const struct json *in;
    *out = (struct body){.model = NULL};
    TRY(exchange_json(x, &in, why));
    if (in->type != JSON_MAP)
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("type"), "The body must be an object with definitions");
    for (uint32_t i = 0; i < in->count; i++) {
        const struct json *m = &in->items[i];
        if (str_equal(m->name, S("definitions")) || str_equal(m->name, S("drop")))
            continue;
        if (str_equal(m->name, S("mirror")) && m->type == JSON_BOOL)
            out->wish.mirrors = m->boolean;
        else if (applies && str_equal(m->name, S("allow_loss")) && m->type == JSON_BOOL)
            out->allow_loss = m->boolean;
        else if (applies && str_equal(m->name, S("model")) && m->type == JSON_INT)
            out->model = m;
        else
            (void)problem_fault(why, ERR_INVALID, arena_format(x->arena, "/" STR_FMT, STR_ARG(m->name)), S("unknown-field"),
                                "There is no " STR_FMT " here, or not like this", STR_ARG(m->name));
    }
    TRY(why->err);
    return read_lists(x, in, out, why);
}

/* Definitions of somebody who may not read them cannot be compared: reading is asked for first. */
static enum err make_changes(struct exchange *x, struct api *api, const struct body *b, struct change **out, size_t *count,
                             struct problem *why)
{
    const struct collection *in;
    struct item_list list;
    TRY(gate_collection(api->gate, x->who, S("collections"), &in, why));
    struct query q = {.from = in, .limit = LIMIT_COLLECTIONS};
    query_all_fields(x->arena, &q, NULL);
    item_list_init(&list, x->arena);
    TRY(gate_read(api->gate, x->who, &q, &list.receiver, NULL, why));
    struct json present = json_of_list(list.items ? list.items : &json_null, list.count);
    return model_changes(x->arena, in, &present, &b->wish, out, count, why);
}

static enum err plan(struct exchange *x, struct api *api, const struct body *b, struct change **changes, size_t *count,
                     struct json *out, struct problem *why)
{
    TRY(make_changes(x, api, b, changes, count, why));
    return gate_plan(api->gate, x->who, *changes, *count, x->arena, out, why);
}

static enum err send(struct exchange *x, const struct json *plan, bool applied, struct problem *why)
{
    struct answer answer;
    answer_begin(x, &answer);
    json_map_open(&answer.json);
    if (applied) {
        json_name(&answer.json, S("applied"));
        json_bool(&answer.json, true);
    }
    for (uint32_t i = 0; i < plan->count; i++) {
        if (applied && (str_equal(plan->items[i].name, S("fails")) || str_equal(plan->items[i].name, S("model"))))
            continue;
        json_name(&answer.json, plan->items[i].name);
        json_value(&answer.json, &plan->items[i]);
    }
    json_map_close(&answer.json);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    return answer_send(x, &answer, NULL, why);
}

enum err models_plan(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct content_params none;
    struct body body;
    struct change *changes;
    size_t count;
    struct json out;
    (void)p;
    TRY(content_demand_role(x->who, why));
    TRY(content_params_read(x, app, content_no_names, &none, why));
    TRY(read_body(x, false, &body, why));
    TRY(plan(x, app, &body, &changes, &count, &out, why));
    return send(x, &out, false, why);
}

static enum err refuse_losses(struct exchange *x, const struct json *plan, struct problem *why)
{
    const struct json *steps = json_get(plan, S("steps"));
    for (uint32_t i = 0; i < steps->count; i++) {
        const struct json *s = &steps->items[i];
        if (json_get(s, S("loses"))->boolean)
            (void)problem_fault(why, ERR_CONFLICT, arena_format(x->arena, "/steps/%u", i), S("loses-data"),
                                STR_FMT " (values lost: %lld)", STR_ARG(json_get(s, S("text"))->text),
                                (long long)json_get(s, S("values_lost"))->integer);
    }
    return problem_set(why, ERR_CONFLICT, "This would throw stored values away; say \"allow_loss\": true");
}

/* Planned first, so that what is lost is known by number; then done. Between the two nobody else changes the model:
 * the rights of this request are of one model, and content writes nothing with those of another. */
enum err models_apply(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params none;
    struct body body;
    struct change *changes;
    size_t count;
    struct json out;
    (void)p;
    TRY(content_demand_role(x->who, why));
    TRY(content_params_read(x, app, content_no_names, &none, why));
    TRY(content_no_once(x, "Models", why));
    TRY(read_body(x, true, &body, why));
    if (body.model && body.model->integer != (int64_t)principal_model(x->who)->epoch)
        return problem_fault(why, ERR_STALE, S("/model"), S("stale"), "The model has changed since this was planned; plan again");
    TRY(plan(x, app, &body, &changes, &count, &out, why));
    if (json_get(&out, S("loses"))->boolean && !body.allow_loss)
        return refuse_losses(x, &out, why);
    body.wish.allow_loss = body.allow_loss;
    TRY(make_changes(x, app, &body, &changes, &count, why));
    if (count > 0)
        TRY(gate_write(api->gate, x->who, changes, count, x->arena, why));
    return send(x, &out, true, why);
}

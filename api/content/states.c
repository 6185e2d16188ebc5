/* An item as a whole (docs/publish.md): publish, take back, put away, give up, look back, bring back. */
#include "api/content/content.h"

#include "api/etag.h"
#include "base/limits.h"
#include "base/time.h"

static enum err find_model(struct exchange *x, struct api *api, const struct params *p, const char *const *names,
                           const struct collection **out, struct content_params *params, struct problem *why)
{
    TRY(gate_collection(api->gate, x->who, param(p, "model"), out, why));
    return content_params_read(x, api, names, params, why);
}

/* When something is to be done: a member of the body, null to call it off. */
static enum err read_time(struct exchange *x, const struct json *v, int64_t *out, struct problem *why)
{
    *out = 0;
    if (v->type == JSON_NULL || (v->type == JSON_TEXT && time_read(v->text, out) && *out > 0))
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, arena_format(x->arena, "/" STR_FMT, STR_ARG(v->name)), S("type"),
                         STR_FMT " must be a time like 2026-12-24T18:00:00Z, or null", STR_ARG(v->name));
}

struct plans {
    struct schedule_wish list[2];
    size_t count;
    bool later;                       /* the action itself, too */
};

/* {"at"} plans the action itself; "publish_at" and "unpublish_at" say which. */
static enum err read_plans(struct exchange *x, const struct state_wish *wish, struct plans *out, struct problem *why)
{
    const struct json *input;
    if (x->body_length == 0)
        return ERR_OK;
    TRY(exchange_json(x, &input, why));
    if (input->type != JSON_MAP)
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("type"), "The body must be an object");
    for (uint32_t i = 0; i < input->count; i++) {
        const struct json *v = &input->items[i];
        struct schedule_wish plan = {.in = wish->in, .id = wish->id, .act = wish->act, .expects = wish->expects,
                                     .expect_revision = wish->expect_revision};
        bool self = str_equal(v->name, S("at")), known = true;
        if (str_equal(v->name, S("publish_at")))
            plan.act = ACT_PUBLISH;
        else if (str_equal(v->name, S("unpublish_at")))
            plan.act = ACT_UNPUBLISH;
        else
            known = self;
        if (!known || wish->act == ACT_DISCARD || out->count == COUNTOF(out->list))
            (void)problem_fault(why, ERR_INVALID, arena_format(x->arena, "/" STR_FMT, STR_ARG(v->name)), S("unknown-field"),
                                STR_FMT " takes no " STR_FMT, STR_ARG(state_act_names[wish->act]), STR_ARG(v->name));
        else if (read_time(x, v, &plan.at_ms, why) == ERR_OK)
            out->list[out->count++] = plan;
        out->later |= plan.act == wish->act;
    }
    return why->err;
}

static enum err send_planned(struct exchange *x, const struct plans *plans, struct problem *why)
{
    struct answer answer;
    answer_begin(x, &answer);
    json_map_open(&answer.json);
    json_name(&answer.json, S("scheduled"));
    json_list_open(&answer.json);
    for (size_t i = 0; i < plans->count; i++) {
        struct buf b;
        buf_init(&b, x->arena, 64);
        time_write(&b, plans->list[i].at_ms);
        json_map_open(&answer.json);
        json_name(&answer.json, S("action"));
        json_text(&answer.json, state_act_names[plans->list[i].act]);
        json_name(&answer.json, S("at"));
        if (plans->list[i].at_ms)
            json_text(&answer.json, buf_str(&b));
        else
            json_nothing(&answer.json);
        json_map_close(&answer.json);
    }
    json_list_close(&answer.json);
    json_map_close(&answer.json);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    return answer_send(x, &answer, NULL, why);
}

static enum err act(struct exchange *x, struct api *api, const struct params *p, enum state_act what, struct problem *why)
{
    const struct collection *c;
    struct content_params none;
    struct plans plans = {.count = 0};
    struct change change = {.op = OP_UPDATE, .id = param(p, "id")};
    TRY(find_model(x, api, p, content_no_names, &c, &none, why));
    if (!has_states(c))
        return problem_set(why, ERR_NOT_FOUND, STR_FMT " has no action " STR_FMT, STR_ARG(c->name),
                           STR_ARG(state_act_names[what]));
    TRY(content_no_once(x, "Actions", why));
    change.in = c;
    struct state_wish wish = {.in = c, .id = change.id, .act = what};
    TRY(etag_preconditions(x, &change, why));
    wish.expects = change.expects;
    wish.expect_revision = change.expect_revision;
    TRY(read_plans(x, &wish, &plans, why));
    if (plans.count > 0)
        TRY(gate_schedule(api->gate, x->who, plans.list, plans.count, plans.later ? NULL : &wish, x->arena, why));
    else
        TRY(gate_state(api->gate, x->who, &wish, x->arena, why));
    if (plans.later)
        return send_planned(x, &plans, why);
    change.result_id = wish.id;
    change.result_revision = wish.result_revision;
    return content_send_written(x, api, &change, why);
}

static enum err item_publish(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return act(x, app, p, ACT_PUBLISH, why);
}

static enum err item_unpublish(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return act(x, app, p, ACT_UNPUBLISH, why);
}

static enum err item_archive(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return act(x, app, p, ACT_ARCHIVE, why);
}

static enum err item_discard(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return act(x, app, p, ACT_DISCARD, why);
}

static enum err send_json(struct exchange *x, const struct json *v, struct problem *why)
{
    struct answer answer;
    answer_begin(x, &answer);
    json_value(&answer.json, v);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    return answer_send(x, &answer, NULL, why);
}

static enum err bad_number(struct problem *why, str name)
{
    return problem_fault(why, ERR_BAD_INPUT, name, S("parameter"), STR_FMT " must be a whole number", STR_ARG(name));
}

static enum err take_number(const struct content_params *p, str name, uint64_t most, uint64_t *out, struct problem *why)
{
    str v = query_string_get(&p->query, name);
    if (str_is_absent(v) || str_to_u64(v, most, out))
        return ERR_OK;
    return bad_number(why, name);
}

static const char *const history_names[] = {"limit", "older", NULL};
static const char *const diff_names[] = {"from", "to", NULL};
static const char *const trash_names[] = {"limit", "skip", NULL};

#define HISTORY_USUAL 50u

static enum err item_history(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    struct history_wish wish = {.id = param(p, "id")};
    struct json out = json_null;
    TRY(find_model(x, api, p, history_names, &wish.in, &params, why));
    TRY(take_number(&params, S("older"), INT64_MAX, &wish.before, why));
    wish.limit = params.limit ? params.limit : HISTORY_USUAL;
    TRY(gate_history(api->gate, x->who, &wish, &out, x->arena, why));
    return send_json(x, &out, why);
}

static enum err item_revision(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    struct history_wish wish = {.id = param(p, "id")};
    const struct json *out = NULL;
    TRY(find_model(x, api, p, content_no_names, &wish.in, &params, why));
    if (!str_to_u64(param(p, "rev"), INT64_MAX, &wish.revision))
        return problem_set(why, ERR_NOT_FOUND, "There is no such revision");
    TRY(gate_history_image(api->gate, x->who, &wish, &out, x->arena, why));
    return send_json(x, out, why);
}

static enum err item_diff(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    struct history_wish wish = {.id = param(p, "id")};
    struct json out = json_null;
    TRY(find_model(x, api, p, diff_names, &wish.in, &params, why));
    TRY(take_number(&params, S("from"), INT64_MAX, &wish.revision, why));
    TRY(take_number(&params, S("to"), INT64_MAX, &wish.other, why));
    if (wish.revision == 0 || wish.other == 0)
        return bad_number(why, wish.revision ? S("to") : S("from"));
    TRY(gate_history_diff(api->gate, x->who, &wish, &out, x->arena, why));
    return send_json(x, &out, why);
}

static bool is_wanted(const struct json *fields, str name)
{
    for (uint32_t i = 0; fields && i < fields->count; i++)
        if (fields->items[i].type == JSON_TEXT && str_equal(fields->items[i].text, name))
            return true;
    return fields == NULL;
}

/* {"rev":3,"fields":["title"],"draft":true} */
static enum err read_restore(struct exchange *x, const struct collection *c, struct history_wish *wish,
                             const struct json **fields, bool *draft, struct problem *why)
{
    const struct json *input;
    TRY(exchange_json(x, &input, why));
    if (input->type != JSON_MAP)
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("type"), "The body must be an object");
    *fields = json_get(input, S("fields"));
    const struct json *rev = json_get(input, S("rev")), *into = json_get(input, S("draft"));
    if (!rev || rev->type != JSON_INT || rev->integer < 1)
        (void)problem_fault(why, ERR_INVALID, S("/rev"), S("required"), "rev must be the number of a revision");
    else
        wish->revision = (uint64_t)rev->integer;
    if (into && into->type != JSON_BOOL)
        (void)problem_fault(why, ERR_INVALID, S("/draft"), S("type"), "draft must be true or false");
    *draft = into && into->type == JSON_BOOL && into->boolean;
    if (*fields && (*fields)->type != JSON_LIST)
        (void)problem_fault(why, ERR_INVALID, S("/fields"), S("type"), "fields must be a list of names");
    for (uint32_t i = 0; *fields && (*fields)->type == JSON_LIST && i < (*fields)->count; i++) {
        const struct json *name = &(*fields)->items[i];
        const struct field *f = name->type == JSON_TEXT ? collection_field(c, name->text) : NULL;
        const struct access *read = rights_access(x->who->rights, VERB_READ, c),
                            *write = rights_access(x->who->rights, VERB_UPDATE, c);
        if (!f || f->is_meta || !field_set_has(&read->fields, f->index) || !field_set_has(&write->fields, f->index))
            (void)problem_fault(why, ERR_INVALID, arena_format(x->arena, "/fields/%u", i), S("unknown-field"),
                                "There is no such field");
    }
    for (uint32_t i = 0; i < input->count; i++)
        if (&input->items[i] != rev && &input->items[i] != into && &input->items[i] != *fields)
            (void)problem_fault(why, ERR_INVALID, arena_format(x->arena, "/" STR_FMT, STR_ARG(input->items[i].name)),
                                S("unknown-field"), "There is no " STR_FMT, STR_ARG(input->items[i].name));
    return why->err;
}

/* An image does not change any more: to write it is an ordinary change. */
static enum err item_restore(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    const struct collection *c;
    struct content_params params;
    struct history_wish wish = {.id = param(p, "id")};
    struct change change = {.op = OP_UPDATE, .id = wish.id};
    const struct json *image = NULL, *fields = NULL;
    TRY(find_model(x, api, p, content_no_names, &c, &params, why));
    if (c->system)
        return problem_set(why, ERR_NOT_FOUND, STR_FMT " has no action restore", STR_ARG(c->name));
    TRY(gate_allows(x->who, VERB_UPDATE, c, why));
    wish.in = change.in = c;
    TRY(content_read_once(x, &change.once, why));
    TRY(read_restore(x, c, &wish, &fields, &change.draft, why));
    TRY(gate_history_image(api->gate, x->who, &wish, &image, x->arena, why));
    change.values = NEW_N(x->arena, struct json, c->field_count);
    const field_set *writable = &rights_access(x->who->rights, VERB_UPDATE, c)->fields;
    for (uint32_t i = 0; i < image->count; i++) {
        const struct field *f = collection_field(c, image->items[i].name);
        if (!f || f->is_meta || f->locked || !field_set_has(writable, f->index) || !is_wanted(fields, f->name))
            continue;
        change.values[f->index] = image->items[i];
        field_set_add(&change.set, f->index);
    }
    TRY(etag_preconditions(x, &change, why));
    TRY(gate_write(api->gate, x->who, &change, 1, x->arena, why));
    return content_send_written(x, api, &change, why);
}

static enum err trash_list(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    struct trash_wish wish = {.limit = 0};
    struct json out = json_null;
    TRY(find_model(x, api, p, trash_names, &wish.in, &params, why));
    wish.limit = params.limit ? params.limit : HISTORY_USUAL;
    wish.skip = params.skip;
    TRY(gate_trash_list(api->gate, x->who, &wish, &out, x->arena, why));
    return send_json(x, &out, why);
}

static enum err trash_restore(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    struct change change = {.op = OP_CREATE};
    struct trash_wish wish = {.id = param(p, "id")};
    TRY(find_model(x, api, p, content_no_names, &wish.in, &params, why));
    TRY(content_no_once(x, "The trash's actions", why));
    TRY(gate_trash_restore(api->gate, x->who, &wish, &change.result_revision, x->arena, why));
    change.in = wish.in;
    change.result_id = wish.id;
    return content_send_written(x, api, &change, why);
}

static enum err trash_purge(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    struct trash_wish wish = {.id = param(p, "id")};
    TRY(find_model(x, api, p, content_no_names, &wish.in, &params, why));
    TRY(content_no_once(x, "The trash's actions", why));
    TRY(gate_trash_purge(api->gate, x->who, &wish, x->arena, why));
    exchange_send_json(x, 200, S("{\"success\":true}"));
    return ERR_OK;
}

/* clang-format off */
static const struct route state_routes[] = {
    {M_POST, "/api/content/item/{model}/{id}/publish", item_publish, LIMIT_BODY_BYTES, 0, "Publish the newest version of an item, now or at a time"},
    {M_POST, "/api/content/item/{model}/{id}/unpublish", item_unpublish, LIMIT_BODY_BYTES, 0, "Take an item back: it becomes a draft, now or at a time"},
    {M_POST, "/api/content/item/{model}/{id}/archive", item_archive, LIMIT_BODY_BYTES, 0, "Put an item away, now or at a time"},
    {M_POST, "/api/content/item/{model}/{id}/discard", item_discard, LIMIT_BODY_BYTES, 0, "Give up what of an item is not published yet"},
    {M_GET, "/api/content/item/{model}/{id}/history", item_history, 0, 0, "An item's revisions, newest first"},
    {M_GET, "/api/content/item/{model}/{id}/history/{rev}", item_revision, 0, 0, "An item as it was with a revision"},
    {M_GET, "/api/content/item/{model}/{id}/diff", item_diff, 0, 0, "What differs between two revisions, by field"},
    {M_POST, "/api/content/item/{model}/{id}/restore", item_restore, LIMIT_BODY_BYTES, 0, "Bring back a revision, whole or by field, live or as a draft"},
    {M_GET, "/api/content/trash/{model}", trash_list, 0, 0, "What was deleted from a collection, newest first"},
    {M_POST, "/api/content/trash/{model}/{id}/restore", trash_restore, LIMIT_IGNORED_BODY_BYTES, 0, "Bring back a deleted item"},
    {M_DELETE, "/api/content/trash/{model}/{id}", trash_purge, LIMIT_IGNORED_BODY_BYTES, 0, "Delete an item from the trash, for good"},
};
/* clang-format on */
static const char *const *const state_parameters[] = {
    content_no_names, content_no_names, content_no_names, content_no_names, history_names,    content_no_names,
    diff_names,       content_no_names, trash_names,      content_no_names, content_no_names,
};
const struct api_table state_api = {.routes = state_routes, .count = COUNTOF(state_routes), .parameters = state_parameters};

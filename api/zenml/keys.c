/* API keys of service accounts (zenml-tokens.md 7): items of api_keys. A key's text is in the answers that make one
 * and nowhere else; rotating keeps the item and lets older secrets live for a while. */
#include "api/zenml/zenml.h"
#include "base/time.h"

static const struct zenml_column columns[] = {
    {STR("id"), ZENML_UUID, STR("_id")},
    {STR("name"), ZENML_TEXT, STR("label")},
    {STR("description"), ZENML_TEXT, STR("description")},
    {STR("active"), ZENML_OFF, STR("disabled")},
    {STR("last_login"), ZENML_TIME, STR("last_used_at")},
    {STR("last_rotated"), ZENML_TIME, STR("last_rotated_at")},
    {STR("created"), ZENML_SECONDS, STR("_created")},
    {STR("updated"), ZENML_SECONDS, STR("_modified")},
};

static void body(struct zenml_show *s, const struct json *item)
{
    struct zenml_show owner = zenml_show_of(s->x, &zenml_service_accounts);
    zenml_text(s->to, "key", s->secret);
    zenml_flag(s->to, "active", !zenml_item_flag(item, S("disabled"), false));
    json_name(s->to, S("service_account"));
    owner.to = s->to;
    owner.hydrate = false;
    zenml_write(&owner, s->owner);
}

static int64_t number_of(const struct json *generation)
{
    const struct json *n = json_get(generation, S("n"));
    return n && n->type == JSON_INT ? n->integer : 0;
}

/* How long the secret before the last one was given at its rotation. */
static int64_t retained_minutes(const struct json *item)
{
    const struct json *list = json_get(item, S("generations"));
    int64_t rotated = zenml_item_ms(item, S("last_rotated_at"));
    if (!list || list->type != JSON_LIST || list->count < 2 || !rotated)
        return 0;
    const struct json *last = &list->items[list->count - 1], *before = &list->items[list->count - 2];
    int64_t ends = zenml_item_ms(before, S("expires"));
    return number_of(before) + 1 == number_of(last) && ends > rotated ? (ends - rotated) / 60000 : 0;
}

static void metadata(struct zenml_show *s, const struct json *item)
{
    const struct json *list = json_get(item, S("generations"));
    str description = zenml_item_text(item, S("description"));
    zenml_text(s->to, "description", str_is_absent(description) ? S("") : description);
    json_name(s->to, S("retain_period_minutes"));
    json_int(s->to, retained_minutes(item));
    zenml_time(s, "last_login", item, S("last_used_at"));
    zenml_time(s, "last_rotated", item, S("last_rotated_at"));
    json_name(s->to, S("generations"));
    json_list_open(s->to);
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++) {
        json_map_open(s->to);
        json_name(s->to, S("n"));
        json_int(s->to, number_of(&list->items[i]));
        zenml_time(s, "created", &list->items[i], S("created"));
        zenml_time(s, "expires", &list->items[i], S("expires"));
        json_map_close(s->to);
    }
    json_list_close(s->to);
}

const struct zenml_resource zenml_api_keys = {.collection = "api_keys",
                                              .noun = "API key",
                                              .name = STR("label"),
                                              .may_be_named = true,
                                              .columns = columns,
                                              .column_count = COUNTOF(columns),
                                              .body = body,
                                              .metadata = metadata};

/* The service account in the path; *ok false: answered. */
static enum err begin(struct exchange *x, struct api *api, const struct params *p, struct zenml_show *s, bool *ok,
                      struct problem *why)
{
    *s = zenml_show_of(x, &zenml_api_keys);
    TRY(zenml_path_id(x, api, &zenml_service_accounts, p, "service_account_id", ok, why));
    return *ok ? zenml_find(x, api, &zenml_service_accounts, param(p, "service_account_id"), NULL, &s->owner, why) : ERR_OK;
}

static str owner_id(const struct zenml_show *s)
{
    return zenml_item_text(s->owner, S("_id"));
}

static enum err find(const struct zenml_show *s, struct api *api, const struct params *p, const struct json **item,
                     struct problem *why)
{
    struct exchange *x = s->x;
    str reference = param(p, "key_name_or_id");
    const struct json *also = zenml_is(x->arena, S("service_account"), owner_id(s));
    struct problem own = {.arena = x->arena};
    enum err e = zenml_find(x, api, &zenml_api_keys, reference, also, item, &own);
    if (e == ERR_NOT_FOUND)
        return problem_set(why, e,
                           "An API key with ID or name '" STR_FMT "' is not configured for service account with ID '" STR_FMT "'",
                           STR_ARG(reference), STR_ARG(id_uuid(x->arena, owner_id(s))));
    if (e != ERR_OK)
        *why = own;
    return e;
}

/* What was made or changed, and its text where there is one. */
static enum err send_written(struct zenml_show *s, struct api *api, str id, struct problem *why)
{
    const struct json *item = NULL;
    TRY(zenml_reread(s->x, api, &zenml_api_keys, id, &item, why));
    if (!item) { /* made, and not to be read: its text is shown all the same, or it would be lost */
        struct json *members = NEW_N(s->x->arena, struct json, 1), *bare = NEW(s->x->arena, struct json);
        members[0] = json_named(S("_id"), json_of_text(id));
        *bare = json_of_map(members, 1);
        item = bare;
    }
    return zenml_send(s, item, why);
}

enum err zenml_keys_list(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct zenml_show s;
    bool ok = false;
    TRY(begin(x, app, p, &s, &ok, why));
    return ok ? zenml_list(&s, app, zenml_is(x->arena, S("service_account"), owner_id(&s)), why) : ERR_OK;
}

struct key_body {
    str name, description;
    bool active;
};
#define AT(member) offsetof(struct key_body, member)
static const struct fast_field create_fields[] = {
    {.name = STR("name"), .kind = FAST_TEXT, .flags = FAST_REQUIRED, .offset = AT(name), .least = 1, .most = 255},
    {.name = STR("description"), .kind = FAST_TEXT, .flags = FAST_NULLABLE, .offset = AT(description), .least = 0, .most = 65535},
};
static const struct fast_field update_fields[] = {
    {.name = STR("name"), .kind = FAST_TEXT, .flags = FAST_NULLABLE, .offset = AT(name), .least = 1, .most = 255},
    {.name = STR("description"), .kind = FAST_TEXT, .flags = FAST_NULLABLE, .offset = AT(description), .least = 0, .most = 65535},
    {.name = STR("active"), .kind = FAST_BOOL, .flags = FAST_NULLABLE, .offset = AT(active)},
};
static const struct fast_shape create_shape = {create_fields, COUNTOF(create_fields), sizeof(struct key_body), false};
static const struct fast_shape update_shape = {update_fields, COUNTOF(update_fields), sizeof(struct key_body), false};

enum err zenml_keys_create(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct key_body b = {0};
    struct zenml_show s;
    bool ok = false;
    str id;
    TRY(begin(x, api, p, &s, &ok, why));
    if (ok)
        TRY(zenml_take(x, &create_shape, "APIKeyRequest", &b, &ok, why));
    if (!ok)
        return ERR_OK;
    struct key_wish wish = {
        .service_account = owner_id(&s), .kind = S("zenml"), .name = b.name, .description = str_is_absent(b.description) ? S("") : b.description};
    TRY(gate_key_make(api->gate, x->who, x->arena, &wish, &id, &s.secret, why));
    return send_written(&s, api, id, why);
}

enum err zenml_key_get(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct zenml_show s;
    const struct json *item = NULL;
    bool ok = false;
    TRY(begin(x, app, p, &s, &ok, why));
    if (!ok || !zenml_hydrate(x, true, &s.hydrate))
        return ERR_OK;
    TRY(find(&s, app, p, &item, why));
    return zenml_send(&s, item, why);
}

enum err zenml_key_put(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct key_body b = {0};
    struct zenml_show s;
    const struct json *item = NULL;
    struct json members[3];
    struct change change;
    size_t count = 0;
    bool ok = false;
    TRY(begin(x, app, p, &s, &ok, why));
    if (!ok)
        return ERR_OK;
    TRY(find(&s, app, p, &item, why));
    bool was_active = b.active = !zenml_item_flag(item, S("disabled"), false);
    TRY(zenml_take(x, &update_shape, "APIKeyUpdate", &b, &ok, why));
    if (!ok)
        return ERR_OK;
    if (!str_is_absent(b.name))
        members[count++] = json_named(S("label"), json_of_text(b.name));
    if (!str_is_absent(b.description))
        members[count++] = json_named(S("description"), json_of_text(b.description));
    if (b.active != was_active)
        members[count++] = json_named(S("disabled"), json_of_bool(!b.active));
    str id = zenml_item_text(item, S("_id"));
    TRY(zenml_save(x, app, &zenml_api_keys, OP_UPDATE, id, members, count, &change, why));
    return send_written(&s, app, id, why);
}

enum err zenml_key_delete(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct zenml_show s;
    const struct json *item = NULL;
    bool ok = false;
    TRY(begin(x, app, p, &s, &ok, why));
    if (!ok)
        return ERR_OK;
    TRY(find(&s, app, p, &item, why));
    return zenml_delete(x, app, &zenml_api_keys, item, why);
}

struct rotate_body {
    int64_t minutes;
    bool revoke_tokens;
};
static const struct fast_field rotate_fields[] = {
    {.name = STR("retain_period_minutes"), .kind = FAST_INT, .offset = offsetof(struct rotate_body, minutes), .least = 0, .most = 43200},
    {.name = STR("revoke_tokens"), .kind = FAST_BOOL, .offset = offsetof(struct rotate_body, revoke_tokens)},
};
static const struct fast_shape rotate_shape = {rotate_fields, COUNTOF(rotate_fields), sizeof(struct rotate_body), false};

enum err zenml_key_rotate(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct rotate_body b = {0};
    struct zenml_show s;
    const struct json *item = NULL;
    const struct collection *c;
    struct json members[2], output = json_null;
    bool ok = false;
    TRY(begin(x, api, p, &s, &ok, why));
    if (!ok)
        return ERR_OK;
    TRY(find(&s, api, p, &item, why));
    TRY(zenml_take_any(x, &rotate_shape, "APIKeyRotateRequest", &b, &ok, why));
    if (!ok)
        return ERR_OK;
    TRY(zenml_collection(x, api, &zenml_api_keys, &c, why));
    members[0] = json_named(S("retain_minutes"), json_of_int(b.minutes));
    members[1] = json_named(S("revoke_tokens"), json_of_bool(b.revoke_tokens));
    struct json input = json_of_map(members, 2);
    str id = zenml_item_text(item, S("_id"));
    TRY(gate_act(api->gate, x->who, c, id, S("rotate"), &input, &output, x->arena, why));
    s.secret = zenml_item_text(&output, S("secret"));
    return send_written(&s, api, id, why);
}

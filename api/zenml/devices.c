/* Devices: codes for a program, and what its owner sees of it and does to it (zenml-tokens.md 5). */
#include "roles/sign_in/devices.h"
#include "api/answer.h"
#include "api/zenml/zenml.h"
#include "base/form.h"
#include "base/limits.h"

static const struct zenml_column columns[] = {
    {STR("id"), ZENML_UUID, STR("_id")},
    {STR("client_id"), ZENML_TEXT, STR("client_id")},
    {STR("created"), ZENML_SECONDS, STR("_created")},
    {STR("updated"), ZENML_SECONDS, STR("_modified")},
    {STR("expires"), ZENML_TIME, STR("expires_at")},
    {STR("last_login"), ZENML_TIME, STR("last_login_at")},
    {STR("status"), ZENML_TEXT, STR("status")},
    {STR("trusted_device"), ZENML_BOOL, STR("trusted")},
    {STR("os"), ZENML_TEXT, STR("os")},
    {STR("hostname"), ZENML_TEXT, STR("hostname")},
    {STR("ip_address"), ZENML_TEXT, STR("address")},
};

static int64_t failed_of(const struct json *item)
{
    const struct json *v = json_get(item, S("failed"));
    return v && v->type == JSON_INT ? v->integer : 0;
}

static str status_of(const struct json *item)
{
    str status = zenml_item_text(item, S("status"));
    bool is_in = str_equal(status, S("active"));
    bool locked = zenml_item_flag(item, S("locked"), false) || (!is_in && failed_of(item) >= LIMIT_DEVICE_FAILED);
    return locked ? S("locked") : status;
}

static void body(struct zenml_show *s, const struct json *item)
{
    zenml_text(s->to, "client_id", zenml_item_text(item, S("client_id")));
    zenml_time(s, "expires", item, S("expires_at"));
    zenml_flag(s->to, "trusted_device", zenml_item_flag(item, S("trusted"), false));
    zenml_uuid(s, "user", zenml_item_text(item, S("user")));
    zenml_text(s->to, "status", status_of(item));
    zenml_text(s->to, "os", zenml_item_text(item, S("os")));
    zenml_text(s->to, "ip_address", zenml_item_text(item, S("address")));
    zenml_text(s->to, "hostname", zenml_item_text(item, S("hostname")));
    zenml_time(s, "last_login", item, S("last_login_at"));
}

static void metadata(struct zenml_show *s, const struct json *item)
{
    static const char *const unknown[] = {"city", "region", "country"};
    json_name(s->to, S("failed_auth_attempts"));
    json_int(s->to, failed_of(item));
    zenml_text(s->to, "python_version", zenml_item_text(item, S("python_version")));
    zenml_text(s->to, "zenml_version", zenml_item_text(item, S("zenml_version")));
    for (size_t i = 0; i < COUNTOF(unknown); i++)
        zenml_null(s->to, unknown[i]);
}

const struct zenml_resource zenml_devices = {.collection = "devices",
                                             .noun = "device",
                                             .columns = columns,
                                             .column_count = COUNTOF(columns),
                                             .body = body,
                                             .metadata = metadata};

/* Everybody's devices are his alone, an administrator's too. */
static const struct json *own(const struct exchange *x)
{
    return zenml_is(x->arena, S("user"), str_is_absent(x->who->user_id) ? S("") : x->who->user_id);
}

static enum err find(struct exchange *x, struct api *api, str reference, const struct json **item, struct problem *why)
{
    return zenml_find(x, api, &zenml_devices, reference, own(x), item, why);
}

enum err zenml_device_authorization(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct form form = {0};
    struct device_codes codes = {0};
    struct answer a;
    str text = {0};
    (void)p;
    TRY(exchange_body(x, &text, why));
    TRY(form_read(x->arena, exchange_header(x, S("content-type")), text, &form, why));
    str client = form_get(&form, S("client_id"));
    if (!zenml_is_uuid(client))
        return zenml_refuse(x, ERR_BAD_INPUT, NULL, S("Invalid request: invalid client ID."));
    TRY(gate_device_authorize(api->gate, x, client, &codes, why));
    answer_begin(x, &a);
    json_map_open(&a.json);
    zenml_text(&a.json, "device_code", codes.device_code);
    zenml_text(&a.json, "user_code", codes.user_code);
    zenml_text(&a.json, "verification_uri", S("/devices/verify"));
    zenml_text(&a.json, "verification_uri_complete",
               arena_format(x->arena, "/devices/verify?device_id=" STR_FMT "&user_code=" STR_FMT,
                            STR_ARG(id_uuid(x->arena, codes.device)), STR_ARG(codes.user_code)));
    json_name(&a.json, S("expires_in"));
    json_int(&a.json, LIMIT_DEVICE_CODE_S);
    json_name(&a.json, S("interval"));
    json_int(&a.json, LIMIT_DEVICE_POLL_S);
    zenml_text(&a.json, "user_code_short", codes.short_code);
    json_map_close(&a.json);
    TRY(answer_end(&a, &text, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, text);
    return ERR_OK;
}

enum err zenml_devices_list(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct zenml_show s = zenml_show_of(x, &zenml_devices);
    (void)p;
    return zenml_list(&s, app, own(x), why);
}

enum err zenml_device_get(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct zenml_show s = zenml_show_of(x, &zenml_devices);
    const struct json *item = NULL;
    struct query_string q = {0};
    char id[ID_LENGTH];
    bool ok = false;
    TRY(zenml_path_id(x, app, &zenml_devices, p, "device_id", &ok, why));
    if (!ok)
        return ERR_OK;
    TRY(query_string_read(x->arena, x->query, &q, why));
    str code = query_string_get(&q, S("user_code")), reference = param(p, "device_id");
    if (str_is_absent(code) || !uuid_id(reference, id))
        TRY(find(x, api, reference, &item, why));
    else
        TRY(gate_device_look(api->gate, x, arena_copy(x->arena, (str){id, ID_LENGTH}), code, &item, why));
    return zenml_send(&s, item, why);
}

struct device_update {
    bool locked;
};
static const struct fast_field update_fields[] = {
    {.name = STR("locked"), .kind = FAST_BOOL, .flags = FAST_NULLABLE, .offset = offsetof(struct device_update, locked)},
};
static const struct fast_shape update_shape = {update_fields, COUNTOF(update_fields), sizeof(struct device_update), true};

enum err zenml_device_put(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct zenml_show s = zenml_show_of(x, &zenml_devices);
    struct device_update u = {0};
    const struct json *item = NULL;
    struct change c;
    bool taken = false;
    bool ok = false;
    TRY(zenml_path_id(x, app, &zenml_devices, p, "device_id", &ok, why));
    if (!ok)
        return ERR_OK;
    TRY(find(x, app, param(p, "device_id"), &item, why));
    u.locked = zenml_item_flag(item, S("locked"), false);
    TRY(zenml_take(x, &update_shape, "OAuthDeviceUpdate", &u, &taken, why));
    if (!taken)
        return ERR_OK;
    struct json member = json_named(S("locked"), json_of_bool(u.locked));
    TRY(zenml_save(x, app, &zenml_devices, OP_UPDATE, zenml_item_text(item, S("_id")), &member, 1, &c, why));
    TRY(find(x, app, param(p, "device_id"), &item, why));
    return zenml_send(&s, item, why);
}

enum err zenml_device_delete(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    const struct json *item = NULL;
    bool ok = false;
    TRY(zenml_path_id(x, app, &zenml_devices, p, "device_id", &ok, why));
    if (!ok)
        return ERR_OK;
    TRY(find(x, app, param(p, "device_id"), &item, why));
    return zenml_delete(x, app, &zenml_devices, item, why);
}

struct verify_body {
    str user_code;
    bool trusted;
};
static const struct fast_field verify_fields[] = {
    {.name = STR("user_code"), .kind = FAST_TEXT, .flags = FAST_REQUIRED | FAST_SECRET, .offset = offsetof(struct verify_body, user_code)},
    {.name = STR("trusted_device"), .kind = FAST_BOOL, .offset = offsetof(struct verify_body, trusted)},
};
static const struct fast_shape verify_shape = {verify_fields, COUNTOF(verify_fields), sizeof(struct verify_body), false};

enum err zenml_device_verify(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct zenml_show s = zenml_show_of(x, &zenml_devices);
    struct verify_body v = {0};
    const struct json *item = NULL;
    bool taken = false;
    char id[ID_LENGTH];
    bool ok = false;
    TRY(zenml_path_id(x, app, &zenml_devices, p, "device_id", &ok, why));
    if (!ok)
        return ERR_OK;
    TRY(zenml_take(x, &verify_shape, "OAuthDeviceVerificationRequest", &v, &taken, why));
    if (!taken)
        return ERR_OK;
    if (!uuid_id(param(p, "device_id"), id))
        return problem_set(why, ERR_NOT_FOUND, "There is no such device");
    TRY(gate_device_verify(api->gate, x, arena_copy(x->arena, (str){id, ID_LENGTH}), v.user_code, v.trusted, why));
    TRY(find(x, api, param(p, "device_id"), &item, why));
    return zenml_send(&s, item, why);
}

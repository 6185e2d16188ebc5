/* Service accounts (zenml-tokens.md 6): items of service_accounts under the same grants as everywhere. */
#include "api/zenml/zenml.h"

static const struct zenml_column columns[] = {
    {STR("id"), ZENML_UUID, STR("_id")},
    {STR("name"), ZENML_TEXT, STR("name")},
    {STR("description"), ZENML_TEXT, STR("description")},
    {STR("active"), ZENML_BOOL, STR("active")},
    {STR("created"), ZENML_SECONDS, STR("_created")},
    {STR("updated"), ZENML_SECONDS, STR("_modified")},
    {STR("external_user_id"), ZENML_NULL, {0}},
};

static void body(struct zenml_show *s, const struct json *item)
{
    zenml_flag(s->to, "active", zenml_item_flag(item, S("active"), true));
}

static void metadata(struct zenml_show *s, const struct json *item)
{
    str description = zenml_item_text(item, S("description"));
    zenml_text(s->to, "description", str_is_absent(description) ? S("") : description);
}

const struct zenml_resource zenml_service_accounts = {.collection = "service_accounts",
                                                      .noun = "service account",
                                                      .name = STR("name"),
                                                      .may_be_named = true,
                                                      .columns = columns,
                                                      .column_count = COUNTOF(columns),
                                                      .body = body,
                                                      .metadata = metadata};

struct account_body {
    str name, description;
    bool active;
};
#define AT(member) offsetof(struct account_body, member)
static const struct fast_field create_fields[] = {
    {.name = STR("name"), .kind = FAST_TEXT, .flags = FAST_REQUIRED, .offset = AT(name), .least = 1, .most = 255},
    {.name = STR("active"), .kind = FAST_BOOL, .flags = FAST_REQUIRED, .offset = AT(active)},
    {.name = STR("description"), .kind = FAST_TEXT, .flags = FAST_NULLABLE, .offset = AT(description), .least = 0, .most = 65535},
};
static const struct fast_field update_fields[] = {
    {.name = STR("name"), .kind = FAST_TEXT, .flags = FAST_NULLABLE, .offset = AT(name), .least = 1, .most = 255},
    {.name = STR("active"), .kind = FAST_BOOL, .flags = FAST_NULLABLE, .offset = AT(active)},
    {.name = STR("description"), .kind = FAST_TEXT, .flags = FAST_NULLABLE, .offset = AT(description), .least = 0, .most = 65535},
};
static const struct fast_shape create_shape = {create_fields, COUNTOF(create_fields), sizeof(struct account_body), false};
static const struct fast_shape update_shape = {update_fields, COUNTOF(update_fields), sizeof(struct account_body), false};

/* active counts when it is not what it was; on create it was nothing. */
static size_t members_of(const struct account_body *b, const bool *was_active, struct json out[3])
{
    size_t count = 0;
    if (!str_is_absent(b->name))
        out[count++] = json_named(S("name"), json_of_text(b->name));
    if (!str_is_absent(b->description))
        out[count++] = json_named(S("description"), json_of_text(b->description));
    if (!was_active || b->active != *was_active)
        out[count++] = json_named(S("active"), json_of_bool(b->active));
    return count;
}

static enum err send_written(struct exchange *x, struct api *api, str id, struct problem *why)
{
    struct zenml_show s = zenml_show_of(x, &zenml_service_accounts);
    const struct json *item = NULL;
    TRY(zenml_reread(x, api, &zenml_service_accounts, id, &item, why));
    return item ? zenml_send(&s, item, why) : zenml_send_null(x); /* written, and not to be seen */
}

enum err zenml_accounts_list(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct zenml_show s = zenml_show_of(x, &zenml_service_accounts);
    (void)p;
    return zenml_list(&s, app, NULL, why);
}

enum err zenml_accounts_create(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct account_body b = {0};
    const struct collection *c;
    struct json members[3];
    struct change change;
    bool taken = false;
    (void)p;
    TRY(zenml_collection(x, app, &zenml_service_accounts, &c, why));
    TRY(gate_allows(x->who, VERB_CREATE, c, why));
    TRY(zenml_take(x, &create_shape, "ServiceAccountRequest", &b, &taken, why));
    if (!taken)
        return ERR_OK;
    TRY(zenml_save(x, app, &zenml_service_accounts, OP_CREATE, (str){0}, members, members_of(&b, NULL, members), &change, why));
    return send_written(x, app, change.result_id, why);
}

enum err zenml_account_get(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct zenml_show s = zenml_show_of(x, &zenml_service_accounts);
    const struct json *item = NULL;
    if (!zenml_hydrate(x, true, &s.hydrate))
        return ERR_OK;
    TRY(zenml_find(x, app, &zenml_service_accounts, param(p, "name_or_id"), NULL, &item, why));
    return zenml_send(&s, item, why);
}

enum err zenml_account_put(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct account_body b = {0};
    struct json members[3];
    struct change change;
    const struct json *item = NULL;
    bool taken = false;
    TRY(zenml_find(x, app, &zenml_service_accounts, param(p, "name_or_id"), NULL, &item, why));
    bool was_active = b.active = zenml_item_flag(item, S("active"), true);
    TRY(zenml_take(x, &update_shape, "ServiceAccountUpdate", &b, &taken, why));
    if (!taken)
        return ERR_OK;
    str id = zenml_item_text(item, S("_id"));
    TRY(zenml_save(x, app, &zenml_service_accounts, OP_UPDATE, id, members, members_of(&b, &was_active, members), &change, why));
    return send_written(x, app, id, why);
}

enum err zenml_account_delete(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    const struct json *item = NULL;
    TRY(zenml_find(x, app, &zenml_service_accounts, param(p, "name_or_id"), NULL, &item, why));
    return zenml_delete(x, app, &zenml_service_accounts, item, why);
}

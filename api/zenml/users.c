/* People (zenml-tokens.md 8): items of users. is_admin is the role admin; an account made without a password is
 * switched off, and its activation token is shown to its maker once. */
#include "api/zenml/zenml.h"
#include "roles/sign_in/activation.h"

static const struct zenml_column columns[] = {
    {STR("id"), ZENML_UUID, STR("_id")},
    {STR("name"), ZENML_TEXT, STR("name")},
    {STR("full_name"), ZENML_TEXT, STR("full_name")},
    {STR("email"), ZENML_TEXT, STR("email")},
    {STR("active"), ZENML_BOOL, STR("active")},
    {STR("created"), ZENML_SECONDS, STR("_created")},
    {STR("updated"), ZENML_SECONDS, STR("_modified")},
    {STR("email_opted_in"), ZENML_NULL, {0}},
    {STR("external_user_id"), ZENML_NULL, {0}},
};

static bool has_text(const struct json *list, str text)
{
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++)
        if (list->items[i].type == JSON_TEXT && str_equal(list->items[i].text, text))
            return true;
    return false;
}

static bool is_own(const struct zenml_show *s, const struct json *item)
{
    return !str_is_absent(s->own_id) && str_equal(s->own_id, zenml_item_text(item, S("_id")));
}

static bool is_admin(const struct zenml_show *s, const struct json *item)
{
    const struct principal *who = s->x->who;
    for (size_t i = 0; who && is_own(s, item) && i < who->role_count; i++)
        if (str_equal(who->roles[i], S("admin")))
            return true;
    return !str_is_absent(s->admin_role) && has_text(json_get(item, S("roles")), s->admin_role);
}

/* Service accounts answer in this shape, too, when they ask who they are. */
static bool is_service(const struct zenml_show *s, const struct json *item)
{
    return is_own(s, item) && s->x->who && !str_is_absent(s->x->who->service_id);
}

static void body(struct zenml_show *s, const struct json *item)
{
    bool service = is_service(s, item);
    str full_name = service ? (str){0} : zenml_item_text(item, S("full_name"));
    zenml_flag(s->to, "active", zenml_item_flag(item, S("active"), true));
    zenml_text(s->to, "activation_token", s->secret);
    zenml_text(s->to, "full_name", str_is_absent(full_name) ? S("") : full_name);
    zenml_null(s->to, "email_opted_in");
    zenml_flag(s->to, "is_service_account", service);
    zenml_flag(s->to, "is_admin", !service && is_admin(s, item));
}

/* The address is its owner's to see. */
static void metadata(struct zenml_show *s, const struct json *item)
{
    bool shown = is_own(s, item) && !is_service(s, item);
    zenml_text(s->to, "email", shown ? zenml_item_text(item, S("email")) : (str){0});
    zenml_null(s->to, "external_user_id");
}

const struct zenml_resource zenml_users = {.collection = "users",
                                           .noun = "user",
                                           .name = STR("name"),
                                           .may_be_named = true,
                                           .columns = columns,
                                           .column_count = COUNTOF(columns),
                                           .body = body,
                                           .metadata = metadata};

/* Which role makes administrators, if the caller may see roles at all. */
static enum err find_admin_role(struct exchange *x, struct api *api, str *id, struct problem *why)
{
    static const struct zenml_resource roles = {.collection = "roles", .noun = "role", .name = STR("name"), .may_be_named = true};
    const struct collection *c = model_find(principal_model(x->who), S("roles"));
    struct problem own = {.arena = x->arena};
    const struct json *role = NULL;
    *id = (str){0};
    if (!gate_may(x->who, VERB_READ, c))
        return ERR_OK;
    enum err e = zenml_find(x, api, &roles, S("admin"), NULL, &role, &own);
    if (e == ERR_OK)
        *id = zenml_item_text(role, S("_id"));
    else if (e != ERR_NOT_FOUND)
        *why = own;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static bool may_see_users(const struct exchange *x)
{
    return gate_may(x->who, VERB_READ, model_find(principal_model(x->who), S("users")));
}

/* *out NULL: a role's key, which is somebody without an account. */
static enum err find_own(struct exchange *x, struct api *api, const struct json **out, struct problem *why)
{
    const struct principal *who = x->who;
    bool has_account = !str_is_absent(who->user_id) || !str_is_absent(who->service_id) || who->kind == PRINCIPAL_PUBLIC;
    *out = NULL;
    return has_account ? gate_own_item(api->gate, x, out, why) : ERR_OK;
}

/* By id, by name, or by the address of somebody who has no name. Oneself is always there. */
static enum err find(struct exchange *x, struct api *api, str reference, const struct json **item, struct problem *why)
{
    static const struct zenml_resource by_email = {.collection = "users", .noun = "user", .name = STR("email"), .may_be_named = true};
    const struct json *own = NULL;
    struct problem first = {.arena = x->arena};
    TRY(find_own(x, api, &own, why));
    bool is_person = own && str_is_absent(x->who->service_id);
    bool is_me = is_person && (str_equal(reference, id_uuid(x->arena, zenml_item_text(own, S("_id")))) ||
                               str_equal(reference, zenml_item_text(own, S("name"))));
    if (is_me) {
        *item = own;
        return ERR_OK;
    }
    if (!may_see_users(x))
        return problem_set(why, ERR_NOT_FOUND, "There is no user with ID or name '" STR_FMT "'", STR_ARG(reference));
    enum err e = zenml_find(x, api, &zenml_users, reference, NULL, item, &first);
    if (e == ERR_NOT_FOUND)
        return zenml_find(x, api, &by_email, reference, NULL, item, why);
    if (e != ERR_OK)
        *why = first;
    return e;
}

static enum err begin(struct exchange *x, struct api *api, struct zenml_show *s, struct problem *why)
{
    *s = zenml_show_of(x, &zenml_users);
    return find_admin_role(x, api, &s->admin_role, why);
}

static enum err refuse(struct exchange *x, const char *text)
{
    return zenml_refuse(x, ERR_FORBIDDEN, "IllegalOperationError", str_of(text));
}

enum err zenml_users_list(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct zenml_show s;
    (void)p;
    TRY(begin(x, app, &s, why));
    return zenml_list(&s, app, NULL, why);
}

struct user_body {
    str name, full_name, password, email, old_password, token;
    bool is_admin, active;
    const struct json *dropped;
};
#define AT(member) offsetof(struct user_body, member)
#define FULL_NAME  {.name = STR("full_name"), .kind = FAST_TEXT, .flags = FAST_NULLABLE, .offset = AT(full_name), .least = 0, .most = 200}
#define PASSWORD   {.name = STR("password"), .kind = FAST_TEXT, .flags = FAST_NULLABLE | FAST_SECRET, .offset = AT(password)}
#define EMAIL      {.name = STR("email"), .kind = FAST_TEXT, .flags = FAST_NULLABLE, .offset = AT(email), .least = 0, .most = 254}
#define ACTIVE     {.name = STR("active"), .kind = FAST_BOOL, .flags = FAST_NULLABLE, .offset = AT(active)}
#define TOKEN(flag) {.name = STR("activation_token"), .kind = FAST_TEXT, .flags = FAST_SECRET | (flag), .offset = AT(token)}
#define NAME(flag) {.name = STR("name"), .kind = FAST_TEXT, .flags = (flag), .offset = AT(name), .least = 1, .most = 200}
#define ADMIN(flag) {.name = STR("is_admin"), .kind = FAST_BOOL, .flags = (flag), .offset = AT(is_admin)}
#define DROPPED(what) {.name = STR(what), .kind = FAST_JSON, .offset = AT(dropped)}
static const struct fast_field create_fields[] = {
    NAME(FAST_REQUIRED), ADMIN(FAST_REQUIRED), FULL_NAME, PASSWORD, EMAIL, ACTIVE,
    DROPPED("email_opted_in"), DROPPED("external_user_id"), DROPPED("user_metadata"),
};
static const struct fast_field update_fields[] = {
    NAME(FAST_NULLABLE), ADMIN(FAST_NULLABLE), FULL_NAME, PASSWORD, EMAIL, ACTIVE, TOKEN(FAST_NULLABLE),
    {.name = STR("old_password"), .kind = FAST_TEXT, .flags = FAST_NULLABLE | FAST_SECRET, .offset = AT(old_password)},
    DROPPED("email_opted_in"), DROPPED("external_user_id"), DROPPED("user_metadata"),
};
static const struct fast_shape create_shape = {create_fields, COUNTOF(create_fields), sizeof(struct user_body), true};
static const struct fast_shape update_shape = {update_fields, COUNTOF(update_fields), sizeof(struct user_body), true};

static enum err send_written(struct zenml_show *s, struct api *api, str id, struct problem *why)
{
    const struct json *item = NULL;
    TRY(zenml_reread(s->x, api, &zenml_users, id, &item, why));
    return item ? zenml_send(s, item, why) : zenml_send_null(s->x);
}

/* The role admin, and what else somebody holds, with it or without it. */
static struct json roles_of(struct arena *a, const struct json *now, str admin, bool wanted)
{
    bool is_list = now && now->type == JSON_LIST;
    struct json *list = NEW_N(a, struct json, (is_list ? now->count : 0) + 1);
    size_t count = 0;
    for (uint32_t i = 0; is_list && i < now->count; i++)
        if (now->items[i].type == JSON_TEXT && !str_equal(now->items[i].text, admin))
            list[count++] = json_of_text(now->items[i].text);
    if (wanted)
        list[count++] = json_of_text(admin);
    return json_named(S("roles"), json_of_list(list, count));
}

static size_t add_texts(const struct user_body *b, struct json *out)
{
    size_t count = 0;
    if (!str_is_absent(b->name))
        out[count++] = json_named(S("name"), json_of_text(b->name));
    if (!str_is_absent(b->full_name))
        out[count++] = json_named(S("full_name"), json_of_text(b->full_name));
    if (!str_is_absent(b->email))
        out[count++] = json_named(S("email"), json_of_text(b->email));
    return count;
}

static bool opts_in_nowhere(const struct user_body *b)
{
    return b->dropped && b->dropped->type == JSON_BOOL && b->dropped->boolean && str_is_absent(b->email);
}

static enum err create(struct zenml_show *s, struct api *api, struct user_body *b, struct problem *why)
{
    struct exchange *x = s->x;
    struct json members[6];
    struct change change;
    bool has_password = b->password.len > 0;
    if (str_is_absent(b->email) && str_contains(b->name, S("@"))) /* people sign in with their address here */
        b->email = b->name;
    if (opts_in_nowhere(b) || str_is_absent(b->email))
        return problem_fault(why, ERR_INVALID, S("/email"), S("required"), "Value error, people here have an e-mail address");
    size_t count = add_texts(b, members);
    if (has_password)
        members[count++] = json_named(S("password"), json_of_text(b->password));
    members[count++] = json_named(S("active"), json_of_bool(has_password));
    if (b->is_admin)
        members[count++] = roles_of(x->arena, NULL, s->admin_role, true);
    TRY(zenml_save(x, api, &zenml_users, OP_CREATE, (str){0}, members, count, &change, why));
    if (!has_password)
        TRY(gate_activation_make(api->gate, x, change.result_id, &s->secret, why));
    return send_written(s, api, change.result_id, why);
}

enum err zenml_users_create(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct user_body b = {0};
    struct zenml_show s;
    const struct json *own = NULL;
    bool taken = false;
    struct api *api = app;
    (void)p;
    TRY(find_own(x, api, &own, why));
    if (!gate_may(x->who, VERB_CREATE, model_find(principal_model(x->who), S("users"))))
        return refuse(x, "Only admin users can perform `create user` without RBAC enabled.");
    TRY(begin(x, api, &s, why));
    TRY(zenml_take(x, &create_shape, "UserRequest", &b, &taken, why));
    if (!taken)
        return ERR_OK;
    if (b.password.len == 0 && !gate_may_activate(x->who))
        return refuse(x, "You cannot let somebody choose a password.");
    if (b.is_admin && str_is_absent(s.admin_role))
        return refuse(x, "You cannot make administrators.");
    return create(&s, api, &b, why);
}

enum err zenml_user_get(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct zenml_show s;
    const struct json *item = NULL;
    bool hydrate;
    if (!zenml_hydrate(x, true, &hydrate))
        return ERR_OK;
    TRY(begin(x, app, &s, why));
    s.hydrate = hydrate;
    TRY(find(x, app, param(p, "name_or_id"), &item, why));
    return zenml_send(&s, item, why);
}

enum err zenml_user_put(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct user_body b = {0};
    struct zenml_show s;
    const struct json *item = NULL;
    struct json members[6];
    struct change change;
    bool taken = false;
    TRY(begin(x, app, &s, why));
    TRY(find(x, app, param(p, "name_or_id"), &item, why));
    bool was_admin = b.is_admin = is_admin(&s, item), was_active = b.active = zenml_item_flag(item, S("active"), true);
    if (is_own(&s, item))
        return zenml_own_put(x, app, &(struct zenml_standing){was_admin, was_active}, why);
    TRY(zenml_take(x, &update_shape, "UserUpdate", &b, &taken, why));
    if (!taken)
        return ERR_OK;
    if (!str_is_absent(b.password))
        return refuse(x, "The password of another user account cannot be changed.");
    size_t count = add_texts(&b, members);
    if (b.active != was_active)
        members[count++] = json_named(S("active"), json_of_bool(b.active));
    if (b.is_admin != was_admin && str_is_absent(s.admin_role))
        return refuse(x, "You cannot change who is an administrator.");
    if (b.is_admin != was_admin)
        members[count++] = roles_of(x->arena, json_get(item, S("roles")), s.admin_role, b.is_admin);
    str id = zenml_item_text(item, S("_id"));
    TRY(zenml_save(x, app, &zenml_users, OP_UPDATE, id, members, count, &change, why));
    return send_written(&s, app, id, why);
}

enum err zenml_user_delete(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct zenml_show s;
    const struct json *item = NULL;
    struct problem own = {.arena = x->arena};
    TRY(begin(x, app, &s, why));
    TRY(find(x, app, param(p, "name_or_id"), &item, why));
    if (is_own(&s, item))
        return refuse(x, "The user account currently used to authenticate cannot be deleted.");
    enum err e = zenml_delete(x, app, &zenml_users, item, &own);
    if (e == ERR_CONFLICT) /* others need it: the last administrator, what refers to him */
        return zenml_refuse(x, ERR_FORBIDDEN, "IllegalOperationError", own.text);
    if (e != ERR_OK)
        *why = own;
    return e;
}

enum err zenml_user_activate(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct user_body b = {0};
    struct zenml_show s = zenml_show_of(x, &zenml_users);
    struct json members[4];
    const struct json *item = NULL;
    bool taken = false;
    char id[ID_LENGTH];
    TRY(zenml_take(x, &update_shape, "UserUpdate", &b, &taken, why));
    if (!taken)
        return ERR_OK;
    struct json values = json_of_map(members, add_texts(&b, members));
    str reference = param(p, "name_or_id");
    if (uuid_id(reference, id))
        reference = arena_copy(x->arena, (str){id, ID_LENGTH});
    str password = str_is_absent(b.password) ? S("") : b.password, token = str_is_absent(b.token) ? S("") : b.token;
    enum err e = gate_activate(api->gate, x, reference, token, password, &values, &item, why);
    if (e == ERR_UNAUTHENTICATED) /* nobody was asked to sign in */
        return zenml_refuse(x, e, "AuthorizationException", why->text);
    TRY(e);
    return zenml_send(&s, item, why);
}

enum err zenml_user_deactivate(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct zenml_show s;
    const struct json *item = NULL;
    struct change change;
    struct json member = json_named(S("active"), json_false);
    TRY(begin(x, api, &s, why));
    TRY(find(x, api, param(p, "name_or_id"), &item, why));
    if (is_own(&s, item))
        return refuse(x, "Cannot deactivate the current user.");
    if (!gate_may_activate(x->who)) /* the answer's token would give away more than to switch somebody off */
        return refuse(x, "You cannot let somebody choose a password.");
    str id = zenml_item_text(item, S("_id"));
    TRY(zenml_save(x, api, &zenml_users, OP_UPDATE, id, &member, 1, &change, why));
    TRY(gate_activation_make(api->gate, x, id, &s.secret, why));
    return send_written(&s, api, id, why);
}

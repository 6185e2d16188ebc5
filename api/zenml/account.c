/* One's own account, and short-lived tokens for scripts. */
#include "roles/sign_in/account.h"
#include "api/answer.h"
#include "api/zenml/zenml.h"

#define TOKEN_DEFAULT_S 3600
#define TOKEN_MAX_S     604800

static enum err send_own(struct exchange *x, struct api *api, bool hydrate, struct problem *why)
{
    struct zenml_show s = zenml_show_of(x, &zenml_users);
    const struct json *item = NULL;
    s.hydrate = hydrate;
    TRY(gate_own_item(api->gate, x, &item, why));
    return zenml_send(&s, item, why);
}

enum err zenml_current_user(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    bool hydrate;
    (void)p;
    return zenml_hydrate(x, true, &hydrate) ? send_own(x, app, hydrate, why) : ERR_OK;
}

struct own_update {
    str name, full_name, email, password, old_password;
    bool is_admin, active;
    const struct json *dropped;
};
#define OWN(member) offsetof(struct own_update, member)
/* clang-format off */
static const struct fast_field own_fields[] = {
    {.name = STR("name"), .kind = FAST_TEXT, .flags = FAST_NULLABLE, .offset = OWN(name), .least = 1, .most = 200},
    {.name = STR("full_name"), .kind = FAST_TEXT, .flags = FAST_NULLABLE, .offset = OWN(full_name), .least = 0, .most = 200},
    {.name = STR("email"), .kind = FAST_TEXT, .flags = FAST_NULLABLE, .offset = OWN(email), .least = 0, .most = 254},
    {.name = STR("password"), .kind = FAST_TEXT, .flags = FAST_NULLABLE | FAST_SECRET, .offset = OWN(password)},
    {.name = STR("old_password"), .kind = FAST_TEXT, .flags = FAST_NULLABLE | FAST_SECRET, .offset = OWN(old_password)},
    {.name = STR("email_opted_in"), .kind = FAST_JSON, .offset = OWN(dropped)},
    {.name = STR("user_metadata"), .kind = FAST_JSON, .offset = OWN(dropped)},
    {.name = STR("is_admin"), .kind = FAST_BOOL, .flags = FAST_NULLABLE, .offset = OWN(is_admin)},
    {.name = STR("active"), .kind = FAST_BOOL, .flags = FAST_NULLABLE, .offset = OWN(active)},
    {.name = STR("activation_token"), .kind = FAST_JSON, .flags = FAST_SECRET, .offset = OWN(dropped)},
    {.name = STR("external_user_id"), .kind = FAST_JSON, .offset = OWN(dropped)},
};
/* clang-format on */
static const struct fast_shape own_shape = {own_fields, COUNTOF(own_fields), sizeof(struct own_update), true};

static enum err wrong_password(struct exchange *x, const char *text)
{
    return zenml_refuse(x, ERR_FORBIDDEN, "IllegalOperationError", str_of(text));
}

/* *done: it was refused, and answered. */
static enum err change_password(struct exchange *x, struct api *api, const struct own_update *u, bool *done, struct problem *why)
{
    struct problem own = {.arena = x->arena};
    struct signed_in in = {0};
    *done = str_is_absent(u->old_password);
    if (*done)
        return wrong_password(x, "The current password must be supplied when changing the password.");
    enum err e = gate_password_change(api->gate, x, u->old_password, u->password, &in, &own);
    for (size_t i = 0; e == ERR_INVALID && i < own.fault_count; i++)
        *done |= str_equal(own.faults[i].rule, S("wrong"));
    if (*done)
        return wrong_password(x, "The current password is incorrect.");
    if (e != ERR_OK)
        *why = own;
    else if (!str_is_absent(in.cookie))
        exchange_add_header(x, S("Set-Cookie"), in.cookie);
    return e;
}

static enum err change_profile(struct exchange *x, struct api *api, const struct own_update *u, struct problem *why)
{
    const struct pair wishes[] = {{S("name"), u->name}, {S("full_name"), u->full_name}, {S("email"), u->email}};
    struct json *members = NEW_N(x->arena, struct json, COUNTOF(wishes));
    size_t count = 0;
    for (size_t i = 0; i < COUNTOF(wishes); i++)
        if (!str_is_absent(wishes[i].value))
            members[count++] = json_named(wishes[i].name, json_of_text(wishes[i].value));
    struct json map = json_of_map(members, count);
    str password = str_is_absent(u->old_password) ? S("") : u->old_password;
    return count ? gate_profile_change(api->gate, x, &map, password, why) : ERR_OK;
}

enum err zenml_own_put(struct exchange *x, struct api *api, const struct zenml_standing *standing, struct problem *why)
{
    struct own_update u = {0};
    bool taken = false, done = false;
    const struct json *own = NULL;
    TRY(gate_own_item(api->gate, x, &own, why));
    if (standing)
        u.is_admin = standing->is_admin, u.active = standing->is_active;
    TRY(zenml_take(x, &own_shape, "UserUpdate", &u, &taken, why));
    if (!taken)
        return ERR_OK;
    if (standing && (u.is_admin != standing->is_admin || u.active != standing->is_active))
        return zenml_refuse(x, ERR_FORBIDDEN, "IllegalOperationError", S("Cannot change the admin or active status of the current user."));
    bool profile = !str_is_absent(u.name) || !str_is_absent(u.full_name) || !str_is_absent(u.email);
    if (profile && !str_is_absent(u.password)) /* one of them could fail when the other is done */
        return problem_set(why, ERR_BAD_INPUT, "Change the password in a request of its own");
    if (!str_is_absent(u.password))
        TRY(change_password(x, api, &u, &done, why));
    else
        TRY(change_profile(x, api, &u, why));
    return done ? ERR_OK : send_own(x, api, true, why);
}

/* What of an update others have to say is passed over. */
enum err zenml_current_user_put(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)p;
    return zenml_own_put(x, app, NULL, why);
}

enum err zenml_logout(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    (void)p;
    exchange_add_header(x, S("Set-Cookie"),
                        arena_format(x->arena, "zenml-server-" STR_FMT "=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0%s",
                                     STR_ARG(gate_server_id(api->gate, x->arena)), x->is_tls ? "; Secure" : ""));
    TRY(gate_logout_program(api->gate, x, why));
    return zenml_send_null(x);
}

/* Tokens for scripts. */

struct token_query {
    str type, schedule, run;
    int64_t expires_in;
};
static const str token_types[] = {STR("generic"), STR("workload"), {0}};
/* clang-format off */
static const struct fast_field token_fields[] = {
    {.name = STR("token_type"), .kind = FAST_WORD, .offset = offsetof(struct token_query, type), .words = token_types},
    {.name = STR("expires_in"), .kind = FAST_INT, .offset = offsetof(struct token_query, expires_in), .least = 0, .most = INT64_MAX / 1000},
    {.name = STR("schedule_id"), .kind = FAST_UUID, .offset = offsetof(struct token_query, schedule)},
    {.name = STR("pipeline_run_id"), .kind = FAST_UUID, .offset = offsetof(struct token_query, run)},
};
/* clang-format on */
static const struct fast_shape token_shape = {token_fields, COUNTOF(token_fields), sizeof(struct token_query), false};

static enum err send_token(struct exchange *x, struct api *api, int64_t life_s, struct problem *why)
{
    struct token_wish wish = {.purpose = TOKEN_ZENML, .life_ms = life_s * 1000, .has_item = true, .label = S("ZenML API token")};
    struct token token;
    struct answer a;
    str body = {0};
    if (str_is_absent(x->who->session_id) && str_is_absent(x->who->key_id))
        return problem_set(why, ERR_UNAUTHENTICATED, "Send a token or a key; a name and a password make no token here");
    TRY(gate_token(api->gate, x, x->who, &wish, &token, why));
    answer_begin(x, &a);
    json_text(&a.json, token.text);
    TRY(answer_end(&a, &body, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, body);
    return ERR_OK;
}

enum err zenml_api_token(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct token_query wish = {.type = S("generic")};
    struct query_string q = {0};
    struct fast_faults f;
    (void)p;
    TRY(query_string_read(x->arena, x->query, &q, why));
    fast_begin(&f, x);
    fast_values(&f, "query", q.pairs, q.count, &token_shape, &wish);
    if (f.count)
        return fast_refuse(x, &f);
    bool is_scoped = !str_is_absent(wish.schedule) || !str_is_absent(wish.run);
    if (str_equal(wish.type, S("workload")) && !is_scoped)
        return problem_set(why, ERR_BAD_INPUT, "Workload API tokens must be scoped to a schedule or pipeline run.");
    if (str_equal(wish.type, S("workload")))
        return problem_set(why, ERR_BAD_METHOD_NAME, "This server runs no pipelines, so there are no workload tokens");
    if (is_scoped)
        return problem_set(why, ERR_BAD_INPUT, "Generic API tokens cannot be scoped to a schedule or pipeline run.");
    if (wish.expires_in > TOKEN_MAX_S)
        return problem_set(why, ERR_BAD_INPUT,
                           "The maximum expiration time for generic API tokens allowed by this server is %d seconds.", TOKEN_MAX_S);
    return send_token(x, app, wish.expires_in ? wish.expires_in : TOKEN_DEFAULT_S, why);
}

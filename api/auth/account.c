/* Who am I, and one's own account: password, profile, all sessions at once. The work is done behind the gate. */
#include "roles/sign_in/account.h"
#include "api/auth/auth.h"
#include "base/limits.h"

static void write_names(struct json_writer *w, const str *names, size_t count)
{
    json_list_open(w);
    for (size_t i = 0; i < count; i++)
        json_text(w, names[i]);
    json_list_close(w);
}

void auth_write_user(struct json_writer *w, const struct principal *who)
{
    if (str_is_absent(who->user_id)) {
        json_nothing(w);
        return;
    }
    json_map_open(w);
    json_name(w, S("_id"));
    json_text(w, who->user_id);
    json_name(w, S("email"));
    json_text(w, who->user_email);
    json_name(w, S("name"));
    json_text(w, who->user_name);
    json_name(w, S("roles"));
    write_names(w, who->roles, who->role_count);
    json_map_close(w);
}

static void write_session(struct json_writer *w, const struct principal *who)
{
    static const str strengths[] = {
        [BY_PASSWORD] = STR("password"), [BY_LINK] = STR("link"), [BY_OIDC] = STR("oidc"),
        [BY_SECOND_FACTOR] = STR("second_factor"), [BY_PASSKEY] = STR("passkey"),
    };
    if (str_is_absent(who->session_id)) {
        json_nothing(w);
        return;
    }
    json_map_open(w);
    json_name(w, S("_id"));
    json_text(w, who->session_id);
    json_name(w, S("strength"));
    json_text(w, strengths[who->strength]);
    json_name(w, S("second_factor"));
    json_bool(w, who->has_second_factor);
    json_name(w, S("must_enrol"));
    json_bool(w, who->must_enrol);
    json_map_close(w);
}

static enum err send_me(struct exchange *x, struct gate *g)
{
    static const char *const kinds[] = {
        [PRINCIPAL_PUBLIC] = "public",   [PRINCIPAL_USER] = "user",     [PRINCIPAL_KEY] = "key",
        [PRINCIPAL_SERVICE] = "service", [PRINCIPAL_SYSTEM] = "system",
    };
    struct buf b;
    struct json_writer w;
    buf_init(&b, x->arena, LIMIT_RESPONSE_BYTES);
    json_begin(&w, &b);
    json_map_open(&w);
    json_name(&w, S("kind"));
    json_text(&w, str_of(kinds[x->who->kind]));
    json_name(&w, S("user"));
    auth_write_user(&w, x->who);
    json_name(&w, S("roles"));
    write_names(&w, x->who->roles, x->who->role_count);
    json_name(&w, S("session"));
    write_session(&w, x->who);
    json_name(&w, S("csrf"));
    str csrf = gate_csrf(g, x->arena, x->who);
    if (str_is_absent(csrf))
        json_nothing(&w);
    else
        json_text(&w, csrf);
    json_map_close(&w);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, buf_str(&b));
    return ERR_OK;
}

static enum err me(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    (void)p;
    (void)why;
    return send_me(x, api->gate);
}

struct password_body {
    str current, wanted;
};
static const struct json_want password_want[] = {
    {STR("current"), JSON_TEXT, TAKE_STR, offsetof(struct password_body, current), WANT_NULLABLE},
    {STR("new"), JSON_TEXT, TAKE_STR, offsetof(struct password_body, wanted), WANT_REQUIRED},
};

static enum err change_password(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct password_body body = {0};
    struct signed_in in = {0};
    const struct json *json;
    (void)p;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, password_want, COUNTOF(password_want), &body, why));
    TRY(gate_password_change(api->gate, x, body.current, body.wanted, &in, why));
    return auth_send_renewed(x, &in, NULL);
}

static enum err end_all_sessions(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct signed_in in = {0};
    (void)p;
    TRY(gate_sign_out_everywhere(api->gate, x, &in, why));
    return auth_send_renewed(x, &in, NULL);
}

struct profile_body {
    const struct json *name, *full_name, *language, *theme, *email;
    str password;
};
static const struct json_want profile_want[] = {
    {STR("name"), JSON_NULL, TAKE_JSON, offsetof(struct profile_body, name), WANT_NULLABLE},
    {STR("full_name"), JSON_NULL, TAKE_JSON, offsetof(struct profile_body, full_name), WANT_NULLABLE},
    {STR("language"), JSON_NULL, TAKE_JSON, offsetof(struct profile_body, language), WANT_NULLABLE},
    {STR("theme"), JSON_NULL, TAKE_JSON, offsetof(struct profile_body, theme), WANT_NULLABLE},
    {STR("email"), JSON_TEXT, TAKE_JSON, offsetof(struct profile_body, email), 0},
    {STR("password"), JSON_TEXT, TAKE_STR, offsetof(struct profile_body, password), 0},
};

static enum err change_profile(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct profile_body body = {0};
    const struct json *json;
    (void)p;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, profile_want, COUNTOF(profile_want), &body, why));
    TRY(gate_profile_change(api->gate, x, json, body.password, why));
    exchange_send_nothing(x, 204);
    return ERR_OK;
}

/* clang-format off */
static const struct route account_routes[] = {
    {M_GET, "/api/auth/me", me, 0, 0, "Who this request speaks for"},
    {M_PATCH, "/api/auth/me", change_profile, LIMIT_LOGIN_BODY_BYTES, 0, "Change one's own name, language, theme or, with the present password, address"},
    {M_PUT, "/api/auth/password", change_password, LIMIT_LOGIN_BODY_BYTES, 0, "Change one's own password; all other sessions end"},
    {M_POST, "/api/auth/sessions/end-all", end_all_sessions, LIMIT_LOGIN_BODY_BYTES, 0, "End all of one's own sessions but this one"},
};
/* clang-format on */
const struct api_table account_api = {.routes = account_routes, .count = COUNTOF(account_routes)};

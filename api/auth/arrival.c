/* Invitations and links that work once, as JSON. The work is done behind the gate. */
#include "roles/sign_in/arrival.h"
#include "api/auth/auth.h"
#include "base/limits.h"

/* ------ invitations */

struct invite_body {
    str email, name;
    const struct json *roles;
};
static const struct json_want invite_want[] = {
    {STR("email"), JSON_TEXT, TAKE_STR, offsetof(struct invite_body, email), WANT_REQUIRED},
    {STR("name"), JSON_TEXT, TAKE_STR, offsetof(struct invite_body, name), WANT_NULLABLE},
    {STR("roles"), JSON_LIST, TAKE_JSON, offsetof(struct invite_body, roles), 0},
};

static enum err send_invited(struct exchange *x, const struct invited *out)
{
    struct json members[] = {
        json_named(S("sent"), json_of_bool(str_is_absent(out->link))),
        json_named(S("link"), str_is_absent(out->link) ? json_null : json_of_text(out->link)),
    };
    struct json answer = json_of_map(members, COUNTOF(members));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 201, json_print(x->arena, &answer));
    return ERR_OK;
}

static enum err invite(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct invite_body body = {0};
    struct invited out = {0};
    const struct json *json;
    (void)p;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, invite_want, COUNTOF(invite_want), &body, why));
    TRY(gate_invite(api->gate, x, &(struct invitation){body.email, body.name, body.roles}, &out, why));
    return send_invited(x, &out);
}

/* ------ bodies of the others */

struct link_body {
    str token, email, name, password;
};
#define MEMBER(member, flags) {STR(#member), JSON_TEXT, TAKE_STR, offsetof(struct link_body, member), flags}
static const struct json_want accept_want[] = {MEMBER(token, WANT_REQUIRED), MEMBER(name, WANT_NULLABLE), MEMBER(password, WANT_REQUIRED)};
static const struct json_want reset_want[] = {MEMBER(token, WANT_REQUIRED), MEMBER(password, WANT_REQUIRED)};
static const struct json_want token_want[] = {MEMBER(token, WANT_REQUIRED)};
static const struct json_want email_want[] = {MEMBER(email, WANT_REQUIRED)};

static enum err take(struct exchange *x, const struct json_want *want, size_t count, struct link_body *out, struct problem *why)
{
    const struct json *json;
    TRY(exchange_json(x, &json, why));
    return json_take(json, want, count, out, why);
}

static enum err send_accepted(struct exchange *x)
{
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 202, S("{\"accepted\":true}"));
    return ERR_OK;
}

static enum err accept_invitation(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct link_body body = {0};
    struct signed_in in = {0};
    (void)p;
    TRY(take(x, accept_want, COUNTOF(accept_want), &body, why));
    TRY(gate_invitation_accept(api->gate, x, body.token, body.name, body.password, &in, why));
    return auth_send_signed_in(x, 201, &in);
}

static enum err reset(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct link_body body = {0};
    (void)p;
    TRY(take(x, email_want, COUNTOF(email_want), &body, why));
    TRY(gate_reset(api->gate, x, body.email, why));
    return send_accepted(x);
}

static enum err reset_confirm(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct link_body body = {0};
    (void)p;
    TRY(take(x, reset_want, COUNTOF(reset_want), &body, why));
    TRY(gate_reset_confirm(api->gate, x, body.token, body.password, why));
    exchange_send_nothing(x, 204);
    return ERR_OK;
}

static enum err magic(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct link_body body = {0};
    (void)p;
    TRY(take(x, email_want, COUNTOF(email_want), &body, why));
    TRY(gate_magic(api->gate, x, body.email, why));
    return send_accepted(x);
}

static enum err magic_confirm(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct link_body body = {0};
    struct signed_in in = {0};
    (void)p;
    TRY(take(x, token_want, COUNTOF(token_want), &body, why));
    TRY(gate_magic_confirm(api->gate, x, body.token, &in, why));
    return auth_send_signed_in(x, 200, &in);
}

static enum err verify(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    (void)p;
    TRY(gate_verify(api->gate, x, why));
    return send_accepted(x);
}

static enum err verify_confirm(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct link_body body = {0};
    (void)p;
    TRY(take(x, token_want, COUNTOF(token_want), &body, why));
    TRY(gate_verify_confirm(api->gate, x, body.token, why));
    exchange_send_nothing(x, 204);
    return ERR_OK;
}

/* clang-format off */
static const struct route arrival_routes[] = {
    {M_POST, "/api/auth/invite", invite, LIMIT_LOGIN_BODY_BYTES, 0, "Invite somebody: an account, and a link to choose its password"},
    {M_POST, "/api/auth/accept", accept_invitation, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Accept an invitation with its link's token"},
    {M_POST, "/api/auth/reset", reset, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Ask for a mail with a link to a new password"},
    {M_POST, "/api/auth/reset/confirm", reset_confirm, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Choose a new password with a link's token"},
    {M_POST, "/api/auth/magic", magic, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Ask for a mail with a link that signs in"},
    {M_POST, "/api/auth/magic/confirm", magic_confirm, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Sign in with a link's token"},
    {M_POST, "/api/auth/verify", verify, LIMIT_LOGIN_BODY_BYTES, 0, "Ask for a mail with a link that verifies one's address"},
    {M_POST, "/api/auth/verify/confirm", verify_confirm, LIMIT_LOGIN_BODY_BYTES, 0, "Verify one's address with a link's token"},
};
/* clang-format on */
const struct api_table arrival_api = {.routes = arrival_routes, .count = COUNTOF(arrival_routes)};

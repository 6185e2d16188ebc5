/* Passkeys: what browsers need for navigator.credentials, and what they give back. Texts are base64url, as their own
 * parseRequestOptionsFromJSON and toJSON have it. */
#include "api/auth/auth.h"
#include "base/limits.h"
#include "roles/sign_in/account.h"

static void write_known(struct json_writer *w, str name, const struct passkey_begun *b)
{
    json_name(w, name);
    json_list_open(w);
    for (size_t i = 0; i < b->known_count; i++) {
        json_map_open(w);
        json_name(w, S("type"));
        json_text(w, S("public-key"));
        json_name(w, S("id"));
        json_text(w, b->known[i]);
        json_map_close(w);
    }
    json_list_close(w);
}

static void write_common(struct json_writer *w, const struct passkey_begun *b)
{
    json_name(w, S("challenge"));
    json_text(w, b->challenge);
    json_name(w, S("timeout"));
    json_int(w, (int64_t)LIMIT_PENDING_S * 1000);
}

/* EdDSA, ES256, RS256 (RFC 8152, RFC 8812). */
static void write_algorithms(struct json_writer *w)
{
    static const int algorithms[] = {-8, -7, -257};
    json_name(w, S("pubKeyCredParams"));
    json_list_open(w);
    for (size_t i = 0; i < COUNTOF(algorithms); i++) {
        json_map_open(w);
        json_name(w, S("type"));
        json_text(w, S("public-key"));
        json_name(w, S("alg"));
        json_int(w, algorithms[i]);
        json_map_close(w);
    }
    json_list_close(w);
}

static void write_making(struct json_writer *w, const struct exchange *x, const struct passkey_begun *b)
{
    str name = x->who->user_name.len ? x->who->user_name : x->who->user_email;
    json_name(w, S("rp"));
    json_map_open(w);
    json_name(w, S("id"));
    json_text(w, b->site);
    json_name(w, S("name"));
    json_text(w, S("Vitrine"));
    json_map_close(w);
    json_name(w, S("user"));
    json_map_open(w);
    json_name(w, S("id"));
    json_text(w, b->user_id);
    json_name(w, S("name"));
    json_text(w, x->who->user_email);
    json_name(w, S("displayName"));
    json_text(w, name);
    json_map_close(w);
    write_algorithms(w);
    write_known(w, S("excludeCredentials"), b);
    json_name(w, S("attestation"));
    json_text(w, S("none"));
    json_name(w, S("authenticatorSelection"));
    json_ready(w, S("{\"residentKey\":\"preferred\",\"userVerification\":\"preferred\"}"));
}

static void send_begun(struct exchange *x, const struct passkey_begun *b, bool making, bool second)
{
    struct buf buf;
    struct json_writer w;
    buf_init(&buf, x->arena, LIMIT_RESPONSE_BYTES);
    json_begin(&w, &buf);
    json_map_open(&w);
    json_name(&w, S("publicKey"));
    json_map_open(&w);
    write_common(&w, b);
    if (making) {
        write_making(&w, x, b);
    } else {
        json_name(&w, S("rpId"));
        json_text(&w, b->site);
        json_name(&w, S("userVerification"));
        json_text(&w, second ? S("preferred") : S("required"));
        write_known(&w, S("allowCredentials"), b);
    }
    json_map_close(&w);
    json_map_close(&w);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, buf_str(&buf));
}

static enum err make_begin(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct passkey_begun b = {0};
    (void)p;
    TRY(gate_passkey_make_begin(api->gate, x, &b, why));
    send_begun(x, &b, true, false);
    return ERR_OK;
}

struct made_body {
    str label;
    const struct json *credential;
};
static const struct json_want made_want[] = {
    {STR("label"), JSON_TEXT, TAKE_STR, offsetof(struct made_body, label), 0},
    {STR("credential"), JSON_MAP, TAKE_JSON, offsetof(struct made_body, credential), WANT_REQUIRED},
};

static enum err make_finish(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct made_body body = {0};
    struct signed_in in = {0};
    struct json codes = json_null;
    const struct json *json;
    (void)p;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, made_want, COUNTOF(made_want), &body, why));
    TRY(gate_passkey_make(api->gate, x, body.label, body.credential, &codes, &in, why));
    return auth_send_renewed(x, &in, &codes);
}

static enum err end(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct signed_in in = {0};
    TRY(gate_passkey_end(api->gate, x, param(p, "id"), &in, why));
    return auth_send_renewed(x, &in, NULL);
}

struct begin_body {
    str pending;
};
static const struct json_want begin_want[] = {
    {STR("pending"), JSON_TEXT, TAKE_STR, offsetof(struct begin_body, pending), 0},
};

static enum err begin(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct begin_body body = {0};
    struct passkey_begun b = {0};
    const struct json *json;
    (void)p;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, begin_want, COUNTOF(begin_want), &body, why));
    TRY(gate_passkey_begin(api->gate, x, body.pending, &b, why));
    send_begun(x, &b, false, body.pending.len > 0);
    return ERR_OK;
}

static const struct json_want finish_want[] = {
    {STR("credential"), JSON_MAP, TAKE_JSON, offsetof(struct made_body, credential), WANT_REQUIRED},
};

static enum err finish(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct made_body body = {0};
    struct signed_in in = {0};
    const struct json *json;
    (void)p;
    TRY(exchange_json(x, &json, why));
    TRY(json_take(json, finish_want, COUNTOF(finish_want), &body, why));
    TRY(gate_passkey_sign_in(api->gate, x, body.credential, &in, why));
    return auth_send_signed_in(x, 200, &in);
}

/* clang-format off */
static const struct route passkey_routes[] = {
    {M_POST, "/api/auth/passkeys/begin", make_begin, LIMIT_LOGIN_BODY_BYTES, 0, "What a browser needs to make a passkey"},
    {M_POST, "/api/auth/passkeys/finish", make_finish, LIMIT_LOGIN_BODY_BYTES, 0, "Keep the passkey that was made; answers recovery codes when there are none yet, once"},
    {M_DELETE, "/api/auth/passkeys/{id}", end, 0, 0, "Give up a passkey of one's own"},
    {M_POST, "/api/auth/passkey/begin", begin, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "What a browser needs to use a passkey; with `pending`, as the second step of a sign-in"},
    {M_POST, "/api/auth/passkey/finish", finish, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Sign in with a passkey"},
};
/* clang-format on */
const struct api_table passkey_api = {.routes = passkey_routes, .count = COUNTOF(passkey_routes)};

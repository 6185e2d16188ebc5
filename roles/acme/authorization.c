/* Authorizations: a name that an account is to show that it holds, the ways to do so, and what came of them. A way is a row of a
 * table; what is none is refused before anything is looked at (security CA-8). */
#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/acme/part.h"

enum { TOKEN_BYTES = 32, SHOWN_MS = 86400000, WRITE_TRIES = 4 };

const struct acme_method acme_methods[2] = {
    {STR("http-01"), PROOF_HTTP, .for_addresses = true, .for_wildcards = false},
    {STR("dns-01"), PROOF_DNS, .for_addresses = false, .for_wildcards = true},
};

/* ---- challenges in a row ---- */

static struct json challenge_of(struct arena *a, str type, str token, str status, const struct json *error, str validated)
{
    struct json *members = NEW_N(a, struct json, 5);
    size_t count = 0;
    members[count++] = json_named(S("type"), json_of_text(type));
    members[count++] = json_named(S("token"), json_of_text(token));
    members[count++] = json_named(S("status"), json_of_text(status));
    if (validated.len)
        members[count++] = json_named(S("validated"), json_of_text(validated));
    if (error)
        members[count++] = json_named(S("error"), *error);
    return json_of_map(members, count);
}

struct json acme_challenges_new(struct arena *a, bool is_address, bool is_wildcard)
{
    struct json *list = NEW_N(a, struct json, COUNTOF(acme_methods));
    size_t count = 0;
    for (size_t i = 0; i < COUNTOF(acme_methods); i++) {
        const struct acme_method *m = &acme_methods[i];
        uint8_t token[TOKEN_BYTES];
        if ((is_address && !m->for_addresses) || (is_wildcard && !m->for_wildcards))
            continue;
        crypt_random(token, sizeof token);
        list[count++] = challenge_of(a, m->type, base64url_encode(a, (str){(const char *)token, sizeof token}), S("pending"), NULL, (str){0});
    }
    return json_of_list(list, count);
}

static const struct json *challenge_in(const struct json *authorization, str type)
{
    const struct json *list = list_in(authorization, S("challenges"));
    for (uint32_t i = 0; i < list->count; i++)
        if (type.len && str_equal(text_in(&list->items[i], S("type")), type))
            return &list->items[i];
    return NULL;
}

/* The list with this one in another state. */
static struct json with_state(struct arena *a, const struct json *authorization, str type, str status, const struct json *error, str validated)
{
    const struct json *list = list_in(authorization, S("challenges"));
    struct json *out = NEW_N(a, struct json, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *one = &list->items[i];
        bool is_it = str_equal(text_in(one, S("type")), type);
        out[i] = is_it ? challenge_of(a, type, text_in(one, S("token")), status, error, validated) : *one;
    }
    return json_of_list(out, list->count);
}

/* ---- looking ---- */

str gate_acme_authorization_status(const struct json *authorization)
{
    str status = item_text(authorization, S("status"));
    if (item_time(authorization, S("expires_at")) > time_now_ms())
        return status;
    return str_equal(status, S("pending")) ? S("invalid") : str_equal(status, S("valid")) ? S("expired") : status;
}

static enum err deactivate(struct acme_call *c, const struct json **one, struct problem *why)
{
    struct own_change o;
    str status = gate_acme_authorization_status(*one), id = item_text(*one, S("_id"));
    if (!str_equal(status, S("pending")) && !str_equal(status, S("valid")))
        return acme_malformed(why, "Only an authorization that is pending or valid is deactivated");
    acme_change_of(&o, c->gate, c->x->arena, "acme_authorizations", *one);
    own_change_for(&o, c->x);
    own_set_text(&o, S("status"), S("deactivated"));
    own_set(&o, S("trying"), json_null);
    TRY(own_change_commit(&o, why));
    TRY(acme_orders_fail(c->gate, c->x->arena, *one, "deactivated", why));
    return acme_own(c, "acme_authorizations", id, one, why);
}

enum err gate_acme_authorization(struct acme_call *c, str id, const struct json **out, struct problem *why)
{
    const struct json *status = json_get(c->payload, S("status"));
    TRY(acme_own(c, "acme_authorizations", id, out, why));
    if (!status)
        return ERR_OK;
    if (!json_is_text(status, S("deactivated")))
        return acme_malformed(why, "An authorization's status becomes \"deactivated\" and nothing else");
    return deactivate(c, out, why);
}

/* ---- proving ---- */

static enum err begin(struct acme_call *c, const struct json *one, str type, struct problem *why)
{
    struct own_change o;
    struct json list = with_state(c->x->arena, one, type, S("processing"), NULL, (str){0});
    acme_change_of(&o, c->gate, c->x->arena, "acme_authorizations", one);
    own_change_for(&o, c->x);
    own_set_text(&o, S("trying"), type);
    own_set(&o, S("challenges"), list);
    return own_change_commit(&o, why);
}

static enum err answer(struct acme_call *c, const struct json *one, str type, struct problem *why)
{
    struct acme_checks *checks = c->gate->checks;
    str id = item_text(one, S("_id")), key = item_text(c->account, S("key"));
    struct problem own = {.arena = c->x->arena};
    bool is_running;
    if (!checks)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    TRY(acme_check_reserve(checks, id, key.len ? key : c->x->peer, &is_running, why));
    if (is_running)
        return ERR_OK;
    enum err e = begin(c, one, type, &own);
    if (e == ERR_OK) {
        acme_check_send(checks, id, acme_account_url(c->gate, c->x->arena, c->url, item_text(c->account, S("_id"))));
        return ERR_OK;
    }
    acme_check_release(checks, id);
    return e == ERR_STALE ? ERR_OK : problem_set(why, e, STR_FMT, STR_ARG(own.text)); /* somebody else said it first */
}

enum err gate_acme_challenge(struct acme_call *c, str id, str type, const struct json **out, const struct json **challenge, struct problem *why)
{
    TRY(acme_own(c, "acme_authorizations", id, out, why));
    *challenge = challenge_in(*out, type);
    if (!*challenge)
        return problem_set(why, ERR_NOT_FOUND, "The account has nothing at this address");
    bool waits = str_equal(gate_acme_authorization_status(*out), S("pending")) && str_is_absent(item_text(*out, S("trying")));
    if (!c->payload || !waits)
        return ERR_OK;
    TRY(answer(c, *out, type, why));
    TRY(acme_own(c, "acme_authorizations", id, out, why));
    *challenge = challenge_in(*out, type);
    return ERR_OK;
}

/* ---- the outcome ---- */

static enum err write_outcome(struct gate *g, struct arena *a, const struct json *one, const char *type, str detail, struct problem *why)
{
    struct own_change o;
    str tried = item_text(one, S("trying")), now = acme_time(a, time_now_ms());
    struct json error = acme_error(a, type ? type : "", detail);
    str status = type ? S("invalid") : S("valid");
    struct json list = with_state(a, one, tried, status, type ? &error : NULL, type ? (str){0} : now);
    acme_change_of(&o, g, a, "acme_authorizations", one);
    own_set(&o, S("challenges"), list);
    own_set_text(&o, S("status"), status);
    own_set(&o, S("trying"), json_null);
    if (!type)
        own_set_text(&o, S("expires_at"), acme_time(a, time_now_ms() + SHOWN_MS));
    return own_change_commit(&o, why);
}

enum err acme_judge(struct gate *g, struct arena *a, str authorization, const char *type, str detail, struct problem *why)
{
    for (unsigned i = 0; i < WRITE_TRIES; i++) {
        struct problem own = {.arena = a};
        const struct json *one = NULL;
        TRY(acme_find(g, a, "acme_authorizations", "_id", authorization, &one, why));
        if (!one || !str_equal(item_text(one, S("status")), S("pending")) || str_is_absent(item_text(one, S("trying"))))
            return ERR_OK;
        enum err e = write_outcome(g, a, one, type, detail, &own);
        if (e == ERR_OK)
            return type ? acme_orders_fail(g, a, one, "invalid", why) : ERR_OK;
        if (e != ERR_STALE)
            return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    }
    return problem_set(why, ERR_UNAVAILABLE, "What came of an authorization could not be written");
}

/* Passkeys (SE-7): made by a person who has just proven who he is; used instead of a password, where the
 * authenticator has asked for a PIN or a finger, or as the second step behind one. What the authenticator said is
 * read by base/webauthn.h; whose credential it is and that its count moves on in the same transaction is seen here. */
#include "base/webauthn.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/internal.h"

/* The host of "https://cms.example:8443". */
static str domain_of(str origin)
{
    str scheme, host, port;
    if (!str_cut(origin, ':', &scheme, &host) || !str_starts(host, S("//")))
        return (str){0};
    host = str_slice(host, 2, host.len);
    (void)str_cut(host, '/', &host, &port);
    (void)str_cut(host, ':', &host, &port);
    return host;
}

/* Of the configured address; without one there is only this machine itself, which nobody else can claim to be. */
static enum err find_site(struct gate *g, struct exchange *x, struct webauthn_site *out, struct problem *why)
{
    str *origin = NEW(x->arena, str);
    *origin = g->outside.site_url;
    if (str_is_absent(*origin)) {
        str host = exchange_header(x, S("host"));
        *origin = arena_format(x->arena, "%s://" STR_FMT, x->is_tls ? "https" : "http", STR_ARG(host));
        if (!str_equal_nocase(domain_of(*origin), S("localhost")))
            return problem_set(why, ERR_CONFLICT, "Passkeys need to know the site's address: set site.url");
    }
    str scheme, rest, authority, path;
    must(str_cut(*origin, ':', &scheme, &rest));
    (void)str_cut(str_slice(rest, 2, rest.len), '/', &authority, &path); /* an origin has no path */
    *origin = arena_format(x->arena, STR_FMT "://" STR_FMT, STR_ARG(scheme), STR_ARG(authority));
    *out = (struct webauthn_site){.domain = domain_of(*origin), .origins = origin, .origin_count = 1};
    return ERR_OK;
}

static enum err refuse(struct problem *why)
{
    return problem_set(why, ERR_UNAUTHENTICATED, "This passkey does not open anything here");
}

/* ------ what a browser hands over: base64url members of `response` */

static bool member(struct arena *a, const struct json *of, str name, str *out)
{
    const struct json *v = json_get(of, name);
    return v && v->type == JSON_TEXT && base64url_decode(a, v->text, out);
}

static bool challenge_in(struct arena *a, str client_data, str *out)
{
    const struct json *said = NULL;
    struct problem quiet = {.arena = a};
    return json_read(a, client_data, NULL, S(""), &said, &quiet) == ERR_OK && member(a, said, S("challenge"), out);
}

/* ------ making one */

static enum err passkeys_of(struct gate *g, struct arena *a, str field, str value, struct item_list *out, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    const struct collection *c = model_find(server->model, S("passkeys"));
    struct problem own = {.arena = a};
    enum err e = read_items(g->content, server, S("passkeys"), filter_test(a, collection_field(c, field), TEST_EQ, json_of_text(value)),
                            a, out, &own);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    return e == ERR_OK ? e : problem_set(why, e, "Passkeys cannot be looked at now");
}

static enum err describe(struct gate *g, struct exchange *x, enum challenge what, str user_id, struct passkey_begun *out,
                         struct problem *why)
{
    struct webauthn_site site;
    struct item_list list = {0};
    TRY(find_site(g, x, &site, why));
    if (user_id.len)
        TRY(passkeys_of(g, x->arena, S("user"), user_id, &list, why));
    str *known = NEW_N(x->arena, str, list.count);
    for (size_t i = 0; i < list.count; i++)
        known[i] = item_text(&list.items[i], S("credential"));
    str challenge = challenge_make(g, x->arena, what, user_id);
    *out = (struct passkey_begun){.site = site.domain,
                                  .challenge = base64url_encode(x->arena, challenge),
                                  .known = known,
                                  .known_count = list.count};
    return ERR_OK;
}

enum err gate_passkey_make_begin(struct gate *g, struct exchange *x, struct passkey_begun *out, struct problem *why)
{
    TRY(need_fresh_proof(x, why));
    TRY(describe(g, x, CHALLENGE_MAKE, x->who->user_id, out, why));
    if (out->known_count >= LIMIT_PASSKEYS)
        return problem_set(why, ERR_CONFLICT, "More than %u passkeys are more than anybody needs", LIMIT_PASSKEYS);
    out->user_id = base64url_encode(x->arena, x->who->user_id);
    return ERR_OK;
}

static enum err read_new(struct gate *g, struct exchange *x, const struct json *response, struct passkey *key, struct problem *why)
{
    struct webauthn_site site;
    struct webauthn_wish wish = {.site = &site};
    str client_data, attestation, user_id;
    TRY(find_site(g, x, &site, why));
    if (!member(x->arena, response, S("clientDataJSON"), &client_data) ||
        !member(x->arena, response, S("attestationObject"), &attestation))
        return problem_fault(why, ERR_INVALID, S("/credential"), S("format"), "This is not what an authenticator says");
    if (!challenge_in(x->arena, client_data, &wish.challenge) ||
        !challenge_holds(g, x->arena, CHALLENGE_MAKE, wish.challenge, &user_id) || !str_equal(user_id, x->who->user_id))
        return problem_fault(why, ERR_INVALID, S("/credential"), S("challenge"), "This took too long; begin again");
    struct problem own = {.arena = x->arena};
    enum err e = webauthn_make(x->arena, &wish, client_data, attestation, key, &own);
    if (e != ERR_OK)
        return problem_fault(why, ERR_INVALID, S("/credential"), S("format"), STR_FMT, STR_ARG(own.text));
    e = challenge_spend(g, wish.challenge, &own);
    if (e == ERR_UNAUTHENTICATED)
        return problem_fault(why, ERR_INVALID, S("/credential"), S("challenge"), STR_FMT, STR_ARG(own.text));
    return e == ERR_OK ? e : problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

static struct json transports_of(struct arena *a, const struct json *response)
{
    const struct json *list = json_get(response, S("transports"));
    struct json *kept = NEW_N(a, struct json, 8);
    size_t count = 0;
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count && count < 8; i++)
        if (list->items[i].type == JSON_TEXT && list->items[i].text.len <= 32)
            kept[count++] = list->items[i];
    return json_of_list(kept, count);
}

enum err gate_passkey_make(struct gate *g, struct exchange *x, str label, const struct json *credential, struct json *codes,
                           struct signed_in *out, struct problem *why)
{
    const struct json *response = json_get(credential, S("response")), *user = NULL;
    struct own_change passkey, person;
    struct passkey key = {0};
    TRY(need_person(x, why));
    TRY(read_new(g, x, response, &key, why));
    TRY(factor_user(g, x, x->who->user_id, &user, &person, why));
    own_change_beside(&passkey, &person, S("passkeys"), OP_CREATE);
    own_set_text(&passkey, S("user"), x->who->user_id);
    own_set_text(&passkey, S("label"), label.len ? label : S("Passkey"));
    own_set_text(&passkey, S("credential"), base64url_encode(x->arena, key.credential));
    own_set_text(&passkey, S("public_key"), base64url_encode(x->arena, key.public_key));
    own_set(&passkey, S("sign_count"), json_of_int(key.sign_count));
    own_set(&passkey, S("synced"), json_of_bool(key.is_synced));
    own_set(&passkey, S("transports"), transports_of(x->arena, response));
    *codes = json_null;
    const struct json *left = json_get(user, S("recovery_left"));
    if (!left || left->type != JSON_INT || left->integer == 0)
        recovery_renew(g, x->arena, x->who->user_id, &person, codes);
    struct own_change *const besides[] = {&person, &passkey};
    enum err e = own_account_commit_all(besides, COUNTOF(besides), g, x, BY_SECOND_FACTOR, time_now_ms(), out, why);
    if (e == ERR_CONFLICT)
        return problem_set(why, e, "This passkey is known already");
    return e;
}

enum err gate_passkey_end(struct gate *g, struct exchange *x, str id, struct signed_in *out, struct problem *why)
{
    struct own_change passkey, person;
    const struct json *user = NULL;
    struct item_list list;
    TRY(need_fresh_proof(x, why));
    TRY(factor_user(g, x, x->who->user_id, &user, &person, why));
    TRY(passkeys_of(g, x->arena, S("user"), x->who->user_id, &list, why));
    bool is_own = false;
    for (size_t i = 0; i < list.count; i++)
        is_own |= str_equal(item_text(&list.items[i], S("_id")), id);
    if (!is_own)
        return problem_set(why, ERR_NOT_FOUND, "There is no such passkey of yours");
    own_change_beside(&passkey, &person, S("passkeys"), OP_DELETE);
    passkey.change.id = id;
    passkey.change.expects = false;
    bool is_last = list.count == 1 && !item_flag(user, S("totp_enabled"), false);
    if (is_last)
        recovery_drop(&person);
    struct own_change *const besides[] = {&person, &passkey};
    return own_account_commit_all(besides, COUNTOF(besides), g, x, is_last ? BY_PASSWORD : x->who->strength, x->who->proof_ms, out, why);
}

/* ------ using one */

enum err gate_passkey_begin(struct gate *g, struct exchange *x, str pending, struct passkey_begun *out, struct problem *why)
{
    str user_id = S("");
    if (!comes_from_own_page(x, false))
        return problem_set(why, ERR_FORBIDDEN, "Sign in on the dashboard's own page");
    TRY(gate_catch_up(g, why));
    if (pending.len)
        TRY(pending_user(g, x, pending, &user_id, why));
    return describe(g, x, CHALLENGE_PROVE, user_id, out, why);
}

static bool take_key(struct arena *a, const struct json *item, struct passkey *out)
{
    const struct json *count = json_get(item, S("sign_count"));
    out->sign_count = count && count->type == JSON_INT ? (uint32_t)count->integer : 0;
    return base64url_decode(a, item_text(item, S("credential")), &out->credential) &&
           base64url_decode(a, item_text(item, S("public_key")), &out->public_key);
}

enum err passkey_take(struct gate *g, struct exchange *x, const struct json *credential, bool needs_person, str wanted_user,
                      struct own_change *use, str *user_id, struct problem *why)
{
    const struct json *response = json_get(credential, S("response")), *id = json_get(credential, S("id"));
    struct webauthn_site site;
    struct webauthn_wish wish = {.site = &site, .needs_person = needs_person};
    str client_data, data, signature, for_user;
    struct item_list list;
    struct passkey key = {0};
    TRY(find_site(g, x, &site, why));
    if (!id || id->type != JSON_TEXT || !member(x->arena, response, S("clientDataJSON"), &client_data) ||
        !member(x->arena, response, S("authenticatorData"), &data) || !member(x->arena, response, S("signature"), &signature) ||
        !challenge_in(x->arena, client_data, &wish.challenge) ||
        !challenge_holds(g, x->arena, CHALLENGE_PROVE, wish.challenge, &for_user))
        return refuse(why);
    TRY(passkeys_of(g, x->arena, S("credential"), id->text, &list, why));
    if (list.count != 1 || !take_key(x->arena, &list.items[0], &key))
        return refuse(why);
    *user_id = item_text(&list.items[0], S("user"));
    bool fits = (wanted_user.len == 0 || str_equal(wanted_user, *user_id)) && (for_user.len == 0 || str_equal(for_user, *user_id));
    struct problem own = {.arena = x->arena};
    if (!fits || webauthn_prove(x->arena, &wish, client_data, data, signature, &key, &own) != ERR_OK)
        return refuse(why);
    TRY(challenge_spend(g, wish.challenge, why));
    own_change_begin(use, g, x->arena, SYSTEM_LOGIN, S("passkeys"), OP_UPDATE);
    own_change_for(use, x);
    use->actor.vars.user = *user_id;
    use->change.id = item_text(&list.items[0], S("_id"));
    use->change.expects = true;
    use->change.expect_revision = (uint64_t)json_get(&list.items[0], S("_rev"))->integer;
    own_set(use, S("sign_count"), json_of_int(key.sign_count));
    own_set_time(use, S("last_used_at"), time_now_ms());
    return ERR_OK;
}

enum err gate_passkey_sign_in(struct gate *g, struct exchange *x, const struct json *credential, struct signed_in *out,
                              struct problem *why)
{
    struct own_change use;
    str user_id = {0}, attempt = S("passkeys");
    const struct json *user = NULL;
    struct own_change unused;
    if (!comes_from_own_page(x, false))
        return problem_set(why, ERR_FORBIDDEN, "Sign in on the dashboard's own page");
    TRY(gate_catch_up(g, why));
    str address = arena_format(x->arena, STR_FMT " " STR_FMT, STR_ARG(attempt), STR_ARG(x->peer));
    TRY(throttle_attempt(g->throttle, ATTEMPT_SIGN_IN, address, x->peer, why));
    enum err e = passkey_take(g, x, credential, true, S(""), &use, &user_id, why);
    if (e == ERR_OK)
        e = factor_user(g, x, user_id, &user, &unused, why);
    if (e == ERR_OK && !item_flag(user, S("active"), true))
        e = refuse(why);
    if (e == ERR_UNAUTHENTICATED) {
        note_sign_in(g, x, user_id, BY_PASSKEY, S("passkey"));
        return e;
    }
    throttle_undo(g->throttle, ATTEMPT_SIGN_IN, address, x->peer);
    TRY(e);
    struct own_change *const besides[] = {&use};
    struct session_wish wish = {.user_id = user_id, .via = S("vitrine"), .strength = BY_PASSKEY, .proof_ms = time_now_ms(),
                                .besides = besides, .beside_count = 1};
    return sign_in_pass(g, x, &wish, out, why);
}

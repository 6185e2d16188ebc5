/* Who stands behind an item: the person, the service account or the role of a key, of a session, of a derived
 * token. What a secret or a token names is looked up here, each time nobody remembers it (identities.c). An owner
 * who is switched off is nobody, whatever is good about the credential. */
#include "base/limits.h"
#include "base/network.h"
#include "base/time.h"
#include "content/system/keys/generations.h"
#include "roles/credentials/tokens.h"

enum err identity_refused(struct problem *why)
{
    return problem_set(why, ERR_UNAUTHENTICATED, "Authentication failed");
}

static enum err take_user(struct gate *g, const struct rights *server, str user_id, struct arena *a,
                          struct identity *out, struct problem *why)
{
    const struct json *user = NULL;
    TRY(read_item(g->content, server, S("users"), S("_id"), user_id, a, &user, why));
    if (!user || !item_flag(user, S("active"), true))
        return identity_refused(why);
    out->user_id = user_id;
    out->user_email = item_text(user, S("email"));
    out->user_name = item_text(user, S("name"));
    const struct json *serial = json_get(user, S("serial"));
    out->user_serial = serial && serial->type == JSON_INT ? serial->integer : 0;
    out->has_second_factor = has_second_factor(user);
    return roles_given(g, server, json_get(user, S("roles")), json_get(user, S("groups")), policy_signed_in_role(g->policy, a), a, out, why);
}

/* A service account acts in its own name: `_cby`, "$user" and the journal say its id. */
static enum err take_service(struct gate *g, const struct rights *server, str id, struct arena *a, struct identity *out,
                             struct problem *why)
{
    const struct json *account = NULL;
    TRY(read_item(g->content, server, S("service_accounts"), S("_id"), id, a, &account, why));
    if (!account || !item_flag(account, S("active"), true))
        return identity_refused(why);
    out->kind = PRINCIPAL_SERVICE;
    out->service_id = id;
    out->service_name = item_text(account, S("name"));
    out->label = arena_format(a, "service " STR_FMT, STR_ARG(out->service_name));
    return roles_given(g, server, json_get(account, S("roles")), json_get(account, S("groups")), policy_signed_in_role(g->policy, a), a, out, why);
}

/* The person or the service account that an item of theirs names. */
static enum err take_owner(struct gate *g, const struct rights *server, const struct json *item, struct arena *a,
                           struct identity *out, struct problem *why)
{
    str user = item_text(item, S("user")), account = item_text(item, S("service_account"));
    if (!str_is_absent(user))
        return take_user(g, server, user, a, out, why);
    return str_is_absent(account) ? identity_refused(why) : take_service(g, server, account, a, out, why);
}

/* An address that does not read lets nobody in. */
static void take_addresses(const struct json *list, struct arena *a, struct identity *out)
{
    uint32_t count = list && list->type == JSON_LIST ? list->count : 0;
    struct network *networks = NEW_N(a, struct network, count);
    out->is_bound = count > 0;
    for (uint32_t i = 0; i < count; i++)
        if (list->items[i].type == JSON_TEXT && network_read(list->items[i].text, &networks[out->address_count]))
            out->address_count++;
    out->addresses = networks;
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms == 0 || (b_ms != 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static enum err take_key(struct gate *g, const struct rights *server, const struct json *key, uint32_t generation,
                         struct arena *a, struct identity *out, struct problem *why)
{
    out->kind = PRINCIPAL_KEY;
    out->key_id = item_text(key, S("_id"));
    out->key_generation = generation;
    str label = item_text(key, S("label"));
    out->label = arena_format(a, "key " STR_FMT, STR_ARG(label.len ? label : item_text(key, S("prefix"))));
    out->not_before_ms = item_time(key, S("not_before"));
    out->expires_ms = item_time(key, S("expires_at"));
    out->scopes = scopes_of(a, json_get(key, S("scopes")), &out->scope_count);
    take_addresses(json_get(key, S("addresses")), a, out);
    const struct json *role = json_get(key, S("role"));
    if (role && role->type == JSON_TEXT)
        return roles_given(g, server, role, NULL, (str){0}, a, out, why);
    return take_owner(g, server, key, a, out, why);
}

/* A revoked one has no secret left, and stays revoked whatever is switched on afterwards: what was made with it, tokens and ACME's
 * accounts, does not come back. */
static enum err find_key(struct gate *g, const struct rights *server, str id, struct arena *a, const struct json **out,
                         struct problem *why)
{
    struct key_generation last;
    *out = NULL;
    TRY(read_item(g->content, server, S("api_keys"), S("_id"), id, a, out, why));
    return *out && !item_flag(*out, S("disabled"), false) && key_generation_back(*out, 0, &last) ? ERR_OK : identity_refused(why);
}

/* Behind the secret in this slot of the vault, as long as the key knows of it. */
static enum err identity_of_secret(struct gate *g, const struct rights *server, str id, str slot, struct arena *a,
                                   struct identity *out, struct problem *why)
{
    const struct json *key;
    struct key_generation generation;
    TRY(find_key(g, server, id, a, &key, why));
    if (!key_generation_of(key, slot, &generation))
        return identity_refused(why);
    TRY(take_key(g, server, key, (uint32_t)generation.n, a, out, why));
    out->expires_ms = earlier(out->expires_ms, generation.expires_ms);
    return ERR_OK;
}

/* A token outlives the secret that it was made with, until a rotation says otherwise. */
enum err identity_of_key(struct gate *g, const struct rights *server, str id, uint32_t generation, struct arena *a,
                         struct identity *out, struct problem *why)
{
    const struct json *key;
    TRY(find_key(g, server, id, a, &key, why));
    const struct json *from = json_get(key, S("tokens_from"));
    if (from && from->type == JSON_INT && from->integer > (int64_t)generation)
        return identity_refused(why);
    return take_key(g, server, key, generation, a, out, why);
}

enum err identity_of_session(struct gate *g, const struct rights *server, str id, struct arena *a, struct identity *out,
                             struct problem *why)
{
    const struct json *session = NULL;
    TRY(read_item(g->content, server, S("sessions"), S("_id"), id, a, &session, why));
    if (!session)
        return identity_refused(why);
    out->kind = PRINCIPAL_USER;
    out->session_id = id;
    out->expires_ms = item_time(session, S("expires_at"));
    out->seen_ms = item_time(session, S("last_seen_at"));
    out->is_program = str_equal(item_text(session, S("kind")), S("token"));
    out->proof_ms = item_time(session, S("step_up_at"));
    out->strength = strength_named(item_text(session, S("strength")));
    TRY(take_user(g, server, item_text(session, S("user")), a, out, why));
    out->label = arena_format(a, "user " STR_FMT, STR_ARG(out->user_email));
    return ERR_OK;
}

enum err identity_of_user(struct gate *g, const struct rights *server, str id, struct arena *a, struct identity *out,
                          struct problem *why)
{
    out->kind = PRINCIPAL_USER;
    TRY(take_user(g, server, id, a, out, why));
    out->label = arena_format(a, "user " STR_FMT, STR_ARG(out->user_email));
    return ERR_OK;
}

/* Made with a signature, which leaves no session behind: the token stands for its owner alone. */
static enum err take_signer(struct gate *g, const struct rights *server, const struct json *token, struct arena *a,
                            struct identity *out, struct problem *why)
{
    str user = item_text(token, S("user"));
    return str_is_absent(user) ? take_owner(g, server, token, a, out, why) : identity_of_user(g, server, user, a, out, why);
}

/* A derived token is what it was made with, and less. */
enum err identity_of_token(struct gate *g, const struct rights *server, str id, enum token_purpose purpose, struct arena *a,
                           struct identity *out, struct problem *why)
{
    const struct json *token = NULL;
    size_t count = 0;
    TRY(read_item(g->content, server, S("tokens"), S("_id"), id, a, &token, why));
    str sort = item_text(token, S("kind"));
    if (!str_equal(sort, S("api")) && !(purpose == TOKEN_REGISTRY && str_equal(sort, S("refresh"))))
        return identity_refused(why);
    str key = item_text(token, S("key")), session = item_text(token, S("session"));
    const struct json *generation = json_get(token, S("generation"));
    if (!str_is_absent(key))
        TRY(identity_of_key(g, server, key, generation && generation->type == JSON_INT ? (uint32_t)generation->integer : 1, a,
                            out, why));
    else if (!str_is_absent(session))
        TRY(identity_of_session(g, server, session, a, out, why));
    else
        TRY(take_signer(g, server, token, a, out, why));
    const struct scope *scopes = scopes_of(a, json_get(token, S("scopes")), &count);
    if (count > 0)
        out->scopes = scopes_narrow(a, out->scopes, out->scope_count, scopes, count, &out->scope_count);
    int64_t ends = item_time(token, S("expires_at"));
    out->expires_ms = out->expires_ms && out->expires_ms < ends ? out->expires_ms : ends;
    out->token_id = id;
    return ERR_OK;
}

enum err find_by_digest(struct finder *self, struct gate *g, const struct rights *server, struct arena *a,
                            struct identity *out, struct problem *why)
{
    const uint8_t *digest = ((const struct by_digest *)(void *)self)->digest;
    str collection, item, field;
    enum err e = content_by_digest(g->content, digest, a, &collection, &item, &field);
    if (e == ERR_NOT_FOUND)
        return identity_refused(why);
    if (e != ERR_OK)
        return problem_set(why, e, "Credentials cannot be checked now");
    if (str_equal(collection, S("api_keys")))
        return identity_of_secret(g, server, item, field, a, out, why);
    if (str_equal(collection, S("sessions")))
        return identity_of_session(g, server, item, a, out, why);
    return identity_refused(why);
}

enum err identity_of_service(struct gate *g, const struct rights *server, str id, struct arena *a, struct identity *out,
                             struct problem *why)
{
    return take_service(g, server, id, a, out, why);
}

/* Codes of an authenticator (SE-7): the secret lies sealed in the vault, a step counts once. That two requests with
 * one code cannot both pass is a matter of the item's revision: the step is noted only if the item is still the
 * one that it was compared with. */
#include "base/totp.h"

#include "base/crypt.h"
#include "base/encode.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/internal.h"

enum err factor_user(struct gate *g, struct exchange *x, str user_id, const struct json **user, struct own_change *o,
                     struct problem *why)
{
    struct problem own = {.arena = x->arena};
    own_change_begin(o, g, x->arena, SYSTEM_LOGIN, S("users"), OP_UPDATE);
    own_change_for(o, x);
    o->actor.vars.user = user_id;
    enum err e = read_item(g->content, o->rights, S("users"), S("_id"), user_id, x->arena, user, &own);
    if (e != ERR_OK)
        return problem_set(why, e, "The account cannot be looked at now");
    if (!*user)
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in again");
    const struct json *revision = json_get(*user, S("_rev"));
    o->change.id = user_id;
    o->change.expects = true;
    o->change.expect_revision = (uint64_t)revision->integer;
    return ERR_OK;
}

enum err factor_secret(struct gate *g, struct arena *a, str user_id, str field, str *plain, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    const struct collection *users = model_find(server->model, S("users"));
    struct problem own = {.arena = a};
    enum err e = content_secret(g->content, users, user_id, collection_field(users, field), a, plain, &own);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    if (e == ERR_NOT_FOUND)
        *plain = (str){0};
    return e == ERR_OK || e == ERR_NOT_FOUND ? ERR_OK : problem_set(why, e, "The second factor cannot be checked now");
}

/* "123 456" as people copy it. */
static str digits_of(struct arena *a, str typed)
{
    char *at = arena_get(a, typed.len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < typed.len; i++)
        if (typed.at[i] != ' ' && typed.at[i] != '-')
            at[n++] = typed.at[i];
    return (str){at, n};
}

enum err take_totp(struct gate *g, struct exchange *x, const struct json *user, str code, struct own_change *use, bool *good,
                   struct problem *why)
{
    str kept, secret;
    uint64_t step = 0;
    const struct json *last = json_get(user, S("totp_step"));
    *good = false;
    TRY(factor_secret(g, x->arena, use->change.id, S("totp"), &kept, why));
    if (str_is_absent(kept) || !base32_decode(x->arena, kept, &secret))
        return ERR_OK;
    uint64_t used = last && last->type == JSON_INT ? (uint64_t)last->integer : 0;
    *good = totp_check(secret, digits_of(x->arena, code), time_now_ms(), used, &step);
    if (*good)
        own_set(use, S("totp_step"), json_of_int((int64_t)step));
    return ERR_OK;
}

static enum err refuse_enabled(struct problem *why)
{
    return problem_set(why, ERR_CONFLICT, "Codes are asked for already; switch them off first");
}

static str issuer_of(struct gate *g, struct exchange *x)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    struct item_list settings;
    struct problem quiet = {.arena = x->arena};
    str name = {0};
    if (read_items(g->content, server, S("settings"), NULL, x->arena, &settings, &quiet) == ERR_OK && settings.count)
        name = item_text(&settings.items[0], S("site_name"));
    counted_release((struct counted *)(uintptr_t)&server->counted);
    return name.len ? name : S("Vitrine");
}

enum err gate_totp_begin(struct gate *g, struct exchange *x, struct totp_begun *out, struct problem *why)
{
    struct own_change change;
    const struct json *user;
    char secret[TOTP_SECRET_BYTES];
    TRY(need_fresh_proof(x, why));
    TRY(factor_user(g, x, x->who->user_id, &user, &change, why));
    if (item_flag(user, S("totp_enabled"), false))
        return refuse_enabled(why);
    crypt_random(secret, sizeof secret);
    out->secret = base32_encode(x->arena, (str){secret, sizeof secret});
    out->uri = totp_uri(x->arena, issuer_of(g, x), item_text(user, S("email")), (str){secret, sizeof secret});
    crypt_wipe(secret, sizeof secret);
    own_set_text(&change, S("totp"), out->secret);
    return own_change_commit(&change, why);
}

enum err gate_totp_confirm(struct gate *g, struct exchange *x, str code, struct json *codes, struct signed_in *out,
                           struct problem *why)
{
    struct own_change change;
    const struct json *user;
    str id = x->who->user_id;
    bool good = false;
    TRY(need_person(x, why));
    TRY(factor_user(g, x, id, &user, &change, why));
    if (item_flag(user, S("totp_enabled"), false))
        return refuse_enabled(why);
    TRY(throttle_attempt(g->throttle, ATTEMPT_PROOF, id, x->peer, why));
    enum err e = take_totp(g, x, user, code, &change, &good, why);
    if (e != ERR_OK)
        throttle_undo(g->throttle, ATTEMPT_PROOF, id, x->peer);
    TRY(e);
    if (!good)
        return problem_fault(why, ERR_INVALID, S("/code"), S("wrong"), "This is not the present code");
    throttle_passed(g->throttle, ATTEMPT_PROOF, id, x->peer);
    own_set(&change, S("totp_enabled"), json_true);
    *codes = json_null;
    const struct json *left = json_get(user, S("recovery_left"));
    if (!left || left->type != JSON_INT || left->integer == 0)
        recovery_renew(g, x->arena, id, &change, codes);
    return own_account_commit(&change, g, x, BY_SECOND_FACTOR, time_now_ms(), out, why);
}

enum err gate_totp_end(struct gate *g, struct exchange *x, struct signed_in *out, struct problem *why)
{
    struct own_change change;
    const struct json *user = NULL;
    TRY(need_fresh_proof(x, why));
    TRY(factor_user(g, x, x->who->user_id, &user, &change, why));
    bool is_last = !has_passkey(user);
    own_set(&change, S("totp"), json_null);
    own_set(&change, S("totp_step"), json_null);
    own_set(&change, S("totp_enabled"), json_false);
    if (is_last)
        recovery_drop(&change);
    enum strength strength = is_last && x->who->strength == BY_SECOND_FACTOR ? BY_PASSWORD : x->who->strength;
    return own_account_commit(&change, g, x, strength, x->who->proof_ms, out, why);
}

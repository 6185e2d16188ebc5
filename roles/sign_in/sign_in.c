/* Signing in by password. Whatever is wrong, the answer is the same sentence after the same work: a name
 * that nobody has costs a password check, too (PW-6). The check runs on the thread of the request, where
 * base/crypt bounds how many run at once. */
#include "base/crypt.h"
#include "base/time.h"
#include "base/utf8.h"
#include "content/kind.h"
#include "roles/internal.h"

#define NOBODY "000000000000000000000000" /* an id that no item has */

struct account {
    str id;                           /* of the person, NOBODY when there is none */
    str throttled_as;
    bool exists, active;
    const struct json *user;
};

static enum err find_account(struct gate *g, struct arena *a, str name, struct account *out, struct problem *why)
{
    const struct json *user = NULL;
    TRY(find_user(g, a, SYSTEM_LOGIN, name, &user, why));
    if (user) {
        out->exists = true;
        out->user = user;
        out->active = item_flag(user, S("active"), true);
        out->id = out->throttled_as = item_text(user, S("_id"));
        return ERR_OK;
    }
    /* Spellings count together when they would find the same person, and only then: what waits with what must not
     * say whether there is one (PW-6). */
    str cut = str_slice(name, 0, 300);
    out->id = S(NOBODY);
    out->throttled_as = str_contains(cut, S("@")) ? address_lower(a, cut) : cut;
    return ERR_OK;
}

enum err password_of(struct gate *g, struct arena *a, str user_id, str *hash, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    const struct collection *users = model_find(server->model, S("users"));
    enum err e = content_secret(g->content, users, user_id, collection_field(users, S("password")), a, hash, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    return e;
}

enum err password_matches(struct gate *g, struct arena *a, str user_id, str password, bool *out, struct problem *why)
{
    struct problem own = {.arena = a};
    str hash = {0}, plain = utf8_nfc(a, password); /* as it was when it was set */
    enum err e = password_of(g, a, user_id, &hash, &own);
    *out = false;
    if (e == ERR_NOT_FOUND)
        return password_verify_nobody(plain, why);
    if (e != ERR_OK)
        return problem_set(why, e, "The password cannot be checked now");
    return password_verify(hash, plain, out, why);
}

static enum err refuse(struct problem *why)
{
    return problem_set(why, ERR_UNAUTHENTICATED, "The name or the password is wrong");
}

/* Name and password, throttled, refusals noted; *account is somebody who may go on. */
static enum err judge(struct gate *g, struct exchange *x, str name, str password, struct account *account,
                      struct problem *why)
{
    bool matches = false;
    TRY(gate_catch_up(g, why));
    TRY(find_account(g, x->arena, name, account, why));
    str known = account->exists ? account->id : (str){0}; /* a name that nobody has may be a password in the wrong place */
    enum err e = throttle_attempt(g->throttle, ATTEMPT_SIGN_IN, account->throttled_as, x->peer, why);
    if (e != ERR_OK) {
        note_sign_in(g, x, known, BY_PASSWORD, S("throttled"));
        return e;
    }
    e = password_matches(g, x->arena, account->id, password, &matches, why);
    if (e != ERR_OK) {
        throttle_undo(g->throttle, ATTEMPT_SIGN_IN, account->throttled_as, x->peer);
        return e;
    }
    if (!matches || !account->exists || !account->active) {
        note_sign_in(g, x, known, BY_PASSWORD, S("")); /* the plain case */
        return refuse(why);
    }
    throttle_passed(g->throttle, ATTEMPT_SIGN_IN, account->throttled_as, x->peer);
    return ERR_OK;
}

enum err gate_login(struct gate *g, struct exchange *x, str name, str password, struct signed_in *out,
                    struct problem *why)
{
    struct account account = {0};
    if (!comes_from_own_page(x, false))
        return problem_set(why, ERR_FORBIDDEN, "Sign in on the dashboard's own page");
    TRY(judge(g, x, name, password, &account, why));
    struct session_wish wish = {.user_id = account.id, .via = S("vitrine"), .strength = BY_PASSWORD, .proof_ms = time_now_ms()};
    return sign_in_pass(g, x, &wish, out, why);
}

enum err password_judge(struct gate *g, struct exchange *x, str name, str password, str *user_id, struct problem *why)
{
    struct account account = {0};
    TRY(judge(g, x, name, password, &account, why));
    if (has_second_factor(account.user)) { /* which there is no place for here: that is what keys are for */
        note_sign_in(g, x, account.id, BY_PASSWORD, S("second_factor"));
        return problem_set(why, ERR_UNAUTHENTICATED, "This account has a second factor; send an api-key instead of the password");
    }
    note_sign_in(g, x, account.id, BY_PASSWORD, (str){0});
    *user_id = account.id;
    return ERR_OK;
}

/* Signing in for programs: a session without a cookie, which signed tokens name (roles/credentials/tokens.h). What the dialects
 * call login with a password ends here, all of them with the same checks, throttle and time. */
#include "base/crypt.h"
#include "base/time.h"
#include "roles/internal.h"

struct by_session {
    struct finder finder; /* first */
    str id;
};

static enum err find(struct finder *self, struct gate *g, const struct rights *server, struct arena *a,
                     struct identity *out, struct problem *why)
{
    return identity_of_session(g, server, arena_copy(a, ((struct by_session *)(void *)self)->id), a, out, why);
}

enum err session_principal(struct gate *g, struct exchange *x, str id, struct principal **out, struct problem *why)
{
    struct by_session by = {{find}, id};
    uint8_t digest[DIGEST_BYTES];
    crypt_digest(g->crypt, CRYPT_STEP, arena_format(x->arena, "session " STR_FMT, STR_ARG(id)), digest);
    return identities_find_by(g, digest, &by.finder, x, out, why);
}

/* Half of what an account needs does not open it; who has a second factor gives programs a key. */
static enum err check_factors(struct gate *g, struct exchange *x, str user_id, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    struct identity id = {0};
    enum err e = identity_of_user(g, server, user_id, x->arena, &id, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    if (!id.has_second_factor)
        return ERR_OK;
    return problem_set(why, ERR_UNAUTHENTICATED, "This account has a second factor; use an API key here");
}

enum err gate_login_program(struct gate *g, struct exchange *x, str name, str password, str via, int64_t life_ms,
                            const struct principal **who, struct problem *why)
{
    str user_id = {0}, session_id, none;
    struct principal *found = NULL;
    TRY(password_judge(g, x, name, password, &user_id, why));
    TRY(check_factors(g, x, user_id, why));
    struct session_wish wish = {
        .user_id = user_id, .via = via, .strength = BY_PASSWORD, .is_token = true, .proof_ms = time_now_ms(), .life_ms = life_ms};
    TRY(session_begin(g, x, &wish, &session_id, &none, why));
    TRY(gate_catch_up(g, why));
    TRY(session_principal(g, x, session_id, &found, why));
    *who = found;
    return ERR_OK;
}

static enum err count_refusal(struct gate *g, struct exchange *x, struct problem *why)
{
    struct note n = note_for(x, NOTE_CREDENTIAL_REFUSED);
    struct problem wait = {.arena = x->arena};
    str account = arena_format(x->arena, "keys from " STR_FMT, STR_ARG(x->peer));
    notes_add(g->notes, &n);
    if (throttle_attempt(g->throttle, ATTEMPT_SIGN_IN, account, x->peer, &wait) == ERR_OK)
        return problem_set(why, ERR_UNAUTHENTICATED, "Authentication failed");
    why->retry_after_s = wait.retry_after_s;
    return problem_set(why, ERR_TOO_MANY, STR_FMT, STR_ARG(wait.text));
}

/* Judged first and counted then: the secret is too long to be guessed, and nobody's wrong keys keep a right one
 * waiting. */
enum err gate_login_key(struct gate *g, struct exchange *x, str key, const struct principal **who, struct problem *why)
{
    struct principal *found = NULL;
    struct problem own = {.arena = x->arena};
    TRY(gate_catch_up(g, why));
    enum err e = by_key(g, x, key, &found, &own);
    if (e == ERR_UNAUTHENTICATED || (e == ERR_OK && str_is_absent(found->key_id)))
        return count_refusal(g, x, why);
    if (e != ERR_OK)
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    if (str_is_absent(found->user_id) && str_is_absent(found->service_id))
        return problem_set(why, ERR_UNAUTHENTICATED, "This key belongs to a role, which has no account to sign in to");
    note_key_use(g, found);
    *who = found;
    return ERR_OK;
}

enum err gate_own_item(struct gate *g, const struct exchange *x, const struct json **out, struct problem *why)
{
    const struct principal *who = x->who;
    bool is_service = !str_is_absent(who->service_id);
    str id = is_service ? who->service_id : who->user_id;
    if (who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Not authenticated");
    if (str_is_absent(id))
        return problem_set(why, ERR_NOT_FOUND, "This key belongs to a role, which has no account");
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_IDENTIFY);
    enum err e = read_item(g->content, server, is_service ? S("service_accounts") : S("users"), S("_id"), id, x->arena, out, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    return *out ? ERR_OK : problem_set(why, ERR_NOT_FOUND, "This account is gone");
}

bool gate_is_own_page(const struct exchange *x)
{
    return comes_from_own_page(x, false);
}

enum err gate_logout_program(struct gate *g, struct exchange *x, struct problem *why)
{
    const struct principal *who = x->who;
    bool of_token = !str_is_absent(who->token_id);
    str id = of_token ? who->token_id : who->session_id;
    struct problem own = {.arena = x->arena};
    struct own_change gone;
    if (str_is_absent(id))
        return ERR_OK;
    own_change_begin(&gone, g, x->arena, SYSTEM_LOGIN, of_token ? S("tokens") : S("sessions"), OP_DELETE);
    own_change_for(&gone, x);
    gone.change.id = id;
    enum err e = own_change_commit(&gone, &own);
    if (e == ERR_OK || e == ERR_NOT_FOUND) /* ended twice is ended */
        return ERR_OK;
    why->retry_after_s = own.retry_after_s;
    return problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

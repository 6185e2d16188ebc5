/* The first administrator: made once, by whoever can read what the server printed at its start (PW-5).
 * One lock is held from the look whether there is one to the commit that makes one. */
#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "roles/internal.h"

static bool is_claimed(struct gate *g, struct arena *a)
{
    struct problem quiet = {.arena = a};
    bool exists = true;
    if (!g->is_claimed && has_administrator(g, a, &exists, &quiet) != ERR_OK)
        return true; /* nobody can tell at the moment */
    g->is_claimed |= exists;
    if (g->is_claimed)
        crypt_wipe(g->setup_code, sizeof g->setup_code);
    return g->is_claimed;
}

static void make_code(struct gate *g, struct arena *a)
{
    str code = code_make(a);
    must(code.len < sizeof g->setup_code);
    memcpy(g->setup_code, code.at, code.len);
    g->setup_code[code.len] = '\0';
}

str gate_setup_code(struct gate *g)
{
    struct arena *a = arena_open(4096);
    str code = {0};
    (void)pthread_mutex_lock(&g->setup_lock);
    if (!is_claimed(g, a)) {
        if (g->setup_code[0] == '\0')
            make_code(g, a);
        code = str_of(g->setup_code);
    }
    (void)pthread_mutex_unlock(&g->setup_lock);
    arena_close(a);
    return code;
}

static bool code_is_right(const struct gate *g, str typed)
{
    char given[CODE_DIGITS] = {0}, wanted[CODE_DIGITS] = {0};
    bool complete = code_read(typed, given);
    bool known = g->setup_code[0] != '\0' && code_read(str_of(g->setup_code), wanted);
    return crypt_equal(given, wanted, CODE_DIGITS) && complete && known;
}

static enum err claim(struct gate *g, struct exchange *x, str code, str email, str name, str password, str *id,
                      struct problem *why)
{
    if (is_claimed(g, x->arena))
        return problem_set(why, ERR_CONFLICT, "This server has an administrator already");
    if (!code_is_right(g, code))
        return problem_set(why, ERR_FORBIDDEN, "This is not the code that the server printed");
    TRY(refuse_weak_password(x, password, name, email, S("/password"), why));
    TRY(gate_user_add(g, x->arena, email, name, S("admin"), password, id, why));
    g->is_claimed = true;
    crypt_wipe(g->setup_code, sizeof g->setup_code);
    return ERR_OK;
}

enum err gate_setup(struct gate *g, struct exchange *x, str code, str email, str name, str password,
                    struct signed_in *out, struct problem *why)
{
    str id = {0}, attempt = S("setup code");
    if (!comes_from_own_page(x, false))
        return problem_set(why, ERR_FORBIDDEN, "Set the server up on the dashboard's own page");
    TRY(throttle_attempt(g->throttle, ATTEMPT_SIGN_IN, attempt, x->peer, why));
    (void)pthread_mutex_lock(&g->setup_lock);
    enum err e = claim(g, x, code, email, name, password, &id, why);
    (void)pthread_mutex_unlock(&g->setup_lock);
    if (e == ERR_OK)
        throttle_passed(g->throttle, ATTEMPT_SIGN_IN, attempt, x->peer);
    else if (e != ERR_FORBIDDEN)
        throttle_undo(g->throttle, ATTEMPT_SIGN_IN, attempt, x->peer);
    TRY(e);
    struct session_wish wish = {.user_id = id, .via = S("vitrine"), .strength = BY_PASSWORD, .proof_ms = time_now_ms()};
    return session_open(g, x, &wish, out, why);
}

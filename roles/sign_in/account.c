/* What people change of their own accounts. The server writes it for them, after it was shown that it is they;
 * which fields these are stands here and nowhere in grants. */
#include "roles/sign_in/account.h"

#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/internal.h"

enum err need_person(const struct exchange *x, struct problem *why)
{
    const struct principal *who = x->who;
    if (who->kind == PRINCIPAL_USER && !str_is_absent(who->session_id))
        return ERR_OK;
    if (who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in first");
    return problem_set(why, ERR_FORBIDDEN, "Accounts are changed by people who have signed in, not by keys");
}

bool proof_is_fresh(const struct principal *who)
{
    return who->proof_ms != 0 && who->actor.vars.now_ms - who->proof_ms <= (int64_t)LIMIT_PROOF_FRESH_S * 1000;
}

enum err need_fresh_proof(const struct exchange *x, struct problem *why)
{
    TRY(need_person(x, why));
    if (proof_is_fresh(x->who))
        return ERR_OK;
    return refuse_stale_proof(why);
}

/* Whoever has no password (external sign-in, passkeys) has something else to show. */
static enum err has_password(struct gate *g, struct exchange *x, bool *out, struct problem *why)
{
    str unused;
    struct problem own = {.arena = x->arena};
    enum err e = password_of(g, x->arena, x->who->user_id, &unused, &own);
    *out = e == ERR_OK;
    return e == ERR_OK || e == ERR_NOT_FOUND ? ERR_OK : problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

enum err prove_password(struct gate *g, struct exchange *x, str password, str where, struct problem *why)
{
    bool matches = false, has;
    str id = x->who->user_id;
    TRY(has_password(g, x, &has, why));
    if (!has)
        return need_fresh_proof(x, why);
    TRY(throttle_attempt(g->throttle, ATTEMPT_PROOF, id, x->peer, why));
    enum err e = password_matches(g, x->arena, id, password, &matches, why);
    if (e != ERR_OK)
        throttle_undo(g->throttle, ATTEMPT_PROOF, id, x->peer);
    TRY(e);
    if (!matches)
        return problem_fault(why, ERR_INVALID, where, S("wrong"), "This is not your present password");
    throttle_passed(g->throttle, ATTEMPT_PROOF, id, x->peer);
    return ERR_OK;
}

void own_account_begin(struct own_change *o, struct gate *g, struct exchange *x)
{
    own_change_begin(o, g, x->arena, SYSTEM_LOGIN, S("users"), OP_UPDATE);
    own_change_for(o, x);
    o->actor.vars.user = x->who->user_id; /* the journal says whose doing it is */
    o->actor.label = x->who->actor.label;
    o->change.id = x->who->user_id;
}

enum err own_account_commit_all(struct own_change *const *besides, size_t count, struct gate *g, struct exchange *x,
                                enum strength strength, int64_t proof_ms, struct signed_in *out, struct problem *why)
{
    struct session_wish wish = {.user_id = x->who->user_id,
                                .via = S("vitrine"),
                                .strength = strength,
                                .proof_ms = proof_ms,
                                .ends_others = true,
                                .besides = besides,
                                .beside_count = count};
    if (x->who->by_cookie)
        return session_open(g, x, &wish, out, why);
    *out = (struct signed_in){.who = x->who}; /* a program's session has ended, too: it signs in again */
    return own_changes_commit(besides, count, why);
}

enum err own_account_commit(struct own_change *user, struct gate *g, struct exchange *x, enum strength strength,
                            int64_t proof_ms, struct signed_in *out, struct problem *why)
{
    return own_account_commit_all(&user, 1, g, x, strength, proof_ms, out, why);
}


void point_at(struct problem *why, str from, str to)
{
    for (size_t i = 0; i < why->fault_count; i++)
        if (str_ends(why->faults[i].path, from))
            why->faults[i].path = to;
}

static enum err set_password(struct gate *g, struct exchange *x, str wanted, struct signed_in *out, struct problem *why)
{
    struct own_change user;
    if (wanted.len == 0)
        return problem_fault(why, ERR_INVALID, S("/new"), S("required"), "The password is empty");
    TRY(refuse_weak_password(x, wanted, x->who->user_name, x->who->user_email, S("/new"), why));
    own_account_begin(&user, g, x);
    own_set_text(&user, S("password"), wanted);
    int64_t proof = x->who->has_second_factor ? x->who->proof_ms : time_now_ms();
    enum err e = own_account_commit(&user, g, x, x->who->strength, proof, out, why);
    point_at(why, S("/password"), S("/new"));
    return e;
}

enum err refuse_weak_password(const struct exchange *x, str password, str name, str email, str where, struct problem *why)
{
    const str names[] = {name, email};
    if (password.len == 0 || !password_is_weak(x->arena, password, names, COUNTOF(names)))
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, where, S("common"), "This is among the passwords that are tried first; take a longer one");
}

enum err gate_password_change(struct gate *g, struct exchange *x, str current, str wanted, struct signed_in *out,
                              struct problem *why)
{
    TRY(need_person(x, why));
    TRY(prove_password(g, x, current, S("/current"), why));
    return set_password(g, x, wanted, out, why);
}

enum err gate_password_set(struct gate *g, struct exchange *x, str wanted, struct signed_in *out, struct problem *why)
{
    TRY(need_fresh_proof(x, why));
    return set_password(g, x, wanted, out, why);
}

enum err gate_sign_out_everywhere(struct gate *g, struct exchange *x, struct signed_in *out, struct problem *why)
{
    struct own_change user;
    TRY(need_person(x, why));
    own_account_begin(&user, g, x);
    own_set_time(&user, S("signed_out_at"), time_now_ms());
    return own_account_commit(&user, g, x, x->who->strength, x->who->proof_ms, out, why);
}

enum err gate_profile_change(struct gate *g, struct exchange *x, const struct json *wishes, str password, struct problem *why)
{
    static const str fields[] = {STR("name"), STR("full_name"), STR("language"), STR("theme"), STR("email")};
    struct own_change user;
    TRY(need_person(x, why));
    const struct json *email = json_get(wishes, S("email"));
    if (email && !(email->type == JSON_TEXT && str_equal_nocase(email->text, x->who->user_email)))
        TRY(prove_password(g, x, password, S("/password"), why));
    own_account_begin(&user, g, x);
    for (size_t i = 0; i < COUNTOF(fields); i++) {
        const struct json *v = json_get(wishes, fields[i]);
        if (v)
            own_set(&user, fields[i], *v);
    }
    TRY(own_change_commit(&user, why));
    return gate_catch_up(g, why);
}

/* Sign-in in two steps, and proofs in between (SE-7). After the first step the client carries a sealed note for five
 * minutes: whose password was right, when that password was set, from where. It opens nothing by itself. */
#include "base/crypt.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/internal.h"

#define PENDING_CONTEXT S("pending second factor")

struct pending {
    str user_id, via, address;
    int64_t password_ms, expires_ms;
    enum strength strength;
};

static str seal(struct gate *g, struct arena *a, const struct pending *p)
{
    str plain = arena_format(a, STR_FMT " %lld %lld %u " STR_FMT " " STR_FMT, STR_ARG(p->user_id), (long long)p->password_ms,
                             (long long)p->expires_ms, (unsigned)p->strength, STR_ARG(p->via), STR_ARG(p->address));
    return base64url_encode(a, crypt_seal(g->crypt, CRYPT_STEP, a, PENDING_CONTEXT, plain));
}

static bool take_number(str *rest, uint64_t most, uint64_t *out)
{
    str head;
    return str_cut(*rest, ' ', &head, rest) && str_to_u64(head, most, out);
}

static bool unseal(struct gate *g, struct arena *a, str text, struct pending *out)
{
    str sealed, rest;
    uint64_t password, expires, strength;
    if (!base64url_decode(a, text, &sealed) || !crypt_unseal(g->crypt, CRYPT_STEP, a, PENDING_CONTEXT, sealed, &rest))
        return false;
    must(str_cut(rest, ' ', &out->user_id, &rest) && take_number(&rest, INT64_MAX, &password) &&
         take_number(&rest, INT64_MAX, &expires) && take_number(&rest, STRENGTH_COUNT - 1, &strength) &&
         str_cut(rest, ' ', &out->via, &out->address)); /* we wrote it */
    out->password_ms = (int64_t)password;
    out->expires_ms = (int64_t)expires;
    out->strength = (enum strength)strength;
    return true;
}

static bool has_number(const struct json *user, str field)
{
    const struct json *v = json_get(user, field);
    return v && v->type == JSON_INT && v->integer > 0;
}

bool has_passkey(const struct json *user)
{
    return has_number(user, S("passkey_count"));
}

bool has_second_factor(const struct json *user)
{
    return item_flag(user, S("totp_enabled"), false) || has_passkey(user);
}

/* What is needed beside the password, sealed. */
static struct signed_in ask_for_more(struct gate *g, struct exchange *x, const struct session_wish *wish, const struct json *user)
{
    struct pending p = {.user_id = wish->user_id,
                        .via = wish->via,
                        .address = x->peer,
                        .password_ms = item_time(user, S("password_changed_at")),
                        .expires_ms = time_now_ms() + (int64_t)LIMIT_PENDING_S * 1000,
                        .strength = wish->strength};
    return (struct signed_in){.pending = seal(g, x->arena, &p),
                              .by_totp = item_flag(user, S("totp_enabled"), false),
                              .by_passkey = has_passkey(user),
                              .by_recovery = has_number(user, S("recovery_left"))};
}

static enum err look(struct gate *g, struct exchange *x, str user_id, const struct json **user, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    struct problem own = {.arena = x->arena};
    enum err e = read_item(g->content, server, S("users"), S("_id"), user_id, x->arena, user, &own);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    return e == ERR_OK ? e : problem_set(why, e, "The account cannot be looked at now");
}

static enum err open_noted(struct gate *g, struct exchange *x, const struct session_wish *wish, struct signed_in *out,
                           struct problem *why)
{
    TRY(session_open(g, x, wish, out, why));
    note_sign_in(g, x, wish->user_id, wish->strength, (str){0});
    return ERR_OK;
}

enum err sign_in_pass(struct gate *g, struct exchange *x, const struct session_wish *wish, struct signed_in *out,
                      struct problem *why)
{
    const struct json *user = NULL; /* a new one is not there yet, and has no second factor */
    TRY(look(g, x, wish->user_id, &user, why));
    bool has_factor = user && has_second_factor(user);
    if (!has_factor || wish->strength >= BY_OIDC) {
        struct session_wish own = *wish;
        own.proof_ms = !has_factor || wish->strength >= BY_SECOND_FACTOR ? wish->proof_ms : 0;
        return open_noted(g, x, &own, out, why);
    }
    if (wish->beside_count) {
        TRY(own_changes_commit(wish->besides, wish->beside_count, why));
        TRY(look(g, x, wish->user_id, &user, why));
    }
    if (user && has_second_factor(user)) {
        *out = ask_for_more(g, x, wish, user);
        return ERR_OK;
    }
    struct session_wish rest = *wish; /* the changes took a planted factor away (SE-6) */
    rest.beside_count = 0;
    return open_noted(g, x, &rest, out, why);
}

void note_sign_in(struct gate *g, const struct exchange *x, str user_id, enum strength strength, str refused)
{
    bool good = str_is_absent(refused);
    struct note n = note_for(x, good ? NOTE_SIGNED_IN : NOTE_SIGN_IN_REFUSED);
    n.collection = S("users");
    n.item = user_id;
    n.user = good ? user_id : (str){0};
    n.strength = strength_name(strength);
    n.reason = refused.len ? refused : (str){0};
    notes_add(g->notes, &n);
}

static enum err refuse_proof(str where, struct problem *why)
{
    return problem_fault(why, ERR_INVALID, where, S("wrong"), "This is not right, or it was used before");
}

enum err factor_take(struct gate *g, struct exchange *x, str user_id, const struct proof *proof, struct own_change *use,
                     enum strength *strength, struct problem *why)
{
    const struct json *user = NULL;
    bool good = false;
    *strength = BY_SECOND_FACTOR;
    TRY(factor_user(g, x, user_id, &user, use, why));
    if (!item_flag(user, S("active"), true))
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in again");
    if (!str_is_absent(proof->code)) {
        if (item_flag(user, S("totp_enabled"), false))
            TRY(take_totp(g, x, user, proof->code, use, &good, why));
        return good ? ERR_OK : refuse_proof(S("/code"), why);
    }
    if (!str_is_absent(proof->recovery)) {
        TRY(take_recovery(g, x, user, proof->recovery, use, &good, why));
        return good ? ERR_OK : refuse_proof(S("/recovery"), why);
    }
    if (proof->passkey) {
        str unused;
        struct problem own = {.arena = x->arena};
        enum err e = passkey_take(g, x, proof->passkey, false, user_id, use, &unused, &own);
        if (e == ERR_OK || e == ERR_UNAUTHENTICATED)
            return e == ERR_OK ? e : refuse_proof(S("/passkey"), why);
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    }
    return problem_fault(why, ERR_INVALID, S("/code"), S("required"), "Show a code, a recovery code or a passkey");
}

/* Somebody else was faster at the item: what was compared may not hold any more, so it is compared again. */
typedef enum err factor_use(void *self, struct own_change *use, enum strength strength, struct problem *why);

static enum err with_factor(struct gate *g, struct exchange *x, str user_id, const struct proof *proof, factor_use *run,
                            void *self, struct problem *why)
{
    TRY(throttle_attempt(g->throttle, ATTEMPT_PROOF, user_id, x->peer, why));
    for (unsigned i = 0;; i++) {
        struct own_change use;
        enum strength strength;
        enum err e = factor_take(g, x, user_id, proof, &use, &strength, why);
        if (e == ERR_INVALID)
            return e; /* counts */
        struct problem own = {.arena = x->arena};
        if (e == ERR_OK)
            e = run(self, &use, strength, &own);
        if (e == ERR_STALE && i < FACTOR_ATTEMPTS && !proof->passkey)
            continue;
        if (e == ERR_OK)
            throttle_passed(g->throttle, ATTEMPT_PROOF, user_id, x->peer);
        else
            throttle_undo(g->throttle, ATTEMPT_PROOF, user_id, x->peer);
        if (own.err != ERR_OK && e != ERR_OK)
            return problem_set(why, e, STR_FMT, STR_ARG(own.text));
        return e;
    }
}

struct turn {
    struct gate *gate;
    struct exchange *x;
    const struct pending *pending;
    struct signed_in *out;
};

static enum err finish_sign_in(void *self, struct own_change *use, enum strength strength, struct problem *why)
{
    struct turn *t = self;
    struct own_change *const besides[] = {use};
    struct session_wish wish = {.user_id = t->pending->user_id,
                                .via = t->pending->via,
                                .strength = strength,
                                .proof_ms = time_now_ms(),
                                .besides = besides,
                                .beside_count = 1};
    return open_noted(t->gate, t->x, &wish, t->out, why);
}

static enum err look_at_pending(struct gate *g, struct exchange *x, str text, struct pending *out, struct problem *why)
{
    const struct json *user = NULL;
    bool holds = unseal(g, x->arena, text, out) && time_now_ms() < out->expires_ms && str_equal(out->address, x->peer);
    if (holds)
        TRY(look(g, x, out->user_id, &user, why));
    if (user && item_time(user, S("password_changed_at")) == out->password_ms)
        return ERR_OK;
    return problem_set(why, ERR_UNAUTHENTICATED, "Sign in again");
}

enum err pending_user(struct gate *g, struct exchange *x, str pending, str *user_id, struct problem *why)
{
    struct pending p;
    TRY(look_at_pending(g, x, pending, &p, why));
    *user_id = p.user_id;
    return ERR_OK;
}

enum err gate_second_factor(struct gate *g, struct exchange *x, str pending, const struct proof *proof, struct signed_in *out,
                            struct problem *why)
{
    struct pending p;
    struct turn turn = {g, x, &p, out};
    if (!comes_from_own_page(x, false))
        return problem_set(why, ERR_FORBIDDEN, "Sign in on the dashboard's own page");
    TRY(gate_catch_up(g, why));
    TRY(look_at_pending(g, x, pending, &p, why));
    enum err e = with_factor(g, x, p.user_id, proof, finish_sign_in, &turn, why);
    if (e == ERR_INVALID || e == ERR_TOO_MANY)
        note_sign_in(g, x, p.user_id, BY_SECOND_FACTOR, e == ERR_INVALID ? S("second_factor") : S("throttled"));
    return e;
}

static enum err renew_session(void *self, struct own_change *use, enum strength strength, struct problem *why)
{
    struct turn *t = self;
    struct own_change *const besides[] = {use};
    const struct principal *who = t->x->who;
    struct session_wish wish = {.strength = who->strength > strength ? who->strength : strength,
                                .proof_ms = time_now_ms(),
                                .besides = besides,
                                .beside_count = use != NULL};
    return session_renew(t->gate, t->x, &wish, t->out, why);
}

enum err gate_step_up(struct gate *g, struct exchange *x, const struct proof *proof, struct signed_in *out, struct problem *why)
{
    struct turn turn = {g, x, NULL, out};
    TRY(need_person(x, why));
    if (x->who->has_second_factor)
        return with_factor(g, x, x->who->user_id, proof, renew_session, &turn, why);
    if (str_is_absent(proof->password))
        return problem_fault(why, ERR_INVALID, S("/password"), S("required"), "Give your password");
    TRY(prove_password(g, x, proof->password, S("/password"), why));
    return renew_session(&turn, NULL, x->who->strength, why);
}

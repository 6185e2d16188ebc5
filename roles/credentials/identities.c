/* Who is behind a secret. Looking somebody up costs a few reads; the answer is remembered by the
 * secret's digest until the journal says that users, keys, sessions or roles changed. Only good answers
 * are remembered: a key made a moment ago works at once, a wrong one costs its look-up each time (and
 * is throttled by the caller).
 *
 * One lock; no call leaves this file while it is held, except counted_use. */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/network.h"
#include "base/time.h"
#include "roles/credentials/tokens.h"

#define SLOTS 4096u /* direct mapped: a newcomer takes the place of whoever had its slot */

struct remembered {
    struct counted counted;           /* first */
    struct arena *arena;
    uint8_t digest[DIGEST_BYTES];
    struct identity identity;
    const struct rights *rights;      /* as of the moment they were asked for; swapped under the lock when … */
    bool is_limited;                  /* … some of it depends on time or address */
    _Atomic(int64_t) touched_ms;      /* sessions: when somebody last set out to write its use down */
};

struct identities {
    pthread_mutex_t lock;
    struct content *content;
    struct policy *policy;
    struct epochs seen;
    _Atomic(uint64_t) stamp;
    struct remembered *slots[SLOTS];
    struct hits hits;
};

const struct hits *identities_hits(const struct identities *i)
{
    return &i->hits;
}

static void drop_remembered(struct counted *self)
{
    struct remembered *r = (struct remembered *)(void *)self;
    counted_release((struct counted *)(uintptr_t)&r->rights->counted);
    arena_close(r->arena);
}

static void forget_all(struct identities *i)
{
    for (size_t k = 0; k < SLOTS; k++) {
        if (i->slots[k])
            counted_release(&i->slots[k]->counted);
        i->slots[k] = NULL;
    }
}

struct identities *identities_open(struct content *content, struct policy *policy)
{
    struct identities *i = calloc(1, sizeof *i);
    must(i != NULL && pthread_mutex_init(&i->lock, NULL) == 0);
    i->content = content;
    i->policy = policy;
    return i;
}

void identities_close(struct identities *i)
{
    if (!i)
        return;
    forget_all(i);
    (void)pthread_mutex_destroy(&i->lock);
    free(i);
}

void identities_catch_up(struct identities *i, const struct epochs *now)
{
    (void)pthread_mutex_lock(&i->lock);
    if (epochs_advance(&i->seen, now)) {
        forget_all(i);
        atomic_store(&i->stamp, i->seen.model + i->seen.policy + i->seen.identity);
    }
    (void)pthread_mutex_unlock(&i->lock);
}

uint64_t identities_stamp(struct identities *i)
{
    return atomic_load(&i->stamp);
}

static size_t slot_of(const uint8_t digest[DIGEST_BYTES])
{
    return (size_t)(digest[0] | digest[1] << 8) % SLOTS;
}

static struct remembered *recall(struct identities *i, const uint8_t digest[DIGEST_BYTES])
{
    (void)pthread_mutex_lock(&i->lock);
    struct remembered *r = i->slots[slot_of(digest)];
    if (r && crypt_equal(r->digest, digest, DIGEST_BYTES) && (!r->identity.ask_again_ms || time_now_ms() < r->identity.ask_again_ms))
        counted_use(&r->counted);
    else
        r = NULL;
    (void)pthread_mutex_unlock(&i->lock);
    (void)hits_count(&i->hits, r != NULL);
    return r;
}

/* Takes over the caller's use of r and leaves it one: two in all. Not kept when the world moved on while
 * the look-up ran. */
static void remember(struct identities *i, struct remembered *r, const struct epochs *looked_at)
{
    (void)pthread_mutex_lock(&i->lock);
    if (looked_at->identity == i->seen.identity && looked_at->policy == i->seen.policy &&
        looked_at->model == i->seen.model) {
        struct remembered **slot = &i->slots[slot_of(r->digest)];
        if (*slot)
            counted_release(&(*slot)->counted);
        counted_use(&r->counted);
        *slot = r;
    }
    (void)pthread_mutex_unlock(&i->lock);
}

size_t identity_roles(const struct identity *id, str *out)
{
    size_t count = 0;
    if (id->kind == PRINCIPAL_USER)
        out[count++] = S(OWN_ROLE);
    for (size_t i = 0; i < id->role_count; i++)
        out[count++] = id->roles[i];
    return count;
}

/* Whoever has signed in holds what everybody has of his own, beside his roles. */
const struct rights *rights_of(struct gate *g, const struct identity *id, const struct moment *now)
{
    str roles[LIMIT_ROLES_GIVEN + 1];
    size_t count = identity_roles(id, roles);
    return policy_rights(g->policy, roles, count, id->scopes, id->scope_count, now);
}

static enum err look_up(struct gate *g, const uint8_t digest[DIGEST_BYTES], struct finder *finder,
                        const struct moment *now, struct remembered **out, struct problem *why)
{
    struct arena *a = arena_open(2048);
    struct remembered *r = NEW(a, struct remembered);
    struct problem own = {.arena = a};
    struct epochs at;
    enum err e = content_catch_up(g->content, &at, &own);
    if (e == ERR_OK)
        e = policy_catch_up(g->policy, &at, &own); /* what is remembered as of `at` is made of nothing older */
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_IDENTIFY);
    if (e == ERR_OK)
        e = finder->find(finder, g, server, a, &r->identity, &own);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    if (e != ERR_OK) {
        why->retry_after_s = own.retry_after_s;
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
        arena_close(a);
        return e;
    }
    r->counted.users = 1;
    r->counted.drop = drop_remembered;
    r->arena = a;
    memcpy(r->digest, digest, DIGEST_BYTES);
    r->rights = rights_of(g, &r->identity, now);
    r->is_limited = r->rights->limit_count > 0;
    remember(g->identities, r, &at);
    *out = r;
    return ERR_OK;
}

static const struct rights *use(const struct rights *r)
{
    counted_use((struct counted *)(uintptr_t)&r->counted);
    return r;
}

/* What this identity may do now. Most hold nothing that is limited, and their rights are simply there. */
static const struct rights *rights_now(struct gate *g, struct remembered *r, const struct moment *now)
{
    if (!r->is_limited)
        return use(r->rights);
    struct identities *i = g->identities;
    (void)pthread_mutex_lock(&i->lock);
    const struct rights *last = use(r->rights);
    (void)pthread_mutex_unlock(&i->lock);
    if (rights_in_force(last, now))
        return last;
    const struct rights *made = rights_of(g, &r->identity, now);
    counted_release((struct counted *)(uintptr_t)&last->counted);
    (void)pthread_mutex_lock(&i->lock);
    last = r->rights;
    r->rights = use(made);
    (void)pthread_mutex_unlock(&i->lock);
    counted_release((struct counted *)(uintptr_t)&last->counted);
    return made;
}

static void release(void *counted)
{
    counted_release(counted);
}

/* Idle sessions are over; the use of the others is written down from time to time, by one of those who ask
 * at that moment. */
static enum err use_session(struct gate *g, struct remembered *r, struct exchange *x, int64_t now, struct problem *why)
{
    int64_t touched = atomic_load(&r->touched_ms);
    int64_t seen = touched > r->identity.seen_ms ? touched : r->identity.seen_ms;
    if (now - seen >= g->session_idle_ms && !r->identity.is_program)
        return identity_refused(why);
    if (now - seen >= session_touch_ms(g) && atomic_compare_exchange_strong(&r->touched_ms, &touched, now))
        session_touch(g, x, r->identity.session_id);
    return ERR_OK;
}

static bool comes_from(str peer, const struct identity *id)
{
    struct network itself; /* also for "unix" */
    return network_read(peer, &itself) && network_has(id->addresses, id->address_count, &itself.at);
}

enum err identities_find(struct gate *g, const uint8_t digest[DIGEST_BYTES], struct exchange *x,
                         struct principal **out, struct problem *why)
{
    struct by_digest by = {{find_by_digest}, digest};
    return identities_find_by(g, digest, &by.finder, x, out, why);
}

void identity_fill(struct principal *who, const struct identity *id)
{
    who->actor.label = id->label;
    who->user_id = id->user_id;
    who->service_id = id->service_id;
    who->service_name = id->service_name;
    who->actor.vars.user = str_is_absent(id->service_id) ? id->user_id : id->service_id;
    who->actor.vars.is_service = !str_is_absent(id->service_id);
    who->user_name = id->user_name;
    who->user_email = id->user_email;
    who->actor.session = id->kind == PRINCIPAL_USER ? id->session_id : id->key_id;
    who->key_id = who->actor.vars.key = id->key_id;
    who->key_generation = id->key_generation;
    who->user_serial = id->user_serial;
    who->session_id = id->session_id;
    who->token_id = id->token_id;
    who->by_token = id->purpose;
    who->actor.is_derived = id->purpose != TOKEN_NONE;
    who->expires_ms = id->expires_ms;
    who->has_second_factor = id->has_second_factor;
    who->strength = id->strength;
    who->proof_ms = id->proof_ms;
    who->actor.is_narrowed = id->scope_count > 0;
}

enum err identities_find_by(struct gate *g, const uint8_t digest[DIGEST_BYTES], struct finder *finder, struct exchange *x,
                            struct principal **out, struct problem *why)
{
    struct remembered *r = recall(g->identities, digest);
    struct moment moment = moment_of(x);
    if (!r)
        TRY(look_up(g, digest, finder, &moment, &r, why));
    arena_on_close(x->arena, release, &r->counted); /* texts and rights live until the answer is sent */
    const struct identity *id = &r->identity;
    int64_t now = moment.now_ms;
    if ((id->expires_ms && now >= id->expires_ms) || now < id->not_before_ms)
        return identity_refused(why);
    if (id->is_bound && !comes_from(x->peer, id))
        return identity_refused(why);
    if (!str_is_absent(id->session_id))
        TRY(use_session(g, r, x, now, why));
    const struct rights *rights = rights_now(g, r, &moment);
    bool must_enrol = id->kind == PRINCIPAL_USER && rights->asks_second_factor && id->strength < BY_OIDC;
    if (must_enrol) {
        counted_release((struct counted *)(uintptr_t)&rights->counted);
        rights = policy_rights(g->policy, NULL, 0, NULL, 0, &moment);
    }
    struct principal *who = principal_make(g, x, id->kind, rights);
    who->must_enrol = must_enrol;
    identity_fill(who, id);
    *out = who;
    return ERR_OK;
}

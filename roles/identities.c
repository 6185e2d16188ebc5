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
#include "content/system/keys/generations.h"
#include "roles/tokens.h"

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
    struct remembered *slots[SLOTS];
};

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
    if (epochs_advance(&i->seen, now))
        forget_all(i);
    (void)pthread_mutex_unlock(&i->lock);
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

static enum err nobody(struct problem *why)
{
    return problem_set(why, ERR_UNAUTHENTICATED, "Authentication failed");
}

static enum err take_user(struct gate *g, const struct rights *server, str user_id, struct arena *a,
                          struct identity *out, struct problem *why)
{
    const struct json *user = NULL;
    TRY(read_item(g->content, server, S("users"), S("_id"), user_id, a, &user, why));
    if (!user || !item_flag(user, S("active"), true))
        return nobody(why);
    out->user_id = user_id;
    out->user_email = item_text(user, S("email"));
    out->user_name = item_text(user, S("name"));
    const struct json *serial = json_get(user, S("serial"));
    out->user_serial = serial && serial->type == JSON_INT ? serial->integer : 0;
    out->has_second_factor = has_second_factor(user);
    return roles_given(g, server, json_get(user, S("roles")), json_get(user, S("groups")), a, out, why);
}

/* A service account acts in its own name: `_cby`, "$user" and the journal say its id. */
static enum err take_service(struct gate *g, const struct rights *server, str id, struct arena *a, struct identity *out,
                             struct problem *why)
{
    const struct json *account = NULL;
    TRY(read_item(g->content, server, S("service_accounts"), S("_id"), id, a, &account, why));
    if (!account || !item_flag(account, S("active"), true))
        return nobody(why);
    out->kind = PRINCIPAL_SERVICE;
    out->service_id = id;
    out->service_name = item_text(account, S("name"));
    out->label = arena_format(a, "service " STR_FMT, STR_ARG(out->service_name));
    return roles_given(g, server, json_get(account, S("roles")), json_get(account, S("groups")), a, out, why);
}

/* The person or the service account that an item of theirs names. */
static enum err take_owner(struct gate *g, const struct rights *server, const struct json *item, struct arena *a,
                           struct identity *out, struct problem *why)
{
    str user = item_text(item, S("user")), account = item_text(item, S("service_account"));
    if (!str_is_absent(user))
        return take_user(g, server, user, a, out, why);
    return str_is_absent(account) ? nobody(why) : take_service(g, server, account, a, out, why);
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
        return roles_given(g, server, role, NULL, a, out, why);
    return take_owner(g, server, key, a, out, why);
}

static enum err find_key(struct gate *g, const struct rights *server, str id, struct arena *a, const struct json **out,
                         struct problem *why)
{
    *out = NULL;
    TRY(read_item(g->content, server, S("api_keys"), S("_id"), id, a, out, why));
    return *out && !item_flag(*out, S("disabled"), false) ? ERR_OK : nobody(why);
}

/* Behind the secret in this slot of the vault, as long as the key knows of it. */
static enum err identity_of_secret(struct gate *g, const struct rights *server, str id, str slot, struct arena *a,
                                   struct identity *out, struct problem *why)
{
    const struct json *key;
    struct key_generation generation;
    TRY(find_key(g, server, id, a, &key, why));
    if (!key_generation_of(key, slot, &generation))
        return nobody(why);
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
        return nobody(why);
    return take_key(g, server, key, generation, a, out, why);
}

enum err identity_of_session(struct gate *g, const struct rights *server, str id, struct arena *a, struct identity *out,
                             struct problem *why)
{
    const struct json *session = NULL;
    TRY(read_item(g->content, server, S("sessions"), S("_id"), id, a, &session, why));
    if (!session)
        return nobody(why);
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
enum err identity_of_token(struct gate *g, const struct rights *server, str id, struct arena *a, struct identity *out,
                           struct problem *why)
{
    const struct json *token = NULL;
    size_t count = 0;
    TRY(read_item(g->content, server, S("tokens"), S("_id"), id, a, &token, why));
    if (!token || !str_equal(item_text(token, S("kind")), S("api")))
        return nobody(why);
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

struct by_digest {
    struct finder finder; /* first */
    const uint8_t *digest;
};

static enum err take_holder(struct finder *self, struct gate *g, const struct rights *server, struct arena *a,
                            struct identity *out, struct problem *why)
{
    const uint8_t *digest = ((const struct by_digest *)(void *)self)->digest;
    str collection, item, field;
    enum err e = content_by_digest(g->content, digest, a, &collection, &item, &field);
    if (e == ERR_NOT_FOUND)
        return nobody(why);
    if (e != ERR_OK)
        return problem_set(why, e, "Credentials cannot be checked now");
    if (str_equal(collection, S("api_keys")))
        return identity_of_secret(g, server, item, field, a, out, why);
    if (str_equal(collection, S("sessions")))
        return identity_of_session(g, server, item, a, out, why);
    return nobody(why);
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
        return nobody(why);
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
    struct by_digest by = {{take_holder}, digest};
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
        return nobody(why);
    if (id->is_bound && !comes_from(x->peer, id))
        return nobody(why);
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

enum err identity_of_service(struct gate *g, const struct rights *server, str id, struct arena *a, struct identity *out,
                             struct problem *why)
{
    return take_service(g, server, id, a, out, why);
}

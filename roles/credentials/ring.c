/* The ring of signing keys: items of signing_keys with their secrets, remembered until one of them changes. */
#include "roles/credentials/tokens.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "content/kind.h"

static void drop_ring(struct counted *self)
{
    arena_close(((struct ring *)(void *)self)->arena);
}

static void wipe_secret(void *key)
{
    struct jwt_key *k = key;
    crypt_wipe((void *)(uintptr_t)k->sign.at, k->sign.len);
}

static bool take_purpose(str name, struct ring_key *out)
{
    for (enum token_purpose p = TOKEN_API; p < TOKEN_PURPOSE_COUNT; p++) {
        const struct token_purpose_facts *facts = token_purpose_facts(p);
        if (!str_equal(facts->name, name))
            continue;
        out->purpose = p;
        out->key.algorithm = facts->algorithm;
        return true;
    }
    return false;
}

/* The secret is a seed of Ed25519, or the bytes that HS256 shares with itself. */
static void take_secret(struct arena *a, str secret, struct ring_key *out)
{
    struct ed25519_pair pair;
    if (out->key.algorithm == JWT_HS256) {
        out->key.sign = out->key.verify = arena_copy(a, secret);
        return;
    }
    ed25519_pair_of((const uint8_t *)secret.at, &pair);
    out->key.sign = arena_copy(a, (str){(const char *)pair.secret, sizeof pair.secret});
    out->key.verify = arena_copy(a, (str){(const char *)pair.public, sizeof pair.public});
    out->public = base64url_encode(a, out->key.verify);
    crypt_wipe(&pair, sizeof pair);
}

/* A key that is shorter than it must be signs nothing and verifies nothing: the ring does not load (SE-4). */
static enum err load_key(struct gate *g, const struct collection *c, const struct json *item, struct arena *a,
                         struct ring_key *out, struct problem *why)
{
    str plain = {0}, secret;
    out->key.kid = item_text(item, S("kid"));
    out->active = item_flag(item, S("active"), false);
    out->retires_ms = item_time(item, S("retires_at"));
    bool known = take_purpose(item_text(item, S("purpose")), out) &&
                 str_equal(item_text(item, S("algorithm")), jwt_algorithm_name(out->key.algorithm));
    TRY(content_secret(g->content, c, item_text(item, S("_id")), collection_field(c, S("secret")), a, &plain, why));
    if (!known || !base64url_decode(a, plain, &secret) || secret.len < ED25519_SEED_BYTES)
        return problem_set(why, ERR_INTERNAL, "The signing key " STR_FMT " is damaged", STR_ARG(out->key.kid));
    take_secret(a, secret, out);
    crypt_wipe((void *)(uintptr_t)secret.at, secret.len);
    crypt_wipe((void *)(uintptr_t)plain.at, plain.len);
    arena_on_close(a, wipe_secret, &out->key);
    return ERR_OK;
}

static enum err load(struct gate *g, struct ring **out, struct problem *why)
{
    struct arena *a = arena_open(4096);
    struct ring *r = NEW(a, struct ring);
    struct problem own = {.arena = a};
    struct item_list items;
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_IDENTIFY);
    const struct collection *c = model_find(server->model, S("signing_keys"));
    enum err e = read_items(g->content, server, S("signing_keys"), NULL, a, &items, &own);
    struct ring_key *keys = NEW_N(a, struct ring_key, e == ERR_OK ? items.count : 0);
    for (size_t i = 0; e == ERR_OK && i < items.count; i++)
        e = load_key(g, c, &items.items[i], a, &keys[i], &own);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    if (e != ERR_OK) {
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
        arena_close(a);
        return e;
    }
    *r = (struct ring){.counted = {1, drop_ring}, .arena = a, .keys = keys, .count = items.count};
    *out = r;
    return ERR_OK;
}

enum err ring_use(struct gate *g, const struct ring **out, struct problem *why)
{
    struct epochs now;
    enum err e = ERR_OK;
    TRY(content_catch_up(g->content, &now, why));
    (void)pthread_mutex_lock(&g->ring_lock);
    if (!g->ring || g->ring_epoch < now.ring) {
        struct ring *fresh = NULL;
        e = load(g, &fresh, why);
        if (e == ERR_OK) {
            counted_release(g->ring ? (struct counted *)(uintptr_t)&g->ring->counted : NULL);
            g->ring = fresh;
            g->ring_epoch = now.ring;
        }
    }
    if (e == ERR_OK) {
        counted_use((struct counted *)(uintptr_t)&g->ring->counted);
        *out = g->ring;
    }
    (void)pthread_mutex_unlock(&g->ring_lock);
    return e;
}

const struct ring_key *ring_find(const struct ring *r, str kid, int64_t now_ms)
{
    for (size_t i = 0; i < r->count; i++)
        if (!str_is_absent(kid) && str_equal(r->keys[i].key.kid, kid))
            return r->keys[i].retires_ms == 0 || now_ms < r->keys[i].retires_ms ? &r->keys[i] : NULL;
    return NULL;
}

const struct ring_key *ring_active(const struct ring *r, enum token_purpose purpose)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->keys[i].purpose == purpose && r->keys[i].active)
            return &r->keys[i];
    return NULL;
}

static enum err make_key(struct gate *g, enum token_purpose purpose, struct problem *why)
{
    struct own_change key;
    struct problem own = {.arena = why->arena};
    own_change_begin(&key, g, why->arena, SYSTEM_FIRST_START, S("signing_keys"), OP_CREATE);
    own_set_text(&key, S("purpose"), token_purpose_facts(purpose)->name);
    enum err e = own_change_commit(&key, &own);
    if (e == ERR_OK || e == ERR_CONFLICT) /* another process has just started, too */
        return ERR_OK;
    return problem_set(why, e, "A signing key could not be made: " STR_FMT, STR_ARG(own.text));
}

enum err ring_first_start(struct gate *g, struct problem *why)
{
    const struct ring *r = NULL;
    enum err e = ERR_OK;
    TRY(ring_use(g, &r, why));
    for (enum token_purpose p = TOKEN_API; e == ERR_OK && p < TOKEN_PURPOSE_COUNT; p++)
        if (!g->read_only && !ring_active(r, p))
            e = make_key(g, p, why);
    counted_release((struct counted *)(uintptr_t)&r->counted);
    return e;
}

enum err gate_jwks(struct gate *g, struct arena *a, struct json *out, struct problem *why)
{
    const struct ring *r = NULL;
    TRY(ring_use(g, &r, why));
    struct json *list = NEW_N(a, struct json, r->count);
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (str_is_absent(r->keys[i].public))
            continue;
        struct json *m = NEW_N(a, struct json, 6);
        m[0] = json_named(S("kty"), json_of_text(S("OKP")));
        m[1] = json_named(S("crv"), json_of_text(S("Ed25519")));
        m[2] = json_named(S("use"), json_of_text(S("sig")));
        m[3] = json_named(S("alg"), json_of_text(S("EdDSA")));
        m[4] = json_named(S("kid"), json_of_text(arena_copy(a, r->keys[i].key.kid)));
        m[5] = json_named(S("x"), json_of_text(arena_copy(a, r->keys[i].public)));
        list[count++] = json_of_map(m, 6);
    }
    counted_release((struct counted *)(uintptr_t)&r->counted);
    *out = json_of_list(list, count);
    return ERR_OK;
}

/* What tokens are signed with. A key is random, made here, kept sealed, and replaced rather than changed: the
 * old one goes on verifying until the last token that it signed has run out. */
#include "base/crypt.h"
#include "base/time.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/people/standing.h"

#define SECRET_BYTES 32
#define KID_LENGTH 12

/* Purposes, their algorithms, and how long the longest-lived token of theirs lasts (roles/credentials/token_purposes.c). */
static const struct {
    str purpose, algorithm;
    int64_t overlap_ms;
} rings[] = {
    {STR("api"), STR("EdDSA"), INT64_C(24) * 3600 * 1000},
    {STR("registry"), STR("EdDSA"), INT64_C(10) * 60 * 1000},
    {STR("zenml"), STR("HS256"), INT64_C(30) * 24 * 3600 * 1000},
    {STR("notary"), STR("HS256"), INT64_C(3600) * 1000},
    {STR("chutes"), STR("HS256"), INT64_C(7) * 24 * 3600 * 1000},
    {STR("files"), STR("HS256"), INT64_C(3600) * 1000},
};

static void put(struct change *c, str name, struct json v)
{
    const struct field *f = collection_field(c->in, name);
    must(f != NULL);
    c->values[f->index] = json_named(name, v);
    field_set_add(&c->set, f->index);
}

static struct json time_value(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return json_of_text(buf_str(&b));
}

static size_t ring_of(str purpose)
{
    for (size_t i = 0; i < COUNTOF(rings); i++)
        if (str_equal(rings[i].purpose, purpose))
            return i;
    return COUNTOF(rings);
}

static enum err before_create(struct work *w, struct change *c, struct problem *why)
{
    struct arena *a = work_arena(w);
    const struct json *purpose = value_to_be(c, NULL, S("purpose"));
    size_t ring = purpose && purpose->type == JSON_TEXT ? ring_of(purpose->text) : COUNTOF(rings);
    uint8_t secret[SECRET_BYTES];
    if (ring == COUNTOF(rings))
        return problem_fault(why, ERR_INVALID, S("/purpose"), S("required"), "A signing key has a purpose");
    crypt_random(secret, sizeof secret);
    put(c, S("kid"), json_of_text(crypt_random_text(a, alphabet_base62, KID_LENGTH)));
    put(c, S("algorithm"), json_of_text(rings[ring].algorithm));
    put(c, S("secret"), json_of_text(base64url_encode(a, (str){(const char *)secret, sizeof secret})));
    put(c, S("active"), json_true);
    put(c, S("created_at"), time_value(a, work_now_ms(w)));
    if (str_equal(rings[ring].algorithm, S("EdDSA"))) {
        struct ed25519_pair pair;
        ed25519_pair_of(secret, &pair);
        put(c, S("public"), json_of_text(base64url_encode(a, (str){(const char *)pair.public, sizeof pair.public})));
        crypt_wipe(&pair, sizeof pair);
    }
    crypt_wipe(secret, sizeof secret);
    return ERR_OK;
}

static bool is_active(const struct json *item)
{
    const struct json *active = json_get(item, S("active"));
    return active && active->type == JSON_BOOL && active->boolean;
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op == OP_CREATE)
        return before_create(w, c, why);
    if (c->op == OP_DELETE && is_active(present))
        return problem_set(why, ERR_CONFLICT, "This key signs; replace it first (rotate), then the old one can go");
    return ERR_OK;
}

/* Input {"overlap_s": N}: how long the old key verifies; none: as long as its tokens live; 0: they end now. */
static enum err read_overlap(const struct json *input, int64_t most_ms, int64_t *out, struct problem *why)
{
    const struct json *v = json_get(input, S("overlap_s"));
    *out = most_ms;
    if (!v || v->type == JSON_NULL)
        return ERR_OK;
    if (v->type != JSON_INT || v->integer < 0 || v->integer > most_ms / 1000)
        return problem_fault(why, ERR_INVALID, S("/overlap_s"), S("range"), "overlap_s is a number of seconds from 0 to %lld",
                             (long long)(most_ms / 1000));
    *out = v->integer * 1000;
    return ERR_OK;
}

static enum err retire(struct work *w, const struct collection *c, str id, int64_t overlap_ms, struct problem *why)
{
    struct change old = {.op = OP_UPDATE, .in = c, .id = id, .values = NEW_N(work_arena(w), struct json, c->field_count)};
    put(&old, S("active"), json_false);
    put(&old, S("retires_at"), time_value(work_arena(w), work_now_ms(w) + overlap_ms));
    return work_change(w, &old, why);
}

static enum err rotate(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output,
                       struct problem *why)
{
    const struct json *present = NULL;
    int64_t overlap_ms = 0;
    TRY(work_get(w, c->name, id, &present, why));
    str purpose = json_get(present, S("purpose"))->text;
    if (!is_active(present))
        return problem_set(why, ERR_CONFLICT, "This key was replaced already");
    TRY(read_overlap(input, rings[ring_of(purpose)].overlap_ms, &overlap_ms, why));
    TRY(retire(w, c, id, overlap_ms, why));
    struct change fresh = {.op = OP_CREATE, .in = c, .values = NEW_N(work_arena(w), struct json, c->field_count)};
    put(&fresh, S("purpose"), json_of_text(purpose));
    TRY(work_change(w, &fresh, why));
    struct json *m = NEW_N(work_arena(w), struct json, 2);
    m[0] = json_named(S("_id"), json_of_text(fresh.result_id));
    m[1] = json_named(S("kid"), fresh.values[collection_field(c, S("kid"))->index]);
    m[1].name = S("kid");
    *output = json_of_map(m, 2);
    return ERR_OK;
}

static const struct action_code actions[] = {{.name = STR("rotate"), .run = rotate}};
const struct behaviour behaviour_signing_keys = {
    .collection = STR("signing_keys"), .before = before, .actions = actions, .action_count = COUNTOF(actions)};

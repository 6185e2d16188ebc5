/* From a signed token to the one item it names, and to the principal behind that (security SE-4, SE-5).
 *
 * The token's own words count only after a key of the ring has verified it, and then they say no more than
 * which item to look up. What that item's owner may do is looked up as for every other credential. */
#include "roles/credentials/tokens.h"

#include "base/crypt.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"

bool token_looks_right(str text)
{
    size_t dots = 0;
    for (size_t i = 0; i < text.len; i++)
        dots += text.at[i] == '.';
    return dots == 2 && text.len <= LIMIT_TOKEN_BYTES && !str_starts(text, S("cpk_"));
}

static enum err refuse(struct problem *why)
{
    return problem_set(why, ERR_UNAUTHENTICATED, "Authentication failed");
}

str gate_server_id(struct gate *g, struct arena *a)
{
    uint8_t digest[DIGEST_BYTES];
    char hex[2 * 16];
    crypt_digest(g->crypt, CRYPT_STEP, S("server id"), digest);
    for (size_t i = 0; i < 16; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    return arena_format(a, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

/* The id in a claim, {0} when there is none; *fits false when there is something else. */
static str claimed(const struct token_purpose_facts *p, const struct json *claims, str name, struct arena *a, bool *fits)
{
    const struct json *v = str_is_absent(name) ? NULL : json_get(claims, name);
    if (!v || v->type == JSON_NULL || (v->type == JSON_TEXT && v->text.len == 0)) /* a role's key has no owner */
        return (str){0};
    char id[ID_LENGTH];
    if (v->type == JSON_TEXT && p->uuids && uuid_id(v->text, id))
        return arena_copy(a, (str){id, ID_LENGTH});
    if (v->type == JSON_TEXT && !p->uuids && id_valid(v->text))
        return arena_copy(a, v->text);
    *fits = false;
    return (str){0};
}

/* Made by the registry for whoever did not say who he is. */
static enum err take_public(struct gate *g, struct arena *a, struct identity *out)
{
    str *role = NEW(a, str);
    *role = policy_public_role(g->policy, a);
    out->kind = PRINCIPAL_PUBLIC;
    out->label = S("public");
    out->roles = role;
    out->role_count = !str_is_absent(*role);
    return ERR_OK;
}

static enum err take_row(struct gate *g, const struct rights *server, const struct token_purpose_facts *p,
                         const struct json *claims, struct arena *a, struct identity *out, struct problem *why)
{
    bool fits = true;
    str session = claimed(p, claims, p->session, a, &fits), key = claimed(p, claims, p->key, a, &fits);
    str token = claimed(p, claims, p->token, a, &fits);
    const struct json *generation = json_get(claims, S("gen"));
    int named = !str_is_absent(session) + !str_is_absent(key) + !str_is_absent(token);
    if (fits && named == 0 && p->purpose == TOKEN_REGISTRY)
        return take_public(g, a, out);
    if (!fits || named != 1)
        return refuse(why);
    if (!str_is_absent(token))
        return identity_of_token(g, server, token, p->purpose, a, out, why);
    if (!str_is_absent(session))
        return identity_of_session(g, server, session, a, out, why);
    if (!generation || generation->type != JSON_INT || generation->integer < 1)
        return refuse(why);
    return identity_of_key(g, server, key, (uint32_t)generation->integer, a, out, why);
}

/* Tokens of the registry may carry what was granted when they were made: repositories and actions. */
static enum err narrow(const struct json *claims, struct arena *a, struct identity *out, struct problem *why)
{
    const struct json *scopes = json_get(claims, S("scopes"));
    size_t count = 0;
    if (!scopes)
        return ERR_OK;
    const struct json *own = NULL;
    TRY(json_read(a, json_print(a, scopes), NULL, (str){0}, &own, why));
    const struct scope *list = scopes_of(a, own, &count);
    if (count > 0)
        out->scopes = scopes_narrow(a, out->scopes, out->scope_count, list, count, &out->scope_count);
    return ERR_OK;
}

static bool is_subject(const struct token_purpose_facts *p, const struct json *claims, const struct identity *id,
                       struct arena *a)
{
    bool fits = true;
    str subject = claimed(p, claims, p->subject, a, &fits);
    str owner = str_is_absent(id->service_id) ? id->user_id : id->service_id;
    return fits && str_equal(subject, owner);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 ? b : b == 0 ? a : a < b ? a : b;
}

struct bearer {
    struct finder finder; /* first */
    str token;
};

static enum err read_claims(struct gate *g, const struct ring *r, str token, struct arena *a,
                            const struct token_purpose_facts **p, const struct json **claims, int64_t *retires_ms,
                            struct problem *why)
{
    struct jwt jwt;
    int64_t now = time_now_ms();
    TRY(jwt_read(a, token, &jwt, why));
    const struct ring_key *key = ring_find(r, jwt.kid, now);
    if (!key)
        return refuse(why);
    *p = token_purpose_facts(key->purpose);
    *retires_ms = key->retires_ms;
    struct jwt_rules rules = {.issuer = gate_server_id(g, a),
                              .audience = token_audience(g, a, key->purpose),
                              .now_ms = now,
                              .skew_s = (*p)->skew_s,
                              .needs_expiry = true};
    TRY(jwt_verify(&jwt, &key->key, why));
    return jwt_claims(a, &jwt, &rules, claims, why);
}

static enum err find(struct finder *self, struct gate *g, const struct rights *server, struct arena *a,
                     struct identity *out, struct problem *why)
{
    const struct bearer *b = (const struct bearer *)(void *)self;
    const struct token_purpose_facts *p = NULL;
    const struct json *claims = NULL;
    const struct ring *r = NULL;
    TRY(ring_use(g, &r, why));
    int64_t retires_ms = 0;
    enum err e = read_claims(g, r, b->token, a, &p, &claims, &retires_ms, why);
    counted_release((struct counted *)(uintptr_t)&r->counted);
    if (e == ERR_UNAUTHENTICATED)
        return refuse(why);
    TRY(e);
    TRY(take_row(g, server, p, claims, a, out, why));
    TRY(narrow(claims, a, out, why));
    if (!is_subject(p, claims, out, a))
        return refuse(why);
    int64_t expires = json_get(claims, S("exp"))->integer * 1000 + (int64_t)p->skew_s * 1000;
    out->expires_ms = earlier(out->expires_ms, earlier(expires, retires_ms));
    out->purpose = p->purpose;
    return ERR_OK;
}

/* Tokens of the registry open the registry and nothing else, and the registry is opened by no others. */
static bool fits_path(const struct principal *who, const struct exchange *x)
{
    bool is_registry = str_starts(x->path, S("/v2/")) || str_starts(x->path, S("/oras/"));
    return (who->by_token == TOKEN_REGISTRY) == is_registry;
}

enum err by_token(struct gate *g, struct exchange *x, str token, struct principal **out, struct problem *why)
{
    struct bearer b = {.finder = {find}, .token = token};
    uint8_t digest[DIGEST_BYTES];
    crypt_digest(g->crypt, CRYPT_TOKEN_DIGEST, token, digest);
    TRY(identities_find_by(g, digest, &b.finder, x, out, why));
    return fits_path(*out, x) ? ERR_OK : refuse(why);
}

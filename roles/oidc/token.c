/* An ID token (OpenID Connect Core 3.1.3.7). Who signs is decided by the provider's list of keys, never by
 * the token: its header names one of three algorithms and a key, and the key must be of that algorithm. A
 * shared secret signs nothing here, so that nobody signs with what is public (SE-4). */
#include "base/crypt.h"
#include "base/jwt.h"
#include "base/limits.h"
#include "roles/oidc/oidc.h"

#define SKEW_S 60u

static const struct {
    str name;
    enum pubkey_algorithm algorithm;
} algorithms[] = {
    {STR("RS256"), PUBKEY_RS256},
    {STR("ES256"), PUBKEY_ES256},
    {STR("EdDSA"), PUBKEY_EDDSA},
};

static enum err refuse(struct problem *why, const char *reason)
{
    return problem_set(why, ERR_UNAUTHENTICATED, "The identity provider's token is not valid: %s", reason);
}

enum err id_token_kid(struct arena *a, str token, str *kid, struct problem *why)
{
    struct jwt t;
    TRY(jwt_read(a, token, &t, why));
    *kid = t.kid;
    return ERR_OK;
}

static enum err verify(struct arena *a, struct jwt *t, const struct json *keys, struct problem *why)
{
    for (size_t i = 0; i < COUNTOF(algorithms); i++) {
        struct pubkey theirs;
        if (!str_equal(t->algorithm, algorithms[i].name))
            continue;
        if (!pubkey_of_jwks(a, keys, algorithms[i].algorithm, t->kid, &theirs))
            return refuse(why, "no key of the provider fits it");
        struct jwt_key key = jwt_key_of(&theirs, t->kid);
        return jwt_verify(t, &key, why);
    }
    return refuse(why, "its algorithm is not taken here");
}

/* Several audiences are believed only when the token says that it was made for us (3.1.3.7, 3 to 5). */
static enum err check_party(const struct json *claims, str client_id, struct problem *why)
{
    const struct json *aud = json_get(claims, S("aud")), *azp = json_get(claims, S("azp"));
    bool several = aud && aud->type == JSON_LIST && aud->count > 1;
    if (azp ? azp->type != JSON_TEXT || !str_equal(azp->text, client_id) : several)
        return refuse(why, "it was made for somebody else");
    return ERR_OK;
}

static bool equals(str a, str b)
{
    return a.len == b.len && a.len > 0 && crypt_equal(a.at, b.at, a.len);
}

/* The left half of the hash that goes with the algorithm (3.1.3.6). */
static bool access_token_fits(struct arena *a, const struct jwt *t, str at_hash, str access_token)
{
    uint8_t hash[64];
    bool is_long = str_equal(t->algorithm, S("EdDSA"));
    if (is_long)
        crypt_sha512(access_token, hash);
    else
        crypt_sha256(access_token, hash);
    str half = base64url_encode(a, (str){(const char *)hash, is_long ? 32 : 16});
    return !str_is_absent(access_token) && equals(half, at_hash);
}

static enum err check_binding(struct arena *a, const struct jwt *t, const struct json *claims, const struct id_token_rules *rules,
                              struct problem *why)
{
    const struct json *at_hash = json_get(claims, S("at_hash"));
    const struct json *iat = json_get(claims, S("iat"));
    if (!equals(item_text(claims, S("nonce")), rules->nonce))
        return refuse(why, "its nonce is another one");
    if (at_hash && (at_hash->type != JSON_TEXT || !access_token_fits(a, t, at_hash->text, rules->access_token)))
        return refuse(why, "it does not belong to the access token beside it");
    if (!iat || iat->type != JSON_INT || iat->integer * 1000 > rules->now_ms + (int64_t)SKEW_S * 1000 ||
        iat->integer * 1000 < rules->now_ms - (int64_t)LIMIT_FLOW_S * 1000)
        return refuse(why, "it was not made just now");
    return ERR_OK;
}

static bool has_controls(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f)
            return true;
    return false;
}

static enum err take(const struct json *claims, struct id_claims *out, struct problem *why)
{
    str name = item_text(claims, S("name"));
    *out = (struct id_claims){
        .subject = item_text(claims, S("sub")),
        .email = item_text(claims, S("email")),
        .full_name = name.len <= 200 && !has_controls(name) ? name : (str){0},
        .email_verified = item_flag(claims, S("email_verified"), false),
        .all = claims,
    };
    if (out->subject.len == 0 || out->subject.len > 255 || has_controls(out->subject))
        return refuse(why, "it does not say whom it is about");
    return ERR_OK;
}

enum err id_token_read(struct arena *a, str token, const struct id_token_rules *rules, struct id_claims *out, struct problem *why)
{
    struct jwt t;
    const struct json *claims;
    struct jwt_rules common = {.issuer = rules->issuer, .audience = rules->client_id, .now_ms = rules->now_ms, .skew_s = SKEW_S,
                               .needs_expiry = true};
    TRY(jwt_read(a, token, &t, why));
    TRY(verify(a, &t, rules->keys, why));
    TRY(jwt_claims(a, &t, &common, &claims, why));
    TRY(check_party(claims, rules->client_id, why));
    TRY(check_binding(a, &t, claims, rules, why));
    return take(claims, out, why);
}

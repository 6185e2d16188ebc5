#include "base/jwt.h"

#include "base/crypt.h"
#include "base/limits.h"

static enum err refuse(struct problem *why, const char *what)
{
    return problem_set(why, ERR_UNAUTHENTICATED, "The token %s.", what);
}

/* ---- algorithms ---- */

static bool verify_eddsa(const struct jwt_key *key, str text, str signature)
{
    return ed25519_verify(key->verify, text, signature);
}

static str sign_eddsa(struct arena *a, str key, str text)
{
    must(key.len == ED25519_SECRET_BYTES);
    uint8_t *signature = arena_get(a, ED25519_SIGNATURE_BYTES, 1);
    ed25519_sign((const uint8_t *)key.at, text, signature);
    return (str){(const char *)signature, ED25519_SIGNATURE_BYTES};
}

static bool verify_hs256(const struct jwt_key *key, str text, str signature)
{
    uint8_t code[HMAC_SHA256_BYTES];
    if (key->verify.len < LIMIT_TOKEN_KEY_BYTES || signature.len != sizeof code)
        return false;
    hmac_sha256(key->verify, text, code);
    return crypt_equal(code, signature.at, sizeof code);
}

static str sign_hs256(struct arena *a, str key, str text)
{
    must(key.len >= LIMIT_TOKEN_KEY_BYTES);
    uint8_t *code = arena_get(a, HMAC_SHA256_BYTES, 1);
    hmac_sha256(key, text, code);
    return (str){(const char *)code, HMAC_SHA256_BYTES};
}

static bool verify_others(const struct jwt_key *key, str text, str signature)
{
    enum pubkey_algorithm wanted = key->algorithm == JWT_ES256 ? PUBKEY_ES256 : PUBKEY_RS256;
    return key->others.algorithm == wanted && pubkey_verify(&key->others, PUBKEY_RAW, text, signature);
}

static const struct algorithm {
    str name;
    bool (*verify)(const struct jwt_key *key, str text, str signature);
    str (*sign)(struct arena *a, str key, str text); /* NULL: not ours */
} algorithms[] = {
    [JWT_EDDSA] = {STR("EdDSA"), verify_eddsa, sign_eddsa},
    [JWT_HS256] = {STR("HS256"), verify_hs256, sign_hs256},
    [JWT_ES256] = {STR("ES256"), verify_others, NULL},
    [JWT_RS256] = {STR("RS256"), verify_others, NULL},
};

static const struct algorithm *algorithm_of(enum jwt_algorithm algorithm)
{
    must((size_t)algorithm < COUNTOF(algorithms));
    return &algorithms[algorithm];
}

str jwt_algorithm_name(enum jwt_algorithm algorithm)
{
    return algorithm_of(algorithm)->name;
}

bool jwt_algorithm_of(str name, enum jwt_algorithm *out)
{
    for (size_t i = 0; i < COUNTOF(algorithms); i++) {
        if (str_equal(name, algorithms[i].name)) {
            *out = (enum jwt_algorithm)i;
            return true;
        }
    }
    return false;
}

struct jwt_key jwt_key_of(const struct pubkey *others, str kid)
{
    static const enum jwt_algorithm same[] = {
        [PUBKEY_ES256] = JWT_ES256, [PUBKEY_RS256] = JWT_RS256, [PUBKEY_EDDSA] = JWT_EDDSA};
    must((size_t)others->algorithm < COUNTOF(same));
    return (struct jwt_key){.algorithm = same[others->algorithm],
                            .kid = kid,
                            .verify = others->algorithm == PUBKEY_EDDSA ? others->x : (str){0},
                            .others = *others};
}

/* ---- writing ---- */

static str write_header(struct arena *a, const struct jwt_key *key)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, a, LIMIT_TOKEN_BYTES);
    json_begin(&w, &b);
    json_map_open(&w);
    json_name(&w, S("alg"));
    json_text(&w, jwt_algorithm_name(key->algorithm));
    json_name(&w, S("typ"));
    json_text(&w, S("JWT"));
    if (!str_is_absent(key->kid)) {
        json_name(&w, S("kid"));
        json_text(&w, key->kid);
    }
    json_map_close(&w);
    json_end(&w);
    return buf_str(&b);
}

enum err jwt_write(struct arena *a, const struct jwt_key *key, str claims, str *out,
                   struct problem *why)
{
    struct buf b;
    const struct algorithm *algorithm = algorithm_of(key->algorithm);
    must(algorithm->sign != NULL);
    buf_init(&b, a, LIMIT_TOKEN_BYTES);
    buf_add(&b, base64url_encode(a, write_header(a, key)));
    buf_byte(&b, '.');
    buf_add(&b, base64url_encode(a, claims));
    str signature = algorithm->sign(a, key->sign, buf_str(&b));
    buf_byte(&b, '.');
    buf_add(&b, base64url_encode(a, signature));
    if (buf_done(&b, out) != ERR_OK)
        return problem_set(why, ERR_TOO_LARGE, "The token would be longer than %u bytes.",
                           LIMIT_TOKEN_BYTES);
    return ERR_OK;
}

/* ---- reading ---- */

/* The member's text, absent when the member is; false when it is of another type. */
static bool text_member(const struct json *map, str name, str *out)
{
    const struct json *v = json_get(map, name);
    if (v != NULL && v->type != JSON_TEXT)
        return false;
    *out = v == NULL ? (str){0} : v->text;
    return true;
}

static enum err read_header(struct arena *a, str text, struct jwt *t, struct problem *why)
{
    /* Keys and places to get keys from, and things that must be understood, which is none. */
    static const str refused[] = {STR("jwk"), STR("jku"), STR("x5u"), STR("x5c"), STR("crit")};
    const struct json *header = NULL;
    if (json_read(a, text, NULL, S(""), &header, NULL) != ERR_OK || header->type != JSON_MAP)
        return refuse(why, "has a header that is no JSON object");
    for (size_t i = 0; i < COUNTOF(refused); i++)
        if (json_get(header, refused[i]) != NULL)
            return problem_set(why, ERR_UNAUTHENTICATED,
                               "The token's header has \"" STR_FMT "\", which is never followed.",
                               STR_ARG(refused[i]));
    if (!text_member(header, S("alg"), &t->algorithm) || !text_member(header, S("typ"), &t->type) ||
        !text_member(header, S("kid"), &t->kid))
        return refuse(why, "has a header whose members have the wrong types");
    return t->algorithm.len > 0 ? ERR_OK : refuse(why, "names no algorithm");
}

enum err jwt_read(struct arena *a, str token, struct jwt *out, struct problem *why)
{
    str header, claims, signature, rest, header_text;
    struct jwt t = {0};
    if (token.len > LIMIT_TOKEN_BYTES)
        return refuse(why, "is too long");
    if (!str_cut(token, '.', &header, &rest) || !str_cut(rest, '.', &claims, &signature))
        return refuse(why, "does not have three parts");
    /* A dot more is in the signature's text now, where base64url has none. */
    if (!base64url_decode(a, header, &header_text) || !base64url_decode(a, claims, &t.unverified) ||
        !base64url_decode(a, signature, &t.signature))
        return refuse(why, "is not base64url");
    if (t.signature.len == 0)
        return refuse(why, "is not signed");
    t.signed_text = str_slice(token, 0, header.len + 1 + claims.len);
    TRY(read_header(a, header_text, &t, why));
    *out = t;
    return ERR_OK;
}

enum err jwt_verify(struct jwt *t, const struct jwt_key *key, struct problem *why)
{
    const struct algorithm *algorithm = algorithm_of(key->algorithm);
    t->is_verified = false;
    if (!str_equal(t->algorithm, algorithm->name))
        return refuse(why, "names another algorithm than its key has");
    if (!str_is_absent(key->kid) && !str_equal(t->kid, key->kid))
        return refuse(why, "names another key");
    if (!algorithm->verify(key, t->signed_text, t->signature))
        return refuse(why, "has a signature that its key did not make");
    t->is_verified = true;
    return ERR_OK;
}

/* ---- claims ---- */

static bool has_audience(const struct json *aud, str wanted)
{
    bool has = json_is_text(aud, wanted);
    for (uint32_t i = 0; aud != NULL && aud->type == JSON_LIST && i < aud->count; i++) {
        if (aud->items[i].type != JSON_TEXT)
            return false;
        has = has || json_is_text(&aud->items[i], wanted);
    }
    return has;
}

/* Seconds, possibly with a fraction (RFC 7519, section 2). Further away than a double counts in
 * milliseconds is no time. */
static bool time_claim(const struct json *claims, str name, bool *is_there, int64_t *ms)
{
    static const double most = 9e12;
    const struct json *v = json_get(claims, name);
    *is_there = v != NULL;
    if (v == NULL)
        return true;
    double seconds = v->type == JSON_INT ? (double)v->integer : v->real;
    if ((v->type != JSON_INT && v->type != JSON_REAL) || !(seconds >= -most && seconds <= most))
        return false;
    *ms = v->type == JSON_INT ? v->integer * 1000 : (int64_t)(seconds * 1000);
    return true;
}

static enum err check_times(const struct json *claims, const struct jwt_rules *rules,
                            struct problem *why)
{
    bool has_exp, has_nbf, has_iat;
    int64_t exp = 0, nbf = 0, iat = 0, skew = (int64_t)rules->skew_s * 1000;
    if (!time_claim(claims, S("exp"), &has_exp, &exp) ||
        !time_claim(claims, S("nbf"), &has_nbf, &nbf) ||
        !time_claim(claims, S("iat"), &has_iat, &iat))
        return refuse(why, "has a time that is none");
    if (rules->needs_expiry && !has_exp)
        return refuse(why, "never expires");
    if (has_exp && rules->now_ms >= exp + skew)
        return refuse(why, "has expired");
    if (has_nbf && rules->now_ms + skew < nbf)
        return refuse(why, "is not valid yet");
    if (has_iat && rules->now_ms + skew < iat)
        return refuse(why, "was issued in the future");
    return ERR_OK;
}

static bool is_type_wanted(str type, str wanted)
{
    if (!str_is_absent(wanted))
        return str_equal(type, wanted);
    return str_is_absent(type) || str_equal_nocase(type, S("JWT")); /* RFC 7519, section 5.1 */
}

enum err jwt_claims(struct arena *a, const struct jwt *t, const struct jwt_rules *rules,
                    const struct json **claims, struct problem *why)
{
    must(t->is_verified && rules->issuer.len > 0 && rules->audience.len > 0);
    const struct json *read = NULL;
    str issuer;
    if (!is_type_wanted(t->type, rules->type))
        return refuse(why, "is of another type");
    if (json_read(a, t->unverified, NULL, S(""), &read, NULL) != ERR_OK || read->type != JSON_MAP)
        return refuse(why, "claims what is no JSON object");
    if (!text_member(read, S("iss"), &issuer) || !str_equal(issuer, rules->issuer))
        return refuse(why, "was issued by somebody else");
    if (!has_audience(json_get(read, S("aud")), rules->audience))
        return refuse(why, "is meant for somebody else");
    TRY(check_times(read, rules, why));
    *claims = read;
    return ERR_OK;
}

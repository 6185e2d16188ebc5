#include "base/jws.h"

#include "base/crypt.h"
#include "base/jwt.h"
#include "base/limits.h"

const str jws_algorithms[3] = {[PUBKEY_ES256] = STR("ES256"), [PUBKEY_RS256] = STR("RS256"), [PUBKEY_EDDSA] = STR("EdDSA")};

static enum err refuse(struct problem *why, const char *what)
{
    return problem_set(why, ERR_BAD_INPUT, "The message %s", what);
}

/* ---- reading ---- */

static bool text_member(const struct json *map, str name, str *out)
{
    const struct json *v = json_get(map, name);
    *out = v && v->type == JSON_TEXT ? v->text : (str){0};
    return !v || v->type == JSON_TEXT;
}

static enum err read_header(struct arena *a, str text, struct jws *j, struct problem *why)
{
    /* Places to get keys from, and things that must be understood, which is none. */
    static const str refused[] = {STR("jku"), STR("x5u"), STR("x5c"), STR("crit"), STR("b64")};
    const struct json *header = NULL;
    if (json_read(a, text, NULL, S(""), &header, NULL) != ERR_OK || header->type != JSON_MAP)
        return refuse(why, "has a protected header that is no JSON object");
    for (size_t i = 0; i < COUNTOF(refused); i++)
        if (json_get(header, refused[i]))
            return problem_set(why, ERR_BAD_INPUT, "The message's header has \"" STR_FMT "\", which is never followed", STR_ARG(refused[i]));
    if (!text_member(header, S("alg"), &j->algorithm) || !text_member(header, S("kid"), &j->kid) ||
        !text_member(header, S("nonce"), &j->nonce) || !text_member(header, S("url"), &j->url))
        return refuse(why, "has a header whose members have the wrong types");
    j->jwk = json_get(header, S("jwk"));
    if (j->jwk && j->jwk->type != JSON_MAP)
        return refuse(why, "has a \"jwk\" that is no JSON object");
    if (j->algorithm.len == 0)
        return refuse(why, "names no algorithm");
    if (j->jwk && !str_is_absent(j->kid))
        return refuse(why, "names its key twice, by \"jwk\" and \"kid\"");
    return ERR_OK;
}

/* Three members and no others: no second signature, no header that is not signed. */
static enum err take_members(const struct json *message, str *header, str *payload, str *signature, struct problem *why)
{
    if (!message || message->type != JSON_MAP)
        return refuse(why, "is no JSON object");
    if (json_get(message, S("header")) || json_get(message, S("signatures")))
        return refuse(why, "has a header that is not signed, or several signatures; only flattened JSON with one signature is read");
    if (!text_member(message, S("protected"), header) || !text_member(message, S("payload"), payload) ||
        !text_member(message, S("signature"), signature) || str_is_absent(*header) || str_is_absent(*payload) || str_is_absent(*signature))
        return refuse(why, "needs the texts \"protected\", \"payload\" and \"signature\"");
    return message->count == 3 ? ERR_OK : refuse(why, "has members beside \"protected\", \"payload\" and \"signature\"");
}

enum err jws_of(struct arena *a, const struct json *message, struct jws *out, struct problem *why)
{
    str header, payload, signature, header_text;
    struct jws j = {0};
    TRY(take_members(message, &header, &payload, &signature, why));
    if (!base64url_decode(a, header, &header_text) || !base64url_decode(a, payload, &j.payload) ||
        !base64url_decode(a, signature, &j.signature))
        return refuse(why, "is not base64url");
    if (j.signature.len == 0)
        return refuse(why, "is not signed");
    j.signed_text = arena_format(a, STR_FMT "." STR_FMT, STR_ARG(header), STR_ARG(payload));
    TRY(read_header(a, header_text, &j, why));
    *out = j;
    return ERR_OK;
}

enum err jws_read(struct arena *a, str body, struct jws *out, struct problem *why)
{
    const struct json *message = NULL;
    if (json_read(a, body, NULL, S(""), &message, NULL) != ERR_OK)
        return refuse(why, "is no JSON");
    return jws_of(a, message, out, why);
}

/* ---- verifying ---- */

bool jws_algorithm_known(str name)
{
    for (size_t i = 0; i < COUNTOF(jws_algorithms); i++)
        if (str_equal(name, jws_algorithms[i]))
            return true;
    return false;
}

bool jws_verify(const struct jws *j, const struct pubkey *key)
{
    must((size_t)key->algorithm < COUNTOF(jws_algorithms));
    return str_equal(j->algorithm, jws_algorithms[key->algorithm]) && pubkey_verify(key, PUBKEY_RAW, j->signed_text, j->signature);
}

bool jws_verify_hs256(const struct jws *j, str key)
{
    uint8_t code[HMAC_SHA256_BYTES];
    if (!str_equal(j->algorithm, jwt_algorithm_name(JWT_HS256)) || key.len < LIMIT_TOKEN_KEY_BYTES || j->signature.len != sizeof code)
        return false;
    hmac_sha256(key, j->signed_text, code);
    return crypt_equal(code, j->signature.at, sizeof code);
}

/* ---- thumbprints ---- */

/* Members in the order of their names, without blanks (RFC 7638 3). */
str jwk_text(struct arena *a, const struct pubkey *key)
{
    str x = base64url_encode(a, key->x), y = base64url_encode(a, key->y.len ? key->y : S(""));
    switch (key->algorithm) {
    case PUBKEY_ES256:
        return arena_format(a, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" STR_FMT "\",\"y\":\"" STR_FMT "\"}", STR_ARG(x), STR_ARG(y));
    case PUBKEY_RS256:
        return arena_format(a, "{\"e\":\"" STR_FMT "\",\"kty\":\"RSA\",\"n\":\"" STR_FMT "\"}", STR_ARG(y), STR_ARG(x));
    case PUBKEY_EDDSA:
        break;
    }
    return arena_format(a, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" STR_FMT "\"}", STR_ARG(x));
}

str jwk_thumbprint(struct arena *a, const struct pubkey *key)
{
    uint8_t digest[32];
    crypt_sha256(jwk_text(a, key), digest);
    return base64url_encode(a, (str){(const char *)digest, sizeof digest});
}

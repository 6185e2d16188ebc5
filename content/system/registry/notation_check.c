/* Signatures of notation (Notary Project, "signature specification" and "trust store and trust policy", level strict): the envelope is
 * made by the leaf of a chain, and the chain leads to a certificate that is trusted for the scheme. When the certificates must have
 * been valid: now, for notary.x509, or when a clock that is trusted says that the signature was there (RFC 3161, looked at when they are not
 * valid now); when the signing authority says that it signed, for notary.x509.signingAuthority. Revocation is not looked at. */
#include "base/limits.h"
#include "base/time.h"
#include "content/system/pki/x509_key.h"
#include "content/system/pki/x509_timestamp.h"
#include "content/system/registry/signature_check.h"

#define CONTENT_TYPE S("application/vnd.cncf.notary.payload.v1+json")
#define BY_OWNER     S("notary.x509")
#define BY_AUTHORITY S("notary.x509.signingAuthority")

/* The algorithm follows from the key, and the key allows no other. */
static const struct {
    str name;
    enum key_sort sort;
    enum signature_scheme scheme;
} algorithms[] = {
    {STR("ES256"), KEY_P256, SIGNED_ECDSA_SHA256}, {STR("ES384"), KEY_P384, SIGNED_ECDSA_SHA384}, {STR("ES512"), KEY_P521, SIGNED_ECDSA_SHA512},
    {STR("PS256"), KEY_RSA, SIGNED_PSS_SHA256},    {STR("PS384"), KEY_RSA, SIGNED_PSS_SHA384},    {STR("PS512"), KEY_RSA, SIGNED_PSS_SHA512},
};

static bool is_made_by(const struct notation_signature *s, str spki)
{
    enum key_sort sort;
    if (!public_key_sort(spki, &sort))
        return false;
    for (size_t i = 0; i < COUNTOF(algorithms); i++)
        if (str_equal(algorithms[i].name, s->algorithm) && algorithms[i].sort == sort)
            return public_key_verify(spki, algorithms[i].scheme, SIGNATURE_RAW, s->text, s->signature);
    return false;
}

static bool is_critical(const struct notation_signature *s, str name)
{
    for (size_t i = 0; i < s->critical_count; i++)
        if (str_equal(s->critical[i], name))
            return true;
    return false;
}

/* What must be understood is: the scheme and what goes with it, each there and marked, and nothing else. */
static bool is_understood(const struct notation_signature *s)
{
    bool by_authority = str_equal(s->scheme, BY_AUTHORITY), expires = s->expires_ms != 0;
    size_t wanted = (size_t)1 + by_authority + expires;
    return (by_authority || str_equal(s->scheme, BY_OWNER)) && s->critical_count == wanted && is_critical(s, NOTATION_SCHEME) &&
           (!by_authority || is_critical(s, NOTATION_AUTHENTIC)) && (!expires || is_critical(s, NOTATION_EXPIRY)) &&
           (by_authority ? s->authentic_ms != 0 && s->signed_ms == 0 : s->signed_ms != 0 && s->authentic_ms == 0);
}

static bool is_of(struct arena *a, const struct signed_manifest *of, str payload)
{
    const struct json *told = NULL;
    struct problem quiet = {.arena = a};
    if (json_read(a, payload, NULL, S(""), &told, &quiet) != ERR_OK)
        return false;
    const struct json *target = json_get(told, S("targetArtifact")), *size = json_get(target, S("size"));
    return str_equal(json_text_at(target, S("digest")), of->digest) && str_equal(json_text_at(target, S("mediaType")), of->media_type) && size &&
           size->type == JSON_INT && size->integer == of->size;
}

struct claim {
    const struct notation_signature *of;
    struct certificate chain[LIMIT_CERTIFICATE_CHAIN];
};

static enum err leads(const struct trust *t, const struct claim *c, enum trust_store store, int64_t at_ms, struct problem *why)
{
    return certificates_verify(c->chain, c->of->chain_count, t->stores[store].roots, t->stores[store].count, CERTIFICATE_FOR_CODE, at_ms, why);
}

/* At both ends of the time in which it was made. */
static enum err leads_then(const struct trust *t, const struct claim *c, struct problem *why)
{
    struct timestamp then;
    TRY(timestamp_verify(c->of->timestamp, c->of->signature, t->stores[STORE_CLOCK].roots, t->stores[STORE_CLOCK].count, t->now_ms, &then, why));
    TRY(leads(t, c, STORE_CA, then.earliest_ms, why));
    return leads(t, c, STORE_CA, then.latest_ms, why);
}

static enum err demand_trust(const struct trust *t, const struct claim *c, struct problem *why)
{
    struct problem now = {.arena = why->arena};
    if (str_equal(c->of->scheme, BY_AUTHORITY))
        return leads(t, c, STORE_AUTHORITY, c->of->authentic_ms, why);
    if (leads(t, c, STORE_CA, t->now_ms, &now) == ERR_OK)
        return ERR_OK;
    if (str_is_absent(c->of->timestamp))
        return problem_set(why, now.err, STR_FMT, STR_ARG(now.text));
    return leads_then(t, c, why);
}

static void check_signature(struct arena *a, const struct trust *t, const struct signed_manifest *of, const struct notation_signature *s,
                            struct verdict *out)
{
    struct claim *c = NEW(a, struct claim);
    struct problem quiet = {.arena = a};
    c->of = s;
    if (!str_equal(s->content_type, CONTENT_TYPE) || !is_understood(s)) {
        verdict_no(out, "It asks for something that is not understood here");
        return;
    }
    for (size_t i = 0; i < s->chain_count; i++)
        if (certificate_read(a, s->chain[i], &c->chain[i], &quiet) != ERR_OK) {
            verdict_no(out, "A certificate of it cannot be read");
            return;
        }
    if (!is_made_by(s, c->chain[0].key))
        verdict_no(out, "It does not verify");
    else if (!is_of(a, of, s->payload))
        verdict_no(out, "It is of another manifest");
    else if (s->expires_ms != 0 && s->expires_ms <= t->now_ms)
        verdict_no(out, "It has expired");
    else if (s->authentic_ms > t->now_ms)
        verdict_no(out, "It was signed in the future");
    else if (demand_trust(t, c, &quiet) != ERR_OK)
        out->reason = quiet.text;
    else {
        out->trusted = true;
        out->author = c->chain[0].subject;
    }
}

void check_notation(struct arena *a, const struct trust *t, const struct signed_manifest *of, str media_type, str envelope,
                    struct verdict *out)
{
    struct notation_signature s = {0};
    *out = (struct verdict){.tool = S("notation")};
    bool is_read = str_equal(media_type, ENVELOPE_JWS)    ? notation_read_jws(a, envelope, &s)
                   : str_equal(media_type, ENVELOPE_COSE) ? notation_read_cose(a, envelope, &s)
                                                          : false;
    if (is_read)
        check_signature(a, t, of, &s, out);
    else
        verdict_no(out, "Its envelope cannot be read");
}

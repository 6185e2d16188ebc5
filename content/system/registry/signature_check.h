#ifndef CONTENT_SYSTEM_REGISTRY_SIGNATURE_CHECK_H
#define CONTENT_SYSTEM_REGISTRY_SIGNATURE_CHECK_H
#include "base/json.h"
#include "content/system/pki/x509.h"

/* Is this a signature of that manifest by somebody who is trusted (oci-registry.md 11.5)? What is signed and whose keys count is
 * handed in; everything else is in the bytes, which a stranger made. Nothing here fails: a signature that is broken, of something
 * else, or a stranger's is one that is not trusted, with a reason. Pure, so that tests and the fuzzer need no registry. */
struct trusted_key {
    str spki, pem;
};
enum trust_store { STORE_CA, STORE_AUTHORITY, STORE_CLOCK, STORE_COUNT };
struct trust {
    struct trusted_key *keys;         /* of cosign */
    size_t key_count;
    struct {
        struct certificate *roots;    /* of notation */
        size_t count;
    } stores[STORE_COUNT];
    int64_t now_ms;
};
struct signed_manifest {
    str digest, media_type;
    int64_t size;
    str bytes;                        /* {0}: cannot be read */
};
struct verdict {
    str tool;                         /* "cosign", "notation" */
    bool trusted;
    str author;                       /* when trusted: the key as PEM, or the certificate's subject; else "" */
    str reason;                       /* why it is not trusted */
    str reference;                    /* the name that a signer of cosign's gave the image; {0}: none. It binds nobody: copies are the same image */
    str signature;                    /* digest of the manifest that it came in */
};
#define SIMPLE_SIGNING S("application/vnd.dev.cosign.simplesigning.v1+json")
#define BUNDLE         S("application/vnd.dev.sigstore.bundle")
#define ENVELOPE_JWS   S("application/jose+json")
#define ENVELOPE_COSE  S("application/cose")

/* cosign_check.c: a payload that tells of the image, and its signature in base64. */
void check_simple_signing(struct arena *a, const struct trust *t, const struct signed_manifest *of, str payload, str signature,
                          struct verdict *out);
/* bundle_check.c: a sigstore bundle, by a key: of the manifest's bytes, or of a statement (DSSE) that it is signed. */
void check_bundle(struct arena *a, const struct trust *t, const struct signed_manifest *of, str bundle, struct verdict *out);
/* notation_check.c: a JWS or COSE envelope with a chain of certificates. */
void check_notation(struct arena *a, const struct trust *t, const struct signed_manifest *of, str media_type, str envelope,
                    struct verdict *out);

/* ---- for these files ---- */
/* The trusted key that made this signature of the text; NULL: none did. Each key signs as cosign has it do. */
const struct trusted_key *key_that_signed(const struct trust *t, str text, str signature);
void verdict_no(struct verdict *v, const char *reason); /* keeps the first */
void verdict_by_key(struct verdict *v, const struct trusted_key *key);
str json_text_at(const struct json *v, str name);       /* {0}: it is no text */
/* Of notation, however it is wrapped. Texts {0} and times 0 are absent. */
struct notation_signature {
    str algorithm;                    /* as of JOSE: "PS256", "ES256" … */
    str content_type, scheme;
    int64_t signed_ms, authentic_ms, expires_ms;
    str critical[8];
    size_t critical_count;
    str *chain;                       /* certificates in DER, the leaf first */
    size_t chain_count;
    str text, payload, signature;
    str timestamp;                    /* of the signature; {0}: none */
};
/* False: it cannot be read. */
bool notation_read_jws(struct arena *a, str envelope, struct notation_signature *out);
bool notation_read_cose(struct arena *a, str envelope, struct notation_signature *out);
#define NOTATION_SCHEME    S("io.cncf.notary.signingScheme")
#define NOTATION_TIME      S("io.cncf.notary.signingTime")
#define NOTATION_AUTHENTIC S("io.cncf.notary.authenticSigningTime")
#define NOTATION_EXPIRY    S("io.cncf.notary.expiry")
#define NOTATION_TIMESTAMP S("io.cncf.notary.timestampSignature")
#endif

/* cosign's own form (its specification, "signature"): a small JSON text tells which image was meant, and that text is signed. */
#include "base/crypt.h"
#include "content/system/pki/x509_key.h"
#include "content/system/registry/signature_check.h"

void verdict_no(struct verdict *v, const char *reason)
{
    if (str_is_absent(v->reason))
        v->reason = str_of(reason);
}

void verdict_by_key(struct verdict *v, const struct trusted_key *key)
{
    if (!key) {
        verdict_no(v, "No trusted key made it");
        return;
    }
    v->trusted = true;
    v->author = key->pem;
}

str json_text_at(const struct json *v, str name)
{
    const struct json *t = json_get(v, name);
    return t && t->type == JSON_TEXT ? t->text : (str){0};
}

/* A key of a longer curve signs with the longer digest in newer versions, with SHA-256 in older ones. */
static bool signed_by(str spki, str text, str signature)
{
    static const struct {
        enum key_sort sort;
        enum signature_scheme scheme;
    } ways[] = {
        {KEY_P256, SIGNED_ECDSA_SHA256}, {KEY_P384, SIGNED_ECDSA_SHA384}, {KEY_P384, SIGNED_ECDSA_SHA256}, {KEY_P521, SIGNED_ECDSA_SHA512},
        {KEY_P521, SIGNED_ECDSA_SHA256}, {KEY_RSA, SIGNED_RSA_SHA256},    {KEY_ED25519, SIGNED_ED25519},
    };
    enum key_sort sort;
    if (!public_key_sort(spki, &sort))
        return false;
    for (size_t i = 0; i < COUNTOF(ways); i++)
        if (ways[i].sort == sort && public_key_verify(spki, ways[i].scheme, SIGNATURE_DER, text, signature))
            return true;
    return false;
}

const struct trusted_key *key_that_signed(const struct trust *t, str text, str signature)
{
    for (size_t i = 0; i < t->key_count; i++)
        if (signed_by(t->keys[i].spki, text, signature))
            return &t->keys[i];
    return NULL;
}

static bool is_of_cosign(str type)
{
    return str_equal(type, S("cosign container image signature")) || str_equal(type, S("https://sigstore.dev/cosign/sign/v1"));
}

void check_simple_signing(struct arena *a, const struct trust *t, const struct signed_manifest *of, str payload, str signature,
                          struct verdict *out)
{
    const struct json *told = NULL;
    struct problem quiet = {.arena = a};
    str bytes;
    *out = (struct verdict){.tool = S("cosign")};
    if (json_read(a, payload, NULL, S(""), &told, &quiet) != ERR_OK) {
        verdict_no(out, "Its payload is no JSON");
        return;
    }
    const struct json *critical = json_get(told, S("critical"));
    out->reference = json_text_at(json_get(critical, S("identity")), S("docker-reference"));
    if (!is_of_cosign(json_text_at(critical, S("type"))))
        verdict_no(out, "Its payload is of an unknown type");
    else if (!str_equal(json_text_at(json_get(critical, S("image")), S("docker-manifest-digest")), of->digest))
        verdict_no(out, "It is of another manifest");
    else if (!base64_decode(a, signature, &bytes))
        verdict_no(out, "It is no base64");
    else
        verdict_by_key(out, key_that_signed(t, payload, bytes));
}

/* Bundles of sigstore (its protobuf "Bundle" as JSON), as cosign attaches them to a manifest. Only keys count: certificates of a day
 * need a log of transparency, which this server does not ask. */
#include "base/crypt.h"
#include "content/system/registry/signature_check.h"

#define STATEMENT_TYPE S("application/vnd.in-toto+json")
#define SIGNS          S("https://sigstore.dev/cosign/sign/v1")

static bool bytes_at(struct arena *a, const struct json *v, str name, str *out)
{
    str letters = json_text_at(v, name);
    return !str_is_absent(letters) && base64_decode(a, letters, out);
}

/* DSSE 1.0: what is signed says its type and both lengths. */
static str dsse_text(struct arena *a, str type, str body)
{
    struct buf b;
    buf_init(&b, a, type.len + body.len + 64);
    buf_format(&b, "DSSEv1 %zu ", type.len);
    buf_add(&b, type);
    buf_format(&b, " %zu ", body.len);
    buf_add(&b, body);
    must(!b.failed);
    return buf_str(&b);
}

static bool names_digest(const struct json *statement, str digest)
{
    const struct json *subjects = json_get(statement, S("subject"));
    str algorithm, hex;
    if (!subjects || subjects->type != JSON_LIST || !str_cut(digest, ':', &algorithm, &hex))
        return false;
    for (uint32_t i = 0; i < subjects->count; i++)
        if (str_equal(json_text_at(json_get(&subjects->items[i], S("digest")), algorithm), hex))
            return true;
    return false;
}

/* An attestation tells something of the image; that it is good is told by a signature alone. */
static void check_statement(struct arena *a, const struct signed_manifest *of, str payload, struct verdict *out)
{
    const struct json *told = NULL;
    struct problem quiet = {.arena = a};
    if (json_read(a, payload, NULL, S(""), &told, &quiet) != ERR_OK || !str_starts(json_text_at(told, S("_type")), S("https://in-toto.io/Statement/")))
        verdict_no(out, "Its statement cannot be read");
    else if (!str_equal(json_text_at(told, S("predicateType")), SIGNS))
        verdict_no(out, "It is an attestation, not a signature");
    else if (!names_digest(told, of->digest))
        verdict_no(out, "It is of another manifest");
}

static void check_envelope(struct arena *a, const struct trust *t, const struct signed_manifest *of, const struct json *envelope,
                           struct verdict *out)
{
    const struct json *list = json_get(envelope, S("signatures"));
    str type = json_text_at(envelope, S("payloadType")), payload, signature;
    if (!str_equal(type, STATEMENT_TYPE) || !bytes_at(a, envelope, S("payload"), &payload) || !list || list->type != JSON_LIST || list->count != 1 ||
        !bytes_at(a, &list->items[0], S("sig"), &signature)) {
        verdict_no(out, "Its envelope cannot be read");
        return;
    }
    check_statement(a, of, payload, out);
    if (str_is_absent(out->reason))
        verdict_by_key(out, key_that_signed(t, dsse_text(a, type, payload), signature));
}

/* Of the manifest's own bytes. */
static void check_message(struct arena *a, const struct trust *t, const struct signed_manifest *of, const struct json *message,
                          struct verdict *out)
{
    const struct json *told = json_get(message, S("messageDigest"));
    uint8_t is[32];
    str digest, signature;
    if (!bytes_at(a, message, S("signature"), &signature)) {
        verdict_no(out, "Its signature cannot be read");
        return;
    }
    crypt_sha256(of->bytes, is);
    if (told && (!str_equal(json_text_at(told, S("algorithm")), S("SHA2_256")) || !bytes_at(a, told, S("digest"), &digest) ||
                 !str_equal(digest, (str){(const char *)is, sizeof is})))
        verdict_no(out, "It is of another manifest");
    else if (str_is_absent(of->bytes))
        verdict_no(out, "The manifest cannot be read");
    else
        verdict_by_key(out, key_that_signed(t, of->bytes, signature));
}

void check_bundle(struct arena *a, const struct trust *t, const struct signed_manifest *of, str bundle, struct verdict *out)
{
    const struct json *told = NULL;
    struct problem quiet = {.arena = a};
    *out = (struct verdict){.tool = S("cosign")};
    if (json_read(a, bundle, NULL, S(""), &told, &quiet) != ERR_OK || !str_starts(json_text_at(told, S("mediaType")), BUNDLE)) {
        verdict_no(out, "It is no bundle");
        return;
    }
    const struct json *envelope = json_get(told, S("dsseEnvelope")), *message = json_get(told, S("messageSignature"));
    if (!envelope == !message)
        verdict_no(out, "A bundle has an envelope or a signature");
    else if (envelope)
        check_envelope(a, t, of, envelope, out);
    else
        check_message(a, t, of, message, out);
}

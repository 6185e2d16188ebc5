#include "tests/support/signed.h"

#include "base/crypt.h"
#include "base/encode.h"
#include "base/time.h"
#include "tests/support/cbor_write.h"

str signed_payload(struct arena *a, const struct simple *s)
{
    return arena_format(a, "{\"critical\":{\"identity\":{\"docker-reference\":\"" STR_FMT "\"},\"image\":{\"docker-manifest-digest\":\"" STR_FMT
                           "\"},\"type\":\"%s\"},\"optional\":null}",
                        STR_ARG(s->reference), STR_ARG(s->digest), s->type ? s->type : "cosign container image signature");
}

str signed_base64(struct arena *a, const struct issued *by, enum signature_scheme scheme, str text)
{
    return base64_encode(a, issued_sign(a, by, scheme, SIGNATURE_DER, text));
}

/* ---- bundles ---- */

#define BUNDLE_HEAD "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"verificationMaterial\":{\"publicKey\":{\"hint\":\"x\"}},"

str signed_statement(struct arena *a, str digest, const char *predicate)
{
    str algorithm, hex;
    must(str_cut(digest, ':', &algorithm, &hex));
    return arena_format(a, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"" STR_FMT "\":\"" STR_FMT
                           "\"}}],\"predicateType\":\"%s\",\"predicate\":{}}",
                        STR_ARG(algorithm), STR_ARG(hex), predicate ? predicate : "https://sigstore.dev/cosign/sign/v1");
}

str signed_dsse(struct arena *a, const struct issued *by, enum signature_scheme scheme, str statement)
{
    str text = arena_format(a, "DSSEv1 28 application/vnd.in-toto+json %zu " STR_FMT, statement.len, STR_ARG(statement));
    str payload = base64_encode(a, statement), signature = signed_base64(a, by, scheme, text);
    return arena_format(a, BUNDLE_HEAD "\"dsseEnvelope\":{\"payload\":\"" STR_FMT "\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"sig\":\"" STR_FMT
                           "\"}]}}",
                        STR_ARG(payload), STR_ARG(signature));
}

str signed_message(struct arena *a, const struct issued *by, enum signature_scheme scheme, str manifest)
{
    uint8_t is[32];
    crypt_sha256(manifest, is);
    str digest = base64_encode(a, (str){(const char *)is, sizeof is}), signature = signed_base64(a, by, scheme, manifest);
    return arena_format(a, BUNDLE_HEAD "\"messageSignature\":{\"messageDigest\":{\"algorithm\":\"SHA2_256\",\"digest\":\"" STR_FMT "\"},\"signature\":\"" STR_FMT "\"}}",
                        STR_ARG(digest), STR_ARG(signature));
}

/* ---- notation ---- */

#define NOTARY "io.cncf.notary."

static const char *scheme_of(const struct notation *n)
{
    return n->by ? n->by : "notary.x509";
}

static const char *content_type_of(const struct notation *n)
{
    return n->content_type ? n->content_type : "application/vnd.cncf.notary.payload.v1+json";
}

static str target(struct arena *a, const struct notation *n)
{
    return arena_format(a, "{\"targetArtifact\":{\"mediaType\":\"" STR_FMT "\",\"digest\":\"" STR_FMT "\",\"size\":%lld}}", STR_ARG(n->media_type),
                        STR_ARG(n->digest), (long long)n->size);
}

static size_t critical_of(const struct notation *n, const char *out[4])
{
    size_t count = 0;
    if (n->without_critical)
        return 0;
    out[count++] = NOTARY "signingScheme";
    if (n->authentic_ms)
        out[count++] = NOTARY "authenticSigningTime";
    if (n->expires_ms)
        out[count++] = NOTARY "expiry";
    if (n->more_critical)
        out[count++] = n->more_critical;
    return count;
}

static void add_time(struct buf *b, const char *name, int64_t ms)
{
    if (ms == 0)
        return;
    buf_format(b, ",\"" NOTARY "%s\":\"", name);
    time_write(b, ms);
    buf_add(b, S("\""));
}

static str token_of(struct arena *a, const struct notation *n, str signature)
{
    return issued_timestamp(a, n->clock, n->of_else ? S("something else") : signature, n->clock_ms, n->weak);
}

str signed_jws(struct arena *a, const struct notation *n)
{
    const char *critical[4];
    size_t critical_count = critical_of(n, critical);
    struct buf head, out;
    buf_init(&head, a, 4096);
    buf_init(&out, a, 1 << 16);
    buf_format(&head, "{\"alg\":\"%s\",\"cty\":\"%s\",\"crit\":[", n->algorithm, content_type_of(n));
    for (size_t i = 0; i < critical_count; i++)
        buf_format(&head, "%s\"%s\"", i ? "," : "", critical[i]);
    buf_format(&head, "],\"" NOTARY "signingScheme\":\"%s\"", scheme_of(n));
    add_time(&head, "signingTime", n->signed_ms);
    add_time(&head, "authenticSigningTime", n->authentic_ms);
    add_time(&head, "expiry", n->expires_ms);
    buf_add(&head, S("}"));
    str protected = base64url_encode(a, buf_str(&head)), payload = base64url_encode(a, target(a, n));
    str text = arena_format(a, STR_FMT "." STR_FMT, STR_ARG(protected), STR_ARG(payload));
    str raw = issued_sign(a, n->chain[0], n->scheme, SIGNATURE_RAW, text), signature = base64url_encode(a, raw);
    buf_format(&out, "{\"payload\":\"" STR_FMT "\",\"protected\":\"" STR_FMT "\",\"header\":{\"x5c\":[", STR_ARG(payload), STR_ARG(protected));
    for (size_t i = 0; i < n->count; i++)
        buf_format(&out, "%s\"" STR_FMT "\"", i ? "," : "", STR_ARG(base64_encode(a, issued_der(n->chain[i]))));
    buf_add(&out, S("]"));
    if (n->clock)
        buf_format(&out, ",\"" NOTARY "timestampSignature\":\"" STR_FMT "\"", STR_ARG(base64_encode(a, token_of(a, n, raw))));
    buf_format(&out, ",\"" NOTARY "signingAgent\":\"test\"},\"signature\":\"" STR_FMT "\"}", STR_ARG(signature));
    must(!out.failed && !head.failed);
    return buf_str(&out);
}

static int64_t cose_algorithm(const char *name)
{
    static const struct {
        const char *name;
        int64_t number;
    } all[] = {{"ES256", -7}, {"ES384", -35}, {"ES512", -36}, {"PS256", -37}, {"PS384", -38}, {"PS512", -39}};
    for (size_t i = 0; i < COUNTOF(all); i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].number;
    return 0;
}

static void put_time(struct buf *b, const char *name, int64_t ms)
{
    if (ms == 0)
        return;
    cbor_put_text(b, str_of(name));
    cbor_put_head(b, 6, 1);
    cbor_put_int(b, ms / 1000);
}

static str cose_head(struct arena *a, const struct notation *n)
{
    const char *critical[4];
    size_t count = critical_of(n, critical);
    struct buf b;
    buf_init(&b, a, 4096);
    cbor_put_head(&b, 5, 3 + (uint64_t)(count > 0) + (uint64_t)(n->signed_ms != 0) + (uint64_t)(n->authentic_ms != 0) + (uint64_t)(n->expires_ms != 0));
    cbor_put_int(&b, 1);
    cbor_put_int(&b, cose_algorithm(n->algorithm));
    if (count) {
        cbor_put_int(&b, 2);
        cbor_put_head(&b, 4, count);
        for (size_t i = 0; i < count; i++)
            cbor_put_text(&b, str_of(critical[i]));
    }
    cbor_put_int(&b, 3);
    cbor_put_text(&b, str_of(content_type_of(n)));
    cbor_put_text(&b, S(NOTARY "signingScheme"));
    cbor_put_text(&b, str_of(scheme_of(n)));
    put_time(&b, NOTARY "signingTime", n->signed_ms);
    put_time(&b, NOTARY "authenticSigningTime", n->authentic_ms);
    put_time(&b, NOTARY "expiry", n->expires_ms);
    return buf_str(&b);
}

str signed_cose(struct arena *a, const struct notation *n)
{
    struct buf text, out;
    str head = cose_head(a, n), payload = target(a, n);
    buf_init(&text, a, 1 << 16);
    buf_init(&out, a, 1 << 16);
    cbor_put_head(&text, 4, 4);
    cbor_put_text(&text, S("Signature1"));
    cbor_put_bytes(&text, head);
    cbor_put_bytes(&text, S(""));
    cbor_put_bytes(&text, payload);
    cbor_put_head(&out, 6, 18);
    cbor_put_head(&out, 4, 4);
    cbor_put_bytes(&out, head);
    str signature = issued_sign(a, n->chain[0], n->scheme, SIGNATURE_RAW, buf_str(&text));
    cbor_put_head(&out, 5, n->clock ? 3 : 2);
    cbor_put_int(&out, 33);
    cbor_put_head(&out, 4, n->count);
    for (size_t i = 0; i < n->count; i++)
        cbor_put_bytes(&out, issued_der(n->chain[i]));
    cbor_put_text(&out, S(NOTARY "signingAgent"));
    cbor_put_text(&out, S("test"));
    if (n->clock) {
        cbor_put_text(&out, S(NOTARY "timestampSignature"));
        cbor_put_bytes(&out, token_of(a, n, signature));
    }
    cbor_put_bytes(&out, payload);
    cbor_put_bytes(&out, signature);
    must(!text.failed && !out.failed);
    return buf_str(&out);
}

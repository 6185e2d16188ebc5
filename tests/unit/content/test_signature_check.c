/* Signatures of cosign and notation against keys and roots, without a registry: whose they are, and what makes them nobody's
 * (oci-registry.md 11.5). */
#include "base/crypt.h"
#include "base/digest.h"
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/registry/signature_check.h"
#include "tests/support/check.h"
#include "tests/support/signed.h"

#define DAY INT64_C(86400000)
#define NOW INT64_C(1800000000000)
#define TYPE S("application/vnd.oci.image.manifest.v1+json")

static struct arena *a;
static struct trust trust;
static struct signed_manifest of;
static struct issued *own, *strange;   /* keys of cosign's */
static struct issued *root, *leaf, *old, *other_root, *other_leaf;
static str other_digest;

static struct issued *key_of(enum key_sort sort)
{
    return issue(a, &(struct issue){.name = "key", .sort = sort, .from_ms = NOW, .to_ms = NOW + DAY});
}

static struct issued *root_named(const char *name)
{
    return issue(a, &(struct issue){.name = name, .sort = KEY_P256, .from_ms = NOW - 100 * DAY, .to_ms = NOW + 100 * DAY,
                                    .constraints = "critical,CA:TRUE", .usage = "critical,keyCertSign"});
}

static struct issued *leaf_from(const struct issued *by, enum key_sort sort, int64_t from_ms, int64_t to_ms)
{
    return issue(a, &(struct issue){.name = "signer", .by = by, .sort = sort, .from_ms = from_ms, .to_ms = to_ms,
                                    .usage = "critical,digitalSignature", .extended = "codeSigning"});
}

static void trust_key(const struct issued *key)
{
    str spki = issued_spki(a, key);
    trust.keys[trust.key_count++] = (struct trusted_key){spki, public_key_pem(a, spki)};
}

static void trust_root(enum trust_store store, const struct issued *i)
{
    struct problem why = {.arena = a};
    trust.stores[store].roots = NEW(a, struct certificate);
    trust.stores[store].count = 1;
    NEED(certificate_read(a, issued_der(i), trust.stores[store].roots, &why) == ERR_OK);
}

static void begin(void)
{
    arena_close(a);
    a = arena_open(1 << 18);
    of = (struct signed_manifest){.media_type = TYPE, .size = 40, .bytes = S("{\"schemaVersion\":2,\"layers\":[],\"x\":\"yz\"}")};
    of.digest = arena_format(a, "sha256:" STR_FMT, STR_ARG(digest_hex(a, DIGEST_SHA256, of.bytes)));
    of.size = (int64_t)of.bytes.len;
    other_digest = arena_format(a, "sha256:" STR_FMT, STR_ARG(digest_hex(a, DIGEST_SHA256, S("other"))));
    trust = (struct trust){.keys = NEW_N(a, struct trusted_key, 8), .now_ms = NOW};
    own = key_of(KEY_P256);
    strange = key_of(KEY_P256);
    trust_key(own);
    root = root_named("root");
    leaf = leaf_from(root, KEY_P256, NOW - DAY, NOW + DAY);
    old = leaf_from(root, KEY_P256, NOW - 10 * DAY, NOW - DAY);
    other_root = root_named("root");
    other_leaf = leaf_from(other_root, KEY_P256, NOW - DAY, NOW + DAY);
    trust_root(STORE_CA, root);
}

static void end(void)
{
    CHECK(!issued_left_errors());
    arena_close(a);
    a = NULL;
}

static void check_verdict(const struct verdict *v, const char *tool, str author, const char *reason)
{
    CHECK_STR(v->tool, str_of(tool));
    CHECK(v->trusted == (reason == NULL));
    CHECK_STR(v->author, reason ? (str){0} : author);
    if (reason)
        CHECK(str_contains(v->reason, str_of(reason)));
    if (reason && !str_contains(v->reason, str_of(reason)))
        CHECK_STR(v->reason, str_of(reason));
}

static void cosign_counts_by_a_trusted_key_for_this_manifest(void **state)
{
    (void)state;
    begin();
    str good = signed_payload(a, &(struct simple){.digest = of.digest, .reference = S("acme.example/acme/app")});
    str elsewhere = signed_payload(a, &(struct simple){.digest = of.digest, .reference = S("acme.example/else/where")});
    str other = signed_payload(a, &(struct simple){.digest = other_digest});
    str typed = signed_payload(a, &(struct simple){.digest = of.digest, .type = "atomic container signature"});
    str pem = trust.keys[0].pem, by_own = signed_base64(a, own, SIGNED_ECDSA_SHA256, good);
    const struct {
        str payload, signature;
        const char *reason;
    } rows[] = {
        {good, by_own, NULL},
        {elsewhere, signed_base64(a, own, SIGNED_ECDSA_SHA256, elsewhere), NULL}, /* a copy is the same image; where it was said is shown */
        {good, signed_base64(a, strange, SIGNED_ECDSA_SHA256, good), "No trusted key"},
        {elsewhere, by_own, "No trusted key"},                                    /* altered */
        {other, signed_base64(a, own, SIGNED_ECDSA_SHA256, other), "another manifest"},
        {typed, signed_base64(a, own, SIGNED_ECDSA_SHA256, typed), "unknown type"},
        {S("{"), signed_base64(a, own, SIGNED_ECDSA_SHA256, S("{")), "no JSON"},
        {S("{}"), signed_base64(a, own, SIGNED_ECDSA_SHA256, S("{}")), "unknown type"},
        {S("[]"), signed_base64(a, own, SIGNED_ECDSA_SHA256, S("[]")), "unknown type"},
        {good, S("###"), "no base64"},
        {good, S(""), "No trusted key"},
        {good, str_slice(by_own, 0, 20), "No trusted key"},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct verdict v;
        CHECK_AT(i);
        check_simple_signing(a, &trust, &of, rows[i].payload, rows[i].signature, &v);
        check_verdict(&v, "cosign", pem, rows[i].reason);
    }
    struct verdict v;
    check_simple_signing(a, &trust, &of, good, by_own, &v);
    CHECK_STR(v.reference, S("acme.example/acme/app"));
    trust.key_count = 0;
    check_simple_signing(a, &trust, &of, good, by_own, &v);
    check_verdict(&v, "cosign", (str){0}, "No trusted key");
    end();
}

static void cosign_keys_of_every_sort(void **state)
{
    static const struct {
        enum key_sort sort;
        enum signature_scheme scheme;
        bool is;
    } rows[] = {
        {KEY_P384, SIGNED_ECDSA_SHA256, true}, {KEY_P384, SIGNED_ECDSA_SHA384, true}, {KEY_P521, SIGNED_ECDSA_SHA512, true},
        {KEY_P256, SIGNED_ECDSA_SHA384, false}, {KEY_RSA, SIGNED_RSA_SHA256, true},   {KEY_RSA, SIGNED_PSS_SHA256, false},
        {KEY_ED25519, SIGNED_ED25519, true},
    };
    (void)state;
    begin();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct issued *key = key_of(rows[i].sort);
        struct verdict v;
        str payload = signed_payload(a, &(struct simple){.digest = of.digest});
        CHECK_AT(i);
        trust.key_count = 1;
        trust_key(key);
        check_simple_signing(a, &trust, &of, payload, signed_base64(a, key, rows[i].scheme, payload), &v);
        check_verdict(&v, "cosign", trust.keys[1].pem, rows[i].is ? NULL : "No trusted key");
    }
    end();
}

static void bundles_count_by_a_trusted_key_for_this_manifest(void **state)
{
    (void)state;
    begin();
    str statement = signed_statement(a, of.digest, NULL), pem = trust.keys[0].pem;
    str good = signed_dsse(a, own, SIGNED_ECDSA_SHA256, statement), message = signed_message(a, own, SIGNED_ECDSA_SHA256, of.bytes);
    str altered = arena_copy(a, good), other = signed_statement(a, other_digest, NULL);
    str fragment = base64_encode(a, statement);
    for (size_t i = 0; i + fragment.len < altered.len; i++)
        if (str_equal(str_slice(altered, i, i + fragment.len), fragment)) /* the statement of another signer's envelope */
            memcpy((char *)(uintptr_t)(altered.at + i), base64_encode(a, signed_statement(a, of.digest, "https://sigstore.dev/cosign/sign/v2")).at, fragment.len);
    const struct {
        str bundle;
        const char *reason;
    } rows[] = {
        {good, NULL},
        {message, NULL},
        {signed_dsse(a, strange, SIGNED_ECDSA_SHA256, statement), "No trusted key"},
        {signed_message(a, strange, SIGNED_ECDSA_SHA256, of.bytes), "No trusted key"},
        {signed_message(a, own, SIGNED_ECDSA_SHA256, S("{}")), "another manifest"},
        {signed_dsse(a, own, SIGNED_ECDSA_SHA256, other), "another manifest"},
        {signed_dsse(a, own, SIGNED_ECDSA_SHA256, signed_statement(a, of.digest, "https://slsa.dev/provenance/v1")), "attestation"},
        {altered, "attestation"},
        {signed_dsse(a, own, SIGNED_ECDSA_SHA256, S("{}")), "statement"},
        {S("{}"), "no bundle"},
        {S("{"), "no bundle"},
        {S("{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\"}"), "envelope or a signature"},
        {S("{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"dsseEnvelope\":{},\"messageSignature\":{}}"), "envelope or a signature"},
        {S("{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"dsseEnvelope\":{}}"), "envelope cannot"},
        {S("{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"messageSignature\":{}}"), "signature cannot"},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct verdict v;
        CHECK_AT(i);
        check_bundle(a, &trust, &of, rows[i].bundle, &v);
        check_verdict(&v, "cosign", pem, rows[i].reason);
    }
    struct verdict v;
    of.bytes = (str){0};
    check_bundle(a, &trust, &of, message, &v);
    CHECK(!v.trusted);
    end();
}

static struct notation wish(const struct issued *signer, const struct issued *above)
{
    return (struct notation){.chain = {signer, above}, .count = above ? 2 : 1, .algorithm = "ES256", .scheme = SIGNED_ECDSA_SHA256, .digest = of.digest,
                             .media_type = TYPE, .size = of.size, .signed_ms = NOW - 1000};
}

enum { NOTATION_ROWS = 17 };

static void notation_rows(struct notation n[NOTATION_ROWS], const char *reasons[NOTATION_ROWS])
{
    size_t i = 0;
    for (size_t k = 0; k < NOTATION_ROWS; k++)
        n[k] = wish(leaf, root);
    reasons[i++] = NULL;
    n[i].count = 1, reasons[i++] = NULL; /* the root is here */
    n[i] = wish(other_leaf, other_root), reasons[i++] = "not trusted";
    n[i] = wish(old, root), reasons[i++] = "expired";
    n[i].digest = other_digest, reasons[i++] = "another manifest";
    n[i].media_type = S("a/b"), reasons[i++] = "another manifest";
    n[i].size++, reasons[i++] = "another manifest";
    n[i].expires_ms = NOW + 1000, reasons[i++] = NULL;
    n[i].expires_ms = NOW, reasons[i++] = "It has expired";
    n[i].algorithm = "ES384", reasons[i++] = "does not verify";
    n[i].content_type = "application/json", reasons[i++] = "not understood";
    n[i].more_critical = "io.cncf.notary.verificationPlugin", reasons[i++] = "not understood";
    n[i].without_critical = true, reasons[i++] = "not understood";
    n[i].signed_ms = 0, reasons[i++] = "not understood";
    n[i].by = "notary.x509.signingAuthority", reasons[i++] = "not understood"; /* and says no time of its own */
    n[i].by = "notary.else", reasons[i++] = "not understood";
    n[i].chain[1] = other_root, n[i].chain[0] = leaf, reasons[i++] = "disorder";
    must(i == NOTATION_ROWS);
}

static void notation_counts_by_a_chain_to_a_trusted_root(void **state)
{
    struct notation n[NOTATION_ROWS];
    const char *reasons[NOTATION_ROWS];
    struct verdict v;
    (void)state;
    begin();
    notation_rows(n, reasons);
    for (size_t i = 0; i < NOTATION_ROWS; i++) {
        CHECK_AT(i);
        check_notation(a, &trust, &of, ENVELOPE_JWS, signed_jws(a, &n[i]), &v);
        check_verdict(&v, "notation", S("CN=signer"), reasons[i]);
        CHECK_AT(100 + i);
        check_notation(a, &trust, &of, ENVELOPE_COSE, signed_cose(a, &n[i]), &v);
        check_verdict(&v, "notation", S("CN=signer"), reasons[i]);
    }
    check_notation(a, &trust, &of, ENVELOPE_COSE, signed_jws(a, &n[0]), &v);
    check_verdict(&v, "notation", (str){0}, "cannot be read");
    check_notation(a, &trust, &of, ENVELOPE_JWS, signed_cose(a, &n[0]), &v);
    check_verdict(&v, "notation", (str){0}, "cannot be read");
    check_notation(a, &trust, &of, S("a/b"), signed_jws(a, &n[0]), &v);
    check_verdict(&v, "notation", (str){0}, "cannot be read");
    trust.stores[STORE_CA].count = 0;
    check_notation(a, &trust, &of, ENVELOPE_JWS, signed_jws(a, &n[0]), &v);
    CHECK(!v.trusted);
    end();
}

static void notation_of_an_authority_counts_at_the_time_it_tells(void **state)
{
    (void)state;
    begin();
    struct notation n = wish(old, root), late = n;
    struct verdict v;
    n.by = "notary.x509.signingAuthority";
    n.signed_ms = 0;
    n.authentic_ms = NOW - 5 * DAY;
    late = n;
    late.authentic_ms = NOW - 1000;
    for (int cose = 0; cose < 2; cose++) {
        CHECK_AT(cose);
        str type = cose ? ENVELOPE_COSE : ENVELOPE_JWS, good = cose ? signed_cose(a, &n) : signed_jws(a, &n);
        trust.stores[STORE_AUTHORITY].count = 0;
        check_notation(a, &trust, &of, type, good, &v);
        check_verdict(&v, "notation", (str){0}, "not trusted"); /* roots of the other store are none here */
        trust_root(STORE_AUTHORITY, root);
        check_notation(a, &trust, &of, type, good, &v);
        check_verdict(&v, "notation", S("CN=signer"), NULL);
        check_notation(a, &trust, &of, type, cose ? signed_cose(a, &late) : signed_jws(a, &late), &v);
        check_verdict(&v, "notation", (str){0}, "expired");
    }
    late = wish(leaf, root);
    late.by = n.by;
    late.signed_ms = 0;
    late.authentic_ms = NOW + 1000;
    check_notation(a, &trust, &of, ENVELOPE_JWS, signed_jws(a, &late), &v);
    check_verdict(&v, "notation", (str){0}, "future");
    end();
}

static struct issued *clock_from(const struct issued *by, const char *extended, int64_t from_ms, int64_t to_ms)
{
    return issue(a, &(struct issue){.name = "clock", .by = by, .sort = KEY_RSA, .from_ms = from_ms, .to_ms = to_ms,
                                    .usage = "critical,digitalSignature", .extended = extended});
}

/* A signer whose certificate has ended since counts when a clock saw the signature before. */
static void notation_outlives_its_certificates_by_a_clock(void **state)
{
    (void)state;
    begin();
    struct issued *clocks = root_named("clocks"), *good = clock_from(clocks, "critical,timeStamping", NOW - 10 * DAY, NOW - 4 * DAY);
    const struct {
        struct issued *clock;
        int64_t at_ms;
        bool of_else, weak;
        const char *reason;
    } rows[] = {
        {good, NOW - 5 * DAY, false, false, NULL},          /* the clock's own certificate was good then, too */
        {good, NOW - 5 * DAY, true, false, "timestamp is not trusted"},
        {good, NOW - 5 * DAY, false, true, "timestamp cannot be read"},
        {good, NOW - DAY / 2, false, false, "timestamp is not trusted"}, /* beyond its own end */
        {good, NOW + DAY, false, false, "future"},
        {clock_from(clocks, "critical,timeStamping", NOW - 10 * DAY, NOW), NOW - DAY / 2, false, false, "expired"},
        {clock_from(clocks, "critical,timeStamping", NOW - 10 * DAY, NOW), NOW - DAY - 1000, false, false, "expired"}, /* as exact as it is */
        {clock_from(clocks, "critical,timeStamping", NOW - 10 * DAY, NOW), NOW - DAY - 3000, false, false, NULL},
        {clock_from(other_root, "critical,timeStamping", NOW - 10 * DAY, NOW), NOW - 5 * DAY, false, false, "timestamp is not trusted"},
    };
    trust_root(STORE_CLOCK, clocks);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct verdict v;
        struct notation n = wish(old, root);
        n.clock = rows[i].clock;
        n.clock_ms = rows[i].at_ms;
        n.of_else = rows[i].of_else;
        n.weak = rows[i].weak;
        CHECK_AT(i);
        check_notation(a, &trust, &of, ENVELOPE_JWS, signed_jws(a, &n), &v);
        check_verdict(&v, "notation", S("CN=signer"), rows[i].reason);
        check_notation(a, &trust, &of, ENVELOPE_COSE, signed_cose(a, &n), &v);
        check_verdict(&v, "notation", S("CN=signer"), rows[i].reason);
    }
    struct notation n = wish(old, root);
    struct verdict v;
    n.clock = good;
    n.clock_ms = NOW - 5 * DAY;
    trust.stores[STORE_CLOCK].count = 0;
    check_notation(a, &trust, &of, ENVELOPE_JWS, signed_jws(a, &n), &v);
    check_verdict(&v, "notation", (str){0}, "timestamp is not trusted");
    end();
}

static void notation_keys_of_every_sort(void **state)
{
    static const struct {
        enum key_sort sort;
        const char *algorithm;
        enum signature_scheme scheme;
    } rows[] = {
        {KEY_P256, "ES256", SIGNED_ECDSA_SHA256}, {KEY_P384, "ES384", SIGNED_ECDSA_SHA384}, {KEY_P521, "ES512", SIGNED_ECDSA_SHA512},
        {KEY_RSA, "PS256", SIGNED_PSS_SHA256},    {KEY_RSA, "PS384", SIGNED_PSS_SHA384},    {KEY_RSA, "PS512", SIGNED_PSS_SHA512},
    };
    (void)state;
    begin();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct verdict v;
        struct notation n = wish(leaf_from(root, rows[i].sort, NOW - DAY, NOW + DAY), root);
        CHECK_AT(i);
        n.algorithm = rows[i].algorithm;
        n.scheme = rows[i].scheme;
        check_notation(a, &trust, &of, ENVELOPE_JWS, signed_jws(a, &n), &v);
        check_verdict(&v, "notation", S("CN=signer"), NULL);
        check_notation(a, &trust, &of, ENVELOPE_COSE, signed_cose(a, &n), &v);
        check_verdict(&v, "notation", S("CN=signer"), NULL);
    }
    end();
}

/* What is in the envelope byte by byte: either it is not trusted any more, or the byte was in what is not protected. */
static void an_envelope_with_another_byte_does_not_count(void **state)
{
    (void)state;
    begin();
    struct notation n = wish(leaf, root);
    str cose = signed_cose(a, &n), payload_end = S("test");
    size_t trusted = 0;
    for (size_t i = 0; i < cose.len; i++) {
        str altered = arena_copy(a, cose);
        struct verdict v;
        *(char *)(uintptr_t)(altered.at + i) ^= 1;
        check_notation(a, &trust, &of, ENVELOPE_COSE, altered, &v);
        trusted += v.trusted;
    }
    CHECK(trusted <= sizeof "io.cncf.notary.signingAgent" + payload_end.len + 700); /* letters of the agent, and the root's own signature */
    CHECK(trusted < cose.len / 2);
    end();
}

CHECK_MAIN(TEST(cosign_counts_by_a_trusted_key_for_this_manifest), TEST(cosign_keys_of_every_sort),
           TEST(bundles_count_by_a_trusted_key_for_this_manifest), TEST(notation_counts_by_a_chain_to_a_trusted_root),
           TEST(notation_of_an_authority_counts_at_the_time_it_tells), TEST(notation_outlives_its_certificates_by_a_clock), TEST(notation_keys_of_every_sort),
           TEST(an_envelope_with_another_byte_does_not_count))

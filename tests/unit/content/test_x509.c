/* Certificates and keys of others: what is read and what is not, whom a chain leads to and when (security CA-1, CA-5). */
#include "base/crypt.h"
#include "base/limits.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509.h"
#include "tests/support/check.h"
#include "tests/support/issuer.h"

#define DAY INT64_C(86400000)
#define NOW INT64_C(1800000000000)
#define CODE "critical,digitalSignature"
#define SIGNS "critical,keyCertSign"
#define CA "critical,CA:TRUE"

static struct arena *a;
static struct problem why;

static void begin(void)
{
    arena_close(a);
    a = arena_open(1 << 16);
    why = (struct problem){.arena = a};
}

static struct certificate cert(const struct issued *i)
{
    struct certificate c = {0};
    NEED(certificate_read(a, issued_der(i), &c, &why) == ERR_OK);
    return c;
}

static struct issued *root_of(const char *name)
{
    return issue(a, &(struct issue){.name = name, .sort = KEY_P256, .from_ms = NOW - 10 * DAY, .to_ms = NOW + 10 * DAY, .constraints = CA, .usage = SIGNS});
}

static struct issued *leaf_of(const struct issued *by, const char *usage, const char *extended)
{
    return issue(a, &(struct issue){.name = "leaf", .by = by, .sort = KEY_P384, .from_ms = NOW - DAY, .to_ms = NOW + DAY, .usage = usage, .extended = extended});
}

static bool leads(const struct certificate *chain, size_t count, const struct certificate *root, enum certificate_use use, int64_t at)
{
    return certificates_verify(chain, count, root, root ? 1 : 0, use, at, &why) == ERR_OK;
}

static void ca_5_a_chain_leads_to_its_root_and_to_no_other(void **state)
{
    (void)state;
    begin();
    struct issued *root = root_of("root"), *other = root_of("root");
    struct issued *middle = issue(a, &(struct issue){.name = "middle", .by = root, .sort = KEY_RSA, .from_ms = NOW - DAY, .to_ms = NOW + 5 * DAY,
                                                     .constraints = CA, .usage = SIGNS});
    struct certificate r = cert(root), m = cert(middle), o = cert(other), l = cert(leaf_of(middle, CODE, "codeSigning"));
    const struct certificate chain[] = {l, m, r}, mixed[] = {l, r, m};
    CHECK(leads(chain, 3, &r, CERTIFICATE_FOR_CODE, NOW));
    CHECK(leads(chain, 2, &r, CERTIFICATE_FOR_CODE, NOW));
    CHECK(leads(chain, 2, &m, CERTIFICATE_FOR_ANY, NOW));   /* whoever is trusted is a root */
    CHECK(leads(chain, 1, &l, CERTIFICATE_FOR_CODE, NOW));
    CHECK(!leads(chain, 1, &r, CERTIFICATE_FOR_ANY, NOW));  /* the middle is missing */
    CHECK(!leads(mixed, 3, &r, CERTIFICATE_FOR_ANY, NOW));
    CHECK(!leads(chain, 3, &o, CERTIFICATE_FOR_ANY, NOW));  /* the same name, another key */
    CHECK(!leads(chain, 3, NULL, CERTIFICATE_FOR_ANY, NOW));
    CHECK(!leads(chain, 3, &r, CERTIFICATE_FOR_ANY, NOW + DAY + 1000)); /* the leaf's end */
    CHECK(!leads(chain, 3, &r, CERTIFICATE_FOR_ANY, NOW - DAY - 1000));
    CHECK(leads(chain, 3, &r, CERTIFICATE_FOR_ANY, NOW - DAY));
    CHECK(!leads(chain, 0, &r, CERTIFICATE_FOR_ANY, NOW));
    CHECK(!issued_left_errors());
    CHECK(certificates_verify(chain, LIMIT_CERTIFICATE_CHAIN + 1, &r, 1, CERTIFICATE_FOR_ANY, NOW, &why) == ERR_INVALID);
}

static void issuers_are_authorities_and_keys_are_strong(void **state)
{
    (void)state;
    begin();
    struct issued *root = root_of("root");
    struct issued *plain = leaf_of(root, "critical,digitalSignature,keyCertSign", NULL), *under = leaf_of(plain, CODE, NULL);
    struct certificate r = cert(root);
    const struct certificate chain[] = {cert(under), cert(plain)};
    CHECK(!leads(chain, 2, &r, CERTIFICATE_FOR_ANY, NOW));
    struct issued *weak = issue(a, &(struct issue){.name = "weak", .by = root, .sort = KEY_RSA, .rsa_bits = 1024, .from_ms = NOW, .to_ms = NOW + DAY});
    struct certificate out;
    CHECK_ERR(certificate_read(a, issued_der(weak), &out, &why), ERR_INVALID);
}

static void a_leaf_for_code_is_for_nothing_else(void **state)
{
    static const struct {
        const char *usage, *extended;
        bool is;
    } rows[] = {
        {CODE, NULL, true},
        {CODE, "codeSigning", true},
        {"digitalSignature", "codeSigning", true},
        {NULL, NULL, false},
        {NULL, "codeSigning", false},
        {"critical,keyEncipherment", "codeSigning", false},
        {"critical,digitalSignature,keyCertSign", "codeSigning", false},
        {CODE, "serverAuth", false},
        {CODE, "codeSigning,serverAuth", false},
        {CODE, "codeSigning,timeStamping", false},
        {CODE, "codeSigning,emailProtection", false},
        {CODE, "anyExtendedKeyUsage,codeSigning", false},
        {CODE, "clientAuth", false},
    };
    (void)state;
    begin();
    struct issued *root = root_of("root");
    struct certificate r = cert(root);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct certificate l = cert(leaf_of(root, rows[i].usage, rows[i].extended));
        CHECK(leads(&l, 1, &r, CERTIFICATE_FOR_ANY, NOW));
        CHECK(leads(&l, 1, &r, CERTIFICATE_FOR_CODE, NOW) == rows[i].is);
    }
}

static void facts_are_told_and_cannot_deceive(void **state)
{
    (void)state;
    begin();
    struct issued *root = root_of("root"), *odd = issue(a, &(struct issue){.name = "a\nb,c\x7f \xe2\x80\xae" "d \xc3\xbc", .by = root, .sort = KEY_ED25519,
                                                                           .from_ms = NOW, .to_ms = NOW + DAY});
    struct certificate c = cert(odd), r = cert(root);
    CHECK_STR(c.subject, S("CN=a\\0Ab\\,c\\7F \\E2\\80\\AEd \xc3\xbc"));
    CHECK_STR(c.issuer, S("CN=root"));
    CHECK_STR(c.serial, S("0abc"));
    CHECK_INT(c.not_before_ms, NOW);
    CHECK_INT(c.not_after_ms, NOW + DAY);
    CHECK(!c.is_ca && r.is_ca);
    CHECK_STR(c.key, issued_spki(a, odd));
    CHECK(public_key_equal(c.key, issued_spki(a, odd)) && !public_key_equal(c.key, r.key));
}

static void ca_1_files_are_what_they_are_asked_to_be_and_nothing_more(void **state)
{
    (void)state;
    begin();
    struct issued *root = root_of("root");
    struct certificate r = cert(root), *list = NULL;
    str pem = certificate_pem(a, &r), key = public_key_pem(a, r.key), out;
    size_t count = 0;
    struct buf many;
    buf_init(&many, a, 1 << 20);
    for (unsigned i = 0; i < LIMIT_CERTIFICATE_CHAIN; i++)
        buf_add(&many, pem);
    CHECK(certificates_read(a, buf_str(&many), &list, &count, &why) == ERR_OK && count == LIMIT_CERTIFICATE_CHAIN);
    buf_add(&many, pem);
    CHECK_ERR(certificates_read(a, buf_str(&many), &list, &count, &why), ERR_INVALID);
    CHECK(certificates_read(a, r.der, &list, &count, &why) == ERR_OK && count == 1);
    const struct {
        str text;
        bool is_certificate, is_key;
    } rows[] = {
        {pem, true, false},
        {key, false, true},
        {arena_format(a, "\r\n  " STR_FMT "\r\n\t", STR_ARG(pem)), true, false},
        {arena_format(a, STR_FMT STR_FMT, STR_ARG(pem), STR_ARG(key)), false, false},
        {arena_format(a, STR_FMT STR_FMT, STR_ARG(pem), STR_ARG(issued_private_pem(a, root))), false, false},
        {issued_private_pem(a, root), false, false},
        {arena_format(a, "subject=/CN=root\n" STR_FMT, STR_ARG(pem)), false, false},
        {arena_format(a, STR_FMT "x", STR_ARG(pem)), false, false},
        {str_slice(pem, 0, pem.len - 2), false, false},
        {str_slice(r.der, 0, r.der.len - 1), false, false},
        {arena_format(a, "-----BEGIN CERTIFICATE-----\nX-Header: 1\n\n" STR_FMT, STR_ARG(str_slice(pem, 28, pem.len))), false, false},
        {S("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), false, false},
        {S("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), false, false},
        {S("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), false, false},
        {S("-----BEGIN CERTIFICATE-----\n"), false, false},
        {S(""), false, false},
        {S(" \n"), false, false},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK((certificates_read(a, rows[i].text, &list, &count, &why) == ERR_OK) == rows[i].is_certificate);
        CHECK((public_key_read(a, rows[i].text, &out, &why) == ERR_OK) == rows[i].is_key);
        CHECK(!issued_left_errors());
    }
    struct buf more;
    buf_init(&more, a, 1 << 16);
    buf_add(&more, r.der);
    buf_byte(&more, 0);
    CHECK_ERR(certificates_read(a, buf_str(&more), &list, &count, &why), ERR_INVALID);
}

static void keys_verify_what_was_signed_in_their_scheme(void **state)
{
    static const struct {
        enum key_sort sort;
        enum signature_scheme scheme;
        enum signature_form form;
    } rows[] = {
        {KEY_P256, SIGNED_ECDSA_SHA256, SIGNATURE_DER}, {KEY_P256, SIGNED_ECDSA_SHA256, SIGNATURE_RAW},
        {KEY_P384, SIGNED_ECDSA_SHA256, SIGNATURE_DER}, {KEY_P384, SIGNED_ECDSA_SHA384, SIGNATURE_RAW},
        {KEY_P521, SIGNED_ECDSA_SHA512, SIGNATURE_RAW}, {KEY_RSA, SIGNED_RSA_SHA256, SIGNATURE_DER},
        {KEY_RSA, SIGNED_PSS_SHA256, SIGNATURE_DER},    {KEY_RSA, SIGNED_PSS_SHA384, SIGNATURE_RAW},
        {KEY_RSA, SIGNED_PSS_SHA512, SIGNATURE_RAW},    {KEY_ED25519, SIGNED_ED25519, SIGNATURE_DER},
    };
    (void)state;
    begin();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct issued *one = issue(a, &(struct issue){.name = "x", .sort = rows[i].sort, .from_ms = NOW, .to_ms = NOW + DAY}),
                      *two = issue(a, &(struct issue){.name = "x", .sort = rows[i].sort, .from_ms = NOW, .to_ms = NOW + DAY});
        str key, text = S("what is signed"), signature = issued_sign(a, one, rows[i].scheme, rows[i].form, text);
        NEED(public_key_read(a, public_key_pem(a, issued_spki(a, one)), &key, &why) == ERR_OK);
        CHECK(public_key_verify(key, rows[i].scheme, rows[i].form, text, signature));
        CHECK(!public_key_verify(key, rows[i].scheme, rows[i].form, S("what is signeD"), signature));
        CHECK(!public_key_verify(key, rows[i].scheme, rows[i].form, text, str_slice(signature, 0, signature.len - 1)));
        CHECK(!public_key_verify(key, rows[i].scheme, rows[i].form, text, S("")));
        CHECK(!public_key_verify(issued_spki(a, two), rows[i].scheme, rows[i].form, text, signature));
        for (enum signature_scheme s = SIGNED_ECDSA_SHA256; s <= SIGNED_ED25519; s++)
            CHECK(public_key_verify(key, s, rows[i].form, text, signature) == (s == rows[i].scheme));
    }
    CHECK(!issued_left_errors());
    CHECK(!public_key_verify(S("no key"), SIGNED_ED25519, SIGNATURE_DER, S(""), S("")));
}

static void the_largest_and_the_smallest_keys(void **state)
{
    (void)state;
    begin();
    for (unsigned bits = 1024; bits <= LIMIT_RSA_BITS; bits *= 2) {
        str out;
        struct issued *i = issue(a, &(struct issue){.name = "x", .sort = KEY_RSA, .rsa_bits = bits, .from_ms = NOW, .to_ms = NOW + DAY});
        CHECK((public_key_read(a, issued_spki(a, i), &out, &why) == ERR_OK) == (bits >= LIMIT_RSA_BITS_LEAST));
    }
    begin();
    arena_close(a);
    a = NULL;
}

CHECK_MAIN(TEST(ca_5_a_chain_leads_to_its_root_and_to_no_other), TEST(issuers_are_authorities_and_keys_are_strong),
           TEST(a_leaf_for_code_is_for_nothing_else), TEST(facts_are_told_and_cannot_deceive),
           TEST(ca_1_files_are_what_they_are_asked_to_be_and_nothing_more), TEST(keys_verify_what_was_signed_in_their_scheme),
           TEST(the_largest_and_the_smallest_keys))

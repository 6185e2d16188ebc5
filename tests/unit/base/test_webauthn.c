#include "base/webauthn.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "tests/support/authenticator.h"
#include "tests/support/bytes.h"
#include "tests/support/check.h"

static const str origins[] = {STR("https://example.org"), STR("https://example.org:8443")};
static const struct webauthn_site site = {STR("example.org"), origins, COUNTOF(origins)};
static const struct webauthn_wish wish = {&site, STR("0123456789abcdef"), false};
static const struct webauthn_wish wish_person = {&site, STR("0123456789abcdef"), true};

#define CHALLENGE "MDEyMzQ1Njc4OWFiY2RlZg"
#define CREATE    "{\"type\":\"webauthn.create\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"https://example.org\"}"
#define GET       "{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE "\",\"origin\":\"https://example.org\"}"

static void passkeys_are_made_and_sign(void **state)
{
    static const struct {
        enum pubkey_algorithm algorithm;
        const char *format, *proof;
        unsigned flags;
        str extensions;
    } cases[] = {
        {PUBKEY_ES256, "none", "a0", TOUCH, {0}},
        {PUBKEY_RS256, "none", "a0", TOUCH | PERSON, {0}},
        {PUBKEY_EDDSA, "none", "a0", TOUCH | PERSON | MAY_SYNC | IS_SYNCED, {0}},
        {PUBKEY_ES256, "packed", "a263616c672663736967420102", TOUCH | MAY_SYNC, {0}}, /* unread */
        {PUBKEY_ES256, "none", "a0", TOUCH | EXTENSIONS, STR("\xa1\x61x\xf5")},
    };
    struct arena *a = arena_open(1 << 16);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct problem why = {.arena = a};
        struct signer *signer = signer_make(a, cases[i].algorithm, LIMIT_RSA_BITS_LEAST);
        struct authenticator_said said = {"example.org", cases[i].flags | CREDENTIAL, 7, S("its id"), signer_cose(a, signer),
                            cases[i].extensions, {0}};
        str made = authenticator_attest(a, cases[i].format, cases[i].proof, authenticator_data(a, &said));
        struct passkey key = {0};
        CHECK_AT(i);
        CHECK_PROBLEM(webauthn_make(a, &wish, S(CREATE), made, &key, &why), ERR_OK, &why);
        CHECK_STR(key.credential, S("its id"));
        CHECK_STR(key.public_key, said.cose);
        CHECK_INT(key.sign_count, 7);
        CHECK_INT(key.knows_person, (cases[i].flags & PERSON) != 0);
        CHECK_INT(key.is_synced, (cases[i].flags & MAY_SYNC) != 0);
        said.flags = cases[i].flags;
        said.count = 8;
        str data = authenticator_data(a, &said), signature = authenticator_sign(a, signer, data, GET);
        CHECK_PROBLEM(webauthn_prove(a, &wish, S(GET), data, signature, &key, &why), ERR_OK, &why);
        CHECK_INT(key.sign_count, 8);
        CHECK_ERR(webauthn_prove(a, &wish, S(GET), data, signature, &key, &why), ERR_UNAUTHENTICATED);
    }
    arena_close(a);
}

static void browsers_speak_of_this_step_and_this_site(void **state)
{
#define BEGIN "{\"type\":\"webauthn.create\",\"challenge\":\"" CHALLENGE "\","
    static const struct {
        const char *client, *says; /* NULL: taken */
    } cases[] = {
        {CREATE, NULL},
        {BEGIN "\"origin\":\"https://example.org:8443\",\"crossOrigin\":false,\"other\":{}}", NULL},
        {BEGIN "\"origin\":\"https://example.org:8444\"}", "another site"},
        {BEGIN "\"origin\":\"http://example.org\"}", "another site"},
        {BEGIN "\"origin\":\"https://example.org.evil.example\"}", "another site"},
        {BEGIN "\"origin\":\"https://example.org/\"}", "another site"},
        {BEGIN "\"origin\":\"HTTPS://EXAMPLE.ORG\"}", "another site"},
        {BEGIN "\"origin\":null}", "another site"},
        {BEGIN "\"x\":1}", "another site"},
        {BEGIN "\"origin\":\"https://example.org\",\"crossOrigin\":true}", "within another"},
        {BEGIN "\"origin\":\"https://example.org\",\"crossOrigin\":\"\"}", "within another"},
        {BEGIN "\"origin\":\"https://evil.example\",\"origin\":\"https://example.org\"}", "no JSON"},
        {GET, "something else"},
        {"{\"type\":\"webauthn.create\",\"challenge\":\"MDEyMzQ1Njc4OWFiY2RlZQ\",\"origin\":\"https://example.org\"}",
         "another challenge"},
        {"{\"type\":\"webauthn.create\",\"challenge\":\"" CHALLENGE "==\",\"origin\":\"https://example.org\"}",
         "another challenge"},
        {"{\"type\":\"webauthn.create\",\"challenge\":\"\",\"origin\":\"https://example.org\"}", "another challenge"},
        {"{\"type\":\"webauthn.create\",\"origin\":\"https://example.org\"}", "another challenge"},
        {"[]", "no JSON"},
        {"", "no JSON"},
    };
    struct arena *a = arena_open(1 << 16);
    struct signer *signer = signer_make(a, PUBKEY_EDDSA, 0);
    struct authenticator_said said = {"example.org", TOUCH | CREDENTIAL, 0, S("id"), signer_cose(a, signer), {0}, {0}};
    str made = authenticator_attest(a, "none", "a0", authenticator_data(a, &said));
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct problem why = {.arena = a};
        struct passkey key;
        CHECK_AT(i);
        CHECK_PROBLEM(webauthn_make(a, &wish, str_of(cases[i].client), made, &key, &why),
                      cases[i].says ? ERR_INVALID : ERR_OK, &why);
        if (cases[i].says && !str_contains(why.text, str_of(cases[i].says)))
            CHECK_SAY("says " STR_FMT, STR_ARG(why.text));
    }
    arena_close(a);
}

static void authenticators_speak_of_this_site_and_a_person(void **state)
{
    static const struct {
        const char *domain;
        unsigned flags;
        bool needs_person;
        str extensions, behind;
        const char *says;
    } cases[] = {
        {"example.org", TOUCH, false, {0}, {0}, NULL},
        {"example.org", TOUCH | PERSON, true, {0}, {0}, NULL},
        {"example.org", TOUCH | 0x22, false, {0}, {0}, NULL}, /* reserved bits */
        {"example.org", PERSON, false, {0}, {0}, "Nobody was present"},
        {"example.org", 0, false, {0}, {0}, "Nobody was present"},
        {"example.org", TOUCH, true, {0}, {0}, "did not ask"},
        {"example.com", TOUCH, false, {0}, {0}, "another site"},
        {"https://example.org", TOUCH, false, {0}, {0}, "another site"},
        {"example.org", TOUCH | IS_SYNCED, false, {0}, {0}, "contradicts"},
        {"example.org", TOUCH, false, {0}, STR("\xa0"), "cannot be read"},
        {"example.org", TOUCH | EXTENSIONS, false, STR("\xa0"), {0}, NULL},
        {"example.org", TOUCH | EXTENSIONS, false, STR("\xa0"), STR("\xa0"), "cannot be read"},
        {"example.org", TOUCH | EXTENSIONS, false, STR("\x80"), {0}, "cannot be read"},
        {"example.org", TOUCH | EXTENSIONS, false, {0}, {0}, "cannot be read"},
    };
    struct arena *a = arena_open(1 << 16);
    struct signer *signer = signer_make(a, PUBKEY_EDDSA, 0);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct problem why = {.arena = a};
        struct authenticator_said said = {cases[i].domain, cases[i].flags, 0, {0}, {0}, cases[i].extensions, cases[i].behind};
        struct passkey key = {.public_key = signer_cose(a, signer)};
        str data = authenticator_data(a, &said);
        CHECK_AT(i);
        CHECK_PROBLEM(webauthn_prove(a, cases[i].needs_person ? &wish_person : &wish, S(GET), data,
                                     authenticator_sign(a, signer, data, GET), &key, &why),
                      cases[i].says ? ERR_UNAUTHENTICATED : ERR_OK, &why);
        if (cases[i].says && !str_contains(why.text, str_of(cases[i].says)))
            CHECK_SAY("says " STR_FMT, STR_ARG(why.text));
    }
    arena_close(a);
}

static void credentials_have_a_length_and_a_known_key(void **state)
{
    char *longest;
    struct arena *a = arena_open(1 << 16);
    struct signer *signer = signer_make(a, PUBKEY_ES256, 0);
    str cose = signer_cose(a, signer);
    (void)state;
    longest = arena_get(a, LIMIT_CREDENTIAL_BYTES + 1, 1);
    const struct {
        str credential, cose;
        unsigned flags;
        bool ok;
    } cases[] = {
        {{longest, 1}, cose, CREDENTIAL, true},
        {{longest, LIMIT_CREDENTIAL_BYTES}, cose, CREDENTIAL, true},
        {{longest, LIMIT_CREDENTIAL_BYTES + 1}, cose, CREDENTIAL, false},
        {{longest, 0}, cose, CREDENTIAL, false},
        {S("id"), cose, 0, false}, /* no credential at all */
        {S("id"), str_slice(cose, 0, cose.len - 1), CREDENTIAL, false},
        {S("id"), bytes_changed(a, cose, 4, 1), CREDENTIAL, false}, /* another algorithm */
        {S("id"), S("\xa0"), CREDENTIAL, false},
        {S("id"), {0}, CREDENTIAL, false},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct authenticator_said said = {"example.org", TOUCH | cases[i].flags, 0, cases[i].credential, cases[i].cose, {0}, {0}};
        struct passkey key;
        CHECK_AT(i);
        CHECK_ERR(webauthn_make(a, &wish, S(CREATE), authenticator_attest(a, "none", "a0", authenticator_data(a, &said)), &key, NULL),
                  cases[i].ok ? ERR_OK : ERR_INVALID);
    }
    arena_close(a);
}

static void attestations_are_of_one_shape(void **state)
{
    struct arena *a = arena_open(1 << 16);
    struct signer *signer = signer_make(a, PUBKEY_EDDSA, 0);
    struct authenticator_said said = {"example.org", TOUCH | CREDENTIAL, 0, S("id"), signer_cose(a, signer), {0}, {0}};
    str data = authenticator_data(a, &said), good = authenticator_attest(a, "none", "a0", data);
    struct passkey key;
    (void)state;
    CHECK_ERR(webauthn_make(a, &wish, S(CREATE), good, &key, NULL), ERR_OK);
    for (size_t n = 0; n < good.len; n++)
        CHECK_ERR(webauthn_make(a, &wish, S(CREATE), str_slice(good, 0, n), &key, NULL), ERR_INVALID);
    CHECK_ERR(webauthn_make(a, &wish, S(CREATE), bytes_joined(a, good, S("\xf6")), &key, NULL), ERR_INVALID);
    CHECK_ERR(webauthn_make(a, &wish, S(CREATE), data, &key, NULL), ERR_INVALID);
    CHECK_ERR(webauthn_make(a, &wish, S(CREATE), authenticator_attest(a, "none", "a10102", data), &key, NULL), ERR_INVALID);
    CHECK_ERR(webauthn_make(a, &wish, S(CREATE), authenticator_attest(a, "none", "80", data), &key, NULL), ERR_INVALID);
    CHECK_ERR(webauthn_make(a, &wish, S(CREATE), bytes_of_hex(a, "a163666d74646e6f6e65"), &key, NULL), ERR_INVALID);
    CHECK_ERR(webauthn_make(a, &wish, S(CREATE), S("\xa0"), &key, NULL), ERR_INVALID);
    arena_close(a);
}

static void every_changed_byte_of_a_proof_is_seen(void **state)
{
    struct arena *a = arena_open(1 << 20);
    (void)state;
    for (int i = PUBKEY_ES256; i <= PUBKEY_EDDSA; i++) {
        struct signer *signer = signer_make(a, (enum pubkey_algorithm)i, LIMIT_RSA_BITS_LEAST);
        struct authenticator_said said = {"example.org", TOUCH, 0, {0}, {0}, {0}, {0}};
        struct passkey key = {.public_key = signer_cose(a, signer)};
        str data = authenticator_data(a, &said), signature = authenticator_sign(a, signer, data, GET);
        CHECK_AT(i);
        CHECK_ERR(webauthn_prove(a, &wish, S(GET), data, signature, &key, NULL), ERR_OK);
        for (size_t at = 0; at < data.len; at++)
            CHECK_ERR(webauthn_prove(a, &wish, S(GET), bytes_changed(a, data, at, 1 << at % 8), signature, &key, NULL),
                      ERR_UNAUTHENTICATED);
        for (size_t at = 0; at < signature.len; at++)
            CHECK_ERR(webauthn_prove(a, &wish, S(GET), data, bytes_changed(a, signature, at, 1 << at % 8), &key, NULL),
                      ERR_UNAUTHENTICATED);
        for (size_t at = 0; at < strlen(GET); at++)
            CHECK_ERR(webauthn_prove(a, &wish, bytes_changed(a, S(GET), at, 1 << at % 8), data, signature, &key, NULL),
                      ERR_UNAUTHENTICATED);
        CHECK_ERR(webauthn_prove(a, &wish, S(GET " "), data, signature, &key, NULL), ERR_UNAUTHENTICATED);
        key.public_key = bytes_joined(a, key.public_key, S("\xf6"));
        CHECK_ERR(webauthn_prove(a, &wish, S(GET), data, signature, &key, NULL), ERR_UNAUTHENTICATED);
    }
    arena_close(a);
}

static void copies_of_an_authenticator_are_found(void **state)
{
    static const struct {
        uint32_t kept, said;
        bool ok;
    } cases[] = {{0, 0, true}, {0, 1, true},  {1, 0, false}, {7, 7, false},
                 {7, 8, true}, {7, 6, false}, {7, 9, true},  {UINT32_MAX, 0, false},
                 {0, UINT32_MAX, true}};
    struct arena *a = arena_open(1 << 14);
    struct signer *signer = signer_make(a, PUBKEY_EDDSA, 0);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct authenticator_said said = {"example.org", TOUCH, cases[i].said, {0}, {0}, {0}, {0}};
        struct passkey key = {.public_key = signer_cose(a, signer), .sign_count = cases[i].kept};
        str data = authenticator_data(a, &said);
        CHECK_AT(i);
        CHECK_ERR(webauthn_prove(a, &wish, S(GET), data, authenticator_sign(a, signer, data, GET), &key, NULL),
                  cases[i].ok ? ERR_OK : ERR_UNAUTHENTICATED);
        CHECK_INT(key.sign_count, cases[i].ok ? cases[i].said : cases[i].kept);
    }
    arena_close(a);
}

CHECK_MAIN(TEST(passkeys_are_made_and_sign), TEST(browsers_speak_of_this_step_and_this_site),
           TEST(authenticators_speak_of_this_site_and_a_person), TEST(credentials_have_a_length_and_a_known_key),
           TEST(attestations_are_of_one_shape), TEST(every_changed_byte_of_a_proof_is_seen),
           TEST(copies_of_an_authenticator_are_found))

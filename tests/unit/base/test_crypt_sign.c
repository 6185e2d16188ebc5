#include "base/crypt.h"
#include "tests/support/bytes.h"
#include "tests/support/check.h"

static void sha512_of_known_texts(void **state)
{
    static const struct {
        str text;
        const char *digest;
    } cases[] = {
        {STR("abc"), "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
        {{0}, "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
              "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
    };
    struct arena *a = arena_open(1024);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        uint8_t digest[64];
        CHECK_AT(i);
        crypt_sha512(cases[i].text, digest);
        CHECK_STR(BYTES(digest), bytes_of_hex(a, cases[i].digest));
    }
    arena_close(a);
}

/* RFC 4231: short, shorter than a block, longer than a block. */
static void codes_of_rfc_4231(void **state)
{
    static const struct {
        unsigned char key;
        size_t times;
        str name, text;
        const char *code;
    } cases[] = {
        {0x0b, 20, {0}, STR("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {0, 0, STR("Jefe"), STR("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {0xaa, 131, {0}, STR("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    struct arena *a = arena_open(1024);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        uint8_t code[HMAC_SHA256_BYTES];
        char key[131];
        CHECK_AT(i);
        memset(key, cases[i].key, sizeof key);
        hmac_sha256(cases[i].times > 0 ? (str){key, cases[i].times} : cases[i].name, cases[i].text,
                    code);
        CHECK_STR(BYTES(code), bytes_of_hex(a, cases[i].code));
    }
    arena_close(a);
}

static const struct {
    const char *seed, *public, *text, *signature;
} rfc_8032[] = { /* section 7.1, tests 1 to 3 */
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
     "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static void signatures_of_rfc_8032(void **state)
{
    struct arena *a = arena_open(1024);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rfc_8032); i++) {
        struct ed25519_pair pair;
        uint8_t signature[ED25519_SIGNATURE_BYTES];
        str text = bytes_of_hex(a, rfc_8032[i].text);
        CHECK_AT(i);
        ed25519_pair_of((const uint8_t *)bytes_of_hex(a, rfc_8032[i].seed).at, &pair);
        CHECK_STR(BYTES(pair.public), bytes_of_hex(a, rfc_8032[i].public));
        ed25519_sign(pair.secret, text, signature);
        CHECK_STR(BYTES(signature), bytes_of_hex(a, rfc_8032[i].signature));
        CHECK(ed25519_verify(BYTES(pair.public), text, BYTES(signature)));
    }
    arena_close(a);
}

static void every_changed_byte_is_seen(void **state)
{
    struct arena *a = arena_open(1 << 16);
    str key = bytes_of_hex(a, rfc_8032[2].public), text = bytes_of_hex(a, rfc_8032[2].text),
        signature = bytes_of_hex(a, rfc_8032[2].signature);
    (void)state;
    NEED(ed25519_verify(key, text, signature));
    for (size_t i = 0; i < 64; i++) {
        for (int bit = 1; bit < 256; bit <<= 1) {
            CHECK_AT(i);
            CHECK(!ed25519_verify(key, text, bytes_changed(a, signature, i, bit)));
            if (i < key.len)
                CHECK(!ed25519_verify(bytes_changed(a, key, i, bit), text, signature));
            if (i < text.len)
                CHECK(!ed25519_verify(key, bytes_changed(a, text, i, bit), signature));
        }
        CHECK(!ed25519_verify(key, text, str_slice(signature, 0, i)));
    }
    CHECK(!ed25519_verify(key, str_slice(text, 0, 1), signature));
    CHECK(!ed25519_verify(str_slice(key, 0, 31), text, signature));
    CHECK(!ed25519_verify((str){0}, text, signature));
    arena_close(a);
}

/* The same signature with the group's order added to its second half, and a key of order one, with
 * which anything would be signed. */
static void second_spellings_and_weak_keys_are_refused(void **state)
{
    struct arena *a = arena_open(4096);
    str key = bytes_of_hex(a, rfc_8032[1].public), text = bytes_of_hex(a, rfc_8032[1].text);
    str signature = bytes_of_hex(a, rfc_8032[1].signature);
    (void)state;
    NEED(ed25519_verify(key, text, signature));
    CHECK(!ed25519_verify(key, text, bytes_plus_order(a, signature)));
    char one[32] = {1}, weak[64] = {1};
    CHECK(!ed25519_verify(BYTES(one), text, BYTES(weak)));
    arena_close(a);
}

CHECK_MAIN(TEST(sha512_of_known_texts), TEST(codes_of_rfc_4231), TEST(signatures_of_rfc_8032),
           TEST(every_changed_byte_is_seen), TEST(second_spellings_and_weak_keys_are_refused))

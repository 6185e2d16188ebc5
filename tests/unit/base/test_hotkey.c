#include "base/hotkey.h"

#include "base/crypt.h"
#include "tests/support/bytes.h"
#include "tests/support/check.h"

/* The key whose seed is 01 02 … 20, as both algorithms have it, and what it signed. */
#define WALLET   "5CShbTqxKUgKZBRDu1VGVpivm3m415stz86A5GBdoV7wrU1d"
#define ED25519  "5EpHX5foDtnhZngj4GsKq5eKGpUvuMqbpUG48ZfCCCs7EzKR"
#define AT       ":1760000000:"

static const struct vector {
    enum hotkey_algorithm algorithm;
    const char *address, *message, *signature;
} vectors[] = {
    {HOTKEY_SR25519, WALLET, WALLET AT "api_keys",
     "7e570876920a592167443c1ebed326a6d91e43b6148ea6ac500a1bf5d6d70945"
     "82fb17b450fc04c5ad5bd4d91a7b827f6df56f46f28600850ac4e445c42bd38a"},
    {HOTKEY_SR25519, WALLET, WALLET AT "registry",
     "28c9e35ce820a068c5409621bfcd534ef09aad5c27989b6e9954f0ac7d1d852e"
     "f8bf60bfbd3aa91940ced02b619c79e3aa3c242f07fddeb8fe88c870397ce788"},
    {HOTKEY_SR25519, WALLET,
     WALLET AT "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", /* body {} */
     "4ece44f7945ddf8b066b135ec10139cd93760ca27b92b780c299e823b4ecd602"
     "04b634593074c1fa6d79030c682dd73b047bd1bef300c6fa581c6fa3d1dadd8e"},
    {HOTKEY_SR25519, WALLET, WALLET AT "me", /* signed as <Bytes>…</Bytes> */
     "908aceabbbd263a6f4394033a9b79a1c292b96ad63667f6f945d8f6c8d41c506"
     "ffa65cd27fc41ad3142b724e81b31c01b0972d45d71724f05aea91c89110e980"},
    {HOTKEY_ED25519, ED25519, ED25519 AT "api_keys",
     "147a6938040d803310e1953c0d63b8ad026b3477c5ba40513ea6d0a49e831571"
     "5209fc267345f995a7135c8b3d404779861959f10653150a591041e34be60d09"},
};

static bool verify(struct arena *a, const struct vector *v, str message, str signature)
{
    return hotkey_verify(a, v->algorithm, str_of(v->address), message, signature);
}

static void every_vector_verifies_and_nothing_near_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(vectors); i++) {
        const struct vector *v = &vectors[i];
        struct arena *a = arena_open(1 << 18);
        str message = str_of(v->message), signature = bytes_of_hex(a, v->signature);
        CHECK_AT(i);
        CHECK(verify(a, v, message, signature));
        for (size_t at = 0; at < message.len; at++)
            CHECK(!verify(a, v, bytes_changed(a, message, at, 1 << at % 8), signature));
        for (size_t bit = 0; bit < 8 * signature.len; bit++)
            CHECK(!verify(a, v, message, bytes_changed(a, signature, bit / 8, 1 << bit % 8)));
        for (size_t n = 0; n < signature.len; n++)
            CHECK(!verify(a, v, message, str_slice(signature, 0, n)));
        CHECK(!verify(a, v, message, bytes_joined(a, signature, S("0"))));
        CHECK(!verify(a, v, message, bytes_plus_order(a, signature)));
        CHECK(!verify(a, v, str_slice(message, 0, message.len - 1), signature));
        struct vector other = *v;
        other.algorithm = v->algorithm == HOTKEY_SR25519 ? HOTKEY_ED25519 : HOTKEY_SR25519;
        CHECK(!verify(a, &other, message, signature));
        arena_close(a);
    }
}

/* The mark of schnorrkel is the highest bit of the last byte; without it it is another scheme's. */
static void the_mark_is_needed(void **state)
{
    struct arena *a = arena_open(1 << 14);
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        str signature = bytes_of_hex(a, vectors[i].signature);
        CHECK_AT(i);
        CHECK(((unsigned char)signature.at[63] & 0x80) != 0);
        CHECK(!verify(a, &vectors[i], str_of(vectors[i].message),
                      bytes_changed(a, signature, 63, 0x80)));
        /* s + L, with the mark taken off and put back around the sum. */
        str sum = bytes_plus_order(a, bytes_changed(a, signature, 63, 0x80));
        CHECK(((unsigned char)sum.at[63] & 0x80) == 0);
        CHECK(!verify(a, &vectors[i], str_of(vectors[i].message), bytes_changed(a, sum, 63, 0x80)));
    }
    arena_close(a);
}

/* A message goes on behind a zero byte, wrapped or not. */
static void zeros_end_no_message(void **state)
{
    static const uint8_t seed[ED25519_SEED_BYTES] = {1};
    static const struct {
        str is_signed, message;
        bool ok;
    } cases[] = {
        {STR("a\0b"), STR("a\0b"), true},
        {STR("a\0b"), STR("a\0c"), false},
        {STR("<Bytes>a\0b</Bytes>"), STR("a\0b"), true},
        {STR("<Bytes>a</Bytes>"), STR("a\0b"), false},
        {STR("<Bytes>a\0b</Bytes>"), STR("a"), false},
        {STR("<Bytes></Bytes>"), STR("\0"), false},
        {STR("<Bytes></Bytes>"), STR(""), true},
    };
    struct arena *a = arena_open(1 << 12);
    struct ed25519_pair pair;
    (void)state;
    ed25519_pair_of(seed, &pair);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        uint8_t signature[ED25519_SIGNATURE_BYTES];
        CHECK_AT(i);
        ed25519_sign(pair.secret, cases[i].is_signed, signature);
        CHECK_INT(hotkey_verify(a, HOTKEY_ED25519, hotkey_write(a, pair.public), cases[i].message,
                                BYTES(signature)), cases[i].ok);
    }
    arena_close(a);
}

static void weak_keys_verify_nothing(void **state)
{
    struct arena *a = arena_open(1 << 14);
    uint8_t zero[HOTKEY_KEY_BYTES] = {0}, signature[64] = {[63] = 0x80};
    (void)state;
    CHECK(!hotkey_verify(a, HOTKEY_SR25519, hotkey_write(a, zero), S("x"), BYTES(signature)));
    CHECK(!hotkey_verify(a, HOTKEY_ED25519, hotkey_write(a, zero), S("x"), BYTES(signature)));
    signature[32] = 1;
    CHECK(!hotkey_verify(a, HOTKEY_SR25519, hotkey_write(a, zero), S("x"), BYTES(signature)));
    uint8_t no_point[HOTKEY_KEY_BYTES];
    memset(no_point, 0xff, sizeof no_point);
    CHECK(!hotkey_verify(a, HOTKEY_SR25519, hotkey_write(a, no_point), S("x"), BYTES(signature)));
    arena_close(a);
}

static void addresses_have_a_sum(void **state)
{
    static const struct {
        const char *address, *key;
    } good[] = {
        {WALLET, "10c68432943c68a6e1be650818b5e08db79e57823de9f34df7ba36d404d91e1d"},
        {ED25519, "79b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664"},
        /* Alice of every development chain, with sr25519 */
        {"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
         "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"},
    };
    static const char *const bad[] = {
        "",
        "5",
        "5CShbTqxKUgKZBRDu1VGVpivm3m415stz86A5GBdoV7wrU1",
        "5CShbTqxKUgKZBRDu1VGVpivm3m415stz86A5GBdoV7wrU1dd",
        "15CShbTqxKUgKZBRDu1VGVpivm3m415stz86A5GBdoV7wrU1d",
        " 5CShbTqxKUgKZBRDu1VGVpivm3m415stz86A5GBdoV7wrU1d",
        "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5", /* Alice on network 0 */
        "5CShbTqxKUgKZBRDu1VGVpivm3m415stz86A5GBdoV7wrU10",
    };
    struct arena *a = arena_open(1 << 16);
    uint8_t key[HOTKEY_KEY_BYTES];
    (void)state;
    for (size_t i = 0; i < COUNTOF(good); i++) {
        CHECK_AT(i);
        NEED(hotkey_read(a, str_of(good[i].address), key));
        CHECK_STR(BYTES(key), bytes_of_hex(a, good[i].key));
        CHECK_STR(hotkey_write(a, key), str_of(good[i].address));
        for (size_t at = 0; at < strlen(good[i].address); at++)
            for (int bit = 1; bit < 256; bit <<= 1)
                CHECK(!hotkey_read(a, bytes_changed(a, str_of(good[i].address), at, bit), key));
    }
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        CHECK_AT(i);
        CHECK(!hotkey_read(a, str_of(bad[i]), key));
    }
    arena_close(a);
}

static void algorithms_have_names(void **state)
{
    enum hotkey_algorithm algorithm = HOTKEY_SR25519;
    (void)state;
    CHECK(hotkey_algorithm_of(S("ed25519"), &algorithm) && algorithm == HOTKEY_ED25519);
    CHECK(hotkey_algorithm_of(S("sr25519"), &algorithm) && algorithm == HOTKEY_SR25519);
    CHECK(!hotkey_algorithm_of(S("Ed25519"), &algorithm));
    CHECK(!hotkey_algorithm_of(S("ecdsa"), &algorithm));
    CHECK(!hotkey_algorithm_of((str){0}, &algorithm));
}

CHECK_MAIN(TEST(every_vector_verifies_and_nothing_near_it), TEST(the_mark_is_needed),
           TEST(zeros_end_no_message), TEST(weak_keys_verify_nothing),
           TEST(addresses_have_a_sum), TEST(algorithms_have_names))

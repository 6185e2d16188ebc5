/* Keys that are sound by their form and known to be weak (CA-1): of a faulty generator, with factors that are found in no time, or
 * published. What is not looked for: the keys of Debian's broken OpenSSL (the lists are too long to bring along), factors that two
 * keys have in common, a modulus that is itself a prime. */
#include "base/buf.h"
#include "base/crypt.h"
#include "base/digest.h"
#include "content/system/pki/x509_own.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

enum { DIVISORS = 2048, ROUNDS = 100 };

static void close_context(BN_CTX **p)
{
    BN_CTX_free(*p);
}

/* ---- factors ---- */

/* Odd numbers, whether they are primes or not. */
static bool has_small_factor(const BIGNUM *n)
{
    for (BN_ULONG d = 3; d < DIVISORS; d += 2)
        if (BN_mod_word(n, d) == 0)
            return true;
    return !BN_is_odd(n);
}

/* The greatest number whose square is not above n (Newton, from above). */
static bool square_root(BIGNUM *out, const BIGNUM *n, BIGNUM *next, BN_CTX *ctx)
{
    BN_zero(out);
    if (BN_set_bit(out, (BN_num_bits(n) + 1) / 2) != 1)
        return false;
    for (;;) {
        if (BN_div(next, NULL, n, out, ctx) != 1 || BN_add(next, next, out) != 1 || BN_rshift1(next, next) != 1)
            return false;
        if (BN_cmp(next, out) >= 0)
            return true;
        BN_swap(next, out);
    }
}

/* Most numbers are no squares already by their last bits. */
static bool may_be_square(const BIGNUM *n)
{
    static const BN_ULONG moduli[] = {64, 63, 65, 11};
    for (size_t i = 0; i < COUNTOF(moduli); i++) {
        BN_ULONG rest = BN_mod_word(n, moduli[i]), x = 0;
        while (x < moduli[i] && x * x % moduli[i] != rest)
            x++;
        if (x == moduli[i])
            return false;
    }
    return true;
}

/* Two primes that lie close to each other are found from the square root on (Fermat; CVE-2022-26320). What cannot be computed is weak. */
static bool has_close_factors(const BIGNUM *n, BN_CTX *ctx)
{
    BIGNUM *a = BN_CTX_get(ctx), *rest = BN_CTX_get(ctx), *root = BN_CTX_get(ctx), *room = BN_CTX_get(ctx);
    if (!room || !square_root(a, n, room, ctx))
        return true;
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (BN_sqr(rest, a, ctx) != 1 || BN_sub(rest, rest, n) != 1)
            return true;
        if (!BN_is_negative(rest) && may_be_square(rest)) {
            if (!square_root(root, rest, room, ctx) || BN_sqr(root, root, ctx) != 1 || BN_cmp(root, rest) == 0)
                return true;
        }
        if (BN_add_word(a, 1) != 1)
            return true;
    }
    return false;
}

/* ---- a generator's mark ---- */

static bool is_power_of_generator(BN_ULONG rest, BN_ULONG prime)
{
    BN_ULONG power = 1;
    do {
        if (power == rest)
            return true;
        power = power * (65537 % prime) % prime;
    } while (power != 1);
    return false;
}

/* ROCA (CVE-2017-15361): primes that are powers of 65537 modulo many small primes; so is then their product. Of these, the powers are
 * few enough that a sound key has the mark once in a hundred million. */
static bool has_mark(const BIGNUM *n)
{
    static const BN_ULONG primes[] = {11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};
    for (size_t i = 0; i < COUNTOF(primes); i++)
        if (!is_power_of_generator(BN_mod_word(n, primes[i]), primes[i]))
            return false;
    return true;
}

static bool is_weak_rsa(const EVP_PKEY *key)
{
    BIGNUM *n = NULL;
    CLEANUP(close_context) BN_CTX *ctx = BN_CTX_new();
    bool is_read = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1;
    CLEANUP(close_BIGNUM) BIGNUM *modulus = n;
    return !is_read || !ctx || has_small_factor(modulus) || has_mark(modulus) || has_close_factors(modulus, ctx);
}

/* ---- published keys ---- */

/* SHA-256 of the SubjectPublicKeyInfo: keys of examples, whose other half everybody has. */
static const str published[] = {
    STR("8fb6bad671cfe698393c453357da61b56d757ab8c0f3fb9c87f2849e63131878"), /* RFC 9500: RSA of 2048 bits */
    STR("b2b04340cfaee616ec9c2c62d261b208e54bb197498df52e8cadede23ac0ba5e"), /* … P-256 */
    STR("c4c10105a0be0ed4dd3354428dc38a9bfee64da141ce16e75c94eda272f9dd3a"), /* … P-384 */
    STR("06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9"), /* RFC 8032 7.1, test 1; RFC 8037 */
    STR("deb2ded39dc26fce0e6085b6fc34bf6b5941913bbfe2ea614113cff9e004c170"), /* … test 2 */
    STR("8d39ba50abe50f77b6bb8ae7b6927aff7ffbeba35ad2837c0e51e82bcbcc60d5"), /* … test 3 */
    STR("2bd1bb0c44a897c30a7aa0991cde38d8062fe441de50da0f46825344f602e827"), /* RFC 7515 A.3 */
    STR("51b944cdfa544d4c3273aa6bf350625a7dd53bbb6a71723274f538b19a207760"), /* RFC 7517 A.2 */
    STR("5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3"), /* P-256, whose secret is the number one */
    STR("29f8fe74f38c49d49810cec736a26732a30bff2e64827b709a1c63340d4f7181"), /* P-384, the same */
};

/* Points that everybody signs for: those of a small order, without their sign. */
static const str small[] = {
    STR("0000000000000000000000000000000000000000000000000000000000000000"),
    STR("0100000000000000000000000000000000000000000000000000000000000000"),
    STR("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    STR("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    STR("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    STR("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    STR("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
};

static bool is_weak_ed25519(const EVP_PKEY *key, struct arena *a)
{
    unsigned char raw[ED25519_PUBLIC_BYTES];
    size_t length = sizeof raw;
    if (EVP_PKEY_get_raw_public_key(key, raw, &length) != 1 || length != sizeof raw)
        return true;
    raw[sizeof raw - 1] &= 0x7f;
    struct buf hex;
    buf_init(&hex, a, 2 * sizeof raw + 1);
    buf_hex(&hex, raw, sizeof raw);
    for (size_t i = 0; i < COUNTOF(small); i++)
        if (str_equal(small[i], buf_str(&hex)))
            return true;
    return false;
}

bool key_is_weak(const EVP_PKEY *key, str spki, struct arena *a)
{
    str digest = digest_hex(a, DIGEST_SHA256, spki);
    for (size_t i = 0; i < COUNTOF(published); i++)
        if (str_equal(published[i], digest))
            return true;
    return (EVP_PKEY_is_a(key, "RSA") && is_weak_rsa(key)) || (EVP_PKEY_is_a(key, "ED25519") && is_weak_ed25519(key, a));
}

/* Verifying Schnorr signatures over Ristretto (schnorrkel's sign_simple). libsodium has the group; what
 * it lacks is the hash that binds key, message and nonce: a Merlin transcript, which is STROBE-128 with
 * a few labels, which is Keccak-f[1600] with a few rules. All of it is public data: nothing here needs
 * constant time. https://merlin.cool, https://strobe.sourceforge.io/specs/ (v1.0.2), FIPS 202. Why it is ours:
 * docs/decisions/0006-signatures-of-wallets.md. */
#include "base/crypt.h"

#include <assert.h>
#include <sodium.h>


/* ---- Keccak-f[1600]: 24 rounds over 25 lanes (FIPS 202, section 3) ---- */

static uint64_t rotate(uint64_t v, unsigned by)
{
    return v << by | v >> (64 - by);
}

static void keccak(uint64_t lanes[25])
{
    static const uint64_t rounds[24] = {
        0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
        0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
        0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
        0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
        0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
        0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};
    /* Where each lane goes, and how far it turns on its way, along the one cycle of 24. */
    static const uint8_t to[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                   15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};
    static const uint8_t turns[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                      27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
    for (size_t round = 0; round < 24; round++) {
        uint64_t sums[5], row[5];
        for (size_t x = 0; x < 5; x++)
            sums[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
        for (size_t i = 0; i < 25; i++)
            lanes[i] ^= sums[(i + 4) % 5] ^ rotate(sums[(i + 1) % 5], 1);
        uint64_t moving = lanes[1];
        for (size_t i = 0; i < 24; i++) {
            uint64_t next = lanes[to[i]];
            lanes[to[i]] = rotate(moving, turns[i]);
            moving = next;
        }
        for (size_t y = 0; y < 25; y += 5) {
            memcpy(row, lanes + y, sizeof row);
            for (size_t x = 0; x < 5; x++)
                lanes[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
        }
        lanes[0] ^= rounds[round];
    }
}

/* ---- STROBE-128, of it what Merlin uses ---- */

enum { RATE = 166, STATE = 200 };
enum { FLAG_I = 1, FLAG_A = 2, FLAG_C = 4, FLAG_M = 16 };

struct strobe {
    uint8_t state[STATE];
    uint8_t at, begin; /* both below RATE + 1 */
};

static void permute(uint8_t state[STATE])
{
    uint64_t lanes[25] = {0};
    for (size_t i = 0; i < STATE; i++) /* little-endian on any machine */
        lanes[i / 8] |= (uint64_t)state[i] << (8 * (i % 8));
    keccak(lanes);
    for (size_t i = 0; i < STATE; i++)
        state[i] = (uint8_t)(lanes[i / 8] >> (8 * (i % 8)));
}

static void run(struct strobe *s)
{
    s->state[s->at] ^= s->begin;
    s->state[s->at + 1] ^= 0x04;
    s->state[RATE + 1] ^= 0x80;
    permute(s->state);
    s->at = s->begin = 0;
}

static void absorb(struct strobe *s, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < n; i++) {
        s->state[s->at++] ^= at[i];
        if (s->at == RATE)
            run(s);
    }
}

static void begin(struct strobe *s, uint8_t flags)
{
    uint8_t head[2] = {s->begin, flags};
    s->begin = (uint8_t)(s->at + 1);
    absorb(s, head, sizeof head);
    if ((flags & FLAG_C) != 0 && s->at != 0)
        run(s);
}

static void squeeze(struct strobe *s, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = s->state[s->at];
        s->state[s->at++] = 0;
        if (s->at == RATE)
            run(s);
    }
}

/* ---- Merlin ---- */

static void put_label(struct strobe *s, str label, size_t length)
{
    uint8_t bytes[4];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(length >> (8 * i));
    begin(s, FLAG_M | FLAG_A);
    absorb(s, label.at, label.len);
    absorb(s, bytes, sizeof bytes); /* "more" of the same operation */
}

static void put(struct strobe *s, str label, str message)
{
    put_label(s, label, message.len);
    begin(s, FLAG_A);
    absorb(s, message.at, message.len);
}

static void challenge(struct strobe *s, str label, uint8_t *out, size_t n)
{
    put_label(s, label, n);
    begin(s, FLAG_I | FLAG_A | FLAG_C);
    squeeze(s, out, n);
}

static void start(struct strobe *s, str protocol)
{
    static const uint8_t head[] = {1, RATE + 2, 1, 0, 1, 96};
    static const str version = STR("STROBEv1.0.2");
    *s = (struct strobe){0};
    memcpy(s->state, head, sizeof head);
    memcpy(s->state + sizeof head, version.at, version.len);
    permute(s->state);
    begin(s, FLAG_M | FLAG_A);
    absorb(s, S("Merlin v1.0").at, S("Merlin v1.0").len);
    put(s, S("dom-sep"), protocol);
}

/* ---- the signature ---- */

enum { HALF = 32 };
static_assert(HALF == crypto_core_ristretto255_BYTES, "points");
static_assert(HALF == crypto_core_ristretto255_SCALARBYTES, "scalars");

/* The second half without schnorrkel's mark, which must be there; false when it is not below the
 * order of the group, which would be a second spelling. */
static bool read_scalar(const uint8_t signature[2 * HALF], uint8_t s[HALF])
{
    uint8_t wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES] = {0}, reduced[HALF];
    if ((signature[2 * HALF - 1] & 0x80) == 0)
        return false;
    memcpy(wide, signature + HALF, HALF);
    wide[HALF - 1] &= 0x7f;
    memcpy(s, wide, HALF);
    crypto_core_ristretto255_scalar_reduce(reduced, wide);
    return sodium_memcmp(reduced, s, HALF) == 0;
}

bool sr25519_verify(str public_key, str text, str signature)
{
    if (public_key.len != SR25519_PUBLIC_BYTES || signature.len != SR25519_SIGNATURE_BYTES ||
        text.len > UINT32_MAX)
        return false;
    const uint8_t *key = (const uint8_t *)public_key.at, *nonce = (const uint8_t *)signature.at;
    uint8_t s[HALF], wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES], k[HALF];
    uint8_t left[HALF], right[HALF], point[HALF];
    if (!read_scalar(nonce, s) || crypto_core_ristretto255_is_valid_point(key) != 1)
        return false;
    struct strobe transcript;
    start(&transcript, S("SigningContext"));
    put(&transcript, S(""), S("substrate"));
    put(&transcript, S("sign-bytes"), text);
    put(&transcript, S("proto-name"), S("Schnorr-sig"));
    put(&transcript, S("sign:pk"), public_key);
    put(&transcript, S("sign:R"), (str){signature.at, HALF});
    challenge(&transcript, S("sign:c"), wide, sizeof wide);
    crypto_core_ristretto255_scalar_reduce(k, wide);
    /* s·B − k·A is the nonce's point. A zero anywhere is refused by libsodium: nobody signs so. */
    return crypto_scalarmult_ristretto255_base(left, s) == 0 &&
           crypto_scalarmult_ristretto255(right, k, key) == 0 &&
           crypto_core_ristretto255_sub(point, left, right) == 0 &&
           sodium_memcmp(point, nonce, HALF) == 0;
}

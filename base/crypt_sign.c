/* Plain hashes, codes and signatures: keys are the caller's, nothing here knows of purposes. */
#include "base/crypt.h"

#include <assert.h>
#include <sodium.h>

static_assert(ED25519_SEED_BYTES == crypto_sign_SEEDBYTES, "seeds");
static_assert(ED25519_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES, "public keys");
static_assert(ED25519_SECRET_BYTES == crypto_sign_SECRETKEYBYTES, "secret keys");
static_assert(ED25519_SIGNATURE_BYTES == crypto_sign_BYTES, "signatures");
static_assert(HMAC_SHA256_BYTES == crypto_auth_hmacsha256_BYTES, "codes");

static const uint8_t *bytes_of(str s)
{
    return (const uint8_t *)(s.at == NULL ? "" : s.at);
}

void crypt_sha256(str s, uint8_t out[32])
{
    crypto_hash_sha256(out, bytes_of(s), s.len);
}

void crypt_sha512(str s, uint8_t out[64])
{
    crypto_hash_sha512(out, bytes_of(s), s.len);
}

void crypt_blake2b_512(str s, uint8_t out[64])
{
    must(crypto_generichash(out, 64, bytes_of(s), s.len, NULL, 0) == 0);
}

void hmac_sha256(str key, str text, uint8_t out[HMAC_SHA256_BYTES])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, bytes_of(key), key.len);
    crypto_auth_hmacsha256_update(&state, bytes_of(text), text.len);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

void ed25519_pair_of(const uint8_t seed[ED25519_SEED_BYTES], struct ed25519_pair *out)
{
    must(crypto_sign_seed_keypair(out->public, out->secret, seed) == 0);
}

void ed25519_sign(const uint8_t secret[ED25519_SECRET_BYTES], str text,
                  uint8_t out[ED25519_SIGNATURE_BYTES])
{
    must(crypto_sign_detached(out, NULL, bytes_of(text), text.len, secret) == 0);
}

bool ed25519_verify(str public_key, str text, str signature)
{
    return public_key.len == ED25519_PUBLIC_BYTES && signature.len == ED25519_SIGNATURE_BYTES &&
           crypto_sign_verify_detached(bytes_of(signature), bytes_of(text), text.len,
                                       bytes_of(public_key)) == 0;
}

#ifndef BASE_CRYPT_H
#define BASE_CRYPT_H
#include "base/buf.h"

/* Cryptography by purpose; the only module that includes sodium.h. Thread-safe after crypt_start().
 *
 * One master key (32 bytes) lives in a file outside the database. Every use derives its own key
 * from it by purpose (crypto_kdf), so that a digest of one kind never verifies as another. */
enum crypt_purpose {
    CRYPT_KEY_DIGEST = 1, /* api keys, sessions, setup codes at rest */
    CRYPT_SEAL = 2,       /* secrets in the vault */
    CRYPT_CURSOR = 3,     /* page cursors handed to clients */
    CRYPT_CSRF = 4,
    CRYPT_JOURNAL = 5,
    /* 6 is free */
    CRYPT_TOKEN_DIGEST = 7,   /* signed tokens that were found right, in memory */
    CRYPT_STEP = 8,           /* what a client carries for us between two steps of a sign-in */
    CRYPT_CHECKPOINT = 9,     /* seed of the pair that signs the journal's checkpoints */
    CRYPT_ONCE = 10,          /* idempotency keys and the requests they stand for */
    CRYPT_BACKUP = 11,        /* seal of what a backup says of itself */
    CRYPT_ACME = 12,          /* shared keys that bind ACME accounts to keys */
    CRYPT_PURPOSES_END        /* values are stored in digests' keys: add behind, never renumber */
};

struct crypt; /* the derived keys, in locked memory */

void crypt_start(void); /* once per process, before anything else here */
const char *crypt_library(void); /* its version */
/* Reads the master key (64 hex digits, one line), or creates the file with mode 0400 when it is not
 * there and may_create. Refuses a file that group or others can read. */
NODISCARD enum err crypt_open(const char *path, bool may_create, struct crypt **out,
                              struct problem *why);
void crypt_close(struct crypt *c);

#define DIGEST_BYTES 32
/* Keyed BLAKE2b-256. */
void crypt_digest(const struct crypt *c, enum crypt_purpose purpose, str text,
                  uint8_t out[DIGEST_BYTES]);
/* The same over texts that follow each other; where one ends and the next begins does not show, so say their
 * lengths among them. */
void crypt_digest_parts(const struct crypt *c, enum crypt_purpose purpose, const str *parts, size_t count,
                        uint8_t out[DIGEST_BYTES]);
bool crypt_equal(const void *a, const void *b, size_t n); /* constant time */

/* XChaCha20-Poly1305 with a random nonce in front; `context` is authenticated, not stored
 * ("collection/item/field": a sealed value moved elsewhere does not open). */
str crypt_seal(const struct crypt *c, enum crypt_purpose purpose, struct arena *a, str context,
               str plain);
/* The same, and the same bytes every time: the nonce is a keyed digest of what is sealed. Equal contents
 * can be seen to be equal, so for what may show that (a page's cursor, whose answer has a strong ETag). */
str crypt_seal_steady(const struct crypt *c, enum crypt_purpose purpose, struct arena *a, str context, str plain);
bool crypt_unseal(const struct crypt *c, enum crypt_purpose purpose, struct arena *a, str context,
                  str sealed, str *plain);

/* Argon2id, 64 MiB, 3 passes (PW-1); at most LIMIT_PASSWORD_HASHERS at once, a queue of 64, then
 * ERR_UNAVAILABLE (PW-2). password_hash gives the self-describing text form. */
NODISCARD enum err password_hash(struct arena *a, str password, str *out, struct problem *why);
NODISCARD enum err password_verify(str hash, str password, bool *matches, struct problem *why);
/* As costly as a real check, for names that do not exist (PW-6). */
NODISCARD enum err password_verify_nobody(str password, struct problem *why);
/* Argon2id's text form, of a cost that password_verify pays. */
bool password_is_hash(str text);
/* Made with other parameters than today's: hash again at the next login. */
bool password_is_outdated(str hash);
void password_cost_for_tests(void); /* the cheapest parameters; tests only */
size_t password_waiters(void);      /* callers that wait for one to be made */
uint64_t password_hashes(void);     /* made so far by this process, checks included */

void crypt_random(void *into, size_t n);
void crypt_wipe(void *at, size_t n);
str crypt_random_text(struct arena *a, str alphabet, size_t length); /* unbiased */
uint32_t crc32_of(str s);
/* SHA-2 of small things (ETags, HMAC-free fingerprints); long data goes through base/digest.h. */
void crypt_sha256(str s, uint8_t out[32]);
void crypt_sha512(str s, uint8_t out[64]);
void crypt_blake2b_512(str s, uint8_t out[64]);

/* Signatures and codes with keys that the caller holds (RFC 8032, RFC 2104; crypt_sign.c). Verifying
 * takes constant time and refuses a second spelling of a signature (s + L) and weak public keys. */
#define ED25519_SEED_BYTES 32
#define ED25519_PUBLIC_BYTES 32
#define ED25519_SECRET_BYTES 64 /* seed and public key */
#define ED25519_SIGNATURE_BYTES 64
struct ed25519_pair {
    uint8_t public[ED25519_PUBLIC_BYTES];
    uint8_t secret[ED25519_SECRET_BYTES]; /* the owner wipes it */
};
void ed25519_pair_of(const uint8_t seed[ED25519_SEED_BYTES], struct ed25519_pair *out);
void ed25519_sign(const uint8_t secret[ED25519_SECRET_BYTES], str text,
                  uint8_t out[ED25519_SIGNATURE_BYTES]);
/* Takes keys and signatures of any length and refuses the wrong ones: they come from outside. */
bool ed25519_verify(str public_key, str text, str signature);
/* The same for Schnorr signatures over Ristretto as wallets of Substrate make them (schnorrkel, signing
 * context "substrate"; crypt_sr25519.c). There is no signing: the key is in somebody's wallet. */
#define SR25519_PUBLIC_BYTES 32
#define SR25519_SIGNATURE_BYTES 64
bool sr25519_verify(str public_key, str text, str signature);
#define HMAC_SHA256_BYTES 32
void hmac_sha256(str key, str text, uint8_t out[HMAC_SHA256_BYTES]); /* a key of any length */

extern const str alphabet_hex, alphabet_base62, alphabet_crockford;
str base64url_encode(struct arena *a, str bytes); /* no padding */
bool base64url_decode(struct arena *a, str text, str *bytes);
str base64_encode(struct arena *a, str bytes);              /* with padding; for Basic */
bool base64_decode(struct arena *a, str text, str *bytes); /* padding required; for Basic */
#endif

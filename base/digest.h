#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H
#include "base/str.h"

/* SHA-2 over data that comes piece by piece, by OpenSSL, which is several times faster at it than libsodium.
 * For small things there is crypt_sha256(). A digest belongs to one thread at a time. */
enum digest_kind { DIGEST_SHA256, DIGEST_SHA512, DIGEST_KIND_COUNT };
#define DIGEST_LARGEST 64

struct digest;
struct digest *digest_open(enum digest_kind kind);
void digest_close(struct digest *d); /* NULL is fine */
void digest_add(struct digest *d, const void *bytes, size_t n);
/* Once; returns how many bytes it has. */
size_t digest_end(struct digest *d, uint8_t out[DIGEST_LARGEST]);

/* Of bytes at hand, as hex digits in lower case: one name for what must be found again by it. */
struct arena;
str digest_hex(struct arena *a, enum digest_kind kind, str bytes);

/* SHA-1, where a protocol insists on it and nothing is protected by it (RFC 6455). */
#define DIGEST_SHA1_BYTES 20
void digest_sha1(str bytes, uint8_t out[DIGEST_SHA1_BYTES]);

str digest_name(enum digest_kind kind); /* "sha256" */
size_t digest_length(enum digest_kind kind);
#endif

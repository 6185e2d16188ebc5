#ifndef CONTENT_SYSTEM_PKI_X509_SEALED_H
#define CONTENT_SYSTEM_PKI_X509_SEALED_H
#include "base/arena.h"

/* Keys as other desks keep them at rest; nothing of ours is sealed like that (base/crypt.h). Pure, thread-safe. */
#define AES256_KEY_BYTES 32u

/* AES-256-GCM of a nonce of 12 bytes, the text, a tag of 16 bytes (notary.md 10). False: it was not sealed with this key. *plain is in
 * the arena, the caller wipes it. */
bool aes256_gcm_open(const uint8_t key[AES256_KEY_BYTES], str sealed, struct arena *a, str *plain);
#endif

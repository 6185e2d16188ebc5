#ifndef CONTENT_SYSTEM_KEYS_ACME_BINDING_H
#define CONTENT_SYSTEM_KEYS_ACME_BINDING_H
#include "base/crypt.h"

/* What binds an ACME account to an API key (RFC 8555 7.3.4): a shared key that is made of the master key, the item's id and the
 * generation of its secret each time it is wanted, and is kept nowhere. Who wipes it is who asked. Pure. */
void acme_binding_key(const struct crypt *c, str key_id, int64_t generation, uint8_t out[DIGEST_BYTES]);
#endif

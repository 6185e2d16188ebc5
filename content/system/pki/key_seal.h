#ifndef CONTENT_SYSTEM_PKI_KEY_SEAL_H
#define CONTENT_SYSTEM_PKI_KEY_SEAL_H
#include "base/crypt.h"

/* An authority's key on its way through an archive: sealed with a key that is made of the master key, for this authority alone.
 * Whoever has the archive and not the master key has nothing. Equal keys of one authority are equal texts. */
str key_seal(const struct crypt *c, struct arena *a, str authority, str key);
bool key_is_sealed(str text);
/* False: by another master key, or of another authority. *key is the caller's to wipe. */
bool key_unseal(const struct crypt *c, struct arena *a, str authority, str text, str *key);
#endif

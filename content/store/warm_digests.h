#ifndef CONTENT_STORE_WARM_DIGESTS_H
#define CONTENT_STORE_WARM_DIGESTS_H
#include "base/digest.h"

/* Digests of uploads between two requests: container clients send bytes with one request and say with the next that these were
 * all, and what was hashed as it came is not read again for that. Only so many are kept (LIMIT_WARM_DIGESTS), the oldest goes;
 * who finds none reads the file. Thread-safe. */
struct warm_digests;
struct warm_digests *warm_digests_open(void);
void warm_digests_close(struct warm_digests *w); /* NULL is fine */

struct warm_name {
    str upload;                       /* 32 characters */
    uint64_t offset;
    enum digest_kind kind;
    int64_t written_ns;               /* when the file was last written: another process may have been at it since */
};
/* Takes the digest over. */
void warm_digest_keep(struct warm_digests *w, const struct warm_name *of, struct digest *d);
/* The caller's then; NULL: none, or of other bytes. Whatever there was of this upload is gone afterwards. */
struct digest *warm_digest_take(struct warm_digests *w, const struct warm_name *of);
#endif

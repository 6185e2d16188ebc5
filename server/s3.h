#ifndef SERVER_S3_H
#define SERVER_S3_H
#include "base/outbound.h"

/* Object storage that speaks S3: the calls that backups need, signed (base/sigv4.h), through the one way out (base/outbound.h).
 * Buckets are named in the path, which all such servers understand. Memory is bounded by LIMIT_S3_PART_BYTES: what is larger goes
 * and comes in parts. Errors: ERR_NOT_FOUND; ERR_UNAVAILABLE with what the server said; the outbound policy's. Thread-safe. */
struct s3_access {
    str endpoint;                     /* "https://s3.example.com"; {0}: Amazon's of the region */
    str region;
    str key, secret;
    const struct outbound_policy *policy;
};
struct s3 {
    const struct s3_access *access;
    str bucket;
    const _Atomic(bool) *stop;        /* NULL: never */
};
/* All of a file, from its beginning. What is larger than a part is there when its last one is. */
NODISCARD enum err s3_put(const struct s3 *s, str key, int fd, struct problem *why);
NODISCARD enum err s3_get(const struct s3 *s, str key, int fd, struct problem *why);
NODISCARD enum err s3_delete(const struct s3 *s, str key, struct problem *why);
/* Keys that begin with prefix, up to the next '/': is_prefix tells of those that go on. Names live for the call. */
typedef enum err s3_see(void *self, str key, uint64_t size, bool is_prefix, struct problem *why);
NODISCARD enum err s3_list(const struct s3 *s, str prefix, bool flat, s3_see *see, void *self, struct problem *why);
#endif

#ifndef ROLES_REGISTRY_ADOPT_H
#define ROLES_REGISTRY_ADOPT_H
#include "content/bytes/adopt.h"
#include "roles/registry/registry.h"

/* Another registry's files come in, and go out, without a client in between: for commands. Rights and rules are those of pushing
 * and pulling (roles/registry/registry.h). */

/* A layer out of an open file (content/bytes/adopt.h). ADOPTED_THERE when the repository has it: then the file is not even read. */
NODISCARD enum err gate_layer_adopt(struct gate *g, const struct principal *who, str repository, str digest, int fd, struct arena *a,
                                    enum adopted *how, struct problem *why);
/* Has the repository this manifest, with each of these tags at it? Then so has it all that hangs on it. */
NODISCARD enum err gate_manifest_is_here(struct gate *g, const struct principal *who, str repository, str digest, const str *tags,
                                         size_t count, struct arena *a, bool *out, struct problem *why);
/* The bytes behind an item of `layers` or `manifests`, which is no pull. registry_close() them. */
NODISCARD enum err gate_registry_open(struct gate *g, const struct principal *who, str collection, str id, struct arena *a,
                                      struct registry_bytes *out, struct problem *why);
/* A file descriptor of them, readable only: to be linked elsewhere. */
int registry_file(const struct registry_bytes *b);
/* Bytes that were exported and are a blob again; rows that come later refer to it. ERR_INVALID (rule "digest"). */
NODISCARD enum err gate_blob_restore(struct gate *g, const struct principal *who, str digest, struct byte_source *from, struct arena *a,
                                     struct problem *why);
#endif

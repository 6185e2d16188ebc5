#ifndef ROLES_REGISTRY_INTERNAL_H
#define ROLES_REGISTRY_INTERNAL_H
#include "content/bytes/bytes.h"
#include "roles/internal.h"
#include "roles/registry/registry.h"

/* What the files behind roles/registry/registry.h share. */

/* Asks for the right to do this with the repository of this name, which must be one; *row is its item, NULL: nothing was
 * pushed there yet (for VERB_READ that is ERR_NOT_FOUND, rule "name"). */
NODISCARD enum err repository_for(struct gate *g, const struct principal *who, str name, enum verb verb, struct arena *a,
                                  const struct json **row, struct problem *why);
/* gate_repository(), and the item that it looked at; not to be used when it is refused. */
NODISCARD enum err repository_asked(struct gate *g, const struct principal *who, str name, enum verb verb, struct arena *a,
                                    const struct json **row, struct problem *why);
NODISCARD enum err no_repository(str name, struct problem *why); /* says so */
/* The server's look at a part of it: "tags" by "name", "layers" by "digest" …; NULL: it has none. */
NODISCARD enum err repository_part(struct gate *g, str repository_id, str collection, str by, str value, struct arena *a,
                                   const struct json **out, struct problem *why);
/* One transaction: the repository is made or changed, with what is said beside (content/system/registry/push.c). */
NODISCARD enum err repository_push(struct gate *g, const struct principal *who, str name, const struct json *members, size_t count,
                                   struct arena *a, struct problem *why);
/* A layer whose bytes are a blob already. upload {0}: none ends by it. upstream: id of where it was fetched from (roles/
 * mirror.h); {0}: somebody brought it. */
NODISCARD enum err repository_layer(struct gate *g, const struct principal *who, str repository, str digest, uint64_t size, str upload, str upstream,
                                    struct arena *a, struct problem *why);
/* gate_manifest_put; what comes from an upstream need not be complete. */
NODISCARD enum err repository_manifest(struct gate *g, const struct principal *who, const struct manifest_wish *wish, str upstream, struct arena *a,
                                       struct manifest_made *out, struct problem *why);
/* Bytes that somebody whose rights were asked for brings whole: a blob afterwards. */
NODISCARD enum err repository_keep(struct gate *g, const struct principal *who, str bytes, str digest, struct arena *a, struct problem *why);
/* "sha256:…" of bytes at hand. */
str digest_of(struct arena *a, enum digest_kind kind, str bytes);
enum digest_kind digest_kind_of(str digest);      /* of a valid one */
NODISCARD enum err demand_digest(str digest, struct problem *why);
/* Whether a reader with these rights finds it: the item's id, as a condition on the collection. */
const struct filter *is_item(struct arena *a, const struct collection *c, str id);

/* manifest_read.c: what the bytes of a manifest say, as members for repository_push ("manifest": {…}). */
struct manifest_facts {
    str digest, media_type, subject;
    str config;                       /* digest of an image's configuration, {0}: none to look into */
    struct json *members;             /* digest, media_type, … config, layers, manifests (lists of {"digest","size","elsewhere"}), depth */
    size_t count, room;
};
NODISCARD enum err manifest_read(struct arena *a, str bytes, str media_type, struct manifest_facts *out, struct problem *why);
/* What it was sent as, {0}: nothing said; ERR_BAD_MEDIA. */
NODISCARD enum err manifest_demand_type(str media_type, struct problem *why);
void manifest_say(struct manifest_facts *m, str name, struct json v);

/* roles/files/uploads.c */
str upload_owner(struct arena *a, const struct principal *who);
NODISCARD enum err upload_row_end(struct gate *g, struct arena *a, str id, struct problem *why);
void upload_forget(struct gate *g, struct arena *a, str id); /* the same on the way out of something that failed */

/* seen.c: somebody who may push was told that this layer is there, and may leave it at that: it stays for half of
 * LIMIT_SWEEP_GRACE_S at least, whether or not a manifest refers to it. */
void layer_seen(struct gate *g, const struct principal *who, str repository, const struct json *layer, struct arena *a);
#endif

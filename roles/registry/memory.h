#ifndef ROLES_REGISTRY_MEMORY_H
#define ROLES_REGISTRY_MEMORY_H
#include "roles/internal.h"

/* What tags and digests stood for a moment ago, so that pulling the same image again asks no database and opens no file. A
 * thing is remembered for whoever asks with the same rights (their fingerprint) and for as long as nothing was written to what
 * it was made of: repositories, tags, manifests, blobs, and whatever the rights look at. That is asked with each recall, behind
 * content_catch_up(), so other processes' writes count like our own, and there is nothing to be taken out. Rights that hang on
 * who exactly asks, from where or when have no memory; neither have mirrors, which may have to look elsewhere.
 *
 * Bounded (in places and bytes); a thing that comes takes the place of another. Thread-safe. */
struct manifest_memory;
struct manifest_memory *manifest_memory_open(void);
void manifest_memory_close(struct manifest_memory *m); /* NULL is fine */
struct hits;
const struct hits *manifest_memory_hits(const struct manifest_memory *m);

#define REMEMBERED_BYTES (64u << 10)  /* of a manifest; of larger ones all but the bytes is remembered */
#define REMEMBERED_PLACES 4096u
#define REMEMBERED_BYTES_MAX (16u << 20) /* of all together */

struct manifest_key {
    uint64_t fingerprint, stamp;
    str repository, reference;        /* as asked for */
};
/* To be made before anything is looked up. False: with these rights nothing is remembered. */
bool manifest_key(struct gate *g, const struct principal *who, str repository, str reference, struct manifest_key *out);

struct known_manifest {
    str repository_id, manifest_id, tag_id; /* tag_id {0}: by digest */
    str digest, media_type;
    str bytes;                        /* {0}: not here */
    uint64_t size;
};
/* Copies into a. needs_bytes: not found without them; else bytes {0}. */
bool manifest_recall(struct manifest_memory *m, const struct manifest_key *key, bool needs_bytes, struct arena *a,
                     struct known_manifest *out);
void manifest_remember(struct manifest_memory *m, const struct manifest_key *key, const struct known_manifest *k);
#endif

#ifndef SERVER_TRANSFER_LAYOUT_H
#define SERVER_TRANSFER_LAYOUT_H
#include "base/json.h"

/* Images as other registries keep them on disk (oci-registry.md 15), read file by file:
 *
 *   OCI image layout   oci-layout, index.json, blobs/ALGORITHM/HEX; zot's root has one per repository, in a folder of its name
 *   distribution       blobs/ALGORITHM/HH/HEX/data; repositories/NAME/_manifests/{tags/TAG/current/link,revisions/ALGORITHM/HEX/link}
 *
 * What is in them is anybody's: names are checked before they become a path, links are not followed, only ordinary files are
 * read. Pure but for the file system; one thread. */
struct layout {
    enum layout_kind { LAYOUT_OCI, LAYOUT_DISTRIBUTION } kind;
    int blobs;                        /* folder; the caller's to close */
};

/* An entry in the folder `at` that is itself no link; -1 with errno. */
int layout_folder(int at, const char *name);
int layout_file(int at, const char *name);
/* A small file as a whole. ERR_NOT_FOUND: there is none; ERR_TOO_LARGE. */
NODISCARD enum err layout_read(int at, const char *name, size_t most, struct arena *a, str *out, struct problem *why);
/* The blob of a valid digest; -1 with errno. */
int layout_blob(const struct layout *l, str digest);
NODISCARD enum err layout_blob_read(const struct layout *l, str digest, size_t most, struct arena *a, str *out, struct problem *why);

/* Names in a folder, in the order of their bytes, without those that begin with a dot. */
NODISCARD enum err layout_names(int folder, struct arena *a, str **out, size_t *count, struct problem *why);

/* What a repository has: every manifest that an entry or a link names, each with at most one tag. */
struct layout_entry {
    str digest, media_type;           /* media_type {0}: the bytes say it */
    str tag;                          /* {0}: none */
};
struct layout_sink {
    /* A repository, or NULL-entries with a fault: broken as a whole. ERR_…: the walk ends. */
    enum err (*repository)(struct layout_sink *self, const struct layout *l, str name, const struct layout_entry *entries, size_t count);
    void (*fault)(struct layout_sink *self, str path, str text);
};
/* The layout in this folder, or those below it, by the name of their folder; name: of a single one; {0}: its folder's. found: how many. */
NODISCARD enum err layout_walk_oci(str path, str name, struct layout_sink *sink, struct arena *a, size_t *found, struct problem *why);
/* name: that one alone; {0}: all. */
NODISCARD enum err layout_walk_distribution(str path, str name, struct layout_sink *sink, struct arena *a, size_t *found, struct problem *why);
#endif

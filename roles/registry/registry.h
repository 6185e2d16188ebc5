#ifndef ROLES_REGISTRY_REGISTRY_H
#define ROLES_REGISTRY_REGISTRY_H
#include "base/digest.h"
#include "roles/gate.h"

struct blob_reader;
/* Doors of the registry (oci-registry.md 4 to 8, security ): repositories, and what is kept under their names.
 * Everything is an item of repositories, manifests, tags, layers or uploads; bytes lie in the blob store, each once. Who
 * may do what is what his grants on `repositories` say, one table of verbs (R-2, registry.c): pulling is read, pushing layers and
 * new tags create, moving a tag update, taking away delete. Like the rest of the gate: thread-safe; façades only translate.
 *
 * Refusals are those of gate_repository(). Faults have the rules "name" "digest" "range" "manifest" "blob-unknown" "size" "type"
 * "upload" "tag", which api/oci/errors.c makes the specification's codes of. A repository begins to be with the first thing that is
 * pushed into it. */

/* ---- names (oci-registry.md 1) ---- */
bool repository_name_valid(str name);
bool tag_name_valid(str name);
/* A reference is a digest when it has a colon. */
static inline bool reference_is_digest(str reference)
{
    return reference.len && memchr(reference.at, ':', reference.len) != NULL;
}

/* ---- layers: bytes on their way in ---- */
struct layer_upload {
    str id;                           /* in URLs: a UUID that nobody guesses */
    uint64_t offset;                  /* how many bytes are safe */
};
/* For whoever may create in this repository; ERR_TOO_MANY beyond LIMIT_UPLOADS_OPEN of one principal. An upload belongs to its
 * repository and to who began it: for others, and after its time, it does not exist (ERR_NOT_FOUND, rule "upload"). */
NODISCARD enum err gate_layer_begin(struct gate *g, const struct principal *who, str repository, enum digest_kind kind, struct arena *a,
                                    struct layer_upload *out, struct problem *why);
NODISCARD enum err gate_layer_find(struct gate *g, const struct principal *who, str repository, str id, struct arena *a,
                                   struct layer_upload *out, struct problem *why);
/* A piece: of these bytes when `ranged` (both inclusive), else however many come. ERR_BAD_RANGE: it does not begin where the upload
 * ends; nothing was written and *out says where it does. What came before a broken connection is kept. One at a time: others
 * ERR_CONFLICT. */
struct layer_piece {
    struct byte_source *bytes;        /* NULL: none */
    bool ranged;
    uint64_t first, last;
};
NODISCARD enum err gate_layer_append(struct gate *g, const struct principal *who, str repository, str id, const struct layer_piece *piece,
                                     struct arena *a, struct layer_upload *out, struct problem *why);
/* The last piece (or none), and what the whole must be: checked, synced, renamed, the row written. ERR_INVALID, rule "digest":
 * they are other bytes, and the upload is gone. */
NODISCARD enum err gate_layer_finish(struct gate *g, const struct principal *who, str repository, str id, const struct layer_piece *piece,
                                     str digest, struct arena *a, struct layer_upload *out, struct problem *why);
NODISCARD enum err gate_layer_cancel(struct gate *g, const struct principal *who, str repository, str id, struct arena *a,
                                     struct problem *why);
/* *mounted false: it is not there, or not for this caller, and nobody is told which. from {0}: any repository that he reads. */
NODISCARD enum err gate_layer_mount(struct gate *g, const struct principal *who, str repository, str digest, str from, struct arena *a,
                                    bool *mounted, struct problem *why);

/* ---- bytes out ---- */
struct registry_bytes {
    str digest, media_type;
    uint64_t size;
    struct blob_reader *reader;       /* registry_close() it; NULL with heads_only */
    str bytes;                        /* all of them where they are at hand: then there may be no reader; else {0} */
};
/* A layer of this very repository. */
NODISCARD enum err gate_layer_open(struct gate *g, const struct principal *who, str repository, str digest, bool head_only, struct arena *a,
                                   struct registry_bytes *out, struct problem *why);
NODISCARD enum err registry_read(struct registry_bytes *b, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why);
void registry_close(struct registry_bytes *b);
/* All bytes of an item of manifests or layers, to look into: no pull. ERR_TOO_LARGE: more than `most`. */
NODISCARD enum err gate_registry_look(struct gate *g, const struct principal *who, str collection, str id, size_t most, struct arena *a,
                                      str *out, struct problem *why);
/* ERR_CONFLICT (rule "in-use"): a manifest of the repository refers to it. */
NODISCARD enum err gate_layer_delete(struct gate *g, const struct principal *who, str repository, str digest, struct arena *a,
                                     struct problem *why);

/* ---- manifests and tags ---- */
/* By tag or digest; counts as a pull unless head_only. */
NODISCARD enum err gate_manifest_open(struct gate *g, const struct principal *who, str repository, str reference, bool head_only,
                                      struct arena *a, struct registry_bytes *out, struct problem *why);
struct manifest_wish {
    str repository, reference;        /* a tag, or the digest that the bytes must have */
    str media_type;                   /* as sent, without parameters; {0}: what the bytes say */
    str bytes;
    enum err (*read)(void *self, str *bytes, struct problem *why); /* or how they come, once it is known that they may; NULL: bytes */
    void *self;
    const str *tags;                  /* beside a digest; all of them or none */
    size_t tag_count;
    str only_if;                      /* "If-Match": the tag must be at this digest, "*": at any; {0}: whatever */
    bool only_new;                    /* "If-None-Match: *": the tag must not be there */
};
struct manifest_made {
    str digest, subject;              /* subject {0}: none */
};
/* Checks in the order of oci-registry.md 6; one transaction with its tags. Missing blobs are one fault "blob-unknown" each. */
NODISCARD enum err gate_manifest_put(struct gate *g, const struct principal *who, const struct manifest_wish *wish, struct arena *a,
                                     struct manifest_made *out, struct problem *why);
/* May the caller delete tags here, as far as rights and the operator go? For rendering, never instead of a door. */
bool gate_deletes(struct gate *g, const struct principal *who, str repository, struct arena *a);
/* A tag alone, or a manifest with all of its tags. only_if: as with wishes; ERR_STALE. ERR_CONFLICT (rule "in-use"): an index lists it. */
NODISCARD enum err gate_manifest_delete(struct gate *g, const struct principal *who, str repository, str reference, str only_if,
                                        struct arena *a, struct problem *why);

/* ---- lists: names in the order of their bytes; at most `most`, behind `last` ({0}: from the first) ---- */
struct name_list {
    str *names;
    size_t count;
    bool has_more;
};
NODISCARD enum err gate_tags(struct gate *g, const struct principal *who, str repository, str last, size_t most, struct arena *a,
                             struct name_list *out, struct problem *why);
/* Those that the caller may read. */
NODISCARD enum err gate_catalog(struct gate *g, const struct principal *who, str last, size_t most, struct arena *a,
                                struct name_list *out, struct problem *why);
struct referrer {
    str id, digest, media_type, artifact_type;
    uint64_t size;
    const struct json *annotations;   /* NULL: none */
};
/* What says that it is about this digest, known or not, in the order of its coming. A page ends after LIMIT_REFERRERS, or when
 * the manifests would be larger than one may be: their annotations are in the answer. */
struct referrers_wish {
    str repository, digest;
    const str *types;                 /* artifact types, any of them */
    size_t type_count;                /* 0: all */
    str last;                         /* id of the last one of the page before; {0}: the first page */
};
NODISCARD enum err gate_referrers_page(struct gate *g, const struct principal *who, const struct referrers_wish *wish, struct arena *a,
                                       struct referrer **out, size_t *count, bool *has_more, struct problem *why);
/* The first page of one type; artifact_type {0}: of all. */
NODISCARD enum err gate_referrers(struct gate *g, const struct principal *who, str repository, str digest, str artifact_type,
                                  struct arena *a, struct referrer **out, size_t *count, struct problem *why);

/* ---- what people mark for themselves (oci-registry.md 11.4); items of `preferences`, kept by the server ---- */
enum mark { MARK_STAR, MARK_BOOKMARK, MARK_COUNT };
/* ERR_FORBIDDEN: no person asks. ERR_NOT_FOUND: there is no such repository for him. */
NODISCARD enum err gate_toggle_mark(struct gate *g, const struct principal *who, str repository, enum mark mark, struct arena *a,
                                    struct problem *why);
struct repository_marks {
    str repository_id;
    bool is[MARK_COUNT];
};
/* The caller's own; nobody's: none. */
NODISCARD enum err gate_marks(struct gate *g, const struct principal *who, struct arena *a, struct repository_marks **out, size_t *count,
                              struct problem *why);
/* How many people have starred it, for whoever reads it. */
NODISCARD enum err gate_stars(struct gate *g, const struct principal *who, str repository, struct arena *a, uint64_t *out,
                              struct problem *why);
#endif

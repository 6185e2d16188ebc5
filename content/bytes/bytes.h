#ifndef CONTENT_BYTES_BYTES_H
#define CONTENT_BYTES_BYTES_H
#include "content/bytes/blob.h"
#include "content/content.h"

/* Bytes behind items: the verbs of blobs. Like the others they demand rights; only roles/ calls them. A collection
 * has bytes when it has a field `blob` that refers to `blobs`: whoever may read that field of an item may have the
 * bytes, whoever may create (or update) an item may bring some. */

/* The item that the condition names, if these rights read it and its field `blob`; *item is its whole image: what to
 * send with bytes (mime, name) is no more than the bytes say themselves. ERR_NOT_FOUND: no such item for these
 * rights, or without bytes; ERR_FORBIDDEN: the field is not theirs. The caller closes *out. */
NODISCARD enum err content_bytes(struct content *c, const struct rights *rights, const struct actor *actor,
                                 const struct collection *in, const struct filter *which, struct arena *a,
                                 const struct json **item, struct blob_reader **out, struct problem *why);
/* The same without opening anything: its digest. */
NODISCARD enum err content_bytes_digest(struct content *c, const struct rights *rights, const struct actor *actor,
                                        const struct collection *in, const struct filter *which, struct arena *a,
                                        const struct json **item, str *digest, struct problem *why);

/* Bytes on their way in, for an item to be created or updated: ERR_FORBIDDEN without that verb. What was finished
 * becomes an item's by a change whose `beside` says {"blob": digest, "size": …} (content/system/site/assets.c). */
NODISCARD enum err content_receive(struct content *c, const struct rights *rights, enum verb verb,
                                   const struct collection *in, str upload, enum digest_kind kind, struct blob_upload **out, struct problem *why);
NODISCARD enum err content_receive_on(struct content *c, const struct rights *rights, enum verb verb, const struct collection *in,
                                      str upload, uint64_t offset, enum digest_kind kind, struct blob_upload **out, struct problem *why);
NODISCARD enum err content_upload_forget(struct content *c, const struct rights *rights, enum verb verb,
                                         const struct collection *in, str upload, struct problem *why);
/* Its file is there: nobody has finished it, and the disk has not lost it. */
bool content_upload_is_there(struct content *c, str upload);

/* A finished blob that no item refers to yet, for a look before one does (content_receive gave it). */
NODISCARD enum err content_peek(struct content *c, const struct rights *rights, enum verb verb, const struct collection *in,
                                str digest, struct blob_reader **out, struct problem *why);

/* What nobody refers to goes: layers that no manifest names, rows of `blobs` without a referrer and files without a row, uploads
 * that ended. Only what came, or was asked for by somebody who pushes, more than grace_ms ago, so that nothing goes that a
 * request is about to use; and never under somebody's hands: whoever refers to bytes does so under the same lock, and is told
 * (ERR_UNAVAILABLE) when they went before. */
struct sweep_figures {
    uint64_t blobs, bytes, uploads, layers; /* removed */
    uint64_t kept;
    uint64_t damaged;                 /* that were passed over */
};
NODISCARD enum err content_sweep(struct content *c, const struct rights *rights, const struct actor *actor, int64_t grace_ms,
                                 struct sweep_figures *out, struct problem *why);
/* The same in small steps, each a fraction of a second: begun with {0}, *over after the last one. */
struct sweep_place {
    unsigned part;
    bool goes_on;                     /* within the part, behind this id */
    char after[24];
};
NODISCARD enum err content_sweep_on(struct content *c, const struct rights *rights, const struct actor *actor, int64_t grace_ms,
                                    struct sweep_place *at, struct sweep_figures *out, bool *over, struct problem *why);
/* Every row of `blobs` against its file: there, as long, and (unless quick) with that digest. A fault "blobs" per
 * finding, ERR_CONFLICT. watch may be NULL. */
struct blob_look {
    bool quick;
    bool forgives;                    /* rows that say themselves that their file is damaged or lost are no findings */
    const _Atomic(bool) *stop;        /* becomes true: ERR_UNAVAILABLE with the next file; NULL: never */
};
NODISCARD enum err content_check_blobs(struct content *c, const struct blob_look *how, const struct journal_watch *watch,
                                       struct sweep_figures *out, struct problem *why);
/* The data directory, for what may be thrown away at any time. */
int content_directory(const struct content *c);
#endif

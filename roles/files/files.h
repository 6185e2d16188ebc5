#ifndef ROLES_FILES_FILES_H
#define ROLES_FILES_FILES_H
#include "base/image.h"
#include "base/media.h"
#include "roles/gate.h"

/* The fifth door: bytes. Whoever may read an asset's field `blob` may have its bytes, all of them or a part, and
 * whatever is made of them; there is no other way to a byte (docs/upload.md). Like the rest of the gate it is
 * thread-safe, and façades only translate. */

/* ---- out ---- */

struct blob_reader;
struct file {
    str id, title, name, mime, hash, path;
    uint64_t size, revision;
    int64_t modified_s;
    uint32_t focus_x, focus_y;        /* of 10,000 */
    const struct media *media;
    bool is_shared;                   /* everybody gets it: shared caches may keep it */
    bool downloads;                   /* the link wants it saved, not shown */
    bool by_link;
    struct blob_reader *reader;
};
struct file_wish {
    str id, path;                     /* one of them */
    str link;                         /* a signed one's token; {0}: none */
};
/* The caller's own rights; or a link's, which is good for this one file until it ends, its bytes are replaced or the key
 * that signed it was. ERR_NOT_FOUND, and what roles/gate.h says of refusals; a private file is not the public's
 * (ERR_UNAUTHENTICATED). file_close() it. */
NODISCARD enum err gate_bytes(struct gate *g, const struct principal *who, const struct file_wish *wish, struct arena *a,
                              struct file *out, struct problem *why);
NODISCARD enum err file_read(struct file *f, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why);
void file_close(struct file *f);

/* A token that stands for reading this file, for so many seconds (at most LIMIT_LINK_S). For whoever may have the bytes. */
NODISCARD enum err gate_file_link(struct gate *g, const struct principal *who, struct file *f, uint32_t seconds, bool downloads,
                                  struct arena *a, str *token, int64_t *expires_s, struct problem *why);

/* What is made of a picture. ERR_INVALID, ERR_UNAVAILABLE as base/image.h; made once and kept, while there is room. */
struct made {
    const struct image_format_facts *format;
    str tag;                          /* equal ones, equal bytes */
    uint64_t size;
    int fd;                           /* made_close() it */
};
NODISCARD enum err gate_image(struct gate *g, struct file *f, const struct image_wish *wish, struct arena *a, struct made *out,
                              struct problem *why);
NODISCARD enum err made_read(struct made *m, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why);
void made_close(struct made *m);
/* May somebody without a credential say sizes of his own? Presets are everybody's. */
enum transform { TRANSFORM_PRESETS, TRANSFORM_ALL, TRANSFORM_NONE };
enum transform gate_transform(const struct gate *g);

/* ---- in ---- */

struct received {                     /* bytes that arrived whole, and what they are */
    str digest, name;
    uint64_t size;
    const struct media *media;
    uint32_t width, height;           /* 0: no picture, or nobody here can tell */
};
/* From `from` to its end, piece by piece to the disk. replaces: for an asset that is there, else for a new one.
 * ERR_TOO_LARGE; ERR_BAD_MEDIA when the name says something else than the bytes; ERR_INVALID for a picture that is none. */
NODISCARD enum err gate_receive(struct gate *g, const struct principal *who, bool replaces, struct byte_source *from, str name,
                                struct arena *a, struct received *out, struct problem *why);
uint64_t gate_asset_bytes_max(const struct gate *g);
struct asset_wish {
    const struct json *values;        /* fields that the caller sets; NULL: none */
    str where;                        /* what pointers of faults begin with */
    str replaces;                     /* id of the asset that gets these bytes; {0}: a new one */
    bool expects;                     /* as in struct change */
    uint64_t expect_revision;
    uint64_t result_revision;         /* filled */
};
/* The item of them: one change, with the caller's rights. */
NODISCARD enum err gate_asset(struct gate *g, const struct principal *who, const struct received *bytes, struct asset_wish *wish,
                              struct arena *a, str *id, struct problem *why);

/* In pieces, over as many requests as it takes, also across restarts (tus 1.0). An upload belongs to who began it:
 * for others it does not exist. */
struct upload {
    str name;                         /* in URLs: 32 hex digits that nobody guesses */
    uint64_t length, offset;
    int64_t expires_ms;
    str asset;                        /* what became of it; {0}: not whole yet */
};
NODISCARD enum err gate_upload_begin(struct gate *g, const struct principal *who, str name, uint64_t length, const struct json *values,
                                     str replaces, struct arena *a, struct upload *out, struct problem *why);
NODISCARD enum err gate_upload_find(struct gate *g, const struct principal *who, str upload, struct arena *a, struct upload *out,
                                    struct problem *why);
/* What came is kept, whatever ends it. ERR_CONFLICT: not at this offset, or another request is at it. With the last
 * byte the asset is made. */
NODISCARD enum err gate_upload_append(struct gate *g, const struct principal *who, str upload, uint64_t offset, struct byte_source *from,
                                      struct arena *a, struct upload *out, struct problem *why);
NODISCARD enum err gate_upload_end(struct gate *g, const struct principal *who, str upload, struct arena *a, struct problem *why);

/* ---- keeping ---- */

struct sweep_figures;
/* vitrine gc, and now and then the server: what nobody refers to and is older than the grace time goes. */
NODISCARD enum err gate_sweep(struct gate *g, int64_t grace_ms, struct sweep_figures *out, struct problem *why);
/* vitrine check: every blob against its digest (quick: its length only). */
NODISCARD enum err gate_check_files(struct gate *g, bool quick, const struct journal_watch *watch, struct sweep_figures *out,
                                    struct problem *why);
#endif

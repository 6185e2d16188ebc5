#ifndef CONTENT_BYTES_BLOB_H
#define CONTENT_BYTES_BLOB_H
#include "base/digest.h"
#include "base/err.h"

/* Bytes by what they are: a blob is named by its digest, so equal bytes are kept once and what was stored
 * never changes (architecture 3.6 and 6). Assets and the registry's layers are the same thing. The store knows
 * no rights and no rows: who refers to a blob is what items say (content/system/registry/blobs.json), and what
 * nobody refers to is swept (content/bytes/sweep.c).
 *
 * On disk, below the data directory: blobs/sha256/ab/cd… holds what is finished, uploads/NAME what is on its
 * way, quarantine/ what was found damaged. Nothing a client says becomes part of a path (security F-1): names here are
 * made or checked to be hex. An upload is written, synced, renamed to its digest, the directories synced; only then may a row tell of it
 * (reliability 2). A crash before the rename leaves an upload, one behind it a blob without a row.
 *
 * Thread-safe; an upload or a reader belongs to one thread at a time. Other processes may use the same
 * directory. Errors: ERR_FULL (no room), ERR_UNAVAILABLE (the disk fails), and what stands beside a function. */
struct blobs;
struct arena;

struct blobs_config {
    str directory;                    /* data directory; "": one of its own, gone when closed (tests) */
    bool read_only;
    /* Tests: asked before each call that changes a file, by its name ("write", "fsync", "rename" …); true: it fails. */
    bool (*fails)(void *self, const char *call);
    void *self;
};
NODISCARD enum err blobs_open(const struct blobs_config *config, struct blobs **out, struct problem *why);
/* Tests: another `fails` from now on; nobody is at the store meanwhile. */
void blobs_watch(struct blobs *b, bool (*fails)(void *self, const char *call), void *self);
void blobs_close(struct blobs *b);    /* NULL is fine */

/* "sha256:" and 64 hex digits, or "sha512:" and 128, lower case; nothing else. */
bool blob_digest_valid(str digest);
#define BLOB_DIGEST_ROOM (7 + 2 * DIGEST_LARGEST)

/* Receiving. A name is 32 hex digits (blob_upload_name makes one). begin makes it; resume goes on at `offset`,
 * the number that was last made sure of: what was written behind it is thrown away with the next byte. ERR_NOT_FOUND: there is none,
 * or less of it (at 0 there is nothing to miss: it is made); ERR_CONFLICT: somebody else is at it right now. */
struct blob_upload;
str blob_upload_name(struct arena *a);
NODISCARD enum err blob_begin(struct blobs *b, str name, enum digest_kind kind, struct blob_upload **out, struct problem *why);
NODISCARD enum err blob_resume(struct blobs *b, str name, uint64_t offset, enum digest_kind kind, struct blob_upload **out,
                               struct problem *why);
/* After an error the upload can only be dropped or left. */
NODISCARD enum err blob_append(struct blob_upload *u, str bytes, struct problem *why);
uint64_t blob_offset(const struct blob_upload *u);
/* Reads what was written, for a look at its beginning. */
NODISCARD enum err blob_peek(struct blob_upload *u, void *into, size_t room, size_t *got, struct problem *why);
/* The bytes so far survive a crash. Nobody else is let at the upload before it is closed. */
NODISCARD enum err blob_sync(struct blob_upload *u, struct problem *why);
void blob_leave(struct blob_upload *u); /* closes it, to be resumed */
bool blob_upload_is_there(struct blobs *b, str name);
bool blob_upload_is_busy(struct blobs *b, str name); /* somebody is at it right now */
/* The bytes become a blob, in place of an equal one that may be damaged, and the upload is closed. wanted {0}: any; else ERR_INVALID with the fault "digest"
 * when they are others, and the upload is gone. digest has room for BLOB_DIGEST_ROOM. */
NODISCARD enum err blob_finish(struct blob_upload *u, str wanted, char *digest, size_t *digest_length, struct problem *why);
/* The same, but for other errors the upload is closed and left: it may be resumed where it was last made sure of, if its file
 * is still there. */
NODISCARD enum err blob_settle(struct blob_upload *u, str wanted, char *digest, size_t *digest_length, struct problem *why);
void blob_drop(struct blob_upload *u); /* closes and removes it; NULL is fine */

/* Reading; ERR_NOT_FOUND. */
struct blob_reader;
NODISCARD enum err blob_open(struct blobs *b, str digest, struct blob_reader **out, struct problem *why);
uint64_t blob_size(const struct blob_reader *r);
NODISCARD enum err blob_read(struct blob_reader *r, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why);
int blob_file(const struct blob_reader *r); /* a file descriptor, readable only: for the helper that looks at images */
void blob_close(struct blob_reader *r);     /* NULL is fine */

bool blob_exists(struct blobs *b, str digest);
/* Does it still hold what its name says? ERR_NOT_FOUND; ERR_CONFLICT: it is damaged. */
NODISCARD enum err blob_verify(struct blobs *b, str digest, uint64_t *size, struct problem *why);
/* The same in steps of at most so many bytes and a little, without locks and without filling the system's memory; `over` when
 * all was read. is_whole() judges and begins anew. set_aside() moves a damaged file to the directory quarantine, where it harms
 * nobody; *done false: another one lies there by now, nothing happened. */
struct blob_check;
NODISCARD enum err blob_check_open(struct blobs *b, str digest, struct blob_check **out, struct problem *why);
NODISCARD enum err blob_check_go_on(struct blob_check *c, uint64_t most, bool *over, struct problem *why);
uint64_t blob_check_offset(const struct blob_check *c);
bool blob_check_is_whole(struct blob_check *c);
NODISCARD enum err blob_check_set_aside(struct blob_check *c, bool *done, struct problem *why);
void blob_check_close(struct blob_check *c);  /* NULL is fine */

/* Of what nobody refers to, inside the transaction that has made sure of it. Gone is gone: no error. *removed false: it came
 * (again) at before_ms or later, by somebody who will refer to it, and stays; INT64_MAX: whenever it came. */
NODISCARD enum err blob_remove(struct blobs *b, str digest, int64_t before_ms, bool *removed, struct problem *why);
/* While it is held nothing is removed, by no process: blob_remove leaves what it is asked for, to be found by the next sweep.
 * One holder at a time, ERR_CONFLICT for a second. The caller closes *fd. */
NODISCARD enum err blobs_hold(struct blobs *b, int *fd, struct problem *why);
/* Where its file lies in a data directory: "blobs/sha256/ab/cd…"; and whether a path is such a place. */
str blob_path(struct arena *a, str digest);
bool blob_path_valid(str path, struct arena *a);
NODISCARD enum err blob_upload_remove(struct blobs *b, str name, struct problem *why);
/* Everything that is there, in no order; see() may remove what it is shown. Files that are none of ours are
 * passed over. at_ms: when it was written or last received again. */
struct blob_seen {
    str name;                         /* digest, or name of an upload */
    uint64_t size;
    int64_t at_ms;
};
typedef enum err blob_see(void *self, const struct blob_seen *seen, struct problem *why);
NODISCARD enum err blob_each(struct blobs *b, blob_see *see, void *self, struct problem *why);
/* A part of it: folders are numbered from 0. */
#define BLOB_FOLDERS 256u             /* of each kind of digest */
NODISCARD enum err blob_each_in(struct blobs *b, unsigned folder, blob_see *see, void *self, struct problem *why);
/* What was set aside. */
NODISCARD enum err blob_each_damaged(struct blobs *b, blob_see *see, void *self, struct problem *why);
NODISCARD enum err blob_forget_damaged(struct blobs *b, str digest, struct problem *why);
NODISCARD enum err blob_upload_each(struct blobs *b, blob_see *see, void *self, struct problem *why);
/* The directory itself, for what is kept beside blobs and may be thrown away at any time ("cache"). */
int blobs_directory(const struct blobs *b);
#endif

#ifndef SERVER_BACKUP_H
#define SERVER_BACKUP_H
#include <stdatomic.h>

#include "base/crypt_file.h"
#include "roles/backup.h"
#include "server/app.h"

/* Backups in a directory of theirs: named by their moment and the last entry of the journal in them, "vitrine-<stamp>-<seq>",
 * as directories, ".tar" archives or ".tar.sealed" ones. What is being made has another name until it was found good, and is
 * renamed as the last step. */
struct backup_options {
    str to;                           /* directory; made when its parent is there */
    uint64_t keep;                    /* so many good ones stay; 0: all */
    bool is_archive;                  /* one file */
    bool copies;                      /* no file is shared with the data directory */
    struct file_lock lock;            /* of a sealed archive; both absent: in clear */
    const _Atomic(bool) *stop;        /* NULL: never */
};
struct backup_made {
    str path, name;
    struct backup_manifest manifest;
    uint64_t bytes;                   /* of its files, or of the archive */
    uint64_t removed;                 /* older ones, by `keep` */
};
/* Notes in the journal what became of it. ERR_CONFLICT with faults: made and not good; the directory stays as "….failed",
 * an archive is not made. Anything else: nothing is left. */
NODISCARD enum err backup_make(struct app *app, const struct backup_options *o, struct arena *a, struct backup_made *out, struct problem *why);
/* When the newest good one in there was made; 0: there is none. */
int64_t backup_newest_ms(str to);

/* backup_archive.c: a directory as one file, new in `into`, synced and read again. */
NODISCARD enum err backup_pack(int from, int into, str name, const struct file_lock *lock, const _Atomic(bool) *stop, uint64_t *bytes,
                               struct problem *why);
/* And back: only files of backups, each named once. Either the whole archive is there, or an error. */
NODISCARD enum err backup_unpack(const char *path, const struct file_lock *lock, int into, struct problem *why);
bool backup_file_name(str path, struct arena *a); /* is this a name that a backup has? */
#endif

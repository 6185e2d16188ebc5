#ifndef SERVER_BACKUP_H
#define SERVER_BACKUP_H
#include <stdatomic.h>

#include "base/crypt_file.h"
#include "roles/upkeep/backup.h"
#include "server/app.h"
#include "server/target.h"

/* Backups in a directory of theirs: named by their moment and the last entry of the journal in them, "vitrine-<stamp>-<seq>",
 * as directories, ".tar" archives or ".tar.sealed" ones. What is being made has another name until it was found good, and is
 * renamed as the last step. */
struct backup_options {
    struct target_config to;          /* a directory is made when its parent is there; elsewhere they are archives */
    uint64_t keep;                    /* so many good ones stay; 0: all */
    bool is_archive;                  /* one file */
    bool copies;                      /* no file is shared with the data directory */
    struct file_lock lock;            /* of a sealed archive; both absent: in clear */
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
int64_t backup_newest_ms(const struct target_config *to);

/* backup_names.c. "vitrine-20261129T052624Z-4711", and an ending of archives. */
#define BACKUP_FRONT "vitrine-"
#define BACKUP_FAILED ".failed"
struct backup_named {
    str name;
    int64_t at_ms;
    uint64_t seq;
};
bool backup_name_read(str name, struct backup_named *out);
/* Those in a target, newest first; or those that were found bad. */
struct backup_names {
    struct backup_named *at;
    size_t count;
};
NODISCARD enum err backup_names_read(struct target *t, bool of_failed, struct arena *a, struct backup_names *out, struct problem *why);

/* backup_strands.c: the log that is shipped, and the backups that it stands on. A pin is an empty file of that name in the strand:
 * whose backup is gone goes, too, and then what no pin needs. "base-<number of the segment>-<name>". */
#define BACKUP_PIN "base"
NODISCARD enum err backup_pin(struct target *t, const struct backup_manifest *m, str name, struct problem *why);
NODISCARD enum err backup_prune(struct target *t, str present, struct problem *why); /* present: the strand that goes on */

/* backup_archive.c: a directory as one file, new in `into`, synced and read again. */
NODISCARD enum err backup_pack(int from, int into, str name, const struct file_lock *lock, const _Atomic(bool) *stop, uint64_t *bytes,
                               struct problem *why);
/* And back: only files of backups, each named once. Either the whole archive is there, or an error. The manifest and its seal come
 * first and are judged: then no more comes than they say. */
struct backup_bound {
    uint64_t files, bytes;            /* that may still come */
};
typedef enum err backup_judge(void *self, struct backup_bound *out, struct problem *why);
NODISCARD enum err backup_unpack(const char *path, const struct file_lock *lock, int into, backup_judge *judge, void *self, struct problem *why);
NODISCARD enum err backup_bound_take(struct backup_bound *left, uint64_t bytes, struct problem *why);
bool backup_file_name(str path, struct arena *a); /* is this a name that a backup has? */
#endif

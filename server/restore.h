#ifndef SERVER_RESTORE_H
#define SERVER_RESTORE_H
#include "server/backup.h"

/* A backup becomes the state of a data directory. It is unpacked beside what is there, looked at as a whole, brought to this
 * version, and only then exchanged with it (server/data.h): whatever fails or is killed before leaves the old state as it was. */
struct restore_options {
    struct target_config from;        /* a backup: its directory, or its archive; or where backups lie: one of them is chosen */
    uint64_t seq;                     /* of those: the newest moment without a later entry of the journal … */
    int64_t at_ms;                    /* … or a younger one; 0 and 0: the newest there is. For a single backup they are 0 */
    struct app_options app;           /* of the data directory; its master key has to be there */
    struct file_lock lock;            /* of a sealed archive */
    bool replaces;                    /* there may be something; it is kept aside */
    bool only_looks;                  /* unpacks and looks, exchanges nothing; a server may run */
    const struct journal_watch *watch; /* NULL: nobody */
};
struct restored {
    struct backup_manifest manifest;  /* of the backup */
    uint64_t seq;                     /* the last entry that was restored */
    uint64_t pieces;                  /* of the log, behind the backup */
    uint64_t blobs;                   /* files that are there */
    str aside;                        /* directory within the data directory; "": there was nothing */
};
/* ERR_NOT_FOUND: there is none, or none of that time. ERR_CONFLICT: a server runs, or (without `replaces`) there is something already. ERR_INVALID, or ERR_CONFLICT with faults:
 * it is no good backup. ERR_FORBIDDEN: another key or passphrase. Nothing was changed then. */
NODISCARD enum err restore_run(const struct restore_options *o, struct arena *a, struct restored *out, struct problem *why);
#endif

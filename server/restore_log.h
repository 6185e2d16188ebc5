#ifndef SERVER_RESTORE_LOG_H
#define SERVER_RESTORE_LOG_H
#include "base/crypt_file.h"
#include "content/backup/manifest.h"
#include "server/target.h"

/* The part of the log that was shipped behind a backup (content/backup/rebuild.h), taken from its target to where the backup lies
 * unpacked: the database is brought to the moment, and the files that it came to need are put beside it. */
struct replaying {
    struct target *target;
    int stage;                        /* directory with vitrine.db, which nobody has open */
    str path;                         /* of it */
    const struct crypt *crypt;
    struct file_lock lock;            /* of sealed ones */
    const struct backup_manifest *base;
    uint64_t seq;                     /* where to stop; UINT64_MAX and INT64_MAX: at the end */
    int64_t at_ms;
};
/* *pieces: how many were used; *reached: the log goes on behind the moment. Errors as rebuild_run's; ERR_FORBIDDEN: another key or passphrase. */
NODISCARD enum err restore_log(const struct replaying *w, uint64_t *pieces, bool *reached, struct problem *why);
#endif

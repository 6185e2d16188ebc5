#ifndef CONTENT_BACKUP_BACKUP_H
#define CONTENT_BACKUP_BACKUP_H
#include <stdatomic.h>

#include "content/backup/manifest.h"
#include "content/bytes/bytes.h"

/* A backup is a data directory again, without its master key: a copy of the database as of one moment, the files that it
 * refers to, and a manifest that says what is there. Made while everybody writes (docs/backup.md, reliability 5.6). */
struct backup_wish {
    str into;                         /* an empty directory that exists */
    str program;                      /* our version */
    bool may_link;                    /* files may get a second name there instead of being copied */
    const _Atomic(bool) *stop;        /* becomes true: ERR_UNAVAILABLE soon; NULL: never */
};
/* Makes it and looks at it: database, references, journal's chain and checkpoints, each file's digest. ERR_CONFLICT with a
 * fault per finding: it was made and is not good, and has no manifest. ERR_CONFLICT without faults: another one is being
 * made. No file that it needs is swept away meanwhile. Any thread; lasts. */
NODISCARD enum err content_backup(struct content *c, const struct backup_wish *wish, struct backup_manifest *out, struct problem *why);

/* The id of the key that signs this journal: whose backups they are. */
str content_site(struct content *c, struct arena *a);

/* The same look at a content that is open for writing, after a restore. */
NODISCARD enum err content_backup_check(struct content *c, const struct journal_watch *watch, struct journal_proof *proof,
                                        struct sweep_figures *files, struct problem *why);
#endif

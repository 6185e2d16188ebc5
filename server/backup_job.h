#ifndef SERVER_BACKUP_JOB_H
#define SERVER_BACKUP_JOB_H
#include "server/backup.h"
#include "server/config.h"
#include "server/ship_job.h"

/* The server's own backups: one thread, at low priority, that makes one when the newest in backup.to is older than
 * backup.every, or when the log that is shipped has none to stand on, and says in the log what became of it. */
struct backup_job;
/* *out NULL: none are configured. config and ships (NULL: nobody) outlive it. */
NODISCARD enum err backup_job_start(struct app *app, const struct config *config, struct ship_job *ships, struct backup_job **out, struct problem *why);
void backup_job_stop(struct backup_job *j); /* ends the one that is being made; NULL is fine */

struct backup_figures {
    int64_t last_ms;                  /* the newest good one's moment; 0: there is none */
    uint64_t bytes, made, failed;     /* of the last one; since the start */
};
void backup_job_figures(struct backup_job *j, struct backup_figures *out);
/* One is made as soon as the thread comes to it, within a second or after the one that is being made. Never waits. */
void backup_job_ask(struct backup_job *j);
bool backup_job_is_busy(struct backup_job *j); /* one is asked for, or being made */
#endif

#ifndef SERVER_SHIP_JOB_H
#define SERVER_SHIP_JOB_H
#include "server/app.h"
#include "server/config.h"

/* The server's thread that ships the log (docs/backup.md): each second what was committed becomes segments in the data directory,
 * and what waits there goes to the target. When that does not answer, it is tried again, up to LIMIT_SHIP_WAITING_BYTES: then the
 * strand ends, which is said, and the next begins when the target answers again. One that answers and takes less than comes in
 * may have 16 times as much waiting. */
struct ship_job;
/* *out NULL: it is not configured. config outlives it. */
NODISCARD enum err ship_job_start(struct app *app, const struct config *config, struct ship_job **out, struct problem *why);
/* Ends the thread, while the app is open; and when that is closed, carries what its closing left, if the target answers. */
void ship_job_stop(struct ship_job *j);  /* NULL is fine */
void ship_job_finish(struct ship_job *j); /* NULL is fine */

struct ship_job_figures {
    int64_t whole_ms;                 /* everything committed by then is at the target; 0: nothing yet */
    uint64_t bytes_behind;            /* of the log, and of what waits */
    uint64_t segments, files, bytes;  /* carried, since the start */
    uint64_t failures, strands, lost_files;
    uint64_t pauses, pause_us_most;
};
void ship_job_figures(struct ship_job *j, struct ship_job_figures *out);
/* Does the strand stand on a backup? False when nothing is shipped at all. */
bool ship_job_wants_backup(struct ship_job *j);  /* NULL is fine */
void ship_job_has_backup(struct ship_job *j, str strand);
#endif

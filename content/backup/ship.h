#ifndef CONTENT_BACKUP_SHIP_H
#define CONTENT_BACKUP_SHIP_H
#include "base/crypt_file.h"
#include "content/backup/segment.h"

/* Continuous shipping, the half that knows the database (docs/decisions/0015-shipping-the-log.md): what is committed becomes
 * segments that wait in the data directory, "shipping/<strand>/<number>-<seq>-<at>.seg", each whole, synced and under that name only
 * then. The other half (server/ship_job.h) carries them away. Beside a segment that names files lies "….files", a line
 * "<seq> <digest> <name>" for each: they go first, under that name.
 *
 * Where it stands is "shipping/state.json". A process that finds it goes on in the same strand, if nothing can be missing: the log
 * still has the place that was read last, or the database is, to the byte, the file that was closed with everything shipped.
 * Otherwise a new strand begins, which wants a backup to stand on. */
#define SHIP_FOLDER "shipping"
#define SHIP_STATE "state.json"
#define SHIP_STRAND_FRONT "log-"      /* of a strand's name */
#define SHIP_SEGMENT ".seg"
#define SHIP_SEALED ".sealed"
#define SHIP_FILES ".files"
#define SHIP_KEY "key.sealed"         /* of a strand: the secret key that its segments are sealed for, sealed with the passphrase */

struct ship_config {
    str directory;                    /* the data directory */
    struct file_lock lock;            /* passphrase or public key, or neither: in clear */
};
struct ship_figures {
    str strand;                       /* lives until the next round; "": there is none */
    uint64_t number, seq;             /* of the last segment */
    uint64_t begun;                   /* strands since the start */
    uint64_t behind;                  /* bytes of the log that are in no segment yet */
    uint64_t pauses, pause_us_most;   /* in which writers waited, so that the log could begin anew */
};
struct content;
struct ship;
/* One per content, which opens and closes it: before anything is written, so that a strand can go on, and after everything was.
 * What cannot be begun yet is tried again by each round. */
NODISCARD enum err ship_open(struct content *c, const struct ship_config *config, struct ship **out, struct problem *why);
/* Makes segments of what was committed before the call. ERR_CONFLICT: the strand has ended, for something was missing; the next
 * round begins another one. Anything else: nothing is lost, the next round tries again; but a log that got longer than
 * LIMIT_SHIP_WAITING_BYTES meanwhile is let go, and the strand has ended, too. One thread. */
NODISCARD enum err ship_round(struct ship *s, struct problem *why);
/* Ends the strand: what is shipped later begins another one. */
void ship_end_strand(struct ship *s);
void ship_figures(const struct ship *s, struct ship_figures *out);

/* For content_close: the last round, while the engine is open; and, when it is closed, that nothing came behind it. */
void ship_last(struct ship *s);
void ship_close(struct ship *s);      /* NULL is fine */

struct ship *content_ship(struct content *c); /* NULL: nothing is shipped */

/* How a file is called in its strand: by its entry, and a keyed digest of its digest; nobody learns from a name what is in it. */
str ship_file_name(struct arena *a, const struct crypt *crypt, const struct segment_file *f);
#define SHIP_FILE_FRONT "file-"
#define SHIP_PUBLIC "key.public"      /* beside segments that wait: what they and their files are sealed for; not there: in clear */

/* What a backup that begins now stands before: strand and number of the last segment whose end is older. Any process with the
 * data directory; "" and 0: nothing is shipped. */
void ship_where(int data, struct arena *a, str *strand, uint64_t *number);
#endif

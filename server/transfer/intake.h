#ifndef SERVER_TRANSFER_INTAKE_H
#define SERVER_TRANSFER_INTAKE_H
#include "server/command.h"

/* Items on their way in, from a file or another system: LIMIT_INTAKE_ROWS a transaction, fewer when they are large
 * (LIMIT_INTAKE_BYTES), so that memory holds one batch whatever comes. A batch with an item at fault is done again
 * item by item: the good ones are kept, and the others get a line on standard error each. The server itself writes
 * (SYSTEM_COMMAND). One thread. */
struct intake;

struct intake_options {
    bool dry_run;                     /* checks what can be checked without writing; counts */
    bool restores;                    /* items come back as they were exported (content/change/change.h) */
    bool replaces;                    /* one that is there already (by its _id) is replaced, not refused */
    const char *unit;                 /* "line": what the number of a report counts */
};
struct intake *intake_open(struct app *app, const struct intake_options *options);
/* What comes next goes there. Writes what waits. ERR_NOT_FOUND: there is no such collection. */
NODISCARD enum err intake_into(struct intake *m, str collection, struct problem *why);
const struct collection *intake_collection(const struct intake *m);     /* good until the next intake_… */
/* Memory for the item that is taken next; emptied with its batch. */
struct arena *intake_arena(struct intake *m);
/* An item as the content API takes it, in intake_arena or longer-lived. op: OP_CREATE, or OP_UPDATE of the one that
 * its _id names. at: for reports. A refused item is no error; not being able to write is. */
NODISCARD enum err intake_take(struct intake *m, enum op op, const struct json *item, uint64_t at, struct problem *why);
/* From the next item on: one that is there already stays, and counts as taken. */
void intake_keep(struct intake *m, bool keeps);
bool intake_stays(struct intake *m, enum op op, const struct json *item);  /* … would this one? */
/* What could not even be read as an item. */
NODISCARD enum err intake_refuse(struct intake *m, uint64_t at, const struct problem *because, struct problem *why);
NODISCARD enum err intake_flush(struct intake *m, struct problem *why);
uint64_t intake_taken(const struct intake *m), intake_refused(const struct intake *m);
void intake_show(struct intake *m, double part);                       /* the progress bar, 0..1 */
void intake_close(struct intake *m);                                   /* before the app; ends the bar */
#endif

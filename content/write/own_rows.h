#ifndef CONTENT_WRITE_OWN_ROWS_H
#define CONTENT_WRITE_OWN_ROWS_H
#include "content/internal.h"

/* Rows of system collections that content itself writes in a transaction (trash, schedules). */
struct change own_row(struct work *w, str collection, enum op op, str id);
void own_put(struct change *c, str field, struct json v);
void own_put_text(struct change *c, str field, str text); /* {0}: null */
struct json json_of_instant(struct arena *a, int64_t ms); /* as values of the kind datetime are */

#endif

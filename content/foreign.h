#ifndef CONTENT_FOREIGN_H
#define CONTENT_FOREIGN_H
#include "base/json.h"

/* A database file of another system, to be read by importers: never written, nothing in it is run (no triggers, no
 * functions of its schema). Tables that it calls system ones are not there. One thread. */
struct foreign;
NODISCARD enum err foreign_open(str path, struct foreign **out, struct problem *why);
void foreign_close(struct foreign *f);                             /* NULL is fine */
/* Names of tables, in the order of their making. */
NODISCARD enum err foreign_tables(struct foreign *f, struct arena *a, str **out, size_t *count, struct problem *why);
/* Every row as a map of column to value; bytes that are not text are null. A row lives until the next one. */
struct foreign_sink {
    enum err (*row)(struct foreign_sink *self, const struct json *row, struct problem *why);
};
NODISCARD enum err foreign_rows(struct foreign *f, str table, struct foreign_sink *sink, struct problem *why);
#endif

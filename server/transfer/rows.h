#ifndef SERVER_TRANSFER_ROWS_H
#define SERVER_TRANSFER_ROWS_H
#include "base/json.h"

/* Items out of a file, one at a time, whatever its size: NDJSON, a JSON list, CSV with a header row. The
 * format is told by the name's ending. Memory holds one row. */
struct rows;
enum rows_format { ROWS_NDJSON, ROWS_JSON, ROWS_CSV };

NODISCARD enum err rows_open(struct arena *a, str path, struct rows **out, struct problem *why);
void rows_close(struct rows *r);
/* The next item into `a` (its texts may point into r's buffer until the next call). *out NULL: the end.
 * A row that does not read is ERR_BAD_INPUT; the next call goes on behind it. */
NODISCARD enum err rows_next(struct rows *r, struct arena *a, const struct json **out, struct problem *why);
uint64_t rows_line(const struct rows *r);       /* of the row read last, from 1 */
bool rows_are_text(const struct rows *r);       /* CSV: all values are texts */
double rows_progress(const struct rows *r);     /* 0..1; 0 when the size is not known */
#endif

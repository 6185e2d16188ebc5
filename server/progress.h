#ifndef SERVER_PROGRESS_H
#define SERVER_PROGRESS_H
#include "base/str.h"

/* A bar on standard error while a command works, when that is a terminal; nothing otherwise. */
struct progress_bar {
    const char *unit;                 /* "rows" */
    int64_t shown_us;
    bool is_shown;
};
void progress_draw(struct progress_bar *b, double part, uint64_t done);   /* part: 0..1 */
void progress_show(void *bar, uint64_t done, uint64_t all);
void progress_clear(struct progress_bar *b);   /* for a line of text in between */
void progress_end(struct progress_bar *b);
#endif

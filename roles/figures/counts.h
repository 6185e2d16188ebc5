#ifndef ROLES_FIGURES_COUNTS_H
#define ROLES_FIGURES_COUNTS_H
#include "roles/internal.h"

/* Counts of items for the page of figures, each remembered until its collection changes; those that hang on the time of day are
 * taken again after LIMIT_COUNT_KEEP_MS. One that took longer than LIMIT_COUNT_DEAR_US is not repeated before a hundred times as
 * long, whatever changed: counting costs at most a hundredth of a core, however many items there are and however often somebody
 * asks, and where it is cheap the number is exact. Thread-safe; two who ask at once may both count. */
struct count_row {
    const char *name, *help;
    const char *label;                /* "state=\"active\""; NULL: none */
    const char *collection;
    const char *filter;               /* "$$" stands for now, "$+" for so many days later */
    int days;
    const char *sum;                  /* of this field; NULL: how many */
};

struct count_memory;
struct count_memory *counts_open(void);
void counts_close(struct count_memory *m); /* NULL is fine */
/* A row's place in the memory is the caller's choice, for good. */
#define COUNT_PLACES 64u
#define COUNT_PLACE_PKI 0u
#define COUNT_PLACE_OWN 32u
NODISCARD enum err count_row(struct gate *g, const struct principal *server, const struct count_row *row, size_t place, int64_t now,
                             uint64_t *out, struct problem *why);
#endif

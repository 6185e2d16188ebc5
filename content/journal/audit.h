#ifndef CONTENT_JOURNAL_AUDIT_H
#define CONTENT_JOURNAL_AUDIT_H
#include "content/plan/plan.h"

/* The journal as a collection, for whoever may read it and is not the administrator (docs/audit.md). What he sees of an
 * entry is what he may read of the item that it is about (security AZ-10, L-4):
 *
 *   - entries of collections that he reads, all items of them; of pending versions, if he sees those. Rows that hang on a
 *     condition cannot be counted, sorted and grouped by the database for items as they were: such a collection's entries
 *     are told by /api/events and an item's history alone.
 *   - notes, which hold no values, all of them; but those of reads (content/journal/reads.h) name items, and count as entries.
 *   - of `before`, `after` and `changes` the fields that he reads, by what they were called then (content/journal/eras.h). Nobody
 *     else can filter by images, sort by them or group them.
 *
 * Pure; the plan's arena. */
bool audit_is_journal(const struct collection *c);
/* before, after, changes: what an entry holds of an item. */
bool audit_is_image(const struct field *f);
/* May he ask for items by this field? `changes` is made for the answer, and nobody may. */
bool audit_may_ask(const struct rights *rights, const struct field *f);
/* Which entries are for him. */
const struct filter *audit_reach(struct arena *a, const struct rights *rights, const struct vars *vars, const struct collection *journal);

/* Where a row of the journal has what is needed to show an image. */
enum { AUDIT_SEQ, AUDIT_COLLECTION, AUDIT_VERB, AUDIT_ITEM, AUDIT_BEFORE, AUDIT_AFTER, AUDIT_CHANGES, AUDIT_FIELDS };
extern const str audit_fields[AUDIT_FIELDS];
struct audit_columns {
    int at[AUDIT_FIELDS];             /* -1: changes are not wanted */
};
/* The row's cells as they are for him: a copy in the arena. reads: learns what is shown; NULL: nobody wants to know. */
struct reads;
const struct cell *audit_show(struct arena *a, const struct rights *rights, const struct audit_columns *columns, const struct cell *cells,
                              size_t count, struct reads *reads);

#endif

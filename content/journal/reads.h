#ifndef CONTENT_JOURNAL_READS_H
#define CONTENT_JOURNAL_READS_H
#include "content/access.h"
#include "content/plan/plan.h"

/* Reads that the model wants noted ("audit_reads" of a collection or of a field, docs/audit.md): who was shown which items
 * and which of those fields, or asked by them. Everything that goes through content_read is seen, whatever the façade, and
 * so are the images in the journal, in histories and in events. One entry for each collection and read, with the ids of up
 * to LIMIT_READ_NOTE_IDS items and the number of all.
 *
 * The entry is committed before the answer goes out: when it cannot be, the read fails. The server's own looks
 * (actor->is_server) are not noted. One thread's; lives in the arena. */
#define NOTE_ITEMS_READ S("items.read")
struct content;
struct row;
struct row_sink;
struct reads;

/* Does anybody want to know of reads of this field? What is computed of such a field counts, too. */
bool reads_watch_field(const struct field *f);
bool reads_watch_items(const struct collection *c);   /* … of some field of it, or of all */

/* NULL: nothing that the plan touches is watched. */
struct reads *reads_of_plan(struct arena *a, const struct plan *p);
struct reads *reads_begin(struct arena *a, const struct model *m);
/* A row of this node is about to be shown: in *out as whoever shows it must get it, so that what comes along its
 * branches is seen, too. */
struct row *reads_row(struct reads *r, const struct plan_node *node, const struct row *row);
/* These members of an item were shown; c is the collection's present state. */
void reads_image(struct reads *r, const struct collection *c, str id, const struct json *shown);
/* NULL is fine, and so is nothing. */
NODISCARD enum err reads_note(struct content *c, struct reads *r, const struct actor *actor, struct problem *why);

#endif

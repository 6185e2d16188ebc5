#ifndef CONTENT_PLAN_FRAGMENTS_H
#define CONTENT_PLAN_FRAGMENTS_H
#include "content/plan/plan.h"

/* The written text of linked items, remembered while their collection does not change: twenty posts of
 * five authors write each author once, and so do the next twenty requests. Keyed by everything the text
 * depends on: the item's id, the collection's version, the model, the reader's rights, the chosen fields.
 * Only for to-one links without links of their own, never for rights that look at $user, $ip or $now, nor where a rule
 * about the linked items looks at other collections.
 *
 * Bounded: FRAGMENT_SLOTS texts of at most FRAGMENT_BYTES. Thread-safe; locks are striped and held for
 * one copy. A text may be older than its request's snapshot by commits that land while the request runs. */
struct fragments;

struct fragments *fragments_open(void);
void fragments_close(struct fragments *f); /* NULL is fine */
struct fragment_figures {
    uint64_t found, missed;
};
void fragments_figures(struct fragments *f, struct fragment_figures *out);
/* Marks the plan's branches that may be remembered. version: of a collection, by name. */
void fragments_attach(struct fragments *f, struct plan *p, uint64_t (*version)(void *self, str collection), void *self);
/* Appends the text of the item; false when it is not known. shape: which way of writing the branch's outputs, of those
 * that there are; 0: the content API's. */
bool fragment_take(const struct plan_node *branch, uint64_t shape, str id, struct buf *out);
void fragment_keep(const struct plan_node *branch, uint64_t shape, str id, str text);

#endif

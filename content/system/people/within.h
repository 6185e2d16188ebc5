#ifndef CONTENT_SYSTEM_PEOPLE_WITHIN_H
#define CONTENT_SYSTEM_PEOPLE_WITHIN_H
#include "content/access.h"

/* The proof that a grant gives no more than its author holds (AZ-9). It is sound, not complete: what cannot be
 * seen to be within is not. Rights that somebody holds only at times or from some addresses do not count, nor
 * does a condition that is narrower in another way than by further conjuncts. */

/* grant: an item of `grants` (its role is not looked at). *excess: what the author lacks, for a sentence. */
bool grant_is_within(struct arena *a, const struct rights *rights, const struct json *grant, str *excess);
/* Does every item that satisfies `narrow` satisfy `wide`, as far as can be seen from their spelling? */
bool filter_implies(struct arena *a, const struct filter *narrow, const struct filter *wide);

#endif

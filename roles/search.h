#ifndef ROLES_SEARCH_H
#define ROLES_SEARCH_H
#include "content/search/search.h"
#include "roles/gate.h"

/* Of one answer: when nobody says how many, and at most. */
#define SEARCH_HITS_USUAL 20u
#define SEARCH_HITS_MAX   100u

/* One search over several collections: each is asked as its own listing would be, best matches first in all. For façades;
 * everything goes through gate_read. */
struct search_hit {
    const struct collection *in;
    struct json item;                 /* as the query's outputs say, references as {"_model","_id"} */
    double score;
    size_t order;                     /* equal scores stay in the order of the queries */
};

/* Is there anything that he could find there? */
bool gate_searches(const struct principal *who, const struct collection *c);
/* The queries' `search` wants scores. *out is in `a`. */
NODISCARD enum err gate_search(struct gate *g, const struct principal *who, struct query *const *queries, size_t count, struct arena *a,
                               struct search_hit **out, size_t *found, struct problem *why);

#endif

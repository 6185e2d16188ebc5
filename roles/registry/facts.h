#ifndef ROLES_REGISTRY_FACTS_H
#define ROLES_REGISTRY_FACTS_H
#include "content/system/registry/retention.h"
#include "roles/internal.h"

/* What retention looks at: its rules, and facts of one repository, gathered page by page. */
struct keep_rules {
    struct retention_rule *list;      /* in the order in which they are asked */
    int64_t *run_ms;                  /* of each: when it was last carried out, 0: never */
    size_t count;
};
/* ERR_INVALID: one of them cannot be read; then nobody knows which rule counts for a repository, and nothing goes. */
NODISCARD enum err keep_rules_read(struct gate *g, struct arena *a, struct keep_rules *out, struct problem *why);
/* The one that counts; as if `also` (an id or {0}) were enabled. NULL: none, all stays. */
const struct retention_rule *keep_rule_for(const struct keep_rules *rules, str repository, str also);

/* The next repository behind this name ({0}: the first), or the one that has it, as this reader sees it; *out NULL: none. */
NODISCARD enum err keep_next_repository(struct gate *g, const struct principal *who, str after, struct arena *a, const struct json **out,
                                        struct problem *why);
NODISCARD enum err keep_this_repository(struct gate *g, const struct principal *who, str name, struct arena *a, const struct json **out,
                                        struct problem *why);

struct keep_look {
    struct arena *arena;              /* facts live here */
    str repository_id, name;
    struct retention_facts facts;
    size_t tag_room, manifest_room;
    str after;                        /* where the next page begins */
    bool tags_done, done;
    size_t listed;                    /* by all of its indexes */
    size_t parts_max;                 /* LIMIT_RETENTION_PARTS; eight that are listed take as much room as one */
    bool too_large;                   /* there are more: the facts are not all */
};
void keep_look_begin(struct keep_look *l, struct arena *a, const struct json *repository);
/* One page of at most `most` rows; done after the last one. */
NODISCARD enum err keep_look_page(struct gate *g, struct keep_look *l, uint32_t most, size_t *looked, struct problem *why);
#endif

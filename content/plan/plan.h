#ifndef CONTENT_PLAN_PLAN_H
#define CONTENT_PLAN_PLAN_H
#include "base/crypt.h"
#include "content/access.h"
#include "content/query/query.h"

/* A query with its access folded in: the only thing an engine reads by. Made only by plan_make
 * (tests/tidy.c holds that), in the request's arena; immutable afterwards. */
struct plan_node;
struct audit_columns;
struct fragments;

/* How a node hangs on its parent. HOP_BACK: what refers to the parent; HOP_MANY with ids_only and branches: links
 * into several collections, a branch per target. */
enum hop { HOP_ROOT, HOP_ONE, HOP_MANY, HOP_BACK };

struct plan_output {
    const struct output *output;            /* what the query asked for */
    int column;                             /* index into row cells; -1: a branch only */
    int branch;                             /* index into node->branches; -1: none */
    size_t branch_count;                    /* more than one: a single reference into several collections */
    size_t inner, inner_count;              /* branches for references inside a document, their `along` says which */
};

struct plan_node {
    const struct query *query;
    const struct access *access;
    enum hop hop;
    const struct field *along;              /* HOP_ONE, HOP_MANY: the parent's reference field */
    int parent_column;                      /* HOP_ONE: cell of the parent's row with the target's id;
                                               HOP_MANY: cell with the parent's own id */
    bool ids_only;                          /* HOP_MANY without a branch: only the targets' ids, from the link table */
    const struct field **columns;           /* cells of a row, in this order; then `far_keys`; then "_n" when with_position */
    size_t column_count;
    size_t far_keys;                        /* the root's sort keys that are no columns of its own, for cursors */
    bool with_position;                     /* the row's place in insertion order comes last (for cursors) */
    const struct audit_columns *audit;      /* the root, and a row of the journal: what it holds of items is shown as its reader may
                                               see it (content/journal/audit.h); NULL: not wanted */
    const struct plan_output *outputs;
    size_t output_count;
    const struct filter *where;             /* what the caller asked; hops see only what the caller may read (AZ-4); never NULL */
    const struct filter *reach;             /* what the access allows; an administrator wrote it: hops are not narrowed; never NULL */
    struct cell after[6];                   /* decoded cursor: one cell per sort key, then the position */
    const struct search *search;            /* root only; what it may look into: */
    const struct field **searched;          /* never a field that the caller may not read */
    size_t searched_count;
    bool ranked;                            /* best matches first: the row's score stands before its position */
    size_t after_count;                     /* 0: from the start */
    bool backwards;                         /* the page ends in front of the cursor; in the listing's order all the same */
    bool from_end;                          /* the listing's order, turned around */
    const struct crypt *crypt;              /* with_position, for a principal: seals what item_cursor says */
    int64_t seed;                           /* of keys by chance */
    bool estimate;                          /* the one row is the last position given out, for count=estimated */
    uint32_t limit, skip;
    bool count_only;
    bool with_draft;                /* whether a row is a pending version comes last, as 0 or 1 */
    const struct lens *lens;                /* the plan's */
    int translations;                       /* cell with "_i18n", for answers that show more than one language: 1 is the first; 0 */
    struct plan_node **branches;
    size_t branch_count;
    struct fragments *fragments;            /* remembers this branch's texts (content/plan/fragments.h); NULL: not */
    uint64_t fragment_key;
};

/* On whose behalf. PLAN_SERVER: the server's own look inside a write it has already allowed (images for
 * the journal, behaviours); made by plan_server only, called by content/write/write.c and content/write/work.c only. */
enum plan_side { PLAN_PRINCIPAL, PLAN_SERVER };

struct plan {
    struct plan_node *root;
    enum plan_side side;
    const struct rights *rights;            /* PLAN_PRINCIPAL: hops of `where` apply the target's own read access */
    const struct vars *vars;
    const struct lens *lens;                /* the root query's; NULL: as published */
    const bool *drafted;                    /* by collection: it has pending versions, and they are to be seen
                                               (content/publish/drafts.c); NULL: none has */
    struct arena *arena;
    uint32_t *items_left;                   /* LIMIT_POPULATE_ITEMS over all branches: the engine counts down */
};

/* ERR_FORBIDDEN (or NOT_FOUND, the gate decides): no read grant on the root. A branch without a grant
 * is dropped: the reference stays an id. A filter or sort on a field that may not be read, at any hop,
 * is the same ERR_BAD_INPUT fault as an unknown field (AZ-3). */
NODISCARD enum err plan_make(struct arena *a, const struct rights *rights, enum verb verb,
                             const struct vars *vars, const struct crypt *crypt, struct query *q,
                             struct plan **out, struct problem *why);
NODISCARD enum err plan_server(struct arena *a, const struct vars *vars, struct query *q, struct plan **out,
                               struct problem *why);
/* The root's rows must be within this, too: what another verb's access reaches. */
void plan_narrow(struct plan *p, const struct filter *reach);
/* Asks the root for one row more than its limit: tells whether a next page exists. */
void plan_probe(struct plan *p);
/* The same root, counting only. */
struct plan *plan_counting(struct arena *a, const struct plan *p);
/* The last position of the root's table; nothing of it is read. */
struct plan *plan_estimating(struct arena *a, const struct plan *p);
/* Whether that says anything: who asks may read all items, and asks for all, of a state perhaps. */
bool plan_is_whole(const struct plan *p);
/* One row in front of this place, if there is one; keys as plan_keys gives them. */
struct plan *plan_in_front(struct arena *a, const struct plan *p, const struct cell *keys);
/* Where a root row stands: a cell per sort key, then the position. Texts are borrowed. */
#define PLAN_KEYS (LIMIT_SORT_KEYS + 1)
size_t plan_keys(const struct plan_node *n, const struct cell *cells, struct cell keys[PLAN_KEYS]);
/* The cursor of that place. */
NODISCARD enum err plan_cursor(const struct plan *p, const struct crypt *crypt, const struct cell *keys, str *out);

#endif

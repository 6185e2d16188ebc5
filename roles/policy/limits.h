#ifndef ROLES_POLICY_LIMITS_H
#define ROLES_POLICY_LIMITS_H
#include "base/json.h"

struct network;

/* When and from where a role or a grant is in force: `valid_from` (included), `valid_until` (not included),
 * `addresses` (any of them). Judged for each request; who holds nothing limited pays nothing for it. */
struct limit {
    int64_t from_ms, until_ms;
    bool by_address;
    const struct network *networks;   /* by_address and none: from nowhere */
    size_t network_count;
};

struct moment {
    int64_t now_ms;
    str address;                      /* as in struct exchange; {0}: unknown, which no limit lets through */
    bool is_never;                    /* what is limited does not count: what one holds for good */
};

enum force { IN_FORCE, OUT_OF_TIME, OUT_OF_PLACE, ONLY_LIMITED };

const struct limit *limit_of(struct arena *a, const struct json *item); /* NULL: not limited */
enum force limit_judge(const struct limit *l, const struct moment *at); /* l NULL: holds */
bool limit_holds(const struct limit *l, const struct moment *at);
struct limit limit_copy(struct arena *a, const struct limit *l);

#endif

#ifndef SERVER_TRANSFER_ZOT_PATTERN_H
#define SERVER_TRANSFER_ZOT_PATTERN_H
#include "base/json.h"

/* zot's patterns of repository names (oci-registry.md 13): "*" and "?" within a part of the name, "**" as a whole part for
 * any number of parts, none included (behind "a/" that is also "a"), [a-z], {a,b}. As conditions on the collection repositories.
 * Pure. */
struct zot_pattern {
    str text;
    bool is_known;                    /* false: it cannot be said here; then only `front` is there */
    bool is_all;                      /* every name */
    str literal;                      /* {0}: it has signs */
    str front;                        /* what every name that it matches begins with */
    str *alternatives;                /* regular expressions of whole names, without anchors */
    size_t alternative_count;
};
void zot_pattern_read(struct arena *a, str text, struct zot_pattern *out);
/* Can one name match both? True when in doubt. */
bool zot_patterns_meet(const struct zot_pattern *l, const struct zot_pattern *r);
/* {"name":…}: names that this one (is_known) matches and none of the others does; of an unknown one all that begins like it is
 * taken to match. JSON_NULL: every name. false: it would be longer than a filter may be, or nothing is left. */
bool zot_pattern_condition(struct arena *a, const struct zot_pattern *p, const struct zot_pattern *const *others, size_t count,
                           struct json *out);
#endif

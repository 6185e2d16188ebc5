#ifndef CONTENT_SYSTEM_PEOPLE_PERMISSIONS_H
#define CONTENT_SYSTEM_PEOPLE_PERMISSIONS_H
#include "base/json.h"

/* A role's `permissions` in Cockpit's names (docs/roles.md has the table), said as items of `grants` without a
 * role. Names that are unknown or not true grant nothing. */
struct permission_grant {
    struct json item;                 /* collection, verbs, where, check, fields */
    bool of_trees;                    /* means nothing where there is no order */
};
const struct permission_grant *permissions_as_grants(struct arena *a, const struct json *permissions, size_t *count);
/* Is it content/{model}/… of this model? *rest: what follows. */
bool permission_of_model(str name, str model, str *rest);

#endif

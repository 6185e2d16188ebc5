#ifndef CONTENT_SYSTEM_PEOPLE_TEMPLATES_H
#define CONTENT_SYSTEM_PEOPLE_TEMPLATES_H
#include "base/json.h"

/* Ready-made roles: content/templates/roles.json, embedded. A list of {name, label, info, grants}; a grant is an
 * item of `grants` without its role. Parsed into the arena; texts borrow the binary. */
const struct json *role_templates(struct arena *a);
/* NULL: there is none of that name. */
const struct json *role_template(struct arena *a, str name);

#endif

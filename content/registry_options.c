#include "content/registry_options.h"

const struct registry_options registry_defaults = {.deletes = true, .anonymous_catalog = true, .scrub_days = 30};

enum err registry_demand_deletes(const struct registry_options *o, struct problem *why)
{
    return o->deletes ? ERR_OK : problem_fault(why, ERR_CONFLICT, S(""), S("deletes"), "Nothing is deleted from this registry (registry.deletes)");
}

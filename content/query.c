#include "content/query.h"

#include "content/filter_internal.h"

enum err query_unknown_field(struct problem *why, str where, str name)
{
    name = short_name(name);
    return problem_fault(why, ERR_BAD_INPUT, where, S("unknown-field"), "There is no field \"" STR_FMT "\".",
                         STR_ARG(name));
}

/* Whoever says which servers are believed when they say who somebody is can be anybody: administrators only.
 * Taking one away makes nobody anybody. */
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/people/standing.h"

/* {"claim value": "role"} or {"claim value": ["role", …]}. */
static enum err check_mapping(const struct json *mapping, struct problem *why)
{
    for (uint32_t i = 0; mapping && mapping->type == JSON_MAP && i < mapping->count; i++) {
        const struct json *v = &mapping->items[i];
        bool fits = v->type == JSON_TEXT || v->type == JSON_LIST;
        for (uint32_t k = 0; v->type == JSON_LIST && k < v->count; k++)
            fits = fits && v->items[k].type == JSON_TEXT;
        if (!fits)
            (void)problem_fault(why, ERR_INVALID, arena_format(why->arena, "/role_mapping/" STR_FMT, STR_ARG(v->name)), S("type"),
                                "A value of the claim stands for the name of a role, or for a list of names");
    }
    return why->err;
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op == OP_DELETE)
        return ERR_OK;
    if (!author_is_trusted(w))
        return problem_set(why, ERR_FORBIDDEN, "Identity providers are set up by administrators");
    return check_mapping(value_to_be(c, present, S("role_mapping")), why);
}

const struct behaviour behaviour_identity_providers = {.collection = STR("identity_providers"), .before = before};

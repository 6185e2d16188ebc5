/* Service accounts: programs with a name of their own. What they may do is what their roles say, so giving
 * roles follows the same law as with people (AZ-9). Switched off, their keys fail at the next request: the
 * keys are asked for their owner each time. */
#include "base/id.h"
#include "content/system/behaviours.h"
#include "content/system/people/standing.h"

/* Clients say either the name or the id (ZenML); a name that could be an id would hide an account. */
static bool looks_like_an_id(str name)
{
    size_t hex = 0, dashes = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        hex += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        dashes += c == '-';
    }
    return hex + dashes == name.len && ((hex == 32 && (dashes == 0 || dashes == 4)) || (hex == ID_LENGTH && dashes == 0));
}

static enum err check_name(const struct change *c, const struct json *present, struct problem *why)
{
    const struct json *name = value_to_be(c, present, S("name"));
    if (!name || !value_changes(c, present, S("name")) || !looks_like_an_id(name->text))
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, S("/name"), S("id"), "A name must not look like an id");
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    TRY(check_roles(w, c, present, why));
    if (c->op == OP_DELETE)
        return ERR_OK;
    if (!present)
        TRY(check_id_unused(w, c, S("users"), why));
    return check_name(c, present, why);
}

const struct behaviour behaviour_service_accounts = {.collection = STR("service_accounts"), .before = before};

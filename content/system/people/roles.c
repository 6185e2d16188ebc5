/* Roles, what they are granted, and which of them the public has. The role "admin" is part of the building:
 * it can be described, not renamed or removed. What a role may do is for administrators to say: a grant is
 * as wide as its words, so nobody else can be shown to hold what it gives (AZ-9). */
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/people/standing.h"

static enum err only_for_administrators(struct work *w, struct problem *why)
{
    return author_is_trusted(w) ? ERR_OK : problem_set(why, ERR_FORBIDDEN, "Only administrators say what a role may do");
}

static bool is_admin_role(const struct json *role)
{
    const struct json *name = json_get(role, S("name"));
    return name && name->type == JSON_TEXT && str_equal(name->text, S("admin"));
}

static enum err before_role(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (is_admin_role(present) && (c->op == OP_DELETE || value_changes(c, present, S("name"))))
        return problem_set(why, ERR_CONFLICT, "The role admin is built in; it can be neither renamed nor deleted");
    if (c->op == OP_DELETE)
        return ERR_OK;
    bool says_more = value_changes(c, present, S("permissions")) || (present && value_changes(c, present, S("name")));
    return says_more ? only_for_administrators(w, why) : ERR_OK;
}

static enum err before_grant(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    (void)present;
    return c->op == OP_DELETE ? ERR_OK : only_for_administrators(w, why);
}

static enum err before_settings(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op == OP_DELETE || !value_changes(c, present, S("public_role")))
        return ERR_OK;
    TRY(only_for_administrators(w, why));
    const struct json *id = value_to_be(c, present, S("public_role")), *role = NULL;
    if (id)
        TRY(role_of(w, id->text, &role, why));
    if (!is_admin_role(role))
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, S("/public_role"), S("admin"), "The public cannot be an administrator");
}

const struct behaviour behaviour_roles = {.collection = STR("roles"), .before = before_role};
const struct behaviour behaviour_grants = {.collection = STR("grants"), .before = before_grant};
const struct behaviour behaviour_settings = {.collection = STR("settings"), .before = before_settings};

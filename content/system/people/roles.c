/* The role "admin" is part of the building: it can be described, not renamed or removed. */
#include "content/kind.h"
#include "content/system/behaviours.h"

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    (void)w;
    const struct json *name = present ? json_get(present, S("name")) : NULL;
    bool is_admin = name && name->type == JSON_TEXT && str_equal(name->text, S("admin"));
    if (!is_admin)
        return ERR_OK;
    const struct field *f = collection_field(c->in, S("name"));
    bool renames = c->op != OP_DELETE && field_set_has(&c->set, f->index) && !json_equal(&c->values[f->index], name);
    if (c->op == OP_DELETE || renames)
        return problem_set(why, ERR_CONFLICT, "The role admin is built in; it can be neither renamed nor deleted");
    return ERR_OK;
}

const struct behaviour behaviour_roles = {.collection = STR("roles"), .before = before};

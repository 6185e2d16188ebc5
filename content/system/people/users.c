/* People: a new password, or being switched off, ends every session (SE-2), whatever else the request
 * says. */
#include "content/kind.h"
#include "content/system/behaviours.h"

static bool sets(const struct change *c, str name)
{
    const struct field *f = collection_field(c->in, name);
    return f && field_set_has(&c->set, f->index);
}

static bool is_switched_off(const struct change *c)
{
    const struct field *f = collection_field(c->in, S("active"));
    return sets(c, S("active")) && c->values[f->index].type == JSON_BOOL && !c->values[f->index].boolean;
}

static enum err end_sessions(struct work *w, str user, struct problem *why)
{
    const struct collection *sessions = model_find(work_model(w), S("sessions"));
    const struct filter *of_user =
        filter_test(work_arena(w), collection_field(sessions, S("user")), TEST_EQ, json_of_text(user));
    for (;;) {
        const struct json *session = NULL;
        TRY(work_find(w, S("sessions"), of_user, &session, why));
        if (!session)
            return ERR_OK;
        struct change c = {.op = OP_DELETE, .in = sessions, .id = json_get(session, S("_id"))->text};
        TRY(work_change(w, &c, why));
    }
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (present && c->op != OP_DELETE && (sets(c, S("password")) || is_switched_off(c)))
        return end_sessions(w, c->id, why);
    return ERR_OK;
}

const struct behaviour behaviour_users = {.collection = STR("users"), .before = before};

/* Passkeys: made by the server after a ceremony, by nobody else. How many somebody has stands at the person, whose
 * behaviour does the rest: another second factor ends the sessions (SE-2). */
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/people/standing.h"

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    (void)present;
    if (c->op != OP_CREATE || work_actor(w)->is_server || work_follows(w))
        return ERR_OK;
    return problem_set(why, ERR_FORBIDDEN, "A passkey is made by a browser and an authenticator");
}

static enum err count_again(struct work *w, str user, struct problem *why)
{
    const struct collection *passkeys = model_find(work_model(w), S("passkeys")), *users = model_find(work_model(w), S("users"));
    uint64_t count = 0;
    const struct filter *own = filter_test(work_arena(w), collection_field(passkeys, S("user")), TEST_EQ, json_of_text(user));
    TRY(work_count(w, S("passkeys"), own, &count, why));
    struct change c = {.op = OP_UPDATE, .in = users, .id = user};
    c.values = NEW_N(work_arena(w), struct json, users->field_count);
    value_put(&c, S("passkey_count"), json_of_int((int64_t)count));
    return work_change(w, &c, why);
}

/* With a person who is deleted there is nobody left to count for. */
static enum err after(struct work *w, struct change *c, struct problem *why)
{
    const struct json *user = json_get(c->op == OP_DELETE ? c->before : c->after, S("user"));
    bool counts = c->op == OP_CREATE || (c->op == OP_DELETE && !work_follows(w));
    return counts && user && user->type == JSON_TEXT ? count_again(w, user->text, why) : ERR_OK;
}

const struct behaviour behaviour_passkeys = {.collection = STR("passkeys"), .before = before, .after = after};

/* Publishing is a right of its own, with rows and a check of its own; whoever lacks it writes drafts. The rows are
 * those before the change and the check is asked afterwards, as when it is an act (content/publish/states.c). */
#include "content/write/parts.h"

static const struct json *state_before(const struct change *c, const struct json *present)
{
    const struct json *v = present ? json_get(present, c->in->fields[META_STATE].name) : NULL;
    return v ? v : &json_null;
}

bool changes_state(const struct change *c, const struct json *present)
{
    return value_after(c, present, &c->in->fields[META_STATE])->integer != state_before(c, present)->integer;
}

bool asks_to_publish(const struct change *c, const struct json *present)
{
    return !c->in->system && !c->draft && field_set_has(&c->set, META_STATE) && (c->newest || changes_state(c, present));
}

static enum err may_not_publish(struct problem *why)
{
    return problem_set(why, ERR_FORBIDDEN, "Your role may not publish or unpublish here");
}

static enum err settle_new(struct change *c, bool may, struct problem *why)
{
    if (!c->draft && field_set_has(&c->set, META_STATE))
        return may || c->values[META_STATE].integer == 0 ? ERR_OK : may_not_publish(why);
    set_value(c, META_STATE, json_of_int(may && !c->draft ? 1 : 0));
    field_set_add(&c->made, META_STATE);
    return ERR_OK;
}

enum err settle_state(struct work *w, const struct rights *rights, struct change *c, const struct json *present,
                      struct problem *why)
{
    const struct json *state = &c->values[META_STATE];
    bool given = field_set_has(&c->set, META_STATE);
    const struct access *publish = rights ? rights_access(rights, VERB_PUBLISH, c->in) : NULL;
    bool may = !rights || publish->granted;
    str path = arena_format(w->arena, STR_FMT "/_state", STR_ARG(c->where));
    if (c->draft && c->op == OP_CREATE && given && state->integer != 0)
        return problem_fault(why, ERR_INVALID, path, S("draft"), "A draft's _state is 0; publish it when it is ready");
    if (c->op == OP_CREATE)
        return settle_new(c, may, why);
    if (!given || (state->integer == state_before(c, present)->integer && !c->newest))
        return ERR_OK; /* what is published may become another version of itself */
    if (c->draft)
        return problem_fault(why, ERR_INVALID, path, S("draft"), "_state is not changed with a draft");
    if (may && publish && publish->where->node != FILTER_ALL) {
        struct target_sink found;
        TRY(look_up(w, rights, VERB_PUBLISH, c->in, c->id, &filter_all, &found, why));
        may = found.found;
    }
    return may ? ERR_OK : may_not_publish(why);
}

static enum err write_state(struct work *w, struct change *c, struct json state, struct problem *why)
{
    struct change only = *c;
    only.set = (field_set){0};
    set_value(&only, META_STATE, state); /* the values are shared */
    return engine_write(w, WRITE_UPDATE, &only, why);
}

/* Is it among the publish grant's rows as a draft, and does it satisfy the check as what it is to become? */
static enum err try_state(struct work *w, const struct access *publish, struct change *c, struct json state, bool *may,
                          struct problem *why)
{
    struct target_sink found;
    TRY(look_up(w, NULL, VERB_READ, c->in, c->result_id, publish->where, &found, why));
    *may = found.found;
    if (!*may)
        return ERR_OK;
    TRY(write_state(w, c, state, why));
    TRY(look_up(w, NULL, VERB_READ, c->in, c->result_id, publish->check, &found, why));
    *may = found.found;
    return ERR_OK;
}

/* With a condition on publishing only the written row can tell. Nobody asked for the state that goes without saying,
 * so that falls back to a draft; and so does what comes back from the trash, as far as who brings it back may. */
enum err insert_published(struct work *w, const struct rights *rights, struct change *c, struct problem *why)
{
    const struct rights *who = rights ? rights : c->back ? w->rights : NULL;
    const struct access *publish = who ? rights_access(who, VERB_PUBLISH, c->in) : NULL;
    struct json state = c->values[META_STATE];
    bool may = true;
    if (c->in->system || !publish || state.integer == 0 ||
        (publish->where->node == FILTER_ALL && publish->check->node == FILTER_ALL))
        return engine_write(w, WRITE_INSERT, c, why);
    set_value(c, META_STATE, json_of_int(0));
    TRY(engine_write(w, WRITE_INSERT, c, why));
    TRY(try_state(w, publish, c, state, &may, why));
    if (may)
        return ERR_OK;
    if (!c->back && !field_set_has(&c->made, META_STATE))
        return may_not_publish(why);
    return write_state(w, c, json_of_int(0), why);
}

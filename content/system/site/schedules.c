/* Plans that are written as items: whoever writes one lends it his rights, and it waits again. */
#include "content/publish/schedules.h"

#include "content/system/behaviours.h"

static void put(struct change *c, str name, str text)
{
    const struct field *f = collection_field(c->in, name);
    must(f != NULL);
    c->values[f->index] = json_named(name, str_is_absent(text) ? json_null : json_of_text(text));
    field_set_add(&c->set, f->index);
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    (void)present;
    (void)why;
    if (c->op == OP_DELETE || c->by_server)
        return ERR_OK;
    put(c, S("state"), S("waiting"));
    put(c, S("by"), schedule_subject(work_arena(w), work_actor(w)));
    put(c, S("who"), work_actor(w)->label);
    put(c, S("problem"), (str){0});
    return ERR_OK;
}

const struct behaviour behaviour_schedules = {.collection = STR("schedules"), .before = before};

/* Changes that the server itself makes, through the same verb as everybody's: validated, journalled, one
 * transaction. The reason stands in the journal as their author. */
#include "base/time.h"
#include "content/kind.h"
#include "roles/internal.h"

static void aim(struct own_change *o, str collection, enum op op)
{
    const struct collection *c = model_find(o->rights->model, collection);
    must(c != NULL); /* system collections are always there */
    o->change = (struct change){.op = op, .in = c, .values = NEW_N(o->arena, struct json, c->field_count)};
}

void own_change_begin(struct own_change *o, struct gate *g, struct arena *a, enum system_reason reason, str collection,
                      enum op op)
{
    const struct principal *system = principal_system(g, a, reason);
    *o = (struct own_change){.gate = g, .arena = a, .rights = system->rights, .actor = system->actor};
    aim(o, collection, op);
}

void own_change_as(struct own_change *o, struct gate *g, struct arena *a, const struct principal *who, str collection, enum op op)
{
    *o = (struct own_change){.gate = g, .arena = a, .rights = who->rights, .actor = who->actor};
    aim(o, collection, op);
}

void own_change_beside(struct own_change *o, const struct own_change *first, str collection, enum op op)
{
    *o = *first;
    aim(o, collection, op);
}

void own_change_for(struct own_change *o, const struct exchange *x)
{
    o->actor.via = S("rest");
    o->actor.request_id = x->request_id;
    o->actor.vars.ip = x->peer;
}

void own_set(struct own_change *o, str field, struct json v)
{
    const struct field *f = collection_field(o->change.in, field);
    must(f != NULL);
    o->change.values[f->index] = json_named(f->name, v);
    field_set_add(&o->change.set, f->index);
}

void own_set_text(struct own_change *o, str field, str text)
{
    own_set(o, field, str_is_absent(text) ? json_null : json_of_text(text));
}

void own_set_time(struct own_change *o, str field, int64_t ms)
{
    struct buf b;
    buf_init(&b, o->arena, 64);
    time_write(&b, ms);
    own_set(o, field, json_of_text(buf_str(&b)));
}

enum err own_changes_commit(struct own_change *const *list, size_t count, struct problem *why)
{
    struct own_change *first = list[0];
    struct change *changes = NEW_N(first->arena, struct change, count);
    for (size_t i = 0; i < count; i++) {
        must(list[i]->rights == first->rights);
        changes[i] = list[i]->change;
    }
    enum err e = content_write(first->gate->content, first->rights, &first->actor, changes, count, first->arena, why);
    for (size_t i = 0; i < count; i++)
        list[i]->change = changes[i];
    return e;
}

enum err own_change_commit(struct own_change *o, struct problem *why)
{
    return own_changes_commit(&o, 1, why);
}

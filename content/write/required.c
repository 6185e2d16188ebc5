/* Required when the item is like this (`required_if`): looked at when the whole item is known. An item that was
 * written before there was such a rule is left alone until the field, or what the rule looks at, is written. */
#include "content/filter/filter.h"
#include "content/internal.h"
#include "content/pointer.h"

struct looked_at {
    const struct change *change;
    bool written;
};

static enum err see(void *self, const struct field *field, const struct filter *at)
{
    struct looked_at *l = self;
    (void)at;
    l->written |= field_set_has(&l->change->set, field->index);
    return ERR_OK;
}

static bool is_empty(const struct json *v)
{
    return !v || v->type == JSON_NULL || (v->type == JSON_TEXT && v->text.len == 0) ||
           ((v->type == JSON_LIST || v->type == JSON_MAP) && v->count == 0);
}

enum err check_required_if(struct work *w, const struct change *c, struct problem *why)
{
    const struct json *state = json_get(c->after, S("_state"));
    bool published = state && state->type == JSON_INT && state->integer == 1;
    bool publishes = published && c->before && !json_equal(state, json_get(c->before, S("_state")));
    if (c->unfinished && !published)
        return ERR_OK; /* it may be finished later */
    struct filter_world world = {.arena = w->arena, .vars = &w->actor->vars};
    for (size_t i = META_COUNT; i < c->in->field_count; i++) {
        const struct field *f = &c->in->fields[i];
        struct looked_at l = {c, publishes || field_set_has(&c->set, i)};
        if (!f->required_if || !is_empty(json_get(c->after, f->name)) || filter_each_field(f->required_if, see, &l) != ERR_OK)
            continue;
        if (l.written && filter_matches(f->required_if, c->after, &world))
            (void)problem_fault(why, ERR_INVALID, pointer_name(w->arena, c->where, f->name), S("required"),
                                STR_FMT " is required for an item like this", STR_ARG(f->name));
    }
    return why->err;
}

/* "What can this role reach?" as text that can be committed and diffed: one line per collection and verb,
 * in model order, with fields and conditions in canonical spelling. Read from the compiled rights, not
 * from the grants: it states what is in force, not what was meant. */
#include "roles/internal.h"

static void print_fields(struct buf *b, const struct access *a)
{
    const struct collection *c = a->in;
    field_set own = c->all_fields;
    for (size_t i = 0; i < META_COUNT; i++)
        field_set_drop(&own, i);
    for (size_t i = 0; i < c->field_count; i++)
        if (a->verb == VERB_READ ? field_set_has(&c->secret_fields, i) : c->fields[i].locked)
            field_set_drop(&own, i);
    field_set shown = field_set_and(own, a->fields);
    if (field_set_equal(&shown, &own) && !field_set_is_empty(&own)) {
        buf_add(b, S(" fields=*"));
        return;
    }
    buf_add(b, field_set_is_empty(&shown) ? S(" fields=none") : S(" fields="));
    bool first = true;
    for (size_t i = META_COUNT; i < c->field_count; i++) {
        if (!field_set_has(&shown, i))
            continue;
        if (!first)
            buf_byte(b, ',');
        buf_add(b, c->fields[i].name);
        first = false;
    }
}

static void print_presets(struct buf *b, const struct access *a, struct arena *arena)
{
    for (size_t i = 0; i < a->preset_count; i++) {
        buf_format(b, " preset." STR_FMT "=", STR_ARG(a->presets[i].field->name));
        buf_add(b, json_print(arena, &a->presets[i].value));
    }
}

static void print_action(struct buf *b, const struct collection *c, const struct action_access *a, str name,
                         struct arena *arena)
{
    if (!a->granted)
        return;
    buf_format(b, STR_FMT " " STR_FMT, STR_ARG(c->name), STR_ARG(name));
    if (a->where->node != FILTER_ALL)
        buf_format(b, " where=" STR_FMT, STR_ARG(filter_print(arena, a->where)));
    buf_byte(b, '\n');
}

static void print_access(struct buf *b, const struct access *a, struct arena *arena)
{
    buf_format(b, STR_FMT " " STR_FMT, STR_ARG(a->in->name), STR_ARG(verb_names[a->verb]));
    if (a->verb != VERB_DELETE && a->verb != VERB_PUBLISH)
        print_fields(b, a);
    if (a->where->node != FILTER_ALL)
        buf_format(b, " where=" STR_FMT, STR_ARG(filter_print(arena, a->where)));
    if (a->check->node != FILTER_ALL)
        buf_format(b, " check=" STR_FMT, STR_ARG(filter_print(arena, a->check)));
    print_presets(b, a, arena);
    buf_byte(b, '\n');
}

enum err gate_audit(struct gate *g, struct arena *a, str role, str *out, struct problem *why)
{
    const struct principal *who = principal_of_role(g, a, role);
    if (!who)
        return problem_set(why, ERR_NOT_FOUND, "There is no role " STR_FMT, STR_ARG(role));
    struct buf b;
    buf_init(&b, a, 4u << 20);
    const struct model *m = who->rights->model;
    for (size_t i = 0; i < m->collection_count; i++) {
        const struct collection *c = m->collections[i];
        for (enum verb v = 0; v < VERB_COUNT; v++)
            if (gate_may(who, v, c))
                print_access(&b, rights_access(who->rights, v, c), a);
        for (size_t k = 0; k < c->action_count; k++)
            print_action(&b, c, rights_action(who->rights, c, c->actions[k].name), c->actions[k].name, a);
    }
    return buf_done(&b, out);
}

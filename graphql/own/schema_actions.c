/* Actions that another server does (docs/actions.md): a mutation each, whose input and answer have types of their own, made
 * of what the action declares. Answers are JSON that was checked by it; members of objects are found by their names. */
#include "graphql/own/schema.h"

/* ---- from JSON to things ---- */

/* Recursion: as deep as the type, LIMIT_FIELD_DEPTH and its lists. */
static struct gql_thing thing_of(struct arena *a, const struct gql_type *type, const struct json *v)
{
    while (type->kind == GQL_NON_NULL)
        type = type->of;
    if (!v || v->type == JSON_NULL)
        return (struct gql_thing){.kind = GQL_THING_NULL};
    if (type->kind == GQL_OBJECT_TYPE)
        return (struct gql_thing){.kind = GQL_THING_OBJECT, .self = v};
    if (type->kind != GQL_LIST_OF || v->type != JSON_LIST)
        return (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = *v};
    struct gql_thing *items = NEW_N(a, struct gql_thing, v->count + 1);
    for (uint32_t i = 0; i < v->count; i++)
        items[i] = thing_of(a, type->of, &v->items[i]);
    return (struct gql_thing){.kind = GQL_THING_LIST, .items = items, .count = v->count};
}

static enum err give_member(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    (void)why;
    *out = thing_of(x->arena, node->field->type, json_get(self, node->field->name));
    return ERR_OK;
}

/* ---- types ---- */

static const struct gql_type *answer_type(struct maker *m, const struct field *set);

static void add_member(struct maker *m, struct gql_type *t, const struct field *f)
{
    const struct gql_type *type = f->member_count ? answer_type(m, f) : value_type(m, f);
    type = is_many(f) ? maker_list(m, type) : type;
    struct gql_field *row = gql_add_field(m->b, t, f->name, f->required ? maker_wanted(m, type) : type, maker_describe(m, f));
    row->resolve = give_member;
    row->meaning = maker_meaning(m, OWN_ACTION, NULL, f);
}

/* Recursion: documents are at most LIMIT_FIELD_DEPTH deep. */
static const struct gql_type *answer_type(struct maker *m, const struct field *set)
{
    struct gql_type *t = maker_named(m, GQL_OBJECT_TYPE, set->api_type, "");
    for (size_t i = 0; i < set->member_count && t->field_count < set->member_count; i++)
        add_member(m, t, &set->members[i]);
    return t;
}

static bool demands_input(const struct field *set)
{
    bool demands = false;
    for (size_t i = 0; i < set->member_count; i++)
        demands |= set->members[i].required && !set->members[i].standard;
    return demands;
}

void add_outgoing(struct maker *m, const struct collection *c, const struct action *action, str name)
{
    const struct outgoing *out = action->out;
    const struct gql_type *type = out->output ? answer_type(m, out->output) : m->json, *input;
    struct own_meaning *meaning = maker_meaning(m, OWN_ACTION, c, NULL);
    struct gql_field *f = gql_add_field(m->b, m->mutation, name, type, action->info.len ? action->info : action->label);
    enum own_what what;
    meaning->action = action;
    f->meaning = meaning;
    f->write = own_change_root;
    if (!out->on_collection) {
        gql_add_argument(m->b, f, S("_id"), maker_wanted(m, m->id), S("Which item"));
        gql_add_argument(m->b, f, S("ifRev"), m->whole, S("The revision that it must have; -1: whichever"));
    }
    input = out->input ? input_type(m, out->input, true, &what) : NULL;
    if (input)
        gql_add_argument(m->b, f, S("input"), demands_input(out->input) ? maker_wanted(m, input) : input, (str){0});
}

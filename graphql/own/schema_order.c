/* Orders, each entry one field, and what an item is known by. */
#include "content/query/query.h"
#include "graphql/own/schema.h"

static void add_sort(struct maker *m, struct gql_type *t, str name)
{
    gql_add_input(m->b, t, name, m->sort, (str){0});
}

/* By how many there are. */
static void add_count(struct maker *m, struct gql_type *t, const struct collection *c, str name)
{
    str counted = arena_format(m->a, STR_FMT "_count", STR_ARG(name));
    if (!collection_field(c, counted))
        add_sort(m, t, counted);
}

static void add_order(struct maker *m, struct gql_type *t, const struct collection *c, const struct field *f)
{
    if (!maker_reads(m, c, f) || (is_ref(f) && !maker_sees_target(m, f)))
        return;
    if (is_ref(f) && f->many)
        add_count(m, t, c, f->name);
    else if (is_ref(f) && f->to)
        gql_add_input(m->b, t, f->name, maker_type(m, f->to, MADE_ORDER), (str){0});
    else if (!is_ref(f) && (f->kind->flags & KIND_SORTABLE))
        add_sort(m, t, f->name);
}

void fill_order(struct maker *m, const struct collection *c)
{
    struct gql_type *t;
    if (!maker_fills(m, c, MADE_ORDER, &t))
        return;
    t->one_of = true;
    for (size_t i = 0; i < c->field_count; i++)
        add_order(m, t, c, &c->fields[i]);
    for (size_t i = 0; i < c->back_count; i++)
        if (maker_relates(m, c->backs[i]) && !collection_field(c, c->backs[i]->name))
            add_count(m, t, c, c->backs[i]->name);
    gql_add_input(m->b, t, S("_random"), m->whole, S("By chance: the same order for the same number, 0 for a new one. At the root only."));
}

/* ---- keys ---- */

static bool is_readable(const struct maker *m, const struct collection *c, const struct unique_rule *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (!maker_reads(m, c, r->fields[i]) || (is_ref(r->fields[i]) && !maker_sees_target(m, r->fields[i])))
            return false;
    return r->unique && r->count > 1;
}

/* "author_title": {author: ID!, title: String!} */
static void add_rule(struct maker *m, struct gql_type *t, const struct collection *c, const struct unique_rule *r)
{
    struct buf name;
    buf_init(&name, m->a, 4096);
    for (size_t i = 0; i < r->count; i++)
        buf_format(&name, "%s" STR_FMT, i ? "_" : "", STR_ARG(r->fields[i]->name));
    for (uint32_t i = 0; i < c->field_count; i++)
        if (str_equal(c->fields[i].name, buf_str(&name)))
            return;
    struct gql_type *all = gql_type_make(m->b, GQL_INPUT, arena_format(m->a, STR_FMT "Key_" STR_FMT, STR_ARG(c->api.type), STR_ARG(buf_str(&name))), (str){0});
    if (all->input_count > 0)
        return;
    for (size_t i = 0; i < r->count; i++)
        gql_add_input(m->b, all, r->fields[i]->name, maker_wanted(m, value_type(m, r->fields[i])), (str){0})->meaning =
            maker_meaning(m, OWN_INPUT_VALUE, c, r->fields[i]);
    gql_add_input(m->b, t, buf_str(&name), all, (str){0});
}

const struct gql_type *key_type(struct maker *m, const struct collection *c)
{
    struct gql_type *t;
    if (!maker_fills(m, c, MADE_KEY, &t))
        return t;
    t->one_of = true;
    gql_add_input(m->b, t, S("_id"), m->id, (str){0})->meaning = maker_meaning(m, OWN_INPUT_VALUE, c, &c->fields[META_ID]);
    for (size_t i = META_COUNT; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        if (f->unique && maker_reads(m, c, f) && (!is_ref(f) || maker_sees_target(m, f)))
            gql_add_input(m->b, t, f->name, value_type(m, f), (str){0})->meaning = maker_meaning(m, OWN_INPUT_VALUE, c, f);
    }
    for (size_t i = 0; i < c->rule_count; i++)
        if (is_readable(m, c, &c->rules[i]))
            add_rule(m, t, c, &c->rules[i]);
    return t;
}

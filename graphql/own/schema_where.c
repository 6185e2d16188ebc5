/* Conditions: what own_take_where() reads, in the shapes that own.h describes. Only what the caller reads is in it, or he
 * could ask for what he may not see. */
#include "content/filter/operators.h"
#include "graphql/own/schema.h"

static const struct gql_type *members_where(struct maker *m, const struct field *f);

static void add(struct maker *m, struct gql_type *t, str name, const struct gql_type *type)
{
    if (type)
        gql_add_input(m->b, t, name, type, (str){0});
}

static void add_logic(struct maker *m, struct gql_type *t)
{
    gql_add_input(m->b, t, S("_and"), maker_list(m, t), (str){0});
    gql_add_input(m->b, t, S("_or"), maker_list(m, t), (str){0});
    gql_add_input(m->b, t, S("_not"), t, (str){0});
}

/* {some, none, every: T, isEmpty} */
static const struct gql_type *fill_any(struct maker *m, struct gql_type *t, const struct gql_type *inner)
{
    if (t->input_count > 0)
        return t;
    gql_add_input(m->b, t, S("some"), inner, S("At least one is like this."));
    gql_add_input(m->b, t, S("none"), inner, S("None is like this."));
    gql_add_input(m->b, t, S("every"), inner, S("All are like this, or there is none."));
    gql_add_input(m->b, t, S("isEmpty"), m->yes, (str){0});
    return t;
}

/* … and count */
static const struct gql_type *fill_quantifiers(struct maker *m, struct gql_type *t, const struct gql_type *inner)
{
    bool is_new = t->input_count == 0;
    (void)fill_any(m, t, inner);
    if (is_new)
        gql_add_input(m->b, t, S("count"), m->whole, S("There are so many."));
    return t;
}

static const struct gql_type *many_where(struct maker *m, const struct collection *c)
{
    const struct gql_type *one = maker_type(m, c, MADE_WHERE); /* first: the order of arguments is the compiler's */
    return fill_quantifiers(m, maker_type(m, c, MADE_LIST_WHERE), one);
}

/* Of one: the target's own conditions, which can be asked for no target, too. */
static const struct gql_type *one_where(struct maker *m, const struct collection *c)
{
    struct seen *s = &m->seen[c->index];
    struct gql_type *t = maker_type(m, c, MADE_WHERE);
    if (!s->asked_for_none)
        gql_add_input(m->b, t, S("_isNull"), m->yes, S("Behind a reference: there is none."));
    s->asked_for_none = true;
    return t;
}

/* Which of several collections a reference leads to: {eq, ne, in, notIn} of their names. NULL: none can be said. */
static const struct gql_type *model_where(struct maker *m, const struct field *f)
{
    static const str words[] = {STR("true"), STR("false"), STR("null")}; /* no words of enums */
    struct gql_type *names = maker_named(m, GQL_ENUM_TYPE, f->api_type, "Model"), *t = maker_named(m, GQL_INPUT, f->api_type, "ModelFilter");
    for (size_t i = 0; i < f->target_count; i++) {
        str name = f->targets[i]->name;
        bool is_word = str_equal(name, words[0]) || str_equal(name, words[1]) || str_equal(name, words[2]);
        if (maker_sees(m, f->targets[i]) && !is_word)
            gql_add_value(m->b, names, name, (str){0});
    }
    for (size_t i = 0; names->value_count && i < own_operator_count; i++) {
        const struct own_operator *o = &own_operators[i];
        enum test op = operator_find(o->spelling)->op;
        bool is_plain = o->operand == OPERAND_ONE || o->operand == OPERAND_LIST;
        if (is_plain && (op == TEST_EQ || op == TEST_NE || op == TEST_IN || op == TEST_NIN))
            gql_add_input(m->b, t, o->name, o->operand == OPERAND_LIST ? maker_list(m, names) : names, str_of(o->doc))->meaning = o;
    }
    return t->input_count ? t : NULL;
}

static const struct gql_type *any_where(struct maker *m, const struct field *f)
{
    struct gql_type *t = maker_named(m, GQL_INPUT, f->api_type, "Where");
    if (t->input_count > 0)
        return t;
    gql_add_input(m->b, t, f->many ? S("isEmpty") : S("_isNull"), m->yes, (str){0});
    if (f->many)
        gql_add_input(m->b, t, S("count"), m->whole, (str){0});
    add(m, t, S("_model"), model_where(m, f));
    for (size_t i = 0; i < f->target_count; i++)
        if (maker_sees(m, f->targets[i])) {
            const struct gql_type *one = maker_type(m, f->targets[i], MADE_WHERE);
            add(m, t, f->targets[i]->name, f->many ? fill_any(m, maker_type(m, f->targets[i], MADE_ANY_WHERE), one) : one);
        }
    return t;
}

static const struct gql_type *reference_where(struct maker *m, const struct field *f)
{
    if (!maker_sees_target(m, f))
        return NULL;
    if (field_is_polymorphic(f))
        return any_where(m, f);
    return f->many ? many_where(m, f->to) : one_where(m, f->to);
}

/* ---- documents ---- */

static void add_members(struct maker *m, struct gql_type *t, const struct field *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct field *f = &members[i];
        bool hidden = is_secret(f) || (is_ref(f) && !maker_sees_target(m, f));
        if (!hidden)
            add(m, t, f->name, is_document(f) || field_is_blocks(f) ? members_where(m, f) : filter_type(m, f));
    }
}

static const struct gql_type *fill_members(struct maker *m, struct gql_type *t, const struct field *members, size_t count)
{
    if (t->input_count > 0)
        return t;
    add_logic(m, t);
    gql_add_input(m->b, t, S("_isNull"), m->yes, (str){0});
    add_members(m, t, members, count);
    return t;
}

/* Elements of blocks: whichever members they have. Of two with one name the first is asked for. */
static const struct gql_type *block_where(struct maker *m, const struct field *f)
{
    struct gql_type *t = maker_named(m, GQL_INPUT, f->api_type, "Where");
    struct field text = {.kind = kind_find(S("text"))};
    if (t->input_count > 0)
        return t;
    add_logic(m, t);
    gql_add_input(m->b, t, S("_component"), filter_type(m, &text), S("The name of the component."));
    for (size_t i = 0; i < f->of_count; i++) {
        const struct collection *c = f->of[i];
        for (size_t k = META_COUNT; k < c->field_count; k++) {
            bool is_taken = false;
            for (size_t before = 0; before < i; before++)
                is_taken |= collection_field(f->of[before], c->fields[k].name) != NULL;
            if (!is_taken)
                add_members(m, t, &c->fields[k], 1);
        }
    }
    return t;
}

/* Recursion: documents are at most LIMIT_FIELD_DEPTH deep. */
static const struct gql_type *members_where(struct maker *m, const struct field *f)
{
    if (field_is_blocks(f)) {
        const struct gql_type *one = block_where(m, f);
        return fill_quantifiers(m, maker_named(m, GQL_INPUT, f->api_type, "ListWhere"), one);
    }
    if (f->of_count) {
        const struct collection *c = f->of[0];
        const struct gql_type *one =
            fill_members(m, maker_type(m, c, MADE_WHERE), c->fields + META_COUNT, c->field_count - META_COUNT);
        return f->many ? fill_quantifiers(m, maker_type(m, c, MADE_LIST_WHERE), one) : one;
    }
    const struct gql_type *one = fill_members(m, maker_named(m, GQL_INPUT, f->api_type, "Where"), f->members, f->member_count);
    return f->many ? fill_quantifiers(m, maker_named(m, GQL_INPUT, f->api_type, "ListWhere"), one) : one;
}

/* ---- items ---- */

static const struct gql_type *field_where(struct maker *m, const struct field *f)
{
    if (is_ref(f))
        return reference_where(m, f);
    return is_document(f) || field_is_blocks(f) ? members_where(m, f) : filter_type(m, f);
}

void fill_where(struct maker *m, const struct collection *c)
{
    struct gql_type *t;
    if (!maker_fills(m, c, MADE_WHERE, &t))
        return;
    add_logic(m, t);
    for (size_t i = 0; i < c->field_count; i++)
        if (maker_reads(m, c, &c->fields[i]))
            add(m, t, c->fields[i].name, field_where(m, &c->fields[i]));
    for (size_t i = 0; i < c->back_count; i++)
        if (maker_relates(m, c->backs[i]) && !collection_field(c, c->backs[i]->name))
            add(m, t, c->backs[i]->name, many_where(m, c->backs[i]->in));
}

/* What a field is given: a value, the steps of a reference, documents. Inputs of documents are the same in what is created
 * and in what is changed. */
#include "graphql/own/schema.h"

static void add(struct maker *m, struct gql_type *t, const char *name, const struct gql_type *type, const char *description)
{
    gql_add_input(m->b, t, str_of(name), type, str_of(description));
}

/* ---- references ---- */

static const struct gql_type *link_to(struct maker *m)
{
    struct gql_type *position = gql_type_make(m->b, GQL_INPUT, S("LinkPosition"), S("Where in a list."));
    struct gql_type *t = gql_type_make(m->b, GQL_INPUT, S("LinkTo"), S("An item, and where in the list it is to stand: else behind the others."));
    if (t->input_count > 0)
        return t;
    position->one_of = true;
    add(m, position, "start", m->yes, NULL);
    add(m, position, "end", m->yes, NULL);
    add(m, position, "before", m->id, NULL);
    add(m, position, "after", m->id, NULL);
    add(m, t, "_id", maker_wanted(m, m->id), NULL);
    add(m, t, "position", position, NULL);
    return t;
}

static const struct gql_type *update_type(struct maker *m, const struct collection *to, bool many)
{
    struct gql_type *t;
    if (!maker_fills(m, to, many ? MADE_LINKS_UPDATE : MADE_LINK_UPDATE, &t))
        return t;
    if (many)
        add(m, t, "_id", maker_wanted(m, m->id), NULL);
    add(m, t, "data", maker_wanted(m, maker_type(m, to, MADE_UPDATE)), NULL);
    add(m, t, "ifRev", m->whole, "The revision that it must have.");
    return t;
}

static bool is_assets(const struct collection *c)
{
    return c->system && str_equal(c->name, S("assets"));
}

static void add_one(struct maker *m, struct gql_type *t, const struct collection *to)
{
    t->one_of = true;
    add(m, t, "connect", m->id, "To this item.");
    add(m, t, "disconnect", m->yes, "From whatever it is.");
    if (can_create(m, to) && !is_assets(to))
        add(m, t, "create", maker_type(m, to, MADE_CREATE), "To a new item.");
    if (can_update(m, to))
        add(m, t, "update", update_type(m, to, false), "Changes the item that is there.");
    if (can_delete(m, to))
        add(m, t, "delete", m->yes, "Deletes the item that is there.");
}

static void add_many(struct maker *m, struct gql_type *t, const struct collection *to)
{
    add(m, t, "set", maker_list(m, m->id), "These and no others.");
    add(m, t, "disconnect", maker_list(m, m->id), NULL);
    if (can_delete(m, to))
        add(m, t, "delete", maker_list(m, m->id), "Linked items that are deleted.");
    add(m, t, "connect", maker_list(m, link_to(m)), NULL);
    if (can_create(m, to) && !is_assets(to))
        add(m, t, "create", maker_list(m, maker_type(m, to, MADE_CREATE)), "New items.");
    if (can_update(m, to))
        add(m, t, "update", maker_list(m, update_type(m, to, true)), "Changes linked items.");
}

const struct gql_type *link_type(struct maker *m, const struct collection *to, bool many)
{
    struct gql_type *t;
    if (!maker_fills(m, to, many ? MADE_LINKS : MADE_LINK, &t))
        return t;
    if (many)
        add_many(m, t, to);
    else
        add_one(m, t, to);
    return t;
}

/* One of several collections: only those that the caller sees are named. */
static const struct gql_type *any_type(struct maker *m, const struct field *f)
{
    struct gql_type *t = maker_named(m, GQL_INPUT, f->api_type, "Input");
    t->one_of = true;
    for (size_t i = t->input_count; i < f->target_count; i++)
        if (maker_sees(m, f->targets[i]))
            gql_add_input(m->b, t, f->targets[i]->name, m->id, (str){0});
    return t;
}

static const struct gql_type *reference_type(struct maker *m, const struct field *f, bool is_member, enum own_what *what)
{
    *what = OWN_INPUT_VALUE;
    if (field_is_polymorphic(f)) {
        *what = f->many ? OWN_INPUT_ANY_MANY : OWN_INPUT_ANY;
        if (!maker_sees_target(m, f))
            return NULL;
        return f->many ? maker_list(m, any_type(m, f)) : any_type(m, f);
    }
    if (is_member || !maker_sees(m, f->to))
        return f->many ? maker_list(m, m->id) : m->id;
    *what = f->many ? OWN_INPUT_LINKS : OWN_INPUT_LINK;
    return link_type(m, f->to, f->many);
}

/* ---- documents ---- */

static void add_members(struct maker *m, struct gql_type *t, const struct collection *c, const struct field *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum own_what what;
        const struct gql_type *type = members[i].locked ? NULL : input_type(m, &members[i], true, &what);
        if (type)
            gql_add_input(m->b, t, members[i].name, type, maker_describe(m, &members[i]))->meaning = maker_meaning(m, what, c, &members[i]);
    }
}

static const struct gql_type *part_input(struct maker *m, const struct collection *component)
{
    struct gql_type *t;
    if (maker_fills(m, component, MADE_INPUT, &t))
        add_members(m, t, component, component->fields + META_COUNT, component->field_count - META_COUNT);
    return t->input_count ? t : NULL;
}

static const struct gql_type *block_input(struct maker *m, const struct field *f)
{
    struct gql_type *t = maker_named(m, GQL_INPUT, f->api_type, "Input");
    bool is_new = t->input_count == 0;
    t->one_of = true;
    for (size_t i = 0; is_new && i < f->of_count; i++) {
        const struct gql_type *part = part_input(m, f->of[i]);
        if (part)
            gql_add_input(m->b, t, f->of[i]->name, part, (str){0})->meaning = maker_meaning(m, OWN_INPUT_DOCUMENT, f->of[i], NULL);
    }
    return t->input_count ? t : NULL;
}

/* Recursion: documents are at most LIMIT_FIELD_DEPTH deep. */
static const struct gql_type *document_type(struct maker *m, const struct field *f)
{
    if (field_is_blocks(f))
        return block_input(m, f);
    if (f->of_count)
        return part_input(m, f->of[0]);
    struct gql_type *t = maker_named(m, GQL_INPUT, f->api_type, "Input");
    if (t->input_count == 0)
        add_members(m, t, f->in, f->members, f->member_count);
    return t->input_count ? t : NULL;
}

const struct gql_type *input_type(struct maker *m, const struct field *f, bool is_member, enum own_what *what)
{
    *what = OWN_INPUT_VALUE;
    if (is_ref(f))
        return reference_type(m, f, is_member, what);
    if (!is_document(f) && !field_is_blocks(f))
        return values_type(m, f);
    *what = field_is_blocks(f) ? OWN_INPUT_BLOCKS : OWN_INPUT_DOCUMENT;
    const struct gql_type *t = document_type(m, f);
    return t && is_many(f) ? maker_list(m, t) : t;
}

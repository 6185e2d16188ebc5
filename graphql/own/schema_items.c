/* What items and documents look like: a field each, with what the reader has to know of it as its meaning. */
#include "graphql/own/schema.h"

static const struct gql_type *members_type(struct maker *m, const struct field *f);

static struct gql_field *add(struct maker *m, struct gql_type *t, str name, const struct gql_type *type, struct own_meaning *meaning,
                             str description)
{
    struct gql_field *f = gql_add_field(m->b, t, name, type, description);
    f->meaning = meaning;
    return f;
}

/* Where there always is a value (docs/graphql.md): published items have what is required, pending ones may not. */
static bool is_sure(const struct maker *m, const struct field *f)
{
    if (f->is_meta)
        return f->index != META_CBY && f->index != META_MBY && f->index != META_PARENT;
    bool unfinished = f->in && reads_drafts(m->rights, f->in);
    bool later = f->locked || f->localized; /* the server may write it later; another language may not have it */
    return f->in && f->in->shape != SHAPE_COMPONENT && f->required && !later && !unfinished && !is_ref(f);
}

static const struct gql_type *perhaps(struct maker *m, const struct gql_type *t, bool sure)
{
    return sure ? maker_wanted(m, t) : t;
}

/* ---- references ---- */

const struct gql_type *targets_type(struct maker *m, const struct field *f)
{
    struct gql_type *t = maker_named(m, GQL_UNION, f->api_type, "");
    if (!t->description.at) {
        t->description = S("What the reference leads to.");
        for (size_t i = 0; i < f->target_count; i++)
            if (maker_sees(m, f->targets[i]))
                gql_add_member(m->b, t, maker_type(m, f->targets[i], MADE_ITEM));
    }
    return t;
}

static void add_many(struct maker *m, struct gql_type *t, const struct collection *c, const struct field *f, str name, str description)
{
    const struct gql_type *item = maker_type(m, f->to, MADE_ITEM);
    struct gql_field *list = add(m, t, name, maker_full_list(m, item), maker_meaning(m, OWN_MANY, c, f), description);
    add_page(m, list, f->to);
    str connection = arena_format(m->a, STR_FMT "Connection", STR_ARG(name));
    if (collection_field(c, connection))
        return;
    struct gql_field *pages = add(m, t, connection, maker_wanted(m, maker_type(m, f->to, MADE_CONNECTION)),
                                  maker_meaning(m, OWN_MANY_CONNECTION, c, f), (str){0});
    add_relay(m, pages, f->to);
}

static void add_any(struct maker *m, struct gql_type *t, const struct collection *c, const struct field *f)
{
    const struct gql_type *target = targets_type(m, f);
    struct gql_field *row = add(m, t, f->name, f->many ? maker_full_list(m, target) : target,
                                maker_meaning(m, f->many ? OWN_ANY_MANY : OWN_ANY, c, f), maker_describe(m, f));
    if (!f->many)
        return;
    gql_set_default(m->b, gql_add_argument(m->b, row, S("limit"), m->whole, (str){0}), "50");
    gql_set_default(m->b, gql_add_argument(m->b, row, S("offset"), m->whole, (str){0}), "0");
}

static void add_reference(struct maker *m, struct gql_type *t, const struct collection *c, const struct field *f)
{
    if (!maker_sees_target(m, f))
        return;
    if (field_is_polymorphic(f))
        add_any(m, t, c, f);
    else if (f->many)
        add_many(m, t, c, f, f->name, maker_describe(m, f));
    else
        add(m, t, f->name, maker_type(m, f->to, MADE_ITEM), maker_meaning(m, OWN_ONE, c, f), maker_describe(m, f));
}

/* A tree's own reference has two names: `_pid`, the id, and `_parent`, the item. */
static void add_parent(struct maker *m, struct gql_type *t, const struct collection *c, const struct field *f)
{
    add(m, t, f->name, m->id, maker_meaning(m, OWN_VALUE, c, f), maker_describe(m, f));
    add(m, t, S("_parent"), t, maker_meaning(m, OWN_ONE, c, f), S("The item above."));
}

static void add_back(struct maker *m, struct gql_type *t, const struct collection *c, const struct field *f)
{
    if (!maker_relates(m, f) || collection_field(c, f->name))
        return;
    bool is_tree = field_stored(f)->is_meta;
    add_many(m, t, c, f, f->name, is_tree ? S("The items below.") : S("What refers here."));
    if (is_tree)
        add_many(m, t, c, f, S("_children"), S("The items below."));
}

/* ---- documents ---- */

static void add_member(struct maker *m, struct gql_type *t, const struct collection *c, const struct field *f)
{
    const struct gql_type *type = NULL;
    enum own_what what = OWN_MEMBER;
    if (is_ref(f) && !maker_sees_target(m, f))
        return;
    if (is_ref(f)) {
        type = field_is_polymorphic(f) ? targets_type(m, f) : maker_type(m, f->to, MADE_ITEM);
        what = OWN_MEMBER_REF;
    } else if (is_document(f) || field_is_blocks(f)) {
        type = members_type(m, f);
        what = field_is_blocks(f) ? OWN_MEMBER_BLOCKS : OWN_MEMBER_DOCUMENT;
    } else {
        type = value_type(m, f);
    }
    if (type)
        add(m, t, f->name, is_many(f) ? maker_list(m, type) : type, maker_meaning(m, what, c, f), maker_describe(m, f));
}

static void add_members(struct maker *m, struct gql_type *t, const struct collection *c, const struct field *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_secret(&members[i]))
            add_member(m, t, c, &members[i]);
}

static struct gql_type *block_interface(struct maker *m)
{
    struct gql_type *t = gql_type_make(m->b, GQL_INTERFACE, S("Block"), S("A component."));
    if (t->field_count == 0)
        add(m, t, S("_component"), maker_wanted(m, m->text), NULL, (str){0});
    return t;
}

const struct gql_type *part_type(struct maker *m, const struct collection *component)
{
    struct gql_type *t;
    if (!maker_fills(m, component, MADE_ITEM, &t))
        return t;
    t->description = component->info.len ? component->info : component->label;
    gql_add_interface(m->b, t, block_interface(m));
    add(m, t, S("_component"), maker_wanted(m, m->text), maker_meaning(m, OWN_COLLECTION, component, NULL), S("Its name."));
    add_members(m, t, component, component->fields + META_COUNT, component->field_count - META_COUNT);
    return t;
}

static const struct gql_type *blocks_type(struct maker *m, const struct field *f)
{
    struct gql_type *t = maker_named(m, GQL_UNION, f->api_type, "");
    if (t->description.at)
        return t;
    t->description = S("One of the blocks.");
    for (size_t i = 0; i < f->of_count; i++)
        gql_add_member(m->b, t, part_type(m, f->of[i]));
    return t;
}

/* Of a set whose members are all hidden there is nothing to say. */
static const struct gql_type *set_type(struct maker *m, const struct field *f)
{
    struct gql_type *t = maker_named(m, GQL_OBJECT_TYPE, f->api_type, "");
    if (t->field_count == 0)
        add_members(m, t, f->in, f->members, f->member_count);
    return t->field_count ? t : NULL;
}

/* Recursion: documents are at most LIMIT_FIELD_DEPTH deep. NULL: no member is seen. */
static const struct gql_type *members_type(struct maker *m, const struct field *f)
{
    if (field_is_blocks(f))
        return blocks_type(m, f);
    return f->of_count ? part_type(m, f->of[0]) : set_type(m, f);
}

static void add_document(struct maker *m, struct gql_type *t, const struct collection *c, const struct field *f)
{
    const struct gql_type *type = members_type(m, f);
    enum own_what what = field_is_blocks(f) ? OWN_BLOCKS : OWN_DOCUMENT;
    if (type)
        add(m, t, f->name, perhaps(m, is_many(f) ? maker_list(m, type) : type, is_sure(m, f)), maker_meaning(m, what, c, f),
            maker_describe(m, f));
}

/* ---- items ---- */

static void add_own(struct maker *m, struct gql_type *t, const struct collection *c, const struct field *f)
{
    if (!maker_reads(m, c, f))
        return;
    if (f->is_meta && f->index == META_PARENT)
        add_parent(m, t, c, f);
    else if (is_ref(f))
        add_reference(m, t, c, f);
    else if (is_document(f) || field_is_blocks(f))
        add_document(m, t, c, f);
    else
        add(m, t, f->name, perhaps(m, values_type(m, f), is_sure(m, f)), maker_meaning(m, OWN_VALUE, c, f), maker_describe(m, f));
}

static struct gql_type *node_interface(struct maker *m)
{
    struct gql_type *t = gql_type_make(m->b, GQL_INTERFACE, S("Node"), S("An item of any collection."));
    if (t->field_count > 0)
        return t;
    add(m, t, S("_nodeId"), maker_wanted(m, m->id), NULL, S("Its id among all items."));
    add(m, t, S("_model"), maker_wanted(m, m->text), NULL, S("The name of its collection."));
    add(m, t, S("_id"), maker_wanted(m, m->id), NULL, S("Its id in the collection."));
    return t;
}

void fill_item(struct maker *m, const struct collection *c)
{
    struct gql_type *t;
    if (!maker_fills(m, c, MADE_ITEM, &t))
        return;
    t->description = c->info.len ? c->info : c->label;
    t->meaning = c;
    gql_add_interface(m->b, t, node_interface(m));
    for (size_t i = 0; i < META_COUNT; i++)
        add_own(m, t, c, &c->fields[i]);
    add(m, t, S("_nodeId"), maker_wanted(m, m->id), maker_meaning(m, OWN_NODE_ID, c, NULL), S("Its id among all items."));
    add(m, t, S("_model"), maker_wanted(m, m->text), maker_meaning(m, OWN_COLLECTION, c, NULL), S("The name of its collection."));
    if (has_states(c) && reads_drafts(m->rights, c))
        add(m, t, S("_draft"), maker_wanted(m, m->yes), maker_meaning(m, OWN_IS_DRAFT, c, NULL), S("Is this a version that is not published?"));
    for (size_t i = META_COUNT; i < c->field_count; i++)
        add_own(m, t, c, &c->fields[i]);
    for (size_t i = 0; i < c->back_count; i++)
        add_back(m, t, c, c->backs[i]);
    if (c->system && str_equal(c->name, S("assets")))
        add_image_address(m, t, c);
}

/* ---- connections ---- */

static const struct gql_type *page_info(struct maker *m)
{
    struct gql_type *t = gql_type_make(m->b, GQL_OBJECT_TYPE, S("PageInfo"), S("Where a page of a listing stands."));
    const struct gql_type *cursor = gql_type_text(m->b, "Cursor");
    if (t->field_count > 0)
        return t;
    add(m, t, S("hasNextPage"), maker_wanted(m, m->yes), maker_meaning(m, OWN_HAS_NEXT, NULL, NULL), (str){0});
    add(m, t, S("hasPreviousPage"), maker_wanted(m, m->yes), maker_meaning(m, OWN_HAS_PREVIOUS, NULL, NULL), (str){0});
    add(m, t, S("startCursor"), cursor, maker_meaning(m, OWN_START_CURSOR, NULL, NULL), (str){0});
    add(m, t, S("endCursor"), cursor, maker_meaning(m, OWN_END_CURSOR, NULL, NULL), (str){0});
    return t;
}

void fill_connection(struct maker *m, const struct collection *c)
{
    const struct gql_type *item = maker_wanted(m, maker_type(m, c, MADE_ITEM));
    struct gql_type *t, *edge;
    if (!maker_fills(m, c, MADE_EDGE, &edge) || !maker_fills(m, c, MADE_CONNECTION, &t))
        return;
    add(m, edge, S("cursor"), gql_type_text(m->b, "Cursor!"), maker_meaning(m, OWN_CURSOR, c, NULL), (str){0});
    add(m, edge, S("node"), item, maker_meaning(m, OWN_NODE, c, NULL), (str){0});
    add(m, t, S("edges"), maker_full_list(m, edge), maker_meaning(m, OWN_EDGES, c, NULL), (str){0});
    add(m, t, S("nodes"), maker_full_list(m, maker_type(m, c, MADE_ITEM)), maker_meaning(m, OWN_NODES, c, NULL), S("The items without their cursors."));
    add(m, t, S("pageInfo"), maker_wanted(m, page_info(m)), maker_meaning(m, OWN_PAGE_INFO, c, NULL), (str){0});
    add(m, t, S("totalCount"), maker_wanted(m, m->whole), maker_meaning(m, OWN_TOTAL, c, NULL), S("Of all pages; counted when it is selected."))
        ->cost = OWN_COST_OF_COUNTING;
}

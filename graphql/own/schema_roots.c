/* The fields of Query, and arguments that many fields have. */
#include "base/limits.h"
#include "graphql/own/schema.h"

#include <assert.h>

static void argument(struct maker *m, struct gql_field *f, const char *name, const struct gql_type *type, const char *standard)
{
    struct gql_input *i = gql_add_argument(m->b, f, str_of(name), type, (str){0});
    if (standard)
        gql_set_default(m->b, i, standard);
}

/* In which language, and whether pending versions count: only where that makes a difference to this caller. */
void add_look(struct maker *m, struct gql_field *f, const struct seen *s, bool falls_back)
{
    if (s->speaks)
        argument(m, f, "locale", gql_type_text(m->b, "Locale"), NULL);
    if (s->speaks && falls_back)
        argument(m, f, "fallback", gql_type_text(m->b, "[Locale!]"), NULL);
    if (s->drafts)
        argument(m, f, "perspective", gql_type_text(m->b, "Perspective"), "PUBLISHED");
}

static void add_conditions(struct maker *m, struct gql_field *f, const struct collection *c)
{
    argument(m, f, "where", maker_type(m, c, MADE_WHERE), NULL);
    argument(m, f, "orderBy", maker_list(m, maker_type(m, c, MADE_ORDER)), NULL);
}

void add_page(struct maker *m, struct gql_field *f, const struct collection *c)
{
    static_assert(LIMIT_GRAPHQL_PAGE == 50, "the default of limit");
    add_conditions(m, f, c);
    argument(m, f, "limit", m->whole, "50");
    argument(m, f, "offset", m->whole, "0");
}

void add_relay(struct maker *m, struct gql_field *f, const struct collection *c)
{
    const struct gql_type *cursor = gql_type_text(m->b, "Cursor");
    add_conditions(m, f, c);
    argument(m, f, "first", m->whole, NULL);
    argument(m, f, "after", cursor, NULL);
    argument(m, f, "last", m->whole, NULL);
    argument(m, f, "before", cursor, NULL);
}

static struct gql_field *add_root(struct maker *m, str name, const struct gql_type *type, enum own_what what, const struct collection *c,
                                  str description)
{
    struct gql_field *f = gql_add_field(m->b, m->query, name, type, description);
    f->meaning = maker_meaning(m, what, c, NULL);
    f->write = own_read_root;
    return f;
}

static str rooted(struct maker *m, str name, const char *ending)
{
    return arena_format(m->a, STR_FMT "%s", STR_ARG(name), ending);
}

static void add_search(struct maker *m, struct gql_field *f, const struct collection *c)
{
    if (search_is_possible(m->rights, c))
        argument(m, f, "search", m->text, NULL);
}

static void add_lists(struct maker *m, const struct collection *c)
{
    const struct seen *s = maker_knows(m, c);
    const struct gql_type *item = maker_type(m, c, MADE_ITEM);
    struct gql_field *list = add_root(m, c->api.list, maker_full_list(m, item), OWN_LIST, c, c->label);
    add_page(m, list, c);
    add_search(m, list, c);
    add_look(m, list, s, true);
    struct gql_field *pages = add_root(m, rooted(m, c->api.list, "Connection"), maker_wanted(m, maker_type(m, c, MADE_CONNECTION)),
                                       OWN_CONNECTION, c, (str){0});
    add_relay(m, pages, c);
    add_search(m, pages, c);
    add_look(m, pages, s, true);
    struct gql_field *one = add_root(m, c->api.one, item, OWN_ITEM, c, (str){0});
    argument(m, one, "_id", maker_wanted(m, m->id), NULL);
    add_look(m, one, s, true);
    struct gql_field *by = add_root(m, rooted(m, c->api.one, "By"), item, OWN_ITEM_BY, c, (str){0});
    argument(m, by, "key", maker_wanted(m, key_type(m, c)), NULL);
    add_look(m, by, s, true);
    add_aggregate(m, c);
}

/* ---- all collections at once ---- */

static void add_nodes(struct maker *m, const struct seen *all)
{
    const struct gql_type *node = gql_type_make(m->b, GQL_INTERFACE, S("Node"), (str){0});
    struct gql_field *one = add_root(m, S("node"), node, OWN_NODE_OF_ID, NULL, S("The item with this _nodeId."));
    argument(m, one, "_nodeId", maker_wanted(m, m->id), NULL);
    add_look(m, one, all, true);
    struct gql_field *many = add_root(m, S("nodes"), maker_wanted(m, gql_list_of(m->b, node)), OWN_NODES_OF_IDS, NULL,
                                      S("The items with these, in their order."));
    argument(m, many, "_nodeIds", maker_full_list(m, m->id), NULL);
    add_look(m, many, all, true);
}

static const struct gql_type *hit_type(struct maker *m)
{
    struct gql_type *t = gql_type_make(m->b, GQL_OBJECT_TYPE, S("SearchHit"), S("What was found, best first."));
    gql_add_field(m->b, t, S("score"), maker_wanted(m, m->real), S("How well it matches, within one answer."))->meaning =
        maker_meaning(m, OWN_SCORE, NULL, NULL);
    gql_add_field(m->b, t, S("node"), gql_type_text(m->b, "Node!"), (str){0})->meaning = maker_meaning(m, OWN_NODE, NULL, NULL);
    return t;
}

/* Values are the collections' own names. */
static const struct gql_type *searched_names(struct maker *m)
{
    struct gql_type *t = gql_type_make(m->b, GQL_ENUM_TYPE, S("CollectionName"), (str){0});
    for (size_t i = 0; i < m->model->collection_count; i++) {
        const struct collection *c = m->model->collections[i];
        bool is_word = str_equal(c->name, S("true")) || str_equal(c->name, S("false")) || str_equal(c->name, S("null"));
        if (maker_sees(m, c) && !is_word && search_is_possible(m->rights, c))
            gql_add_value(m->b, t, c->name, (str){0})->meaning = c;
    }
    return t->value_count ? t : NULL;
}

static void add_search_of_all(struct maker *m, const struct seen *all)
{
    const struct gql_type *names = searched_names(m);
    if (!names)
        return;
    struct gql_field *f = add_root(m, S("search"), maker_full_list(m, hit_type(m)), OWN_SEARCH, NULL, S("Full text, in several collections."));
    argument(m, f, "text", maker_wanted(m, m->text), NULL);
    argument(m, f, "in", maker_list(m, names), NULL);
    argument(m, f, "limit", m->whole, "20");
    argument(m, f, "fuzzy", m->yes, "false");
    add_look(m, f, all, false);
}

void add_roots(struct maker *m)
{
    struct seen all = {false};
    for (size_t i = 0; i < m->model->collection_count; i++) {
        const struct collection *c = m->model->collections[i];
        if (!maker_sees(m, c))
            continue;
        all.is_seen = true;
        all.speaks |= m->seen[i].speaks;
        all.drafts |= m->seen[i].drafts;
        if (has_list(c))
            add_lists(m, c);
        else
            add_look(m, add_root(m, c->api.one, maker_type(m, c, MADE_ITEM), OWN_SINGLE, c, c->label), &m->seen[i], true);
    }
    if (all.is_seen) {
        add_nodes(m, &all);
        add_search_of_all(m, &all);
    }
    add_me(m);
}

/* The fields of Subscription: the changes of each collection that the caller reads (docs/graphql.md). Views and the journal have
 * none of their own. */
#include "graphql/own/events.h"
#include "graphql/own/schema.h"

static const struct gql_type *change_kinds(struct maker *m)
{
    static const struct {
        const char *name, *doc;
    } rows[] = {
        {"ADDED", "It was made, or has come into what you see or ask for."},
        {"CHANGED", NULL},
        {"REMOVED", "It was deleted, or has left what you see or ask for."},
    };
    struct gql_type *t = gql_type_make(m->b, GQL_ENUM_TYPE, S("ChangeKind"), (str){0});
    for (size_t i = 0; t->value_count < COUNTOF(rows); i++)
        gql_add_value(m->b, t, str_of(rows[i].name), str_of(rows[i].doc));
    return t;
}

/* Who did it is told to those who read the journal; of the others' schemas it is no part. */
static bool is_told(const struct maker *m, const struct event_row *row)
{
    const struct collection *journal = model_find(m->model, S("journal"));
    return !row->is_of_journal || (journal && rights_access(m->rights, VERB_READ, journal)->granted);
}

static const struct gql_type *fill_change(struct maker *m, const struct collection *c)
{
    struct gql_type *t;
    if (!maker_fills(m, c, MADE_CHANGE, &t))
        return t;
    (void)change_kinds(m);
    for (size_t i = 0; i < event_row_count; i++) {
        const struct event_row *row = &event_rows[i];
        if (!is_told(m, row))
            continue;
        struct gql_field *f = gql_add_field(m->b, t, str_of(row->name), gql_type_text(m->b, row->type), str_of(row->doc));
        f->resolve = row->give;
        f->meaning = maker_meaning(m, OWN_CHANGE_FIELD, c, NULL);
    }
    struct gql_field *item = gql_add_field(m->b, t, S("item"), maker_type(m, c, MADE_ITEM), S("As it is by now; null: it is not there, or not for you."));
    item->meaning = maker_meaning(m, OWN_CHANGE_ITEM, c, NULL);
    item->write = own_read_event_item;
    add_look(m, item, maker_knows(m, c), true);
    return t;
}

static void add_changes_of(struct maker *m, const struct collection *c)
{
    struct gql_field *f = gql_add_field(m->b, m->subscription, arena_format(m->a, STR_FMT "Changed", STR_ARG(c->api.one)),
                                        maker_wanted(m, fill_change(m, c)), c->label);
    f->meaning = maker_meaning(m, OWN_CHANGES, c, NULL);
    f->write = own_event_root;
    gql_add_argument(m->b, f, S("_id"), m->id, S("Of one item alone."));
    gql_add_argument(m->b, f, S("where"), maker_type(m, c, MADE_WHERE), (str){0});
    gql_add_argument(m->b, f, S("verbs"), maker_list(m, m->text), S("create, update, delete, or an action's name; none: all."));
    gql_add_argument(m->b, f, S("since"), gql_type_text(m->b, "Long"), S("What comes is behind the change with this seq; none: from now on."));
}

void add_subscriptions(struct maker *m)
{
    for (size_t i = 0; i < m->model->collection_count; i++)
        if (maker_sees(m, m->model->collections[i]) && !is_fixed(m->model->collections[i]))
            add_changes_of(m, m->model->collections[i]);
}

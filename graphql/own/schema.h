#ifndef GRAPHQL_OWN_SCHEMA_H
#define GRAPHQL_OWN_SCHEMA_H
#include "content/kind.h"
#include "content/model/api_names.h"
#include "graphql/own/own.h"

/* Totals and aggregates look at all rows, not at those of a page: on top of what is selected (graphql.md 14). */
#define OWN_COST_OF_COUNTING 10u

/* Private to own/schema*.c: our schema while it is being made for one caller. Whether he may know of something is asked
 * here and nowhere else: maker_sees() for collections, maker_reads() for fields, maker_relates() for what lies behind
 * references. Whatever is not seen is not mentioned, in no type, no input, no description. */

/* Types that are made of a collection's or component's name. The words are among api_type_endings. */
#define MADE_TABLE(X)                                                                                           \
    X(ITEM, "", OBJECT_TYPE) X(WHERE, "Where", INPUT) X(LIST_WHERE, "ListWhere", INPUT) X(ANY_WHERE, "AnyWhere", INPUT) \
    X(ORDER, "OrderBy", INPUT) X(KEY, "Key", INPUT) X(CONNECTION, "Connection", OBJECT_TYPE) X(EDGE, "Edge", OBJECT_TYPE)                   \
    X(CREATE, "Create", INPUT) X(UPDATE, "Update", INPUT) X(INPUT, "Input", INPUT)                               \
    X(LINK, "Link", INPUT) X(LINKS, "Links", INPUT) X(LINK_UPDATE, "LinkUpdate", INPUT)                          \
    X(LINKS_UPDATE, "LinksUpdate", INPUT) X(NUMBERS_EDIT, "NumbersEdit", INPUT) X(LISTS_EDIT, "ListsEdit", INPUT) \
    X(TRANSLATION, "Translation", INPUT) X(SHOWN_ONCE, "Made", OBJECT_TYPE) X(WRITTEN, "Written", OBJECT_TYPE)   \
    X(CHANGED, "Changed", OBJECT_TYPE) X(AGGREGATE, "Aggregate", OBJECT_TYPE) X(GROUP, "Group", OBJECT_TYPE)     \
    X(GROUP_BY, "GroupBy", ENUM_TYPE) X(GROUP_ORDER, "GroupOrder", INPUT) X(HAVING, "Having", INPUT)             \
    X(AGGREGATE_ORDER, "AggregateOrder", INPUT) X(CHANGE, "Change", OBJECT_TYPE)                                 \
                                                                    \
    X(COUNTS, "Counts", OBJECT_TYPE) X(COUNTS_HAVING, "CountsHaving", INPUT) X(COUNTS_ORDER, "CountsOrder", INPUT) \
    X(SUMS, "Sums", OBJECT_TYPE) X(SUMS_HAVING, "SumsHaving", INPUT) X(SUMS_ORDER, "SumsOrder", INPUT)           \
    X(RANGE, "Range", OBJECT_TYPE) X(RANGE_HAVING, "RangeHaving", INPUT) X(RANGE_ORDER, "RangeOrder", INPUT)
enum made {
#define X(name, ending, kind) MADE_##name,
    MADE_TABLE(X)
#undef X
        MADE_COUNT
};
extern const struct made_facts {
    str ending;
    enum gql_type_kind kind;
} made_facts[MADE_COUNT];

/* A type, and whether its rows were begun. */
struct made_type {
    struct gql_type *type;
    bool is_filled;
};

/* What is known of a collection for this caller. */
struct seen {
    bool is_seen;                     /* may be read */
    bool speaks;                      /* it, or what lies behind its references, differs by language */
    bool drafts;                      /* … has items that are not published which the caller may see */
    bool asked_for_none;              /* its Where has _isNull */
};

struct maker {
    struct gql_builder *b;
    struct arena *a;                  /* the schema's */
    const struct rights *rights;      /* all that a schema hangs on: callers of equal rights share one (http/schemas.c) */
    const struct model *model;
    struct gql_type *query, *mutation, *subscription;
    struct made_type (*of)[MADE_COUNT];    /* by collection->index */
    struct made_type (*parts)[MADE_COUNT]; /* by index in model->components */
    struct seen *seen;                /* by collection->index */
    const struct gql_type *id, *text, *yes, *whole, *real, *json, *sort; /* what is wanted all the time */
};

/* ---- who may know what (schema.c) ---- */
bool maker_sees(const struct maker *m, const struct collection *c);
bool maker_reads(const struct maker *m, const struct collection *c, const struct field *f);    /* of components: all but secrets */
bool maker_relates(const struct maker *m, const struct field *back);        /* "posts_via_author" */
bool maker_sees_target(const struct maker *m, const struct field *f);       /* of a reference; of several, any */
bool maker_writes(const struct maker *m, enum verb verb, const struct field *f);
static inline bool is_secret(const struct field *f)
{
    return (f->kind->flags & (KIND_SECRET | KIND_DIGEST)) != 0;
}
static inline bool is_ref(const struct field *f)
{
    return (f->kind->flags & KIND_REF) != 0;
}
static inline bool is_many(const struct field *f)
{
    return f->many || (f->kind->flags & KIND_LIST) || field_is_blocks(f);
}
static inline bool is_document(const struct field *f) /* with members that are known */
{
    return f->member_count > 0;
}
bool is_fixed(const struct collection *c);            /* nobody creates or updates its items: a view, the journal */
bool has_list(const struct collection *c);

/* ---- names, rows, types (schema.c) ---- */
struct gql_type *maker_type(struct maker *m, const struct collection *c, enum made made);
/* The same, and true once: the caller is who fills it. */
bool maker_fills(struct maker *m, const struct collection *c, enum made made, struct gql_type **out);
struct gql_type *maker_named(struct maker *m, enum gql_type_kind kind, str name, const char *ending);
const struct gql_type *maker_wanted(struct maker *m, const struct gql_type *t);   /* T! */
const struct gql_type *maker_list(struct maker *m, const struct gql_type *t);     /* [T!] */
const struct gql_type *maker_full_list(struct maker *m, const struct gql_type *t); /* [T!]! */
struct own_meaning *maker_meaning(struct maker *m, enum own_what what, const struct collection *of, const struct field *f);
str maker_describe(struct maker *m, const struct field *f);

/* ---- values (schema_values.c) ---- */
void make_scalars(struct maker *m);
const struct gql_type *value_type(struct maker *m, const struct field *f);        /* of one value: a scalar or an enum */
const struct gql_type *values_type(struct maker *m, const struct field *f);       /* … or [T!] */
/* Operators for a field without members; NULL: there are none. */
const struct gql_type *filter_type(struct maker *m, const struct field *f);
const struct gql_type *filter_of_scalar(struct maker *m, const char *scalar);     /* "Int", "Float" */

/* ---- items (schema_items.c) ---- */
void fill_item(struct maker *m, const struct collection *c);
void fill_connection(struct maker *m, const struct collection *c);
const struct gql_type *part_type(struct maker *m, const struct collection *component);
/* A union of what a reference to several collections leads to. */
const struct gql_type *targets_type(struct maker *m, const struct field *f);
void add_image_address(struct maker *m, struct gql_type *t, const struct collection *assets);  /* schema_images.c */

/* ---- conditions and orders (schema_where.c, schema_order.c) ---- */
void fill_where(struct maker *m, const struct collection *c);
void fill_order(struct maker *m, const struct collection *c);
const struct gql_type *key_type(struct maker *m, const struct collection *c);

/* ---- groups (schema_groups.c) ---- */
void add_aggregate(struct maker *m, const struct collection *c);

/* ---- roots (schema_roots.c) ---- */
void add_roots(struct maker *m);
void add_look(struct maker *m, struct gql_field *f, const struct seen *s, bool falls_back); /* locale, fallback, perspective */
void add_page(struct maker *m, struct gql_field *f, const struct collection *c);   /* where, orderBy, limit, offset */
void add_relay(struct maker *m, struct gql_field *f, const struct collection *c);  /* where, orderBy, first, after, last, before */
const struct seen *maker_knows(const struct maker *m, const struct collection *c);

/* ---- changes (schema_inputs.c, schema_links.c, schema_changes.c) ---- */
void add_changes(struct maker *m);
bool can_create(const struct maker *m, const struct collection *c);
bool can_update(const struct maker *m, const struct collection *c);
bool can_delete(const struct maker *m, const struct collection *c);
void fill_data(struct maker *m, const struct collection *c, enum verb verb);       /* PostCreate, PostUpdate */
const struct gql_type *link_type(struct maker *m, const struct collection *to, bool many);
/* What a field is given: its type, and *what of its meaning. NULL: nothing that the caller could say. */
const struct gql_type *input_type(struct maker *m, const struct field *f, bool is_member, enum own_what *what);

/* ---- subscriptions (schema_events.c) ---- */
void add_subscriptions(struct maker *m);

/* ---- actions of other servers (schema_actions.c) ---- */
void add_outgoing(struct maker *m, const struct collection *c, const struct action *action, str name);

/* ---- asking oneself (me.c) ---- */
void add_me(struct maker *m);

#endif

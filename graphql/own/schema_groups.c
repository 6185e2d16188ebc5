/* Groups of items (content/query/groups.h): what they can be made by, what can be counted and added up, asked of groups, and
 * sorted by. The names of keys with a function are the field's and the function's: "published_at__year". */
#include "graphql/own/schema.h"

enum sort_of_value { OF_COUNTS, OF_SUMS, OF_RANGE, SORT_COUNT };

/* Types of the functions' values, of conditions on them, of orders by them. */
static const struct {
    enum made values, having, order;
} made_of[SORT_COUNT] = {[OF_COUNTS] = {MADE_COUNTS, MADE_COUNTS_HAVING, MADE_COUNTS_ORDER},
                         [OF_SUMS] = {MADE_SUMS, MADE_SUMS_HAVING, MADE_SUMS_ORDER},
                         [OF_RANGE] = {MADE_RANGE, MADE_RANGE_HAVING, MADE_RANGE_ORDER}};

/* Functions that are fields of an aggregate; the number of items is `count`. */
static const struct {
    enum group_do what;
    enum sort_of_value sort;
    const char *doc;
} functions[] = {
    {GROUP_COUNT_DISTINCT, OF_COUNTS, "How many different values there are."},
    {GROUP_SUM, OF_SUMS, NULL},
    {GROUP_SUM_DISTINCT, OF_SUMS, "Equal values counted once."},
    {GROUP_AVG, OF_SUMS, "Of those that have a value."},
    {GROUP_AVG_DISTINCT, OF_SUMS, "Equal values counted once."},
    {GROUP_MIN, OF_RANGE, NULL},
    {GROUP_MAX, OF_RANGE, NULL},
};

static bool is_scalar(const struct field *f)
{
    return f->kind->column != COLUMN_NONE && f->kind->column != COLUMN_JSON;
}

/* As content/query/groups.c has it; of meta fields only what somebody would ask. */
static bool suits(enum sort_of_value sort, const struct field *f)
{
    enum column c = f->kind->column;
    switch (sort) {
    case OF_COUNTS:
        return is_scalar(f) && (!f->is_meta || f->index == META_CBY || f->index == META_MBY);
    case OF_SUMS:
        return !f->is_meta && (c == COLUMN_NUMBER || c == COLUMN_INTEGER || c == COLUMN_BOOLEAN);
    case OF_RANGE:
        return is_scalar(f) && !is_ref(f) && (f->kind->flags & KIND_SORTABLE) &&
               (!f->is_meta || f->index == META_CREATED || f->index == META_MODIFIED);
    case SORT_COUNT:
        break;
    }
    return false;
}

static bool is_seen(struct maker *m, const struct collection *c, const struct field *f)
{
    return maker_reads(m, c, f) && (!is_ref(f) || maker_sees_target(m, f));
}

static const struct gql_type *result_type(struct maker *m, enum sort_of_value sort, const struct field *f)
{
    return sort == OF_COUNTS ? m->whole : sort == OF_SUMS ? m->real : value_type(m, f);
}

static const struct gql_type *result_filter(struct maker *m, enum sort_of_value sort, const struct field *f)
{
    if (sort == OF_RANGE)
        return filter_type(m, f);
    return filter_of_scalar(m, sort == OF_COUNTS ? "Int" : "Float");
}

/* {views: Float, …}, and what is asked of it and sorted by. False: there is no such field. */
static bool fill_values(struct maker *m, const struct collection *c, enum sort_of_value sort)
{
    struct gql_type *values = maker_type(m, c, made_of[sort].values), *having = maker_type(m, c, made_of[sort].having),
                    *order = maker_type(m, c, made_of[sort].order);
    order->one_of = true;
    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        if (!is_seen(m, c, f) || !suits(sort, f))
            continue;
        gql_add_field(m->b, values, f->name, result_type(m, sort, f), (str){0})->meaning = maker_meaning(m, OWN_GROUP_VALUE, c, f);
        gql_add_input(m->b, having, f->name, result_filter(m, sort, f), (str){0});
        gql_add_input(m->b, order, f->name, m->sort, (str){0});
    }
    return values->field_count > 0;
}

/* ---- keys ---- */

static void add_key(struct maker *m, const struct collection *c, const struct field *f, enum func func)
{
    str name = func == FUNC_NONE ? f->name : arena_format(m->a, STR_FMT "__" STR_FMT, STR_ARG(f->name), STR_ARG(func_word(func)));
    const struct gql_type *type = func == FUNC_NONE ? value_type(m, f) : func_gives_text(func) ? m->text : m->whole;
    struct own_meaning *meaning = maker_meaning(m, OWN_GROUP_KEY, c, f);
    bool is_word = str_equal(name, S("true")) || str_equal(name, S("false")) || str_equal(name, S("null"));
    if ((func != FUNC_NONE && collection_field(c, name)) || is_word)
        return;
    meaning->func = func;
    gql_add_value(m->b, maker_type(m, c, MADE_GROUP_BY), name, (str){0})->meaning = meaning;
    gql_add_field(m->b, maker_type(m, c, MADE_GROUP), name, type, (str){0})->meaning = meaning;
    gql_add_input(m->b, maker_type(m, c, MADE_GROUP_ORDER), name, m->sort, (str){0});
}

/* What makes sense of the field, and not only of how it is kept: a day is kept as a text. */
static bool suits_function(const struct field *f, enum func func)
{
    bool of_text = func == FUNC_LOWER || func == FUNC_UPPER || func == FUNC_LENGTH;
    if (func == FUNC_COUNT)
        return !(f->kind->flags & KIND_DEEP) && func_takes(func, f);
    if (of_text && (!(f->kind->flags & KIND_TEXTUAL) || f->api_type.len))
        return false;
    return is_scalar(f) && func_takes(func, f);
}

static void add_keys(struct maker *m, const struct collection *c)
{
    maker_type(m, c, MADE_GROUP_ORDER)->one_of = true;
    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        bool is_free = (f->kind->flags & KIND_DEEP) && f->member_count == 0;
        if (!is_seen(m, c, f) || is_free || (f->is_meta && f->index == META_ID))
            continue;
        if (is_scalar(f))
            add_key(m, c, f, FUNC_NONE);
        for (unsigned func = FUNC_NONE + 1; func < FUNC_CASELESS; func++)
            if (suits_function(f, (enum func)func))
                add_key(m, c, f, (enum func)func);
    }
}

/* ---- aggregates ---- */

static void add_logic(struct maker *m, struct gql_type *t)
{
    gql_add_input(m->b, t, S("_and"), maker_list(m, t), (str){0});
    gql_add_input(m->b, t, S("_or"), maker_list(m, t), (str){0});
    gql_add_input(m->b, t, S("_not"), t, (str){0});
}

static void add_function(struct maker *m, const struct collection *c, size_t row)
{
    str word = group_words[functions[row].what];
    enum sort_of_value sort = functions[row].sort;
    struct own_meaning *meaning = maker_meaning(m, OWN_GROUP_DO, c, NULL);
    meaning->group = functions[row].what;
    gql_add_field(m->b, maker_type(m, c, MADE_AGGREGATE), word, maker_wanted(m, maker_type(m, c, made_of[sort].values)),
                  str_of(functions[row].doc))
        ->meaning = meaning;
    gql_add_input(m->b, maker_type(m, c, MADE_HAVING), word, maker_type(m, c, made_of[sort].having), (str){0});
    gql_add_input(m->b, maker_type(m, c, MADE_AGGREGATE_ORDER), word, maker_type(m, c, made_of[sort].order), (str){0});
}

static void fill_aggregate(struct maker *m, const struct collection *c)
{
    struct gql_type *t = maker_type(m, c, MADE_AGGREGATE), *having = maker_type(m, c, MADE_HAVING),
                    *order = maker_type(m, c, MADE_AGGREGATE_ORDER);
    bool has[SORT_COUNT];
    order->one_of = true;
    add_keys(m, c);
    gql_add_field(m->b, t, S("key"), maker_wanted(m, maker_type(m, c, MADE_GROUP)), S("What the group has in common: of groupBy's."))->meaning =
        maker_meaning(m, OWN_GROUP_KEYS, c, NULL);
    gql_add_field(m->b, t, S("count"), maker_wanted(m, m->whole), S("How many items there are."))->meaning =
        maker_meaning(m, OWN_GROUP_COUNT, c, NULL);
    add_logic(m, having);
    gql_add_input(m->b, having, S("count"), filter_of_scalar(m, "Int"), (str){0});
    gql_add_input(m->b, order, S("key"), maker_type(m, c, MADE_GROUP_ORDER), (str){0});
    gql_add_input(m->b, order, S("count"), m->sort, (str){0});
    for (unsigned sort = 0; sort < SORT_COUNT; sort++)
        has[sort] = fill_values(m, c, (enum sort_of_value)sort);
    for (size_t i = 0; i < COUNTOF(functions); i++)
        if (has[functions[i].sort])
            add_function(m, c, i);
}

void add_aggregate(struct maker *m, const struct collection *c)
{
    fill_aggregate(m, c);
    struct gql_field *f = gql_add_field(m->b, m->query, arena_format(m->a, STR_FMT "Aggregate", STR_ARG(c->api.list)),
                                        maker_full_list(m, maker_type(m, c, MADE_AGGREGATE)),
                                        S("Groups, or without groupBy one of everything."));
    f->meaning = maker_meaning(m, OWN_AGGREGATE, c, NULL);
    f->write = own_read_root;
    f->cost = OWN_COST_OF_COUNTING;
    gql_add_argument(m->b, f, S("where"), maker_type(m, c, MADE_WHERE), (str){0});
    gql_add_argument(m->b, f, S("groupBy"), maker_list(m, maker_type(m, c, MADE_GROUP_BY)), (str){0});
    gql_add_argument(m->b, f, S("having"), maker_type(m, c, MADE_HAVING), (str){0});
    gql_add_argument(m->b, f, S("orderBy"), maker_list(m, maker_type(m, c, MADE_AGGREGATE_ORDER)), (str){0});
    gql_set_default(m->b, gql_add_argument(m->b, f, S("limit"), m->whole, (str){0}), "50");
    gql_set_default(m->b, gql_add_argument(m->b, f, S("offset"), m->whole, (str){0}), "0");
    add_look(m, f, maker_knows(m, c), true);
}

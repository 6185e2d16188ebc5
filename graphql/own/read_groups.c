/* Aggregates: what is selected of the groups is what the database makes of them (content/query/groups.h).
 */
#include "graphql/own/inputs.h"
#include "graphql/own/read.h"

#include "base/limits.h"

struct grouping_wish {
    struct reading *reading;
    struct group_wish wish;
    struct buf values[GROUP_DO_COUNT];
    struct buf sort;
};

/* "year(published)" */
static str key_name(struct arena *a, const struct own_meaning *m)
{
    if (m->func == FUNC_NONE)
        return m->field->name;
    return arena_format(a, STR_FMT "(" STR_FMT ")", STR_ARG(func_word(m->func)),
                        STR_ARG(m->field->name));
}

static void add_value(struct grouping_wish *w, enum group_do what, str name)
{
    struct buf *b = &w->values[what];
    str rest = buf_str(b), piece;
    bool ended = rest.len == 0;
    while (!ended && str_next(&rest, &ended, ',', &piece))
        if (str_equal(piece, name))
            return;
    buf_add(b, b->len ? S(",") : S(""));
    buf_add(b, name);
}

static enum err take_keys(struct grouping_wish *w, const struct gql_node *node)
{
    struct arena *a = w->reading->x->arena;
    const struct json *keys = gql_argument(node, S("groupBy"));
    const struct gql_input *input = gql_argument_named(node->field, S("groupBy"));
    if (!keys || keys->type != JSON_LIST || !input)
        return ERR_OK;
    str *by = NEW_N(a, str, keys->count);
    for (uint32_t i = 0; i < keys->count; i++) {
        const struct gql_enum_value *v =
            gql_value_named(gql_innermost(input->type), keys->items[i].text);
        must(v && v->meaning);
        by[i] = key_name(a, v->meaning);
    }
    w->wish.by = by;
    w->wish.by_count = keys->count;
    return ERR_OK;
}

static void take_selected(struct grouping_wish *w, const struct gql_node *node)
{
    for (uint32_t i = 0; i < node->fields->count; i++) {
        const struct gql_node *n = &node->fields->nodes[i];
        const struct own_meaning *m =
            n->field && n->field != &gql_typename_field ? own_meaning_of(n->field) : NULL;
        if (m && m->what == OWN_GROUP_COUNT)
            add_value(w, GROUP_COUNT, S("*"));
        for (uint32_t k = 0; m && m->what == OWN_GROUP_DO && k < n->fields->count; k++) {
            const struct gql_node *v = &n->fields->nodes[k];
            if (v->field && v->field != &gql_typename_field)
                add_value(w, m->group, own_meaning_of(v->field)->field->name);
        }
    }
}

/* ---- what groups are like, and in which order they come ---- */

static enum group_do word_of(str name)
{
    unsigned i = 0;
    while (i < GROUP_DO_COUNT && !str_equal(group_words[i], name))
        i++;
    return (enum group_do)i;
}

static enum err refuse_having(struct grouping_wish *w, str name)
{
    return problem_fault(&w->reading->why, ERR_BAD_INPUT, S("having"), S("null"),
                         "\"" STR_FMT "\" is no condition here.", STR_ARG(name));
}

static enum err take_tests(struct grouping_wish *w, str name, const struct json *in,
                           struct json *out)
{
    return own_take_operators(w->reading->x->arena, name, in, S("having"), out, &w->reading->why);
}

static enum err take_having(struct grouping_wish *w, const struct json *in, unsigned level,
                            struct json *out);

static enum err take_having_list(struct grouping_wish *w, str spelling, const struct json *in,
                                 unsigned level, struct json *out)
{
    const struct json *items = in->type == JSON_LIST ? in->items : in;
    uint32_t count = in->type == JSON_LIST ? in->count : 1;
    struct json *maps = NEW_N(w->reading->x->arena, struct json, count);
    for (uint32_t i = 0; i < count; i++)
        TRY(take_having(w, &items[i], level + 1, &maps[i]));
    *out = json_named(spelling, json_of_list(maps, count));
    return ERR_OK;
}

/* {sum: {views: {gt: 3}}} is {"sum.views": {"$gt": 3}}. */
static enum err take_having_values(struct grouping_wish *w, const struct json *in, struct json *out)
{
    struct arena *a = w->reading->x->arena;
    struct json *maps = NEW_N(a, struct json, in->count);
    enum group_do what = word_of(in->name);
    if (what == GROUP_DO_COUNT || in->type != JSON_MAP)
        return refuse_having(w, in->name);
    if (what == GROUP_COUNT) {
        add_value(w, GROUP_COUNT, S("*"));
        return take_tests(w, S("count"), in, out);
    }
    for (uint32_t i = 0; i < in->count; i++) {
        struct json *test = NEW(a, struct json);
        str name =
            arena_format(a, STR_FMT "." STR_FMT, STR_ARG(in->name), STR_ARG(in->items[i].name));
        if (in->items[i].type != JSON_MAP)
            return refuse_having(w, in->items[i].name);
        add_value(w, what, in->items[i].name);
        TRY(take_tests(w, name, &in->items[i], test));
        maps[i] = json_of_map(test, 1);
    }
    *out = json_named(S("$and"), json_of_list(maps, in->count));
    return ERR_OK;
}

static enum err take_having(struct grouping_wish *w, const struct json *in, unsigned level,
                            struct json *out)
{
    if (in->type != JSON_MAP || level > LIMIT_JSON_DEPTH / 2)
        return refuse_having(w, in->name);
    struct json *members = NEW_N(w->reading->x->arena, struct json, in->count);
    for (uint32_t i = 0; i < in->count; i++) {
        const struct json *v = &in->items[i];
        if (str_equal(v->name, S("_and")))
            TRY(take_having_list(w, S("$and"), v, level, &members[i]));
        else if (str_equal(v->name, S("_or")))
            TRY(take_having_list(w, S("$or"), v, level, &members[i]));
        else if (str_equal(v->name, S("_not")))
            TRY(take_having_list(w, S("$nor"), v, level, &members[i]));
        else
            TRY(take_having_values(w, v, &members[i]));
    }
    *out = json_of_map(members, in->count);
    return ERR_OK;
}

/* The name of a key in the schema, "published__year", to the content API's. */
static str key_spelling(struct arena *a, const struct gql_node *node, str name)
{
    const struct gql_input *input = gql_argument_named(node->field, S("groupBy"));
    const struct gql_enum_value *v =
        input ? gql_value_named(gql_innermost(input->type), name) : NULL;
    return v && v->meaning ? key_name(a, v->meaning) : name;
}

/* {key: {author: ASC}}, {count: DESC}, {sum: {views: DESC}} */
static enum err take_order(struct grouping_wish *w, const struct gql_node *node)
{
    struct arena *a = w->reading->x->arena;
    const struct json *list = gql_argument(node, S("orderBy"));
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++) {
        const struct json *one = list->items[i].type == JSON_MAP && list->items[i].count == 1
                                     ? &list->items[i].items[0]
                                     : NULL;
        const struct json *inner =
            one && one->type == JSON_MAP && one->count == 1 ? &one->items[0] : NULL;
        const struct json *way = inner ? inner : one;
        if (!way || way->type != JSON_TEXT)
            return problem_fault(&w->reading->why, ERR_BAD_INPUT, S("orderBy"), S("type"),
                                 "Each element of orderBy names one value.");
        str name = one->name;
        if (inner && str_equal(one->name, S("key")))
            name = key_spelling(a, node, inner->name);
        else if (inner)
            name = arena_format(a, STR_FMT "." STR_FMT, STR_ARG(one->name), STR_ARG(inner->name));
        if (!str_equal(one->name, S("key")) && word_of(one->name) != GROUP_DO_COUNT)
            add_value(w, word_of(one->name), inner ? inner->name : (str)STR("*"));
        buf_add(&w->sort, i ? S(",") : S(""));
        buf_add(&w->sort, str_equal(way->text, S("DESC")) ? S("-") : S(""));
        buf_add(&w->sort, name);
    }
    return ERR_OK;
}

static enum err take_wish(struct grouping_wish *w, const struct gql_node *node,
                          const struct query *q, const struct grouping **out)
{
    struct reading *r = w->reading;
    const struct json *having = gql_argument(node, S("having"));
    struct json conditions;
    for (size_t i = 0; i < GROUP_DO_COUNT; i++)
        buf_init(&w->values[i], r->x->arena, LIMIT_GRAPHQL_BYTES);
    buf_init(&w->sort, r->x->arena, LIMIT_GRAPHQL_BYTES);
    TRY(take_keys(w, node));
    take_selected(w, node);
    if (having && having->type != JSON_NULL) {
        TRY(take_having(w, having, 0, &conditions));
        w->wish.having = &conditions;
    }
    TRY(take_order(w, node));
    bool some = w->wish.by_count > 0;
    for (size_t i = 0; i < GROUP_DO_COUNT; i++) {
        some |= w->values[i].len > 0;
        if (w->values[i].len > 0)
            w->wish.values[i] = buf_str(&w->values[i]);
    }
    if (!some) /* nothing but __typename */
        w->wish.values[GROUP_COUNT] = S("*");
    if (w->sort.len > 0)
        w->wish.sort = buf_str(&w->sort);
    return groups_read(r->x->arena, q, &w->wish, out, &r->why);
}

/* ---- written ---- */

static enum gql_done write_member_of(struct reading *r, const struct gql_fields *fields,
                                     const struct gql_node *node, const struct json *group);

static enum gql_done write_fields(struct reading *r, const struct gql_fields *fields,
                                  const struct json *group)
{
    struct gql_execution *x = r->x;
    struct gql_path here = {.in = x->path};
    enum gql_done done = GQL_WROTE;
    x->path = &here;
    buf_byte(x->out, '{');
    for (uint32_t i = 0; i < fields->count && done == GQL_WROTE; i++) {
        const struct gql_node *n = &fields->nodes[i];
        here.key = n->key;
        if (i > 0)
            buf_byte(x->out, ',');
        buf_add(x->out, n->quoted);
        size_t start = x->out->len;
        done = write_member_of(r, fields, n, group);
        if (done != GQL_WROTE)
            done = gql_settle(x, n->field->type, done, start);
    }
    buf_byte(x->out, '}');
    x->path = here.in;
    return done;
}

static const struct json *found_in(const struct json *map, str name)
{
    const struct json *v = map && map->type == JSON_MAP ? json_get(map, name) : NULL;
    return v ? v : &json_null;
}

static enum gql_done write_member_of(struct reading *r, const struct gql_fields *fields,
                                     const struct gql_node *node, const struct json *group)
{
    enum gql_done done = GQL_WROTE;
    if (gql_is_faulty(r->x, node, &done))
        return done;
    if (node->field == &gql_typename_field) {
        buf_json_text(r->x->out, fields->of->name);
        return GQL_WROTE;
    }
    const struct own_meaning *m = own_meaning_of(node->field);
    const struct json *count;
    switch ((unsigned)m->what) {
    case OWN_GROUP_KEYS:
        return write_fields(r, node->fields, group);
    case OWN_GROUP_KEY:
        return own_write_tree(r, node, found_in(group, key_name(r->x->arena, m)));
    case OWN_GROUP_COUNT:
        count = found_in(group, S("count"));
        return own_write_tree(r, node, count->type == JSON_MAP ? found_in(count, S("*")) : count);
    case OWN_GROUP_DO:
        return write_fields(r, node->fields, found_in(group, group_words[m->group]));
    case OWN_GROUP_VALUE:
        return own_write_tree(r, node, found_in(group, m->field->name));
    default:
        must(false); /* no field of a group */
    }
    return GQL_NULLED;
}

static enum err take_page(struct reading *r, const struct gql_node *node, struct query *q,
                          bool *nothing)
{
    struct gql_node page = *node; /* without orderBy, which is another here */
    struct json *rest = NEW_N(r->x->arena, struct json, node->arguments->count), map;
    size_t count = 0;
    for (uint32_t i = 0; i < node->arguments->count; i++)
        if (!str_equal(node->arguments->items[i].name, S("orderBy")))
            rest[count++] = node->arguments->items[i];
    map = json_of_map(rest, count);
    page.arguments = &map;
    return own_take_list(r, &page, q, nothing, &r->why);
}

enum gql_done own_read_groups(struct reading *r, const struct gql_node *node, struct query *q)
{
    struct grouping_wish w = {.reading = r};
    struct gql_execution *x = r->x;
    struct group_list list;
    bool nothing = false;
    enum err e = own_take_lens(x, node, q, &r->why);
    if (e == ERR_OK)
        e = take_page(r, node, q, &nothing);
    if (e == ERR_OK)
        e = take_wish(&w, node, q, &q->groups);
    group_list_init(&list, x->arena);
    if (e == ERR_OK && !nothing)
        e = gate_read(x->gate, x->who, q, &list.receiver, NULL, &r->why);
    if (e != ERR_OK)
        return own_refuse(r, e);
    struct gql_path here = {.in = x->path};
    enum gql_done done = GQL_WROTE;
    x->path = &here;
    buf_byte(x->out, '[');
    for (size_t i = 0; i < list.count && done == GQL_WROTE; i++) {
        here.index = (uint32_t)i;
        if (i > 0)
            buf_byte(x->out, ',');
        size_t start = x->out->len;
        done = gql_settle(x, gql_nullable(node->field->type)->of,
                          write_fields(r, node->fields, &list.items[i]), start);
    }
    buf_byte(x->out, ']');
    x->path = here.in;
    return done;
}

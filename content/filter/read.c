/* A JSON tree becomes a filter: groups and names here, what stands behind operators in
 * operand.c. Recursion is bounded by `level`: one for each $and, $or, $nor, $not, $elemMatch. */
#include "content/access.h"
#include "content/aggregate/expression.h"
#include "content/filter/internal.h"
#include "content/filter/operators.h"
#include "content/kind.h"

struct scope {
    const struct name_scope *names;
    unsigned level;
};

static enum err read_map(struct filter_reader *r, struct scope s, const struct json *map,
                         const struct filter **out);

static enum err count_too_many(struct filter_reader *r)
{
    return REFUSE(r, "limit", "A filter has at most %u conditions and groups.", LIMIT_FILTER_NODES);
}

/* Every node is counted before it is made, so that a client's megabyte of conditions stays cheap. */
enum err filter_count_node(struct filter_reader *r)
{
    return r->nodes++ < LIMIT_FILTER_NODES ? ERR_OK : count_too_many(r);
}

enum err filter_too_deep(struct filter_reader *r)
{
    return REFUSE(r, "limit", "A filter has at most %u groups within one another.", LIMIT_FILTER_DEPTH);
}

static enum err make_group(struct filter_reader *r, enum filter_node node, const struct filter *const *children,
                           size_t count, const struct filter **out)
{
    if (count > 1)
        TRY(filter_count_node(r));
    *out = filter_group(r->arena, node, children, count);
    return ERR_OK;
}

static enum err make_not(struct filter_reader *r, const struct filter *f, const struct filter **out)
{
    TRY(filter_count_node(r));
    *out = filter_not(r->arena, f);
    return ERR_OK;
}

static enum err unknown_operator(struct filter_reader *r, str name)
{
    name = short_name(name);
    return REFUSE(r, "unknown-operator", "There is no operator \"" STR_FMT "\".", STR_ARG(name));
}

const struct filter_operator *operator_find(str spelling)
{
    for (size_t i = 0; i < filter_operator_count; i++)
        if (str_equal(spelling, filter_operators[i].spelling))
            return &filter_operators[i];
    return NULL;
}

static const struct filter_operator equals = {STR("$eq"), TEST_EQ, false, false};

#define BIT(name) (UINT32_C(1) << TEST_##name)
#define OF_NUMBERS (BIT(GT) | BIT(GTE) | BIT(LT) | BIT(LTE) | BIT(IN) | BIT(NIN) | BIT(BETWEEN) | BIT(MOD))
#define OF_TEXTS                                                                                             \
    (BIT(GT) | BIT(GTE) | BIT(LT) | BIT(LTE) | BIT(IN) | BIT(NIN) | BIT(BETWEEN) | BIT(REGEX) | BIT(TEXT) |   \
     BIT(STARTS) | BIT(ENDS) | BIT(CONTAINS) | BIT(EMPTY))

static bool is_for_any_value(enum test op)
{
    return op == TEST_EQ || op == TEST_NE || op == TEST_EXISTS;
}

/* What can be said of a function's result. */
static bool suits_result(enum func func, enum test op)
{
    return is_for_any_value(op) || (((func_gives_text(func) ? OF_TEXTS : OF_NUMBERS) >> op) & 1u);
}

/* Operators that make sense: the kind's own list, or for documents what can be said about their form. */
bool operator_suits(const struct filter_operator *operator, const struct field *f)
{
    enum test op = operator->op;

    if (!f || (is_deep(f) && f->member_count == 0))
        return true;
    if (operator->caseless && !func_takes(FUNC_CASELESS, f))
        return false;
    if (is_deep(f))
        return is_for_any_value(op) || op == TEST_SIZE || op == TEST_TYPE || op == TEST_ELEM || op == TEST_EMPTY;
    if (op == TEST_TYPE || op == TEST_ELEM)
        return false; /* the model answers the first, and elements of a list have no members */
    /* What can be said about an element can be said about a list: some element. */
    uint32_t operators = f->kind->operators | kind_of_one(f->kind)->operators;
    return is_for_any_value(op) || op == TEST_EMPTY || ((operators >> op) & 1u);
}

static bool makes_sense(const struct place *p, const struct filter_operator *operator)
{
    if (p->func != FUNC_NONE)
        return suits_result(p->func, operator->op) && (!operator->caseless || func_gives_text(p->func));
    if (p->member && is_relation(p) && (operator->negated || operator->op == TEST_EMPTY))
        return false;
    return operator_suits(operator, p->member);
}

static enum err read_elements(struct filter_reader *r, struct scope s, const struct place *p,
                              const struct json *in, struct filter *test)
{
    struct name_scope names = *s.names;

    if (in->type != JSON_MAP)
        return REFUSE(r, "type", "$elemMatch of \"%.*s\" takes conditions on members.",
                      STR_ARG(short_name(p->name)));
    if (s.level >= LIMIT_FILTER_DEPTH)
        return filter_too_deep(r);
    names.is_element = true;
    names.known = NULL;
    names.element = p->member;
    TRY(read_map(r, (struct scope){&names, s.level + 1}, in, &test->inner));
    if (test->inner->node == FILTER_NONE)
        test->node = FILTER_NONE;
    return ERR_OK;
}

static struct filter *new_test(struct filter_reader *r, const struct place *p,
                               const struct filter_operator *operator)
{
    struct filter *test = NEW(r->arena, struct filter);

    *test = (struct filter){
        .node = FILTER_TEST,
        .hop_count = p->hop_count,
        .field = p->field,
        .path = p->path,
        .path_count = p->path_count,
        .func = operator->caseless ? FUNC_CASELESS : p->func, /* of lower(x) it is that of x */
        .op = operator->op,
        .negated = operator->negated,
    };
    memcpy(test->hops, p->hops, sizeof test->hops);
    return test;
}

static enum err read_test(struct filter_reader *r, struct scope s, const struct place *p,
                          const struct filter_operator *operator, const struct json *in, const struct json *flags, const struct filter **out)
{
    if (is_relation(p))
        return relation_read(r, p, operator->op, in, out);
    TRY(filter_count_node(r));
    struct filter *test = new_test(r, p, operator);
    if (test->op == TEST_ELEM)
        TRY(read_elements(r, s, p, in, test));
    else
        TRY(operand_read(r, p, in, flags, test));
    if (test->node == FILTER_ALL || test->node == FILTER_NONE)
        *out = test->node == FILTER_ALL ? &filter_all : &filter_none;
    else
        *out = test;
    return ERR_OK;
}

static enum err read_operators(struct filter_reader *r, struct scope s, const struct place *p,
                               const struct json *map, const struct filter **out);

/* {"f": {"$not": {…}}}; a text is a pattern that must not match. */
static enum err read_field_not(struct filter_reader *r, struct scope s, const struct place *p,
                               const struct json *in, const struct filter **out)
{
    const struct filter *inner = NULL;

    if (s.level >= LIMIT_FILTER_DEPTH)
        return filter_too_deep(r);
    s.level++;
    if (in->type == JSON_MAP) {
        TRY(read_operators(r, s, p, in, &inner));
    } else if (in->type == JSON_TEXT) {
        struct json pattern = json_named(test_spellings[TEST_REGEX], *in);
        struct json map = json_of_map(&pattern, 1);
        TRY(read_operators(r, s, p, &map, &inner));
    } else {
        return REFUSE(r, "type", "$not of \"%.*s\" takes operators or a pattern.",
                      STR_ARG(short_name(p->name)));
    }
    return make_not(r, inner, out);
}

static str what_is(const struct place *p)
{
    if (p->func == FUNC_NONE)
        return p->member->kind->name;
    return func_gives_text(p->func) ? S("text") : S("number");
}

static enum err read_operator(struct filter_reader *r, struct scope s, const struct place *p,
                              const struct json *map, const struct json *in, const struct filter **out)
{
    if (str_equal(in->name, S("$not")))
        return read_field_not(r, s, p, in, out);
    if (str_equal(in->name, S("$options"))) {
        if (!json_get(map, test_spellings[TEST_REGEX]))
            return REFUSE(r, "unknown-operator", "$options stands beside $regex only.");
        *out = &filter_all; /* read with its $regex */
        return ERR_OK;
    }
    if (is_quantifier(in->name))
        return quantifier_read(r, s.names, s.level, p, in, out);
    const struct filter_operator *operator = operator_find(in->name);
    if (!operator)
        return unknown_operator(r, in->name);
    if (!makes_sense(p, operator))
        return REFUSE(r, "operator", "%.*s cannot be used with \"%.*s\", which is a " STR_FMT ".",
                      STR_ARG(in->name), STR_ARG(short_name(p->name)), STR_ARG(what_is(p)));
    return read_test(r, s, p, operator, in, json_get(map, S("$options")), out);
}

static enum err read_operators(struct filter_reader *r, struct scope s, const struct place *p,
                               const struct json *map, const struct filter **out)
{
    if (map->count == 0)
        return REFUSE(r, "type", "\"%.*s\" is given no operator.", STR_ARG(short_name(p->name)));
    if (map->count > LIMIT_FILTER_NODES)
        return count_too_many(r);
    const struct filter **tests = NEW_N(r->arena, const struct filter *, map->count);
    for (uint32_t i = 0; i < map->count; i++)
        TRY(read_operator(r, s, p, map, &map->items[i], &tests[i]));
    return make_group(r, FILTER_AND, tests, map->count, out);
}

static enum err read_condition(struct filter_reader *r, struct scope s, const struct json *in,
                               const struct filter **out)
{
    struct place p;

    TRY(place_find(r->arena, s.names, in->name, &p, r->why));
    bool is_value = in->type == JSON_MAP && is_relation(&p) && in->count > 0 && !str_starts(in->items[0].name, S("$"));
    if (in->type == JSON_MAP && !is_value) /* {"_model","_id"} is one value */
        return read_operators(r, s, &p, in, out);
    return read_test(r, s, &p, &equals, in, NULL, out);
}

/* $and, $or, $nor: a list of filters. */
static enum err read_list(struct filter_reader *r, struct scope s, const struct json *in, enum filter_node node,
                          const struct filter **out)
{
    if (in->type != JSON_LIST)
        return REFUSE(r, "type", "%.*s takes a list of filters.", STR_ARG(in->name));
    if (in->count > LIMIT_FILTER_NODES)
        return count_too_many(r);
    if (s.level >= LIMIT_FILTER_DEPTH)
        return filter_too_deep(r);
    s.level++;
    const struct filter **children = NEW_N(r->arena, const struct filter *, in->count);
    for (uint32_t i = 0; i < in->count; i++) {
        if (in->items[i].type != JSON_MAP)
            return REFUSE(r, "type", "%.*s takes a list of filters, which are objects.", STR_ARG(in->name));
        TRY(read_map(r, s, &in->items[i], &children[i]));
    }
    return make_group(r, node, children, in->count, out);
}

/* {"$expr": {"$gt": ["$a", "$b"]}}: fields of the item compared with each other. */
static enum err read_expr(struct filter_reader *r, struct scope s, const struct json *in, const struct filter **out)
{
    struct filter *f = NEW(r->arena, struct filter);

    if (s.names->is_element || s.names->known)
        return REFUSE(r, "unknown-operator", "$expr looks at the fields of an item, it has no place here.");
    TRY(filter_count_node(r));
    f->node = FILTER_EXPR;
    TRY(expression_read(r->arena, s.names, in, r->options, &f->expr, r->why));
    *out = f;
    return ERR_OK;
}

static enum err read_member(struct filter_reader *r, struct scope s, const struct json *in,
                            const struct filter **out)
{
    if (!str_starts(in->name, S("$")))
        return read_condition(r, s, in, out);
    if (str_equal(in->name, S("$and")))
        return read_list(r, s, in, FILTER_AND, out);
    if (str_equal(in->name, S("$expr")))
        return read_expr(r, s, in, out);
    if (str_equal(in->name, S("$or")))
        return read_list(r, s, in, FILTER_OR, out);
    if (str_equal(in->name, S("$nor"))) {
        TRY(read_list(r, s, in, FILTER_OR, out));
        return make_not(r, *out, out);
    }
    if (!str_equal(in->name, S("$not")))
        return unknown_operator(r, in->name);
    if (in->type != JSON_MAP)
        return REFUSE(r, "type", "$not takes a filter, which is an object.");
    if (s.level >= LIMIT_FILTER_DEPTH)
        return filter_too_deep(r);
    s.level++;
    TRY(read_map(r, s, in, out));
    return make_not(r, *out, out);
}

static enum err read_map(struct filter_reader *r, struct scope s, const struct json *map,
                         const struct filter **out)
{
    if (map->count > LIMIT_FILTER_NODES)
        return count_too_many(r);
    const struct filter **children = NEW_N(r->arena, const struct filter *, map->count);
    for (uint32_t i = 0; i < map->count; i++)
        TRY(read_member(r, s, &map->items[i], &children[i]));
    return make_group(r, FILTER_AND, children, map->count, out);
}

enum err filter_read_members(struct filter_reader *r, const struct name_scope *names, unsigned level,
                             const struct json *map, const struct filter **out)
{
    return read_map(r, (struct scope){names, level}, map, out);
}

enum err filter_read_names(struct arena *a, const struct name_scope *names, const struct json *text,
                           const struct filter_options *options, const struct filter **out, struct problem *why)
{
    struct filter_reader r = {.arena = a, .options = options, .why = why};
    const struct filter *f = NULL;

    if (!text || text->type == JSON_NULL) {
        *out = &filter_all;
        return ERR_OK;
    }
    if (text->type != JSON_MAP)
        return REFUSE(&r, "type", "A filter is an object, not a %s.", json_type_name(text->type));
    TRY(read_map(&r, (struct scope){names, 0}, text, &f));
    if (filter_depth(f) > LIMIT_FILTER_DEPTH)
        return filter_too_deep(&r);
    *out = f;
    return ERR_OK;
}

enum err filter_read(struct arena *a, const struct model *m, const struct collection *c, const struct json *text,
                     const struct filter_options *options, const struct filter **out, struct problem *why)
{
    struct name_scope names = {.in = c, .reader = options->reader, .where = options->where};

    must(!options->reader || options->reader->model == m);
    return filter_read_names(a, &names, text, options, out, why);
}

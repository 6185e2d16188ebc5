/* Arguments orderBy, locale, fallback and perspective. */
#include "base/limits.h"
#include "content/kind.h"
#include "content/query/perspective.h"
#include "graphql/own/own.h"

struct ordering {
    struct gql_execution *x;
    const struct collection *of;
    struct buf text; /* as the content API spells it: "-author.name,count(tags)" */
    struct problem *why;
};

#define REFUSE_ORDER(o, rule, ...)                                                                 \
    problem_fault((o)->why, ERR_BAD_INPUT, S("orderBy"), S(rule), __VA_ARGS__)

/* "tags_count": how many there are. */
static const struct field *counted_field(const struct collection *c, str name)
{
    static const str suffix = STR("_count");
    if (!str_ends(name, suffix))
        return NULL;
    name = str_slice(name, 0, name.len - suffix.len);
    const struct field *f = collection_field(c, name);
    return f ? f : collection_relation(c, name);
}

static enum err add_name(struct ordering *o, str name, str way, const struct json *direction)
{
    if (direction->type != JSON_TEXT)
        return REFUSE_ORDER(o, "null", "\"" STR_FMT "\" is ASC or DESC.", STR_ARG(name));
    const struct collection *c = o->of;
    const struct field *f = collection_field(c, name), *counted = f ? NULL : counted_field(c, name);
    bool is_function = counted && !counted->backwards;
    if (str_equal(direction->text, S("DESC")))
        buf_byte(&o->text, '-');
    buf_add(&o->text, is_function ? S("count(") : S(""));
    buf_add(&o->text, way);
    buf_add(&o->text, counted ? counted->name : name);
    buf_add(&o->text, is_function ? S(")") : S(""));
    return ERR_OK;
}

static enum err add_random(struct ordering *o, const struct json *seed)
{
    if (seed->type != JSON_INT || seed->integer < 0)
        return REFUSE_ORDER(o, "type",
                            "_random takes a seed: a whole number from 1 on, or 0 for chance.");
    if (seed->integer == 0)
        buf_add(&o->text, S("random"));
    else
        buf_format(&o->text, "random(%lld)", (long long)seed->integer);
    return ERR_OK;
}

/* {author: {publisher: {name: DESC}}}: along references, as deep as sorts go. */
static enum err add_key(struct ordering *o, const struct json *key)
{
    const struct collection *root = o->of;
    str way = {0};
    enum err e;
    for (unsigned hops = 0;; hops++) {
        if (key->type != JSON_MAP || key->count != 1)
            return REFUSE_ORDER(o, "type", "Each element of orderBy names one field.");
        const struct json *member = &key->items[0];
        if (hops == 0 && str_equal(member->name, S("_random"))) {
            e = add_random(o, member);
            break;
        }
        if (member->type != JSON_MAP) {
            e = add_name(o, member->name, way, member);
            break;
        }
        const struct field *f = collection_field(o->of, member->name);
        if (!f || !f->to)
            return query_unknown_field(o->why, S("orderBy"), member->name);
        if (hops > LIMIT_SORT_HOPS)
            return REFUSE_ORDER(o, "limit", "\"" STR_FMT "\" follows more than %u references.",
                                STR_ARG(member->name), LIMIT_SORT_HOPS);
        way = arena_format(o->x->arena, STR_FMT STR_FMT ".", STR_ARG(way), STR_ARG(member->name));
        o->of = f->to;
        key = member;
    }
    o->of = root;
    return e;
}

enum err own_take_order(struct gql_execution *x, const struct collection *c,
                        const struct json *order, struct query *q, struct problem *why)
{
    struct ordering o = {.x = x, .of = c, .why = why};
    if (!order || order->type == JSON_NULL)
        return ERR_OK;
    const struct json *keys = order->type == JSON_LIST ? order->items : order;
    uint32_t count = order->type == JSON_LIST ? order->count : 1;
    if (count > LIMIT_SORT_KEYS)
        return REFUSE_ORDER(&o, "limit", "At most %u fields can be sorted by.", LIMIT_SORT_KEYS);
    buf_init(&o.text, x->arena, LIMIT_GRAPHQL_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        buf_add(&o.text, i ? S(",") : S(""));
        TRY(add_key(&o, &keys[i]));
    }
    q->from = c;
    q->reader = x->who->rights;
    return query_read_sort(x->arena, q, buf_str(&o.text), S("orderBy"), why);
}

/* Languages to fall back to: a text as in the content API, or a list of codes. */
static str fallbacks(struct arena *a, const struct gql_node *node)
{
    const struct json *v = gql_argument(node, S("fallback"));
    struct buf b;
    if (!v || v->type != JSON_LIST)
        return gql_argument_text(node, S("fallback"));
    if (v->count == 0)
        return S("none");
    buf_init(&b, a, LIMIT_GRAPHQL_BYTES);
    for (uint32_t i = 0; i < v->count; i++) {
        buf_add(&b, i ? S(",") : S(""));
        buf_add(&b, v->items[i].type == JSON_TEXT ? v->items[i].text : S(""));
    }
    return buf_str(&b);
}

enum err own_take_lens(struct gql_execution *x, const struct gql_node *node, struct query *q,
                       struct problem *why)
{
    bool drafts = str_equal(gql_argument_text(node, S("perspective")), S("DRAFT"));
    struct look look = {
        .see = drafts ? SEE_CURRENT : SEE_PUBLISHED,
        .drafts = drafts,
        .languages = {.locale = gql_argument_text(node, S("locale")),
                      .fallback = fallbacks(x->arena, node)},
    };
    str locale = look.languages.locale;
    if (str_equal(locale, S("all")) || str_equal(locale, S("*")))
        return problem_fault(why, ERR_BAD_INPUT, S("locale"), S("unknown-language"),
                             "One language at a time: a field has one value here");
    q->where = filter_and(x->arena, q->where ? q->where : &filter_all,
                          perspective_states(x->arena, q->from, look.see));
    return perspective_lens(x->arena, x->who->rights, q->from, &look, &q->lens, why);
}

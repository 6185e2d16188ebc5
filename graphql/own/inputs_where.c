/* Arguments `where` as filters of the content API. What is written here becomes a JSON tree of that
 * language and is read by its reader with the caller's rights, so names, operators, limits and
 * refusals are the same in every façade.
 *
 *     {title: {startsWith: "a"}, author: {name: {ne: "Ada"}}, tags: {none: {word: {eq: "x"}}}, _or:
 * [{…}, {…}]}
 *     {"title":{"$startsWith":"a"}, "author":{"$some":{"name":{"$ne":"Ada"}}},
 * "tags":{"$none":{"word":{"$eq":"x"}}}, "$or":[{…}, {…}]}
 */
#include "base/limits.h"
#include "content/kind.h"
#include "graphql/own/inputs.h"

struct conditions {
    struct gql_execution *x;
    str where; /* the argument's name, for faults */
    struct problem *why;
    size_t *count; /* of members so far: variables can stand in many places of a literal */
};
#define MEMBERS_MOST (10u * LIMIT_FILTER_NODES) /* what the reader of filters would refuse anyway  \
                                                 */

#define REFUSE_WHERE(w, rule, ...)                                                                 \
    problem_fault((w)->why, ERR_BAD_INPUT, (w)->where, S(rule), __VA_ARGS__)

/* Whose names stand in a map. */
struct names {
    const struct collection *of;  /* items of it, or … */
    const struct field *document; /* … members of a document (an element of it), … */
    str prefix;                   /* … behind this: "seo." */
    unsigned level;
};

static enum err take_operators(const struct conditions *w, str name, const struct json *in,
                               struct json *out)
{
    return own_take_operators(w->x->arena, name, in, w->where, out, w->why);
}

static enum err take_map(const struct conditions *w, const struct names *n, const struct json *in,
                         struct json *out);

static str joined(const struct conditions *w, str prefix, str name)
{
    return arena_format(w->x->arena, STR_FMT STR_FMT, STR_ARG(prefix), STR_ARG(name));
}

static enum err refuse_null(const struct conditions *w, str name)
{
    return REFUSE_WHERE(w, "null", "\"" STR_FMT "\" is null, which is no condition: say isNull.",
                        STR_ARG(name));
}

/* {"name": {"$op": value}} */
static struct json one_test(const struct conditions *w, str name, str spelling, struct json value)
{
    struct json *test = NEW(w->x->arena, struct json);
    *test = json_named(spelling, value);
    return json_named(name, json_of_map(test, 1));
}

/* ---- relations and documents ---- */

static enum err take_yes(const struct conditions *w, str name, const struct json *in, bool inverted,
                         struct json *out)
{
    if (in->type != JSON_BOOL)
        return refuse_null(w, in->name);
    *out = one_test(w, name, S("$exists"), json_of_bool(in->boolean != inverted));
    return ERR_OK;
}

/* {some: {…}, none: {…}, every: {…}, isEmpty: true, count: 3}: in whose names the inner maps are,
 * says `inner`. */
static enum err take_many(const struct conditions *w, str name, const struct names *inner,
                          const struct json *in, struct json *out)
{
    static const struct {
        str name, spelling;
    } quantifiers[] = {
        {STR("some"), STR("$some")}, {STR("none"), STR("$none")}, {STR("every"), STR("$every")}};
    struct json *tests = NEW_N(w->x->arena, struct json, in->count);
    for (uint32_t i = 0; i < in->count; i++) {
        const struct json *v = &in->items[i];
        struct json condition = json_null;
        str spelling = {0};
        for (size_t k = 0; k < COUNTOF(quantifiers); k++)
            if (str_equal(quantifiers[k].name, v->name))
                spelling = quantifiers[k].spelling;
        if (v->type == JSON_NULL)
            return refuse_null(w, v->name);
        if (str_equal(v->name, S("isEmpty"))) {
            TRY(take_yes(w, name, v, true, &tests[i]));
        } else if (str_equal(v->name, S("count"))) {
            tests[i] = one_test(w, name, S("$size"), *v);
        } else if (str_is_absent(spelling)) {
            return query_unknown_field(w->why, w->where, v->name);
        } else {
            TRY(take_map(w, inner, v, &condition));
            tests[i] = one_test(w, name, spelling, condition);
        }
    }
    struct json *each = NEW_N(w->x->arena, struct json, in->count);
    for (uint32_t i = 0; i < in->count; i++)
        each[i] = json_of_map(&tests[i], 1);
    *out = json_named(S("$and"), json_of_list(each, in->count));
    return ERR_OK;
}

static struct names items_of(const struct collection *c, const struct names *around)
{
    return (struct names){.of = c, .level = around->level + 1};
}

static const struct json *without(const struct conditions *w, const struct json *in, str name)
{
    struct json *rest = NEW(w->x->arena, struct json),
                *items = NEW_N(w->x->arena, struct json, in->count);
    size_t count = 0;
    for (uint32_t i = 0; i < in->count; i++)
        if (!str_equal(in->items[i].name, name))
            items[count++] = in->items[i];
    *rest = json_of_map(items, count);
    return rest;
}

/* Conditions beside each other, under one name. */
static struct json both(const struct conditions *w, struct json l, struct json r)
{
    struct json *members = NEW_N(w->x->arena, struct json, 2),
                *maps = NEW_N(w->x->arena, struct json, 2);
    members[0] = l;
    members[1] = r;
    for (size_t i = 0; i < 2; i++)
        maps[i] = json_of_map(&members[i], 1);
    return json_named(S("$and"), json_of_list(maps, 2));
}

/* AuthorWhere, perhaps with _isNull. An id alone is compared without a look at the target. */
static enum err take_one(const struct conditions *w, const struct names *n, const struct field *f,
                         const struct json *in, struct json *out)
{
    const struct json *is_null = json_get(in, S("_isNull"));
    const struct json *rest = is_null ? without(w, in, S("_isNull")) : in;
    struct names inner = items_of(f->to, n);
    struct json condition = json_null, there;
    str name = joined(w, n->prefix, f->name);
    if (is_null)
        TRY(take_yes(w, name, is_null, true, &there));
    if (is_null && rest->count == 0) {
        *out = there;
        return ERR_OK;
    }
    if (rest->count == 1 && str_equal(rest->items[0].name, S("_id")) &&
        own_operators_suit(&rest->items[0], f)) {
        TRY(take_operators(w, name, &rest->items[0], out));
    } else {
        TRY(take_map(w, &inner, rest, &condition));
        *out = rest->count ? one_test(w, name, S("$some"), condition)
                           : json_named(S("$and"), json_of_list(NULL, 0));
    }
    if (is_null)
        *out = both(w, there, *out);
    return ERR_OK;
}

static const struct field *target_named(const struct field *f, str name)
{
    for (size_t i = 0; i < f->target_count; i++)
        if (str_equal(f->targets[i]->name, name))
            return &f->into[i];
    return NULL;
}

/* {_isNull: true} {_model: {eq: "posts"}} {posts: {title: …}} {pages: {some: …}} */
static enum err take_any(const struct conditions *w, const struct names *n, const struct field *f,
                         const struct json *in, struct json *out)
{
    struct json *tests = NEW_N(w->x->arena, struct json, in->count),
                *maps = NEW_N(w->x->arena, struct json, in->count);
    for (uint32_t i = 0; i < in->count; i++) {
        const struct json *v = &in->items[i];
        const struct field *into = target_named(f, v->name);
        if (v->type == JSON_NULL)
            return refuse_null(w, v->name);
        if (str_equal(v->name, S("_isNull")) || str_equal(v->name, S("isEmpty"))) {
            TRY(take_yes(w, f->name, v, true, &tests[i]));
        } else if (str_equal(v->name, S("count"))) {
            tests[i] = one_test(w, f->name, S("$size"), *v);
        } else if (str_equal(v->name, S("_model")) || str_equal(v->name, S("_id"))) {
            TRY(take_operators(
                w,
                arena_format(w->x->arena, STR_FMT "." STR_FMT, STR_ARG(f->name), STR_ARG(v->name)),
                v, &tests[i]));
        } else if (!into) {
            return query_unknown_field(w->why, w->where, v->name);
        } else {
            struct names inner = items_of(into->to, n);
            struct json condition = json_null;
            if (f->many)
                TRY(take_many(w, into->name, &inner, v, &tests[i]));
            else
                TRY(take_map(w, &inner, v, &condition));
            if (!f->many)
                tests[i] = one_test(w, into->name, S("$some"), condition);
        }
        maps[i] = json_of_map(&tests[i], 1);
    }
    *out = json_named(S("$and"), json_of_list(maps, in->count));
    return ERR_OK;
}

static bool is_document(const struct field *f)
{
    return (f->kind->flags & KIND_DEEP) && (f->member_count > 0 || f->of_count > 0);
}

/* Members by their paths ("seo.title"), or for lists some, none, every of the elements. */
static enum err take_document(const struct conditions *w, const struct names *n,
                              const struct field *f, const struct json *in, struct json *out)
{
    str name = joined(w, n->prefix, f->name);
    struct names members = {.document = f, .level = n->level + 1};
    if (f->many || f->member_count == 0)
        return take_many(w, name, &members, in, out);
    const struct json *is_null = json_get(in, S("_isNull"));
    const struct json *rest = is_null ? without(w, in, S("_isNull")) : in;
    struct json there, inner;
    members.prefix = joined(w, name, S("."));
    TRY(take_map(w, &members, rest, &inner));
    struct json *list = NEW(w->x->arena, struct json);
    *list = inner;
    *out = json_named(S("$and"), json_of_list(list, 1));
    if (is_null) {
        TRY(take_yes(w, name, is_null, true, &there));
        *out = both(w, there, *out);
    }
    return ERR_OK;
}

/* ---- names ---- */

static const struct field *member_named(const struct field *document, str name)
{
    for (size_t i = 0; i < document->member_count; i++)
        if (str_equal(document->members[i].name, name))
            return &document->members[i];
    for (size_t i = 0; i < document->of_count; i++) {
        const struct field *f = collection_field(document->of[i], name);
        if (f && !f->is_meta)
            return f;
    }
    return NULL;
}

static const struct field *field_named(const struct names *n, str name)
{
    if (n->document)
        return member_named(n->document, name);
    const struct field *f = collection_field(n->of, name);
    return f ? f : collection_relation(n->of, name);
}

/* A name that the caller may not read is unknown before anything else about it is looked at (AZ-3).
 */
static bool may_know(const struct conditions *w, const struct names *n, const struct field *f)
{
    if (n->document)
        return true; /* whoever reads the field reads all of it */
    const struct access *access = rights_access(w->x->who->rights, VERB_READ, f->in);
    return access->granted && field_set_has(&access->fields, f->index);
}

/* Does the schema know the targets' type? Else the reference is an id. */
static bool is_relation(const struct conditions *w, const struct names *n, const struct field *f)
{
    if (n->document || !(f->kind->flags & KIND_REF))
        return false;
    return field_is_polymorphic(f) ||
           (f->to && rights_access(w->x->who->rights, VERB_READ, f->to)->granted);
}

static enum err take_field(const struct conditions *w, const struct names *n, const struct json *in,
                           struct json *out)
{
    const struct field *f = field_named(n, in->name);
    bool is_component =
        n->document && n->document->of_count > 0 && str_equal(in->name, S("_component"));
    if (!is_component && (!f || !may_know(w, n, f)))
        return query_unknown_field(w->why, w->where, in->name);
    if (in->type != JSON_MAP)
        return refuse_null(w, in->name);
    if (is_component)
        return take_operators(w, joined(w, n->prefix, in->name), in, out);
    if (is_relation(w, n, f)) {
        struct names inner = items_of(f->to, n);
        if (field_is_polymorphic(f))
            return take_any(w, n, f, in, out);
        return f->many ? take_many(w, f->name, &inner, in, out) : take_one(w, n, f, in, out);
    }
    return is_document(f) ? take_document(w, n, f, in, out)
                          : take_operators(w, joined(w, n->prefix, f->name), in, out);
}

static enum err take_group(const struct conditions *w, const struct names *n, str spelling,
                           const struct json *in, struct json *out)
{
    if (in->type == JSON_NULL)
        return refuse_null(w, in->name);
    const struct json *items = in->type == JSON_LIST ? in->items : in;
    uint32_t count = in->type == JSON_LIST ? in->count : 1;
    struct json *maps = NEW_N(w->x->arena, struct json, count);
    struct names inner = *n;
    inner.level++;
    for (uint32_t i = 0; i < count; i++)
        TRY(take_map(w, &inner, &items[i], &maps[i]));
    *out = json_named(spelling, json_of_list(maps, count));
    return ERR_OK;
}

static enum err take_member(const struct conditions *w, const struct names *n,
                            const struct json *in, struct json *out)
{
    if (str_equal(in->name, S("_and")))
        return take_group(w, n, S("$and"), in, out);
    if (str_equal(in->name, S("_or")))
        return take_group(w, n, S("$or"), in, out);
    if (str_equal(in->name, S("_not")))
        return take_group(w, n, S("$nor"), in, out);
    if (str_equal(in->name, S("_isNull"))) {
        if (n->document && n->prefix.len) /* within a group: of the document whose members these are */
            return take_yes(w, str_slice(n->prefix, 0, n->prefix.len - 1), in, true, out);
        if (in->type != JSON_BOOL) /* of what is looked at, an element or what is behind a reference: it is there */
            return refuse_null(w, in->name);
        *out = json_named(in->boolean ? S("$or") : S("$and"), json_of_list(NULL, 0));
        return ERR_OK;
    }
    return take_field(w, n, in, out);
}

static enum err take_map(const struct conditions *w, const struct names *n, const struct json *in,
                         struct json *out)
{
    if (n->level > LIMIT_JSON_DEPTH / 2)
        return REFUSE_WHERE(w, "limit", "These conditions are too deep.");
    if (in->type != JSON_MAP)
        return refuse_null(w, in->name);
    *w->count += in->count + (size_t)1;
    if (*w->count > MEMBERS_MOST)
        return REFUSE_WHERE(w, "limit", "At most %u conditions are looked at.", LIMIT_FILTER_NODES);
    struct json *members = NEW_N(w->x->arena, struct json, in->count);
    for (uint32_t i = 0; i < in->count; i++)
        TRY(take_member(w, n, &in->items[i], &members[i]));
    *out = json_of_map(members, in->count);
    return ERR_OK;
}

enum err own_take_conditions(struct gql_execution *x, const struct collection *c,
                             const struct json *where, str name, const struct json **out,
                             struct problem *why)
{
    size_t count = 0;
    struct conditions w = {x, name, why, &count};
    *out = NULL;
    if (!where || where->type == JSON_NULL)
        return ERR_OK;
    struct json *tree = NEW(x->arena, struct json);
    TRY(take_map(&w, &(struct names){.of = c}, where, tree));
    *out = tree;
    return ERR_OK;
}

enum err own_take_where(struct gql_execution *x, const struct collection *c,
                        const struct json *where, str name, const struct filter **out,
                        struct problem *why)
{
    struct filter_options options = {.reader = x->who->rights, .where = name};
    const struct json *tree;
    *out = NULL;
    TRY(own_take_conditions(x, c, where, name, &tree, why));
    return tree ? filter_read(x->arena, principal_model(x->who), c, tree, &options, out, why) : ERR_OK;
}

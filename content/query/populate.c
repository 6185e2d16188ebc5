/* populate=…: what of the related items is read, each list with arguments of its own.
 *
 *   author,comments_via_post                        names, dotted ones too
 *   {"comments_via_post":{"limit":3,"sort":"-rating","filter":{…},"fields":[…],"populate":{…}}, "author":1}
 *   {"latest":{"of":"comments_via_post","limit":1}}  by another name
 *
 * Directus' `deep` says the same with "_limit", "_sort" … and nested names beside them. */
#include "content/filter/internal.h"
#include "content/kind.h"
#include "content/query/query.h"

struct populating {
    struct arena *arena;
    const struct model *model;
    str where;
    struct problem *why;
    bool deep;                        /* Directus' spelling */
    size_t made;
};

#define REFUSE_BRANCH(p, rule, ...) problem_fault((p)->why, ERR_BAD_INPUT, (p)->where, S(rule), __VA_ARGS__)

static enum err read_relations(struct populating *p, struct query *q, const struct json *map, unsigned level);

static struct output *shown_output(const struct query *q, str name)
{
    for (size_t i = 0; i < q->output_count; i++)
        if (str_equal(query_shown_name(&q->outputs[i]), name))
            return &q->outputs[i];
    return NULL;
}

static struct output *add_output(struct populating *p, struct query *q, const struct field *f)
{
    size_t n = q->output_count;
    struct output *grown = NEW_N(p->arena, struct output, n + 1);
    if (n > 0)
        memcpy(grown, q->outputs, n * sizeof *grown);
    grown[n] = (struct output){.field = f, .named = true};
    q->outputs = grown;
    q->output_count = n + 1;
    return &grown[n];
}

/* One relation of a query: the output that shows it and what is read of its targets. */
struct relation {
    const struct field *along;        /* "author", "about:posts", "posts_via_author"; or "about": all of its targets */
    struct output *output;
    str name;                         /* in sentences */
};

static enum err find_relation(struct populating *p, struct query *q, str name, const struct field **out)
{
    const struct field *f = known_field(q->from, q->reader, name);
    f = f ? f : known_relation(q->from, q->reader, name);
    if (!f)
        return query_unknown_field(p->why, p->where, name);
    if (!is_reference(f))
        return REFUSE_BRANCH(p, "type", "\"%.*s\" is no reference; there is nothing to populate.", STR_ARG(short_name(name)));
    *out = f;
    return ERR_OK;
}

static enum err find_output(struct populating *p, struct query *q, str name, str alias, struct relation *r)
{
    TRY(find_relation(p, q, name, &r->along));
    const struct field *f = field_leads_into(r->along) ? r->along->via : r->along;
    str shown = str_is_absent(alias) ? f->name : alias;
    struct output *o = shown_output(q, shown);
    r->name = short_name(name);
    if (!str_is_absent(alias) && (!is_member_name(alias) || alias.at[0] == '_'))
        return REFUSE_BRANCH(p, "name", "\"%.*s\" is no name: a letter, then letters, digits and '_'.", STR_ARG(short_name(alias)));
    if (o && o->field != f)
        return REFUSE_BRANCH(p, "repeated", "\"%.*s\" is named twice.", STR_ARG(short_name(shown)));
    if (!o) {
        o = add_output(p, q, f);
        o->alias = alias;
    }
    r->output = o;
    return ERR_OK;
}

static struct query **branch_of(struct populating *p, const struct relation *r, size_t target)
{
    const struct field *f = r->output->field;
    if (!field_is_polymorphic(f))
        return &r->output->branch;
    if (!r->output->into)
        r->output->into = NEW_N(p->arena, struct query *, f->target_count);
    return &r->output->into[target];
}

/* *fresh: it was not there; then all fields are read unless some are named. */
static enum err make_branch(struct populating *p, struct query *q, const struct field *along, struct query **branch, bool *fresh)
{
    *fresh = *branch == NULL;
    if (!*fresh)
        return ERR_OK;
    if (p->made++ == LIMIT_POPULATE_BRANCHES)
        return REFUSE_BRANCH(p, "limit", "At most %u branches are populated.", LIMIT_POPULATE_BRANCHES);
    *branch = query_branch(p->arena, q, along);
    (*branch)->with_model = true;
    query_all_fields(p->arena, *branch, NULL);
    return ERR_OK;
}

/* Arguments. */

struct branch {
    struct query *query;
    const struct relation *relation;
    unsigned level;
    uint64_t page;
};

static bool is_count(const struct json *v, uint64_t max, uint64_t *out)
{
    if (v->type == JSON_TEXT)
        return str_to_u64(v->text, max, out);
    *out = v->type == JSON_INT && v->integer >= 0 ? (uint64_t)v->integer : UINT64_MAX;
    return *out <= max;
}

static str text_of(struct arena *a, const struct json *v)
{
    struct json bare = *v;
    bare.name = (str){0};
    return v->type == JSON_TEXT ? v->text : json_print(a, &bare);
}

static enum err one_only(struct populating *p, const struct branch *b, const char *what)
{
    return REFUSE_BRANCH(p, "type", "\"%.*s\" leads to one item: it takes no %s.", STR_ARG(b->relation->name), what);
}

static enum err take_limit(struct populating *p, struct branch *b, const struct json *v)
{
    uint64_t n;
    if (!b->relation->along->many)
        return one_only(p, b, "limit");
    if (!is_count(v, LIMIT_ROWS, &n) || n == 0)
        return REFUSE_BRANCH(p, "type", "limit of \"%.*s\" is a whole number from 1 to %u.", STR_ARG(b->relation->name), LIMIT_ROWS);
    b->query->limit = (uint32_t)n;
    return ERR_OK;
}

static enum err take_skip(struct populating *p, struct branch *b, const struct json *v)
{
    uint64_t n;
    if (!b->relation->along->many)
        return one_only(p, b, "skip");
    if (!is_count(v, LIMIT_SKIP, &n))
        return REFUSE_BRANCH(p, "type", "skip of \"%.*s\" is a whole number from 0 to %u.", STR_ARG(b->relation->name), LIMIT_SKIP);
    b->query->skip = (uint32_t)n;
    return ERR_OK;
}

static enum err take_page(struct populating *p, struct branch *b, const struct json *v)
{
    if (!b->relation->along->many)
        return one_only(p, b, "page");
    if (!is_count(v, LIMIT_SKIP, &b->page) || b->page == 0)
        return REFUSE_BRANCH(p, "type", "page of \"%.*s\" is a whole number from 1 on.", STR_ARG(b->relation->name));
    return ERR_OK;
}

static enum err take_sort(struct populating *p, struct branch *b, const struct json *v)
{
    if (!b->relation->along->many)
        return one_only(p, b, "sort");
    return query_read_sort(p->arena, b->query, text_of(p->arena, v), p->where, p->why);
}

static enum err take_filter(struct populating *p, struct branch *b, const struct json *v)
{
    struct filter_options options = {.dialect = JSON_5, .reader = b->query->reader, .where = p->where};
    const struct filter *f = &filter_all;
    TRY(filter_read(p->arena, p->model, b->query->from, v, &options, &f, p->why));
    b->query->where = b->query->where ? filter_and(p->arena, b->query->where, f) : f;
    return ERR_OK;
}

static enum err take_fields(struct populating *p, struct branch *b, const struct json *v)
{
    return query_read_fields(p->arena, b->query, text_of(p->arena, v), p->where, p->why);
}

static enum err take_populate(struct populating *p, struct branch *b, const struct json *v)
{
    uint64_t hops;
    if (v->type == JSON_MAP)
        return read_relations(p, b->query, v, b->level + 1);
    if (!is_count(v, LIMIT_POPULATE_HOPS, &hops))
        return REFUSE_BRANCH(p, "type", "populate of \"%.*s\" is an object or a number up to %u.", STR_ARG(b->relation->name),
                             LIMIT_POPULATE_HOPS);
    query_populate(p->arena, b->query, (unsigned)hops);
    return ERR_OK;
}

/* In the order in which they are read: fields before what is populated beside them. */
static const struct {
    str name;
    enum err (*take)(struct populating *p, struct branch *b, const struct json *v);
} arguments[] = {
    {STR("fields"), take_fields}, {STR("filter"), take_filter}, {STR("sort"), take_sort},         {STR("limit"), take_limit},
    {STR("skip"), take_skip},     {STR("page"), take_page},     {STR("populate"), take_populate},
};

static str argument_name(const struct populating *p, str name)
{
    if (!p->deep)
        return name;
    if (str_equal(name, S("_offset")))
        return S("skip");
    return str_starts(name, S("_")) ? str_slice(name, 1, name.len) : (str){0};
}

static bool is_known(str name)
{
    for (size_t i = 0; i < COUNTOF(arguments); i++)
        if (str_equal(arguments[i].name, name))
            return true;
    return str_equal(name, S("of"));
}

static enum err refuse_unknown(struct populating *p, const struct json *map)
{
    for (uint32_t i = 0; i < map->count; i++) {
        str name = argument_name(p, map->items[i].name);
        if (!str_is_absent(name) && !is_known(name))
            return REFUSE_BRANCH(p, "unknown-argument", "There is no argument \"%.*s\" here; there are fields, filter, sort, limit, "
                                 "skip, page, populate and of.", STR_ARG(short_name(map->items[i].name)));
    }
    return ERR_OK;
}

static enum err read_nested(struct populating *p, struct branch *b, const struct json *map)
{
    struct json *nested = NEW_N(p->arena, struct json, map->count);
    size_t count = 0;
    for (uint32_t i = 0; i < map->count; i++)
        if (p->deep && str_is_absent(argument_name(p, map->items[i].name)))
            nested[count++] = map->items[i];
    struct json all = json_of_map(nested, count);
    return count ? read_relations(p, b->query, &all, b->level + 1) : ERR_OK;
}

static enum err read_arguments(struct populating *p, struct branch *b, const struct json *map)
{
    TRY(refuse_unknown(p, map));
    for (size_t i = 0; i < COUNTOF(arguments); i++)
        for (uint32_t k = 0; k < map->count; k++)
            if (str_equal(argument_name(p, map->items[k].name), arguments[i].name))
                TRY(arguments[i].take(p, b, &map->items[k]));
    if (b->page > 1) {
        uint64_t before = (b->page - 1) * b->query->limit;
        if (b->query->skip > 0 || before > LIMIT_SKIP)
            return REFUSE_BRANCH(p, "limit", "\"%.*s\" says page and skip, or a page too far.", STR_ARG(b->relation->name));
        b->query->skip = (uint32_t)before;
    }
    return read_nested(p, b, map);
}

/* What stands behind a name: 1 and true for all of it, a number of hops, fields as a text or a list, arguments. */
static enum err read_wish(struct populating *p, struct branch *b, bool fresh, const struct json *v)
{
    uint64_t hops;
    if (v->type == JSON_MAP)
        return read_arguments(p, b, v);
    if (v->type == JSON_BOOL && v->boolean)
        return ERR_OK;
    if (v->type != JSON_REAL && v->type != JSON_LIST && is_count(v, LIMIT_POPULATE_HOPS, &hops) && hops > 0) {
        query_populate(p->arena, b->query, (unsigned)hops - 1);
        return ERR_OK;
    }
    if ((v->type == JSON_TEXT || v->type == JSON_LIST) && fresh)
        return take_fields(p, b, v);
    return REFUSE_BRANCH(p, "type", "\"%.*s\" takes true, a number of hops, fields, or an object of arguments.",
                         STR_ARG(b->relation->name));
}

static enum err read_target(struct populating *p, struct query *q, const struct relation *r, const struct field *along,
                            size_t target, const struct json *v, unsigned level)
{
    struct query **branch = branch_of(p, r, target);
    bool fresh;
    TRY(make_branch(p, q, along, branch, &fresh));
    struct branch b = {.query = *branch, .relation = r, .level = level};
    return read_wish(p, &b, fresh, v);
}

static enum err read_relation(struct populating *p, struct query *q, const struct json *v, unsigned level)
{
    const struct json *of = v->type == JSON_MAP ? json_get(v, p->deep ? S("_of") : S("of")) : NULL;
    struct relation r = {0};
    str name, rest;
    if (level >= LIMIT_POPULATE_HOPS)
        return REFUSE_BRANCH(p, "limit", "At most %u relations are followed.", LIMIT_POPULATE_HOPS);
    if (of && of->type != JSON_TEXT)
        return REFUSE_BRANCH(p, "type", "\"of\" of \"%.*s\" is the name of a relation.", STR_ARG(short_name(v->name)));
    if (!of && str_cut(v->name, '.', &name, &rest)) { /* "author.publisher" */
        struct json further = json_named(rest, *v), one = json_of_map(&further, 1);
        struct json way[1] = {json_named(S("populate"), one)};
        struct json first = json_named(name, json_of_map(way, 1));
        bool deep = p->deep;
        p->deep = false;
        enum err e = deep ? REFUSE_BRANCH(p, "type", "\"%.*s\" is no name here.", STR_ARG(short_name(v->name)))
                          : read_relation(p, q, &first, level);
        p->deep = deep;
        return e;
    }
    TRY(find_output(p, q, of ? of->text : v->name, of ? v->name : (str){0}, &r));
    const struct field *f = r.output->field;
    if (!field_is_polymorphic(f))
        return read_target(p, q, &r, r.along, 0, v, level);
    if (r.along != f)
        return read_target(p, q, &r, r.along, (size_t)(r.along - f->into), v, level);
    if (v->type == JSON_MAP && v->count > (of ? 1u : 0u))
        return REFUSE_BRANCH(p, "type", "\"%.*s\" leads to several collections; name one, like \"" STR_FMT "\".", STR_ARG(r.name),
                             STR_ARG(f->into[0].name));
    for (size_t i = 0; i < f->target_count; i++)
        TRY(read_target(p, q, &r, &f->into[i], i, &(struct json){.type = JSON_BOOL, .boolean = true}, level));
    return ERR_OK;
}

/* Depth: a relation is followed at each level. */
static enum err read_relations(struct populating *p, struct query *q, const struct json *map, unsigned level)
{
    for (uint32_t i = 0; i < map->count; i++)
        TRY(read_relation(p, q, &map->items[i], level));
    return ERR_OK;
}

/* "author,comments_via_post.author" */
static enum err names_in(struct populating *p, str text, struct json *out)
{
    struct json *items = NEW_N(p->arena, struct json, LIMIT_FIELDS);
    size_t count = 0;
    str piece;
    bool ended = false;
    while (str_next(&text, &ended, ',', &piece)) {
        if (count == LIMIT_FIELDS)
            return REFUSE_BRANCH(p, "limit", "At most %u relations can be named.", LIMIT_FIELDS);
        items[count++] = json_named(str_trim(piece), json_true);
    }
    *out = json_of_map(items, count);
    return ERR_OK;
}

enum err query_read_populate(struct arena *a, const struct model *m, struct query *q, const struct json *tree,
                             const struct populate_options *options, struct problem *why)
{
    struct populating p = {.arena = a, .model = m, .where = options->where, .why = why, .deep = options->deep};
    struct json names = *tree;
    if (tree->type == JSON_TEXT)
        TRY(names_in(&p, tree->text, &names));
    else if (tree->type != JSON_MAP)
        return REFUSE_BRANCH(&p, "type", "What to populate is a number of hops, names, or an object of relations.");
    return read_relations(&p, q, &names, 0);
}

/* A pipeline is read from front to back together with the names that its documents have: fields of the
 * collection at first, what the stages make of them later. Whatever names are left at the end are part
 * of the answer and so are used, too. */
#include "content/access.h"
#include "content/aggregate/internal.h"
#include "content/kind.h"

const struct aggregate_start *aggregate_start(const struct aggregate *g)
{
    return &g->start;
}

field_set aggregate_fields(const struct aggregate *g)
{
    return g->fields;
}

static enum err read_match(struct aggregate_reader *r, struct known_names *known, const struct json *in,
                           struct stage *out)
{
    struct name_scope names = {.in = r->in, .known = known, .where = r->options->where};

    out->kind = RUN_MATCH;
    return filter_read_names(r->arena, &names, in, r->options, &out->where, r->why);
}

static enum err read_number(struct aggregate_reader *r, const struct json *in, uint64_t least, uint64_t most,
                            uint64_t *out)
{
    if (in->type != JSON_INT || in->integer < 0 || (uint64_t)in->integer < least || (uint64_t)in->integer > most)
        return REFUSE_STAGE(r, "type", STR_FMT " takes a whole number from %llu to %llu.", STR_ARG(r->stage),
                            (unsigned long long)least, (unsigned long long)most);
    *out = (uint64_t)in->integer;
    return ERR_OK;
}

static enum err read_skip(struct aggregate_reader *r, struct known_names *known, const struct json *in,
                          struct stage *out)
{
    (void)known;
    out->kind = RUN_SKIP;
    return read_number(r, in, 0, LIMIT_SKIP, &out->count);
}

static enum err read_limit(struct aggregate_reader *r, struct known_names *known, const struct json *in,
                           struct stage *out)
{
    (void)known;
    out->kind = RUN_LIMIT;
    return read_number(r, in, 1, LIMIT_AGGREGATE_ROWS, &out->count);
}

static enum err read_sample(struct aggregate_reader *r, struct known_names *known, const struct json *in,
                            struct stage *out)
{
    const struct json *size = json_get(in, S("size"));

    (void)known;
    if (in->type != JSON_MAP || in->count != 1 || !size)
        return REFUSE_STAGE(r, "type", "$sample takes {\"size\": number}.");
    out->kind = RUN_SAMPLE;
    return read_number(r, size, 1, LIMIT_AGGREGATE_ROWS, &out->count);
}

static enum err read_sort(struct aggregate_reader *r, struct known_names *known, const struct json *in,
                          struct stage *out)
{
    out->kind = RUN_SORT;
    if (in->type != JSON_MAP || in->count == 0 || in->count > LIMIT_SORT_KEYS)
        return REFUSE_STAGE(r, "type", "$sort takes an object of 1 to %u names.", LIMIT_SORT_KEYS);
    for (uint32_t i = 0; i < in->count; i++) {
        const struct json *v = &in->items[i];
        struct known as;
        if (v->type != JSON_INT || (v->integer != 1 && v->integer != -1))
            return REFUSE_STAGE(r, "type", "$sort: \"%.*s\" is 1 (up) or -1 (down).", STR_ARG(short_name(v->name)));
        TRY(dotted_read(r, known, v->name, &out->sort[i].by, &as));
        out->sort[i].down = v->integer < 0;
    }
    out->sort_count = in->count;
    return ERR_OK;
}

static enum err read_unwind_options(struct aggregate_reader *r, const struct json *in, str *path, struct stage *out)
{
    for (uint32_t i = 0; i < in->count; i++) {
        const struct json *v = &in->items[i];
        if (str_equal(v->name, S("path")) && v->type == JSON_TEXT) {
            *path = v->text;
        } else if (str_equal(v->name, S("preserveNullAndEmptyArrays")) && v->type == JSON_BOOL) {
            out->keep_empty = v->boolean;
        } else if (str_equal(v->name, S("includeArrayIndex")) && v->type == JSON_TEXT) {
            TRY(output_name_check(r, v->text));
            out->index_name = v->text;
        } else {
            return REFUSE_STAGE(r, "type", "$unwind takes path, preserveNullAndEmptyArrays and includeArrayIndex.");
        }
    }
    return ERR_OK;
}

static enum err read_unwind(struct aggregate_reader *r, struct known_names *known, const struct json *in,
                            struct stage *out)
{
    str path = in->type == JSON_TEXT ? in->text : S("");
    struct dotted pieces;
    struct known as;

    out->kind = RUN_UNWIND;
    if (in->type == JSON_MAP)
        TRY(read_unwind_options(r, in, &path, out));
    if (!str_starts(path, S("$")))
        return REFUSE_STAGE(r, "type", "$unwind takes \"$name\" or {\"path\": \"$name\"}.");
    TRY(dotted_read(r, known, str_slice(path, 1, path.len), &pieces, &as));
    if (pieces.count != 1)
        return REFUSE_STAGE(r, "type", "$unwind takes a name of the document itself, not a part of one.");
    out->name = as.name;
    if (!str_is_absent(out->index_name))
        known_put(r->arena, known, (struct known){.name = out->index_name});
    return ERR_OK;
}

static enum err read_count(struct aggregate_reader *r, struct known_names *known, const struct json *in,
                           struct stage *out)
{
    struct json one = json_named(S("$sum"), json_of_int(1)), members[2];

    if (in->type != JSON_TEXT)
        return REFUSE_STAGE(r, "type", "$count takes a name for the number.");
    if (str_equal(in->text, S("_id")))
        return REFUSE_STAGE(r, "name", "$count: \"_id\" is the group's.");
    members[0] = json_named(S("_id"), json_null);
    members[1] = json_named(in->text, json_of_map(&one, 1));
    struct json group = json_of_map(members, 2);
    return group_read(r, known, &group, out);
}

static enum err read_by_count(struct aggregate_reader *r, struct known_names *known, const struct json *in,
                              struct stage *out)
{
    struct json one = json_named(S("$sum"), json_of_int(1)), members[2];

    members[0] = json_named(S("_id"), *in);
    members[1] = json_named(S("count"), json_of_map(&one, 1));
    struct json group = json_of_map(members, 2);
    return group_read(r, known, &group, out);
}

static enum err read_pipeline(struct aggregate_reader *r, struct known_names *known, const struct json *in,
                              bool is_facet, struct pipeline *out);

static enum err read_facet(struct aggregate_reader *r, struct known_names *known, const struct json *in,
                           struct stage *out)
{
    struct known_names before = *known;

    if (in->type != JSON_MAP || in->count == 0)
        return REFUSE_STAGE(r, "type", "$facet takes an object of pipelines.");
    struct pipeline *facets = NEW_N(r->arena, struct pipeline, in->count);
    *known = (struct known_names){.used = before.used};
    for (uint32_t i = 0; i < in->count; i++) {
        struct known_names inside = before;
        unsigned levels = 0;
        TRY(output_name_check(r, in->items[i].name));
        TRY(read_pipeline(r, &inside, &in->items[i], true, &facets[i]));
        for (size_t k = 0; k < inside.count; k++)
            levels = inside.at[k].levels > levels ? inside.at[k].levels : levels;
        if (levels + 2 > LIMIT_AGGREGATE_LEVELS)
            return REFUSE_STAGE(r, "limit", "$facet: the documents would nest more than %u levels deep.",
                                LIMIT_AGGREGATE_LEVELS);
        facets[i].name = in->items[i].name;
        known_put(r->arena, known, (struct known){.name = facets[i].name, .levels = levels + 2});
    }
    out->kind = RUN_FACET;
    out->facets = facets;
    out->facet_count = in->count;
    return ERR_OK;
}

/* Stages by name; `then` is what a few of them do besides. */
enum then { NOTHING, DROP_ID, SORT_BY_ID, SORT_BY_COUNT };
static const struct stage_row {
    str name;
    enum err (*read)(struct aggregate_reader *r, struct known_names *known, const struct json *in, struct stage *out);
    enum then then;
} stage_rows[] = {
    {STR("$match"), read_match, NOTHING},   {STR("$skip"), read_skip, NOTHING},
    {STR("$limit"), read_limit, NOTHING},   {STR("$project"), project_read, NOTHING},
    {STR("$unset"), unset_read, NOTHING},   {STR("$sort"), read_sort, NOTHING},
    {STR("$group"), group_read, NOTHING},   {STR("$unwind"), read_unwind, NOTHING},
    {STR("$addFields"), add_read, NOTHING}, {STR("$set"), add_read, NOTHING},
    {STR("$count"), read_count, DROP_ID},   {STR("$sortByCount"), read_by_count, SORT_BY_COUNT},
    {STR("$bucket"), bucket_read, SORT_BY_ID}, {STR("$facet"), read_facet, NOTHING},
    {STR("$sample"), read_sample, NOTHING},
};

/* What some stages do after themselves, as a stage of its own. */
static void follow_up(struct aggregate_reader *r, enum then then, struct known_names *known, struct pipeline *out)
{
    struct stage *s = &out->stages[out->count];
    str *name = NEW(r->arena, str);
    struct dotted *by = NEW(r->arena, struct dotted);

    if (then == NOTHING)
        return;
    *name = then == SORT_BY_COUNT ? S("count") : S("_id");
    *by = (struct dotted){name, 1};
    out->count++;
    if (then == DROP_ID) {
        *s = (struct stage){.kind = RUN_DROP, .dropped = by, .dropped_count = 1};
        known_drop(r->arena, known, *name);
        return;
    }
    *s = (struct stage){.kind = RUN_SORT, .sort_count = 1};
    s->sort[0] = (struct doc_sort){.by = *by, .down = then == SORT_BY_COUNT};
}

static enum err unknown_stage(struct aggregate_reader *r, str name)
{
    static const str refused[] = {STR("$out"), STR("$merge"), STR("$lookup"), STR("$where"), STR("$function"),
                                  STR("$graphLookup"), STR("$unionWith")};

    for (size_t i = 0; i < COUNTOF(refused); i++)
        if (str_equal(name, refused[i]))
            return REFUSE_STAGE(r, "unknown-operator", STR_FMT " is not offered: pipelines only read, and only this collection.",
                                STR_ARG(name));
    return REFUSE_STAGE(r, "unknown-operator", "There is no stage \"%.*s\".", STR_ARG(short_name(name)));
}

static enum err read_stage(struct aggregate_reader *r, struct known_names *known, const struct json *in, bool is_facet,
                           struct pipeline *out)
{
    if (in->type != JSON_MAP || in->count != 1)
        return REFUSE_STAGE(r, "type", "A stage is an object with one member, like {\"$match\": …}.");
    if (r->stages++ == LIMIT_AGGREGATE_STAGES)
        return REFUSE_STAGE(r, "limit", "A pipeline has at most %u stages, facets included.", LIMIT_AGGREGATE_STAGES);
    str name = in->items[0].name;
    if (is_facet && str_equal(name, S("$facet")))
        return REFUSE_STAGE(r, "type", "A $facet cannot stand in a $facet.");
    for (size_t i = 0; i < COUNTOF(stage_rows); i++) {
        if (!str_equal(name, stage_rows[i].name))
            continue;
        r->stage = name;
        TRY(stage_rows[i].read(r, known, &in->items[0], &out->stages[out->count]));
        out->count++;
        follow_up(r, stage_rows[i].then, known, out);
        return ERR_OK;
    }
    return unknown_stage(r, name);
}

static enum err read_pipeline(struct aggregate_reader *r, struct known_names *known, const struct json *in,
                              bool is_facet, struct pipeline *out)
{
    if (in->type != JSON_LIST)
        return REFUSE_STAGE(r, "type", "A pipeline is a list of stages.");
    if (in->count > LIMIT_AGGREGATE_STAGES)
        return REFUSE_STAGE(r, "limit", "A pipeline has at most %u stages, facets included.", LIMIT_AGGREGATE_STAGES);
    out->stages = NEW_N(r->arena, struct stage, 2u * (size_t)in->count);
    for (uint32_t i = 0; i < in->count; i++)
        TRY(read_stage(r, known, &in->items[i], is_facet, out));
    for (size_t i = 0; i < known->count; i++) /* the answer */
        (void)known_find(known, known->at[i].name);
    return ERR_OK;
}

static unsigned levels_of_field(const struct field *f)
{
    return is_deep(f) ? LIMIT_JSON_DEPTH : f->many || (f->kind->flags & KIND_LIST);
}

static struct known_names names_of_collection(struct aggregate_reader *r)
{
    const struct collection *c = r->in;
    struct known_names k = {.at = NEW_N(r->arena, struct known, c->field_count), .used = &r->into->fields};

    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = known_field(c, r->options->reader, c->fields[i].name);
        if (f == &c->fields[i])
            k.at[k.count++] = (struct known){.name = f->name, .field = f, .levels = levels_of_field(f)};
    }
    return k;
}

/* Sorts that the database can do: sortable fields of the collection itself. */
static bool sort_of_stage(const struct json *in, const struct collection *c, const struct rights *reader,
                          struct aggregate_start *start)
{
    struct sort keys[LIMIT_SORT_KEYS];

    if (in->type != JSON_MAP || in->count == 0 || in->count > LIMIT_SORT_KEYS)
        return false;
    for (uint32_t i = 0; i < in->count; i++) {
        const struct json *v = &in->items[i];
        const struct field *f = known_field(c, reader, v->name);
        if (!f || !(f->is_meta || (f->kind->flags & KIND_SORTABLE)) || v->type != JSON_INT ||
            (v->integer != 1 && v->integer != -1))
            return false;
        keys[i] = (struct sort){.by = f, .down = v->integer < 0};
    }
    memcpy(start->sort, keys, in->count * sizeof *keys);
    start->sort_count = in->count;
    return true;
}

/* How many of the stages at the front the database does. Anything unusual is left to the ordinary
 * reader, which also knows how to complain. */
static enum err split(struct aggregate_reader *r, const struct json *stages, uint32_t *taken)
{
    struct aggregate_start *start = &r->into->start;
    uint32_t i = 0;
    const struct json *v;

    *start = (struct aggregate_start){.where = &filter_all, .limit = LIMIT_AGGREGATE_ROWS + 1};
#define HERE(name) (i < stages->count && stages->items[i].count == 1 && (v = json_get(&stages->items[i], S(name))) != NULL)
    while (HERE("$match") && i < LIMIT_AGGREGATE_STAGES) {
        const struct filter *f = NULL;
        TRY(filter_read(r->arena, r->model, r->in, v, r->options, &f, r->why));
        start->where = filter_and(r->arena, start->where, f);
        i++;
    }
    if (HERE("$sort") && sort_of_stage(v, r->in, r->options->reader, start))
        i++;
    if (HERE("$skip") && v->type == JSON_INT && v->integer >= 0 && v->integer <= LIMIT_SKIP) {
        start->skip = (uint64_t)v->integer;
        i++;
    }
    if (HERE("$limit") && v->type == JSON_INT && v->integer >= 1 && v->integer <= LIMIT_AGGREGATE_ROWS) {
        start->limit = (uint64_t)v->integer;
        i++;
    }
#undef HERE
    *taken = i;
    r->stages = i;
    return ERR_OK;
}

enum err aggregate_read(struct arena *a, const struct model *m, const struct collection *c, const struct json *stages,
                        const struct filter_options *options, const struct aggregate **out, struct problem *why)
{
    struct aggregate *g = NEW(a, struct aggregate);
    struct aggregate_reader r = {.arena = a, .model = m, .in = c, .options = options, .why = why, .into = g};
    struct known_names known = names_of_collection(&r);
    uint32_t taken = 0;

    if (stages->type == JSON_LIST)
        TRY(split(&r, stages, &taken));
    struct json rest = *stages;
    if (taken > 0) {
        rest.items += taken;
        rest.count -= taken;
    }
    TRY(read_pipeline(&r, &known, &rest, false, &g->main));
    *out = g;
    return ERR_OK;
}

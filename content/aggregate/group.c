/* $group and what is made of it: $bucket, $count, $sortByCount. Groups come in the order in which their
 * first document came. */
#include "content/aggregate/internal.h"

#include <math.h>

struct tally {                        /* of one accumulator in one group */
    int64_t whole;                    /* sum of whole numbers, as long as it fits; */
    double real;                      /* of everything else */
    bool is_real;
    uint64_t count;
    struct json value;                /* first, last, least, greatest; null: none yet */
    struct json *list;
    uint32_t list_count, list_room;
    struct map *seen;                 /* addToSet */
};

struct accumulator_code {
    str name;
    unsigned levels;                  /* beyond its argument's */
    void (*add)(struct run *run, struct tally *t, const struct json *v);
    struct json (*result)(const struct tally *t);
};

struct group {
    struct json key;
    struct tally *tallies;
};

static void add_number(struct run *run, struct tally *t, const struct json *v)
{
    (void)run;
    if (v->type == JSON_REAL) {
        t->is_real = true;
        t->real += v->real;
        t->count++;
    } else if (v->type == JSON_INT) {
        int64_t before = t->whole;
        t->count++;
        if (!__builtin_add_overflow(t->whole, v->integer, &t->whole))
            return;
        t->is_real = true;
        t->real += (double)before + (double)v->integer;
        t->whole = 0;
    }
}

static void add_one(struct run *run, struct tally *t, const struct json *v)
{
    (void)run;
    (void)v;
    t->whole++;
}

static void keep_least(struct run *run, struct tally *t, const struct json *v)
{
    (void)run;
    if (v->type != JSON_NULL && (t->value.type == JSON_NULL || value_order(v, &t->value) < 0))
        t->value = *v;
}

static void keep_greatest(struct run *run, struct tally *t, const struct json *v)
{
    (void)run;
    if (v->type != JSON_NULL && (t->value.type == JSON_NULL || value_order(v, &t->value) > 0))
        t->value = *v;
}

static void keep_first(struct run *run, struct tally *t, const struct json *v)
{
    (void)run;
    if (t->count++ == 0)
        t->value = *v;
}

static void keep_last(struct run *run, struct tally *t, const struct json *v)
{
    (void)run;
    t->value = *v;
}

static void push(struct run *run, struct tally *t, const struct json *v)
{
    if (t->list_count == t->list_room) {
        uint32_t room = t->list_room ? 2 * t->list_room : 8;
        t->list = arena_grow(run->arena, t->list, t->list_room * sizeof *t->list, room * sizeof *t->list);
        t->list_room = room;
    }
    t->list[t->list_count++] = *v;
}

static void push_new(struct run *run, struct tally *t, const struct json *v)
{
    str key = value_key(run, v);

    if (run->err != ERR_OK)
        return;
    if (!t->seen)
        t->seen = map_new(run->arena, 8);
    if (map_get(t->seen, key))
        return;
    map_put(t->seen, arena_copy(run->arena, key), t);
    push(run, t, v);
}

/* JSON has no infinity. */
static struct json real_or_null(double d)
{
    return isfinite(d) ? json_of_real(d) : json_null;
}

static struct json result_sum(const struct tally *t)
{
    return t->is_real ? real_or_null((double)t->whole + t->real) : json_of_int(t->whole);
}

static struct json result_average(const struct tally *t)
{
    return t->count == 0 ? json_null : real_or_null(((double)t->whole + t->real) / (double)t->count);
}

static struct json result_value(const struct tally *t)
{
    return t->value;
}

static struct json result_list(const struct tally *t)
{
    return json_of_list(t->list, t->list_count);
}

static const struct accumulator_code codes[] = {
    {STR("$sum"), 0, add_number, result_sum},       {STR("$avg"), 0, add_number, result_average},
    {STR("$min"), 0, keep_least, result_value},     {STR("$max"), 0, keep_greatest, result_value},
    {STR("$first"), 0, keep_first, result_value},   {STR("$last"), 0, keep_last, result_value},
    {STR("$push"), 1, push, result_list},           {STR("$addToSet"), 1, push_new, result_list},
    {STR("$count"), 0, add_one, result_sum},
};

static enum err read_accumulator(struct aggregate_reader *r, const struct known_names *before, const struct json *in,
                                 struct accumulator *out, struct known_names *after)
{
    static const struct json nothing = {.type = JSON_NULL};

    TRY(output_name_check(r, in->name));
    if (str_equal(in->name, S("_id")))
        return REFUSE_STAGE(r, "name", STR_FMT ": \"_id\" is the group's.", STR_ARG(r->stage));
    if (in->type != JSON_MAP || in->count != 1)
        return REFUSE_STAGE(r, "type", STR_FMT ": \"%.*s\" takes one accumulator, like {\"$sum\": 1}.",
                            STR_ARG(r->stage), STR_ARG(short_name(in->name)));
    const struct json *call = &in->items[0];
    for (size_t i = 0; i < COUNTOF(codes); i++) {
        if (!str_equal(call->name, codes[i].name))
            continue;
        bool counts = codes[i].add == add_one;
        if (counts && (call->type != JSON_MAP || call->count != 0))
            return REFUSE_STAGE(r, "type", STR_FMT ": $count takes {}.", STR_ARG(r->stage));
        *out = (struct accumulator){.name = in->name, .code = &codes[i]};
        TRY(expr_read(r, before, counts ? &nothing : call, &out->arg));
        unsigned levels = codes[i].levels + out->arg.levels;
        if (levels > LIMIT_AGGREGATE_LEVELS)
            return REFUSE_STAGE(r, "limit", STR_FMT ": the documents would nest more than %u levels deep.",
                                STR_ARG(r->stage), LIMIT_AGGREGATE_LEVELS);
        known_put(r->arena, after, (struct known){.name = in->name, .levels = levels});
        return ERR_OK;
    }
    return REFUSE_STAGE(r, "unknown-operator", "There is no accumulator \"%.*s\".", STR_ARG(short_name(call->name)));
}

/* The members of `in` that are not `except`. */
static enum err read_accumulators(struct aggregate_reader *r, const struct known_names *before, const struct json *in,
                                  str except, struct stage *out, struct known_names *after)
{
    struct accumulator *list = NEW_N(r->arena, struct accumulator, in->count);
    size_t n = 0;

    for (uint32_t i = 0; i < in->count; i++)
        if (!str_equal(in->items[i].name, except))
            TRY(read_accumulator(r, before, &in->items[i], &list[n++], after));
    out->accumulators = list;
    out->accumulator_count = n;
    return ERR_OK;
}

enum err group_read(struct aggregate_reader *r, struct known_names *known, const struct json *in, struct stage *out)
{
    struct known_names before = *known;
    const struct json *key = json_get(in, S("_id"));

    if (in->type != JSON_MAP || !key)
        return REFUSE_STAGE(r, "type", "$group takes an object with _id, the expression to group by.");
    out->kind = RUN_GROUP;
    TRY(expr_read(r, &before, key, &out->key));
    *known = (struct known_names){.used = before.used};
    known_put(r->arena, known, (struct known){.name = S("_id"), .levels = out->key.levels});
    return read_accumulators(r, &before, in, S("_id"), out, known);
}

static enum err read_boundaries(struct aggregate_reader *r, const struct json *list)
{
    bool good = list && list->type == JSON_LIST && list->count >= 2 && list->count <= LIMIT_FILTER_LIST;

    for (uint32_t i = 0; good && i < list->count; i++)
        good = list->items[i].type != JSON_NULL && list->items[i].type != JSON_MAP && list->items[i].type != JSON_LIST &&
               (i == 0 || value_order(&list->items[i - 1], &list->items[i]) < 0);
    return good ? ERR_OK
                : REFUSE_STAGE(r, "type", "$bucket takes boundaries, a list of 2 to %u rising values.", LIMIT_FILTER_LIST);
}

enum err bucket_read(struct aggregate_reader *r, struct known_names *known, const struct json *in, struct stage *out)
{
    static const struct json one = {.type = JSON_INT, .name = STR("$sum"), .integer = 1};
    struct known_names before = *known;
    const struct json *by = json_get(in, S("groupBy")), *output = json_get(in, S("output"));
    struct json count = json_named(S("count"), json_of_map(&one, 1));
    struct json standard = json_of_map(&count, 1);

    if (in->type != JSON_MAP || !by)
        return REFUSE_STAGE(r, "type", "$bucket takes groupBy, boundaries, default and output.");
    for (uint32_t i = 0; i < in->count; i++)
        if (!str_equal(in->items[i].name, S("groupBy")) && !str_equal(in->items[i].name, S("boundaries")) &&
            !str_equal(in->items[i].name, S("default")) && !str_equal(in->items[i].name, S("output")))
            return REFUSE_STAGE(r, "type", "$bucket takes groupBy, boundaries, default and output.");
    out->kind = RUN_GROUP;
    out->boundaries = json_get(in, S("boundaries"));
    out->otherwise = json_get(in, S("default"));
    TRY(read_boundaries(r, out->boundaries));
    if (out->otherwise && (out->otherwise->type == JSON_MAP || out->otherwise->type == JSON_LIST))
        return REFUSE_STAGE(r, "type", "$bucket: default is a single value.");
    if (output && output->type != JSON_MAP)
        return REFUSE_STAGE(r, "type", "$bucket: output is an object of accumulators.");
    TRY(expr_read(r, &before, by, &out->key));
    *known = (struct known_names){.used = before.used};
    known_put(r->arena, known, (struct known){.name = S("_id")});
    return read_accumulators(r, &before, output ? output : &standard, S(""), out, known);
}

/* The greatest boundary that is not above the value; the last one belongs to no bucket. */
static bool find_bucket(const struct stage *s, const struct json *v, struct json *out)
{
    uint32_t low = 0, high = s->boundaries->count - 1;

    if (value_order(v, &s->boundaries->items[0]) < 0 || value_order(v, &s->boundaries->items[high]) >= 0) {
        if (!s->otherwise)
            return false;
        *out = *s->otherwise;
        return true;
    }
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (value_order(v, &s->boundaries->items[middle]) < 0)
            high = middle;
        else
            low = middle;
    }
    *out = s->boundaries->items[low];
    return true;
}

static struct group *find_group(struct run *run, const struct stage *s, struct map *groups, const struct json *document)
{
    struct json key = expr_value(run, &s->key, document);

    if (s->boundaries && !find_bucket(s, &key, &key))
        return NULL;
    str text = value_key(run, &key);
    struct group *g = map_get(groups, text);
    if (g || run->err != ERR_OK)
        return g;
    g = NEW(run->arena, struct group);
    g->key = key;
    g->tallies = NEW_N(run->arena, struct tally, s->accumulator_count);
    map_put(groups, arena_copy(run->arena, text), g);
    return g;
}

static struct json group_document(struct run *run, const struct stage *s, const struct group *g)
{
    struct json *members = NEW_N(run->arena, struct json, s->accumulator_count + 1);

    members[0] = json_named(S("_id"), g->key);
    for (size_t i = 0; i < s->accumulator_count; i++)
        members[i + 1] = json_named(s->accumulators[i].name, s->accumulators[i].code->result(&g->tallies[i]));
    return json_of_map(members, s->accumulator_count + 1);
}

void group_run(struct run *run, const struct stage *s, struct documents *d)
{
    struct map *groups = map_new(run->arena, 64);
    size_t cursor = 0, n = 0;
    str key;
    void *found;

    for (size_t i = 0; i < d->count && run_goes_on(run); i++) {
        struct group *g = find_group(run, s, groups, &d->items[i]);
        for (size_t k = 0; g && k < s->accumulator_count; k++) {
            struct json v = expr_value(run, &s->accumulators[k].arg, &d->items[i]);
            s->accumulators[k].code->add(run, &g->tallies[k], &v);
        }
    }
    struct json *made = NEW_N(run->arena, struct json, map_count(groups));
    while (map_each(groups, &cursor, &key, &found))
        made[n++] = group_document(run, s, found);
    *d = (struct documents){made, n};
}

/* A pipeline at work: each stage turns the list of documents into another. Documents share their
 * values, nothing is copied that stays as it is; so what a stage leaves is weighed, because shared
 * values are written out as often as they are shared. */
#include "base/crypt.h"
#include "base/time.h"
#include "content/aggregate/internal.h"

#include <stdlib.h>

#define LOOK_EVERY 64u                /* documents between two looks at clock and memory */

void run_fail(struct run *run, enum err e, const char *text)
{
    if (run->err != ERR_OK)
        return;
    run->err = e;
    if (e == ERR_BAD_INPUT)
        err_ignored(problem_fault(run->why, e, S("pipeline"), S("limit"), "%s", text));
    else
        err_ignored(problem_set(run->why, e, "%s", text));
}

bool run_goes_on(struct run *run)
{
    if (run->err != ERR_OK)
        return false;
    if (run->looks++ % LOOK_EVERY != 0)
        return true;
    if (arena_bytes(run->arena) - run->bytes_before > LIMIT_AGGREGATE_BYTES)
        run_fail(run, ERR_BAD_INPUT, "The pipeline needs too much memory; narrow it with an earlier $match or $project.");
    else if (time_mono_us() > run->deadline_us)
        run_fail(run, ERR_TIMEOUT, "The pipeline takes too long; narrow it with an earlier $match.");
    return run->err == ERR_OK;
}

static void too_many(struct run *run)
{
    run_fail(run, ERR_BAD_INPUT, "The pipeline has too many documents; narrow it with an earlier $match or $limit.");
}

static void run_match(struct run *run, const struct stage *s, struct documents *d)
{
    static const struct vars nobody = {.now_ms = 0};
    struct filter_world world = {.arena = run->arena, .vars = &nobody};
    struct json *kept = NEW_N(run->arena, struct json, d->count);
    size_t n = 0;

    for (size_t i = 0; i < d->count && run_goes_on(run); i++)
        if (filter_matches(s->where, &d->items[i], &world))
            kept[n++] = d->items[i];
    *d = (struct documents){kept, n};
}

static void run_skip(struct run *run, const struct stage *s, struct documents *d)
{
    size_t n = s->count < d->count ? (size_t)s->count : d->count;

    (void)run;
    d->items += n;
    d->count -= n;
}

static void run_limit(struct run *run, const struct stage *s, struct documents *d)
{
    (void)run;
    if (s->count < d->count)
        d->count = (size_t)s->count;
}

/* The first `count` of a shuffle. */
static void run_sample(struct run *run, const struct stage *s, struct documents *d)
{
    struct json *items = NEW_N(run->arena, struct json, d->count);

    if (d->count > 0)
        memcpy(items, d->items, d->count * sizeof *items);
    for (size_t i = 0; i < d->count && i < s->count && run_goes_on(run); i++) {
        uint64_t random;
        crypt_random(&random, sizeof random);
        size_t other = i + (size_t)(random % (d->count - i));
        struct json swapped = items[i];
        items[i] = items[other];
        items[other] = swapped;
    }
    *d = (struct documents){items, s->count < d->count ? (size_t)s->count : d->count};
}

static struct json shaped(struct run *run, const struct stage *s, const struct json *document)
{
    struct json *members = NEW_N(run->arena, struct json, s->output_count);
    size_t n = 0;

    for (size_t i = 0; i < s->output_count; i++) {
        const struct doc_output *o = &s->outputs[i];
        if (o->rule == OUTPUT_MAKE) {
            members[n++] = json_named(o->name, expr_value(run, &o->expr, document));
            continue;
        }
        const struct json *v = json_get(document, o->name);
        if (v)
            members[n++] = json_named(
                o->name, o->rule == OUTPUT_KEEP ? *v : value_keep(run->arena, v, o->parts, o->part_count, 1));
    }
    return json_of_map(members, n);
}

/* Made members take the place of those that have their name. */
static struct json added(struct run *run, const struct stage *s, const struct json *document)
{
    struct json *members = NEW_N(run->arena, struct json, document->count + s->output_count);
    size_t n = document->count;

    if (n > 0)
        memcpy(members, document->items, n * sizeof *members);
    for (size_t i = 0; i < s->output_count; i++) {
        str name = s->outputs[i].name;
        size_t at = 0;
        while (at < n && !str_equal(members[at].name, name))
            at++;
        members[at] = json_named(name, expr_value(run, &s->outputs[i].expr, document));
        n += at == n;
    }
    return json_of_map(members, n);
}

static struct json without(struct run *run, const struct stage *s, const struct json *document)
{
    return value_drop(run->arena, document, s->dropped, s->dropped_count, 0);
}

static void run_each(struct run *run, const struct stage *s, struct documents *d,
                     struct json (*change)(struct run *run, const struct stage *s, const struct json *document))
{
    struct json *made = NEW_N(run->arena, struct json, d->count);

    for (size_t i = 0; i < d->count && run_goes_on(run); i++)
        made[i] = change(run, s, &d->items[i]);
    d->items = made;
}

static void run_shape(struct run *run, const struct stage *s, struct documents *d)
{
    run_each(run, s, d, shaped);
}

static void run_add(struct run *run, const struct stage *s, struct documents *d)
{
    run_each(run, s, d, added);
}

static void run_drop(struct run *run, const struct stage *s, struct documents *d)
{
    run_each(run, s, d, without);
}

struct sortable {
    struct json keys[LIMIT_SORT_KEYS];
    struct json document;
    size_t index;
};

/* Stable: equal documents stay in their order. */
static int order_documents(const void *l, const void *r, void *stage)
{
    const struct sortable *a = l, *b = r;
    const struct stage *s = stage;

    for (size_t i = 0; i < s->sort_count; i++) {
        int order = value_order(&a->keys[i], &b->keys[i]);
        if (order != 0)
            return s->sort[i].down ? -order : order;
    }
    return a->index < b->index ? -1 : 1;
}

static void run_sort(struct run *run, const struct stage *s, struct documents *d)
{
    struct sortable *list = NEW_N(run->arena, struct sortable, d->count);
    struct json *sorted = NEW_N(run->arena, struct json, d->count);
    struct stage order = *s; /* qsort_r wants it writable */

    for (size_t i = 0; i < d->count && run_goes_on(run); i++) {
        list[i].index = i;
        list[i].document = d->items[i];
        for (size_t k = 0; k < s->sort_count; k++)
            list[i].keys[k] = value_at(run->arena, &d->items[i], s->sort[k].by.pieces, s->sort[k].by.count);
    }
    qsort_r(list, d->count, sizeof *list, order_documents, &order);
    for (size_t i = 0; i < d->count; i++)
        sorted[i] = list[i].document;
    d->items = sorted;
}

/* The document with one element in place of its list. index < 0: no list was there. */
static struct json unwound(struct run *run, const struct stage *s, const struct json *document, struct json element,
                           int64_t index)
{
    struct json *members = NEW_N(run->arena, struct json, document->count + 2u);
    bool has_index = !str_is_absent(s->index_name), found = false;
    size_t n = 0;

    for (uint32_t i = 0; i < document->count; i++) {
        const struct json *m = &document->items[i];
        if (has_index && str_equal(m->name, s->index_name))
            continue;
        found = found || str_equal(m->name, s->name);
        members[n++] = str_equal(m->name, s->name) ? json_named(s->name, element) : *m;
    }
    if (!found)
        members[n++] = json_named(s->name, element);
    if (has_index)
        members[n++] = json_named(s->index_name, index < 0 ? json_null : json_of_int(index));
    return json_of_map(members, n);
}

static size_t unwound_count(const struct stage *s, const struct json *document)
{
    const struct json *v = json_get(document, s->name);

    if (v && v->type == JSON_LIST && v->count > 0)
        return v->count;
    bool is_empty = !v || v->type == JSON_NULL || v->type == JSON_LIST;
    return is_empty ? s->keep_empty : 1;
}

static void run_unwind(struct run *run, const struct stage *s, struct documents *d)
{
    size_t total = 0, n = 0;

    for (size_t i = 0; i < d->count; i++)
        total += unwound_count(s, &d->items[i]);
    if (total > LIMIT_AGGREGATE_ROWS) {
        too_many(run);
        return;
    }
    struct json *made = NEW_N(run->arena, struct json, total);
    for (size_t i = 0; i < d->count && run_goes_on(run); i++) {
        const struct json *v = json_get(&d->items[i], s->name);
        if (v && v->type == JSON_LIST && v->count > 0) {
            for (uint32_t k = 0; k < v->count && run_goes_on(run); k++)
                made[n++] = unwound(run, s, &d->items[i], v->items[k], k);
        } else if (unwound_count(s, &d->items[i]) > 0) {
            made[n++] = unwound(run, s, &d->items[i], v && v->type != JSON_LIST ? *v : json_null, -1);
        }
    }
    *d = (struct documents){made, n};
}

static void run_pipeline(struct run *run, const struct pipeline *p, struct documents *d);

/* One level: read_stage refuses a facet in a facet. */
static void run_facet(struct run *run, const struct stage *s, struct documents *d)
{
    struct json *members = NEW_N(run->arena, struct json, s->facet_count), *one = NEW(run->arena, struct json);

    for (size_t i = 0; i < s->facet_count; i++) {
        struct documents inside = *d;
        run_pipeline(run, &s->facets[i], &inside);
        members[i] = json_named(s->facets[i].name, json_of_list(inside.items, inside.count));
    }
    *one = json_of_map(members, s->facet_count);
    *d = (struct documents){one, 1};
}

static void (*const stages[])(struct run *run, const struct stage *s, struct documents *d) = {
    [RUN_MATCH] = run_match, [RUN_SKIP] = run_skip, [RUN_LIMIT] = run_limit,   [RUN_SHAPE] = run_shape,
    [RUN_DROP] = run_drop,   [RUN_ADD] = run_add,   [RUN_SORT] = run_sort,     [RUN_GROUP] = group_run,
    [RUN_UNWIND] = run_unwind, [RUN_FACET] = run_facet, [RUN_SAMPLE] = run_sample,
};

static void weigh(struct run *run, const struct documents *d)
{
    size_t left = LIMIT_AGGREGATE_VALUES;

    for (size_t i = 0; i < d->count && left > 0 && run_goes_on(run); i++)
        left -= value_weight(&d->items[i], left);
    if (left == 0)
        run_fail(run, ERR_BAD_INPUT, "The pipeline makes too much; narrow it with an earlier $match, $limit or $project.");
}

/* Stages that put values together, and so may multiply what they hold. */
static bool makes_values(enum stage_kind kind)
{
    return kind == RUN_SHAPE || kind == RUN_ADD || kind == RUN_GROUP || kind == RUN_UNWIND || kind == RUN_FACET;
}

static void run_pipeline(struct run *run, const struct pipeline *p, struct documents *d)
{
    for (size_t i = 0; i < p->count && run->err == ERR_OK; i++) {
        run->looks = 0; /* look at least once per stage */
        stages[p->stages[i].kind](run, &p->stages[i], d);
        if (run_goes_on(run) && makes_values(p->stages[i].kind))
            weigh(run, d);
    }
}

enum err aggregate_run(const struct aggregate *g, struct arena *a, const struct json *items, size_t count,
                       struct json *out, struct problem *why)
{
    struct run run = {.arena = a, .why = why, .scratch = NEW_N(a, struct json, g->scratch)};
    struct documents d = {.items = NEW_N(a, struct json, count), .count = count};

    run.bytes_before = arena_bytes(a);
    run.deadline_us = time_mono_us() + LIMIT_STATEMENT_MS * INT64_C(1000);
    if (count > LIMIT_AGGREGATE_ROWS)
        too_many(&run);
    else if (count > 0)
        memcpy(d.items, items, count * sizeof *items);
    run_pipeline(&run, &g->main, &d);
    buf_free(&run.key);
    if (run.err != ERR_OK)
        return run.err;
    *out = json_of_list(d.items, d.count);
    return ERR_OK;
}

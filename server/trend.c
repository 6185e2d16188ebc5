#include "server/trend.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"

enum sort { RATE, QUANTILE, PEAK, MEAN, RATIO, SHARE };

static const struct {
    str name;
    enum sort sort;
    const char *help;
} series[TREND_COUNT] = {
#define X(id, sort_, word, help_) [TREND_##id] = {STR(word), sort_, help_},
    TREND_TABLE(X)
#undef X
};

enum { LEVELS = 4, SLOTS_5M = 300, SLOTS_1H = 360, SLOTS_24H = 1440, SLOTS_7D = 1008 };
static const struct {
    str name;
    int64_t step_s;
    size_t slots, first;              /* first: its first slot among all */
} levels[LEVELS] = {
    {STR("5m"), 1, SLOTS_5M, 0},
    {STR("1h"), 10, SLOTS_1H, SLOTS_5M},
    {STR("24h"), 60, SLOTS_24H, SLOTS_5M + SLOTS_1H},
    {STR("7d"), 600, SLOTS_7D, SLOTS_5M + SLOTS_1H + SLOTS_24H},
};
#define ALL_SLOTS (SLOTS_5M + SLOTS_1H + SLOTS_24H + SLOTS_7D)

/* What a level gathers until its step is over. */
struct gathering {
    struct trend_sample since;        /* counters as they were when it began */
    double since_s;                   /* … and when that was */
    double sum[TREND_COUNT], most[TREND_COUNT];
    unsigned count;
};

struct trend {
    pthread_mutex_t lock;
    int64_t last_s;                   /* of the last sample; -1: there was none */
    struct gathering gathering[LEVELS];
    int64_t newest[LEVELS];           /* number of the newest step that is kept; -1: none */
    float slots[TREND_COUNT][ALL_SLOTS];
};
static_assert(sizeof(struct trend) <= 256u << 10, "the past has its place");

size_t trend_bytes(void)
{
    return sizeof(struct trend);
}

struct trend *trend_open(void)
{
    struct trend *t = calloc(1, sizeof *t);
    must(t != NULL && pthread_mutex_init(&t->lock, NULL) == 0);
    t->last_s = -1;
    for (size_t l = 0; l < LEVELS; l++)
        t->newest[l] = -1;
    for (size_t i = 0; i < TREND_COUNT; i++)
        for (size_t k = 0; k < ALL_SLOTS; k++)
            t->slots[i][k] = NAN;
    return t;
}

void trend_close(struct trend *t)
{
    if (!t)
        return;
    (void)pthread_mutex_destroy(&t->lock);
    free(t);
}

/* ------ durations */

size_t trend_bucket(uint64_t us)
{
    if (us < 4)
        return (size_t)us;
    unsigned power = 63u - (unsigned)__builtin_clzll(us);
    size_t bucket = (size_t)(power - 1) * 4 + (us >> (power - 2) & 3);
    return bucket < TREND_BUCKETS ? bucket : TREND_BUCKETS - 1;
}

double trend_bucket_ms(size_t bucket)
{
    if (bucket < 4)
        return (double)(bucket + 1) / 1000;
    unsigned power = (unsigned)(bucket / 4 + 1);
    return (double)((bucket % 4 + 5) << (power - 2)) / 1000;
}

/* NaN: there were none. */
static double quantile(const struct trend_sample *from, const struct trend_sample *to, double part)
{
    uint64_t all = 0, below = 0;
    for (size_t i = 0; i < TREND_BUCKETS; i++)
        all += to->durations[i] - from->durations[i];
    for (size_t i = 0; all > 0 && i < TREND_BUCKETS; i++) {
        below += to->durations[i] - from->durations[i];
        if ((double)below >= part * (double)all)
            return trend_bucket_ms(i);
    }
    return NAN;
}

static double part_of(size_t i)
{
    return i == TREND_P50 ? 0.50 : i == TREND_P95 ? 0.95 : 0.99;
}

/* ------ adding */

static double value_of(const struct gathering *g, const struct trend_sample *now, double now_s, size_t i)
{
    double grown = now->values[i] - g->since.values[i], of = now->of[i] - g->since.of[i], seconds = now_s - g->since_s;
    switch (series[i].sort) {
    case RATE:
        return seconds > 0 ? grown / seconds : NAN;
    case QUANTILE:
        return quantile(&g->since, now, part_of(i));
    case PEAK:
        return g->count ? g->most[i] : NAN;
    case MEAN:
        return g->count ? g->sum[i] / g->count : NAN;
    case RATIO:
    case SHARE:
        break;
    }
    return of > 0 ? grown / of : NAN;
}

/* Steps that nobody added to are gaps, at most a whole round of them. */
static void keep(struct trend *t, size_t level, int64_t step, const struct trend_sample *now, int64_t mono_s)
{
    struct gathering *g = &t->gathering[level];
    size_t slots = levels[level].slots;
    int64_t gap = t->newest[level] < 0 ? step : t->newest[level] + 1;
    if (step - gap >= (int64_t)slots)
        gap = step - (int64_t)slots + 1;
    for (; gap < step; gap++)
        for (size_t i = 0; i < TREND_COUNT; i++)
            t->slots[i][levels[level].first + (size_t)gap % slots] = NAN;
    for (size_t i = 0; i < TREND_COUNT; i++)
        t->slots[i][levels[level].first + (size_t)step % slots] = (float)value_of(g, now, (double)mono_s, i);
    t->newest[level] = step;
}

static void begin(struct gathering *g, const struct trend_sample *now, int64_t mono_s)
{
    *g = (struct gathering){.since = *now, .since_s = (double)mono_s};
}

static void gather(struct gathering *g, const struct trend_sample *now)
{
    for (size_t i = 0; i < TREND_COUNT; i++) {
        g->sum[i] += now->values[i];
        g->most[i] = g->count == 0 || now->values[i] > g->most[i] ? now->values[i] : g->most[i];
    }
    g->count++;
}

/* A sample at second s ends what happened until then: it belongs to the step of the second before. One that comes late tells of
 * all that happened since the last one, over the time that it took. */
static void add_to(struct trend *t, size_t level, int64_t mono_s, const struct trend_sample *now)
{
    struct gathering *g = &t->gathering[level];
    int64_t step = (mono_s - 1) / levels[level].step_s;
    bool is_late = (int64_t)g->since_s / levels[level].step_s < step; /* the end of a step went by unseen */
    gather(g, now);
    if (mono_s % levels[level].step_s != 0 && !is_late)
        return;
    keep(t, level, mono_s % levels[level].step_s == 0 ? step : step - 1, now, mono_s);
    begin(g, now, mono_s);
}

void trend_add(struct trend *t, int64_t mono_s, const struct trend_sample *now)
{
    (void)pthread_mutex_lock(&t->lock);
    if (t->last_s < 0)
        for (size_t l = 0; l < LEVELS; l++)
            begin(&t->gathering[l], now, mono_s);
    else if (mono_s > t->last_s)
        for (size_t l = 0; l < LEVELS; l++)
            add_to(t, l, mono_s, now);
    if (mono_s > t->last_s)
        t->last_s = mono_s;
    (void)pthread_mutex_unlock(&t->lock);
}

/* ------ reading */

int trend_span(str name)
{
    for (int l = 0; l < LEVELS; l++)
        if (str_equal(levels[l].name, name))
            return l;
    return -1;
}

bool trend_series_named(str name, enum trend_series *out)
{
    for (size_t i = 0; i < TREND_COUNT; i++)
        if (str_equal(series[i].name, name)) {
            *out = (enum trend_series)i;
            return true;
        }
    return false;
}

static void write_series(const struct trend *t, size_t level, size_t i, struct json_writer *w)
{
    int64_t newest = t->newest[level], count = (int64_t)levels[level].slots;
    json_name(w, series[i].name);
    json_list_open(w);
    for (int64_t step = newest - count + 1; step <= newest; step++) {
        double v = step < 0 ? (double)NAN : (double)t->slots[i][levels[level].first + (size_t)(step % count)];
        char text[32];
        int n = isfinite(v) ? snprintf(text, sizeof text, "%.7g", v) : snprintf(text, sizeof text, "null");
        json_ready(w, (str){text, (size_t)n});
    }
    json_list_close(w);
}

void trend_write(struct trend *t, int span, int64_t mono_s, int64_t wall_ms, const enum trend_series *wanted, size_t count,
                 struct json_writer *w)
{
    size_t level = (size_t)span;
    must(span >= 0 && level < LEVELS);
    (void)pthread_mutex_lock(&t->lock);
    int64_t end_s = (t->newest[level] + 1) * levels[level].step_s;
    json_name(w, S("span"));
    json_text(w, levels[level].name);
    json_name(w, S("step"));
    json_int(w, levels[level].step_s);
    json_name(w, S("at"));
    json_int(w, wall_ms / 1000 - (mono_s - end_s));
    json_name(w, S("values"));
    json_map_open(w);
    for (size_t k = 0; k < (count ? count : TREND_COUNT); k++)
        write_series(t, level, count ? (size_t)wanted[k] : k, w);
    json_map_close(w);
    (void)pthread_mutex_unlock(&t->lock);
}

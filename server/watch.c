#include "server/watch.h"

#include <stdlib.h>

#include "base/time.h"
#include "content/content_figures.h"
#include "roles/feed/feed.h"
#include "roles/figures/figures.h"
#include "server/process.h"
#include "server/ticker.h"

struct watch {
    struct watched of;
    struct ticker *ticker;
};

static double slowest_feed(struct gate *g)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct feed_place *places = NULL;
    size_t count = 0;
    uint64_t most = 0;
    if (gate_feed_places(g, a, &places, &count, &why) == ERR_OK)
        for (size_t i = 0; i < count; i++)
            most = places[i].lag > most ? places[i].lag : most;
    arena_close(a);
    return (double)most;
}

static void take_requests(const struct watch *w, struct trend_sample *s, const struct content_figures *content, const struct feed_figures *feeds)
{
    struct metrics_totals t;
    struct slow_figures slow;
    metrics_total(w->of.metrics, &t);
    slow_count(w->of.slow, &slow);
    s->values[TREND_REQUESTS] = (double)t.requests;
    s->values[TREND_FAILED_4XX] = (double)t.failed_4xx;
    s->values[TREND_FAILED_5XX] = (double)t.failed_5xx;
    s->values[TREND_IN_FLIGHT] = (double)(t.running > 0 ? t.running : 0);
    s->values[TREND_BYTES_OUT] = (double)t.bytes_out;
    s->values[TREND_REFUSED] = (double)(t.refused + content->refused + feeds->refused);
    s->values[TREND_SLOW] = (double)(slow.noted + slow.passed_over);
    memcpy(s->durations, t.durations, sizeof s->durations);
}

static void take_content(struct trend_sample *s, const struct content_figures *content)
{
    s->values[TREND_WRITES] = s->values[TREND_BATCH] = (double)content->jobs;
    s->of[TREND_BATCH] = (double)content->commits;
    s->values[TREND_WRITER_QUEUE] = (double)content->queue_length;
    s->values[TREND_WAL] = (double)content->engine.wal_bytes;
    s->values[TREND_DATABASE] = (double)content->engine.database_bytes;
}

static void beat(void *self, bool is_last)
{
    const struct watch *w = self;
    struct trend_sample s = {{0}, {0}, {0}};
    struct content_figures content;
    struct feed_figures feeds;
    struct gate_inside inside;
    slow_tick(w->of.slow);
    if (is_last)
        return;
    gate_figures(w->of.gate, &content);
    gate_feed_figures(w->of.gate, &feeds);
    gate_inside(w->of.gate, &inside);
    take_requests(w, &s, &content, &feeds);
    take_content(&s, &content);
    s.values[TREND_FEED_LAG] = slowest_feed(w->of.gate);
    s.values[TREND_STREAMS] = (double)feeds.streams;
    s.values[TREND_MEMORY] = process_memory_bytes();
    s.values[TREND_CPU] = process_cpu_seconds();
    s.values[TREND_CACHE] = (double)inside.identities_found;
    s.of[TREND_CACHE] = (double)(inside.identities_found + inside.identities_missed);
    trend_add(w->of.trend, time_mono_us() / 1000000, &s);
}

enum err watch_start(const struct watched *what, struct watch **out, struct problem *why)
{
    struct watch *w = calloc(1, sizeof *w);
    must(w != NULL);
    w->of = *what;
    if (ticker_start(beat, w, &w->ticker, why) != ERR_OK) {
        free(w);
        return why->err;
    }
    *out = w;
    return ERR_OK;
}

void watch_stop(struct watch *w)
{
    if (!w)
        return;
    ticker_stop(w->ticker);
    free(w);
}

#include "server/figures.h"

#include <stddef.h>

#include "base/log.h"
#include "content/content_figures.h"
#include "roles/figures/figures.h"
#include "server/app.h"

/* A number of the gate's, by its place in what the gate tells. */
struct inside_figure {
    struct gate *gate;
    size_t offset;
};

static double number_at(const void *told, size_t offset)
{
    return (double)*(const uint64_t *)(const void *)((const char *)told + offset);
}

static double read_inside(void *arg)
{
    struct gate_inside now;
    const struct inside_figure *f = arg;
    gate_inside(f->gate, &now);
    return number_at(&now, f->offset);
}

static double read_content(void *arg)
{
    struct content_figures now;
    const struct inside_figure *f = arg;
    gate_figures(f->gate, &now);
    return number_at(&now, f->offset);
}

static double read_only(void *arg)
{
    struct content_figures now;
    const struct inside_figure *f = arg;
    gate_figures(f->gate, &now);
    return now.read_only;
}

#define IN(member) read_inside, offsetof(struct gate_inside, member)
#define OF(member) read_content, offsetof(struct content_figures, member)
#define HITS       "vitrine_cache_hits_total"
#define HITS_HELP  "What was asked of a memory and was there"
#define MISSES     "vitrine_cache_misses_total"
#define MISS_HELP  "What was not"
/* clang-format off */
static const struct {
    enum metric_kind kind;
    const char *name, *help;
    double (*read)(void *arg);
    size_t offset;
} inside[] = {
    {METRIC_COUNTER, HITS "{cache=\"identities\"}", HITS_HELP, IN(identities_found)},
    {METRIC_COUNTER, HITS "{cache=\"linked_items\"}", HITS_HELP, OF(fragments_found)},
    {METRIC_COUNTER, HITS "{cache=\"manifests\"}", HITS_HELP, IN(manifests_found)},
    {METRIC_COUNTER, HITS "{cache=\"pictures\"}", HITS_HELP, IN(pictures_found)},
    {METRIC_COUNTER, MISSES "{cache=\"identities\"}", MISS_HELP, IN(identities_missed)},
    {METRIC_COUNTER, MISSES "{cache=\"linked_items\"}", MISS_HELP, OF(fragments_missed)},
    {METRIC_COUNTER, MISSES "{cache=\"manifests\"}", MISS_HELP, IN(manifests_missed)},
    {METRIC_COUNTER, MISSES "{cache=\"pictures\"}", MISS_HELP, IN(pictures_missed)},
    {METRIC_GAUGE, "vitrine_errands_waiting", "Mails and the like that wait to be sent, the one at work included", IN(errands)},
    {METRIC_GAUGE, "vitrine_passwords_waiting", "Requests that wait for a password to be hashed", IN(passwords)},
    {METRIC_COUNTER, "vitrine_passwords_hashed_total", "Passwords that were hashed, checks included", IN(password_hashes)},
    {METRIC_COUNTER, "vitrine_writer_refused_total", "Changes refused because too many waited", OF(refused)},
    {METRIC_GAUGE, "vitrine_database_bytes", "Size of the database without its log", OF(engine.database_bytes)},
    {METRIC_COUNTER, "vitrine_wal_checkpoints_total", "Times that the log was written back", OF(engine.checkpoints)},
    {METRIC_GAUGE, "vitrine_readers", "Connections for reading that are open", OF(engine.readers)},
    {METRIC_GAUGE, "vitrine_readers_busy", "Those of them at work", OF(engine.readers_busy)},
    {METRIC_COUNTER, "vitrine_readers_waited_total", "Readings that waited for one to be free", OF(engine.readers_waited)},
    {METRIC_GAUGE, "vitrine_read_only", "1: no writes are taken; the storage misbehaved or it was asked for", read_only, 0},
};
/* clang-format on */

static void spread_of(const struct content_spread *from, double unit, struct metrics_spread *out)
{
    out->bound_count = from->bound_count;
    out->sum = (double)from->sum / unit;
    for (size_t i = 0; i < from->bound_count; i++)
        out->bounds[i] = from->bounds[i] / unit;
    for (size_t i = 0; i <= from->bound_count; i++)
        out->counts[i] = from->counts[i];
}

static void read_batches(void *gate, struct metrics_spread *out)
{
    struct content_figures now;
    gate_figures(gate, &now);
    spread_of(&now.batches, 1, out);
}

static void read_commits(void *gate, struct metrics_spread *out)
{
    struct content_figures now;
    gate_figures(gate, &now);
    spread_of(&now.commit_us, 1e6, out);
}

static double dropped_lines(void *arg)
{
    (void)arg;
    return (double)log_dropped();
}

static double one(void *arg)
{
    (void)arg;
    return 1;
}

void figures_register_inside(struct metrics *m, struct arena *a, struct gate *gate)
{
    struct inside_figure *own = NEW_N(a, struct inside_figure, COUNTOF(inside));
    str build = arena_format(a, "vitrine_build_info{version=\"%s\",sqlite=\"%s\"}", vitrine_version, app_engine());
    metrics_register(m, METRIC_GAUGE, arena_cstr(a, build), "1; what runs here stands in the labels", one, NULL);
    for (size_t i = 0; i < COUNTOF(inside); i++) {
        own[i] = (struct inside_figure){gate, inside[i].offset};
        metrics_register(m, inside[i].kind, inside[i].name, inside[i].help, inside[i].read, &own[i]);
    }
    metrics_register_spread(m, "vitrine_writer_batch_changes", "Changes that shared a commit", read_batches, gate);
    metrics_register_spread(m, "vitrine_writer_commit_seconds", "How long commits took, their sync included", read_commits, gate);
    metrics_register(m, METRIC_COUNTER, "vitrine_log_dropped_total", "Lines that the log had no room for", dropped_lines, NULL);
}

static double connections_waiting(void *arg)
{
    _Atomic(struct civet *) *civet = arg;
    struct civet *c = *civet;
    return c ? civet_waiting(c) : 0;
}

static double threads(void *arg)
{
    _Atomic(struct civet *) *civet = arg;
    struct civet *c = *civet;
    return c ? civet_threads(c) : 0;
}

void figures_register_sockets(struct metrics *m, _Atomic(struct civet *) *civet)
{
    metrics_register(m, METRIC_GAUGE, "vitrine_http_threads", "Requests and connections that can be served at a time", threads, civet);
    metrics_register(m, METRIC_GAUGE, "vitrine_http_connections_waiting", "Connections that wait for a thread", connections_waiting, civet);
}

/* ------ slow requests and traces */

static double slow_noted(void *slow)
{
    struct slow_figures f;
    slow_count(slow, &f);
    return (double)(f.noted + f.passed_over);
}

static double slow_passed_over(void *slow)
{
    struct slow_figures f;
    slow_count(slow, &f);
    return (double)f.passed_over;
}

static double traces_sent(void *tracing)
{
    struct tracing_figures f;
    tracing_count(tracing, &f);
    return (double)f.sent;
}

static double traces_dropped(void *tracing)
{
    struct tracing_figures f;
    tracing_count(tracing, &f);
    return (double)f.dropped;
}

static double trace_failures(void *tracing)
{
    struct tracing_figures f;
    tracing_count(tracing, &f);
    return (double)f.failures;
}

static double traces_waiting(void *tracing)
{
    struct tracing_figures f;
    tracing_count(tracing, &f);
    return (double)f.waiting;
}

void figures_register_reports(struct metrics *m, struct slow *slow, struct tracing *tracing)
{
    metrics_register(m, METRIC_COUNTER, "vitrine_slow_requests_total", "Requests that took longer than log.slow_ms", slow_noted, slow);
    metrics_register(m, METRIC_COUNTER, "vitrine_slow_requests_untold_total", "Those of them that the log was spared", slow_passed_over, slow);
    metrics_register(m, METRIC_COUNTER, "vitrine_trace_spans_sent_total", "Spans that a collector took", traces_sent, tracing);
    metrics_register(m, METRIC_COUNTER, "vitrine_trace_spans_dropped_total", "Spans that were given up", traces_dropped, tracing);
    metrics_register(m, METRIC_COUNTER, "vitrine_trace_failures_total", "Calls that the collector did not take", trace_failures, tracing);
    metrics_register(m, METRIC_GAUGE, "vitrine_traces_waiting", "Requests whose spans wait to be sent", traces_waiting, tracing);
}

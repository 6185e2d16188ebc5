/* How the server is doing: /metrics for a monitoring system, /api/system/metrics and /api/system/slow for a dashboard. */
#include "base/limits.h"
#include "base/time.h"
#include "roles/feed/feed.h"
#include "roles/figures/figures.h"
#include "roles/pki/pki.h"
#include "server/serve.h"
#include "server/webhook_metrics.h"

/* ------ /metrics */

struct family_writer {
    struct buf *out;
    const char *last;                 /* a family is announced once */
};

static void announce(struct family_writer *w, const char *name, const char *help)
{
    if (!w->last || strcmp(w->last, name) != 0)
        metrics_head(w->out, name, "gauge", help);
    w->last = name;
}

static void write_pki(void *self, const char *name, const char *help, int64_t authority, int64_t value)
{
    struct family_writer *w = self;
    announce(w, name, help);
    if (authority)
        buf_format(w->out, "%s{ca_id=\"%lld\"} %lld\n", name, (long long)authority, (long long)value);
    else
        buf_format(w->out, "%s %lld\n", name, (long long)value);
}

static void write_count(void *self, const char *name, const char *help, const char *label, uint64_t value)
{
    struct family_writer *w = self;
    announce(w, name, help);
    buf_format(w->out, "%s%s%s%s %llu\n", name, label ? "{" : "", label ? label : "", label ? "}" : "", (unsigned long long)value);
}

/* Names of consumers are the server's own, so that nobody can make labels. */
static enum err write_lags(struct gate *g, struct arena *a, struct buf *out, struct problem *why)
{
    struct feed_place *places = NULL;
    size_t count = 0;
    TRY(gate_feed_places(g, a, &places, &count, why));
    metrics_head(out, "vitrine_feed_lag_entries", "gauge", "Journal entries that a consumer has not done.");
    for (size_t i = 0; i < count; i++)
        buf_format(out, "vitrine_feed_lag_entries{feed=\"" STR_FMT "\"} %llu\n", STR_ARG(places[i].name), (unsigned long long)places[i].lag);
    return ERR_OK;
}

static enum err write_gate(struct gate *g, struct arena *a, struct buf *out, struct problem *why)
{
    struct family_writer families = {.out = out};
    TRY(write_lags(g, a, out, why));
    webhook_metrics_write(out, g);
    TRY(gate_counts(g, a, write_count, &families, why));
    return gate_pki_figures(g, a, write_pki, &families, why);
}

static enum err metrics(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct serving *s = app;
    struct buf out;
    str text;
    (void)p;
    /* how much of everything there is tells of everybody. */
    if (!s->config->metrics_public && x->who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Metrics are given to callers with a credential.");
    if (!s->config->metrics_public && s->gate)
        TRY(gate_may_watch(s->gate, x->who, why));
    buf_init(&out, x->arena, LIMIT_RESPONSE_BYTES);
    metrics_write(s->metrics, &out);
    if (s->gate)
        TRY(write_gate(s->gate, x->arena, &out, why));
    TRY(buf_done(&out, &text));
    exchange_send_text(x, 200, S("text/plain; version=0.0.4; charset=utf-8"), text);
    return ERR_OK;
}

/* ------ graphs and slow requests */

static enum err read_series(struct arena *a, str text, enum trend_series **out, size_t *count, struct problem *why)
{
    str one;
    bool ended = false;
    *out = NEW_N(a, enum trend_series, TREND_COUNT);
    *count = 0;
    while (!str_is_absent(text) && str_next(&text, &ended, ',', &one)) {
        enum trend_series which = TREND_REQUESTS;
        if (*count == TREND_COUNT || !trend_series_named(str_trim(one), &which))
            return problem_fault(why, ERR_BAD_INPUT, S("series"), S("unknown-series"), "There is no series \"" STR_FMT "\"", STR_ARG(one));
        (*out)[(*count)++] = which;
    }
    return ERR_OK;
}

static enum err read_wish(struct exchange *x, int *span, enum trend_series **series, size_t *count, struct problem *why)
{
    struct query_string q;
    TRY(query_string_read(x->arena, x->query, &q, why));
    for (size_t i = 0; i < q.count; i++)
        if (!str_equal(q.pairs[i].name, S("span")) && !str_equal(q.pairs[i].name, S("series")) && !str_equal(q.pairs[i].name, S("api_key")))
            return problem_fault(why, ERR_BAD_INPUT, q.pairs[i].name, S("unknown-parameter"), "\"" STR_FMT "\" is not a parameter here",
                                 STR_ARG(q.pairs[i].name));
    str name = query_string_get(&q, S("span"));
    *span = trend_span(str_is_absent(name) ? S("5m") : name);
    if (*span < 0)
        return problem_fault(why, ERR_BAD_INPUT, S("span"), S("range"), "span is 5m, 1h, 24h or 7d");
    return read_series(x->arena, query_string_get(&q, S("series")), series, count, why);
}

static enum err send(struct exchange *x, struct buf *out)
{
    str text;
    TRY(buf_done(out, &text));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, text);
    return ERR_OK;
}

static enum err graphs(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct serving *s = app;
    struct json_writer w;
    enum trend_series *series = NULL;
    size_t count = 0;
    int span = 0;
    (void)p;
    TRY(gate_may_watch(s->gate, x->who, why));
    TRY(read_wish(x, &span, &series, &count, why));
    struct buf *out = exchange_body_buf(x);
    json_begin(&w, out);
    json_map_open(&w);
    trend_write(s->trend, span, time_mono_us() / 1000000, time_now_ms(), series, count, &w);
    json_map_close(&w);
    json_end(&w);
    return send(x, out);
}

static enum err slow_requests(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct serving *s = app;
    struct slow_figures figures;
    struct json_writer w;
    (void)p;
    TRY(gate_may_watch(s->gate, x->who, why));
    slow_count(s->slow, &figures);
    struct buf *out = exchange_body_buf(x);
    json_begin(&w, out);
    json_map_open(&w);
    json_name(&w, S("over_ms"));
    json_int(&w, slow_us(s->slow) / 1000);
    json_name(&w, S("noted"));
    json_uint(&w, figures.noted);
    json_name(&w, S("passed_over"));
    json_uint(&w, figures.passed_over);
    json_name(&w, S("requests"));
    slow_write(s->slow, &w);
    json_map_close(&w);
    json_end(&w);
    return send(x, out);
}

/* clang-format off */
const struct route operation_routes[] = {
    {M_GET, "/metrics", metrics, 0, 0, "Numbers of this process, as Prometheus text"},
    {M_GET, "/api/system/metrics", graphs, 0, 0, "The recent past of some of them, for graphs"},
    {M_GET, "/api/system/slow", slow_requests, 0, 0, "Requests that took long, with their statements' plans"},
};
/* clang-format on */
const size_t operation_route_count = COUNTOF(operation_routes);

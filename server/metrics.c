#include "server/metrics.h"

#include "server/process.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHARDS = 8, REGISTERED_MAX = 200, REFUSED_MAX = 600 };

/* Upper bounds in microseconds; the last bucket has none. */
static const int64_t bounds_us[] = {500,   1000,   2500,   5000,    10000,   25000,
                                    50000, 100000, 250000, 1000000, 5000000, 30000000};
enum { BUCKETS = COUNTOF(bounds_us) + 1, CLASSES = 5 };

/* Notary's, beside ours: by method and status alone, in its bounds (notary.md 9). */
static const int64_t code_bounds_us[] = {100000, 150000, 225000, 337500, 506250};
enum { CODE_BUCKETS = COUNTOF(code_bounds_us) + 1, CODES = 500 }; /* 100 .. 599 */

struct code_counts {
    atomic_uint_fast64_t buckets[CODE_BUCKETS];
    atomic_uint_fast64_t us;
};

struct route_counts {
    atomic_uint_fast64_t classes[CLASSES];
    atomic_uint_fast64_t buckets[BUCKETS];
    atomic_uint_fast64_t us;
};

struct shard {
    _Alignas(64) atomic_int_fast64_t running;
    atomic_uint_fast64_t bytes_in, bytes_out;
    struct route_counts *routes; /* the last one: no route matched */
    struct code_counts *codes;   /* CODES for each method; memory that nobody writes to costs nothing */
    atomic_uint_fast64_t durations[TREND_BUCKETS];
};

struct registered {
    enum metric_kind kind;
    const char *name, *help;
    double (*read)(void *arg);
    void (*read_spread)(void *arg, struct metrics_spread *out); /* instead */
    void *arg;
};

struct metrics {
    struct shard shards[SHARDS];
    const struct route_set *sets;
    size_t set_count;
    size_t route_count;
    atomic_uint_fast64_t refused[REFUSED_MAX];
    struct registered registered[REGISTERED_MAX];
    size_t registered_count;
};

/* A thread counts in the same shard for life. */
static struct shard *own_shard(struct metrics *m)
{
    static atomic_uint threads;
    static _Thread_local unsigned own = UINT32_MAX;
    if (own == UINT32_MAX)
        own = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % SHARDS;
    return &m->shards[own];
}

static void add(atomic_uint_fast64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

struct metrics *metrics_open(const struct route_set *sets, size_t count)
{
    struct metrics *m = aligned_alloc(64, (sizeof *m + 63) / 64 * 64);
    must(m != NULL);
    memset(m, 0, sizeof *m);
    m->sets = sets;
    m->set_count = count;
    for (size_t i = 0; i < count; i++)
        m->route_count += sets[i].count;
    for (size_t i = 0; i < SHARDS; i++) {
        m->shards[i].routes = calloc(m->route_count + 1, sizeof(struct route_counts));
        m->shards[i].codes = calloc((size_t)METHOD_COUNT * CODES, sizeof(struct code_counts));
        must(m->shards[i].routes != NULL && m->shards[i].codes != NULL);
    }
    return m;
}

void metrics_close(struct metrics *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < SHARDS; i++) {
        free(m->shards[i].routes);
        free(m->shards[i].codes);
    }
    free(m);
}

/* Routes lie in a handful of tables: which table holds it says its number. */
static size_t index_of(const struct metrics *m, const struct route *route)
{
    size_t before = 0;
    for (size_t i = 0; route != NULL && i < m->set_count; i++) {
        const struct route_set *s = &m->sets[i];
        if (route >= s->routes && route < s->routes + s->count)
            return before + (size_t)(route - s->routes);
        before += s->count;
    }
    return m->route_count;
}

void metrics_begin(struct metrics *m)
{
    atomic_fetch_add_explicit(&own_shard(m)->running, 1, memory_order_relaxed);
}

static void count_code(struct shard *s, enum method method, int status, int64_t us)
{
    size_t bucket = 0;
    if (status < 100 || status >= 100 + CODES)
        return;
    struct code_counts *c = &s->codes[(size_t)method * CODES + (size_t)status - 100];
    while (bucket < COUNTOF(code_bounds_us) && us > code_bounds_us[bucket])
        bucket++;
    add(&c->buckets[bucket], 1);
    add(&c->us, (uint64_t)us);
}

void metrics_end(struct metrics *m, const struct metrics_request *r)
{
    struct shard *s = own_shard(m);
    struct route_counts *counts = &s->routes[index_of(m, r->route)];
    size_t bucket = 0;
    while (bucket < COUNTOF(bounds_us) && r->us > bounds_us[bucket])
        bucket++;
    int class = r->status / 100 - 1;
    add(&counts->classes[class >= 0 && class < CLASSES ? class : CLASSES - 1], 1);
    add(&counts->buckets[bucket], 1);
    add(&counts->us, (uint64_t)r->us);
    add(&s->durations[trend_bucket(r->own_us > 0 ? (uint64_t)r->own_us : 0)], 1);
    count_code(s, r->method, r->status, r->us);
    add(&s->bytes_in, r->bytes_in);
    add(&s->bytes_out, r->bytes_out);
    atomic_fetch_sub_explicit(&s->running, 1, memory_order_relaxed);
}

void metrics_refused(struct metrics *m, int status)
{
    must(status >= 0 && status < REFUSED_MAX);
    add(&m->refused[status], 1);
}

void metrics_register(struct metrics *m, enum metric_kind kind, const char *name, const char *help,
                      double (*read)(void *arg), void *arg)
{
    must(m->registered_count < REGISTERED_MAX && strncmp(name, "vitrine_", 8) == 0);
    m->registered[m->registered_count++] = (struct registered){kind, name, help, read, NULL, arg};
}

void metrics_register_spread(struct metrics *m, const char *name, const char *help, void (*read)(void *arg, struct metrics_spread *out),
                             void *arg)
{
    must(m->registered_count < REGISTERED_MAX && strncmp(name, "vitrine_", 8) == 0);
    m->registered[m->registered_count++] = (struct registered){METRIC_GAUGE, name, help, NULL, read, arg};
}

/* ------ writing */

/* The family is the name without its labels. */
void metrics_head(struct buf *out, const char *name, const char *type, const char *help)
{
    int n = (int)strcspn(name, "{");
    buf_format(out, "# HELP %.*s %s\n# TYPE %.*s %s\n", n, name, help, n, name, type);
}

static uint64_t sum_class(const struct metrics *m, size_t route, size_t class)
{
    uint64_t n = 0;
    for (size_t i = 0; i < SHARDS; i++)
        n += atomic_load_explicit(&m->shards[i].routes[route].classes[class], memory_order_relaxed);
    return n;
}

static uint64_t sum_bucket(const struct metrics *m, size_t route, size_t bucket)
{
    uint64_t n = 0;
    for (size_t i = 0; i < SHARDS; i++)
        n +=
            atomic_load_explicit(&m->shards[i].routes[route].buckets[bucket], memory_order_relaxed);
    return n;
}

static uint64_t sum_us(const struct metrics *m, size_t route)
{
    uint64_t n = 0;
    for (size_t i = 0; i < SHARDS; i++)
        n += atomic_load_explicit(&m->shards[i].routes[route].us, memory_order_relaxed);
    return n;
}

/* Method and pattern of a route by its number; of what matched none: "" and "". */
static str labels_of(const struct metrics *m, size_t route, char *into, size_t room)
{
    int n = snprintf(into, room, "route=\"\",method=\"\"");
    for (size_t i = 0; i < m->set_count; i++) {
        if (route < m->sets[i].count) {
            const struct route *r = &m->sets[i].routes[route];
            str method = method_name(r->method);
            n = snprintf(into, room, "route=\"%s\",method=\"" STR_FMT "\"", r->pattern,
                         STR_ARG(method));
            break;
        }
        route -= m->sets[i].count;
    }
    must(n > 0 && (size_t)n < room);
    return (str){into, (size_t)n};
}

static void write_requests(const struct metrics *m, struct buf *out)
{
    char labels[512];
    metrics_head(out, "vitrine_http_requests_total", "counter", "Requests that were answered.");
    for (size_t r = 0; r <= m->route_count; r++) {
        str l = labels_of(m, r, labels, sizeof labels);
        for (size_t c = 0; c < CLASSES; c++) {
            uint64_t n = sum_class(m, r, c);
            if (n > 0)
                buf_format(out, "vitrine_http_requests_total{" STR_FMT ",status=\"%zuxx\"} %llu\n",
                           STR_ARG(l), c + 1, (unsigned long long)n);
        }
    }
}

static void write_durations(const struct metrics *m, struct buf *out)
{
    static const char name[] = "vitrine_http_request_duration_seconds";
    char labels[512];
    metrics_head(out, name, "histogram",
         "From the last byte of a request's head to the last of its answer.");
    for (size_t r = 0; r <= m->route_count; r++) {
        uint64_t buckets[BUCKETS], all = 0;
        for (size_t b = 0; b < BUCKETS; b++)
            all = buckets[b] = all + sum_bucket(m, r, b);
        if (all == 0)
            continue;
        str l = labels_of(m, r, labels, sizeof labels);
        for (size_t b = 0; b < COUNTOF(bounds_us); b++)
            buf_format(out, "%s_bucket{" STR_FMT ",le=\"%g\"} %llu\n", name, STR_ARG(l),
                       (double)bounds_us[b] / 1e6, (unsigned long long)buckets[b]);
        buf_format(out, "%s_bucket{" STR_FMT ",le=\"+Inf\"} %llu\n", name, STR_ARG(l),
                   (unsigned long long)all);
        buf_format(out, "%s_sum{" STR_FMT "} %.6f\n", name, STR_ARG(l), (double)sum_us(m, r) / 1e6);
        buf_format(out, "%s_count{" STR_FMT "} %llu\n", name, STR_ARG(l), (unsigned long long)all);
    }
}

struct code_sums {
    uint64_t buckets[CODE_BUCKETS], all, us; /* each bucket with those below it */
};

static void sum_code(const struct metrics *m, size_t at, struct code_sums *out)
{
    *out = (struct code_sums){0};
    for (size_t b = 0; b < CODE_BUCKETS; b++) {
        for (size_t i = 0; i < SHARDS; i++)
            out->all += atomic_load_explicit(&m->shards[i].codes[at].buckets[b], memory_order_relaxed);
        out->buckets[b] = out->all;
    }
    for (size_t i = 0; i < SHARDS; i++)
        out->us += atomic_load_explicit(&m->shards[i].codes[at].us, memory_order_relaxed);
}

static str code_labels(size_t at, char *into, size_t room)
{
    str method = method_name((enum method)(at / CODES));
    int n = snprintf(into, room, "method=\"" STR_FMT "\",code=\"%zu\"", STR_ARG(method), at % CODES + 100);
    must(n > 0 && (size_t)n < room);
    for (size_t i = sizeof "method=\"" - 1; into[i] != '"'; i++)
        into[i] = (char)(into[i] | 0x20);
    return (str){into, (size_t)n};
}

/* Names, labels and bounds are Notary's, so that its panels show this server as well. */
static void write_codes(const struct metrics *m, struct buf *out)
{
    static const char total[] = "http_requests_total", seconds[] = "http_request_duration_seconds";
    struct code_sums sums;
    char labels[64];
    metrics_head(out, total, "counter", "Requests that were answered, by method and status.");
    for (size_t at = 0; at < (size_t)METHOD_COUNT * CODES; at++) {
        sum_code(m, at, &sums);
        if (sums.all)
            buf_format(out, "%s{" STR_FMT "} %llu\n", total, STR_ARG(code_labels(at, labels, sizeof labels)), (unsigned long long)sums.all);
    }
    metrics_head(out, seconds, "histogram", "How long they took.");
    for (size_t at = 0; at < (size_t)METHOD_COUNT * CODES; at++) {
        sum_code(m, at, &sums);
        if (sums.all == 0)
            continue;
        str l = code_labels(at, labels, sizeof labels);
        for (size_t b = 0; b < COUNTOF(code_bounds_us); b++)
            buf_format(out, "%s_bucket{" STR_FMT ",le=\"%g\"} %llu\n", seconds, STR_ARG(l), (double)code_bounds_us[b] / 1e6, (unsigned long long)sums.buckets[b]);
        buf_format(out, "%s_bucket{" STR_FMT ",le=\"+Inf\"} %llu\n", seconds, STR_ARG(l), (unsigned long long)sums.all);
        buf_format(out, "%s_sum{" STR_FMT "} %.6f\n", seconds, STR_ARG(l), (double)sums.us / 1e6);
        buf_format(out, "%s_count{" STR_FMT "} %llu\n", seconds, STR_ARG(l), (unsigned long long)sums.all);
    }
}

static void write_totals(const struct metrics *m, struct buf *out)
{
    int64_t running = 0;
    uint64_t in = 0, sent = 0;
    for (size_t i = 0; i < SHARDS; i++) {
        running += atomic_load_explicit(&m->shards[i].running, memory_order_relaxed);
        in += atomic_load_explicit(&m->shards[i].bytes_in, memory_order_relaxed);
        sent += atomic_load_explicit(&m->shards[i].bytes_out, memory_order_relaxed);
    }
    metrics_head(out, "vitrine_http_requests_in_flight", "gauge", "Requests that are being served now.");
    buf_format(out, "vitrine_http_requests_in_flight %lld\n",
               (long long)(running < 0 ? 0 : running));
    metrics_head(out, "vitrine_http_request_bytes_total", "counter",
         "Bytes of request bodies that were announced.");
    buf_format(out, "vitrine_http_request_bytes_total %llu\n", (unsigned long long)in);
    metrics_head(out, "vitrine_http_response_bytes_total", "counter",
         "Bytes of answers' bodies that were sent.");
    buf_format(out, "vitrine_http_response_bytes_total %llu\n", (unsigned long long)sent);
    metrics_head(out, "vitrine_http_refused_total", "counter",
         "Connections ended because of a head that is not in order.");
    for (size_t i = 0; i < REFUSED_MAX; i++) {
        uint64_t n = atomic_load_explicit(&m->refused[i], memory_order_relaxed);
        if (n > 0)
            buf_format(out, "vitrine_http_refused_total{status=\"%zu\"} %llu\n", i,
                       (unsigned long long)n);
    }
}

static bool is_of_family(const char *name, const char *other)
{
    size_t n = strcspn(name, "{");
    return strncmp(name, other, n) == 0 && (other[n] == '{' || other[n] == '\0');
}

static void write_spread(const struct registered *r, struct buf *out)
{
    struct metrics_spread s = {.bound_count = 0};
    uint64_t all = 0;
    r->read_spread(r->arg, &s);
    must(s.bound_count <= METRICS_SPREAD_MAX);
    metrics_head(out, r->name, "histogram", r->help);
    for (size_t i = 0; i < s.bound_count; i++) {
        all += s.counts[i];
        buf_format(out, "%s_bucket{le=\"%g\"} %llu\n", r->name, s.bounds[i], (unsigned long long)all);
    }
    all += s.counts[s.bound_count];
    buf_format(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.17g\n%s_count %llu\n", r->name, (unsigned long long)all, r->name, s.sum, r->name,
               (unsigned long long)all);
}

static void write_registered(const struct metrics *m, struct buf *out)
{
    for (size_t i = 0; i < m->registered_count; i++) {
        const struct registered *r = &m->registered[i];
        if (r->read_spread) {
            write_spread(r, out);
            continue;
        }
        if (i == 0 || !is_of_family(r->name, m->registered[i - 1].name))
            metrics_head(out, r->name, r->kind == METRIC_COUNTER ? "counter" : "gauge", r->help);
        buf_format(out, "%s %.17g\n", r->name, r->read(r->arg));
    }
}

void metrics_total(const struct metrics *m, struct metrics_totals *out)
{
    *out = (struct metrics_totals){0};
    for (size_t i = 0; i < SHARDS; i++) {
        const struct shard *s = &m->shards[i];
        out->running += atomic_load_explicit(&s->running, memory_order_relaxed);
        out->bytes_out += atomic_load_explicit(&s->bytes_out, memory_order_relaxed);
        for (size_t b = 0; b < TREND_BUCKETS; b++)
            out->durations[b] += atomic_load_explicit(&s->durations[b], memory_order_relaxed);
    }
    for (size_t r = 0; r <= m->route_count; r++) {
        out->failed_4xx += sum_class(m, r, 3);
        out->failed_5xx += sum_class(m, r, 4);
    }
    for (size_t b = 0; b < TREND_BUCKETS; b++)
        out->requests += out->durations[b];
    for (size_t i = 0; i < REFUSED_MAX; i++)
        out->refused += atomic_load_explicit(&m->refused[i], memory_order_relaxed);
}

void metrics_write(struct metrics *m, struct buf *out)
{
    write_requests(m, out);
    write_durations(m, out);
    write_codes(m, out);
    write_totals(m, out);
    process_write(out);
    write_registered(m, out);
}

#include "server/slow.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "roles/figures/figures.h"

#define PHASES_BYTES 1000u

struct slow_statement {
    str sql, plan;                    /* plan {0}: not known (yet) */
    int64_t us;
    uint64_t times, rows;
};

struct slow_request {
    struct arena *arena;              /* everything of it; NULL: the place is free */
    uint64_t number;                  /* counts them */
    bool is_told;                     /* its plans are there, and the log has it */
    int64_t at_ms, us;
    str id, method, route, who, phases, collection, filter;
    int status;
    struct slow_statement statements[LIMIT_SLOW_STATEMENTS];
    size_t statement_count;
};

struct slow {
    struct gate *gate;
    int64_t us;
    pthread_mutex_t lock;             /* guards what follows; nothing is called under it */
    struct slow_request kept[LIMIT_SLOW_KEPT];
    uint64_t noted, passed_over;
    int64_t minute;
    unsigned in_minute;
};

struct slow *slow_open(struct gate *gate, uint64_t slow_ms)
{
    if (slow_ms == 0)
        return NULL;
    struct slow *s = calloc(1, sizeof *s);
    must(s != NULL && pthread_mutex_init(&s->lock, NULL) == 0);
    s->gate = gate;
    s->us = (int64_t)slow_ms * 1000;
    return s;
}

void slow_close(struct slow *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < LIMIT_SLOW_KEPT; i++)
        if (s->kept[i].arena)
            arena_close(s->kept[i].arena);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

int64_t slow_us(const struct slow *s)
{
    return s ? s->us : 0;
}

/* ------ noting */

/* "identify=12 handle=1503 gate.read=1490": microseconds, in the order in which they began. */
static str phases_of(const struct spans *spans, struct arena *a)
{
    struct buf b;
    buf_init(&b, a, PHASES_BYTES);
    for (size_t i = 1; i < spans->count; i++) {
        const struct span *one = &spans->at[i];
        if (one->kind != SPAN_STATEMENT)
            buf_format(&b, "%s%s%s" STR_FMT "=%lld", b.len ? " " : "", one->name, one->about.len ? ":" : "", STR_ARG(one->about),
                       (long long)((one->to_us ? one->to_us : spans->at[0].to_us) - one->from_us));
    }
    return buf_str(&b); /* what does not fit is left out */
}

/* The longest first. */
static void take_statement(struct slow_request *r, const struct span *one)
{
    size_t at = r->statement_count;
    if (at == LIMIT_SLOW_STATEMENTS && one->us <= r->statements[--at].us)
        return;
    for (; at > 0 && r->statements[at - 1].us < one->us; at--)
        r->statements[at] = r->statements[at - 1];
    r->statements[at] = (struct slow_statement){.sql = one->about, .us = one->us, .times = one->times, .rows = one->rows};
    r->statement_count += r->statement_count < LIMIT_SLOW_STATEMENTS;
}

static void take_statements(struct slow_request *r, const struct spans *spans)
{
    for (size_t i = 1; i < spans->count; i++) {
        const struct span *one = &spans->at[i];
        if (one->kind == SPAN_STATEMENT)
            take_statement(r, one);
        if (one->shape.len && str_is_absent(r->filter)) {
            r->filter = arena_copy(r->arena, one->shape);
            r->collection = arena_copy(r->arena, one->about);
        }
    }
    for (size_t i = 0; i < r->statement_count; i++)
        r->statements[i].sql = arena_copy(r->arena, r->statements[i].sql);
}

/* Under the lock. NULL: not this one. */
static struct slow_request *place_for(struct slow *s, int64_t now_ms)
{
    struct slow_request *best = NULL;
    if (now_ms / 60000 != s->minute) {
        s->minute = now_ms / 60000;
        s->in_minute = 0;
    }
    for (size_t i = 0; i < LIMIT_SLOW_KEPT; i++) {
        struct slow_request *r = &s->kept[i];
        bool is_free = !r->arena || r->is_told;
        if (is_free && (!best || (best->arena && (!r->arena || r->number < best->number))))
            best = r;
    }
    if (!best || s->in_minute == LIMIT_SLOW_PER_MINUTE) {
        s->passed_over++;
        return NULL;
    }
    s->in_minute++;
    s->noted++;
    return best;
}

void slow_note(struct slow *s, const struct spans *spans, const struct exchange *x, int64_t us)
{
    struct arena *a = arena_open(8u << 10);
    struct slow_request r = {
        .arena = a, .at_ms = time_now_ms(), .us = us, .status = x->status_sent,
        .id = arena_copy(a, x->request_id), .method = method_name(x->method), .route = str_of(x->route ? x->route : ""),
        .who = x->who ? arena_copy(a, x->who->actor.label) : S(""), .phases = phases_of(spans, a)};
    take_statements(&r, spans);
    (void)pthread_mutex_lock(&s->lock);
    struct slow_request *place = place_for(s, r.at_ms);
    struct arena *gone = place ? place->arena : a;
    if (place) {
        r.number = s->noted;
        *place = r;
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (gone)
        arena_close(gone);
}

/* ------ plans, and the log */

static void tell(const struct slow_request *r)
{
    struct log_value values[16];
    size_t n = 0;
    values[n++] = LOG_TEXT("id", r->id);
    values[n++] = LOG_TEXT("method", r->method);
    values[n++] = LOG_TEXT("route", r->route);
    values[n++] = LOG_NUMBER("status", r->status);
    values[n++] = LOG_NUMBER("us", r->us);
    values[n++] = LOG_TEXT("who", r->who.len ? r->who : S(""));
    values[n++] = LOG_TEXT("phases", r->phases.len ? r->phases : S(""));
    if (r->filter.len) {
        values[n++] = LOG_TEXT("collection", r->collection);
        values[n++] = LOG_TEXT("filter", str_slice(r->filter, 0, LIMIT_SLOW_SQL_BYTES));
    }
    if (r->statement_count > 0) {
        const struct slow_statement *worst = &r->statements[0];
        values[n++] = LOG_NUMBER("sql_us", worst->us);
        values[n++] = LOG_NUMBER("sql_times", (int64_t)worst->times);
        values[n++] = LOG_NUMBER("sql_rows", (int64_t)worst->rows);
        values[n++] = LOG_TEXT("sql", str_slice(worst->sql.len ? worst->sql : S(""), 0, LIMIT_SLOW_SQL_BYTES));
        values[n++] = LOG_TEXT("plan", str_slice(worst->plan.len ? worst->plan : S(""), 0, LIMIT_SLOW_SQL_BYTES));
    }
    log_event(LOG_WARN, "request.slow", values, n);
}

/* The next one without plans: nobody else changes it, nor takes its place. */
static struct slow_request *next_untold(struct slow *s)
{
    struct slow_request *oldest = NULL;
    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < LIMIT_SLOW_KEPT; i++) {
        struct slow_request *r = &s->kept[i];
        if (r->arena && !r->is_told && (!oldest || r->number < oldest->number))
            oldest = r;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return oldest;
}

static void explain(struct slow *s, struct slow_request *r)
{
    struct arena *a = arena_open(8u << 10);
    str plans[LIMIT_SLOW_STATEMENTS] = {{0}};
    for (size_t i = 0; i < r->statement_count; i++) {
        struct problem why = {.arena = a};
        err_ignored(gate_query_plan(s->gate, r->statements[i].sql, a, &plans[i], &why)); /* what writes has none */
    }
    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < r->statement_count; i++)
        if (plans[i].len)
            r->statements[i].plan = arena_copy(r->arena, plans[i]);
    (void)pthread_mutex_unlock(&s->lock);
    arena_close(a);
}

void slow_tick(struct slow *s)
{
    struct slow_request *r;
    for (unsigned i = 0; s && i < LIMIT_SLOW_KEPT && (r = next_untold(s)) != NULL; i++) {
        explain(s, r);
        tell(r);
        (void)pthread_mutex_lock(&s->lock);
        r->is_told = true;
        (void)pthread_mutex_unlock(&s->lock);
    }
}

/* ------ showing */

static void write_request(const struct slow_request *r, struct json_writer *w)
{
    json_map_open(w);
    json_name(w, S("at"));
    json_int(w, r->at_ms / 1000);
    json_name(w, S("us"));
    json_int(w, r->us);
    json_name(w, S("status"));
    json_int(w, r->status);
    json_member_text(w, "id", r->id);
    json_member_text(w, "method", r->method);
    json_member_text(w, "route", r->route);
    json_member_text(w, "who", r->who);
    json_member_text(w, "phases", r->phases);
    json_member_text(w, "collection", r->collection);
    json_member_text(w, "filter", r->filter);
    json_name(w, S("statements"));
    json_list_open(w);
    for (size_t i = 0; i < r->statement_count; i++) {
        json_map_open(w);
        json_name(w, S("us"));
        json_int(w, r->statements[i].us);
        json_name(w, S("times"));
        json_uint(w, r->statements[i].times);
        json_name(w, S("rows"));
        json_uint(w, r->statements[i].rows);
        json_member_text(w, "sql", r->statements[i].sql);
        json_member_text(w, "plan", r->statements[i].plan);
        json_map_close(w);
    }
    json_list_close(w);
    json_map_close(w);
}

/* The newest of those that came before this one; NULL: of all. Under the lock. */
static const struct slow_request *older(const struct slow *s, const struct slow_request *than)
{
    const struct slow_request *newest = NULL;
    for (size_t i = 0; i < LIMIT_SLOW_KEPT; i++) {
        const struct slow_request *r = &s->kept[i];
        if (r->arena && (!than || r->number < than->number) && (!newest || r->number > newest->number))
            newest = r;
    }
    return newest;
}

void slow_write(struct slow *s, struct json_writer *w)
{
    json_list_open(w);
    if (s)
        (void)pthread_mutex_lock(&s->lock);
    const struct slow_request *one = NULL;
    while (s && (one = older(s, one)) != NULL)
        write_request(one, w);
    if (s)
        (void)pthread_mutex_unlock(&s->lock);
    json_list_close(w);
}

void slow_count(struct slow *s, struct slow_figures *out)
{
    *out = (struct slow_figures){0};
    if (!s)
        return;
    (void)pthread_mutex_lock(&s->lock);
    *out = (struct slow_figures){s->noted, s->passed_over};
    (void)pthread_mutex_unlock(&s->lock);
}

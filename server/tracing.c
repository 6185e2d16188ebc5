#include "server/tracing_part.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/crypt.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"

#define STOP_MS      2000u
#define ANSWER_BYTES (64u << 10)

struct waiting {
    struct waiting *next;
    uint64_t spans;
    struct buf text;
};

struct tracing {
    struct arena *arena;
    struct tracing_target to;
    str head;                         /* of a body, up to the spans */
    uint64_t below;                   /* of 2^56: trace ids that are recorded */
    pthread_t thread;
    bool is_failing;                  /* the thread's own */
    _Atomic(bool) over;

    pthread_mutex_t lock;             /* guards what follows; nothing is called under it */
    pthread_cond_t news;
    struct waiting *first, **last;
    size_t count, bytes;
    struct tracing_figures figures;
};

static void write_head(struct tracing *t, const struct tracing_config *c, const char *version)
{
    static const char before[] = "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":";
    struct json name = json_of_text(c->service);
    t->head = arena_format(t->arena, "%s" STR_FMT "}},{\"key\":\"service.version\",\"value\":{\"stringValue\":\"%s\"}}]},"
                           "\"scopeSpans\":[{\"scope\":{\"name\":\"vitrine\",\"version\":\"%s\"},\"spans\":[", before,
                           STR_ARG(json_print(t->arena, &name)), version, version);
}

/* ------ the thread that sends */

static void free_all(struct waiting *first)
{
    for (struct waiting *next; first; first = next) {
        next = first->next;
        buf_free(&first->text);
        free(first);
    }
}

static void tell(struct tracing *t, bool fails, str cause)
{
    if (fails && !t->is_failing)
        LOG(LOG_WARN, "traces.failing", LOG_TEXT("cause", cause));
    else if (!fails && t->is_failing)
        LOG(LOG_INFO, "traces.working", LOG_TEXT("cause", S("the collector takes them again")));
    t->is_failing = fails;
}

static bool may_pass(int status)
{
    return status == 429 || status == 502 || status == 503 || status == 504;
}

/* One call. *again: it may be better next time. */
static bool call(struct tracing *t, str body, bool *again)
{
    struct arena *a = arena_open(8u << 10);
    struct problem why = {.arena = a};
    struct outbound_answer answer = {0};
    bool is_over = atomic_load(&t->over);
    struct outbound_request r = {.url = t->to.url, .body = body, .media = S("application/json"), .headers = t->to.headers, .header_count = t->to.header_count,
                                 .answer_max = ANSWER_BYTES, .stop = is_over ? NULL : &t->over, .all_ms = is_over ? STOP_MS : 0};
    enum err e = outbound_fetch(&t->to.near.policy, a, &r, &answer, &why);
    bool done = e == ERR_OK && answer.status >= 200 && answer.status < 300;
    *again = !done && (e == ERR_UNAVAILABLE || (e == ERR_OK && may_pass(answer.status)));
    tell(t, !done, e == ERR_OK ? arena_format(a, "the collector answered %d", answer.status) : why.text);
    arena_close(a);
    return done;
}

/* Under the lock: until so many wait that they go at once, or it is over. */
static void wait_ms(struct tracing *t, int64_t ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    int code = 0;
    while (!atomic_load(&t->over) && code == 0 && t->count < LIMIT_TRACES_AT_ONCE)
        code = pthread_cond_timedwait(&t->news, &t->lock, &until);
}

static void rest(struct tracing *t, int64_t s)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)s;
    (void)pthread_mutex_lock(&t->lock);
    int code = 0;
    while (!atomic_load(&t->over) && code == 0)
        code = pthread_cond_timedwait(&t->news, &t->lock, &until);
    (void)pthread_mutex_unlock(&t->lock);
}

static void deliver(struct tracing *t, const struct waiting *first)
{
    static const int64_t pauses_s[LIMIT_TRACES_TRIES] = {0, 1, 5};
    struct buf body;
    uint64_t spans = 0, failures = 0;
    bool done = false, again = true;
    buf_init(&body, NULL, LIMIT_TRACES_BYTES + (1u << 20));
    buf_add(&body, t->head);
    for (const struct waiting *w = first; w; w = w->next) {
        buf_format(&body, "%s", w == first ? "" : ",");
        buf_add(&body, buf_str(&w->text));
        spans += w->spans;
    }
    buf_add(&body, S("]}]}]}"));
    for (unsigned i = 0; i < LIMIT_TRACES_TRIES && !done && again && !body.failed; i++) {
        if (i > 0)
            rest(t, pauses_s[i]);
        done = call(t, buf_str(&body), &again);
        failures += !done;
        again = again && !atomic_load(&t->over);
    }
    buf_free(&body);
    (void)pthread_mutex_lock(&t->lock);
    *(done ? &t->figures.sent : &t->figures.dropped) += spans;
    t->figures.failures += failures;
    (void)pthread_mutex_unlock(&t->lock);
}

/* Under the lock: what goes out together. NULL: it is over and nothing waits. */
static struct waiting *take(struct tracing *t)
{
    while (!t->first && !atomic_load(&t->over))
        (void)pthread_cond_wait(&t->news, &t->lock);
    if (t->first)
        wait_ms(t, LIMIT_TRACES_GATHER_MS);
    struct waiting *first = t->first, **at = &t->first;
    size_t bytes = 0;
    for (size_t n = 0; *at && n < LIMIT_TRACES_AT_ONCE && bytes + (*at)->text.len <= LIMIT_TRACES_ONE_BYTES; n++) {
        bytes += (*at)->text.len;
        t->count--;
        at = &(*at)->next;
    }
    t->bytes -= bytes;
    struct waiting *left = *at;
    *at = NULL;
    t->first = left;
    if (!left)
        t->last = &t->first;
    return first;
}

static void *run(void *arg)
{
    struct tracing *t = arg;
    struct waiting *some;
    (void)pthread_mutex_lock(&t->lock);
    while ((some = take(t)) != NULL) {
        (void)pthread_mutex_unlock(&t->lock);
        deliver(t, some);
        free_all(some);
        (void)pthread_mutex_lock(&t->lock);
        if (atomic_load(&t->over) && t->is_failing) /* the rest would wait for nothing */
            break;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return NULL;
}

static void drop(struct tracing *t)
{
    free_all(t->first);
    (void)pthread_cond_destroy(&t->news);
    (void)pthread_mutex_destroy(&t->lock);
    arena_close(t->arena);
    free(t);
}

enum err tracing_start(const struct tracing_config *c, const char *version, struct tracing **out, struct problem *why)
{
    *out = NULL;
    if (str_is_absent(c->endpoint))
        return ERR_OK;
    TRY(outbound_ready(why));
    struct tracing *t = calloc(1, sizeof *t);
    must(t != NULL && pthread_mutex_init(&t->lock, NULL) == 0);
    steady_cond_init(&t->news);
    t->arena = arena_open(4096);
    t->last = &t->first;
    t->below = c->percent >= 100 ? UINT64_MAX : c->percent * ((UINT64_C(1) << 56) / 100);
    write_head(t, c, version);
    enum err e = tracing_aim(c, t->arena, &t->to, why);
    if (e == ERR_OK && pthread_create(&t->thread, NULL, run, t) != 0)
        e = problem_set(why, ERR_UNAVAILABLE, "The thread that sends traces could not be started");
    if (e != ERR_OK) {
        drop(t);
        return e;
    }
    *out = t;
    return ERR_OK;
}

void tracing_stop(struct tracing *t)
{
    if (!t)
        return;
    (void)pthread_mutex_lock(&t->lock);
    atomic_store(&t->over, true);
    (void)pthread_cond_broadcast(&t->news);
    (void)pthread_mutex_unlock(&t->lock);
    (void)pthread_join(t->thread, NULL);
    drop(t);
}

/* ------ requests */

bool tracing_wants(struct tracing *t, const struct exchange *x, struct trace_context *context)
{
    uint64_t chance = 0;
    if (!t)
        return false;
    *context = (struct trace_context){0};
    bool is_continued = traceparent_read(exchange_header(x, S("traceparent")), context);
    if (is_continued && !context->is_sampled)
        return false;
    if (!is_continued)
        crypt_random(context->trace, sizeof context->trace);
    for (size_t i = 9; i < 16; i++) /* the part that is random by the standard */
        chance = chance << 8 | context->trace[i];
    return chance < t->below;
}

void tracing_name(struct spans *s, const struct trace_context *context)
{
    s->trace = *context;
    crypt_random(&s->first_id, sizeof s->first_id);
    s->first_id = (s->first_id >> 1) | 1; /* never zero, and room above */
    s->is_sent = true;
}

static int64_t unix_minus_mono_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 - time_mono_us();
}

void tracing_send(struct tracing *t, const struct spans *s, const struct exchange *x)
{
    struct waiting *w = calloc(1, sizeof *w);
    must(w != NULL);
    w->spans = s->count;
    buf_init(&w->text, NULL, LIMIT_TRACES_ONE_BYTES);
    tracing_write(s, x, unix_minus_mono_us(), &w->text);
    (void)pthread_mutex_lock(&t->lock);
    bool has_room = !w->text.failed && t->count < LIMIT_TRACES_WAITING && t->bytes + w->text.len <= LIMIT_TRACES_BYTES;
    if (has_room) {
        *t->last = w;
        t->last = &w->next;
        t->bytes += w->text.len;
        if (t->count++ == 0 || t->count == LIMIT_TRACES_AT_ONCE)
            (void)pthread_cond_signal(&t->news);
    } else {
        t->figures.dropped += s->count;
    }
    (void)pthread_mutex_unlock(&t->lock);
    if (!has_room)
        free_all(w);
}

void tracing_count(struct tracing *t, struct tracing_figures *out)
{
    *out = (struct tracing_figures){0};
    if (!t)
        return;
    (void)pthread_mutex_lock(&t->lock);
    *out = t->figures;
    out->waiting = t->count;
    (void)pthread_mutex_unlock(&t->lock);
}

#include "server/serve.h"

#include "api/api.h"
#include "api/problem.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "server/access_log.h"
#include "web/assets.h"

enum err serving_make(struct arena *a, struct gate *gate, const struct config *config,
                      const struct route_set *sets, size_t count, struct serving *out,
                      struct problem *why)
{
    *out = (struct serving){.gate = gate, .config = config};
    TRY(router_make(a, sets, count, &out->router, why));
    security_headers_make(a, web_csp, &out->security);
    out->metrics = metrics_open(sets, count);
    out->trend = trend_open();
    return ERR_OK;
}

void serving_done(struct serving *s)
{
    metrics_close(s->metrics);
    trend_close(s->trend);
    s->metrics = NULL;
    s->trend = NULL;
}

/* The ceiling of JSON bodies is the operator's; others are the route's own. */
static uint32_t body_ceiling(const struct serving *s, const struct route *route)
{
    return route->body_max == LIMIT_BODY_BYTES ? (uint32_t)s->config->json_body_max
                                               : route->body_max;
}

/* Everything that is known of a body before a byte of it is read (H-6, H-7). */
static enum err check_body(struct exchange *x, struct problem *why)
{
    if (x->body_length == 0)
        return ERR_OK;
    if (x->body_max == 0)
        return problem_set(why, ERR_TOO_LARGE, "Nothing is taken in the body here.");
    if (x->body_max != UINT32_MAX && x->body_length != UINT64_MAX && x->body_length > x->body_max)
        return problem_set(why, ERR_TOO_LARGE, "The body is larger than %u bytes.", x->body_max);
    str coding = exchange_header(x, S("content-encoding"));
    if (!str_is_absent(coding) && !str_equal_nocase(coding, S("identity")))
        return problem_set(why, ERR_BAD_MEDIA, "No content coding of the body is understood here.");
    return ERR_OK;
}

/* OPTIONS is answered here for every path: what it takes, and to pages of allowed origins, that
 * they may ask. No credential is looked at; browsers send none. */
static void answer_options(struct exchange *x, bool is_shared, str allow)
{
    if (allow.len > 0) {
        allow = arena_format(x->arena, STR_FMT ", OPTIONS", STR_ARG(allow));
        exchange_add_header(x, S("Allow"), allow);
        if (is_shared && !str_is_absent(exchange_header(x, S("access-control-request-method"))))
            cors_preflight(x, allow);
    }
    exchange_send_nothing(x, 204);
}

static enum err find_route(struct serving *s, struct exchange *x, bool is_shared,
                           const struct route **route, void **app, struct params *p,
                           struct problem *why)
{
    str allow = {0};
    enum err e = ERR_BAD_METHOD;
    if (x->segment_count > 0 || !str_equal(x->path, S("*")))
        e = router_match(s->router, x, route, app, p, &allow);
    if (e == ERR_NOT_FOUND)
        return problem_set(why, e, "There is nothing at this path.");
    if (e == ERR_BAD_METHOD && x->method == M_OPTIONS) {
        answer_options(x, is_shared, allow);
        return ERR_OK;
    }
    if (e == ERR_BAD_METHOD) {
        exchange_add_header(x, S("Allow"), allow);
        return problem_set(why, e, "This path takes " STR_FMT ".", STR_ARG(allow));
    }
    return e;
}

/* A credential in the URL, where the operator allows it: nobody may keep the answer, and no page
 * that is reached from it may learn the URL (H-12). */
static void keep_url_secret(const struct serving *s, struct exchange *x)
{
    bool holds_key = str_starts(x->query, S("api_key=")) || str_contains(x->query, S("&api_key="));
    if (!s->config->key_in_query || !holds_key)
        return;
    x->is_private = true;
    x->standing_headers = s->security.lines[SECURITY_API_KEYED][x->is_tls];
}

/* ZenML's clients may look for their API elsewhere: there it is the same as at /api/v1. */
static void take_prefix(const struct serving *s, struct exchange *x)
{
    static const str home[] = {STR("api"), STR("v1")};
    str prefix = s->config->zenml_prefix, rest = str_slice(x->path, prefix.len, x->path.len);
    if (prefix.len == 0 || str_equal(prefix, S("/api/v1")) || !str_starts(x->path, prefix) || !str_starts(rest, S("/")))
        return;
    size_t gone = 0;
    for (size_t i = 0; i < prefix.len; i++)
        gone += prefix.at[i] == '/';
    size_t left = x->segment_count - gone, count = COUNTOF(home) + left;
    str *segments = NEW_N(x->arena, str, count);
    for (size_t i = 0; i < count; i++)
        segments[i] = i < COUNTOF(home) ? home[i] : x->segments[gone + i - COUNTOF(home)];
    x->segments = segments;
    x->segment_count = count;
    x->path = arena_format(x->arena, "/api/v1" STR_FMT, STR_ARG(rest));
}

static enum err find_out_who(struct serving *s, struct exchange *x, struct problem *why)
{
    unsigned span = span_begin(why->spans, "identify", S(""));
    enum err e = identify(s->gate, x, why);
    span_end(why->spans, span);
    return e;
}

static enum err run_handler(struct exchange *x, const struct route *route, void *app, const struct params *p, struct problem *why)
{
    struct spans *spans = why->spans; /* the handler may begin with another problem */
    unsigned span = span_begin(spans, "handle", S(""));
    enum err e = route->run(x, app, p, why);
    span_end(spans, span);
    if (e == ERR_OK && x->status_sent == 0)
        return problem_set(why, ERR_INTERNAL, "the handler did not answer");
    return e;
}

static enum err handle(struct serving *s, struct exchange *x, const struct route **route,
                       struct problem *why)
{
    struct params p = {0};
    void *app = NULL;
    bool is_shared = cors_answer(x, s->config->cors_origins.at, s->config->cors_origins.count);
    x->is_shared = is_shared;
    x->standing_headers =
        s->security.lines[is_shared ? SECURITY_API_SHARED : SECURITY_API][x->is_tls];
    x->app = s->api;
    keep_url_secret(s, x);
    take_prefix(s, x);
    struct problem lost = {.arena = x->arena, .spans = why->spans};
    enum err found = find_route(s, x, is_shared, route, &app, &p, &lost);
    if (x->status_sent != 0)
        return ERR_OK;
    if (found == ERR_OK) {
        x->route = (*route)->pattern; /* whoever answers, answers in this façade's words */
        x->app = app;
        x->body_max = body_ceiling(s, *route); /* a signature may be about the body */
    }
    /* A wrong credential is 401 before anything else is said, also where there is nothing. */
    if (found != ERR_OK || !((*route)->flags & ROUTE_OPEN))
        TRY(find_out_who(s, x, why));
    if (found != ERR_OK) {
        *why = lost;
        return found;
    }
    TRY(check_body(x, why));
    return run_handler(x, *route, app, &p, why);
}

/* In the words of the façade that was asked. */
static void send_problem(const struct serving *s, struct exchange *x, const struct problem *why)
{
    if (!graphql_speaks_for(s->graphql, x)) {
        api_send_problem(x, why);
        return;
    }
    problem_headers(x, why);
    graphql_send_problem(x, why);
}

/* The outermost layer: the only place that logs an internal error, once. */
static void report(const struct serving *s, struct exchange *x, enum err e, struct problem *why)
{
    if (why->err != e)
        why->err = e;
    if (e == ERR_INTERNAL || (e != ERR_OK && x->status_sent != 0 && e != ERR_UNAVAILABLE))
        LOG(LOG_ERROR, "request.failed", LOG_TEXT("id", x->request_id),
            LOG_TEXT("route", x->route ? str_of(x->route) : S("")),
            LOG_TEXT("error", str_of(err_facts(e)->name)),
            LOG_TEXT("text", why->text.len ? why->text : S("")));
    if (x->status_sent == 0)
        send_problem(s, x, why);
}

/* Whether somebody wants to know how this request goes; NULL: nobody. */
static struct spans *observe(struct serving *s, const struct exchange *x, int64_t since_us)
{
    struct trace_context context;
    bool is_sent = tracing_wants(s->tracing, x, &context);
    if (!is_sent && !s->slow)
        return NULL;
    struct spans *spans = spans_open(x->arena, "request", since_us);
    spans->slow_us = slow_us(s->slow);
    if (is_sent)
        tracing_name(spans, &context);
    return spans;
}

static void conclude(struct serving *s, struct exchange *x, struct spans *spans, int64_t now_us)
{
    int64_t own_us = now_us - spans->at[0].from_us - x->waited_us;
    spans->at[0].to_us = now_us;
    if (s->slow && own_us > slow_us(s->slow))
        slow_note(s->slow, spans, x, own_us);
    if (spans->is_sent)
        tracing_send(s->tracing, spans, x);
}

void serve(struct exchange *x, void *serving)
{
    struct serving *s = serving;
    const struct route *route = NULL;
    int64_t since = time_mono_us();
    metrics_begin(s->metrics);
    struct spans *spans = observe(s, x, since);
    struct problem why = {.arena = x->arena, .spans = spans};
    x->spans = spans;
    enum err e = handle(s, x, &route, &why);
    if (e != ERR_OK)
        report(s, x, e, &why);
    int64_t now = time_mono_us(), us = now - since;
    uint64_t announced = x->body_length == UINT64_MAX ? 0 : x->body_length;
    metrics_end(s->metrics, &(struct metrics_request){.route = route, .method = x->method, .status = x->status_sent, .us = us,
                                                      .own_us = us - x->waited_us, .bytes_in = announced, .bytes_out = x->bytes_sent});
    access_log(x, us);
    if (spans)
        conclude(s, x, spans, now);
}

void serve_refusal(struct exchange *x, const struct problem *why, void *serving)
{
    struct serving *s = serving;
    x->standing_headers = s->security.lines[SECURITY_API][x->is_tls];
    api_send_problem(x, why);
    metrics_refused(s->metrics, x->status_sent);
    LOG(LOG_INFO, "request.refused", LOG_TEXT("id", x->request_id),
        LOG_NUMBER("status", x->status_sent), LOG_TEXT("text", why->text.len ? why->text : S("")),
        LOG_TEXT("peer", x->peer));
}

#include "server/serve.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "server/static.h"

#define ROUTE_SETS 16u

struct service {
    struct app *app;
    struct router *router;
};

const str standing_api_headers = STR("X-Content-Type-Options: nosniff\r\n"
                                     "Referrer-Policy: strict-origin-when-cross-origin\r\n"
                                     "Cross-Origin-Resource-Policy: same-origin\r\n"
                                     "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n");

enum err service_make(struct app *app, struct arena *a, struct service **out, struct problem *why)
{
    struct service *s = NEW(a, struct service);
    struct route_set sets[ROUTE_SETS];
    size_t count = api_routes(&app->api, sets, ROUTE_SETS - 1);
    sets[count++] = (struct route_set){static_routes, static_route_count, NULL};
    s->app = app;
    TRY(router_make(a, sets, count, &s->router, why));
    *out = s;
    return ERR_OK;
}

static void log_request(const struct exchange *x, int64_t started_us)
{
    LOG(LOG_INFO, "request", LOG_TEXT("id", x->request_id), LOG_TEXT("method", method_name(x->method)),
        LOG_TEXT("route", str_of(x->route ? x->route : "-")), LOG_TEXT("path", x->path),
        LOG_NUMBER("status", x->status_sent), LOG_NUMBER("us", time_mono_us() - started_us),
        LOG_NUMBER("bytes", (int64_t)x->bytes_sent), LOG_TEXT("who", x->who ? x->who->actor.label : S("-")),
        LOG_TEXT("peer", x->peer));
}

static enum err check_body(struct exchange *x, const struct route *route, struct problem *why)
{
    x->body_max = route->body_max;
    bool has_body = x->body_length > 0;
    str coding = exchange_header(x, S("content-encoding"));
    if (has_body && x->body_length != UINT64_MAX && x->body_length > route->body_max)
        return problem_set(why, ERR_TOO_LARGE, "The body has %llu bytes, this route takes %u",
                           (unsigned long long)x->body_length, route->body_max);
    if (!str_is_absent(coding) && !str_equal_nocase(coding, S("identity")))
        return problem_set(why, ERR_BAD_MEDIA, "Bodies are not taken compressed");
    return ERR_OK;
}

/* Cross-origin requests are off: a preflight learns which methods there are and no more. */
static enum err answer_options(struct exchange *x, str allow)
{
    exchange_add_header(x, S("Allow"), allow.len ? allow : S("OPTIONS"));
    exchange_send_nothing(x, 204);
    return ERR_OK;
}

/* Who comes before what is there: a bad credential is refused on every path, also on those that do not
 * exist (AK-8). */
static enum err run(struct service *s, struct exchange *x, struct problem *why)
{
    const struct route *route = NULL;
    struct params params = {.count = 0};
    void *app = NULL;
    str allow = {0};
    enum err found = router_match(s->router, x, &route, &app, &params, &allow);
    if (found == ERR_OK)
        x->route = route->pattern;
    if (found == ERR_OK && (route->flags & ROUTE_OPEN))
        x->who = principal_public(s->app->gate, x->arena);
    else
        TRY(identify(s->app->gate, x, why));
    if (x->method == M_OPTIONS && found != ERR_OK)
        return answer_options(x, allow);
    if (found == ERR_BAD_METHOD) {
        exchange_add_header(x, S("Allow"), allow);
        return problem_set(why, ERR_BAD_METHOD, "This path takes " STR_FMT, STR_ARG(allow));
    }
    if (found != ERR_OK)
        return problem_set(why, ERR_NOT_FOUND, "There is nothing at " STR_FMT, STR_ARG(x->path));
    TRY(check_body(x, route, why));
    return route->run(x, app, &params, why);
}

void serve_request(struct exchange *x, void *service)
{
    struct service *s = service;
    struct problem why = {.arena = x->arena};
    int64_t started_us = time_mono_us();
    enum err e = run(s, x, &why);
    if (e != ERR_OK && x->status_sent == 0) {
        why.err = e;
        api_send_problem(x, &why);
    }
    if (e == ERR_INTERNAL)
        LOG(LOG_ERROR, "internal", LOG_TEXT("id", x->request_id), LOG_TEXT("cause", why.text));
    log_request(x, started_us);
}

void serve_refusal(struct exchange *x, const struct problem *why, void *service)
{
    (void)service;
    api_send_problem(x, why);
    LOG(LOG_INFO, "refused", LOG_TEXT("id", x->request_id), LOG_NUMBER("status", x->status_sent),
        LOG_TEXT("peer", x->peer), LOG_TEXT("cause", why->text));
}

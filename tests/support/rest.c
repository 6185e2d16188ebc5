#include "tests/support/rest.h"

#include "api/api.h"
#include "base/limits.h"

#include <pthread.h>

static const struct api options_of_tests = {.options = {.zot_keys = true, .chutes = true}, .version = "test"};
static struct router *made;

static void make_router(void)
{
    static struct api api;
    static struct route_set sets[64];
    struct arena *a = arena_open(64u << 10);  /* for as long as the process */
    struct problem why = {.arena = a};
    api = options_of_tests;
    must(router_make(a, sets, api_routes(&api, a, sets, COUNTOF(sets)), &made, &why) == ERR_OK);
}

/* One for the process: a sanitized program takes longer to make it than to answer most requests. */
static const struct router *the_router(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, make_router);
    return made;
}

static enum err answer(struct gate *g, struct exchange *x, struct problem *why)
{
    struct api *api = NEW(x->arena, struct api);
    const struct route *route = NULL;
    struct params params = {0};
    void *app = NULL;
    str allow;
    *api = options_of_tests;
    api->gate = g;
    enum err e = router_match(the_router(), x, &route, &app, &params, &allow);
    if (e != ERR_OK)
        return problem_set(why, e, "There is nothing at this path");
    x->route = route->pattern;
    x->app = app = api;
    x->body_max = route->body_max;
    if (!(route->flags & ROUTE_OPEN))
        TRY(identify(g, x, why));
    return route->run(x, app, &params, why);
}

static struct fake_exchange *run(struct gate *g, struct fake_exchange *f, enum err *err)
{
    struct problem why = {.arena = f->x.arena};
    enum err e = answer(g, &f->x, &why);
    if (e != ERR_OK && f->status == 0) {
        why.err = e;
        api_send_problem(&f->x, &why);
    }
    if (err)
        *err = e;
    return f;
}

struct fake_exchange *rest_request(struct gate *g, struct arena *a, const char *method, const char *target, const char *headers,
                                   str body, enum err *err)
{
    return run(g, fake_request(a, method, target, headers, body), err);
}

struct fake_exchange *rest_gone(struct gate *g, struct arena *a, const char *method, const char *target, const char *headers)
{
    struct fake_exchange *f = fake_request(a, method, target, headers, S(""));
    f->is_gone = true;
    return run(g, f, NULL);
}

static bool is_over(struct exchange *x)
{
    return x->status_sent != 0;
}

struct fake_exchange *rest_glance(struct gate *g, struct arena *a, const char *target, const char *headers)
{
    struct fake_exchange *f = fake_request(a, "GET", target, headers, S(""));
    f->x.is_over = is_over;
    return run(g, f, NULL);
}

struct fake_exchange *rest_broken(struct gate *g, struct arena *a, const char *method, const char *target, const char *headers, str body)
{
    struct fake_exchange *f = fake_request(a, method, target, headers, body);
    f->x.body_length = UINT64_MAX;
    f->body_error = ERR_BAD_INPUT;
    return run(g, f, NULL);
}

str rest_answer(const struct fake_exchange *f)
{
    struct buf b;
    buf_init(&b, f->x.arena, LIMIT_RESPONSE_BYTES * 2);
    buf_format(&b, "%d\n", f->status);
    for (size_t i = 0; i < f->header_count; i++)
        buf_format(&b, STR_FMT ": " STR_FMT "\n", STR_ARG(f->headers[i].name), STR_ARG(f->headers[i].value));
    buf_add(&b, f->answer);
    return buf_str(&b);
}

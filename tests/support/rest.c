#include "tests/support/rest.h"

#include "api/api.h"
#include "base/limits.h"

static enum err answer(struct gate *g, struct exchange *x, struct problem *why)
{
    struct api *api = NEW(x->arena, struct api);
    struct route_set sets[64];
    struct router *router = NULL;
    const struct route *route = NULL;
    struct params params = {0};
    void *app = NULL;
    str allow;
    *api = (struct api){.gate = g, .options = {.zot_keys = true, .chutes = true}, .version = "test"};
    TRY(router_make(x->arena, sets, api_routes(api, x->arena, sets, COUNTOF(sets)), &router, why));
    enum err e = router_match(router, x, &route, &app, &params, &allow);
    if (e != ERR_OK)
        return problem_set(why, e, "There is nothing at this path");
    x->route = route->pattern;
    x->app = app;
    x->body_max = route->body_max;
    x->route = route->pattern;
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

/* Is it alive, is it ready. Open to everybody, says nothing about what is inside. */
#include "api/api.h"
#include "content/content_figures.h"

static void no_store(struct exchange *x)
{
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
}

static enum err livez(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)app;
    (void)p;
    (void)why;
    no_store(x);
    exchange_send_text(x, 200, S("text/plain; charset=utf-8"), S("ok\n"));
    return ERR_OK;
}

/* Ready means: reads work and writes are taken. */
static enum err readyz(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_figures figures;
    (void)p;
    gate_figures(api->gate, &figures);
    no_store(x);
    if (figures.read_only)
        return problem_set(why, ERR_UNAVAILABLE, "The storage takes no writes");
    exchange_send_text(x, 200, S("text/plain; charset=utf-8"), S("ready\n"));
    return ERR_OK;
}

/* Cockpit's shape: which checks ran stands in a header. */
static enum err healthcheck(struct exchange *x, void *app, const struct params *p,
                            struct problem *why)
{
    struct api *api = app;
    struct content_figures figures;
    (void)p;
    (void)why;
    gate_figures(api->gate, &figures);
    no_store(x);
    exchange_add_header(x, S("X-Health-Checks"), S("db"));
    if (figures.read_only)
        exchange_send_json(x, 500,
                           S("{\"status\":\"error\",\"message\":\"The storage takes no writes\"}"));
    else
        exchange_send_json(x, 200, S("{\"status\":\"ok\"}"));
    return ERR_OK;
}

/* clang-format off */
static const struct route system_routes[] = {
    {M_GET, "/livez", livez, 0, ROUTE_OPEN, "The process answers"},
    {M_GET, "/readyz", readyz, 0, ROUTE_OPEN, "The storage takes reads and writes"},
    {M_GET, "/startupz", livez, 0, ROUTE_OPEN, "The process has started, which it has when it answers"},
    {M_GET, "/api/system/healthcheck", healthcheck, 0, ROUTE_OPEN, "Cockpit's health check"},
};
/* clang-format on */
const struct api_table system_api = {.routes = system_routes, .count = COUNTOF(system_routes)};

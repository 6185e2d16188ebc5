/* /docs and /redoc: one small page that draws /openapi.json as this visitor may read it. All of it comes from this
 * binary, so that its policy allows nothing from elsewhere (B-2). */
#include "base/embed.h"
#include "server/static.h"

extern const struct embedded embedded_pages[];
extern const size_t embedded_pages_count;

static enum err send_page(struct exchange *x, void *app, const char *name, str type)
{
    const struct security_headers *security = app;
    const struct embedded *page = embed_find(embedded_pages, embedded_pages_count, str_of(name));
    must(page != NULL);
    x->standing_headers = security->lines[SECURITY_DOCS][x->is_tls];
    exchange_add_header(x, S("Cache-Control"), S("no-cache"));
    exchange_send_text(x, 200, type, embed_text(page));
    return ERR_OK;
}

static enum err page(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)p, (void)why;
    return send_page(x, app, "docs.html", S("text/html; charset=utf-8"));
}

static enum err script(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)p, (void)why;
    return send_page(x, app, "page.js", S("text/javascript; charset=utf-8"));
}

static enum err style(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)p, (void)why;
    return send_page(x, app, "page.css", S("text/css; charset=utf-8"));
}

const struct route docs_routes[] = {
    {M_GET, "/docs", page, 0, ROUTE_OPEN, "The API, to read and search"},
    {M_GET, "/redoc", page, 0, ROUTE_OPEN, "The same, all of it unfolded"},
    {M_GET, "/docs/page.js", script, 0, ROUTE_OPEN, "Its script"},
    {M_GET, "/docs/page.css", style, 0, ROUTE_OPEN, "Its looks"},
};
const size_t docs_route_count = COUNTOF(docs_routes);

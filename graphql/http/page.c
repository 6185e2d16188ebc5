/* The page to ask on: an editor, the schema to look things up, what was asked before. All of it comes from this binary, so
 * that its policy allows nothing from elsewhere (security B-2; graphql.md 15, playgrounds). */
#include "base/embed.h"
#include "graphql/http/parts.h"

extern const struct embedded embedded_graphql_page[];
extern const size_t embedded_graphql_page_count;

static const struct {
    str ending, type;
} types[] = {
    {STR(".html"), STR("text/html; charset=utf-8")},
    {STR(".js"), STR("text/javascript; charset=utf-8")},
    {STR(".css"), STR("text/css; charset=utf-8")},
};

void gql_send_page(const struct graphql *g, struct exchange *x, const char *name)
{
    const struct embedded *file = embed_find(embedded_graphql_page, embedded_graphql_page_count, str_of(name));
    must(file != NULL);
    str type = {0};
    for (size_t i = 0; i < COUNTOF(types); i++)
        if (str_ends(str_of(name), types[i].ending))
            type = types[i].type;
    if (g->page_lines)
        x->standing_headers = g->page_lines[x->is_tls];
    exchange_add_header(x, S("Cache-Control"), S("no-cache"));
    exchange_add_header(x, S("Vary"), S("Accept"));
    exchange_send_text(x, 200, type, embed_text(file));
}

static enum err send(struct exchange *x, void *app, const char *name)
{
    gql_send_page(app, x, name);
    return ERR_OK;
}

static enum err script(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)p, (void)why;
    return send(x, app, "page.js");
}

static enum err text(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)p, (void)why;
    return send(x, app, "text.js");
}

static enum err docs(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)p, (void)why;
    return send(x, app, "docs.js");
}

static enum err style(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)p, (void)why;
    return send(x, app, "page.css");
}

/* Below a segment that is no document's name. */
const struct route gql_page_routes[] = {
    {M_GET, "/graphql/-/page.js", script, 0, ROUTE_OPEN, "The script of the page at /graphql"},
    {M_GET, "/graphql/-/text.js", text, 0, ROUTE_OPEN, "How it reads what is typed"},
    {M_GET, "/graphql/-/docs.js", docs, 0, ROUTE_OPEN, "How it shows the schema"},
    {M_GET, "/graphql/-/page.css", style, 0, ROUTE_OPEN, "Its looks"},
};
const size_t gql_page_route_count = COUNTOF(gql_page_routes);

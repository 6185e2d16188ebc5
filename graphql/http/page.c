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

bool gql_send_page(const struct graphql *g, struct exchange *x, str name)
{
    const struct embedded *file = embed_find(embedded_graphql_page, embedded_graphql_page_count, name);
    str type = {0};
    for (size_t i = 0; i < COUNTOF(types); i++)
        if (str_ends(name, types[i].ending))
            type = types[i].type;
    if (!file || str_is_absent(type))
        return false;
    if (g->page_lines)
        x->standing_headers = g->page_lines[x->is_tls];
    exchange_add_header(x, S("Cache-Control"), S("no-cache"));
    exchange_add_header(x, S("Vary"), S("Accept"));
    exchange_send_text(x, 200, type, embed_text(file));
    return true;
}

static enum err part(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return gql_send_page(app, x, param(p, "file")) ? ERR_OK : problem_set(why, ERR_NOT_FOUND, "There is no such file.");
}

/* Below a segment that is no document's name. */
const struct route gql_page_routes[] = {
    {M_GET, "/graphql/-/{file}", part, 0, ROUTE_OPEN, "Scripts and looks of the page at /graphql"},
};
const size_t gql_page_route_count = COUNTOF(gql_page_routes);

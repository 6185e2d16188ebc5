#include "tests/support/graph.h"

#include "base/limits.h"
#include "graphql/own/own.h"

void graph_open(struct graph *g, struct house *house)
{
    static const struct gql_dialect own = {"/graphql", STR("own"), own_schema_make, DIALECT_STREAMS};
    static const str page_lines[2];
    struct graphql_options options = {.public_introspection = true, .batch_max = 10, .uploads = true};
    struct route_set *sets;
    *g = (struct graph){.house = house, .arena = arena_open(16u << 10)};
    struct problem why = {.arena = g->arena};
    must(graphql_open(house->gate, &options, &own, 1, &g->graphql, &why) == ERR_OK);
    sets = NEW_N(g->arena, struct route_set, 16);
    must(router_make(g->arena, sets, graphql_routes(g->graphql, page_lines, sets, 16), &g->router, &why) == ERR_OK);
}

void graph_close(struct graph *g)
{
    graphql_close(g->graphql);
    arena_close(g->arena);
}

enum err graph_run(struct graph *g, struct exchange *x, struct problem *why)
{
    const struct route *route = NULL;
    struct params params = {0};
    void *app = NULL;
    str allow;
    enum err e = router_match(g->router, x, &route, &app, &params, &allow);
    if (e != ERR_OK)
        return problem_set(why, e, "There is nothing at this path");
    x->route = route->pattern;
    x->app = app;
    x->body_max = route->body_max;
    if (!(route->flags & ROUTE_OPEN))
        TRY(identify(g->house->gate, x, why));
    return route->run(x, app, &params, why);
}

void graph_send(struct graph *g, struct arena *a, str key, const char *headers, str body, struct graph_answer *out)
{
    str credential = str_is_absent(key) ? S("") : arena_format(a, "api-key: " STR_FMT "\n", STR_ARG(key));
    str lines = arena_format(a, STR_FMT "%s", STR_ARG(credential), headers);
    struct problem why = {.arena = a};
    *out = (struct graph_answer){.exchange = fake_request(a, "POST", "/graphql", arena_cstr(a, lines), body)};
    out->err = graph_run(g, &out->exchange->x, &why);
    out->text = out->err == ERR_OK ? out->exchange->answer : problem_sentence(a, &why);
    if (out->err != ERR_OK)
        return;
    const struct json *answer = NULL;
    must(json_read(a, out->text, NULL, S(""), &answer, &why) == ERR_OK);
    out->data = json_get(answer, S("data"));
    out->errors = json_get(answer, S("errors"));
}

void graph_ask(struct graph *g, struct arena *a, str key, str document, const struct json *variables, const char *headers,
               struct graph_answer *out)
{
    struct json members[2] = {json_named(S("query"), json_of_text(document))};
    if (variables)
        members[1] = json_named(S("variables"), *variables);
    struct json body = json_of_map(members, variables ? 2 : 1);
    str lines = arena_format(a, "Content-Type: application/json\nAccept: application/json\n%s", headers ? headers : "");
    graph_send(g, a, key, arena_cstr(a, lines), json_print(a, &body), out);
}

str graph_code(const struct graph_answer *answer)
{
    const struct json *code = json_at(answer->errors, S("/0/extensions/code"));
    return code && code->type == JSON_TEXT ? code->text : (str){0};
}

enum err graph_err(str code)
{
    for (int e = ERR_OK + 1; e < ERR_COUNT; e++)
        if (str_equal(err_facts((enum err)e)->graphql_code, code))
            return (enum err)e;
    return ERR_OK;
}

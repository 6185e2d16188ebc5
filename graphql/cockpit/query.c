/* Cockpit's arguments to queries: the content API's readers, given trees in place of texts. */
#include "graphql/cockpit/internal.h"

#include "base/limits.h"
#include "content/query/perspective.h"

static enum err number(const struct gql_node *node, str name, int64_t max, uint32_t *out, struct problem *why)
{
    const struct json *v = gql_argument(node, name);
    if (v == NULL || v->type == JSON_NULL)
        return ERR_OK;
    if (v->type != JSON_INT || v->integer < 0 || v->integer > max)
        return problem_fault(why, ERR_BAD_INPUT, name, S("parameter"), STR_FMT " must be a whole number from 0 to %lld", STR_ARG(name),
                             (long long)max);
    *out = (uint32_t)v->integer;
    return ERR_OK;
}

/* As a query string would have it. */
static str spelled(struct arena *a, const struct gql_node *node, str name)
{
    const struct json *v = gql_argument(node, name);
    if (v == NULL || v->type == JSON_NULL)
        return (str){0};
    return v->type == JSON_TEXT ? v->text : json_print(a, v);
}

static enum err read_where(struct gql_execution *x, const struct gql_node *node, struct query *q, struct problem *why)
{
    struct filter_options options = {.dialect = JSON_5, .reader = q->reader, .where = S("filter")};
    const struct filter *where = &filter_all;
    const struct json *tree = gql_argument(node, S("filter"));
    str id = gql_argument_text(node, S("_id"));
    if (tree != NULL && tree->type == JSON_TEXT) /* a text of JSON, as in a query string */
        TRY(json_read(x->arena, tree->text, &(struct json_options){.dialect = JSON_5}, S("filter"), &tree, why));
    if (tree != NULL)
        TRY(filter_read(x->arena, q->reader->model, q->from, tree, &options, &where, why));
    if (id.at != NULL)
        where = filter_and(x->arena, filter_test(x->arena, &q->from->fields[META_ID], TEST_EQ, json_of_text(id)), where);
    q->where = filter_and(x->arena, where, perspective_states(x->arena, q->from, SEE_PUBLISHED));
    return ERR_OK;
}

enum err cockpit_ask(struct gql_execution *x, const struct gql_node *node, const struct collection *c, struct query *q,
                     struct problem *why)
{
    struct look look = {.see = SEE_PUBLISHED, .languages.locale = gql_argument_text(node, S("locale"))};
    uint32_t limit = 0;
    *q = (struct query){.from = c, .reader = x->who->rights};
    (void)number(node, S("limit"), LIMIT_ROWS, &limit, why);
    (void)number(node, S("skip"), LIMIT_SKIP, &q->skip, why);
    TRY(why->err);
    q->limit = limit > 0 ? limit : LIMIT_ROWS;
    TRY(read_where(x, node, q, why));
    str sort = spelled(x->arena, node, S("sort"));
    if (sort.at != NULL)
        TRY(query_read_sort(x->arena, q, sort, S("sort"), why));
    str fields = spelled(x->arena, node, S("fields"));
    if (fields.at != NULL)
        TRY(query_read_fields(x->arena, q, fields, S("fields"), why));
    else
        query_all_fields(x->arena, q, NULL);
    return perspective_lens(x->arena, q->reader, c, &look, &q->lens, why);
}

enum err cockpit_populate(struct gql_execution *x, const struct gql_node *node, struct query *q, struct problem *why)
{
    uint32_t hops = 0;
    TRY(number(node, S("populate"), LIMIT_POPULATE_HOPS, &hops, why));
    if (hops > 0)
        query_populate(x->arena, q, hops);
    perspective_branches(x->arena, q, SEE_PUBLISHED);
    return ERR_OK;
}

enum err cockpit_model(struct gql_execution *x, const struct gql_node *node, const struct collection **out, struct problem *why)
{
    return gate_collection(x->gate, x->who, gql_argument_text(node, S("model")), out, why);
}

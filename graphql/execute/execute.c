/* One operation, from its root on (specification 6.2). */
#include "graphql/execute/internal.h"

static enum gql_done write_root(struct gql_execution *x, const struct gql_fields *fields)
{
    gql_find_twins(x, fields);
    return gql_write_object(x, NULL, fields, NULL, false);
}

const struct gql_type *gql_root_type(const struct gql_execution *x)
{
    const struct gql_type *const roots[] = {x->schema->query, x->schema->mutation, x->schema->subscription};
    return roots[x->operation->kind];
}

void gql_execute(struct gql_execution *x)
{
    size_t start = x->out->len;
    x->path = NULL;
    const struct gql_type *root = gql_root_type(x);
    enum gql_done done = GQL_NULLED;
    if (root == NULL || (x->operation->kind == GQL_SUBSCRIPTION && x->event == NULL))
        gql_fail_at(x->errors, gql_fail(x->errors, GQL_NO_OPERATION, "Operations of this kind do not run here."),
                    x->document->text, x->operation->at);
    else
        done = write_root(x, gql_collect_root(x, root));
    if (done == GQL_WROTE)
        return;
    buf_truncate(x->out, start);
    x->out->failed = false; /* what was too much is gone */
    buf_add(x->out, S("null"));
}

static enum err refuse(str fault, struct problem *why)
{
    return problem_set(why, ERR_BAD_INPUT, STR_FMT, STR_ARG(fault));
}

enum err gql_find_source(struct gql_execution *x, struct feed_wish *out, struct problem *why)
{
    const struct gql_type *root = gql_root_type(x);
    if (root == NULL || x->schema->source == NULL)
        return refuse(S("Operations of this kind do not run here."), why);
    const struct gql_fields *fields = gql_collect_root(x, root);
    if (fields->fault.at != NULL)
        return refuse(fields->fault, why);
    must(fields->count == 1); /* rule_single_field */
    const struct gql_node *node = &fields->nodes[0];
    return node->arguments != NULL ? x->schema->source(x, node, out, why) : refuse(node->fault, why);
}

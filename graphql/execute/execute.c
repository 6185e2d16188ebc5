/* One operation, from its root on (specification 6.2). */
#include "graphql/execute/internal.h"

static enum gql_done write_root(struct gql_execution *x, const struct gql_fields *fields)
{
    gql_find_twins(x, fields);
    return gql_write_object(x, NULL, fields, NULL, false);
}

void gql_execute(struct gql_execution *x)
{
    size_t start = x->out->len;
    x->path = NULL;
    const struct gql_type *root = x->operation->kind == GQL_QUERY      ? x->schema->query
                                  : x->operation->kind == GQL_MUTATION ? x->schema->mutation
                                                                       : NULL;
    enum gql_done done = GQL_NULLED;
    if (root == NULL)
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

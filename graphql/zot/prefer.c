/* What people marked for themselves: theirs with the repositories that are found, how many stars when somebody asks. */
#include "graphql/zot/internal.h"

enum err zot_take_marks(struct gql_execution *x, struct zot_repos *repos, struct problem *why)
{
    struct repository_marks *marks;
    size_t count;
    TRY(gate_marks(x->gate, x->who, x->arena, &marks, &count, why));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < repos->count; k++)
            if (str_equal(repos->items[k].id, marks[i].repository_id))
                repos->items[k].marks = &marks[i];
    return ERR_OK;
}

bool zot_is_marked(const struct zot_repo *r, enum mark mark)
{
    return r->marks && r->marks->is[mark];
}

int64_t zot_stars(struct gql_execution *x, const struct zot_repo *r)
{
    struct problem quiet = {.arena = x->arena};
    uint64_t n = 0;
    return gate_stars(x->gate, x->who, r->name, x->arena, &n, &quiet) == ERR_OK ? (int64_t)n : 0;
}

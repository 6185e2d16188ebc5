/* GET /api/content/tree/{model}: all published nodes below a parent, nested. The whole tree is read in order and put
 * together by content/query/forest.c. */
#include "api/content/content.h"
#include "base/limits.h"
#include "content/query/forest.h"

static enum err read_nodes(struct exchange *x, struct api *api, struct query *q,
                           struct item_list *out, struct problem *why)
{
    bool has_more;
    item_list_init(out, x->arena);
    out->references = true;
    TRY(content_read_all(x, api, q, LIMIT_TREE_ITEMS, out, &has_more, why));
    return has_more ? problem_set(why, ERR_TOO_LARGE, "The tree has more than %u nodes",
                                  LIMIT_TREE_ITEMS)
                    : ERR_OK;
}

const char *const content_tree_names[] = {"parent", "fields", "populate", "locale",
                                          "state", "perspective",  "filter", "fallback", "locale_report", NULL};

enum err content_tree(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    const struct collection *c;
    struct query *q;
    struct item_list items;
    struct answer answer;
    struct etag tag;
    const struct forest_node *first;
    TRY(gate_collection(api->gate, x->who, param(p, "model"), &c, why));
    if (c->shape != SHAPE_TREE)
        return problem_set(why, ERR_BAD_INPUT, STR_FMT " is not a tree", STR_ARG(c->name));
    TRY(content_params_read(x, api, content_tree_names, &params, why));
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    struct forest_extras hidden = forest_outputs(x->arena, q);
    etag_begin(x, api, &tag);
    etag_add(x, api, q, &tag);
    if (etag_is_fresh(x, &tag)) {
        etag_send_unchanged(x, &tag);
        return ERR_OK;
    }
    TRY(read_nodes(x, api, q, &items, why));
    TRY(forest_below(x->arena, items.items, items.count, params.parent, &first, why));
    answer_begin(x, &answer);
    TRY(forest_write(&answer.json, first, &hidden, why));
    return answer_send(x, &answer, &tag, why);
}

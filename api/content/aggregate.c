/* GET /api/content/aggregate/{model}: a pipeline of reading stages. Its first $match, $sort and
 * $skip are the database's; only the fields that the pipeline looks at are fetched. What comes out
 * is made of values, not items: references are ids. */
#include "api/content/content.h"

#include "base/limits.h"
#include "content/aggregate/aggregate.h"

const char *const content_aggregate_names[] = {"pipeline", "state", "perspective", "locale", "fallback", NULL};

static enum err read_pipeline(struct exchange *x, const struct collection *c, str text,
                              const struct aggregate **out, struct problem *why)
{
    struct filter_options options = {
        .dialect = JSON_5, .reader = x->who->rights, .where = STR("pipeline")};
    struct json_options json5 = {.dialect = JSON_5};
    const struct json *stages;
    if (str_is_absent(text))
        return problem_fault(why, ERR_BAD_INPUT, S("pipeline"), S("required"),
                             "Pipeline is not valid json");
    TRY(json_read(x->arena, text, &json5, S("pipeline"), &stages, why));
    if (stages->type != JSON_LIST)
        return problem_fault(why, ERR_BAD_INPUT, S("pipeline"), S("type"),
                             "Pipeline is not valid list format");
    return aggregate_read(x->arena, principal_model(x->who), c, stages, &options, out, why);
}

/* The items that the first stages let through; one more than is allowed tells aggregate_run to
 * refuse. */
static enum err read_items(struct exchange *x, struct api *api, const struct aggregate *g,
                           struct query *q, struct item_list *out, struct problem *why)
{
    const struct aggregate_start *start = aggregate_start(g);
    field_set fields = aggregate_fields(g);
    bool has_more;
    q->where = filter_and(x->arena, start->where, q->where);
    memcpy(q->sort, start->sort, sizeof q->sort);
    q->sort_count = start->sort_count;
    q->skip = (uint32_t)start->skip;
    query_all_fields(x->arena, q, &fields);
    item_list_init(out, x->arena);
    return content_read_all(x, api, q, start->limit, out, &has_more, why);
}

enum err content_aggregate(struct exchange *x, void *app, const struct params *p,
                           struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    const struct collection *c;
    const struct aggregate *g;
    struct query *q;
    struct item_list items;
    struct json result;
    struct answer answer;
    struct etag tag = {.is_volatile = true}; /* a pipeline may draw lots */
    TRY(gate_collection(api->gate, x->who, param(p, "model"), &c, why));
    if (c->shape == SHAPE_SINGLE)
        return problem_set(why, ERR_BAD_INPUT, "Aggregate method not allowed for " STR_FMT,
                           STR_ARG(c->name));
    TRY(content_params_read(x, api, content_aggregate_names, &params, why));
    TRY(read_pipeline(x, c, params.pipeline, &g, why));
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    TRY(read_items(x, api, g, q, &items, why));
    TRY(aggregate_run(g, x->arena, items.items, items.count, &result, why));
    answer_begin(x, &answer);
    json_value(&answer.json, &result);
    return answer_send(x, &answer, &tag, why);
}

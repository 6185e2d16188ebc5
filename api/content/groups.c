/* GET /api/content/groups/{model}: groups of items with counts, sums and the like, made by the database.
 *
 *   ?groupBy[]=author&groupBy[]=year(published)&aggregate[sum]=views&having={"sum.views":{"$gt":10}} */
#include "api/content/content.h"

#include "base/limits.h"
#include "content/query/groups.h"

const char *const content_group_names[] = {
    "aggregate[count]", "aggregate[countDistinct]", "aggregate[sum]", "aggregate[sumDistinct]",
    "aggregate[avg]",   "aggregate[avgDistinct]",   "aggregate[min]", "aggregate[max]",
    "groupBy",          "groupBy[]",                "having",         "filter",
    "sort",             "limit",                    "skip",           "state",
    "locale",           "perspective",              NULL};

static enum err read_having(struct exchange *x, const struct query_string *query, const struct json **out,
                            struct problem *why)
{
    str text = query_string_get(query, S("having"));
    *out = NULL;
    if (str_is_absent(text) || text.len == 0)
        return ERR_OK;
    return json_read(x->arena, text, &(struct json_options){.dialect = JSON_5}, S("having"), out, why);
}

/* groupBy=a,b and groupBy[]=a&groupBy[]=b say the same. */
static enum err read_groups(struct exchange *x, const struct content_params *p, struct query *q, struct problem *why)
{
    const struct query_string *query = &p->query;
    str *by = NEW_N(x->arena, str, query->count + 1);
    struct group_wish wish = {.by = by, .sort = query_string_get(query, S("sort"))};
    for (size_t i = 0; i < query->count; i++)
        if (str_equal(query->pairs[i].name, S("groupBy")) || str_equal(query->pairs[i].name, S("groupBy[]")))
            by[wish.by_count++] = query->pairs[i].value;
    for (unsigned what = 0; what < GROUP_DO_COUNT; what++)
        wish.values[what] = query_string_get(
            query, arena_format(x->arena, "aggregate[" STR_FMT "]", STR_ARG(group_words[what])));
    TRY(read_having(x, query, &wish.having, why));
    return groups_read(x->arena, q, &wish, &q->groups, why);
}

enum err content_groups(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    const struct collection *c;
    struct query *q;
    struct answer answer;
    struct group_writer groups;
    struct etag tag;
    TRY(gate_collection(api->gate, x->who, param(p, "model"), &c, why));
    TRY(gate_allows(x->who, VERB_READ, c, why));
    TRY(content_params_read(x, api, content_group_names, &params, why));
    params.sort = (str){0}; /* of groups, not of items */
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    q->output_count = 0;
    TRY(read_groups(x, &params, q, why));
    etag_begin(x, api, &tag);
    etag_add(x, api, q, &tag);
    if (etag_answers(x, &tag))
        return ERR_OK;
    answer_begin(x, &answer);
    json_list_open(&answer.json);
    group_writer_init(&groups, x->arena, &answer.json);
    TRY(gate_read(api->gate, x->who, q, &groups.receiver, NULL, why));
    json_list_close(&answer.json);
    return answer_send(x, &answer, &tag, why);
}

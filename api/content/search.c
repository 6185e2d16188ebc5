/* One search over several collections: each is asked as its own listing would be, the answers are put into one list,
 * best matches first. What the caller may not know of, or may not search, is left out. */
#include "api/content/content.h"

#include "api/etag.h"
#include "base/limits.h"
#include "roles/search.h"

const char *const content_search_names[] = {"q",     "collections", "limit",  "fuzzy",
                                            "state", "perspective", "locale", NULL};

static bool is_named(str names, str name)
{
    str piece;
    bool ended = false;
    if (str_is_absent(names))
        return true;
    while (str_next(&names, &ended, ',', &piece))
        if (str_equal(str_trim(piece), name))
            return true;
    return false;
}

/* At most LIMIT_BATCH_MODELS; more have to be named. */
static enum err queries_of(struct exchange *x, const struct content_params *p, struct query **out, size_t *count,
                           struct problem *why)
{
    const struct model *m = principal_model(x->who);
    *count = 0;
    for (size_t i = 0; i < m->collection_count; i++) {
        const struct collection *c = m->collections[i];
        if (!is_named(p->collections, c->name) || !gate_searches(x->who, c))
            continue;
        if (*count == LIMIT_BATCH_MODELS)
            return problem_fault(why, ERR_BAD_INPUT, S("collections"), S("limit"),
                                 "At most %u collections at a time: name them", LIMIT_BATCH_MODELS);
        TRY(content_query(x->arena, x->who, c, p, &out[*count], why));
        out[(*count)++]->limit = p->limit ? p->limit : SEARCH_HITS_USUAL;
    }
    return ERR_OK;
}

static void write_hit(struct json_writer *w, const struct search_hit *h)
{
    json_map_open(w);
    json_name(w, S("_model"));
    json_text(w, h->in->name);
    for (uint32_t i = 0; i < h->item.count; i++) {
        json_name(w, h->item.items[i].name);
        json_value(w, &h->item.items[i]);
    }
    json_map_close(w);
}

enum err content_search(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct query *queries[LIMIT_BATCH_MODELS];
    struct content_params params;
    struct search_hit *hits;
    struct answer answer;
    struct etag tag;
    size_t count = 0, found = 0;
    (void)p;
    TRY(content_demand_role(x->who, why));
    TRY(content_params_read(x, app, content_search_names, &params, why));
    if (str_is_absent(params.search))
        return problem_fault(why, ERR_BAD_INPUT, S("q"), S("required"), "q says what is searched for");
    if (params.limit > SEARCH_HITS_MAX)
        return problem_fault(why, ERR_BAD_INPUT, S("limit"), S("parameter"), "limit is at most %u here", SEARCH_HITS_MAX);
    params.score = true;
    TRY(queries_of(x, &params, queries, &count, why));
    etag_begin(x, app, &tag);
    for (size_t i = 0; i < count; i++)
        etag_add(x, app, queries[i], &tag);
    if (etag_answers(x, &tag))
        return ERR_OK;
    TRY(gate_search(((struct api *)app)->gate, x->who, queries, count, x->arena, &hits, &found, why));
    size_t most = params.limit ? params.limit : SEARCH_HITS_USUAL;
    answer_begin(x, &answer);
    json_list_open(&answer.json);
    for (size_t i = 0; i < found && i < most; i++)
        write_hit(&answer.json, &hits[i]);
    json_list_close(&answer.json);
    return answer_send(x, &answer, &tag, why);
}

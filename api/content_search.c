/* One search over several collections: each is asked as its own listing would be, the answers are put into one list,
 * best matches first. What the caller may not know of, or may not search, is left out. */
#include "api/content.h"

#include "api/etag.h"
#include "base/limits.h"
#include "content/search.h"

#include <stdlib.h>

const char *const content_search_names[] = {"q",     "collections", "limit",  "fuzzy",
                                            "state", "perspective", "locale", NULL};

#define HITS_USUAL 20u
#define HITS_MAX 100u

struct hit {
    const struct collection *in;
    struct json item;
    double score;
    size_t order; /* ties stay in the order of the collections */
};

struct hits {
    struct hit *at;
    size_t count;
};

static int better(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

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

static bool may_search(const struct principal *who, const struct collection *c)
{
    return gate_may(who, VERB_READ, c) && search_is_possible(who->rights, c);
}

/* At most LIMIT_BATCH_MODELS; more have to be named. */
static enum err queries_of(struct exchange *x, const struct content_params *p, struct query **out, size_t *count,
                           struct problem *why)
{
    const struct model *m = principal_model(x->who);
    *count = 0;
    for (size_t i = 0; i < m->collection_count; i++) {
        const struct collection *c = m->collections[i];
        if (!is_named(p->collections, c->name) || !may_search(x->who, c))
            continue;
        if (*count == LIMIT_BATCH_MODELS)
            return problem_fault(why, ERR_BAD_INPUT, S("collections"), S("limit"),
                                 "At most %u collections at a time: name them", LIMIT_BATCH_MODELS);
        TRY(content_query(x->arena, x->who, c, p, &out[*count], why));
        out[(*count)++]->limit = p->limit ? p->limit : HITS_USUAL;
    }
    return ERR_OK;
}

static enum err find(struct exchange *x, struct api *api, struct query *q, struct hits *all, struct problem *why)
{
    struct item_list list;
    item_list_init(&list, x->arena);
    list.references = true;
    TRY(gate_read(api->gate, x->who, q, &list.receiver, NULL, why));
    for (size_t i = 0; i < list.count; i++) {
        const struct json *score = json_get(&list.items[i], S("_score"));
        must(score && score->type == JSON_REAL);
        all->at[all->count] = (struct hit){q->from, list.items[i], score->real, all->count};
        all->count++;
    }
    return ERR_OK;
}

static void write_hit(struct json_writer *w, const struct hit *h)
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
    struct hits hits = {0};
    struct answer answer;
    struct etag tag;
    size_t count = 0;
    (void)p;
    TRY(content_demand_role(x->who, why));
    TRY(content_params_read(x, app, content_search_names, &params, why));
    if (str_is_absent(params.search))
        return problem_fault(why, ERR_BAD_INPUT, S("q"), S("required"), "q says what is searched for");
    if (params.limit > HITS_MAX)
        return problem_fault(why, ERR_BAD_INPUT, S("limit"), S("parameter"), "limit is at most %u here", HITS_MAX);
    params.score = true;
    TRY(queries_of(x, &params, queries, &count, why));
    etag_begin(x, app, &tag);
    for (size_t i = 0; i < count; i++)
        etag_add(x, app, queries[i], &tag);
    if (etag_answers(x, &tag))
        return ERR_OK;
    hits.at = NEW_N(x->arena, struct hit, count * HITS_MAX + 1);
    for (size_t i = 0; i < count; i++)
        TRY(find(x, app, queries[i], &hits, why));
    qsort(hits.at, hits.count, sizeof *hits.at, better);
    size_t most = params.limit ? params.limit : HITS_USUAL;
    answer_begin(x, &answer);
    json_list_open(&answer.json);
    for (size_t i = 0; i < hits.count && i < most; i++)
        write_hit(&answer.json, &hits.at[i]);
    json_list_close(&answer.json);
    return answer_send(x, &answer, &tag, why);
}

#include "roles/search.h"

#include <stdlib.h>

#include "content/item/json.h"

bool gate_searches(const struct principal *who, const struct collection *c)
{
    return gate_may(who, VERB_READ, c) && search_is_possible(who->rights, c);
}

static int better(const void *a, const void *b)
{
    const struct search_hit *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static enum err find(struct gate *g, const struct principal *who, struct query *q,
                     struct search_hit *hits, size_t *found, struct arena *a, struct problem *why)
{
    struct item_list list;
    item_list_init(&list, a);
    list.references = true;
    TRY(gate_read(g, who, q, &list.receiver, NULL, why));
    for (size_t i = 0; i < list.count; i++) {
        const struct json *score = json_get(&list.items[i], S("_score"));
        must(score && score->type == JSON_REAL);
        hits[*found] = (struct search_hit){q->from, list.items[i], score->real, *found};
        ++*found;
    }
    return ERR_OK;
}

enum err gate_search(struct gate *g, const struct principal *who, struct query *const *queries,
                     size_t count, struct arena *a, struct search_hit **out, size_t *found,
                     struct problem *why)
{
    size_t room = 1;
    for (size_t i = 0; i < count; i++)
        room += queries[i]->limit;
    *out = NEW_N(a, struct search_hit, room);
    *found = 0;
    for (size_t i = 0; i < count; i++)
        TRY(find(g, who, queries[i], *out, found, a, why));
    qsort(*out, *found, sizeof **out, better);
    return ERR_OK;
}

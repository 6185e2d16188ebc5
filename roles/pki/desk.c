/* What Notary's desk knows beside the rows that somebody may read: that a number is taken, and whose a request is. */
#include "base/limits.h"
#include "content/content.h"
#include "roles/internal.h"
#include "roles/pki/pki.h"

#define REQUESTS S("certificate_requests")

enum err gate_has_request(struct gate *g, int64_t number, bool *out, struct problem *why)
{
    static const str fields[] = {STR("serial")};
    const struct principal *server = principal_system(g, why->arena, SYSTEM_PKI);
    const struct collection *c = model_find(server->rights->model, REQUESTS);
    struct item_list list;
    TRY(read_items_of(g->content, server->rights, REQUESTS, filter_test(why->arena, collection_field(c, S("serial")), TEST_EQ, json_of_int(number)),
                      fields, COUNTOF(fields), why->arena, &list, why));
    *out = list.count > 0;
    return ERR_OK;
}

static const struct filter *among(struct arena *a, const struct collection *users, const str *ids, size_t count)
{
    struct json *list = NEW_N(a, struct json, count);
    for (size_t i = 0; i < count; i++)
        list[i] = json_of_text(ids[i]);
    return filter_test(a, &users->fields[META_ID], TEST_IN, json_of_list(list, count));
}

static enum err read_users(struct gate *g, const struct principal *who, const struct filter *which, const struct collection *users, struct arena *a,
                           struct item_list *out, struct problem *why)
{
    static const str fields[] = {STR("_id"), STR("email")};
    const struct principal *server = principal_system(g, a, SYSTEM_PKI);
    const struct collection *requests = model_find(who->rights->model, REQUESTS);
    struct query q = {.from = users, .where = which, .limit = LIMIT_ROWS};
    if (requests && gate_may_all(who, VERB_READ, requests))
        return read_items_of(g->content, server->rights, users->name, which, fields, COUNTOF(fields), a, out, why);
    if (!gate_may(who, VERB_READ, users))
        return ERR_OK;
    query_all_fields(a, &q, NULL);
    return gate_read(g, who, &q, &out->receiver, NULL, why);
}

enum err gate_request_owners(struct gate *g, const struct principal *who, const str *ids, size_t count, struct arena *a, str *emails,
                             struct problem *why)
{
    const struct collection *users = model_find(who->rights->model, S("users"));
    struct item_list list;
    item_list_init(&list, a);
    for (size_t i = 0; i < count; i++)
        emails[i] = (str){0};
    if (count == 0 || !users)
        return ERR_OK;
    TRY(read_users(g, who, among(a, users, ids, count), users, a, &list, why));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < list.count; k++)
            if (str_equal(item_text(&list.items[k], S("_id")), ids[i]))
                emails[i] = item_text(&list.items[k], S("email"));
    return ERR_OK;
}

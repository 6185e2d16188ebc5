/* The list of GraphQL documents: read by the server for whoever names one, because using a document is not reading the
 * collection. */
#include "roles/internal.h"

#define HASH_PREFIX S("sha256:")

struct names {
    const struct json *ids;
    const struct principal *who;
    bool found;
};

static enum err look(void *self, const struct policy_rules *rules, struct problem *why)
{
    (void)why;
    struct names *n = self;
    for (uint32_t i = 0; i < n->ids->count; i++)
        for (size_t k = 0; k < rules->role_count; k++)
            for (size_t r = 0; json_is_text(&n->ids->items[i], rules->roles[k].id) && r < n->who->role_count; r++)
                n->found |= str_equal(n->who->roles[r], rules->roles[k].name);
    return ERR_OK;
}

/* Roles that the item names: none are everybody's. One that is gone lets nobody in. */
static enum err is_for(struct gate *g, const struct principal *who, const struct json *item, bool *out, struct problem *why)
{
    struct names n = {json_get(item, S("roles")), who, false};
    *out = who->is_admin || !n.ids || n.ids->type != JSON_LIST || n.ids->count == 0;
    if (*out)
        return ERR_OK;
    TRY(policy_look(g->policy, look, &n, why));
    *out = n.found;
    return ERR_OK;
}

enum err gate_document(struct gate *g, const struct principal *who, str id, struct arena *a, struct gate_document *out,
                       struct problem *why)
{
    const struct json *item = NULL, *age;
    bool by_hash = str_starts(id, HASH_PREFIX), fits = false;
    str value = by_hash ? str_slice(id, HASH_PREFIX.len, id.len) : id;
    const struct principal *server = principal_system(g, a, SYSTEM_DOCUMENTS);
    TRY(read_item(g->content, server->rights, S("graphql_documents"), by_hash ? S("hash") : S("name"), value, a, &item, why));
    if (item && item_flag(item, S("enabled"), true))
        TRY(is_for(g, who, item, &fits, why));
    if (!fits)
        return problem_set(why, ERR_NOT_FOUND, "There is no such document");
    age = json_get(item, S("max_age"));
    *out = (struct gate_document){item_text(item, S("source")), age && age->type == JSON_INT ? age->integer : -1};
    return ERR_OK;
}

/* Limits in time and by address, of roles and grants. What does not read lets nothing through. */
#include "roles/policy/limits.h"

#include "base/network.h"
#include "roles/internal.h"

static const struct network *networks_of(struct arena *a, const struct json *list, size_t *count)
{
    struct network *networks = NEW_N(a, struct network, list->count);
    *count = 0;
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].type == JSON_TEXT && network_read(list->items[i].text, &networks[*count]))
            (*count)++;
    return networks;
}

static bool is_given(const struct json *v)
{
    return v && v->type != JSON_NULL && !(v->type == JSON_LIST && v->count == 0);
}

const struct limit *limit_of(struct arena *a, const struct json *item)
{
    const struct json *addresses = json_get(item, S("addresses"));
    bool from = is_given(json_get(item, S("valid_from"))), until = is_given(json_get(item, S("valid_until")));
    if (!is_given(addresses) && !from && !until)
        return NULL;
    struct limit *l = NEW(a, struct limit);
    l->from_ms = from ? item_time(item, S("valid_from")) : INT64_MIN;
    l->until_ms = until ? item_time(item, S("valid_until")) : INT64_MAX;
    l->by_address = is_given(addresses);
    if (l->by_address && addresses->type == JSON_LIST)
        l->networks = networks_of(a, addresses, &l->network_count);
    return l;
}

enum force limit_judge(const struct limit *l, const struct moment *at)
{
    struct address client;
    if (!l)
        return IN_FORCE;
    if (at->is_never)
        return ONLY_LIMITED;
    if (at->now_ms < l->from_ms || at->now_ms >= l->until_ms)
        return OUT_OF_TIME;
    if (!l->by_address)
        return IN_FORCE;
    bool reads = address_read(at->address, &client);
    if (!reads && str_equal(at->address, S("unix")))
        client = (struct address){.is_local = true}, reads = true;
    return reads && network_has(l->networks, l->network_count, &client) ? IN_FORCE : OUT_OF_PLACE;
}

bool limit_holds(const struct limit *l, const struct moment *at)
{
    return limit_judge(l, at) == IN_FORCE;
}

struct limit limit_copy(struct arena *a, const struct limit *l)
{
    struct limit copy = *l;
    struct network *networks = NEW_N(a, struct network, l->network_count);
    for (size_t i = 0; i < l->network_count; i++)
        networks[i] = l->networks[i];
    copy.networks = networks;
    return copy;
}

/* Issuing rules as they are written: patterns that can be read, a name that stays once requests know it, and nobody who is deleted
 * makes a rule about everybody of one that was about him. What they decide is rules.c's. */
#include "base/limits.h"
#include "base/network.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/pki/pki.h"

static bool is_dns(str s)
{
    return str_starts(s, S("**.")) ? dns_name_valid(str_slice(s, 1, s.len)) : dns_name_valid(s);
}

static bool is_network(str s)
{
    struct network n;
    return network_read(s, &n);
}

static bool is_email(str s)
{
    return str_starts(s, S("@")) ? dns_name_valid(str_slice(s, 1, s.len)) : email_valid(s);
}

static bool is_uri(str s)
{
    size_t colon;
    return str_find(s, ':', &colon) && colon > 0;
}

static const struct {
    str field;
    bool (*reads)(str pattern);
    const char *like;
} patterns[] = {
    {STR("dns"), is_dns, "example.org, *.example.org or **.example.org"},
    {STR("networks"), is_network, "192.0.2.0/24"},
    {STR("emails"), is_email, "ops@example.org or @example.org"},
    {STR("uris"), is_uri, "https://example.org/"},
};

static enum err check_patterns(const struct change *c, const struct json *present, struct problem *why)
{
    for (size_t k = 0; k < COUNTOF(patterns); k++) {
        const struct json *list = value_to_be(c, present, patterns[k].field);
        for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++)
            if (list->items[i].type != JSON_TEXT || !patterns[k].reads(list->items[i].text))
                return problem_fault(why, ERR_INVALID, arena_format(why->arena, "/" STR_FMT "/%u", STR_ARG(patterns[k].field), i), S("pattern"),
                                     "Say it like %s", patterns[k].like);
    }
    return ERR_OK;
}

/* Requests say by its name which rule let them in. */
static enum err check_name(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    const struct collection *requests = model_find(work_model(w), S("certificate_requests"));
    uint64_t count = 0;
    if (!present || !value_changes(c, present, S("name")))
        return ERR_OK;
    TRY(work_count(w, S("certificate_requests"),
                   filter_test(work_arena(w), collection_field(requests, S("rule")), TEST_EQ, json_of_text(text_in(present, S("name")))), &count, why));
    return count ? problem_fault(why, ERR_CONFLICT, S("/name"), S("in-use"), "Requests know the rule by this name; make another rule") : ERR_OK;
}

/* All of them are looked at for each request: one that would not be is not made. */
static enum err check_room(struct work *w, struct problem *why)
{
    uint64_t count = 0;
    TRY(work_count(w, S("issuing_rules"), &filter_all, &count, why));
    return count < LIMIT_ISSUING_RULES ? ERR_OK : problem_set(why, ERR_CONFLICT, "There are at most %u issuing rules", LIMIT_ISSUING_RULES);
}

static size_t subjects(const struct change *c, const struct json *present)
{
    static const str fields[] = {STR("roles"), STR("users"), STR("service_accounts")};
    size_t count = 0;
    for (size_t i = 0; i < COUNTOF(fields); i++) {
        const struct json *list = c ? value_to_be(c, present, fields[i]) : json_get(present, fields[i]);
        count += list && list->type == JSON_LIST ? list->count : 0;
    }
    return count;
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op == OP_DELETE)
        return ERR_OK;
    if (work_follows(w)) {
        if (present && subjects(NULL, present) > 0 && subjects(c, present) == 0)
            value_put(c, S("enabled"), json_false);
        return ERR_OK;
    }
    TRY(check_patterns(c, present, why));
    if (c->op == OP_CREATE)
        TRY(check_room(w, why));
    return check_name(w, c, present, why);
}

const struct behaviour behaviour_issuing_rules = {.collection = STR("issuing_rules"), .before = before};

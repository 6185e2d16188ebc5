/* Who may do what, and why: explanations and the templates of roles. What is said is made behind the gate
 * (docs/roles.md). */
#include "api/api.h"
#include "base/limits.h"
#include "base/time.h"

#include <assert.h>

static const char *const explain_names[] = {"collection", "verb", "id", "fields", "as", "address", "at", NULL};
static const char *const no_names[] = {NULL};

static bool is_one_of(const char *const *names, str name)
{
    for (size_t i = 0; names[i]; i++)
        if (str_equal(str_of(names[i]), name))
            return true;
    return false;
}

static enum err read_names(struct exchange *x, const struct api *api, const char *const *names, struct query_string *q,
                           struct problem *why)
{
    TRY(query_string_read(x->arena, x->query, q, why));
    for (size_t i = 0; i < q->count; i++)
        if (!is_one_of(names, q->pairs[i].name) && !(api->key_in_query && str_equal(q->pairs[i].name, S("api_key"))))
            (void)problem_fault(why, ERR_BAD_INPUT, q->pairs[i].name, S("unknown-parameter"),
                                "There is no parameter " STR_FMT " here", STR_ARG(q->pairs[i].name));
    return why->err;
}

static enum err explain(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct query_string q;
    str text, at;
    (void)p;
    TRY(read_names(x, api, explain_names, &q, why));
    struct explain_wish wish = {
        .collection = query_string_get(&q, S("collection")),
        .verb = query_string_get(&q, S("verb")),
        .id = query_string_get(&q, S("id")),
        .fields = query_string_get(&q, S("fields")),
        .as = query_string_get(&q, S("as")),
        .address = query_string_get(&q, S("address")),
    };
    if (str_is_absent(wish.collection))
        (void)problem_fault(why, ERR_BAD_INPUT, S("collection"), S("required"), "Say which collection");
    if (str_is_absent(wish.verb))
        (void)problem_fault(why, ERR_BAD_INPUT, S("verb"), S("required"), "Say which verb: read, create, update, delete, publish or an action");
    at = query_string_get(&q, S("at"));
    if (!str_is_absent(at) && !time_read(at, &wish.at_ms))
        (void)problem_fault(why, ERR_BAD_INPUT, S("at"), S("time"), "at takes a time like 2027-01-31T00:00:00Z");
    TRY(why->err);
    TRY(gate_explain(api->gate, x, &wish, &text, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, text);
    return ERR_OK;
}

static enum err templates(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct query_string q;
    const struct json *list;
    (void)p;
    TRY(read_names(x, app, no_names, &q, why));
    TRY(gate_role_templates(x->who, x->arena, &list, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, json_print(x->arena, list));
    return ERR_OK;
}

/* clang-format off */
static const struct route access_routes[] = {
    {M_GET, "/api/auth/explain", explain, 0, 0, "Why somebody may do something, or not"},
    {M_GET, "/api/auth/templates", templates, 0, 0, "What new roles can be made from"},
};
/* clang-format on */
static const char *const *const access_parameters[] = {explain_names, no_names};
static_assert(COUNTOF(access_parameters) == COUNTOF(access_routes), "names of parameters stand beside their route");
const struct api_table access_api = {.routes = access_routes, .count = COUNTOF(access_routes), .parameters = access_parameters};

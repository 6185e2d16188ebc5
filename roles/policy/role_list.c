/* Roles as values, for commands: what was granted. What that comes to is told by roles/policy/audit.c. */
#include "content/kind.h"
#include "content/system/people/templates.h"
#include "roles/internal.h"

static enum err read_both(struct gate *g, struct arena *a, struct item_list *roles, struct item_list *grants,
                          struct problem *why)
{
    TRY(gate_catch_up(g, why));
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_COMMAND);
    enum err e = read_items(g->content, server, S("roles"), NULL, a, roles, why);
    if (e == ERR_OK)
        e = read_items(g->content, server, S("grants"), NULL, a, grants, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    return e;
}

static struct json grants_of(struct arena *a, const struct item_list *grants, str role)
{
    static const str shown[] = {STR("_id"),    STR("collection"), STR("verbs"),   STR("fields"),     STR("where"),
                                STR("check"),  STR("preset"),     STR("locales"), STR("addresses"),  STR("valid_from"),
                                STR("valid_until"), STR("info")};
    struct json *list = NEW_N(a, struct json, grants->count);
    size_t count = 0;
    for (size_t i = 0; i < grants->count; i++)
        if (str_equal(item_text(&grants->items[i], S("role")), role))
            list[count++] = item_pick(a, &grants->items[i], shown, COUNTOF(shown), NULL, 0);
    return json_of_list(list, count);
}

static struct json show(struct arena *a, const struct json *role, struct json last)
{
    static const str shown[] = {STR("_id"),      STR("name"),       STR("label"),       STR("info"),     STR("builtin"), STR("inherits"),
                                STR("addresses"), STR("valid_from"), STR("valid_until"), STR("template"), STR("permissions")};
    return item_pick(a, role, shown, COUNTOF(shown), &last, 1);
}

enum err gate_role_list(struct gate *g, struct arena *a, struct json *out, struct problem *why)
{
    struct item_list roles, grants;
    TRY(read_both(g, a, &roles, &grants, why));
    struct json *list = NEW_N(a, struct json, roles.count);
    for (size_t i = 0; i < roles.count; i++) {
        struct json own = grants_of(a, &grants, item_text(&roles.items[i], S("_id")));
        list[i] = show(a, &roles.items[i], json_named(S("grant_count"), json_of_int(own.count)));
    }
    *out = json_of_list(list, roles.count);
    return ERR_OK;
}

enum err gate_role_show(struct gate *g, struct arena *a, str name, struct json *out, struct problem *why)
{
    struct item_list roles, grants;
    TRY(read_both(g, a, &roles, &grants, why));
    for (size_t i = 0; i < roles.count; i++) {
        const struct json *role = &roles.items[i];
        if (!str_equal(item_text(role, S("name")), name))
            continue;
        *out = show(a, role, json_named(S("grants"), grants_of(a, &grants, item_text(role, S("_id")))));
        return ERR_OK;
    }
    return problem_set(why, ERR_NOT_FOUND, "There is no role " STR_FMT, STR_ARG(name));
}

enum err gate_role_templates(const struct principal *who, struct arena *a, const struct json **out, struct problem *why)
{
    const struct collection *roles = model_find(who->rights->model, S("roles"));
    if (!gate_may(who, VERB_READ, roles))
        TRY(gate_allows(who, VERB_CREATE, roles, why));
    *out = role_templates(a);
    return ERR_OK;
}

enum err gate_role_create(struct gate *g, struct arena *a, str name, str label, str template, str *id, struct problem *why)
{
    struct own_change role;
    own_change_begin(&role, g, a, SYSTEM_COMMAND, S("roles"), OP_CREATE);
    own_set_text(&role, S("name"), name);
    if (!str_is_absent(label))
        own_set_text(&role, S("label"), label);
    if (!str_is_absent(template))
        own_set_text(&role, S("template"), template);
    TRY(own_change_commit(&role, why));
    *id = role.change.result_id;
    return ERR_OK;
}

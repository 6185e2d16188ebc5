/* Which roles somebody holds: his own, those of his groups, and what these inherit. A role that is not in
 * force now lends nothing and passes nothing on. */
#include "base/limits.h"
#include "roles/internal.h"

/* ---- From ids in items to names: own roles and those of groups. */

static bool has(const struct identity *i, str name)
{
    for (size_t k = 0; k < i->role_count; k++)
        if (str_equal(i->roles[k], name))
            return true;
    return false;
}

struct name_list {
    struct gate *gate;
    const struct rights *server;
    struct arena *arena;
    str *names, *groups;
    struct identity *out;
};

static enum err add_roles(struct name_list *l, const struct json *ids, str group, struct problem *why)
{
    const struct json *one = ids;
    uint32_t count = ids && ids->type == JSON_TEXT ? 1 : 0;
    if (ids && ids->type == JSON_LIST)
        one = ids->items, count = ids->count;
    for (uint32_t i = 0; i < count && l->out->role_count < LIMIT_ROLES_GIVEN; i++) {
        const struct json *role = NULL;
        if (one[i].type != JSON_TEXT)
            continue;
        TRY(read_item(l->gate->content, l->server, S("roles"), S("_id"), one[i].text, l->arena, &role, why));
        if (!role || has(l->out, item_text(role, S("name"))))
            continue;
        l->groups[l->out->role_count] = group;
        l->names[l->out->role_count++] = item_text(role, S("name"));
    }
    return ERR_OK;
}

enum err roles_given(struct gate *g, const struct rights *server, const struct json *roles, const struct json *groups,
                     str beside, struct arena *a, struct identity *out, struct problem *why)
{
    struct name_list l = {g, server, a, NEW_N(a, str, LIMIT_ROLES_GIVEN), NEW_N(a, str, LIMIT_ROLES_GIVEN), out};
    out->roles = l.names;
    out->groups = l.groups;
    out->role_count = 0;
    TRY(add_roles(&l, roles, (str){0}, why));
    for (uint32_t i = 0; groups && groups->type == JSON_LIST && i < groups->count; i++) {
        const struct json *group = NULL;
        if (groups->items[i].type != JSON_TEXT)
            continue;
        TRY(read_item(g->content, server, S("groups"), S("_id"), groups->items[i].text, a, &group, why));
        if (group)
            TRY(add_roles(&l, json_get(group, S("roles")), item_text(group, S("name")), why));
    }
    if (!str_is_absent(beside) && !has(out, beside) && out->role_count < LIMIT_ROLES_GIVEN)
        l.names[out->role_count++] = beside;
    return ERR_OK;
}

/* ---- From names to the roles in force, inherited ones behind those that bring them. */

static bool role_named(const struct policy_rules *rules, str name, uint32_t *out)
{
    for (size_t i = 0; i < rules->role_count; i++)
        if (str_equal(rules->roles[i].name, name)) {
            *out = (uint32_t)i;
            return true;
        }
    return false;
}

struct walk {
    const struct policy_rules *rules;
    const struct moment *at;          /* NULL: whatever the limits say */
    struct held_role *list;
    size_t count;
    bool *seen;                       /* per role: a circle that got in does not turn */
};

static void hold(struct walk *w, uint32_t role, uint32_t through, unsigned depth)
{
    if (w->seen[role] || w->count == LIMIT_ROLES_HELD || depth > LIMIT_ROLE_DEPTH)
        return;
    enum force verdict = w->at ? limit_judge(w->rules->roles[role].limit, w->at) : IN_FORCE;
    w->seen[role] = true;
    w->list[w->count++] = (struct held_role){role, through, depth, verdict};
}

const struct held_role *roles_held(struct arena *a, const struct policy_rules *rules, const str *names, size_t count,
                                   const struct moment *at, size_t *out_count)
{
    struct walk w = {rules, at, NEW_N(a, struct held_role, LIMIT_ROLES_HELD), 0, NEW_N(a, bool, rules->role_count + 1)};
    uint32_t role;
    for (size_t i = 0; i < count; i++)
        if (role_named(rules, names[i], &role))
            hold(&w, role, HELD_DIRECTLY, 0);
    for (size_t i = 0; i < w.count; i++) {
        const struct role_rule *r = &rules->roles[w.list[i].role];
        for (size_t k = 0; w.list[i].verdict == IN_FORCE && k < r->inherit_count; k++)
            hold(&w, r->inherits[k], (uint32_t)i, w.list[i].depth + 1);
    }
    *out_count = w.count;
    return w.list;
}

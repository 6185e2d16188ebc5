#include "content/system/people/role_graph.h"

#include "base/limits.h"
#include "content/kind.h"
#include "content/system/people/standing.h"

struct node {
    str id, name;
    const str *inherits;
    size_t inherit_count;
    bool is_limited;
};

struct graph {
    struct work *work;
    struct node *nodes;
    size_t count, room;
    /* The change that is taken as made, on roles; or none. */
    const struct change *change;
    const struct json *present;
};

static const struct json *value(const struct graph *g, const struct json *item, bool is_changed, str field)
{
    if (is_changed)
        return value_to_be(g->change, g->present, field);
    const struct json *v = json_get(item, field);
    return v && v->type != JSON_NULL ? v : NULL;
}

static void add_node(struct graph *g, const struct json *item, str id, bool is_changed)
{
    struct arena *a = work_arena(g->work);
    if (g->count == g->room) {
        size_t room = g->room ? g->room * 2 : 64;
        g->nodes = arena_grow(a, g->nodes, g->room * sizeof *g->nodes, room * sizeof *g->nodes);
        g->room = room;
    }
    const struct json *name = value(g, item, is_changed, S("name")), *addresses = value(g, item, is_changed, S("addresses"));
    struct node *n = &g->nodes[g->count++];
    *n = (struct node){.id = id, .name = name && name->type == JSON_TEXT ? name->text : (str){0}};
    n->inherits = ids_of(a, value(g, item, is_changed, S("inherits")), &n->inherit_count);
    n->is_limited = value(g, item, is_changed, S("valid_from")) || value(g, item, is_changed, S("valid_until")) ||
                    (addresses && !(addresses->type == JSON_LIST && addresses->count == 0));
}

static enum err see_role(void *self, const struct json *item)
{
    struct graph *g = self;
    str id = json_get(item, S("_id"))->text;
    if (!g->change || !str_equal(id, g->change->result_id))
        add_node(g, item, id, false);
    return ERR_OK;
}

/* c: a change of roles, taken as made; NULL: none. */
static enum err read_graph(struct work *w, const struct change *c, const struct json *present, struct graph *g, struct problem *why)
{
    *g = (struct graph){.work = w, .change = c, .present = present};
    TRY(work_each(w, S("roles"), NULL, see_role, g, why));
    if (c && c->op != OP_DELETE)
        add_node(g, NULL, c->result_id, true);
    return ERR_OK;
}

static const struct node *node_of(const struct graph *g, str id)
{
    for (size_t i = 0; i < g->count; i++)
        if (str_equal(g->nodes[i].id, id))
            return &g->nodes[i];
    return NULL;
}

/* Levels below a node, cut off once they are too many, so that an old circle ends, too. */
static unsigned depth_below(const struct graph *g, const struct node *n, unsigned level, unsigned *memo)
{
    unsigned *known = &memo[n - g->nodes], deepest = 0;
    if (*known || level > LIMIT_ROLE_DEPTH)
        return *known ? *known - 1 : 0;
    for (size_t i = 0; i < n->inherit_count; i++) {
        const struct node *below = node_of(g, n->inherits[i]);
        unsigned depth = below ? depth_below(g, below, level + 1, memo) + 1 : 0;
        deepest = depth > deepest ? depth : deepest;
    }
    *known = deepest + 1;
    return deepest;
}

static bool mark(const struct graph *g, bool *seen, str id)
{
    const struct node *n = node_of(g, id);
    if (!n || seen[n - g->nodes])
        return false;
    seen[n - g->nodes] = true;
    return true;
}

/* A node and all below it, itself first. */
static size_t collect_below(const struct graph *g, str id, str *out)
{
    bool *seen = NEW_N(work_arena(g->work), bool, g->count + 1);
    size_t count = 0;
    if (mark(g, seen, id))
        out[count++] = id;
    for (size_t i = 0; i < count; i++) {
        const struct node *n = node_of(g, out[i]);
        for (size_t k = 0; k < n->inherit_count; k++)
            if (mark(g, seen, n->inherits[k]))
                out[count++] = n->inherits[k];
    }
    return count;
}

enum err roles_behind(struct work *w, str role_id, const str **out, size_t *count, struct problem *why)
{
    struct graph g;
    TRY(read_graph(w, NULL, NULL, &g, why));
    str *list = NEW_N(work_arena(w), str, g.count + 1);
    *count = collect_below(&g, role_id, list);
    *out = list;
    return ERR_OK;
}

enum err check_inheritance(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    struct graph g;
    if (!value_changes(c, present, S("inherits")))
        return ERR_OK;
    TRY(read_graph(w, c, present, &g, why));
    const struct node *own = node_of(&g, c->result_id);
    str *below = NEW_N(work_arena(w), str, g.count + 1);
    for (size_t i = 0; i < own->inherit_count; i++)
        if (has_id(below, collect_below(&g, own->inherits[i], below), c->result_id))
            return problem_fault(why, ERR_INVALID, S("/inherits"), S("circle"), "A role cannot inherit itself, by no detour");
    unsigned *memo = NEW_N(work_arena(w), unsigned, g.count + 1);
    for (size_t i = 0; i < g.count; i++)
        if (depth_below(&g, &g.nodes[i], 0, memo) > LIMIT_ROLE_DEPTH)
            return problem_fault(why, ERR_INVALID, S("/inherits"), S("depth"),
                                 "Roles may inherit through at most %u others in a row", LIMIT_ROLE_DEPTH);
    return ERR_OK;
}

/* ---- Who is an administrator for good. */

static bool leads_to_admin(const struct graph *g, const bool *leads, const struct node *n)
{
    if (n->is_limited)
        return false;
    if (str_equal(n->name, S("admin")))
        return true;
    for (size_t i = 0; i < n->inherit_count; i++) {
        const struct node *below = node_of(g, n->inherits[i]);
        if (below && leads[below - g->nodes])
            return true;
    }
    return false;
}

static const str *roles_of_admins(const struct graph *g, size_t *count)
{
    bool *leads = NEW_N(work_arena(g->work), bool, g->count + 1);
    str *ids = NEW_N(work_arena(g->work), str, g->count + 1);
    *count = 0;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < g->count; i++)
            if (!leads[i] && leads_to_admin(g, leads, &g->nodes[i]))
                more = leads[i] = true;
    }
    for (size_t i = 0; i < g->count; i++)
        if (leads[i])
            ids[(*count)++] = g->nodes[i].id;
    return ids;
}

static bool have_one(const str *ids, size_t count, const str *of, size_t of_count)
{
    for (size_t i = 0; i < count; i++)
        if (has_id(of, of_count, ids[i]))
            return true;
    return false;
}

struct group_list {
    struct work *work;
    const struct change *change;      /* of groups, taken as made; or NULL */
    const str *roles;
    size_t role_count;
    str *ids;
    size_t count, room;
};

static void take_group(struct group_list *l, str id, const struct json *roles)
{
    size_t count;
    const str *own = ids_of(work_arena(l->work), roles, &count);
    if (!have_one(own, count, l->roles, l->role_count))
        return;
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 16;
        l->ids = arena_grow(work_arena(l->work), l->ids, l->room * sizeof *l->ids, room * sizeof *l->ids);
        l->room = room;
    }
    l->ids[l->count++] = id;
}

static enum err see_group(void *self, const struct json *item)
{
    struct group_list *l = self;
    str id = json_get(item, S("_id"))->text;
    if (!l->change || !str_equal(id, l->change->result_id))
        take_group(l, id, json_get(item, S("roles")));
    return ERR_OK;
}

static const struct filter *one_of(struct arena *a, const struct collection *c, str field, const str *ids, size_t count)
{
    struct json *list = NEW_N(a, struct json, count);
    for (size_t i = 0; i < count; i++)
        list[i] = json_of_text(ids[i]);
    return count ? filter_test(a, collection_field(c, field), TEST_IN, json_of_list(list, count)) : &filter_none;
}

static bool is_on(const struct json *active)
{
    return !active || active->type != JSON_BOOL || active->boolean;
}

/* Active people who hold one of these roles, with the change taken as made. */
static enum err count_people(struct work *w, const struct change *c, const struct json *present, const struct group_list *l,
                             uint64_t *out, struct problem *why)
{
    struct arena *a = work_arena(w);
    const struct collection *users = model_find(work_model(w), S("users"));
    const struct filter *where = filter_or(a, one_of(a, users, S("roles"), l->roles, l->role_count),
                                           one_of(a, users, S("groups"), l->ids, l->count));
    where = filter_and(a, where, filter_test(a, collection_field(users, S("active")), TEST_NE, json_false));
    bool changes_person = c && str_equal(c->in->name, S("users"));
    if (changes_person)
        where = filter_and(a, where, filter_test(a, &users->fields[META_ID], TEST_NE, json_of_text(c->result_id)));
    TRY(work_count(w, S("users"), where, out, why));
    if (!changes_person || c->op == OP_DELETE || !is_on(value_to_be(c, present, S("active"))))
        return ERR_OK;
    size_t role_count, group_count;
    const str *roles = ids_of(a, value_to_be(c, present, S("roles")), &role_count);
    const str *groups = ids_of(a, value_to_be(c, present, S("groups")), &group_count);
    *out += have_one(roles, role_count, l->roles, l->role_count) || have_one(groups, group_count, l->ids, l->count);
    return ERR_OK;
}

/* c NULL: as things are. */
static enum err count_administrators(struct work *w, const struct change *c, const struct json *present, uint64_t *out,
                                     struct problem *why)
{
    struct graph g;
    bool of_role = c && str_equal(c->in->name, S("roles")), of_group = c && str_equal(c->in->name, S("groups"));
    struct group_list l = {.work = w, .change = of_group ? c : NULL};
    TRY(read_graph(w, of_role ? c : NULL, present, &g, why));
    l.roles = roles_of_admins(&g, &l.role_count);
    TRY(work_each(w, S("groups"), NULL, see_group, &l, why));
    if (of_group && c->op != OP_DELETE)
        take_group(&l, c->result_id, value_to_be(c, present, S("roles")));
    return count_people(w, c, present, &l, out, why);
}

static bool may_matter(const struct change *c, const struct json *present)
{
    static const str fields[] = {STR("roles"),     STR("groups"),     STR("active"),     STR("inherits"),
                                 STR("addresses"), STR("valid_from"), STR("valid_until"), STR("name")};
    if (c->op == OP_DELETE)
        return true;
    for (size_t i = 0; present && i < COUNTOF(fields); i++)
        if (collection_field(c->in, fields[i]) && value_changes(c, present, fields[i]))
            return true;
    return false;
}

enum err check_last_admin(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    uint64_t now, then;
    if (!may_matter(c, present))
        return ERR_OK;
    TRY(count_administrators(w, c, present, &then, why));
    if (then > 0)
        return ERR_OK;
    TRY(count_administrators(w, NULL, NULL, &now, why));
    return now == 0 ? ERR_OK : problem_set(why, ERR_CONFLICT, "This is the last administrator; make another one first");
}

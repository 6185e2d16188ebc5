#include "content/system/site/follow.h"

#include "content/kind.h"
#include "content/system/people/permissions.h"
#include "content/system/people/standing.h"

struct move {
    struct work *work;
    struct arena *arena;
    const struct collection *before, *after;
    bool moves_fields;                /* some field has another name or is gone */
    bool lost;                        /* the grant at hand speaks of a field that is gone */
    struct json *items;
    size_t count, room;
};

static enum err keep_item(void *self, const struct json *item)
{
    struct move *m = self;
    if (m->count == m->room) {
        size_t room = m->room ? m->room * 2 : 16;
        m->items = arena_grow(m->arena, m->items, m->room * sizeof *m->items, room * sizeof *m->items);
        m->room = room;
    }
    m->items[m->count++] = *item;
    return ERR_OK;
}

/* The name that a field has now; {0}: it is gone. Names that were none stay as they are. */
static str name_now(const struct move *m, str name)
{
    const struct field *was = collection_field(m->before, name);
    if (!was || was->is_meta)
        return name;
    for (size_t i = META_COUNT; i < m->after->field_count; i++)
        if (field_ancestor(m->before, &m->after->fields[i]) == was)
            return m->after->fields[i].name;
    return (str){0};
}

static bool moves_fields(const struct move *m)
{
    for (size_t i = META_COUNT; i < m->before->field_count; i++)
        if (!str_equal(name_now(m, m->before->fields[i].name), m->before->fields[i].name))
            return true;
    return false;
}

/* "title", "title.en", "@title": the field is renamed, the rest stays. */
static str key_now(struct move *m, str key)
{
    bool at = str_starts(key, S("@"));
    str bare = str_slice(key, at ? 1 : 0, key.len), head, rest;
    bool has_rest = str_cut(bare, '.', &head, &rest);
    str now = name_now(m, has_rest ? head : bare);
    if (str_is_absent(now)) {
        m->lost = true;
        return key;
    }
    return arena_format(m->arena, "%s" STR_FMT "%s" STR_FMT, at ? "@" : "", STR_ARG(now), has_rest ? "." : "",
                        STR_ARG(has_rest ? rest : S("")));
}

/* A condition with the names of today: keys are fields, but for those that begin with $ and hold conditions. */
static struct json condition_now(struct move *m, const struct json *v)
{
    if (v->type != JSON_MAP && v->type != JSON_LIST)
        return *v;
    struct json *items = NEW_N(m->arena, struct json, v->count), out = *v;
    for (uint32_t i = 0; i < v->count; i++) {
        items[i] = v->items[i];
        if (v->type == JSON_LIST || str_starts(v->items[i].name, S("$")))
            items[i] = json_named(v->items[i].name, condition_now(m, &v->items[i])); /* as deep as filters may be */
        else
            items[i].name = key_now(m, v->items[i].name);
    }
    out.items = items;
    return out;
}

static struct json names_now(struct move *m, const struct json *names)
{
    struct json *items = NEW_N(m->arena, struct json, names->count);
    size_t count = 0;
    for (uint32_t i = 0; i < names->count; i++) {
        str now = names->items[i].type == JSON_TEXT ? name_now(m, names->items[i].text) : (str){0};
        if (!str_is_absent(now))
            items[count++] = json_of_text(now);
    }
    m->lost |= names->count > 0 && count == 0; /* no names would mean all of them */
    return json_of_list(items, count);
}

static void begin(const struct move *m, struct change *c, str collection, const struct json *item, enum op op)
{
    const struct collection *in = model_find(work_model(m->work), collection);
    *c = (struct change){.op = op, .in = in, .id = json_get(item, S("_id"))->text};
    c->values = NEW_N(m->arena, struct json, in->field_count);
}

static enum err move_grant(struct move *m, const struct json *grant, struct problem *why)
{
    static const str conditions[] = {STR("where"), STR("check"), STR("preset")};
    struct change c;
    begin(m, &c, S("grants"), grant, OP_UPDATE);
    m->lost = m->after == NULL;
    for (size_t i = 0; !m->lost && m->moves_fields && i < COUNTOF(conditions); i++) {
        const struct json *v = json_get(grant, conditions[i]);
        if (v && v->type == JSON_MAP)
            value_put(&c, conditions[i], condition_now(m, v));
    }
    const struct json *fields = json_get(grant, S("fields"));
    if (!m->lost && m->moves_fields && fields && fields->type == JSON_LIST)
        value_put(&c, S("fields"), names_now(m, fields));
    if (m->lost)
        c.op = OP_DELETE;
    else
        value_put(&c, S("collection"), json_of_text(m->after->name));
    return work_change(m->work, &c, why);
}

/* {"content/posts/read":true} on a role. */
static enum err move_permissions(struct move *m, const struct json *role, struct problem *why)
{
    const struct json *permissions = json_get(role, S("permissions"));
    if (!permissions || permissions->type != JSON_MAP)
        return ERR_OK;
    struct json *kept = NEW_N(m->arena, struct json, permissions->count);
    size_t count = 0;
    bool changes = false;
    for (uint32_t i = 0; i < permissions->count; i++) {
        str rest;
        kept[count] = permissions->items[i];
        if (permission_of_model(permissions->items[i].name, m->before->name, &rest)) {
            changes = true;
            if (!m->after)
                continue;
            kept[count].name = arena_format(m->arena, "content/" STR_FMT "/" STR_FMT, STR_ARG(m->after->name), STR_ARG(rest));
        }
        count++;
    }
    if (!changes)
        return ERR_OK;
    struct change c;
    begin(m, &c, S("roles"), role, OP_UPDATE);
    value_put(&c, S("permissions"), json_of_map(kept, count));
    return work_change(m->work, &c, why);
}

static enum err each(struct move *m, str collection, const struct filter *where,
                     enum err (*move)(struct move *m, const struct json *item, struct problem *why), struct problem *why)
{
    m->count = 0;
    TRY(work_each(m->work, collection, where, keep_item, m, why)); /* all of them first: moving changes the list */
    for (size_t i = 0; i < m->count; i++)
        TRY(move(m, &m->items[i], why));
    return ERR_OK;
}

enum err grants_follow(struct work *w, const struct collection *before, const struct collection *after, struct problem *why)
{
    struct move m = {.work = w, .arena = work_arena(w), .before = before, .after = after};
    const struct collection *grants = model_find(work_model(w), S("grants"));
    bool renamed = after && !str_equal(after->name, before->name);
    m.moves_fields = after && moves_fields(&m);
    if (after && !renamed && !m.moves_fields)
        return ERR_OK;
    const struct filter *of_it =
        filter_test(m.arena, collection_field(grants, S("collection")), TEST_EQ, json_of_text(before->name));
    TRY(each(&m, S("grants"), of_it, move_grant, why));
    return after && !renamed ? ERR_OK : each(&m, S("roles"), NULL, move_permissions, why);
}

struct naming {
    str was, name;
    bool widens;
};

static enum err see_pattern(void *self, const struct json *grant)
{
    struct naming *n = self;
    str pattern = json_get(grant, S("collection"))->text;
    n->widens |= pattern_has_star(pattern) && pattern_covers(pattern, n->name) && !pattern_covers(pattern, n->was);
    return ERR_OK;
}

enum err check_new_name(struct work *w, str was, str name, struct problem *why)
{
    struct naming n = {was, name, false};
    if (author_is_trusted(w))
        return ERR_OK;
    TRY(work_each(w, S("grants"), NULL, see_pattern, &n, why));
    return n.widens ? problem_set(why, ERR_FORBIDDEN, "Some grant covers that name but not the present one; only administrators may give it")
                    : ERR_OK;
}

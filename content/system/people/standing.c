#include "content/system/people/standing.h"

#include "content/kind.h"

bool author_is_trusted(struct work *w)
{
    const struct actor *actor = work_actor(w);
    return actor->is_server || actor->is_admin || work_follows(w);
}

const str *ids_of(struct arena *a, const struct json *list, size_t *count)
{
    *count = 0;
    if (!list || list->type != JSON_LIST)
        return NULL;
    str *ids = NEW_N(a, str, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].type == JSON_TEXT)
            ids[(*count)++] = list->items[i].text;
    return ids;
}

bool has_id(const str *ids, size_t count, str id)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(ids[i], id))
            return true;
    return false;
}

static bool is_one_of(const struct vars *vars, str name)
{
    for (size_t i = 0; i < vars->role_count; i++)
        if (str_equal(vars->roles[i], name))
            return true;
    return false;
}

enum err role_of(struct work *w, str id, const struct json **out, struct problem *why)
{
    const struct collection *roles = model_find(work_model(w), S("roles"));
    *out = NULL;
    return work_find(w, S("roles"), filter_test(work_arena(w), &roles->fields[META_ID], TEST_EQ, json_of_text(id)), out, why);
}

enum err author_holds(struct work *w, const str *role_ids, size_t count, bool *out, struct problem *why)
{
    const struct actor *actor = work_actor(w);
    *out = author_is_trusted(w);
    if (*out || (actor->is_narrowed && count > 0))
        return ERR_OK;
    *out = true;
    for (size_t i = 0; i < count; i++) {
        const struct json *role;
        TRY(role_of(w, role_ids[i], &role, why));
        if (!role)
            continue;
        const struct json *name = json_get(role, S("name"));
        *out = *out && name && name->type == JSON_TEXT && is_one_of(&actor->vars, name->text);
    }
    return ERR_OK;
}

const struct json *value_to_be(const struct change *c, const struct json *present, str field)
{
    const struct field *f = collection_field(c->in, field);
    must(f != NULL);
    const struct json *v = field_set_has(&c->set, f->index) ? &c->values[f->index] : json_get(present, field);
    return v && v->type != JSON_NULL ? v : NULL;
}

void value_put(struct change *c, str field, struct json v)
{
    const struct field *f = collection_field(c->in, field);
    must(f != NULL);
    c->values[f->index] = json_named(f->name, v);
    field_set_add(&c->set, f->index);
}

bool value_changes(const struct change *c, const struct json *present, str field)
{
    const struct json *before = json_get(present, field);
    return !json_equal(before && before->type != JSON_NULL ? before : NULL, value_to_be(c, present, field));
}

static enum err refuse_roles(struct problem *why)
{
    return problem_set(why, ERR_FORBIDDEN, "You may give only roles that you hold, and change only those who hold no others");
}

enum err check_roles(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    size_t had_count, given_count, added_count = 0;
    const str *had = ids_of(work_arena(w), json_get(present, S("roles")), &had_count);
    const str *given = ids_of(work_arena(w), c->op == OP_DELETE ? NULL : value_to_be(c, present, S("roles")), &given_count);
    str *added = NEW_N(work_arena(w), str, given_count);
    bool is_self = present && str_equal(c->id, work_actor(w)->vars.user), holds;
    for (size_t i = 0; i < given_count; i++)
        if (!has_id(had, had_count, given[i]))
            added[added_count++] = given[i];
    TRY(author_holds(w, added, added_count, &holds, why));
    if (!holds)
        return refuse_roles(why);
    if (present && (!is_self || work_actor(w)->is_narrowed))
        TRY(author_holds(w, had, had_count, &holds, why));
    return holds ? ERR_OK : refuse_roles(why);
}

enum err check_id_unused(struct work *w, const struct change *c, str collection, struct problem *why)
{
    const struct collection *others = model_find(work_model(w), collection);
    uint64_t count = 0;
    if (str_is_absent(c->id))
        return ERR_OK;
    const struct filter *same = filter_test(work_arena(w), &others->fields[META_ID], TEST_EQ, json_of_text(c->id));
    TRY(work_count(w, collection, same, &count, why));
    return count ? problem_set(why, ERR_CONFLICT, "This id is in use") : ERR_OK;
}

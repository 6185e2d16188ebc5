#include "content/system/people/standing.h"

#include "content/kind.h"
#include "content/system/people/permissions.h"
#include "content/system/people/role_graph.h"
#include "content/system/people/within.h"

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

enum err role_of(struct work *w, str id, const struct json **out, struct problem *why)
{
    const struct collection *roles = model_find(work_model(w), S("roles"));
    *out = NULL;
    return work_find(w, S("roles"), filter_test(work_arena(w), &roles->fields[META_ID], TEST_EQ, json_of_text(id)), out, why);
}

static str text_of(const struct json *item, str field)
{
    const struct json *v = json_get(item, field);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

/* By name, for good. */
static bool holds_by_name(struct work *w, str name)
{
    const struct rights *r = work_rights(w);
    r = r->lasting ? r->lasting : r;
    for (size_t i = 0; i < r->role_count; i++)
        if (str_equal(r->roles[i], name))
            return true;
    return false;
}

struct proof {
    struct work *work;
    bool within, speaks_of_roles;
    str excess;
};

static bool mentions_role(const struct json *v)
{
    if (v && v->type == JSON_TEXT)
        return str_equal(v->text, S("$role"));
    for (uint32_t i = 0; v && (v->type == JSON_MAP || v->type == JSON_LIST) && i < v->count; i++)
        if (mentions_role(&v->items[i])) /* as deep as JSON may be */
            return true;
    return false;
}

static enum err see_grant(void *self, const struct json *grant)
{
    struct proof *p = self;
    p->within = p->within && grant_is_within(work_arena(p->work), work_rights(p->work), grant, &p->excess);
    return ERR_OK;
}

static enum err see_words(void *self, const struct json *grant)
{
    struct proof *p = self;
    p->speaks_of_roles |= mentions_role(json_get(grant, S("where"))) || mentions_role(json_get(grant, S("check")));
    return ERR_OK;
}

bool author_covers_permissions(struct work *w, const struct json *permissions, str *excess)
{
    size_t count;
    const struct permission_grant *said = permissions_as_grants(work_arena(w), permissions, &count);
    for (size_t i = 0; i < count; i++)
        if (!grant_is_within(work_arena(w), work_rights(w), &said[i].item, excess))
            return false;
    return true;
}

/* Everything that this role gives is what the author holds, grant by grant. Its name is a right as well where
 * conditions speak of "$role": then only the name counts. */
static enum err covers_role(struct work *w, str id, bool *out, struct problem *why)
{
    const struct collection *grants = model_find(work_model(w), S("grants"));
    struct proof p = {.work = w, .within = true};
    const str *ids;
    size_t count;
    *out = false;
    TRY(work_each(w, S("grants"), NULL, see_words, &p, why));
    TRY(roles_behind(w, id, &ids, &count, why));
    for (size_t i = 0; i < count && p.within; i++) {
        const struct json *role;
        TRY(role_of(w, ids[i], &role, why));
        if (!role || holds_by_name(w, text_of(role, S("name"))))
            continue;
        p.within = !p.speaks_of_roles && !str_equal(text_of(role, S("name")), S("admin")) &&
                   author_covers_permissions(w, json_get(role, S("permissions")), &p.excess);
        const struct filter *of_role =
            filter_test(work_arena(w), collection_field(grants, S("role")), TEST_EQ, json_of_text(ids[i]));
        TRY(work_each(w, S("grants"), of_role, see_grant, &p, why));
    }
    *out = p.within;
    return ERR_OK;
}

enum err author_holds(struct work *w, const str *role_ids, size_t count, bool *out, struct problem *why)
{
    *out = author_is_trusted(w);
    if (*out || (work_actor(w)->is_narrowed && count > 0))
        return ERR_OK;
    *out = true;
    for (size_t i = 0; i < count && *out; i++)
        TRY(covers_role(w, role_ids[i], out, why));
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

static void add_ids(str *all, size_t *count, const str *more, size_t more_count)
{
    for (size_t i = 0; i < more_count; i++)
        if (!has_id(all, *count, more[i]))
            all[(*count)++] = more[i];
}

enum err roles_of_holder(struct work *w, const struct json *roles, const struct json *groups, const str **out, size_t *count,
                         struct problem *why)
{
    const struct collection *in = model_find(work_model(w), S("groups"));
    struct arena *a = work_arena(w);
    size_t own_count, group_count, room = 0;
    const str *own = ids_of(a, roles, &own_count), *group_ids = ids_of(a, groups, &group_count);
    const struct json **of_groups = NEW_N(a, const struct json *, group_count);
    room = own_count;
    for (size_t i = 0; i < group_count; i++) {
        const struct json *group = NULL;
        TRY(work_find(w, S("groups"), filter_test(a, &in->fields[META_ID], TEST_EQ, json_of_text(group_ids[i])), &group, why));
        of_groups[i] = json_get(group, S("roles"));
        room += of_groups[i] && of_groups[i]->type == JSON_LIST ? of_groups[i]->count : 0;
    }
    str *all = NEW_N(a, str, room);
    *count = 0;
    add_ids(all, count, own, own_count);
    for (size_t i = 0; i < group_count; i++) {
        size_t more_count;
        const str *more = ids_of(a, of_groups[i], &more_count);
        add_ids(all, count, more, more_count);
    }
    *out = all;
    return ERR_OK;
}

enum err check_roles(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    size_t had_count, given_count, added_count = 0;
    bool is_self = present && str_equal(c->id, work_actor(w)->vars.user), is_gone = c->op == OP_DELETE, holds;
    const str *had, *given;
    if (author_is_trusted(w))
        return ERR_OK;
    TRY(roles_of_holder(w, json_get(present, S("roles")), json_get(present, S("groups")), &had, &had_count, why));
    TRY(roles_of_holder(w, is_gone ? NULL : value_to_be(c, present, S("roles")),
                        is_gone ? NULL : value_to_be(c, present, S("groups")), &given, &given_count, why));
    str *added = NEW_N(work_arena(w), str, given_count);
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

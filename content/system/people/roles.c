/* Roles, what they are granted, groups that hold them, and which of them the public has. The role "admin" is
 * part of the building: it can be described, not renamed, limited or removed. Whoever may write here and is no
 * administrator hands on only what he holds (AZ-9). */
#include "base/network.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/people/role_graph.h"
#include "content/system/people/standing.h"
#include "content/system/people/templates.h"
#include "content/system/people/within.h"

static bool is_admin_role(const struct json *role)
{
    const struct json *name = json_get(role, S("name"));
    return name && name->type == JSON_TEXT && str_equal(name->text, S("admin"));
}

static enum err refuse_excess(str excess, struct problem *why)
{
    return problem_set(why, ERR_FORBIDDEN, "You may grant only what you hold yourself, for good; here it is more: " STR_FMT,
                       STR_ARG(excess));
}

static enum err refuse_roles(struct problem *why)
{
    return problem_set(why, ERR_FORBIDDEN, "You may hand on only roles that give no more than you hold yourself, for good");
}

/* Addresses that nobody can read would let nobody through; better to hear of it when they are written. */
static enum err check_limits(const struct change *c, const struct json *present, struct problem *why)
{
    const struct json *addresses = value_to_be(c, present, S("addresses"));
    struct network unused;
    for (uint32_t i = 0; addresses && addresses->type == JSON_LIST && i < addresses->count; i++)
        if (addresses->items[i].type == JSON_TEXT && !network_read(addresses->items[i].text, &unused))
            (void)problem_fault(why, ERR_INVALID, arena_format(why->arena, "/addresses/%u", i), S("address"),
                                "This is neither an address nor a network like 10.0.0.0/8");
    return why->err;
}

static bool limits_change(const struct change *c, const struct json *present)
{
    return value_changes(c, present, S("addresses")) || value_changes(c, present, S("valid_from")) ||
           value_changes(c, present, S("valid_until"));
}

/* Roles that the list has after the change and had not before. */
static enum err check_added(struct work *w, const struct change *c, const struct json *present, str field, struct problem *why)
{
    size_t had_count, count, added_count = 0;
    bool holds;
    const str *had = ids_of(work_arena(w), json_get(present, field), &had_count);
    const str *given = ids_of(work_arena(w), value_to_be(c, present, field), &count);
    str *added = NEW_N(work_arena(w), str, count);
    for (size_t i = 0; i < count; i++)
        if (!has_id(had, had_count, given[i]))
            added[added_count++] = given[i];
    TRY(author_holds(w, added, added_count, &holds, why));
    return holds ? ERR_OK : refuse_roles(why);
}

/* Who is not trusted may make roles and widen them within his own rights. A name is a right where conditions
 * speak of $role, so names stay. */
static enum err check_author_of_role(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    str excess;
    bool holds = true;
    if (author_is_trusted(w))
        return ERR_OK;
    if (present && value_changes(c, present, S("name")))
        return problem_set(why, ERR_FORBIDDEN, "Only administrators rename roles");
    if (value_changes(c, present, S("permissions")) &&
        !author_covers_permissions(w, value_to_be(c, present, S("permissions")), &excess))
        return refuse_excess(excess, why);
    TRY(check_added(w, c, present, S("inherits"), why));
    if (work_rights(w)->documents != DOCUMENTS_ANY && value_changes(c, present, S("graphql_documents")))
        return refuse_roles(why);
    if (present && limits_change(c, present))
        TRY(author_holds(w, &c->id, 1, &holds, why));
    return holds ? ERR_OK : refuse_roles(why);
}

static const struct json *template_of(struct work *w, const struct change *c)
{
    const struct json *name = c->op == OP_CREATE ? value_to_be(c, NULL, S("template")) : NULL;
    const struct json *template = name && name->type == JSON_TEXT ? role_template(work_arena(w), name->text) : NULL;
    return json_get(template, S("grants"));
}

static enum err check_template(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    const struct json *grants = template_of(w, c);
    str excess;
    if (present && value_to_be(c, present, S("template")) && value_changes(c, present, S("template")))
        return problem_fault(why, ERR_INVALID, S("/template"), S("locked"), "A template is chosen when a role is made");
    for (uint32_t i = 0; grants && !author_is_trusted(w) && i < grants->count; i++)
        if (!grant_is_within(work_arena(w), work_rights(w), &grants->items[i], &excess))
            return refuse_excess(excess, why);
    return ERR_OK;
}

/* The grants of the role's template, in the same transaction. Who made the role was judged before. */
static enum err after_role(struct work *w, struct change *c, struct problem *why)
{
    const struct json *grants = template_of(w, c);
    const struct collection *in = model_find(work_model(w), S("grants"));
    for (uint32_t i = 0; grants && i < grants->count; i++) {
        struct change grant = {.op = OP_CREATE, .in = in, .values = NEW_N(work_arena(w), struct json, in->field_count)};
        value_put(&grant, S("role"), json_of_text(c->result_id));
        for (uint32_t k = 0; k < grants->items[i].count; k++)
            value_put(&grant, grants->items[i].items[k].name, grants->items[i].items[k]);
        TRY(work_change(w, &grant, why));
    }
    return ERR_OK;
}

static enum err before_role(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (is_admin_role(present) && (c->op == OP_DELETE || value_changes(c, present, S("name")) || limits_change(c, present)))
        return problem_set(why, ERR_CONFLICT, "The role admin is built in; it can be neither renamed nor limited nor deleted");
    TRY(check_last_admin(w, c, present, why));
    if (c->op == OP_DELETE)
        return ERR_OK;
    TRY(check_limits(c, present, why));
    TRY(check_inheritance(w, c, present, why));
    TRY(check_template(w, c, present, why));
    return check_author_of_role(w, c, present, why);
}

/* The grant as it will be. */
static const struct json *grant_to_be(struct work *w, const struct change *c, const struct json *present)
{
    static const str fields[] = {STR("collection"), STR("verbs"), STR("fields"),  STR("where"),
                                 STR("check"),      STR("preset"), STR("locales")};
    struct json *members = NEW_N(work_arena(w), struct json, COUNTOF(fields)), *item = NEW(work_arena(w), struct json);
    size_t count = 0;
    for (size_t i = 0; i < COUNTOF(fields); i++) {
        const struct json *v = value_to_be(c, present, fields[i]);
        if (v)
            members[count++] = json_named(fields[i], *v);
    }
    *item = json_of_map(members, count);
    return item;
}

static enum err before_grant(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    str excess;
    if (c->op == OP_DELETE)
        return ERR_OK;
    TRY(check_limits(c, present, why));
    if (author_is_trusted(w) || grant_is_within(work_arena(w), work_rights(w), grant_to_be(w, c, present), &excess))
        return ERR_OK;
    return refuse_excess(excess, why);
}

static enum err before_group(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    TRY(check_last_admin(w, c, present, why));
    return c->op == OP_DELETE || author_is_trusted(w) ? ERR_OK : check_added(w, c, present, S("roles"), why);
}

static enum err makes_administrators(struct work *w, str role_id, bool *out, struct problem *why)
{
    const str *ids;
    size_t count;
    *out = false;
    TRY(roles_behind(w, role_id, &ids, &count, why));
    for (size_t i = 0; i < count; i++) {
        const struct json *role = NULL;
        TRY(role_of(w, ids[i], &role, why));
        *out |= is_admin_role(role);
    }
    return ERR_OK;
}

/* A role that many will hold: the author's to give, and no administrator's. */
static enum err check_everybodys(struct work *w, const struct change *c, const struct json *present, str field, const char *refusal, struct problem *why)
{
    const struct json *id = value_changes(c, present, field) ? value_to_be(c, present, field) : NULL;
    bool holds, is_admin;
    if (!id)
        return ERR_OK;
    TRY(author_holds(w, &id->text, 1, &holds, why));
    if (!holds)
        return refuse_roles(why);
    TRY(makes_administrators(w, id->text, &is_admin, why));
    if (!is_admin)
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, arena_format(work_arena(w), "/" STR_FMT, STR_ARG(field)), S("admin"), "%s", refusal);
}

static enum err before_settings(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op == OP_DELETE)
        return ERR_OK;
    TRY(check_everybodys(w, c, present, S("public_role"), "The public cannot be an administrator", why));
    return check_everybodys(w, c, present, S("signed_in_role"), "Not everybody who has signed in can be an administrator", why);
}

const struct behaviour behaviour_roles = {.collection = STR("roles"), .before = before_role, .after = after_role};
const struct behaviour behaviour_grants = {.collection = STR("grants"), .before = before_grant};
const struct behaviour behaviour_groups = {.collection = STR("groups"), .before = before_group};
const struct behaviour behaviour_settings = {.collection = STR("settings"), .before = before_settings};

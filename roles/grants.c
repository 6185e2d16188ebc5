/* From items to sentences: what the collections grants and roles say, as struct grant. What does not read
 * as it should grants nothing. */
#include "base/limits.h"
#include "content/system/system.h"
#include "roles/internal.h"

static const str *text_list(struct arena *a, const struct json *v, size_t *count)
{
    *count = 0;
    if (!v || v->type != JSON_LIST)
        return NULL;
    str *list = NEW_N(a, str, v->count);
    for (uint32_t i = 0; i < v->count; i++)
        if (v->items[i].type == JSON_TEXT)
            list[(*count)++] = v->items[i].text;
    return list;
}

static const struct json *given(const struct json *item, str name)
{
    const struct json *v = json_get(item, name);
    return v && v->type != JSON_NULL ? v : NULL;
}

str role_name_of(const struct item_list *roles, str id)
{
    for (size_t i = 0; i < roles->count; i++)
        if (str_equal(item_text(&roles->items[i], S("_id")), id))
            return item_text(&roles->items[i], S("name"));
    return (str){0};
}

/* No names means all fields, so a list without a readable name must not pass for that. */
static bool reads(const struct json *list, size_t count)
{
    return !list || (list->type == JSON_LIST && (count > 0 || list->count == 0));
}

static bool take_grant(struct arena *a, const struct item_list *roles, const struct json *item, struct grant *out)
{
    *out = (struct grant){
        .role = role_name_of(roles, item_text(item, S("role"))),
        .collection = item_text(item, S("collection")),
        .where = given(item, S("where")),
        .check = given(item, S("check")),
        .preset = given(item, S("preset")),
    };
    out->verbs = text_list(a, json_get(item, S("verbs")), &out->verb_count);
    out->fields = text_list(a, given(item, S("fields")), &out->field_count);
    return !str_is_absent(out->role) && !str_is_absent(out->collection) && reads(given(item, S("fields")), out->field_count);
}

/* Cockpit's spelling, on the role itself: {"permissions":{"content/posts/read":true}}. Only names of this
 * form; the server's own collections are not content there, so they are not here. */
static bool take_permission(const struct json *p, str *model, str *verb)
{
    str head, rest;
    if (p->type != JSON_BOOL || !p->boolean || !str_cut(p->name, '/', &head, &rest) || !str_equal(head, S("content")) ||
        !str_cut(rest, '/', model, verb) || system_name_reserved(*model) || str_equal(*model, S("*")))
        return false;
    for (enum verb v = 0; v < VERB_COUNT; v++)
        if (str_equal(*verb, verb_names[v]))
            return true;
    return false;
}

static bool writes(const struct json *permissions, str model)
{
    str other, verb;
    for (uint32_t i = 0; i < permissions->count; i++)
        if (take_permission(&permissions->items[i], &other, &verb) && str_equal(other, model) &&
            !str_equal(verb, verb_names[VERB_READ]))
            return true;
    return false;
}

/* Who only reads reads what is published; who works on a model sees its drafts. */
static size_t take_permissions(struct arena *a, const struct json *role, struct grant *out)
{
    static const struct json one = {.type = JSON_INT, .name = STR("_state"), .integer = 1};
    static const struct json is_published = {.type = JSON_MAP, .count = 1, .items = &one};
    const struct json *permissions = json_get(role, S("permissions"));
    size_t count = 0;
    for (uint32_t i = 0; permissions && permissions->type == JSON_MAP && i < permissions->count; i++) {
        str *verb = NEW(a, str), model;
        if (!take_permission(&permissions->items[i], &model, verb))
            continue;
        bool reads_only = str_equal(*verb, verb_names[VERB_READ]) && !writes(permissions, model);
        out[count++] = (struct grant){.role = item_text(role, S("name")),
                                      .collection = model,
                                      .verbs = verb,
                                      .verb_count = 1,
                                      .where = reads_only ? &is_published : NULL};
    }
    return count;
}

struct policy_rules rules_of(struct arena *a, const struct item_list *roles, const struct item_list *grants)
{
    size_t room = grants->count, count = 0;
    for (size_t i = 0; i < roles->count; i++) {
        const struct json *permissions = json_get(&roles->items[i], S("permissions"));
        room += permissions && permissions->type == JSON_MAP ? permissions->count : 0;
    }
    struct grant *list = NEW_N(a, struct grant, room + 1);
    for (size_t i = 0; i < grants->count; i++)
        count += take_grant(a, roles, &grants->items[i], &list[count]);
    for (size_t i = 0; i < roles->count; i++)
        count += take_permissions(a, &roles->items[i], &list[count]);
    return (struct policy_rules){list, count};
}

static struct scope take_scope(struct arena *a, const struct json *item)
{
    static const struct scope nothing = {.collection = {0}};
    const struct json *verbs = given(item, S("verbs")), *fields = given(item, S("fields")), *where = given(item, S("where"));
    struct scope s = {.collection = item_text(item, S("collection")), .names_fields = fields != NULL, .where = where};
    s.verbs = text_list(a, verbs, &s.verb_count);
    s.fields = text_list(a, fields, &s.field_count);
    bool fits = (!verbs || s.verb_count > 0) && (!fields || fields->type == JSON_LIST) && (!where || where->type == JSON_MAP);
    return fits ? s : nothing;
}

const struct scope *scopes_of(struct arena *a, const struct json *list, size_t *count)
{
    *count = 0;
    if (!list || list->type == JSON_NULL || (list->type == JSON_LIST && list->count == 0))
        return NULL;
    struct scope *scopes = NEW_N(a, struct scope, LIMIT_SCOPES);
    if (list->type != JSON_LIST)
        *count = 1; /* lets nothing through */
    for (uint32_t i = 0; list->type == JSON_LIST && i < list->count && i < LIMIT_SCOPES; i++)
        scopes[(*count)++] = take_scope(a, &list->items[i]);
    return scopes;
}

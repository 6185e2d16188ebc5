/* From items to sentences: what the collections grants and roles say, as struct grant. What does not read
 * as it should grants nothing. */
#include "base/limits.h"
#include "content/system/keys/repository_globs.h"
#include "content/system/people/permissions.h"
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

static bool role_of_id(const struct role_rule *roles, size_t count, str id, uint32_t *out)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(roles[i].id, id)) {
            *out = (uint32_t)i;
            return true;
        }
    return false;
}

static bool take_grant(struct arena *a, uint32_t role, const struct json *item, struct grant *out)
{
    *out = (struct grant){
        .id = item_text(item, S("_id")),
        .role = role,
        .collection = item_text(item, S("collection")),
        .where = given(item, S("where")),
        .check = given(item, S("check")),
        .preset = given(item, S("preset")),
        .limit = limit_of(a, item),
    };
    out->verbs = text_list(a, json_get(item, S("verbs")), &out->verb_count);
    out->fields = text_list(a, given(item, S("fields")), &out->field_count);
    out->locales = text_list(a, given(item, S("locales")), &out->locale_count);
    return !str_is_absent(out->collection) && reads(given(item, S("fields")), out->field_count) &&
           reads(given(item, S("locales")), out->locale_count);
}

/* A word of a later time is the narrowest. */
static enum document_mode documents_named(str word)
{
    if (word.len == 0 || str_equal(word, S("any")))
        return DOCUMENTS_ANY;
    return str_equal(word, S("persisted")) ? DOCUMENTS_PERSISTED : DOCUMENTS_TRUSTED;
}

static void take_role(struct arena *a, const struct json *item, struct role_rule *roles, size_t role_count, struct role_rule *out)
{
    const struct json *inherits = json_get(item, S("inherits"));
    bool lists = inherits && inherits->type == JSON_LIST;
    uint32_t *list = NEW_N(a, uint32_t, lists ? inherits->count : 0);
    for (uint32_t i = 0; lists && i < inherits->count; i++)
        if (inherits->items[i].type == JSON_TEXT)
            out->inherit_count += role_of_id(roles, role_count, inherits->items[i].text, &list[out->inherit_count]);
    out->inherits = list;
    out->second_factor = item_flag(item, S("second_factor"), false);
    out->documents = documents_named(item_text(item, S("graphql_documents")));
    out->limit = limit_of(a, item);
}

struct grant_list {
    struct arena *arena;
    struct grant *at;
    size_t count, room;
};

static void add_grant(struct grant_list *l, uint32_t role, const struct json *item, bool of_trees)
{
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 64;
        l->at = arena_grow(l->arena, l->at, l->room * sizeof *l->at, room * sizeof *l->at);
        l->room = room;
    }
    if (!take_grant(l->arena, role, item, &l->at[l->count]))
        return;
    l->at[l->count++].of_trees = of_trees;
}

/* The items first, in their order; then what the roles say themselves. */
struct policy_rules rules_of(struct arena *a, const struct item_list *roles, const struct item_list *grants)
{
    struct role_rule *list = NEW_N(a, struct role_rule, roles->count);
    struct grant_list all = {.arena = a};
    uint32_t role;
    for (size_t i = 0; i < roles->count; i++) {
        list[i].id = item_text(&roles->items[i], S("_id"));
        list[i].name = item_text(&roles->items[i], S("name"));
    }
    for (size_t i = 0; i < roles->count; i++)
        take_role(a, &roles->items[i], list, roles->count, &list[i]);
    for (size_t i = 0; i < grants->count; i++)
        if (role_of_id(list, roles->count, item_text(&grants->items[i], S("role")), &role))
            add_grant(&all, role, &grants->items[i], false);
    for (size_t i = 0; i < roles->count; i++) {
        size_t count;
        const struct permission_grant *said = permissions_as_grants(a, json_get(&roles->items[i], S("permissions")), &count);
        for (size_t k = 0; k < count; k++)
            add_grant(&all, (uint32_t)i, &said[k].item, said[k].of_trees);
    }
    return (struct policy_rules){list, roles->count, all.at, all.count};
}

/* What registries call verbs, in the collection's words. */
static const str *registry_verbs(struct arena *a, const str *words, size_t word_count, size_t *count)
{
    str *verbs = NEW_N(a, str, word_count * 3);
    *count = 0;
    for (size_t i = 0; i < word_count; i++) {
        size_t n;
        const str *meant = repository_verbs(words[i], &n);
        for (size_t k = 0; k < n; k++)
            verbs[(*count)++] = meant[k];
        if (n == 0)
            verbs[(*count)++] = words[i];
    }
    return verbs;
}

/* About repositories by name: a scope about that collection with a condition, like any other from here on. */
static bool take_repositories(struct arena *a, const struct json *globs, struct scope *s)
{
    struct json *where = NEW(a, struct json);
    if (!str_is_absent(s->collection) || s->where || globs->type != JSON_LIST || !repository_globs_condition(a, globs, where))
        return false;
    s->collection = S("repositories");
    s->where = where;
    s->verbs = registry_verbs(a, s->verbs, s->verb_count, &s->verb_count);
    return true;
}

static struct scope take_scope(struct arena *a, const struct json *item)
{
    static const struct scope nothing = {.collection = {0}};
    const struct json *repositories = given(item, S("repositories"));
    const struct json *verbs = given(item, S("verbs")), *fields = given(item, S("fields")), *where = given(item, S("where"));
    struct scope s = {.collection = item_text(item, S("collection")), .names_fields = fields != NULL, .where = where};
    s.verbs = text_list(a, verbs, &s.verb_count);
    s.fields = text_list(a, fields, &s.field_count);
    bool fits = (!verbs || s.verb_count > 0) && (!fields || fields->type == JSON_LIST) && (!where || where->type == JSON_MAP);
    if (fits && repositories)
        fits = take_repositories(a, repositories, &s);
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

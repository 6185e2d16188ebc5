/* Cockpit's spelling of rights, on the role itself: {"permissions":{"content/posts/read":true}}. A name is a
 * row here, or it means nothing. */
#include "content/system/people/permissions.h"

#include "content/access.h"
#include "content/system/system.h"

enum rows { ALL_ITEMS, SEEN_BY_READERS, OF_THE_MODEL };
/* Of a node its place; of the journal what happened, without the images of items that happened to. */
enum columns { ALL_FIELDS, ONLY_ORDER, NO_IMAGES };

#define TEXTS(...) {__VA_ARGS__}, sizeof((const str[]){__VA_ARGS__}) / sizeof(str)
#define READ STR("read")
#define WRITE STR("read"), STR("create"), STR("update"), STR("delete")

/* {model} is the name in the middle of content/{model}/…; collections without a name: the model itself. Names
 * without a collection are known and grant nothing: what they open in Cockpit does not exist here. */
static const struct permission {
    const char *name;                 /* "content//read": with any model in the gap */
    str collections[3];
    size_t collection_count;
    str verbs[5];
    size_t verb_count;
    enum rows rows;
    enum columns columns;
} table[] = {
    {"content//read", {{0}}, 0, TEXTS(READ), SEEN_BY_READERS, ALL_FIELDS},
    {"content//create", {{0}}, 0, TEXTS(STR("create")), ALL_ITEMS, ALL_FIELDS},
    {"content//update", {{0}}, 0, TEXTS(STR("update")), ALL_ITEMS, ALL_FIELDS},
    {"content//delete", {{0}}, 0, TEXTS(STR("delete")), ALL_ITEMS, ALL_FIELDS},
    {"content//publish", {{0}}, 0, TEXTS(STR("publish")), ALL_ITEMS, ALL_FIELDS},
    {"content//updateorder", {{0}}, 0, TEXTS(STR("update")), ALL_ITEMS, ONLY_ORDER},
    {"content//manage", TEXTS(STR("collections")), TEXTS(READ, STR("update")), OF_THE_MODEL, ALL_FIELDS},
    {"content/:models/manage", TEXTS(STR("collections")), TEXTS(WRITE), ALL_ITEMS, ALL_FIELDS},
    {"assets/upload", TEXTS(STR("assets")), TEXTS(READ, STR("create")), ALL_ITEMS, ALL_FIELDS},
    {"assets/edit", TEXTS(STR("assets")), TEXTS(READ, STR("update")), ALL_ITEMS, ALL_FIELDS},
    {"assets/delete", TEXTS(STR("assets")), TEXTS(READ, STR("delete")), ALL_ITEMS, ALL_FIELDS},
    {"assets/folders/create", TEXTS(STR("asset_folders")), TEXTS(READ, STR("create")), ALL_ITEMS, ALL_FIELDS},
    {"assets/folders/edit", TEXTS(STR("asset_folders")), TEXTS(READ, STR("update")), ALL_ITEMS, ALL_FIELDS},
    {"assets/folders/delete", TEXTS(STR("asset_folders")), TEXTS(READ, STR("delete")), ALL_ITEMS, ALL_FIELDS},
    {"app/api/manage", TEXTS(STR("api_keys")), TEXTS(WRITE, STR("rotate")), ALL_ITEMS, ALL_FIELDS},
    {"app/users/manage", TEXTS(STR("users")), TEXTS(WRITE), ALL_ITEMS, ALL_FIELDS},
    {"app/roles/manage", TEXTS(STR("roles"), STR("grants"), STR("groups")), TEXTS(WRITE), ALL_ITEMS, ALL_FIELDS},
    {"app/locales/manage", TEXTS(STR("locales")), TEXTS(WRITE), ALL_ITEMS, ALL_FIELDS},
    {"app/logs", TEXTS(STR("journal")), TEXTS(READ), ALL_ITEMS, NO_IMAGES},
};

#define COLLECTIONS_MOST 3u /* collections of one permission */

/* Splits content/{model}/verb; the server's own collections are not content there, so they are not here. */
static bool has_model(str name, str *model, str *rest)
{
    str head, tail;
    return str_cut(name, '/', &head, &tail) && str_equal(head, S("content")) && str_cut(tail, '/', model, rest) &&
           model->len > 0 && !str_starts(*model, S(":")) && !system_name_reserved(*model) && !pattern_has_star(*model);
}

static const struct permission *permission_named(str name, str *model)
{
    str rest;
    bool any_model = has_model(name, model, &rest);
    for (size_t i = 0; i < COUNTOF(table); i++) {
        str known = str_of(table[i].name), prefix = S("content//");
        bool in_gap = any_model && str_starts(known, prefix) && str_equal(str_slice(known, prefix.len, known.len), rest);
        if (in_gap || (!str_starts(known, prefix) && str_equal(known, name)))
            return &table[i];
    }
    return NULL;
}

static const struct permission *granted(const struct json *p, str *model)
{
    return p->type == JSON_BOOL && p->boolean ? permission_named(p->name, model) : NULL;
}

/* Who only reads reads what is published; who works on a model sees its drafts. */
static bool works_on(const struct json *permissions, str model)
{
    str other;
    for (uint32_t i = 0; i < permissions->count; i++) {
        const struct permission *p = granted(&permissions->items[i], &other);
        if (p && p->collection_count == 0 && p->rows != SEEN_BY_READERS && str_equal(other, model))
            return true;
    }
    return false;
}

static struct json texts(struct arena *a, const str *list, size_t count)
{
    struct json *items = NEW_N(a, struct json, count);
    for (size_t i = 0; i < count; i++)
        items[i] = json_of_text(list[i]);
    return json_of_list(items, count);
}

static struct json condition(struct arena *a, str name, struct json value)
{
    struct json *member = NEW(a, struct json);
    *member = json_named(name, value);
    return json_of_map(member, 1);
}

static struct json grant(struct arena *a, const struct permission *p, str collection, const struct json *where)
{
    static const str order[] = {STR("_pid"), STR("_o")};
    static const str log[] = {STR("seq"),  STR("tx"),         STR("at"),   STR("who"),  STR("via"),     STR("request_id"),
                              STR("user"), STR("collection"), STR("item"), STR("verb"), STR("revision")};
    struct json *members = NEW_N(a, struct json, 5);
    size_t count = 0;
    members[count++] = json_named(S("collection"), json_of_text(collection));
    members[count++] = json_named(S("verbs"), texts(a, p->verbs, p->verb_count));
    if (where)
        members[count++] = json_named(S("where"), *where);
    if (p->rows == OF_THE_MODEL)
        members[count++] = json_named(S("check"), *where);
    if (p->columns != ALL_FIELDS)
        members[count++] = json_named(S("fields"), p->columns == ONLY_ORDER ? texts(a, order, COUNTOF(order)) : texts(a, log, COUNTOF(log)));
    return json_of_map(members, count);
}

static size_t add(struct arena *a, const struct permission *p, str model, const struct json *permissions,
                  struct permission_grant *out)
{
    const struct json *where = NULL;
    struct json of_model = condition(a, S("name"), json_of_text(model)), published = condition(a, S("_state"), json_of_int(1));
    if (p->rows == OF_THE_MODEL)
        where = &of_model;
    else if (p->rows == SEEN_BY_READERS && !works_on(permissions, model))
        where = &published;
    size_t count = p->collection_count ? p->collection_count : 1;
    for (size_t i = 0; i < count; i++) {
        out[i].item = grant(a, p, p->collection_count ? p->collections[i] : model, where);
        out[i].of_trees = p->columns == ONLY_ORDER;
    }
    return count;
}

const struct permission_grant *permissions_as_grants(struct arena *a, const struct json *permissions, size_t *count)
{
    bool reads = permissions && permissions->type == JSON_MAP;
    struct permission_grant *list = NEW_N(a, struct permission_grant, reads ? permissions->count * COLLECTIONS_MOST : 0);
    str model = {0};
    *count = 0;
    for (uint32_t i = 0; reads && i < permissions->count; i++) {
        const struct permission *p = granted(&permissions->items[i], &model);
        if (p)
            *count += add(a, p, model, permissions, &list[*count]);
    }
    return list;
}

bool permission_of_model(str name, str model, str *rest)
{
    str own;
    return has_model(name, &own, rest) && str_equal(own, model);
}

/* Everybody's own things: who has signed in sees and ends his own sessions, makes and revokes keys of his own,
 * looks at his account and changes what of it is taste, keeps views of lists. These are grants like all others, of a role that every
 * person's session holds beside its own (keys do not: a key manages keys only where a grant or scope says so);
 * `vitrine role audit @own` prints what they come to. */
#include "roles/internal.h"

#define OWN "where:{user:'$user'}"

static const char text[] =
    "[{collection:'users', verbs:['read'], where:{_id:'$user'}, fields:['name','full_name','email','verified','active','roles',"
    "  'groups','password_changed_at','totp_enabled','passkey_count','recovery_left','hotkey','hotkey_algorithm','last_login_at','serial',"
    "  'language','theme']},"
    " {collection:'users', verbs:['update'], where:{_id:'$user'}, fields:['full_name','language','theme']},"
    " {collection:'sessions', verbs:['read','delete'], " OWN "},"
    " {collection:'devices', verbs:['read','delete'], " OWN "},"
    " {collection:'devices', verbs:['update'], " OWN ", fields:['locked']},"
    " {collection:'passkeys', verbs:['read'], " OWN "},"
    " {collection:'passkeys', verbs:['update'], " OWN ", fields:['label']},"
    " {collection:'api_keys', verbs:['read','delete','rotate','acme_binding'], " OWN "},"
    " {collection:'api_keys', verbs:['create','update'], " OWN ", check:{user:'$user'}, preset:{user:'$user'}, fields:['label',"
    "  'description','kind','user','scopes','addresses','not_before','expires_at','disabled']},"
    " {collection:'views', verbs:['read'], where:{$or:[{owner:'$user'},{shared:'everyone'},{shared:'roles','roles.name':'$role'}]}},"
    " {collection:'views', verbs:['create','update','delete'], where:{owner:'$user'}, check:{owner:'$user'}, preset:{owner:'$user'}}]";

static const struct json own_role[] = {
    {.type = JSON_TEXT, .name = STR("_id"), .text = STR(OWN_ROLE)},
    {.type = JSON_TEXT, .name = STR("name"), .text = STR(OWN_ROLE)},
};

static void add(struct item_list *list, struct arena *a, const struct json *items, size_t count)
{
    struct json *all = NEW_N(a, struct json, list->count + count);
    for (size_t i = 0; i < list->count; i++)
        all[i] = list->items[i];
    for (size_t i = 0; i < count; i++)
        all[list->count + i] = items[i];
    list->items = all;
    list->count = list->room = list->count + count;
}

enum err own_rights_add(struct arena *a, struct item_list *roles, struct item_list *grants, struct problem *why)
{
    const struct json *list = NULL;
    struct json_options options = {.dialect = JSON_5};
    struct json role = json_of_map(own_role, COUNTOF(own_role));
    TRY(json_read(a, str_of(text), &options, S("own"), &list, why));
    struct json *own = NEW_N(a, struct json, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *grant = &list->items[i];
        struct json *members = NEW_N(a, struct json, grant->count + 1);
        for (uint32_t k = 0; k < grant->count; k++)
            members[k] = grant->items[k];
        members[grant->count] = json_named(S("role"), json_of_text(S(OWN_ROLE)));
        own[i] = json_of_map(members, grant->count + 1);
    }
    add(roles, a, &role, 1);
    add(grants, a, own, list->count);
    return ERR_OK;
}

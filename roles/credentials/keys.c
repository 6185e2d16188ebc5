/* Keys, as commands see them: made, listed, renewed, revoked. The behaviour of the collection
 * (content/system/keys) makes the secret itself; here it is handed out, once. */
#include "base/id.h"
#include "content/kind.h"
#include "roles/internal.h"

static enum err look(struct gate *g, struct arena *a, str collection, str field, str value, const struct json **out,
                     struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_COMMAND);
    enum err e = read_item(g->content, server, collection, field, value, a, out, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    return e;
}

static enum err set_owner(struct own_change *key, const struct key_wish *wish, struct problem *why)
{
    const struct {
        str field, collection, name;
        const char *word;
    } owners[] = {
        {STR("user"), STR("users"), wish->user, "user"},
        {STR("role"), STR("roles"), wish->role, "role"},
        {STR("service_account"), STR("service_accounts"), wish->service_account, "service account"},
    };
    struct gate *g = key->gate;
    size_t given = 0, which = 0;
    for (size_t i = 0; i < COUNTOF(owners); i++)
        if (!str_is_absent(owners[i].name))
            which = i, given++;
    if (given != 1)
        return problem_fault(why, ERR_INVALID, S("/user"), S("owner"),
                             "A key belongs to a user, a service account or a role, one of them");
    const struct json *owner = NULL;
    if (which != 1 && id_valid(owners[which].name))
        TRY(look(g, key->arena, owners[which].collection, S("_id"), owners[which].name, &owner, why));
    if (which == 0 && !owner)
        TRY(find_user(g, key->arena, SYSTEM_COMMAND, wish->user, &owner, why));
    if (which != 0 && !owner)
        TRY(look(g, key->arena, owners[which].collection, S("name"), owners[which].name, &owner, why));
    if (!owner)
        return problem_fault(why, ERR_INVALID, arena_format(key->arena, "/" STR_FMT, STR_ARG(owners[which].field)),
                             S("unknown"), "There is no %s " STR_FMT, owners[which].word, STR_ARG(owners[which].name));
    own_set_text(key, owners[which].field, item_text(owner, S("_id")));
    return ERR_OK;
}

static void set_wishes(struct own_change *key, const struct key_wish *wish)
{
    const struct {
        str field, text;
    } texts[] = {{STR("kind"), wish->kind}, {STR("label"), wish->name}, {STR("description"), wish->description}};
    for (size_t i = 0; i < COUNTOF(texts); i++)
        if (texts[i].text.len)
            own_set_text(key, texts[i].field, texts[i].text);
    if (wish->scopes)
        own_set(key, S("scopes"), *wish->scopes);
    if (wish->addresses)
        own_set(key, S("addresses"), *wish->addresses);
    if (wish->not_before_ms)
        own_set_time(key, S("not_before"), wish->not_before_ms);
    if (wish->expires_ms)
        own_set_time(key, S("expires_at"), wish->expires_ms);
    key->change.beside = wish->wire;
}

static enum err commit(struct own_change *key, str *id, str *secret, struct problem *why)
{
    TRY(own_change_commit(key, why));
    *id = key->change.result_id;
    *secret = key->change.secret_once;
    return ERR_OK;
}

enum err gate_key_create(struct gate *g, struct arena *a, const struct key_wish *wish, str *id, str *secret,
                         struct problem *why)
{
    struct own_change key;
    own_change_begin(&key, g, a, SYSTEM_COMMAND, S("api_keys"), OP_CREATE);
    TRY(set_owner(&key, wish, why));
    set_wishes(&key, wish);
    if (!str_is_absent(wish->plain))
        own_set_text(&key, S("secret"), wish->plain);
    return commit(&key, id, secret, why);
}

enum err gate_key_make(struct gate *g, const struct principal *who, struct arena *a, const struct key_wish *wish, str *id,
                       str *secret, struct problem *why)
{
    struct own_change key;
    bool for_self = str_is_absent(wish->user) && str_is_absent(wish->role) && str_is_absent(wish->service_account);
    const struct {
        str field, id;
    } owners[] = {
        {STR("user"), for_self ? who->user_id : wish->user},
        {STR("role"), wish->role},
        {STR("service_account"), for_self ? who->service_id : wish->service_account},
    };
    own_change_as(&key, g, a, who, S("api_keys"), OP_CREATE);
    for (size_t i = 0; i < COUNTOF(owners); i++)
        if (!str_is_absent(owners[i].id))
            own_set_text(&key, owners[i].field, owners[i].id);
    set_wishes(&key, wish);
    TRY(gate_write(g, who, &key.change, 1, a, why));
    *id = key.change.result_id;
    *secret = key.change.secret_once;
    return ERR_OK;
}

/* By id, or by what is shown of it. */
static enum err need_key(struct gate *g, struct arena *a, str name, const struct json **out, struct problem *why)
{
    struct item_list found;
    *out = NULL;
    TRY(gate_catch_up(g, why));
    if (id_valid(name))
        TRY(look(g, a, S("api_keys"), S("_id"), name, out, why));
    if (*out)
        return ERR_OK;
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_COMMAND);
    const struct collection *keys = model_find(server->model, S("api_keys"));
    const struct filter *begins = filter_test(a, collection_field(keys, S("prefix")), TEST_EQ, json_of_text(name));
    enum err e = read_items(g->content, server, S("api_keys"), begins, a, &found, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    if (found.count > 1)
        return problem_set(why, ERR_CONFLICT, "Several keys begin like this; say the id");
    *out = found.count ? &found.items[0] : NULL;
    return *out ? ERR_OK : problem_set(why, ERR_NOT_FOUND, "There is no key " STR_FMT, STR_ARG(name));
}

static str name_of(const struct item_list *list, str id, str field)
{
    for (size_t i = 0; i < list->count; i++)
        if (!str_is_absent(id) && str_equal(item_text(&list->items[i], S("_id")), id))
            return item_text(&list->items[i], field);
    return (str){0};
}

static struct json text_or_null(str name, str text)
{
    return json_named(name, str_is_absent(text) ? json_null : json_of_text(text));
}

enum err gate_key_list(struct gate *g, struct arena *a, struct json *out, struct problem *why)
{
    static const str shown[] = {STR("_id"),        STR("label"),      STR("kind"),     STR("prefix"), STR("last4"),
                                STR("not_before"), STR("expires_at"), STR("disabled"), STR("scopes"), STR("last_used_at")};
    struct item_list keys, users, roles, accounts;
    TRY(gate_catch_up(g, why));
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_COMMAND);
    enum err e = read_items(g->content, server, S("api_keys"), NULL, a, &keys, why);
    if (e == ERR_OK)
        e = read_items(g->content, server, S("users"), NULL, a, &users, why);
    if (e == ERR_OK)
        e = read_items(g->content, server, S("roles"), NULL, a, &roles, why);
    if (e == ERR_OK)
        e = read_items(g->content, server, S("service_accounts"), NULL, a, &accounts, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    struct json *list = NEW_N(a, struct json, keys.count);
    for (size_t i = 0; i < keys.count; i++) {
        struct json owner[] = {
            text_or_null(S("user"), name_of(&users, item_text(&keys.items[i], S("user")), S("email"))),
            text_or_null(S("role"), name_of(&roles, item_text(&keys.items[i], S("role")), S("name"))),
            text_or_null(S("service_account"), name_of(&accounts, item_text(&keys.items[i], S("service_account")), S("name"))),
        };
        list[i] = item_pick(a, &keys.items[i], shown, COUNTOF(shown), owner, COUNTOF(owner));
    }
    *out = json_of_list(list, keys.count);
    return ERR_OK;
}

static enum err act(struct gate *g, struct arena *a, str key, str action, const struct json *input, struct json *output,
                    struct problem *why)
{
    const struct json *item;
    TRY(need_key(g, a, key, &item, why));
    const struct principal *system = principal_system(g, a, SYSTEM_COMMAND);
    const struct collection *keys = model_find(system->rights->model, S("api_keys"));
    return gate_act(g, system, keys, item_text(item, S("_id")), action, input, output, a, why);
}

enum err gate_key_rotate(struct gate *g, struct arena *a, str key, int64_t retain_minutes, str *secret, struct problem *why)
{
    struct json retain = json_named(S("retain_minutes"), json_of_int(retain_minutes));
    struct json input = json_of_map(&retain, 1), output = json_null;
    TRY(act(g, a, key, S("rotate"), &input, &output, why));
    *secret = item_text(&output, S("secret"));
    return ERR_OK;
}

enum err gate_key_revoke(struct gate *g, struct arena *a, str key, struct problem *why)
{
    struct json output = json_null;
    return act(g, a, key, S("revoke"), NULL, &output, why);
}

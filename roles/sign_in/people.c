/* People, as commands and the setup page see them. Everything goes through content as a change with the
 * server's rights: the same checks, the same journal. */
#include "base/crypt.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"
#include "content/kind.h"
#include "roles/internal.h"

static const struct rights *server_rights(struct gate *g, enum system_reason reason)
{
    return policy_system_rights(g->policy, reason);
}

static void done_with(const struct rights *r)
{
    counted_release((struct counted *)(uintptr_t)&r->counted);
}

/* Addresses are kept in lower case (content/kinds/format.c). */
str address_lower(struct arena *a, str s)
{
    char *at = arena_get(a, s.len + 1, 1);
    for (size_t i = 0; i < s.len; i++)
        at[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] - 'A' + 'a') : s.at[i];
    return (str){at, s.len};
}

/* A name that looks like another person's address is not that person: addresses win. */
enum err find_user(struct gate *g, struct arena *a, enum system_reason reason, str name, const struct json **out,
                   struct problem *why)
{
    const struct rights *server = server_rights(g, reason);
    enum err e = read_item(g->content, server, S("users"), S("email"), address_lower(a, name), a, out, why);
    if (e == ERR_OK && !*out && name.len)
        e = read_item(g->content, server, S("users"), S("name"), name, a, out, why);
    done_with(server);
    return e;
}

/* For commands: ids are good names, too, and there must be somebody. */
static enum err need_user(struct gate *g, struct arena *a, str name, const struct json **out, struct problem *why)
{
    *out = NULL;
    TRY(gate_catch_up(g, why));
    if (id_valid(name)) {
        const struct rights *server = server_rights(g, SYSTEM_COMMAND);
        enum err e = read_item(g->content, server, S("users"), S("_id"), name, a, out, why);
        done_with(server);
        TRY(e);
    }
    if (!*out)
        TRY(find_user(g, a, SYSTEM_COMMAND, name, out, why));
    return *out ? ERR_OK : problem_set(why, ERR_NOT_FOUND, "There is no user " STR_FMT, STR_ARG(name));
}

static bool holds_role(const struct json *user, str role_id)
{
    const struct json *roles = json_get(user, S("roles"));
    for (uint32_t i = 0; roles && roles->type == JSON_LIST && i < roles->count; i++)
        if (roles->items[i].type == JSON_TEXT && str_equal(roles->items[i].text, role_id))
            return true;
    return false;
}

struct admin_roles {
    struct arena *arena;
    struct json *ids;
    size_t count;
};

/* Ids of the roles whose holders are administrators for good. */
static enum err find_admin_roles(void *self, const struct policy_rules *rules, struct problem *why)
{
    struct admin_roles *found = self;
    struct moment never = {.is_never = true};
    (void)why;
    found->ids = NEW_N(found->arena, struct json, rules->role_count);
    for (size_t i = 0; i < rules->role_count; i++) {
        size_t count;
        bool leads = false;
        const struct held_role *held = roles_held(found->arena, rules, &rules->roles[i].name, 1, &never, &count);
        for (size_t k = 0; k < count; k++)
            leads |= held[k].verdict == IN_FORCE && str_equal(rules->roles[held[k].role].name, S("admin"));
        if (leads)
            found->ids[found->count++] = json_of_text(arena_copy(found->arena, rules->roles[i].id));
    }
    return ERR_OK;
}

static enum err holders(struct gate *g, const struct rights *server, struct arena *a, str collection, str field,
                        struct json ids, struct item_list *out, struct problem *why)
{
    const struct collection *c = model_find(server->model, collection);
    return read_items(g->content, server, collection, filter_test(a, collection_field(c, field), TEST_IN, ids), a, out, why);
}

static bool any_active(const struct item_list *users)
{
    for (size_t i = 0; i < users->count; i++)
        if (item_flag(&users->items[i], S("active"), true))
            return true;
    return false;
}

static enum err find_administrator(struct gate *g, const struct rights *server, struct arena *a, bool *out, struct problem *why)
{
    struct admin_roles roles = {.arena = a};
    struct item_list users, groups;
    TRY(policy_look(g->policy, find_admin_roles, &roles, why));
    struct json ids = json_of_list(roles.ids, roles.count);
    TRY(holders(g, server, a, S("users"), S("roles"), ids, &users, why));
    *out = any_active(&users);
    if (*out)
        return ERR_OK;
    TRY(holders(g, server, a, S("groups"), S("roles"), ids, &groups, why));
    struct json *of = NEW_N(a, struct json, groups.count);
    for (size_t i = 0; i < groups.count; i++)
        of[i] = json_of_text(item_text(&groups.items[i], S("_id")));
    TRY(holders(g, server, a, S("users"), S("groups"), json_of_list(of, groups.count), &users, why));
    *out = any_active(&users);
    return ERR_OK;
}

enum err has_administrator(struct gate *g, struct arena *a, bool *out, struct problem *why)
{
    TRY(gate_catch_up(g, why));
    const struct rights *server = server_rights(g, SYSTEM_LOGIN);
    enum err e = find_administrator(g, server, a, out, why);
    done_with(server);
    return e;
}

/* "editor" or "editor,author": ids of the roles with these names. */
static enum err roles_by_name(struct gate *g, struct arena *a, str names, struct json *out, bool *admin,
                              struct problem *why)
{
    struct json *ids = NEW_N(a, struct json, LIMIT_ROLES);
    const struct rights *server = server_rights(g, SYSTEM_COMMAND);
    str rest = names, name;
    size_t count = 0;
    enum err e = ERR_OK;
    bool ended = names.len == 0;
    *admin = false;
    while (e == ERR_OK && count < LIMIT_ROLES && str_next(&rest, &ended, ',', &name)) {
        const struct json *role = NULL;
        name = str_trim(name);
        *admin |= str_equal(name, S("admin"));
        e = read_item(g->content, server, S("roles"), S("name"), name, a, &role, why);
        if (e == ERR_OK && !role)
            e = problem_fault(why, ERR_INVALID, S("/role"), S("unknown"), "There is no role " STR_FMT, STR_ARG(name));
        if (e == ERR_OK)
            ids[count++] = json_of_text(item_text(role, S("_id")));
    }
    done_with(server);
    *out = json_of_list(ids, count);
    return e;
}

/* Nobody who could reset it stands above the first administrator (PW-3). */
static enum err check_first_password(struct gate *g, struct arena *a, str password, struct problem *why)
{
    bool exists = false;
    TRY(has_administrator(g, a, &exists, why));
    if (exists || (utf8_valid(password) && utf8_length(utf8_nfc(a, password)) >= LIMIT_FIRST_PASSWORD))
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, S("/password"), S("minlength"),
                         "The first administrator's password must have at least %u characters", LIMIT_FIRST_PASSWORD);
}

static enum err check_given(str password, struct problem *why)
{
    if (str_is_absent(password) || password.len > 0)
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, S("/password"), S("required"), "The password is empty");
}

enum err gate_user_add(struct gate *g, struct arena *a, str email, str name, str role, str password, str *id,
                       struct problem *why)
{
    struct own_change user;
    struct json roles;
    bool admin;
    own_change_begin(&user, g, a, SYSTEM_COMMAND, S("users"), OP_CREATE);
    TRY(roles_by_name(g, a, role, &roles, &admin, why));
    TRY(check_given(password, why));
    if (admin)
        TRY(check_first_password(g, a, password, why));
    own_set_text(&user, S("email"), email);
    if (name.len)
        own_set_text(&user, S("name"), name);
    own_set(&user, S("roles"), roles);
    if (!str_is_absent(password))
        own_set_text(&user, S("password"), password);
    TRY(own_change_commit(&user, why));
    *id = user.change.result_id;
    return ERR_OK;
}

static struct json role_names(struct arena *a, const struct item_list *roles, const struct json *user)
{
    struct json *names = NEW_N(a, struct json, roles->count);
    size_t count = 0;
    for (size_t i = 0; i < roles->count; i++)
        if (holds_role(user, item_text(&roles->items[i], S("_id"))))
            names[count++] = json_of_text(item_text(&roles->items[i], S("name")));
    return json_of_list(names, count);
}

enum err gate_user_list(struct gate *g, struct arena *a, struct json *out, struct problem *why)
{
    static const str shown[] = {STR("_id"), STR("email"), STR("name"), STR("active"), STR("last_login_at")};
    struct item_list users, roles;
    TRY(gate_catch_up(g, why));
    const struct rights *server = server_rights(g, SYSTEM_COMMAND);
    enum err e = read_items(g->content, server, S("users"), NULL, a, &users, why);
    if (e == ERR_OK)
        e = read_items(g->content, server, S("roles"), NULL, a, &roles, why);
    done_with(server);
    TRY(e);
    struct json *list = NEW_N(a, struct json, users.count);
    for (size_t i = 0; i < users.count; i++) {
        struct json names = json_named(S("roles"), role_names(a, &roles, &users.items[i]));
        list[i] = item_pick(a, &users.items[i], shown, COUNTOF(shown), &names, 1);
    }
    *out = json_of_list(list, users.count);
    return ERR_OK;
}

enum err gate_user_disable(struct gate *g, struct arena *a, str user, bool disabled, struct problem *why)
{
    const struct json *item;
    struct own_change change;
    TRY(need_user(g, a, user, &item, why));
    own_change_begin(&change, g, a, SYSTEM_COMMAND, S("users"), OP_UPDATE);
    change.change.id = item_text(item, S("_id"));
    own_set(&change, S("active"), json_of_bool(!disabled));
    return own_change_commit(&change, why);
}

enum err gate_user_reset(struct gate *g, struct arena *a, str user, str password, str *made, struct problem *why)
{
    const struct json *item;
    struct own_change change;
    TRY(check_given(password, why));
    TRY(need_user(g, a, user, &item, why));
    *made = str_is_absent(password) ? crypt_random_text(a, alphabet_base62, 20) : (str){0};
    own_change_begin(&change, g, a, SYSTEM_COMMAND, S("users"), OP_UPDATE);
    change.change.id = item_text(item, S("_id"));
    own_set_text(&change, S("password"), str_is_absent(password) ? *made : password);
    return own_change_commit(&change, why);
}

enum err gate_user_reset_factors(struct gate *g, struct arena *a, str user, struct problem *why)
{
    const struct json *item;
    struct own_change person;
    struct item_list passkeys;
    TRY(need_user(g, a, user, &item, why));
    str id = item_text(item, S("_id"));
    own_change_begin(&person, g, a, SYSTEM_COMMAND, S("users"), OP_UPDATE);
    person.change.id = id;
    own_set(&person, S("totp"), json_null);
    own_set(&person, S("totp_step"), json_null);
    own_set(&person, S("totp_enabled"), json_false);
    own_set_time(&person, S("signed_out_at"), time_now_ms());
    recovery_drop(&person);
    const struct collection *c = model_find(person.rights->model, S("passkeys"));
    TRY(read_items(g->content, person.rights, S("passkeys"), filter_test(a, collection_field(c, S("user")), TEST_EQ, json_of_text(id)), a,
                   &passkeys, why));
    struct own_change **list = NEW_N(a, struct own_change *, passkeys.count + 1);
    list[0] = &person;
    for (size_t i = 0; i < passkeys.count; i++) {
        list[i + 1] = NEW(a, struct own_change);
        own_change_beside(list[i + 1], &person, S("passkeys"), OP_DELETE);
        list[i + 1]->change.id = item_text(&passkeys.items[i], S("_id"));
    }
    return own_changes_commit(list, passkeys.count + 1, why);
}

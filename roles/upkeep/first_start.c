/* What an empty database gets: the role that everything else is granted by. What one of an older program lacks
 * is made up for. */
#include "content/kind.h"
#include "roles/internal.h"

/* People from before there were numbers get theirs, in the order in which they came: their behaviour gives one
 * to whoever has none. */
static enum err number_people(struct gate *g, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_FIRST_START);
    const struct field *serial = collection_field(model_find(server->model, S("users")), S("serial"));
    struct item_list list;
    enum err e = read_items(g->content, server, S("users"), filter_test(why->arena, serial, TEST_EQ, json_null), why->arena,
                            &list, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    for (size_t i = 0; e == ERR_OK && i < list.count; i++) {
        struct own_change user;
        own_change_begin(&user, g, why->arena, SYSTEM_FIRST_START, S("users"), OP_UPDATE);
        user.change.id = item_text(&list.items[i], S("_id"));
        struct problem own = {.arena = why->arena};
        e = own_change_commit(&user, &own);
        if (e == ERR_NOT_FOUND) /* a command has just deleted that person */
            e = ERR_OK;
        else if (e != ERR_OK)
            e = problem_set(why, e, "People could not be numbered: " STR_FMT, STR_ARG(own.text));
    }
    return e;
}

/* The same everywhere, so that what one server exports means the same role to another. */
#define ADMIN_ROLE_ID "00000000000000f000000001"

enum err gate_first_start(struct gate *g, struct problem *why)
{
    struct arena *a = why->arena;
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_FIRST_START);
    const struct json *admin = NULL;
    enum err e = read_item(g->content, server, S("roles"), S("name"), S("admin"), a, &admin, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    if (e != ERR_OK || g->read_only)
        return e;
    if (admin)
        return number_people(g, why);
    struct own_change role;
    own_change_begin(&role, g, a, SYSTEM_FIRST_START, S("roles"), OP_CREATE);
    role.change.id = S(ADMIN_ROLE_ID);
    own_set_text(&role, S("name"), S("admin"));
    own_set_text(&role, S("label"), S("Administrator"));
    own_set_text(&role, S("info"), S("May do everything. Built in."));
    own_set(&role, S("builtin"), json_true);
    struct problem own = {.arena = a};
    e = own_change_commit(&role, &own);
    if (e == ERR_CONFLICT) /* another process has just started, too */
        return ERR_OK;
    return e == ERR_OK ? e : problem_set(why, e, "The role admin could not be made: " STR_FMT, STR_ARG(own.text));
}

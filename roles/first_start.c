/* What an empty database gets: the role that everything else is granted by. */
#include "roles/internal.h"

enum err gate_first_start(struct gate *g, struct problem *why)
{
    struct arena *a = why->arena;
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_FIRST_START);
    const struct json *admin = NULL;
    enum err e = read_item(g->content, server, S("roles"), S("name"), S("admin"), a, &admin, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    if (e != ERR_OK || admin || g->read_only)
        return e;
    struct own_change role;
    own_change_begin(&role, g, a, SYSTEM_FIRST_START, S("roles"), OP_CREATE);
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

#include "server/transfer/everybodys_role.h"

#include "base/id.h"
#include "content/change/change.h"
#include "server/transfer/import_parts.h"

static enum err look(struct gate *gate, const struct principal *who, struct arena *a, const struct collection **in, const struct json **out,
                     struct problem *why)
{
    struct item_list list;
    struct query q = {.limit = 1};
    TRY(gate_collection(gate, who, S("settings"), in, why));
    q.from = *in;
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    TRY(gate_read(gate, who, &q, &list.receiver, NULL, why));
    *out = list.count ? &list.items[0] : NULL;
    return ERR_OK;
}

static enum err set(struct transfer *t, struct arena *a, str field, str role_id, bool replaces, bool *stays, struct problem *why)
{
    struct gate *gate = transfer_app(t)->gate;
    const struct principal *who = principal_system(gate, a, SYSTEM_COMMAND);
    const struct collection *in;
    const struct json *present;
    struct problem own = {.arena = a};
    struct json member = json_named(field, json_of_text(role_id)), item = json_of_map(&member, 1);
    TRY(look(gate, who, a, &in, &present, why));
    str there = import_text(json_get(present, field));
    *stays = there.len && !str_equal(there, role_id) && !replaces;
    if (*stays || str_equal(there, role_id))
        return ERR_OK;
    struct change change = {.op = present ? OP_UPDATE : OP_CREATE, .id = present ? S(SINGLE_ID) : (str){0}};
    TRY(change_read(a, in, &item, (str){0}, &change, why));
    if (gate_write(gate, who, &change, 1, a, &own) != ERR_OK)
        transfer_tell(t, arena_format(a, STR_FMT " is not set: " STR_FMT, STR_ARG(field), STR_ARG(own.fault_count ? own.faults[0].text : own.text)));
    return ERR_OK;
}

enum err everybodys_role(struct transfer *t, str field, str role_id, bool replaces, bool *stays, struct problem *why)
{
    *stays = false;
    if (transfer_is_dry(t))
        return ERR_OK;
    struct arena *a = arena_open(16u << 10);
    struct problem inner = {.arena = a};
    enum err e = gate_catch_up(transfer_app(t)->gate, &inner);
    if (e == ERR_OK)
        e = set(t, a, field, role_id, replaces, stays, &inner);
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(inner.text));
    arena_close(a);
    return e;
}

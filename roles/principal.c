/* Making principals: the server's own, the public one, one of a role. credentials/identities.c makes those behind
 * a credential. */
#include "roles/principal.h"

#include "base/time.h"
#include "roles/internal.h"

static void release(void *rights)
{
    counted_release(rights);
}

static struct principal *make(struct gate *g, struct arena *a, enum principal_kind kind, const struct rights *rights,
                              str label)
{
    struct principal *who = NEW(a, struct principal);
    who->notes = g->notes;
    who->kind = kind;
    who->rights = rights;
    who->actor.label = label;
    who->actor.via = S("system");
    who->actor.vars.now_ms = time_now_ms();
    who->actor.vars.roles = who->roles = rights->roles;
    who->actor.vars.role_count = who->role_count = rights->role_count;
    who->actor.is_admin = who->is_admin = rights->is_admin;
    arena_on_close(a, release, (void *)(uintptr_t)rights);
    return who;
}

struct principal *principal_make(struct gate *g, struct exchange *x, enum principal_kind kind,
                                 const struct rights *rights)
{
    struct principal *who = make(g, x->arena, kind, rights, (str){0});
    who->actor.via = S("rest");
    who->actor.request_id = x->request_id;
    who->actor.vars.ip = x->peer;
    who->actor.agent = agent_of(x);
    return who;
}

struct principal *principal_plain(struct gate *g, struct arena *a, enum principal_kind kind, const struct rights *rights, str label)
{
    return make(g, a, kind, rights, label);
}

static const struct {
    enum system_reason reason;
    str label;
} reasons[] = {
#define X(name, text) {SYSTEM_##name, STR("system " text)},
    SYSTEM_REASON_TABLE(X)
#undef X
};

const struct principal *principal_system(struct gate *g, struct arena *a, enum system_reason reason)
{
    struct problem unused = {.arena = a};
    err_ignored(gate_catch_up(g, &unused)); /* rights of an older model cannot write any more */
    struct principal *who =
        make(g, a, PRINCIPAL_SYSTEM, policy_system_rights(g->policy, reason), reasons[reason].label);
    who->is_admin = who->actor.is_server = who->actor.vars.is_server = true;
    return who;
}

struct moment moment_of(const struct exchange *x)
{
    return (struct moment){.now_ms = time_now_ms(), .address = x->peer};
}

struct principal *principal_everyone(struct gate *g, struct arena *a, const struct moment *at, bool nobody)
{
    str role = nobody ? (str){0} : policy_public_role(g->policy, a);
    size_t count = str_is_absent(role) ? 0 : 1;
    return make(g, a, PRINCIPAL_PUBLIC, policy_rights(g->policy, &role, count, NULL, 0, at), S("public"));
}

const struct principal *principal_public(struct gate *g, struct arena *a)
{
    struct problem unused = {.arena = a};
    struct moment now = {.now_ms = time_now_ms()};
    bool is_news_missing = gate_catch_up(g, &unused) != ERR_OK;
    return principal_everyone(g, a, &now, is_news_missing);
}

const struct principal *principal_of_role(struct gate *g, struct arena *a, str role)
{
    struct problem why = {.arena = a};
    if (gate_catch_up(g, &why) != ERR_OK)
        return NULL;
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_POLICY);
    const struct json *item = NULL;
    enum err e = read_item(g->content, server, S("roles"), S("name"), role, a, &item, &why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    bool is_own = str_equal(role, S(OWN_ROLE)); /* has no item */
    if (e != ERR_OK || (!item && !is_own))
        return NULL;
    struct moment now = {.now_ms = time_now_ms()};
    return make(g, a, PRINCIPAL_KEY, policy_rights(g->policy, &role, 1, NULL, 0, &now),
                arena_format(a, "role " STR_FMT, STR_ARG(role)));
}

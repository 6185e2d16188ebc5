/* Whose rights are looked at: for audits and explanations. */
#include "base/id.h"
#include "content/kind.h"
#include "roles/internal.h"

struct search {
    struct gate *gate;
    struct arena *arena;
    const struct rights *server;
    struct identity *out;
};

static enum err nobody(str name, struct problem *why)
{
    return problem_set(why, ERR_NOT_FOUND, "There is no " STR_FMT, STR_ARG(name));
}

static enum err find_item(struct search *s, str collection, const str *fields, size_t count, str value, const struct json **out,
                          struct problem *why)
{
    *out = NULL;
    for (size_t i = 0; !*out && i < count; i++)
        if (!str_equal(fields[i], S("_id")) || id_valid(value))
            TRY(read_item(s->gate->content, s->server, collection, fields[i], value, s->arena, out, why));
    return *out ? ERR_OK : nobody(arena_format(s->arena, STR_FMT " " STR_FMT, STR_ARG(collection), STR_ARG(value)), why);
}

static enum err find_user_here(struct search *s, str value, struct problem *why)
{
    static const str by[] = {STR("_id"), STR("email"), STR("name")};
    const struct json *item;
    TRY(find_item(s, S("users"), by, COUNTOF(by), value, &item, why));
    return identity_of_user(s->gate, s->server, item_text(item, S("_id")), s->arena, s->out, why);
}

static enum err find_service(struct search *s, str value, struct problem *why)
{
    static const str by[] = {STR("_id"), STR("name")};
    const struct json *item;
    TRY(find_item(s, S("service_accounts"), by, COUNTOF(by), value, &item, why));
    return identity_of_service(s->gate, s->server, item_text(item, S("_id")), s->arena, s->out, why);
}

static enum err find_key(struct search *s, str value, struct problem *why)
{
    static const str by[] = {STR("_id"), STR("prefix")};
    const struct json *item;
    TRY(find_item(s, S("api_keys"), by, COUNTOF(by), value, &item, why));
    /* as of its newest secret: a rotation that ends tokens of older ones does not end the key */
    return identity_of_key(s->gate, s->server, item_text(item, S("_id")), UINT32_MAX, s->arena, s->out, why);
}

static enum err hold_one(struct search *s, str role)
{
    str *one = NEW(s->arena, str);
    *one = arena_copy(s->arena, role);
    s->out->roles = one;
    s->out->groups = NEW(s->arena, str);
    s->out->role_count = 1;
    return ERR_OK;
}

static enum err find_role(struct search *s, str value, struct problem *why)
{
    static const str by[] = {STR("name")};
    const struct json *item;
    if (!str_equal(value, S(OWN_ROLE))) /* has no item */
        TRY(find_item(s, S("roles"), by, COUNTOF(by), value, &item, why));
    s->out->kind = PRINCIPAL_KEY;
    s->out->label = arena_format(s->arena, "role " STR_FMT, STR_ARG(value));
    return hold_one(s, value);
}

static enum err find_public(struct search *s, str value, struct problem *why)
{
    if (value.len)
        return nobody(value, why);
    str role = policy_public_role(s->gate->policy, s->arena);
    s->out->kind = PRINCIPAL_PUBLIC;
    s->out->label = S("public");
    return str_is_absent(role) ? ERR_OK : hold_one(s, role);
}

static const struct {
    str sort;
    enum err (*find)(struct search *s, str value, struct problem *why);
} sorts[] = {
    {STR("user"), find_user_here}, {STR("service"), find_service}, {STR("key"), find_key},
    {STR("role"), find_role},      {STR("public"), find_public},
};

static enum err find(struct search *s, str name, struct problem *why)
{
    str sort, value;
    if (!str_cut(name, ':', &sort, &value))
        sort = name, value = S("");
    for (size_t i = 0; i < COUNTOF(sorts); i++)
        if (str_equal(sorts[i].sort, sort))
            return sorts[i].find(s, value, why);
    return nobody(name, why);
}

enum err subject_find(struct gate *g, struct arena *a, str name, const struct moment *at, struct subject *out,
                      struct problem *why)
{
    *out = (struct subject){.who = NULL};
    TRY(gate_catch_up(g, why));
    struct search s = {g, a, policy_system_rights(g->policy, SYSTEM_POLICY), &out->identity};
    struct problem own = {.arena = a};
    enum err e = find(&s, name, &own);
    counted_release((struct counted *)(uintptr_t)&s.server->counted);
    out->is_off = e == ERR_UNAUTHENTICATED;
    if (e != ERR_OK && !out->is_off)
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    struct identity *id = &out->identity;
    if (id->expires_ms && at->now_ms >= id->expires_ms)
        out->is_off = true;
    if (out->is_off || at->now_ms < id->not_before_ms)
        out->is_off = true;
    if (out->is_off)
        *id = (struct identity){.kind = PRINCIPAL_KEY, .label = id->label};
    struct principal *who = principal_plain(g, a, id->kind, rights_of(g, id, at), id->label);
    identity_fill(who, id);
    who->actor.vars.ip = at->address;
    who->actor.vars.now_ms = at->now_ms;
    out->who = who;
    return ERR_OK;
}

enum err subject_self(struct gate *g, struct arena *a, const struct principal *who, struct subject *out, struct problem *why)
{
    *out = (struct subject){.who = who};
    struct search s = {g, a, policy_system_rights(g->policy, SYSTEM_POLICY), &out->identity};
    enum err e;
    if (!str_is_absent(who->token_id))
        e = identity_of_token(g, s.server, who->token_id, who->by_token, a, s.out, why);
    else if (!str_is_absent(who->key_id))
        e = identity_of_key(g, s.server, who->key_id, who->key_generation, a, s.out, why);
    else if (!str_is_absent(who->session_id))
        e = identity_of_session(g, s.server, who->session_id, a, s.out, why);
    else
        e = find_public(&s, S(""), why);
    counted_release((struct counted *)(uintptr_t)&s.server->counted);
    return e;
}

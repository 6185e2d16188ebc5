/* Whose account it is that a provider speaks of (SE-6).
 *
 * Who was linked is found by issuer and subject, and by nothing else. An address finds an account only when the
 * provider says that it is verified and it was verified here: else whoever comes first, at the provider or here,
 * with somebody else's address, waits for that person inside the same account. */
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/oidc/oidc.h"

/* What the sign-in will do, in one transaction with the session. */
struct admission {
    struct gate *gate;
    struct exchange *x;
    const struct provider *provider;
    const struct id_claims *claims;
    const struct rights *server;
    const struct json *user;          /* NULL: is made */
    const struct json *link;          /* NULL: is made */
    str user_id;
    bool takes_over;                  /* the address becomes verified: what was planted in the account goes */
    struct own_change changes[2], *list[2];
    size_t count;
};

static enum err refuse(struct problem *why)
{
    return problem_set(why, ERR_UNAUTHENTICATED, "Signing in with this provider did not work: there is no account for you, or it "
                                                 "is not linked; sign in another way first");
}

static struct own_change *begin(struct admission *m, str collection, enum op op)
{
    struct own_change *o = &m->changes[m->count];
    if (m->count == 0) {
        own_change_begin(o, m->gate, m->x->arena, SYSTEM_LOGIN, collection, op);
        own_change_for(o, m->x);
    } else {
        own_change_beside(o, m->list[0], collection, op);
    }
    m->list[m->count++] = o;
    return o;
}

/* ------ roles */

static const struct json *claim_at(const struct json *claims, str path)
{
    str name;
    bool ended = false;
    const struct json *v = claims;
    if (str_is_absent(path) || path.len == 0)
        return NULL;
    const struct json *whole = json_get(claims, path); /* names like https://example.com/roles have slashes */
    if (whole)
        return whole;
    while (v && str_next(&path, &ended, '/', &name))
        v = v->type == JSON_MAP ? json_get(v, name) : NULL;
    return v;
}

static bool claims_value(const struct json *claim, str value)
{
    if (claim && claim->type == JSON_TEXT)
        return str_equal(claim->text, value);
    for (uint32_t i = 0; claim && claim->type == JSON_LIST && i < claim->count; i++)
        if (claim->items[i].type == JSON_TEXT && str_equal(claim->items[i].text, value))
            return true;
    return false;
}

static bool names_role(const struct json *v, str role)
{
    return claims_value(v, role); /* a text, or a list of texts */
}

/* What the mapping says of a role: nothing, that it is given, or that it is taken. */
static bool is_mapped(const struct admission *m, str role, bool *given)
{
    const struct json *mapping = m->provider->role_mapping, *claim = claim_at(m->claims->all, m->provider->roles_claim);
    bool mapped = false;
    *given = false;
    for (uint32_t i = 0; mapping && mapping->type == JSON_MAP && i < mapping->count; i++) {
        if (!names_role(&mapping->items[i], role))
            continue;
        mapped = true;
        *given = *given || claims_value(claim, mapping->items[i].name);
    }
    return mapped && !str_is_absent(m->provider->roles_claim);
}

static bool has_id(const struct json *list, str id)
{
    return list && list->type == JSON_LIST && claims_value(list, id);
}

/* The roles that the person has afterwards: those the mapping does not name stay as they are. */
static enum err roles_after(struct admission *m, const struct json *before, struct json *out, bool *differs, struct problem *why)
{
    struct item_list roles;
    TRY(read_items(m->gate->content, m->server, S("roles"), NULL, m->x->arena, &roles, why));
    struct json *ids = NEW_N(m->x->arena, struct json, roles.count);
    size_t count = 0;
    *differs = false;
    for (size_t i = 0; i < roles.count; i++) {
        str id = item_text(&roles.items[i], S("_id"));
        bool had = has_id(before, id), given, mapped = is_mapped(m, item_text(&roles.items[i], S("name")), &given);
        bool has = mapped ? given : had;
        *differs = *differs || has != had;
        if (has && count < LIMIT_ROLES)
            ids[count++] = json_of_text(id);
    }
    *out = json_of_list(ids, count);
    return ERR_OK;
}

/* ------ the account */

static enum err find_link(struct admission *m, struct problem *why)
{
    struct arena *a = m->x->arena;
    struct item_list links;
    const struct collection *c = model_find(m->server->model, S("external_identities"));
    const struct filter *where = filter_test(a, collection_field(c, S("issuer")), TEST_EQ, json_of_text(m->provider->issuer));
    where = filter_and(a, where, filter_test(a, collection_field(c, S("subject")), TEST_EQ, json_of_text(m->claims->subject)));
    TRY(read_items(m->gate->content, m->server, S("external_identities"), where, a, &links, why));
    m->link = links.count ? &links.items[0] : NULL;
    return ERR_OK;
}

static enum err find_by_address(struct admission *m, struct problem *why)
{
    const struct id_claims *c = m->claims;
    if (str_is_absent(c->email) || !c->email_verified)
        return refuse(why);
    TRY(find_user(m->gate, m->x->arena, SYSTEM_LOGIN, c->email, &m->user, why));
    if (m->user && !str_equal_nocase(item_text(m->user, S("email")), c->email))
        m->user = NULL; /* somebody who is only named like this */
    if (m->user)
        return item_flag(m->user, S("verified"), false) ? ERR_OK : refuse(why);
    return m->provider->allow_signup ? ERR_OK : refuse(why);
}

static enum err find_user_of(struct admission *m, str link_to, struct problem *why)
{
    str id = m->link ? item_text(m->link, S("user")) : link_to;
    if (m->link && !str_is_absent(link_to) && !str_equal(id, link_to))
        return refuse(why); /* that identity is somebody else's here */
    if (str_is_absent(id))
        return find_by_address(m, why);
    TRY(read_item(m->gate->content, m->server, S("users"), S("_id"), id, m->x->arena, &m->user, why));
    return m->user ? ERR_OK : refuse(why);
}

static bool becomes_verified(const struct admission *m)
{
    const struct id_claims *c = m->claims;
    return m->link && c->email_verified && !item_flag(m->user, S("verified"), false) && !str_is_absent(c->email) &&
           str_equal_nocase(c->email, item_text(m->user, S("email")));
}

static enum err write_user(struct admission *m, struct problem *why)
{
    struct json roles;
    bool differs;
    TRY(roles_after(m, m->user ? json_get(m->user, S("roles")) : m->provider->default_roles, &roles, &differs, why));
    m->takes_over = m->user && becomes_verified(m);
    if (m->user && !differs && !m->takes_over)
        return ERR_OK;
    struct own_change *user = begin(m, S("users"), m->user ? OP_UPDATE : OP_CREATE);
    user->change.id = m->user_id;
    if (differs || !m->user)
        own_set(user, S("roles"), roles);
    if (m->takes_over)
        own_set_text(user, S("password"), (str){0});
    if (m->takes_over || !m->user)
        own_set(user, S("verified"), json_true);
    if (!m->user) {
        own_set_text(user, S("email"), m->claims->email);
        own_set_text(user, S("full_name"), m->claims->full_name);
    }
    return ERR_OK;
}

/* Taking the account over ended its links, this one too. */
static void write_link(struct admission *m)
{
    bool is_new = !m->link || m->takes_over;
    struct own_change *link = begin(m, S("external_identities"), is_new ? OP_CREATE : OP_UPDATE);
    int64_t now = time_now_ms();
    own_set_text(link, S("email"), m->claims->email.len <= LIMIT_MAIL_ADDRESS_BYTES ? m->claims->email : (str){0});
    own_set_time(link, S("last_used_at"), now);
    if (!is_new) {
        link->change.id = item_text(m->link, S("_id"));
        return;
    }
    own_set_text(link, S("user"), m->user_id);
    own_set_text(link, S("provider"), m->provider->id);
    own_set_text(link, S("issuer"), m->provider->issuer);
    own_set_text(link, S("subject"), m->claims->subject);
    own_set_time(link, S("linked_at"), now);
}

static enum err admit(struct admission *m, str link_to, struct problem *why)
{
    TRY(find_link(m, why));
    TRY(find_user_of(m, link_to, why));
    if (m->user && !item_flag(m->user, S("active"), true))
        return refuse(why);
    m->user_id = m->user ? item_text(m->user, S("_id")) : id_new(m->x->arena);
    TRY(write_user(m, why));
    write_link(m);
    return ERR_OK;
}

enum err oidc_sign_in(struct gate *g, struct exchange *x, const struct provider *p, const struct id_claims *claims, str link_to,
                      struct signed_in *out, struct problem *why)
{
    struct admission m = {.gate = g, .x = x, .provider = p, .claims = claims};
    m.server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    enum err e = admit(&m, link_to, why);
    counted_release((struct counted *)(uintptr_t)&m.server->counted);
    TRY(e);
    struct session_wish wish = {.user_id = m.user_id, .via = p->name, .strength = BY_OIDC, .proof_ms = time_now_ms(),
                                .besides = m.list, .beside_count = m.count};
    return sign_in_pass(g, x, &wish, out, why);
}

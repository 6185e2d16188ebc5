/* What a browser's session may do only with a fresh proof (SE-7): whoever sits down at somebody's open dashboard, or
 * has taken his cookie, makes no key and no administrator of himself. Keys and tokens are not asked: they have no
 * one to ask, and are narrowed instead; so a cookie makes no token without a proof either. One table says what it
 * is; the gate's doors ask here. */
#include "content/kind.h"
#include "roles/internal.h"

enum { C = 1u << VERB_CREATE, U = 1u << VERB_UPDATE, D = 1u << VERB_DELETE };

/* clang-format off */
static const struct guarded {
    str collection;
    unsigned verbs;
    str fields[8]; /* an update that sets one of these; none: every update */
} table[] = {
    {STR("api_keys"),                C | U,     {STR("user"), STR("role"), STR("service_account"), STR("scopes"), STR("addresses"), STR("not_before"), STR("expires_at"), STR("disabled")}},
    {STR("service_accounts"),        C | U | D, {STR("roles"), STR("groups"), STR("active")}},
    {STR("users"),                   C | U | D, {STR("roles"), STR("groups"), STR("active"), STR("email"), STR("password"), STR("hotkey"), STR("hotkey_algorithm")}},
    {STR("groups"),                  C | U | D, {{0}}},
    {STR("roles"),                   C | U | D, {{0}}},
    {STR("grants"),                  C | U | D, {{0}}},
    {STR("settings"),                C | U,     {STR("public_role"), STR("signed_in_role")}},
    {STR("signing_keys"),            C | U | D, {{0}}},
    {STR("identity_providers"),      C | U | D, {{0}}},
    {STR("upstreams"),               C | U | D, {{0}}},
    {STR("action_secrets"),          C | U | D, {{0}}},
    {STR("webhooks"),                C | U,     {{0}}}, /* it reads with his rights from then on, wherever it leads */
    {STR("external_identities"),     C | U | D, {{0}}},
    {STR("certificate_authorities"), C | U | D, {{0}}},
    {STR("trust_keys"),              C | U | D, {{0}}},
};
/* clang-format on */

static const struct guarded *guard_of(const struct collection *c)
{
    for (size_t i = 0; i < COUNTOF(table); i++)
        if (str_equal(table[i].collection, c->name))
            return &table[i];
    return NULL;
}

static bool sets_guarded(const struct guarded *t, const struct change *c)
{
    if (t->fields[0].len == 0)
        return true;
    for (size_t i = 0; i < COUNTOF(t->fields) && t->fields[i].len; i++) {
        const struct field *f = collection_field(c->in, t->fields[i]);
        if (f && field_set_has(&c->set, f->index))
            return true;
    }
    return false;
}

static bool is_guarded(const struct change *c)
{
    const struct guarded *t = guard_of(c->in);
    if (!t)
        return false;
    switch (c->op) {
    case OP_CREATE: return (t->verbs & C) && (c->in->shape != SHAPE_SINGLE || sets_guarded(t, c));
    case OP_DELETE: return t->verbs & D;
    case OP_UPDATE: return (t->verbs & U) && sets_guarded(t, c);
    case OP_REPLACE: break; /* clears what it does not name */
    }
    return t->verbs & U;
}

/* Or anything that it brings along. */
static bool brings_guarded(const struct change *c)
{
    if (is_guarded(c) || (c->upsert && brings_guarded(c->upsert->update)))
        return true;
    for (size_t i = 0; i < c->link_count; i++)
        if (c->links[i].change && brings_guarded(c->links[i].change))
            return true;
    return false;
}

static bool must_prove(const struct gate *g, const struct principal *who)
{
    bool is_asked = g->step_up == STEP_UP_ALWAYS || (g->step_up == STEP_UP_FACTOR && who->has_second_factor);
    return who->by_cookie && is_asked && !proof_is_fresh(who);
}

enum err refuse_stale_proof(struct problem *why)
{
    return problem_fault(why, ERR_FORBIDDEN, S(""), S("step-up"), "Show once more that it is you");
}

enum err step_up_for_changes(const struct gate *g, const struct principal *who, const struct change *changes, size_t count,
                             struct problem *why)
{
    if (!must_prove(g, who))
        return ERR_OK;
    for (size_t i = 0; i < count; i++)
        if (brings_guarded(&changes[i]))
            return refuse_stale_proof(why);
    return ERR_OK;
}

enum err step_up_for_action(const struct gate *g, const struct principal *who, const struct collection *c, struct problem *why)
{
    const struct guarded *t = guard_of(c);
    return t && must_prove(g, who) ? refuse_stale_proof(why) : ERR_OK;
}

/* Tokens of the registry open the registry alone; its clients ask for one before each thing they do. */
enum err step_up_for_token(const struct gate *g, const struct principal *who, enum token_purpose purpose, struct problem *why)
{
    return purpose != TOKEN_REGISTRY && must_prove(g, who) ? refuse_stale_proof(why) : ERR_OK;
}

/* Making tokens. A token is made for the principal at hand, from the credential at hand: it names that
 * session or key, or an item of tokens that ends with it, and it never outlives it (zenml-tokens.md 4). */
#include "roles/credentials/tokens.h"

#include "base/id.h"
#include "base/time.h"
#include "content/kind.h"

str token_audience(struct gate *g, struct arena *a, enum token_purpose purpose)
{
    if (purpose == TOKEN_ZENML) /* by default the server's id, as is its issuer */
        return gate_server_id(g, a);
    return arena_format(a, "vitrine:" STR_FMT, STR_ARG(token_purpose_facts(purpose)->name));
}

static struct json spelt(const struct token_purpose_facts *p, struct arena *a, str id)
{
    return json_of_text(str_is_absent(id) ? S("") : p->uuids ? id_uuid(a, id) : id);
}

struct claims {
    struct json members[32];
    size_t count;
};

static void claim(struct claims *c, str name, struct json v)
{
    must(c->count < COUNTOF(c->members));
    c->members[c->count++] = json_named(name, v);
}

/* Which item the token names: its own, or that of the credential it was made with. */
static void claim_row(struct claims *c, const struct token_purpose_facts *p, struct arena *a, const struct principal *who,
                      str token_id)
{
    if (!str_is_absent(token_id)) {
        claim(c, p->token, spelt(p, a, token_id));
    } else if (!str_is_absent(who->key_id)) {
        claim(c, p->key, spelt(p, a, who->key_id));
        claim(c, S("gen"), json_of_int(who->key_generation));
    } else if (!str_is_absent(who->session_id)) {
        claim(c, p->session, spelt(p, a, who->session_id));
    }
}

void token_item_begin(struct own_change *item, struct gate *g, struct exchange *x, const struct principal *who, str kind, str label,
                      int64_t expires_ms)
{
    own_change_begin(item, g, x->arena, SYSTEM_LOGIN, S("tokens"), OP_CREATE);
    own_change_for(item, x);
    own_set_text(item, S("kind"), kind);
    own_set_text(item, S("label"), label);
    own_set_text(item, S("user"), who->user_id);
    own_set_text(item, S("service_account"), who->service_id);
    own_set_text(item, S("key"), who->key_id);
    own_set_text(item, S("session"), who->session_id);
    if (!str_is_absent(who->key_id))
        own_set(item, S("generation"), json_of_int(who->key_generation));
    own_set_time(item, S("created_at"), time_now_ms());
    own_set_time(item, S("expires_at"), expires_ms);
}

void token_item_drop(struct gate *g, struct exchange *x, str id)
{
    struct own_change gone;
    struct problem quiet = {.arena = x->arena};
    own_change_begin(&gone, g, x->arena, SYSTEM_LOGIN, S("tokens"), OP_DELETE);
    own_change_for(&gone, x);
    gone.change.id = id;
    err_ignored(own_change_commit(&gone, &quiet));
}

/* An item of its own: it can be seen and ended by itself. */
static enum err make_item(struct gate *g, struct exchange *x, const struct principal *who, const struct token_wish *wish,
                          int64_t expires_ms, str *id, struct problem *why)
{
    struct own_change item;
    token_item_begin(&item, g, x, who, S("api"), wish->label, expires_ms);
    if (wish->scopes)
        own_set(&item, S("scopes"), *wish->scopes);
    TRY(own_change_commit(&item, why));
    *id = item.change.result_id;
    return ERR_OK;
}

/* A token made with a token that has an item of its own would have to end with that one as well; the chain is
 * cut at its first link. */
static enum err check_caller(const struct principal *who, const struct token_wish *wish, struct problem *why)
{
    bool named = !str_is_absent(who->session_id) || !str_is_absent(who->key_id);
    bool has_item = wish->has_item || !str_is_absent(wish->item_id);
    if (who->kind == PRINCIPAL_PUBLIC && wish->purpose == TOKEN_REGISTRY && wish->scopes)
        return ERR_OK; /* names nobody, and speaks for nobody */
    if (!named && !(has_item && !str_is_absent(who->user_id)))
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
    if (!str_is_absent(who->token_id) && !str_equal(who->token_id, wish->item_id)) /* one that names the same item ends with it */
        return problem_set(why, ERR_FORBIDDEN, "A derived token makes no further tokens; use the credential behind it");
    return ERR_OK;
}

enum err gate_token(struct gate *g, struct exchange *x, const struct principal *who, const struct token_wish *wish,
                    struct token *out, struct problem *why)
{
    const struct token_purpose_facts *p = token_purpose_facts(wish->purpose);
    int64_t now = time_now_ms(), life = wish->life_ms ? wish->life_ms : p->life_ms;
    struct claims c = {.count = 0};
    const struct ring *r = NULL;
    TRY(check_caller(who, wish, why));
    TRY(step_up_for_token(g, who, wish->purpose, why));
    life = life < p->life_max_ms ? life : p->life_max_ms;
    int64_t expires = now + life;
    if (who->expires_ms && who->expires_ms < expires)
        expires = who->expires_ms;
    *out = (struct token){.id = wish->item_id, .expires_ms = expires};
    if (wish->has_item)
        TRY(make_item(g, x, who, wish, expires, &out->id, why));
    for (size_t i = 0; i < wish->claim_count; i++)
        claim(&c, wish->claims[i].name, wish->claims[i]);
    claim(&c, p->subject, spelt(p, x->arena, str_is_absent(who->service_id) ? who->user_id : who->service_id));
    claim(&c, S("iss"), json_of_text(gate_server_id(g, x->arena)));
    claim(&c, S("aud"), json_of_text(token_audience(g, x->arena, wish->purpose)));
    claim(&c, S("exp"), json_of_int(expires / 1000));
    if (p->says_issued)
        claim(&c, S("iat"), json_of_int(now / 1000));
    claim_row(&c, p, x->arena, who, out->id);
    if (wish->scopes && !wish->has_item)
        claim(&c, S("scopes"), *wish->scopes);
    TRY(ring_use(g, &r, why));
    const struct ring_key *key = ring_active(r, wish->purpose);
    struct json map = json_of_map(c.members, c.count);
    enum err e = key ? jwt_write(x->arena, &key->key, json_print(x->arena, &map), &out->text, why)
                     : problem_set(why, ERR_UNAVAILABLE, "There is no signing key for these tokens");
    counted_release((struct counted *)(uintptr_t)&r->counted);
    return e;
}

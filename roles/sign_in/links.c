/* Links that work once: made, found, used up. */
#include "roles/sign_in/links.h"

#include "base/crypt.h"
#include "base/time.h"
#include "content/kind.h"

#define PREFIX "vtl_" /* no session's and no key's secret begins like this */

static const struct {
    str word;                         /* the item's kind */
    int64_t life_ms;
    const char *place;                /* in the dashboard */
} facts[LINK_COUNT] = {
    [LINK_INVITATION] = {STR("invitation"), INT64_C(7) * 24 * 3600 * 1000, "invitation"},
    [LINK_RESET] = {STR("reset"), INT64_C(3600) * 1000, "reset"},
    [LINK_VERIFY] = {STR("verify"), INT64_C(3600) * 1000, "verify"},
    [LINK_MAGIC] = {STR("magic"), INT64_C(3600) * 1000, "magic"},
};

enum err link_refuse(struct problem *why)
{
    return problem_set(why, ERR_UNAUTHENTICATED, "This link is not valid, or not valid any more");
}

static const struct rights *server_rights(struct gate *g)
{
    return policy_system_rights(g->policy, SYSTEM_LOGIN);
}

static void done_with(const struct rights *r)
{
    counted_release((struct counted *)(uintptr_t)&r->counted);
}

/* Earlier ones of the same person and purpose. */
static enum err earlier(struct gate *g, struct arena *a, enum link kind, str user_id, struct item_list *out, struct problem *why)
{
    *out = (struct item_list){0};
    if (str_is_absent(user_id))
        return ERR_OK;
    const struct rights *server = server_rights(g);
    const struct collection *c = model_find(server->model, S("tokens"));
    const struct filter *where = filter_test(a, collection_field(c, S("user")), TEST_EQ, json_of_text(user_id));
    where = filter_and(a, where, filter_test(a, collection_field(c, S("kind")), TEST_EQ, json_of_text(facts[kind].word)));
    enum err e = read_items(g->content, server, S("tokens"), where, a, out, why);
    done_with(server);
    return e;
}

enum err link_make(struct gate *g, const struct exchange *x, enum link kind, str user_id, str email, str *id, str *secret,
                   struct problem *why)
{
    struct item_list old;
    struct own_change token;
    int64_t now = time_now_ms();
    str made = arena_format(x->arena, PREFIX STR_FMT, STR_ARG(crypt_random_text(x->arena, alphabet_base62, SESSION_SECRET)));
    TRY(earlier(g, x->arena, kind, user_id, &old, why));
    own_change_begin(&token, g, x->arena, SYSTEM_LOGIN, S("tokens"), OP_CREATE);
    own_change_for(&token, x);
    own_set_text(&token, S("kind"), facts[kind].word);
    own_set_text(&token, S("label"), str_is_absent(email) ? facts[kind].word : str_slice(email, 0, 200));
    own_set_text(&token, S("user"), user_id);
    own_set_text(&token, S("email"), email);
    own_set_time(&token, S("created_at"), now);
    own_set_time(&token, S("expires_at"), now + facts[kind].life_ms);
    own_set_text(&token, S("token"), made);
    struct own_change *gone = NEW_N(x->arena, struct own_change, old.count), **list = NEW_N(x->arena, struct own_change *, old.count + 1);
    list[0] = &token;
    for (size_t i = 0; i < old.count; i++) {
        own_change_beside(&gone[i], &token, S("tokens"), OP_DELETE);
        gone[i].change.id = item_text(&old.items[i], S("_id"));
        list[i + 1] = &gone[i];
    }
    TRY(own_changes_commit(list, old.count + 1, why));
    *id = token.change.result_id;
    *secret = made;
    return ERR_OK;
}

str link_url(const struct gate *g, struct arena *a, enum link kind, str secret)
{
    str site = g->outside.site_url; /* behind '#': no server and no page that is reached from there sees it */
    return arena_format(a, STR_FMT "/admin/%s#" STR_FMT, STR_ARG(site), facts[kind].place, STR_ARG(secret));
}

static enum err take_holder(struct gate *g, const struct rights *server, struct arena *a, enum link kind, str id,
                            struct link_holder *out, struct problem *why)
{
    const struct json *token = NULL, *user = NULL;
    TRY(read_item(g->content, server, S("tokens"), S("_id"), id, a, &token, why));
    if (!token || !str_equal(item_text(token, S("kind")), facts[kind].word) || item_time(token, S("expires_at")) <= time_now_ms() ||
        str_is_absent(item_text(token, S("user"))))
        return link_refuse(why);
    TRY(read_item(g->content, server, S("users"), S("_id"), item_text(token, S("user")), a, &user, why));
    str went_to = item_text(token, S("email"));
    bool is_same = user && str_equal(went_to, item_text(user, S("email")));
    if (!user || !item_flag(user, S("active"), true) || (!str_is_absent(went_to) && !is_same))
        return link_refuse(why);
    *out = (struct link_holder){id, user, item_text(user, S("_id")), is_same, item_flag(user, S("verified"), false)};
    return ERR_OK;
}

enum err link_find(struct gate *g, struct arena *a, enum link kind, str secret, struct link_holder *out, struct problem *why)
{
    uint8_t digest[DIGEST_BYTES];
    str collection, item, field;
    if (!secret_looks_right(secret, S(PREFIX)))
        return link_refuse(why);
    TRY(gate_catch_up(g, why));
    crypt_digest(g->crypt, CRYPT_KEY_DIGEST, secret, digest);
    enum err e = content_by_digest(g->content, digest, a, &collection, &item, &field);
    if (e == ERR_NOT_FOUND || (e == ERR_OK && !str_equal(collection, S("tokens"))))
        return link_refuse(why);
    if (e != ERR_OK)
        return problem_set(why, e, "Links cannot be checked now");
    const struct rights *server = server_rights(g);
    e = take_holder(g, server, a, kind, item, out, why);
    done_with(server);
    return e;
}

void link_spend(struct own_change *o, struct gate *g, const struct exchange *x, const struct link_holder *holder)
{
    own_change_begin(o, g, x->arena, SYSTEM_LOGIN, S("tokens"), OP_DELETE);
    own_change_for(o, x);
    o->change.id = holder->token_id;
}

void link_verifies(struct own_change *user, const struct link_holder *holder)
{
    if (holder->proves_address && !holder->is_verified)
        own_set(user, S("verified"), json_true);
}

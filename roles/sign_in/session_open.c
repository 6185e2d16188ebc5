/* Sessions begin: how somebody is known to be who he is was found out before. In one transaction: whatever that
 * used up (a code, a link), the session, the note of it at the person, the end of what the browser had before. */
#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/internal.h"

static const str strength_names[STRENGTH_COUNT] = {
    [BY_PASSWORD] = STR("password"), [BY_LINK] = STR("link"), [BY_OIDC] = STR("oidc"),
    [BY_SECOND_FACTOR] = STR("second_factor"), [BY_PASSKEY] = STR("passkey"),
};

str strength_name(enum strength strength)
{
    return strength_names[strength];
}

enum strength strength_named(str name)
{
    for (enum strength s = 0; s < STRENGTH_COUNT; s++)
        if (str_equal(strength_names[s], name))
            return s;
    return BY_PASSWORD;
}

str agent_of(const struct exchange *x)
{
    str agent = exchange_header(x, S("user-agent"));
    agent = str_slice(agent, 0, 300);
    if (agent.len == 0)
        return (str){0};
    char *plain = arena_get(x->arena, agent.len, 1);
    for (size_t i = 0; i < agent.len; i++)
        plain[i] = agent.at[i] >= ' ' && agent.at[i] <= '~' ? agent.at[i] : '?';
    return (str){plain, agent.len};
}

/* The session that the browser still has from before; {0}: none. */
static str session_before(struct gate *g, struct exchange *x)
{
    str secret = session_cookie(x), collection, item, field;
    uint8_t digest[DIGEST_BYTES];
    if (!session_secret_looks_right(secret))
        return (str){0};
    crypt_digest(g->crypt, CRYPT_KEY_DIGEST, secret, digest);
    bool found = content_by_digest(g->content, digest, x->arena, &collection, &item, &field) == ERR_OK;
    return found && str_equal(collection, S("sessions")) ? item : (str){0};
}

static void drop_session(struct gate *g, struct exchange *x, str id)
{
    struct own_change gone;
    struct problem quiet = {.arena = x->arena};
    own_change_begin(&gone, g, x->arena, SYSTEM_LOGIN, S("sessions"), OP_DELETE);
    own_change_for(&gone, x);
    gone.change.id = id;
    err_ignored(own_change_commit(&gone, &quiet)); /* somebody else was faster */
}

/* Sessions that ran out are refused by their time; here they go, a few with each sign-in. */
static void sweep(struct gate *g, struct exchange *x)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    const struct collection *c = model_find(server->model, S("sessions"));
    struct problem quiet = {.arena = x->arena};
    struct item_list list;
    struct json now = json_of_int(time_now_ms());
    const struct filter *ended = filter_test(x->arena, collection_field(c, S("expires_at")), TEST_LTE, now);
    enum err e = read_items(g->content, server, S("sessions"), ended, x->arena, &list, &quiet);
    for (size_t i = 0; e == ERR_OK && i < list.count && i < LIMIT_SESSION_SWEEP; i++)
        drop_session(g, x, item_text(&list.items[i], S("_id")));
    counted_release((struct counted *)(uintptr_t)&server->counted);
}

/* The changes of one transaction, put together. */
struct bundle {
    struct own_change *list[SESSION_BESIDES + 3];
    size_t count;
};

static void bundle_begin(struct bundle *b, const struct session_wish *wish)
{
    must(wish->beside_count <= SESSION_BESIDES);
    b->count = 0;
    for (size_t i = 0; i < wish->beside_count; i++)
        b->list[b->count++] = wish->besides[i];
}

static void bundle_add(struct bundle *b, struct own_change *o, struct gate *g, struct exchange *x, str collection, enum op op)
{
    if (b->count == 0) {
        own_change_begin(o, g, x->arena, SYSTEM_LOGIN, collection, op);
        own_change_for(o, x);
    } else {
        own_change_beside(o, b->list[0], collection, op);
    }
    b->list[b->count++] = o;
}

static void describe(struct own_change *session, const struct exchange *x, const struct session_wish *wish, int64_t now)
{
    own_set_text(session, S("kind"), wish->is_token ? S("token") : S("cookie"));
    own_set_text(session, S("via"), wish->via);
    own_set_text(session, S("device"), wish->device);
    own_set_text(session, S("strength"), strength_names[wish->strength]);
    own_set_time(session, S("last_seen_at"), now);
    own_set_text(session, S("address"), x->peer);
    own_set_text(session, S("agent"), agent_of(x));
    if (wish->proof_ms)
        own_set_time(session, S("step_up_at"), wish->proof_ms);
}

/* before: a session that ends with this, {0}: none. */
static enum err write_session(struct gate *g, struct exchange *x, const struct session_wish *wish, str secret, str before,
                              str *id, struct problem *why)
{
    struct bundle b;
    struct own_change session, user, old;
    int64_t now = time_now_ms(), life = wish->life_ms ? wish->life_ms : g->session_life_ms;
    bundle_begin(&b, wish);
    bundle_add(&b, &session, g, x, S("sessions"), OP_CREATE);
    own_set_text(&session, S("user"), wish->user_id);
    own_set_text(&session, S("token"), secret);
    own_set_time(&session, S("created_at"), now);
    own_set_time(&session, S("expires_at"), now + life);
    describe(&session, x, wish, now);
    bundle_add(&b, &user, g, x, S("users"), OP_UPDATE);
    user.change.id = wish->user_id;
    own_set_time(&user, S("last_login_at"), now);
    if (!str_is_absent(before)) {
        bundle_add(&b, &old, g, x, S("sessions"), OP_DELETE);
        old.change.id = before;
    }
    TRY(own_changes_commit(b.list, b.count, why));
    *id = session.change.result_id;
    return ERR_OK;
}

enum err session_begin(struct gate *g, struct exchange *x, const struct session_wish *wish, str *id, str *secret,
                       struct problem *why)
{
    str made = wish->is_token ? (str){0} : crypt_random_text(x->arena, alphabet_base62, SESSION_SECRET);
    str before = wish->is_token || wish->ends_others ? (str){0} : session_before(g, x);
    sweep(g, x);
    TRY(write_session(g, x, wish, made, before, id, why));
    *secret = made;
    return ERR_OK;
}

static enum err answer(struct gate *g, struct exchange *x, str secret, struct signed_in *out, struct problem *why)
{
    uint8_t digest[DIGEST_BYTES];
    struct principal *who = NULL;
    TRY(gate_catch_up(g, why));
    crypt_digest(g->crypt, CRYPT_KEY_DIGEST, secret, digest);
    TRY(identities_find(g, digest, x, &who, why));
    who->by_cookie = true;
    out->who = who;
    out->cookie = session_set_cookie(x, secret);
    out->csrf = gate_csrf(g, x->arena, who);
    return ERR_OK;
}

enum err session_open(struct gate *g, struct exchange *x, const struct session_wish *wish, struct signed_in *out,
                      struct problem *why)
{
    str id, secret;
    must(!wish->is_token);
    TRY(session_begin(g, x, wish, &id, &secret, why));
    return answer(g, x, secret, out, why);
}

enum err session_renew(struct gate *g, struct exchange *x, const struct session_wish *wish, struct signed_in *out,
                       struct problem *why)
{
    struct bundle b;
    struct own_change session;
    str secret = crypt_random_text(x->arena, alphabet_base62, SESSION_SECRET);
    bundle_begin(&b, wish);
    bundle_add(&b, &session, g, x, S("sessions"), OP_UPDATE);
    session.change.id = x->who->session_id;
    own_set_text(&session, S("strength"), strength_names[wish->strength]);
    own_set_time(&session, S("step_up_at"), wish->proof_ms);
    if (x->who->by_cookie)
        own_set_text(&session, S("token"), secret);
    TRY(own_changes_commit(b.list, b.count, why));
    out->who = x->who;
    return x->who->by_cookie ? answer(g, x, secret, out, why) : ERR_OK;
}

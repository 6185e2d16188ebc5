/* Sessions of the dashboard (security SE-1, SE-2, B-4): a random secret in a cookie, its keyed digest in
 * the vault, one item per session in the collection "sessions". Deleting the item ends it. */
#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/internal.h"

bool session_secret_looks_right(str secret)
{
    size_t unused;
    for (size_t i = 0; i < secret.len; i++)
        if (!str_find(alphabet_base62, secret.at[i], &unused))
            return false;
    return secret.len == SESSION_SECRET;
}

str session_set_cookie(const struct exchange *x, str secret)
{
    bool ends = str_is_absent(secret);
    return arena_format(x->arena, "%s=" STR_FMT "; Path=/; HttpOnly; SameSite=Strict%s%s",
                        x->is_tls ? SESSION_COOKIE_TLS : SESSION_COOKIE_PLAIN, STR_ARG(secret),
                        x->is_tls ? "; Secure" : "", ends ? "; Max-Age=0" : "");
}

/* Two cookies of one name: the browser sends the one with the longer path first, and ours has the
 * shortest. Over TLS only the name that nobody but this host can set counts (SE-1). */
str session_cookie(const struct exchange *x)
{
    str name = x->is_tls ? S(SESSION_COOKIE_TLS) : S(SESSION_COOKIE_PLAIN);
    str rest = exchange_header(x, S("cookie")), piece, key, value;
    bool ended = false;
    while (!str_is_absent(rest) && str_next(&rest, &ended, ';', &piece))
        if (str_cut(str_trim(piece), '=', &key, &value) && str_equal(key, name) && value.len)
            return value;
    return (str){0};
}

str gate_csrf(struct gate *g, struct arena *a, const struct principal *who)
{
    uint8_t digest[DIGEST_BYTES];
    if (!who->by_cookie || str_is_absent(who->session_id))
        return (str){0};
    crypt_digest(g->crypt, CRYPT_CSRF, who->session_id, digest);
    return base64url_encode(a, (str){(const char *)digest, sizeof digest});
}

bool comes_from_own_page(const struct exchange *x, bool demands)
{
    str site = exchange_header(x, S("sec-fetch-site"));
    str origin = exchange_header(x, S("origin")), host = exchange_header(x, S("host"));
    if (!str_is_absent(site) && !str_equal(site, S("same-origin")) && !str_equal(site, S("none")))
        return false;
    if (str_is_absent(origin))
        return !demands;
    str own = arena_format(x->arena, "%s://" STR_FMT, x->is_tls ? "https" : "http", STR_ARG(host));
    return str_equal_nocase(origin, own);
}

/* What browsers call themselves is anybody's text: printable ASCII of it, and not all day long. */
static str agent_of(const struct exchange *x)
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

static enum err write_session(struct gate *g, struct exchange *x, str user_id, str secret, struct problem *why)
{
    struct own_change session, user, before, *list[3] = {&session, &user, &before};
    str old = session_before(g, x);
    int64_t now = time_now_ms();
    own_change_begin(&session, g, x->arena, SYSTEM_LOGIN, S("sessions"), OP_CREATE);
    own_change_for(&session, x);
    own_set_text(&session, S("user"), user_id);
    own_set_text(&session, S("token"), secret);
    own_set_time(&session, S("created_at"), now);
    own_set_time(&session, S("expires_at"), now + g->session_life_ms);
    own_set_time(&session, S("last_seen_at"), now);
    own_set_text(&session, S("address"), x->peer);
    own_set_text(&session, S("agent"), agent_of(x));
    own_change_beside(&user, &session, S("users"), OP_UPDATE);
    user.change.id = user_id;
    own_set_time(&user, S("last_login_at"), now);
    own_change_beside(&before, &session, S("sessions"), OP_DELETE);
    before.change.id = old;
    return own_changes_commit(list, str_is_absent(old) ? 2 : 3, why);
}

enum err session_open(struct gate *g, struct exchange *x, str user_id, struct signed_in *out, struct problem *why)
{
    str secret = crypt_random_text(x->arena, alphabet_base62, SESSION_SECRET);
    uint8_t digest[DIGEST_BYTES];
    struct principal *who = NULL;
    sweep(g, x);
    TRY(write_session(g, x, user_id, secret, why));
    TRY(gate_catch_up(g, why));
    crypt_digest(g->crypt, CRYPT_KEY_DIGEST, secret, digest);
    TRY(identities_find(g, digest, x, &who, why));
    who->by_cookie = true;
    out->who = who;
    out->cookie = session_set_cookie(x, secret);
    out->csrf = gate_csrf(g, x->arena, who);
    return ERR_OK;
}

int64_t session_touch_ms(const struct gate *g)
{
    int64_t most = (int64_t)LIMIT_SESSION_TOUCH_S * 1000, part = g->session_idle_ms / 4;
    return part < most ? part : most;
}

void session_touch(struct gate *g, struct exchange *x, str session_id)
{
    struct own_change seen;
    struct problem quiet = {.arena = x->arena};
    if (g->read_only)
        return;
    own_change_begin(&seen, g, x->arena, SYSTEM_IDENTIFY, S("sessions"), OP_UPDATE);
    own_change_for(&seen, x);
    seen.change.id = session_id;
    own_set_time(&seen, S("last_seen_at"), time_now_ms());
    err_ignored(own_change_commit(&seen, &quiet)); /* it will be written next time */
}

enum err gate_logout(struct gate *g, struct exchange *x, struct problem *why)
{
    exchange_add_header(x, S("Set-Cookie"), session_set_cookie(x, (str){0}));
    if (str_is_absent(x->who->session_id))
        return ERR_OK;
    struct own_change gone;
    own_change_begin(&gone, g, x->arena, SYSTEM_LOGIN, S("sessions"), OP_DELETE);
    own_change_for(&gone, x);
    gone.change.id = x->who->session_id;
    struct problem own = {.arena = x->arena};
    enum err e = own_change_commit(&gone, &own);
    if (e == ERR_OK || e == ERR_NOT_FOUND) /* ended twice is ended */
        return ERR_OK;
    why->retry_after_s = own.retry_after_s;
    return problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

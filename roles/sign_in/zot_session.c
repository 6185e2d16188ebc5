/* Sessions of zot's page (oci-registry.md 11.2): our sessions, under the names of cookies that this page knows.
 * roles/credentials/by_cookie.c reads them. */
#include "base/time.h"
#include "roles/internal.h"

#define ZOT_SESSION_S 7200 /* what the page counts on */
#define COOKIE_ZOT_USER "user"

/* For the page's scripts, which show who is signed in; nothing is believed of it. */
static str name_cookie(const struct exchange *x, str name)
{
    struct buf b;
    buf_init(&b, x->arena, 2048);
    buf_add(&b, S(COOKIE_ZOT_USER "="));
    buf_percent(&b, name);
    buf_format(&b, "; Path=/; Max-Age=%d; SameSite=Strict%s", str_is_absent(name) ? 0 : ZOT_SESSION_S, x->is_tls ? "; Secure" : "");
    return buf_str(&b);
}

static void hand_over(struct exchange *x, str secret, const struct principal *who)
{
    exchange_add_header(x, S("Set-Cookie"),
                        arena_format(x->arena, COOKIE_ZOT "=" STR_FMT "; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s",
                                     STR_ARG(secret), ZOT_SESSION_S, x->is_tls ? "; Secure" : ""));
    exchange_add_header(x, S("Set-Cookie"), name_cookie(x, who->user_name.len ? who->user_name : who->user_email));
}

enum err zot_takes_session(struct exchange *x, const struct signed_in *in, struct problem *why)
{
    str name, rest, secret, unused;
    if (!str_cut(in->cookie, '=', &name, &rest)) /* a second factor is asked for, which this page cannot */
        return problem_set(why, ERR_UNAUTHENTICATED, "This account has a second factor; sign in at the dashboard");
    (void)str_cut(rest, ';', &secret, &unused);
    hand_over(x, secret, in->who);
    return ERR_OK;
}

enum err gate_zot_login(struct gate *g, struct exchange *x, struct problem *why)
{
    const struct principal *who = x->who;
    str id, secret;
    bool by_password = who->kind == PRINCIPAL_USER && str_is_absent(who->session_id) && str_is_absent(who->key_id) &&
                       who->by_token == TOKEN_NONE;
    if (!by_password)
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in with your name and password");
    struct session_wish wish = {.user_id = who->user_id,
                                .via = S("zot"),
                                .strength = BY_PASSWORD,
                                .life_ms = (int64_t)ZOT_SESSION_S * 1000};
    TRY(session_begin(g, x, &wish, &id, &secret, why));
    hand_over(x, secret, who);
    return ERR_OK;
}

enum err gate_zot_logout(struct gate *g, struct exchange *x, struct problem *why)
{
    exchange_add_header(x, S("Set-Cookie"), cookie_ends(x, S(COOKIE_ZOT)));
    exchange_add_header(x, S("Set-Cookie"), name_cookie(x, (str){0}));
    return gate_logout(g, x, why);
}

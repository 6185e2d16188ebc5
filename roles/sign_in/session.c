/* Sessions of the dashboard (security SE-1, SE-2, B-4): a random secret in a cookie, its keyed digest in
 * the vault, one item per session in the collection "sessions". Deleting the item ends it. session_open.c
 * makes them. */
#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/internal.h"

bool secret_looks_right(str secret, str mark)
{
    size_t unused;
    if (secret.len != mark.len + SESSION_SECRET || !str_starts(secret, mark))
        return false;
    for (size_t i = mark.len; i < secret.len; i++)
        if (!str_find(alphabet_base62, secret.at[i], &unused))
            return false;
    return true;
}

bool session_secret_looks_right(str secret)
{
    return secret_looks_right(secret, S(""));
}

str session_set_cookie(const struct exchange *x, str secret)
{
    bool ends = str_is_absent(secret);
    return arena_format(x->arena, "%s=" STR_FMT "; Path=/; HttpOnly; SameSite=Strict%s%s",
                        x->is_tls ? SESSION_COOKIE_TLS : SESSION_COOKIE_PLAIN, STR_ARG(secret),
                        x->is_tls ? "; Secure" : "", ends ? "; Max-Age=0" : "");
}

/* Over TLS only the name that nobody but this host can set counts (SE-1). */
str session_cookie(const struct exchange *x)
{
    return cookie_named(x, x->is_tls ? S(SESSION_COOKIE_TLS) : S(SESSION_COOKIE_PLAIN));
}

str cookie_named(const struct exchange *x, str name)
{
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
    return gate_logout_program(g, x, why);
}

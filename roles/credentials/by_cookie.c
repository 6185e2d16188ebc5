/* Cookies as credentials: the dashboard's, and those that the browsers of other systems' clients hold. They
 * count only when no header speaks (contract 4).
 *
 * A cookie is sent by the browser, not by a will. What changes something must therefore prove that it comes
 * from a page of ours (security B-4), each sort of cookie in its own way; and a cookie that is not good any
 * more is taken away by the answer that refuses it, so that it locks nobody out for good. */
#include "base/crypt.h"
#include "roles/credentials/tokens.h"

static bool is_unsafe(enum method m)
{
    return m != M_GET && m != M_HEAD && m != M_OPTIONS;
}

/* What an HTML form can send, from any site and without being asked for permission. */
static bool could_be_a_form(const struct exchange *x)
{
    static const str of_forms[] = {STR("application/x-www-form-urlencoded"), STR("multipart/form-data"), STR("text/plain")};
    str type = exchange_header(x, S("content-type")), media, parameters;
    if (str_is_absent(type))
        return x->body_length > 0;
    (void)str_cut(type, ';', &media, &parameters);
    for (size_t i = 0; i < COUNTOF(of_forms); i++)
        if (str_equal_nocase(str_trim(media), of_forms[i]))
            return true;
    return false;
}

static bool shows_csrf_token(struct gate *g, const struct exchange *x, const struct principal *who)
{
    str expected = gate_csrf(g, x->arena, who), token = exchange_header(x, S("x-csrf-token"));
    return token.len == expected.len && token.len > 0 && crypt_equal(token.at, expected.at, token.len);
}

/* The dashboard: page of ours, token, and nothing that a form could send. */
static bool dashboard_proves(struct gate *g, const struct exchange *x, const struct principal *who)
{
    return comes_from_own_page(x, true) && !could_be_a_form(x) && shows_csrf_token(g, x, who);
}

/* Clients of other systems know no token of ours: the browser's word for the page, or the token. */
static bool page_or_token_proves(struct gate *g, const struct exchange *x, const struct principal *who)
{
    return (comes_from_own_page(x, true) || (comes_from_own_page(x, false) && shows_csrf_token(g, x, who))) && !could_be_a_form(x);
}

/* Notary's clients are its page and programs with a jar of cookies, and those know neither our token nor where they come from. Browsers name
 * the origin in every request that changes something, "null" if need be, and this cookie they send from no other site at all (SameSite=Strict):
 * where no header of a browser's is, there is no page that could have been forged. */
static bool page_or_program_proves(struct gate *g, const struct exchange *x, const struct principal *who)
{
    static const str of_browsers[] = {STR("origin"), STR("sec-fetch-site"), STR("referer")};
    for (size_t i = 0; i < COUNTOF(of_browsers); i++)
        if (!str_is_absent(exchange_header(x, of_browsers[i])))
            return page_or_token_proves(g, x, who);
    return str_is_absent(exchange_header(x, S("content-type"))) || !could_be_a_form(x);
}

/* zot's page names itself in a header that no form can set and no other site may (oci-registry.md 11.2). */
static bool zot_proves(struct gate *g, const struct exchange *x, const struct principal *who)
{
    (void)g;
    (void)who;
    return comes_from_own_page(x, false) && !could_be_a_form(x);
}

static str dashboard_name(struct gate *g, const struct exchange *x)
{
    (void)g;
    return x->is_tls ? S(SESSION_COOKIE_TLS) : S(SESSION_COOKIE_PLAIN);
}

static str zot_name(struct gate *g, const struct exchange *x)
{
    (void)g;
    return str_is_absent(exchange_header(x, S("x-zot-api-client"))) ? (str){0} : S(COOKIE_ZOT);
}

static str notary_name(struct gate *g, const struct exchange *x)
{
    (void)g;
    (void)x;
    return S(COOKIE_NOTARY);
}

static str zenml_name(struct gate *g, const struct exchange *x)
{
    return arena_format(x->arena, COOKIE_ZENML "-" STR_FMT, STR_ARG(gate_server_id(g, x->arena)));
}

static enum err by_session_secret(struct gate *g, struct exchange *x, str value, struct principal **out, struct problem *why)
{
    if (!session_secret_looks_right(value))
        return ERR_UNAUTHENTICATED;
    return by_secret(g, x, value, out, why);
}

static enum err by_signed_session(struct gate *g, struct exchange *x, str value, struct principal **out, struct problem *why)
{
    return token_looks_right(value) ? by_token(g, x, value, out, why) : ERR_UNAUTHENTICATED;
}

/* In the order in which they count. {0} for a name: this sort of cookie does not count in this request. */
static const struct {
    str (*name)(struct gate *g, const struct exchange *x);
    enum err (*read)(struct gate *g, struct exchange *x, str value, struct principal **out, struct problem *why);
    bool (*proves)(struct gate *g, const struct exchange *x, const struct principal *who); /* of requests that change something */
} cookies[] = {
    {dashboard_name, by_session_secret, dashboard_proves},
    {zot_name, by_session_secret, zot_proves},
    {notary_name, by_signed_session, page_or_program_proves},
    {zenml_name, by_signed_session, page_or_token_proves},
};

str cookie_ends(const struct exchange *x, str name)
{
    return arena_format(x->arena, STR_FMT "=; Path=/; HttpOnly; SameSite=Strict%s; Max-Age=0", STR_ARG(name),
                        x->is_tls ? "; Secure" : "");
}

enum err by_cookie(struct gate *g, struct exchange *x, struct principal **out, struct problem *why)
{
    if (str_is_absent(exchange_header(x, S("cookie"))))
        return ERR_OK;
    for (size_t i = 0; i < COUNTOF(cookies); i++) {
        struct principal *found = NULL;
        str name = cookies[i].name(g, x), value = str_is_absent(name) ? (str){0} : cookie_named(x, name);
        if (str_is_absent(value))
            continue;
        enum err e = cookies[i].read(g, x, value, &found, why);
        if (e == ERR_UNAUTHENTICATED || (e == ERR_OK && str_is_absent(found->session_id))) {
            exchange_add_header(x, S("Set-Cookie"), cookie_ends(x, name));
            return problem_set(why, ERR_UNAUTHENTICATED, "Authentication failed");
        }
        TRY(e);
        found->by_cookie = true;
        *out = found;
        if (!is_unsafe(x->method) || cookies[i].proves(g, x, found))
            return ERR_OK;
        return problem_set(why, ERR_FORBIDDEN, "This change does not prove that it comes from the dashboard");
    }
    return ERR_OK;
}

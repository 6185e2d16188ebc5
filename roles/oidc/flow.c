/* The way to a provider and back (OpenID Connect Core 3.1, RFC 7636, RFC 9207). What was agreed when the browser
 * left (state, nonce, verifier, where to come back to) travels in a cookie that only we can open: whoever comes
 * back without it did not leave from this browser. Where the browser is sent back to is made of site.url and
 * nothing else. */
#include "base/crypt.h"
#include "base/limits.h"
#include "base/redirect.h"
#include "base/time.h"
#include "roles/oidc/oidc.h"

#define COOKIE_TLS "__Host-vitrine_flow"
#define COOKIE_PLAIN "vitrine_flow"
#define WORD 43u /* letters of 256 bits */

struct flow {
    str provider, state, nonce, verifier, to, session; /* session {0}: sign in; else whose link it is */
    int64_t until_ms;
    bool of_zot;                      /* zot's page began it, and has a place of its own to come back to */
};

/* Flows that came back already: each counts once, as long as its cookie would open. */
struct used_flows {
    pthread_mutex_t lock;
    struct {
        uint8_t digest[DIGEST_BYTES];
        int64_t until_ms;
    } places[LIMIT_FLOWS_USED];
    size_t next;
};

struct used_flows *used_flows_open(struct arena *a)
{
    struct used_flows *u = NEW(a, struct used_flows);
    must(pthread_mutex_init(&u->lock, NULL) == 0);
    return u;
}

void used_flows_close(struct used_flows *u)
{
    if (u)
        (void)pthread_mutex_destroy(&u->lock);
}

static bool use_once(struct gate *g, const struct flow *f)
{
    struct used_flows *u = g->used_flows;
    uint8_t digest[DIGEST_BYTES];
    bool first = true;
    crypt_digest(g->crypt, CRYPT_STEP, f->state, digest);
    (void)pthread_mutex_lock(&u->lock);
    for (size_t i = 0; i < LIMIT_FLOWS_USED; i++)
        first = first && !(u->places[i].until_ms > time_now_ms() && crypt_equal(u->places[i].digest, digest, DIGEST_BYTES));
    if (first) {
        memcpy(u->places[u->next].digest, digest, DIGEST_BYTES);
        u->places[u->next].until_ms = f->until_ms;
        u->next = (u->next + 1) % LIMIT_FLOWS_USED;
    }
    (void)pthread_mutex_unlock(&u->lock);
    return first;
}

/* ------ the cookie */

static str cookie_name(const struct exchange *x)
{
    return x->is_tls ? S(COOKIE_TLS) : S(COOKIE_PLAIN);
}

/* Lax, since the provider's page sends the browser back; it is read by GET and by nothing else. */
static str set_cookie(const struct exchange *x, str value)
{
    return arena_format(x->arena, STR_FMT "=" STR_FMT "; Path=/; HttpOnly; SameSite=Lax; Max-Age=%u%s", STR_ARG(cookie_name(x)),
                        STR_ARG(value), value.len ? LIMIT_FLOW_S : 0, x->is_tls ? "; Secure" : "");
}

static str seal(struct gate *g, struct arena *a, const struct flow *f)
{
    struct json members[] = {
        json_named(S("provider"), json_of_text(f->provider)), json_named(S("state"), json_of_text(f->state)),
        json_named(S("nonce"), json_of_text(f->nonce)),       json_named(S("verifier"), json_of_text(f->verifier)),
        json_named(S("to"), json_of_text(f->to)),             json_named(S("until"), json_of_int(f->until_ms)),
        json_named(S("session"), str_is_absent(f->session) ? json_null : json_of_text(f->session)),
        json_named(S("zot"), f->of_zot ? json_true : json_false),
    };
    struct json map = json_of_map(members, COUNTOF(members));
    return base64url_encode(a, crypt_seal(g->crypt, CRYPT_STEP, a, S("oidc"), json_print(a, &map)));
}

static bool unseal(struct gate *g, struct arena *a, str cookie, struct flow *f)
{
    str sealed, plain;
    const struct json *map;
    if (!base64url_decode(a, cookie, &sealed) || !crypt_unseal(g->crypt, CRYPT_STEP, a, S("oidc"), sealed, &plain) ||
        json_read(a, plain, NULL, S(""), &map, NULL) != ERR_OK)
        return false;
    const struct json *until = json_get(map, S("until"));
    *f = (struct flow){item_text(map, S("provider")), item_text(map, S("state")),   item_text(map, S("nonce")),
                       item_text(map, S("verifier")), item_text(map, S("to")),      item_text(map, S("session")),
                       until ? until->integer : 0, item_flag(map, S("zot"), false)};
    return true;
}

static str flow_cookie(const struct exchange *x)
{
    return cookie_named(x, cookie_name(x));
}

/* ------ leaving */

static str redirect_uri(const struct gate *g, struct arena *a, str provider, bool of_zot)
{
    if (of_zot)
        return arena_format(a, STR_FMT "/zot/auth/callback/" STR_FMT, STR_ARG(g->outside.site_url), STR_ARG(provider));
    return arena_format(a, STR_FMT "/api/auth/oidc/" STR_FMT "/callback", STR_ARG(g->outside.site_url), STR_ARG(provider));
}

static void add(struct buf *b, char separator, const char *name, str value)
{
    buf_format(b, "%c%s=", separator, name);
    buf_percent(b, value);
}

static str scope_of(struct arena *a, const struct provider *p)
{
    struct buf b;
    buf_init(&b, a, LIMIT_OUTBOUND_URL_BYTES);
    buf_add(&b, S("openid"));
    if (p->scope_count == 0)
        buf_add(&b, S(" email profile"));
    for (size_t i = 0; i < p->scope_count; i++)
        if (!str_equal(p->scopes[i], S("openid")))
            buf_format(&b, " " STR_FMT, STR_ARG(p->scopes[i]));
    return buf_str(&b);
}

static str challenge_of(struct arena *a, str verifier)
{
    uint8_t hash[32];
    crypt_sha256(verifier, hash);
    return base64url_encode(a, (str){(const char *)hash, sizeof hash});
}

static enum err location_of(struct gate *g, struct arena *a, const struct provider *p, const struct provider_metadata *m,
                            const struct flow *f, str *out, struct problem *why)
{
    struct buf b;
    size_t unused;
    buf_init(&b, a, 2 * LIMIT_OUTBOUND_URL_BYTES);
    buf_add(&b, m->authorization_endpoint);
    add(&b, str_find(m->authorization_endpoint, '?', &unused) ? '&' : '?', "response_type", S("code"));
    add(&b, '&', "client_id", p->client_id);
    add(&b, '&', "redirect_uri", redirect_uri(g, a, p->name, f->of_zot));
    add(&b, '&', "scope", scope_of(a, p));
    add(&b, '&', "state", f->state);
    add(&b, '&', "nonce", f->nonce);
    add(&b, '&', "code_challenge", challenge_of(a, f->verifier));
    add(&b, '&', "code_challenge_method", S("S256"));
    return buf_done(&b, out) == ERR_OK ? ERR_OK : problem_set(why, ERR_UNAVAILABLE, "The way to the provider is too long");
}

static enum err depart(struct gate *g, struct exchange *x, str provider, str to, str session, bool of_zot, struct departure *out,
                       struct problem *why)
{
    struct provider p;
    struct provider_metadata m;
    if (str_is_absent(to))
        to = S("/admin/");
    if (!redirect_stays_here(x->arena, to))
        return problem_fault(why, ERR_BAD_INPUT, S("to"), S("redirect"), "to must be a path on this server, like /admin/");
    TRY(gate_catch_up(g, why));
    TRY(provider_find(g, x->arena, provider, &p, why));
    TRY(provider_metadata(g, x->arena, &p, (str){0}, &m, why));
    struct flow f = {
        .provider = p.id,
        .state = crypt_random_text(x->arena, alphabet_base62, WORD),
        .nonce = crypt_random_text(x->arena, alphabet_base62, WORD),
        .verifier = crypt_random_text(x->arena, alphabet_base62, WORD),
        .to = to,
        .session = session,
        .until_ms = time_now_ms() + (int64_t)LIMIT_FLOW_S * 1000,
        .of_zot = of_zot,
    };
    TRY(location_of(g, x->arena, &p, &m, &f, &out->location, why));
    out->cookie = set_cookie(x, seal(g, x->arena, &f));
    return ERR_OK;
}

enum err gate_oidc_start(struct gate *g, struct exchange *x, str provider, str to, struct departure *out, struct problem *why)
{
    return depart(g, x, provider, to, (str){0}, false, out, why);
}

/* The page says where it is, with scheme and host or without; what is not here is the beginning. */
enum err gate_zot_oidc_start(struct gate *g, struct exchange *x, str provider, str to, struct departure *out, struct problem *why)
{
    str site = g->outside.site_url;
    if (site.len && str_starts(to, site))
        to = str_slice(to, site.len, to.len);
    return depart(g, x, provider, redirect_stays_here(x->arena, to) ? to : S("/"), (str){0}, true, out, why);
}

enum err gate_oidc_link(struct gate *g, struct exchange *x, str provider, str to, struct departure *out, struct problem *why)
{
    TRY(need_fresh_proof(x, why));
    return depart(g, x, provider, to, x->who->session_id, false, out, why);
}

/* ------ coming back */

static enum err refuse(struct problem *why, const char *reason)
{
    return problem_set(why, ERR_UNAUTHENTICATED, "Signing in with this provider did not work: %s", reason);
}

static enum err check_return(struct gate *g, struct exchange *x, const struct provider *p, const struct provider_metadata *m,
                             const struct query_string *q, bool of_zot, struct flow *f, str *code, struct problem *why)
{
    str state = query_string_get(q, S("state")), iss = query_string_get(q, S("iss"));
    if (!unseal(g, x->arena, flow_cookie(x), f) || f->until_ms <= time_now_ms() || !str_equal(f->provider, p->id) || f->of_zot != of_zot)
        return refuse(why, "it was not begun in this browser, or too long ago");
    if (state.len != f->state.len || !crypt_equal(state.at, f->state.at, state.len))
        return refuse(why, "it was not begun in this browser, or too long ago");
    if (str_is_absent(iss) ? m->says_issuer : !str_equal(iss, p->issuer))
        return refuse(why, "another provider answered");
    if (!use_once(g, f))
        return refuse(why, "it was finished before");
    *code = query_string_get(q, S("code"));
    if (!str_is_absent(query_string_get(q, S("error"))) || str_is_absent(*code) || (*code).len == 0)
        return refuse(why, "the provider says no");
    return ERR_OK;
}

/* RFC 6749, 2.3.1: coded like a form before they are put together. */
static str basic(struct arena *a, str user, str password)
{
    struct buf b;
    buf_init(&b, a, LIMIT_OUTBOUND_URL_BYTES);
    buf_percent(&b, user);
    buf_byte(&b, ':');
    buf_percent(&b, password);
    return arena_format(a, "Basic " STR_FMT, STR_ARG(base64_encode(a, buf_str(&b))));
}

static enum err change_code(struct gate *g, struct exchange *x, const struct provider *p, const struct provider_metadata *m,
                            const struct flow *f, str code, const struct json **tokens, struct problem *why)
{
    struct buf b;
    str secret;
    struct outbound_answer answer;
    TRY(provider_secret(g, x->arena, p, &secret, why));
    buf_init(&b, x->arena, 4 * LIMIT_OUTBOUND_URL_BYTES);
    buf_add(&b, S("grant_type=authorization_code"));
    add(&b, '&', "code", code);
    add(&b, '&', "redirect_uri", redirect_uri(g, x->arena, p->name, f->of_zot));
    add(&b, '&', "code_verifier", f->verifier);
    bool by_header = !str_is_absent(secret) && m->takes_basic;
    if (!by_header)
        add(&b, '&', "client_id", p->client_id);
    if (!by_header && !str_is_absent(secret))
        add(&b, '&', "client_secret", secret);
    struct pair headers[] = {{STR("Accept"), STR("application/json")},
                             {STR("Authorization"), by_header ? basic(x->arena, p->client_id, secret) : (str){0}}};
    struct outbound_request r = {.url = m->token_endpoint,
                                 .body = buf_str(&b),
                                 .media = S("application/x-www-form-urlencoded"),
                                 .headers = headers,
                                 .header_count = by_header ? 2 : 1};
    if (b.failed)
        return refuse(why, "the provider's code is too long");
    TRY(provider_fetch(g, x->arena, p, &r, &answer, why));
    if (answer.status != 200 || json_read(x->arena, answer.body, NULL, S(""), tokens, NULL) != ERR_OK)
        return refuse(why, "the provider does not take its code back");
    return ERR_OK;
}

static enum err read_token(struct gate *g, struct exchange *x, const struct provider *p, const struct flow *f,
                           const struct json *tokens, struct id_claims *out, struct problem *why)
{
    struct provider_metadata m;
    str token = item_text(tokens, S("id_token")), kid;
    TRY(id_token_kid(x->arena, token, &kid, why));
    TRY(provider_metadata(g, x->arena, p, kid, &m, why));
    struct id_token_rules rules = {m.keys,   p->issuer, p->client_id, f->nonce, item_text(tokens, S("access_token")),
                                   time_now_ms()};
    return id_token_read(x->arena, token, &rules, out, why);
}

/* Whose account is to be linked: the person of the session that began it, if it is still there. */
static enum err person_of(struct gate *g, struct exchange *x, const struct flow *f, str *user_id, struct problem *why)
{
    const struct json *session = NULL;
    *user_id = (str){0};
    if (str_is_absent(f->session))
        return ERR_OK;
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    enum err e = read_item(g->content, server, S("sessions"), S("_id"), f->session, x->arena, &session, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    *user_id = item_text(session, S("user"));
    return str_is_absent(*user_id) ? refuse(why, "the session that began it has ended") : ERR_OK;
}

static enum err come_back(struct gate *g, struct exchange *x, str provider, bool of_zot, struct signed_in *out, str *location,
                          struct problem *why)
{
    struct provider p;
    struct provider_metadata m;
    struct query_string q;
    struct flow f;
    struct id_claims claims;
    const struct json *tokens;
    str code, link_to;
    TRY(query_string_read(x->arena, x->query, &q, why));
    TRY(gate_catch_up(g, why));
    TRY(provider_find(g, x->arena, provider, &p, why));
    TRY(provider_metadata(g, x->arena, &p, (str){0}, &m, why));
    TRY(check_return(g, x, &p, &m, &q, of_zot, &f, &code, why));
    TRY(change_code(g, x, &p, &m, &f, code, &tokens, why));
    TRY(read_token(g, x, &p, &f, tokens, &claims, why));
    TRY(person_of(g, x, &f, &link_to, why));
    TRY(oidc_sign_in(g, x, &p, &claims, link_to, out, why));
    *location = arena_format(x->arena, STR_FMT STR_FMT, STR_ARG(g->outside.site_url), STR_ARG(f.to));
    return ERR_OK;
}

static enum err callback(struct gate *g, struct exchange *x, str provider, bool of_zot, struct signed_in *out, str *location,
                         struct problem *why)
{
    exchange_add_header(x, S("Set-Cookie"), set_cookie(x, S("")));
    enum err e = come_back(g, x, provider, of_zot, out, location, why);
    if (e == ERR_UNAUTHENTICATED)
        note_sign_in(g, x, (str){0}, BY_OIDC, S("provider"));
    return e;
}

enum err gate_oidc_callback(struct gate *g, struct exchange *x, str provider, struct signed_in *out, str *location,
                            struct problem *why)
{
    return callback(g, x, provider, false, out, location, why);
}

enum err gate_zot_oidc_callback(struct gate *g, struct exchange *x, str provider, str *location, struct problem *why)
{
    struct signed_in in = {0};
    TRY(callback(g, x, provider, true, &in, location, why));
    return zot_takes_session(x, &in, why);
}

enum err gate_providers(struct gate *g, struct arena *a, struct json *out, struct problem *why)
{
    struct provider *list = NULL;
    size_t count;
    TRY(provider_list(g, a, &list, &count, why));
    struct json *items = NEW_N(a, struct json, count);
    for (size_t i = 0; i < count; i++) {
        struct json *members = NEW_N(a, struct json, 2);
        members[0] = json_named(S("name"), json_of_text(list[i].name));
        members[1] = json_named(S("label"), json_of_text(list[i].label));
        items[i] = json_of_map(members, 2);
    }
    *out = json_of_list(items, count);
    return ERR_OK;
}

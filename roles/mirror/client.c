#include "roles/mirror/client.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/crypt.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/time.h"

#define TOKEN_LIFE_S      60          /* when nothing is said (oci-registry.md 10.3) */
#define TOKEN_LIFE_MOST_S 3600
#define TOKEN_MARGIN_S    5
#define PAUSE_MOST_S      3600u       /* that an upstream may ask for */

/* What an upstream took last for one of its repositories. */
struct remembered {
    uint64_t key;                     /* 0: free */
    str authorization;                /* malloc'ed, the header's value */
    int64_t until_us;
};

struct registry_client {
    const struct outbound_policy *policy;
    pthread_mutex_t lock;             /* guards what follows; nothing is waited for under it */
    struct remembered tokens[LIMIT_UPSTREAM_TOKENS];
};

struct registry_client *registry_client_open(const struct outbound_policy *policy)
{
    struct registry_client *c = calloc(1, sizeof *c);
    must(c != NULL && pthread_mutex_init(&c->lock, NULL) == 0);
    c->policy = policy;
    return c;
}

static void forget(struct remembered *r)
{
    if (r->authorization.at) {
        crypt_wipe((char *)(uintptr_t)r->authorization.at, r->authorization.len);
        free((char *)(uintptr_t)r->authorization.at);
    }
    *r = (struct remembered){0};
}

void registry_client_close(struct registry_client *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < LIMIT_UPSTREAM_TOKENS; i++)
        forget(&c->tokens[i]);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

/* ------ what was taken last */

/* Of this item as it is now, so that a changed password is not outlived by its token. */
static uint64_t key_of(struct arena *a, const struct client_wish *wish)
{
    const struct upstream *u = wish->from;
    str whole = arena_format(a, STR_FMT " " STR_FMT " " STR_FMT " " STR_FMT " %d", STR_ARG(u->id), STR_ARG(u->url), STR_ARG(u->username),
                             STR_ARG(str_is_absent(wish->repository) ? S("") : wish->repository), u->password.len > 0);
    return (str_hash(whole) ^ str_hash(u->password)) | 1;
}

static str recall(struct registry_client *c, struct arena *a, const struct client_wish *wish)
{
    uint64_t key = key_of(a, wish);
    str found = {0};
    (void)pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < LIMIT_UPSTREAM_TOKENS && str_is_absent(found); i++)
        if (c->tokens[i].key == key && c->tokens[i].until_us > time_mono_us())
            found = arena_copy(a, c->tokens[i].authorization);
    (void)pthread_mutex_unlock(&c->lock);
    return found;
}

static void remember(struct registry_client *c, struct arena *a, const struct client_wish *wish, str authorization, int64_t life_s)
{
    uint64_t key = key_of(a, wish);
    char *copy = malloc(authorization.len);
    must(copy != NULL);
    memcpy(copy, authorization.at, authorization.len);
    (void)pthread_mutex_lock(&c->lock);
    struct remembered *place = &c->tokens[0];
    for (size_t i = 0; i < LIMIT_UPSTREAM_TOKENS && place->key != key; i++)
        if (c->tokens[i].key == key || c->tokens[i].until_us < place->until_us)
            place = &c->tokens[i];
    forget(place);
    *place = (struct remembered){key, {copy, authorization.len}, time_mono_us() + (life_s - TOKEN_MARGIN_S) * 1000000};
    (void)pthread_mutex_unlock(&c->lock);
}

/* ------ one request */

static enum err send(struct registry_client *c, struct arena *a, const struct client_wish *wish, str authorization,
                     struct outbound_answer *out, struct problem *why)
{
    static const str wanted[] = {STR("WWW-Authenticate"), STR("Docker-Content-Digest"), STR("Link"), STR("Retry-After")};
    struct pair headers[2];
    size_t count = 0;
    bool has_name = !str_is_absent(wish->repository);
    if (!str_is_absent(wish->accept))
        headers[count++] = (struct pair){S("Accept"), wish->accept};
    if (!str_is_absent(authorization))
        headers[count++] = (struct pair){S("Authorization"), authorization};
    struct outbound_request r = {
        .url = arena_format(a, STR_FMT "/v2/" STR_FMT "%s" STR_FMT, STR_ARG(wish->from->url), STR_ARG(has_name ? wish->repository : S("")),
                            has_name ? "/" : "", STR_ARG(wish->path)),
        .headers = headers, .header_count = count, .ca_pem = wish->from->ca_pem, .answer_max = wish->most, .stop = wish->stop,
        .head_only = wish->head_only, .wanted = wanted, .wanted_count = COUNTOF(wanted), .sink = wish->sink,
        .stall_s = wish->sink ? LIMIT_UPSTREAM_STALL_S : 0, .redirects_max = LIMIT_OUTBOUND_REDIRECTS,
    };
    struct problem own = {.arena = a};
    enum err e = outbound_fetch(c->policy, a, &r, out, &own);
    if (e == ERR_OK)
        return ERR_OK;
    bool is_ours = e == ERR_FULL || e == ERR_INTERNAL; /* the sink's; everything else is the way there */
    return problem_set(why, is_ours ? e : ERR_UNAVAILABLE, STR_FMT, STR_ARG(own.text));
}

/* ------ credentials, when they are asked for */

static str basic_of(struct arena *a, const struct upstream *u)
{
    str both = arena_format(a, STR_FMT ":" STR_FMT, STR_ARG(u->username), STR_ARG(u->password.len ? u->password : S("")));
    return arena_format(a, "Basic " STR_FMT, STR_ARG(base64_encode(a, both)));
}

static str token_url(struct arena *a, const struct client_wish *wish, const struct registry_challenge *said)
{
    struct buf b;
    buf_init(&b, a, 4 * LIMIT_OUTBOUND_URL_BYTES);
    buf_add(&b, said->realm);
    buf_add(&b, str_contains(said->realm, S("?")) ? S("&") : S("?"));
    if (said->service.len) {
        buf_add(&b, S("service="));
        buf_percent(&b, said->service);
        buf_add(&b, S("&"));
    }
    buf_add(&b, S("scope="));
    if (str_is_absent(wish->repository))
        buf_percent(&b, S("registry:catalog:*"));
    else
        buf_percent(&b, arena_format(a, "repository:" STR_FMT ":pull", STR_ARG(wish->repository)));
    return buf_str(&b);
}

static bool is_token(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= ' ' || text.at[i] > '~')
            return false;
    return text.len > 0 && text.len <= LIMIT_UPSTREAM_TOKEN_BYTES;
}

static str text_in(const struct json *v, str name)
{
    const struct json *t = json_get(v, name);
    return t && t->type == JSON_TEXT ? t->text : (str){0};
}

static enum err strange_token(struct problem *why)
{
    return problem_set(why, ERR_UNAVAILABLE, "The upstream's token server does not answer with a token");
}

static enum err read_token(struct arena *a, str body, str *out, int64_t *life_s, struct problem *why)
{
    const struct json *v = NULL, *n;
    if (json_read(a, body, NULL, S(""), &v, NULL) != ERR_OK || v->type != JSON_MAP)
        return strange_token(why);
    str token = text_in(v, S("token"));
    if (token.len == 0)
        token = text_in(v, S("access_token"));
    if (!is_token(token))
        return strange_token(why);
    n = json_get(v, S("expires_in"));
    *life_s = n && n->type == JSON_INT && n->integer > 0 ? n->integer : TOKEN_LIFE_S;
    *life_s = *life_s < TOKEN_LIFE_MOST_S ? *life_s : TOKEN_LIFE_MOST_S;
    *out = arena_format(a, "Bearer " STR_FMT, STR_ARG(token));
    return ERR_OK;
}

static enum err refused(struct problem *why)
{
    return problem_set(why, ERR_FORBIDDEN, "The upstream does not let this server have it");
}

/* "https://host:port/path": the host. What else a URL may hold is refused before it is gone to. */
static str host_of(str url)
{
    str scheme, rest;
    size_t n = 0;
    if (!str_cut(url, ':', &scheme, &rest) || !str_starts(rest, S("//")))
        return (str){0};
    rest = str_slice(rest, 2, rest.len);
    bool inside = false;              /* the brackets of an IPv6 address, with colons of its own */
    for (; n < rest.len && !memchr("/?#", rest.at[n], 3) && (inside || rest.at[n] != ':'); n++)
        inside = (inside || rest.at[n] == '[') && rest.at[n] != ']';
    return str_slice(rest, 0, n);
}

/* Whoever answers for the upstream must not be able to have its password sent to anybody (SS-4). */
static bool may_have_password(const struct upstream *u, str realm)
{
    str host = host_of(realm);
    bool known = host.len && str_equal_nocase(host, host_of(u->url));
    for (size_t i = 0; i < u->token_host_count; i++)
        known |= host.len && str_equal_nocase(host, u->token_hosts[i]);
    return known;
}

static enum err get_token(struct registry_client *c, struct arena *a, const struct client_wish *wish, const struct registry_challenge *said,
                          str *out, int64_t *life_s, struct problem *why)
{
    const struct upstream *u = wish->from;
    struct outbound_answer got;
    struct problem own = {.arena = a};
    bool has_name = u->username.len > 0;
    struct pair basic = {S("Authorization"), has_name ? basic_of(a, u) : S("")};
    if (str_starts(u->url, S("https:")) && !str_starts(said->realm, S("https:")))
        return problem_set(why, ERR_UNAVAILABLE, "The upstream's token server is without TLS");
    if (has_name && !may_have_password(u, said->realm))
        return problem_set(why, ERR_UNAVAILABLE, "The upstream sends for tokens to another host; token_hosts names those that its password may go to");
    struct outbound_request r = {.url = token_url(a, wish, said), .headers = &basic, .header_count = has_name, .ca_pem = u->ca_pem,
                                 .answer_max = 4 * LIMIT_UPSTREAM_TOKEN_BYTES, .stop = wish->stop};
    if (outbound_fetch(c->policy, a, &r, &got, &own) != ERR_OK)
        return problem_set(why, ERR_UNAVAILABLE, "The upstream's token server: " STR_FMT, STR_ARG(own.text));
    if (got.status == 400 || got.status == 401 || got.status == 403)
        return refused(why);
    if (got.status != 200)
        return problem_set(why, ERR_UNAVAILABLE, "The upstream's token server answered with %d", got.status);
    return read_token(a, got.body, out, life_s, why);
}

static enum err answer_challenge(struct registry_client *c, struct arena *a, const struct client_wish *wish,
                                 const struct outbound_answer *answer, str *out, struct problem *why)
{
    struct registry_challenge said = {0};
    int64_t life_s = TOKEN_LIFE_MOST_S;
    for (size_t i = 0; i < answer->header_count; i++)
        if (str_equal_nocase(answer->headers[i].name, S("WWW-Authenticate")))
            registry_challenge_read(a, answer->headers[i].value, &said);
    if (said.bearer && said.realm.len)
        TRY(get_token(c, a, wish, &said, out, &life_s, why));
    else if (said.basic && wish->from->username.len)
        *out = basic_of(a, wish->from);
    else
        return refused(why);
    remember(c, a, wish, *out, life_s);
    return ERR_OK;
}

/* ------ */

static enum err judge(const struct outbound_answer *answer, struct problem *why)
{
    uint64_t pause = 0;
    switch (answer->status) {
    case 200: return ERR_OK;
    case 404: return problem_set(why, ERR_NOT_FOUND, "The upstream has no such thing");
    case 401:
    case 403: return refused(why);
    default:
        if (str_to_u64(outbound_header(answer, S("Retry-After")), PAUSE_MOST_S, &pause))
            why->retry_after_s = (unsigned)pause;
        return problem_set(why, ERR_UNAVAILABLE, "The upstream answered with %d", answer->status);
    }
}

enum err registry_ask(struct registry_client *c, struct arena *a, const struct client_wish *wish, struct outbound_answer *out,
                    struct problem *why)
{
    str authorization = recall(c, a, wish);
    TRY(send(c, a, wish, authorization, out, why));
    if (out->status == 401) {
        TRY(answer_challenge(c, a, wish, out, &authorization, why));
        TRY(send(c, a, wish, authorization, out, why));
    }
    return judge(out, why);
}

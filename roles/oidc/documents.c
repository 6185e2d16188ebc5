/* What a provider publishes about itself: where to send people, where to change codes for tokens, its keys
 * (OpenID Connect Discovery 1.0). Remembered for some minutes; a key that is not among those remembered is
 * looked for once more, at most every LIMIT_PROVIDER_PAUSE_S, or tokens with keys that nobody has would
 * make us ask all day. The lock is never held while the network is waited for. */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/time.h"
#include "roles/oidc/oidc.h"

struct published {
    struct arena *arena;              /* NULL: free */
    str issuer, certificates;
    str discovery, keys;              /* as they came */
    int64_t fetched_us;
    int64_t looked_us;                /* when a key was missed and looked for; 0: never */
};

struct provider_documents {
    pthread_mutex_t lock;             /* guards what follows */
    struct published entries[LIMIT_PROVIDERS];
    _Atomic(unsigned) fetching;
};

struct provider_documents *provider_documents_open(void)
{
    struct provider_documents *d = calloc(1, sizeof *d);
    must(d != NULL && pthread_mutex_init(&d->lock, NULL) == 0);
    return d;
}

void provider_documents_close(struct provider_documents *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < LIMIT_PROVIDERS; i++)
        arena_close(d->entries[i].arena);
    (void)pthread_mutex_destroy(&d->lock);
    free(d);
}

enum err provider_fetch(struct gate *g, struct arena *a, const struct provider *p, const struct outbound_request *wish,
                        struct outbound_answer *out, struct problem *why)
{
    struct outbound_request r = *wish;
    struct problem own = {.arena = a};
    enum err e = ERR_UNAVAILABLE;
    r.ca_pem = p->certificates;
    r.answer_max = LIMIT_PROVIDER_BYTES;
    if (atomic_fetch_add(&g->providers->fetching, 1) < LIMIT_PROVIDER_FETCHES)
        e = outbound_fetch(&g->outside.policy, a, &r, out, &own);
    atomic_fetch_sub(&g->providers->fetching, 1);
    if (e == ERR_OK)
        return ERR_OK;
    return problem_set(why, ERR_UNAVAILABLE, "The identity provider cannot be asked now%s" STR_FMT, own.text.len ? ": " : "",
                       STR_ARG(own.text));
}

/* ------ the memory */

static bool is_of(const struct published *e, const struct provider *p)
{
    return e->arena && str_equal(e->issuer, p->issuer) && str_equal(e->certificates, p->certificates);
}

static bool is_young(int64_t since_us, unsigned seconds)
{
    return time_mono_us() - since_us < (int64_t)seconds * 1000000;
}

/* Copies, since the entry may go any time. False: nothing that is young enough. */
static bool recall(struct provider_documents *d, struct arena *a, const struct provider *p, struct published *out)
{
    bool found = false;
    (void)pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < LIMIT_PROVIDERS && !found; i++) {
        const struct published *e = &d->entries[i];
        found = is_of(e, p) && is_young(e->fetched_us, LIMIT_PROVIDER_AGE_S);
        if (found)
            *out = (struct published){a, p->issuer, p->certificates, arena_copy(a, e->discovery), arena_copy(a, e->keys),
                                  e->fetched_us, e->looked_us};
    }
    (void)pthread_mutex_unlock(&d->lock);
    return found;
}

/* In place of the provider's own entry, or a free one, or the oldest. */
static void remember(struct provider_documents *d, const struct provider *p, const struct published *what)
{
    struct arena *own = arena_open(4096);
    struct published e = {own, arena_copy(own, p->issuer), arena_copy(own, p->certificates), arena_copy(own, what->discovery),
                      arena_copy(own, what->keys), what->fetched_us, what->looked_us};
    (void)pthread_mutex_lock(&d->lock);
    struct published *place = &d->entries[0];
    for (size_t i = 0; i < LIMIT_PROVIDERS && !is_of(place, p); i++) {
        struct published *other = &d->entries[i];
        bool better = is_of(other, p) || (place->arena && (!other->arena || other->fetched_us < place->fetched_us));
        place = better ? other : place;
    }
    arena_close(place->arena);
    *place = e;
    (void)pthread_mutex_unlock(&d->lock);
}

/* ------ asking */

static enum err strange(struct problem *why, const char *what)
{
    return problem_set(why, ERR_UNAVAILABLE, "The identity provider's %s is not as it should be", what);
}

static enum err get(struct gate *g, struct arena *a, const struct provider *p, str url, str *out, struct problem *why)
{
    struct outbound_answer answer;
    TRY(provider_fetch(g, a, p, &(struct outbound_request){.url = url}, &answer, why));
    if (answer.status != 200)
        return strange(why, "answer");
    *out = answer.body;
    return ERR_OK;
}

static enum err read_map(struct arena *a, str text, const char *what, const struct json **out, struct problem *why)
{
    if (json_read(a, text, NULL, S(""), out, NULL) != ERR_OK || (*out)->type != JSON_MAP)
        return strange(why, what);
    return ERR_OK;
}

static bool lists(const struct json *list, str word)
{
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++)
        if (list->items[i].type == JSON_TEXT && str_equal(list->items[i].text, word))
            return true;
    return false;
}

/* Browsers go there, so it may be on any port; but with TLS where we ask for it, and as a header's value. */
static bool is_for_browsers(const struct gate *g, str url)
{
    bool fits = str_starts(url, S("https://")) || (g->outside.policy.may_http && str_starts(url, S("http://")));
    for (size_t i = 0; i < url.len; i++)
        fits = fits && url.at[i] > ' ' && url.at[i] <= '~' && url.at[i] != '\\' && url.at[i] != '#';
    return fits && url.len <= LIMIT_OUTBOUND_URL_BYTES;
}

static enum err take_discovery(struct gate *g, struct arena *a, const struct provider *p, str text, struct provider_metadata *out,
                               str *keys_url, struct problem *why)
{
    const struct json *d;
    TRY(read_map(a, text, "description", &d, why));
    *out = (struct provider_metadata){
        .authorization_endpoint = item_text(d, S("authorization_endpoint")),
        .token_endpoint = item_text(d, S("token_endpoint")),
        .says_issuer = item_flag(d, S("authorization_response_iss_parameter_supported"), false),
    };
    const struct json *ways = json_get(d, S("token_endpoint_auth_methods_supported"));
    out->takes_basic = !ways || lists(ways, S("client_secret_basic")) || !lists(ways, S("client_secret_post"));
    *keys_url = item_text(d, S("jwks_uri"));
    if (!str_equal(item_text(d, S("issuer")), p->issuer)) /* Discovery 4.3: exactly, or somebody else answers */
        return strange(why, "name of itself");
    if (!is_for_browsers(g, out->authorization_endpoint) || str_is_absent(out->token_endpoint) || str_is_absent(*keys_url))
        return strange(why, "description");
    return ERR_OK;
}

static str discovery_url(struct arena *a, const struct provider *p)
{
    str issuer = str_ends(p->issuer, S("/")) ? str_slice(p->issuer, 0, p->issuer.len - 1) : p->issuer;
    return arena_format(a, STR_FMT "/.well-known/openid-configuration", STR_ARG(issuer));
}

static bool has_key(const struct json *keys, str kid)
{
    const struct json *list = json_get(keys, S("keys"));
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++)
        if (str_equal(item_text(&list->items[i], S("kid")), kid))
            return true;
    return false;
}

enum err provider_metadata(struct gate *g, struct arena *a, const struct provider *p, str kid, struct provider_metadata *out,
                           struct problem *why)
{
    struct published e = {0};
    str keys_url;
    bool known = recall(g->providers, a, p, &e);
    if (!known) {
        e.fetched_us = time_mono_us();
        TRY(get(g, a, p, discovery_url(a, p), &e.discovery, why));
    }
    TRY(take_discovery(g, a, p, e.discovery, out, &keys_url, why));
    if (known)
        TRY(read_map(a, e.keys, "list of keys", &out->keys, why));
    bool misses = known && !str_is_absent(kid) && !has_key(out->keys, kid) && (e.looked_us == 0 || !is_young(e.looked_us, LIMIT_PROVIDER_PAUSE_S));
    if (known && !misses)
        return ERR_OK;
    e.looked_us = misses ? time_mono_us() : 0;
    TRY(get(g, a, p, keys_url, &e.keys, why));
    TRY(read_map(a, e.keys, "list of keys", &out->keys, why));
    remember(g->providers, p, &e);
    return ERR_OK;
}

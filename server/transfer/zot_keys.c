/* Keys of zot's configuration, a row each: what there is in their place. A row stands for everything below it. */
#include "server/transfer/import_zot.h"

enum fate {
    TAKEN,       /* comes along, or says nothing about a registry */
    ALWAYS,      /* is so here, whatever is set */
    ELSEWHERE,   /* set in our configuration: `text` is the key */
    LEFT         /* does not come along: `text` says what there is instead */
};

static const struct row {
    str key;
    enum fate fate;
    const char *text;
} rows[] = {
    {STR("distSpecVersion"), TAKEN, NULL},
    {STR("goVersion"), TAKEN, NULL},
    {STR("commit"), TAKEN, NULL},
    {STR("releaseTag"), TAKEN, NULL},
    {STR("binaryType"), TAKEN, NULL},
    {STR("storage.rootDirectory"), LEFT, "images come with: vitrine import --from oci-layout and this folder"},
    {STR("storage.subPaths"), LEFT, "images come with: vitrine import --from oci-layout and each of these folders"},
    {STR("storage.dedupe"), ALWAYS, NULL},
    {STR("storage.commit"), ALWAYS, NULL},
    {STR("storage.gc"), ALWAYS, NULL},
    {STR("storage.gcDelay"), LEFT, "what nothing refers to is swept after a day; vitrine gc does it at once"},
    {STR("storage.gcInterval"), LEFT, "what nothing refers to is swept after a day; vitrine gc does it at once"},
    {STR("storage.gcTimeWindow"), LEFT, "sweeping goes in small steps, at any time"},
    {STR("storage.retention.policies"), TAKEN, NULL},
    {STR("storage.retention.delay"), TAKEN, NULL},
    {STR("storage.retention.dryRun"), TAKEN, NULL},
    {STR("storage.storageDriver"), LEFT, "bytes lie in the data directory (data)"},
    {STR("storage.cacheDriver"), ALWAYS, NULL},
    {STR("storage.remoteCache"), ALWAYS, NULL},
    {STR("storage.fastRestart"), ALWAYS, NULL},
    {STR("storage.maxRepos"), LEFT, "who may make repositories is what grants say"},
    {STR("storage.redirectBlobURL"), LEFT, "bytes are always sent by the server itself"},
    {STR("http.address"), ELSEWHERE, "listen"},
    {STR("http.port"), ELSEWHERE, "listen"},
    {STR("http.tls.cert"), ELSEWHERE, "tls.cert"},
    {STR("http.tls.key"), ELSEWHERE, "tls.key"},
    {STR("http.tls.cacert"), LEFT, "nobody signs in with a certificate"},
    {STR("http.auth.mtls"), LEFT, "nobody signs in with a certificate"},
    {STR("http.externalUrl"), ELSEWHERE, "site.url"},
    {STR("http.allowOrigin"), ELSEWHERE, "cors.origins"},
    {STR("http.realm"), LEFT, "the challenge names the address of the server (site.url)"},
    {STR("http.readTimeout"), LEFT, "a connection that sends nothing is closed, one that sends is not"},
    {STR("http.writeTimeout"), LEFT, "a connection that takes nothing is closed, one that takes is not"},
    {STR("http.compat"), ALWAYS, NULL},
    {STR("http.ratelimit"), LEFT, "connections of one address are limited (http.connections_per_address)"},
    {STR("http.accessControl.metrics"), ELSEWHERE, "metrics.public"},
    {STR("http.accessControl"), TAKEN, NULL},
    {STR("http.auth.htpasswd"), TAKEN, NULL},
    {STR("http.auth.openid.callbackAllowOrigins"), LEFT, "people come back to site.url only"},
    {STR("http.auth.openid"), TAKEN, NULL},
    {STR("http.auth.apikey"), ELSEWHERE, "zot.apikey"},
    {STR("http.auth.failDelay"), ALWAYS, NULL},
    {STR("http.auth.ldap"), LEFT, "nobody signs in by LDAP; its people get accounts, or come by an identity provider"},
    {STR("http.auth.bearer"), LEFT, "the server makes its own tokens (/v2/token)"},
    {STR("http.auth.sessionKeysFile"), ALWAYS, NULL},
    {STR("http.auth.sessionDriver"), ALWAYS, NULL},
    {STR("http.auth.secureSession"), ALWAYS, NULL},
    {STR("log.level"), ELSEWHERE, "log.level"},
    {STR("log.output"), LEFT, "the log goes to standard error"},
    {STR("log.audit"), ALWAYS, NULL},
    {STR("scheduler"), ALWAYS, NULL},
    {STR("cluster"), LEFT, "one data directory belongs to one machine"},
    {STR("extensions.search.enable"), ALWAYS, NULL},
    {STR("extensions.search.cve"), LEFT, "there is no scanner; reports are attached to images"},
    {STR("extensions.sync.enable"), TAKEN, NULL},
    {STR("extensions.sync.registries"), TAKEN, NULL},
    {STR("extensions.sync.credentialsFile"), TAKEN, NULL},
    {STR("extensions.sync.downloadDir"), ALWAYS, NULL},
    {STR("extensions.metrics"), ALWAYS, NULL},
    {STR("extensions.scrub"), LEFT, "bytes are looked at in turn; vitrine check does it at once"},
    {STR("extensions.lint"), LEFT, "annotations are not demanded"},
    {STR("extensions.ui"), ALWAYS, NULL},
    {STR("extensions.mgmt"), ALWAYS, NULL},
    {STR("extensions.trust"), LEFT, "keys that signatures are verified with are items of trust_keys"},
    {STR("extensions.events"), LEFT, "make webhooks of its sinks"},
};

/* The row that stands for this key, or is below it: then its members are looked at. */
static const struct row *row_of(str key, bool *has_below)
{
    const struct row *found = NULL;
    *has_below = false;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        *has_below |= rows[i].key.len > key.len && str_starts(rows[i].key, key) && rows[i].key.at[key.len] == '.';
        if (str_equal(rows[i].key, key))
            found = &rows[i];
    }
    return found;
}

static void tell_row(struct zot *z, const struct row *r)
{
    if (r->fate == ELSEWHERE)
        transfer_tell(z->to, arena_format(z->arena, STR_FMT ": set %s in the configuration instead", STR_ARG(r->key), r->text));
    else if (r->fate == LEFT)
        transfer_tell(z->to, arena_format(z->arena, STR_FMT " is not translated: %s", STR_ARG(r->key), r->text));
}

static void tell_members(struct zot *z, const struct json *map, str above, unsigned depth)
{
    for (uint32_t i = 0; map->type == JSON_MAP && i < map->count; i++) {
        const struct json *v = &map->items[i];
        str key = above.len ? arena_format(z->arena, STR_FMT "." STR_FMT, STR_ARG(above), STR_ARG(v->name)) : v->name;
        bool has_below;
        const struct row *r = row_of(key, &has_below);
        if (says_nothing(v))
            continue;
        if (r)
            tell_row(z, r);
        else if (!has_below)
            transfer_tell(z->to, arena_format(z->arena, STR_FMT " is not known; it is left out", STR_ARG(key)));
        else if (depth > 0)
            tell_members(z, v, key, depth - 1);
    }
}

/* accessControl and openid have members that are looked at where they are taken: of those only the rows above count. */
static void tell_within(struct zot *z, str key)
{
    const struct json *map = zot_key(z->config, key);
    for (uint32_t i = 0; map && map->type == JSON_MAP && i < map->count; i++) {
        bool unused;
        const struct row *r = row_of(arena_format(z->arena, STR_FMT "." STR_FMT, STR_ARG(key), STR_ARG(map->items[i].name)), &unused);
        if (r && !says_nothing(&map->items[i]))
            tell_row(z, r);
    }
}

void zot_tell_keys(struct zot *z)
{
    tell_members(z, z->config, S(""), 4);
    tell_within(z, S("http.accessControl"));
    tell_within(z, S("http.auth.openid"));
}

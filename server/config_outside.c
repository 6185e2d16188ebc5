/* What the configuration says of the world outside: which servers may be asked, who carries mails, and
 * under which address people find us. */
#include "base/crypt_file.h"
#include "server/config_table.h"
#include "server/target.h"

static bool fault(struct problem *why, str key, const char *rule, const char *what, str value)
{
    (void)problem_fault(why, ERR_INVALID, key, str_of(rule), "\"" STR_FMT "\" %s.", STR_ARG(value), what);
    return false;
}

static bool read_networks(str key, const struct str_list *texts, struct network *into, size_t *count, struct problem *why)
{
    bool right = true;
    for (size_t i = 0; i < texts->count; i++) {
        struct network *n = &into[*count];
        if (network_read(texts->at[i], n) && !n->at.is_local)
            (*count)++;
        else
            right = fault(why, key, "address", "is neither an address nor a network", texts->at[i]);
    }
    return right;
}

static bool read_outbound(struct arena *a, struct config *c, struct problem *why)
{
    struct network *list = NEW_N(a, struct network, c->outbound_allow.count);
    c->outbound.allow = list;
    return read_networks(S("outbound.allow"), &c->outbound_allow, list, &c->outbound.allow_count, why);
}

static bool read_ports(struct arena *a, struct config *c, struct problem *why)
{
    uint16_t *list = NEW_N(a, uint16_t, c->outbound_ports.count);
    bool right = true;
    for (size_t i = 0; i < c->outbound_ports.count; i++) {
        uint64_t port;
        if (str_to_u64(c->outbound_ports.at[i], UINT16_MAX, &port) && port > 0)
            list[c->outbound.port_count++] = (uint16_t)port;
        else
            right = fault(why, S("outbound.ports"), "range", "is not a port", c->outbound_ports.at[i]);
    }
    c->outbound.ports = list;
    return right;
}

/* 192.0.2.53:53, [2001:db8::53]:53 */
static bool is_resolver(str text)
{
    size_t colon = text.len;
    uint64_t port;
    struct address at;
    while (colon > 0 && text.at[colon - 1] != ':')
        colon--;
    if (colon == 0 || !str_to_u64(str_slice(text, colon, text.len), UINT16_MAX, &port) || port == 0)
        return false;
    str host = str_slice(text, 0, colon - 1);
    bool is_v6 = str_starts(host, S("[")) && str_ends(host, S("]"));
    if (is_v6)
        host = str_slice(host, 1, host.len - 1);
    return address_read(host, &at) && str_contains(host, S(":")) == is_v6;
}

/* What is proven over HTTP is proven without TLS, and where outbound.allow and acme.networks let us. The ports of
 * outbound.ports are others' services, which no stranger's redirect leads to. */
static bool read_acme(struct arena *a, struct config *c, struct problem *why)
{
    struct acme_outside *o = &c->acme.outside;
    struct network *list = NEW_N(a, struct network, c->outbound.allow_count + c->acme_networks.count);
    uint16_t *port = NEW(a, uint16_t);
    *port = o->http_port = (uint16_t)c->acme_http_port;
    o->policy = (struct outbound_policy){.may_http = true, .allow = list, .allow_count = c->outbound.allow_count, .ports = port, .port_count = 1};
    for (size_t i = 0; i < c->outbound.allow_count; i++)
        list[i] = c->outbound.allow[i];
    bool right = read_networks(S("acme.networks"), &c->acme_networks, list, &o->policy.allow_count, why);
    if (!str_is_absent(o->resolver) && !is_resolver(o->resolver))
        right = fault(why, S("acme.resolver"), "address", "is not an address with a port, like 192.0.2.53:53", o->resolver);
    return right;
}

/* https://host[:port][/path]: others put things behind it. */
static bool is_site(str url)
{
    str rest = str_starts(url, S("https://"))  ? str_slice(url, 8, url.len)
               : str_starts(url, S("http://")) ? str_slice(url, 7, url.len)
                                               : (str){0};
    for (size_t i = 0; i < rest.len; i++)
        if (rest.at[i] <= ' ' || rest.at[i] > '~' || memchr("?#@\\\"'<>", rest.at[i], 9))
            return false;
    return rest.len > 0 && rest.at[0] != '/' && rest.at[0] != ':';
}

static bool read_address(str name, str *url, struct problem *why)
{
    if (str_is_absent(*url))
        return true;
    if (!is_site(*url))
        return fault(why, name, "url", "is not an address like https://cms.example.com", *url);
    while (str_ends(*url, S("/")))
        *url = str_slice(*url, 0, url->len - 1);
    return true;
}

static bool read_site(struct config *c, struct problem *why)
{
    bool is_read = read_address(S("site.url"), &c->site_url, why) && read_address(S("pki.url"), &c->pki_url, why);
    if (str_is_absent(c->pki_url))
        c->pki_url = c->site_url;
    return is_read;
}

/* A path of our own: letters, digits and dashes between slashes. */
static bool read_prefix(struct config *c, struct problem *why)
{
    str path = c->zenml_prefix;
    bool fits = path.len > 1 && path.at[0] == '/' && !str_ends(path, S("/")) && !str_contains(path, S("//"));
    for (size_t i = 0; i < path.len; i++)
        fits = fits && ((path.at[i] >= 'a' && path.at[i] <= 'z') || (path.at[i] >= 'A' && path.at[i] <= 'Z') ||
                        (path.at[i] >= '0' && path.at[i] <= '9') || memchr("/_-", path.at[i], 3));
    return fits || fault(why, S("zenml.prefix"), "path", "is not a path like /zenml/api/v1", path);
}

static bool read_mail(const struct config *c, struct problem *why)
{
    struct problem own = {.arena = why->arena};
    if (str_is_absent(c->mail.url))
        return true;
    if (str_is_absent(c->site_url)) {
        (void)problem_fault(why, ERR_INVALID, S("site.url"), S("required"),
                            "Mails carry links, and only site.url says where to.");
        return false;
    }
    if (mail_check_server(&c->mail, &own) == ERR_OK)
        return true;
    (void)problem_fault(why, ERR_INVALID, S("mail"), S("mail"), STR_FMT ".", STR_ARG(own.text));
    return false;
}

/* An endpoint is a server, and its path would be signed as none: it has none. */
static bool check_s3(struct config *c, struct problem *why)
{
    struct s3_access *s3 = &c->backup.s3;
    s3->policy = &c->outbound;
    if (!read_address(S("backup.s3_endpoint"), &s3->endpoint, why))
        return false;
    str rest = str_slice(s3->endpoint, 8, s3->endpoint.len);
    if (!str_is_absent(s3->endpoint) && str_contains(rest, S("/")))
        return fault(why, S("backup.s3_endpoint"), "url", "has a path", s3->endpoint);
    if (!str_starts(c->backup.to, S(TARGET_S3_FRONT)) || (!str_is_absent(s3->key) && !str_is_absent(s3->secret)))
        return true;
    (void)problem_fault(why, ERR_INVALID, S("backup.s3_key"), S("required"), "Object storage wants backup.s3_key and backup.s3_secret.");
    return false;
}

static bool check_backup(struct backup_config *b, struct problem *why)
{
    bool has_key = !str_is_absent(b->recipient), has_passphrase = !str_is_absent(b->passphrase);
    b->archive |= has_key || has_passphrase;
    if (has_key && !file_public_key_valid(b->recipient))
        return fault(why, S("backup.recipient"), "key", "is not a public key as vitrine backup key prints it", b->recipient);
    if (!has_key || !has_passphrase)
        return true;
    (void)problem_fault(why, ERR_INVALID, S("backup.passphrase"), S("twice"), "Backups are sealed for a key or with a passphrase, not both.");
    return false;
}

static bool read_tracing(struct arena *a, const struct config *c, struct problem *why)
{
    struct problem own = {.arena = why->arena};
    if (tracing_check(&c->tracing, a, &own) == ERR_OK)
        return true;
    (void)problem_fault(why, ERR_INVALID, S("otel"), S("otel"), STR_FMT ".", STR_ARG(own.text));
    return false;
}

bool config_check_outside(struct arena *a, struct config *c, struct problem *why)
{
    bool networks = read_outbound(a, c, why), ports = read_ports(a, c, why), site = read_site(c, why);
    bool prefix = read_prefix(c, why), acme = read_acme(a, c, why);
    bool s3 = check_s3(c, why), backup = check_backup(&c->backup, why) && s3, tracing = read_tracing(a, c, why);
    return tracing && read_mail(c, why) && networks && ports && site && prefix && acme && backup;
}

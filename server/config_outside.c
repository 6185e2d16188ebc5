/* What the configuration says of the world outside: which servers may be asked, who carries mails, and
 * under which address people find us. */
#include "server/config_table.h"

static bool fault(struct problem *why, str key, const char *rule, const char *what, str value)
{
    (void)problem_fault(why, ERR_INVALID, key, str_of(rule), "\"" STR_FMT "\" %s.", STR_ARG(value), what);
    return false;
}

static bool read_networks(struct arena *a, struct config *c, struct problem *why)
{
    struct network *list = NEW_N(a, struct network, c->outbound_allow.count);
    bool right = true;
    for (size_t i = 0; i < c->outbound_allow.count; i++) {
        str text = c->outbound_allow.at[i];
        struct network *n = &list[c->outbound.allow_count];
        if (network_read(text, n) && !n->at.is_local)
            c->outbound.allow_count++;
        else
            right = fault(why, S("outbound.allow"), "address", "is neither an address nor a network", text);
    }
    c->outbound.allow = list;
    return right;
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

bool config_check_outside(struct arena *a, struct config *c, struct problem *why)
{
    bool networks = read_networks(a, c, why), ports = read_ports(a, c, why), site = read_site(c, why);
    bool prefix = read_prefix(c, why);
    return read_mail(c, why) && networks && ports && site && prefix;
}

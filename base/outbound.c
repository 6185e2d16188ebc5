/* Where this server goes: which addresses, which URLs. */
#include <ifaddrs.h>

#include "base/limits.h"
#include "base/outbound_part.h"

/* What no URL of a stranger may reach (SS-2). IPv4 first, then what of IPv6 is not somewhere on the
 * Internet; forms that carry an IPv4 address through a relay are refused whole, but for NAT64, by which
 * networks without IPv4 reach everybody: there the address inside counts. */
static const str refused[] = {
    STR("0.0.0.0/8"),       STR("10.0.0.0/8"),     STR("100.64.0.0/10"),  STR("127.0.0.0/8"),     STR("169.254.0.0/16"),
    STR("172.16.0.0/12"),   STR("192.0.0.0/24"),   STR("192.0.2.0/24"),   STR("192.88.99.0/24"),  STR("192.168.0.0/16"),
    STR("198.18.0.0/15"),   STR("198.51.100.0/24"), STR("203.0.113.0/24"), STR("224.0.0.0/4"),     STR("240.0.0.0/4"),
    STR("2001::/23"),       STR("2001:db8::/32"),  STR("2002::/16"),      STR("3fff::/20"),
};
#define GLOBAL_UNICAST S("2000::/3")
#define NAT64 S("64:ff9b::/96")

static bool is_in(str network, const struct address *at)
{
    struct network n;
    must(network_read(network, &n));
    return network_has(&n, 1, at);
}

static struct address inside_nat64(const struct address *at)
{
    struct address inner = {.bytes = {[10] = 0xff, [11] = 0xff}};
    memcpy(inner.bytes + 12, at->bytes + 12, 4);
    return inner;
}

static bool is_public(const struct address *at)
{
    struct address inner = *at;
    if (is_in(NAT64, at))
        inner = inside_nat64(at);
    else if (!address_is_v4(at) && !is_in(GLOBAL_UNICAST, at))
        return false;
    for (size_t i = 0; i < COUNTOF(refused); i++)
        if (is_in(refused[i], &inner))
            return false;
    return !at->is_local;
}

bool outbound_may_reach(const struct outbound_policy *p, const struct address *at)
{
    return network_has(p->allow, p->allow_count, at) || is_public(at);
}

/* Our own public address is a way to ourselves, past whatever stands in front of us. */
static bool is_own(const struct address *at)
{
    struct ifaddrs *list = NULL;
    bool own = false;
    if (getifaddrs(&list) != 0)
        return false;
    for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
        if (!i->ifa_addr || (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
            continue;
        struct address here = address_of_socket(i->ifa_addr);
        own |= memcmp(here.bytes, at->bytes, sizeof here.bytes) == 0;
    }
    freeifaddrs(list);
    return own;
}

bool outbound_connects(const struct outbound_policy *p, const struct address *at)
{
    return outbound_may_reach(p, at) && (network_has(p->allow, p->allow_count, at) || !is_own(at));
}

enum err outbound_refused(struct problem *why)
{
    return problem_set(why, ERR_FORBIDDEN, "The address behind this URL is not one this server connects to "
                                           "(outbound.allow names networks that it may)");
}

const char *outbound_library(void)
{
    return curl_calls() ? curl_calls()->version_info(CURLVERSION_NOW)->version : "not installed";
}

enum err outbound_ready(struct problem *why)
{
    return curl_calls() ? ERR_OK : problem_set(why, ERR_UNAVAILABLE, "libcurl, which speaks to other servers, is not installed");
}

/* ------ the URL */

static bool is_plain(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] <= ' ' || s.at[i] > '~' || s.at[i] == '\\')
            return false;
    return true;
}

static bool takes_port(const struct outbound_policy *p, uint64_t port)
{
    bool listed = port == 80 || port == 443;
    for (size_t i = 0; i < p->port_count; i++)
        listed |= p->ports[i] == port;
    return listed;
}

static enum err refuse_url(struct problem *why, const char *reason)
{
    return problem_set(why, ERR_INVALID, "This URL is not one this server goes to: %s", reason);
}

static enum err check_parts(const struct outbound_policy *p, CURLU *u, struct problem *why)
{
    char *scheme = NULL, *port = NULL, *host = NULL;
    bool complete = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    uint64_t number = 0;
    enum err e = ERR_OK;
    if (!complete || !str_to_u64(str_of(port), UINT16_MAX, &number) || host[0] == '\0')
        e = refuse_url(why, "it has no host");
    else if (strcmp(scheme, "https") != 0 && !(p->may_http && strcmp(scheme, "http") == 0))
        e = refuse_url(why, "only https is spoken");
    else if (!takes_port(p, number))
        e = refuse_url(why, "its port is not on the list");
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    return e;
}

enum err outbound_url_read(const struct outbound_policy *p, str url, size_t most, CURLU **out, struct problem *why)
{
    TRY(outbound_ready(why));
    struct arena *a = arena_open(1024);
    CURLU *u = curl_url();
    must(u != NULL);
    enum err e = ERR_OK;
    if (url.len == 0 || url.len > most || !is_plain(url))
        e = refuse_url(why, "it is empty, too long, or has characters that URLs do not have");
    else if ((!str_starts(url, S("https://")) && !str_starts(url, S("http://"))) || str_contains(url, S(":///")))
        e = refuse_url(why, "only https is spoken");
    else if (curl_url_set(u, CURLUPART_URL, arena_cstr(a, url), CURLU_DISALLOW_USER) != CURLUE_OK)
        e = refuse_url(why, "it does not read, or carries credentials");
    else
        e = check_parts(p, u, why);
    arena_close(a);
    if (e != ERR_OK)
        curl_url_cleanup(u);
    else
        *out = u;
    return e;
}

/* What stands behind the host; 0: nothing that is a port. */
static uint16_t port_said(str url)
{
    str host = str_slice(url, str_starts(url, S("https://")) ? 8 : 7, url.len), rest;
    uint64_t said = 0;
    (void)str_cut(host, '/', &host, &rest);
    for (size_t i = host.len; i > 0 && host.at[i - 1] != ']'; i--)
        if (host.at[i - 1] == ':')
            return str_to_u64(str_slice(host, i, host.len), UINT16_MAX, &said) ? (uint16_t)said : 0;
    return 0;
}

void outbound_anywhere(struct outbound_anywhere *out, const str *urls, size_t count)
{
    *out = (struct outbound_anywhere){.policy = {.may_http = true, .allow = out->networks, .allow_count = 2, .ports = out->ports}};
    must(count <= OUTBOUND_ANYWHERE && network_read(S("0.0.0.0/0"), &out->networks[0]) && network_read(S("::/0"), &out->networks[1]));
    for (size_t i = 0; i < count; i++) {
        uint16_t port = str_is_absent(urls[i]) ? 0 : port_said(urls[i]);
        if (port != 0)
            out->ports[out->policy.port_count++] = port;
    }
}

enum err outbound_check_url(const struct outbound_policy *p, str url, struct problem *why)
{
    CURLU *u = NULL;
    TRY(outbound_url_read(p, url, LIMIT_OUTBOUND_URL_BYTES, &u, why));
    curl_url_cleanup(u);
    return ERR_OK;
}

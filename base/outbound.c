/* libcurl, on a short leash. One handle per fetch: nothing of one target (cookies, connections, sessions,
 * answers of the name service) is there when the next one is asked. */
#include "base/outbound.h"

#include <ifaddrs.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/outbound_curl.h"

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

static enum err read_url(const struct outbound_policy *p, str url, CURLU **out, struct problem *why)
{
    TRY(outbound_ready(why));
    struct arena *a = arena_open(1024);
    CURLU *u = curl_url();
    must(u != NULL);
    enum err e = ERR_OK;
    if (url.len == 0 || url.len > LIMIT_OUTBOUND_URL_BYTES || !is_plain(url))
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

enum err outbound_check_url(const struct outbound_policy *p, str url, struct problem *why)
{
    CURLU *u = NULL;
    TRY(read_url(p, url, &u, why));
    curl_url_cleanup(u);
    return ERR_OK;
}

/* ------ the fetch */

struct fetch {
    const struct outbound_policy *policy;
    const struct outbound_request *request;
    struct buf body;
    bool was_refused, is_too_large;
};

/* The one place that makes sockets: libcurl brings the address it is about to connect to. */
static curl_socket_t open_socket(void *self, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct fetch *f = self;
    bool is_ip = to->family == AF_INET || to->family == AF_INET6;
    struct address at = is_ip ? address_of_socket(&to->addr) : (struct address){.is_local = true};
    bool listed = network_has(f->policy->allow, f->policy->allow_count, &at);
    if (purpose != CURLSOCKTYPE_IPCXN || !is_ip || !outbound_may_reach(f->policy, &at) || (!listed && is_own(&at))) {
        f->was_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *self)
{
    struct fetch *f = self;
    buf_add(&f->body, (str){bytes, size * count});
    f->is_too_large |= f->body.failed;
    return f->body.failed ? 0 : size * count;
}

static int look_at_stop(void *self, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct fetch *f = self;
    (void)a, (void)b, (void)c, (void)d;
    return f->request->stop && atomic_load(f->request->stop);
}

static bool has_no_controls(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f)
            return false;
    return true;
}

static enum err add_header(struct arena *a, struct curl_slist **list, str name, str value, struct problem *why)
{
    if (!has_no_controls(name) || !has_no_controls(value))
        return problem_set(why, ERR_INVALID, "A header of an outgoing request has control characters");
    str line = arena_format(a, STR_FMT ": " STR_FMT, STR_ARG(name), STR_ARG(value));
    struct curl_slist *longer = curl_slist_append(*list, arena_cstr(a, line));
    must(longer != NULL);
    *list = longer;
    return ERR_OK;
}

static enum err make_headers(struct arena *a, const struct outbound_request *r, struct curl_slist **list, struct problem *why)
{
    if (!str_is_absent(r->body))
        TRY(add_header(a, list, S("Content-Type"), r->media, why));
    TRY(add_header(a, list, S("Expect"), S(""), why)); /* the body is small, nobody needs to be asked first */
    for (size_t i = 0; i < r->header_count; i++)
        TRY(add_header(a, list, r->headers[i].name, r->headers[i].value, why));
    return ERR_OK;
}

static void set(CURL *c, CURLoption option, long value)
{
    must(curl_easy_setopt(c, option, value) == CURLE_OK);
}

static void set_text(CURL *c, CURLoption option, const char *value)
{
    must(curl_easy_setopt(c, option, value) == CURLE_OK);
}

static void bound(CURL *c, struct fetch *f)
{
    set_text(c, CURLOPT_PROTOCOLS_STR, f->policy->may_http ? "http,https" : "https");
    set(c, CURLOPT_FOLLOWLOCATION, 0);
    set(c, CURLOPT_NOSIGNAL, 1);
    set_text(c, CURLOPT_PROXY, "");   /* not even the environment's */
    set_text(c, CURLOPT_NOPROXY, "*");
    set(c, CURLOPT_CONNECTTIMEOUT_MS, LIMIT_OUTBOUND_CONNECT_MS);
    set(c, CURLOPT_TIMEOUT_MS, LIMIT_OUTBOUND_MS);
    set(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set(c, CURLOPT_FORBID_REUSE, 1);
    set(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    must(curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, f) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK);
    set(c, CURLOPT_NOPROGRESS, 0);
    must(curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_at_stop) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_XFERINFODATA, f) == CURLE_OK);
}

static void trust(CURL *c, const struct fetch *f)
{
    str pem = f->request->ca_pem;
    if (pem.len == 0)
        return;
    struct curl_blob blob = {(void *)(uintptr_t)pem.at, pem.len, CURL_BLOB_COPY};
    must(curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &blob) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

static void aim(CURL *c, CURLU *url, const struct outbound_request *r, struct curl_slist *headers)
{
    must(curl_easy_setopt(c, CURLOPT_CURLU, url) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK);
    set_text(c, CURLOPT_USERAGENT, "Vitrine");
    if (str_is_absent(r->body))
        return;
    set(c, CURLOPT_POST, 1);
    must(curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body.at) == CURLE_OK);
}

static enum err judge(CURLcode code, const struct fetch *f, struct problem *why)
{
    if (code == CURLE_OK)
        return ERR_OK;
    if (f->is_too_large)
        return problem_set(why, ERR_TOO_LARGE, "The other server's answer is larger than %zu bytes", f->request->answer_max);
    if (f->was_refused)
        return problem_set(why, ERR_FORBIDDEN, "The address behind this URL is not one this server connects to "
                                               "(outbound.allow names networks that it may)");
    return problem_set(why, ERR_UNAVAILABLE, "The other server did not answer: %s", curl_easy_strerror(code));
}

static str media_of(CURL *c, struct arena *a)
{
    const char *type = NULL;
    str media, parameters;
    if (curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || !type)
        return (str){0};
    (void)str_cut(str_of(type), ';', &media, &parameters);
    return arena_copy(a, str_trim(media));
}

enum err outbound_fetch(const struct outbound_policy *p, struct arena *a, const struct outbound_request *r,
                        struct outbound_answer *out, struct problem *why)
{
    struct fetch f = {.policy = p, .request = r};
    struct curl_slist *headers = NULL;
    CURLU *url = NULL;
    long status = 0;
    TRY(read_url(p, r->url, &url, why));
    CURL *c = curl_easy_init();
    must(c != NULL);
    buf_init(&f.body, a, r->answer_max);
    enum err e = make_headers(a, r, &headers, why);
    if (e == ERR_OK) {
        bound(c, &f);
        trust(c, &f);
        aim(c, url, r, headers);
        e = judge(curl_easy_perform(c), &f, why);
    }
    if (e == ERR_OK && curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
        *out = (struct outbound_answer){(int)status, buf_str(&f.body), media_of(c, a)};
    curl_easy_cleanup(c);
    curl_slist_free_all(headers);
    curl_url_cleanup(url);
    return e;
}

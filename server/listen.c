#include "server/listen.h"

static enum err not_an_address(str s, struct problem *why)
{
    return problem_set(why, ERR_INVALID,
                       "\"" STR_FMT
                       "\" is no address to listen on; say for example 127.0.0.1:8080, "
                       "[::1]:8080 or unix:/run/vitrine.sock.",
                       STR_ARG(s));
}

static enum err read_unix(str whole, str path, struct listen *out, struct problem *why)
{
    /* The length of sun_path, and what means something in civetweb's list of ports. */
    if (path.len == 0 || path.len > 100 || memchr(path.at, ',', path.len) ||
        memchr(path.at, ':', path.len) || memchr(path.at, 0, path.len))
        return not_an_address(whole, why);
    *out = (struct listen){.address = {.is_local = true}, .is_unix = true, .path = path};
    return ERR_OK;
}

/* The last colon parts address and port; IPv6 stands in brackets. */
static bool split(str s, str *host, str *port)
{
    for (size_t i = s.len; i > 0; i--) {
        if (s.at[i - 1] != ':')
            continue;
        *host = str_slice(s, 0, i - 1);
        *port = str_slice(s, i, s.len);
        return true;
    }
    return false;
}

enum err listen_read(str s, bool has_certificate, struct listen *out, struct problem *why)
{
    bool tls = has_certificate;
    str rest = s, host, port;
    if (str_starts(s, S("unix:")))
        return read_unix(s, str_slice(s, 5, s.len), out, why);
    if (str_starts(s, S("http://"))) {
        tls = false;
        rest = str_slice(s, 7, s.len);
    } else if (str_starts(s, S("https://"))) {
        tls = true;
        rest = str_slice(s, 8, s.len);
        if (!has_certificate)
            return problem_set(why, ERR_INVALID, "\"" STR_FMT "\" needs tls.cert and tls.key.",
                               STR_ARG(s));
    }
    uint64_t number;
    struct listen l = {.is_tls = tls};
    if (!split(rest, &host, &port) || !str_to_u64(port, 65535, &number))
        return not_an_address(s, why);
    bool bracketed = host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']';
    if (bracketed)
        host = str_slice(host, 1, host.len - 1);
    else if (host.len == 0)
        host = S("0.0.0.0");
    else if (str_equal(host, S("localhost")))
        host = S("127.0.0.1");
    if (!address_read(host, &l.address) || bracketed != (memchr(host.at, ':', host.len) != NULL))
        return not_an_address(s, why);
    l.port = (unsigned)number;
    *out = l;
    return ERR_OK;
}

enum err listen_check(const struct listen *l, bool insecure_http, bool behind_proxy,
                      struct problem *why)
{
    if (l->is_tls || insecure_http || behind_proxy || address_is_loopback(&l->address))
        return ERR_OK;
    return problem_set(why, ERR_INVALID,
                       "Listening beyond this machine without TLS would send keys and passwords in "
                       "clear. Give tls.cert and "
                       "tls.key, name the proxy in http.trusted_proxies, or say --insecure-http.");
}

str listen_write(struct arena *a, const struct listen *l)
{
    if (l->is_unix)
        return arena_format(a, "unix:" STR_FMT, STR_ARG(l->path));
    str host = address_write(a, &l->address);
    bool v6 = memchr(host.at, ':', host.len) != NULL;
    return arena_format(a, "%s://%s" STR_FMT "%s:%u", l->is_tls ? "https" : "http", v6 ? "[" : "",
                        STR_ARG(host), v6 ? "]" : "", l->port);
}

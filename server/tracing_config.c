#include "server/tracing_part.h"

static enum err read_headers(struct tracing_target *t, str text, struct arena *a, struct problem *why)
{
    str one;
    bool ended = false;
    while (text.len && str_next(&text, &ended, ',', &one)) {
        struct pair p;
        if (t->header_count == TRACING_HEADERS_MAX || !str_cut(str_trim(one), '=', &p.name, &p.value) || str_trim(p.name).len == 0 ||
            !percent_decode(a, str_trim(p.value), false, &p.value))
            return problem_set(why, ERR_INVALID, "The headers for the collector are at most %u like name=value, with commas between them",
                               TRACING_HEADERS_MAX);
        p.name = arena_copy(a, str_trim(p.name));
        t->headers[t->header_count++] = p;
    }
    return ERR_OK;
}

/* 80, 443, or what stands behind the host; 0: no port. */
static uint16_t port_of(str url)
{
    bool is_tls = str_starts(url, S("https://"));
    str host = str_slice(url, is_tls ? 8 : 7, url.len), rest;
    uint64_t said = 0;
    (void)str_cut(host, '/', &host, &rest);
    for (size_t i = host.len; i > 0 && host.at[i - 1] != ']'; i--)
        if (host.at[i - 1] == ':')
            return str_to_u64(str_slice(host, i, host.len), UINT16_MAX, &said) ? (uint16_t)said : 0;
    return is_tls ? 443 : 80;
}

enum err tracing_aim(const struct tracing_config *c, struct arena *a, struct tracing_target *out, struct problem *why)
{
    str url = c->endpoint;
    while (str_ends(url, S("/")))
        url = str_slice(url, 0, url.len - 1);
    bool is_http = str_starts(url, S("http://")) || str_starts(url, S("https://"));
    *out = (struct tracing_target){.port = is_http ? port_of(url) : 0};
    if (out->port == 0 || str_contains(url, S("@")) || str_contains(url, S("?")))
        return problem_set(why, ERR_INVALID, "A collector's address is like http://127.0.0.1:4318");
    out->url = str_ends(url, S("/v1/traces")) ? arena_copy(a, url) : arena_format(a, STR_FMT "/v1/traces", STR_ARG(url));
    must(network_read(S("0.0.0.0/0"), &out->everywhere[0]) && network_read(S("::/0"), &out->everywhere[1]));
    out->policy = (struct outbound_policy){.may_http = true, .allow = out->everywhere, .allow_count = 2, .ports = &out->port, .port_count = 1};
    return read_headers(out, c->headers, a, why);
}

enum err tracing_check(const struct tracing_config *c, struct arena *a, struct problem *why)
{
    struct tracing_target trial;
    return str_is_absent(c->endpoint) ? ERR_OK : tracing_aim(c, a, &trial, why);
}

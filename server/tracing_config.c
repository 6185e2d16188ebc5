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

enum err tracing_aim(const struct tracing_config *c, struct arena *a, struct tracing_target *out, struct problem *why)
{
    struct problem quiet = {.arena = a};
    str url = c->endpoint;
    while (!c->is_whole && str_ends(url, S("/")))
        url = str_slice(url, 0, url.len - 1);
    *out = (struct tracing_target){.header_count = 0};
    outbound_anywhere(&out->near, &url, 1);
    enum err e = outbound_check_url(&out->near.policy, url, &quiet); /* without a library nothing is sent, and the server serves */
    if ((e != ERR_OK && e != ERR_UNAVAILABLE) || (!c->is_whole && str_contains(url, S("?"))))
        return problem_set(why, ERR_INVALID, "A collector's address is like http://127.0.0.1:4318");
    bool is_said = c->is_whole || str_ends(url, S("/v1/traces"));
    out->url = is_said ? arena_copy(a, url) : arena_format(a, STR_FMT "/v1/traces", STR_ARG(url));
    return read_headers(out, c->headers, a, why);
}

enum err tracing_check(const struct tracing_config *c, struct arena *a, struct problem *why)
{
    struct tracing_target trial;
    return str_is_absent(c->endpoint) ? ERR_OK : tracing_aim(c, a, &trial, why);
}

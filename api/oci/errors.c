#include "api/oci/oci.h"

#include "api/problem.h"
#include "base/limits.h"

bool is_zot_page(const struct exchange *x)
{
    return str_equal(exchange_header(x, S("x-zot-api-client")), S("zot-ui"));
}

bool has_password(const struct exchange *x)
{
    str scheme, rest;
    return str_cut(exchange_header(x, S("authorization")), ' ', &scheme, &rest) && str_equal_nocase(scheme, S("basic"));
}

void oci_headers(struct exchange *x)
{
    exchange_add_header(x, S("Docker-Distribution-API-Version"), S("registry/2.0"));
}

/* A host is quoted in a header and followed by clients: nothing but its letters. */
str oci_service(const struct exchange *x)
{
    str host = exchange_header(x, S("host"));
    for (size_t i = 0; i < host.len; i++) {
        char c = host.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || memchr(".:-[]_", c, 6);
        if (!plain)
            return S("vitrine");
    }
    return host.len ? host : S("vitrine");
}

str oci_base(const struct exchange *x)
{
    return arena_format(x->arena, "%s://" STR_FMT, x->is_tls ? "https" : "http", STR_ARG(oci_service(x)));
}

/* The specification's list of codes is closed for what the client did wrong. */
static str code_of(enum err e)
{
    switch ((int)e) {
    case ERR_UNAUTHENTICATED: return S("UNAUTHORIZED");
    case ERR_FORBIDDEN: return S("DENIED");
    case ERR_NOT_FOUND: return S("NAME_UNKNOWN");
    case ERR_TOO_LARGE: return S("SIZE_INVALID");
    case ERR_TOO_MANY: return S("TOOMANYREQUESTS");
    case ERR_UNAVAILABLE: return S("UNAVAILABLE");
    case ERR_INTERNAL: return S("UNKNOWN");
    default: return S("UNSUPPORTED");
    }
}

/* Docker, podman, skopeo and crane look at one challenge, that of GET /v2/, and go to its realm. */
static void challenge(struct exchange *x)
{
    bool has_credential = !str_is_absent(exchange_header(x, S("authorization")));
    bool is_token = str_equal(x->path, S("/v2/token")); /* clients have come from the challenge already */
    if (!str_starts(x->path, S("/v2/")) || str_starts(x->path, S("/v2/auth/")) || is_token)
        exchange_add_header(x, S("WWW-Authenticate"), S("Basic realm=\"vitrine\""));
    else
        exchange_add_header(x, S("WWW-Authenticate"),
                            arena_format(x->arena, "Bearer realm=\"" STR_FMT "/v2/token\",service=\"" STR_FMT "\"%s",
                                         STR_ARG(oci_base(x)), STR_ARG(oci_service(x)),
                                         has_credential ? ",error=\"invalid_token\"" : ""));
}

void oci_problem(struct exchange *x, const struct problem *why)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, x->arena, LIMIT_RESPONSE_BYTES);
    json_begin(&w, &b);
    json_map_open(&w);
    json_name(&w, S("errors"));
    json_list_open(&w);
    json_map_open(&w);
    json_name(&w, S("code"));
    json_text(&w, code_of(why->err));
    json_name(&w, S("message"));
    json_text(&w, problem_sentence(x->arena, why));
    json_name(&w, S("detail"));
    json_map_open(&w);
    for (size_t i = 0; why->err != ERR_INTERNAL && i < why->fault_count; i++) {
        json_name(&w, why->faults[i].path);
        json_text(&w, why->faults[i].text);
    }
    json_map_close(&w);
    json_map_close(&w);
    json_list_close(&w);
    json_map_close(&w);
    if (str_starts(x->path, S("/v2/")))
        oci_headers(x);
    if (why->err == ERR_UNAUTHENTICATED && !is_zot_page(x))
        challenge(x);
    if (is_zot_page(x))
        problem_moment(x, why);
    else
        problem_headers(x, why);
    exchange_send_json(x, err_facts(why->err)->http_status, buf_str(&b));
}

#include "api/oci/oci.h"

#include "api/problem.h"
#include "base/limits.h"
#include "roles/registry/registry.h"

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

/* The specification's list of codes is closed for what the client did wrong. What a fault says goes first. */
static const struct {
    str rule, code;
} codes[] = {
    {STR("name"), STR("NAME_UNKNOWN")},
    {STR("blob"), STR("BLOB_UNKNOWN")},
    {STR("blob-unknown"), STR("MANIFEST_BLOB_UNKNOWN")},
    {STR("manifest"), STR("MANIFEST_INVALID")},
    {STR("manifest-unknown"), STR("MANIFEST_UNKNOWN")},
    {STR("type"), STR("MANIFEST_INVALID")},
    {STR("digest"), STR("DIGEST_INVALID")},
    {STR("upload"), STR("BLOB_UPLOAD_UNKNOWN")},
    {STR("range"), STR("BLOB_UPLOAD_INVALID")},
    {STR("upload-range"), STR("BLOB_UPLOAD_INVALID")},
    {STR("upload-busy"), STR("BLOB_UPLOAD_INVALID")},
    {STR("size"), STR("SIZE_INVALID")},
    {STR("tag"), STR("MANIFEST_INVALID")},
    {STR("in-use"), STR("DENIED")},
    {STR("deletes"), STR("UNSUPPORTED")},
};

static str code_of_err(const struct exchange *x, enum err e)
{
    bool is_manifest = str_contains(x->route ? str_of(x->route) : S(""), S("/manifests/"));
    switch ((int)e) {
    case ERR_INVALID: return is_manifest ? S("MANIFEST_INVALID") : S("UNSUPPORTED");
    case ERR_UNAUTHENTICATED: return S("UNAUTHORIZED");
    case ERR_FORBIDDEN: return S("DENIED");
    case ERR_NOT_FOUND: return S("NAME_UNKNOWN");
    case ERR_TOO_LARGE: return is_manifest ? S("MANIFEST_INVALID") : S("SIZE_INVALID");
    case ERR_TOO_MANY: return S("TOOMANYREQUESTS");
    case ERR_UNAVAILABLE: return S("UNAVAILABLE");
    case ERR_INTERNAL: return S("UNKNOWN");
    default: return S("UNSUPPORTED");
    }
}

static str code_of(const struct exchange *x, const struct problem *why, const struct fault *f)
{
    bool is_name = f && str_equal(f->rule, S("name"));
    if (is_name && why->err != ERR_NOT_FOUND)
        return S("NAME_INVALID");
    if (why->err == ERR_FORBIDDEN)
        return S("DENIED");
    for (size_t i = 0; f && i < COUNTOF(codes); i++)
        if (str_equal(codes[i].rule, f->rule))
            return codes[i].code;
    return code_of_err(x, why->err);
}

static bool stays(const struct fault *f)
{
    return str_equal(f->rule, S("in-use")) || str_equal(f->rule, S("deletes"));
}

/* What is understood and wrong is 400 here, what is in use or never goes 405. */
static int status_of(const struct problem *why)
{
    if (why->fault_count && stays(&why->faults[0]))
        return 405;
    return why->err == ERR_INVALID ? 400 : err_facts(why->err)->http_status;
}

/* What a token needs here, "repository:acme/app:pull"; {0}: nothing of its own. An upload is its pusher's in all that is done to it. */
static str scope_of(const struct exchange *x)
{
    str name = oci_name_in_path(x);
    bool pushes = x->method == M_POST || x->method == M_PUT || x->method == M_PATCH;
    if (str_equal(x->path, S("/v2/_catalog")))
        return S("registry:catalog:*");
    if (!repository_name_valid(name))
        return (str){0};
    pushes |= str_starts(str_of(x->route), S("/v2/{name+}/blobs/uploads"));
    return arena_format(x->arena, "repository:" STR_FMT ":%s", STR_ARG(name), pushes ? "pull,push" : x->method == M_DELETE ? "delete" : "pull");
}

static const char *fault_of_token(const struct exchange *x)
{
    if (str_is_absent(exchange_header(x, S("authorization"))))
        return "";
    return x->who && x->who->by_token == TOKEN_REGISTRY ? ",error=\"insufficient_scope\"" : ",error=\"invalid_token\"";
}

/* Docker, podman, skopeo and crane look at one challenge, that of GET /v2/, and go to its realm; others at that of what they ask for. */
static void challenge(struct exchange *x)
{
    bool is_token = str_equal(x->path, S("/v2/token")); /* clients have come from the challenge already */
    bool is_data = str_starts(x->path, S("/v2/")) || str_starts(x->path, S("/oras/"));
    if (!is_data || str_starts(x->path, S("/v2/auth/")) || is_token)
        exchange_add_header(x, S("WWW-Authenticate"), S("Basic realm=\"vitrine\""));
    else {
        str scope = scope_of(x);
        str said = str_is_absent(scope) ? S("") : arena_format(x->arena, ",scope=\"" STR_FMT "\"", STR_ARG(scope));
        exchange_add_header(x, S("WWW-Authenticate"),
                            arena_format(x->arena, "Bearer realm=\"" STR_FMT "/v2/token\",service=\"" STR_FMT "\"" STR_FMT "%s",
                                         STR_ARG(oci_base(x)), STR_ARG(oci_service(x)), STR_ARG(said), fault_of_token(x)));
    }
}

static void write_error(struct json_writer *w, const struct exchange *x, const struct problem *why, const struct fault *f)
{
    json_map_open(w);
    str code = code_of(x, why, f);
    json_name(w, S("code"));
    json_text(w, code);
    json_name(w, S("message"));
    json_text(w, f ? f->text : problem_sentence(x->arena, why));
    json_name(w, S("detail"));
    oci_write_detail(w, x, code, f);
    json_map_close(w);
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
    bool each = why->fault_count > 0 && why->err != ERR_INTERNAL;
    for (size_t i = 0; i < (each ? why->fault_count : 1); i++)
        write_error(&w, x, why, each ? &why->faults[i] : NULL);
    json_list_close(&w);
    json_map_close(&w);
    if (str_starts(x->path, S("/v2/")) || str_starts(x->path, S("/oras/")))
        oci_headers(x);
    if (why->err == ERR_UNAUTHENTICATED && !is_zot_page(x))
        challenge(x);
    if (is_zot_page(x))
        problem_moment(x, why);
    else
        problem_headers(x, why);
    if (status_of(why) == 405 && why->err == ERR_CONFLICT) /* what may be done instead (RFC 9110 15.5.6) */
        exchange_add_header(x, S("Allow"), S("GET, HEAD"));
    exchange_send_json(x, status_of(why), buf_str(&b));
}

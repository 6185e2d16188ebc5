/* The registry's routes. The name of a repository may have slashes in it, and the words of these paths too: the router
 * reads from the end, so the longest name wins (oci-registry.md 1). */
#include "api/oci/registry.h"

#include "base/limits.h"
#include "roles/registry/mirror.h"

str oci_parameter(struct exchange *x, const char *name)
{
    struct problem quiet = {.arena = x->arena};
    str one = {0};
    size_t count = 0;
    err_ignored(oci_parameters(x, name, &one, 1, &count, &quiet));
    return one;
}

str oci_repository(struct exchange *x, struct api *api, const struct params *p)
{
    str name = param(p, "name"), host = oci_parameter(x, "ns"), here;
    if (str_is_absent(host) || !gate_namespace(api->gate, x->arena, host, name, &here))
        return name;
    exchange_add_header(x, S("OCI-Namespace"), host);
    return here;
}

enum err oci_parameters(struct exchange *x, const char *name, str *out, size_t room, size_t *count, struct problem *why)
{
    str rest = x->query, piece, key, value, decoded;
    bool ended = rest.len == 0;
    *count = 0;
    while (str_next(&rest, &ended, '&', &piece)) {
        (void)str_cut(piece, '=', &key, &value);
        if (!str_equal(key, str_of(name)))
            continue;
        if (!percent_decode(x->arena, value, true, &decoded))
            return problem_fault(why, ERR_BAD_INPUT, key, S("name"), "The parameter cannot be read");
        if (*count == room)
            return problem_fault(why, ERR_TARGET_TOO_LONG, key, S("tag"), "At most %zu of these at once", room);
        out[(*count)++] = decoded;
    }
    return ERR_OK;
}

void oci_send_empty(struct exchange *x, int status)
{
    oci_headers(x);
    x->send(x, status, NULL, 0, (str){"", 0});
}

#define N "/v2/{name+}/"
/* clang-format off */
static const struct route registry_routes[] = {
    {M_GET,    N "blobs/{digest}",       oci_blob,            0, 0, "The bytes of a layer"},
    {M_DELETE, N "blobs/{digest}",       oci_blob_delete,     LIMIT_IGNORED_BODY_BYTES, 0, "Take a layer out of a repository"},
    {M_POST,   N "blobs/uploads/",       oci_upload_begin,    UINT32_MAX, 0, "Begin to push a layer, push it at once, or mount it from another repository"},
    {M_POST,   N "blobs/uploads",        oci_upload_begin,    UINT32_MAX, 0, "Begin to push a layer, push it at once, or mount it from another repository"},
    {M_GET,    N "blobs/uploads/{id}",   oci_upload_look,     0, 0, "How far an upload is"},
    {M_PATCH,  N "blobs/uploads/{id}",   oci_upload_append,   UINT32_MAX, 0, "Push more of a layer"},
    {M_PUT,    N "blobs/uploads/{id}",   oci_upload_finish,   UINT32_MAX, 0, "Push the last of a layer"},
    {M_DELETE, N "blobs/uploads/{id}",   oci_upload_cancel,   LIMIT_IGNORED_BODY_BYTES, 0, "Give an upload up"},
    {M_GET,    N "manifests/{reference}", oci_manifest,        0, 0, "A manifest by tag or digest"},
    {M_PUT,    N "manifests/{reference}", oci_manifest_put,    LIMIT_MANIFEST_BYTES, 0, "Push a manifest"},
    {M_DELETE, N "manifests/{reference}", oci_manifest_delete, LIMIT_IGNORED_BODY_BYTES, 0, "Delete a tag, or a manifest with its tags"},
    {M_GET,    N "referrers/{digest}",   oci_referrers,       0, 0, "What refers to a manifest: signatures, attestations"},
    {M_GET,    N "tags/list",            oci_tags,            0, 0, "The tags of a repository"},
    {M_GET,    "/v2/_catalog",           oci_catalog,         0, 0, "The repositories that the caller may read"},
};
/* clang-format on */
const struct api_table oci_registry_api = {
    .routes = registry_routes, .count = COUNTOF(registry_routes), .problem = oci_problem, .problem_name = "OciProblem"};

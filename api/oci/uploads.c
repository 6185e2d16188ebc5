/* Layers in: begun, in pieces, at once, or mounted (oci-registry.md 5). */
#include "api/assets/assets.h"
#include "api/oci/registry.h"

static str location(struct exchange *x, str name, str id)
{
    return arena_format(x->arena, "/v2/" STR_FMT "/blobs/uploads/" STR_FMT, STR_ARG(name), STR_ARG(id));
}

/* "0-0" is also how nothing yet is said. */
static void say_progress(struct exchange *x, str name, const struct layer_upload *u)
{
    uint64_t last = u->offset ? u->offset - 1 : 0;
    exchange_add_header(x, S("Location"), location(x, name, u->id));
    exchange_add_header(x, S("Range"), arena_format(x->arena, "0-%llu", (unsigned long long)last));
    exchange_add_header(x, S("Docker-Upload-UUID"), u->id);
}

static void send_layer(struct exchange *x, str name, str digest)
{
    exchange_add_header(x, S("Location"), arena_format(x->arena, "/v2/" STR_FMT "/blobs/" STR_FMT, STR_ARG(name), STR_ARG(digest)));
    exchange_add_header(x, S("Docker-Content-Digest"), digest);
    oci_send_empty(x, 201);
}

static enum err kind_named(str name, enum digest_kind *out, struct problem *why)
{
    *out = DIGEST_SHA256;
    if (str_is_absent(name))
        return ERR_OK;
    for (enum digest_kind k = 0; k < DIGEST_KIND_COUNT; k++)
        if (str_equal(digest_name(k), name)) {
            *out = k;
            return ERR_OK;
        }
    return problem_fault(why, ERR_BAD_INPUT, S("digest-algorithm"), S("digest"), "sha256 and sha512 are known");
}

/* "0-1023", also as "bytes 0-1023/4096" or with a star; both ends count. */
static enum err read_range(struct exchange *x, struct layer_piece *out, struct problem *why)
{
    str said = exchange_header(x, S("content-range")), first, last, total;
    if (str_is_absent(said))
        return ERR_OK;
    if (str_starts(said, S("bytes ")))
        said = str_slice(said, 6, said.len);
    (void)str_cut(said, '/', &said, &total);
    bool good = str_cut(said, '-', &first, &last) && str_to_u64(first, UINT64_MAX / 2, &out->first) &&
                str_to_u64(last, UINT64_MAX / 2, &out->last) && out->first <= out->last;
    if (!good)
        return problem_fault(why, ERR_BAD_INPUT, S("Content-Range"), S("upload-range"), "Content-Range is the first and the last byte, like 0-1023");
    out->ranged = true;
    if (x->body_length != UINT64_MAX && x->body_length != out->last - out->first + 1)
        return problem_fault(why, ERR_BAD_INPUT, S("Content-Length"), S("size"), "Content-Range and Content-Length do not agree");
    return ERR_OK;
}

static bool has_body(const struct exchange *x)
{
    return x->body_length > 0; /* or of unknown length */
}

static enum err finish(struct exchange *x, struct api *api, str name, str id, str digest, struct problem *why)
{
    struct body_source body;
    struct layer_piece piece = {0};
    struct layer_upload u = {0};
    body_source_init(&body, x);
    TRY(read_range(x, &piece, why));
    piece.bytes = has_body(x) ? &body.source : NULL;
    enum err e = gate_layer_finish(api->gate, x->who, name, id, &piece, digest, x->arena, &u, why);
    if (e == ERR_BAD_RANGE)
        say_progress(x, name, &u);
    TRY(e);
    send_layer(x, name, digest);
    return ERR_OK;
}

enum err oci_upload_begin(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    str name = param(p, "name"), digest = oci_parameter(x, "digest"), mount = oci_parameter(x, "mount");
    enum digest_kind kind;
    struct layer_upload u;
    bool mounted = false;
    TRY(kind_named(oci_parameter(x, "digest-algorithm"), &kind, why));
    if (!str_is_absent(mount))
        TRY(gate_layer_mount(api->gate, x->who, name, mount, oci_parameter(x, "from"), x->arena, &mounted, why));
    if (mounted) {
        send_layer(x, name, mount);
        return ERR_OK;
    }
    TRY(gate_layer_begin(api->gate, x->who, name, kind, x->arena, &u, why));
    if (!str_is_absent(digest)) {
        enum err e = finish(x, api, name, u.id, digest, why);
        struct problem quiet = {.arena = x->arena};
        if (e != ERR_OK)
            err_ignored(gate_layer_cancel(api->gate, x->who, name, u.id, x->arena, &quiet));
        return e;
    }
    say_progress(x, name, &u);
    oci_send_empty(x, 202);
    return ERR_OK;
}

enum err oci_upload_look(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct layer_upload u;
    TRY(gate_layer_find(api->gate, x->who, param(p, "name"), param(p, "id"), x->arena, &u, why));
    say_progress(x, param(p, "name"), &u);
    oci_send_empty(x, 204);
    return ERR_OK;
}

enum err oci_upload_append(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    str name = param(p, "name");
    struct body_source body;
    struct layer_piece piece = {0};
    struct layer_upload u = {0};
    body_source_init(&body, x);
    TRY(read_range(x, &piece, why));
    piece.bytes = &body.source;
    enum err e = gate_layer_append(api->gate, x->who, name, param(p, "id"), &piece, x->arena, &u, why);
    if (e == ERR_OK || e == ERR_BAD_RANGE)
        say_progress(x, name, &u);
    TRY(e);
    oci_send_empty(x, 202);
    return ERR_OK;
}

enum err oci_upload_finish(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    str digest = oci_parameter(x, "digest");
    return finish(x, app, param(p, "name"), param(p, "id"), str_is_absent(digest) ? S("") : digest, why);
}

enum err oci_upload_cancel(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    TRY(gate_layer_cancel(api->gate, x->who, param(p, "name"), param(p, "id"), x->arena, why));
    oci_send_empty(x, 204);
    return ERR_OK;
}

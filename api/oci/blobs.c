/* Layers out, and away. */
#include "api/assets/assets.h"
#include "api/oci/registry.h"

static enum err read_blob(void *self, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why)
{
    return registry_read(self, offset, into, room, got, why);
}

enum err oci_blob(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct registry_bytes b;
    TRY(gate_layer_open(api->gate, x->who, oci_repository(x, api, p), param(p, "digest"), false, x->arena, &b, why));
    struct sending s = {.read = read_blob, .self = &b, .size = b.size, .tag = b.digest, .mime = S("application/octet-stream"),
                        .cache = S("private, max-age=31536000, immutable")};
    oci_headers(x);
    exchange_add_header(x, S("Docker-Content-Digest"), b.digest);
    enum err e = asset_send(x, &s, why);
    registry_close(&b);
    return e;
}

enum err oci_blob_delete(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    TRY(gate_layer_delete(api->gate, x->who, param(p, "name"), param(p, "digest"), x->arena, why));
    oci_send_empty(x, 202);
    return ERR_OK;
}

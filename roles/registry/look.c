/* Bytes of the registry that the server itself looks into for somebody: manifests, configurations. */
#include "roles/registry/internal.h"

enum err gate_registry_look(struct gate *g, const struct principal *who, str collection, str id, size_t most, struct arena *a, str *out,
                            struct problem *why)
{
    const struct collection *c = model_find(who->rights->model, collection);
    const struct json *item = NULL;
    struct blob_reader *reader = NULL;
    size_t got = 0;
    TRY(content_bytes(g->content, who->rights, &who->actor, c, is_item(a, c, id), a, &item, &reader, why));
    struct registry_bytes b = {.size = blob_size(reader), .reader = reader};
    enum err e = b.size > most ? problem_set(why, ERR_TOO_LARGE, "It has more than %zu bytes", most) : ERR_OK;
    char *bytes = e == ERR_OK ? arena_get(a, b.size + 1, 1) : NULL;
    if (e == ERR_OK)
        e = registry_read(&b, 0, bytes, b.size, &got, why);
    registry_close(&b);
    *out = (str){bytes, got};
    return e;
}

#include "roles/registry/adopt.h"

#include "base/limits.h"
#include "content/kind.h"
#include "roles/files/files_in.h"
#include "roles/registry/internal.h"

enum err gate_layer_adopt(struct gate *g, const struct principal *who, str repository, str digest, int fd, struct arena *a,
                          enum adopted *how, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    const struct json *row, *layer = NULL;
    uint64_t size = 0;
    *how = ADOPTED_THERE;
    TRY(repository_for(g, who, repository, VERB_CREATE, a, &row, why));
    TRY(demand_digest(digest, why));
    if (row)
        TRY(repository_part(g, item_text(row, S("_id")), S("layers"), S("digest"), digest, a, &layer, why));
    if (layer)
        return ERR_OK;
    TRY(content_adopt(g->content, server->rights, model_find(server->rights->model, S("layers")), fd, digest, a, how, &size, why));
    return repository_layer(g, who, repository, digest, size, (str){0}, (str){0}, a, why);
}

enum err gate_manifest_is_here(struct gate *g, const struct principal *who, str repository, str digest, const str *tags, size_t count,
                               struct arena *a, bool *out, struct problem *why)
{
    const struct json *row, *manifest = NULL;
    *out = false;
    TRY(repository_for(g, who, repository, VERB_CREATE, a, &row, why));
    TRY(demand_digest(digest, why));
    if (!row)
        return ERR_OK;
    TRY(repository_part(g, item_text(row, S("_id")), S("manifests"), S("digest"), digest, a, &manifest, why));
    *out = manifest != NULL;
    for (size_t i = 0; i < count && *out; i++) {
        const struct json *tag = NULL;
        TRY(repository_part(g, item_text(row, S("_id")), S("tags"), S("name"), tags[i], a, &tag, why));
        *out = tag && str_equal(item_text(tag, S("manifest")), item_text(manifest, S("_id")));
    }
    return ERR_OK;
}

enum err gate_registry_open(struct gate *g, const struct principal *who, str collection, str id, struct arena *a,
                            struct registry_bytes *out, struct problem *why)
{
    const struct collection *c = model_find(who->rights->model, collection);
    const struct json *item = NULL;
    struct blob_reader *reader = NULL;
    must(c != NULL);
    TRY(content_bytes(g->content, who->rights, &who->actor, c, is_item(a, c, id), a, &item, &reader, why));
    *out = (struct registry_bytes){.digest = item_text(item, S("digest")), .media_type = item_text(item, S("media_type")),
                                   .size = blob_size(reader), .reader = reader};
    return ERR_OK;
}

int registry_file(const struct registry_bytes *b)
{
    return blob_file(b->reader);
}

enum err gate_blob_restore(struct gate *g, const struct principal *who, str digest, struct byte_source *from, struct arena *a,
                           struct problem *why)
{
    const struct collection *layers = model_find(who->rights->model, S("layers"));
    struct blob_upload *u = NULL;
    char is[BLOB_DIGEST_ROOM];
    size_t length = 0;
    TRY(demand_digest(digest, why));
    TRY(content_receive(g->content, who->rights, VERB_CREATE, layers, blob_upload_name(a), digest_kind_of(digest), &u, why));
    enum err e = receive_all(u, from, LIMIT_LAYER_BYTES, why);
    if (e == ERR_OK)
        return blob_finish(u, digest, is, &length, why);
    blob_drop(u);
    return e;
}

#include "content/bytes/bytes.h"

#include "base/limits.h"
#include "content/internal.h"
#include "content/kind.h"

static enum err may_write(const struct rights *rights, enum verb verb, const struct collection *in, struct problem *why)
{
    return rights_access(rights, verb, in)->granted ? ERR_OK : problem_set(why, ERR_FORBIDDEN, "Permission denied");
}

static str text_of(const struct json *item, str name)
{
    const struct json *v = json_get(item, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static enum err no_file(struct problem *why)
{
    return problem_set(why, ERR_NOT_FOUND, "There is no such file");
}

/* What its row says of a blob. */
struct known_blob {
    str digest;
    uint64_t size;
    bool damaged;
};

/* Everything about it, as the server sees it: what is sent along with bytes is no more than they say themselves. */
static enum err look_up(struct content *c, struct txn *t, const struct rights *rights, const struct actor *actor,
                        const struct collection *in, str id, struct arena *a, const struct json **item, struct known_blob *out,
                        struct problem *why)
{
    struct work w = {.content = c, .txn = t, .arena = a, .model = rights->model, .actor = actor, .rights = rights};
    const struct json *blob = NULL;
    TRY(read_image(&w, in, id, item, why));
    str blob_id = text_of(*item, S("blob"));
    if (str_is_absent(blob_id))
        return no_file(why);
    TRY(work_get(&w, S("blobs"), blob_id, &blob, why));
    const struct json *size = json_get(blob, S("size")), *damaged = json_get(blob, S("damaged"));
    out->digest = text_of(blob, S("digest"));
    out->size = (uint64_t)size->integer;
    out->damaged = damaged && damaged->type == JSON_BOOL && damaged->boolean;
    return ERR_OK;
}

static enum err find_blob(struct content *c, const struct rights *rights, const struct actor *actor, const struct collection *in,
                          const struct filter *which, struct arena *a, const struct json **item, struct known_blob *out, struct problem *why)
{
    const struct field *blob = collection_field(in, S("blob"));
    const struct access *access = rights_access(rights, VERB_READ, in);
    struct output id = {.field = &in->fields[META_ID]};
    struct query q = {.from = in, .limit = 1, .where = which, .outputs = &id, .output_count = 1};
    struct item_list found;
    struct txn *t = NULL;
    must(blob != NULL && which != NULL);
    if (!access->granted || !field_set_has(&access->fields, blob->index))
        return problem_set(why, ERR_FORBIDDEN, "Permission denied");
    item_list_init(&found, a);
    TRY(content_read(c, rights, VERB_READ, actor, &q, &found.receiver, NULL, why));
    if (found.count == 0)
        return no_file(why);
    TRY(c->ops->begin(c->engine, TXN_READ, &t, why));
    enum err e = look_up(c, t, rights, actor, in, text_of(&found.items[0], S("_id")), a, item, out, why);
    c->ops->abandon(t);
    return e == ERR_NOT_FOUND ? no_file(why) : e;
}

enum err content_bytes_digest(struct content *c, const struct rights *rights, const struct actor *actor,
                              const struct collection *in, const struct filter *which, struct arena *a,
                              const struct json **item, str *digest, struct problem *why)
{
    struct known_blob blob;
    TRY(find_blob(c, rights, actor, in, which, a, item, &blob, why));
    *digest = blob.digest;
    return ERR_OK;
}

/* Bytes that are known to be others than their digest says, or are too few, are nobody's: as if they were not there. */
enum err content_bytes(struct content *c, const struct rights *rights, const struct actor *actor, const struct collection *in,
                       const struct filter *which, struct arena *a, const struct json **item, struct blob_reader **out,
                       struct problem *why)
{
    struct known_blob blob;
    struct blob_reader *r = NULL;
    TRY(find_blob(c, rights, actor, in, which, a, item, &blob, why));
    enum err e = blob.damaged ? ERR_NOT_FOUND : blob_open(c->blobs, blob.digest, &r, why);
    if (e == ERR_OK && blob_size(r) != blob.size) {
        blob_close(r);
        e = ERR_NOT_FOUND;
    }
    if (e == ERR_NOT_FOUND)
        return problem_set(why, e, "The bytes were lost or damaged; send them again");
    *out = r;
    return e;
}

enum err content_receive(struct content *c, const struct rights *rights, enum verb verb, const struct collection *in, str upload,
                         enum digest_kind kind, struct blob_upload **out, struct problem *why)
{
    TRY(may_write(rights, verb, in, why));
    if (c->read_only)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    return blob_begin(c->blobs, upload, kind, out, why);
}

enum err content_receive_on(struct content *c, const struct rights *rights, enum verb verb, const struct collection *in, str upload,
                            uint64_t offset, enum digest_kind kind, struct blob_upload **out, struct problem *why)
{
    TRY(may_write(rights, verb, in, why));
    return blob_resume(c->blobs, upload, offset, kind, out, why);
}

enum err content_upload_forget(struct content *c, const struct rights *rights, enum verb verb, const struct collection *in,
                               str upload, struct problem *why)
{
    TRY(may_write(rights, verb, in, why));
    return blob_upload_remove(c->blobs, upload, why);
}

bool content_upload_is_there(struct content *c, str upload)
{
    return blob_upload_is_there(c->blobs, upload);
}

enum err content_peek(struct content *c, const struct rights *rights, enum verb verb, const struct collection *in, str digest,
                      struct blob_reader **out, struct problem *why)
{
    TRY(may_write(rights, verb, in, why));
    return blob_open(c->blobs, digest, out, why);
}

struct blobs *work_blobs(struct work *w)
{
    return w->content->blobs;
}

int content_directory(const struct content *c)
{
    return blobs_directory(c->blobs);
}

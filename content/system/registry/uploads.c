/* Uploads: how many of them somebody may have open, and that their bytes go with them. Counted where the row is made, so that
 * requests at the same time do not get past it. */
#include "base/limits.h"
#include "content/bytes/blob.h"
#include "content/kind.h"
#include "content/system/behaviours.h"

static enum err demand_room(struct work *w, const struct change *c, struct problem *why)
{
    const struct field *owner = collection_field(c->in, S("owner")), *asset = collection_field(c->in, S("asset")), *ends = collection_field(c->in, S("expires_at"));
    struct arena *a = work_arena(w);
    const struct filter *own = filter_test(a, owner, TEST_EQ, c->values[owner->index]);
    const struct filter *open = filter_and(a, filter_test(a, asset, TEST_EQ, json_null), filter_test(a, ends, TEST_GT, json_of_int(work_now_ms(w))));
    uint64_t count = 0;
    TRY(work_count(w, c->in->name, filter_and(a, own, open), &count, why));
    if (count < LIMIT_UPLOADS_OPEN)
        return ERR_OK;
    why->retry_after_s = 60;
    return problem_set(why, ERR_TOO_MANY, "At most %u uploads are open at a time; end some", LIMIT_UPLOADS_OPEN);
}

static enum err before_upload(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op == OP_CREATE)
        return demand_room(w, c, why);
    return c->op == OP_DELETE ? blob_upload_remove(work_blobs(w), json_get(present, S("file"))->text, why) : ERR_OK;
}

const struct behaviour behaviour_uploads = {.collection = STR("uploads"), .before = before_upload};

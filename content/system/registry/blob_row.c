#include "content/system/registry/blob_row.h"

#include "content/blob.h"
#include "content/kind.h"

enum err blob_row(struct work *w, str digest, int64_t size, str *id, struct problem *why)
{
    const struct collection *blobs = model_find(work_model(w), S("blobs"));
    const struct field *name = collection_field(blobs, S("digest")), *bytes = collection_field(blobs, S("size"));
    const struct json *row = NULL;
    if (!blob_exists(work_blobs(w), digest)) {
        why->retry_after_s = 1;
        return problem_set(why, ERR_UNAVAILABLE, "The bytes were swept away before they were used; send them again");
    }
    TRY(work_find(w, S("blobs"), filter_test(work_arena(w), name, TEST_EQ, json_of_text(digest)), &row, why));
    if (row) {
        *id = json_get(row, S("_id"))->text;
        return ERR_OK;
    }
    struct change fresh = {.op = OP_CREATE, .in = blobs, .values = NEW_N(work_arena(w), struct json, blobs->field_count)};
    fresh.values[name->index] = json_named(name->name, json_of_text(digest));
    fresh.values[bytes->index] = json_named(bytes->name, json_of_int(size));
    field_set_add(&fresh.set, name->index);
    field_set_add(&fresh.set, bytes->index);
    TRY(work_change(w, &fresh, why));
    *id = fresh.result_id;
    return ERR_OK;
}

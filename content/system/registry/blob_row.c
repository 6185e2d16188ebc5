#include "content/system/registry/blob_row.h"

#include "base/id.h"
#include "base/time.h"
#include "content/bytes/blob.h"
#include "content/kind.h"

static struct json now(struct work *w)
{
    struct buf b;
    buf_init(&b, work_arena(w), 64);
    time_write(&b, work_now_ms(w));
    return json_of_text(buf_str(&b));
}

static void put(struct change *c, str name, struct json v)
{
    const struct field *f = collection_field(c->in, name);
    c->values[f->index] = json_named(name, v);
    field_set_add(&c->set, f->index);
}

str blob_row_id(str digest)
{
    str algorithm, hex;
    must(str_cut(digest, ':', &algorithm, &hex) && hex.len > ID_LENGTH);
    return str_slice(hex, 0, ID_LENGTH);
}

/* Bytes that came were hashed as they came. */
static enum err write_row(struct work *w, enum op op, str id, str digest, int64_t size, str *made, struct problem *why)
{
    const struct collection *blobs = model_find(work_model(w), S("blobs"));
    struct change c = {.op = op, .in = blobs, .id = id, .values = NEW_N(work_arena(w), struct json, blobs->field_count)};
    if (op == OP_CREATE) {
        put(&c, S("digest"), json_of_text(digest));
        put(&c, S("size"), json_of_int(size));
    } else
        put(&c, S("damaged"), json_of_bool(false));
    put(&c, S("checked_at"), now(w));
    TRY(work_change(w, &c, why));
    *made = c.result_id;
    return ERR_OK;
}

enum err blob_row(struct work *w, str digest, int64_t size, str *id, struct problem *why)
{
    const struct collection *blobs = model_find(work_model(w), S("blobs"));
    const struct field *name = collection_field(blobs, S("digest"));
    const struct json *row = NULL, *damaged;
    str unused;
    if (!blob_exists(work_blobs(w), digest)) {
        why->retry_after_s = 1;
        return problem_fault(why, ERR_UNAVAILABLE, digest, S("swept"), "The bytes were swept away before they were used; send them again");
    }
    TRY(work_find(w, S("blobs"), filter_test(work_arena(w), name, TEST_EQ, json_of_text(digest)), &row, why));
    if (!row)
        return write_row(w, OP_CREATE, blob_row_id(digest), digest, size, id, why);
    *id = json_get(row, S("_id"))->text;
    damaged = json_get(row, S("damaged"));
    bool is_damaged = damaged && damaged->type == JSON_BOOL && damaged->boolean;
    return is_damaged ? write_row(w, OP_UPDATE, *id, digest, size, &unused, why) : ERR_OK;
}

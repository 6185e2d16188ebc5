/* What nobody refers to goes, and what is kept is looked at. */
#include "base/limits.h"
#include "base/time.h"
#include "content/bytes.h"
#include "content/internal.h"
#include "content/kind.h"

struct sweep {
    struct content *content;
    const struct rights *rights;
    const struct actor *actor;
    int64_t before_ms;
    struct sweep_figures *figures;
};

static const struct filter *is_text(struct work *w, str collection, str field, str value)
{
    const struct collection *c = model_find(w->model, collection);
    return filter_test(w->arena, collection_field(c, field), TEST_EQ, json_of_text(value));
}

static enum err has_referrers(struct work *w, str id, bool *out, struct problem *why)
{
    *out = false;
    for (size_t i = 0; i < w->model->collection_count && !*out; i++) {
        const struct collection *from = w->model->collections[i];
        for (size_t k = 0; k < from->field_count && !from->read_only && !*out; k++) {
            const struct field *f = &from->fields[k];
            uint64_t count = 0;
            bool refers = f->to && str_equal(f->to->name, S("blobs")) && (f->kind->flags & KIND_REF);
            if (!refers || !field_set_has(&from->all_fields, k))
                continue;
            TRY(work_count(w, from->name, filter_test(w->arena, f, TEST_EQ, json_of_text(id)), &count, why));
            *out = count > 0;
        }
    }
    return ERR_OK;
}

/* *row NULL: the file alone is there. */
static enum err is_wanted(struct work *w, str digest, bool *wanted, const struct json **row, struct problem *why)
{
    *wanted = false;
    TRY(work_find(w, S("blobs"), is_text(w, S("blobs"), S("digest"), digest), row, why));
    return *row ? has_referrers(w, json_get(*row, S("_id"))->text, wanted, why) : ERR_OK;
}

struct sweep_job {
    struct job job; /* first */
    const struct sweep *sweep;
    struct arena *arena;
    str digest;
    bool removed;
};

/* Under the write lock, as is whoever makes an item refer to it: none of the two sees half of the other. The row goes
 * first; should the commit fail, a row without a file is left that nobody refers to. */
static enum err remove_blob(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct sweep_job *j = (struct sweep_job *)(void *)self;
    const struct sweep *s = j->sweep;
    const struct json *row = NULL;
    bool wanted = true;
    TRY(check_epoch(s->content, s->rights, why));
    struct work w = {.content = s->content, .txn = t, .arena = j->arena, .model = s->rights->model, .actor = s->actor};
    TRY(is_wanted(&w, j->digest, &wanted, &row, why));
    if (wanted)
        return ERR_OK;
    if (row) {
        struct change gone = {.op = OP_DELETE, .in = model_find(w.model, S("blobs")), .id = json_get(row, S("_id"))->text};
        TRY(write_change(&w, NULL, &gone, why));
    }
    TRY(blob_remove(s->content->blobs, j->digest, why));
    j->removed = true;
    *wrote = w.noted;
    return ERR_OK;
}

/* Most are wanted, and asking holds nobody up. */
static enum err look_first(const struct sweep *s, str digest, struct arena *a, bool *wanted, struct problem *why)
{
    struct txn *t = NULL;
    const struct json *row = NULL;
    TRY(s->content->ops->begin(s->content->engine, TXN_READ, &t, why));
    struct work w = {.content = s->content, .txn = t, .arena = a, .model = s->rights->model, .actor = s->actor};
    enum err e = is_wanted(&w, digest, wanted, &row, why);
    s->content->ops->abandon(t);
    return e;
}

static enum err sweep_blob(void *self, const struct blob_seen *seen, struct problem *why)
{
    struct sweep *s = self;
    struct arena *a = arena_open(4096);
    struct problem own = {.arena = a};
    bool wanted = true;
    enum err e = seen->at_ms < s->before_ms ? look_first(s, seen->name, a, &wanted, &own) : ERR_OK;
    if (e == ERR_OK && !wanted) {
        struct sweep_job job = {{remove_blob, NULL}, s, a, seen->name, false};
        e = writer_run(s->content->writer, &job.job, &own);
        s->figures->blobs += job.removed;
        s->figures->bytes += job.removed ? seen->size : 0;
        wanted = !job.removed;
    }
    s->figures->kept += wanted;
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return e;
}

/* An upload that a row tells of goes with the row. */
static enum err sweep_upload(void *self, const struct blob_seen *seen, struct problem *why)
{
    struct sweep *s = self;
    struct arena *a = arena_open(4096);
    struct problem own = {.arena = a};
    struct txn *t = NULL;
    const struct json *row = NULL;
    enum err e = s->content->ops->begin(s->content->engine, TXN_READ, &t, &own);
    if (e == ERR_OK) {
        struct work w = {.content = s->content, .txn = t, .arena = a, .model = s->rights->model, .actor = s->actor};
        e = work_find(&w, S("uploads"), is_text(&w, S("uploads"), S("file"), seen->name), &row, &own);
        s->content->ops->abandon(t);
    }
    if (e == ERR_OK && !row && seen->at_ms < s->before_ms) {
        e = blob_upload_remove(s->content->blobs, seen->name, &own);
        s->figures->uploads += e == ERR_OK;
    }
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return e;
}

struct end_job {
    struct job job; /* first */
    const struct sweep *sweep;
    struct arena *arena;
};

static enum err end_one(void *self, const struct json *item, struct problem *why)
{
    struct work *w = self;
    struct change gone = {.op = OP_DELETE, .in = model_find(w->model, S("uploads")), .id = json_get(item, S("_id"))->text};
    if (w->changes >= LIMIT_CHANGES)
        return ERR_OK; /* the next sweep's */
    return write_change(w, NULL, &gone, why);
}

static enum err end_uploads(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct end_job *j = (struct end_job *)(void *)self;
    const struct sweep *s = j->sweep;
    TRY(check_epoch(s->content, s->rights, why));
    struct work w = {.content = s->content, .txn = t, .arena = j->arena, .model = s->rights->model, .actor = s->actor};
    const struct collection *uploads = model_find(w.model, S("uploads"));
    const struct filter *ended =
        filter_test(w.arena, collection_field(uploads, S("expires_at")), TEST_LT, json_of_int(time_now_ms()));
    struct query q = {.from = uploads, .limit = LIMIT_ROWS, .where = ended};
    struct item_list list;
    query_all_fields(w.arena, &q, NULL);
    item_list_init(&list, w.arena);
    TRY(read_server(&w, &q, &list, why));
    for (size_t i = 0; i < list.count; i++)
        TRY(end_one(&w, &list.items[i], why));
    *wrote = w.noted;
    return ERR_OK;
}

enum err content_sweep(struct content *c, const struct rights *rights, const struct actor *actor, int64_t grace_ms,
                       struct sweep_figures *out, struct problem *why)
{
    struct sweep s = {c, rights, actor, time_now_ms() - grace_ms, out};
    struct end_job end = {{end_uploads, NULL}, &s, why->arena};
    *out = (struct sweep_figures){0};
    must(actor->is_server); /* what nobody's item refers to is nobody's */
    TRY(writer_run(c->writer, &end.job, why));
    TRY(blob_upload_each(c->blobs, sweep_upload, &s, why));
    return blob_each(c->blobs, sweep_blob, &s, why);
}

struct look {
    struct content *content;
    bool quick;
    struct sweep_figures *figures;
    struct problem *why;
};

static enum err look_at(struct look *l, str digest, uint64_t size)
{
    struct arena *a = arena_open(4096);
    struct problem own = {.arena = a};
    struct blob_reader *r = NULL;
    uint64_t is = 0;
    enum err e = l->quick ? blob_open(l->content->blobs, digest, &r, &own) : blob_verify(l->content->blobs, digest, &is, &own);
    is = l->quick && e == ERR_OK ? blob_size(r) : is;
    blob_close(r);
    if (e == ERR_OK && is != size)
        e = problem_set(&own, ERR_CONFLICT, "it has %llu bytes, not %llu", (unsigned long long)is, (unsigned long long)size);
    l->figures->kept++;
    l->figures->bytes += is;
    if (e != ERR_OK)
        (void)problem_fault(l->why, ERR_CONFLICT, S("blobs"), S("blobs"), STR_FMT ": " STR_FMT, STR_ARG(digest), STR_ARG(own.text));
    arena_close(a);
    return ERR_OK;
}

enum err content_check_blobs(struct content *c, bool quick, const struct journal_watch *watch, struct sweep_figures *out,
                             struct problem *why)
{
    struct actor actor = {.is_server = true};
    struct look look = {c, quick, out, why};
    const struct model *model = content_model(c);
    str last = S("");
    size_t count = LIMIT_ROWS;
    enum err e = ERR_OK;
    *out = (struct sweep_figures){0};
    while (count == LIMIT_ROWS && e == ERR_OK) { /* a page of rows at a time: files are read without a transaction */
        struct txn *t = NULL;
        struct item_list list;
        struct arena *a = arena_open(64u << 10);
        struct work w = {.content = c, .arena = a, .model = model, .actor = &actor};
        const struct collection *blobs = model_find(model, S("blobs"));
        const struct field *id = &blobs->fields[META_ID];
        struct query q = {.from = blobs, .limit = LIMIT_ROWS, .sort = {{.by = id}}, .sort_count = 1};
        if (last.len > 0)
            q.where = filter_test(a, id, TEST_GT, json_of_text(last));
        query_all_fields(a, &q, NULL);
        item_list_init(&list, a);
        e = c->ops->begin(c->engine, TXN_READ, &t, why);
        if (e == ERR_OK) {
            w.txn = t;
            e = read_server(&w, &q, &list, why);
            c->ops->abandon(t);
        }
        count = e == ERR_OK ? list.count : 0;
        for (size_t i = 0; i < count; i++)
            (void)look_at(&look, json_get(&list.items[i], S("digest"))->text, (uint64_t)json_get(&list.items[i], S("size"))->integer);
        if (count > 0)
            last = arena_copy(why->arena, json_get(&list.items[count - 1], S("_id"))->text);
        if (watch && watch->progress)
            watch->progress(watch->self, out->kept, out->kept);
        arena_close(a);
    }
    counted_release((struct counted *)(uintptr_t)&model->counted);
    return e == ERR_OK ? why->err : e;
}

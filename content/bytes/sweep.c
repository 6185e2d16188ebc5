/* What nobody refers to goes. There is no list of what is to be kept that could grow old while others push: each thing is
 * asked about under the write lock, in the transaction that takes it away, and the ages below are looked at there again
 * (security R-10). */
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/bytes/bytes.h"
#include "content/internal.h"
#include "content/kind.h"

struct sweep {
    struct content *content;
    const struct rights *rights;
    const struct actor *actor;
    int64_t before_ms;
    struct sweep_place *at;
    struct sweep_figures *figures;
};

static struct work work_in(const struct sweep *s, struct txn *t, struct arena *a)
{
    return (struct work){.content = s->content, .txn = t, .arena = a, .model = s->rights->model, .actor = s->actor};
}

/* ---- one thing, as a job: look again, then take it away ---- */

struct sweep_job {
    struct job job; /* first */
    const struct sweep *sweep;
    struct arena *arena;
    str name;                         /* a digest, or an item's id */
    enum err (*take)(struct work *w, const struct sweep_job *j, bool *taken, struct problem *why);
    bool taken;
};

static enum err run_job(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct sweep_job *j = (struct sweep_job *)(void *)self;
    TRY(check_epoch(j->sweep->content, j->sweep->rights, why));
    struct work w = work_in(j->sweep, t, j->arena);
    TRY(j->take(&w, j, &j->taken, why));
    *wrote = w.noted;
    return ERR_OK;
}

static enum err take(const struct sweep *s, struct arena *a, str name,
                     enum err (*how)(struct work *w, const struct sweep_job *j, bool *taken, struct problem *why), bool *taken,
                     struct problem *why)
{
    struct sweep_job job = {{run_job, NULL}, s, a, name, how, false};
    enum err e = writer_run(s->content->writer, &job.job, why);
    *taken = e == ERR_OK && job.taken;
    return e;
}

static enum err delete_item(struct work *w, const char *collection, str id, struct problem *why)
{
    struct change gone = {.op = OP_DELETE, .in = model_find(w->model, str_of(collection)), .id = id};
    return write_change(w, NULL, &gone, why);
}

/* ---- pages of rows, in the order of their ids ---- */

static enum err page(struct work *w, const char *collection, const struct filter *where, struct sweep_place *at, struct item_list *out,
                     struct problem *why)
{
    const struct collection *c = model_find(w->model, str_of(collection));
    const struct field *id = &c->fields[META_ID];
    struct query q = {.from = c, .limit = LIMIT_SWEEP_STEP, .sort = {{.by = id}}, .sort_count = 1};
    q.where = at->goes_on ? filter_and(w->arena, where, filter_test(w->arena, id, TEST_GT, json_of_text((str){at->after, ID_LENGTH}))) : where;
    query_all_fields(w->arena, &q, NULL);
    item_list_init(out, w->arena);
    TRY(read_server(w, &q, out, why));
    at->goes_on = out->count == LIMIT_SWEEP_STEP;
    if (at->goes_on)
        memcpy(at->after, json_get(&out->items[out->count - 1], S("_id"))->text.at, ID_LENGTH);
    return ERR_OK;
}

/* A page of rows, of which those go that look() finds to be garbage and `how` once more under the lock. */
struct rows {
    const char *collection;
    const struct filter *(*where)(const struct sweep *s, struct arena *a);
    enum err (*look)(struct work *w, const struct json *row, bool *garbage, struct problem *why);
    enum err (*how)(struct work *w, const struct sweep_job *j, bool *taken, struct problem *why);
    const char *named_by;             /* what `how` is told */
};

static enum err look_at_page(struct sweep *s, const struct rows *r, struct arena *a, str *names, size_t *count, struct problem *why)
{
    struct txn *t = NULL;
    struct item_list list;
    TRY(s->content->ops->begin(s->content->engine, TXN_READ, &t, why));
    struct work w = work_in(s, t, a);
    enum err e = page(&w, r->collection, r->where(s, a), s->at, &list, why);
    *count = 0;
    for (size_t i = 0; e == ERR_OK && i < list.count; i++) {
        bool garbage = false;
        e = r->look(&w, &list.items[i], &garbage, why);
        if (e == ERR_OK && garbage)
            names[(*count)++] = json_get(&list.items[i], str_of(r->named_by))->text;
    }
    s->content->ops->abandon(t);
    return e;
}

static enum err sweep_rows(struct sweep *s, const struct rows *r, uint64_t *taken, struct problem *why)
{
    struct arena *a = arena_open(64u << 10);
    struct problem own = {.arena = a};
    str names[LIMIT_SWEEP_STEP];
    size_t count = 0;
    enum err e = look_at_page(s, r, a, names, &count, &own);
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        bool is_taken = false;
        e = take(s, a, names[i], r->how, &is_taken, &own);
        *taken += is_taken;
    }
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return e;
}

static const struct filter *all_rows(const struct sweep *s, struct arena *a)
{
    (void)s;
    (void)a;
    return &filter_all;
}

static int64_t time_in(const struct json *row, str name)
{
    const struct json *v = json_get(row, name);
    int64_t ms = 0;
    return v && v->type == JSON_TEXT && time_read(v->text, &ms) ? ms : 0;
}

static const struct filter *is_text(struct work *w, str collection, str field, str value)
{
    const struct collection *c = model_find(w->model, collection);
    return filter_test(w->arena, collection_field(c, field), TEST_EQ, json_of_text(value));
}

enum err has_referrers(struct work *w, str to, str id, bool *out, struct problem *why)
{
    *out = false;
    for (size_t i = 0; i < w->model->collection_count && !*out; i++) {
        const struct collection *from = w->model->collections[i];
        for (size_t k = 0; k < from->field_count && !from->read_only && !*out; k++) {
            const struct field *f = &from->fields[k];
            uint64_t count = 0;
            bool refers = f->to && str_equal(f->to->name, to) && (f->kind->flags & KIND_REF);
            if (!refers || !field_set_has(&from->all_fields, k))
                continue;
            TRY(work_count(w, from->name, filter_test(w->arena, f, TEST_EQ, json_of_text(id)), &count, why));
            *out = count > 0;
        }
    }
    return ERR_OK;
}

/* ---- uploads that have ended, or whose makers are gone ---- */

static enum err has_owner(struct work *w, const struct json *row, bool *out, struct problem *why)
{
    static const struct {
        str word, collection;
    } owners[] = {{STR("user"), STR("users")}, {STR("service"), STR("service_accounts")}, {STR("key"), STR("api_keys")}};
    str word, id;
    *out = true;
    if (!str_cut(json_get(row, S("owner"))->text, ':', &word, &id))
        return ERR_OK; /* the public's, or the server's */
    for (size_t i = 0; i < COUNTOF(owners); i++) {
        const struct json *who = NULL;
        if (!str_equal(owners[i].word, word))
            continue;
        TRY(work_find(w, owners[i].collection, is_text(w, owners[i].collection, S("_id"), id), &who, why));
        *out = who != NULL;
    }
    return ERR_OK;
}

/* One that is being received is not over, however long that takes. */
static enum err has_ended(struct work *w, const struct json *row, bool *out, struct problem *why)
{
    *out = false;
    if (blob_upload_is_busy(w->content->blobs, json_get(row, S("file"))->text))
        return ERR_OK;
    *out = time_in(row, S("expires_at")) < time_now_ms();
    if (*out)
        return ERR_OK;
    TRY(has_owner(w, row, out, why));
    *out = !*out;
    return ERR_OK;
}

static enum err end_upload(struct work *w, const struct sweep_job *j, bool *taken, struct problem *why)
{
    const struct json *row = NULL;
    TRY(work_find(w, S("uploads"), is_text(w, S("uploads"), S("_id"), j->name), &row, why));
    if (row)
        TRY(has_ended(w, row, taken, why));
    return *taken ? delete_item(w, "uploads", j->name, why) : ERR_OK;
}

/* The row of this name, as it is now; *row NULL: there is none. */
static enum err look_up(struct sweep *s, struct arena *a, str collection, str by, str name, const struct json **row, struct problem *why)
{
    struct txn *t = NULL;
    TRY(s->content->ops->begin(s->content->engine, TXN_READ, &t, why));
    struct work w = work_in(s, t, a);
    enum err e = work_find(&w, collection, is_text(&w, collection, by, name), row, why);
    s->content->ops->abandon(t);
    return e;
}

/* A file without a row: the row is there first. */
static enum err sweep_upload(void *self, const struct blob_seen *seen, struct problem *why)
{
    struct sweep *s = self;
    struct arena *a = arena_open(4096);
    struct problem own = {.arena = a};
    const struct json *row = NULL;
    enum err e = look_up(s, a, S("uploads"), S("file"), seen->name, &row, &own);
    if (e == ERR_OK && !row && seen->at_ms < s->before_ms && !blob_upload_is_busy(s->content->blobs, seen->name)) {
        e = blob_upload_remove(s->content->blobs, seen->name, &own);
        s->figures->uploads += e == ERR_OK;
    }
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return e;
}

/* ---- layers that no manifest refers to ---- */

/* Nobody who pushes has been told lately that it is there (roles/registry/seen.c). */
static const struct filter *not_wanted_lately(const struct sweep *s, struct arena *a)
{
    const struct collection *c = model_find(s->rights->model, S("layers"));
    const struct field *seen = collection_field(c, S("seen_at"));
    const struct filter *never = filter_and(a, filter_test(a, seen, TEST_EQ, json_null),
                                            filter_test(a, &c->fields[META_CREATED], TEST_LT, json_of_int(s->before_ms / 1000)));
    return filter_or(a, filter_test(a, seen, TEST_LT, json_of_int(s->before_ms)), never);
}

static enum err is_unused_layer(struct work *w, const struct json *row, bool *out, struct problem *why)
{
    TRY(has_referrers(w, S("layers"), json_get(row, S("_id"))->text, out, why));
    *out = !*out;
    return ERR_OK;
}

static enum err remove_layer(struct work *w, const struct sweep_job *j, bool *taken, struct problem *why)
{
    const struct json *row = NULL;
    const struct filter *it = filter_and(w->arena, is_text(w, S("layers"), S("_id"), j->name), not_wanted_lately(j->sweep, w->arena));
    TRY(work_find(w, S("layers"), it, &row, why));
    if (row)
        TRY(is_unused_layer(w, row, taken, why));
    return *taken ? delete_item(w, "layers", j->name, why) : ERR_OK;
}

/* ---- blobs ---- */

/* *row NULL: the file alone is there. */
static enum err is_wanted(struct work *w, str digest, bool *wanted, const struct json **row, struct problem *why)
{
    *wanted = false;
    TRY(work_find(w, S("blobs"), is_text(w, S("blobs"), S("digest"), digest), row, why));
    return *row ? has_referrers(w, S("blobs"), json_get(*row, S("_id"))->text, wanted, why) : ERR_OK;
}

/* Under the write lock, as is whoever makes an item refer to it: none of the two sees half of the other. The row goes first;
 * should the commit fail, a row without a file is left that nobody refers to. A file that came meanwhile stays: who brought
 * it makes a row of his own. */
static enum err remove_blob(struct work *w, const struct sweep_job *j, bool *taken, struct problem *why)
{
    const struct json *row = NULL;
    bool wanted = true;
    TRY(is_wanted(w, j->name, &wanted, &row, why));
    if (wanted)
        return ERR_OK;
    if (row)
        TRY(delete_item(w, "blobs", json_get(row, S("_id"))->text, why));
    return blob_remove(w->content->blobs, j->name, j->sweep->before_ms, taken, why);
}

/* Most are wanted, and asking holds nobody up. */
static enum err look_first(const struct sweep *s, str digest, struct arena *a, bool *wanted, struct problem *why)
{
    struct txn *t = NULL;
    const struct json *row = NULL;
    TRY(s->content->ops->begin(s->content->engine, TXN_READ, &t, why));
    struct work w = work_in(s, t, a);
    enum err e = is_wanted(&w, digest, wanted, &row, why);
    s->content->ops->abandon(t);
    return e;
}

static enum err sweep_blob(void *self, const struct blob_seen *seen, struct problem *why)
{
    struct sweep *s = self;
    struct arena *a = arena_open(4096);
    struct problem own = {.arena = a};
    bool wanted = true, taken = false;
    enum err e = seen->at_ms < s->before_ms ? look_first(s, seen->name, a, &wanted, &own) : ERR_OK;
    if (e == ERR_OK && !wanted)
        e = take(s, a, seen->name, remove_blob, &taken, &own);
    s->figures->blobs += taken;
    s->figures->bytes += taken ? seen->size : 0;
    s->figures->kept += !taken;
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return e;
}

/* Rows whose file went and that nobody refers to: a commit failed behind the removal. */
static enum err is_empty_row(struct work *w, const struct json *row, bool *out, struct problem *why)
{
    *out = false;
    if (blob_exists(w->content->blobs, json_get(row, S("digest"))->text))
        return ERR_OK;
    TRY(has_referrers(w, S("blobs"), json_get(row, S("_id"))->text, out, why));
    *out = !*out;
    return ERR_OK;
}

/* ---- what was set aside, once nobody misses it ---- */

static enum err sweep_damaged(void *self, const struct blob_seen *seen, struct problem *why)
{
    struct sweep *s = self;
    struct arena *a = arena_open(4096);
    struct problem own = {.arena = a};
    const struct json *row = NULL;
    enum err e = look_up(s, a, S("blobs"), S("digest"), seen->name, &row, &own);
    const struct json *damaged = json_get(row, S("damaged"));
    bool is_missed = damaged && damaged->type == JSON_BOOL && damaged->boolean;
    if (e == ERR_OK && !is_missed && seen->at_ms < s->before_ms)
        e = blob_forget_damaged(s->content->blobs, seen->name, &own);
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return e;
}

/* ---- step by step ---- */

enum part { PART_UPLOADS, PART_STRAYS, PART_LAYERS, PART_ROWS, PART_DAMAGED, PART_BLOBS };

static enum err sweep_part(struct sweep *s, struct problem *why)
{
    static const struct rows uploads = {"uploads", all_rows, has_ended, end_upload, "_id"},
                             layers = {"layers", not_wanted_lately, is_unused_layer, remove_layer, "_id"},
                             rows = {"blobs", all_rows, is_empty_row, remove_blob, "digest"};
    uint64_t unused = 0;
    switch (s->at->part) {
    case PART_UPLOADS: return sweep_rows(s, &uploads, &s->figures->uploads, why);
    case PART_STRAYS: return blob_upload_each(s->content->blobs, sweep_upload, s, why);
    case PART_LAYERS: return sweep_rows(s, &layers, &s->figures->layers, why);
    case PART_ROWS: return sweep_rows(s, &rows, &unused, why);
    case PART_DAMAGED: return blob_each_damaged(s->content->blobs, sweep_damaged, s, why);
    default: return blob_each_in(s->content->blobs, s->at->part - PART_BLOBS, sweep_blob, s, why);
    }
}

enum err content_sweep_on(struct content *c, const struct rights *rights, const struct actor *actor, int64_t grace_ms,
                          struct sweep_place *at, struct sweep_figures *out, bool *over, struct problem *why)
{
    struct sweep s = {c, rights, actor, time_now_ms() - grace_ms, at, out};
    must(actor->is_server); /* what nobody's item refers to is nobody's */
    TRY(sweep_part(&s, why));
    if (!at->goes_on)
        at->part++;
    *over = at->part == PART_BLOBS + BLOB_FOLDERS * DIGEST_KIND_COUNT;
    if (*over)
        *at = (struct sweep_place){0};
    return ERR_OK;
}

enum err content_sweep(struct content *c, const struct rights *rights, const struct actor *actor, int64_t grace_ms,
                       struct sweep_figures *out, struct problem *why)
{
    struct sweep_place at = {0};
    bool over = false;
    *out = (struct sweep_figures){0};
    while (!over)
        TRY(content_sweep_on(c, rights, actor, grace_ms, &at, out, &over, why));
    return ERR_OK;
}

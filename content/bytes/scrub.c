/* What is kept is looked at: all at once for `vitrine check`, and little by little while the server runs. */
#include "content/bytes/scrub.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "content/internal.h"
#include "content/kind.h"

static struct json moment(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return json_of_text(buf_str(&b));
}

static bool is_damaged(const struct json *row)
{
    const struct json *v = json_get(row, S("damaged"));
    return v && v->type == JSON_BOOL && v->boolean;
}

/* ---- little by little ---- */

struct scrub {
    struct blob_check *check;         /* NULL: none at hand */
    bool again;                       /* it was found damaged once: it is read a second time before that is believed */
    char digest[BLOB_DIGEST_ROOM];
    size_t digest_length;
};

struct scrub *scrub_open(void)
{
    struct scrub *s = calloc(1, sizeof *s);
    must(s != NULL);
    return s;
}

void scrub_close(struct scrub *s)
{
    if (!s)
        return;
    blob_check_close(s->check);
    free(s);
}

static str digest_in(const struct scrub *s)
{
    return (str){s->digest, s->digest_length};
}

static enum err first_of(struct work *w, const struct field *checked, const struct filter *where, str *digest, struct problem *why)
{
    struct query q = {.from = model_find(w->model, S("blobs")), .limit = 1, .sort = {{.by = checked}}, .sort_count = 1, .where = where};
    struct item_list list;
    query_all_fields(w->arena, &q, NULL);
    item_list_init(&list, w->arena);
    TRY(read_server(w, &q, &list, why));
    *digest = list.count ? json_get(&list.items[0], S("digest"))->text : (str){0};
    return ERR_OK;
}

/* One that was never looked at, or longest ago; {0}: none is due. */
static enum err next_due(const struct scrub_turn *turn, struct arena *a, str *digest, struct problem *why)
{
    const struct field *checked = collection_field(model_find(turn->rights->model, S("blobs")), S("checked_at"));
    struct txn *t = NULL;
    TRY(turn->content->ops->begin(turn->content->engine, TXN_READ, &t, why));
    struct work w = {.content = turn->content, .txn = t, .arena = a, .model = turn->rights->model, .actor = turn->actor};
    enum err e = first_of(&w, checked, filter_test(a, checked, TEST_EQ, json_null), digest, why);
    if (e == ERR_OK && str_is_absent(*digest))
        e = first_of(&w, checked, filter_test(a, checked, TEST_LT, json_of_int(turn->before_ms)), digest, why);
    turn->content->ops->abandon(t);
    return e;
}

struct verdict_job {
    struct job job; /* first */
    const struct scrub_turn *turn;
    struct arena *arena;
    struct scrub *scrub;
    bool whole, found_damaged;
};

/* A change like others, so that whoever follows the journal learns of it. */
static enum err mark(struct work *w, const struct json *row, bool damaged, struct problem *why)
{
    const struct collection *blobs = model_find(w->model, S("blobs"));
    const struct field *checked = collection_field(blobs, S("checked_at")), *flag = collection_field(blobs, S("damaged"));
    struct change c = {.op = OP_UPDATE, .in = blobs, .id = json_get(row, S("_id"))->text, .values = NEW_N(w->arena, struct json, blobs->field_count)};
    c.values[checked->index] = json_named(checked->name, moment(w->arena, work_now_ms(w)));
    c.values[flag->index] = json_named(flag->name, json_of_bool(damaged));
    field_set_add(&c.set, checked->index);
    field_set_add(&c.set, flag->index);
    return write_change(w, NULL, &c, why);
}

/* Damage counts only when the very file that was read still lies there, or none: somebody may have pushed it anew. */
static enum err still_damaged(const struct verdict_job *j, bool *is, struct problem *why)
{
    struct blobs *blobs = j->turn->content->blobs;
    *is = !blob_exists(blobs, digest_in(j->scrub));
    return *is || !j->scrub->check ? ERR_OK : blob_check_set_aside(j->scrub->check, is, why);
}

/* Under the write lock; nothing is read here. */
static enum err give_verdict(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct verdict_job *j = (struct verdict_job *)(void *)self;
    const struct scrub_turn *turn = j->turn;
    const struct json *row = NULL;
    TRY(check_epoch(turn->content, turn->rights, why));
    struct work w = {.content = turn->content, .txn = t, .arena = j->arena, .model = turn->rights->model, .actor = turn->actor};
    const struct field *name = collection_field(model_find(w.model, S("blobs")), S("digest"));
    TRY(work_find(&w, S("blobs"), filter_test(w.arena, name, TEST_EQ, json_of_text(digest_in(j->scrub))), &row, why));
    if (!row) /* swept meanwhile */
        return ERR_OK;
    bool damaged = false;
    if (!j->whole)
        TRY(still_damaged(j, &damaged, why));
    j->found_damaged = damaged && !is_damaged(row);
    TRY(mark(&w, row, damaged, why));
    *wrote = w.noted;
    return ERR_OK;
}

/* Nothing to tell but that it was looked at: no revision of it. */
static enum err note_whole(const struct scrub_turn *turn, str id, struct arena *a, struct problem *why)
{
    struct json *member = NEW(a, struct json), *values = NEW(a, struct json);
    *member = json_named(S("checked_at"), moment(a, time_now_ms()));
    *values = json_of_map(member, 1);
    struct book_entry entry = {.in = model_find(turn->rights->model, S("blobs")), .item = id, .values = values};
    return content_keep_books(turn->content, turn->rights, turn->actor, &entry, 1, a, why);
}

static enum err row_of(const struct scrub_turn *turn, str digest, struct arena *a, const struct json **row, struct problem *why)
{
    struct txn *t = NULL;
    TRY(turn->content->ops->begin(turn->content->engine, TXN_READ, &t, why));
    struct work w = {.content = turn->content, .txn = t, .arena = a, .model = turn->rights->model, .actor = turn->actor};
    const struct field *name = collection_field(model_find(w.model, S("blobs")), S("digest"));
    enum err e = work_find(&w, S("blobs"), filter_test(a, name, TEST_EQ, json_of_text(digest)), row, why);
    turn->content->ops->abandon(t);
    return e;
}

static enum err conclude(struct scrub *s, const struct scrub_turn *turn, bool whole, struct arena *a, struct problem *why)
{
    const struct json *row = NULL;
    TRY(row_of(turn, digest_in(s), a, &row, why));
    turn->figures->looked_at++;
    if (row && whole && !is_damaged(row))
        return note_whole(turn, json_get(row, S("_id"))->text, a, why);
    struct verdict_job job = {{give_verdict, NULL}, turn, a, s, whole, false};
    TRY(row ? writer_run(turn->content->writer, &job.job, why) : ERR_OK);
    if (job.found_damaged) {
        turn->figures->damaged++;
        LOG(LOG_ERROR, "blob.damaged", LOG_TEXT("digest", digest_in(s)), LOG_TEXT("cause", s->check ? S("the bytes are others") : S("the file is not there")));
    }
    return ERR_OK;
}

static enum err look_on(struct scrub *s, const struct scrub_turn *turn, uint64_t *budget, struct arena *a, struct problem *why)
{
    bool over = false;
    uint64_t before = blob_check_offset(s->check);
    enum err e = blob_check_go_on(s->check, *budget, &over, why);
    uint64_t came = blob_check_offset(s->check) - before;
    turn->figures->bytes += came;
    *budget = came < *budget && over ? *budget - came : 0;
    TRY(e);
    if (!over)
        return ERR_OK;
    bool whole = blob_check_is_whole(s->check), give_up = whole || s->again;
    s->again = !whole;
    if (!give_up)
        return ERR_OK;
    e = conclude(s, turn, whole, a, why);
    blob_check_close(s->check);
    s->check = NULL;
    return e;
}

/* ERR_OK and none at hand afterwards: nothing is due. */
static enum err take_next(struct scrub *s, const struct scrub_turn *turn, bool *nothing, struct arena *a, struct problem *why)
{
    str digest = {0};
    TRY(next_due(turn, a, &digest, why));
    *nothing = str_is_absent(digest);
    if (*nothing)
        return ERR_OK;
    memcpy(s->digest, digest.at, digest.len);
    s->digest_length = digest.len;
    s->again = false;
    struct problem own = {.arena = a};
    enum err e = blob_check_open(turn->content->blobs, digest, &s->check, &own);
    if (e == ERR_NOT_FOUND)
        return conclude(s, turn, false, a, why);
    return e == ERR_OK ? ERR_OK : problem_set(why, e, STR_FMT ": " STR_FMT, STR_ARG(digest), STR_ARG(own.text));
}

enum err scrub_go_on(struct scrub *s, const struct scrub_turn *turn, uint64_t most, bool *over, struct problem *why)
{
    enum err e = ERR_OK;
    uint64_t budget = most;
    *over = false;
    must(turn->actor->is_server);
    for (unsigned i = 0; e == ERR_OK && !*over && budget > 0 && i < SCRUB_AT_ONCE; i++) {
        struct arena *a = arena_open(16u << 10);
        struct problem own = {.arena = a};
        if (!s->check)
            e = take_next(s, turn, over, a, &own);
        if (e == ERR_OK && s->check)
            e = look_on(s, turn, &budget, a, &own);
        if (e != ERR_OK) {
            blob_check_close(s->check); /* begun anew another time: a disk that cannot be read is no verdict */
            s->check = NULL;
            e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
        }
        arena_close(a);
    }
    return e;
}

/* ---- all at once ---- */

struct look {
    struct content *content;
    const struct blob_look *how;
    const struct journal_watch *watch;
    struct sweep_figures *figures;
    struct problem *why;
};

/* What nobody refers to may be half gone: the sweep was cut off, and the next one ends it. */
static enum err is_garbage(const struct look *l, struct work *w, const struct json *row, bool *out, struct problem *why)
{
    struct txn *t = NULL;
    TRY(l->content->ops->begin(l->content->engine, TXN_READ, &t, why));
    w->txn = t;
    enum err e = has_referrers(w, S("blobs"), json_get(row, S("_id"))->text, out, why);
    *out = !*out;
    l->content->ops->abandon(t);
    return e;
}

static bool is_told_to_stop(const struct look *l)
{
    return l->how->stop && atomic_load(l->how->stop);
}

static enum err look_at(void *self, struct work *w, const struct json *row, struct problem *why)
{
    struct look *l = self;
    struct problem own = {.arena = w->arena}, quiet = {.arena = w->arena};
    struct blob_reader *r = NULL;
    str digest = json_get(row, S("digest"))->text;
    uint64_t is = 0, size = (uint64_t)json_get(row, S("size"))->integer;
    bool garbage = false;
    if (is_told_to_stop(l))
        return problem_set(why, ERR_UNAVAILABLE, "It was told to stop");
    if (l->how->forgives && is_damaged(row)) {
        l->figures->damaged++;
        return ERR_OK;
    }
    enum err e = l->how->quick ? blob_open(l->content->blobs, digest, &r, &own) : blob_verify(l->content->blobs, digest, &is, &own);
    is = l->how->quick && e == ERR_OK ? blob_size(r) : is;
    blob_close(r);
    if (e == ERR_OK && is != size)
        e = problem_set(&own, ERR_CONFLICT, "it has %llu bytes, not %llu", (unsigned long long)is, (unsigned long long)size);
    if (e == ERR_NOT_FOUND)
        TRY(is_garbage(l, w, row, &garbage, &quiet));
    l->figures->kept++;
    l->figures->bytes += is;
    if (e != ERR_OK && !garbage)
        (void)problem_fault(l->why, ERR_CONFLICT, digest, S("blobs"), STR_FMT ": " STR_FMT, STR_ARG(digest), STR_ARG(own.text));
    if (l->watch && l->watch->progress)
        l->watch->progress(l->watch->self, l->figures->kept, l->figures->kept);
    return ERR_OK;
}

static enum err read_page(struct work *w, str last, struct item_list *list, struct problem *why)
{
    const struct collection *blobs = model_find(w->model, S("blobs"));
    const struct field *id = &blobs->fields[META_ID];
    struct query q = {.from = blobs, .limit = LIMIT_ROWS, .sort = {{.by = id}}, .sort_count = 1};
    struct txn *t = NULL;
    if (last.len > 0)
        q.where = filter_test(w->arena, id, TEST_GT, json_of_text(last));
    query_all_fields(w->arena, &q, NULL);
    item_list_init(list, w->arena);
    TRY(w->content->ops->begin(w->content->engine, TXN_READ, &t, why));
    w->txn = t;
    enum err e = read_server(w, &q, list, why);
    w->content->ops->abandon(t);
    return e;
}

enum err blob_rows_each(struct content *c, blob_row_see *see, void *self, struct problem *why)
{
    struct actor actor = {.is_server = true};
    const struct model *model = content_model(c);
    str last = S("");
    size_t count = LIMIT_ROWS;
    enum err e = ERR_OK;
    while (count == LIMIT_ROWS && e == ERR_OK) {
        struct item_list list = {0};
        struct arena *a = arena_open(64u << 10);
        struct work w = {.content = c, .arena = a, .model = model, .actor = &actor};
        e = read_page(&w, last, &list, why);
        count = e == ERR_OK ? list.count : 0;
        for (size_t i = 0; i < count && e == ERR_OK; i++)
            e = see(self, &w, &list.items[i], why);
        if (count > 0)
            last = arena_copy(why->arena, json_get(&list.items[count - 1], S("_id"))->text);
        arena_close(a);
    }
    counted_release((struct counted *)(uintptr_t)&model->counted);
    return e;
}

enum err content_check_blobs(struct content *c, const struct blob_look *how, const struct journal_watch *watch,
                             struct sweep_figures *out, struct problem *why)
{
    struct look look = {c, how, watch, out, why};
    *out = (struct sweep_figures){0};
    enum err e = blob_rows_each(c, look_at, &look, why);
    return e == ERR_OK ? why->err : e;
}

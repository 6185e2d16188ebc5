/* Into the trash and out again. */
#include "content/publish/trash.h"

#include "base/id.h"
#include "base/limits.h"
#include "content/journal/image_seen.h"
#include "content/journal/reads.h"
#include "content/kind.h"
#include "content/publish/drafts.h"
#include "content/write/own_rows.h"
#include "content/write/parts.h"

static bool keeps_trash(const struct collection *c)
{
    const struct json *says = json_get(c->definition, S("no_trash"));
    return !c->system && !c->read_only && !(says && says->type == JSON_BOOL && says->boolean);
}

void trash_begin(struct work *w, struct trashing *t, const struct change *c)
{
    *t = (struct trashing){.outer = w->trashing};
    t->permanent = c->permanent || (t->outer && t->outer->permanent);
    if (keeps_trash(c->in) && !t->permanent)
        t->entry = id_new(w->arena);
    w->trashing = t;
}

void trash_link(struct work *w, const struct field *f, str referrer, size_t position, str value)
{
    struct trashing *t = w->trashing;
    struct json *members = NEW_N(w->arena, struct json, 5), *links;
    if (!t || str_is_absent(t->entry))
        return;
    members[0] = json_named(S("collection"), json_of_text(f->in->name));
    members[1] = json_named(S("item"), json_of_text(referrer));
    members[2] = json_named(S("field"), json_of_text(f->name));
    members[3] = json_named(S("position"), json_of_int((int64_t)position));
    if (t->count == t->room) {
        size_t room = t->room ? t->room * 2 : 8;
        links = arena_grow(w->arena, t->links, t->room * sizeof *links, room * sizeof *links);
        t->links = links;
        t->room = room;
    }
    members[4] = json_named(S("value"), json_of_text(value));
    t->links[t->count++] = json_of_map(members, 5);
}

static str title_of(const struct collection *c, const struct json *image)
{
    const struct json *v = json_get(image, c->display->name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

enum err trash_end(struct work *w, struct trashing *t, const struct change *c, struct problem *why)
{
    w->trashing = t->outer;
    if (str_is_absent(t->entry))
        return ERR_OK;
    struct change row = own_row(w, S("trash"), OP_CREATE, t->entry);
    struct json links = json_of_list(t->links, t->count);
    own_put_text(&row, S("collection"), c->in->name);
    own_put_text(&row, S("item"), c->id);
    own_put_text(&row, S("title"), title_of(c->in, c->before));
    own_put_text(&row, S("who"), w->actor->label);
    own_put_text(&row, S("cause"), t->outer ? t->outer->entry : (str){0});
    own_put(&row, S("image"), *c->before);
    if (c->version)
        own_put(&row, S("pending"), *c->version->cells);
    struct json *linked = NEW(w->arena, struct json);
    *linked = json_named(S("links"), links);
    own_put(&row, S("links"), json_of_map(linked, 1));
    w->changes--; /* is no change of anybody's wish */
    return write_change(w, NULL, &row, why);
}

/* Rows of one item, or those that went with another, newest first. */
static enum err find_rows(struct work *w, const struct filter *where, uint32_t limit, uint32_t skip, struct item_list *out,
                          struct problem *why)
{
    const struct collection *c = model_find(w->model, S("trash"));
    struct query q = {.from = c, .where = where, .limit = limit, .skip = skip};
    q.sort[q.sort_count++] = (struct sort){.by = &c->fields[META_CREATED], .down = true};
    query_all_fields(w->arena, &q, NULL);
    item_list_init(out, w->arena);
    return read_server(w, &q, out, why);
}

static const struct filter *by_text(struct work *w, str field, str value)
{
    const struct collection *c = model_find(w->model, S("trash"));
    return filter_test(w->arena, collection_field(c, field), TEST_EQ, json_of_text(value));
}

static const struct filter *of_item(struct work *w, const struct trash_wish *wish)
{
    const struct filter *in = by_text(w, S("collection"), wish->in->name);
    return str_is_absent(wish->id) ? in : filter_and(w->arena, in, by_text(w, S("item"), wish->id));
}

/* Copied: the page it stands on does not stay. */
static struct json shown(struct work *w, struct arena *to, const struct rights *rights, const struct collection *c, const struct json *row)
{
    struct json *m = NEW_N(w->arena, struct json, 4);
    size_t count = 0;
    const struct json *item = json_get(row, S("item")), *at = json_get(row, S("_created"));
    const struct json *image = image_readable(w, rights, c, json_get(row, S("image")));
    m[count++] = json_named(S("_id"), *item);
    m[count++] = json_named(S("deleted"), *at);
    if (image)
        m[count++] = json_named(S("item"), *image);
    struct json map = json_of_map(m, count);
    return json_copy(to, &map);
}

#define TRASH_PAGE 200u

struct trash_list {
    struct json *items;
    size_t count, passed;             /* shown; reached, those before `skip`, too */
    bool ended;
};

static enum err list_page(struct work *w, const struct rights *rights, const struct trash_wish *wish, struct arena *to, uint32_t skip,
                          struct trash_list *out, struct problem *why)
{
    struct item_list page;
    TRY(find_rows(w, of_item(w, wish), TRASH_PAGE, skip, &page, why));
    for (size_t i = 0; i < page.count && out->count < wish->limit; i++)
        if (image_reached(w, rights, VERB_DELETE, wish->in, json_get(&page.items[i], S("image"))) && out->passed++ >= wish->skip)
            out->items[out->count++] = shown(w, to, rights, wish->in, &page.items[i]);
    out->ended = page.count < TRASH_PAGE || out->count == wish->limit;
    return ERR_OK;
}

/* However much there is that the caller does not reach: one page of it is looked at at a time. */
static enum err list_rows(struct work *w, const struct rights *rights, const struct trash_wish *wish, struct json *out,
                          struct problem *why)
{
    struct trash_list list = {.items = NEW_N(w->arena, struct json, wish->limit)};
    struct arena *outer = w->arena, *own = arena_open(64u << 10);
    enum err e = ERR_OK;
    w->arena = own;
    for (uint32_t skip = 0; e == ERR_OK && !list.ended; skip += TRASH_PAGE) {
        e = list_page(w, rights, wish, outer, skip, &list, why);
        arena_reset(own);
    }
    w->arena = outer;
    arena_close(own);
    *out = json_of_list(list.items, list.count);
    return e;
}

static void take_values(struct work *w, struct change *c, const struct json *image)
{
    for (size_t i = 0; i < c->in->field_count; i++) {
        const struct field *f = &c->in->fields[i];
        const struct json *v = json_get(image, f->name);
        bool is_place = f->is_meta && (i == META_PARENT || i == META_ORDER || i == META_I18N);
        if (!v || f->computed || (f->is_meta && !is_place && i != META_STATE) || !field_set_has(&c->in->all_fields, i))
            continue;
        struct json value = f->kind->flags & KIND_REF ? leading_links(w, c, f, v) : *v;
        if (kind_holds(f, &value))
            set_value(c, i, value);
    }
}

/* What was pending, as far as fields of now can hold it. */
static struct json cells_of_now(struct work *w, const struct collection *c, const struct json *cells)
{
    const struct pending then = {.cells = cells};
    struct json *kept = NEW_N(w->arena, struct json, c->field_count);
    size_t count = 0;
    for (size_t i = META_I18N; i < c->field_count; i++) { /* as a version's (content/write/draft.c) */
        struct json v;
        if (pending_value(w->arena, &then, &c->fields[i], &v) && kind_holds(&c->fields[i], &v))
            kept[count++] = pending_cell(w->arena, &c->fields[i], &v);
    }
    return json_of_map(kept, count);
}

static bool is_finished(struct work *w, const struct change *c)
{
    struct problem quiet = {.arena = w->arena};
    return check_finished(w, c, NULL, &quiet) == ERR_OK;
}

static enum err relink(struct work *w, const struct json *link, struct problem *why)
{
    str id = json_get(link, S("value"))->text;
    const struct collection *c = model_find(w->model, json_get(link, S("collection"))->text);
    const struct field *f = c ? collection_field(c, json_get(link, S("field"))->text) : NULL;
    const struct json *image = NULL, *now;
    struct problem quiet = {.arena = w->arena};
    if (!f || !(f->kind->flags & KIND_REF) || read_image(w, c, json_get(link, S("item"))->text, &image, &quiet) != ERR_OK)
        return ERR_OK;
    struct change back = own_row(w, c->name, OP_UPDATE, json_get(link, S("item"))->text);
    now = json_get(image, f->name);
    if (!f->many && now && now->type != JSON_NULL)
        return ERR_OK; /* is used for something else */
    if (!f->many) {
        set_value(&back, f->index, json_of_text(id));
        return write_change(w, NULL, &back, why);
    }
    size_t had = now && now->type == JSON_LIST ? now->count : 0, at = (size_t)json_get(link, S("position"))->integer, n = 0;
    struct json *ids = NEW_N(w->arena, struct json, had + 1);
    for (size_t i = 0; i <= had; i++) {
        if (i < had && str_equal(now->items[i].text, id))
            return ERR_OK;
        if (i == (at < had ? at : had))
            ids[n++] = json_of_text(id);
        if (i < had)
            ids[n++] = now->items[i];
    }
    set_value(&back, f->index, json_of_list(ids, n));
    return write_change(w, NULL, &back, why);
}

static enum err restore_company(struct work *w, const struct rights *rights, str entry, unsigned depth, struct problem *why);

static enum err restore_row(struct work *w, const struct rights *rights, const struct json *row, uint64_t *revision,
                            unsigned depth, struct problem *why)
{
    const struct collection *in = model_find(w->model, json_get(row, S("collection"))->text);
    str id = json_get(row, S("item"))->text, entry = json_get(row, S("_id"))->text;
    if (!in)
        return ERR_OK;
    struct change c = {.op = OP_CREATE, .in = in, .id = id, .verb = S("restore"), .back = json_get(row, S("image"))};
    c.values = NEW_N(w->arena, struct json, in->field_count);
    take_values(w, &c, c.back);
    if (!rights_access(rights, VERB_PUBLISH, in)->granted || !is_finished(w, &c))
        set_value(&c, META_STATE, json_of_int(0));
    TRY(write_change(w, NULL, &c, why));
    *revision = c.result_revision;
    const struct json *cells = json_get(row, S("pending")), *links = json_get(row, S("links"));
    if (cells && cells->type == JSON_MAP && c.values[META_STATE].integer == 1) {
        struct json fitting = cells_of_now(w, in, cells);
        struct pending p = {&fitting, c.result_revision + 1, w->actor->vars.now_ms / 1000, w->actor->vars.user};
        TRY(pending_put(w, in, id, &p, why));
        struct change version = c;
        version.result_revision = p.revision;
        version.before = c.after;
        version.after = pending_over(w->arena, in, c.after, &p);
        TRY(note_change(w, &version, VERB_DRAFT, why));
    }
    links = links ? json_get(links, S("links")) : NULL;
    for (uint32_t i = 0; links && i < links->count; i++)
        TRY(relink(w, &links->items[i], why));
    struct change gone = own_row(w, S("trash"), OP_DELETE, entry);
    w->changes--; /* as with the entry's making: what could be deleted can come back */
    TRY(write_change(w, NULL, &gone, why));
    return depth > 0 ? restore_company(w, rights, entry, depth - 1, why) : ERR_OK;
}

/* What went with it. An entry whose collection is gone stays. */
static enum err restore_company(struct work *w, const struct rights *rights, str entry, unsigned depth, struct problem *why)
{
    struct item_list with;
    uint64_t unused;
    size_t before;
    do {
        before = w->changes;
        TRY(find_rows(w, by_text(w, S("cause"), entry), LIMIT_ROWS, 0, &with, why));
        for (size_t i = 0; i < with.count; i++)
            TRY(restore_row(w, rights, &with.items[i], &unused, depth, why));
    } while (with.count == LIMIT_ROWS && w->changes > before);
    return ERR_OK;
}

#define TRASH_DEPTH 32u

enum trash_act { TRASH_LIST, TRASH_RESTORE, TRASH_PURGE };
struct trash_job {
    struct job job; /* first */
    struct content *content;
    const struct rights *rights;
    const struct actor *actor;
    const struct trash_wish *wish;
    enum trash_act act;
    struct json *out;
    uint64_t *revision;
    struct arena *arena;
};

static enum err act_on_row(struct work *w, struct trash_job *j, struct problem *why)
{
    struct item_list rows;
    TRY(find_rows(w, of_item(w, j->wish), 1, 0, &rows, why));
    if (rows.count == 0 || !image_reached(w, j->rights, VERB_DELETE, j->wish->in, json_get(&rows.items[0], S("image"))))
        return problem_set(why, ERR_NOT_FOUND, "There is no such item in the trash");
    if (j->act == TRASH_RESTORE)
        return restore_row(w, j->rights, &rows.items[0], j->revision, TRASH_DEPTH, why);
    struct change gone = own_row(w, S("trash"), OP_DELETE, json_get(&rows.items[0], S("_id"))->text);
    return write_change(w, NULL, &gone, why);
}

static enum err run_trash(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct trash_job *j = (struct trash_job *)(void *)self;
    TRY(check_epoch(j->content, j->rights, why));
    struct work w = {.content = j->content, .txn = t, .arena = j->arena, .model = j->rights->model, .actor = j->actor,
                     .rights = j->rights, .changes_max = 2u * LIMIT_BULK_ROWS}; /* as many as a deletion takes along */
    if (j->act == TRASH_LIST)
        return list_rows(&w, j->rights, j->wish, j->out, why);
    TRY(act_on_row(&w, j, why));
    *wrote = w.noted;
    return ERR_OK;
}

static enum err write_trash(struct trash_job *j, struct problem *why)
{
    if (j->content->read_only)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    return writer_run(j->content->writer, &j->job, why);
}

enum err content_trash_list(struct content *c, const struct rights *rights, const struct actor *actor,
                            const struct trash_wish *wish, struct json *out, struct arena *a, struct problem *why)
{
    struct trash_job j = {{run_trash, NULL}, c, rights, actor, wish, TRASH_LIST, out, NULL, a};
    struct txn *t = NULL;
    bool wrote;
    TRY(c->ops->begin(c->engine, TXN_READ, &t, why));
    enum err e = run_trash(&j.job, t, &wrote, why);
    c->ops->abandon(t);
    struct reads *reads = e == ERR_OK ? reads_begin(a, rights->model) : NULL;
    for (uint32_t i = 0; reads && i < out->count; i++)
        reads_image(reads, wish->in, json_get(&out->items[i], S("_id"))->text, json_get(&out->items[i], S("item")));
    return e == ERR_OK ? reads_note(c, reads, actor, why) : e;
}

enum err content_trash_restore(struct content *c, const struct rights *rights, const struct actor *actor,
                               const struct trash_wish *wish, uint64_t *revision, struct arena *a, struct problem *why)
{
    struct trash_job j = {{run_trash, NULL}, c, rights, actor, wish, TRASH_RESTORE, NULL, revision, a};
    return write_trash(&j, why);
}

enum err content_trash_purge(struct content *c, const struct rights *rights, const struct actor *actor,
                             const struct trash_wish *wish, struct arena *a, struct problem *why)
{
    struct trash_job j = {{run_trash, NULL}, c, rights, actor, wish, TRASH_PURGE, NULL, NULL, a};
    return write_trash(&j, why);
}

struct forget_job {
    struct job job; /* first */
    struct content *content;
    const struct rights *rights;
    const struct actor *actor;
    int64_t before_s;
    bool did;
};

static enum err run_forget(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct forget_job *j = (struct forget_job *)(void *)self;
    TRY(check_epoch(j->content, j->rights, why));
    struct work w = {.content = j->content, .txn = t, .arena = why->arena, .model = j->rights->model, .actor = j->actor,
                     .rights = j->rights};
    const struct collection *c = model_find(w.model, S("trash"));
    struct item_list rows;
    TRY(find_rows(&w, filter_test(w.arena, &c->fields[META_CREATED], TEST_LT, json_of_int(j->before_s)), TRASH_PAGE, 0, &rows,
                  why));
    for (size_t i = 0; i < rows.count; i++) {
        struct change gone = own_row(&w, S("trash"), OP_DELETE, json_get(&rows.items[i], S("_id"))->text);
        TRY(write_change(&w, NULL, &gone, why));
    }
    j->did = rows.count == TRASH_PAGE;
    *wrote = w.noted;
    return ERR_OK;
}

enum err content_trash_forget(struct content *c, const struct rights *rights, const struct actor *actor, int64_t before_ms,
                              bool *did, struct problem *why)
{
    struct forget_job j = {{run_forget, NULL}, c, rights, actor, before_ms / 1000, false};
    TRY(writer_run(c->writer, &j.job, why));
    *did = j.did;
    return ERR_OK;
}

/* Looking back: an item's entries, newest first, until the one that made it. */
#include "content/publish/history.h"

#include "base/limits.h"
#include "content/journal/eras.h"
#include "content/journal/image_seen.h"
#include "content/journal/reads.h"
#include "content/publish/drafts.h"
#include "content/write/own_rows.h"
#include "content/write/parts.h"

bool history_granted(const struct rights *rights, const struct collection *c)
{
    return rights_access(rights, VERB_READ, c)->granted &&
           (rights_access(rights, VERB_UPDATE, c)->granted || rights_access(rights, VERB_PUBLISH, c)->granted);
}

struct looking {
    struct work *work;
    const struct rights *rights;
    const struct history_wish *wish;
    struct problem *why;
    struct reads *reads;              /* images that were shown, if anybody wants to know; NULL */
    uint64_t oldest;                  /* revision that the model keeps … */
    int64_t since_ms;                 /* … and from when on */
};

/* "history": {"keep": 50, "days": 90} of the definition: older revisions are not shown any more. Their images stay in
 * the journal, which is one chain and is trimmed as a whole (journal.keep). */
static enum err find_bounds(struct looking *l)
{
    const struct json *history = json_get(l->wish->in->definition, S("history"));
    const struct json *keep = history ? json_get(history, S("keep")) : NULL, *days = history ? json_get(history, S("days")) : NULL;
    uint64_t newest = 0;
    if (keep && keep->type == JSON_INT && keep->integer > 0) {
        TRY(last_revision(l->work, l->wish->in, l->wish->id, &newest, l->why));
        l->oldest = newest > (uint64_t)keep->integer ? newest - (uint64_t)keep->integer + 1 : 0;
    }
    if (days && days->type == JSON_INT && days->integer > 0 && days->integer < 100000)
        l->since_ms = l->work->actor->vars.now_ms - days->integer * 86400000;
    return ERR_OK;
}

static bool is_kept(const struct looking *l, const struct entry *e)
{
    return e->at_ms >= l->since_ms && (e->revision >= l->oldest || e->revision == 0);
}

static enum err check_item(struct looking *l)
{
    static const enum verb verbs[] = {VERB_UPDATE, VERB_PUBLISH};
    const struct collection *c = l->wish->in;
    struct target_sink reads = {0}, writes = {0};
    TRY(look_up(l->work, l->rights, VERB_READ, c, l->wish->id, &filter_all, &reads, l->why));
    for (size_t i = 0; i < COUNTOF(verbs) && !writes.found; i++)
        if (rights_access(l->rights, verbs[i], c)->granted)
            TRY(look_up(l->work, l->rights, verbs[i], c, l->wish->id, &filter_all, &writes, l->why));
    if (reads.found && writes.found)
        return ERR_OK;
    return problem_set(l->why, ERR_NOT_FOUND, "There is no such item");
}

/* What may be read of an image; NULL: nothing. */
static const struct json *seen(struct looking *l, uint64_t seq, str text)
{
    struct problem quiet = {.arena = l->work->arena};
    const struct json *image = NULL;
    if (str_is_absent(text) || json_read(quiet.arena, text, NULL, S("journal"), &image, &quiet) != ERR_OK)
        return NULL;
    const struct collection *c = l->wish->in;
    image = image->type == JSON_MAP ? era_image(l->work->arena, l->rights->model, c, c->name, seq, image) : NULL;
    return image ? image_readable(l->work, l->rights, c, image) : NULL;
}

static bool tells_nothing(const struct field *f)
{
    return f->is_meta && f->index != META_STATE && f->index != META_PARENT && f->index != META_ORDER;
}

typedef void field_sight(void *self, const struct field *f, const struct json *from, const struct json *to);

static void each_difference(struct looking *l, const struct json *from, const struct json *to, field_sight *see, void *self)
{
    for (size_t i = 0; i < l->wish->in->field_count; i++) {
        const struct field *f = &l->wish->in->fields[i];
        const struct json *old = from ? json_get(from, f->name) : NULL, *now = to ? json_get(to, f->name) : NULL;
        bool same = (!old && !now) || (old && now && json_equal(old, now));
        if (!tells_nothing(f) && !same)
            see(self, f, old ? old : &json_null, now ? now : &json_null);
    }
}

struct gathered {
    struct arena *arena;
    struct json *items;
    size_t count;
};

static void add_name(void *self, const struct field *f, const struct json *from, const struct json *to)
{
    struct gathered *g = self;
    (void)from;
    (void)to;
    g->items[g->count++] = json_of_text(f->name);
}

static void add_values(void *self, const struct field *f, const struct json *from, const struct json *to)
{
    struct gathered *g = self;
    struct json *m = NEW_N(g->arena, struct json, 3);
    m[0] = json_named(S("field"), json_of_text(f->name));
    m[1] = json_named(S("from"), *from);
    m[2] = json_named(S("to"), *to);
    g->items[g->count++] = json_of_map(m, 3);
}

static bool may_know_who(struct looking *l)
{
    const struct collection *users = model_find(l->rights->model, S("users"));
    return users && rights_access(l->rights, VERB_READ, users)->granted;
}

static struct json text_or_null(str s)
{
    return str_is_absent(s) ? json_null : json_of_text(s);
}

/* False: nothing of it may be seen. */
static bool show(struct looking *l, const struct entry *e, struct json *out)
{
    struct arena *a = l->work->arena;
    if (verb_is_pending(e->verb) && !sees_pending(l->rights, l->work->actor, l->wish->in))
        return false;
    const struct json *before = seen(l, e->seq, e->before), *after = seen(l, e->seq, e->after);
    if (str_equal(e->verb, S("delete")) ? !before : !after)
        return false;
    struct gathered fields = {a, NEW_N(a, struct json, l->wish->in->field_count), 0};
    struct json *m = NEW_N(a, struct json, 7);
    size_t n = 0;
    if (after)
        each_difference(l, before, after, add_name, &fields);
    m[n++] = json_named(S("rev"), json_of_int((int64_t)e->revision));
    m[n++] = json_named(S("at"), json_of_instant(a, e->at_ms));
    m[n++] = json_named(S("verb"), json_of_text(e->verb));
    m[n++] = json_named(S("user"), text_or_null(e->user));
    if (may_know_who(l))
        m[n++] = json_named(S("who"), text_or_null(e->who));
    if (str_equal(e->verb, VERB_DRAFT))
        m[n++] = json_named(S("draft"), json_of_bool(true));
    m[n++] = json_named(S("fields"), json_of_list(fields.items, fields.count));
    *out = json_of_map(m, n);
    return true;
}

#define HISTORY_PAGE 100u

struct history_list {
    struct json *items;
    size_t count;
    uint64_t before;                  /* the oldest entry that was looked at */
    bool begun, kept;                 /* the item's beginning was seen; no bound of the model was */
    bool ended;                       /* there are no older entries */
};

static enum err list_page(struct looking *l, struct arena *to, struct history_list *out)
{
    struct work *w = l->work;
    struct entry *list = NULL;
    size_t got = 0;
    struct cell key[] = {CELL_OF_TEXT(l->wish->in->name), CELL_OF_TEXT(l->wish->id),
                         out->before ? CELL_OF_INT((int64_t)out->before) : CELL_OF_NULL, CELL_OF_INT(HISTORY_PAGE)};
    TRY(entries_read(w->content, w->txn, &(struct fixed_call){FIXED_journal_of_item, key, COUNTOF(key)}, w->arena, &list, &got,
                     l->why));
    for (size_t i = 0; i < got && out->count < l->wish->limit && !out->begun; i++) {
        struct json item;
        out->kept = is_kept(l, &list[i]);
        if (!out->kept)
            return ERR_OK;
        out->before = list[i].seq;
        out->begun = str_equal(list[i].verb, S("create"));
        if (!journal_is_note(list[i].verb) && !str_equal(list[i].verb, VERB_USED) && show(l, &list[i], &item))
            out->items[out->count++] = json_copy(to, &item);
    }
    out->ended = got < HISTORY_PAGE;
    return ERR_OK;
}

/* However many entries there are that the caller does not see: the images of one page are held at a time. */
static enum err list_entries(struct looking *l, struct json *out)
{
    struct arena *outer = l->work->arena, *own = arena_open(64u << 10);
    struct history_list list = {.items = NEW_N(outer, struct json, l->wish->limit), .before = l->wish->before, .kept = true};
    struct json *m = NEW_N(outer, struct json, 2), *meta = NEW_N(outer, struct json, 2);
    enum err e = ERR_OK;
    l->work->arena = own;
    while (e == ERR_OK && list.count < l->wish->limit && !list.begun && list.kept && !list.ended) {
        e = list_page(l, outer, &list);
        arena_reset(own);
    }
    l->work->arena = outer;
    arena_close(own);
    bool more = !list.begun && list.kept && list.count == l->wish->limit;
    meta[0] = json_named(S("complete"), json_of_bool(list.begun));
    meta[1] = json_named(S("next"), more ? json_of_int((int64_t)list.before) : json_null);
    m[0] = json_named(S("data"), json_of_list(list.items, list.count));
    m[1] = json_named(S("meta"), json_of_map(meta, 2));
    *out = json_of_map(m, 2);
    return e;
}

static enum err find_image(struct looking *l, uint64_t revision, const struct json **out)
{
    struct work *w = l->work;
    struct entry *list = NULL;
    size_t count = 0;
    struct cell key[] = {CELL_OF_TEXT(l->wish->in->name), CELL_OF_TEXT(l->wish->id), CELL_OF_INT((int64_t)revision)};
    TRY(entries_read(w->content, w->txn, &(struct fixed_call){FIXED_journal_at_revision, key, COUNTOF(key)}, w->arena, &list,
                     &count, l->why));
    bool is_pending = count && verb_is_pending(list[0].verb);
    *out = count && is_kept(l, &list[0]) && !(is_pending && !sees_pending(l->rights, w->actor, l->wish->in)) ? seen(l, list[0].seq, list[0].after) : NULL;
    if (*out) {
        reads_image(l->reads, l->wish->in, l->wish->id, *out);
        return ERR_OK;
    }
    return problem_set(l->why, ERR_NOT_FOUND, "There is no revision %llu of this item in the journal",
                       (unsigned long long)revision);
}

static enum err compare(struct looking *l, struct json *out)
{
    const struct json *from = NULL, *to = NULL;
    struct gathered g = {l->work->arena, NEW_N(l->work->arena, struct json, l->wish->in->field_count), 0};
    TRY(find_image(l, l->wish->revision, &from));
    TRY(find_image(l, l->wish->other, &to));
    each_difference(l, from, to, add_values, &g);
    *out = json_of_list(g.items, g.count);
    return ERR_OK;
}

enum look { LOOK_LIST, LOOK_IMAGE, LOOK_DIFF };

static enum err look_back(struct content *c, const struct rights *rights, const struct actor *actor,
                          const struct history_wish *wish, enum look look, struct json *out, const struct json **image,
                          struct arena *a, struct problem *why)
{
    struct txn *t = NULL;
    TRY(c->ops->begin(c->engine, TXN_READ, &t, why));
    struct work w = {.content = c, .txn = t, .arena = a, .model = rights->model, .actor = actor, .rights = rights};
    struct looking l = {.work = &w, .rights = rights, .wish = wish, .why = why, .reads = reads_begin(a, rights->model)};
    enum err e = check_item(&l);
    if (e == ERR_OK)
        e = find_bounds(&l);
    if (e == ERR_OK && look == LOOK_LIST)
        e = list_entries(&l, out);
    else if (e == ERR_OK && look == LOOK_DIFF)
        e = compare(&l, out);
    else if (e == ERR_OK)
        e = find_image(&l, wish->revision, image);
    c->ops->abandon(t);
    return e == ERR_OK ? reads_note(c, l.reads, actor, why) : e;
}

enum err content_history(struct content *c, const struct rights *rights, const struct actor *actor,
                         const struct history_wish *wish, struct json *out, struct arena *a, struct problem *why)
{
    return look_back(c, rights, actor, wish, LOOK_LIST, out, NULL, a, why);
}

enum err content_history_image(struct content *c, const struct rights *rights, const struct actor *actor,
                               const struct history_wish *wish, const struct json **out, struct arena *a, struct problem *why)
{
    return look_back(c, rights, actor, wish, LOOK_IMAGE, NULL, out, a, why);
}

enum err content_history_diff(struct content *c, const struct rights *rights, const struct actor *actor,
                              const struct history_wish *wish, struct json *out, struct arena *a, struct problem *why)
{
    return look_back(c, rights, actor, wish, LOOK_DIFF, out, NULL, a, why);
}

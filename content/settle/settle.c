/* Keeping tables and model together: at start (first start, a newer program) and whenever a definition
 * changes. What the tables look like now is remembered in the engine's shape table, as definitions in
 * the model's own format, so that the difference can always be computed. */
#include <stdatomic.h>

#include "base/limits.h"
#include "base/time.h"
#include "content/internal.h"
#include "content/journal/eras.h"
#include "content/languages/languages.h"
#include "content/publish/drafts.h"
#include "content/system/system.h"

struct definitions {
    struct row_sink sink; /* first */
    struct arena *arena;
    const struct json **list;
    size_t count, room;
    const struct json *items;         /* of "collections", that the users' were taken from */
    size_t item_count;
};

static void add_definition(struct definitions *d, const struct json *one)
{
    if (d->count == d->room) {
        size_t room = d->room ? d->room * 2 : 64;
        d->list = arena_grow(d->arena, d->list, d->room * sizeof *d->list, room * sizeof *d->list);
        d->room = room;
    }
    d->list[d->count++] = one;
}

/* shape_all: name, definition. */
static enum err take_shape(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct definitions *d = (struct definitions *)(void *)self;
    const struct json *one = NULL;
    TRY(json_read(d->arena, arena_copy(d->arena, row->cells[1].text), &(struct json_options){0}, S("shape"), &one, why));
    add_definition(d, one);
    return ERR_OK;
}

static enum err model_of_shapes(struct content *c, struct txn *t, struct arena *a, struct model **out,
                                struct problem *why)
{
    struct definitions d = {.sink = {take_shape}, .arena = a};
    struct fixed_call call = {FIXED_shape_all, NULL, 0};
    TRY(c->ops->read(t, NULL, &call, &d.sink, why));
    *out = NULL;
    return d.count ? model_read(d.list, d.count, 0, out, why) : ERR_OK;
}

/* The users' definitions: the items of the collection "collections", read with the model the tables
 * have now. */
static enum err user_definitions(struct work *w, struct definitions *d, struct problem *why)
{
    const struct collection *c = w->model ? model_find(w->model, S("collections")) : NULL;
    struct query q = {.from = c, .limit = LIMIT_COLLECTIONS};
    struct item_list list;
    if (!c)
        return ERR_OK;
    query_all_fields(w->arena, &q, NULL);
    item_list_init(&list, w->arena);
    TRY(read_server(w, &q, &list, why));
    d->items = list.items;
    d->item_count = list.count;
    for (size_t i = 0; i < list.count; i++) {
        const struct json *one = json_get(&list.items[i], S("definition"));
        if (one && one->type == JSON_MAP)
            add_definition(d, one);
    }
    return ERR_OK;
}

static enum err all_definitions(struct work *w, struct definitions *d, struct problem *why)
{
    const struct json *const *system = NULL;
    size_t count = 0;
    *d = (struct definitions){.arena = w->arena};
    TRY(system_definitions(w->arena, &system, &count, why));
    for (size_t i = 0; i < count; i++)
        add_definition(d, system[i]);
    return user_definitions(w, d, why);
}


/* The languages of a site are part of its model (content/languages/languages.h). */
static enum err load_languages(struct work *w, struct model *into, struct problem *why)
{
    const struct collection *c = w->model ? model_find(w->model, S("locales")) : NULL;
    struct query q = {.from = c, .limit = LIMIT_ROWS};
    struct item_list list;
    item_list_init(&list, w->arena);
    if (!c)
        return ERR_OK;
    query_all_fields(w->arena, &q, NULL);
    TRY(read_server(w, &q, &list, why));
    into->languages = languages_read(into->arena, list.items, list.count);
    return ERR_OK;
}

static enum err load(struct content *c, struct txn *t, uint64_t epoch, bool is_served, struct model **out, struct problem *why)
{
    struct actor actor = {.label = S("system model"), .via = S("system"), .vars = {.now_ms = time_now_ms()}};
    struct work w = {.content = c, .txn = t, .arena = why->arena, .actor = &actor};
    struct model *tables = NULL;
    struct definitions d;
    TRY(model_of_shapes(c, t, why->arena, &tables, why));
    w.model = tables;
    enum err e = all_definitions(&w, &d, why);
    if (e == ERR_OK)
        e = model_read(d.list, d.count, epoch, out, why);
    if (e == ERR_OK) {
        e = load_languages(&w, *out, why);
        if (e == ERR_OK && is_served)
            e = eras_load(&w, *out, d.items, d.item_count, why);
        if (e != ERR_OK)
            counted_release(&(*out)->counted);
    }
    counted_release(tables ? &tables->counted : NULL); /* the items read with it name their members by it */
    return e;
}

enum err model_load(struct content *c, struct txn *t, uint64_t epoch, struct model **out, struct problem *why)
{
    return load(c, t, epoch, true, out, why);
}

/* Who may lose values: whoever said so in a definition of the collection itself, or of some component. */
static bool may_lose(const struct step *s, const struct definition_change *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct json *name = json_get(list[i].definition, S("name"));
        bool component = json_is_text(json_get(list[i].definition, S("shape")), S("component"));
        bool own = (s->before && str_equal(s->before->name, list[i].name)) || (s->after && name && json_is_text(name, s->after->name));
        if (list[i].allow_loss && (own || component))
            return true;
    }
    return false;
}

static enum err refuse_losses(const struct step *steps, size_t count, const struct definition_change *list, size_t list_count,
                              struct problem *why)
{
    str path = list_count > 0 ? list[0].path : S("/definition");
    for (size_t i = 0; i < count; i++)
        if (steps[i].loses && !may_lose(&steps[i], list, list_count))
            (void)problem_fault(why, ERR_CONFLICT, path, S("loses-data"), STR_FMT, STR_ARG(steps[i].text));
    if (why->err != ERR_OK)
        return problem_set(why, ERR_CONFLICT, "This would throw stored values away; say so explicitly");
    return ERR_OK;
}

static enum err put_shape(struct work *w, const struct collection *was, const struct collection *now, bool *changed,
                          struct problem *why)
{
    str text = collection_print(w->arena, now);
    struct cell row[] = {CELL_OF_TEXT(now->name), CELL_OF_TEXT(text)};
    if (now->read_only || (was && str_equal(collection_print(w->arena, was), text)))
        return ERR_OK;
    *changed = true;
    return fixed_write(w->content, w->txn, FIXED_shape_put, row, COUNTOF(row), why);
}

static enum err drop_shape(struct work *w, const struct collection *was, const struct model *after, bool *changed,
                           struct problem *why)
{
    struct cell name = CELL_OF_TEXT(was->name);
    if (was->read_only || model_find(after, was->name) || model_component(after, was->name))
        return ERR_OK;
    *changed = true;
    return fixed_write(w->content, w->txn, FIXED_shape_drop, &name, 1, why);
}

static const struct collection *shape_before(const struct model *before, str name)
{
    const struct collection *c = before ? model_find(before, name) : NULL;
    return c || !before ? c : model_component(before, name);
}

/* Everything that is said differently, not only what changed tables: a definition that is remembered must not
 * speak of collections and components that are gone. */
static enum err remember_shapes(struct work *w, const struct model *before, const struct model *after, bool *changed,
                                struct problem *why)
{
    for (size_t i = 0; before && i < before->collection_count; i++)
        TRY(drop_shape(w, before->collections[i], after, changed, why));
    for (size_t i = 0; before && i < before->component_count; i++)
        TRY(drop_shape(w, before->components[i], after, changed, why));
    for (size_t i = 0; i < after->collection_count; i++)
        TRY(put_shape(w, shape_before(before, after->collections[i]->name), after->collections[i], changed, why));
    for (size_t i = 0; i < after->component_count; i++)
        TRY(put_shape(w, shape_before(before, after->components[i]->name), after->components[i], changed, why));
    return ERR_OK;
}

enum err reshape_to(struct work *w, const struct model *before, const struct model *after,
                    const struct definition_change *list, size_t list_count, bool *changed, struct problem *why)
{
    struct step *steps = NULL;
    size_t count = 0;
    TRY(model_diff(w->arena, before, after, &steps, &count, why));
    *changed = count > 0;
    if (w->plan)
        TRY(plan_steps(w, steps, count, why));
    else
        TRY(refuse_losses(steps, count, list, list_count, why));
    TRY(remember_shapes(w, before, after, changed, why));
    if (count == 0)
        return ERR_OK;
    struct json *texts = NEW_N(w->arena, struct json, count);
    for (size_t i = 0; i < count; i++)
        texts[i] = json_of_text(steps[i].text);
    struct json sentences = json_of_list(texts, count);
    w->reshaped = true;
    TRY(w->content->ops->reshape(w->txn, steps, count, why));
    TRY(drafts_follow(w, steps, count, why));
    TRY(reseal(w, steps, count, why));
    return work_note(w, S("collections"), (str){0}, S("reshape"), &sentences, why);
}

static bool same_name(const struct json *definition, str name)
{
    const struct json *v = json_get(definition, S("name"));
    return v && v->type == JSON_TEXT && str_equal(v->text, name);
}

/* Where each of the author's definitions stands among all; SIZE_MAX: nowhere. */
static size_t own_at(const size_t *own, size_t count, size_t at)
{
    for (size_t i = 0; i < count; i++)
        if (own[i] == at)
            return i;
    return SIZE_MAX;
}

/* Faults point into the list of all definitions, of which the author sent some. */
static void point_at_definition(struct problem *why, size_t first, const struct definitions *all,
                                const struct definition_change *list, const size_t *own, size_t count)
{
    for (size_t i = first; i < why->fault_count; i++) {
        struct fault *f = &why->faults[i];
        str index, rest, path = str_slice(f->path, 1, f->path.len);
        uint64_t at = 0;
        bool has_rest = str_cut(path, '/', &index, &rest);
        if (!str_to_u64(index, all->count, &at) || at == all->count)
            continue;
        const struct json *name = json_get(all->list[at], S("name"));
        size_t mine = own_at(own, count, at);
        if (mine == SIZE_MAX && name && name->type == JSON_TEXT)
            f->text = arena_format(why->arena, STR_FMT ": " STR_FMT, STR_ARG(name->text), STR_ARG(f->text));
        str base = list[mine == SIZE_MAX ? 0 : mine].path;
        f->path = mine != SIZE_MAX && has_rest ? arena_format(why->arena, STR_FMT "/" STR_FMT, STR_ARG(base), STR_ARG(rest)) : base;
    }
}

static void release_model(void *model)
{
    counted_release(&((struct model *)model)->counted);
}

/* All definitions with those of the list in their places; own[i]: where list[i] stands. */
static enum err put_in_place(struct work *w, const struct definition_change *list, size_t count, struct definitions *all,
                             size_t *own, struct problem *why)
{
    const struct json *const *system = NULL;
    size_t system_count = 0, kept = 0;
    TRY(all_definitions(w, all, why));
    TRY(system_definitions(w->arena, &system, &system_count, why));
    bool *placed = NEW_N(w->arena, bool, count + 1);
    for (size_t i = 0; i < all->count; i++) {
        size_t by = 0;
        while (by < count && !(i >= system_count && same_name(all->list[i], list[by].name)))
            by++;
        if (by == count) {
            all->list[kept++] = all->list[i];
        } else if (list[by].definition && !placed[by]) {
            own[by] = kept;
            all->list[kept++] = list[by].definition;
        }
        placed[by] = true;
    }
    all->count = kept;
    for (size_t i = 0; i < count; i++)
        if (list[i].definition && !placed[i]) {
            own[i] = all->count;
            add_definition(all, list[i].definition);
        }
    return ERR_OK;
}

enum err work_define(struct work *w, const struct definition_change *list, size_t count, struct problem *why)
{
    struct definitions all;
    struct model *after = NULL;
    bool changed = false;
    size_t *own = NEW_N(w->arena, size_t, count + 1), faults = why->fault_count;
    for (size_t i = 0; i < count; i++)
        own[i] = SIZE_MAX;
    TRY(put_in_place(w, list, count, &all, own, why));
    enum err e = model_read(all.list, all.count, 0, &after, why);
    if (e != ERR_OK) {
        point_at_definition(why, faults, &all, list, own, count);
        return e;
    }
    e = reshape_to(w, w->model, after, list, count, &changed, why);
    if (e == ERR_OK)
        e = index_words(w->content, w->txn, after, LIMIT_SEARCH_BUILD_ROWS, &changed, why);
    /* The engine's steps point into the new model: it lives as long as this transaction's arena. */
    arena_on_close(w->arena, release_model, after);
    if (e == ERR_OK)
        w->model = after; /* what comes later in this transaction sees it */
    return e;
}

struct settle_job {
    struct job job; /* first */
    struct content *content;
};

static enum err settle(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct settle_job *j = (struct settle_job *)(void *)self;
    struct actor actor = {.label = S("system first-start"), .via = S("system"), .vars = {.now_ms = time_now_ms()}};
    struct work w = {.content = j->content, .txn = t, .arena = why->arena, .actor = &actor};
    struct model *before = NULL, *after = NULL;
    bool noted = false;
    TRY(key_check(j->content, t, &noted, why));
    TRY(model_of_shapes(j->content, t, why->arena, &before, why));
    enum err e = load(j->content, t, 0, false, &after, why); /* nobody is shown what was called how */
    if (e == ERR_OK)
        e = reshape_to(&w, before, after, NULL, 0, wrote, why);
    if (e == ERR_OK)
        e = index_words(j->content, t, after, LIMIT_SEARCH_BUILD_ROWS, wrote, why);
    *wrote |= noted;
    counted_release(before ? &before->counted : NULL);
    counted_release(after ? &after->counted : NULL);
    return e;
}

struct last_sink {
    struct row_sink sink; /* first */
    uint64_t seq;
};

static enum err take_last(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct last_sink *s = (struct last_sink *)(void *)self;
    (void)why;
    s->seq = row->cells[0].type == CELL_INT ? (uint64_t)row->cells[0].integer : 0;
    return ERR_OK;
}

/* Model and journal position as one snapshot. */
static enum err start_from_here(struct content *c, struct problem *why)
{
    struct fixed_call call = {FIXED_journal_last, NULL, 0};
    struct last_sink last = {.sink = {take_last}};
    struct model *model = NULL;
    struct txn *t = NULL;
    TRY(c->ops->begin(c->engine, TXN_READ, &t, why));
    bool noted = false;
    enum err e = c->read_only ? key_check(c, t, &noted, why) : ERR_OK;
    if (e == ERR_OK)
        e = c->ops->read(t, NULL, &call, &last.sink, why);
    if (e == ERR_OK)
        e = model_load(c, t, last.seq, &model, why);
    c->ops->abandon(t);
    TRY(e);
    slot_publish(&c->model, &model->counted);
    c->epochs = (struct epochs){last.seq, last.seq, last.seq, last.seq};
    atomic_store(&c->seen, last.seq);
    return ERR_OK;
}

enum err model_settle(struct content *c, struct problem *why)
{
    struct settle_job job = {{settle, NULL}, c};
    if (!c->read_only)
        TRY(writer_run(c->writer, &job.job, why));
    return start_from_here(c, why);
}

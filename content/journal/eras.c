#include "content/journal/eras.h"

#include "base/limits.h"
#include "base/map.h"
#include "content/internal.h"

struct life {
    struct era *eras;                 /* newest first */
    size_t count;
};

struct eras {
    struct life *lives;               /* by collection->index */
    const struct map *by_name;        /* every name there was -> struct names */
};

struct names {
    const struct collection *of;
    const struct era *era;
    struct names *next;
};

const struct era *eras_of(const struct model *m, const struct collection *c, size_t *count)
{
    *count = m->eras ? m->eras->lives[c->index].count : 0;
    return m->eras ? m->eras->lives[c->index].eras : NULL;
}

const struct collection *era_find(const struct model *m, str name, uint64_t seq, const struct era **out)
{
    struct names *n = m->eras ? map_get(m->eras->by_name, name) : NULL;
    while (n && (seq < n->era->from || seq >= n->era->to))
        n = n->next;
    *out = n ? n->era : NULL;
    return n ? n->of : NULL;
}

const struct json *era_image(struct arena *a, const struct model *m, const struct collection *c, str name, uint64_t seq,
                             const struct json *image)
{
    const struct era *era = NULL;
    if (!image || !m->eras)
        return image;
    if (era_find(m, name, seq, &era) != c)
        return NULL;
    if (era->to == UINT64_MAX)
        return image;
    struct json *members = NEW_N(a, struct json, image->count), *out = NEW(a, struct json);
    size_t count = 0;
    for (uint32_t i = 0; i < image->count; i++) {
        const struct field *f = map_get(era->fields, image->items[i].name);
        if (f)
            members[count++] = json_named(f->name, image->items[i]);
    }
    *out = json_of_map(members, count);
    return out;
}

/* ---- making them ---- */

struct maker {
    struct arena *arena;              /* the model's */
    struct map *by_name;
    const struct collection *of;
    struct life *life;
    field_set alive;                  /* going back: fields that were there all the time since. A name that was free in
                                       * between is another field's, whatever its id */
};

static void *unconst(const void *p)
{
    return (void *)(uintptr_t)p;
}

static str text_of(const struct json *v)
{
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static const struct field *field_by_id(const struct collection *c, uint32_t id)
{
    for (size_t i = META_COUNT; i < c->field_count; i++)
        if (c->fields[i].id == id)
            return &c->fields[i];
    return NULL;
}

/* The id that a field of a canonical definition has. */
static uint32_t id_of(const struct json *field)
{
    const struct json *id = json_get(field, S("id"));
    str was = text_of(json_get(field, S("was")));
    if (id && id->type == JSON_INT && id->integer > 0 && id->integer <= UINT32_MAX)
        return (uint32_t)id->integer;
    return field_id_of_name(was.len ? was : text_of(json_get(field, S("name"))));
}

static struct map *names_now(struct maker *m)
{
    struct map *fields = map_new(m->arena, m->of->field_count);
    for (size_t i = 0; i < m->of->field_count; i++)
        if (i >= META_COUNT || field_set_has(&m->of->meta_fields, i))
            (void)map_put(fields, m->of->fields[i].name, unconst(&m->of->fields[i]));
    return fields;
}

static struct map *names_then(struct maker *m, const struct json *definition)
{
    const struct json *list = json_get(definition, S("fields"));
    struct map *fields = map_new(m->arena, META_COUNT + (list ? list->count : 0));
    field_set seen = {0};
    for (size_t i = 0; i < META_COUNT; i++)
        if (field_set_has(&m->of->meta_fields, i))
            (void)map_put(fields, m->of->fields[i].name, unconst(&m->of->fields[i]));
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++) {
        str name = text_of(json_get(&list->items[i], S("name")));
        const struct field *f = name.len ? field_by_id(m->of, id_of(&list->items[i])) : NULL;
        if (!f || !field_set_has(&m->alive, f->index) || map_get(fields, name))
            continue;
        (void)map_put(fields, arena_copy(m->arena, name), unconst(f));
        field_set_add(&seen, f->index);
    }
    m->alive = seen;
    return fields;
}

static void add(struct maker *m, str name, uint64_t from, uint64_t to, const struct map *fields)
{
    struct era *e = &m->life->eras[m->life->count++];
    struct names *n = NEW(m->arena, struct names);
    *e = (struct era){arena_copy(m->arena, name), from, to, fields};
    *n = (struct names){m->of, e, map_get(m->by_name, e->name)};
    (void)map_put(m->by_name, e->name, n);
}

/* Same collection, same names: one era. */
static bool is_same(const struct era *a, str name, const struct map *fields)
{
    size_t cursor = 0;
    str field;
    void *value = NULL;
    if (!str_equal(a->name, name) || map_count(a->fields) != map_count(fields))
        return false;
    while (map_each(fields, &cursor, &field, &value))
        if (map_get(a->fields, field) != value)
            return false;
    return true;
}

static void take(struct maker *m, const struct json *image, uint64_t from, uint64_t to)
{
    const struct json *definition = json_get(image, S("definition"));
    str name = text_of(json_get(image, S("name")));
    struct era *last = m->life->count ? &m->life->eras[m->life->count - 1] : NULL;
    if (!definition || definition->type != JSON_MAP || name.len == 0)
        return;
    const struct map *fields = names_then(m, definition);
    if (last && last->from == to && is_same(last, name, fields))
        last->from = from;
    else
        add(m, name, from, to, fields);
}

static const struct json *image_of(struct arena *a, str text)
{
    struct problem quiet = {.arena = a};
    const struct json *image = NULL;
    if (str_is_absent(text) || json_read(a, text, NULL, S("journal"), &image, &quiet) != ERR_OK || image->type != JSON_MAP)
        return NULL;
    return image;
}

#define ERAS_PAGE 20u

/* Newest first, until the entry that made it, or the journal's beginning. */
static enum err look_back(struct work *w, struct maker *m, str id, struct arena *page, struct problem *why)
{
    uint64_t to = UINT64_MAX, before = 0, looked = 0;
    bool ended = false, begun = false;
    const struct json *oldest = NULL, *kept = NULL;
    while (!ended && !begun && looked < LIMIT_ERAS) {
        struct entry *list = NULL;
        size_t count = 0;
        struct cell key[] = {CELL_OF_TEXT(S("collections")), CELL_OF_TEXT(id),
                             before ? CELL_OF_INT((int64_t)before) : CELL_OF_NULL, CELL_OF_INT(ERAS_PAGE)};
        arena_reset(page);
        TRY(entries_read(w->content, w->txn, &(struct fixed_call){FIXED_journal_of_item, key, COUNTOF(key)}, page, &list, &count, why));
        for (size_t i = 0; i < count && !begun; i++) {
            const struct json *after = image_of(page, list[i].after);
            before = list[i].seq;
            looked++;
            if (!after)
                continue;
            take(m, after, list[i].seq, to);
            to = list[i].seq;
            oldest = image_of(page, list[i].before);
            begun = oldest == NULL; /* made here, or brought back */
        }
        if (oldest && oldest != kept) {
            struct json *copy = NEW(w->arena, struct json);
            *copy = json_copy(w->arena, oldest);
            oldest = kept = copy;
        }
        ended = count < ERAS_PAGE;
        if (ended && !begun && oldest)
            take(m, oldest, 0, to); /* what was before was trimmed, and this is how it was */
    }
    return ERR_OK;
}

static enum err live_through(struct work *w, struct maker *m, const struct json *items, size_t count, struct arena *page,
                             struct problem *why)
{
    const struct json *own = NULL;
    for (size_t i = 0; i < count && !own; i++)
        if (json_is_text(json_get(&items[i], S("name")), m->of->name))
            own = &items[i];
    m->alive = m->of->all_fields;
    m->life->eras = NEW_N(m->arena, struct era, own ? LIMIT_ERAS + ERAS_PAGE + 1u : 1u);
    if (own && !m->of->system)
        TRY(look_back(w, m, text_of(json_get(own, S("_id"))), page, why));
    if (m->life->count == 0) /* the server's own; or all of its history was trimmed */
        add(m, m->of->name, 0, UINT64_MAX, names_now(m));
    return ERR_OK;
}

enum err eras_load(struct work *w, struct model *model, const struct json *items, size_t count, struct problem *why)
{
    struct eras *eras = NEW(model->arena, struct eras);
    struct arena *page = arena_open(64u << 10);
    struct maker m = {.arena = model->arena, .by_name = map_new(model->arena, model->collection_count)};
    enum err e = ERR_OK;
    eras->lives = NEW_N(model->arena, struct life, model->collection_count);
    eras->by_name = m.by_name;
    for (size_t i = 0; i < model->collection_count && e == ERR_OK; i++) {
        m.of = model->collections[i];
        m.life = &eras->lives[m.of->index];
        e = live_through(w, &m, items, count, page, why);
    }
    arena_close(page);
    model->eras = e == ERR_OK ? eras : NULL;
    return e;
}

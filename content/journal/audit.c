#include "content/journal/audit.h"

#include "base/map.h"
#include "content/journal/eras.h"
#include "content/journal/image_seen.h"
#include "content/journal/journal.h"
#include "content/journal/reads.h"
#include "content/publish/states.h"

const str audit_fields[AUDIT_FIELDS] = {STR("seq"), STR("collection"), STR("verb"), STR("item"), STR("before"), STR("after"), STR("changes")};

bool audit_is_journal(const struct collection *c)
{
    return c->system && c->read_only && str_equal(c->name, S("journal"));
}

bool audit_is_image(const struct field *f)
{
    if (!f->in || !audit_is_journal(f->in))
        return false;
    for (size_t i = AUDIT_BEFORE; i < AUDIT_FIELDS; i++)
        if (str_equal(f->name, audit_fields[i]))
            return true;
    return false;
}

bool audit_may_ask(const struct rights *rights, const struct field *f)
{
    return !audit_is_image(f) || (rights->reaches_all && !str_equal(f->name, audit_fields[AUDIT_CHANGES]));
}

/* ---- which entries ---- */

struct reach {
    struct arena *arena;
    const struct field *collection, *seq, *verb;
    struct json *always[2];           /* names that meant the same for ever; of which pending versions are seen, and not */
    size_t count[2];
    const struct filter *others;
};

static const struct filter *text_is(const struct reach *r, const struct field *f, str text)
{
    return filter_test(r->arena, f, TEST_EQ, json_of_text(text));
}

static const struct filter *no_pending(const struct reach *r)
{
    struct json *verbs = NEW_N(r->arena, struct json, 2);
    verbs[0] = json_of_text(VERB_DRAFT);
    verbs[1] = json_of_text(VERB_DISCARD);
    return filter_test(r->arena, r->verb, TEST_NIN, json_of_list(verbs, 2));
}

static const struct filter *within(const struct reach *r, const struct era *e)
{
    const struct filter *f = text_is(r, r->collection, e->name);
    if (e->from > 0)
        f = filter_and(r->arena, f, filter_test(r->arena, r->seq, TEST_GTE, json_of_int((int64_t)e->from)));
    if (e->to <= INT64_MAX)
        f = filter_and(r->arena, f, filter_test(r->arena, r->seq, TEST_LT, json_of_int((int64_t)e->to)));
    return f;
}

static void add_collection(struct reach *r, const struct model *m, const struct collection *c, bool sees_pending)
{
    size_t count = 0;
    const struct era *eras = eras_of(m, c, &count);
    for (size_t i = 0; i < count; i++) {
        struct era e = eras[i];
        for (; i + 1 < count && eras[i + 1].to == e.from && str_equal(eras[i + 1].name, e.name); i++)
            e.from = eras[i + 1].from; /* its fields changed: a condition less, or the database has too many of them some day */
        if (e.from == 0 && e.to > INT64_MAX) {
            r->always[sees_pending][r->count[sees_pending]++] = json_of_text(e.name);
            continue;
        }
        const struct filter *f = within(r, &e);
        r->others = filter_or(r->arena, r->others, sees_pending ? f : filter_and(r->arena, f, no_pending(r)));
    }
}

static const struct filter *always(const struct reach *r, bool sees_pending)
{
    if (r->count[sees_pending] == 0)
        return &filter_none;
    const struct filter *f = filter_test(r->arena, r->collection, TEST_IN, json_of_list(r->always[sees_pending], r->count[sees_pending]));
    return sees_pending ? f : filter_and(r->arena, f, no_pending(r));
}

static const struct filter *notes(const struct reach *r)
{
    const struct filter *dot = filter_test(r->arena, r->verb, TEST_CONTAINS, json_of_text(S(".")));
    return filter_and(r->arena, dot, filter_test(r->arena, r->verb, TEST_NE, json_of_text(NOTE_ITEMS_READ)));
}

static bool reads_wholly(const struct rights *rights, const struct collection *c)
{
    const struct access *read = rights_access(rights, VERB_READ, c);
    return read->granted && read->where->node == FILTER_ALL;
}

const struct filter *audit_reach(struct arena *a, const struct rights *rights, const struct vars *vars, const struct collection *journal)
{
    const struct model *m = rights->model;
    const struct actor actor = {.vars = *vars};
    struct reach r = {.arena = a, .others = &filter_none};
    if (rights->reaches_all)
        return &filter_all;
    r.collection = collection_field(journal, audit_fields[AUDIT_COLLECTION]);
    r.seq = collection_field(journal, audit_fields[AUDIT_SEQ]);
    r.verb = collection_field(journal, audit_fields[AUDIT_VERB]);
    for (size_t i = 0; i < COUNTOF(r.always); i++)
        r.always[i] = NEW_N(a, struct json, m->collection_count + 1);
    for (size_t i = 0; i < m->collection_count; i++) {
        const struct collection *c = m->collections[i];
        if (reads_wholly(rights, c))
            add_collection(&r, m, c, c->system || sees_pending(rights, &actor, c));
    }
    const struct filter *f = filter_or(a, always(&r, true), always(&r, false));
    return filter_or(a, filter_or(a, f, r.others), notes(&r));
}

/* ---- what of them ---- */

struct showing {
    struct arena *arena;
    const struct rights *rights;
    const struct access *read;        /* NULL: all of it */
    const struct era *era;
};

static const struct json *read_image_text(struct arena *a, const struct cell *c)
{
    struct problem quiet = {.arena = a};
    const struct json *image = NULL;
    if (c->type != CELL_TEXT || json_read(a, c->text, NULL, S("journal"), &image, &quiet) != ERR_OK || image->type != JSON_MAP)
        return NULL;
    return image;
}

static const struct json *readable(const struct showing *s, const struct json *image)
{
    const struct work w = {.model = s->rights->model};
    if (!image || !s->read)
        return image;
    struct json *members = NEW_N(s->arena, struct json, image->count), *out = NEW(s->arena, struct json);
    size_t count = 0;
    for (uint32_t i = 0; i < image->count; i++) {
        const struct field *f = map_get(s->era->fields, image->items[i].name);
        if (f && field_set_has(&s->read->fields, f->index) && image_shows(&w, s->read, f))
            members[count++] = image->items[i];
    }
    *out = json_of_map(members, count);
    return out;
}

/* Moves with every change. */
static bool tells_nothing(str name)
{
    static const str names[] = {STR("_id"), STR("_created"), STR("_modified"), STR("_cby"), STR("_mby"), STR("_rev")};
    for (size_t i = 0; i < COUNTOF(names); i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

static void add_change(struct arena *a, struct json *list, size_t *count, str name, const struct json *from, const struct json *to)
{
    bool nothing = (!from || from->type == JSON_NULL) && (!to || to->type == JSON_NULL);
    if (tells_nothing(name) || nothing || (from && to && json_equal(from, to)))
        return;
    struct json *m = NEW_N(a, struct json, 3);
    m[0] = json_named(S("field"), json_of_text(name));
    m[1] = json_named(S("from"), from ? *from : json_null);
    m[2] = json_named(S("to"), to ? *to : json_null);
    list[(*count)++] = json_of_map(m, 3);
}

static struct json changes_of(struct arena *a, const struct json *before, const struct json *after)
{
    size_t most = (before ? before->count : 0u) + (after ? after->count : 0u), count = 0;
    struct json *list = NEW_N(a, struct json, most + 1);
    for (uint32_t i = 0; after && i < after->count; i++)
        add_change(a, list, &count, after->items[i].name, json_get(before, after->items[i].name), &after->items[i]);
    for (uint32_t i = 0; before && i < before->count; i++)
        if (!json_get(after, before->items[i].name))
            add_change(a, list, &count, before->items[i].name, &before->items[i], NULL);
    return json_of_list(list, count);
}

static struct cell cell_of(struct arena *a, const struct json *v)
{
    return v ? CELL_OF_TEXT(json_print(a, v)) : CELL_OF_NULL;
}

static str text_at(const struct cell *cells, int at)
{
    return cells[at].type == CELL_TEXT ? cells[at].text : (str){0};
}

/* Members by what they are called now: a read is noted by today's model. */
static void tell_reads(const struct showing *s, const struct collection *c, str id, const struct json *image, struct reads *reads)
{
    struct json *members = NEW_N(s->arena, struct json, image->count);
    size_t count = 0;
    for (uint32_t i = 0; i < image->count; i++) {
        const struct field *f = map_get(s->era->fields, image->items[i].name);
        if (f)
            members[count++] = json_named(f->name, image->items[i]);
    }
    struct json now = json_of_map(members, count);
    reads_image(reads, c, id, &now);
}

struct images {
    const struct json *before, *after; /* NULL: none, or not for him */
};

static struct images show_images(struct showing *s, const struct audit_columns *columns, const struct cell *cells, struct reads *reads)
{
    const int *at = columns->at;
    const struct collection *c = era_find(s->rights->model, text_at(cells, at[AUDIT_COLLECTION]), (uint64_t)cells[at[AUDIT_SEQ]].integer, &s->era);
    struct images i = {0};
    if (!s->rights->reaches_all && (!c || !rights_access(s->rights, VERB_READ, c)->granted))
        return i;
    s->read = s->rights->reaches_all ? NULL : rights_access(s->rights, VERB_READ, c);
    i.before = readable(s, read_image_text(s->arena, &cells[at[AUDIT_BEFORE]]));
    i.after = readable(s, read_image_text(s->arena, &cells[at[AUDIT_AFTER]]));
    if (reads && c && (i.before || i.after)) {
        struct json *both = NEW_N(s->arena, struct json, (i.before ? i.before->count : 0u) + (i.after ? i.after->count : 0u) + 1u);
        size_t count = 0;
        for (uint32_t k = 0; i.after && k < i.after->count; k++)
            both[count++] = i.after->items[k];
        for (uint32_t k = 0; i.before && k < i.before->count; k++)
            if (!json_get(i.after, i.before->items[k].name))
                both[count++] = i.before->items[k];
        struct json all = json_of_map(both, count);
        tell_reads(s, c, text_at(cells, at[AUDIT_ITEM]), &all, reads);
    }
    return i;
}

/* Of a note of reads: that a field is there is told to who reads it. */
static struct cell show_reads(struct showing *s, const struct audit_columns *columns, const struct cell *cells)
{
    const int *at = columns->at;
    const struct collection *c = era_find(s->rights->model, text_at(cells, at[AUDIT_COLLECTION]), (uint64_t)cells[at[AUDIT_SEQ]].integer, &s->era);
    const struct json *note = read_image_text(s->arena, &cells[at[AUDIT_AFTER]]);
    const struct json *fields = note ? json_get(note, S("fields")) : NULL;
    if (!c || !fields || fields->type != JSON_LIST)
        return CELL_OF_NULL;
    const struct access *read = rights_access(s->rights, VERB_READ, c);
    struct json *members = NEW_N(s->arena, struct json, note->count), *names = NEW_N(s->arena, struct json, fields->count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < fields->count; i++) {
        const struct field *f = fields->items[i].type == JSON_TEXT ? map_get(s->era->fields, fields->items[i].text) : NULL;
        if (f && field_set_has(&read->fields, f->index))
            names[count++] = fields->items[i];
    }
    memcpy(members, note->items, note->count * sizeof *members);
    members[fields - note->items] = json_named(S("fields"), json_of_list(names, count));
    struct json all = json_of_map(members, note->count);
    return CELL_OF_TEXT(json_print(s->arena, &all));
}

const struct cell *audit_show(struct arena *a, const struct rights *rights, const struct audit_columns *columns, const struct cell *cells,
                              size_t count, struct reads *reads)
{
    const int *at = columns->at;
    struct showing s = {.arena = a, .rights = rights};
    struct cell *out = NEW_N(a, struct cell, count);
    memcpy(out, cells, count * sizeof *out);
    if (!rights->reaches_all && str_equal(text_at(cells, at[AUDIT_VERB]), NOTE_ITEMS_READ))
        out[at[AUDIT_AFTER]] = show_reads(&s, columns, cells);
    if (journal_is_note(text_at(cells, at[AUDIT_VERB])))
        return out;
    struct images i = show_images(&s, columns, cells, reads);
    if (!rights->reaches_all) {
        out[at[AUDIT_BEFORE]] = cell_of(a, i.before);
        out[at[AUDIT_AFTER]] = cell_of(a, i.after);
    }
    if (at[AUDIT_CHANGES] >= 0 && (i.before || i.after)) {
        struct json changes = changes_of(a, i.before, i.after);
        out[at[AUDIT_CHANGES]] = cell_of(a, &changes);
    }
    return out;
}

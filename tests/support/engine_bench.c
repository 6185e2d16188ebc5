#include "tests/support/engine_bench.h"

#include "base/limits.h"
#include "content/item/json.h"
#include "content/journal/journal.h"
#include "content/kind.h"

#include <stdio.h>

const struct json *bench_json(struct arena *a, const char *json5)
{
    const struct json *tree = NULL;
    struct problem why = {.arena = a};
    struct json_options options = {.dialect = JSON_5};
    if (json_read(a, str_of(json5), &options, S(""), &tree, &why) != ERR_OK)
        fprintf(stderr, "%s: " STR_FMT "\n", json5, STR_ARG(why.text));
    must(tree != NULL);
    return tree;
}

static void release(void *counted)
{
    counted_release(counted);
}

const struct model *bench_model(struct arena *a, const char *definitions)
{
    const struct json *list = bench_json(a, definitions);
    const struct json **each = NEW_N(a, const struct json *, list->count + 1);
    struct problem why = {.arena = a};
    struct model *m = NULL;
    for (uint32_t i = 0; i < list->count; i++)
        each[i] = &list->items[i];
    if (model_read(each, list->count, 1, &m, &why) != ERR_OK)
        for (size_t i = 0; i < why.fault_count; i++)
            fprintf(stderr, STR_FMT ": " STR_FMT "\n", STR_ARG(why.faults[i].path), STR_ARG(why.faults[i].text));
    must(m != NULL);
    arena_on_close(a, release, &m->counted);
    return m;
}

static void need(struct engine_bench *b, enum err e)
{
    if (e != ERR_OK)
        fprintf(stderr, "%s: " STR_FMT "\n", err_facts(e)->name, STR_ARG(b->why.text));
    must(e == ERR_OK);
}

void bench_create(struct engine_bench *b)
{
    struct step *steps = NULL;
    size_t count = 0;
    struct txn *t = NULL;
    need(b, model_diff(b->arena, NULL, b->model, &steps, &count, &b->why));
    need(b, b->ops->begin(b->engine, TXN_WRITE, &t, &b->why));
    need(b, b->ops->reshape(t, steps, count, &b->why));
    struct indexing indexed;
    need(b, b->ops->index(t, b->model, LIMIT_SEARCH_BUILD_ROWS, &indexed, &b->why));
    need(b, b->ops->commit(t, &b->why));
}

void bench_open_at(struct engine_bench *b, const char *definitions, str directory)
{
    struct arena *a = arena_open(1u << 16);
    *b = (struct engine_bench){.arena = a, .why = {.arena = a}, .ops = &engine_sqlite};
    struct engine_config config = {.directory = directory, .verify_rows = true};
    need(b, b->ops->open(a, &config, &b->engine, &b->why));
    b->model = bench_model(a, definitions);
}

void bench_open(struct engine_bench *b, const char *definitions)
{
    bench_open_at(b, definitions, S(""));
    bench_create(b);
}

void bench_close(struct engine_bench *b)
{
    b->ops->close(b->engine);
    arena_close(b->arena);
}

const struct collection *bench_collection(struct engine_bench *b, const char *name)
{
    const struct collection *c = model_find(b->model, str_of(name));
    must(c != NULL);
    return c;
}

/* Meta fields that the item does not name. */
static struct json standard_of(const struct field *f)
{
    return json_of_int(f->index == META_STATE || f->index == META_REV ? 1 : 1700000000);
}

static void put_field(struct engine_bench *b, const struct field *f, const struct json *v, struct write *w,
                      const struct field **fields, struct cell *cells, struct link_write *links)
{
    if (f->many && (f->kind->flags & KIND_REF)) {
        str *targets = NEW_N(b->arena, str, v->count + 1);
        for (uint32_t i = 0; v->type == JSON_LIST && i < v->count; i++)
            targets[i] = v->items[i].text;
        links[w->link_count++] = (struct link_write){f, targets, v->type == JSON_LIST ? v->count : 0};
        return;
    }
    if (f->kind->column == COLUMN_NONE)
        return;
    fields[w->field_count] = f;
    cells[w->field_count++] = kind_cell(b->arena, f, v);
}

enum err bench_put(struct engine_bench *b, struct txn *t, enum write_kind kind, const char *collection,
                   const struct json *item)
{
    const struct collection *c = bench_collection(b, collection);
    struct write w = {.kind = kind, .in = c, .id = json_get(item, S("_id"))->text};
    const struct field **fields = NEW_N(b->arena, const struct field *, c->field_count);
    struct cell *cells = NEW_N(b->arena, struct cell, c->field_count);
    struct link_write *links = NEW_N(b->arena, struct link_write, c->field_count);
    for (size_t i = 0; kind != WRITE_DELETE && i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        const struct json *v = json_get(item, f->name);
        struct json standard = standard_of(f);
        bool stamped = f->is_meta && (f->index == META_STATE || f->index == META_CREATED ||
                                      f->index == META_MODIFIED || f->index == META_REV);
        if (!v && stamped && kind == WRITE_INSERT)
            v = &standard;
        if (v)
            put_field(b, f, v, &w, fields, cells, links);
    }
    w.fields = fields;
    w.cells = cells;
    w.links = links;
    return b->ops->write(t, &w, &b->why);
}

enum err bench_note(struct engine_bench *b, struct txn *t, const char *collection, str id, const char *verb)
{
    struct entry e = {.at_ms = 1700000000000, .who = S("test"), .via = S("test"), .collection = str_of(collection),
                      .item = id, .verb = str_of(verb), .revision = 1};
    return b->ops->note(t, &e, &b->why);
}

static enum err change(struct engine_bench *b, enum write_kind kind, const char *collection, const struct json *item)
{
    struct txn *t = NULL;
    b->why = (struct problem){.arena = b->arena};
    TRY(b->ops->begin(b->engine, TXN_WRITE, &t, &b->why));
    enum err e = bench_put(b, t, kind, collection, item);
    if (e == ERR_OK)
        e = bench_note(b, t, collection, json_get(item, S("_id"))->text, "change");
    if (e == ERR_OK)
        return b->ops->commit(t, &b->why);
    b->ops->abandon(t);
    return e;
}

enum err bench_insert(struct engine_bench *b, const char *collection, const char *item)
{
    return change(b, WRITE_INSERT, collection, bench_json(b->arena, item));
}

enum err bench_update(struct engine_bench *b, const char *collection, const char *item)
{
    return change(b, WRITE_UPDATE, collection, bench_json(b->arena, item));
}

enum err bench_delete(struct engine_bench *b, const char *collection, const char *id)
{
    struct json *member = NEW(b->arena, struct json), *item = NEW(b->arena, struct json);
    *member = json_named(S("_id"), json_of_text(str_of(id)));
    *item = json_of_map(member, 1);
    return change(b, WRITE_DELETE, collection, item);
}

const struct filter *bench_filter(struct engine_bench *b, const char *collection, const char *json5)
{
    const struct filter *f = NULL;
    struct filter_options options = {.dialect = JSON_STRICT, .allow_vars = true, .where = STR("filter")};
    struct problem why = {.arena = b->arena};
    enum err e = filter_read(b->arena, b->model, bench_collection(b, collection), bench_json(b->arena, json5),
                             &options, &f, &why);
    if (e != ERR_OK)
        fprintf(stderr, "%s: " STR_FMT " " STR_FMT "\n", json5, STR_ARG(why.text),
                STR_ARG(why.fault_count ? why.faults[0].text : S("")));
    must(f != NULL);
    return f;
}

static struct output *output_of(struct query *q, str name)
{
    for (size_t i = 0; i < q->output_count; i++)
        if (str_equal(q->outputs[i].field->name, name))
            return &q->outputs[i];
    const struct field *f = collection_field(q->from, name), *i18n = &q->from->fields[META_I18N];
    f = !f && str_equal(name, i18n->name) ? i18n : f;
    must(f != NULL);
    q->outputs[q->output_count] = (struct output){.field = f};
    return &q->outputs[q->output_count++];
}

static struct query *new_query(struct engine_bench *b, const struct collection *c)
{
    struct query *q = NEW(b->arena, struct query);
    *q = (struct query){.from = c, .limit = LIMIT_ROWS};
    q->outputs = NEW_N(b->arena, struct output, c->field_count);
    return q;
}

/* "a.b.c": as many levels of branches as there are dots. */
static void add_output(struct engine_bench *b, struct query *q, str path)
{
    str head, rest;
    bool deeper = str_cut(path, '.', &head, &rest);
    struct output *o = output_of(q, head);
    if (!deeper)
        return;
    if (!o->branch)
        o->branch = new_query(b, o->field->to);
    add_output(b, o->branch, rest);
}

static void add_sort(struct query *q, str list)
{
    str piece;
    bool ended = false;
    while (str_next(&list, &ended, ',', &piece)) {
        bool down = str_starts(piece, S("-"));
        const struct field *f = collection_field(q->from, str_slice(piece, down, piece.len));
        must(f != NULL && q->sort_count < LIMIT_SORT_KEYS);
        q->sort[q->sort_count++] = (struct sort){.by = f, .down = down};
    }
}

struct query *bench_query(struct engine_bench *b, const char *collection, const char *filter, const char *sort,
                          const char *fields)
{
    struct query *q = new_query(b, bench_collection(b, collection));
    str list = str_of(fields ? fields : "_id"), piece;
    bool ended = false;
    if (filter)
        q->where = bench_filter(b, collection, filter);
    if (sort)
        add_sort(q, str_of(sort));
    while (str_next(&list, &ended, ',', &piece))
        add_output(b, q, piece);
    return q;
}

struct plan *bench_plan(struct engine_bench *b, struct query *q)
{
    struct plan *p = NULL;
    b->why = (struct problem){.arena = b->arena};
    need(b, plan_server(b->arena, &b->vars, q, &p, &b->why));
    return p;
}

struct feed {
    struct row_sink sink; /* first */
    struct receiver *receiver;
    const struct plan_node *node;
};

static enum err feed_row(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct feed *f = (struct feed *)(void *)self;
    return f->receiver->row(f->receiver, f->node, row, why);
}

str bench_read(struct engine_bench *b, const struct plan *p, enum err *e)
{
    struct item_list items;
    struct txn *t = NULL;
    item_list_init(&items, b->arena);
    b->why = (struct problem){.arena = b->arena};
    struct feed f = {{feed_row}, &items.receiver, p->root};
    *e = b->ops->begin(b->engine, TXN_READ, &t, &b->why);
    if (*e == ERR_OK)
        *e = b->ops->read(t, p, NULL, &f.sink, &b->why);
    b->ops->abandon(t);
    if (*e != ERR_OK)
        return S("");
    struct json list = json_of_list(items.items, items.count);
    return json_print(b->arena, &list);
}

str bench_list(struct engine_bench *b, const char *collection, const char *filter, const char *sort, const char *fields)
{
    enum err e = ERR_OK;
    str text = bench_read(b, bench_plan(b, bench_query(b, collection, filter, sort, fields)), &e);
    need(b, e);
    return text;
}

struct count_sink {
    struct row_sink sink; /* first */
    int64_t count;
};

static enum err take_count(struct row_sink *self, const struct row *row, struct problem *why)
{
    (void)why;
    must(row->count == 1 && row->cells[0].type == CELL_INT);
    ((struct count_sink *)(void *)self)->count = row->cells[0].integer;
    return ERR_OK;
}

uint64_t bench_count(struct engine_bench *b, const char *collection, const char *filter)
{
    struct query *q = bench_query(b, collection, filter, NULL, NULL);
    struct count_sink s = {.sink = {take_count}};
    struct txn *t = NULL;
    q->count = COUNT_ONLY;
    need(b, b->ops->begin(b->engine, TXN_READ, &t, &b->why));
    need(b, b->ops->read(t, bench_plan(b, q), NULL, &s.sink, &b->why));
    b->ops->abandon(t);
    return (uint64_t)s.count;
}

#include "content/journal/reads.h"

#include "base/limits.h"
#include "base/time.h"
#include "content/aggregate/expression.h"
#include "content/internal.h"
#include "content/model/view.h"
#include "content/query/groups.h"

/* What was seen of one collection. */
struct seen_items {
    const struct collection *in;      /* never a view: its source */
    field_set fields;                 /* of what is watched */
    bool asked;                       /* by a condition, an order, a group: the answer tells of it even without an item */
    uint64_t count;
    str *ids;
    size_t id_count, id_room;
    struct seen_items *next;
};

struct reads {
    struct arena *arena;
    struct seen_items *list;
};

bool reads_watch_field(const struct field *f)
{
    const struct field *const *inputs = NULL;
    size_t count = f->computed ? expression_fields(f->computed, &inputs) : 0;
    bool watched = f->audit_reads || (f->in && f->in->audit_reads && !f->is_meta);
    for (size_t i = 0; i < count && !watched; i++)
        watched = inputs[i]->audit_reads;
    return watched;
}

bool reads_watch_items(const struct collection *c)
{
    const struct collection *source = c->view ? c->view->from : c;
    bool watched = source->audit_reads;
    for (size_t i = META_COUNT; i < c->field_count && !watched; i++)
        watched = reads_watch_field(&c->fields[i]);
    return watched;
}

static const struct collection *source_of(const struct collection *c)
{
    return c->view ? c->view->from : c;
}

static struct seen_items *items_of(struct reads *r, const struct collection *c)
{
    struct seen_items *s = r->list;
    while (s && s->in != source_of(c))
        s = s->next;
    if (s)
        return s;
    s = NEW(r->arena, struct seen_items);
    *s = (struct seen_items){.in = source_of(c), .next = r->list};
    r->list = s;
    return s;
}

/* A view has its source's fields under other names. */
static void add_field(struct reads *r, const struct field *f, bool asked)
{
    const struct collection *source = source_of(f->in);
    struct seen_items *s = items_of(r, f->in);
    for (size_t i = 0; i < source->field_count; i++)
        if (source->fields[i].id == f->id && source->fields[i].is_meta == f->is_meta)
            field_set_add(&s->fields, i);
    s->asked |= asked;
}

static bool is_watched(const struct field *f)
{
    return f->in && !f->via && (reads_watch_field(f) || (f->in->view && source_of(f->in)->audit_reads && !f->is_meta));
}

static enum err see_asked(void *self, const struct field *f, const struct filter *at)
{
    struct reads *r = self;
    (void)at;
    if (is_watched(f))
        add_field(r, f, true);
    return ERR_OK;
}

static void see_sort(struct reads *r, const struct query *q)
{
    for (size_t i = 0; i < q->sort_count; i++)
        if (is_watched(q->sort[i].by))
            add_field(r, q->sort[i].by, true);
}

static void see_groups(struct reads *r, const struct grouping *g)
{
    for (size_t i = 0; g && i < g->key_count; i++)
        if (is_watched(g->keys[i].field))
            add_field(r, g->keys[i].field, true);
    for (size_t i = 0; g && i < g->value_count; i++)
        if (g->values[i].field && is_watched(g->values[i].field))
            add_field(r, g->values[i].field, true);
}

static void see_node(struct reads *r, const struct plan_node *n)
{
    for (size_t i = 0; i < n->output_count; i++)
        if (is_watched(n->outputs[i].output->field))
            add_field(r, n->outputs[i].output->field, false);
    if (n->where)
        err_ignored(filter_each_field(n->where, see_asked, r));
    see_sort(r, n->query);
    see_groups(r, n->query->groups);
    for (size_t i = 0; i < n->searched_count; i++)
        if (is_watched(n->searched[i]))
            add_field(r, n->searched[i], true);
    for (size_t i = 0; i < n->branch_count; i++)
        see_node(r, n->branches[i]);
}

struct reads *reads_begin(struct arena *a, const struct model *m)
{
    struct reads *r = NEW(a, struct reads);
    r->arena = a;
    return m->watches_reads ? r : NULL;
}

struct reads *reads_of_plan(struct arena *a, const struct plan *p)
{
    struct reads *r = p->side == PLAN_PRINCIPAL ? reads_begin(a, p->rights->model) : NULL;
    if (r)
        see_node(r, p->root);
    return r && (r->list || p->root->audit) ? r : NULL;
}

/* ---- rows ---- */

static void add_id(struct reads *r, struct seen_items *s, str id)
{
    s->count++;
    if (s->id_count == LIMIT_READ_NOTE_IDS)
        return;
    if (s->id_count == s->id_room) {
        size_t room = s->id_room ? s->id_room * 2 : 16;
        s->ids = arena_grow(r->arena, s->ids, s->id_room * sizeof *s->ids, room * sizeof *s->ids);
        s->id_room = room;
    }
    s->ids[s->id_count++] = arena_copy(r->arena, id);
}

struct watched_row {
    struct row row; /* first */
    const struct row *inner;
    struct reads *reads;
    const struct plan_node *node;
};

struct watched_sink {
    struct row_sink sink; /* first */
    struct row_sink *into;
    struct reads *reads;
    const struct plan_node *node;
};

static void count_row(struct reads *r, const struct plan_node *n, const struct row *row)
{
    struct seen_items *s = r->list;
    while (s && s->in != source_of(n->query->from))
        s = s->next;
    for (size_t i = 0; s && !n->ids_only && !n->count_only && !n->query->groups && i < n->column_count; i++)
        if (n->columns[i]->is_meta && n->columns[i]->index == META_ID && row->cells[i].type == CELL_TEXT) {
            add_id(r, s, row->cells[i].text);
            return;
        }
}

static enum err run_watched(const struct row *row, size_t branch, struct row_sink *into, struct problem *why);
static enum err run_watched_at(const struct row *row, size_t branch, str reference, struct row_sink *into, struct problem *why);

static struct watched_row watched(struct reads *r, const struct plan_node *n, const struct row *row)
{
    return (struct watched_row){.row = {.cells = row->cells, .count = row->count, .branch = run_watched, .branch_at = run_watched_at},
                                .inner = row, .reads = r, .node = n};
}

static enum err take_watched(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct watched_sink *s = (struct watched_sink *)(void *)self;
    struct watched_row w = watched(s->reads, s->node, row);
    w.row.engine = &w;
    count_row(s->reads, s->node, row);
    return s->into->row(s->into, &w.row, why);
}

static enum err run_watched(const struct row *row, size_t branch, struct row_sink *into, struct problem *why)
{
    const struct watched_row *w = row->engine;
    struct watched_sink s = {{take_watched}, into, w->reads, w->node->branches[branch]};
    return w->inner->branch(w->inner, branch, &s.sink, why);
}

static enum err run_watched_at(const struct row *row, size_t branch, str reference, struct row_sink *into, struct problem *why)
{
    const struct watched_row *w = row->engine;
    struct watched_sink s = {{take_watched}, into, w->reads, w->node->branches[branch]};
    return w->inner->branch_at(w->inner, branch, reference, &s.sink, why);
}

struct row *reads_row(struct reads *r, const struct plan_node *node, const struct row *row)
{
    struct watched_row *w = NEW(r->arena, struct watched_row);
    *w = watched(r, node, row);
    w->row.engine = w;
    count_row(r, node, row);
    return &w->row;
}

void reads_image(struct reads *r, const struct collection *c, str id, const struct json *shown)
{
    bool some = false;
    for (size_t i = META_COUNT; r && shown && i < c->field_count; i++)
        if (is_watched(&c->fields[i]) && json_get(shown, c->fields[i].name)) {
            add_field(r, &c->fields[i], false);
            some = true;
        }
    if (some)
        add_id(r, items_of(r, c), id);
}

/* ---- the note ---- */

static struct json names_of(struct arena *a, const struct seen_items *s)
{
    struct json *names = NEW_N(a, struct json, s->in->field_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < s->in->field_count; i++)
        if (field_set_has(&s->fields, i))
            names[count++] = json_of_text(s->in->fields[i].name);
    return json_of_list(names, count);
}

static str details(struct arena *a, const struct seen_items *s, const struct actor *actor)
{
    struct json *m = NEW_N(a, struct json, 4), *ids = NEW_N(a, struct json, s->id_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < s->id_count; i++)
        ids[i] = json_of_text(s->ids[i]);
    if (!str_is_absent(actor->vars.ip))
        m[count++] = json_named(S("address"), json_of_text(actor->vars.ip));
    m[count++] = json_named(S("count"), json_of_int((int64_t)s->count));
    m[count++] = json_named(S("fields"), names_of(a, s));
    m[count++] = json_named(S("items"), json_of_list(ids, s->id_count));
    struct json all = json_of_map(m, count);
    return json_print(a, &all);
}

enum err reads_note(struct content *c, struct reads *r, const struct actor *actor, struct problem *why)
{
    size_t most = 0, count = 0;
    if (!r || actor->is_server)
        return ERR_OK;
    for (const struct seen_items *s = r->list; s; s = s->next)
        most++;
    struct entry *entries = NEW_N(r->arena, struct entry, most + 1);
    for (const struct seen_items *s = r->list; s; s = s->next)
        if (s->count > 0 || s->asked)
            entries[count++] = (struct entry){.at_ms = time_now_ms(), .who = actor->label, .via = actor->via,
                                              .request_id = actor->request_id, .user = actor->vars.user,
                                              .collection = s->in->name, .item = s->count == 1 ? s->ids[0] : (str){0},
                                              .verb = NOTE_ITEMS_READ, .after = details(r->arena, s, actor)};
    if (count == 0)
        return ERR_OK;
    struct problem own = {.arena = why->arena};
    enum err e = journal_note(c, entries, count, &own);
    if (e == ERR_OK)
        return ERR_OK;
    why->retry_after_s = own.retry_after_s;
    e = err_facts(e)->http_status < 500 ? ERR_UNAVAILABLE : e; /* it is no fault of who reads */
    return problem_set(why, e, "What is asked for is shown only with a note in the journal, and that could not be written: " STR_FMT,
                       STR_ARG(own.text));
}

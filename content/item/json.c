/* Rows to JSON. Two receivers: one writes text straight from the cursor, one builds trees for code that
 * has to look at items. Both follow the plan's outputs in order and pull branches as they come to them. */
#include "content/item/json.h"

#include "content/item/parts.h"
#include "content/kind.h"
#include "content/languages/translated.h"
#include "content/plan/fragments.h"
#include "content/search/excerpt.h"
#include "content/search/search.h"
#include "content/store/engine.h"

static struct item_writer *writer_of(struct receiver *r)
{
    return (struct item_writer *)(void *)r;
}

/* A tree's "_pid" refers too, and stays the plain id that clients know it as (contract 5). */
static bool is_reference(const struct field *f)
{
    return (f->kind->flags & KIND_REF) && !f->is_meta;
}

/* What a stored reference says: the collection's name and the id. "posts/<id>" names the first itself. */
static str reference_model(const struct field *f, str *id)
{
    str model = f->to ? f->to->name : (str){0};
    if (field_is_polymorphic(f))
        (void)str_cut(*id, '/', &model, id);
    return model;
}

static void write_reference(struct json_writer *w, const struct field *f, str id)
{
    str model = reference_model(f, &id);
    json_map_open(w);
    json_name_ready(w, S("\"_model\":"));
    json_text(w, model);
    json_name_ready(w, S("\"_id\":"));
    json_text(w, id);
    json_map_close(w);
}

static enum err write_item(struct item_writer *w, const struct plan_node *node, const struct row *row,
                           struct problem *why);

/* Feeds the rows of one branch to the same writer. */
struct branch_sink {
    struct row_sink sink; /* first */
    struct item_writer *writer;
    const struct plan_node *node;
    uint32_t rows;
    bool in_list;              /* each row is an element; else the value behind a name */
};

/* The target of a reference to one of several collections: from the branch that it leads into, the others have no
 * row. *found stays 0 when it is not there, or not for this caller. */
struct span {
    size_t first, count;
};
static enum err write_mixed(struct item_writer *w, const struct plan_node *node, const struct row *row, struct span of,
                            str reference, uint32_t *found, struct problem *why);

static enum err branch_row(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct branch_sink *b = (struct branch_sink *)(void *)self;
    b->rows++;
    if (b->node->ids_only) {
        uint32_t found = 0;
        TRY(write_mixed(b->writer, b->node, row, (struct span){0, b->node->branch_count}, row->cells[0].text, &found, why));
        if (found == 0)
            write_reference(b->writer->to, b->node->along, row->cells[0].text);
        return ERR_OK;
    }
    if (b->node->hop == HOP_ONE && !b->in_list)
        json_raw_value(b->writer->to);
    return write_item(b->writer, b->node, row, why);
}

static enum err write_mixed(struct item_writer *w, const struct plan_node *node, const struct row *row, struct span of,
                            str reference, uint32_t *found, struct problem *why)
{
    for (size_t i = of.first; i < of.first + of.count && *found == 0; i++) {
        const struct plan_node *branch = node->branches[i];
        struct branch_sink sink = {{branch_row}, w, branch, 0, node->ids_only};
        str id = reference_id(reference, branch->along->to);
        if (str_is_absent(id))
            continue;
        if (!sink.in_list && fragment_take(branch, 0, id, w->to->out)) {
            *found = 1;
            return ERR_OK;
        }
        size_t start = w->to->out->len;
        TRY(row->branch(row, i, &sink.sink, why));
        *found = sink.rows;
        if (!sink.in_list && sink.rows > 0 && !w->to->out->failed)
            fragment_keep(branch, 0, id, str_slice(buf_str(w->to->out), start, w->to->out->len));
    }
    return ERR_OK;
}

/* {"title":1,"rows.price":1} of a deep value: only the named members, in the value's own order. */
static struct json keep_members(struct arena *a, const struct json *v, const str *keep, size_t count, unsigned depth);

static bool kept(str name, const str *keep, size_t count, str *rests, size_t *rest_count, bool *whole)
{
    *rest_count = 0;
    *whole = false;
    for (size_t i = 0; i < count; i++) {
        str head, tail;
        bool deeper = str_cut(keep[i], '.', &head, &tail);
        if (!str_equal(head, name))
            continue;
        if (!deeper)
            *whole = true;
        else
            rests[(*rest_count)++] = tail;
    }
    return *whole || *rest_count > 0;
}

static struct json keep_members(struct arena *a, const struct json *v, const str *keep, size_t count, unsigned depth)
{
    if ((v->type != JSON_MAP && v->type != JSON_LIST) || depth == 0)
        return *v;
    struct json *items = NEW_N(a, struct json, v->count);
    size_t n = 0;
    str *rests = NEW_N(a, str, count);
    for (uint32_t i = 0; i < v->count; i++) {
        const struct json *member = &v->items[i];
        if (v->type == JSON_LIST) {
            items[n++] = keep_members(a, member, keep, count, depth - 1);
            continue;
        }
        size_t rest_count;
        bool whole;
        if (!kept(member->name, keep, count, rests, &rest_count, &whole))
            continue;
        struct json value = whole ? *member : keep_members(a, member, rests, rest_count, depth - 1);
        items[n++] = json_named(member->name, value);
    }
    return v->type == JSON_LIST ? json_of_list(items, n) : json_of_map(items, n);
}

/* The bytes of a reference's beginning are the same for every row: {"_model":"authors","_id": */
static void raw_reference(struct buf *b, const struct field *f, str id)
{
    str model = reference_model(f, &id);
    buf_add(b, S("{\"_model\":"));
    buf_json_text(b, model);
    buf_add(b, S(",\"_id\":"));
    buf_json_text(b, id);
    buf_byte(b, '}');
}

static bool is_markup(const struct field *f)
{
    return str_equal(f->kind->name, S("richtext"));
}

static enum err populate_inside(const struct item_list *style, const struct plan_node *node, const struct row *row,
                                const struct plan_output *po, struct json *document, struct problem *why);

/* A document with targets in place of references: as a tree, for there is no telling where they stand. */
static enum err write_document(struct item_writer *w, const struct plan_node *node, const struct row *row,
                               const struct plan_output *po, struct problem *why)
{
    struct item_list style = {.arena = why->arena, .references = true};
    struct json tree = kind_value(why->arena, po->output->field, &row->cells[po->column]);
    if (po->output->keep_count)
        tree = keep_members(why->arena, &tree, po->output->keep, po->output->keep_count, 8);
    TRY(populate_inside(&style, node, row, po, &tree, why));
    json_raw_value(w->to);
    json_value(w->to, &tree);
    return ERR_OK;
}

/* One value behind its name, written by hand where the cell says all (most do), else by the kind. */
static void write_cell(struct item_writer *w, const struct output *o, const struct cell *cell, struct problem *why)
{
    const struct field *f = o->field;
    struct buf *b = w->to->out;
    enum column column = f->kind->column;
    if (cell->type == CELL_TEXT && o->excerpt) {
        buf_json_text(b, excerpt_of(why->arena, cell->text, is_markup(f), o->excerpt, o->ellipsis));
    } else if (cell->type == CELL_TEXT && is_reference(f)) {
        raw_reference(b, f, cell->text);
    } else if (cell->type == CELL_TEXT && o->keep_count) {
        struct json tree = kind_value(why->arena, f, cell);
        tree = keep_members(why->arena, &tree, o->keep, o->keep_count, 8);
        json_raw_value(w->to);
        json_value(w->to, &tree);
    } else if (cell->type == CELL_TEXT && column == COLUMN_JSON) {
        buf_add(b, cell->text);
    } else if (cell->type == CELL_TEXT) {
        buf_json_text(b, cell->text);
    } else if (cell->type == CELL_NULL) {
        buf_add(b, S("null"));
    } else if (cell->type == CELL_INT && (column == COLUMN_INTEGER || column == COLUMN_NUMBER)) {
        buf_i64(b, cell->integer);
    } else {
        json_raw_value(w->to);
        kind_write(w->to, f, cell);
    }
}

static enum err write_mixed_one(struct item_writer *w, const struct plan_node *node, const struct row *row,
                                const struct plan_output *po, struct problem *why)
{
    const struct cell *reference = &row->cells[po->column];
    uint32_t found = 0;
    if (reference->type == CELL_TEXT)
        TRY(write_mixed(w, node, row, (struct span){(size_t)po->branch, po->branch_count}, reference->text, &found, why));
    if (found == 0)
        write_cell(w, po->output, reference, why);
    return ERR_OK;
}

/* A localised field in every language. */
static void write_languages(struct item_writer *w, const struct plan_node *node, const struct row *row,
                            const struct plan_output *po, struct problem *why)
{
    const struct output *o = po->output;
    struct json map = languages_of(why->arena, node, row, o->field, &row->cells[po->column]);
    if (o->keep_count) {
        struct json *kept = NEW_N(why->arena, struct json, map.count);
        for (uint32_t i = 0; i < map.count; i++)
            kept[i] = json_named(map.items[i].name,
                                 keep_members(why->arena, &map.items[i], o->keep, o->keep_count, 8));
        map.items = kept;
    }
    json_raw_value(w->to);
    json_value(w->to, &map);
}

static enum err write_branch(struct item_writer *w, const struct plan_node *node, const struct row *row,
                             const struct plan_output *po, struct problem *why)
{
    const struct plan_node *branch = node->branches[po->branch];
    struct branch_sink sink = {{branch_row}, w, branch, 0, false};
    if (branch->hop == HOP_ONE && field_leads_into(branch->along))
        return write_mixed_one(w, node, row, po, why);
    if (branch->hop != HOP_ONE) {
        json_raw_value(w->to);
        json_list_open(w->to);
        TRY(row->branch(row, (size_t)po->branch, &sink.sink, why));
        json_list_close(w->to);
        return ERR_OK;
    }
    const struct cell *id = &row->cells[po->column];
    if (id->type == CELL_TEXT && fragment_take(branch, 0, id->text, w->to->out))
        return ERR_OK;
    size_t start = w->to->out->len;
    if (id->type != CELL_NULL)
        TRY(row->branch(row, (size_t)po->branch, &sink.sink, why));
    if (sink.rows > 0 && !w->to->out->failed)
        fragment_keep(branch, 0, id->text, str_slice(buf_str(w->to->out), start, w->to->out->len));
    if (sink.rows == 0) /* not there, or not for this caller: the reference stays a reference */
        write_cell(w, po->output, id, why);
    return ERR_OK;
}

/* Behind the columns stand the score and the position, then what highlight and snippet show. */
static size_t first_mark(const struct plan_node *node)
{
    return node->column_count + node->far_keys + node->ranked + node->with_position;
}

static bool shows_score(const struct plan_node *node)
{
    return node->search->wants_score && node->ranked;
}

static void write_search(struct buf *b, const struct plan_node *node, const struct row *row, bool *some)
{
    const struct search *s = node->search;
    if (shows_score(node)) {
        buf_add(b, *some ? S(",\"_score\":") : S("\"_score\":"));
        buf_double(b, row->cells[node->column_count].real);
        *some = true;
    }
    if (s->mark_count == 0)
        return;
    buf_add(b, *some ? S(",\"_highlight\":{") : S("\"_highlight\":{"));
    *some = true;
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct cell *cell = &row->cells[first_mark(node) + i];
        buf_add(b, i ? S(",") : S(""));
        buf_add(b, s->marks[i].field->json_name);
        if (cell->type == CELL_TEXT)
            buf_json_text(b, cell->text);
        else
            buf_add(b, S("null"));
    }
    buf_byte(b, '}');
}

enum err output_write(struct json_writer *to, const struct plan_node *node, const struct row *row,
                      const struct plan_output *po, struct problem *why)
{
    struct item_writer w = {.to = to};
    if (po->branch >= 0)
        return write_branch(&w, node, row, po, why);
    if (shows_languages(node, po->output->field))
        write_languages(&w, node, row, po, why);
    else if (po->inner_count > 0)
        return write_document(&w, node, row, po, why);
    else
        write_cell(&w, po->output, &row->cells[po->column], why);
    return ERR_OK;
}

static enum err write_item(struct item_writer *w, const struct plan_node *node, const struct row *row,
                           struct problem *why)
{
    struct buf *b = json_raw_map_open(w->to);
    for (size_t i = 0; i < node->output_count; i++) {
        const struct plan_output *po = &node->outputs[i];
        if (i > 0)
            buf_byte(b, ',');
        if (po->output->alias.at) {
            buf_json_text(b, po->output->alias);
            buf_byte(b, ':');
        } else {
            buf_add(b, po->output->field->json_name);
        }
        TRY(output_write(w->to, node, row, po, why));
    }
    bool some = node->output_count > 0;
    struct json fallbacks;
    if (node->with_draft && row->cells[row->count - 1].integer) {
        buf_add(b, some ? S(",\"_draft\":true") : S("\"_draft\":true"));
        some = true;
    }
    if (fallbacks_of(why->arena, node, row, &fallbacks)) {
        buf_add(b, some ? S(",\"_locale\":") : S("\"_locale\":"));
        some = true;
        json_raw_value(w->to);
        json_value(w->to, &fallbacks);
    }
    if (node->search)
        write_search(b, node, row, &some);
    if (node->query->with_model) {
        buf_add(b, some ? S(",\"_model\":") : S("\"_model\":"));
        buf_json_text(b, node->query->from->name);
    }
    json_raw_map_close(w->to);
    return w->to->out->failed ? problem_set(why, ERR_TOO_LARGE, "The answer is larger than this server sends") : ERR_OK;
}

static void remember_item(struct item_writer *w, const struct plan_node *node, const struct row *row)
{
    for (size_t i = 0; i < node->column_count; i++) {
        const struct cell *cell = &row->cells[i];
        if (!node->columns[i]->is_meta)
            continue;
        if (node->columns[i]->index == META_REV && cell->type == CELL_INT)
            w->last_revision = (uint64_t)cell->integer;
        if (node->columns[i]->index == META_ID && cell->type == CELL_TEXT && cell->text.len <= sizeof w->last_id_bytes) {
            memcpy(w->last_id_bytes, cell->text.at, cell->text.len);
            w->last_id = (str){w->last_id_bytes, cell->text.len};
        }
    }
}

static enum err writer_row(struct receiver *self, const struct plan_node *node, const struct row *row,
                           struct problem *why)
{
    struct item_writer *w = writer_of(self);
    w->rows++;
    remember_item(w, node, row);
    return write_item(w, node, row, why);
}

void item_writer_init(struct item_writer *w, struct json_writer *to)
{
    *w = (struct item_writer){.receiver = {.row = writer_row}, .to = to};
}

/* Trees. References stay ids (the canonical form of an image) unless a branch was asked for. */
struct tree_sink {
    struct row_sink sink; /* first */
    struct item_list list;
    const struct plan_node *node;
};

static enum err row_tree(const struct item_list *style, const struct plan_node *node, const struct row *row,
                         struct json *out, struct problem *why);

static struct json reference(const struct item_list *style, const struct field *f, str id)
{
    if (!style->references)
        return json_of_text(arena_copy(style->arena, id));
    str model = reference_model(f, &id);
    struct json *members = NEW_N(style->arena, struct json, 2);
    members[0] = json_named(S("_model"), json_of_text(arena_copy(style->arena, model)));
    members[1] = json_named(S("_id"), json_of_text(arena_copy(style->arena, id)));
    return json_of_map(members, 2);
}

static struct json cell_tree(const struct item_list *style, const struct field *f, const struct cell *cell)
{
    if (is_reference(f) && cell->type == CELL_TEXT)
        return reference(style, f, cell->text);
    return kind_value(style->arena, f, cell);
}

static struct json value_tree(const struct item_list *style, const struct output *o, const struct cell *cell)
{
    if (o->excerpt && cell->type == CELL_TEXT)
        return json_of_text(excerpt_of(style->arena, cell->text, is_markup(o->field), o->excerpt, o->ellipsis));
    return cell_tree(style, o->field, cell);
}

static struct json *list_room(struct item_list *l)
{
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 8;
        l->items = arena_grow(l->arena, l->items, l->room * sizeof(struct json), room * sizeof(struct json));
        l->room = room;
    }
    return &l->items[l->count++];
}

static enum err one_tree(const struct item_list *style, const struct plan_node *node, const struct row *row, size_t branch,
                         struct json *out, bool *found, struct problem *why);

static enum err tree_row(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct tree_sink *t = (struct tree_sink *)(void *)self;
    struct json *into = list_room(&t->list);
    if (t->node->ids_only) {
        bool found = false;
        for (size_t i = 0; i < t->node->branch_count && !found; i++)
            TRY(one_tree(&t->list, t->node, row, i, into, &found, why));
        if (!found)
            *into = reference(&t->list, t->node->along, row->cells[0].text);
        return ERR_OK;
    }
    return row_tree(&t->list, t->node, row, into, why);
}

/* The one row of a branch; *found false: none. */
static enum err one_tree(const struct item_list *style, const struct plan_node *node, const struct row *row, size_t branch,
                         struct json *out, bool *found, struct problem *why)
{
    struct tree_sink sink = {.sink = {tree_row}, .node = node->branches[branch]};
    sink.list = (struct item_list){.arena = style->arena, .references = style->references};
    TRY(row->branch(row, branch, &sink.sink, why));
    *found = sink.list.count > 0;
    if (*found)
        *out = sink.list.items[0];
    return ERR_OK;
}

static enum err branch_tree(const struct item_list *style, const struct plan_node *node, const struct row *row,
                            const struct plan_output *po, struct json *out, struct problem *why)
{
    const struct plan_node *branch = node->branches[po->branch];
    struct tree_sink sink = {.sink = {tree_row}, .node = branch};
    sink.list = (struct item_list){.arena = style->arena, .references = style->references};
    bool found = false;
    if (branch->hop != HOP_ONE) {
        TRY(row->branch(row, (size_t)po->branch, &sink.sink, why));
        *out = json_of_list(sink.list.items, sink.list.count);
        return ERR_OK;
    }
    for (size_t i = 0; i < po->branch_count && !found && row->cells[po->column].type != CELL_NULL; i++)
        TRY(one_tree(style, node, row, (size_t)po->branch + i, out, &found, why));
    if (!found)
        *out = cell_tree(style, po->output->field, &row->cells[po->column]);
    return ERR_OK;
}

static void add_search(const struct item_list *style, const struct plan_node *node, const struct row *row,
                       struct json *item)
{
    const struct search *s = node->search;
    struct json *members = NEW_N(style->arena, struct json, item->count + 2);
    struct json *marks = NEW_N(style->arena, struct json, s->mark_count);
    size_t count = item->count;
    if (count > 0)
        memcpy(members, item->items, count * sizeof *members);
    if (shows_score(node))
        members[count++] = json_named(S("_score"), json_of_real(row->cells[node->column_count].real));
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct cell *cell = &row->cells[first_mark(node) + i];
        struct json text = cell->type == CELL_TEXT ? json_of_text(arena_copy(style->arena, cell->text)) : json_null;
        marks[i] = json_named(s->marks[i].field->name, text);
    }
    if (s->mark_count > 0)
        members[count++] = json_named(S("_highlight"), json_of_map(marks, s->mark_count));
    *item = json_of_map(members, count);
}

/* An output without a branch. */
struct json output_tree(struct arena *a, const struct plan_node *node, const struct row *row, const struct plan_output *po)
{
    struct item_list style = {.arena = a};
    if (shows_languages(node, po->output->field))
        return languages_of(a, node, row, po->output->field, &row->cells[po->column]);
    return value_tree(&style, po->output, &row->cells[po->column]);
}

struct document {
    const struct item_list *style;
    const struct plan_node *node;
    const struct row *row;
    const struct plan_output *output;
};

/* The target of a reference found inside, when there is one that the caller may see. */
static enum err populate_reference(const struct document *d, const struct field *member, struct json *v, struct problem *why)
{
    if (v->type != JSON_TEXT)
        return ERR_OK;
    for (size_t i = d->output->inner; i < d->output->inner + d->output->inner_count; i++) {
        const struct plan_node *branch = d->node->branches[i];
        struct tree_sink sink = {.sink = {tree_row}, .node = branch};
        if (branch->along != member && branch->along->via != member)
            continue;
        sink.list = (struct item_list){.arena = d->style->arena, .references = d->style->references};
        TRY(d->row->branch_at(d->row, i, v->text, &sink.sink, why));
        if (sink.list.count == 0)
            continue;
        *v = json_named(v->name, sink.list.items[0]);
        return ERR_OK;
    }
    return ERR_OK;
}

static const struct field *member_named(const struct field *f, const struct json *map, str name)
{
    const struct collection *c = f->member_count == 0 && f->of_count > 0 ? block_component(f, map) : NULL;
    const struct field *members = c ? c->fields + META_COUNT : f->members;
    size_t count = c ? c->field_count - META_COUNT : f->member_count;
    for (size_t i = 0; i < count; i++)
        if (str_equal(members[i].name, name))
            return &members[i];
    return NULL;
}

/* Depth: of the document, LIMIT_JSON_DEPTH. */
static enum err populate_value(const struct document *d, const struct field *f, struct json *v, struct problem *why)
{
    bool is_ref = f->kind->flags & KIND_REF;
    if (is_ref && v->type != JSON_LIST)
        return populate_reference(d, f, v, why);
    if (v->type != JSON_LIST && v->type != JSON_MAP)
        return ERR_OK;
    struct json *items = NEW_N(d->style->arena, struct json, v->count);
    for (uint32_t i = 0; i < v->count; i++) {
        items[i] = v->items[i];
        const struct field *member = v->type == JSON_LIST ? f : member_named(f, v, items[i].name);
        if (member)
            TRY(populate_value(d, member, &items[i], why));
    }
    v->items = items;
    return ERR_OK;
}

static enum err populate_inside(const struct item_list *style, const struct plan_node *node, const struct row *row,
                                const struct plan_output *po, struct json *document, struct problem *why)
{
    struct document d = {style, node, row, po};
    return populate_value(&d, po->output->field, document, why);
}

static enum err row_tree(const struct item_list *style, const struct plan_node *node, const struct row *row,
                         struct json *out, struct problem *why)
{
    struct json *members = NEW_N(style->arena, struct json, node->output_count + 3);
    size_t count = node->output_count;
    for (size_t i = 0; i < node->output_count; i++) {
        const struct plan_output *po = &node->outputs[i];
        struct json value;
        if (po->branch >= 0)
            TRY(branch_tree(style, node, row, po, &value, why));
        else if (shows_languages(node, po->output->field))
            value = languages_of(style->arena, node, row, po->output->field, &row->cells[po->column]);
        else
            value = value_tree(style, po->output, &row->cells[po->column]);
        if (po->inner_count > 0 && !shows_languages(node, po->output->field))
            TRY(populate_inside(style, node, row, po, &value, why));
        str name = po->output->alias.at ? po->output->alias : po->output->field->name;
        members[i] = json_named(name, value);
    }
    if (node->with_draft && row->cells[row->count - 1].integer)
        members[count++] = json_named(S("_draft"), json_of_bool(true));
    if (fallbacks_of(style->arena, node, row, &members[count]))
        members[count++].name = S("_locale");
    if (style->references && node->hop != HOP_ROOT && node->query->with_model)
        members[count++] = json_named(S("_model"), json_of_text(node->query->from->name));
    *out = json_of_map(members, count);
    if (node->search)
        add_search(style, node, row, out);
    return ERR_OK;
}

static enum err list_row(struct receiver *self, const struct plan_node *node, const struct row *row,
                         struct problem *why)
{
    struct item_list *l = (struct item_list *)(void *)self;
    struct json item;
    TRY(row_tree(l, node, row, &item, why));
    *list_room(l) = item;
    return ERR_OK;
}

void item_list_init(struct item_list *l, struct arena *a)
{
    *l = (struct item_list){.receiver = {.row = list_row}, .arena = a};
}

/* Rows for façades with a shape of their own. Values are written by json.c's code, so that all
 * façades agree. */
#include "content/item/view.h"

#include "content/item/parts.h"
#include "content/plan/cursor.h"
#include "content/plan/fragments.h"
#include "content/store/engine.h"

const struct query *item_query(const struct item_view *v)
{
    return v->node->query;
}

/* Outputs that may not be read were dropped from the plan: the others stand at their number or
 * before it. */
static const struct plan_output *planned(const struct item_view *v, size_t output)
{
    const struct plan_node *n = v->node;
    const struct output *wanted = &n->query->outputs[output];
    for (size_t i = output < n->output_count ? output + 1 : n->output_count; i-- > 0;)
        if (n->outputs[i].output == wanted)
            return &n->outputs[i];
    return NULL;
}

const struct cell *item_cell(const struct item_view *v, size_t output)
{
    const struct plan_output *po = planned(v, output);
    return po && po->column >= 0 ? &v->row->cells[po->column] : NULL;
}

struct json item_tree(const struct item_view *v, size_t output, struct arena *a)
{
    const struct plan_output *po = planned(v, output);
    return po && po->column >= 0 ? output_tree(a, v->node, v->row, po) : json_null;
}

enum err item_write(const struct item_view *v, size_t output, struct buf *out, struct problem *why)
{
    const struct plan_output *po = planned(v, output);
    struct json_writer inside = {.out = out, .depth = 1, .maps = 1}; /* behind a name of a map */
    if (!po) {
        buf_add(out, S("null"));
        return ERR_OK;
    }
    return output_write(&inside, v->node, v->row, po, why);
}

/* Rows of a branch to a façade's sink. Links into several collections come as references: each
 * leads into one branch. */
struct view_sink {
    struct row_sink sink; /* first */
    struct item_sink *to;
    const struct plan_node *node;
};

static enum err view_row(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct view_sink *s = (struct view_sink *)(void *)self;
    if (!s->node->ids_only)
        return s->to->item(s->to, &(struct item_view){s->node, row}, why);
    for (size_t i = 0; i < s->node->branch_count; i++) {
        struct view_sink target = {{view_row}, s->to, s->node->branches[i]};
        TRY(row->branch(row, i, &target.sink, why));
    }
    return ERR_OK;
}

static bool leads_somewhere(const struct item_view *v, const struct plan_output *po)
{
    if (!po || po->branch < 0)
        return false;
    bool is_one = v->node->branches[po->branch]->hop == HOP_ONE;
    return !is_one || v->row->cells[po->column].type == CELL_TEXT;
}

enum err item_each(const struct item_view *v, size_t output, struct item_sink *into,
                   struct problem *why)
{
    const struct plan_output *po = planned(v, output);
    for (size_t i = 0; leads_somewhere(v, po) && i < po->branch_count; i++) {
        size_t branch = (size_t)po->branch + i;
        struct view_sink sink = {{view_row}, into, v->node->branches[branch]};
        TRY(v->row->branch(v->row, branch, &sink.sink, why));
    }
    return ERR_OK;
}

enum err item_inside(const struct item_view *v, size_t output, size_t k, str reference,
                     struct item_sink *into, struct problem *why)
{
    const struct plan_output *po = planned(v, output);
    const struct query *wanted = v->node->query->outputs[output].inside[k].query;
    for (size_t i = 0; po && i < po->inner_count; i++) {
        size_t branch = po->inner + i;
        struct view_sink sink = {{view_row}, into, v->node->branches[branch]};
        if (sink.node->query == wanted)
            return v->row->branch_at(v->row, branch, reference, &sink.sink, why);
    }
    return ERR_OK;
}

struct count_sink {
    struct row_sink sink; /* first */
    uint64_t total;
};

static enum err count_row(struct row_sink *self, const struct row *row, struct problem *why)
{
    (void)why;
    must(row->cells[0].type == CELL_INT);
    ((struct count_sink *)(void *)self)->total += (uint64_t)row->cells[0].integer;
    return ERR_OK;
}

enum err item_count(const struct item_view *v, size_t output, uint64_t *out, struct problem *why)
{
    const struct plan_output *po = planned(v, output);
    struct count_sink sink = {{count_row}, 0};
    if (po && po->branch >= 0) {
        must(v->node->branches[po->branch]->count_only || v->node->branches[po->branch]->ids_only);
        if (v->node->branches[po->branch]->count_only)
            TRY(v->row->branch(v->row, (size_t)po->branch, &sink.sink, why));
    }
    *out = sink.total;
    return ERR_OK;
}

/* The branch of a reference that leads to one collection, and the id. */
static const struct plan_node *single_branch(const struct item_view *v, size_t output, str *id)
{
    const struct plan_output *po = planned(v, output);
    if (!leads_somewhere(v, po) || po->branch_count != 1)
        return NULL;
    const struct plan_node *branch = v->node->branches[po->branch];
    if (branch->hop != HOP_ONE || field_leads_into(branch->along))
        return NULL;
    *id = v->row->cells[po->column].text;
    return branch;
}

bool item_recall(const struct item_view *v, size_t output, uint64_t shape, struct buf *out)
{
    str id;
    const struct plan_node *branch = single_branch(v, output, &id);
    must(shape != 0);
    return branch && fragment_take(branch, shape, id, out);
}

void item_remember(const struct item_view *v, size_t output, uint64_t shape, str text)
{
    str id;
    const struct plan_node *branch = single_branch(v, output, &id);
    if (branch)
        fragment_keep(branch, shape, id, text);
}

static void stands_at(const struct item_view *v, struct item_place *out)
{
    must(v->node->with_position && v->node->crypt);
    out->node = v->node;
    out->count = plan_keys(v->node, v->row->cells, out->keys);
}

enum err item_cursor(const struct item_view *v, struct arena *a, str *out)
{
    struct item_place p;
    stands_at(v, &p);
    return item_place_cursor(&p, a, out);
}

void item_place(const struct item_view *v, struct arena *a, struct item_place *out)
{
    struct buf *texts = &out->texts;
    size_t room = 0;
    stands_at(v, out);
    for (size_t i = 0; i < out->count; i++)
        room += out->keys[i].type == CELL_TEXT ? out->keys[i].text.len : 0;
    if (!texts->arena)
        buf_init(texts, a, SIZE_MAX / 4);
    buf_clear(texts);
    must(buf_room(texts, room) != NULL); /* keys point into it: it stays where it is */
    for (size_t i = 0; i < out->count; i++) {
        struct cell *key = &out->keys[i];
        if (key->type != CELL_TEXT)
            continue;
        buf_add(texts, key->text);
        key->text.at = texts->at + texts->len - key->text.len;
    }
}

enum err item_place_cursor(const struct item_place *p, struct arena *a, str *out)
{
    return cursor_seal(a, p->node->crypt, p->node->query, p->keys, p->count, out);
}

bool item_is_draft(const struct item_view *v)
{
    return v->node->with_draft && v->row->cells[v->row->count - 1].integer != 0;
}

double item_score(const struct item_view *v)
{
    return v->node->search && v->node->ranked ? v->row->cells[v->node->column_count].real : 0;
}

static enum err hand_on(struct receiver *self, const struct plan_node *node, const struct row *row,
                        struct problem *why)
{
    struct item_views *r = (struct item_views *)(void *)self;
    return r->to->item(r->to, &(struct item_view){node, row}, why);
}

void item_views_init(struct item_views *r, struct item_sink *to)
{
    *r = (struct item_views){.receiver = {.row = hand_on}, .to = to};
}

/* Pending versions at rest: rows, cells, who sees them, and what follows when the model changes. */
#include "content/publish/drafts.h"

#include "base/limits.h"
#include "content/kind.h"

bool verb_is_pending(str verb)
{
    return str_equal(verb, VERB_DRAFT) || str_equal(verb, VERB_DISCARD);
}

size_t draft_slot(str collection)
{
    return (size_t)((str_hash(collection) * 0x9E3779B97F4A7C15u >> 7) % VERSION_SLOTS);
}

struct pending_sink {
    struct row_sink sink; /* first */
    struct arena *arena;
    const struct pending *out;
};

static enum err take_pending(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct pending_sink *s = (struct pending_sink *)(void *)self;
    struct pending *p = NEW(s->arena, struct pending);
    const struct cell *c = row->cells;
    TRY(json_read(s->arena, arena_copy(s->arena, c[0].text), NULL, S("drafts"), &p->cells, why));
    p->revision = (uint64_t)c[1].integer;
    p->modified = c[2].integer;
    p->author = c[3].type == CELL_TEXT ? arena_copy(s->arena, c[3].text) : (str){0};
    s->out = p;
    return ERR_OK;
}

enum err pending_read(struct work *w, const struct collection *c, str id, const struct pending **out, struct problem *why)
{
    struct pending_sink s = {.sink = {take_pending}, .arena = w->arena};
    struct cell key[] = {CELL_OF_TEXT(c->name), CELL_OF_TEXT(id)};
    struct fixed_call call = {FIXED_draft_get, key, COUNTOF(key)};
    TRY(w->content->ops->read(w->txn, NULL, &call, &s.sink, why));
    *out = s.out;
    return ERR_OK;
}

enum err pending_put(struct work *w, const struct collection *c, str id, const struct pending *p, struct problem *why)
{
    struct cell row[] = {CELL_OF_TEXT(c->name),
                         CELL_OF_TEXT(id),
                         CELL_OF_TEXT(json_print(w->arena, p->cells)),
                         CELL_OF_INT((int64_t)p->revision),
                         CELL_OF_INT(p->modified),
                         str_is_absent(p->author) ? CELL_OF_NULL : CELL_OF_TEXT(p->author)};
    return fixed_write(w->content, w->txn, FIXED_draft_put, row, COUNTOF(row), why);
}

enum err pending_drop(struct work *w, const struct collection *c, str id, struct problem *why)
{
    struct cell key[] = {CELL_OF_TEXT(c->name), CELL_OF_TEXT(id)};
    return fixed_write(w->content, w->txn, FIXED_draft_drop, key, COUNTOF(key), why);
}

static str cell_name(struct arena *a, const struct field *f)
{
    return arena_format(a, "%u", f->id);
}

static bool is_linked(const struct field *f)
{
    return f->many && (f->kind->flags & KIND_REF);
}

bool pending_value(struct arena *a, const struct pending *p, const struct field *f, struct json *out)
{
    const struct json *v = json_get(p->cells, cell_name(a, f));
    struct cell cell = CELL_OF_NULL;
    if (!v)
        return false;
    if (is_linked(f)) {
        *out = *v;
        out->name = (str){0};
        return true;
    }
    if (v->type == JSON_TEXT)
        cell = CELL_OF_TEXT(v->text);
    else if (v->type == JSON_INT)
        cell = CELL_OF_INT(v->integer);
    else if (v->type == JSON_REAL)
        cell = CELL_OF_REAL(v->real);
    *out = kind_value(a, f, &cell);
    return true;
}

struct json pending_cell(struct arena *a, const struct field *f, const struct json *v)
{
    if (is_linked(f))
        return json_named(cell_name(a, f), v->type == JSON_LIST ? *v : json_of_list(NULL, 0));
    struct cell cell = kind_cell(a, f, v);
    struct json out = json_null;
    if (cell.type == CELL_TEXT)
        out = json_of_text(cell.text);
    else if (cell.type == CELL_INT)
        out = json_of_int(cell.integer);
    else if (cell.type == CELL_REAL)
        out = json_of_real(cell.real);
    return json_named(cell_name(a, f), out);
}

static struct json meta_over(const struct pending *p, const struct field *f, struct json as_published)
{
    switch (f->index) {
    case META_REV: return json_of_int((int64_t)p->revision);
    case META_MODIFIED: return json_of_int(p->modified);
    case META_MBY: return str_is_absent(p->author) ? json_null : json_of_text(p->author);
    default: return as_published;
    }
}

const struct json *pending_over(struct arena *a, const struct collection *c, const struct json *image,
                                const struct pending *p)
{
    if (!p)
        return image;
    struct json *members = NEW_N(a, struct json, image->count), *out = NEW(a, struct json);
    for (uint32_t i = 0; i < image->count; i++) {
        const struct field *f = collection_field(c, image->items[i].name);
        if (str_equal(image->items[i].name, c->fields[META_I18N].name))
            f = &c->fields[META_I18N];
        struct json v = image->items[i];
        if (f && f->is_meta && f->index != META_I18N)
            v = meta_over(p, f, v);
        else if (f)
            (void)pending_value(a, p, f, &v);
        members[i] = json_named(image->items[i].name, v);
    }
    *out = json_of_map(members, image->count);
    return out;
}

static enum err find_state(void *self, const struct field *f, const struct filter *at)
{
    bool *found = self;
    *found |= f->is_meta && f->index == META_STATE && at->hop_count == 0;
    return ERR_OK;
}

/* A role's rule that speaks of the state lets through what is published, or drafts, as its author meant it: pending
 * versions are neither. */
bool sees_pending(const struct rights *rights, const struct actor *actor, const struct collection *c)
{
    const struct access *read = rights_access(rights, VERB_READ, c);
    bool by_state = false;
    bool is_anonymous = str_is_absent(actor->vars.user) && str_is_absent(actor->vars.key) && !actor->is_server;
    if (c->system || !read->granted)
        return false;
    err_ignored(filter_each_field(read->where, find_state, &by_state));
    bool writes = rights_access(rights, VERB_UPDATE, c)->granted || rights_access(rights, VERB_PUBLISH, c)->granted;
    return !by_state && (writes || !is_anonymous);
}

static bool is_published_only(const struct filter *f)
{
    if (f->node == FILTER_TEST)
        return f->hop_count == 0 && f->field && f->field->is_meta && f->field->index == META_STATE && f->op == TEST_EQ && !f->negated &&
               f->operand.type == JSON_INT && f->operand.integer == 1;
    bool some = f->node == FILTER_NONE;
    for (size_t i = 0; f->node == FILTER_AND && i < f->child_count; i++)
        some |= is_published_only(f->children[i]);
    return some;
}

bool reads_drafts(const struct rights *rights, const struct collection *c)
{
    const struct access *read = rights_access(rights, VERB_READ, c);
    return !c->system && read->granted && !is_published_only(read->where);
}

struct names_sink {
    struct row_sink sink; /* first */
    const struct model *model;
    const struct plan *plan;
    const struct actor *actor;
    bool *drafted;
    bool any;
};

static enum err take_name(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct names_sink *s = (struct names_sink *)(void *)self;
    const struct collection *c = model_find(s->model, row->cells[0].text);
    (void)why;
    if (c && (s->plan->side == PLAN_SERVER || sees_pending(s->plan->rights, s->actor, c)))
        s->drafted[c->index] = s->any = true;
    return ERR_OK;
}

/* Depth: the plan's. */
static void mark(struct plan_node *n, const bool *drafted)
{
    n->with_draft = drafted[n->query->from->index] && !n->count_only && !n->ids_only;
    for (size_t i = 0; i < n->branch_count; i++)
        mark(n->branches[i], drafted);
}

enum err drafts_settle(struct content *c, struct txn *t, const struct model *m, const struct actor *actor, struct plan *p,
                       struct problem *why)
{
    const struct query *q = p->root->query;
    if (q->publication != PUBLICATION_ANY && p->side == PLAN_PRINCIPAL && !sees_pending(p->rights, actor, q->from))
        return problem_set(why, ERR_FORBIDDEN, "Your role may not see pending versions here");
    if (!p->lens || !p->lens->drafts)
        return ERR_OK;
    struct names_sink s = {{take_name}, m, p, actor, NEW_N(p->arena, bool, m->collection_count), false};
    TRY(c->ops->read(t, NULL, &(struct fixed_call){FIXED_draft_collections, NULL, 0}, &s.sink, why));
    if (!s.any)
        return ERR_OK;
    p->drafted = s.drafted;
    mark(p->root, s.drafted);
    return ERR_OK;
}

static enum err forget_fields(struct work *w, const struct step *step, struct problem *why)
{
    for (size_t i = META_COUNT; i < step->after->field_count; i++) {
        const struct field *now = &step->after->fields[i], *was = field_ancestor(step->before, now);
        if (!was || (was->kind->column == now->kind->column && was->many == now->many && was->id == now->id &&
                     field_conversion(was, now) == CONVERT_KEEP))
            continue;
        struct cell row[] = {CELL_OF_TEXT(step->after->name),
                             CELL_OF_TEXT(arena_format(w->arena, "$.\"%u\"", was->id))};
        TRY(fixed_write(w->content, w->txn, FIXED_draft_unfield, row, COUNTOF(row), why));
    }
    return ERR_OK;
}

/* Documents inside of what is pending: as in the items themselves. */
static enum err move_members(struct work *w, const struct step *s, struct problem *why)
{
    struct cell row[] = {CELL_OF_TEXT(s->after->name), CELL_OF_TEXT(arena_format(w->arena, "$.\"%u\"", s->field_after->id)),
                         CELL_OF_TEXT(json_print(w->arena, s->moves))};
    return fixed_write(w->content, w->txn, FIXED_draft_members, row, COUNTOF(row), why);
}

enum err drafts_follow(struct work *w, const struct step *steps, size_t count, struct problem *why)
{
    for (size_t i = 0; i < count; i++) {
        const struct step *s = &steps[i];
        struct cell names[] = {CELL_OF_TEXT(s->before ? s->before->name : S("")),
                               CELL_OF_TEXT(s->after ? s->after->name : S(""))};
        if (s->kind == STEP_DROP_COLLECTION)
            TRY(fixed_write(w->content, w->txn, FIXED_draft_forget, names, 1, why));
        if (s->before && s->after && !str_equal(s->before->name, s->after->name))
            TRY(fixed_write(w->content, w->txn, FIXED_draft_rename, names, COUNTOF(names), why));
        if (s->kind == STEP_REBUILD_COLLECTION)
            TRY(forget_fields(w, s, why));
        if (s->kind == STEP_MOVE_MEMBERS)
            TRY(move_members(w, s, why));
    }
    return ERR_OK;
}

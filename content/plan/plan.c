/* A query with its access folded in. The only maker of plans.
 *
 * Planning a node means: which cells a row brings (each column once, and those that the cursor, the
 * branches and the caller's ETag need although nobody asked for them), which branches hang on it, and
 * two conditions: what the caller asked and what the access allows. They are kept apart because they
 * look through references with different eyes. */
#include "content/plan/plan.h"

#include "base/limits.h"
#include "content/journal/audit.h"
#include "content/journal/reads.h"
#include "content/kind.h"
#include "content/languages/languages.h"
#include "content/model/view.h"
#include "content/plan/cursor.h"
#include "content/query/groups.h"
#include "content/search/search.h"

struct planner {
    struct arena *arena;
    enum plan_side side;
    const struct rights *rights;
    const struct vars *vars;
    const struct crypt *crypt;
    struct problem *why;
    const struct lens *lens;
};

static enum err plan_one(struct planner *p, struct query *q, const struct access *access, unsigned depth,
                         struct plan_node **out);

static bool may_see(const struct planner *p, const struct field *f)
{
    if (f->kind->flags & (KIND_SECRET | KIND_DIGEST))
        return false;
    if (p->side == PLAN_SERVER || !f->in)
        return true;
    return field_set_has(&rights_access(p->rights, VERB_READ, f->in)->fields, f->index);
}

/* In conditions, orders and groups. */
static bool may_ask(const struct planner *p, const struct field *f)
{
    return may_see(p, f) && (p->side == PLAN_SERVER || audit_may_ask(p->rights, f));
}

struct sight {
    const struct planner *planner;
    str where;
};

static enum err see_field(void *self, const struct field *field, const struct filter *at)
{
    const struct sight *s = self;
    (void)at;
    if (may_ask(s->planner, field))
        return ERR_OK;
    return query_unknown_field(s->planner->why, s->where, field->name);
}

/* Cells of a row: adds the field unless it is there already; returns its place. */
static int column_of(struct plan_node *n, const struct field *f)
{
    for (size_t i = 0; i < n->column_count; i++)
        if (n->columns[i] == f)
            return (int)i;
    n->columns[n->column_count] = f;
    return (int)n->column_count++;
}

static bool is_many_ref(const struct field *f)
{
    return (f->kind->flags & KIND_REF) && f->many;
}

/* A branch into what may not be read is left out; a name in there that somebody wrote is an unknown one. */
static enum err refuse_named(struct planner *p, const struct query *q)
{
    for (size_t i = 0; i < q->output_count; i++)
        if (q->outputs[i].named)
            return query_unknown_field(p->why, S("fields"), q->outputs[i].field->name);
    return ERR_OK;
}

/* Only the ids that the links hold. */
static struct plan_node *ids_of_links(struct planner *p, const struct output *o)
{
    struct plan_node *b = NEW(p->arena, struct plan_node);
    struct query *q = NEW(p->arena, struct query);
    q->from = o->field->to;
    b->query = q;
    b->ids_only = true;
    b->where = b->reach = &filter_all;
    b->limit = o->branch && o->branch->limit ? o->branch->limit : LIMIT_LINKS;
    b->skip = o->branch ? o->branch->skip : 0;
    return b;
}

/* What `query` wants of one relation's targets; *out stays NULL when it may not be read. */
static enum err plan_targets(struct planner *p, const struct field *along, struct query *query, unsigned depth,
                             struct plan_node **out)
{
    const struct access *access = p->side == PLAN_SERVER ? NULL : rights_access(p->rights, VERB_READ, along->to);
    if (!query)
        return ERR_OK;
    if (access && !access->granted)
        return refuse_named(p, query);
    return depth < LIMIT_POPULATE_HOPS ? plan_one(p, query, access, depth + 1, out) : ERR_OK;
}

static void hang(struct plan_node *n, struct plan_node *b, enum hop hop, const struct field *along, int parent_column)
{
    b->hop = hop;
    b->along = along;
    b->parent_column = parent_column;
    n->branches[n->branch_count++] = b;
}

/* A branch for each collection that a reference may lead to, one behind the other; rows come from the one that the
 * reference names. */
static enum err plan_each_target(struct planner *p, struct plan_node *n, const struct output *o, unsigned depth,
                                 int parent_column)
{
    for (size_t i = 0; o->into && i < o->field->target_count; i++) {
        struct plan_node *b = NULL;
        TRY(plan_targets(p, &o->field->into[i], o->into[i], depth, &b));
        if (b)
            hang(n, b, HOP_ONE, &o->field->into[i], parent_column);
    }
    return ERR_OK;
}

/* Many references into several collections: their links in order, the targets below them. */
static enum err plan_mixed_links(struct planner *p, struct plan_node *n, const struct output *o, unsigned depth)
{
    struct plan_node *links = ids_of_links(p, o);
    links->branches = NEW_N(p->arena, struct plan_node *, o->field->target_count);
    hang(n, links, HOP_MANY, o->field, column_of(n, &n->query->from->fields[META_ID]));
    return plan_each_target(p, links, o, depth, 0);
}

static enum err plan_branch(struct planner *p, struct plan_node *n, const struct output *o, unsigned depth)
{
    const struct field *f = o->field;
    bool many = is_many_ref(f);
    struct plan_node *b = NULL;
    if (field_is_polymorphic(f))
        return many ? plan_mixed_links(p, n, o, depth) : plan_each_target(p, n, o, depth, column_of(n, f));
    TRY(plan_targets(p, f, o->branch, depth, &b));
    if (!b && many && !f->backwards)
        b = ids_of_links(p, o);
    if (b)
        hang(n, b, f->backwards ? HOP_BACK : many ? HOP_MANY : HOP_ONE, f,
             column_of(n, many ? &n->query->from->fields[META_ID] : f));
    return ERR_OK;
}

/* Those of the references inside a document: run by the document's reader for each that it finds. */
static enum err plan_inside(struct planner *p, struct plan_node *n, const struct output *o, unsigned depth, int column)
{
    for (size_t i = 0; i < o->inside_count; i++) {
        struct plan_node *b = NULL;
        TRY(plan_targets(p, o->inside[i].along, o->inside[i].query, depth, &b));
        if (b)
            hang(n, b, HOP_ONE, o->inside[i].along, column);
    }
    return ERR_OK;
}

static size_t branches_at_most(const struct query *q)
{
    size_t count = 0;
    for (size_t i = 0; i < q->output_count; i++)
        count += 1 + q->outputs[i].field->target_count + q->outputs[i].inside_count;
    return count;
}

static enum err plan_outputs(struct planner *p, struct plan_node *n, unsigned depth)
{
    const struct query *q = n->query;
    struct plan_output *outputs = NEW_N(p->arena, struct plan_output, q->output_count);
    n->branches = NEW_N(p->arena, struct plan_node *, branches_at_most(q));
    for (size_t i = 0; i < q->output_count; i++) {
        const struct output *o = &q->outputs[i];
        if (p->side == PLAN_SERVER && o->field->computed) /* images hold what is stored */
            continue;
        if (!may_see(p, o->field)) {
            if (o->named)
                TRY(query_unknown_field(p->why, S("fields"), o->field->name));
            continue;
        }
        struct plan_output made = {.output = o, .column = -1, .branch = -1};
        size_t first = n->branch_count;
        if (!is_many_ref(o->field))
            made.column = column_of(n, o->field);
        if (o->field->kind->flags & KIND_REF)
            TRY(plan_branch(p, n, o, depth));
        made.branch_count = n->branch_count - first;
        made.branch = made.branch_count ? (int)first : -1;
        made.inner = n->branch_count;
        TRY(plan_inside(p, n, o, depth, made.column));
        made.inner_count = n->branch_count - made.inner;
        if (made.branch >= 0 || made.column >= 0)
            outputs[n->output_count++] = made;
    }
    n->outputs = outputs;
    return ERR_OK;
}

/* What the images of an entry are shown by (content/journal/audit.h). References into the journal cannot be made, so it is the root. */
static void plan_audit(struct planner *p, struct plan_node *n)
{
    struct audit_columns *audit = NEW(p->arena, struct audit_columns);
    bool wanted = false, changes = false;
    for (size_t i = 0; i < n->output_count; i++) {
        wanted |= audit_is_image(n->outputs[i].output->field);
        changes |= str_equal(n->outputs[i].output->field->name, audit_fields[AUDIT_CHANGES]);
    }
    if (!wanted || p->side == PLAN_SERVER || n->query->groups)
        return;
    for (size_t i = 0; i < AUDIT_FIELDS; i++)
        audit->at[i] = i != AUDIT_CHANGES || changes ? column_of(n, collection_field(n->query->from, audit_fields[i])) : -1;
    n->audit = audit;
}

/* A façade looks names up for its reader; this holds whoever made the grouping. */
static enum err plan_groups(struct planner *p, const struct grouping *g)
{
    for (size_t i = 0; i < g->key_count; i++)
        if (!may_ask(p, g->keys[i].field))
            return query_unknown_field(p->why, S("groupBy"), g->keys[i].field->name);
    for (size_t i = 0; i < g->value_count; i++)
        if (g->values[i].field && !may_ask(p, g->values[i].field))
            return query_unknown_field(p->why, S("aggregate"), g->values[i].field->name);
    return ERR_OK;
}

/* A view's own order may know more of its source than who reads it; nobody else can name those fields. */
static bool is_own_order(const struct query *q, const struct sort *key)
{
    return q->from->view && key->by->in == q->from->view->from && key->hop_count == 0;
}

static enum err plan_conditions(struct planner *p, struct plan_node *n)
{
    const struct query *q = n->query;
    struct sight sight = {p, S("filter")};
    n->where = q->where ? q->where : &filter_all;
    if (q->where && p->side == PLAN_PRINCIPAL)
        TRY(filter_each_field(q->where, see_field, &sight));
    n->reach = n->access ? n->access->where : &filter_all;
    if (p->side == PLAN_PRINCIPAL && audit_is_journal(q->from))
        n->reach = filter_and(p->arena, n->reach, audit_reach(p->arena, p->rights, p->vars, q->from));
    if (q->from->view)
        n->reach = filter_and(p->arena, n->reach, q->from->view->where);
    for (size_t i = 0; i < q->sort_count; i++) {
        const struct sort *key = &q->sort[i];
        for (size_t k = 0; k < key->hop_count; k++)
            if (!may_ask(p, key->hops[k]))
                TRY(query_unknown_field(p->why, S("sort"), key->hops[k]->name));
        if (!may_ask(p, key->by) && !is_own_order(q, key))
            TRY(query_unknown_field(p->why, S("sort"), key->by->name));
        if (sort_is_far(key))
            n->far_keys++;
        else
            (void)column_of(n, key->by);
    }
    return p->why->err;
}

/* Words are found in fields that the caller may read, and nowhere else: a word that stands in another field
 * finds nothing, as if it stood nowhere (AZ-3). */
static enum err plan_search(struct planner *p, struct plan_node *n)
{
    const struct query *q = n->query;
    const struct collection *c = q->from;
    n->searched = NEW_N(p->arena, const struct field *, c->field_count);
    for (size_t i = META_COUNT; i < c->field_count; i++)
        if (search_sees(p->rights, &c->fields[i]))
            n->searched[n->searched_count++] = &c->fields[i];
    if (n->searched_count == 0)
        return problem_fault(p->why, ERR_BAD_INPUT, S("search"), S("not-searched"), STR_FMT " cannot be searched",
                             STR_ARG(c->name));
    for (size_t i = 0; i < q->search->term_count; i++) /* whoever made it looked; a look more costs nothing */
        if (q->search->terms[i].in && !search_sees(p->rights, q->search->terms[i].in))
            return query_unknown_field(p->why, S("search"), q->search->terms[i].in->name);
    for (size_t i = 0; i < q->search->mark_count; i++)
        if (!search_sees(p->rights, q->search->marks[i].field))
            return query_unknown_field(p->why, S("search"), q->search->marks[i].field->name);
    n->search = q->search;
    n->ranked = q->sort_count == 0;
    return ERR_OK;
}

/* An order by chance that nobody chose. */
static void draw_seed(struct query *q)
{
    while (query_is_random(q) && q->seed == 0) {
        crypt_random(&q->seed, sizeof q->seed);
        q->seed &= INT64_MAX;
    }
}

/* Rows that know where they stand, and where the page begins. */
static enum err plan_place(struct planner *p, struct query *q, unsigned depth, struct plan_node *n)
{
    must(!q->before.at || (!q->from_end && depth == 0));
    q->lens = p->lens; /* a cursor belongs to it */
    n->with_position = !n->count_only;
    n->crypt = p->crypt;
    n->from_end = q->from_end;
    n->backwards = q->before.at != NULL;
    n->limit += depth > 0; /* tells whether there is more */
    str said = q->before.at || q->after.at ? (str)STR("before") : (str)STR("last"); /* a page in front of a cursor, or the last one */
    if (q->search && (n->backwards || n->from_end))
        return problem_fault(p->why, ERR_BAD_INPUT, said, S("parameter"),
                             "What was searched for is told page by page from the first on; " STR_FMT " does not go with it", STR_ARG(said));
    if (q->after.at || q->before.at)
        return cursor_open(p->arena, p->crypt, q, q->after.at ? q->after : q->before, n->after, &n->after_count, p->why);
    return ERR_OK;
}

static enum err plan_one(struct planner *p, struct query *q, const struct access *access, unsigned depth,
                         struct plan_node **out)
{
    must(q->limit > 0 && q->limit <= LIMIT_ROWS);
    struct plan_node *n = NEW(p->arena, struct plan_node);
    bool is_told = depth == 0 || (q->paged && q->paged->backwards); /* a cursor has to know of it, too */
    if (is_told && q->sort_count == 0 && !q->groups && q->from->shape == SHAPE_TREE && !q->search)
        q->sort[q->sort_count++] = (struct sort){.by = &q->from->fields[META_ORDER]};
    if (depth == 0 && q->sort_count == 0 && !q->groups && !q->search && q->from->view) {
        memcpy(q->sort, q->from->view->sort, sizeof q->sort);
        q->sort_count = q->from->view->sort_count;
    }
    n->query = q;
    n->access = access;
    /* Every output, every sort key, the id, the revision, the translations; what images are shown by. */
    n->columns = NEW_N(p->arena, const struct field *, q->output_count + q->sort_count + 4 + AUDIT_FIELDS);
    TRY(plan_outputs(p, n, depth));
    if (audit_is_journal(q->from))
        plan_audit(p, n);
    TRY(plan_conditions(p, n));
    n->lens = p->lens;
    if (p->lens && (p->lens->every_locale || p->lens->reports_locales) && field_set_has(&q->from->meta_fields, META_I18N))
        n->translations = column_of(n, &q->from->fields[META_I18N]) + 1;
    if (q->search && depth == 0)
        TRY(plan_search(p, n));
    if (q->groups)
        TRY(plan_groups(p, q->groups));
    n->limit = q->limit;
    n->skip = q->skip;
    n->count_only = q->count == COUNT_ONLY;
    if (n->column_count == 0 || depth == 0 || reads_watch_items(q->from))
        (void)column_of(n, &q->from->fields[META_ID]);
    if (depth == 0)
        (void)column_of(n, &q->from->fields[META_REV]);
    if (depth == 0 || q->paged)
        TRY(plan_place(p, q, depth, n));
    draw_seed(q);
    n->seed = q->seed;
    *out = n;
    return ERR_OK;
}

static enum err plan_with(struct planner *p, const struct access *access, const struct vars *vars, struct query *q,
                          struct plan **out)
{
    struct plan_node *root = NULL;
    TRY(plan_one(p, q, access, 0, &root));
    struct plan *plan = NEW(p->arena, struct plan);
    plan->root = root;
    plan->side = p->side;
    plan->rights = p->rights;
    plan->vars = vars;
    plan->lens = p->lens;
    plan->arena = p->arena;
    plan->items_left = NEW(p->arena, uint32_t);
    *plan->items_left = LIMIT_POPULATE_ITEMS;
    *out = plan;
    return ERR_OK;
}

enum err plan_make(struct arena *a, const struct rights *rights, enum verb verb, const struct vars *vars,
                   const struct crypt *crypt, struct query *q, struct plan **out, struct problem *why)
{
    must(rights != NULL);
    const struct access *access = rights_access(rights, verb, q->from);
    if (!access->granted)
        return problem_set(why, ERR_FORBIDDEN, "Permission denied");
    TRY(lens_judge(a, access, model_languages(rights->model), q->lens, &q->lens, why));
    struct planner p = {a, PLAN_PRINCIPAL, rights, vars, crypt, why, q->lens};
    return plan_with(&p, access, vars, q, out);
}

enum err plan_server(struct arena *a, const struct vars *vars, struct query *q, struct plan **out,
                     struct problem *why)
{
    struct planner p = {a, PLAN_SERVER, NULL, vars, NULL, why, q->lens};
    return plan_with(&p, NULL, vars, q, out);
}

void plan_narrow(struct plan *p, const struct filter *reach)
{
    p->root->reach = filter_and(p->arena, p->root->reach, reach);
}

void plan_probe(struct plan *p)
{
    if (!p->root->backwards)
        p->root->limit++;
}

static struct plan *plan_of(struct arena *a, const struct plan *p, struct plan_node node)
{
    struct plan_node *root = NEW(a, struct plan_node);
    struct plan *plan = NEW(a, struct plan);
    *root = node;
    *plan = *p;
    plan->root = root;
    return plan;
}

struct plan *plan_counting(struct arena *a, const struct plan *p)
{
    return plan_of(a, p, (struct plan_node){
        .query = p->root->query,
        .access = p->root->access,
        .where = p->root->where,
        .reach = p->root->reach,
        .search = p->root->search,
        .searched = p->root->searched,
        .searched_count = p->root->searched_count,
        .limit = 1,
        .count_only = true,
    });
}

struct plan *plan_estimating(struct arena *a, const struct plan *p)
{
    struct plan *plan = plan_counting(a, p);
    plan->root->estimate = true;
    plan->root->where = plan->root->reach = &filter_all;
    return plan;
}

static bool is_about_state(const struct filter *f)
{
    return f->node == FILTER_ALL ||
           (f->node == FILTER_TEST && f->hop_count == 0 && f->field && f->field->is_meta && f->field->index == META_STATE);
}

bool plan_is_whole(const struct plan *p)
{
    return p->root->reach->node == FILTER_ALL && is_about_state(p->root->where) &&
           p->root->query->publication == PUBLICATION_ANY && !p->root->search;
}

struct plan *plan_in_front(struct arena *a, const struct plan *p, const struct cell *keys)
{
    struct plan *plan = plan_of(a, p, *p->root);
    struct plan_node *root = plan->root;
    root->backwards = true;
    root->after_count = root->query->sort_count + 1;
    memcpy(root->after, keys, root->after_count * sizeof *keys);
    root->limit = 1;
    root->skip = 0;
    root->branch_count = 0;
    return plan;
}

static const struct cell *column_cell(const struct plan_node *n, const struct cell *cells, const struct field *f)
{
    for (size_t c = 0; c < n->column_count; c++)
        if (n->columns[c] == f)
            return &cells[c];
    must(false);
    return NULL;
}

size_t plan_keys(const struct plan_node *n, const struct cell *cells, struct cell keys[PLAN_KEYS])
{
    size_t count = 0, far = n->column_count;
    must(n->with_position);
    for (size_t i = 0; i < n->query->sort_count; i++) {
        const struct sort *s = &n->query->sort[i];
        keys[count++] = sort_is_far(s) ? cells[far++] : *column_cell(n, cells, s->by);
    }
    if (n->ranked)
        keys[count++] = cells[n->column_count];
    keys[count++] = cells[far + n->ranked];
    return count;
}

enum err plan_cursor(const struct plan *p, const struct crypt *crypt, const struct cell *keys, str *out)
{
    return cursor_seal(p->arena, crypt, p->root->query, keys, p->root->query->sort_count + p->root->ranked + 1, out);
}

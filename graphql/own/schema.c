/* Our schema, for one caller: what he sees, and the order in which it is made. Types of collections refer to each other in
 * circles, so they are named first (maker_type) and filled collection by collection, never one inside of the other. */
#include "graphql/own/schema.h"

const struct made_facts made_facts[MADE_COUNT] = {
#define X(name, ending, kind) [MADE_##name] = {STR(ending), GQL_##kind},
    MADE_TABLE(X)
#undef X
};

/* ---- who may know what ---- */

bool maker_sees(const struct maker *m, const struct collection *c)
{
    return m->seen[c->index].is_seen;
}

bool maker_reads(const struct maker *m, const struct collection *c, const struct field *f)
{
    if (is_secret(f))
        return false;
    if (c->shape == SHAPE_COMPONENT)
        return true;
    return field_set_has(&c->all_fields, f->index) && f->index != META_I18N && maker_sees(m, c) &&
           field_set_has(&rights_access(m->rights, VERB_READ, c)->fields, f->index);
}

bool maker_relates(const struct maker *m, const struct field *back)
{
    const struct field *stored = field_stored(back);
    return maker_sees(m, back->in) && maker_reads(m, stored->in, stored);
}

bool maker_sees_target(const struct maker *m, const struct field *f)
{
    for (size_t i = 0; i < f->target_count; i++)
        if (maker_sees(m, f->targets[i]))
            return true;
    return f->to && maker_sees(m, f->to);
}

bool maker_writes(const struct maker *m, enum verb verb, const struct field *f)
{
    const struct access *access = rights_access(m->rights, verb, f->in);
    return access->granted && !f->locked && !f->computed && field_set_has(&f->in->all_fields, f->index) &&
           field_set_has(&access->fields, f->index);
}

bool is_fixed(const struct collection *c)
{
    return c->read_only || c->view != NULL;
}

bool has_list(const struct collection *c)
{
    return c->shape == SHAPE_LIST || c->shape == SHAPE_TREE;
}

const struct seen *maker_knows(const struct maker *m, const struct collection *c)
{
    return &m->seen[c->index];
}

static bool is_translated(const struct maker *m, const struct collection *c)
{
    for (size_t i = META_COUNT; i < c->field_count; i++)
        if (c->fields[i].localized && maker_reads(m, c, &c->fields[i]))
            return model_languages(m->model)->count > 0;
    return false;
}

/* What one collection knows, whoever leads to it knows, too. */
static bool learn(struct seen *s, const struct seen *from)
{
    bool is_news = (from->speaks && !s->speaks) || (from->drafts && !s->drafts);
    s->speaks |= from->speaks;
    s->drafts |= from->drafts;
    return is_news;
}

static bool learn_from_field(struct maker *m, const struct collection *c, const struct field *f)
{
    struct seen *s = &m->seen[c->index];
    bool is_news = false;
    if (!is_ref(f) || !maker_reads(m, c, f))
        return false;
    for (size_t i = 0; i < f->target_count; i++)
        if (maker_sees(m, f->targets[i]))
            is_news |= learn(s, &m->seen[f->targets[i]->index]);
    if (f->to && maker_sees(m, f->to))
        is_news |= learn(s, &m->seen[f->to->index]);
    return is_news;
}

static bool learn_from_all(struct maker *m)
{
    bool is_news = false;
    for (size_t i = 0; i < m->model->collection_count; i++) {
        const struct collection *c = m->model->collections[i];
        if (!m->seen[i].is_seen)
            continue;
        for (size_t k = 0; k < c->field_count; k++)
            is_news |= learn_from_field(m, c, &c->fields[k]);
        for (size_t k = 0; k < c->back_count; k++)
            if (maker_relates(m, c->backs[k]))
                is_news |= learn(&m->seen[i], &m->seen[c->backs[k]->in->index]);
    }
    return is_news;
}

static void look_around(struct maker *m)
{
    for (size_t i = 0; i < m->model->collection_count; i++) {
        const struct collection *c = m->model->collections[i];
        m->seen[i].is_seen = rights_access(m->rights, VERB_READ, c)->granted;
    }
    for (size_t i = 0; i < m->model->collection_count; i++) {
        const struct collection *c = m->model->collections[i];
        m->seen[i].speaks = m->seen[i].is_seen && is_translated(m, c);
        m->seen[i].drafts = m->seen[i].is_seen && has_states(c) && reads_drafts(m->rights, c);
    }
    while (learn_from_all(m))
        ;
}

/* ---- names, rows, types ---- */

static str made_name(struct maker *m, str type, str ending)
{
    return ending.len ? arena_format(m->a, STR_FMT STR_FMT, STR_ARG(type), STR_ARG(ending)) : type;
}

static struct made_type *made_of(struct maker *m, const struct collection *c, enum made made)
{
    return c->shape == SHAPE_COMPONENT ? &m->parts[c->index][made] : &m->of[c->index][made];
}

struct gql_type *maker_type(struct maker *m, const struct collection *c, enum made made)
{
    struct made_type *t = made_of(m, c, made);
    if (!t->type)
        t->type = gql_type_make(m->b, made_facts[made].kind, made_name(m, c->api.type, made_facts[made].ending), (str){0});
    return t->type;
}

bool maker_fills(struct maker *m, const struct collection *c, enum made made, struct gql_type **out)
{
    struct made_type *t = made_of(m, c, made);
    bool was = t->is_filled;
    *out = maker_type(m, c, made);
    t->is_filled = true;
    return !was;
}

struct gql_type *maker_named(struct maker *m, enum gql_type_kind kind, str name, const char *ending)
{
    return gql_type_make(m->b, kind, made_name(m, name, str_of(ending)), (str){0});
}

const struct gql_type *maker_wanted(struct maker *m, const struct gql_type *t)
{
    return gql_non_null(m->b, t);
}

const struct gql_type *maker_list(struct maker *m, const struct gql_type *t)
{
    return gql_list_of(m->b, gql_non_null(m->b, t));
}

const struct gql_type *maker_full_list(struct maker *m, const struct gql_type *t)
{
    return gql_non_null(m->b, maker_list(m, t));
}

struct own_meaning *maker_meaning(struct maker *m, enum own_what what, const struct collection *of, const struct field *f)
{
    struct own_meaning *meaning = NEW(m->a, struct own_meaning);
    *meaning = (struct own_meaning){.what = what, .of = of, .field = f};
    return meaning;
}

str maker_describe(struct maker *m, const struct field *f)
{
    str label = str_equal(f->label, f->name) ? (str){0} : f->label;
    if (f->is_meta)
        return f->index == META_CBY || f->index == META_MBY ? f->label : str_of(f->kind->doc);
    if (f->info.len == 0)
        return label;
    return label.len ? arena_format(m->a, STR_FMT ". " STR_FMT, STR_ARG(label), STR_ARG(f->info)) : f->info;
}

/* ---- the whole ---- */

static void fill_collection(struct maker *m, const struct collection *c)
{
    if (maker_sees(m, c)) {
        fill_item(m, c);
        fill_connection(m, c);
        fill_where(m, c);
        fill_order(m, c);
    }
    if (can_create(m, c))
        fill_data(m, c, VERB_CREATE);
    if (can_update(m, c))
        fill_data(m, c, VERB_UPDATE);
}

static void let_go(void *rights)
{
    counted_release(rights);
}

/* Names in it are the model's, which lives as long as the rights. */
static struct own_schema *keep(struct maker *m)
{
    struct own_schema *own = NEW(m->a, struct own_schema);
    const struct gql_type **types = NEW_N(m->a, const struct gql_type *, m->model->collection_count + 1);
    const struct gql_type **parts = NEW_N(m->a, const struct gql_type *, m->model->component_count + 1);
    struct counted *rights = (struct counted *)(uintptr_t)m->rights;
    for (size_t i = 0; i < m->model->collection_count; i++)
        types[i] = m->of[i][MADE_ITEM].is_filled ? m->of[i][MADE_ITEM].type : NULL;
    for (size_t i = 0; i < m->model->component_count; i++)
        parts[i] = m->parts[i][MADE_ITEM].is_filled ? m->parts[i][MADE_ITEM].type : NULL;
    *own = (struct own_schema){.rights = m->rights, .model = m->model, .type_of = types, .part_of = parts};
    counted_use(rights);
    arena_on_close(m->a, let_go, rights);
    return own;
}

struct gql_schema *own_schema_make(const struct principal *who, bool may_introspect)
{
    const struct model *model = who->rights->model;
    struct gql_builder *b = gql_build(S("What this caller can reach."));
    struct arena *own = arena_open(64u << 10);
    struct maker m = {.b = b, .a = gql_build_arena(b), .rights = who->rights, .model = model,
                      .of = arena_get(own, model->collection_count + 1, sizeof *m.of),
                      .parts = arena_get(own, model->component_count + 1, sizeof *m.parts),
                      .seen = NEW_N(own, struct seen, model->collection_count + 1)};
    m.query = gql_type_make(b, GQL_OBJECT_TYPE, S("Query"), (str){0});
    m.mutation = gql_type_make(b, GQL_OBJECT_TYPE, S("Mutation"), (str){0});
    m.subscription = gql_type_make(b, GQL_OBJECT_TYPE, S("Subscription"), (str){0});
    look_around(&m);
    make_scalars(&m);
    for (size_t i = 0; i < model->collection_count; i++)
        fill_collection(&m, model->collections[i]);
    add_roots(&m);
    add_changes(&m);
    add_subscriptions(&m);
    const struct own_schema *meaning = keep(&m);
    bool changes = m.mutation->field_count > 0, tells = m.subscription->field_count > 0;
    struct gql_schema *s = gql_schema_finish(b, m.query, changes ? m.mutation : NULL, tells ? m.subscription : NULL);
    s->meaning = meaning;
    s->source = tells ? own_source : NULL;
    s->hides_itself = !may_introspect;
    arena_close(own);
    return s;
}

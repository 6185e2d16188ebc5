/* Full text over several collections: which items match, and how well, is asked first; then those
 * that are told are read as their types' selections want them. */
#include "graphql/own/read.h"

#include "base/limits.h"
#include "roles/search.h"

struct wanted {
    str text;
    const struct json *in;
    bool fuzzy;
    uint32_t limit;
};

static bool is_named(const struct wanted *w, str name)
{
    for (uint32_t i = 0; w->in && i < w->in->count; i++)
        if (str_equal(w->in->items[i].text, name))
            return true;
    return !w->in || w->in->type != JSON_LIST;
}

static enum err take_wish(struct reading *r, const struct gql_node *node, struct wanted *w)
{
    const struct json *text = gql_argument(node, S("text")),
                      *fuzzy = gql_argument(node, S("fuzzy"));
    const struct json *limit = gql_argument(node, S("limit"));
    *w = (struct wanted){.in = gql_argument(node, S("in")), .limit = SEARCH_HITS_USUAL};
    w->text = text && text->type == JSON_TEXT ? text->text : (str){0};
    w->fuzzy = fuzzy && fuzzy->type == JSON_BOOL && fuzzy->boolean;
    if (!limit || limit->type != JSON_INT)
        return ERR_OK;
    if (limit->integer < 0 || limit->integer > SEARCH_HITS_MAX)
        return problem_fault(&r->why, ERR_BAD_INPUT, S("limit"), S("limit"),
                             "limit is a whole number from 0 to %u", SEARCH_HITS_MAX);
    w->limit = (uint32_t)limit->integer;
    return ERR_OK;
}

static enum err make_query(struct reading *r, const struct gql_node *node, const struct wanted *w,
                           const struct collection *c, struct query **out)
{
    struct query *q = own_root_query(r, c);
    struct search *s = NEW(r->x->arena, struct search);
    struct output *id = NEW(r->x->arena, struct output);
    q->limit = w->limit ? w->limit : 1;
    TRY(own_take_lens(r->x, node, q, &r->why));
    s->fuzzy = w->fuzzy;
    s->wants_score = true;
    TRY(search_read(r->x->arena, q, w->text, s, &r->why));
    q->search = s;
    *id = (struct output){.field = &c->fields[META_ID]};
    q->outputs = id;
    q->output_count = 1;
    *out = q;
    return ERR_OK;
}

/* At most LIMIT_BATCH_MODELS; more have to be named. */
static enum err make_queries(struct reading *r, const struct gql_node *node, const struct wanted *w,
                             struct query **out, size_t *count)
{
    const struct model *m = r->schema->model;
    for (size_t i = 0; i < m->collection_count; i++) {
        const struct collection *c = m->collections[i];
        if (!is_named(w, c->name) || !own_type_of_items(r, c) || !gate_searches(r->x->who, c))
            continue;
        if (*count == LIMIT_BATCH_MODELS)
            return problem_fault(&r->why, ERR_BAD_INPUT, S("in"), S("limit"),
                                 "At most %u collections at a time: name them", LIMIT_BATCH_MODELS);
        TRY(make_query(r, node, w, c, &out[(*count)++]));
    }
    return ERR_OK;
}

static enum gql_done write_target(struct reading *r, const struct gql_node *root,
                                  const struct gql_node *node, const struct search_hit *hit,
                                  bool *found)
{
    const struct json *id = json_get(&hit->item, S("_id"));
    struct query *q = own_root_query(r, hit->in);
    enum err e = own_take_lens(r->x, root, q, &r->why);
    if (e != ERR_OK)
        return own_refuse(r, e);
    q->where = filter_and(r->x->arena, q->where, own_filter_of_id(r, hit->in, id->text));
    return own_read_items(r, node, gql_fields_of(r->x, node, own_type_of_items(r, hit->in)), q,
                          false, found);
}

static enum gql_done write_hit_field(struct reading *r, const struct gql_node *root,
                                     const struct gql_node *node, const struct search_hit *hit,
                                     bool *found)
{
    enum gql_done done = GQL_WROTE;
    if (gql_is_faulty(r->x, node, &done))
        return done;
    if (node->field == &gql_typename_field) {
        buf_json_text(r->x->out, gql_innermost(root->field->type)->name);
        return GQL_WROTE;
    }
    struct json score = json_of_real(hit->score);
    return own_meaning_of(node->field)->what == OWN_SCORE ? own_write_tree(r, node, &score)
                                                          : write_target(r, root, node, hit, found);
}

/* *found becomes false when the item went away in the meantime. */
static enum gql_done write_hit(struct reading *r, const struct gql_node *root,
                               const struct search_hit *hit, bool *found)
{
    struct gql_execution *x = r->x;
    struct gql_path here = {.in = x->path};
    enum gql_done done = GQL_WROTE;
    x->path = &here;
    buf_byte(x->out, '{');
    for (uint32_t i = 0; i < root->fields->count && done == GQL_WROTE; i++) {
        const struct gql_node *n = &root->fields->nodes[i];
        here.key = n->key;
        if (i > 0)
            buf_byte(x->out, ',');
        buf_add(x->out, n->quoted);
        size_t start = x->out->len;
        bool is_there = true;
        done = write_hit_field(r, root, n, hit, &is_there);
        *found &= is_there;
        if (done != GQL_WROTE)
            done = gql_settle(x, n->field->type, done, start);
    }
    buf_byte(x->out, '}');
    x->path = here.in;
    return done;
}

enum gql_done own_read_search(struct reading *r, const struct gql_node *node)
{
    struct gql_execution *x = r->x;
    struct query *queries[LIMIT_BATCH_MODELS];
    struct search_hit *hits = NULL;
    size_t count = 0, found = 0;
    struct wanted w;
    enum err e = take_wish(r, node, &w);
    if (e == ERR_OK)
        e = make_queries(r, node, &w, queries, &count);
    if (e == ERR_OK)
        e = gate_search(x->gate, x->who, queries, count, x->arena, &hits, &found, &r->why);
    if (e != ERR_OK)
        return own_refuse(r, e);
    struct gql_path here = {.in = x->path};
    enum gql_done done = GQL_WROTE;
    x->path = &here;
    buf_byte(x->out, '[');
    for (size_t i = 0; i < found && here.index < w.limit && done == GQL_WROTE; i++) {
        size_t before = x->out->len;
        bool is_there = true;
        buf_add(x->out, here.index ? S(",") : S(""));
        size_t start = x->out->len;
        done = gql_settle(x, gql_nullable(node->field->type)->of,
                          write_hit(r, node, &hits[i], &is_there), start);
        if (!is_there && done == GQL_WROTE)
            buf_truncate(x->out, before);
        here.index += is_there;
    }
    buf_byte(x->out, ']');
    x->path = here.in;
    return done;
}

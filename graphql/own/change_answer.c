/* What mutations answer with: the item as its author sees it now, or something in its place (own.h). */
#include "base/limits.h"
#include "content/query/perspective.h"
#include "graphql/own/change_parts.h"

/* What stands behind the fields of a type that is no item's. */
struct answer {
    struct own_job *job;
    const struct change *change;      /* one item */
    const struct bulk *bulk;          /* many */
    const struct own_written *written; /* … as they were before, by number of the field; NULL: they are read now */
};

static const struct filter *with_id(struct gql_execution *x, const struct collection *c, const str *ids, size_t count)
{
    struct json *list = NEW_N(x->arena, struct json, count + 1), *all = NEW(x->arena, struct json);
    for (size_t i = 0; i < count; i++)
        list[i] = json_of_text(ids[i]);
    *all = json_of_list(list, count);
    return count == 1 ? filter_test(x->arena, &c->fields[META_ID], TEST_EQ, list[0])
                      : filter_test(x->arena, &c->fields[META_ID], TEST_IN, *all);
}

enum gql_done own_answer_item(struct own_job *j, const struct gql_node *node, str id, const struct lens *lens)
{
    struct query q = {.from = j->in, .where = with_id(j->x, j->in, &id, 1), .limit = 1, .lens = lens};
    bool found = false;
    return own_write_item(j->x, node, &q, &found);
}

enum gql_done own_answer_items(struct own_job *j, const struct gql_node *node, const str *ids, size_t count)
{
    struct query q = {.from = j->in, .where = count ? with_id(j->x, j->in, ids, count) : &filter_none,
                      .limit = count ? (uint32_t)count : 1};
    must(count <= LIMIT_ROWS);
    return own_write_items(j->x, node, &q);
}

bool own_answers_item(const struct own_job *j, const struct gql_type *type)
{
    const struct own_schema *s = j->x->schema->meaning;
    const struct gql_type *t = gql_innermost(type);
    return gql_is_composite(t) && s && s->type_of && s->type_of[j->in->index] == t;
}

/* ---- other types ---- */

static enum gql_done write_leaf(const struct answer *a, const struct gql_node *node, struct json v)
{
    struct gql_thing thing = {.kind = GQL_THING_LEAF, .leaf = v};
    return gql_complete(a->job->x, node, node->field->type, &thing);
}

static enum gql_done write_ids(const struct answer *a, const struct gql_node *node)
{
    struct json *ids = NEW_N(a->job->x->arena, struct json, a->bulk->count + 1);
    for (size_t i = 0; i < a->bulk->count; i++)
        ids[i] = json_of_text(a->bulk->ids[i]);
    return write_leaf(a, node, json_of_list(ids, a->bulk->count));
}

static enum gql_done write_items(const struct answer *a, const struct gql_node *node)
{
    struct gql_execution *x = a->job->x;
    size_t start = x->out->len;
    enum gql_done done = GQL_WROTE;
    if (a->written)
        buf_add(x->out, a->written->items[node - a->written->fields->nodes]);
    else
        done = own_answer_items(a->job, node, a->bulk->ids, a->bulk->count);
    return gql_settle(x, node->field->type, done, start);
}

static enum gql_done write_part(const struct answer *a, const struct gql_node *node)
{
    const struct change *c = a->change;
    struct gql_execution *x = a->job->x;
    size_t start = x->out->len;
    switch ((int)own_meaning_of(node->field)->what) {
    case OWN_WRITTEN_ID:
        return write_leaf(a, node, json_of_text(c->result_id));
    case OWN_WRITTEN_REV:
        return write_leaf(a, node, json_of_int((int64_t)c->result_revision));
    case OWN_SECRET:
        return write_leaf(a, node, c->secret_once.len ? json_of_text(c->secret_once) : json_null);
    case OWN_MADE:
        return gql_settle(x, node->field->type, own_answer_item(a->job, node, c->result_id, change_lens(x->arena, c)), start);
    case OWN_CHANGED_COUNT:
        return write_leaf(a, node, json_of_int((int64_t)a->bulk->count));
    case OWN_CHANGED_IDS:
        return write_ids(a, node);
    default:
        must(own_meaning_of(node->field)->what == OWN_CHANGED_ITEMS);
        return write_items(a, node);
    }
}

static enum gql_done write_field(const struct answer *a, const struct gql_fields *fields, const struct gql_node *node)
{
    struct gql_execution *x = a->job->x;
    struct gql_path here = {.in = x->path, .key = node->key};
    enum gql_done done;
    if (!node->field || !own_meaning_of(node->field)) /* "__typename" */
        return gql_write_field(x, fields->of, node, NULL, true);
    x->path = &here;
    if (!gql_is_faulty(x, node, &done))
        done = write_part(a, node);
    x->path = here.in;
    return done;
}

static enum gql_done write_object(const struct answer *a, const struct gql_type *type)
{
    struct gql_execution *x = a->job->x;
    const struct gql_fields *fields = gql_fields_of(x, a->job->node, gql_innermost(type));
    enum gql_done done = GQL_WROTE;
    if (fields->fault.at)
        return gql_broken_fields(x, a->job->node, fields);
    buf_byte(x->out, '{');
    for (uint32_t i = 0; i < fields->count && done == GQL_WROTE; i++) {
        buf_add(x->out, i > 0 ? S(",") : S(""));
        buf_add(x->out, fields->nodes[i].quoted);
        done = write_field(a, fields, &fields->nodes[i]);
    }
    buf_byte(x->out, '}');
    return done; /* the position cuts off what is there of it */
}

enum gql_done own_answer_at(struct own_job *j, const struct gql_type *type, const struct change *c)
{
    struct answer a = {.job = j, .change = c};
    size_t start = j->x->out->len;
    enum gql_done done = own_answers_item(j, type)
                             ? own_answer_item(j, j->node, c->result_id, change_lens(j->x->arena, c))
                             : write_object(&a, type);
    return gql_settle(j->x, type, done, start);
}

enum gql_done own_answer(struct own_job *j, const struct change *c)
{
    return own_answer_at(j, j->node->field->type, c);
}

/* ---- many ---- */

const struct gql_fields *own_asks_items(struct own_job *j)
{
    const struct gql_fields *fields = gql_fields_of(j->x, j->node, gql_innermost(j->node->field->type));
    for (uint32_t i = 0; i < fields->count; i++)
        if (own_is_items(&fields->nodes[i]))
            return fields;
    return NULL;
}

bool own_is_items(const struct gql_node *n)
{
    return n->field && own_meaning_of(n->field) && own_meaning_of(n->field)->what == OWN_CHANGED_ITEMS && n->arguments;
}

enum gql_done own_answer_many(struct own_job *j, const struct bulk *b, const struct own_written *written)
{
    struct answer a = {.job = j, .bulk = b, .written = written};
    return write_object(&a, j->node->field->type);
}

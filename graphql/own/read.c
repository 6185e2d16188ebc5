/* Roots of reading: arguments to a query, the query through the gate, rows into the answer. */
#include "graphql/own/read.h"

#include "base/limits.h"
#include "content/kind.h"
#include "content/query/perspective.h"
#include "roles/feed/feed.h"

/* ---- reading ---- */

/* A page whose items are looked at with pending versions shows links in every state, as in the
 * content API. */
static void look_through(struct reading *r, struct query *q)
{
    bool drafts = r->drafts || (q->lens && q->lens->drafts);
    perspective_branches(r->x->arena, q, drafts ? SEE_ALL : SEE_PUBLISHED);
}

static enum gql_done read_through(struct reading *r, struct query *q, struct item_sink *to,
                                  struct page *page)
{
    struct item_views views;
    item_views_init(&views, to);
    return own_end_of_read(r, gate_read(r->x->gate, r->x->who, q, &views.receiver, page, &r->why));
}

struct first_sink {
    struct item_sink sink; /* first */
    struct reading *reading;
    const struct item_steps *steps;
    bool found;
};

static enum err take_first(struct item_sink *self, const struct item_view *v, struct problem *why)
{
    struct first_sink *f = (struct first_sink *)(void *)self;
    (void)why;
    f->found = true;
    enum gql_done done = own_write_steps(f->reading, f->steps, v);
    return done == GQL_WROTE ? own_check_room(f->reading, 0) : own_halt_read(f->reading, done);
}

enum gql_done own_read_items(struct reading *r, const struct gql_node *node,
                             const struct gql_fields *fields, struct query *q, bool is_list,
                             bool *found)
{
    struct sketch s = {.query = q};
    struct item_steps *steps = own_compile_items(r, &s, fields);
    look_through(r, q);
    if (is_list) {
        struct elements e;
        own_elements_begin(&e, r, &steps, 1, node->field->type);
        enum gql_done done = read_through(r, q, &e.sink, NULL);
        own_elements_end(&e);
        return done;
    }
    struct first_sink first = {{take_first}, r, steps, false};
    q->limit = 1;
    enum gql_done done = read_through(r, q, &first.sink, NULL);
    *found = first.found;
    if (done == GQL_WROTE && !first.found)
        buf_add(r->x->out, S("null")); /* whose type that is, settles it */
    return done;
}

/* What the reading as a whole came to, at its own position. */
static enum gql_done end(struct reading *r, const struct gql_node *node, enum gql_done done)
{
    return r->is_broken ? own_told(r, node) : done;
}

enum gql_done own_write_items(struct gql_execution *x, const struct gql_node *node, struct query *q)
{
    struct reading r;
    own_reading_begin(&r, x);
    return end(&r, node, own_read_items(&r, node, node->fields, q, true, NULL));
}

enum gql_done own_write_item(struct gql_execution *x, const struct gql_node *node, struct query *q,
                             bool *found)
{
    struct reading r;
    own_reading_begin(&r, x);
    return end(&r, node, own_read_items(&r, node, node->fields, q, false, found));
}

/* ---- roots ---- */

struct query *own_root_query(struct reading *r, const struct collection *c)
{
    struct query *q = NEW(r->x->arena, struct query);
    q->from = c;
    q->reader = r->x->who->rights;
    q->limit = 1;
    return q;
}

enum gql_done own_refuse(struct reading *r, enum err e)
{
    must(e != ERR_OK);
    r->is_broken = true;
    return GQL_STOPPED;
}

static enum err take_search(struct reading *r, const struct gql_node *node, struct query *q,
                            struct problem *why)
{
    const struct json *text = gql_argument(node, S("search"));
    if (!text || text->type != JSON_TEXT)
        return ERR_OK;
    struct search *s = NEW(r->x->arena, struct search);
    TRY(search_read(r->x->arena, q, text->text, s, why));
    q->search = s;
    return ERR_OK;
}

static enum gql_done read_list(struct reading *r, const struct gql_node *node, struct query *q)
{
    bool nothing = false;
    enum err e = own_take_lens(r->x, node, q, &r->why);
    if (e == ERR_OK)
        e = own_take_list(r, node, q, &nothing, &r->why);
    if (e == ERR_OK)
        e = take_search(r, node, q, &r->why);
    if (e != ERR_OK)
        return own_refuse(r, e);
    if (nothing) {
        buf_add(r->x->out, S("[]"));
        return GQL_WROTE;
    }
    return own_read_items(r, node, node->fields, q, true, NULL);
}

enum gql_done own_read_connection(struct reading *r, const struct gql_node *node, struct query *q)
{
    struct window window;
    struct page page = {0};
    enum err e = own_take_lens(r->x, node, q, &r->why);
    if (e == ERR_OK)
        e = own_take_window(r, node, q, &window, &r->why);
    if (e == ERR_OK)
        e = take_search(r, node, q, &r->why);
    if (e != ERR_OK)
        return own_refuse(r, e);
    struct pages *p = own_pages_make(r, node, &window);
    struct sketch s = {.query = q};
    if (own_pages_want_total(p))
        q->count = own_pages_want_items(p) ? COUNT_EXACT : COUNT_ONLY;
    own_pages_compile(r, p, &s);
    look_through(r, q);
    struct item_sink *sink = own_pages_begin(r, p);
    enum gql_done done = GQL_WROTE;
    if (own_pages_want_items(p) || own_pages_want_total(p))
        done = read_through(r, q, sink, &page);
    struct pages_ended ended = {page.total, page.has_more};
    return done == GQL_WROTE ? own_pages_end(r, p, &ended) : done;
}

/* One item by a condition that makes it one. */
static enum gql_done read_one(struct reading *r, const struct gql_node *node, struct query *q,
                              const struct filter *is, bool *found)
{
    enum err e = own_take_lens(r->x, node, q, &r->why);
    if (e != ERR_OK)
        return own_refuse(r, e);
    q->where = filter_and(r->x->arena, q->where, is);
    return own_read_items(r, node, node->fields, q, false, found);
}

/* What is no id is nobody's. */
const struct filter *own_filter_of_id(struct reading *r, const struct collection *c, str id)
{
    return filter_test(r->x->arena, &c->fields[META_ID], TEST_EQ, json_of_text(id));
}

static enum err take_key_member(struct reading *r, const struct collection *c, const struct json *v,
                                const struct filter **is)
{
    struct filter_options options = {.reader = r->x->who->rights, .where = S("key")};
    struct json test = json_named(S("$eq"), *v),
                member = json_named(v->name, json_of_map(&test, 1)), map = json_of_map(&member, 1);
    const struct filter *f;
    if (v->type == JSON_NULL)
        return problem_fault(&r->why, ERR_BAD_INPUT, S("key"), S("null"),
                             "\"" STR_FMT "\" is null, which is no key.", STR_ARG(v->name));
    if (v->type == JSON_TEXT && str_equal(v->name, S("_id")))
        f = own_filter_of_id(r, c, v->text);
    else
        TRY(filter_read(r->x->arena, r->schema->model, c, &map, &options, &f, &r->why));
    *is = filter_and(r->x->arena, *is, f);
    return ERR_OK;
}

/* {slug: "x"} or {author_title: {author: "…", title: "…"}}. */
static enum gql_done read_by_key(struct reading *r, const struct gql_node *node, struct query *q)
{
    const struct json *key = gql_argument(node, S("key"));
    const struct filter *is = &filter_all;
    bool found;
    if (!key || key->type != JSON_MAP || key->count != 1)
        return own_refuse(r, problem_fault(&r->why, ERR_BAD_INPUT, S("key"), S("type"),
                                           "key says one of its members."));
    const struct json *list = key->items[0].type == JSON_MAP ? &key->items[0] : key;
    for (uint32_t i = 0; i < list->count; i++) {
        enum err e = take_key_member(r, q->from, &list->items[i], &is);
        if (e != ERR_OK)
            return own_refuse(r, e);
    }
    return read_one(r, node, q, is, &found);
}

static enum gql_done read_by_id(struct reading *r, const struct gql_node *node, struct query *q)
{
    const struct json *id = gql_argument(node, S("_id"));
    bool found;
    return read_one(r, node, q,
                    own_filter_of_id(r, q->from, id && id->type == JSON_TEXT ? id->text : (str){0}),
                    &found);
}

/* One that was never saved is its defaults. */
static enum gql_done read_single(struct reading *r, const struct gql_node *node, struct query *q)
{
    bool found = false;
    size_t start = r->x->out->len;
    enum gql_done done = read_one(r, node, q, &filter_all, &found);
    if (done != GQL_WROTE || found || r->drafts)
        return done;
    buf_truncate(r->x->out, start);
    return own_read_defaults(r, node, q->from);
}

static void begin(struct reading *r, struct gql_execution *x, const struct gql_node *node)
{
    own_reading_begin(r, x);
    r->drafts = str_equal(gql_argument_text(node, S("perspective")), S("DRAFT"));
}

enum gql_done own_read_event_item(struct gql_execution *x, const struct gql_node *node,
                                  const void *self)
{
    const struct feed_event *event = self;
    struct reading r;
    bool found = false;
    size_t start = x->out->len;
    begin(&r, x, node);
    struct query *q = own_root_query(&r, own_meaning_of(node->field)->of);
    enum gql_done done = read_one(&r, node, q, own_filter_of_id(&r, q->from, event->item), &found);
    return gql_settle(x, node->field->type, end(&r, node, done), start);
}

enum gql_done own_read_root(struct gql_execution *x, const struct gql_node *node, const void *self)
{
    const struct own_meaning *m = own_meaning_of(node->field);
    struct reading r;
    enum gql_done done = GQL_NULLED;
    size_t start = x->out->len;
    (void)self;
    begin(&r, x, node);
    struct query *q = m->of ? own_root_query(&r, m->of) : NULL;
    switch ((unsigned)m->what) {
    case OWN_LIST:
        done = read_list(&r, node, q);
        break;
    case OWN_CONNECTION:
        done = own_read_connection(&r, node, q);
        break;
    case OWN_ITEM:
        done = read_by_id(&r, node, q);
        break;
    case OWN_ITEM_BY:
        done = read_by_key(&r, node, q);
        break;
    case OWN_SINGLE:
        done = read_single(&r, node, q);
        break;
    case OWN_AGGREGATE:
        done = own_read_groups(&r, node, q);
        break;
    case OWN_NODE_OF_ID:
    case OWN_NODES_OF_IDS:
        done = own_read_nodes(&r, node);
        break;
    case OWN_SEARCH:
        done = own_read_search(&r, node);
        break;
    default:
        must(false); /* no root of reading */
    }
    return gql_settle(x, node->field->type, end(&r, node, done), start);
}

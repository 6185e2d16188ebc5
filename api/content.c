/* The content API: Cockpit's paths, parameters and shapes, extended (contract 3 and 5; docs/api.md). Each
 * handler reads the wire, builds a query or a change, calls the gate and renders. */
#include "api/content.h"

#include "api/etag.h"
#include "api/params.h"
#include "base/limits.h"

/* The dialect's own way to say "what of this collection": the name from the path. */
static enum err find_model(struct exchange *x, struct api *api, const struct params *p, const struct collection **out,
                           struct problem *why)
{
    return gate_collection(api->gate, x->who, param(p, "model"), out, why);
}

static struct buf *begin_answer(struct exchange *x, struct json_writer *w)
{
    struct buf *b = exchange_body_buf(x);
    json_begin(w, b);
    return b;
}

/* One item by a finished query; *found false when there is none. Sends the answer or the 304. */
static enum err send_item(struct exchange *x, struct api *api, struct query *q, bool *found, struct problem *why)
{
    struct etag tag = etag_of(x, api->gate, q);
    struct buf *body;
    struct json_writer json;
    struct item_writer items;
    *found = true;
    if (etag_is_fresh(x, &tag)) {
        exchange_send_nothing(x, 304);
        return ERR_OK;
    }
    q->limit = 1;
    body = begin_answer(x, &json);
    item_writer_init(&items, &json);
    TRY(gate_read(api->gate, x->who, q, &items.receiver, NULL, why));
    *found = items.rows > 0;
    if (!*found)
        return ERR_OK;
    tag.revision = items.last_revision;
    etag_send(x, &tag);
    if (!content_has_branches(q) && etag_same_revision(x, &tag))
        exchange_send_nothing(x, 304);
    else
        exchange_send_json(x, 200, buf_str(body));
    return ERR_OK;
}

bool content_has_branches(const struct query *q)
{
    for (size_t i = 0; i < q->output_count; i++)
        if (q->outputs[i].branch)
            return true;
    return false;
}

static enum err no_item(struct problem *why)
{
    return problem_set(why, ERR_NOT_FOUND, "There is no such item");
}

/* A singleton that was never saved is its defaults. */
static enum err send_defaults(struct exchange *x, const struct collection *c, const struct principal *who)
{
    struct buf *body;
    struct json_writer w;
    body = begin_answer(x, &w);
    json_map_open(&w);
    const struct access *access = rights_access(who->rights, VERB_READ, c);
    for (size_t i = META_COUNT; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        if (!field_set_has(&access->fields, i))
            continue;
        json_name_ready(&w, f->json_name);
        json_value(&w, f->standard ? f->standard : &json_null);
    }
    json_name(&w, S("_model"));
    json_text(&w, c->name);
    json_map_close(&w);
    exchange_send_json(x, 200, buf_str(body));
    return ERR_OK;
}

static enum err item_first(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const names[] = {"filter", "fields", "populate", "locale", "sort", "state", NULL};
    struct content_params params;
    const struct collection *c;
    struct query *q;
    bool found;
    TRY(find_model(x, app, p, &c, why));
    TRY(content_params_read(x, app, names, &params, why));
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    q->with_model = c->shape == SHAPE_SINGLE;
    TRY(send_item(x, app, q, &found, why));
    if (!found && c->shape == SHAPE_SINGLE && !params.filter_tree)
        return send_defaults(x, c, x->who);
    return found ? ERR_OK : no_item(why);
}

static enum err item_by_id(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const names[] = {"fields", "populate", "locale", "state", NULL};
    struct content_params params;
    const struct collection *c;
    struct query *q;
    bool found;
    TRY(find_model(x, app, p, &c, why));
    TRY(content_params_read(x, app, names, &params, why));
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    q->where = filter_and(x->arena, filter_test(x->arena, &c->fields[META_ID], TEST_EQ, json_of_text(param(p, "id"))),
                          q->where);
    TRY(send_item(x, app, q, &found, why));
    return found ? ERR_OK : no_item(why);
}

/* {data, meta} when the request asks for paging, else a bare array (contract 5). Cockpit's clients get
 * the total by sending limit and skip; count=none spares them the counting. */
static bool wants_meta(const struct content_params *p)
{
    return (p->has_limit && p->has_skip) || p->cursor.at || p->says_count;
}

static void write_meta(struct json_writer *w, const struct page *page, enum count_mode count)
{
    json_name(w, S("meta"));
    json_map_open(w);
    if (count != COUNT_NONE) {
        json_name(w, S("total"));
        json_uint(w, page->total);
    }
    json_name(w, S("count"));
    json_uint(w, page->rows);
    json_name(w, S("cursor"));
    if (page->has_more)
        json_text(w, page->next);
    else
        json_nothing(w);
    json_map_close(w);
}

enum err content_write_list(struct exchange *x, struct api *api, struct query *q, const struct content_params *p,
                            struct json_writer *w, struct page *page, struct problem *why)
{
    struct item_writer items;
    bool meta = wants_meta(p);
    if (meta && q->count == COUNT_NONE && p->has_limit && p->has_skip && !p->says_count)
        q->count = COUNT_EXACT;
    if (meta) {
        json_map_open(w);
        json_name(w, S("data"));
    }
    json_list_open(w);
    item_writer_init(&items, w);
    TRY(gate_read(api->gate, x->who, q, &items.receiver, page, why));
    json_list_close(w);
    if (meta) {
        write_meta(w, page, q->count);
        json_map_close(w);
    }
    return ERR_OK;
}

/* The same request with the cursor of the next page, as RFC 8288 wants it. */
static void add_next_link(struct exchange *x, const struct page *page)
{
    struct query_string query;
    struct problem quiet = {.arena = x->arena};
    struct buf b;
    if (!page->has_more || query_string_read(x->arena, x->query, &query, &quiet) != ERR_OK)
        return;
    buf_init(&b, x->arena, LIMIT_TARGET_BYTES);
    buf_byte(&b, '<');
    buf_add(&b, x->path);
    char separator = '?';
    for (size_t i = 0; i < query.count; i++) {
        str name = query.pairs[i].name;
        if (str_equal(name, S("cursor")) || str_equal(name, S("skip")) || str_equal(name, S("api_key")))
            continue;
        buf_byte(&b, separator);
        buf_percent(&b, name);
        buf_byte(&b, '=');
        buf_percent(&b, query.pairs[i].value);
        separator = '&';
    }
    buf_byte(&b, separator);
    buf_add(&b, S("cursor="));
    buf_add(&b, page->next);
    buf_add(&b, S(">; rel=\"next\""));
    str link;
    if (buf_done(&b, &link) == ERR_OK)
        exchange_add_header(x, S("Link"), link);
}

static enum err items_list(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const names[] = {"filter",   "sort",   "fields", "limit", "skip",
                                        "populate", "locale", "count",  "state", "cursor", NULL};
    struct content_params params;
    const struct collection *c;
    struct query *q;
    struct buf *body;
    struct json_writer w;
    struct page page = {0};
    TRY(find_model(x, app, p, &c, why));
    TRY(content_params_read(x, app, names, &params, why));
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    struct etag tag = etag_of(x, ((struct api *)app)->gate, q);
    if (etag_is_fresh(x, &tag)) {
        exchange_send_nothing(x, 304);
        return ERR_OK;
    }
    body = begin_answer(x, &w);
    TRY(content_write_list(x, app, q, &params, &w, &page, why));
    add_next_link(x, &page);
    etag_send(x, &tag);
    exchange_send_json(x, 200, buf_str(body));
    return ERR_OK;
}

/* `models={posts:{limit:5},faq:{}}`: one answer for several listings. What the caller may not know of is
 * left out, as it is for those who ask for it alone. */
static enum err batch_entry(struct exchange *x, struct api *api, const struct json *entry, struct json_writer *w,
                            struct problem *why)
{
    const struct json *alias = json_get(entry, S("model"));
    str name = alias && alias->type == JSON_TEXT ? alias->text : entry->name;
    const struct collection *c = NULL;
    struct problem quiet = {.arena = x->arena};
    struct content_params params;
    struct query *q;
    struct page page = {0};
    if (entry->type != JSON_MAP)
        return problem_fault(why, ERR_BAD_INPUT, S("models"), S("type"), "Each entry of models must be an object");
    if (gate_collection(api->gate, x->who, name, &c, &quiet) != ERR_OK || !gate_may(x->who, VERB_READ, c))
        return ERR_OK;
    TRY(content_params_of_json(x->arena, entry, &params, why));
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    json_name(w, entry->name);
    if (c->shape != SHAPE_SINGLE)
        return content_write_list(x, api, q, &params, w, &page, why);
    struct item_writer items;
    item_writer_init(&items, w);
    q->limit = 1;
    q->with_model = true;
    TRY(gate_read(api->gate, x->who, q, &items.receiver, NULL, why));
    if (items.rows == 0)
        json_nothing(w);
    return ERR_OK;
}

static enum err items_batch(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const names[] = {"models", "locale", "populate", NULL};
    struct content_params params;
    const struct json *models;
    struct buf *body;
    struct json_writer w;
    (void)p;
    TRY(content_params_read(x, app, names, &params, why));
    if (str_is_absent(params.models))
        return problem_set(why, ERR_BAD_INPUT, "<models> parameter is missing");
    TRY(json_read(x->arena, params.models, &(struct json_options){.dialect = JSON_5}, S("models"), &models, why));
    if (models->type != JSON_MAP || models->count > LIMIT_BATCH_MODELS)
        return problem_fault(why, ERR_BAD_INPUT, S("models"), S("type"),
                             "models must be an object of at most %u listings", LIMIT_BATCH_MODELS);
    body = begin_answer(x, &w);
    json_map_open(&w);
    for (uint32_t i = 0; i < models->count; i++)
        TRY(batch_entry(x, app, &models->items[i], &w, why));
    json_map_close(&w);
    exchange_send_json(x, 200, buf_str(body));
    return ERR_OK;
}

/* What was written, as its author sees it. */
static enum err send_written(struct exchange *x, struct api *api, const struct change *c, int status,
                             struct problem *why)
{
    struct buf *body;
    struct json_writer w;
    struct item_writer items;
    struct query q = {.from = c->in, .limit = 1, .with_model = c->in->shape == SHAPE_SINGLE};
    q.where = filter_test(x->arena, &c->in->fields[META_ID], TEST_EQ, json_of_text(c->result_id));
    query_all_fields(x->arena, &q, NULL);
    body = begin_answer(x, &w);
    item_writer_init(&items, &w);
    if (gate_may(x->who, VERB_READ, c->in))
        TRY(gate_read(api->gate, x->who, &q, &items.receiver, NULL, why));
    if (items.rows == 0) { /* may write what it may not read back */
        json_map_open(&w);
        json_name(&w, S("_id"));
        json_text(&w, c->result_id);
        json_map_close(&w);
    }
    struct etag tag = etag_of(x, api->gate, &q);
    tag.revision = c->result_revision;
    etag_send(x, &tag);
    exchange_send_json(x, status, buf_str(body));
    return ERR_OK;
}

/* All faults of a body at once: unknown members and what the kinds say of the known ones. Whether the caller
 * may write here at all is asked first, and what he may not write is unknown: faults must not tell of it. */
static enum err read_change(struct exchange *x, const struct collection *c, const struct json *data, str where,
                            struct change *out, struct problem *why)
{
    enum verb verb = out->op == OP_CREATE ? VERB_CREATE : VERB_UPDATE;
    TRY(gate_allows(x->who, verb, c, why));
    out->writable = &rights_access(x->who->rights, verb, c)->fields;
    enum err e = change_read(x->arena, c, data, where, out, why);
    out->where = where;
    if (e == ERR_INVALID)
        err_ignored(change_check(x->arena, out, &x->who->actor.vars, where, why));
    return e;
}

static enum err write_one(struct exchange *x, struct api *api, struct change *change, struct problem *why)
{
    change->expects = etag_expects(x, &change->expect_revision);
    TRY(gate_write(api->gate, x->who, change, 1, x->arena, why));
    return send_written(x, api, change, 200, why);
}

/* Singletons have one item under a fixed id: the first write makes it. */
static void settle_single(struct exchange *x, struct api *api, struct change *c)
{
    struct query q = {.from = c->in, .limit = 1};
    struct item_list list;
    struct problem quiet = {.arena = x->arena};
    if (c->in->shape != SHAPE_SINGLE)
        return;
    query_all_fields(x->arena, &q, NULL);
    item_list_init(&list, x->arena);
    bool exists = gate_read(api->gate, x->who, &q, &list.receiver, NULL, &quiet) == ERR_OK && list.count > 0;
    c->op = exists ? (c->op == OP_CREATE ? OP_UPDATE : c->op) : OP_CREATE;
    c->id = exists ? json_get(&list.items[0], S("_id"))->text : (str){0};
}

static enum err read_data(struct exchange *x, bool bare, const struct json **data, str *where, struct problem *why)
{
    const struct json *body;
    TRY(exchange_json(x, &body, why));
    *data = json_get(body, S("data"));
    *where = S("/data");
    if (bare && !(*data && body->count == 1)) {
        *data = body;
        *where = S("");
    }
    if (!*data || (*data)->type != JSON_MAP)
        return problem_set(why, ERR_BAD_INPUT, "Item data is missing");
    return ERR_OK;
}

/* POST {data:{…}}: create, or with data._id update (Cockpit). */
static enum err item_save(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    const struct collection *c;
    const struct json *data;
    str where;
    struct change change = {.op = OP_CREATE};
    TRY(find_model(x, app, p, &c, why));
    TRY(read_data(x, false, &data, &where, why));
    const struct json *id = json_get(data, S("_id"));
    change.in = c;
    if (id && id->type == JSON_TEXT)
        change.op = OP_UPDATE;
    settle_single(x, app, &change);
    TRY(read_change(x, c, data, where, &change, why));
    return write_one(x, app, &change, why);
}

static enum err item_write(struct exchange *x, struct api *api, const struct params *p, enum op op, bool has_id,
                           struct problem *why)
{
    const struct collection *c;
    const struct json *data;
    str where;
    struct change change = {.op = op, .merge = op == OP_UPDATE};
    TRY(find_model(x, api, p, &c, why));
    if (!has_id && c->shape != SHAPE_SINGLE)
        return problem_set(why, ERR_BAD_METHOD, "Only singletons are written without an id");
    TRY(read_data(x, true, &data, &where, why));
    change.in = c;
    if (has_id)
        change.id = param(p, "id");
    else
        settle_single(x, api, &change);
    TRY(read_change(x, c, data, where, &change, why));
    return write_one(x, api, &change, why);
}

static enum err item_put(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return item_write(x, app, p, OP_REPLACE, true, why);
}

static enum err item_patch(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return item_write(x, app, p, OP_UPDATE, true, why);
}

static enum err single_put(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return item_write(x, app, p, OP_REPLACE, false, why);
}

static enum err single_patch(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return item_write(x, app, p, OP_UPDATE, false, why);
}

static enum err item_delete(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    const struct collection *c;
    TRY(find_model(x, app, p, &c, why));
    if (c->shape == SHAPE_SINGLE)
        return problem_set(why, ERR_BAD_METHOD, "DELETE method not allowed for " STR_FMT, STR_ARG(c->name));
    struct change change = {.op = OP_DELETE, .in = c, .id = param(p, "id")};
    change.expects = etag_expects(x, &change.expect_revision);
    TRY(gate_write(api->gate, x->who, &change, 1, x->arena, why));
    exchange_send_json(x, 200, S("{\"success\":true}"));
    return ERR_OK;
}

const struct route content_routes[] = {
    {M_GET, "/api/content/item/{model}", item_first, 0, 0, "The first item that matches, or a singleton"},
    {M_GET, "/api/content/item/{model}/{id}", item_by_id, 0, 0, "One item by its id"},
    {M_POST, "/api/content/item/{model}", item_save, LIMIT_BODY_BYTES, 0, "Create an item, or update the one named in data._id"},
    {M_PUT, "/api/content/item/{model}", single_put, LIMIT_BODY_BYTES, 0, "Replace a singleton"},
    {M_PATCH, "/api/content/item/{model}", single_patch, LIMIT_BODY_BYTES, 0, "Change fields of a singleton"},
    {M_PUT, "/api/content/item/{model}/{id}", item_put, LIMIT_BODY_BYTES, 0, "Replace an item"},
    {M_PATCH, "/api/content/item/{model}/{id}", item_patch, LIMIT_BODY_BYTES, 0, "Change fields of an item (JSON Merge Patch)"},
    {M_DELETE, "/api/content/item/{model}/{id}", item_delete, 0, 0, "Delete an item"},
    {M_GET, "/api/content/items/{model}", items_list, 0, 0, "List items: filter, sort, fields, limit, skip, cursor, count, populate"},
    {M_GET, "/api/content/items", items_batch, 0, 0, "Several listings in one answer"},
    {M_GET, "/api/content/tree/{model}", content_tree, 0, 0, "A tree with its children"},
};
const size_t content_route_count = COUNTOF(content_routes);

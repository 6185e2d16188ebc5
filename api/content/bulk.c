/* Many items with one request: lists of new ones, create-or-change by a key, and one change for all that a filter
 * finds. One transaction each. */
#include "api/content/content.h"

#include "base/limits.h"

const char *const content_save_many_names[] = {"locale", "upsert", NULL};
const char *const content_put_by_key_names[] = {"locale", "key", NULL};
const char *const content_bulk_names[] = {"filter", "sort", "limit", "state", "locale", "dry_run", NULL};
const char *const content_bulk_delete_names[] = {"filter", "sort", "limit", "state", "locale", "dry_run", "permanent", NULL};

static enum err find_list(struct exchange *x, struct api *api, const struct params *p, const char *const *names,
                          const struct collection **c, struct content_params *params, struct problem *why)
{
    TRY(gate_collection(api->gate, x->who, param(p, "model"), c, why));
    TRY(content_params_read(x, api, names, params, why));
    if ((*c)->shape != SHAPE_SINGLE)
        return ERR_OK;
    exchange_add_header(x, S("Allow"), S("GET, HEAD, OPTIONS"));
    return problem_set(why, ERR_BAD_METHOD, STR_FMT " is a single item: /api/content/item/" STR_FMT, STR_ARG((*c)->name),
                       STR_ARG((*c)->name));
}

/* [item, …], {"data":[…]}, or one item either way. */
static enum err read_items(struct exchange *x, const struct collection *c, const struct json **items, size_t *count,
                           str *where, bool *is_list, struct problem *why)
{
    const struct json *body;
    TRY(exchange_json(x, &body, why));
    const struct json *data = body->type == JSON_MAP && body->count == 1 && !collection_field(c, S("data")) ? json_get(body, S("data")) : NULL;
    *where = data ? S("/data") : S("");
    body = data ? data : body;
    *is_list = body->type == JSON_LIST;
    *items = *is_list ? body->items : body;
    *count = *is_list ? body->count : 1;
    if (!*is_list && body->type != JSON_MAP)
        return problem_fault(why, ERR_BAD_INPUT, *where, S("type"), "The body must be an item or a list of items");
    if (*count == 0)
        return problem_fault(why, ERR_BAD_INPUT, *where, S("required"), "There is no item in the list");
    if (*count > LIMIT_CHANGES)
        return problem_set(why, ERR_TOO_LARGE, "More than %u items in one request", LIMIT_CHANGES);
    return ERR_OK;
}

static enum err save_items(struct exchange *x, struct api *api, const struct collection *c, str key, enum op op,
                           struct problem *why)
{
    struct once *once;
    const struct json *items;
    size_t count;
    bool is_list;
    str where;
    TRY(content_read_once(x, &once, why));
    TRY(read_items(x, c, &items, &count, &where, &is_list, why));
    struct change *changes = NEW_N(x->arena, struct change, count);
    for (size_t i = 0; i < count; i++) {
        struct sent_item sent = {&items[i], is_list ? pointer_index(x->arena, where, i) : where, NULL};
        changes[i] = (struct change){.op = OP_CREATE, .placed = true};
        if (key.len)
            err_ignored(content_read_upsert(x, c, key, op, &sent, &changes[i], why));
        else
            err_ignored(content_read_change(x, c, &sent, &changes[i], why));
        if (why->err != ERR_OK && why->err != ERR_INVALID)
            return why->err;
    }
    TRY(why->err);
    for (size_t i = 0; i < count; i++)
        TRY(etag_preconditions(x, key.len ? changes[i].upsert->update : &changes[i], why));
    changes[0].once = once;
    TRY(gate_write(api->gate, x->who, changes, count, x->arena, why));
    content_say_replayed(x, once);
    if (is_list)
        return content_send_many(x, api, changes, count, why);
    return content_send_written(x, api, &changes[0], why);
}

enum err content_save_many(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    const struct collection *c;
    struct content_params params;
    TRY(find_list(x, app, p, content_save_many_names, &c, &params, why));
    if (params.key.at && params.key.len == 0)
        return problem_fault(why, ERR_BAD_INPUT, S("upsert"), S("required"), "Say by which unique field items are known: upsert=slug");
    return save_items(x, app, c, params.key, OP_UPDATE, why);
}

enum err content_put_by_key(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    const struct collection *c;
    struct content_params params;
    TRY(find_list(x, app, p, content_put_by_key_names, &c, &params, why));
    if (params.key.len == 0)
        return problem_fault(why, ERR_BAD_INPUT, S("key"), S("required"),
                             "Say by which unique field items are known: key=slug");
    return save_items(x, app, c, params.key, OP_REPLACE, why);
}

static enum err send_bulk(struct exchange *x, const struct bulk *b, struct problem *why)
{
    struct answer answer;
    answer_begin(x, &answer);
    struct json_writer *w = &answer.json;
    json_map_open(w);
    json_name(w, S("changed"));
    json_uint(w, b->count);
    json_name(w, S("has_more"));
    json_bool(w, b->has_more);
    json_name(w, S("dry_run"));
    json_bool(w, b->dry);
    json_name(w, S("ids"));
    json_list_open(w);
    for (size_t i = 0; i < b->count; i++)
        json_text(w, b->ids[i]);
    json_list_close(w);
    json_map_close(w);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    return answer_send(x, &answer, NULL, why);
}

static enum err change_all(struct exchange *x, struct api *api, const struct params *p, enum op op, struct problem *why)
{
    static const enum verb verbs[] = {[OP_UPDATE] = VERB_UPDATE, [OP_DELETE] = VERB_DELETE};
    const struct collection *c;
    struct content_params params;
    struct change each = {.op = op, .merge = op == OP_UPDATE};
    struct bulk bulk = {.each = &each};
    TRY(find_list(x, api, p, op == OP_DELETE ? content_bulk_delete_names : content_bulk_names, &c, &params, why));
    TRY(gate_allows(x->who, verbs[op], c, why));
    TRY(gate_allows(x->who, VERB_READ, c, why));
    if (!params.filter_tree)
        return problem_fault(why, ERR_BAD_INPUT, S("filter"), S("required"),
                             "Say which items are meant; filter={} means all");
    TRY(content_query(x->arena, x->who, c, &params, &bulk.which, why));
    TRY(content_read_once(x, &bulk.once, why));
    each.in = c;
    if (op == OP_UPDATE) {
        struct sent_item sent;
        TRY(content_body_bare(x, c, &sent, why));
        TRY(content_read_change(x, c, &sent, &each, why));
        if (!str_is_absent(each.id))
            return problem_fault(why, ERR_INVALID, pointer_name(x->arena, sent.where, S("_id")), S("locked"),
                                 "Many items cannot have one _id");
    }
    TRY(content_read_permanent(&params, &each, why));
    TRY(etag_preconditions(x, &each, why));
    bulk.limit = params.has_limit && params.limit ? params.limit : LIMIT_BULK_ROWS;
    bulk.whole = !params.has_limit;
    bulk.dry = params.dry_run;
    TRY(gate_write_bulk(api->gate, x->who, &bulk, x->arena, why));
    content_say_replayed(x, bulk.once);
    return send_bulk(x, &bulk, why);
}

enum err content_patch_many(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return change_all(x, app, p, OP_UPDATE, why);
}

enum err content_delete_many(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return change_all(x, app, p, OP_DELETE, why);
}

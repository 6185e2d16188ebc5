/* The content API: Cockpit's paths, parameters and shapes, extended (contract 3 and 5;
 * docs/cockpit.md, docs/query.md, docs/write.md). Each handler reads the wire, builds a query or a change, calls the gate and
 * renders. Here: the routes, and reading items. */
#include "api/content/content.h"

#include "api/etag.h"
#include "base/limits.h"

#include <assert.h>

const char *const content_no_names[] = {NULL};
static const char *const first_names[] = {"filter", "fields", "populate", "deep", "locale",
                                          "sort",   "state",  "perspective", "publication", "fallback", "locale_report", NULL};
static const char *const by_id_names[] = {"fields", "populate", "deep", "locale", "state", "perspective", "fallback", "locale_report", NULL};
static const char *const list_names[] = {"filter", "sort",     "fields", "limit",  "skip", "cursor", "before",
                                         "count",  "populate", "deep", "state",  "locale", "perspective", "publication", "fallback", "locale_report", SEARCH_NAMES, NULL};
static const char *const batch_names[] = {"models", "populate", "locale", "fallback", "locale_report", NULL};

/* The dialect's own way to say "what of this collection": the name from the path. */
static enum err find_model(struct exchange *x, struct api *api, const struct params *p,
                           const struct collection **out, struct problem *why)
{
    return gate_collection(api->gate, x->who, param(p, "model"), out, why);
}

/* One item by a finished query; *found is false when there is none. Sends the answer or the 304. */
static enum err send_item(struct exchange *x, struct api *api, struct query *q, bool *found,
                          struct problem *why)
{
    struct etag tag;
    struct answer answer;
    struct item_writer items;
    str body;
    *found = true;
    etag_begin(x, api, &tag);
    etag_add(x, api, q, &tag);
    if (etag_is_fresh(x, &tag)) {
        etag_send_unchanged(x, &tag);
        return ERR_OK;
    }
    q->limit = 1;
    answer_begin(x, &answer);
    item_writer_init(&items, &answer.json);
    TRY(gate_read(api->gate, x->who, q, &items.receiver, NULL, why));
    *found = items.rows > 0;
    if (!*found)
        return ERR_OK;
    TRY(answer_end(&answer, &body, why));
    etag_item(&tag, q->from, items.last_id, items.last_revision, body);
    if (etag_is_same(x, &tag)) {
        etag_send_unchanged(x, &tag);
        return ERR_OK;
    }
    etag_send(x, &tag);
    exchange_send_json(x, 200, body);
    return ERR_OK;
}

static enum err no_item(struct problem *why)
{
    return problem_set(why, ERR_NOT_FOUND, "There is no such item");
}

/* A singleton that was never saved is its defaults. */
static void write_defaults(struct json_writer *w, const struct query *q,
                           const struct principal *who)
{
    const field_set *readable = &rights_access(who->rights, VERB_READ, q->from)->fields;
    json_map_open(w);
    for (size_t i = 0; i < q->output_count; i++) {
        const struct field *f = q->outputs[i].field;
        if (f->is_meta || !field_set_has(readable, f->index))
            continue;
        json_name_ready(w, f->json_name);
        json_value(w, f->standard ? f->standard : &json_null);
    }
    json_name(w, S("_model"));
    json_text(w, q->from->name);
    json_map_close(w);
}

static enum err send_defaults(struct exchange *x, struct api *api, const struct query *q,
                              struct problem *why)
{
    struct etag tag;
    struct answer answer;
    etag_begin(x, api, &tag);
    etag_add(x, api, q, &tag);
    answer_begin(x, &answer);
    write_defaults(&answer.json, q, x->who);
    return answer_send(x, &answer, &tag, why);
}

static enum err item_first(struct exchange *x, void *app, const struct params *p,
                           struct problem *why)
{
    struct content_params params;
    const struct collection *c;
    struct query *q;
    bool found;
    TRY(find_model(x, app, p, &c, why));
    TRY(content_params_read(x, app, first_names, &params, why));
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    q->with_model = c->shape == SHAPE_SINGLE;
    TRY(send_item(x, app, q, &found, why));
    if (!found && c->shape == SHAPE_SINGLE && !params.filter_tree && params.see == SEE_PUBLISHED && str_is_absent(params.publication))
        return send_defaults(x, app, q, why);
    return found ? ERR_OK : no_item(why);
}

static enum err item_by_id(struct exchange *x, void *app, const struct params *p,
                           struct problem *why)
{
    struct content_params params;
    const struct collection *c;
    struct query *q;
    bool found;
    TRY(find_model(x, app, p, &c, why));
    TRY(content_params_read(x, app, by_id_names, &params, why));
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    q->with_model = c->shape == SHAPE_SINGLE;
    content_narrow(x->arena, q, &c->fields[META_ID], param(p, "id"));
    TRY(send_item(x, app, q, &found, why));
    return found ? ERR_OK : no_item(why);
}

static enum err items_list(struct exchange *x, void *app, const struct params *p,
                           struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    const struct collection *c;
    struct query *q;
    struct answer answer;
    struct etag tag;
    struct page page = {0};
    str body;
    TRY(find_model(x, app, p, &c, why));
    TRY(content_params_read(x, app, list_names, &params, why));
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    etag_begin(x, api, &tag);
    etag_add(x, api, q, &tag);
    content_prefer(x, &params, q, &tag);
    if (etag_answers(x, &tag))
        return ERR_OK;
    answer_begin(x, &answer);
    TRY(content_write_list(x, api, q, &params, &answer.json, &page, why));
    TRY(answer_end(&answer, &body, why));
    content_link_next(x, &params, &page);
    content_say_range(x, &params, q, &page);
    etag_send(x, &tag);
    exchange_send_json(x, 200, body);
    return ERR_OK;
}

/* `models={posts:{limit:5},faq:{}}`: one answer for several listings. What the caller may not know
 * of is left out, as for those who ask for it alone. */
struct batch_entry {
    str name;
    struct query *query;
    struct content_params params;
};

static void point_into_entry(struct problem *why, size_t first, str name)
{
    for (size_t i = first; i < why->fault_count; i++)
        why->faults[i].path = arena_format(why->arena, "models/" STR_FMT "/" STR_FMT, STR_ARG(name),
                                           STR_ARG(why->faults[i].path));
}

/* *known is false for what is left out. */
static enum err read_entry(struct exchange *x, struct api *api, const struct json *v,
                           const struct content_params *all, struct batch_entry *out, bool *known,
                           struct problem *why)
{
    const struct json *alias = json_get(v, S("model"));
    const struct collection *c = NULL;
    struct problem quiet = {.arena = x->arena};
    size_t faults = why->fault_count;
    *known = false;
    out->name = v->name;
    if (v->type != JSON_MAP || (alias && alias->type != JSON_TEXT))
        return problem_fault(why, ERR_BAD_INPUT, S("models"), S("type"),
                             STR_FMT " must be an object, its model a name", STR_ARG(v->name));
    enum err e = gate_collection(api->gate, x->who, alias ? alias->text : v->name, &c, &quiet);
    if (e != ERR_OK || !gate_may(x->who, VERB_READ, c))
        return ERR_OK;
    e = content_params_of_json(x->arena, v, &out->params, why);
    if (!json_get(v, S("populate"))) {
        out->params.populate = all->populate;
        out->params.populate_text = all->populate_text;
        out->params.populate_tree = all->populate_tree;
    }
    if (str_is_absent(out->params.locale))
        out->params.locale = all->locale;
    if (str_is_absent(out->params.fallback))
        out->params.fallback = all->fallback;
    out->params.reports_locales |= all->reports_locales;
    if (e == ERR_OK)
        e = content_query(x->arena, x->who, c, &out->params, &out->query, why);
    if (e == ERR_OK)
        out->query->with_model = c->shape == SHAPE_SINGLE;
    point_into_entry(why, faults, v->name);
    *known = e == ERR_OK;
    return e;
}

static enum err write_entry(struct exchange *x, struct api *api, struct batch_entry *e,
                            struct json_writer *w, struct problem *why)
{
    struct page page = {0};
    struct item_writer items;
    json_name(w, e->name);
    if (e->query->from->shape != SHAPE_SINGLE)
        return content_write_list(x, api, e->query, &e->params, w, &page, why);
    item_writer_init(&items, w);
    e->query->limit = 1;
    TRY(gate_read(api->gate, x->who, e->query, &items.receiver, NULL, why));
    if (items.rows == 0 && !e->params.filter_tree && e->params.see == SEE_PUBLISHED)
        write_defaults(w, e->query, x->who);
    else if (items.rows == 0)
        json_nothing(w);
    return ERR_OK;
}

static enum err read_models(struct exchange *x, str text, const struct json **out,
                            struct problem *why)
{
    struct json_options options = {.dialect = JSON_5};
    if (str_is_absent(text))
        return problem_fault(why, ERR_BAD_INPUT, S("models"), S("required"),
                             "<models> parameter is missing");
    TRY(json_read(x->arena, text, &options, S("models"), out, why));
    if ((*out)->type != JSON_MAP)
        return problem_fault(why, ERR_BAD_INPUT, S("models"), S("type"),
                             "models must be an object of listings");
    if ((*out)->count > LIMIT_BATCH_MODELS)
        return problem_fault(why, ERR_BAD_INPUT, S("models"), S("limit"),
                             "At most %u listings at a time", LIMIT_BATCH_MODELS);
    return ERR_OK;
}

/* Somebody without any rights is told to sign in; to everybody else an empty answer is an answer.
 */
enum err content_demand_role(const struct principal *who, struct problem *why)
{
    if (who->kind != PRINCIPAL_PUBLIC || who->role_count > 0)
        return ERR_OK;
    return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
}

static enum err items_batch(struct exchange *x, void *app, const struct params *p,
                            struct problem *why)
{
    struct batch_entry *entries = NEW_N(x->arena, struct batch_entry, LIMIT_BATCH_MODELS);
    size_t count = 0;
    struct content_params params;
    const struct json *models;
    struct api *api = app;
    struct answer answer;
    struct etag tag;
    (void)p;
    TRY(content_demand_role(x->who, why));
    TRY(content_params_read(x, app, batch_names, &params, why));
    TRY(read_models(x, params.models, &models, why));
    etag_begin(x, api, &tag);
    for (uint32_t i = 0; i < models->count; i++) {
        bool known;
        TRY(read_entry(x, api, &models->items[i], &params, &entries[count], &known, why));
        if (known)
            etag_add(x, api, entries[count++].query, &tag);
    }
    if (etag_answers(x, &tag))
        return ERR_OK;
    answer_begin(x, &answer);
    json_map_open(&answer.json);
    for (size_t i = 0; i < count; i++)
        TRY(write_entry(x, api, &entries[i], &answer.json, why));
    json_map_close(&answer.json);
    return answer_send(x, &answer, &tag, why);
}

/* clang-format off */
static const struct route content_routes[] = {
    {M_GET, "/api/content/item/{model}", item_first, 0, 0, "The first item that matches, or a singleton"},
    {M_GET, "/api/content/item/{model}/{id}", item_by_id, 0, 0, "One item by its id"},
    {M_POST, "/api/content/item/{model}", content_save, LIMIT_BODY_BYTES, 0, "Create an item, or update the one named in data._id"},
    {M_PUT, "/api/content/item/{model}", content_put_single, LIMIT_BODY_BYTES, 0, "Replace a singleton"},
    {M_PATCH, "/api/content/item/{model}", content_patch_single, LIMIT_BODY_BYTES, 0, "Change fields of a singleton"},
    {M_PUT, "/api/content/item/{model}/{id}", content_put, LIMIT_BODY_BYTES, 0, "Replace an item"},
    {M_PATCH, "/api/content/item/{model}/{id}", content_patch, LIMIT_BODY_BYTES, 0, "Change fields of an item (JSON Merge Patch)"},
    {M_DELETE, "/api/content/item/{model}/{id}", content_delete, LIMIT_IGNORED_BODY_BYTES, 0, "Delete an item"},
    {M_POST, "/api/content/item/{model}/{id}/{action}", content_act_on, LIMIT_BODY_BYTES, 0, "Do something with an item"},
    {M_POST, "/api/content/item/{model}/{id}/move", content_move, LIMIT_BODY_BYTES, 0, "Move a node of a tree: parent, before, after, position"},
    {M_POST, "/api/content/action/{model}/{action}", content_act_free, LIMIT_BODY_BYTES, 0, "Do something that needs no item"},
    {M_GET, "/api/content/items/{model}", items_list, 0, 0, "List items: filter, sort, fields, limit, skip, cursor, before, count, populate"},
    {M_POST, "/api/content/items/{model}/query", content_items_query, LIMIT_BODY_BYTES, 0, "List items by parameters in the body, for questions too long for a URL"},
    {M_POST, "/api/content/items/{model}", content_save_many, LIMIT_BODY_BYTES, 0, "Create many items, or create-or-change them by a unique field"},
    {M_PUT, "/api/content/items/{model}", content_put_by_key, LIMIT_BODY_BYTES, 0, "Create or replace items by a unique field"},
    {M_PATCH, "/api/content/items/{model}", content_patch_many, LIMIT_BODY_BYTES, 0, "The same change for all items that a filter finds"},
    {M_DELETE, "/api/content/items/{model}", content_delete_many, LIMIT_IGNORED_BODY_BYTES, 0, "Delete all items that a filter finds"},
    {M_GET, "/api/content/items", items_batch, 0, 0, "Several listings in one answer"},
    {M_GET, "/api/content/search", content_search, 0, 0, "Search several collections at once, best matches first"},
    {M_GET, "/api/content/tree/{model}", content_tree, 0, 0, "A tree with its children"},
    {M_GET, "/api/content/groups/{model}", content_groups, 0, 0, "Groups of items: counts, sums, averages, made by the database"},
    {M_GET, "/api/content/aggregate/{model}", content_aggregate, 0, 0, "Read-only aggregation"},
    {M_GET, "/api/content/export/{model}", content_export, 0, 0, "All items that a filter finds, as NDJSON or CSV"},
};
/* clang-format on */
static const char *const *const content_parameters[] = {
    first_names,         by_id_names,         content_write_names, content_write_names,
    content_write_names, content_write_names, content_write_names, content_delete_names,
    content_no_names,    content_no_names,    content_no_names,    list_names,          content_no_names,
    content_save_many_names, content_put_by_key_names, content_bulk_names, content_bulk_delete_names,
    batch_names,         content_search_names,
    content_tree_names,  content_group_names, content_aggregate_names,
    content_export_names,
};
static_assert(COUNTOF(content_parameters) == COUNTOF(content_routes),
              "names of parameters stand beside their route");
const struct api_table content_api = {.routes = content_routes, .count = COUNTOF(content_routes), .parameters = content_parameters};

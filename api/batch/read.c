/* The two spellings of a batch: our own, and requests as PocketBase's clients send them. */
#include "api/batch/batch.h"

#include "base/limits.h"

static enum err fault(struct problem *why, str path, str rule, const char *text)
{
    return problem_fault(why, ERR_BAD_INPUT, path, rule, "%s", text);
}

static str text_of(const struct json *v, str name)
{
    const struct json *m = json_get(v, name);
    return m && m->type == JSON_TEXT ? m->text : (str){0};
}

/* A collection that may not be known of is refused like one that is not there, and the entry is named. */
static enum err find_collection(struct batch *b, struct batch_entry *e, str name, str path, struct problem *why)
{
    struct problem quiet = {.arena = b->x->arena};
    if (str_is_absent(name))
        return fault(why, path, S("required"), "Say which collection");
    enum err found = gate_collection(b->api->gate, b->x->who, name, &e->in, &quiet);
    if (found != ERR_OK)
        return problem_fault(why, found, path, S("collection"), STR_FMT, STR_ARG(quiet.text));
    return ERR_OK;
}

static const struct {
    str name;
    enum batch_op op;
    bool sets_state;
    int64_t state;
} ops[] = {
    {STR("create"), BATCH_CREATE, false, 0},  {STR("update"), BATCH_UPDATE, false, 0},
    {STR("replace"), BATCH_REPLACE, false, 0}, {STR("upsert"), BATCH_UPSERT, false, 0},
    {STR("delete"), BATCH_DELETE, false, 0},  {STR("publish"), BATCH_UPDATE, true, 1},
    {STR("unpublish"), BATCH_UPDATE, true, 0}, {STR("archive"), BATCH_UPDATE, true, -1},
};

static enum err read_op(struct batch_entry *e, str name, struct problem *why)
{
    for (size_t i = 0; i < COUNTOF(ops); i++) {
        if (!str_equal(ops[i].name, name))
            continue;
        e->op = ops[i].op;
        e->sets_state = ops[i].sets_state;
        e->state = ops[i].state;
        return ERR_OK;
    }
    return fault(why, pointer_name(why->arena, e->path, S("op")), S("options"),
                 "op is create, update, replace, upsert, delete, publish, unpublish or archive");
}

static enum err read_revision(struct batch *b, struct batch_entry *e, const struct json *v, struct problem *why)
{
    if (!v || v->type == JSON_NULL)
        return ERR_OK;
    if (v->type == JSON_INT && v->integer >= 0)
        e->match = arena_format(b->x->arena, "\"%lld\"", (long long)v->integer);
    else if (v->type == JSON_TEXT)
        e->match = v->text;
    else
        return fault(why, pointer_name(why->arena, e->path, S("if_rev")), S("type"), "if_rev is a revision's number, an ETag or *");
    return ERR_OK;
}

static enum err known_members(const struct json *v, const char *names, str path, struct problem *why)
{
    for (uint32_t i = 0; i < v->count; i++) {
        str rest = str_of(names), name;
        bool ended = false, is_known = false;
        while (str_next(&rest, &ended, ' ', &name))
            is_known |= str_equal(name, v->items[i].name);
        if (!is_known)
            (void)problem_fault(why, ERR_BAD_INPUT, pointer_name(why->arena, path, v->items[i].name), S("unknown-parameter"),
                                "There is no " STR_FMT " here", STR_ARG(v->items[i].name));
    }
    return why->err;
}

static enum err read_change(struct batch *b, struct batch_entry *e, const struct json *v, struct problem *why)
{
    TRY(known_members(v, "op in id data if_rev as key permanent", e->path, why));
    TRY(read_op(e, text_of(v, S("op")), why));
    TRY(find_collection(b, e, text_of(v, S("in")), pointer_name(why->arena, e->path, S("in")), why));
    e->id = text_of(v, S("id"));
    e->as = text_of(v, S("as"));
    e->key = text_of(v, S("key"));
    e->data = json_get(v, S("data"));
    e->data_path = pointer_name(b->x->arena, e->path, S("data"));
    const struct json *permanent = json_get(v, S("permanent"));
    e->permanent = permanent && permanent->type == JSON_BOOL && permanent->boolean;
    if (permanent && (permanent->type != JSON_BOOL || e->op != BATCH_DELETE))
        return fault(why, pointer_name(why->arena, e->path, S("permanent")), S("type"), "A deletion is permanent or not");
    return read_revision(b, e, json_get(v, S("if_rev")), why);
}

/* Requests. */

static enum err read_headers(struct batch_entry *e, const struct json *headers, struct problem *why)
{
    str path = pointer_name(why->arena, e->path, S("headers"));
    for (uint32_t i = 0; headers && headers->type == JSON_MAP && i < headers->count; i++) {
        const struct json *h = &headers->items[i];
        if (str_equal_nocase(h->name, S("if-match")) && h->type == JSON_TEXT)
            e->match = h->text;
        else if (!str_equal_nocase(h->name, S("content-type")) && !str_equal_nocase(h->name, S("accept")))
            (void)fault(why, pointer_name(why->arena, path, h->name), S("header"),
                        "Of headers a request in a batch has If-Match; who asks is said once for all of them");
    }
    return why->err;
}

static enum err read_query(struct batch *b, struct batch_entry *e, str query, str path, struct problem *why)
{
    struct query_string q;
    if (query.len == 0)
        return ERR_OK;
    TRY(query_string_read(b->x->arena, query, &q, why));
    for (size_t i = 0; i < q.count; i++) {
        if (str_equal(q.pairs[i].name, S("key")) || str_equal(q.pairs[i].name, S("upsert")))
            e->key = q.pairs[i].value;
        else
            (void)fault(why, path, S("unknown-parameter"), "A url in a batch knows key and upsert as parameters");
    }
    return why->err;
}

struct target {
    str model, id;
    bool is_item, wraps;              /* wraps: POST has {"data":{…}} */
};

/* /api/content/item/{model}[/{id}], /api/content/items/{model}, /api/collections/{model}/records[/{id}] */
static bool read_path(struct arena *a, str path, struct target *out)
{
    str parts[8];
    size_t count = 0;
    bool ended = false;
    str rest = str_starts(path, S("/")) ? str_slice(path, 1, path.len) : path, piece;
    while (count < COUNTOF(parts) && str_next(&rest, &ended, '/', &piece))
        if (!percent_decode(a, piece, false, &parts[count++]))
            return false;
    if (!ended || count < 4 || !str_equal(parts[0], S("api")))
        return false;
    bool is_records = str_equal(parts[1], S("collections")) && str_equal(parts[3], S("records"));
    bool is_item = str_equal(parts[1], S("content")) && str_equal(parts[2], S("item"));
    bool is_items = str_equal(parts[1], S("content")) && str_equal(parts[2], S("items")) && count == 4;
    *out = (struct target){.model = is_records ? parts[2] : parts[3], .is_item = !is_items, .wraps = is_item};
    if (count == 5)
        out->id = parts[4];
    return count <= 5 && (is_records || is_item || is_items);
}

static enum err op_of(struct batch_entry *e, str method, const struct target *t, struct problem *why)
{
    str path = pointer_name(why->arena, e->path, S("method"));
    bool has_id = !str_is_absent(t->id), by_key = e->key.len > 0;
    e->id = t->id;
    if (str_equal(method, S("POST")) && !has_id)
        e->op = by_key ? BATCH_UPSERT : BATCH_CREATE;
    else if (str_equal(method, S("PUT")) && (has_id || t->is_item || by_key))
        e->op = has_id ? BATCH_REPLACE : BATCH_UPSERT;
    else if (str_equal(method, S("PATCH")) && has_id)
        e->op = BATCH_UPDATE;
    else if (str_equal(method, S("DELETE")) && has_id)
        e->op = BATCH_DELETE;
    else
        return fault(why, path, S("method"), "POST makes an item; PUT, PATCH and DELETE have its id in the url");
    return ERR_OK;
}

static enum err read_request(struct batch *b, struct batch_entry *e, const struct json *v, struct problem *why)
{
    struct target t;
    str url = text_of(v, S("url")), path, query = {0}, at = pointer_name(why->arena, e->path, S("url"));
    TRY(known_members(v, "method url headers body as", e->path, why));
    if (!str_cut(url, '?', &path, &query))
        path = url;
    if (str_is_absent(url) || !read_path(b->x->arena, path, &t))
        return fault(why, at, S("url"), "A url is /api/content/item/{model}, /api/content/item/{model}/{id} or /api/content/items/{model}");
    TRY(read_query(b, e, query, at, why));
    TRY(find_collection(b, e, t.model, at, why));
    TRY(op_of(e, text_of(v, S("method")), &t, why));
    TRY(read_headers(e, json_get(v, S("headers")), why));
    e->as = text_of(v, S("as"));
    e->data = json_get(v, S("body"));
    e->data_path = pointer_name(b->x->arena, e->path, S("body"));
    const struct json *inner = json_get(e->data, S("data"));
    if (t.wraps && inner && e->data->count == 1 && !collection_field(e->in, S("data"))) {
        e->data = inner;
        e->data_path = pointer_name(b->x->arena, e->data_path, S("data"));
    }
    if (e->op == BATCH_UPSERT && e->key.len == 0)
        e->key = S("_id");
    return ERR_OK;
}

enum err batch_read(struct batch *b, const struct json *body, struct problem *why)
{
    const struct json *changes = json_get(body, S("changes")), *requests = json_get(body, S("requests"));
    const struct json *list = changes ? changes : requests;
    if (!list || list->type != JSON_LIST || list->count == 0 || body->count != 1)
        return fault(why, S(""), S("required"), "The body is {\"changes\":[…]} or {\"requests\":[…]}, with at least one in it");
    if (list->count > LIMIT_CHANGES)
        return problem_set(why, ERR_TOO_LARGE, "More than %u changes in one batch", LIMIT_CHANGES);
    b->count = list->count;
    b->entries = NEW_N(b->x->arena, struct batch_entry, b->count);
    b->changes = NEW_N(b->x->arena, struct change, b->count);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *v = &list->items[i];
        struct batch_entry *e = &b->entries[i];
        e->path = pointer_index(b->x->arena, changes ? S("/changes") : S("/requests"), i);
        if (v->type != JSON_MAP)
            (void)fault(why, e->path, S("type"), "An entry is an object");
        else if (changes)
            err_ignored(read_change(b, e, v, why));
        else
            err_ignored(read_request(b, e, v, why));
    }
    return why->err;
}

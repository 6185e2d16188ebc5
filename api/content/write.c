/* Writing items: POST (create, or with data._id update: Cockpit), PUT, PATCH, DELETE. The answer is
 * what was written, as its author sees it. */
#include "api/content/content.h"

#include "base/id.h"

const char *const content_write_names[] = {"locale", "perspective", NULL};
const char *const content_delete_names[] = {"locale", "permanent", NULL};

static enum err find_model(struct exchange *x, struct api *api, const struct params *p,
                           const struct collection **out, struct once **once, struct problem *why)
{
    struct content_params params;
    TRY(gate_collection(api->gate, x->who, param(p, "model"), out, why));
    TRY(content_params_read(x, api, content_write_names, &params, why));
    return content_read_once(x, once, why);
}

/* A key is shown once, to whoever made it: with the item that it belongs to. */
static void add_secret(struct answer *a, str secret)
{
    must(a->body->failed || (a->body->len > 0 && a->body->at[a->body->len - 1] == '}'));
    if (a->body->failed)
        return;
    buf_truncate(a->body, a->body->len - 1);
    buf_add(a->body, S(",\"secret\":"));
    buf_json_text(a->body, secret);
    buf_byte(a->body, '}');
}

/* For those who may write what they may not read, and for the rare case that reading fails
 * afterwards: the change is made, and saying otherwise would have it made twice. */
static void write_id_only(struct json_writer *w, const struct change *c, bool with_revision)
{
    json_map_open(w);
    json_name(w, S("_id"));
    json_text(w, c->result_id);
    if (with_revision) {
        json_name(w, S("_rev"));
        json_uint(w, c->result_revision);
    }
    json_map_close(w);
}

bool content_asks_minimal(const struct exchange *x)
{
    str rest = exchange_header(x, S("prefer")), piece;
    bool ended = false;
    while (!str_is_absent(rest) && str_next(&rest, &ended, ',', &piece))
        if (str_equal_nocase(str_trim(piece), S("return=minimal")))
            return true;
    return false;
}

bool content_wants_minimal(struct exchange *x)
{
    bool asks = content_asks_minimal(x);
    if (asks)
        exchange_add_header(x, S("Preference-Applied"), S("return=minimal"));
    return asks;
}

void content_write_written(struct exchange *x, struct api *api, const struct change *c, bool minimal, struct answer *a,
                           uint64_t *revision)
{
    struct item_writer items;
    struct problem quiet = {.arena = x->arena};
    struct query q = {.from = c->in, .limit = 1, .with_model = c->in->shape == SHAPE_SINGLE};
    q.lens = change_lens(x->arena, c);
    *revision = 0;
    item_writer_init(&items, &a->json);
    bool is_read = false;
    if (!minimal && gate_may(x->who, VERB_READ, c->in)) {
        const struct json_writer before = a->json;
        size_t length = a->body->len;
        content_narrow(x->arena, &q, &c->in->fields[META_ID], c->result_id);
        query_all_fields(x->arena, &q, NULL);
        is_read = gate_read(api->gate, x->who, &q, &items.receiver, NULL, &quiet) == ERR_OK && items.rows > 0;
        if (!is_read && !a->body->failed) { /* what could not be noted (content/journal/reads.h) is not shown */
            buf_truncate(a->body, length);
            a->json = before;
        }
    }
    if (!is_read)
        write_id_only(&a->json, c, minimal);
    else
        *revision = items.last_revision;
    if (c->secret_once.len)
        add_secret(a, c->secret_once);
}

enum err content_send_written(struct exchange *x, struct api *api, const struct change *c, struct problem *why)
{
    struct answer answer;
    struct etag tag;
    struct query q = {.from = c->in, .limit = 1, .with_model = c->in->shape == SHAPE_SINGLE};
    uint64_t revision;
    content_say_replayed(x, c->once);
    str body;
    content_narrow(x->arena, &q, &c->in->fields[META_ID], c->result_id);
    query_all_fields(x->arena, &q, NULL);
    q.lens = change_lens(x->arena, c);
    etag_begin(x, api, &tag);
    etag_add(x, api, &q, &tag);
    answer_begin(x, &answer);
    content_write_written(x, api, c, content_wants_minimal(x), &answer, &revision);
    if (answer_end(&answer, &body, why) != ERR_OK) {
        *why = (struct problem){.arena = x->arena, .spans = why->spans};
        answer_begin(x, &answer);
        content_write_written(x, api, c, true, &answer, &revision);
        TRY(answer_end(&answer, &body, why));
    }
    if (c->secret_once.len) {
        exchange_add_header(x, S("Cache-Control"), S("no-store"));
    } else {
        etag_item(&tag, c->in, c->result_id, revision ? revision : c->result_revision, body);
        etag_send(x, &tag);
    }
    exchange_send_json(x, 200, body);
    return ERR_OK;
}

static void write_many(struct exchange *x, struct api *api, const struct change *changes, size_t count, bool minimal,
                       struct answer *a)
{
    uint64_t revision;
    answer_begin(x, a);
    json_list_open(&a->json);
    for (size_t i = 0; i < count; i++)
        content_write_written(x, api, &changes[i], minimal, a, &revision);
    json_list_close(&a->json);
}

enum err content_send_many(struct exchange *x, struct api *api, const struct change *changes, size_t count,
                           struct problem *why)
{
    struct answer answer;
    str body;
    write_many(x, api, changes, count, content_wants_minimal(x), &answer);
    if (answer_end(&answer, &body, why) != ERR_OK) {
        *why = (struct problem){.arena = x->arena, .spans = why->spans};
        write_many(x, api, changes, count, true, &answer);
        TRY(answer_end(&answer, &body, why));
    }
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, body);
    return ERR_OK;
}

/* What was sent, with the parameters that say how. */
static enum err with_parameters(struct exchange *x, const struct sent_item *sent, struct item_sent *out, struct problem *why)
{
    struct query_string q;
    TRY(query_string_read(x->arena, x->query, &q, why));
    *out = (struct item_sent){sent->data, sent->where, query_string_get(&q, S("locale")),
                              str_equal(query_string_get(&q, S("perspective")), S("draft"))};
    return ERR_OK;
}

enum err content_read_change(struct exchange *x, const struct collection *c,
                             const struct sent_item *sent, struct change *out, struct problem *why)
{
    struct item_sent item;
    TRY(gate_allows(x->who, out->op == OP_CREATE ? VERB_CREATE : VERB_UPDATE, c, why));
    TRY(with_parameters(x, sent, &item, why));
    out->once = sent->once;
    return gate_take_item(x->who, c, &item, out, x->arena, why);
}

enum err content_take_upsert(struct exchange *x, const struct collection *c, struct upsert *by, enum op op,
                             const struct sent_item *sent, struct change *out, struct problem *why)
{
    struct item_sent item;
    TRY(with_parameters(x, sent, &item, why));
    TRY(gate_take_upsert(x->who, c, by, op, &item, &item, out, x->arena, why));
    out->once = by->update->once = sent->once;
    return ERR_OK;
}

static enum err write_one(struct exchange *x, struct api *api, struct change *c,
                          struct problem *why)
{
    TRY(etag_preconditions(x, c, why));
    TRY(gate_write(api->gate, x->who, c, 1, x->arena, why));
    return content_send_written(x, api, c, why);
}

/* If-Match and If-None-Match of a singleton, for each of the two ways that it may be written. */
struct preconditions {
    struct before_write before;       /* first */
    const struct exchange *x;
};

static enum err look_at_preconditions(struct before_write *self, struct change *c, struct problem *why)
{
    return etag_preconditions(((struct preconditions *)(void *)self)->x, c, why);
}

static enum err write_single(struct exchange *x, struct api *api, const struct collection *c,
                             const struct sent_item *sent, enum op op, struct problem *why)
{
    struct item_sent item;
    struct preconditions asked = {{look_at_preconditions}, x};
    struct change change = {.op = op, .merge = op == OP_UPDATE, .once = sent->once};
    TRY(with_parameters(x, sent, &item, why));
    TRY(gate_save_single(api->gate, x->who, c, &item, &asked.before, &change, x->arena, why));
    return content_send_written(x, api, &change, why);
}

enum err content_save(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    const struct collection *c;
    struct once *once;
    struct sent_item sent;
    struct change change = {.op = OP_CREATE};
    TRY(find_model(x, app, p, &c, &once, why));
    TRY(content_body_wrapped(x, c, &sent, why));
    sent.once = once;
    if (c->shape == SHAPE_SINGLE)
        return write_single(x, app, c, &sent, OP_UPDATE, why);
    const struct json *id = json_get(sent.data, S("_id"));
    if (id && id->type != JSON_NULL)
        change.op = OP_UPDATE;
    TRY(content_read_change(x, c, &sent, &change, why));
    return write_one(x, app, &change, why);
}

/* PUT says what is there afterwards: also where there was nothing, under an id that the client chose. */
static bool may_put_new(const struct principal *who, const struct collection *c, str id)
{
    return id_valid(id) && !c->system && gate_may(who, VERB_CREATE, c) && gate_may(who, VERB_UPDATE, c);
}

static enum err write_by_id(struct exchange *x, struct api *api, const struct params *p, enum op op,
                            struct problem *why)
{
    const struct collection *c;
    struct once *once;
    struct sent_item sent;
    struct change change = {.op = op, .id = param(p, "id"), .merge = op == OP_UPDATE};
    TRY(find_model(x, api, p, &c, &once, why));
    TRY(content_body_bare(x, c, &sent, why));
    sent.once = once;
    if (c->shape == SHAPE_SINGLE && str_equal(change.id, S(SINGLE_ID)))
        return write_single(x, api, c, &sent, op, why);
    if (op == OP_REPLACE && c->shape != SHAPE_SINGLE && may_put_new(x->who, c, change.id)) {
        TRY(content_read_upsert(x, c, S("_id"), op, &sent, &change, why));
        TRY(etag_preconditions(x, change.upsert->update, why));
        TRY(gate_write(api->gate, x->who, &change, 1, x->arena, why));
        return content_send_written(x, api, &change, why);
    }
    TRY(content_read_change(x, c, &sent, &change, why));
    return write_one(x, api, &change, why);
}

enum err content_put(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return write_by_id(x, app, p, OP_REPLACE, why);
}

enum err content_patch(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return write_by_id(x, app, p, OP_UPDATE, why);
}

/* Without an id in the path: singletons only. */
static enum err write_without_id(struct exchange *x, struct api *api, const struct params *p,
                                 enum op op, struct problem *why)
{
    const struct collection *c;
    struct once *once;
    struct sent_item sent;
    TRY(find_model(x, api, p, &c, &once, why));
    if (c->shape != SHAPE_SINGLE) {
        exchange_add_header(x, S("Allow"), S("GET, HEAD, POST, OPTIONS"));
        return problem_set(why, ERR_BAD_METHOD,
                           "Say which item: /api/content/item/" STR_FMT "/{id}", STR_ARG(c->name));
    }
    TRY(content_body_bare(x, c, &sent, why));
    sent.once = once;
    return write_single(x, api, c, &sent, op, why);
}

enum err content_put_single(struct exchange *x, void *app, const struct params *p,
                            struct problem *why)
{
    return write_without_id(x, app, p, OP_REPLACE, why);
}

enum err content_patch_single(struct exchange *x, void *app, const struct params *p,
                              struct problem *why)
{
    return write_without_id(x, app, p, OP_UPDATE, why);
}

enum err content_read_permanent(const struct content_params *p, struct change *out, struct problem *why)
{
    str v = query_string_get(&p->query, S("permanent"));
    out->permanent = str_equal(v, S("1"));
    if (out->permanent || str_is_absent(v) || str_equal(v, S("0")))
        return ERR_OK;
    return problem_fault(why, ERR_BAD_INPUT, S("permanent"), S("parameter"), "permanent must be 0 or 1");
}

enum err content_delete(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    const struct collection *c;
    struct content_params params;
    struct once *once;
    TRY(gate_collection(api->gate, x->who, param(p, "model"), &c, why));
    TRY(content_params_read(x, api, content_delete_names, &params, why));
    TRY(content_read_once(x, &once, why));
    if (c->shape == SHAPE_SINGLE) {
        exchange_add_header(x, S("Allow"), S("GET, HEAD, PUT, PATCH, OPTIONS"));
        return problem_set(why, ERR_BAD_METHOD, "DELETE method not allowed for " STR_FMT,
                           STR_ARG(c->name));
    }
    struct change change = {.op = OP_DELETE, .in = c, .id = param(p, "id"), .once = once};
    TRY(content_read_permanent(&params, &change, why));
    TRY(etag_preconditions(x, &change, why));
    TRY(gate_write(api->gate, x->who, &change, 1, x->arena, why));
    content_say_replayed(x, once);
    exchange_send_json(x, 200, S("{\"success\":true}"));
    return ERR_OK;
}

/* saveContentItem, deleteContentItem: what POST and DELETE of the content API do, with their words for what is wrong. */
#include "graphql/cockpit/internal.h"

#include "content/query/perspective.h"
#include "roles/files/files.h"

/* A file makes an asset, or is the new one of the asset that data._id names. */
static enum err save_file(struct gql_execution *x, const struct collection *c, const struct json *file, const struct json *data,
                          struct change *out, struct problem *why)
{
    const struct json *id = json_get(data, S("_id"));
    struct asset_wish wish = {.values = data, .where = S("/data")};
    struct received received;
    if (!str_equal(c->name, S("assets")))
        return problem_fault(why, ERR_BAD_INPUT, S("file"), S("parameter"), "A file is for the model assets");
    if (id != NULL && id->type == JSON_TEXT)
        wish.replaces = id->text;
    TRY(gate_allows(x->who, wish.replaces.at != NULL ? VERB_UPDATE : VERB_CREATE, c, why));
    TRY(gql_receive_file(x, file, S("file"), wish.replaces.at != NULL, &received, why));
    *out = (struct change){.op = OP_CREATE, .in = c};
    return gate_asset(x->gate, x->who, &received, &wish, x->arena, &out->result_id, why);
}

static enum err save(struct gql_execution *x, const struct gql_node *node, struct change *out, struct problem *why)
{
    const struct collection *c;
    struct item_sent sent = {.data = gql_argument(node, S("data")), .where = S("/data")};
    TRY(cockpit_model(x, node, &c, why));
    if (sent.data->type != JSON_MAP)
        return problem_fault(why, ERR_BAD_INPUT, sent.where, S("type"), "data must be an object, the item's fields");
    const struct json *file = gql_argument(node, S("file")), *id = json_get(sent.data, S("_id"));
    if (file != NULL && file->type != JSON_NULL)
        return save_file(x, c, file, sent.data, out, why);
    bool is_new = id == NULL || id->type == JSON_NULL;
    out->op = is_new && c->shape != SHAPE_SINGLE ? OP_CREATE : OP_UPDATE;
    out->merge = c->shape == SHAPE_SINGLE;
    if (c->shape == SHAPE_SINGLE)
        return gate_save_single(x->gate, x->who, c, &sent, NULL, out, x->arena, why);
    TRY(gate_take_item(x->who, c, &sent, out, x->arena, why));
    return gate_write(x->gate, x->who, out, 1, x->arena, why);
}

enum gql_done cockpit_save(struct gql_execution *x, const struct gql_node *node, const void *self)
{
    size_t start = x->out->len;
    struct problem why = {.arena = x->arena, .spans = x->spans};
    struct change change = {.op = OP_CREATE};
    (void)self;
    enum gql_done done = save(x, node, &change, &why) == ERR_OK ? gql_write_object(x, node, node->fields, &change, false)
                                                                : gql_broken(x, node, &why);
    return gql_settle(x, node->field->type, done, start);
}

/* For those who may write what they may not read, and for the rare case that reading fails afterwards: the change is made,
 * and saying otherwise would have it made twice. */
static void write_id_only(struct gql_execution *x, const struct change *c)
{
    struct json_writer w;
    json_begin(&w, x->out);
    json_map_open(&w);
    json_name(&w, S("_id"));
    json_text(&w, c->result_id);
    json_map_close(&w);
    json_end(&w);
}

/* A key is shown once, to whoever made it: with the item that it belongs to. */
static void add_secret(struct gql_execution *x, str secret)
{
    if (x->out->failed || secret.len == 0)
        return;
    buf_truncate(x->out, x->out->len - 1);
    buf_add(x->out, S(",\"secret\":"));
    buf_json_text(x->out, secret);
    buf_byte(x->out, '}');
}

enum gql_done cockpit_write_saved(struct gql_execution *x, const struct gql_node *node, const void *self)
{
    const struct change *c = self;
    size_t start = x->out->len;
    struct problem quiet = {.arena = x->arena};
    struct query q = {.from = c->in, .limit = 1, .with_model = c->in->shape == SHAPE_SINGLE, .lens = change_lens(x->arena, c)};
    struct item_writer items;
    struct json_writer w;
    json_begin(&w, x->out);
    item_writer_init(&items, &w);
    (void)node;
    if (gate_may(x->who, VERB_READ, c->in)) {
        q.where = filter_test(x->arena, &c->in->fields[META_ID], TEST_EQ, json_of_text(c->result_id));
        query_all_fields(x->arena, &q, NULL);
        if (gate_read(x->gate, x->who, &q, &items.receiver, NULL, &quiet) != ERR_OK)
            items.rows = 0;
    }
    if (items.rows == 0) {
        buf_truncate(x->out, start);
        write_id_only(x, c);
    }
    add_secret(x, c->secret_once);
    return GQL_WROTE;
}

static enum err delete_item(struct gql_execution *x, const struct gql_node *node, struct problem *why)
{
    const struct collection *c;
    TRY(cockpit_model(x, node, &c, why));
    if (c->shape == SHAPE_SINGLE)
        return problem_set(why, ERR_BAD_METHOD, STR_FMT " has one item, which stays", STR_ARG(c->name));
    struct change change = {.op = OP_DELETE, .in = c, .id = gql_argument(node, S("id"))->text};
    return gate_write(x->gate, x->who, &change, 1, x->arena, why);
}

enum gql_done cockpit_delete(struct gql_execution *x, const struct gql_node *node, const void *self)
{
    size_t start = x->out->len;
    struct problem why = {.arena = x->arena, .spans = x->spans};
    (void)self;
    enum gql_done done = delete_item(x, node, &why) == ERR_OK ? gql_write_object(x, node, node->fields, NULL, false)
                                                          : gql_broken(x, node, &why);
    return gql_settle(x, node->field->type, done, start);
}

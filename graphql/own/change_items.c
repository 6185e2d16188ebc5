/* Changes of items that are named: create, update, create or update, save, delete. */
#include "base/limits.h"
#include "graphql/own/change_parts.h"

static enum err write_one(struct own_job *j, struct change *c)
{
    TRY(gate_write(j->x->gate, j->x->who, c, 1, j->x->arena, j->why));
    j->done = own_answer(j, c);
    return ERR_OK;
}

enum err own_create(struct own_job *j)
{
    struct change c = {.op = OP_CREATE};
    TRY(own_take_item(j, gql_argument(j->node, S("data")), S("/data"), &c));
    return write_one(j, &c);
}

static enum gql_done answer_list(struct own_job *j, const struct change *changes, size_t count)
{
    struct gql_execution *x = j->x;
    const struct gql_type *list = gql_nullable(j->node->field->type);
    struct gql_path here = {.in = x->path};
    enum gql_done done = GQL_WROTE;
    must(list->kind == GQL_LIST_OF);
    buf_byte(x->out, '[');
    x->path = &here;
    for (size_t i = 0; i < count && done == GQL_WROTE; i++) {
        buf_add(x->out, i > 0 ? S(",") : S(""));
        here.index = (uint32_t)i;
        done = own_answer_at(j, list->of, &changes[i]);
    }
    x->path = here.in;
    buf_byte(x->out, ']');
    return done;
}

enum err own_create_many(struct own_job *j)
{
    const struct json *data = gql_argument(j->node, S("data"));
    if (data->count == 0)
        return problem_fault(j->why, ERR_BAD_INPUT, S("data"), S("required"), "There is no item in the list");
    if (data->count > LIMIT_CHANGES)
        return problem_set(j->why, ERR_TOO_LARGE, "More than %u items in one list", LIMIT_CHANGES);
    struct change *changes = NEW_N(j->x->arena, struct change, data->count);
    for (uint32_t i = 0; i < data->count; i++) {
        changes[i] = (struct change){.op = OP_CREATE};
        err_ignored(own_take_item(j, &data->items[i], pointer_index(j->x->arena, S("/data"), i), &changes[i]));
        if (j->why->err != ERR_OK && j->why->err != ERR_INVALID)
            return j->why->err;
        changes[i].once = i == 0 ? j->once : NULL;
    }
    TRY(j->why->err);
    TRY(gate_write(j->x->gate, j->x->who, changes, data->count, j->x->arena, j->why));
    j->done = answer_list(j, changes, data->count);
    return ERR_OK;
}

static enum op op_of(const struct own_job *j)
{
    return own_is_true(j, S("replace")) ? OP_REPLACE : OP_UPDATE;
}

enum err own_update(struct own_job *j)
{
    enum op op = op_of(j);
    struct change c = {.op = op, .id = gql_argument_text(j->node, S("_id")), .merge = op == OP_UPDATE};
    TRY(own_take_item(j, gql_argument(j->node, S("data")), S("/data"), &c));
    TRY(own_expect(j, &c));
    return write_one(j, &c);
}

struct single_look {
    struct before_write before;       /* first */
    struct own_job *job;
};

static enum err look_at_single(struct before_write *self, struct change *c, struct problem *why)
{
    struct own_job job = *((struct single_look *)(void *)self)->job;
    job.why = why;
    if (c->op == OP_CREATE && own_given(&job, S("ifRev")))
        return problem_set(why, ERR_STALE, "ifRev names an item, and this makes a new one");
    return own_expect(&job, c);
}

enum err own_save_single(struct own_job *j)
{
    enum op op = op_of(j);
    struct change c = {.op = op, .merge = op == OP_UPDATE, .placed = true, .once = j->once};
    struct single_look look = {{look_at_single}, j};
    struct item_sent sent;
    TRY(own_sent(j, gql_argument(j->node, S("data")), S("/data"), &sent));
    TRY(gate_save_single(j->x->gate, j->x->who, j->in, &sent, &look.before, &c, j->x->arena, j->why));
    j->done = own_answer(j, &c);
    return ERR_OK;
}

/* ---- create or update ---- */

/* The key's values stand in both halves; a half that says another one contradicts itself. */
static enum err with_key(struct own_job *j, const struct json *key, str name, const struct json **out)
{
    static const struct json empty = {.type = JSON_MAP, .items = &json_null};
    const struct json *data = own_given(j, name);
    data = data ? data : &empty;
    struct json *members = NEW_N(j->x->arena, struct json, (size_t)data->count + key->count + 1), *made = NEW(j->x->arena, struct json);
    uint32_t count = 0;
    for (uint32_t i = 0; i < data->count; i++)
        members[count++] = data->items[i];
    for (uint32_t i = 0; i < key->count; i++) {
        const struct json *k = &key->items[i], *said = json_get(data, k->name);
        if (!said)
            members[count++] = *k;
        else if (!json_equal(said, k))
            (void)problem_fault(j->why, ERR_INVALID, pointer_name(j->x->arena, pointer_name(j->x->arena, S(""), name), k->name), S("key"),
                                STR_FMT " is what the item is known by: the key says another value", STR_ARG(k->name));
    }
    *made = json_of_map(members, count);
    *out = made;
    return j->why->err;
}

/* {slug: "a"} */
static enum err read_key(const struct own_job *j, const struct json *key, struct upsert *out, struct change *c)
{
    for (uint32_t i = 0; key && key->type == JSON_MAP && i < key->count && i < COUNTOF(out->by); i++) {
        const struct field *f = collection_field(j->in, key->items[i].name);
        if (!f || key->items[i].type == JSON_NULL)
            break;
        if (f->index == META_ID && key->items[i].type == JSON_TEXT)
            c->id = key->items[i].text;
        out->by[out->count++] = f;
    }
    if (out->count && out->count == key->count && upsert_has_key(j->in, out))
        return ERR_OK;
    return problem_fault(j->why, ERR_BAD_INPUT, S("key"), S("key"), "A key is _id, or a unique field with a value");
}

enum err own_upsert(struct own_job *j)
{
    const struct json *key = own_given(j, S("key")), *create = NULL, *update = NULL;
    struct upsert u = {.count = 0};
    struct change c = {.op = OP_CREATE, .placed = true};
    struct item_sent created, updated;
    TRY(read_key(j, key, &u, &c));
    TRY(with_key(j, key, S("create"), &create));
    TRY(with_key(j, key, S("update"), &update));
    TRY(own_sent(j, create, S("/create"), &created));
    TRY(own_sent(j, update, S("/update"), &updated));
    TRY(gate_take_upsert(j->x->who, j->in, &u, OP_UPDATE, &created, &updated, &c, j->x->arena, j->why));
    TRY(own_expect(j, u.update));
    c.once = u.update->once = j->once;
    TRY(gate_write(j->x->gate, j->x->who, &c, 1, j->x->arena, j->why));
    if (u.may_update && !c.created) {
        c.draft = u.update->draft;
        c.languages = u.update->languages;
        c.language = u.update->language;
    }
    j->done = own_answer(j, &c);
    return ERR_OK;
}

/* ---- delete ---- */

/* An item is answered as it was, so it is read before it goes. */
enum err own_delete(struct own_job *j)
{
    struct change c = {.op = OP_DELETE, .in = j->in, .id = gql_argument_text(j->node, S("_id")), .once = j->once,
                       .permanent = own_is_true(j, S("permanent"))};
    bool is_item = own_answers_item(j, j->node->field->type);
    TRY(own_expect(j, &c));
    j->done = GQL_WROTE;
    if (is_item)
        j->done = own_answer_item(j, j->node, c.id, NULL);
    if (j->done != GQL_WROTE)
        return ERR_OK; /* what could not be read stays */
    TRY(gate_write(j->x->gate, j->x->who, &c, 1, j->x->arena, j->why));
    if (!is_item)
        j->done = own_answer(j, &c);
    return ERR_OK;
}

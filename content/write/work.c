/* What a behaviour may do inside a transaction. All of it lands in the same savepoint and journal. */
#include <inttypes.h>

#include "base/limits.h"
#include "content/internal.h"
#include "content/kind.h"
#include "content/publish/drafts.h"

struct arena *work_arena(struct work *w)
{
    return w->arena;
}

const struct model *work_model(struct work *w)
{
    return w->model;
}

const struct actor *work_actor(struct work *w)
{
    return w->actor;
}

const struct rights *work_rights(struct work *w)
{
    return w->rights;
}

int64_t work_now_ms(struct work *w)
{
    return w->actor->vars.now_ms;
}

const struct crypt *work_crypt(struct work *w)
{
    return w->content->crypt;
}

bool work_follows(struct work *w)
{
    return w->depth > 0;
}

struct tree_receiver {
    struct row_sink sink; /* first */
    struct receiver *to;
    const struct plan_node *node;
};

static enum err hand_row(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct tree_receiver *r = (struct tree_receiver *)(void *)self;
    return r->to->row(r->to, r->node, row, why);
}

enum err read_server(struct work *w, struct query *q, struct item_list *out, struct problem *why)
{
    struct plan *plan = NULL;
    TRY(plan_server(w->arena, &w->actor->vars, q, &plan, why));
    if (q->lens)
        TRY(drafts_settle(w->content, w->txn, w->rights ? w->rights->model : w->model, w->actor, plan, why));
    struct tree_receiver sink = {{hand_row}, &out->receiver, plan->root};
    return w->content->ops->read(w->txn, plan, NULL, &sink.sink, why);
}

enum err read_image(struct work *w, const struct collection *c, str id, const struct json **out, struct problem *why)
{
    struct query q = {.from = c, .limit = 1};
    q.where = filter_test(w->arena, &c->fields[META_ID], TEST_EQ, json_of_text(id));
    query_image_fields(w->arena, &q);
    struct item_list list;
    item_list_init(&list, w->arena);
    TRY(read_server(w, &q, &list, why));
    if (list.count == 0)
        return problem_set(why, ERR_NOT_FOUND, "There is no such item");
    *out = &list.items[0];
    return ERR_OK;
}

static enum err known(struct work *w, str collection, const struct collection **out)
{
    *out = model_find(w->model, collection);
    must(*out != NULL); /* behaviours name system collections, which are always there */
    return ERR_OK;
}

enum err work_get(struct work *w, str collection, str id, const struct json **out, struct problem *why)
{
    const struct collection *c;
    TRY(known(w, collection, &c));
    return read_image(w, c, id, out, why);
}

enum err work_find(struct work *w, str collection, const struct filter *where, const struct json **out,
                   struct problem *why)
{
    const struct collection *c;
    TRY(known(w, collection, &c));
    struct query q = {.from = c, .limit = 1, .where = where};
    query_image_fields(w->arena, &q);
    struct item_list list;
    item_list_init(&list, w->arena);
    TRY(read_server(w, &q, &list, why));
    *out = list.count ? &list.items[0] : NULL;
    return ERR_OK;
}

struct count_sink {
    struct row_sink sink; /* first */
    uint64_t count;
};

static enum err take_count(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct count_sink *s = (struct count_sink *)(void *)self;
    (void)why;
    s->count = (uint64_t)row->cells[0].integer;
    return ERR_OK;
}

enum err count_server(struct work *w, struct query *q, uint64_t *out, struct problem *why)
{
    struct plan *plan = NULL;
    q->count = COUNT_ONLY;
    TRY(plan_server(w->arena, &w->actor->vars, q, &plan, why));
    struct count_sink sink = {{take_count}, 0};
    TRY(w->content->ops->read(w->txn, plan, NULL, &sink.sink, why));
    *out = sink.count;
    return ERR_OK;
}

enum err work_count(struct work *w, str collection, const struct filter *where, uint64_t *out, struct problem *why)
{
    const struct collection *c;
    TRY(known(w, collection, &c));
    struct query q = {.from = c, .limit = 1, .where = where};
    return count_server(w, &q, out, why);
}

enum err work_each(struct work *w, str collection, const struct filter *where,
                   enum err (*see)(void *self, const struct json *item), void *self, struct problem *why)
{
    const struct collection *c;
    TRY(known(w, collection, &c));
    struct query q = {.from = c, .limit = LIMIT_ROWS, .where = where};
    query_image_fields(w->arena, &q);
    for (;; q.skip += LIMIT_ROWS) {
        struct item_list list;
        item_list_init(&list, w->arena);
        TRY(read_server(w, &q, &list, why));
        for (size_t i = 0; i < list.count; i++)
            TRY(see(self, &list.items[i]));
        if (list.count < LIMIT_ROWS)
            return ERR_OK;
    }
}

struct each_sink {
    struct row_sink sink; /* first */
    struct item_list list;
    const struct plan_node *node;
    enum err (*see)(void *self, const struct json *item);
    void *self;
};

static enum err show_row(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct each_sink *s = (struct each_sink *)(void *)self;
    arena_reset(s->list.arena);
    item_list_init(&s->list, s->list.arena);
    TRY(s->list.receiver.row(&s->list.receiver, s->node, row, why));
    return s->see(s->self, &s->list.items[0]);
}

/* One statement, however many rows: pages would be looked for again and again. */
enum err work_each_of(struct work *w, str collection, const struct filter *where, const str *fields, size_t count,
                      enum err (*see)(void *self, const struct json *item), void *self, struct problem *why)
{
    const struct collection *c;
    struct plan *plan = NULL;
    field_set only = {0};
    TRY(known(w, collection, &c));
    for (size_t i = 0; i < count; i++)
        field_set_add(&only, collection_field(c, fields[i])->index);
    struct query q = {.from = c, .limit = LIMIT_ROWS, .where = where};
    query_all_fields(w->arena, &q, &only);
    TRY(plan_server(w->arena, &w->actor->vars, &q, &plan, why));
    plan->root->limit = UINT32_MAX;
    CLEANUP(arena_closep) struct arena *once = arena_open(4096);
    struct each_sink s = {.sink = {show_row}, .node = plan->root, .see = see, .self = self};
    item_list_init(&s.list, once);
    return w->content->ops->read(w->txn, plan, NULL, &s.sink, why);
}

#define BEHAVIOUR_DEPTH 8u

enum err work_change(struct work *w, struct change *c, struct problem *why)
{
    if (w->depth >= BEHAVIOUR_DEPTH)
        return problem_set(why, ERR_INTERNAL, "Behaviours call each other in a circle");
    w->depth++;
    enum err e = write_change(w, NULL, c, why);
    w->depth--;
    return e;
}

enum err fixed_write(struct content *c, struct txn *t, enum fixed f, const struct cell *parameters, size_t count,
                     struct problem *why)
{
    struct write row = {.kind = WRITE_FIXED, .fixed = {f, parameters, count}};
    return c->ops->write(t, &row, why);
}

str secret_context(struct arena *a, str collection, str id, str field)
{
    return arena_format(a, STR_FMT "/" STR_FMT "/" STR_FMT, STR_ARG(collection), STR_ARG(id), STR_ARG(field));
}

enum err work_secret_set(struct work *w, const struct collection *c, str id, const struct field *f, str plain,
                         struct problem *why)
{
    struct cell key[] = {CELL_OF_TEXT(c->name), CELL_OF_TEXT(id), CELL_OF_TEXT(f->name), CELL_OF_NULL, CELL_OF_NULL};
    if (str_is_absent(plain))
        return fixed_write(w->content, w->txn, FIXED_vault_drop, key, 3, why);
    uint8_t digest[DIGEST_BYTES];
    if (f->kind->flags & KIND_DIGEST) {
        crypt_digest(w->content->crypt, CRYPT_KEY_DIGEST, plain, digest);
        key[4] = CELL_OF_BLOB(((str){(const char *)digest, sizeof digest}));
    } else {
        key[3] = CELL_OF_BLOB(crypt_seal(w->content->crypt, CRYPT_SEAL, w->arena,
                                         secret_context(w->arena, c->name, id, f->name), plain));
    }
    return fixed_write(w->content, w->txn, FIXED_vault_put, key, COUNTOF(key), why);
}

static str slot_name(struct arena *a, const struct field *f, uint64_t slot)
{
    return slot == 1 ? f->name : arena_format(a, STR_FMT ".%" PRIu64, STR_ARG(f->name), slot);
}

enum err work_digest_put(struct work *w, const struct collection *c, str id, const struct field *f, uint64_t slot,
                         str plain, struct problem *why)
{
    must(f->kind->flags & KIND_DIGEST);
    struct field of_slot = *f;
    of_slot.name = slot_name(w->arena, f, slot);
    return work_secret_set(w, c, id, &of_slot, plain, why);
}

enum err work_digest_drop(struct work *w, const struct collection *c, str id, const struct field *f, uint64_t slot,
                          struct problem *why)
{
    return work_digest_put(w, c, id, f, slot, (str){0}, why);
}

const struct key_rules *work_key_rules(struct work *w)
{
    return &w->content->keys;
}

str work_pki_url(struct work *w)
{
    return w->content->pki_url;
}

const struct registry_options *work_registry_options(struct work *w)
{
    return &w->content->registry;
}

struct secret_sink {
    struct row_sink sink; /* first */
    struct arena *arena;
    str sealed;
};

static enum err take_secret(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct secret_sink *s = (struct secret_sink *)(void *)self;
    (void)why;
    if (row->cells[0].type == CELL_BLOB)
        s->sealed = arena_copy(s->arena, row->cells[0].text);
    return ERR_OK;
}

static enum err open_secret(struct content *c, struct txn *t, struct arena *a, const struct collection *in, str id,
                            const struct field *f, str *plain, struct problem *why)
{
    struct cell key[] = {CELL_OF_TEXT(in->name), CELL_OF_TEXT(id), CELL_OF_TEXT(f->name)};
    struct fixed_call call = {FIXED_vault_get, key, COUNTOF(key)};
    struct secret_sink s = {.sink = {take_secret}, .arena = a};
    TRY(c->ops->read(t, NULL, &call, &s.sink, why));
    if (str_is_absent(s.sealed))
        return problem_set(why, ERR_NOT_FOUND, "No secret is kept there");
    if (!crypt_unseal(c->crypt, CRYPT_SEAL, a, secret_context(a, in->name, id, f->name), s.sealed, plain))
        return problem_set(why, ERR_INTERNAL, "A secret does not open: wrong master key, or the database was altered");
    return ERR_OK;
}

enum err work_secret_get(struct work *w, const struct collection *c, str id, const struct field *f, str *plain,
                         struct problem *why)
{
    return open_secret(w->content, w->txn, w->arena, c, id, f, plain, why);
}

enum err content_secret(struct content *c, const struct collection *in, str item, const struct field *f,
                        struct arena *a, str *plain, struct problem *why)
{
    struct txn *t = NULL;
    TRY(c->ops->begin(c->engine, TXN_VAULT, &t, why));
    enum err e = open_secret(c, t, a, in, item, f, plain, why);
    c->ops->abandon(t);
    return e;
}

struct holder_sink {
    struct row_sink sink; /* first */
    struct arena *arena;
    str collection, item, field;
};

static enum err take_holder(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct holder_sink *s = (struct holder_sink *)(void *)self;
    (void)why;
    s->collection = arena_copy(s->arena, row->cells[0].text);
    s->item = arena_copy(s->arena, row->cells[1].text);
    s->field = arena_copy(s->arena, row->cells[2].text);
    return ERR_OK;
}

enum err content_by_digest(struct content *c, const uint8_t digest[DIGEST_BYTES], struct arena *a, str *collection,
                           str *item, str *field)
{
    struct problem quiet = {.arena = a};
    struct cell key = CELL_OF_BLOB(((str){(const char *)digest, DIGEST_BYTES}));
    struct fixed_call call = {FIXED_vault_by_digest, &key, 1};
    struct holder_sink s = {.sink = {take_holder}, .arena = a};
    struct txn *t = NULL;
    TRY(c->ops->begin(c->engine, TXN_VAULT, &t, &quiet));
    enum err e = c->ops->read(t, NULL, &call, &s.sink, &quiet);
    c->ops->abandon(t);
    TRY(e);
    if (str_is_absent(s.collection))
        return ERR_NOT_FOUND;
    *collection = s.collection;
    *item = s.item;
    *field = s.field;
    return ERR_OK;
}

enum err note_entry(struct work *w, struct entry *e, struct problem *why)
{
    e->at_ms = w->actor->vars.now_ms;
    e->who = w->actor->label;
    e->via = w->actor->via;
    e->request_id = w->actor->request_id;
    e->user = w->actor->vars.user;
    w->noted = true;
    return journal_append(w->content, w->txn, e, why);
}

enum err work_note(struct work *w, str collection, str item, str verb, const struct json *after, struct problem *why)
{
    struct entry e = {.collection = collection, .item = item, .verb = verb};
    if (after)
        e.after = json_print(w->arena, after);
    return note_entry(w, &e, why);
}

#include "server/desk.h"

#include "base/limits.h"

bool desk_open(struct call *c, struct desk *d, bool may_create, enum exit_code *code)
{
    d->app = call_open(c, may_create, code);
    d->arena = c->arena;
    d->why = c->why;
    if (!d->app)
        return false;
    d->who = principal_system(d->app->gate, c->arena, SYSTEM_COMMAND);
    return true;
}

/* The principal's rights go with the arena, which must not outlive the gate: closed here together. */
enum exit_code desk_close(struct call *c, struct desk *d, enum err e)
{
    enum exit_code code = e == ERR_OK ? EXIT_OK : call_failed(c, c->why);
    arena_reset(c->arena);
    app_close(d->app);
    return code;
}

enum err desk_find(struct desk *d, const char *collection, const char *field, str value, struct item_list *out)
{
    const struct collection *in;
    TRY(gate_collection(d->app->gate, d->who, str_of(collection), &in, d->why));
    struct query q = {.from = in, .limit = LIMIT_ROWS};
    if (field)
        q.where = filter_test(d->arena, collection_field(in, str_of(field)), TEST_EQ, json_of_text(value));
    query_all_fields(d->arena, &q, NULL);
    item_list_init(out, d->arena);
    return gate_read(d->app->gate, d->who, &q, &out->receiver, NULL, d->why);
}

enum err desk_find_user(struct desk *d, str email, const struct json **out)
{
    struct item_list found;
    TRY(desk_find(d, "users", "email", email, &found));
    if (found.count == 0)
        return problem_set(d->why, ERR_NOT_FOUND, "There is nobody with the e-mail " STR_FMT, STR_ARG(email));
    *out = &found.items[0];
    return ERR_OK;
}

enum err desk_set(struct desk *d, const char *collection, str id, const char *field, struct json v)
{
    const struct collection *in;
    TRY(gate_collection(d->app->gate, d->who, str_of(collection), &in, d->why));
    const struct field *f = collection_field(in, str_of(field));
    struct change change = {.op = OP_UPDATE, .in = in, .id = id};
    change.values = NEW_N(d->arena, struct json, in->field_count);
    change.values[f->index] = json_named(f->name, v);
    field_set_add(&change.set, f->index);
    return gate_write(d->app->gate, d->who, &change, 1, d->arena, d->why);
}

enum err desk_print(struct call *c, struct desk *d, const char *collection, const char *field, str value,
                           const char *const *columns)
{
    struct item_list items;
    TRY(desk_find(d, collection, field, value, &items));
    struct json list = json_of_list(items.items, items.count);
    call_print_items(c, &list, columns);
    return ERR_OK;
}

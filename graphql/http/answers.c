#include "graphql/http/answers.h"

struct answer {
    struct shelved shelved;           /* first */
    struct arena *arena;
    str data;
};

static void drop(struct counted *self)
{
    struct answer *a = (struct answer *)(void *)self;
    arena_close(a->arena);
}

/* Fields of the root only: fragments there are rare, and following them is not worth the trouble. */
static bool is_of_schema_alone(const struct gql_operation *o)
{
    bool asks_schema = false;
    for (uint32_t i = 0; i < o->set->count; i++) {
        const struct gql_selection *s = &o->set->items[i];
        if (s->kind != GQL_FIELD || !str_starts(s->name, S("__")))
            return false;
        asks_schema = asks_schema || str_equal(s->name, S("__schema"));
    }
    return o->kind == GQL_QUERY && o->variable_count == 0 && asks_schema;
}

/* A zero byte stands in no document outside of a string or comment, and in no name: the last one parts the two. */
static str name_of(struct arena *a, const struct gql_execution *x)
{
    struct buf b;
    buf_init(&b, a, SIZE_MAX / 4);
    buf_add(&b, x->document->text);
    buf_byte(&b, '\0');
    buf_add(&b, x->operation->name);
    return buf_str(&b);
}

static void keep(struct shelf *s, uint64_t serial, bool is_guest, str name, str data)
{
    struct arena *a = arena_open(1024);
    struct answer *answer = NEW(a, struct answer);
    *answer = (struct answer){.arena = a, .data = arena_copy(a, data)};
    answer->shelved = (struct shelved){.counted = {1, drop}, .owner = serial, .name = arena_copy(a, name), .of_guest = is_guest};
    answer->shelved.bytes = arena_bytes(a);
    shelf_put(s, &answer->shelved);
    counted_release(&answer->shelved.counted);
}

void answers_execute(struct shelf *s, uint64_t serial, bool is_guest, struct gql_execution *x)
{
    if (!is_of_schema_alone(x->operation)) {
        gql_execute(x);
        return;
    }
    str name = name_of(x->arena, x);
    struct answer *kept = (struct answer *)(void *)shelf_find(s, serial, name, is_guest);
    size_t start = x->out->len;
    bool has_room = kept != NULL && kept->data.len <= x->out->max - start; /* else the engine says so in its way */
    if (has_room)
        buf_add(x->out, kept->data);
    counted_release(kept == NULL ? NULL : &kept->shelved.counted);
    if (has_room)
        return;
    gql_execute(x);
    if (x->errors->count == 0 && !x->out->failed)
        keep(s, serial, is_guest, name, str_slice(buf_str(x->out), start, x->out->len));
}

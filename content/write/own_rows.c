#include "content/write/own_rows.h"

#include "base/time.h"

struct change own_row(struct work *w, str collection, enum op op, str id)
{
    const struct collection *c = model_find(w->model, collection);
    must(c != NULL); /* system collections are always there */
    return (struct change){.op = op, .in = c, .id = id, .by_server = true, .values = NEW_N(w->arena, struct json, c->field_count)};
}

void own_put(struct change *c, str field, struct json v)
{
    const struct field *f = collection_field(c->in, field);
    must(f != NULL);
    c->values[f->index] = json_named(f->name, v);
    field_set_add(&c->set, f->index);
}

void own_put_text(struct change *c, str field, str text)
{
    own_put(c, field, str_is_absent(text) ? json_null : json_of_text(text));
}

struct json json_of_instant(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return json_of_text(buf_str(&b));
}

/* A collection's definition as text. The canonical tree is kept; only the ids are put in. */
#include "content/model/parts.h"

#include "base/limits.h"

static void print_field(struct json_writer *w, const struct field *f)
{
    bool has_id = json_get(f->definition, S("id")) != NULL;
    json_map_open(w);
    for (uint32_t i = 0; i < f->definition->count; i++) {
        const struct json *v = &f->definition->items[i];
        json_name(w, v->name);
        json_value(w, v);
        if (!has_id && str_equal(v->name, S("kind"))) {
            json_name(w, S("id"));
            json_uint(w, f->id);
        }
    }
    json_map_close(w);
}

str collection_print(struct arena *a, const struct collection *c)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, a, LIMIT_DEFINITION_BYTES);
    json_begin(&w, &b);
    json_map_open(&w);
    for (uint32_t i = 0; i < c->definition->count; i++) {
        const struct json *v = &c->definition->items[i];
        json_name(&w, v->name);
        if (c->view || !str_equal(v->name, S("fields"))) {
            json_value(&w, v);
            continue;
        }
        json_list_open(&w);
        for (size_t k = META_COUNT; k < c->field_count; k++)
            print_field(&w, &c->fields[k]);
        json_list_close(&w);
    }
    json_map_close(&w);
    json_end(&w);
    str text;
    enum err e = buf_done(&b, &text);
    must(e == ERR_OK); /* a definition came through LIMIT_BODY_BYTES, and this is less */
    return text;
}

#include "server/transfer/directus_schema.h"

#include "base/limits.h"
#include "server/transfer/import_parts.h"

static void write_true(struct json_writer *w, const char *name, bool when)
{
    if (when) {
        json_name(w, str_of(name));
        json_bool(w, true);
    }
}

static void write_options(struct json_writer *w, const struct json *f)
{
    const struct json *choices = json_at(f, S("/meta/options/choices"));
    json_name(w, S("options"));
    json_list_open(w);
    for (uint32_t i = 0; i < choices->count; i++) {
        str label = import_text(json_get(&choices->items[i], S("text"))), value = import_text(json_get(&choices->items[i], S("value")));
        json_map_open(w);
        json_name(w, S("value"));
        json_text(w, value);
        json_name(w, S("label"));
        json_text(w, label.len ? label : value);
        json_map_close(w);
    }
    json_list_close(w);
}

static void write_default(struct json_writer *w, const struct directus_field *x)
{
    const struct json *standard = json_at(x->definition, S("/schema/default_value"));
    bool fits = standard && ((standard->type == JSON_BOOL && str_equal(x->kind, S("boolean"))) ||
                             ((standard->type == JSON_INT || standard->type == JSON_REAL) && x->sort == DIRECTUS_NUMBER) ||
                             (standard->type == JSON_TEXT && standard->text.len > 0 && str_equal(x->kind, S("text"))));
    if (fits) {
        json_name(w, S("default"));
        json_value(w, standard);
    }
}

static void write_targets(struct json_writer *w, const struct directus_field *x)
{
    json_name(w, S("to"));
    if (x->target || !x->junction->junction.any_field.at) {
        json_text(w, x->target ? x->target->ours : x->junction->junction.targets[0]->ours);
        return;
    }
    json_list_open(w);
    for (size_t i = 0; i < x->junction->junction.target_count; i++)
        json_text(w, x->junction->junction.targets[i]->ours);
    json_list_close(w);
}

static void write_field(struct json_writer *w, const struct directus_collection *c, const struct directus_field *x)
{
    const struct json *f = x->definition, *most = json_at(f, S("/schema/max_length"));
    bool is_text = str_equal(x->kind, S("text")) || str_equal(x->kind, S("code")) || str_equal(x->kind, S("richtext")), is_ref = str_equal(x->kind, S("ref"));
    json_map_open(w);
    json_name(w, S("name"));
    json_text(w, x->ours);
    json_name(w, S("kind"));
    json_text(w, x->kind);
    if (is_ref)
        write_targets(w, x);
    write_true(w, "many", x->many);
    write_true(w, "required", !is_ref && import_is_true(json_at(f, S("/meta/required"))));
    write_true(w, "unique", !is_ref && (str_equal(x->theirs, c->key) || import_is_true(json_at(f, S("/schema/is_unique")))) && (is_text || x->sort == DIRECTUS_NUMBER));
    write_true(w, "integer", str_equal(import_text(json_get(f, S("type"))), S("integer")) || str_equal(import_text(json_get(f, S("type"))), S("bigInteger")) ? !is_ref && x->sort == DIRECTUS_NUMBER : false);
    if (str_equal(x->kind, S("select")) || str_equal(x->kind, S("multiselect")))
        write_options(w, f);
    if (is_text && most && most->type == JSON_INT && most->integer > 0 && most->integer <= LIMIT_TEXT_BYTES) {
        json_name(w, S("maxlength"));
        json_int(w, most->integer);
    }
    if (!is_ref)
        write_default(w, x);
    str info = import_text(json_at(f, S("/meta/note")));
    if (info.len > 0) {
        json_name(w, S("info"));
        json_text(w, info);
    }
    json_map_close(w);
}

static enum err define(const struct directus_schema *s, const struct directus_collection *c, const struct json **out, struct problem *why)
{
    struct buf text;
    struct json_writer w;
    buf_init(&text, s->arena, LIMIT_DEFINITION_BYTES);
    json_begin(&w, &text);
    json_map_open(&w);
    json_name(&w, S("name"));
    json_text(&w, c->ours);
    json_name(&w, S("shape"));
    json_text(&w, c->is_single ? S("single") : S("list"));
    str info = import_text(json_get(c->meta, S("note")));
    if (info.len > 0) {
        json_name(&w, S("info"));
        json_text(&w, info);
    }
    json_name(&w, S("fields"));
    json_list_open(&w);
    for (size_t i = 0; i < c->field_count; i++)
        write_field(&w, c, &c->fields[i]);
    json_list_close(&w);
    json_map_close(&w);
    json_end(&w);
    return json_read(s->arena, buf_str(&text), NULL, c->ours, out, why);
}

enum err directus_define(const struct directus_schema *s, struct transfer *t, struct problem *why)
{
    const struct json **all = NEW_N(s->arena, const struct json *, s->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++)
        if (!s->all[i].is_junction)
            TRY(define(s, &s->all[i], &all[count++], why));
    return transfer_models(t, all, count, why);
}

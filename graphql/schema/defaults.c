/* Defaults, once all types are laid out. Most are the same few words ("50", "PUBLISHED") again and again: each literal is
 * read once, and its value made once per type. An input object's default holds the defaults of its members, so those
 * come first. */
#include "graphql/schema/internal.h"

struct made {
    const struct gql_type *type;
    const struct json *value;         /* NULL: the literal is none of this type */
    struct made *next;
};
struct literal {
    const struct gql_value *value;    /* NULL: no literal at all */
    str text;
    struct made *made;
};

static struct literal *literal_of(struct gql_builder *b, str text)
{
    struct literal *l = map_get(b->literals, text);
    if (l != NULL)
        return l;
    l = NEW(b->own, struct literal);
    struct gql_errors errors = {.arena = b->own};
    l->value = gql_read_value(b->own, text, &errors);
    if (l->value != NULL) {
        struct buf spelt;
        buf_init(&spelt, b->own, 64u << 10);
        gql_print_value(&spelt, l->value);
        l->text = arena_copy(b->arena, buf_str(&spelt));
    }
    map_put(b->literals, text, l);
    return l;
}

static void make_members(struct gql_builder *b, const struct gql_type *t);

static const struct json *value_of(struct gql_builder *b, struct literal *l, const struct gql_type *type)
{
    for (const struct made *m = l->made; m != NULL; m = m->next)
        if (m->type == type)
            return m->value;
    if (gql_innermost(type)->kind == GQL_INPUT)
        make_members(b, gql_innermost(type));
    struct made *m = NEW(b->own, struct made);
    *m = (struct made){.type = type, .next = l->made};
    l->made = m;
    struct json value = json_null;
    str why = {0};
    if (l->value != NULL && gql_take_literal(b->own, type, l->value, NULL, &value, &why)) {
        struct json *kept = NEW(b->arena, struct json);
        *kept = json_copy(b->arena, &value);
        m->value = kept;
    }
    return m->value;
}

void gql_make_defaults_of(struct gql_builder *b, const struct input_rows *rows, struct gql_input *inputs)
{
    for (const struct input_row *r = rows->first; r != NULL; r = r->next, inputs++) {
        if (str_is_absent(r->literal))
            continue;
        struct literal *l = literal_of(b, r->literal);
        inputs->standard = value_of(b, l, inputs->type);
        struct gql_words words = *inputs->words;
        words.standard = l->value == NULL ? r->literal : l->text;
        inputs->words = gql_share_words(b, words);
        must(inputs->standard != NULL || b->is_foreign);
    }
}

/* Types whose defaults go in a circle are invalid (gql_schema_check); the circle ends here because a type is begun once. */
static void make_members(struct gql_builder *b, const struct gql_type *t)
{
    struct draft *d = &b->drafts[t->number];
    if (d->has_defaults)
        return;
    d->has_defaults = true;
    gql_make_defaults_of(b, &d->inputs, d->inputs_laid);
}

void gql_make_defaults(struct gql_builder *b)
{
    for (uint32_t i = 0; i < b->count; i++) {
        const struct draft *d = &b->drafts[i];
        if (!d->is_reached)
            continue;
        if (d->type->kind == GQL_INPUT)
            make_members(b, d->type);
        for (const struct field_row *f = d->fields; f != NULL; f = f->next)
            if (f->laid != NULL)
                gql_make_defaults_of(b, &f->arguments, f->laid);
    }
}

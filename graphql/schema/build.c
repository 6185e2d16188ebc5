/* Types by name, and rows in the order in which they come. Nothing is looked at here: gql_schema_finish() does that. */
#include "graphql/schema/internal.h"

#define BUILD_CHUNK (16u << 10) /* how much memory a schema begins with */

struct gql_builder *gql_build(str description)
{
    struct arena *own = arena_open(BUILD_CHUNK);
    struct gql_builder *b = NEW(own, struct gql_builder);
    *b = (struct gql_builder){.arena = arena_open(BUILD_CHUNK),
                              .own = own,
                              .description = description,
                              .by_name = map_new(own, 256),
                              .words = NEW_N(own, struct words_link *, BUILD_BUCKETS),
                              .laid = NEW_N(own, struct laid_link *, BUILD_BUCKETS),
                              .literals = map_new(own, 16)};
    gql_add_known(b);
    gql_add_introspection(b);
    return b;
}

void gql_build_abandon(struct gql_builder *b)
{
    arena_close(b->arena);
    arena_close(b->own);
}

struct arena *gql_build_arena(struct gql_builder *b)
{
    return b->arena;
}

/* The type's draft; NULL: it is one of those that all schemas share. */
static struct draft *draft_of(const struct gql_builder *b, const struct gql_type *t)
{
    return t->number < b->count && b->drafts[t->number].type == t ? &b->drafts[t->number] : NULL;
}

static struct gql_type *new_type(struct gql_builder *b, enum gql_type_kind kind)
{
    if (b->count == b->room) {
        uint32_t room = b->room == 0 ? 512 : 2 * b->room;
        b->drafts = arena_grow(b->own, b->drafts, b->count * sizeof *b->drafts, room * sizeof *b->drafts);
        b->room = room;
    }
    struct gql_type *t = NEW(b->arena, struct gql_type);
    t->kind = kind;
    t->number = b->count;
    b->drafts[b->count++] = (struct draft){.type = t};
    return t;
}

struct gql_type *gql_type_make(struct gql_builder *b, enum gql_type_kind kind, str name, str description)
{
    must(kind != GQL_LIST_OF && kind != GQL_NON_NULL);
    struct gql_type *t = map_get(b->by_name, name);
    if (t == NULL) {
        must(!str_equal(name, gql_string_type.name) && !str_equal(name, gql_boolean_type.name));
        t = new_type(b, kind);
        t->name = name;
        map_put(b->by_name, name, t);
    }
    must(t->kind == kind);
    if (!str_is_absent(description))
        t->description = description;
    return t;
}

const struct gql_type *gql_type_have(struct gql_builder *b, str name)
{
    if (str_equal(name, gql_string_type.name))
        return &gql_string_type;
    if (str_equal(name, gql_boolean_type.name))
        return &gql_boolean_type;
    return map_get(b->by_name, name);
}

/* Shared types bring the usual types around them along; unusual ones are the builder's. */
static const struct gql_type *wrap_shared(struct gql_builder *b, enum gql_type_kind kind, const struct gql_type *of)
{
    for (const struct type_link *w = b->wraps; w != NULL; w = w->next)
        if (w->type->kind == kind && w->type->of == of)
            return w->type;
    struct gql_type *t = new_type(b, kind);
    t->of = of;
    struct type_link *link = NEW(b->own, struct type_link);
    *link = (struct type_link){.type = t, .next = b->wraps};
    b->wraps = link;
    return t;
}

static const struct gql_type *wrap(struct gql_builder *b, enum gql_type_kind kind, const struct gql_type *of)
{
    const struct gql_type *have = kind == GQL_LIST_OF ? of->list : of->non_null;
    if (have != NULL)
        return have;
    if (draft_of(b, of) == NULL)
        return wrap_shared(b, kind, of);
    struct gql_type *t = new_type(b, kind); /* drafts may move */
    t->of = of;
    struct gql_type *inside = b->drafts[of->number].type;
    if (kind == GQL_LIST_OF)
        inside->list = t;
    else
        inside->non_null = t;
    return t;
}

const struct gql_type *gql_list_of(struct gql_builder *b, const struct gql_type *t)
{
    return wrap(b, GQL_LIST_OF, t);
}

const struct gql_type *gql_non_null(struct gql_builder *b, const struct gql_type *t)
{
    must(t->kind != GQL_NON_NULL);
    return wrap(b, GQL_NON_NULL, t);
}

const struct gql_type *gql_type_text(struct gql_builder *b, const char *text)
{
    str rest = str_of(text);
    while (str_starts(rest, S("[")))
        rest = str_slice(rest, 1, rest.len);
    size_t end = 0;
    while (end < rest.len && rest.at[end] != ']' && rest.at[end] != '!')
        end++;
    const struct gql_type *t = gql_type_have(b, str_slice(rest, 0, end));
    must(t != NULL);
    for (; end < rest.len; end++)
        t = rest.at[end] == '!' ? gql_non_null(b, t) : gql_list_of(b, t);
    return t;
}

/* ---- words ---- */

const struct gql_words gql_no_words = {.description = {0}};

/* The same text is mostly the same bytes, too: that is enough to find out here. */
static bool is_same_text(str a, str b)
{
    return a.at == b.at && a.len == b.len;
}

const struct gql_words *gql_share_words(struct gql_builder *b, struct gql_words words)
{
    if (str_is_absent(words.description) && str_is_absent(words.deprecated) && str_is_absent(words.standard))
        return &gql_no_words;
    uintptr_t mixed = (uintptr_t)words.description.at ^ (uintptr_t)words.deprecated.at ^ ((uintptr_t)words.standard.at << 3);
    struct words_link **at = &b->words[(mixed >> 3) * 0x9e3779b1u / BUILD_BUCKETS % BUILD_BUCKETS];
    for (struct words_link *l = *at; l != NULL; l = l->next)
        if (is_same_text(l->words.description, words.description) && is_same_text(l->words.deprecated, words.deprecated) &&
            is_same_text(l->words.standard, words.standard))
            return &l->words;
    struct words_link *l = NEW(b->arena, struct words_link);
    *l = (struct words_link){.words = words, .next = *at};
    *at = l;
    return &l->words;
}

void gql_set_deprecated(struct gql_builder *b, const struct gql_words **words, str reason)
{
    struct gql_words now = **words;
    now.deprecated = reason;
    *words = gql_share_words(b, now);
}

/* ---- rows ---- */

struct gql_field *gql_add_field(struct gql_builder *b, struct gql_type *t, str name, const struct gql_type *type, str description)
{
    must(t->kind == GQL_OBJECT_TYPE || t->kind == GQL_INTERFACE);
    struct draft *d = draft_of(b, t);
    struct field_row *row = NEW(b->own, struct field_row);
    row->field = (struct gql_field){
        .name = name, .type = type, .words = gql_share_words(b, (struct gql_words){.description = description})};
    if (d->fields_end == NULL)
        d->fields_end = &d->fields;
    *d->fields_end = row;
    d->fields_end = &row->next;
    t->field_count++;
    return &row->field;
}

struct input_row *gql_add_input_row(struct gql_builder *b, struct input_rows *rows, str name, str description)
{
    struct input_row *row = NEW(b->own, struct input_row);
    row->input = (struct gql_input){.name = name, .words = gql_share_words(b, (struct gql_words){.description = description})};
    if (rows->end == NULL)
        rows->end = &rows->first;
    *rows->end = row;
    rows->end = &row->next;
    rows->count++;
    return row;
}

struct gql_input *gql_add_argument(struct gql_builder *b, struct gql_field *f, str name, const struct gql_type *type,
                                   str description)
{
    f->argument_count++;
    struct input_row *row = gql_add_input_row(b, &((struct field_row *)f)->arguments, name, description);
    row->input.type = type;
    return &row->input;
}

struct gql_input *gql_add_input(struct gql_builder *b, struct gql_type *t, str name, const struct gql_type *type, str description)
{
    must(t->kind == GQL_INPUT);
    t->input_count++;
    struct input_row *row = gql_add_input_row(b, &draft_of(b, t)->inputs, name, description);
    row->input.type = type;
    return &row->input;
}

struct gql_enum_value *gql_add_value(struct gql_builder *b, struct gql_type *t, str name, str description)
{
    must(t->kind == GQL_ENUM_TYPE);
    struct draft *d = draft_of(b, t);
    struct value_row *row = NEW(b->own, struct value_row);
    row->value = (struct gql_enum_value){.name = name, .words = gql_share_words(b, (struct gql_words){.description = description})};
    if (d->values_end == NULL)
        d->values_end = &d->values;
    *d->values_end = row;
    d->values_end = &row->next;
    t->value_count++;
    return &row->value;
}

static void add_link(struct gql_builder *b, struct type_links *links, const struct gql_type *type)
{
    struct type_link *link = NEW(b->own, struct type_link);
    link->type = type;
    if (links->end == NULL)
        links->end = &links->first;
    *links->end = link;
    links->end = &link->next;
    links->count++;
}

void gql_add_interface(struct gql_builder *b, struct gql_type *t, const struct gql_type *interface)
{
    must(t->kind == GQL_OBJECT_TYPE || t->kind == GQL_INTERFACE);
    add_link(b, &draft_of(b, t)->interfaces, interface);
}

void gql_add_member(struct gql_builder *b, struct gql_type *u, const struct gql_type *object)
{
    must(u->kind == GQL_UNION);
    add_link(b, &draft_of(b, u)->members, object);
}

void gql_set_default(struct gql_builder *b, struct gql_input *i, const char *literal)
{
    (void)b;
    ((struct input_row *)i)->literal = str_of(literal);
}

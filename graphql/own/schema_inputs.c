/* PostCreate and PostUpdate: the fields that the caller writes with the verb, and what own_data_members has beside them. */
#include "graphql/own/schema.h"

static bool says_something(const struct maker *m, const struct collection *c, enum verb verb)
{
    if (!rights_access(m->rights, verb, c)->granted || is_fixed(c))
        return false;
    bool has_own = false;
    for (size_t i = META_COUNT; i < c->field_count; i++) {
        if (maker_writes(m, verb, &c->fields[i]))
            return true;
        has_own |= !c->fields[i].computed;
    }
    return !has_own || !c->system; /* a new item of defaults alone; what the server alone makes has locked fields only */
}

bool can_create(const struct maker *m, const struct collection *c)
{
    return has_list(c) && says_something(m, c, VERB_CREATE);
}

bool can_update(const struct maker *m, const struct collection *c)
{
    return says_something(m, c, VERB_UPDATE);
}

bool can_delete(const struct maker *m, const struct collection *c)
{
    return has_list(c) && !is_fixed(c) && rights_access(m->rights, VERB_DELETE, c)->granted;
}

static void add_field(struct maker *m, struct gql_type *t, const struct collection *c, const struct field *f)
{
    enum own_what what;
    const struct gql_type *type = input_type(m, f, false, &what);
    if (type)
        gql_add_input(m->b, t, f->name, type, maker_describe(m, f))->meaning = maker_meaning(m, what, c, f);
}

static bool is_number(const struct field *f)
{
    return !is_many(f) && f->kind->column == COLUMN_NUMBER;
}

static bool is_list(const struct field *f)
{
    return is_many(f) && !(f->kind->flags & KIND_DEEP) && !field_is_polymorphic(f);
}

/* "_inc" of numbers, "_push" of lists. NULL: there are none that the caller changes. */
static const struct gql_type *edits_type(struct maker *m, const struct collection *c, bool of_lists)
{
    struct gql_type *t;
    if (!maker_fills(m, c, of_lists ? MADE_LISTS_EDIT : MADE_NUMBERS_EDIT, &t))
        return t->input_count ? t : NULL;
    for (size_t i = META_COUNT; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        if (maker_writes(m, VERB_UPDATE, f) && !is_secret(f) && (of_lists ? is_list(f) : is_number(f)))
            gql_add_input(m->b, t, f->name, values_type(m, f), (str){0})->meaning = maker_meaning(m, OWN_INPUT_VALUE, c, f);
    }
    return t->input_count ? t : NULL;
}

/* Localised fields that the caller writes with either verb. */
static const struct gql_type *translation_type(struct maker *m, const struct collection *c)
{
    struct gql_type *t;
    if (!maker_fills(m, c, MADE_TRANSLATION, &t))
        return t->input_count > 1 ? t : NULL;
    gql_add_input(m->b, t, S("_locale"), gql_type_text(m->b, "Locale!"), (str){0});
    for (size_t i = META_COUNT; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        if (f->localized && (maker_writes(m, VERB_CREATE, f) || maker_writes(m, VERB_UPDATE, f)))
            add_field(m, t, c, f);
    }
    return t->input_count > 1 ? t : NULL;
}

static const struct gql_type *member_type(struct maker *m, const struct collection *c, const struct own_member *member)
{
    if (member->where & (OWN_OF_NUMBERS | OWN_OF_LISTS))
        return edits_type(m, c, (member->where & OWN_OF_LISTS) != 0);
    if (!(member->where & OWN_OF_LANGUAGES))
        return gql_type_text(m->b, member->type);
    const struct gql_type *t = model_languages(m->model)->count ? translation_type(m, c) : NULL;
    return t ? maker_list(m, t) : NULL;
}

static bool has_member(const struct maker *m, const struct collection *c, enum verb verb, const struct own_member *member)
{
    bool in = member->where & (verb == VERB_CREATE ? OWN_IN_CREATE : OWN_IN_UPDATE);
    bool single = verb == VERB_CREATE && c->shape == SHAPE_SINGLE;
    const struct field *meta = collection_field(c, member->name);
    if (!in || single || ((member->where & OWN_OF_TREE) && c->shape != SHAPE_TREE) || ((member->where & OWN_OF_USERS) && !has_states(c)))
        return false;
    return !meta || meta->index == META_ID || maker_writes(m, verb, meta);
}

void fill_data(struct maker *m, const struct collection *c, enum verb verb)
{
    struct gql_type *t;
    if (!maker_fills(m, c, verb == VERB_CREATE ? MADE_CREATE : MADE_UPDATE, &t))
        return;
    for (size_t i = META_COUNT; i < c->field_count; i++)
        if (maker_writes(m, verb, &c->fields[i]))
            add_field(m, t, c, &c->fields[i]);
    for (size_t i = 0; i < own_data_member_count; i++) {
        const struct own_member *member = &own_data_members[i];
        const struct gql_type *type = has_member(m, c, verb, member) ? member_type(m, c, member) : NULL;
        if (type)
            gql_add_input(m->b, t, member->name, type, str_of(member->doc))->meaning =
                maker_meaning(m, member->spelling.len ? OWN_INPUT_EDIT : OWN_INPUT_VALUE, c, NULL);
    }
}

/* Which field was which before, and what becomes of its values. */
#include "content/kind.h"
#include "content/model/parts.h"

str definition_was(const struct json *definition)
{
    const struct json *was = json_get(definition, S("was"));
    return was && was->type == JSON_TEXT ? was->text : (str){0};
}

static uint32_t named_id(const struct field *f)
{
    return f->has_own_id ? f->id : 0;
}

static bool is_hidden(const struct field *f)
{
    return (f->kind->flags & (KIND_SECRET | KIND_DIGEST)) != 0;
}

/* Secrets lie in the vault, each kind in a form of its own: none can become another, nor a plain field. */
static const struct field *unless_sealed(const struct field *before, const struct field *after)
{
    bool other = !str_equal(before->kind->name, after->kind->name);
    if (!before->computed != !after->computed) /* what is made and what is kept have nothing in common */
        return NULL;
    return other && (is_hidden(before) || is_hidden(after)) ? NULL : before;
}

static const struct field *own_field(const struct collection *c, str name)
{
    const struct field *f = name.len > 0 ? collection_field(c, name) : NULL;
    return f && !f->is_meta ? f : NULL;
}

static const struct field *field_of_id(const struct collection *c, uint32_t id)
{
    for (size_t i = META_COUNT; id != 0 && i < c->field_count; i++) {
        if (c->fields[i].id == id)
            return &c->fields[i];
    }
    return NULL;
}

/* A "was" counts when there was no field of the present name: one that is left over from a rename long
 * ago says nothing. */
static const struct field *renamed_from(const struct collection *before, const struct field *f)
{
    return f->was.len == 0 || own_field(before, f->name) ? NULL : own_field(before, f->was);
}

/* Whether a sibling has a better claim to what `f` was before: by its id; by "was", where f only has the
 * name; or by "was" like f, but earlier. */
static bool is_taken(const struct collection *before, const struct field *was, const struct field *f)
{
    bool by_was = renamed_from(before, f) == was;
    for (size_t i = META_COUNT; i < f->in->field_count; i++) {
        const struct field *other = &f->in->fields[i];
        if (other == f)
            continue;
        if (named_id(other) == was->id)
            return true;
        if ((!by_was || other < f) && renamed_from(before, other) == was)
            return true;
    }
    return false;
}

const struct field *field_ancestor(const struct collection *before, const struct field *after)
{
    if (after->is_meta)
        return field_set_has(&before->meta_fields, after->index) ? &before->fields[after->index] : NULL;
    const struct field *f = field_of_id(before, named_id(after));
    if (f)
        return unless_sealed(f, after);
    f = own_field(before, after->name);
    f = f ? f : renamed_from(before, after);
    return f && !is_taken(before, f, after) ? unless_sealed(f, after) : NULL;
}

/* What becomes of values. */

static bool same_collection(const struct collection *before, const struct collection *after)
{
    return before && after &&
           (str_equal(before->name, after->name) || str_equal(before->name, definition_was(after->definition)));
}

/* Whether a reference leads, perhaps among others, to what the collection is now. */
static bool leads_to(const struct field *f, const struct collection *before)
{
    bool found = same_collection(before, f->to);
    for (size_t i = 0; i < f->target_count; i++)
        found = found || same_collection(before, f->targets[i]);
    return found;
}

bool field_loses_targets(const struct field *before, const struct field *after)
{
    for (size_t i = 0; field_is_polymorphic(after) && i < before->target_count; i++)
        if (!leads_to(after, before->targets[i]))
            return true;
    return false;
}

static bool comes_from(const struct field *before, const struct collection *after)
{
    for (size_t i = 0; i < before->target_count; i++)
        if (same_collection(before->targets[i], after))
            return true;
    return false;
}

static enum conversion convert_refs(const struct field *before, const struct field *after)
{
    bool had_several = field_is_polymorphic(before), has_several = field_is_polymorphic(after);
    if (had_several != has_several) {
        bool fits = before->many == after->many && (has_several ? leads_to(after, before->to) : comes_from(before, after->to));
        return !fits ? CONVERT_DROP : has_several ? CONVERT_INTO : CONVERT_OUT_OF;
    }
    if (!has_several && !same_collection(before->to, after->to))
        return CONVERT_DROP;
    if (before->many == after->many)
        return CONVERT_KEEP;
    return after->many ? CONVERT_WRAP : CONVERT_FIRST;
}

static enum conversion convert_columns(enum column before, enum column after)
{
    if (before == after || (before == COLUMN_REF && after == COLUMN_TEXT) ||
        (before == COLUMN_BOOLEAN && after == COLUMN_NUMBER))
        return CONVERT_KEEP;
    if ((before == COLUMN_NUMBER || before == COLUMN_BOOLEAN) && after == COLUMN_TEXT)
        return CONVERT_TEXT;
    return CONVERT_DROP;
}

static bool is_object(const struct field *f)
{
    return str_equal(f->kind->name, S("object")) && !f->many;
}

/* Elements of lists are kept as JSON, which agrees with the column for texts, numbers and deep values. */
static enum conversion convert_lists(const struct field *before, const struct field *after)
{
    enum column from = kind_of_one(before->kind)->column, to = kind_of_one(after->kind)->column;
    bool same_elements = from == to && (before->kind->flags & KIND_DEEP) == (after->kind->flags & KIND_DEEP);
    if (before->many && after->many)
        return from == to ? CONVERT_KEEP : CONVERT_DROP;
    if (before->many && is_object(after))
        return CONVERT_KEEP;
    if (field_is_blocks(before) != field_is_blocks(after))
        return CONVERT_DROP;
    if (from != to || (from != COLUMN_TEXT && from != COLUMN_NUMBER && (from != COLUMN_JSON || !same_elements)))
        return CONVERT_DROP;
    return after->many ? CONVERT_WRAP : CONVERT_FIRST;
}

enum conversion field_conversion(const struct field *before, const struct field *after)
{
    bool from_ref = before->kind->flags & KIND_REF, to_ref = after->kind->flags & KIND_REF;
    if (from_ref && to_ref)
        return convert_refs(before, after);
    if (to_ref || (from_ref && before->many))
        return CONVERT_DROP;
    if (before->many || after->many)
        return convert_lists(before, after);
    return convert_columns(before->kind->column, after->kind->column);
}

/* One collection's tables from what they were to what they are to be. Values go along by the model's own
 * rules (field_ancestor, field_conversion); a column whose type, NOT NULL or reference changes means a
 * copy of the table, everything else is altered in place. */
#include "content/store/emit.h"
#include "content/store/shape.h"

static bool is_secret(const struct field *f)
{
    return f->kind->flags & (KIND_SECRET | KIND_DIGEST);
}

static const struct field *ancestor(const struct versions *p, const struct field *after)
{
    return field_ancestor(p->before, after);
}

static const struct field *heir(const struct versions *p, const struct field *before)
{
    for (size_t i = 0; i < p->after->field_count; i++)
        if (ancestor(p, &p->after->fields[i]) == before)
            return &p->after->fields[i];
    return NULL;
}

/* Under the new collection's name, with the field's old one: where its links are once it was renamed. */
static str links_now(struct ddl *d, const struct versions *p, const struct field *before)
{
    if (str_equal(p->before->name, p->after->name))
        return before->link_table;
    return arena_format(d->arena, "\"" STR_FMT "." STR_FMT "\"", STR_ARG(p->after->name), STR_ARG(before->name));
}

static void rename_table(struct ddl *d, const struct collection *c, str from, str to)
{
    if (str_equal(from, to))
        return;
    struct buf b = ddl_new(d);
    ddl_add(&b, "ALTER TABLE ");
    buf_add(&b, from);
    ddl_add(&b, " RENAME TO ");
    buf_add(&b, to);
    ddl_text(d, c, &b);
}

static void rename_links(struct ddl *d, const struct versions *p, str from, str to)
{
    if (str_equal(from, to))
        return;
    ddl_drop(d, p->after, "DROP INDEX ", ddl_name(d->arena, from, S("/target")));
    rename_table(d, p->after, from, to);
    ddl_link_index(d, p->after, to);
}

static void rename_collection(struct ddl *d, const struct versions *p)
{
    if (str_equal(p->before->name, p->after->name))
        return;
    rename_table(d, p->after, p->before->table, p->after->table);
    for (size_t i = 0; i < p->before->field_count; i++)
        if (field_is_linked(&p->before->fields[i]))
            rename_links(d, p, p->before->fields[i].link_table, links_now(d, p, &p->before->fields[i]));
    struct buf b = ddl_new(d);
    ddl_add(&b, "UPDATE vitrine_vault SET collection = ");
    ddl_literal(&b, p->after->name);
    ddl_add(&b, " WHERE collection = ");
    ddl_literal(&b, p->before->name);
    ddl_text(d, p->after, &b);
}

static bool column_changed(const struct versions *p, const struct field *before, const struct field *after)
{
    const struct collection *was = column_target(p->before, before), *is = column_target(p->after, after);
    return before->kind->column != after->kind->column || column_is_required(before) != column_is_required(after) ||
           !was != !is || (!after->is_meta && field_conversion(before, after) != CONVERT_KEEP);
}

/* Whether the table has to be copied: a column's type, its NOT NULL or its reference changed, or names
 * were swapped. */
static bool needs_rebuild(const struct versions *p)
{
    for (size_t i = 0; i < p->after->field_count; i++) {
        const struct field *f = &p->after->fields[i];
        const struct field *b = ancestor(p, f);
        if (!shape_has_column(p->after, f))
            continue;
        bool had = b && shape_has_column(p->before, b);
        if (!had && (column_is_required(f) || (b && field_is_linked(b))))
            return true;
        if (had && column_changed(p, b, f))
            return true;
        const struct field *taken = !f->is_meta && (!had || !str_equal(b->name, f->name))
                                        ? collection_field(p->before, f->name) : NULL;
        if (taken && shape_has_column(p->before, taken))
            return true;
    }
    return false;
}

static void alter(struct ddl *d, const struct versions *p, const char *verb, str column)
{
    struct buf b = ddl_new(d);
    ddl_add(&b, "ALTER TABLE ");
    buf_add(&b, p->after->table);
    ddl_add(&b, verb);
    buf_add(&b, column);
    ddl_text(d, p->after, &b);
}

static void drop_columns(struct ddl *d, const struct versions *p)
{
    for (size_t i = 0; i < p->before->field_count; i++) {
        const struct field *b = &p->before->fields[i];
        const struct field *f = heir(p, b);
        if (shape_has_column(p->before, b) && !(f && shape_has_column(p->after, f)))
            alter(d, p, " DROP COLUMN ", b->column);
    }
}

static void rename_columns(struct ddl *d, const struct versions *p)
{
    for (size_t i = META_COUNT; i < p->after->field_count; i++) {
        const struct field *f = &p->after->fields[i];
        const struct field *b = ancestor(p, f);
        if (b && shape_has_column(p->before, b) && shape_has_column(p->after, f) && !str_equal(b->column, f->column))
            alter(d, p, " RENAME COLUMN ", arena_format(d->arena, STR_FMT " TO " STR_FMT, STR_ARG(b->column), STR_ARG(f->column)));
    }
}

static void add_columns(struct ddl *d, const struct versions *p)
{
    for (size_t i = 0; i < p->after->field_count; i++) {
        const struct field *f = &p->after->fields[i];
        const struct field *b = ancestor(p, f);
        if (!shape_has_column(p->after, f) || (b && shape_has_column(p->before, b)))
            continue;
        struct buf column = ddl_new(d);
        ddl_column(&column, d, p->after, f);
        alter(d, p, " ADD COLUMN ", buf_str(&column));
    }
}

/* Copying. The default of a definition fills what a required field lacks; a computed one ("$now") cannot. */
static void add_default(struct buf *b, struct ddl *d, const struct field *f)
{
    struct cell cell = CELL_OF_NULL;
    bool is_computed = f->standard && f->standard->type == JSON_TEXT && str_starts(f->standard->text, S("$"));
    if (f->standard && !is_computed)
        cell = kind_cell(d->arena, f, f->standard);
    switch (cell.type) {
    case CELL_INT:
        buf_i64(b, cell.integer);
        break;
    case CELL_REAL:
        buf_double(b, cell.real);
        break;
    case CELL_TEXT:
        ddl_literal(b, cell.text);
        break;
    case CELL_NULL:
    case CELL_BLOB:
        ddl_add(b, "NULL");
        break;
    }
}

/* Between <id> and "posts/<id>". A collection that is renamed has its former name in references still. */
static const char *convert_reference(struct arena *a, const struct field *before, const struct field *after)
{
    str name = before->to ? before->to->name : after->to->name, was = definition_was(after->to ? after->to->definition : NULL);
    if (before->to)
        return arena_cstr(a, arena_format(a, "'" STR_FMT "/' || $", STR_ARG(name)));
    for (size_t i = 0; i < before->target_count; i++)
        if (str_equal(before->targets[i]->name, was) && !str_is_absent(was))
            name = was;
    return arena_cstr(a, arena_format(a, "CASE WHEN $ >= '" STR_FMT "/' AND $ < '" STR_FMT "0' THEN substr($, %zu) END",
                                      STR_ARG(name), STR_ARG(name), name.len + 2));
}

/* What a single value becomes (content/model/model.h: enum conversion). */
static const char *conversion_template(const struct ddl *d, const struct field *before, const struct field *after)
{
    bool is_document = before->kind->column == COLUMN_JSON;
    switch (field_conversion(before, after)) {
    case CONVERT_KEEP:
        return "$";
    case CONVERT_TEXT:
        return before->kind->column == COLUMN_BOOLEAN ? d->dialect->text_of_boolean : d->dialect->text_of_number;
    case CONVERT_WRAP:
        return is_document ? d->dialect->list_of_document : d->dialect->list_of_one;
    case CONVERT_FIRST:
        return after->kind->column == COLUMN_JSON ? d->dialect->first_document : d->dialect->first_of_list;
    case CONVERT_INTO:
    case CONVERT_OUT_OF:
        return convert_reference(d->arena, before, after);
    case CONVERT_DROP:
        break;
    }
    return "NULL";
}

static void add_converted(struct buf *b, struct ddl *d, const struct field *before, const struct field *after)
{
    str value = arena_format(d->arena, "old." STR_FMT, STR_ARG(before->column));
    const char *template = before->is_meta ? "$" : conversion_template(d, before, after);
    ddl_template(b, template, value);
}

static void add_copied(struct buf *b, struct ddl *d, const struct versions *p, const struct field *f)
{
    const struct field *before = ancestor(p, f);
    bool filled = column_is_required(f) && f->standard;
    if (filled)
        ddl_add(b, "coalesce(");
    if (before && shape_has_column(p->before, before)) {
        add_converted(b, d, before, f);
    } else if (before && field_is_linked(before) && field_conversion(before, f) == CONVERT_FIRST) {
        ddl_add(b, "(SELECT target FROM ");
        buf_add(b, links_now(d, p, before));
        ddl_add(b, " WHERE source = old.\"_id\" AND position = 0)");
    } else {
        ddl_add(b, "NULL");
    }
    if (filled) {
        ddl_add(b, ", ");
        add_default(b, d, f);
        ddl_add(b, ")");
    }
}

static void rebuild(struct ddl *d, const struct versions *p)
{
    const struct collection *c = p->after;
    str fresh = ddl_name(d->arena, c->table, S("/new"));
    struct buf b = ddl_new(d);
    ddl_table(d, c, fresh);
    ddl_add(&b, "INSERT INTO ");
    buf_add(&b, fresh);
    ddl_add(&b, " (\"_n\"");
    for (size_t i = 0; i < c->field_count; i++) {
        if (!shape_has_column(c, &c->fields[i]))
            continue;
        ddl_add(&b, ", ");
        buf_add(&b, c->fields[i].column);
    }
    ddl_add(&b, ")\nSELECT \"_n\"");
    for (size_t i = 0; i < c->field_count; i++) {
        if (!shape_has_column(c, &c->fields[i]))
            continue;
        ddl_add(&b, ", ");
        add_copied(&b, d, p, &c->fields[i]);
    }
    ddl_add(&b, "\nFROM ");
    buf_add(&b, c->table);
    ddl_add(&b, " AS old");
    ddl_text(d, c, &b);
}

static void replace_by_copy(struct ddl *d, const struct versions *p)
{
    ddl_drop(d, p->after, "DROP TABLE ", p->after->table);
    rename_table(d, p->after, ddl_name(d->arena, p->after->table, S("/new")), p->after->table);
}

/* A single reference that became many: its one link. */
static void links_of_column(struct ddl *d, const struct versions *p, const struct field *before, const struct field *f)
{
    struct buf b = ddl_new(d);
    ddl_add(&b, "INSERT INTO ");
    buf_add(&b, f->link_table);
    ddl_add(&b, " (source, position, target)\nSELECT old.\"_id\", 0, old.");
    buf_add(&b, before->column);
    ddl_add(&b, "\nFROM ");
    buf_add(&b, p->after->table);
    if (field_is_polymorphic(f)) {
        ddl_add(&b, " AS old\nWHERE old.");
        buf_add(&b, before->column);
        ddl_add(&b, " IS NOT NULL");
    } else {
        ddl_add(&b, " AS old\nJOIN ");
        buf_add(&b, emit_target(f)->table);
        ddl_add(&b, " AS target ON target.\"_id\" = old.");
        buf_add(&b, before->column);
    }
    ddl_text(d, p->after, &b);
}

/* Links that are made anew from the old ones. */
static void set_links_aside(struct ddl *d, const struct versions *p, str links)
{
    ddl_drop(d, p->after, "DROP INDEX ", ddl_name(d->arena, links, S("/target")));
    rename_table(d, p->after, links, ddl_name(d->arena, links, S("/old")));
}

static void links_of_links(struct ddl *d, const struct versions *p, const struct field *before, const struct field *f)
{
    struct buf b = ddl_new(d);
    str old = ddl_name(d->arena, links_now(d, p, before), S("/old"));
    const char *target = convert_reference(d->arena, before, f);
    ddl_add(&b, "INSERT INTO ");
    buf_add(&b, f->link_table);
    ddl_add(&b, " (source, position, target)\nSELECT source, position, ");
    ddl_template(&b, target, S("target"));
    ddl_add(&b, "\nFROM ");
    buf_add(&b, old);
    ddl_add(&b, "\nWHERE ");
    ddl_template(&b, target, S("target"));
    ddl_add(&b, " IS NOT NULL");
    ddl_text(d, p->after, &b);
    ddl_drop(d, p->after, "DROP TABLE ", old);
}

/* New and changed links, before the old column goes. Links to another collection begin anew. */
static void settle_links(struct ddl *d, const struct versions *p)
{
    for (size_t i = META_COUNT; i < p->after->field_count; i++) {
        const struct field *f = &p->after->fields[i];
        const struct field *b = ancestor(p, f);
        if (!field_is_linked(f))
            continue;
        bool kept = b && field_is_linked(b) && field_conversion(b, f) == CONVERT_KEEP;
        if (kept) {
            rename_links(d, p, links_now(d, p, b), f->link_table);
            continue;
        }
        str old = b && field_is_linked(b) ? links_now(d, p, b) : (str){0};
        bool carried = !str_is_absent(old) && field_conversion(b, f) != CONVERT_DROP;
        if (carried)
            set_links_aside(d, p, old);
        else if (!str_is_absent(old))
            ddl_drop(d, p->after, "DROP TABLE ", old);
        ddl_links(d, p->after, f);
        if (b && shape_has_column(p->before, b) && field_conversion(b, f) == CONVERT_WRAP)
            links_of_column(d, p, b, f);
        if (carried)
            links_of_links(d, p, b, f);
        ddl_check(d, f->link_table);
    }
}

static void rename_secrets(struct ddl *d, const struct versions *p, const struct field *before, const struct field *f)
{
    struct buf b = ddl_new(d);
    ddl_add(&b, "UPDATE vitrine_vault SET field = ");
    ddl_literal(&b, f->name);
    ddl_add(&b, " WHERE collection = ");
    ddl_literal(&b, p->after->name);
    ddl_add(&b, " AND field = ");
    ddl_literal(&b, before->name);
    ddl_text(d, p->after, &b);
}

static void drop_links(struct ddl *d, const struct versions *p)
{
    for (size_t i = META_COUNT; i < p->before->field_count; i++) {
        const struct field *b = &p->before->fields[i];
        const struct field *f = heir(p, b);
        if (field_is_linked(b) && !(f && field_is_linked(f)))
            ddl_drop(d, p->after, "DROP TABLE ", links_now(d, p, b));
        if (is_secret(b) && !(f && is_secret(f)))
            ddl_forget(d, p->after, b);
        else if (is_secret(b) && !str_equal(f->name, b->name))
            rename_secrets(d, p, b, f);
    }
}

static bool has_index(const struct shape_index *list, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].name, name))
            return true;
    return false;
}

/* Translations of what is no more, or of another kind, go out of "_i18n"; others follow their field's id. */
static void settle_translations(struct ddl *d, const struct versions *p)
{
    const struct field *i18n = &p->after->fields[META_I18N];
    if (!shape_has_column(p->before, &p->before->fields[META_I18N]) || !shape_has_column(p->after, i18n))
        return;
    for (size_t i = META_COUNT; i < p->before->field_count; i++) {
        const struct field *b = &p->before->fields[i], *f = heir(p, b);
        if (b->localized && !translations_end(b, f) && b->id != f->id)
            ddl_carry(d, b, f, NULL);
        if (!translations_end(b, f))
            continue;
        struct buf text = ddl_new(d);
        ddl_add(&text, "UPDATE ");
        buf_add(&text, p->after->table);
        ddl_add(&text, " SET ");
        buf_add(&text, i18n->column);
        ddl_add(&text, " = ");
        ddl_template(&text, d->dialect->without_translations,
                     arena_format(d->arena, "%u", b->id));
        ddl_text(d, p->after, &text);
    }
}

void ddl_change(struct ddl *d, const struct versions *p)
{
    struct shape_index *old, *new;
    size_t old_count = shape_indexes(d->arena, p->before, &old);
    size_t new_count = shape_indexes(d->arena, p->after, &new);
    bool copied = needs_rebuild(p);
    rename_collection(d, p);
    for (size_t i = 0; i < old_count; i++)
        if (copied || !has_index(new, new_count, old[i].name))
            ddl_drop(d, p->after, "DROP INDEX ", old[i].name);
    settle_links(d, p);
    if (copied) {
        rebuild(d, p);
        drop_links(d, p);
        replace_by_copy(d, p);
        ddl_check(d, p->after->table);
    } else {
        drop_links(d, p);
        drop_columns(d, p);
        rename_columns(d, p);
        add_columns(d, p);
    }
    settle_translations(d, p);
    for (size_t i = 0; i < new_count; i++)
        if (copied || !has_index(old, old_count, new[i].name))
            ddl_index(d, p->after, &new[i]);
}


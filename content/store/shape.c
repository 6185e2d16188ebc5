/* Creating: tables, links, indexes. What changes is in shape_change.c. */
#include "content/store/shape.h"

#include "base/limits.h"
#include "content/store/emit.h"

void ddl_text(struct ddl *d, const struct collection *in, const struct buf *b)
{
    if (d->count == d->room) {
        size_t room = d->room ? d->room * 2 : 32;
        d->texts = arena_grow(d->arena, d->texts, d->room * sizeof *d->texts, room * sizeof *d->texts);
        d->room = room;
    }
    must(!b->failed);
    d->texts[d->count++] = (struct ddl_text){buf_str(b), in};
}

void ddl_check(struct ddl *d, str table)
{
    if (d->check_count == d->check_room) {
        size_t room = d->check_room ? d->check_room * 2 : 16;
        d->check = arena_grow(d->arena, d->check, d->check_room * sizeof(str), room * sizeof(str));
        d->check_room = room;
    }
    d->check[d->check_count++] = table;
}

#define TEXT_MAX (256u << 10)

struct buf ddl_new(struct ddl *d)
{
    struct buf b;
    buf_init(&b, d->arena, TEXT_MAX);
    return b;
}

void ddl_add(struct buf *b, const char *text)
{
    buf_add(b, str_of(text));
}

/* Everything after a quoted name, inside the quotes: "c_posts" and "/new" give "c_posts/new". */
str ddl_name(struct arena *a, str quoted, str more)
{
    return arena_format(a, "\"" STR_FMT STR_FMT "\"", STR_ARG(str_slice(quoted, 1, quoted.len - 1)), STR_ARG(more));
}

/* A text as an SQL literal: names and defaults of definitions, never values of items. */
void ddl_literal(struct buf *b, str s)
{
    buf_byte(b, '\'');
    for (size_t i = 0; i < s.len; i++) {
        buf_byte(b, s.at[i]);
        if (s.at[i] == '\'')
            buf_byte(b, '\'');
    }
    buf_byte(b, '\'');
}

bool shape_has_column(const struct collection *c, const struct field *f)
{
    if (f->is_meta && !field_set_has(&c->meta_fields, f->index))
        return false;
    return f->kind->column != COLUMN_NONE && !field_is_linked(f) && !f->computed;
}

bool column_is_required(const struct field *f)
{
    if (!f->is_meta)
        return f->required;
    return f->index == META_ID || f->index == META_STATE || f->index == META_CREATED ||
           f->index == META_MODIFIED || f->index == META_REV;
}

/* What a column refers to: another table, or for "_pid" its own. NULL: nothing that is enforced; who
 * created an item may be gone. */
const struct collection *column_target(const struct collection *c, const struct field *f)
{
    if (f->is_meta)
        return f->index == META_PARENT ? c : NULL;
    return f->kind->column == COLUMN_REF ? f->to : NULL;
}

static void add_reference(struct buf *b, const struct collection *to)
{
    ddl_add(b, " REFERENCES ");
    buf_add(b, to->table);
    ddl_add(b, " (\"_id\") DEFERRABLE INITIALLY DEFERRED");
}

void ddl_template(struct buf *b, const char *template, str value)
{
    for (const char *c = template; *c; c++) {
        if (*c == '$')
            buf_add(b, value);
        else
            buf_byte(b, *c);
    }
}

/* What is not published may be unfinished. The constraint's name tells the field to whoever breaks it. */
static void ddl_required(struct buf *b, const struct collection *c, const struct field *f)
{
    if (f->is_meta || c->system) {
        ddl_add(b, " NOT NULL");
        return;
    }
    ddl_add(b, " CONSTRAINT \"required.");
    buf_add(b, f->name);
    ddl_add(b, "\" CHECK (");
    buf_add(b, f->column);
    ddl_add(b, " IS NOT NULL OR \"_state\" <> 1)");
}

void ddl_column(struct buf *b, const struct ddl *d, const struct collection *c, const struct field *f)
{
    const struct collection *to = column_target(c, f);
    buf_add(b, f->column);
    buf_byte(b, ' ');
    ddl_add(b, d->dialect->types[f->kind->column]);
    if (column_is_required(f))
        ddl_required(b, c, f);
    if (f->is_meta && f->index == META_ID)
        ddl_add(b, " UNIQUE");
    if (f->kind->column == COLUMN_BOOLEAN && d->dialect->check_boolean) {
        buf_byte(b, ' ');
        ddl_template(b, d->dialect->check_boolean, f->column);
    }
    if (to)
        add_reference(b, to);
}

void ddl_table(struct ddl *d, const struct collection *c, str name)
{
    struct buf b = ddl_new(d);
    ddl_add(&b, "CREATE TABLE ");
    buf_add(&b, name);
    ddl_add(&b, " (\n    \"_n\" ");
    ddl_add(&b, d->dialect->position);
    for (size_t i = 0; i < c->field_count; i++) {
        if (!shape_has_column(c, &c->fields[i]))
            continue;
        ddl_add(&b, ",\n    ");
        ddl_column(&b, d, c, &c->fields[i]);
    }
    ddl_add(&b, "\n)");
    ddl_add(&b, d->dialect->table_options);
    ddl_text(d, c, &b);
}

void ddl_link_index(struct ddl *d, const struct collection *c, str link_table)
{
    struct buf b = ddl_new(d);
    ddl_add(&b, "CREATE INDEX ");
    buf_add(&b, ddl_name(d->arena, link_table, S("/target")));
    ddl_add(&b, " ON ");
    buf_add(&b, link_table);
    ddl_add(&b, " (target, source)");
    ddl_text(d, c, &b);
}

void ddl_links(struct ddl *d, const struct collection *c, const struct field *f)
{
    struct buf b = ddl_new(d);
    ddl_add(&b, "CREATE TABLE ");
    buf_add(&b, f->link_table);
    ddl_add(&b, " (\n    source TEXT NOT NULL REFERENCES ");
    buf_add(&b, c->table);
    ddl_add(&b, " (\"_id\") ON DELETE CASCADE,\n    position INTEGER NOT NULL,\n    target TEXT NOT NULL");
    if (!field_is_polymorphic(f))
        add_reference(&b, emit_target(f));
    ddl_add(&b, ",\n    PRIMARY KEY (source, position)\n)");
    ddl_add(&b, d->dialect->link_options);
    ddl_text(d, c, &b);
    ddl_link_index(d, c, f->link_table);
}

/* Indexes. */
struct index_list {
    struct arena *arena;
    const struct collection *in;
    struct shape_index *items;
    size_t count;
};

static void name_index(struct index_list *l, struct shape_index *x)
{
    struct buf b;
    buf_init(&b, l->arena, TEXT_MAX);
    buf_add(&b, str_slice(l->in->table, 0, l->in->table.len - 1));
    for (size_t i = 0; i < x->count; i++) {
        ddl_add(&b, i ? "," : "/");
        ddl_add(&b, x->down[i] ? "-" : "");
        buf_add(&b, x->fields[i]->name);
    }
    ddl_add(&b, x->unique ? "!\"" : "\"");
    x->name = buf_str(&b);
}

static void add_index(struct index_list *l, struct shape_index x)
{
    for (size_t i = 0; i < x.count; i++)
        if (!shape_has_column(l->in, x.fields[i]))
            return;
    name_index(l, &x);
    for (size_t i = 0; i < l->count; i++)
        if (str_equal(l->items[i].name, x.name))
            return;
    l->items[l->count++] = x;
}

size_t shape_indexes(struct arena *a, const struct collection *c, struct shape_index **out)
{
    struct index_list l = {.arena = a, .in = c};
    l.items = NEW_N(a, struct shape_index, c->field_count + c->rule_count + 1);
    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        if (f->is_meta && f->index == META_PARENT)
            add_index(&l, (struct shape_index){.fields = {f, &c->fields[META_ORDER]}, .count = 2});
        else if (!f->is_meta && f->unique)
            add_index(&l, (struct shape_index){.fields = {f}, .count = 1, .unique = true});
        else if (field_has_index(f))
            add_index(&l, (struct shape_index){.fields = {f}, .count = 1});
    }
    for (size_t i = 0; i < c->rule_count; i++) {
        const struct unique_rule *r = &c->rules[i];
        struct shape_index x = {.count = r->count, .unique = r->unique};
        memcpy(x.fields, r->fields, sizeof x.fields);
        memcpy(x.down, r->down, sizeof x.down);
        add_index(&l, x);
    }
    *out = l.items;
    return l.count;
}

/* An index can be walked both ways, and its entries end in the position, ascending. A listing ends in the
 * position in the direction of its last key: so the last key ascends here, the others relative to it. */
void ddl_index(struct ddl *d, const struct collection *c, const struct shape_index *x)
{
    struct buf b = ddl_new(d);
    ddl_add(&b, x->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
    buf_add(&b, x->name);
    ddl_add(&b, " ON ");
    buf_add(&b, c->table);
    ddl_add(&b, " (");
    for (size_t i = 0; i < x->count; i++) {
        ddl_add(&b, i ? ", " : "");
        buf_add(&b, x->fields[i]->column);
        ddl_add(&b, x->down[i] != x->down[x->count - 1] ? " DESC" : "");
    }
    ddl_add(&b, ")");
    ddl_text(d, c, &b);
}

void ddl_drop(struct ddl *d, const struct collection *c, const char *what, str name)
{
    struct buf b = ddl_new(d);
    ddl_add(&b, what);
    buf_add(&b, name);
    ddl_text(d, c, &b);
}

static void add_collection(struct ddl *d, const struct collection *c)
{
    struct shape_index *indexes;
    size_t count = shape_indexes(d->arena, c, &indexes);
    ddl_table(d, c, c->table);
    for (size_t i = 0; i < c->field_count; i++)
        if (field_is_linked(&c->fields[i]))
            ddl_links(d, c, &c->fields[i]);
    for (size_t i = 0; i < count; i++)
        ddl_index(d, c, &indexes[i]);
}

/* The vault follows: what is gone takes its secrets with it. */
void ddl_forget(struct ddl *d, const struct collection *c, const struct field *f)
{
    struct buf b = ddl_new(d);
    ddl_add(&b, "DELETE FROM vitrine_vault WHERE collection = ");
    ddl_literal(&b, c->name);
    if (f) {
        ddl_add(&b, " AND field = ");
        ddl_literal(&b, f->name);
    }
    ddl_text(d, c, &b);
}

static void drop_collection(struct ddl *d, const struct collection *c)
{
    for (size_t i = 0; i < c->field_count; i++)
        if (field_is_linked(&c->fields[i]))
            ddl_drop(d, c, "DROP TABLE ", c->fields[i].link_table);
    ddl_drop(d, c, "DROP TABLE ", c->table);
    ddl_forget(d, c, NULL);
}

/* The collection's other steps are done by now: moving comes after them. */
static void move_members(struct ddl *d, const struct step *s)
{
    struct buf b;
    buf_init(&b, d->arena, LIMIT_DEFINITION_BYTES);
    ddl_add(&b, "UPDATE ");
    buf_add(&b, s->after->table);
    ddl_add(&b, " SET ");
    buf_add(&b, s->field_after->column);
    ddl_add(&b, " = vitrine_members(");
    buf_add(&b, s->field_after->column);
    ddl_add(&b, ", ");
    ddl_literal(&b, json_print(d->arena, s->moves));
    ddl_add(&b, ")\nWHERE ");
    buf_add(&b, s->field_after->column);
    ddl_add(&b, " IS NOT NULL");
    ddl_text(d, s->after, &b);
    if (s->field_before->localized && s->field_after->localized)
        ddl_carry(d, s->field_after, s->field_after, s->moves);
}

void ddl_carry(struct ddl *d, const struct field *from, const struct field *to, const struct json *moves)
{
    const struct field *i18n = &to->in->fields[META_I18N];
    struct buf b;
    buf_init(&b, d->arena, LIMIT_DEFINITION_BYTES);
    ddl_add(&b, "UPDATE ");
    buf_add(&b, to->in->table);
    ddl_add(&b, " SET ");
    buf_add(&b, i18n->column);
    buf_format(&b, " = vitrine_translations(" STR_FMT ", %u, %u, ", STR_ARG(i18n->column), from->id, to->id);
    if (moves)
        ddl_literal(&b, json_print(d->arena, moves));
    else
        ddl_add(&b, "NULL");
    ddl_add(&b, ")\nWHERE ");
    buf_add(&b, i18n->column);
    ddl_add(&b, " IS NOT NULL");
    ddl_text(d, to->in, &b);
}

/* References to one of several collections name it: when the name changes, all that lead there do. */
static void rename_in_references(struct ddl *d, const struct step *s)
{
    for (size_t i = 0; i < s->after->back_count; i++) {
        const struct field *via = s->after->backs[i]->via;
        const struct field *f = field_stored(via);
        if (!field_leads_into(via))
            continue;
        struct buf b = ddl_new(d);
        str column = field_is_linked(f) ? S("target") : f->column;
        ddl_add(&b, "UPDATE ");
        buf_add(&b, field_is_linked(f) ? f->link_table : f->in->table);
        buf_format(&b, " SET " STR_FMT " = '" STR_FMT "/' || substr(" STR_FMT ", %zu) WHERE " STR_FMT " >= '" STR_FMT
                   "/' AND " STR_FMT " < '" STR_FMT "0'",
                   STR_ARG(column), STR_ARG(s->after->name), STR_ARG(column), s->before->name.len + 2, STR_ARG(column),
                   STR_ARG(s->before->name), STR_ARG(column), STR_ARG(s->before->name));
        ddl_text(d, f->in, &b);
    }
}

/* What a reference may lead to no more, is forgotten. */
static void forget_targets(struct ddl *d, const struct field *f)
{
    struct buf b = ddl_new(d);
    bool linked = field_is_linked(f);
    str column = linked ? S("target") : f->column;
    buf_format(&b, linked ? "DELETE FROM " STR_FMT " WHERE " : "UPDATE " STR_FMT " SET ",
               STR_ARG(linked ? f->link_table : f->in->table));
    if (!linked)
        buf_format(&b, STR_FMT " = NULL WHERE ", STR_ARG(column));
    ddl_add(&b, "NOT (");
    for (size_t i = 0; i < f->target_count; i++)
        buf_format(&b, "%s(" STR_FMT " >= '" STR_FMT "/' AND " STR_FMT " < '" STR_FMT "0')", i ? " OR " : "", STR_ARG(column),
                   STR_ARG(f->targets[i]->name), STR_ARG(column), STR_ARG(f->targets[i]->name));
    ddl_add(&b, ")");
    ddl_text(d, f->in, &b);
}

static void settle_references(struct ddl *d, const struct step *s)
{
    for (size_t i = META_COUNT; i < s->after->field_count; i++) {
        const struct field *f = &s->after->fields[i];
        const struct field *was = f->in && field_is_polymorphic(f) ? field_ancestor(s->before, f) : NULL;
        if (was && field_is_polymorphic(was) && field_loses_targets(was, f))
            forget_targets(d, f);
    }
}

static bool was_done(const struct step *steps, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (steps[k].before && steps[k].after == steps[i].after && steps[k].kind != STEP_MOVE_MEMBERS)
            return true;
    return false;
}

void shape_ddl(struct ddl *out, struct arena *a, const struct dialect *d, const struct step *steps, size_t count)
{
    *out = (struct ddl){.arena = a, .dialect = d};
    for (size_t i = 0; i < count; i++) {
        const struct step *s = &steps[i];
        if (!step_is_for_tables(s->kind))
            continue;
        if (collection_is_view(s->after ? s->after : s->before))
            continue;
        if (s->kind == STEP_ADD_COLLECTION)
            add_collection(out, s->after);
        else if (s->kind == STEP_DROP_COLLECTION)
            drop_collection(out, s->before);
        else if (s->kind == STEP_MOVE_MEMBERS)
            move_members(out, s);
        else if (!was_done(steps, i))
            ddl_change(out, &(struct versions){s->before, s->after});
    }
    for (size_t i = 0; i < count; i++)
        if (steps[i].before && steps[i].after && !was_done(steps, i) && !str_equal(steps[i].before->name, steps[i].after->name))
            rename_in_references(out, &steps[i]);
    for (size_t i = 0; i < count; i++)
        if (steps[i].before && steps[i].after && !was_done(steps, i))
            settle_references(out, &steps[i]);
}

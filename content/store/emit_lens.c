/* Pending versions in SQL: where a collection that has some is named, stands a query with the same columns in
 * which they are already in place, so that conditions, orders, cursors, hops and answers all look at them
 * without knowing. Collections without are named as ever. */
#include "content/store/emit.h"

#include "content/store/shape.h"

static bool is_drafted(const struct emit *e, const struct collection *c)
{
    return e->plan && e->plan->drafted && e->plan->drafted[c->index];
}

/* Names of collections are letters, digits and '_'. */
static void emit_name(struct emit *e, const struct collection *c)
{
    emit_text(e, "'");
    buf_add(e->sql, c->name);
    emit_text(e, "'");
}

static void emit_path(struct emit *e, const struct field *f)
{
    emit_text(e, "'$.\"");
    buf_u64(e->sql, f->id);
    emit_text(e, "\"'");
}

/* The same for meta fields, which have columns of their own. */
static const char *meta_form(const struct field *f)
{
    switch (f->index) {
    case META_MODIFIED: return "coalesce(d.modified, b.\"_modified\")";
    case META_REV: return "coalesce(d.revision, b.\"_rev\")";
    case META_MBY: return "CASE WHEN d.item IS NULL THEN b.\"_mby\" ELSE d.author END";
    default: return NULL;
    }
}

static void emit_overlaid(struct emit *e, const struct field *f)
{
    const char *form = f->is_meta ? meta_form(f) : NULL;
    if (form || (f->is_meta && f->index != META_I18N)) {
        emit_text(e, form ? form : "b.");
        if (!form)
            buf_add(e->sql, f->column);
        return;
    }
    emit_text(e, "CASE WHEN json_type(d.cells, ");
    emit_path(e, f);
    emit_text(e, ") IS NULL THEN b.");
    buf_add(e->sql, f->column);
    emit_text(e, " ELSE d.cells ->> ");
    emit_path(e, f);
    emit_text(e, " END");
}

void emit_table(struct emit *e, const struct collection *c)
{
    if (!is_drafted(e, c)) {
        buf_add(e->sql, c->table);
        return;
    }
    emit_text(e, "(SELECT b.\"_n\" AS \"_n\"");
    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        if (!shape_has_column(c, f))
            continue;
        emit_text(e, ", ");
        emit_overlaid(e, f);
        emit_text(e, " AS ");
        buf_add(e->sql, f->column);
    }
    emit_text(e, ", d.item IS NOT NULL AS \"_draft\" FROM ");
    buf_add(e->sql, c->table);
    emit_text(e, " AS b LEFT JOIN vitrine_drafts AS d ON d.collection = ");
    emit_name(e, c);
    emit_text(e, " AND d.item = b.\"_id\")");
}

/* Links of items whose pending version says nothing of this field, and those that it has. */
void emit_link_table(struct emit *e, const struct field *f)
{
    if (!f->in || !is_drafted(e, f->in)) {
        buf_add(e->sql, f->link_table);
        return;
    }
    emit_text(e, "(SELECT b.source AS source, b.position AS position, b.target AS target FROM ");
    buf_add(e->sql, f->link_table);
    emit_text(e, " AS b WHERE NOT EXISTS (SELECT 1 FROM vitrine_drafts AS d WHERE d.collection = ");
    emit_name(e, f->in);
    emit_text(e, " AND d.item = b.source AND json_type(d.cells, ");
    emit_path(e, f);
    emit_text(e, ") IS NOT NULL) UNION ALL SELECT d.item, j.key, j.value FROM vitrine_drafts AS d, json_each(d.cells, ");
    emit_path(e, f);
    emit_text(e, ") AS j WHERE d.collection = ");
    emit_name(e, f->in);
    emit_text(e, ")");
}

void emit_publication(struct emit *e, const struct query *q)
{
    emit_text(e, q->publication == PUBLICATION_MODIFIED ? "" : "NOT ");
    emit_text(e, "EXISTS (SELECT 1 FROM vitrine_drafts AS d WHERE d.collection = ");
    emit_name(e, q->from);
    emit_text(e, " AND d.item = t0.\"_id\")");
}

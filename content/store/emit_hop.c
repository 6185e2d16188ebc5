/* Along a relation: which table stands there, and by what its rows belong to the row that looks.
 *
 *                          table                     its end          the looking row's end
 *   author                 authors                   t1."_id"         t0."author"
 *   coauthors (links)      links JOIN authors        l1.source        t0."_id"
 *   about:posts            posts                     t1."_id"         the id in t0."about", if it is one of posts
 *   posts_via_author       posts                     t1."author"      t0."_id"
 *   posts_via_coauthors    links JOIN posts          l1.target        t0."_id"
 *   comments_via_about     comments                  t1."about"       'posts/' || t0."_id" */
#include "content/store/emit.h"

/* Names of collections are letters, digits and '_' (content/model/model.c). */
void emit_model_prefix(struct emit *e, const struct collection *c)
{
    buf_byte(e->sql, '\'');
    buf_add(e->sql, c->name);
    emit_text(e, "/'");
}

static bool is_into(const struct field *f)
{
    return field_leads_into(f);
}

static void emit_stored(struct emit *e, const struct field *along, unsigned alias)
{
    const struct field *f = field_stored(along);
    if (!field_is_linked(f)) {
        emit_column(e, alias, f);
        return;
    }
    emit_alias(e, 'l', alias);
    emit_text(e, ".target");
}

/* The id of "posts/<id>", null for references into other collections. '0' follows '/'. */
static void emit_id_within(struct emit *e, const struct field *into, unsigned alias)
{
    emit_text(e, "CASE WHEN ");
    emit_stored(e, into, alias);
    emit_text(e, " >= ");
    emit_model_prefix(e, into->to);
    emit_text(e, " AND ");
    emit_stored(e, into, alias);
    emit_text(e, " < '");
    buf_add(e->sql, into->to->name);
    emit_text(e, "0' THEN substr(");
    emit_stored(e, into, alias);
    emit_text(e, ", ");
    buf_u64(e->sql, into->to->name.len + 2);
    emit_text(e, ") END");
}

static void emit_link_end(struct emit *e, const struct field *along, unsigned alias)
{
    if (is_into(along)) {
        emit_id_within(e, along, alias);
        return;
    }
    emit_alias(e, 'l', alias);
    emit_text(e, along->backwards ? ".source" : ".target");
}

void emit_hop_from(struct emit *e, const struct field *along, unsigned alias)
{
    const struct field *stored = field_stored(along);
    if (field_is_linked(stored)) {
        emit_link_table(e, stored);
        emit_text(e, " AS ");
        emit_alias(e, 'l', alias);
        emit_text(e, " JOIN ");
    }
    emit_table(e, emit_target(along));
    emit_text(e, " AS ");
    emit_alias(e, 't', alias);
    if (!field_is_linked(stored))
        return;
    emit_text(e, " ON ");
    emit_alias(e, 't', alias);
    emit_text(e, ".\"_id\" = ");
    emit_link_end(e, along, alias);
}

/* The item that refers, as the outer row and as the subquery know it. */
void emit_outer_end(struct emit *e, const struct field *along, unsigned alias)
{
    bool linked = field_is_linked(field_stored(along));
    if (!along->backwards && !linked) {
        if (is_into(along))
            emit_id_within(e, along, alias);
        else
            emit_column(e, alias, along);
        return;
    }
    if (along->backwards && is_into(along->via)) {
        emit_model_prefix(e, along->via->to);
        emit_text(e, " || ");
    }
    emit_alias(e, 't', alias);
    emit_text(e, ".\"_id\"");
}

void emit_inner_end(struct emit *e, const struct field *along, unsigned alias)
{
    bool linked = field_is_linked(field_stored(along));
    if (along->backwards) {
        emit_stored(e, along, alias);
        return;
    }
    emit_alias(e, linked ? 'l' : 't', alias);
    emit_text(e, linked ? ".source" : ".\"_id\"");
}

/* Full-text search in SQL: FTS5 tables that keep words only (no text), one per collection, whose rows have the
 * positions of the items. docs/decisions/0011-search-in-fts5.md says why.
 *
 * Ranking every match would take as long as the word is common. So the newest LIMIT_SEARCH_RANKED that the caller
 * may see and that pass his conditions compete; the index gives matches newest first without sorting. */
#include "content/store/emit.h"

#include "base/limits.h"
#include "content/search/search.h"

str search_table(struct arena *a, const struct collection *c)
{
    return arena_format(a, "\"s_" STR_FMT "/search\"", STR_ARG(c->name));
}

str search_vocabulary(struct arena *a, const struct collection *c)
{
    return arena_format(a, "\"s_" STR_FMT "/words\"", STR_ARG(c->name));
}

/* What was indexed by one rule cannot be taken out by another: an index whose columns have other marks is made anew. A
 * rule itself is never to be changed without the format in SEARCH_COLUMN (sqlite.h). */
const struct search_rule *search_rule(const struct field *f)
{
    static const struct search_rule plain = {"", NULL}, html = {"h", "'html'"}, json = {"j", "'json'"},
                                    json_html = {"jh", "'json html'"};
    bool is_html = str_equal(f->kind->name, S("richtext"));
    if (f->kind->column != COLUMN_JSON)
        return is_html ? &html : &plain;
    return (f->kind->flags & KIND_DEEP) || is_html ? &json_html : &json;
}

void search_words_of(struct buf *b, const char *alias, const struct field *f)
{
    const char *words = search_rule(f)->words;
    buf_add(b, str_of(words ? "vitrine_words(" : ""));
    buf_add(b, str_of(alias));
    buf_add(b, f->column);
    if (!words)
        return;
    buf_add(b, S(", "));
    buf_add(b, str_of(words));
    buf_byte(b, ')');
}

/* What very many items hold is met soon on a walk in order; to sort all that hold it takes as long as the
 * table is. The engine knows which it is. */
bool search_can_probe(const struct plan_node *n)
{
    const struct query *q = n->query;
    return n->search && !n->ranked && !n->count_only && q->sort_count > 0 && !sort_is_far(&q->sort[0]) &&
           field_has_index(q->sort[0].by);
}

void emit_search_from(struct emit *e, const struct plan_node *n)
{
    if (e->probes) {
        emit_table(e, n->query->from);
        emit_text(e, " AS t0");
        return;
    }
    buf_add(e->sql, search_table(e->arena, n->query->from));
    emit_text(e, " AS s0 CROSS JOIN ");
    emit_table(e, n->query->from);
    emit_text(e, " AS t0 ON t0.\"_n\" = s0.rowid");
}

/* The index as a column of its own table: what MATCH and its functions look at. */
static void emit_index(struct emit *e, const char *alias, const struct plan_node *n)
{
    emit_text(e, alias);
    buf_add(e->sql, search_table(e->arena, n->query->from));
}

void emit_search_match(struct emit *e, const struct plan_node *n)
{
    if (e->probes) {
        emit_text(e, "EXISTS (SELECT 1 FROM ");
        buf_add(e->sql, search_table(e->arena, n->query->from));
        emit_text(e, " AS s0 WHERE ");
    }
    emit_index(e, "s0.", n);
    emit_text(e, " MATCH ");
    emit_bind_special(e, BIND_WORDS);
    emit_text(e, e->probes ? " AND s0.rowid = t0.\"_n\")" : "");
}

/* One row of the index, found again: only for the rows of a page. Places are those of the text that was indexed, so
 * it is taken from the table itself, whatever pending version stands in the answer. */
static void emit_mark(struct emit *e, const struct plan_node *n, size_t i)
{
    emit_text(e, ", (SELECT vitrine_mark(");
    emit_index(e, "s1.", n);
    emit_text(e, ", ");
    search_words_of(e->sql, "t1.", n->search->marks[i].field);
    emit_text(e, ", ");
    emit_bind_special(e, BIND_SEARCH);
    emit_text(e, ", ");
    emit_bind(e, CELL_OF_INT((int64_t)i));
    emit_text(e, ") FROM ");
    buf_add(e->sql, search_table(e->arena, n->query->from));
    emit_text(e, " AS s1 CROSS JOIN ");
    buf_add(e->sql, n->query->from->table);
    emit_text(e, " AS t1 ON t1.\"_n\" = s1.rowid WHERE ");
    emit_index(e, "s1.", n);
    emit_text(e, " MATCH ");
    emit_bind_special(e, BIND_WORDS);
    emit_text(e, " AND s1.rowid = t0.\"_n\")");
}

void emit_search_marks(struct emit *e, const struct plan_node *n)
{
    for (size_t i = 0; i < n->search->mark_count; i++)
        emit_mark(e, n, i);
}

/* A word counts as known when it finds something that this caller may see with these conditions, in fields that he
 * may read: what others keep is neither offered nor held against him. */
void emit_near(struct emit *e, const struct plan_node *n, str before, str words)
{
    bool has_one = true;
    emit_text(e, "SELECT j.value FROM json_each(");
    emit_bind(e, CELL_OF_TEXT(words));
    emit_text(e, ") AS j WHERE EXISTS (SELECT 1 FROM ");
    emit_search_from(e, n);
    emit_text(e, " WHERE ");
    emit_index(e, "s0.", n);
    emit_text(e, " MATCH ");
    emit_bind(e, CELL_OF_TEXT(before));
    emit_text(e, " || j.value || '\")'");
    emit_wanted(e, n, &has_one);
    emit_text(e, ") LIMIT ");
    emit_bind(e, CELL_OF_INT(LIMIT_SEARCH_NEAR));
}

/* The newest that match, within what the caller may see and asked for. */
static void emit_candidates(struct emit *e, const struct plan_node *n)
{
    bool has_one = true;
    emit_text(e, "(SELECT s0.rowid AS n, vitrine_rank(");
    emit_index(e, "s0.", n);
    emit_text(e, ", ");
    emit_bind_special(e, BIND_SEARCH);
    emit_text(e, ") AS score FROM ");
    emit_search_from(e, n);
    emit_text(e, " WHERE ");
    emit_search_match(e, n);
    emit_wanted(e, n, &has_one);
    emit_text(e, " ORDER BY s0.rowid DESC LIMIT ");
    emit_bind(e, CELL_OF_INT(LIMIT_SEARCH_RANKED));
    emit_text(e, ")");
}

void emit_ranked(struct emit *e, const struct plan_node *n)
{
    emit_text(e, "SELECT ");
    emit_columns(e, n);
    emit_text(e, ", h.score, t0.\"_n\"");
    emit_last_columns(e, n);
    emit_text(e, " FROM (SELECT n, score FROM ");
    emit_candidates(e, n);
    if (n->after_count > 0) {
        must(n->after_count == 2);
        emit_text(e, " WHERE (score, n) < (");
        emit_bind(e, n->after[0]);
        emit_text(e, ", ");
        emit_bind(e, n->after[1]);
        emit_text(e, ")");
    }
    emit_text(e, " ORDER BY score DESC, n DESC");
    emit_page(e, n->limit, n->skip);
    emit_text(e, ") AS h CROSS JOIN ");
    emit_table(e, n->query->from);
    emit_text(e, " AS t0 ON t0.\"_n\" = h.n ORDER BY h.score DESC, h.n DESC");
}

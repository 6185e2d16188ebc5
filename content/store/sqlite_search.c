/* Full-text indexes: made and dropped after the model, filled in batches, kept with every write.
 *
 * An index holds words and places, not texts ("contentless"): what an item said before has to be handed in when it
 * is taken out. So a row's words are read before and after it changes, in the same transaction; no trigger.
 *
 * Which items of a table an index already has is a note, "search/posts": those up to that position. Without a note
 * it has them all. Writes to items behind it leave the index alone, the builder comes by later. */
#include "content/store/sqlite.h"

#include "base/limits.h"

#define SEARCH_NAMES "name LIKE 's\\_%/search' ESCAPE '\\'"
/* Marks belong to words: Hindi and Hebrew are not cut at vowels. Merging seldom makes single writes cheaper. */
#define TOKENIZER "tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'\""

static const struct field *next_searched(const struct collection *c, size_t *i)
{
    while (*i < c->field_count) {
        const struct field *f = &c->fields[(*i)++];
        if (f->search_weight > 0)
            return f;
    }
    return NULL;
}

static str index_definition(struct arena *a, const struct collection *c)
{
    struct buf b;
    const struct field *f;
    buf_init(&b, a, LIMIT_SQL_BYTES);
    buf_format(&b, "CREATE VIRTUAL TABLE " STR_FMT " USING fts5(", STR_ARG(search_table(a, c)));
    for (size_t i = META_COUNT; (f = next_searched(c, &i)) != NULL;)
        buf_format(&b, SEARCH_COLUMN ", ", SEARCH_COLUMN_ARG(f));
    buf_add(&b, S("content = '', prefix = '3', " TOKENIZER ")"));
    return buf_str(&b);
}

static str note_name(struct arena *a, str collection)
{
    return arena_format(a, "search/" STR_FMT, STR_ARG(collection));
}

static enum err drop_note(struct connection *c, str collection, struct problem *why)
{
    struct cell name = CELL_OF_TEXT(note_name(why->arena, collection));
    return statement_run(c, S("DELETE FROM vitrine_notes WHERE name = ?1"), &name, 1, why);
}

static enum err put_note(struct connection *c, str collection, int64_t upto, struct problem *why)
{
    struct cell row[] = {CELL_OF_TEXT(note_name(why->arena, collection)),
                         CELL_OF_TEXT(arena_format(why->arena, "%lld", (long long)upto))};
    return statement_run(c, c->engine->fixed[FIXED_note_put], row, COUNTOF(row), why);
}

/* How far the index of a collection has come; false: it is complete. */
static enum err read_note(struct connection *c, str collection, bool *is_building, int64_t *upto, struct problem *why)
{
    struct statement *s = NULL;
    struct cell name = CELL_OF_TEXT(note_name(why->arena, collection)), found = CELL_OF_NULL;
    *is_building = false;
    TRY(statement_take(c, c->engine->fixed[FIXED_note_get], &s, why));
    int code = statement_bind_cell(s->stmt, 1, &name);
    if (code == SQLITE_OK)
        code = sqlite3_step(s->stmt);
    if (code == SQLITE_ROW) {
        statement_cell(s->stmt, 0, &found);
        *is_building = found.type == CELL_TEXT && str_to_i64(found.text, upto);
    }
    enum err e = code == SQLITE_ROW || code == SQLITE_DONE ? ERR_OK : connection_problem(c, code, why);
    statement_give(c, s);
    return e;
}

/* "SELECT _n, words… FROM c_posts": what the index says of an item. */
static void words_select(struct buf *b, const struct collection *in)
{
    const struct field *f;
    buf_add(b, S("SELECT \"_n\""));
    for (size_t i = META_COUNT; (f = next_searched(in, &i)) != NULL;) {
        buf_add(b, S(", "));
        search_words_of(b, "", f);
    }
    buf_add(b, S(" FROM "));
    buf_add(b, in->table);
}

static str words_insert(struct buf *b, struct arena *a, const struct collection *in, bool removes)
{
    const struct field *f;
    size_t count = 1;
    str table = search_table(a, in);
    buf_clear(b);
    buf_format(b, "INSERT INTO " STR_FMT " (", STR_ARG(table));
    if (removes)
        buf_format(b, STR_FMT ", ", STR_ARG(table));
    buf_add(b, S("rowid"));
    for (size_t i = META_COUNT; (f = next_searched(in, &i)) != NULL; count++)
        buf_format(b, ", " SEARCH_COLUMN, SEARCH_COLUMN_ARG(f));
    buf_add(b, str_of(removes ? ") VALUES ('delete'" : ") VALUES ("));
    for (size_t i = 1; i <= count; i++)
        buf_format(b, "%s?%zu", removes || i > 1 ? ", " : "", i);
    buf_byte(b, ')');
    return buf_str(b);
}

static int copy_row(sqlite3_stmt *from, sqlite3_stmt *into)
{
    int code = SQLITE_OK;
    for (int i = 0; i < sqlite3_column_count(from) && code == SQLITE_OK; i++)
        code = sqlite3_bind_value(into, i + 1, sqlite3_column_value(from, i));
    if (code == SQLITE_OK)
        code = sqlite3_step(into);
    (void)sqlite3_reset(into);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

struct words_rows {
    struct statement *from, *into;
    int64_t last;
    size_t count;
};

/* Rows of words from the table into the index. upto: items behind it are passed over. */
static enum err copy_words(struct connection *c, struct words_rows *r, int64_t upto, struct problem *why)
{
    int code;
    while ((code = sqlite3_step(r->from->stmt)) == SQLITE_ROW) {
        r->last = sqlite3_column_int64(r->from->stmt, 0);
        r->count++;
        code = r->last > upto ? SQLITE_OK : copy_row(r->from->stmt, r->into->stmt);
        if (code != SQLITE_OK)
            break;
    }
    return code == SQLITE_DONE ? ERR_OK : connection_problem(c, code, why);
}

static enum err take_both(struct connection *c, const struct collection *in, const char *rest, bool removes,
                          struct words_rows *out, struct problem *why)
{
    *out = (struct words_rows){0};
    buf_clear(&c->text);
    words_select(&c->text, in);
    buf_add(&c->text, str_of(rest));
    TRY(statement_take(c, buf_str(&c->text), &out->from, why));
    return statement_take(c, words_insert(&c->text, why->arena, in, removes), &out->into, why);
}

static void give_both(struct connection *c, struct words_rows *r)
{
    statement_give(c, r->from);
    statement_give(c, r->into);
}

static enum err one_item(struct connection *c, const struct write *w, bool removes, struct problem *why)
{
    struct words_rows r;
    bool is_building = false;
    int64_t upto = INT64_MAX;
    struct cell id = CELL_OF_TEXT(w->id);
    TRY(read_note(c, w->in->name, &is_building, &upto, why));
    enum err e = take_both(c, w->in, " WHERE \"_id\" = ?1", removes, &r, why);
    int code = e == ERR_OK ? statement_bind_cell(r.from->stmt, 1, &id) : SQLITE_OK;
    if (e == ERR_OK)
        e = code == SQLITE_OK ? copy_words(c, &r, upto, why) : connection_problem(c, code, why);
    give_both(c, &r);
    return e;
}

static bool touches_words(const struct write *w)
{
    for (size_t i = 0; i < w->field_count; i++)
        if (w->fields[i]->search_weight > 0)
            return true;
    return false;
}

enum err search_before(struct connection *c, const struct write *w, struct problem *why)
{
    bool had = w->kind == WRITE_DELETE || (w->kind == WRITE_UPDATE && touches_words(w));
    return w->in->searched && had ? one_item(c, w, true, why) : ERR_OK;
}

enum err search_after(struct connection *c, const struct write *w, struct problem *why)
{
    bool has = w->kind == WRITE_INSERT || (w->kind == WRITE_UPDATE && touches_words(w));
    return w->in->searched && has ? one_item(c, w, false, why) : ERR_OK;
}

/* Making, dropping, filling. */

static enum err run_text(struct connection *c, str text, struct problem *why)
{
    return connection_run(c, arena_cstr(why->arena, text), why);
}

static enum err drop_index(struct connection *c, str collection, struct problem *why)
{
    struct arena *a = why->arena;
    TRY(run_text(c, arena_format(a, "DROP TABLE IF EXISTS \"s_" STR_FMT "/words\"", STR_ARG(collection)), why));
    TRY(run_text(c, arena_format(a, "DROP TABLE IF EXISTS \"s_" STR_FMT "/search\"", STR_ARG(collection)), why));
    return drop_note(c, collection, why);
}

enum err search_forget(struct connection *c, str collection, struct problem *why)
{
    return drop_index(c, collection, why);
}

static enum err make_index(struct connection *c, const struct collection *in, struct problem *why)
{
    struct arena *a = why->arena;
    str table = search_table(a, in);
    TRY(run_text(c, index_definition(a, in), why));
    TRY(run_text(c, arena_format(a, "INSERT INTO " STR_FMT " (" STR_FMT ", rank) VALUES ('automerge', 16)",
                                 STR_ARG(table), STR_ARG(table)), why));
    TRY(run_text(c, arena_format(a, "CREATE VIRTUAL TABLE " STR_FMT " USING fts5vocab('s_" STR_FMT "/search', 'instance')",
                                 STR_ARG(search_vocabulary(a, in)), STR_ARG(in->name)), why));
    return put_note(c, in->name, 0, why);
}

struct found_index {
    str collection, definition;
};

static enum err present_indexes(struct connection *c, struct found_index *list, size_t room, size_t *count,
                                struct problem *why)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(c->db, "SELECT name, sql FROM sqlite_schema WHERE " SEARCH_NAMES, -1, &stmt, NULL);
    enum err e = code == SQLITE_OK ? ERR_OK : connection_problem(c, code, why);
    *count = 0;
    while (e == ERR_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW && *count < room) {
        struct cell name, sql;
        statement_cell(stmt, 0, &name);
        statement_cell(stmt, 1, &sql);
        str collection = str_slice(name.text, 2, name.text.len - S("/search").len);
        list[(*count)++] = (struct found_index){arena_copy(why->arena, collection), arena_copy(why->arena, sql.text)};
    }
    if (e == ERR_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        e = connection_problem(c, code, why);
    (void)sqlite3_finalize(stmt);
    return e;
}

static bool is_present(const struct found_index *list, size_t count, const struct collection *c)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].collection, c->name) && !str_is_absent(list[i].definition))
            return true;
    return false;
}

static enum err follow_model(struct connection *c, const struct model *m, bool *changed, struct problem *why)
{
    size_t count = 0, room = 2 * LIMIT_COLLECTIONS;
    struct found_index *list = NEW_N(why->arena, struct found_index, room);
    TRY(present_indexes(c, list, room, &count, why));
    for (size_t i = 0; i < count; i++) {
        const struct collection *in = model_find(m, list[i].collection);
        bool good = in && in->searched && str_equal(index_definition(why->arena, in), list[i].definition);
        if (good)
            continue;
        TRY(drop_index(c, list[i].collection, why));
        list[i].definition = (str){0};
        *changed = true;
    }
    for (size_t i = 0; i < m->collection_count; i++) {
        const struct collection *in = m->collections[i];
        if (!in->searched || is_present(list, count, in))
            continue;
        TRY(make_index(c, in, why));
        *changed = true;
    }
    return ERR_OK;
}

/* The next items of one collection. */
static enum err build(struct connection *c, const struct collection *in, int64_t upto, size_t rows, size_t *done,
                      struct problem *why)
{
    struct words_rows r;
    enum err e = take_both(c, in, " WHERE \"_n\" > ?1 ORDER BY \"_n\" LIMIT ?2", false, &r, why);
    if (e == ERR_OK) {
        (void)sqlite3_bind_int64(r.from->stmt, 1, upto);
        (void)sqlite3_bind_int64(r.from->stmt, 2, (sqlite3_int64)rows);
        e = copy_words(c, &r, INT64_MAX, why);
    }
    give_both(c, &r);
    *done = r.count;
    TRY(e);
    return r.count < rows ? drop_note(c, in->name, why) : put_note(c, in->name, r.last, why);
}

enum err sqlite_index(struct txn *t, const struct model *m, size_t rows, struct indexing *out, struct problem *why)
{
    struct connection *c = t->on;
    must(c != NULL && (t->kind == TXN_WRITE || t->kind == TXN_NESTED));
    *out = (struct indexing){0};
    TRY(follow_model(c, m, &out->changed, why));
    for (size_t i = 0; i < m->collection_count; i++) {
        const struct collection *in = m->collections[i];
        bool is_building = false;
        int64_t upto = 0;
        size_t done = 0;
        if (in->searched)
            TRY(read_note(c, in->name, &is_building, &upto, why));
        if (!is_building)
            continue;
        if (rows > 0)
            TRY(build(c, in, upto, rows, &done, why));
        out->changed |= rows > 0;
        out->more |= done == rows;
        rows -= done;
    }
    return ERR_OK;
}

/* What is searched for, as FTS5 spells it. Words stand in quotes, with quotes in them doubled: no operator of that
 * language can come from outside. */
static void add_near(struct buf *b, const struct near_words *near)
{
    buf_byte(b, '(');
    for (size_t i = 0; i < near->count; i++)
        buf_format(b, "%s\"" STR_FMT "\"", i ? " OR " : "", STR_ARG(near->words[i]));
    buf_byte(b, ')');
}

static void add_term(struct buf *b, const struct term *t, const struct near_words *near)
{
    if (t->in)
        buf_format(b, SEARCH_COLUMN " : ", SEARCH_COLUMN_ARG(t->in));
    if (near && near->count > 0) {
        add_near(b, near);
        return;
    }
    buf_byte(b, '"');
    for (size_t i = 0; i < t->words.len; i++) {
        buf_byte(b, t->words.at[i]);
        if (t->words.at[i] == '"')
            buf_byte(b, '"');
    }
    buf_add(b, t->is_prefix ? S("\" *") : S("\""));
}

static void add_terms(struct buf *b, const struct search *s, const struct near_words *near, bool without,
                      const char *between)
{
    bool has_one = false;
    for (size_t i = 0; i < s->term_count; i++) {
        if (s->terms[i].without != without)
            continue;
        buf_add(b, str_of(has_one ? between : ""));
        add_term(b, &s->terms[i], near ? &near[i] : NULL);
        has_one = true;
    }
}

static void add_columns(struct buf *b, const struct plan_node *n)
{
    buf_byte(b, '{');
    for (size_t i = 0; i < n->searched_count; i++)
        buf_format(b, "%s" SEARCH_COLUMN, i ? " " : "", SEARCH_COLUMN_ARG(n->searched[i]));
    buf_add(b, S("} : "));
}

static bool has_without(const struct search *s)
{
    for (size_t i = 0; i < s->term_count; i++)
        if (s->terms[i].without)
            return true;
    return false;
}

/* near: for each term, NULL: none. */
static str match_text(struct arena *a, const struct plan_node *n, const struct near_words *near)
{
    struct buf b;
    bool without = has_without(n->search);
    buf_init(&b, a, LIMIT_SQL_BYTES);
    add_columns(&b, n);
    buf_add(&b, without ? S("((") : S("("));
    add_terms(&b, n->search, near, false, " AND ");
    if (without) {
        buf_add(&b, S(") NOT ("));
        add_terms(&b, n->search, near, true, " OR ");
        buf_byte(&b, ')');
    }
    buf_byte(&b, ')');
    return buf_str(&b);
}

static enum err is_common(struct connection *c, const struct collection *in, str match, bool *out, struct problem *why)
{
    struct statement *s = NULL;
    struct cell words = CELL_OF_TEXT(match);
    str table = search_table(why->arena, in);
    str text = arena_format(why->arena, "SELECT count(*) FROM (SELECT 1 FROM " STR_FMT " WHERE " STR_FMT " MATCH ?1 LIMIT %u)",
                            STR_ARG(table), STR_ARG(table), LIMIT_SEARCH_COMMON);
    TRY(statement_take(c, text, &s, why));
    int code = statement_bind_cell(s->stmt, 1, &words);
    if (code == SQLITE_OK)
        code = sqlite3_step(s->stmt);
    *out = code == SQLITE_ROW && sqlite3_column_int64(s->stmt, 0) == LIMIT_SEARCH_COMMON;
    statement_give(c, s);
    return code == SQLITE_ROW ? ERR_OK : connection_problem(c, code, why);
}

enum err search_prepare(struct connection *c, const struct plan *p, const struct plan_node *n, struct search_run **out,
                        struct problem *why)
{
    const struct collection *in = n->query->from;
    struct search_run *run = NEW(p->arena, struct search_run);
    const struct field *f;
    bool is_building = false;
    int64_t upto = 0;
    TRY(read_note(c, in->name, &is_building, &upto, why));
    if (is_building) {
        why->retry_after_s = 5;
        return problem_set(why, ERR_UNAVAILABLE, "The search index of " STR_FMT " is being made; try again soon",
                           STR_ARG(in->name));
    }
    run->columns = NEW_N(p->arena, struct search_column, in->field_count);
    for (size_t i = META_COUNT; (f = next_searched(in, &i)) != NULL;) {
        bool seen = false;
        for (size_t k = 0; k < n->searched_count; k++)
            seen |= n->searched[k] == f;
        run->columns[run->column_count++] = (struct search_column){f, seen ? f->search_weight : 0};
    }
    run->search = n->search;
    struct near_words *near = NULL;
    struct buf columns;
    buf_init(&columns, p->arena, LIMIT_SQL_BYTES);
    add_columns(&columns, n);
    near = NEW_N(p->arena, struct near_words, n->search->term_count);
    for (size_t i = 0; i < n->search->term_count; i++) {
        const struct term *t = &n->search->terms[i];
        if (t->is_prefix)
            TRY(search_beginnings(c, in, t, p->arena, &near[i], why));
        else if (n->search->fuzzy)
            TRY(search_near(c, p, n, t, buf_str(&columns), &near[i], why));
    }
    run->match = match_text(p->arena, n, near);
    if (search_can_probe(n))
        TRY(is_common(c, in, run->match, &run->probes, why));
    *out = run;
    return ERR_OK;
}

/* For `vitrine check`: each index against itself, and whether it has as many items as the table. A row per finding. */
static enum err check_index(struct connection *c, str collection, struct row_sink *out, struct problem *why)
{
    struct arena *a = why->arena;
    bool is_building = false;
    int64_t upto = 0, missing = 0;
    str name = arena_format(a, "\"s_" STR_FMT "/search\"", STR_ARG(collection));
    str look = arena_format(a, "INSERT INTO " STR_FMT " (" STR_FMT ") VALUES ('integrity-check')", STR_ARG(name), STR_ARG(name));
    str count = arena_format(a, "SELECT (SELECT count(*) FROM \"c_" STR_FMT "\") - (SELECT count(*) FROM \"s_" STR_FMT
                                "/search_docsize\")", STR_ARG(collection), STR_ARG(collection));
    int code = sqlite3_exec(c->db, arena_cstr(a, look), NULL, NULL, NULL);
    TRY(read_note(c, collection, &is_building, &upto, why));
    if (code == SQLITE_OK && !is_building)
        TRY(connection_number(c, arena_cstr(a, count), &missing, why));
    if (code == SQLITE_OK && missing == 0)
        return ERR_OK;
    str text = code != SQLITE_OK ? S("the full-text index is damaged")
                                 : S("the full-text index does not have the items that the collection has");
    struct cell cells[] = {CELL_OF_TEXT(collection), CELL_OF_TEXT(text)};
    struct row row = {.cells = cells, .count = COUNTOF(cells)};
    return out->row(out, &row, why);
}

enum err search_check(struct connection *c, struct row_sink *out, struct problem *why)
{
    size_t count = 0, room = 2 * LIMIT_COLLECTIONS;
    struct found_index *list = NEW_N(why->arena, struct found_index, room);
    TRY(present_indexes(c, list, room, &count, why));
    for (size_t i = 0; i < count; i++)
        TRY(check_index(c, list[i].collection, out, why));
    return ERR_OK;
}

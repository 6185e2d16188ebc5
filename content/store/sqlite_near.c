/* Mistyped words. A word that finds nothing is replaced by those one slip of the fingers away (two letters swapped,
 * one missing, too many or another) that do find something. All words at that distance are put together and looked
 * up: a few hundred look-ups in the index, however many words it holds. */
#include "content/store/sqlite.h"

#include "base/limits.h"
#include "base/utf8.h"

#define SHORTEST 4   /* letters of a word that is corrected: shorter ones have a neighbour everywhere */
#define LONGEST 24

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";

struct slips {
    struct buf list;     /* a JSON list of words */
    char word[LONGEST + 2];
};

static void add_slip(struct slips *s, size_t len)
{
    buf_byte(&s->list, s->list.len > 1 ? ',' : ' ');
    buf_json_text(&s->list, (str){s->word, len});
}

static void swap_letters(struct slips *s, str w)
{
    for (size_t i = 0; i + 1 < w.len; i++) {
        if (w.at[i] == w.at[i + 1])
            continue;
        memcpy(s->word, w.at, w.len);
        s->word[i] = w.at[i + 1];
        s->word[i + 1] = w.at[i];
        add_slip(s, w.len);
    }
}

static void drop_letters(struct slips *s, str w)
{
    for (size_t i = 0; i < w.len; i++) {
        memcpy(s->word, w.at, i);
        memcpy(s->word + i, w.at + i + 1, w.len - i - 1);
        add_slip(s, w.len - 1);
    }
}

/* Another letter at each place, or one more in front of it. */
static void put_letters(struct slips *s, str w, bool more)
{
    for (size_t i = 0; i < w.len + more; i++) {
        memcpy(s->word, w.at, i);
        if (i < w.len)
            memcpy(s->word + i + 1, w.at + i + !more, w.len - i - !more);
        for (const char *c = alphabet; *c; c++) {
            s->word[i] = *c;
            add_slip(s, w.len + more);
        }
    }
}

static str slips_of(struct arena *a, str w)
{
    struct slips s = {0};
    buf_init(&s.list, a, LIMIT_SQL_BYTES);
    buf_byte(&s.list, '[');
    swap_letters(&s, w);
    drop_letters(&s, w);
    put_letters(&s, w, false);
    put_letters(&s, w, true);
    buf_byte(&s.list, ']');
    return buf_str(&s.list);
}

/* One word of plain letters, as the index has it: lower case, without accents. */
static bool can_be_mistyped(struct arena *a, const struct term *t, str *word)
{
    if (t->is_phrase || t->is_prefix || t->without)
        return false;
    *word = utf8_fold(a, t->words);
    for (size_t i = 0; i < word->len; i++)
        if (!strchr(alphabet, word->at[i]) || word->at[i] == 0)
            return false;
    return word->len >= SHORTEST && word->len <= LONGEST;
}

static enum err look_up(struct connection *c, const struct plan *p, const struct plan_node *n, str before, str words,
                        struct near_words *out, struct problem *why)
{
    struct emit e;
    struct statement *s = NULL;
    out->count = 0;
    buf_clear(&c->text);
    emit_init(&e, &dialect_sqlite, p->arena, &c->text);
    e.plan = p;
    emit_near(&e, n, before, words);
    TRY(statement_take(c, buf_str(&c->text), &s, why));
    int code = SQLITE_OK;
    for (size_t i = 0; i < e.count && code == SQLITE_OK; i++)
        code = e.bindings[i].kind == BIND_MATCH
                   ? sqlite3_bind_pointer(s->stmt, (int)i + 1, (void *)(uintptr_t)e.bindings[i].match, "match", NULL)
                   : statement_bind_cell(s->stmt, (int)i + 1, &e.bindings[i].cell);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        struct cell word;
        code = sqlite3_step(s->stmt);
        if (code != SQLITE_ROW || out->count == LIMIT_SEARCH_NEAR)
            break;
        statement_cell(s->stmt, 0, &word);
        out->words[out->count++] = arena_copy(p->arena, word.text);
    }
    enum err err = code == SQLITE_DONE || code == SQLITE_ROW ? ERR_OK : connection_problem(c, code, why);
    statement_give(c, s);
    return err;
}

#define READY 3      /* letters of beginnings that the index has ready (prefix = '3') */

/* One word of plain letters: what the tokenizer makes of it is what the vocabulary has. */
static bool is_plain_word(struct arena *a, str typed, str *word)
{
    *word = utf8_fold(a, typed);
    for (size_t i = 0; i < word->len; i++)
        if (word->at[i] == 0 || !strchr(alphabet, word->at[i]))
            return false;
    return word->len > READY;
}

/* The vocabulary's first word from this one on: a look into the index, not a walk along the word's places. */
static int next_word(sqlite3_stmt *stmt, str from, struct arena *a, str *word)
{
    struct cell found = CELL_OF_TEXT(from);
    int code = statement_bind_cell(stmt, 1, &found);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        statement_cell(stmt, 0, &found);
        *word = arena_copy(a, found.text);
    }
    (void)sqlite3_reset(stmt);
    return code;
}

enum err search_beginnings(struct connection *c, const struct collection *in, const struct term *t, struct arena *a,
                           struct near_words *out, struct problem *why)
{
    struct statement *s = NULL;
    str begin, word, from;
    out->count = 0;
    if (t->is_phrase || !is_plain_word(a, t->words, &begin))
        return ERR_OK;
    str text = arena_format(a, "SELECT term FROM " STR_FMT " WHERE term >= ?1 LIMIT 1", STR_ARG(search_vocabulary(a, in)));
    TRY(statement_take(c, text, &s, why));
    int code = SQLITE_ROW;
    for (from = begin; (code = next_word(s->stmt, from, a, &word)) == SQLITE_ROW && str_starts(word, begin);) {
        if (out->count == COUNTOF(out->words)) {
            out->count = 0;
            break;
        }
        out->words[out->count++] = word;
        from = arena_format(a, STR_FMT "\x01", STR_ARG(word)); /* nothing stands between */
    }
    statement_give(c, s);
    return code == SQLITE_ROW || code == SQLITE_DONE ? ERR_OK : connection_problem(c, code, why);
}

enum err search_near(struct connection *c, const struct plan *p, const struct plan_node *n, const struct term *t,
                     str columns, struct near_words *out, struct problem *why)
{
    struct arena *a = p->arena;
    str word;
    out->count = 0;
    if (!can_be_mistyped(a, t, &word))
        return ERR_OK;
    str before = t->in ? arena_format(a, STR_FMT "(" SEARCH_COLUMN " : \"", STR_ARG(columns), SEARCH_COLUMN_ARG(t->in))
                       : arena_format(a, STR_FMT "(\"", STR_ARG(columns));
    TRY(look_up(c, p, n, before, arena_format(a, "[\"" STR_FMT "\"]", STR_ARG(word)), out, why));
    if (out->count > 0) {
        out->count = 0; /* it is known: as it stands */
        return ERR_OK;
    }
    return look_up(c, p, n, before, slips_of(a, word), out, why);
}

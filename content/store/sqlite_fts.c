/* What FTS5 lends itself to: functions that look at a match. Our rank differs from the one it brings along in three
 * ways. It never goes through all that a common word stands in: how many those are is estimated from the first few.
 * It sees only the columns that the caller may read, or scores would tell how long the others are. And figures of
 * the whole table are rounded to powers of two: a score tells nothing of single items that the caller cannot see,
 * and pages stay in order while items come and go. */
#include "content/store/sqlite.h"

#include "base/limits.h"
#include "content/search/plain_text.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#define COUNTED_ROWS 256 /* of a phrase; beyond, its frequency is estimated */
#define K1 1.2
#define B 0.75
#define SNIPPET_TOKENS 32
#define SNIPPET_LEAD 5   /* words in front of the first that was found */
#define SPANS_MAX 10000  /* marked places of a text; what comes after stays unmarked */

/* vitrine_words(value, rule): the words of a formatted value, by a rule of emit_search.c. */
static void words_of_value(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *c = sqlite3_user_data(context);
    const char *rule = (const char *)sqlite3_value_text(values[1]);
    (void)count;
    if (!rule || sqlite3_value_type(values[0]) != SQLITE_TEXT) {
        sqlite3_result_null(context);
        return;
    }
    str text = {(const char *)sqlite3_value_text(values[0]), (size_t)sqlite3_value_bytes(values[0])};
    struct buf b;
    const struct json *tree = NULL;
    struct problem quiet = {.arena = c->scratch};
    bool is_json = strncmp(rule, "json", 4) == 0;
    buf_init(&b, c->scratch, SIZE_MAX / 2);
    if (!is_json)
        plain_html(&b, text);
    else if (json_read(c->scratch, text, &(struct json_options){0}, S("value"), &tree, &quiet) == ERR_OK)
        plain_json(&b, tree, strlen(rule) > 4);
    sqlite3_result_text64(context, b.len ? b.at : "", b.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    arena_reset(c->scratch);
}

/* How rare each phrase is, once per search. */
struct phrases {
    size_t count;
    double average;                    /* tokens of an item, in the columns that count */
    double idf[];
};

struct counting {
    sqlite3_int64 rows, last;
};

static int count_phrase(const Fts5ExtensionApi *api, Fts5Context *fts, void *self)
{
    struct counting *n = self;
    n->last = api->xRowid(fts);
    return ++n->rows < COUNTED_ROWS ? SQLITE_OK : SQLITE_DONE;
}

static double power_of_two_above(double n)
{
    return n <= 16 ? 16 : exp2(ceil(log2(n)));
}

/* Rows are counted in the order of insertion: a phrase that has its 256th in the tenth part of the table stands in
 * ten times as many. */
static double idf_of(const Fts5ExtensionApi *api, Fts5Context *fts, int phrase, sqlite3_int64 rows, sqlite3_int64 last_row)
{
    struct counting n = {0, 0};
    if (api->xQueryPhrase(fts, phrase, &n, count_phrase) != SQLITE_OK)
        return 0;
    double found = (double)n.rows;
    if (n.rows == COUNTED_ROWS && n.last > 0 && last_row > n.last)
        found *= (double)last_row / (double)n.last;
    double all = power_of_two_above((double)rows), with = power_of_two_above(found);
    return log(1 + (all - (with < all ? with : all) + 0.5) / (with + 0.5));
}

static struct phrases *measure(const Fts5ExtensionApi *api, Fts5Context *fts, const struct search_run *run)
{
    int count = api->xPhraseCount(fts);
    sqlite3_int64 rows = 0, tokens = 0, all = 0;
    struct phrases *p = calloc(1, sizeof *p + (size_t)count * sizeof(double));
    must(p != NULL);
    (void)api->xRowCount(fts, &rows);
    for (size_t i = 0; i < run->column_count; i++)
        if (run->columns[i].weight > 0 && api->xColumnTotalSize(fts, (int)i, &tokens) == SQLITE_OK)
            all += tokens;
    p->count = (size_t)count;
    p->average = power_of_two_above(rows > 0 ? (double)all / (double)rows : 0);
    sqlite3_int64 last_row = api->xRowid(fts); /* newest first: this is the newest that matches */
    for (int i = 0; i < count; i++)
        p->idf[i] = idf_of(api, fts, i, rows, last_row > rows ? last_row : rows);
    return p;
}

static const struct search_run *run_of(sqlite3_value *v)
{
    return sqlite3_value_pointer(v, "search");
}

static double length_of(const Fts5ExtensionApi *api, Fts5Context *fts, const struct search_run *run)
{
    double all = 0;
    for (size_t i = 0; i < run->column_count; i++) {
        int tokens = 0;
        if (run->columns[i].weight > 0 && api->xColumnSize(fts, (int)i, &tokens) == SQLITE_OK)
            all += tokens;
    }
    return all;
}

/* Okapi BM25 with weights for columns; the higher, the better. */
static void rank(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *context, int count,
                 sqlite3_value **values)
{
    const struct search_run *run = count == 1 ? run_of(values[0]) : NULL;
    struct phrases *p = api->xGetAuxdata(fts, 0);
    double often[LIMIT_SEARCH_TERMS * LIMIT_SEARCH_BEGINNINGS] = {0}, score = 0; /* by phrase */
    int instances = 0;
    if (!run) {
        sqlite3_result_error_code(context, SQLITE_MISUSE);
        return;
    }
    if (!p) {
        p = measure(api, fts, run);
        (void)api->xSetAuxdata(fts, p, free);
    }
    int code = api->xInstCount(fts, &instances);
    for (int i = 0; i < instances && code == SQLITE_OK; i++) {
        int phrase, column, offset;
        code = api->xInst(fts, i, &phrase, &column, &offset);
        if (code == SQLITE_OK && (size_t)phrase < COUNTOF(often) && (size_t)column < run->column_count)
            often[phrase] += run->columns[column].weight;
    }
    double length = length_of(api, fts, run) / p->average;
    for (size_t i = 0; i < p->count && i < COUNTOF(often); i++)
        score += p->idf[i] * often[i] * (K1 + 1) / (often[i] + K1 * (1 - B + B * length));
    if (code == SQLITE_OK)
        sqlite3_result_double(context, score);
    else
        sqlite3_result_error_code(context, code);
}

/* Marks. Tokens of the text are counted again; the index knows which of them were found. */
struct span {
    int first, last;                   /* tokens */
    int start, end;                    /* bytes; end 0: not met */
};

struct marking {
    struct span *spans;
    size_t count, next;
    int token;
    int window_first, window_last;     /* tokens of the excerpt; of the whole text: 0 and INT_MAX */
    int start, end;                    /* bytes of the excerpt */
    bool goes_on;
};

static int see_token(void *self, int flags, const char *token, int length, int start, int end)
{
    struct marking *m = self;
    (void)token;
    (void)length;
    if (flags & FTS5_TOKEN_COLOCATED)
        return SQLITE_OK;
    int at = m->token++;
    if (at > m->window_last) {
        m->goes_on = true;
        return SQLITE_DONE;
    }
    if (at == m->window_first)
        m->start = start;
    if (at >= m->window_first)
        m->end = end;
    while (m->next < m->count && m->spans[m->next].last < at)
        m->next++;
    if (m->next < m->count && m->spans[m->next].first <= at) {
        struct span *s = &m->spans[m->next];
        s->start = s->end == 0 ? start : s->start;
        s->end = end;
    }
    return SQLITE_OK;
}

static void add_span(struct marking *m, int first, int last)
{
    struct span *before = m->count > 0 ? &m->spans[m->count - 1] : NULL;
    if (before && first <= before->last) {
        before->last = last > before->last ? last : before->last;
        return;
    }
    m->spans[m->count++] = (struct span){.first = first, .last = last};
}

/* Places of one column, in order (the index has them so). */
static int find_spans(const Fts5ExtensionApi *api, Fts5Context *fts, int column, struct marking *m)
{
    int instances = 0, code = api->xInstCount(fts, &instances);
    instances = instances < SPANS_MAX ? instances : SPANS_MAX;
    m->spans = calloc((size_t)instances + 1, sizeof *m->spans);
    must(m->spans != NULL);
    for (int i = 0; i < instances && code == SQLITE_OK; i++) {
        int phrase, at, offset;
        code = api->xInst(fts, i, &phrase, &at, &offset);
        if (code == SQLITE_OK && at == column)
            add_span(m, offset, offset + api->xPhraseSize(fts, phrase) - 1);
    }
    return code;
}

/* The excerpt with the most places in it; the earliest of these. */
static void choose_window(struct marking *m)
{
    size_t most = 0;
    m->window_first = 0;
    for (size_t i = 0; i < m->count && i < 100; i++) {
        int first = m->spans[i].first > SNIPPET_LEAD ? m->spans[i].first - SNIPPET_LEAD : 0;
        size_t inside = 0;
        while (i + inside < m->count && m->spans[i + inside].last < first + SNIPPET_TOKENS)
            inside++;
        if (inside > most) {
            most = inside;
            m->window_first = first;
        }
    }
    m->window_last = m->window_first + SNIPPET_TOKENS - 1;
}

static void write_marked(struct buf *b, const struct search *s, const struct marking *m, str text, bool is_snippet)
{
    size_t at = is_snippet ? (size_t)m->start : 0, end = is_snippet ? (size_t)m->end : text.len;
    buf_add(b, is_snippet && m->window_first > 0 ? S("…") : S(""));
    for (size_t i = 0; i < m->count; i++) {
        const struct span *span = &m->spans[i];
        if (span->end == 0 || (size_t)span->start < at || (size_t)span->end > end)
            continue;
        escape_html(b, str_slice(text, at, (size_t)span->start));
        buf_add(b, s->open);
        escape_html(b, str_slice(text, (size_t)span->start, (size_t)span->end));
        buf_add(b, s->close);
        at = (size_t)span->end;
    }
    escape_html(b, str_slice(text, at, end));
    buf_add(b, is_snippet && m->goes_on ? S("…") : S(""));
}

/* vitrine_mark(index, text, search, which): the text, or an excerpt, escaped for HTML and with marks. */
static void mark(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *context, int count,
                 sqlite3_value **values)
{
    const struct search_run *run = count == 3 ? run_of(values[1]) : NULL;
    if (!run || sqlite3_value_type(values[0]) != SQLITE_TEXT) {
        sqlite3_result_null(context);
        return;
    }
    const struct mark *which = &run->search->marks[sqlite3_value_int(values[2])];
    str text = {(const char *)sqlite3_value_text(values[0]), (size_t)sqlite3_value_bytes(values[0])};
    struct marking m = {.window_last = INT_MAX};
    struct buf b;
    size_t column = 0;
    while (column < run->column_count && run->columns[column].field != which->field)
        column++;
    int code = find_spans(api, fts, (int)column, &m);
    if (which->is_snippet)
        choose_window(&m);
    if (code == SQLITE_OK)
        code = api->xTokenize(fts, text.at, (int)text.len, &m, see_token);
    buf_init(&b, NULL, SIZE_MAX / 2);
    write_marked(&b, run->search, &m, text, which->is_snippet);
    if (code == SQLITE_OK || code == SQLITE_DONE)
        sqlite3_result_text64(context, b.len ? b.at : "", b.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    else
        sqlite3_result_error_code(context, code);
    buf_free(&b);
    free(m.spans);
}

static int find_api(struct connection *c, fts5_api **out)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(c->db, "SELECT fts5(?1)", -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_pointer(stmt, 1, out, "fts5_api_ptr", NULL);
    if (code == SQLITE_OK)
        (void)sqlite3_step(stmt);
    (void)sqlite3_finalize(stmt);
    return code == SQLITE_OK && *out == NULL ? SQLITE_ERROR : code;
}

enum err fts_register(struct connection *c, struct problem *why)
{
    fts5_api *api = NULL;
    int code = find_api(c, &api);
    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(c->db, "vitrine_words", 2,
                                          SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, c, words_of_value,
                                          NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = api->xCreateFunction(api, "vitrine_rank", NULL, rank, NULL);
    if (code == SQLITE_OK)
        code = api->xCreateFunction(api, "vitrine_mark", NULL, mark, NULL);
    return code == SQLITE_OK ? ERR_OK : connection_problem(c, code, why);
}

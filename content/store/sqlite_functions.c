/* SQL functions of ours: what the language of filters knows and SQLite does not. Those that take a
 * struct match get it by pointer (sqlite3_bind_pointer), which no SQL text can forge. */
#include "content/store/sqlite.h"

#include "base/regex.h"
#include "content/aggregate/expression.h"
#include "content/filter/internal.h"
#include "content/languages/translations.h"

static struct connection *connection_of(sqlite3_context *context)
{
    return sqlite3_user_data(context);
}

/* False for everything but text. */
static bool text_of(sqlite3_value *v, str *out)
{
    if (sqlite3_value_type(v) != SQLITE_TEXT)
        return false;
    const char *text = (const char *)sqlite3_value_text(v);
    *out = (str){text, (size_t)sqlite3_value_bytes(v)};
    return text != NULL;
}

static const struct match *match_of(sqlite3_value *v)
{
    return sqlite3_value_pointer(v, "match");
}

static void answer(sqlite3_context *context, bool yes)
{
    sqlite3_result_int(context, yes);
}

static void ends(sqlite3_context *context, int count, sqlite3_value **values)
{
    str text, end;
    (void)count;
    answer(context, text_of(values[0], &text) && text_of(values[1], &end) && str_ends(text, end));
}

/* Where a JSON text's string that starts at `at` ends: behind its closing quote. */
static size_t string_end(str json, size_t at)
{
    at++;
    while (at < json.len && json.at[at] != '"')
        at += json.at[at] == '\\' ? 2 : 1;
    return at + 1;
}

/* A canonical list of scalars spells each text in one way only: compare the spelling, parse nothing. */
static void has(sqlite3_context *context, int count, sqlite3_value **values)
{
    str list, text;
    (void)count;
    if (!text_of(values[0], &list) || !text_of(values[1], &text)) {
        answer(context, false);
        return;
    }
    struct buf *b = &connection_of(context)->spelling;
    buf_clear(b);
    buf_json_text(b, text);
    str spelling = buf_str(b);
    bool found = false;
    for (size_t at = 0; at < list.len && !found; at++) {
        if (list.at[at] != '"')
            continue;
        size_t end = string_end(list, at);
        found = end - at == spelling.len && end <= list.len && memcmp(list.at + at, spelling.at, spelling.len) == 0;
        at = end - 1;
    }
    answer(context, found);
}

static void regex(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct match *m = match_of(values[1]);
    str text;
    (void)count;
    answer(context, m && text_of(values[0], &text) && regex_matches(m->test->regex, text));
}

static void words(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *c = connection_of(context);
    const struct match *m = match_of(values[1]);
    str text;
    (void)count;
    if (!m || !text_of(values[0], &text)) {
        answer(context, false);
        return;
    }
    bool found = filter_words_found(c->scratch, m->test, text);
    arena_reset(c->scratch);
    answer(context, found);
}

void function_cell(sqlite3_value *v, struct cell *out)
{
    str text;
    switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER:
        *out = CELL_OF_INT(sqlite3_value_int64(v));
        break;
    case SQLITE_FLOAT:
        *out = CELL_OF_REAL(sqlite3_value_double(v));
        break;
    case SQLITE_TEXT:
        *out = text_of(v, &text) ? CELL_OF_TEXT(text) : CELL_OF_NULL;
        break;
    default:
        *out = CELL_OF_NULL;
    }
}

/* Asks filter_matches about an item that has nothing but this field: the hops lie behind us. */
static void match(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *c = connection_of(context);
    const struct match *m = match_of(values[1]);
    struct cell cell;
    (void)count;
    if (!m) {
        answer(context, false);
        return;
    }
    function_cell(values[0], &cell);
    struct json value = json_named(m->field->name, kind_value(c->scratch, m->field, &cell));
    struct json item = json_of_map(&value, 1);
    struct filter_world world = {.arena = c->scratch, .vars = m->vars};
    bool yes = filter_matches(m->test, &item, &world);
    arena_reset(c->scratch);
    answer(context, yes);
}

/* A document with its members moved (members_move); one that cannot be read stays as it is. */
static void members(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *c = connection_of(context);
    struct problem ignored = {.arena = c->scratch};
    const struct json *document, *moves;
    str text, how;
    (void)count;
    if (text_of(values[0], &text) && text_of(values[1], &how) &&
        json_read(c->scratch, text, NULL, S(""), &document, &ignored) == ERR_OK &&
        json_read(c->scratch, how, NULL, S(""), &moves, &ignored) == ERR_OK) {
        struct json moved = members_move(c->scratch, document, moves);
        str out = json_print(c->scratch, &moved);
        sqlite3_result_text64(context, out.at, out.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    } else {
        sqlite3_result_value(context, values[0]);
    }
    arena_reset(c->scratch);
}

static void translation(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *c = connection_of(context);
    str i18n, code;
    (void)count;
    if (!text_of(values[0], &i18n) || !text_of(values[1], &code))
        return;
    struct cell cell = translation_cell(c->scratch, i18n, code, (uint32_t)sqlite3_value_int64(values[2]));
    switch (cell.type) {
    case CELL_INT: sqlite3_result_int64(context, cell.integer); break;
    case CELL_REAL: sqlite3_result_double(context, cell.real); break;
    case CELL_TEXT: sqlite3_result_text64(context, cell.text.at, cell.text.len, SQLITE_TRANSIENT, SQLITE_UTF8); break;
    case CELL_NULL:
    case CELL_BLOB: break;
    }
    arena_reset(c->scratch);
}

/* "_i18n" after a change of the model (translations_carry); what cannot be read stays as it is. */
static void carry(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *c = connection_of(context);
    struct problem ignored = {.arena = c->scratch};
    const struct json *i18n, *moves = NULL;
    str text, how;
    (void)count;
    bool good = text_of(values[0], &text) && json_read(c->scratch, text, NULL, S(""), &i18n, &ignored) == ERR_OK &&
                (!text_of(values[3], &how) || json_read(c->scratch, how, NULL, S(""), &moves, &ignored) == ERR_OK);
    if (good) {
        struct json out = translations_carry(c->scratch, i18n, (uint32_t)sqlite3_value_int64(values[1]),
                                             (uint32_t)sqlite3_value_int64(values[2]), moves);
        str printed = json_print(c->scratch, &out);
        sqlite3_result_text64(context, printed.at, printed.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    } else {
        sqlite3_result_value(context, values[0]);
    }
    arena_reset(c->scratch);
}

/* The item that an expression looks at: the values behind the first are those of its fields. */
static bool item_of(struct connection *c, const struct expression *e, int count, sqlite3_value **values, struct json *out)
{
    const struct field *const *fields;
    size_t field_count = e ? expression_fields(e, &fields) : 0;
    if (!e || field_count + 1 != (size_t)count)
        return false;
    struct json *members = NEW_N(c->scratch, struct json, field_count);
    for (size_t i = 0; i < field_count; i++) {
        struct cell cell;
        function_cell(values[i + 1], &cell);
        members[i] = json_named(fields[i]->name, kind_value(c->scratch, fields[i], &cell));
    }
    *out = json_of_map(members, field_count);
    return true;
}

static void expr(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *c = connection_of(context);
    const struct match *m = match_of(values[0]);
    struct json item;
    answer(context, m && m->test && item_of(c, m->test->expr, count, values, &item) &&
                        expression_is_true(m->test->expr, c->scratch, &item, NULL));
    arena_reset(c->scratch);
}

static void result(sqlite3_context *context, const struct cell *cell)
{
    if (cell->type == CELL_INT)
        sqlite3_result_int64(context, cell->integer);
    else if (cell->type == CELL_REAL)
        sqlite3_result_double(context, cell->real);
    else if (cell->type == CELL_TEXT)
        sqlite3_result_text64(context, cell->text.at ? cell->text.at : "", cell->text.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    else
        sqlite3_result_null(context);
}

/* A computed field's value. */
static void computed(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct connection *c = connection_of(context);
    const struct match *m = match_of(values[0]);
    struct cell cell = CELL_OF_NULL;
    struct json item;
    if (m && m->field && item_of(c, m->field->computed, count, values, &item)) {
        struct json v = expression_of_field(m->field, c->scratch, &item, NULL);
        cell = kind_cell(c->scratch, m->field, &v);
    }
    result(context, &cell);
    arena_reset(c->scratch);
}

/* A function of the language (content/filter/function.h); RANDOM's seed comes second. */
static void apply(sqlite3_context *context, enum func func, int count, sqlite3_value **values)
{
    struct connection *c = connection_of(context);
    struct cell in;
    function_cell(values[0], &in);
    struct cell out = func_cell(c->scratch, func, &in, count > 1 ? sqlite3_value_int64(values[1]) : 0);
    result(context, &out);
    arena_reset(c->scratch);
}

#define X(name, word, takes, gives)                                                                \
    static void apply_##name(sqlite3_context *context, int count, sqlite3_value **values)          \
    {                                                                                              \
        apply(context, FUNC_##name, count, values);                                                \
    }
FUNC_TABLE(X)
#undef X

struct function_row {
    const char *name;
    int arguments;           /* -1: any number */
    void (*run)(sqlite3_context *context, int count, sqlite3_value **values);
};

static const struct function_row function_rows[] = {
    {"vitrine_ends", 2, ends},  {"vitrine_has", 2, has},     {"vitrine_regex", 2, regex},
    {"vitrine_text", 2, words}, {"vitrine_match", 2, match}, {"vitrine_expr", -1, expr},
    {"vitrine_computed", -1, computed},
    {"vitrine_members", 2, members}, {"vitrine_translation", 3, translation},
    {"vitrine_translations", 4, carry},
#define X(name, word, takes, gives) {"vitrine_" word, FUNC_##name == FUNC_RANDOM ? 2 : 1, apply_##name},
    FUNC_TABLE(X)
#undef X
};

enum err functions_register(struct connection *c, struct problem *why)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < COUNTOF(function_rows) && code == SQLITE_OK; i++)
        code = sqlite3_create_function_v2(c->db, function_rows[i].name, function_rows[i].arguments,
                                          SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, c,
                                          function_rows[i].run, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = group_functions_register(c);
    return code == SQLITE_OK ? ERR_OK : connection_problem(c, code, why);
}

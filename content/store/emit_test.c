/* One test -> SQL, where the hops have led. content/filter/filter.h is the law; the comments here say only how
 * it is met.
 *
 * What a database cannot say exactly as the law says it (documents, lists beyond "contains a text",
 * operands of odd types) goes to filter_matches itself, row by row: FORM_MATCH. So everything here may
 * be narrow, and nothing needs to be approximate. */
#include "content/store/emit.h"

/* Longer lists travel as one JSON text: the statement's text must not depend on their length. */
#define LIST_SPELT 4u

/* A template of the dialect: `$` is the value, `?` takes the cells in order. */
struct value {
    unsigned alias;
    const struct field *field; /* NULL: a link's target */
    enum func func;            /* of the field */
};

static void emit_value(struct emit *e, const struct value *v)
{
    if (v->field) {
        emit_term(e, v->alias, v->field, v->func, 0);
    } else {
        emit_alias(e, 'l', v->alias);
        emit_text(e, ".target");
    }
}

static void emit_form(struct emit *e, enum form form, const struct value *v, const struct cell *cells)
{
    for (const char *c = e->dialect->forms[form]; *c; c++) {
        if (*c == '$')
            emit_value(e, v);
        else if (*c == '?')
            emit_bind(e, *cells++);
        else
            buf_byte(e->sql, *c);
    }
}

static void emit_match(struct emit *e, enum form form, const struct test_at *t, const struct field *field,
                       const struct value *v)
{
    struct filter *bare = NEW(e->arena, struct filter);
    struct match *m = NEW(e->arena, struct match);
    *bare = *t->f;
    bare->hop_count = 0;
    *m = (struct match){.test = bare, .field = field, .vars = e->plan->vars};
    for (const char *c = e->dialect->forms[form]; *c; c++) {
        if (*c == '$')
            emit_value(e, v);
        else if (*c == '?')
            emit_bind_match(e, m);
        else
            buf_byte(e->sql, *c);
    }
}

/* Plain columns: one value or none. */
enum type_class { CLASS_TEXT, CLASS_NUMBER };

static enum type_class class_of(const struct value *v)
{
    if (!v->field || v->func != FUNC_NONE)
        return !v->field || func_gives_text(v->func) ? CLASS_TEXT : CLASS_NUMBER;
    enum column c = v->field->kind->column;
    return c == COLUMN_TEXT || c == COLUMN_REF ? CLASS_TEXT : CLASS_NUMBER;
}

/* False when a value of this class can never equal the operand nor stand in order with it. */
static bool cell_for(const struct json *operand, enum type_class class, struct cell *out)
{
    switch (operand->type) {
    case JSON_TEXT:
        *out = CELL_OF_TEXT(operand->text);
        return class == CLASS_TEXT;
    case JSON_BOOL:
        *out = CELL_OF_INT(operand->boolean);
        return class == CLASS_NUMBER;
    case JSON_INT:
        *out = CELL_OF_INT(operand->integer);
        return class == CLASS_NUMBER;
    case JSON_REAL:
        *out = CELL_OF_REAL(operand->real);
        return class == CLASS_NUMBER;
    case JSON_NULL:
    case JSON_LIST:
    case JSON_MAP:
    case JSON_BYTES:
        break;
    }
    *out = CELL_OF_NULL;
    return false;
}

static void emit_compare(struct emit *e, const struct value *v, const char *sign, const struct json *operand)
{
    struct cell cell;
    if (!cell_for(operand, class_of(v), &cell))
        cell = CELL_OF_NULL; /* compares as unknown, counts as false; the text stays the same */
    emit_value(e, v);
    emit_text(e, sign);
    emit_bind(e, cell);
}

/* Whether a list survives the way through JSON text into SQL: a real might be read back one bit off,
 * and a text ends at its first NUL. */
static bool is_plain_list(const struct json *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *v = &list->items[i];
        if (v->type == JSON_REAL || (v->type == JSON_TEXT && v->text.len && memchr(v->text.at, 0, v->text.len)))
            return false;
    }
    return true;
}

static struct cell list_cell(struct emit *e, const struct value *v, const struct json *list)
{
    struct json *kept = NEW_N(e->arena, struct json, list->count);
    size_t count = 0;
    struct cell unused;
    for (uint32_t i = 0; i < list->count; i++)
        if (cell_for(&list->items[i], class_of(v), &unused))
            kept[count++] = list->items[i];
    struct json made = json_of_list(kept, count);
    return CELL_OF_TEXT(json_print(e->arena, &made));
}

static void emit_in_spelt(struct emit *e, const struct value *v, const struct json *list)
{
    emit_value(e, v);
    emit_text(e, " IN (");
    for (uint32_t i = 0; i < list->count; i++) {
        struct cell cell;
        if (!cell_for(&list->items[i], class_of(v), &cell))
            cell = CELL_OF_NULL;
        emit_text(e, i ? ", " : "");
        emit_bind(e, cell);
    }
    emit_text(e, ")");
}

/* `spell`: a short list of the filter itself; a variable's list is never spelt out. */
static void emit_in(struct emit *e, const struct value *v, const struct json *list, bool spell)
{
    struct cell cell;
    if (list->count == 0 && spell) {
        emit_text(e, "FALSE");
    } else if (!is_plain_list(list) || (spell && list->count <= LIST_SPELT)) {
        emit_in_spelt(e, v, list);
    } else {
        cell = list_cell(e, v, list);
        emit_form(e, FORM_IN_LIST, v, &cell);
    }
}

static void emit_equal(struct emit *e, const struct test_at *t, const struct value *v, const struct json *operand)
{
    if (operand->type == JSON_LIST)
        emit_in(e, v, operand, t->f->var == VAR_NONE);
    else
        emit_compare(e, v, " = ", operand);
}

/* The smallest text that is greater than all that start with s: its last code point counted up, so that
 * it stays UTF-8. False: there is none. */
static bool after_prefix(struct arena *a, str s, str *out)
{
    char *copy = NEW_N(a, char, s.len + 4);
    memcpy(copy, s.at, s.len);
    size_t len = s.len;
    while (len > 0) {
        size_t at = len - 1;
        while (at > 0 && ((unsigned char)copy[at] & 0xC0) == 0x80)
            at--;
        uint32_t c = (unsigned char)copy[at];
        size_t bytes = len - at;
        c &= bytes == 1 ? 0x7Fu : bytes == 2 ? 0x1Fu : bytes == 3 ? 0x0Fu : 0x07u;
        for (size_t i = at + 1; i < len; i++)
            c = (c << 6) | ((unsigned char)copy[i] & 0x3Fu);
        len = at;
        if (c == 0x10FFFF)
            continue;
        c = c == 0xD7FF ? 0xE000 : c + 1;
        if (c < 0x80) {
            copy[at++] = (char)c;
        } else if (c < 0x800) {
            copy[at++] = (char)(0xC0 | (c >> 6));
            copy[at++] = (char)(0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
            copy[at++] = (char)(0xE0 | (c >> 12));
            copy[at++] = (char)(0x80 | ((c >> 6) & 0x3F));
            copy[at++] = (char)(0x80 | (c & 0x3F));
        } else {
            copy[at++] = (char)(0xF0 | (c >> 18));
            copy[at++] = (char)(0x80 | ((c >> 12) & 0x3F));
            copy[at++] = (char)(0x80 | ((c >> 6) & 0x3F));
            copy[at++] = (char)(0x80 | (c & 0x3F));
        }
        *out = (str){copy, at};
        return true;
    }
    return false;
}

/* A range, so that an index on the field serves it. */
static void emit_starts(struct emit *e, const struct value *v, str prefix)
{
    str upper;
    if (prefix.len == 0) {
        emit_value(e, v);
        emit_text(e, " IS NOT NULL");
        return;
    }
    emit_value(e, v);
    emit_text(e, " >= ");
    emit_bind(e, CELL_OF_TEXT(prefix));
    if (!after_prefix(e->arena, prefix, &upper))
        return;
    emit_text(e, " AND ");
    emit_value(e, v);
    emit_text(e, " < ");
    emit_bind(e, CELL_OF_TEXT(upper));
}

static void emit_text_test(struct emit *e, const struct test_at *t, const struct value *v)
{
    const struct json *operand = &t->f->operand;
    if (class_of(v) != CLASS_TEXT) { /* no value of this field is text */
        emit_text(e, "FALSE");
        return;
    }
    if (t->f->op == TEST_REGEX || t->f->op == TEST_TEXT) {
        emit_match(e, t->f->op == TEST_REGEX ? FORM_REGEX : FORM_TEXT, t, t->f->field, v);
        return;
    }
    if (operand->type != JSON_TEXT) {
        emit_text(e, "FALSE");
        return;
    }
    struct cell cell = CELL_OF_TEXT(operand->text);
    if (t->f->op == TEST_STARTS)
        emit_starts(e, v, operand->text);
    else
        emit_form(e, t->f->op == TEST_ENDS ? FORM_ENDS : FORM_CONTAINS, v, &cell);
}

static void emit_between(struct emit *e, const struct value *v, const struct json *operand)
{
    emit_compare(e, v, " >= ", &operand->items[0]);
    emit_text(e, " AND ");
    emit_compare(e, v, " <= ", &operand->items[1]);
}

static void emit_range(struct emit *e, const struct test_at *t, const struct value *v, const struct json *operand)
{
    static const char *const signs[TEST_COUNT] = {
        [TEST_GT] = " > ", [TEST_GTE] = " >= ", [TEST_LT] = " < ", [TEST_LTE] = " <= "};
    emit_compare(e, v, signs[t->f->op], operand);
}

/* Whether a plain column's test is said in SQL; else filter_matches is asked. */
static bool has_words_for(const struct filter *f, const struct json *operand, enum column column)
{
    bool is_list = operand->type == JSON_LIST;
    switch (f->op) {
    case TEST_EQ:
    case TEST_HAS:
    case TEST_NE:
        return operand->type != JSON_MAP && (!is_list || f->var != VAR_NONE);
    case TEST_GT:
    case TEST_GTE:
    case TEST_LT:
    case TEST_LTE:
        return !is_list;
    case TEST_IN:
    case TEST_NIN:
        return is_list && (is_plain_list(operand) || operand->count <= 64 || column == COLUMN_REF);
    case TEST_ALL:
        return is_list && operand->count == 1;
    case TEST_BETWEEN:
        return is_list && operand->count == 2;
    case TEST_EXISTS:
    case TEST_EMPTY:
    case TEST_REGEX:
    case TEST_TEXT:
    case TEST_STARTS:
    case TEST_ENDS:
    case TEST_CONTAINS:
        return true;
    case TEST_MOD:
        return is_list && operand->count == 2 && operand->items[0].type == JSON_INT &&
               operand->items[1].type == JSON_INT && (column == COLUMN_INTEGER || column == COLUMN_TIME);
    case TEST_SIZE:
    case TEST_TYPE:
    case TEST_ELEM:
    case TEST_NEAR:
    case TEST_WITHIN:
    case TEST_INTERSECTS:
    case TEST_COUNT:
        break;
    }
    return false;
}

static bool is_negative(const struct filter *f, const struct json *operand)
{
    bool is_null = operand->type == JSON_NULL && f->var == VAR_NONE;
    return (f->op == TEST_NE && !is_null) || f->op == TEST_NIN;
}

static bool asks_for_null(const struct filter *f, const struct json *operand, bool *is_null)
{
    bool null_operand = operand->type == JSON_NULL && f->var == VAR_NONE;
    bool yes = operand->type == JSON_BOOL && operand->boolean;
    *is_null = f->op == TEST_EXISTS ? !yes : f->op == TEST_EMPTY ? yes : f->op == TEST_EQ;
    return f->op == TEST_EXISTS || f->op == TEST_EMPTY || (null_operand && (f->op == TEST_EQ || f->op == TEST_NE));
}

/* The positive form of a test on one value; NE and NIN are the complement of EQ and IN. */
static void emit_positive(struct emit *e, const struct test_at *t, const struct value *v, const struct json *operand)
{
    switch (t->f->op) {
    case TEST_EQ:
    case TEST_HAS:
    case TEST_NE:
        emit_equal(e, t, v, operand);
        break;
    case TEST_IN:
    case TEST_NIN:
        emit_in(e, v, operand, true);
        break;
    case TEST_ALL:
        emit_equal(e, t, v, &operand->items[0]);
        break;
    case TEST_GT:
    case TEST_GTE:
    case TEST_LT:
    case TEST_LTE:
        emit_range(e, t, v, operand);
        break;
    case TEST_BETWEEN:
        emit_between(e, v, operand);
        break;
    case TEST_MOD:
        emit_form(e, FORM_REMAINDER, v,
                  (struct cell[]){CELL_OF_INT(operand->items[0].integer), CELL_OF_INT(operand->items[1].integer)});
        break;
    case TEST_REGEX:
    case TEST_TEXT:
    case TEST_STARTS:
    case TEST_ENDS:
    case TEST_CONTAINS:
        emit_text_test(e, t, v);
        break;
    case TEST_EXISTS:
    case TEST_SIZE:
    case TEST_TYPE:
    case TEST_ELEM:
    case TEST_EMPTY:
    case TEST_NEAR:
    case TEST_WITHIN:
    case TEST_INTERSECTS:
    case TEST_COUNT:
        must(false && "handled before");
    }
}

/* 24 hex digits -> the position they stand for. */
static struct cell position_cell(str id)
{
    uint64_t n = 0;
    if (id.len != 24)
        return CELL_OF_NULL;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.at[i];
        bool digit = c >= '0' && c <= '9', letter = c >= 'a' && c <= 'f';
        if ((!digit && !letter) || n >> 59)
            return CELL_OF_NULL;
        n = n << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    return CELL_OF_INT((int64_t)n);
}

static bool is_id_of_view(const struct test_at *t, const struct json *operand)
{
    const struct field *f = t->f->field;
    return t->f->func == FUNC_NONE && f->is_meta && f->index == META_ID && collection_is_view(f->in) && t->f->op == TEST_EQ &&
           operand->type == JSON_TEXT;
}

static void emit_nothing(struct emit *e, const struct test_at *t, const struct value *v, bool is_null)
{
    bool or_blank = t->f->op == TEST_EMPTY && class_of(v) == CLASS_TEXT;
    emit_text(e, or_blank && is_null ? "(" : "");
    emit_value(e, v);
    emit_text(e, or_blank && !is_null ? " <> ''" : is_null ? " IS NULL" : " IS NOT NULL");
    if (!or_blank || !is_null)
        return;
    emit_text(e, " OR ");
    emit_value(e, v);
    emit_text(e, " = '')");
}

static void emit_plain(struct emit *e, const struct test_at *t, const struct json *operand)
{
    const struct field *f = t->f->field;
    struct value v = {t->alias, f, t->f->func};
    enum column column = v.func == FUNC_NONE ? f->kind->column : func_gives_text(v.func) ? COLUMN_TEXT : COLUMN_INTEGER;
    bool is_null;
    if (is_id_of_view(t, operand)) {
        emit_alias(e, 't', t->alias);
        emit_text(e, ".\"_n\" = ");
        emit_bind(e, position_cell(operand->text));
        return;
    }
    if (asks_for_null(t->f, operand, &is_null)) {
        emit_nothing(e, t, &v, is_null);
        return;
    }
    if (!has_words_for(t->f, operand, column)) {
        emit_match(e, FORM_MATCH, t, f, &v);
        return;
    }
    bool negative = is_negative(t->f, operand);
    emit_text(e, negative ? "(" : "");
    emit_positive(e, t, &v, operand);
    emit_text(e, negative ? ") IS NOT TRUE" : "");
}

/* Lists of scalars in a JSON column: "contains this text" has a quick way, all else goes to C. */
static void emit_list(struct emit *e, const struct test_at *t, const struct json *operand)
{
    struct value v = {t->alias, t->f->field, FUNC_NONE};
    const struct filter *f = t->f;
    bool is_one = f->func == FUNC_NONE && operand->type == JSON_TEXT && (f->op == TEST_EQ || f->op == TEST_HAS || f->op == TEST_NE);
    if (!is_one) {
        emit_match(e, FORM_MATCH, t, f->field, &v);
        return;
    }
    struct cell cell = CELL_OF_TEXT(operand->text);
    emit_text(e, f->op == TEST_NE ? "(" : "");
    emit_form(e, FORM_HAS, &v, &cell);
    emit_text(e, f->op == TEST_NE ? ") IS NOT TRUE" : "");
}

/* Many references: rows of the link table. */
static void open_links(struct emit *e, const struct test_at *t, const char *select, unsigned link)
{
    emit_text(e, select);
    emit_link_table(e, t->f->field);
    emit_text(e, " AS ");
    emit_alias(e, 'l', link);
    emit_text(e, " WHERE ");
    emit_alias(e, 'l', link);
    emit_text(e, ".source = ");
    emit_alias(e, 't', t->alias);
    emit_text(e, ".\"_id\"");
}

static void emit_links_all(struct emit *e, const struct test_at *t, const struct json *operand)
{
    if (operand->type != JSON_LIST) {
        emit_text(e, "FALSE");
        return;
    }
    emit_text(e, operand->count == 0 ? "TRUE" : "");
    for (uint32_t i = 0; i < operand->count; i++) {
        struct value v = {.alias = ++e->aliases};
        emit_text(e, i ? " AND " : "");
        open_links(e, t, "EXISTS (SELECT 1 FROM ", v.alias);
        emit_text(e, " AND ");
        emit_compare(e, &v, " = ", &operand->items[i]);
        emit_text(e, ")");
    }
}

/* Not: some element of the list that no link points to. */
static void emit_links_all_long(struct emit *e, const struct test_at *t, const struct json *operand)
{
    struct value v = {.alias = ++e->aliases};
    struct cell cell = list_cell(e, &v, operand);
    emit_text(e, "NOT EXISTS (SELECT 1 FROM (");
    emit_form(e, FORM_LIST_ROWS, &v, &cell);
    emit_text(e, ") AS ");
    emit_alias(e, 'w', v.alias);
    open_links(e, t, " WHERE NOT EXISTS (SELECT 1 FROM ", v.alias);
    emit_text(e, " AND ");
    emit_value(e, &v);
    emit_text(e, " = ");
    emit_alias(e, 'w', v.alias);
    emit_text(e, ".value))");
}

static void emit_links_size(struct emit *e, const struct test_at *t, const struct json *operand)
{
    struct cell cell;
    if (!cell_for(operand, CLASS_NUMBER, &cell))
        cell = CELL_OF_NULL;
    open_links(e, t, "(SELECT count(*) FROM ", ++e->aliases);
    emit_text(e, ") = ");
    emit_bind(e, cell);
}

/* "Which items point to this one" starts from the target: links are indexed by it. */
static void emit_links_to(struct emit *e, const struct test_at *t, const struct value *v, const struct json *operand)
{
    emit_alias(e, 't', t->alias);
    emit_text(e, ".\"_id\" IN (SELECT ");
    emit_alias(e, 'l', v->alias);
    emit_text(e, ".source FROM ");
    emit_link_table(e, t->f->field);
    emit_text(e, " AS ");
    emit_alias(e, 'l', v->alias);
    emit_text(e, " WHERE ");
    emit_positive(e, t, v, operand);
    emit_text(e, ")");
}

static void emit_links_some(struct emit *e, const struct test_at *t, const struct json *operand)
{
    struct value v = {.alias = ++e->aliases};
    bool is_null = false;
    bool about_null = asks_for_null(t->f, operand, &is_null);
    bool negative = about_null ? is_null : is_negative(t->f, operand);
    if (!about_null && !has_words_for(t->f, operand, COLUMN_REF)) {
        emit_text(e, "FALSE"); /* what the law knows of ids, has words */
        return;
    }
    if (!negative && !about_null && (t->f->op == TEST_EQ || t->f->op == TEST_IN || t->f->op == TEST_HAS)) {
        emit_links_to(e, t, &v, operand);
        return;
    }
    open_links(e, t, negative ? "NOT EXISTS (SELECT 1 FROM " : "EXISTS (SELECT 1 FROM ", v.alias);
    if (!about_null) {
        emit_text(e, " AND ");
        emit_positive(e, t, &v, operand);
    }
    emit_text(e, ")");
}

static void emit_links(struct emit *e, const struct test_at *t, const struct json *operand)
{
    if (t->f->op == TEST_SIZE)
        emit_links_size(e, t, operand);
    else if (t->f->op == TEST_ALL && operand->type == JSON_LIST && operand->count > LIST_SPELT)
        emit_links_all_long(e, t, operand);
    else if (t->f->op == TEST_ALL)
        emit_links_all(e, t, operand);
    else
        emit_links_some(e, t, operand);
}

static void emit_complement(struct emit *e, const struct test_at *t)
{
    struct filter *positive = NEW(e->arena, struct filter);
    *positive = *t->f;
    positive->negated = false;
    emit_text(e, "(");
    emit_test(e, &(struct test_at){positive, t->alias, t->narrowed});
    emit_text(e, ") IS NOT TRUE");
}

void emit_test(struct emit *e, const struct test_at *t)
{
    const struct filter *f = t->f;
    if (f->negated) {
        emit_complement(e, t);
        return;
    }
    must(f->field != NULL && !(f->field->kind->flags & (KIND_SECRET | KIND_DIGEST)));
    struct json operand = filter_operand(e->arena, f, e->plan->vars);
    struct value v = {t->alias, f->field, FUNC_NONE};
    if (f->func == FUNC_COUNT && f->path_count == 0)
        emit_plain(e, t, &operand);
    else if (field_is_linked(f->field))
        emit_links(e, t, &operand);
    else if (f->path_count > 0)
        emit_match(e, FORM_MATCH, t, f->field, &v);
    else if (f->field->kind->column == COLUMN_JSON && (f->field->kind->flags & KIND_LIST))
        emit_list(e, t, &operand);
    else if (f->field->kind->column == COLUMN_JSON)
        emit_match(e, FORM_MATCH, t, f->field, &v);
    else
        emit_plain(e, t, &operand);
}

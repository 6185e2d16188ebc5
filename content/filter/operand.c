/* What stands behind an operator: one function per operator shape, in a table. The kind of the field
 * has the last word on single values (kind_operand); everything else is the language's own. */
#include "base/regex.h"
#include "base/time.h"
#include "base/utf8.h"
#include "content/filter/internal.h"
#include "content/kind.h"

struct operand {
    struct filter_reader *r;
    const struct place *place;
    const struct json *in;
    const struct json *flags;         /* $options beside $regex, or NULL */
    struct filter *test;
};

#define NAME(o) STR_ARG(short_name((o)->place->name))
#define SPELLING(o) STR_ARG(spelling_of((o)->test))

static str spelling_of(const struct filter *test)
{
    return operator_of(test)->spelling;
}

static bool is_scalar(const struct json *v)
{
    return v->type == JSON_BOOL || v->type == JSON_INT || v->type == JSON_REAL || v->type == JSON_TEXT;
}

static enum err not_a_scalar(const struct operand *o, const struct json *v)
{
    return REFUSE(o->r, "type", "%.*s of \"%.*s\" takes a single value, not a %s.", SPELLING(o), NAME(o),
                  json_type_name(v->type));
}

/* "$DATE(Y-m-d)": the present moment, UTC, by the letters of PHP's date(). */
static bool write_date_letter(struct buf *out, char letter, str now)
{
    /* now: 2026-11-21T10:00:00Z */
    switch (letter) {
    case 'Y': buf_add(out, str_slice(now, 0, 4)); return true;
    case 'm': buf_add(out, str_slice(now, 5, 7)); return true;
    case 'd': buf_add(out, str_slice(now, 8, 10)); return true;
    case 'H': buf_add(out, str_slice(now, 11, 13)); return true;
    case 'i': buf_add(out, str_slice(now, 14, 16)); return true;
    case 's': buf_add(out, str_slice(now, 17, 19)); return true;
    default:
        if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z'))
            return false;
        buf_byte(out, letter);
        return true;
    }
}

static enum err read_date(const struct operand *o, str format, struct json *out)
{
    struct buf now, text;

    buf_init(&now, o->r->arena, 64);
    int64_t ms = time_now_ms();
    time_write(&now, ms - ms % 1000);
    buf_init(&text, o->r->arena, LIMIT_NAME_BYTES);
    for (size_t i = 0; i < format.len; i++)
        if (!write_date_letter(&text, format.at[i], buf_str(&now)))
            return REFUSE(o->r, "type", "$DATE knows the letters Y m d H i s, not \"%c\".", format.at[i]);
    str written = {0};
    if (buf_done(&text, &written) != ERR_OK)
        return REFUSE(o->r, "limit", "The format of $DATE is too long.");
    *out = json_of_text(written);
    o->test->dated = true;
    return ERR_OK;
}

/* Cockpit marks ids: "@<id>", "#<id>". */
static bool is_marked_id(str s)
{
    if (s.len != 25 || (s.at[0] != '@' && s.at[0] != '#'))
        return false;
    for (size_t i = 1; i < s.len; i++)
        if (!strchr("0123456789abcdef", s.at[i]))
            return false;
    return true;
}

/* Shorthands of query strings. */
static enum err read_shorthand(const struct operand *o, const struct json *in, struct json *out)
{
    static const str date = STR("$DATE(");
    const struct field *member = o->place->member;

    *out = *in;
    if (o->r->options->dialect != JSON_5 || in->type != JSON_TEXT)
        return ERR_OK;
    if (str_starts(in->text, date) && str_ends(in->text, S(")")))
        return read_date(o, str_slice(in->text, date.len, in->text.len - 1), out);
    if (member && (is_reference(member) || str_equal(member->name, S("_id"))) && is_marked_id(in->text))
        *out = json_of_text(str_slice(in->text, 1, in->text.len));
    return ERR_OK;
}

/* Times inside documents are kept as text. */
static void as_kept_in_documents(const struct operand *o, struct json *value)
{
    if (o->place->path_count == 0 && o->place->field)
        return;
    if (o->place->member->kind->column != COLUMN_TIME || value->type != JSON_INT)
        return;
    struct buf text;
    buf_init(&text, o->r->arena, 64);
    time_write(&text, value->integer);
    *value = json_of_text(buf_str(&text));
}

static enum err check_by_kind(const struct operand *o, const struct json *in, struct json *out)
{
    struct filter_reader *r = o->r;
    struct problem scratch = {.arena = r->arena};
    struct check check = {.arena = r->arena, .field = o->place->member, .why = &scratch};

    if (kind_operand(&check, in, out) == ERR_OK && scratch.err == ERR_OK) {
        if (out->type == JSON_NULL) /* an empty text, for kinds that keep it as no value */
            return REFUSE(r, "type", "%.*s of \"%.*s\": an empty text is no value here; compare with null.",
                          SPELLING(o), NAME(o));
        must(is_scalar(out));
        as_kept_in_documents(o, out);
        return ERR_OK;
    }
    const struct fault *f = scratch.fault_count > 0 ? &scratch.faults[0] : NULL;
    return problem_fault(r->why, ERR_BAD_INPUT, r->options->where, f ? f->rule : S("type"),
                         "%.*s of \"%.*s\": " STR_FMT, SPELLING(o), NAME(o),
                         STR_ARG(f ? f->text : S("This value cannot be compared with the field.")));
}

/* What a function's result is compared with. */
static enum err take_result(const struct operand *o, const struct json *in, struct json *out)
{
    enum func func = o->test->func;
    bool may_be_text = !func_gives_text(func) && o->r->options->dialect == JSON_5 && in->type == JSON_TEXT;
    int64_t n;

    *out = *in;
    if (may_be_text && str_to_i64(in->text, &n))
        *out = json_of_int(n);
    if (func_gives_text(func) ? out->type != JSON_TEXT : out->type != JSON_INT && out->type != JSON_REAL)
        return REFUSE(o->r, "type", "%.*s of \"%.*s\" takes a %s.", SPELLING(o), NAME(o),
                      func_gives_text(func) ? "text" : "number");
    if (func == FUNC_CASELESS)
        *out = json_of_text(text_caseless(o->r->arena, out->text));
    return ERR_OK;
}

static enum err take_scalar(const struct operand *o, const struct json *in, struct json *out)
{
    const struct field *member = o->place->member;
    struct json value;

    if (!is_scalar(in))
        return not_a_scalar(o, in);
    TRY(read_shorthand(o, in, &value));
    value.name = (str){0};
    if (o->test->func != FUNC_NONE)
        return take_result(o, &value, out);
    if (!member || is_deep(member)) {
        *out = value;
        return ERR_OK;
    }
    return check_by_kind(o, &value, out);
}

static bool knows_now(const struct place *p)
{
    const struct kind *k = p->member ? p->member->kind : NULL;

    if (!k || p->path_count > 0 || !p->field || p->func != FUNC_NONE)
        return false;
    return k->column == COLUMN_TIME || k->column == COLUMN_INTEGER || k->column == COLUMN_NUMBER ||
           str_equal(k->name, S("date")) || str_equal(k->name, S("time"));
}

/* "$now(-7 days)" where moments are compared; a text like that is no value there. In rules "$now" counts
 * against numbers, too. */
static enum err take_moment(const struct operand *o, const struct json *in, const struct from_now **out, bool *taken)
{
    const struct kind *k = o->place->member ? o->place->member->kind : NULL;
    bool is_number = k && k->column == COLUMN_NUMBER;

    *taken = in->type == JSON_TEXT && moment_is_meant(in->text) && knows_now(o->place) &&
             (!is_number || o->r->options->allow_vars);
    if (!*taken)
        return ERR_OK;
    struct from_now *m = NEW(o->r->arena, struct from_now);
    const char *wrong = moment_read(in->text, m);
    if (wrong)
        return REFUSE(o->r, "type", "%.*s of \"%.*s\": " STR_FMT " %s.", SPELLING(o), NAME(o),
                      STR_ARG(short_name(in->text)), wrong);
    o->test->var = VAR_NOW;
    *out = m;
    return ERR_OK;
}

static bool holds_texts(const struct place *p)
{
    enum column c = p->member ? p->member->kind->column : COLUMN_JSON;

    return c == COLUMN_TEXT || c == COLUMN_REF || c == COLUMN_JSON || c == COLUMN_NONE;
}

/* A text that begins with '$' in a rule is one of our variables or a mistake: a rule that compares with
 * the text "$usr" would refuse nobody and nobody would notice. */
static enum err take_variable(const struct operand *o, const struct json *in, bool *taken)
{
    bool ordered = o->test->op != TEST_EQ && o->test->op != TEST_NE;

    *taken = false;
    if (!o->r->options->allow_vars || in->type != JSON_TEXT || !str_starts(in->text, S("$")))
        return ERR_OK;
    for (unsigned v = VAR_USER; v < VAR_COUNT; v++) {
        if (!str_equal(in->text, var_names[v]))
            continue;
        if (v == VAR_NOW ? !knows_now(o->place) : !holds_texts(o->place) || ordered)
            return REFUSE(o->r, "type", "\"%.*s\" cannot be compared with " STR_FMT " by %.*s.", NAME(o),
                          STR_ARG(var_names[v]), SPELLING(o));
        o->test->var = (enum var)v;
        *taken = true;
        return ERR_OK;
    }
    return REFUSE(o->r, "unknown-variable", "There is no variable \"" STR_FMT "\".",
                  STR_ARG(short_name(in->text)));
}

static enum err read_scalar(const struct operand *o)
{
    bool taken;

    if (o->test->op == TEST_HAS)
        o->test->op = TEST_EQ; /* the same thing, with a word for lists */
    TRY(take_moment(o, o->in, &o->test->moment, &taken));
    if (taken && o->test->moment->count == 0)
        o->test->moment = NULL;
    if (taken)
        return ERR_OK;
    TRY(take_variable(o, o->in, &taken));
    return taken ? ERR_OK : take_scalar(o, o->in, &o->test->operand);
}

static bool can_equal(const struct place *p)
{
    return !p->member || !is_deep(p->member) || p->member->member_count == 0;
}

static enum err read_value(const struct operand *o)
{
    if (o->in->type == JSON_NULL) {
        o->test->operand = json_null;
        return ERR_OK;
    }
    if (is_scalar(o->in) && !can_equal(o->place))
        return REFUSE(o->r, "type", "\"%.*s\" holds documents; name one of their members.", NAME(o));
    return read_scalar(o);
}

/* A list of one sort of things, each by `take_scalar`. */
static enum err take_list(const struct operand *o, const struct json *list)
{
    struct json *values = NEW_N(o->r->arena, struct json, list->count);

    if (list->count > LIMIT_FILTER_LIST)
        return REFUSE(o->r, "limit", "%.*s of \"%.*s\" has %u values, at most %u are allowed.", SPELLING(o),
                      NAME(o), list->count, LIMIT_FILTER_LIST);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *v = &list->items[i];
        if (o->r->options->allow_vars && v->type == JSON_TEXT && str_starts(v->text, S("$")))
            return REFUSE(o->r, "type", "A variable cannot stand in a list: %.*s of \"%.*s\".", SPELLING(o),
                          NAME(o));
        TRY(take_scalar(o, v, &values[i]));
    }
    o->test->operand = json_of_list(values, list->count);
    return ERR_OK;
}

static enum err read_values(const struct operand *o)
{
    enum test listed = o->test->op;
    bool taken = false;

    if (o->in->type == JSON_TEXT && listed != TEST_ALL) { /* {"$in": "$role"} */
        o->test->op = listed == TEST_IN ? TEST_EQ : TEST_NE;
        TRY(take_variable(o, o->in, &taken));
        if (taken)
            return ERR_OK;
        o->test->op = listed;
    }
    if (o->in->type != JSON_LIST)
        return REFUSE(o->r, "type", "%.*s of \"%.*s\" takes a list of values.", SPELLING(o), NAME(o));
    if (o->in->count == 0) {
        o->test->node = listed == TEST_IN ? FILTER_NONE : FILTER_ALL;
        return ERR_OK;
    }
    return take_list(o, o->in);
}

static enum err read_pair(const struct operand *o)
{
    if (o->in->type != JSON_LIST || o->in->count != 2)
        return REFUSE(o->r, "type", "%.*s of \"%.*s\" takes a list of two values.", SPELLING(o), NAME(o));
    bool first = false, second = false;
    TRY(take_moment(o, &o->in->items[0], &o->test->moment, &first));
    TRY(take_moment(o, &o->in->items[1], &o->test->until, &second));
    if (!first && !second)
        return take_list(o, o->in);
    struct json *ends = NEW_N(o->r->arena, struct json, 2);
    if (!first)
        TRY(take_scalar(o, &o->in->items[0], &ends[0]));
    if (!second)
        TRY(take_scalar(o, &o->in->items[1], &ends[1]));
    o->test->operand = json_of_list(ends, 2);
    return ERR_OK;
}

/* Whole numbers and booleans of the language itself; as texts in the bracket spelling. */
static bool take_integer(const struct operand *o, const struct json *in, int64_t *out)
{
    if (in->type == JSON_INT) {
        *out = in->integer;
        return true;
    }
    return in->type == JSON_TEXT && o->r->options->dialect == JSON_5 && str_to_i64(in->text, out);
}

static enum err read_count(const struct operand *o)
{
    int64_t n = -1;

    if (!take_integer(o, o->in, &n) || n < 0)
        return REFUSE(o->r, "type", "$size of \"%.*s\" takes a whole number from 0 on.", NAME(o));
    o->test->operand = json_of_int(n);
    return ERR_OK;
}

static enum err read_bool(const struct operand *o)
{
    const struct json *in = o->in;
    bool is_text = in->type == JSON_TEXT && o->r->options->dialect == JSON_5;
    bool yes = (in->type == JSON_BOOL && in->boolean) || (in->type == JSON_INT && in->integer == 1) ||
               (is_text && (str_equal(in->text, S("true")) || str_equal(in->text, S("1"))));
    bool no = (in->type == JSON_BOOL && !in->boolean) || (in->type == JSON_INT && in->integer == 0) ||
              (is_text && (str_equal(in->text, S("false")) || str_equal(in->text, S("0"))));

    if (!yes && !no)
        return REFUSE(o->r, "type", "%.*s of \"%.*s\" takes true or false.", SPELLING(o), NAME(o));
    /* {"$nempty": true} is {"$empty": false}. */
    o->test->operand = json_of_bool(yes != o->test->negated);
    o->test->negated = false;
    return ERR_OK;
}

static enum err read_remainder(const struct operand *o)
{
    const struct json *in = o->in;
    int64_t divisor = 0, remainder = 0;

    if (in->type != JSON_LIST || in->count != 2 || !take_integer(o, &in->items[0], &divisor) ||
        !take_integer(o, &in->items[1], &remainder) || divisor == 0)
        return REFUSE(o->r, "type", "$mod of \"%.*s\" takes [divisor, remainder], whole numbers, the first not 0.",
                      NAME(o));
    struct json *pair = NEW_N(o->r->arena, struct json, 2);
    pair[0] = json_of_int(divisor);
    pair[1] = json_of_int(remainder);
    o->test->operand = json_of_list(pair, 2);
    return ERR_OK;
}

static enum err check_length(const struct operand *o, str text)
{
    if (text.len <= LIMIT_REGEX_BYTES)
        return ERR_OK;
    return REFUSE(o->r, "limit", "%.*s of \"%.*s\" has %zu bytes, at most %u are allowed.", SPELLING(o), NAME(o),
                  text.len, LIMIT_REGEX_BYTES);
}

/* The flags behind a pattern; false when there is an unknown one. `u` is always on. */
static bool read_flags(str letters, unsigned *flags)
{
    static const struct {
        char letter;
        unsigned flag;
    } known[] = {{'i', REGEX_CASELESS}, {'m', REGEX_MULTILINE}, {'s', REGEX_DOTALL}, {'u', 0}};

    *flags = 0;
    for (size_t i = 0; i < letters.len; i++) {
        size_t k = 0;
        while (k < COUNTOF(known) && known[k].letter != letters.at[i])
            k++;
        if (k == COUNTOF(known))
            return false;
        *flags |= known[k].flag;
    }
    return true;
}

/* "/pattern/flags": the last slash ends the pattern. */
static bool split_pattern(str whole, str *pattern, str *letters)
{
    size_t end = whole.len;

    if (whole.len < 2 || whole.at[0] != '/')
        return false;
    while (whole.at[end - 1] != '/')
        end--;
    if (end == 1)
        return false;
    *pattern = str_slice(whole, 1, end - 1);
    *letters = str_slice(whole, end, whole.len);
    return true;
}

static enum err read_pattern(const struct operand *o)
{
    unsigned flags = REGEX_CASELESS;
    str pattern, letters;

    if (o->in->type != JSON_TEXT)
        return REFUSE(o->r, "type", "$regex of \"%.*s\" takes a text.", NAME(o));
    pattern = o->in->text;
    if (o->flags) {
        if (o->flags->type != JSON_TEXT || !read_flags(o->flags->text, &flags))
            return REFUSE(o->r, "type", "$options of \"%.*s\" takes the letters i m s u.", NAME(o));
    } else if (split_pattern(o->in->text, &pattern, &letters) && !read_flags(letters, &flags)) {
        return REFUSE(o->r, "type", "The pattern for \"%.*s\" ends in flags other than i m s u.", NAME(o));
    }
    TRY(check_length(o, pattern));
    struct problem scratch = {.arena = o->r->arena};
    if (regex_compile(o->r->arena, pattern, flags, &o->test->regex, &scratch) != ERR_OK)
        return REFUSE(o->r, "pattern", "$regex of \"%.*s\": " STR_FMT, NAME(o), STR_ARG(scratch.text));
    o->test->operand = json_of_text(pattern);
    return ERR_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* "0.7", in the bracket spelling. */
static bool share_of_text(const struct operand *o, const struct json *in, double *out)
{
    struct problem quiet = {.arena = o->r->arena};
    const struct json *v = NULL;

    if (in->type != JSON_TEXT || o->r->options->dialect != JSON_5 ||
        json_read(o->r->arena, in->text, NULL, S(""), &v, &quiet) != ERR_OK ||
        (v->type != JSON_INT && v->type != JSON_REAL))
        return false;
    *out = v->type == JSON_INT ? (double)v->integer : v->real;
    return true;
}

/* {"$search", "$minScore": share of the words, "$distance": edits} */
static enum err read_fuzziness(const struct operand *o, double *score)
{
    const struct json *least = json_get(o->in, S("$minScore")), *slips = json_get(o->in, S("$distance"));
    int64_t n = 0;

    *score = 1;
    if (least && (least->type == JSON_INT || least->type == JSON_REAL))
        *score = least->type == JSON_INT ? (double)least->integer : least->real;
    else if (least && !share_of_text(o, least, score))
        *score = -1;
    if (!(*score >= 0 && *score <= 1))
        return REFUSE(o->r, "type", "$minScore of \"%.*s\" takes a share of the words, from 0 to 1.", NAME(o));
    if (slips && (!take_integer(o, slips, &n) || n < 0 || n > LIMIT_SEARCH_SLIPS))
        return REFUSE(o->r, "type", "$distance of \"%.*s\" takes a whole number from 0 to %u.", NAME(o),
                      LIMIT_SEARCH_SLIPS);
    o->test->slips = (unsigned)n;
    uint32_t known = 1;
    known += least != NULL;
    known += slips != NULL;
    return o->in->count == known ? ERR_OK
                                 : REFUSE(o->r, "type", "$text of \"%.*s\" takes $search, $minScore and $distance.",
                                          NAME(o));
}

static size_t words_needed(size_t count, double score)
{
    size_t least = (size_t)(score * (double)count);
    return (double)least < score * (double)count ? least + 1 : least;
}

static enum err read_search(const struct operand *o)
{
    bool is_map = o->in->type == JSON_MAP;
    const struct json *search = is_map ? json_get(o->in, S("$search")) : o->in;
    double score = 1;

    if (!search || search->type != JSON_TEXT)
        return REFUSE(o->r, "type", "$text of \"%.*s\" takes a text or {\"$search\": text}.", NAME(o));
    if (is_map)
        TRY(read_fuzziness(o, &score));
    TRY(check_length(o, search->text));
    str folded = utf8_fold(o->r->arena, search->text);
    str *words = NEW_N(o->r->arena, str, folded.len / 2 + 1);
    size_t count = 0;
    for (size_t i = 0, start; i < folded.len;) {
        for (; i < folded.len && is_blank(folded.at[i]); i++)
            ;
        for (start = i; i < folded.len && !is_blank(folded.at[i]); i++)
            ;
        if (i > start)
            words[count++] = str_slice(folded, start, i);
    }
    o->test->words = words;
    o->test->word_count = count;
    o->test->least = words_needed(count, score);
    o->test->operand = *search;
    if (is_map && o->in->count > 1)
        o->test->operand = *o->in; /* printed as it was said */
    o->test->operand.name = (str){0};
    return ERR_OK;
}

static enum err read_part(const struct operand *o)
{
    if (o->in->type != JSON_TEXT)
        return REFUSE(o->r, "type", "%.*s of \"%.*s\" takes a text.", SPELLING(o), NAME(o));
    bool caseless = o->test->func == FUNC_CASELESS;
    o->test->operand = json_of_text(caseless ? text_caseless(o->r->arena, o->in->text) : o->in->text);
    return ERR_OK;
}

static enum err read_type(const struct operand *o)
{
    /* Words of the language, of MongoDB, and its numbers for them; JSON has one sort of numbers. */
    static const struct {
        str alias, word;
    } aliases[] = {
        {STR("text"), STR("string")}, {STR("boolean"), STR("bool")}, {STR("integer"), STR("int")},
        {STR("long"), STR("int")},    {STR("double"), STR("number")}, {STR("1"), STR("number")},
        {STR("2"), STR("string")},    {STR("3"), STR("object")},     {STR("4"), STR("array")},
        {STR("8"), STR("bool")},      {STR("10"), STR("null")},      {STR("16"), STR("int")},
        {STR("18"), STR("int")},
    };
    str word = o->in->type == JSON_TEXT ? o->in->text : S("");

    if (o->in->type == JSON_INT)
        word = arena_format(o->r->arena, "%lld", (long long)o->in->integer);
    for (size_t i = 0; i < COUNTOF(aliases); i++)
        if (str_equal(word, aliases[i].alias))
            word = aliases[i].word;
    for (size_t i = 0; i < type_word_count; i++) {
        if (str_equal(word, type_words[i])) {
            o->test->operand = json_of_text(type_words[i]);
            return ERR_OK;
        }
    }
    return REFUSE(o->r, "type", "$type of \"%.*s\" takes null, bool, number, int, string, array or object.",
                  NAME(o));
}

static enum err read_area(const struct operand *o)
{
    struct geo_area *area = NEW(o->r->arena, struct geo_area);
    const char *wrong = o->test->op == TEST_NEAR     ? geo_near_read(o->r->arena, o->in, area)
                        : o->test->op == TEST_WITHIN ? geo_within_read(o->r->arena, o->in, area)
                                                     : geo_intersects_read(o->r->arena, o->in, area);

    if (wrong)
        return REFUSE(o->r, "type", "%.*s of \"%.*s\" %s.", SPELLING(o), NAME(o), wrong);
    o->test->area = area;
    o->test->operand = json_named((str){0}, *o->in);
    return ERR_OK;
}

static enum err (*const readers[TEST_COUNT])(const struct operand *o) = {
    [TEST_EQ] = read_value,     [TEST_NE] = read_value,     [TEST_GT] = read_scalar,
    [TEST_GTE] = read_scalar,   [TEST_LT] = read_scalar,    [TEST_LTE] = read_scalar,
    [TEST_IN] = read_values,    [TEST_NIN] = read_values,   [TEST_ALL] = read_values,
    [TEST_HAS] = read_scalar,   [TEST_SIZE] = read_count,   [TEST_EXISTS] = read_bool,
    [TEST_REGEX] = read_pattern, [TEST_MOD] = read_remainder, [TEST_TEXT] = read_search,
    [TEST_STARTS] = read_part,  [TEST_ENDS] = read_part,    [TEST_CONTAINS] = read_part,
    [TEST_TYPE] = read_type,    [TEST_BETWEEN] = read_pair, [TEST_EMPTY] = read_bool,
    [TEST_NEAR] = read_area,    [TEST_WITHIN] = read_area,  [TEST_INTERSECTS] = read_area,
};

enum err operand_read(struct filter_reader *r, const struct place *p, const struct json *in,
                      const struct json *flags, struct filter *test)
{
    must(readers[test->op]);
    return readers[test->op](&(struct operand){.r = r, .place = p, .in = in, .flags = flags, .test = test});
}

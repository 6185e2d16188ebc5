#include "tests/support/check.h"
#include "tests/support/model_text.h"

#include "base/crypt.h"
#include "content/kind.h"

#define ID_A "'aaaaaaaaaaaaaaaaaaaaaaaa'"
#define ID_B "'bbbbbbbbbbbbbbbbbbbbbbbb'"

/* field: the definition without its name; out: the canonical value, or NULL; fault: "rule: sentence" of
 * each fault with its path behind "/v", when there is one. */
struct row {
    const char *field, *in, *out, *fault;
};

static const struct row texts[] = {
    {"kind:'text'", "'Über uns'", "'Über uns'", NULL},
    {"kind:'text',minlength:3", "''", "''", NULL},
    {"kind:'text'", "5", NULL, " type: v must be text, not a number"},
    {"kind:'text'", "1.5", NULL, " type: v must be text, not a number"},
    {"kind:'text'", "true", NULL, " type: v must be text, not a boolean"},
    {"kind:'text'", "['a']", NULL, " type: v must be text, not a list"},
    {"kind:'text'", "{a:1}", NULL, " type: v must be text, not an object"},
    {"kind:'text'", "'a\\u0000b'", NULL, " characters: v must not contain the character U+0000"},
    {"kind:'text',maxlength:3", "'äöü'", "'äöü'", NULL},
    {"kind:'text',maxlength:3", "'äöüß'", NULL, " maxlength: v must have at most 3 characters, not 4"},
    {"kind:'text',minlength:3", "'äö'", NULL, " minlength: v must have at least 3 characters, not 2"},
    {"kind:'text',match:'[A-Z]+'", "'ABC'", "'ABC'", NULL},
    {"kind:'text',match:'[A-Z]+'", "'ABCd'", NULL, " match: v must match [A-Z]+"},
    {"kind:'richtext'", "'<p>x</p>'", "'<p>x</p>'", NULL},
    {"kind:'code'", "'a\\n\\tb'", "'a\\n\\tb'", NULL},
    {"kind:'slug'", "'my-page'", "'my-page'", NULL},
    {"kind:'slug'", "'docs/My_Page.v2~'", "'docs/My_Page.v2~'", NULL},
    {"kind:'slug'", "''", "null", NULL},
    {"kind:'slug'", "'Über uns!'", NULL,
     " format: v may hold letters, digits and - _ . ~ / only, for example \"uber-uns\""},
    {"kind:'email'", "'Ada@Example.COM'", "'ada@example.com'", NULL},
    {"kind:'email'", "'ada+tag@localhost'", "'ada+tag@localhost'", NULL},
    {"kind:'email'", "''", "null", NULL},
    {"kind:'email'", "'ada'", NULL, " format: v must be an e-mail address like ada@example.com"},
    {"kind:'email'", "'a@b@c'", NULL, " format: v must be an e-mail address like ada@example.com"},
    {"kind:'email'", "'@b.c'", NULL, " format: v must be an e-mail address like ada@example.com"},
    {"kind:'email'", "'a b@c.d'", NULL, " format: v must be an e-mail address like ada@example.com"},
    {"kind:'email'", "'a@-b.c'", NULL, " format: v must be an e-mail address like ada@example.com"},
    {"kind:'email'", "'a@b..c'", NULL, " format: v must be an e-mail address like ada@example.com"},
    {"kind:'email'", "'a\\n@b.c'", NULL, " format: v must be an e-mail address like ada@example.com"},
    {"kind:'color'", "'#AbC'", "'#abc'", NULL},
    {"kind:'color'", "'#1A2B3C4D'", "'#1a2b3c4d'", NULL},
    {"kind:'color'", "'red'", NULL, " format: v must be a colour like #1a2b3c"},
    {"kind:'color'", "'#12345'", NULL, " format: v must be a colour like #1a2b3c"},
    {"kind:'select',options:['x',{value:'y',label:'Y'}]", "'y'", "'y'", NULL},
    {"kind:'select',options:['x',{value:'y',label:'Y'}]", "'Y'", NULL, " options: v must be one of: x, y"},
    {"kind:'select',options:['x']", "''", "null", NULL},
    {"kind:'secret',minlength:4", "'abcd'", "'abcd'", NULL},
    {"kind:'secret',minlength:4", "'abc'", NULL, " minlength: v must have at least 4 characters, not 3"},
    {"kind:'digest'", "7", NULL, " type: v must be text, not a number"},
    {"kind:'password'", "'short'", NULL, " minlength: v must have at least 8 characters, not 5"},
};

#define URL_FAULT " format: v must be a URL with http, https or mailto, or a path within the site"
static const struct row urls[] = {
    {"kind:'url'", "'https://example.com/a?b=c#d'", "'https://example.com/a?b=c#d'", NULL},
    {"kind:'url'", "'HTTP://example.com'", "'HTTP://example.com'", NULL},
    {"kind:'url'", "'http://[::1]:80/'", "'http://[::1]:80/'", NULL},
    {"kind:'url'", "'mailto:ada@example.com'", "'mailto:ada@example.com'", NULL},
    {"kind:'url'", "'/about'", "'/about'", NULL},
    {"kind:'url'", "'about/us'", "'about/us'", NULL},
    {"kind:'url'", "'#top'", "'#top'", NULL},
    {"kind:'url'", "'?q=1:2'", "'?q=1:2'", NULL},
    {"kind:'url'", "'/a:b'", "'/a:b'", NULL},
    {"kind:'url'", "'javascript:alert(1)'", NULL, URL_FAULT},
    {"kind:'url'", "'JavaScript:alert(1)'", NULL, URL_FAULT},
    {"kind:'url'", "'data:text/html,x'", NULL, URL_FAULT},
    {"kind:'url'", "' https://example.com'", NULL, URL_FAULT},
    {"kind:'url'", "'java\\tscript:x'", NULL, URL_FAULT},
    {"kind:'url'", "'//evil.example'", NULL, URL_FAULT},
    {"kind:'url'", "'\\\\\\\\evil.example'", NULL, URL_FAULT},
    {"kind:'url'", "'https:example.com'", NULL, URL_FAULT},
    {"kind:'url'", "'https://'", NULL, URL_FAULT},
    {"kind:'url'", "'https:///path'", NULL, URL_FAULT},
    {"kind:'url'", "'http://@'", NULL, URL_FAULT},
    {"kind:'url'", "'mailto:'", NULL, URL_FAULT},
    {"kind:'url'", "':'", NULL, URL_FAULT},
};

static const struct row numbers[] = {
    {"kind:'number'", "3", "3", NULL},
    {"kind:'number'", "3.0", "3.0", NULL},
    {"kind:'number'", "9223372036854775807", "9223372036854775807", NULL},
    {"kind:'number'", "'3'", NULL, " type: v must be a number, not text"},
    {"kind:'number'", "''", NULL, " type: v must be a number, not text"},
    {"kind:'number',integer:true", "3.0", "3", NULL},
    {"kind:'number',integer:true", "-0.0", "0", NULL},
    {"kind:'number',integer:true", "3.5", NULL, " integer: v must be a whole number"},
    {"kind:'number',integer:true", "1e300", NULL, " integer: v must be a whole number"},
    {"kind:'number',integer:true", "true", NULL, " type: v must be a whole number, not a boolean"},
    {"kind:'number',min:0,max:5", "0", "0", NULL},
    {"kind:'number',min:0,max:5", "5.0", "5.0", NULL},
    {"kind:'number',min:0,max:5", "-0.1", NULL, " min: v must be at least 0"},
    {"kind:'number',min:0,max:5.5", "6", NULL, " max: v must be at most 5.5"},
    {"kind:'boolean'", "true", "true", NULL},
    {"kind:'boolean'", "0", "false", NULL},
    {"kind:'boolean'", "1", "true", NULL},
    {"kind:'boolean'", "2", NULL, " type: v must be true or false, not a number"},
    {"kind:'boolean'", "'true'", NULL, " type: v must be true or false, not text"},
};

static const struct row times[] = {
    {"kind:'date'", "'2024-02-29'", "'2024-02-29'", NULL},
    {"kind:'date'", "''", "null", NULL},
    {"kind:'date'", "'2023-02-29'", NULL, " format: v must be a date like 2026-11-21"},
    {"kind:'date'", "'21.11.2026'", NULL, " format: v must be a date like 2026-11-21"},
    {"kind:'date'", "'2026-11-21T10:00:00Z'", NULL, " format: v must be a date like 2026-11-21"},
    {"kind:'date'", "20261121", NULL, " type: v must be a date, not a number"},
    {"kind:'time'", "'14:30'", "'14:30'", NULL},
    {"kind:'time'", "'14:30:00'", "'14:30'", NULL},
    {"kind:'time'", "'14:30:15'", "'14:30:15'", NULL},
    {"kind:'time'", "'24:00'", NULL, " format: v must be a time like 14:30 or 14:30:15"},
    {"kind:'time'", "'9:00'", NULL, " format: v must be a time like 14:30 or 14:30:15"},
    {"kind:'datetime'", "'2026-11-21T10:00:00Z'", "'2026-11-21T10:00:00Z'", NULL},
    {"kind:'datetime'", "'2026-11-21T10:00:00.5+01:00'", "'2026-11-21T09:00:00.500Z'", NULL},
    {"kind:'datetime'", "'2026-11-21 10:00'", "'2026-11-21T10:00:00Z'", NULL},
    {"kind:'datetime'", "'2026-11-21'", NULL,
     " format: v must be a date and time like 2026-11-21T14:30:00Z or 2026-11-21 14:30"},
    {"kind:'datetime'", "1795255200", NULL, " type: v must be a date and time, not a number"},
};

static const struct row references[] = {
    {"kind:'ref',to:'p'", ID_A, ID_A, NULL},
    {"kind:'ref',to:'p'", "''", "null", NULL},
    {"kind:'ref',to:'p'", "{_id:" ID_A "}", ID_A, NULL},
    {"kind:'ref',to:'p'", "{_model:'p',_id:" ID_A ",title:'x'}", ID_A, NULL},
    {"kind:'ref',to:'p'", "{_model:'q',_id:" ID_A "}", NULL, " wrong-model: v must refer to p, not to q"},
    {"kind:'ref',to:'p'", "{id:" ID_A "}", NULL, " type: v must be an id or an object with _id, not an object"},
    {"kind:'ref',to:'p'", "'abc'", NULL, " format: v must be an id of 24 hexadecimal digits in lower case"},
    {"kind:'ref',to:'p'", "7", NULL, " type: v must be an id or an object with _id, not a number"},
    {"kind:'ref',to:'p'", "[" ID_A "]", NULL, " type: v must be an id or an object with _id, not a list"},
    {"kind:'ref',to:'p',many:true", "[" ID_A ",{_id:" ID_B "}]", "[" ID_A "," ID_B "]", NULL},
    {"kind:'ref',to:'p',many:true", "[]", "[]", NULL},
    {"kind:'ref',to:'p',many:true", ID_A, NULL, " type: v must be a list, not text"},
    {"kind:'ref',to:'p',many:true", "[" ID_A ",{_id:" ID_A "}]", NULL, "/1 duplicate: entry 2 of v is there twice"},
    {"kind:'ref',to:'p',many:true", "[null]", NULL, "/0 required: entry 1 of v is empty"},
    {"kind:'ref',to:'p',many:true,max_items:1", "[" ID_A "," ID_B "]", NULL,
     " max_items: v must have at most 1 entry, not 2"},
};

static const struct row lists[] = {
    {"kind:'tags'", "['a','b']", "['a','b']", NULL},
    {"kind:'tags'", "'a'", NULL, " type: v must be a list, not text"},
    {"kind:'tags'", "['a',2,'',null]", NULL,
     "/1 type: entry 2 of v must be text, not a number\n/2 required: entry 3 of v is empty\n"
     "/3 required: entry 4 of v is empty"},
    {"kind:'tags'", "['a','b','a']", NULL, "/2 duplicate: entry 3 of v is there twice"},
    {"kind:'tags',min_items:2", "['a']", NULL, " min_items: v must have at least 2 entries, not 1"},
    {"kind:'tags',min_items:2", "[]", "[]", NULL},
    {"kind:'tags',maxlength:2", "['abc']", NULL, "/0 maxlength: entry 1 of v must have at most 2 characters, not 3"},
    {"kind:'multiselect',options:['x','y']", "['y','x']", "['y','x']", NULL},
    {"kind:'multiselect',options:['x','y']", "['z']", NULL, "/0 options: entry 1 of v must be one of: x, y"},
    {"kind:'number',many:true,integer:true", "[1,1,2.0]", "[1,1,2]", NULL},
    {"kind:'text',many:true", "['a','a']", "['a','a']", NULL},
    {"kind:'datetime',many:true", "['2026-11-21 10:00']", "['2026-11-21T10:00:00Z']", NULL},
    {"kind:'object',many:true", "[{a:1},3]", "[{a:1},3]", NULL},
};

#define SET "kind:'set',fields:[{name:'t',kind:'text',required:true},{name:'n',kind:'number',default:4}]"
static const struct row deep[] = {
    {"kind:'object'", "{a:[1,{b:null}]}", "{a:[1,{b:null}]}", NULL},
    {"kind:'object'", "'text'", "'text'", NULL},
    {SET, "{n:1,t:'x'}", "{t:'x',n:1}", NULL},
    {SET, "{t:'x'}", "{t:'x',n:4}", NULL},
    {SET, "{t:'x',n:null}", "{t:'x',n:null}", NULL},
    {SET, "{n:'x',u:1}", NULL,
     "/u unknown-field: v has no field u\n/t required: t is required\n/n type: n must be a number, not text"},
    {SET, "[]", NULL, " type: v must be an object, not a list"},
    {SET ",many:true", "[{t:'a'},{}]", NULL, "/1/t required: t is required"},
    {SET ",many:true", "[{t:'a'},{t:'a'}]", "[{t:'a',n:4},{t:'a',n:4}]", NULL},
    {"kind:'set',fields:[{name:'a',kind:'set',fields:[{name:'b',kind:'email'}]}]", "{a:{b:'X@Y.Z'}}", "{a:{b:'x@y.z'}}", NULL},
    {"kind:'set',fields:[{name:'a',kind:'set',fields:[{name:'b',kind:'email'}]}]", "{a:{b:'x'}}", NULL,
     "/a/b format: b must be an e-mail address like ada@example.com"},
    {"kind:'set',fields:[{name:'t',kind:'text'},{name:'s',kind:'slug',from:'t'}]", "{t:'Ein Ding'}",
     "{t:'Ein Ding',s:'ein-ding'}", NULL},
    {"kind:'set',fields:[{name:'r',kind:'ref',to:'p'}]", "{r:{_model:'p',_id:" ID_A "}}", "{r:" ID_A "}", NULL},
};

struct bench {
    struct arena *arena;
    const struct field *field;
    struct problem why;
    struct check check;
};

static void bench_open(struct bench *b, const char *definition)
{
    b->arena = arena_open(4096);
    const char *text = arena_cstr(b->arena, arena_format(b->arena, "[{name:'p',fields:[{name:'v',%s}]},{name:'q'}]", definition));
    const struct model *m;
    if (model_of(b->arena, text, false, &m, &b->why) != ERR_OK)
        CHECK_STR(faults_text(b->arena, &b->why), str_of(definition));
    NEED(m != NULL);
    b->field = collection_field(m->collections[0], S("v"));
    b->why = (struct problem){.arena = b->arena};
    b->check = (struct check){.arena = b->arena, .field = b->field, .path = STR(""), .why = &b->why};
}

static str without_newline(str s)
{
    return str_ends(s, S("\n")) ? str_slice(s, 0, s.len - 1) : s;
}

static void check_value(const struct row *row)
{
    struct bench b;
    struct json out = json_null;
    bench_open(&b, row->field);
    enum err e = b.field->kind->check(&b.check, json_of(b.arena, row->in), &out);
    CHECK_STR(without_newline(faults_text(b.arena, &b.why)), row->fault ? str_of(row->fault) : S(""));
    CHECK_ERR(e, row->fault ? ERR_INVALID : ERR_OK);
    if (!row->fault && e == ERR_OK) {
        CHECK_STR(json_print(b.arena, &out), json_print(b.arena, json_of(b.arena, row->out)));
        struct json again = json_null;
        bool again_ok = out.type == JSON_NULL || b.field->kind->check(&b.check, &out, &again) == ERR_OK;
        CHECK(again_ok && json_equal(&again, &out));
    }
    arena_close(b.arena);
}

#define CHECK_ROWS(rows)                                                                                     \
    (void)state;                                                                                             \
    for (size_t i = 0; i < COUNTOF(rows); i++) {                                                             \
        CHECK_AT(i);                                                                                         \
        check_value(&rows[i]);                                                                                \
    }

static void texts_are_measured_and_matched(void **state)
{
    CHECK_ROWS(texts)
}
static void links_lead_nowhere_dangerous(void **state)
{
    CHECK_ROWS(urls)
}
static void numbers_and_booleans_are_what_they_say(void **state)
{
    CHECK_ROWS(numbers)
}
static void days_and_times_exist(void **state)
{
    CHECK_ROWS(times)
}
static void references_are_kept_as_ids(void **state)
{
    CHECK_ROWS(references)
}
static void lists_are_checked_entry_by_entry(void **state)
{
    CHECK_ROWS(lists)
}
static void deep_values_are_checked_member_by_member(void **state)
{
    CHECK_ROWS(deep)
}

static void passwords_are_hashed_when_they_are_checked(void **state)
{
    (void)state;
    struct bench b;
    struct json out = json_null;
    bool matches = false;
    crypt_start();
    password_cost_for_tests();
    bench_open(&b, "kind:'password'");
    CHECK_ERR(b.field->kind->check(&b.check, json_of(b.arena, "'a password'"), &out), ERR_OK);
    NEED(out.type == JSON_TEXT);
    CHECK(str_starts(out.text, S("$argon2id$")));
    CHECK_ERR(password_verify(out.text, S("a password"), &matches, &b.why), ERR_OK);
    CHECK(matches);
    arena_close(b.arena);
}

static void a_long_text_is_refused_whatever_the_field_says(void **state)
{
    (void)state;
    struct bench b;
    struct json out;
    bench_open(&b, "kind:'text'");
    size_t len = (1u << 20) + 1;
    char *at = arena_get(b.arena, len, 1);
    memset(at, 'x', len);
    struct json most = json_of_text((str){at, len - 1}), over = json_of_text((str){at, len});
    CHECK_ERR(b.field->kind->check(&b.check, &most, &out), ERR_OK);
    CHECK_ERR(b.field->kind->check(&b.check, &over, &out), ERR_INVALID);
    CHECK_FAULT(&b.why, S(""), S("maxlength"));
    arena_close(b.arena);
}

/* Canonical value -> column -> JSON text and tree, and back to the same. */
static void values_survive_their_columns(void **state)
{
    (void)state;
    static const struct {
        const char *field, *value;
        struct cell cell;
    } rows[] = {
        {"kind:'text'", "'x\"y'", {.type = CELL_TEXT, .text = STR("x\"y")}},
        {"kind:'number'", "3", {.type = CELL_INT, .integer = 3}},
        {"kind:'number'", "3.5", {.type = CELL_REAL, .real = 3.5}},
        {"kind:'boolean'", "true", {.type = CELL_INT, .integer = 1}},
        {"kind:'boolean'", "false", {.type = CELL_INT, .integer = 0}},
        {"kind:'datetime'", "'2026-11-21T10:00:00.500Z'", {.type = CELL_INT, .integer = INT64_C(1795255200500)}},
        {"kind:'date'", "'2026-11-21'", {.type = CELL_TEXT, .text = STR("2026-11-21")}},
        {"kind:'tags'", "['a','b']", {.type = CELL_TEXT, .text = STR("[\"a\",\"b\"]")}},
        {"kind:'object'", "{a:[1,null]}", {.type = CELL_TEXT, .text = STR("{\"a\":[1,null]}")}},
        {"kind:'ref',to:'p'", ID_A, {.type = CELL_TEXT, .text = STR("aaaaaaaaaaaaaaaaaaaaaaaa")}},
        {"kind:'datetime',many:true", "['2026-11-21T10:00:00Z']", {.type = CELL_TEXT, .text = STR("[\"2026-11-21T10:00:00Z\"]")}},
        {"kind:'text'", "null", {.type = CELL_NULL}},
        {"kind:'secret'", "null", {.type = CELL_NULL}},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct bench b;
        struct buf buf;
        struct json_writer w;
        CHECK_AT(i);
        bench_open(&b, rows[i].field);
        const struct json *value = json_of(b.arena, rows[i].value);
        struct cell cell = kind_cell(b.arena, b.field, value);
        CHECK(cell.type == rows[i].cell.type);
        if (cell.type == CELL_TEXT)
            CHECK_STR(cell.text, rows[i].cell.text);
        else if (cell.type == CELL_INT)
            CHECK_INT(cell.integer, rows[i].cell.integer);
        struct json back = kind_value(b.arena, b.field, &cell);
        CHECK(json_equal(&back, value));
        buf_init(&buf, b.arena, 1024);
        json_begin(&w, &buf);
        kind_write(&w, b.field, &cell);
        json_end(&w);
        CHECK_STR(buf_str(&buf), json_print(b.arena, value));
        arena_close(b.arena);
    }
}

static void operands_are_what_columns_compare_with(void **state)
{
    (void)state;
    static const struct {
        const char *field, *in, *out; /* NULL: refused */
    } rows[] = {
        {"kind:'text'", "'x'", "'x'"},
        {"kind:'text'", "5", NULL},
        {"kind:'text',maxlength:1", "'long'", "'long'"},
        {"kind:'number'", "'12'", "12"},
        {"kind:'number'", "'1.5'", "1.5"},
        {"kind:'number'", "'x'", NULL},
        {"kind:'number'", "' 1'", "1"},
        {"kind:'number',max:3", "10", "10"},
        {"kind:'number',integer:true", "1.5", "1.5"},
        {"kind:'boolean'", "'true'", "true"},
        {"kind:'boolean'", "'0'", "false"},
        {"kind:'boolean'", "'yes'", NULL},
        {"kind:'date'", "'2026-11-21'", "'2026-11-21'"},
        {"kind:'date'", "'soon'", NULL},
        {"kind:'datetime'", "'2026-11-21 10:00'", "1795255200000"},
        {"kind:'datetime'", "'2026-11-21'", "1795219200000"},
        {"kind:'datetime'", "7", NULL},
        {"kind:'datetime',many:true", "'2026-11-21'", "'2026-11-21T00:00:00Z'"},
        {"kind:'email'", "'Ada@Example.com'", "'ada@example.com'"},
        {"kind:'email'", "'ada'", "'ada'"},
        {"kind:'color'", "'#FFF'", "'#fff'"},
        {"kind:'select',options:['x']", "'y'", "'y'"},
        {"kind:'tags'", "'a'", "'a'"},
        {"kind:'tags'", "1", NULL},
        {"kind:'multiselect',options:['x']", "'x'", "'x'"},
        {"kind:'ref',to:'p'", "{_model:'p',_id:" ID_A "}", ID_A},
        {"kind:'ref',to:'p',many:true", "'none'", "'none'"},
        {"kind:'ref',to:'p'", "7", NULL},
        {"kind:'object'", "{a:1}", "{a:1}"},
        {"kind:'text'", "null", "null"},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct bench b;
        struct json out = json_null;
        CHECK_AT(i);
        bench_open(&b, rows[i].field);
        enum err e = kind_operand(&b.check, json_of(b.arena, rows[i].in), &out);
        CHECK_ERR(e, rows[i].out ? ERR_OK : ERR_INVALID);
        if (rows[i].out)
            CHECK_STR(json_print(b.arena, &out), json_print(b.arena, json_of(b.arena, rows[i].out)));
        arena_close(b.arena);
    }
}

static void seconds_of_meta_fields_can_be_written_as_dates(void **state)
{
    (void)state;
    struct bench b;
    struct json out = json_null;
    bench_open(&b, "kind:'text'");
    b.check.field = &b.field->in->fields[META_CREATED];
    CHECK_ERR(kind_operand(&b.check, json_of(b.arena, "'2026-11-21'"), &out), ERR_OK);
    CHECK_INT(out.integer, 1795219200);
    CHECK_ERR(kind_operand(&b.check, json_of(b.arena, "'1969-12-31T23:59:59.5Z'"), &out), ERR_OK);
    CHECK_INT(out.integer, -1);
    CHECK_ERR(kind_operand(&b.check, json_of(b.arena, "'5'"), &out), ERR_OK);
    CHECK_INT(out.integer, 5);
    arena_close(b.arena);
}

static void every_row_of_the_table_is_complete(void **state)
{
    (void)state;
    CHECK_INT(kind_count, 25);
    for (size_t i = 0; i < kind_count; i++) {
        const struct kind *k = &kinds[i];
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        const struct json *schema;
        CHECK_AT(i);
        CHECK(kind_find(k->name) == k);
        CHECK(k->check && k->keys && k->doc && str_ends(str_of(k->doc), S(".")) );
        CHECK_ERR(json_read(a, str_of(k->json_schema), NULL, S(""), &schema, &why), ERR_OK);
        CHECK(((k->flags & KIND_SECRET) != 0) == (k->operators == 0));
        if (k->many) {
            CHECK(k->many->one == k && k->many->check && !k->many->many);
            CHECK_STR(k->many->name, k->name);
            CHECK(k->many->column == COLUMN_JSON || (k->flags & KIND_REF));
        }
        arena_close(a);
    }
    CHECK(kind_find(S("_id")) == NULL && kind_find(S("")) == NULL);
}

CHECK_MAIN(TEST(texts_are_measured_and_matched), TEST(links_lead_nowhere_dangerous),
           TEST(numbers_and_booleans_are_what_they_say), TEST(days_and_times_exist),
           TEST(references_are_kept_as_ids), TEST(lists_are_checked_entry_by_entry),
           TEST(deep_values_are_checked_member_by_member), TEST(passwords_are_hashed_when_they_are_checked),
           TEST(a_long_text_is_refused_whatever_the_field_says), TEST(values_survive_their_columns),
           TEST(operands_are_what_columns_compare_with), TEST(seconds_of_meta_fields_can_be_written_as_dates),
           TEST(every_row_of_the_table_is_complete))

#include "content/kinds/kinds.h"

#include "base/time.h"
#include "content/filter/filter.h"

/* The table of field kinds. A row below is a kind; what its list looks like follows from the last
 * column but three: SCALAR (a JSON list in one column), DEEP (a JSON list with paths inside), LINK (a
 * link table), or NONE (there is no list of these). */
#define BIT(name) (UINT32_C(1) << TEST_##name)
#define OPS_BASIC (BIT(EQ) | BIT(NE) | BIT(IN) | BIT(NIN) | BIT(EXISTS) | BIT(TYPE) | BIT(EMPTY))
#define OPS_ORDER (OPS_BASIC | BIT(GT) | BIT(GTE) | BIT(LT) | BIT(LTE) | BIT(BETWEEN))
#define OPS_ID (OPS_ORDER | BIT(STARTS) | BIT(ENDS) | BIT(CONTAINS)) /* dialects search parts of ids */
#define OPS_NUMBER (OPS_ORDER | BIT(MOD))
#define OPS_TEXT (OPS_ORDER | BIT(REGEX) | BIT(TEXT) | BIT(STARTS) | BIT(ENDS) | BIT(CONTAINS))
#define OPS_LIST (OPS_BASIC | BIT(ALL) | BIT(HAS) | BIT(SIZE) | BIT(ELEM))
#define OPS_DEEP (OPS_LIST | BIT(NEAR) | BIT(WITHIN) | BIT(INTERSECTS))
#define OPS_NONE 0

#define TEXTUAL (KIND_SORTABLE | KIND_TEXTUAL)
#define LENGTHS "minlength maxlength match"
#define REF_SCHEMA                                                                                           \
    "{\"type\":\"object\",\"properties\":{\"_model\":{\"type\":\"string\"},\"_id\":{\"type\":\"string\"}},"  \
    "\"required\":[\"_model\",\"_id\"]}"

/* clang-format off */
/* word, column, flags, operators, list, check, operand, define, keys, JSON Schema, GraphQL, sentence */
#define KIND_TABLE(X)                                                                                        \
    X(text, TEXT, TEXTUAL, OPS_TEXT, SCALAR, check_text, operand_text, define_text, LENGTHS,                 \
      "{\"type\":\"string\"}", "String", "A line or a paragraph of text.")                                   \
    X(richtext, TEXT, KIND_TEXTUAL, OPS_TEXT, SCALAR, check_text, operand_text, define_text, LENGTHS,        \
      "{\"type\":\"string\",\"contentMediaType\":\"text/html\"}", "HTML",                                    \
      "Formatted text, kept as the HTML that the editor made.")                                              \
    X(code, TEXT, KIND_TEXTUAL, OPS_TEXT, SCALAR, check_text, operand_text, define_text, LENGTHS,            \
      "{\"type\":\"string\"}", "String", "Source text, like Markdown or CSS.")                                  \
    X(boolean, BOOLEAN, KIND_SORTABLE, OPS_BASIC, SCALAR, check_boolean, operand_boolean, NULL, "",          \
      "{\"type\":\"boolean\"}", "Boolean", "True or false.")                                                 \
    X(number, NUMBER, KIND_SORTABLE, OPS_NUMBER, SCALAR, check_number, operand_number, define_number,        \
      "min max integer", "{\"type\":\"number\"}", "Float",                                                   \
      "A number; whole numbers and decimals are kept apart.")                                                \
    X(select, TEXT, TEXTUAL, OPS_TEXT, NONE, check_select, operand_text, define_select, "options",           \
      "{\"type\":\"string\"}", "String", "One of a list of texts.")                                          \
    X(multiselect, JSON, KIND_LIST, OPS_LIST, OPTIONS, check_many, operand_text, define_select,              \
      "options", "{\"type\":\"string\"}", "String", "Some of a list of texts.")                              \
    X(tags, JSON, KIND_LIST, OPS_LIST, WORDS, check_many, operand_text, define_text, LENGTHS,                \
      "{\"type\":\"string\"}", "String", "A list of texts, each of them once.")                              \
    X(date, TEXT, KIND_SORTABLE, OPS_ORDER, SCALAR, check_date, check_date, NULL, "",                        \
      "{\"type\":\"string\",\"format\":\"date\"}", "Date", "A day, like 2026-11-21.")                        \
    X(time, TEXT, KIND_SORTABLE, OPS_ORDER, SCALAR, check_time, check_time, NULL, "",                        \
      "{\"type\":\"string\",\"pattern\":\"^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$\"}", "Time",                       \
      "A time of day, like 14:30 or 14:30:15.")                                                              \
    X(datetime, TIME, KIND_SORTABLE, OPS_ORDER, SCALAR, check_datetime, operand_datetime, NULL, "",          \
      "{\"type\":\"string\",\"format\":\"date-time\"}", "DateTime", "An instant, written in UTC.")           \
    X(color, TEXT, TEXTUAL, OPS_TEXT, SCALAR, check_color, operand_color, NULL, "",                          \
      "{\"type\":\"string\",\"pattern\":\"^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$\"}", "Color",             \
      "A colour, like #1a2b3c.")                                                                             \
    X(object, JSON, KIND_DEEP, OPS_DEEP, DEEP, check_object, NULL, NULL, "", "{}", "JSON",                   \
      "Any JSON.")                                                                                           \
    X(geo, JSON, KIND_DEEP, OPS_DEEP, NONE, check_geo, NULL, NULL, "",                                       \
      "{\"type\":\"object\",\"properties\":{\"type\":{\"const\":\"Point\"},\"coordinates\":"                \
      "{\"type\":\"array\",\"items\":{\"type\":\"number\"}}},\"required\":[\"coordinates\"]}", "JSON",         \
      "A point on earth, as GeoJSON.")                                                                       \
    X(set, JSON, KIND_DEEP, OPS_DEEP, DEEP, check_set, NULL, define_set, "fields",                           \
      "{\"type\":\"object\"}", NULL, "An object with fields of its own.")                                    \
    X(component, JSON, KIND_DEEP, OPS_DEEP, DEEP, check_component, NULL, define_component, "of",             \
      "{\"type\":\"object\"}", NULL, "An object with the fields of a component.")                              \
    X(blocks, JSON, KIND_DEEP, OPS_DEEP, BLOCKS, check_many, NULL, define_component, "of",                   \
      "{\"type\":\"object\"}", NULL, "A list of objects, each with the fields of one of some components.")     \
    X(slug, TEXT, TEXTUAL, OPS_TEXT, NONE, check_slug, operand_text, define_text, LENGTHS " from",           \
      "{\"type\":\"string\"}", "String", "A name for URLs; made from another field when there is none.")     \
    X(email, TEXT, TEXTUAL, OPS_TEXT, SCALAR, check_email, operand_email, define_text, LENGTHS,              \
      "{\"type\":\"string\",\"format\":\"email\"}", "String", "An e-mail address, kept in lower case.")      \
    X(url, TEXT, TEXTUAL, OPS_TEXT, SCALAR, check_url, operand_text, define_text, LENGTHS,                   \
      "{\"type\":\"string\",\"format\":\"uri-reference\"}", "URL",                                           \
      "A link: http, https, mailto, or a path within the site.")                                             \
    X(ref, REF, KIND_REF, OPS_BASIC, LINK, check_ref, operand_ref, define_ref, "to on_delete back",          \
      REF_SCHEMA, NULL, "A reference to an item of another collection, or of the same.")                     \
    X(asset, REF, KIND_REF, OPS_BASIC, LINK, check_ref, operand_ref, define_asset, "on_delete back",         \
      REF_SCHEMA, NULL, "A reference to a file in the collection assets.")                                   \
    X(secret, NONE, KIND_SECRET, OPS_NONE, NONE, check_secret, NULL, define_text, "minlength maxlength",     \
      "{\"type\":\"string\",\"writeOnly\":true}", "String",                                                  \
      "Written and never read again; kept sealed, opened by the server for a purpose.")                      \
    X(password, NONE, KIND_SECRET, OPS_NONE, NONE, check_password, NULL, define_text, "minlength maxlength", \
      "{\"type\":\"string\",\"writeOnly\":true}", "String",                                                  \
      "Written and never read again; kept as an Argon2id hash, 8 to 256 characters unless said otherwise.")  \
    X(digest, NONE, KIND_SECRET | KIND_DIGEST, OPS_NONE, NONE, check_secret, NULL, define_text,              \
      "minlength maxlength", "{\"type\":\"string\",\"writeOnly\":true}", "String",                           \
      "Written and never read again; kept as a keyed digest, good for comparing only.")
/* clang-format on */

enum {
#define X(word, ...) AT_##word,
    KIND_TABLE(X)
#undef X
        AT_COUNT
};

static const struct kind lists[AT_COUNT];

/* Elements of tags: what is true of a text, without being a kind that one could ask for. */
static const struct kind tag_element = {
    .name = STR("tags"), .column = COLUMN_TEXT, .flags = TEXTUAL, .operators = OPS_TEXT, .check = check_text,
    .operand = operand_text, .keys = LENGTHS, .json_schema = "{\"type\":\"string\"}", .graphql = "String",
    .doc = "One of the tags."};

/* Elements of blocks: a component each, which one is said in the element. */
static const struct kind block_element = {
    .name = STR("blocks"), .column = COLUMN_JSON, .flags = KIND_DEEP, .operators = OPS_DEEP, .check = check_block,
    .keys = "of", .json_schema = "{\"type\":\"object\"}", .doc = "One of the blocks."};

#define LIST_SCALAR(word) .many = &lists[AT_##word]
#define LIST_DEEP(word) LIST_SCALAR(word)
#define LIST_LINK(word) LIST_SCALAR(word)
#define LIST_NONE(word) .many = NULL
#define LIST_OPTIONS(word) .one = &kinds[AT_select]
#define LIST_WORDS(word) .one = &tag_element
#define LIST_BLOCKS(word) .one = &block_element

const struct kind kinds[] = {
#define X(word, column_, flags_, operators_, list_, check_, operand_, define_, keys_, schema_, graphql_, doc_)        \
    {.name = STR(#word), .column = COLUMN_##column_, .flags = (flags_), .operators = (operators_),                    \
     .check = check_, .keys = keys_, .define = define_, .operand = operand_, .json_schema = schema_,                  \
     .graphql = graphql_, .doc = doc_, LIST_##list_(word)},
    KIND_TABLE(X)
#undef X
};
const size_t kind_count = COUNTOF(kinds);

#define ROW_SCALAR COLUMN_JSON, .flags = KIND_LIST, .operators = OPS_LIST
#define ROW_DEEP COLUMN_JSON, .flags = KIND_DEEP, .operators = OPS_DEEP
#define ROW_LINK COLUMN_NONE, .flags = KIND_REF, .operators = OPS_LIST
#define ROW_NONE COLUMN_NONE
#define ROW_OPTIONS COLUMN_NONE
#define ROW_WORDS COLUMN_NONE
#define ROW_BLOCKS COLUMN_NONE

static const struct kind lists[AT_COUNT] = {
#define X(word, column_, flags_, operators_, list_, check_, operand_, define_, keys_, schema_, graphql_, doc_)        \
    {.name = STR(#word), .column = ROW_##list_, .check = check_many, .keys = keys_, .define = define_,                \
     .operand = operand_, .json_schema = schema_, .graphql = graphql_, .doc = doc_, .one = &kinds[AT_##word]},
    KIND_TABLE(X)
#undef X
};

#define META_ROW(word, column_, operators_, operand_, schema_, graphql_)                                     \
    .name = STR(word), .column = (column_), .flags = KIND_SORTABLE, .operators = (operators_),               \
    .operand = operand_, .json_schema = schema_, .graphql = graphql_
#define INTEGER_SCHEMA "{\"type\":\"integer\"}"

const struct kind kind_meta_id = {
    META_ROW("_id", COLUMN_TEXT, OPS_ID, operand_ref, "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{24}$\"}", "ID"),
    .check = check_ref, .doc = "An id."};
const struct kind kind_meta_state = {
    META_ROW("_state", COLUMN_INTEGER, OPS_ORDER, operand_number, "{\"enum\":[-1,0,1]}", "Int"),
    .check = check_number, .doc = "1 published, 0 draft, -1 archived."};
const struct kind kind_meta_seconds = {
    META_ROW("_seconds", COLUMN_INTEGER, OPS_NUMBER, operand_seconds, INTEGER_SCHEMA, "Long"),
    .check = check_number, .doc = "Unix seconds."};
const struct kind kind_meta_integer = {
    META_ROW("_integer", COLUMN_INTEGER, OPS_NUMBER, operand_number, INTEGER_SCHEMA, "Int"),
    .check = check_number, .doc = "A whole number."};
const struct kind kind_meta_parent = {
    .name = STR("_parent"), .column = COLUMN_REF, .flags = KIND_REF, .operators = OPS_BASIC, .check = check_ref,
    .operand = operand_ref, .json_schema = "{\"type\":[\"string\",\"null\"]}", .graphql = "ID",
    .doc = "The item above in a tree, or null."};
const struct kind kind_meta_i18n = {
    .name = STR("_i18n"), .column = COLUMN_JSON, .flags = KIND_DEEP, .json_schema = "{\"type\":[\"object\",\"null\"]}",
    .doc = "Values in other languages."};

bool field_is_blocks(const struct field *f)
{
    return f->kind == &kinds[AT_blocks];
}

const struct kind *kind_find(str name)
{
    for (size_t i = 0; i < COUNTOF(kinds); i++) {
        if (str_equal(kinds[i].name, name))
            return &kinds[i];
    }
    return NULL;
}

/* Values and columns. */

static struct cell integer_cell(const struct json *v)
{
    if (v->type == JSON_BOOL)
        return CELL_OF_INT(v->boolean ? 1 : 0);
    must(v->type == JSON_INT);
    return CELL_OF_INT(v->integer);
}

static struct cell time_cell(const struct json *v)
{
    int64_t ms = 0;
    if (v->type == JSON_INT)
        return CELL_OF_INT(v->integer);
    must(v->type == JSON_TEXT && time_read(v->text, &ms));
    return CELL_OF_INT(ms);
}

static struct cell text_cell(const struct json *v)
{
    must(v->type == JSON_TEXT);
    return CELL_OF_TEXT(v->text);
}

struct cell kind_cell(struct arena *a, const struct field *f, const struct json *canonical)
{
    if (!canonical || canonical->type == JSON_NULL)
        return CELL_OF_NULL;
    switch (f->kind->column) {
    case COLUMN_NONE:
        return CELL_OF_NULL;
    case COLUMN_TEXT:
    case COLUMN_REF:
        return text_cell(canonical);
    case COLUMN_INTEGER:
    case COLUMN_BOOLEAN:
        return integer_cell(canonical);
    case COLUMN_NUMBER:
        if (canonical->type == JSON_REAL)
            return CELL_OF_REAL(canonical->real);
        return integer_cell(canonical);
    case COLUMN_TIME:
        return time_cell(canonical);
    case COLUMN_JSON:
        return CELL_OF_TEXT(json_print(a, canonical));
    }
    must(false);
    return CELL_OF_NULL;
}

bool kind_holds(const struct field *f, const struct json *v)
{
    int64_t ms;
    if (v->type == JSON_NULL)
        return true;
    switch (f->kind->column) {
    case COLUMN_TEXT:
    case COLUMN_REF:
        return v->type == JSON_TEXT;
    case COLUMN_INTEGER:
        return v->type == JSON_INT;
    case COLUMN_BOOLEAN:
        return v->type == JSON_BOOL;
    case COLUMN_NUMBER:
        return v->type == JSON_INT || v->type == JSON_REAL;
    case COLUMN_TIME:
        return v->type == JSON_TEXT && time_read(v->text, &ms);
    case COLUMN_NONE:
    case COLUMN_JSON:
        break;
    }
    return true;
}

static void write_time(struct json_writer *w, int64_t ms)
{
    char room[64];
    struct buf b = {.at = room, .room = sizeof room, .max = sizeof room};
    time_write(&b, ms);
    json_text(w, buf_str(&b));
}

void kind_write(struct json_writer *w, const struct field *f, const struct cell *cell)
{
    enum column column = f->kind->column;
    switch (cell->type) {
    case CELL_NULL:
        json_nothing(w);
        return;
    case CELL_INT:
        if (column == COLUMN_TIME)
            write_time(w, cell->integer);
        else if (column == COLUMN_BOOLEAN)
            json_bool(w, cell->integer != 0);
        else
            json_int(w, cell->integer);
        return;
    case CELL_REAL:
        json_real(w, cell->real);
        return;
    case CELL_TEXT:
    case CELL_BLOB:
        if (column == COLUMN_JSON)
            json_ready(w, cell->text);
        else
            json_text(w, cell->text);
        return;
    }
}

static struct json time_value(struct arena *a, int64_t ms)
{
    struct buf b;
    str text;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    enum err e = buf_done(&b, &text);
    must(e == ERR_OK);
    return json_of_text(text);
}

/* What the database holds was written by us: JSON that cannot be read is a broken database, and null is
 * as good as anything that could be said about it here (`vitrine check` looks for it). */
static struct json deep_value(struct arena *a, str text)
{
    struct problem ignored = {.arena = a};
    const struct json *v;
    if (json_read(a, arena_copy(a, text), NULL, S(""), &v, &ignored) != ERR_OK)
        return json_null;
    struct json out = *v;
    out.name = (str){0};
    return out;
}

struct json kind_value(struct arena *a, const struct field *f, const struct cell *cell)
{
    enum column column = f->kind->column;
    switch (cell->type) {
    case CELL_NULL:
        break;
    case CELL_INT:
        if (column == COLUMN_TIME)
            return time_value(a, cell->integer);
        return column == COLUMN_BOOLEAN ? json_of_bool(cell->integer != 0) : json_of_int(cell->integer);
    case CELL_REAL:
        return json_of_real(cell->real);
    case CELL_TEXT:
    case CELL_BLOB:
        if (column == COLUMN_JSON)
            return deep_value(a, cell->text);
        return json_of_text(arena_copy(a, cell->text));
    }
    return json_null;
}

enum err kind_operand(const struct check *c, const struct json *in, struct json *out)
{
    const struct kind *one = kind_of_one(c->field->kind);
    if (in->type == JSON_NULL) {
        *out = json_null;
        return ERR_OK;
    }
    if (one->operand)
        return one->operand(c, in, out);
    *out = *in;
    out->name = (str){0};
    return ERR_OK;
}

struct json kind_comparable(const struct field *f, const struct json *image)
{
    int64_t ms;
    if (f->kind->column == COLUMN_TIME && image->type == JSON_TEXT && time_read(image->text, &ms))
        return json_of_int(ms);
    struct json out = *image;
    out.name = (str){0};
    return out;
}

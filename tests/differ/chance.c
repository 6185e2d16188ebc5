#include "tests/differ/chance.h"

#include "base/limits.h"
#include "content/item/json.h"
#include "content/kind.h"
#include "content/languages/translations.h"

#include <stdio.h>
#include <stdlib.h>

void chance_seed(struct chance *c, uint64_t seed)
{
    c->state = seed * 0x9e3779b97f4a7c15u + 1;
}

uint64_t chance_next(struct chance *c)
{
    uint64_t z = c->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

size_t chance_of(struct chance *c, size_t n)
{
    return (size_t)(chance_next(c) % n);
}

bool chance_one_in(struct chance *c, size_t n)
{
    return chance_of(c, n) == 0;
}

uint64_t chance_number_of(const char *variable, uint64_t standard)
{
    uint64_t n = 0;
    const char *text = getenv(variable);
    return text && str_to_u64(str_of(text), UINT64_MAX, &n) ? n : standard;
}

/* Models. */
static const char *const kind_words[] = {
    "text", "number", "boolean", "date", "datetime", "tags", "object", "set", "ref", "refs",
    "numbers", "rows", "time", "slug", "component", "components", "blocks", "any", "anys", "geo",
};

/* What fills a required field of items that lack it. */
static const char *standard_of(const char *kind)
{
    static const struct {
        const char *kind, *value;
    } rows[] = {{"number", "1.5"}, {"boolean", "true"}, {"date", "'2026-11-21'"}, {"datetime", "'2026-11-21T10:00:00Z'"}};
    for (size_t i = 0; i < COUNTOF(rows); i++)
        if (strcmp(rows[i].kind, kind) == 0)
            return rows[i].value;
    return "'it\\'s'";
}

static void add_field(struct chance *c, struct buf *b, size_t i, const char *kind)
{
    bool plain = strcmp(kind, "text") == 0 || strcmp(kind, "number") == 0 || strcmp(kind, "date") == 0 ||
                 strcmp(kind, "boolean") == 0 || strcmp(kind, "datetime") == 0;
    static const char *const some[] = {"['k0']", "['k1']", "['k0', 'k1']"};
    bool many = false;
    if (strcmp(kind, "components") == 0)
        kind = "component", many = true;
    if (strcmp(kind, "refs") == 0)
        kind = "ref", many = true;
    bool is_any = strncmp(kind, "any", 3) == 0;
    if (is_any)
        many = strcmp(kind, "anys") == 0, kind = "ref";
    if (strcmp(kind, "numbers") == 0)
        kind = "number", many = true;
    if (strcmp(kind, "rows") == 0)
        kind = "set", many = true;
    buf_format(b, "%s{name: 'f%zu', kind: '%s'", i ? ", " : "", i, kind);
    if (many)
        buf_format(b, ", many: true");
    if (is_any)
        buf_format(b, ", to: ['c%zu', 'c2']", chance_of(c, 2));
    else if (strcmp(kind, "ref") == 0)
        buf_format(b, ", to: 'c%zu'", chance_of(c, 3));
    if (strcmp(kind, "set") == 0)
        buf_format(b, ", fields: [{name: 'a', kind: 'text'}, {name: 'n', kind: 'number'}, {name: 't', kind: 'tags'}]");
    if (strcmp(kind, "component") == 0)
        buf_format(b, ", of: 'k%zu'", chance_of(c, 2));
    if (strcmp(kind, "blocks") == 0)
        buf_format(b, ", of: %s", some[chance_of(c, COUNTOF(some))]);
    if (plain && chance_one_in(c, 3))
        buf_format(b, ", required: true, 'default': %s", standard_of(kind));
    if (plain && chance_one_in(c, 3))
        buf_format(b, ", indexed: true");
    if (strcmp(kind, "ref") != 0 && chance_one_in(c, 3))
        buf_format(b, ", localized: true");
    buf_format(b, "}");
}

void chance_vars(struct chance *c, struct engine_bench *b)
{
    static const str roles[] = {STR("a"), STR("b"), STR("Ada Lovelace")};
    b->vars = (struct vars){
        .user = chance_one_in(c, 3) ? (str){0} : chance_id(b->arena, b->model->collections[chance_of(c, 3)], chance_of(c, 12)),
        .roles = roles,
        .role_count = chance_of(c, 4),
        .now_ms = chance_one_in(c, 2) ? INT64_C(1795255200000) : 1,
        .ip = chance_one_in(c, 2) ? (str)STR("10") : (str){0},
        .key = chance_one_in(c, 2) ? (str)STR("b") : (str){0},
    };
}

const char *chance_definitions(struct chance *c, struct arena *a)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    buf_format(&b, "[");
    for (size_t k = 0; k < 3; k++) {
        size_t fields = 4 + chance_of(c, 10);
        buf_format(&b, "%s{name: 'c%zu', shape: '%s', fields: [", k ? ", " : "", k, k == 2 ? "tree" : "list");
        for (size_t i = 0; i < fields; i++)
            add_field(c, &b, i, kind_words[i < 2 ? 8 + i : chance_of(c, COUNTOF(kind_words))]);
        buf_format(&b, "]}");
    }
    /* What is in them is the same but for its order and a member that comes and goes. */
    buf_format(&b, ", {name: 'k0', shape: 'component', fields: [{name: 'a', kind: 'text'}, {name: 'n', kind: 'number'}, {name: 't', kind: 'tags'}%s]}",
               chance_one_in(c, 2) ? ", {name: 'x', kind: 'date'}" : "");
    buf_format(&b, ", {name: 'k1', shape: 'component', fields: [{name: 'n', kind: 'text'}, {name: 't', kind: 'tags'}, {name: 'a', kind: 'text'}]}");
    buf_format(&b, "]");
    return arena_cstr(a, buf_str(&b));
}

/* Values, by what the column keeps. */
static const str texts[] = {
    STR(""), STR("a"), STR("A"), STR("ab"), STR("abc"), STR("b"), STR("é"), STR("É"), STR("e"), STR("\"q\""),
    STR("a\\b"), STR("\t"), STR("10"), STR("9"), STR("1.5"), STR("a,b"), STR("Ada Lovelace"), STR("]"), STR("\xf4\x8f\xbf\xbf"),
    STR("\xed\x9f\xbf"), STR("true"), STR("a%"), STR("_"), STR("2026-11-21"), STR("null"),
};
static const str days[] = {STR("2026-11-21"), STR("2026-11-22"), STR("1999-12-31"), STR("2000-02-29")};
static const str clocks[] = {STR("10:00"), STR("10:00:30"), STR("23:59"), STR("00:00")};
static const str instants[] = {STR("2026-11-21T10:00:00Z"), STR("2026-11-21T10:00:00.500Z"), STR("1969-12-31T23:59:59Z"),
                               STR("2026-11-21T11:00:00+01:00")};
static const str slugs[] = {STR("one"), STR("two"), STR("one-two"), STR("x")};

static struct json any_number(struct chance *c)
{
    static const int64_t wholes[] = {0, 1, -1, 2, 3, 10, 100, INT64_C(9007199254740993), INT64_MAX, INT64_MIN};
    static const double reals[] = {0.5, 1.0, -1.5, 2.0, 0.1, 1e300, 9007199254740992.0, 9223372036854775808.0, 3.25};
    return chance_one_in(c, 2) ? json_of_int(wholes[chance_of(c, COUNTOF(wholes))])
                               : json_of_real(reals[chance_of(c, COUNTOF(reals))]);
}

static struct json any_of(struct chance *c, const str *list, size_t count)
{
    return json_of_text(list[chance_of(c, count)]);
}
#define ANY(c, list) any_of(c, list, COUNTOF(list))

static struct json any_texts(struct chance *c, struct arena *a, size_t most)
{
    size_t wanted = chance_of(c, most + 1), count = 0;
    struct json *items = NEW_N(a, struct json, wanted);
    for (size_t i = 0; i < wanted; i++) {
        struct json v = ANY(c, texts);
        bool known = v.text.len == 0;
        for (size_t k = 0; k < count; k++)
            known = known || str_equal(items[k].text, v.text);
        if (!known)
            items[count++] = v;
    }
    return json_of_list(items, count);
}

static struct json any_document(struct chance *c, struct arena *a, unsigned depth)
{
    switch (chance_of(c, depth ? 7 : 5)) {
    case 0:
        return json_null;
    case 1:
        return any_number(c);
    case 2:
        return json_of_bool(chance_one_in(c, 2));
    case 3:
        return any_texts(c, a, 3);
    case 4:
        return ANY(c, texts);
    default: {
        static const str names[] = {STR("a"), STR("n"), STR("t")};
        struct json *members = NEW_N(a, struct json, COUNTOF(names));
        size_t count = 0;
        for (size_t i = 0; i < COUNTOF(names); i++)
            if (!chance_one_in(c, 3))
                members[count++] = json_named(names[i], any_document(c, a, depth - 1));
        if (chance_one_in(c, 2))
            return json_of_map(members, count);
        struct json *items = NEW_N(a, struct json, 2);
        items[0] = json_of_map(members, count);
        items[1] = any_document(c, a, depth - 1);
        return json_of_list(items, chance_of(c, 3));
    }
    }
}

static const double longitudes[] = {0, 13.4, 13.5, -179.9, 180, 2}, latitudes[] = {0, 52.5, 52.6, -90, 89.95, 1};

static struct json any_pair(struct chance *c, struct arena *a)
{
    struct json *pair = NEW_N(a, struct json, 2);
    pair[0] = json_of_real(longitudes[chance_of(c, COUNTOF(longitudes))]);
    pair[1] = json_of_real(latitudes[chance_of(c, COUNTOF(latitudes))]);
    return json_of_list(pair, 2);
}

static struct json any_point(struct chance *c, struct arena *a)
{
    struct json *members = NEW_N(a, struct json, 2);
    members[0] = json_named(S("type"), json_of_text(S("Point")));
    members[1] = json_named(S("coordinates"), any_pair(c, a));
    return json_of_map(members, 2);
}

/* of {0}: it does not say what it is of. */
static struct json any_set(struct chance *c, struct arena *a, str of)
{
    struct json *members = NEW_N(a, struct json, 4);
    bool is_text = str_equal(of, S("k1"));
    members[0] = json_named(S("a"), chance_one_in(c, 4) ? json_null : ANY(c, texts));
    members[1] = json_named(S("n"), chance_one_in(c, 4) ? json_null : is_text ? ANY(c, texts) : any_number(c));
    members[2] = json_named(S("t"), chance_one_in(c, 4) ? json_null : any_texts(c, a, 3));
    members[3] = json_named(S("_component"), json_of_text(of));
    return json_of_map(members, of.len > 0 ? 4 : 3);
}

str chance_id(struct arena *a, const struct collection *in, size_t n)
{
    return arena_format(a, "%08u%016zu", in->index, n);
}

static struct json any_one(struct chance *c, struct arena *a, const struct field *f, const struct kind *kind, size_t count)
{
    if (field_is_polymorphic(f)) {
        const struct collection *to = f->targets[chance_of(c, f->target_count)];
        str id = chance_id(a, to, chance_of(c, count));
        return json_of_text(arena_format(a, STR_FMT "/" STR_FMT, STR_ARG(to->name), STR_ARG(id)));
    }
    if (kind->flags & KIND_REF)
        return json_of_text(chance_id(a, f->to, chance_of(c, count)));
    if (str_equal(kind->name, S("date")))
        return ANY(c, days);
    if (str_equal(kind->name, S("time")))
        return ANY(c, clocks);
    if (str_equal(kind->name, S("datetime")))
        return ANY(c, instants);
    if (str_equal(kind->name, S("slug")))
        return ANY(c, slugs);
    if (str_equal(kind->name, S("number")))
        return any_number(c);
    if (str_equal(kind->name, S("boolean")))
        return json_of_bool(chance_one_in(c, 2));
    if (str_equal(kind->name, S("set")))
        return any_set(c, a, (str){0});
    if (f->of_count > 0)
        return any_set(c, a, f->of[chance_of(c, f->of_count)]->name);
    if (str_equal(kind->name, S("object")))
        return chance_one_in(c, 6) ? any_point(c, a) : any_document(c, a, 2);
    if (str_equal(kind->name, S("geo")))
        return any_point(c, a);
    return ANY(c, texts);
}

static struct json any_value(struct chance *c, struct arena *a, const struct field *f, size_t count)
{
    if (!f->required && chance_one_in(c, 4))
        return json_null;
    if (str_equal(f->kind->name, S("tags")))
        return any_texts(c, a, 4);
    if (!f->many)
        return any_one(c, a, f, f->kind, count);
    size_t n = chance_of(c, 4);
    struct json *items = NEW_N(a, struct json, n);
    for (size_t i = 0; i < n; i++)
        items[i] = any_one(c, a, f, f->kind, count);
    return json_of_list(items, n);
}

/* Kinds have the last word on the form; what one refuses is left null. */
static struct json canonical(struct arena *a, const struct field *f, struct json v)
{
    struct problem why = {.arena = a};
    struct check check = {.arena = a, .field = f, .path = STR(""), .why = &why};
    struct json out = json_null;
    if (v.type == JSON_NULL || f->kind->check(&check, &v, &out) != ERR_OK || why.err != ERR_OK)
        return f->required ? v : json_null;
    return out;
}

static struct json any_translations(struct chance *c, struct arena *a, const struct collection *in, size_t count)
{
    static const str codes[] = {STR("de"), STR("fr")};
    struct json i18n = json_null;
    for (size_t l = 0; l < COUNTOF(codes); l++)
        for (size_t i = META_COUNT; i < in->field_count; i++) {
            const struct field *f = &in->fields[i];
            struct json v = f->localized ? canonical(a, f, any_value(c, a, f, count)) : json_null;
            if (v.type != JSON_NULL)
                i18n = translation_put(a, &i18n, codes[l], f, &v);
        }
    return i18n;
}

const struct lens *chance_lens(struct chance *c, struct engine_bench *b)
{
    static const char *const locales[] = {"en", "de", "fr", "de-CH"}, *const fallbacks[] = {"none", "en,fr", "fr", "fr,en"};
    static const char *const languages[] = {"en", "de", "fr"};
    struct json *items = NEW_N(b->arena, struct json, COUNTOF(languages));
    const struct lens *lens = NULL;
    if (chance_one_in(c, 2))
        return NULL;
    for (size_t i = 0; i < COUNTOF(languages); i++) {
        struct json *code = NEW(b->arena, struct json);
        *code = json_named(S("code"), json_of_text(str_of(languages[i])));
        items[i] = json_of_map(code, 1);
    }
    struct lens_wish wish = {.locale = str_of(locales[chance_of(c, COUNTOF(locales))])};
    if (chance_one_in(c, 2))
        wish.fallback = str_of(fallbacks[chance_of(c, COUNTOF(fallbacks))]);
    must(lens_read(b->arena, languages_read(b->arena, items, COUNTOF(languages)), &wish, &lens, &b->why) == ERR_OK);
    return lens;
}

const struct json *chance_item(struct chance *c, struct engine_bench *b, const struct collection *in, str id, size_t count)
{
    struct arena *a = b->arena;
    struct json *members = NEW_N(a, struct json, in->field_count + 4);
    size_t n = 0;
    members[n++] = json_named(S("_id"), json_of_text(id));
    members[n++] = json_named(S("_state"), json_of_int((int64_t)chance_of(c, 3) - 1));
    if (in->shape == SHAPE_TREE) {
        members[n++] = json_named(S("_o"), chance_one_in(c, 5) ? json_null : json_of_int((int64_t)chance_of(c, 4)));
        if (chance_one_in(c, 2))
            members[n++] = json_named(S("_pid"), json_of_text(chance_id(a, in, chance_of(c, count))));
    }
    for (size_t i = META_COUNT; i < in->field_count; i++)
        members[n++] = json_named(in->fields[i].name, canonical(a, &in->fields[i], any_value(c, a, &in->fields[i], count)));
    if (field_set_has(&in->meta_fields, META_I18N))
        members[n++] = json_named(S("_i18n"), any_translations(c, a, in, count));
    struct json *item = NEW(a, struct json);
    *item = json_of_map(members, n);
    return item;
}

/* Items refer to each other in circles: one transaction, references are looked at in its end. */
void chance_fill(struct chance *c, struct engine_bench *b, size_t count)
{
    struct txn *t = NULL;
    b->why = (struct problem){.arena = b->arena};
    must(b->ops->begin(b->engine, TXN_WRITE, &t, &b->why) == ERR_OK);
    for (size_t k = 0; k < b->model->collection_count; k++) {
        const struct collection *in = b->model->collections[k];
        const char *name = arena_cstr(b->arena, in->name);
        for (size_t i = 0; i < count; i++) {
            str id = chance_id(b->arena, in, i);
            enum err e = bench_put(b, t, WRITE_INSERT, name, chance_item(c, b, in, id, count));
            if (e != ERR_OK)
                fprintf(stderr, STR_FMT "\n", STR_ARG(b->why.text));
            must(e == ERR_OK);
            must(bench_note(b, t, name, id, "create") == ERR_OK);
        }
    }
    must(b->ops->commit(t, &b->why) == ERR_OK);
}

struct map *chance_images(struct engine_bench *b, const struct collection *in)
{
    struct buf fields;
    buf_init(&fields, b->arena, 1u << 16);
    for (size_t i = 0; i < in->field_count; i++) {
        if (!field_set_has(&in->all_fields, i))
            continue;
        buf_add(&fields, fields.len ? S(",") : S(""));
        buf_add(&fields, in->fields[i].name);
    }
    str text = bench_list(b, arena_cstr(b->arena, in->name), NULL, "_id", arena_cstr(b->arena, buf_str(&fields)));
    const struct json *list = bench_json(b->arena, arena_cstr(b->arena, text));
    struct map *m = map_new(b->arena, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++)
        (void)map_put(m, json_get(&list->items[i], S("_id"))->text, (void *)(uintptr_t)&list->items[i]);
    return m;
}

/* Filters, as JSON for the reader. */
struct maker {
    struct chance *c;
    struct arena *a;
};

static const str moments[] = {STR("$now"), STR("$now(-1 day)"), STR("$NOW(start of month, -27 years)"), STR("$now(today)"),
                              STR("$now(end of week)")};

static struct json one_member(struct arena *a, str name, struct json v)
{
    struct json *m = NEW(a, struct json);
    *m = json_named(name, v);
    return json_of_map(m, 1);
}

static struct json list_of(struct maker *m, const struct field *f, const struct kind *kind, size_t n)
{
    struct json *items = NEW_N(m->a, struct json, n);
    for (size_t i = 0; i < n; i++)
        items[i] = any_one(m->c, m->a, f, kind, 12);
    return json_of_list(items, n);
}

static struct json two_of(struct maker *m, str first, struct json v, str second, struct json w)
{
    struct json *members = NEW_N(m->a, struct json, 2);
    members[0] = json_named(first, v);
    members[1] = json_named(second, w);
    return json_of_map(members, 2);
}

static struct json any_circle(struct maker *m)
{
    static const double metres[] = {0, 10000, 2000000, 15000000};
    struct json *circle = NEW_N(m->a, struct json, 2);
    circle[0] = any_pair(m->c, m->a);
    circle[1] = json_of_real(metres[chance_of(m->c, COUNTOF(metres))]);
    return json_of_list(circle, 2);
}

static struct json any_area(struct maker *m, str op)
{
    struct json *ring = NEW_N(m->a, struct json, 4), *rings = NEW_N(m->a, struct json, 1);
    for (size_t i = 0; i < 4; i++)
        ring[i] = any_pair(m->c, m->a);
    rings[0] = json_of_list(ring, 4);
    if (str_equal(op, S("$near")))
        return two_of(m, S("$geometry"), any_point(m->c, m->a), S("$maxDistance"), any_circle(m).items[1]);
    if (str_equal(op, S("$geoWithin")) && chance_one_in(m->c, 2))
        return one_member(m->a, S("$center"), any_circle(m));
    if (str_equal(op, S("$geoWithin")) && chance_one_in(m->c, 2))
        return one_member(m->a, S("$box"), json_of_list(ring, 2));
    return one_member(m->a, S("$geometry"), two_of(m, S("type"), json_of_text(S("Polygon")), S("coordinates"),
                                                   json_of_list(rings, 1)));
}

static struct json any_search(struct maker *m)
{
    struct json *members = NEW_N(m->a, struct json, 3);
    members[0] = json_named(S("$search"), ANY(m->c, texts));
    members[1] = json_named(S("$minScore"), json_of_real(chance_one_in(m->c, 2) ? 0.5 : 1));
    members[2] = json_named(S("$distance"), json_of_int((int64_t)chance_of(m->c, 4)));
    return json_of_map(members, 3);
}

static struct json any_moments(struct maker *m)
{
    struct json *ends = NEW_N(m->a, struct json, 2);
    ends[0] = ANY(m->c, moments);
    ends[1] = ANY(m->c, moments);
    return json_of_list(ends, 2);
}

/* What a function's result is compared with. */
static struct json result_for(struct maker *m, str word, str op)
{
    static const int64_t numbers[] = {0, 1, 2, 3, 5, 6, 10, 21, 30, 47, 52, 59, 1969, 1999, 2026};
    bool is_text = str_equal(word, S("lower")) || str_equal(word, S("upper"));
    bool is_list = str_equal(op, S("$in")) || str_equal(op, S("$nin"));
    bool is_pair = str_equal(op, S("$between")) || str_equal(op, S("$nbetween"));
    if (is_list || is_pair) {
        size_t n = is_pair ? 2 : 1 + chance_of(m->c, 6);
        struct json *items = NEW_N(m->a, struct json, n);
        for (size_t i = 0; i < n; i++)
            items[i] = is_text ? ANY(m->c, texts) : json_of_int(numbers[chance_of(m->c, COUNTOF(numbers))]);
        return json_of_list(items, n);
    }
    return is_text ? ANY(m->c, texts) : json_of_int(numbers[chance_of(m->c, COUNTOF(numbers))]);
}

static struct json operand_for(struct maker *m, const struct field *f, const struct kind *kind, str op)
{
    static const str types[] = {STR("null"), STR("array"), STR("bool"), STR("number"), STR("int"), STR("string"), STR("object")};
    static const str patterns[] = {STR("^a"), STR("b$"), STR("é"), STR("."), STR("a|\\d"), STR("^$")};
    if (str_equal(op, S("$in")) || str_equal(op, S("$nin")) || str_equal(op, S("$all")))
        return list_of(m, f, kind, chance_one_in(m->c, 5) ? 8 : 1 + chance_of(m->c, 3));
    if (str_equal(op, S("$between")) || str_equal(op, S("$nbetween")))
        return chance_one_in(m->c, 3) ? any_moments(m) : list_of(m, f, kind, 2);
    if (str_equal(op, S("$near")) || str_starts(op, S("$geo")))
        return any_area(m, op);
    if (str_equal(op, S("$text")) && chance_one_in(m->c, 2))
        return any_search(m);
    if (str_equal(op, S("$exists")) || str_equal(op, S("$empty")) || str_equal(op, S("$nempty")))
        return json_of_bool(chance_one_in(m->c, 2));
    if (str_equal(op, S("$size")))
        return json_of_int((int64_t)chance_of(m->c, 3));
    if (str_equal(op, S("$type")))
        return ANY(m->c, types);
    if (str_equal(op, S("$regex")))
        return ANY(m->c, patterns);
    if (str_equal(op, S("$mod"))) {
        struct json *two = NEW_N(m->a, struct json, 2);
        two[0] = json_of_int((int64_t)chance_of(m->c, 4) + 1);
        two[1] = json_of_int((int64_t)chance_of(m->c, 3) - 1);
        return json_of_list(two, 2);
    }
    if (str_equal(op, S("$elemMatch")))
        return one_member(m->a, S("a"), ANY(m->c, texts));
    static const str variables[] = {STR("$user"), STR("$role"), STR("$now"), STR("$ip")};
    if (chance_one_in(m->c, 8))
        return json_null;
    if (chance_one_in(m->c, 10))
        return chance_one_in(m->c, 3) ? ANY(m->c, moments) : ANY(m->c, variables);
    if (f->is_meta && f->index == META_ID && !chance_one_in(m->c, 3))
        return json_of_text(chance_id(m->a, f->in, chance_of(m->c, 12)));
    return any_one(m->c, m->a, f, kind, 12);
}

static const str operators[] = {
    STR("$eq"), STR("$ne"), STR("$gt"), STR("$gte"), STR("$lt"), STR("$lte"), STR("$in"), STR("$nin"),
    STR("$all"), STR("$has"), STR("$size"), STR("$exists"), STR("$regex"), STR("$mod"), STR("$text"),
    STR("$startsWith"), STR("$endsWith"), STR("$contains"), STR("$elemMatch"), STR("$type"), STR("$between"),
    STR("$empty"), STR("$nempty"), STR("$nbetween"), STR("$near"), STR("$geoWithin"), STR("$geoIntersects"),
    STR("$eqi"), STR("$nei"), STR("$containsi"), STR("$startsWithi"), STR("$endsWithi"), STR("$notContains"),
    STR("$notStartsWith"), STR("$notEndsWith"), STR("$notContainsi"), STR("$notStartsWithi"), STR("$notEndsWithi"),
};

static const str functions[] = {
    STR("year"), STR("month"), STR("week"), STR("day"), STR("weekday"), STR("hour"), STR("minute"), STR("second"),
    STR("count"), STR("lower"), STR("upper"), STR("length"),
};

/* Fields of an item with each other, and with values. */
static struct json any_expression(struct maker *m, const struct collection *in, unsigned depth)
{
    static const str calls[] = {STR("$gt"), STR("$eq"), STR("$ne"), STR("$lte"), STR("$and"), STR("$or"),
                                STR("$add"), STR("$subtract"), STR("$multiply"), STR("$divide"), STR("$concat")};
    if (depth == 0 || chance_one_in(m->c, 4)) {
        const struct field *f = &in->fields[chance_of(m->c, in->field_count)];
        return chance_one_in(m->c, 3) ? any_number(m->c) : json_of_text(arena_format(m->a, "$" STR_FMT, STR_ARG(f->name)));
    }
    struct json *args = NEW_N(m->a, struct json, 2);
    args[0] = any_expression(m, in, depth - 1);
    args[1] = any_expression(m, in, depth - 1);
    return one_member(m->a, calls[chance_of(m->c, COUNTOF(calls))], json_of_list(args, 2));
}

/* A relation that nobody declared, or none. */
static const struct field *any_back(struct maker *m, const struct collection *in)
{
    return in->back_count && chance_one_in(m->c, 6) ? in->backs[chance_of(m->c, in->back_count)] : NULL;
}

static const struct field *any_target(struct maker *m, const struct field *f)
{
    return field_is_polymorphic(f) ? &f->into[chance_of(m->c, f->target_count)] : f;
}

static struct json any_filter(struct maker *m, const struct collection *in, unsigned depth);

/* Some, none or every of what a reference or back-reference leads to. */
static bool any_quantifier(struct maker *m, const struct collection *in, unsigned depth, struct json *out)
{
    static const str words[] = {STR("$some"), STR("$none"), STR("$every")};
    for (unsigned tries = 0; tries < 4; tries++) {
        const struct field *f = any_back(m, in);
        f = f ? f : any_target(m, &in->fields[chance_of(m->c, in->field_count)]);
        if (!(f->kind->flags & KIND_REF) || !f->to || (!f->via && !field_set_has(&in->all_fields, f->index)))
            continue;
        struct json inner = any_filter(m, f->to, depth - 1);
        *out = one_member(m->a, f->name, one_member(m->a, words[chance_of(m->c, COUNTOF(words))], inner));
        return true;
    }
    return false;
}

static bool any_part(struct maker *m, const struct field *f, struct json *out)
{
    if (!field_is_polymorphic(f) || !chance_one_in(m->c, 3))
        return false;
    const struct collection *to = f->targets[chance_of(m->c, f->target_count)];
    bool model = chance_one_in(m->c, 2);
    struct json v = json_of_text(model ? to->name : chance_id(m->a, to, chance_of(m->c, 12)));
    str name = arena_format(m->a, STR_FMT "%s", STR_ARG(f->name), model ? "._model" : "._id");
    *out = one_member(m->a, name, chance_one_in(m->c, 3) ? one_member(m->a, S("$ne"), v) : v);
    return true;
}

static struct json any_test(struct maker *m, const struct collection *in)
{
    static const struct kind *inner[3];
    if (chance_one_in(m->c, 25))
        return one_member(m->a, S("$expr"), any_expression(m, in, 3));
    struct buf path;
    buf_init(&path, m->a, 4096);
    const struct field *f = NULL;
    for (unsigned hop = 0; hop < 4; hop++) {
        size_t i = chance_of(m->c, in->field_count);
        if (!field_set_has(&in->all_fields, i) || (f && in->fields[i].is_meta && hop > 1))
            i = META_ID;
        f = any_back(m, in);
        f = f ? f : &in->fields[i];
        struct json part;
        if (hop == 0 && any_part(m, f, &part))
            return part;
        f = chance_one_in(m->c, 2) ? any_target(m, f) : f;
        buf_add(&path, hop ? S(".") : S(""));
        buf_add(&path, f->name);
        if (!(f->kind->flags & KIND_REF) || !f->to || chance_one_in(m->c, 2))
            break;
        in = f->to;
        f = NULL;
    }
    if (!f) {
        buf_add(&path, S("._id"));
        f = &in->fields[META_ID];
    }
    const struct kind *kind = f->kind;
    if ((kind->flags & KIND_DEEP) && !chance_one_in(m->c, 3)) {
        static const str names[] = {STR(".a"), STR(".n"), STR(".t"), STR(".a.a")};
        size_t which = chance_of(m->c, COUNTOF(names));
        inner[0] = kind_find(S("text"));
        inner[1] = kind_find(S("number"));
        inner[2] = kind_find(S("text"));
        buf_add(&path, names[which]);
        kind = inner[which % 3];
    }
    str op = operators[chance_of(m->c, COUNTOF(operators))];
    if (chance_one_in(m->c, 4)) {
        str word = functions[chance_of(m->c, COUNTOF(functions))];
        str name = arena_format(m->a, STR_FMT "(" STR_FMT ")", STR_ARG(word), STR_ARG(buf_str(&path)));
        struct json operand = str_equal(op, S("$exists")) ? json_of_bool(true) : result_for(m, word, op);
        return one_member(m->a, name, one_member(m->a, op, operand));
    }
    return one_member(m->a, buf_str(&path), one_member(m->a, op, operand_for(m, f, kind, op)));
}

/* Depth: three. */
static struct json any_filter(struct maker *m, const struct collection *in, unsigned depth)
{
    static const str joins[] = {STR("$and"), STR("$or"), STR("$nor")};
    struct json some;
    if (depth > 0 && chance_one_in(m->c, 5) && any_quantifier(m, in, depth, &some))
        return some;
    if (depth == 0 || chance_one_in(m->c, 2))
        return any_test(m, in);
    size_t n = 1 + chance_of(m->c, chance_one_in(m->c, 20) ? 12 : 3);
    struct json *items = NEW_N(m->a, struct json, n);
    for (size_t i = 0; i < n; i++)
        items[i] = any_filter(m, in, depth - 1);
    return one_member(m->a, joins[chance_of(m->c, COUNTOF(joins))], json_of_list(items, n));
}

const struct filter *chance_filter(struct chance *c, struct engine_bench *b, const struct collection *in)
{
    struct maker m = {c, b->arena};
    struct filter_options options = {.dialect = JSON_STRICT, .allow_vars = true, .where = STR("filter")};
    for (unsigned tries = 0; tries < 500; tries++) {
        struct json text = any_filter(&m, in, 3);
        struct json *kept = NEW(b->arena, struct json);
        struct problem why = {.arena = b->arena};
        const struct filter *f = NULL;
        *kept = text;
        if (filter_read(b->arena, b->model, in, kept, &options, &f, &why) == ERR_OK)
            return f;
    }
    return &filter_all;
}

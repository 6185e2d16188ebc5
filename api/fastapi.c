#include "api/fastapi.h"

#include "api/answer.h"
#include "api/problem.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/utf8.h"

void fast_begin(struct fast_faults *f, struct exchange *x)
{
    *f = (struct fast_faults){.arena = x->arena};
}

void fast_add(struct fast_faults *f, struct json loc, const char *type, str message, const struct json *input,
              const struct json *ctx)
{
    if (f->count == LIMIT_FAULTS)
        return;
    if (!f->list)
        f->list = NEW_N(f->arena, struct json, LIMIT_FAULTS);
    struct json *m = NEW_N(f->arena, struct json, 5);
    m[0] = json_named(S("type"), json_of_text(str_of(type)));
    m[1] = json_named(S("loc"), loc);
    m[2] = json_named(S("msg"), json_of_text(message));
    m[3] = json_named(S("input"), input ? *input : json_null);
    if (ctx)
        m[4] = json_named(S("ctx"), *ctx);
    f->list[f->count++] = json_of_map(m, ctx ? 5 : 4);
}

/* Where a value stands: the way to it, and what may be said of it. */
struct place {
    struct fast_faults *faults;
    const struct place *in; /* NULL: at the top */
    struct json step;       /* a text or a number */
    bool is_secret;
};

static struct json way_to(const struct place *p)
{
    size_t depth = 0;
    for (const struct place *q = p; q; q = q->in)
        depth++;
    struct json *steps = NEW_N(p->faults->arena, struct json, depth);
    for (size_t i = depth; p; p = p->in)
        steps[--i] = p->step;
    return json_of_list(steps, depth);
}

static void fault(const struct place *p, const char *type, str message, const struct json *input, const struct json *ctx)
{
    static const struct json hidden = {.type = JSON_TEXT, .text = STR("**********")};
    fast_add(p->faults, way_to(p), type, message, p->is_secret ? &hidden : input, ctx);
}

static struct json one_member(struct arena *a, str name, struct json v)
{
    struct json *m = NEW(a, struct json);
    *m = json_named(name, v);
    return json_of_map(m, 1);
}

/* ---- values by kind; false: a fault was added */

static bool take_word_of_truth(str s, bool *out)
{
    static const str words[2][6] = {{STR("0"), STR("false"), STR("f"), STR("no"), STR("n"), STR("off")},
                                    {STR("1"), STR("true"), STR("t"), STR("yes"), STR("y"), STR("on")}};
    for (size_t i = 0; i < 12; i++)
        if (str_equal_nocase(s, words[i / 6][i % 6])) {
            *out = i >= 6;
            return true;
        }
    return false;
}

static bool take_bool(const struct place *p, const struct json *v, void *into)
{
    bool value = false;
    bool is_number = v->type == JSON_INT || v->type == JSON_REAL;
    double number = v->type == JSON_INT ? (double)v->integer : v->type == JSON_REAL ? v->real : 0;
    if (v->type == JSON_BOOL)
        value = v->boolean;
    else if (is_number && (number == 0 || number == 1))
        value = number == 1;
    else if (is_number || (v->type == JSON_TEXT && !take_word_of_truth(v->text, &value)))
        return fault(p, "bool_parsing", S("Input should be a valid boolean, unable to interpret input"), v, NULL), false;
    else if (v->type != JSON_TEXT)
        return fault(p, "bool_type", S("Input should be a valid boolean"), v, NULL), false;
    memcpy(into, &value, sizeof value);
    return true;
}

static bool in_bounds(const struct place *p, const struct fast_field *f, const struct json *v, int64_t n)
{
    if (f->least >= f->most || (n >= f->least && n <= f->most))
        return true;
    bool low = n < f->least;
    struct json bound = json_of_int(low ? f->least : f->most);
    struct json ctx = one_member(p->faults->arena, low ? S("ge") : S("le"), bound);
    str text = arena_format(p->faults->arena, "Input should be %s than or equal to %lld", low ? "greater" : "less",
                            (long long)bound.integer);
    fault(p, low ? "greater_than_equal" : "less_than_equal", text, v, &ctx);
    return false;
}

static bool take_int(const struct place *p, const struct fast_field *f, const struct json *v, void *into)
{
    int64_t n = 0;
    if (v->type == JSON_INT)
        n = v->integer;
    else if (v->type == JSON_BOOL)
        n = v->boolean;
    else if (v->type == JSON_REAL && v->real >= -0x1p53 && v->real <= 0x1p53 && (double)(int64_t)v->real == v->real)
        n = (int64_t)v->real;
    else if (v->type == JSON_REAL)
        return fault(p, "int_from_float", S("Input should be a valid integer, got a number with a fractional part"), v, NULL), false;
    else if (v->type != JSON_TEXT)
        return fault(p, "int_type", S("Input should be a valid integer"), v, NULL), false;
    else if (!str_to_i64(str_trim(v->text), &n))
        return fault(p, "int_parsing", S("Input should be a valid integer, unable to parse string as an integer"), v, NULL), false;
    if (!in_bounds(p, f, v, n))
        return false;
    memcpy(into, &n, sizeof n);
    return true;
}

static bool fits_length(const struct place *p, const struct fast_field *f, const struct json *v)
{
    int64_t characters = f->least < f->most ? (int64_t)utf8_length(v->text) : 0;
    if (f->least >= f->most || (characters >= f->least && characters <= f->most))
        return true;
    bool is_short = characters < f->least;
    struct json bound = json_of_int(is_short ? f->least : f->most);
    struct json ctx = one_member(p->faults->arena, is_short ? S("min_length") : S("max_length"), bound);
    str text = arena_format(p->faults->arena, "String should have at %s %lld character%s", is_short ? "least" : "most",
                            (long long)bound.integer, bound.integer == 1 ? "" : "s");
    fault(p, is_short ? "string_too_short" : "string_too_long", text, v, &ctx);
    return false;
}

/* 'a', 'b' or 'c' */
static str listed(struct arena *a, const str *words)
{
    struct buf b;
    buf_init(&b, a, LIMIT_TEXT_BYTES);
    for (size_t i = 0; words[i].at; i++) {
        buf_add(&b, i == 0 ? S("'") : words[i + 1].at ? S(", '") : S(" or '"));
        buf_add(&b, words[i]);
        buf_byte(&b, '\'');
    }
    return buf_str(&b);
}

static bool is_word(const struct place *p, const struct fast_field *f, const struct json *v)
{
    for (size_t i = 0; f->words[i].at; i++)
        if (v->type == JSON_TEXT && str_equal(v->text, f->words[i]))
            return true;
    str words = listed(p->faults->arena, f->words);
    struct json ctx = one_member(p->faults->arena, S("expected"), json_of_text(words));
    fault(p, "enum", arena_format(p->faults->arena, "Input should be " STR_FMT, STR_ARG(words)), v, &ctx);
    return false;
}

static bool is_uuid(const struct place *p, const struct json *v)
{
    size_t digits = 0, dashes = 0;
    bool strange = false;
    for (size_t i = 0; i < v->text.len; i++) {
        bool dash = v->text.at[i] == '-';
        digits += hex_digit(v->text.at[i]) >= 0;
        dashes += dash && (i == 8 || i == 13 || i == 18 || i == 23);
        strange |= hex_digit(v->text.at[i]) < 0 && !dash;
    }
    if (digits == 32 && (v->text.len == 32 || (v->text.len == 36 && dashes == 4)))
        return true;
    struct arena *a = p->faults->arena;
    str cause = strange ? S("invalid character in it")
                        : arena_format(a, "invalid length: expected length 32 for simple format, found %zu", v->text.len);
    struct json ctx = one_member(a, S("error"), json_of_text(cause));
    fault(p, "uuid_parsing", arena_format(a, "Input should be a valid UUID, " STR_FMT, STR_ARG(cause)), v, &ctx);
    return false;
}

static bool take_text(const struct place *p, const struct fast_field *f, const struct json *v, void *into)
{
    if (f->kind == FAST_WORD && !is_word(p, f, v))
        return false;
    if (v->type != JSON_TEXT) {
        bool uuid = f->kind == FAST_UUID;
        fault(p, uuid ? "uuid_type" : "string_type",
              uuid ? S("UUID input should be a string, bytes or UUID object") : S("Input should be a valid string"), v, NULL);
        return false;
    }
    if (f->kind == FAST_UUID ? !is_uuid(p, v) : !fits_length(p, f, v))
        return false;
    memcpy(into, &v->text, sizeof v->text);
    return true;
}

static void take_map(const struct place *p, const struct json *map, const struct fast_shape *shape, void *into);

static bool need_map(const struct place *p, const struct json *v)
{
    if (v->type == JSON_MAP)
        return true;
    fault(p, "model_attributes_type", S("Input should be a valid dictionary or object to extract fields from"), v, NULL);
    return false;
}

static bool take_maps(const struct place *p, const struct fast_field *f, const struct json *v, void *into)
{
    if (v->type != JSON_LIST)
        return fault(p, "list_type", S("Input should be a valid list"), v, NULL), false;
    struct fast_list list = {.count = v->count};
    char *items = arena_get(p->faults->arena, v->count + 1, f->maps->bytes);
    for (uint32_t i = 0; i < v->count; i++) {
        struct place at = {p->faults, p, json_of_int(i), p->is_secret};
        if (need_map(&at, &v->items[i]))
            take_map(&at, &v->items[i], f->maps, items + i * f->maps->bytes);
    }
    list.items = items;
    memcpy(into, &list, sizeof list);
    return true;
}

static void take(const struct place *p, const struct fast_field *f, const struct json *v, void *into)
{
    if (v->type == JSON_NULL && (f->flags & FAST_NULLABLE))
        return;
    switch (f->kind) {
    case FAST_BOOL: (void)take_bool(p, v, into); break;
    case FAST_INT: (void)take_int(p, f, v, into); break;
    case FAST_TEXT:
    case FAST_WORD:
    case FAST_UUID: (void)take_text(p, f, v, into); break;
    case FAST_MAPS: (void)take_maps(p, f, v, into); break;
    case FAST_JSON: memcpy(into, &(const struct json *){v}, sizeof v); break;
    }
}

/* ---- maps */

static const struct fast_field *field_of(const struct fast_shape *shape, str name)
{
    for (size_t i = 0; i < shape->count; i++)
        if (str_equal(shape->fields[i].name, name))
            return &shape->fields[i];
    return NULL;
}

/* The whole of it is the input of a fault; its secrets are not. */
static const struct json *sayable(struct arena *a, const struct json *map, const struct fast_shape *shape)
{
    struct json *members = NEW_N(a, struct json, map->count + 1), *out = NEW(a, struct json);
    for (uint32_t i = 0; i < map->count; i++) {
        const struct fast_field *f = field_of(shape, map->items[i].name);
        bool secret = f && (f->flags & FAST_SECRET);
        members[i] = secret ? json_named(f->name, json_of_text(S("**********"))) : map->items[i];
    }
    *out = json_of_map(members, map->count);
    return out;
}

static void take_map(const struct place *p, const struct json *map, const struct fast_shape *shape, void *into)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct fast_field *f = &shape->fields[i];
        const struct json *v = json_get(map, f->name);
        struct place at = {p->faults, p, json_of_text(f->name), p->is_secret || (f->flags & FAST_SECRET)};
        if (v)
            take(&at, f, v, (char *)into + f->offset);
        else if (f->flags & FAST_REQUIRED)
            fast_add(p->faults, way_to(&at), "missing", S("Field required"), sayable(p->faults->arena, map, shape), NULL);
    }
    for (uint32_t i = 0; shape->closed && i < map->count; i++) {
        struct place at = {p->faults, p, json_of_text(map->items[i].name), p->is_secret};
        if (!field_of(shape, map->items[i].name))
            fault(&at, "extra_forbidden", S("Extra inputs are not permitted"), &map->items[i], NULL);
    }
}

void fast_body(struct fast_faults *f, const struct json *body, const struct fast_shape *shape, void *into)
{
    struct place top = {f, NULL, json_of_text(S("body")), false};
    if (!body)
        fault(&top, "missing", S("Field required"), NULL, NULL);
    else if (need_map(&top, body))
        take_map(&top, body, shape, into);
}

void fast_values(struct fast_faults *f, const char *in, const struct pair *pairs, size_t count,
                 const struct fast_shape *shape, void *into)
{
    struct place top = {f, NULL, json_of_text(str_of(in)), false};
    for (size_t i = 0; i < shape->count; i++) {
        const struct fast_field *field = &shape->fields[i];
        struct place at = {f, &top, json_of_text(field->name), (field->flags & FAST_SECRET) != 0};
        bool found = false;
        for (size_t k = 0; k < count && !found; k++) {
            struct json v = json_of_text(pairs[k].value);
            found = str_equal(pairs[k].name, field->name);
            if (found)
                take(&at, field, &v, (char *)into + field->offset);
        }
        if (!found && (field->flags & FAST_REQUIRED))
            fast_add(f, way_to(&at), "missing", S("Field required"), NULL, NULL);
    }
}

/* ---- reading and answering */

/* base/json.h names the place in its sentence. */
static int64_t offset_in(str sentence)
{
    str head, rest, digits;
    uint64_t n = 0;
    bool ended = false;
    for (str all = sentence; str_next(&all, &ended, '(', &head);)
        if (str_starts(head, S("byte ")) && str_cut(str_slice(head, 5, head.len), ')', &digits, &rest) &&
            str_to_u64(digits, LIMIT_TEXT_BYTES, &n))
            return (int64_t)n;
    return 0;
}

enum err fast_read(struct fast_faults *f, struct exchange *x, const struct json **body, bool *is_json, struct problem *why)
{
    struct problem own = {.arena = x->arena};
    str text;
    *body = NULL;
    *is_json = true;
    TRY(exchange_body(x, &text, why));
    if (text.len == 0)
        return ERR_OK;
    str type = exchange_header(x, S("content-type"));
    if (!str_is_absent(type) && !media_is_json(type)) {
        struct json *v = NEW(x->arena, struct json);
        *v = json_of_text(utf8_valid(text) ? text : S(""));
        *body = v;
        return ERR_OK;
    }
    if (json_read(x->arena, text, NULL, S(""), body, &own) == ERR_OK)
        return ERR_OK;
    struct json *steps = NEW_N(x->arena, struct json, 2), empty = json_of_map(&json_null, 0);
    steps[0] = json_of_text(S("body"));
    steps[1] = json_of_int(offset_in(own.text));
    struct json ctx = one_member(x->arena, S("error"), json_of_text(own.text));
    fast_add(f, json_of_list(steps, 2), "json_invalid", S("JSON decode error"), &empty, &ctx);
    *is_json = false;
    return ERR_OK;
}

enum err fast_refuse(struct exchange *x, const struct fast_faults *f)
{
    struct problem why = {.arena = x->arena, .err = ERR_INVALID};
    struct json detail = json_of_list(f->list, f->count), map = one_member(x->arena, S("detail"), detail);
    problem_headers(x, &why);
    exchange_send_json(x, 422, json_print(x->arena, &map));
    return ERR_OK;
}

void fast_send_detail(struct exchange *x, const struct problem *why, str text)
{
    struct json map = one_member(x->arena, S("detail"), json_of_text(text));
    problem_headers(x, why);
    exchange_send_json(x, err_facts(why->err)->http_status, json_print(x->arena, &map));
}

void fast_problem(struct exchange *x, const struct problem *why)
{
    bool nowhere = why->err == ERR_NOT_FOUND && !x->route;
    if (why->err == ERR_INTERNAL)
        fast_send_detail(x, why, S("Internal Server Error"));
    else if (why->err == ERR_BAD_METHOD || nowhere)
        fast_send_detail(x, why, nowhere ? S("Not Found") : S("Method Not Allowed"));
    else
        fast_send_detail(x, why, problem_sentence(x->arena, why));
}

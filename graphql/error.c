/* Errors pile up in a table made with the first of them, so that they stay where they are while more come. */
#include "graphql/error.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- places */

/* Goes on from a place that is known. CRLF ends a line once, with its LF. */
static struct gql_place place_from(struct gql_place place, str text, uint32_t from, uint32_t at)
{
    for (uint32_t i = from; i < at && i < text.len; i++) {
        char c = text.at[i];
        if (c == '\n' || (c == '\r' && (i + 1 == text.len || text.at[i + 1] != '\n'))) {
            place.line++;
            place.column = 1;
        } else if (((unsigned char)c & 0xc0) != 0x80) {
            place.column++;
        }
    }
    return place;
}

struct gql_place gql_place_of(str text, uint32_t at)
{
    return place_from((struct gql_place){1, 1}, text, 0, at);
}

/* ---- errors */

static struct gql_error *fail_with(struct gql_errors *errors, str code, const char *format, va_list args) PRINTF_LIKE(3, 0);

static struct gql_error *fail_with(struct gql_errors *errors, str code, const char *format, va_list args)
{
    char text[LIMIT_GRAPHQL_MESSAGE_BYTES + 5]; /* one more code point, to see where the last one ends */
    if (errors->count == LIMIT_GRAPHQL_ERRORS) {
        errors->is_full = true;
        return NULL;
    }
    if (!errors->items)
        errors->items = NEW_N(errors->arena, struct gql_error, LIMIT_GRAPHQL_ERRORS);
    int n = vsnprintf(text, sizeof text, format, args);
    must(n >= 0);
    size_t len = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    struct gql_error *e = &errors->items[errors->count++];
    e->message = arena_copy(errors->arena, utf8_cut((str){text, len}, LIMIT_GRAPHQL_MESSAGE_BYTES));
    e->code = code;
    return e;
}

struct gql_error *gql_fail(struct gql_errors *errors, str code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct gql_error *e = fail_with(errors, code, format, args);
    va_end(args);
    return e;
}

struct gql_error *gql_fail_limit(struct gql_errors *errors, str limit, uint64_t max, uint64_t actual, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct gql_error *e = fail_with(errors, GQL_LIMIT, format, args);
    va_end(args);
    if (!e)
        return NULL;
    struct json *members = NEW_N(errors->arena, struct json, 3), *more = NEW(errors->arena, struct json);
    members[0] = json_named(S("limit"), json_of_text(limit));
    members[1] = json_named(S("max"), json_of_int((int64_t)max));
    members[2] = json_named(S("actual"), json_of_int((int64_t)actual));
    *more = json_of_map(members, 3);
    e->more = more;
    return e;
}

void gql_fail_at(struct gql_errors *errors, struct gql_error *e, str text, uint32_t at)
{
    if (!e || e->place_count == LIMIT_GRAPHQL_PLACES)
        return;
    if (errors->last.text.at != text.at || errors->last.at > at || !errors->last.place.line) {
        errors->last.text = text;
        errors->last.at = 0;
        errors->last.place = (struct gql_place){1, 1};
    }
    struct gql_place place = place_from(errors->last.place, text, errors->last.at, at);
    errors->last.place = place;
    errors->last.at = at;
    /* Room is the next power of two. Most errors have one place. */
    size_t n = e->place_count;
    struct gql_place *places = NULL;
    if ((n & (n - 1)) == 0) {
        places = NEW_N(errors->arena, struct gql_place, n ? 2 * n : 1);
        if (n)
            memcpy(places, e->places, n * sizeof *places);
        e->places = places;
    } else {
        places = (struct gql_place *)(uintptr_t)e->places; /* made above */
    }
    places[n] = place;
    e->place_count = n + 1;
}

void gql_fail_path(struct gql_errors *errors, struct gql_error *e, const struct gql_path *path)
{
    if (!e)
        return;
    size_t count = 0, i = 0;
    for (const struct gql_path *p = path; p; p = p->in)
        count++;
    struct json *items = NEW_N(errors->arena, struct json, count + 1), *list = NEW(errors->arena, struct json);
    for (const struct gql_path *p = path; p; p = p->in, i++)
        items[count - 1 - i] = p->key.at ? json_of_text(arena_copy(errors->arena, p->key)) : json_of_int(p->index);
    *list = json_of_list(items, count);
    e->path = list;
}

/* ---- problems of doors */

static struct json faults_of(struct arena *a, const struct problem *why)
{
    struct json *items = NEW_N(a, struct json, why->fault_count);
    for (size_t i = 0; i < why->fault_count; i++) {
        const struct fault *f = &why->faults[i];
        struct json *members = NEW_N(a, struct json, 3);
        members[0] = json_named(S("path"), json_of_text(arena_copy(a, f->path)));
        members[1] = json_named(S("code"), json_of_text(arena_copy(a, f->rule)));
        members[2] = json_named(S("message"), json_of_text(arena_copy(a, f->text)));
        items[i] = json_of_map(members, 3);
    }
    return json_of_list(items, why->fault_count);
}

/* What the problem says beside its sentence; NULL: nothing. */
static const struct json *more_of(struct arena *a, const struct problem *why)
{
    uint32_t extra = why->more && why->more->type == JSON_MAP ? why->more->count : 0, n = 0;
    struct json *members = NEW_N(a, struct json, (size_t)extra + 2), *map = NEW(a, struct json);
    if (why->fault_count)
        members[n++] = json_named(S("errors"), faults_of(a, why));
    if (why->retry_after_s)
        members[n++] = json_named(S("retryAfter"), json_of_int(why->retry_after_s));
    for (uint32_t i = 0; i < extra; i++)
        if (!str_equal(why->more->items[i].name, S("errors")) && !str_equal(why->more->items[i].name, S("code")))
            members[n++] = json_named(arena_copy(a, why->more->items[i].name), json_copy(a, &why->more->items[i]));
    if (!n)
        return NULL;
    *map = json_of_map(members, n);
    return map;
}

struct gql_error *gql_fail_problem(struct gql_errors *errors, const struct problem *why)
{
    if (errors->count == LIMIT_GRAPHQL_ERRORS) { /* a row after the other may fail: nothing is written down for these */
        errors->is_full = true;
        return NULL;
    }
    str said = problem_sentence(errors->arena, why);
    struct gql_error *e = gql_fail(errors, err_facts(why->err)->graphql_code, STR_FMT ".", STR_ARG(said));
    if (e && why->err != ERR_INTERNAL)
        e->more = more_of(errors->arena, why);
    return e;
}

/* ---- into the answer */

static void write_places(struct json_writer *w, const struct gql_error *e)
{
    json_name(w, S("locations"));
    json_list_open(w);
    for (size_t i = 0; i < e->place_count; i++) {
        json_map_open(w);
        json_name(w, S("line"));
        json_uint(w, e->places[i].line);
        json_name(w, S("column"));
        json_uint(w, e->places[i].column);
        json_map_close(w);
    }
    json_list_close(w);
}

static void write_error(struct json_writer *w, const struct gql_error *e)
{
    json_map_open(w);
    json_name(w, S("message"));
    json_text(w, e->message);
    if (e->place_count)
        write_places(w, e);
    if (e->path) {
        json_name(w, S("path"));
        json_value(w, e->path);
    }
    if (!e->code.len) { /* zot's errors have no code */
        json_map_close(w);
        return;
    }
    json_name(w, S("extensions"));
    json_map_open(w);
    json_name(w, S("code"));
    json_text(w, e->code);
    for (uint32_t i = 0; e->more && i < e->more->count; i++) {
        json_name(w, e->more->items[i].name);
        json_value(w, &e->more->items[i]);
    }
    json_map_close(w);
    json_map_close(w);
}

void gql_write_errors(struct json_writer *w, const struct gql_errors *errors)
{
    static const struct gql_error more = {.message = STR("There are more errors than those that are listed."),
                                          .code = STR("LIMIT_EXCEEDED")};
    json_list_open(w);
    for (size_t i = 0; i < errors->count; i++)
        write_error(w, &errors->items[i]);
    if (errors->is_full)
        write_error(w, &more);
    json_list_close(w);
}

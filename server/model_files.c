#include "server/model_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

#define MODEL_FILE_BYTES (8u << 20)
#define MODEL_LINE_BYTES 100u

/* Writing: a value on one line when it fits, else a member a line. */

static void indent(struct buf *b, unsigned depth)
{
    buf_byte(b, '\n');
    for (unsigned i = 0; i < depth; i++)
        buf_add(b, S("  "));
}

/* Recursion: definitions are as deep as JSON may be (LIMIT_JSON_DEPTH). */
static void write_value(struct arena *a, struct buf *b, const struct json *v, unsigned depth)
{
    bool is_map = v->type == JSON_MAP;
    str flat = json_print(a, v);
    if ((!is_map && v->type != JSON_LIST) || v->count == 0 || (depth > 0 && flat.len + 2u * depth <= MODEL_LINE_BYTES)) {
        buf_add(b, flat);
        return;
    }
    buf_byte(b, is_map ? '{' : '[');
    for (uint32_t i = 0; i < v->count; i++) {
        buf_add(b, i > 0 ? S(",") : S(""));
        indent(b, depth + 1);
        if (is_map) {
            buf_json_text(b, v->items[i].name);
            buf_add(b, S(": "));
        }
        write_value(a, b, &v->items[i], depth + 1);
    }
    indent(b, depth);
    buf_byte(b, is_map ? '}' : ']');
}

str model_file_text(struct arena *a, const struct json *definition)
{
    struct buf b;
    buf_init(&b, a, LIMIT_DEFINITION_BYTES);
    write_value(a, &b, definition, 0);
    buf_byte(&b, '\n');
    return buf_str(&b);
}

/* Reading. */

static void add(struct arena *a, struct definition_list *list, const struct json *one)
{
    list->items = arena_grow(a, list->items, list->count * sizeof *list->items, (list->count + 1) * sizeof *list->items);
    list->items[list->count++] = one;
}

static enum err read_file(struct call *c, str path, struct definition_list *out)
{
    str text;
    const struct json *file;
    TRY(call_file(c, path, MODEL_FILE_BYTES, &text));
    TRY(json_read(c->arena, text, &(struct json_options){.dialect = JSON_5}, path, &file, c->why));
    const struct json *inner = json_get(file, S("collections"));
    file = inner ? inner : file;
    for (uint32_t i = 0; file->type == JSON_LIST && i < file->count; i++)
        add(c->arena, out, &file->items[i]);
    if (file->type != JSON_LIST)
        add(c->arena, out, file);
    return ERR_OK;
}

static int by_text(const void *a, const void *b)
{
    return str_order(*(const str *)a, *(const str *)b);
}

struct names {
    str *at;
    size_t count;
};

/* Names of a directory's files of definitions, in order. */
static enum err list_directory(struct call *c, str path, struct names *out)
{
    DIR *d = opendir(arena_cstr(c->arena, path));
    *out = (struct names){0};
    if (!d)
        return problem_set(c->why, ERR_NOT_FOUND, STR_FMT ": %s", STR_ARG(path), strerror(errno));
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
        str name = str_of(e->d_name);
        if (name.at[0] == '.' || !str_ends(name, S(".json")))
            continue;
        out->at = arena_grow(c->arena, out->at, out->count * sizeof(str), (out->count + 1) * sizeof(str));
        out->at[out->count++] = arena_copy(c->arena, name);
    }
    (void)closedir(d);
    if (out->count > 1)
        qsort(out->at, out->count, sizeof(str), by_text);
    return ERR_OK;
}

static bool is_directory(struct call *c, str path)
{
    struct stat s;
    return stat(arena_cstr(c->arena, path), &s) == 0 && S_ISDIR(s.st_mode);
}

enum err model_files_read(struct call *c, str path, struct definition_list *out)
{
    struct names names;
    *out = (struct definition_list){0};
    if (!is_directory(c, path))
        return read_file(c, path, out);
    TRY(list_directory(c, path, &names));
    for (size_t i = 0; i < names.count; i++)
        TRY(read_file(c, arena_format(c->arena, STR_FMT "/" STR_FMT, STR_ARG(path), STR_ARG(names.at[i])), out));
    return ERR_OK;
}

static bool says_the_same(struct call *c, str path, str text)
{
    struct problem quiet = {.arena = c->arena}, *why = c->why;
    str now = {0};
    c->why = &quiet;
    enum err e = access(arena_cstr(c->arena, path), F_OK) == 0 ? call_file(c, path, MODEL_FILE_BYTES, &now) : ERR_NOT_FOUND;
    c->why = why;
    return e == ERR_OK && str_equal(now, text);
}

/* Whole or not at all. */
static enum err write_file(struct call *c, str path, str text)
{
    const char *to = arena_cstr(c->arena, path), *fresh = arena_cstr(c->arena, arena_format(c->arena, STR_FMT ".new", STR_ARG(path)));
    FILE *f = fopen(fresh, "wb");
    bool good = f && fwrite(text.at, 1, text.len, f) == text.len;
    good = f && fclose(f) == 0 && good;
    if (good && rename(fresh, to) == 0)
        return ERR_OK;
    (void)unlink(fresh);
    return problem_set(c->why, ERR_UNAVAILABLE, STR_FMT " cannot be written: %s", STR_ARG(path), strerror(errno));
}

static bool has_name(const struct definition_list *list, str file)
{
    str name = str_slice(file, 0, file.len - 5); /* ".json" */
    for (size_t i = 0; i < list->count; i++)
        if (json_is_text(json_get(list->items[i], S("name")), name))
            return true;
    return false;
}

static enum err settle_others(struct call *c, str path, const struct definition_list *list, bool removes, struct definition_list *left)
{
    struct names names;
    TRY(list_directory(c, path, &names));
    for (size_t i = 0; i < names.count; i++) {
        if (has_name(list, names.at[i]))
            continue;
        str file = arena_format(c->arena, STR_FMT "/" STR_FMT, STR_ARG(path), STR_ARG(names.at[i]));
        struct json *name = NEW(c->arena, struct json);
        *name = json_of_text(names.at[i]);
        add(c->arena, left, name);
        if (removes && unlink(arena_cstr(c->arena, file)) != 0)
            return problem_set(c->why, ERR_UNAVAILABLE, STR_FMT " cannot be removed: %s", STR_ARG(file), strerror(errno));
    }
    return ERR_OK;
}

enum err model_files_write(struct call *c, str path, const struct definition_list *list, bool removes, size_t *written,
                           struct definition_list *left)
{
    *written = 0;
    *left = (struct definition_list){0};
    if (!is_directory(c, path) && mkdir(arena_cstr(c->arena, path), 0777) != 0)
        return problem_set(c->why, ERR_UNAVAILABLE, STR_FMT " cannot be made: %s", STR_ARG(path), strerror(errno));
    for (size_t i = 0; i < list->count; i++) {
        str name = json_get(list->items[i], S("name"))->text; /* letters, digits and _ */
        str file = arena_format(c->arena, STR_FMT "/" STR_FMT ".json", STR_ARG(path), STR_ARG(name));
        str text = model_file_text(c->arena, list->items[i]);
        if (says_the_same(c, file, text))
            continue;
        TRY(write_file(c, file, text));
        *written += 1;
    }
    return settle_others(c, path, list, removes, left);
}

/* Contents of Cockpit 2: what is where, and in which order it comes (import_cockpit.h). */
#include "server/transfer/import_cockpit.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "server/transfer/import_sources.h"

/* Documents. */

struct rows {
    struct foreign_sink sink;         /* first */
    struct cockpit *c;
    struct cockpit_sink *to;
    struct arena *(*into)(struct transfer *t);
    struct arena *own;
    str table;
};

static enum err row(struct foreign_sink *self, const struct json *columns, struct problem *why)
{
    struct rows *r = (struct rows *)(void *)self;
    struct arena *a = r->into ? r->into(r->c->to) : r->own;
    const struct json *document;
    struct problem own = {.arena = r->c->arena};
    if (!r->into)
        arena_reset(r->own);
    str text = text_member(columns, S("document"));
    if (json_read(a, arena_copy(a, text), NULL, r->table, &document, &own) != ERR_OK || document->type != JSON_MAP)
        return problem_set(why, ERR_BAD_INPUT, "A document in the table " STR_FMT " is broken: nothing was imported", STR_ARG(r->table));
    return r->to->document(r->to, a, document, why);
}

static enum err has_table(struct foreign *f, str table, bool *out, struct problem *why)
{
    struct arena *a = arena_open(4096);
    str *names;
    size_t count = 0;
    enum err e = foreign_tables(f, a, &names, &count, why);
    *out = false;
    for (size_t i = 0; i < count; i++)
        *out |= str_equal(names[i], table);
    arena_close(a);
    return e;
}

enum err cockpit_documents(struct cockpit *c, struct foreign *from, str table, struct cockpit_sink *sink,
                           struct arena *(*into)(struct transfer *t))
{
    bool is_there = false;
    if (from)
        TRY(has_table(from, table, &is_there, c->why));
    if (!is_there)
        return ERR_OK;
    struct rows r = {{row}, c, sink, into, arena_open(16u << 10), table};
    enum err e = foreign_rows(from, table, &r.sink, c->why);
    arena_close(r.own);
    return e;
}

/* The folder. */

static bool is_folder(struct arena *a, str path)
{
    struct stat st;
    return stat(arena_cstr(a, path), &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_file(struct arena *a, str path)
{
    struct stat st;
    return stat(arena_cstr(a, path), &st) == 0 && S_ISREG(st.st_mode);
}

static enum err open_beside(struct cockpit *c, const char *name, struct foreign **out)
{
    str path = arena_format(c->arena, STR_FMT "/data/%s.sqlite", STR_ARG(c->storage), name);
    return is_file(c->arena, path) ? foreign_open(path, out, c->why) : ERR_OK;
}

static enum err find_storage(struct cockpit *c, str path)
{
    c->storage = arena_format(c->arena, STR_FMT "/storage", STR_ARG(path));
    if (!is_folder(c->arena, c->storage))
        c->storage = path;
    str content = arena_format(c->arena, STR_FMT "/data/content.sqlite", STR_ARG(c->storage));
    if (!is_file(c->arena, content))
        return problem_set(c->why, ERR_NOT_FOUND,
                           STR_FMT " is no folder of Cockpit 2 with its contents in SQLite: there is no storage/data/content.sqlite", STR_ARG(path));
    TRY(foreign_open(content, &c->content, c->why));
    TRY(open_beside(c, "system", &c->system));
    TRY(open_beside(c, "app", &c->files));
    return open_beside(c, "assets", &c->folders);
}

/* Looks first, then writes. */
static enum err look(struct cockpit *c, str path)
{
    TRY(find_storage(c, path));
    TRY(cockpit_read_models(c));
    TRY(cockpit_compile(c));
    TRY(cockpit_look_at_assets(c));
    TRY(cockpit_look_at_items(c));
    return cockpit_look_at_people(c);
}

static enum err take(struct cockpit *c)
{
    TRY(cockpit_define(c));
    TRY(cockpit_take_languages(c));
    TRY(cockpit_take_people(c));
    TRY(cockpit_take_assets(c));
    TRY(cockpit_take_items(c));
    return cockpit_take_keys(c);
}

enum err import_cockpit(struct transfer *t, const char *path, struct problem *why)
{
    struct cockpit *c = calloc(1, sizeof *c);
    must(c != NULL);
    c->to = t;
    c->why = why;
    c->arena = arena_open(64u << 10);
    c->names = (struct import_names){.arena = c->arena, .of_collections = true};
    c->ids = map_new(c->arena, 1024);
    c->roles = map_new(c->arena, 16);
    enum err e = look(c, str_of(path));
    if (e == ERR_OK)
        e = take(c);
    foreign_close(c->content);
    foreign_close(c->system);
    foreign_close(c->files);
    foreign_close(c->folders);
    arena_close(c->arena);
    free(c);
    return e;
}

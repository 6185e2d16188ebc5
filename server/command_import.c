/* import: items out of a file, with a progress bar on a terminal; 200,000 rows need no more memory than one
 * thousand (intake.h). Whole archives are command_transfer.c. */
#include "base/limits.h"
#include "content/change/from_text.h"
#include "server/command.h"
#include "server/transfer/intake.h"
#include "server/transfer/rows.h"

/* A field of the item by a column of the file: --map title=Heading; what is not named keeps its name. "": left out. */
struct mapping {
    str field, column;
};
#define MAPPINGS 64u

struct import {
    struct intake *intake;
    struct rows *rows;
    struct mapping map[MAPPINGS];
    size_t map_count;
};

static enum err read_mappings(struct call *c, struct import *m)
{
    str given[MAPPINGS];
    m->map_count = call_options(c, "map", given, MAPPINGS);
    for (size_t i = 0; i < m->map_count; i++) {
        size_t at;
        if (!str_find(given[i], '=', &at))
            return problem_set(c->why, ERR_BAD_INPUT, "--map takes FIELD=COLUMN, not " STR_FMT, STR_ARG(given[i]));
        m->map[i] = (struct mapping){str_slice(given[i], 0, at), str_slice(given[i], at + 1, given[i].len)};
    }
    return ERR_OK;
}

/* The field that a column goes to; {0}: none. */
static str field_of(const struct import *m, str column)
{
    for (size_t i = 0; i < m->map_count; i++)
        if (str_equal(m->map[i].column, column))
            return m->map[i].field;
    return column;
}

static struct json mapped(struct import *m, const struct json *row)
{
    struct json *members = NEW_N(intake_arena(m->intake), struct json, row->count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; row->type == JSON_MAP && i < row->count; i++) {
        str field = field_of(m, row->items[i].name);
        if (field.len)
            members[count++] = json_named(field, row->items[i]);
    }
    return json_of_map(members, count);
}

static enum err import_rows(struct import *m, struct problem *fatal)
{
    for (;;) {
        struct arena *a = intake_arena(m->intake);
        struct problem why = {.arena = a};
        const struct json *row;
        if (rows_next(m->rows, a, &row, &why) != ERR_OK) {
            TRY(intake_refuse(m->intake, rows_line(m->rows), &why, fatal));
            continue;
        }
        if (!row)
            return intake_flush(m->intake, fatal);
        struct json item = json_copy(a, row);
        if (m->map_count && item.type == JSON_MAP)
            item = mapped(m, &item);
        if (rows_are_text(m->rows))
            item = item_from_texts(a, intake_collection(m->intake), &item);
        TRY(intake_take(m->intake, OP_CREATE, &item, rows_line(m->rows), fatal));
        intake_show(m->intake, rows_progress(m->rows));
    }
}

static enum exit_code import_file(struct call *c, struct import *m)
{
    enum err e = intake_into(m->intake, call_option(c, "collection"), c->why);
    if (e == ERR_OK)
        e = import_rows(m, c->why);
    if (e != ERR_OK)
        return call_failed(c, c->why);
    call_print(c, arena_format(c->arena, "%llu imported, %llu refused", (unsigned long long)intake_taken(m->intake),
                               (unsigned long long)intake_refused(m->intake)));
    return intake_refused(m->intake) ? EXIT_DATA : EXIT_OK;
}

enum exit_code command_import(struct call *c)
{
    const struct intake_options options = {.dry_run = call_flag(c, "dry-run"), .replaces = call_flag(c, "replace"), .unit = "line"};
    struct import m = {0};
    enum exit_code code = EXIT_DATA;
    if (c->word_count != 1)
        return call_usage(c, "import needs one file");
    if (!str_is_absent(call_option(c, "from")))
        return command_import_from(c);
    if (str_is_absent(call_option(c, "collection")))
        return call_usage(c, "import needs --collection, or --from for a whole archive");
    if (read_mappings(c, &m) != ERR_OK)
        return call_usage(c, arena_cstr(c->arena, c->why->text));
    if (rows_open(c->arena, c->words[0], &m.rows, c->why) != ERR_OK)
        return call_failed(c, c->why);
    struct app *app = call_open(c, true, &code);
    if (app) {
        m.intake = intake_open(app, &options);
        code = import_file(c, &m);
        intake_close(m.intake);
        app_close(app);
    }
    rows_close(m.rows);
    return code;
}

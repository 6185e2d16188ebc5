/* import, export, check: many items at a time, with a progress bar on a terminal and one arena that is
 * emptied per transaction, so that 200,000 rows need no more memory than one thousand. */
#include <stdio.h>

#include "base/limits.h"
#include "content/from_text.h"
#include "server/command.h"
#include "server/progress.h"
#include "server/rows.h"

#define ROWS_PER_TRANSACTION 1000u

struct import {
    struct call *call;
    struct app *app;
    const struct principal *who;
    const struct collection *in;
    struct rows *rows;
    struct arena *batch;
    struct change changes[ROWS_PER_TRANSACTION];
    struct json items[ROWS_PER_TRANSACTION];
    uint64_t lines[ROWS_PER_TRANSACTION];
    size_t waiting;
    uint64_t taken, refused;
    bool dry_run;
    struct progress_bar bar;
};

static void report(struct import *m, uint64_t line, const struct problem *why)
{
    m->refused++;
    str text = why->fault_count ? why->faults[0].text : why->text;
    progress_clear(&m->bar);
    (void)fprintf(stderr, "line %llu refused: " STR_FMT "\n", (unsigned long long)line, STR_ARG(text));
}

static void show_progress(struct import *m)
{
    progress_draw(&m->bar, rows_progress(m->rows), m->taken + m->waiting);
}

static enum err make_change(struct import *m, const struct json *item, struct change *out, struct problem *why)
{
    *out = (struct change){.op = OP_CREATE};
    return change_read(m->batch, m->in, item, (str){0}, out, why);
}

/* All or, when one of them is at fault, one by one: the good ones of a batch are kept. */
static enum err commit_waiting(struct import *m, struct problem *fatal)
{
    struct problem why = {.arena = m->batch};
    enum err e = m->waiting == 0 ? ERR_OK
                                 : gate_write(m->app->gate, m->who, m->changes, m->waiting, m->batch, &why);
    if (e == ERR_OK) {
        m->taken += m->waiting;
    } else if (e == ERR_UNAVAILABLE || e == ERR_FULL || e == ERR_INTERNAL) {
        return problem_set(fatal, e, STR_FMT, STR_ARG(why.text));
    } else {
        for (size_t i = 0; i < m->waiting; i++) {
            struct problem one = {.arena = m->batch};
            struct change *c = &m->changes[i]; /* made anew: the attempt has filled it in */
            if (make_change(m, &m->items[i], c, &one) == ERR_OK &&
                gate_write(m->app->gate, m->who, c, 1, m->batch, &one) == ERR_OK)
                m->taken++;
            else
                report(m, m->lines[i], &one);
        }
    }
    m->waiting = 0;
    arena_reset(m->batch);
    m->who = principal_system(m->app->gate, m->batch, SYSTEM_COMMAND);
    return ERR_OK;
}

static void take_row(struct import *m, const struct json *row)
{
    struct problem why = {.arena = m->batch};
    struct change *change = &m->changes[m->waiting];
    struct json item = json_copy(m->batch, row);
    if (rows_are_text(m->rows))
        item = item_from_texts(m->batch, m->in, &item);
    enum err e = make_change(m, &item, change, &why);
    if (e == ERR_OK && m->dry_run)
        e = change_check(m->batch, change, &m->who->actor.vars, S(""), &why);
    if (e != ERR_OK) {
        report(m, rows_line(m->rows), &why);
        return;
    }
    m->items[m->waiting] = item;
    m->lines[m->waiting++] = rows_line(m->rows);
}

static enum err import_rows(struct import *m, struct problem *fatal)
{
    const struct json *row;
    for (;;) {
        struct problem why = {.arena = m->batch};
        enum err e = rows_next(m->rows, m->batch, &row, &why);
        if (e != ERR_OK) {
            report(m, rows_line(m->rows), &why);
            continue;
        }
        if (!row)
            break;
        take_row(m, row);
        if (m->waiting == ROWS_PER_TRANSACTION && !m->dry_run)
            TRY(commit_waiting(m, fatal));
        if (m->waiting == ROWS_PER_TRANSACTION) { /* a dry run only counts */
            m->taken += m->waiting;
            m->waiting = 0;
            arena_reset(m->batch);
            m->who = principal_system(m->app->gate, m->batch, SYSTEM_COMMAND);
        }
        show_progress(m);
    }
    if (!m->dry_run)
        return commit_waiting(m, fatal);
    m->taken += m->waiting;
    return ERR_OK;
}

enum exit_code command_import(struct call *c)
{
    enum exit_code code = EXIT_DATA;
    struct import *m = NEW(c->arena, struct import);
    m->call = c;
    m->dry_run = call_flag(c, "dry-run");
    m->bar.unit = "rows";
    str collection = call_option(c, "collection");
    if (str_is_absent(collection) || c->word_count != 1)
        return call_usage(c, "import needs --collection and one file");
    if (rows_open(c->arena, c->words[0], &m->rows, c->why) != ERR_OK)
        return call_failed(c, c->why);
    m->app = call_open(c, true, &code);
    if (!m->app) {
        rows_close(m->rows);
        return code;
    }
    m->batch = arena_open(1u << 20);
    m->who = principal_system(m->app->gate, m->batch, SYSTEM_COMMAND);
    const struct principal *kept = principal_system(m->app->gate, c->arena, SYSTEM_COMMAND); /* keeps the model */
    enum err e = gate_collection(m->app->gate, kept, collection, &m->in, c->why);
    if (e == ERR_OK)
        e = import_rows(m, c->why);
    show_progress(m);
    progress_end(&m->bar);
    if (e == ERR_OK)
        call_print(c, arena_format(c->arena, "%llu imported, %llu refused", (unsigned long long)m->taken,
                                   (unsigned long long)m->refused));
    code = e != ERR_OK ? call_failed(c, c->why) : m->refused ? EXIT_DATA : EXIT_OK;
    struct app *app = m->app;
    rows_close(m->rows);
    arena_close(m->batch);
    arena_reset(c->arena); /* m and the principal go before the gate */
    app_close(app);
    return code;
}

struct line_receiver {
    struct receiver receiver; /* first */
    struct item_writer items;
    struct json_writer json;
    struct buf line;
    FILE *to;
    bool failed;
};

static enum err write_line(struct receiver *self, const struct plan_node *node, const struct row *row,
                           struct problem *why)
{
    struct line_receiver *l = (struct line_receiver *)(void *)self;
    buf_clear(&l->line);
    json_begin(&l->json, &l->line);
    TRY(l->items.receiver.row(&l->items.receiver, node, row, why));
    buf_byte(&l->line, '\n');
    l->failed |= fwrite(l->line.at, 1, l->line.len, l->to) != l->line.len;
    return ERR_OK;
}

static enum err export_items(struct call *c, struct app *app, const struct principal *who, FILE *to)
{
    const struct collection *in;
    struct line_receiver l = {.receiver = {.row = write_line}, .to = to};
    struct page page = {.has_more = true};
    struct arena *a = arena_open(64u << 10);
    str cursor = {0};
    enum err e = gate_collection(app->gate, who, call_option(c, "collection"), &in, c->why);
    buf_init(&l.line, NULL, LIMIT_RESPONSE_BYTES);
    item_writer_init(&l.items, &l.json);
    while (e == ERR_OK && page.has_more && !l.failed) {
        struct problem why = {.arena = a};
        struct query q = {.from = in, .limit = LIMIT_ROWS, .after = cursor};
        query_all_fields(a, &q, NULL);
        e = gate_read(app->gate, who, &q, &l.receiver, &page, &why);
        if (e != ERR_OK)
            e = problem_set(c->why, e, STR_FMT, STR_ARG(why.text));
        cursor = page.has_more ? arena_copy(c->arena, page.next) : (str){0};
        arena_reset(a);
    }
    buf_free(&l.line);
    arena_close(a);
    return l.failed ? problem_set(c->why, ERR_UNAVAILABLE, "The output cannot be written") : e;
}

enum exit_code command_export(struct call *c)
{
    enum exit_code code = EXIT_DATA;
    str output = call_option(c, "output");
    if (str_is_absent(call_option(c, "collection")))
        return call_usage(c, "export needs --collection");
    FILE *to = str_is_absent(output) ? stdout : fopen(arena_cstr(c->arena, output), "wb");
    if (!to)
        return call_usage(c, "The output file cannot be opened");
    struct app *app = call_open(c, false, &code);
    if (app) {
        const struct principal *who = principal_system(app->gate, c->arena, SYSTEM_COMMAND);
        enum err e = export_items(c, app, who, to);
        code = e == ERR_OK ? EXIT_OK : call_failed(c, c->why);
        arena_reset(c->arena);
        app_close(app);
    }
    if (to != stdout && fclose(to) != 0)
        code = EXIT_FAILED;
    return code;
}

#include "server/transfer/intake.h"

#include "base/limits.h"
#include "content/languages/languages.h"
#include "server/progress.h"

#include <stdio.h>
#include <stdlib.h>

struct waiting {
    enum op op;
    struct json item;
    uint64_t at;
};

struct intake {
    struct app *app;
    struct intake_options options;
    struct arena *kept;               /* of the present collection: keeps its model alive */
    const struct collection *in;
    bool may_be_there;                /* the collection had items when we came to it */
    bool keeps;                       /* … and they stay as they are */
    struct arena *batch;
    const struct principal *who;      /* of the batch: the model may move between two */
    struct change changes[LIMIT_INTAKE_ROWS];
    struct waiting waiting[LIMIT_INTAKE_ROWS];
    size_t count;
    uint64_t taken, refused;
    struct progress_bar bar;
};

struct intake *intake_open(struct app *app, const struct intake_options *options)
{
    struct intake *m = calloc(1, sizeof *m);
    must(m != NULL);
    m->app = app;
    m->options = *options;
    m->bar.unit = "rows";
    m->batch = arena_open(1u << 20);
    m->kept = arena_open(16u << 10);
    m->who = principal_system(app->gate, m->batch, SYSTEM_COMMAND);
    return m;
}

void intake_close(struct intake *m)
{
    if (!m)
        return;
    progress_end(&m->bar);
    arena_close(m->batch);
    arena_close(m->kept);
    free(m);
}

static void next_batch(struct intake *m)
{
    m->count = 0;
    arena_reset(m->batch);
    m->who = principal_system(m->app->gate, m->batch, SYSTEM_COMMAND);
}

static void report(struct intake *m, uint64_t at, const struct problem *because)
{
    m->refused++;
    str text = because->fault_count ? because->faults[0].text : because->text;
    progress_clear(&m->bar);
    (void)fprintf(stderr, "%s %llu refused: " STR_FMT "\n", m->options.unit, (unsigned long long)at, STR_ARG(text));
}

static bool is_there(struct intake *m, str id)
{
    struct item_list found;
    struct problem why = {.arena = m->batch};
    struct query q = {.from = m->in, .limit = 1, .where = filter_test(m->batch, &m->in->fields[META_ID], TEST_EQ, json_of_text(id))};
    q.outputs = NEW(m->batch, struct output);
    q.outputs[0] = (struct output){.field = &m->in->fields[META_ID]};
    q.output_count = 1;
    item_list_init(&found, m->batch);
    return gate_read(m->app->gate, m->who, &q, &found.receiver, NULL, &why) == ERR_OK && found.count > 0;
}

static enum err make_change(struct intake *m, const struct waiting *w, struct change *out, struct problem *why)
{
    const struct json *id = json_get(&w->item, S("_id"));
    *out = (struct change){.op = w->op, .restores = m->options.restores};
    out->languages = model_languages(principal_model(m->who));
    out->every_language = m->options.restores && out->languages->count > 0;
    if (id && id->type == JSON_TEXT && w->op != OP_CREATE)
        out->id = id->text;
    if (w->op == OP_CREATE && m->options.replaces && m->may_be_there && id && id->type == JSON_TEXT && is_there(m, id->text)) {
        out->op = field_set_is_empty(&m->in->secret_fields) ? OP_REPLACE : OP_UPDATE; /* secrets stay: no export has them */
        out->id = id->text;
    }
    return change_read(m->batch, m->in, &w->item, (str){0}, out, why);
}

/* Nothing can be written, whatever the item says. */
static bool is_fatal(enum err e)
{
    return e == ERR_UNAVAILABLE || e == ERR_FULL || e == ERR_INTERNAL;
}

/* One by one: the good ones of a batch are kept. Changes are made anew, the attempt has filled them in. */
static enum err write_apart(struct intake *m, struct problem *fatal)
{
    for (size_t i = 0; i < m->count; i++) {
        struct problem one = {.arena = m->batch};
        struct change *c = &m->changes[i];
        enum err e = make_change(m, &m->waiting[i], c, &one);
        if (e == ERR_OK)
            e = gate_write(m->app->gate, m->who, c, 1, m->batch, &one);
        if (is_fatal(e))
            return problem_set(fatal, e, STR_FMT, STR_ARG(one.text));
        if (e == ERR_OK)
            m->taken++;
        else
            report(m, m->waiting[i].at, &one);
    }
    return ERR_OK;
}

enum err intake_flush(struct intake *m, struct problem *fatal)
{
    struct problem why = {.arena = m->batch};
    enum err e = ERR_OK;
    if (m->count > 0 && !m->options.dry_run)
        e = gate_write(m->app->gate, m->who, m->changes, m->count, m->batch, &why);
    if (is_fatal(e))
        return problem_set(fatal, e, STR_FMT, STR_ARG(why.text));
    if (e == ERR_OK)
        m->taken += m->count;
    else
        TRY(write_apart(m, fatal));
    next_batch(m);
    return ERR_OK;
}

/* What was refused takes memory, too. */
static enum err flush_when_full(struct intake *m, struct problem *fatal)
{
    bool is_full = m->count == LIMIT_INTAKE_ROWS || arena_bytes(m->batch) > LIMIT_INTAKE_BYTES;
    return is_full ? intake_flush(m, fatal) : ERR_OK;
}

enum err intake_into(struct intake *m, str collection, struct problem *why)
{
    struct item_list any;
    TRY(intake_flush(m, why));
    TRY(gate_catch_up(m->app->gate, why));
    arena_reset(m->kept);
    next_batch(m);
    const struct principal *who = principal_system(m->app->gate, m->kept, SYSTEM_COMMAND);
    TRY(gate_collection(m->app->gate, who, collection, &m->in, why));
    struct query q = {.from = m->in, .limit = 1};
    query_all_fields(m->kept, &q, NULL);
    item_list_init(&any, m->kept);
    TRY(gate_read(m->app->gate, who, &q, &any.receiver, NULL, why));
    m->may_be_there = any.count > 0;
    return ERR_OK;
}

const struct collection *intake_collection(const struct intake *m)
{
    return m->in;
}

struct arena *intake_arena(struct intake *m)
{
    return m->batch;
}

void intake_keep(struct intake *m, bool keeps)
{
    m->keeps = keeps;
}

bool intake_stays(struct intake *m, enum op op, const struct json *item)
{
    const struct json *id = json_get(item, S("_id"));
    return m->keeps && op == OP_CREATE && m->may_be_there && id && id->type == JSON_TEXT && is_there(m, id->text);
}

enum err intake_take(struct intake *m, enum op op, const struct json *item, uint64_t at, struct problem *fatal)
{
    struct problem why = {.arena = m->batch};
    struct waiting *w = &m->waiting[m->count];
    struct change *change = &m->changes[m->count];
    if (intake_stays(m, op, item)) {
        m->taken++;
        return flush_when_full(m, fatal);
    }
    *w = (struct waiting){op, *item, at};
    enum err e = make_change(m, w, change, &why);
    if (e == ERR_OK && m->options.dry_run)
        e = change_check(m->batch, change, &m->who->actor.vars, S(""), &why);
    if (e != ERR_OK)
        report(m, at, &why);
    m->count += e == ERR_OK;
    return flush_when_full(m, fatal);
}

enum err intake_refuse(struct intake *m, uint64_t at, const struct problem *because, struct problem *fatal)
{
    report(m, at, because);
    return flush_when_full(m, fatal);
}

uint64_t intake_taken(const struct intake *m)
{
    return m->taken;
}

uint64_t intake_refused(const struct intake *m)
{
    return m->refused;
}

void intake_show(struct intake *m, double part)
{
    progress_draw(&m->bar, part, m->taken + m->count);
}

/* Looking for damage: the database's own structure, references that lead nowhere, and the journal's chain. */
#include "content/internal.h"
#include "content/journal/chain.h"

struct check_job {
    struct job job; /* first */
    struct content *content;
};

struct finding_sink {
    struct row_sink sink; /* first */
    const char *rule;
};

static str cell_text(struct arena *a, const struct cell *c)
{
    if (c->type == CELL_INT)
        return arena_format(a, "%lld", (long long)c->integer);
    return c->type == CELL_TEXT ? arena_copy(a, c->text) : S("-");
}

static enum err take_finding(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct finding_sink *s = (struct finding_sink *)(void *)self;
    str first = cell_text(why->arena, &row->cells[0]);
    if (str_equal(first, S("ok")) && row->count == 1)
        return ERR_OK;
    for (size_t i = 1; i < row->count; i++)
        first = arena_format(why->arena, STR_FMT " " STR_FMT, STR_ARG(first), STR_ARG(cell_text(why->arena, &row->cells[i])));
    (void)problem_fault(why, ERR_CONFLICT, str_of(s->rule), str_of(s->rule), STR_FMT, STR_ARG(first));
    return ERR_OK;
}

static enum err check_tables(struct content *c, struct txn *t, struct problem *why)
{
    static const struct {
        enum fixed fixed;
        const char *rule;
        enum err (*take)(struct row_sink *, const struct row *, struct problem *);
    } checks[] = {
        {FIXED_check_database, "database", take_finding},
        {FIXED_check_references, "references", take_finding},
    };
    for (size_t i = 0; i < COUNTOF(checks); i++) {
        struct finding_sink sink = {{checks[i].take}, checks[i].rule};
        struct fixed_call call = {checks[i].fixed, NULL, 0};
        TRY(c->ops->read(t, NULL, &call, &sink.sink, why));
    }
    return why->err;
}

static enum err run_check(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    *wrote = false;
    return check_tables(((struct check_job *)(void *)self)->content, t, why);
}

/* Nothing is written, so nobody is held up; indexes of words are not looked at, which takes a writer. */
static enum err check_reading(struct content *c, struct problem *why)
{
    struct txn *t = NULL;
    TRY(c->ops->begin(c->engine, TXN_CHECK, &t, why));
    enum err e = check_tables(c, t, why);
    c->ops->abandon(t);
    return e;
}

enum err content_check(struct content *c, const struct journal_watch *watch, struct journal_proof *out,
                       struct problem *why)
{
    struct check_job job = {{run_check, NULL}, c};
    enum err e = c->read_only ? check_reading(c, why) : writer_run(c->writer, &job.job, why);
    if (e != ERR_OK && e != ERR_CONFLICT)
        return e;
    enum err of_chain = chain_check(c, watch, out, why);
    return e == ERR_OK ? of_chain : e;
}

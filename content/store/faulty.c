/* An engine that fails once, at a call of one's choice: tests let it fail at call 1, 2, 3 … and look
 * whether anything was left half done. What it wraps and counts is kept here, not in an engine, because
 * the first call that can fail is open. For one test at a time. */
#include "content/store/engine.h"

#include <stdatomic.h>

static const struct engine_ops *_Atomic inner = &engine_sqlite;
static _Atomic(unsigned) calls, fails_at;
static _Atomic(bool) fired;

void engine_faulty_arm(const struct engine_ops *ops, unsigned fail_at)
{
    atomic_store(&inner, ops);
    atomic_store(&calls, 0);
    atomic_store(&fails_at, fail_at);
    atomic_store(&fired, false);
}

bool engine_faulty_fired(void)
{
    return atomic_load(&fired);
}

static enum err fail_now(struct problem *why)
{
    if (atomic_fetch_add(&calls, 1) + 1 != atomic_load(&fails_at))
        return ERR_OK;
    atomic_store(&fired, true);
    return problem_set(why, ERR_UNAVAILABLE, "A fault was asked for");
}

static enum err faulty_open(struct arena *a, const struct engine_config *config, struct engine **out,
                            struct problem *why)
{
    TRY(fail_now(why));
    return inner->open(a, config, out, why);
}

static void faulty_close(struct engine *e)
{
    inner->close(e);
}

static enum err faulty_begin(struct engine *e, enum txn_kind kind, struct txn **out, struct problem *why)
{
    TRY(fail_now(why));
    return inner->begin(e, kind, out, why);
}

/* A commit that fails has ended its transaction, as a real one. */
static enum err faulty_commit(struct txn *t, struct problem *why)
{
    enum err e = fail_now(why);
    if (e == ERR_OK)
        return inner->commit(t, why);
    inner->abandon(t);
    return e;
}

static void faulty_abandon(struct txn *t)
{
    inner->abandon(t);
}

static enum err faulty_read(struct txn *t, const struct plan *p, const struct fixed_call *f, struct row_sink *out,
                            struct problem *why)
{
    TRY(fail_now(why));
    return inner->read(t, p, f, out, why);
}

static enum err faulty_write(struct txn *t, const struct write *w, struct problem *why)
{
    TRY(fail_now(why));
    return inner->write(t, w, why);
}

static enum err faulty_reshape(struct txn *t, const struct step *steps, size_t count, struct problem *why)
{
    TRY(fail_now(why));
    return inner->reshape(t, steps, count, why);
}

static enum err faulty_index(struct txn *t, const struct model *m, size_t rows, struct indexing *out,
                             struct problem *why)
{
    TRY(fail_now(why));
    return inner->index(t, m, rows, out, why);
}

static enum err faulty_note(struct txn *t, struct entry *entry, struct problem *why)
{
    TRY(fail_now(why));
    return inner->note(t, entry, why);
}

static enum err faulty_replay(struct engine *e, uint64_t after, size_t max, struct row_sink *out,
                              struct problem *why)
{
    TRY(fail_now(why));
    return inner->replay(e, after, max, out, why);
}

static enum err faulty_copy(struct engine *e, str directory, const struct engine_pause *pause, struct problem *why)
{
    TRY(fail_now(why));
    return inner->copy(e, directory, pause, why);
}

static enum err faulty_explain(struct engine *e, str statement, struct arena *a, str *out, struct problem *why)
{
    TRY(fail_now(why));
    return inner->explain(e, statement, a, out, why);
}

const struct engine_ops engine_faulty = {
    .name = "faulty",
    .open = faulty_open,
    .close = faulty_close,
    .begin = faulty_begin,
    .commit = faulty_commit,
    .abandon = faulty_abandon,
    .read = faulty_read,
    .write = faulty_write,
    .reshape = faulty_reshape,
    .index = faulty_index,
    .note = faulty_note,
    .replay = faulty_replay,
    .copy = faulty_copy,
    .explain = faulty_explain,
};

#include "content/journal.h"

#include <stdatomic.h>
#include <time.h>

#include "base/limits.h"
#include "base/time.h"
#include "content/checkpoint.h"
#include "content/internal.h"

/* Columns of journal_since: seq, tx, at_ms, who, via, request_id, user, collection, item, verb,
 * revision, before, after, mac. */
enum { J_SEQ, J_TX, J_AT, J_WHO, J_VIA, J_REQUEST, J_USER, J_COLLECTION, J_ITEM, J_VERB, J_REVISION, J_BEFORE, J_AFTER, J_MAC };

struct entry_sink {
    struct row_sink sink; /* first */
    struct arena *arena;
    struct entry *entries;
    size_t count, room;
};

enum err journal_append(struct content *c, struct txn *t, struct entry *e, struct problem *why)
{
    TRY(c->ops->note(t, e, why));
    if (e->seq % LIMIT_CHECKPOINT_ENTRIES != 0 || str_is_absent(e->mac))
        return ERR_OK;
    return checkpoint_put(c, t, CHECKPOINT, e->seq, e->mac, e->at_ms, why);
}

static str text_of(struct arena *a, const struct cell *c)
{
    return c->type == CELL_TEXT ? arena_copy(a, c->text) : (str){0};
}

static uint64_t number_of(const struct cell *c)
{
    return c->type == CELL_INT ? (uint64_t)c->integer : 0;
}

static enum err take_entry(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct entry_sink *s = (struct entry_sink *)(void *)self;
    (void)why;
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 16;
        s->entries = arena_grow(s->arena, s->entries, s->room * sizeof *s->entries, room * sizeof *s->entries);
        s->room = room;
    }
    const struct cell *c = row->cells;
    s->entries[s->count++] = (struct entry){
        .seq = number_of(&c[J_SEQ]),
        .tx = number_of(&c[J_TX]),
        .at_ms = (int64_t)number_of(&c[J_AT]),
        .who = text_of(s->arena, &c[J_WHO]),
        .via = text_of(s->arena, &c[J_VIA]),
        .request_id = text_of(s->arena, &c[J_REQUEST]),
        .user = text_of(s->arena, &c[J_USER]),
        .collection = text_of(s->arena, &c[J_COLLECTION]),
        .item = text_of(s->arena, &c[J_ITEM]),
        .verb = text_of(s->arena, &c[J_VERB]),
        .revision = number_of(&c[J_REVISION]),
        .before = text_of(s->arena, &c[J_BEFORE]),
        .after = text_of(s->arena, &c[J_AFTER]),
        .mac = c[J_MAC].type == CELL_BLOB ? arena_copy(s->arena, c[J_MAC].text) : (str){0},
    };
    return ERR_OK;
}

enum err entries_read(struct content *c, struct txn *t, const struct fixed_call *call, struct arena *a, struct entry **out,
                      size_t *count, struct problem *why)
{
    struct entry_sink s = {.sink = {take_entry}, .arena = a};
    TRY(c->ops->read(t, NULL, call, &s.sink, why));
    *out = s.entries;
    *count = s.count;
    return ERR_OK;
}

enum err journal_read(struct content *c, uint64_t after, size_t max, struct arena *a, struct entry **out,
                      size_t *count, struct problem *why)
{
    struct cell parameters[] = {CELL_OF_INT((int64_t)after), CELL_OF_INT((int64_t)max)};
    struct fixed_call call = {FIXED_journal_since, parameters, COUNTOF(parameters)};
    struct txn *t = NULL;
    TRY(c->ops->begin(c->engine, TXN_READ, &t, why));
    enum err e = entries_read(c, t, &call, a, out, count, why);
    c->ops->abandon(t);
    return e;
}

/* Our own commits wake waiters at once; commits of other processes are looked for every so often. */
#define FOREIGN_LOOK_MS 500

enum err journal_wait(struct content *c, uint64_t after, int timeout_ms, struct problem *why)
{
    int64_t until = time_mono_us() + (int64_t)timeout_ms * 1000;
    for (;;) {
        struct epochs unused;
        TRY(content_catch_up(c, &unused, why));
        if (atomic_load(&c->seen) > after)
            return ERR_OK;
        int64_t left_ms = (until - time_mono_us()) / 1000;
        if (left_ms <= 0)
            return problem_set(why, ERR_TIMEOUT, "Nothing has happened");
        int64_t step_ms = left_ms < FOREIGN_LOOK_MS ? left_ms : FOREIGN_LOOK_MS;
        struct timespec deadline;
        (void)clock_gettime(CLOCK_REALTIME, &deadline);
        int64_t ns = deadline.tv_nsec + step_ms * 1000000;
        deadline.tv_sec += ns / 1000000000;
        deadline.tv_nsec = ns % 1000000000;
        (void)pthread_mutex_lock(&c->catch_up_lock);
        if (atomic_load(&c->seen) <= after)
            (void)pthread_cond_timedwait(&c->news, &c->catch_up_lock, &deadline);
        (void)pthread_mutex_unlock(&c->catch_up_lock);
    }
}

uint64_t journal_last(struct content *c)
{
    return atomic_load(&c->seen);
}

bool journal_is_note(str verb)
{
    size_t unused;
    return str_find(verb, '.', &unused);
}

struct note_job {
    struct job job; /* first */
    struct content *content;
    struct entry *entries;
    size_t count;
};

static enum err append_notes(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct note_job *n = (struct note_job *)(void *)self;
    for (size_t i = 0; i < n->count; i++) {
        must(journal_is_note(n->entries[i].verb));
        TRY(journal_append(n->content, t, &n->entries[i], why));
    }
    *wrote = n->count > 0;
    return ERR_OK;
}

enum err journal_note(struct content *c, struct entry *entries, size_t count, struct problem *why)
{
    struct note_job n = {.job = {append_notes, NULL}, .content = c, .entries = entries, .count = count};
    if (c->read_only)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    return writer_run(c->writer, &n.job, why);
}

struct position_sink {
    struct row_sink sink; /* first */
    uint64_t seq;
};

static enum err take_position(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct position_sink *s = (struct position_sink *)(void *)self;
    (void)why;
    s->seq = number_of(&row->cells[0]);
    return ERR_OK;
}

enum err journal_position(struct content *c, str consumer, uint64_t *seq, struct problem *why)
{
    struct position_sink s = {.sink = {take_position}};
    struct cell name = CELL_OF_TEXT(consumer);
    struct fixed_call call = {FIXED_consumer_get, &name, 1};
    struct txn *t = NULL;
    TRY(c->ops->begin(c->engine, TXN_READ, &t, why));
    enum err e = c->ops->read(t, NULL, &call, &s.sink, why);
    c->ops->abandon(t);
    if (e == ERR_OK)
        *seq = s.seq;
    return e;
}

struct position_job {
    struct job job; /* first */
    struct content *content;
    str consumer;
    uint64_t seq;
};

static enum err put_position(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct position_job *p = (struct position_job *)(void *)self;
    struct cell parameters[] = {CELL_OF_TEXT(p->consumer), CELL_OF_INT((int64_t)p->seq)};
    *wrote = true;
    return fixed_write(p->content, t, FIXED_consumer_put, parameters, COUNTOF(parameters), why);
}

enum err journal_done(struct content *c, str consumer, uint64_t seq, struct problem *why)
{
    struct position_job p = {.job = {put_position, NULL}, .content = c, .consumer = consumer, .seq = seq};
    return writer_run(c->writer, &p.job, why);
}

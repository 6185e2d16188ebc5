#include "content/journal/feed.h"

#include <stdatomic.h>

#include "base/limits.h"
#include "content/internal.h"
#include "content/journal/checkpoint.h"

struct places_sink {
    struct row_sink sink; /* first */
    struct arena *arena;
    struct feed_place *places;
    size_t count;
    uint64_t end;
};

static enum err take_place(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct places_sink *s = (struct places_sink *)(void *)self;
    uint64_t seq = (uint64_t)row->cells[1].integer;
    (void)why;
    if (s->count < LIMIT_FEEDS)
        s->places[s->count++] = (struct feed_place){.name = arena_copy(s->arena, row->cells[0].text),
                                                    .seq = seq,
                                                    .lag = s->end > seq ? s->end - seq : 0};
    return ERR_OK;
}

static enum err read_places(struct content *c, struct txn *t, struct arena *a, struct places_sink *out, struct problem *why)
{
    *out = (struct places_sink){{take_place}, a, NEW_N(a, struct feed_place, LIMIT_FEEDS), 0, atomic_load(&c->seen)};
    return c->ops->read(t, NULL, &(struct fixed_call){FIXED_consumer_all, NULL, 0}, &out->sink, why);
}

enum err feed_places(struct content *c, struct arena *a, struct feed_place **out, size_t *count, struct problem *why)
{
    struct txn *t = NULL;
    struct places_sink all = {0};
    TRY(c->ops->begin(c->engine, TXN_READ, &t, why));
    enum err e = read_places(c, t, a, &all, why);
    c->ops->abandon(t);
    *out = all.places;
    *count = all.count;
    return e;
}

struct number_sink {
    struct row_sink sink; /* first */
    bool found;
    uint64_t seq;
};

static enum err take_number(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct number_sink *s = (struct number_sink *)(void *)self;
    (void)why;
    s->found = true;
    s->seq = row->cells[0].type == CELL_INT ? (uint64_t)row->cells[0].integer : 0;
    return ERR_OK;
}

struct place_job {
    struct job job; /* first */
    struct content *content;
    str name;
    uint64_t seq;
};

static enum err put_place(struct content *c, struct txn *t, str name, uint64_t seq, struct problem *why)
{
    struct cell parameters[] = {CELL_OF_TEXT(name), CELL_OF_INT((int64_t)seq)};
    return fixed_write(c, t, FIXED_consumer_put, parameters, COUNTOF(parameters), why);
}

static enum err read_place(struct content *c, struct txn *t, str name, struct number_sink *out, struct problem *why)
{
    struct cell cell = CELL_OF_TEXT(name);
    *out = (struct number_sink){.sink = {take_number}};
    return c->ops->read(t, NULL, &(struct fixed_call){FIXED_consumer_get, &cell, 1}, &out->sink, why);
}

static enum err read_end(struct content *c, struct txn *t, uint64_t *end, struct problem *why)
{
    struct number_sink last = {.sink = {take_number}};
    TRY(c->ops->read(t, NULL, &(struct fixed_call){FIXED_journal_last, NULL, 0}, &last.sink, why));
    *end = last.seq;
    return ERR_OK;
}

/* *seq: what it has done. */
static enum err begin_at_end(struct content *c, struct txn *t, str name, uint64_t *seq, bool *wrote, struct problem *why)
{
    struct places_sink all;
    struct number_sink mine;
    TRY(read_place(c, t, name, &mine, why));
    *seq = mine.seq;
    if (mine.found)
        return ERR_OK;
    TRY(read_places(c, t, why->arena, &all, why));
    if (all.count == LIMIT_FEEDS)
        return problem_set(why, ERR_FULL, "There are %u consumers of the journal; drop one that is not needed any more", LIMIT_FEEDS);
    TRY(read_end(c, t, seq, why));
    *wrote = true;
    return put_place(c, t, name, *seq, why);
}

static enum err begin(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct place_job *j = (struct place_job *)(void *)self;
    return begin_at_end(j->content, t, j->name, &j->seq, wrote, why);
}

enum err work_feed_begin(struct work *w, str name, uint64_t *end, struct problem *why)
{
    uint64_t done = 0;
    bool wrote = false;
    TRY(begin_at_end(w->content, w->txn, name, &done, &wrote, why));
    return read_end(w->content, w->txn, end, why);
}

enum err work_feed_drop(struct work *w, str name, struct problem *why)
{
    struct cell cell = CELL_OF_TEXT(name);
    return fixed_write(w->content, w->txn, FIXED_consumer_drop, &cell, 1, why);
}

static enum err move(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct place_job *j = (struct place_job *)(void *)self;
    struct number_sink mine;
    TRY(read_place(j->content, t, j->name, &mine, why));
    if (!mine.found)
        return problem_set(why, ERR_NOT_FOUND, "There is no consumer " STR_FMT, STR_ARG(j->name));
    *wrote = j->seq > mine.seq;
    return *wrote ? put_place(j->content, t, j->name, j->seq, why) : ERR_OK;
}

static enum err drop(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct place_job *j = (struct place_job *)(void *)self;
    struct cell name = CELL_OF_TEXT(j->name);
    *wrote = true;
    return fixed_write(j->content, t, FIXED_consumer_drop, &name, 1, why);
}

static bool is_name(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return name.len > 0 && name.len <= LIMIT_FEED_NAME_BYTES;
}

static enum err run(struct content *c, enum err (*work)(struct job *, struct txn *, bool *, struct problem *), str name,
                    uint64_t *seq, struct problem *why)
{
    struct place_job j = {.job = {work, NULL}, .content = c, .name = name, .seq = *seq};
    if (!is_name(name))
        return problem_set(why, ERR_BAD_INPUT, "A consumer's name is 1 to %u of a-z 0-9 _ -", LIMIT_FEED_NAME_BYTES);
    if (c->read_only)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    TRY(writer_run(c->writer, &j.job, why));
    *seq = j.seq;
    return ERR_OK;
}

enum err feed_begin(struct content *c, str name, uint64_t *from, struct problem *why)
{
    *from = 0;
    return run(c, begin, name, from, why);
}

enum err feed_done(struct content *c, str name, uint64_t seq, struct problem *why)
{
    return run(c, move, name, &seq, why);
}

enum err feed_drop(struct content *c, str name, struct problem *why)
{
    uint64_t unused = 0;
    return run(c, drop, name, &unused, why);
}

enum err feed_bounds(struct content *c, uint64_t *first, uint64_t *last, struct problem *why)
{
    struct txn *t = NULL;
    struct checkpoint *done = NULL;
    TRY(c->ops->begin(c->engine, TXN_READ, &t, why));
    enum err e = checkpoint_newest(c, t, CHECKPOINT_TRIM, why->arena, &done, why);
    c->ops->abandon(t);
    *last = atomic_load(&c->seen);
    *first = *last == 0 ? 0 : done ? done->seq + 1 : 1;
    return e;
}

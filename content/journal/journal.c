#include "content/journal/journal.h"

#include <stdatomic.h>

#include "base/limits.h"
#include "base/thread.h"
#include "base/time.h"
#include "content/internal.h"
#include "content/journal/checkpoint.h"

/* Columns of journal_since: seq, tx, at_ms, who, via, request_id, user, collection, item, verb,
 * revision, before, after, mac. */
enum { J_SEQ, J_TX, J_AT, J_WHO, J_VIA, J_REQUEST, J_USER, J_COLLECTION, J_ITEM, J_VERB, J_REVISION, J_BEFORE, J_AFTER, J_MAC };

struct entry_sink {
    struct row_sink sink; /* first */
    struct arena *arena;
    struct entry *entries;
    size_t count, room;
    size_t bytes, bytes_max;          /* of images; most 0: as many as there are */
    bool is_full;
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
    s->bytes += c[J_BEFORE].text.len + c[J_AFTER].text.len;
    s->is_full = s->bytes_max && s->count > 0 && s->bytes > s->bytes_max;
    if (s->is_full)
        return ERR_TOO_LARGE; /* ends the reading */
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

static enum err read_entries(struct content *c, struct txn *t, const struct fixed_call *call, struct entry_sink *s, struct entry **out,
                             size_t *count, struct problem *why)
{
    enum err e = c->ops->read(t, NULL, call, &s->sink, why);
    *out = s->entries;
    *count = s->count;
    return s->is_full ? ERR_OK : e;
}

enum err entries_read(struct content *c, struct txn *t, const struct fixed_call *call, struct arena *a, struct entry **out,
                      size_t *count, struct problem *why)
{
    struct entry_sink s = {.sink = {take_entry}, .arena = a};
    return read_entries(c, t, call, &s, out, count, why);
}

enum err journal_read(struct content *c, uint64_t after, size_t max, struct arena *a, struct entry **out,
                      size_t *count, struct problem *why)
{
    struct cell parameters[] = {CELL_OF_INT((int64_t)after), CELL_OF_INT((int64_t)max)};
    struct fixed_call call = {FIXED_journal_since, parameters, COUNTOF(parameters)};
    struct txn *t = NULL;
    struct entry_sink s = {.sink = {take_entry}, .arena = a, .bytes_max = LIMIT_JOURNAL_READ_BYTES};
    TRY(c->ops->begin(c->engine, TXN_READ, &t, why));
    enum err e = read_entries(c, t, &call, &s, out, count, why);
    c->ops->abandon(t);
    return e;
}

void journal_bell_init(struct bell *b)
{
    must(pthread_mutex_init(&b->lock, NULL) == 0);
    steady_cond_init(&b->rung);
}

void journal_ring(void *content)
{
    struct bell *b = &((struct content *)content)->bell;
    (void)pthread_mutex_lock(&b->lock);
    b->rings++;
    (void)pthread_cond_broadcast(&b->rung);
    (void)pthread_mutex_unlock(&b->lock);
}

static uint64_t rings_of(struct bell *b)
{
    (void)pthread_mutex_lock(&b->lock);
    uint64_t rings = b->rings;
    (void)pthread_mutex_unlock(&b->lock);
    return rings;
}

/* False when it was not rung. */
static bool bell_wait(struct bell *b, uint64_t rings, int64_t until_us)
{
    struct timespec deadline = {.tv_sec = (time_t)(until_us / 1000000), .tv_nsec = (long)(until_us % 1000000) * 1000};
    int code = 0;
    (void)pthread_mutex_lock(&b->lock);
    while (b->rings == rings && code == 0)
        code = pthread_cond_timedwait(&b->rung, &b->lock, &deadline);
    bool rung = b->rings != rings;
    (void)pthread_mutex_unlock(&b->lock);
    return rung;
}

/* Nobody rings for the commits of other processes: they are looked for every so often. */
#define FOREIGN_LOOK_US 500000

enum err journal_wait(struct content *c, uint64_t after, int timeout_ms, struct problem *why)
{
    int64_t until = time_mono_us() + (int64_t)timeout_ms * 1000;
    bool rung = false;
    for (;;) {
        struct epochs unused;
        uint64_t rings = rings_of(&c->bell);
        TRY(content_catch_up(c, &unused, why));
        if (atomic_load(&c->seen) > after)
            return ERR_OK;
        int64_t now = time_mono_us();
        if (rung || now >= until)
            return problem_set(why, ERR_TIMEOUT, "Nothing has happened");
        rung = bell_wait(&c->bell, rings, until - now < FOREIGN_LOOK_US ? until : now + FOREIGN_LOOK_US);
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

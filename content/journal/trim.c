/* Forgetting old entries (security L-5): a checkpoint at a time, so that the signed word for what was taken out says what
 * was signed before, and no transaction is long. The chain goes on from it; the entry that tells of it stays. */
#include "base/limits.h"
#include "base/time.h"
#include "content/internal.h"
#include "content/journal/checkpoint.h"

struct trim_job {
    struct job job; /* first */
    struct content *content;
    int64_t before_ms;
    struct arena *arena;
    struct trimmed *out;
};

struct mac_sink {
    struct row_sink sink; /* first */
    struct arena *arena;
    uint64_t seq;
    str mac;
};

static enum err take_mac(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct mac_sink *s = (struct mac_sink *)(void *)self;
    const struct cell *mac = &row->cells[ENTRY_CELLS];
    (void)why;
    s->seq = (uint64_t)row->cells[0].integer;
    s->mac = mac->type == CELL_BLOB ? arena_copy(s->arena, mac->text) : (str){0};
    return ERR_OK;
}

/* What was altered is evidence: it is not taken out. */
static enum err check_entry(struct content *c, struct txn *t, const struct checkpoint *p, struct problem *why)
{
    struct mac_sink s = {.sink = {take_mac}, .arena = why->arena};
    struct cell parameters[] = {CELL_OF_INT((int64_t)p->seq - 1), CELL_OF_INT(1)};
    struct fixed_call call = {FIXED_journal_since, parameters, COUNTOF(parameters)};
    TRY(c->ops->read(t, NULL, &call, &s.sink, why));
    if (s.seq == p->seq && str_equal(s.mac, p->mac) && checkpoint_is_signed(c, CHECKPOINT, p))
        return ERR_OK;
    return problem_set(why, ERR_CONFLICT, "Old entries stay: the journal is not what the checkpoint for entry %llu says "
                                          "(vitrine check tells more)", (unsigned long long)p->seq);
}

struct lag_sink {
    struct row_sink sink; /* first */
    struct arena *arena;
    struct trimmed *out;
    uint64_t seq;
};

static enum err take_lag(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct lag_sink *s = (struct lag_sink *)(void *)self;
    uint64_t done = (uint64_t)row->cells[1].integer;
    (void)why;
    if (done >= s->seq || (!str_is_absent(s->out->held_by) && s->out->held_at <= done))
        return ERR_OK;
    s->out->held_by = arena_copy(s->arena, row->cells[0].text);
    s->out->held_at = done;
    return ERR_OK;
}

static enum err find_lagging(struct trim_job *j, struct txn *t, uint64_t seq, struct problem *why)
{
    struct lag_sink s = {{take_lag}, j->arena, j->out, seq};
    return j->content->ops->read(t, NULL, &(struct fixed_call){FIXED_consumer_all, NULL, 0}, &s.sink, why);
}

static enum err tell(struct content *c, struct txn *t, uint64_t seq, struct problem *why)
{
    struct json to = json_named(S("to"), json_of_int((int64_t)seq)), after = json_of_map(&to, 1);
    struct entry e = {.at_ms = time_now_ms(),
                      .who = S("system retention"),
                      .via = S("system"),
                      .collection = S("journal"),
                      .verb = S("journal.trimmed"),
                      .after = json_print(why->arena, &after)};
    return journal_append(c, t, &e, why);
}

static enum err trim(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct trim_job *j = (struct trim_job *)(void *)self;
    struct content *c = j->content;
    struct checkpoint *done = NULL, *next = NULL;
    size_t count = 0;
    TRY(checkpoint_newest(c, t, CHECKPOINT_TRIM, why->arena, &done, why));
    TRY(checkpoints_read(c, t, CHECKPOINT, done ? done->seq : 0, 1, why->arena, &next, &count, why));
    if (count == 0 || next->at_ms >= j->before_ms)
        return ERR_OK;
    TRY(check_entry(c, t, next, why));
    TRY(find_lagging(j, t, next->seq, why));
    if (!str_is_absent(j->out->held_by))
        return ERR_OK;
    TRY(tell(c, t, next->seq, why)); /* and is the one entry that always stays */
    TRY(checkpoint_put(c, t, CHECKPOINT_TRIM, next->seq, next->mac, time_now_ms(), why));
    struct cell to = CELL_OF_INT((int64_t)next->seq);
    TRY(fixed_write(c, t, FIXED_journal_trim, &to, 1, why));
    *wrote = j->out->did = true;
    return ERR_OK;
}

enum err journal_trim(struct content *c, int64_t before_ms, struct arena *a, struct trimmed *out, struct problem *why)
{
    struct trim_job j = {.job = {trim, NULL}, .content = c, .before_ms = before_ms, .arena = a, .out = out};
    *out = (struct trimmed){0};
    return c->read_only ? ERR_OK : writer_run(c->writer, &j.job, why);
}

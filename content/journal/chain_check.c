/* Going through the journal: each entry against the one before, each checkpoint against its entry and its
 * signature. Ends at the first that is not what was written and says in words what became of it, as far as
 * that can be told without the original. */
#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"
#include "content/internal.h"
#include "content/journal/chain.h"
#include "content/journal/checkpoint.h"

#define PAGE_ROWS 1000u
#define PAGE_CHECKPOINTS 100u
#define SHOWN_BYTES 80u

struct walk {
    struct row_sink sink; /* first */
    struct content *content;
    struct txn *txn;
    struct problem *why;
    struct journal_proof *proof;
    struct arena *page;               /* dies with each page */
    uint64_t next;                    /* the number that must come now */
    uint8_t before[DIGEST_BYTES];
    size_t rows;                      /* of this page */
    uint64_t broken;                  /* the entry whose mac does not fit; 0: none yet */
    struct arena *checkpoint_arena;
    struct checkpoint *checkpoints;   /* those that come next */
    size_t checkpoint_count, checkpoint_at;
    uint64_t checkpoint_seq;          /* of the last one taken */
    uint64_t after, most;             /* of a part; 0 and UINT64_MAX: all of it */
};

static enum err finding(struct walk *w, str text)
{
    return problem_fault(w->why, ERR_CONFLICT, S("journal"), S("journal"), STR_FMT, STR_ARG(text));
}

static str shown(const struct cell *c, str otherwise)
{
    if (c->type != CELL_TEXT || c->text.len == 0)
        return otherwise;
    str s = str_slice(c->text, 0, SHOWN_BYTES);
    while (s.len > 0 && !utf8_valid(s) && s.len + 4 > SHOWN_BYTES)
        s.len--;
    return utf8_valid(s) ? s : S("(not text)");
}

/* "entry 57 (2026-01-02T03:04:05Z, user ada, update posts 0123…)" */
static str name_of(struct arena *a, const struct cell *row)
{
    struct buf at;
    buf_init(&at, a, 64);
    time_write(&at, row[2].type == CELL_INT ? row[2].integer : 0);
    str item = shown(&row[8], S(""));
    return arena_format(a, "entry %lld (" STR_FMT ", " STR_FMT ", " STR_FMT " " STR_FMT "%s" STR_FMT ")",
                        (long long)row[0].integer, STR_ARG(buf_str(&at)), STR_ARG(shown(&row[3], S("nobody"))),
                        STR_ARG(shown(&row[9], S("?"))), STR_ARG(shown(&row[7], S("-"))), item.len ? " " : "",
                        STR_ARG(item));
}

static bool has_mac(const struct cell *row)
{
    return row[ENTRY_CELLS].type == CELL_BLOB && row[ENTRY_CELLS].text.len == DIGEST_BYTES;
}

/* Would this row, at that place, carry the mac that it does? */
static bool fits(const struct walk *w, const uint8_t before[DIGEST_BYTES], const struct cell *row, uint64_t seq)
{
    struct cell moved[ENTRY_CELLS];
    uint8_t mac[DIGEST_BYTES];
    memcpy(moved, row, sizeof moved);
    moved[0] = CELL_OF_INT((int64_t)seq);
    chain_mac(w->content->crypt, before, moved, mac);
    return has_mac(row) && crypt_equal(mac, row[ENTRY_CELLS].text.at, DIGEST_BYTES);
}

static enum err say_missing(struct walk *w, uint64_t from, uint64_t to, str because)
{
    struct arena *a = w->why->arena;
    if (from == to)
        return finding(w, arena_format(a, "Entry %llu is missing: " STR_FMT, (unsigned long long)from, STR_ARG(because)));
    return finding(w, arena_format(a, "Entries %llu to %llu are missing: " STR_FMT, (unsigned long long)from,
                                   (unsigned long long)to, STR_ARG(because)));
}

/* ---- checkpoints, in step with the entries ---- */

static enum err next_checkpoint(struct walk *w, const struct checkpoint **out)
{
    if (w->checkpoint_at == w->checkpoint_count) {
        arena_reset(w->checkpoint_arena);
        w->checkpoint_at = 0;
        TRY(checkpoints_read(w->content, w->txn, CHECKPOINT, w->checkpoint_seq, PAGE_CHECKPOINTS, w->checkpoint_arena,
                             &w->checkpoints, &w->checkpoint_count, w->why));
    }
    *out = w->checkpoint_count ? &w->checkpoints[w->checkpoint_at] : NULL;
    return ERR_OK;
}

static enum err take_checkpoint(struct walk *w, const struct checkpoint *p)
{
    w->checkpoint_at++;
    w->checkpoint_seq = p->seq;
    w->proof->checkpoints++;
    if (!checkpoint_is_signed(w->content, CHECKPOINT, p))
        return finding(w, arena_format(w->why->arena, "The checkpoint for entry %llu was altered, or signed by another server",
                                       (unsigned long long)p->seq));
    if (p->seq >= w->proof->chained_from)
        return ERR_OK;
    return finding(w, arena_format(w->why->arena, "The chain is said to begin with entry %llu, but entry %llu was signed for",
                                   (unsigned long long)w->proof->chained_from, (unsigned long long)p->seq));
}

/* seq: of the entry that was just found good, with this mac. */
static enum err pass_checkpoints(struct walk *w, uint64_t seq, str mac)
{
    const struct checkpoint *p = NULL;
    bool found = false;
    TRY(next_checkpoint(w, &p));
    while (p && p->seq <= seq) {
        TRY(take_checkpoint(w, p));
        if (p->seq == seq && !str_equal(p->mac, mac))
            return finding(w, arena_format(w->why->arena, "The checkpoint for entry %llu speaks of another entry: "
                                                          "the journal was written anew", (unsigned long long)seq));
        found |= p->seq == seq;
        TRY(next_checkpoint(w, &p));
    }
    if (found || seq % LIMIT_CHECKPOINT_ENTRIES != 0)
        return ERR_OK;
    return finding(w, arena_format(w->why->arena, "The checkpoint for entry %llu is missing", (unsigned long long)seq));
}

/* Checkpoints behind the last entry: somebody cut the journal's end. */
static enum err pass_rest(struct walk *w)
{
    const struct checkpoint *p = NULL;
    struct buf at;
    TRY(next_checkpoint(w, &p));
    while (p && p->seq < w->next) {
        TRY(take_checkpoint(w, p));
        TRY(next_checkpoint(w, &p));
    }
    if (!p)
        return ERR_OK;
    TRY(take_checkpoint(w, p));
    buf_init(&at, w->why->arena, 64);
    time_write(&at, p->at_ms);
    return say_missing(w, w->next, p->seq,
                       arena_format(w->why->arena, "the journal ends before them, but the checkpoint of " STR_FMT " speaks of entry %llu",
                                    STR_ARG(buf_str(&at)), (unsigned long long)p->seq));
}

/* ---- entries ---- */

static enum err see_entry(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct walk *w = (struct walk *)(void *)self;
    const struct cell *cells = row->cells;
    uint64_t seq = (uint64_t)cells[0].integer;
    (void)why;
    w->rows++;
    if (seq > w->next)
        return say_missing(w, w->next, seq - 1, arena_format(w->why->arena, STR_FMT " follows", STR_ARG(name_of(w->page, cells))));
    if (seq < w->next)
        return finding(w, arena_format(w->why->arena, "There is " STR_FMT ", which was taken out", STR_ARG(name_of(w->page, cells))));
    w->proof->first = w->proof->first ? w->proof->first : seq;
    w->proof->last = seq;
    if (seq < w->proof->chained_from) {
        if (cells[ENTRY_CELLS].type != CELL_NULL)
            return finding(w, arena_format(w->why->arena, "The chain is said to begin with entry %llu, but there is a seal on " STR_FMT,
                                           (unsigned long long)w->proof->chained_from, STR_ARG(name_of(w->page, cells))));
    } else {
        if (!fits(w, w->before, cells, seq)) {
            w->broken = seq;
            return ERR_CONFLICT;
        }
        memcpy(w->before, cells[ENTRY_CELLS].text.at, DIGEST_BYTES);
        TRY(pass_checkpoints(w, seq, cells[ENTRY_CELLS].text));
    }
    w->proof->entries++;
    w->next = seq + 1;
    return ERR_OK;
}

static enum err read_from(struct walk *w, uint64_t after, size_t max, struct row_sink *sink)
{
    struct cell parameters[] = {CELL_OF_INT((int64_t)after), CELL_OF_INT((int64_t)max)};
    struct fixed_call call = {FIXED_journal_since, parameters, COUNTOF(parameters)};
    return w->content->ops->read(w->txn, NULL, &call, sink, w->why);
}

/* ---- what became of it ---- */

struct kept_row {
    struct row_sink sink; /* first */
    struct arena *arena;
    bool is_there;
    struct cell cells[ENTRY_CELLS + 1];
};

static enum err keep_row(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct kept_row *k = (struct kept_row *)(void *)self;
    (void)why;
    k->is_there = true;
    for (size_t i = 0; i <= ENTRY_CELLS; i++) {
        k->cells[i] = row->cells[i];
        if (row->cells[i].type == CELL_TEXT || row->cells[i].type == CELL_BLOB)
            k->cells[i].text = arena_copy(k->arena, row->cells[i].text);
    }
    return ERR_OK;
}

static enum err row_at(struct walk *w, uint64_t seq, struct kept_row *out)
{
    *out = (struct kept_row){.sink = {keep_row}, .arena = w->why->arena};
    TRY(read_from(w, seq - 1, 1, &out->sink));
    out->is_there = out->is_there && (uint64_t)out->cells[0].integer == seq;
    return ERR_OK;
}

struct search {
    struct row_sink sink; /* first */
    struct walk *walk;
    uint64_t last, found;
    size_t rows;
};

static enum err try_row(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct search *s = (struct search *)(void *)self;
    (void)why;
    s->rows++;
    s->last = (uint64_t)row->cells[0].integer;
    if (!s->found && fits(s->walk, s->walk->before, row->cells, s->walk->broken))
        s->found = s->last;
    return ERR_OK;
}

/* Does what was written at the broken place stand somewhere behind it? 0: no. */
static enum err find_original(struct walk *w, uint64_t *out)
{
    struct search s = {{try_row}, w, w->broken, 0, PAGE_ROWS};
    while (!s.found && s.rows == PAGE_ROWS) {
        s.rows = 0;
        TRY(read_from(w, s.last, PAGE_ROWS, &s.sink));
    }
    *out = s.found;
    return ERR_OK;
}

static enum err say_moved(struct walk *w, const struct kept_row *here, uint64_t original)
{
    struct kept_row there, ahead;
    TRY(row_at(w, original, &there));
    TRY(row_at(w, original - 1, &ahead));
    const struct cell *before = original - 1 == w->broken ? there.cells : ahead.cells;
    if (has_mac(before) && fits(w, (const uint8_t *)before[ENTRY_CELLS].text.at, here->cells, original))
        return finding(w, arena_format(w->why->arena, "Entries %llu and %llu have changed places",
                                       (unsigned long long)w->broken, (unsigned long long)original));
    str name = name_of(w->why->arena, here->cells);
    return finding(w, arena_format(w->why->arena, "There was no " STR_FMT ": it was inserted, what was written as entry %llu is numbered %llu now",
                                   STR_ARG(name), (unsigned long long)w->broken, (unsigned long long)original));
}

static enum err explain(struct walk *w)
{
    struct kept_row here, behind;
    uint64_t original = 0;
    uint8_t own[DIGEST_BYTES];
    TRY(row_at(w, w->broken, &here));
    TRY(row_at(w, w->broken + 1, &behind));
    str name = name_of(w->why->arena, here.cells);
    const char *what = "was altered, or entries before it were taken out and the rest numbered anew";
    TRY(find_original(w, &original));
    if (original)
        return say_moved(w, &here, original);
    chain_mac(w->content->crypt, w->before, here.cells, own);
    if (!has_mac(here.cells))
        what = "carries no seal: it was inserted";
    else if (!behind.is_there)
        what = "was altered, or inserted at the end";
    else if (fits(w, (const uint8_t *)here.cells[ENTRY_CELLS].text.at, behind.cells, w->broken + 1))
        what = "was altered";
    else if (fits(w, own, behind.cells, w->broken + 1))
        what = "has another seal than it was given";
    return finding(w, arena_format(w->why->arena, "E" STR_FMT " %s", STR_ARG(str_slice(name, 1, name.len)), what));
}

/* ---- the whole ---- */

struct text_sink {
    struct row_sink sink; /* first */
    bool is_number;
    uint64_t number;
};

static enum err take_number(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct text_sink *s = (struct text_sink *)(void *)self;
    (void)why;
    s->is_number = row->cells[0].type == CELL_TEXT && str_to_u64(row->cells[0].text, INT64_MAX, &s->number);
    return ERR_OK;
}

static enum err find_beginning(struct walk *w)
{
    struct checkpoint *trim = NULL;
    struct text_sink s = {.sink = {take_number}};
    struct cell name = CELL_OF_TEXT(S("journal.chained_from"));
    struct fixed_call call = {FIXED_note_get, &name, 1};
    TRY(w->content->ops->read(w->txn, NULL, &call, &s.sink, w->why));
    if (!s.is_number)
        return finding(w, S("It is not noted any more where the chain begins"));
    w->proof->chained_from = s.number;
    w->next = 1;
    TRY(checkpoint_newest(w->content, w->txn, CHECKPOINT_TRIM, w->why->arena, &trim, w->why));
    if (!trim)
        return ERR_OK;
    if (!checkpoint_is_signed(w->content, CHECKPOINT_TRIM, trim) || trim->mac.len != DIGEST_BYTES)
        return finding(w, arena_format(w->why->arena, "The word that entries up to %llu were taken out was altered",
                                       (unsigned long long)trim->seq));
    w->proof->trimmed_to = trim->seq;
    w->next = trim->seq + 1;
    memcpy(w->before, trim->mac.at, DIGEST_BYTES);
    return ERR_OK;
}

/* A part that does not begin where the journal does. What stands there was looked at by the part before. */
static enum err go_on(struct walk *w)
{
    struct kept_row last;
    if (w->after < w->next)
        return ERR_OK;
    TRY(row_at(w, w->after, &last));
    if (!last.is_there)
        return problem_fault(w->why, ERR_BAD_INPUT, S("after"), S("range"), "There is no entry %llu", (unsigned long long)w->after);
    if (has_mac(last.cells))
        memcpy(w->before, last.cells[ENTRY_CELLS].text.at, DIGEST_BYTES);
    w->next = w->after + 1;
    w->checkpoint_seq = w->after;
    return ERR_OK;
}

static size_t page_rows(const struct walk *w)
{
    uint64_t left = w->most - w->proof->entries;
    return left < PAGE_ROWS ? (size_t)left : PAGE_ROWS;
}

static enum err walk_all(struct walk *w, const struct journal_watch *watch)
{
    uint64_t all = journal_last(w->content);
    TRY(find_beginning(w));
    TRY(go_on(w));
    do {
        w->rows = 0;
        arena_reset(w->page);
        enum err e = read_from(w, w->next - 1, page_rows(w), &w->sink);
        if (w->broken)
            return explain(w);
        TRY(e);
        if (watch && watch->progress)
            watch->progress(watch->self, w->proof->last, all > w->proof->last ? all : w->proof->last);
    } while (w->rows == PAGE_ROWS && w->proof->entries < w->most);
    return w->proof->entries < w->most ? pass_rest(w) : ERR_OK;
}

static enum err check(struct content *c, uint64_t after, uint64_t most, const struct journal_watch *watch, struct journal_proof *out,
                      struct problem *why)
{
    struct walk w = {.sink = {see_entry}, .content = c, .why = why, .proof = out, .after = after, .most = most};
    *out = (struct journal_proof){0};
    checkpoint_key(c, &out->key, &out->public_key, why->arena);
    TRY(c->ops->begin(c->engine, TXN_READ, &w.txn, why));
    w.page = arena_open(4096);
    w.checkpoint_arena = arena_open(4096);
    enum err e = walk_all(&w, watch);
    memcpy(out->mac, w.before, sizeof out->mac);
    arena_close(w.checkpoint_arena);
    arena_close(w.page);
    c->ops->abandon(w.txn);
    return e;
}

enum err chain_check(struct content *c, const struct journal_watch *watch, struct journal_proof *out, struct problem *why)
{
    return check(c, 0, UINT64_MAX, watch, out, why);
}

enum err chain_check_part(struct content *c, uint64_t after, uint64_t most, struct journal_proof *out, struct problem *why)
{
    return check(c, after, most, NULL, out, why);
}

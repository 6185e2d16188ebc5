#include "content/backup/rebuild.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/limits.h"
#include "content/backup/manifest.h"
#include "content/backup/ship.h"
#include "content/store/wal.h"

#define IMAGES "pages.making"         /* frames that wait for their commit, whole */
#define RECORD LOG_IMAGE_BYTES

struct building {
    const struct rebuild *r;
    struct arena *arena;
    struct rebuilt *out;
    int database, images;
    uint32_t count;                   /* of images */
    struct segment_page *pages;       /* of the present segment: index of its image, and one */
    uint8_t before[DIGEST_BYTES];     /* mac of the segment before */
    bool is_first, is_there;          /* there: the goal was reached */
    struct buf memory;
    uint8_t record[RECORD];
};

static enum err failed(struct problem *why)
{
    return problem_disk(why, "The database cannot be put together");
}

bool rebuild_piece_read(str name, struct rebuild_piece *out)
{
    str number, rest, seq, at, ending;
    uint64_t ms = 0;
    *out = (struct rebuild_piece){.name = name};
    if (!str_cut(name, '-', &number, &rest) || !str_cut(rest, '-', &seq, &rest) || !str_cut(rest, '.', &at, &ending) ||
        !str_to_u64(number, INT64_MAX, &out->number) || !str_to_u64(seq, INT64_MAX, &out->seq) || !str_to_u64(at, INT64_MAX, &ms))
        return false;
    out->at_ms = (int64_t)ms;
    ending = str_slice(rest, at.len, rest.len); /* with its dot */
    return str_equal(ending, S(SHIP_SEGMENT)) || str_equal(ending, S(SHIP_SEGMENT SHIP_SEALED));
}

/* ---- images ---- */

static bool read_record(struct building *b, uint32_t index)
{
    return file_read_at(b->images, b->record, RECORD, (off_t)index * (off_t)RECORD);
}

static bool write_record(struct building *b, uint32_t index)
{
    return file_write_at(b->images, b->record, RECORD, (off_t)index * (off_t)RECORD);
}

static enum err add_image(struct building *b, const struct segment_frame *f, struct problem *why)
{
    struct segment_page *known = segment_page(b->pages, f->page);
    if (known->index > 0 && !read_record(b, known->index - 1))
        return failed(why);
    if (known->index == 0 && f->change.len != LOG_PAGE_BYTES)
        return problem_set(why, ERR_BAD_INPUT, "A piece of the log changes a page that it has not");
    TRY(segment_apply(f, b->record + 8, why));
    wal_put_u32(b->record, f->page);
    wal_put_u32(b->record + 4, f->size);
    if (!write_record(b, b->count))
        return failed(why);
    known->index = ++b->count;
    return ERR_OK;
}

static enum err add_images(struct building *b, str payload, struct problem *why)
{
    struct segment_frame f;
    bool found = true;
    segment_pages_clear(b->pages);
    for (uint32_t n = 0; found; n++) {
        TRY(segment_next(&payload, &f, &found, why));
        if (found && n == LIMIT_SHIP_SEGMENT_FRAMES)
            return problem_set(why, ERR_BAD_INPUT, "A piece of the log has too many frames");
        if (found)
            TRY(add_image(b, &f, why));
    }
    return ERR_OK;
}

/* ---- applying ---- */

/* How many of the first images make whole commits, of which `commits` are wanted at most. */
static enum err count_whole(struct building *b, uint32_t commits, uint32_t *whole, uint32_t *found, struct problem *why)
{
    *whole = *found = 0;
    for (uint32_t i = 0; i < b->count && *found < commits; i++) {
        if (!file_read_at(b->images, b->record, 8, (off_t)i * (off_t)RECORD))
            return failed(why);
        if (wal_u32(b->record + 4) == 0)
            continue;
        *whole = i + 1;
        ++*found;
    }
    return ERR_OK;
}

static enum err apply(struct building *b, uint32_t whole, struct problem *why)
{
    for (uint32_t i = 0; i < whole; i++) {
        if (!read_record(b, i))
            return failed(why);
        off_t at = (off_t)(wal_u32(b->record) - 1) * (off_t)LOG_PAGE_BYTES;
        off_t size = (off_t)wal_u32(b->record + 4) * (off_t)LOG_PAGE_BYTES;
        if (!file_write_at(b->database, b->record + 8, LOG_PAGE_BYTES, at) || (size > 0 && ftruncate(b->database, size) != 0))
            return failed(why);
    }
    for (uint32_t i = whole; i < b->count; i++) /* the beginning of a commit waits for its end */
        if (!read_record(b, i) || !write_record(b, i - whole))
            return failed(why);
    b->count -= whole;
    return ERR_OK;
}

/* ---- how far ---- */

static bool is_bounded(const struct rebuild *r)
{
    return r->seq != UINT64_MAX || r->at_ms != INT64_MAX;
}

static bool is_within(const struct rebuild *r, const struct rebuild_piece *p)
{
    return p->seq <= r->seq && p->at_ms <= r->at_ms;
}

/* The first of them that is no older than the last one. */
static size_t like_last(const struct rebuild *r, size_t count)
{
    size_t first = count;
    while (first > 0 && r->pieces[first - 1].seq == r->pieces[count - 1].seq)
        first--;
    return first;
}

/* Pieces that need no trying: a later round had looked at the journal when they were over, and it had not come too far. The last
 * piece of a round says how far that was, those before it what the round before had said. */
static size_t sure_pieces(const struct rebuild *r, size_t count)
{
    size_t last = count;
    if (!is_bounded(r))
        return count;
    while (last > 0 && !is_within(r, &r->pieces[last - 1]))
        last--;
    last = like_last(r, last);
    return like_last(r, last);
}

/* Names are believed before pieces are read, so they go the way that ours go. */
static bool names_go_on(const struct rebuild *r, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (r->pieces[i].seq < r->pieces[i - 1].seq || r->pieces[i].at_ms < r->pieces[i - 1].at_ms)
            return false;
    return true;
}

static enum err try_commits(struct building *b, uint32_t whole, bool *within, struct problem *why)
{
    const struct rebuild *r = b->r;
    const struct log_goal goal = {r->base, r->seq, r->at_ms};
    return log_try(r->folder, arena_format(why->arena, STR_FMT "/" BACKUP_DATABASE, STR_ARG(r->path)), b->images, whole, &goal, within, why);
}

/* The last commit that is not too far: all before it are not, either. */
static enum err find_last(struct building *b, uint32_t commits, uint32_t *whole, struct problem *why)
{
    uint32_t least = 0, most = commits, found = 0;
    while (least < most) {
        uint32_t middle = least + (most - least + 1) / 2;
        bool within = false;
        TRY(count_whole(b, middle, whole, &found, why));
        TRY(try_commits(b, *whole, &within, why));
        if (within)
            least = middle;
        else
            most = middle - 1;
    }
    return count_whole(b, least, whole, &found, why);
}

static enum err go_on(struct building *b, bool is_sure, struct problem *why)
{
    uint32_t whole = 0, commits = 0;
    bool within = true;
    TRY(count_whole(b, UINT32_MAX, &whole, &commits, why));
    if (!is_sure && commits > 0)
        TRY(try_commits(b, whole, &within, why));
    if (!within) {
        TRY(find_last(b, commits - 1, &whole, why));
        b->is_there = b->out->is_reached = true;
    }
    return apply(b, whole, why);
}

/* ---- piece by piece ---- */

static enum err check_piece(struct building *b, const struct rebuild_piece *p, const struct segment *s, struct problem *why)
{
    bool follows = b->is_first || memcmp(s->before, b->before, sizeof b->before) == 0;
    if (!str_equal(s->strand, b->r->strand) || s->number != p->number || s->seq != p->seq || s->at_ms != p->at_ms || !follows)
        return problem_set(why, ERR_BAD_INPUT, "Piece %llu of the log is not the one that belongs there", (unsigned long long)p->number);
    b->is_first = false;
    memcpy(b->before, s->mac, sizeof b->before);
    return ERR_OK;
}

static void keep_files(struct building *b, const struct segment *s)
{
    struct rebuilt *out = b->out;
    if (s->file_count == 0)
        return;
    size_t n = out->file_count + s->file_count;
    out->files = arena_grow(b->arena, out->files, out->file_count * sizeof *out->files, n * sizeof *out->files);
    for (size_t i = 0; i < s->file_count; i++)
        out->files[out->file_count + i] = (struct segment_file){s->files[i].seq, arena_copy(b->arena, s->files[i].digest)};
    out->file_count = n;
}

static enum err take_piece(struct building *b, const struct rebuild_piece *p, bool is_sure, struct problem *why)
{
    struct tar_source *from = NULL;
    struct segment s;
    struct arena *a = arena_open(64u << 10);
    struct problem own = {.arena = a};
    enum err e = b->r->open(b->r->self, p->name, &from, &own);
    if (e == ERR_OK) {
        e = segment_read(from, b->r->crypt, a, &b->memory, &s, &own);
        b->r->close(b->r->self, from);
        if (e == ERR_OK)
            e = check_piece(b, p, &s, &own);
        if (e == ERR_OK)
            e = add_images(b, s.payload, &own);
        if (e == ERR_OK)
            e = go_on(b, is_sure, &own);
        if (e == ERR_OK)
            keep_files(b, &s);
        buf_free(&b->memory);
    }
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT " (piece " STR_FMT " of the log)", STR_ARG(own.text), STR_ARG(p->name));
    arena_close(a);
    return e;
}

/* Those that follow on each other from the first on; *gap: something comes behind them that does not. */
static size_t count_row(const struct rebuild *r, const struct rebuild_piece **from, bool *gap)
{
    size_t skip = 0, n = 0;
    while (skip < r->count && r->pieces[skip].number <= r->behind)
        skip++;
    *from = r->pieces + skip;
    while (skip + n < r->count && (*from)[n].number == r->behind + n + 1)
        n++;
    *gap = skip + n < r->count;
    return n;
}

static enum err missing(const struct rebuild *r, size_t row, struct problem *why)
{
    return problem_set(why, ERR_INVALID, "Piece %llu of the log is missing, and others lie behind it", (unsigned long long)(r->behind + row + 1));
}

static enum err take_row(struct building *b, const struct rebuild *r, size_t row, bool has_gap, struct problem *why)
{
    size_t sure = sure_pieces(r, row);
    for (size_t i = 0; i < row && !b->is_there; i++) {
        TRY(take_piece(b, &r->pieces[i], i < sure, why));
        b->out->pieces++;
    }
    if (has_gap && !b->is_there)
        return missing(r, row, why);
    return fsync(b->database) == 0 ? ERR_OK : failed(why);
}

/* SQLite looks for a log only beside a database that says so. */
static enum err open_files(struct building *b, struct problem *why)
{
    char wal[2] = {2, 2};
    TRY(folder_remove(b->r->folder, S(IMAGES), why));
    TRY(folder_make(b->r->folder, S(IMAGES), &b->images, why));
    b->database = openat(b->r->folder, BACKUP_DATABASE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    return b->database >= 0 && file_write_at(b->database, wal, sizeof wal, 18) ? ERR_OK : failed(why);
}

static enum err run(struct building *b, const struct rebuild *r, size_t row, bool has_gap, struct problem *why)
{
    TRY(open_files(b, why));
    return take_row(b, r, row, has_gap, why);
}

enum err rebuild_run(const struct rebuild *r, struct arena *a, struct rebuilt *out, struct problem *why)
{
    struct rebuild own = *r;
    bool has_gap = false;
    struct problem quiet = {.arena = why->arena};
    *out = (struct rebuilt){.pieces = 0};
    size_t row = count_row(r, &own.pieces, &has_gap);
    if (row == 0 && has_gap)
        return missing(r, 0, why);
    if (row == 0 || own.pieces[row - 1].seq <= r->base) /* none is surely behind the backup's moment */
        return has_gap ? missing(r, row, why) : ERR_OK;
    if (!names_go_on(&own, row))
        return problem_set(why, ERR_BAD_INPUT, "The names of the log's pieces are not those that were given to them");
    struct building *b = calloc(1, sizeof *b);
    must(b != NULL);
    b->r = &own; /* one by one: a whole one would not fit a frame */
    b->arena = a;
    b->out = out;
    b->database = b->images = -1;
    b->is_first = true;
    b->pages = segment_pages();
    enum err e = run(b, &own, row, has_gap, why);
    if (b->database >= 0)
        (void)close(b->database);
    if (b->images >= 0)
        (void)close(b->images);
    err_ignored(folder_remove(r->folder, S(IMAGES), &quiet));
    free(b->pages);
    free(b);
    return e;
}

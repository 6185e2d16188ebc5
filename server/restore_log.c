#include "server/restore_log.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/limits.h"
#include "content/backup/rebuild.h"
#include "content/backup/ship.h"
#include "content/bytes/blob.h"

#define FETCHING "file.making"
#define PIECE_BYTES (2u * LIMIT_SHIP_SEGMENT_BYTES) /* with what is in front of it, and around it when it is sealed */

struct name {                         /* of a shipped file */
    str text;
};
struct fetching {
    const struct replaying *w;
    struct arena *arena;
    struct rebuild_piece *pieces;
    size_t count, room;
    struct name *files;
    size_t file_count, file_room;
    bool has_key;                     /* a passphrase opens the key that opens the rest */
    struct file_lock lock;
};

/* ---- what is there ---- */

static void *grow(struct arena *a, void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = *room ? 2 * *room : 256;
    return arena_grow(a, at, count * size, *room * size);
}

static enum err see_name(void *self, const struct target_seen *seen, struct problem *why)
{
    struct fetching *f = self;
    struct rebuild_piece piece;
    if (rebuild_piece_read(seen->name, &piece)) {
        if (f->count == LIMIT_SHIP_PIECES)
            return problem_set(why, ERR_TOO_LARGE, "There are more than %u pieces of the log behind the backup", LIMIT_SHIP_PIECES);
        f->pieces = grow(f->arena, f->pieces, f->count, &f->room, sizeof *f->pieces);
        piece.name = arena_copy(f->arena, seen->name);
        f->pieces[f->count++] = piece;
    } else if (str_starts(seen->name, S(SHIP_FILE_FRONT))) {
        f->files = grow(f->arena, f->files, f->file_count, &f->file_room, sizeof *f->files);
        f->files[f->file_count++].text = arena_copy(f->arena, seen->name);
    }
    f->has_key = f->has_key || str_equal(seen->name, S(SHIP_KEY));
    return ERR_OK;
}

static int by_number(const void *a, const void *b)
{
    const struct rebuild_piece *x = a, *y = b;
    return x->number == y->number ? 0 : x->number < y->number ? -1 : 1;
}

static int by_name(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    return str_order(x->text, y->text);
}

static str in_strand(const struct fetching *f, struct arena *a, str name)
{
    return arena_format(a, STR_FMT "/" STR_FMT, STR_ARG(f->w->base->strand), STR_ARG(name));
}

static enum err look(struct fetching *f, struct problem *why)
{
    TRY(target_list(f->w->target, f->w->base->strand, see_name, f, why));
    if (f->count > 0)
        qsort(f->pieces, f->count, sizeof *f->pieces, by_number);
    if (f->file_count > 0)
        qsort(f->files, f->file_count, sizeof *f->files, by_name);
    return ERR_OK;
}

/* ---- bytes, in clear ---- */

struct opened {
    struct tar_source source;         /* first */
    FILE *file;
    struct file_unsealed *unsealed;   /* NULL: in clear */
};

static enum err read_opened(struct tar_source *self, void *into, size_t room, size_t *got, struct problem *why)
{
    struct opened *o = (struct opened *)(void *)self;
    if (o->unsealed)
        return file_unsealed_source(o->unsealed)->read(file_unsealed_source(o->unsealed), into, room, got, why);
    *got = fread(into, 1, room, o->file);
    return ferror(o->file) ? problem_set(why, ERR_UNAVAILABLE, "A piece of the log cannot be read") : ERR_OK;
}

static void close_opened(void *self, struct tar_source *source)
{
    struct opened *o = (struct opened *)(void *)source;
    (void)self;
    file_unsealed_close(o->unsealed);
    (void)fclose(o->file);
    free(o);
}

/* Takes over fd. */
static enum err open_bytes(const struct file_lock *lock, int fd, struct tar_source **out, struct problem *why)
{
    struct opened *o = calloc(1, sizeof *o);
    char kind = 0;
    must(o != NULL);
    o->source.read = read_opened;
    o->file = fdopen(fd, "r");
    must(o->file != NULL);
    rewind(o->file);
    enum err e = file_is_sealed(o->file, &kind) ? file_unseal(o->file, lock, &o->unsealed, why) : ERR_OK;
    *out = &o->source;
    if (e != ERR_OK)
        close_opened(NULL, &o->source);
    return e;
}

static enum err open_piece(void *self, str name, struct tar_source **out, struct problem *why)
{
    struct fetching *f = self;
    size_t size = 0;
    int fd = -1;
    TRY(target_get_memory(f->w->target, in_strand(f, why->arena, name), PIECE_BYTES, &fd, &size, why));
    return open_bytes(&f->lock, fd, out, why);
}

static enum err read_key(struct fetching *f, struct problem *why)
{
    char text[FILE_KEY_TEXT_BYTES + 1];
    struct tar_source *from = NULL;
    size_t got = 0;
    f->lock = f->w->lock;
    if (!f->has_key)
        return ERR_OK;
    TRY(open_piece(f, S(SHIP_KEY), &from, why));
    enum err e = from->read(from, text, sizeof text, &got, why);
    if (e == ERR_OK && got < sizeof text)
        f->lock = (struct file_lock){.secret_key = arena_copy(f->arena, (str){text, got})};
    close_opened(NULL, from);
    crypt_wipe(text, sizeof text);
    return e;
}

/* ---- files ---- */

static enum err write_all(struct tar_source *from, int fd, struct problem *why)
{
    char piece[4096];
    size_t got = 1;
    while (got > 0) {
        TRY(from->read(from, piece, sizeof piece, &got, why));
        if (!file_write(fd, piece, got))
            return problem_disk(why, "A file cannot be written");
    }
    return fsync(fd) == 0 ? ERR_OK : problem_disk(why, "A file cannot be made sure of");
}

/* What it is is judged with all the others, by its digest. */
static enum err fetch(struct fetching *f, str name, str path, struct problem *why)
{
    struct tar_source *from = NULL;
    int fetched = -1, fd = -1;
    TRY(folder_remove(f->w->stage, S(FETCHING), why));
    TRY(folder_make(f->w->stage, S(FETCHING), &fetched, why));
    enum err e = target_get(f->w->target, in_strand(f, why->arena, name), fetched, why);
    if (e != ERR_OK) {
        (void)close(fetched);
        return e;
    }
    TRY(open_bytes(&f->lock, fetched, &from, why));
    e = folder_make(f->w->stage, path, &fd, why);
    if (e == ERR_OK) {
        e = write_all(from, fd, why);
        (void)close(fd);
    }
    close_opened(NULL, from);
    TRY(e);
    return folder_remove(f->w->stage, S(FETCHING), why);
}

static bool is_shipped(const struct fetching *f, str name)
{
    const struct name key = {name};
    return f->file_count > 0 && bsearch(&key, f->files, f->file_count, sizeof *f->files, by_name) != NULL;
}

/* One that was swept before it was shipped is not there: nothing needed it, or the look at all of it says so. */
static enum err fetch_one(struct fetching *f, const struct segment_file *file, struct problem *why)
{
    int fd = -1;
    struct problem quiet = {.arena = why->arena};
    if (!blob_digest_valid(file->digest))
        return problem_set(why, ERR_BAD_INPUT, "The log names a file that there cannot be");
    str path = blob_path(why->arena, file->digest), name = ship_file_name(why->arena, f->w->crypt, file);
    if (folder_file(f->w->stage, path, &fd, &quiet) == ERR_OK) {
        (void)close(fd);
        return ERR_OK;
    }
    str sealed = arena_format(why->arena, STR_FMT SHIP_SEALED, STR_ARG(name));
    if (is_shipped(f, sealed))
        return fetch(f, sealed, path, why);
    return is_shipped(f, name) ? fetch(f, name, path, why) : ERR_OK;
}

static enum err fetch_files(struct fetching *f, const struct rebuilt *built, struct problem *why)
{
    for (size_t i = 0; i < built->file_count; i++) {
        struct arena *a = arena_open(4096);
        struct problem own = {.arena = a};
        enum err e = fetch_one(f, &built->files[i], &own);
        if (e != ERR_OK)
            e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
        arena_close(a);
        TRY(e);
    }
    return ERR_OK;
}

enum err restore_log(const struct replaying *w, uint64_t *pieces, bool *reached, struct problem *why)
{
    struct fetching f = {.w = w, .arena = why->arena};
    struct rebuilt built;
    TRY(look(&f, why));
    TRY(read_key(&f, why));
    const struct rebuild r = {
        .folder = w->stage, .path = w->path, .crypt = w->crypt, .strand = w->base->strand, .behind = w->base->segment,
        .base = w->base->last, .pieces = f.pieces, .count = f.count, .seq = w->seq, .at_ms = w->at_ms,
        .open = open_piece, .close = close_opened, .self = &f,
    };
    TRY(rebuild_run(&r, why->arena, &built, why));
    *pieces = built.pieces;
    *reached = built.is_reached;
    return fetch_files(&f, &built, why);
}

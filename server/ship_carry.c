#include "server/ship_carry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypt_file.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/backup/rebuild.h"
#include "content/backup/ship.h"
#include "content/bytes/blob.h"

#define SEALING "file.making"

struct strand {
    struct carrying *c;
    str name;
    int folder;
    struct arena *arena;              /* of what is carried now */
    char public_key[FILE_KEY_TEXT_BYTES + 1]; /* "": in clear */
};

static bool is_over(const struct carrying *c)
{
    return c->stop && atomic_load(c->stop);
}

/* ---- files ---- */

static enum err seal_bytes(int from, FILE *to, struct problem *why)
{
    char piece[4096];
    off_t at = 0;
    for (;;) {
        ssize_t n = file_some_at(from, piece, sizeof piece, at);
        if (n < 0)
            return problem_disk(why, "A file cannot be read");
        if (n == 0)
            return ERR_OK;
        if (fwrite(piece, 1, (size_t)n, to) != (size_t)n)
            return problem_disk(why, "A sealed file cannot be written");
        at += n;
    }
}

static enum err seal_into(int from, int fd, str public_key, struct problem *why)
{
    const struct file_lock lock = {.public_key = public_key};
    FILE *to = fdopen(fd, "w"), *sealed = NULL;
    must(to != NULL);
    enum err e = file_seal(to, &lock, &sealed, why);
    if (e == ERR_OK) {
        e = seal_bytes(from, sealed, why);
        if (fclose(sealed) != 0 && e == ERR_OK)
            e = problem_disk(why, "A sealed file cannot be written");
    }
    if (fflush(to) != 0 && e == ERR_OK)
        e = problem_disk(why, "A sealed file cannot be written");
    (void)fclose(to);
    return e;
}

static enum err put_sealed(struct strand *s, str name, int from, struct problem *why)
{
    int fd = -1;
    TRY(folder_remove(s->folder, S(SEALING), why));
    TRY(folder_make(s->folder, S(SEALING), &fd, why));
    TRY(seal_into(from, fd, str_of(s->public_key), why));
    TRY(folder_file(s->folder, S(SEALING), &fd, why));
    enum err e = target_put(s->c->target, name, fd, why);
    (void)close(fd);
    TRY(e);
    return folder_remove(s->folder, S(SEALING), why);
}

/* One that is gone here was swept: nothing refers to it any more. Should an older moment be restored, that is said then. */
static enum err carry_file(struct strand *s, str digest, str as, struct problem *why)
{
    struct arena *a = s->arena;
    struct problem own = {.arena = a};
    int fd = -1;
    if (!blob_digest_valid(digest))
        return problem_set(why, ERR_BAD_INPUT, "A file that waits to be shipped has a bad name");
    enum err e = folder_file(s->c->data, blob_path(a, digest), &fd, &own);
    s->c->lost += e == ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    if (e != ERR_OK)
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    bool is_sealed = s->public_key[0] != 0;
    str name = arena_format(a, STR_FMT "/" STR_FMT "%s", STR_ARG(s->name), STR_ARG(as), is_sealed ? SHIP_SEALED : "");
    e = is_sealed ? put_sealed(s, name, fd, why) : target_put(s->c->target, name, fd, why);
    (void)close(fd);
    s->c->files += e == ERR_OK;
    return e;
}

static enum err carry_files(struct strand *s, str list, struct problem *why)
{
    bool is_current = str_equal(s->name, str_of(s->c->strand));
    str line, rest = list;
    while (str_cut(rest, '\n', &line, &rest)) {
        uint64_t number = 0;
        str seq, digest, name;
        if (!str_cut(line, ' ', &seq, &digest) || !str_to_u64(seq, INT64_MAX, &number) || !str_cut(digest, ' ', &digest, &name))
            return problem_set(why, ERR_BAD_INPUT, "A list of files that wait to be shipped cannot be read");
        if (is_current && number <= s->c->files_to)
            continue;
        if (is_over(s->c))
            return problem_set(why, ERR_UNAVAILABLE, "It was told to stop");
        TRY(carry_file(s, digest, name, why));
        if (is_current)
            s->c->files_to = number;
    }
    return ERR_OK;
}

/* ---- segments ---- */

static enum err carry_one(struct strand *s, str name, struct problem *why)
{
    str path = arena_format(s->arena, STR_FMT "/" STR_FMT, STR_ARG(s->name), STR_ARG(name));
    struct stat st = {0};
    int fd = -1;
    TRY(folder_file(s->folder, name, &fd, why));
    enum err e = target_put(s->c->target, path, fd, why);
    if (e == ERR_OK && fstat(fd, &st) == 0)
        s->c->bytes += (uint64_t)st.st_size;
    (void)close(fd);
    return e;
}

static enum err carry_segment(struct strand *s, str name, struct problem *why)
{
    str files = arena_format(s->arena, STR_FMT SHIP_FILES, STR_ARG(name)), list = {0};
    struct problem own = {.arena = s->arena};
    if (str_ends(name, S(SHIP_SEALED)) && !s->public_key[0])
        return problem_set(why, ERR_UNAVAILABLE, "The key that " STR_FMT " and its files are sealed for is not there", STR_ARG(s->name));
    enum err e = folder_read(s->folder, files, 2 * LIMIT_SHIP_HEADER_BYTES, s->arena, &list, &own);
    if (e == ERR_OK)
        TRY(carry_files(s, list, why));
    else if (e != ERR_NOT_FOUND)
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    TRY(carry_one(s, name, why));
    s->c->segments++;
    TRY(folder_remove(s->folder, name, why));
    return folder_remove(s->folder, files, why);
}

static int by_text(const void *a, const void *b)
{
    const str *x = a, *y = b;
    return str_order(*x, *y);
}

struct names {
    str *at;
    size_t count;
};

/* Names in a folder of ours that a look says yes to, in order. */
static struct names list_names(int folder, bool (*wanted)(str name), struct arena *a)
{
    struct names n = {NULL, 0};
    size_t room = 0;
    int own = folder_open_in(folder, S("."));
    DIR *d = own >= 0 ? fdopendir(own) : NULL;
    if (!d)
        return n;
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (!wanted(str_of(e->d_name)))
            continue;
        if (n.count == room) {
            room = room ? 2 * room : 64;
            n.at = arena_grow(a, n.at, n.count * sizeof *n.at, room * sizeof *n.at);
        }
        n.at[n.count++] = arena_copy(a, str_of(e->d_name));
    }
    (void)closedir(d);
    if (n.count > 0)
        qsort(n.at, n.count, sizeof *n.at, by_text);
    return n;
}

static bool is_segment(str name)
{
    struct rebuild_piece p;
    return rebuild_piece_read(name, &p);
}

static bool is_strand(str name)
{
    return str_starts(name, S(SHIP_STRAND_FRONT));
}

static bool counts(const struct strand *s, str name)
{
    struct rebuild_piece p;
    return rebuild_piece_read(name, &p) && (!str_equal(s->name, str_of(s->c->strand)) || p.number <= s->c->number);
}

static enum err carry_in_order(struct strand *s, struct problem *why)
{
    struct arena *a = arena_open(256u << 10);
    struct names names = list_names(s->folder, is_segment, a);
    enum err e = ERR_OK;
    for (size_t i = 0; i < names.count && e == ERR_OK && counts(s, names.at[i]); i++) {
        s->c->is_whole = s->c->until_us == 0 || s->c->segments == s->c->begin || time_mono_us() < s->c->until_us;
        if (!s->c->is_whole)
            break;
        s->arena = arena_open(64u << 10);
        struct problem own = {.arena = s->arena};
        e = is_over(s->c) ? problem_set(&own, ERR_UNAVAILABLE, "It was told to stop") : carry_segment(s, names.at[i], &own);
        if (e != ERR_OK)
            e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
        arena_close(s->arena);
    }
    arena_close(a);
    return e;
}

static enum err carry_key(struct strand *s, struct problem *why)
{
    str public_key = {0};
    struct problem own = {.arena = why->arena};
    enum err e = folder_read(s->folder, S(SHIP_PUBLIC), FILE_KEY_TEXT_BYTES, why->arena, &public_key, &own);
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    if (e != ERR_OK)
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    memcpy(s->public_key, public_key.at, public_key.len);
    s->arena = why->arena;
    if (faccessat(s->folder, SHIP_KEY, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        return ERR_OK;
    TRY(carry_one(s, S(SHIP_KEY), why));
    return folder_remove(s->folder, S(SHIP_KEY), why);
}

static enum err carry_strand(struct carrying *c, int shipping, str name, struct problem *why)
{
    struct strand s = {.c = c, .name = name, .folder = folder_open_in(shipping, name), .public_key = ""};
    if (s.folder < 0)
        return problem_disk(why, STR_FMT, STR_ARG(name));
    enum err e = carry_key(&s, why);
    if (e == ERR_OK)
        e = carry_in_order(&s, why);
    bool is_empty = e == ERR_OK && c->is_whole && !str_equal(name, str_of(c->strand));
    (void)close(s.folder);
    return is_empty ? folder_remove(shipping, name, why) : e;
}

static void find_strand(struct carrying *c, struct arena *a)
{
    str strand;
    ship_where(c->data, a, &strand, &c->number);
    if (str_equal(strand, str_of(c->strand)))
        return;
    must(strand.len < sizeof c->strand);
    memcpy(c->strand, strand.at, strand.len);
    c->strand[strand.len] = 0;
    c->files_to = 0;
}

enum err carry_all(struct carrying *c, struct problem *why)
{
    int shipping = folder_open_in(c->data, S(SHIP_FOLDER));
    c->is_whole = true;
    if (shipping < 0)
        return ERR_OK;
    struct arena *a = arena_open(64u << 10);
    struct names names = list_names(shipping, is_strand, a);
    enum err e = ERR_OK;
    find_strand(c, a);
    c->begin = c->segments;
    for (size_t i = 0; i < names.count && e == ERR_OK && c->is_whole; i++)
        e = carry_strand(c, shipping, names.at[i], why);
    arena_close(a);
    (void)close(shipping);
    return e;
}

static enum err add_size(void *self, int folder, str path, uint64_t size, struct problem *why)
{
    uint64_t *sum = self;
    (void)folder, (void)path, (void)why;
    *sum += size;
    return ERR_OK;
}

uint64_t carry_waiting(int data)
{
    int shipping = folder_open_in(data, S(SHIP_FOLDER));
    struct arena *a = arena_open(1024);
    struct problem quiet = {.arena = a};
    uint64_t sum = 0;
    if (shipping >= 0) {
        err_ignored(folder_each(shipping, add_size, &sum, &quiet));
        (void)close(shipping);
    }
    arena_close(a);
    return sum;
}

void carry_give_up(int data)
{
    int shipping = folder_open_in(data, S(SHIP_FOLDER));
    struct arena *a = arena_open(64u << 10);
    struct problem quiet = {.arena = a};
    struct names names = {NULL, 0};
    if (shipping >= 0)
        names = list_names(shipping, is_strand, a);
    for (size_t i = 0; i < names.count; i++) {
        err_ignored(folder_remove(shipping, names.at[i], &quiet));
    }
    if (shipping >= 0)
        (void)close(shipping);
    arena_close(a);
}

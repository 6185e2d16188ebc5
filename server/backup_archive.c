/* Backups as one file. Written through a digest, so that what lies on the disk in the end can be compared with what was
 * written, even when it is sealed for a key that is not here. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/folder.h"
#include "content/bytes/blob.h"
#include "server/backup.h"

#define PIECE_BYTES (128u << 10)
#define AHEAD_BYTES (8u << 20)

/* ---- the file, and what was written to it ---- */

struct hashed {
    int fd;
    struct digest *digest;
    uint64_t bytes, begun;
    int cause;                        /* errno of the first failure */
};

static ssize_t write_hashed(void *self, const char *at, size_t n)
{
    struct hashed *h = self;
    if (!file_write(h->fd, at, n)) {
        h->cause = errno;
        return 0;
    }
    digest_add(h->digest, at, n);
    h->bytes += n;
    if (h->bytes - h->begun >= AHEAD_BYTES) {
        (void)sync_file_range(h->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
        h->begun = h->bytes;
    }
    return (ssize_t)n;
}

static str digest_of(struct hashed *h, struct arena *a)
{
    uint8_t sum[DIGEST_LARGEST];
    struct buf b;
    size_t length = digest_end(h->digest, sum);
    buf_init(&b, a, 2 * length + 1);
    buf_hex(&b, sum, length);
    return buf_str(&b);
}

/* ---- packing ---- */

struct packing {
    struct tar_writer tar;
    const _Atomic(bool) *stop;
    char *piece;
};

static enum err pack_bytes(struct packing *p, int fd, uint64_t size, struct problem *why)
{
    uint64_t at = 0;
    while (at < size && !p->tar.failed) {
        size_t room = size - at < PIECE_BYTES ? (size_t)(size - at) : PIECE_BYTES;
        ssize_t n = file_some_at(fd, p->piece, room, (off_t)at);
        if (n <= 0)
            return problem_set(why, ERR_UNAVAILABLE, "A file of the backup cannot be read");
        if (p->stop && atomic_load(p->stop))
            return problem_set(why, ERR_UNAVAILABLE, "The backup was told to stop");
        tar_add(&p->tar, p->piece, (size_t)n);
        at += (uint64_t)n;
    }
    if (p->tar.failed)
        return problem_set(why, ERR_FULL, "The archive cannot be written");
    tar_entry(&p->tar);
    return ERR_OK;
}

static enum err pack_file(void *self, int folder, str path, uint64_t size, struct problem *why)
{
    struct packing *p = self;
    size_t cut = path.len;
    int fd;
    while (cut > 0 && path.at[cut - 1] != '/')
        cut--;
    TRY(folder_file(folder, str_slice(path, cut, path.len), &fd, why));
    enum err e = tar_begin(&p->tar, path, size, why);
    if (e == ERR_OK)
        e = pack_bytes(p, fd, size, why);
    (void)close(fd);
    return e;
}

/* The manifest is first: whoever unpacks learns at once what comes. */
static enum err pack_front(struct packing *p, int from, struct problem *why)
{
    static const str front[] = {STR(BACKUP_MANIFEST), STR(BACKUP_SEAL)};
    for (size_t i = 0; i < COUNTOF(front); i++) {
        str text;
        TRY(folder_read(from, front[i], BACKUP_MANIFEST_BYTES, why->arena, &text, why));
        TRY(tar_begin(&p->tar, front[i], text.len, why));
        tar_add(&p->tar, text.at, text.len);
        tar_entry(&p->tar);
    }
    return ERR_OK;
}

static enum err pack_rest(void *self, int folder, str path, uint64_t size, struct problem *why)
{
    bool was_first = str_equal(path, S(BACKUP_MANIFEST)) || str_equal(path, S(BACKUP_SEAL));
    return was_first ? ERR_OK : pack_file(self, folder, path, size, why);
}

static enum err pack(int from, FILE *to, const _Atomic(bool) *stop, struct problem *why)
{
    struct packing p = {.tar = {.to = to}, .stop = stop, .piece = malloc(PIECE_BYTES)};
    must(p.piece != NULL);
    enum err e = pack_front(&p, from, why);
    if (e == ERR_OK)
        e = folder_each(from, pack_rest, &p, why);
    if (e == ERR_OK)
        e = tar_end(&p.tar, why);
    free(p.piece);
    return e;
}

static enum err pack_sealed(int from, FILE *to, const struct file_lock *lock, const _Atomic(bool) *stop, struct problem *why)
{
    FILE *sealed = NULL;
    TRY(file_seal(to, lock, &sealed, why));
    enum err e = pack(from, sealed, stop, why);
    if (fclose(sealed) != 0 && e == ERR_OK)
        e = problem_set(why, ERR_FULL, "The archive cannot be written");
    return e;
}

static enum err pack_into(struct hashed *h, int from, const struct file_lock *lock, const _Atomic(bool) *stop, struct problem *why)
{
    const cookie_io_functions_t calls = {.write = write_hashed};
    bool is_sealed = !str_is_absent(lock->passphrase) || !str_is_absent(lock->public_key);
    FILE *to = fopencookie(h, "w", calls);
    must(to != NULL);
    enum err e = is_sealed ? pack_sealed(from, to, lock, stop, why) : pack(from, to, stop, why);
    if (fclose(to) != 0 && e == ERR_OK)
        e = problem_set(why, ERR_FULL, "The archive cannot be written");
    if (e == ERR_FULL && h->cause != 0) {
        errno = h->cause;
        e = problem_disk(why, "The archive cannot be written");
    }
    if (e == ERR_OK && fsync(h->fd) != 0)
        e = problem_disk(why, "The archive cannot be made sure of");
    return e;
}

/* From the disk, not from what the system still remembers of it. */
static enum err read_again(struct hashed *h, const _Atomic(bool) *stop, struct problem *why)
{
    str wanted = digest_of(h, why->arena), is;
    uint64_t size;
    (void)posix_fadvise(h->fd, 0, 0, POSIX_FADV_DONTNEED);
    TRY(file_digest(h->fd, stop, why->arena, &is, &size, why));
    if (size == h->bytes && str_equal(is, wanted))
        return ERR_OK;
    return problem_set(why, ERR_CONFLICT, "The archive on the disk is not what was written");
}

enum err backup_pack(int from, int into, str name, const struct file_lock *lock, const _Atomic(bool) *stop, uint64_t *bytes,
                     struct problem *why)
{
    struct hashed h = {.fd = -1};
    TRY(folder_make(into, name, &h.fd, why));
    h.digest = digest_open(DIGEST_SHA256);
    enum err e = pack_into(&h, from, lock, stop, why);
    if (e == ERR_OK)
        e = read_again(&h, stop, why);
    digest_close(h.digest);
    (void)close(h.fd);
    *bytes = h.bytes;
    if (e == ERR_OK)
        return ERR_OK;
    struct problem quiet = {.arena = why->arena};
    enum err unused = folder_remove(into, name, &quiet);
    (void)unused;
    return e;
}

/* ---- unpacking ---- */

bool backup_file_name(str path, struct arena *a)
{
    static const str names[] = {STR(BACKUP_MANIFEST), STR(BACKUP_SEAL), STR(BACKUP_DATABASE)};
    for (size_t i = 0; i < COUNTOF(names); i++)
        if (str_equal(names[i], path))
            return true;
    return blob_path_valid(path, a);
}

static enum err unpack_bytes(struct tar_reader *r, int fd, char *piece, struct problem *why)
{
    for (;;) {
        size_t got = 0;
        TRY(tar_read(r, piece, PIECE_BYTES, &got, why));
        if (got == 0)
            return fsync(fd) == 0 ? ERR_OK : problem_disk(why, "A file cannot be made sure of");
        if (!file_write(fd, piece, got))
            return problem_disk(why, "A file cannot be written");
    }
}

struct unpacking {
    int into;
    backup_judge *judge;
    void *self;
    unsigned fronts;                  /* manifest and seal, so far */
    struct backup_bound left;
    char *piece;
};

enum err backup_bound_take(struct backup_bound *left, uint64_t bytes, struct problem *why)
{
    if (left->files == 0 || bytes > left->bytes)
        return problem_set(why, ERR_INVALID, "There is more in the backup than its manifest tells of");
    left->files--;
    left->bytes -= bytes;
    return ERR_OK;
}

static enum err bound(struct unpacking *u, str path, uint64_t bytes, struct problem *why)
{
    bool is_front = str_equal(path, S(BACKUP_MANIFEST)) || str_equal(path, S(BACKUP_SEAL));
    if (!backup_file_name(path, why->arena))
        return problem_set(why, ERR_BAD_INPUT, "The archive has a file that no backup has: it is none, or was altered");
    if (!is_front && u->fronts < 2)
        return problem_set(why, ERR_INVALID, "This is no whole backup: its manifest is not in front");
    if (!is_front)
        return backup_bound_take(&u->left, bytes, why);
    return bytes <= BACKUP_MANIFEST_BYTES ? ERR_OK : problem_set(why, ERR_INVALID, "The backup's manifest is longer than it may be");
}

static enum err unpack_entry(struct tar_reader *r, struct unpacking *u, struct problem *why)
{
    int fd;
    str path = str_of(r->name);
    TRY(bound(u, path, r->bytes, why));
    TRY(folder_make(u->into, path, &fd, why));
    enum err e = unpack_bytes(r, fd, u->piece, why);
    (void)close(fd);
    TRY(e);
    u->fronts += u->fronts < 2;
    return u->fronts == 2 && str_starts(path, S("manifest.")) ? u->judge(u->self, &u->left, why) : ERR_OK;
}

static enum err unpack_all(struct tar_source *from, struct unpacking *u, struct problem *why)
{
    struct tar_reader r = {.from = from};
    bool found = true;
    size_t got = 1;
    while (found) {
        TRY(tar_next(&r, &found, why));
        if (found)
            TRY(unpack_entry(&r, u, why));
    }
    if (!r.is_whole)
        return problem_set(why, ERR_BAD_INPUT, "The archive was cut off");
    if (u->fronts < 2)
        return problem_set(why, ERR_INVALID, "This is no whole backup: it has no manifest");
    while (got > 0) /* a sealed one is authenticated to its last piece */
        TRY(from->read(from, u->piece, PIECE_BYTES, &got, why));
    return ERR_OK;
}

static enum err unpack_sealed(FILE *from, const struct file_lock *lock, struct unpacking *how, struct problem *why)
{
    struct file_unsealed *u = NULL;
    TRY(file_unseal(from, lock, &u, why));
    enum err e = unpack_all(file_unsealed_source(u), how, why);
    file_unsealed_close(u);
    return e;
}

static enum err unpack_plain(const char *path, struct unpacking *how, struct problem *why)
{
    struct tar_file *f = NULL;
    TRY(tar_file_open(path, &f, why));
    enum err e = unpack_all(tar_file_source(f), how, why);
    tar_file_close(f);
    return e;
}

enum err backup_unpack(const char *path, const struct file_lock *lock, int into, backup_judge *judge, void *self, struct problem *why)
{
    FILE *from = fopen(path, "rbe");
    char kind = 0;
    if (!from)
        return problem_set(why, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    struct unpacking u = {.into = into, .judge = judge, .self = self, .piece = malloc(PIECE_BYTES)};
    must(u.piece != NULL);
    enum err e = file_is_sealed(from, &kind) ? unpack_sealed(from, lock, &u, why) : unpack_plain(path, &u, why);
    free(u.piece);
    (void)fclose(from);
    return e;
}

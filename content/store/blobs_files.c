/* Blobs as files: DATA/blobs/KIND/ab/cd… and DATA/uploads/NAME. */
#include "content/store/blobs_files.h"

#include "base/file.h"
#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_ROOM 160
#define HOLD_TRIES 200u               /* removing takes a moment, another holder minutes */
#define HOLD_PAUSE_US 5000u
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct blob_files {
    struct blobs_config config;
    int root, blobs, uploads, aside;  /* directories; -1: not there, and nothing may be made */
    char own[64];                     /* of a store of its own, to be removed; "" otherwise */
};

static enum err failed(struct problem *why, const char *what)
{
    return problem_disk(why, "%s", what);
}

/* A fault that a test asked for. */
static bool fails(const struct blob_files *f, const char *call)
{
    if (!f->config.fails || !f->config.fails(f->config.self, call))
        return false;
    errno = EIO;
    return true;
}

static bool in_name(char out[NAME_ROOM], str name)
{
    if (name.len == 0 || name.len >= NAME_ROOM)
        return false;
    memcpy(out, name.at, name.len);
    out[name.len] = '\0';
    return true;
}

/* Makes it when it is not there, and makes sure that it stays. */
static int folder_in(const struct blob_files *f, int parent, const char *name, bool may_make)
{
    int fd = openat(parent, name, FOLDER_FLAGS);
    if (fd >= 0 || errno != ENOENT || !may_make)
        return fd;
    if (fails(f, "mkdir") || (mkdirat(parent, name, 0700) != 0 && errno != EEXIST))
        return -1;
    if (fails(f, "fsync") || fsync(parent) != 0)
        return -1;
    return openat(parent, name, FOLDER_FLAGS);
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

enum err files_open(const struct blobs_config *config, struct blob_files **out, struct problem *why)
{
    struct blob_files *f = calloc(1, sizeof *f);
    char path[4096];
    const char *elsewhere = getenv("TMPDIR");
    must(f != NULL && config->directory.len < sizeof path);
    *f = (struct blob_files){.config = *config, .root = -1, .blobs = -1, .uploads = -1, .aside = -1};
    if (config->directory.len > 0) {
        memcpy(path, config->directory.at, config->directory.len);
        path[config->directory.len] = '\0';
    } else {
        int length = snprintf(f->own, sizeof f->own, "%s/vitrine-blobs-XXXXXX", elsewhere && *elsewhere ? elsewhere : "/tmp");
        must(length > 0 && (size_t)length < sizeof f->own && mkdtemp(f->own) != NULL);
        (void)snprintf(path, sizeof path, "%s", f->own);
    }
    f->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->root >= 0) {
        f->blobs = folder_in(f, f->root, "blobs", !config->read_only);
        f->uploads = folder_in(f, f->root, "uploads", !config->read_only);
        f->aside = folder_in(f, f->root, "quarantine", !config->read_only);
    }
    if (f->root < 0 || (!config->read_only && (f->blobs < 0 || f->uploads < 0 || f->aside < 0))) {
        enum err e = failed(why, "The directories for files cannot be opened");
        files_close(f);
        return e;
    }
    *out = f;
    return ERR_OK;
}

void files_close(struct blob_files *f)
{
    if (!f)
        return;
    close_one(&f->blobs);
    close_one(&f->uploads);
    close_one(&f->aside);
    if (f->own[0] != '\0' && f->root >= 0) {
        struct arena *a = arena_open(1024);
        struct problem unused = {.arena = a};
        err_ignored(folder_clear(f->root, &unused));
        (void)rmdir(f->own);
        arena_close(a);
    }
    close_one(&f->root);
    free(f);
}

void files_watch(struct blob_files *f, bool (*fails_now)(void *self, const char *call), void *self)
{
    f->config.fails = fails_now;
    f->config.self = self;
}

int files_directory(const struct blob_files *f)
{
    return f->root;
}

/* ---- uploads ---- */

static enum err lock_it(int fd, struct problem *why)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK;
    return problem_set(why, ERR_CONFLICT, "Another request is at this upload");
}

enum err files_make(struct blob_files *f, str name, int *fd, struct problem *why)
{
    char own[NAME_ROOM];
    must(in_name(own, name));
    *fd = fails(f, "open") ? -1 : openat(f->uploads, own, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*fd < 0)
        return failed(why, "An upload cannot be begun");
    return lock_it(*fd, why);
}

enum err files_again(struct blob_files *f, str name, uint64_t size, int *fd, struct problem *why)
{
    char own[NAME_ROOM];
    struct stat st;
    must(in_name(own, name));
    *fd = f->uploads < 0 ? -1 : openat(f->uploads, own, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (*fd < 0 && (errno == ENOENT || f->uploads < 0))
        return problem_set(why, ERR_NOT_FOUND, "There is no such upload");
    if (*fd < 0 || fstat(*fd, &st) != 0)
        return failed(why, "An upload cannot be opened");
    TRY(lock_it(*fd, why));
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size < size)
        return problem_set(why, ERR_NOT_FOUND, "Bytes of this upload have been lost; begin again");
    return ERR_OK;
}

enum err files_cut(struct blob_files *f, int fd, uint64_t size, bool *was_longer, struct problem *why)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return failed(why, "An upload cannot be continued");
    *was_longer = (uint64_t)st.st_size != size;
    if (fails(f, "truncate") || (*was_longer && ftruncate(fd, (off_t)size) != 0) || lseek(fd, (off_t)size, SEEK_SET) < 0)
        return failed(why, "An upload cannot be continued");
    return ERR_OK;
}

enum err files_write(struct blob_files *f, int fd, str bytes, struct problem *why)
{
    while (bytes.len > 0) {
        ssize_t n = fails(f, "write") ? -1 : write(fd, bytes.at, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed(why, "The bytes cannot be written");
        bytes = str_slice(bytes, (size_t)n, bytes.len);
    }
    return ERR_OK;
}

enum err files_sync(struct blob_files *f, int fd, struct problem *why)
{
    return fails(f, "fsync") || fsync(fd) != 0 ? failed(why, "The bytes cannot be made sure of") : ERR_OK;
}

enum err files_stay(struct blob_files *f, struct problem *why)
{
    return files_sync(f, f->uploads, why);
}

void files_start(int fd, uint64_t from, uint64_t length)
{
    (void)sync_file_range(fd, (off_t)from, (off_t)length, SYNC_FILE_RANGE_WRITE);
}

bool files_stamp(int fd, int64_t *written_ns)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return false;
    *written_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    return true;
}

void files_pass(int fd, uint64_t from, uint64_t length)
{
    (void)posix_fadvise(fd, (off_t)from, (off_t)length, POSIX_FADV_DONTNEED);
}

bool files_there(struct blob_files *f, str name)
{
    char own[NAME_ROOM];
    struct stat st;
    return in_name(own, name) && fstatat(f->uploads, own, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool files_busy(struct blob_files *f, str name)
{
    char own[NAME_ROOM];
    int fd = in_name(own, name) ? openat(f->uploads, own, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    bool busy = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close_one(&fd);
    return busy;
}

enum err files_forget(struct blob_files *f, str name, struct problem *why)
{
    char own[NAME_ROOM];
    must(in_name(own, name));
    if (fails(f, "unlink") || (unlinkat(f->uploads, own, 0) != 0 && errno != ENOENT))
        return failed(why, "An upload cannot be removed");
    return ERR_OK;
}

/* ---- blobs ---- */

/* The folder of the first two digits; what is behind them is the file's name. */
static int folder_of(const struct blob_files *f, str kind, str hex, bool may_make, char file[NAME_ROOM])
{
    char name[NAME_ROOM], two[3] = {hex.at[0], hex.at[1], '\0'};
    must(in_name(name, kind) && in_name(file, str_slice(hex, 2, hex.len)));
    if (f->blobs < 0) {
        errno = ENOENT;
        return -1;
    }
    int of_kind = folder_in(f, f->blobs, name, may_make);
    if (of_kind < 0)
        return -1;
    int folder = folder_in(f, of_kind, two, may_make);
    int cause = errno;
    (void)close(of_kind);
    errno = cause;
    return folder;
}

/* Who puts a file into a folder shares this, who takes one out has it alone: what was just put there is not taken for what lay
 * there before. By the system, so that it holds between processes and ends with them; only for a moment. */
static void hold(int folder, int how)
{
    while (flock(folder, how) != 0)
        must(errno == EINTR);
}

/* Bytes that were hashed a moment ago take the place of those that are there: damage to them heals by itself. Their age begins
 * with this, however long they were on their way. */
static enum err settle_in(struct blob_files *f, int folder, str name, const char *file, struct problem *why)
{
    char own[NAME_ROOM];
    struct stat st, its;
    must(in_name(own, name));
    if (fstatat(folder, file, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
        return problem_set(why, ERR_UNAVAILABLE, "Something else lies where the file belongs");
    if (fails(f, "utime") || utimensat(f->uploads, own, NULL, AT_SYMLINK_NOFOLLOW) != 0 || fails(f, "rename"))
        return failed(why, "The file cannot be kept");
    hold(folder, LOCK_SH);
    bool is_same = fstatat(folder, file, &st, AT_SYMLINK_NOFOLLOW) == 0 && fstatat(f->uploads, own, &its, AT_SYMLINK_NOFOLLOW) == 0 &&
                   st.st_dev == its.st_dev && st.st_ino == its.st_ino; /* adopted twice: renaming would leave both names */
    int code = is_same ? unlinkat(f->uploads, own, 0) : renameat(f->uploads, own, folder, file), cause = errno;
    hold(folder, LOCK_UN);
    errno = cause;
    if (code != 0)
        return failed(why, "The file cannot be kept");
    if (fails(f, "fsync") || fsync(folder) != 0)
        return failed(why, "The file cannot be made sure of");
    return ERR_OK;
}

enum err files_settle(struct blob_files *f, str name, str kind, str hex, struct problem *why)
{
    char file[NAME_ROOM];
    int folder = folder_of(f, kind, hex, true, file);
    if (folder < 0)
        return failed(why, "The file's directory cannot be made");
    enum err e = settle_in(f, folder, name, file, why);
    (void)close(folder);
    return e;
}

enum err files_read(struct blob_files *f, str kind, str hex, int *fd, uint64_t *size, struct problem *why)
{
    char file[NAME_ROOM];
    struct stat st;
    int folder = folder_of(f, kind, hex, false, file);
    *fd = folder < 0 ? -1 : openat(folder, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int cause = errno;
    close_one(&folder);
    errno = cause;
    if (*fd < 0 && errno == ENOENT)
        return problem_set(why, ERR_NOT_FOUND, "The file's bytes are not there");
    if (*fd < 0 || fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close_one(fd);
        return failed(why, "The file cannot be opened");
    }
    *size = (uint64_t)st.st_size;
    return ERR_OK;
}

static int64_t written_ms(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

/* Of a file description of its own, so that threads of one process keep each other out like processes do. -1: not got. */
static int share_all(const struct blob_files *f)
{
    int fd = f->blobs < 0 ? -1 : openat(f->blobs, ".", FOLDER_FLAGS);
    if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0)
        close_one(&fd);
    return fd;
}

/* Those who remove share the lock for a moment; whoever holds all has it alone. */
enum err files_hold(struct blob_files *f, int *fd, struct problem *why)
{
    *fd = f->blobs < 0 ? -1 : openat(f->blobs, ".", FOLDER_FLAGS);
    if (*fd < 0)
        return failed(why, "The directory of files cannot be opened");
    for (unsigned tries = 0; flock(*fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (tries == HOLD_TRIES) {
            close_one(fd);
            return problem_set(why, ERR_CONFLICT, "Files are held already: another backup is being made");
        }
        (void)usleep(HOLD_PAUSE_US);
    }
    return ERR_OK;
}

static enum err remove_unheld(struct blob_files *f, str kind, str hex, int64_t before_ms, bool *removed, struct problem *why)
{
    char file[NAME_ROOM];
    struct stat st;
    int folder = folder_of(f, kind, hex, false, file);
    *removed = true;
    if (folder < 0)
        return errno == ENOENT ? ERR_OK : failed(why, "A file cannot be removed");
    bool gone = !fails(f, "unlink");
    hold(folder, LOCK_EX);
    bool is_there = fstatat(folder, file, &st, AT_SYMLINK_NOFOLLOW) == 0;
    *removed = !is_there || written_ms(&st) < before_ms;
    gone = gone && (!is_there || !*removed || unlinkat(folder, file, 0) == 0 || errno == ENOENT);
    enum err e = gone ? ERR_OK : failed(why, "A file cannot be removed");
    (void)close(folder);
    return e;
}

enum err files_remove(struct blob_files *f, str kind, str hex, int64_t before_ms, bool *removed, struct problem *why)
{
    int all = share_all(f);
    *removed = f->blobs < 0;
    if (all < 0)
        return ERR_OK; /* held; whoever sweeps next finds it again */
    enum err e = remove_unheld(f, kind, hex, before_ms, removed, why);
    (void)close(all);
    return e;
}

enum err files_set_aside(struct blob_files *f, str kind, str hex, int fd, bool *done, struct problem *why)
{
    char file[NAME_ROOM], name[2 * NAME_ROOM];
    struct stat now, seen;
    int folder = folder_of(f, kind, hex, false, file);
    *done = false;
    if (folder < 0)
        return errno == ENOENT ? ERR_OK : failed(why, "A damaged file cannot be moved");
    (void)snprintf(name, sizeof name, "%.*s-%.*s", (int)kind.len, kind.at, (int)hex.len, hex.at);
    bool good = !fails(f, "rename");
    hold(folder, LOCK_EX);
    bool is_it = fstat(fd, &seen) == 0 && fstatat(folder, file, &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_dev == seen.st_dev && now.st_ino == seen.st_ino;
    good = good && (!is_it || renameat(folder, file, f->aside, name) == 0);
    *done = good && is_it;
    if (*done)
        good = !fails(f, "fsync") && fsync(f->aside) == 0 && fsync(folder) == 0;
    enum err e = good ? ERR_OK : failed(why, "A damaged file cannot be moved");
    (void)close(folder);
    return e;
}

enum err files_pread(int fd, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why)
{
    ssize_t n = file_some_at(fd, into, room, (off_t)offset);
    *got = n > 0 ? (size_t)n : 0;
    return n < 0 ? failed(why, "The file cannot be read") : ERR_OK;
}

/* ---- all of them ---- */

/* front: digits of the folder, which belong to the name. Takes over the folder. */
static enum err each_in(int folder, const char *front, blob_see *see, void *self, struct problem *why)
{
    DIR *d = fdopendir(folder);
    enum err e = ERR_OK;
    if (!d) {
        (void)close(folder);
        return failed(why, "A directory cannot be read");
    }
    for (struct dirent *entry = readdir(d); entry && e == ERR_OK; entry = readdir(d)) {
        char name[NAME_ROOM + sizeof entry->d_name];
        struct stat st;
        if (entry->d_name[0] == '.' || fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue;
        int n = snprintf(name, sizeof name, "%s%s", front, entry->d_name);
        struct blob_seen seen = {{name, (size_t)n}, (uint64_t)st.st_size,
                                 written_ms(&st)};
        e = see(self, &seen, why);
    }
    (void)closedir(d);
    return e;
}

enum err files_each(struct blob_files *f, str kind, unsigned two, blob_see *see, void *self, struct problem *why)
{
    char name[NAME_ROOM], front[NAME_ROOM + 4], digits[3];
    must(in_name(name, kind) && two < BLOB_FOLDERS);
    int of_kind = f->blobs < 0 ? -1 : openat(f->blobs, name, FOLDER_FLAGS);
    (void)snprintf(digits, sizeof digits, "%02x", two);
    (void)snprintf(front, sizeof front, "%s:%s", name, digits);
    int folder = of_kind < 0 ? -1 : openat(of_kind, digits, FOLDER_FLAGS);
    close_one(&of_kind);
    return folder < 0 ? ERR_OK : each_in(folder, front, see, self, why);
}

enum err files_each_upload(struct blob_files *f, blob_see *see, void *self, struct problem *why)
{
    int again = f->uploads < 0 ? -1 : openat(f->uploads, ".", FOLDER_FLAGS);
    return again < 0 ? ERR_OK : each_in(again, "", see, self, why);
}

enum err files_each_aside(struct blob_files *f, blob_see *see, void *self, struct problem *why)
{
    int again = f->aside < 0 ? -1 : openat(f->aside, ".", FOLDER_FLAGS);
    return again < 0 ? ERR_OK : each_in(again, "", see, self, why);
}

enum err files_forget_aside(struct blob_files *f, str name, struct problem *why)
{
    char own[NAME_ROOM];
    must(in_name(own, name));
    if (fails(f, "unlink") || (unlinkat(f->aside, own, 0) != 0 && errno != ENOENT))
        return failed(why, "A damaged file cannot be removed");
    return ERR_OK;
}

#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static enum err failed(struct problem *why, const char *what, str path)
{
    return problem_disk(why, "%s " STR_FMT, what, STR_ARG(path));
}

static void close_one(int fd)
{
    int cause = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = cause;
}

static bool in_path(char out[FOLDER_PATH_BYTES], str path)
{
    errno = ENAMETOOLONG;
    if (path.len == 0 || path.len >= FOLDER_PATH_BYTES)
        return false;
    memcpy(out, path.at, path.len);
    out[path.len] = 0;
    return true;
}

int folder_open(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int folder_open_in(int parent, str path)
{
    char own[FOLDER_PATH_BYTES];
    return in_path(own, path) ? openat(parent, own, FOLDER_FLAGS) : -1;
}

/* ---- what lies below ---- */

struct walk {
    folder_see *see;                  /* NULL: only folders are of interest */
    void *self;
    enum err (*after)(int folder, struct problem *why); /* NULL, or of each folder when it was walked */
    char path[FOLDER_PATH_BYTES];
};

static enum err walk_into(struct walk *w, int folder, size_t length, unsigned depth, struct problem *why);

static enum err walk_entry(struct walk *w, int folder, const char *name, size_t length, unsigned depth, struct problem *why)
{
    struct stat st;
    int n = snprintf(w->path + length, sizeof w->path - length, "%s%s", length ? "/" : "", name);
    if (n < 0 || (size_t)n >= sizeof w->path - length)
        return problem_set(why, ERR_INVALID, "A name is longer than a backup has");
    str path = {w->path, length + (size_t)n};
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? ERR_OK : failed(why, "It cannot be looked at:", path);
    if (S_ISREG(st.st_mode))
        return w->see ? w->see(w->self, folder, path, (uint64_t)st.st_size, why) : ERR_OK;
    if (!S_ISDIR(st.st_mode))
        return ERR_OK;
    int below = openat(folder, name, FOLDER_FLAGS);
    return below < 0 ? failed(why, "It cannot be opened:", path) : walk_into(w, below, path.len, depth + 1, why);
}

/* Takes over the folder. */
static enum err walk_into(struct walk *w, int folder, size_t length, unsigned depth, struct problem *why)
{
    DIR *d = depth > FOLDER_DEPTH ? NULL : fdopendir(folder);
    enum err e = ERR_OK;
    if (!d) {
        close_one(folder);
        return problem_set(why, ERR_INVALID, "Folders are nested too deeply");
    }
    for (struct dirent *entry = readdir(d); entry && e == ERR_OK; entry = readdir(d))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            e = walk_entry(w, dirfd(d), entry->d_name, length, depth, why);
    if (e == ERR_OK && w->after)
        e = w->after(dirfd(d), why);
    (void)closedir(d);
    return e;
}

static enum err walk(int folder, struct walk *w, struct problem *why)
{
    int own = openat(folder, ".", FOLDER_FLAGS);
    return own < 0 ? failed(why, "It cannot be opened:", S(".")) : walk_into(w, own, 0, 0, why);
}

enum err folder_each(int folder, folder_see *see, void *self, struct problem *why)
{
    struct walk w = {.see = see, .self = self};
    return walk(folder, &w, why);
}

static enum err sync_one(int folder, struct problem *why)
{
    return fsync(folder) == 0 ? ERR_OK : failed(why, "It cannot be made sure of:", S("a folder"));
}

enum err folder_sync(int folder, struct problem *why)
{
    struct walk w = {.after = sync_one};
    return walk(folder, &w, why);
}

/* Takes over the folder. */
static void empty_out(int folder, unsigned depth)
{
    DIR *d = fdopendir(folder);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        int below = depth > 0 ? openat(dirfd(d), e->d_name, FOLDER_FLAGS) : -1;
        if (below >= 0)
            empty_out(below, depth - 1);
        (void)unlinkat(dirfd(d), e->d_name, below >= 0 ? AT_REMOVEDIR : 0);
    }
    if (d)
        (void)closedir(d);
    else
        close_one(folder);
}

enum err folder_remove(int parent, str name, struct problem *why)
{
    char own[FOLDER_PATH_BYTES];
    must(in_path(own, name));
    int folder = openat(parent, own, FOLDER_FLAGS);
    if (folder >= 0)
        empty_out(folder, FOLDER_DEPTH);
    if (unlinkat(parent, own, folder >= 0 ? AT_REMOVEDIR : 0) == 0 || errno == ENOENT || (folder < 0 && errno == ENOTDIR))
        return ERR_OK;
    return failed(why, "It cannot be removed:", name);
}

enum err folder_clear(int folder, struct problem *why)
{
    int own = openat(folder, ".", FOLDER_FLAGS);
    if (own < 0)
        return failed(why, "It cannot be opened:", S("."));
    empty_out(own, FOLDER_DEPTH);
    return ERR_OK;
}

/* ---- files ---- */

/* The folder that the last part of the path stands in; *name is that part. */
static int folder_above(int folder, char *path, const char **name)
{
    int at = openat(folder, ".", FOLDER_FLAGS);
    char *part = path;
    for (char *slash = strchr(part, '/'); at >= 0 && slash; slash = strchr(part, '/')) {
        *slash = 0;
        int below = openat(at, part, FOLDER_FLAGS);
        if (below < 0 && errno == ENOENT && (mkdirat(at, part, 0700) == 0 || errno == EEXIST))
            below = openat(at, part, FOLDER_FLAGS);
        close_one(at);
        at = below;
        part = slash + 1;
    }
    *name = part;
    return at;
}

enum err folder_make(int folder, str path, int *fd, struct problem *why)
{
    char own[FOLDER_PATH_BYTES];
    const char *name;
    int above = in_path(own, path) ? folder_above(folder, own, &name) : -1;
    *fd = above < 0 ? -1 : openat(above, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    close_one(above);
    if (*fd >= 0)
        return ERR_OK;
    if (errno == EEXIST)
        return problem_set(why, ERR_CONFLICT, STR_FMT " is there already", STR_ARG(path));
    return failed(why, "It cannot be made:", path);
}

static bool link_it(int folder, str path, int from)
{
    char own[FOLDER_PATH_BYTES], source[64];
    const char *name;
    struct stat st;
    if (fstat(from, &st) != 0 || st.st_uid != geteuid())
        return false;
    (void)snprintf(source, sizeof source, "/proc/self/fd/%d", from);
    int above = in_path(own, path) ? folder_above(folder, own, &name) : -1;
    bool is_done = above >= 0 && linkat(AT_FDCWD, source, above, name, AT_SYMLINK_FOLLOW) == 0;
    close_one(above);
    return is_done;
}

enum err folder_put(int folder, str path, int from, bool may_link, const _Atomic(bool) *stop, struct problem *why)
{
    int to;
    if (may_link && link_it(folder, path, from))
        return ERR_OK;
    TRY(folder_make(folder, path, &to, why));
    enum err e = ioctl(to, FICLONE, from) == 0 ? ERR_OK : file_copy(from, to, path, stop, why);
    if (e == ERR_OK && fsync(to) != 0)
        e = failed(why, "It cannot be made sure of:", path);
    close_one(to);
    return e;
}

enum err folder_write(int folder, str path, str bytes, struct problem *why)
{
    int fd;
    TRY(folder_make(folder, path, &fd, why));
    bool is_done = file_write(fd, bytes.at, bytes.len) && fsync(fd) == 0;
    enum err e = is_done ? ERR_OK : failed(why, "It cannot be written:", path);
    close_one(fd);
    return e;
}

static int open_file(int folder, str path)
{
    char own[FOLDER_PATH_BYTES];
    struct stat st;
    int fd = in_path(own, path) ? openat(folder, own, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close_one(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

enum err folder_file(int folder, str path, int *fd, struct problem *why)
{
    *fd = open_file(folder, path);
    if (*fd >= 0)
        return ERR_OK;
    return errno == ENOENT ? problem_set(why, ERR_NOT_FOUND, STR_FMT " is not there", STR_ARG(path))
                           : failed(why, "It cannot be opened:", path);
}

enum err folder_read(int folder, str path, size_t most, struct arena *a, str *out, struct problem *why)
{
    struct buf b;
    int fd;
    TRY(folder_file(folder, path, &fd, why));
    buf_init(&b, a, most);
    char piece[1024];
    ssize_t n = 1;
    while (n > 0 && !b.failed) {
        n = read(fd, piece, sizeof piece);
        if (n > 0)
            buf_add(&b, (str){piece, (size_t)n});
    }
    enum err e = n < 0 ? failed(why, "It cannot be read:", path) : ERR_OK;
    close_one(fd);
    TRY(e);
    return buf_done(&b, out) == ERR_OK ? ERR_OK : problem_set(why, ERR_TOO_LARGE, STR_FMT " is longer than it may be", STR_ARG(path));
}

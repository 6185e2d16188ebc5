/* A target that is a directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "server/target.h"

struct directory {
    int fd;
    const _Atomic(bool) *stop;
};

static enum err open_it(const struct target_config *config, bool may_make, void **self, struct problem *why)
{
    const char *path = arena_cstr(why->arena, config->to);
    if (may_make && mkdir(path, 0700) != 0 && errno != EEXIST)
        return problem_disk(why, STR_FMT, STR_ARG(config->to));
    int fd = folder_open(path);
    if (fd < 0)
        return errno == ENOENT ? problem_set(why, ERR_NOT_FOUND, STR_FMT ": %s", STR_ARG(config->to), strerror(errno)) : problem_disk(why, STR_FMT, STR_ARG(config->to));
    struct directory *d = calloc(1, sizeof *d);
    must(d != NULL);
    *d = (struct directory){fd, config->stop};
    *self = d;
    return ERR_OK;
}

static void close_it(void *self)
{
    struct directory *d = self;
    (void)close(d->fd);
    free(d);
}

/* Its folder is made; the last part is put out of `name`. */
static enum err folder_of(int at, str name, int *folder, str *last, struct problem *why)
{
    str front = {0}, rest = name;
    if (!str_cut(name, '/', &front, &rest)) {
        *last = name;
        *folder = folder_open_in(at, S("."));
    } else {
        *last = rest;
        bool is_there = mkdirat(at, arena_cstr(why->arena, front), 0700) == 0 ? fsync(at) == 0 : errno == EEXIST;
        *folder = is_there ? folder_open_in(at, front) : -1;
    }
    return *folder >= 0 ? ERR_OK : problem_disk(why, STR_FMT, STR_ARG(name));
}

/* What is being put has a name of its thread's: others put things, too. */
static enum err put(void *self, str name, int fd, struct problem *why)
{
    const struct directory *d = self;
    str last, putting = arena_format(why->arena, ".putting-%d", (int)gettid());
    int folder = -1;
    TRY(folder_of(d->fd, name, &folder, &last, why));
    enum err e = folder_remove(folder, putting, why);
    if (e == ERR_OK)
        e = folder_put(folder, putting, fd, false, d->stop, why);
    if (e == ERR_OK && (renameat(folder, arena_cstr(why->arena, putting), folder, arena_cstr(why->arena, last)) != 0 || fsync(folder) != 0))
        e = problem_disk(why, STR_FMT, STR_ARG(name));
    (void)close(folder);
    return e;
}

static enum err get(void *self, str name, int to, struct problem *why)
{
    const struct directory *d = self;
    int from = -1;
    TRY(folder_file(d->fd, name, &from, why));
    enum err e = file_copy(from, to, name, d->stop, why);
    (void)close(from);
    return e;
}

static enum err see_one(DIR *list, const struct dirent *entry, target_see *see, void *who, struct problem *why)
{
    struct stat st;
    if (entry->d_name[0] == '.' || fstatat(dirfd(list), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return ERR_OK;
    if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
        return ERR_OK;
    const struct target_seen seen = {str_of(entry->d_name), (uint64_t)st.st_size, S_ISDIR(st.st_mode)};
    return see(who, &seen, why);
}

static enum err list(void *self, str folder, target_see *see, void *who, struct problem *why)
{
    const struct directory *d = self;
    int fd = folder_open_in(d->fd, folder.len ? folder : S("."));
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    enum err e = ERR_OK;
    if (!dir)
        return errno == ENOENT ? ERR_OK : problem_disk(why, STR_FMT, STR_ARG(folder));
    for (struct dirent *entry = readdir(dir); entry && e == ERR_OK; entry = readdir(dir))
        e = see_one(dir, entry, see, who, why);
    (void)closedir(dir);
    return e;
}

static enum err remove_it(void *self, str name, struct problem *why)
{
    const struct directory *d = self;
    return folder_remove(d->fd, name, why);
}

static int directory(const void *self)
{
    const struct directory *d = self;
    return d->fd;
}

const struct target_kind target_in_directory = {"", open_it, close_it, put, get, list, remove_it, directory};

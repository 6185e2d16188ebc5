#include "server/data.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/time.h"
#include "content/backup/ship.h"

/* Where an exchange stands is told by which of these directories are there. */
#define LEAVING "leaving"             /* what was there before, on its way out */
#define ENTERING "entering"           /* all of it is out; DATA_READY by its second name */

/* What an exchange exchanges. The master key stays where it is. */
static const char *const parts[] = {"vitrine.db", "vitrine.db-wal", "vitrine.db-shm", "blobs", "uploads", "quarantine", "cache", SHIP_FOLDER};

static bool is_there(int folder, const char *name)
{
    struct stat st;
    return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* In this order: the database goes first and comes last, so that there is never one without its files. */
static enum err move_out(int fd, struct problem *why)
{
    if (!is_there(fd, LEAVING) && mkdirat(fd, LEAVING, 0700) != 0)
        return problem_disk(why, "The old state cannot be set aside");
    int to = folder_open_in(fd, S(LEAVING));
    bool good = to >= 0;
    for (size_t i = 0; good && i < COUNTOF(parts); i++)
        good = !is_there(fd, parts[i]) || renameat(fd, parts[i], to, parts[i]) == 0;
    good = good && fsync(to) == 0 && fsync(fd) == 0;
    enum err e = good ? ERR_OK : problem_disk(why, "The old state cannot be set aside");
    if (to >= 0)
        (void)close(to);
    return e;
}

static enum err move_in(int fd, struct problem *why)
{
    int from = folder_open_in(fd, S(ENTERING));
    bool good = from >= 0;
    for (size_t i = COUNTOF(parts); good && i-- > 0;)
        good = !is_there(from, parts[i]) || renameat(from, parts[i], fd, parts[i]) == 0;
    good = good && fsync(fd) == 0;
    enum err e = good ? ERR_OK : problem_disk(why, "The new state cannot be put in its place");
    if (from >= 0)
        (void)close(from);
    return e == ERR_OK ? folder_remove(fd, S(ENTERING), why) : e;
}

static enum err step(int fd, const char *from, const char *to, struct problem *why)
{
    return renameat(fd, from, fd, to) == 0 && fsync(fd) == 0 ? ERR_OK : problem_disk(why, "The data directory cannot be changed");
}

/* Nothing was there: nothing is kept aside. */
static enum err set_aside(int fd, struct arena *a, str *aside, struct problem *why)
{
    *aside = S("");
    if (!is_there(fd, LEAVING) || unlinkat(fd, LEAVING, AT_REMOVEDIR) == 0)
        return ERR_OK;
    str stamp = time_stamp(a, time_now_ms()), name = arena_format(a, "before-" STR_FMT, STR_ARG(stamp));
    for (unsigned i = 2; is_there(fd, arena_cstr(a, name)); i++)
        name = arena_format(a, "before-" STR_FMT "-%u", STR_ARG(stamp), i);
    TRY(step(fd, LEAVING, arena_cstr(a, name), why));
    *aside = name;
    return ERR_OK;
}

enum err data_exchange(int fd, struct arena *a, str *aside, struct problem *why)
{
    if (is_there(fd, DATA_READY)) {
        TRY(move_out(fd, why));
        TRY(step(fd, DATA_READY, ENTERING, why));
    }
    if (is_there(fd, ENTERING))
        TRY(move_in(fd, why));
    return set_aside(fd, a, aside, why);
}

static bool was_cut_off(int fd)
{
    return is_there(fd, DATA_READY) || is_there(fd, ENTERING) || is_there(fd, LEAVING);
}

static enum err hold(int fd, enum data_hold how, struct problem *why)
{
    if (flock(fd, (how == DATA_ALONE ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0)
        return ERR_OK;
    if (errno != EWOULDBLOCK)
        return problem_disk(why, "The data directory cannot be held");
    return problem_set(why, ERR_CONFLICT, how == DATA_ALONE ? "A server or a command has this data directory open: stop it first"
                                                            : "A restore is at work in this data directory");
}

static enum err hold_whole(int fd, enum data_hold how, struct problem *why)
{
    str aside;
    TRY(hold(fd, how, why));
    if (!was_cut_off(fd))
        return ERR_OK;
    TRY(hold(fd, DATA_ALONE, why));
    TRY(data_exchange(fd, why->arena, &aside, why));
    return hold(fd, how, why);
}

enum err data_open(str path, enum data_hold how, int *fd, struct problem *why)
{
    *fd = folder_open(arena_cstr(why->arena, path));
    if (*fd < 0)
        return problem_disk(why, "The data directory cannot be opened");
    enum err e = hold_whole(*fd, how, why);
    if (e == ERR_OK)
        return ERR_OK;
    (void)close(*fd);
    *fd = -1;
    return e;
}

static bool is_same(int parent, const char *name, int fd)
{
    struct stat there, own;
    return fstatat(parent, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &own) == 0 && there.st_dev == own.st_dev &&
           there.st_ino == own.st_ino;
}

enum err data_workshop(int parent, str name, int *fd, struct problem *why)
{
    const char *own = arena_cstr(why->arena, name);
    if (mkdirat(parent, own, 0700) != 0 && errno != EEXIST)
        return problem_disk(why, "A directory to work in cannot be made");
    *fd = folder_open_in(parent, name);
    if (*fd < 0)
        return problem_disk(why, "A directory to work in cannot be opened");
    enum err e = ERR_OK;
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0 || !is_same(parent, own, *fd)) /* renamed while we came: it was somebody's work */
        e = problem_set(why, ERR_CONFLICT, "Somebody is at this already");
    if (e == ERR_OK)
        e = folder_clear(*fd, why);
    if (e != ERR_OK)
        (void)close(*fd);
    return e;
}

/* Files of layouts, without following links. */
#include "server/transfer/layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIGEST_PATH_BYTES 512

int layout_folder(int at, const char *name)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Not to wait for whoever writes into a pipe. */
int layout_file(int at, const char *name)
{
    struct stat st;
    int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
        return fd;
    (void)close(fd);
    errno = EINVAL;
    return -1;
}

/* Takes over the file; what stands for a missing one is errno. */
static enum err read_whole(int fd, size_t most, struct arena *a, str *out, struct problem *why)
{
    struct buf b;
    ssize_t n = 1;
    if (fd < 0)
        return problem_set(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_BAD_INPUT, "%s", errno == EINVAL ? "It is no ordinary file" : strerror(errno));
    buf_init(&b, a, most);
    while (n > 0 && !b.failed) {
        char piece[4096];
        n = read(fd, piece, sizeof piece);
        if (n > 0)
            buf_add(&b, (str){piece, (size_t)n});
    }
    (void)close(fd);
    if (n < 0)
        return problem_set(why, ERR_BAD_INPUT, "It cannot be read");
    return buf_done(&b, out) == ERR_OK ? ERR_OK : problem_set(why, ERR_TOO_LARGE, "It is larger than %zu bytes", most);
}

enum err layout_read(int at, const char *name, size_t most, struct arena *a, str *out, struct problem *why)
{
    return read_whole(layout_file(at, name), most, a, out, why);
}

/* Folder by folder, so that none of them is a link. */
static int open_below(int at, const char *const *folders, const char *file)
{
    int here = dup(at);
    for (size_t i = 0; here >= 0 && folders[i]; i++) {
        int next = layout_folder(here, folders[i]), cause = errno;
        (void)close(here);
        errno = cause;
        here = next;
    }
    if (here < 0)
        return -1;
    int fd = layout_file(here, file), cause = errno;
    (void)close(here);
    errno = cause;
    return fd;
}

int layout_blob(const struct layout *l, str digest)
{
    char kind[DIGEST_PATH_BYTES], hex[DIGEST_PATH_BYTES], two[3] = {0};
    str kind_part, hex_part;
    must(str_cut(digest, ':', &kind_part, &hex_part) && kind_part.len < sizeof kind && hex_part.len < sizeof hex && hex_part.len > 2);
    (void)snprintf(kind, sizeof kind, STR_FMT, STR_ARG(kind_part));
    (void)snprintf(hex, sizeof hex, STR_FMT, STR_ARG(hex_part));
    memcpy(two, hex, 2);
    const char *const flat[] = {kind, NULL}, *const deep[] = {kind, two, hex, NULL};
    return l->kind == LAYOUT_OCI ? open_below(l->blobs, flat, hex) : open_below(l->blobs, deep, "data");
}

enum err layout_blob_read(const struct layout *l, str digest, size_t most, struct arena *a, str *out, struct problem *why)
{
    return read_whole(layout_blob(l, digest), most, a, out, why);
}

static int by_bytes(const void *l, const void *r)
{
    return str_order(*(const str *)l, *(const str *)r);
}

enum err layout_names(int folder, struct arena *a, str **out, size_t *count, struct problem *why)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = again >= 0 ? fdopendir(again) : NULL;
    size_t room = 0;
    *out = NULL;
    *count = 0;
    if (!d) {
        if (again >= 0)
            (void)close(again);
        return problem_set(why, ERR_BAD_INPUT, "The folder cannot be read: %s", strerror(errno));
    }
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (e->d_name[0] == '.')
            continue;
        if (*count == room) {
            size_t more = room ? 2 * room : 64;
            *out = arena_grow(a, *out, room * sizeof **out, more * sizeof **out);
            room = more;
        }
        (*out)[(*count)++] = arena_copy(a, str_of(e->d_name));
    }
    (void)closedir(d);
    if (*count)
        qsort(*out, *count, sizeof **out, by_bytes);
    return ERR_OK;
}

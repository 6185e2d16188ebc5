#include "roles/files/image_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypt.h"
#include "base/limits.h"
#include "base/thread.h"
#include "base/time.h"

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define KEY_LENGTH 64u
#define BEGUN ".new-"
#define BEGUN_S 3600              /* longer than it takes to make any picture */

struct image_cache {
    int parent;                       /* the data directory; not ours to close */
    int folder;                       /* cache/images; -1 until something is made */
    uint64_t bytes_max;
    struct hits hits;
    pthread_mutex_t lock;             /* guards what follows; held while the oldest are thrown away */
    uint64_t bytes;                   /* as far as we know; other processes write, too */
    bool counted;
};

struct image_cache *image_cache_open(int directory, uint64_t bytes_max)
{
    struct image_cache *c = calloc(1, sizeof *c);
    must(c != NULL && pthread_mutex_init(&c->lock, NULL) == 0);
    c->parent = directory;
    c->folder = -1;
    c->bytes_max = bytes_max ? bytes_max : LIMIT_IMAGE_CACHE_BYTES;
    return c;
}

void image_cache_close(struct image_cache *c)
{
    if (!c)
        return;
    if (c->folder >= 0)
        (void)close(c->folder);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

static int folder_in(int parent, const char *name, bool makes)
{
    if (makes)
        (void)mkdirat(parent, name, 0700);
    return openat(parent, name, FOLDER_FLAGS);
}

static int folder_of(struct image_cache *c, bool makes)
{
    (void)pthread_mutex_lock(&c->lock);
    if (c->folder < 0) {
        int cache = folder_in(c->parent, "cache", makes);
        c->folder = cache < 0 ? -1 : folder_in(cache, "images", makes);
        if (cache >= 0)
            (void)close(cache);
    }
    int folder = c->folder;
    (void)pthread_mutex_unlock(&c->lock);
    return folder;
}

static void names_of(str key, char two[3], char rest[KEY_LENGTH])
{
    must(key.len == KEY_LENGTH);
    (void)snprintf(two, 3, "%.2s", key.at);
    (void)snprintf(rest, KEY_LENGTH, "%.62s", key.at + 2);
}

const struct hits *image_cache_hits(const struct image_cache *c)
{
    return &c->hits;
}

static int find(struct image_cache *c, str key, uint64_t *size)
{
    char two[3], rest[KEY_LENGTH];
    struct stat st;
    names_of(key, two, rest);
    int folder = folder_of(c, false), of_two = folder < 0 ? -1 : openat(folder, two, FOLDER_FLAGS);
    if (of_two < 0)
        return -1;
    int fd = openat(of_two, rest, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    (void)close(of_two);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)) {
        (void)close(fd);
        return -1;
    }
    if (fd >= 0) {
        *size = (uint64_t)st.st_size;
        (void)futimens(fd, NULL); /* used: not among the oldest */
    }
    return fd;
}

int image_cache_find(struct image_cache *c, str key, uint64_t *size)
{
    int fd = find(c, key, size);
    (void)hits_count(&c->hits, fd >= 0);
    return fd;
}

int image_cache_begin(struct image_cache *c, char name[48])
{
    uint8_t random[16];
    int folder = folder_of(c, true);
    crypt_random(random, sizeof random);
    int n = snprintf(name, 48, BEGUN);
    for (size_t i = 0; i < sizeof random; i++)
        n += snprintf(name + n, 48 - (size_t)n, "%02x", random[i]);
    int fd = folder < 0 ? -1 : openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    name[0] = '\0'; /* a data directory that is only read: somewhere, for this answer alone */
    return open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

void image_cache_drop(struct image_cache *c, const char *name)
{
    if (name[0] != '\0')
        (void)unlinkat(folder_of(c, false), name, 0);
}

/* ---- not too much ---- */

struct kept {
    char path[3 + KEY_LENGTH];
    int64_t at_ms;
    uint64_t size;
};
struct listing {
    struct kept *list;
    size_t count, room;
    uint64_t bytes;
};

static void add(struct listing *l, const char *two, const char *name, const struct stat *st)
{
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 256;
        l->list = realloc(l->list, l->room * sizeof *l->list);
        must(l->list != NULL);
    }
    struct kept *k = &l->list[l->count++];
    (void)snprintf(k->path, sizeof k->path, "%s/%s", two, name);
    k->at_ms = (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
    k->size = (uint64_t)st->st_size;
    l->bytes += k->size;
}

static void list_folder(struct listing *l, int folder, const char *two)
{
    int fd = openat(folder, two, FOLDER_FLAGS);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        struct stat st;
        if (strlen(e->d_name) == KEY_LENGTH - 2 && fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            add(l, two, e->d_name, &st);
    }
    if (d)
        (void)closedir(d);
}

static int older_first(const void *a, const void *b)
{
    const struct kept *one = a, *two = b;
    return one->at_ms < two->at_ms ? -1 : one->at_ms > two->at_ms;
}

/* What a process that ended in the middle has begun. */
static void forget_begun(struct image_cache *c)
{
    int fd = openat(c->folder, ".", FOLDER_FLAGS);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    int64_t old_s = time_now_ms() / 1000 - BEGUN_S;
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        struct stat st;
        bool is_begun = strncmp(e->d_name, BEGUN, sizeof BEGUN - 1) == 0;
        if (is_begun && fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime < old_s)
            (void)unlinkat(dirfd(d), e->d_name, 0);
    }
    if (d)
        (void)closedir(d);
}

/* Down to three quarters, so that it is not done again at once. Under the lock. */
static void make_room(struct image_cache *c)
{
    struct listing l = {0};
    forget_begun(c);
    for (unsigned i = 0; i < 256; i++) {
        char two[3];
        (void)snprintf(two, sizeof two, "%02x", i);
        list_folder(&l, c->folder, two);
    }
    if (l.bytes > c->bytes_max) {
        qsort(l.list, l.count, sizeof *l.list, older_first);
        for (size_t i = 0; i < l.count && l.bytes > c->bytes_max / 4 * 3; i++)
            if (unlinkat(c->folder, l.list[i].path, 0) == 0)
                l.bytes -= l.list[i].size;
    }
    c->bytes = l.bytes;
    c->counted = true;
    free(l.list);
}

void image_cache_keep(struct image_cache *c, const char *name, str key, uint64_t size)
{
    char two[3], rest[KEY_LENGTH], path[3 + KEY_LENGTH];
    int folder = folder_of(c, false);
    if (name[0] == '\0' || folder < 0)
        return;
    names_of(key, two, rest);
    (void)snprintf(path, sizeof path, "%s/%s", two, rest);
    (void)mkdirat(folder, two, 0700);
    if (size > c->bytes_max || renameat(folder, name, folder, path) != 0) {
        (void)unlinkat(folder, name, 0);
        return;
    }
    (void)pthread_mutex_lock(&c->lock);
    c->bytes += size;
    if (!c->counted || c->bytes > c->bytes_max)
        make_room(c);
    (void)pthread_mutex_unlock(&c->lock);
}

/* What is made of pictures is kept up to a ceiling; the oldest go. */
#include "tests/support/check.h"

#include "base/arena.h"
#include "base/crypt.h"
#include "roles/files/image_cache.h"
#include "tests/support/folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static str key_of(struct arena *a, unsigned n)
{
    return arena_format(a, "%02x%062x", n % 256, n);
}

static void keep(struct image_cache *c, str key, size_t bytes)
{
    static const char zeros[1000];
    char name[48];
    int fd = image_cache_begin(c, name);
    NEED(fd >= 0 && name[0] == '.');
    NEED(write(fd, zeros, bytes) == (ssize_t)bytes);
    image_cache_keep(c, name, key, bytes);
    (void)close(fd);
}

static bool has(struct image_cache *c, str key)
{
    uint64_t size = 0;
    int fd = image_cache_find(c, key, &size);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

static void the_oldest_make_room(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    char folder[FOLDER_ROOM];
    crypt_start();
    folder_new(folder, "cache");
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct image_cache *c = image_cache_open(directory, 5000);
    CHECK(!has(c, key_of(a, 1)));
    for (unsigned i = 1; i <= 5; i++) {
        keep(c, key_of(a, i), 1000);
        str path = arena_format(a, "%s/cache/images/%02x/%062x", folder, i, i);
        struct timespec long_ago[2] = {{.tv_sec = 1000 + i}, {.tv_sec = 1000 + i}};
        CHECK_INT(utimensat(AT_FDCWD, arena_cstr(a, path), long_ago, 0), 0);
    }
    for (unsigned i = 1; i <= 5; i++)
        CHECK(has(c, key_of(a, i)) || i == 0);
    for (unsigned i = 1; i <= 5; i++) { /* looking made them new; old again, but for the first */
        str path = arena_format(a, "%s/cache/images/%02x/%062x", folder, i, i);
        struct timespec long_ago[2] = {{.tv_sec = 1000 + i}, {.tv_sec = 1000 + i}};
        CHECK_INT(utimensat(AT_FDCWD, arena_cstr(a, path), i == 1 ? NULL : long_ago, 0), 0);
    }
    keep(c, key_of(a, 6), 1000); /* 6,000: down to three quarters of 5,000 */
    CHECK(has(c, key_of(a, 1)) && has(c, key_of(a, 5)) && has(c, key_of(a, 6)));
    CHECK(!has(c, key_of(a, 2)) && !has(c, key_of(a, 3)) && !has(c, key_of(a, 4)));
    image_cache_close(c);
    for (unsigned i = 1; i <= 6; i++) {
        (void)unlink(arena_cstr(a, arena_format(a, "%s/cache/images/%02x/%062x", folder, i, i)));
        (void)rmdir(arena_cstr(a, arena_format(a, "%s/cache/images/%02x", folder, i)));
    }
    CHECK_INT(rmdir(arena_cstr(a, arena_format(a, "%s/cache/images", folder))), 0); /* nothing half is left */
    CHECK_INT(rmdir(arena_cstr(a, arena_format(a, "%s/cache", folder))), 0);
    CHECK_INT(rmdir(folder), 0);
    (void)close(directory);
    arena_close(a);
}

/* As if a process had ended while it made a picture. */
static void what_was_begun_does_not_stay(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    char folder[FOLDER_ROOM], names[2][48];
    crypt_start();
    folder_new(folder, "cache");
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct image_cache *c = image_cache_open(directory, 5000);
    const char *path[2];
    for (unsigned i = 0; i < 2; i++) {
        (void)close(image_cache_begin(c, names[i]));
        path[i] = arena_cstr(a, arena_format(a, "%s/cache/images/%s", folder, names[i]));
    }
    struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    CHECK_INT(utimensat(AT_FDCWD, path[0], long_ago, 0), 0);
    image_cache_close(c);
    c = image_cache_open(directory, 5000);
    keep(c, key_of(a, 1), 1000);
    CHECK(access(path[0], F_OK) != 0);
    CHECK(access(path[1], F_OK) == 0 && has(c, key_of(a, 1))); /* may still be at work */
    image_cache_close(c);
    (void)unlink(path[1]);
    (void)unlink(arena_cstr(a, arena_format(a, "%s/cache/images/01/%062x", folder, 1)));
    static const char *const folders[] = {"/cache/images/01", "/cache/images", "/cache", ""};
    for (size_t i = 0; i < COUNTOF(folders); i++)
        CHECK_INT(rmdir(arena_cstr(a, arena_format(a, "%s%s", folder, folders[i]))), 0);
    (void)close(directory);
    arena_close(a);
}

CHECK_MAIN(TEST(the_oldest_make_room), TEST(what_was_begun_does_not_stay))

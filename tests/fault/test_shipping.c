/* The log is shipped while one call after the other fails, of those that write: whatever failed is tried again, no strand ends
 * for it, and in the end everything is there. The linker puts ours in front of the system's calls (CMakeLists.txt). */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "content/backup/rebuild.h"
#include "server/restore.h"
#include "server/ship_carry.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/house.h"

static unsigned fail_at;              /* 0: never */
static int fail_with;
static bool has_failed;

static bool fails(void)
{
    if (fail_at == 0 || --fail_at > 0)
        return false;
    has_failed = true;
    errno = fail_with;
    return true;
}

int __real_fsync(int fd), __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    return fails() ? -1 : __real_fsync(fd);
}

int __real_renameat(int from, const char *name, int to, const char *as), __wrap_renameat(int from, const char *name, int to, const char *as);
int __wrap_renameat(int from, const char *name, int to, const char *as)
{
    return fails() ? -1 : __real_renameat(from, name, to, as);
}

ssize_t __real_write(int fd, const void *at, size_t n), __wrap_write(int fd, const void *at, size_t n);
ssize_t __wrap_write(int fd, const void *at, size_t n)
{
    return fails() ? -1 : __real_write(fd, at, n);
}

size_t __real_fwrite(const void *at, size_t size, size_t n, FILE *to), __wrap_fwrite(const void *at, size_t size, size_t n, FILE *to);
size_t __wrap_fwrite(const void *at, size_t size, size_t n, FILE *to)
{
    return fails() ? 0 : __real_fwrite(at, size, n, to);
}

int __real_unlinkat(int fd, const char *name, int flags), __wrap_unlinkat(int fd, const char *name, int flags);
int __wrap_unlinkat(int fd, const char *name, int flags)
{
    return fails() ? -1 : __real_unlinkat(fd, name, flags);
}

struct bench {
    struct arena *arena;
    char folder[FOLDER_ROOM];
    struct app *app;
    struct house house;
    struct carrying carrying;
    struct target *target;
    struct problem why;
    unsigned posts;
};

static str in(struct bench *b, const char *name)
{
    return arena_format(b->arena, "%s/%s", b->folder, name);
}

static void open_app(struct bench *b)
{
    struct app_options options = {.data = in(b, "data"), .master_key_file = in(b, "master.key"), .may_create = true, .ships = true};
    options.registry = registry_defaults;
    CHECK_PROBLEM(app_open(&options, &b->app, &b->why), ERR_OK, &b->why);
    NEED(b->app != NULL);
    b->house = (struct house){.arena = b->arena, .crypt = b->app->crypt, .gate = b->app->gate};
}

static void open_bench(struct bench *b)
{
    *b = (struct bench){.arena = arena_open(1u << 20), .folder = ""};
    folder_new(b->folder, "shipping");
    b->why = (struct problem){.arena = b->arena};
    open_app(b);
    house_model(&b->house, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
}

static enum err ship(struct bench *b, struct ship_figures *now)
{
    b->why = (struct problem){.arena = b->arena};
    enum err e = gate_ship(b->app->gate, now, &b->why);
    if (e != ERR_OK)
        return e;
    return carry_all(&b->carrying, &b->why);
}

static void open_target(struct bench *b)
{
    static struct target_config config;
    config.to = in(b, "backups");
    CHECK_PROBLEM(target_open(&config, true, &b->target, &b->why), ERR_OK, &b->why);
    b->carrying = (struct carrying){.data = folder_open(arena_cstr(b->arena, in(b, "data"))), .target = b->target};
}

static void make_backup(struct bench *b)
{
    struct backup_options o = {.to = {.to = in(b, "backups")}};
    struct backup_made made;
    CHECK_PROBLEM(backup_make(b->app, &o, b->arena, &made, &b->why), ERR_OK, &b->why);
    CHECK(made.manifest.strand.len > 0);
}

static void check_all_is_there(struct bench *b, bool has_pieces)
{
    struct restore_options o = {.from = {.to = in(b, "backups")},
                                .app = {.data = in(b, "back"), .master_key_file = in(b, "master.key"), .registry = registry_defaults}};
    struct restored out;
    b->why = (struct problem){.arena = b->arena};
    CHECK_PROBLEM(restore_run(&o, b->arena, &out, &b->why), ERR_OK, &b->why);
    CHECK_INT(out.pieces > 0, has_pieces);
    struct app_options options = {.data = in(b, "back"), .master_key_file = in(b, "master.key"), .registry = registry_defaults};
    struct app *app = NULL;
    CHECK_PROBLEM(app_open(&options, &app, &b->why), ERR_OK, &b->why);
    struct house h = {.arena = b->arena, .crypt = app->crypt, .gate = app->gate};
    const char *last = arena_cstr(b->arena, arena_format(b->arena, "%u", b->posts - 1));
    CHECK(house_find(&h, b->arena, "posts", "title", "0").len > 0 && house_find(&h, b->arena, "posts", "title", last).len > 0);
    app_close(app);
}

static void post(struct bench *b)
{
    (void)house_item(&b->house, "posts", arena_cstr(b->arena, arena_format(b->arena, "{title:'%u'}", b->posts++)));
}

static void close_bench(struct bench *b)
{
    app_close(b->app);
    target_close(b->target);
    (void)close(b->carrying.data);
    folder_drop(b->folder);
    arena_close(b->arena);
}

static void whatever_fails_is_done_again(void **state)
{
    static struct bench b;
    struct ship_figures now = {.strand = S("")};
    unsigned failures = 0;
    (void)state;
    open_bench(&b);
    open_target(&b);
    CHECK_PROBLEM(ship(&b, &now), ERR_OK, &b.why);
    make_backup(&b);
    for (unsigned n = 1; n < 200; n++) {
        post(&b);
        fail_with = n % 2 ? ENOSPC : EIO;
        has_failed = false;
        fail_at = n;
        enum err e = ship(&b, &now);
        fail_at = 0;
        CHECK_AT(n);
        if (!has_failed)
            break;
        failures += e != ERR_OK;
        CHECK(e == ERR_OK || e == ERR_FULL || e == ERR_UNAVAILABLE);
        err_ignored(carry_all(&b.carrying, &b.why)); /* what is half done is not carried away, either */
        post(&b);
        CHECK_PROBLEM(ship(&b, &now), ERR_OK, &b.why);
    }
    CHECK_AT(-1);
    CHECK(failures >= 8);
    CHECK_PROBLEM(ship(&b, &now), ERR_OK, &b.why);
    CHECK_INT(now.begun, 1);
    CHECK(b.carrying.is_whole);
    CHECK_INT(carry_waiting(b.carrying.data) < 1024, true); /* the state alone */
    check_all_is_there(&b, true);
    close_bench(&b);
}

static enum err drop_later(void *self, int folder, str path, uint64_t size, struct problem *why)
{
    unsigned *count = self;
    str strand, name;
    struct rebuild_piece piece;
    (void)size;
    if (!str_cut(path, '/', &strand, &name) || !rebuild_piece_read(name, &piece) || piece.number == 2)
        return ERR_OK;
    ++*count;
    return folder_remove(folder, name, why);
}

/* A round makes several pieces, a backup stands in the midst of them, and the disk is lost when the first of them was carried. */
static void a_backup_that_the_pieces_do_not_reach_is_left_alone(void **state)
{
    static struct bench b;
    struct ship_figures now = {.strand = S("")};
    unsigned dropped = 0;
    char *large = malloc(60001);
    (void)state;
    NEED(large != NULL);
    memset(large, 'x', 60000);
    large[60000] = 0;
    open_bench(&b);
    open_target(&b);
    CHECK_PROBLEM(ship(&b, &now), ERR_OK, &b.why);
    for (unsigned i = 0; i < 100; i++)
        (void)house_item(&b.house, "posts", arena_cstr(b.arena, arena_format(b.arena, "{title:'%u %s'}", i, large)));
    post(&b);
    make_backup(&b);
    (void)house_item(&b.house, "posts", "{title:'later'}");
    CHECK_PROBLEM(gate_ship(b.app->gate, &now, &b.why), ERR_OK, &b.why);
    int shipping = folder_open_in(b.carrying.data, S("shipping"));
    CHECK_PROBLEM(folder_each(shipping, drop_later, &dropped, &b.why), ERR_OK, &b.why);
    (void)close(shipping);
    CHECK(dropped > 0);
    CHECK_PROBLEM(carry_all(&b.carrying, &b.why), ERR_OK, &b.why);
    check_all_is_there(&b, false);
    free(large);
    close_bench(&b);
}

/* One that was started by mistake, and finds its port taken, must not write in the other's strand. */
static void a_second_server_does_not_ship(void **state)
{
    static struct bench b, other;
    struct ship_figures now = {.strand = S("")};
    (void)state;
    open_bench(&b);
    open_target(&b);
    CHECK_PROBLEM(ship(&b, &now), ERR_OK, &b.why);
    make_backup(&b);
    post(&b);
    other = b;
    open_app(&other);
    CHECK_ERR(gate_ship(other.app->gate, &now, &b.why), ERR_UNAVAILABLE);
    app_close(other.app);
    post(&b);
    CHECK_PROBLEM(ship(&b, &now), ERR_OK, &b.why);
    CHECK_INT(now.begun, 1);
    check_all_is_there(&b, true);
    app_close(b.app);
    open_app(&b); /* its place is free again, and the strand goes on */
    CHECK_PROBLEM(ship(&b, &now), ERR_OK, &b.why);
    CHECK_INT(now.begun, 0);
    close_bench(&b);
}

/* While a slow target takes what waits, rounds go on. */
static void a_call_ends_when_its_time_is_over(void **state)
{
    static struct bench b;
    struct ship_figures now = {.strand = S("")};
    (void)state;
    open_bench(&b);
    open_target(&b);
    for (unsigned i = 0; i < 3; i++) {
        post(&b);
        CHECK_PROBLEM(gate_ship(b.app->gate, &now, &b.why), ERR_OK, &b.why);
    }
    NEED(now.number >= 3);
    b.carrying.until_us = 1;
    for (uint64_t i = 1; i <= now.number; i++) {
        CHECK_PROBLEM(carry_all(&b.carrying, &b.why), ERR_OK, &b.why);
        CHECK_INT(b.carrying.segments, i);
        CHECK_INT(b.carrying.is_whole, i == now.number);
    }
    close_bench(&b);
}

static void make_file(int folder, const char *name, size_t bytes)
{
    static const char zeros[200000];
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    NEED(fd >= 0 && bytes <= sizeof zeros && write(fd, zeros, bytes) == (ssize_t)bytes);
    (void)close(fd);
}

/* The files of sealed pieces would go in clear. */
static void sealed_pieces_without_their_key_stay(void **state)
{
    static struct bench b;
    (void)state;
    open_bench(&b);
    open_target(&b);
    NEED(mkdirat(b.carrying.data, "shipping/log-1", 0700) == 0);
    make_file(b.carrying.data, "shipping/log-1/0000000001-1-1.seg.sealed", 9);
    CHECK_ERR(carry_all(&b.carrying, &b.why), ERR_UNAVAILABLE);
    CHECK(faccessat(b.carrying.data, "shipping/log-1/0000000001-1-1.seg.sealed", F_OK, 0) == 0);
    close_bench(&b);
}

static void what_a_target_sends_has_an_end_in_memory(void **state)
{
    static struct bench b;
    static const size_t bytes[] = {0, 100, 101, 200000};
    (void)state;
    open_bench(&b);
    open_target(&b);
    for (size_t i = 0; i < COUNTOF(bytes); i++) {
        const char *name = arena_cstr(b.arena, arena_format(b.arena, "f%zu", i));
        size_t size = 0;
        int fd = -1;
        make_file(target_directory(b.target), name, bytes[i]);
        CHECK_AT(i);
        enum err e = target_get_memory(b.target, str_of(name), 100, &fd, &size, &b.why);
        CHECK_INT(e == ERR_OK, bytes[i] <= 100);
        CHECK_INT(size, e == ERR_OK ? bytes[i] : 0);
        if (e == ERR_OK) {
            CHECK_INT(lseek(fd, 0, SEEK_END), bytes[i]);
            (void)close(fd);
        }
    }
    close_bench(&b);
}

CHECK_MAIN(TEST(whatever_fails_is_done_again), TEST(a_second_server_does_not_ship), TEST(a_call_ends_when_its_time_is_over), TEST(sealed_pieces_without_their_key_stay),
           TEST(what_a_target_sends_has_an_end_in_memory), TEST(a_backup_that_the_pieces_do_not_reach_is_left_alone))

/* Exchanging what is in a data directory: wherever it was cut off, whoever opens it next finds the new state whole, and the
 * old one beside it. */
#include "server/data.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"

struct bench {
    struct arena *arena;
    char folder[FOLDER_ROOM];
    int fd;
    struct problem why;
};

static struct bench open_bench(void)
{
    struct bench b = {.arena = arena_open(16u << 10)};
    b.why.arena = b.arena;
    folder_new(b.folder, "data");
    b.fd = folder_open(b.folder);
    return b;
}

static void close_bench(struct bench *b)
{
    (void)close(b->fd);
    arena_close(b->arena);
    folder_drop(b->folder);
}

/* "path=text path=text": files. */
static void put(struct bench *b, const char *files)
{
    str rest = str_of(files), one, path, text;
    while (rest.len > 0) {
        (void)str_cut(rest, ' ', &one, &rest);
        NEED(str_cut(one, '=', &path, &text));
        CHECK_PROBLEM(folder_write(b->fd, path, text, &b->why), ERR_OK, &b->why);
    }
}

static str text_in(struct bench *b, const char *path)
{
    str text = {0};
    struct problem quiet = {.arena = b->arena};
    enum err e = folder_read(b->fd, str_of(path), 100, b->arena, &text, &quiet);
    return e == ERR_OK ? text : S("-");
}

struct found {
    struct arena *arena;
    str before;
};

static enum err find_before(void *self, int folder, str path, uint64_t size, struct problem *why)
{
    struct found *f = self;
    (void)folder, (void)size, (void)why;
    str front, rest;
    if (str_starts(path, S("before-")) && str_cut(path, '/', &front, &rest))
        f->before = arena_copy(f->arena, front);
    return ERR_OK;
}

static void an_exchange_ends_wherever_it_was_cut_off(void **state)
{
    static const char *const cuts[] = {
        "vitrine.db=old vitrine.db-wal=log blobs/a=old restored/vitrine.db=new restored/blobs/a=new",
        "leaving/vitrine.db=old vitrine.db-wal=log blobs/a=old restored/vitrine.db=new restored/blobs/a=new",
        "leaving/vitrine.db=old leaving/vitrine.db-wal=log blobs/a=old restored/vitrine.db=new restored/blobs/a=new",
        "leaving/vitrine.db=old leaving/vitrine.db-wal=log leaving/blobs/a=old restored/vitrine.db=new restored/blobs/a=new",
        "leaving/vitrine.db=old leaving/vitrine.db-wal=log leaving/blobs/a=old entering/vitrine.db=new entering/blobs/a=new",
        "leaving/vitrine.db=old leaving/vitrine.db-wal=log leaving/blobs/a=old entering/vitrine.db=new blobs/a=new",
        "leaving/vitrine.db=old leaving/vitrine.db-wal=log leaving/blobs/a=old vitrine.db=new blobs/a=new",
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cuts); i++) {
        struct bench b = open_bench();
        struct found f = {b.arena, S("")};
        int held = -1;
        CHECK_AT(i);
        put(&b, cuts[i]);
        put(&b, "master.key=key");
        CHECK_PROBLEM(data_open(str_of(b.folder), DATA_SHARED, &held, &b.why), ERR_OK, &b.why);
        CHECK_ERR(folder_each(b.fd, find_before, &f, &b.why), ERR_OK);
        CHECK_STR(text_in(&b, "vitrine.db"), S("new"));
        CHECK_STR(text_in(&b, "blobs/a"), S("new"));
        CHECK_STR(text_in(&b, "vitrine.db-wal"), S("-"));
        CHECK_STR(text_in(&b, "master.key"), S("key"));
        CHECK_STR(text_in(&b, arena_cstr(b.arena, arena_format(b.arena, STR_FMT "/vitrine.db", STR_ARG(f.before)))), S("old"));
        CHECK_STR(text_in(&b, arena_cstr(b.arena, arena_format(b.arena, STR_FMT "/blobs/a", STR_ARG(f.before)))), S("old"));
        CHECK_STR(text_in(&b, "restored/vitrine.db"), S("-"));
        (void)close(held);
        close_bench(&b);
    }
}

/* What is only being unpacked is nobody's state. */
static void what_is_being_made_does_not_count(void **state)
{
    struct bench b = open_bench();
    int held = -1;
    (void)state;
    put(&b, "vitrine.db=old restoring/vitrine.db=new");
    CHECK_ERR(data_open(str_of(b.folder), DATA_SHARED, &held, &b.why), ERR_OK);
    CHECK_STR(text_in(&b, "vitrine.db"), S("old"));
    (void)close(held);
    close_bench(&b);
}

static void holds_keep_each_other_out(void **state)
{
    struct bench b = open_bench();
    int one = -1, two = -1, alone = -1;
    (void)state;
    CHECK_ERR(data_open(str_of(b.folder), DATA_SHARED, &one, &b.why), ERR_OK);
    CHECK_ERR(data_open(str_of(b.folder), DATA_SHARED, &two, &b.why), ERR_OK);
    CHECK_ERR(data_open(str_of(b.folder), DATA_ALONE, &alone, &b.why), ERR_CONFLICT);
    (void)close(one);
    (void)close(two);
    CHECK_ERR(data_open(str_of(b.folder), DATA_ALONE, &alone, &b.why), ERR_OK);
    CHECK_ERR(data_open(str_of(b.folder), DATA_SHARED, &one, &b.why), ERR_CONFLICT);
    (void)close(alone);
    close_bench(&b);
}

static void a_workshop_has_one_master(void **state)
{
    struct bench b = open_bench();
    int one = -1, two = -1;
    (void)state;
    put(&b, "shop/rest=left");
    CHECK_ERR(data_workshop(b.fd, S("shop"), &one, &b.why), ERR_OK);
    CHECK_STR(text_in(&b, "shop/rest"), S("-"));
    CHECK_ERR(data_workshop(b.fd, S("shop"), &two, &b.why), ERR_CONFLICT);
    (void)close(one);
    CHECK_ERR(data_workshop(b.fd, S("shop"), &two, &b.why), ERR_OK);
    (void)close(two);
    close_bench(&b);
}

CHECK_MAIN(TEST(an_exchange_ends_wherever_it_was_cut_off), TEST(what_is_being_made_does_not_count), TEST(holds_keep_each_other_out),
           TEST(a_workshop_has_one_master))

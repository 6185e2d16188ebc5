/* Backups as the server makes them: what comes back is what was there at that moment, while others write; whatever was
 * touched, lost or cut off is refused, and then nothing has changed. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/time.h"
#include "content/content_figures.h"
#include "roles/files/files.h"
#include "server/restore.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/house.h"
#include "tests/support/text_source.h"

struct bench {
    struct arena *arena;
    char folder[FOLDER_ROOM];
    struct app *app;
    struct house house;               /* of the app */
    struct problem why;
};

static str in(struct bench *b, const char *name)
{
    return arena_format(b->arena, "%s/%s", b->folder, name);
}

static void open_app(struct bench *b, const char *data)
{
    struct app_options options = {.data = in(b, data), .may_create = true};
    options.master_key_file = in(b, "master.key");
    options.registry = registry_defaults;
    b->why = (struct problem){.arena = b->arena};
    enum err e = app_open(&options, &b->app, &b->why);
    CHECK_PROBLEM(e, ERR_OK, &b->why);
    NEED(e == ERR_OK);
    b->house = (struct house){.arena = b->arena, .crypt = b->app->crypt, .gate = b->app->gate};
}

static void close_app(struct bench *b)
{
    app_close(b->app);
    b->app = NULL;
}

/* {0}: a sweep without any grace took the bytes away before there was an item, which is told. */
static str upload(struct gate *g, struct arena *a, str text)
{
    const struct principal *who = principal_system(g, a, SYSTEM_COMMAND);
    struct text_source from = {{read_text}, text};
    struct problem why = {.arena = a};
    struct received bytes;
    struct asset_wish wish = {0};
    str id = {0};
    CHECK_PROBLEM(gate_receive(g, who, false, &from.source, S("a.txt"), a, &bytes, &why), ERR_OK, &why);
    enum err e = gate_asset(g, who, &bytes, &wish, a, &id, &why);
    CHECK(e == ERR_OK || e == ERR_UNAVAILABLE);
    return e == ERR_OK ? id : (str){0};
}

/* A hundred posts and three files, one of them of several pieces. */
static struct bench open_bench(void)
{
    struct bench b = {.arena = arena_open(1u << 20), .folder = ""};
    char *large = NULL;
    folder_new(b.folder, "backup");
    open_app(&b, "data");
    house_model(&b.house, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
    for (unsigned i = 0; i < 100; i++)
        (void)house_item(&b.house, "posts", arena_cstr(b.arena, arena_format(b.arena, "{title:'Post %u'}", i)));
    large = arena_get(b.arena, 300000, 1);
    memset(large, 'x', 300000);
    (void)upload(b.app->gate, b.arena, S("one"));
    (void)upload(b.app->gate, b.arena, S("two"));
    (void)upload(b.app->gate, b.arena, (str){large, 300000});
    return b;
}

static void close_bench(struct bench *b)
{
    close_app(b);
    folder_drop(b->folder);
    arena_close(b->arena);
}

static enum err make(struct bench *b, const struct backup_options *more, struct backup_made *made)
{
    struct backup_options o = *more;
    o.to.to = in(b, "backups");
    b->why = (struct problem){.arena = b->arena};
    return backup_make(b->app, &o, b->arena, made, &b->why);
}

static int64_t newest(struct bench *b)
{
    const struct target_config to = {.to = in(b, "backups")};
    return backup_newest_ms(&to);
}

static enum err restore(struct bench *b, str from, const char *data, const struct restore_options *more, struct restored *out)
{
    struct restore_options o = *more;
    o.from.to = from;
    o.app = (struct app_options){.data = in(b, data), .master_key_file = in(b, "master.key"), .registry = registry_defaults};
    b->why = (struct problem){.arena = b->arena};
    return restore_run(&o, b->arena, out, &b->why);
}

static uint64_t count(struct bench *b, const char *collection)
{
    const struct principal *who = principal_system(b->app->gate, b->arena, SYSTEM_COMMAND);
    struct query q = {.from = house_collection(who, collection), .count = COUNT_ONLY, .limit = 1};
    struct item_list list;
    struct page page = {0};
    item_list_init(&list, b->arena);
    CHECK_PROBLEM(gate_read(b->app->gate, who, &q, &list.receiver, &page, &b->why), ERR_OK, &b->why);
    return page.total;
}

static void check_whole(struct bench *b)
{
    struct journal_proof proof;
    struct sweep_figures files;
    CHECK_PROBLEM(gate_backup_check(b->app->gate, NULL, &proof, &files, &b->why), ERR_OK, &b->why);
    for (size_t i = 0; i < b->why.fault_count; i++)
        CHECK_SAY(STR_FMT, STR_ARG(b->why.faults[i].text));
    CHECK_INT(files.kept, 3);
}

static void what_comes_back_is_what_was_there(void **state)
{
    struct bench b = open_bench();
    struct file_lock keys = {0}, reader = {0};
    struct stat st;
    (void)state;
    NEED(stat(arena_cstr(b.arena, in(&b, "data/vitrine.db")), &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    file_keys_make(b.arena, &keys.public_key, &reader.secret_key);
    const struct {
        struct backup_options options;
        struct file_lock lock;
        const char *ending;
    } cases[] = {
        {{.keep = 0}, {{0}, {0}, {0}}, ""},
        {{.copies = true}, {{0}, {0}, {0}}, ""},
        {{.is_archive = true}, {{0}, {0}, {0}}, ".tar"},
        {{.is_archive = true, .lock = keys}, reader, ".tar.sealed"},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct backup_made made;
        struct restored out;
        char *place = (char *)(uintptr_t)arena_cstr(b.arena, arena_format(b.arena, "back%zu", i));
        CHECK_AT(i);
        CHECK_PROBLEM(make(&b, &cases[i].options, &made), ERR_OK, &b.why);
        CHECK(str_ends(made.name, str_of(cases[i].ending)));
        CHECK_INT(made.manifest.blobs, 3);
        (void)house_item(&b.house, "posts", "{title:'later'}");
        CHECK_PROBLEM(restore(&b, made.path, place, &(struct restore_options){.lock = cases[i].lock}, &out), ERR_OK, &b.why);
        CHECK_INT(out.manifest.last, made.manifest.last);
        struct bench other = b;
        open_app(&other, place);
        CHECK_INT(count(&other, "posts"), 100 + i);
        check_whole(&other);
        close_app(&other);
    }
    close_bench(&b);
}

static int64_t number_of_list(struct bench *b, str authority)
{
    int64_t n = 0;
    NEED(str_to_i64(house_value(&b->house, b->arena, "certificate_authorities", authority, "crl_number"), &n));
    return n;
}

/* CA-7: whoever has seen later lists has to take those of the restored one, of the same backup's second return as well. */
static void numbers_of_lists_do_not_go_back(void **state)
{
    struct bench b = open_bench();
    struct backup_made made;
    struct restored out;
    int64_t now = time_now_ms();
    (void)state;
    time_set(now);
    str id = house_item(&b.house, "certificate_authorities", "{subject:{CN:'Root'}, self_signed:true, key_type:'ed25519'}");
    int64_t before = number_of_list(&b, id);
    CHECK_PROBLEM(make(&b, &(struct backup_options){.is_archive = true}, &made), ERR_OK, &b.why);
    for (unsigned i = 0; i < 2; i++) {
        char *place = (char *)(uintptr_t)arena_cstr(b.arena, arena_format(b.arena, "again%u", i));
        time_set(now + i * 60000);
        CHECK_PROBLEM(restore(&b, made.path, place, &(struct restore_options){.replaces = false}, &out), ERR_OK, &b.why);
        struct bench other = b;
        open_app(&other, place);
        CHECK_INT(number_of_list(&other, id), before + now / 1000 + i * 60);
        close_app(&other);
    }
    time_set(0);
    close_bench(&b);
}

/* A clock that was wrong, or another house's backups in the same directory. */
static void what_was_just_made_stays(void **state)
{
    struct bench b = open_bench();
    struct backup_made made;
    (void)state;
    NEED(mkdir(arena_cstr(b.arena, in(&b, "backups")), 0700) == 0);
    NEED(mkdir(arena_cstr(b.arena, in(&b, "backups/vitrine-20990101T000000Z-1")), 0700) == 0);
    NEED(mkdir(arena_cstr(b.arena, in(&b, "backups/vitrine-20990102T000000Z-1")), 0700) == 0);
    CHECK_PROBLEM(make(&b, &(struct backup_options){.keep = 2}, &made), ERR_OK, &b.why);
    CHECK_INT(made.removed, 1);
    CHECK_INT(access(arena_cstr(b.arena, made.path), F_OK), 0);
    CHECK_INT(access(arena_cstr(b.arena, in(&b, "backups/vitrine-20990102T000000Z-1")), F_OK), 0);
    CHECK_PROBLEM(make(&b, &(struct backup_options){.keep = 1, .is_archive = true}, &made), ERR_OK, &b.why);
    CHECK_INT(made.removed, 2);
    CHECK_INT(access(arena_cstr(b.arena, made.path), F_OK), 0);
    close_bench(&b);
}

/* ---- what was touched ---- */

static void copy_file(const char *from, int into, str path, struct problem *why)
{
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    NEED(fd >= 0);
    CHECK_PROBLEM(folder_put(into, path, fd, false, NULL, why), ERR_OK, why);
    (void)close(fd);
}

static enum err copy_one(void *self, int folder, str path, uint64_t size, struct problem *why)
{
    const int *into = self;
    size_t cut = path.len;
    int fd;
    (void)size;
    while (cut > 0 && path.at[cut - 1] != '/')
        cut--;
    TRY(folder_file(folder, str_slice(path, cut, path.len), &fd, why));
    enum err e = folder_put(*into, path, fd, false, NULL, why);
    (void)close(fd);
    return e;
}

/* A fresh copy of a backup at `touched`. */
static void copy_backup(struct bench *b, str path)
{
    str to = in(b, "touched");
    folder_drop(arena_cstr(b->arena, to));
    int from = open(arena_cstr(b->arena, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0) {
        int parent = folder_open(b->folder);
        copy_file(arena_cstr(b->arena, path), parent, S("touched"), &b->why);
        (void)close(parent);
        return;
    }
    NEED(mkdir(arena_cstr(b->arena, to), 0700) == 0);
    int into = folder_open(arena_cstr(b->arena, to));
    CHECK_PROBLEM(folder_each(from, copy_one, &into, &b->why), ERR_OK, &b->why);
    (void)close(from);
    (void)close(into);
}

enum touch { FLIP, CUT, LENGTHEN, REMOVE, TOUCHES };

static void touch(struct bench *b, str path, enum touch how, uint64_t place)
{
    const char *name = arena_cstr(b->arena, path);
    struct stat st;
    char c = 0;
    NEED(stat(name, &st) == 0);
    off_t at = (off_t)(place % (uint64_t)st.st_size);
    int fd = open(name, O_RDWR | O_CLOEXEC);
    if (how == FLIP) {
        NEED(pread(fd, &c, 1, at) == 1);
        c = (char)(c ^ (1 << place % 8));
        NEED(pwrite(fd, &c, 1, at) == 1);
    } else if (how == CUT) {
        NEED(ftruncate(fd, at) == 0);
    } else if (how == LENGTHEN) {
        NEED(pwrite(fd, "x", 1, st.st_size) == 1);
    } else {
        NEED(unlink(name) == 0);
    }
    (void)close(fd);
}

static str first_blob(struct bench *b, str backup)
{
    /* sha256 of "one" */
    return arena_format(b->arena, STR_FMT "/blobs/sha256/76/92c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed", STR_ARG(backup));
}

static void check_refused(struct bench *b, const struct file_lock *lock, size_t row)
{
    struct restored out;
    enum err e = restore(b, in(b, "touched"), "fresh", &(struct restore_options){.lock = *lock}, &out);
    CHECK_AT(row);
    CHECK(e != ERR_OK);
    CHECK(access(arena_cstr(b->arena, in(b, "fresh/vitrine.db")), F_OK) != 0);
    CHECK(b->why.text.len > 0 || b->why.fault_count > 0);
}

static void what_was_touched_is_refused(void **state)
{
    struct bench b = open_bench();
    struct file_lock keys = {0}, reader = {0};
    struct backup_made plain, sealed;
    size_t row = 0;
    (void)state;
    file_keys_make(b.arena, &keys.public_key, &reader.secret_key);
    CHECK_PROBLEM(make(&b, &(struct backup_options){.copies = true}, &plain), ERR_OK, &b.why);
    CHECK_PROBLEM(make(&b, &(struct backup_options){.is_archive = true, .lock = keys}, &sealed), ERR_OK, &b.why);
    for (size_t i = 0; i < 72; i++, row++) { /* a directory: database, manifest, seal, a file */
        static const char *const names[] = {BACKUP_DATABASE, BACKUP_DATABASE, BACKUP_DATABASE, BACKUP_DATABASE, BACKUP_MANIFEST, BACKUP_MANIFEST,
                                            BACKUP_SEAL,     BACKUP_SEAL,     BACKUP_DATABASE, BACKUP_DATABASE, BACKUP_MANIFEST, NULL};
        const char *name = names[i % COUNTOF(names)];
        enum touch how = (enum touch)(i / COUNTOF(names) % TOUCHES);
        copy_backup(&b, plain.path);
        touch(&b, name ? arena_format(b.arena, STR_FMT "/%s", STR_ARG(in(&b, "touched")), name) : first_blob(&b, in(&b, "touched")), how,
              i * 104729 + 17);
        check_refused(&b, &reader, row);
    }
    for (size_t i = 0; i < 36; i++, row++) { /* a sealed archive */
        copy_backup(&b, sealed.path);
        touch(&b, in(&b, "touched"), (enum touch)(i % REMOVE), i * 104729 + 17);
        check_refused(&b, &reader, row);
    }
    check_refused(&b, &(struct file_lock){0}, row++);
    close_bench(&b);
}

/* A plain archive has no key, but everything in it has a digest, and its end is marked. */
static void check_archive_cut_off(struct bench *b, str path)
{
    struct stat st;
    NEED(stat(arena_cstr(b->arena, path), &st) == 0);
    for (size_t i = 0; i < 20; i++) {
        copy_backup(b, path);
        touch(b, in(b, "touched"), CUT, i < 8 ? (uint64_t)st.st_size - 1024 - i * 512 : i * 104729);
        check_refused(b, &(struct file_lock){0}, i);
    }
}

static void check_another_master_key(struct bench *b, str path)
{
    const struct restore_options plain = {.replaces = false};
    struct restored out;
    struct crypt *made = NULL;
    str key = in(b, "master.key");
    NEED(rename(arena_cstr(b->arena, key), arena_cstr(b->arena, in(b, "right.key"))) == 0);
    CHECK_ERR(restore(b, path, "fresh", &plain, &out), ERR_NOT_FOUND);
    CHECK_ERR(crypt_open(arena_cstr(b->arena, key), true, &made, &b->why), ERR_OK);
    crypt_close(made);
    CHECK_ERR(restore(b, path, "fresh", &plain, &out), ERR_INVALID);
    CHECK(str_contains(b->why.text, S("master key")));
}

static void a_plain_archive_is_refused_cut_off_or_with_another_key(void **state)
{
    struct bench b = open_bench();
    struct backup_made made;
    (void)state;
    CHECK_PROBLEM(make(&b, &(struct backup_options){.is_archive = true}, &made), ERR_OK, &b.why);
    check_archive_cut_off(&b, made.path);
    check_another_master_key(&b, made.path);
    close_bench(&b);
}

/* ---- what was bad already ---- */

static void damage_makes_a_backup_fail(void **state)
{
    struct bench b = open_bench();
    struct backup_made made;
    str blob = first_blob(&b, in(&b, "data"));
    (void)state;
    touch(&b, blob, FLIP, 1);
    CHECK_ERR(make(&b, &(struct backup_options){.keep = 1}, &made), ERR_CONFLICT);
    CHECK_INT(b.why.fault_count, 1);
    CHECK(str_ends(made.name, S(".failed")));
    CHECK_INT(newest(&b), 0);
    CHECK_ERR(make(&b, &(struct backup_options){.is_archive = true}, &made), ERR_CONFLICT);
    CHECK_STR(made.name, S(""));
    touch(&b, blob, FLIP, 1);
    CHECK_PROBLEM(make(&b, &(struct backup_options){.keep = 1}, &made), ERR_OK, &b.why);
    CHECK(newest(&b) > 0);
    close_bench(&b);
}

static void old_ones_go(void **state)
{
    struct bench b = open_bench();
    struct backup_made made[3];
    struct stat st;
    (void)state;
    for (size_t i = 0; i < COUNTOF(made); i++)
        CHECK_PROBLEM(make(&b, &(struct backup_options){.keep = 2, .is_archive = i % 2}, &made[i]), ERR_OK, &b.why);
    for (size_t i = 0; i < COUNTOF(made); i++) {
        CHECK_AT(i);
        CHECK_INT(stat(arena_cstr(b.arena, made[i].path), &st) == 0, i >= 1);
    }
    CHECK_INT(made[2].removed, 1);
    CHECK_INT(newest(&b), made[2].manifest.made_ms / 1000 * 1000);
    close_bench(&b);
}

static void what_is_there_is_kept_aside(void **state)
{
    struct bench b = open_bench();
    struct backup_made made;
    struct restored out;
    const struct restore_options over = {.replaces = true}, plain = {.replaces = false}, look = {.only_looks = true};
    (void)state;
    CHECK_PROBLEM(make(&b, &(struct backup_options){.keep = 0}, &made), ERR_OK, &b.why);
    (void)house_item(&b.house, "posts", "{title:'later'}");
    CHECK_ERR(restore(&b, made.path, "data", &over, &out), ERR_CONFLICT); /* the app is open */
    CHECK_PROBLEM(restore(&b, made.path, "data", &look, &out), ERR_OK, &b.why);
    close_app(&b);
    CHECK_ERR(restore(&b, made.path, "data", &plain, &out), ERR_CONFLICT);
    CHECK_PROBLEM(restore(&b, made.path, "data", &over, &out), ERR_OK, &b.why);
    open_app(&b, "data");
    CHECK_INT(count(&b, "posts"), 100);
    check_whole(&b);
    close_app(&b);
    open_app(&b, arena_cstr(b.arena, arena_format(b.arena, "data/" STR_FMT, STR_ARG(out.aside))));
    CHECK_INT(count(&b, "posts"), 101);
    close_bench(&b);
}

/* ---- while others write ---- */

struct writers {
    struct gate *gate;
    _Atomic(bool) over;
    _Atomic(uint64_t) written;        /* posts that were acknowledged */
};

/* A post, and each tenth time a file that comes and goes. */
static void *write_on(void *arg)
{
    struct writers *w = arg;
    struct arena *a = arena_open(64u << 10);
    while (!atomic_load(&w->over)) {
        struct house h = {.arena = a, .gate = w->gate};
        uint64_t n = atomic_load(&w->written);
        (void)house_item(&h, "posts", arena_cstr(a, arena_format(a, "{title:'%llu'}", (unsigned long long)n)));
        str file = n % 10 == 0 ? upload(w->gate, a, arena_format(a, "file %llu", (unsigned long long)n)) : (str){0};
        if (!str_is_absent(file))
            house_delete(&h, "assets", file);
        atomic_fetch_add(&w->written, 1);
        arena_reset(a);
    }
    arena_close(a);
    return NULL;
}

static void *sweep_on(void *arg)
{
    struct writers *w = arg;
    while (!atomic_load(&w->over)) {
        struct arena *a = arena_open(64u << 10);
        struct problem why = {.arena = a};
        struct sweep_figures swept;
        CHECK_PROBLEM(gate_sweep(w->gate, 0, &swept, &why), ERR_OK, &why);
        arena_close(a);
    }
    return NULL;
}

/* One writer, so what is acknowledged is a sequence: a backup holds a beginning of it, with all that was acknowledged before it
 * began, and nothing that was not sent before it ended. */
static void each_is_a_prefix_of_what_was_acknowledged(void **state)
{
    struct bench b = open_bench();
    struct writers w = {.gate = b.app->gate};
    pthread_t writer, sweeper;
    (void)state;
    NEED(pthread_create(&writer, NULL, write_on, &w) == 0 && pthread_create(&sweeper, NULL, sweep_on, &w) == 0);
    for (size_t i = 0; i < 3; i++) {
        struct backup_made made;
        struct restored out;
        const char *place = arena_cstr(b.arena, arena_format(b.arena, "back%zu", i));
        uint64_t before = atomic_load(&w.written);
        CHECK_AT(i);
        CHECK_PROBLEM(make(&b, &(struct backup_options){.keep = 1}, &made), ERR_OK, &b.why);
        for (size_t k = 0; k < b.why.fault_count; k++)
            CHECK_SAY(STR_FMT, STR_ARG(b.why.faults[k].text));
        uint64_t after = atomic_load(&w.written) + 1;
        CHECK_PROBLEM(restore(&b, made.path, place, &(struct restore_options){.replaces = false}, &out), ERR_OK, &b.why);
        struct bench other = b;
        open_app(&other, place);
        uint64_t there = count(&other, "posts") - 100;
        CHECK(there >= before && there <= after);
        close_app(&other);
        while (atomic_load(&w.written) < after + 20 && check_failures == 0)
            (void)sched_yield();
    }
    atomic_store(&w.over, true);
    (void)pthread_join(writer, NULL);
    (void)pthread_join(sweeper, NULL);
    close_bench(&b);
}

CHECK_MAIN(TEST(what_comes_back_is_what_was_there), TEST(what_was_touched_is_refused), TEST(a_plain_archive_is_refused_cut_off_or_with_another_key),
           TEST(numbers_of_lists_do_not_go_back), TEST(what_was_just_made_stays), TEST(damage_makes_a_backup_fail), TEST(old_ones_go), TEST(what_is_there_is_kept_aside),
           TEST(each_is_a_prefix_of_what_was_acknowledged))

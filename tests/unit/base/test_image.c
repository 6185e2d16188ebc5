/* Pictures in a helper: what is made of them, and that bad ones cost nothing but an error. */
#include "tests/support/check.h"

#include "base/crypt.h"
#include "base/image.h"
#include "base/image_draw.h"
#include "base/image_jail.h"
#include "base/image_wish.h"
#include "base/media.h"
#include "tests/support/pictures.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct bench {
    struct arena *arena;
    struct problem why;
    struct images *images;
};

static void bench_make(struct bench *b)
{
    crypt_start();
    *b = (struct bench){.arena = arena_open(1u << 16)};
    b->images = images_open(&(struct image_config){.ms = 0});
    b->why.arena = b->arena;
}

static void bench_end(struct bench *b)
{
    images_close(b->images);
    arena_close(b->arena);
}

static int file_of(str bytes)
{
    char name[] = "/tmp/vitrine-test-image-XXXXXX";
    int fd = mkstemp(name);
    NEED(fd >= 0 && unlink(name) == 0);
    NEED(bytes.len == 0 || write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len);
    (void)lseek(fd, 0, SEEK_SET);
    return fd;
}

static enum err probe(struct bench *b, str bytes, struct image_facts *facts)
{
    int fd = file_of(bytes);
    b->why = (struct problem){.arena = b->arena};
    enum err e = images_probe(b->images, fd, facts, &b->why);
    (void)close(fd);
    return e;
}

static enum err make(struct bench *b, str bytes, const struct image_wish *wish, struct image_facts *facts, str *out)
{
    int fd = file_of(bytes), into = file_of(S(""));
    char *text = arena_get(b->arena, 1u << 20, 1);
    b->why = (struct problem){.arena = b->arena};
    enum err e = images_make(b->images, fd, wish, into, facts, &b->why);
    ssize_t n = pread(into, text, 1u << 20, 0);
    *out = (str){text, n > 0 ? (size_t)n : 0};
    (void)close(fd);
    (void)close(into);
    return e;
}

static bool is_installed(struct bench *b)
{
    struct image_facts facts;
    return probe(b, picture_gif, &facts) != ERR_UNAVAILABLE;
}

static void sizes_follow_cockpits_modes(void **state)
{
    (void)state;
    static const struct {
        enum image_mode mode;
        uint32_t w, h, focus_x, width, height, left, top, out_width, out_height;
    } rows[] = { /* of 800 x 600 */
        {IMAGE_THUMBNAIL, 200, 200, 5000, 267, 200, 34, 0, 200, 200},  {IMAGE_THUMBNAIL, 200, 200, 0, 267, 200, 0, 0, 200, 200},
        {IMAGE_THUMBNAIL, 200, 200, 10000, 267, 200, 67, 0, 200, 200}, {IMAGE_THUMBNAIL, 200, 0, 5000, 200, 150, 0, 0, 200, 150},
        {IMAGE_THUMBNAIL, 0, 300, 5000, 400, 300, 0, 0, 400, 300},     {IMAGE_BEST_FIT, 200, 200, 5000, 200, 150, 0, 0, 200, 150},
        {IMAGE_RESIZE, 200, 200, 5000, 200, 200, 0, 0, 200, 200},      {IMAGE_FIT_WIDTH, 200, 50, 5000, 200, 150, 0, 0, 200, 150},
        {IMAGE_FIT_HEIGHT, 200, 60, 5000, 80, 60, 0, 0, 80, 60},       {IMAGE_BEST_FIT, 0, 0, 5000, 800, 600, 0, 0, 800, 600},
        {IMAGE_BEST_FIT, 1600, 9000, 5000, 1600, 1200, 0, 0, 1600, 1200},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct image_wish wish = {.mode = rows[i].mode, .width = rows[i].w, .height = rows[i].h, .focus_x = rows[i].focus_x, .focus_y = 5000};
        struct image_plan plan;
        CHECK_AT(i);
        NEED(image_plan(800, 600, &wish, &plan));
        CHECK_INT(plan.width, rows[i].width);
        CHECK_INT(plan.height, rows[i].height);
        CHECK_INT(plan.left, rows[i].left);
        CHECK_INT(plan.top, rows[i].top);
        CHECK_INT(plan.out_width, rows[i].out_width);
        CHECK_INT(plan.out_height, rows[i].out_height);
    }
}

static void f_5_results_have_a_ceiling(void **state)
{
    (void)state;
    static const struct {
        uint32_t of_width, of_height;
        struct image_wish wish;
        bool fits;
    } rows[] = {
        {8000, 5000, {.mode = IMAGE_RESIZE, .width = LIMIT_IMAGE_SIDE, .height = 4882}, true},
        {8000, 5000, {.mode = IMAGE_RESIZE, .width = LIMIT_IMAGE_SIDE, .height = 4883}, false},
        {100, 1, {.mode = IMAGE_RESIZE, .width = LIMIT_IMAGE_SIDE, .height = 1}, true},
        {100, 1, {.mode = IMAGE_BEST_FIT, .height = 82}, false}, /* 8,200 wide */
        {10000, 1, {.mode = IMAGE_THUMBNAIL, .width = 100, .height = 100}, false},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct image_plan plan;
        CHECK_AT(i);
        CHECK(image_plan(rows[i].of_width, rows[i].of_height, &rows[i].wish, &plan) == rows[i].fits);
    }
}

static void wishes_survive_the_way_to_the_helper(void **state)
{
    (void)state;
    struct image_wish wish = {IMAGE_RESIZE, IMAGE_AVIF, 12, 8192, 80, 10000, 0, 5, {{IMAGE_FILTER_blur, 5}, {IMAGE_FILTER_colorize, 0x1ffffff}}, 2}, back;
    static const char *const bad[] = {"", "1", "9,0,1,1,1,1,1,0", "0,0,9000,1,1,1,1,0", "0,0,1,1,101,1,1,0", "0,0,1,1,1,1,1,0,99,1", "0,0,1,1,1,1,1,0,1",
                                      "0,0,1,1,1,1,10001,0", "0,0,1,1,1,1,1,6", "a,0,1,1,1,1,1,0"};
    char text[IMAGE_WISH_ROOM], again[IMAGE_WISH_ROOM];
    image_wish_write(&wish, text);
    CHECK(image_wish_read(str_of(text), &back));
    image_wish_write(&back, again);
    CHECK_STR(str_of(again), str_of(text));
    for (size_t i = 0; i < COUNTOF(bad); i++)
        CHECK(!image_wish_read(str_of(bad[i]), &back));
}

static void a_header_says_how_large_it_is(void **state)
{
    (void)state;
    struct bench b;
    struct image_facts facts = {0};
    bench_make(&b);
    if (is_installed(&b)) {
        CHECK_PROBLEM(probe(&b, picture_png(b.arena, 30, 20, 0xff0000, 0xff), &facts), ERR_OK, &b.why);
        CHECK_INT(facts.width, 30);
        CHECK_INT(facts.height, 20);
        CHECK_ERR(probe(&b, picture_gif, &facts), ERR_OK);
        CHECK_INT(facts.width, 1);
    }
    bench_end(&b);
}

static void every_format_is_made(void **state)
{
    (void)state;
    struct bench b;
    bench_make(&b);
    for (enum image_format f = 0; f < IMAGE_FORMAT_COUNT && is_installed(&b); f++) {
        struct image_wish wish = {.mode = IMAGE_BEST_FIT, .format = f, .width = 20, .quality = 80};
        struct image_facts facts = {0};
        str out;
        bool fits;
        CHECK_AT(f);
        CHECK_PROBLEM(make(&b, picture_png(b.arena, 40, 20, 0xff0000, 0xff), &wish, &facts, &out), ERR_OK, &b.why);
        CHECK_INT(facts.width, 20);
        CHECK_INT(facts.height, 10);
        CHECK_STR(media_of(out, S(""), &fits)->mime, image_formats[f].mime);
    }
    bench_end(&b);
}

/* The focus chooses the half: red on the left, blue on the right, as the first pixel of a BMP tells. */
static void crops_keep_the_focal_point(void **state)
{
    (void)state;
    struct bench b;
    bench_make(&b);
    for (uint32_t side = 0; side < 2 && is_installed(&b); side++) {
        struct image_wish wish = {.format = IMAGE_BMP, .width = 10, .height = 10, .quality = 80, .focus_x = 10000 * side, .focus_y = 5000};
        struct image_facts facts = {0};
        str out;
        CHECK_PROBLEM(make(&b, picture_png(b.arena, 40, 10, 0xff0000, 0xff), &wish, &facts, &out), ERR_OK, &b.why);
        NEED(out.len == 54 + 10 * 32);
        CHECK_INT((unsigned char)out.at[54], side ? 255 : 0);
        CHECK_INT((unsigned char)out.at[56], side ? 0 : 255);
    }
    bench_end(&b);
}

static void every_filter_is_applied(void **state)
{
    (void)state;
    struct bench b;
    bench_make(&b);
    for (enum image_filter f = 0; f < IMAGE_FILTER_COUNT && is_installed(&b); f++) {
        struct image_wish wish = {.format = IMAGE_PNG, .width = 20, .height = 20, .quality = 80, .interest = f % 6, .filters = {{f, f == IMAGE_FILTER_opacity ? 50 : f == IMAGE_FILTER_flip ? 3 : 0}, {IMAGE_FILTER_blur, 0}}, .filter_count = 2};
        struct image_facts facts = {0};
        str out;
        CHECK_AT(f);
        CHECK_PROBLEM(make(&b, picture_png(b.arena, 40, 20, 0xff0000, 0xff), &wish, &facts, &out), ERR_OK, &b.why);
        CHECK_INT(facts.width, 20);
    }
    bench_end(&b);
}

static void f_5_bad_pictures_are_refused(void **state)
{
    (void)state;
    struct bench b;
    bench_make(&b);
    str good = picture_png(b.arena, 40, 20, 0xff0000, 0xff);
    const struct {
        str bytes;
        bool has_header;              /* says how large it is, and is found out when it is decoded */
    } rows[] = {
        {S(""), false},
        {S("GIF89a"), false},
        {S("no picture"), false},
        {S("%PDF-1.4\n1 0 obj\n<< >>\nendobj"), false},
        {S("<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'><script>alert(1)</script></svg>"), false},
        {S("<?xml version='1.0'?><svg width='10' height='10'/>"), false},
        {S("P6 10 10 255\n"), false},
        {S("\x89PNG\r\n\x1a\n"), false},
        {str_slice(good, 0, good.len / 2), true},
        {picture_png_claiming(b.arena, 50, 50), true},
        {picture_png_claiming(b.arena, 10001, 10000), false},
        {picture_png_claiming(b.arena, 60000, 60000), false},
        {picture_png_claiming(b.arena, 0x7fffffff, 0x7fffffff), false},
        {picture_png_claiming(b.arena, 0, 0), false},
    };
    struct image_wish wish = {.format = IMAGE_PNG, .width = 20, .height = 20, .quality = 80};
    for (size_t i = 0; i < COUNTOF(rows) && is_installed(&b); i++) {
        struct image_facts facts = {0};
        str out;
        CHECK_AT(i);
        CHECK_PROBLEM(probe(&b, rows[i].bytes, &facts), rows[i].has_header ? ERR_OK : ERR_INVALID, &b.why);
        CHECK_PROBLEM(make(&b, rows[i].bytes, &wish, &facts, &out), ERR_INVALID, &b.why);
    }
    bench_end(&b);
}

static void a_helper_that_does_not_come_back_is_killed(void **state)
{
    (void)state;
    struct bench b;
    struct image_facts facts = {0};
    bench_make(&b);
    images_close(b.images);
    /* These do not know the word: one waits for ever, one ends at once. */
    b.images = images_open(&(struct image_config){.program = S("/bin/sh"), .ms = 50});
    CHECK_ERR(probe(&b, picture_gif, &facts), ERR_INVALID);
    images_close(b.images);
    b.images = images_open(&(struct image_config){.program = S("/no/such/program"), .ms = 5000});
    CHECK_ERR(probe(&b, picture_gif, &facts), ERR_UNAVAILABLE);
    images_close(b.images);
    b.images = images_open(&(struct image_config){.program = S("/bin/true"), .ms = 5000});
    CHECK_ERR(probe(&b, picture_gif, &facts), ERR_INVALID);
    bench_end(&b);
}

/* What a helper says where libvips is not installed. */
/* What a decoder that was taken over would try, on a file of ours and on this process. */
static const char *ours;

static long opens(void) { return open(ours, O_RDONLY); }
static long truncates(void) { return truncate(ours, 0); }
static long renames(void) { return syscall(SYS_renameat, AT_FDCWD, ours, AT_FDCWD, "/tmp/vitrine-test-moved"); }
static long links(void) { return link(ours, "/tmp/vitrine-test-linked"); }
static long makes(void) { return mknod("/tmp/vitrine-test-made", S_IFREG | 0600, 0); }
static long opens_up(void) { return fchmod(0, 0777); }
static long kills(void) { return kill(getppid(), 0); }
static long kills_a_thread(void) { return syscall(SYS_tgkill, getppid(), getppid(), 0); }
static long forks(void) { return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL); }
static long forks_newly(void) { return syscall(SYS_clone3, NULL, 0); }

static const struct {
    const char *name;
    long (*try)(void);
    int error;
} tries[] = {
    {"opens", opens, EPERM},   {"truncates", truncates, EPERM}, {"renames", renames, EPERM},
    {"links", links, EPERM},   {"makes", makes, EPERM},         {"opens up", opens_up, EPERM},
    {"kills", kills, EPERM},   {"kills a thread", kills_a_thread, EPERM},
    {"forks", forks, EPERM},   {"forks newly", forks_newly, ENOSYS},
};
enum { NO_FILTERS = 100, NO_THREADS };

static void *thread(void *own)
{
    return own;
}

/* Ends with the number of the try that was let through, counted from 1. */
static _Noreturn void be_jailed(void)
{
    pthread_t id;
    jail_limits();
    jail_close();
    if (prctl(PR_GET_SECCOMP) != 2)
        _exit(NO_FILTERS);
    for (size_t i = 0; i < COUNTOF(tries); i++)
        if (tries[i].try() != -1 || errno != tries[i].error)
            _exit((int)i + 1);
    if (pthread_create(&id, NULL, thread, NULL) != 0 || pthread_join(id, NULL) != 0)
        _exit(NO_THREADS);
    _exit(0);
}

static void a_helper_that_is_taken_over_reaches_nothing(void **state)
{
    char name[] = "/tmp/vitrine-test-image-XXXXXX";
    int fd = mkstemp(name), status = 0;
    (void)state;
    NEED(fd >= 0);
    ours = name;
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0)
        be_jailed();
    NEED(waitpid(child, &status, 0) == child && WIFEXITED(status));
    (void)close(fd);
    (void)unlink(name);
    if (WEXITSTATUS(status) == NO_FILTERS)
        skip(); /* a system without them: base/image_jail.h */
    CHECK(WEXITSTATUS(status) != NO_THREADS);
    if (WEXITSTATUS(status) > 0 && WEXITSTATUS(status) <= (int)COUNTOF(tries))
        CHECK_SAY("it %s", tries[WEXITSTATUS(status) - 1].name);
    CHECK_INT(WEXITSTATUS(status), 0);
}

static void without_libvips_the_answer_says_what_to_install(void **state)
{
    (void)state;
    static const char text[] = "#!/bin/sh\nprintf none >&3\n";
    char name[] = "/tmp/vitrine-test-helper-XXXXXX";
    struct bench b;
    struct image_facts facts = {0};
    bench_make(&b);
    int fd = mkstemp(name);
    NEED(fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)(sizeof text - 1) && fchmod(fd, 0700) == 0 && close(fd) == 0);
    images_close(b.images);
    b.images = images_open(&(struct image_config){.program = str_of(name)});
    CHECK_ERR(probe(&b, picture_gif, &facts), ERR_UNAVAILABLE);
    CHECK(str_contains(b.why.text, S("libvips42")));
    (void)unlink(name);
    bench_end(&b);
}

int main(int argc, char **argv)
{
    if (image_helper(argc, argv))
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(sizes_follow_cockpits_modes),    TEST(f_5_results_have_a_ceiling),  TEST(wishes_survive_the_way_to_the_helper),
        TEST(a_header_says_how_large_it_is),  TEST(every_format_is_made),        TEST(crops_keep_the_focal_point),
        TEST(every_filter_is_applied),        TEST(f_5_bad_pictures_are_refused), TEST(a_helper_that_does_not_come_back_is_killed),
        TEST(without_libvips_the_answer_says_what_to_install), TEST(a_helper_that_is_taken_over_reaches_nothing),
    };
    if (getenv("VITRINE_TEST") != NULL)
        cmocka_set_test_filter(getenv("VITRINE_TEST"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}

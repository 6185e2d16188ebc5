/* Starting helpers, waiting for them, and what they said. */
#include "base/image.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/image_wish.h"
#include "base/thread.h"
#include "base/time.h"

const str image_mode_names[IMAGE_MODE_COUNT] = {STR("thumbnail"), STR("bestFit"), STR("resize"), STR("fitToWidth"), STR("fitToHeight")};
const struct image_format_facts image_formats[IMAGE_FORMAT_COUNT] = {
    {STR("jpeg"), STR("image/jpeg"), STR("jpg")}, {STR("png"), STR("image/png"), STR("png")},
    {STR("webp"), STR("image/webp"), STR("webp")}, {STR("avif"), STR("image/avif"), STR("avif")},
    {STR("gif"), STR("image/gif"), STR("gif")},   {STR("bmp"), STR("image/bmp"), STR("bmp")},
};
const str image_filter_names[IMAGE_FILTER_COUNT] = {
#define X(name) STR(#name),
    IMAGE_FILTER_TABLE(X)
#undef X
};

struct images {
    pthread_mutex_t lock;             /* guards the two counts; nothing is called under it */
    pthread_cond_t freed;
    uint32_t running, waiting;
    uint32_t helpers, ms;
    char program[4096];
};

struct images *images_open(const struct image_config *config)
{
    struct images *i = calloc(1, sizeof *i);
    must(i != NULL && config->program.len < sizeof i->program);
    i->helpers = config->helpers ? config->helpers : LIMIT_IMAGE_HELPERS;
    i->ms = config->ms ? config->ms : LIMIT_IMAGE_MS;
    (void)snprintf(i->program, sizeof i->program, STR_FMT, STR_ARG(config->program.len ? config->program : S("/proc/self/exe")));
    must(pthread_mutex_init(&i->lock, NULL) == 0);
    steady_cond_init(&i->freed);
    return i;
}

void images_close(struct images *i)
{
    if (!i)
        return;
    (void)pthread_cond_destroy(&i->freed);
    (void)pthread_mutex_destroy(&i->lock);
    free(i);
}

/* ---- one of few ---- */

static enum err acquire(struct images *i, struct problem *why)
{
    struct timespec until;
    bool has = false;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += i->ms / 1000 + 1;
    (void)pthread_mutex_lock(&i->lock);
    if (i->running < i->helpers || i->waiting < LIMIT_IMAGE_WAITERS) {
        int code = 0;
        i->waiting++;
        while (i->running >= i->helpers && code == 0)
            code = pthread_cond_timedwait(&i->freed, &i->lock, &until);
        i->waiting--;
        has = i->running < i->helpers;
        i->running += has;
    }
    (void)pthread_mutex_unlock(&i->lock);
    if (has)
        return ERR_OK;
    why->retry_after_s = 2;
    return problem_set(why, ERR_UNAVAILABLE, "Too many pictures are being made; ask again");
}

static void release(struct images *i)
{
    (void)pthread_mutex_lock(&i->lock);
    i->running--;
    (void)pthread_cond_signal(&i->freed);
    (void)pthread_mutex_unlock(&i->lock);
}

/* ---- its process ---- */

struct helper {
    pid_t pid;
    int report;                       /* the end to read from */
    int64_t deadline_us;
};

/* What libvips and sanitizer builds need; everything else of our environment is none of its business. */
struct surroundings {
    char untrusted[24], one[24], quiet[28];
    char *list[5];
};

static char **environment_of(struct surroundings *s)
{
    size_t n = 0;
    *s = (struct surroundings){"VIPS_BLOCK_UNTRUSTED=1", "VIPS_CONCURRENCY=1", "TSAN_OPTIONS=report_bugs=0", {NULL}};
    s->list[n++] = s->untrusted;
    s->list[n++] = s->one;
    s->list[n++] = s->quiet;          /* libvips' threads are not built for that tool: what it sees of them is no race */
    for (char **e = environ; e && *e && n < 4; e++)
        if (str_starts(str_of(*e), S("ASAN_OPTIONS=")))
            s->list[n++] = *e;
    return s->list;
}

static bool spawn(const char *program, char *const *argv, int file, int into, int report, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, usual;
    struct surroundings own;
    must(posix_spawn_file_actions_init(&files) == 0 && posix_spawnattr_init(&how) == 0);
    (void)sigemptyset(&none);
    (void)sigfillset(&usual);
    bool good = posix_spawnattr_setsigmask(&how, &none) == 0 && posix_spawnattr_setsigdefault(&how, &usual) == 0 &&
                posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0 &&
                posix_spawn_file_actions_adddup2(&files, file, 0) == 0 && posix_spawn_file_actions_adddup2(&files, into, 1) == 0 &&
                posix_spawn_file_actions_adddup2(&files, report, 3) == 0 &&
                posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0) == 0 &&
                posix_spawn(pid, program, &files, &how, argv, environment_of(&own)) == 0;
    (void)posix_spawn_file_actions_destroy(&files);
    (void)posix_spawnattr_destroy(&how);
    return good;
}

/* Above those that the helper will have, so that one dup2 never covers what the next one needs. */
static int out_of_the_way(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 10);
}

static enum err start(struct images *i, char *const *argv, int file, int into, struct helper *out, struct problem *why)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return problem_set(why, ERR_UNAVAILABLE, "No helper can be started: %s", strerror(errno));
    int own[3] = {out_of_the_way(file), into >= 0 ? out_of_the_way(into) : open("/dev/null", O_WRONLY | O_CLOEXEC),
                  out_of_the_way(ends[1])};
    if (into < 0 && own[1] >= 0 && own[1] < 10) {
        int low = own[1];
        own[1] = out_of_the_way(low);
        (void)close(low);
    }
    bool good = own[0] >= 0 && own[1] >= 0 && own[2] >= 0 && spawn(i->program, argv, own[0], own[1], own[2], &out->pid);
    for (size_t k = 0; k < COUNTOF(own); k++)
        if (own[k] >= 0)
            (void)close(own[k]);
    (void)close(ends[1]);
    if (!good) {
        (void)close(ends[0]);
        return problem_set(why, ERR_UNAVAILABLE, "No helper can be started");
    }
    out->report = ends[0];
    out->deadline_us = time_mono_us() + (int64_t)i->ms * 1000;
    return ERR_OK;
}

static int ms_left(const struct helper *h)
{
    int64_t left = (h->deadline_us - time_mono_us() + 999) / 1000;
    return left > 0 ? (int)left : 0;
}

/* One line; false at the deadline. */
static bool hear(const struct helper *h, char *line, size_t room, size_t *length)
{
    *length = 0;
    for (;;) {
        struct pollfd p = {.fd = h->report, .events = POLLIN};
        int ready = poll(&p, 1, ms_left(h));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t n = read(h->report, line + *length, room - *length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return true;
        *length += (size_t)n;
        if (*length == room)
            return true;
    }
}

/* It is gone afterwards, by itself or not. True: it ended well. */
static bool end(const struct helper *h, bool in_time)
{
    int status = 0, process = in_time ? (int)syscall(SYS_pidfd_open, h->pid, 0) : -1;
    struct pollfd p = {.fd = process, .events = POLLIN};
    while (process >= 0 && poll(&p, 1, ms_left(h)) < 0 && errno == EINTR)
        ;
    if (process >= 0)
        (void)close(process);
    if (waitpid(h->pid, &status, WNOHANG) != h->pid) {
        (void)kill(h->pid, SIGKILL);
        while (waitpid(h->pid, &status, 0) < 0 && errno == EINTR)
            ;
        return false;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* "ok WIDTH HEIGHT PAGES" or "no WORD sentence". Whatever a helper says was perhaps said by the picture. */
static enum err understand(str line, struct image_facts *out, struct problem *why)
{
    uint64_t n[3];
    str word, rest;
    (void)str_cut(str_trim(line), ' ', &word, &rest);
    bool good = str_equal(word, S("ok"));
    for (size_t k = 0; k < COUNTOF(n) && good; k++) {
        str number;
        (void)str_cut(rest, ' ', &number, &rest);
        good = str_to_u64(number, k < 2 ? 1000000 : LIMIT_IMAGE_PAGES, &n[k]) && n[k] > 0;
    }
    if (good) {
        *out = (struct image_facts){(uint32_t)n[0], (uint32_t)n[1], (uint32_t)n[2]};
        return ERR_OK;
    }
    if (str_equal(word, S("none")))
        return problem_set(why, ERR_UNAVAILABLE, "Pictures need libvips, which is not installed here: apt-get install libvips42");
    if (str_equal(word, S("large")))
        return problem_set(why, ERR_INVALID, "The picture has more than %u megapixels or %u pages", LIMIT_IMAGE_PIXELS / 1000000,
                           LIMIT_IMAGE_PAGES);
    if (str_equal(word, S("size")))
        return problem_set(why, ERR_BAD_INPUT, "At most %u pixels a side and %u megapixels are made", LIMIT_IMAGE_SIDE,
                           LIMIT_IMAGE_OUT_PIXELS / 1000000);
    if (str_equal(word, S("format")))
        return problem_set(why, ERR_BAD_INPUT, "Pictures of this type cannot be made here");
    return problem_set(why, ERR_INVALID, "The file is no picture, or it is broken");
}

static enum err ask(struct images *i, char *const *argv, int file, int into, struct image_facts *out, struct problem *why)
{
    struct helper h = {0};
    char line[256];
    size_t length = 0;
    TRY(start(i, argv, file, into, &h, why));
    bool in_time = hear(&h, line, sizeof line - 1, &length);
    (void)close(h.report);
    bool well = end(&h, in_time);
    if (!in_time)
        return problem_set(why, ERR_INVALID, "The picture takes too long to be looked into");
    if (!well)
        return problem_set(why, ERR_INVALID, "The file is no picture, or it is broken");
    return understand((str){line, length}, out, why);
}

static enum err ask_in_turn(struct images *i, char *const *argv, int file, int into, struct image_facts *out, struct problem *why)
{
    TRY(acquire(i, why));
    enum err e = ask(i, argv, file, into, out, why);
    release(i);
    return e;
}

enum err images_probe(struct images *i, int file, struct image_facts *out, struct problem *why)
{
    char name[] = "vitrine", word[] = IMAGE_HELPER_WORD, probe[] = "probe";
    char *argv[] = {name, word, probe, NULL};
    return ask_in_turn(i, argv, file, -1, out, why);
}

enum err images_make(struct images *i, int file, const struct image_wish *wish, int into, struct image_facts *out, struct problem *why)
{
    char name[] = "vitrine", word[] = IMAGE_HELPER_WORD, text[IMAGE_WISH_ROOM];
    char *argv[] = {name, word, text, NULL};
    image_wish_write(wish, text);
    return ask_in_turn(i, argv, file, into, out, why);
}

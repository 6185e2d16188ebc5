#include "base/arena.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

/* Standard error goes to a file while a test logs. */
static int saved = -1;
static FILE *caught;

static void catch_log(void)
{
    fflush(stderr);
    caught = tmpfile();
    saved = dup(STDERR_FILENO);
    NEED(caught != NULL && saved >= 0 && dup2(fileno(caught), STDERR_FILENO) >= 0);
}

static str release_log(struct arena *a)
{
    dup2(saved, STDERR_FILENO);
    close(saved);
    off_t size = lseek(fileno(caught), 0, SEEK_END);
    char *at = arena_get(a, (size_t)size, 1);
    NEED(pread(fileno(caught), at, (size_t)size, 0) == (ssize_t)size);
    fclose(caught);
    return (str){at, (size_t)size};
}

#define NOW 1795255200007 /* 2026-11-21T10:00:00.007Z */

static void say_something(void)
{
    LOG(LOG_INFO, "request", LOG_TEXT("method", S("GET")), LOG_TEXT("path", S("/a b")),
        LOG_NUMBER("status", 200), LOG_TEXT("empty", S("")), LOG_NUMBER("below", INT64_MIN));
}

static void lines_in_both_formats(void **state)
{
    (void)state;
    static const struct {
        enum log_format format;
        str line;
    } cases[] = {
        {LOG_FORMAT_KEYS,
         STR("2026-11-21T10:00:00.007Z info request method=GET path=\"/a b\" status=200 "
             "empty=\"\" below=-9223372036854775808\n")},
        {LOG_FORMAT_JSON,
         STR("{\"ts\":\"2026-11-21T10:00:00.007Z\",\"level\":\"info\",\"event\":\"request\","
             "\"method\":\"GET\",\"path\":\"/a b\",\"status\":200,\"empty\":\"\","
             "\"below\":-9223372036854775808}\n")},
        {LOG_FORMAT_AUTO,
         STR("{\"ts\":\"2026-11-21T10:00:00.007Z\",\"level\":\"info\",\"event\":\"request\","
             "\"method\":\"GET\",\"path\":\"/a b\",\"status\":200,\"empty\":\"\","
             "\"below\":-9223372036854775808}\n")},
    };
    struct arena *a = arena_open(4096);
    time_set(NOW);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        catch_log();
        log_start(LOG_INFO, cases[i].format);
        say_something();
        log_event(LOG_DEBUG, "unheard", NULL, 0);
        log_stop();
        CHECK_STR(release_log(a), cases[i].line);
    }
    time_set(0);
    arena_close(a);
}

static void control_characters_and_broken_text_are_escaped(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    time_set(NOW - 7);
    static const enum log_format formats[] = {LOG_FORMAT_KEYS, LOG_FORMAT_JSON};
    str lines[2] = {0};
    for (size_t i = 0; i < 2; i++) {
        catch_log();
        log_start(LOG_INFO, formats[i]);
        LOG(LOG_INFO, "e", LOG_TEXT("v", S("a\r\nb\x1b[31m\x7f\xc2\x9b\xffü\"\\")));
        log_stop();
        lines[i] = release_log(a);
    }
    CHECK_STR(lines[0], S("2026-11-21T10:00:00.000Z info e "
                          "v=\"a\\u000d\\u000ab\\u001b[31m\\u007f\\u009b\\ufffdü\\\"\\\\\"\n"));
    CHECK_STR(lines[1],
              S("{\"ts\":\"2026-11-21T10:00:00.000Z\",\"level\":\"info\",\"event\":\"e\","
                "\"v\":\"a\\u000d\\u000ab\\u001b[31m\\u007f\\u009b\\ufffdü\\\"\\\\\"}\n"));
    time_set(0);
    arena_close(a);
}

static void long_values_are_cut_and_lines_stay_whole(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    char *longest = arena_get(a, 100000, 1);
    memset(longest, 'x', 100000);
    memcpy(longest + LIMIT_LOG_VALUE_BYTES - 1, "ü", 2);
    str text = {longest, 100000};
    catch_log();
    log_start(LOG_INFO, LOG_FORMAT_JSON);
    LOG(LOG_INFO, "e", LOG_TEXT("a", text), LOG_TEXT("b", text), LOG_TEXT("c", text),
        LOG_TEXT("d", text), LOG_NUMBER("last", 1));
    memset(longest, 1, 100000); /* each byte takes six */
    LOG(LOG_INFO, "f", LOG_TEXT("a", text), LOG_NUMBER("last", 2));
    log_stop();
    str out = release_log(a), first = {0}, second = {0}, rest = {0};
    CHECK(str_cut(out, '\n', &first, &rest) && str_cut(rest, '\n', &second, &rest) &&
          rest.len == 0);
    CHECK(first.len <= LIMIT_LOG_LINE_BYTES && str_ends(first, S(",\"last\":1}")));
    CHECK(str_contains(first, S("xx…\"")) && !str_contains(first, S("\"d\"")));
    CHECK(str_ends(second, S("\"event\":\"f\",\"last\":2}")));
    arena_close(a);
}

static void without_a_start_lines_go_out_at_once(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    catch_log();
    LOG(LOG_WARN, "early", LOG_NUMBER("n", 1));
    log_event(LOG_DEBUG, "unheard", NULL, 0);
    log_event(LOG_INFO, "plain", NULL, 0);
    str out = release_log(a);
    CHECK(str_contains(out, S("\"level\":\"warn\",\"event\":\"early\",\"n\":1}\n")));
    CHECK(str_contains(out, S("\"event\":\"plain\"}\n")));
    CHECK(!str_contains(out, S("unheard")));
    arena_close(a);
}

static void urgent_lines_do_not_wait(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    catch_log();
    log_start(LOG_INFO, LOG_FORMAT_KEYS);
    LOG(LOG_INFO, "one", LOG_NUMBER("n", 1));
    LOG(LOG_ERROR, "two", LOG_NUMBER("n", 2));
    off_t size = lseek(fileno(caught), 0, SEEK_END);
    log_stop();
    str out = release_log(a), first = {0}, second = {0};
    CHECK_INT(size, out.len);
    CHECK(str_cut(out, '\n', &first, &second));
    CHECK(str_ends(first, S(" info one n=1")));
    CHECK(str_ends(second, S(" error two n=2\n")));
    arena_close(a);
}

static void *say_many(void *arg)
{
    for (int i = 0; i < 300; i++)
        LOG(i % 50 == 0 ? LOG_WARN : LOG_INFO, "many", LOG_NUMBER("thread", *(int *)arg),
            LOG_NUMBER("i", i));
    return NULL;
}

static void threads_do_not_mix_their_lines(void **state)
{
    (void)state;
    static int numbers[] = {0, 1, 2, 3};
    struct arena *a = arena_open(4096);
    pthread_t threads[4];
    catch_log();
    log_start(LOG_INFO, LOG_FORMAT_KEYS);
    for (size_t i = 0; i < 4; i++)
        NEED(pthread_create(&threads[i], NULL, say_many, &numbers[i]) == 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    log_stop();
    str rest = release_log(a), line = {0}, tail = {0};
    int next[4] = {0};
    for (; rest.len > 0 && str_cut(rest, '\n', &line, &tail); rest = tail) {
        str mark = S(" many thread=");
        const char *at = memmem(line.at, line.len, mark.at, mark.len);
        NEED(at != NULL);
        int thread = at[mark.len] - '0';
        NEED(thread >= 0 && thread < 4);
        CHECK(str_ends(line, arena_format(a, " i=%d", next[thread]++)));
    }
    for (int i = 0; i < 4; i++)
        CHECK_INT(next[i], 300);
    arena_close(a);
}

static int pipe_ends[2];

static void *read_pipe(void *arg)
{
    struct buf *b = arg;
    for (;;) {
        char *at = buf_room(b, 4096);
        ssize_t n = at == NULL ? 0 : read(pipe_ends[0], at, 4096);
        if (n <= 0)
            return NULL;
        b->len += (size_t)n;
    }
}

/* The pipe is full and nobody reads it: what does not fit into memory is counted, not waited for.
 */
static void a_slow_sink_drops_and_counts(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct buf b;
    buf_init(&b, NULL, 16u << 20);
    NEED(pipe(pipe_ends) == 0);
    saved = dup(STDERR_FILENO);
    NEED(dup2(pipe_ends[1], STDERR_FILENO) >= 0);
    close(pipe_ends[1]);
    log_start(LOG_INFO, LOG_FORMAT_KEYS);
    char filler[1000];
    memset(filler, 'x', sizeof filler);
    for (int i = 0; i < 2000; i++)
        LOG(LOG_INFO, "flood", LOG_TEXT("filler", ((str){filler, sizeof filler})));
    pthread_t reader;
    NEED(pthread_create(&reader, NULL, read_pipe, &b) == 0);
    LOG(LOG_WARN, "after", LOG_NUMBER("n", 1));
    log_stop();
    dup2(saved, STDERR_FILENO);
    close(saved);
    pthread_join(reader, NULL);
    close(pipe_ends[0]);
    uint64_t lines = 0, dropped = 0;
    str rest = buf_str(&b), line = {0}, tail = {0};
    for (; rest.len > 0 && str_cut(rest, '\n', &line, &tail); rest = tail) {
        lines++;
        str mark = S(" dropped="), number = {0}, other = {0};
        const char *at = memmem(line.at, line.len, mark.at, mark.len);
        if (at == NULL)
            continue;
        str_cut(str_slice(line, (size_t)(at - line.at) + mark.len, line.len), ' ', &number, &other);
        uint64_t n = 0;
        CHECK(str_to_u64(number, UINT64_MAX, &n));
        dropped += n;
    }
    CHECK(dropped > 0);
    CHECK_INT(lines + dropped, 2001);
    buf_free(&b);
    arena_close(a);
}

static off_t size_of_log(void)
{
    struct stat st;
    NEED(fstat(fileno(caught), &st) == 0);
    return st.st_size;
}

static bool comes_out(off_t more_than)
{
    for (int64_t until = time_mono_us() + 5000000; time_mono_us() < until; (void)sched_yield())
        if (size_of_log() > more_than)
            return true;
    return false;
}

static void pass_ms(int64_t ms)
{
    for (int64_t until = time_mono_us() + 1000 * ms; time_mono_us() < until;)
        (void)sched_yield();
}

/* A warning takes out what was being gathered; then there is nothing when that ends. */
static void lines_come_out_after_a_warning(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    bool all = true;
    catch_log();
    log_start(LOG_INFO, LOG_FORMAT_JSON);
    for (unsigned i = 0; i < 3 && all; i++) {
        say_something();
        pass_ms(LIMIT_LOG_GATHER_MS / 10);
        log_event(LOG_WARN, "urgent", NULL, 0);
        pass_ms(2 * LIMIT_LOG_GATHER_MS);
        off_t before = size_of_log();
        say_something();
        all = comes_out(before);
    }
    log_stop();
    (void)release_log(a);
    CHECK(all);
    arena_close(a);
}

CHECK_MAIN(TEST(lines_in_both_formats), TEST(control_characters_and_broken_text_are_escaped),
           TEST(long_values_are_cut_and_lines_stay_whole),
           TEST(without_a_start_lines_go_out_at_once), TEST(urgent_lines_do_not_wait),
           TEST(threads_do_not_mix_their_lines), TEST(a_slow_sink_drops_and_counts),
           TEST(lines_come_out_after_a_warning))

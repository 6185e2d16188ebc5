#include "base/arena.h"
#include "tests/support/check.h"

#include <pthread.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define IS_POISONED(at) (__asan_address_is_poisoned(at) != 0)
#define KNOWS_POISON    true
#else
#define IS_POISONED(at) ((void)(at), false)
#define KNOWS_POISON    false
#endif

static bool is_zero(const char *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (at[i] != 0)
            return false;
    return true;
}

static void pieces_are_zero_and_aligned(void **state)
{
    (void)state;
    /* Twice, so that the second round gets chunks that the first has dirtied. */
    for (int round = 0; round < 2; round++) {
        struct arena *a = arena_open(1024);
        for (size_t n = 0; n < 5000; n += 37) {
            char *at = arena_get(a, n, 1);
            CHECK((uintptr_t)at % _Alignof(max_align_t) == 0);
            CHECK(is_zero(at, n));
            memset(at, 0xee, n);
        }
        arena_close(a);
    }
}

static void pieces_do_not_overlap(void **state)
{
    (void)state;
    enum { COUNT = 400 };
    struct arena *a = arena_open(2048);
    unsigned char *pieces[COUNT];
    size_t sizes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = i % 50 == 49 ? 300000 : (i * 131) % 3000;
        pieces[i] = arena_get(a, sizes[i], 1);
        memset(pieces[i], (int)(i % 251), sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < sizes[i]; j += 17)
            if (pieces[i][j] != i % 251)
                CHECK_SAY("piece %zu is spoilt at %zu", i, j);
    arena_close(a);
}

static void what_lies_behind_a_piece_is_poisoned(void **state)
{
    (void)state;
    if (!KNOWS_POISON)
        return;
    struct arena *a = arena_open(4096);
    static const size_t sizes[] = {1, 7, 8, 9, 16, 31, 100, 5000, 200000};
    for (size_t i = 0; i < COUNTOF(sizes); i++) {
        CHECK_AT(i);
        char *at = arena_get(a, sizes[i], 1);
        CHECK(!IS_POISONED(at) && !IS_POISONED(at + sizes[i] - 1));
        CHECK(IS_POISONED(at + sizes[i]));
        CHECK(IS_POISONED(at - 1));
    }
    char *old = arena_get(a, 64, 1);
    arena_get(a, 1, 1);
    char *moved = arena_grow(a, old, 64, 128);
    CHECK(moved != old && IS_POISONED(old));
    arena_reset(a);
    CHECK(IS_POISONED(moved));
    arena_close(a);
}

static void the_newest_piece_grows_in_place(void **state)
{
    (void)state;
    struct arena *a = arena_open(8192);
    char *at = arena_get(a, 10, 1);
    memcpy(at, "0123456789", 10);
    char *same = arena_grow(a, at, 10, 1000);
    CHECK(same == at);
    CHECK(memcmp(same, "0123456789", 10) == 0 && is_zero(same + 10, 990));
    arena_get(a, 1, 1);
    char *other = arena_grow(a, same, 1000, 2000);
    CHECK(other != same);
    CHECK(memcmp(other, "0123456789", 10) == 0 && is_zero(other + 10, 1990));
    char *big = arena_grow(a, other, 2000, 1 << 20);
    CHECK(memcmp(big, "0123456789", 10) == 0 && is_zero(big + 10, (1 << 20) - 10));
    CHECK(arena_grow(a, big, 1 << 20, 5) == big);
    char *fresh = arena_grow(a, NULL, 0, 20);
    CHECK(is_zero(fresh, 20));
    arena_close(a);
}

static void text_is_copied_and_formatted(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    char source[] = "hello";
    str copy = arena_copy(a, str_of(source));
    source[0] = 'j';
    CHECK_STR(copy, S("hello"));
    CHECK(str_is_absent(arena_copy(a, (str){0})));
    str empty = arena_copy(a, S(""));
    CHECK(empty.at != NULL && empty.len == 0);
    CHECK_STR(arena_format(a, "%d-%s", 7, "x"), S("7-x"));
    str wide = arena_format(a, "%0*d", 3000, 1);
    CHECK_INT(wide.len, 3000);
    CHECK(wide.at[0] == '0' && wide.at[2999] == '1');
    CHECK(strcmp(arena_cstr(a, S("abc")), "abc") == 0);
    CHECK(strcmp(arena_cstr(a, (str){0}), "") == 0);
    arena_close(a);
}

static char closed[8];
static size_t closed_count;

static void note_closed(void *arg)
{
    closed[closed_count++] = *(const char *)arg;
}

static void closers_run_last_first_and_once(void **state)
{
    (void)state;
    static char names[] = "abc";
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < 3; i++)
        arena_on_close(a, note_closed, &names[i]);
    arena_reset(a);
    CHECK_STR(((str){closed, closed_count}), S("cba"));
    arena_on_close(a, note_closed, &names[0]);
    arena_close(a);
    CHECK_STR(((str){closed, closed_count}), S("cbaa"));
    arena_close(NULL);
}

static void reset_starts_anew(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    CHECK_INT(arena_bytes(a), 0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++)
            memset(arena_get(a, 1000, 1), 0xff, 1000);
        CHECK_INT(arena_bytes(a), 100000);
        arena_reset(a);
        CHECK_INT(arena_bytes(a), 0);
        CHECK(is_zero(arena_get(a, 3000, 1), 3000));
        arena_reset(a);
    }
    arena_close(a);
}

static void *work(void *arg)
{
    (void)arg;
    for (int i = 0; i < 50; i++) {
        struct arena *a = arena_open(4096);
        for (int j = 0; j < 30; j++)
            memset(arena_get(a, 2000, 1), j, 2000);
        arena_close(a);
    }
    return NULL;
}

/* An arena may be closed by another thread than the one that opened it: its chunks then change
 * stock. */
static void each_thread_has_its_own_stock(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < COUNTOF(threads); i++)
        NEED(pthread_create(&threads[i], NULL, work, NULL) == 0);
    work(NULL);
    for (size_t i = 0; i < COUNTOF(threads); i++)
        pthread_join(threads[i], NULL);
}

static void *close_it(void *arena)
{
    arena_close(arena);
    return NULL;
}

static void an_arena_may_end_in_another_thread(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    arena_get(a, 100000, 1);
    pthread_t thread;
    NEED(pthread_create(&thread, NULL, close_it, a) == 0);
    pthread_join(thread, NULL);
}

CHECK_MAIN(TEST(pieces_are_zero_and_aligned), TEST(pieces_do_not_overlap),
           TEST(what_lies_behind_a_piece_is_poisoned), TEST(the_newest_piece_grows_in_place),
           TEST(text_is_copied_and_formatted), TEST(closers_run_last_first_and_once),
           TEST(reset_starts_anew), TEST(each_thread_has_its_own_stock),
           TEST(an_arena_may_end_in_another_thread))

#include "base/id.h"
#include "base/time.h"
#include "tests/support/check.h"

#include <pthread.h>

enum { THREADS = 4, EACH = 5000 };

static char ids[THREADS * EACH][ID_LENGTH];

static void *make_many(void *arg)
{
    char(*own)[ID_LENGTH] = arg;
    for (size_t i = 0; i < EACH; i++)
        id_make(own[i]);
    return NULL;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, ID_LENGTH);
}

static void ids_grow_in_every_thread_and_never_repeat(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        NEED(pthread_create(&threads[i], NULL, make_many, &ids[i * EACH]) == 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < THREADS; i++)
        for (size_t j = 1; j < EACH; j++)
            if (memcmp(ids[i * EACH + j - 1], ids[i * EACH + j], ID_LENGTH) >= 0)
                CHECK_SAY("thread %zu: id %zu does not grow", i, j);
    qsort(ids, COUNTOF(ids), ID_LENGTH, by_bytes);
    for (size_t i = 1; i < COUNTOF(ids); i++)
        if (memcmp(ids[i - 1], ids[i], ID_LENGTH) == 0)
            CHECK_SAY("an id was given twice");
}

static void ids_begin_with_the_time_and_ignore_steps_back(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    int64_t later = time_now_ms() + 1000000;
    time_set(later);
    str first = id_new(a);
    CHECK_STR(str_slice(first, 0, 12), arena_format(a, "%012llx", (unsigned long long)later));
    time_set(later - 500000);
    str second = id_new(a);
    CHECK(str_order(first, second) < 0);
    time_set(0);
    arena_close(a);
}

static void only_24_lower_case_hex_digits_are_ids(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    CHECK(id_valid(id_new(a)));
    CHECK(id_valid(S("0123456789abcdef01234567")));
    CHECK(!id_valid(S("0123456789ABCDEF01234567")));
    CHECK(!id_valid(S("0123456789abcdef0123456")));
    CHECK(!id_valid(S("0123456789abcdef012345678")));
    CHECK(!id_valid(S("0123456789abcdeg01234567")));
    CHECK(!id_valid((str){0}));
    arena_close(a);
}

static void request_ids_are_ulids(void **state)
{
    (void)state;
    char one[REQUEST_ID_LENGTH], two[REQUEST_ID_LENGTH];
    time_set(1469918176385); /* the example of the ULID specification: 01ARYZ6S41… */
    request_id_make(one);
    request_id_make(two);
    time_set(0);
    CHECK_STR(((str){one, 10}), S("01ARYZ6S41"));
    CHECK(memcmp(one, two, sizeof one) != 0);
    for (size_t i = 0; i < sizeof one; i++)
        CHECK(strchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", one[i]) != NULL);
}

CHECK_MAIN(TEST(ids_grow_in_every_thread_and_never_repeat),
           TEST(ids_begin_with_the_time_and_ignore_steps_back),
           TEST(only_24_lower_case_hex_digits_are_ids), TEST(request_ids_are_ulids))

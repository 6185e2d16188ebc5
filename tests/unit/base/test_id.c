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

static void ids_are_uuids_and_back(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    static const struct {
        str uuid;
        bool is_ours;
    } cases[] = {
        {STR("01234567-89ab-cdef-0123-456776697472"), true},
        {STR("0123456789abcdef0123456776697472"), true},
        {STR("01234567-89AB-CDEF-0123-456776697472"), true},
        {STR("0123456789ABCDEF0123456776697472"), true},
        {STR("01234567-89ab-cdef-0123-456776697473"), false}, /* somebody else's */
        {STR("01234567-89ab-cdef-0123-456700000000"), false},
        {STR("01234567-89ab-cdef-0123-45677669747"), false},
        {STR("01234567-89ab-cdef-0123-4567766974720"), false},
        {STR("012345678-9ab-cdef-0123-456776697472"), false},
        {STR("01234567-89ab-cdef-01234-56776697472"), false},
        {STR("01234567089ab-cdef-0123-456776697472"), false},
        {STR("{1234567-89ab-cdef-0123-456776697472"), false},
        {STR("g1234567-89ab-cdef-0123-456776697472"), false},
        {STR("g123456789abcdef0123456776697472"), false},
        {STR("0123456789abcdef01234567"), false},
        {STR("                                "), false},
        {STR(""), false},
        {{0}, false},
    };
    CHECK_STR(id_uuid(a, S("0123456789abcdef01234567")), cases[0].uuid);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        char id[ID_LENGTH] = "untouched";
        CHECK_AT(i);
        CHECK_INT(uuid_id(cases[i].uuid, id), cases[i].is_ours);
        if (cases[i].is_ours)
            CHECK_STR(((str){id, ID_LENGTH}), S("0123456789abcdef01234567"));
        else
            CHECK(strcmp(id, "untouched") == 0);
    }
    for (int i = 0; i < 100; i++) {
        char id[ID_LENGTH];
        str made = id_new(a);
        CHECK(uuid_id(id_uuid(a, made), id));
        CHECK_STR(((str){id, ID_LENGTH}), made);
    }
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
           TEST(only_24_lower_case_hex_digits_are_ids), TEST(ids_are_uuids_and_back),
           TEST(request_ids_are_ulids))

#include "base/map.h"
#include "tests/support/check.h"

static void many_keys_are_found_again(void **state)
{
    (void)state;
    enum { COUNT = 50000 };
    struct arena *a = arena_open(1 << 16);
    struct map *m = map_new(a, 0);
    static int values[COUNT];
    for (int i = 0; i < COUNT; i++)
        CHECK(map_put(m, arena_format(a, "key %d", i), &values[i]) == NULL);
    CHECK_INT(map_count(m), COUNT);
    for (int i = 0; i < COUNT; i++)
        if (map_get(m, arena_format(a, "key %d", i)) != &values[i])
            CHECK_SAY("key %d is lost", i);
    CHECK(map_get(m, S("key -1")) == NULL);
    CHECK(map_get(m, S("")) == NULL);
    arena_close(a);
}

static void a_key_is_replaced_in_its_place(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct map *m = map_new(a, 2);
    static int one, two, three;
    CHECK(map_get(m, S("a")) == NULL);
    CHECK(map_put(m, S("a"), &one) == NULL);
    CHECK(map_put(m, S("b"), &two) == NULL);
    CHECK(map_put(m, S("a"), &three) == &one);
    CHECK(map_get(m, S("a")) == &three);
    CHECK_INT(map_count(m), 2);
    CHECK(map_put(m, S(""), &one) == NULL);
    CHECK(map_get(m, (str){0}) == &one);
    CHECK(map_put(m, S("nul\0in"), &one) == NULL);
    CHECK(map_get(m, S("nul\0ix")) == NULL);
    arena_close(a);
}

static void walking_keeps_the_order_of_insertion(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct map *m = map_new(a, 0);
    static int values[100];
    for (int i = 0; i < 100; i++)
        map_put(m, arena_format(a, "%d", 99 - i), &values[i]);
    size_t cursor = 0;
    str key = {0};
    void *value = NULL;
    int n = 0;
    for (; map_each(m, &cursor, &key, &value); n++) {
        CHECK(value == &values[n]);
        CHECK_STR(key, arena_format(a, "%d", 99 - n));
    }
    CHECK_INT(n, 100);
    arena_close(a);
}

static void hashes_depend_on_every_byte(void **state)
{
    (void)state;
    char text[40] = {0};
    uint64_t base = map_hash((str){text, sizeof text});
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = 1;
        CHECK(map_hash((str){text, sizeof text}) != base);
        text[i] = 0;
    }
    CHECK(map_hash((str){text, 39}) != base);
    CHECK(map_hash(S("")) == map_hash((str){0}));
}

CHECK_MAIN(TEST(many_keys_are_found_again), TEST(a_key_is_replaced_in_its_place),
           TEST(walking_keeps_the_order_of_insertion), TEST(hashes_depend_on_every_byte))

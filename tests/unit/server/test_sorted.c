/* Pairs come back by key, equal keys in the order in which they came, whether they fit into memory or not. */
#include "base/arena.h"
#include "server/transfer/sorted.h"
#include "tests/support/check.h"

static void sort(uint32_t count, size_t bytes)
{
    struct arena *a = arena_open(1u << 16);
    struct problem why = {.arena = a};
    struct sorted *s = sorted_open();
    char *value = calloc(1, bytes), name[16], last[16] = "";
    bool found = true;
    uint32_t seen = 0, before = 0;
    NEED(value != NULL);
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "%05u", i * 7919u % (count / 4 + 1)); /* each key some four times */
        memcpy(value, &i, sizeof i);
        CHECK(sorted_add(s, str_of(name), (str){value, bytes}, &why) == ERR_OK);
    }
    for (found = true;;) {
        str key, is;
        uint32_t number;
        NEED(sorted_next(s, &key, &is, &found, &why) == ERR_OK);
        if (!found)
            break;
        NEED(key.len == 5 && is.len == bytes);
        memcpy(&number, is.at, sizeof number);
        int order = str_order(str_of(last), key);
        CHECK(order < 0 || (order == 0 && before < number));
        memcpy(last, key.at, 5);
        before = number;
        seen++;
    }
    CHECK(seen == count);
    sorted_close(s);
    free(value);
    arena_close(a);
}

static void pairs_come_back_in_order(void **state)
{
    (void)state;
    sort(0, 4);
    sort(1, 4);
    sort(1000, 40);
    sort(20000, 2000); /* 40 MB: several pieces */
}

static void one_pair_has_a_bound(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct problem why = {.arena = a};
    struct sorted *s = sorted_open();
    char *most = calloc(1, SORTED_PAIR_BYTES + 1);
    str key, value;
    bool found;
    NEED(most != NULL);
    CHECK(sorted_add(s, S("k"), (str){most, SORTED_PAIR_BYTES}, &why) == ERR_TOO_LARGE);
    CHECK(sorted_add(s, S("k"), (str){most, SORTED_PAIR_BYTES - 1}, &why) == ERR_OK);
    CHECK(sorted_next(s, &key, &value, &found, &why) == ERR_OK && found && value.len == SORTED_PAIR_BYTES - 1);
    CHECK(sorted_next(s, &key, &value, &found, &why) == ERR_OK && !found);
    sorted_close(s);
    free(most);
    arena_close(a);
}

CHECK_MAIN(TEST(pairs_come_back_in_order), TEST(one_pair_has_a_bound))

/* What is kept by a name: found, pushed out by use, guests among themselves. */
#include "tests/support/check.h"

#include "base/limits.h"
#include "graphql/http/shelf.h"
#include "graphql/http/texts.h"

static unsigned dropped;

static void drop(struct counted *self)
{
    dropped++;
    free(self);
}

static void put(struct shelf *s, uint64_t owner, const char *name, size_t bytes, bool of_guest)
{
    struct shelved *t = calloc(1, sizeof *t);
    must(t != NULL);
    *t = (struct shelved){.counted = {1, drop}, .owner = owner, .name = str_of(name), .bytes = bytes, .of_guest = of_guest};
    shelf_put(s, t);
    counted_release(&t->counted);
}

static bool has(struct shelf *s, uint64_t owner, const char *name, bool is_guest)
{
    struct shelved *t = shelf_find(s, owner, str_of(name), is_guest);
    if (t)
        counted_release(&t->counted);
    return t != NULL;
}

static void check_sum(struct shelf *s, size_t count, size_t bytes, size_t guest_bytes)
{
    struct shelf_figures f;
    shelf_figures(s, &f);
    CHECK_INT(f.count, count);
    CHECK_INT(f.bytes, bytes);
    CHECK_INT(f.guest_bytes, guest_bytes);
}

static void what_was_not_asked_for_goes_first(void **state)
{
    (void)state;
    struct shelf *s = shelf_open(100);
    put(s, 1, "a", 40, false);
    put(s, 1, "b", 40, false);
    put(s, 2, "a", 20, false);
    check_sum(s, 3, 100, 0);
    CHECK(has(s, 1, "a", false));
    put(s, 1, "c", 30, false);
    CHECK(has(s, 1, "a", false));
    CHECK(!has(s, 1, "b", false));
    CHECK(has(s, 2, "a", false));
    CHECK(!has(s, 3, "a", false));
    put(s, 1, "all", 100, false);
    check_sum(s, 1, 100, 0);
    put(s, 1, "more", 101, false);
    CHECK(!has(s, 1, "more", false));
    shelf_close(s);
}

static void guests_push_out_each_other_alone(void **state)
{
    (void)state;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    struct shelf *s = shelf_open(100 * LIMIT_GRAPHQL_GUEST_SHARE);
    put(s, 1, "house", 100, false);
    for (unsigned i = 0; i + 1 < sizeof letters; i++)
        put(s, 1, letters + i, 50, true);
    check_sum(s, 3, 200, 100);
    CHECK(has(s, 1, "house", true));
    put(s, 1, "too much", 101, true);
    CHECK(!has(s, 1, "too much", true));
    /* Others need the room: guests' things go first. */
    put(s, 1, "second", 300, false);
    check_sum(s, 2, 400, 0);
    put(s, 1, "late", 1, true);
    CHECK(!has(s, 1, "late", true));
    CHECK(has(s, 1, "house", false));
    shelf_close(s);
}

static void what_others_ask_for_is_not_the_guests_any_more(void **state)
{
    (void)state;
    struct shelf *s = shelf_open(100 * LIMIT_GRAPHQL_GUEST_SHARE);
    put(s, 1, "a", 60, true);
    check_sum(s, 1, 60, 60);
    CHECK(has(s, 1, "a", true));
    check_sum(s, 1, 60, 60);
    CHECK(has(s, 1, "a", false));
    check_sum(s, 1, 60, 0);
    CHECK(has(s, 1, "a", true));
    put(s, 1, "b", 100, true);
    CHECK(has(s, 1, "a", true));
    put(s, 1, "a", 60, true); /* once more by a guest: it stays the house's */
    check_sum(s, 2, 160, 100);
    shelf_close(s);
}

static void things_in_use_outlive_their_place(void **state)
{
    (void)state;
    struct shelf *s = shelf_open(100);
    dropped = 0;
    put(s, 7, "a", 10, false);
    put(s, 7, "b", 10, true);
    put(s, 8, "a", 10, false);
    struct shelved *a = shelf_find(s, 7, S("a"), false);
    NEED(a != NULL);
    shelf_forget(s, 7);
    check_sum(s, 1, 10, 0);
    CHECK_INT(dropped, 1);
    CHECK_STR(a->name, S("a"));
    counted_release(&a->counted);
    CHECK_INT(dropped, 2);
    shelf_close(s);
    CHECK_INT(dropped, 3);
}

static void texts_are_found_by_their_hash(void **state)
{
    (void)state;
    struct shelf *s = shelf_open(LIMIT_GRAPHQL_TEXTS_BYTES);
    struct arena *a = arena_open(4096);
    str text, hash = text_hash(a, S("hello"));
    CHECK_STR(hash, S("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));
    CHECK(!texts_find(s, hash, false, a, &text));
    texts_put(s, hash, S("hello"), true);
    CHECK(texts_find(s, hash, true, a, &text));
    CHECK_STR(text, S("hello"));
    shelf_close(s);
    arena_close(a);
}

CHECK_MAIN(TEST(what_was_not_asked_for_goes_first), TEST(guests_push_out_each_other_alone),
           TEST(what_others_ask_for_is_not_the_guests_any_more), TEST(things_in_use_outlive_their_place),
           TEST(texts_are_found_by_their_hash))

#include "tests/support/check.h"

static void cut_splits_at_the_first_separator(void **state)
{
    (void)state;
    static const struct {
        str whole;
        bool ok;
        str head, tail;
    } cases[] = {
        {STR("a/b/c"), true, STR("a"), STR("b/c")}, {STR("/b"), true, STR(""), STR("b")},
        {STR("abc"), false, STR("abc"), STR("")},   {STR(""), false, STR(""), STR("")},
        {STR("a/"), true, STR("a"), STR("")},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        str head = {0}, tail = {0};
        CHECK(str_cut(cases[i].whole, '/', &head, &tail) == cases[i].ok);
        CHECK_STR(head, cases[i].head);
        CHECK_STR(tail, cases[i].tail);
    }
}

static void next_yields_every_piece_of_a_list(void **state)
{
    (void)state;
    static const struct {
        str list;
        size_t count;
        str pieces[4];
    } cases[] = {
        {STR("a,,b"), 3, {STR("a"), STR(""), STR("b")}},
        {STR(""), 1, {STR("")}},
        {STR(","), 2, {STR(""), STR("")}},
        {STR("one"), 1, {STR("one")}},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        str rest = cases[i].list, piece = {0};
        bool ended = false;
        size_t n = 0;
        for (; str_next(&rest, &ended, ',', &piece); n++)
            if (n < 4)
                CHECK_STR(piece, cases[i].pieces[n]);
        CHECK_INT(n, cases[i].count);
    }
}

static void order_is_by_bytes_then_by_length(void **state)
{
    (void)state;
    CHECK_INT(str_order(S("a"), S("b")), -1);
    CHECK_INT(str_order(S("b"), S("a")), 1);
    CHECK_INT(str_order(S("a"), S("ab")), -1);
    CHECK_INT(str_order(S("ab"), S("a")), 1);
    CHECK_INT(str_order(S("ab"), S("ab")), 0);
    CHECK_INT(str_order((str){0}, S("")), 0);
    CHECK_INT(str_order(S("\xff"), S("a")), 1);
}

static void looking_into_a_string(void **state)
{
    (void)state;
    CHECK(str_starts(S("abc"), S("ab")) && !str_starts(S("a"), S("ab")) &&
          str_starts(S(""), S("")));
    CHECK(str_ends(S("abc"), S("bc")) && !str_ends(S("c"), S("bc")) && str_ends((str){0}, S("")));
    CHECK(str_contains(S("abc"), S("b")) && !str_contains(S("abc"), S("d")));
    CHECK(str_contains((str){0}, S("")) && !str_contains(S("a"), S("ab")));
    CHECK(str_equal_nocase(S("Content-TYPE"), S("content-type")));
    CHECK(!str_equal_nocase(S("a"), S("b")) && !str_equal_nocase(S("@"), S("`")));
    CHECK(str_equal((str){0}, S("")) && str_is_absent((str){0}) && !str_is_absent(S("")));
    size_t at = 99;
    CHECK(str_find(S("a=b=c"), '=', &at) && at == 1);
    CHECK(!str_find((str){0}, '=', &at) && at == 1);
    CHECK(str_is_absent(str_of(NULL)));
    CHECK_STR(str_of("x"), S("x"));
}

static void slices_are_clamped(void **state)
{
    (void)state;
    CHECK_STR(str_slice(S("hello"), 1, 3), S("el"));
    CHECK_STR(str_slice(S("hello"), 3, 99), S("lo"));
    CHECK_STR(str_slice(S("hello"), 9, 99), S(""));
    CHECK_STR(str_slice(S("hello"), 4, 2), S(""));
    CHECK(str_is_absent(str_slice((str){0}, 1, 2)));
    CHECK_STR(str_trim(S(" \t a b\t ")), S("a b"));
    CHECK_STR(str_trim(S("  ")), S(""));
    CHECK_STR(str_trim(S("\na")), S("\na"));
}

static void numbers_are_the_whole_string(void **state)
{
    (void)state;
    static const struct {
        str text;
        bool ok;
        uint64_t value;
    } cases[] = {
        {STR("0"), true, 0},
        {STR("18446744073709551615"), true, UINT64_MAX},
        {STR("18446744073709551616"), false, 0},
        {STR("99999999999999999999"), false, 0},
        {STR(""), false, 0},
        {STR("+1"), false, 0},
        {STR("-1"), false, 0},
        {STR(" 1"), false, 0},
        {STR("1 "), false, 0},
        {STR("0x1"), false, 0},
        {STR("1\0"), false, 0},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        uint64_t n = 7;
        CHECK(str_to_u64(cases[i].text, UINT64_MAX, &n) == cases[i].ok);
        CHECK(n == (cases[i].ok ? cases[i].value : 7));
    }
    uint64_t n = 0;
    CHECK(str_to_u64(S("10"), 10, &n) && n == 10);
    CHECK(!str_to_u64(S("11"), 10, &n) && n == 10);
}

static void signed_numbers_reach_both_ends(void **state)
{
    (void)state;
    static const struct {
        str text;
        bool ok;
        int64_t value;
    } cases[] = {
        {STR("-9223372036854775808"), true, INT64_MIN},
        {STR("9223372036854775807"), true, INT64_MAX},
        {STR("-9223372036854775809"), false, 0},
        {STR("9223372036854775808"), false, 0},
        {STR("-5"), true, -5},
        {STR("-"), false, 0},
        {STR("--1"), false, 0},
        {STR("-+1"), false, 0},
        {STR(""), false, 0},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        int64_t n = 7;
        CHECK(str_to_i64(cases[i].text, &n) == cases[i].ok);
        CHECK_INT(n, cases[i].ok ? cases[i].value : 7);
    }
}

static void hashes_of_near_names_differ(void **state)
{
    (void)state;
    CHECK(str_hash(S("title")) != str_hash(S("titel")));
    CHECK(str_hash(S("")) == str_hash((str){0}));
}

static void take_gives_the_beginning_or_nothing(void **state)
{
    (void)state;
    str rest = S("abc"), taken = S("untouched");
    CHECK(!str_take(&rest, 4, &taken));
    CHECK_STR(rest, S("abc"));
    CHECK_STR(taken, S("untouched"));
    CHECK(str_take(&rest, 0, &taken) && taken.len == 0);
    CHECK(str_take(&rest, 2, &taken));
    CHECK_STR(taken, S("ab"));
    CHECK(str_take(&rest, 1, &taken));
    CHECK_STR(taken, S("c"));
    CHECK(rest.len == 0 && !str_take(&rest, 1, &taken) && str_take(&rest, 0, &taken));
}

CHECK_MAIN(TEST(cut_splits_at_the_first_separator), TEST(take_gives_the_beginning_or_nothing),
           TEST(next_yields_every_piece_of_a_list),
           TEST(order_is_by_bytes_then_by_length), TEST(looking_into_a_string),
           TEST(slices_are_clamped), TEST(numbers_are_the_whole_string),
           TEST(signed_numbers_reach_both_ends), TEST(hashes_of_near_names_differ))

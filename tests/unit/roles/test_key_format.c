#include "tests/support/check.h"

#include "base/crypt.h"
#include "content/system/keys/key_format.h"

#define HEX32 "0123456789abcdef0123456789abcdef"
#define HEX40 HEX32 "01234567"

static void shapes_are_judged_before_anything_is_looked_up(void **state)
{
    static const struct {
        str key;
        bool good;
    } rows[] = {
        {STR("USR-" HEX40), true},
        {STR("API-" HEX40), true},
        {STR("zak_" HEX32), true},
        {STR("cpk_" HEX32 "." HEX32 ".0123456789ABCDEFGHIJKLMNOPQRSTuv"), true},
        {STR("vtr_u_0123456789AB_012345678901234567890123456789012345678901246Iejf"), true},
        {STR("vtr_s_ZZZZZZZZZZZZ_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq0cqj2z"), true},
        {STR("ZENKEY_eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9-_="), true},

        {STR(""), false},
        {STR("public"), false},
        {STR("garbage"), false},
        {STR("USR-"), false},
        {STR("usr-" HEX40), false},
        {STR("USR-" HEX40 "0"), false},
        {STR("USR-0123456789abcdef0123456789abcdef0123456"), false},
        {STR("USR-0123456789ABCDEF0123456789abcdef01234567"), false},
        {STR("USR-0123456789abcdef0123456789abcdef0123456g"), false},
        {STR(" USR-" HEX40), false},
        {STR("USR-" HEX40 "\n"), false},
        {STR("API-" HEX32), false},
        {STR("zak_" HEX40), false},
        {STR("zak-" HEX32), false},
        {STR("zak_0123456789abcdef0123456789abcde\0"), false},
        {STR("cpk_" HEX32 "." HEX32), false},
        {STR("cpk_" HEX32 "." HEX32 ".short"), false},
        {STR("cpk_" HEX32 "." HEX32 ".0123456789ABCDEFGHIJKLMNOPQRSTu-"), false},
        {STR("cpk_" HEX32 "." HEX32 ".0123456789ABCDEFGHIJKLMNOPQRSTuv.x"), false},
        {STR("ZENKEY_short"), false},
        {STR("ZENKEY_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa aaaa"), false},
        {STR("vtr_"), false},
        {STR("vtr_u_0123456789AB_"), false},
        /* Made by the rules of AK-1, but the sum is another key's. */
        {STR("vtr_u_0123456789AB_0123456789012345678901234567890123456789012000000"), false},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK(key_looks_right(rows[i].key) == rows[i].good);
    }
}

static void every_kind_that_is_made_looks_right(void **state)
{
    static const struct {
        str kind;
        char owner;
        const char *begins;
        size_t prefix;
    } rows[] = {
        {{0}, 'u', "vtr_u_", 18},           {STR("native"), 's', "vtr_s_", 18}, {STR("native"), 'r', "vtr_r_", 18},
        {STR("native"), 't', "vtr_t_", 18}, {STR("cockpit"), 'u', "USR-", 8},   {STR("cockpit"), 's', "API-", 8},
        {STR("zot"), 'u', "zak_", 8},       {STR("chutes"), 'u', "cpk_", 8},    {STR("zenml"), 's', "ZENKEY_", 8},
    };
    struct arena *a = arena_open(4096);
    (void)state;
    crypt_start();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        str prefix = {0};
        CHECK_AT(i);
        str key = key_make(a, rows[i].kind, rows[i].owner, &prefix), again = key_make(a, rows[i].kind, rows[i].owner, &prefix);
        CHECK(key_looks_right(key) && key_looks_right(again));
        CHECK(!str_equal(key, again));
        CHECK(str_starts(key, str_of(rows[i].begins)));
        CHECK(str_starts(again, prefix));
        CHECK_INT(prefix.len, rows[i].prefix);
        CHECK(again.len - prefix.len >= 24); /* what is shown leaves enough unsaid */
    }
    arena_close(a);
}

/* 4 + 1 + 1 + 12 + 1 + 43 + 6 characters, and not one of them can be mistyped. */
static void no_character_of_a_native_key_can_be_changed(void **state)
{
    struct arena *a = arena_open(64u << 10);
    str prefix;
    (void)state;
    crypt_start();
    for (int round = 0; round < 8; round++) {
        str key = key_make(a, S("native"), 'u', &prefix);
        CHECK_INT(key.len, 68);
        char *text = arena_get(a, key.len + 1, 1);
        memcpy(text, key.at, key.len);
        for (size_t i = 0; i < key.len; i++) {
            for (int c = 0; c < 256; c++) {
                text[i] = (char)c;
                if (text[i] != key.at[i] && key_looks_right((str){text, key.len}))
                    CHECK_SAY("character %zu of " STR_FMT " may be %d", i, STR_ARG(key), c);
            }
            text[i] = key.at[i];
        }
        for (size_t i = 1; i < key.len; i++) /* neighbours changed places */
            if (key.at[i] != key.at[i - 1]) {
                text[i] = key.at[i - 1];
                text[i - 1] = key.at[i];
                CHECK(!key_looks_right((str){text, key.len}));
                text[i] = key.at[i];
                text[i - 1] = key.at[i - 1];
            }
        for (size_t i = 0; i < key.len; i++)
            CHECK(!key_looks_right(str_slice(key, 0, i)) && !key_looks_right(str_slice(key, i + 1, key.len)));
    }
    arena_close(a);
}

CHECK_MAIN(TEST(shapes_are_judged_before_anything_is_looked_up), TEST(every_kind_that_is_made_looks_right),
           TEST(no_character_of_a_native_key_can_be_changed))

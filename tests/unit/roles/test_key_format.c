/* The shapes of keys: judged before anything is looked up, made as they are judged, and none but a good one
 * has the spelling of a good one. */
#include "tests/support/check.h"

#include "base/crypt.h"
#include "base/id.h"
#include "content/system/keys/key_format.h"

#define HEX32 "0123456789abcdef0123456789abcdef"
#define HEX40 HEX32 "01234567"
#define ITEM  "6b00e0ab686c821a0bbb6de3"
#define OWNER "6b00e0ab686c821a0bbb6de4"

/* {"id":"0b5c7d1e-5a77-4b5e-9d11-2f0c6c8a4e11","key":"0123…cdef"}, as ZenML writes it. */
#define ZENML                                                                                                          \
    "eyJpZCI6IjBiNWM3ZDFlLTVhNzctNGI1ZS05ZDExLTJmMGM2YzhhNGUxMSIsImtleSI6IjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm" \
    "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYifQ=="
#define ZENML_ID "0b5c7d1e-5a77-4b5e-9d11-2f0c6c8a4e11"

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
        {STR("ZENKEY_" ZENML), true},
        {STR(ZENML), true},

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
        {STR("cpk_" HEX32 "." HEX32 ".0123456789ABCDEFGHIJKLMNOPQRSTuv\n"), false},
        {STR("ZENKEY_short"), false},
        {STR("ZENKEY_"), false},
        {STR("ZENKEY_ZENKEY_" ZENML), false},
        {STR("ZENKEY_eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"), false},
        {STR("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoxfQ.c2ln"), false},
        {STR("ey"), false},
        {STR("vtr_"), false},
        {STR("vtr_u_0123456789AB_"), false},
        /* Made by the rules of AK-1, but the sum is another key's. */
        {STR("vtr_u_0123456789AB_0123456789012345678901234567890123456789012000000"), false},
    };
    struct arena *a = arena_open(16u << 10);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        str key;
        CHECK_AT(i);
        CHECK(key_read(a, rows[i].key, &key) == rows[i].good);
    }
    arena_close(a);
}

/* Clients of ZenML send what its servers of all ages gave them, and what became of it on the way. */
static void every_way_to_write_a_zenml_key_is_one_key(void **state)
{
    static const struct {
        const char *json;
        bool good;
    } rows[] = {
        {"{\"id\":\"" ZENML_ID "\",\"key\":\"" HEX32 HEX32 "\"}", true},
        {"{\"id\": \"" ZENML_ID "\", \"key\": \"" HEX32 HEX32 "\"}", true},
        {"{\"key\":\"" HEX32 HEX32 "\",\"id\":\"" ZENML_ID "\"}", true},
        {"{\n\"key\" : \"" HEX32 HEX32 "\" ,\t\"id\":\"" ZENML_ID "\" }", true},

        {" {\"id\":\"" ZENML_ID "\",\"key\":\"" HEX32 HEX32 "\"}", false},
        {"{\"id\":\"" ZENML_ID "\",\"key\":\"" HEX32 HEX32 "\"}\n", false},
        {"{\"id\":\"" ZENML_ID "\"}", false},
        {"{\"key\":\"" HEX32 HEX32 "\"}", false},
        {"{\"id\":\"" ZENML_ID "\",\"key\":\"" HEX32 "\"}", false},
        {"{\"id\":\"" ZENML_ID "\",\"key\":\"" HEX32 HEX32 "0\"}", false},
        {"{\"id\":\"" ZENML_ID "\",\"key\":\"" HEX32 "0123456789abcdef0123456789ABCDEF\"}", false},
        {"{\"id\":\"0B5c7d1e-5a77-4b5e-9d11-2f0c6c8a4e11\",\"key\":\"" HEX32 HEX32 "\"}", false},
        {"{\"id\":\"0b5c7d1e5a774b5e9d112f0c6c8a4e11\",\"key\":\"" HEX32 HEX32 "\"}", false},
        {"{\"id\":\"0b5c7d1e-5a77-4b5e-9d11+2f0c6c8a4e11\",\"key\":\"" HEX32 HEX32 "\"}", false},
        {"{\"id\":\"" ZENML_ID "\",\"key\":\"" HEX32 HEX32 "\",\"more\":1}", false},
        {"{\"id\":\"" ZENML_ID "\",\"id\":\"" ZENML_ID "\",\"key\":\"" HEX32 HEX32 "\"}", false},
        {"{\"id\":\"" ZENML_ID "\",\"key\":1}", false},
        {"[\"" ZENML_ID "\"]", false},
        {"{\"id\":\"" ZENML_ID "\",\"key\":\"" HEX32 HEX32 "\"}x", false},
        {"{\"id\":{\"id\":{\"id\":{}}},\"key\":\"" HEX32 HEX32 "\"}", false},
    };
    struct arena *a = arena_open(16u << 10);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        str sent = base64_encode(a, str_of(rows[i].json)), key = {0};
        CHECK_AT(i);
        CHECK(key_read(a, sent, &key) == (rows[i].good && str_starts(sent, S("ey"))));
        CHECK(key_read(a, arena_format(a, "ZENKEY_" STR_FMT, STR_ARG(sent)), &key) == rows[i].good);
        if (rows[i].good)
            CHECK_STR(key, S("ZENKEY_" ZENML));
    }
    CHECK_INT(str_of("ZENKEY_" ZENML).len, 167);
    str longest = base64_encode(a, arena_format(a, "{\"id\":\"" ZENML_ID "\",\"key\":\"" HEX32 HEX32 "\"%*s}", 266, "")), key;
    CHECK_INT(longest.len, 512);
    CHECK(key_read(a, longest, &key));
    longest = base64_encode(a, arena_format(a, "{\"id\":\"" ZENML_ID "\",\"key\":\"" HEX32 HEX32 "\"%*s}", 269, ""));
    CHECK(!key_read(a, longest, &key));
    arena_close(a);
}

static const struct {
    str kind;
    char owner;
    const char *begins;
    size_t length, prefix;
} molds[] = {
    {{0}, 'u', "vtr_u_", 68, 18},           {STR("native"), 's', "vtr_s_", 68, 18}, {STR("native"), 'r', "vtr_r_", 68, 18},
    {STR("native"), 't', "vtr_t_", 68, 18}, {STR("cockpit"), 'u', "USR-", 44, 8},   {STR("cockpit"), 's', "API-", 44, 8},
    {STR("zot"), 'u', "zak_", 36, 8},       {STR("chutes"), 'u', "cpk_", 102, 36},  {STR("zenml"), 's', "ZENKEY_", 167, 7},
};

static str make(struct arena *a, size_t i)
{
    return key_make(a, &(struct key_mold){molds[i].kind, molds[i].owner, STR(ITEM), STR(OWNER)});
}

static void every_kind_that_is_made_is_read(void **state)
{
    struct arena *a = arena_open(16u << 10);
    (void)state;
    crypt_start();
    for (size_t i = 0; i < COUNTOF(molds); i++) {
        CHECK_AT(i);
        str key = make(a, i), again = make(a, i), spelled = {0}, prefix = {0}, last = {0};
        CHECK(key_read(a, key, &spelled));
        CHECK_STR(spelled, key);
        CHECK(!str_equal(key, again));
        CHECK(str_starts(key, str_of(molds[i].begins)));
        CHECK_INT(key.len, molds[i].length);
        key_shown(a, key, &prefix, &last);
        CHECK(str_starts(key, prefix));
        CHECK_INT(prefix.len, molds[i].prefix);
        CHECK_INT(last.len, 4);
        CHECK(key.len - prefix.len >= 24); /* what is shown leaves enough unsaid */
    }
    arena_close(a);
}

static void keys_that_say_whose_they_are_say_it_truly(void **state)
{
    struct arena *a = arena_open(16u << 10);
    (void)state;
    crypt_start();
    for (size_t i = 0; i < COUNTOF(molds); i++) {
        struct key_ids says = key_says(a, make(a, i));
        bool is_chutes = str_equal(molds[i].kind, S("chutes")), is_zenml = str_equal(molds[i].kind, S("zenml"));
        CHECK_AT(i);
        CHECK_STR(says.item, is_chutes || is_zenml ? S(ITEM) : S(""));
        CHECK_STR(says.owner, is_chutes ? S(OWNER) : S(""));
    }
    CHECK(str_is_absent(key_says(a, S("ZENKEY_" ZENML)).item)); /* another server's */
    arena_close(a);
}

/* What is digested is the spelling: two texts with one spelling would be one key. For each byte of each kind
 * every other byte: not a key, or another one. */
static void no_byte_of_a_key_can_be_changed(void **state)
{
    struct arena *keep = arena_open(16u << 10);
    (void)state;
    crypt_start();
    for (size_t m = 0; m < COUNTOF(molds); m++) {
        str key = make(keep, m);
        bool is_native = key.len == 68;
        char *text = arena_get(keep, key.len + 1, 1);
        memcpy(text, key.at, key.len);
        for (size_t i = 0; i < key.len; i++) {
            struct arena *a = arena_open(64u << 10);
            for (int c = 0; c < 256; c++) {
                str spelled = {0};
                text[i] = (char)c;
                bool reads = key_read(a, (str){text, key.len}, &spelled);
                if (text[i] != key.at[i] && reads && (is_native || str_equal(spelled, key)))
                    CHECK_SAY("byte %zu of " STR_FMT " may be %d", i, STR_ARG(key), c);
            }
            text[i] = key.at[i];
            arena_close(a);
        }
        struct arena *a = arena_open(64u << 10);
        for (size_t i = 0; i < key.len; i++) { /* cut short at either end */
            str spelled = {0}, head = str_slice(key, 0, i), tail = str_slice(key, i + 1, key.len);
            if (key_read(a, head, &spelled) || (key_read(a, tail, &spelled) && i != 6))
                CHECK_SAY("a part of " STR_FMT " is a key", STR_ARG(key));
        }
        arena_close(a);
    }
    arena_close(keep);
}

/* The sum of a native key finds neighbours that changed places, too. */
static void no_two_characters_of_a_native_key_change_places(void **state)
{
    struct arena *a = arena_open(64u << 10);
    (void)state;
    crypt_start();
    for (int round = 0; round < 8; round++) {
        str key = make(a, 0), spelled;
        char *text = arena_get(a, key.len + 1, 1);
        memcpy(text, key.at, key.len);
        for (size_t i = 1; i < key.len; i++)
            if (key.at[i] != key.at[i - 1]) {
                text[i] = key.at[i - 1];
                text[i - 1] = key.at[i];
                CHECK(!key_read(a, (str){text, key.len}, &spelled));
                text[i] = key.at[i];
                text[i - 1] = key.at[i - 1];
            }
    }
    arena_close(a);
}

CHECK_MAIN(TEST(shapes_are_judged_before_anything_is_looked_up), TEST(every_way_to_write_a_zenml_key_is_one_key),
           TEST(every_kind_that_is_made_is_read), TEST(keys_that_say_whose_they_are_say_it_truly),
           TEST(no_byte_of_a_key_can_be_changed), TEST(no_two_characters_of_a_native_key_change_places))

#include "base/crypt.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of the test's own, gone when the arena is. */
static void remove_folder(void *path)
{
    rmdir(path);
}

static char *make_folder(struct arena *a)
{
    char *path = arena_get(a, FOLDER_ROOM, 1);
    folder_new(path, "crypt");
    arena_on_close(a, remove_folder, path);
    return path;
}

static const char *path_in(struct arena *a, const char *folder, const char *name)
{
    return arena_cstr(a, arena_format(a, "%s/%s", folder, name));
}

static void put_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    NEED(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    NEED(fchmod(fd, mode) == 0 && close(fd) == 0);
}

static str digest_of(struct arena *a, const struct crypt *c, enum crypt_purpose purpose, str text)
{
    uint8_t *digest = arena_get(a, DIGEST_BYTES, 1);
    crypt_digest(c, purpose, text, digest);
    return (str){(const char *)digest, DIGEST_BYTES};
}

#define HEX_64 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void a_key_file_is_made_once_and_read_again(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct crypt *one = NULL, *two = NULL;
    const char *path = path_in(a, make_folder(a), "master.key");
    CHECK_ERR(crypt_open(path, false, &one, &why), ERR_INVALID);
    CHECK(str_contains(why.text, S("is missing")));
    NEED(crypt_open(path, true, &one, &why) == ERR_OK);
    struct stat st;
    NEED(stat(path, &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0400);
    CHECK_INT(st.st_size, 65);
    CHECK_INT(st.st_nlink, 1);
    NEED(crypt_open(path, true, &two, &why) == ERR_OK);
    CHECK_STR(digest_of(a, one, CRYPT_CSRF, S("x")), digest_of(a, two, CRYPT_CSRF, S("x")));
    crypt_close(one);
    crypt_close(two);
    crypt_close(NULL);
    CHECK(unlink(path) == 0);
    arena_close(a); /* rmdir: nothing else was left behind */
}

static void bad_key_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        mode_t mode;
        bool ok;
        const char *says;
    } cases[] = {
        {HEX_64 "\n", 0400, true, ""},
        {HEX_64, 0600, true, ""},
        {HEX_64 "\r\n", 0400, true, ""},
        {HEX_64 "\n", 0440, false, "by others"},
        {HEX_64 "\n", 0604, false, "by others"},
        {HEX_64 "00\n", 0400, false, "64 hex digits"},
        {HEX_64 "\n\n", 0400, false, "64 hex digits"},
        {"", 0400, false, "64 hex digits"},
        {"000102030405060708090a0b0c0d0e0f\n", 0400, false, "64 hex digits"},
        {"x00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0400, false,
         "64 hex"},
    };
    struct arena *a = arena_open(4096);
    const char *folder = make_folder(a);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct problem why = {.arena = a};
        struct crypt *c = NULL;
        const char *path = path_in(a, folder, "key");
        put_file(path, cases[i].text, cases[i].mode);
        CHECK_ERR(crypt_open(path, true, &c, &why), cases[i].ok ? ERR_OK : ERR_INVALID);
        CHECK(str_contains(why.text, str_of(cases[i].says)));
        crypt_close(c);
        unlink(path);
    }
    struct problem why = {.arena = a};
    struct crypt *c = NULL;
    CHECK_ERR(crypt_open(folder, true, &c, &why), ERR_INVALID);
    CHECK_ERR(crypt_open(path_in(a, folder, "no/such/folder"), true, &c, &why), ERR_INVALID);
    arena_close(a);
}

static struct crypt *fixed_crypt(struct arena *a)
{
    struct problem why = {.arena = a};
    struct crypt *c = NULL;
    const char *path = path_in(a, make_folder(a), "key");
    put_file(path, HEX_64, 0400);
    NEED(crypt_open(path, false, &c, &why) == ERR_OK);
    unlink(path);
    return c;
}

static void digests_differ_by_purpose(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct crypt *c = fixed_crypt(a);
    str seen[CRYPT_PURPOSES_END - 1] = {0};
    for (int p = CRYPT_KEY_DIGEST; p < CRYPT_PURPOSES_END; p++) {
        seen[p - 1] = digest_of(a, c, (enum crypt_purpose)p, S("same text"));
        for (int q = CRYPT_KEY_DIGEST; q < p; q++)
            CHECK(!str_equal(seen[p - 1], seen[q - 1]));
    }
    /* Stays as it is: stored digests are made with it. */
    struct buf hex;
    buf_init(&hex, a, 100);
    buf_hex(&hex, seen[0].at, seen[0].len);
    CHECK_STR(buf_str(&hex), S("66fe81f87e8a195dc1ddf97e07cfdfb0da0a2ac17502dba984d83ddfe40a9a82"));
    CHECK(crypt_equal(seen[0].at, digest_of(a, c, CRYPT_KEY_DIGEST, S("same text")).at,
                      DIGEST_BYTES));
    CHECK(!crypt_equal(seen[0].at, digest_of(a, c, CRYPT_KEY_DIGEST, S("same texT")).at,
                       DIGEST_BYTES));
    crypt_close(c);
    arena_close(a);
}

static void sealed_text_opens_only_where_it_belongs(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct crypt *c = fixed_crypt(a);
    str plain = S("the secret"), context = S("hooks/1/token"), back = {0};
    str sealed = crypt_seal(c, CRYPT_SEAL, a, context, plain);
    CHECK_INT(sealed.len, plain.len + 24 + 16);
    CHECK(!str_contains(sealed, plain));
    CHECK(!str_equal(sealed, crypt_seal(c, CRYPT_SEAL, a, context, plain)));
    CHECK(crypt_unseal(c, CRYPT_SEAL, a, context, sealed, &back));
    CHECK_STR(back, plain);
    CHECK(!crypt_unseal(c, CRYPT_SEAL, a, S("hooks/2/token"), sealed, &back));
    CHECK(!crypt_unseal(c, CRYPT_CURSOR, a, context, sealed, &back));
    for (size_t i = 0; i < sealed.len; i++) {
        str bad = arena_copy(a, sealed);
        char *at = arena_get(a, bad.len, 1);
        memcpy(at, bad.at, bad.len);
        at[i] = (char)(at[i] ^ 1);
        CHECK(!crypt_unseal(c, CRYPT_SEAL, a, context, (str){at, bad.len}, &back));
        CHECK(!crypt_unseal(c, CRYPT_SEAL, a, context, str_slice(sealed, 0, i), &back));
    }
    str empty = crypt_seal(c, CRYPT_SEAL, a, S(""), S(""));
    CHECK(crypt_unseal(c, CRYPT_SEAL, a, S(""), empty, &back) && back.len == 0);
    crypt_close(c);
    arena_close(a);
}

static void passwords_are_hashed_and_checked(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    str hash = {0}, other = {0};
    bool matches = false;
    NEED(password_hash(a, S("correct horse"), &hash, &why) == ERR_OK);
    NEED(password_hash(a, S("correct horse"), &other, &why) == ERR_OK);
    CHECK(str_starts(hash, S("$argon2id$v=19$m=8,t=1,p=1$")));
    CHECK(!str_equal(hash, other));
    CHECK_ERR(password_verify(hash, S("correct horse"), &matches, &why), ERR_OK);
    CHECK(matches);
    CHECK_ERR(password_verify(hash, S("correct horsE"), &matches, &why), ERR_OK);
    CHECK(!matches);
    CHECK_ERR(password_verify_nobody(S("x"), &why), ERR_OK);
    CHECK(!password_is_outdated(hash));
    CHECK(password_is_outdated(S("$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAA")));
    CHECK(password_is_outdated(S("")));
    char *longest = arena_get(a, 1025, 1);
    memset(longest, 'x', 1025);
    CHECK_ERR(password_hash(a, (str){longest, 1024}, &hash, &why), ERR_OK);
    CHECK_ERR(password_verify(hash, (str){longest, 1024}, &matches, &why), ERR_OK);
    CHECK(matches);
    CHECK_ERR(password_hash(a, (str){longest, 1025}, &hash, &why), ERR_INVALID);
    CHECK_ERR(password_verify(hash, (str){longest, 1025}, &matches, &why), ERR_OK);
    CHECK(!matches);
    arena_close(a);
}

static void what_is_no_hash_matches_nothing(void **state)
{
    (void)state;
    static const str cases[] = {
        {0},
        STR(""),
        STR("secret"),
        STR("$2y$10$abcdefghijklmnopqrstuv"),
        STR("$argon2id$"),
        STR("$argon2id$v=19$m=9999999,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAA"),
        STR("$argon2id$v=19$m=65536,t=99,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAA"),
        STR("$argon2id$v=19$m=8,t=1,p=1$"),
        STR("$argon2id\0"),
    };
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        bool matches = true;
        CHECK_ERR(password_verify(cases[i], S("secret"), &matches, &why), ERR_OK);
        CHECK(!matches);
    }
    arena_close(a);
}

static void hashes_that_are_brought_along_are_argon2id_of_a_cost_that_is_paid(void **state)
{
    (void)state;
    static const struct {
        str text;
        bool is;
    } cases[] = {
        {STR("$argon2id$v=19$m=19456,t=2,p=1$nin5JQUFHQ4jRAEaU773bQ$/LuJSgFGsxY2W+qFFOiP/aVjsm5bH4VjLJw6pCD/QXE"), true},
        {STR("$argon2id$v=19$m=262144,t=16,p=1$nin5JQUFHQ4jRAEaU773bQ$AAAA"), true},
        {STR("$argon2id$v=19$m=262145,t=2,p=1$nin5JQUFHQ4jRAEaU773bQ$AAAA"), false},
        {STR("$argon2id$v=19$m=19456,t=17,p=1$nin5JQUFHQ4jRAEaU773bQ$AAAA"), false},
        {STR("$argon2i$v=19$m=19456,t=2,p=1$nin5JQUFHQ4jRAEaU773bQ$AAAA"), false},
        {STR("$argon2id$v=19$m=19456,t=2,p=1$nin5JQUFHQ4jRAEaU773bQ"), false},
        {STR("$argon2id$v=19$m=19456,t=2,p=1$nin5JQUFHQ4jRAEaU773bQ$AA AA"), false},
        {STR("$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"), false},
        {STR("correct horse"), false},
        {STR(""), false},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK(password_is_hash(cases[i].text) == cases[i].is);
    }
}

static _Atomic(int) refused, checked;

static void *check_one(void *hash)
{
    struct arena *a = arena_open(1024);
    struct problem why = {.arena = a};
    bool matches = false;
    enum err e = password_verify(*(str *)hash, S("p"), &matches, &why);
    if (e == ERR_OK && matches)
        checked++;
    else if (e == ERR_UNAVAILABLE && why.retry_after_s == 1)
        refused++;
    arena_close(a);
    return NULL;
}

static void a_flood_of_logins_waits_or_is_refused(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    str hash = {0};
    NEED(password_hash(a, S("p"), &hash, &why) == ERR_OK);
    pthread_t threads[100];
    for (size_t i = 0; i < COUNTOF(threads); i++)
        NEED(pthread_create(&threads[i], NULL, check_one, &hash) == 0);
    for (size_t i = 0; i < COUNTOF(threads); i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(checked + refused, COUNTOF(threads));
    CHECK(checked >= 64);
    arena_close(a);
}

static void sums_and_fingerprints(void **state)
{
    (void)state;
    CHECK_INT(crc32_of(S("")), 0);
    CHECK_INT(crc32_of(S("123456789")), 0xcbf43926);
    CHECK_INT(crc32_of(S("The quick brown fox jumps over the lazy dog")), 0x414fa339);
    uint8_t digest[32];
    crypt_sha256(S("abc"), digest);
    struct buf hex = {.max = 64};
    buf_hex(&hex, digest, sizeof digest);
    CHECK_STR(buf_str(&hex), S("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    buf_free(&hex);
}

static void random_text_uses_the_whole_alphabet(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    const str alphabets[] = {alphabet_hex, alphabet_base62, alphabet_crockford};
    static const size_t sizes[] = {16, 62, 32};
    for (size_t i = 0; i < COUNTOF(alphabets); i++) {
        CHECK_AT(i);
        CHECK_INT(alphabets[i].len, sizes[i]);
        str text = crypt_random_text(a, alphabets[i], 4000);
        size_t at = 0;
        for (size_t j = 0; j < alphabets[i].len; j++)
            CHECK(str_find(text, alphabets[i].at[j], &at));
        for (size_t j = 0; j < text.len; j++)
            CHECK(str_find(alphabets[i], text.at[j], &at));
    }
    uint8_t bytes[32] = {0}, zero[32] = {0};
    crypt_random(bytes, sizeof bytes);
    CHECK(!crypt_equal(bytes, zero, sizeof bytes));
    crypt_wipe(bytes, sizeof bytes);
    CHECK(crypt_equal(bytes, zero, sizeof bytes));
    arena_close(a);
}

static void base64_both_ways(void **state)
{
    (void)state;
    static const struct {
        str bytes, url, padded;
    } cases[] = {
        {STR(""), STR(""), STR("")},
        {STR("f"), STR("Zg"), STR("Zg==")},
        {STR("fo"), STR("Zm8"), STR("Zm8=")},
        {STR("foo"), STR("Zm9v"), STR("Zm9v")},
        {STR("foob"), STR("Zm9vYg"), STR("Zm9vYg==")},
        {STR("\xfb\xff\xfe"), STR("-__-"), STR("+//+")},
        {STR("a\0b"), STR("YQBi"), STR("YQBi")},
    };
    static const str bad_url[] = {STR("Zg=="), STR("Z"),  STR("Zh"),    STR("Zg\n"),
                                  STR("Z g"),  STR("+/"), STR("Zm9v="), STR("\xd3\xa0\xa0\xd2")};
    static const str bad_padded[] = {
        STR("Zg"),     STR("Zg="),  STR("Zg==="), STR("Zg==Zg=="),
        STR("Zm9v\n"), STR("-_-_"), STR("===="),  STR("\xd3\xa0\xa0\xd2")};
    struct arena *a = arena_open(1024);
    str out = {0};
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_STR(base64url_encode(a, cases[i].bytes), cases[i].url);
        CHECK(base64url_decode(a, cases[i].url, &out));
        CHECK_STR(out, cases[i].bytes);
        CHECK(base64_decode(a, cases[i].padded, &out));
        CHECK_STR(out, cases[i].bytes);
    }
    for (size_t i = 0; i < COUNTOF(bad_url); i++) {
        CHECK_AT(i);
        CHECK(!base64url_decode(a, bad_url[i], &out));
        CHECK(!base64_decode(a, bad_padded[i], &out));
    }
    arena_close(a);
}

static int start(void **state)
{
    (void)state;
    crypt_start();
    password_cost_for_tests();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(a_key_file_is_made_once_and_read_again),
                                       TEST(bad_key_files_are_refused),
                                       TEST(digests_differ_by_purpose),
                                       TEST(sealed_text_opens_only_where_it_belongs),
                                       TEST(passwords_are_hashed_and_checked),
                                       TEST(what_is_no_hash_matches_nothing),
           TEST(hashes_that_are_brought_along_are_argon2id_of_a_cost_that_is_paid),
                                       TEST(a_flood_of_logins_waits_or_is_refused),
                                       TEST(sums_and_fingerprints),
                                       TEST(random_text_uses_the_whole_alphabet),
                                       TEST(base64_both_ways)};
    return cmocka_run_group_tests(tests, start, NULL);
}

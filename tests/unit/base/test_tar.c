/* Archives: what is written is read again, whatever the sizes; what is damaged is refused. */
#include "base/arena.h"
#include "base/tar.h"
#include "tests/support/check.h"
#include "tests/support/memory_source.h"

#include <stdlib.h>

static struct problem why; /* what it says is not looked at */

static char *written(const str *names, const size_t *sizes, size_t count, size_t *bytes)
{
    char *text = NULL;
    FILE *to = open_memstream(&text, bytes);
    struct tar_writer w = {.to = to};
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(tar_begin(&w, names[i], sizes[i], &why), ERR_OK);
        for (size_t k = 0; k < sizes[i]; k++)
            tar_add(&w, &"abcdefg"[k % 7], 1);
        tar_entry(&w);
    }
    assert_int_equal(tar_end(&w, &why), ERR_OK);
    (void)fclose(to);
    return text;
}

static void what_is_written_is_read(void **state)
{
    const size_t sizes[] = {0, 1, 511, 512, 513, 2000};
    const str names[] = {STR("a"), STR("models/posts.json"), STR("b"), STR("c/d"), STR("e"),
                         STR("a-folder-with-a-rather-long-name-that-goes-on-and-on-for-more-than-a-hundred-bytes-altogether/"
                             "and-a-file-with-a-long-name-too.json")};
    size_t bytes;
    char *text = written(names, sizes, COUNTOF(names), &bytes);
    (void)state;
    assert_int_equal(bytes % 512, 0);
    for (size_t most = 1; most < 3000; most += 597) {
        struct memory m = {{read_memory}, text, bytes, 0, most};
        struct tar_reader r = {.from = &m.source};
        bool found;
        for (size_t i = 0; i < COUNTOF(names); i++) {
            char content[2048];
            size_t got, all = 0;
            assert_int_equal(tar_next(&r, &found, &why), ERR_OK);
            assert_true(found);
            assert_true(str_equal(str_of(r.name), names[i]));
            assert_int_equal(r.bytes, sizes[i]);
            for (got = 1; i != 4 && got > 0; all += got) /* the one in the middle is passed over */
                assert_int_equal(tar_read(&r, content + all, sizeof content - all, &got, &why), ERR_OK);
            for (size_t k = 0; i != 4 && k < sizes[i]; k++)
                assert_int_equal(content[k], "abcdefg"[k % 7]);
        }
        assert_int_equal(tar_next(&r, &found, &why), ERR_OK);
        assert_false(found);
    }
    free(text);
}

static void equal_contents_are_equal_bytes(void **state)
{
    const str names[] = {STR("x"), STR("y")};
    const size_t sizes[] = {10, 600};
    size_t one, two;
    char *first = written(names, sizes, 2, &one), *second = written(names, sizes, 2, &two);
    (void)state;
    assert_int_equal(one, two);
    assert_memory_equal(first, second, one);
    free(first);
    free(second);
}

/* Larger than eleven octal digits say. */
static void a_large_file_has_its_size(void **state)
{
    const uint64_t sizes[] = {(UINT64_C(1) << 33) - 1, UINT64_C(1) << 33, (UINT64_C(10) << 30) + 511};
    (void)state;
    for (size_t i = 0; i < COUNTOF(sizes); i++) {
        char *text = NULL;
        size_t bytes;
        FILE *to = open_memstream(&text, &bytes);
        struct tar_writer w = {.to = to};
        bool found;
        assert_int_equal(tar_begin(&w, S("large"), sizes[i], &why), ERR_OK);
        (void)fclose(to);
        struct memory m = {{read_memory}, text, bytes, 0, SIZE_MAX};
        struct tar_reader r = {.from = &m.source};
        assert_int_equal(tar_next(&r, &found, &why), ERR_OK);
        assert_int_equal(r.bytes, sizes[i]);
        free(text);
    }
}

static void damage_is_refused(void **state)
{
    const str names[] = {STR("a")};
    const size_t sizes[] = {700};
    size_t bytes;
    char *text = written(names, sizes, 1, &bytes);
    (void)state;
    for (size_t cut = 1; cut < 512 + 700; cut += 100) {
        struct memory m = {{read_memory}, text, cut, 0, SIZE_MAX};
        struct tar_reader r = {.from = &m.source};
        bool found = true;
        enum err e = ERR_OK;
        while (e == ERR_OK && found)
            e = tar_next(&r, &found, &why);
        assert_int_equal(e, ERR_BAD_INPUT);
    }
    for (size_t at = 0; at < 512; at += 7) {
        struct memory m = {{read_memory}, text, bytes, 0, SIZE_MAX};
        struct tar_reader r = {.from = &m.source};
        bool found;
        if (at >= 148 && at < 156) /* the sum itself: what is in it counts, not how it is padded */
            continue;
        text[at] ^= 1;
        assert_int_equal(tar_next(&r, &found, &why), ERR_BAD_INPUT);
        text[at] ^= 1;
    }
    free(text);
}

/* Whatever an archive calls itself, only plain files come out of it: a header's type is changed, and its sum with it. */
static void f_6_links_and_folders_are_passed_over(void **state)
{
    static const char types[] = "123456g";
    const str names[] = {STR("link"), STR("after")};
    const size_t sizes[] = {0, 3};
    size_t bytes;
    char *text = written(names, sizes, 2, &bytes);
    (void)state;
    for (const char *type = types; *type; type++) {
        struct memory m = {{read_memory}, text, bytes, 0, SIZE_MAX};
        struct tar_reader r = {.from = &m.source};
        unsigned sum = 0;
        bool found;
        text[156] = *type;
        memset(text + 148, ' ', 8);
        for (size_t i = 0; i < 512; i++)
            sum += (unsigned char)text[i];
        (void)snprintf(text + 148, 8, "%06o", sum);
        assert_int_equal(tar_next(&r, &found, &why), ERR_OK);
        assert_true(found);
        CHECK(str_equal(str_of(r.name), S("after")));
        assert_int_equal(tar_next(&r, &found, &why), ERR_OK);
        assert_false(found);
    }
    free(text);
}

static void names_have_a_ceiling(void **state)
{
    char name[400];
    struct tar_writer w = {.to = stderr};
    (void)state;
    memset(name, 'n', sizeof name);
    assert_int_equal(tar_begin(&w, (str){name, 101}, 0, &why), ERR_INVALID);
    name[200] = '/';
    assert_int_equal(tar_begin(&w, (str){name, 390}, 0, &why), ERR_INVALID);
    assert_int_equal(tar_begin(&w, (str){name, 0}, 0, &why), ERR_INVALID);
    name[0] = '/';
    assert_int_equal(tar_begin(&w, (str){name, 101}, 0, &why), ERR_INVALID);
}

/* The header at text becomes one of this type, and its sum is made anew. */
static void retype(char *text, char type)
{
    unsigned sum = 0;
    text[156] = type;
    memset(text + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)text[i];
    (void)snprintf(text + 148, 8, "%06o", sum);
}

/* What pax says of an entry is often its time alone: then its name is where it always was. */
static void what_pax_says_of_other_things_is_no_name(void **state)
{
    static const struct {
        const char *record, *name;
    } cases[] = {
        {"20 mtime=12.3456789\n", "second"},
        {"12 path=abc\n", "abc"},
        {"12 path=abc\n20 mtime=12.3456789\n", "abc"},
        {"nonsense", "second"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        char *text = NULL;
        size_t bytes;
        FILE *to = open_memstream(&text, &bytes);
        struct tar_writer w = {.to = to};
        const str names[] = {STR("first"), STR("pax"), STR("second")}, contents[] = {STR("1"), str_of(cases[i].record), STR("2")};
        for (size_t k = 0; k < COUNTOF(names); k++) {
            assert_int_equal(tar_begin(&w, names[k], contents[k].len, &why), ERR_OK);
            tar_add(&w, contents[k].at, contents[k].len);
            tar_entry(&w);
        }
        assert_int_equal(tar_end(&w, &why), ERR_OK);
        (void)fclose(to);
        retype(text + 1024, 'x');
        struct memory m = {{read_memory}, text, bytes, 0, SIZE_MAX};
        struct tar_reader r = {.from = &m.source};
        bool found;
        assert_int_equal(tar_next(&r, &found, &why), ERR_OK);
        assert_string_equal(r.name, "first");
        assert_int_equal(tar_next(&r, &found, &why), ERR_OK);
        assert_string_equal(r.name, cases[i].name);
        free(text);
    }
}

CHECK_MAIN(TEST(what_is_written_is_read), TEST(equal_contents_are_equal_bytes), TEST(a_large_file_has_its_size), TEST(damage_is_refused), TEST(f_6_links_and_folders_are_passed_over), TEST(names_have_a_ceiling),
           TEST(what_pax_says_of_other_things_is_no_name))

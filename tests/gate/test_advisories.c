/* tests/advisories.txt says which test answers which advisory; here it is held to its word. */
#include "tests/support/check.h"

#include "base/arena.h"
#include "base/buf.h"

#define ROOT TESTS_DIR "/.."
#define DONE 8u /* issues up to this one are closed: nothing waits for them any more */

static str read_file(struct arena *a, str path)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    FILE *f = fopen(arena_cstr(a, arena_format(a, ROOT "/" STR_FMT, STR_ARG(path))), "rb");
    for (size_t got = 1; f && got > 0;) {
        char *room = buf_room(&b, 64u << 10);
        NEED(room != NULL);
        got = fread(room, 1, 64u << 10, f);
        b.len += got;
    }
    if (f)
        (void)fclose(f);
    return f ? buf_str(&b) : (str){0};
}

/* Text up to the next run of blanks; the rest begins behind it. */
static str word_of(str *rest)
{
    str word;
    if (!str_cut(*rest, ' ', &word, rest))
        *rest = S("");
    *rest = str_trim(*rest);
    return word;
}

static bool stands_in(struct arena *a, str file, str path, str name)
{
    if (str_starts(name, S("!")))
        return !str_contains(file, str_slice(name, 1, name.len));
    if (str_ends(path, S(".py")))
        return str_contains(file, arena_format(a, "def " STR_FMT "(", STR_ARG(name)));
    if (str_contains(path, S("/test_")))
        return str_contains(file, arena_format(a, "TEST(" STR_FMT ")", STR_ARG(name)));
    return str_contains(file, name);
}

static void check_line(str line, str all)
{
    struct arena *a = arena_open(2u << 20);
    str rest = line, id = word_of(&rest), where = word_of(&rest), name = rest, left;
    if (str_equal(where, S("waits"))) {
        uint64_t issue = 0;
        if (!str_to_u64(name, 99, &issue) || issue <= DONE)
            CHECK_SAY(STR_FMT " waits for nothing", STR_ARG(id));
    } else {
        str file = read_file(a, where);
        if (str_is_absent(file) || name.len == 0 || !stands_in(a, file, where, name))
            CHECK_SAY(STR_FMT ": there is no " STR_FMT " in " STR_FMT, STR_ARG(id), STR_ARG(name), STR_ARG(where));
    }
    str mark = arena_format(a, "\n" STR_FMT " ", STR_ARG(id));
    size_t seen = 0;
    for (left = all; left.len >= mark.len; left = str_slice(left, 1, left.len))
        seen += str_starts(left, mark);
    if (seen != 1)
        CHECK_SAY(STR_FMT " stands there %zu times", STR_ARG(id), seen);
    arena_close(a);
}

static void every_advisory_has_its_test(void **state)
{
    struct arena *a = arena_open(2u << 20);
    str all = read_file(a, S("tests/advisories.txt")), rest = all, line;
    size_t rows = 0;
    (void)state;
    for (bool ended = false; str_next(&rest, &ended, '\n', &line);)
        if (line.len && line.at[0] != '#') {
            check_line(line, all);
            rows++;
        }
    CHECK(rows > 150);
    arena_close(a);
}

CHECK_MAIN(TEST(every_advisory_has_its_test))

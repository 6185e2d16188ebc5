#include "tests/support/snap.h"

#include <stdio.h>
#include <stdlib.h>

static bool write_file(const char *path, str text)
{
    FILE *f = fopen(path, "wb");
    bool good = f && fwrite(text.at, 1, text.len, f) == text.len;
    return f && fclose(f) == 0 && good;
}

/* The whole file, malloc'd; {0}: there is none. */
static str read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *at = NULL;
    long size = -1;
    if (f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 && fseek(f, 0, SEEK_SET) == 0)
        at = malloc((size_t)size + 1);
    if (at && fread(at, 1, (size_t)size, f) != (size_t)size)
        size = 0;
    if (f)
        (void)fclose(f);
    return at ? (str){at, (size_t)size} : (str){0};
}

static void say_first_difference(str is, str wanted)
{
    str is_line = {0}, wanted_line = {0};
    bool is_ended = is.len == 0, wanted_ended = wanted.len == 0;
    for (unsigned line = 1; !is_ended || !wanted_ended; line++) {
        is_line = wanted_line = (str){0};
        (void)str_next(&is, &is_ended, '\n', &is_line);
        (void)str_next(&wanted, &wanted_ended, '\n', &wanted_line);
        if (str_equal(is_line, wanted_line))
            continue;
        (void)fprintf(stderr, "line %u\n    is     " STR_FMT "\n    wanted " STR_FMT "\n", line, STR_ARG(is_line),
                      STR_ARG(wanted_line));
        return;
    }
}

bool snap_matches(const char *path, str is)
{
    const char *mode = getenv("VITRINE_SNAP");
    if (mode && str_equal(str_of(mode), S("write")))
        return write_file(path, is);
    str wanted = read_file(path);
    bool same = !str_is_absent(wanted) && str_equal(is, wanted);
    if (!same)
        say_first_difference(is, wanted);
    free((void *)(uintptr_t)wanted.at);
    return same;
}

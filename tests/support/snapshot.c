#include "tests/support/snapshot.h"

#include <stdio.h>
#include <stdlib.h>

#define SNAPSHOT_MAX (1u << 20)

static size_t read_whole(const char *path, char *into)
{
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(into, 1, SNAPSHOT_MAX, f) : 0;
    if (f)
        (void)fclose(f);
    return n;
}

static bool write_whole(const char *path, str text)
{
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(text.at, 1, text.len, f) == text.len;
    if (f)
        ok = fclose(f) == 0 && ok;
    if (!ok)
        fprintf(stderr, "%s cannot be written\n", path);
    return ok;
}

static str line_at(str text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.at[end] != '\n')
        end++;
    return str_slice(text, at, end);
}

static void say_where(const char *path, str is, str wanted)
{
    size_t line = 1, start = 0;
    for (size_t i = 0; i < is.len && i < wanted.len && is.at[i] == wanted.at[i]; i++)
        if (is.at[i] == '\n')
            line++, start = i + 1;
    str l = line_at(is, start), r = line_at(wanted, start);
    fprintf(stderr, "%s:%zu:\n    is     " STR_FMT "\n    wanted " STR_FMT "\n", path, line, STR_ARG(l), STR_ARG(r));
    fprintf(stderr, "    (UPDATE_SNAPSHOTS=1 rewrites it)\n");
}

bool snapshot_is(const char *name, str text)
{
    char path[1024];
    int n = snprintf(path, sizeof path, "%s/snap/%s", TESTS_DIR, name);
    must(n > 0 && (size_t)n < sizeof path);
    if (getenv("UPDATE_SNAPSHOTS"))
        return write_whole(path, text);
    char *bytes = malloc(SNAPSHOT_MAX);
    must(bytes != NULL);
    str kept = {bytes, read_whole(path, bytes)};
    bool same = str_equal(kept, text);
    if (!same)
        say_where(path, text, kept);
    free(bytes);
    return same;
}

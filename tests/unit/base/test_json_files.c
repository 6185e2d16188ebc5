/* Each file of tests/files/json/ and json5/ is a case: accept/ must be read, refuse/ must not. The
 * categories are those of the public JSON parsing test-suites. What is read survives being printed
 * and read again. accept/X.json5 must equal what accept/X.json gives. */
#include "tests/support/check.h"

#include "base/json.h"

#include <dirent.h>

struct each {
    const char *folder, *suffix;
    void (*fn)(struct arena *a, const char *path, str text);
    int count;
};

static str read_file(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    NEED(f != NULL);
    NEED(fseek(f, 0, SEEK_END) == 0);
    size_t size = (size_t)ftell(f);
    rewind(f);
    char *at = arena_get(a, size, 1);
    NEED(fread(at, 1, size, f) == size);
    fclose(f);
    return (str){at, size};
}

static void for_each_file(struct each *e)
{
    char folder[512];
    snprintf(folder, sizeof folder, "%s/files/%s", TESTS_DIR, e->folder);
    DIR *d = opendir(folder);
    NEED(d != NULL);
    for (struct dirent *entry = readdir(d); entry != NULL; entry = readdir(d)) {
        if (!str_ends(str_of(entry->d_name), str_of(e->suffix)))
            continue;
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        struct arena *a = arena_open(4096);
        e->fn(a, path, read_file(a, path));
        arena_close(a);
        e->count++;
    }
    closedir(d);
}

static const struct json *try_read(struct arena *a, str text, enum json_dialect dialect,
                                   struct problem *why)
{
    *why = (struct problem){.arena = a};
    const struct json *v = NULL;
    enum err e = json_read(a, text, &(struct json_options){.dialect = dialect}, S("body"), &v, why);
    if (e != ERR_OK) {
        CHECK_ERR(e, ERR_BAD_INPUT);
        CHECK(v == NULL);
        CHECK(why->fault_count == 1 && why->text.len > 0);
    }
    return v;
}

static void accept(struct arena *a, const char *path, str text)
{
    struct problem why;
    const struct json *v = try_read(a, text, JSON_STRICT, &why);
    if (v == NULL) {
        CHECK_SAY("%s: " STR_FMT, path, STR_ARG(why.text));
        return;
    }
    const struct json *again = try_read(a, json_print(a, v), JSON_STRICT, &why);
    if (!json_equal(v, again))
        CHECK_SAY("%s: printed and read again it differs", path);
    const struct json *as_json5 = try_read(a, text, JSON_5, &why);
    if (!json_equal(v, as_json5))
        CHECK_SAY("%s: JSON5 reads it differently: " STR_FMT, path, STR_ARG(why.text));
}

static void refuse(struct arena *a, const char *path, str text)
{
    struct problem why;
    if (try_read(a, text, JSON_STRICT, &why) != NULL)
        CHECK_SAY("%s: should be refused", path);
}

static void accept_json5(struct arena *a, const char *path, str text)
{
    char other[1024];
    int stem = (int)strlen(path) - 1;
    snprintf(other, sizeof other, "%.*s", stem, path);
    struct problem why;
    const struct json *wanted = try_read(a, read_file(a, other), JSON_STRICT, &why);
    NEED(wanted != NULL);
    const struct json *v = try_read(a, text, JSON_5, &why);
    if (!json_equal(v, wanted))
        CHECK_SAY("%s: " STR_FMT, path, STR_ARG(v != NULL ? json_print(a, v) : why.text));
}

static void refuse_json5(struct arena *a, const char *path, str text)
{
    struct problem why;
    if (try_read(a, text, JSON_5, &why) != NULL)
        CHECK_SAY("%s: should be refused", path);
}

static void files_of_good_json_are_accepted(void **state)
{
    (void)state;
    struct each e = {"json/accept", ".json", accept, 0};
    for_each_file(&e);
    CHECK(e.count > 100);
}

static void files_of_bad_json_are_refused(void **state)
{
    (void)state;
    struct each e = {"json/refuse", ".json", refuse, 0};
    for_each_file(&e);
    CHECK(e.count > 200);
}

static void files_of_good_json5_read_like_their_json_twins(void **state)
{
    (void)state;
    struct each e = {"json5/accept", ".json5", accept_json5, 0};
    for_each_file(&e);
    CHECK(e.count >= 40);
}

static void files_of_bad_json5_are_refused(void **state)
{
    (void)state;
    struct each e = {"json5/refuse", ".json5", refuse_json5, 0};
    for_each_file(&e);
    CHECK(e.count > 60);
}

CHECK_MAIN(TEST(files_of_good_json_are_accepted), TEST(files_of_bad_json_are_refused),
           TEST(files_of_good_json5_read_like_their_json_twins),
           TEST(files_of_bad_json5_are_refused))

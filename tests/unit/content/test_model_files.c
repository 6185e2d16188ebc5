/* tests/files/model: good/X.json is read after the system's definitions, and X.canonical is how its
 * collections are printed; bad/X.json is refused with the faults in X.faults. VITRINE_REWRITE=1 writes
 * the expected files anew; the difference is to be read like code. */
#include "tests/support/check.h"
#include "tests/support/model_text.h"

#include "base/limits.h"
#include "content/system/system.h"

#include <dirent.h>

static str read_file(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return S("(no such file)");
    char *at = arena_get(a, 1u << 20, 1);
    size_t len = fread(at, 1, 1u << 20, f);
    fclose(f);
    return (str){at, len};
}

static void compare(struct arena *a, const char *path, str text)
{
    if (getenv("VITRINE_REWRITE")) {
        FILE *f = fopen(path, "wb");
        NEED(f != NULL && fwrite(text.at, 1, text.len, f) == text.len);
        fclose(f);
    }
    str wanted = read_file(a, path);
    if (!str_equal(text, wanted))
        CHECK_SAY("%s\n    is\n" STR_FMT "    wanted\n" STR_FMT, path, STR_ARG(text), STR_ARG(wanted));
}

static size_t system_count(struct arena *a)
{
    const struct json *const *ignored;
    size_t count = 0;
    struct problem why = {.arena = a};
    CHECK_ERR(system_definitions(a, &ignored, &count, &why), ERR_OK);
    return count;
}

static void check_good(struct arena *a, const struct json *given, const struct model *m, const char *expected)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    for (uint32_t i = 0; i < (given->type == JSON_LIST ? given->count : 1); i++) {
        const struct json *one = given->type == JSON_LIST ? &given->items[i] : given;
        str name = json_get(one, S("name"))->text;
        const struct collection *c = model_find(m, name) ? model_find(m, name) : model_component(m, name);
        buf_add(&b, collection_print(a, c));
        buf_byte(&b, '\n');
    }
    compare(a, expected, buf_str(&b));
}

/* Pointers count the system's definitions; in the files they count the file's own. */
static void check_bad(struct arena *a, struct problem *why, const char *expected)
{
    size_t before = system_count(a);
    for (size_t i = 0; i < why->fault_count; i++) {
        str index, rest;
        uint64_t at = 0;
        (void)str_cut(str_slice(why->faults[i].path, 1, why->faults[i].path.len), '/', &index, &rest);
        CHECK(str_to_u64(index, UINT64_MAX, &at) && at >= before);
        why->faults[i].path = arena_format(a, "/%zu/" STR_FMT, (size_t)at - before, STR_ARG(rest));
    }
    compare(a, expected, faults_text(a, why));
}

static int each_file(const char *folder, bool good)
{
    char path[512];
    int count = 0;
    snprintf(path, sizeof path, "%s/files/model/%s", TESTS_DIR, folder);
    DIR *d = opendir(path);
    NEED(d != NULL);
    for (struct dirent *entry = readdir(d); entry != NULL; entry = readdir(d)) {
        str name = str_of(entry->d_name);
        if (!str_ends(name, S(".json")))
            continue;
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        const struct model *m;
        str stem = str_slice(name, 0, name.len - 5);
        str text = read_file(a, arena_cstr(a, arena_format(a, "%s/" STR_FMT, path, STR_ARG(name))));
        const char *expected = arena_cstr(a, arena_format(a, "%s/" STR_FMT ".%s", path, STR_ARG(stem), good ? "canonical" : "faults"));
        enum err e = model_of(a, arena_cstr(a, text), true, &m, &why);
        if (e != (good ? ERR_OK : ERR_INVALID))
            CHECK_SAY("%s: " STR_FMT, entry->d_name, STR_ARG(faults_text(a, &why)));
        else if (good)
            check_good(a, json_of(a, arena_cstr(a, text)), m, expected);
        else
            check_bad(a, &why, expected);
        count++;
        arena_close(a);
    }
    closedir(d);
    return count;
}

static void files_of_good_models_are_printed_canonically(void **state)
{
    (void)state;
    CHECK(each_file("good", true) >= 5);
}

static void files_of_bad_models_are_refused_with_their_faults(void **state)
{
    (void)state;
    CHECK(each_file("bad", false) >= 7);
}

/* Limits, at both sides. */

static str fields_text(struct arena *a, size_t count)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    buf_add(&b, S("{name:'p',fields:["));
    for (size_t i = 0; i < count; i++)
        buf_format(&b, "{name:'f%zu',kind:'text'},", i);
    buf_add(&b, S("]}"));
    return buf_str(&b);
}

static void the_number_of_fields_has_a_limit(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        enum err e;
    } rows[] = {{LIMIT_FIELDS - META_COUNT, ERR_OK}, {LIMIT_FIELDS - META_COUNT + 1, ERR_INVALID}};
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        const struct model *m;
        CHECK_AT(i);
        CHECK_ERR(model_of(a, arena_cstr(a, fields_text(a, rows[i].count)), false, &m, &why), rows[i].e);
        if (rows[i].e != ERR_OK)
            CHECK_FAULT(&why, S("/0/fields"), S("limit"));
        arena_close(a);
    }
}

static void the_number_of_collections_has_a_limit(void **state)
{
    (void)state;
    for (size_t count = LIMIT_COLLECTIONS; count <= LIMIT_COLLECTIONS + 1; count++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        const struct model *m;
        struct buf b;
        buf_init(&b, a, 1u << 20);
        for (size_t i = 0; i < count; i++)
            buf_format(&b, "%c{name:'c%zu'}", i ? ',' : '[', i);
        buf_byte(&b, ']');
        CHECK_ERR(model_of(a, arena_cstr(a, buf_str(&b)), false, &m, &why), count <= LIMIT_COLLECTIONS ? ERR_OK : ERR_INVALID);
        CHECK((why.text.len > 0) == (m == NULL));
        arena_close(a);
    }
}

CHECK_MAIN(TEST(files_of_good_models_are_printed_canonically), TEST(files_of_bad_models_are_refused_with_their_faults),
           TEST(the_number_of_fields_has_a_limit), TEST(the_number_of_collections_has_a_limit))

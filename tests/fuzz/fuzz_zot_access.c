/* zot's accessControl, whatever stands in it: what is granted reads as regular expressions within their ceiling, and a pattern
 * that is not understood grants nothing. */
#include "base/limits.h"
#include "base/regex.h"
#include "server/transfer/zot_access.h"
#include "tests/support/fuzz.h"

static void check_tests(struct arena *a, const struct json *v)
{
    struct problem why = {.arena = a};
    const struct regex *unused;
    for (uint32_t i = 0; (v->type == JSON_MAP || v->type == JSON_LIST) && i < v->count; i++) {
        if (str_equal(v->items[i].name, S("$regex")))
            must(v->items[i].text.len <= LIMIT_REGEX_BYTES && regex_compile(a, v->items[i].text, 0, &unused, &why) == ERR_OK);
        check_tests(a, &v->items[i]);
    }
}

static void check_subject(struct zot_access *z, size_t at)
{
    struct zot_grant *grants;
    struct zot_subject s = z->subjects[at];
    size_t count;
    zot_access_grants(z, &s, &grants, &count);
    for (size_t i = 0; i < count; i++) {
        must(grants[i].actions != 0 && grants[i].actions < 1u << ZOT_ACTIONS);
        check_tests(z->arena, &grants[i].where);
    }
}

static void hear_nothing(void *self, str sentence)
{
    must(sentence.len > 0);
    (void)self;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    const struct json *control;
    struct zot_access z = {.arena = a, .tell = hear_nothing};
    struct json_options options = {.dialect = JSON_5};
    if (size < 4096 && json_read(a, (str){(const char *)data, size}, &options, S(""), &control, &why) == ERR_OK &&
        zot_access_read(&z, control, &why) == ERR_OK)
        for (size_t i = 0; i < z.subject_count; i++)
            check_subject(&z, i);
    arena_close(a);
    return 0;
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "web/assets.h"

static void every_packed_file_is_found_by_its_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < web_asset_count; i++)
        assert_ptr_equal(web_asset_find(web_assets[i].path), &web_assets[i]);
}

static void an_unknown_path_is_not_found(void **state)
{
    (void)state;
    static const str paths[] = {STR(""), STR("index.htm"), STR("index.html2"), STR("assets/"), STR("zzz"), {NULL, 0}};
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        assert_null(web_asset_find(paths[i]));
}

static void a_file_is_either_compressed_or_plain(void **state)
{
    (void)state;
    for (size_t i = 0; i < web_asset_count; i++) {
        const struct web_asset *a = &web_assets[i];
        assert_int_equal(str_is_absent(a->brotli), str_is_absent(a->gzip));
        assert_int_not_equal(str_is_absent(a->plain), str_is_absent(a->gzip));
        assert_true(a->etag.len > 4 && a->type.len > 0);
        if (!str_is_absent(a->gzip)) {
            assert_memory_equal(a->gzip.at, "\x1f\x8b", 2);
            assert_true(a->gzip.len < a->plain_bytes);
        }
    }
}

static void a_dashboard_has_a_first_page(void **state)
{
    (void)state;
    if (web_asset_count == 0)
        return; /* built without one */
    const struct web_asset *page = web_asset_find(S("index.html"));
    assert_non_null(page);
    assert_false(page->is_immutable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_packed_file_is_found_by_its_path),
        cmocka_unit_test(an_unknown_path_is_not_found),
        cmocka_unit_test(a_file_is_either_compressed_or_plain),
        cmocka_unit_test(a_dashboard_has_a_first_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

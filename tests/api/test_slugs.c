/* Slugs that are made of another field never collide; chosen ones do. */
#include "tests/support/check.h"
#include "tests/support/stand.h"

static void made_slugs_get_numbers(void **state)
{
    static const struct {
        const char *method, *body, *slug; /* slug NULL: 409 */
    } rows[] = {
        {"POST", "{data:{t:'News'}}", "news"},
        {"POST", "{data:{t:'News'}}", "news-2"},
        {"POST", "{data:{t:'news!'}}", "news-3"},
        {"POST", "{data:{t:'x',s:'news'}}", NULL},
        {"POST", "{data:{t:'x',s:'news-5'}}", "news-5"},
        {"POST", "{data:{t:'News'}}", "news-4"},
        {"POST", "{data:{t:'News'}}", "news-6"},
        {"POST", "{data:{t:'12345678'}}", "12345678"},
        {"POST", "{data:{t:'12345678'}}", "123456-2"}, /* no longer than the field may be */
        {"POST", "{data:{t:'!!!'}}", ""},
        {"POST", "{data:{t:'!!!'}}", ""},
    };
    (void)state;
    struct stand *stand = stand_open();
    struct arena *a = arena_open(1u << 16);
    CHECK_INT(stand_ask(stand, a, "POST", "/api/content/models/apply", stand->admin,
                        "{definitions:[{name:'p',fields:[{name:'t',kind:'text'},{name:'s',kind:'slug',from:'t',unique:true,maxlength:8},"
                        "{name:'free',kind:'slug',from:'t'}]}]}")->status, 200);
    str last = {0};
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = stand_ask(stand, a, rows[i].method, "/api/content/item/p", stand->admin, rows[i].body);
        CHECK_INT(f->status, rows[i].slug ? 200 : 409);
        const struct json *s = json_get(stand_json(a, f), S("s"));
        if (rows[i].slug && *rows[i].slug)
            CHECK(json_is_text(s, str_of(rows[i].slug)));
        if (i == 1)
            last = json_get(stand_json(a, f), S("_id"))->text;
    }
    /* Made anew it is still its own, and many of one name cost little. */
    const char *second = arena_cstr(a, arena_format(a, "/api/content/item/p/" STR_FMT, STR_ARG(last)));
    struct fake_exchange *f = stand_ask(stand, a, "PATCH", second, stand->admin, "{t:'News',s:null}");
    CHECK(json_is_text(json_get(stand_json(a, f), S("s")), S("news-2")));
    for (int i = 0; i < 60; i++)
        CHECK_INT(stand_ask(stand, a, "POST", "/api/content/item/p", stand->admin, "{data:{t:'News'}}")->status, 200);
    arena_close(a);
    stand_close(stand);
}

CHECK_MAIN(TEST(made_slugs_get_numbers))

/* Grants may be bound to languages: other values of `locale` are refused, by every verb's own grants. */
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

static void a_language_that_is_not_granted_is_refused(void **state)
{
    static const struct {
        const char *key, *method, *target;
        enum err err;
    } rows[] = {
        {"german", "GET", "/api/content/items/posts", ERR_OK},
        {"german", "GET", "/api/content/items/posts?locale=de", ERR_OK},
        {"german", "GET", "/api/content/items/posts?locale=DE", ERR_OK},
        {"german", "GET", "/api/content/items/posts?locale=en", ERR_FORBIDDEN},
        {"german", "GET", "/api/content/items/posts?locale=", ERR_FORBIDDEN},
        {"german", "GET", "/api/content/item/posts?locale=en", ERR_FORBIDDEN},
        {"german", "GET", "/api/content/aggregate/posts?pipeline=[]&locale=en", ERR_FORBIDDEN},
        {"german", "GET", "/api/content/items?models={posts:{}}&locale=en", ERR_FORBIDDEN},
        {"german", "GET", "/api/content/items?models={posts:{locale:'en'}}", ERR_FORBIDDEN},
        {"german", "GET", "/api/content/items?models={posts:{locale:'de'}}&locale=en", ERR_OK},
        {"german", "POST", "/api/content/item/posts?locale=fr", ERR_OK},
        {"german", "POST", "/api/content/item/posts?locale=de", ERR_FORBIDDEN},
        {"german", "GET", "/api/content/items/pages?locale=en", ERR_OK},
        {"both", "GET", "/api/content/items/posts?locale=en", ERR_OK},
        {"none", "GET", "/api/content/items/posts?locale=en", ERR_NOT_FOUND},
        {"admin", "GET", "/api/content/items/posts?locale=xx", ERR_OK},
    };
    (void)state;
    struct house *h = house_open();
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}]}, {name:'pages', fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles: {german: [{collection:'posts', verbs:['read'], locales:['de','at']}, {collection:'pages', verbs:['read']},"
                    "                  {collection:'posts', verbs:['create'], locales:['fr']}],"
                    "         english: [{collection:'posts', verbs:['read'], locales:['en']}], both: {inherits:['german','english']}, none: []},"
                    " keys: {german: {role:'german'}, both: {role:'both'}, none: {role:'none'}, admin: {role:'admin'}}}");
    (void)house_item(h, "posts", "{title:'x'}");
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        bool writes = str_equal(str_of(rows[i].method), S("POST"));
        const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\n%s", STR_ARG(house_key(h, rows[i].key)),
                                                         writes ? "Content-Type: application/json\n" : ""));
        enum err err;
        (void)rest_request(h->gate, a, rows[i].method, rows[i].target, headers, writes ? S("{\"data\":{\"title\":\"y\"}}") : S(""), &err);
        CHECK_AT(i);
        CHECK_STR(str_of(err_facts(err)->name), str_of(err_facts(rows[i].err)->name));
        arena_close(a);
    }
    house_close(h);
}

CHECK_MAIN(TEST(a_language_that_is_not_granted_is_refused))

/* The description knows every route and parameter of ours: what it does not know it could only guess. */
#include "api/openapi_facts.h"
#include "base/embed.h"
#include "tests/support/check.h"

extern const struct embedded embedded_description[];
extern const size_t embedded_description_count;

static struct arena *arena;

static const struct json *parts(void)
{
    const struct embedded *file = embed_find(embedded_description, embedded_description_count, S("description.json"));
    const struct json *out = NULL;
    struct problem why = {.arena = arena};
    CHECK(file && json_read(arena, embed_text(file), NULL, S("description"), &out, &why) == ERR_OK);
    return out;
}

/* Other systems' tables are described by those systems. */
static bool is_ours(const struct api_table *t)
{
    return t->problem_name == NULL;
}

static void every_route_has_facts(void **state)
{
    size_t missing = 0;
    (void)state;
    for (size_t t = 0; t < api_table_count; t++)
        for (size_t i = 0; is_ours(api_tables[t]) && i < api_tables[t]->count; i++) {
            const struct route *r = &api_tables[t]->routes[i];
            if (facts_of(r))
                continue;
            print_error(STR_FMT " %s has no row in api/openapi_facts.c\n", STR_ARG(method_name(r->method)), r->pattern);
            missing++;
        }
    assert_int_equal(missing, 0);
}

static void every_parameter_is_explained(void **state)
{
    const struct json *known = json_get(parts(), S("parameters"));
    size_t missing = 0;
    (void)state;
    for (size_t t = 0; t < api_table_count; t++)
        for (size_t i = 0; is_ours(api_tables[t]) && api_tables[t]->parameters && i < api_tables[t]->count; i++)
            for (const char *const *name = api_tables[t]->parameters[i]; name && *name; name++)
                if (!json_get(known, str_of(*name)) && !str_contains(str_of(api_tables[t]->routes[i].pattern), S("oidc"))) {
                    print_error("%s of %s is not in api/description.json\n", *name, api_tables[t]->routes[i].pattern);
                    missing++;
                }
    assert_int_equal(missing, 0);
}

static void bodies_and_answers_belong_to_routes(void **state)
{
    static const char *const sections[] = {"bodies", "answers"};
    const struct json *all = parts();
    (void)state;
    for (size_t s = 0; s < COUNTOF(sections); s++) {
        const struct json *list = json_get(all, str_of(sections[s]));
        for (uint32_t k = 0; k < list->count; k++) {
            bool found = false;
            for (size_t t = 0; t < api_table_count; t++)
                for (size_t i = 0; i < api_tables[t]->count; i++) {
                    const struct facts *f = facts_of(&api_tables[t]->routes[i]);
                    found = found || (f && f->id && str_equal(str_of(f->id), list->items[k].name));
                }
            if (!found)
                fail_msg("no route is called " STR_FMT, STR_ARG(list->items[k].name));
        }
    }
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_open(64u << 10);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_has_facts),
        cmocka_unit_test(every_parameter_is_explained),
        cmocka_unit_test(bodies_and_answers_belong_to_routes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

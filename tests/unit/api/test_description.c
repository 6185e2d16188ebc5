/* The description knows every route and parameter of ours: what it does not know it could only guess. */
#include "api/openapi/facts.h"
#include "base/embed.h"
#include "tests/support/check.h"

extern const struct embedded embedded_description[];
extern const size_t embedded_description_count;

static const struct json *parts(struct arena *arena)
{
    const struct embedded *file = embed_find(embedded_description, embedded_description_count, S("description.json"));
    const struct json *out = NULL;
    struct problem why = {.arena = arena};
    assert_true(file && json_read(arena, embed_text(file), NULL, S("description"), &out, &why) == ERR_OK);
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
            CHECK_SAY(STR_FMT " %s has no row in api/openapi/facts.c", STR_ARG(method_name(r->method)), r->pattern);
            missing++;
        }
    CHECK_INT(missing, 0);
}

static void every_parameter_is_explained(void **state)
{
    struct arena *arena = arena_open(64u << 10);
    const struct json *known = json_get(parts(arena), S("parameters"));
    size_t missing = 0;
    (void)state;
    for (size_t t = 0; t < api_table_count; t++)
        for (size_t i = 0; is_ours(api_tables[t]) && api_tables[t]->parameters && i < api_tables[t]->count; i++)
            for (const char *const *name = api_tables[t]->parameters[i]; name && *name; name++)
                if (!json_get(known, str_of(*name)) && !str_contains(str_of(api_tables[t]->routes[i].pattern), S("oidc"))) {
                    CHECK_SAY("%s of %s is not in api/openapi/description.json", *name, api_tables[t]->routes[i].pattern);
                    missing++;
                }
    CHECK_INT(missing, 0);
    arena_close(arena);
}

static bool is_route(str id)
{
    for (size_t t = 0; t < api_table_count; t++)
        for (size_t i = 0; i < api_tables[t]->count; i++) {
            const struct facts *f = facts_of(&api_tables[t]->routes[i]);
            if (f && f->id && str_equal(str_of(f->id), id))
                return true;
        }
    return false;
}

/* So do parameters of one route: "search.limit". */
static void parts_belong_to_routes(void **state)
{
    static const char *const sections[] = {"bodies", "answers", "parameters"};
    struct arena *arena = arena_open(64u << 10);
    const struct json *all = parts(arena);
    (void)state;
    for (size_t s = 0; s < COUNTOF(sections); s++) {
        const struct json *list = json_get(all, str_of(sections[s]));
        for (uint32_t k = 0; k < list->count; k++) {
            str id = list->items[k].name, rest;
            bool is_own = str_cut(list->items[k].name, '.', &id, &rest);
            if ((is_own || s < 2) && !is_route(id))
                CHECK_SAY("no route is called " STR_FMT, STR_ARG(id));
        }
    }
    arena_close(arena);
}

CHECK_MAIN(TEST(every_route_has_facts), TEST(every_parameter_is_explained), TEST(parts_belong_to_routes))

#include "tests/support/animals.h"

#include "tests/support/check.h"

static str animals_text(struct arena *a)
{
    FILE *f = fopen(TESTS_DIR "/unit/graphql/animals.graphql", "rb");
    must(f);
    char *room = NEW_N(a, char, 64u << 10);
    size_t n = fread(room, 1, 64u << 10, f);
    fclose(f);
    return (str){room, n};
}

static struct gql_schema *schema_of(struct arena *a, str sdl)
{
    struct gql_errors errors = {.arena = a};
    struct gql_schema *s = NULL;
    enum err e = gql_schema_read(sdl, NULL, NULL, &s, &errors);
    for (size_t i = 0; i < errors.count; i++)
        CHECK_SAY(STR_FMT, STR_ARG(errors.items[i].message));
    must(e == ERR_OK && gql_schema_check(s, &errors));
    return s;
}

struct gql_schema *animals(struct arena *a)
{
    return schema_of(a, animals_text(a));
}

struct gql_schema *animals_without_changes(struct arena *a)
{
    str text = animals_text(a);
    const char *types = strstr(text.at, "directive @tag"), *changes = strstr(text.at, "type Mutation");
    must(types && changes);
    str rest = str_slice(text, (size_t)(types - text.at), (size_t)(changes - text.at));
    return schema_of(a, arena_format(a, "schema { query: Query }\n" STR_FMT, STR_ARG(rest)));
}

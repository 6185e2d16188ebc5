/* The schema as it is written down (schema.graphql), and where code hangs on it. Members of what comes as JSON need none. */
#include "base/embed.h"
#include "graphql/schema/build.h"
#include "graphql/zot/internal.h"

extern const struct embedded embedded_zot[];
extern const size_t embedded_zot_count;

static const struct {
    str type;
    gql_resolve *resolve;
    gql_writer *write;
    uint32_t cost;                    /* of each field */
} code[] = {
    {STR("Query"), NULL, zot_root, 1000},
    {STR("GlobalSearchResult"), zot_result_field, NULL, 0},
    {STR("PaginatedImagesResult"), zot_result_field, NULL, 0},
    {STR("PaginatedReposResult"), zot_result_field, NULL, 0},
    {STR("RepoInfo"), zot_repo_info_field, NULL, 0},
    {STR("RepoSummary"), zot_repo_field, NULL, 0},
    {STR("ImageSummary"), zot_image_field, NULL, 0},
    {STR("ManifestSummary"), zot_part_field, NULL, 0},
};

static void bind(void *self, const struct gql_type *t, struct gql_field *f)
{
    (void)self;
    for (size_t i = 0; i < COUNTOF(code); i++)
        if (str_equal(code[i].type, t->name)) {
            f->resolve = code[i].resolve;
            f->write = code[i].write;
            f->cost = code[i].cost;
        }
}

/* Everybody may look at it: it tells nothing of this house. */
struct gql_schema *zot_schema_make(const struct principal *who, bool may_introspect)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(1024);
    struct gql_errors errors = {.arena = a};
    struct gql_schema *s = NULL;
    const struct embedded *sdl = embed_find(embedded_zot, embedded_zot_count, S("schema.graphql"));
    (void)who;
    (void)may_introspect;
    must(sdl != NULL);
    must(gql_schema_read(embed_text(sdl), bind, NULL, &s, &errors) == ERR_OK);
    return s;
}

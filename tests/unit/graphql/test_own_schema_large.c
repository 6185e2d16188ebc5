/* A model as large as there may be: what the schema of somebody who sees all of it costs. */
#include "base/limits.h"
#include "content/system/system.h"
#include "graphql/own/own.h"
#include "roles/internal.h"
#include "tests/support/check.h"

#include <time.h>

/* Instrumented builds take a few times as long; what grows with more than the model would take minutes. */
#define SECONDS 8.0
#define BYTES (160u << 20)

static const struct json *definition(struct arena *a, size_t i, size_t count)
{
    str text = arena_format(a,
                            "{name:'things_%zu', fields:[{name:'title',kind:'text',required:true,info:'What it is called.'},"
                            "{name:'slug',kind:'slug',from:'title',unique:true},{name:'body',kind:'richtext'},"
                            "{name:'views',kind:'number',integer:true},{name:'price',kind:'number'},{name:'day',kind:'date'},"
                            "{name:'published_at',kind:'datetime'},{name:'status',kind:'select',options:['open','shut','gone']},"
                            "{name:'words',kind:'tags'},{name:'maker',kind:'ref',to:'things_%zu'},"
                            "{name:'parts',kind:'ref',to:'things_%zu',many:true},{name:'cover',kind:'asset'},"
                            "{name:'seo',kind:'set',fields:[{name:'title',kind:'text'},{name:'words',kind:'text'}]}]}",
                            i, (i * 7) % count, (i + 1) % count);
    const struct json *v = NULL;
    struct problem why = {.arena = a};
    struct json_options options = {.dialect = JSON_5};
    NEED(json_read(a, text, &options, S("test"), &v, &why) == ERR_OK);
    return v;
}

static struct model *large_model(struct arena *a)
{
    struct problem why = {.arena = a};
    const struct json *const *system = NULL;
    struct model *m = NULL;
    size_t count = 0;
    NEED(system_definitions(a, &system, &count, &why) == ERR_OK);
    const struct json **all = NEW_N(a, const struct json *, LIMIT_COLLECTIONS);
    memcpy(all, system, count * sizeof *all);
    size_t own = LIMIT_COLLECTIONS - count;
    for (size_t i = 0; i < own; i++)
        all[count + i] = definition(a, i, own);
    CHECK_PROBLEM(model_read(all, LIMIT_COLLECTIONS, 7, &m, &why), ERR_OK, &why);
    NEED(m != NULL);
    return m;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void the_largest_model(void **state)
{
    struct arena *a = arena_open(1u << 20);
    double began = now();
    struct model *m = large_model(a);
    double read = now();
    struct rights_wish wish = {.model = m, .policy_epoch = 1, .is_server = true};
    const struct rights *rights = rights_make(&wish);
    struct principal who = {.kind = PRINCIPAL_USER, .rights = rights, .user_id = S("000000000000000000000001")};
    double start = now();
    struct gql_schema *s = own_schema_make(&who, true);
    double seconds = now() - start;
    size_t bytes = arena_bytes(s->arena);
    (void)state;
    printf("%zu collections: model %.2f s; schema %u types, %.2f s, %.1f MiB\n", m->collection_count, read - began, s->type_count, seconds,
           (double)bytes / (1u << 20));
    CHECK(seconds < SECONDS);
    CHECK(bytes < BYTES);
    struct gql_errors errors = {.arena = a};
    CHECK(gql_schema_check(s, &errors));
    counted_release(&s->counted);
    counted_release((struct counted *)(uintptr_t)&rights->counted);
    counted_release(&m->counted);
    arena_close(a);
}

CHECK_MAIN(TEST(the_largest_model))

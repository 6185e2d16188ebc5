#include "tests/support/model_text.h"

#include "content/system/system.h"

const struct json *json_of(struct arena *a, const char *json5)
{
    const struct json *v = NULL;
    struct problem why = {.arena = a};
    struct json_options options = {.dialect = JSON_5};
    enum err e = json_read(a, str_of(json5), &options, S("test"), &v, &why);
    must(e == ERR_OK);
    return v;
}

static void release(void *counted)
{
    counted_release(counted);
}

enum err model_of(struct arena *a, const char *json5, bool system, const struct model **out, struct problem *why)
{
    const struct json *given = json_of(a, json5);
    size_t count = given->type == JSON_LIST ? given->count : 1, before = 0;
    const struct json *const *definitions = NULL;
    if (system)
        TRY(system_definitions(a, &definitions, &before, why));
    const struct json **all = NEW_N(a, const struct json *, before + count + 1);
    for (size_t i = 0; i < before; i++)
        all[i] = definitions[i];
    for (size_t i = 0; i < count; i++)
        all[before + i] = given->type == JSON_LIST ? &given->items[i] : given;
    struct model *m = NULL;
    *out = NULL;
    *why = (struct problem){.arena = a};
    TRY(model_read(all, before + count, 7, &m, why));
    arena_on_close(a, release, &m->counted);
    *out = m;
    return ERR_OK;
}

str faults_text(struct arena *a, const struct problem *why)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    for (size_t i = 0; i < why->fault_count; i++)
        buf_format(&b, STR_FMT " " STR_FMT ": " STR_FMT "\n", STR_ARG(why->faults[i].path),
                   STR_ARG(why->faults[i].rule), STR_ARG(why->faults[i].text));
    return buf_str(&b);
}

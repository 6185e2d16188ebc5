#include "tests/support/blog_model.h"

#include "base/json.h"

static const char *const definitions[] = {
    "{name: 'posts', fields: ["
    " {name: 'title', kind: 'text'}, {name: 'body', kind: 'richtext'}, {name: 'views', kind: 'number'},"
    " {name: 'rating', kind: 'number'}, {name: 'live', kind: 'boolean'}, {name: 'day', kind: 'date'},"
    " {name: 'clock', kind: 'time'}, {name: 'published', kind: 'datetime'}, {name: 'tags', kind: 'tags'},"
    " {name: 'flavour', kind: 'select', options: ['sweet', 'sour']},"
    " {name: 'author', kind: 'ref', to: 'authors'}, {name: 'coauthors', kind: 'ref', to: 'authors', many: true},"
    " {name: 'category', kind: 'ref', to: 'categories'},"
    " {name: 'seo', kind: 'set', fields: ["
    "   {name: 'title', kind: 'text'}, {name: 'words', kind: 'tags'}, {name: 'score', kind: 'number'},"
    "   {name: 'checked', kind: 'datetime'}]},"
    " {name: 'rows', kind: 'set', many: true, fields: ["
    "   {name: 'name', kind: 'text'}, {name: 'price', kind: 'number'}, {name: 'on', kind: 'boolean'},"
    "   {name: 'by', kind: 'ref', to: 'authors'},"
    "   {name: 'parts', kind: 'set', many: true, fields: [{name: 'sku', kind: 'text'}]}]},"
    " {name: 'data', kind: 'object'}, {name: 'scores', kind: 'number', many: true},"
    " {name: 'events', kind: 'datetime', many: true}, {name: 'token', kind: 'secret'}]}",

    "{name: 'authors', fields: ["
    " {name: 'name', kind: 'text'}, {name: 'born', kind: 'date'}, {name: 'salary', kind: 'number'},"
    " {name: 'mentor', kind: 'ref', to: 'authors'}, {name: 'publisher', kind: 'ref', to: 'publishers'},"
    " {name: 'data', kind: 'object'}, {name: 'password', kind: 'password'}]}",

    "{name: 'publishers', fields: [{name: 'name', kind: 'text'}, {name: 'country', kind: 'text'}]}",

    "{name: 'categories', shape: 'tree', fields: [{name: 'title', kind: 'text'}]}",
};

static void release(void *counted)
{
    counted_release(counted);
}

const struct model *blog_model(struct arena *a)
{
    const struct json *trees[COUNTOF(definitions)];
    struct json_options options = {.dialect = JSON_5};
    struct problem why = {.arena = a};
    struct model *m = NULL;

    for (size_t i = 0; i < COUNTOF(definitions); i++)
        must(json_read(a, str_of(definitions[i]), &options, S(""), &trees[i], &why) == ERR_OK);
    must(model_read(trees, COUNTOF(definitions), 1, &m, &why) == ERR_OK);
    arena_on_close(a, release, &m->counted);
    return m;
}

/* The description's frame and its components. What the routes make of it is paths.c. */
#include "api/openapi/write.h"

#include "base/embed.h"
#include "base/limits.h"

extern const struct embedded embedded_description[];
extern const size_t embedded_description_count;

void openapi_text(struct json_writer *w, const char *name, str text)
{
    json_name(w, str_of(name));
    json_text(w, text);
}

void openapi_ready(struct json_writer *w, const char *name, const char *json)
{
    json_name(w, str_of(name));
    json_ready(w, str_of(json));
}

void openapi_link(struct describer *d, const char *what, str name)
{
    json_map_open(d->to);
    openapi_text(d->to, "$ref", arena_format(d->arena, "#/components/%s/" STR_FMT, what, STR_ARG(name)));
    json_map_close(d->to);
}

const struct json *openapi_part(const struct describer *d, const char *section, str name)
{
    const struct json *list = json_get(d->parts, str_of(section));
    return list ? json_get(list, name) : NULL;
}

static const struct json *read_parts(struct arena *a)
{
    const struct embedded *file = embed_find(embedded_description, embedded_description_count, S("description.json"));
    const struct json *parts = NULL;
    struct problem why = {.arena = a};
    must(file && json_read(a, embed_text(file), NULL, S("description"), &parts, &why) == ERR_OK);
    return parts;
}

/* Those that something before them leads to: one that nobody uses is a fault to linters. */
static void write_mentioned(struct json_writer *w, struct arena *a, const char *section, const struct json *map)
{
    for (uint32_t i = 0; i < map->count; i++) {
        str link = arena_format(a, "#/components/%s/" STR_FMT "\"", section, STR_ARG(map->items[i].name));
        if (!str_contains(buf_str(w->out), link))
            continue;
        json_name(w, map->items[i].name);
        json_value(w, &map->items[i]);
    }
}

static void write_node_schema(struct describer *d, const struct collection *c)
{
    json_name(d->to, arena_format(d->arena, STR_FMT ".node", STR_ARG(c->name)));
    json_ready(d->to, arena_format(d->arena,
                                   "{\"allOf\":[{\"$ref\":\"#/components/schemas/" STR_FMT
                                   "\"},{\"type\":\"object\",\"properties\":{\"_children\":{\"type\":\"array\","
                                   "\"items\":{\"$ref\":\"#/components/schemas/" STR_FMT ".node\"}}}}]}",
                                   STR_ARG(c->name), STR_ARG(c->name)));
}

static bool may_write(const struct principal *who, const struct collection *c)
{
    return gate_may(who, VERB_CREATE, c) || gate_may(who, VERB_UPDATE, c);
}

static void write_collection_schemas(struct describer *d, const struct collection *c)
{
    const struct openapi_schema item = {d->who, false, false}, input = {d->who, true, false};
    if (gate_may(d->who, VERB_READ, c)) {
        json_name(d->to, c->name);
        openapi_schema(d->to, d->arena, &item, c);
        if (c->shape == SHAPE_TREE)
            write_node_schema(d, c);
    }
    if (may_write(d->who, c)) {
        json_name(d->to, arena_format(d->arena, STR_FMT ".input", STR_ARG(c->name)));
        openapi_schema(d->to, d->arena, &input, c);
    }
}

/* Collections' schemas beside the ready-made ones, whose names have a dot so that no collection can take them. */
static void write_components(struct describer *d)
{
    static const char *const sections[] = {"parameters", "responses", "headers"};
    const struct model *m = principal_model(d->who);
    json_map_open(d->to);
    for (size_t i = 0; i < COUNTOF(sections); i++) {
        json_name(d->to, str_of(sections[i]));
        json_map_open(d->to);
        write_mentioned(d->to, d->arena, sections[i], json_get(d->parts, str_of(sections[i])));
        json_map_close(d->to);
    }
    json_name(d->to, S("securitySchemes"));
    json_value(d->to, json_get(d->parts, S("securitySchemes")));
    json_name(d->to, S("schemas"));
    json_map_open(d->to);
    for (size_t i = 0; i < m->collection_count; i++)
        write_collection_schemas(d, m->collections[i]);
    write_mentioned(d->to, d->arena, "schemas", json_get(d->parts, S("schemas")));
    json_map_close(d->to);
    json_map_close(d->to);
}

void openapi_write(struct json_writer *w, const struct api *api, struct arena *a, const struct principal *who)
{
    struct describer d = {w, a, api, who, read_parts(a)};
    json_map_open(w);
    openapi_text(w, "openapi", S("3.1.0"));
    json_name(w, S("info"));
    json_map_open(w);
    openapi_text(w, "title", S("Vitrine"));
    openapi_text(w, "version", str_of(api->version));
    openapi_text(w, "description",
                 S("What this caller may do here. Collections, fields and operations it has no right to are left out."));
    openapi_ready(w, "license", "{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}");
    json_map_close(w);
    openapi_ready(w, "servers", "[{\"url\":\"/\"}]");
    openapi_ready(w, "security", "[{},{\"key\":[]},{\"bearer\":[]},{\"basic\":[]},{\"cookie\":[]}]");
    openapi_paths(&d);
    json_name(w, S("components"));
    write_components(&d);
    json_map_close(w);
}

/* Links in it lead to its own components, as in the whole description, so that one writer serves both. */
void openapi_model_schema(struct json_writer *w, struct arena *a, const struct principal *who, const struct collection *c)
{
    const struct openapi_schema item = {who, false, true}, input = {who, true, true};
    const struct json *parts = json_get(read_parts(a), S("schemas"));
    bool reads = gate_may(who, VERB_READ, c);
    json_map_open(w);
    openapi_text(w, "$schema", S("https://json-schema.org/draft/2020-12/schema"));
    openapi_text(w, "$id", arena_format(a, "/api/content/models/" STR_FMT "/schema", STR_ARG(c->name)));
    openapi_text(w, "$ref", arena_format(a, "#/components/schemas/" STR_FMT "%s", STR_ARG(c->name), reads ? "" : ".input"));
    json_name(w, S("components"));
    json_map_open(w);
    json_name(w, S("schemas"));
    json_map_open(w);
    if (reads) {
        json_name(w, c->name);
        openapi_schema(w, a, &item, c);
    }
    if (may_write(who, c)) {
        json_name(w, arena_format(a, STR_FMT ".input", STR_ARG(c->name)));
        openapi_schema(w, a, &input, c);
    }
    write_mentioned(w, a, "schemas", parts);
    json_map_close(w);
    json_map_close(w);
    json_map_close(w);
}

#include "server/transfer/wordpress_parts.h"

/* Taxonomies and types. */

enum err wordpress_taxonomy(struct wordpress *m, str theirs, struct taxonomy **out)
{
    for (size_t i = 0; i < m->taxonomy_count; i++)
        if (str_equal((*out = &m->taxonomies[i])->theirs, theirs))
            return ERR_OK;
    if (m->taxonomy_count == WORDPRESS_TAXONOMIES)
        return problem_set(m->why, ERR_TOO_LARGE, "More than %u taxonomies", WORDPRESS_TAXONOMIES);
    *out = &m->taxonomies[m->taxonomy_count++];
    str name = import_name(&m->names, S("taxonomy"), theirs);
    **out = (struct taxonomy){.theirs = arena_copy(m->arena, theirs), .collection = name, .field = name};
    (*out)->is_tree = str_equal(theirs, S("category"));
    if (str_equal(theirs, S("post_tag")))
        (*out)->field = S("tags");
    return harvest_collection(m->harvest, name, &(*out)->number, m->why);
}

enum err wordpress_type(struct wordpress *m, str theirs, struct type **out)
{
    for (size_t i = 0; i < m->type_count; i++)
        if (str_equal((*out = &m->types[i])->theirs, theirs))
            return ERR_OK;
    if (m->type_count == WORDPRESS_TYPES)
        return problem_set(m->why, ERR_TOO_LARGE, "More than %u post types", WORDPRESS_TYPES);
    *out = &m->types[m->type_count++];
    **out = (struct type){.theirs = arena_copy(m->arena, theirs), .collection = import_name(&m->names, S("type"), theirs)};
    (*out)->is_tree = str_equal(theirs, S("page"));
    (*out)->is_media = str_equal(theirs, S("attachment"));
    return harvest_collection(m->harvest, (*out)->collection, &(*out)->number, m->why);
}

/* Definitions. */

static const char author_fields[] =
    "{\"name\":\"login\",\"kind\":\"text\",\"required\":true},{\"name\":\"name\",\"kind\":\"text\"},{\"name\":\"email\",\"kind\":\"email\"}";
static const char term_fields[] =
    "{\"name\":\"name\",\"kind\":\"text\",\"required\":true},{\"name\":\"slug\",\"kind\":\"slug\",\"indexed\":true},"
    "{\"name\":\"description\",\"kind\":\"text\"}";
static const char media_fields[] =
    "{\"name\":\"title\",\"kind\":\"text\"},{\"name\":\"slug\",\"kind\":\"slug\"},{\"name\":\"url\",\"kind\":\"text\"},"
    "{\"name\":\"alt\",\"kind\":\"text\"},{\"name\":\"caption\",\"kind\":\"richtext\"},"
    "{\"name\":\"description\",\"kind\":\"richtext\"},{\"name\":\"date\",\"kind\":\"datetime\"},"
    "{\"name\":\"author\",\"kind\":\"ref\",\"to\":\"authors\"},{\"name\":\"meta\",\"kind\":\"object\"}";
static const char post_fields[] =
    "{\"name\":\"title\",\"kind\":\"text\"},{\"name\":\"slug\",\"kind\":\"slug\",\"indexed\":true},"
    "{\"name\":\"date\",\"kind\":\"datetime\",\"indexed\":true},{\"name\":\"author\",\"kind\":\"ref\",\"to\":\"authors\"},"
    "{\"name\":\"excerpt\",\"kind\":\"richtext\"},{\"name\":\"content\",\"kind\":\"richtext\"},"
    "{\"name\":\"image\",\"kind\":\"ref\",\"to\":\"media\"},{\"name\":\"sticky\",\"kind\":\"boolean\",\"default\":false},"
    "{\"name\":\"meta\",\"kind\":\"object\"}";

static enum err define(struct wordpress *m, str name, bool is_tree, str fields, const struct json **out)
{
    str text = arena_format(m->arena, "{\"name\":\"" STR_FMT "\",\"shape\":\"%s\",\"group\":\"WordPress\",\"fields\":[" STR_FMT "]}",
                            STR_ARG(name), is_tree ? "tree" : "list", STR_ARG(fields));
    return json_read(m->arena, text, NULL, name, out, m->why);
}

static str fields_of(struct wordpress *m, const struct type *t)
{
    str out = str_of(t->is_media ? media_fields : post_fields);
    for (size_t n = 0; n < m->taxonomy_count; n++)
        if (t->taxonomies >> n & 1)
            out = arena_format(m->arena, STR_FMT ",{\"name\":\"" STR_FMT "\",\"kind\":\"ref\",\"to\":\"" STR_FMT "\",\"many\":true}",
                               STR_ARG(out), STR_ARG(m->taxonomies[n].field), STR_ARG(m->taxonomies[n].collection));
    return out;
}

enum err wordpress_define(struct wordpress *m)
{
    const struct json *all[WORDPRESS_TYPES + WORDPRESS_TAXONOMIES + 1];
    size_t count = 0;
    struct type *media;
    TRY(wordpress_type(m, S("attachment"), &media)); /* "image" leads there, whether there are any or not */
    TRY(define(m, S("authors"), false, str_of(author_fields), &all[count++]));
    for (size_t i = 0; i < m->taxonomy_count; i++)
        TRY(define(m, m->taxonomies[i].collection, m->taxonomies[i].is_tree, str_of(term_fields), &all[count++]));
    for (size_t i = 0; i < m->type_count; i++)
        TRY(define(m, m->types[i].collection, m->types[i].is_tree, fields_of(m, &m->types[i]), &all[count++]));
    return transfer_models(m->to, all, count, m->why);
}

void wordpress_names(struct wordpress *m)
{
    static const str taken[] = {STR("title"), STR("slug"), STR("date"), STR("author"), STR("excerpt"), STR("content"), STR("image"), STR("sticky"), STR("meta"), STR("url"), STR("alt"), STR("caption"), STR("description"), STR("tags"), STR("authors")};
    m->names = (struct import_names){.arena = m->arena, .of_collections = true};
    for (size_t i = 0; i < COUNTOF(taken); i++)
        import_name_fix(&m->names, S("field"), taken[i], taken[i]);
    import_name_fix(&m->names, S("type"), S("post"), S("posts"));
    import_name_fix(&m->names, S("type"), S("page"), S("pages"));
    import_name_fix(&m->names, S("type"), S("attachment"), S("media"));
    import_name_fix(&m->names, S("taxonomy"), S("category"), S("categories"));
    import_name_fix(&m->names, S("taxonomy"), S("post_tag"), S("post_tags"));
}

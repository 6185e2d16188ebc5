#include "content/system/people/templates.h"

#include "base/embed.h"

extern const struct embedded embedded_templates[];

const struct json *role_templates(struct arena *a)
{
    const struct json *list = NULL;
    struct problem why = {.arena = a};
    must(json_read(a, embed_text(&embedded_templates[0]), NULL, S("templates"), &list, &why) == ERR_OK); /* a test reads it */
    return list;
}

const struct json *role_template(struct arena *a, str name)
{
    const struct json *list = role_templates(a);
    for (uint32_t i = 0; i < list->count; i++)
        if (str_equal(json_get(&list->items[i], S("name"))->text, name))
            return &list->items[i];
    return NULL;
}

#include "content/journal/image_seen.h"
#include "content/languages/languages.h"

static const struct json *fetch(void *self, const struct collection *c, str id)
{
    struct work *w = self;
    struct problem quiet = {.arena = w->arena};
    const struct json *image = NULL;
    return read_image(w, c, id, &image, &quiet) == ERR_OK ? image : NULL;
}

bool image_satisfies(struct work *w, const struct filter *condition, const struct json *image)
{
    struct filter_world world = {.arena = w->arena, .vars = &w->actor->vars, .fetch = fetch, .self = w};
    return filter_matches(condition, image, &world);
}

bool image_reached(struct work *w, const struct rights *rights, enum verb verb, const struct collection *c,
                   const struct json *image)
{
    const struct access *access = rights_access(rights, verb, c);
    return access->granted && image && image->type == JSON_MAP && image_satisfies(w, access->where, image);
}

bool image_shows(const struct work *w, const struct access *read, const struct field *f)
{
    const struct languages *l = model_languages(w->model);
    bool is_listed = f->is_meta ? f->index != META_I18N : field_set_has(&read->fields, f->index);
    return is_listed && (!f->localized || !l->standard || access_has_language(read, l->standard->code));
}

const struct json *image_readable(struct work *w, const struct rights *rights, const struct collection *c,
                                  const struct json *image)
{
    const struct access *read = rights_access(rights, VERB_READ, c);
    if (!image_reached(w, rights, VERB_READ, c, image))
        return NULL;
    struct json *members = NEW_N(w->arena, struct json, image->count), *out = NEW(w->arena, struct json);
    size_t count = 0;
    for (uint32_t i = 0; i < image->count; i++) {
        const struct field *f = collection_field(c, image->items[i].name);
        if (f && field_set_has(&read->fields, f->index) && image_shows(w, read, f))
            members[count++] = image->items[i];
    }
    *out = json_of_map(members, count);
    return out;
}

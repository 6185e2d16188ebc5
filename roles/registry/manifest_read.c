/* Manifests: what their bytes say, and whether they say it well (oci-registry.md 6 and 16, security R-5). The bytes are
 * kept as they are; nothing here is ever written back. */
#include "base/limits.h"
#include "roles/registry/internal.h"

#define OCI "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."
#define TYPE_BYTES 255u               /* of a media type (RFC 6838 4.2) */

static const struct manifest_type {
    str name;
    bool is_index;
} types[] = {
    {STR(OCI "manifest.v1+json"), false},
    {STR(OCI "index.v1+json"), true},
    {STR(DOCKER "distribution.manifest.v2+json"), false},
    {STR(DOCKER "distribution.manifest.list.v2+json"), true},
};

/* Layers that others keep: they need not be here. */
static const str foreign[] = {
    STR(OCI "layer.nondistributable.v1.tar"), STR(OCI "layer.nondistributable.v1.tar+gzip"),
    STR(OCI "layer.nondistributable.v1.tar+zstd"), STR(DOCKER "image.rootfs.foreign.diff.tar.gzip"),
};

struct look {
    struct arena *arena;
    struct problem *why;
    const struct json *body;
    const struct manifest_type *type;
    int64_t total;
};

static enum err refuse(struct look *l, str path, const char *text)
{
    return problem_fault(l->why, ERR_INVALID, path, S("manifest"), "%s", text);
}

static str text_in(const struct json *v, str name)
{
    const struct json *t = json_get(v, name);
    return t && t->type == JSON_TEXT ? t->text : (str){0};
}

static const struct manifest_type *type_named(str name)
{
    for (size_t i = 0; i < COUNTOF(types); i++)
        if (str_equal(types[i].name, name))
            return &types[i];
    return NULL;
}

static enum err refuse_type(str name, struct problem *why)
{
    return problem_fault(why, ERR_BAD_MEDIA, S("mediaType"), S("type"), STR_FMT " is no manifest that is kept here", STR_ARG(name));
}

enum err manifest_demand_type(str media_type, struct problem *why)
{
    return media_type.len == 0 || type_named(media_type) ? ERR_OK : refuse_type(media_type, why);
}

/* What it came as, else what it says it is; both must agree. */
static enum err settle_type(struct look *l, str sent)
{
    str said = text_in(l->body, S("mediaType"));
    str name = sent.len ? sent : said.len ? said : types[0].name;
    l->type = type_named(name);
    if (!l->type)
        return refuse_type(name, l->why);
    if (json_get(l->body, S("mediaType")) && !str_equal(said, name))
        return refuse(l, S("mediaType"), "mediaType is not what the manifest was sent as");
    return ERR_OK;
}

/* Types go into headers and lists: what can be seen, and not too much of it (RFC 6838 4.2). */
static bool is_type(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < ' ' || s.at[i] > '~')
            return false;
    return s.len > 0 && s.len <= TYPE_BYTES;
}

static enum err check_descriptor(struct look *l, const struct json *d, str path, int64_t *size)
{
    const struct json *n = json_get(d, S("size"));
    if (!d || d->type != JSON_MAP)
        return refuse(l, path, "A descriptor is an object of mediaType, digest and size");
    if (!is_type(text_in(d, S("mediaType"))))
        return refuse(l, path, "A descriptor says its mediaType, in at most 255 letters");
    if (!blob_digest_valid(text_in(d, S("digest"))))
        return refuse(l, path, "A descriptor has a digest");
    if (!n || n->type != JSON_INT || n->integer < 0)
        return refuse(l, path, "A descriptor has a size that is not negative");
    *size = n->integer;
    return ERR_OK;
}

static bool is_elsewhere(const struct json *d)
{
    const struct json *urls = json_get(d, S("urls"));
    for (size_t i = 0; i < COUNTOF(foreign); i++)
        if (str_equal(foreign[i], text_in(d, S("mediaType"))))
            return true;
    return urls && urls->type == JSON_LIST && urls->count > 0;
}

/* What has to be found of a descriptor: {"digest","size","elsewhere"}. */
static struct json wanted(struct look *l, const struct json *d, int64_t size, bool elsewhere)
{
    struct json *m = NEW_N(l->arena, struct json, 3);
    m[0] = json_named(S("digest"), json_of_text(text_in(d, S("digest"))));
    m[1] = json_named(S("size"), json_of_int(size));
    m[2] = json_named(S("elsewhere"), json_of_bool(elsewhere));
    return json_of_map(m, 3);
}

/* Of a list of descriptors; layers may be others' to keep. */
static enum err take_list(struct look *l, str name, struct json *out)
{
    const struct json *list = json_get(l->body, name);
    if (!list || list->type != JSON_LIST)
        return refuse(l, name, "This manifest has a list of that name");
    if (list->count > LIMIT_MANIFEST_REFS)
        return problem_fault(l->why, ERR_INVALID, name, S("manifest"), "At most %u can be listed", LIMIT_MANIFEST_REFS);
    struct json *each = NEW_N(l->arena, struct json, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++) {
        int64_t size = 0;
        TRY(check_descriptor(l, &list->items[i], arena_format(l->arena, STR_FMT "/%u", STR_ARG(name), i), &size));
        if (size > INT64_MAX - l->total)
            return refuse(l, name, "The sizes are larger than anything");
        l->total += size;
        each[i] = wanted(l, &list->items[i], size, !l->type->is_index && is_elsewhere(&list->items[i]));
    }
    *out = json_of_list(each, list->count);
    return ERR_OK;
}

void manifest_say(struct manifest_facts *m, str name, struct json v)
{
    must(m->count < m->room);
    m->members[m->count++] = json_named(name, v);
}

static enum err take_image(struct look *l, struct manifest_facts *out, str *artifact)
{
    const struct json *config = json_get(l->body, S("config"));
    struct json layers, *one = NEW(l->arena, struct json);
    int64_t size = 0;
    if (json_get(l->body, S("manifests")))
        return refuse(l, S("manifests"), "An image does not list manifests");
    TRY(check_descriptor(l, config, S("config"), &size));
    l->total = size;
    TRY(take_list(l, S("layers"), &layers));
    *one = wanted(l, config, size, false);
    manifest_say(out, S("config"), json_of_list(one, 1));
    manifest_say(out, S("layers"), layers);
    manifest_say(out, S("manifests"), json_of_list(one, 0));
    str type = text_in(config, S("mediaType"));
    bool is_image = str_equal(type, S(OCI "config.v1+json")) || str_equal(type, S(DOCKER "container.image.v1+json"));
    if (is_image)
        out->config = text_in(config, S("digest"));
    if (artifact->len == 0)
        *artifact = type;
    return ERR_OK;
}

static enum err take_index(struct look *l, struct manifest_facts *out)
{
    struct json manifests, *none = NEW(l->arena, struct json);
    if (json_get(l->body, S("layers")) || json_get(l->body, S("config")))
        return refuse(l, S("layers"), "An index has no layers");
    TRY(take_list(l, S("manifests"), &manifests));
    manifest_say(out, S("config"), json_of_list(none, 0));
    manifest_say(out, S("layers"), json_of_list(none, 0));
    manifest_say(out, S("manifests"), manifests);
    return ERR_OK;
}

static enum err take_subject(struct look *l, struct manifest_facts *out)
{
    const struct json *subject = json_get(l->body, S("subject"));
    int64_t size;
    if (!subject || subject->type == JSON_NULL)
        return ERR_OK;
    TRY(check_descriptor(l, subject, S("subject"), &size));
    out->subject = text_in(subject, S("digest"));
    manifest_say(out, S("subject"), json_of_text(out->subject));
    return ERR_OK;
}

static enum err take_annotations(struct look *l, struct manifest_facts *out)
{
    const struct json *map = json_get(l->body, S("annotations"));
    if (!map || map->type == JSON_NULL)
        return ERR_OK;
    if (map->type != JSON_MAP)
        return refuse(l, S("annotations"), "annotations is an object of texts");
    for (uint32_t i = 0; i < map->count; i++)
        if (map->items[i].type != JSON_TEXT)
            return refuse(l, S("annotations"), "annotations is an object of texts");
    manifest_say(out, S("annotations"), *map);
    return ERR_OK;
}

enum err manifest_read(struct arena *a, str bytes, str media_type, struct manifest_facts *out, struct problem *why)
{
    struct look l = {.arena = a, .why = why};
    struct problem own = {.arena = a};
    if (json_read(a, bytes, NULL, S(""), &l.body, &own) != ERR_OK || l.body->type != JSON_MAP)
        return problem_fault(why, ERR_INVALID, S(""), S("manifest"), "A manifest is a JSON object%s" STR_FMT, own.text.len ? ": " : "",
                             STR_ARG(own.text.len ? own.text : S("")));
    TRY(settle_type(&l, media_type));
    const struct json *version = json_get(l.body, S("schemaVersion"));
    if (!version || version->type != JSON_INT || version->integer != 2)
        return refuse(&l, S("schemaVersion"), "schemaVersion is 2");
    *out = (struct manifest_facts){.media_type = l.type->name, .members = NEW_N(a, struct json, 16), .room = 16};
    str artifact = text_in(l.body, S("artifactType"));
    if (l.type->is_index)
        TRY(take_index(&l, out));
    else
        TRY(take_image(&l, out, &artifact));
    const struct json *given = json_get(l.body, S("artifactType"));
    bool is_text = !given || given->type == JSON_TEXT || given->type == JSON_NULL;
    if (!is_text || (artifact.len > 0 && !is_type(artifact)))
        return refuse(&l, S("artifactType"), "A type has at most 255 letters");
    TRY(take_subject(&l, out));
    TRY(take_annotations(&l, out));
    manifest_say(out, S("media_type"), json_of_text(l.type->name));
    manifest_say(out, S("artifact_type"), artifact.len ? json_of_text(artifact) : json_null);
    manifest_say(out, S("depth"), json_of_int(l.type->is_index));
    manifest_say(out, S("size"), json_of_int((int64_t)bytes.len));
    manifest_say(out, S("total_size"), json_of_int(l.total < INT64_MAX - (int64_t)bytes.len ? l.total + (int64_t)bytes.len : INT64_MAX));
    return ERR_OK;
}

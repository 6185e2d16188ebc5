/* Images and manifests as the schema shows them. What is cheap comes from rows; bytes are read when something of them is asked for. */
#include "base/limits.h"
#include "base/time.h"
#include "graphql/zot/internal.h"
#include "roles/registry/trust.h"

#define ANNOTATION "org.opencontainers.image."

enum { SCRATCH_BYTES = 32 << 10 };

static struct json text_or_null(str s)
{
    return s.len ? json_of_text(s) : json_null;
}

static struct json text_or_empty(str s)
{
    return json_of_text(s.len ? s : S(""));
}

static struct json size_of(struct arena *a, int64_t n)
{
    return json_of_text(arena_format(a, "%lld", (long long)n));
}

static struct json count_of(int64_t n)   /* Int has 32 bits */
{
    return json_of_int(n > INT32_MAX ? INT32_MAX : n);
}

static const struct json *list_in(const struct json *map, str name)
{
    static const struct json none = {.type = JSON_LIST};
    const struct json *v = json_get(map, name);
    return v && v->type == JSON_LIST ? v : &none;
}

struct json zot_platform(struct arena *a, const struct json *row)
{
    str os = S(""), arch = S(""), said = zot_text(row, S("platform"));
    struct json out;
    if (said.len)
        (void)str_cut(said, '/', &os, &arch);
    struct json *m = zot_map(a, &out, 2);
    m[0] = json_named(S("Os"), text_or_empty(os));
    m[1] = json_named(S("Arch"), text_or_empty(arch));
    return out;
}

/* ---- signatures, referrers ---- */

/* cosign's older way: a tag "sha256-<hex>.sig". */
static bool has_signature_tag(struct gql_execution *x, const struct zot_repo *r, str digest)
{
    str tag = signature_tag(x->arena, digest);
    return tag.len > 0 && zot_has_tag(r, tag);
}

bool zot_is_signed(struct gql_execution *x, const struct zot_repo *r, str digest)
{
    const struct json *const *about;
    size_t count = zot_about(r, digest, &about);
    for (size_t i = 0; i < count; i++)
        if (!str_is_absent(signature_tool(about[i])))
            return true;
    return has_signature_tag(x, r, digest);
}

static struct json signature_of(struct arena *a, str tool, bool is_trusted, str author)
{
    struct json out, *m = zot_map(a, &out, 3);
    m[0] = json_named(S("Tool"), json_of_text(tool));
    m[1] = json_named(S("IsTrusted"), json_of_bool(is_trusted));
    m[2] = json_named(S("Author"), text_or_empty(author));
    return out;
}

/* What could not be looked at is not trusted: there are signatures, and this is all that is known of them. */
static struct json unverified(struct gql_execution *x, const struct zot_repo *r, str digest)
{
    struct json *items = NEW_N(x->arena, struct json, LIMIT_IMAGE_SIGNATURES + 1);
    const struct json *const *about;
    size_t count = 0, most = zot_about(r, digest, &about);
    for (size_t i = 0; i < most && count < LIMIT_IMAGE_SIGNATURES; i++) {
        str tool = signature_tool(about[i]);
        if (tool.len)
            items[count++] = signature_of(x->arena, tool, false, (str){0});
    }
    if (has_signature_tag(x, r, digest))
        items[count++] = signature_of(x->arena, S("cosign"), false, (str){0});
    return json_of_list(items, count);
}

static struct json shown(struct arena *a, const struct json *found)
{
    struct json *items = NEW_N(a, struct json, found->count + 1);
    for (uint32_t i = 0; i < found->count; i++) {
        const struct json *trusted = json_get(&found->items[i], S("trusted"));
        items[i] = signature_of(a, arena_copy(a, zot_text(&found->items[i], S("tool"))), trusted && trusted->type == JSON_BOOL && trusted->boolean,
                                arena_copy(a, zot_text(&found->items[i], S("author"))));
    }
    return json_of_list(items, found->count);
}

/* Each is verified, with the keys that are trusted now; where there is none, nothing is asked. What verifying takes is given back
 * image by image: a page has many. */
static struct json signatures(struct gql_execution *x, const struct zot_repo *r, const struct json *row)
{
    const struct collection *c = model_find(principal_model(x->who), S("manifests"));
    struct json output = json_null;
    str digest = zot_text(row, S("digest"));
    if (!zot_is_signed(x, r, digest))
        return json_of_list(NEW(x->arena, struct json), 0);
    if (x->until_us && time_mono_us() > x->until_us)
        return unverified(x, r, digest);
    CLEANUP(arena_closep) struct arena *own = arena_open(SCRATCH_BYTES);
    struct problem quiet = {.arena = own};
    enum err e = gate_act(x->gate, x->who, c, zot_text(row, S("_id")), S("signatures"), NULL, &output, own, &quiet);
    return e == ERR_OK ? shown(x->arena, list_in(&output, S("signatures"))) : unverified(x, r, digest);
}

static struct json annotations(struct arena *a, const struct json *notes)
{
    size_t most = notes && notes->type == JSON_MAP ? notes->count : 0;
    struct json *items = NEW_N(a, struct json, most + 1);
    for (size_t i = 0; i < most; i++) {
        struct json *m = zot_map(a, &items[i], 2);
        m[0] = json_named(S("Key"), json_of_text(notes->items[i].name));
        m[1] = json_named(S("Value"), notes->items[i].type == JSON_TEXT ? json_of_text(notes->items[i].text) : json_of_text(S("")));
    }
    return json_of_list(items, most);
}

struct json zot_referrer(struct arena *a, str media_type, str artifact_type, int64_t size, str digest, const struct json *notes)
{
    struct json out, *m = zot_map(a, &out, 5);
    m[0] = json_named(S("MediaType"), text_or_empty(media_type));
    m[1] = json_named(S("ArtifactType"), text_or_empty(artifact_type));
    m[2] = json_named(S("Size"), count_of(size));
    m[3] = json_named(S("Digest"), json_of_text(digest));
    m[4] = json_named(S("Annotations"), annotations(a, notes));
    return out;
}

static struct json referrers(struct gql_execution *x, const struct zot_repo *r, str digest)
{
    const struct json *const *about;
    size_t count = zot_about(r, digest, &about);
    struct json *items = NEW_N(x->arena, struct json, count + 1);
    for (size_t i = 0; i < count; i++)
        items[i] = zot_referrer(x->arena, zot_text(about[i], S("media_type")), zot_text(about[i], S("artifact_type")), zot_number(about[i], S("size")),
                                zot_text(about[i], S("digest")), json_get(about[i], S("annotations")));
    return json_of_list(items, count);
}

/* ---- manifests ---- */

static struct json layer_of(struct arena *a, const struct json *descriptor)
{
    struct json out, *m = zot_map(a, &out, 2);
    m[0] = json_named(S("Size"), size_of(a, zot_number(descriptor, S("size"))));
    m[1] = json_named(S("Digest"), text_or_empty(zot_text(descriptor, S("digest"))));
    return out;
}

static struct json layers_of(struct arena *a, struct zot_bytes b)
{
    const struct json *from = list_in(b.manifest, S("layers"));
    struct json *items = NEW_N(a, struct json, from->count + 1);
    for (size_t i = 0; i < from->count; i++)
        items[i] = layer_of(a, &from->items[i]);
    return json_of_list(items, from->count);
}

static struct json config_of(struct arena *a, struct zot_bytes b)
{
    (void)a;
    return text_or_empty(zot_text(json_get(b.manifest, S("config")), S("digest")));
}

/* Steps that made a layer get it, in order. */
static struct json history_of(struct arena *a, struct zot_bytes b)
{
    const struct json *steps = list_in(b.config, S("history")), *layers = list_in(b.manifest, S("layers"));
    struct json *items = NEW_N(a, struct json, steps->count + 1);
    size_t at = 0;
    for (size_t i = 0; i < steps->count; i++) {
        const struct json *step = &steps->items[i], *flag = json_get(step, S("empty_layer"));
        bool is_empty = flag && flag->type == JSON_BOOL && flag->boolean;
        struct json said, *m = zot_map(a, &items[i], 2), *s = zot_map(a, &said, 5);
        s[0] = json_named(S("Created"), text_or_null(zot_text(step, S("created"))));
        s[1] = json_named(S("CreatedBy"), text_or_empty(zot_text(step, S("created_by"))));
        s[2] = json_named(S("Author"), text_or_empty(zot_text(step, S("author"))));
        s[3] = json_named(S("Comment"), text_or_empty(zot_text(step, S("comment"))));
        s[4] = json_named(S("EmptyLayer"), json_of_bool(is_empty));
        m[0] = json_named(S("Layer"), !is_empty && at < layers->count ? layer_of(a, &layers->items[at]) : json_null);
        m[1] = json_named(S("HistoryDescription"), said);
        at += !is_empty;
    }
    return json_of_list(items, steps->count);
}

/* Members that are in the bytes. */
static const struct {
    str field;
    struct json (*of)(struct arena *a, struct zot_bytes b);
} looked_up[] = {{STR("ConfigDigest"), config_of}, {STR("Layers"), layers_of}, {STR("History"), history_of}};

static struct json part_member(struct gql_execution *x, const struct zot_part *p, str name, str digest)
{
    if (str_equal(name, S("Digest")))
        return json_of_text(digest);
    if (str_equal(name, S("LastUpdated")))
        return text_or_null(zot_text(p->row, S("created_at")));
    if (str_equal(name, S("Size")))
        return size_of(x->arena, zot_number(p->row, S("total_size")));
    if (str_equal(name, S("IsSigned")))
        return json_of_bool(zot_is_signed(x, p->repo, digest));
    if (str_equal(name, S("SignatureInfo")))
        return signatures(x, p->repo, p->row);
    if (str_equal(name, S("Platform")))
        return zot_platform(x->arena, p->row);
    if (str_equal(name, S("DownloadCount")))
        return count_of(zot_number(p->row, S("pulls")));
    if (str_equal(name, S("Vulnerabilities")))
        return zot_part_summary(x, p);
    if (str_equal(name, S("Referrers")))
        return referrers(x, p->repo, digest);
    return text_or_empty(zot_text(p->row, S("artifact_type")));
}

enum err zot_part_field(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    const struct zot_part *p = self;
    (void)why;
    *out = (struct gql_thing){.kind = GQL_THING_LEAF};
    for (size_t i = 0; i < COUNTOF(looked_up); i++)
        if (str_equal(looked_up[i].field, node->field->name)) {
            CLEANUP(arena_closep) struct arena *own = arena_open(SCRATCH_BYTES);
            struct json v = looked_up[i].of(own, zot_look(x, p, own));
            out->leaf = json_copy(x->arena, &v);
            return ERR_OK;
        }
    out->leaf = part_member(x, p, node->field->name, zot_text(p->row, S("digest")));
    return ERR_OK;
}

static struct gql_thing parts_of(struct gql_execution *x, const struct zot_image *i)
{
    struct gql_thing *things = NEW_N(x->arena, struct gql_thing, i->part_count + 1);
    for (size_t k = 0; k < i->part_count; k++)
        things[k] = (struct gql_thing){.kind = GQL_THING_OBJECT, .self = &i->parts[k]};
    return (struct gql_thing){.kind = GQL_THING_LIST, .items = things, .count = i->part_count};
}

/* ---- images ---- */

/* Of the manifest, then of the index, then the configuration's label. */
str zot_annotation(struct gql_execution *x, const struct zot_image *i, str name)
{
    str key = arena_format(x->arena, ANNOTATION STR_FMT, STR_ARG(name)), found = {0};
    for (size_t k = 0; k < i->part_count && !found.len; k++)
        found = zot_text(json_get(i->parts[k].row, S("annotations")), key);
    if (!found.len)
        found = zot_text(json_get(i->row, S("annotations")), key);
    for (size_t k = 0; k < i->part_count && !found.len; k++) {
        CLEANUP(arena_closep) struct arena *own = arena_open(SCRATCH_BYTES);
        const struct json *config = zot_look(x, &i->parts[k], own).config;
        found = zot_text(json_get(json_get(config, S("config")), S("Labels")), key);
        if (!found.len && str_equal(name, S("authors")))
            found = zot_text(config, S("author"));
        found = found.len ? arena_copy(x->arena, found) : found;
    }
    return found;
}

static int64_t image_size(const struct zot_image *i)
{
    bool is_index = i->part_count != 1 || i->parts[0].row != i->row;
    int64_t sum = is_index ? zot_number(i->row, S("size")) : 0;
    for (size_t k = 0; k < i->part_count; k++)
        sum += zot_number(i->parts[k].row, S("total_size"));
    return sum;
}

static const struct {
    str field, annotation;
} annotated[] = {
    {STR("Description"), STR("description")}, {STR("Licenses"), STR("licenses")}, {STR("Labels"), STR("labels")},
    {STR("Title"), STR("title")},             {STR("Source"), STR("source")},     {STR("Documentation"), STR("documentation")},
    {STR("Vendor"), STR("vendor")},           {STR("Authors"), STR("authors")},
};

/* Members that are a row's value as it is: of the tag, else of the manifest. */
static const struct {
    str field, member;
    bool of_tag;
} told[] = {
    {STR("Digest"), STR("digest"), false},
    {STR("MediaType"), STR("media_type"), false},
    {STR("LastPullTimestamp"), STR("pulled_at"), false}, /* by whatever name, like DownloadCount */
    {STR("PushTimestamp"), STR("pushed_at"), false},
    {STR("TaggedTimestamp"), STR("pushed_at"), true},
};

/* Tags that do not move do not go. */
static bool stays(const struct zot_image *i)
{
    const struct json *fixed = json_get(i->repo->row, S("immutable_tags"));
    return i->tag_row && fixed && fixed->type == JSON_BOOL && fixed->boolean;
}

static struct json other_member(struct gql_execution *x, const struct zot_image *i, str name, str digest)
{
    if (str_equal(name, S("RepoName")))
        return json_of_text(i->repo->name);
    if (str_equal(name, S("Tag")))
        return json_of_text(i->tag);
    if (str_equal(name, S("Size")))
        return size_of(x->arena, image_size(i));
    if (str_equal(name, S("LastUpdated")))
        return text_or_null(i->updated);
    if (str_equal(name, S("DownloadCount")))
        return count_of(zot_number(i->row, S("pulls")));
    if (str_equal(name, S("IsSigned")))
        return json_of_bool(zot_is_signed(x, i->repo, digest));
    if (str_equal(name, S("SignatureInfo")))
        return signatures(x, i->repo, i->row);
    if (str_equal(name, S("Referrers")))
        return referrers(x, i->repo, digest);
    if (str_equal(name, S("Vulnerabilities")))
        return zot_image_summary(x, i);
    if (str_equal(name, S("IsDeletable")))
        return json_of_bool(!stays(i) && gate_deletes(x->gate, x->who, i->repo->name, x->arena));
    if (str_equal(name, S("ArtifactType")))
        return text_or_empty(zot_text(i->row, S("artifact_type")));
    return json_of_text(S("")); /* PushedBy: who it was is the journal's */
}

enum err zot_image_field(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    const struct zot_image *i = self;
    str name = node->field->name;
    (void)why;
    if (str_equal(name, S("Manifests"))) {
        *out = parts_of(x, i);
        return ERR_OK;
    }
    *out = (struct gql_thing){.kind = GQL_THING_LEAF};
    for (size_t k = 0; k < COUNTOF(told); k++)
        if (str_equal(told[k].field, name)) {
            out->leaf = text_or_null(zot_text(told[k].of_tag ? i->tag_row : i->row, told[k].member));
            return ERR_OK;
        }
    for (size_t k = 0; k < COUNTOF(annotated); k++)
        if (str_equal(annotated[k].field, name)) {
            out->leaf = text_or_empty(zot_annotation(x, i, annotated[k].annotation));
            return ERR_OK;
        }
    out->leaf = other_member(x, i, name, zot_text(i->row, S("digest")));
    return ERR_OK;
}

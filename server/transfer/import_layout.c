/* Repositories out of layouts on disk: manifests in the order of what they need, by the rules of every push; bytes are linked
 * where they can be (content/bytes/adopt.h). What is here already is passed over, so that an import can be repeated and goes on where
 * it was cut off. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/map.h"
#include "content/bytes/blob.h"
#include "roles/registry/adopt.h"
#include "server/transfer/import_parts.h"
#include "server/transfer/import_sources.h"
#include "server/transfer/layout.h"
#include "server/transfer/layout_trust.h"

struct taking {
    struct layout_sink sink;          /* first */
    struct transfer *to;
    struct problem *why;
    struct arena *arena;
    uint64_t ways[ADOPTED_COUNT];
};

/* Of one repository. */
struct place {
    struct taking *t;
    const struct layout *layout;
    str name;
    struct arena *arena;
    struct map *layers;               /* digests of layers that were looked at */
    struct map *done;                 /* digests of manifests: `is_in` or `is_out` */
    bool is_in, is_out;
};

static struct gate *gate_of(const struct taking *t)
{
    return transfer_app(t->to)->gate;
}

static void tell_fault(struct taking *t, str path, str text)
{
    transfer_tell(t->to, arena_format(t->arena, STR_FMT ": " STR_FMT, STR_ARG(path), STR_ARG(text)));
}

static str said(const struct problem *why)
{
    return why->fault_count ? why->faults[0].text : why->text;
}

static bool is_fatal(enum err e)
{
    return e == ERR_UNAVAILABLE || e == ERR_FULL || e == ERR_INTERNAL;
}

/* The end when nothing can be written, else a fault and on it goes. */
static enum err settle(struct place *p, str what, str digest, enum err e, const struct problem *own)
{
    struct taking *t = p->t;
    if (is_fatal(e))
        return problem_set(t->why, e, STR_FMT, STR_ARG(said(own)));
    if (e != ERR_OK)
        tell_fault(t, arena_format(t->arena, STR_FMT ": " STR_FMT, STR_ARG(p->name), STR_ARG(digest)), said(own));
    transfer_count(t->to, what, e == ERR_OK);
    return ERR_OK;
}

/* ---- layers ---- */

static enum err adopt(struct place *p, str digest, int fd, struct arena *a, struct problem *own)
{
    enum adopted how = ADOPTED_THERE;
    if (!transfer_is_dry(p->t->to))
        TRY(gate_layer_adopt(gate_of(p->t), principal_system(gate_of(p->t), a, SYSTEM_COMMAND), p->name, digest, fd, a, &how, own));
    p->t->ways[how]++;
    return ERR_OK;
}

/* One that is not there is told by the manifest, which may do without it. */
static enum err take_layer(struct place *p, const struct json *descriptor)
{
    str digest = text_member(descriptor, S("digest"));
    if (!blob_digest_valid(digest) || map_get(p->layers, digest))
        return ERR_OK;
    (void)map_put(p->layers, arena_copy(p->arena, digest), p);
    int fd = layout_blob(p->layout, digest);
    if (fd < 0)
        return ERR_OK;
    struct arena *a = arena_open(16u << 10);
    struct problem own = {.arena = a};
    enum err e = adopt(p, digest, fd, a, &own);
    (void)close(fd);
    e = settle(p, S("layers"), digest, e, &own);
    arena_close(a);
    return e;
}

static enum err take_layers(struct place *p, const struct json *body)
{
    const struct json *layers = json_get(body, S("layers")), *config = json_get(body, S("config"));
    if (config)
        TRY(take_layer(p, config));
    for (uint32_t i = 0; layers && layers->type == JSON_LIST && i < layers->count; i++)
        TRY(take_layer(p, &layers->items[i]));
    return ERR_OK;
}

/* ---- manifests ---- */

static enum err take_manifest(struct place *p, const struct layout_entry *m, unsigned depth);

/* Those that an index lists; one that the layout has not is told by the index, which may do without it. */
static enum err take_children(struct place *p, const struct json *body, unsigned depth)
{
    const struct json *list = json_get(body, S("manifests"));
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++) {
        struct layout_entry child = {.digest = text_member(&list->items[i], S("digest")), .media_type = text_member(&list->items[i], S("mediaType"))};
        if (!blob_digest_valid(child.digest))
            continue;
        int fd = layout_blob(p->layout, child.digest);
        if (fd < 0)
            continue;
        (void)close(fd);
        TRY(take_manifest(p, &child, depth - 1));
    }
    return ERR_OK;
}

/* What nothing says is what the members say. */
static str media_type_of(const struct layout_entry *m, const struct json *body)
{
    if (m->media_type.len || text_member(body, S("mediaType")).len)
        return m->media_type;
    return json_get(body, S("manifests")) ? S("application/vnd.oci.image.index.v1+json") : (str){0};
}

static enum err put(struct place *p, const struct layout_entry *m, str bytes, const struct json *body, struct arena *a, struct problem *own)
{
    struct manifest_made made;
    struct manifest_wish wish = {.repository = p->name, .reference = m->digest, .media_type = media_type_of(m, body), .bytes = bytes, .tags = &m->tag,
                                 .tag_count = str_is_absent(m->tag) ? 0 : 1};
    if (transfer_is_dry(p->t->to))
        return ERR_OK;
    return gate_manifest_put(gate_of(p->t), principal_system(gate_of(p->t), a, SYSTEM_COMMAND), &wish, a, &made, own);
}

static enum err bring(struct place *p, const struct layout_entry *m, unsigned depth, struct arena *a, struct problem *own)
{
    str bytes;
    const struct json *body;
    if (depth == 0)
        return problem_set(own, ERR_BAD_INPUT, "Indexes within indexes are at most %u deep", LIMIT_INDEX_DEPTH);
    TRY(layout_blob_read(p->layout, m->digest, LIMIT_MANIFEST_BYTES, a, &bytes, own));
    TRY(json_read(a, bytes, NULL, S(""), &body, own));
    TRY(take_layers(p, body));
    TRY(take_children(p, body, depth));
    return put(p, m, bytes, body, a, own);
}

static enum err is_here(struct place *p, const struct layout_entry *m, struct arena *a, bool *out)
{
    const struct principal *who = principal_system(gate_of(p->t), a, SYSTEM_COMMAND);
    size_t count = str_is_absent(m->tag) ? 0 : 1;
    return gate_manifest_is_here(gate_of(p->t), who, p->name, m->digest, &m->tag, count, a, out, p->t->why);
}

static enum err take_manifest(struct place *p, const struct layout_entry *m, unsigned depth)
{
    const void *before = map_get(p->done, m->digest);
    bool has_tag = !str_is_absent(m->tag), is_known = false;
    if (before && (!has_tag || before == &p->is_out))
        return ERR_OK;
    struct arena *a = arena_open(64u << 10);
    struct problem own = {.arena = a};
    enum err e = is_here(p, m, a, &is_known);
    enum err made = e == ERR_OK && !is_known ? bring(p, m, depth, a, &own) : ERR_OK;
    if (e == ERR_OK && p->t->why->err == ERR_OK)
        e = settle(p, has_tag ? S("tags") : S("manifests"), m->digest, made, &own);
    (void)map_put(p->done, arena_copy(p->arena, m->digest), made == ERR_OK ? &p->is_in : &p->is_out);
    arena_close(a);
    return e == ERR_OK ? p->t->why->err : e;
}

/* ---- repositories ---- */

static enum err take_entries(struct place *p, const struct layout_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct layout_entry m = entries[i];
        if (!str_is_absent(m.tag) && !tag_name_valid(m.tag)) {
            tell_fault(p->t, p->name, arena_format(p->t->arena, STR_FMT " is no tag; its manifest comes without one", STR_ARG(m.tag)));
            m.tag = (str){0};
        }
        TRY(take_manifest(p, &m, LIMIT_INDEX_DEPTH));
        transfer_show(p->t->to, (double)(i + 1) / (double)count);
    }
    return ERR_OK;
}

static enum err take_repository(struct layout_sink *self, const struct layout *l, str name, const struct layout_entry *entries, size_t count)
{
    struct taking *t = (struct taking *)(void *)self;
    if (!repository_name_valid(name)) {
        tell_fault(t, name, S("It is no name of a repository; --repository gives a single layout one"));
        transfer_count(t->to, S("repositories"), false);
        return ERR_OK;
    }
    struct place p = {.t = t, .layout = l, .name = name, .arena = arena_open(64u << 10)};
    p.layers = map_new(p.arena, count + 16);
    p.done = map_new(p.arena, count + 16);
    enum err e = take_entries(&p, entries, count);
    if (e == ERR_OK)
        transfer_count(t->to, S("repositories"), true);
    arena_close(p.arena);
    return e;
}

static void take_fault(struct layout_sink *self, str path, str text)
{
    struct taking *t = (struct taking *)(void *)self;
    tell_fault(t, path, text);
    transfer_count(t->to, S("repositories"), false);
}

static enum err import_by(struct transfer *t, const char *path, struct problem *why,
                          enum err (*walk)(str path, str name, struct layout_sink *sink, struct arena *a, size_t *found, struct problem *why))
{
    struct taking g = {{take_repository, take_fault}, t, why, arena_open(64u << 10), {0}};
    size_t found = 0;
    enum err e = gate_catch_up(gate_of(&g), why);
    if (e == ERR_OK)
        e = walk(str_of(path), transfer_word(t, "repository"), &g.sink, g.arena, &found, why);
    if (e == ERR_OK && found == 0)
        e = problem_set(why, ERR_NOT_FOUND, "There is no such repository in %s", path);
    transfer_tell_count(t, g.ways[ADOPTED_LINKED], "files are shared with the layout now, and read-only");
    transfer_tell_count(t, g.ways[ADOPTED_CLONED] + g.ways[ADOPTED_COPIED],
                        "files were copied: they belong to somebody else, or lie on another file system");
    arena_close(g.arena);
    return e;
}

enum err import_oci_layout(struct transfer *t, const char *path, struct problem *why)
{
    TRY(import_by(t, path, why, layout_walk_oci));
    return layout_trust_keys(t, path, why);
}

enum err import_distribution(struct transfer *t, const char *path, struct problem *why)
{
    return import_by(t, path, why, layout_walk_distribution);
}

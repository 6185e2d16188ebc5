/* Which repositories lie below a folder, and which manifests and tags they have. */
#include "server/transfer/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "content/bytes/blob.h"

#define INDEX_BYTES (64u << 20)
#define INDEX_VALUES 4000000u
#define LINK_BYTES 256u
#define REF_NAME "org.opencontainers.image.ref.name"

struct walk {
    struct layout_sink *sink;
    struct arena *arena;              /* names on the way */
    struct problem *why;
    str root;                         /* as it was given */
    str only;                         /* {0}: all */
    int blobs;                        /* distribution: one for all repositories */
    size_t found;
};

static str text_in(const struct json *v, str name)
{
    const struct json *t = json_get(v, name);
    return t && t->type == JSON_TEXT ? t->text : (str){0};
}

static void fault(struct walk *w, str name, const char *file, str text)
{
    w->sink->fault(w->sink, arena_format(w->arena, STR_FMT "%s" STR_FMT "/%s", STR_ARG(w->root), name.len ? "/" : "", STR_ARG(name.len ? name : S("")), file), text);
}

static str join(struct walk *w, str above, str name)
{
    return above.len ? arena_format(w->arena, STR_FMT "/" STR_FMT, STR_ARG(above), STR_ARG(name)) : name;
}

static int open_root(str path, struct arena *a, struct problem *why)
{
    int fd = open(arena_cstr(a, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        err_ignored(problem_set(why, ERR_NOT_FOUND, STR_FMT ": %s", STR_ARG(path), strerror(errno)));
    return fd;
}

/* ---- OCI image layouts ---- */

static bool is_layout(int folder)
{
    int fd = layout_file(folder, "oci-layout");
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

static enum err read_json(int folder, const char *file, size_t most, struct arena *a, const struct json **out, struct problem *why)
{
    str text;
    struct json_options options = {.count_max = INDEX_VALUES};
    TRY(layout_read(folder, file, most, a, &text, why));
    TRY(json_read(a, text, &options, S(""), out, why));
    return (*out)->type == JSON_MAP ? ERR_OK : problem_set(why, ERR_BAD_INPUT, "It is no object");
}

static str said(const struct problem *why)
{
    return why->text.len ? why->text : why->fault_count ? why->faults[0].text : S("It cannot be read");
}

/* Some tools write whole references there: registry/name:tag. */
static str tag_of(str ref_name)
{
    for (size_t i = ref_name.len; i > 0; i--)
        if (ref_name.at[i - 1] == ':' || ref_name.at[i - 1] == '/')
            return ref_name.at[i - 1] == ':' ? str_slice(ref_name, i, ref_name.len) : ref_name;
    return ref_name;
}

static enum err take_index(struct walk *w, const struct layout *l, str name, const struct json *index, struct arena *a)
{
    const struct json *list = json_get(index, S("manifests"));
    size_t count = 0;
    if (!list || list->type != JSON_LIST) {
        fault(w, name, "index.json", S("It has no list of manifests"));
        return ERR_OK;
    }
    struct layout_entry *entries = NEW_N(a, struct layout_entry, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *d = &list->items[i];
        str digest = text_in(d, S("digest"));
        if (!blob_digest_valid(digest))
            fault(w, name, "index.json", arena_format(a, "Entry %u has no digest of SHA-256 or SHA-512", i));
        else
            entries[count++] = (struct layout_entry){digest, text_in(d, S("mediaType")), tag_of(text_in(json_get(d, S("annotations")), S(REF_NAME)))};
    }
    return w->sink->repository(w->sink, l, name, entries, count);
}

static enum err take_layout(struct walk *w, int folder, str name)
{
    struct arena *a = arena_open(64u << 10);
    struct problem own = {.arena = a};
    const struct json *v;
    const char *file = "oci-layout";
    enum err e = read_json(folder, file, LINK_BYTES, a, &v, &own);
    w->found++;
    if (e == ERR_OK && !str_equal(text_in(v, S("imageLayoutVersion")), S("1.0.0")))
        e = problem_set(&own, ERR_BAD_INPUT, "imageLayoutVersion is not 1.0.0");
    if (e == ERR_OK)
        e = read_json(folder, file = "index.json", INDEX_BYTES, a, &v, &own);
    struct layout l = {LAYOUT_OCI, e == ERR_OK ? layout_folder(folder, file = "blobs") : -1};
    if (e == ERR_OK && l.blobs < 0)
        e = problem_set(&own, ERR_BAD_INPUT, "%s", strerror(errno));
    enum err taken = ERR_OK;
    if (e == ERR_OK)
        taken = take_index(w, &l, name, v, a);
    else
        fault(w, name, file, said(&own));
    if (l.blobs >= 0)
        (void)close(l.blobs);
    arena_close(a);
    return taken;
}

/* Folders whose names begin with "_" are zot's own; names are no longer than repositories' may be, so this ends. */
static enum err walk_oci(struct walk *w, int folder, str name)
{
    bool is_one = is_layout(folder);
    str *names;
    size_t count;
    if (is_one)
        TRY(take_layout(w, folder, name));
    TRY(layout_names(folder, w->arena, &names, &count, w->why));
    for (size_t i = 0; i < count; i++) {
        str below = join(w, name, names[i]);
        bool is_ours = names[i].at[0] == '_' || (is_one && str_equal(names[i], S("blobs")));
        int next = is_ours || below.len > LIMIT_REPOSITORY_BYTES ? -1 : layout_folder(folder, arena_cstr(w->arena, names[i]));
        if (next < 0)
            continue;
        enum err e = walk_oci(w, next, below);
        (void)close(next);
        TRY(e);
    }
    return ERR_OK;
}

static str last_part(struct arena *a, str path)
{
    char *place = realpath(arena_cstr(a, path), NULL);
    str whole = place ? arena_copy(a, str_of(place)) : path;
    free(place);
    for (size_t i = whole.len; i > 0; i--)
        if (whole.at[i - 1] == '/')
            return str_slice(whole, i, whole.len);
    return whole;
}

enum err layout_walk_oci(str path, str name, struct layout_sink *sink, struct arena *a, size_t *found, struct problem *why)
{
    struct walk w = {.sink = sink, .arena = a, .why = why, .root = path};
    int root = open_root(path, a, why);
    if (root < 0)
        return why->err;
    bool is_one = is_layout(root);
    enum err e = ERR_OK;
    if (!is_one && !str_is_absent(name))
        e = problem_set(why, ERR_BAD_INPUT, "--repository names a single layout, and " STR_FMT " is none", STR_ARG(path));
    else if (is_one) {
        w.root = S("");
        e = take_layout(&w, root, str_is_absent(name) ? last_part(a, path) : name);
    } else
        e = walk_oci(&w, root, S(""));
    (void)close(root);
    *found = w.found;
    return e;
}

/* ---- distribution's ---- */

struct links {
    struct layout_entry *at;
    size_t count, room;
};

static void add_link(struct links *l, struct arena *a, str digest, str tag)
{
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 64;
        l->at = arena_grow(a, l->at, l->room * sizeof *l->at, room * sizeof *l->at);
        l->room = room;
    }
    l->at[l->count++] = (struct layout_entry){.digest = digest, .tag = tag};
}

/* The digest in FOLDER/link; {0} and told. */
static str read_link(struct walk *w, int folder, const char *file, struct arena *a, str where, str below)
{
    struct problem own = {.arena = a};
    str text = {0};
    enum err e = layout_read(folder, file, LINK_BYTES, a, &text, &own);
    while (text.len && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == '\r'))
        text.len--;
    if (e == ERR_OK && blob_digest_valid(text))
        return text;
    fault(w, where, arena_cstr(a, arena_format(a, STR_FMT "/%s", STR_ARG(below), file)), e == ERR_OK ? S("It holds no digest") : said(&own));
    return (str){0};
}

static enum err take_tags(struct walk *w, int manifests, str name, struct arena *a, struct links *out)
{
    int tags = layout_folder(manifests, "tags");
    str *names;
    size_t count = 0;
    enum err e = tags < 0 ? ERR_OK : layout_names(tags, a, &names, &count, w->why);
    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        int tag = layout_folder(tags, arena_cstr(a, names[i])), current = tag < 0 ? -1 : layout_folder(tag, "current");
        str digest = current < 0 ? (str){0} : read_link(w, current, "link", a, name, arena_format(a, "_manifests/tags/" STR_FMT "/current", STR_ARG(names[i])));
        if (digest.len)
            add_link(out, a, digest, names[i]);
        if (tag >= 0)
            (void)close(tag);
        if (current >= 0)
            (void)close(current);
    }
    if (tags >= 0)
        (void)close(tags);
    return e;
}

static enum err take_revisions(struct walk *w, int manifests, const char *kind, str name, struct arena *a, struct links *out)
{
    int revisions = layout_folder(manifests, "revisions"), folder = revisions < 0 ? -1 : layout_folder(revisions, kind);
    str *names;
    size_t count = 0;
    enum err e = folder < 0 ? ERR_OK : layout_names(folder, a, &names, &count, w->why);
    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        int one = layout_folder(folder, arena_cstr(a, names[i]));
        if (one < 0)
            continue;
        str digest = read_link(w, one, "link", a, name, arena_format(a, "_manifests/revisions/%s/" STR_FMT, kind, STR_ARG(names[i])));
        (void)close(one);
        if (digest.len)
            add_link(out, a, digest, (str){0});
    }
    if (folder >= 0)
        (void)close(folder);
    if (revisions >= 0)
        (void)close(revisions);
    return e;
}

/* A repository has a folder _manifests. */
static enum err take_repository(struct walk *w, int manifests, str name)
{
    struct arena *a = arena_open(64u << 10);
    struct links links = {0};
    struct layout l = {LAYOUT_DISTRIBUTION, w->blobs};
    w->found++;
    enum err e = take_revisions(w, manifests, "sha256", name, a, &links);
    if (e == ERR_OK)
        e = take_revisions(w, manifests, "sha512", name, a, &links);
    if (e == ERR_OK)
        e = take_tags(w, manifests, name, a, &links);
    if (e == ERR_OK)
        e = w->sink->repository(w->sink, &l, name, links.at, links.count);
    arena_close(a);
    return e;
}

static enum err walk_distribution(struct walk *w, int folder, str name)
{
    int manifests = layout_folder(folder, "_manifests");
    str *names;
    size_t count;
    if (manifests >= 0 && (str_is_absent(w->only) || str_equal(w->only, name))) {
        enum err e = take_repository(w, manifests, name);
        (void)close(manifests);
        TRY(e);
    } else if (manifests >= 0)
        (void)close(manifests);
    TRY(layout_names(folder, w->arena, &names, &count, w->why));
    for (size_t i = 0; i < count; i++) {
        str below = join(w, name, names[i]);
        int next = names[i].at[0] == '_' || below.len > LIMIT_REPOSITORY_BYTES ? -1 : layout_folder(folder, arena_cstr(w->arena, names[i]));
        if (next < 0)
            continue;
        enum err e = walk_distribution(w, next, below);
        (void)close(next);
        TRY(e);
    }
    return ERR_OK;
}

enum err layout_walk_distribution(str path, str name, struct layout_sink *sink, struct arena *a, size_t *found, struct problem *why)
{
    struct walk w = {.sink = sink, .arena = a, .why = why, .root = arena_format(a, STR_FMT "/docker/registry/v2/repositories", STR_ARG(path)), .only = name};
    str root_path = arena_format(a, STR_FMT "/docker/registry/v2", STR_ARG(path));
    if (access(arena_cstr(a, root_path), F_OK) != 0) { /* or that folder itself */
        root_path = path;
        w.root = arena_format(a, STR_FMT "/repositories", STR_ARG(path));
    }
    int root = open_root(root_path, a, why), repositories = root < 0 ? -1 : layout_folder(root, "repositories");
    w.blobs = root < 0 ? -1 : layout_folder(root, "blobs");
    enum err e = root < 0 ? why->err : ERR_OK;
    if (root >= 0 && (repositories < 0 || w.blobs < 0))
        e = problem_set(why, ERR_BAD_INPUT, STR_FMT " is no storage of distribution: there is no docker/registry/v2 with blobs and repositories", STR_ARG(path));
    if (e == ERR_OK)
        e = walk_distribution(&w, repositories, S(""));
    for (size_t i = 0; i < 3; i++) {
        int fds[] = {root, repositories, w.blobs};
        if (fds[i] >= 0)
            (void)close(fds[i]);
    }
    *found = w.found;
    return e;
}

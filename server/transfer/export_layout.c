#include "server/transfer/export_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"
#include "roles/registry/adopt.h"
#include "server/transfer/each_item.h"
#include "server/transfer/import_parts.h"

#define COPY_BYTES (256u << 10)
#define INDEX_BYTES (1u << 30)
#define REF_NAME "org.opencontainers.image.ref.name"
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

struct manifest {
    str id, digest, media_type;
    int64_t size;
    bool is_listed;                   /* an index or a tag names it */
};

/* One repository on its way out. */
struct layout_out {
    struct item_sink sink;            /* first */
    struct app *app;
    const struct principal *who;
    struct problem *why;
    struct layout_figures *figures;
    struct arena *arena;
    str collection;                   /* whose bytes are written */
    bool links;
    int folder, blobs;
    char *bytes;
    struct manifest *manifests;
    size_t count, room;
    struct map *by_id;                /* of manifests: index + 1 */
    struct json_writer index;
};

static enum err failed(struct problem *why, const char *what)
{
    return problem_disk(why, "%s cannot be written", what);
}

/* ---- files ---- */

static int make_folder(int at, const char *name)
{
    return mkdirat(at, name, 0777) == 0 || errno == EEXIST ? openat(at, name, FOLDER_FLAGS | O_NOFOLLOW) : -1;
}

/* Part by part: acme/app is two folders. */
static int make_folders(int at, str name, struct arena *a)
{
    int here = dup(at);
    str rest = name, part;
    bool ended = false;
    while (here >= 0 && str_next(&rest, &ended, '/', &part)) {
        int next = make_folder(here, arena_cstr(a, part)), cause = errno;
        (void)close(here);
        errno = cause;
        here = next;
    }
    return here;
}

/* Closes it. */
static enum err put_in_place(int folder, int fd, const char *fresh, const char *name, struct problem *why)
{
    bool is_whole = fsync(fd) == 0;
    is_whole = close(fd) == 0 && is_whole;
    return is_whole && renameat(folder, fresh, folder, name) == 0 ? ERR_OK : failed(why, name);
}

static int begin_file(int folder, const char *fresh)
{
    (void)unlinkat(folder, fresh, 0);
    return openat(folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

static enum err copy_bytes(struct layout_out *l, int folder, const char *name, struct registry_bytes *from)
{
    const char *fresh = ".fresh";
    int fd = begin_file(folder, fresh);
    if (fd < 0)
        return failed(l->why, name);
    for (uint64_t at = 0; at < from->size;) {
        size_t got = 0;
        enum err e = registry_read(from, at, l->bytes, COPY_BYTES, &got, l->why);
        if (e == ERR_OK && got == 0)
            e = problem_set(l->why, ERR_UNAVAILABLE, "The bytes of " STR_FMT " end too early", STR_ARG(from->digest));
        if (e == ERR_OK && !file_write(fd, l->bytes, got))
            e = failed(l->why, name);
        if (e != ERR_OK) {
            (void)close(fd);
            (void)unlinkat(folder, fresh, 0);
            return e;
        }
        at += got;
    }
    return put_in_place(folder, fd, fresh, name, l->why);
}

static bool link_bytes(int folder, const char *name, const struct registry_bytes *from)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", registry_file(from));
    return linkat(AT_FDCWD, path, folder, name, AT_SYMLINK_FOLLOW) == 0;
}

static enum err write_blob(struct layout_out *l, int folder, const char *name, struct registry_bytes *from)
{
    struct stat st;
    bool is_there = fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (is_there && S_ISREG(st.st_mode) && (uint64_t)st.st_size == from->size)
        return ERR_OK;
    if (is_there && unlinkat(folder, name, 0) != 0)
        return failed(l->why, name);
    l->figures->written++;
    return l->links && link_bytes(folder, name, from) ? ERR_OK : copy_bytes(l, folder, name, from);
}

static enum err take_blob(struct layout_out *l, str id, struct arena *a)
{
    struct registry_bytes from;
    str kind, hex;
    TRY(gate_registry_open(l->app->gate, l->who, l->collection, id, a, &from, l->why));
    must(str_cut(from.digest, ':', &kind, &hex));
    int folder = make_folder(l->blobs, arena_cstr(a, kind));
    enum err e = folder < 0 ? failed(l->why, "blobs") : write_blob(l, folder, arena_cstr(a, hex), &from);
    if (folder >= 0)
        (void)close(folder);
    registry_close(&from);
    return e;
}

/* ---- what it has ---- */

static enum err take_layer(struct item_sink *self, const struct json *item, struct arena *a)
{
    return take_blob((struct layout_out *)(void *)self, text_member(item, S("_id")), a);
}

static enum err take_manifest(struct item_sink *self, const struct json *item, struct arena *a)
{
    struct layout_out *l = (struct layout_out *)(void *)self;
    const struct json *size = json_get(item, S("size"));
    str id = text_member(item, S("_id"));
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 64;
        l->manifests = arena_grow(l->arena, l->manifests, l->room * sizeof *l->manifests, room * sizeof *l->manifests);
        l->room = room;
    }
    l->manifests[l->count++] = (struct manifest){arena_copy(l->arena, id), arena_copy(l->arena, text_member(item, S("digest"))),
                                                 arena_copy(l->arena, text_member(item, S("media_type"))),
                                                 size && size->type == JSON_INT ? size->integer : 0, false};
    (void)map_put(l->by_id, l->manifests[l->count - 1].id, (void *)(uintptr_t)l->count);
    l->figures->manifests++;
    return take_blob(l, id, a);
}

/* NULL: it was pushed meanwhile. */
static struct manifest *manifest_of(struct layout_out *l, str id)
{
    size_t at = (size_t)(uintptr_t)map_get(l->by_id, id);
    return at ? &l->manifests[at - 1] : NULL;
}

static str id_of(const struct json *v)
{
    return v && v->type == JSON_TEXT ? v->text : text_member(v, S("_id"));
}

static enum err take_listed(struct item_sink *self, const struct json *item, struct arena *a)
{
    struct layout_out *l = (struct layout_out *)(void *)self;
    const struct json *list = json_get(item, S("manifests"));
    (void)a;
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++) {
        struct manifest *m = manifest_of(l, id_of(&list->items[i]));
        if (m)
            m->is_listed = true;
    }
    return ERR_OK;
}

/* ---- index.json ---- */

static void write_entry(struct layout_out *l, const struct manifest *m, str tag)
{
    struct json_writer *w = &l->index;
    json_map_open(w);
    json_name(w, S("mediaType"));
    json_text(w, m->media_type);
    json_name(w, S("digest"));
    json_text(w, m->digest);
    json_name(w, S("size"));
    json_int(w, m->size);
    if (!str_is_absent(tag)) {
        json_name(w, S("annotations"));
        json_map_open(w);
        json_name(w, S(REF_NAME));
        json_text(w, tag);
        json_map_close(w);
    }
    json_map_close(w);
}

static enum err take_tag(struct item_sink *self, const struct json *item, struct arena *a)
{
    struct layout_out *l = (struct layout_out *)(void *)self;
    struct manifest *m = manifest_of(l, id_of(json_get(item, S("manifest"))));
    (void)a;
    if (!m)
        return ERR_OK;
    m->is_listed = true;
    l->figures->tags++;
    write_entry(l, m, text_member(item, S("name")));
    return ERR_OK;
}

static enum err write_text(struct layout_out *l, const char *name, str text)
{
    int fd = begin_file(l->folder, ".fresh");
    if (fd < 0 || !file_write(fd, text.at, text.len)) {
        enum err e = failed(l->why, name);
        if (fd >= 0)
            (void)close(fd);
        return e;
    }
    return put_in_place(l->folder, fd, ".fresh", name, l->why);
}

static enum err each(struct layout_out *l, str collection, const str *fields, size_t count, str repository,
                     enum err (*item)(struct item_sink *self, const struct json *item, struct arena *a))
{
    const struct item_wish wish = {.collection = collection, .fields = fields, .field_count = count, .is = S("repository"), .value = repository};
    l->sink.item = item;
    l->collection = collection;
    return each_item(l->app, l->who, &wish, &l->sink, l->why);
}

static enum err write_index(struct layout_out *l, str repository)
{
    static const str of_tags[] = {STR("name"), STR("manifest")};
    struct buf text;
    str whole;
    buf_init(&text, NULL, INDEX_BYTES);
    json_begin(&l->index, &text);
    json_map_open(&l->index);
    json_name(&l->index, S("schemaVersion"));
    json_int(&l->index, 2);
    json_name(&l->index, S("mediaType"));
    json_text(&l->index, S("application/vnd.oci.image.index.v1+json"));
    json_name(&l->index, S("manifests"));
    json_list_open(&l->index);
    enum err e = each(l, S("tags"), of_tags, COUNTOF(of_tags), repository, take_tag);
    for (size_t i = 0; i < l->count; i++)
        if (!l->manifests[i].is_listed)
            write_entry(l, &l->manifests[i], (str){0});
    json_list_close(&l->index);
    json_map_close(&l->index);
    json_end(&l->index);
    if (e == ERR_OK)
        e = buf_done(&text, &whole) == ERR_OK ? write_text(l, "index.json", whole) : problem_set(l->why, ERR_TOO_LARGE, "index.json is too large");
    buf_free(&text);
    return e;
}

static enum err write_layout(struct layout_out *l, str repository)
{
    static const str of_manifests[] = {STR("digest"), STR("media_type"), STR("size")}, listed[] = {STR("manifests")};
    TRY(each(l, S("layers"), NULL, 0, repository, take_layer));
    TRY(each(l, S("manifests"), of_manifests, COUNTOF(of_manifests), repository, take_manifest));
    TRY(each(l, S("manifests"), listed, COUNTOF(listed), repository, take_listed));
    TRY(write_text(l, "oci-layout", S("{\"imageLayoutVersion\":\"1.0.0\"}")));
    return write_index(l, repository);
}

/* ---- which ---- */

struct repositories_out {
    struct item_sink sink;            /* first */
    struct app *app;
    const struct principal *who;
    const struct layout_wish *wish;
    struct layout_figures *figures;
    struct problem *why;
    int root;
};

static enum err take_repository(struct item_sink *self, const struct json *item, struct arena *a)
{
    struct repositories_out *r = (struct repositories_out *)(void *)self;
    struct layout_out l = {.app = r->app, .who = r->who, .why = r->why, .figures = r->figures, .arena = arena_open(64u << 10),
                           .links = r->wish->links, .bytes = malloc(COPY_BYTES), .folder = make_folders(r->root, text_member(item, S("name")), a), .blobs = -1};
    must(l.bytes != NULL);
    l.by_id = map_new(l.arena, 64);
    if (l.folder >= 0)
        l.blobs = make_folder(l.folder, "blobs");
    r->figures->repositories++;
    enum err e = l.blobs < 0 ? failed(r->why, arena_cstr(a, text_member(item, S("name")))) : write_layout(&l, text_member(item, S("_id")));
    if (l.folder >= 0)
        (void)close(l.folder);
    if (l.blobs >= 0)
        (void)close(l.blobs);
    free(l.bytes);
    arena_close(l.arena);
    return e;
}

static enum err write_all_of(struct repositories_out *r)
{
    static const str fields[] = {STR("name")};
    struct item_wish wish = {.collection = S("repositories"), .fields = fields, .field_count = COUNTOF(fields)};
    if (r->wish->name_count == 0)
        return each_item(r->app, r->who, &wish, &r->sink, r->why);
    for (size_t i = 0; i < r->wish->name_count; i++) {
        uint64_t before = r->figures->repositories;
        wish.is = S("name");
        wish.value = r->wish->names[i];
        TRY(each_item(r->app, r->who, &wish, &r->sink, r->why));
        if (r->figures->repositories == before)
            return problem_set(r->why, ERR_NOT_FOUND, "There is no repository " STR_FMT, STR_ARG(wish.value));
    }
    return ERR_OK;
}

enum err export_layouts(struct app *app, const struct principal *who, const struct layout_wish *wish, struct layout_figures *out,
                        struct problem *why)
{
    struct arena *a = arena_open(4096);
    struct repositories_out r = {.sink = {take_repository}, .app = app, .who = who, .wish = wish, .figures = out, .why = why};
    const char *path = arena_cstr(a, wish->directory);
    *out = (struct layout_figures){0};
    (void)mkdir(path, 0777);
    r.root = open(path, FOLDER_FLAGS);
    enum err e = r.root < 0 ? failed(why, path) : write_all_of(&r);
    if (r.root >= 0)
        (void)close(r.root);
    arena_close(a);
    return e;
}

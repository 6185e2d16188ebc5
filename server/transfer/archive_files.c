#include "server/transfer/archive_files.h"

#include "base/limits.h"

#include <stdlib.h>

#include "server/transfer/each_item.h"

#define COPY_BYTES (64u << 10)

struct files {
    struct item_sink sink;            /* first */
    struct app *app;
    const struct principal *who;
    struct tar_writer *to;
    struct seen_digests *seen;
    char *bytes;
    struct problem *why;
};

bool seen_first(struct seen_digests *seen, str digest)
{
    if (map_get(seen->map, digest))
        return false;
    (void)map_put(seen->map, arena_copy(seen->arena, digest), seen);
    return true;
}

static enum err copy_bytes(struct files *f, struct file *file, struct problem *why)
{
    for (uint64_t at = 0; at < file->size;) {
        size_t got;
        TRY(file_read(file, at, f->bytes, COPY_BYTES, &got, why));
        if (got == 0)
            return problem_set(why, ERR_UNAVAILABLE, "The bytes of " STR_FMT " end too early", STR_ARG(file->name));
        tar_add(f->to, f->bytes, got);
        at += got;
    }
    tar_entry(f->to);
    return ERR_OK;
}

static enum err add_file(struct item_sink *self, const struct json *asset, struct arena *a)
{
    struct files *f = (struct files *)(void *)self;
    const struct json *hash = json_get(asset, S("hash")), *id = json_get(asset, S("_id"));
    struct file file;
    if (!hash || hash->type != JSON_TEXT || !seen_first(f->seen, hash->text))
        return ERR_OK;
    const struct file_wish wish = {.id = id->text};
    TRY(gate_bytes(f->app->gate, f->who, &wish, a, &file, f->why));
    enum err e = tar_begin(f->to, arena_format(a, ARCHIVE_FILES STR_FMT, STR_ARG(hash->text)), file.size, f->why);
    if (e == ERR_OK)
        e = copy_bytes(f, &file, f->why);
    file_close(&file);
    return e;
}

enum err archive_write_files(struct app *app, const struct principal *who, struct seen_digests *seen, struct tar_writer *to, struct problem *why)
{
    static const str fields[] = {STR("hash")};
    const struct item_wish wish = {.collection = S("assets"), .fields = fields, .field_count = COUNTOF(fields)};
    struct files f = {.sink = {add_file}, .app = app, .who = who, .to = to, .seen = seen, .bytes = malloc(COPY_BYTES), .why = why};
    must(f.bytes != NULL);
    enum err e = each_item(app, who, &wish, &f.sink, why);
    free(f.bytes);
    return e;
}

static enum err read_entry(struct byte_source *self, void *into, size_t room, size_t *got)
{
    struct entry_bytes *b = (struct entry_bytes *)(void *)self;
    return tar_read(b->from, into, room, got, b->why);
}

struct entry_bytes entry_bytes(struct tar_reader *from, struct problem *why)
{
    return (struct entry_bytes){{read_entry}, from, why};
}

enum err archive_read_file(struct app *app, struct tar_reader *r, struct problem *why)
{
    struct arena *a = arena_open(16u << 10);
    struct problem inner = {.arena = a};
    struct entry_bytes bytes = entry_bytes(r, &inner);
    struct received got;
    const struct principal *who = principal_system(app->gate, a, SYSTEM_COMMAND);
    enum err e = gate_receive(app->gate, who, false, &bytes.source, (str){0}, a, &got, &inner);
    str wanted = str_slice(str_of(r->name), sizeof ARCHIVE_FILES - 1, TAR_NAME_BYTES);
    if (e != ERR_OK)
        (void)problem_set(why, e, "%s: " STR_FMT, r->name, STR_ARG(inner.text.len ? inner.text : inner.fault_count ? inner.faults[0].text : S("it was refused")));
    else if (!str_ends(got.digest, wanted))
        e = problem_set(why, ERR_BAD_INPUT, "%s has other bytes than its name says", r->name);
    arena_close(a);
    return e;
}

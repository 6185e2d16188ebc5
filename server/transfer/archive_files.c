#include "server/transfer/archive_files.h"

#include "base/limits.h"
#include "base/map.h"

#include <stdlib.h>

#define COPY_BYTES (64u << 10)

struct files {
    struct app *app;
    const struct principal *who;
    struct tar_writer *to;
    struct map *seen;
    struct arena *arena;              /* digests that were seen */
    char *bytes;
};

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

static enum err add_file(struct files *f, const struct json *asset, struct arena *a, struct problem *why)
{
    const struct json *hash = json_get(asset, S("hash")), *id = json_get(asset, S("_id"));
    struct file file;
    if (!hash || hash->type != JSON_TEXT || map_get(f->seen, hash->text))
        return ERR_OK;
    str digest = arena_copy(f->arena, hash->text);
    (void)map_put(f->seen, digest, f);
    const struct file_wish wish = {.id = id->text};
    TRY(gate_bytes(f->app->gate, f->who, &wish, a, &file, why));
    enum err e = tar_begin(f->to, arena_format(a, ARCHIVE_FILES STR_FMT, STR_ARG(digest)), file.size, why);
    if (e == ERR_OK)
        e = copy_bytes(f, &file, why);
    file_close(&file);
    return e;
}

/* A page of assets at a time, in the order of their making. */
static enum err add_page(struct files *f, const struct collection *in, str after, struct arena *a, struct page *page, struct problem *why)
{
    struct item_list list;
    struct query q = {.from = in, .limit = LIMIT_ROWS, .after = after};
    q.outputs = NEW_N(a, struct output, 2);
    q.outputs[0] = (struct output){.field = &in->fields[META_ID]};
    q.outputs[1] = (struct output){.field = collection_field(in, S("hash"))};
    q.output_count = 2;
    item_list_init(&list, a);
    TRY(gate_read(f->app->gate, f->who, &q, &list.receiver, page, why));
    for (size_t i = 0; i < list.count; i++)
        TRY(add_file(f, &list.items[i], a, why));
    return ERR_OK;
}

enum err archive_write_files(struct app *app, const struct principal *who, struct tar_writer *to, struct problem *why)
{
    const struct collection *in = model_find(principal_model(who), S("assets"));
    struct files f = {.app = app, .who = who, .to = to, .arena = arena_open(64u << 10), .bytes = malloc(COPY_BYTES)};
    struct arena *pages[2] = {arena_open(64u << 10), arena_open(64u << 10)}; /* a cursor is from the page before */
    struct page page = {.has_more = true};
    enum err e = ERR_OK;
    str after = {0};
    must(in && f.bytes);
    f.seen = map_new(f.arena, 1024);
    for (unsigned n = 0; e == ERR_OK && page.has_more; n++) {
        struct problem inner = {.arena = pages[n % 2]};
        e = add_page(&f, in, after, pages[n % 2], &page, &inner);
        if (e != ERR_OK)
            e = problem_set(why, e, STR_FMT, STR_ARG(inner.text));
        after = page.has_more ? page.next : (str){0};
        arena_reset(pages[(n + 1) % 2]);
    }
    free(f.bytes);
    arena_close(pages[0]);
    arena_close(pages[1]);
    arena_close(f.arena);
    return e;
}

struct entry_bytes {
    struct byte_source source;        /* first */
    struct tar_reader *from;
    struct problem *why;
};

static enum err read_entry(struct byte_source *self, void *into, size_t room, size_t *got)
{
    struct entry_bytes *b = (struct entry_bytes *)(void *)self;
    return tar_read(b->from, into, room, got, b->why);
}

enum err archive_read_file(struct app *app, struct tar_reader *r, struct problem *why)
{
    struct arena *a = arena_open(16u << 10);
    struct problem inner = {.arena = a};
    struct entry_bytes bytes = {{read_entry}, r, &inner};
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

#include "server/transfer/archive_blobs.h"

#include <stdlib.h>

#include "base/limits.h"
#include "roles/registry/adopt.h"
#include "server/transfer/each_item.h"

#define COPY_BYTES (256u << 10)
#define PART_BYTES 64u                /* of a digest's digits: names in archives have their limits */

struct blobs {
    struct item_sink sink;            /* first */
    struct app *app;
    const struct principal *who;
    struct tar_writer *to;
    struct seen_digests *seen;
    str collection;
    char *bytes;
    struct problem *why;
};

static str name_of(struct arena *a, str kind, str hex)
{
    str first = str_slice(hex, 0, PART_BYTES), rest = str_slice(hex, PART_BYTES, hex.len);
    return arena_format(a, ARCHIVE_BLOBS STR_FMT "/" STR_FMT "%s" STR_FMT, STR_ARG(kind), STR_ARG(first), rest.len ? "/" : "",
                        STR_ARG(rest.len ? rest : S("")));
}

static enum err copy_bytes(struct blobs *b, struct registry_bytes *from)
{
    for (uint64_t at = 0; at < from->size;) {
        size_t got, room = from->size - at < COPY_BYTES ? (size_t)(from->size - at) : COPY_BYTES;
        TRY(registry_read(from, at, b->bytes, room, &got, b->why));
        if (got == 0)
            return problem_set(b->why, ERR_UNAVAILABLE, "The bytes of " STR_FMT " end too early", STR_ARG(from->digest));
        tar_add(b->to, b->bytes, got);
        at += got;
    }
    tar_entry(b->to);
    return ERR_OK;
}

static enum err add_blob(struct item_sink *self, const struct json *item, struct arena *a)
{
    struct blobs *b = (struct blobs *)(void *)self;
    struct registry_bytes from;
    str digest = json_get(item, S("digest"))->text, kind, hex;
    must(str_cut(digest, ':', &kind, &hex));
    if (!seen_first(b->seen, str_equal(kind, S("sha256")) ? hex : digest)) /* assets say theirs without its kind */
        return ERR_OK;
    TRY(gate_registry_open(b->app->gate, b->who, b->collection, json_get(item, S("_id"))->text, a, &from, b->why));
    enum err e = tar_begin(b->to, name_of(a, kind, hex), from.size, b->why);
    if (e == ERR_OK)
        e = copy_bytes(b, &from);
    registry_close(&from);
    return e;
}

enum err archive_write_blobs(struct app *app, const struct principal *who, struct seen_digests *seen, struct tar_writer *to, struct problem *why)
{
    static const str collections[] = {STR("layers"), STR("manifests")};
    static const str fields[] = {STR("digest")};
    struct blobs b = {.sink = {add_blob}, .app = app, .who = who, .to = to, .seen = seen, .bytes = malloc(COPY_BYTES), .why = why};
    enum err e = ERR_OK;
    must(b.bytes != NULL);
    for (size_t i = 0; i < COUNTOF(collections) && e == ERR_OK; i++) {
        const struct item_wish wish = {.collection = b.collection = collections[i], .fields = fields, .field_count = COUNTOF(fields)};
        e = each_item(app, who, &wish, &b.sink, why);
    }
    free(b.bytes);
    return e;
}

/* ---- back ---- */

static str digest_in(struct arena *a, str name)
{
    str rest = str_slice(name, sizeof ARCHIVE_BLOBS - 1, name.len), kind, hex, first, second;
    if (!str_cut(rest, '/', &kind, &hex))
        return S("");
    if (str_cut(hex, '/', &first, &second))
        hex = arena_format(a, STR_FMT STR_FMT, STR_ARG(first), STR_ARG(second));
    return arena_format(a, STR_FMT ":" STR_FMT, STR_ARG(kind), STR_ARG(hex));
}

enum err archive_read_blob(struct app *app, struct tar_reader *r, struct problem *why)
{
    struct arena *a = arena_open(16u << 10);
    struct problem inner = {.arena = a};
    struct entry_bytes bytes = entry_bytes(r, &inner);
    enum err e = gate_blob_restore(app->gate, principal_system(app->gate, a, SYSTEM_COMMAND), digest_in(a, str_of(r->name)), &bytes.source, a, &inner);
    if (e == ERR_INVALID)
        (void)problem_set(why, e = ERR_BAD_INPUT, "%s has other bytes than its name says", r->name);
    else if (e != ERR_OK)
        (void)problem_set(why, e, "%s: " STR_FMT, r->name, STR_ARG(inner.text.len ? inner.text : inner.fault_count ? inner.faults[0].text : S("it was refused")));
    arena_close(a);
    return e;
}

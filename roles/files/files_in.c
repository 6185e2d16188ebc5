/* Bytes in: received to the disk while they are hashed, looked at, made an asset. */
#include "roles/files/files.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "content/bytes/bytes.h"
#include "content/kind.h"
#include "roles/files/files_in.h"
#include "roles/internal.h"

#define PIECE_BYTES (256u << 10)

static const struct collection *assets_of(const struct principal *who)
{
    const struct collection *c = model_find(who->rights->model, S("assets"));
    must(c != NULL);
    return c;
}

enum err receive_all(struct blob_upload *u, struct byte_source *from, uint64_t most, struct problem *why)
{
    char *piece = malloc(PIECE_BYTES);
    enum err e = ERR_OK;
    size_t got = 1;
    must(piece != NULL);
    while (e == ERR_OK && got > 0) {
        e = from->read(from, piece, PIECE_BYTES, &got);
        if (e == ERR_OK && blob_offset(u) + got > most)
            e = problem_set(why, ERR_TOO_LARGE, "The file is larger than %llu bytes", (unsigned long long)most);
        if (e == ERR_OK && got > 0)
            e = blob_append(u, (str){piece, got}, why);
    }
    free(piece);
    return e;
}

/* What the bytes are, by themselves; the name must not say something else. */
static enum err judge(struct blob_upload *u, struct received *r, struct problem *why)
{
    char first[MEDIA_LOOK_BYTES];
    size_t got = 0;
    bool fits = false;
    TRY(blob_peek(u, first, sizeof first, &got, why));
    r->media = media_of((str){first, got}, r->name, &fits);
    if (!fits)
        return problem_set(why, ERR_BAD_MEDIA, "The bytes of " STR_FMT " are " STR_FMT ", which its name does not say", STR_ARG(r->name),
                           STR_ARG(r->media->mime));
    return ERR_OK;
}

/* Without a helper a picture is kept all the same, its size unknown. */
static enum err measure(struct gate *g, const struct principal *who, enum verb verb, struct received *r, struct problem *why)
{
    struct blob_reader *reader = NULL;
    struct image_facts facts = {0};
    struct problem own = {.arena = why->arena};
    if (!r->media->is_raster)
        return ERR_OK;
    TRY(content_peek(g->content, who->rights, verb, assets_of(who), r->digest, &reader, why));
    enum err e = images_probe(g->images, blob_file(reader), &facts, &own);
    blob_close(reader);
    if (e == ERR_INVALID)
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    r->width = facts.width;
    r->height = facts.height;
    return ERR_OK;
}

enum err receive_end(struct gate *g, const struct principal *who, enum verb verb, struct blob_upload *u, str name, struct arena *a,
                     struct received *out, struct problem *why)
{
    char *digest = arena_get(a, BLOB_DIGEST_ROOM, 1);
    size_t length = 0;
    *out = (struct received){.name = media_clean_name(a, name), .size = blob_offset(u)};
    enum err e = judge(u, out, why);
    if (e != ERR_OK) {
        blob_drop(u);
        return e;
    }
    TRY(blob_finish(u, (str){0}, digest, &length, why));
    out->digest = (str){digest, length};
    return measure(g, who, verb, out, why);
}

enum err gate_receive(struct gate *g, const struct principal *who, bool replaces, struct byte_source *from, str name, struct arena *a,
                      struct received *out, struct problem *why)
{
    enum verb verb = replaces ? VERB_UPDATE : VERB_CREATE;
    struct blob_upload *u = NULL;
    TRY(gate_allows(who, verb, assets_of(who), why));
    TRY(content_receive(g->content, who->rights, verb, assets_of(who), blob_upload_name(a), DIGEST_SHA256, &u, why));
    enum err e = receive_all(u, from, gate_asset_bytes_max(g), why);
    if (e != ERR_OK) {
        blob_drop(u);
        return why->text.len ? e : problem_set(why, e, "The file was not received");
    }
    return receive_end(g, who, verb, u, name, a, out, why);
}

/* ---- the item ---- */

/* As Cockpit makes one of a file's name: "my_holiday-photo.jpg" is "My holiday photo". */
static str title_of(struct arena *a, str name)
{
    size_t end = name.len;
    for (size_t i = name.len; i > 1 && end == name.len; i--)
        if (name.at[i - 1] == '.')
            end = i - 1;
    if (end == 0)
        return S("File");
    char *title = arena_get(a, end, 1);
    for (size_t i = 0; i < end; i++)
        title[i] = name.at[i] == '_' || name.at[i] == '-' ? ' ' : name.at[i];
    if (title[0] >= 'a' && title[0] <= 'z')
        title[0] = (char)(title[0] - 'a' + 'A');
    str trimmed = str_trim((str){title, end});
    return trimmed.len ? trimmed : S("File");
}

static const struct json *facts_of(struct arena *a, const struct received *r)
{
    struct json *m = NEW_N(a, struct json, 9), *map = NEW(a, struct json);
    str kind, hex;
    (void)str_cut(r->digest, ':', &kind, &hex);
    m[0] = json_named(S("blob"), json_of_text(r->digest));
    m[1] = json_named(S("size"), json_of_int((int64_t)r->size));
    m[2] = json_named(S("mime"), json_of_text(r->media->mime));
    m[3] = json_named(S("type"), json_of_text(r->media->type));
    m[4] = json_named(S("extension"), json_of_text(r->media->extension));
    m[5] = json_named(S("name"), json_of_text(r->name.len ? r->name : arena_format(a, "file." STR_FMT, STR_ARG(r->media->extension))));
    m[6] = json_named(S("hash"), json_of_text(hex));
    m[7] = json_named(S("width"), r->width ? json_of_int(r->width) : json_null);
    m[8] = json_named(S("height"), r->height ? json_of_int(r->height) : json_null);
    *map = json_of_map(m, 9);
    return map;
}

static void give_title(struct arena *a, struct change *c, str name)
{
    const struct field *title = collection_field(c->in, S("title"));
    if (c->op != OP_CREATE || field_set_has(&c->set, title->index))
        return;
    c->values[title->index] = json_named(title->name, json_of_text(title_of(a, name)));
    field_set_add(&c->set, title->index);
}

enum err gate_asset(struct gate *g, const struct principal *who, const struct received *bytes, struct asset_wish *wish,
                    struct arena *a, str *id, struct problem *why)
{
    const struct collection *assets = assets_of(who);
    bool replaces = !str_is_absent(wish->replaces);
    struct change c = {.op = replaces ? OP_UPDATE : OP_CREATE, .in = assets, .id = wish->replaces, .where = wish->where};
    c.values = NEW_N(a, struct json, assets->field_count);
    TRY(gate_allows(who, replaces ? VERB_UPDATE : VERB_CREATE, assets, why));
    c.writable = &rights_access(who->rights, replaces ? VERB_UPDATE : VERB_CREATE, assets)->fields;
    if (wish->values)
        TRY(change_read(a, assets, wish->values, wish->where, &c, why));
    give_title(a, &c, bytes->name.len ? bytes->name : S("File"));
    c.beside = facts_of(a, bytes);
    c.expects = wish->expects;
    c.expect_revision = wish->expect_revision;
    TRY(gate_write(g, who, &c, 1, a, why));
    *id = c.result_id;
    wish->result_revision = c.result_revision;
    return ERR_OK;
}

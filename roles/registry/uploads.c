/* Layers on their way in. A row of `uploads` says whose it is, into which repository, and how much of it is safe; its
 * `algorithm` tells it from an asset's. Offsets that are in the row survive a crash, what lies behind them does not count. */
#include "base/crypt.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "content/system/registry/blob_row.h"
#include "roles/files/files_in.h"
#include "roles/registry/internal.h"

#define FILE_LENGTH 32u

/* The file's 32 hex digits as a UUID of version 4, which is what they were made as. */
static str new_file(struct arena *a)
{
    static const char variants[] = "89ab";
    str random = crypt_random_text(a, alphabet_hex, FILE_LENGTH);
    char *file = arena_get(a, FILE_LENGTH, 1);
    memcpy(file, random.at, FILE_LENGTH);
    file[12] = '4';
    file[16] = variants[(unsigned char)file[16] & 3u];
    return (str){file, FILE_LENGTH};
}

static str id_of_file(struct arena *a, str file)
{
    return arena_format(a, "%.8s-%.4s-%.4s-%.4s-%.12s", file.at, file.at + 8, file.at + 12, file.at + 16, file.at + 20);
}

/* {0}: it is no id of ours. */
static str file_of_id(struct arena *a, str id)
{
    char *file = arena_get(a, FILE_LENGTH, 1);
    size_t n = 0;
    if (id.len != UUID_LENGTH)
        return (str){0};
    for (size_t i = 0; i < id.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool is_hex = (id.at[i] >= '0' && id.at[i] <= '9') || (id.at[i] >= 'a' && id.at[i] <= 'f');
        if (is_dash ? id.at[i] != '-' : !is_hex)
            return (str){0};
        if (!is_dash)
            file[n++] = id.at[i];
    }
    return (str){file, n};
}

static enum err no_upload(struct problem *why)
{
    return problem_fault(why, ERR_NOT_FOUND, S("upload"), S("upload"), "There is no such upload");
}

static enum err busy(struct problem *why)
{
    return problem_fault(why, ERR_CONFLICT, S("upload"), S("upload-busy"), "Somebody else is at this upload");
}

static uint64_t offset_of(const struct json *row)
{
    const struct json *v = json_get(row, S("offset"));
    return v && v->type == JSON_INT && v->integer > 0 ? (uint64_t)v->integer : 0;
}

static void describe(struct arena *a, const struct json *row, struct layer_upload *out)
{
    *out = (struct layer_upload){id_of_file(a, item_text(row, S("file"))), offset_of(row)};
}

static const struct collection *layers_of(const struct principal *server)
{
    return model_find(server->rights->model, S("layers"));
}

/* One's own, of this repository, that has not ended; every other is not there. */
static enum err find(struct gate *g, const struct principal *who, str repository, str id, struct arena *a, const struct json **row,
                     struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    const struct json *unused;
    TRY(repository_for(g, who, repository, VERB_CREATE, a, &unused, why));
    str file = file_of_id(a, id);
    if (str_is_absent(file))
        return no_upload(why);
    TRY(read_item(g->content, server->rights, S("uploads"), S("file"), file, a, row, why));
    bool own = *row && str_equal(item_text(*row, S("owner")), upload_owner(a, who)) &&
               str_equal(item_text(*row, S("name")), repository) && !str_is_absent(item_text(*row, S("algorithm"))) &&
               item_time(*row, S("expires_at")) > time_now_ms();
    return own ? ERR_OK : no_upload(why);
}

/* The row before the file: what nobody was told of yet may go at any time. */
enum err gate_layer_begin(struct gate *g, const struct principal *who, str repository, enum digest_kind kind, struct arena *a,
                          struct layer_upload *out, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    const struct json *unused;
    struct blob_upload *u = NULL;
    struct own_change row;
    TRY(repository_for(g, who, repository, VERB_CREATE, a, &unused, why));
    str file = new_file(a);
    own_change_begin(&row, g, a, SYSTEM_FILES, S("uploads"), OP_CREATE);
    own_set_text(&row, S("name"), repository);
    own_set_text(&row, S("owner"), upload_owner(a, who));
    own_set_text(&row, S("file"), file);
    own_set_text(&row, S("algorithm"), digest_name(kind));
    own_set_time(&row, S("expires_at"), time_now_ms() + (int64_t)LIMIT_UPLOAD_S * 1000);
    TRY(own_change_commit(&row, why));
    enum err e = content_receive(g->content, server->rights, VERB_CREATE, layers_of(server), file, kind, &u, why);
    if (e != ERR_OK) {
        upload_forget(g, a, row.change.result_id);
        return e;
    }
    blob_leave(u);
    *out = (struct layer_upload){id_of_file(a, file), 0};
    return ERR_OK;
}

/* A crash or a fault may have come between its file's going where it belongs and the row's going, too. */
static bool is_there(struct gate *g, const struct json *row)
{
    return offset_of(row) == 0 || content_upload_is_there(g->content, item_text(row, S("file")));
}

enum err gate_layer_find(struct gate *g, const struct principal *who, str repository, str id, struct arena *a,
                         struct layer_upload *out, struct problem *why)
{
    const struct json *row = NULL;
    TRY(find(g, who, repository, id, a, &row, why));
    describe(a, row, out);
    if (is_there(g, row))
        return ERR_OK;
    upload_forget(g, a, item_text(row, S("_id")));
    return no_upload(why);
}

static enum err check_range(const struct layer_piece *piece, const struct layer_upload *at, struct problem *why)
{
    if (!piece->ranged || piece->first == at->offset)
        return ERR_OK;
    return problem_fault(why, ERR_BAD_RANGE, S("range"), S("range"), "The upload goes on at byte %llu", (unsigned long long)at->offset);
}

/* The row is looked at again once nobody else can be at the upload. */
static enum err take_up(struct gate *g, const struct principal *who, str repository, str id, const struct layer_piece *piece,
                        enum digest_kind kind, struct arena *a, const struct json **row, struct blob_upload **u, struct layer_upload *out,
                        struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    TRY(find(g, who, repository, id, a, row, why));
    describe(a, *row, out);
    TRY(check_range(piece, out, why));
    enum err e = content_receive_on(g->content, server->rights, VERB_CREATE, layers_of(server), item_text(*row, S("file")), out->offset, kind, u, why);
    if (e == ERR_NOT_FOUND) { /* it was finished, or what it was is gone: then the row goes, too */
        upload_forget(g, a, item_text(*row, S("_id")));
        return no_upload(why);
    }
    if (e == ERR_CONFLICT)
        return busy(why);
    TRY(e);
    uint64_t before = out->offset;
    e = find(g, who, repository, id, a, row, why);
    if (e == ERR_OK) {
        describe(a, *row, out);
        e = out->offset == before ? check_range(piece, out, why) : busy(why);
    }
    if (e != ERR_OK)
        blob_leave(*u);
    return e;
}

static enum err note_offset(struct gate *g, struct arena *a, const struct json *item, uint64_t offset, struct problem *why)
{
    struct own_change row;
    own_change_begin(&row, g, a, SYSTEM_FILES, S("uploads"), OP_UPDATE);
    row.change.id = item_text(item, S("_id"));
    own_set(&row, S("offset"), json_of_int((int64_t)offset));
    own_set_time(&row, S("expires_at"), time_now_ms() + (int64_t)LIMIT_UPLOAD_S * 1000);
    return own_change_commit(&row, why);
}

/* What came counts, all of it or what there is of it when the line broke; but not when a range said that it would be less or more. */
static enum err receive(struct blob_upload *u, const struct layer_piece *piece, uint64_t before, bool *counts, struct problem *why)
{
    uint64_t most = LIMIT_LAYER_BYTES, announced = piece->ranged ? piece->last - piece->first + 1 : UINT64_MAX;
    *counts = true;
    if (!piece->bytes)
        return ERR_OK;
    enum err e = receive_all(u, piece->bytes, most, why);
    bool is_told = why->text.len > 0 || why->fault_count > 0; /* by the disk, or a limit; a line that breaks says nothing */
    uint64_t came = blob_offset(u) - before;
    *counts = e == ERR_OK || (!is_told && came <= announced);
    if (e != ERR_OK)
        return is_told ? e : problem_set(why, e, "The bytes were not all received");
    if (!piece->ranged || came == announced)
        return ERR_OK;
    *counts = false;
    return problem_fault(why, ERR_BAD_INPUT, S("size"), S("size"), "There are %llu bytes, and the range says otherwise", (unsigned long long)came);
}

/* Makes sure of it, and says so in the row. */
static enum err keep(struct gate *g, struct arena *a, const struct json *item, struct blob_upload *u, struct layer_upload *at, struct problem *why)
{
    uint64_t now = blob_offset(u);
    if (now == at->offset)
        return ERR_OK;
    TRY(blob_sync(u, why));
    TRY(note_offset(g, a, item, now, why));
    at->offset = now;
    return ERR_OK;
}

enum err gate_layer_append(struct gate *g, const struct principal *who, str repository, str id, const struct layer_piece *piece,
                           struct arena *a, struct layer_upload *out, struct problem *why)
{
    const struct json *row = NULL;
    struct blob_upload *u = NULL;
    struct problem own = {.arena = a};
    TRY(take_up(g, who, repository, id, piece, DIGEST_SHA256, a, &row, &u, out, why));
    bool counts = false;
    enum err e = receive(u, piece, out->offset, &counts, why);
    enum err kept = counts ? keep(g, a, row, u, out, &own) : ERR_OK;
    blob_leave(u);
    TRY(e);
    return kept == ERR_OK ? ERR_OK : problem_set(why, kept, STR_FMT, STR_ARG(own.text));
}

enum err repository_layer(struct gate *g, const struct principal *who, str repository, str digest, uint64_t size, str upload, str upstream,
                          struct arena *a, struct problem *why)
{
    struct json *layer = NEW_N(a, struct json, 2), *said = NEW_N(a, struct json, 3);
    layer[0] = json_named(S("digest"), json_of_text(digest));
    layer[1] = json_named(S("size"), json_of_int((int64_t)size));
    said[0] = json_named(S("layer"), json_of_map(layer, 2));
    said[1] = json_named(S("upload"), str_is_absent(upload) ? json_null : json_of_text(upload));
    said[2] = json_named(S("upstream"), str_is_absent(upstream) ? json_null : json_of_text(upstream));
    return repository_push(g, who, repository, said, 3, a, why);
}

enum err gate_layer_finish(struct gate *g, const struct principal *who, str repository, str id, const struct layer_piece *piece, str digest,
                           struct arena *a, struct layer_upload *out, struct problem *why)
{
    const struct json *row = NULL;
    struct blob_upload *u = NULL;
    struct problem own = {.arena = a};
    char is[BLOB_DIGEST_ROOM];
    size_t length = 0;
    TRY(find(g, who, repository, id, a, &row, why)); /* who may not push is told that, whatever else is wrong */
    TRY(demand_digest(digest, why));
    TRY(take_up(g, who, repository, id, piece, digest_kind_of(digest), a, &row, &u, out, why));
    bool counts = false;
    enum err e = receive(u, piece, out->offset, &counts, why);
    if (e != ERR_OK) {
        if (counts) /* or the row still says where it goes on */
            err_ignored(keep(g, a, row, u, out, &own));
        blob_leave(u);
        return e;
    }
    uint64_t size = blob_offset(u);
    e = blob_settle(u, digest, is, &length, why);
    if (e == ERR_INVALID || (e != ERR_OK && !is_there(g, row)))
        upload_forget(g, a, item_text(row, S("_id"))); /* its bytes would not get better, or are there no more */
    TRY(e);
    e = repository_layer(g, who, repository, digest, size, item_text(row, S("_id")), (str){0}, a, why);
    if (e != ERR_OK) /* its file has become a blob that is nobody's: there is nothing to go on with */
        upload_forget(g, a, item_text(row, S("_id")));
    return e;
}

enum err gate_layer_cancel(struct gate *g, const struct principal *who, str repository, str id, struct arena *a, struct problem *why)
{
    const struct json *row = NULL;
    TRY(find(g, who, repository, id, a, &row, why));
    return upload_row_end(g, a, item_text(row, S("_id")), why);
}

/* ---- mounting ---- */

/* A layer with this digest that the caller reads, there or anywhere; NULL. */
static enum err source(struct gate *g, const struct principal *who, str digest, str from, struct arena *a, const struct json **layer,
                       struct problem *why)
{
    const struct collection *layers = model_find(who->rights->model, S("layers"));
    const struct filter *where = filter_test(a, collection_field(layers, S("blob")), TEST_EQ, json_of_text(blob_row_id(digest)));
    struct query q = {.from = layers, .limit = 1};
    struct item_list list;
    const struct json *row = NULL;
    *layer = NULL;
    if (!str_is_absent(from)) {
        struct problem quiet = {.arena = a};
        if (repository_for(g, who, from, VERB_READ, a, &row, &quiet) != ERR_OK)
            return ERR_OK;
        where = filter_and(a, where, filter_test(a, layers->within, TEST_EQ, json_of_text(item_text(row, S("_id")))));
    }
    if (!rights_access(who->rights, VERB_READ, layers)->granted)
        return ERR_OK;
    q.where = where;
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    TRY(content_read(g->content, who->rights, VERB_READ, &who->actor, &q, &list.receiver, NULL, why));
    *layer = list.count ? &list.items[0] : NULL;
    return ERR_OK;
}

enum err gate_layer_mount(struct gate *g, const struct principal *who, str repository, str digest, str from, struct arena *a, bool *mounted,
                          struct problem *why)
{
    const struct json *unused, *layer = NULL;
    *mounted = false;
    TRY(repository_for(g, who, repository, VERB_CREATE, a, &unused, why));
    if (!blob_digest_valid(digest))
        return ERR_OK;
    TRY(source(g, who, digest, from, a, &layer, why));
    if (!layer)
        return ERR_OK;
    enum err e = repository_layer(g, who, repository, digest, (uint64_t)json_get(layer, S("size"))->integer, (str){0}, (str){0}, a, why);
    bool is_gone = e == ERR_UNAVAILABLE && why->fault_count && str_equal(why->faults[0].rule, S("swept"));
    *mounted = e == ERR_OK;
    if (!is_gone)
        return e;
    *why = (struct problem){.arena = why->arena}; /* gone since it was looked for: as if it had not been there */
    return ERR_OK;
}

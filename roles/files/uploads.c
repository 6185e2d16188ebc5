/* Files in pieces, over several requests and across restarts. A row of `uploads` says whose it is and how much of it
 * is safe; what lies behind that in the file does not count. */
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/bytes/bytes.h"
#include "content/kind.h"
#include "roles/files/files_in.h"
#include "roles/internal.h"
#include "roles/registry/internal.h"

static const struct collection *collection_of(const struct principal *who, str name)
{
    const struct collection *c = model_find(who->rights->model, name);
    must(c != NULL);
    return c;
}

/* By what it was begun: another key of the same person goes on with it. */
str upload_owner(struct arena *a, const struct principal *who)
{
    if (!str_is_absent(who->user_id))
        return arena_format(a, "user:" STR_FMT, STR_ARG(who->user_id));
    if (!str_is_absent(who->service_id))
        return arena_format(a, "service:" STR_FMT, STR_ARG(who->service_id));
    if (!str_is_absent(who->key_id))
        return arena_format(a, "key:" STR_FMT, STR_ARG(who->key_id));
    return who->kind == PRINCIPAL_PUBLIC ? S("public") : S("server");
}

static uint64_t number(const struct json *item, str name)
{
    const struct json *v = json_get(item, name);
    return v && v->type == JSON_INT && v->integer > 0 ? (uint64_t)v->integer : 0;
}

static void describe(const struct json *item, struct upload *out)
{
    *out = (struct upload){.name = item_text(item, S("file")),
                           .length = number(item, S("length")),
                           .offset = number(item, S("offset")),
                           .expires_ms = item_time(item, S("expires_at")),
                           .asset = item_text(item, S("asset"))};
}

static enum verb verb_of(const struct json *item)
{
    return str_is_absent(item_text(item, S("replaces"))) ? VERB_CREATE : VERB_UPDATE;
}

/* One's own that has not ended; every other is not there. */
static enum err find(struct gate *g, const struct principal *who, str name, struct arena *a, const struct json **item, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    TRY(read_item(g->content, server->rights, S("uploads"), S("file"), name, a, item, why));
    bool own = *item && str_equal(item_text(*item, S("owner")), upload_owner(a, who)) && item_time(*item, S("expires_at")) > time_now_ms() &&
               str_is_absent(item_text(*item, S("algorithm"))); /* that is a layer */
    if (!own)
        return problem_set(why, ERR_NOT_FOUND, "There is no such upload");
    return gate_allows(who, verb_of(*item), collection_of(who, S("assets")), why);
}

enum err gate_upload_find(struct gate *g, const struct principal *who, str upload, struct arena *a, struct upload *out, struct problem *why)
{
    const struct json *item = NULL;
    TRY(find(g, who, upload, a, &item, why));
    describe(item, out);
    return ERR_OK;
}

/* Values are judged when the item is made; what cannot ever be right is said now. */
static enum err check_values(const struct principal *who, enum verb verb, const struct json *values, struct arena *a, struct problem *why)
{
    const struct collection *assets = collection_of(who, S("assets"));
    struct change c = {.op = verb == VERB_CREATE ? OP_CREATE : OP_UPDATE, .in = assets};
    c.values = NEW_N(a, struct json, assets->field_count);
    c.writable = &rights_access(who->rights, verb, assets)->fields;
    return values ? change_read(a, assets, values, S("metadata"), &c, why) : ERR_OK;
}

enum err upload_row_end(struct gate *g, struct arena *a, str id, struct problem *why)
{
    struct own_change row;
    own_change_begin(&row, g, a, SYSTEM_FILES, S("uploads"), OP_DELETE);
    row.change.id = id;
    return own_change_commit(&row, why);
}

void upload_forget(struct gate *g, struct arena *a, str id)
{
    struct problem own = {.arena = a};
    err_ignored(upload_row_end(g, a, id, &own)); /* it ends by itself */
}

enum err gate_upload_begin(struct gate *g, const struct principal *who, str name, uint64_t length, const struct json *values, str replaces,
                           struct arena *a, struct upload *out, struct problem *why)
{
    enum verb verb = str_is_absent(replaces) ? VERB_CREATE : VERB_UPDATE;
    const struct collection *assets = collection_of(who, S("assets"));
    struct blob_upload *u = NULL;
    struct own_change row;
    TRY(gate_allows(who, verb, assets, why));
    TRY(check_values(who, verb, values, a, why));
    if (length > gate_asset_bytes_max(g))
        return problem_set(why, ERR_TOO_LARGE, "The file is larger than %llu bytes", (unsigned long long)gate_asset_bytes_max(g));
    str file = blob_upload_name(a);
    own_change_begin(&row, g, a, SYSTEM_FILES, S("uploads"), OP_CREATE);
    own_set_text(&row, S("name"), media_clean_name(a, name));
    own_set_text(&row, S("owner"), upload_owner(a, who));
    own_set_text(&row, S("file"), file);
    own_set(&row, S("length"), json_of_int((int64_t)length));
    own_set_text(&row, S("replaces"), replaces);
    own_set_time(&row, S("expires_at"), time_now_ms() + (int64_t)LIMIT_UPLOAD_S * 1000);
    if (values)
        own_set(&row, S("meta"), *values);
    TRY(own_change_commit(&row, why)); /* before the file: what nobody was told of yet may go at any time */
    enum err e = content_receive(g->content, who->rights, verb, assets, file, DIGEST_SHA256, &u, why);
    if (e != ERR_OK) {
        upload_forget(g, a, row.change.result_id);
        return e;
    }
    blob_leave(u);
    return gate_upload_find(g, who, file, a, out, why);
}

/* How far it is, in the row: what is said to be there survives a crash. */
static enum err note_offset(struct gate *g, struct arena *a, const struct json *item, uint64_t offset, str asset, struct problem *why)
{
    struct own_change row;
    own_change_begin(&row, g, a, SYSTEM_FILES, S("uploads"), OP_UPDATE);
    row.change.id = item_text(item, S("_id"));
    own_set(&row, S("offset"), json_of_int((int64_t)offset));
    own_set_time(&row, S("expires_at"), time_now_ms() + (int64_t)LIMIT_UPLOAD_S * 1000);
    if (!str_is_absent(asset))
        own_set_text(&row, S("asset"), asset);
    return own_change_commit(&row, why);
}

/* The last byte is there. When the item is refused, the upload is over: its bytes would not get better. */
static enum err make_asset(struct gate *g, const struct principal *who, const struct json *item, struct blob_upload *u, struct arena *a,
                           struct problem *why)
{
    struct received bytes;
    struct asset_wish wish = {.values = json_get(item, S("meta")), .where = S("metadata"), .replaces = item_text(item, S("replaces"))};
    str id = {0};
    uint64_t length = number(item, S("length"));
    if (wish.values && wish.values->type != JSON_MAP)
        wish.values = NULL;
    enum err e = receive_end(g, who, verb_of(item), u, item_text(item, S("name")), a, &bytes, why);
    if (e == ERR_OK)
        e = gate_asset(g, who, &bytes, &wish, a, &id, why);
    if (e == ERR_OK)
        return note_offset(g, a, item, length, id, why);
    struct problem own = {.arena = a};
    err_ignored(gate_upload_end(g, who, item_text(item, S("file")), a, &own));
    return e;
}

static enum err check_offset(const struct upload *u, uint64_t offset, struct problem *why)
{
    if (offset == u->offset && str_is_absent(u->asset))
        return ERR_OK;
    return problem_set(why, ERR_CONFLICT, "The upload is at byte %llu", (unsigned long long)u->offset);
}

/* The row is looked at again once nobody else can be at the upload. */
static enum err take_up(struct gate *g, const struct principal *who, str upload, uint64_t offset, struct arena *a,
                        const struct json **item, struct blob_upload **u, struct upload *out, struct problem *why)
{
    TRY(find(g, who, upload, a, item, why));
    describe(*item, out);
    TRY(check_offset(out, offset, why));
    TRY(content_receive_on(g->content, who->rights, verb_of(*item), collection_of(who, S("assets")), upload, offset, DIGEST_SHA256, u, why));
    enum err e = find(g, who, upload, a, item, why);
    if (e == ERR_OK) {
        describe(*item, out);
        e = check_offset(out, offset, why);
    }
    if (e != ERR_OK)
        blob_leave(*u);
    return e;
}

enum err gate_upload_append(struct gate *g, const struct principal *who, str upload, uint64_t offset, struct byte_source *from,
                            struct arena *a, struct upload *out, struct problem *why)
{
    const struct json *item = NULL;
    struct blob_upload *u = NULL;
    struct problem own = {.arena = a};
    TRY(take_up(g, who, upload, offset, a, &item, &u, out, why));
    enum err e = receive_all(u, from, out->length, why);
    uint64_t now = blob_offset(u);
    if (e == ERR_OK && now == out->length) {
        TRY(make_asset(g, who, item, u, a, why));
        return gate_upload_find(g, who, upload, a, out, why);
    }
    enum err kept = now > offset ? blob_sync(u, &own) : ERR_OK; /* whatever ended it */
    if (kept == ERR_OK && now > offset)
        kept = note_offset(g, a, item, now, (str){0}, &own);
    blob_leave(u);
    if (e != ERR_OK)
        return why->text.len ? e : problem_set(why, e, "The bytes were not all received");
    if (kept != ERR_OK)
        return problem_set(why, kept, STR_FMT, STR_ARG(own.text));
    return gate_upload_find(g, who, upload, a, out, why);
}

enum err gate_upload_end(struct gate *g, const struct principal *who, str upload, struct arena *a, struct problem *why)
{
    const struct json *item = NULL;
    TRY(find(g, who, upload, a, &item, why));
    return upload_row_end(g, a, item_text(item, S("_id")), why);
}

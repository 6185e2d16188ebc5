/* Assets: Cockpit's documents, and what it has no API for: uploading, replacing, changing (docs/upload.md). */
#include "api/assets/assets.h"

#include "base/limits.h"
#include "base/multipart.h"

#include <assert.h>

static const char *const list_names[] = {"filter", "sort", "fields", "limit", "skip", "cursor", "count", "locale", NULL};
static const char *const upload_names[] = {"name", "meta", NULL};

/* ---- reading ---- */

void asset_write(struct json_writer *w, const struct json *item)
{
    json_map_open(w);
    for (uint32_t i = 0; i < item->count; i++) {
        const struct json *m = &item->items[i];
        if (str_equal(m->name, S("blob"))) /* the store's business */
            continue;
        bool is_hash = str_equal(m->name, S("hash")), is_folder = str_equal(m->name, S("folder"));
        json_name(w, is_hash ? S("_hash") : m->name);
        if (is_folder && m->type == JSON_NULL)
            json_text(w, S(""));
        else
            json_value(w, m);
    }
    json_map_close(w);
}

/* lens: NULL: as everybody sees it. */
static enum err read_one(struct exchange *x, struct api *api, str id, const struct lens *lens, struct item_list *list,
                         struct problem *why)
{
    const struct collection *assets;
    TRY(gate_collection(api->gate, x->who, S("assets"), &assets, why));
    struct query q = {.from = assets, .limit = 1, .lens = lens};
    TRY(gate_allows(x->who, VERB_READ, assets, why));
    query_all_fields(x->arena, &q, &rights_access(x->who->rights, VERB_READ, assets)->fields);
    content_narrow(x->arena, &q, &assets->fields[META_ID], id);
    item_list_init(list, x->arena);
    return gate_read(api->gate, x->who, &q, &list->receiver, NULL, why);
}

enum err asset_write_new(struct exchange *x, struct api *api, str id, struct json_writer *w, struct problem *why)
{
    struct item_list list = {0};
    struct problem quiet = {.arena = x->arena};
    (void)why;
    if (read_one(x, api, id, NULL, &list, &quiet) == ERR_OK && list.count > 0) {
        asset_write(w, &list.items[0]);
        return ERR_OK;
    }
    json_map_open(w);
    json_name(w, S("_id"));
    json_text(w, id);
    json_map_close(w);
    return ERR_OK;
}

static enum err send_one(struct exchange *x, struct api *api, const struct json *item, str id, struct problem *why)
{
    struct answer answer;
    struct etag tag;
    str body;
    answer_begin(x, &answer);
    asset_write(&answer.json, item);
    TRY(answer_end(&answer, &body, why));
    etag_begin(x, api, &tag);
    tag.is_volatile = true; /* its revision and its bytes tell, nothing else was asked */
    const struct json *revision = json_get(item, S("_rev"));
    etag_item(&tag, model_find(principal_model(x->who), S("assets")), id, revision ? (uint64_t)revision->integer : 0, body);
    if (x->method != M_PATCH && etag_is_same(x, &tag)) {
        etag_send_unchanged(x, &tag);
        return ERR_OK;
    }
    etag_send(x, &tag);
    exchange_send_json(x, 200, body);
    return ERR_OK;
}

static enum err asset_one(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct content_params none;
    struct item_list list;
    TRY(content_params_read(x, app, content_no_names, &none, why));
    TRY(read_one(x, app, param(p, "id"), NULL, &list, why));
    if (list.count == 0)
        return problem_set(why, ERR_NOT_FOUND, "There is no such asset");
    return send_one(x, app, &list.items[0], param(p, "id"), why);
}

static enum err assets_list(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    const struct collection *assets;
    struct query *q;
    struct item_list list;
    struct answer answer;
    struct page page = {0};
    (void)p;
    TRY(gate_collection(api->gate, x->who, S("assets"), &assets, why));
    TRY(content_params_read(x, api, list_names, &params, why));
    TRY(content_query(x->arena, x->who, assets, &params, &q, why));
    content_settle_count(&params, q);
    item_list_init(&list, x->arena);
    TRY(gate_read(api->gate, x->who, q, &list.receiver, &page, why));
    answer_begin(x, &answer);
    json_map_open(&answer.json);
    json_name(&answer.json, S("assets"));
    json_list_open(&answer.json);
    for (size_t i = 0; i < list.count; i++)
        asset_write(&answer.json, &list.items[i]);
    json_list_close(&answer.json);
    content_write_meta(&answer.json, &params, q, &page);
    json_map_close(&answer.json);
    content_link_next(x, &params, &page);
    return answer_send(x, &answer, NULL, why);
}

/* ---- uploading ---- */

static enum err read_body(struct byte_source *self, void *into, size_t room, size_t *got)
{
    struct body_source *s = (struct body_source *)(void *)self;
    return s->x->body(s->x, into, room, got);
}

void body_source_init(struct body_source *s, struct exchange *x)
{
    *s = (struct body_source){{read_body}, x};
}

struct part_source {
    struct byte_source source;        /* first */
    struct multipart *form;
    struct problem *why;
};

static enum err read_part(struct byte_source *self, void *into, size_t room, size_t *got)
{
    struct part_source *s = (struct part_source *)(void *)self;
    return multipart_read(s->form, into, room, got, s->why);
}

/* What one request brings: files, and what shall be said of them. */
struct batch {
    struct exchange *x;
    struct api *api;
    bool replaces;
    struct received files[LIMIT_UPLOAD_FILES];
    size_t count;
    struct answer answer;
    const struct json *meta;
    str failed[LIMIT_UPLOAD_FILES];   /* names */
    size_t failed_count;
    struct problem first;             /* why the first of them failed */
};

static enum err read_meta(struct batch *b, str text, struct problem *why)
{
    if (text.len == 0)
        return ERR_OK;
    TRY(json_read(b->x->arena, text, NULL, S("meta"), &b->meta, why));
    if (b->meta->type != JSON_MAP)
        return problem_fault(why, ERR_BAD_INPUT, S("meta"), S("type"), "meta must be an object");
    return ERR_OK;
}

/* One bad file of several does not take the others with it; what fails the request fails it. */
static enum err note_failure(struct batch *b, str name, enum err e, struct problem *own, struct problem *why)
{
    bool of_file = e == ERR_BAD_MEDIA || e == ERR_INVALID || e == ERR_TOO_LARGE;
    if (!of_file || own->err == ERR_BAD_INPUT) {
        *why = *own;
        return e;
    }
    if (b->failed_count == 0)
        b->first = *own;
    b->failed[b->failed_count++] = name;
    return ERR_OK;
}

static enum err receive(struct batch *b, struct byte_source *from, str name, struct problem *why)
{
    struct problem own = {.arena = b->x->arena};
    if (b->count + b->failed_count == LIMIT_UPLOAD_FILES)
        return problem_set(why, ERR_TOO_LARGE, "At most %u files at a time", LIMIT_UPLOAD_FILES);
    enum err e = gate_receive(b->api->gate, b->x->who, b->replaces, from, name, b->x->arena, &b->files[b->count], &own);
    if (e != ERR_OK)
        return note_failure(b, media_clean_name(b->x->arena, name), e, &own, why);
    b->count++;
    return ERR_OK;
}

static enum err receive_form(struct batch *b, str content_type, struct problem *why)
{
    struct multipart *form = NULL;
    struct multipart_part part;
    TRY(multipart_begin(b->x, content_type, &form, why));
    for (;;) {
        struct problem of_form = {.arena = b->x->arena};
        struct part_source source = {{read_part}, form, &of_form};
        str text;
        TRY(multipart_next(form, &part, why));
        if (str_is_absent(part.name))
            return ERR_OK;
        if (str_is_absent(part.filename) && str_equal(part.name, S("meta"))) {
            TRY(multipart_text(form, LIMIT_UPLOAD_META_BYTES, &text, why));
            TRY(read_meta(b, text, why));
        } else if (str_is_absent(part.filename)) {
            return problem_fault(why, ERR_BAD_INPUT, part.name, S("unknown-field"), "There is no field " STR_FMT " here; send files, and meta", STR_ARG(part.name));
        } else {
            TRY(receive(b, &source.source, part.filename, why));
            TRY(of_form.err);
        }
    }
}

/* X-Filename, percent-encoded beyond ASCII, or ?name= */
static str name_sent(const struct exchange *x, const struct content_params *params)
{
    str header = exchange_header(x, S("x-filename")), name;
    if (!str_is_absent(header) && percent_decode(x->arena, header, false, &name))
        return name;
    str given = query_string_get(&params->query, S("name"));
    return given.at ? given : S("");
}

static enum err receive_request(struct batch *b, struct problem *why)
{
    struct content_params params;
    struct exchange *x = b->x;
    str type = exchange_header(x, S("content-type"));
    const struct collection *assets = model_find(principal_model(x->who), S("assets"));
    TRY(gate_allows(x->who, b->replaces ? VERB_UPDATE : VERB_CREATE, assets, why));
    TRY(content_params_read(x, b->api, upload_names, &params, why));
    TRY(content_no_once(x, "Uploads", why));
    str meta = query_string_get(&params.query, S("meta"));
    TRY(read_meta(b, meta.at ? meta : S(""), why));
    uint64_t most = gate_asset_bytes_max(b->api->gate);
    bool is_form = !str_is_absent(type) && str_equal_nocase(str_slice(type, 0, 20), S("multipart/form-data;"));
    if (!is_form && x->body_length != UINT64_MAX && x->body_length > most) /* before a byte of it is read */
        return problem_set(why, ERR_TOO_LARGE, "The file is larger than %llu bytes", (unsigned long long)most);
    if (is_form)
        return receive_form(b, type, why);
    if (x->body_length == 0)
        return problem_set(why, ERR_BAD_INPUT, "Send a file: as the body, or in a form");
    struct body_source source;
    body_source_init(&source, x);
    return receive(b, &source.source, name_sent(x, &params), why);
}

static void write_names(struct json_writer *w, str name, const str *names, size_t count)
{
    json_name(w, name);
    json_list_open(w);
    for (size_t i = 0; i < count; i++)
        json_text(w, names[i]);
    json_list_close(w);
}

/* Each file is one change; those before one that is refused are there. */
static enum err make_assets(struct batch *b, str *ids, str *names, size_t *made, struct problem *why)
{
    struct asset_wish wish = {.values = b->meta, .where = S("/meta")};
    *made = 0;
    for (size_t i = 0; i < b->count; i++) {
        struct problem own = {.arena = b->x->arena};
        enum err e = gate_asset(b->api->gate, b->x->who, &b->files[i], &wish, b->x->arena, &ids[*made], &own);
        if (e == ERR_OK)
            names[(*made)++] = b->files[i].name;
        else
            TRY(note_failure(b, b->files[i].name, e, &own, why));
    }
    return ERR_OK;
}

static enum err asset_upload(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct batch *b = NEW(x->arena, struct batch);
    str ids[LIMIT_UPLOAD_FILES], names[LIMIT_UPLOAD_FILES];
    size_t made = 0;
    (void)p;
    *b = (struct batch){.x = x, .api = app};
    TRY(receive_request(b, why));
    TRY(make_assets(b, ids, names, &made, why));
    if (made == 0 && b->failed_count > 0) {
        *why = b->first;
        return why->err;
    }
    if (made == 0)
        return problem_set(why, ERR_BAD_INPUT, "Send a file: as the body, or in a form");
    answer_begin(x, &b->answer);
    json_map_open(&b->answer.json);
    write_names(&b->answer.json, S("uploaded"), names, made);
    write_names(&b->answer.json, S("failed"), b->failed, b->failed_count);
    json_name(&b->answer.json, S("assets"));
    json_list_open(&b->answer.json);
    for (size_t i = 0; i < made; i++)
        TRY(asset_write_new(x, app, ids[i], &b->answer.json, why));
    json_list_close(&b->answer.json);
    json_map_close(&b->answer.json);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    return answer_send(x, &b->answer, NULL, why);
}

static enum err asset_replace(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct batch *b = NEW(x->arena, struct batch);
    struct asset_wish wish = {.where = S("/meta"), .replaces = param(p, "id")};
    const struct collection *assets = model_find(principal_model(x->who), S("assets"));
    struct change expected = {.op = OP_UPDATE, .in = assets, .id = wish.replaces};
    str id = {0};
    *b = (struct batch){.x = x, .api = app, .replaces = true};
    TRY(etag_preconditions(x, &expected, why));
    TRY(receive_request(b, why));
    if (b->failed_count > 0) {
        *why = b->first;
        return why->err;
    }
    if (b->count != 1)
        return problem_set(why, ERR_BAD_INPUT, "Send one file: as the body, or in a form");
    wish.values = b->meta;
    wish.expects = expected.expects;
    wish.expect_revision = expected.expect_revision;
    TRY(gate_asset(b->api->gate, x->who, &b->files[0], &wish, x->arena, &id, why));
    answer_begin(x, &b->answer);
    TRY(asset_write_new(x, app, id, &b->answer.json, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    return answer_send(x, &b->answer, NULL, why);
}

/* ---- changing ---- */

/* Written as any item is, answered as assets are. */
static enum err asset_patch(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    const struct collection *assets;
    struct content_params params;
    struct once *once;
    struct sent_item sent;
    struct item_list list = {0};
    struct problem quiet = {.arena = x->arena};
    struct change change = {.op = OP_UPDATE, .id = param(p, "id"), .merge = true};
    TRY(gate_collection(api->gate, x->who, S("assets"), &assets, why));
    TRY(content_params_read(x, api, content_write_names, &params, why));
    TRY(content_read_once(x, &once, why));
    TRY(content_body_bare(x, assets, &sent, why));
    sent.once = once;
    TRY(content_read_change(x, assets, &sent, &change, why));
    TRY(etag_preconditions(x, &change, why));
    TRY(gate_write(api->gate, x->who, &change, 1, x->arena, why));
    if (content_asks_minimal(x) || read_one(x, api, change.id, change_lens(x->arena, &change), &list, &quiet) != ERR_OK || list.count == 0)
        return content_send_written(x, api, &change, why);
    content_say_replayed(x, once);
    return send_one(x, api, &list.items[0], change.id, why);
}

/* The content API's own. */
static enum err asset_delete(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct params item = {.count = 2};
    item.values[0] = (struct pair){S("model"), S("assets")};
    item.values[1] = (struct pair){S("id"), param(p, "id")};
    return content_delete(x, app, &item, why);
}

/* clang-format off */
static const struct route asset_routes[] = {
    {M_GET, "/api/assets", assets_list, 0, 0, "List assets: filter, sort, fields, limit, skip, cursor, count"},
    {M_POST, "/api/assets", asset_upload, UINT32_MAX, 0, "Upload files: a form with files and meta, or one file as the body with X-Filename or ?name="},
    {M_GET, "/api/assets/presets", asset_presets, 0, 0, "Sizes of pictures that have a name"},
    {M_GET, "/api/assets/{id}", asset_one, 0, 0, "One asset, without its bytes"},
    {M_PATCH, "/api/assets/{id}", asset_patch, LIMIT_BODY_BYTES, 0, "Change what is said of an asset (JSON Merge Patch)"},
    {M_DELETE, "/api/assets/{id}", asset_delete, LIMIT_IGNORED_BODY_BYTES, 0, "Delete an asset"},
    {M_GET, "/api/assets/{id}/file", asset_file, 0, 0, "The bytes of an asset, or a part of them (Range)"},
    {M_PUT, "/api/assets/{id}/file", asset_replace, UINT32_MAX, 0, "Replace the bytes of an asset, keeping its id"},
    {M_GET, "/api/assets/{id}/usage", asset_usage, 0, 0, "Items that refer to an asset, as far as the caller may read them"},
    {M_POST, "/api/assets/{id}/link", asset_link, LIMIT_LOGIN_BODY_BYTES, 0, "A link to an asset's bytes that works without a credential for a while"},
    {M_GET, "/api/assets/image/{id}", asset_image, 0, 0, "A picture made of an asset: its address, or with o=1 its bytes"},
    {M_GET, "/api/assets/image/{id}/{preset}", asset_preset, 0, 0, "The same with a preset"},
    {M_POST, "/api/assets/uploads", upload_begin, LIMIT_IGNORED_BODY_BYTES, 0, "Begin an upload in pieces (tus 1.0)"},
    {M_GET, "/api/assets/uploads/{upload}", upload_look, 0, 0, "How far an upload is (tus 1.0: HEAD)"},
    {M_PATCH, "/api/assets/uploads/{upload}", upload_append, UINT32_MAX, 0, "The next piece of an upload (tus 1.0)"},
    {M_DELETE, "/api/assets/uploads/{upload}", upload_end, LIMIT_IGNORED_BODY_BYTES, 0, "Give an upload up (tus 1.0)"},
    {M_GET, "/assets/{path+}", asset_path, 0, 0, "The bytes of an asset by its path"},
};
static const char *const *const asset_parameters[] = {
    list_names, upload_names, content_no_names, content_no_names, content_write_names, content_delete_names, asset_file_names, upload_names,
    content_no_names, content_no_names, asset_image_names, asset_preset_names, content_no_names, content_no_names, content_no_names,
    content_no_names, asset_file_names,
};
/* clang-format on */
static_assert(COUNTOF(asset_parameters) == COUNTOF(asset_routes), "names of parameters stand beside their route");
const struct api_table asset_api = {.routes = asset_routes, .count = COUNTOF(asset_routes), .parameters = asset_parameters};

/* Where an asset is used, and links that let somebody have it for a while. */
#include "api/assets/assets.h"

#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"

static enum err no_asset(struct problem *why)
{
    return problem_set(why, ERR_NOT_FOUND, "There is no such asset");
}

/* Items of one collection whose field refers to it, as the caller may read them. */
static enum err write_field(struct exchange *x, struct api *api, const struct field *f, str id, struct json_writer *w, struct problem *why)
{
    struct item_list list;
    struct page page = {0};
    const struct collection *c = f->in;
    bool shows_name = field_set_has(&rights_access(x->who->rights, VERB_READ, c)->fields, c->display->index);
    struct output outputs[2] = {{.field = &c->fields[META_ID]}, {.field = c->display}};
    struct query q = {.from = c, .limit = LIMIT_USAGE_ITEMS, .outputs = outputs, .output_count = shows_name && !c->display->is_meta ? 2 : 1};
    str value = field_is_polymorphic(f) ? arena_format(x->arena, "assets/" STR_FMT, STR_ARG(id)) : id;
    q.where = filter_test(x->arena, f, TEST_EQ, json_of_text(value));
    item_list_init(&list, x->arena);
    TRY(gate_read(api->gate, x->who, &q, &list.receiver, &page, why));
    for (size_t i = 0; i < list.count; i++) {
        json_map_open(w);
        json_name(w, S("collection"));
        json_text(w, c->name);
        json_name(w, S("field"));
        json_text(w, f->name);
        json_name(w, S("_id"));
        json_value(w, json_get(&list.items[i], S("_id")));
        json_name(w, S("title"));
        const struct json *title = json_get(&list.items[i], c->display->name);
        json_value(w, title ? title : &json_null);
        json_map_close(w);
    }
    return ERR_OK;
}

static bool refers(const struct field *f)
{
    bool to_assets = f->to && str_equal(f->to->name, S("assets"));
    for (size_t i = 0; i < f->target_count; i++)
        to_assets |= str_equal(f->targets[i]->name, S("assets"));
    return to_assets && (f->kind->flags & KIND_REF);
}

static enum err write_usage(struct exchange *x, struct api *api, str id, struct json_writer *w, struct problem *why)
{
    const struct model *m = principal_model(x->who);
    for (size_t i = 0; i < m->collection_count; i++) {
        const struct collection *c = m->collections[i];
        const struct access *access = rights_access(x->who->rights, VERB_READ, c);
        for (size_t k = 0; k < c->field_count && access->granted; k++) {
            const struct field *f = &c->fields[k];
            if (field_set_has(&c->all_fields, k) && refers(f) && !str_equal(c->name, S("uploads")) && field_set_has(&access->fields, f->index))
                TRY(write_field(x, api, f, id, w, why));
        }
    }
    return ERR_OK;
}

static enum err find_asset(struct exchange *x, struct api *api, str id, struct problem *why)
{
    const struct collection *assets;
    struct item_list list;
    TRY(gate_collection(api->gate, x->who, S("assets"), &assets, why));
    struct output out = {.field = &assets->fields[META_ID]};
    struct query q = {.from = assets, .limit = 1, .outputs = &out, .output_count = 1};
    content_narrow(x->arena, &q, &assets->fields[META_ID], id);
    item_list_init(&list, x->arena);
    TRY(gate_read(api->gate, x->who, &q, &list.receiver, NULL, why));
    return list.count ? ERR_OK : no_asset(why);
}

enum err asset_usage(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct answer answer;
    struct content_params none;
    TRY(content_params_read(x, app, content_no_names, &none, why));
    TRY(find_asset(x, app, param(p, "id"), why));
    answer_begin(x, &answer);
    json_map_open(&answer.json);
    json_name(&answer.json, S("usage"));
    json_list_open(&answer.json);
    TRY(write_usage(x, app, param(p, "id"), &answer.json, why));
    json_list_close(&answer.json);
    json_map_close(&answer.json);
    exchange_add_header(x, S("Cache-Control"), S("private, no-cache"));
    return answer_send(x, &answer, NULL, why);
}

/* {"seconds": 300, "download": false}, or nothing. */
struct link_body {
    int64_t seconds;
    bool download;
};
static const struct json_want link_members[] = {
    {STR("seconds"), JSON_INT, TAKE_I64, offsetof(struct link_body, seconds), 0},
    {STR("download"), JSON_BOOL, TAKE_BOOL, offsetof(struct link_body, download), 0},
};

static enum err read_link(struct exchange *x, struct link_body *out, struct problem *why)
{
    const struct json *body = NULL;
    *out = (struct link_body){.seconds = 300};
    if (x->body_length != 0) {
        TRY(exchange_json(x, &body, why));
        TRY(json_take(body, link_members, COUNTOF(link_members), out, why));
    }
    if (out->seconds < 1 || out->seconds > LIMIT_LINK_S)
        return problem_fault(why, ERR_INVALID, S("/seconds"), S("range"), "seconds must be from 1 to %u", LIMIT_LINK_S);
    return ERR_OK;
}

static enum err send_link(struct exchange *x, struct api *api, struct file *f, const struct link_body *body, struct problem *why)
{
    str token = {0};
    int64_t expires_s = 0;
    struct answer answer;
    struct buf at;
    TRY(gate_file_link(api->gate, x->who, f, (uint32_t)body->seconds, body->download, x->arena, &token, &expires_s, why));
    buf_init(&at, x->arena, 64);
    time_write(&at, expires_s * 1000);
    answer_begin(x, &answer);
    json_map_open(&answer.json);
    json_name(&answer.json, S("url"));
    json_text(&answer.json, arena_format(x->arena, "/api/assets/" STR_FMT "/file?token=" STR_FMT, STR_ARG(f->id), STR_ARG(token)));
    json_name(&answer.json, S("token"));
    json_text(&answer.json, token);
    json_name(&answer.json, S("expires_at"));
    json_text(&answer.json, buf_str(&at));
    json_map_close(&answer.json);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    return answer_send(x, &answer, NULL, why);
}

enum err asset_link(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params none;
    struct link_body body;
    struct file f;
    struct file_wish wish = {.id = param(p, "id")};
    TRY(content_params_read(x, app, content_no_names, &none, why));
    TRY(gate_bytes(api->gate, x->who, &wish, x->arena, &f, why));
    enum err e = read_link(x, &body, why);
    if (e == ERR_OK)
        e = send_link(x, api, &f, &body, why);
    file_close(&f);
    return e;
}

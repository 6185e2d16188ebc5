/* Cockpit's page and menu paths over two ordinary collections, "pages" and "menus": the same gate,
 * the same published-only view. A house without these collections answers as for any unknown model.
 */
#include "api/content/content.h"
#include "base/limits.h"
#include "base/time.h"

#include <assert.h>

#define MENU_DEPTH 16u

/* One of the two collections, asked by one request. */
struct asked {
    struct content_params params;
    const struct collection *in;
    struct query *query;
    struct etag tag;
    bool inactive; /* links that are switched off, too */
    str route, locale;
};

/* The collection, then the parameters: the paths' own are taken here, the rest is the content
 * API's. */
static enum err ask(struct exchange *x, struct api *api, str collection, const char *const *names,
                    struct asked *out, struct problem *why)
{
    *out = (struct asked){0};
    TRY(gate_collection(api->gate, x->who, collection, &out->in, why));
    TRY(content_params_read(x, api, names, &out->params, why));
    TRY(content_query(x->arena, x->who, out->in, &out->params, &out->query, why));
    const struct query_string *q = &out->params.query;
    str inactive = query_string_get(q, S("inactive"));
    out->inactive =
        inactive.len && !str_equal(inactive, S("0")) && !str_equal(inactive, S("false"));
    out->route = query_string_get(q, S("route"));
    out->locale = query_string_get(q, S("locale"));
    etag_begin(x, api, &out->tag);
    etag_add(x, api, out->query, &out->tag);
    return ERR_OK;
}

static enum err absent(struct problem *why, const char *what)
{
    return problem_set(why, ERR_NOT_FOUND, "There is no such %s", what);
}

/* Only items whose field has this value. A field that is not there, or not for this caller, is no
 * value. */
static bool narrow(struct exchange *x, struct asked *a, str field, str value)
{
    const struct field *f = collection_field(a->in, field);
    if (!f || !field_set_has(&rights_access(x->who->rights, VERB_READ, a->in)->fields, f->index))
        return false;
    content_narrow(x->arena, a->query, f, value);
    return true;
}

static enum err read_all(struct exchange *x, struct api *api, struct asked *a,
                         struct item_list *out, struct problem *why)
{
    bool has_more;
    item_list_init(out, x->arena);
    out->references = true;
    TRY(content_read_all(x, api, a->query, LIMIT_TREE_ITEMS, out, &has_more, why));
    return has_more ? problem_set(why, ERR_TOO_LARGE, "There are more than %u items in " STR_FMT,
                                  LIMIT_TREE_ITEMS, STR_ARG(a->in->name))
                    : ERR_OK;
}

/* The first item, whose tag goes with it; *found is false when there is none. */
static enum err read_one(struct exchange *x, struct api *api, struct asked *a, struct json *out,
                         bool *found, struct problem *why)
{
    struct item_list list;
    item_list_init(&list, x->arena);
    list.references = true;
    a->query->limit = 1;
    TRY(gate_read(api->gate, x->who, a->query, &list.receiver, NULL, why));
    *found = list.count > 0;
    if (*found)
        *out = list.items[0];
    return ERR_OK;
}

/* A menu's links, without those switched off (unless asked for), children included. */
static void write_links(struct json_writer *w, const struct json *links, bool inactive,
                        unsigned depth)
{
    json_list_open(w);
    for (uint32_t i = 0; links && links->type == JSON_LIST && i < links->count && depth > 0; i++) {
        const struct json *link = &links->items[i];
        const struct json *active = json_get(link, S("active"));
        if (link->type != JSON_MAP ||
            (!inactive && active && active->type == JSON_BOOL && !active->boolean))
            continue;
        json_map_open(w);
        for (uint32_t k = 0; k < link->count; k++) {
            if (str_equal(link->items[k].name, S("children")))
                continue;
            json_name(w, link->items[k].name);
            json_value(w, &link->items[k]);
        }
        json_name(w, S("children"));
        write_links(w, json_get(link, S("children")), inactive, depth - 1);
        json_map_close(w);
    }
    json_list_close(w);
}

static void write_menu(struct json_writer *w, const struct json *menu, bool inactive)
{
    json_map_open(w);
    for (uint32_t i = 0; i < menu->count; i++) {
        json_name(w, menu->items[i].name);
        if (str_equal(menu->items[i].name, S("links")))
            write_links(w, &menu->items[i], inactive, MENU_DEPTH);
        else
            json_value(w, &menu->items[i]);
    }
    json_map_close(w);
}

static const char *const menu_names[] = {"locale", "inactive", NULL};

static enum err menus(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct asked a;
    struct item_list items;
    struct answer answer;
    (void)p;
    TRY(ask(x, app, S("menus"), menu_names, &a, why));
    if (etag_answers(x, &a.tag))
        return ERR_OK;
    TRY(read_all(x, app, &a, &items, why));
    answer_begin(x, &answer);
    json_list_open(&answer.json);
    for (size_t i = 0; i < items.count; i++)
        write_menu(&answer.json, &items.items[i], a.inactive);
    json_list_close(&answer.json);
    return answer_send(x, &answer, &a.tag, why);
}

static enum err menu(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct asked a;
    struct json item;
    struct answer answer;
    bool found = false;
    TRY(ask(x, app, S("menus"), menu_names, &a, why));
    if (narrow(x, &a, S("name"), param(p, "name")))
        TRY(read_one(x, app, &a, &item, &found, why));
    if (!found)
        return absent(why, "menu");
    if (etag_answers(x, &a.tag))
        return ERR_OK;
    answer_begin(x, &answer);
    write_menu(&answer.json, &item, a.inactive);
    return answer_send(x, &answer, &a.tag, why);
}

/* A page also says where it is (_r) and what it hangs on (_p), in Cockpit's words. */
static void write_page(struct json_writer *w, const struct json *page)
{
    json_map_open(w);
    for (uint32_t i = 0; i < page->count; i++) {
        const struct json *m = &page->items[i];
        json_name(w, m->name);
        json_value(w, m);
        bool is_route = str_equal(m->name, S("route")), is_parent = str_equal(m->name, S("_pid"));
        if (is_route || is_parent) {
            json_name(w, is_route ? S("_r") : S("_p"));
            json_value(w, m);
        }
    }
    json_map_close(w);
}

static const char *const pages_names[] = {"filter", "sort",   "fields",   "limit", "skip", "cursor",
                                          "count",  "locale", "populate", "state", NULL};

/* {"data":[…]}, always; with "meta" as listings have it when paging is asked for. */
static enum err pages(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct asked a;
    struct item_list items;
    struct page page = {0};
    struct answer answer;
    (void)p;
    TRY(ask(x, api, S("pages"), pages_names, &a, why));
    if (etag_answers(x, &a.tag))
        return ERR_OK;
    content_settle_count(&a.params, a.query);
    item_list_init(&items, x->arena);
    items.references = true;
    TRY(gate_read(api->gate, x->who, a.query, &items.receiver, &page, why));
    answer_begin(x, &answer);
    json_map_open(&answer.json);
    json_name(&answer.json, S("data"));
    json_list_open(&answer.json);
    for (size_t i = 0; i < items.count; i++)
        write_page(&answer.json, &items.items[i]);
    json_list_close(&answer.json);
    content_write_meta(&answer.json, &a.params, a.query, &page);
    json_map_close(&answer.json);
    content_link_next(x, &a.params, &page);
    return answer_send(x, &answer, &a.tag, why);
}

static enum err send_page(struct exchange *x, struct api *api, struct asked *a, str field,
                          str value, struct problem *why)
{
    struct json item;
    struct answer answer;
    bool found = false;
    if (narrow(x, a, field, value))
        TRY(read_one(x, api, a, &item, &found, why));
    if (!found)
        return absent(why, "page");
    if (etag_answers(x, &a->tag))
        return ERR_OK;
    answer_begin(x, &answer);
    write_page(&answer.json, &item);
    return answer_send(x, &answer, &a->tag, why);
}

static const char *const by_route_names[] = {"route",  "locale", "populate",
                                             "fields", "state",  NULL};

static enum err page_by_route(struct exchange *x, void *app, const struct params *p,
                              struct problem *why)
{
    struct asked a;
    (void)p;
    TRY(ask(x, app, S("pages"), by_route_names, &a, why));
    if (str_is_absent(a.route))
        return problem_fault(why, ERR_BAD_INPUT, S("route"), S("required"),
                             "Which page? Say route=/…");
    return send_page(x, app, &a, S("route"), a.route, why);
}

static const char *const by_id_names[] = {"locale", "populate", "fields", "state", NULL};

static enum err page_by_id(struct exchange *x, void *app, const struct params *p,
                           struct problem *why)
{
    struct asked a;
    TRY(ask(x, app, S("pages"), by_id_names, &a, why));
    return send_page(x, app, &a, S("_id"), param(p, "id"), why);
}

static void write_member(struct json_writer *w, const struct json *page, str name)
{
    const struct json *v = json_get(page, name);
    json_name(w, name);
    json_value(w, v ? v : &json_null);
}

/* lastmod is a date for machines that read sitemaps. */
static void write_route(struct json_writer *w, const struct json *page, struct arena *a)
{
    const struct json *modified = json_get(page, S("_modified"));
    struct buf b;
    json_map_open(w);
    write_member(w, page, S("route"));
    write_member(w, page, S("slug"));
    write_member(w, page, S("type"));
    json_name(w, S("lastmod"));
    buf_init(&b, a, 64);
    time_write(&b, modified && modified->type == JSON_INT ? modified->integer * 1000 : 0);
    json_text(w, buf_str(&b));
    json_map_close(w);
}

static void read_only_routes(struct exchange *x, struct asked *a)
{
    static const str wanted[] = {STR("route"), STR("slug"), STR("type"), STR("_modified")};
    field_set fields = {{0}};
    for (size_t i = 0; i < COUNTOF(wanted); i++) {
        const struct field *f = collection_field(a->in, wanted[i]);
        if (f)
            field_set_add(&fields, f->index);
    }
    query_all_fields(x->arena, a->query, &fields);
}

static const char *const routes_names[] = {"locale", NULL};

static enum err routes(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct asked a;
    struct item_list items;
    struct answer answer;
    (void)p;
    TRY(ask(x, app, S("pages"), routes_names, &a, why));
    if (etag_answers(x, &a.tag))
        return ERR_OK;
    read_only_routes(x, &a);
    TRY(read_all(x, app, &a, &items, why));
    bool by_locale = str_is_absent(a.locale);
    answer_begin(x, &answer);
    if (by_locale) {
        json_map_open(&answer.json);
        json_name(&answer.json, S("default"));
    }
    json_list_open(&answer.json);
    for (size_t i = 0; i < items.count; i++)
        write_route(&answer.json, &items.items[i], x->arena);
    json_list_close(&answer.json);
    if (by_locale)
        json_map_close(&answer.json);
    return answer_send(x, &answer, &a.tag, why);
}

/* clang-format off */
static const struct route page_routes[] = {
    {M_GET, "/api/pages/menus", menus, 0, 0, "All menus with their links"},
    {M_GET, "/api/pages/menu/{name}", menu, 0, 0, "One menu by its name"},
    {M_GET, "/api/pages/pages", pages, 0, 0, "Pages, as {data}"},
    {M_GET, "/api/pages/page", page_by_route, 0, 0, "One page by its route"},
    {M_GET, "/api/pages/page/{id}", page_by_id, 0, 0, "One page by its id"},
    {M_GET, "/api/pages/routes", routes, 0, 0, "Where the pages are, by language"},
};
/* clang-format on */
static const char *const *const page_parameters[] = {menu_names,     menu_names,  pages_names,
                                                     by_route_names, by_id_names, routes_names};
static_assert(COUNTOF(page_parameters) == COUNTOF(page_routes),
              "names of parameters stand beside their route");
const struct api_table page_api = {.routes = page_routes, .count = COUNTOF(page_routes), .parameters = page_parameters};

/* Cockpit's page and menu paths over two ordinary collections, "pages" and "menus": the same gate, the
 * same published-only view. A house without these collections answers as for any unknown model. */
#include "api/content.h"
#include "base/limits.h"
#include "base/time.h"

#define MENU_DEPTH 16u

static enum err open_collection(struct exchange *x, struct api *api, str name, const struct content_params *p,
                                const struct collection **c, struct query **q, struct problem *why)
{
    TRY(gate_collection(api->gate, x->who, name, c, why));
    return content_query(x->arena, x->who, *c, p, q, why);
}

static enum err narrow(struct exchange *x, struct query *q, const char *field, str value, struct problem *why)
{
    const struct field *f = collection_field(q->from, str_of(field));
    if (!f)
        return problem_set(why, ERR_NOT_FOUND, "The collection " STR_FMT " has no field %s", STR_ARG(q->from->name), field);
    q->where = filter_and(x->arena, filter_test(x->arena, f, TEST_EQ, json_of_text(value)), q->where);
    return ERR_OK;
}

static enum err read_all(struct exchange *x, struct api *api, struct query *q, struct item_list *out,
                         struct problem *why)
{
    item_list_init(out, x->arena);
    out->references = true;
    return gate_read(api->gate, x->who, q, &out->receiver, NULL, why);
}

/* A menu's links, without those switched off (unless asked for), children included. */
static void write_links(struct json_writer *w, const struct json *links, bool inactive, unsigned depth)
{
    json_list_open(w);
    for (uint32_t i = 0; links && links->type == JSON_LIST && i < links->count && depth > 0; i++) {
        const struct json *link = &links->items[i];
        const struct json *active = json_get(link, S("active"));
        if (link->type != JSON_MAP || (!inactive && active && active->type == JSON_BOOL && !active->boolean))
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

struct page_params {
    struct content_params content;
    bool inactive;
    str route, locale;
};

/* The paths' own parameters are taken off, the rest is the content API's. */
static enum err read_params(struct exchange *x, struct api *api, const char *const *names, struct page_params *out,
                            struct problem *why)
{
    struct query_string q;
    *out = (struct page_params){0};
    TRY(query_string_read(x->arena, x->query, &q, why));
    out->route = query_string_get(&q, S("route"));
    out->locale = query_string_get(&q, S("locale"));
    str inactive = query_string_get(&q, S("inactive"));
    out->inactive = !str_is_absent(inactive) && !str_equal(inactive, S("0")) && !str_equal(inactive, S("false"));
    return content_params_read(x, api, names, &out->content, why);
}

static void begin_answer(struct exchange *x, struct buf *b, struct json_writer *w)
{
    buf_init(b, x->arena, LIMIT_RESPONSE_BYTES);
    json_begin(w, b);
}

static enum err menus(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const names[] = {"locale", "inactive", NULL};
    struct page_params params;
    const struct collection *c;
    struct query *q;
    struct item_list items;
    struct buf b;
    struct json_writer w;
    (void)p;
    TRY(read_params(x, app, names, &params, why));
    TRY(open_collection(x, app, S("menus"), &params.content, &c, &q, why));
    TRY(read_all(x, app, q, &items, why));
    begin_answer(x, &b, &w);
    json_list_open(&w);
    for (size_t i = 0; i < items.count; i++)
        write_menu(&w, &items.items[i], params.inactive);
    json_list_close(&w);
    exchange_send_json(x, 200, buf_str(&b));
    return ERR_OK;
}

static enum err menu(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const names[] = {"locale", "inactive", NULL};
    struct page_params params;
    const struct collection *c;
    struct query *q;
    struct item_list items;
    struct buf b;
    struct json_writer w;
    TRY(read_params(x, app, names, &params, why));
    TRY(open_collection(x, app, S("menus"), &params.content, &c, &q, why));
    TRY(narrow(x, q, "name", param(p, "name"), why));
    TRY(read_all(x, app, q, &items, why));
    if (items.count == 0)
        return problem_set(why, ERR_NOT_FOUND, "There is no menu " STR_FMT, STR_ARG(param(p, "name")));
    begin_answer(x, &b, &w);
    write_menu(&w, &items.items[0], params.inactive);
    exchange_send_json(x, 200, buf_str(&b));
    return ERR_OK;
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

static enum err pages(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const names[] = {"filter", "sort", "fields", "limit", "skip", "locale", "populate", NULL};
    struct api *api = app;
    struct page_params params;
    const struct collection *c;
    struct query *q;
    struct item_list items;
    struct page page = {0};
    struct buf b;
    struct json_writer w;
    (void)p;
    TRY(read_params(x, app, names, &params, why));
    TRY(open_collection(x, app, S("pages"), &params.content, &c, &q, why));
    if (params.content.has_limit && params.content.has_skip)
        q->count = COUNT_EXACT;
    item_list_init(&items, x->arena);
    items.references = true;
    TRY(gate_read(api->gate, x->who, q, &items.receiver, &page, why));
    begin_answer(x, &b, &w);
    json_map_open(&w);
    json_name(&w, S("data"));
    json_list_open(&w);
    for (size_t i = 0; i < items.count; i++)
        write_page(&w, &items.items[i]);
    json_list_close(&w);
    if (q->count == COUNT_EXACT) {
        json_name(&w, S("meta"));
        json_map_open(&w);
        json_name(&w, S("total"));
        json_uint(&w, page.total);
        json_map_close(&w);
    }
    json_map_close(&w);
    exchange_send_json(x, 200, buf_str(&b));
    return ERR_OK;
}

static enum err send_page(struct exchange *x, struct api *api, const char *field, str value,
                          const struct page_params *params, struct problem *why)
{
    const struct collection *c;
    struct query *q;
    struct item_list items;
    struct buf b;
    struct json_writer w;
    TRY(open_collection(x, api, S("pages"), &params->content, &c, &q, why));
    TRY(narrow(x, q, field, value, why));
    q->limit = 1;
    TRY(read_all(x, api, q, &items, why));
    if (items.count == 0)
        return problem_set(why, ERR_NOT_FOUND, "There is no such page");
    begin_answer(x, &b, &w);
    write_page(&w, &items.items[0]);
    exchange_send_json(x, 200, buf_str(&b));
    return ERR_OK;
}

static enum err page_by_route(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const names[] = {"route", "locale", "populate", NULL};
    struct page_params params;
    (void)p;
    TRY(read_params(x, app, names, &params, why));
    if (str_is_absent(params.route))
        return problem_fault(why, ERR_BAD_INPUT, S("route"), S("required"), "Which page? Say route=/…");
    return send_page(x, app, "route", params.route, &params, why);
}

static enum err page_by_id(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const names[] = {"locale", "populate", NULL};
    struct page_params params;
    TRY(read_params(x, app, names, &params, why));
    return send_page(x, app, "_id", param(p, "id"), &params, why);
}

static void write_member(struct json_writer *w, str name, const struct json *v)
{
    json_name(w, name);
    json_value(w, v ? v : &json_null);
}

/* lastmod is a date for machines that read sitemaps. */
static void write_route(struct json_writer *w, const struct json *page, struct arena *a)
{
    const struct json *modified = json_get(page, S("_modified"));
    struct buf b;
    json_map_open(w);
    write_member(w, S("route"), json_get(page, S("route")));
    write_member(w, S("slug"), json_get(page, S("slug")));
    write_member(w, S("type"), json_get(page, S("type")));
    json_name(w, S("lastmod"));
    buf_init(&b, a, 64);
    time_write(&b, modified && modified->type == JSON_INT ? modified->integer * 1000 : 0);
    json_text(w, buf_str(&b));
    json_map_close(w);
}

static enum err routes(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const names[] = {"locale", NULL};
    struct page_params params;
    const struct collection *c;
    struct query *q;
    struct item_list items;
    struct buf b;
    struct json_writer w;
    (void)p;
    TRY(read_params(x, app, names, &params, why));
    TRY(open_collection(x, app, S("pages"), &params.content, &c, &q, why));
    TRY(read_all(x, app, q, &items, why));
    bool by_locale = str_is_absent(params.locale);
    begin_answer(x, &b, &w);
    if (by_locale) {
        json_map_open(&w);
        json_name(&w, S("default"));
    }
    json_list_open(&w);
    for (size_t i = 0; i < items.count; i++)
        write_route(&w, &items.items[i], x->arena);
    json_list_close(&w);
    if (by_locale)
        json_map_close(&w);
    exchange_send_json(x, 200, buf_str(&b));
    return ERR_OK;
}

const struct route page_routes[] = {
    {M_GET, "/api/pages/menus", menus, 0, 0, "All menus with their links"},
    {M_GET, "/api/pages/menu/{name}", menu, 0, 0, "One menu by its name"},
    {M_GET, "/api/pages/pages", pages, 0, 0, "Pages, as {data}"},
    {M_GET, "/api/pages/page", page_by_route, 0, 0, "One page by its route"},
    {M_GET, "/api/pages/page/{id}", page_by_id, 0, 0, "One page by its id"},
    {M_GET, "/api/pages/routes", routes, 0, 0, "Where the pages are, by language"},
};
const size_t page_route_count = COUNTOF(page_routes);

/* Upstreams as administrators wrote them down, and whose a name is. */
#include "base/limits.h"
#include "content/kind.h"
#include "roles/mirror/mirror.h"

/* ------ names */

bool upstream_answers(const struct upstream *u, str name)
{
    return str_starts(name, u->prefix) && name.len > u->prefix.len;
}

str upstream_remote(struct arena *a, const struct upstream *u, str name)
{
    str rest = u->strip_prefix ? str_slice(name, u->prefix.len, name.len) : name;
    return arena_format(a, STR_FMT STR_FMT, STR_ARG(u->remote_prefix), STR_ARG(rest));
}

bool upstream_local(struct arena *a, const struct upstream *u, str remote, str *out)
{
    if (!str_starts(remote, u->remote_prefix))
        return false;
    str rest = str_slice(remote, u->remote_prefix.len, remote.len);
    *out = u->strip_prefix ? arena_format(a, STR_FMT STR_FMT, STR_ARG(u->prefix), STR_ARG(rest)) : rest;
    return upstream_answers(u, *out) && repository_name_valid(*out);
}

/* By the name that it has here, or the host of its address. */
bool upstream_is_called(const struct upstream *u, str host)
{
    str scheme, rest = u->url;
    if (str_equal_nocase(u->name, host))
        return true;
    return str_cut(u->url, ':', &scheme, &rest) && str_starts(rest, S("//")) && str_equal_nocase(str_slice(rest, 2, rest.len), host);
}

/* ------ items */

static int64_t number_of(const struct json *item, str name)
{
    const struct json *n = json_get(item, name);
    return n && n->type == JSON_INT ? n->integer : 0;
}

static str or_empty(str s)
{
    return s.len ? s : S("");
}

static struct upstream upstream_made(struct arena *a, const struct json *item)
{
    const struct json *fresh = json_get(item, S("keep_fresh_s")), *content = json_get(item, S("content"));
    struct upstream u = {
        .id = item_text(item, S("_id")),
        .name = item_text(item, S("name")),
        .url = item_text(item, S("url")),
        .prefix = or_empty(item_text(item, S("prefix"))),
        .remote_prefix = or_empty(item_text(item, S("remote_prefix"))),
        .strip_prefix = item_flag(item, S("strip_prefix"), true),
        .is_enabled = item_flag(item, S("enabled"), true),
        .on_demand = item_flag(item, S("on_demand"), true),
        .fresh_ms = (fresh && fresh->type == JSON_INT ? fresh->integer : LIMIT_UPSTREAM_FRESH_S) * 1000,
        .every_ms = number_of(item, S("every")) * 60000,
        .last_run_ms = item_time(item, S("last_run_at")),
        .content = content && content->type == JSON_LIST ? content : NULL,
        .username = or_empty(item_text(item, S("username"))),
        .password = S(""),
        .ca_pem = item_text(item, S("ca_pem")),
        .revision = (uint64_t)number_of(item, S("_rev")),
    };
    const struct json *hosts = json_get(item, S("token_hosts"));
    str *list = NEW_N(a, str, hosts && hosts->type == JSON_LIST ? hosts->count + 1 : 1);
    for (uint32_t i = 0; hosts && hosts->type == JSON_LIST && i < hosts->count; i++)
        list[u.token_host_count++] = hosts->items[i].text;
    u.token_hosts = list;
    if (str_ends(u.url, S("/")))
        u.url.len--;
    return u;
}

enum err upstreams_read(struct gate *g, struct arena *a, struct upstream **out, size_t *count, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_MIRROR);
    struct item_list list;
    *count = 0;
    TRY(read_items(g->content, server->rights, S("upstreams"), NULL, a, &list, why));
    *out = NEW_N(a, struct upstream, list.count + 1);
    for (size_t i = 0; i < list.count; i++)
        (*out)[(*count)++] = upstream_made(a, &list.items[i]);
    return ERR_OK;
}

enum err upstream_unseal(struct gate *g, struct arena *a, struct upstream *u, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_MIRROR);
    const struct collection *c = model_find(server->rights->model, S("upstreams"));
    struct problem own = {.arena = a};
    enum err e = content_secret(g->content, c, u->id, collection_field(c, S("password")), a, &u->password, &own);
    if (e == ERR_NOT_FOUND)
        u->password = S("");
    return e == ERR_OK || e == ERR_NOT_FOUND ? ERR_OK : problem_set(why, e, "The upstream's password cannot be read now");
}

/* The longest of the prefixes that fit; a repository that is here belongs to whom it came from. */
static struct upstream *choose(struct upstream *list, size_t count, str name, str its)
{
    struct upstream *best = NULL;
    for (size_t i = 0; i < count; i++) {
        struct upstream *u = &list[i];
        bool fits = u->is_enabled && u->on_demand && upstream_answers(u, name) && (str_is_absent(its) || str_equal(u->id, its));
        if (fits && (!best || u->prefix.len > best->prefix.len))
            best = u;
    }
    return best;
}

enum err upstream_of(struct gate *g, struct arena *a, str name, const struct json *row, struct upstream **out, struct problem *why)
{
    struct upstream *list = NULL;
    size_t count = 0;
    str its = row ? item_text(row, S("upstream")) : (str){0};
    *out = NULL;
    if (row && str_is_absent(its))
        return ERR_OK; /* somebody made it here */
    TRY(upstreams_read(g, a, &list, &count, why));
    *out = choose(list, count, name, its);
    return *out ? upstream_unseal(g, a, *out, why) : ERR_OK;
}

bool gate_namespace(struct gate *g, struct arena *a, str host, str name, str *out)
{
    struct upstream *list = NULL;
    struct problem quiet = {.arena = a};
    size_t count = 0;
    if (host.len == 0 || upstreams_read(g, a, &list, &count, &quiet) != ERR_OK)
        return false;
    for (size_t i = 0; i < count; i++)
        if (list[i].is_enabled && upstream_is_called(&list[i], host) && upstream_local(a, &list[i], name, out))
            return true;
    return false;
}

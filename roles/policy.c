/* The policy snapshot: roles and grants as they stand in the collections, and the rights compiled from
 * them so far. One lock, held for a look-up or a compilation; nothing is called back under it but
 * content_read when the policy is loaded. */
#include "roles/policy.h"

#include <stdlib.h>

#include "roles/internal.h"

#define RIGHTS_CACHED 256u

struct cached {
    uint64_t key;
    const struct rights *rights;
};

struct policy {
    pthread_mutex_t lock;
    struct content *content;
    struct epochs seen;
    bool loaded;
    struct arena *arena;              /* of the rules; replaced with them */
    struct policy_rules rules;
    str public_role;
    const struct rights *server;
    struct cached cache[RIGHTS_CACHED];
    size_t cached;
};

static void release_rights(const struct rights *r)
{
    if (r)
        counted_release((struct counted *)(uintptr_t)&r->counted);
}

static void forget_rights(struct policy *p)
{
    for (size_t i = 0; i < p->cached; i++)
        release_rights(p->cache[i].rights);
    p->cached = 0;
    release_rights(p->server);
    p->server = NULL;
}

static const str *text_list(struct arena *a, const struct json *v, size_t *count)
{
    *count = 0;
    if (!v || v->type != JSON_LIST)
        return NULL;
    str *list = NEW_N(a, str, v->count);
    for (uint32_t i = 0; i < v->count; i++)
        if (v->items[i].type == JSON_TEXT)
            list[(*count)++] = v->items[i].text;
    return list;
}

static const struct json *condition(const struct json *item, str name)
{
    const struct json *v = json_get(item, name);
    return v && v->type == JSON_MAP ? v : NULL;
}

static str role_name(const struct item_list *roles, str id)
{
    for (size_t i = 0; i < roles->count; i++)
        if (str_equal(item_text(&roles->items[i], S("_id")), id))
            return item_text(&roles->items[i], S("name"));
    return (str){0};
}

static void take_grants(struct policy *p, const struct item_list *roles, const struct item_list *grants)
{
    struct grant *list = NEW_N(p->arena, struct grant, grants->count);
    size_t count = 0;
    for (size_t i = 0; i < grants->count; i++) {
        const struct json *item = &grants->items[i];
        struct grant g = {
            .role = role_name(roles, item_text(item, S("role"))),
            .collection = item_text(item, S("collection")),
            .where = condition(item, S("where")),
            .check = condition(item, S("check")),
            .preset = condition(item, S("preset")),
        };
        g.verbs = text_list(p->arena, json_get(item, S("verbs")), &g.verb_count);
        g.fields = text_list(p->arena, json_get(item, S("fields")), &g.field_count);
        if (!str_is_absent(g.role) && !str_is_absent(g.collection))
            list[count++] = g;
    }
    p->rules = (struct policy_rules){list, count};
}

static const struct rights *server_rights(struct policy *p)
{
    if (!p->server) {
        const struct model *model = content_model(p->content);
        p->server = rights_make(model, p->seen.policy, RIGHTS_OF_SERVER, NULL, NULL, 0, NULL, 0);
        counted_release((struct counted *)(uintptr_t)&model->counted);
    }
    return p->server;
}

static enum err load(struct policy *p, struct problem *why)
{
    struct item_list roles, grants, settings;
    const struct rights *server = server_rights(p);
    TRY(read_items(p->content, server, S("roles"), NULL, p->arena, &roles, why));
    TRY(read_items(p->content, server, S("grants"), NULL, p->arena, &grants, why));
    TRY(read_items(p->content, server, S("settings"), NULL, p->arena, &settings, why));
    take_grants(p, &roles, &grants);
    p->public_role = settings.count ? role_name(&roles, item_text(&settings.items[0], S("public_role"))) : (str){0};
    return ERR_OK;
}

/* A policy that cannot be read grants nothing to anybody but the built-in administrator. */
static void reload(struct policy *p, const struct epochs *now)
{
    forget_rights(p);
    arena_close(p->arena);
    p->arena = arena_open(64u << 10);
    p->rules = (struct policy_rules){0};
    p->public_role = (str){0};
    p->seen = *now;
    struct problem why = {.arena = p->arena};
    p->loaded = load(p, &why) == ERR_OK;
}

enum err policy_open(struct content *content, struct policy **out, struct problem *why)
{
    struct arena *arena = arena_open(1024);
    struct policy *p = calloc(1, sizeof *p);
    must(p != NULL);
    p->content = content;
    p->arena = arena;
    must(pthread_mutex_init(&p->lock, NULL) == 0);
    struct epochs now;
    content_catch_up(content, &now);
    reload(p, &now);
    if (!p->loaded) {
        policy_close(p);
        return problem_set(why, ERR_INTERNAL, "The roles could not be read");
    }
    *out = p;
    return ERR_OK;
}

void policy_close(struct policy *p)
{
    if (!p)
        return;
    forget_rights(p);
    arena_close(p->arena);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

void policy_catch_up(struct policy *p, const struct epochs *now)
{
    (void)pthread_mutex_lock(&p->lock);
    if (now->policy != p->seen.policy || now->model != p->seen.model || !p->loaded)
        reload(p, now);
    (void)pthread_mutex_unlock(&p->lock);
}

str policy_public_role(struct policy *p, struct arena *a)
{
    (void)pthread_mutex_lock(&p->lock);
    str role = str_is_absent(p->public_role) ? (str){0} : arena_copy(a, p->public_role);
    (void)pthread_mutex_unlock(&p->lock);
    return role;
}

static const struct rights *kept(const struct rights *r)
{
    counted_use((struct counted *)(uintptr_t)&r->counted);
    return r;
}

static uint64_t key_of(const str *roles, size_t count)
{
    uint64_t h = 0xCBF29CE484222325u + count;
    for (size_t i = 0; i < count; i++)
        h = h * 0x100000001B3u ^ map_hash(roles[i]);
    return h;
}

static bool is_admin(const str *roles, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(roles[i], S("admin")))
            return true;
    return false;
}

/* Rights that are narrowed by scopes are not cached here: the identity keeps them. */
const struct rights *policy_rights(struct policy *p, const str *roles, size_t role_count, const struct scope *scopes,
                                   size_t scope_count, struct problem *why)
{
    (void)why;
    (void)pthread_mutex_lock(&p->lock);
    uint64_t key = key_of(roles, role_count);
    for (size_t i = 0; scope_count == 0 && i < p->cached; i++)
        if (p->cache[i].key == key) {
            const struct rights *r = kept(p->cache[i].rights);
            (void)pthread_mutex_unlock(&p->lock);
            return r;
        }
    const struct model *model = content_model(p->content);
    enum rights_base base = is_admin(roles, role_count) ? RIGHTS_OF_ADMIN : RIGHTS_OF_GRANTS;
    const struct rights *made =
        rights_make(model, p->seen.policy, base, &p->rules, roles, role_count, scopes, scope_count);
    counted_release((struct counted *)(uintptr_t)&model->counted);
    if (scope_count == 0) {
        if (p->cached == RIGHTS_CACHED)
            release_rights(p->cache[--p->cached].rights);
        p->cache[p->cached++] = (struct cached){key, kept(made)};
    }
    (void)pthread_mutex_unlock(&p->lock);
    return made;
}

const struct rights *policy_system_rights(struct policy *p, enum system_reason reason)
{
    (void)reason;
    (void)pthread_mutex_lock(&p->lock);
    const struct rights *r = kept(server_rights(p));
    (void)pthread_mutex_unlock(&p->lock);
    return r;
}

/* The policy snapshot: roles and grants as they stand in the collections, and the rights compiled from
 * them so far. One lock, held for a look-up or a compilation; nothing is called back under it but
 * content_read when the policy is loaded. */
#include "roles/policy/policy.h"

#include <stdlib.h>

#include "roles/internal.h"

#define RIGHTS_CACHED 256u

struct cached {
    const str *roles;                 /* given, not inherited */
    size_t role_count;
    const struct rights *rights;      /* as of the moment that they were made at */
};

struct policy {
    pthread_mutex_t lock;
    struct content *content;
    struct epochs seen;
    bool loaded;
    struct arena *arena;              /* of the rules and the cache's names; replaced with them */
    struct policy_rules rules;
    str public_role, signed_in_role;  /* {0}: none */
    const struct rights *server;
    struct cached cache[RIGHTS_CACHED];
    size_t cached;
};

static void release_rights(const struct rights *r)
{
    if (r)
        counted_release((struct counted *)(uintptr_t)&r->counted);
}

static void forget_cached(struct policy *p)
{
    for (size_t i = 0; i < p->cached; i++)
        release_rights(p->cache[i].rights);
    p->cached = 0;
}

static void forget_rights(struct policy *p)
{
    forget_cached(p);
    release_rights(p->server);
    p->server = NULL;
}

static const struct rights *server_rights(struct policy *p)
{
    if (!p->server) {
        const struct model *model = content_model(p->content);
        struct rights_wish wish = {.model = model, .policy_epoch = p->seen.policy, .is_server = true};
        p->server = rights_make(&wish);
        counted_release((struct counted *)(uintptr_t)&model->counted);
    }
    return p->server;
}

static bool makes_administrators(struct policy *p, str role)
{
    size_t count;
    const struct held_role *held = roles_held(p->arena, &p->rules, &role, 1, NULL, &count);
    for (size_t i = 0; i < count; i++)
        if (str_equal(p->rules.roles[held[i].role].name, S("admin")))
            return true;
    return false;
}

/* The name of a role that many hold; one that makes administrators is a slip of the hand, not a wish. */
static str everybodys(struct policy *p, const struct item_list *roles, const struct json *settings, str field)
{
    str name = role_name_of(roles, item_text(settings, field));
    return makes_administrators(p, name) ? (str){0} : name;
}

static enum err load(struct policy *p, struct problem *why)
{
    struct item_list roles, grants, settings;
    const struct rights *server = server_rights(p);
    TRY(read_items(p->content, server, S("roles"), NULL, p->arena, &roles, why));
    TRY(read_items(p->content, server, S("grants"), NULL, p->arena, &grants, why));
    TRY(read_items(p->content, server, S("settings"), NULL, p->arena, &settings, why));
    TRY(own_rights_add(p->arena, &roles, &grants, why));
    p->rules = rules_of(p->arena, &roles, &grants);
    if (settings.count) {
        p->public_role = everybodys(p, &roles, &settings.items[0], S("public_role"));
        p->signed_in_role = everybodys(p, &roles, &settings.items[0], S("signed_in_role"));
    }
    return ERR_OK;
}

/* Until a policy that could not be read has been, nothing is granted to anybody. */
static enum err reload(struct policy *p, struct problem *why)
{
    forget_rights(p);
    arena_close(p->arena);
    p->arena = arena_open(64u << 10);
    p->rules = (struct policy_rules){0};
    p->public_role = p->signed_in_role = (str){0};
    struct problem own = {.arena = p->arena};
    p->loaded = load(p, &own) == ERR_OK;
    if (p->loaded)
        return ERR_OK;
    p->rules = (struct policy_rules){0};
    p->public_role = p->signed_in_role = (str){0};
    why->retry_after_s = 1;
    return problem_set(why, ERR_UNAVAILABLE, "The roles cannot be read at the moment: " STR_FMT, STR_ARG(own.text));
}

enum err policy_open(struct content *content, struct policy **out, struct problem *why)
{
    struct arena *arena = arena_open(1024);
    struct policy *p = calloc(1, sizeof *p);
    must(p != NULL);
    p->content = content;
    p->arena = arena;
    must(pthread_mutex_init(&p->lock, NULL) == 0);
    enum err e = content_catch_up(content, &p->seen, why);
    if (e == ERR_OK)
        e = reload(p, why);
    if (e != ERR_OK) {
        policy_close(p);
        return e;
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

enum err policy_catch_up(struct policy *p, const struct epochs *now, struct problem *why)
{
    struct epochs own = {.model = now->model, .policy = now->policy};
    enum err e = ERR_OK;
    (void)pthread_mutex_lock(&p->lock);
    if (epochs_advance(&p->seen, &own) || !p->loaded)
        e = reload(p, why);
    (void)pthread_mutex_unlock(&p->lock);
    return e;
}

static str copy_of(struct policy *p, const str *name, struct arena *a)
{
    (void)pthread_mutex_lock(&p->lock);
    str role = str_is_absent(*name) ? (str){0} : arena_copy(a, *name);
    (void)pthread_mutex_unlock(&p->lock);
    return role;
}

str policy_public_role(struct policy *p, struct arena *a)
{
    return copy_of(p, &p->public_role, a);
}

str policy_signed_in_role(struct policy *p, struct arena *a)
{
    return copy_of(p, &p->signed_in_role, a);
}

static const struct rights *kept(const struct rights *r)
{
    counted_use((struct counted *)(uintptr_t)&r->counted);
    return r;
}

static bool is_for(const struct cached *c, const str *roles, size_t count)
{
    if (c->role_count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!str_equal(c->roles[i], roles[i]))
            return false;
    return true;
}

static void keep(struct policy *p, const str *roles, size_t count, const struct rights *r)
{
    if (p->cached == RIGHTS_CACHED) /* more sets of roles than anybody has: start over */
        forget_cached(p);
    str *names = NEW_N(p->arena, str, count);
    for (size_t i = 0; i < count; i++)
        names[i] = arena_copy(p->arena, roles[i]);
    p->cache[p->cached++] = (struct cached){names, count, kept(r)};
}

/* Rights that are narrowed by scopes are not cached here: the identity keeps them. */
const struct rights *policy_rights(struct policy *p, const str *roles, size_t role_count, const struct scope *scopes,
                                   size_t scope_count, const struct moment *at)
{
    (void)pthread_mutex_lock(&p->lock);
    for (size_t i = 0; scope_count == 0 && i < p->cached; i++)
        if (is_for(&p->cache[i], roles, role_count) && rights_in_force(p->cache[i].rights, at)) {
            const struct rights *r = kept(p->cache[i].rights);
            (void)pthread_mutex_unlock(&p->lock);
            return r;
        }
    const struct model *model = content_model(p->content);
    struct rights_wish wish = {model, p->seen.policy, false, &p->rules, roles, role_count, scopes, scope_count, *at};
    const struct rights *made = rights_make(&wish);
    counted_release((struct counted *)(uintptr_t)&model->counted);
    if (scope_count == 0)
        keep(p, roles, role_count, made);
    (void)pthread_mutex_unlock(&p->lock);
    return made;
}

enum err policy_look(struct policy *p, enum err (*look)(void *self, const struct policy_rules *rules, struct problem *why),
                     void *self, struct problem *why)
{
    (void)pthread_mutex_lock(&p->lock);
    enum err e = look(self, &p->rules, why);
    (void)pthread_mutex_unlock(&p->lock);
    return e;
}

const struct rights *policy_system_rights(struct policy *p, enum system_reason reason)
{
    (void)reason;
    (void)pthread_mutex_lock(&p->lock);
    const struct rights *r = kept(server_rights(p));
    (void)pthread_mutex_unlock(&p->lock);
    return r;
}

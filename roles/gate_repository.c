/* What a principal may do with a repository by its name. The rights are those of the collection repositories, with
 * whatever a key's scopes leave of them; here they are only asked. */
#include "roles/registry/internal.h"

/* *row NULL: nothing was pushed there; then the image is that of a new one. */
static enum err image_of(struct gate *g, str name, struct arena *a, const struct json **row, const struct json **image, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_POLICY);
    *row = NULL;
    enum err e = read_item(g->content, server, S("repositories"), S("name"), name, a, row, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    struct json *member = NEW(a, struct json), *fresh = NEW(a, struct json);
    *member = json_named(S("name"), json_of_text(name));
    *fresh = json_of_map(member, 1);
    *image = *row ? *row : fresh;
    return ERR_OK;
}

static bool reaches(const struct principal *who, const struct collection *c, enum verb verb, const struct json *image,
                    struct arena *a)
{
    const struct access *access = rights_access(who->rights, verb, c);
    struct filter_world world = {.arena = a, .vars = &who->actor.vars};
    return access->granted && filter_matches(verb == VERB_CREATE ? access->check : access->where, image, &world);
}

static enum err ask(struct gate *g, const struct principal *who, str name, enum verb verb, struct arena *a, const struct json **row,
                    struct problem *why)
{
    const struct collection *c = model_find(who->rights->model, S("repositories"));
    const struct json *image;
    struct problem own = {.arena = a};
    must(c != NULL);
    if (gate_allows(who, verb, c, &own) == ERR_FORBIDDEN)
        return problem_set(why, ERR_FORBIDDEN, "Permission denied");
    TRY(image_of(g, name, a, row, &image, why));
    if (reaches(who, c, verb, image, a))
        return ERR_OK;
    if (verb != VERB_READ && reaches(who, c, VERB_READ, image, a))
        return problem_set(why, ERR_FORBIDDEN, "Permission denied");
    return problem_set(why, ERR_NOT_FOUND, "There is no repository " STR_FMT, STR_ARG(name));
}

/* Who has said no name is asked for one, whatever the public may do. A client's token says what it asked for when it got it; with
 * another one it may get further (oci-registry.md 10.1 and 10.2). */
enum err repository_asked(struct gate *g, const struct principal *who, str name, enum verb verb, struct arena *a, const struct json **row,
                          struct problem *why)
{
    *row = NULL;
    enum err e = ask(g, who, name, verb, a, row, why);
    bool is_refused = e == ERR_FORBIDDEN || e == ERR_NOT_FOUND;
    if (is_refused && who->by_token == TOKEN_REGISTRY)
        return problem_set(why, ERR_UNAUTHENTICATED, "The token is not for this");
    if (is_refused && who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
    return e;
}

enum err gate_repository(struct gate *g, const struct principal *who, str name, enum verb verb, struct arena *a,
                         struct problem *why)
{
    const struct json *unused;
    return repository_asked(g, who, name, verb, a, &unused, why);
}

/* What a key gives up of its owner's rights: a list of alternatives, each about a collection or about
 * repositories of the registry. A scope that does not read lets nothing through; better to hear of it when it
 * is written. */
#include "base/network.h"
#include "content/kind.h"
#include "content/pointer.h"
#include "content/system/keys/keys.h"
#include "content/system/keys/repository_globs.h"
#include "content/system/people/standing.h"

/* What each member of a scope must be. */
static const struct {
    str name;
    const char *wanted;
    enum json_type type;
    bool not_empty; /* nothing in it would mean everything, or nothing at all */
} scope_members[] = {
    {STR("collection"), "a name or *", JSON_TEXT, false},
    {STR("repositories"), "a list of names, with * and **", JSON_LIST, true},
    {STR("verbs"), "a list of names", JSON_LIST, true},
    {STR("fields"), "a list of names", JSON_LIST, false},
    {STR("where"), "a filter", JSON_MAP, false},
};

static bool are_texts(const struct json *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].type != JSON_TEXT)
            return false;
    return true;
}

static const struct json *member(const struct json *scope, str name)
{
    const struct json *v = json_get(scope, name);
    return v && v->type != JSON_NULL ? v : NULL;
}

static void check_member(const struct json *scope, size_t which, str where, struct problem *why)
{
    str name = scope_members[which].name;
    const struct json *v = member(scope, name);
    bool fits = !v || (v->type == scope_members[which].type && (v->type != JSON_LIST || are_texts(v)) &&
                       (!scope_members[which].not_empty || v->count > 0));
    if (!fits)
        (void)problem_fault(why, ERR_INVALID, pointer_name(why->arena, where, name), S("type"), STR_FMT " must be %s",
                            STR_ARG(name), scope_members[which].wanted);
}

static bool is_member(str name)
{
    for (size_t i = 0; i < COUNTOF(scope_members); i++)
        if (str_equal(scope_members[i].name, name))
            return true;
    return false;
}

static void check_scope(const struct json *scope, str where, struct problem *why)
{
    for (size_t k = 0; k < COUNTOF(scope_members); k++)
        check_member(scope, k, where, why);
    if (!member(scope, S("collection")) == !member(scope, S("repositories")))
        (void)problem_fault(why, ERR_INVALID, pointer_name(why->arena, where, S("collection")), S("required"),
                            "A scope names its collection, or *, or else repositories");
    const struct json *globs = member(scope, S("repositories"));
    for (uint32_t k = 0; globs && globs->type == JSON_LIST && k < globs->count; k++)
        if (globs->items[k].type == JSON_TEXT && !repository_glob_looks_right(globs->items[k].text))
            (void)problem_fault(why, ERR_INVALID, pointer_index(why->arena, pointer_name(why->arena, where, S("repositories")), k),
                                S("pattern"), "A repository's name, in which * and ** may stand for parts of it");
    for (uint32_t k = 0; scope->type == JSON_MAP && k < scope->count; k++)
        if (!is_member(scope->items[k].name))
            (void)problem_fault(why, ERR_INVALID, pointer_name(why->arena, where, scope->items[k].name), S("unknown-field"),
                                "A scope has collection or repositories, verbs, fields and where");
}

static bool holds_verb(const struct rights *r, const struct collection *c, str word)
{
    for (enum verb v = 0; v < VERB_COUNT; v++)
        if (str_equal(word, verb_names[v]))
            return rights_access(r, v, c)->granted;
    return rights_action(r, c, word)->granted;
}

static bool holds_anything(const struct rights *r, const struct collection *c)
{
    bool holds = false;
    for (enum verb v = 0; v < VERB_COUNT; v++)
        holds |= rights_access(r, v, c)->granted;
    for (size_t i = 0; i < c->action_count; i++)
        holds |= rights_action(r, c, c->actions[i].name)->granted;
    return holds;
}

static bool holds_word(const struct rights *r, const struct collection *c, str word, bool of_registry)
{
    size_t count = 0;
    const str *meant = of_registry ? repository_verbs(word, &count) : NULL;
    bool holds = count > 0 || str_equal(word, S("*")) ? holds_anything(r, c) : holds_verb(r, c, word);
    for (size_t i = 0; i < count; i++)
        holds &= holds_verb(r, c, meant[i]);
    return holds;
}

/* A right that its owner gains later would come to the key, too: nobody takes one out in advance (AK-6). */
static bool is_held(const struct rights *r, const struct json *scope)
{
    const struct json *name = member(scope, S("collection")), *verbs = member(scope, S("verbs"));
    bool of_registry = !name, holds;
    if (name && str_equal(name->text, S("*")))
        return true;
    const struct collection *c = model_find(r->model, of_registry ? S("repositories") : name->text);
    holds = c && holds_anything(r, c);
    for (uint32_t i = 0; holds && verbs && i < verbs->count; i++)
        holds = holds_word(r, c, verbs->items[i].text, of_registry);
    return holds;
}

enum err key_scopes_check(struct work *w, const struct json *scopes, struct problem *why)
{
    uint32_t count = scopes && scopes->type == JSON_LIST ? scopes->count : 0;
    for (uint32_t i = 0; i < count; i++)
        check_scope(&scopes->items[i], pointer_index(why->arena, S("/scopes"), i), why);
    TRY(why->err);
    for (uint32_t i = 0; i < count && !author_is_trusted(w); i++)
        if (!is_held(work_rights(w), &scopes->items[i]))
            (void)problem_fault(why, ERR_INVALID, pointer_index(why->arena, S("/scopes"), i), S("beyond"),
                                "You do not have these rights yourself");
    return why->err;
}

enum err key_addresses_check(const struct json *addresses, struct problem *why)
{
    struct network network;
    for (uint32_t i = 0; addresses && addresses->type == JSON_LIST && i < addresses->count; i++)
        if (addresses->items[i].type != JSON_TEXT || !network_read(addresses->items[i].text, &network))
            (void)problem_fault(why, ERR_INVALID, pointer_index(why->arena, S("/addresses"), i), S("network"),
                                "An address or a network, like 192.0.2.7 or 2001:db8::/32");
    return why->err;
}

/* What of a wish for repositories is granted (oci-registry.md 10.3). */
#include "api/oci/token.h"

#include "base/limits.h"
#include "roles/registry/registry.h"

/* An action of the protocol and what it comes to. */
static const struct {
    str action;
    enum verb verb;
} actions[] = {
    {STR("pull"), VERB_READ},
    {STR("push"), VERB_CREATE},
    {STR("push"), VERB_UPDATE},
    {STR("delete"), VERB_DELETE},
};

/* "repository(class):host:5000/name:pull,push": the type ends at the first colon, the actions begin at the last. */
static bool read_wish(str wish, str *name, str *wanted)
{
    str type, rest, class, unused;
    size_t last;
    if (!str_cut(wish, ':', &type, &rest))
        return false;
    for (last = rest.len; last > 0 && rest.at[last - 1] != ':';)
        last--;
    if (last == 0)
        return false;
    *name = str_slice(rest, 0, last - 1);
    *wanted = str_slice(rest, last, rest.len);
    (void)str_cut(type, '(', &class, &unused);
    return str_equal(class, S("repository")) && repository_name_valid(*name);
}

static bool is_wanted(str wanted, str action)
{
    bool ended = false;
    str one;
    while (str_next(&wanted, &ended, ',', &one))
        if (str_equal(one, action) || str_equal(one, S("*")))
            return true;
    return false;
}

static enum err may(struct gate *g, struct exchange *x, str name, enum verb verb, bool *out, struct problem *why)
{
    struct problem own = {.arena = x->arena};
    enum err e = gate_repository(g, x->who, name, verb, x->arena, &own);
    *out = e == ERR_OK;
    if (e == ERR_OK || e == ERR_UNAUTHENTICATED || e == ERR_FORBIDDEN || e == ERR_NOT_FOUND)
        return ERR_OK;
    *why = own;
    return e;
}

struct granting {
    struct json *scopes, *access;
    uint32_t count;
};

static struct json scope_of(struct arena *a, str name, const struct json *verbs, uint32_t count)
{
    struct json *members = NEW_N(a, struct json, 2), *names = NEW(a, struct json);
    *names = json_of_text(name);
    members[0] = json_named(S("repositories"), json_of_list(names, 1));
    members[1] = json_named(S("verbs"), json_of_list(verbs, count));
    return json_of_map(members, 2);
}

static enum err grant(struct gate *g, struct exchange *x, str name, str wanted, struct granting *to, struct problem *why)
{
    struct json *verbs = NEW_N(x->arena, struct json, COUNTOF(actions)), *said = NEW_N(x->arena, struct json, COUNTOF(actions));
    uint32_t verb_count = 0, said_count = 0;
    for (size_t i = 0; i < COUNTOF(actions); i++) {
        bool granted = false;
        if (is_wanted(wanted, actions[i].action))
            TRY(may(g, x, name, actions[i].verb, &granted, why));
        if (!granted)
            continue;
        verbs[verb_count++] = json_of_text(verb_names[actions[i].verb]);
        if (said_count == 0 || !str_equal(said[said_count - 1].text, actions[i].action))
            said[said_count++] = json_of_text(actions[i].action);
    }
    if (verb_count == 0)
        return ERR_OK;
    struct json *members = NEW_N(x->arena, struct json, 3);
    members[0] = json_named(S("type"), json_of_text(S("repository")));
    members[1] = json_named(S("name"), json_of_text(name));
    members[2] = json_named(S("actions"), json_of_list(said, said_count));
    to->scopes[to->count] = scope_of(x->arena, name, verbs, verb_count);
    to->access[to->count++] = json_of_map(members, 3);
    return ERR_OK;
}

/* "registry:catalog:*" is what one may read, as no wish at all is: lists of repositories want it. */
static bool is_catalog(const struct exchange *x, str wish)
{
    static const str catalog = STR("registry:catalog:");
    const struct collection *c = model_find(principal_model(x->who), S("repositories"));
    return str_starts(wish, catalog) && is_wanted(str_slice(wish, catalog.len, wish.len), S("*")) && c && gate_may(x->who, VERB_READ, c);
}

static void grant_catalog(struct arena *a, const struct json *read, struct granting *to)
{
    struct json *members = NEW_N(a, struct json, 3), *all = NEW(a, struct json);
    *all = json_of_text(S("*"));
    members[0] = json_named(S("type"), json_of_text(S("registry")));
    members[1] = json_named(S("name"), json_of_text(S("catalog")));
    members[2] = json_named(S("actions"), json_of_list(all, 1));
    to->scopes[to->count] = scope_of(a, S("**"), read, 1);
    to->access[to->count++] = json_of_map(members, 3);
}

enum err oci_grant(struct gate *g, struct exchange *x, const str *wishes, size_t count, struct oci_grants *out, struct problem *why)
{
    struct granting to = {NEW_N(x->arena, struct json, LIMIT_SCOPES), NEW_N(x->arena, struct json, LIMIT_SCOPES), 0};
    struct json *read = NEW(x->arena, struct json);
    str name, wanted, one;
    *read = json_of_text(verb_names[VERB_READ]);
    for (size_t i = 0; i < count; i++) {
        bool ended = false;
        for (str rest = wishes[i]; str_next(&rest, &ended, ' ', &one) && to.count < LIMIT_SCOPES;) {
            if (read_wish(one, &name, &wanted))
                TRY(grant(g, x, name, wanted, &to, why));
            else if (is_catalog(x, one))
                grant_catalog(x->arena, read, &to);
        }
    }
    out->any = to.count > 0;
    out->access = json_of_list(to.access, to.count);
    if (to.count == 0) /* nothing asked for: what may be read, as lists of repositories want; nothing granted: no name at all */
        to.scopes[0] = scope_of(x->arena, count == 0 ? S("**") : S("-"), read, 1);
    out->scopes = json_of_list(to.scopes, to.count ? to.count : 1);
    return ERR_OK;
}

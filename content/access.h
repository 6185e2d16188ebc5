#ifndef CONTENT_ACCESS_H
#define CONTENT_ACCESS_H
#include "content/filter/filter.h"

/* What one principal may do under one model and one policy, compiled. The planner takes it, nobody but
 * roles/policy/policy.c makes it (tests/tidy.c holds that), and there is no value that means "everything":
 * the server's own work has rights too, minted for a stated reason. Immutable, counted, shared by all
 * requests of the same rights. */
enum verb { VERB_READ, VERB_CREATE, VERB_UPDATE, VERB_DELETE, VERB_PUBLISH, VERB_COUNT };
extern const str verb_names[VERB_COUNT];

struct preset {
    const struct field *field;
    enum var var;                     /* VAR_NONE: the value */
    struct json value;
};

struct access {
    const struct collection *in;
    enum verb verb;
    bool granted;                     /* any grant at all; false: fields empty, where FILTER_NONE */
    field_set fields;                 /* readable, or writable with this verb; never a secret for VERB_READ */
    const struct filter *where;       /* rows it reaches; never NULL */
    const struct filter *check;       /* what a written item must satisfy afterwards; never NULL */
    const struct preset *presets;
    size_t preset_count;
    bool every_field;                 /* also those that are added later */
    bool every_locale;                /* else only these: */
    const str *locales;
    size_t locale_count;
};

bool access_has_language(const struct access *a, str code);

/* A grant without any condition, for whoever wants to prove that he holds what he hands on: it covers what a
 * collection, a field or an action of a later time will be. */
struct wide_grant {
    str collection;
    const str *verbs;
    size_t verb_count;
};

struct action_access {
    bool granted;
    const struct filter *where;
};

struct limit;                         /* roles/policy/limits.h */

/* Which GraphQL documents somebody may send (docs/graphql.md): all, those that the server knows already, those of the
 * collection graphql_documents. */
enum document_mode { DOCUMENTS_ANY, DOCUMENTS_PERSISTED, DOCUMENTS_TRUSTED };

struct rights {
    struct counted counted;
    const struct model *model;        /* a counted use is held */
    uint64_t policy_epoch;
    uint64_t fingerprint;             /* equal rights, equal answers (with equal vars): for ETags and caches */
    bool uses_vars;                   /* some condition looks at $user, $ip, $now: answers differ per person */
    const struct access *table;       /* [collection->index * VERB_COUNT + verb] */
    const struct action_access *const *actions;  /* [collection->index][action index] */
    const str *roles;                 /* names of the roles in force, inherited ones too */
    size_t role_count;
    bool asks_second_factor;          /* one of the roles does, of people who sign in */
    enum document_mode documents;         /* the widest of the roles' */
    bool is_admin;                    /* holds the built-in role admin, not narrowed */
    bool reaches_all;                 /* so does the server itself: also what no collection of the model has (any more) */
    const struct wide_grant *wide;    /* none with narrowing scopes */
    size_t wide_count;
    /* Roles and grants with limits that are looked at: rights hold while the same ones are in force. */
    const struct limit *limits;
    size_t limit_count;
    const bool *in_force;
    const struct rights *lasting;     /* without whatever is limited; NULL: nothing is, so these */
};

static inline const struct access *rights_access(const struct rights *r, enum verb verb, const struct collection *c)
{
    return &r->table[(size_t)c->index * VERB_COUNT + verb];
}
const struct action_access *rights_action(const struct rights *r, const struct collection *c, str action); /* never NULL */

/* What a grant's `collection` names: one collection, or with stars any of the users' own whose name matches;
 * "*" alone stands for assets and their folders, too. Nobody gets at accounts and keys by a star. */
bool grant_names(str pattern, const struct collection *c);
static inline bool pattern_has_star(str pattern)
{
    return pattern.len && memchr(pattern.at, '*', pattern.len) != NULL;
}
/* Does every name that the second matches match the first? For names and for patterns. */
bool pattern_covers(str wide, str narrow);
/* Is a verb or action in a list, or "*"? */
bool verb_listed(const str *list, size_t count, str verb);

/* Who acts, for the journal and for $variables: travels beside the rights. */
struct actor {
    struct vars vars;
    str label;                        /* "user ada@example.com", "key ci-bot", "public", "system first-start" */
    str via;                          /* façade: "rest", "graphql", "oci", "cli", "system" */
    str request_id;
    str session;                      /* id of the session or key item behind it, or {0} */
    str agent;                        /* what the client calls itself, printable; {0} */
    bool is_server;                   /* the server itself, for a stated reason */
    bool is_admin;                    /* holds the built-in role admin, not narrowed */
    bool is_derived;                  /* comes with a token that was made with a key or session, not with that itself */
    bool is_narrowed;                 /* comes with a key whose scopes take something away */
};
#endif

/* The law: a table, and fifty lines that read it. Nothing here knows of filters, plans or rights. */
#include "tests/gate/matrix.h"

const char *const collections[] = {"authors", "ledger", "posts",  "sections", "site",   "users",
                                   "api_keys", "grants", "journal", "nowhere", NULL};
const char *const callers[] = {"nobody",  "public",  "reader", "author", "editor", "narrow", "relation",
                               "partial", "keeper", "writer", "heir",
                               "member", "timed", "placed", "patterned", "cockpit", "admin",  "scoped", "adminscoped", NULL};
const char *const bad_callers[] = {"expired", "future", "disabled", "revoked", "wrong", "garbage", NULL};

struct fact facts[] = {
    {"authors", "red", NULL, 1, true, {0}},      {"authors", "blue", NULL, 1, false, {0}},
    {"ledger", "l1", NULL, 1, false, {0}},       {"posts", "a1", "author", 1, true, {0}},
    {"posts", "a0", "author", 0, false, {0}},    {"posts", "b1", "editor", 1, false, {0}},
    {"posts", "b0", "editor", 0, true, {0}},     {"sections", "s1", "author", 1, false, {0}},
    {"sections", "s2", "editor", 1, false, {0}}, {"site", "site", "author", 1, false, {0}},
    {"users", "keeper", "keeper", 1, false, {0}}, {"users", "reader", "reader", 1, false, {0}},
};
const size_t fact_count = COUNTOF(facts);

enum rows { ALL, PUBLISHED, OWN, OWN_OR_PUBLISHED, RED };

static const struct law {
    const char *who, *collection, *verbs; /* r c u d p(ublish) a(ct) */
    enum rows rows;
    const char *fields;
} laws[] = {
    {"public", "posts", "r", PUBLISHED, "title author"},
    {"public", "authors", "r", ALL, "name team"},
    {"reader", "posts", "r", ALL, "title body author more"},
    {"reader", "authors", "r", ALL, "name"},
    {"reader", "sections", "r", ALL, "*"},
    {"reader", "site", "r", ALL, "*"},
    {"author", "posts", "r", OWN_OR_PUBLISHED, "*"},
    {"author", "posts", "c", ALL, "*"},
    {"author", "posts", "ud", OWN, "*"},
    {"author", "authors", "r", ALL, "*"},
    {"author", "sections", "r", ALL, "*"},
    {"editor", "authors", "rcudp", ALL, "*"},
    {"editor", "ledger", "rcudp", ALL, "*"},
    {"editor", "posts", "rcudpa", ALL, "*"},
    {"editor", "sections", "rcudp", ALL, "*"},
    {"editor", "site", "rcudp", ALL, "*"},
    {"narrow", "posts", "rcu", ALL, "title"},
    {"relation", "posts", "ra", RED, "*"},
    {"partial", "posts", "r", ALL, "*"},
    {"partial", "authors", "r", RED, "*"},
    {"keeper", "users", "r", OWN, "name"},
    {"keeper", "api_keys", "r", OWN, "label"},
    {"writer", "posts", "cu", ALL, "*"}, /* may write what it may not read */
    {"heir", "posts", "r", ALL, "title body author more"}, /* inherits reader */
    {"heir", "authors", "r", ALL, "name"},
    {"heir", "sections", "r", ALL, "*"},
    {"heir", "site", "ru", ALL, "*"}, /* and has something of its own */
    {"member", "posts", "r", OWN_OR_PUBLISHED, "*"}, /* of a group that is an author */
    {"member", "posts", "c", ALL, "*"},
    {"member", "posts", "ud", OWN, "*"},
    {"member", "authors", "r", ALL, "*"},
    {"member", "sections", "r", ALL, "*"},
    {"timed", "sections", "r", ALL, "*"}, /* the rest is over, or to come */
    {"placed", "posts", "ru", ALL, "title"}, /* from here; the rest is for elsewhere */
    {"patterned", "sections", "ru", ALL, "*"}, /* "s*": not settings, sessions, service_accounts */
    {"patterned", "site", "ru", ALL, "*"},
    {"cockpit", "posts", "r", PUBLISHED, "*"},
    {"cockpit", "authors", "ru", ALL, "*"},
    {"cockpit", "users", "rcud", ALL, "*"},
    {"cockpit", "journal", "r", ALL, "*"},
    {"admin", "authors", "rcudp", ALL, "*"},
    {"admin", "ledger", "rcudp", ALL, "*"},
    {"admin", "posts", "rcudpa", ALL, "*"},
    {"admin", "sections", "rcudp", ALL, "*"},
    {"admin", "site", "rcudp", ALL, "*"},
    {"admin", "users", "rcudp", ALL, "*"},
    {"admin", "api_keys", "rcudp", ALL, "*"},
    {"admin", "grants", "rcudp", ALL, "*"},
    {"admin", "journal", "r", ALL, "*"},
    {"scoped", "posts", "ru", PUBLISHED, "title body"},
    {"adminscoped", "posts", "rd", ALL, "*"},
    {"adminscoped", "users", "r", ALL, "name"},
};

static bool is(const char *a, const char *b)
{
    return str_equal(str_of(a), str_of(b));
}

const char *law_person(const char *who)
{
    return is(who, "nobody") || is(who, "public") ? NULL : is(who, "scoped") ? "editor" : is(who, "adminscoped") ? "admin" : who;
}

static const struct law *law_of(const char *who, const char *collection, enum verb_asked verb)
{
    size_t unused;
    for (size_t i = 0; i < COUNTOF(laws); i++)
        if (is(laws[i].who, who) && is(laws[i].collection, collection) && str_find(str_of(laws[i].verbs), "rcudpa"[verb], &unused))
            return &laws[i];
    return NULL;
}

static bool reaches(const struct law *l, const struct fact *f)
{
    bool own = f->owner && law_person(l->who) && is(f->owner, law_person(l->who));
    switch (l->rows) {
    case ALL: return true;
    case PUBLISHED: return f->state == 1;
    case OWN: return own;
    case OWN_OR_PUBLISHED: return own || f->state == 1;
    case RED: break;
    }
    return f->red;
}

enum err law_decides(const char *who, const char *collection, enum verb_asked verb, const struct fact *item)
{
    const struct law *l = law_of(who, collection, verb);
    bool knows = false;
    for (int v = ASK_READ; v <= ASK_ACT; v++)
        knows |= law_of(who, collection, (enum verb_asked)v) != NULL;
    if (!l && (is(who, "nobody") || (is(who, "public") && knows)))
        return ERR_UNAUTHENTICATED;
    if (!l)
        return knows ? ERR_FORBIDDEN : ERR_NOT_FOUND;
    return !item || reaches(l, item) ? ERR_OK : ERR_NOT_FOUND;
}

static bool lists(const char *fields, const char *field)
{
    str rest = str_of(fields), piece;
    for (bool ended = false; str_next(&rest, &ended, ' ', &piece);)
        if (str_equal(piece, S("*")) || str_equal(piece, str_of(field)))
            return true;
    return false;
}

bool law_names(const char *who, const char *collection, const char *field, enum verb_asked verb)
{
    const struct law *l = law_of(who, collection, verb);
    return l && lists(l->fields, field) && (verb != ASK_READ || !is(field, "pin"));
}

bool law_shows(const char *who, const struct fact *item, const char *field)
{
    return law_decides(who, item->collection, ASK_READ, item) == ERR_OK && law_names(who, item->collection, field, ASK_READ);
}

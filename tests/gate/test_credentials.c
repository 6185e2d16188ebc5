/* Credentials x states x surfaces x verbs x collections. What a credential may do depends on whose it is and on what
 * it was narrowed to, never on its kind, on where it stands in the request or on the path that is asked; and one that is
 * none opens nothing, not even what the public may see (AK-6, AK-8, SE-2; contract 4). */
#include "tests/support/check.h"

#include "api/api.h"
#include "base/limits.h"
#include "tests/gate/credentials.h"
#include "tests/support/rest.h"

static bool is(const char *a, const char *b)
{
    return str_equal(str_of(a), str_of(b));
}

/* ---- the oracle ---- */

static const struct {
    const char *who, *collection, *verbs;
} laws[] = {
    {"clerk", "notes", "rcu"}, {"clerk", "drafts", "r"},     {"clerk", "users", "r"},       {"public", "notes", "r"},
    {"clerk", "service_accounts", "r"},
    {"narrowed", "notes", "r"}, {"person", "users", "ru"},   {"person", "sessions", "rd"},  {"person", "api_keys", "rcud"},
};

static bool is_bad(const struct credential *c)
{
    bool hangs_on_session = c->kind->made_of == OF_SESSION || c->kind->made_of == OF_TOKEN_OF_SESSION;
    return c->state >= WRONG_BYTE || c->kind->is_registrys || (c->state == ROLE_GONE && hangs_on_session);
}

static bool grants(const char *who, const char *collection, char verb)
{
    size_t unused;
    for (size_t i = 0; i < COUNTOF(laws); i++)
        if (is(laws[i].who, who) && is(laws[i].collection, collection) && str_find(str_of(laws[i].verbs), verb, &unused))
            return true;
    return false;
}

/* Every item, and not only what is one's own. */
static bool may_all(const struct credential *c, const char *collection, char verb)
{
    const char *who = !c->owner ? "public" : c->state == NARROWED ? "narrowed" : c->state == ROLE_GONE ? "nobody" : "clerk";
    return grants(who, collection, verb);
}

static bool may(const struct credential *c, const char *collection, char verb)
{
    bool own = c->is_person && c->state != NARROWED && grants("person", collection, verb);
    return may_all(c, collection, verb) || own;
}

static enum err law(const struct credential *c, const char *collection, char verb)
{
    bool knows = may(c, collection, 'r') || may(c, collection, 'c') || may(c, collection, 'u') || may(c, collection, 'd');
    if (is_bad(c))
        return ERR_UNAUTHENTICATED;
    if (may(c, collection, verb))
        return ERR_OK;
    return !knows ? ERR_NOT_FOUND : c->owner ? ERR_FORBIDDEN : ERR_UNAUTHENTICATED;
}

/* ---- what is asked ---- */

static const char *const collections[] = {"notes", "drafts", "ledger", "users", "sessions", "api_keys", "tokens", "service_accounts",
                                          "roles", "journal", "nowhere"};
static const struct ask {
    const char *name, *method, *target; /* %s: the collection */
    char verb;
    bool of_item;
} asks[] = {
    {"lists", "GET", "/api/content/items/%s", 'r', false},
    {"counts", "GET", "/api/content/items/%s?count=exact&limit=1&skip=0", 'r', false},
    {"aggregates", "GET", "/api/content/aggregate/%s?pipeline=%5B%5D", 'r', false},
    {"reads", "GET", "/api/content/item/%s/0123456789abcdef01234567", 'r', true},
    {"creates", "POST", "/api/content/item/%s", 'c', false},
    {"changes", "PATCH", "/api/content/item/%s/0123456789abcdef01234567", 'u', true},
    {"replaces", "PUT", "/api/content/item/%s/0123456789abcdef01234567", 'u', true},
    {"deletes", "DELETE", "/api/content/item/%s/0123456789abcdef01234567", 'd', true},
};

static bool is_users_own(const char *collection)
{
    return is(collection, "notes") || is(collection, "drafts") || is(collection, "ledger");
}

static const char *with_name(struct arena *a, const char *pattern, const char *name)
{
    str head, tail;
    return str_cut(str_of(pattern), '%', &head, &tail) && tail.at[0] == 's'
               ? arena_cstr(a, arena_format(a, STR_FMT "%s" STR_FMT, STR_ARG(head), name, STR_ARG(str_slice(tail, 1, tail.len))))
               : pattern;
}

static struct fake_exchange *send(struct office *o, struct arena *a, const struct credential *c, const char *method, const char *target,
                                  str body, enum err *err)
{
    const char *headers = credential_headers(a, c, &(struct sent){method, target, body});
    if (body.len)
        headers = arena_cstr(a, arena_format(a, "%sContent-Type: application/json\n", headers));
    return rest_request(o->house->gate, a, method, target, headers, body, err);
}

/* What is no key any more is a password, as far as Basic is concerned. Wrong ones are counted, and after some of them
 * even the right one has to wait: they get a test alone. */
static bool is_guess(const struct credential *c)
{
    bool is_no_key = c->kind->made_of == OF_PASSWORD || c->state == CUT || c->state == WRONG_BYTE;
    return str_contains(str_of(c->headers), S("Basic")) && is_no_key && is_bad(c);
}

static void check_ask(struct office *o, const struct credential *c, const struct ask *ask, const char *collection)
{
    struct arena *a = arena_open(16u << 10);
    enum err wanted = law(c, collection, ask->verb), got;
    bool writes = ask->verb == 'c' || ask->verb == 'u';
    str body = !writes ? S("") : is_users_own(collection) ? S("{\"data\":{\"title\":\"x\"}}") : S("{\"data\":{}}");
    struct fake_exchange *f = send(o, a, c, ask->method, with_name(a, ask->target, collection), body, &got);
    if (wanted == ERR_OK && ask->of_item && !is_users_own(collection))
        wanted = ERR_NOT_FOUND; /* no item of this id is there */
    if (got != wanted)
        CHECK_SAY("%s, %s: %s %s: %s, the law says %s\n" STR_FMT, c->kind->name, state_names[c->state], ask->name, collection,
                  err_facts(got)->name, err_facts(wanted)->name, STR_ARG(f->answer));
    arena_close(a);
}

static void the_same_principal_gets_the_same_decision(void **state)
{
    struct office o;
    (void)state;
    office_open(&o);
    for (size_t i = 0; i < o.count; i++)
        for (size_t k = 0; k < COUNTOF(asks) * COUNTOF(collections) && !is_guess(&o.all[i]); k++)
            check_ask(&o, &o.all[i], &asks[k % COUNTOF(asks)], collections[k / COUNTOF(asks)]);
    office_close(&o);
}

static void guessed_passwords_open_nothing(void **state)
{
    struct office o;
    (void)state;
    office_open(&o);
    for (size_t i = 0; i < o.count; i++)
        for (size_t k = 0; k < 3 && is_guess(&o.all[i]); k++) /* few enough not to be told to wait */
            check_ask(&o, &o.all[i], &asks[k], collections[k]);
    office_close(&o);
}

/* ---- the dialects ---- */

/* What others' calls come to, in words of the law. Each refuses in its own shape and some of them tell what ours hide; but
 * whoever gets an answer here gets one there, and nobody else. */
static const struct dialect {
    const char *name, *method, *target, *collection;
    char verb;
    enum { OF_ALL, OF_OWN } reach;    /* does it ask for what everybody has, or for the caller's own? */
    const char *body;
} dialects[] = {
    {"Notary lists accounts", "GET", "/api/v1/accounts", "users", 'r', OF_ALL, ""},
    {"Notary shows an account", "GET", "/api/v1/accounts/1", "users", 'r', OF_ALL, ""},
    {"Notary makes an account", "POST", "/api/v1/accounts", "users", 'c', OF_ALL,
     "{\"email\":\"x@example.com\",\"password\":\"Correct-h0rse\",\"role_id\":3}"},
    {"Notary sets a password", "POST", "/api/v1/accounts/1/change_password", "users", 'u', OF_ALL, "{\"password\":\"Correct-h0rse\"}"},
    {"Notary gives a role", "PUT", "/api/v1/accounts/2/role", "users", 'u', OF_ALL, "{\"role_id\":3}"},
    {"Notary deletes an account", "DELETE", "/api/v1/accounts/1", "users", 'd', OF_ALL, ""},
    {"Notary tells its configuration", "GET", "/api/v1/config", "settings", 'r', OF_ALL, ""},
    {"Chutes lists keys", "GET", "/api_keys/", "api_keys", 'r', OF_OWN, ""},
    {"Chutes makes a key", "POST", "/api_keys/", "api_keys", 'c', OF_OWN, "{\"name\":\"x\",\"admin\":true}"},
    {"ZenML lists people", "GET", "/api/v1/users", "users", 'r', OF_OWN, ""},
    {"ZenML makes a person", "POST", "/api/v1/users", "users", 'c', OF_ALL, "{\"name\":\"x@example.com\",\"password\":\"correct horse battery\"}"},
    {"ZenML lists service accounts", "GET", "/api/v1/service_accounts", "service_accounts", 'r', OF_ALL, ""},
    {"ZenML makes a service account", "POST", "/api/v1/service_accounts", "service_accounts", 'c', OF_ALL, "{\"name\":\"x\",\"active\":true}"},
    {"zot lists keys", "GET", "/auth/apikey", "api_keys", 'r', OF_OWN, ""},
    {"zot makes a key", "POST", "/zot/auth/apikey", "api_keys", 'c', OF_OWN, "{\"label\":\"x\"}"},
};

static void check_dialect(struct office *o, const struct credential *c, const struct dialect *d)
{
    struct arena *a = arena_open(64u << 10);
    int status = send(o, a, c, d->method, d->target, str_of(d->body), NULL)->status;
    bool reaches = d->reach == OF_ALL ? may_all(c, d->collection, d->verb) : may(c, d->collection, d->verb);
    bool granted = !is_bad(c) && reaches, refused = status == 401 || status == 403 || status == 404;
    bool may_say_401 = !c->owner || str_starts(str_of(d->name), S("Chutes")); /* there, that is also "not allowed" */
    if (is_bad(c) ? status != 401 : granted == refused || (!may_say_401 && status == 401))
        CHECK_SAY("%s, %s: %s: %d", c->kind->name, state_names[c->state], d->name, status);
    arena_close(a);
}

static void other_dialects_decide_alike(void **state)
{
    struct office o;
    (void)state;
    office_open(&o);
    for (size_t i = 0; i < o.count; i++)
        for (size_t k = 0; k < COUNTOF(dialects) && !is_guess(&o.all[i]); k++)
            check_dialect(&o, &o.all[i], &dialects[k]);
    office_close(&o);
}

/* ---- who the request speaks for ---- */

static void every_credential_speaks_for_its_owner(void **state)
{
    struct office o;
    (void)state;
    office_open(&o);
    for (size_t i = 0; i < o.count; i++) {
        const struct credential *c = &o.all[i];
        if (is_guess(c))
            continue;
        struct arena *a = arena_open(16u << 10);
        struct problem why = {.arena = a};
        struct fake_exchange *f = fake_request(a, "GET", "/", credential_headers(a, c, &(struct sent){"GET", "/", S("")}), S(""));
        enum err wanted = is_bad(c) ? ERR_UNAUTHENTICATED : ERR_OK, got = identify(o.house->gate, &f->x, &why);
        if (got != wanted)
            CHECK_SAY("%s, %s: %s", c->kind->name, state_names[c->state], err_facts(got)->name);
        const struct principal *who = f->x.who;
        bool of_role = is_of_role(c->kind->made_of) && who->role_count == 1;
        str name = of_role ? who->roles[0] : !str_is_absent(who->service_name) ? who->service_name : who->user_name;
        bool public = got != ERR_OK || !c->owner;
        if ((who->kind == PRINCIPAL_PUBLIC) != public || (!public && !str_equal(name, str_of(c->owner))))
            CHECK_SAY("%s, %s: speaks for " STR_FMT, c->kind->name, state_names[c->state], STR_ARG(name));
        CHECK(!public || (str_is_absent(who->user_id) && str_is_absent(who->service_id) && str_is_absent(who->key_id)));
        arena_close(a);
    }
    office_close(&o);
}

/* ---- every route there is ---- */

static const char *filled(struct arena *a, const char *pattern)
{
    struct buf b;
    buf_init(&b, a, LIMIT_TARGET_BYTES);
    for (const char *p = pattern; *p; p++) {
        if (*p != '{') {
            buf_byte(&b, *p);
            continue;
        }
        buf_add(&b, S("0123456789abcdef01234567"));
        while (*p != '}')
            p++;
    }
    return arena_cstr(a, buf_str(&b));
}

static void check_refused(struct office *o, const struct credential *c, const struct route *r)
{
    static const char *const methods[] = {[M_GET] = "GET",     [M_HEAD] = "HEAD",     [M_POST] = "POST",      [M_PUT] = "PUT",
                                          [M_PATCH] = "PATCH", [M_DELETE] = "DELETE", [M_OPTIONS] = "OPTIONS"};
    struct arena *a = arena_open(16u << 10);
    struct fake_exchange *f = send(o, a, c, methods[r->method], filled(a, r->pattern), r->body_max ? S("{}") : S(""), NULL);
    if (f->status != 401)
        CHECK_SAY("%s, %s: %s %s is %d", c->kind->name, state_names[c->state], methods[r->method], r->pattern, f->status);
    arena_close(a);
}

/* Routes that are ROUTE_OPEN: whoever adds one says here why it may be. */
static const struct {
    const char *pattern;
    enum { TELLS_NOTHING, LETS_IN, TAKES_A_LINK, LOOKS_ITSELF } why; /* LOOKS_ITSELF: at credentials, behind its own faults */
} open_routes[] = {
    {"/livez", TELLS_NOTHING}, {"/readyz", TELLS_NOTHING}, {"/startupz", TELLS_NOTHING}, {"/health", TELLS_NOTHING}, {"/ready", TELLS_NOTHING},
    {"/status", TELLS_NOTHING}, {"/logout", TELLS_NOTHING}, /* ends what still is, and forgets the rest */
    {"/api/system/healthcheck", TELLS_NOTHING}, {"/docs/errors", TELLS_NOTHING},
    {"/.well-known/jwks.json", TELLS_NOTHING}, {"/api/auth/methods", TELLS_NOTHING}, {"/api/v1/info", TELLS_NOTHING},
    {"/api/v1/version", TELLS_NOTHING}, {"/api_keys", TELLS_NOTHING}, {"/api/auth/leaked", TAKES_A_LINK},
    {"/api/auth/setup", LETS_IN}, {"/api/auth/login", LETS_IN}, {"/api/auth/second", LETS_IN}, {"/login", LETS_IN},
    {"/auth/login", LETS_IN}, {"/zot/auth/login", LETS_IN}, {"/zot/auth/callback/{provider}", LETS_IN}, {"/api/v1/login", LETS_IN}, {"/api/v1/device_authorization", LETS_IN},
    {"/api/auth/oidc/{provider}", LETS_IN}, {"/api/auth/oidc/{provider}/callback", LETS_IN}, {"/api/auth/passkey/begin", LETS_IN},
    {"/api/auth/passkey/finish", LETS_IN},
    {"/api/auth/accept", TAKES_A_LINK}, {"/api/auth/reset", TAKES_A_LINK}, {"/api/auth/reset/confirm", TAKES_A_LINK},
    {"/api/auth/magic", TAKES_A_LINK}, {"/api/auth/magic/confirm", TAKES_A_LINK}, {"/api/v1/users/{name_or_id}/activate", TAKES_A_LINK},
    {"/api_keys/", LOOKS_ITSELF},
};

/* Does this route answer a bad credential with 401? Says so when it is open and nobody said why. */
static bool looks_at_credentials(const struct route *r)
{
    if (!(r->flags & ROUTE_OPEN))
        return true;
    if (str_starts(str_of(r->pattern), S("/acme/"))) /* who asks is who signed the message: tests/unit/api/test_acme.c */
        return false;
    for (size_t i = 0; i < COUNTOF(open_routes); i++)
        if (is(open_routes[i].pattern, r->pattern))
            return open_routes[i].why == LOOKS_ITSELF;
    CHECK_SAY("%s is open to everybody: say why in open_routes", r->pattern);
    return false;
}

static bool fits(const struct credential *c, const struct route *r)
{
    return !is_bad(c) || is_guess(c) || (c->kind->is_registrys && (str_starts(str_of(r->pattern), S("/v2/")) || str_starts(str_of(r->pattern), S("/oras/"))));
}

/* Every route of every surface, as the tables have them. */
static void a_bad_credential_is_refused_on_every_route(void **state)
{
    struct office o;
    size_t routes = 0;
    (void)state;
    office_open(&o);
    for (size_t t = 0; t < api_table_count; t++)
        for (size_t r = 0; r < api_tables[t]->count; r++) {
            const struct route *route = &api_tables[t]->routes[r];
            if (!looks_at_credentials(route))
                continue;
            routes++;
            for (size_t i = 0; i < o.count; i++)
                if (!fits(&o.all[i], route))
                    check_refused(&o, &o.all[i], route);
        }
    CHECK(routes > 20);
    office_close(&o);
}

/* ---- two at once ---- */

static bool is_header(const struct credential *c)
{
    return c->owner && !str_contains(str_of(c->headers), S("Cookie"));
}

static void check_pair(struct office *o, const struct credential *one, const struct credential *two, enum err wanted)
{
    struct arena *a = arena_open(16u << 10);
    enum err got;
    const struct sent sent = {"GET", "/api/content/items/notes", S("")};
    const char *headers = arena_cstr(a, arena_format(a, "Host: cms.example\n%s%s", credential_lines(a, one, &sent), credential_lines(a, two, &sent)));
    if (one == two)
        headers = credential_headers(a, one, &sent);
    (void)rest_request(o->house->gate, a, sent.method, sent.target, headers, sent.body, &got);
    if (got != wanted)
        CHECK_SAY("%s, %s beside %s, %s: %s, not %s", one->kind->name, state_names[one->state], two->kind->name, state_names[two->state],
                  err_facts(got)->name, err_facts(wanted)->name);
    arena_close(a);
}

static void two_credentials_are_one_principal_or_none(void **state)
{
    struct office o;
    (void)state;
    office_open(&o);
    for (size_t i = 0; i < o.count; i++)
        for (size_t k = 0; k < o.count; k++) {
            const struct credential *one = &o.all[i], *two = &o.all[k];
            bool header = is_header(one), other = is_header(two);
            if (is_guess(one) || is_guess(two) || one->state != GOOD)
                continue;
            bool two_signatures = i != k && one->kind->made_of == OF_HOTKEY && two->kind->made_of == OF_HOTKEY; /* name two keys: none */
            bool bad = is_bad(one) || is_bad(two) || two_signatures;
            if (header && other) /* what comes first is looked at first; good ones of two people are a contradiction */
                check_pair(&o, one, two, bad ? ERR_UNAUTHENTICATED : i == k ? ERR_OK : ERR_BAD_INPUT);
            else if (header && two->owner) /* a cookie does not count beside a header */
                check_pair(&o, one, two, is_bad(one) ? ERR_UNAUTHENTICATED : ERR_OK);
            else if (other && one->owner)
                check_pair(&o, one, two, is_bad(two) ? ERR_UNAUTHENTICATED : law(two, "notes", 'r'));
            else if (!one->owner)
                check_pair(&o, one, two, law(two, "notes", 'r')); /* the public word is nobody */
        }
    office_close(&o);
}

CHECK_MAIN(TEST(the_same_principal_gets_the_same_decision), TEST(guessed_passwords_open_nothing), TEST(other_dialects_decide_alike),
           TEST(every_credential_speaks_for_its_owner), TEST(a_bad_credential_is_refused_on_every_route),
           TEST(two_credentials_are_one_principal_or_none))

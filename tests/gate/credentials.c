/* The making of credentials, and their undoing. */
#include "tests/gate/credentials.h"

#include "base/hotkey.h"
#include "base/limits.h"
#include "base/time.h"
#include "roles/internal.h"
#include "tests/support/browser.h"

#define MINUTE INT64_C(60000)
#define PASSWORD "correct horse battery"

/* clang-format off */
const struct kind sorts[] = {
    {"none",               OF_NOTHING,     "", NULL, TOKEN_NONE, false},
    {"public word",        OF_NOTHING,     "api-key: public\n", NULL, TOKEN_NONE, false},
    {"key in api-key",     OF_KEY,         "api-key: %s\n", NULL, TOKEN_NONE, false},
    {"key in X-API-Key",   OF_KEY,         "X-API-Key: %s\n", NULL, TOKEN_NONE, false},
    {"key as Bearer",      OF_KEY,         "Authorization: Bearer %s\n", NULL, TOKEN_NONE, false},
    {"key as Basic",       OF_KEY,         "Authorization: Basic %s\n", NULL, TOKEN_NONE, false},
    {"key of Cockpit",     OF_KEY,         "api-key: %s\n", "cockpit", TOKEN_NONE, false},
    {"key of zot",         OF_KEY,         "Authorization: Basic %s\n", "zot", TOKEN_NONE, false},
    {"key of Chutes",      OF_KEY,         "Authorization: Bearer %s\n", "chutes", TOKEN_NONE, false},
    {"key of ZenML",       OF_SERVICE_KEY, "Authorization: Bearer %s\n", "zenml", TOKEN_NONE, false},
    {"service's key",      OF_SERVICE_KEY, "api-key: %s\n", NULL, TOKEN_NONE, false},
    {"role's key",         OF_ROLE_KEY,    "X-API-Key: %s\n", NULL, TOKEN_NONE, false},
    {"password as Basic",  OF_PASSWORD,    "Authorization: Basic %s\n", NULL, TOKEN_NONE, false},
    {"signed by a hotkey", OF_HOTKEY,      "", NULL, TOKEN_NONE, false},
    {"cookie",             OF_SESSION,     "Cookie: vitrine_session=%s\n", NULL, TOKEN_NONE, false},
    {"cookie of zot",      OF_SESSION,     "X-ZOT-API-CLIENT: zot-ui\nCookie: session=%s\n", NULL, TOKEN_NONE, false},
    {"cookie of Notary",   OF_TOKEN_OF_SESSION, "Cookie: user_token=%s\n", NULL, TOKEN_NOTARY, false},
    {"cookie of ZenML",    OF_TOKEN_OF_SESSION, "Cookie: zenml-server-@=%s\n", NULL, TOKEN_ZENML, false},
    {"token of a key",     OF_TOKEN_OF_KEY,     "Authorization: Bearer %s\n", NULL, TOKEN_API, false},
    {"token of a session", OF_TOKEN_OF_SESSION, "Authorization: Bearer %s\n", NULL, TOKEN_API, false},
    {"token of a service", OF_TOKEN_OF_SERVICE, "Authorization: Bearer %s\n", NULL, TOKEN_API, false},
    {"token of ZenML",     OF_TOKEN_OF_SESSION, "Authorization: Bearer %s\n", NULL, TOKEN_ZENML, false},
    {"ZenML's of a key",   OF_TOKEN_OF_SERVICE, "Authorization: Bearer %s\n", NULL, TOKEN_ZENML, false},
    {"token of Notary",    OF_TOKEN_OF_SESSION, "Authorization: Bearer %s\n", NULL, TOKEN_NOTARY, false},
    {"token of Chutes",    OF_TOKEN_OF_SESSION, "Authorization: Bearer %s\n", NULL, TOKEN_CHUTES, false},
    {"token of a role",    OF_TOKEN_OF_ROLE,    "Authorization: Bearer %s\n", NULL, TOKEN_API, false},
    {"ZenML's of a role",  OF_TOKEN_OF_ROLE,    "Authorization: Bearer %s\n", NULL, TOKEN_ZENML, false},
    {"registry's token",   OF_TOKEN_OF_KEY,     "Authorization: Bearer %s\n", NULL, TOKEN_REGISTRY, true},
};
/* clang-format on */
const size_t sort_count = COUNTOF(sorts);

/* What there is to undo, and how: the owner's item, the key's, or that of the key or session at the root of it. */
enum place { AT_NOTHING, AT_OWNER, AT_KEY, AT_ROOT };
enum { KEYS = 1, SESSIONS = 2, PASSWORDS = 4, TOKENS = 8, HOTKEYS = 16, ANY = KEYS | SESSIONS | PASSWORDS | HOTKEYS };

static const struct state_facts {
    unsigned of;                      /* there is such a state of what is made of these */
    enum place at;
    const char *update;               /* of the item there; NULL: deletes it */
} states[STATE_COUNT] = {
    [GOOD] = {ANY, AT_NOTHING, NULL},
    [NARROWED] = {KEYS | TOKENS, AT_NOTHING, NULL},
    [ROLE_GONE] = {ANY, AT_OWNER, "{roles:[]}"},
    [WRONG_BYTE] = {ANY, AT_NOTHING, NULL},
    [CUT] = {ANY, AT_NOTHING, NULL},
    [EXPIRED] = {KEYS | SESSIONS | HOTKEYS, AT_ROOT, "{expires_at:'2026-11-21T12:01:00Z'}"},
    [FUTURE] = {KEYS | HOTKEYS, AT_KEY, "{not_before:'2026-11-21T13:00:00Z'}"},
    [DISABLED] = {KEYS, AT_KEY, "{disabled:true}"},
    [REVOKED] = {KEYS | SESSIONS, AT_ROOT, NULL},
    [ELSEWHERE] = {KEYS, AT_KEY, "{addresses:['198.51.100.0/24']}"},
    [OWNER_DISABLED] = {ANY, AT_OWNER, "{active:false}"},
    [OWNER_DELETED] = {ANY, AT_OWNER, NULL},
};
const char *const state_names[] = {
    [GOOD] = "good",         [NARROWED] = "narrowed", [ROLE_GONE] = "role gone", [WRONG_BYTE] = "wrong byte",
    [CUT] = "cut",           [EXPIRED] = "expired",   [FUTURE] = "not yet",      [DISABLED] = "disabled",
    [REVOKED] = "revoked",   [ELSEWHERE] = "from elsewhere", [OWNER_DISABLED] = "owner off", [OWNER_DELETED] = "owner gone",
};

static const char model[] =
    "[{name:'notes', fields:[{name:'title', kind:'text'}]}, {name:'drafts', fields:[{name:'title', kind:'text'}]},"
    " {name:'ledger', fields:[{name:'title', kind:'text'}]}]";
#define CLERK                                                                                                          \
    "[{collection:'notes', verbs:['read','create','update']}, {collection:'drafts', verbs:['read']},"                  \
    " {collection:'users', verbs:['read']}, {collection:'service_accounts', verbs:['read']}]"
#define NARROW "[{collection:'notes', verbs:['read']}]"
static const char roles[] = "{roles: {clerk: " CLERK ", everybody: " NARROW "}, public: 'everybody'}";

bool is_of_service(enum made_of m)
{
    return m == OF_SERVICE_KEY || m == OF_TOKEN_OF_SERVICE;
}

bool is_of_role(enum made_of m)
{
    return m == OF_ROLE_KEY || m == OF_TOKEN_OF_ROLE;
}

static bool of_key(enum made_of m)
{
    return m == OF_KEY || m == OF_TOKEN_OF_KEY || is_of_service(m) || is_of_role(m);
}

static bool is_token(enum made_of m)
{
    return m == OF_TOKEN_OF_KEY || m == OF_TOKEN_OF_SESSION || m == OF_TOKEN_OF_SERVICE || m == OF_TOKEN_OF_ROLE;
}

/* A role is nobody who could be switched off or have fewer roles. */
static bool exists(const struct kind *k, enum state s)
{
    unsigned made_of = (of_key(k->made_of) ? KEYS : k->made_of == OF_PASSWORD ? PASSWORDS : k->made_of == OF_HOTKEY ? HOTKEYS : SESSIONS) | (is_token(k->made_of) ? TOKENS : 0);
    if (is_of_role(k->made_of) && (s == ROLE_GONE || s == OWNER_DISABLED))
        return false;
    return k->made_of == OF_NOTHING ? s == GOOD : (states[s].of & made_of) != 0;
}

static const char *const owner_lists[] = {"users", "services", "roles"}, *const owner_words[] = {"user", "service", "role"},
                         *const owner_collections[] = {"users", "service_accounts", "roles"};

static size_t owner_sort(const struct credential *c)
{
    return is_of_role(c->kind->made_of) ? 2 : is_of_service(c->kind->made_of) ? 1 : 0;
}

static void add_owner(struct buf *b, const struct credential *c, const char *key)
{
    static const char *const told[] = {"{roles:['clerk'], password:'" PASSWORD "'}", "{roles:['clerk']}", CLERK};
    buf_format(b, "{%s: {%s: %s}", owner_lists[owner_sort(c)], c->owner, told[owner_sort(c)]);
    if (of_key(c->kind->made_of)) {
        bool narrow = c->state == NARROWED && !is_token(c->kind->made_of);
        buf_format(b, ", keys: {%s: {%s:'%s', kind:'%s'%s}}", key, owner_words[owner_sort(c)], c->owner,
                   c->kind->format ? c->kind->format : "native", narrow ? ", scopes:" NARROW : "");
    }
    buf_byte(b, '}');
}

static str token_by(struct house *h, const struct principal *who, const struct credential *c)
{
    struct arena *a = h->arena;
    struct problem why = {.arena = a};
    struct token token = {0};
    struct token_wish wish = {.purpose = c->kind->purpose, .has_item = c->kind->purpose == TOKEN_API};
    wish.life_ms = c->state == EXPIRED ? MINUTE / 2 : 0;
    wish.scopes = c->state == NARROWED ? house_json(a, NARROW) : NULL;
    struct fake_exchange *f = fake_request(a, "POST", "/", "", S(""));
    must(gate_token(h->gate, &f->x, who, &wish, &token, &why) == ERR_OK);
    return token.text;
}

/* The secret as it is sent; *session gets the id of the session behind it. */
static str make_secret(struct house *h, struct credential *c, const char *key, str *session)
{
    struct arena *a = h->arena;
    struct problem why = {.arena = a};
    const struct principal *who = NULL;
    switch (c->kind->made_of) {
    case OF_NOTHING: return S("");
    case OF_KEY:
    case OF_ROLE_KEY:
    case OF_SERVICE_KEY: return house_key(h, key);
    case OF_PASSWORD: return S(PASSWORD);
    case OF_HOTKEY: {
        uint8_t seed[ED25519_SEED_BYTES];
        memset(seed, key[1], sizeof seed); /* the number's digits: nobody else's */
        memcpy(seed, key, str_of(key).len);
        ed25519_pair_of(seed, &c->pair);
        str address = hotkey_write(a, c->pair.public);
        str change = arena_format(a, "{hotkey:'" STR_FMT "', hotkey_algorithm:'ed25519'}", STR_ARG(address));
        house_update(h, "users", house_user(h, c->owner), arena_cstr(a, change));
        return S("");
    }
    case OF_TOKEN_OF_KEY:
    case OF_TOKEN_OF_ROLE:
    case OF_TOKEN_OF_SERVICE:
        return token_by(h, house_who(h, a, house_key(h, key)), c);
    case OF_SESSION: {
        struct browser b = browser_sign_in(h, c->owner, PASSWORD);
        str name, secret;
        struct fake_exchange *f = browser_get(&b, "/api/auth/me");
        must(f->status == 200 && str_cut(b.cookie, '=', &name, &secret));
        c->csrf = b.csrf;
        *session = arena_copy(a, f->x.who->session_id);
        return secret;
    }
    case OF_TOKEN_OF_SESSION: break;
    }
    struct fake_exchange *f = fake_request(a, "POST", "/", "", S(""));
    must(gate_login_program(h->gate, &f->x, str_of(c->owner), S(PASSWORD), S("test"), 0, &who, &why) == ERR_OK);
    *session = arena_copy(a, who->session_id);
    return token_by(h, who, c);
}

static str damaged(struct arena *a, str secret, enum state s)
{
    str copy = arena_copy(a, secret);
    char *last = (char *)(uintptr_t)&copy.at[copy.len / 2];
    if (s == CUT)
        return str_slice(copy, 0, copy.len - 1);
    *last = *last == 'a' ? 'b' : 'a';
    return copy;
}

static const char *spelt(struct house *h, const struct credential *c, str secret)
{
    struct buf b;
    buf_init(&b, h->arena, 64u << 10);
    if (str_contains(str_of(c->kind->headers), S("Basic")))
        secret = base64_encode(h->arena, arena_format(h->arena, "%s:" STR_FMT, c->owner, STR_ARG(secret)));
    for (const char *p = c->kind->headers; *p; p++) {
        if (*p == '%' && p[1] == 's')
            buf_add(&b, secret), p++;
        else if (*p == '@')
            buf_add(&b, gate_server_id(h->gate, h->arena));
        else
            buf_byte(&b, *p);
    }
    return arena_cstr(h->arena, buf_str(&b));
}

/* A token's state is that of what it hangs on. */
static void undo(struct house *h, const struct credential *c, const char *key, str session)
{
    static str (*const ids[])(struct house *h, const char *name) = {house_user, house_service, house_role};
    const struct state_facts *f = &states[c->state];
    bool keyed = of_key(c->kind->made_of);
    const char *in = f->at == AT_OWNER ? owner_collections[owner_sort(c)] : keyed ? "api_keys" : "sessions";
    bool is_clocks = c->kind->made_of == OF_HOTKEY && f->at != AT_OWNER; /* its time is in the request */
    if (f->at == AT_NOTHING || is_clocks)
        return;
    str id = f->at == AT_OWNER ? ids[owner_sort(c)](h, c->owner) : keyed ? house_key_id(h, key) : session;
    if (f->update)
        house_update(h, in, id, f->update);
    else
        house_delete(h, in, id);
}

static void make(struct office *o, struct credential *c, size_t number)
{
    struct house *h = o->house;
    struct buf b;
    str session = {0};
    const char *key = arena_cstr(h->arena, arena_format(h->arena, "k%zu", number));
    bool anonymous = c->kind->made_of == OF_NOTHING;
    c->owner = anonymous ? NULL : arena_cstr(h->arena, arena_format(h->arena, "p%zu", number));
    c->is_person = c->kind->made_of == OF_PASSWORD || c->kind->made_of == OF_HOTKEY || c->kind->made_of == OF_SESSION || c->kind->made_of == OF_TOKEN_OF_SESSION;
    buf_init(&b, h->arena, 4096);
    if (!anonymous) {
        add_owner(&b, c, key);
        house_people(h, arena_cstr(h->arena, buf_str(&b)));
    }
    str secret = make_secret(h, c, key, &session);
    if (secret.len && (c->state == WRONG_BYTE || c->state == CUT))
        secret = damaged(h->arena, secret, c->state);
    c->headers = spelt(h, c, secret);
    undo(h, c, key, session);
}

void office_open(struct office *o)
{
    time_set(NOON);
    *o = (struct office){.house = house_open()};
    house_model(o->house, model);
    house_people(o->house, roles);
    static const char *const filled[] = {"notes", "drafts", "ledger"};
    for (size_t i = 0; i < COUNTOF(filled); i++)
        (void)house_item(o->house, filled[i], "{_id:'0123456789abcdef01234567', title:'one', _state:1}");
    o->all = NEW_N(o->house->arena, struct credential, sort_count * STATE_COUNT);
    for (size_t k = 0; k < sort_count; k++)
        for (enum state s = GOOD; s < STATE_COUNT; s++) {
            if (!exists(&sorts[k], s))
                continue;
            struct credential *c = &o->all[o->count];
            *c = (struct credential){.kind = &sorts[k], .state = s};
            make(o, c, o->count++);
        }
    time_set(NOON + 2 * MINUTE);
}

void office_close(struct office *o)
{
    house_close(o->house);
    time_set(0);
}


/* In the form that says all of the request (roles/credentials/by_signature.c). Each has a time of its own. */
static void add_signature(struct buf *b, struct arena *a, const struct credential *c, const struct sent *r)
{
    static int64_t count;
    static const int64_t off[STATE_COUNT] = {[EXPIRED] = -(int64_t)LIMIT_SIGNATURE_SKEW_S - 500, [FUTURE] = LIMIT_SIGNATURE_SKEW_S};
    uint8_t digest[32], signature[ED25519_SIGNATURE_BYTES];
    struct buf hex;
    int64_t nonce = time_now_ms() / 1000 + count++ % 500 + off[c->state];
    str address = hotkey_write(a, c->pair.public);
    crypt_sha256(r->body, digest);
    buf_init(&hex, a, 2 * sizeof digest);
    buf_hex(&hex, digest, sizeof digest);
    str message = arena_format(a, STR_FMT ":%lld:%s:%s:" STR_FMT, STR_ARG(address), (long long)nonce, r->method, r->target, STR_ARG(buf_str(&hex)));
    ed25519_sign(c->pair.secret, message, signature);
    if (c->state == WRONG_BYTE)
        signature[20] ^= 1;
    buf_format(b, "X-Chutes-Hotkey: " STR_FMT "\nX-Chutes-Nonce: %lld\nX-Chutes-Sig-Version: 2\nX-Chutes-Signature: ", STR_ARG(address),
               (long long)nonce);
    buf_hex(b, signature, sizeof signature - (c->state == CUT));
    buf_byte(b, '\n');
}

const char *credential_lines(struct arena *a, const struct credential *c, const struct sent *r)
{
    struct buf b;
    if (c->kind->made_of != OF_HOTKEY)
        return c->headers;
    buf_init(&b, a, 4096);
    add_signature(&b, a, c, r);
    return arena_cstr(a, buf_str(&b));
}

const char *credential_headers(struct arena *a, const struct credential *c, const struct sent *r)
{
    struct buf b;
    bool proves = !str_equal(str_of(r->method), S("GET")) && str_contains(str_of(c->headers), S("Cookie"));
    buf_init(&b, a, 64u << 10);
    buf_add(&b, S("Host: cms.example\n"));
    if (proves)
        buf_add(&b, S("Origin: http://cms.example\n"));
    if (proves && c->csrf.len)
        buf_format(&b, "X-CSRF-Token: " STR_FMT "\n", STR_ARG(c->csrf));
    buf_add(&b, str_of(credential_lines(a, c, r)));
    return arena_cstr(a, buf_str(&b));
}

/* From a request to its one principal (security 0.1, AK-8; contract 4).
 *
 * All credentials in the headers are looked at: each must be good, and they must mean the same principal.
 * The cookie counts only when no header speaks. Nothing at all is the public principal, which is somebody
 * too. Whatever is wrong ends in an error, never in fewer rights than nothing. */
#include "base/crypt.h"
#include "content/system/keys/key_format.h"
#include "roles/credentials/bad_keys.h"
#include "roles/credentials/last_use.h"
#include "roles/credentials/signature.h"
#include "roles/credentials/tokens.h"

static enum err refuse(struct problem *why)
{
    return problem_set(why, ERR_UNAUTHENTICATED, "Authentication failed");
}

enum err by_secret(struct gate *g, struct exchange *x, str secret, struct principal **out, struct problem *why)
{
    uint8_t digest[DIGEST_BYTES];
    crypt_digest(g->crypt, CRYPT_KEY_DIGEST, secret, digest);
    return identities_find(g, digest, x, out, why);
}

/* Keys that say whose they are must be that one's: the digest sees to it, unless somebody moved it. */
static bool means_itself(struct arena *a, str key, const struct principal *who)
{
    struct key_ids says = key_says(a, key);
    str owner = str_is_absent(who->service_id) ? who->user_id : who->service_id;
    return (str_is_absent(says.item) || str_equal(says.item, who->key_id)) &&
           (str_is_absent(says.owner) || str_is_absent(owner) || str_equal(says.owner, owner));
}

enum err by_key(struct gate *g, struct exchange *x, str value, struct principal **out, struct problem *why)
{
    str key;
    if (!key_read(x->arena, str_trim(value), &key))
        return refuse(why);
    TRY(by_secret(g, x, key, out, why));
    return means_itself(x->arena, key, *out) ? ERR_OK : refuse(why);
}

/* Behind "Bearer" stands a key or a signed token. */
static enum err by_bearer(struct gate *g, struct exchange *x, str value, struct principal **out, struct problem *why)
{
    return token_looks_right(value) ? by_token(g, x, value, out, why) : by_key(g, x, value, out, why);
}

/* Cockpit's clients may send the word itself; it names nobody and proves nothing. */
static bool means_public(str value)
{
    return str_equal(str_trim(value), S("public"));
}

enum err by_name_and_secret(struct gate *g, struct exchange *x, str name, str secret, struct principal **out, struct problem *why)
{
    str key;
    return key_read(x->arena, secret, &key) ? by_key(g, x, key, out, why) : by_password(g, x, name, secret, out, why);
}

static enum err by_basic(struct gate *g, struct exchange *x, str encoded, struct principal **out, struct problem *why)
{
    str plain, user, secret;
    if (!base64_decode(x->arena, str_trim(encoded), &plain) || !str_cut(plain, ':', &user, &secret))
        return refuse(why);
    return by_name_and_secret(g, x, user, secret, out, why);
}

static bool scheme_is(str value, str scheme, str *rest)
{
    str head;
    return str_cut(value, ' ', &head, rest) && str_equal_nocase(head, scheme);
}

static enum err by_authorization(struct gate *g, struct exchange *x, str value, struct principal **out,
                                 struct problem *why)
{
    str rest, scheme, last = str_trim(value);
    if (str_cut(last, ' ', &scheme, &rest))
        last = str_trim(rest);
    if (str_starts(last, S("cpk_"))) /* Chutes' clients put any word before a key, or none */
        return by_key(g, x, last, out, why);
    if (scheme_is(value, S("bearer"), &rest))
        return means_public(rest) ? ERR_OK : by_bearer(g, x, str_trim(rest), out, why);
    if (scheme_is(value, S("basic"), &rest))
        return by_basic(g, x, rest, out, why);
    return refuse(why);
}

/* A narrowed token and the credential it was made with may do different things: they are two. */
static bool same_principal(const struct principal *a, const struct principal *b)
{
    return str_equal(a->key_id, b->key_id) && str_equal(a->session_id, b->session_id) && str_equal(a->token_id, b->token_id) &&
           str_equal(a->user_id, b->user_id) && str_equal(a->service_id, b->service_id);
}

/* Header names in the order they are read; repeated headers are read one by one. */
static const struct {
    str name;
    enum err (*read)(struct gate *g, struct exchange *x, str value, struct principal **out, struct problem *why);
    bool may_say_public;
} credentials[] = {
    {STR("api-key"), by_key, true},
    {STR("x-api-key"), by_key, true},
    {STR("authorization"), by_authorization, false},
};

static enum err agree(struct principal **out, struct principal *found, struct problem *why)
{
    if (found && *out && !same_principal(found, *out))
        return problem_set(why, ERR_BAD_INPUT, "The request carries credentials of two different principals");
    if (found)
        *out = found;
    return ERR_OK;
}

/* Container clients send one; of two a proxy may have read another than we do (oci-registry.md 10.2). */
static enum err check_only_one(const struct exchange *x, struct problem *why)
{
    size_t count = 0;
    for (size_t i = 0; i < x->header_count; i++)
        count += str_equal_nocase(x->headers[i].name, S("authorization"));
    return count > 1 && str_starts(x->path, S("/v2/")) ? refuse(why) : ERR_OK;
}

static enum err by_headers(struct gate *g, struct exchange *x, struct principal **out, struct problem *why)
{
    TRY(check_only_one(x, why));
    for (size_t i = 0; i < x->header_count; i++) {
        for (size_t k = 0; k < COUNTOF(credentials); k++) {
            if (!str_equal_nocase(x->headers[i].name, credentials[k].name))
                continue;
            struct principal *found = NULL;
            if (credentials[k].may_say_public && means_public(x->headers[i].value))
                continue;
            TRY(credentials[k].read(g, x, x->headers[i].value, &found, why));
            TRY(agree(out, found, why));
        }
    }
    struct principal *signer = NULL;
    TRY(by_signature(g, x, &signer, why));
    return agree(out, signer, why);
}

static enum err by_query(struct gate *g, struct exchange *x, struct principal **out, struct problem *why)
{
    struct query_string q;
    TRY(query_string_read(x->arena, x->query, &q, why));
    str key = query_string_get(&q, S("api_key"));
    if (str_is_absent(key) || means_public(key))
        return ERR_OK;
    struct principal *found = NULL;
    TRY(by_key(g, x, key, &found, why));
    TRY(agree(out, found, why));
    exchange_add_header(x, S("Referrer-Policy"), S("no-referrer")); /* H-12 */
    return ERR_OK;
}

static enum err by_what_was_sent(struct gate *g, struct exchange *x, struct principal **out, struct problem *why)
{
    TRY(by_headers(g, x, out, why));
    return g->key_in_query && x->query.len ? by_query(g, x, out, why) : ERR_OK;
}

static enum err find_principal(struct gate *g, struct exchange *x, struct principal **out, struct problem *why)
{
    enum err e = by_what_was_sent(g, x, out, why);
    if (e == ERR_UNAUTHENTICATED)
        TRY(bad_keys_count(g->bad_keys, x->peer, why));
    TRY(e);
    return *out ? ERR_OK : by_cookie(g, x, out, why);
}

static void note(struct gate *g, const struct exchange *x, str verb)
{
    struct note n = note_for(x, verb);
    notes_add(g->notes, &n);
}

void note_key_use(struct gate *g, const struct principal *who)
{
    struct note n = note_by(who, NOTE_KEY_USED);
    n.collection = S("api_keys");
    n.item = who->key_id;
    notes_add(g->notes, &n);
    last_use_note(g->last_use, who);
}

enum err identify_by_body(struct gate *g, struct exchange *x, enum err e, struct principal *found, struct problem *why)
{
    if (e == ERR_UNAUTHENTICATED) {
        note(g, x, NOTE_CREDENTIAL_REFUSED);
        TRY(bad_keys_count(g->bad_keys, x->peer, why));
    }
    TRY(e);
    bool is_second = x->who->kind != PRINCIPAL_PUBLIC || x->who->by_token != TOKEN_NONE;
    if (is_second && !same_principal(x->who, found))
        return problem_set(why, ERR_BAD_INPUT, "The request carries credentials of two different principals");
    if (!str_is_absent(found->key_id))
        note_key_use(g, found);
    x->who = found;
    return ERR_OK;
}

static struct principal *everyone_at(struct gate *g, struct exchange *x, bool nobody)
{
    struct moment now = moment_of(x);
    struct principal *everyone = principal_everyone(g, x->arena, &now, nobody);
    everyone->actor.via = S("rest");
    everyone->actor.request_id = x->request_id;
    everyone->actor.vars.ip = x->peer;
    return everyone;
}

enum err identify_again(struct gate *g, const struct exchange *x, struct arena *a, const struct principal **out, struct problem *why)
{
    struct exchange again = *x; /* what finding out leaves in an answer is left in this one */
    struct principal *who = NULL;
    again.arena = a;
    again.extra_header_count = 0;
    TRY(gate_catch_up(g, why));
    TRY(by_what_was_sent(g, &again, &who, why));
    if (!who)
        TRY(by_cookie(g, &again, &who, why));
    *out = who ? who : everyone_at(g, &again, false);
    return ERR_OK;
}

enum err identify(struct gate *g, struct exchange *x, struct problem *why)
{
    struct principal *who = NULL;
    enum err e = gate_catch_up(g, why);
    if (e == ERR_OK)
        e = find_principal(g, x, &who, why);
    if (!who || e != ERR_OK)
        who = everyone_at(g, x, e != ERR_OK);
    x->who = who;
    if (e == ERR_UNAUTHENTICATED)
        note(g, x, NOTE_CREDENTIAL_REFUSED);
    else if (e == ERR_OK && !str_is_absent(who->key_id))
        note_key_use(g, who);
    return e;
}

/* Accounts: made with a binding to an API key, changed and ended by themselves. The shared key of a binding is made anew each time
 * (content/system/keys/acme_binding.h); an account remembers which key and which of its secrets it was bound with. */
#include "base/crypt.h"
#include "base/id.h"
#include "base/jws.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/content.h"
#include "content/kind.h"
#include "content/system/keys/acme_binding.h"
#include "content/system/keys/generations.h"
#include "content/system/pki/x509_make.h"
#include "roles/acme/part.h"
#include "roles/credentials/bad_keys.h"

/* ---- contacts ---- */

static enum err contact_check(str said, struct problem *why)
{
    str address = str_slice(said, 7, said.len);
    if (!str_starts(said, S("mailto:")))
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("unsupportedContact"), "Contacts are mail addresses, like mailto:ops@example.org");
    if (!email_valid(address) || str_contains(address, S("?")) || str_contains(address, S(",")))
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("invalidContact"), "A contact is no mail address, or more than one");
    return ERR_OK;
}

/* The list as it is kept; *out NULL: nothing was said. */
static enum err read_contacts(const struct acme_call *c, const struct json **out, struct problem *why)
{
    const struct json *said = json_get(c->payload, S("contact"));
    *out = said;
    if (!said)
        return ERR_OK;
    if (said->type != JSON_LIST || said->count > LIMIT_ACME_CONTACTS)
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("invalidContact"), "contact is a list of at most %u texts", LIMIT_ACME_CONTACTS);
    for (uint32_t i = 0; i < said->count; i++) {
        if (said->items[i].type != JSON_TEXT)
            return problem_fault(why, ERR_BAD_INPUT, S(""), S("invalidContact"), "contact is a list of at most %u texts", LIMIT_ACME_CONTACTS);
        TRY(contact_check(said->items[i].text, why));
    }
    return ERR_OK;
}

/* ---- bindings ---- */

static enum err refuse_binding(struct acme_call *c, struct problem *why)
{
    if (bad_keys_count(c->gate->bad_keys, c->x->peer, why) != ERR_OK)
        return why->err;
    return problem_fault(why, ERR_FORBIDDEN, S(""), S("unauthorized"), "The external account binding is not one of a key that is good now");
}

/* The message inside the message is about this very key and address, and says nothing else. */
static bool is_about(struct acme_call *c, const struct jws *inner)
{
    const struct json *jwk = NULL;
    struct pubkey key;
    str here = arena_format(c->x->arena, STR_FMT "/new-account", STR_ARG(c->url));
    return str_is_absent(inner->nonce) && !inner->jwk && id_valid(inner->kid.len ? inner->kid : S("")) && str_equal(inner->url.len ? inner->url : S(""), here) &&
           json_read(c->x->arena, inner->payload, NULL, S(""), &jwk, NULL) == ERR_OK && pubkey_of_jwk(c->x->arena, jwk, &key) &&
           str_equal(jwk_thumbprint(c->x->arena, &key), c->thumbprint);
}

/* Which of the key's secrets that are good now was it made with? 0: none. */
static int64_t generation_of(struct acme_call *c, const struct json *key, const struct jws *inner)
{
    struct key_generation g;
    uint8_t secret[DIGEST_BYTES];
    int64_t found = 0;
    for (size_t i = 0; found == 0 && key_generation_back(key, i, &g); i++) {
        if (g.expires_ms && g.expires_ms <= time_now_ms())
            continue;
        acme_binding_key(c->gate->crypt, item_text(key, S("_id")), g.n, secret);
        if (jws_verify_hs256(inner, (str){(const char *)secret, sizeof secret}))
            found = g.n;
        crypt_wipe(secret, sizeof secret);
    }
    return found;
}

static enum err check_room(struct acme_call *c, const char *field, str owner, struct problem *why)
{
    uint64_t count = 0;
    TRY(acme_count(c->gate, c->x->arena, "acme_accounts", arena_format(c->x->arena, "{\"%s\":\"" STR_FMT "\"}", field, STR_ARG(owner)), &count, why));
    if (count < LIMIT_ACME_ACCOUNTS)
        return ERR_OK;
    return problem_fault(why, ERR_TOO_MANY, S(""), S("rateLimited"), "The %s has %u accounts already", field, LIMIT_ACME_ACCOUNTS);
}

static enum err bind(struct acme_call *c, const struct json *said, struct own_change *account, struct problem *why)
{
    const struct json *key = NULL;
    struct jws inner;
    TRY(jws_of(c->x->arena, said, &inner, why));
    if (!is_about(c, &inner))
        return acme_malformed(why, "The external account binding is not about this key and address");
    TRY(acme_find(c->gate, c->x->arena, "api_keys", "_id", inner.kid, &key, why));
    int64_t generation = key ? generation_of(c, key, &inner) : 0;
    if (generation == 0)
        return refuse_binding(c, why);
    TRY(check_room(c, "key", inner.kid, why));
    own_set_text(account, S("key"), inner.kid);
    own_set(account, S("generation"), json_of_int(generation));
    return ERR_OK;
}

/* An account without a key is somebody only where the operator says who. */
static enum err settle_owner(struct acme_call *c, struct own_change *account, struct problem *why)
{
    const struct json *said = json_get(c->payload, S("externalAccountBinding"));
    str role = c->gate->acme.open_role;
    if (said)
        return bind(c, said, account, why);
    if (role.len == 0)
        return problem_fault(why, ERR_FORBIDDEN, S(""), S("externalAccountRequired"),
                             "Accounts are bound to an API key; its action acme_binding gives the binding's kid and hmac_key");
    TRY(check_room(c, "role", role, why));
    own_set_text(account, S("role"), role);
    return ERR_OK;
}

/* ---- making one ---- */

/* As the row will be, for finding out whether it is somebody. */
static enum err is_somebody(struct acme_call *c, const struct own_change *account, struct problem *why)
{
    static const str fields[] = {STR("key"), STR("generation"), STR("role")};
    struct json *members = NEW_N(c->x->arena, struct json, COUNTOF(fields) + 1), item;
    for (size_t i = 0; i < COUNTOF(fields); i++) {
        const struct field *f = collection_field(account->change.in, fields[i]);
        members[i] = json_named(fields[i], field_set_has(&account->change.set, f->index) ? account->change.values[f->index] : json_null);
    }
    members[COUNTOF(fields)] = json_named(S("_id"), json_of_text(c->thumbprint));
    item = json_of_map(members, COUNTOF(fields) + 1);
    TRY(acme_principal(c, &item, &c->who, why));
    c->x->who = c->who;
    return ERR_OK;
}

static enum err find_own(struct acme_call *c, struct problem *why)
{
    TRY(acme_find(c->gate, c->x->arena, "acme_accounts", "thumbprint", c->thumbprint, &c->account, why));
    if (c->account && !str_equal(item_text(c->account, S("status")), S("valid")))
        return problem_fault(why, ERR_UNAUTHENTICATED, S(""), S("unauthorized"), "The account of this key is " STR_FMT,
                             STR_ARG(item_text(c->account, S("status"))));
    return ERR_OK;
}

static enum err create(struct acme_call *c, const struct json *contacts, struct problem *why)
{
    struct own_change o;
    own_change_begin(&o, c->gate, c->x->arena, SYSTEM_PKI, S("acme_accounts"), OP_CREATE);
    own_change_for(&o, c->x);
    own_set_text(&o, S("thumbprint"), c->thumbprint);
    own_set_text(&o, S("jwk"), jwk_text(c->x->arena, &c->key));
    own_set_text(&o, S("status"), S("valid"));
    if (contacts)
        own_set(&o, S("contacts"), *contacts);
    TRY(settle_owner(c, &o, why));
    TRY(is_somebody(c, &o, why));
    struct problem own = {.arena = c->x->arena};
    enum err e = own_change_commit(&o, &own);
    TRY(find_own(c, why)); /* two at once are one */
    return c->account ? ERR_OK : problem_set(why, e == ERR_OK ? ERR_INTERNAL : e, STR_FMT, STR_ARG(own.text.len ? own.text : S("not written")));
}

enum err gate_acme_account_new(struct acme_call *c, bool *is_new, struct problem *why)
{
    const struct json *contacts;
    if (!c->payload)
        return acme_malformed(why, "The payload is no JSON object");
    *is_new = false;
    TRY(find_own(c, why));
    if (c->account)
        return ERR_OK;
    if (flag_in(c->payload, S("onlyReturnExisting")))
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("accountDoesNotExist"), "This key has no account");
    TRY(read_contacts(c, &contacts, why));
    *is_new = true;
    return create(c, contacts, why);
}

/* ---- changing one ---- */

static enum err check_own(const struct acme_call *c, str id, struct problem *why)
{
    return str_equal(id, item_text(c->account, S("_id"))) ? ERR_OK
                                                          : problem_fault(why, ERR_FORBIDDEN, S(""), S("unauthorized"), "This is another account's address");
}

static enum err commit(struct acme_call *c, struct own_change *o, struct problem *why)
{
    own_change_for(o, c->x);
    TRY(own_change_commit(o, why));
    return acme_find(c->gate, c->x->arena, "acme_accounts", "_id", o->change.id, &c->account, why);
}

enum err gate_acme_account(struct acme_call *c, str id, struct problem *why)
{
    const struct json *contacts, *status = json_get(c->payload, S("status"));
    struct own_change o;
    TRY(check_own(c, id, why));
    TRY(read_contacts(c, &contacts, why));
    if (status && !json_is_text(status, S("deactivated")) && !json_is_text(status, S("valid")))
        return acme_malformed(why, "An account's status becomes \"deactivated\" and nothing else");
    bool ends = json_is_text(status, S("deactivated"));
    if (!contacts && !ends)
        return ERR_OK;
    acme_change_of(&o, c->gate, c->x->arena, "acme_accounts", c->account);
    if (contacts)
        own_set(&o, S("contacts"), *contacts);
    if (ends)
        own_set_text(&o, S("status"), S("deactivated"));
    return commit(c, &o, why);
}

/* ---- another key (RFC 8555 7.3.5) ---- */

/* Both keys say so: the old one signs that the new one signs that the old one is to go. */
static enum err read_rollover(struct acme_call *c, struct pubkey *next, struct problem *why)
{
    const struct json *payload = NULL;
    struct jws inner;
    struct pubkey old;
    str here = arena_format(c->x->arena, STR_FMT "/key-change", STR_ARG(c->url));
    str account = arena_format(c->x->arena, STR_FMT "/account/" STR_FMT, STR_ARG(c->url), STR_ARG(item_text(c->account, S("_id"))));
    TRY(jws_of(c->x->arena, c->payload, &inner, why));
    if (!jws_algorithm_known(inner.algorithm))
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("badSignatureAlgorithm"), "Messages are signed with ES256, RS256 or EdDSA");
    if (!inner.jwk || !str_is_absent(inner.nonce) || !str_equal(inner.url.len ? inner.url : S(""), here))
        return acme_malformed(why, "The inner message has the new key as \"jwk\", this address, and no nonce");
    if (!pubkey_of_jwk(c->x->arena, inner.jwk, next))
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("badPublicKey"), "Keys are P-256, RSA of %u to %u bits, or Ed25519", LIMIT_RSA_BITS_LEAST,
                             LIMIT_RSA_BITS);
    if (!jws_verify(&inner, next))
        return acme_malformed(why, "The inner message was not signed by the new key");
    if (json_read(c->x->arena, inner.payload, NULL, S(""), &payload, NULL) != ERR_OK || !json_is_text(json_get(payload, S("account")), account) ||
        !pubkey_of_jwk(c->x->arena, json_get(payload, S("oldKey")), &old) || !str_equal(jwk_thumbprint(c->x->arena, &old), c->thumbprint))
        return acme_malformed(why, "The inner message is not about this account and its present key");
    return ERR_OK;
}

enum err gate_acme_key_change(struct acme_call *c, str *other, struct problem *why)
{
    const struct json *taken = NULL;
    struct own_change o;
    struct pubkey next;
    *other = (str){0};
    if (!c->payload)
        return acme_malformed(why, "The payload is no message");
    TRY(read_rollover(c, &next, why));
    str thumbprint = jwk_thumbprint(c->x->arena, &next);
    TRY(acme_find(c->gate, c->x->arena, "acme_accounts", "thumbprint", thumbprint, &taken, why));
    if (taken) {
        *other = item_text(taken, S("_id"));
        return problem_fault(why, ERR_CONFLICT, S(""), S("malformed"), "The new key has an account already");
    }
    acme_change_of(&o, c->gate, c->x->arena, "acme_accounts", c->account);
    own_set_text(&o, S("thumbprint"), thumbprint);
    own_set_text(&o, S("jwk"), jwk_text(c->x->arena, &next));
    return commit(c, &o, why);
}

enum err gate_acme_orders(struct acme_call *c, str id, uint32_t skip, struct item_list *out, bool *has_more, struct problem *why)
{
    const struct principal *server = principal_system(c->gate, c->x->arena, SYSTEM_PKI);
    struct query q = {.from = model_find(server->rights->model, S("acme_orders")), .limit = LIMIT_ACME_LISTED, .skip = skip};
    struct page page = {0};
    TRY(check_own(c, id, why));
    const struct filter *own = filter_test(c->x->arena, collection_field(q.from, S("account")), TEST_EQ, json_of_text(id));
    q.where = filter_and(c->x->arena, own, filter_test(c->x->arena, collection_field(q.from, S("status")), TEST_NE, json_of_text(S("invalid"))));
    TRY(query_read_sort(c->x->arena, &q, S("-_created"), S("sort"), why));
    TRY(query_read_fields(c->x->arena, &q, S("_id"), S("fields"), why));
    item_list_init(out, c->x->arena);
    TRY(content_read(c->gate->content, server->rights, VERB_READ, &server->actor, &q, &out->receiver, &page, why));
    *has_more = page.has_more;
    return ERR_OK;
}

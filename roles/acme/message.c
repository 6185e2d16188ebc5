/* From a request to a message that somebody has signed for this very address, just now, and to whom its account acts as. Which
 * sort of message an address takes is the caller's word; whatever else comes is refused here, before anything is looked at
 * (security CA-8). */
#include "base/crypt.h"
#include "base/id.h"
#include "base/jws.h"
#include "base/limits.h"
#include "content/kind.h"
#include "roles/acme/part.h"
#include "roles/credentials/last_use.h"

enum err acme_malformed(struct problem *why, const char *what)
{
    return problem_fault(why, ERR_BAD_INPUT, S(""), S("malformed"), "%s", what);
}

/* ---- where ---- */

/* The operator's word for it, or the client's. */
static str origin_of(struct gate *g, const struct exchange *x)
{
    str host = exchange_header(x, S("host"));
    if (g->outside.site_url.len)
        return g->outside.site_url;
    if (g->pki_url.len)
        return g->pki_url;
    return arena_format(x->arena, "%s://" STR_FMT, x->is_tls ? "https" : "http", STR_ARG(host.len ? host : S("localhost")));
}

str acme_account_url(struct gate *g, struct arena *a, str base, str account)
{
    str origin = g->outside.site_url.len ? g->outside.site_url : g->pki_url;
    if (base.len)
        return arena_format(a, STR_FMT "/account/" STR_FMT, STR_ARG(base), STR_ARG(account));
    return origin.len ? arena_format(a, STR_FMT "/acme/account/" STR_FMT, STR_ARG(origin), STR_ARG(account)) : (str){0};
}

/* "/acme/ca/3/…": its number as it stands there. */
static str authority_of(const struct exchange *x)
{
    return x->segment_count > 2 && str_equal(x->segments[1], S("ca")) ? x->segments[2] : (str){0};
}

str gate_acme_url(struct gate *g, const struct exchange *x)
{
    str number = authority_of(x), origin = origin_of(g, x);
    return number.len ? arena_format(x->arena, STR_FMT "/acme/ca/" STR_FMT, STR_ARG(origin), STR_ARG(number))
                      : arena_format(x->arena, STR_FMT "/acme", STR_ARG(origin));
}

static enum err find_authority(struct gate *g, const struct exchange *x, str *id, struct problem *why)
{
    struct item_list list;
    str text = authority_of(x);
    int64_t number;
    *id = (str){0};
    if (str_is_absent(text))
        return ERR_OK;
    if (!str_to_i64(text, &number) || number <= 0)
        return problem_set(why, ERR_NOT_FOUND, "There is no such authority");
    TRY(acme_list(g, x->arena, "certificate_authorities", arena_format(x->arena, "{\"serial\":%lld,\"enabled\":true}", (long long)number), 1, &list, why));
    if (list.count == 0)
        return problem_set(why, ERR_NOT_FOUND, "There is no such authority, or it does not sign");
    *id = item_text(&list.items[0], S("_id"));
    return ERR_OK;
}

enum err gate_acme_exists(struct gate *g, const struct exchange *x, struct problem *why)
{
    str id;
    TRY(gate_catch_up(g, why));
    return find_authority(g, x, &id, why);
}

bool gate_acme_needs_binding(const struct gate *g)
{
    return g->acme.open_role.len == 0;
}

str gate_acme_caa(const struct gate *g)
{
    return g->acme.outside.caa_identity;
}

/* ---- what ---- */

static enum err read_body(const struct acme_call *c, struct jws *j, struct problem *why)
{
    str type = exchange_header(c->x, S("content-type")), body, rest, head = type;
    if (str_cut(type, ';', &head, &rest))
        head = str_trim(head);
    if (!str_equal_nocase(head.len ? head : S(""), S("application/jose+json")))
        return problem_fault(why, ERR_BAD_MEDIA, S(""), S("malformed"), "Messages are of the type application/jose+json");
    TRY(exchange_body(c->x, &body, why));
    return jws_read(c->x->arena, body, j, why);
}

static enum err check_header(const struct acme_call *c, const struct jws *j, enum acme_sender sender, struct problem *why)
{
    str said = c->x->query.len ? arena_format(c->x->arena, STR_FMT "?" STR_FMT, STR_ARG(c->x->path), STR_ARG(c->x->query)) : c->x->path;
    str here = arena_format(c->x->arena, STR_FMT STR_FMT, STR_ARG(origin_of(c->gate, c->x)), STR_ARG(said));
    if (!jws_algorithm_known(j->algorithm))
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("badSignatureAlgorithm"), "Messages are signed with ES256, RS256 or EdDSA");
    if (!j->jwk && str_is_absent(j->kid))
        return acme_malformed(why, "The message names no key, neither by \"jwk\" nor by \"kid\"");
    if ((j->jwk && sender == ACME_BY_ACCOUNT) || (!j->jwk && sender == ACME_BY_KEY))
        return acme_malformed(why, j->jwk ? "This address takes messages of accounts, which name their key by \"kid\""
                                          : "This address takes messages that bring their key along as \"jwk\"");
    if (!str_equal(j->url.len ? j->url : S(""), here))
        return problem_fault(why, ERR_FORBIDDEN, S(""), S("unauthorized"), "The message was signed for another address than " STR_FMT, STR_ARG(here));
    return ERR_OK;
}

/* The payload is a map, or empty: POST-as-GET. */
static enum err read_payload(struct acme_call *c, const struct jws *j, struct problem *why)
{
    if (j->payload.len == 0)
        return ERR_OK;
    if (json_read(c->x->arena, j->payload, NULL, S(""), &c->payload, NULL) == ERR_OK && c->payload->type == JSON_MAP)
        return ERR_OK;
    return acme_malformed(why, "The payload is no JSON object");
}

/* ---- who ---- */

static enum err account_of(struct acme_call *c, str kid, struct problem *why)
{
    str before = arena_format(c->x->arena, STR_FMT "/account/", STR_ARG(c->url)), id = str_slice(kid, before.len, kid.len);
    const struct json *jwk = NULL;
    if (str_starts(kid, before) && id_valid(id))
        TRY(acme_find(c->gate, c->x->arena, "acme_accounts", "_id", id, &c->account, why));
    if (!c->account)
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("accountDoesNotExist"), "There is no account at " STR_FMT, STR_ARG(kid));
    c->thumbprint = item_text(c->account, S("thumbprint"));
    TRY(json_read(c->x->arena, item_text(c->account, S("jwk")), NULL, S("jwk"), &jwk, why));
    return pubkey_of_jwk(c->x->arena, jwk, &c->key) ? ERR_OK : problem_set(why, ERR_INTERNAL, "The account's key cannot be read");
}

static enum err find_key(struct acme_call *c, const struct jws *j, struct problem *why)
{
    if (!j->jwk)
        return account_of(c, j->kid, why);
    if (!pubkey_of_jwk(c->x->arena, j->jwk, &c->key))
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("badPublicKey"), "Keys are P-256, RSA of %u to %u bits, or Ed25519", LIMIT_RSA_BITS_LEAST,
                             LIMIT_RSA_BITS);
    c->thumbprint = jwk_thumbprint(c->x->arena, &c->key);
    return ERR_OK;
}

struct behind_account {
    struct finder finder; /* first */
    const struct json *account;
    str open_role;
};

static enum err find(struct finder *self, struct gate *g, const struct rights *server, struct arena *a, struct identity *out, struct problem *why)
{
    const struct behind_account *b = (const struct behind_account *)(void *)self;
    str key = item_text(b->account, S("key")), role = item_text(b->account, S("role"));
    if (key.len)
        return identity_of_key(g, server, key, (uint32_t)number_in(b->account, S("generation")), a, out, why);
    if (role.len == 0 || !str_equal(role, b->open_role))
        return identity_refused(why);
    out->kind = PRINCIPAL_KEY;
    out->label = arena_format(a, "acme account " STR_FMT, STR_ARG(item_text(b->account, S("_id"))));
    return roles_given(g, server, NULL, NULL, arena_copy(a, role), a, out, why);
}

enum err acme_principal(struct acme_call *c, const struct json *account, const struct principal **out, struct problem *why)
{
    struct behind_account b = {.finder = {find}, .account = account, .open_role = c->gate->acme.open_role};
    struct principal *who = NULL;
    uint8_t digest[DIGEST_BYTES];
    str key = item_text(account, S("key")), role = item_text(account, S("role")), id = item_text(account, S("_id"));
    str name = arena_format(c->x->arena, "acme " STR_FMT " " STR_FMT " %lld " STR_FMT, STR_ARG(id), STR_ARG(key),
                            (long long)number_in(account, S("generation")), STR_ARG(role));
    crypt_digest(c->gate->crypt, CRYPT_ACME, name, digest);
    if (identities_find_by(c->gate, digest, &b.finder, c->x, &who, why) != ERR_OK)
        return why->err != ERR_UNAUTHENTICATED
                   ? why->err
                   : problem_fault(why, ERR_UNAUTHENTICATED, S(""), S("unauthorized"), "The key that this account acts as is not good any more, or not here");
    who->actor.via = S("acme");
    *out = who;
    return ERR_OK;
}

static enum err check_account(struct acme_call *c, struct problem *why)
{
    str status = item_text(c->account, S("status"));
    if (!str_equal(status, S("valid")))
        return problem_fault(why, ERR_UNAUTHENTICATED, S(""), S("unauthorized"), "The account is " STR_FMT, STR_ARG(status));
    TRY(acme_principal(c, c->account, &c->who, why));
    c->x->who = c->who;
    if (c->who->key_id.len && c->gate->last_use)
        note_key_use(c->gate, c->who);
    return ERR_OK;
}

enum err gate_acme_open(struct gate *g, struct exchange *x, enum acme_sender sender, struct acme_call *out, struct problem *why)
{
    struct acme_call *c = out;
    struct jws j;
    *c = (struct acme_call){.gate = g, .x = x, .url = gate_acme_url(g, x)};
    TRY(gate_catch_up(g, why));
    TRY(find_authority(g, x, &c->authority, why));
    TRY(read_body(c, &j, why));
    TRY(check_header(c, &j, sender, why));
    TRY(find_key(c, &j, why));
    if (!jws_verify(&j, &c->key))
        return acme_malformed(why, "The signature was not made by this key");
    if (!acme_nonce_spend(g->nonces, x->arena, j.nonce.len ? j.nonce : S("")))
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("badNonce"), "The nonce was none of ours, or was used, or is too old; here is another one");
    TRY(read_payload(c, &j, why));
    return c->account ? check_account(c, why) : ERR_OK;
}

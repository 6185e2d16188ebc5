#include "base/webauthn.h"

#include "base/cbor.h"
#include "base/crypt.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/pubkey.h"

/* ---- what the browser says (section 5.8.1) ---- */

static bool is_origin_ours(const struct json *said, const struct webauthn_site *site)
{
    for (size_t i = 0; i < site->origin_count; i++)
        if (json_is_text(json_get(said, S("origin")), site->origins[i]))
            return true;
    return false;
}

/* NULL when all is well. */
static const char *fault_of_client(struct arena *a, const struct webauthn_wish *wish, str text, str type)
{
    const struct json *said = NULL;
    must(wish->challenge.len >= 16 && wish->site->origin_count > 0);
    if (json_read(a, text, NULL, S(""), &said, NULL) != ERR_OK || said->type != JSON_MAP)
        return "The browser's statement is no JSON object.";
    if (!json_is_text(json_get(said, S("type")), type))
        return "The browser's statement is about something else.";
    if (!json_is_text(json_get(said, S("challenge")), base64url_encode(a, wish->challenge)))
        return "The browser's statement answers another challenge.";
    if (!is_origin_ours(said, wish->site))
        return "The browser's statement is from another site.";
    const struct json *crossed = json_get(said, S("crossOrigin"));
    if (crossed != NULL && (crossed->type != JSON_BOOL || crossed->boolean))
        return "The browser's statement is from within another site's page.";
    return NULL;
}

/* ---- what the authenticator says (section 6.1) ---- */

enum { FLAG_TOUCH = 0x01, FLAG_PERSON = 0x04, FLAG_MAY_SYNC = 0x08, FLAG_IS_SYNCED = 0x10 };
enum { FLAG_CREDENTIAL = 0x40, FLAG_EXTENSIONS = 0x80 };

struct statement {
    str domain_digest;
    unsigned flags;
    uint32_t sign_count;
    str credential, public_key; /* absent without FLAG_CREDENTIAL */
};

static bool take_number(str *rest, size_t bytes, uint32_t *out)
{
    str at;
    if (!str_take(rest, bytes, &at))
        return false;
    *out = 0;
    for (size_t i = 0; i < bytes; i++)
        *out = *out << 8 | (unsigned char)at.at[i];
    return true;
}

/* A map of CBOR, as the bytes it has. */
static bool take_map(struct arena *a, str *rest, str *bytes, struct cbor *map)
{
    str from = *rest;
    if (!cbor_read(a, rest, map) || map->type != CBOR_MAP)
        return false;
    *bytes = (str){from.at, from.len - rest->len};
    return true;
}

static bool read_statement(struct arena *a, str data, struct statement *s)
{
    enum { DIGEST = 32, MODEL = 16 };
    struct cbor map;
    struct pubkey key;
    str model, extensions;
    uint32_t flags, length;
    *s = (struct statement){0};
    if (!str_take(&data, DIGEST, &s->domain_digest) || !take_number(&data, 1, &flags) ||
        !take_number(&data, 4, &s->sign_count))
        return false;
    s->flags = flags;
    if ((flags & FLAG_CREDENTIAL) != 0 &&
        (!str_take(&data, MODEL, &model) || !take_number(&data, 2, &length) || length == 0 ||
         length > LIMIT_CREDENTIAL_BYTES || !str_take(&data, length, &s->credential) ||
         !take_map(a, &data, &s->public_key, &map) || !pubkey_of_cose(&map, &key)))
        return false;
    if ((flags & FLAG_EXTENSIONS) != 0 && !take_map(a, &data, &extensions, &map))
        return false;
    return data.len == 0;
}

/* NULL when all is well. */
static const char *fault_of_statement(const struct statement *s, const struct webauthn_wish *wish)
{
    uint8_t digest[32];
    crypt_sha256(wish->site->domain, digest);
    if (!crypt_equal(digest, s->domain_digest.at, sizeof digest))
        return "The authenticator's statement is for another site.";
    if ((s->flags & FLAG_TOUCH) == 0)
        return "Nobody was present when the authenticator signed.";
    if (wish->needs_person && (s->flags & FLAG_PERSON) == 0)
        return "The authenticator did not ask who is present.";
    if ((s->flags & FLAG_IS_SYNCED) != 0 && (s->flags & FLAG_MAY_SYNC) == 0)
        return "The authenticator contradicts itself.";
    return NULL;
}

/* ---- making one ---- */

/* The authenticator's statement within the attestation (section 6.5.4). */
static const char *fault_of_attestation(struct arena *a, str attestation, str *data)
{
    struct cbor map;
    if (!cbor_read(a, &attestation, &map) || attestation.len > 0)
        return "The attestation is not the CBOR of an authenticator.";
    const struct cbor *format = cbor_by_text(&map, S("fmt")), *proof = cbor_by_text(&map, S("attStmt"));
    const struct cbor *statement = cbor_by_text(&map, S("authData"));
    if (format == NULL || format->type != CBOR_TEXT || proof == NULL || proof->type != CBOR_MAP ||
        statement == NULL || statement->type != CBOR_BYTES)
        return "The attestation lacks a format, a proof or a statement.";
    if (str_equal(format->bytes, S("none")) && proof->count > 0)
        return "The attestation is none and has a proof.";
    *data = statement->bytes;
    return NULL;
}

enum err webauthn_make(struct arena *a, const struct webauthn_wish *wish, str client_data, str attestation,
                       struct passkey *out, struct problem *why)
{
    struct statement s;
    str data = {0};
    const char *fault = fault_of_client(a, wish, client_data, S("webauthn.create"));
    if (fault == NULL)
        fault = fault_of_attestation(a, attestation, &data);
    if (fault == NULL && (!read_statement(a, data, &s) || str_is_absent(s.credential)))
        fault = "The authenticator's statement has no key that is known here.";
    if (fault == NULL)
        fault = fault_of_statement(&s, wish);
    if (fault != NULL)
        return problem_set(why, ERR_INVALID, "%s", fault);
    *out = (struct passkey){.credential = s.credential,
                            .public_key = s.public_key,
                            .sign_count = s.sign_count,
                            .knows_person = (s.flags & FLAG_PERSON) != 0,
                            .is_synced = (s.flags & FLAG_MAY_SYNC) != 0};
    return ERR_OK;
}

/* ---- signing with one ---- */

static bool is_signed(struct arena *a, str public_key, str data, str client_data, str signature)
{
    uint8_t digest[32];
    struct cbor map;
    struct pubkey key;
    struct buf b;
    if (!cbor_read(a, &public_key, &map) || public_key.len > 0 || !pubkey_of_cose(&map, &key))
        return false;
    crypt_sha256(client_data, digest);
    buf_init(&b, a, data.len + sizeof digest);
    buf_add(&b, data);
    buf_add(&b, (str){(const char *)digest, sizeof digest});
    return pubkey_verify(&key, PUBKEY_DER, buf_str(&b), signature);
}

enum err webauthn_prove(struct arena *a, const struct webauthn_wish *wish, str client_data,
                        str authenticator_data, str signature, struct passkey *key, struct problem *why)
{
    struct statement s;
    const char *fault = fault_of_client(a, wish, client_data, S("webauthn.get"));
    if (fault == NULL && !read_statement(a, authenticator_data, &s))
        fault = "The authenticator's statement cannot be read.";
    if (fault == NULL)
        fault = fault_of_statement(&s, wish);
    if (fault == NULL && !is_signed(a, key->public_key, authenticator_data, client_data, signature))
        fault = "The signature is not the passkey's.";
    if (fault == NULL && (s.sign_count > 0 || key->sign_count > 0) && s.sign_count <= key->sign_count)
        fault = "The passkey has signed more often than it says: there is a copy of it.";
    if (fault != NULL)
        return problem_set(why, ERR_UNAUTHENTICATED, "%s", fault);
    key->sign_count = s.sign_count;
    key->knows_person = (s.flags & FLAG_PERSON) != 0;
    key->is_synced = (s.flags & FLAG_MAY_SYNC) != 0;
    return ERR_OK;
}

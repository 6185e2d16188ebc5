/* Who ends a certificate by ACME with nothing but a key in hand (RFC 8555 7.6), and what is not ended so. */
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/system/pki/pem.h"
#include "roles/acme/part.h"
#include "tests/support/acme_desk.h"
#include "tests/support/check.h"

static str payload_of(struct arena *a, str pem)
{
    struct pem_block *b;
    size_t count;
    NEED(pem_read(a, pem, LIMIT_CERTIFICATE_CHAIN, &b, &count, &(struct problem){.arena = a}) == ERR_OK);
    return arena_format(a, "{\"certificate\":\"" STR_FMT "\",\"reason\":1}", STR_ARG(base64url_encode(a, b->der)));
}

/* A certificate for 127.0.0.1 with this signer's key, as revoke-cert wants it. */
static str ordered_with(struct desk *d, struct acme *c, const struct signer *key)
{
    static const struct alt_name name = {NAME_IP, STR("127.0.0.1")};
    struct fake_exchange *f = acme_finalize_order(c, desk_ready_order(d, c), acme_csr(d->arena, signer_private(d->arena, key), "", &name, 1));
    CHECK_STR(acme_member(c, f, "status"), S("valid"));
    return payload_of(d->arena, acme_post(c, acme_member(c, f, "certificate"), (str){0})->answer);
}

static void the_certificates_own_key_revokes_it(void **state)
{
    static const struct {
        enum pubkey_algorithm algorithm;
        unsigned bits;
    } cases[] = {{PUBKEY_ES256, 0}, {PUBKEY_RS256, 3072}};
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    (void)state;
    desk_rule(d, "sign");
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct signer *own = signer_make(d->arena, cases[i].algorithm, cases[i].bits);
        str payload = ordered_with(d, c, own);
        struct acme *other = acme_client(d->house, d->arena, cases[i].algorithm), *holder = acme_client(d->house, d->arena, cases[i].algorithm);
        holder->key = own;
        struct fake_exchange *f = acme_post(other, S("/revoke-cert"), payload);
        CHECK_INT(f->status, 403);
        CHECK_STR(acme_type(other, f), S("unauthorized"));
        CHECK_INT(acme_post(holder, S("/revoke-cert"), payload)->status, 200);
        CHECK_STR(acme_type(holder, acme_post(holder, S("/revoke-cert"), payload)), S("alreadyRevoked"));
    }
    desk_close(d);
}

/* A modulus cut to its low bytes ends like the whole one does; its factors are found in seconds. */
static void a_part_of_a_key_is_another_key(void **state)
{
    struct arena *a = arena_open(1 << 14);
    struct pubkey whole = signer_public(signer_make(a, PUBKEY_RS256, 3072)), curve = signer_public(signer_make(a, PUBKEY_ES256, 0)),
                  edwards = signer_public(signer_make(a, PUBKEY_EDDSA, 0));
    str spki = {0}, p256 = {0}, ed25519 = {0}, pkcs8, p384 = {0};
    (void)state;
    NEED(pubkey_spki(a, &whole, &spki) && pubkey_spki(a, &curve, &p256) && pubkey_spki(a, &edwards, &ed25519));
    CHECK(acme_key_is(a, spki, &whole) && acme_key_is(a, p256, &curve) && acme_key_is(a, ed25519, &edwards));
    CHECK(!acme_key_is(a, p256, &whole) && !acme_key_is(a, p256, &edwards) && !acme_key_is(a, ed25519, &curve) && !acme_key_is(a, spki, &curve));
    for (size_t bytes = 256; bytes < whole.x.len; bytes++) {
        struct pubkey cut = whole;
        cut.x = str_slice(whole.x, whole.x.len - bytes, whole.x.len);
        CHECK_AT(bytes);
        CHECK(!acme_key_is(a, spki, &cut));
    }
    /* the keys of certificates are of more sorts than those of messages: nobody's here */
    NEED(private_key_make(MAKE_EC_P384, a, &pkcs8, &(struct problem){.arena = a}) == ERR_OK && private_key_public(pkcs8, a, &p384));
    CHECK_AT(384);
    CHECK(!acme_key_is(a, p384, &whole) && !acme_key_is(a, p384, &curve) && !acme_key_is(a, p384, &edwards));
    arena_close(a);
}

/* Even an account whose order is said to have got it. */
static void an_authority_is_not_ended_so(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "boss");
    struct problem why = {.arena = d->arena};
    const struct json *row = NULL;
    struct own_change o;
    (void)state;
    NEED(acme_find(d->house->gate, d->arena, "certificates", "authority", d->authority, &row, &why) == ERR_OK && row);
    own_change_begin(&o, d->house->gate, d->arena, SYSTEM_PKI, S("acme_orders"), OP_CREATE);
    own_set_text(&o, S("account"), str_slice(c->kid, c->kid.len - ID_LENGTH, c->kid.len));
    own_set_text(&o, S("status"), S("valid"));
    own_set_text(&o, S("certificate"), item_text(row, S("_id")));
    own_set_text(&o, S("expires_at"), acme_time(d->arena, time_now_ms() + 86400000));
    NEED(own_change_commit(&o, &why) == ERR_OK);
    struct fake_exchange *f = acme_post(c, S("/revoke-cert"), payload_of(d->arena, item_text(row, S("pem"))));
    CHECK_INT(f->status, 403);
    CHECK_STR(acme_type(c, f), S("unauthorized"));
    CHECK(str_contains(acme_member(c, f, "detail"), S("authority")));
    NEED(acme_find(d->house->gate, d->arena, "certificates", "authority", d->authority, &row, &why) == ERR_OK && row);
    CHECK(item_time(row, S("revoked_at")) == 0);
    desk_close(d);
}

CHECK_MAIN(TEST(the_certificates_own_key_revokes_it), TEST(a_part_of_a_key_is_another_key), TEST(an_authority_is_not_ended_so))

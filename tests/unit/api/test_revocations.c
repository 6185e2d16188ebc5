/* What becomes of certificates after they were issued: lists of those that are revoked, authorities that are signed again, answers to
 * verifiers (security CA-7). */
#include "base/buf.h"
#include "base/digest.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/system/pki/x509.h"
#include "tests/support/check.h"
#include "tests/support/pki_desk.h"

#define DAY INT64_C(86400000)

/* ---- lists ---- */

static str list_of(struct house *h, struct arena *a)
{
    return pki_desk_ask(h, a, "boss", "GET", S("/pki/crl/1.crl"), S(""))->answer;
}

/* The list's own bytes have a certificate's serial number. */
static bool lists(struct house *h, struct arena *a, str certificate)
{
    str hex = house_value(h, a, "certificates", certificate, "serial"), serial = {0};
    return hex_decode(a, str_slice(hex, 1, hex.len - 1), &serial) && str_contains(list_of(h, a), serial);
}

static str issued_at_once(struct house *h, struct arena *a)
{
    str id = pki_desk_hand_in(h, a, "ada", "", "a.example.org");
    str ref = house_value(h, a, "certificate_requests", id, "certificate");
    NEED(ref.len > 2);
    return str_slice(ref, 1, ref.len - 1);
}

static void ca_7_the_journal_keeps_no_lists(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    str ca = pki_desk_authority(h, a, ""), id = pki_desk_hand_in(h, a, "ada", "a.example.org", "a.example.org");
    (void)state;
    house_people(h, "{roles: {auditor: [{collection:'journal', verbs:['read']}, {collection:'certificate_authorities', verbs:['read']}]},"
                    " users: {audrey: {roles:['auditor']}}, keys: {audrey: {user:'audrey'}}}");
    str leaf = pki_desk_member(a, pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca)), "certificate");
    CHECK_INT(pki_desk_act(h, a, "boss", "certificates", leaf, "revoke", S("{}"))->status, 200);
    CHECK(lists(h, a, leaf));
    CHECK(str_contains(pki_desk_ask(h, a, "boss", "GET", arena_format(a, CAS "/" STR_FMT, STR_ARG(ca)), S(""))->answer, S("BEGIN X509 CRL")));
    struct fake_exchange *f = pki_desk_ask(h, a, "audrey", "GET", S("/api/content/items/journal?limit=100"), S(""));
    CHECK(str_contains(f->answer, S("crl_number")));
    CHECK(!str_contains(f->answer, S("X509 CRL")));
    CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_count"), 1);
    house_close(h);
    arena_close(a);
}

/* Past so many entries a list is written once for many revocations, and soon. */
static void ca_7_long_lists_do_not_hold_up_revocations(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    int64_t now = time_now_ms();
    str ca = pki_desk_authority(h, a, ",\"key_type\":\"ed25519\""), last[3];
    (void)state;
    time_set(now);
    (void)house_item(h, "issuing_rules", "{name:'auto', dns:['*.example.org'], decision:'sign'}");
    for (unsigned i = 0; i < LIMIT_CRL_AT_ONCE; i++) {
        struct arena *once = arena_open(1 << 16);
        CHECK_INT(pki_desk_act(h, once, "boss", "certificates", issued_at_once(h, once), "revoke", S("{}"))->status, 200);
        arena_close(once);
    }
    int64_t so_far = LIMIT_CRL_AT_ONCE + 1;
    CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_number"), so_far);
    CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_count"), LIMIT_CRL_AT_ONCE);
    for (size_t i = 0; i < COUNTOF(last); i++) {
        last[i] = issued_at_once(h, a);
        CHECK_INT(pki_desk_act(h, a, "boss", "certificates", last[i], "revoke", S("{\"reason\":\"keyCompromise\"}"))->status, 200);
        CHECK(!lists(h, a, last[i]));
    }
    CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_number"), so_far);
    time_set(now + 10000);
    pki_desk_tick(h);
    CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_number"), so_far + 1);
    CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_count"), LIMIT_CRL_AT_ONCE + 3);
    for (size_t i = 0; i < COUNTOF(last); i++)
        CHECK(lists(h, a, last[i]));
    time_set(now + 30000);
    pki_desk_tick(h);
    CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_number"), so_far + 1);
    time_set(0);
    house_close(h);
    arena_close(a);
}

/* Nobody verifies anything of an authority that is over: it writes no further lists. */
static void ca_7_lists_end_with_their_authority(void **state)
{
    static const struct {
        int days;
        int64_t list, entries; /* the revoked one expires on the fifth day and is told of once more */
    } later[] = {{0, 2, 1}, {4, 3, 1}, {8, 4, 1}, {13, 5, 0}, {16, 5, 0}, {18, 5, 0}, {60, 5, 0}, {600, 5, 0}};
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    int64_t start = time_now_ms() / 1000 * 1000;
    (void)state;
    time_set(start);
    struct buf end;
    buf_init(&end, a, 64);
    time_write(&end, start + 10 * DAY);
    str ca = pki_desk_authority(h, a, arena_cstr(a, arena_format(a, ",\"not_after\":\"" STR_FMT "\"", STR_ARG(buf_str(&end)))));
    str id = pki_desk_hand_in(h, a, "ada", "a.example.org", "a.example.org");
    str leaf = pki_desk_member(a, pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", arena_format(a, "{\"authority\":\"" STR_FMT "\",\"days\":5}", STR_ARG(ca))), "certificate");
    CHECK_INT(pki_desk_act(h, a, "boss", "certificates", leaf, "revoke", S("{}"))->status, 200);
    for (size_t i = 0; i < COUNTOF(later); i++) {
        CHECK_AT(i);
        time_set(start + later[i].days * DAY);
        pki_desk_tick(h);
        CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_number"), later[i].list);
        CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_count"), later[i].entries);
    }
    CHECK_AT(-1);
    CHECK_STR(house_value(h, a, "certificate_authorities", ca, "crl_next"), S("null"));
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", ca, "crl", S("{}"))->status, 409);
    time_set(0);
    house_close(h);
    arena_close(a);
}

/* ---- an authority that was signed again ---- */

static void authorities_that_are_signed_again(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    str root = pki_desk_authority(h, a, ""), other = pki_desk_authority(h, a, ",\"path_len\":3"), under = pki_desk_below(h, a, "Under", "", root);
    str first = house_value(h, a, "certificate_authorities", under, "certificate");
    (void)state;
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", under, "sign", pki_desk_by(a, other))->status, 200);
    str second = house_value(h, a, "certificate_authorities", under, "certificate");
    CHECK(!str_equal(first, second));
    first = str_slice(first, 1, first.len - 1);
    second = str_slice(second, 1, second.len - 1);
    /* superseded: it goes on with the later one */
    CHECK_INT(pki_desk_act(h, a, "boss", "certificates", first, "revoke", S("{\"reason\":\"superseded\"}"))->status, 200);
    CHECK_STR(house_value(h, a, "certificate_authorities", under, "enabled"), S("true"));
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", under, "sign", pki_desk_by(a, root))->status, 200);
    /* the key is lost: by whichever of its certificates that is said, nobody signs with it again */
    CHECK_INT(pki_desk_act(h, a, "boss", "certificates", second, "revoke", S("{\"reason\":\"cACompromise\"}"))->status, 200);
    CHECK_STR(house_value(h, a, "certificate_authorities", under, "enabled"), S("false"));
    CHECK_INT(pki_desk_ask(h, a, "boss", "PATCH", arena_format(a, CAS "/" STR_FMT, STR_ARG(under)), S("{\"enabled\":true}"))->status, 409);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", under, "sign", pki_desk_by(a, root))->status, 409);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", under, "revoke", S("{\"reason\":\"cACompromise\"}"))->status, 200);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", under, "sign", pki_desk_by(a, root))->status, 409);
    /* revoked as an authority, all of its certificates are */
    str two = pki_desk_below(h, a, "Two", "", root), was = house_value(h, a, "certificate_authorities", two, "certificate");
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", two, "sign", pki_desk_by(a, other))->status, 200);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", two, "revoke", S("{}"))->status, 200);
    CHECK_STR(house_value(h, a, "certificates", str_slice(was, 1, was.len - 1), "revocation"), S("\"unspecified\""));
    /* a root that somebody else signed does not revoke what it signed itself with */
    was = house_value(h, a, "certificate_authorities", root, "certificate");
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", root, "sign", pki_desk_by(a, other))->status, 200);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificates", str_slice(was, 1, was.len - 1), "revoke", S("{}"))->status, 409);
    house_close(h);
    arena_close(a);
}

/* ---- OCSP ---- */

static str der(struct arena *a, unsigned tag, str one, str two)
{
    struct buf b;
    buf_init(&b, a, one.len + two.len + 2);
    NEED(one.len + two.len < 128);
    buf_byte(&b, (char)tag);
    buf_byte(&b, (char)(one.len + two.len));
    buf_add(&b, one);
    buf_add(&b, two);
    return buf_str(&b);
}

static str digest(struct arena *a, str text)
{
    str out;
    NEED(hex_decode(a, digest_hex(a, DIGEST_SHA256, text), &out));
    return der(a, 0x04, out, S(""));
}

/* Is this one still good? By SHA-256, of the authority "Root" on P-256; a nonce when there is one. */
static str ocsp_request(struct house *h, struct arena *a, str ca, str certificate, str nonce)
{
    const struct json *chain = house_json(a, arena_cstr(a, house_value(h, a, "certificate_authorities", ca, "chain")));
    str hex = house_value(h, a, "certificates", certificate, "serial"), serial = {0};
    struct certificate *c;
    size_t count;
    NEED(certificates_read(a, chain->text, &c, &count, &(struct problem){.arena = a}) == ERR_OK && hex_decode(a, str_slice(hex, 1, hex.len - 1), &serial));
    str algorithm = S("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01");
    str name = digest(a, S("\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04Root")), key = digest(a, str_slice(c->key, c->key.len - 65, c->key.len));
    struct buf b;
    buf_init(&b, a, 1024);
    buf_add(&b, algorithm);
    buf_add(&b, name);
    buf_add(&b, key);
    buf_add(&b, der(a, 0x02, serial, S("")));
    str id = der(a, 0x30, buf_str(&b), S("")), list = der(a, 0x30, der(a, 0x30, id, S("")), S("")), more = S("");
    if (nonce.len) /* outermost, requestExtensions */
        more = der(a, 0xa2, der(a, 0x30, der(a, 0x30, S("\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x02"), der(a, 0x04, der(a, 0x04, nonce, S("")), S(""))), S("")), S(""));
    buf_init(&b, a, 1024);
    buf_add(&b, list);
    buf_add(&b, more);
    str inner = buf_str(&b);
    buf_init(&b, a, 1024);
    buf_add(&b, S("\x30\x81"));
    buf_byte(&b, (char)(inner.len + (inner.len < 128 ? 2 : 3)));
    buf_add(&b, inner.len < 128 ? S("\x30") : S("\x30\x81"));
    buf_byte(&b, (char)inner.len);
    buf_add(&b, inner);
    return buf_str(&b);
}

static void answers_are_signed_once(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    int64_t now = time_now_ms();
    time_set(now);
    str ca = pki_desk_authority(h, a, ""), id = pki_desk_hand_in(h, a, "ada", "a.example.org", "a.example.org");
    str leaf = pki_desk_member(a, pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca)), "certificate");
    str plain = ocsp_request(h, a, ca, leaf, (str){0}), random = ocsp_request(h, a, ca, leaf, S("12345678"));
    (void)state;
#define ASK(what) pki_desk_ask(h, a, "boss", "POST", S("/pki/ocsp/1"), what)->answer
    str first = ASK(plain);
    CHECK(first.len > 100);
    CHECK_STR(ASK(plain), first);
    CHECK(!str_equal(ASK(random), ASK(random)));
    (void)pki_desk_hand_in(h, a, "ada", "", "b.example.org");
    (void)pki_desk_act(h, a, "boss", "certificate_requests", pki_desk_hand_in(h, a, "ada", "", "c.example.org"), "sign", pki_desk_by(a, ca));
    CHECK_STR(ASK(plain), first);        /* others are none of its business */
    time_set(now + (int64_t)LIMIT_OCSP_REMEMBERED_S * 1000 - 1);
    CHECK_STR(ASK(plain), first);
    time_set(now + (int64_t)LIMIT_OCSP_REMEMBERED_S * 1000);
    str later = ASK(plain);
    CHECK(!str_equal(later, first));
    CHECK_STR(ASK(plain), later);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificates", leaf, "revoke", S("{\"reason\":\"keyCompromise\"}"))->status, 200);
    str revoked = ASK(plain);            /* at once */
    CHECK(!str_equal(revoked, later));
    CHECK(str_contains(revoked, S("\x0a\x01\x01")) && !str_contains(later, S("\x0a\x01\x01"))); /* keyCompromise */
    CHECK_STR(ASK(plain), revoked);
#undef ASK
    time_set(0);
    house_close(h);
    arena_close(a);
}

CHECK_MAIN(TEST(ca_7_the_journal_keeps_no_lists), TEST(ca_7_long_lists_do_not_hold_up_revocations), TEST(ca_7_lists_end_with_their_authority),
           TEST(authorities_that_are_signed_again), TEST(answers_are_signed_once))

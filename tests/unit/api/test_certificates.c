/* The certificate desk in tables: what is refused before anything is stored, what a certificate is made of, who sees which requests
 * (security CA-1 to CA-7, notary.md 6 to 8). What other programs say about what we make is in tests/outside/certificates.py. */
#include "base/limits.h"
#include "base/time.h"
#include "content/system/pki/x509.h"
#include "content/system/pki/x509_make.h"
#include "content/system/pki/pem.h"
#include "tests/support/check.h"
#include "tests/support/pki_desk.h"

/* ---- CA-1 ---- */

static void ca_1_bad_requests_store_nothing(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    const char *name = "a.example.org";
    str good = pki_desk_csr(a, "a.example.org", &name, 1), der, flipped;
    struct pem_block *b;
    size_t count;
    (void)state;
    NEED(pem_read(a, good, 1, &b, &count, &(struct problem){.arena = a}) == ERR_OK);
    der = b->der;
    flipped = arena_copy(a, der);
    ((char *)(uintptr_t)flipped.at)[flipped.len - 1] ^= 1;
    /* its curve is said by its numbers instead of its name: openssl req -pkeyopt ec_param_enc:explicit */
    static const char spelt_out[] = "-----BEGIN CERTIFICATE REQUEST-----\n"
                                    "MIIByDCCAW4CAQAwGDEWMBQGA1UEAwwNYS5leGFtcGxlLm9yZzCCAUswggEDBgcq\n"
                                    "hkjOPQIBMIH3AgEBMCwGByqGSM49AQECIQD/////AAAAAQAAAAAAAAAAAAAAAP//\n"
                                    "/////////////zBbBCD/////AAAAAQAAAAAAAAAAAAAAAP///////////////AQg\n"
                                    "WsY12Ko6k+ez671VdpiGvGUdBrDMU7D2O848PifSYEsDFQDEnTYIhucEk2pmeOET\n"
                                    "nSa3gZ9+kARBBGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4a\n"
                                    "f5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfUCIQD/////AAAAAP//////////vOb6\n"
                                    "racXnoTzucrC/GMlUQIBAQNCAAQ9ASQWx+JepT1pWuovoXgfY2SeVkZ5JNkWz5OX\n"
                                    "zLg2JCNtRjaYkL9FVS4l3hvNIXJU7OaqkGVN9fph7TsbvNPzoAAwCgYIKoZIzj0E\n"
                                    "AwIDSAAwRQIhAJfLY0QdvrdIq1PCebi2CttptHvQOYa4VtoE9rVTV4WKAiB0WpQu\n"
                                    "/QvNrEaIkVWot2FqUzzgEru4sBZ3xUzigtxJ+w==\n"
                                    "-----END CERTIFICATE REQUEST-----\n";
    const char *many[] = {"a.b..c", "-a.example.org", "a b.example.org", "*.*.example.org"};
    const struct {
        str csr;
        const char *code;
    } cases[] = {
        {S(" "), "csr-pem"},
        {S("nothing"), "csr-pem"},
        {arena_format(a, STR_FMT STR_FMT, STR_ARG(good), STR_ARG(good)), "csr-pem"},
        {pem_write(a, S("CERTIFICATE"), der), "csr-label"},
        {pem_write(a, S("CERTIFICATE REQUEST"), str_slice(der, 0, der.len - 1)), "csr-parse"},
        {pem_write(a, S("CERTIFICATE REQUEST"), S("0x")), "csr-parse"},
        {pem_write(a, S("CERTIFICATE REQUEST"), flipped), "csr-signature"},
        {str_of(spelt_out), "csr-key"},
        {pki_desk_csr(a, "", NULL, 0), "csr-names"},
        {pki_desk_csr(a, "a", &many[0], 1), "csr-names"},
        {pki_desk_csr(a, "a", &many[1], 1), "csr-names"},
        {pki_desk_csr(a, "a", &many[2], 1), "csr-names"},
        {pki_desk_csr(a, "a", &many[3], 1), "csr-names"},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = pki_desk_ask(h, a, "ada", "POST", S(REQUESTS), pki_desk_item(a, cases[i].csr));
        CHECK_INT(f->status, 422);
        CHECK_STR(pki_desk_code(a, f), str_of(cases[i].code));
    }
    CHECK_AT(-1);
    CHECK_STR(pki_desk_ask(h, a, "boss", "GET", S("/api/content/items/certificate_requests"), S(""))->answer, S("[]"));
    CHECK_INT(pki_desk_ask(h, a, "ada", "POST", S(REQUESTS), pki_desk_item(a, good))->status, 200);
    CHECK_STR(pki_desk_code(a, pki_desk_ask(h, a, "eve", "POST", S(REQUESTS), pki_desk_item(a, good))), S("unique"));
    house_close(h);
    arena_close(a);
}

/* ---- CA-2, CA-3, CA-4 ---- */

static void ca_4_a_request_is_signed_once(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    str ca = pki_desk_authority(h, a, ""), id = pki_desk_hand_in(h, a, "ada", "a.example.org", "a.example.org");
    (void)state;
    str first = pki_desk_member(a, pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca)), "certificate");
    CHECK(first.len > 0);
    for (int i = 0; i < 5; i++)
        CHECK_STR(pki_desk_member(a, pki_desk_act(h, a, i % 2 ? "boss" : "two", "certificate_requests", id, "sign", pki_desk_by(a, ca)), "certificate"), first);
    const struct json *leaf = pki_desk_answer(a, pki_desk_ask(h, a, "boss", "GET", arena_format(a, ITEMS "certificates/" STR_FMT, STR_ARG(first)), S("")));
    struct certificate *c;
    size_t count;
    NEED(certificates_read(a, json_get(leaf, S("pem"))->text, &c, &count, &(struct problem){.arena = a}) == ERR_OK);
    CHECK(!c->is_ca);
    CHECK_INT((c->not_after_ms - c->not_before_ms) / 86400000, 365);
    CHECK_INT(c->serial.len, 40);
    /* and it is renewed, rejected, revoked only as its state allows */
    str second = pki_desk_member(a, pki_desk_act(h, a, "boss", "certificate_requests", id, "renew", S("{\"days\":10}")), "certificate");
    CHECK(second.len > 0 && !str_equal(second, first));
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "reject", S("{}"))->status, 409);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "revoke", S("{\"reason\":\"because\"}"))->status, 422);
    CHECK_STR(pki_desk_member(a, pki_desk_act(h, a, "boss", "certificate_requests", id, "revoke", S("{\"reason\":\"superseded\"}")), "status"), S("Revoked"));
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "revoke", S("{}"))->status, 409);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca))->status, 409);
    CHECK_STR(house_value(h, a, "certificate_authorities", ca, "crl_number"), S("2"));
    house_close(h);
    arena_close(a);
}

static void ca_3_who_may_not_sign_does_not(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    str ca = pki_desk_authority(h, a, ""), id = pki_desk_hand_in(h, a, "ada", "a.example.org", "a.example.org"), pending;
    (void)state;
    pending = pki_desk_member(a, pki_desk_ask(h, a, "boss", "POST", S(CAS), S("{\"data\":{\"subject\":{\"CN\":\"Below\"}}}")), "_id");
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, pending))->status, 409);
    CHECK_INT(pki_desk_ask(h, a, "boss", "PATCH", arena_format(a, CAS "/" STR_FMT, STR_ARG(pending)), S("{\"enabled\":true}"))->status, 409);
    CHECK_INT(pki_desk_ask(h, a, "boss", "PATCH", arena_format(a, CAS "/" STR_FMT, STR_ARG(ca)), S("{\"enabled\":false}"))->status, 200);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca))->status, 409);
    CHECK_INT(pki_desk_ask(h, a, "boss", "PATCH", arena_format(a, CAS "/" STR_FMT, STR_ARG(ca)), S("{\"enabled\":true}"))->status, 200);
    CHECK_INT(pki_desk_act(h, a, "ada", "certificate_requests", id, "sign", pki_desk_by(a, ca))->status, 403);
    CHECK_INT(pki_desk_act(h, a, "blind", "certificate_requests", id, "sign", pki_desk_by(a, ca))->status, 404); /* signs only with what he sees */
    /* below it, at most as long as it lives, and no further level */
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", pending, "sign", pki_desk_by(a, ca))->status, 200);
    str third = pki_desk_member(a, pki_desk_ask(h, a, "boss", "POST", S(CAS), S("{\"data\":{\"subject\":{\"CN\":\"Third\"}}}")), "_id");
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", third, "sign", pki_desk_by(a, pending))->status, 409);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, pending))->status, 200);
    CHECK_INT(pki_desk_ask(h, a, "boss", "DELETE", arena_format(a, CAS "/" STR_FMT, STR_ARG(pending)), S(""))->status, 409);
    /* revoked, it signs no more, and cannot be enabled again */
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", pending, "revoke", S("{}"))->status, 200);
    CHECK_INT(pki_desk_ask(h, a, "boss", "PATCH", arena_format(a, CAS "/" STR_FMT, STR_ARG(pending)), S("{\"enabled\":true}"))->status, 409);
    house_close(h);
    arena_close(a);
}

/* ---- rules ---- */

static void issuing_rules_decide_over_names(void **state)
{
    static const struct {
        const char *common, *name;
        const char *code; /* "": it is taken */
    } cases[] = {
        {"app.example.org", "app.example.org", ""},
        {"", "x.app.example.org", "issuing-rule"},
        {"evil.test", "app.example.org", "issuing-rule"},
        {"free text", "b.example.org", ""},
        {"", "example.org", "issuing-rule"},
        {"", "*.example.org", "issuing-rule"},
        {"", "a.deep.internal", ""},
        {"", "*.deep.internal", ""},
        {"", "internal", "issuing-rule"},
        {"", "ops@example.org", ""},
        {"", "ops@sub.example.org", "issuing-rule"},
        {"2001:db8::1", "app.example.org", "issuing-rule"},
    };
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    (void)state;
    (void)house_item(h, "issuing_rules", arena_cstr(a, arena_format(a, "{name:'hosts', users:['" STR_FMT "'], dns:['*.example.org'], emails:['@example.org']}",
                                                                    STR_ARG(house_user(h, "ada")))));
    (void)house_item(h, "issuing_rules", "{name:'inside', order: 200, dns:['**.internal'], wildcards:true}");
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = pki_desk_ask(h, a, "ada", "POST", S(REQUESTS), pki_desk_item(a, pki_desk_csr(a, cases[i].common, &cases[i].name, 1)));
        CHECK_STR(pki_desk_code(a, f), str_of(cases[i].code));
    }
    CHECK_AT(-1);
    house_close(h);
    arena_close(a);
}

static void issuing_rules_sign_at_once_or_want_two(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    str ca = pki_desk_authority(h, a, ""), other = pki_desk_authority(h, a, ""), id;
    (void)state;
    (void)house_item(h, "issuing_rules", arena_cstr(a, arena_format(a, "{name:'auto', dns:['*.example.org'], decision:'sign', max_days: 3, authority:'" STR_FMT "'}", STR_ARG(ca))));
    (void)house_item(h, "issuing_rules", "{name:'two', dns:['*.bank.test'], decision:'ask_two'}");
    struct fake_exchange *f = pki_desk_ask(h, a, "ada", "POST", S(REQUESTS), pki_desk_item(a, pki_desk_csr(a, "", (const char *const[]){"a.example.org"}, 1)));
    CHECK_STR(pki_desk_member(a, f, "status"), S("Active"));
    id = pki_desk_hand_in(h, a, "ada", "", "b.example.org");
    CHECK_STR(house_value(h, a, "certificate_requests", id, "status"), S("\"Active\""));
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, other))->status, 409);
    id = pki_desk_hand_in(h, a, "boss", "", "pay.bank.test");
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "approve", S("{}"))->status, 403);
    CHECK_INT(pki_desk_act(h, a, "two", "certificate_requests", id, "sign", pki_desk_by(a, ca))->status, 409);
    CHECK_INT(pki_desk_act(h, a, "two", "certificate_requests", id, "approve", S("{}"))->status, 200);
    CHECK_INT(pki_desk_act(h, a, "two", "certificate_requests", id, "sign", pki_desk_by(a, ca))->status, 403);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca))->status, 403);
    house_people(h, "{users: {third: {roles:['manager']}}, keys: {third: {user:'third'}}}");
    CHECK_INT(pki_desk_act(h, a, "third", "certificate_requests", id, "sign", pki_desk_by(a, ca))->status, 200);
    house_close(h);
    arena_close(a);
}

/* ---- what happens by itself ---- */

#define DAY INT64_C(86400000)

static void ca_7_lists_are_renewed_and_ends_are_told(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    int64_t start = time_now_ms();
    (void)state;
    time_set(start);
    str ca = pki_desk_authority(h, a, ""), id = pki_desk_hand_in(h, a, "ada", "a.example.org", "a.example.org");
    str leaf = pki_desk_member(a, pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", arena_format(a, "{\"authority\":\"" STR_FMT "\",\"days\":40}", STR_ARG(ca))), "certificate");
    static const struct {
        int days;
        int64_t list, told;
    } later[] = {{0, 1, -1}, {3, 1, -1}, {4, 2, -1}, {7, 2, -1}, {11, 3, 30}, {12, 3, 30}, {34, 4, 7}, {38, 5, 7}, {40, 5, 1}};
    for (size_t i = 0; i < COUNTOF(later); i++) {
        CHECK_AT(i);
        time_set(start + later[i].days * DAY - (later[i].days == 40 ? DAY / 2 : 0));
        pki_desk_tick(h);
        CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_number"), later[i].list);
        CHECK_INT(pki_desk_number(h, a, "certificates", leaf, "expiry_told"), later[i].told);
    }
    CHECK_AT(-1);
    time_set(0);
    house_close(h);
    arena_close(a);
}

/* How often it was said that it ends, as the journal has it. */
static size_t told_of(struct house *h, struct arena *a, str certificate)
{
    struct fake_exchange *f = pki_desk_ask(h, a, "auditor", "GET", arena_format(a, "/api/content/items/journal?filter={verb:'expires',item:'" STR_FMT "'}", STR_ARG(certificate)), S(""));
    CHECK_INT(f->status, 200);
    return pki_desk_answer(a, f)->count;
}

/* A clock that jumps ahead finds one list to write and one word to say, one that goes back neither; no number goes back with it. */
static void ca_7_a_clock_that_jumps(void **state)
{
    static const struct {
        int64_t at;                   /* hours behind the start */
        int64_t list, told, words;
    } jumps[] = {{0, 1, -1, 0},     {38 * 24, 2, 7, 1}, {38 * 24 - 100, 2, 7, 1}, {1, 2, 7, 1},        {-100, 2, 7, 1},
                 {38 * 24, 2, 7, 1}, {39 * 24 + 12, 2, 1, 2}, {39 * 24, 2, 1, 2}, {50 * 24, 3, 1, 2}, {1000 * 24, 4, 1, 2}};
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    int64_t start = time_now_ms();
    (void)state;
    house_people(h, "{roles: {auditor: [{collection:'journal', verbs:['read']}, {collection:'certificates', verbs:['read']}]}, keys: {auditor: {role:'auditor'}}}");
    time_set(start);
    str ca = pki_desk_authority(h, a, ""), id = pki_desk_hand_in(h, a, "ada", "a.example.org", "a.example.org");
    str leaf = pki_desk_member(a, pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", arena_format(a, "{\"authority\":\"" STR_FMT "\",\"days\":40}", STR_ARG(ca))), "certificate");
    for (size_t i = 0; i < COUNTOF(jumps); i++) {
        CHECK_AT(i);
        time_set(start + jumps[i].at * (DAY / 24));
        pki_desk_tick(h);
        pki_desk_tick(h);
        CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_number"), jumps[i].list);
        CHECK_INT(pki_desk_number(h, a, "certificates", leaf, "expiry_told"), jumps[i].told);
        CHECK_INT(told_of(h, a, leaf), jumps[i].words);
    }
    CHECK_AT(-1);
    /* before its authority began nothing is signed; what is revoked then is, with the next number */
    time_set(start - 2 * DAY);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", pki_desk_hand_in(h, a, "ada", "", "b.example.org"), "sign", pki_desk_by(a, ca))->status, 409);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "revoke", S("{}"))->status, 200);
    CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_number"), 5);
    time_set(0);
    house_close(h);
    arena_close(a);
}

static void rsa_keys_are_made_outside_of_the_lock(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    (void)state;
    str ca = pki_desk_authority(h, a, ",\"key_type\":\"rsa-2048\"");
    CHECK(str_contains(house_value(h, a, "certificate_authorities", ca, "chain"), S("BEGIN CERTIFICATE")));
    CHECK_INT(pki_desk_ask(h, a, "boss", "POST", S(CAS), S("{\"data\":{\"subject\":{\"CN\":\"x\"},\"key_type\":\"rsa-512\"}}"))->status, 422);
    CHECK_INT(pki_desk_ask(h, a, "boss", "POST", S(CAS), S("{\"data\":{\"self_signed\":true}}"))->status, 422);
    CHECK_INT(pki_desk_ask(h, a, "boss", "POST", S(CAS), S("{\"data\":{\"subject\":{\"CN\":\"x\",\"C\":\"Austria\"}}}"))->status, 422);
    CHECK_INT(pki_desk_ask(h, a, "boss", "POST", S(CAS), S("{\"data\":{\"subject\":{\"CN\":\"x\"},\"not_after\":\"2001-01-01T00:00:00Z\"}}"))->status, 422);
    house_close(h);
    arena_close(a);
}

static void ca_7_revoking_is_a_right(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    str ca = pki_desk_authority(h, a, ""), id = pki_desk_hand_in(h, a, "ada", "a.example.org", "a.example.org"), leaf;
    (void)state;
    leaf = pki_desk_member(a, pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca)), "certificate");
    CHECK_INT(pki_desk_act(h, a, "ada", "certificate_requests", id, "revoke", S("{}"))->status, 403); /* her own, and yet */
    CHECK_INT(pki_desk_act(h, a, "eve", "certificate_requests", id, "revoke", S("{}"))->status, 403);
    CHECK_INT(pki_desk_act(h, a, "blind", "certificate_requests", id, "revoke", S("{}"))->status, 403);
    CHECK_INT(pki_desk_act(h, a, "ada", "certificates", leaf, "revoke", S("{}"))->status, 403);
    CHECK_INT(pki_desk_act(h, a, "ada", "certificate_authorities", ca, "crl", S("{}"))->status, 404);
    CHECK_STR(house_value(h, a, "certificates", leaf, "revoked_at"), S("null"));
    house_close(h);
    arena_close(a);
}

/* ---- who sees what ---- */

/* Notary's lists have no pages: none of them may be missing. */
static void notary_lists_all_of_them(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    (void)state;
    for (unsigned i = 0; i < 2 * LIMIT_NOTARY_PAGE + 1; i++) {
        struct arena *once = arena_open(1 << 16);
        (void)pki_desk_hand_in(h, once, "ada", "", "a.example.org");
        arena_close(once);
    }
    const struct json *list = json_get(pki_desk_answer(a, pki_desk_ask(h, a, "boss", "GET", S("/api/v1/certificate_requests"), S(""))), S("result"));
    CHECK_INT((int64_t)(list ? list->count : 0), 2 * LIMIT_NOTARY_PAGE + 1);
    house_close(h);
    arena_close(a);
}

static void askers_see_their_own(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    str ca = pki_desk_authority(h, a, ""), id = pki_desk_hand_in(h, a, "ada", "a.example.org", "a.example.org");
    (void)state;
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca))->status, 200);
    CHECK_STR(pki_desk_ask(h, a, "eve", "GET", S("/api/content/items/certificate_requests"), S(""))->answer, S("[]"));
    CHECK_STR(pki_desk_ask(h, a, "eve", "GET", S("/api/content/items/certificates"), S(""))->answer, S("[]"));
    CHECK_INT(pki_desk_ask(h, a, "eve", "GET", arena_format(a, REQUESTS "/" STR_FMT, STR_ARG(id)), S(""))->status, 404);
    CHECK_INT((int64_t)pki_desk_answer(a, pki_desk_ask(h, a, "ada", "GET", S("/api/content/items/certificates"), S("")))->count, 1);
    CHECK_INT(pki_desk_ask(h, a, "ada", "GET", S("/api/content/items/certificate_authorities"), S(""))->status, 404);
    /* nobody reads the key, nobody writes a certificate */
    CHECK(!str_contains(pki_desk_ask(h, a, "boss", "GET", S("/api/content/items/certificate_authorities"), S(""))->answer, S("private_key")));
    CHECK_INT(pki_desk_ask(h, a, "boss", "POST", S(ITEMS "certificates"), S("{\"data\":{\"pem\":\"x\"}}"))->status, 422);
    CHECK_INT(pki_desk_ask(h, a, "ada", "PATCH", arena_format(a, REQUESTS "/" STR_FMT, STR_ARG(id)), S("{\"note\":\"x\"}"))->status, 403);
    CHECK_INT(pki_desk_ask(h, a, "boss", "PATCH", arena_format(a, REQUESTS "/" STR_FMT, STR_ARG(id)), S("{\"csr\":\"x\"}"))->status, 422);
    house_close(h);
    arena_close(a);
}

/* ---- what a second look found ---- */

/* Names outside of an authority's constraints, its issuer's too; a level more than the certificates allow. */
static void what_verifiers_refuse_is_not_issued(void **state)
{
    static const struct {
        const char *name;
        int root, under;
    } cases[] = {{"a.example.org", 200, 200}, {"a.example.net", 409, 409}, {"example.org", 200, 409}, {"x.in.example.org", 200, 200}};
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    str root = pki_desk_authority(h, a, ",\"path_len\":2,\"permitted_dns\":[\"example.org\"]");
    str under = pki_desk_below(h, a, "Under", ",\"path_len\":1,\"permitted_dns\":[\"a.example.org\",\"in.example.org\"]", root);
    str deep = pki_desk_below(h, a, "Deep", "", under), wide = pki_desk_below(h, a, "Wide", ",\"path_len\":2", (str){0});
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", pki_desk_hand_in(h, a, "ada", "", cases[i].name), "sign", pki_desk_by(a, root))->status, cases[i].root);
        struct fake_exchange *f = pki_desk_act(h, a, "boss", "certificate_requests", pki_desk_hand_in(h, a, "ada", "", cases[i].name), "sign", pki_desk_by(a, under));
        CHECK_INT(f->status, cases[i].under);
        if (cases[i].under != 200)
            CHECK_STR(pki_desk_code(a, f), S("path"));
    }
    CHECK_AT(-1);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", wide, "sign", pki_desk_by(a, root))->status, 409);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", wide, "sign", pki_desk_by(a, deep))->status, 409);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", pki_desk_hand_in(h, a, "ada", "", "b.in.example.org"), "sign", pki_desk_by(a, deep))->status, 200);
    static const char *const wrong[] = {"\"permitted_dns\":[\"*.example..org\"]", "\"dns_names\":[\"a b\"]", "\"permitted_networks\":[\"ten\"]"};
    for (size_t i = 0; i < COUNTOF(wrong); i++)
        CHECK_INT(pki_desk_ask(h, a, "boss", "POST", S(CAS), arena_format(a, "{\"data\":{\"subject\":{\"CN\":\"x\"},%s}}", wrong[i]))->status, 422);
    house_close(h);
    arena_close(a);
}

/* An authority signs others for whoever may read it, and goes only when nothing depends on it. */
static void authorities_are_used_by_those_who_see_them(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    str root = pki_desk_authority(h, a, ""), mine = pki_desk_below(h, a, "Mine", "", (str){0});
    (void)state;
    CHECK_INT(pki_desk_act(h, a, "blind", "certificate_authorities", mine, "sign", pki_desk_by(a, root))->status, 404);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", mine, "sign", pki_desk_by(a, root))->status, 200);
    str to_root = arena_format(a, CAS "/" STR_FMT, STR_ARG(root));
    CHECK_INT(pki_desk_ask(h, a, "boss", "DELETE", to_root, S(""))->status, 409);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", mine, "revoke", S("{}"))->status, 200);
    CHECK_INT(pki_desk_ask(h, a, "boss", "DELETE", to_root, S(""))->status, 200);
    house_close(h);
    arena_close(a);
}

/* All certificates of a request have its key: when it is lost, none is good. And none comes back. */
static void ca_7_all_that_a_request_got_is_revoked(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    str ca = pki_desk_authority(h, a, ""), id = pki_desk_hand_in(h, a, "ada", "a.example.org", "a.example.org"), certificates[3];
    (void)state;
    certificates[0] = pki_desk_member(a, pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca)), "certificate");
    for (size_t i = 1; i < COUNTOF(certificates); i++)
        certificates[i] = pki_desk_member(a, pki_desk_act(h, a, "boss", "certificate_requests", id, "renew", S("{}")), "certificate");
    str chain = house_value(h, a, "certificate_requests", id, "chain");
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "detach", S("{}"))->status, 200);
    str import = arena_format(a, "{\"certificate\":" STR_FMT "}", STR_ARG(chain));
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "import", import)->status, 200);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificates", certificates[1], "revoke", S("{}"))->status, 200);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "revoke", S("{\"reason\":\"keyCompromise\"}"))->status, 200);
    for (size_t i = 0; i < COUNTOF(certificates); i++) {
        CHECK_AT(i);
        CHECK_STR(house_value(h, a, "certificates", certificates[i], "revocation"), i == 1 ? S("\"unspecified\"") : S("\"keyCompromise\""));
    }
    CHECK_AT(-1);
    CHECK_INT(pki_desk_number(h, a, "certificate_authorities", ca, "crl_number"), 3);
    /* an authority's own revoked certificate is not taken again either */
    str under = pki_desk_below(h, a, "Under", "", ca);
    str again = arena_format(a, "{\"certificate_chain\":" STR_FMT "}", STR_ARG(house_value(h, a, "certificate_authorities", under, "chain")));
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", under, "certify", again)->status, 200);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", under, "revoke", S("{}"))->status, 200);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_authorities", under, "certify", again)->status, 409);
    CHECK_STR(house_value(h, a, "certificate_authorities", under, "enabled"), S("false"));
    house_close(h);
    arena_close(a);
}

static void rules_and_profiles_say_what_can_be_read(void **state)
{
    static const struct {
        const char *collection, *item;
        int status;
    } cases[] = {
        {"issuing_rules", "\"dns\":[\"**.example.org\",\"*.example.org\",\"example.org\"]", 200},
        {"issuing_rules", "\"dns\":[\"*.*.example.org\"]", 422},
        {"issuing_rules", "\"dns\":[\"example.org.\"]", 422},
        {"issuing_rules", "\"networks\":[\"192.0.2.0/33\"]", 422},
        {"issuing_rules", "\"networks\":[\"192.0.2.0/24\",\"2001:db8::/32\"]", 200},
        {"issuing_rules", "\"emails\":[\"example.org\"]", 422},
        {"issuing_rules", "\"emails\":[\"@example.org\",\"a@example.org\"]", 200},
        {"issuing_rules", "\"uris\":[\"example.org\"]", 422},
        {"certificate_profiles", "\"usages\":[]", 422},
        {"certificate_profiles", "\"usages\":[\"email\"]", 200},
        {"certificate_profiles", "\"max_days\":9", 200},
    };
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        str item = arena_format(a, "{\"data\":{\"name\":\"n%zu\",%s}}", i, cases[i].item);
        CHECK_INT(pki_desk_ask(h, a, "boss", "POST", arena_format(a, ITEMS "%s", cases[i].collection), item)->status, cases[i].status);
    }
    CHECK_AT(-1);
    house_close(h);
    arena_close(a);
}

/* All of them are looked at, so there are no more than are looked at. */
static void issuing_rules_have_a_ceiling(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    (void)state;
    for (unsigned i = 1; i < LIMIT_ISSUING_RULES; i++)
        (void)house_item(h, "issuing_rules", arena_cstr(a, arena_format(a, "{name:'%u', dns:['example.org']}", i)));
    CHECK_INT(pki_desk_ask(h, a, "boss", "POST", S(ITEMS "issuing_rules"), S("{\"data\":{\"name\":\"last\",\"order\":999,\"dns\":[\"*.example.org\"]}}"))->status, 200);
    struct fake_exchange *f = pki_desk_ask(h, a, "boss", "POST", S(ITEMS "issuing_rules"), S("{\"data\":{\"name\":\"more\"}}"));
    CHECK_INT(f->status, 409);
    CHECK(str_contains(f->answer, S("200 issuing rules")));
    (void)pki_desk_hand_in(h, a, "ada", "", "a.example.org"); /* the last one allows it */
    house_close(h);
    arena_close(a);
}

static void ca_3_certificates_begin_five_minutes_ago(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    struct certificate *c;
    size_t count;
    int64_t now = time_now_ms() / 1000 * 1000;
    (void)state;
    time_set(now);
    str ca = pki_desk_authority(h, a, ""), id;
    for (int64_t later = 0; later < 600000; later += 400000) {
        time_set(now + later);
        id = pki_desk_hand_in(h, a, "ada", "", later ? "b.example.org" : "a.example.org");
        str leaf = pki_desk_member(a, pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca)), "certificate");
        const struct json *row = pki_desk_answer(a, pki_desk_ask(h, a, "boss", "GET", arena_format(a, ITEMS "certificates/" STR_FMT, STR_ARG(leaf)), S("")));
        NEED(certificates_read(a, json_get(row, S("pem"))->text, &c, &count, &(struct problem){.arena = a}) == ERR_OK);
        CHECK_INT(c->not_before_ms, now + later - 300000);
        CHECK_INT(c->not_after_ms, now + later + 365 * INT64_C(86400000));
    }
    time_set(0);
    house_close(h);
    arena_close(a);
}

/* A rule counts when it is signed as well; nobody's leaving makes a rule about everybody of one about him. */
static void issuing_rules_stay_what_they_were(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = pki_desk_open();
    str ca = pki_desk_authority(h, a, "");
    (void)state;
    str rule = house_item(h, "issuing_rules", arena_cstr(a, arena_format(a, "{name:'hers', users:['" STR_FMT "'], dns:['*.example.org']}", STR_ARG(house_user(h, "ada")))));
    str to_rule = arena_format(a, ITEMS "issuing_rules/" STR_FMT, STR_ARG(rule));
    str profile = house_item(h, "certificate_profiles", "{name:'mail', usages:['email']}");
    str to_profile = arena_format(a, ITEMS "certificate_profiles/" STR_FMT, STR_ARG(profile));
    str id = pki_desk_hand_in(h, a, "ada", "", "a.example.org"), to_request = arena_format(a, REQUESTS "/" STR_FMT, STR_ARG(id));
    str wants = arena_format(a, "{\"profile\":\"" STR_FMT "\"}", STR_ARG(profile));
    CHECK_INT(pki_desk_ask(h, a, "boss", "PATCH", to_request, wants)->status, 200);
    CHECK_INT(pki_desk_ask(h, a, "boss", "DELETE", to_profile, S(""))->status, 409);
    CHECK_INT(pki_desk_act(h, a, "two", "certificate_requests", id, "approve", S("{}"))->status, 200);
    CHECK_INT(pki_desk_ask(h, a, "boss", "PATCH", to_request, S("{\"profile\":null}"))->status, 422); /* not behind the back of who approved it */
    CHECK_INT(pki_desk_ask(h, a, "boss", "PATCH", to_rule, S("{\"name\":\"else\"}"))->status, 409);
    CHECK_INT(pki_desk_ask(h, a, "boss", "PATCH", to_rule, S("{\"dns\":[\"*.example.net\"]}"))->status, 200);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca))->status, 409);
    CHECK_INT(pki_desk_ask(h, a, "boss", "PATCH", to_rule, S("{\"dns\":[\"*.example.org\"],\"enabled\":false}"))->status, 200);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca))->status, 409);
    CHECK_INT(pki_desk_ask(h, a, "boss", "PATCH", to_rule, S("{\"enabled\":true}"))->status, 200);
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "sign", pki_desk_by(a, ca))->status, 200);
    house_delete(h, "users", house_user(h, "ada"));
    CHECK_STR(house_value(h, a, "issuing_rules", rule, "enabled"), S("false"));
    CHECK_INT(pki_desk_act(h, a, "boss", "certificate_requests", id, "renew", S("{}"))->status, 409);
    house_close(h);
    arena_close(a);
}

CHECK_MAIN(TEST(ca_1_bad_requests_store_nothing), TEST(ca_4_a_request_is_signed_once), TEST(ca_3_who_may_not_sign_does_not),
           TEST(issuing_rules_decide_over_names), TEST(issuing_rules_sign_at_once_or_want_two), TEST(notary_lists_all_of_them), TEST(askers_see_their_own), TEST(ca_7_revoking_is_a_right),
           TEST(ca_7_lists_are_renewed_and_ends_are_told), TEST(ca_7_a_clock_that_jumps), TEST(rsa_keys_are_made_outside_of_the_lock), TEST(what_verifiers_refuse_is_not_issued),
           TEST(authorities_are_used_by_those_who_see_them), TEST(ca_7_all_that_a_request_got_is_revoked),
           TEST(issuing_rules_have_a_ceiling), TEST(ca_3_certificates_begin_five_minutes_ago), TEST(rules_and_profiles_say_what_can_be_read), TEST(issuing_rules_stay_what_they_were))

/* The certificate desk in tables: what is refused before anything is stored, what a certificate is made of, who sees which requests
 * (security CA-1 to CA-7, notary.md 6 to 8). What other programs say about what we make is in tests/outside/certificates.py. */
#include "base/buf.h"
#include "base/digest.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/system/pki/x509.h"
#include "content/system/pki/x509_make.h"
#include "content/system/pki/pem.h"
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

#define ITEMS    "/api/content/item/"
#define REQUESTS ITEMS "certificate_requests"
#define CAS      ITEMS "certificate_authorities"

static struct house *desk(void)
{
    struct house *h = house_open();
    house_people(h, "{roles: {asker: [{collection:'certificate_requests', verbs:['read'], where:{_cby:'$user'}},"
                    "                 {collection:'certificate_requests', verbs:['create']},"
                    "                 {collection:'certificates', verbs:['read'], where:{'request._cby':'$user'}}],"
                    "         manager: [{collection:'certificate_requests', verbs:['*']}, {collection:'certificates', verbs:['*']},"
                    "                   {collection:'certificate_authorities', verbs:['*']}, {collection:'certificate_profiles', verbs:['*']},"
                    "                   {collection:'issuing_rules', verbs:['*']}],"
                    "         signer: [{collection:'certificate_requests', verbs:['read', 'sign']},"
                    "                  {collection:'certificate_authorities', verbs:['read', 'update', 'sign'], where:{name:'Mine'}}]},"
                    " users: {ada: {roles:['asker']}, eve: {roles:['asker']}, boss: {roles:['manager']}, two: {roles:['manager']}, blind: {roles:['signer']}},"
                    " keys: {ada: {user:'ada'}, eve: {user:'eve'}, boss: {user:'boss'}, two: {user:'two'}, blind: {user:'blind'}}}");
    return h;
}

static struct fake_exchange *ask(struct house *h, struct arena *a, const char *who, const char *method, str target, str body)
{
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(house_key(h, who))));
    return rest_request(h->gate, a, method, arena_cstr(a, target), headers, body, NULL);
}

static const struct json *answer(struct arena *a, const struct fake_exchange *f)
{
    return house_json(a, arena_cstr(a, f->answer));
}

static str member(struct arena *a, const struct fake_exchange *f, const char *name)
{
    const struct json *v = json_get(answer(a, f), str_of(name));
    return v && v->type == JSON_TEXT ? v->text : (str){"", 0};
}

static str code_of(struct arena *a, const struct fake_exchange *f)
{
    const struct json *errors = json_get(answer(a, f), S("errors"));
    return errors && errors->count ? json_get(&errors->items[0], S("code"))->text : S("");
}

/* A request for these DNS names, as JSON of an item. */
static str request_for(struct arena *a, const char *common, const char *const *names, size_t count)
{
    struct problem why = {.arena = a};
    struct alt_name list[8];
    struct dn_part part = {S("CN"), str_of(common)};
    str key, pem;
    for (size_t i = 0; i < count; i++)
        list[i] = (struct alt_name){strchr(names[i], '@') ? NAME_EMAIL : NAME_DNS, str_of(names[i])};
    NEED(private_key_make(MAKE_ED25519, a, &key, &why) == ERR_OK);
    NEED(request_make(key, &(struct dn){&part, common[0] ? 1u : 0u}, list, count, a, &pem, &why) == ERR_OK);
    return pem;
}

static str item_of(struct arena *a, str csr)
{
    struct buf b;
    buf_init(&b, a, 1 << 20);
    buf_add(&b, S("{\"data\":{\"csr\":"));
    buf_json_text(&b, csr);
    buf_add(&b, S("}}"));
    return buf_str(&b);
}

static str authority(struct house *h, struct arena *a, const char *more)
{
    struct fake_exchange *f = ask(h, a, "boss", "POST", S(CAS), arena_format(a, "{\"data\":{\"subject\":{\"CN\":\"Root\"},\"self_signed\":true%s}}", more));
    CHECK_INT(f->status, 200);
    return member(a, f, "_id");
}

static str hand_in(struct house *h, struct arena *a, const char *who, const char *common, const char *name)
{
    struct fake_exchange *f = ask(h, a, who, "POST", S(REQUESTS), item_of(a, request_for(a, common, &name, 1)));
    CHECK_INT(f->status, 200);
    return member(a, f, "_id");
}

static struct fake_exchange *act(struct house *h, struct arena *a, const char *who, const char *collection, str id, const char *action, str input)
{
    return ask(h, a, who, "POST", arena_format(a, ITEMS "%s/" STR_FMT "/%s", collection, STR_ARG(id), action), input);
}

static str by(struct arena *a, str authority_id)
{
    return arena_format(a, "{\"authority\":\"" STR_FMT "\"}", STR_ARG(authority_id));
}

/* ---- CA-1 ---- */

static void ca_1_bad_requests_store_nothing(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    const char *name = "a.example.org";
    str good = request_for(a, "a.example.org", &name, 1), der, flipped;
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
        {request_for(a, "", NULL, 0), "csr-names"},
        {request_for(a, "a", &many[0], 1), "csr-names"},
        {request_for(a, "a", &many[1], 1), "csr-names"},
        {request_for(a, "a", &many[2], 1), "csr-names"},
        {request_for(a, "a", &many[3], 1), "csr-names"},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = ask(h, a, "ada", "POST", S(REQUESTS), item_of(a, cases[i].csr));
        CHECK_INT(f->status, 422);
        CHECK_STR(code_of(a, f), str_of(cases[i].code));
    }
    CHECK_AT(-1);
    CHECK_STR(ask(h, a, "boss", "GET", S("/api/content/items/certificate_requests"), S(""))->answer, S("[]"));
    CHECK_INT(ask(h, a, "ada", "POST", S(REQUESTS), item_of(a, good))->status, 200);
    CHECK_STR(code_of(a, ask(h, a, "eve", "POST", S(REQUESTS), item_of(a, good))), S("unique"));
    house_close(h);
    arena_close(a);
}

/* ---- CA-2, CA-3, CA-4 ---- */

static void ca_4_a_request_is_signed_once(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    str ca = authority(h, a, ""), id = hand_in(h, a, "ada", "a.example.org", "a.example.org");
    (void)state;
    str first = member(a, act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca)), "certificate");
    CHECK(first.len > 0);
    for (int i = 0; i < 5; i++)
        CHECK_STR(member(a, act(h, a, i % 2 ? "boss" : "two", "certificate_requests", id, "sign", by(a, ca)), "certificate"), first);
    const struct json *leaf = answer(a, ask(h, a, "boss", "GET", arena_format(a, ITEMS "certificates/" STR_FMT, STR_ARG(first)), S("")));
    struct certificate *c;
    size_t count;
    NEED(certificates_read(a, json_get(leaf, S("pem"))->text, &c, &count, &(struct problem){.arena = a}) == ERR_OK);
    CHECK(!c->is_ca);
    CHECK_INT((c->not_after_ms - c->not_before_ms) / 86400000, 365);
    CHECK_INT(c->serial.len, 40);
    /* and it is renewed, rejected, revoked only as its state allows */
    str second = member(a, act(h, a, "boss", "certificate_requests", id, "renew", S("{\"days\":10}")), "certificate");
    CHECK(second.len > 0 && !str_equal(second, first));
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "reject", S("{}"))->status, 409);
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "revoke", S("{\"reason\":\"because\"}"))->status, 422);
    CHECK_STR(member(a, act(h, a, "boss", "certificate_requests", id, "revoke", S("{\"reason\":\"superseded\"}")), "status"), S("Revoked"));
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "revoke", S("{}"))->status, 409);
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca))->status, 409);
    CHECK_STR(house_value(h, a, "certificate_authorities", ca, "crl_number"), S("2"));
    house_close(h);
    arena_close(a);
}

static void ca_3_who_may_not_sign_does_not(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    str ca = authority(h, a, ""), id = hand_in(h, a, "ada", "a.example.org", "a.example.org"), pending;
    (void)state;
    pending = member(a, ask(h, a, "boss", "POST", S(CAS), S("{\"data\":{\"subject\":{\"CN\":\"Below\"}}}")), "_id");
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "sign", by(a, pending))->status, 409);
    CHECK_INT(ask(h, a, "boss", "PATCH", arena_format(a, CAS "/" STR_FMT, STR_ARG(pending)), S("{\"enabled\":true}"))->status, 409);
    CHECK_INT(ask(h, a, "boss", "PATCH", arena_format(a, CAS "/" STR_FMT, STR_ARG(ca)), S("{\"enabled\":false}"))->status, 200);
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca))->status, 409);
    CHECK_INT(ask(h, a, "boss", "PATCH", arena_format(a, CAS "/" STR_FMT, STR_ARG(ca)), S("{\"enabled\":true}"))->status, 200);
    CHECK_INT(act(h, a, "ada", "certificate_requests", id, "sign", by(a, ca))->status, 403);
    CHECK_INT(act(h, a, "blind", "certificate_requests", id, "sign", by(a, ca))->status, 404); /* signs only with what he sees */
    /* below it, at most as long as it lives, and no further level */
    CHECK_INT(act(h, a, "boss", "certificate_authorities", pending, "sign", by(a, ca))->status, 200);
    str third = member(a, ask(h, a, "boss", "POST", S(CAS), S("{\"data\":{\"subject\":{\"CN\":\"Third\"}}}")), "_id");
    CHECK_INT(act(h, a, "boss", "certificate_authorities", third, "sign", by(a, pending))->status, 409);
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "sign", by(a, pending))->status, 200);
    CHECK_INT(ask(h, a, "boss", "DELETE", arena_format(a, CAS "/" STR_FMT, STR_ARG(pending)), S(""))->status, 409);
    /* revoked, it signs no more, and cannot be enabled again */
    CHECK_INT(act(h, a, "boss", "certificate_authorities", pending, "revoke", S("{}"))->status, 200);
    CHECK_INT(ask(h, a, "boss", "PATCH", arena_format(a, CAS "/" STR_FMT, STR_ARG(pending)), S("{\"enabled\":true}"))->status, 409);
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
    struct house *h = desk();
    (void)state;
    (void)house_item(h, "issuing_rules", arena_cstr(a, arena_format(a, "{name:'hosts', users:['" STR_FMT "'], dns:['*.example.org'], emails:['@example.org']}",
                                                                    STR_ARG(house_user(h, "ada")))));
    (void)house_item(h, "issuing_rules", "{name:'inside', order: 200, dns:['**.internal'], wildcards:true}");
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = ask(h, a, "ada", "POST", S(REQUESTS), item_of(a, request_for(a, cases[i].common, &cases[i].name, 1)));
        CHECK_STR(code_of(a, f), str_of(cases[i].code));
    }
    CHECK_AT(-1);
    house_close(h);
    arena_close(a);
}

static void issuing_rules_sign_at_once_or_want_two(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    str ca = authority(h, a, ""), other = authority(h, a, ""), id;
    (void)state;
    (void)house_item(h, "issuing_rules", arena_cstr(a, arena_format(a, "{name:'auto', dns:['*.example.org'], decision:'sign', max_days: 3, authority:'" STR_FMT "'}", STR_ARG(ca))));
    (void)house_item(h, "issuing_rules", "{name:'two', dns:['*.bank.test'], decision:'ask_two'}");
    struct fake_exchange *f = ask(h, a, "ada", "POST", S(REQUESTS), item_of(a, request_for(a, "", (const char *const[]){"a.example.org"}, 1)));
    CHECK_STR(member(a, f, "status"), S("Active"));
    id = hand_in(h, a, "ada", "", "b.example.org");
    CHECK_STR(house_value(h, a, "certificate_requests", id, "status"), S("\"Active\""));
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "sign", by(a, other))->status, 409);
    id = hand_in(h, a, "boss", "", "pay.bank.test");
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "approve", S("{}"))->status, 403);
    CHECK_INT(act(h, a, "two", "certificate_requests", id, "sign", by(a, ca))->status, 409);
    CHECK_INT(act(h, a, "two", "certificate_requests", id, "approve", S("{}"))->status, 200);
    CHECK_INT(act(h, a, "two", "certificate_requests", id, "sign", by(a, ca))->status, 403);
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca))->status, 403);
    house_people(h, "{users: {third: {roles:['manager']}}, keys: {third: {user:'third'}}}");
    CHECK_INT(act(h, a, "third", "certificate_requests", id, "sign", by(a, ca))->status, 200);
    house_close(h);
    arena_close(a);
}

/* ---- what happens by itself ---- */

#define DAY INT64_C(86400000)

static void tick(struct house *h)
{
    struct arena *a = arena_open(1 << 16);
    struct problem why = {.arena = a};
    CHECK(gate_tick(h->gate, &why) == ERR_OK);
    arena_close(a);
}

static int64_t number(struct house *h, struct arena *a, const char *collection, str id, const char *field)
{
    int64_t n = -1;
    (void)str_to_i64(house_value(h, a, collection, id, field), &n);
    return n;
}

static void ca_7_lists_are_renewed_and_ends_are_told(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    int64_t start = time_now_ms();
    (void)state;
    time_set(start);
    str ca = authority(h, a, ""), id = hand_in(h, a, "ada", "a.example.org", "a.example.org");
    str leaf = member(a, act(h, a, "boss", "certificate_requests", id, "sign", arena_format(a, "{\"authority\":\"" STR_FMT "\",\"days\":40}", STR_ARG(ca))), "certificate");
    static const struct {
        int days;
        int64_t list, told;
    } later[] = {{0, 1, -1}, {3, 1, -1}, {4, 2, -1}, {7, 2, -1}, {11, 3, 30}, {12, 3, 30}, {34, 4, 7}, {38, 5, 7}, {40, 5, 1}};
    for (size_t i = 0; i < COUNTOF(later); i++) {
        CHECK_AT(i);
        time_set(start + later[i].days * DAY - (later[i].days == 40 ? DAY / 2 : 0));
        tick(h);
        CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_number"), later[i].list);
        CHECK_INT(number(h, a, "certificates", leaf, "expiry_told"), later[i].told);
    }
    CHECK_AT(-1);
    time_set(0);
    house_close(h);
    arena_close(a);
}

/* How often it was said that it ends, as the journal has it. */
static size_t told_of(struct house *h, struct arena *a, str certificate)
{
    struct fake_exchange *f = ask(h, a, "auditor", "GET", arena_format(a, "/api/content/items/journal?filter={verb:'expires',item:'" STR_FMT "'}", STR_ARG(certificate)), S(""));
    CHECK_INT(f->status, 200);
    return answer(a, f)->count;
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
    struct house *h = desk();
    int64_t start = time_now_ms();
    (void)state;
    house_people(h, "{roles: {auditor: [{collection:'journal', verbs:['read']}]}, keys: {auditor: {role:'auditor'}}}");
    time_set(start);
    str ca = authority(h, a, ""), id = hand_in(h, a, "ada", "a.example.org", "a.example.org");
    str leaf = member(a, act(h, a, "boss", "certificate_requests", id, "sign", arena_format(a, "{\"authority\":\"" STR_FMT "\",\"days\":40}", STR_ARG(ca))), "certificate");
    for (size_t i = 0; i < COUNTOF(jumps); i++) {
        CHECK_AT(i);
        time_set(start + jumps[i].at * (DAY / 24));
        tick(h);
        tick(h);
        CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_number"), jumps[i].list);
        CHECK_INT(number(h, a, "certificates", leaf, "expiry_told"), jumps[i].told);
        CHECK_INT(told_of(h, a, leaf), jumps[i].words);
    }
    CHECK_AT(-1);
    /* before its authority began nothing is signed; what is revoked then is, with the next number */
    time_set(start - 2 * DAY);
    CHECK_INT(act(h, a, "boss", "certificate_requests", hand_in(h, a, "ada", "", "b.example.org"), "sign", by(a, ca))->status, 409);
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "revoke", S("{}"))->status, 200);
    CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_number"), 5);
    time_set(0);
    house_close(h);
    arena_close(a);
}

static void rsa_keys_are_made_outside_of_the_lock(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    (void)state;
    str ca = authority(h, a, ",\"key_type\":\"rsa-2048\"");
    CHECK(str_contains(house_value(h, a, "certificate_authorities", ca, "chain"), S("BEGIN CERTIFICATE")));
    CHECK_INT(ask(h, a, "boss", "POST", S(CAS), S("{\"data\":{\"subject\":{\"CN\":\"x\"},\"key_type\":\"rsa-512\"}}"))->status, 422);
    CHECK_INT(ask(h, a, "boss", "POST", S(CAS), S("{\"data\":{\"self_signed\":true}}"))->status, 422);
    CHECK_INT(ask(h, a, "boss", "POST", S(CAS), S("{\"data\":{\"subject\":{\"CN\":\"x\",\"C\":\"Austria\"}}}"))->status, 422);
    CHECK_INT(ask(h, a, "boss", "POST", S(CAS), S("{\"data\":{\"subject\":{\"CN\":\"x\"},\"not_after\":\"2001-01-01T00:00:00Z\"}}"))->status, 422);
    house_close(h);
    arena_close(a);
}

static void ca_7_revoking_is_a_right(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    str ca = authority(h, a, ""), id = hand_in(h, a, "ada", "a.example.org", "a.example.org"), leaf;
    (void)state;
    leaf = member(a, act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca)), "certificate");
    CHECK_INT(act(h, a, "ada", "certificate_requests", id, "revoke", S("{}"))->status, 403); /* her own, and yet */
    CHECK_INT(act(h, a, "eve", "certificate_requests", id, "revoke", S("{}"))->status, 403);
    CHECK_INT(act(h, a, "blind", "certificate_requests", id, "revoke", S("{}"))->status, 403);
    CHECK_INT(act(h, a, "ada", "certificates", leaf, "revoke", S("{}"))->status, 403);
    CHECK_INT(act(h, a, "ada", "certificate_authorities", ca, "crl", S("{}"))->status, 404);
    CHECK_STR(house_value(h, a, "certificates", leaf, "revoked_at"), S("null"));
    house_close(h);
    arena_close(a);
}

/* ---- who sees what ---- */

/* Notary's lists have no pages: none of them may be missing. */
static void notary_lists_all_of_them(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    (void)state;
    for (unsigned i = 0; i < 2 * LIMIT_NOTARY_PAGE + 1; i++) {
        struct arena *once = arena_open(1 << 16);
        (void)hand_in(h, once, "ada", "", "a.example.org");
        arena_close(once);
    }
    const struct json *list = json_get(answer(a, ask(h, a, "boss", "GET", S("/api/v1/certificate_requests"), S(""))), S("result"));
    CHECK_INT((int64_t)(list ? list->count : 0), 2 * LIMIT_NOTARY_PAGE + 1);
    house_close(h);
    arena_close(a);
}

static void askers_see_their_own(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    str ca = authority(h, a, ""), id = hand_in(h, a, "ada", "a.example.org", "a.example.org");
    (void)state;
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca))->status, 200);
    CHECK_STR(ask(h, a, "eve", "GET", S("/api/content/items/certificate_requests"), S(""))->answer, S("[]"));
    CHECK_STR(ask(h, a, "eve", "GET", S("/api/content/items/certificates"), S(""))->answer, S("[]"));
    CHECK_INT(ask(h, a, "eve", "GET", arena_format(a, REQUESTS "/" STR_FMT, STR_ARG(id)), S(""))->status, 404);
    CHECK_INT((int64_t)answer(a, ask(h, a, "ada", "GET", S("/api/content/items/certificates"), S("")))->count, 1);
    CHECK_INT(ask(h, a, "ada", "GET", S("/api/content/items/certificate_authorities"), S(""))->status, 404);
    /* nobody reads the key, nobody writes a certificate */
    CHECK(!str_contains(ask(h, a, "boss", "GET", S("/api/content/items/certificate_authorities"), S(""))->answer, S("private_key")));
    CHECK_INT(ask(h, a, "boss", "POST", S(ITEMS "certificates"), S("{\"data\":{\"pem\":\"x\"}}"))->status, 422);
    CHECK_INT(ask(h, a, "ada", "PATCH", arena_format(a, REQUESTS "/" STR_FMT, STR_ARG(id)), S("{\"note\":\"x\"}"))->status, 403);
    CHECK_INT(ask(h, a, "boss", "PATCH", arena_format(a, REQUESTS "/" STR_FMT, STR_ARG(id)), S("{\"csr\":\"x\"}"))->status, 422);
    house_close(h);
    arena_close(a);
}

/* ---- what a second look found ---- */

static str below(struct house *h, struct arena *a, const char *common, const char *more, str by_id)
{
    str id = member(a, ask(h, a, "boss", "POST", S(CAS), arena_format(a, "{\"data\":{\"subject\":{\"CN\":\"%s\"}%s}}", common, more)), "_id");
    if (by_id.len)
        CHECK_INT(act(h, a, "boss", "certificate_authorities", id, "sign", by(a, by_id))->status, 200);
    return id;
}

/* Names outside of an authority's constraints, its issuer's too; a level more than the certificates allow. */
static void what_verifiers_refuse_is_not_issued(void **state)
{
    static const struct {
        const char *name;
        int root, under;
    } cases[] = {{"a.example.org", 200, 200}, {"a.example.net", 409, 409}, {"example.org", 200, 409}, {"x.in.example.org", 200, 200}};
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    str root = authority(h, a, ",\"path_len\":2,\"permitted_dns\":[\"example.org\"]");
    str under = below(h, a, "Under", ",\"path_len\":1,\"permitted_dns\":[\"a.example.org\",\"in.example.org\"]", root);
    str deep = below(h, a, "Deep", "", under), wide = below(h, a, "Wide", ",\"path_len\":2", (str){0});
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(act(h, a, "boss", "certificate_requests", hand_in(h, a, "ada", "", cases[i].name), "sign", by(a, root))->status, cases[i].root);
        struct fake_exchange *f = act(h, a, "boss", "certificate_requests", hand_in(h, a, "ada", "", cases[i].name), "sign", by(a, under));
        CHECK_INT(f->status, cases[i].under);
        if (cases[i].under != 200)
            CHECK_STR(code_of(a, f), S("path"));
    }
    CHECK_AT(-1);
    CHECK_INT(act(h, a, "boss", "certificate_authorities", wide, "sign", by(a, root))->status, 409);
    CHECK_INT(act(h, a, "boss", "certificate_authorities", wide, "sign", by(a, deep))->status, 409);
    CHECK_INT(act(h, a, "boss", "certificate_requests", hand_in(h, a, "ada", "", "b.in.example.org"), "sign", by(a, deep))->status, 200);
    static const char *const wrong[] = {"\"permitted_dns\":[\"*.example..org\"]", "\"dns_names\":[\"a b\"]", "\"permitted_networks\":[\"ten\"]"};
    for (size_t i = 0; i < COUNTOF(wrong); i++)
        CHECK_INT(ask(h, a, "boss", "POST", S(CAS), arena_format(a, "{\"data\":{\"subject\":{\"CN\":\"x\"},%s}}", wrong[i]))->status, 422);
    house_close(h);
    arena_close(a);
}

/* An authority signs others for whoever may read it, and goes only when nothing depends on it. */
static void authorities_are_used_by_those_who_see_them(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    str root = authority(h, a, ""), mine = below(h, a, "Mine", "", (str){0});
    (void)state;
    CHECK_INT(act(h, a, "blind", "certificate_authorities", mine, "sign", by(a, root))->status, 404);
    CHECK_INT(act(h, a, "boss", "certificate_authorities", mine, "sign", by(a, root))->status, 200);
    str to_root = arena_format(a, CAS "/" STR_FMT, STR_ARG(root));
    CHECK_INT(ask(h, a, "boss", "DELETE", to_root, S(""))->status, 409);
    CHECK_INT(act(h, a, "boss", "certificate_authorities", mine, "revoke", S("{}"))->status, 200);
    CHECK_INT(ask(h, a, "boss", "DELETE", to_root, S(""))->status, 200);
    house_close(h);
    arena_close(a);
}

/* All certificates of a request have its key: when it is lost, none is good. And none comes back. */
static void ca_7_all_that_a_request_got_is_revoked(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    str ca = authority(h, a, ""), id = hand_in(h, a, "ada", "a.example.org", "a.example.org"), certificates[3];
    (void)state;
    certificates[0] = member(a, act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca)), "certificate");
    for (size_t i = 1; i < COUNTOF(certificates); i++)
        certificates[i] = member(a, act(h, a, "boss", "certificate_requests", id, "renew", S("{}")), "certificate");
    str chain = house_value(h, a, "certificate_requests", id, "chain");
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "detach", S("{}"))->status, 200);
    str import = arena_format(a, "{\"certificate\":" STR_FMT "}", STR_ARG(chain));
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "import", import)->status, 200);
    CHECK_INT(act(h, a, "boss", "certificates", certificates[1], "revoke", S("{}"))->status, 200);
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "revoke", S("{\"reason\":\"keyCompromise\"}"))->status, 200);
    for (size_t i = 0; i < COUNTOF(certificates); i++) {
        CHECK_AT(i);
        CHECK_STR(house_value(h, a, "certificates", certificates[i], "revocation"), i == 1 ? S("\"unspecified\"") : S("\"keyCompromise\""));
    }
    CHECK_AT(-1);
    CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_number"), 3);
    /* an authority's own revoked certificate is not taken again either */
    str under = below(h, a, "Under", "", ca);
    str again = arena_format(a, "{\"certificate_chain\":" STR_FMT "}", STR_ARG(house_value(h, a, "certificate_authorities", under, "chain")));
    CHECK_INT(act(h, a, "boss", "certificate_authorities", under, "certify", again)->status, 200);
    CHECK_INT(act(h, a, "boss", "certificate_authorities", under, "revoke", S("{}"))->status, 200);
    CHECK_INT(act(h, a, "boss", "certificate_authorities", under, "certify", again)->status, 409);
    CHECK_STR(house_value(h, a, "certificate_authorities", under, "enabled"), S("false"));
    house_close(h);
    arena_close(a);
}

/* ---- lists ---- */

static str list_of(struct house *h, struct arena *a)
{
    return ask(h, a, "boss", "GET", S("/pki/crl/1.crl"), S(""))->answer;
}

/* The list's own bytes have a certificate's serial number. */
static bool lists(struct house *h, struct arena *a, str certificate)
{
    str hex = house_value(h, a, "certificates", certificate, "serial"), serial;
    return hex_decode(a, str_slice(hex, 1, hex.len - 1), &serial) && str_contains(list_of(h, a), serial);
}

static str issued_at_once(struct house *h, struct arena *a)
{
    str id = hand_in(h, a, "ada", "", "a.example.org");
    str ref = house_value(h, a, "certificate_requests", id, "certificate");
    NEED(ref.len > 2);
    return str_slice(ref, 1, ref.len - 1);
}

static void ca_7_the_journal_keeps_no_lists(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    str ca = authority(h, a, ""), id = hand_in(h, a, "ada", "a.example.org", "a.example.org");
    (void)state;
    house_people(h, "{roles: {auditor: [{collection:'journal', verbs:['read']}, {collection:'certificate_authorities', verbs:['read']}]},"
                    " users: {audrey: {roles:['auditor']}}, keys: {audrey: {user:'audrey'}}}");
    str leaf = member(a, act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca)), "certificate");
    CHECK_INT(act(h, a, "boss", "certificates", leaf, "revoke", S("{}"))->status, 200);
    CHECK(lists(h, a, leaf));
    CHECK(str_contains(ask(h, a, "boss", "GET", arena_format(a, CAS "/" STR_FMT, STR_ARG(ca)), S(""))->answer, S("BEGIN X509 CRL")));
    struct fake_exchange *f = ask(h, a, "audrey", "GET", S("/api/content/items/journal?limit=100"), S(""));
    CHECK(str_contains(f->answer, S("crl_number")));
    CHECK(!str_contains(f->answer, S("X509 CRL")));
    CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_count"), 1);
    house_close(h);
    arena_close(a);
}

/* Past so many entries a list is written once for many revocations, and soon. */
static void ca_7_long_lists_do_not_hold_up_revocations(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    int64_t now = time_now_ms();
    str ca = authority(h, a, ",\"key_type\":\"ed25519\""), last[3];
    (void)state;
    time_set(now);
    (void)house_item(h, "issuing_rules", "{name:'auto', dns:['*.example.org'], decision:'sign'}");
    for (unsigned i = 0; i < LIMIT_CRL_AT_ONCE; i++) {
        struct arena *once = arena_open(1 << 16);
        CHECK_INT(act(h, once, "boss", "certificates", issued_at_once(h, once), "revoke", S("{}"))->status, 200);
        arena_close(once);
    }
    int64_t so_far = LIMIT_CRL_AT_ONCE + 1;
    CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_number"), so_far);
    CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_count"), LIMIT_CRL_AT_ONCE);
    for (size_t i = 0; i < COUNTOF(last); i++) {
        last[i] = issued_at_once(h, a);
        CHECK_INT(act(h, a, "boss", "certificates", last[i], "revoke", S("{\"reason\":\"keyCompromise\"}"))->status, 200);
        CHECK(!lists(h, a, last[i]));
    }
    CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_number"), so_far);
    time_set(now + 10000);
    tick(h);
    CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_number"), so_far + 1);
    CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_count"), LIMIT_CRL_AT_ONCE + 3);
    for (size_t i = 0; i < COUNTOF(last); i++)
        CHECK(lists(h, a, last[i]));
    time_set(now + 30000);
    tick(h);
    CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_number"), so_far + 1);
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
    struct house *h = desk();
    int64_t start = time_now_ms() / 1000 * 1000;
    (void)state;
    time_set(start);
    struct buf end;
    buf_init(&end, a, 64);
    time_write(&end, start + 10 * DAY);
    str ca = authority(h, a, arena_cstr(a, arena_format(a, ",\"not_after\":\"" STR_FMT "\"", STR_ARG(buf_str(&end)))));
    str id = hand_in(h, a, "ada", "a.example.org", "a.example.org");
    str leaf = member(a, act(h, a, "boss", "certificate_requests", id, "sign", arena_format(a, "{\"authority\":\"" STR_FMT "\",\"days\":5}", STR_ARG(ca))), "certificate");
    CHECK_INT(act(h, a, "boss", "certificates", leaf, "revoke", S("{}"))->status, 200);
    for (size_t i = 0; i < COUNTOF(later); i++) {
        CHECK_AT(i);
        time_set(start + later[i].days * DAY);
        tick(h);
        CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_number"), later[i].list);
        CHECK_INT(number(h, a, "certificate_authorities", ca, "crl_count"), later[i].entries);
    }
    CHECK_AT(-1);
    CHECK_STR(house_value(h, a, "certificate_authorities", ca, "crl_next"), S("null"));
    CHECK_INT(act(h, a, "boss", "certificate_authorities", ca, "crl", S("{}"))->status, 409);
    time_set(0);
    house_close(h);
    arena_close(a);
}

/* ---- an authority that was signed again ---- */

static void authorities_that_are_signed_again(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    str root = authority(h, a, ""), other = authority(h, a, ",\"path_len\":3"), under = below(h, a, "Under", "", root);
    str first = house_value(h, a, "certificate_authorities", under, "certificate");
    (void)state;
    CHECK_INT(act(h, a, "boss", "certificate_authorities", under, "sign", by(a, other))->status, 200);
    str second = house_value(h, a, "certificate_authorities", under, "certificate");
    CHECK(!str_equal(first, second));
    first = str_slice(first, 1, first.len - 1);
    second = str_slice(second, 1, second.len - 1);
    /* superseded: it goes on with the later one */
    CHECK_INT(act(h, a, "boss", "certificates", first, "revoke", S("{\"reason\":\"superseded\"}"))->status, 200);
    CHECK_STR(house_value(h, a, "certificate_authorities", under, "enabled"), S("true"));
    CHECK_INT(act(h, a, "boss", "certificate_authorities", under, "sign", by(a, root))->status, 200);
    /* the key is lost: by whichever of its certificates that is said, nobody signs with it again */
    CHECK_INT(act(h, a, "boss", "certificates", second, "revoke", S("{\"reason\":\"cACompromise\"}"))->status, 200);
    CHECK_STR(house_value(h, a, "certificate_authorities", under, "enabled"), S("false"));
    CHECK_INT(ask(h, a, "boss", "PATCH", arena_format(a, CAS "/" STR_FMT, STR_ARG(under)), S("{\"enabled\":true}"))->status, 409);
    CHECK_INT(act(h, a, "boss", "certificate_authorities", under, "sign", by(a, root))->status, 409);
    CHECK_INT(act(h, a, "boss", "certificate_authorities", under, "revoke", S("{\"reason\":\"cACompromise\"}"))->status, 200);
    CHECK_INT(act(h, a, "boss", "certificate_authorities", under, "sign", by(a, root))->status, 409);
    /* revoked as an authority, all of its certificates are */
    str two = below(h, a, "Two", "", root), was = house_value(h, a, "certificate_authorities", two, "certificate");
    CHECK_INT(act(h, a, "boss", "certificate_authorities", two, "sign", by(a, other))->status, 200);
    CHECK_INT(act(h, a, "boss", "certificate_authorities", two, "revoke", S("{}"))->status, 200);
    CHECK_STR(house_value(h, a, "certificates", str_slice(was, 1, was.len - 1), "revocation"), S("\"unspecified\""));
    /* a root that somebody else signed does not revoke what it signed itself with */
    was = house_value(h, a, "certificate_authorities", root, "certificate");
    CHECK_INT(act(h, a, "boss", "certificate_authorities", root, "sign", by(a, other))->status, 200);
    CHECK_INT(act(h, a, "boss", "certificates", str_slice(was, 1, was.len - 1), "revoke", S("{}"))->status, 409);
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
    str hex = house_value(h, a, "certificates", certificate, "serial"), serial;
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
    struct house *h = desk();
    int64_t now = time_now_ms();
    time_set(now);
    str ca = authority(h, a, ""), id = hand_in(h, a, "ada", "a.example.org", "a.example.org");
    str leaf = member(a, act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca)), "certificate");
    str plain = ocsp_request(h, a, ca, leaf, (str){0}), random = ocsp_request(h, a, ca, leaf, S("12345678"));
    (void)state;
#define ASK(what) ask(h, a, "boss", "POST", S("/pki/ocsp/1"), what)->answer
    str first = ASK(plain);
    CHECK(first.len > 100);
    CHECK_STR(ASK(plain), first);
    CHECK(!str_equal(ASK(random), ASK(random)));
    (void)hand_in(h, a, "ada", "", "b.example.org");
    (void)act(h, a, "boss", "certificate_requests", hand_in(h, a, "ada", "", "c.example.org"), "sign", by(a, ca));
    CHECK_STR(ASK(plain), first);        /* others are none of its business */
    time_set(now + (int64_t)LIMIT_OCSP_REMEMBERED_S * 1000 - 1);
    CHECK_STR(ASK(plain), first);
    time_set(now + (int64_t)LIMIT_OCSP_REMEMBERED_S * 1000);
    str later = ASK(plain);
    CHECK(!str_equal(later, first));
    CHECK_STR(ASK(plain), later);
    CHECK_INT(act(h, a, "boss", "certificates", leaf, "revoke", S("{\"reason\":\"keyCompromise\"}"))->status, 200);
    str revoked = ASK(plain);            /* at once */
    CHECK(!str_equal(revoked, later));
    CHECK(str_contains(revoked, S("\x0a\x01\x01")) && !str_contains(later, S("\x0a\x01\x01"))); /* keyCompromise */
    CHECK_STR(ASK(plain), revoked);
#undef ASK
    time_set(0);
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
    struct house *h = desk();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        str item = arena_format(a, "{\"data\":{\"name\":\"n%zu\",%s}}", i, cases[i].item);
        CHECK_INT(ask(h, a, "boss", "POST", arena_format(a, ITEMS "%s", cases[i].collection), item)->status, cases[i].status);
    }
    CHECK_AT(-1);
    house_close(h);
    arena_close(a);
}

/* All of them are looked at, so there are no more than are looked at. */
static void issuing_rules_have_a_ceiling(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    (void)state;
    for (unsigned i = 1; i < LIMIT_ISSUING_RULES; i++)
        (void)house_item(h, "issuing_rules", arena_cstr(a, arena_format(a, "{name:'%u', dns:['example.org']}", i)));
    CHECK_INT(ask(h, a, "boss", "POST", S(ITEMS "issuing_rules"), S("{\"data\":{\"name\":\"last\",\"order\":999,\"dns\":[\"*.example.org\"]}}"))->status, 200);
    struct fake_exchange *f = ask(h, a, "boss", "POST", S(ITEMS "issuing_rules"), S("{\"data\":{\"name\":\"more\"}}"));
    CHECK_INT(f->status, 409);
    CHECK(str_contains(f->answer, S("200 issuing rules")));
    (void)hand_in(h, a, "ada", "", "a.example.org"); /* the last one allows it */
    house_close(h);
    arena_close(a);
}

static void ca_3_certificates_begin_five_minutes_ago(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct house *h = desk();
    struct certificate *c;
    size_t count;
    int64_t now = time_now_ms() / 1000 * 1000;
    (void)state;
    time_set(now);
    str ca = authority(h, a, ""), id;
    for (int64_t later = 0; later < 600000; later += 400000) {
        time_set(now + later);
        id = hand_in(h, a, "ada", "", later ? "b.example.org" : "a.example.org");
        str leaf = member(a, act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca)), "certificate");
        const struct json *row = answer(a, ask(h, a, "boss", "GET", arena_format(a, ITEMS "certificates/" STR_FMT, STR_ARG(leaf)), S("")));
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
    struct house *h = desk();
    str ca = authority(h, a, "");
    (void)state;
    str rule = house_item(h, "issuing_rules", arena_cstr(a, arena_format(a, "{name:'hers', users:['" STR_FMT "'], dns:['*.example.org']}", STR_ARG(house_user(h, "ada")))));
    str to_rule = arena_format(a, ITEMS "issuing_rules/" STR_FMT, STR_ARG(rule));
    str profile = house_item(h, "certificate_profiles", "{name:'mail', usages:['email']}");
    str to_profile = arena_format(a, ITEMS "certificate_profiles/" STR_FMT, STR_ARG(profile));
    str id = hand_in(h, a, "ada", "", "a.example.org"), to_request = arena_format(a, REQUESTS "/" STR_FMT, STR_ARG(id));
    str wants = arena_format(a, "{\"profile\":\"" STR_FMT "\"}", STR_ARG(profile));
    CHECK_INT(ask(h, a, "boss", "PATCH", to_request, wants)->status, 200);
    CHECK_INT(ask(h, a, "boss", "DELETE", to_profile, S(""))->status, 409);
    CHECK_INT(act(h, a, "two", "certificate_requests", id, "approve", S("{}"))->status, 200);
    CHECK_INT(ask(h, a, "boss", "PATCH", to_request, S("{\"profile\":null}"))->status, 422); /* not behind the back of who approved it */
    CHECK_INT(ask(h, a, "boss", "PATCH", to_rule, S("{\"name\":\"else\"}"))->status, 409);
    CHECK_INT(ask(h, a, "boss", "PATCH", to_rule, S("{\"dns\":[\"*.example.net\"]}"))->status, 200);
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca))->status, 409);
    CHECK_INT(ask(h, a, "boss", "PATCH", to_rule, S("{\"dns\":[\"*.example.org\"],\"enabled\":false}"))->status, 200);
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca))->status, 409);
    CHECK_INT(ask(h, a, "boss", "PATCH", to_rule, S("{\"enabled\":true}"))->status, 200);
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "sign", by(a, ca))->status, 200);
    house_delete(h, "users", house_user(h, "ada"));
    CHECK_STR(house_value(h, a, "issuing_rules", rule, "enabled"), S("false"));
    CHECK_INT(act(h, a, "boss", "certificate_requests", id, "renew", S("{}"))->status, 409);
    house_close(h);
    arena_close(a);
}

CHECK_MAIN(TEST(ca_1_bad_requests_store_nothing), TEST(ca_4_a_request_is_signed_once), TEST(ca_3_who_may_not_sign_does_not),
           TEST(issuing_rules_decide_over_names), TEST(issuing_rules_sign_at_once_or_want_two), TEST(notary_lists_all_of_them), TEST(askers_see_their_own), TEST(ca_7_revoking_is_a_right),
           TEST(ca_7_lists_are_renewed_and_ends_are_told), TEST(ca_7_a_clock_that_jumps), TEST(rsa_keys_are_made_outside_of_the_lock), TEST(what_verifiers_refuse_is_not_issued),
           TEST(authorities_are_used_by_those_who_see_them), TEST(ca_7_all_that_a_request_got_is_revoked),
           TEST(ca_7_the_journal_keeps_no_lists), TEST(ca_7_long_lists_do_not_hold_up_revocations), TEST(ca_7_lists_end_with_their_authority),
           TEST(authorities_that_are_signed_again), TEST(answers_are_signed_once), TEST(issuing_rules_have_a_ceiling), TEST(ca_3_certificates_begin_five_minutes_ago), TEST(rules_and_profiles_say_what_can_be_read), TEST(issuing_rules_stay_what_they_were))

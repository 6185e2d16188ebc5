/* What holds for everybody who asks for certificates holds for ACME's clients: the issuing rules as they are now, and the authorities
 * that are one's to choose. */
#include "base/crypt.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509.h"
#include "roles/acme/part.h"
#include "tests/support/acme_desk.h"
#include "tests/support/check.h"

static void the_same_csr_is_under_the_rule_that_holds_now(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    str wanted = acme_csr_of_loopback(d->arena), role = house_role(d->house, "asker");
    (void)state;
    desk_rule(d, "sign");
    for (int i = 0; i < 2; i++) {
        CHECK_AT(i);
        CHECK_STR(acme_member(c, acme_finalize_order(c, desk_ready_order(d, c), wanted), "status"), S("valid"));
    }
    /* one that is looked at before: other CSRs are under it from now on, and so is this one */
    str rule = house_item(d->house, "issuing_rules",
                          arena_cstr(d->arena, arena_format(d->arena, "{name:'first', order:1, roles:['" STR_FMT "'], networks:['127.0.0.0/8'], decision:'sign', max_days:1}", STR_ARG(role))));
    str order = desk_ready_order(d, c);
    struct fake_exchange *f = acme_finalize_order(c, order, wanted);
    CHECK_STR(acme_type(c, f), S("badCSR"));
    CHECK(str_contains(acme_member(c, f, "detail"), S("another rule")));
    CHECK_STR(acme_member(c, acme_finalize_order(c, order, acme_csr_of_loopback(d->arena)), "status"), S("valid"));
    house_update(d->house, "issuing_rules", rule, "{decision:'ask'}");
    CHECK_STR(acme_type(c, acme_finalize_order(c, desk_ready_order(d, c), wanted)), S("badCSR"));
    house_update(d->house, "issuing_rules", rule, "{enabled:false}");
    CHECK_STR(acme_member(c, acme_finalize_order(c, desk_ready_order(d, c), wanted), "status"), S("valid"));
    desk_close(d);
}

/* An address is said by the client: it chooses among authorities no more than its principal may, when he asks otherwise. */
static void an_authority_is_chosen_by_who_may_see_it(void **state)
{
    static const struct {
        const char *who, *status;     /* of the order, at the second authority's address */
        bool is_only;
    } cases[] = {{"ada", "processing", false}, {"kim", "valid", false}, {"ada", "valid", true}};
    struct desk *d = desk_open((str){0});
    str first = d->authority, second = desk_authority(d, "Second");
    (void)state;
    house_people(d->house, arena_cstr(d->arena, arena_format(d->arena,
        "{roles: {chooser: [{collection:'certificate_authorities', verbs:['read'], where:{_id:'" STR_FMT "'}}]},"
        " users: {kim: {roles:['asker', 'chooser']}}, keys: {kim: {user:'kim'}}}", STR_ARG(second))));
    desk_rule(d, "sign");
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct acme *c = acme_client(d->house, d->arena, PUBKEY_ES256);
        CHECK_AT(i);
        if (cases[i].is_only)
            house_update(d->house, "certificate_authorities", first, "{enabled:false}");
        c->base = arena_cstr(d->arena, arena_format(d->arena, "/acme/ca/" STR_FMT, STR_ARG(house_value(d->house, d->arena, "certificate_authorities", second, "serial"))));
        CHECK_INT(desk_enroll(d, c, cases[i].who)->status, 201);
        CHECK_STR(acme_member(c, acme_finalize_order(c, desk_ready_order(d, c), acme_csr_of_loopback(d->arena)), "status"), str_of(cases[i].status));
    }
    desk_close(d);
}

static str csr_of(struct desk *d, const struct dn_part *parts, size_t count, size_t names)
{
    static const struct alt_name loopback = {NAME_IP, STR("127.0.0.1")};
    struct problem why = {.arena = d->arena};
    struct pem_block *b;
    size_t blocks;
    str pem;
    NEED(request_make(acme_new_key(d->arena), &(struct dn){parts, count}, &loopback, names, d->arena, &pem, &why) == ERR_OK);
    NEED(pem_read(d->arena, pem, 1, &b, &blocks, &why) == ERR_OK);
    return arena_format(d->arena, "{\"csr\":\"" STR_FMT "\"}", STR_ARG(base64url_encode(d->arena, b->der)));
}

/* What is proven are names: a subject says them and nothing else. */
static void a_subject_says_what_was_proven(void **state)
{
    static const struct dn_part bad[] = {{STR("O"), STR("Example Corp")}, {STR("OU"), STR("Payments")}, {STR("C"), STR("NL")},
                                         {STR("serialNumber"), STR("4711")}, {STR("emailAddress"), STR("a@example.org")}, {STR("CN"), STR("localhost")}};
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    (void)state;
    desk_rule(d, "sign");
    str order = desk_ready_order(d, c);
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        const struct dn_part parts[] = {{STR("CN"), STR("127.0.0.1")}, bad[i]};
        CHECK_AT(i);
        struct fake_exchange *f = acme_finalize_order(c, order, csr_of(d, parts, 2, 1));
        CHECK_INT(f->status, 400);
        CHECK_STR(acme_type(c, f), S("badCSR"));
        CHECK(str_contains(acme_member(c, f, "detail"), bad[i].text));
    }
    CHECK_AT(-1);
    CHECK_INT(desk_rows(d, "certificate_requests"), 0);
    /* the name there alone is a name as well, and is certified where verifiers look for it */
    static const struct dn_part common = {STR("CN"), STR("127.0.0.1")};
    struct fake_exchange *f = acme_finalize_order(c, order, csr_of(d, &common, 1, 0));
    CHECK_STR(acme_member(c, f, "status"), S("valid"));
    str id = acme_member(c, f, "certificate");
    struct certificate *chain;
    size_t count;
    NEED(certificates_read(d->arena, acme_post(c, id, (str){0})->answer, &chain, &count, &(struct problem){.arena = d->arena}) == ERR_OK);
    CHECK(str_contains(chain[0].der, (str){"\x87\x04\x7f\x00\x00\x01", 6})); /* subjectAltName: iPAddress */
    CHECK_STR(house_value(d->house, d->arena, "certificates", str_slice(id, id.len - 24, id.len), "names"), S("[\"ip:127.0.0.1\"]"));
    desk_close(d);
}

/* An order was ready when it was looked at; what it was ready by has ended before the request is written. */
static void an_order_is_as_good_as_its_proofs(void **state)
{
    static const struct {
        const char *collection, *status;
    } cases[] = {{"acme_authorizations", "deactivated"}, {"acme_accounts", "revoked"}};
    (void)state;
    for (size_t i = 0; i <= COUNTOF(cases); i++) {
        struct desk *d = desk_open((str){0});
        struct acme *c = desk_account(d, "ada");
        struct gate *g = d->house->gate;
        struct problem why = {.arena = d->arena};
        const struct json *row = NULL;
        struct own_change o;
        struct request_facts facts;
        str csr, order;
        CHECK_AT(i);
        desk_rule(d, "sign");
        order = desk_ready_order(d, c);
        if (i < COUNTOF(cases)) {
            str id = str_slice(c->kid, c->kid.len - 24, c->kid.len);
            NEED(acme_find(g, d->arena, cases[i].collection, i ? "_id" : "account", id, &row, &why) == ERR_OK && row);
            acme_change_of(&o, g, d->arena, cases[i].collection, row);
            own_set_text(&o, S("status"), str_of(cases[i].status));
            NEED(own_change_commit(&o, &why) == ERR_OK);
        }
        static const struct alt_name loopback = {NAME_IP, STR("127.0.0.1")};
        NEED(request_make(acme_new_key(d->arena), &(struct dn){0}, &loopback, 1, d->arena, &csr, &why) == ERR_OK);
        NEED(request_read(csr, d->arena, &facts, &why) == ERR_OK);
        struct json member = json_named(S("order"), json_of_text(str_slice(order, order.len - 24, order.len))), beside = json_of_map(&member, 1);
        const struct principal *ada = house_who(d->house, d->arena, house_key(d->house, "ada"));
        own_change_as(&o, g, d->arena, ada, S("certificate_requests"), OP_CREATE);
        own_set_text(&o, S("csr"), csr);
        o.change.beside = &beside;
        enum err e = gate_write(g, ada, &o.change, 1, d->arena, &why);
        CHECK_ERR(e, i < COUNTOF(cases) ? ERR_FORBIDDEN : ERR_OK);
        if (e != ERR_OK)
            CHECK_STR(why.faults[0].rule, S("orderNotReady"));
        desk_close(d);
    }
}

CHECK_MAIN(TEST(an_order_is_as_good_as_its_proofs), TEST(a_subject_says_what_was_proven), TEST(an_authority_is_chosen_by_who_may_see_it), TEST(the_same_csr_is_under_the_rule_that_holds_now))

/* Call 1 of the database fails, then call 2, … until an ACME order is finalized untouched. What was refused is asked for again with the
 * same CSR and is one certificate, never none and never two (CA-4). */
#include "content/store/engine.h"
#include "tests/support/acme_desk.h"
#include "tests/support/check.h"

/* What comes behind the first calls is one row like the other: of those not every one has its turn. */
static unsigned next(unsigned at)
{
    return at + 1 + at / 6;
}

static bool run(struct desk *d, struct acme *c, unsigned at)
{
    str order = desk_ready_order(d, c), payload = acme_csr_of_loopback(d->arena);
    uint64_t requests = desk_rows(d, "certificate_requests"), certificates = desk_rows(d, "certificates");
    engine_faulty_arm(&engine_sqlite, at);
    struct fake_exchange *f = acme_finalize_order(c, order, payload);
    bool fired = engine_faulty_fired();
    engine_faulty_arm(&engine_sqlite, 0);
    if (f->status != 200) {
        CHECK(fired && f->status == 503);
        CHECK_STR(acme_type(c, f), S("serverInternal"));
        c->nonce = (str){0};
        f = acme_finalize_order(c, order, payload);
    }
    CHECK_INT(f->status, 200);
    CHECK_STR(acme_member(c, f, "status"), S("valid"));
    CHECK_INT(desk_rows(d, "certificate_requests"), requests + 1);
    CHECK_INT(desk_rows(d, "certificates"), certificates + 1);
    return fired;
}

static void whatever_call_fails_an_order_is_one_certificate(void **state)
{
    engine_faulty_arm(&engine_sqlite, 0);
    struct desk *d = desk_open_on(&engine_faulty, (str){0});
    struct acme *c = desk_account(d, "ada");
    bool fired = true;
    unsigned at = 1;
    (void)state;
    desk_rule(d, "sign");
    (void)desk_ready_order(d, c);
    for (; fired && at < 2000; at = next(at)) {
        CHECK_AT(at);
        fired = run(d, c, at);
    }
    CHECK(at > 20);
    desk_close(d);
}

CHECK_MAIN(TEST(whatever_call_fails_an_order_is_one_certificate))

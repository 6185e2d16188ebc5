/* Ceilings of ACME, on both sides (base/limits.h). */
#include <arpa/inet.h>
#include <unistd.h>

#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "roles/acme/part.h"
#include "tests/support/acme_desk.h"
#include "tests/support/check.h"

/* Rows as the server writes them, many at once. */
static void add_rows(struct desk *d, const char *collection, size_t count, void (*fill)(struct desk *d, struct own_change *o, size_t i))
{
    struct own_change **list = NEW_N(d->arena, struct own_change *, count);
    struct problem why = {.arena = d->arena};
    for (size_t i = 0; i < count; i++) {
        list[i] = NEW(d->arena, struct own_change);
        if (i == 0)
            own_change_begin(list[i], d->house->gate, d->arena, SYSTEM_PKI, str_of(collection), OP_CREATE);
        else
            own_change_beside(list[i], list[0], str_of(collection), OP_CREATE);
        fill(d, list[i], i);
    }
    NEED(own_changes_commit(list, count, &why) == ERR_OK);
}

static void bodies(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct buf b;
        buf_init(&b, d->arena, LIMIT_ACME_BODY_BYTES * 2);
        buf_add(&b, S("{\"identifiers\":1,\"x\":\""));
        while (b.len < LIMIT_ACME_BODY_BYTES / 4 * 3 - 500 + over * 600)
            buf_byte(&b, 'x');
        buf_add(&b, S("\"}"));
        struct fake_exchange *f = acme_post(c, S("/new-order"), buf_str(&b));
        CHECK_AT(over);
        CHECK_INT(f->status, over ? 413 : 400);
        CHECK_STR(acme_type(c, f), S("malformed"));
    }
    desk_close(d);
}

static str key_id;
static str account_id;

static void fill_account(struct desk *d, struct own_change *o, size_t i)
{
    (void)i;
    own_set_text(o, S("thumbprint"), id_new(d->arena));
    own_set_text(o, S("jwk"), S("{}"));
    own_set_text(o, S("status"), S("valid"));
    own_set_text(o, S("key"), key_id);
}

static void accounts_of_a_key(void **state)
{
    struct desk *d = desk_open((str){0});
    (void)state;
    key_id = house_key_id(d->house, "ada");
    for (size_t left = LIMIT_ACME_ACCOUNTS - 1; left > 0;) {
        size_t some = left > 100 ? 100 : left;
        add_rows(d, "acme_accounts", some, fill_account);
        left -= some;
    }
    struct acme *c = acme_client(d->house, d->arena, PUBKEY_ES256), *more = acme_client(d->house, d->arena, PUBKEY_ES256);
    CHECK_INT(desk_enroll(d, c, "ada")->status, 201);
    struct fake_exchange *f = desk_enroll(d, more, "ada");
    CHECK_INT(f->status, 429);
    CHECK_STR(acme_type(more, f), S("rateLimited"));
    desk_close(d);
}

static void fill_order(struct desk *d, struct own_change *o, size_t i)
{
    (void)i;
    own_set_text(o, S("account"), account_id);
    own_set_text(o, S("status"), S("processing"));
    own_set_text(o, S("expires_at"), acme_time(d->arena, time_now_ms() + 86400000));
}

/* So many wait, and are told page by page. */
static void orders_of_an_account(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    (void)state;
    account_id = str_slice(c->kid, c->kid.len - ID_LENGTH, c->kid.len);
    for (size_t i = 0; i < 3; i++)
        add_rows(d, "acme_orders", i == 2 ? LIMIT_ACME_ORDERS - 201 : 100, fill_order);
    CHECK_INT(acme_post(c, S("/new-order"), S(IP))->status, 201);
    struct fake_exchange *f = acme_post(c, S("/new-order"), S(IP));
    CHECK_INT(f->status, 429);
    CHECK(fake_header(f, "Retry-After").len > 0);
    CHECK_STR(acme_type(c, f), S("rateLimited"));
    str list = arena_format(d->arena, STR_FMT "/orders", STR_ARG(c->kid));
    f = acme_post(c, list, (str){0});
    CHECK_INT(json_get(acme_answer(c, f), S("orders"))->count, LIMIT_ACME_LISTED);
    CHECK_INT(fake_header_count(f, "Link"), 2);
    f = acme_post(c, arena_format(d->arena, STR_FMT "?skip=200", STR_ARG(list)), (str){0});
    CHECK_INT(json_get(acme_answer(c, f), S("orders"))->count, LIMIT_ACME_ORDERS - 200);
    CHECK_INT(fake_header_count(f, "Link"), 1);
    desk_close(d);
}

static void fill_ended(struct desk *d, struct own_change *o, size_t i)
{
    fill_order(d, o, i);
    own_set_text(o, S("status"), S("invalid"));
}

/* Whatever became of them: as many within three hours, and no more. */
static void orders_made_lately(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    int64_t start = time_now_ms();
    (void)state;
    time_set(start);
    account_id = str_slice(c->kid, c->kid.len - ID_LENGTH, c->kid.len);
    for (size_t i = 0; i < 3; i++)
        add_rows(d, "acme_orders", i == 2 ? LIMIT_ACME_ORDERS - 201 : 100, fill_ended);
    CHECK_INT(acme_post(c, S("/new-order"), S(IP))->status, 201);
    struct fake_exchange *f = acme_post(c, S("/new-order"), S(IP));
    CHECK_INT(f->status, 429);
    CHECK(fake_header(f, "Retry-After").len > 0);
    CHECK_STR(acme_type(c, f), S("rateLimited"));
    time_set(start + INT64_C(3) * 3600000 + 2000);
    CHECK_INT(acme_post(c, S("/new-order"), S(IP))->status, 201);
    time_set(0);
    desk_close(d);
}

static void fill_open_account(struct desk *d, struct own_change *o, size_t i)
{
    (void)i;
    own_set_text(o, S("thumbprint"), id_new(d->arena));
    own_set_text(o, S("jwk"), S("{}"));
    own_set_text(o, S("status"), S("deactivated"));
    own_set_text(o, S("role"), S("asker"));
}

static void accounts_of_the_open_role(void **state)
{
    struct desk *d = desk_open(S("asker"));
    struct acme *c = acme_client(d->house, d->arena, PUBKEY_ES256), *more = acme_client(d->house, d->arena, PUBKEY_ES256);
    (void)state;
    for (size_t left = LIMIT_ACME_ACCOUNTS - 1; left > 0;) {
        size_t some = left > 100 ? 100 : left;
        add_rows(d, "acme_accounts", some, fill_open_account);
        left -= some;
    }
    CHECK_INT(acme_post(c, S("/new-account"), S("{}"))->status, 201);
    struct fake_exchange *f = acme_post(more, S("/new-account"), S("{}"));
    CHECK_INT(f->status, 429);
    CHECK_STR(acme_type(more, f), S("rateLimited"));
    CHECK_INT(desk_enroll(d, more, "ada")->status, 201); /* who is bound to a key is not in their way */
    desk_close(d);
}

static void fill_old(struct desk *d, struct own_change *o, size_t i)
{
    (void)i;
    own_set_text(o, S("account"), account_id);
    own_set_text(o, S("status"), S("invalid"));
    own_set_text(o, S("expires_at"), acme_time(d->arena, time_now_ms() - INT64_C(31) * 86400000));
}

/* A tick does not stop after some. */
static void all_that_is_over_goes(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    struct problem why = {.arena = d->arena};
    (void)state;
    account_id = str_slice(c->kid, c->kid.len - ID_LENGTH, c->kid.len);
    for (size_t i = 0; i < 3; i++)
        add_rows(d, "acme_orders", 100, fill_old);
    CHECK(gate_tick(d->house->gate, &why) == ERR_OK);
    CHECK_INT(desk_rows(d, "acme_orders"), 0);
    desk_close(d);
}

/* Places of one owner, and of all. */
static void names_being_proven(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    struct acme_checks *checks = d->house->gate->checks;
    struct problem why = {.arena = d->arena};
    str last = {0};
    bool is_running;
    (void)state;
    for (size_t i = 0; i < LIMIT_ACME_WAITING; i++) {
        size_t share = LIMIT_ACME_WAITING / 8;
        str owner = arena_format(d->arena, "owner %zu", i / share);
        CHECK_AT(i);
        last = id_new(d->arena);
        CHECK(acme_check_reserve(checks, last, owner, &is_running, &why) == ERR_OK && !is_running);
        CHECK(acme_check_reserve(checks, last, owner, &is_running, &why) == ERR_OK && is_running);
        if ((i + 1) % share == 0)
            CHECK(acme_check_reserve(checks, id_new(d->arena), owner, &is_running, &why) == ERR_UNAVAILABLE);
    }
    CHECK_AT(-1);
    struct fake_exchange *f = acme_post(c, S("/new-order"), S(IP));
    str shown = acme_first(c, f, "authorizations"), url = acme_text_of(acme_challenge_in(c, acme_post(c, shown, (str){0}), "http-01"), "url");
    f = acme_post(c, url, S("{}"));
    CHECK_INT(f->status, 503);
    CHECK_STR(acme_type(c, f), S("rateLimited"));
    CHECK(fake_header(f, "Retry-After").len > 0);
    CHECK_STR(acme_member(c, acme_post(c, url, (str){0}), "status"), S("pending"));
    acme_check_release(checks, last);
    CHECK_STR(acme_member(c, acme_post(c, url, S("{}")), "status"), S("processing"));
    desk_close(d);
}

/* Takes connections, and says nothing. */
static int open_tarpit(uint16_t port, unsigned host)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0x7f000000u + host)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    NEED(fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 8) == 0);
    return fd;
}

/* One account's names at servers that never answer: all of them are taken, and nobody else's waits for them. */
static void nobody_waits_for_anothers_names(void **state)
{
    enum { MANY = LIMIT_ACME_CHECKS + 4 };
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada"), *eve = desk_account(d, "eve");
    int pits[MANY];
    struct buf b;
    (void)state;
    desk_rule(d, "sign");
    buf_init(&b, d->arena, 4096);
    buf_add(&b, S("{\"identifiers\":["));
    for (unsigned i = 0; i < MANY; i++) {
        pits[i] = open_tarpit(d->port, 2 + i);
        buf_format(&b, "%s{\"type\":\"ip\",\"value\":\"127.0.0.%u\"}", i ? "," : "", 2 + i);
    }
    buf_add(&b, S("]}"));
    struct fake_exchange *f = acme_post(c, S("/new-order"), buf_str(&b));
    CHECK_INT(f->status, 201);
    const struct json *list = json_get(acme_answer(c, f), S("authorizations"));
    NEED(list && list->count == MANY);
    for (uint32_t i = 0; i < list->count; i++) {
        str url = acme_text_of(acme_challenge_in(c, acme_post(c, list->items[i].text, (str){0}), "http-01"), "url");
        CHECK_AT(i);
        CHECK_STR(acme_member(c, acme_post(c, url, S("{}")), "status"), S("processing"));
    }
    int64_t begun = time_mono_us();
    (void)desk_ready_order(d, eve);
    CHECK(time_mono_us() - begun < INT64_C(5000000)); /* a look takes LIMIT_ACME_TRY_MS where nothing answers */
    CHECK_STR(acme_member(c, acme_post(c, list->items[0].text, (str){0}), "status"), S("pending"));
    desk_close(d);
    for (size_t i = 0; i < MANY; i++)
        (void)close(pits[i]);
}

/* A process that ends while a name is being proven leaves a row that says so; the next tick goes on with it. */
static void what_was_being_proven_goes_on(void **state)
{
    struct desk *d = desk_open((str){0});
    struct acme *c = desk_account(d, "ada");
    struct problem why = {.arena = d->arena};
    const struct json *one = NULL;
    struct own_change o;
    (void)state;
    str shown = acme_first(c, acme_post(c, S("/new-order"), S(IP)), "authorizations"), id = str_slice(shown, shown.len - ID_LENGTH, shown.len);
    NEED(acme_find(d->house->gate, d->arena, "acme_authorizations", "_id", id, &one, &why) == ERR_OK && one);
    acme_change_of(&o, d->house->gate, d->arena, "acme_authorizations", one);
    own_set_text(&o, S("trying"), S("http-01"));
    NEED(own_change_commit(&o, &why) == ERR_OK);
    CHECK(gate_tick(d->house->gate, &why) == ERR_OK);
    CHECK_STR(acme_state_after(c, shown, "pending"), S("invalid")); /* the server there knows nothing of it */
    desk_close(d);
}

CHECK_MAIN(TEST(bodies), TEST(accounts_of_a_key), TEST(orders_of_an_account), TEST(orders_made_lately), TEST(accounts_of_the_open_role),
           TEST(all_that_is_over_goes), TEST(names_being_proven), TEST(nobody_waits_for_anothers_names),
           TEST(what_was_being_proven_goes_on))

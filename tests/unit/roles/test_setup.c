/* The first administrator (PW-5), and people as commands see them. */
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#include "base/crypt.h"
#include "base/limits.h"

#define PASSWORD "a long enough one"

static enum err set_up(struct house *h, const char *code, const char *email, const char *password, const char *headers,
                       struct signed_in *in, struct arena *a, struct problem *why)
{
    struct fake_exchange *f = fake_request(a, "POST", "/api/auth/setup", headers, S("{}"));
    *why = (struct problem){.arena = a};
    *in = (struct signed_in){0};
    return gate_setup(h->gate, &f->x, str_of(code), str_of(email), S("Root"), str_of(password), in, why);
}

static const char *code_of(struct house *h)
{
    return arena_cstr(h->arena, gate_setup_code(h->gate));
}

static void the_code_is_three_groups_of_four(void **state)
{
    (void)state;
    struct house *h = house_open(), *other = house_open();
    str code = str_of(code_of(h));
    CHECK_INT(code.len, 14);
    for (size_t i = 0; i < code.len; i++) {
        size_t unused;
        CHECK(i % 5 == 4 ? code.at[i] == '-' : str_find(alphabet_crockford, code.at[i], &unused));
    }
    CHECK_STR(str_of(code_of(h)), code); /* asked again, the same */
    CHECK(!str_equal(code, str_of(code_of(other))));
    house_close(h);
    house_close(other);
}

static void whoever_has_the_code_becomes_the_administrator(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(16u << 10);
    struct signed_in in;
    struct problem why;
    const char *code = code_of(h);
    CHECK_PROBLEM(set_up(h, code, "Root@Example.com", PASSWORD, "", &in, a, &why), ERR_OK, &why);
    NEED(in.who != NULL);
    CHECK(in.who->is_admin && in.who->by_cookie && in.cookie.len > 0 && in.csrf.len > 0);
    CHECK_STR(in.who->user_email, S("root@example.com"));
    CHECK_STR(in.who->user_name, S("Root"));
    CHECK(str_is_absent(gate_setup_code(h->gate)));
    CHECK_ERR(set_up(h, code, "second@example.com", PASSWORD, "", &in, a, &why), ERR_CONFLICT);
    CHECK_ERR(set_up(h, "", "second@example.com", PASSWORD, "", &in, a, &why), ERR_CONFLICT);
    struct fake_exchange *f = fake_request(a, "POST", "/", "", S("{}"));
    why = (struct problem){.arena = a};
    CHECK_PROBLEM(gate_login(h->gate, &f->x, S("root@example.com"), S(PASSWORD), &in, &why), ERR_OK, &why);
    arena_close(a);
    house_close(h);
}

static void codes_are_read_as_people_type_them(void **state)
{
    static const char *const spellings[] = {"%s", " %s ", "lower", "blanks"};
    (void)state;
    for (size_t i = 0; i < COUNTOF(spellings); i++) {
        struct house *h = house_open();
        struct arena *a = arena_open(16u << 10);
        struct signed_in in;
        struct problem why;
        str code = str_of(code_of(h));
        char typed[40] = "";
        size_t n = 0;
        for (size_t k = 0; k < code.len; k++) {
            char c = code.at[k];
            if (i == 1 && k % 3 == 0)
                typed[n++] = ' ';
            if (i >= 2 && c == '-')
                continue;
            if (i == 2)
                c = c == '0' ? 'o' : c == '1' ? 'l' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
            if (i == 3)
                c = c == '1' ? 'I' : c == '0' ? 'O' : c;
            typed[n++] = c;
        }
        CHECK_AT(i);
        CHECK_PROBLEM(set_up(h, typed, "root@example.com", PASSWORD, "", &in, a, &why), ERR_OK, &why);
        arena_close(a);
        house_close(h);
    }
}

static void wrong_codes_and_wrong_values_make_nobody(void **state)
{
    static const struct {
        const char *code, *email, *password, *headers; /* code NULL: the right one */
        enum err err;
        const char *fault, *rule;
    } rows[] = {
        {"", "root@example.com", PASSWORD, "", ERR_FORBIDDEN, NULL, NULL},
        {"0000-0000-0000", "root@example.com", PASSWORD, "", ERR_FORBIDDEN, NULL, NULL},
        {"----", "root@example.com", PASSWORD, "", ERR_FORBIDDEN, NULL, NULL},
        {NULL, "root@example.com", PASSWORD, "Sec-Fetch-Site: cross-site", ERR_FORBIDDEN, NULL, NULL},
        {NULL, "root@example.com", "eleven char", "", ERR_INVALID, "/password", "minlength"},
        {NULL, "root@example.com", "", "", ERR_INVALID, "/password", "required"},
        {NULL, "root", PASSWORD, "", ERR_INVALID, "/email", "format"},
        {NULL, "", PASSWORD, "", ERR_INVALID, "/email", "required"},
    };
    (void)state;
    struct house *h = house_open();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        struct signed_in in;
        struct problem why;
        const char *code = rows[i].code ? rows[i].code : code_of(h);
        CHECK_AT(i);
        CHECK_PROBLEM(set_up(h, code, rows[i].email, rows[i].password, rows[i].headers, &in, a, &why), rows[i].err, &why);
        if (rows[i].fault)
            CHECK_FAULT(&why, str_of(rows[i].fault), str_of(rows[i].rule));
        CHECK(!in.who);
        CHECK(!str_is_absent(gate_setup_code(h->gate))); /* still to be done */
        arena_close(a);
    }
    house_close(h);
}

static void guessing_the_code_is_slowed_down(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(16u << 10);
    struct signed_in in;
    struct problem why;
    const char *code = code_of(h);
    for (unsigned i = 0; i < 200; i++) /* what is wrong with the rest is no guess */
        CHECK_ERR(set_up(h, code, "root@example.com", "short", "", &in, a, &why), ERR_INVALID);
    for (unsigned i = 0; i < LIMIT_ATTEMPTS_PER_ACCOUNT; i++)
        CHECK_ERR(set_up(h, "0000-0000-0000", "root@example.com", PASSWORD, "", &in, a, &why), ERR_FORBIDDEN);
    CHECK_ERR(set_up(h, code, "root@example.com", PASSWORD, "", &in, a, &why), ERR_TOO_MANY);
    CHECK(why.retry_after_s > 0);
    arena_close(a);
    house_close(h);
}

struct racer {
    struct house *house;
    const char *code;
    int number;
    enum err err;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    struct arena *a = arena_open(16u << 10);
    struct signed_in in;
    struct problem why;
    str email = arena_format(a, "root%d@example.com", r->number);
    struct fake_exchange *f = fake_request(a, "POST", "/api/auth/setup", "", S("{}"));
    f->x.peer = arena_format(a, "192.0.2.%d", r->number);
    why = (struct problem){.arena = a};
    r->err = gate_setup(r->house->gate, &f->x, str_of(r->code), email, (str){0}, S(PASSWORD), &in, &why);
    arena_close(a);
    return NULL;
}

static void of_many_at_once_exactly_one_wins(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        struct house *h = house_open();
        struct racer racers[8];
        pthread_t threads[COUNTOF(racers)];
        const char *code = code_of(h);
        int won = 0;
        for (int i = 0; i < (int)COUNTOF(racers); i++) {
            racers[i] = (struct racer){.house = h, .code = code, .number = i};
            NEED(pthread_create(&threads[i], NULL, race, &racers[i]) == 0);
        }
        for (size_t i = 0; i < COUNTOF(racers); i++) {
            (void)pthread_join(threads[i], NULL);
            won += racers[i].err == ERR_OK;
            CHECK(racers[i].err == ERR_OK || racers[i].err == ERR_CONFLICT);
        }
        CHECK_INT(won, 1);
        struct arena *a = arena_open(16u << 10);
        struct problem why = {.arena = a};
        struct json list;
        CHECK_ERR(gate_user_list(h->gate, a, &list, &why), ERR_OK);
        CHECK_INT(list.count, 1);
        arena_close(a);
        house_close(h);
    }
}

static void an_administrator_from_elsewhere_ends_the_setup(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(16u << 10);
    struct signed_in in;
    struct problem why = {.arena = a};
    str id = {0};
    const char *code = code_of(h);
    CHECK_ERR(gate_user_add(h->gate, a, S("root@example.com"), (str){0}, S("admin"), S("too short"), &id, &why), ERR_INVALID);
    CHECK_FAULT(&why, S("/password"), S("minlength"));
    why = (struct problem){.arena = a};
    CHECK_PROBLEM(gate_user_add(h->gate, a, S("root@example.com"), (str){0}, S("admin"), S(PASSWORD), &id, &why), ERR_OK, &why);
    CHECK(str_is_absent(gate_setup_code(h->gate)));
    CHECK_ERR(set_up(h, code, "second@example.com", PASSWORD, "", &in, a, &why), ERR_CONFLICT);
    why = (struct problem){.arena = a}; /* the second administrator's password is like everybody's */
    CHECK_PROBLEM(gate_user_add(h->gate, a, S("two@example.com"), (str){0}, S("admin"), S("eleven char"), &id, &why), ERR_OK, &why);
    arena_close(a);
    house_close(h);
}

static void a_switched_off_administrator_is_none(void **state)
{
    (void)state;
    struct house *h = house_open();
    house_people(h, "{users: {root: {roles:['admin'], active:false, password:'a long enough one'}}}");
    CHECK(!str_is_absent(gate_setup_code(h->gate)));
    house_people(h, "{users: {root: {roles:['admin'], active:true}}}");
    CHECK(str_is_absent(gate_setup_code(h->gate)));
    house_close(h);
}

CHECK_MAIN(TEST(the_code_is_three_groups_of_four), TEST(whoever_has_the_code_becomes_the_administrator),
           TEST(codes_are_read_as_people_type_them), TEST(wrong_codes_and_wrong_values_make_nobody),
           TEST(guessing_the_code_is_slowed_down), TEST(of_many_at_once_exactly_one_wins),
           TEST(an_administrator_from_elsewhere_ends_the_setup), TEST(a_switched_off_administrator_is_none))

#include "tests/support/check.h"

#include "base/json.h"
#include "base/limits.h"

struct order {
    str name, note;
    bool is_urgent;
    int64_t amount;
    double price;
    const struct json *tags, *extra;
};

static const struct json_want order_body[] = {
    {STR("name"), JSON_TEXT, TAKE_STR, offsetof(struct order, name), WANT_REQUIRED},
    {STR("note"), JSON_TEXT, TAKE_STR, offsetof(struct order, note), WANT_NULLABLE},
    {STR("urgent"), JSON_BOOL, TAKE_BOOL, offsetof(struct order, is_urgent), 0},
    {STR("amount"), JSON_INT, TAKE_I64, offsetof(struct order, amount),
     WANT_REQUIRED | WANT_NULLABLE},
    {STR("price"), JSON_REAL, TAKE_DOUBLE, offsetof(struct order, price), 0},
    {STR("tags"), JSON_LIST, TAKE_JSON, offsetof(struct order, tags), 0},
    {STR("extra"), JSON_NULL, TAKE_JSON, offsetof(struct order, extra), 0},
};

static enum err take(struct arena *a, str text, struct order *o, struct problem *why)
{
    const struct json *body = NULL;
    *why = (struct problem){.arena = a};
    CHECK_PROBLEM(json_read(a, text, &(struct json_options){.dialect = JSON_5}, S(""), &body, why),
                  ERR_OK, why);
    return json_take(body, order_body, COUNTOF(order_body), o, why);
}

static void members_land_in_the_struct(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct problem why;
    struct order o = {.note = S("kept"), .amount = 9};
    CHECK_ERR(
        take(a, S("{name:'n',urgent:true,amount:3,price:4,tags:[1],extra:{x:null}}"), &o, &why),
        ERR_OK);
    CHECK_STR(o.name, S("n"));
    CHECK_STR(o.note, S("kept"));
    CHECK(o.is_urgent);
    CHECK_INT(o.amount, 3);
    CHECK(o.price > 3.9 && o.price < 4.1);
    CHECK_INT(o.tags->count, 1);
    CHECK_INT(o.extra->type, JSON_MAP);
    arena_close(a);
}

static void null_empties_what_may_be_null(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct problem why;
    struct order o = {.note = S("old"), .amount = 9};
    CHECK_ERR(take(a, S("{name:'',note:null,amount:null,extra:null}"), &o, &why), ERR_OK);
    CHECK(!str_is_absent(o.name));
    CHECK(str_is_absent(o.note));
    CHECK_INT(o.amount, 0);
    CHECK(o.extra != NULL && o.extra->type == JSON_NULL);
    arena_close(a);
}

static void whole_reals_are_integers(void **state)
{
    (void)state;
    static const struct {
        str text;
        bool ok;
        int64_t amount;
    } cases[] = {
        {STR("{name:'n',amount:2.0}"), true, 2},    {STR("{name:'n',amount:1e3}"), true, 1000},
        {STR("{name:'n',amount:-0}"), true, 0},     {STR("{name:'n',amount:2.5}"), false, 0},
        {STR("{name:'n',amount:1e300}"), false, 0},
    };
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct problem why;
        struct order o = {0};
        CHECK((take(a, cases[i].text, &o, &why) == ERR_OK) == cases[i].ok);
        CHECK_INT(o.amount, cases[i].amount);
    }
    arena_close(a);
}

static void all_faults_are_told_at_once(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct problem why;
    struct order o = {.price = 7};
    CHECK_ERR(take(a, S("{urgent:1,price:'x',tags:null,'a/b~c':1,note:[],extra:1}"), &o, &why),
              ERR_INVALID);
    CHECK_ERR(why.err, ERR_INVALID);
    CHECK_INT(why.fault_count, 7);
    CHECK_FAULT(&why, S("/name"), S("required"));
    CHECK_FAULT(&why, S("/amount"), S("required"));
    CHECK_FAULT(&why, S("/urgent"), S("type"));
    CHECK_FAULT(&why, S("/price"), S("type"));
    CHECK_FAULT(&why, S("/tags"), S("type"));
    CHECK_FAULT(&why, S("/note"), S("type"));
    CHECK_FAULT(&why, S("/a~1b~0c"), S("unknown-field"));
    CHECK_STR(check_fault(&why, S("/urgent"))->text, S("Expected boolean but got integer."));
    CHECK_STR(check_fault(&why, S("/note"))->text, S("Expected text or null but got list."));
    CHECK_STR(check_fault(&why, S("/name"))->text, S("This member is required."));
    CHECK_STR(check_fault(&why, S("/a~1b~0c"))->text,
              S("There is no such member here. Known are: name, note, urgent, amount, price, tags, "
                "extra."));
    CHECK(o.price > 6.9 && o.tags == NULL && o.extra == NULL);
    arena_close(a);
}

static void a_body_must_be_a_map(void **state)
{
    (void)state;
    static const str cases[] = {STR("[]"), STR("null"), STR("'x'")};
    struct arena *a = arena_open(1024);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct problem why;
        struct order o;
        CHECK_ERR(take(a, cases[i], &o, &why), ERR_INVALID);
        CHECK_FAULT(&why, S(""), S("type"));
    }
    arena_close(a);
}

static void many_unknown_members_cost_little(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct buf b;
    buf_init(&b, NULL, 1 << 20);
    for (unsigned i = 0; i < 20000; i++)
        buf_format(&b, "%sx%u:0", i == 0 ? "{" : ",", i);
    buf_add(&b, S("}"));
    struct problem why;
    struct order o;
    CHECK_ERR(take(a, buf_str(&b), &o, &why), ERR_INVALID);
    CHECK_INT(why.fault_count, LIMIT_FAULTS);
    CHECK(arena_bytes(a) < 2u << 20);
    buf_free(&b);
    arena_close(a);
}

CHECK_MAIN(TEST(members_land_in_the_struct), TEST(null_empties_what_may_be_null),
           TEST(whole_reals_are_integers), TEST(all_faults_are_told_at_once),
           TEST(a_body_must_be_a_map), TEST(many_unknown_members_cost_little))

/* Lists of ZenML's resources: pages, order, and the language of conditions (zenml-tokens.md 11; defects 13, 15). */
#include "tests/support/check.h"
#include "tests/support/zenml_client.h"

#include "base/id.h"
#include "base/time.h"

#define ACCOUNTS "/api/v1/service_accounts?sort_by=name&"

static struct house *open_house(void)
{
    struct house *h = client_house();
    (void)house_item(h, "service_accounts", "{name:'alpha', description:'100% wool', active:true}");
    (void)house_item(h, "service_accounts", "{name:'beta_1', description:'a:b', active:false}");
    (void)house_item(h, "service_accounts", "{name:'betax1', active:true}");
    time_set(NOON + 60000);
    (void)house_item(h, "service_accounts", "{name:'gamma\\\\', description:'', active:true}");
    return h;
}

/* Names in the answer, separated by blanks. */
static str names_of(struct arena *a, const struct fake_exchange *f)
{
    struct problem why = {.arena = a};
    const struct json *v = NULL;
    struct buf b;
    buf_init(&b, a, 4096);
    must(json_read(a, f->answer, NULL, S(""), &v, &why) == ERR_OK);
    const struct json *items = json_get(v, S("items"));
    for (uint32_t i = 0; items && i < items->count; i++)
        buf_format(&b, "%s" STR_FMT, i ? " " : "", STR_ARG(json_get(&items->items[i], S("name"))->text));
    return buf_str(&b);
}

static void conditions_mean_what_they_say(void **state)
{
    static const struct {
        const char *query;
        const char *names; /* NULL: 422 */
    } rows[] = {
        {"", "alpha beta_1 betax1 exporter gamma\\"},
        {"name=alpha", "alpha"},
        {"name=equals:alpha", "alpha"},
        {"name=Alpha", ""},
        {"name=notequals:alpha", "beta_1 betax1 exporter gamma\\"},
        {"name=startswith:beta", "beta_1 betax1"},
        {"name=endswith:1", "beta_1 betax1"},
        {"name=contains:ta", "beta_1 betax1"},
        {"name=notcontains:a", "exporter"},
        /* defect 13: what is wild for a database is a letter here */
        {"name=contains:a_1", "beta_1"},
        {"name=startswith:_", ""},
        {"name=startswith:%25", ""},
        {"name=contains:%25", ""},
        {"name=endswith:%5C", "gamma\\"},
        {"description=contains:0%25", "alpha"},
        {"description=contains:%25%25", ""},
        {"name=oneof:%5B%22alpha%22,%22betax1%22,%22no%22%5D", "alpha betax1"},
        {"name=oneof:%5B%5D", ""},
        {"name=notoneof:%5B%22alpha%22%5D", "beta_1 betax1 exporter gamma\\"},
        {"name=oneof:alpha", NULL},
        {"name=oneof:%5B1%5D", NULL},
        {"description=isempty:", "betax1 exporter gamma\\"},
        {"description=isnotempty:", "alpha beta_1"},
        {"description=a:b", "beta_1"}, /* no operator: the value as it stands */
        {"name=gt:5", ""},
        {"name=gt:x", NULL},
        {"name=in:x", NULL},
        {"active=true", "alpha betax1 exporter gamma\\"},
        {"active=1", "alpha betax1 exporter gamma\\"},
        {"active=equals:False", "beta_1"},
        {"active=notequals:true", "beta_1"},
        {"active=0", "beta_1"},
        {"active=maybe", NULL},
        {"active=contains:t", NULL},
        {"active=isempty:", ""},
        {"created=2026-11-21%2012:01:00", "gamma\\"},
        {"created=gt:2026-11-21%2012:00:00", "gamma\\"},
        {"created=gte:2026-11-21%2012:00:00", "alpha beta_1 betax1 exporter gamma\\"},
        {"created=lt:2026-11-21%2012:01:00", "alpha beta_1 betax1 exporter"},
        {"created=lte:2026-11-21%2012:01:00", "alpha beta_1 betax1 exporter gamma\\"},
        {"created=notequals:2026-11-21%2012:00:00", "gamma\\"},
        {"created=in:2026-11-21%2012:00:30,2026-11-21%2012:02:00", "gamma\\"},
        {"created=in:2026-11-21%2012:00:30", NULL},
        {"created=2026-11-21T12:01:00", NULL},
        {"created=yesterday", NULL},
        {"created=startswith:2026", NULL},
        {"external_user_id=isempty:", "alpha beta_1 betax1 exporter gamma\\"},
        {"external_user_id=x", ""},
        {"unknown=x", "alpha beta_1 betax1 exporter gamma\\"},
        {"id=x", ""},
        {"id=notequals:x", "alpha beta_1 betax1 exporter gamma\\"},
        {"id=endswith:697472", "alpha beta_1 betax1 exporter gamma\\"}, /* the fixed part of every id */
        {"id=endswith:697473", ""},
        {"name=startswith:beta&name=endswith:1&active=false", "beta_1"}, /* several conditions, one name twice */
        {"name=alpha&name=betax1", ""},
        {"name=alpha&name=betax1&logical_operator=or", "alpha betax1"},
        {"name=alpha&active=false&logical_operator=or", "alpha beta_1"},
        {"logical_operator=xor", NULL},
    };
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(64u << 10);
        struct fake_exchange *f = client_ask(h, a, "GET", arena_cstr(a, arena_format(a, ACCOUNTS "%s", rows[i].query)), "root", NULL);
        CHECK_AT(i);
        CHECK_INT(f->status, rows[i].names ? 200 : 422);
        if (rows[i].names)
            CHECK_STR(names_of(a, f), str_of(rows[i].names));
        else
            CHECK(str_starts(f->answer, S("{\"detail\":[{\"type\":\"")) && str_contains(f->answer, S("\"loc\":[\"query\",\"")));
        arena_close(a);
    }
    client_close(h);
}

static void ids_are_searched_as_text(void **state)
{
    struct arena *a = arena_open(128u << 10);
    struct house *h = open_house();
    str id = house_service(h, "exporter"), uuid = id_uuid(a, id), hex = arena_format(a, STR_FMT "76697472", STR_ARG(id));
    const struct {
        str query;
        const char *names;
    } rows[] = {
        {arena_format(a, "id=" STR_FMT, STR_ARG(uuid)), "exporter"},
        {arena_format(a, "id=oneof:%%5B%%22" STR_FMT "%%22%%5D", STR_ARG(uuid)), "exporter"},
        {arena_format(a, "id=startswith:" STR_FMT, STR_ARG(str_slice(uuid, 0, 23))), "exporter"},
        {arena_format(a, "id=startswith:" STR_FMT, STR_ARG(str_slice(uuid, 0, 33))), "exporter"},
        {arena_format(a, "id=startswith:" STR_FMT "0", STR_ARG(str_slice(uuid, 0, 28))), ""},
        {arena_format(a, "id=endswith:" STR_FMT, STR_ARG(str_slice(hex, 14, 32))), "exporter"},
        {arena_format(a, "id=contains:" STR_FMT, STR_ARG(str_slice(hex, 14, 28))), "exporter"},
        {arena_format(a, "id=contains:" STR_FMT, STR_ARG(str_slice(hex, 12, 24))), "exporter"},
        {arena_format(a, "id=notcontains:" STR_FMT, STR_ARG(str_slice(hex, 14, 28))), "alpha beta_1 betax1 gamma\\"},
        {S("id=contains:6974"), "alpha beta_1 betax1 exporter gamma\\"},
    };
    (void)state;
    CHECK_STR(str_slice(hex, 24, 32), S("76697472")); /* base/id.c's four bytes */
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct fake_exchange *f = client_ask(h, a, "GET", arena_cstr(a, arena_format(a, ACCOUNTS STR_FMT, STR_ARG(rows[i].query))), "root", NULL);
        CHECK_AT(i);
        CHECK_STR(names_of(a, f), str_of(rows[i].names));
    }
    client_close(h);
    arena_close(a);
}

static void pages_are_turned(void **state)
{
    static const struct {
        const char *query;
        int status;
        const char *answer; /* how it begins */
    } rows[] = {
        {"?size=2&sort_by=name", 200, "{\"index\":1,\"max_size\":2,\"total_pages\":3,\"total\":5,\"items\":[{"},
        {"?size=2&page=3", 200, "{\"index\":3,\"max_size\":2,\"total_pages\":3,\"total\":5,\"items\":[{"},
        {"?size=1000", 200, "{\"index\":1,\"max_size\":1000,\"total_pages\":1,\"total\":5,"},
        {"?name=none", 200, "{\"index\":1,\"max_size\":20,\"total_pages\":1,\"total\":0,\"items\":[]}"},
        {"?page=9", 400,
         "{\"detail\":[\"ValueError\",\"Invalid page 9. The requested page size is 20 and there are a total of 5 items for this "
         "query. The maximum page value therefore is 1"},
        {"?page=2147483647&size=1000", 400, "{\"detail\":[\"ValueError\""},
        {"?name=none&page=2", 400, "{\"detail\":[\"ValueError\""},
        {"?page=0", 422, "{\"detail\":[{\"type\":\"greater_than_equal\",\"loc\":[\"query\",\"page\"],\"msg\":\"Input should be greater than or equal to 1\",\"input\":\"0\",\"ctx\":{\"ge\":1}}]}"},
        {"?size=0", 422, "{\"detail\":[{\"type\":\"greater_than_equal\",\"loc\":[\"query\",\"size\"]"},
        {"?size=1001", 422, "{\"detail\":[{\"type\":\"less_than_equal\",\"loc\":[\"query\",\"size\"]"},
        {"?size=x", 422, "{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"query\",\"size\"]"},
        {"?sort_by=nothing", 422, "{\"detail\":[{\"type\":\"value_error\",\"loc\":[\"query\",\"sort_by\"]"},
        {"?size=1&sort_by=desc:name", 200, "{\"index\":1,\"max_size\":1,\"total_pages\":5,\"total\":5,\"items\":[{\"body\":{\"created\":\"2026-11-21T12:01:00\""},
    };
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(64u << 10);
        struct fake_exchange *f = client_ask(h, a, "GET", arena_cstr(a, arena_format(a, "/api/v1/service_accounts%s", rows[i].query)), "root", NULL);
        CHECK_AT(i);
        CHECK_INT(f->status, rows[i].status);
        if (!str_starts(f->answer, str_of(rows[i].answer)))
            CHECK_STR(f->answer, str_of(rows[i].answer));
        arena_close(a);
    }
    struct arena *a = arena_open(64u << 10);
    struct fake_exchange *f = client_ask(h, a, "GET", "/api/v1/service_accounts?sort_by=asc:active", "root", NULL);
    CHECK_STR(names_of(a, f), S("beta_1 exporter alpha betax1 gamma\\")); /* ties by id */
    CHECK_STR(client_at(a, f, "/items/0/metadata"), S("null"));
    f = client_ask(h, a, "GET", "/api/v1/service_accounts?hydrate=true&name=alpha", "root", NULL);
    CHECK_STR(client_at(a, f, "/items/0/metadata/description"), S("100% wool"));
    arena_close(a);
    client_close(h);
}

/* Defect 15: no "or" reaches what the caller may not see. */
static void an_or_widens_nothing(void **state)
{
    struct arena *a = arena_open(128u << 10);
    struct house *h = open_house();
    house_people(h, "{roles: {some: [{collection:'service_accounts', verbs:['read'], where:{name:{$startsWith:'beta'}}, fields:['name','active']},"
                    " {collection:'users', verbs:['read'], where:{name:'bob'}, fields:['name','active']}]},"
                    " users: {some: {roles:['some']}}, keys: {some: {user:'some'}, other: {service:'exporter', kind:'zenml'}}}");
    (void)state;
    const char *wide = "/api/v1/service_accounts?sort_by=name&name=contains:a&name=notcontains:a&logical_operator=or";
    struct fake_exchange *f = client_ask(h, a, "GET", wide, "some", NULL);
    CHECK_STR(names_of(a, f), S("beta_1 betax1"));
    CHECK_STR(client_at(a, f, "/total"), S("2"));
    f = client_ask(h, a, "GET", "/api/v1/users?name=contains:o&name=notcontains:o&logical_operator=or", "some", NULL);
    CHECK_STR(names_of(a, f), S("bob"));
    /* nor out of the service account in the path */
    const char *keys = arena_cstr(a, arena_format(a, "/api/v1/service_accounts/" STR_FMT "/api_keys?active=true&active=false&logical_operator=or",
                                                  STR_ARG(id_uuid(a, house_service(h, "exporter")))));
    f = client_ask(h, a, "GET", keys, "root", NULL);
    CHECK_STR(client_at(a, f, "/total"), S("2"));
    /* a field that the caller may not read is no way to find out */
    f = client_ask(h, a, "GET", "/api/v1/service_accounts?description=contains:a", "some", NULL);
    CHECK_INT(f->status, 400);
    /* people without any right see themselves */
    const char *session = client_bearer(h, a, "username=ada&password=lovelace+engine");
    f = client_ask(h, a, "GET", "/api/v1/users", session, NULL);
    CHECK_STR(names_of(a, f), S("ada"));
    client_close(h);
    arena_close(a);
}

CHECK_MAIN(TEST(conditions_mean_what_they_say), TEST(ids_are_searched_as_text), TEST(pages_are_turned), TEST(an_or_widens_nothing))

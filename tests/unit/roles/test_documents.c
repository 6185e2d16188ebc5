/* The list of GraphQL documents, and which ones a role lets its holders send. */
#include "tests/support/check.h"

#include "tests/support/house.h"

static struct house *open_with_roles(void)
{
    struct house *h = house_open();
    house_people(h, "{roles: {any: [], known: {grants: [], graphql_documents: 'persisted'},"
                    "         listed: {grants: [], graphql_documents: 'trusted'}, heir: {grants: [], inherits: ['listed'],"
                    "         graphql_documents: 'trusted'}, both: {grants: [], graphql_documents: 'trusted', inherits: ['known']}},"
                    " keys: {any: {role: 'any'}, known: {role: 'known'}, listed: {role: 'listed'}, heir: {role: 'heir'},"
                    "        both: {role: 'both'}, admin: {role: 'admin'}}}");
    return h;
}

static void the_widest_role_counts(void **state)
{
    static const struct {
        const char *key;
        enum document_mode documents;
    } rows[] = {{"any", DOCUMENTS_ANY},       {"known", DOCUMENTS_PERSISTED},  {"listed", DOCUMENTS_TRUSTED},
                {"heir", DOCUMENTS_TRUSTED},  {"both", DOCUMENTS_PERSISTED},   {"admin", DOCUMENTS_ANY}};
    (void)state;
    struct house *h = open_with_roles();
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_INT(house_who(h, a, house_key(h, rows[i].key))->rights->documents, rows[i].documents);
    }
    CHECK_INT(house_who(h, a, (str){0})->rights->documents, DOCUMENTS_ANY);
    arena_close(a);
    house_close(h);
}

/* "hello" and its hash, as any tool gives it. */
#define HASH "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static void documents_are_found_by_name_and_hash(void **state)
{
    static const struct {
        const char *key, *id;
        enum err err;
        const char *source;
    } rows[] = {
        {"any", "hello", ERR_OK, "hello"},     {"any", "sha256:" HASH, ERR_OK, "hello"}, {"any", HASH, ERR_NOT_FOUND, ""},
        {"any", "nobody", ERR_NOT_FOUND, ""},  {"any", "sha256:", ERR_NOT_FOUND, ""},    {"any", "", ERR_NOT_FOUND, ""},
        {"any", "off", ERR_NOT_FOUND, ""},     {"any", "own", ERR_NOT_FOUND, ""},        {"listed", "own", ERR_OK, "own"},
        {"heir", "own", ERR_OK, "own"},        {"admin", "own", ERR_OK, "own"},          {NULL, "hello", ERR_OK, "hello"},
        {NULL, "own", ERR_NOT_FOUND, ""},
    };
    (void)state;
    struct house *h = open_with_roles();
    struct arena *a = arena_open(4096);
    (void)house_item(h, "graphql_documents", "{name: 'hello', source: 'hello', max_age: 60}");
    (void)house_item(h, "graphql_documents", "{name: 'off', source: 'off', enabled: false}");
    (void)house_item(h, "graphql_documents",
                     arena_cstr(a, arena_format(a, "{name: 'own', source: 'own', roles: ['" STR_FMT "']}", STR_ARG(house_role(h, "listed")))));
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct gate_document found = {0};
        struct problem why = {.arena = a};
        CHECK_AT(i);
        const struct principal *who = house_who(h, a, rows[i].key ? house_key(h, rows[i].key) : (str){0});
        CHECK_PROBLEM(gate_document(h->gate, who, str_of(rows[i].id), a, &found, &why), rows[i].err, &why);
        CHECK_STR(found.source, str_of(rows[i].source));
        if (str_equal(found.source, S("hello")))
            CHECK_INT(found.max_age_s, 60);
        else if (found.source.len)
            CHECK_INT(found.max_age_s, -1);
    }
    arena_close(a);
    house_close(h);
}

static void the_hash_follows_the_document(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(4096);
    str id = house_item(h, "graphql_documents", "{name: 'one', source: 'other', hash: '" HASH "'}");
    CHECK(!str_contains(house_value(h, a, "graphql_documents", id, "hash"), S(HASH)));
    house_update(h, "graphql_documents", id, "{source: 'hello'}");
    CHECK_STR(house_value(h, a, "graphql_documents", id, "hash"), S("\"" HASH "\""));
    house_update(h, "graphql_documents", id, "{name: 'two'}");
    CHECK_STR(house_value(h, a, "graphql_documents", id, "hash"), S("\"" HASH "\""));
    house_delete(h, "graphql_documents", id);
    CHECK(!house_has(h, "graphql_documents", id));
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(the_widest_role_counts), TEST(documents_are_found_by_name_and_hash), TEST(the_hash_follows_the_document))

#include "tests/support/check.h"
#include "tests/support/model_text.h"

#include "content/kind.h"
#include "content/pointer.h"
#include "content/system/system.h"

static void field_sets_behave_like_sets(void **state)
{
    (void)state;
    field_set a = {0}, b = {0};
    static const size_t edges[] = {0, 63, 64, 127, 128, 191, 192, 255};
    CHECK(field_set_is_empty(&a));
    for (size_t i = 0; i < COUNTOF(edges); i++) {
        CHECK_AT(i);
        CHECK(!field_set_has(&a, edges[i]));
        field_set_add(&a, edges[i]);
        CHECK(field_set_has(&a, edges[i]) && !field_set_is_empty(&a));
    }
    field_set_add(&b, 64);
    field_set_add(&b, 65);
    field_set both = field_set_and(a, b), either = field_set_or(a, b);
    CHECK(field_set_has(&both, 64) && !field_set_has(&both, 65) && !field_set_has(&both, 63));
    CHECK(field_set_has(&either, 65) && field_set_has(&either, 255));
    field_set_drop(&both, 64);
    CHECK(field_set_is_empty(&both));
    CHECK(field_set_equal(&a, &a) && !field_set_equal(&a, &b));
}

static void pointers_escape_what_they_must(void **state)
{
    (void)state;
    struct arena *a = arena_open(256);
    CHECK_STR(pointer_name(a, S(""), S("title")), S("/title"));
    CHECK_STR(pointer_name(a, S("/data"), S("a/b~c")), S("/data/a~1b~0c"));
    CHECK_STR(pointer_name(a, (str){0}, S("")), S("/"));
    CHECK_STR(pointer_index(a, S("/data"), 10), S("/data/10"));
    arena_close(a);
}

static void names_of_the_system_are_known_in_any_case(void **state)
{
    (void)state;
    CHECK(system_name_reserved(S("users")) && system_name_reserved(S("Certificate_Authorities")));
    CHECK(!system_name_reserved(S("user")) && !system_name_reserved(S("")) && !system_name_reserved(S("userss")));
}

static void a_model_lives_as_long_as_it_is_used(void **state)
{
    (void)state;
    struct arena *a = arena_open(256);
    struct problem why = {.arena = a};
    struct model *m = NULL;
    const struct json *definition = json_of(a, "{name:'p',fields:[{name:'t',kind:'text',default:'x'}]}");
    CHECK_ERR(model_read(&definition, 1, 3, &m, &why), ERR_OK);
    arena_close(a); /* what it was read from is no longer needed */
    counted_use(&m->counted);
    counted_release(&m->counted);
    CHECK_STR(collection_field(model_find(m, S("p")), S("t"))->standard->text, S("x"));
    CHECK(model_find(m, S("q")) == NULL && model_find(m, S("")) == NULL);
    counted_release(&m->counted);
}

static void the_system_models_have_what_the_server_relies_on(void **state)
{
    (void)state;
    static const struct {
        const char *collection, *field, *kind;
    } needs[] = {
        {"users", "email", "email"},       {"users", "password", "password"},   {"users", "roles", "ref"},
        {"users", "active", "boolean"},    {"roles", "name", "text"},           {"roles", "builtin", "boolean"},
        {"grants", "role", "ref"},         {"grants", "collection", "text"},    {"grants", "verbs", "tags"},
        {"grants", "fields", "tags"},      {"grants", "where", "object"},       {"grants", "check", "object"},
        {"grants", "preset", "object"},    {"sessions", "user", "ref"},         {"sessions", "token", "digest"},
        {"sessions", "expires_at", "datetime"}, {"api_keys", "secret", "digest"}, {"api_keys", "scopes", "object"},
        {"api_keys", "user", "ref"},       {"api_keys", "role", "ref"},         {"collections", "definition", "object"},
        {"settings", "public_role", "ref"}, {"locales", "code", "text"},        {"assets", "title", "text"},
        {"journal", "seq", "number"},      {"journal", "after", "object"},
    };
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    const struct model *m;
    CHECK_ERR(model_of(a, "[]", true, &m, &why), ERR_OK);
    CHECK_STR(faults_text(a, &why), S(""));
    NEED(m != NULL);
    for (size_t i = 0; i < COUNTOF(needs); i++) {
        const struct collection *c = model_find(m, str_of(needs[i].collection));
        const struct field *f = c ? collection_field(c, str_of(needs[i].field)) : NULL;
        CHECK_AT(i);
        CHECK(f != NULL);
        if (f)
            CHECK_STR(f->kind->name, str_of(needs[i].kind));
    }
    CHECK_INT(model_find(m, S("settings"))->shape, SHAPE_SINGLE);
    CHECK_INT(collection_field(model_find(m, S("sessions")), S("user"))->on_delete, ON_DELETE_CASCADE);
    CHECK_INT(collection_field(model_find(m, S("grants")), S("role"))->on_delete, ON_DELETE_CASCADE);
    arena_close(a);
}

CHECK_MAIN(TEST(field_sets_behave_like_sets), TEST(pointers_escape_what_they_must),
           TEST(names_of_the_system_are_known_in_any_case), TEST(a_model_lives_as_long_as_it_is_used),
           TEST(the_system_models_have_what_the_server_relies_on))

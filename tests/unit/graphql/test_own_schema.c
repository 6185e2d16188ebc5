/* The schema that each role sees, as SDL: kept, and looked at for what must not be in it. */
#include "graphql/own/own.h"

#include "content/model/api_names.h"
#include "graphql/own/schema.h"
#include "roles/internal.h"
#include "tests/support/kitchen.h"
#include "tests/support/model_text.h"
#include "tests/support/snap.h"

static struct gql_schema *schema_of(struct house *h, struct arena *a, const char *key)
{
    return own_schema_make(house_who(h, a, house_key(h, key)), true);
}

static str sdl_of(struct arena *a, const struct gql_schema *s)
{
    struct buf b;
    buf_init(&b, a, 16u << 20);
    gql_print_schema(&b, s);
    return buf_str(&b);
}

static void check_schema(struct arena *a, const struct gql_schema *s)
{
    struct gql_errors errors = {.arena = a};
    CHECK(gql_schema_check(s, &errors));
    for (size_t i = 0; i < errors.count; i++)
        CHECK_SAY(STR_FMT, STR_ARG(errors.items[i].message));
}

static void what_roles_see(void **state)
{
    struct house *h = kitchen_open();
    struct arena *a = arena_open(1u << 20);
    (void)state;
#define ROLE(name)                                                                                                                \
    do {                                                                                                                          \
        struct gql_schema *s = schema_of(h, a, #name);                                                                            \
        check_schema(a, s);                                                                                                       \
        CHECK_SNAP("graphql/own_" #name ".graphql", sdl_of(a, s));                                                                \
        counted_release(&s->counted);                                                                                             \
    } while (0)
    ROLE(editor);
    ROLE(reader);
    ROLE(one_field);
    ROLE(dropper);
    ROLE(keeper);
    ROLE(nothing);
    arena_close(a);
    house_close(h);
}

/* ---- what must not be there ---- */

/* Words that a role's schema has nowhere: neither in names nor in descriptions. Case makes no difference. */
static void nothing_leaks(void **state)
{
    static const struct {
        const char *role;
        const char *words[12];
    } rows[] = {
        {"reader", {"hidden", "born", "mentor", "slug", "views", "section", "quote", "popular", "asset", "mutation", "salary"}},
        {"one_field", {"hidden", "author", "people", "badge", "section", "seo", "asset", "mutation", "slug"}},
        {"dropper", {"hidden", "people", "badge", "section", "where", "orderby", "slug", "node(", "search"}},
        {"nothing", {"hidden", "post", "badge", "mutation", "node", "search", "asset"}},
    };
    struct house *h = kitchen_open();
    struct arena *a = arena_open(1u << 20);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct gql_schema *s = schema_of(h, a, rows[i].role);
        str sdl = text_caseless(a, sdl_of(a, s));
        for (size_t k = 0; k < COUNTOF(rows[i].words) && rows[i].words[k]; k++)
            if (str_contains(sdl, text_caseless(a, str_of(rows[i].words[k]))))
                CHECK_SAY("%s finds \"%s\"", rows[i].role, rows[i].words[k]);
        counted_release(&s->counted);
    }
    arena_close(a);
    house_close(h);
}

/* A secret can be written, and that is all. */
static void secrets_are_written_only(void **state)
{
    struct house *h = kitchen_open();
    struct arena *a = arena_open(1u << 20);
    struct gql_schema *s = schema_of(h, a, "editor");
    (void)state;
    for (uint32_t i = 0; i < s->type_count; i++) {
        const struct gql_type *t = s->types[i];
        bool writes = str_equal(t->name, S("BlogPostCreate")) || str_equal(t->name, S("BlogPostUpdate"));
        for (uint32_t k = 0; k < t->field_count; k++)
            CHECK(!str_equal(t->fields[k].name, S("token")) && !str_equal(t->fields[k].name, S("pin")));
        for (uint32_t k = 0; k < t->input_count; k++)
            if (str_equal(t->inputs[k].name, S("token")) && !writes)
                CHECK_SAY("token stands in " STR_FMT, STR_ARG(t->name));
        for (uint32_t k = 0; k < t->value_count; k++)
            CHECK(!str_equal(t->values[k].name, S("token")));
    }
    counted_release(&s->counted);
    arena_close(a);
    house_close(h);
}

/* ---- meanings and names ---- */

static bool is_answered(const struct gql_type *t)
{
    return t->kind == GQL_OBJECT_TYPE && !str_starts(t->name, S("__"));
}

/* Every field says what it is, or the reader would have to guess; roots have code. */
static void every_field_has_a_meaning(void **state)
{
    struct house *h = kitchen_open();
    struct arena *a = arena_open(1u << 20);
    struct gql_schema *s = schema_of(h, a, "admin");
    const struct own_schema *own = s->meaning;
    (void)state;
    check_schema(a, s);
    for (uint32_t i = 0; i < s->type_count; i++) {
        const struct gql_type *t = s->types[i];
        for (uint32_t k = 0; is_answered(t) && k < t->field_count; k++) {
            const struct gql_field *f = &t->fields[k];
            bool is_root = t == s->query || t == s->mutation;
            if (!f->meaning || (is_root && !f->write && !f->resolve))
                CHECK_SAY(STR_FMT "." STR_FMT " means nothing", STR_ARG(t->name), STR_ARG(f->name));
        }
    }
    for (size_t i = 0; i < own->model->collection_count; i++) {
        const struct collection *c = own->model->collections[i];
        CHECK(own->type_of[i] == gql_type_named(s, c->api.type));
    }
    counted_release(&s->counted);
    arena_close(a);
    house_close(h);
}

static bool is_listed(const str *list, str name)
{
    for (; list->at; list++)
        if (str_equal(*list, name))
            return true;
    return false;
}

/* content/model/api_names.c keeps free what generation uses: every ending, and every type that is there without a collection. */
static void names_are_kept_free(void **state)
{
    struct house *h = kitchen_open();
    struct arena *a = arena_open(1u << 20);
    struct gql_schema *s = schema_of(h, a, "nothing");
    (void)state;
    for (size_t i = 0; i < MADE_COUNT; i++)
        if (!is_listed(api_type_endings, made_facts[i].ending))
            CHECK_SAY(STR_FMT " is no known ending", STR_ARG(made_facts[i].ending));
    for (uint32_t i = 0; i < s->type_count; i++) {
        str name = s->types[i]->name;
        if (!str_starts(name, S("__")) && !is_listed(api_own_types, name) && !is_listed(api_scalars, name))
            CHECK_SAY(STR_FMT " can be taken by a collection", STR_ARG(name));
    }
    counted_release(&s->counted);
    arena_close(a);
    house_close(h);
}

/* Names that generation itself would like to have: whatever the model is called, the schema is a valid one. */
static void odd_names_make_valid_schemas(void **state)
{
    static const char *const models[] = {
        "[{name:'string'},{name:'query'},{name:'Node'},{name:'null'},{name:'true',fields:[{name:'false',kind:'number'}]}]",
        "[{name:'posts'},{name:'post_wheres'},{name:'post_list_wheres'},{name:'post_seos',fields:[{name:'where',kind:'select',options:['a']}]}]",
        "[{name:'post'},{name:'posts',singular:'entry'},{name:'POST_S'}]",
        "[{name:'a',fields:[{name:'tags',kind:'ref',to:'assets',many:true},{name:'tagsConnection',kind:'text'},{name:'tags_count',kind:'number'},"
        "  {name:'t',kind:'text'},{name:'t__lower',kind:'text'},{name:'key',kind:'text',unique:true},{name:'count',kind:'number'},{name:'id',kind:'text'},"
        "  {name:'key_t',kind:'text'}],unique:[['key','t']]}]",
        "[{name:'a'},{name:'b',fields:[{name:'a',kind:'ref',to:'a'}]},{name:'assets',extends:true,fields:[{name:'url',kind:'text'},{name:'b_via_a',kind:'text'}]}]",
        "[{name:'c',shape:'component',fields:[{name:'x',kind:'number'},{name:'some',kind:'text'}]},{name:'d',shape:'component',fields:[{name:'x',kind:'text'},"
        "  {name:'in',kind:'component',of:'c'}]},{name:'a',fields:[{name:'b',kind:'blocks',of:['c','d']},{name:'one',kind:'component',of:'d'},"
        "  {name:'list',kind:'component',of:'c',many:true},{name:'Where',kind:'set',fields:[{name:'count',kind:'text'},{name:'isEmpty',kind:'text'}]}]}]",
        "[{name:'a',fields:[{name:'x',kind:'select',options:['ok','no way']},{name:'y',kind:'multiselect',options:['__a']},{name:'z',kind:'select',options:['true']},"
        "  {name:'n',kind:'select',options:['one','one_two']}]}]",
        "[{name:'t',shape:'tree',fields:[{name:'parent',kind:'ref',to:'t'},{name:'children',kind:'text'}]},{name:'me',shape:'single'},{name:'search'},"
        "  {name:'upload',singular:'piece'},{name:'v',view:{from:'t'}}]",
        "[{name:'posts',actions:[{name:'publish_page'},{name:'publishPage'},{name:'go',url:'https://a.example',"
        "  input:[{name:'s',kind:'set',fields:[{name:'x',kind:'select',options:['a','b']}]}],"
        "  output:[{name:'s',kind:'set',many:true,fields:[{name:'o',kind:'object',required:true}]}]}]},"
        "  {name:'page_posts'},{name:'go_posts'},{name:'go_post_answers'}]",
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(models); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(1u << 20);
        struct problem why = {.arena = a};
        const struct model *m = NULL;
        if (model_of(a, models[i], true, &m, &why) != ERR_OK) {
            CHECK_SAY(STR_FMT, STR_ARG(faults_text(a, &why)));
            arena_close(a);
            continue;
        }
        struct rights_wish wish = {.model = m, .policy_epoch = 1, .is_server = true};
        const struct rights *rights = rights_make(&wish);
        struct principal who = {.kind = PRINCIPAL_USER, .rights = rights, .user_id = S("000000000000000000000001")};
        struct gql_schema *s = own_schema_make(&who, true);
        check_schema(a, s);
        struct gql_schema *again = NULL;
        struct gql_errors errors = {.arena = a};
        CHECK(gql_schema_read(sdl_of(a, s), NULL, NULL, &again, &errors) == ERR_OK);
        for (size_t k = 0; k < errors.count; k++)
            CHECK_SAY(STR_FMT, STR_ARG(errors.items[k].message));
        if (again)
            counted_release(&again->counted);
        counted_release(&s->counted);
        counted_release((struct counted *)(uintptr_t)&rights->counted);
        arena_close(a);
    }
}

/* Somebody without introspection has the same schema, which hides itself. */
static void introspection_is_a_switch(void **state)
{
    struct house *h = kitchen_open();
    struct arena *a = arena_open(1u << 20);
    struct gql_schema *s = own_schema_make(house_who(h, a, house_key(h, "reader")), false);
    (void)state;
    CHECK(s->hides_itself);
    counted_release(&s->counted);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(what_roles_see), TEST(nothing_leaks), TEST(secrets_are_written_only), TEST(every_field_has_a_meaning), TEST(names_are_kept_free), TEST(odd_names_make_valid_schemas),
           TEST(introspection_is_a_switch))

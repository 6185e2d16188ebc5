/* Schemas as they are built: what is reached, how it lies there, and how it is found again. */
#include "graphql/schema/build.h"

#include "tests/support/check.h"

/* A small world: an interface, a union, an enum, inputs with defaults, types that nobody reaches. */
static struct gql_schema *small_schema(void)
{
    struct gql_builder *b = gql_build(S("Posts and who wrote them."));
    struct gql_type *node = gql_type_make(b, GQL_INTERFACE, S("Node"), (str){0});
    struct gql_type *post = gql_type_make(b, GQL_OBJECT_TYPE, S("Post"), S("A post."));
    struct gql_type *author = gql_type_make(b, GQL_OBJECT_TYPE, S("Author"), (str){0});
    struct gql_type *hidden = gql_type_make(b, GQL_OBJECT_TYPE, S("Hidden"), (str){0});
    struct gql_type *found = gql_type_make(b, GQL_UNION, S("Found"), (str){0});
    struct gql_type *state = gql_type_make(b, GQL_ENUM_TYPE, S("State"), (str){0});
    struct gql_type *page = gql_type_make(b, GQL_INPUT, S("Page"), (str){0});
    struct gql_type *query = gql_type_make(b, GQL_OBJECT_TYPE, S("Query"), (str){0});
    gql_add_field(b, node, S("_id"), gql_type_text(b, "ID!"), (str){0});
    struct gql_type *nodes[] = {post, author};
    for (size_t i = 0; i < COUNTOF(nodes); i++) {
        gql_add_field(b, nodes[i], S("_id"), gql_type_text(b, "ID!"), (str){0});
        gql_add_interface(b, nodes[i], node);
    }
    gql_add_field(b, hidden, S("secret"), gql_type_text(b, "Float"), (str){0});
    gql_add_field(b, post, S("title"), gql_type_text(b, "String"), (str){0});
    gql_set_deprecated(b, &gql_add_field(b, post, S("old"), gql_type_text(b, "String"), (str){0})->words, S("Use title."));
    gql_add_member(b, found, post);
    gql_add_member(b, found, author);
    gql_add_value(b, state, S("DRAFT"), (str){0});
    gql_add_value(b, state, S("PUBLISHED"), (str){0});
    gql_set_default(b, gql_add_input(b, page, S("limit"), gql_type_text(b, "Int!"), (str){0}), "50");
    gql_add_input(b, page, S("states"), gql_type_text(b, "[State!]"), (str){0});
    gql_add_field(b, query, S("node"), node, (str){0});
    struct gql_field *list = gql_add_field(b, query, S("posts"), gql_type_text(b, "[Post!]!"), (str){0});
    gql_set_default(b, gql_add_argument(b, list, S("page"), page, (str){0}), "{states: PUBLISHED}");
    gql_set_default(b, gql_add_argument(b, list, S("state"), state, (str){0}), "DRAFT");
    gql_add_field(b, query, S("search"), gql_type_text(b, "[Found!]!"), (str){0});
    return gql_schema_finish(b, query, NULL, NULL);
}

static void types_that_are_reached_are_there(void **state)
{
    (void)state;
    struct gql_schema *s = small_schema();
    static const str there[] = {STR("String"), STR("Boolean"), STR("Int"), STR("ID"), STR("Node"), STR("Post"), STR("Author"),
                                STR("Found"), STR("State"), STR("Page"), STR("Query"), STR("__Schema"), STR("__DirectiveLocation")};
    for (size_t i = 0; i < COUNTOF(there); i++) {
        CHECK_AT(i);
        const struct gql_type *t = gql_type_named(s, there[i]);
        NEED(t != NULL);
        CHECK(s->types[t->number] == t);
    }
    CHECK(gql_type_named(s, S("Float")) == NULL);
    CHECK(gql_type_named(s, S("Hidden")) == NULL);
    CHECK(gql_type_named(s, S("post")) == NULL);
    counted_release(&s->counted);
}

static void possible_types_are_objects_only(void **state)
{
    (void)state;
    struct gql_schema *s = small_schema();
    const struct gql_type *node = gql_type_named(s, S("Node")), *found = gql_type_named(s, S("Found")),
                          *post = gql_type_named(s, S("Post")), *query = gql_type_named(s, S("Query"));
    CHECK_INT(node->possible_count, 2);
    CHECK_INT(found->possible_count, 2);
    CHECK(node->possible[0] == post && found->possible[0] == post);
    CHECK(gql_is_possible(node, post) && gql_is_possible(found, post) && gql_is_possible(post, post));
    CHECK(!gql_is_possible(node, query) && !gql_is_possible(found, query) && !gql_is_possible(node, node));
    CHECK(gql_types_overlap(node, found) && gql_types_overlap(post, found) && gql_types_overlap(found, post));
    CHECK(!gql_types_overlap(query, node) && !gql_types_overlap(node, query));
    counted_release(&s->counted);
}

static void fields_are_found_by_name(void **state)
{
    (void)state;
    struct gql_schema *s = small_schema();
    const struct gql_type *query = s->query, *post = gql_type_named(s, S("Post")), *found = gql_type_named(s, S("Found"));
    CHECK(gql_field_named(s, query, S("posts")) == &query->fields[1]);
    CHECK(gql_field_named(s, query, S("Posts")) == NULL);
    CHECK(gql_field_named(s, found, S("title")) == NULL);
    CHECK(gql_field_named(s, found, S("__typename")) == &gql_typename_field);
    CHECK(gql_field_named(s, gql_type_named(s, S("Int")), S("__typename")) == NULL);
    CHECK_STR(gql_innermost(gql_field_named(s, query, S("__schema"))->type)->name, S("__Schema"));
    CHECK_STR(gql_field_named(s, query, S("__type"))->arguments[0].name, S("name"));
    CHECK(gql_field_named(s, post, S("__schema")) == NULL);
    s->hides_itself = true;
    CHECK(gql_field_named(s, query, S("__schema")) == NULL);
    CHECK(gql_field_named(s, query, S("__type")) == NULL);
    CHECK(gql_field_named(s, query, S("__typename")) != NULL);
    const struct gql_type *type = gql_type_named(s, S("__Directive"));
    CHECK(gql_field_named(s, type, S("locations")) != NULL);
    const struct gql_type *places = gql_type_named(s, S("__DirectiveLocation"));
    NEED(places->index != NULL); /* many */
    CHECK(gql_value_named(places, S("INPUT_FIELD_DEFINITION")) == &places->values[18]);
    CHECK(gql_value_named(places, S("NOWHERE")) == NULL);
    counted_release(&s->counted);
}

static void types_around_types_are_made_once(void **state)
{
    (void)state;
    struct gql_builder *b = gql_build((str){0});
    struct gql_type *query = gql_type_make(b, GQL_OBJECT_TYPE, S("Query"), (str){0});
    static const char *const texts[] = {"String", "String!", "[String]", "[String!]!", "[[String]!]!", "[[[Boolean]]]", "Int!",
                                        "[[Int!]]", "[Query!]!"};
    for (size_t i = 0; i < COUNTOF(texts); i++) {
        CHECK_AT(i);
        const struct gql_type *t = gql_type_text(b, texts[i]);
        CHECK(t == gql_type_text(b, texts[i]));
        struct buf spelt;
        buf_init(&spelt, gql_build_arena(b), 100);
        gql_print_type_name(&spelt, t);
        CHECK_STR(buf_str(&spelt), str_of(texts[i]));
    }
    gql_add_field(b, query, S("a"), gql_type_text(b, "[[String]!]!"), (str){0});
    struct gql_schema *s = gql_schema_finish(b, query, NULL, NULL);
    CHECK(gql_innermost(s->query->fields[0].type) == gql_type_named(s, S("String")));
    counted_release(&s->counted);
}

static void variables_have_types_that_no_field_has(void **state)
{
    (void)state;
    struct gql_schema *s = small_schema();
    struct arena *a = arena_open(1024);
    struct gql_typeref inner = {.name = S("State"), .non_null = true};
    struct gql_typeref list = {.is_list = true, .of = &inner}, lists = {.is_list = true, .non_null = true, .of = &list};
    CHECK(gql_type_of_ref(a, s, &list) == gql_type_named(s, S("Page"))->inputs[1].type);
    const struct gql_type *t = gql_type_of_ref(a, s, &lists);
    NEED(t != NULL && t->kind == GQL_NON_NULL && t->of->kind == GQL_LIST_OF);
    CHECK(t->of->of == gql_type_of_ref(a, s, &list));
    inner.name = S("Stat");
    CHECK(gql_type_of_ref(a, s, &lists) == NULL);
    arena_close(a);
    counted_release(&s->counted);
}

static void equal_schemas_have_equal_hashes(void **state)
{
    (void)state;
    struct gql_schema *one = small_schema(), *two = small_schema();
    CHECK(one->hash == two->hash && one->hash != 0);
    struct gql_builder *b = gql_build((str){0});
    struct gql_type *query = gql_type_make(b, GQL_OBJECT_TYPE, S("Query"), (str){0});
    gql_add_field(b, query, S("a"), gql_type_text(b, "Int"), (str){0});
    struct gql_schema *other = gql_schema_finish(b, query, NULL, NULL);
    CHECK(other->hash != one->hash);
    struct gql_schema *all[] = {one, two, other};
    for (size_t i = 0; i < COUNTOF(all); i++)
        counted_release(&all[i]->counted);
}

/* Rows by name, with few and with many of them: looked through, found by the index, and too many for it. */
static void rows_are_found_however_many(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 8, 9, 12, 13, 100, UINT16_MAX - 1, UINT16_MAX};
    for (size_t n = 0; n < COUNTOF(counts); n++) {
        CHECK_AT(n);
        struct gql_builder *b = gql_build((str){0});
        struct gql_type *many = gql_type_make(b, GQL_ENUM_TYPE, S("Many"), (str){0});
        struct gql_type *query = gql_type_make(b, GQL_OBJECT_TYPE, S("Query"), (str){0});
        gql_add_field(b, query, S("a"), many, (str){0});
        for (uint32_t i = 0; i < counts[n]; i++)
            gql_add_value(b, many, arena_format(gql_build_arena(b), "V%u", i), (str){0});
        struct gql_schema *s = gql_schema_finish(b, query, NULL, NULL);
        CHECK((many->index != NULL) == (counts[n] > 8 && counts[n] < UINT16_MAX));
        for (uint32_t i = 0; i < counts[n]; i += 1 + counts[n] / 50)
            CHECK(gql_value_named(many, many->values[i].name) == &many->values[i]);
        CHECK(gql_value_named(many, many->values[counts[n] - 1].name) == &many->values[counts[n] - 1]);
        CHECK(gql_value_named(many, S("V")) == NULL && gql_value_named(many, S("")) == NULL);
        counted_release(&s->counted);
    }
}

static struct gql_field *listing(struct gql_builder *b, struct gql_type *t, str name, const char *limit, str description)
{
    struct gql_field *f = gql_add_field(b, t, name, gql_type_text(b, "[Int!]"), description);
    gql_set_default(b, gql_add_argument(b, f, S("limit"), gql_type_text(b, "Int!"), S("At most so many.")), limit);
    gql_add_argument(b, f, S("offset"), gql_type_text(b, "Int"), (str){0});
    return f;
}

static void what_is_the_same_is_there_once(void **state)
{
    (void)state;
    struct gql_builder *b = gql_build((str){0});
    struct gql_type *query = gql_type_make(b, GQL_OBJECT_TYPE, S("Query"), (str){0});
    static const char fifty[] = "50";
    str told = S("Told twice.");
    (void)listing(b, query, S("a"), fifty, told);
    (void)listing(b, query, S("b"), fifty, told);
    (void)listing(b, query, S("c"), "51", (str){0});
    struct gql_field *d = listing(b, query, S("d"), fifty, (str){0});
    gql_add_argument(b, d, S("more"), gql_type_text(b, "Int"), (str){0});
    gql_set_deprecated(b, &listing(b, query, S("e"), fifty, told)->words, S("Gone soon."));
    struct gql_schema *s = gql_schema_finish(b, query, NULL, NULL);
    const struct gql_field *f = s->query->fields;
    CHECK(f[0].arguments == f[1].arguments && f[0].words == f[1].words);
    CHECK(f[0].arguments == f[4].arguments && f[0].words != f[4].words);
    CHECK_STR(f[4].words->description, told);
    CHECK(f[2].arguments != f[0].arguments && f[3].arguments != f[0].arguments);
    CHECK_INT(f[3].argument_count, 3);
    for (size_t i = 0; i < 5; i++) {
        CHECK_AT(i);
        NEED(f[i].arguments[0].standard != NULL);
        CHECK_INT(f[i].arguments[0].standard->integer, i == 2 ? 51 : 50);
        CHECK_STR(f[i].arguments[0].words->standard, i == 2 ? S("51") : S("50"));
        CHECK_STR(f[i].arguments[0].words->description, S("At most so many."));
        CHECK(str_is_absent(f[i].arguments[1].words->description));
    }
    counted_release(&s->counted);
}

static void defaults_are_values(void **state)
{
    (void)state;
    struct gql_schema *s = small_schema();
    struct arena *a = arena_open(1024);
    const struct gql_input *page = gql_argument_named(&s->query->fields[1], S("page"));
    NEED(page != NULL && page->standard != NULL);
    CHECK_STR(json_print(a, page->standard), S("{\"limit\":50,\"states\":[\"PUBLISHED\"]}"));
    CHECK_STR(page->words->standard, S("{ states: PUBLISHED }"));
    CHECK_STR(gql_argument_named(&s->query->fields[1], S("state"))->words->standard, S("DRAFT"));
    CHECK(gql_argument_named(&s->query->fields[1], S("nothing")) == NULL);
    const struct gql_directive_type *deprecated = gql_directive_named(s, S("deprecated"));
    NEED(deprecated != NULL);
    CHECK_STR(deprecated->arguments[0].words->standard, S("\"No longer supported\""));
    CHECK(gql_directive_named(s, S("defer")) == NULL);
    arena_close(a);
    counted_release(&s->counted);
}

CHECK_MAIN(TEST(types_that_are_reached_are_there), TEST(possible_types_are_objects_only), TEST(fields_are_found_by_name),
           TEST(types_around_types_are_made_once), TEST(variables_have_types_that_no_field_has),
           TEST(equal_schemas_have_equal_hashes), TEST(rows_are_found_however_many),
           TEST(what_is_the_same_is_there_once), TEST(defaults_are_values))

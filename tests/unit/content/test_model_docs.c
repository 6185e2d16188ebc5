/* docs/model.md says nothing that is not so: its definitions read, its values are kept as it says. */
#include "tests/support/check.h"
#include "tests/support/model_text.h"

#include "content/kind.h"

struct page {
    struct arena *arena;
    struct problem why;
    const struct field *field; /* of the last field block */
    struct map *kinds_seen;
    str components;            /* definitions of components that stood on the page so far */
    size_t collections, fields, values, refused;
};

static str read_page(struct arena *a)
{
    FILE *f = fopen(TESTS_DIR "/../docs/model.md", "rb");
    NEED(f != NULL);
    char *at = arena_get(a, 1u << 20, 1);
    size_t len = fread(at, 1, 1u << 20, f);
    fclose(f);
    return (str){at, len};
}

static const struct field *field_of(struct page *p, const struct json *field)
{
    const struct model *m;
    const char *text = arena_cstr(p->arena, arena_format(p->arena, "[{name:'p',fields:[" STR_FMT "]}" STR_FMT "]",
                                                         STR_ARG(json_print(p->arena, field)), STR_ARG(p->components)));
    if (model_of(p->arena, text, true, &m, &p->why) != ERR_OK)
        CHECK_STR(faults_text(p->arena, &p->why), json_print(p->arena, field));
    NEED(m != NULL);
    return &model_find(m, S("p"))->fields[META_COUNT];
}

static enum err check_value(struct page *p, const struct json *in, struct json *out)
{
    p->why = (struct problem){.arena = p->arena};
    struct check c = {.arena = p->arena, .field = p->field, .path = STR("/v"), .why = &p->why};
    *out = json_null;
    return p->field->kind->check(&c, in, out);
}

static void check_values(struct page *p, const struct json *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        struct json out;
        const struct json *sent = json_get(&list->items[i], S("sent")), *kept = json_get(&list->items[i], S("kept"));
        NEED(sent != NULL && kept != NULL);
        CHECK_ERR(check_value(p, sent, &out), ERR_OK);
        CHECK_STR(json_print(p->arena, &out), json_print(p->arena, kept));
        p->values++;
    }
}

static void check_refused(struct page *p, const struct json *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        struct json out;
        CHECK_ERR(check_value(p, &list->items[i], &out), ERR_INVALID);
        if (p->why.fault_count == 0)
            CHECK_SAY("not refused: " STR_FMT, STR_ARG(json_print(p->arena, &list->items[i])));
        p->refused++;
    }
}

static void check_block(struct page *p, str sort, str text, size_t line)
{
    const struct json *v = NULL;
    CHECK_AT(line);
    p->why = (struct problem){.arena = p->arena};
    CHECK_PROBLEM(json_read(p->arena, text, NULL, S("block"), &v, &p->why), ERR_OK, &p->why);
    NEED(v != NULL);
    if (str_equal(sort, S("json"))) {
        const struct model *m;
        CHECK_ERR(model_of(p->arena, arena_cstr(p->arena, text), true, &m, &p->why), ERR_OK);
        CHECK_STR(faults_text(p->arena, &p->why), S(""));
        if (json_is_text(json_get(v, S("shape")), S("component")))
            p->components = arena_format(p->arena, STR_FMT "," STR_FMT, STR_ARG(p->components), STR_ARG(text));
        p->collections++;
    } else if (str_equal(sort, S("json field"))) {
        p->field = field_of(p, v);
        (void)map_put(p->kinds_seen, p->field->kind->name, p);
        p->fields++;
    } else if (str_equal(sort, S("json values"))) {
        check_values(p, v);
    } else if (str_equal(sort, S("json refused"))) {
        check_refused(p, v);
    } else {
        CHECK_SAY("what is a block of " STR_FMT "?", STR_ARG(sort));
    }
}

static void every_block_of_the_page_is_true(void **state)
{
    (void)state;
    struct page p = {.arena = arena_open(1u << 16)};
    p.kinds_seen = map_new(p.arena, kind_count);
    str rest = read_page(p.arena), line, sort = {0};
    const char *from = NULL;
    bool ended = false;
    for (size_t number = 1; str_next(&rest, &ended, '\n', &line); number++) {
        if (!str_starts(line, S("```")))
            continue;
        if (from) {
            check_block(&p, sort, (str){from, (size_t)(line.at - from)}, number);
            from = NULL;
        } else {
            sort = str_slice(line, 3, line.len);
            from = line.at + line.len + 1;
        }
    }
    CHECK_AT(-1);
    CHECK(p.collections >= 3 && p.fields >= kind_count && p.values >= 20 && p.refused >= 40);
    for (size_t i = 0; i < kind_count; i++) {
        if (!map_get(p.kinds_seen, kinds[i].name))
            CHECK_SAY("no example of " STR_FMT, STR_ARG(kinds[i].name));
    }
    arena_close(p.arena);
}

static void the_page_has_every_key_of_the_format(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "name", "id", "was", "label", "info", "group", "shape", "extends", "display", "fields", "unique", "indexes",
        "actions", "kind", "required", "indexed", "many", "localized", "locked", "apart", "default", "integer", "min", "max",
        "minlength", "maxlength", "match", "min_items", "max_items", "options", "to", "on_delete", "back", "from",
        "of", "required_if", "shown_if",
    };
    struct arena *a = arena_open(4096);
    str page = read_page(a);
    for (size_t i = 0; i < COUNTOF(keys); i++) {
        if (!str_contains(page, arena_format(a, "`%s`", keys[i])) && !str_contains(page, arena_format(a, "\"%s\":", keys[i])))
            CHECK_SAY("the page does not mention %s", keys[i]);
    }
    arena_close(a);
}

CHECK_MAIN(TEST(every_block_of_the_page_is_true), TEST(the_page_has_every_key_of_the_format))

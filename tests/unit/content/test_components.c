/* Components and blocks: what is taken, what is refused and where, and how documents follow a change of them. */
#include "tests/support/check.h"
#include "tests/support/model_text.h"

#include "base/limits.h"
#include "content/filter/filter.h"
#include "content/kind.h"

#define PARTS                                                                                                          \
    "{name:'hero',group:'layout',shape:'component',fields:[{name:'heading',kind:'text',required:true,maxlength:5},"    \
    "{name:'path',kind:'slug',from:'heading'}]},"                                                                      \
    "{name:'grid',shape:'component',fields:[{name:'cells',kind:'blocks',of:['hero']},{name:'n',kind:'number',default:3}]},"
#define PAGES "[" PARTS "{name:'pages',fields:[{name:'top',kind:'component',of:'hero'},{name:'sections',kind:'blocks',of:['hero','grid']}]}]"

static void values_are_checked_to_the_last_member(void **state)
{
    static const struct {
        const char *field, *in, *out; /* out: what is kept, or the faults */
    } rows[] = {
        {"sections", "[{_component:'hero',heading:'A b'}]", "[{\"_component\":\"hero\",\"heading\":\"A b\",\"path\":\"a-b\"}]"},
        {"sections", "[{heading:'A',__component:'layout.hero',path:null}]", "[{\"_component\":\"hero\",\"heading\":\"A\",\"path\":null}]"},
        {"sections", "[{_component:'grid',cells:[{_component:'hero',heading:'A',path:'x'}]}]",
         "[{\"_component\":\"grid\",\"cells\":[{\"_component\":\"hero\",\"heading\":\"A\",\"path\":\"x\"}],\"n\":3}]"},
        {"sections", "[]", "[]"},
        {"sections", "[{_component:'hero',heading:'A'},{_component:'grid',cells:[{_component:'hero',heading:'too long'}],n:'x'},{},{_component:'film'},null,4]",
         "/sections/1/cells/0/heading maxlength: heading must have at most 5 characters, not 8\n"
         "/sections/1/n type: n must be a number, not text\n"
         "/sections/2/_component component: entry 3 of sections must say its _component: hero, grid\n"
         "/sections/3/_component component: entry 4 of sections must say its _component: hero, grid\n"
         "/sections/4 required: entry 5 of sections is empty\n"
         "/sections/5 type: entry 6 of sections must be an object with _component, not a number\n"},
        {"sections", "[{__component:'a.film'}]", "/sections/0/__component component: entry 1 of sections must say its _component: hero, grid\n"},
        {"sections", "[{_component:'hero'}]", "/sections/0/heading required: heading is required\n"},
        {"sections", "[{_component:'hero',heading:'A',n:1}]", "/sections/0/n unknown-field: hero has no field n\n"},
        {"top", "{heading:'A',_component:'hero'}", "{\"heading\":\"A\",\"path\":\"a\"}"},
        {"top", "{heading:'A',_component:'grid'}", "/top/_component component: top must say its _component: hero\n"},
        {"top", "[]", "/top type: top must be an object, not a list\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        const struct model *m;
        CHECK_AT(i);
        CHECK_ERR(model_of(a, PAGES, false, &m, &why), ERR_OK);
        const struct field *f = collection_field(model_find(m, S("pages")), str_of(rows[i].field));
        struct check check = {.arena = a, .field = f, .path = arena_format(a, "/%s", rows[i].field), .why = &why};
        struct json out = json_null;
        enum err e = f->kind->check(&check, json_of(a, rows[i].in), &out);
        CHECK_STR(e == ERR_OK ? json_print(a, &out) : faults_text(a, &why), str_of(rows[i].out));
        arena_close(a);
    }
}

static void components_are_no_collections(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    const struct model *m;
    CHECK_ERR(model_of(a, PAGES, false, &m, &why), ERR_OK);
    CHECK_INT(m->collection_count, 1);
    CHECK_INT(m->component_count, 2);
    CHECK(!model_find(m, S("hero")) && model_component(m, S("hero")) && !model_component(m, S("pages")));
    arena_close(a);
}

static void conditions_name_members_of_blocks(void **state)
{
    static const struct {
        const char *filter;
        enum err err;
    } rows[] = {
        {"{'sections.heading':'A'}", ERR_OK}, {"{'sections._component':'hero'}", ERR_OK}, {"{'sections.n':{$gt:1}}", ERR_OK},
        {"{'sections.cells.heading':'A'}", ERR_OK}, {"{sections:{$elemMatch:{_component:'grid',n:3}}}", ERR_OK},
        {"{'sections.title':'A'}", ERR_BAD_INPUT}, {"{'top.n':1}", ERR_BAD_INPUT}, {"{'top.heading':'A'}", ERR_OK},
        {"{'sections.heading.x':1}", ERR_BAD_INPUT},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        const struct filter *f;
        const struct model *m;
        CHECK_AT(i);
        CHECK_ERR(model_of(a, PAGES, false, &m, &why), ERR_OK);
        CHECK_ERR(filter_read(a, m, model_find(m, S("pages")), json_of(a, rows[i].filter), &(struct filter_options){.where = S("filter")}, &f, &why), rows[i].err);
        arena_close(a);
    }
}

/* A field before and after, a document of it, and the document that it becomes; NULL: nothing moves. */
static void documents_follow(void **state)
{
    static const struct {
        const char *before, *after, *document, *moved;
        bool loses;
    } rows[] = {
        {"kind:'set',fields:[{name:'a',kind:'text'}]", "kind:'set',fields:[{name:'a',kind:'text'},{name:'b',kind:'text'}]", "{a:1}", NULL, false},
        {"kind:'set',fields:[{name:'a',kind:'text'},{name:'c',kind:'text'}]", "kind:'set',fields:[{name:'b',kind:'text',was:'a'},{name:'c',kind:'text'}]",
         "{a:1,b:2,c:3}", "{\"b\":1,\"c\":3}", false},
        {"kind:'set',fields:[{name:'a',kind:'text',id:1},{name:'b',kind:'text',id:2}]", "kind:'set',fields:[{name:'b',kind:'text',id:1},{name:'a',kind:'text',id:2}]",
         "{a:1,b:2}", "{\"b\":1,\"a\":2}", false},
        {"kind:'set',many:true,fields:[{name:'a',kind:'text'},{name:'c',kind:'text'}]", "kind:'set',many:true,fields:[{name:'c',kind:'text'}]",
         "[{a:1,c:2},{a:1}]", "[{\"c\":2},{}]", true},
        {"kind:'set',fields:[{name:'s',kind:'set',fields:[{name:'a',kind:'text'}]}]", "kind:'set',fields:[{name:'t',was:'s',kind:'set',fields:[{name:'b',was:'a',kind:'text'}]}]",
         "{s:{a:1}}", "{\"t\":{\"b\":1}}", false},
        {"kind:'blocks',of:['k','l']", "kind:'blocks',of:['l']", "[{_component:'k',a:1},{_component:'l',a:2}]", "[{\"_component\":\"l\",\"a\":2}]", true},
        {"kind:'blocks',of:['k','l']", "kind:'blocks',of:['m','l']", "[{_component:'k',a:1},{_component:'l',a:2}]",
         "[{\"_component\":\"m\",\"b\":1},{\"_component\":\"l\",\"a\":2}]", false},
        {"kind:'component',of:'k'", "kind:'component',of:'m'", "{a:1}", "{\"b\":1}", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        const struct model *before, *after;
        const struct json *moves = NULL;
        bool loses = false;
        CHECK_AT(i);
        const char *parts = "{name:'l',shape:'component',fields:[{name:'a',kind:'text'}]}";
        CHECK_ERR(model_of(a, arena_cstr(a, arena_format(a, "[{name:'p',fields:[{name:'f',%s}]},{name:'k',shape:'component',fields:[{name:'a',kind:'text'}]},%s]",
                                                         rows[i].before, parts)), false, &before, &why), ERR_OK);
        CHECK_ERR(model_of(a, arena_cstr(a, arena_format(a, "[{name:'p',fields:[{name:'f',%s}]},{name:'m',was:'k',shape:'component',fields:[{name:'b',was:'a',kind:'text'}]},%s]",
                                                         rows[i].after, parts)), false, &after, &why), ERR_OK);
        CHECK_STR(faults_text(a, &why), S(""));
        const struct field *f = collection_field(model_find(before, S("p")), S("f"));
        CHECK_ERR(member_moves(a, f, collection_field(model_find(after, S("p")), S("f")), &moves, &loses), ERR_OK);
        CHECK((moves != NULL) == (rows[i].moved != NULL) && loses == rows[i].loses);
        if (moves) {
            struct json moved = members_move(a, json_of(a, rows[i].document), moves);
            CHECK_STR(json_print(a, &moved), str_of(rows[i].moved));
        }
        arena_close(a);
    }
}

/* A chain of components, each made of the next. */
static const char *chain(struct arena *a, unsigned length)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    buf_format(&b, "[{name:'p',fields:[{name:'f',kind:'blocks',of:['k1']}]}");
    for (unsigned i = 1; i < length; i++)
        buf_format(&b, ",{name:'k%u',shape:'component',fields:[{name:'f',kind:'component',of:'k%u'}]}", i, i + 1);
    buf_format(&b, ",{name:'k%u',shape:'component',fields:[{name:'f',kind:'text'}]}]", length);
    return arena_cstr(a, buf_str(&b));
}

#define SET_OF_SETS "[{name:'p',fields:[{name:'f',kind:'set',fields:[" STR_FMT "]}]}]}]"

static void limits_hold(void **state)
{
    (void)state;
    struct arena *a = arena_open(1u << 16);
    struct problem why = {.arena = a};
    const struct model *before, *after;
    CHECK_ERR(model_of(a, chain(a, LIMIT_FIELD_DEPTH), false, &before, &why), ERR_OK);
    CHECK_ERR(model_of(a, chain(a, LIMIT_FIELD_DEPTH + 1), false, &after, &why), ERR_INVALID);
    for (unsigned extra = 0; extra < 2; extra++) {
        struct buf names, renamed, parts;
        struct problem quiet = {.arena = a};
        buf_init(&names, a, 1u << 20);
        buf_init(&parts, a, 1u << 20);
        for (unsigned i = 0; i < LIMIT_COMPONENTS + extra; i++) {
            buf_format(&names, "%s'k%u'", i ? "," : "", i);
            buf_format(&parts, ",{name:'k%u',shape:'component',fields:[{name:'a',kind:'text'}]}", i);
        }
        const char *text = arena_cstr(a, arena_format(a, "[{name:'p',fields:[{name:'f',kind:'blocks',of:[" STR_FMT "]}]}" STR_FMT "]",
                                                      STR_ARG(buf_str(&names)), STR_ARG(buf_str(&parts))));
        CHECK_ERR(model_of(a, text, false, &before, &quiet), extra ? ERR_INVALID : ERR_OK);
        /* Members that are renamed at once: sets of sets, so that there is room for so many. */
        buf_init(&names, a, 1u << 20);
        buf_init(&renamed, a, 1u << 20);
        for (unsigned i = 0; i < LIMIT_MEMBERS_MOVED + extra; i++) {
            const char *between = i == 0 ? "" : i % 200 ? "," : "]},";
            if (i % 200 == 0) {
                buf_format(&names, "%s{name:'s%u',kind:'set',fields:[", between, i);
                buf_format(&renamed, "%s{name:'s%u',kind:'set',fields:[", between, i);
                between = "";
            }
            buf_format(&names, "%s{name:'a%u',kind:'text'}", between, i);
            buf_format(&renamed, "%s{name:'b%u',was:'a%u',kind:'text'}", between, i, i);
        }
        /* The sets themselves are moved, too: one entry each. */
        struct problem none = {.arena = a};
        const struct json *moves;
        bool loses;
        CHECK_ERR(model_of(a, arena_cstr(a, arena_format(a, SET_OF_SETS, STR_ARG(buf_str(&names)))), false, &before, &none), ERR_OK);
        CHECK_ERR(model_of(a, arena_cstr(a, arena_format(a, SET_OF_SETS, STR_ARG(buf_str(&renamed)))), false, &after, &none), ERR_OK);
        enum err e = member_moves(a, collection_field(model_find(before, S("p")), S("f")), collection_field(model_find(after, S("p")), S("f")), &moves, &loses);
        CHECK_ERR(e, extra ? ERR_TOO_LARGE : ERR_OK);
    }
    arena_close(a);
}

/* Components that are made of a large one: so many members are compared. */
static const char *wide(struct arena *a, unsigned count, const char *last)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    buf_format(&b, "[{name:'p',fields:[{name:'f',kind:'blocks',of:['k0'");
    for (unsigned i = 1; i < count; i++)
        buf_format(&b, ",'k%u'", i);
    buf_format(&b, "]}]},{name:'big',shape:'component',fields:[{name:'%s',kind:'text'}", last);
    for (unsigned i = 1; i < LIMIT_FIELDS - META_COUNT; i++)
        buf_format(&b, ",{name:'x%u',kind:'text'}", i);
    buf_format(&b, "]}");
    for (unsigned i = 0; i < count; i++) {
        buf_format(&b, ",{name:'k%u',shape:'component',fields:[", i);
        for (unsigned k = 0; k < 7; k++)
            buf_format(&b, "%s{name:'f%u',kind:'component',of:'big'}", k ? "," : "", k);
        buf_format(&b, "]}");
    }
    buf_format(&b, "]");
    return arena_cstr(a, buf_str(&b));
}

static void comparing_has_a_limit(void **state)
{
    (void)state;
    unsigned each = 1 + 7 + 7 * (LIMIT_FIELDS - META_COUNT), most = LIMIT_MEMBERS_SEEN / each;
    for (unsigned extra = 0; extra < 2; extra++) {
        struct arena *a = arena_open(1u << 16);
        struct problem why = {.arena = a};
        const struct model *before, *after;
        const struct json *moves;
        bool loses;
        CHECK(most + extra <= LIMIT_COMPONENTS);
        CHECK_ERR(model_of(a, wide(a, most + extra, "x0"), false, &before, &why), ERR_OK);
        CHECK_ERR(model_of(a, wide(a, most + extra, "x0"), false, &after, &why), ERR_OK);
        enum err e = member_moves(a, collection_field(model_find(before, S("p")), S("f")), collection_field(model_find(after, S("p")), S("f")), &moves, &loses);
        CHECK_ERR(e, extra ? ERR_TOO_LARGE : ERR_OK);
        arena_close(a);
    }
}

CHECK_MAIN(TEST(comparing_has_a_limit), TEST(values_are_checked_to_the_last_member), TEST(components_are_no_collections), TEST(conditions_name_members_of_blocks),
           TEST(documents_follow), TEST(limits_hold))

/* Queries over our own schema, compiled and run through the gate: whatever a valid document asks, the answer is JSON, and what
 * the schema offers is never unknown to the reader behind it or a fault of ours. The first byte says who asks, the rest is a
 * document. Nothing is changed, so that each input finds the same items. */
#include "base/limits.h"
#include "graphql/own/own.h"
#include "tests/support/fuzz.h"
#include "tests/support/gql_ask.h"
#include "tests/support/kitchen.h"

/* What the documents of docs/graphql.md are about. */
static const char model_text[] =
    "[{name:'authors', singular:'author', fields:[{name:'name', kind:'text'}, {name:'slug', kind:'slug', from:'name', unique:true},"
    "   {name:'homepage', kind:'url'}]},"
    " {name:'categories', singular:'category', fields:[{name:'title', kind:'text'}]},"
    " {name:'site', shape:'single', fields:[{name:'site_name', kind:'text'}]},"
    " {name:'menus', fields:[{name:'name', kind:'text', unique:true}, {name:'links', kind:'object'}]},"
    " {name:'pages', shape:'tree', fields:[{name:'title', kind:'text', required:true, search:1}, {name:'route', kind:'text'}]},"
    " {name:'posts', fields:[{name:'title', kind:'text', required:true, search:1}, {name:'slug', kind:'slug', from:'title', unique:true},"
    "   {name:'body', kind:'richtext'}, {name:'date', kind:'date'}, {name:'views', kind:'number', integer:true, min:0},"
    "   {name:'featured', kind:'boolean'}, {name:'author', kind:'ref', to:'authors'}, {name:'categories', kind:'ref', to:'categories', many:true},"
    "   {name:'seo', kind:'set', fields:[{name:'title', kind:'text'}]}]}]";
static const char people_text[] =
    "{roles:{guest:[{collection:'*', verbs:['read'], where:{_state:1}}], writer:[{collection:'*', verbs:['read','create','update','delete']}]},"
    " keys:{guest:{role:'guest'}, writer:{role:'writer'}}}";

struct asker {
    struct house *house;
    const struct principal *who;
    struct gql_schema *schema;
};
enum { ASKERS = 5 };

static void fill_blog(struct house *h)
{
    struct arena *a = h->arena;
    str ada = house_item(h, "authors", "{_state:1, name:'Ada', homepage:'https://example.com/'}");
    str news = house_item(h, "categories", "{_state:1, title:'News'}");
    str home = house_item(h, "pages", "{_state:1, title:'Home', route:'/'}");
    (void)house_item(h, "pages", arena_cstr(a, arena_format(a, "{_state:1, title:'About', route:'/about', _pid:'" STR_FMT "'}", STR_ARG(home))));
    (void)house_item(h, "menus", "{_state:1, name:'main', links:[{title:'Home'}]}");
    for (unsigned i = 0; i < 5; i++)
        (void)house_item(h, "posts",
                         arena_cstr(a, arena_format(a,
                                                    "{_state:%u, title:'A cursor %u', views:%u, featured:%s, date:'2026-01-0%u', author:'" STR_FMT
                                                    "', categories:['" STR_FMT "'], seo:{title:'T'}}",
                                                    i % 2, i, i * 10, i % 2 ? "true" : "false", i + 1, STR_ARG(ada), STR_ARG(news))));
}

static struct asker ask_as(struct house *h, const char *key)
{
    struct asker a = {.house = h, .who = house_who(h, h->arena, house_key(h, key))};
    a.schema = own_schema_make(a.who, true);
    return a;
}

static const struct asker *asker_of(uint8_t choice) /* made once: they cost more than a run */
{
    static struct asker askers[ASKERS];
    if (!askers[0].schema) {
        struct house *kitchen = kitchen_open(), *blog = house_open();
        kitchen_fill(kitchen);
        house_model(blog, model_text);
        house_people(blog, people_text);
        fill_blog(blog);
        askers[0] = ask_as(blog, "guest");
        askers[1] = ask_as(blog, "writer");
        askers[2] = ask_as(kitchen, "reader");
        askers[3] = ask_as(kitchen, "editor");
        askers[4] = ask_as(kitchen, "admin");
    }
    return &askers[choice % ASKERS];
}

static bool is_query(struct arena *a, str text)
{
    struct gql_errors errors = {.arena = a};
    const struct gql_document *d = NULL;
    if (gql_read(a, text, &errors, &d) != ERR_OK)
        return false;
    for (uint32_t i = 0; i < d->operation_count; i++)
        if (d->operations[i].kind != GQL_QUERY)
            return false;
    return true;
}

static const char *const never[] = {"\"code\":\"INTERNAL_SERVER_ERROR\"", "\"code\":\"unknown-field\"", "\"code\":\"unknown-operator\""};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct asker *as = asker_of(size > 0 ? data[0] : 0);
    struct arena *a = arena_open(64u << 10);
    str text = size > 0 ? (str){(const char *)data + 1, size - 1} : S("");
    if (text.len <= LIMIT_GRAPHQL_BYTES && is_query(a, text)) {
        struct json_options deep = {.depth_max = LIMIT_JSON_DEPTH};
        struct problem why = {.arena = a};
        const struct json *answer = NULL;
        str told = gql_ask_gate(a, as->schema, as->house->gate, as->who, text, NULL);
        must(json_read(a, told, &deep, S("answer"), &answer, &why) == ERR_OK && answer->type == JSON_MAP);
        must(json_get(answer, S("errors")) || json_get(answer, S("data")));
        for (size_t i = 0; i < COUNTOF(never); i++)
            must(!str_contains(told, str_of(never[i])));
    }
    arena_close(a);
    return 0;
}

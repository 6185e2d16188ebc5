/* Items in several languages, as a client meets them: step by step against one house. */
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

#define MODEL                                                                                                    \
    "[{name:'posts', fields:["                                                                                   \
    "  {name:'title', kind:'text', required:true, localized:true, maxlength:20},"                                \
    "  {name:'slug', kind:'slug', from:'title', unique:true, localized:true},"                                   \
    "  {name:'rank', kind:'number', localized:true}, {name:'tags', kind:'tags', localized:true},"                \
    "  {name:'seo', kind:'set', localized:true, fields:[{name:'t', kind:'text'}, {name:'d', kind:'text'}]},"     \
    "  {name:'day', kind:'datetime', localized:true}, {name:'on', kind:'boolean', localized:true},"              \
    "  {name:'code', kind:'text'}, {name:'next', kind:'ref', to:'posts'}]}]"

#define PEOPLE                                                                                                   \
    "{roles: {german: [{collection:'posts', verbs:['read','create','update','publish'], locales:['de']}],"        \
    "         secretive: [{collection:'posts', verbs:['read'], where:{title:{$ne:'One'}}}],"                      \
    "         polyglot: [{collection:'posts', verbs:['read','create','update'], locales:['en','de']}]},"          \
    " keys: {german: {role:'german'}, polyglot: {role:'polyglot'}, secretive: {role:'secretive'}, admin: {role:'admin'}}}"

struct call {
    const char *key, *method, *target, *body; /* ' stands for ", $1 and $2 for the items */
    int status;
    const char *has, *lacks;                  /* in the answer */
};

struct scene {
    struct house *house;
    str ids[3];
    size_t items;
};

static str spelt(struct arena *a, const struct scene *s, const char *text)
{
    struct buf b;
    buf_init(&b, a, 65536);
    for (const char *c = text; *c; c++) {
        if (*c == '$' && c[1] >= '1' && c[1] <= '3')
            buf_add(&b, s->ids[*++c - '1']);
        else
            buf_byte(&b, *c == '\'' ? '"' : *c);
    }
    return buf_str(&b);
}

static void take(struct scene *s, const struct call *step)
{
    struct arena *a = arena_open(64u << 10);
    str target = spelt(a, s, step->target), body = step->body ? spelt(a, s, step->body) : S("");
    str headers = arena_format(a, "api-key: " STR_FMT "\n%s", STR_ARG(house_key(s->house, step->key)),
                               step->body ? "Content-Type: application/json\n" : "");
    struct fake_exchange *f =
        rest_request(s->house->gate, a, step->method, arena_cstr(a, target), arena_cstr(a, headers), body, NULL);
    str answer = rest_answer(f);
    bool fits = f->status == step->status && (!step->has || str_contains(answer, spelt(a, s, step->has))) &&
                (!step->lacks || !str_contains(answer, spelt(a, s, step->lacks)));
    if (!fits)
        (void)fprintf(stderr, "%s %s: %s\nwanted %d %s\n", step->method, arena_cstr(a, target), arena_cstr(a, answer),
                      step->status, step->has ? step->has : "");
    CHECK(fits);
    arena_close(a);
}

static void open_scene(struct scene *s)
{
    *s = (struct scene){.house = house_open()};
    house_model(s->house, MODEL);
    str en = house_item(s->house, "locales", "{code:'en', name:'English', standard:true}");
    str de = house_item(s->house, "locales", "{code:'de'}");
    (void)en;
    struct arena *a = s->house->arena;
    (void)house_item(s->house, "locales", arena_cstr(a, arena_format(a, "{code:'fr', fallback:'" STR_FMT "'}", STR_ARG(de))));
    (void)house_item(s->house, "locales", "{code:'fi', enabled:false}");
    house_people(s->house, PEOPLE);
    s->ids[0] = house_item(s->house, "posts", "{title:'One', rank:1, tags:['a'], code:'x', seo:{t:'T', d:'D'}}");
    s->ids[1] = house_item(s->house, "posts", "{title:'Two', rank:2, code:'y'}");
}

static void run(const struct call *steps, size_t count)
{
    struct scene s;
    open_scene(&s);
    for (size_t i = 0; i < count; i++) {
        CHECK_AT(i);
        take(&s, &steps[i]);
    }
    house_close(s.house);
}

#define ITEM "/api/content/item/posts"
#define ITEMS "/api/content/items/posts"

static void values_are_written_and_read_by_language(void **state)
{
    static const struct call steps[] = {
        {"admin", "PATCH", ITEM "/$1?locale=de", "{'title':'Eins','rank':11,'tags':['b','c'],'day':'2026-01-02T03:04:05Z','on':true}", 200,
         "'title':'Eins'", NULL},
        {"admin", "GET", ITEM "/$1", NULL, 200, "'title':'One','slug':'one','rank':1,'tags':['a']", "_i18n"},
        {"admin", "GET", ITEM "/$1?locale=default", NULL, 200, "'title':'One'", "_locale"},
        {"admin", "GET", ITEM "/$1?locale=DE", NULL, 200, "'title':'Eins','slug':'eins','rank':11,'tags':['b','c'],'seo':{'t':'T','d':'D'},'day':'2026-01-02T03:04:05Z','on':true", NULL},
        {"admin", "GET", ITEM "/$1?locale=de-CH", NULL, 200, "'title':'Eins'", NULL},
        {"admin", "GET", ITEM "/$1?locale=fr", NULL, 200, "'title':'Eins'", NULL},
        {"admin", "GET", ITEM "/$1?locale=fr&fallback=none", NULL, 200, "'title':null", NULL},
        {"admin", "GET", ITEM "/$1?locale=fr&fallback=en,de", NULL, 200, "'title':'One'", NULL},
        {"admin", "GET", ITEM "/$1?locale=fr&fallback=xx", NULL, 400, "There is no language", NULL},
        {"admin", "GET", ITEM "/$1?locale=xx", NULL, 200, "'title':'One'", NULL},
        {"admin", "GET", ITEM "/$1?locale=fi", NULL, 200, "'title':'One'", NULL},
        {"admin", "GET", ITEM "/$1?locale=de&locale_report=1", NULL, 200, "'_locale':{'seo':'en'}", NULL},
        {"admin", "GET", ITEM "/$1?locale=fr&locale_report=1", NULL, 200, "'_locale':{'title':'de','slug':'de','rank':'de','tags':'de','seo':'en'", NULL},
        {"admin", "GET", ITEM "/$1?locale_report=2", NULL, 400, "locale_report must be 1 or 0", NULL},
        {"admin", "GET", ITEM "/$1?locale=all", NULL, 200, "'title':{'en':'One','de':'Eins'}", NULL},
        {"admin", "GET", ITEM "/$2?locale=*", NULL, 200, "'title':{'en':'Two'},'slug':{'en':'two'},'rank':{'en':2},'tags':{}", NULL},
        {"admin", "PATCH", ITEM "/$1?locale=de", "{'code':'z','seo':{'t':'Titel'}}", 200, "'seo':{'t':'Titel'}", NULL},
        {"admin", "PATCH", ITEM "/$1?locale=de", "{'seo':{'d':'Text'}}", 200, "'seo':{'t':'Titel','d':'Text'}", NULL},
        {"admin", "GET", ITEM "/$1", NULL, 200, "'code':'z'", "Titel"},
        {"admin", "PATCH", ITEM "/$1?locale=all", "{'title':{'de':null,'fr':'Un'}}", 200, "'title':{'en':'One','fr':'Un'}", NULL},
        {"admin", "PATCH", ITEM "/$1?locale=all", "{'title':{'xx':'Un'}}", 422, "/title/xx", NULL},
        {"admin", "PATCH", ITEM "/$1?locale=all", "{'title':'Un'}", 422, "object of languages", NULL},
        {"admin", "PATCH", ITEM "/$1?locale=xx", "{'title':'Un'}", 400, "There is no language", NULL},
        {"admin", "PATCH", ITEM "/$1?locale=de", "{'title':'123456789012345678901'}", 422, "/title", NULL},
        {"admin", "POST", ITEM, "{'data':{'_id':'$1','title_de':'Suffix','title_en':'Best','title_xx':1}}", 422, "title_xx", NULL},
        {"admin", "POST", ITEM, "{'data':{'_id':'$1','title_de':'Suffix','title_en':'Best'}}", 200, "'title':'Best'", NULL},
        {"admin", "GET", ITEM "/$1?locale=all&fields=title", NULL, 200, "'title':{'en':'Best','de':'Suffix','fr':'Un'}", NULL},
        {"admin", "POST", ITEM "?locale=de", "{'data':{'title':'Nur'}}", 422, "title is required", NULL},
        {"admin", "POST", ITEM "?locale=all", "{'data':{'title':{'en':'New','de':'Neu'}}}", 200, "'slug':{'en':'new','de':'neu'}", NULL},
    };
    (void)state;
    run(steps, COUNTOF(steps));
}

static void conditions_orders_and_pages_look_at_the_language(void **state)
{
    static const struct call steps[] = {
        {"admin", "PATCH", ITEM "/$1?locale=de", "{'title':'Zwei','rank':30,'tags':['q']}", 200, NULL, NULL},
        {"admin", "PATCH", ITEM "/$2?locale=de", "{'title':'Drei'}", 200, NULL, NULL},
        {"admin", "PATCH", ITEM "/$1", "{'next':'$2'}", 200, NULL, NULL},
        {"admin", "GET", ITEMS "?locale=de&filter={title:\"Zwei\"}", NULL, 200, "$1", "Drei"},
        {"admin", "GET", ITEMS "?filter={title:\"Zwei\"}", NULL, 200, "\n[]", NULL},
        {"admin", "GET", ITEMS "?locale=de&filter={title:\"One\"}", NULL, 200, "\n[]", NULL},
        {"admin", "GET", ITEMS "?locale=de&filter={rank:{$gt:2}}&fields=rank,_id:0", NULL, 400, NULL, NULL},
        {"admin", "GET", ITEMS "?locale=de&filter={rank:{$gte:2}}&sort=-rank&fields={rank:1,_id:0}", NULL, 200, "[{'rank':30},{'rank':2}]", NULL},
        {"admin", "GET", ITEMS "?locale=de&fallback=none&filter={rank:null}&fields={title:1,_id:0}", NULL, 200, "[{'title':'Drei'}]", NULL},
        {"admin", "GET", ITEMS "?locale=de&filter={tags:\"q\"}&fields={title:1,_id:0}", NULL, 200, "[{'title':'Zwei'}]", NULL},
        {"admin", "GET", ITEMS "?locale=de&filter={title:{$regex:\"^z\"}}&fields={title:1,_id:0}", NULL, 200, "[{'title':'Zwei'}]", NULL},
        {"admin", "GET", ITEMS "?locale=de&sort=title&fields={title:1,_id:0}", NULL, 200, "[{'title':'Drei'},{'title':'Zwei'}]", NULL},
        {"admin", "GET", ITEMS "?sort=title&fields={title:1,_id:0}", NULL, 200, "[{'title':'One'},{'title':'Two'}]", NULL},
        {"admin", "GET", ITEMS "?locale=de&filter={\"next.title\":\"Drei\"}&populate=1&fields={next:1,_id:0}", NULL, 200, "'title':'Drei'", NULL},
        {"admin", "GET", ITEMS "?filter={\"next.title\":\"Drei\"}", NULL, 200, "\n[]", NULL},
        {"admin", "GET", ITEMS "?locale=de&sort=title&limit=1&skip=0&fields={title:1,_id:0}", NULL, 200, "'data':[{'title':'Drei'}],'meta':{'total':2", NULL},
        {"admin", "GET", ITEMS "?locale=de&filter={\"title:locale\":\"Zwei\"}&sort={\"title:locale\":1}&fields={\"title:locale\":1,_id:0}", NULL, 200, "[{'title':'Zwei'}]", NULL},
        {"admin", "GET", ITEMS "?filter={\"code:locale\":1}", NULL, 400, NULL, NULL},
        {"admin", "GET", "/api/content/models/posts/languages", NULL, 200, "{'total':2,'languages':[{'code':'en','standard':true,'whole':2,'started':2,'missing':{'title':0", NULL},
        {"admin", "GET", "/api/content/models/posts/languages", NULL, 200, "{'code':'de','standard':false,'whole':0,'started':2,'missing':{'title':0,'slug':0,'rank':1,'tags':0,'seo':1,'day':0,'on':0}}", NULL},
        {"german", "GET", "/api/content/models/posts/languages", NULL, 200, "{'total':2,'languages':[{'code':'de','standard':false,'whole':2,'started':2", "'en'"},
        {"admin", "GET", "/api/content/aggregate/posts?locale=de&pipeline=[{$match:{title:\"Zwei\"}},{$project:{title:1,_id:0}}]", NULL, 200, "'title':'Zwei'", NULL},
    };
    (void)state;
    run(steps, COUNTOF(steps));
}

static void unique_fields_are_unique_in_each_language(void **state)
{
    static const struct call steps[] = {
        {"admin", "PATCH", ITEM "/$1?locale=de", "{'slug':'eins'}", 200, NULL, NULL},
        {"admin", "PATCH", ITEM "/$2?locale=de", "{'slug':'eins'}", 409, "slug is taken by another item in the language de", NULL},
        {"admin", "PATCH", ITEM "/$2?locale=fr", "{'slug':'eins'}", 200, NULL, NULL},
        {"admin", "PATCH", ITEM "/$1?locale=de", "{'slug':'eins','rank':3}", 200, NULL, NULL},
        {"admin", "PATCH", ITEM "/$2?locale=de", "{'slug':'one'}", 200, NULL, NULL},
    };
    (void)state;
    run(steps, COUNTOF(steps));
}

static void grants_are_obeyed_language_by_language(void **state)
{
    static const struct call steps[] = {
        {"admin", "PATCH", ITEM "/$1?locale=de", "{'title':'Eins','rank':11}", 200, NULL, NULL},
        {"admin", "PATCH", ITEM "/$1?locale=fr", "{'title':'Un'}", 200, NULL, NULL},
        {"admin", "PATCH", ITEM "/$1", "{'next':'$1'}", 200, NULL, NULL},
        /* no language named: the first that he may read */
        {"german", "GET", ITEM "/$1", NULL, 200, "'title':'Eins'", "One"},
        {"german", "GET", ITEM "/$2", NULL, 200, "'title':null", "Two"},
        {"german", "GET", ITEM "/$1?locale=de&populate=1", NULL, 200, "'seo':null", "'T'"},
        {"german", "GET", ITEM "/$1?locale=default", NULL, 403, NULL, NULL},
        {"german", "GET", ITEM "/$1?locale=en", NULL, 403, NULL, NULL},
        {"german", "GET", ITEM "/$1?locale=xx", NULL, 403, NULL, NULL},
        {"german", "GET", ITEM "/$1?locale=", NULL, 403, NULL, NULL},
        {"german", "GET", ITEM "/$1?locale=de&fallback=en", NULL, 200, "'seo':null", "'T'"},
        {"german", "GET", ITEM "/$1?locale=all", NULL, 200, "'title':{'de':'Eins'}", "One"},
        {"german", "GET", ITEMS "?locale=all&filter={title:\"One\"}", NULL, 200, "\n[]", NULL},
        {"german", "GET", ITEMS "?filter={title:\"One\"}", NULL, 200, "\n[]", NULL},
        {"german", "GET", ITEMS "?locale=all&filter={\"next.title\":\"One\"}", NULL, 200, "\n[]", NULL},
        {"german", "GET", ITEMS "?filter={\"next.title\":\"Eins\"}", NULL, 200, "$1", NULL},
        /* words are those of the default language, and so are marks */
        {"german", "GET", ITEMS "?search=One", NULL, 200, "\n[]", NULL},
        {"german", "GET", ITEMS "?search=x&highlight=code", NULL, 200, "<mark>x</mark>", "One"},
        {"german", "GET", ITEMS "?search=x&highlight=title", NULL, 400, "not searched", "One"},
        {"german", "GET", ITEMS "?search=x&snippet=title&locale=de", NULL, 400, "not searched", "One"},
        {"german", "GET", "/api/content/search?q=title:One", NULL, 200, "\n[]", NULL},
        {"polyglot", "GET", ITEMS "?search=One&highlight=title", NULL, 200, "<mark>One</mark>", NULL},
        {"polyglot", "GET", ITEM "/$1?locale=fr", NULL, 403, NULL, NULL},
        {"polyglot", "GET", ITEM "/$1?locale=all", NULL, 200, "'title':{'en':'One','de':'Eins'}", "Un"},
        {"polyglot", "GET", ITEM "/$1?locale=en&fallback=fr", NULL, 200, "'title':'One'", NULL},
        /* what an administrator wrote means the default language, whatever a reader asks for */
        {"secretive", "GET", ITEMS "?locale=de", NULL, 200, "$2", "Eins"},
        /* nor is it told by what became of an item */
        {"german", "GET", ITEM "/$1/history", NULL, 200, "'rev':1", "'title'"},
        {"german", "GET", ITEM "/$1/history/1", NULL, 200, "'code'", "One"},
        {"german", "PATCH", ITEM "/$1?locale=de", "{'title':'Neu'}", 200, "'title':'Neu'", NULL},
        {"german", "PATCH", ITEM "/$1", "{'title':'Evil'}", 403, "language en", NULL},
        {"german", "PATCH", ITEM "/$1", "{'code':'shared'}", 200, NULL, NULL},
        {"german", "PATCH", ITEM "/$1?locale=fr", "{'title':'Evil'}", 403, "language fr", NULL},
        {"german", "PATCH", ITEM "/$1?locale=all", "{'title':{'en':'Evil'}}", 403, NULL, NULL},
        {"german", "PATCH", ITEM "/$1?locale=all", "{'title':null}", 403, NULL, NULL},
        {"german", "POST", ITEM, "{'data':{'_id':'$1','title_fr':'Evil'}}", 403, NULL, NULL},
        {"german", "POST", ITEM, "{'data':{'title':'Evil'}}", 403, NULL, NULL},
        {"german", "PUT", ITEM "/$1?locale=de", "{'title':'Ganz'}", 200, "'title':'Ganz','slug':'ganz'", NULL},
        {"admin", "GET", ITEM "/$1?locale=all", NULL, 200, "'title':{'en':'One','de':'Ganz','fr':'Un'},'slug':{'en':'one','de':'ganz','fr':'un'},'rank':{'en':1}", "Evil"},
        {"admin", "PUT", ITEM "/$1", "{'title':'Whole'}", 200, "'rank':null", NULL},
        {"admin", "GET", ITEM "/$1?locale=all&fields=title", NULL, 200, "'title':{'en':'Whole','de':'Ganz','fr':'Un'}", NULL},
    };
    (void)state;
    run(steps, COUNTOF(steps));
}

static void languages_that_are_used_stay(void **state)
{
    static const struct call steps[] = {
        {"admin", "POST", "/api/content/item/locales", "{'data':{'code':'All'}}", 422, "means something else", NULL},
        {"admin", "POST", "/api/content/item/locales", "{'data':{'code':'es','standard':true}}", 409, "the default already", NULL},
        {"admin", "DELETE", "/api/content/item/locales/$3", NULL, 200, NULL, NULL}, /* nobody says anything in it */
        {"admin", "GET", ITEM "/$1?locale=de&locale_report=1", NULL, 200, "'title':'One'", "'_locale'"},
    };
    static const struct call used[] = {
        {"admin", "PATCH", ITEM "/$1?locale=de", "{'title':'Eins'}", 200, NULL, NULL},
        {"admin", "DELETE", "/api/content/item/locales/$3", NULL, 409, "1 item has values in de", NULL},
        {"admin", "PATCH", "/api/content/item/locales/$3", "{'code':'de-DE'}", 409, "1 item has values in de", NULL},
        {"admin", "PATCH", "/api/content/item/locales/$3", "{'enabled':false}", 200, NULL, NULL},
        {"admin", "GET", ITEM "/$1?locale=de", NULL, 200, "'title':'One'", NULL},
        {"admin", "PATCH", "/api/content/item/locales/$3", "{'enabled':true}", 200, NULL, NULL},
        {"admin", "PATCH", ITEM "/$1?locale=all", "{'title':{'de':null},'slug':{'de':null}}", 200, NULL, NULL},
        {"admin", "PATCH", "/api/content/item/locales/$3", "{'code':'de-DE'}", 200, NULL, NULL},
    };
    static const struct call standard[] = {
        {"admin", "PATCH", "/api/content/item/locales/$3", "{'standard':false}", 200, NULL, NULL}, /* still the first */
        {"admin", "PATCH", "/api/content/item/locales/$3", "{'enabled':false}", 409, "2 items have values in the default language en, which de", NULL},
        {"admin", "PATCH", "/api/content/item/locales/$3", "{'code':'en-GB'}", 200, NULL, NULL},
        {"admin", "DELETE", "/api/content/item/locales/$3", NULL, 409, "2 items", NULL},
    };
    (void)state;
    static const struct {
        const struct call *steps;
        size_t count;
        const char *code;
    } rows[] = {{steps, 2, "de"}, {&steps[2], 1, "de"}, {used, COUNTOF(used), "de"}, {standard, COUNTOF(standard), "en"}};
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct scene s;
        open_scene(&s);
        s.ids[2] = house_find(s.house, s.house->arena, "locales", "code", rows[i].code);
        for (size_t k = 0; k < rows[i].count; k++) {
            CHECK_AT(i * 100 + k);
            take(&s, &rows[i].steps[k]);
        }
        house_close(s.house);
    }
}

static void pending_versions_have_languages(void **state)
{
    static const struct call steps[] = {
        {"admin", "PATCH", ITEM "/$1?locale=de&perspective=draft", "{'title':'Entwurf'}", 200, "'title':'Entwurf'", NULL},
        {"admin", "GET", ITEM "/$1?locale=de", NULL, 200, "'title':'One'", "Entwurf"},
        {"admin", "GET", ITEM "/$1?locale=de&perspective=draft", NULL, 200, "'title':'Entwurf'", NULL},
        {"admin", "GET", ITEMS "?locale=de&perspective=draft&filter={title:\"Entwurf\"}", NULL, 200, "$1", NULL},
        {"admin", "GET", ITEMS "?locale=de&filter={title:\"Entwurf\"}", NULL, 200, "\n[]", NULL},
        {"admin", "POST", ITEM "/$1/publish", "{}", 200, NULL, NULL},
        {"admin", "GET", ITEM "/$1?locale=all&fields=title", NULL, 200, "'title':{'en':'One','de':'Entwurf'}", NULL},
    };
    (void)state;
    run(steps, COUNTOF(steps));
}

static void a_model_may_change_its_mind(void **state)
{
    struct scene s;
    (void)state;
    open_scene(&s);
    static const struct call write = {"admin", "PATCH", ITEM "/$1?locale=de", "{'title':'Eins','rank':7}", 200, NULL, NULL};
    static const struct call both = {"admin", "GET", ITEM "/$1?locale=de", NULL, 200, "'title':'One','rank':7", NULL};
    static const struct call plain = {"admin", "GET", ITEM "/$1?locale=de", NULL, 200, "'title':'One','rank':1", NULL};
    s.ids[2] = house_find(s.house, s.house->arena, "collections", "name", "posts");
    take(&s, &write);
    static const struct call models[] = {
        {"admin", "PATCH", "/api/content/item/collections/$3", "{'definition':{'name':'posts','fields':[{'name':'title','kind':'text'},{'name':'rank','kind':'number','localized':true}]}}", 409, "translations are dropped", NULL},
        {"admin", "PATCH", "/api/content/item/collections/$3", "{'definition':{'allow_loss':true,'name':'posts','fields':[{'name':'title','kind':'text'},{'name':'rank','kind':'number','localized':true}]}}", 200, NULL, NULL},
    };
    for (size_t i = 0; i < COUNTOF(models); i++) {
        CHECK_AT(i);
        take(&s, &models[i]);
    }
    take(&s, &both);
    static const struct call set = {"admin", "PATCH", "/api/content/item/collections/$3", "{'definition':{'name':'posts','fields':[{'name':'title','kind':'text'},{'name':'rank','kind':'number','localized':true},{'name':'seo','kind':'set','localized':true,'fields':[{'name':'t','kind':'text'}]}]}}", 200, NULL, NULL};
    static const struct call fill = {"admin", "PATCH", ITEM "/$1?locale=all", "{'seo':{'en':{'t':'T'},'de':{'t':'D'}}}", 200, NULL, NULL};
    static const struct call move = {"admin", "PATCH", "/api/content/item/collections/$3", "{'definition':{'name':'posts','fields':[{'name':'title','kind':'text'},{'name':'level','was':'rank','id':77,'kind':'number','localized':true},{'name':'seo','kind':'set','localized':true,'fields':[{'name':'text','was':'t','kind':'text'}]}]}}", 200, NULL, NULL};
    static const struct call moved = {"admin", "GET", ITEM "/$1?locale=de", NULL, 200, "'level':7,'seo':{'text':'D'}", NULL};
    static const struct call back = {"admin", "PATCH", "/api/content/item/collections/$3", "{'definition':{'allow_loss':true,'name':'posts','fields':[{'name':'title','kind':'text'},{'name':'rank','was':'level','kind':'number','localized':true}]}}", 200, NULL, NULL};
    const struct call *const moves[] = {&set, &fill, &move, &moved, &back, &both};
    for (size_t i = 0; i < COUNTOF(moves); i++) {
        CHECK_AT(100 + i);
        take(&s, moves[i]);
    }
    static const struct call off = {"admin", "PATCH", "/api/content/item/collections/$3", "{'definition':{'allow_loss':true,'name':'posts','fields':[{'name':'title','kind':'text'},{'name':'rank','kind':'number'}]}}", 200, NULL, NULL};
    static const struct call on = {"admin", "PATCH", "/api/content/item/collections/$3", "{'definition':{'name':'posts','fields':[{'name':'title','kind':'text','localized':true},{'name':'rank','kind':'number','localized':true}]}}", 200, NULL, NULL};
    take(&s, &off);
    take(&s, &plain);
    take(&s, &on);
    take(&s, &plain); /* what was dropped does not come back */
    take(&s, &write);
    house_close(s.house);
}

CHECK_MAIN(TEST(values_are_written_and_read_by_language), TEST(conditions_orders_and_pages_look_at_the_language),
           TEST(unique_fields_are_unique_in_each_language), TEST(grants_are_obeyed_language_by_language),
           TEST(languages_that_are_used_stay), TEST(pending_versions_have_languages), TEST(a_model_may_change_its_mind))

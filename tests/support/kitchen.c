#include "tests/support/kitchen.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const model_text =
    "[{name:'seo_meta', shape:'component', label:'SEO', fields:[{name:'title', kind:'text', info:'Shown by search engines.'},"
    "   {name:'image', kind:'asset'}]},"
    " {name:'people', label:'People', info:'Who writes.', fields:[{name:'name', kind:'text', required:true, unique:true},"
    "   {name:'born', kind:'date'}, {name:'hidden_salary', kind:'number', label:'hidden pay'},"
    "   {name:'mentor', kind:'ref', to:'people'}, {name:'pin', kind:'password'}]},"
    " {name:'quote', shape:'component', fields:[{name:'words', kind:'text', required:true}, {name:'by', kind:'ref', to:'people'}]},"
    " {name:'badges', fields:[{name:'word', kind:'text', unique:true}]},"
    " {name:'hidden_notes', fields:[{name:'text', kind:'text'}]},"
    " {name:'sections', shape:'tree', fields:[{name:'title', kind:'text'}]},"
    " {name:'site_header', shape:'single', fields:[{name:'motto', kind:'text', localized:true}, {name:'logo', kind:'asset'}]},"
    " {name:'blog_posts', label:'Posts', info:'What happens.', fields:["
    "   {name:'title', kind:'text', required:true, localized:true, label:'Headline', info:'At most a line.'},"
    "   {name:'slug', kind:'slug', from:'title', unique:true}, {name:'body', kind:'richtext'}, {name:'style', kind:'code'},"
    "   {name:'views', kind:'number', integer:true}, {name:'stars', kind:'number', integer:true, min:1, max:5}, {name:'price', kind:'number'},"
    "   {name:'hot', kind:'boolean'}, {name:'status', kind:'select', options:['open', {value:'shut', label:'Closed'}]},"
    "   {name:'size', kind:'select', options:['s','42']}, {name:'moods', kind:'multiselect', options:['glad','sad']},"
    "   {name:'words', kind:'tags'}, {name:'day', kind:'date'}, {name:'clock', kind:'time'}, {name:'published_at', kind:'datetime'},"
    "   {name:'shade', kind:'color'}, {name:'data', kind:'object'}, {name:'place', kind:'geo'}, {name:'link', kind:'url'},"
    "   {name:'mail', kind:'email'}, {name:'scores', kind:'number', many:true}, {name:'token', kind:'secret'},"
    "   {name:'author', kind:'ref', to:'people'}, {name:'tags', kind:'ref', to:'badges', many:true},"
    "   {name:'section', kind:'ref', to:'sections'}, {name:'cover', kind:'asset'},"
    "   {name:'about', kind:'ref', to:['people','sections','hidden_notes']}, {name:'mentions', kind:'ref', to:['people','badges'], many:true},"
    "   {name:'hidden_note', kind:'ref', to:'hidden_notes'},"
    "   {name:'seo', kind:'component', of:'seo_meta'}, {name:'rows', kind:'set', many:true, fields:[{name:'name', kind:'text'},"
    "     {name:'tag', kind:'ref', to:'badges'}, {name:'inner', kind:'set', fields:[{name:'x', kind:'number'}]}]},"
    "   {name:'content', kind:'blocks', of:['seo_meta','quote']}, {name:'twice', kind:'number', computed:{$multiply:['$price',2]}}],"
    "  unique:[['author','day']]},"
    " {name:'popular', view:{from:'blog_posts', filter:{views:{$gt:10}}, fields:{heading:'title', kind:'status'}}}]";

static const char *const people_text =
    "{roles:{"
    "  editor:[{collection:'*', verbs:['read','create','update','delete','publish']}, {collection:'assets', verbs:['read','create','update']}],"
    "  reader:[{collection:'blog_posts', verbs:['read'], fields:['title','author','tags','seo']},"
    "          {collection:'people', verbs:['read'], fields:['name'], where:{born:{$exists:true}}}],"
    "  one_field:[{collection:'blog_posts', verbs:['read'], fields:['title'], where:{_state:1}}],"
    "  dropper:[{collection:'blog_posts', verbs:['create'], fields:['title','author','tags']}],"
    "  keeper:[{collection:'api_keys', verbs:['*']}],"
    "  nothing:[]},"
    " keys:{editor:{role:'editor'}, reader:{role:'reader'}, one_field:{role:'one_field'}, dropper:{role:'dropper'}, keeper:{role:'keeper'},"
    "       nothing:{role:'nothing'}, admin:{role:'admin'}}}";

struct house *kitchen_open(void)
{
    struct house *h = house_open();
    house_model(h, model_text);
    house_item(h, "locales", "{code:'en', name:'English', enabled:true, standard:true}");
    house_item(h, "locales", "{code:'de', name:'Deutsch', enabled:true}");
    house_people(h, people_text);
    return h;
}

static const char *say(struct house *h, const char *format, ...) PRINTF_LIKE(2, 3);
static const char *say(struct house *h, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = arena_get(h->arena, 4096, 1);
    int length = vsnprintf(text, 4096, format, list);
    va_end(list);
    must(length > 0 && length < 4096);
    return text;
}

str kitchen_fill(struct house *h)
{
    str ada = house_item(h, "people", "{name:'Ada', born:'1815-12-10', hidden_salary:7, pin:'correct horse'}");
    str bob = house_item(h, "people", say(h, "{name:'Bob', mentor:'" STR_FMT "'}", STR_ARG(ada)));
    str red = house_item(h, "badges", "{word:'red'}"), blue = house_item(h, "badges", "{word:'blue'}");
    str note = house_item(h, "hidden_notes", "{text:'hush'}");
    str top = house_item(h, "sections", "{title:'Top'}");
    str low = house_item(h, "sections", say(h, "{title:'Low', _pid:'" STR_FMT "'}", STR_ARG(top)));
    (void)house_item(h, "blog_posts", say(h, "{title:'Two', author:'" STR_FMT "', day:'2026-02-02'}", STR_ARG(bob)));
    return house_item(h, "blog_posts",
                      say(h,
                          "{title:'One', body:'<p>x</p>', style:'a{}', views:12, stars:3, price:1.5, hot:true, status:'open', size:'s',"
                          " moods:['glad'], words:['a','b'], day:'2026-01-01', clock:'10:00', published_at:'2026-01-01T10:00:00Z', shade:'#fff',"
                          " data:{a:[1]}, place:{type:'Point',coordinates:[1,2]}, link:'https://example.com/', mail:'a@example.com', scores:[1,2.5],"
                          " token:'s3cret', author:'" STR_FMT "', tags:['" STR_FMT "','" STR_FMT "'], section:'" STR_FMT "',"
                          " about:{_model:'sections',_id:'" STR_FMT "'}, mentions:[{_model:'people',_id:'" STR_FMT "'},{_model:'badges',_id:'" STR_FMT "'}],"
                          " hidden_note:'" STR_FMT "', seo:{title:'S'}, rows:[{name:'r',tag:'" STR_FMT "',inner:{x:1}}],"
                          " content:[{_component:'seo_meta',title:'T'},{_component:'quote',words:'W',by:'" STR_FMT "'}]}",
                          STR_ARG(ada), STR_ARG(red), STR_ARG(blue), STR_ARG(low), STR_ARG(top), STR_ARG(bob), STR_ARG(red), STR_ARG(note),
                          STR_ARG(blue), STR_ARG(ada)));
}


/* Inputs of mutations become what the content API takes, and faults come back to where they were written. */
#include "tests/support/check.h"
#include "tests/support/model_text.h"

#include "graphql/own/change_data.h"

static const char *const model_text =
    "[{name:'authors', fields:[{name:'name', kind:'text'}]},"
    " {name:'pages', fields:[{name:'title', kind:'text'}]},"
    " {name:'hero', shape:'component', fields:[{name:'title', kind:'text'}, {name:'about', kind:'ref', to:['authors','pages']}]},"
    " {name:'quote', shape:'component', fields:[{name:'words', kind:'text'}]},"
    " {name:'posts', fields:[{name:'title', kind:'text', localized:true}, {name:'views', kind:'number'}, {name:'tags', kind:'tags'},"
    "   {name:'author', kind:'ref', to:'authors'}, {name:'readers', kind:'ref', to:'authors', many:true},"
    "   {name:'about', kind:'ref', to:['authors','pages']}, {name:'abouts', kind:'ref', to:['authors','pages'], many:true},"
    "   {name:'seo', kind:'set', fields:[{name:'title', kind:'text'}, {name:'blocks', kind:'blocks', of:['hero']}]},"
    "   {name:'rows', kind:'set', many:true, fields:[{name:'about', kind:'ref', to:['authors','pages']}]},"
    "   {name:'head', kind:'component', of:'hero'}, {name:'blocks', kind:'blocks', of:['hero','quote']}, {name:'more', kind:'object'}]}]";

static const struct {
    const char *sent, *made;          /* made NULL: a fault */
    const char *there, *here;         /* a pointer into what was made, and where that was written; NULL: not looked at */
} rows[] = {
    {"{}", "{}", "/data", "data"},
    {"{title:'a', views:1, tags:['x']}", "{title:'a', views:1, tags:['x']}", "/data/tags/0", "data.tags.0"},
    {"{title:null, author:null, blocks:null}", "{title:null, author:null, blocks:null}", "/data/author", "data.author"},
    {"{more:{hero:{about:1}}}", "{more:{hero:{about:1}}}", "/data/more/hero", "data.more.hero"},
    {"{_id:'1', _state:0}", "{_id:'1', _state:0}", "/data/_state", "data._state"},
    /* references */
    {"{author:'1'}", "{author:'1'}", NULL, NULL},
    {"{readers:['1','2']}", "{readers:['1','2']}", "/data/readers/1", "data.readers.1"},
    {"{author:{connect:'1'}}", "{author:{connect:'1'}}", "/data/author/connect", "data.author.connect"},
    {"{author:{create:{name:'A'}}}", "{author:{create:{name:'A'}}}", "/data/author/create/name", "data.author.create.name"},
    {"{author:{update:{data:{name:'A'}, ifRev:3}}}", "{author:{update:{_if_rev:3, name:'A'}}}", "/data/author/update/name", "data.author.update.data.name"},
    {"{author:{update:{data:{name:'A'}, ifRev:3}}}", "{author:{update:{_if_rev:3, name:'A'}}}", "/data/author/update/_if_rev", "data.author.update.ifRev"},
    {"{author:{update:{data:{}, ifRev:null}}}", "{author:{update:{}}}", NULL, NULL},
    {"{readers:{set:['1'], connect:[{_id:'2', position:{start:true}}], create:[{name:'A'}], update:[{_id:'3', data:{name:'B'}}]}}",
     "{readers:{set:['1'], connect:[{_id:'2', position:{start:true}}], create:[{name:'A'}], update:[{_id:'3', name:'B'}]}}",
     "/data/readers/update/0/name", "data.readers.update.0.data.name"},
    {"{readers:{update:[{_id:'3', data:{name:'B'}}]}}", "{readers:{update:[{_id:'3', name:'B'}]}}", "/data/readers/update/0/_id", "data.readers.update.0._id"},
    {"{readers:{create:[{name:'A'}]}}", "{readers:{create:[{name:'A'}]}}", "/data/readers/create/0/name", "data.readers.create.0.name"},
    {"{readers:{set:null, connect:[]}}", "{readers:{connect:[]}}", NULL, NULL},
    {"{readers:{set:null}, author:{}}", "{}", NULL, NULL}, /* no step at all */
    {"{about:{pages:'1'}}", "{about:{_model:'pages', _id:'1'}}", "/data/about", "data.about.pages"},
    {"{abouts:[{pages:'1'},{authors:'2'}]}", "{abouts:[{_model:'pages', _id:'1'},{_model:'authors', _id:'2'}]}", "/data/abouts/1", "data.abouts.1.authors"},
    /* documents */
    {"{seo:{title:'a', blocks:[{hero:{title:'b', about:{pages:'1'}}}]}}",
     "{seo:{title:'a', blocks:[{_component:'hero', title:'b', about:{_model:'pages', _id:'1'}}]}}", "/data/seo/blocks/0/title", "data.seo.blocks.0.hero.title"},
    {"{rows:[{about:{pages:'1'}}]}", "{rows:[{about:{_model:'pages', _id:'1'}}]}", "/data/rows/0/about", "data.rows.0.about.pages"},
    {"{head:{title:'a', about:{authors:'1'}}}", "{head:{title:'a', about:{_model:'authors', _id:'1'}}}", "/data/head/title", "data.head.title"},
    {"{blocks:[{quote:{words:'a'}},{hero:{title:'b'}}]}", "{blocks:[{_component:'quote', words:'a'},{_component:'hero', title:'b'}]}", "/data/blocks/1/title", "data.blocks.1.hero.title"},
    {"{blocks:[{hero:{}}]}", "{blocks:[{_component:'hero'}]}", "/data/blocks/0/_component", "data.blocks.0.hero._component"},
    {"{blocks:[{nothing:{}}]}", "{blocks:[{nothing:{}}]}", "/data/blocks/0", "data.blocks.0"},
    /* edits */
    {"{_inc:{views:-1}}", "{$inc:{views:-1}}", "/data/$inc/views", "data._inc.views"},
    {"{_inc:{views:-1}}", "{$inc:{views:-1}}", "/data/$inc", "data._inc"},
    {"{_push:{tags:['x']}, _addToSet:{tags:['y']}, _pull:{tags:['z']}}", "{$push:{tags:['x']}, $addToSet:{tags:['y']}, $pull:{tags:['z']}}", "/data/$pull/tags/0", "data._pull.tags.0"},
    {"{_prepend:{tags:['x'], abouts:[{pages:'1'}]}}", "{'+tags':['x'], '+abouts':[{_model:'pages', _id:'1'}]}", "/data/+tags/0", "data._prepend.tags.0"},
    {"{_push:{blocks:[{quote:{words:'a'}}]}}", "{$push:{blocks:[{_component:'quote', words:'a'}]}}", "/data/$push/blocks/0/words", "data._push.blocks.0.quote.words"},
    {"{_inc:{}, _push:null}", "{}", NULL, NULL},
    /* languages */
    {"{title:'a', _translations:[{_locale:'de', title:'b'},{_locale:'fr', title:null}]}", "{title:'a', title_de:'b', title_fr:null}", "/data/title_de", "data._translations.0.title"},
    {"{_translations:null}", "{}", NULL, NULL},
    {"{_translations:[{title:'b'}]}", NULL, NULL, "data._translations.0"},
    {"{_translations:[{_locale:'', title:'b'}]}", NULL, NULL, "data._translations.0"},
};

static void inputs_are_what_the_content_api_takes(void **state)
{
    struct arena *a = arena_open(64u << 10);
    const struct model *m = NULL;
    struct problem why = {.arena = a};
    (void)state;
    if (model_of(a, model_text, false, &m, &why) != ERR_OK)
        CHECK_SAY("model: " STR_FMT, STR_ARG(faults_text(a, &why)));
    NEED(m != NULL);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct own_data d = {.arena = a};
        struct problem refused = {.arena = a};
        const struct json *made = NULL;
        CHECK_AT(i);
        enum err e = own_data_item(&d, model_find(m, S("posts")), json_of(a, rows[i].sent), S("/data"), &made, &refused);
        CHECK_ERR(e, rows[i].made ? ERR_OK : ERR_INVALID);
        if (rows[i].made && e == ERR_OK)
            CHECK_STR(json_print(a, made), json_print(a, json_of(a, rows[i].made)));
        if (rows[i].there)
            (void)problem_fault(&refused, ERR_INVALID, str_of(rows[i].there), S("rule"), "It is so");
        if (!rows[i].here)
            continue;
        own_data_faults(&d, &refused, 0);
        NEED(refused.fault_count == 1);
        CHECK_STR(refused.faults[0].path, str_of(rows[i].here));
    }
    arena_close(a);
}

CHECK_MAIN(TEST(inputs_are_what_the_content_api_takes))

#include "tests/support/check.h"
#include "tests/support/model_text.h"

#include "content/kind.h"
#include "content/system/system.h"

/* Each row: one collection (or a list), and "path rule" of every fault, in order. */
static const struct {
    const char *definition, *faults;
} refused[] = {
    /* Names. */
    {"{fields: []}", "/0/name required"},
    {"{name: '', fields: []}", "/0/name required"},
    {"{name: 7, fields: []}", "/0/name required"},
    {"{name: '1st'}", "/0/name name"},
    {"{name: 'my-posts'}", "/0/name name"},
    {"{name: '_posts'}", "/0/name name"},
    {"{name: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}", "/0/name name"},
    {"{name: 'users'}", "/0/name reserved"},
    {"{name: 'Users'}", "/0/name reserved"},
    {"{name: 'repositories'}", "/0/name reserved"},
    {"{name: 'posts', system: true}", "/0/system reserved"},
    {"[{name: 'posts'}, {name: 'Posts'}]", "/1/name duplicate"},
    {"'posts'", "/0 type"},
    {"[[1], {name: 'x'}]", "/0 type"},
    /* The collection's own keys. */
    {"{name: 'p', label: 5}", "/0/label type"},
    {"{name: 'p', shape: 'table'}", "/0/shape shape"},
    {"{name: 'p', type: 'table'}", "/0/type shape"},
    {"{name: 'p', shape: 3}", "/0/shape type, /0/shape shape"},
    {"{name: 'p', read_only: true}", "/0/read_only not-here"},
    {"{name: 'p', fields: 'title'}", "/0/fields type"},
    {"{name: 'p', lable: 'x'}", "/0/lable unknown-key"},
    {"{name: 'p', display: 'title'}", "/0/display unknown-field"},
    {"{name: 'p', display: 'o', fields: [{name: 'o', kind: 'object'}]}", "/0/display not-here"},
    {"{name: 'p', actions: [{name: 'ship'}, {name: 'ship'}, {name: 'read'}, 3]}",
     "/0/actions/1 name, /0/actions/2 name, /0/actions/3 name"},
    {"{name: 'p', unique: [['a','b']], fields: [{name: 'a', kind: 'text'}]}", "/0/unique/0/1 unknown-field"},
    {"{name: 'p', unique: [['a','a']], fields: [{name: 'a', kind: 'text'}]}", "/0/unique/0/1 duplicate"},
    {"{name: 'p', unique: [['-a']], fields: [{name: 'a', kind: 'text'}]}", "/0/unique/0/0 unknown-field"},
    {"{name: 'p', indexes: [['t'], []], fields: [{name: 't', kind: 'tags'}]}",
     "/0/indexes/0/0 not-here, /0/indexes/1 type"},
    {"{name: 'p', indexes: ['_pid']}", "/0/indexes/0/0 unknown-field"},
    /* A field's name and kind. */
    {"{name: 'p', fields: [3]}", "/0/fields/0 type"},
    {"{name: 'p', fields: [{}]}", "/0/fields/0/name required, /0/fields/0/kind required"},
    {"{name: 'p', fields: [{name: '_id', kind: 'text'}]}", "/0/fields/0/name reserved"},
    {"{name: 'p', fields: [{name: 'a-b', kind: 'text'}]}", "/0/fields/0/name name"},
    {"{name: 'p', fields: [{name: 'a', kind: 'text'}, {name: 'A', kind: 'text'}]}", "/0/fields/1/name duplicate"},
    {"{name: 'p', fields: [{name: 'a', kind: 'txt'}]}", "/0/fields/0/kind unknown-kind"},
    {"{name: 'p', fields: [{name: 'a', type: 'gallery'}]}", "/0/fields/0/type unknown-kind"},
    {"{name: 'p', fields: [{name: 'a', kind: '_id'}]}", "/0/fields/0/kind unknown-kind"},
    {"{name: 'p', fields: [{name: 'a', kind: 5}]}", "/0/fields/0/kind type"},
    {"{name: 'p', fields: [{name: 'a', kind: 'text', id: 5}, {name: 'b', kind: 'text', id: 5}]}",
     "/0/fields/1/id duplicate"},
    {"{name: 'p', fields: [{name: 'a', kind: 'text', id: -1}]}", "/0/fields/0/id type"},
    {"{name: 'p', fields: [{name: 'a', kind: 'text', requierd: true}]}", "/0/fields/0/requierd unknown-key"},
    {"{name: 'p', fields: [{name: 'a', kind: 'text', required: 'yes'}]}", "/0/fields/0/required type"},
    /* Keys that a kind does not know. */
    {"{name: 'p', fields: [{name: 'a', kind: 'text', min: 1}]}", "/0/fields/0/min not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'number', minlength: 1}]}", "/0/fields/0/minlength not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'text', max_items: 1}]}", "/0/fields/0/max_items not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'date', options: ['x']}]}", "/0/fields/0/options not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'text', to: 'p'}]}", "/0/fields/0/to not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'boolean', many: true, unique: true}]}", "/0/fields/0/unique not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'tags', indexed: true}]}", "/0/fields/0/indexed not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'secret', unique: true}]}", "/0/fields/0/unique not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'secret', many: true}]}", "/0/fields/0/many not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'slug', multiple: true}]}", "/0/fields/0/multiple not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'text', locked: true}]}", "/0/fields/0/locked not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'text', apart: true}]}", "/0/fields/0/apart not-here"},
    /* Rules that contradict themselves. */
    {"{name: 'p', fields: [{name: 'a', kind: 'number', min: 3, max: 2}]}", "/0/fields/0 range"},
    {"{name: 'p', fields: [{name: 'a', kind: 'text', minlength: 3, maxlength: 2}]}", "/0/fields/0 range"},
    {"{name: 'p', fields: [{name: 'a', kind: 'tags', min_items: 3, max_items: 2}]}", "/0/fields/0 range"},
    {"{name: 'p', fields: [{name: 'a', kind: 'text', match: '('}]}", "/0/fields/0/match match"},
    {"{name: 'p', fields: [{name: 'a', kind: 'number', min: 'low'}]}", "/0/fields/0/min type"},
    {"{name: 'p', fields: [{name: 'a', type: 'number', opts: {min: 'low'}}]}", "/0/fields/0/opts/min type"},
    {"{name: 'p', fields: [{name: 'a', kind: 'select'}]}", "/0/fields/0/options required"},
    {"{name: 'p', fields: [{name: 'a', kind: 'select', options: []}]}", "/0/fields/0/options required"},
    {"{name: 'p', fields: [{name: 'a', type: 'select', opts: {options: ['x', {}]}}]}", "/0/fields/0/opts/options/1 options"},
    {"{name: 'p', fields: [{name: 'a', kind: 'select', options: ['x', 'x', 4, {value: 'y'}]}]}",
     "/0/fields/0/options/1 options, /0/fields/0/options/2 options"},
    {"{name: 'p', fields: [{name: 'a', kind: 'set'}]}", "/0/fields/0/fields required"},
    /* References. */
    {"{name: 'p', fields: [{name: 'a', kind: 'ref', required: true}]}", "/0/fields/0/to required"},
    {"{name: 'p', fields: [{name: 'a', kind: 'ref', to: 'q'}]}", "/0/fields/0/to unknown-collection"},
    {"{name: 'p', fields: [{name: 'a', type: 'contentItemLink', opts: {link: 'q'}}]}",
     "/0/fields/0/opts/link unknown-collection"},
    {"{name: 'p', fields: [{name: 'a', kind: 'asset'}]}", "/0/fields/0/to unknown-collection"},
    {"{name: 'p', fields: [{name: 'a', kind: 'ref', to: 'p', on_delete: 'explode'}]}", "/0/fields/0/on_delete on_delete"},
    {"{name: 'p', fields: [{name: 'a', kind: 'ref', to: 'p', required: true, on_delete: 'clear'}]}",
     "/0/fields/0/on_delete on_delete"},
    {"{name: 'p', fields: [{name: 'a', kind: 'text', back: 'x'}]}", "/0/fields/0/back not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'ref', to: 'p', back: 7}]}", "/0/fields/0/back type"},
    {"{name: 'p', fields: [{name: 'a', kind: 'ref', to: 'p', back: '_x'}]}", "/0/fields/0/back name"},
    {"{name: 'p', fields: [{name: 'a', kind: 'ref', to: 'p', back: 'A'}]}", "/0/fields/0/back name-taken"},
    {"{name: 'p', fields: [{name: 'a', kind: 'ref', to: 'p', back: 'x'}, {name: 'b', kind: 'ref', to: 'p', back: 'X'}]}",
     "/0/fields/0/back name-taken, /0/fields/1/back name-taken"},
    {"{name: 'p', fields: [{name: 'a', kind: 'ref', to: 'p', back: 'p_via_b'}, {name: 'b', kind: 'ref', to: 'p'}]}",
     "/0/fields/0/back name-taken"},
    {"[{name: 'p', fields: [{name: 'a', kind: 'ref', to: ['q', 'p'], back: 't'}]}, {name: 'q', fields: [{name: 't', kind: 'text'}]}]",
     "/0/fields/0/back name-taken"},
    {"{name: 'p', fields: [{name: 's', kind: 'set', fields: [{name: 'a', kind: 'ref', to: 'p', back: 'x'}]}]}",
     "/0/fields/0/fields/0/back not-here"},
    {"{name: 'p', fields: [{name: 's', kind: 'slug', from: 'title'}]}", "/0/fields/0/from unknown-field"},
    {"{name: 'p', fields: [{name: 's', kind: 'slug', from: 's'}]}", "/0/fields/0/from from"},
    {"{name: 'p', fields: [{name: 's', kind: 'slug', from: 'n'}, {name: 'n', kind: 'number'}]}",
     "/0/fields/0/from from"},
    /* Sets. */
    {"{name: 'p', fields: [{name: 's', kind: 'set', fields: [{name: 'x', kind: 'y'}, {name: 'x', kind: 'text'}]}]}",
     "/0/fields/0/fields/0/kind unknown-kind, /0/fields/0/fields/1/name duplicate"},
    {"{name: 'p', fields: [{name: 's', type: 'set', opts: {fields: [{name: 'x', type: 'y'}]}}]}",
     "/0/fields/0/opts/fields/0/type unknown-kind"},
    {"{name: 'p', fields: [{name: 's', kind: 'set', fields: [{name: 'x', kind: 'text', unique: true}]}]}",
     "/0/fields/0/fields/0/unique not-here"},
    {"{name: 'p', fields: [{name: 's', kind: 'set', fields: [{name: 'x', kind: 'secret'}]}]}",
     "/0/fields/0/fields/0/kind not-here"},
    {"{name: 'p', fields: [{name: 's', kind: 'set', fields: [{name: 'x', kind: 'ref', to: 'q'}]}]}",
     "/0/fields/0/fields/0/to unknown-collection"},
    /* Defaults. */
    {"{name: 'p', fields: [{name: 'a', kind: 'number', default: 'x'}]}", "/0/fields/0/default type"},
    {"{name: 'p', fields: [{name: 'a', kind: 'number', max: 3, default: 4}]}", "/0/fields/0/default max"},
    {"{name: 'p', fields: [{name: 'a', kind: 'select', options: ['x'], default: 'y'}]}", "/0/fields/0/default options"},
    {"{name: 'p', fields: [{name: 'a', type: 'text', opts: {default: 4}}]}", "/0/fields/0/opts/default type"},
    {"{name: 'p', fields: [{name: 'a', kind: 'secret', default: 'x'}]}", "/0/fields/0/default not-here"},
    {"{name: 'p', fields: [{name: 'a', kind: 'ref', to: 'p', default: '$user'}]}", "/0/fields/0/default format"},
    {"{name: 'p', fields: [{name: 'a', kind: 'number', default: '$now'}]}", "/0/fields/0/default type"},
    /* All at once. */
    {"[{name: 'p', fields: [{name: 'a'}, {name: 'b', kind: 'ref', to: 'nowhere'}]}, {name: 'q', fields: [{kind: 'text'}]}]",
     "/0/fields/0/kind required, /1/fields/0/name required, /0/fields/1/to unknown-collection"},
};

static str paths_and_rules(struct arena *a, const struct problem *why)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    for (size_t i = 0; i < why->fault_count; i++)
        buf_format(&b, "%s" STR_FMT " " STR_FMT, i > 0 ? ", " : "", STR_ARG(why->faults[i].path),
                   STR_ARG(why->faults[i].rule));
    return buf_str(&b);
}

static void bad_definitions_are_refused_with_every_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(refused); i++) {
        struct arena *a = arena_open(4096);
        const struct model *m;
        struct problem why = {.arena = a};
        CHECK_AT(i);
        CHECK_ERR(model_of(a, refused[i].definition, false, &m, &why), ERR_INVALID);
        CHECK(m == NULL);
        CHECK_STR(paths_and_rules(a, &why), str_of(refused[i].faults));
        CHECK(why.text.len > 0);
        arena_close(a);
    }
}

static const struct {
    const char *definition, *canonical;
} spellings[] = {
    {"{name: 'p'}", "{name: 'p', shape: 'list', fields: []}"},
    {"{name: 'p', label: 'p', info: '', group: null, shape: 'tree', icon: 'x', color: null, fields: []}",
     "{name: 'p', shape: 'tree', fields: [], icon: 'x'}"},
    {"{name: 'p', type: 'singleton', meta: {}, _created: 3, revisions: false}", "{name: 'p', shape: 'single', fields: []}"},
    {"{name: 'p', type: 'collection', meta: {unique: 'a, b', limit: 5}, fields: [{name: 'a', type: 'text'}, {name: 'b', type: 'text'}]}",
     "{name: 'p', shape: 'list', fields: [{name: 'a', kind: 'text', id: 3826002220, unique: true},"
     " {name: 'b', kind: 'text', id: 3876335077, unique: true}], meta: {limit: 5}}"},
    {"{name: 'p', meta: {unique: ['a']}, fields: [{name: 'a', type: 'text', required: false, group: ''}]}",
     "{name: 'p', shape: 'list', fields: [{name: 'a', kind: 'text', id: 3826002220, unique: true}]}"},
    {"{name: 'p', unique: ['a', ['a', '_state']], fields: [{name: 'a', kind: 'text'}]}",
     "{name: 'p', shape: 'list', fields: [{name: 'a', kind: 'text', id: 3826002220}], unique: [['a'], ['a', '_state']]}"},
};

static void definitions_have_one_canonical_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(spellings); i++) {
        struct arena *a = arena_open(4096);
        const struct model *m;
        struct problem why = {.arena = a};
        CHECK_AT(i);
        CHECK_ERR(model_of(a, spellings[i].definition, false, &m, &why), ERR_OK);
        if (m)
            CHECK_STR(collection_print(a, m->collections[0]), json_print(a, json_of(a, spellings[i].canonical)));
        arena_close(a);
    }
}

/* One field, as Cockpit writes it, and as we print it (name "a", without the id). */
static const struct {
    const char *given, *canonical;
} fields[] = {
    {"{type: 'text', i18n: true, opts: {multiline: true, minlength: 2, maxlength: 9, placeholder: 'x'}}",
     "{name:'a',kind:'text',localized:true,minlength:2,maxlength:9,opts:{multiline:true,placeholder:'x'}}"},
    {"{type: 'wysiwyg', label: 'Body', required: true}", "{name:'a',kind:'richtext',label:'Body',required:true}"},
    {"{type: 'number', opts: {min: 0, max: 5, step: 1}}", "{name:'a',kind:'number',min:0,max:5,opts:{step:1}}"},
    {"{type: 'date', opts: {min: '2020-01-01'}}", "{name:'a',kind:'date',opts:{min:'2020-01-01'}}"},
    {"{type: 'select', opts: {options: 'a, b,c'}}", "{name:'a',kind:'select',options:['a','b','c']}"},
    {"{type: 'select', opts: {options: ['a', {value: 'b', label: 'B'}], multiple: true}}",
     "{name:'a',kind:'multiselect',options:['a',{value:'b',label:'B'}]}"},
    {"{type: 'select', multiple: true, opts: {options: ['a']}}", "{name:'a',kind:'multiselect',options:['a']}"},
    {"{type: 'tags', opts: {max: 3}}", "{name:'a',kind:'tags',max_items:3}"},
    {"{type: 'contentItemLink', multiple: true, opts: {link: 'p', filter: {x: 1}}}",
     "{name:'a',kind:'ref',many:true,to:'p',opts:{filter:{x:1}}}"},
    {"{type: 'set', opts: {fields: [{name: 'b', type: 'text', opts: {default: 'x'}}], display: '${data.b}'}}",
     "{name:'a',kind:'set',fields:[{name:'b',kind:'text',default:'x'}],opts:{display:'${data.b}'}}"},
    {"{type: 'table', opts: {columns: [{name: 'c', label: 'C'}]}}",
     "{name:'a',kind:'set',many:true,fields:[{name:'c',kind:'text',label:'C'}],editor:'table'}"},
    {"{type: 'nav'}", "{name:'a',kind:'object',editor:'nav'}"},
    {"{type: 'boolean', opts: {default: false, label: 'On?'}}", "{name:'a',kind:'boolean',default:false,opts:{label:'On?'}}"},
    {"{type: 'text', opts: {}, meta: {}, condition: ''}", "{name:'a',kind:'text'}"},
    {"{kind: 'text', was: 'b', width: '1-2', zebra: 1, ape: 2}", "{name:'a',kind:'text',was:'b',ape:2,width:'1-2',zebra:1}"},
    {"{kind: 'text', opts: {b: 1, a: 2}}", "{name:'a',kind:'text',opts:{a:2,b:1}}"},
    {"{kind: 'number', type: 'text', min: 1, opts: {min: 3}}", "{name:'a',kind:'number',min:1}"},
};

static struct json with_name(struct arena *a, const struct json *field)
{
    struct json *members = NEW_N(a, struct json, field->count + 1);
    members[0] = json_named(S("name"), json_of_text(S("a")));
    memcpy(members + 1, field->items, field->count * sizeof *members);
    return json_of_map(members, field->count + 1);
}

static void cockpits_spelling_of_fields_is_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(fields); i++) {
        struct arena *a = arena_open(4096);
        struct json field = with_name(a, json_of(a, fields[i].given));
        struct json members[] = {json_named(S("name"), json_of_text(S("p"))), json_named(S("fields"), json_of_list(&field, 1))};
        struct json definition = json_of_map(members, 2);
        const struct json *list[] = {&definition};
        struct model *m = NULL;
        struct problem why = {.arena = a};
        CHECK_AT(i);
        CHECK_ERR(model_read(list, 1, 1, &m, &why), ERR_OK);
        if (m)
            CHECK_STR(json_print(a, m->collections[0]->fields[META_COUNT].definition),
                      json_print(a, json_of(a, fields[i].canonical)));
        else
            CHECK_STR(faults_text(a, &why), S(""));
        counted_release(m ? &m->counted : NULL);
        arena_close(a);
    }
}

static const struct model *must_read(struct arena *a, const char *json5, bool system)
{
    const struct model *m;
    struct problem why = {.arena = a};
    if (model_of(a, json5, system, &m, &why) != ERR_OK)
        CHECK_STR(faults_text(a, &why), S("no faults"));
    NEED(m != NULL);
    return m;
}

static void a_collection_knows_its_fields(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    const struct model *m = must_read(a,
        "[{name: 'posts', label: 'Posts', fields: [{name: 'body', kind: 'richtext'}, {name: 'title', kind: 'text',"
        "   label: 'Title', required: true, match: '[A-Z].*'}, {name: 'tags', kind: 'tags'},"
        "  {name: 'authors', kind: 'ref', to: 'people', many: true}, {name: 'editor', kind: 'ref', to: 'people', required: true},"
        "  {name: 'token', kind: 'secret'}]}, {name: 'people', shape: 'tree'}]", false);
    const struct collection *posts = model_find(m, S("posts")), *people = model_find(m, S("people"));
    NEED(posts != NULL && people != NULL);
    CHECK(model_find(m, S("Posts")) == NULL);
    CHECK_INT(m->epoch, 7);
    CHECK_INT(m->collection_count, 2);
    CHECK_INT(posts->field_count, META_COUNT + 6);
    CHECK_STR(posts->table, S("\"c_posts\""));
    CHECK_STR(posts->display->name, S("title"));
    CHECK_STR(people->display->name, S("_id"));
    CHECK_STR(people->label, S("people"));

    const struct field *title = collection_field(posts, S("title"));
    NEED(title != NULL);
    CHECK(title == &posts->fields[title->index] && title->in == posts && title->required && title->pattern);
    CHECK_STR(title->column, S("\"title\""));
    CHECK_STR(title->json_name, S("\"title\":"));

    const struct field *tags = collection_field(posts, S("tags"));
    CHECK(tags->many && tags->kind->column == COLUMN_JSON && (tags->kind->flags & KIND_LIST) && tags->kind->one);

    const struct field *authors = collection_field(posts, S("authors"));
    CHECK(authors->to == people && authors->many && authors->kind->column == COLUMN_NONE);
    CHECK_STR(authors->link_table, S("\"posts.authors\""));
    CHECK_INT(authors->on_delete, ON_DELETE_CLEAR);

    const struct field *editor = collection_field(posts, S("editor"));
    CHECK(editor->kind->column == COLUMN_REF && !editor->many);
    CHECK_INT(editor->on_delete, ON_DELETE_REFUSE);

    const struct field *token = collection_field(posts, S("token"));
    CHECK(field_set_has(&posts->secret_fields, token->index) && field_set_has(&posts->all_fields, token->index));
    CHECK(!field_set_has(&posts->secret_fields, title->index));
    arena_close(a);
}

static void meta_fields_follow_the_shape(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    const struct model *m =
        must_read(a, "[{name: 'l'}, {name: 't', shape: 'tree'}, {name: 's', shape: 'single'}]", false);
    static const str names[META_COUNT] = {STR("_id"),  STR("_state"), STR("_created"), STR("_modified"), STR("_cby"),
                                          STR("_mby"), STR("_rev"),   STR("_pid"),     STR("_o"),
                                          STR("_i18n")};
    for (size_t i = 0; i < 3; i++) {
        const struct collection *c = m->collections[i];
        for (size_t k = 0; k < META_COUNT; k++) {
            bool there = k < META_PARENT || (c->shape == SHAPE_TREE && k < META_I18N);
            CHECK_AT(i * 100 + k);
            CHECK(field_set_has(&c->meta_fields, k) == there && field_set_has(&c->all_fields, k) == there);
            CHECK((collection_field(c, names[k]) != NULL) == there);
            CHECK_STR(c->fields[k].name, names[k]);
            CHECK(c->fields[k].is_meta && c->fields[k].index == k && c->fields[k].in == c);
        }
    }
    CHECK(m->collections[1]->fields[META_PARENT].to == m->collections[1]);
    arena_close(a);
}

static void ids_are_made_of_the_first_name(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    const struct model *m = must_read(a,
        "{name: 'p', fields: [{name: 'title', kind: 'text'}, {name: 'b', kind: 'text', id: 12},"
        " {name: 'headline', kind: 'text', was: 'title'}, {name: 'c', kind: 'text', was: 'd'}, {name: 'd', kind: 'text'}]}",
        false);
    const struct field *f = m->collections[0]->fields + META_COUNT;
    CHECK_INT(f[0].id, 2556802313u);
    CHECK_INT(f[1].id, 12);
    CHECK_INT(f[2].id, 2556802314u); /* taken by its namesake */
    CHECK_INT(f[4].id, f[3].id + 1);
    arena_close(a);
}

static void system_definitions_read_and_can_be_extended(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    const struct model *plain = must_read(a, "[]", true);
    const struct model *m = must_read(a,
        "[{name: 'users', extends: true, fields: [{name: 'phone', kind: 'text'}, {name: 'portrait', kind: 'asset'}]},"
        " {name: 'posts', fields: [{name: 'author', kind: 'ref', to: 'users', default: '$user'}]}]", true);
    CHECK_INT(m->collection_count, plain->collection_count + 1);
    const struct collection *users = model_find(m, S("users")), *before = model_find(plain, S("users"));
    NEED(users != NULL && before != NULL);
    CHECK(users->system && collection_field(users, S("phone")) && collection_field(users, S("email"))->unique);
    CHECK_INT(users->field_count, before->field_count + 2);
    CHECK_STR(collection_field(users, S("portrait"))->to->name, S("assets"));
    CHECK(model_find(m, S("journal"))->read_only);
    for (size_t i = 0; i < plain->collection_count; i++)
        CHECK(plain->collections[i]->system && system_name_reserved(plain->collections[i]->name));
    arena_close(a);
}

static void extensions_only_add_fields(void **state)
{
    (void)state;
    static const struct {
        const char *definition, *fault;
    } rows[] = {
        {"{name: 'users', extends: true, fields: [{name: 'email', kind: 'text'}]}", "/fields/0/name duplicate"},
        {"{name: 'users', extends: true, label: 'Folk'}", "/label not-here"},
        {"{name: 'users', extends: true, fields: [{name: 'x', kind: 'text', locked: true}]}", "/fields/0/locked not-here"},
        {"{name: 'users', extends: true, fields: [{name: 'x', kind: 'text', required: true}]}", "/fields/0/required not-here"},
        {"{name: 'users', extends: true, system: true}", "/name reserved"},
        {"{name: 'users', system: true}", "/name duplicate"},
        {"{name: 'posts', extends: true}", "/extends unknown-collection"},
        {"{name: 'stores', extends: true}", "/extends unknown-collection"},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        const struct model *m;
        struct problem why = {.arena = a};
        const struct json *const *ignored;
        size_t count;
        CHECK_AT(i);
        CHECK_ERR(system_definitions(a, &ignored, &count, &why), ERR_OK);
        CHECK_ERR(model_of(a, rows[i].definition, true, &m, &why), ERR_INVALID);
        CHECK_STR(paths_and_rules(a, &why), arena_format(a, "/%zu%s", count, rows[i].fault));
        arena_close(a);
    }
}

static void printing_and_reading_is_the_identity(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    const struct model *m = must_read(a,
        "[{name: 'users', extends: true, fields: [{name: 'phone', kind: 'text', was: 'tel'}]},"
        " {name: 'posts', was: 'articles', type: 'tree', display: 's2', fields: [{name: 's', type: 'set', many: true,"
        "   opts: {fields: [{name: 'x', type: 'select', opts: {options: 'a,b'}}]}}, {name: 's2', kind: 'slug'},"
        "   {name: 'by', kind: 'ref', to: 'users', on_delete: 'cascade', required: true}], unique: ['s2'],"
        "   indexes: [['s2', '-_created']], actions: [{name: 'ship', input: {a: 1}}]}]", true);
    const struct json **definitions = NEW_N(a, const struct json *, m->collection_count);
    struct model *again = NULL;
    struct problem why = {.arena = a};
    for (size_t i = 0; i < m->collection_count; i++)
        CHECK_ERR(json_read(a, collection_print(a, m->collections[i]), NULL, S(""), &definitions[i], &why), ERR_OK);
    CHECK_ERR(model_read(definitions, m->collection_count, 1, &again, &why), ERR_OK);
    CHECK_STR(faults_text(a, &why), S(""));
    NEED(again != NULL);
    for (size_t i = 0; i < m->collection_count; i++)
        CHECK_STR(collection_print(a, again->collections[i]), collection_print(a, m->collections[i]));
    counted_release(&again->counted);
    arena_close(a);
}

CHECK_MAIN(TEST(bad_definitions_are_refused_with_every_fault), TEST(definitions_have_one_canonical_spelling),
           TEST(cockpits_spelling_of_fields_is_understood), TEST(a_collection_knows_its_fields),
           TEST(meta_fields_follow_the_shape), TEST(ids_are_made_of_the_first_name),
           TEST(system_definitions_read_and_can_be_extended), TEST(extensions_only_add_fields),
           TEST(printing_and_reading_is_the_identity))

#include "tests/support/check.h"
#include "tests/support/model_text.h"

#include "content/kind.h"

static const char *const words[] = {
    [STEP_ADD_COLLECTION] = "add-collection", [STEP_DROP_COLLECTION] = "drop-collection",
    [STEP_RENAME_COLLECTION] = "rename-collection", [STEP_ADD_FIELD] = "add-field",
    [STEP_DROP_FIELD] = "drop-field", [STEP_RENAME_FIELD] = "rename-field",
    [STEP_REBUILD_COLLECTION] = "rebuild", [STEP_ADD_INDEX] = "add-index", [STEP_DROP_INDEX] = "drop-index",
    [STEP_MOVE_MEMBERS] = "move", [STEP_COMPONENT] = "component", [STEP_ACTION] = "action",
};

/* A '!' marks steps that lose values. */
static str steps_text(struct arena *a, const struct step *steps, size_t count)
{
    struct buf b;
    buf_init(&b, a, 1u << 20);
    for (size_t i = 0; i < count; i++)
        buf_format(&b, "%s%s: " STR_FMT "\n", words[steps[i].kind], steps[i].loses ? "!" : "", STR_ARG(steps[i].text));
    return buf_str(&b);
}

#define P(fields) "{name:'p',fields:[" fields "]}"
#define T "{name:'t',kind:'text'}"

static const struct {
    const char *before, *after, *steps; /* before NULL: no model yet */
} rows[] = {
    {NULL, "[" P(T) ",{name:'q'}]", "add-collection: p is added\nadd-collection: q is added\n"},
    {"[" P(T) "]", "[" P(T) "]", ""},
    {"[{name:'p'},{name:'q'}]", "[{name:'q'}]", "drop-collection!: p is dropped with all its items\n"},
    {"[{name:'p'}]", "[{name:'q',was:'p'}]", "rename-collection: p becomes q\n"},
    {"[{name:'q'},{name:'p'}]", "[{name:'q',was:'p'},{name:'p'}]", ""},
    {"[{name:'p'}]", "[{name:'q',was:'nothing'},{name:'p'}]", "add-collection: q is added\n"},
    /* Labels and the dashboard's keys are no business of tables. */
    {"[" P(T) "]", "[" P("{name:'t',kind:'text',label:'T',info:'x',match:'a*',width:3,default:'a'}") "]", ""},
    {"[" P(T) "]", "[" P("{name:'t',kind:'richtext'}") "]", ""},
    /* Fields come, go and change their names. */
    {"[" P(T) "]", "[" P(T ",{name:'n',kind:'number',many:true}") "]",
     "add-field: p gets the field n (list of number)\n"},
    {"[" P(T) "]", "[" P(T ",{name:'r',kind:'ref',to:'p',many:true},{name:'g',kind:'tags'}") "]",
     "add-field: p gets the field r (list of ref to p)\nadd-field: p gets the field g (tags)\n"},
    {"[" P(T ",{name:'n',kind:'number'}") "]", "[" P(T) "]", "drop-field!: p loses the field n and its values\n"},
    {"[" P(T) "]", "[" P("{name:'u',kind:'text',was:'t'}") "]", "rename-field: p.t becomes u\n"},
    {"[" P("{name:'t',kind:'text',id:5}") "]", "[" P("{name:'u',kind:'text',id:5}") "]", "rename-field: p.t becomes u\n"},
    {"[" P("{name:'t',kind:'text',id:5}") "]", "[" P("{name:'u',kind:'text',id:5},{name:'t',kind:'text'}") "]",
     "rename-field: p.t becomes u\nadd-field: p gets the field t (text)\n"},
    {"[" P(T ",{name:'u',kind:'text'}") "]", "[" P("{name:'u',kind:'text',was:'t'}") "]",
     "drop-field!: p loses the field t and its values\n"},
    {"[" P(T) "]", "[" P("{name:'u',kind:'text'}") "]",
     "drop-field!: p loses the field t and its values\nadd-field: p gets the field u (text)\n"},
    {"[" P("{name:'a',kind:'text',id:1},{name:'b',kind:'text',id:2}") "]",
     "[" P("{name:'b',kind:'text',id:1},{name:'a',kind:'text',id:2}") "]",
     "rebuild: p: a becomes b; b becomes a\n"},
    {"[" P("{name:'a',kind:'text',id:1},{name:'b',kind:'text',id:2}") "]", "[" P("{name:'b',kind:'text',id:1}") "]",
     "drop-field!: p loses the field b and its values\nrename-field: p.a becomes b\n"},
    /* Secrets are never anything else than they were. */
    {"[" P("{name:'s',kind:'secret'}") "]", "[" P("{name:'s',kind:'digest'}") "]",
     "drop-field!: p loses the field s and its values\nadd-field: p gets the field s (digest)\n"},
    /* Columns that have to be made anew. */
    {"[" P("{name:'t',kind:'number'}") "]", "[" P(T) "]", "rebuild: p: t changes from number to text\n"},
    {"[" P(T) "]", "[" P("{name:'t',kind:'number'}") "]",
     "rebuild!: p: t changes from text to number; its values are dropped\n"},
    {"[" P(T) "]", "[" P("{name:'t',kind:'text',many:true}") "]", "rebuild: p: t changes from text to list of text\n"},
    {"[" P("{name:'t',kind:'text',many:true}") "]", "[" P(T) "]",
     "rebuild!: p: t changes from list of text to text; of its values only the first is kept\n"},
    {"[" P(T) "]", "[" P("{name:'t',kind:'text',required:true,unique:true}") "]",
     "rebuild: p: t becomes required; t becomes unique\n"},
    {"[" P("{name:'t',kind:'text',required:true,unique:true}") "]", "[" P(T ",{name:'n',kind:'number'}") "]",
     "rebuild: p: t is no longer required; t is no longer unique; n is added\n"},
    {"[" P(T ",{name:'u',kind:'text'}") "]", "[{name:'z',was:'p',fields:[{name:'v',kind:'text',was:'t',required:true}]}]",
     "rebuild!: z: p becomes z; t becomes v; v becomes required; u and its values are dropped\n"},
    {"[" P("{name:'r',kind:'ref',to:'p'}") ",{name:'q'}]", "[" P("{name:'r',kind:'ref',to:'q'}") ",{name:'q'}]",
     "rebuild!: p: r changes from ref to p to ref to q; its values are dropped\n"},
    {"[" P("{name:'r',kind:'ref',to:'q'}") ",{name:'q'}]", "[" P("{name:'r',kind:'ref',to:'z'}") ",{name:'z',was:'q'}]",
     "rename-collection: q becomes z\n"},
    {"[" P("{name:'r',kind:'ref',to:'p'}") "]", "[" P("{name:'r',kind:'ref',to:'p',many:true}") "]",
     "rebuild: p: r changes from ref to p to list of ref to p\n"},
    {"[" P("{name:'r',kind:'ref',to:'p'}") "]", "[" P("{name:'r',kind:'ref',to:'p',on_delete:'cascade'}") "]",
     "rebuild: p: r has another rule for deleted targets\n"},
    {"[" P("{name:'r',kind:'ref',to:'p'}") "]", "[" P("{name:'r',kind:'ref',to:'p',back:'s'}") "]", ""},
    {"[{name:'p',shape:'list'}]", "[{name:'p',shape:'tree'}]", "rebuild: p: the list becomes a tree\n"},
    {"[{name:'p',shape:'tree'}]", "[{name:'p'}]", "rebuild!: p: the tree becomes a list and loses its order\n"},
    /* Rules. */
    {"[" P(T) "]", "[{name:'p',unique:[['t','_state']],indexes:[['-t']],fields:[{name:'t',kind:'text',indexed:true}]}]",
     "add-index: p gets a unique rule on t, _state\nadd-index: p gets an index on t\nadd-index: p gets the index on t\n"},
    {"[{name:'p',unique:['t'],indexes:[['t'],['_state']],fields:[{name:'t',kind:'text',indexed:true}]}]",
     "[{name:'p',indexes:[['_state'],['-t']],fields:[" T "]}]",
     "drop-index: p loses the unique rule on t\ndrop-index: p loses the index on t\ndrop-index: p loses the index on t\n"
     "add-index: p gets an index on t\n"},
    {"[{name:'p',unique:['t'],fields:[" T "]}]", "[{name:'p',unique:['u'],fields:[{name:'u',kind:'text',was:'t'}]}]",
     "rename-field: p.t becomes u\n"},
    {"[{name:'p',unique:['t'],fields:[" T "]}]", "[{name:'p',fields:[{name:'t',kind:'number'}]}]",
     "rebuild!: p: t changes from text to number; its values are dropped\n"},
    /* Order: what is in the way goes first. */
    {"[" P("{name:'a',kind:'text'},{name:'b',kind:'text'}") ",{name:'q'}]",
     "[" P("{name:'c',kind:'text',was:'a'},{name:'a',kind:'number'}") ",{name:'z'}]",
     "drop-field!: p loses the field b and its values\nrename-field: p.a becomes c\nadd-collection: z is added\n"
     "add-field: p gets the field a (number)\ndrop-collection!: q is dropped with all its items\n"},
    {"[{name:'a'}]", "[{name:'a'},{name:'b',was:'a'}]", "rename-collection: a becomes b\nadd-collection: a is added\n"},
    {"[" P(T) "]", "[" P("{name:'u',kind:'text',was:'t'},{name:'v',kind:'text',was:'t'}") "]",
     "rename-field: p.t becomes u\nadd-field: p gets the field v (text)\n"},
};

static const struct model *must_read(struct arena *a, const char *text)
{
    const struct model *m;
    struct problem why = {.arena = a};
    if (model_of(a, text, false, &m, &why) != ERR_OK)
        CHECK_STR(faults_text(a, &why), S(""));
    NEED(m != NULL);
    return m;
}

static void two_models_make_steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        struct step *steps = NULL;
        size_t count = 0;
        CHECK_AT(i);
        const struct model *before = rows[i].before ? must_read(a, rows[i].before) : NULL;
        CHECK_ERR(model_diff(a, before, must_read(a, rows[i].after), &steps, &count, &why), ERR_OK);
        CHECK_STR(steps_text(a, steps, count), str_of(rows[i].steps));
        arena_close(a);
    }
}

static void what_was_printed_is_no_change(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    const struct model *m;
    struct step *steps;
    size_t count;
    NEED(model_of(a, "[{name:'z',was:'p',fields:[{name:'v',kind:'text',was:'t'},{name:'s',kind:'secret'}]}]", true, &m, &why) == ERR_OK);
    const struct json **definitions = NEW_N(a, const struct json *, m->collection_count);
    for (size_t i = 0; i < m->collection_count; i++)
        CHECK_ERR(json_read(a, collection_print(a, m->collections[i]), NULL, S(""), &definitions[i], &why), ERR_OK);
    struct model *shapes = NULL;
    CHECK_ERR(model_read(definitions, m->collection_count, 1, &shapes, &why), ERR_OK);
    NEED(shapes != NULL);
    CHECK_ERR(model_diff(a, shapes, m, &steps, &count, &why), ERR_OK);
    CHECK_INT(count, 0);
    CHECK_ERR(model_diff(a, m, shapes, &steps, &count, &why), ERR_OK);
    CHECK_INT(count, 0);
    CHECK_ERR(model_diff(a, NULL, m, &steps, &count, &why), ERR_OK);
    CHECK_INT(count, m->collection_count - 1); /* the journal is read-only */
    counted_release(&shapes->counted);
    arena_close(a);
}

static void single_and_many_do_not_mix(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct step *steps;
    size_t count;
    const struct model *list = must_read(a, "[{name:'q'},{name:'p'}]");
    const struct model *single = must_read(a, "[{name:'q'},{name:'p',shape:'single'}]");
    CHECK_ERR(model_diff(a, list, single, &steps, &count, &why), ERR_INVALID);
    CHECK_FAULT(&why, S("/1/shape"), S("shape"));
    CHECK(why.text.len > 0);
    arena_close(a);
}

static void values_convert_where_they_can(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
        enum conversion how;
    } pairs[] = {
        {"kind:'text'", "kind:'slug'", CONVERT_KEEP},
        {"kind:'number'", "kind:'number',integer:true", CONVERT_KEEP},
        {"kind:'number'", "kind:'text'", CONVERT_TEXT},
        {"kind:'boolean'", "kind:'text'", CONVERT_TEXT},
        {"kind:'boolean'", "kind:'number'", CONVERT_KEEP},
        {"kind:'number'", "kind:'boolean'", CONVERT_DROP},
        {"kind:'text'", "kind:'number'", CONVERT_DROP},
        {"kind:'datetime'", "kind:'text'", CONVERT_DROP},
        {"kind:'date'", "kind:'datetime'", CONVERT_DROP},
        {"kind:'text'", "kind:'tags'", CONVERT_WRAP},
        {"kind:'tags'", "kind:'text'", CONVERT_FIRST},
        {"kind:'tags'", "kind:'multiselect',options:['x']", CONVERT_KEEP},
        {"kind:'number',many:true", "kind:'tags'", CONVERT_DROP},
        {"kind:'boolean'", "kind:'boolean',many:true", CONVERT_DROP},
        {"kind:'number'", "kind:'number',many:true", CONVERT_WRAP},
        {"kind:'object'", "kind:'set',fields:[{name:'x',kind:'text'}]", CONVERT_KEEP},
        {"kind:'object'", "kind:'object',many:true", CONVERT_WRAP},
        {"kind:'object',many:true", "kind:'object'", CONVERT_KEEP},
        {"kind:'tags'", "kind:'object'", CONVERT_KEEP},
        {"kind:'set',many:true,fields:[{name:'x',kind:'text'}]", "kind:'set',fields:[{name:'x',kind:'text'}]", CONVERT_FIRST},
        {"kind:'text'", "kind:'object'", CONVERT_DROP},
        {"kind:'ref',to:'p'", "kind:'ref',to:'p'", CONVERT_KEEP},
        {"kind:'ref',to:'p'", "kind:'ref',to:'p',many:true", CONVERT_WRAP},
        {"kind:'ref',to:'p',many:true", "kind:'ref',to:'p'", CONVERT_FIRST},
        {"kind:'ref',to:'p'", "kind:'ref',to:'q'", CONVERT_DROP},
        {"kind:'ref',to:'p'", "kind:'text'", CONVERT_KEEP},
        {"kind:'ref',to:'p',many:true", "kind:'tags'", CONVERT_DROP},
        {"kind:'text'", "kind:'ref',to:'p'", CONVERT_DROP},
    };
    for (size_t i = 0; i < COUNTOF(pairs); i++) {
        struct arena *a = arena_open(4096);
        static const char frame[] = "[{name:'p',fields:[{name:'v',%s}]},{name:'q'}]";
        const struct model *before = must_read(a, arena_cstr(a, arena_format(a, frame, pairs[i].before)));
        const struct model *after = must_read(a, arena_cstr(a, arena_format(a, frame, pairs[i].after)));
        const struct field *old = collection_field(before->collections[0], S("v"));
        const struct field *new = collection_field(after->collections[0], S("v"));
        CHECK_AT(i);
        CHECK_INT(field_conversion(old, new), pairs[i].how);
        CHECK(field_ancestor(before->collections[0], new) == old);
        arena_close(a);
    }
}

CHECK_MAIN(TEST(two_models_make_steps), TEST(what_was_printed_is_no_change), TEST(single_and_many_do_not_mix),
           TEST(values_convert_where_they_can))

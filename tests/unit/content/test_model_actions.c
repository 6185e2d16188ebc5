/* Actions that another server does, as models say them (docs/model.md, actions). */
#include "tests/support/check.h"
#include "tests/support/model_text.h"

#define ORDERS "{name:'orders', fields:[{name:'title', kind:'text'}, {name:'total', kind:'number'}, {name:'pin', kind:'secret'}], actions:"

/* Each row: the actions of a collection, and "path rule" of every fault, in order. */
static const struct {
    const char *actions, *faults;
} refused[] = {
    {"[{name:'move', url:'https://a.example/x'}]", "/0/actions/0/name name"},
    {"[{name:'publish', url:'https://a.example/x'}]", "/0/actions/0 name"},
    {"{'restore': {url:'https://a.example/x'}}", "/0/actions/restore/name name"},
    {"[{name:'go', url:'ftp://a.example/x'}]", "/0/actions/0/url url"},
    {"[{name:'go', url:'https:///x'}]", "/0/actions/0/url url"},
    {"[{name:'go', url:'https://me:word@a.example/x'}]", "/0/actions/0/url url"},
    {"[{name:'go', url:'https://a.example/x y'}]", "/0/actions/0/url url"},
    {"[{name:'go', url:5}]", "/0/actions/0/url type"},
    {"[{name:'go', url:'https://a.example', on:'items'}]", "/0/actions/0/on options"},
    {"[{name:'go', url:'https://a.example', timeout_s:31}]", "/0/actions/0/timeout_s range"},
    {"[{name:'go', url:'https://a.example', timeout_s:'5'}]", "/0/actions/0/timeout_s range"},
    {"[{name:'go', url:'https://a.example', input:{}}]", ""},
    {"[{name:'go', url:'https://a.example', input:{a:1}}]", "/0/actions/0/input type"},
    {"[{name:'go', url:'https://a.example', output:[]}]", "/0/actions/0/output type"},
    {"[{name:'go', url:'https://a.example', input:[{name:'a'}]}]", "/0/actions/0/input/0/kind required"},
    {"[{name:'go', url:'https://a.example', input:[{name:'a', kind:'ref', to:'orders'}]}]", "/0/actions/0/input/0/kind not-here"},
    {"[{name:'go', url:'https://a.example', input:[{name:'s', kind:'set', fields:[{name:'a', kind:'asset'}]}]}]",
     "/0/actions/0/input/0/fields/0/kind not-here, /0/actions/0/input/0/fields/0/to unknown-collection"},
    {"[{name:'go', url:'https://a.example', output:[{name:'a', kind:'text', unique:true}]}]", "/0/actions/0/output/0/unique not-here"},
    {"[{name:'go', url:'https://a.example', secret:'whsec_x'}]", "/0/actions/0/secret not-here"},
    {"[{name:'go', on:'item', timeout_s:3}]", "/0/actions/0/on not-here, /0/actions/0/timeout_s not-here"},
    {"[{name:'go', url:'https://a.example', lable:'x'}]", "/0/actions/0/lable unknown-key"},
    {"[{name:'go', url:'https://a.example', output:[{name:'a', kind:'number'}], writes:{price:'a', total:'b', pin:'a', _rev:'a'}}]",
     "/0/actions/0/writes/price unknown-field, /0/actions/0/writes/total unknown-field, /0/actions/0/writes/pin not-here, "
     "/0/actions/0/writes/_rev unknown-field"},
    {"[{name:'go', url:'https://a.example', on:'collection', output:[{name:'a', kind:'number'}], writes:{total:'a'}}]",
     "/0/actions/0/writes not-here"},
};

static str paths_and_rules(struct arena *a, const struct problem *why)
{
    str all = S("");
    for (size_t i = 0; i < why->fault_count; i++)
        all = arena_format(a, STR_FMT "%s" STR_FMT " " STR_FMT, STR_ARG(all), i ? ", " : "", STR_ARG(why->faults[i].path),
                           STR_ARG(why->faults[i].rule));
    return all;
}

static void what_cannot_be_called_is_no_model(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(refused); i++) {
        struct arena *a = arena_open(4096);
        const struct model *m;
        struct problem why = {.arena = a};
        const char *text = arena_cstr(a, arena_format(a, ORDERS "%s}", refused[i].actions));
        CHECK_AT(i);
        enum err e = model_of(a, text, false, &m, &why);
        CHECK_ERR(e, refused[i].faults[0] ? ERR_INVALID : ERR_OK);
        CHECK_STR(paths_and_rules(a, &why), str_of(refused[i].faults));
        arena_close(a);
    }
}

static void a_model_knows_its_calls(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    const struct model *m = NULL;
    struct problem why = {.arena = a};
    CHECK_PROBLEM(model_of(a,
                           ORDERS "{price: {url:'https://a.example/price', timeout_s:5, writes:{total:'amount'},"
                                  " input:[{name:'currency', type:'select', opts:{options:'EUR,CHF'}, required:true}],"
                                  " output:[{name:'amount', kind:'number'}, {name:'lines', kind:'set', many:true, fields:[{name:'t', kind:'text'}]}]},"
                                  " sweep: {url:'http://a.example', on:'collection'}, plain: {}}}",
                           false, &m, &why),
                  ERR_OK, &why);
    NEED(m != NULL);
    const struct collection *c = model_find(m, S("orders"));
    const struct action *price = action_named(c, S("price")), *sweep = action_named(c, S("sweep")), *plain = action_named(c, S("plain"));
    NEED(price && price->out && sweep && sweep->out && plain && !plain->out);
    CHECK_STR(price->out->url, S("https://a.example/price"));
    CHECK_INT(price->out->timeout_s, 5);
    CHECK_INT(sweep->out->timeout_s, 10);
    CHECK(!price->out->on_collection && sweep->out->on_collection && !sweep->out->input);
    NEED(price->out->input && price->out->output && price->out->write_count == 1);
    CHECK_INT(price->out->input->members[0].options->count, 2);
    CHECK(price->out->writes[0].field == collection_field(c, S("total")) && price->out->writes[0].member == &price->out->output->members[0]);
    CHECK_STR(price->out->input->api_type, S("PriceOrder"));
    CHECK_STR(price->out->output->api_type, S("PriceOrderAnswer"));
    /* One spelling, which is kept. */
    str once = collection_print(a, c);
    CHECK(str_contains(once, S("\"actions\":[{\"name\":\"price\",\"url\":\"https://a.example/price\",\"timeout_s\":5,\"input\":[{\"name\":\"currency\",\"kind\":\"select\"")));
    const struct model *again = NULL;
    CHECK_PROBLEM(model_of(a, arena_cstr(a, once), false, &again, &why), ERR_OK, &why);
    NEED(again != NULL);
    CHECK_STR(collection_print(a, again->collections[0]), once);
    arena_close(a);
}

static void a_changed_call_changes_no_table(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    const struct model *before = NULL, *after = NULL;
    struct problem why = {.arena = a};
    struct step *steps;
    size_t count = 1;
    CHECK_PROBLEM(model_of(a, ORDERS "[{name:'go', url:'https://a.example'}]}", false, &before, &why), ERR_OK, &why);
    CHECK_PROBLEM(model_of(a, ORDERS "[{name:'go', url:'https://b.example'}]}", false, &after, &why), ERR_OK, &why);
    NEED(before && after);
    CHECK_PROBLEM(model_diff(a, before, after, &steps, &count, &why), ERR_OK, &why);
    NEED(count == 1);
    CHECK(steps[0].kind == STEP_ACTION && !steps[0].loses);
    CHECK_STR(steps[0].text, S("The action go of orders changes"));
    arena_close(a);
}

CHECK_MAIN(TEST(what_cannot_be_called_is_no_model), TEST(a_model_knows_its_calls), TEST(a_changed_call_changes_no_table))

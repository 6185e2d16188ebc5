#include "api/notary/desk.h"

static bool begin(struct notary_call *c, struct exchange *x, void *app, const char *collection, struct problem *why)
{
    *c = (struct notary_call){.x = x, .api = app};
    return gate_collection(c->api->gate, x->who, str_of(collection), &c->in, why) == ERR_OK;
}

bool notary_may(struct notary_call *c, struct exchange *x, void *app, const char *collection, enum verb verb, struct problem *why)
{
    return (begin(c, x, app, collection, why) && gate_may(x->who, verb, c->in)) || notary_refuse(x, why);
}

bool notary_may_act(struct notary_call *c, struct exchange *x, void *app, const char *collection, const char *action, struct problem *why)
{
    return (begin(c, x, app, collection, why) && gate_allows_action(x->who, c->in, str_of(action), why) == ERR_OK) || notary_refuse(x, why);
}

bool notary_number(struct notary_call *c, const struct params *p)
{
    if (notary_id(p, &c->number))
        return true;
    err_ignored(notary_say(c->x, c->api, 400, S("Invalid ID")));
    return false;
}

enum err notary_find(struct notary_call *c, struct problem *why)
{
    struct arena *a = c->x->arena;
    struct item_list list;
    struct query q = {.from = c->in, .limit = 1};
    q.where = filter_test(a, collection_field(c->in, S("serial")), TEST_EQ, json_of_int(c->number));
    query_all_fields(a, &q, NULL);
    query_populate(a, &q, 1);
    item_list_init(&list, a);
    TRY(gate_read(c->api->gate, c->x->who, &q, &list.receiver, NULL, why));
    if (list.count == 0)
        return problem_set(why, ERR_NOT_FOUND, "Not Found");
    c->item = &list.items[0];
    return ERR_OK;
}

enum err notary_act(const struct notary_call *c, const char *action, const struct json *input, struct problem *why)
{
    const struct json nothing = json_of_map(NULL, 0);
    struct json output;
    return gate_act(c->api->gate, c->x->who, c->in, notary_item_text(c->item, "_id"), str_of(action), input ? input : &nothing, &output,
                    c->x->arena, why);
}

const struct json *notary_input(struct arena *a, const char *name, struct json value)
{
    struct json *member = NEW(a, struct json), *map = NEW(a, struct json);
    *member = json_named(str_of(name), value);
    *map = json_of_map(member, 1);
    return map;
}

str notary_item_text(const struct json *item, const char *field)
{
    const struct json *v = json_get(item, str_of(field));
    return v && v->type == JSON_TEXT ? v->text : (str){"", 0};
}

/* POST /api/content/item/{model}/{id}/move: a node of a tree to another place. It is an ordinary update of `_pid` and
 * `_o`, for whoever may make one; siblings make room in the same transaction. */
#include "api/content/content.h"

static enum err unknown(struct exchange *x, str name, struct problem *why)
{
    return problem_fault(why, ERR_INVALID, arena_format(x->arena, "/" STR_FMT, STR_ARG(name)), S("unknown-field"),
                         "A move takes parent, before, after and position; there is no " STR_FMT, STR_ARG(name));
}

static void put(struct change *c, enum meta which, struct json v)
{
    c->values[which] = json_named(c->in->fields[which].name, v);
    field_set_add(&c->set, which);
}

static enum err take_neighbour(struct change *c, const struct json *m, enum link_place place, struct problem *why)
{
    if (c->place != PLACE_DEFAULT)
        return problem_fault(why, ERR_INVALID, arena_format(why->arena, "/" STR_FMT, STR_ARG(m->name)), S("not-here"), "One place is enough: before, after or position");
    if (m->type != JSON_TEXT)
        return problem_fault(why, ERR_INVALID, arena_format(why->arena, "/" STR_FMT, STR_ARG(m->name)), S("type"), "A neighbour is the id of a sibling");
    c->place = place;
    c->anchor = m->text;
    return ERR_OK;
}

/* "first", "last", or a number counted from 0. */
static enum err take_position(struct change *c, const struct json *m, struct problem *why)
{
    if (c->place != PLACE_DEFAULT)
        return problem_fault(why, ERR_INVALID, arena_format(why->arena, "/" STR_FMT, STR_ARG(m->name)), S("not-here"), "One place is enough: before, after or position");
    if (m->type == JSON_INT && m->integer >= 0)
        put(c, META_ORDER, json_of_int(m->integer));
    else if (json_is_text(m, S("first")))
        c->place = PLACE_START;
    else if (json_is_text(m, S("last")))
        c->place = PLACE_END;
    else
        return problem_fault(why, ERR_INVALID, arena_format(why->arena, "/" STR_FMT, STR_ARG(m->name)), S("type"), "position is \"first\", \"last\" or a number from 0");
    return ERR_OK;
}

static enum err take_member(struct exchange *x, struct change *c, const struct json *m, struct problem *why)
{
    if (str_equal(m->name, S("before")))
        return take_neighbour(c, m, PLACE_BEFORE, why);
    if (str_equal(m->name, S("after")))
        return take_neighbour(c, m, PLACE_AFTER, why);
    if (str_equal(m->name, S("position")))
        return take_position(c, m, why);
    if (!str_equal(m->name, S("parent")))
        return unknown(x, m->name, why);
    if (m->type != JSON_TEXT && m->type != JSON_NULL)
        return problem_fault(why, ERR_INVALID, S("/parent"), S("type"), "parent is the id of a node, or null for the top");
    put(c, META_PARENT, m->type == JSON_TEXT ? json_of_text(m->text) : json_null);
    return ERR_OK;
}

static enum err read_move(struct exchange *x, struct change *c, struct problem *why)
{
    const struct json *in;
    TRY(exchange_json(x, &in, why));
    if (in->type != JSON_MAP)
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("type"), "The body must be an object: where the node goes");
    c->values = NEW_N(x->arena, struct json, c->in->field_count);
    for (uint32_t i = 0; i < in->count; i++)
        (void)take_member(x, c, &in->items[i], why);
    TRY(why->err);
    bool same_parent = !field_set_has(&c->set, META_PARENT) && str_is_absent(c->anchor);
    if (same_parent && c->place == PLACE_DEFAULT && !field_set_has(&c->set, META_ORDER))
        c->place = PLACE_END;
    return ERR_OK;
}

enum err content_move(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    const struct collection *c;
    struct content_params none;
    struct change change = {.op = OP_UPDATE, .id = param(p, "id")};
    TRY(gate_collection(api->gate, x->who, param(p, "model"), &c, why));
    TRY(content_params_read(x, api, content_no_names, &none, why));
    if (c->shape != SHAPE_TREE)
        return problem_set(why, ERR_NOT_FOUND, STR_FMT " is not a tree", STR_ARG(c->name));
    TRY(gate_allows(x->who, VERB_UPDATE, c, why));
    change.in = c;
    TRY(content_read_once(x, &change.once, why));
    TRY(read_move(x, &change, why));
    TRY(etag_preconditions(x, &change, why));
    TRY(gate_write(api->gate, x->who, &change, 1, x->arena, why));
    return content_send_written(x, api, &change, why);
}

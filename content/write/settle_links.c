/* Nested writes inside the transaction: step by step the list of who is linked becomes what was wished, and what is
 * to be created, updated or deleted on the way is a change of its own, with the author's rights. */
#include "content/write/settle_links.h"

#include "base/limits.h"
#include "content/kind.h"

struct linked {
    struct work *work;
    const struct rights *rights;
    struct change *change;
    const struct field *field;
    struct problem *why;
    str *ids;
    size_t count;
};

static enum err fault(const struct linked *l, const struct link_wish *w, str rule, const char *text)
{
    return problem_fault(l->why, ERR_INVALID, w->path, rule, STR_FMT ": %s", STR_ARG(l->field->name), text);
}

static size_t place_of(const struct linked *l, str id)
{
    size_t at = 0;
    while (at < l->count && !str_equal(l->ids[at], id))
        at++;
    return at;
}

static void take_out(struct linked *l, size_t at)
{
    for (l->count--; at < l->count; at++)
        l->ids[at] = l->ids[at + 1];
}

static void put_in(struct linked *l, size_t at, str id)
{
    for (size_t i = l->count++; i > at; i--)
        l->ids[i] = l->ids[i - 1];
    l->ids[at] = id;
}

/* Behind the others, unless there is a place; who is linked already moves only when there is one. */
static enum err link_item(struct linked *l, const struct link_wish *w, str id)
{
    size_t at = place_of(l, id);
    if (!l->field->many)
        l->count = at = 0;
    if (at < l->count && w->place == PLACE_DEFAULT)
        return ERR_OK;
    if (at < l->count)
        take_out(l, at);
    at = w->place == PLACE_START ? 0 : l->count;
    if (w->place == PLACE_BEFORE || w->place == PLACE_AFTER) {
        at = place_of(l, w->anchor);
        if (at == l->count)
            return fault(l, w, S("position"), "the item that the position names is not linked");
        at += w->place == PLACE_AFTER;
    }
    put_in(l, at, id);
    return ERR_OK;
}

/* What an outer change is about to write must not be written inside of it: one of both would be lost. */
static bool is_held(const struct change *c, const struct change *by)
{
    for (; by; by = by->within)
        if (str_equal(by->in->name, c->in->name) && str_equal(by->id, c->id) && by->op != OP_CREATE)
            return true;
    return false;
}

static enum err find_linked(struct linked *l, const struct link_wish *w, size_t *at)
{
    *at = str_is_absent(w->id) ? 0 : place_of(l, w->id);
    if (*at >= l->count)
        return fault(l, w, S("not-linked"), "this item is not linked");
    w->change->id = l->ids[*at];
    if (is_held(w->change, l->change))
        return fault(l, w, S("circle"), "an item cannot be changed inside of its own change");
    return ERR_OK;
}

static enum err take_step(struct linked *l, const struct link_wish *w)
{
    size_t at;
    switch (w->op) {
    case LINK_CLEAR:
        l->count = 0;
        return ERR_OK;
    case LINK_CONNECT:
        return link_item(l, w, w->id);
    case LINK_DISCONNECT:
        at = place_of(l, w->id);
        if (at < l->count)
            take_out(l, at);
        return ERR_OK;
    case LINK_CREATE:
        TRY(write_change(l->work, l->rights, w->change, l->why));
        return link_item(l, w, w->change->result_id);
    case LINK_UPDATE:
        TRY(find_linked(l, w, &at));
        return write_change(l->work, l->rights, w->change, l->why);
    case LINK_DELETE:
        TRY(find_linked(l, w, &at));
        take_out(l, at);
        return ERR_OK;
    }
    return ERR_OK;
}

static void begin(struct linked *l, const struct json *now)
{
    bool is_list = now && now->type == JSON_LIST;
    l->ids = NEW_N(l->work->arena, str, (is_list ? now->count : 1) + l->change->link_count);
    for (uint32_t i = 0; is_list && i < now->count; i++)
        l->ids[l->count++] = now->items[i].text;
    if (now && now->type == JSON_TEXT)
        l->ids[l->count++] = now->text;
}

static struct json value_of(const struct linked *l)
{
    if (!l->field->many)
        return l->count ? json_of_text(l->ids[0]) : json_null;
    struct json *items = NEW_N(l->work->arena, struct json, l->count + 1);
    for (size_t i = 0; i < l->count; i++)
        items[i] = json_of_text(l->ids[i]);
    return json_of_list(items, l->count);
}

static enum err settle_field(struct linked *l, const struct json *present)
{
    struct change *c = l->change;
    begin(l, json_get(present, l->field->name));
    for (size_t i = 0; i < c->link_count; i++)
        if (c->links[i].field == l->field)
            TRY(take_step(l, &c->links[i]));
    c->values[l->field->index] = json_named(l->field->name, value_of(l));
    return change_check_field(l->work->arena, c, l->field, &l->work->actor->vars, l->why);
}

enum err settle_links(struct work *w, const struct rights *rights, struct change *c, const struct json *present,
                      struct problem *why)
{
    for (size_t i = 0; i < c->link_count; i++) {
        const struct field *f = c->links[i].field;
        struct linked l = {.work = w, .rights = rights, .change = c, .field = f, .why = why};
        if (field_set_has(&c->pending, f->index)) /* else with a step before this one */
            TRY(settle_field(&l, present));
    }
    return ERR_OK;
}

enum err settle_deletions(struct work *w, const struct rights *rights, struct change *c, struct problem *why)
{
    for (size_t i = 0; i < c->link_count; i++)
        if (c->links[i].op == LINK_DELETE)
            TRY(write_change(w, rights, c->links[i].change, why));
    return ERR_OK;
}

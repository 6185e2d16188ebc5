#include "content/system/site/webhook_events.h"

#include "content/system/members.h"

static str at_row(struct arena *a, uint32_t row, const char *member)
{
    return arena_format(a, "/events/%u/%s", row, member);
}

/* The one collection that an item or a filter is of; NULL: there is none. */
static const struct collection *only_one(const struct model *m, const struct json *row)
{
    const struct json *names = list_in(row, S("collections"));
    return names->count == 1 && names->items[0].type == JSON_TEXT ? model_find(m, names->items[0].text) : NULL;
}

static bool reads_all(const struct rights *r, const struct collection *c)
{
    const struct access *read = rights_access(r, VERB_READ, c);
    return read->granted && read->where->node == FILTER_ALL;
}

static enum err check_name(const struct rights *author, str name, str where, struct problem *why)
{
    const struct collection *c = model_find(author->model, name);
    if (pattern_has_star(name))
        return ERR_OK;
    if (str_equal(name, S("deliveries")))
        return problem_fault(why, ERR_INVALID, where, S("collection"), "Deliveries are not delivered: each would make another one");
    if (!c || !rights_access(author, VERB_READ, c)->granted || (str_equal(name, S("journal")) && !reads_all(author, c)))
        return problem_fault(why, ERR_INVALID, where, S("collection"), "There is no collection " STR_FMT " that you may read", STR_ARG(name));
    if (c->view)
        return problem_fault(why, ERR_INVALID, where, S("view"), "Nothing is written to a view; name the collection behind it");
    return ERR_OK;
}

static enum err check_row(struct arena *a, const struct rights *author, const struct json *row, uint32_t i, struct problem *why)
{
    const struct json *names = list_in(row, S("collections"));
    const struct filter *unused = NULL;
    size_t faults = why->fault_count;
    for (uint32_t k = 0; k < names->count; k++)
        err_ignored(check_name(author, names->items[k].text, at_row(a, i, "collections"), why));
    if (why->fault_count > faults)
        return why->err;
    bool has_filter = json_get(row, S("filter")) && json_get(row, S("filter"))->type != JSON_NULL;
    if (text_in(row, S("item")).len && !only_one(author->model, row))
        err_ignored(problem_fault(why, ERR_INVALID, at_row(a, i, "item"), S("collection"), "An item goes with one collection"));
    if (has_filter && !only_one(author->model, row))
        return problem_fault(why, ERR_INVALID, at_row(a, i, "filter"), S("collection"), "A filter goes with one collection");
    struct problem own = {.arena = a};
    if (webhook_row_filter(a, author, row, S("filter"), &unused, &own) == ERR_OK)
        return why->err;
    str rule = own.fault_count ? own.faults[0].rule : S("filter"), text = own.fault_count ? own.faults[0].text : own.text;
    return problem_fault(why, ERR_INVALID, at_row(a, i, "filter"), rule, STR_FMT, STR_ARG(text));
}

enum err webhook_events_check(struct arena *a, const struct rights *author, const struct json *events, struct problem *why)
{
    for (uint32_t i = 0; events && events->type == JSON_LIST && i < events->count; i++)
        err_ignored(check_row(a, author, &events->items[i], i, why));
    return why->err;
}

static bool lists(const struct json *list, str word)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].type == JSON_TEXT && str_equal(list->items[i].text, word))
            return true;
    return false;
}

bool webhook_row_has_verb(const struct json *row, str verb)
{
    const struct json *verbs = list_in(row, S("verbs"));
    if (verbs->count == 0)
        return !str_equal(verb, VERB_USED);
    return lists(verbs, verb);
}

bool webhook_row_wants(const struct json *row, const struct model *m, const struct entry *e)
{
    const struct json *names = list_in(row, S("collections"));
    const struct collection *c = model_find(m, e->collection);
    str item = text_in(row, S("item"));
    bool wants = false;
    if (str_equal(e->verb, VERB_USED) && !webhook_row_has_verb(row, VERB_USED))
        return false;
    if (str_equal(e->collection, S("deliveries")) || (item.len && !str_equal(item, e->item)))
        return false;
    if (journal_is_note(e->verb))
        return lists(names, S("journal"));
    for (uint32_t i = 0; c && i < names->count; i++)
        wants |= names->items[i].type == JSON_TEXT && grant_names(names->items[i].text, c);
    return wants;
}

enum err webhook_row_filter(struct arena *a, const struct rights *reader, const struct json *row, str where, const struct filter **out,
                            struct problem *why)
{
    const struct json *said = json_get(row, S("filter"));
    const struct collection *c = only_one(reader->model, row);
    struct filter_options options = {.reader = reader, .where = where};
    *out = NULL;
    if (!said || said->type == JSON_NULL)
        return ERR_OK;
    if (!c || !rights_access(reader, VERB_READ, c)->granted)
        return problem_fault(why, ERR_INVALID, where, S("collection"), "A filter goes with one collection");
    return filter_read(a, reader->model, c, said, &options, out, why);
}

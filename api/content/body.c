/* Items in request bodies: JSON, and forms for Cockpit's clients. */
#include "api/content/content.h"

#include "content/change/from_text.h"

static bool is_form(const struct exchange *x)
{
    str type, parameters;
    (void)str_cut(exchange_header(x, S("content-type")), ';', &type, &parameters);
    return str_equal_nocase(str_trim(type), S("application/x-www-form-urlencoded"));
}

static enum err no_data(struct problem *why)
{
    return problem_fault(why, ERR_BAD_INPUT, S("/data"), S("required"), "Item data is missing");
}

/* data[title]=…&data[tags][]=…: texts, which the fields' kinds turn into what they should be. */
static enum err read_form(struct exchange *x, const struct collection *c, struct sent_item *out,
                          struct problem *why)
{
    str body;
    struct query_string form = {0};
    const struct json *texts = NULL;
    TRY(exchange_body(x, &body, why));
    if (body.len)
        TRY(query_string_read(x->arena, body, &form, why));
    for (size_t i = 0; i < form.count; i++)
        if (!str_starts(form.pairs[i].name, S("data[")))
            (void)problem_fault(why, ERR_BAD_INPUT, form.pairs[i].name, S("unknown-parameter"),
                                "A form has data[field], there is no " STR_FMT,
                                STR_ARG(form.pairs[i].name));
    TRY(why->err);
    TRY(filter_brackets(x->arena, form.pairs, form.count, S("data"), &texts, why));
    if (!texts || texts->type != JSON_MAP)
        return no_data(why);
    struct json *item = NEW(x->arena, struct json);
    *item = item_from_texts(x->arena, c, texts);
    *out = (struct sent_item){item, S("/data"), NULL};
    return ERR_OK;
}

enum err content_body_wrapped(struct exchange *x, const struct collection *c, struct sent_item *out,
                              struct problem *why)
{
    const struct json *body, *data;
    if (is_form(x))
        return read_form(x, c, out, why);
    enum err e = exchange_json(x, &body, why);
    if (e == ERR_BAD_MEDIA)
        return problem_set(
            why, e, "The body must be application/json or application/x-www-form-urlencoded");
    TRY(e);
    data = json_get(body, S("data"));
    if (!data || data->type != JSON_MAP)
        return no_data(why);
    for (uint32_t i = 0; i < body->count; i++)
        if (&body->items[i] != data)
            (void)problem_fault(why, ERR_BAD_INPUT, body->items[i].name, S("unknown-parameter"),
                                "Beside data there is no " STR_FMT, STR_ARG(body->items[i].name));
    *out = (struct sent_item){data, S("/data"), NULL};
    return why->err;
}

enum err content_body_bare(struct exchange *x, const struct collection *c, struct sent_item *out,
                           struct problem *why)
{
    const struct json *body;
    TRY(exchange_json(x, &body, why));
    const struct json *data = json_get(body, S("data"));
    bool wrapped =
        data && data->type == JSON_MAP && body->count == 1 && !collection_field(c, S("data"));
    *out = wrapped ? (struct sent_item){data, S("/data"), NULL} : (struct sent_item){body, S(""), NULL};
    if (out->data->type != JSON_MAP)
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("type"),
                             "The body must be an object, the item's fields");
    return ERR_OK;
}

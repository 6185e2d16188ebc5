/* Where a file is: the address at which the content API serves it (docs/upload.md). Arguments about
 * pictures become the query string of that address; what they must be is said there, when it is
 * asked for. */
#include "graphql/own/read.h"

#include "base/limits.h"

#define TAG_LENGTH 16u /* of the hash, as the content API's own addresses have it */

static const struct {
    str argument, parameter;
} parameters[] = {
    {STR("width"), STR("w")},        {STR("height"), STR("h")},    {STR("mode"), STR("m")},
    {STR("quality"), STR("q")},      {STR("format"), STR("mime")}, {STR("focus"), STR("fp")},
    {STR("crop"), STR("smartcrop")},
};

/* A word of an enum stands for the spelling that it means. */
static str spelling_of(const struct gql_node *node, str argument, str word)
{
    const struct gql_input *input = gql_argument_named(node->field, argument);
    const struct gql_type *t = input ? gql_innermost(input->type) : NULL;
    const struct gql_enum_value *v =
        t && t->kind == GQL_ENUM_TYPE ? gql_value_named(t, word) : NULL;
    return v && v->meaning ? *(const str *)v->meaning : word;
}

static void add_parameter(struct buf *b, bool *some, str name, str value)
{
    buf_byte(b, *some ? '&' : '?');
    *some = true;
    buf_add(b, name);
    buf_byte(b, '=');
    buf_percent(b, value);
}

static bool add_picture(struct arena *a, struct buf *b, const struct gql_node *node)
{
    bool some = false;
    for (size_t i = 0; i < COUNTOF(parameters); i++) {
        const struct json *v = gql_argument(node, parameters[i].argument);
        if (v && v->type == JSON_TEXT)
            add_parameter(b, &some, parameters[i].parameter,
                          spelling_of(node, parameters[i].argument, v->text));
        else if (v && v->type == JSON_INT)
            add_parameter(b, &some, parameters[i].parameter,
                          arena_format(a, "%lld", (long long)v->integer));
    }
    return some;
}

static bool is_yes(const struct json *v)
{
    return v && v->type == JSON_BOOL && v->boolean;
}

enum gql_done own_write_url(struct reading *r, const struct item_step *s, const struct item_view *v)
{
    const struct json *preset = gql_argument(s->node, S("preset"));
    const struct cell *id = item_cell(v, s->output);
    struct buf made, address;
    bool some = false;
    if (!id || id->type != CELL_TEXT)
        return own_write_tree(r, s->node, &json_null);
    buf_init(&made, r->x->arena, LIMIT_GRAPHQL_BYTES);
    buf_init(&address, r->x->arena, LIMIT_GRAPHQL_BYTES);
    bool is_picture = add_picture(r->x->arena, &made, s->node);
    if (preset && preset->type == JSON_TEXT) {
        buf_format(&address, "/api/assets/image/" STR_FMT "/" STR_FMT "?o=1", STR_ARG(id->text),
                   STR_ARG(spelling_of(s->node, S("preset"), preset->text)));
        some = true;
    } else if (is_picture) {
        buf_format(&address, "/api/assets/image/" STR_FMT STR_FMT "&o=1", STR_ARG(id->text),
                   STR_ARG(buf_str(&made)));
        some = true;
    } else {
        buf_format(&address, "/api/assets/" STR_FMT "/file", STR_ARG(id->text));
        if (is_yes(gql_argument(s->node, S("download"))))
            add_parameter(&address, &some, S("download"), S("1"));
    }
    const struct cell *hash = item_cell(v, s->extra);
    if (hash && hash->type == CELL_TEXT && hash->text.len >= TAG_LENGTH)
        add_parameter(&address, &some, S("v"), str_slice(hash->text, 0, TAG_LENGTH));
    buf_json_text(r->x->out, buf_str(&address));
    return GQL_WROTE;
}

/* Schemas of collections as TypeScript. Whatever a schema can say of a field becomes a type; what it cannot say
 * stays `unknown`, so that a compiler asks before it is used. */
#include "api/openapi/types.h"

#include "api/openapi/openapi.h"
#include "base/limits.h"

struct types {
    struct buf *out;
    struct arena *arena;
    const struct principal *who;
};

/* "posts" is Posts, "posts.input" PostsInput. Names of collections differ by more than letter case, so these do. */
static void add_name(struct types *t, str collection, bool writes)
{
    char first = collection.at[0];
    buf_byte(t->out, (char)(first >= 'a' && first <= 'z' ? first - 32 : first));
    buf_add(t->out, str_slice(collection, 1, collection.len));
    buf_add(t->out, writes ? S("Input") : S("Item"));
}

static void add_schema(struct types *t, const struct json *s, unsigned depth);

static void add_link(struct types *t, str target)
{
    str name = str_slice(target, sizeof "#/components/schemas/" - 1, target.len);
    if (str_equal(name, S("api.Reference")))
        buf_add(t->out, S("Reference"));
    else if (str_equal(name, S("api.ReferenceInput")))
        buf_add(t->out, S("string | { _id: string; _model?: string }"));
    else if (str_starts(name, S("api.")))
        buf_add(t->out, S("unknown"));
    else
        add_name(t, name, false);
}

static void add_choices(struct types *t, const struct json *list, unsigned depth)
{
    for (uint32_t i = 0; i < list->count; i++) {
        buf_add(t->out, i ? S(" | ") : S(""));
        add_schema(t, &list->items[i], depth + 1);
    }
}

static void add_values(struct types *t, const struct json *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        buf_add(t->out, i ? S(" | ") : S(""));
        buf_add(t->out, json_print(t->arena, &list->items[i]));
    }
}

static void add_object(struct types *t, const struct json *s, unsigned depth)
{
    const struct json *properties = json_get(s, S("properties"));
    if (!properties || properties->count == 0) {
        buf_add(t->out, S("Record<string, unknown>"));
        return;
    }
    buf_add(t->out, S("{ "));
    for (uint32_t i = 0; i < properties->count; i++) {
        buf_json_text(t->out, properties->items[i].name);
        buf_add(t->out, S("?: "));
        add_schema(t, &properties->items[i], depth + 1);
        buf_add(t->out, S("; "));
    }
    buf_add(t->out, S("}"));
}

static void add_word(struct types *t, const struct json *s, str word, unsigned depth)
{
    static const struct {
        str word, type;
    } plain[] = {{STR("string"), STR("string")}, {STR("integer"), STR("number")}, {STR("number"), STR("number")}, {STR("boolean"), STR("boolean")}, {STR("null"), STR("null")}};
    for (size_t i = 0; i < COUNTOF(plain); i++)
        if (str_equal(plain[i].word, word)) {
            buf_add(t->out, plain[i].type);
            return;
        }
    if (str_equal(word, S("array"))) {
        const struct json *items = json_get(s, S("items"));
        buf_add(t->out, S("Array<"));
        if (items)
            add_schema(t, items, depth + 1);
        else
            buf_add(t->out, S("unknown"));
        buf_add(t->out, S(">"));
    } else if (str_equal(word, S("object"))) {
        add_object(t, s, depth);
    } else {
        buf_add(t->out, S("unknown"));
    }
}

/* Depth: that of the schema, which fields hold to LIMIT_FIELD_DEPTH levels; beyond a bound nothing is claimed. */
static void add_schema(struct types *t, const struct json *s, unsigned depth)
{
    const struct json *link = json_get(s, S("$ref")), *any = json_get(s, S("anyOf")), *one = json_get(s, S("oneOf")),
                      *values = json_get(s, S("enum")), *type = json_get(s, S("type"));
    if (depth > LIMIT_JSON_DEPTH) {
        buf_add(t->out, S("unknown"));
    } else if (link) {
        add_link(t, link->text);
    } else if (any || one) {
        add_choices(t, any ? any : one, depth);
    } else if (values) {
        add_values(t, values);
    } else if (type && type->type == JSON_TEXT) {
        add_word(t, s, type->text, depth);
    } else if (type && type->type == JSON_LIST) {
        for (uint32_t i = 0; i < type->count; i++) {
            buf_add(t->out, i ? S(" | ") : S(""));
            add_word(t, s, type->items[i].text, depth);
        }
    } else {
        buf_add(t->out, S("unknown"));
    }
}

static void add_comment(struct types *t, const struct json *s, const char *indent)
{
    const struct json *said = json_get(s, S("description"));
    if (!said || str_contains(said->text, S("*/")) || str_contains(said->text, S("\n")))
        return;
    buf_format(t->out, "%s/** " STR_FMT " */\n", indent, STR_ARG(said->text));
}

static const struct json *schema_of(struct types *t, const struct collection *c, bool writes)
{
    const struct openapi_schema s = {t->who, writes, false};
    const struct json *out = NULL;
    struct problem why = {.arena = t->arena};
    struct json_writer w;
    struct buf text;
    buf_init(&text, t->arena, LIMIT_RESPONSE_BYTES);
    json_begin(&w, &text);
    openapi_schema(&w, t->arena, &s, c);
    json_end(&w);
    must(json_read(t->arena, buf_str(&text), NULL, S("schema"), &out, &why) == ERR_OK);
    return out;
}

static void add_interface(struct types *t, const struct collection *c, bool writes)
{
    const struct json *s = schema_of(t, c, writes), *properties = json_get(s, S("properties"));
    add_comment(t, s, "");
    buf_add(t->out, S("export interface "));
    add_name(t, c->name, writes);
    buf_add(t->out, S(" {\n"));
    for (uint32_t i = 0; i < properties->count; i++) {
        const struct json *p = &properties->items[i];
        add_comment(t, p, "  ");
        buf_format(t->out, "  " STR_FMT "%s: ", STR_ARG(p->name), !writes && str_equal(p->name, S("_id")) ? "" : "?");
        add_schema(t, p, 0);
        buf_add(t->out, S(";\n"));
    }
    buf_add(t->out, S("}\n\n"));
}

static bool may_write(const struct types *t, const struct collection *c)
{
    return gate_may(t->who, VERB_CREATE, c) || gate_may(t->who, VERB_UPDATE, c);
}

static void add_entry(struct types *t, const struct collection *c)
{
    static const char *const shapes[] = {"list", "single", "tree"};
    buf_format(t->out, "  " STR_FMT ": { shape: \"%s\"; item: ", STR_ARG(c->name), shapes[c->shape]);
    if (gate_may(t->who, VERB_READ, c))
        add_name(t, c->name, false);
    else
        buf_add(t->out, S("never"));
    buf_add(t->out, S("; input: "));
    if (may_write(t, c))
        add_name(t, c->name, true);
    else
        buf_add(t->out, S("never"));
    buf_add(t->out, S(" };\n"));
}

void types_write(struct buf *out, struct arena *a, const struct principal *who)
{
    struct types t = {out, a, who};
    const struct model *m = principal_model(who);
    buf_add(out, S("// Types of the collections that this role reaches, as `vitrine types` prints them.\n\n"
                   "/** A link as it is answered; populated, its target stands in its place. */\n"
                   "export interface Reference {\n  _model: string;\n  _id: string;\n}\n\n"));
    for (size_t i = 0; i < m->collection_count; i++) {
        if (gate_may(who, VERB_READ, m->collections[i]))
            add_interface(&t, m->collections[i], false);
        if (may_write(&t, m->collections[i]))
            add_interface(&t, m->collections[i], true);
    }
    buf_add(out, S("/** By name: what is read, and what may be sent. */\nexport interface Collections {\n"));
    for (size_t i = 0; i < m->collection_count; i++)
        if (gate_may(who, VERB_READ, m->collections[i]) || may_write(&t, m->collections[i]))
            add_entry(&t, m->collections[i]);
    buf_add(out, S("}\n"));
}

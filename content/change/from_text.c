#include "content/change/from_text.h"

#include "content/kind.h"

static struct json boolean_from(str text)
{
    static const struct {
        str word;
        bool value;
    } words[] = {{STR("true"), true}, {STR("1"), true}, {STR("on"), true}, {STR("yes"), true},
                 {STR("false"), false}, {STR("0"), false}, {STR("off"), false}, {STR("no"), false}};
    for (size_t i = 0; i < COUNTOF(words); i++)
        if (str_equal_nocase(words[i].word, text))
            return json_of_bool(words[i].value);
    return json_of_text(text);
}

/* JSON where the text is JSON of a type that fits, else the text. */
static struct json json_from(struct arena *a, str text, bool numbers_only)
{
    const struct json *v = NULL;
    struct problem quiet = {.arena = a};
    if (json_read(a, text, &(struct json_options){0}, (str){0}, &v, &quiet) != ERR_OK)
        return json_of_text(text);
    bool is_number = v->type == JSON_INT || v->type == JSON_REAL;
    return numbers_only && !is_number ? json_of_text(text) : *v;
}

static struct json words_from(struct arena *a, str text)
{
    struct json *items = NEW_N(a, struct json, text.len + 1);
    size_t count = 0;
    bool ended = false;
    str piece;
    while (str_next(&text, &ended, ',', &piece))
        if (str_trim(piece).len)
            items[count++] = json_of_text(str_trim(piece));
    return json_of_list(items, count);
}

struct json value_from_text(struct arena *a, const struct field *f, str text)
{
    if (text.len == 0 && !(f->kind->flags & KIND_TEXTUAL))
        return json_null;
    bool is_list = f->many || (f->kind->flags & KIND_LIST);
    if (is_list && text.at[0] != '[')
        return words_from(a, text);
    if (is_list || (f->kind->flags & KIND_DEEP))
        return json_from(a, text, false);
    if (f->kind->column == COLUMN_BOOLEAN)
        return boolean_from(text);
    if (f->kind->column == COLUMN_NUMBER || f->kind->column == COLUMN_INTEGER)
        return json_from(a, text, true);
    return json_of_text(text);
}

struct json item_from_texts(struct arena *a, const struct collection *c, const struct json *texts)
{
    struct json *members = NEW_N(a, struct json, texts->count);
    for (uint32_t i = 0; i < texts->count; i++) {
        const struct json *m = &texts->items[i];
        const struct field *f = collection_field(c, m->name);
        members[i] = json_named(m->name, f && m->type == JSON_TEXT ? value_from_text(a, f, m->text) : *m);
    }
    return json_of_map(members, texts->count);
}

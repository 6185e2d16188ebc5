/* An example item for a collection's schema: what a field is by itself (its default, its first option), else
 * what its kind looks like. Fields whose rules no ready-made value is known to satisfy are left out. */
#include "api/openapi/openapi.h"
#include "base/limits.h"
#include "content/kind.h"

static const struct {
    str kind, json;
} looks[] = {
    {STR("text"), STR("\"A line of text\"")},
    {STR("richtext"), STR("\"<p>Formatted text</p>\"")},
    {STR("code"), STR("\"body { margin: 0 }\"")},
    {STR("boolean"), STR("true")},
    {STR("tags"), STR("\"news\"")},
    {STR("date"), STR("\"2026-11-28\"")},
    {STR("time"), STR("\"14:30\"")},
    {STR("datetime"), STR("\"2026-11-28T14:30:00Z\"")},
    {STR("color"), STR("\"#0f766e\"")},
    {STR("slug"), STR("\"a-line-of-text\"")},
    {STR("email"), STR("\"ada@example.com\"")},
    {STR("url"), STR("\"https://example.com/\"")},
};

static bool looks_like(struct arena *a, str kind, struct json *out)
{
    const struct json *v = NULL;
    struct problem why = {.arena = a};
    for (size_t i = 0; i < COUNTOF(looks); i++)
        if (str_equal(looks[i].kind, kind)) {
            must(json_read(a, looks[i].json, NULL, S("example"), &v, &why) == ERR_OK);
            *out = *v;
            return true;
        }
    return false;
}

static bool fits(const struct field *f, const struct json *v)
{
    if (f->match.len)
        return false;
    if (v->type != JSON_TEXT)
        return true;
    return v->text.len >= f->min_length && (f->max_length == 0 || v->text.len <= f->max_length);
}

static struct json link_example(struct arena *a, const struct openapi_schema *s, const struct field *f)
{
    struct json *members = NEW_N(a, struct json, 2), id = json_of_text(S("6b00e0ab686c821a0bbb6de3"));
    if (s->writes)
        return id;
    members[0] = json_named(S("_model"), json_of_text(f->to ? f->to->name : S("posts")));
    members[1] = json_named(S("_id"), id);
    return json_of_map(members, 2);
}

static bool number_example(const struct field *f, struct json *out)
{
    double n = f->has_min && f->min > 3 ? f->min : f->has_max && f->max < 3 ? f->max : 3;
    *out = n == (double)(int64_t)n ? json_of_int((int64_t)n) : json_of_real(n);
    return true;
}

static bool field_example(struct arena *a, const struct openapi_schema *s, const struct field *f, unsigned depth, struct json *out);

static bool members_example(struct arena *a, const struct openapi_schema *s, const struct field *f, unsigned depth, struct json *out)
{
    struct json *members = NEW_N(a, struct json, f->member_count);
    size_t count = 0;
    for (size_t i = 0; depth > 0 && i < f->member_count; i++)
        if (field_example(a, s, &f->members[i], depth - 1, &members[count])) {
            members[count].name = f->members[i].name;
            count++;
        }
    *out = json_of_map(members, count);
    return count > 0;
}

static bool option_example(const struct field *f, struct json *out)
{
    const struct json *first = f->options->count ? &f->options->items[0] : NULL;
    const struct json *v = first ? json_get(first, S("value")) : NULL;
    if (first)
        *out = v ? *v : *first;
    return first != NULL;
}

static bool one_example(struct arena *a, const struct openapi_schema *s, const struct field *f, unsigned depth, struct json *out)
{
    const struct kind *k = kind_of_one(f->kind);
    if (k->flags & KIND_SECRET)
        return false;
    if (k->flags & KIND_REF) {
        *out = link_example(a, s, f);
        return true;
    }
    if (f->options && f->options->type == JSON_LIST)
        return option_example(f, out);
    if (f->member_count)
        return members_example(a, s, f, depth, out);
    if (k->column == COLUMN_NUMBER)
        return number_example(f, out);
    return looks_like(a, k->name, out) && fits(f, out);
}

static bool field_example(struct arena *a, const struct openapi_schema *s, const struct field *f, unsigned depth, struct json *out)
{
    bool is_list = f->many || f->kind->one;
    if (is_list && f->min_items > 1)
        return false;
    if (!one_example(a, s, f, depth, out))
        return false;
    if (is_list) {
        struct json *item = NEW(a, struct json);
        *item = *out;
        item->name = (str){0};
        *out = json_of_list(item, 1);
    }
    return true;
}

static bool meta_example(const struct field *f, struct json *out)
{
    static const int64_t made_s = 1795874400; /* 2026-11-28T14:00:00Z */
    static const str id = STR("6b00e0ab686c821a0bbb6de3");
    switch (f->index) {
    case META_ID:
        *out = json_of_text(id);
        return true;
    case META_STATE:
    case META_REV:
        *out = json_of_int(1);
        return true;
    case META_CREATED:
    case META_MODIFIED:
        *out = json_of_int(made_s);
        return true;
    default:
        *out = json_null;
        return f->index != META_ORDER;
    }
}

void openapi_example(struct json_writer *w, struct arena *a, const struct openapi_schema *s, const struct collection *c)
{
    json_name(w, S("examples"));
    json_list_open(w);
    json_map_open(w);
    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        struct json v;
        bool known = f->is_meta ? !s->writes && openapi_shows(s, f) && meta_example(f, &v)
                                : openapi_shows(s, f) && field_example(a, s, f, LIMIT_FIELD_DEPTH, &v);
        if (!known)
            continue;
        json_name(w, f->name);
        v.name = (str){0};
        json_value(w, &v);
    }
    json_map_close(w);
    json_list_close(w);
}

/* The server's own look at system collections. */
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/internal.h"

static enum err read_all(struct content *content, const struct rights *rights, str collection, const struct filter *where,
                         const field_set *only, struct arena *a, struct item_list *out, struct problem *why)
{
    const struct collection *c = model_find(rights->model, collection);
    must(c != NULL); /* system collections are always there */
    struct actor actor = {.label = S("system"), .via = S("system"), .vars = {.now_ms = time_now_ms()}};
    struct query q = {.from = c, .where = where, .limit = LIMIT_ROWS};
    query_all_fields(a, &q, only);
    item_list_init(out, a);
    struct problem own = {.arena = a};
    for (;;) {
        size_t before = out->count;
        enum err e = content_read(content, rights, VERB_READ, &actor, &q, &out->receiver, NULL, &own);
        if (e != ERR_OK)
            return problem_set(why, e, STR_FMT, STR_ARG(own.text));
        if (out->count - before < LIMIT_ROWS)
            return ERR_OK;
        q.skip += LIMIT_ROWS;
    }
}

enum err read_items(struct content *content, const struct rights *rights, str collection, const struct filter *where,
                    struct arena *a, struct item_list *out, struct problem *why)
{
    return read_all(content, rights, collection, where, NULL, a, out, why);
}

enum err read_items_of(struct content *content, const struct rights *rights, str collection, const struct filter *where, const str *fields,
                     size_t count, struct arena *a, struct item_list *out, struct problem *why)
{
    const struct collection *c = model_find(rights->model, collection);
    field_set only = {0};
    must(c != NULL);
    for (size_t i = 0; i < count; i++) {
        const struct field *f = collection_field(c, fields[i]);
        must(f != NULL);
        field_set_add(&only, f->index);
    }
    return read_all(content, rights, collection, where, &only, a, out, why);
}

enum err read_item(struct content *content, const struct rights *rights, str collection, str field, str value,
                   struct arena *a, const struct json **out, struct problem *why)
{
    const struct collection *c = model_find(rights->model, collection);
    must(c != NULL);
    const struct field *f = collection_field(c, field);
    must(f != NULL);
    struct item_list list;
    TRY(read_items(content, rights, collection, filter_test(a, f, TEST_EQ, json_of_text(value)), a, &list, why));
    *out = list.count ? &list.items[0] : NULL;
    return ERR_OK;
}

str item_text(const struct json *item, str field)
{
    const struct json *v = json_get(item, field);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

bool item_flag(const struct json *item, str field, bool otherwise)
{
    const struct json *v = json_get(item, field);
    return v && v->type == JSON_BOOL ? v->boolean : otherwise;
}

int64_t item_time(const struct json *item, str field)
{
    int64_t ms = 0;
    str text = item_text(item, field);
    return !str_is_absent(text) && time_read(text, &ms) ? ms : 0;
}

struct json item_pick(struct arena *a, const struct json *item, const str *names, size_t count, const struct json *more,
                      size_t more_count)
{
    struct json *members = NEW_N(a, struct json, count + more_count);
    for (size_t i = 0; i < count; i++) {
        const struct json *v = json_get(item, names[i]);
        members[i] = json_named(names[i], v ? *v : json_null);
    }
    for (size_t i = 0; i < more_count; i++)
        members[count + i] = more[i];
    return json_of_map(members, count + more_count);
}

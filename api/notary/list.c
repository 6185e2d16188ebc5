#include "api/notary/list.h"

#include "base/limits.h"

enum { SEND_AT = 32 << 10 };          /* bytes that are worth being sent */

str notary_parameter(const struct exchange *x, str name)
{
    struct problem quiet = {.arena = x->arena};
    struct query_string query;
    return query_string_read(x->arena, x->query, &query, &quiet) == ERR_OK ? query_string_get(&query, name) : (str){0};
}

/* False: refused, and it was said. */
static bool take_number(const struct notary_list *l, const char *name, int64_t least, int64_t otherwise, int64_t *out)
{
    str said = notary_parameter(l->x, str_of(name));
    *out = otherwise;
    if (str_is_absent(said) || (str_to_i64(said, out) && *out >= least))
        return true;
    err_ignored(notary_say(l->x, l->api, 400, arena_format(l->x->arena, "Invalid request: %s is a number from %lld on", name, (long long)least)));
    return false;
}

struct sending {
    const struct notary_list *list;
    struct answer answer;
    bool has_begun;
    int64_t after, left;
};

static void begin_whole(struct sending *s)
{
    notary_begin(s->list->x, s->list->api, &s->answer);
    json_list_open(&s->answer.json);
}

static enum err send_on(struct sending *s)
{
    struct exchange *x = s->list->x;
    const struct pair type = {S("Content-Type"), S("application/json")};
    if (!s->has_begun) {
        exchange_add_header(x, S("Cache-Control"), S("no-store"));
        TRY(x->begin(x, 200, &type, 1, UINT64_MAX));
    }
    s->has_begun = true;
    if (x->method != M_HEAD)
        TRY(x->piece(x, buf_str(s->answer.body)));
    buf_clear(s->answer.body);
    return ERR_OK;
}

static enum err read_rows(const struct sending *s, struct arena *a, struct item_list *rows, struct problem *why)
{
    const struct notary_list *l = s->list;
    const struct field *number = collection_field(l->in, S("serial"));
    struct query q = {.from = l->in, .limit = s->left < (int64_t)l->page ? (uint32_t)s->left : l->page};
    field_set only = {0};
    q.where = filter_test(a, number, TEST_GT, json_of_int(s->after));
    if (l->where)
        q.where = filter_and(a, q.where, l->where);
    field_set_add(&only, number->index);
    for (const char *const *name = l->fields; *name; name++)
        field_set_add(&only, collection_field(l->in, str_of(*name))->index);
    field_set_add(&only, META_ID);
    query_all_fields(a, &q, &only);
    TRY(query_read_sort(a, &q, S("serial"), S("sort"), why));
    query_populate(a, &q, l->hops);
    item_list_init(rows, a);
    return gate_read(l->api->gate, l->x->who, &q, &rows->receiver, NULL, why);
}

/* *left: 0 once these were the last ones. */
static enum err write_rows(struct sending *s, struct arena *a, struct problem *why)
{
    const struct notary_list *l = s->list;
    struct item_list rows;
    TRY(read_rows(s, a, &rows, why));
    if (l->look)
        TRY(l->look(l->self, &rows, a, why));
    for (size_t i = 0; i < rows.count; i++) {
        l->write(l->self, &s->answer.json, &rows.items[i]);
        if (s->answer.body->failed)
            return problem_set(why, ERR_TOO_LARGE, "A row is larger than an answer may be");
        if (s->answer.body->len >= SEND_AT)
            TRY(send_on(s));
    }
    const struct json *last = rows.count ? json_get(&rows.items[rows.count - 1], S("serial")) : NULL;
    bool goes_on = rows.count == l->page && last && last->type == JSON_INT && last->integer > s->after;
    s->after = goes_on ? last->integer : s->after;
    s->left = goes_on ? s->left - (int64_t)rows.count : 0;
    return ERR_OK;
}

static enum err write_page(struct sending *s, struct problem *why)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(64u << 10);
    struct problem own = {.arena = a};
    enum err e = write_rows(s, a, &own);
    return e == ERR_OK ? e : problem_set(why, e, STR_FMT, STR_ARG(problem_sentence(a, &own)));
}

enum err notary_list(const struct notary_list *l, struct problem *why)
{
    struct sending s = {.list = l};
    must(l->page > 0 && l->page <= LIMIT_ROWS);
    if (!take_number(l, "limit", 1, INT64_MAX, &s.left) || !take_number(l, "after", 0, 0, &s.after))
        return ERR_OK;
    begin_whole(&s);
    while (s.left > 0)
        TRY(write_page(&s, why));
    json_list_close(&s.answer.json);
    if (!s.has_begun)
        return notary_send(l->x, &s.answer, 200, why);
    json_map_close(&s.answer.json);
    json_end(&s.answer.json);
    TRY(send_on(&s));
    l->x->end(l->x);
    return ERR_OK;
}

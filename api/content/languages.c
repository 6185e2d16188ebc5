/* GET /api/content/models/{model}/languages: how far each language is, of what the caller may read. An item is whole
 * in a language when every localised field that has a value in some language has one in this. */
#include "content/languages/languages.h"
#include "api/content/content.h"
#include "api/etag.h"
#include "base/limits.h"

#include <assert.h>

static const char *const languages_names[] = {"state", "perspective", "filter", NULL};

struct tally {
    const struct languages *languages;
    const struct query *query;
    uint64_t total;
    uint64_t *whole, *started; /* by language */
    uint64_t *missing;         /* by language and output */
};

static void count_item(struct tally *t, const struct json *item)
{
    size_t outputs = t->query->output_count;
    t->total++;
    for (size_t l = 0; l < t->languages->count; l++) {
        bool started = false, whole = true;
        for (size_t i = 0; i < outputs; i++) {
            const struct json *map = json_get(item, t->query->outputs[i].field->name);
            if (!map || map->type != JSON_MAP || map->count == 0)
                continue;
            bool has = json_get(map, t->languages->list[l].code) != NULL;
            started |= has;
            whole &= has;
            t->missing[l * outputs + i] += !has;
        }
        t->whole[l] += whole;
        t->started[l] += started;
    }
}

/* Page by page, so that memory does not grow with the collection. */
static enum err count_items(struct exchange *x, struct api *api, struct query *q, struct tally *t, struct problem *why)
{
    struct page page = {.has_more = true};
    while (page.has_more) {
        struct arena *a = arena_open(256u << 10);
        struct item_list list;
        item_list_init(&list, a);
        enum err e = gate_read(api->gate, x->who, q, &list.receiver, &page, why);
        for (size_t i = 0; i < list.count && e == ERR_OK; i++)
            count_item(t, &list.items[i]);
        arena_close(a);
        TRY(e);
        q->after = page.next;
    }
    return ERR_OK;
}

static void write_language(struct json_writer *w, const struct tally *t, size_t l)
{
    json_map_open(w);
    json_name(w, S("code"));
    json_text(w, t->languages->list[l].code);
    json_name(w, S("standard"));
    json_bool(w, t->languages->list[l].standard);
    json_name(w, S("whole"));
    json_uint(w, t->whole[l]);
    json_name(w, S("started"));
    json_uint(w, t->started[l]);
    json_name(w, S("missing"));
    json_map_open(w);
    for (size_t i = 0; i < t->query->output_count; i++) {
        json_name(w, t->query->outputs[i].field->name);
        json_uint(w, t->missing[l * t->query->output_count + i]);
    }
    json_map_close(w);
    json_map_close(w);
}

static void only_localized(struct arena *a, const struct principal *who, struct query *q)
{
    const field_set *readable = &rights_access(who->rights, VERB_READ, q->from)->fields;
    field_set fields = {{0}};
    for (size_t i = META_COUNT; i < q->from->field_count; i++)
        if (q->from->fields[i].localized && field_set_has(readable, i))
            field_set_add(&fields, i);
    query_all_fields(a, q, &fields);
}

static enum err languages(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    const struct collection *c;
    struct query *q;
    struct etag tag;
    struct answer answer;
    const struct languages *all = model_languages(principal_model(x->who));
    TRY(gate_collection(api->gate, x->who, param(p, "model"), &c, why));
    TRY(content_params_read(x, api, languages_names, &params, why));
    params.locale = all->count ? S("all") : (str){0};
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    only_localized(x->arena, x->who, q);
    etag_begin(x, api, &tag);
    etag_add(x, api, q, &tag);
    if (etag_answers(x, &tag))
        return ERR_OK;
    struct tally t = {all, q, 0, NEW_N(x->arena, uint64_t, all->count + 1), NEW_N(x->arena, uint64_t, all->count + 1),
                      NEW_N(x->arena, uint64_t, (all->count + 1) * (q->output_count + 1))};
    TRY(count_items(x, api, q, &t, why));
    const struct access *access = rights_access(x->who->rights, VERB_READ, c);
    answer_begin(x, &answer);
    json_map_open(&answer.json);
    json_name(&answer.json, S("total"));
    json_uint(&answer.json, t.total);
    json_name(&answer.json, S("languages"));
    json_list_open(&answer.json);
    for (size_t l = 0; l < all->count; l++)
        if (access_has_language(access, all->list[l].code))
            write_language(&answer.json, &t, l);
    json_list_close(&answer.json);
    json_map_close(&answer.json);
    return answer_send(x, &answer, &tag, why);
}

/* clang-format off */
static const struct route language_routes[] = {
    {M_GET, "/api/content/models/{model}/languages", languages, 0, 0, "How many items are whole in each language"},
};
/* clang-format on */
static const char *const *const language_parameters[] = {languages_names};
static_assert(COUNTOF(language_parameters) == COUNTOF(language_routes), "names of parameters stand beside their route");
const struct api_table languages_api = {.routes = language_routes, .count = COUNTOF(language_routes), .parameters = language_parameters};

/* Rules and facts, as the server itself sees them. */
#include <stdlib.h>

#include "base/limits.h"
#include "content/kind.h"
#include "roles/registry/facts.h"

/* ---- rules ---- */

static int by_order(const void *a, const void *b)
{
    const struct retention_rule *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return str_order(x->id, y->id);
}

enum err keep_rules_read(struct gate *g, struct arena *a, struct keep_rules *out, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_RETENTION);
    struct item_list items;
    TRY(read_items(g->content, server->rights, S("retention_rules"), NULL, a, &items, why));
    *out = (struct keep_rules){.list = NEW_N(a, struct retention_rule, items.count + 1), .run_ms = NEW_N(a, int64_t, items.count + 1)};
    for (size_t i = 0; i < items.count; i++)
        TRY(retention_rule_read(a, &items.items[i], S(""), &out->list[i], why));
    qsort(out->list, items.count, sizeof *out->list, by_order);
    out->count = items.count;
    for (size_t i = 0; i < items.count; i++)
        for (size_t k = 0; k < items.count; k++)
            if (str_equal(item_text(&items.items[k], S("_id")), out->list[i].id))
                out->run_ms[i] = item_time(&items.items[k], S("last_run_at"));
    return ERR_OK;
}

const struct retention_rule *keep_rule_for(const struct keep_rules *rules, str repository, str also)
{
    for (size_t i = 0; i < rules->count; i++)
        if ((rules->list[i].enabled || str_equal(rules->list[i].id, also)) && retention_rule_names(&rules->list[i], repository))
            return &rules->list[i];
    return NULL;
}

/* ---- pages of rows ---- */

struct page_wish {
    const str *fields;
    size_t count;
    const struct filter *where;
    str by, after;
    uint32_t most;
};

static enum err read_page(struct gate *g, const struct principal *who, const struct collection *c, const struct page_wish *wish,
                          struct arena *a, struct item_list *out, struct problem *why)
{
    const struct field *by = collection_field(c, wish->by);
    struct query q = {.from = c, .where = wish->where, .limit = wish->most, .sort = {{.by = by}}, .sort_count = 1,
                      .outputs = NEW_N(a, struct output, wish->count), .output_count = wish->count};
    for (size_t i = 0; i < wish->count; i++)
        q.outputs[i].field = collection_field(c, wish->fields[i]);
    if (!str_is_absent(wish->after)) {
        const struct filter *behind = filter_test(a, by, TEST_GT, json_of_text(wish->after));
        q.where = q.where ? filter_and(a, q.where, behind) : behind;
    }
    item_list_init(out, a);
    return content_read(g->content, who->rights, VERB_READ, &who->actor, &q, &out->receiver, NULL, why);
}

static enum err find_repository(struct gate *g, const struct principal *who, const struct filter *where, str after, struct arena *a,
                                const struct json **out, struct problem *why)
{
    static const str fields[] = {STR("_id"), STR("name"), STR("immutable_tags")};
    const struct collection *c = model_find(who->rights->model, S("repositories"));
    struct page_wish wish = {fields, COUNTOF(fields), where, S("name"), after, 1};
    struct item_list list;
    TRY(read_page(g, who, c, &wish, a, &list, why));
    *out = list.count ? &list.items[0] : NULL;
    return ERR_OK;
}

enum err keep_next_repository(struct gate *g, const struct principal *who, str after, struct arena *a, const struct json **out,
                              struct problem *why)
{
    return find_repository(g, who, NULL, after, a, out, why);
}

enum err keep_this_repository(struct gate *g, const struct principal *who, str name, struct arena *a, const struct json **out,
                              struct problem *why)
{
    const struct collection *c = model_find(who->rights->model, S("repositories"));
    return find_repository(g, who, filter_test(a, collection_field(c, S("name")), TEST_EQ, json_of_text(name)), (str){0}, a, out, why);
}

/* ---- facts ---- */

#define LISTED_AS_ONE 8u              /* names that indexes list weigh as much as a manifest */

void keep_look_begin(struct keep_look *l, struct arena *a, const struct json *repository)
{
    *l = (struct keep_look){.arena = a, .parts_max = LIMIT_RETENTION_PARTS, .repository_id = arena_copy(a, item_text(repository, S("_id"))),
                            .name = arena_copy(a, item_text(repository, S("name")))};
    l->facts.immutable_tags = item_flag(repository, S("immutable_tags"), false);
}

/* Room for more of them; what is there is copied on. */
static void *room_for(struct arena *a, void *list, size_t count, size_t more, size_t size, size_t *room)
{
    if (count + more <= *room)
        return list;
    *room = count + more > 2 * *room ? count + more : 2 * *room;
    void *wider = arena_get(a, *room, size);
    if (count)
        memcpy(wider, list, count * size);
    return wider;
}

static str own(struct arena *a, str s)
{
    return str_is_absent(s) ? s : arena_copy(a, s);
}

static uint64_t revision_of(const struct json *row)
{
    const struct json *v = json_get(row, S("_rev"));
    return v && v->type == JSON_INT ? (uint64_t)v->integer : 0;
}

static void take_tag(struct keep_look *l, const struct json *row)
{
    l->facts.tags[l->facts.tag_count++] = (struct retention_tag){
        .id = own(l->arena, item_text(row, S("_id"))), .name = own(l->arena, item_text(row, S("name"))),
        .manifest = own(l->arena, item_text(row, S("manifest"))), .revision = revision_of(row), .pushed_ms = item_time(row, S("pushed_at"))};
}

static void add_names(struct keep_look *l, const struct json *list, str *names, size_t *count)
{
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++)
        names[(*count)++] = own(l->arena, list->items[i].text);
}

static void take_manifest(struct keep_look *l, const struct json *row)
{
    const struct json *lists = json_get(row, S("manifests")), *lacks = json_get(row, S("lacks"));
    size_t count = 0;
    str *names = NEW_N(l->arena, str, (lists ? lists->count : 0) + (lacks ? lacks->count : 0) + 1);
    add_names(l, lists, names, &count);
    add_names(l, lacks, names, &count);
    l->listed += count;
    l->facts.manifests[l->facts.manifest_count++] = (struct retention_manifest){
        .id = own(l->arena, item_text(row, S("_id"))), .digest = own(l->arena, item_text(row, S("digest"))),
        .subject = own(l->arena, item_text(row, S("subject"))), .lists = names, .list_count = count, .revision = revision_of(row),
        .pushed_ms = item_time(row, S("pushed_at")), .pulled_ms = item_time(row, S("pulled_at"))};
}

/* Tags first: one that comes meanwhile names a manifest that is young, or that is looked at again when it is to go. */
static const struct {
    str collection, by, fields[8];
    size_t count;
    void (*take)(struct keep_look *l, const struct json *row);
} parts[] = {
    {STR("tags"), STR("name"), {STR("_id"), STR("_rev"), STR("name"), STR("manifest"), STR("pushed_at")}, 5, take_tag},
    {STR("manifests"), STR("digest"),
     {STR("_id"), STR("_rev"), STR("digest"), STR("subject"), STR("manifests"), STR("lacks"), STR("pushed_at"), STR("pulled_at")}, 8, take_manifest},
};

static enum err look(struct gate *g, struct keep_look *l, uint32_t most, struct arena *a, size_t *looked, struct problem *why)
{
    size_t p = l->tags_done ? 1 : 0;
    const struct principal *server = principal_system(g, a, SYSTEM_RETENTION);
    const struct collection *c = model_find(server->rights->model, parts[p].collection);
    struct page_wish wish = {parts[p].fields, parts[p].count, filter_test(a, c->within, TEST_EQ, json_of_text(l->repository_id)),
                             parts[p].by, l->after, most};
    struct item_list list;
    TRY(read_page(g, server, c, &wish, a, &list, why));
    struct retention_facts *f = &l->facts;
    *looked = list.count;
    l->too_large = f->tag_count + f->manifest_count + list.count > l->parts_max;
    if (p == 0)
        f->tags = room_for(l->arena, f->tags, f->tag_count, list.count, sizeof *f->tags, &l->tag_room);
    else
        f->manifests = room_for(l->arena, f->manifests, f->manifest_count, list.count, sizeof *f->manifests, &l->manifest_room);
    for (size_t i = 0; i < list.count && !l->too_large; i++) {
        parts[p].take(l, &list.items[i]);
        l->too_large = f->tag_count + f->manifest_count + l->listed / LISTED_AS_ONE > l->parts_max;
    }
    bool is_last = list.count < most;
    l->after = is_last ? (str){0} : own(l->arena, item_text(&list.items[list.count - 1], parts[p].by));
    l->tags_done = l->tags_done || is_last;
    l->done = l->too_large || (is_last && p == 1);
    return ERR_OK;
}

enum err keep_look_page(struct gate *g, struct keep_look *l, uint32_t most, size_t *looked, struct problem *why)
{
    struct arena *a = arena_open(64u << 10);
    struct problem own_why = {.arena = a};
    enum err e = look(g, l, most, a, looked, &own_why);
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own_why.text));
    arena_close(a);
    return e;
}

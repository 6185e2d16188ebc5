#include "content/journal/sight.h"

#include "base/time.h"
#include "content/journal/eras.h"
#include "content/journal/image_seen.h"
#include "content/journal/reads.h"
#include "content/publish/states.h"

static const struct json *read_map(str text, struct arena *a)
{
    struct problem quiet = {.arena = a};
    const struct json *image = NULL;
    if (str_is_absent(text) || json_read(a, text, NULL, S("journal"), &image, &quiet) != ERR_OK)
        return NULL;
    return image->type == JSON_MAP ? image : NULL;
}

void news_read(const struct entry *e, struct arena *a, struct news *out)
{
    *out = (struct news){*e, read_map(e->before, a), read_map(e->after, a)};
}

void looker_begin(struct looker *l, struct content *c, const struct rights *rights, const struct actor *actor, struct arena *a,
                  struct problem *why)
{
    *l = (struct looker){.content = c, .rights = rights, .actor = *actor, .arena = a, .why = why};
    l->actor.vars.now_ms = time_now_ms();
}

void looker_end(struct looker *l)
{
    l->content->ops->abandon(l->txn);
    l->txn = NULL;
}

/* What a rule looks at behind references. A rule of a role was written by an administrator and sees what is there; a wish sees
 * what its owner may read (AZ-4). */
struct behind {
    struct looker *looker;
    struct filter_world *world;       /* of the rows' own rules: NULL for those */
};

static bool open_database(struct looker *l)
{
    if (!l->txn && l->failed == ERR_OK)
        l->failed = l->content->ops->begin(l->content->engine, TXN_READ, &l->txn, l->why);
    return l->failed == ERR_OK;
}

static struct work work_of(struct looker *l)
{
    return (struct work){.content = l->content, .txn = l->txn, .arena = l->arena, .model = l->rights->model, .actor = &l->actor};
}

static const struct json *readable(struct looker *l, const struct collection *c, const struct json *image)
{
    const struct access *read = rights_access(l->rights, VERB_READ, c);
    struct work w = work_of(l);
    struct json *members = NEW_N(l->arena, struct json, image->count), *out = NEW(l->arena, struct json);
    size_t count = 0;
    for (uint32_t i = 0; i < image->count; i++) {
        const struct field *f = collection_field(c, image->items[i].name);
        if (f && field_set_has(&read->fields, f->index) && image_shows(&w, read, f))
            members[count++] = image->items[i];
    }
    *out = json_of_map(members, count);
    return out;
}

static bool is_for_reader(const struct behind *b, const struct collection *c, const struct json *image)
{
    const struct access *read = rights_access(b->looker->rights, VERB_READ, c);
    return !b->world || (read->granted && filter_matches(read->where, image, b->world));
}

static const struct json *shown(const struct behind *b, const struct collection *c, const struct json *image)
{
    return b->world ? readable(b->looker, c, image) : image;
}

static const struct json *fetch(void *self, const struct collection *c, str id)
{
    struct behind *b = self;
    struct looker *l = b->looker;
    const struct json *image = NULL;
    struct problem quiet = {.arena = l->arena};
    if (!open_database(l))
        return NULL;
    struct work w = work_of(l);
    enum err e = read_image(&w, c, id, &image, &quiet);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        l->failed = problem_set(l->why, e, STR_FMT, STR_ARG(quiet.text));
    return e == ERR_OK && is_for_reader(b, c, image) ? shown(b, c, image) : NULL;
}

static enum err read_referrers(struct looker *l, const struct field *back, str id, uint32_t skip, uint32_t limit, struct item_list *out)
{
    struct work w = work_of(l);
    struct query q = {.from = back->to, .limit = limit, .skip = skip};
    const struct filter *is_this = filter_test(l->arena, &field_stored(back)->in->fields[META_ID], TEST_EQ, json_of_text(id));
    q.where = filter_behind(l->arena, back->via, is_this);
    query_all_fields(l->arena, &q, NULL);
    item_list_init(out, l->arena);
    return read_server(&w, &q, out, l->why);
}

static enum err read_page(struct looker *l, const struct field *back, str id, struct item_list *out, bool *more)
{
    struct item_list others = {0};
    TRY(read_referrers(l, back, id, 0, LIMIT_ROWS, out));
    if (out->count == LIMIT_ROWS)
        TRY(read_referrers(l, back, id, LIMIT_ROWS, 1, &others));
    *more = others.count > 0;
    return ERR_OK;
}

/* Of more than LIMIT_ROWS the others are not looked at. */
static const struct json *referrers(void *self, const struct field *back, str id, bool *more)
{
    struct behind *b = self;
    struct looker *l = b->looker;
    struct item_list list;
    uint32_t count = 0;
    if (!open_database(l))
        return NULL;
    l->failed = read_page(l, back, id, &list, more);
    for (size_t i = 0; l->failed == ERR_OK && i < list.count; i++)
        if (is_for_reader(b, back->to, &list.items[i]))
            list.items[count++] = *shown(b, back->to, &list.items[i]);
    struct json *out = NEW(l->arena, struct json);
    *out = json_of_list(list.items, count);
    return l->failed == ERR_OK ? out : NULL;
}

/* Is the item of this image there, for this one and his wish? A wish is about what he may read: delivery must not answer
 * what an image does not show (AZ-4). */
static bool is_there(struct looker *l, const struct collection *c, const struct json *image, const struct filter *where)
{
    const struct access *read = rights_access(l->rights, VERB_READ, c);
    struct behind all = {l, NULL}, own = {l, NULL};
    struct filter_world rule = {.arena = l->arena, .vars = &l->actor.vars, .fetch = fetch, .referrers = referrers, .self = &all};
    struct filter_world wish = rule;
    own.world = &rule;
    wish.self = &own;
    return image && filter_matches(read->where, image, &rule) && (!where || filter_matches(where, readable(l, c, image), &wish));
}

static bool reads_journal(const struct looker *l)
{
    const struct collection *journal = model_find(l->rights->model, S("journal"));
    const struct access *read = rights_access(l->rights, VERB_READ, journal);
    return read->granted && read->where->node == FILTER_ALL;
}

static bool reads_all_items(const struct looker *l, const struct collection *c)
{
    const struct access *read = c ? rights_access(l->rights, VERB_READ, c) : NULL;
    return l->rights->reaches_all || (read && read->granted && read->where->node == FILTER_ALL);
}

static void settle(struct seen *out, const struct entry *e, bool was, bool is)
{
    if (verb_is_pending(e->verb)) { /* beside the published item, which neither comes into view nor leaves it */
        out->sight = SIGHT_CHANGED;
        return;
    }
    bool comes_or_goes = was != is && !str_equal(e->verb, S("create")) && !str_equal(e->verb, S("delete"));
    out->sight = was && is ? SIGHT_CHANGED : is ? SIGHT_ADDED : SIGHT_REMOVED;
    out->verb = !comes_or_goes ? e->verb : is ? S("create") : S("delete");
}

enum err look_at(struct looker *l, const struct news *n, const struct filter *where, struct seen *out)
{
    const struct entry *e = &n->entry;
    const struct collection *c = model_find(l->rights->model, e->collection);
    const struct era *era = NULL;
    *out = (struct seen){.in = c, .verb = e->verb};
    if (journal_is_note(e->verb)) {
        bool names_items = str_equal(e->verb, NOTE_ITEMS_READ);
        out->sight = reads_journal(l) && (!names_items || reads_all_items(l, era_find(l->rights->model, e->collection, e->seq, &era))) ? SIGHT_NOTE : SIGHT_NOTHING;
        return ERR_OK;
    }
    if (!c || !rights_access(l->rights, VERB_READ, c)->granted ||
        (verb_is_pending(e->verb) && !sees_pending(l->rights, &l->actor, c)))
        return ERR_OK;
    const struct json *before = era_image(l->arena, l->rights->model, c, e->collection, e->seq, n->before);
    const struct json *after = era_image(l->arena, l->rights->model, c, e->collection, e->seq, n->after);
    bool was = is_there(l, c, before, where), is = is_there(l, c, after, where);
    if (l->failed != ERR_OK || (!was && !is))
        return l->failed;
    settle(out, e, was, is);
    out->before = was ? readable(l, c, before) : NULL;
    out->after = is ? readable(l, c, after) : NULL;
    return ERR_OK;
}

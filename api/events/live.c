/* Live queries: the set that a query gives now, then what comes into it, changes in it and leaves it.
 *
 * The set is what gate_read gives this caller, and so is each later state of it: rights, references, languages and orders
 * count as they do everywhere. It is read again when something moved that it hangs on (gate_stamp), at most every
 * LIMIT_LIVE_LOOK_MS, and compared item by item. What was told is remembered as a digest each. */
#include "api/content/params.h"
#include "api/events/events.h"
#include "base/crypt.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/time.h"

#include <stdlib.h>

#define DIGEST 32u

struct told {
    char id[32];
    size_t id_len;
    uint8_t digest[DIGEST];
};

struct live {
    struct exchange *x;
    struct api *api;
    struct feed *feed;
    const struct json *wish;
    struct told *set, *next;          /* room for LIMIT_LIVE_ITEMS each */
    size_t count, next_count;
    uint64_t stamp;                   /* of the set; 0: it changes by itself */
    int64_t looked_us;
    struct event_stream *out;
};

static enum err refuse_id(struct problem *why)
{
    return problem_fault(why, ERR_BAD_INPUT, S("query"), S("fields"), "A live query shows _id, and nothing else by that name");
}

/* Items are told apart by it, whatever `fields` says. */
static enum err show_id(struct arena *a, struct query *q, struct problem *why)
{
    const struct field *id = &q->from->fields[META_ID];
    struct output *all = NEW_N(a, struct output, q->output_count + 1);
    size_t count = 1;
    all[0] = (struct output){.field = id};
    for (size_t i = 0; i < q->output_count; i++) {
        const struct output *o = &q->outputs[i];
        bool is_named_so = str_equal(query_shown_name(o), S("_id"));
        if (is_named_so && (o->field != id || o->excerpt))
            return refuse_id(why);
        if (!is_named_so)
            all[count++] = *o;
    }
    q->outputs = all;
    q->output_count = count;
    return ERR_OK;
}

static enum err query_of(struct live *l, struct arena *a, struct query **out, bool *is_bounded, struct problem *why)
{
    struct content_params p;
    const struct collection *c = NULL;
    const struct principal *who = gate_feed_who(l->feed);
    const struct json *model = json_get(l->wish, S("model"));
    TRY(gate_collection(l->api->gate, who, model->text, &c, why));
    TRY(gate_allows(who, VERB_READ, c, why));
    TRY(content_params_of_json(a, l->wish, &p, why));
    *is_bounded = p.has_limit;
    if (p.limit > LIMIT_LIVE_ITEMS || p.count != COUNT_NONE)
        return problem_fault(why, ERR_BAD_INPUT, S("query"), S("limit"), "A live query has at most %u items, and does not count them", LIMIT_LIVE_ITEMS);
    p.limit = p.has_limit && p.limit ? p.limit : LIMIT_LIVE_ITEMS;
    TRY(content_query(a, who, c, &p, out, why));
    return show_id(a, *out, why);
}

static str id_of(const struct json *item)
{
    const struct json *id = json_get(item, S("_id"));
    return id && id->type == JSON_TEXT ? id->text : (str){0};
}

static enum err check_ids(const struct item_list *list, struct problem *why)
{
    for (size_t i = 0; i < list->count; i++) {
        str id = id_of(&list->items[i]);
        if (id.len == 0 || id.len > sizeof ((struct told *)0)->id)
            return refuse_id(why);
    }
    return ERR_OK;
}

static enum err refuse_size(struct problem *why)
{
    return problem_set(why, ERR_TOO_LARGE, "The set would be larger than %u MiB; ask for fewer items or fields", LIMIT_RESPONSE_BYTES >> 20);
}

/* Gathers rows while there is room for them. */
struct bounded {
    struct receiver receiver;         /* first */
    struct item_list *list;
    size_t most;                      /* bytes of the list's arena */
};

static enum err take_row(struct receiver *self, const struct plan_node *node, const struct row *row, struct problem *why)
{
    struct bounded *b = (struct bounded *)(void *)self;
    TRY(b->list->receiver.row(&b->list->receiver, node, row, why));
    return arena_bytes(b->list->arena) > b->most ? refuse_size(why) : ERR_OK;
}

static enum err read_set(struct live *l, struct arena *a, struct item_list *out, struct problem *why)
{
    struct query *q = NULL;
    struct page page = {0};
    bool is_bounded = false;
    TRY(query_of(l, a, &q, &is_bounded, why));
    l->looked_us = time_mono_us();
    l->stamp = gate_stamp(l->api->gate, gate_feed_who(l->feed), q); /* before: what moves meanwhile is looked at again */
    item_list_init(out, a);
    out->references = true;
    struct bounded bounded = {{.row = take_row}, out, arena_bytes(a) + LIMIT_LIVE_BYTES};
    TRY(gate_read(l->api->gate, gate_feed_who(l->feed), q, &bounded.receiver, &page, why));
    if (page.has_more && !is_bounded)
        return problem_fault(why, ERR_TOO_LARGE, S("query"), S("limit"), "There are more than %u items; say limit, or ask for fewer", LIMIT_LIVE_ITEMS);
    return check_ids(out, why);
}

static void remember(struct live *l, str id, str text)
{
    struct told *t = &l->next[l->next_count++];
    must(id.len <= sizeof t->id);
    memcpy(t->id, id.at, id.len);
    t->id_len = id.len;
    crypt_sha256(text, t->digest);
}

static const struct told *told_of(const struct map *by_id, str id)
{
    return map_get(by_id, id);
}

static struct map *index_of(struct arena *a, struct told *set, size_t count)
{
    struct map *m = map_new(a, count);
    for (size_t i = 0; i < count; i++)
        (void)map_put(m, (str){set[i].id, set[i].id_len}, &set[i]);
    return m;
}

static void write_change(struct buf *out, uint64_t seq, const char *change, str id, str item)
{
    event_frame_open(out, seq, (str){0});
    buf_format(out, "{\"change\":\"%s\",\"id\":\"" STR_FMT "\",\"item\":", change, STR_ARG(id));
    buf_add(out, item);
    buf_byte(out, '}');
    event_frame_close(out);
}

/* What is in the set now, against what was told. */
static void compare(struct live *l, struct arena *a, const struct item_list *now, uint64_t seq, struct buf *out)
{
    const struct map *before = index_of(a, l->set, l->count);
    l->next_count = 0;
    for (size_t i = 0; i < now->count; i++) {
        str id = id_of(&now->items[i]), text = json_print(a, &now->items[i]);
        remember(l, id, text);
        const struct told *old = told_of(before, id);
        bool same = old && memcmp(old->digest, l->next[l->next_count - 1].digest, DIGEST) == 0;
        if (!same)
            write_change(out, seq, old ? "changed" : "added", id, text);
    }
    const struct map *after = index_of(a, l->next, l->next_count);
    for (size_t i = 0; i < l->count; i++) {
        str id = {l->set[i].id, l->set[i].id_len};
        if (!told_of(after, id))
            write_change(out, seq, "removed", id, S("null"));
    }
    struct told *old = l->set;
    l->set = l->next;
    l->count = l->next_count;
    l->next = old;
}

static void write_snapshot(struct live *l, struct arena *a, const struct item_list *now, uint64_t seq, struct buf *out)
{
    event_frame_open(out, seq, S("snapshot"));
    buf_add(out, S("{\"items\":["));
    l->next_count = 0;
    for (size_t i = 0; i < now->count; i++) {
        str text = json_print(a, &now->items[i]);
        if (i > 0)
            buf_byte(out, ',');
        buf_add(out, text);
        remember(l, id_of(&now->items[i]), text);
    }
    buf_add(out, S("]}"));
    event_frame_close(out);
    struct told *old = l->set;
    l->set = l->next;
    l->count = l->next_count;
    l->next = old;
}

static enum err begin(struct live *l, struct problem *why)
{
    struct arena *a = arena_open(64u << 10);
    struct item_list now;
    struct buf out;
    uint64_t seq = gate_feed_last(l->feed);
    enum err e = read_set(l, a, &now, why);
    buf_init(&out, NULL, LIMIT_RESPONSE_BYTES);
    if (e == ERR_OK) {
        write_snapshot(l, a, &now, seq, &out);
        e = out.failed ? refuse_size(why) : ERR_OK;
    }
    if (e == ERR_OK && event_stream_begin(l->out, l->x) != ERR_OK)
        e = ERR_UNAVAILABLE;
    if (e == ERR_OK)
        e = event_stream_send(l->out, buf_str(&out), seq);
    buf_free(&out);
    arena_close(a);
    return e;
}

/* Has something moved that the set hangs on? */
static enum err is_due(struct live *l, struct arena *a, bool *due, struct problem *why)
{
    struct query *q = NULL;
    bool unused;
    int64_t rested_us = time_mono_us() - l->looked_us;
    *due = false;
    if (rested_us < LIMIT_LIVE_LOOK_MS * INT64_C(1000))
        return ERR_OK;
    TRY(query_of(l, a, &q, &unused, why));
    uint64_t stamp = gate_stamp(l->api->gate, gate_feed_who(l->feed), q);
    *due = stamp == 0 ? rested_us > 1000000 : stamp != l->stamp;
    return ERR_OK;
}

/* One look: waits for news, and tells what they did to the set. *is_there: the client. */
static enum err look(struct live *l, struct arena *a, bool *is_there, struct problem *why)
{
    struct feed_batch batch;
    struct item_list now;
    struct buf out;
    bool due;
    int64_t rest_ms = LIMIT_LIVE_LOOK_MS - (time_mono_us() - l->looked_us) / 1000;
    TRY(gate_feed_read(l->feed, a, LIMIT_FEED_EVENTS, rest_ms > 0 ? (int)rest_ms : EVENT_SLICE_MS, &batch, why));
    TRY(is_due(l, a, &due, why));
    *is_there = event_stream_beat(l->out, batch.last) == ERR_OK;
    if (!due || !*is_there)
        return ERR_OK;
    TRY(read_set(l, a, &now, why));
    buf_init(&out, NULL, LIMIT_RESPONSE_BYTES);
    compare(l, a, &now, batch.last, &out);
    bool is_large = out.failed;
    if (out.len > 0 && !is_large)
        *is_there = event_stream_send(l->out, buf_str(&out), batch.last) == ERR_OK;
    buf_free(&out);
    return is_large ? refuse_size(why) : ERR_OK;
}

static enum err go_on(struct live *l, struct problem *why)
{
    struct arena *a = arena_open(64u << 10);
    bool is_there = true;
    enum err e = ERR_OK;
    while (e == ERR_OK && is_there && !l->x->is_over(l->x)) {
        e = look(l, a, &is_there, why);
        arena_reset(a);
    }
    arena_close(a);
    return e;
}

static enum err read_query(struct exchange *x, str text, const struct json **out, struct problem *why)
{
    TRY(json_read(x->arena, text, &(struct json_options){.dialect = JSON_5}, S("query"), out, why));
    const struct json *model = (*out)->type == JSON_MAP ? json_get(*out, S("model")) : NULL;
    if (model && model->type == JSON_TEXT)
        return ERR_OK;
    return problem_fault(why, ERR_BAD_INPUT, S("query"), S("parameter"), "query is a map with model, and filter, fields, sort, limit as they are needed");
}

enum err events_live(struct exchange *x, struct api *api, str query, struct problem *why)
{
    struct event_stream out = {0};
    struct live l = {.x = x, .api = api, .out = &out};
    TRY(read_query(x, query, &l.wish, why));
    struct feed_wish wish = {.from_now = true, .waits = x->method != M_HEAD, .collections = &json_get(l.wish, S("model"))->text, .collection_count = 1};
    TRY(gate_feed_open(api->gate, &(struct feed_reader){.x = x}, &wish, &l.feed, why));
    l.set = calloc(2 * LIMIT_LIVE_ITEMS, sizeof *l.set);
    must(l.set != NULL);
    struct told *room = l.set;
    l.next = l.set + LIMIT_LIVE_ITEMS;
    enum err e = begin(&l, why);
    bool has_begun = x->status_sent != 0;
    if (e == ERR_OK && wish.waits)
        e = go_on(&l, why);
    if (has_begun)
        event_stream_end(&out, e == ERR_OK ? NULL : why);
    gate_feed_close(l.feed);
    free(room);
    return has_begun ? ERR_OK : e;
}

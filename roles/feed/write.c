/* Events as JSON. */
#include "base/time.h"
#include "roles/feed/feed.h"

static const char *const changes[] = {
    [SIGHT_NOTHING] = "", [SIGHT_ADDED] = "added", [SIGHT_CHANGED] = "changed", [SIGHT_REMOVED] = "removed", [SIGHT_NOTE] = "note"};

static void text_member(struct json_writer *w, str name, str text)
{
    json_name(w, name);
    json_text(w, text);
}

static void image_member(struct json_writer *w, str name, const struct json *image)
{
    json_name(w, name);
    if (image)
        json_value(w, image);
    else
        json_nothing(w);
}

static void time_member(struct json_writer *w, struct arena *a, str name, int64_t ms)
{
    struct buf text;
    buf_init(&text, a, 64);
    time_write(&text, ms);
    text_member(w, name, buf_str(&text));
}

void event_write(struct buf *out, struct arena *a, const struct feed_event *e)
{
    struct json_writer w;
    json_begin(&w, out);
    json_map_open(&w);
    json_name(&w, S("seq"));
    json_uint(&w, e->seq);
    json_name(&w, S("tx"));
    json_uint(&w, e->tx);
    time_member(&w, a, S("at"), e->at_ms);
    text_member(&w, S("change"), str_of(changes[e->seen.sight]));
    text_member(&w, S("collection"), e->collection);
    text_member(&w, S("item"), e->item);
    text_member(&w, S("verb"), e->seen.verb);
    json_name(&w, S("revision"));
    json_uint(&w, e->revision);
    image_member(&w, S("before"), e->seen.before);
    image_member(&w, S("after"), e->seen.after);
    if (!str_is_absent(e->who)) {
        text_member(&w, S("who"), e->who);
        text_member(&w, S("via"), e->via);
        text_member(&w, S("request"), e->request_id);
        text_member(&w, S("user"), e->user);
    }
    json_map_close(&w);
    json_end(&w);
}

/* What a receiver is sent. */
#include "base/limits.h"
#include "base/time.h"
#include "content/system/members.h"
#include "roles/webhooks/part.h"

static str time_text(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return buf_str(&b);
}

str webhook_message_id(struct arena *a, str delivery)
{
    return arena_format(a, "msg_" STR_FMT, STR_ARG(delivery));
}

enum err webhook_body_write(struct arena *a, const struct webhook_says *says, str *out, struct problem *why)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, a, LIMIT_WEBHOOK_BODY_BYTES);
    json_begin(&w, &b);
    json_map_open(&w);
    json_name(&w, S("type"));
    json_text(&w, arena_format(a, STR_FMT "." STR_FMT, STR_ARG(says->collection), STR_ARG(says->verb)));
    json_name(&w, S("timestamp"));
    json_text(&w, time_text(a, says->at_ms));
    if (says->omits) {
        json_name(&w, S("omitted"));
        json_bool(&w, true);
    }
    json_name(&w, S("data"));
    json_ready(&w, says->event);
    json_map_close(&w);
    json_end(&w);
    *out = buf_str(&b);
    return b.failed ? problem_set(why, ERR_TOO_LARGE, "The body would be larger than %u bytes", LIMIT_WEBHOOK_BODY_BYTES) : ERR_OK;
}

/* Those of its fields that the webhook names; all without such names. */
static const struct json *named(struct arena *a, const struct hook *h, const struct json *image)
{
    const struct json *names = list_in(h->item, S("fields"));
    if (!image || names->count == 0)
        return image;
    struct json *members = NEW_N(a, struct json, names->count), *out = NEW(a, struct json);
    uint32_t count = 0;
    for (uint32_t i = 0; i < names->count; i++) {
        const struct json *v = json_get(image, names->items[i].text);
        if (v)
            members[count++] = *v;
    }
    *out = json_of_map(members, count);
    return out;
}

/* Both images of an item can be more than one may be, and are deeper in a body than what they came with: a template that cannot
 * be filled with them is filled without. */
static enum err fill(struct arena *a, const struct json *template, str usual, str *out, struct problem *why)
{
    const struct json *from = NULL;
    struct problem own = {.arena = a};
    struct buf b;
    if (json_read(a, usual, NULL, S("body"), &from, &own) != ERR_OK)
        return problem_set(why, ERR_TOO_LARGE, "The body has more values than a template is filled with, or deeper ones");
    buf_init(&b, a, LIMIT_WEBHOOK_BODY_BYTES);
    TRY(webhook_fill(&b, template, from, why));
    *out = buf_str(&b);
    return ERR_OK;
}

static enum err finish(struct arena *a, const struct hook *h, const struct webhook_says *says, str *out, struct problem *why)
{
    const struct json *template = json_get(h->item, S("template"));
    TRY(webhook_body_write(a, says, out, why));
    return template && template->type != JSON_NULL ? fill(a, template, *out, out, why) : ERR_OK;
}

static str event_text(struct arena *a, const struct feed_event *e)
{
    struct buf b;
    buf_init(&b, a, LIMIT_RESPONSE_BYTES);
    event_write(&b, a, e);
    return b.failed ? (str){0} : buf_str(&b);
}

enum err webhook_body(struct arena *a, const struct hook *h, const struct feed_event *e, str *out, struct problem *why)
{
    struct feed_event told = *e;
    struct webhook_says says = {.collection = e->collection, .verb = e->seen.verb, .at_ms = e->at_ms};
    struct problem own = {.arena = a};
    told.seen.before = named(a, h, e->seen.before);
    told.seen.after = named(a, h, e->seen.after);
    says.event = event_text(a, &told);
    if (!str_is_absent(says.event) && finish(a, h, &says, out, &own) == ERR_OK)
        return ERR_OK;
    if (!str_is_absent(says.event) && own.err != ERR_TOO_LARGE)
        return problem_set(why, own.err, STR_FMT, STR_ARG(own.text));
    told.seen.before = told.seen.after = NULL; /* that it happened is told in any case; the item can be asked for */
    says.event = event_text(a, &told);
    says.omits = true;
    return finish(a, h, &says, out, why);
}

enum err webhook_test_body(struct arena *a, const struct hook *h, int64_t now_ms, str *out, struct problem *why)
{
    struct json name = json_named(S("webhook"), json_of_text(h->name)), data = json_of_map(&name, 1);
    struct webhook_says says = {S("webhooks"), S("test"), now_ms, json_print(a, &data), false};
    return finish(a, h, &says, out, why);
}

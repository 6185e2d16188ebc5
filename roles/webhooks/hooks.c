/* Items of `webhooks` as what the rest works with, and what the server itself writes into them. */
#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "base/utf8.h"
#include "content/kind.h"
#include "content/system/members.h"
#include "content/system/site/webhook_headers.h"
#include "roles/webhooks/part.h"

struct hook hook_of(const struct json *item)
{
    return (struct hook){.item = item,
                         .events = list_in(item, S("events")),
                         .id = text_in(item, S("_id")),
                         .name = text_in(item, S("name")),
                         .url = text_in(item, S("url")),
                         .method = text_in(item, S("method")),
                         .by = text_in(item, S("by")),
                         .role = text_in(item, S("role")),
                         .enabled = flag_in(item, S("enabled")),
                         .paused = flag_in(item, S("paused")),
                         .since = (uint64_t)number_in(item, S("since")),
                         .failing_since_ms = time_in(item, S("failing_since")),
                         .previous_until_ms = time_in(item, S("previous_until"))};
}

static const struct rights *own_rights(struct gate *g, struct arena *a)
{
    return principal_system(g, a, SYSTEM_WEBHOOKS)->rights;
}

enum err hooks_read(struct gate *g, struct arena *a, struct hook **out, size_t *count, struct problem *why)
{
    struct item_list list;
    TRY(read_items(g->content, own_rights(g, a), S("webhooks"), NULL, a, &list, why));
    *out = NEW_N(a, struct hook, list.count + 1);
    *count = list.count;
    for (size_t i = 0; i < list.count; i++)
        (*out)[i] = hook_of(&list.items[i]);
    return ERR_OK;
}

enum err hook_read(struct gate *g, struct arena *a, str id, struct hook *out, struct problem *why)
{
    const struct json *item = NULL;
    TRY(read_item(g->content, own_rights(g, a), S("webhooks"), S("_id"), id, a, &item, why));
    if (!item)
        return problem_set(why, ERR_NOT_FOUND, "The webhook is gone");
    *out = hook_of(item);
    return ERR_OK;
}

/* ------ secrets */

static const struct collection *webhooks_of(struct gate *g, struct arena *a)
{
    return model_find(own_rights(g, a)->model, S("webhooks"));
}

enum err hook_keys(struct gate *g, struct arena *a, const struct hook *h, int64_t now_ms, struct signing_keys *out, struct problem *why)
{
    struct signing_secrets of = {.in = webhooks_of(g, a), .item = h->id, .secret = S("secret"), .previous = S("previous_secret"),
                                 .previous_until_ms = h->previous_until_ms};
    return signing_keys_take(g, &of, now_ms, a, out, why);
}

enum err hook_headers(struct gate *g, struct arena *a, const struct hook *h, struct hook_headers *out, struct problem *why)
{
    const struct json *list = list_in(h->item, S("headers"));
    struct pair *pairs = NEW_N(a, struct pair, list->count + LIMIT_WEBHOOK_HEADERS);
    size_t more = 0;
    *out = (struct hook_headers){.pairs = pairs};
    for (uint32_t i = 0; i < list->count; i++) {
        str value = text_in(&list->items[i], S("value"));
        pairs[out->count++] = (struct pair){text_in(&list->items[i], S("name")), value.len ? value : S("")};
    }
    out->secret_from = out->count;
    TRY(secret_unseal(g, webhooks_of(g, a), h->id, S("secret_headers"), a, &out->lines, why));
    enum err e = ERR_OK;
    if (!str_is_absent(out->lines))
        e = webhook_headers_read(a, out->lines, S("/secret_headers"), pairs + out->count, &more, why);
    if (e != ERR_OK)
        hook_headers_wipe(out);
    out->count += e == ERR_OK ? more : 0;
    return e;
}

void hook_headers_wipe(struct hook_headers *h)
{
    secret_wipe(&h->lines);
    h->count = h->secret_from;
}

/* ------ what the server writes */

static enum err note_disabled(struct gate *g, struct arena *a, const struct hook *h, str reason, struct problem *why)
{
    struct json *members = NEW_N(a, struct json, 2);
    members[0] = json_named(S("name"), json_of_text(h->name));
    members[1] = json_named(S("reason"), json_of_text(reason));
    struct json after = json_of_map(members, 2);
    struct entry e = {.at_ms = time_now_ms(), .who = S("system webhooks"), .via = S("system"), .collection = S("webhooks"), .item = h->id,
                      .verb = S("webhook.disabled"), .after = json_print(a, &after)};
    return journal_note(g->content, &e, 1, why);
}

enum err hook_disable(struct gate *g, struct arena *a, const struct hook *h, str reason, struct problem *why)
{
    struct own_change o;
    struct problem own = {.arena = a};
    reason = utf8_cut(reason, LIMIT_WEBHOOK_TEXT_BYTES);
    own_change_begin(&o, g, a, SYSTEM_WEBHOOKS, S("webhooks"), OP_UPDATE);
    o.change.id = h->id;
    o.change.expects = true;
    o.change.expect_revision = (uint64_t)number_in(h->item, S("_rev"));
    own_set(&o, S("enabled"), json_of_bool(false));
    own_set_time(&o, S("disabled_at"), time_now_ms());
    own_set_text(&o, S("disabled_reason"), reason);
    enum err e = own_change_commit(&o, &own);
    if (e == ERR_STALE || e == ERR_NOT_FOUND)
        return ERR_OK;
    if (e != ERR_OK)
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    LOG(LOG_WARN, "webhook.disabled", LOG_TEXT("webhook", h->id), LOG_TEXT("name", h->name), LOG_TEXT("reason", reason));
    return note_disabled(g, a, h, reason, why);
}

enum err hook_failing(struct gate *g, struct arena *a, const struct hook *h, int64_t since_ms, struct problem *why)
{
    struct own_change o;
    struct problem own = {.arena = a};
    own_change_begin(&o, g, a, SYSTEM_WEBHOOKS, S("webhooks"), OP_UPDATE);
    o.change.id = h->id;
    if (since_ms)
        own_set_time(&o, S("failing_since"), since_ms);
    else
        own_set_text(&o, S("failing_since"), (str){0});
    enum err e = own_change_commit(&o, &own);
    return e == ERR_OK || e == ERR_NOT_FOUND ? ERR_OK : problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

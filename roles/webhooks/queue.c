/* What waits is items of `deliveries`: nothing of the queue is in memory, and nothing of it is lost with a process. */
#include "base/limits.h"
#include "base/time.h"
#include "content/content.h"
#include "content/kind.h"
#include "content/system/members.h"
#include "roles/webhooks/part.h"

static const struct collection *deliveries_of(const struct principal *server)
{
    return model_find(server->rights->model, S("deliveries"));
}

static const struct filter *is(struct arena *a, const struct collection *c, str field, str value)
{
    return filter_test(a, collection_field(c, field), TEST_EQ, json_of_text(value));
}

static const struct filter *waits(struct arena *a, const struct collection *c, str hook)
{
    const struct filter *f = is(a, c, S("state"), S("waiting"));
    return str_is_absent(hook) ? f : filter_and(a, is(a, c, S("webhook"), hook), f);
}

/* The first by this field; of equal ones the earlier entry. */
static enum err first_by(struct gate *g, struct arena *a, const struct filter *where, str field, size_t most, struct item_list *out,
                         struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_WEBHOOKS);
    const struct collection *c = deliveries_of(server);
    struct query q = {.from = c, .where = where, .limit = (uint32_t)most};
    q.sort[q.sort_count++] = (struct sort){.by = collection_field(c, field)};
    q.sort[q.sort_count++] = (struct sort){.by = collection_field(c, S("seq"))};
    query_all_fields(a, &q, NULL);
    item_list_init(out, a);
    return content_read(g->content, server->rights, VERB_READ, &server->actor, &q, &out->receiver, NULL, why);
}

enum err queue_first(struct gate *g, struct arena *a, str hook, bool tests_only, struct due *out, struct problem *why)
{
    const struct collection *c = deliveries_of(principal_system(g, a, SYSTEM_WEBHOOKS));
    const struct filter *f = waits(a, c, hook);
    struct item_list list;
    *out = (struct due){.hook = hook};
    if (tests_only)
        f = filter_and(a, f, is(a, c, S("event"), S("webhooks.test")));
    TRY(first_by(g, a, f, S("next_at"), 1, &list, why));
    if (list.count == 0)
        return ERR_OK;
    out->delivery = text_in(&list.items[0], S("_id"));
    out->at_ms = time_in(&list.items[0], S("next_at"));
    out->is_test = number_in(&list.items[0], S("seq")) == 0;
    return ERR_OK;
}

static enum err count(struct gate *g, struct arena *a, const struct filter *where, uint64_t *out, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_WEBHOOKS);
    struct query q = {.from = deliveries_of(server), .where = where, .limit = 1, .count = COUNT_ONLY};
    struct item_list none;
    struct page page = {0};
    query_all_fields(a, &q, NULL);
    item_list_init(&none, a);
    TRY(content_read(g->content, server->rights, VERB_READ, &server->actor, &q, &none.receiver, &page, why));
    *out = page.total;
    return ERR_OK;
}

enum err queue_count(struct gate *g, struct arena *a, str hook, uint64_t *out, struct problem *why)
{
    return count(g, a, waits(a, deliveries_of(principal_system(g, a, SYSTEM_WEBHOOKS)), hook), out, why);
}

enum err queue_oldest(struct gate *g, struct arena *a, int64_t *since_ms, struct problem *why)
{
    const struct collection *c = deliveries_of(principal_system(g, a, SYSTEM_WEBHOOKS));
    struct item_list list;
    *since_ms = 0;
    TRY(first_by(g, a, waits(a, c, (str){0}), S("_created"), 1, &list, why));
    if (list.count)
        *since_ms = number_in(&list.items[0], S("_created")) * 1000;
    return ERR_OK;
}

/* ------ what is over */

static enum err drop(struct gate *g, struct arena *a, const struct item_list *list, struct problem *why)
{
    struct own_change *all = NEW_N(a, struct own_change, list->count + 1);
    struct own_change **each = NEW_N(a, struct own_change *, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        if (i == 0)
            own_change_begin(&all[i], g, a, SYSTEM_WEBHOOKS, S("deliveries"), OP_DELETE);
        else
            own_change_beside(&all[i], &all[0], S("deliveries"), OP_DELETE);
        all[i].change.id = text_in(&list->items[i], S("_id"));
        each[i] = &all[i];
    }
    return list->count ? own_changes_commit(each, list->count, why) : ERR_OK;
}

static enum err give_up(struct gate *g, struct arena *a, const struct item_list *list, struct problem *why)
{
    for (size_t i = 0; i < list->count; i++) {
        struct own_change o;
        own_change_begin(&o, g, a, SYSTEM_WEBHOOKS, S("deliveries"), OP_UPDATE);
        o.change.id = text_in(&list->items[i], S("_id"));
        own_set_text(&o, S("state"), S("failed"));
        own_set_text(&o, S("error"), S("It waited for too long: the webhook was paused, switched off or failing"));
        TRY(own_change_commit(&o, why));
    }
    return ERR_OK;
}

static const struct filter *before_ms(struct arena *a, const struct collection *c, str field, int64_t ms)
{
    return filter_test(a, collection_field(c, field), TEST_LT, json_of_int(ms));
}

static const struct filter *not_waiting(struct arena *a, const struct collection *c)
{
    return filter_or(a, is(a, c, S("state"), S("done")), is(a, c, S("state"), S("failed")));
}

static const struct filter *of_nobody(struct arena *a, const struct collection *c, const struct hook *hooks, size_t n)
{
    struct json *ids = NEW_N(a, struct json, n + 1);
    for (size_t i = 0; i < n; i++)
        ids[i] = json_of_text(hooks[i].id);
    return n ? filter_test(a, collection_field(c, S("webhook")), TEST_NIN, json_of_list(ids, n)) : &filter_all;
}

/* Beyond the newest LIMIT_DELIVERIES_OLD of a webhook. */
static enum err trim_one(struct gate *g, struct arena *a, const struct collection *c, const struct hook *h, size_t *dropped, struct problem *why)
{
    const struct filter *f = filter_and(a, is(a, c, S("webhook"), h->id), not_waiting(a, c));
    struct item_list list;
    uint64_t there = 0;
    TRY(count(g, a, f, &there, why));
    if (there <= LIMIT_DELIVERIES_OLD)
        return ERR_OK;
    uint64_t over = there - LIMIT_DELIVERIES_OLD;
    TRY(first_by(g, a, f, S("_created"), over < LIMIT_DELIVERY_STEP ? (size_t)over : LIMIT_DELIVERY_STEP, &list, why));
    *dropped += list.count;
    return drop(g, a, &list, why);
}

static enum err drop_some(struct gate *g, struct arena *a, const struct filter *where, size_t *dropped, struct problem *why)
{
    struct item_list list;
    TRY(first_by(g, a, where, S("_id"), LIMIT_DELIVERY_STEP, &list, why));
    *dropped += list.count;
    return drop(g, a, &list, why);
}

enum err queue_sweep(struct gate *g, struct arena *a, const struct hook *hooks, size_t n, bool *more, struct problem *why)
{
    const struct collection *c = deliveries_of(principal_system(g, a, SYSTEM_WEBHOOKS));
    int64_t now = time_now_ms();
    struct item_list late;
    size_t done = 0;
    const struct filter *old = filter_test(a, &c->fields[META_CREATED], TEST_LT, json_of_int((now - g->webhook_keep_ms) / 1000));
    TRY(drop_some(g, a, filter_and(a, old, not_waiting(a, c)), &done, why));
    TRY(first_by(g, a, filter_and(a, waits(a, c, (str){0}), before_ms(a, c, S("until"), now)), S("_id"), LIMIT_DELIVERY_STEP, &late, why));
    TRY(give_up(g, a, &late, why));
    for (size_t i = 0; i < n; i++)
        TRY(trim_one(g, a, c, &hooks[i], &done, why));
    *more = done + late.count >= LIMIT_DELIVERY_STEP;
    return ERR_OK;
}

enum err queue_sweep_orphans(struct gate *g, struct arena *a, const struct hook *hooks, size_t n, bool *more, struct problem *why)
{
    const struct collection *c = deliveries_of(principal_system(g, a, SYSTEM_WEBHOOKS));
    size_t done = 0;
    TRY(drop_some(g, a, of_nobody(a, c, hooks, n), &done, why));
    *more = done >= LIMIT_DELIVERY_STEP;
    return ERR_OK;
}

static enum err has_any(struct gate *g, struct arena *a, str collection, bool *out, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_WEBHOOKS);
    struct query q = {.from = model_find(server->rights->model, collection), .limit = 1};
    struct item_list list;
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    TRY(content_read(g->content, server->rights, VERB_READ, &server->actor, &q, &list.receiver, NULL, why));
    *out |= list.count > 0;
    return ERR_OK;
}

enum err queue_any(struct gate *g, struct arena *a, bool *out, struct problem *why)
{
    *out = false;
    TRY(has_any(g, a, S("webhooks"), out, why));
    return has_any(g, a, S("deliveries"), out, why);
}

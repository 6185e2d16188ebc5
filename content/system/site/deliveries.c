/* Deliveries as content: made by the server alone (roles/webhooks/make.c), and once more when somebody asks. They say which
 * entry of the journal is to be told, and nothing of what is in it: what the receiver may learn is found out when it is sent. */
#include <inttypes.h>

#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/members.h"
#include "content/system/people/standing.h"
#include "content/system/site/webhook_events.h"

#define MINUTE_MS 60000

static struct json time_text(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return json_of_text(buf_str(&b));
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    (void)present;
    if (c->op == OP_DELETE || work_follows(w) || work_actor(w)->is_server)
        return ERR_OK;
    return problem_set(why, ERR_FORBIDDEN, "Deliveries are made by the server; resend is an action");
}

static enum err check_pace(struct work *w, const struct collection *c, str hook, struct problem *why)
{
    struct arena *a = work_arena(w);
    uint64_t count = 0;
    const struct filter *f = filter_test(a, collection_field(c, S("webhook")), TEST_EQ, json_of_text(hook));
    f = filter_and(a, f, filter_test(a, collection_field(c, S("event")), TEST_EQ, json_of_text(S("webhooks.test"))));
    f = filter_and(a, f, filter_test(a, &c->fields[META_CREATED], TEST_GT, json_of_int((work_now_ms(w) - MINUTE_MS) / 1000)));
    TRY(work_count(w, S("deliveries"), f, &count, why));
    if (count < LIMIT_WEBHOOK_TESTS)
        return ERR_OK;
    why->retry_after_s = MINUTE_MS / 1000;
    return problem_set(why, ERR_TOO_MANY, "A webhook is tested at most %u times a minute", LIMIT_WEBHOOK_TESTS);
}

enum err webhook_test_make(struct work *w, str hook, str *delivery, struct problem *why)
{
    struct arena *a = work_arena(w);
    const struct collection *c = model_find(work_model(w), S("deliveries"));
    struct change made = {.op = OP_CREATE, .in = c, .id = id_new(a), .values = NEW_N(a, struct json, c->field_count)};
    TRY(check_pace(w, c, hook, why));
    value_put(&made, S("webhook"), json_of_text(hook));
    value_put(&made, S("event"), json_of_text(S("webhooks.test")));
    value_put(&made, S("seq"), json_of_int(0));
    value_put(&made, S("state"), json_of_text(S("waiting")));
    value_put(&made, S("attempts"), json_of_int(0));
    /* Who tests waits for the result: before all others, and not for long. */
    value_put(&made, S("next_at"), time_text(a, work_now_ms(w) - 2 * LIMIT_WEBHOOK_RETRY_S * INT64_C(1000)));
    value_put(&made, S("until"), time_text(a, work_now_ms(w) + MINUTE_MS));
    TRY(work_change(w, &made, why));
    *delivery = made.result_id;
    return ERR_OK;
}

static enum err resend(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    struct arena *a = work_arena(w);
    const struct json *present = NULL, *hook = NULL;
    struct problem own = {.arena = a};
    (void)input;
    if (str_is_absent(id))
        return problem_set(why, ERR_BAD_INPUT, "Say which delivery");
    TRY(work_get(w, S("deliveries"), id, &present, why));
    if (str_equal(text_in(present, S("state")), S("waiting")))
        return problem_set(why, ERR_CONFLICT, "This delivery is still on its way");
    if (work_get(w, S("webhooks"), text_in(present, S("webhook")), &hook, &own) != ERR_OK)
        return problem_set(why, ERR_CONFLICT, "The webhook of this delivery is gone");
    struct change due = {.op = OP_UPDATE, .in = c, .id = id, .values = NEW_N(a, struct json, c->field_count)};
    value_put(&due, S("state"), json_of_text(S("waiting")));
    value_put(&due, S("attempts"), json_of_int(0));
    value_put(&due, S("next_at"), time_text(a, work_now_ms(w)));
    value_put(&due, S("until"), time_text(a, work_now_ms(w) + LIMIT_WEBHOOK_RETRY_S * INT64_C(1000)));
    TRY(work_change(w, &due, why));
    struct json *members = NEW_N(a, struct json, 2);
    members[0] = json_named(S("_id"), json_of_text(id));
    members[1] = json_named(S("state"), json_of_text(S("waiting")));
    *output = json_of_map(members, 2);
    return ERR_OK;
}

static const struct action_code actions[] = {{.name = STR("resend"), .run = resend}};
const struct behaviour behaviour_deliveries = {
    .collection = STR("deliveries"), .before = before, .actions = actions, .action_count = COUNTOF(actions)};

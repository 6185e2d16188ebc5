/* Webhooks as content (docs/webhooks.md). Whoever writes one lends it his own rights, which are looked at anew with each
 * delivery: what goes out is never more than its author may read at that moment, whoever may write webhooks. So a change by
 * somebody else makes the webhook see what that one may. What was entrusted for one server (secret headers, the signing
 * secret) does not follow the address to another. */
#include "base/limits.h"
#include "base/time.h"
#include "base/webhook_signature.h"
#include "content/journal/feed.h"
#include "content/kind.h"
#include "content/publish/schedules.h"
#include "content/system/behaviours.h"
#include "content/system/members.h"
#include "content/system/people/standing.h"
#include "content/system/site/webhook_events.h"
#include "content/system/site/webhook_headers.h"

/* ------ whose sight */

static enum err is_there(struct work *w, str collection, str id, bool *out, struct problem *why)
{
    const struct json *unused;
    struct problem own = {.arena = why->arena};
    enum err e = work_get(w, collection, id, &unused, &own);
    *out = e == ERR_OK;
    return e == ERR_OK || e == ERR_NOT_FOUND ? ERR_OK : problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

/* "$user" of a service account is its id. */
static enum err find_subject(struct work *w, str *out, struct problem *why)
{
    const struct actor *actor = work_actor(w);
    bool is_service = false;
    *out = schedule_subject(work_arena(w), actor);
    if (str_is_absent(actor->vars.key) && !str_is_absent(actor->vars.user))
        TRY(is_there(w, S("service_accounts"), actor->vars.user, &is_service, why));
    if (is_service)
        *out = arena_format(work_arena(w), "service:" STR_FMT, STR_ARG(actor->vars.user));
    return ERR_OK;
}

static enum err lend(struct work *w, struct change *c, struct problem *why)
{
    const struct actor *actor = work_actor(w);
    str subject = {0};
    TRY(find_subject(w, &subject, why));
    if (str_is_absent(subject))
        return problem_set(why, ERR_FORBIDDEN, "A webhook sees what its author may read: sign in, or come with a key");
    if (actor->is_derived && actor->is_narrowed)
        return problem_set(why, ERR_FORBIDDEN, "A token with narrower rights than its owner's lends them to no webhook; come with a key");
    value_put(c, S("by"), json_of_text(subject));
    value_put(c, S("who"), json_of_text(actor->label));
    return ERR_OK;
}

/* ------ what it says */

static enum err check_headers(struct work *w, struct change *c, struct problem *why)
{
    const struct json *list = value_to_be(c, NULL, S("headers")), *secret = value_to_be(c, NULL, S("secret_headers"));
    const struct field *field = collection_field(c->in, S("secret_headers"));
    struct pair pairs[LIMIT_WEBHOOK_HEADERS];
    size_t count = 0;
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++)
        err_ignored(webhook_header_check(text_in(&list->items[i], S("name")), text_in(&list->items[i], S("value")),
                                         arena_format(work_arena(w), "/headers/%u", i), why));
    if (!field_set_has(&c->set, field->index))
        return why->err;
    if (secret)
        err_ignored(webhook_headers_read(work_arena(w), secret->text, S("/secret_headers"), pairs, &count, why));
    struct json *names = NEW_N(work_arena(w), struct json, count + 1);
    for (size_t i = 0; i < count; i++)
        names[i] = json_of_text(pairs[i].name);
    value_put(c, S("secret_header_names"), count ? json_of_list(names, (uint32_t)count) : json_null);
    return why->err;
}

/* https://host[:port]: what comes before the path. */
static str origin_of(str url)
{
    size_t at = str_starts(url, S("https://")) ? 8 : 7;
    while (at < url.len && !memchr("/?#", url.at[at], 3))
        at++;
    return str_slice(url, 0, at);
}

static enum err check_url(const struct json *url, struct problem *why)
{
    str text = url ? url->text : S("");
    bool fits = str_starts(text, S("https://")) || str_starts(text, S("http://"));
    if (!fits || str_contains(origin_of(text), S("@")) || str_contains(text, S("#")))
        return problem_fault(why, ERR_INVALID, S("/url"), S("url"), "The address is https://, a host and a path, without a password and without #");
    return ERR_OK;
}

static enum err check_values(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (!present || value_changes(c, present, S("url")))
        err_ignored(check_url(value_to_be(c, present, S("url")), why));
    err_ignored(check_headers(w, c, why));
    /* All of them, whoever wrote them: it is his sight that they count for from now on. */
    err_ignored(webhook_events_check(work_arena(w), work_rights(w), value_to_be(c, present, S("events")), why));
    return why->err;
}

/* ------ secrets */

static void put_new_secret(struct work *w, struct change *c)
{
    str plain = webhook_secret_make(work_arena(w));
    value_put(c, S("secret"), json_of_text(plain));
    value_put(c, S("previous_secret"), json_null);
    value_put(c, S("previous_until"), json_null);
    c->secret_once = plain;
}

/* Another server gets nothing that was meant for the one before: no header that opens it, and no signature that it would
 * take for ours. */
static enum err move_elsewhere(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    const struct json *url = value_to_be(c, present, S("url"));
    str was = origin_of(text_in(present, S("url"))), is = origin_of(url ? url->text : S(""));
    const struct field *secret = collection_field(c->in, S("secret_headers"));
    bool moves = !str_equal_nocase(was, is), is_another = moves || value_changes(c, present, S("ca_pem"));
    if (is_another && list_in(present, S("secret_header_names"))->count > 0 && !field_set_has(&c->set, secret->index))
        return problem_fault(why, ERR_INVALID, S("/secret_headers"), S("origin"),
                             "The secret headers were given for another server; give them for this one, or null");
    if (moves)
        put_new_secret(w, c);
    return ERR_OK;
}

/* ------ changes */

static enum err check_room(struct work *w, struct problem *why)
{
    uint64_t count = 0;
    TRY(work_count(w, S("webhooks"), NULL, &count, why));
    return count < LIMIT_WEBHOOKS ? ERR_OK
                                  : problem_fault(why, ERR_INVALID, S(""), S("limit"), "There can be at most %u webhooks", LIMIT_WEBHOOKS);
}

/* It is told of what comes behind this moment. */
static enum err begin(struct work *w, struct change *c, struct problem *why)
{
    uint64_t last = 0;
    TRY(work_feed_begin(w, WEBHOOK_FEED, &last, why));
    value_put(c, S("since"), json_of_int((int64_t)last));
    return ERR_OK;
}

static enum err switch_on(struct work *w, struct change *c, struct problem *why)
{
    TRY(begin(w, c, why));
    value_put(c, S("failing_since"), json_null);
    value_put(c, S("disabled_at"), json_null);
    value_put(c, S("disabled_reason"), json_null);
    return ERR_OK;
}

static bool is_on(const struct json *enabled)
{
    return enabled && enabled->type == JSON_BOOL && enabled->boolean;
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    bool is_upkeep = work_follows(w) || c->restores || (present && work_actor(w)->is_server);
    if (c->op == OP_DELETE)
        return ERR_OK;
    if (is_upkeep)
        return present ? ERR_OK : begin(w, c, why);
    if (!present)
        TRY(check_room(w, why));
    TRY(lend(w, c, why));
    TRY(check_values(w, c, present, why));
    if (present)
        TRY(move_elsewhere(w, c, present, why));
    else
        put_new_secret(w, c);
    bool goes_on = is_on(value_to_be(c, present, S("enabled"))) && !flag_in(present, S("enabled"));
    return goes_on || !present ? switch_on(w, c, why) : ERR_OK;
}

/* Nobody is left to be told: the journal need not keep anything for it. */
static enum err after(struct work *w, struct change *c, struct problem *why)
{
    uint64_t left = 0;
    if (c->op != OP_DELETE)
        return ERR_OK;
    TRY(work_count(w, S("webhooks"), NULL, &left, why));
    return left == 0 ? work_feed_drop(w, WEBHOOK_FEED, why) : ERR_OK;
}

/* ------ actions */

static enum err need(struct work *w, str id, const struct json **out, struct problem *why)
{
    if (str_is_absent(id))
        return problem_set(why, ERR_BAD_INPUT, "Say which webhook");
    return work_get(w, S("webhooks"), id, out, why);
}

static struct change change_of(struct work *w, const struct collection *c, str id)
{
    return (struct change){.op = OP_UPDATE, .in = c, .id = id, .values = NEW_N(work_arena(w), struct json, c->field_count)};
}

static struct json time_text(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return json_of_text(buf_str(&b));
}

static enum err read_overlap(const struct json *input, int64_t *minutes, struct problem *why)
{
    const struct json *said = json_get(input, S("overlap_minutes"));
    *minutes = 1440;
    if (!said || said->type == JSON_NULL)
        return ERR_OK;
    if (said->type != JSON_INT || said->integer < 0 || said->integer > LIMIT_WEBHOOK_OVERLAP_MIN)
        return problem_fault(why, ERR_INVALID, S("/overlap_minutes"), S("range"), "A whole number from 0 to %u", LIMIT_WEBHOOK_OVERLAP_MIN);
    *minutes = said->integer;
    return ERR_OK;
}

/* Whoever gets the secret can sign as we do: only the one it acts for, or an administrator. */
static enum err check_rotates(struct work *w, const struct json *hook, struct problem *why)
{
    str subject = {0};
    TRY(find_subject(w, &subject, why));
    const struct actor *actor = work_actor(w);
    bool is_author = !str_is_absent(subject) && str_equal(subject, text_in(hook, S("by"))) && !(actor->is_derived && actor->is_narrowed);
    if (author_is_trusted(w) || is_author)
        return ERR_OK;
    return problem_set(why, ERR_FORBIDDEN, "The secret of somebody else's webhook is renewed by him or by an administrator");
}

static enum err keep_old(struct work *w, const struct collection *c, str id, struct problem *why)
{
    str old = {0};
    struct problem own = {.arena = why->arena};
    enum err e = work_secret_get(w, c, id, collection_field(c, S("secret")), &old, &own);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return problem_set(why, e, "The signing secret cannot be read now");
    return work_secret_set(w, c, id, collection_field(c, S("previous_secret")), e == ERR_OK ? old : (str){0}, why);
}

static enum err rotate(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *hook = NULL;
    int64_t minutes = 0;
    struct arena *a = work_arena(w);
    TRY(read_overlap(input, &minutes, why));
    TRY(need(w, id, &hook, why));
    TRY(check_rotates(w, hook, why));
    struct change due = change_of(w, c, id);
    struct json until = minutes ? time_text(a, work_now_ms(w) + minutes * 60000) : json_null;
    if (minutes)
        TRY(keep_old(w, c, id, why));
    else
        TRY(work_secret_set(w, c, id, collection_field(c, S("previous_secret")), (str){0}, why));
    str plain = webhook_secret_make(a);
    TRY(work_secret_set(w, c, id, collection_field(c, S("secret")), plain, why));
    value_put(&due, S("previous_until"), until);
    TRY(work_change(w, &due, why));
    struct json *members = NEW_N(a, struct json, 3);
    members[0] = json_named(S("_id"), json_of_text(id));
    members[1] = json_named(S("secret"), json_of_text(plain));
    members[2] = json_named(S("previous_until"), until);
    *output = json_of_map(members, 3);
    return ERR_OK;
}

static enum err set_paused(struct work *w, const struct collection *c, str id, bool paused, struct json *output, struct problem *why)
{
    const struct json *hook = NULL;
    TRY(need(w, id, &hook, why));
    struct change due = change_of(w, c, id);
    value_put(&due, S("paused"), json_of_bool(paused));
    if (flag_in(hook, S("paused")) != paused)
        TRY(work_change(w, &due, why));
    struct json *members = NEW_N(work_arena(w), struct json, 2);
    members[0] = json_named(S("_id"), json_of_text(id));
    members[1] = json_named(S("paused"), json_of_bool(paused));
    *output = json_of_map(members, 2);
    return ERR_OK;
}

static enum err pause_it(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    (void)input;
    return set_paused(w, c, id, true, output, why);
}

static enum err resume_it(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    (void)input;
    return set_paused(w, c, id, false, output, why);
}

static enum err test_it(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *hook = NULL;
    str delivery = {0};
    (void)c;
    (void)input;
    TRY(need(w, id, &hook, why));
    TRY(webhook_test_make(w, id, &delivery, why));
    struct json *members = NEW_N(work_arena(w), struct json, 2);
    members[0] = json_named(S("_id"), json_of_text(id));
    members[1] = json_named(S("delivery"), json_of_text(delivery));
    *output = json_of_map(members, 2);
    return ERR_OK;
}

static const struct action_code actions[] = {{.name = STR("test"), .run = test_it},
                                             {.name = STR("rotate"), .run = rotate},
                                             {.name = STR("pause"), .run = pause_it},
                                             {.name = STR("resume"), .run = resume_it}};
const struct behaviour behaviour_webhooks = {
    .collection = STR("webhooks"), .before = before, .after = after, .actions = actions, .action_count = COUNTOF(actions)};

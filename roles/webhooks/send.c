/* One attempt: what the webhook may tell now is signed and sent, and what became of it is written down. Nothing is locked
 * while the receiver is waited for. */
#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "base/utf8.h"
#include "base/webhook_signature.h"
#include "content/kind.h"
#include "content/system/members.h"
#include "roles/webhooks/part.h"

struct sending {
    struct webhook_try *attempt;
    struct gate *gate;
    struct arena *arena;
    struct hook hook;
    const struct json *item;          /* the delivery */
    str body;
    /* What came of it. */
    int status;                       /* 0: no answer */
    str answer, error;                /* {0}: none */
    int64_t duration_ms, retry_after_ms;
    bool was_asked;                   /* the receiver, or somebody on the way there */
};

/* ------ what is told */

static enum err read_delivery(struct sending *s, struct problem *why)
{
    const struct principal *server = principal_system(s->gate, s->arena, SYSTEM_WEBHOOKS);
    TRY(read_item(s->gate->content, server->rights, S("deliveries"), S("_id"), s->attempt->delivery, s->arena, &s->item, why));
    if (!s->item || !str_equal(text_in(s->item, S("state")), S("waiting")))
        return problem_set(why, ERR_NOT_FOUND, "It does not wait any more");
    TRY(hook_read(s->gate, s->arena, s->attempt->hook, &s->hook, why));
    bool is_test = number_in(s->item, S("seq")) == 0;
    if (!is_test && (!s->hook.enabled || s->hook.paused)) /* a moment ago; it waits on */
        return problem_set(why, ERR_NOT_FOUND, "The webhook is paused or switched off");
    return ERR_OK;
}

/* ERR_GONE, with the reason: it is not to be told any more. ERR_FORBIDDEN: the webhook sees nothing any more. */
static enum err make_body(struct sending *s, struct problem *why)
{
    uint64_t seq = (uint64_t)number_in(s->item, S("seq"));
    struct entry *e = NULL;
    struct news n;
    struct eyes eyes;
    struct seen seen;
    size_t count = 0;
    if (seq == 0)
        return webhook_test_body(s->arena, &s->hook, time_now_ms(), &s->body, why);
    TRY(journal_read(s->gate->content, seq - 1, 1, s->arena, &e, &count, why));
    if (count == 0 || e->seq != seq)
        return problem_set(why, ERR_GONE, "The journal does not keep this entry any more");
    TRY(gate_catch_up(s->gate, why));
    TRY(eyes_open(s->gate, s->arena, &s->hook, &eyes, why));
    news_read(e, s->arena, &n);
    TRY(eyes_see(&eyes, &n, s->arena, &seen, why));
    if (seen.sight == SIGHT_NOTHING)
        return problem_set(why, ERR_GONE, "The webhook does not see it any more, or does not want it");
    struct feed_event event = {.seq = e->seq, .tx = e->tx, .at_ms = e->at_ms, .collection = e->collection, .item = e->item, .seen = seen,
                               .revision = e->revision};
    if (eyes.shows_who) {
        event.who = e->who;
        event.via = e->via;
        event.request_id = e->request_id;
        event.user = e->user;
    }
    return webhook_body(s->arena, &s->hook, &event, &s->body, why);
}

/* ------ asking */

/* Text as far as it is one; of secrets that came back stars. */
static str kept_answer(struct sending *s, str body, const struct pair *secrets, size_t count)
{
    char *bytes = arena_get(s->arena, body.len + 1, 1);
    if (body.len)
        memcpy(bytes, body.at, body.len);
    webhook_mask(bytes, body.len, secrets, count);
    for (size_t i = 0; i < body.len; i++)
        if ((unsigned char)bytes[i] < ' ' && bytes[i] != '\n' && bytes[i] != '\t')
            bytes[i] = ' ';
    str text = utf8_cut((str){bytes, body.len}, LIMIT_WEBHOOK_ANSWER_BYTES);
    return text.len > 0 ? text : body.len > 0 ? S("(bytes that are no text)") : (str){0};
}

static enum err ask(struct sending *s, const struct signing_keys *keys, const struct hook_headers *own)
{
    static const str wanted[] = {STR("Retry-After")};
    size_t count = own->count, secrets = count - own->secret_from;
    struct pair *headers = NEW_N(s->arena, struct pair, count + WEBHOOK_HEADERS);
    struct outbound_answer got = {0};
    struct problem why = {.arena = s->arena};
    if (count)
        memcpy(headers, own->pairs, count * sizeof *headers);
    webhook_sign(s->arena, keys->keys, keys->count, webhook_message_id(s->arena, s->attempt->delivery), time_now_ms() / 1000, s->body, headers + count);
    struct outbound_request r = {.url = s->hook.url, .body = s->body, .media = S("application/json"),
                                 .method = str_is_absent(s->hook.method) ? S("POST") : s->hook.method,
                                 .headers = headers, .header_count = count + WEBHOOK_HEADERS, .ca_pem = text_in(s->hook.item, S("ca_pem")),
                                 .answer_max = LIMIT_WEBHOOK_ECHO_BYTES, .may_cut = true, .stop = s->attempt->stop, .wanted = wanted,
                                 .wanted_count = COUNTOF(wanted)};
    int64_t began = time_mono_us();
    enum err e = outbound_fetch(&s->gate->outside.policy, s->arena, &r, &got, &why);
    s->duration_ms = (time_mono_us() - began) / 1000;
    s->was_asked = true;
    if (e != ERR_OK) {
        s->error = why.text;
        return e;
    }
    s->status = got.status;
    s->answer = kept_answer(s, got.body, own->pairs + own->secret_from, secrets);
    str later = outbound_header(&got, S("Retry-After"));
    if (!str_is_absent(later))
        s->retry_after_ms = webhook_retry_after_ms(later, time_now_ms());
    return ERR_OK;
}

static enum err sign_and_ask(struct sending *s, struct problem *why)
{
    struct signing_keys keys;
    struct hook_headers own;
    TRY(hook_keys(s->gate, s->arena, &s->hook, time_now_ms(), &keys, why));
    enum err e = hook_headers(s->gate, s->arena, &s->hook, &own, why);
    if (e == ERR_OK) {
        err_ignored(ask(s, &keys, &own));
        hook_headers_wipe(&own);
    }
    signing_keys_wipe(&keys);
    return e;
}

/* ------ what came of it */

static bool is_taken(int status)
{
    return status >= 200 && status < 300;
}

static str status_error(struct arena *a, int status)
{
    if (status == 410)
        return S("410 Gone: the receiver wants no more");
    if (status >= 300 && status < 400)
        return arena_format(a, "It answered %d; redirects are not followed", status);
    return arena_format(a, "It answered %d", status);
}

/* When it is tried again; 0: not any more. */
static int64_t next_ms(const struct sending *s, unsigned failures, int64_t now_ms)
{
    int64_t until = time_in(s->item, S("until")), pause = webhook_retry_ms(json_get(s->hook.item, S("retries")), failures, s->attempt->chance);
    if (s->status == 410 || pause < 0 || number_in(s->item, S("seq")) == 0)
        return 0;
    if (s->retry_after_ms > pause)
        pause = s->retry_after_ms;
    return now_ms + pause <= until ? now_ms + pause : 0;
}

static enum outcome outcome_of(const struct sending *s, unsigned attempts, int64_t now_ms, int64_t *next)
{
    *next = 0;
    if (is_taken(s->status))
        return OUTCOME_DONE;
    *next = next_ms(s, attempts, now_ms);
    return *next ? OUTCOME_RETRY : OUTCOME_FAILED;
}

static enum err write_down(struct sending *s, enum outcome outcome, int64_t next, struct problem *why)
{
    static const str states[] = {STR("done"), STR("waiting"), STR("failed"), STR("failed"), STR("failed")};
    struct own_change o;
    struct problem own = {.arena = s->arena};
    own_change_begin(&o, s->gate, s->arena, SYSTEM_WEBHOOKS, S("deliveries"), OP_UPDATE);
    o.change.id = s->attempt->delivery;
    own_set_text(&o, S("state"), states[outcome]);
    own_set(&o, S("attempts"), json_of_int(number_in(s->item, S("attempts")) + s->was_asked));
    if (next)
        own_set_time(&o, S("next_at"), next);
    own_set_time(&o, S("last_at"), time_now_ms());
    own_set(&o, S("duration_ms"), s->was_asked ? json_of_int(s->duration_ms) : json_null);
    own_set(&o, S("status"), s->status ? json_of_int(s->status) : json_null);
    own_set_text(&o, S("answer"), s->answer);
    own_set_text(&o, S("error"), str_is_absent(s->error) ? s->error : utf8_cut(s->error, LIMIT_WEBHOOK_TEXT_BYTES));
    enum err e = own_change_commit(&o, &own);
    s->attempt->outcome = outcome;
    return e == ERR_OK || e == ERR_NOT_FOUND ? ERR_OK : problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

static enum err disable(struct sending *s, str reason, struct problem *why)
{
    s->attempt->disabled = true;
    return s->hook.enabled ? hook_disable(s->gate, s->arena, &s->hook, reason, why) : ERR_OK;
}

/* Of the webhook as a whole. Tests say nothing of it: they are asked for. */
static enum err judge_hook(struct sending *s, int64_t now_ms, struct problem *why)
{
    const struct hook *h = &s->hook;
    bool is_test = number_in(s->item, S("seq")) == 0;
    if (is_taken(s->status))
        return h->failing_since_ms ? hook_failing(s->gate, s->arena, h, 0, why) : ERR_OK;
    if (s->status == 410)
        return disable(s, s->error, why);
    if (is_test)
        return ERR_OK;
    if (!h->failing_since_ms)
        return hook_failing(s->gate, s->arena, h, now_ms, why);
    if (now_ms - h->failing_since_ms < LIMIT_WEBHOOK_FAILING_S * INT64_C(1000))
        return ERR_OK;
    return disable(s, arena_format(s->arena, "Nothing arrived for a whole day. The last time: " STR_FMT, STR_ARG(s->error)), why);
}

static enum err conclude(struct sending *s, struct problem *why)
{
    int64_t now = time_now_ms(), next = 0;
    if (s->status && !is_taken(s->status))
        s->error = status_error(s->arena, s->status);
    enum outcome outcome = outcome_of(s, (unsigned)number_in(s->item, S("attempts")) + 1, now, &next);
    if (outcome != OUTCOME_DONE)
        LOG(LOG_INFO, "webhook.failed", LOG_TEXT("webhook", s->hook.id), LOG_TEXT("delivery", s->attempt->delivery),
            LOG_NUMBER("status", s->status), LOG_TEXT("error", s->error), LOG_TEXT("again", outcome == OUTCOME_RETRY ? S("yes") : S("no")));
    TRY(write_down(s, outcome, next, why));
    return judge_hook(s, now, why);
}

/* Before anybody was asked: errors that stay are the delivery's end, or the webhook's, others are for another time. */
static enum err give_up(struct sending *s, enum err e, const struct problem *own, struct problem *why)
{
    s->error = own->text;
    if (e == ERR_NOT_FOUND) {
        s->attempt->outcome = OUTCOME_GONE;
        return ERR_OK;
    }
    if (e == ERR_GONE)
        return write_down(s, OUTCOME_DROPPED, 0, why);
    if (e == ERR_TOO_LARGE)
        return write_down(s, OUTCOME_FAILED, 0, why);
    if (e != ERR_FORBIDDEN && e != ERR_CONFLICT)
        return problem_set(why, e, STR_FMT, STR_ARG(own->text));
    TRY(write_down(s, OUTCOME_FAILED, 0, why));
    return disable(s, own->text, why);
}

static enum err run(struct sending *s, struct problem *why)
{
    struct problem own = {.arena = s->arena};
    enum err e = read_delivery(s, &own);
    if (e == ERR_OK)
        e = make_body(s, &own);
    if (e == ERR_OK)
        e = sign_and_ask(s, &own);
    if (e != ERR_OK)
        return give_up(s, e, &own, why);
    if (s->status == 0 && s->attempt->stop && atomic_load(s->attempt->stop))
        return problem_set(why, ERR_UNAVAILABLE, "The server stops"); /* that is nothing the receiver did */
    return conclude(s, why);
}

enum err webhook_try_run(struct webhook_try *t, struct problem *why)
{
    struct arena *a = arena_open(16u << 10);
    struct sending s = {.attempt = t, .gate = t->gate, .arena = a, .retry_after_ms = -1};
    struct problem own = {.arena = a};
    enum err e = run(&s, &own);
    if (e != ERR_OK)
        (void)problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return e;
}

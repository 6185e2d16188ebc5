/* One call: what is sent, signed (Standard Webhooks), and what is taken of the answer. Whatever the other server says is
 * judged by what the action declares; its caller hears what was wrong with it, and nothing of what it was. */
#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "base/webhook_signature.h"
#include "content/kind.h"
#include "roles/outgoing/outgoing.h"

/* ---- what is sent ---- */

static void write_who(struct json_writer *w, const struct principal *who)
{
    static const str kinds_of[] = {[PRINCIPAL_PUBLIC] = STR("public"), [PRINCIPAL_USER] = STR("user"), [PRINCIPAL_KEY] = STR("key"),
                                   [PRINCIPAL_SERVICE] = STR("service"), [PRINCIPAL_SYSTEM] = STR("system")};
    json_name(w, S("by"));
    json_map_open(w);
    json_member_text_or_null(w, "kind", kinds_of[who->kind]);
    json_member_text_or_null(w, "id", who->user_id.len ? who->user_id : who->service_id.len ? who->service_id : who->key_id);
    json_member_text_or_null(w, "label", who->actor.label);
    json_map_close(w);
}

static enum err write_body(const struct outgoing_work *o, int64_t now_ms, str *out, struct problem *why)
{
    struct buf b, at;
    struct json_writer w;
    buf_init(&b, o->arena, LIMIT_OUTGOING_BYTES);
    buf_init(&at, o->arena, 64);
    time_write(&at, now_ms);
    json_begin(&w, &b);
    json_map_open(&w);
    json_member_text_or_null(&w, "type", arena_format(o->arena, STR_FMT "." STR_FMT, STR_ARG(o->call.in->name), STR_ARG(o->action->name)));
    json_member_text_or_null(&w, "timestamp", buf_str(&at));
    json_name(&w, S("data"));
    json_map_open(&w);
    json_member_text_or_null(&w, "collection", o->call.in->name);
    json_member_text_or_null(&w, "action", o->action->name);
    json_member_text_or_null(&w, "id", o->call.id);
    json_name(&w, S("item"));
    json_value(&w, o->item ? o->item : &json_null);
    json_name(&w, S("input"));
    json_value(&w, o->input);
    write_who(&w, o->who);
    json_member_text_or_null(&w, "request_id", o->who->actor.request_id);
    json_map_close(&w);
    json_map_close(&w);
    json_end(&w);
    if (buf_done(&b, out) == ERR_OK)
        return ERR_OK;
    return problem_set(why, ERR_TOO_LARGE, "The item and the action's input are more than the %u bytes that a call carries", LIMIT_OUTGOING_BYTES);
}

/* ---- what came ---- */

static enum err unusable(struct problem *why, const char *what)
{
    return problem_set(why, ERR_BAD_GATEWAY, "The other server's answer cannot be used: %s", what);
}

static enum err take_json(struct outgoing_work *o, const struct outbound_answer *answer, const struct json **out, struct problem *why)
{
    struct problem own = {.arena = o->arena};
    if (!str_equal_nocase(answer->media, S("application/json")))
        return unusable(why, "it is not application/json");
    if (json_read(o->arena, answer->body, NULL, S(""), out, &own) != ERR_OK || (*out)->type != JSON_MAP)
        return unusable(why, "it is no JSON object");
    return ERR_OK;
}

static enum err take_output(struct outgoing_work *o, const struct outbound_answer *answer, struct problem *why)
{
    const struct field *set = o->action->out->output;
    struct json *checked = NEW(o->arena, struct json);
    const struct json *given = NULL;
    struct problem own = {.arena = o->arena};
    struct check check = {.arena = o->arena, .field = set, .path = S(""), .why = &own};
    *checked = json_of_map(NULL, 0);
    o->end.output = checked;
    if (!set)
        return ERR_OK;
    TRY(take_json(o, answer, &given, why));
    if (set->kind->check(&check, given, checked) == ERR_OK)
        return ERR_OK;
    (void)unusable(why, "it is not what the action declares");
    str text = own.fault_count ? own.faults[0].text : own.text;
    why->text = arena_format(why->arena, STR_FMT ": " STR_FMT, STR_ARG(why->text), STR_ARG(problem_without_stop(text)));
    return ERR_BAD_GATEWAY;
}

static enum err take_answer(struct outgoing_work *o, const struct outbound_answer *answer, struct problem *why)
{
    o->end.status = answer->status;
    if (answer->status >= 300 && answer->status < 400)
        return unusable(why, "it leads elsewhere, where calls do not follow");
    if (answer->status < 200 || answer->status >= 300)
        return unusable(why, arena_cstr(o->arena, arena_format(o->arena, "its status is %d", answer->status)));
    return take_output(o, answer, why);
}

/* What the way there was like, in words that do not say where it leads. */
static enum err judge(const struct outgoing_work *o, enum err e, const struct outbound_answer *answer, struct problem *why)
{
    if (answer->is_late)
        return problem_set(why, ERR_GATEWAY_TIMEOUT, "The other server did not answer within %u seconds", o->action->out->timeout_s);
    if (e == ERR_TOO_LARGE)
        return unusable(why, arena_cstr(o->arena, arena_format(o->arena, "it is larger than %u bytes", LIMIT_OUTGOING_ANSWER_BYTES)));
    if (e == ERR_FORBIDDEN || e == ERR_INVALID)
        return problem_set(why, ERR_BAD_GATEWAY, "The action's address is not one that this server goes to");
    return problem_set(why, ERR_BAD_GATEWAY, "The other server did not answer");
}

static void log_call(const struct outgoing_work *o, enum err e, const struct problem *own, const struct problem *why)
{
    bool failed = e != ERR_OK;
    str text = own->text.len ? own->text : why->text;
    LOG(failed ? LOG_WARN : LOG_INFO, failed ? "action.failed" : "action.called", LOG_TEXT("collection", o->call.in->name),
        LOG_TEXT("action", o->action->name), LOG_TEXT("call", o->call.call), LOG_NUMBER("status", o->end.status),
        LOG_NUMBER("took_ms", o->end.took_ms), LOG_TEXT("reason", failed && text.len ? text : S("")));
}

enum err outgoing_send(struct outgoing_work *o, struct problem *why)
{
    struct problem own = {.arena = o->arena};
    struct outbound_answer answer = {.status = 0};
    struct pair headers[WEBHOOK_HEADERS + 1];
    int64_t now_ms = time_now_ms(), began_us = time_mono_us();
    str body = {0};
    TRY(write_body(o, now_ms, &body, why));
    webhook_sign(o->arena, o->keys.keys, o->keys.count, o->call.call, now_ms / 1000, body, headers);
    headers[WEBHOOK_HEADERS] = (struct pair){S("Accept"), S("application/json")};
    struct outbound_request request = {.url = o->action->out->url, .body = body, .media = S("application/json"), .headers = headers,
                                       .header_count = COUNTOF(headers), .answer_max = LIMIT_OUTGOING_ANSWER_BYTES,
                                       .stop = &o->gate->outgoing_stop, .all_ms = o->action->out->timeout_s * 1000u};
    enum err e = outbound_fetch(&o->gate->outside.policy, o->arena, &request, &answer, &own);
    o->end.took_ms = (time_mono_us() - began_us) / 1000;
    e = e == ERR_OK ? take_answer(o, &answer, why) : judge(o, e, &answer, why);
    log_call(o, e, &own, why);
    return e;
}

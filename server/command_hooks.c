/* hooks listen: what a webhook would be sent, for whoever writes the receiver (dx 22). It is a client of a server like any
 * other: it reads the change feed over HTTP with a key, sees what that key may read, prints each delivery and hands it on. */
#include "base/limits.h"
#include "base/time.h"
#include "base/webhook_signature.h"
#include "roles/webhooks/webhooks.h"
#include "server/command.h"

#define WAIT_S 5u                     /* below LIMIT_OUTBOUND_MS */
#define NAMES_MAX LIMIT_FEED_NAMES

struct listening {
    struct call *call;
    struct outbound_anywhere near;
    str base, key, forward, secret;   /* forward {0}: nowhere; secret: as a receiver is given it */
    str filters;                      /* of the address, after since and wait */
    str since;                        /* {0}: from now on */
    uint64_t left;                    /* deliveries until it ends; 0: never */
    bool is_over;
};

/* Where somebody develops everything is near, and on any port; it is he who says where. */
static enum err prepare(struct listening *l, struct problem *why)
{
    const str urls[] = {l->base, l->forward};
    outbound_anywhere(&l->near, urls, COUNTOF(urls));
    TRY(outbound_check_url(&l->near.policy, l->base, why));
    return str_is_absent(l->forward) ? ERR_OK : outbound_check_url(&l->near.policy, l->forward, why);
}

/* "&name=a,b", if there are any. */
static void add_filter(struct listening *l, const char *name, const str *values, size_t count)
{
    struct buf b;
    buf_init(&b, l->call->arena, SIZE_MAX / 4);
    buf_add(&b, l->filters);
    for (size_t i = 0; i < count; i++) {
        buf_format(&b, "%s%s%s", i ? "," : "&", i ? "" : name, i ? "" : "=");
        buf_percent(&b, values[i]);
    }
    l->filters = buf_str(&b);
}

static void add_names(struct listening *l, const char *name)
{
    str names[NAMES_MAX];
    add_filter(l, name, names, call_options(l->call, name, names, COUNTOF(names)));
}

/* ------ one delivery */

static enum err hand_on(struct listening *l, struct arena *a, str id, str body, str *said, struct problem *why)
{
    struct pair headers[WEBHOOK_HEADERS];
    struct outbound_answer got = {0};
    struct problem own = {.arena = a};
    str key = {0};
    TRY(webhook_secret_read(a, l->secret, &key, why));
    webhook_sign(a, &key, 1, id, time_now_ms() / 1000, body, headers);
    struct outbound_request r = {.url = l->forward, .body = body, .media = S("application/json"), .headers = headers,
                                 .header_count = WEBHOOK_HEADERS, .answer_max = LIMIT_WEBHOOK_ANSWER_BYTES, .may_cut = true};
    bool came = outbound_fetch(&l->near.policy, a, &r, &got, &own) == ERR_OK;
    *said = came ? arena_format(a, "%d", got.status) : own.text; /* it is told, and not tried again: whoever looks on is there */
    return ERR_OK;
}

static str text_of(const struct json *map, str name)
{
    const struct json *v = json_get(map, name);
    return v && v->type == JSON_TEXT ? v->text : S("");
}

static enum err deliver(struct listening *l, struct arena *a, const struct json *event, struct problem *why)
{
    const struct json *seq = json_get(event, S("seq"));
    struct webhook_says says = {.collection = text_of(event, S("collection")), .verb = text_of(event, S("verb")), .event = json_print(a, event)};
    str id = arena_format(a, "msg_%lld", seq && seq->type == JSON_INT ? (long long)seq->integer : 0), body = {0}, said = S("-");
    (void)time_read(text_of(event, S("at")), &says.at_ms);
    TRY(webhook_body_write(a, &says, &body, why));
    if (!str_is_absent(l->forward))
        TRY(hand_on(l, a, id, body, &said, why));
    if (l->call->json)
        call_print(l->call, body);
    else
        call_print(l->call, arena_format(a, STR_FMT "  " STR_FMT "." STR_FMT "  " STR_FMT "  " STR_FMT "\n" STR_FMT, STR_ARG(id),
                                         STR_ARG(says.collection), STR_ARG(says.verb), STR_ARG(text_of(event, S("item"))), STR_ARG(said),
                                         STR_ARG(body)));
    (void)fflush(stdout);
    l->is_over = l->left > 0 && --l->left == 0;
    return ERR_OK;
}

/* ------ the feed */

static enum err refuse(const struct outbound_answer *got, struct arena *a, struct problem *why)
{
    const struct json *body = NULL;
    struct problem quiet = {.arena = a};
    str text = json_read(a, got->body, NULL, S(""), &body, &quiet) == ERR_OK && body->type == JSON_MAP ? text_of(body, S("detail")) : S("");
    return problem_set(why, ERR_BAD_INPUT, "The server answered %d%s" STR_FMT, got->status, text.len ? ": " : "", STR_ARG(text));
}

static enum err read_batch(struct listening *l, struct arena *a, const struct json **out, struct problem *why)
{
    struct pair key = {S("api-key"), l->key};
    struct outbound_answer got = {0};
    bool from_now = str_is_absent(l->since);
    struct outbound_request r = {.headers = &key, .header_count = 1, .answer_max = LIMIT_RESPONSE_BYTES};
    r.url = arena_format(a, STR_FMT "/api/events?%s" STR_FMT "wait=%u" STR_FMT, STR_ARG(l->base), from_now ? "" : "since=",
                         STR_ARG(from_now ? S("") : arena_format(a, STR_FMT "&", STR_ARG(l->since))), from_now ? 0 : WAIT_S, STR_ARG(l->filters));
    TRY(outbound_fetch(&l->near.policy, a, &r, &got, why));
    if (got.status != 200)
        return refuse(&got, a, why);
    return json_read(a, got.body, NULL, S("events"), out, why);
}

static enum err take_batch(struct listening *l, struct problem *why)
{
    struct arena *a = arena_open(64u << 10);
    struct problem own = {.arena = a};
    const struct json *batch = NULL;
    enum err e = read_batch(l, a, &batch, &own);
    const struct json *list = e == ERR_OK ? json_get(batch, S("events")) : NULL, *last = e == ERR_OK ? json_get(batch, S("last")) : NULL;
    for (uint32_t i = 0; e == ERR_OK && list && list->type == JSON_LIST && i < list->count && !l->is_over; i++)
        e = deliver(l, a, &list->items[i], &own);
    if (e == ERR_OK && (!last || last->type != JSON_INT))
        e = problem_set(&own, ERR_BAD_INPUT, "That is not what a change feed answers");
    if (e == ERR_OK)
        l->since = arena_format(l->call->arena, "%lld", (long long)last->integer);
    else
        (void)problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return e;
}

static enum err listen_on(struct listening *l, struct problem *why)
{
    TRY(prepare(l, why));
    if (!str_is_absent(l->forward) && str_is_absent(l->secret)) {
        l->secret = webhook_secret_make(l->call->arena);
        fprintf(stderr, "signed with " STR_FMT "\n", STR_ARG(l->secret));
    }
    while (!l->is_over)
        TRY(take_batch(l, why));
    return ERR_OK;
}

enum exit_code command_hooks_listen(struct call *c)
{
    struct listening l = {.call = c, .base = call_option(c, "url"), .forward = call_option(c, "forward"), .since = call_option(c, "since"), .filters = S("")};
    str key_file = call_option(c, "key-file"), secret_file = call_option(c, "secret-file"), filter = call_option(c, "filter"), count = call_option(c, "count");
    if (str_is_absent(key_file))
        return call_usage(c, "hooks listen sees what a key may read: --key-file F, or - for standard input");
    if (!str_is_absent(count) && !str_to_u64(count, UINT32_MAX, &l.left))
        return call_usage(c, "--count takes a whole number");
    if (str_is_absent(l.base))
        l.base = S("http://127.0.0.1:8080");
    if (str_ends(l.base, S("/")))
        l.base.len--;
    enum err e = call_secret(c, key_file, &l.key);
    if (e == ERR_OK && !str_is_absent(secret_file))
        e = call_secret(c, secret_file, &l.secret);
    add_names(&l, "collection");
    add_names(&l, "verb");
    add_filter(&l, "filter", &filter, !str_is_absent(filter));
    if (e == ERR_OK)
        e = listen_on(&l, c->why);
    return e == ERR_OK ? EXIT_OK : call_failed(c, c->why);
}

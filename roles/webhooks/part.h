#ifndef ROLES_WEBHOOKS_PART_H
#define ROLES_WEBHOOKS_PART_H
#include <stdatomic.h>

#include "content/system/site/webhook_events.h"
#include "roles/outgoing/signing_keys.h"
#include "roles/webhooks/webhooks.h"

/* What the files behind roles/webhooks/webhooks.h share; nobody else includes this, but tests. */

/* ---- hooks.c: items of `webhooks` ---- */
struct hook {
    const struct json *item, *events; /* in the arena of the reading, like all texts */
    str id, name, url, method, by, role; /* role: id, {0}: none */
    bool enabled, paused;
    uint64_t since;
    int64_t failing_since_ms, previous_until_ms;
};
struct hook hook_of(const struct json *item);
/* All there are. */
NODISCARD enum err hooks_read(struct gate *g, struct arena *a, struct hook **out, size_t *count, struct problem *why);
/* By id; ERR_NOT_FOUND. */
NODISCARD enum err hook_read(struct gate *g, struct arena *a, str id, struct hook *out, struct problem *why);
/* With what it signs; whoever asked wipes it. Errors as signing_keys_take. */
NODISCARD enum err hook_keys(struct gate *g, struct arena *a, const struct hook *h, int64_t now_ms, struct signing_keys *out, struct problem *why);
/* Its own headers and the secret ones, which are also told apart: secrets are not to come back in what is kept of an answer.
 * Whoever asked wipes them; nothing is held after an error. */
struct hook_headers {
    struct pair *pairs;
    size_t count, secret_from;        /* the secret ones are the last */
    str lines;                        /* what they are of; {0}: there are none */
};
NODISCARD enum err hook_headers(struct gate *g, struct arena *a, const struct hook *h, struct hook_headers *out, struct problem *why);
void hook_headers_wipe(struct hook_headers *h); /* has no secret ones afterwards */
/* Nothing more is made or sent: in the item, in the journal and in the log. Somebody's change meanwhile goes before it. */
NODISCARD enum err hook_disable(struct gate *g, struct arena *a, const struct hook *h, str reason, struct problem *why);
/* 0: something arrived. */
NODISCARD enum err hook_failing(struct gate *g, struct arena *a, const struct hook *h, int64_t since_ms, struct problem *why);

/* ---- eyes.c: what a webhook sees ---- */
struct eyes {
    struct gate *gate;
    const struct hook *hook;
    const struct principal *author, *role; /* role NULL: none is named */
    const struct filter **author_where, **role_where; /* by row of events; NULL: no condition */
    bool shows_who;
};
/* With the rights of this moment. ERR_FORBIDDEN, with the reason: nobody stands behind it any more, or its filter means nothing with
 * the rights that are left. Other errors pass. */
NODISCARD enum err eyes_open(struct gate *g, struct arena *a, const struct hook *h, struct eyes *out, struct problem *why);
/* Never more than its author may read, nor than its role. SIGHT_NOTHING: it is not to be told. */
NODISCARD enum err eyes_see(const struct eyes *eyes, const struct news *n, struct arena *a, struct seen *out, struct problem *why);

/* ---- body.c ---- */
/* As the webhook wants it: its fields, its template. */
NODISCARD enum err webhook_body(struct arena *a, const struct hook *h, const struct feed_event *e, str *out, struct problem *why);
NODISCARD enum err webhook_test_body(struct arena *a, const struct hook *h, int64_t now_ms, str *out, struct problem *why);
/* template.c: "{{data.after.title}}" in the texts of a template becomes what `from` has there; alone in a text, it stays
 * what it is; what is not there is null, or nothing within a text. Pure. */
NODISCARD enum err webhook_fill(struct buf *out, const struct json *template, const struct json *from, struct problem *why);

/* ---- retry.c: pure ---- */
/* After so many failures (1: the first); -1: it was the last. rows: of the webhook, none: the usual ones. chance: anything; up to a
 * fifth less, so that not everybody comes at once. */
int64_t webhook_retry_ms(const struct json *rows, unsigned failures, uint32_t chance);
/* Retry-After: seconds, or a date (RFC 9110, 10.2.3); at most LIMIT_WEBHOOK_RETRY_AFTER_S from now. -1: says nothing. */
int64_t webhook_retry_after_ms(str value, int64_t now_ms);
/* A webhook whose deliveries failed so many times in a row is left alone for so long. */
int64_t webhook_rest_ms(unsigned failures);
/* Bytes of secrets become stars, as long as they are: nothing behind them moves. */
void webhook_mask(char *text, size_t length, const struct pair *secrets, size_t count);

/* ---- make.c: the consumer ---- */
struct maker {
    struct gate *gate;
    bool is_on;                       /* there is a place in the journal */
    uint64_t at, said;                /* looked at up to here; and so far the database knows */
    int64_t said_ms;                  /* when it was told (steady) */
    bool fresh;                       /* hooks are as of `at` */
    bool touched;                     /* something became of deliveries or webhooks; whoever looked takes it back */
    bool changed;                     /* … of webhooks; likewise */
    struct arena *arena;              /* of hooks */
    struct hook *hooks;
    size_t count;
};
void maker_init(struct maker *m, struct gate *g);
void maker_done(struct maker *m);
/* Looks at what came, up to LIMIT_WEBHOOK_LOOK entries. *more: there is more already. */
NODISCARD enum err maker_pass(struct maker *m, bool *more, struct problem *why);
/* The delivery of this webhook for this entry has this id, whoever makes it. */
void delivery_id(str hook, uint64_t seq, int64_t at_ms, char out[24 + 1]);

/* ---- send.c: one attempt ---- */
enum outcome { OUTCOME_DONE, OUTCOME_RETRY, OUTCOME_FAILED, OUTCOME_DROPPED, OUTCOME_GONE }; /* GONE: it is not waiting any more */
struct webhook_try {
    struct gate *gate;
    const _Atomic(bool) *stop;
    str hook, delivery;               /* ids */
    uint32_t chance;
    enum outcome outcome;
    bool disabled;                    /* the webhook was switched off over it */
};
/* On a thread of its own, without any lock. An error: what became of it could not be written down, so it is done again. */
NODISCARD enum err webhook_try_run(struct webhook_try *t, struct problem *why);

/* ---- queue.c: what waits, and what is over ---- */
struct due {
    str hook, delivery;
    int64_t at_ms;                    /* when */
    bool is_test;
};
/* The one of this webhook that is due first; out->delivery {0}: none waits. tests_only: of a webhook that is paused or off. */
NODISCARD enum err queue_first(struct gate *g, struct arena *a, str hook, bool tests_only, struct due *out, struct problem *why);
NODISCARD enum err queue_count(struct gate *g, struct arena *a, str hook, uint64_t *out, struct problem *why); /* {0}: of all */
NODISCARD enum err queue_oldest(struct gate *g, struct arena *a, int64_t *since_ms, struct problem *why); /* 0: none */
/* Are there webhooks, or deliveries? */
NODISCARD enum err queue_any(struct gate *g, struct arena *a, bool *out, struct problem *why);
/* Some of what is over for longer than the operator keeps it, or waits past its time. *more: it was as much as is done at a time. */
NODISCARD enum err queue_sweep(struct gate *g, struct arena *a, const struct hook *hooks, size_t count, bool *more, struct problem *why);
/* Some of what has none of these webhooks. It looks at all there is, so only after one has gone. */
NODISCARD enum err queue_sweep_orphans(struct gate *g, struct arena *a, const struct hook *hooks, size_t count, bool *more, struct problem *why);

/* ---- webhooks.c ---- */
struct webhooks;
struct webhooks *webhooks_open(struct gate *g);
void webhooks_stop(struct webhooks *w);   /* says so to what is on its way, without waiting; webhooks_close() is still to come. NULL is fine */
void webhooks_close(struct webhooks *w); /* ends what is on its way within a second; NULL is fine */

#endif

/* Who stays, for a stream or a connection: who he is by now, and his place among those who wait. */
#include "roles/feed/part.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/time.h"
#include "roles/feed/window.h"

/* ------ who he is */

static enum err find(const struct onlooker *o, struct arena *a, const struct principal **who, struct problem *why)
{
    const struct feed_reader *r = &o->reader;
    if (r->x)
        return identify_again(o->gate, r->x, a, who, why);
    *who = str_is_absent(r->role) ? principal_system(o->gate, a, r->reason) : principal_of_role(o->gate, a, r->role);
    return *who ? ERR_OK : problem_set(why, ERR_UNAUTHENTICATED, "There is no such role");
}

static bool is_known(const struct onlooker *o, int64_t now_ms)
{
    const struct principal *who = o->who;
    struct moment now = {.now_ms = now_ms, .address = o->reader.x ? o->reader.x->peer : (str){0}};
    return who && o->stamp == identities_stamp(o->gate->identities) && now_ms >= o->asked_ms && now_ms - o->asked_ms < LIMIT_FEED_ASK_MS &&
           (!who->expires_ms || now_ms < who->expires_ms) && (who->rights->limit_count == 0 || rights_in_force(who->rights, &now));
}

bool onlooker_is_known(const struct onlooker *o, struct problem *why)
{
    return gate_catch_up(o->gate, why) == ERR_OK && is_known(o, time_now_ms());
}

static enum err find_and_judge(const struct onlooker *o, struct arena *a, onlooker_judge *judge, void *self, const struct principal **who,
                               struct problem *why)
{
    TRY(find(o, a, who, why));
    return judge ? judge(self, *who, a, why) : ERR_OK;
}

enum err onlooker_ask(struct onlooker *o, onlooker_judge *judge, void *self, struct problem *why)
{
    int64_t now = time_now_ms();
    TRY(gate_catch_up(o->gate, why)); /* entries may have come by the window a moment before what they must not be told for */
    if (is_known(o, now))
        return ERR_OK;
    struct arena *a = arena_open(4096);
    const struct principal *who = NULL;
    uint64_t stamp = identities_stamp(o->gate->identities); /* before: what is learnt meanwhile is asked about again */
    enum err e = find_and_judge(o, a, judge, self, &who, why);
    if (e != ERR_OK) {
        arena_close(a);
        return e;
    }
    arena_close(o->arena);
    o->arena = a;
    o->who = who;
    o->stamp = stamp;
    o->asked_ms = now;
    return ERR_OK;
}

/* ------ his place */

#define ARRIVING S("?")

/* All keys and sessions of a person are one. {0}: the server itself. */
static str holder_name(struct arena *a, const struct principal *who)
{
    if (who->kind == PRINCIPAL_SYSTEM)
        return (str){0};
    if (!str_is_absent(who->user_id))
        return arena_format(a, "u" STR_FMT, STR_ARG(who->user_id));
    if (!str_is_absent(who->service_id))
        return arena_format(a, "s" STR_FMT, STR_ARG(who->service_id));
    return arena_format(a, "k" STR_FMT, STR_ARG(who->key_id)); /* "k": the public */
}

/* A page of another site opens no stream (security B-6), unless the operator lets its origin in: that one gets no cookies. */
static enum err check_origin(const struct exchange *x, struct problem *why)
{
    if (x->is_shared || comes_from_own_page(x, false))
        return ERR_OK;
    return problem_set(why, ERR_FORBIDDEN, "Pages of this origin may not wait for news");
}

static enum err refuse_seat(enum seating seating, struct problem *why)
{
    why->retry_after_s = 5;
    if (seating == SHARE_TAKEN)
        return problem_set(why, ERR_TOO_MANY, "You wait for news as often as one may; end another stream first");
    return problem_set(why, ERR_UNAVAILABLE, "Too many wait for news already; try again later");
}

static enum err sit(const struct onlooker *o, str holder, unsigned share, int bell, struct seat **out, struct problem *why)
{
    struct window *w = o->gate->window;
    const struct exchange *x = o->reader.x;
    if (x)
        TRY(check_origin(x, why));
    enum seating seating = window_enter(w, holder, share, bell, out);
    if (seating != SEATED)
        return refuse_seat(seating, why);
    if (!x || !x->stays || x->stays(x))
        return ERR_OK;
    window_leave(w, *out);
    *out = NULL;
    return refuse_seat(SEATS_TAKEN, why);
}

enum err onlooker_sit(const struct onlooker *o, int bell, struct seat **out, struct problem *why)
{
    return sit(o, holder_name(o->arena, o->who), o->gate->streams_share, bell, out, why);
}

/* ------ on a connection */

struct stay {
    struct onlooker by;
    struct seat *seat;
    int bell;
};

static enum err settle(struct stay *s, bool is_arriving, struct problem *why)
{
    const struct exchange *x = s->by.reader.x;
    unsigned share = s->by.gate->streams_share / LIMIT_STREAMS_ARRIVING;
    TRY(onlooker_ask(&s->by, NULL, NULL, why));
    if (s->by.who->by_cookie && !comes_from_own_page(x, true))
        return problem_set(why, ERR_FORBIDDEN, "A page of another site may have asked for this with your session");
    if (is_arriving && s->by.who->kind == PRINCIPAL_PUBLIC)
        return sit(&s->by, ARRIVING, share ? share : 1, s->bell, &s->seat, why);
    return onlooker_sit(&s->by, s->bell, &s->seat, why);
}

enum err gate_stay_open(struct gate *g, const struct exchange *x, bool is_arriving, struct stay **out, struct problem *why)
{
    struct stay *s = calloc(1, sizeof *s);
    must(s != NULL);
    s->by = (struct onlooker){.gate = g, .reader = {.x = x}};
    s->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum err e = s->bell >= 0 ? settle(s, is_arriving, why) : problem_set(why, ERR_UNAVAILABLE, "There are too many connections");
    if (e != ERR_OK) {
        gate_stay_close(s);
        return e;
    }
    *out = s;
    return ERR_OK;
}

enum err gate_stay_arrive(struct stay *s, const struct exchange *x, struct problem *why)
{
    s->by.reader.x = x;
    s->by.asked_ms = INT64_MAX; /* whoever he was */
    TRY(onlooker_ask(&s->by, NULL, NULL, why));
    str holder = holder_name(s->by.arena, s->by.who);
    enum seating seating = window_pass(s->by.gate->window, s->seat, holder, s->by.gate->streams_share);
    return seating == SEATED ? ERR_OK : refuse_seat(seating, why);
}

enum err gate_stay_who(struct stay *s, const struct principal **out, struct problem *why)
{
    TRY(onlooker_ask(&s->by, NULL, NULL, why));
    *out = s->by.who;
    return ERR_OK;
}

enum err gate_stay_identify(struct stay *s, struct exchange *x, struct problem *why)
{
    return identify_again(s->by.gate, x, x->arena, &x->who, why);
}

int gate_stay_bell(const struct stay *s)
{
    return s->bell;
}

void gate_stay_hush(struct stay *s)
{
    uint64_t rung;
    (void)!read(s->bell, &rung, sizeof rung);
}

void gate_stay_close(struct stay *s)
{
    if (!s)
        return;
    if (s->seat)
        window_leave(s->by.gate->window, s->seat);
    if (s->bell >= 0)
        (void)close(s->bell);
    arena_close(s->by.arena);
    free(s);
}

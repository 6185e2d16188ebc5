/* Entries of the journal become deliveries: one for each webhook that sees the entry, in one transaction for many. */
#include "base/crypt.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/webhooks/part.h"

#define SAY_US INT64_C(1000000)       /* that only others' entries were looked at is written down this often */
#define AT_ONCE 200u                  /* deliveries of one transaction */

void maker_init(struct maker *m, struct gate *g)
{
    *m = (struct maker){.gate = g};
}

void maker_done(struct maker *m)
{
    arena_close(m->arena);
    m->arena = NULL;
}

void delivery_id(str hook, uint64_t seq, int64_t at_ms, char out[ID_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    struct arena *a = arena_open(256);
    uint8_t digest[32], bytes[ID_LENGTH / 2];
    crypt_sha256(arena_format(a, "delivery " STR_FMT " %llu", STR_ARG(hook), (unsigned long long)seq), digest);
    for (size_t i = 0; i < 6; i++)
        bytes[i] = (uint8_t)((uint64_t)at_ms >> (40 - 8 * i));
    memcpy(bytes + 6, digest, 6);
    for (size_t i = 0; i < ID_LENGTH; i++)
        out[i] = digits[bytes[i / 2] >> (i % 2 ? 0 : 4) & 15];
    out[ID_LENGTH] = '\0';
    arena_close(a);
}

/* ------ one pass */

struct made {
    const struct hook *hook;
    const struct entry *entry;
    str id, verb;
};

struct pass {
    struct maker *maker;
    struct arena *arena;
    struct problem *why;
    struct eyes *eyes;                /* by hook; author NULL: not asked so far */
    bool *blind;                      /* by hook: it was switched off over it */
    struct made *made;
    size_t count, room;
};

/* Webhooks as they are now: an entry about one of them means that they are not any more. */
static enum err learn(struct maker *m, struct problem *why)
{
    struct arena *a = arena_open(4096);
    enum err e = hooks_read(m->gate, a, &m->hooks, &m->count, why);
    if (e != ERR_OK) {
        arena_close(a);
        m->count = 0;
        return e;
    }
    arena_close(m->arena);
    m->arena = a;
    m->fresh = m->touched = m->changed = true;
    return ERR_OK;
}

static bool is_candidate(const struct hook *h, const struct model *m, const struct entry *e)
{
    bool wants = false;
    if (!h->enabled || e->seq <= h->since)
        return false;
    for (uint32_t i = 0; i < h->events->count; i++)
        wants |= webhook_row_wants(&h->events->items[i], m, e);
    return wants;
}

static enum err open_eyes(struct pass *p, size_t i, struct problem *why)
{
    struct problem own = {.arena = p->arena};
    const struct hook *h = &p->maker->hooks[i];
    if (p->eyes[i].author || p->blind[i])
        return ERR_OK;
    enum err e = eyes_open(p->maker->gate, p->arena, h, &p->eyes[i], &own);
    if (e != ERR_FORBIDDEN)
        return e == ERR_OK ? ERR_OK : problem_set(why, e, STR_FMT, STR_ARG(own.text));
    p->blind[i] = true;
    p->eyes[i].author = NULL;
    return hook_disable(p->maker->gate, p->arena, h, own.text, why);
}

static void add(struct pass *p, const struct hook *h, const struct entry *e, str verb)
{
    char *id = arena_get(p->arena, ID_LENGTH + 1, 1);
    delivery_id(h->id, e->seq, e->at_ms, id);
    if (p->count == p->room) {
        size_t room = p->room ? p->room * 2 : 16;
        p->made = arena_grow(p->arena, p->made, p->room * sizeof *p->made, room * sizeof *p->made);
        p->room = room;
    }
    p->made[p->count++] = (struct made){h, e, {id, ID_LENGTH}, verb};
}

static enum err look(struct pass *p, const struct entry *e, struct problem *why)
{
    struct maker *m = p->maker;
    const struct model *model = principal_system(m->gate, p->arena, SYSTEM_WEBHOOKS)->rights->model;
    struct news n = {.entry = {0}};
    bool is_read = false;
    for (size_t i = 0; i < m->count; i++) {
        struct seen seen;
        if (!is_candidate(&m->hooks[i], model, e))
            continue;
        if (!is_read)
            news_read(e, p->arena, &n);
        is_read = true;
        TRY(open_eyes(p, i, why));
        if (p->blind[i])
            continue;
        TRY(eyes_see(&p->eyes[i], &n, p->arena, &seen, why));
        if (seen.sight != SIGHT_NOTHING)
            add(p, &m->hooks[i], e, seen.verb);
    }
    return ERR_OK;
}

/* ------ writing them down */

static enum err find_there(struct pass *p, size_t from, size_t count, struct item_list *out)
{
    const struct principal *server = principal_system(p->maker->gate, p->arena, SYSTEM_WEBHOOKS);
    const struct collection *c = model_find(server->rights->model, S("deliveries"));
    static const str fields[] = {STR("_id")};
    struct json *ids = NEW_N(p->arena, struct json, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = json_of_text(p->made[from + i].id);
    const struct filter *f = filter_test(p->arena, &c->fields[META_ID], TEST_IN, json_of_list(ids, count));
    return read_items_of(p->maker->gate->content, server->rights, S("deliveries"), f, fields, 1, p->arena, out, p->why);
}

static bool is_there(const struct item_list *list, str id)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(item_text(&list->items[i], S("_id")), id))
            return true;
    return false;
}

static void fill(struct own_change *o, const struct made *d, int64_t now_ms)
{
    o->change.id = d->id;
    own_set_text(o, S("webhook"), d->hook->id);
    own_set_text(o, S("event"), arena_format(o->arena, STR_FMT "." STR_FMT, STR_ARG(d->entry->collection), STR_ARG(d->verb)));
    own_set(o, S("seq"), json_of_int((int64_t)d->entry->seq));
    own_set_text(o, S("item"), d->entry->item);
    own_set_text(o, S("state"), S("waiting"));
    own_set(o, S("attempts"), json_of_int(0));
    own_set_time(o, S("next_at"), d->entry->at_ms < now_ms ? d->entry->at_ms : now_ms);
    own_set_time(o, S("until"), now_ms + LIMIT_WEBHOOK_RETRY_S * INT64_C(1000));
}

/* What was written down before the process was killed is there already. */
static enum err write_some(struct pass *p, size_t from, size_t count)
{
    struct own_change *all = NEW_N(p->arena, struct own_change, count);
    struct own_change **each = NEW_N(p->arena, struct own_change *, count);
    struct item_list there;
    size_t n = 0;
    int64_t now = time_now_ms();
    TRY(find_there(p, from, count, &there));
    for (size_t i = 0; i < count; i++) {
        const struct made *d = &p->made[from + i];
        if (is_there(&there, d->id))
            continue;
        if (n == 0)
            own_change_begin(&all[n], p->maker->gate, p->arena, SYSTEM_WEBHOOKS, S("deliveries"), OP_CREATE);
        else
            own_change_beside(&all[n], &all[0], S("deliveries"), OP_CREATE);
        fill(&all[n], d, now);
        each[n] = &all[n];
        n++;
    }
    return n ? own_changes_commit(each, n, p->why) : ERR_OK;
}

/* A receiver that takes nothing, or a pause that nobody ends: what waits is bounded, and somebody is told. */
static enum err check_queues(struct pass *p)
{
    struct maker *m = p->maker;
    for (size_t i = 0; i < m->count; i++) {
        uint64_t waiting = 0;
        bool got_one = false;
        for (size_t k = 0; k < p->count; k++)
            got_one |= p->made[k].hook == &m->hooks[i];
        if (!got_one)
            continue;
        TRY(queue_count(m->gate, p->arena, m->hooks[i].id, &waiting, p->why));
        if (waiting >= LIMIT_WEBHOOK_WAITING)
            TRY(hook_disable(m->gate, p->arena, &m->hooks[i], arena_format(p->arena, "%u deliveries wait to be taken", LIMIT_WEBHOOK_WAITING),
                             p->why));
    }
    return ERR_OK;
}

static enum err write_all(struct pass *p)
{
    for (size_t at = 0; at < p->count; at += AT_ONCE)
        TRY(write_some(p, at, p->count - at < AT_ONCE ? p->count - at : AT_ONCE));
    return p->count ? check_queues(p) : ERR_OK;
}

static enum err say_done(struct maker *m, bool at_once, struct problem *why)
{
    int64_t now = time_mono_us();
    struct problem own = {.arena = why->arena};
    if (m->at == m->said || (!at_once && now - m->said_ms * 1000 < SAY_US))
        return ERR_OK;
    enum err e = feed_done(m->gate->content, WEBHOOK_FEED, m->at, &own);
    if (e == ERR_NOT_FOUND) /* the last webhook is gone */
        m->is_on = m->fresh = false;
    else if (e != ERR_OK)
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    m->said = m->at;
    m->said_ms = now / 1000;
    return ERR_OK;
}

/* Up to an entry that is about a webhook: behind it they are others. And no further than memory reaches: very many may see very
 * large items. */
static enum err look_through(struct pass *p, const struct entry *list, size_t count, uint64_t *at)
{
    struct maker *m = p->maker;
    size_t most = arena_bytes(p->arena) + LIMIT_FEED_BYTES;
    for (size_t i = 0; i < count && m->fresh && arena_bytes(p->arena) < most; i++) {
        if (!str_equal(list[i].collection, S("deliveries")))
            TRY(look(p, &list[i], p->why));
        else
            m->touched = true;
        *at = list[i].seq;
        if (str_equal(list[i].collection, S("webhooks")) && !journal_is_note(list[i].verb))
            m->fresh = false;
    }
    return ERR_OK;
}

static enum err pass(struct maker *m, struct arena *a, bool *more, struct problem *why)
{
    struct pass p = {.maker = m, .arena = a, .why = why};
    struct entry *list = NULL;
    size_t count = 0;
    uint64_t at = m->at;
    if (!m->fresh)
        TRY(learn(m, why));
    if (m->count == 0) { /* until something happens, which may be that there is one */
        m->is_on = m->fresh = false;
        return ERR_OK;
    }
    if (!m->is_on)
        TRY(feed_begin(m->gate->content, WEBHOOK_FEED, &m->at, why));
    if (!m->is_on)
        at = m->said = m->at;
    m->is_on = true;
    p.eyes = NEW_N(a, struct eyes, m->count);
    p.blind = NEW_N(a, bool, m->count);
    TRY(journal_read(m->gate->content, m->at, LIMIT_WEBHOOK_LOOK, a, &list, &count, why));
    TRY(gate_catch_up(m->gate, why)); /* who may what as of these entries */
    TRY(look_through(&p, list, count, &at));
    TRY(write_all(&p));
    m->touched |= p.count > 0;
    m->at = at;
    *more = count > 0 && at < journal_last(m->gate->content);
    return say_done(m, p.count > 0, why);
}

enum err maker_pass(struct maker *m, bool *more, struct problem *why)
{
    struct arena *a = arena_open(16u << 10);
    struct problem own = {.arena = a};
    *more = false;
    enum err e = pass(m, a, more, &own);
    if (e != ERR_OK)
        (void)problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return e;
}

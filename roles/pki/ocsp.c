/* OCSP: an answer is signed once and given again while nothing about its certificate or its authority's changes, however often it is
 * asked for; signing costs a thousand times as much as remembering. Only certificates that this authority issued are remembered, one to
 * an answer and without a nonce: what anybody can make up takes no room. */
#include <stdlib.h>

#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/content.h"
#include "content/kind.h"
#include "content/system/pki/revocation.h"
#include "content/system/pki/x509_make.h"
#include "roles/internal.h"
#include "roles/pki/pki.h"

enum { ANSWER_GOOD_S = 3600, REQUEST_BYTES = 256 };

/* ---- remembering ---- */

struct place {
    int64_t authority, made_ms;
    uint64_t stamp, state;
    char serial[64];
    char request[REQUEST_BYTES];
    char answer[LIMIT_OCSP_REMEMBERED_BYTES];
    uint16_t serial_length, request_length, answer_length; /* the last 0: free */
};

struct ocsp_memory {
    pthread_mutex_t lock;             /* guards the places; nothing is called under it */
    struct place places[LIMIT_OCSP_REMEMBERED];
};

struct ocsp_memory *ocsp_memory_open(void)
{
    struct ocsp_memory *m = calloc(1, sizeof *m);
    must(m != NULL && pthread_mutex_init(&m->lock, NULL) == 0);
    return m;
}

void ocsp_memory_close(struct ocsp_memory *m)
{
    if (!m)
        return;
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
}

static struct place *place_of(struct ocsp_memory *m, int64_t authority, str request)
{
    return &m->places[(map_hash(request) * 31 + (uint64_t)authority) % LIMIT_OCSP_REMEMBERED];
}

static bool is_of(const struct place *p, int64_t authority, str request, int64_t now)
{
    return p->answer_length && p->authority == authority && str_equal((str){p->request, p->request_length}, request) && now >= p->made_ms &&
           now - p->made_ms < (int64_t)LIMIT_OCSP_REMEMBERED_S * 1000;
}

/* A copy, so that nothing is looked up under the lock; false: there is none. */
static bool recall(struct ocsp_memory *m, int64_t authority, str request, int64_t now, struct place *out)
{
    struct place *p = place_of(m, authority, request);
    (void)pthread_mutex_lock(&m->lock);
    bool is_there = is_of(p, authority, request, now);
    if (is_there)
        *out = *p;
    (void)pthread_mutex_unlock(&m->lock);
    return is_there;
}

static void remember(struct ocsp_memory *m, const struct place *one)
{
    struct place *p = place_of(m, one->authority, (str){one->request, one->request_length});
    (void)pthread_mutex_lock(&m->lock);
    *p = *one;
    (void)pthread_mutex_unlock(&m->lock);
}

/* ---- what an answer is made of ---- */

struct looking {
    struct gate *gate;
    const struct principal *server;
    struct arena *arena;
    str authority, certificate;       /* ids of who answers and of what it signs with */
    str serial;                       /* the last one that was asked for … */
    uint64_t state;                   /* … and what is known of it; 0: nothing */
    unsigned count;
};

static uint64_t state_of(const struct looking *l, const struct json *row)
{
    const struct json *revision = json_get(row, S("_rev"));
    uint64_t h = str_hash(l->certificate) * 31 + str_hash(item_text(row, S("_id")));
    return (h * 31 + (revision ? (uint64_t)revision->integer : 0)) << 1 | 1;
}

static enum err find_row(const struct looking *l, str serial, const struct json **out, struct problem *why)
{
    static const str fields[] = {STR("_id"), STR("_rev"), STR("revoked_at"), STR("revocation")};
    const struct collection *c = model_find(l->server->rights->model, S("certificates"));
    const struct filter *its = filter_test(l->arena, collection_field(c, S("authority")), TEST_EQ, json_of_text(l->authority));
    const struct filter *numbered = filter_test(l->arena, collection_field(c, S("serial")), TEST_EQ, json_of_text(serial));
    struct item_list list;
    TRY(read_items_of(l->gate->content, l->server->rights, c->name, filter_and(l->arena, numbered, its), fields, COUNTOF(fields), l->arena, &list, why));
    *out = list.count ? &list.items[0] : NULL;
    return ERR_OK;
}

/* Revoked where the authority was before it came here; the certificate itself is not known. */
static enum err look_before(const struct looking *l, str serial, struct ocsp_verdict *out, struct problem *why)
{
    static const str fields[] = {STR("revoked_before")};
    const struct collection *c = model_find(l->server->rights->model, S("certificate_authorities"));
    struct item_list list;
    TRY(read_items_of(l->gate->content, l->server->rights, c->name, filter_test(l->arena, collection_field(c, S("_id")), TEST_EQ, json_of_text(l->authority)),
                      fields, COUNTOF(fields), l->arena, &list, why));
    const struct json *before = list.count ? json_get(&list.items[0], S("revoked_before")) : NULL;
    for (uint32_t i = 0; before && before->type == JSON_LIST && i < before->count; i++)
        if (str_equal(item_text(&before->items[i], S("serial")), serial)) {
            const struct json *reason = json_get(&before->items[i], S("reason"));
            *out = (struct ocsp_verdict){OCSP_IS_REVOKED, item_time(&before->items[i], S("at")), reason && reason->type == JSON_INT ? (int)reason->integer : 0};
        }
    return ERR_OK;
}

/* One that this authority never issued is unknown, not good (RFC 6960 2.2). */
static enum err look(void *self, str serial, struct ocsp_verdict *out, struct problem *why)
{
    struct looking *l = self;
    const struct json *row = NULL;
    TRY(find_row(l, serial, &row, why));
    l->count++;
    l->serial = serial;
    l->state = row ? state_of(l, row) : 0;
    if (!row)
        return look_before(l, serial, out, why);
    out->at_ms = item_time(row, S("revoked_at"));
    out->status = out->at_ms ? OCSP_IS_REVOKED : OCSP_IS_GOOD;
    out->reason = revocation_code(item_text(row, S("revocation")));
    return ERR_OK;
}

/* Moves with every change of any certificate or authority: while it stands still nothing need be looked up. */
static uint64_t stamp_now(struct gate *g, const struct principal *server)
{
    struct query certificates = {.from = model_find(server->rights->model, S("certificates")), .limit = 1};
    struct query authorities = {.from = model_find(server->rights->model, S("certificate_authorities")), .limit = 1};
    return gate_stamp(g, server, &certificates) * 31 + gate_stamp(g, server, &authorities);
}

static enum err begin(struct looking *l, int64_t authority, const struct json **item, struct problem *why)
{
    TRY(pki_authority(l->gate, l->server, authority, false, l->arena, item, why));
    l->authority = item_text(*item, S("_id"));
    l->certificate = item_text(*item, S("certificate"));
    return ERR_OK;
}

/* Something changed; this may not have. */
static enum err still_holds(struct looking *l, const struct place *p, bool *out, struct problem *why)
{
    const struct json *item = NULL, *row = NULL;
    TRY(begin(l, p->authority, &item, why));
    TRY(find_row(l, (str){p->serial, p->serial_length}, &row, why));
    *out = row && state_of(l, row) == p->state;
    return ERR_OK;
}

static enum err recall_good(struct looking *l, int64_t authority, str request, uint64_t stamp, int64_t now, str *response, struct problem *why)
{
    struct place *p = NEW(l->arena, struct place);
    bool holds = recall(l->gate->ocsp, authority, request, now, p);
    *response = (str){0};
    if (!holds)
        return ERR_OK;
    if (p->stamp != stamp) {
        TRY(still_holds(l, p, &holds, why));
        p->stamp = stamp;
        if (holds)
            remember(l->gate->ocsp, p);
    }
    if (holds)
        *response = (str){p->answer, p->answer_length};
    return ERR_OK;
}

static void keep(const struct looking *l, int64_t authority, str request, uint64_t stamp, int64_t now, str response)
{
    if (l->count != 1 || l->state == 0 || l->serial.len > sizeof ((struct place *)0)->serial || request.len > REQUEST_BYTES ||
        response.len > LIMIT_OCSP_REMEMBERED_BYTES || !ocsp_is_plain(request))
        return;
    struct place *p = NEW(l->arena, struct place);
    *p = (struct place){.authority = authority, .made_ms = now, .stamp = stamp, .state = l->state, .serial_length = (uint16_t)l->serial.len,
                        .request_length = (uint16_t)request.len, .answer_length = (uint16_t)response.len};
    memcpy(p->serial, l->serial.at, l->serial.len);
    memcpy(p->request, request.at, request.len);
    memcpy(p->answer, response.at, response.len);
    remember(l->gate->ocsp, p);
}

/* ---- signing ---- */

static enum err open_key(struct gate *g, const struct principal *server, str id, struct arena *a, str *key, struct problem *why)
{
    const struct collection *c = model_find(server->rights->model, S("certificate_authorities"));
    str text = {0};
    TRY(content_secret(g->content, c, id, collection_field(c, S("private_key")), a, &text, why));
    bool is_read = base64url_decode(a, text, key);
    crypt_wipe((void *)(uintptr_t)text.at, text.len);
    return is_read ? ERR_OK : problem_set(why, ERR_INTERNAL, "The authority's key cannot be opened");
}

static enum err answer(struct looking *l, int64_t authority, str request, int64_t now, str *response, struct problem *why)
{
    const struct json *item = NULL;
    str pem, key;
    TRY(begin(l, authority, &item, why));
    TRY(pki_own_certificate(l->gate, l->server, item, l->arena, &pem, why));
    TRY(open_key(l->gate, l->server, l->authority, l->arena, &key, why));
    enum err e = ocsp_answer(request, pem, key, now, now + (int64_t)ANSWER_GOOD_S * 1000, look, l, l->arena, response, why);
    crypt_wipe((void *)(uintptr_t)key.at, key.len);
    return e;
}

enum err gate_ocsp(struct gate *g, int64_t authority, str request, struct arena *a, str *response, int64_t *good_s, struct problem *why)
{
    struct looking l = {.gate = g, .server = principal_system(g, a, SYSTEM_PKI), .arena = a};
    int64_t now = time_now_ms();
    *good_s = ANSWER_GOOD_S;
    TRY(gate_catch_up(g, why));
    uint64_t stamp = stamp_now(g, l.server); /* before anything is looked up: what changes meanwhile is seen the next time */
    TRY(recall_good(&l, authority, request, stamp, now, response, why));
    if (response->len)
        return ERR_OK;
    TRY(answer(&l, authority, request, now, response, why));
    keep(&l, authority, request, stamp, now, *response);
    return ERR_OK;
}

#include "roles/figures/counts.h"

#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/time.h"
#include "content/query/groups.h"
#include "roles/figures/figures.h"

struct counted_row {
    uint64_t value, stamp;
    int64_t at_ms, took_us;           /* took_us 0: never counted */
};
struct count_memory {
    pthread_mutex_t lock;             /* nothing is called under it */
    struct counted_row rows[COUNT_PLACES];
};

struct count_memory *counts_open(void)
{
    struct count_memory *m = calloc(1, sizeof *m);
    must(m != NULL && pthread_mutex_init(&m->lock, NULL) == 0);
    return m;
}

void counts_close(struct count_memory *m)
{
    if (!m)
        return;
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
}

static const int64_t day_ms = 86400000;

static str text_of_time(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return buf_str(&b);
}

/* The pattern with its times; *hangs: it has some. */
static str filter_text(struct arena *a, const struct count_row *row, int64_t now, bool *hangs)
{
    struct buf b;
    buf_init(&b, a, 512);
    *hangs = false;
    for (const char *at = row->filter; *at; at++) {
        if (at[0] == '$' && (at[1] == '$' || at[1] == '+')) {
            buf_add(&b, text_of_time(a, at[1] == '$' ? now : now + row->days * day_ms));
            *hangs = true;
            at++;
        } else {
            buf_byte(&b, *at);
        }
    }
    return buf_str(&b);
}

static enum err sum(struct gate *g, const struct principal *server, const char *field, struct query *q, uint64_t *out, struct problem *why)
{
    struct group_list groups;
    struct group_wish wish = {.by = NULL};
    wish.values[GROUP_SUM] = str_of(field);
    q->limit = 1;
    q->count = COUNT_NONE;
    TRY(groups_read(why->arena, q, &wish, &q->groups, why));
    group_list_init(&groups, why->arena);
    TRY(content_read(g->content, server->rights, VERB_READ, &server->actor, q, &groups.receiver, NULL, why));
    const struct json *sums = groups.count ? json_get(&groups.items[0], S("sum")) : NULL, *all = sums ? json_get(sums, str_of(field)) : NULL;
    *out = all && all->type == JSON_INT && all->integer > 0 ? (uint64_t)all->integer : 0;
    return ERR_OK;
}

static enum err count(struct gate *g, const struct principal *server, struct query *q, uint64_t *out, struct problem *why)
{
    struct item_list none;
    struct page page = {0};
    item_list_init(&none, why->arena);
    TRY(content_read(g->content, server->rights, VERB_READ, &server->actor, q, &none.receiver, &page, why));
    *out = page.total;
    return ERR_OK;
}

/* Does what was counted still do? */
static bool recall(struct count_memory *m, size_t place, uint64_t stamp, bool hangs, int64_t now, uint64_t *out)
{
    (void)pthread_mutex_lock(&m->lock);
    struct counted_row was = m->rows[place];
    (void)pthread_mutex_unlock(&m->lock);
    int64_t age = now - was.at_ms;
    bool is_dear = was.took_us > LIMIT_COUNT_DEAR_US && age >= 0 && age * 1000 < was.took_us * 100;
    bool is_same = was.stamp == stamp && (!hangs || (age >= 0 && age < LIMIT_COUNT_KEEP_MS));
    *out = was.value;
    return was.took_us > 0 && (is_dear || is_same);
}

enum err count_row(struct gate *g, const struct principal *server, const struct count_row *row, size_t place, int64_t now, uint64_t *out,
                   struct problem *why)
{
    const struct json *said = NULL;
    struct query q = {.from = model_find(server->rights->model, str_of(row->collection)), .limit = 1, .count = COUNT_ONLY};
    struct count_memory *m = g->counts;
    bool hangs;
    must(place < COUNT_PLACES);
    TRY(json_read(why->arena, filter_text(why->arena, row, now, &hangs), NULL, S("filter"), &said, why));
    TRY(filter_read(why->arena, server->rights->model, q.from, said, &(struct filter_options){.where = S("filter")}, &q.where, why));
    uint64_t stamp = content_stamp(g->content, server->rights, &q);
    if (recall(m, place, stamp, hangs, now, out))
        return ERR_OK;
    int64_t since = time_mono_us();
    TRY(row->sum ? sum(g, server, row->sum, &q, out, why) : count(g, server, &q, out, why));
    int64_t took = time_mono_us() - since;
    (void)pthread_mutex_lock(&m->lock);
    m->rows[place] = (struct counted_row){*out, stamp, now, took > 0 ? took : 1};
    (void)pthread_mutex_unlock(&m->lock);
    return ERR_OK;
}

/* ---- what there is ---- */

#define KEYS "vitrine_keys", "API keys, by what has become of them."
#define USERS "vitrine_users", "People."
/* clang-format off */
static const struct count_row rows[] = {
    {KEYS, "state=\"active\"", "api_keys", "{\"disabled\":{\"$ne\":true},\"$or\":[{\"expires_at\":null},{\"expires_at\":{\"$gte\":\"$$\"}}]}", 0, NULL},
    {KEYS, "state=\"disabled\"", "api_keys", "{\"disabled\":true}", 0, NULL},
    {KEYS, "state=\"expired\"", "api_keys", "{\"disabled\":{\"$ne\":true},\"expires_at\":{\"$lt\":\"$$\"}}", 0, NULL},
    {"vitrine_keys_expiring_in_7_days", "Active keys that end within 7 days.", NULL, "api_keys",
     "{\"disabled\":{\"$ne\":true},\"expires_at\":{\"$gte\":\"$$\",\"$lt\":\"$+\"}}", 7, NULL},
    {USERS, "state=\"active\"", "users", "{\"active\":{\"$ne\":false}}", 0, NULL},
    {USERS, "state=\"off\"", "users", "{\"active\":false}", 0, NULL},
    {"vitrine_service_accounts", "Service accounts.", NULL, "service_accounts", "{}", 0, NULL},
    {"vitrine_sessions", "Browsers and programs that are signed in.", NULL, "sessions", "{\"expires_at\":{\"$gte\":\"$$\"}}", 0, NULL},
    {"vitrine_assets", "Assets.", NULL, "assets", "{}", 0, NULL},
    {"vitrine_uploads", "Files on their way, in pieces.", NULL, "uploads", "{}", 0, NULL},
    {"vitrine_blobs", "Files that are kept, each once.", NULL, "blobs", "{}", 0, NULL},
    {"vitrine_blob_bytes", "Their bytes.", NULL, "blobs", "{}", 0, "size"},
    {"vitrine_repositories", "Repositories of the registry.", NULL, "repositories", "{}", 0, NULL},
    {"vitrine_manifests", "Manifests in them.", NULL, "manifests", "{}", 0, NULL},
    {"vitrine_tags", "Tags in them.", NULL, "tags", "{}", 0, NULL},
};
/* clang-format on */
static_assert(COUNT_PLACE_OWN + COUNTOF(rows) <= COUNT_PLACES, "every row has a place");

enum err gate_counts(struct gate *g, struct arena *a, gate_count_see *see, void *self, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FIGURES);
    int64_t now = time_now_ms();
    TRY(gate_catch_up(g, why));
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        uint64_t n = 0;
        TRY(count_row(g, server, &rows[i], COUNT_PLACE_OWN + i, now, &n, why));
        see(self, rows[i].name, rows[i].help, rows[i].label, n);
    }
    return ERR_OK;
}

#include "roles/upkeep/upkeep.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "content/bytes/scrub.h"
#include "content/kind.h"
#include "roles/internal.h"

#define SWEEP_EVERY_MS ((int64_t)LIMIT_SWEEP_GRACE_S * 500)
#define SWEEP_FIRST_MS ((int64_t)600 * 1000) /* after the start, so that restarting now and then does not put it off */
#define TURN_US        20000                 /* of one tick, for steps of a sweep */
#define REST_MS        ((int64_t)60 * 1000)  /* when there was nothing to do, or it failed */

enum figure { SWEPT_BLOBS, SWEPT_BYTES, LOOKED_AT, LOOKED_AT_BYTES, FOUND_DAMAGED, DAMAGED, FIGURE_COUNT };

struct upkeep {
    struct scrub *scrub;              /* the tick's own, as what follows but for the figures */
    struct sweep_place place;
    struct sweep_figures swept;       /* of this round */
    struct scrub_figures scrubbed;
    bool sweeping;
    int64_t sweep_at_ms, scrub_at_ms; /* not before; 0: not known yet */
    _Atomic(uint64_t) figures[FIGURE_COUNT];
};

struct upkeep *upkeep_open(void)
{
    struct upkeep *u = calloc(1, sizeof *u);
    must(u != NULL);
    u->scrub = scrub_open();
    return u;
}

void upkeep_close(struct upkeep *u)
{
    if (!u)
        return;
    scrub_close(u->scrub);
    free(u);
}

void gate_upkeep_figures(struct gate *g, struct upkeep_figures *out)
{
    _Atomic(uint64_t) *f = g->upkeep->figures;
    *out = (struct upkeep_figures){f[SWEPT_BLOBS], f[SWEPT_BYTES], f[LOOKED_AT], f[LOOKED_AT_BYTES], f[FOUND_DAMAGED], f[DAMAGED]};
}

/* A clock that was turned back does not put it off for longer than it would take anyway. */
static bool is_due(int64_t at_ms, int64_t now, int64_t every)
{
    return now >= at_ms || at_ms - now > every;
}

/* ---- sweeping ---- */

static enum err sweep_steps(struct gate *g, struct upkeep *u, const struct principal *server, bool *over, struct problem *why)
{
    int64_t until = time_mono_us() + TURN_US;
    struct sweep_figures before = u->swept;
    enum err e = ERR_OK;
    *over = false;
    do
        e = content_sweep_on(g->content, server->rights, &server->actor, (int64_t)LIMIT_SWEEP_GRACE_S * 1000, &u->place, &u->swept, over, why);
    while (e == ERR_OK && !*over && time_mono_us() < until);
    u->figures[SWEPT_BLOBS] += u->swept.blobs - before.blobs;
    u->figures[SWEPT_BYTES] += u->swept.bytes - before.bytes;
    return e;
}

static enum err sweep_some(struct gate *g, struct upkeep *u, int64_t now, struct problem *why)
{
    bool over = false;
    if (u->sweep_at_ms == 0)
        u->sweep_at_ms = now + SWEEP_FIRST_MS;
    if (!is_due(u->sweep_at_ms, now, SWEEP_EVERY_MS))
        return ERR_OK;
    if (!u->sweeping)
        u->swept = (struct sweep_figures){0};
    u->sweeping = true;
    TRY(gate_catch_up(g, why));
    enum err e = sweep_steps(g, u, principal_system(g, why->arena, SYSTEM_FILES), &over, why);
    if (e != ERR_OK)
        u->sweep_at_ms = now + REST_MS;
    TRY(e);
    if (!over)
        return ERR_OK;
    u->sweeping = false;
    u->sweep_at_ms = now + SWEEP_EVERY_MS;
    if (u->swept.blobs + u->swept.uploads + u->swept.layers > 0)
        LOG(LOG_INFO, "files.swept", LOG_NUMBER("blobs", (int64_t)u->swept.blobs), LOG_NUMBER("bytes", (int64_t)u->swept.bytes),
            LOG_NUMBER("layers", (int64_t)u->swept.layers), LOG_NUMBER("uploads", (int64_t)u->swept.uploads));
    return ERR_OK;
}

/* ---- looking ---- */

static enum err count_damaged(struct gate *g, struct upkeep *u, const struct principal *server, struct arena *a, struct problem *why)
{
    const struct field *damaged = collection_field(model_find(server->rights->model, S("blobs")), S("damaged"));
    struct item_list list;
    TRY(read_items(g->content, server->rights, S("blobs"), filter_test(a, damaged, TEST_EQ, json_of_bool(true)), a, &list, why));
    u->figures[DAMAGED] = list.count;
    return ERR_OK;
}

/* Due after half of the time: what waits for its turn has the other half. */
static enum err scrub_some(struct gate *g, struct upkeep *u, int64_t now, struct problem *why)
{
    int64_t days_ms = (int64_t)g->registry.scrub_days * 86400000;
    bool over = false;
    if (days_ms == 0 || !is_due(u->scrub_at_ms, now, REST_MS))
        return ERR_OK;
    TRY(gate_catch_up(g, why));
    const struct principal *server = principal_system(g, why->arena, SYSTEM_FILES);
    struct scrub_turn turn = {g->content, server->rights, &server->actor, now - days_ms / 2, &u->scrubbed};
    enum err e = scrub_go_on(u->scrub, &turn, LIMIT_SCRUB_STEP_BYTES, &over, why);
    u->figures[LOOKED_AT] = u->scrubbed.looked_at;
    u->figures[LOOKED_AT_BYTES] = u->scrubbed.bytes;
    u->figures[FOUND_DAMAGED] = u->scrubbed.damaged;
    if (e != ERR_OK || over)
        u->scrub_at_ms = now + REST_MS;
    TRY(e);
    return over ? count_damaged(g, u, server, why->arena, why) : ERR_OK;
}

enum err upkeep_tick(struct gate *g, struct problem *why)
{
    int64_t now = time_now_ms();
    if (g->read_only)
        return ERR_OK;
    TRY(sweep_some(g, g->upkeep, now, why));
    return scrub_some(g, g->upkeep, now, why);
}

/* ---- whose they are ---- */

static const struct filter *needs(struct arena *a, const struct principal *server, str digest, struct problem *why)
{
    static const char *const ways[] = {"blob.digest", "layers.blob.digest", "config.blob.digest"};
    const struct collection *manifests = model_find(server->rights->model, S("manifests"));
    struct json *list = NEW_N(a, struct json, COUNTOF(ways)), *members = NEW_N(a, struct json, COUNTOF(ways)), *any = NEW(a, struct json);
    const struct filter *f = NULL;
    for (size_t i = 0; i < COUNTOF(ways); i++) {
        members[i] = json_named(str_of(ways[i]), json_of_text(digest));
        list[i] = json_of_map(&members[i], 1);
    }
    *any = json_named(S("$or"), json_of_list(list, COUNTOF(ways)));
    struct json all = json_of_map(any, 1);
    return filter_read(a, server->rights->model, manifests, &all, &(struct filter_options){.where = S("filter")}, &f, why) == ERR_OK ? f : NULL;
}

static enum err add_images(struct gate *g, const struct principal *server, const struct json *manifest, struct arena *a, struct buf *out,
                           struct problem *why)
{
    const struct field *at = collection_field(model_find(server->rights->model, S("tags")), S("manifest"));
    const struct json *repository = NULL;
    struct item_list tags;
    TRY(read_item(g->content, server->rights, S("repositories"), S("_id"), item_text(manifest, S("repository")), a, &repository, why));
    TRY(read_items(g->content, server->rights, S("tags"), filter_test(a, at, TEST_EQ, json_of_text(item_text(manifest, S("_id")))), a, &tags, why));
    for (size_t i = 0; i < tags.count || i == 0; i++) {
        str name = item_text(repository, S("name"));
        buf_add(out, out->len ? S(", ") : S(""));
        if (tags.count)
            buf_format(out, STR_FMT ":" STR_FMT, STR_ARG(name), STR_ARG(item_text(&tags.items[i], S("name"))));
        else
            buf_format(out, STR_FMT "@" STR_FMT, STR_ARG(name), STR_ARG(item_text(manifest, S("digest"))));
    }
    return ERR_OK;
}

enum err gate_images_of_blob(struct gate *g, str digest, struct arena *a, str *out, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    const struct filter *which = needs(a, server, digest, why);
    struct item_list list;
    struct buf b;
    *out = S("");
    if (!which)
        return why->err;
    TRY(read_items(g->content, server->rights, S("manifests"), which, a, &list, why));
    buf_init(&b, a, 256);
    for (size_t i = 0; i < list.count; i++)
        TRY(add_images(g, server, &list.items[i], a, &b, why));
    *out = buf_str(&b);
    return ERR_OK;
}

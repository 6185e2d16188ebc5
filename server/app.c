#include "server/app.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "content/backup/ship.h"
#include "content/content.h"
#include "server/data.h"

#ifndef VITRINE_VERSION
#define VITRINE_VERSION "0.1.0"
#endif
const char *const vitrine_version = VITRINE_VERSION;

/* One level: the parent has to be there, so that a typo does not grow a tree. */
static enum err make_directory(struct arena *a, str path, bool may_create, struct problem *why)
{
    const char *name = arena_cstr(a, path);
    struct stat st;
    if (stat(name, &st) == 0)
        return S_ISDIR(st.st_mode) ? ERR_OK
                                   : problem_set(why, ERR_BAD_INPUT, "%s is not a directory", name);
    if (!may_create)
        return problem_set(why, ERR_NOT_FOUND, "There is no data directory %s (serve makes one; --data names another)", name);
    if (mkdir(name, 0700) != 0)
        return problem_set(why, ERR_UNAVAILABLE, "The data directory %s cannot be made: %s", name, strerror(errno));
    return ERR_OK;
}

static enum err open_key(struct app *app, const struct app_options *o, struct problem *why)
{
    str path = str_is_absent(o->master_key_file)
                   ? arena_format(app->arena, STR_FMT "/master.key", STR_ARG(o->data))
                   : o->master_key_file;
    /* A new key beside an old database would lock everybody out: it is made only with the database. */
    str database = arena_format(app->arena, STR_FMT "/vitrine.db", STR_ARG(o->data));
    bool fresh = o->may_create && access(arena_cstr(app->arena, database), F_OK) != 0;
    return crypt_open(arena_cstr(app->arena, path), fresh, &app->crypt, why);
}

enum err app_open(const struct app_options *o, struct app **out, struct problem *why)
{
    struct arena *arena = arena_open(16u << 10);
    struct app *app = NEW(arena, struct app);
    app->arena = arena;
    app->data = arena_copy(arena, o->data);
    app->hold = -1;
    crypt_start();
    enum err e = make_directory(arena, o->data, o->may_create, why);
    if (e == ERR_OK)
        e = data_open(o->data, DATA_SHARED, &app->hold, why);
    if (e == ERR_OK)
        e = open_key(app, o, why);
    if (e == ERR_OK) {
        const struct ship_config ship = {.directory = app->data, .lock = o->ship_lock};
        struct content_config content = {
            .directory = app->data,
            .engine = &engine_sqlite,
            .crypt = app->crypt,
            .keys = {.overlap_max_min = o->key_overlap_max_ms / 60000, .days_max = o->key_days_max},
            .pki_url = o->pki_url,
            .registry = &o->registry,
            .read_only = o->read_only,
            .ship = o->ships ? &ship : NULL,
        };
        struct gate_config gate = {
            .content = &content,
            .key_in_query = o->key_in_query,
            .bad_keys_per_minute = o->bad_keys_per_minute,
            .session_idle_ms = o->session_idle_ms,
            .session_life_ms = o->session_life_ms,
            .journal_keep_ms = o->journal_keep_ms,
            .step_up = o->step_up,
            .outside = o->outside,
            .acme = o->acme,
            .files = o->files,
            .streams = o->streams,
            .webhooks = o->webhooks,
            .streams_per_caller = o->streams_per_caller,
            .chutes = {o->api.chutes_prefix, o->chutes_requires_v2},
        };
        e = gate_open(&gate, &app->gate, why);
    }
    if (e == ERR_OK)
        e = graphql_open(app->gate, &o->graphql, gql_dialects, gql_dialect_count, &app->graphql, why);
    if (e != ERR_OK) {
        app_close(app);
        return e;
    }
    app->api = (struct api){.gate = app->gate, .key_in_query = o->key_in_query, .version = vitrine_version, .options = o->api};
    *out = app;
    return ERR_OK;
}

const char *app_engine(void)
{
    return engine_library();
}

void app_close(struct app *app)
{
    if (!app)
        return;
    graphql_close(app->graphql);
    gate_close(app->gate);
    crypt_close(app->crypt);
    if (app->hold >= 0)
        (void)close(app->hold);
    arena_close(app->arena);
}

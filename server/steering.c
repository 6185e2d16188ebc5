/* What the server was told to be, and what it can be told to do, for a dashboard: /api/system/config, backups, demo. */
#include "base/limits.h"
#include "base/time.h"
#include "roles/figures/figures.h"
#include "server/backup.h"
#include "server/demo.h"
#include "server/serve.h"

static void begin(struct json_writer *w, struct exchange *x, struct buf **out)
{
    *out = exchange_body_buf(x);
    json_begin(w, *out);
    json_map_open(w);
}

static enum err end(struct json_writer *w, struct exchange *x, struct buf *out, int status)
{
    str text;
    json_map_close(w);
    json_end(w);
    TRY(buf_done(out, &text));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, status, text);
    return ERR_OK;
}

static enum err configuration(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct serving *s = app;
    struct json_writer w;
    struct buf *out;
    (void)p;
    TRY(gate_may_watch(s->gate, x->who, why));
    begin(&w, x, &out);
    json_name(&w, S("keys"));
    config_tell(&w, s->said);
    return end(&w, x, out, 200);
}

/* ------ backups */

static void write_moment(struct json_writer *w, struct arena *a, int64_t ms)
{
    struct buf b;
    if (ms == 0) {
        json_nothing(w);
        return;
    }
    buf_init(&b, a, 64);
    time_write(&b, ms);
    json_text(w, buf_str(&b));
}

static void write_names(struct json_writer *w, struct arena *a, str name, const struct backup_names *names)
{
    json_name(w, name);
    json_list_open(w);
    for (size_t i = 0; i < names->count; i++) {
        json_map_open(w);
        json_name(w, S("name"));
        json_text(w, names->at[i].name);
        json_name(w, S("at"));
        write_moment(w, a, names->at[i].at_ms);
        json_name(w, S("seq"));
        json_uint(w, names->at[i].seq);
        json_map_close(w);
    }
    json_list_close(w);
}

static void write_state(struct json_writer *w, struct arena *a, const struct backup_config *c, struct backup_job *j)
{
    struct backup_figures figures = {0};
    if (j)
        backup_job_figures(j, &figures);
    json_name(w, S("to"));
    if (j)
        json_text(w, c->to);
    else
        json_nothing(w);
    json_name(w, S("every_s"));
    json_int(w, c->every_ms / 1000);
    json_name(w, S("keep"));
    json_uint(w, c->keep);
    json_name(w, S("busy"));
    json_bool(w, j && backup_job_is_busy(j));
    json_name(w, S("last_at"));
    write_moment(w, a, figures.last_ms);
    json_name(w, S("last_bytes"));
    json_uint(w, figures.bytes);
    json_name(w, S("made"));
    json_uint(w, figures.made);
    json_name(w, S("failures"));
    json_uint(w, figures.failed);
}

/* A place that cannot be read is told, and no reason to say nothing else. */
static enum err read_names(const struct backup_config *c, struct arena *a, struct backup_names *good, struct backup_names *bad, struct problem *why)
{
    const struct target_config to = {.to = c->to, .s3 = &c->s3};
    struct target *t = NULL;
    TRY(target_open(&to, false, &t, why));
    enum err e = backup_names_read(t, false, a, good, why);
    if (e == ERR_OK)
        e = backup_names_read(t, true, a, bad, why);
    target_close(t);
    return e;
}

static enum err backups(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct serving *s = app;
    struct json_writer w;
    struct buf *out;
    struct backup_names good = {0}, bad = {0};
    struct problem reason = {.arena = x->arena};
    (void)p;
    TRY(gate_may_watch(s->gate, x->who, why));
    enum err e = s->backups ? read_names(&s->config->backup, x->arena, &good, &bad, &reason) : ERR_OK;
    begin(&w, x, &out);
    write_state(&w, x->arena, &s->config->backup, s->backups);
    json_name(&w, S("problem"));
    if (e == ERR_OK || e == ERR_NOT_FOUND) /* there is no directory before the first one */
        json_nothing(&w);
    else
        json_text(&w, reason.text);
    write_names(&w, x->arena, S("backups"), &good);
    write_names(&w, x->arena, S("failed"), &bad);
    return end(&w, x, out, 200);
}

static enum err back_up(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct serving *s = app;
    struct json_writer w;
    struct buf *out;
    (void)p;
    TRY(gate_may_steer(s->gate, x->who, why));
    if (!s->backups)
        return problem_set(why, ERR_CONFLICT, "No backups are configured: say where they go with backup.to (docs/backup.md)");
    backup_job_ask(s->backups);
    begin(&w, x, &out);
    json_name(&w, S("busy"));
    json_bool(&w, true);
    return end(&w, x, out, 202);
}

/* ------ demo content, as `serve --demo` makes it, without keys */

static enum err furnish(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct serving *s = app;
    struct json_writer w;
    struct buf *out;
    bool made = false;
    (void)p;
    TRY(gate_may_furnish(s->gate, x->who, why));
    TRY(demo_make(s->gate, &made, NULL, NULL, why));
    if (!made)
        return problem_set(why, ERR_CONFLICT, "This site has collections of its own; demo content goes into an empty one only");
    begin(&w, x, &out);
    json_name(&w, S("made"));
    json_bool(&w, true);
    return end(&w, x, out, 201);
}

/* clang-format off */
const struct route steering_routes[] = {
    {M_GET, "/api/system/config", configuration, 0, 0, "What the server was told to be, and where each value is from"},
    {M_GET, "/api/system/backups", backups, 0, 0, "Backups that were made, and how it goes"},
    {M_POST, "/api/system/backups", back_up, LIMIT_IGNORED_BODY_BYTES, 0, "Make a backup now"},
    {M_POST, "/api/system/demo", furnish, LIMIT_IGNORED_BODY_BYTES, 0, "Fill an empty site with demo content"},
};
/* clang-format on */
const size_t steering_route_count = COUNTOF(steering_routes);

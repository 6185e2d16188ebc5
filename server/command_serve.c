/* serve: opens the house, listens, says so in one line, and stops in order. */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "roles/gate.h"
#include "server/backup_job.h"
#include "server/civet.h"
#include "server/command.h"
#include "server/demo.h"
#include "server/figures.h"
#include "server/jobs.h"
#include "server/serve.h"
#include "server/static.h"
#include "server/watch.h"

#define STOP_GRACE_MS      LIMIT_STOP_MS
#define CERTIFICATE_LOOK_S 60
#define ROUTE_SETS         64u

struct house {
    struct call *call;
    const struct config *config;
    struct app *app;
    struct serving serving;
    struct route_set sets[ROUTE_SETS];
    struct tls *tls;
    struct civet *civet;
    _Atomic(struct civet *) shown;    /* the same, for figures: once it is there and as long */
    struct watch *watch;
    struct jobs *jobs;
    struct ship_job *ships;
    struct backup_job *backups;
};

static enum err check_listeners(struct house *h)
{
    struct call *c = h->call;
    for (size_t i = 0; i < h->config->listener_count; i++)
        TRY(listen_check(&h->config->listeners[i], h->config->insecure_http,
                         h->config->trusted_count > 0, c->why));
    if (str_is_absent(h->config->tls_cert))
        return ERR_OK;
    return tls_open(arena_cstr(c->arena, h->config->tls_cert),
                    arena_cstr(c->arena, h->config->tls_key), &h->tls, c->why);
}

static void print_key(void *self, str name, str secret)
{
    (void)self;
    (void)fprintf(stderr, "  key of the " STR_FMT ": " STR_FMT "\n", STR_ARG(name),
                  STR_ARG(secret));
}

static enum err first_administrator(struct house *h)
{
    const struct config *config = h->config;
    str id;
    if (str_is_absent(config->admin_email) || gate_setup_code(h->app->gate).len == 0)
        return ERR_OK;
    return gate_user_add(h->app->gate, h->call->arena, config->admin_email, S("Administrator"),
                         S("admin"), config->admin_password, &id, h->call->why);
}

/* What a human wants to know after starting it. The code and the keys are shown here and nowhere
 * else. */
static void greet(struct house *h, str url)
{
    str code = gate_setup_code(h->app->gate);
    (void)fprintf(stderr, "Vitrine %s\n", vitrine_version);
    if (!str_starts(url, S("unix:")))
        (void)fprintf(stderr,
                      "  dashboard: " STR_FMT "/admin/\n  content:   " STR_FMT
                      "/api/content/items/posts\n  graphql:   " STR_FMT "/graphql\n",
                      STR_ARG(url), STR_ARG(url), STR_ARG(url));
    if (code.len)
        (void)fprintf(stderr,
                      "  setup code: " STR_FMT
                      "  (the dashboard asks for it to make the first administrator)\n",
                      STR_ARG(code));
}

/* What is written down about requests, and where. */
static enum err open_reports(struct house *h)
{
    h->serving.slow = slow_open(h->app->gate, h->config->slow_ms);
    return tracing_start(&h->config->tracing, vitrine_version, &h->serving.tracing, h->call->why);
}

/* With an arena of its own: what it takes would stay as long as the server does. */
static enum err make_demo(struct house *h, bool *made)
{
    struct arena *arena = arena_open(16u << 10);
    struct problem why = {.arena = arena};
    enum err e = demo_make(h->app->gate, made, print_key, h, &why);
    str said = str_is_absent(why.text) ? problem_sentence(arena, &why) : why.text;
    if (e != ERR_OK)
        (void)problem_set(h->call->why, e, STR_FMT, STR_ARG(said));
    arena_close(arena);
    return e;
}

static enum err open_house(struct house *h)
{
    struct call *c = h->call;
    bool demo_made = false;
    size_t count = api_routes(&h->app->api, h->app->arena, h->sets, ROUTE_SETS - 16);
    count += graphql_routes(h->app->graphql, h->serving.security.lines[SECURITY_DOCS], h->sets + count, ROUTE_SETS - count - 4);
    h->sets[count++] = (struct route_set){static_routes, static_route_count, &h->serving.security};
    h->sets[count++] = (struct route_set){docs_routes, docs_route_count, &h->serving.security};
    h->sets[count++] = (struct route_set){operation_routes, operation_route_count, &h->serving};
    h->sets[count++] = (struct route_set){steering_routes, steering_route_count, &h->serving};
    TRY(serving_make(h->app->arena, h->app->gate, h->config, h->sets, count, &h->serving, c->why));
    h->serving.graphql = h->app->graphql;
    h->serving.api = &h->app->api;
    TRY(ship_job_start(h->app, h->config, &h->ships, c->why));
    TRY(backup_job_start(h->app, h->config, h->ships, &h->backups, c->why));
    h->serving.backups = h->backups;
    h->serving.said = &c->config;
    TRY(open_reports(h));
    figures_register(h->serving.metrics, h->app->arena, h->app->gate, h->app->graphql);
    figures_register_inside(h->serving.metrics, h->app->arena, h->app->gate);
    figures_register_reports(h->serving.metrics, h->serving.slow, h->serving.tracing);
    figures_register_sockets(h->serving.metrics, &h->shown);
    if (h->backups)
        figures_register_backups(h->serving.metrics, h->app->arena, h->backups);
    if (h->ships)
        figures_register_shipping(h->serving.metrics, h->app->arena, h->ships);
    TRY(first_administrator(h));
    if (h->config->demo)
        TRY(make_demo(h, &demo_made));
    struct civet_options options = {
        .listen = h->config->listeners,
        .listen_count = h->config->listener_count,
        .tls = h->tls,
        .threads = (unsigned)h->config->threads,
        .threads_more = (unsigned)h->config->streams, /* who streams takes nobody's place */
        .connections_per_address = (unsigned)h->config->connections_per_address,
        .trusted = h->config->trusted,
        .trusted_count = h->config->trusted_count,
        .standing_headers = h->serving.security.lines[SECURITY_API][h->tls != NULL],
        .serve = serve,
        .refuse = serve_refusal,
        .app = &h->serving,
    };
    TRY(jobs_start(h->app->gate, h->config->audit_file, &h->jobs, c->why));
    const struct watched watched = {h->app->gate, h->serving.metrics, h->serving.trend, h->serving.slow};
    TRY(watch_start(&watched, &h->watch, c->why));
    TRY(civet_start(&options, &h->civet, c->why));
    h->shown = h->civet;
    return ERR_OK;
}

static void say_ready(struct house *h)
{
    for (size_t i = 0; i < h->config->listener_count; i++) {
        struct listen l = civet_listen(h->civet, i);
        str url = listen_write(h->call->arena, &l);
        (void)printf("listening on " STR_FMT "\n", STR_ARG(url));
        if (i == 0)
            greet(h, url);
    }
    (void)fflush(stdout);
}

/* A new certificate takes effect with the next connection; one that does not work is refused, said
 * once, and the old one stays (T-2). */
static void renew_certificate(struct house *h, bool asked)
{
    struct arena *arena = arena_open(1024);
    struct problem why = {.arena = arena};
    if (h->tls == NULL || (!asked && !tls_files_changed(h->tls))) {
        arena_close(arena);
        return;
    }
    if (tls_reload(h->tls, &why) == ERR_OK)
        LOG(LOG_INFO, "tls.reloaded", LOG_TEXT("cert", h->config->tls_cert));
    else
        LOG(LOG_ERROR, "tls.refused", LOG_TEXT("cause", why.text));
    arena_close(arena);
}

static void wait_for_the_end(struct house *h, const sigset_t *signals)
{
    const struct timespec look = {.tv_sec = CERTIFICATE_LOOK_S};
    int which;
    do {
        which = sigtimedwait(signals, NULL, &look);
        if (which == SIGHUP || which < 0)
            renew_certificate(h, which == SIGHUP);
    } while (which != SIGTERM && which != SIGINT);
    LOG(LOG_INFO, "stopping", LOG_NUMBER("signal", which));
    (void)pthread_sigmask(SIG_UNBLOCK, signals, NULL); /* a second one ends it at once */
    gate_stop(h->app->gate);
    h->shown = NULL;
    if (civet_stop(h->civet, STOP_GRACE_MS))
        return;
    log_stop();
    _exit(EXIT_OK); /* something still runs: the journal is synced, the rest is the kernel's */
}

/* What is needed for the start alone lies in mappings of its own and goes back to the system.
 * Requests come and go a thousand times a second: theirs stays in the heap. */
static void spare_memory(bool while_starting)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, while_starting ? 64 << 10 : 4 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, while_starting ? 64 << 10 : 8 << 20);
#else
    (void)while_starting;
#endif
}

static enum exit_code run(struct house *h, const sigset_t *signals)
{
    struct call *c = h->call;
    enum exit_code code = EXIT_CONFIG;
    if (check_listeners(h) != ERR_OK) {
        (void)call_failed(c, c->why);
        return EXIT_CONFIG;
    }
    h->app = call_open_to_serve(c, &code);
    if (!h->app)
        return code;
    enum err e = open_house(h);
    spare_memory(false);
    if (e == ERR_OK) {
        say_ready(h);
        wait_for_the_end(h, signals);
    } else {
        (void)call_failed(c, c->why);
    }
    watch_stop(h->watch);
    tracing_stop(h->serving.tracing);
    backup_job_stop(h->backups);
    ship_job_stop(h->ships);
    jobs_stop(h->jobs);
    slow_close(h->serving.slow);
    serving_done(&h->serving);
    tls_close(h->tls);
    arena_reset(c->arena);
    app_close(h->app);
    ship_job_finish(h->ships);
    return e == ERR_OK ? EXIT_OK : EXIT_CONFIG;
}

static void warn_of_doubtful(const struct call *c)
{
    for (size_t i = 0; i < c->config.doubtful.count; i++)
        LOG(LOG_WARN, "environment", LOG_TEXT("variable", c->config.doubtful.at[i]),
            LOG_TEXT("cause", S("looks like a setting, but names none")));
}

enum exit_code command_serve(struct call *c)
{
    struct house *h = NEW(c->arena, struct house);
    sigset_t signals;
    struct call own = *c; /* the house dies with its own arena, after it */
    own.arena = arena_open(16u << 10);
    h->call = &own;
    h->config = &c->config.config;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &signals,
                          NULL); /* before any thread starts: only sigwait gets them */
    (void)signal(SIGPIPE, SIG_IGN);
    spare_memory(true);
    log_start(h->config->log_level, h->config->log_format);
    warn_of_doubtful(c);
    enum exit_code code = run(h, &signals);
    log_stop();
    arena_close(own.arena);
    return code;
}

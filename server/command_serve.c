/* serve: opens the house, listens, says so in one line, and stops in order. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "server/civet.h"
#include "server/command.h"
#include "server/demo.h"
#include "server/serve.h"

#define LISTENERS_MAX 8u
#define STOP_GRACE_MS 10000u

struct serving {
    struct call *call;
    struct app *app;
    struct service *service;
    struct listen listen[LISTENERS_MAX];
    size_t listen_count;
    struct tls *tls;
    struct civet *civet;
};

static enum err read_listeners(struct serving *s)
{
    struct call *c = s->call;
    str texts[LISTENERS_MAX];
    size_t count = call_options(c, "listen", texts, LISTENERS_MAX);
    str cert = call_option(c, "tls-cert"), key = call_option(c, "tls-key");
    bool insecure = call_flag(c, "insecure-http");
    if (count == 0) {
        const char *setting = getenv("VITRINE_LISTEN");
        texts[count++] = setting && *setting ? str_of(setting) : S("127.0.0.1:8080");
    }
    if (str_is_absent(cert) != str_is_absent(key))
        return problem_set(c->why, ERR_BAD_INPUT, "--tls-cert and --tls-key come together");
    for (size_t i = 0; i < count; i++) {
        TRY(listen_read(texts[i], !str_is_absent(cert), &s->listen[i], c->why));
        TRY(listen_check(&s->listen[i], insecure, false, c->why));
    }
    s->listen_count = count;
    return str_is_absent(cert) ? ERR_OK : tls_open(arena_cstr(c->arena, cert), arena_cstr(c->arena, key), &s->tls, c->why);
}

static void print_key(void *self, str name, str secret)
{
    (void)self;
    (void)fprintf(stderr, "  key of the " STR_FMT ": " STR_FMT "\n", STR_ARG(name), STR_ARG(secret));
}

static enum err first_administrator(struct serving *s)
{
    struct call *c = s->call;
    str email = str_of(getenv("VITRINE_ADMIN_EMAIL")), password = str_of(getenv("VITRINE_ADMIN_PASSWORD"));
    str file = str_of(getenv("VITRINE_ADMIN_PASSWORD_FILE")), id;
    if (str_is_absent(email) || gate_setup_code(s->app->gate).len == 0)
        return ERR_OK;
    if (!str_is_absent(file))
        TRY(call_secret(c, file, &password));
    return gate_user_add(s->app->gate, c->arena, email, S("Administrator"), S("admin"), password, &id, c->why);
}

/* What a human wants to know after starting it. The code and the keys are shown here and nowhere else. */
static void greet(struct serving *s, str url)
{
    str code = gate_setup_code(s->app->gate);
    (void)fprintf(stderr, "Vitrine %s\n  dashboard: " STR_FMT "/admin/\n  content:   " STR_FMT "/api/content/items/posts\n",
                  vitrine_version, STR_ARG(url), STR_ARG(url));
    if (code.len)
        (void)fprintf(stderr, "  setup code: " STR_FMT "  (the dashboard asks for it to make the first administrator)\n",
                      STR_ARG(code));
}

static enum err open_service(struct serving *s)
{
    struct call *c = s->call;
    bool demo_made = false;
    TRY(service_make(s->app, s->app->arena, &s->service, c->why));
    TRY(first_administrator(s));
    if (call_flag(c, "demo"))
        TRY(demo_make(s->app, &demo_made, print_key, s, c->why));
    struct civet_options options = {
        .listen = s->listen,
        .listen_count = s->listen_count,
        .tls = s->tls,
        .threads = LIMIT_THREADS,
        .connections_per_address = LIMIT_CONNECTIONS_PER_ADDRESS,
        .standing_headers = standing_api_headers,
        .serve = serve_request,
        .refuse = serve_refusal,
        .app = s->service,
    };
    return civet_start(&options, &s->civet, c->why);
}

static void say_ready(struct serving *s)
{
    for (size_t i = 0; i < s->listen_count; i++) {
        struct listen l = civet_listen(s->civet, i);
        str url = listen_write(s->call->arena, &l);
        (void)printf("listening on " STR_FMT "\n", STR_ARG(url));
        if (i == 0)
            greet(s, url);
    }
    (void)fflush(stdout);
}

static enum exit_code run(struct serving *s, const sigset_t *signals)
{
    struct call *c = s->call;
    enum exit_code code = EXIT_CONFIG;
    if (read_listeners(s) != ERR_OK) {
        (void)call_failed(c, c->why);
        return EXIT_CONFIG;
    }
    s->app = call_open(c, true, &code);
    if (!s->app)
        return code;
    enum err e = open_service(s);
    if (e != ERR_OK) {
        (void)call_failed(c, c->why);
    } else {
        int which;
        say_ready(s);
        (void)sigwait(signals, &which);
        LOG(LOG_INFO, "stopping", LOG_NUMBER("signal", which));
        if (!civet_stop(s->civet, STOP_GRACE_MS)) {
            log_stop();
            _exit(EXIT_OK); /* something still runs: the journal is synced, the rest is the kernel's */
        }
    }
    arena_reset(c->arena);
    app_close(s->app);
    return e == ERR_OK ? EXIT_OK : EXIT_CONFIG;
}

enum exit_code command_serve(struct call *c)
{
    struct serving s = {.call = c};
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread starts: only sigwait gets them */
    (void)signal(SIGPIPE, SIG_IGN);
    log_start(LOG_INFO, LOG_FORMAT_AUTO);
    enum exit_code code = run(&s, &signals);
    log_stop();
    return code;
}

/* check, gc and version. check opens the house the ordinary way, so that whatever refuses to start is
 * said, and then looks at what starting does not: the database's own integrity is the engine's
 * business. */
#include <stdio.h>

#include "content/bytes/bytes.h"
#include "roles/files/files.h"
#include "server/civet.h"
#include "server/command.h"
#include "server/progress.h"
#include "server/tls.h"

static void print_proof(struct json_writer *w, const struct journal_proof *p)
{
    const struct {
        const char *name;
        uint64_t number;
    } numbers[] = {{"entries", p->entries},           {"first", p->first},           {"last", p->last},
                   {"chained_from", p->chained_from}, {"trimmed_to", p->trimmed_to}, {"checkpoints", p->checkpoints}};
    json_map_open(w);
    for (size_t i = 0; i < COUNTOF(numbers); i++) {
        json_name(w, str_of(numbers[i].name));
        json_int(w, (int64_t)numbers[i].number);
    }
    json_name(w, S("key"));
    json_text(w, p->key);
    json_name(w, S("public_key"));
    json_text(w, p->public_key);
    json_map_close(w);
}

static void print_findings(struct call *c, const struct problem *why, const struct journal_proof *proof, bool ok)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, c->arena, 64u << 10);
    json_begin(&w, &b);
    json_map_open(&w);
    json_name(&w, S("ok"));
    json_bool(&w, ok);
    json_name(&w, S("findings"));
    json_list_open(&w);
    for (size_t i = 0; !ok && i < why->fault_count; i++) {
        json_map_open(&w);
        json_name(&w, S("rule"));
        json_text(&w, why->faults[i].rule);
        json_name(&w, S("text"));
        json_text(&w, why->faults[i].text);
        json_map_close(&w);
    }
    json_list_close(&w);
    json_name(&w, S("journal"));
    print_proof(&w, proof);
    json_map_close(&w);
    json_end(&w);
    call_print(c, buf_str(&b));
}

/* Files after the database: both are told. */
static enum err check_files(struct call *c, struct app *app, enum err before)
{
    struct sweep_figures seen = {0};
    struct progress_bar bar = {.unit = "files"};
    struct journal_watch watch = {progress_show, &bar};
    enum err e = gate_check_files(app->gate, call_flag(c, "quick"), &watch, &seen, c->why);
    progress_end(&bar);
    return e == ERR_OK ? before : e;
}

enum exit_code command_check(struct call *c)
{
    enum exit_code code = EXIT_DATA;
    struct app *app = call_open(c, false, &code);
    if (!app)
        return code;
    struct journal_proof proof = {0};
    struct progress_bar bar = {.unit = "entries"};
    struct journal_watch watch = {progress_show, &bar};
    enum err e = gate_check(app->gate, &watch, &proof, c->why);
    progress_end(&bar);
    if (e == ERR_OK || e == ERR_CONFLICT)
        e = check_files(c, app, e);
    if (c->json)
        print_findings(c, c->why, &proof, e == ERR_OK);
    else if (e == ERR_OK)
        call_print(c, S("database, journal and files are in order"));
    if (e != ERR_OK)
        (void)call_failed(c, c->why);
    arena_reset(c->arena);
    app_close(app);
    return e == ERR_OK ? EXIT_OK : EXIT_DATA;
}

enum exit_code command_gc(struct call *c)
{
    enum exit_code code = EXIT_DATA;
    uint64_t grace_ms = (uint64_t)LIMIT_SWEEP_GRACE_S * 1000;
    str grace = call_option(c, "grace");
    if (!str_is_absent(grace) && (!config_read_duration(grace, &grace_ms) || grace_ms > INT64_MAX / 2))
        return call_usage(c, "--grace is a duration like 24h");
    struct app *app = call_open(c, false, &code);
    if (!app)
        return code;
    struct sweep_figures f = {0};
    enum err e = gate_sweep(app->gate, (int64_t)grace_ms, &f, c->why);
    if (e == ERR_OK)
        call_print(c, arena_format(c->arena, c->json ? "{\"removed\":%llu,\"bytes\":%llu,\"uploads\":%llu,\"kept\":%llu}"
                                                     : "%llu files removed, %llu bytes; %llu uploads ended; %llu files kept",
                                   (unsigned long long)f.blobs, (unsigned long long)f.bytes, (unsigned long long)f.uploads,
                                   (unsigned long long)f.kept));
    else
        (void)call_failed(c, c->why);
    arena_reset(c->arena);
    app_close(app);
    return e == ERR_OK ? EXIT_OK : EXIT_FAILED;
}

enum exit_code command_version(struct call *c)
{
    const struct {
        const char *name, *version;
    } parts[] = {
        {"vitrine", vitrine_version},  {"sqlite", app_engine()}, {"libsodium", crypt_library()},
        {"civetweb", civet_library()}, {"tls", tls_library()},
    };
    struct json members[COUNTOF(parts)];
    for (size_t i = 0; i < COUNTOF(parts); i++) {
        members[i] = json_named(str_of(parts[i].name), json_of_text(str_of(parts[i].version)));
        if (!c->json)
            call_print(c, arena_format(c->arena, "%s %s", parts[i].name, parts[i].version));
    }
    struct json all = json_of_map(members, COUNTOF(members));
    if (c->json)
        call_print(c, json_print(c->arena, &all));
    return EXIT_OK;
}

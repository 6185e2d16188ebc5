/* What the commands share: options, opening the data directory, printing. */
#include "server/command.h"

#include <errno.h>
#include <stdio.h>

#include "base/limits.h"

str call_option(const struct call *c, const char *name)
{
    for (size_t i = c->option_count; i-- > 0;)
        if (str_equal(c->options[i].name, str_of(name)))
            return c->options[i].value;
    return (str){0};
}

bool call_flag(const struct call *c, const char *name)
{
    for (size_t i = 0; i < c->option_count; i++)
        if (str_equal(c->options[i].name, str_of(name)))
            return true;
    return false;
}

size_t call_options(const struct call *c, const char *name, str *out, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < c->option_count && count < room; i++)
        if (str_equal(c->options[i].name, str_of(name)))
            out[count++] = c->options[i].value;
    return count;
}

struct app_options call_app_options(struct call *c, bool may_create)
{
    const struct config *config = &c->config.config;
    struct app_options options = {
        .data = config->data,
        .master_key_file = config->master_key_file,
        .may_create = may_create,
        .key_overlap_max_ms = config->key_overlap_max_ms,
        .bad_keys_per_minute = (uint32_t)config->bad_keys_per_minute,
        .key_days_max = (int64_t)config->key_days_max,
        .key_in_query = config->key_in_query,
        .chutes_requires_v2 = config->chutes_requires_v2,
        .session_idle_ms = config->session_idle_ms,
        .session_life_ms = config->session_life_ms,
        .api = config->api,
        .journal_keep_ms = config->journal_keep_ms,
        .step_up = config->step_up,
        .files = config->files,
        .streams = (unsigned)config->streams,
        .webhooks = {(unsigned)config->webhook_workers, config->webhook_keep_ms},
        .streams_per_caller = (unsigned)config->streams_per_caller,
        .pki_url = config->pki_url,
        .registry = config->registry,
        .graphql = config->graphql,
        .outside = {config->outbound, config->mail, config->site_url},
        .acme = config->acme,
    };
    options.api.zenml = (struct api_zenml){.is_off = !config->zenml_enabled,
                                           .extended_login = config->zenml_extended_login,
                                           .token_ms = (int64_t)config->zenml_token_minutes * 60000,
                                           .server_url = config->site_url};
    options.graphql.json_body_max = config->json_body_max;
    options.api.log_level = config->log_level;
    options.api.port = config->listener_count ? config->listeners[0].port : 0;
    return options;
}

static struct app *open_app(struct call *c, const struct app_options *options, enum exit_code *code)
{
    struct app *app = NULL;
    enum err e = app_open(options, &app, c->why);
    if (e == ERR_OK)
        return app;
    (void)call_failed(c, c->why);
    *code = e == ERR_BAD_INPUT || e == ERR_NOT_FOUND ? EXIT_CONFIG : EXIT_DATA;
    return NULL;
}

struct app *call_open(struct call *c, bool may_create, enum exit_code *code)
{
    const struct app_options options = call_app_options(c, may_create);
    return open_app(c, &options, code);
}

struct app *call_open_to_serve(struct call *c, enum exit_code *code)
{
    const struct backup_config *backup = &c->config.config.backup;
    struct app_options options = call_app_options(c, true);
    options.ships = backup->ships && !str_is_absent(backup->to);
    options.ship_lock = (struct file_lock){.passphrase = backup->passphrase, .public_key = backup->recipient};
    return open_app(c, &options, code);
}

static void say(str text)
{
    (void)fwrite(text.at, 1, text.len, stderr);
    (void)fputc('\n', stderr);
}

enum exit_code call_failed(struct call *c, const struct problem *why)
{
    str text = !str_is_absent(why->text) ? why->text : why->fault_count ? S("That cannot be done:") : err_facts(why->err)->word;
    (void)fputs("vitrine: ", stderr);
    say(text);
    for (size_t i = 0; i < why->fault_count; i++)
        say(arena_format(c->arena, "  " STR_FMT ": " STR_FMT, STR_ARG(why->faults[i].path), STR_ARG(why->faults[i].text)));
    return EXIT_FAILED;
}

enum exit_code call_usage(struct call *c, const char *sentence)
{
    (void)c;
    (void)fprintf(stderr, "vitrine: %s\n", sentence);
    return EXIT_USAGE;
}

enum err call_file(struct call *c, str path, size_t max, str *out)
{
    bool is_stdin = str_equal(path, S("-"));
    FILE *f = is_stdin ? stdin : fopen(arena_cstr(c->arena, path), "rb");
    if (!f)
        return problem_set(c->why, ERR_NOT_FOUND, STR_FMT ": %s", STR_ARG(path), strerror(errno));
    struct buf b;
    buf_init(&b, c->arena, max);
    size_t got = 1;
    while (got > 0 && !b.failed) {
        char block[4096];
        got = fread(block, 1, sizeof block, f);
        buf_add(&b, (str){block, got});
    }
    bool bad = ferror(f) != 0;
    if (!is_stdin)
        (void)fclose(f);
    if (bad)
        return problem_set(c->why, ERR_UNAVAILABLE, STR_FMT " cannot be read", STR_ARG(path));
    if (buf_done(&b, out) != ERR_OK)
        return problem_set(c->why, ERR_TOO_LARGE, STR_FMT " is larger than %zu bytes", STR_ARG(path), max);
    return ERR_OK;
}

enum err call_secret(struct call *c, str path, str *out)
{
    str text;
    TRY(call_file(c, path, LIMIT_PASSWORD_BYTES + 2, &text));
    size_t end = text.len;
    while (end > 0 && (text.at[end - 1] == '\n' || text.at[end - 1] == '\r'))
        end--;
    *out = str_slice(text, 0, end);
    return ERR_OK;
}

void call_print(const struct call *c, str text)
{
    (void)c;
    (void)fwrite(text.at, 1, text.len, stdout);
    (void)fputc('\n', stdout);
}

static str cell_text(struct arena *a, const struct json *v)
{
    if (!v || v->type == JSON_NULL)
        return S("-");
    return v->type == JSON_TEXT ? v->text : json_print(a, v);
}

void call_print_items(const struct call *c, const struct json *list, const char *const *columns)
{
    size_t widths[16] = {0};
    if (c->json) {
        call_print(c, json_print(c->arena, list));
        return;
    }
    for (size_t k = 0; columns[k]; k++) {
        widths[k] = strlen(columns[k]);
        for (uint32_t i = 0; i < list->count; i++) {
            str text = cell_text(c->arena, json_get(&list->items[i], str_of(columns[k])));
            widths[k] = text.len > widths[k] ? text.len : widths[k];
        }
    }
    for (size_t k = 0; columns[k]; k++)
        (void)printf("%-*s  ", (int)widths[k], columns[k]);
    (void)putchar('\n');
    for (uint32_t i = 0; i < list->count; i++) {
        for (size_t k = 0; columns[k]; k++) {
            str text = cell_text(c->arena, json_get(&list->items[i], str_of(columns[k])));
            (void)printf("%-*.*s  ", (int)widths[k], STR_ARG(text));
        }
        (void)putchar('\n');
    }
}

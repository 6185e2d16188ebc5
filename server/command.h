#ifndef SERVER_COMMAND_H
#define SERVER_COMMAND_H
#include "server/app.h"
#include "server/config.h"

#include <stdio.h>

/* The command line: one table of commands, each with the options it takes (main.c prints help from it).
 * Exit codes (contract 2): 0 ok, 1 failed, 2 usage, 3 configuration, 4 data. */
enum exit_code { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_CONFIG, EXIT_DATA };

struct option_value {
    str name;                         /* without "--" */
    str value;                        /* {0} for a flag */
};

struct call {                         /* one command line, taken apart */
    struct arena *arena;
    struct option_value options[64];
    size_t option_count;
    str words[16];                    /* what is no option */
    size_t word_count;
    bool json;                        /* --json */
    struct config_result config;      /* what flags, environment, file and defaults come to */
    struct problem *why;
};

struct command {
    const char *name, *sub;           /* "key", "create"; sub NULL: none */
    enum exit_code (*run)(struct call *c);
    const char *usage;                /* options and words, for help */
    const char *doc;
    const char *const *options;       /* "email=" takes a value, "dry-run" is a flag; NULL-terminated */
};
extern const struct command commands[];
extern const size_t command_count;

str call_option(const struct call *c, const char *name);        /* last one given, {0} */
bool call_flag(const struct call *c, const char *name);
size_t call_options(const struct call *c, const char *name, str *out, size_t room);

/* What the configuration says of the house. */
struct app_options call_app_options(struct call *c, bool may_create);
/* Opens the configured data directory. Says on standard error why not, and which exit code that is. */
struct app *call_open(struct call *c, bool may_create, enum exit_code *code);
struct app *call_open_to_serve(struct call *c, enum exit_code *code); /* and ships the log, when that is configured */
/* Prints the problem, faults included, to standard error. */
enum exit_code call_failed(struct call *c, const struct problem *why);
enum exit_code call_usage(struct call *c, const char *sentence);
void call_print_usage(struct call *c, FILE *to, const struct command *one);
/* Reads a secret from --password-file style options: a path, or "-" for standard input; one line. */
NODISCARD enum err call_secret(struct call *c, str path, str *out);
/* Whole file into the arena, at most max bytes. */
NODISCARD enum err call_file(struct call *c, str path, size_t max, str *out);
void call_print(const struct call *c, str text);                /* standard output, with a line end */
/* A list of items: JSON with --json, else a table of the named columns. */
void call_print_items(const struct call *c, const struct json *list, const char *const *columns);

/* The commands, one file per noun. */
enum exit_code command_serve(struct call *c);
enum exit_code command_user_add(struct call *c), command_user_list(struct call *c), command_user_disable(struct call *c),
    command_user_reset(struct call *c);
enum exit_code command_key_create(struct call *c), command_key_list(struct call *c), command_key_rotate(struct call *c),
    command_key_revoke(struct call *c);
enum exit_code command_service_add(struct call *c), command_service_list(struct call *c), command_service_disable(struct call *c);
enum exit_code command_role_list(struct call *c), command_role_show(struct call *c), command_role_create(struct call *c),
    command_role_audit(struct call *c);
enum exit_code command_model_list(struct call *c), command_model_show(struct call *c), command_model_apply(struct call *c),
    command_model_diff(struct call *c), command_model_export(struct call *c);
enum exit_code command_import(struct call *c), command_import_from(struct call *c), command_export(struct call *c), command_check(struct call *c);
enum exit_code command_backup(struct call *c), command_backup_key(struct call *c), command_restore(struct call *c);
enum exit_code command_hooks_listen(struct call *c);
enum exit_code command_gc(struct call *c), command_retention(struct call *c);
enum exit_code command_ca_create(struct call *c), command_ca_list(struct call *c), command_ca_show(struct call *c), command_ca_export(struct call *c),
    command_ca_sign(struct call *c), command_ca_revoke(struct call *c), command_ca_crl(struct call *c);
enum exit_code command_openapi(struct call *c), command_types(struct call *c);
enum exit_code command_config_show(struct call *c), command_config_schema(struct call *c), command_version(struct call *c), command_help(struct call *c);

#endif

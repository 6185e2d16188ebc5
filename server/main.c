/* The command line. A table says what there is; help, usage and the checks of options come from it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/command.h"

#define DATA "data=", "config=", "json"
static const char *const only_data[] = {DATA, NULL};
static const char *const no_options[] = {"json", NULL};
static const char *const serve_options[] = {DATA,       "listen=",    "tls-cert=", "tls-key=",  "demo",
                                            "log-level=", "log-format=", "insecure-http", NULL};
static const char *const user_add_options[] = {DATA, "email=", "name=", "role=", "password-file=", NULL};
static const char *const user_options[] = {DATA, "user=", "password-file=", NULL};
static const char *const key_create_options[] = {DATA, "user=", "role=", "kind=", "name=", "scope=", "expires=", NULL};
static const char *const key_options[] = {DATA, "user=", NULL};
static const char *const model_apply_options[] = {DATA, "dry-run", "yes", NULL};
static const char *const import_options[] = {DATA, "collection=", "format=", "dry-run", NULL};
static const char *const export_options[] = {DATA, "collection=", "output=", NULL};
static const char *const config_options[] = {DATA, "origin", NULL};

const struct command commands[] = {
    {"serve", NULL, command_serve, "[--listen ADDR:PORT]… [--tls-cert FILE --tls-key FILE] [--data DIR] [--config FILE] [--demo]",
     "Answer requests until SIGTERM or SIGINT", serve_options},
    {"user", "add", command_user_add, "--email E --role R --password-file F [--name N]", "Add a person (F may be - for standard input)", user_add_options},
    {"user", "list", command_user_list, "", "List people", only_data},
    {"user", "disable", command_user_disable, "EMAIL", "Switch a person off; their keys and sessions stop at once", only_data},
    {"user", "reset", command_user_reset, "EMAIL --password-file F", "Give a person a new password; their sessions end", user_options},
    {"key", "create", command_key_create, "(--user E | --role R) [--kind native|cockpit|zot|chutes|zenml] [--name N] [--scope S]… [--expires T]",
     "Make an API key; prints the secret, once, alone", key_create_options},
    {"key", "list", command_key_list, "[--user E]", "List keys, never their secrets", key_options},
    {"key", "rotate", command_key_rotate, "ID", "Give a key a new secret; prints it", only_data},
    {"key", "revoke", command_key_revoke, "ID", "End a key at once", only_data},
    {"role", "list", command_role_list, "", "List roles", only_data},
    {"role", "show", command_role_show, "ROLE", "One role and its grants", only_data},
    {"role", "audit", command_role_audit, "ROLE", "All that a role reaches, as lines that can be diffed (role audit public)", only_data},
    {"model", "list", command_model_list, "", "List collections", only_data},
    {"model", "show", command_model_show, "NAME", "One collection's definition", only_data},
    {"model", "apply", command_model_apply, "FILE.json [--dry-run] [--yes]", "Bring collections to what the file says; --yes when values are lost", model_apply_options},
    {"model", "diff", command_model_diff, "FILE.json", "What model apply would do", only_data},
    {"model", "export", command_model_export, "", "All users' definitions, in a form that model apply takes", only_data},
    {"import", NULL, command_import, "--collection C FILE.ndjson|.json|.csv", "Add items from a file, 1,000 a transaction; a line per refused row", import_options},
    {"export", NULL, command_export, "--collection C [--output FILE]", "All items of a collection as NDJSON", export_options},
    {"check", NULL, command_check, "", "Look for damage in database and journal", only_data},
    {"config", "show", command_config_show, "[--origin]", "The values in force and where each comes from", config_options},
    {"version", NULL, command_version, "", "This program and its libraries", no_options},
    {"help", NULL, command_help, "[COMMAND]", "This list, or one command's usage", no_options},
};
const size_t command_count = COUNTOF(commands);

static void print_usage(FILE *to, const struct command *c)
{
    (void)fprintf(to, "  vitrine %s%s%s%s%s\n      %s\n", c->name, c->sub ? " " : "", c->sub ? c->sub : "",
                  *c->usage ? " " : "", c->usage, c->doc);
}

enum exit_code command_help(struct call *c)
{
    (void)printf("Vitrine %s - a content server with roles, in one file.\n\n"
                 "  vitrine serve --demo        try it: http://127.0.0.1:8080/\n\nCommands:\n", vitrine_version);
    for (size_t i = 0; i < command_count; i++)
        if (c->word_count == 0 || str_equal(c->words[0], str_of(commands[i].name)))
            print_usage(stdout, &commands[i]);
    (void)printf("\nEvery command takes --data DIR (default ./vitrine-data), also while a server runs on it, and --json.\n"
                 "Exit codes: 0 ok, 1 failed, 2 usage, 3 configuration, 4 data.\n");
    return EXIT_OK;
}

/* "--name value", "--name=value", flags; everything else is a word. "--" ends the options. */
static bool takes(const struct command *command, str name, bool *value)
{
    for (size_t i = 0; command->options[i]; i++) {
        str known = str_of(command->options[i]);
        *value = str_ends(known, S("="));
        if (str_equal(str_slice(known, 0, known.len - *value), name))
            return true;
    }
    return false;
}

static const char *take_option(struct call *c, const struct command *command, char **argv, int argc, int *i)
{
    str name, value, option = str_of(argv[*i] + 2);
    bool inlined = str_cut(option, '=', &name, &value), wants = false;
    if (!takes(command, name, &wants))
        return arena_cstr(c->arena, arena_format(c->arena, "There is no option --" STR_FMT, STR_ARG(name)));
    if (c->option_count == COUNTOF(c->options))
        return "Too many options";
    if (wants && !inlined) {
        if (*i + 1 >= argc)
            return arena_cstr(c->arena, arena_format(c->arena, "--" STR_FMT " needs a value", STR_ARG(name)));
        value = str_of(argv[++*i]);
    }
    if (!wants && inlined)
        return arena_cstr(c->arena, arena_format(c->arena, "--" STR_FMT " takes no value", STR_ARG(name)));
    c->options[c->option_count++] = (struct option_value){name, wants ? value : (str){0}};
    c->json |= str_equal(name, S("json"));
    return NULL;
}

static const char *take_apart(struct call *c, const struct command *command, char **argv, int argc, int from)
{
    bool ended = false;
    for (int i = from; i < argc; i++) {
        str word = str_of(argv[i]);
        if (!ended && str_equal(word, S("--"))) {
            ended = true;
        } else if (!ended && str_starts(word, S("--"))) {
            const char *bad = take_option(c, command, argv, argc, &i);
            if (bad)
                return bad;
        } else if (c->word_count == COUNTOF(c->words)) {
            return "Too many words";
        } else {
            c->words[c->word_count++] = word;
        }
    }
    return NULL;
}

static const struct command *find(int argc, char **argv, int *used)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];
        if (!str_equal(str_of(c->name), str_of(argv[1])))
            continue;
        if (c->sub && (argc < 3 || !str_equal(str_of(c->sub), str_of(argv[2]))))
            continue;
        *used = c->sub ? 3 : 2;
        return c;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_open(16u << 10);
    struct problem why = {.arena = arena};
    struct call call = {.arena = arena, .why = &why};
    static char help_word[] = "help", version_word[] = "version";
    int used = 0;
    if (argc < 2 || str_equal(str_of(argv[1]), S("--help")) || str_equal(str_of(argv[1]), S("-h"))) {
        argc = 2;
        argv = (char *[]){argv[0], help_word, NULL};
    } else if (str_equal(str_of(argv[1]), S("--version"))) {
        argv[1] = version_word;
    }
    const struct command *command = find(argc, argv, &used);
    enum exit_code code;
    const char *bad = command ? take_apart(&call, command, argv, argc, used) : "There is no such command";
    if (bad) {
        (void)fprintf(stderr, "vitrine: %s\n", bad);
        for (size_t i = 0; i < command_count; i++)
            if (command ? command == &commands[i] : str_equal(str_of(commands[i].name), str_of(argv[1])))
                print_usage(stderr, &commands[i]);
        if (!command)
            (void)fprintf(stderr, "vitrine help lists the commands\n");
        code = EXIT_USAGE;
    } else {
        code = command->run(&call);
    }
    arena_close(arena);
    return (int)code;
}

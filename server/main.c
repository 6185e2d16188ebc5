/* The command line. A table says what there is; help, usage and the checks of options come from it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/image.h"
#include "server/command.h"

static const char *const plain_options[] = {"json", NULL};
static const char *const check_options[] = {"quick", "json", NULL};
static const char *const gc_options[] = {"grace=", "json", NULL};
static const char *const backup_options[] = {"to=", "keep=", "archive", "copy", "recipient=", "passphrase-file=", "json", NULL};
static const char *const restore_options[] = {"at=", "seq=", "replace", "check", "key-file=", "passphrase-file=", "json", NULL};
static const char *const retention_options[] = {"repository=", "all", "apply", "json", NULL};
static const char *const user_add_options[] = {"email=", "name=", "role=", "password-file=", "json", NULL};
static const char *const user_options[] = {"user=", "password-file=", "second-factor", "json", NULL};
static const char *const role_list_options[] = {"templates", "json", NULL};
static const char *const role_create_options[] = {"template=", "label=", "json", NULL};
static const char *const key_create_options[] = {
    "user=", "role=", "service-account=", "kind=", "name=", "description=", "scope=", "address=", "expires=", "not-before=", "json", NULL};
static const char *const key_rotate_options[] = {"overlap=", "json", NULL};
static const char *const service_add_options[] = {"role=", "description=", "json", NULL};
static const char *const key_options[] = {"user=", "service-account=", "json", NULL};
static const char *const model_apply_options[] = {"dry-run", "yes", "mode=", "delete", "json", NULL};
static const char *const model_diff_options[] = {"mode=", "delete", "json", NULL};
static const char *const model_export_options[] = {"delete", "json", NULL};
static const char *const import_options[] = {"collection=", "from=", "map=", "replace", "dry-run", "repository=", "key-file=", "without-certificates", "json", NULL};
static const char *const export_options[] = {"collection=", "all", "output=", "oci-layout=", "link", "json", NULL};
static const char *const openapi_options[] = {"role=", "json", NULL};
static const char *const types_options[] = {"role=", "lang=", "json", NULL};
static const char *const ca_create_options[] = {"name=", "subject=", "key-type=", "days=", "path-len=", "permit-dns=", "permit-network=",
                                                "self-signed", "signed-by=", "json", NULL};
static const char *const ca_export_options[] = {"chain", "csr", "der", "json", NULL};
static const char *const ca_sign_options[] = {"ca=", "profile=", "days=", "request=", "authority=", "json", NULL};
static const char *const ca_revoke_options[] = {"request=", "reason=", "ca=", "json", NULL};
static const char *const ca_crl_options[] = {"renew", "der", "json", NULL};
static const char *const hooks_options[] = {"url=", "key-file=", "collection=", "verb=", "filter=", "since=", "forward=", "secret-file=", "count=", "json", NULL};
static const char *const config_options[] = {"origin", "json", NULL};

const struct command commands[] = {
    {"serve", NULL, command_serve, "[--listen ADDR:PORT]… [--tls-cert FILE --tls-key FILE] [--data DIR] [--config FILE] [--demo]",
     "Answer requests until SIGTERM or SIGINT", plain_options},
    {"user", "add", command_user_add, "--email E --role R --password-file F [--name N]", "Add a person (F may be - for standard input)", user_add_options},
    {"user", "list", command_user_list, "", "List people", plain_options},
    {"user", "disable", command_user_disable, "EMAIL", "Switch a person off; their keys and sessions stop at once", plain_options},
    {"user", "reset", command_user_reset, "EMAIL [--password-file F] [--second-factor]", "Give a person a new password, or take a lost second factor away; their sessions end", user_options},
    {"key", "create", command_key_create, "(--user E | --service-account A | --role R) [--kind native|cockpit|zot|chutes|zenml] [--name N] [--scope posts:read]… [--scope repository:acme/app:pull]… [--address NET]… [--not-before T] [--expires T|30d]",
     "Make an API key; prints the secret, once, alone", key_create_options},
    {"key", "list", command_key_list, "[--user E | --service-account A]", "List keys, never their secrets", key_options},
    {"key", "rotate", command_key_rotate, "ID [--overlap 30m]", "Give a key a new secret, the old one good for so long yet; prints it", key_rotate_options},
    {"key", "revoke", command_key_revoke, "ID", "End a key at once", plain_options},
    {"service-account", "add", command_service_add, "NAME [--role R]… [--description D]", "Add an account that programs act for; it has keys, no password", service_add_options},
    {"service-account", "list", command_service_list, "", "List service accounts", plain_options},
    {"service-account", "disable", command_service_disable, "NAME", "Switch one off; its keys stop at once", plain_options},
    {"role", "list", command_role_list, "[--templates]", "List roles, or what new ones can be made from", role_list_options},
    {"role", "create", command_role_create, "NAME [--template T] [--label L]", "Make a role, with the grants of a template", role_create_options},
    {"role", "show", command_role_show, "ROLE", "One role and its grants", plain_options},
    {"role", "audit", command_role_audit, "ROLE|user:E|service:N|key:ID", "All that a role or somebody reaches, as lines that can be diffed", plain_options},
    {"model", "list", command_model_list, "", "List collections", plain_options},
    {"model", "show", command_model_show, "NAME", "One collection's definition", plain_options},
    {"model", "apply", command_model_apply, "(FILE.json | DIR) [--mode merge|mirror [--delete]] [--dry-run] [--yes]", "Bring collections to what the file or the directory's files say; --yes when values are lost, mirror --delete drops what no file has", model_apply_options},
    {"model", "diff", command_model_diff, "(FILE.json | DIR) [--mode merge|mirror [--delete]]", "What model apply would do, with counts", model_diff_options},
    {"model", "export", command_model_export, "[DIR [--delete]]", "All users' definitions, in a form that model apply takes; with DIR a file each, the same bytes for the same model", model_export_options},
    {"import", NULL, command_import, "--collection C [--map FIELD=COLUMN]… [--replace] [--dry-run] FILE.ndjson|.json|.csv | --from SOURCE PATH [--repository NAME] [--key-file F] [--without-certificates]",
     "Add items from a file, 1,000 a transaction; a line per refused row. Or everything from an archive or another system: archive, cockpit, directus, distribution, notary, oci-layout, pocketbase, strapi, wordpress, zot (docs/import.md)", import_options},
    {"export", NULL, command_export, "(--collection C | --all) [--output FILE] | --oci-layout DIR [--link] [REPOSITORY]…", "All items of a collection as NDJSON, everything as an archive, or repositories as OCI layouts in DIR/NAME; --link: files are shared with the store, not copied", export_options},
    {"openapi", NULL, command_openapi, "[--role R]", "The API as OpenAPI 3.1, as far as the role may use it", openapi_options},
    {"types", NULL, command_types, "[--role R] [--lang ts]", "TypeScript types of the collections", types_options},
    {"check", NULL, command_check, "[--quick]", "Look for damage in database, journal and files; --quick: not at every byte of files", check_options},
    {"backup", "key", command_backup_key, "FILE", "Make a key pair for sealed backups: the secret key into FILE, the public one is printed", plain_options},
    {"backup", NULL, command_backup, "--to DIR [--keep N] [--archive] [--copy] [--recipient KEY | --passphrase-file F]",
     "A backup of everything but the master key into DIR, made and checked while a server writes; --archive: one file, sealed with a key or a passphrase; --copy: no file is shared with the data directory", backup_options},
    {"restore", NULL, command_restore, "BACKUP|PLACE [--at TIME | --seq N] [--replace] [--check] [--key-file F | --passphrase-file F]", "Bring a backup back, when no server runs; of a place where backups lie: the newest state, or that of a moment or of an entry of the journal. --replace: over what is there, which is kept aside. --check only looks whether it is good", restore_options},
    {"gc", NULL, command_gc, "[--grace 24h]", "Remove files that nothing refers to and that are older than that", gc_options},
    {"retention", NULL, command_retention, "[--repository R] [--all] | --apply", "What retention rules would take away now (--all: and what stays); --apply takes it away", retention_options},
    {"hooks", "listen", command_hooks_listen, "--key-file F [--url http://127.0.0.1:8080] [--collection C]… [--verb V]… [--filter JSON] [--since SEQ] [--forward URL] [--secret-file F] [--count N]",
     "Print what a webhook that sees what this key may read would be sent, and hand it on", hooks_options},
    {"ca", "create", command_ca_create, "(--name N | --subject CN=N) [--subject O=…]… [--key-type T] [--self-signed | --signed-by CA] [--days D] [--path-len L] [--permit-dns NAME]… [--permit-network NET]…",
     "Make a certificate authority with a key of its own; prints its number. Neither --self-signed nor --signed-by: it waits for a certificate", ca_create_options},
    {"ca", "list", command_ca_list, "", "List certificate authorities", plain_options},
    {"ca", "show", command_ca_show, "CA", "One authority", plain_options},
    {"ca", "export", command_ca_export, "CA [--chain | --csr] [--der]", "Its certificate, with --chain its issuers' too, or its request; never its key", ca_export_options},
    {"ca", "sign", command_ca_sign, "(FILE | --request ID | --authority CA) --ca CA [--profile P] [--days D]",
     "Sign a request (FILE may be - for standard input), one that was handed in, or another authority's; prints the certificate and its issuers", ca_sign_options},
    {"ca", "revoke", command_ca_revoke, "(SERIAL [--ca CA] | SHA-256 | FILE | --request ID) [--reason R]", "Revoke a certificate, of a request all of them; the list is written anew at once", ca_revoke_options},
    {"ca", "crl", command_ca_crl, "CA [--renew] [--der]", "The list of what an authority revoked; --renew writes it anew first", ca_crl_options},
    {"config", "show", command_config_show, "[--origin]", "The values in force and where each comes from", config_options},
    {"config", "schema", command_config_schema, "", "JSON Schema of vitrine.json", plain_options},
    {"version", NULL, command_version, "", "This program and its libraries", plain_options},
    {"help", NULL, command_help, "[COMMAND]", "This list, or one command's usage", plain_options},
};
const size_t command_count = COUNTOF(commands);

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

static const char *take_option(struct call *c, const struct command *command, const char *const *argv, size_t argc,
                               size_t *i)
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

static const char *take_apart(struct call *c, const struct command *command)
{
    const char *const *argv = (const char *const *)c->config.arguments;
    size_t argc = c->config.argument_count;
    bool ended = false;
    for (size_t i = 0; i < argc; i++) {
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

static enum err read_secret(struct arena *a, str path, str *out, struct problem *why)
{
    struct call reader = {.arena = a, .why = why};
    return call_secret(&reader, path, out);
}

#define CONFIG_FILE_BYTES (1u << 20)

/* Flags, environment, file; what is no configuration is left for the command. */
static enum err configure(struct call *c, char **argv, int argc, int from)
{
    struct config_input in = {
        .environment = (const char *const *)environ,
        .arguments = (const char *const *)argv + from,
        .argument_count = (size_t)(argc - from),
        .read_secret = read_secret,
    };
    str name = config_file_name(&in);
    if (str_is_absent(name) && access("vitrine.json", R_OK) == 0)
        name = S("vitrine.json");
    if (!str_is_absent(name))
        TRY(call_file(c, name, CONFIG_FILE_BYTES, &in.file));
    return config_read(c->arena, &in, &c->config, c->why);
}

static enum exit_code say_usage(struct call *c, const char *sentence, const struct command *command)
{
    (void)fprintf(stderr, "vitrine: %s\n", sentence);
    call_print_usage(c, stderr, command);
    return EXIT_USAGE;
}

/* Names the command that is not there; its relatives, when there are some, are shown. */
static enum exit_code say_unknown(struct call *c, char **argv, int argc)
{
    bool found = false;
    for (size_t i = 0; i < command_count && !found; i++)
        found = str_equal(str_of(commands[i].name), str_of(argv[1]));
    (void)fprintf(stderr, "vitrine: There is no command %s%s%s\n", argv[1], found && argc > 2 ? " " : "",
                  found && argc > 2 ? argv[2] : "");
    for (size_t i = 0; i < command_count; i++)
        if (str_equal(str_of(commands[i].name), str_of(argv[1])))
            call_print_usage(c, stderr, &commands[i]);
    if (!found)
        (void)fprintf(stderr, "vitrine help lists the commands\n");
    return EXIT_USAGE;
}

static enum exit_code dispatch(struct call *c, char **argv, int argc)
{
    int used = 0;
    const struct command *command = find(argc, argv, &used);
    if (!command)
        return say_unknown(c, argv, argc);
    enum err e = configure(c, argv, argc, used);
    if (e != ERR_OK) {
        (void)call_failed(c, c->why);
        return e == ERR_BAD_INPUT ? EXIT_USAGE : EXIT_CONFIG;
    }
    const char *bad = take_apart(c, command);
    return bad ? say_usage(c, bad, command) : command->run(c);
}

int main(int argc, char **argv)
{
    if (image_helper(argc, argv)) /* never comes back from that */
        return EXIT_FAILED;
    struct arena *arena = arena_open(16u << 10);
    struct problem why = {.arena = arena};
    static char help_word[] = "help", version_word[] = "version";
    struct call *call = NEW(arena, struct call);
    call->arena = arena;
    call->why = &why;
    if (argc < 2 || str_equal(str_of(argv[1]), S("--help")) || str_equal(str_of(argv[1]), S("-h"))) {
        static char *help_line[] = {NULL, help_word, NULL};
        argc = 2;
        argv = help_line;
    } else if (str_equal(str_of(argv[1]), S("--version"))) {
        argv[1] = version_word;
    }
    enum exit_code code = dispatch(call, argv, argc);
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_OK) { /* a full disk: what was said is not all there */
        (void)fputs("vitrine: The output cannot be written\n", stderr);
        code = EXIT_FAILED;
    }
    arena_close(arena);
    return (int)code;
}

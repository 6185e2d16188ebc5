/* The codebase checking itself: what no compiler sees and every reader relies on. Run by ctest over
 * the whole tree. The tables come first; to change a rule is to change a row. */
#include "tests/tidy/tidy.h"

#include "tests/tidy/scan.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FILE_LINES = 700, FUNCTION_LINES = 70, LISTED = 40, FILES = 8000 };

/* Who may include whom (docs/architecture.md, "Who may include whom"). The first row whose folder
 * begins the path counts. Entries that end in '/' are folders. */
static const struct layer {
    str folder;
    str may[LISTED];
    str never[LISTED];
    const char *law;
} layers[] = {
    {STR("base/"), {STR("base/")}, {{0}}, "base may include only base"},
    {STR("content/store/"),
     {STR("base/"), STR("content/")},
     {STR("content/content.h"), STR("content/behaviour.h"), STR("content/internal.h"),
      STR("content/write/"), STR("content/system/")},
     "content/store may include base, content's nouns and plans, and itself"},
    {STR("content/"),
     {STR("base/"), STR("content/")},
     {{0}},
     "content may include only base and content"},
    {STR("roles/"),
     {STR("base/"), STR("content/"), STR("roles/")},
     {STR("content/store/"), STR("content/internal.h"), STR("content/plan/"),
      STR("content/write/writer.h")},
     "roles may include base, content (not content/store or content's insides) and roles"},
    {STR("api/"),
     {STR("base/"), STR("api/"), STR("roles/gate.h"), STR("roles/sign_in/account.h"),
      STR("roles/sign_in/arrival.h"), STR("roles/sign_in/activation.h"), STR("roles/files/files.h"),
      STR("roles/feed/feed.h"), STR("roles/upkeep/evidence.h"), STR("roles/sign_in/devices.h"),
      STR("roles/search.h"), STR("roles/registry/registry.h"), STR("roles/pki/pki.h"),
      STR("roles/acme/acme.h"), STR("roles/registry/sign_in.h"), STR("roles/registry/trust.h"),
      STR("roles/principal.h"), STR("roles/registry/mirror.h"), STR("content/kind.h"),
      STR("content/cell.h"), STR("content/content_figures.h"), STR("content/aggregate/aggregate.h"),
      STR("content/change/"), STR("content/filter/"), STR("content/item/"),
      STR("content/languages/"), STR("content/model/"), STR("content/query/"),
      STR("content/search/")},
     {STR("content/filter/internal.h"), STR("content/item/parts.h"), STR("content/model/parts.h")},
     "api may include base, api, the doors of roles and content's nouns (the lists here)"},
    {STR("graphql/"),
     {STR("base/"), STR("graphql/"), STR("roles/gate.h"), STR("roles/files/files.h"),
      STR("roles/feed/feed.h"), STR("roles/search.h"), STR("roles/registry/registry.h"),
      STR("roles/registry/trust.h"), STR("roles/principal.h"), STR("content/kind.h"),
      STR("content/cell.h"), STR("content/content_figures.h"), STR("content/aggregate/aggregate.h"),
      STR("content/change/"), STR("content/filter/"), STR("content/item/"),
      STR("content/languages/"), STR("content/model/"), STR("content/query/"),
      STR("content/search/")},
     {STR("content/filter/internal.h"), STR("content/item/parts.h"), STR("content/model/parts.h")},
     "graphql may include base, graphql, the doors of roles and content's nouns (the lists here)"},
    {STR("server/app.c"), {STR("")}, {{0}}, ""},
    {STR("server/"),
     {STR("")},
     {STR("content/store/")},
     "server reaches content/store only through server/app.c"},
    {STR("web/"), {STR("base/"), STR("web/")}, {{0}}, "web may include only base and web"},
    {STR("tests/"), {STR("")}, {{0}}, ""},
};

/* Who may include a library's headers. Files by how their paths begin. */
static const struct owner {
    str header;
    str files[9];
} owners[] = {
    {STR("civetweb.h"), {STR("server/civet"), STR("tests/bench/floor.c")}},
    {STR("civetweb.c"), {STR("server/civet_unit.c")}},
    {STR("sqlite3.h"), {STR("content/store/sqlite"), STR("tests/bench/floor.c")}},
    {STR("sodium.h"), {STR("base/crypt")}},
    {STR("openssl/"),
     {STR("base/digest.c"), STR("base/pubkey.c"), STR("base/totp.c"), STR("content/system/pki/x509"),
      STR("server/tls"), STR("tests/http/wire.c"), STR("tests/support/signer.c"), STR("tests/support/issuer.c"),
      STR("tests/support/verifier.c")}},
    {STR("pcre2.h"), {STR("base/regex.c")}},
    {STR("utf8proc.h"), {STR("base/utf8.c")}},
    {STR("ares.h"), {STR("base/dns.c")}},
    {STR("curl/"), {STR("base/outbound_curl.h")}},
};

/* Calls with a better way to do the same. */
static const struct ban {
    str name;
    const char *instead;
} bans[] = {
    {STR("strcpy"), "struct buf"},
    {STR("strcat"), "struct buf"},
    {STR("strncpy"), "struct buf"},
    {STR("strncat"), "struct buf"},
    {STR("stpcpy"), "struct buf"},
    {STR("sprintf"), "buf_format()"},
    {STR("vsprintf"), "buf_format()"},
    {STR("gets"), "a bounded read"},
    {STR("strtok"), "str_next()"},
    {STR("strtok_r"), "str_next()"},
    {STR("atoi"), "str_to_i64()"},
    {STR("atol"), "str_to_i64()"},
    {STR("atoll"), "str_to_i64()"},
    {STR("atof"), "the JSON reader"},
    {STR("strtol"), "str_to_i64()"},
    {STR("strtoul"), "str_to_u64()"},
    {STR("strtoll"), "str_to_i64()"},
    {STR("strtoull"), "str_to_u64()"},
    {STR("sscanf"), "str_cut(), str_next()"},
    {STR("gmtime"), "base/time.h"},
    {STR("localtime"), "base/time.h"},
    {STR("ctime"), "base/time.h"},
    {STR("asctime"), "base/time.h"},
    {STR("alloca"), "the arena"},
    {STR("system"), "nothing: no shells"},
    {STR("popen"), "nothing: no shells"},
    {STR("rand"), "crypt_random()"},
    {STR("srand"), "crypt_random()"},
    {STR("mktemp"), "mkstemp()"},
    {STR("tmpnam"), "mkstemp()"},
    /* civetweb's, which loop or overflow on bad input (docs/decisions/0001). */
    {STR("mg_handle_form_request"), "our own readers of forms"},
    {STR("mg_send_file"), "the blob store"},
    {STR("mg_send_mime_file"), "the blob store"},
    {STR("mg_send_mime_file2"), "the blob store"},
    {STR("mg_send_file_body"), "the blob store"},
    {STR("mg_modify_passwords_file"), "roles"},
    {STR("mg_get_cookie"), "our own reader of cookies"},
};

/* What a rule lets pass, with the reason. This list only shrinks: a row that nothing needs any more
 * is itself a finding. */
static const struct exception {
    const char *rule;
    str path;
    str name;
    const char *why;
} exceptions[] = {
    {"global", STR("base/arena.c"), STR(""), "free chunks of a thread"},
    {"global", STR("base/crypt_password.c"), STR(""), "few hash at a time, 64 MiB each"},
    {"global", STR("base/id.c"), STR(""), "the counter that keeps ids in order"},
    {"global", STR("base/log.c"), STR(""), "level, format and sink, set once at start"},
    {"global", STR("base/map.c"), STR(""), "the process's hash key"},
    {"global", STR("base/outbound_curl.c"), STR(""), "a library that is loaded once, when it is needed"},
    {"global", STR("base/time.c"), STR(""), "the clock that tests turn"},
    {"global", STR("content/store/faulty.c"), STR(""),
     "armed without an engine: the first call is open"},
};
static bool needed[COUNTOF(exceptions)];

static const str code_folders[] = {STR("base/"),    STR("content/"), STR("roles/"), STR("api/"),
                                   STR("graphql/"), STR("server/"),  STR("web/"),   STR("tests/")};
static const str walked_past[] = {STR(".git"), STR("build"),        STR("node_modules"),
                                  STR("dist"), STR("vitrine-data"), STR(".cache")};
static const str text_endings[] = {STR(".c"),
                                   STR(".h"),
                                   STR(".S"),
                                   STR(".cmake"),
                                   STR(".sh"),
                                   STR(".md"),
                                   STR("CMakeLists.txt"),
                                   STR(".sql"),
                                   STR(".mjs"),
                                   STR(".ts"),
                                   STR(".svelte"),
                                   STR(".css"),
                                   STR("/dev"),
                                   STR("packages.txt")};
static const str nothing_names[] = {STR("util"),    STR("utils"), STR("helper"),
                                    STR("helpers"), STR("misc"),  STR("common")};
static const str marks[] = {STR("TO"
                                "DO"),
                            STR("FIX"
                                "ME"),
                            STR("X"
                                "XX")};

struct file {
    struct arena *arena;
    str path, text, code;
    struct buf *report;
};

static void say(const struct file *f, const char *place, const char *what, str about,
                const char *law)
{
    buf_add(f->report, f->path);
    if (place)
        buf_format(f->report, ":%u", scan_line_of(f->text, f->text.at + (place - f->code.at)));
    buf_format(f->report, ": %s" STR_FMT "%s\n", what, STR_ARG(about), law);
}

static bool is_excepted(const struct file *f, const char *rule, str name)
{
    for (size_t i = 0; i < COUNTOF(exceptions); i++) {
        const struct exception *e = &exceptions[i];
        if (strcmp(e->rule, rule) == 0 && str_equal(e->path, f->path) &&
            (e->name.len == 0 || str_equal(e->name, name))) {
            needed[i] = true;
            return true;
        }
    }
    return false;
}

static bool begins_with_one(str path, const str *list, size_t count)
{
    for (size_t i = 0; i < count && list[i].at; i++)
        if (str_starts(path, list[i]))
            return true;
    return false;
}

static bool is_one_of(str s, const str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(s, list[i]))
            return true;
    return false;
}

/* ---- what is included ---- */

static void check_layer(const struct file *f, const char *place, str header)
{
    if (!begins_with_one(header, code_folders, COUNTOF(code_folders)))
        return;
    for (size_t i = 0; i < COUNTOF(layers); i++) {
        const struct layer *l = &layers[i];
        if (!str_starts(f->path, l->folder))
            continue;
        bool fits = begins_with_one(header, l->may, COUNTOF(l->may)) &&
                    !begins_with_one(header, l->never, COUNTOF(l->never));
        if (!fits && !is_excepted(f, "layer", header)) {
            buf_add(f->report, f->path);
            buf_format(f->report, ":%u: includes " STR_FMT "; %s\n",
                       scan_line_of(f->text, f->text.at + (place - f->code.at)), STR_ARG(header),
                       l->law);
        }
        return;
    }
}

static void check_owner(const struct file *f, const char *place, str header)
{
    for (size_t i = 0; i < COUNTOF(owners); i++) {
        if (!str_starts(header, owners[i].header) ||
            begins_with_one(f->path, owners[i].files, COUNTOF(owners[i].files)))
            continue;
        buf_add(f->report, f->path);
        buf_format(f->report, ":%u: includes " STR_FMT "; only ",
                   scan_line_of(f->text, f->text.at + (place - f->code.at)), STR_ARG(header));
        for (size_t k = 0; k < COUNTOF(owners[i].files) && owners[i].files[k].at; k++)
            buf_format(f->report, "%s" STR_FMT "%s", k ? " and " : "", STR_ARG(owners[i].files[k]),
                       str_ends(owners[i].files[k], S(".c")) ? "" : "*");
        buf_add(f->report, owners[i].files[0].at
                               ? S(" may\n")
                               : S("its owner in tests/tidy.c may, and there is none yet\n"));
    }
}

static void check_includes(const struct file *f)
{
    size_t cursor = 0;
    str line;
    while (scan_line(f->code, &cursor, &line)) {
        if (line.len == 0 || line.at[0] != '#')
            continue;
        str rest = str_trim(str_slice(line, 1, line.len));
        if (!str_starts(rest, S("include")))
            continue;
        str header, raw = {f->text.at + (rest.at - f->code.at), rest.len};
        raw = str_trim(str_slice(raw, strlen("include"), raw.len));
        if (raw.len < 2 || (raw.at[0] != '"' && raw.at[0] != '<'))
            continue;
        str_cut(str_slice(raw, 1, raw.len), raw.at[0] == '"' ? '"' : '>', &header, &raw);
        check_layer(f, line.at, header);
        check_owner(f, line.at, header);
    }
}

/* ---- what is written ---- */

static void check_calls(const struct file *f)
{
    size_t cursor = 0;
    str name;
    while (scan_call(f->code, &cursor, &name))
        for (size_t i = 0; i < COUNTOF(bans); i++)
            if (str_equal(name, bans[i].name) && !is_excepted(f, "call", name)) {
                buf_add(f->report, f->path);
                buf_format(f->report, ":%u: calls " STR_FMT "(); instead: %s\n",
                           scan_line_of(f->text, f->text.at + (name.at - f->code.at)),
                           STR_ARG(name), bans[i].instead);
            }
}

static unsigned count_lines(str text)
{
    unsigned lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n';
    return lines;
}

/* A constant table does not count: it may be long without the function being so. */
static unsigned count_statements(str body)
{
    unsigned lines = 0;
    size_t cursor = 0;
    bool in_table = false;
    str line;
    while (scan_line(body, &cursor, &line)) {
        line = scan_trim(line);
        if (str_ends(line, S("{")) &&
            (str_starts(line, S("static const")) || str_starts(line, S("const"))))
            in_table = true;
        lines += !in_table;
        if (str_equal(line, S("};")))
            in_table = false;
    }
    return lines;
}

static void check_functions(const struct file *f)
{
    size_t cursor = 0;
    str body;
    while (scan_function(f->code, &cursor, &body)) {
        unsigned lines = count_statements(body);
        if (lines > FUNCTION_LINES && !is_excepted(f, "function", S(""))) {
            char text[32];
            int n = snprintf(text, sizeof text, "%u", lines);
            say(f, body.at, "this function has ", (str){text, (size_t)n},
                " lines; 70 are the limit");
        }
    }
}

static void check_globals(const struct file *f)
{
    if (str_starts(f->path, S("server/")) || str_starts(f->path, S("tests/")))
        return;
    size_t cursor = 0;
    str name;
    while (scan_mutable(f->arena, f->code, str_ends(f->path, S(".h")), &cursor, &name))
        if (!is_excepted(f, "global", name))
            say(f, name.at, "", name,
                " is a global that can change; outside server/ everything is passed or const");
    cursor = 0;
    while (scan_static(f->arena, f->code, &cursor, &name))
        if (!is_excepted(f, "global", name))
            say(f, name.at, "", name,
                " is static and can change; outside server/ everything is passed or const");
}

static void check_lines(const struct file *f)
{
    size_t cursor = 0;
    str line;
    while (scan_line(f->text, &cursor, &line)) {
        const char *place = f->code.at + (line.at - f->text.at);
        str none = {0};
        if (str_contains(line, S("\t")))
            say(f, place, "a tab; indent with spaces", none, "");
        if (line.len > 0 && (line.at[line.len - 1] == ' ' || line.at[line.len - 1] == '\r'))
            say(f, place, "blanks at the end of the line", none, "");
        for (size_t i = 0; i < COUNTOF(marks); i++)
            if (scan_has_word(line, marks[i]))
                say(f, place, "says ", marks[i], "; do it, or write down in docs why not");
    }
    if (f->text.len > 0 && f->text.at[f->text.len - 1] != '\n')
        say(f, f->code.at + f->text.len, "the last line has no end", (str){0}, "");
    if (!str_ends(f->path, S(".md")) && count_lines(f->text) > FILE_LINES &&
        !is_excepted(f, "length", S("")))
        say(f, NULL, "is longer than 700 lines", (str){0}, "; it wants to be two files");
}

/* ---- where it lies ---- */

static str file_name(str path)
{
    for (size_t i = path.len; i > 0; i--)
        if (path.at[i - 1] == '/')
            return str_slice(path, i, path.len);
    return path;
}

static void check_place(const struct file *f)
{
    str name = file_name(f->path), stem, ending;
    str_cut(name, '.', &stem, &ending);
    if (is_one_of(stem, nothing_names, COUNTOF(nothing_names)))
        say(f, NULL, "is named ", stem, "; name it by what it is for");
    if (!str_ends(f->path, S(".c")))
        return;
    if (!begins_with_one(f->path, code_folders, COUNTOF(code_folders)))
        say(f, NULL, "no library is made from this folder; the build does not see it", (str){0},
            "");
    if (str_starts(f->path, S("tests/unit/")) && !str_starts(name, S("test_")))
        say(f, NULL,
            "nothing builds this; unit tests are named test_*.c, what they share lies in "
            "tests/support",
            (str){0}, "");
    if (str_starts(f->path, S("tests/fuzz/")) && !str_starts(name, S("fuzz_")))
        say(f, NULL, "nothing builds this; fuzz targets are named fuzz_*.c", (str){0}, "");
}

static bool is_text(str path)
{
    for (size_t i = 0; i < COUNTOF(text_endings); i++)
        if (str_ends(path, text_endings[i]) ||
            (text_endings[i].at[0] == '/' && str_equal(path, str_slice(text_endings[i], 1, 99))))
            return true;
    return false;
}

void tidy_file(struct arena *a, str path, str text, struct buf *report)
{
    struct file f = {.arena = a, .path = path, .text = text, .code = text, .report = report};
    check_place(&f);
    if (is_text(path))
        check_lines(&f);
    if (!str_ends(path, S(".c")) && !str_ends(path, S(".h")))
        return;
    f.code = scan_code(a, text);
    check_includes(&f);
    check_calls(&f);
    check_functions(&f);
    check_globals(&f);
}

/* ---- the tree ---- */

static str read_file(struct arena *a, const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return (str){0};
    struct stat facts = {0};
    size_t size = fstat(fileno(in), &facts) == 0 ? (size_t)facts.st_size : 0;
    char *at = arena_get(a, size + 1, 1);
    size_t got = fread(at, 1, size, in);
    fclose(in);
    return (str){at, got};
}

/* The list grows while it is walked: folders are replaced by what is in them. */
struct list {
    const char *paths[FILES];
    size_t count;
};

static void add_folder(struct arena *a, struct list *list, const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        str name = str_of(e->d_name);
        if (str_equal(name, S(".")) || str_equal(name, S("..")) ||
            is_one_of(name, walked_past, COUNTOF(walked_past)))
            continue;
        must(list->count < FILES);
        list->paths[list->count++] = arena_cstr(a, arena_format(a, "%s/%s", folder, e->d_name));
    }
    closedir(dir);
}

static int tidy_tree(const char *root)
{
    struct arena *a = arena_open(1 << 20), *of_file = arena_open(1 << 20);
    struct buf report;
    buf_init(&report, NULL, 1 << 20);
    struct list *list = NEW(a, struct list);
    add_folder(a, list, root);
    size_t files = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct stat facts;
        if (lstat(list->paths[i], &facts) != 0 || S_ISLNK(facts.st_mode))
            continue;
        if (S_ISDIR(facts.st_mode)) {
            add_folder(a, list, list->paths[i]);
            continue;
        }
        tidy_file(of_file, str_of(list->paths[i] + strlen(root) + 1),
                  read_file(of_file, list->paths[i]), &report);
        arena_reset(of_file);
        files++;
    }
    for (size_t i = 0; i < COUNTOF(exceptions); i++)
        if (!needed[i])
            buf_format(&report,
                       "tests/tidy.c: the exception %s of " STR_FMT
                       " (%s) is not needed any more; delete its row\n",
                       exceptions[i].rule, STR_ARG(exceptions[i].path), exceptions[i].why);
    fwrite(buf_str(&report).at, 1, report.len, stdout);
    printf("%zu files, %u findings\n", files, count_lines(buf_str(&report)));
    bool clean = report.len == 0 && files > 0;
    buf_free(&report);
    arena_close(of_file);
    arena_close(a);
    return clean ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: tidy TREE | tidy --itself\n");
        return 2;
    }
    if (strcmp(argv[1], "--itself") == 0)
        return tidy_snippets() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    return tidy_tree(argv[1]);
}

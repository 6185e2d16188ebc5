/* export: the items of one collection as NDJSON, everything as an archive (archive.h), or repositories as OCI layouts. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/transfer/archive.h"
#include "server/transfer/export_layout.h"
#include "server/transfer/outflow.h"

/* Where it goes. A file gets its name when it is whole: what was exported before is not lost to an export that fails. */
struct destination {
    FILE *to;
    const char *path, *fresh;         /* NULL: standard output, or a pipe or device, which is written as it is */
};

static enum err destination_open(struct call *c, struct destination *out)
{
    struct stat st;
    str path = call_option(c, "output");
    *out = (struct destination){.to = stdout};
    if (str_is_absent(path))
        return ERR_OK;
    out->path = arena_cstr(c->arena, path);
    bool is_file = stat(out->path, &st) != 0 || S_ISREG(st.st_mode);
    out->fresh = is_file ? arena_cstr(c->arena, arena_format(c->arena, STR_FMT ".new", STR_ARG(path))) : NULL;
    out->to = fopen(out->fresh ? out->fresh : out->path, "wb");
    return out->to ? ERR_OK : problem_set(c->why, ERR_UNAVAILABLE, "%s cannot be written: %s", out->path, strerror(errno));
}

static enum err destination_close(struct call *c, struct destination *out, enum err e)
{
    if (!out->to || out->to == stdout)
        return e;
    bool is_written = fclose(out->to) == 0;
    if (e == ERR_OK && (!is_written || (out->fresh && rename(out->fresh, out->path) != 0)))
        e = problem_set(c->why, ERR_FULL, "%s cannot be written: %s", out->path, strerror(errno));
    if (e != ERR_OK && out->fresh)
        (void)unlink(out->fresh);
    return e;
}

static enum err export_to(struct call *c, struct app *app, str collection)
{
    struct destination out;
    struct arena *a = arena_open(16u << 10);
    const struct principal *who = principal_system(app->gate, a, SYSTEM_COMMAND);
    const struct collection *in = NULL;
    enum err e = str_is_absent(collection) ? ERR_OK : gate_collection(app->gate, who, collection, &in, c->why);
    if (e == ERR_OK)
        e = destination_open(c, &out);
    if (e == ERR_OK)
        e = destination_close(c, &out, in ? outflow_items(app, who, in, out.to, c->why) : archive_write(app, who, out.to, c->why));
    arena_close(a);
    return e;
}

static enum err export_repositories(struct call *c, struct app *app)
{
    struct arena *a = arena_open(16u << 10);
    struct layout_figures n;
    const struct layout_wish wish = {call_option(c, "oci-layout"), c->words, c->word_count, call_flag(c, "link")};
    enum err e = export_layouts(app, principal_system(app->gate, a, SYSTEM_COMMAND), &wish, &n, c->why);
    if (e == ERR_OK)
        call_print(c, arena_format(a, "%llu repositories, %llu manifests, %llu tags; %llu files written", (unsigned long long)n.repositories,
                                   (unsigned long long)n.manifests, (unsigned long long)n.tags, (unsigned long long)n.written));
    arena_close(a);
    return e;
}

enum exit_code command_export(struct call *c)
{
    enum exit_code code = EXIT_DATA;
    str collection = call_option(c, "collection");
    bool is_layout = !str_is_absent(call_option(c, "oci-layout"));
    if (call_flag(c, "all") + !str_is_absent(collection) + is_layout != 1)
        return call_usage(c, "export needs --collection C, or --all, or --oci-layout DIR");
    struct app *app = call_open(c, false, &code);
    if (!app)
        return code;
    code = (is_layout ? export_repositories(c, app) : export_to(c, app, collection)) == ERR_OK ? EXIT_OK : call_failed(c, c->why);
    app_close(app);
    return code;
}

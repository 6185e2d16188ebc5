/* export: the items of one collection as NDJSON, or everything as an archive (archive.h). */
#include "server/transfer/archive.h"
#include "server/transfer/outflow.h"

enum exit_code command_export(struct call *c)
{
    enum exit_code code = EXIT_DATA;
    str output = call_option(c, "output"), collection = call_option(c, "collection");
    bool is_archive = call_flag(c, "all");
    if (is_archive == !str_is_absent(collection))
        return call_usage(c, "export needs --collection C, or --all");
    FILE *to = str_is_absent(output) ? stdout : fopen(arena_cstr(c->arena, output), "wb");
    if (!to)
        return call_usage(c, "The output file cannot be opened");
    struct app *app = call_open(c, false, &code);
    if (app) {
        struct arena *a = arena_open(16u << 10);
        const struct principal *who = principal_system(app->gate, a, SYSTEM_COMMAND);
        const struct collection *in = NULL;
        enum err e = is_archive ? archive_write(app, who, to, c->why) : gate_collection(app->gate, who, collection, &in, c->why);
        if (e == ERR_OK && in)
            e = outflow_items(app, who, in, to, c->why);
        code = e == ERR_OK ? EXIT_OK : call_failed(c, c->why);
        arena_close(a);
        app_close(app);
    }
    if (to != stdout && fclose(to) != 0)
        code = EXIT_FAILED;
    return code;
}

/* import --from: whole contents, our own archives and other systems'. A source is a row. */
#include "server/transfer/archive.h"
#include "server/transfer/import_sources.h"

#include <string.h>

static const struct source {
    const char *name;
    enum err (*read)(struct transfer *t, const char *path, struct problem *why);
    bool restores;
} sources[] = {
    {"archive", archive_read, true},
    {"cockpit", import_cockpit, false},
    {"directus", import_directus, false},
    {"distribution", import_distribution, false},
    {"notary", import_notary, false},
    {"oci-layout", import_oci_layout, false},
    {"pocketbase", import_pocketbase, false},
    {"strapi", import_strapi, false},
    {"wordpress", import_wordpress, false},
    {"zot", import_zot, false},
};

static enum exit_code bring(struct call *c, struct transfer *t, const struct source *s)
{
    enum err e = s->read(t, arena_cstr(c->arena, c->words[0]), c->why);
    if (e == ERR_OK)
        e = transfer_finish(t, c->why);
    if (e != ERR_OK)
        return call_failed(c, c->why);
    return transfer_refused(t) ? EXIT_DATA : EXIT_OK;
}

enum exit_code command_import_from(struct call *c)
{
    str name = call_option(c, "from");
    enum exit_code code = EXIT_DATA;
    const struct source *s = NULL;
    for (size_t i = 0; i < COUNTOF(sources); i++)
        if (str_equal(str_of(sources[i].name), name))
            s = &sources[i];
    if (!s)
        return call_usage(c, "--from is not a source that import knows; vitrine help import lists them");
    struct app *app = call_open(c, true, &code);
    if (!app)
        return code;
    const struct transfer_options options = {.dry_run = call_flag(c, "dry-run"), .restores = s->restores, .replaces = true};
    struct transfer *t = transfer_open(c, app, &options);
    code = bring(c, t, s);
    transfer_close(t);
    app_close(app);
    return code;
}

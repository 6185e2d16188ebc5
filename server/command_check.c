/* check and version. check opens the house the ordinary way, so that whatever refuses to start is said,
 * and then looks at what starting does not: the database's own integrity is the engine's business. */
#include <stdio.h>

#include "server/command.h"

enum exit_code command_check(struct call *c)
{
    enum exit_code code = EXIT_DATA;
    struct app *app = call_open(c, false, &code);
    if (!app)
        return code;
    enum err e = gate_check(app->gate, c->why);
    if (e == ERR_OK)
        call_print(c, S("database and journal are in order"));
    else
        (void)call_failed(c, c->why);
    arena_reset(c->arena);
    app_close(app);
    return e == ERR_OK ? EXIT_OK : EXIT_DATA;
}

enum exit_code command_version(struct call *c)
{
    call_print(c, c->json ? arena_format(c->arena, "{\"version\":\"%s\"}", vitrine_version)
                          : arena_format(c->arena, "vitrine %s", vitrine_version));
    return EXIT_OK;
}

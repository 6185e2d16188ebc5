/* retention: what the registry's rules would take away now, and taking it away. */
#include "base/limits.h"
#include "roles/registry/keep.h"
#include "server/command.h"

/* A page of rows, as the action says them; *next {0}: it was the last one. */
static enum err page(struct call *c, struct app *app, str after, struct json *rows, str *next)
{
    struct json members[3], input, output;
    size_t count = 0;
    str repository = call_option(c, "repository");
    if (!call_flag(c, "all"))
        members[count++] = json_named(S("verdict"), json_of_text(S("delete")));
    if (!str_is_absent(repository))
        members[count++] = json_named(S("repository"), json_of_text(repository));
    if (!str_is_absent(after))
        members[count++] = json_named(S("after"), json_of_text(after));
    input = json_of_map(members, count);
    const struct principal *system = principal_system(app->gate, c->arena, SYSTEM_COMMAND);
    TRY(gate_retention_preview(app->gate, system, (str){0}, &input, c->arena, &output, c->why));
    const struct json *more = json_get(&output, S("next"));
    *rows = *json_get(&output, S("rows"));
    *next = more->type == JSON_TEXT ? more->text : (str){0};
    return ERR_OK;
}

static enum err show(struct call *c, struct app *app)
{
    static const char *const columns[] = {"repository", "tag", "digest", "verdict", "reason", NULL};
    str after = {0};
    do {
        struct json rows;
        TRY(page(c, app, after, &rows, &after));
        call_print_items(c, &rows, columns);
    } while (!str_is_absent(after));
    return ERR_OK;
}

static enum err apply(struct call *c, struct app *app)
{
    struct retention_figures did = {0};
    TRY(gate_retention_run(app->gate, &did, c->why));
    call_print(c, arena_format(c->arena, c->json ? "{\"repositories\":%llu,\"tags\":%llu,\"manifests\":%llu,\"stayed\":%llu}"
                                                 : "%llu repositories looked at; %llu tags and %llu manifests removed, %llu wanted again",
                               (unsigned long long)did.repositories, (unsigned long long)did.tags, (unsigned long long)did.manifests,
                               (unsigned long long)did.stayed));
    return ERR_OK;
}

enum exit_code command_retention(struct call *c)
{
    enum exit_code code = EXIT_DATA;
    bool applies = call_flag(c, "apply");
    if (applies && (call_flag(c, "all") || !str_is_absent(call_option(c, "repository"))))
        return call_usage(c, "retention --apply carries out every rule; --all and --repository only show");
    struct app *app = call_open(c, false, &code);
    if (!app)
        return code;
    enum err e = applies ? apply(c, app) : show(c, app);
    if (e != ERR_OK)
        (void)call_failed(c, c->why);
    arena_reset(c->arena);
    app_close(app);
    return e == ERR_OK ? EXIT_OK : EXIT_FAILED;
}

/* openapi, types: what the API says of itself, for generators that run where no server does. */
#include "api/openapi/openapi.h"
#include "api/openapi/types.h"
#include "base/limits.h"
#include "server/command.h"

/* As somebody with this role sees it; the administrator unless --role says otherwise, nobody in particular with
 * --role public when there is such a role. */
static const struct principal *reader_of(struct call *c, struct app *app)
{
    str role = call_option(c, "role");
    if (str_is_absent(role))
        role = S("admin");
    return principal_of_role(app->gate, c->arena, role);
}

static enum exit_code describe(struct call *c, void (*write)(struct buf *out, struct call *c, struct app *app, const struct principal *who))
{
    enum exit_code code = EXIT_OK;
    struct app *app = call_open(c, false, &code);
    struct buf text;
    if (!app)
        return code;
    const struct principal *who = reader_of(c, app);
    buf_init(&text, c->arena, LIMIT_RESPONSE_BYTES);
    if (who)
        write(&text, c, app, who);
    app_close(app);
    if (!who) {
        (void)problem_set(c->why, ERR_NOT_FOUND, "There is no role of that name");
        return call_failed(c, c->why);
    }
    str out;
    if (buf_done(&text, &out) != ERR_OK) {
        (void)problem_set(c->why, ERR_TOO_LARGE, "The description is larger than %u bytes", LIMIT_RESPONSE_BYTES);
        return call_failed(c, c->why);
    }
    return fwrite(out.at, 1, out.len, stdout) == out.len ? EXIT_OK : EXIT_FAILED;
}

static void write_description(struct buf *out, struct call *c, struct app *app, const struct principal *who)
{
    struct json_writer w;
    json_begin(&w, out);
    openapi_write(&w, &app->api, c->arena, who);
    json_end(&w);
    buf_byte(out, '\n');
}

static void write_types(struct buf *out, struct call *c, struct app *app, const struct principal *who)
{
    (void)app;
    types_write(out, c->arena, who);
}

enum exit_code command_openapi(struct call *c)
{
    return describe(c, write_description);
}

enum exit_code command_types(struct call *c)
{
    str language = call_option(c, "lang");
    if (!str_is_absent(language) && !str_equal(language, S("ts")))
        return call_usage(c, "The only language so far is ts");
    return describe(c, write_types);
}

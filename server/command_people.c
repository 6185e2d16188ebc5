/* user, role: the same doors as every other caller, with the server's own principal. */
#include <stdio.h>

#include "base/limits.h"
#include "base/time.h"
#include "server/desk.h"

enum exit_code command_user_add(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    str email = call_option(c, "email"), role = call_option(c, "role"), file = call_option(c, "password-file");
    str password, id;
    if (str_is_absent(email) || str_is_absent(role) || str_is_absent(file))
        return call_usage(c, "user add needs --email, --role and --password-file");
    if (call_secret(c, file, &password) != ERR_OK)
        return call_failed(c, c->why);
    if (!desk_open(c, &d, true, &code))
        return code;
    enum err e = gate_user_add(d.app->gate, c->arena, email, call_option(c, "name"), role, password, &id, c->why);
    if (e == ERR_OK)
        call_print(c, id);
    return desk_close(c, &d, e);
}

enum exit_code command_user_list(struct call *c)
{
    static const char *const columns[] = {"_id", "email", "name", "active", NULL};
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, desk_print(c, &d, "users", NULL, (str){0}, columns));
}

enum exit_code command_user_disable(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    const struct json *user;
    if (c->word_count != 1)
        return call_usage(c, "user disable needs one e-mail");
    if (!desk_open(c, &d, false, &code))
        return code;
    enum err e = desk_find_user(&d, c->words[0], &user);
    if (e == ERR_OK)
        e = desk_set(&d, "users", json_get(user, S("_id"))->text, "active", json_false);
    return desk_close(c, &d, e);
}

enum exit_code command_user_reset(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    const struct json *user = NULL;
    str password = {0}, file = call_option(c, "password-file");
    bool factors = call_flag(c, "second-factor");
    if (c->word_count != 1 || (str_is_absent(file) && !factors))
        return call_usage(c, "user reset needs one e-mail, and --password-file or --second-factor");
    if (!str_is_absent(file) && call_secret(c, file, &password) != ERR_OK)
        return call_failed(c, c->why);
    if (!desk_open(c, &d, false, &code))
        return code;
    enum err e = desk_find_user(&d, c->words[0], &user);
    if (e == ERR_OK && factors)
        e = gate_user_reset_factors(d.app->gate, c->arena, json_get(user, S("_id"))->text, c->why);
    if (e == ERR_OK && !str_is_absent(file))
        e = desk_set(&d, "users", json_get(user, S("_id"))->text, "password", json_of_text(password));
    return desk_close(c, &d, e);
}

enum exit_code command_role_list(struct call *c)
{
    static const char *const columns[] = {"name", "label", "info", NULL};
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (!desk_open(c, &d, false, &code))
        return code;
    if (!call_flag(c, "templates"))
        return desk_close(c, &d, desk_print(c, &d, "roles", NULL, (str){0}, columns));
    const struct json *templates;
    enum err e = gate_role_templates(d.who, c->arena, &templates, c->why);
    if (e == ERR_OK)
        call_print_items(c, templates, columns);
    return desk_close(c, &d, e);
}

enum exit_code command_role_create(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    str id;
    if (c->word_count != 1)
        return call_usage(c, "role create needs one role name");
    if (!desk_open(c, &d, false, &code))
        return code;
    enum err e = gate_role_create(d.app->gate, c->arena, c->words[0], call_option(c, "label"), call_option(c, "template"), &id, c->why);
    if (e == ERR_OK)
        call_print(c, id);
    return desk_close(c, &d, e);
}

static enum err show_role(struct call *c, struct desk *d)
{
    static const char *const columns[] = {"collection", "verbs", "fields", "where", "check", "preset", NULL};
    struct item_list roles;
    TRY(desk_find(d, "roles", "name", c->words[0], &roles));
    if (roles.count == 0)
        return problem_set(d->why, ERR_NOT_FOUND, "There is no role " STR_FMT, STR_ARG(c->words[0]));
    return desk_print(c, d, "grants", "role", json_get(&roles.items[0], S("_id"))->text, columns);
}

enum exit_code command_role_show(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (c->word_count != 1)
        return call_usage(c, "role show needs one role name");
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, show_role(c, &d));
}

enum exit_code command_role_audit(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    struct json list;
    if (c->word_count != 1)
        return call_usage(c, "role audit needs one role name, user:E, service:N or key:ID");
    if (!desk_open(c, &d, false, &code))
        return code;
    enum err e = gate_audit(d.app->gate, c->arena, c->words[0], &list, c->why);
    str text = e != ERR_OK || c->json ? (str){0} : gate_audit_text(c->arena, &list);
    if (e == ERR_OK && c->json)
        call_print(c, json_print(c->arena, &list));
    else if (e == ERR_OK)
        (void)fwrite(text.at, 1, text.len, stdout);
    return desk_close(c, &d, e);
}

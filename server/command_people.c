/* user, key, role: the same doors as every other caller, with the server's own principal. */
#include <stdio.h>

#include "base/limits.h"
#include "base/time.h"
#include "server/command.h"

struct desk {
    struct app *app;
    const struct principal *who;
    struct arena *arena;
    struct problem *why;
};

static bool open_desk(struct call *c, struct desk *d, bool may_create, enum exit_code *code)
{
    d->app = call_open(c, may_create, code);
    d->arena = c->arena;
    d->why = c->why;
    if (!d->app)
        return false;
    d->who = principal_system(d->app->gate, c->arena, SYSTEM_COMMAND);
    return true;
}

/* The principal's rights go with the arena, which must not outlive the gate: closed here together. */
static enum exit_code close_desk(struct call *c, struct desk *d, enum err e)
{
    enum exit_code code = e == ERR_OK ? EXIT_OK : call_failed(c, c->why);
    arena_reset(c->arena);
    app_close(d->app);
    return code;
}

static enum err find_items(struct desk *d, const char *collection, const char *field, str value, struct item_list *out)
{
    const struct collection *in;
    TRY(gate_collection(d->app->gate, d->who, str_of(collection), &in, d->why));
    struct query q = {.from = in, .limit = LIMIT_ROWS};
    if (field)
        q.where = filter_test(d->arena, collection_field(in, str_of(field)), TEST_EQ, json_of_text(value));
    query_all_fields(d->arena, &q, NULL);
    item_list_init(out, d->arena);
    return gate_read(d->app->gate, d->who, &q, &out->receiver, NULL, d->why);
}

static enum err find_user(struct desk *d, str email, const struct json **out)
{
    struct item_list found;
    TRY(find_items(d, "users", "email", email, &found));
    if (found.count == 0)
        return problem_set(d->why, ERR_NOT_FOUND, "There is nobody with the e-mail " STR_FMT, STR_ARG(email));
    *out = &found.items[0];
    return ERR_OK;
}

static enum err set_field(struct desk *d, const char *collection, str id, const char *field, struct json v)
{
    const struct collection *in;
    TRY(gate_collection(d->app->gate, d->who, str_of(collection), &in, d->why));
    const struct field *f = collection_field(in, str_of(field));
    struct change change = {.op = OP_UPDATE, .in = in, .id = id};
    change.values = NEW_N(d->arena, struct json, in->field_count);
    change.values[f->index] = json_named(f->name, v);
    field_set_add(&change.set, f->index);
    return gate_write(d->app->gate, d->who, &change, 1, d->arena, d->why);
}

static enum err print_list(struct call *c, struct desk *d, const char *collection, const char *field, str value,
                           const char *const *columns)
{
    struct item_list items;
    TRY(find_items(d, collection, field, value, &items));
    struct json list = json_of_list(items.items, items.count);
    call_print_items(c, &list, columns);
    return ERR_OK;
}

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
    if (!open_desk(c, &d, true, &code))
        return code;
    enum err e = gate_user_add(d.app->gate, c->arena, email, call_option(c, "name"), role, password, &id, c->why);
    if (e == ERR_OK)
        call_print(c, id);
    return close_desk(c, &d, e);
}

enum exit_code command_user_list(struct call *c)
{
    static const char *const columns[] = {"_id", "email", "name", "active", NULL};
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (!open_desk(c, &d, false, &code))
        return code;
    return close_desk(c, &d, print_list(c, &d, "users", NULL, (str){0}, columns));
}

enum exit_code command_user_disable(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    const struct json *user;
    if (c->word_count != 1)
        return call_usage(c, "user disable needs one e-mail");
    if (!open_desk(c, &d, false, &code))
        return code;
    enum err e = find_user(&d, c->words[0], &user);
    if (e == ERR_OK)
        e = set_field(&d, "users", json_get(user, S("_id"))->text, "active", json_false);
    return close_desk(c, &d, e);
}

enum exit_code command_user_reset(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    const struct json *user;
    str password, file = call_option(c, "password-file");
    if (c->word_count != 1 || str_is_absent(file))
        return call_usage(c, "user reset needs one e-mail and --password-file");
    if (call_secret(c, file, &password) != ERR_OK)
        return call_failed(c, c->why);
    if (!open_desk(c, &d, false, &code))
        return code;
    enum err e = find_user(&d, c->words[0], &user);
    if (e == ERR_OK)
        e = set_field(&d, "users", json_get(user, S("_id"))->text, "password", json_of_text(password));
    return close_desk(c, &d, e);
}

/* --scope posts:read,create or --scope '*:read' or --scope posts */
static struct json scope_of(struct arena *a, str text)
{
    str collection, verbs, piece;
    bool has_verbs = str_cut(text, ':', &collection, &verbs), ended = false;
    struct json *members = NEW_N(a, struct json, 2), *list = NEW_N(a, struct json, 16);
    size_t count = 0;
    while (has_verbs && count < 16 && str_next(&verbs, &ended, ',', &piece))
        list[count++] = json_of_text(piece);
    members[0] = json_named(S("collection"), json_of_text(collection));
    members[1] = json_named(S("verbs"), json_of_list(list, count));
    return json_of_map(members, has_verbs ? 2 : 1); /* none: all of them */
}

enum exit_code command_key_create(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    str texts[LIMIT_SCOPES], id, secret, expires = call_option(c, "expires");
    size_t count = call_options(c, "scope", texts, COUNTOF(texts));
    struct json *scopes = NEW_N(c->arena, struct json, count);
    struct json list = json_of_list(scopes, count);
    struct key_wish wish = {
        .user = call_option(c, "user"),
        .role = call_option(c, "role"),
        .kind = call_option(c, "kind"),
        .name = call_option(c, "name"),
    };
    for (size_t i = 0; i < count; i++)
        scopes[i] = scope_of(c->arena, texts[i]);
    wish.scopes = count ? &list : NULL;
    if (str_is_absent(wish.user) == str_is_absent(wish.role))
        return call_usage(c, "key create needs --user or --role, one of them");
    if (!str_is_absent(expires) && !time_read(expires, &wish.expires_ms))
        return call_usage(c, "--expires takes a time like 2027-01-31T00:00:00Z");
    if (!open_desk(c, &d, false, &code))
        return code;
    enum err e = gate_key_create(d.app->gate, c->arena, &wish, &id, &secret, c->why);
    if (e == ERR_OK)
        call_print(c, secret);
    return close_desk(c, &d, e);
}

enum exit_code command_key_list(struct call *c)
{
    static const char *const columns[] = {"_id", "label", "kind", "prefix", "last4", "expires_at", "disabled", NULL};
    struct desk d;
    enum exit_code code = EXIT_DATA;
    const struct json *user = NULL;
    enum err e = ERR_OK;
    str email = call_option(c, "user");
    if (!open_desk(c, &d, false, &code))
        return code;
    if (!str_is_absent(email))
        e = find_user(&d, email, &user);
    if (e == ERR_OK)
        e = print_list(c, &d, "api_keys", user ? "user" : NULL, user ? json_get(user, S("_id"))->text : (str){0}, columns);
    return close_desk(c, &d, e);
}

enum exit_code command_key_rotate(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    str secret;
    if (c->word_count != 1)
        return call_usage(c, "key rotate needs one key id (key list shows them)");
    if (!open_desk(c, &d, false, &code))
        return code;
    enum err e = gate_key_rotate(d.app->gate, c->arena, c->words[0], 0, &secret, c->why);
    if (e == ERR_OK)
        call_print(c, secret);
    return close_desk(c, &d, e);
}

enum exit_code command_key_revoke(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (c->word_count != 1)
        return call_usage(c, "key revoke needs one key id (key list shows them)");
    if (!open_desk(c, &d, false, &code))
        return code;
    return close_desk(c, &d, gate_key_revoke(d.app->gate, c->arena, c->words[0], c->why));
}

enum exit_code command_role_list(struct call *c)
{
    static const char *const columns[] = {"name", "label", "info", NULL};
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (!open_desk(c, &d, false, &code))
        return code;
    if (!call_flag(c, "templates"))
        return close_desk(c, &d, print_list(c, &d, "roles", NULL, (str){0}, columns));
    const struct json *templates;
    enum err e = gate_role_templates(d.who, c->arena, &templates, c->why);
    if (e == ERR_OK)
        call_print_items(c, templates, columns);
    return close_desk(c, &d, e);
}

enum exit_code command_role_create(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    str id;
    if (c->word_count != 1)
        return call_usage(c, "role create needs one role name");
    if (!open_desk(c, &d, false, &code))
        return code;
    enum err e = gate_role_create(d.app->gate, c->arena, c->words[0], call_option(c, "label"), call_option(c, "template"), &id, c->why);
    if (e == ERR_OK)
        call_print(c, id);
    return close_desk(c, &d, e);
}

static enum err show_role(struct call *c, struct desk *d)
{
    static const char *const columns[] = {"collection", "verbs", "fields", "where", "check", "preset", NULL};
    struct item_list roles;
    TRY(find_items(d, "roles", "name", c->words[0], &roles));
    if (roles.count == 0)
        return problem_set(d->why, ERR_NOT_FOUND, "There is no role " STR_FMT, STR_ARG(c->words[0]));
    return print_list(c, d, "grants", "role", json_get(&roles.items[0], S("_id"))->text, columns);
}

enum exit_code command_role_show(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (c->word_count != 1)
        return call_usage(c, "role show needs one role name");
    if (!open_desk(c, &d, false, &code))
        return code;
    return close_desk(c, &d, show_role(c, &d));
}

enum exit_code command_role_audit(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    struct json list;
    if (c->word_count != 1)
        return call_usage(c, "role audit needs one role name, user:E, service:N or key:ID");
    if (!open_desk(c, &d, false, &code))
        return code;
    enum err e = gate_audit(d.app->gate, c->arena, c->words[0], &list, c->why);
    str text = e != ERR_OK || c->json ? (str){0} : gate_audit_text(c->arena, &list);
    if (e == ERR_OK && c->json)
        call_print(c, json_print(c->arena, &list));
    else if (e == ERR_OK)
        (void)fwrite(text.at, 1, text.len, stdout);
    return close_desk(c, &d, e);
}

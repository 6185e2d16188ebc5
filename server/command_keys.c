/* key, service-account: what programs come with. */
#include "base/limits.h"
#include "base/time.h"
#include "server/desk.h"

static struct json list_of_words(struct arena *a, str words)
{
    struct json *list = NEW_N(a, struct json, LIMIT_SCOPES);
    size_t count = 0;
    bool ended = false;
    str piece;
    while (count < LIMIT_SCOPES && str_next(&words, &ended, ',', &piece))
        list[count++] = json_of_text(piece);
    return json_of_list(list, count);
}

/* posts, posts:read,create, *:read, repository:acme/app:pull,push */
static struct json scope_of(struct arena *a, str text)
{
    static const str of_registry = STR("repository:");
    struct json *members = NEW_N(a, struct json, 2);
    bool is_registry = str_starts(text, of_registry);
    str name, verbs, rest = is_registry ? str_slice(text, of_registry.len, text.len) : text;
    bool has_verbs = str_cut(rest, ':', &name, &verbs);
    members[0] = is_registry ? json_named(S("repositories"), list_of_words(a, name))
                             : json_named(S("collection"), json_of_text(name));
    if (has_verbs)
        members[1] = json_named(S("verbs"), list_of_words(a, verbs));
    return json_of_map(members, has_verbs ? 2 : 1); /* none: all of them */
}

/* A time, or so long from now: 30d, 12h. */
static bool read_instant(str text, int64_t *ms)
{
    uint64_t from_now;
    if (time_read(text, ms))
        return true;
    if (!config_read_duration(text, &from_now) || from_now > (uint64_t)INT64_MAX / 2)
        return false;
    *ms = time_now_ms() + (int64_t)from_now;
    return true;
}

static bool read_instant_option(struct call *c, const char *name, int64_t *ms)
{
    str text = call_option(c, name);
    return str_is_absent(text) || read_instant(text, ms);
}

static const struct json *texts_of(struct call *c, const char *option, struct json (*read)(struct arena *a, str text))
{
    str *texts = NEW_N(c->arena, str, LIMIT_SCOPES);
    size_t count = call_options(c, option, texts, LIMIT_SCOPES);
    struct json *items = NEW_N(c->arena, struct json, count), *list = NEW(c->arena, struct json);
    for (size_t i = 0; i < count; i++)
        items[i] = read ? read(c->arena, texts[i]) : json_of_text(texts[i]);
    *list = json_of_list(items, count);
    return count ? list : NULL;
}

enum exit_code command_key_create(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    str id, secret;
    struct key_wish wish = {
        .user = call_option(c, "user"),
        .role = call_option(c, "role"),
        .service_account = call_option(c, "service-account"),
        .kind = call_option(c, "kind"),
        .name = call_option(c, "name"),
        .description = call_option(c, "description"),
        .scopes = texts_of(c, "scope", scope_of),
        .addresses = texts_of(c, "address", NULL),
    };
    if (!str_is_absent(wish.user) + !str_is_absent(wish.role) + !str_is_absent(wish.service_account) != 1)
        return call_usage(c, "key create needs --user, --service-account or --role, one of them");
    if (!read_instant_option(c, "expires", &wish.expires_ms) || !read_instant_option(c, "not-before", &wish.not_before_ms))
        return call_usage(c, "--expires and --not-before take a time like 2027-01-31T00:00:00Z, or 30d from now");
    if (!desk_open(c, &d, false, &code))
        return code;
    enum err e = gate_key_create(d.app->gate, c->arena, &wish, &id, &secret, c->why);
    if (e == ERR_OK)
        call_print(c, secret);
    return desk_close(c, &d, e);
}

static enum err find_service(struct desk *d, str name, const struct json **out)
{
    struct item_list found;
    TRY(desk_find(d, "service_accounts", "name", name, &found));
    if (found.count == 0)
        return problem_set(d->why, ERR_NOT_FOUND, "There is no service account " STR_FMT, STR_ARG(name));
    *out = &found.items[0];
    return ERR_OK;
}

static enum err list_keys(struct call *c, struct desk *d)
{
    static const char *const columns[] = {"_id", "label", "kind", "prefix", "last4", "last_used_at", "expires_at", "disabled", NULL};
    str user = call_option(c, "user"), service = call_option(c, "service-account");
    const struct json *owner = NULL;
    if (!str_is_absent(user))
        TRY(desk_find_user(d, user, &owner));
    else if (!str_is_absent(service))
        TRY(find_service(d, service, &owner));
    const char *field = !str_is_absent(user) ? "user" : owner ? "service_account" : NULL;
    return desk_print(c, d, "api_keys", field, owner ? json_get(owner, S("_id"))->text : (str){0}, columns);
}

enum exit_code command_key_list(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, list_keys(c, &d));
}

enum exit_code command_key_rotate(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    str secret, overlap = call_option(c, "overlap");
    uint64_t overlap_ms = 0;
    if (c->word_count != 1)
        return call_usage(c, "key rotate needs one key id (key list shows them)");
    if (!str_is_absent(overlap) && (!config_read_duration(overlap, &overlap_ms) || overlap_ms > INT64_MAX))
        return call_usage(c, "--overlap takes a time, like 30m or 12h");
    if (!desk_open(c, &d, false, &code))
        return code;
    enum err e = gate_key_rotate(d.app->gate, c->arena, c->words[0], (int64_t)((overlap_ms + 59999) / 60000), &secret, c->why);
    if (e == ERR_OK)
        call_print(c, secret);
    return desk_close(c, &d, e);
}

enum exit_code command_key_revoke(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (c->word_count != 1)
        return call_usage(c, "key revoke needs one key id (key list shows them)");
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, gate_key_revoke(d.app->gate, c->arena, c->words[0], c->why));
}

/* Roles by name. */
static enum err role_ids(struct desk *d, const str *names, size_t count, struct json *out)
{
    struct json *ids = NEW_N(d->arena, struct json, count);
    for (size_t i = 0; i < count; i++) {
        struct item_list found;
        TRY(desk_find(d, "roles", "name", names[i], &found));
        if (found.count == 0)
            return problem_set(d->why, ERR_NOT_FOUND, "There is no role " STR_FMT, STR_ARG(names[i]));
        ids[i] = json_of_text(json_get(&found.items[0], S("_id"))->text);
    }
    *out = json_of_list(ids, count);
    return ERR_OK;
}

static enum err add_service(struct call *c, struct desk *d)
{
    str names[LIMIT_ROLES];
    struct json roles;
    const struct collection *in;
    size_t count = call_options(c, "role", names, COUNTOF(names));
    TRY(role_ids(d, names, count, &roles));
    TRY(gate_collection(d->app->gate, d->who, S("service_accounts"), &in, d->why));
    struct json members[] = {json_named(S("name"), json_of_text(c->words[0])), json_named(S("roles"), roles),
                             json_named(S("description"), json_of_text(call_option(c, "description")))};
    struct json item = json_of_map(members, str_is_absent(call_option(c, "description")) ? 2 : 3);
    struct change change = {.op = OP_CREATE};
    TRY(change_read(d->arena, in, &item, S(""), &change, d->why));
    TRY(gate_write(d->app->gate, d->who, &change, 1, d->arena, d->why));
    call_print(c, change.result_id);
    return ERR_OK;
}

enum exit_code command_service_add(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (c->word_count != 1)
        return call_usage(c, "service-account add needs one name");
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, add_service(c, &d));
}

enum exit_code command_service_list(struct call *c)
{
    static const char *const columns[] = {"_id", "name", "active", "description", NULL};
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, desk_print(c, &d, "service_accounts", NULL, (str){0}, columns));
}

enum exit_code command_service_disable(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    const struct json *account;
    if (c->word_count != 1)
        return call_usage(c, "service-account disable needs one name");
    if (!desk_open(c, &d, false, &code))
        return code;
    enum err e = find_service(&d, c->words[0], &account);
    if (e == ERR_OK)
        e = desk_set(&d, "service_accounts", json_get(account, S("_id"))->text, "active", json_false);
    return desk_close(c, &d, e);
}

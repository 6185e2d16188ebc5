/* Notary's accounts are the collection users: numbers are its serials, its four roles are roles of ours by name
 * (notary.md 4, 5). Checks come in its order: credential, permission, body and number, existence. */
#include "api/notary/account.h"
#include "api/notary/list.h"
#include "base/limits.h"
#include "content/kind.h"
#include "roles/sign_in/account.h"

/* Who may not even know of users may not do this either; here that is said. */
static bool may(struct notary_asked *r, struct exchange *x, void *app, enum verb verb, bool of_all, struct problem *why)
{
    *r = (struct notary_asked){.x = x, .api = app};
    enum err e = gate_collection(r->api->gate, x->who, S("users"), &r->users, why);
    bool granted = e == ERR_OK && (of_all ? gate_may_all(x->who, verb, r->users) : gate_may(x->who, verb, r->users));
    return granted || notary_refuse(x, why);
}

/* where NULL: all; with the names of their roles. */
static enum err read_users(const struct notary_asked *r, const struct filter *where, struct item_list *out, struct problem *why)
{
    struct query q = {.from = r->users, .where = where, .limit = LIMIT_ROWS};
    query_all_fields(r->x->arena, &q, NULL);
    TRY(query_read_sort(r->x->arena, &q, S("serial"), S("sort"), why));
    query_populate(r->x->arena, &q, 1);
    item_list_init(out, r->x->arena);
    return gate_read(r->api->gate, r->x->who, &q, &out->receiver, NULL, why);
}

static enum err find_user(const struct notary_asked *r, const char *field, struct json value, const struct json **out, struct problem *why)
{
    struct item_list list;
    const struct filter *where = filter_test(r->x->arena, collection_field(r->users, str_of(field)), TEST_EQ, value);
    TRY(read_users(r, where, &list, why));
    if (list.count == 0)
        return problem_set(why, ERR_NOT_FOUND, "Not Found");
    *out = &list.items[0];
    return ERR_OK;
}

static void write_row(void *self, struct json_writer *w, const struct json *user)
{
    notary_account_write(self, w, user, notary_account_role(user));
}

static enum err list_accounts(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const fields[] = {"email", "roles", "password_changed_at", NULL};
    struct notary_asked r;
    struct notary_shown s = {.asked = &r};
    struct notary_list l = {.x = x, .api = app, .fields = fields, .hops = 1, .page = LIMIT_NOTARY_PAGE, .look = notary_account_look, .write = write_row, .self = &s};
    (void)p;
    if (!may(&r, x, app, VERB_READ, true, why))
        return why->err;
    l.in = r.users;
    return notary_list(&l, why);
}

static enum err send_account(const struct notary_asked *r, const struct json *user, int64_t role_id, struct problem *why)
{
    struct answer a;
    struct notary_shown s = {.asked = r};
    TRY(notary_account_look(&s, &(struct item_list){.items = (struct json *)(uintptr_t)user, .count = 1}, r->x->arena, why));
    notary_begin(r->x, r->api, &a);
    notary_account_write(&s, &a.json, user, role_id);
    return notary_send(r->x, &a, 200, why);
}

/* Every account may look at itself, whatever its role. */
static enum err own_account(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_asked r = {.x = x, .api = app};
    const struct json *user = NULL;
    (void)p;
    if (x->who->kind != PRINCIPAL_PUBLIC && str_is_absent(x->who->user_id))
        return problem_set(why, ERR_NOT_FOUND, "No account is behind this");
    TRY(gate_own_item(r.api->gate, x, &user, why));
    return send_account(&r, user, notary_role_id(x->who->roles, x->who->role_count), why); /* roles' names may be hidden */
}

static enum err one_account(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_asked r;
    const struct json *user = NULL;
    int64_t number;
    if (!may(&r, x, app, VERB_READ, true, why))
        return why->err;
    if (!notary_id(p, &number))
        return notary_say(x, r.api, 400, S("Invalid ID"));
    TRY(find_user(&r, "serial", json_of_int(number), &user, why));
    return send_account(&r, user, notary_account_role(user), why);
}

static bool is_address(str s)
{
    str local, domain, label;
    bool ended = false;
    size_t labels = 0, unused;
    if (!str_cut(s, '@', &local, &domain) || local.len == 0 || domain.len == 0 || str_find(domain, '@', &unused))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] <= ' ' || s.at[i] == 0x7f)
            return false;
    for (; str_next(&domain, &ended, '.', &label); labels++)
        if (label.len == 0)
            return false;
    return labels > 0;
}

static bool is_password(str s)
{
    static const str marks = STR("0123456789!@#$%^&*()_+-=[]{};':\"|,.<>?~");
    bool upper = false, lower = false, mark = false;
    size_t unused;
    for (size_t i = 0; i < s.len; i++) {
        upper |= s.at[i] >= 'A' && s.at[i] <= 'Z';
        lower |= s.at[i] >= 'a' && s.at[i] <= 'z';
        mark |= str_find(marks, s.at[i], &unused);
    }
    return s.len >= 8 && s.len <= LIMIT_PASSWORD_BYTES && upper && lower && mark;
}

#define PASSWORD_RULE                                                                                                  \
    "password must have 8 or more characters, must include at least one capital letter, one lowercase letter, and "    \
    "either a number or a symbol"

static enum err say_invalid(const struct notary_asked *r, str what)
{
    return notary_say(r->x, r->api, 400, arena_format(r->x->arena, "Invalid request: " STR_FMT, STR_ARG(what)));
}

struct account_body {
    str email, password;
    int64_t role_id;
};

static bool take_role_id(const struct json *body, int64_t otherwise, int64_t *out)
{
    const struct json *v = json_get(body, S("role_id"));
    *out = v && v->type == JSON_INT ? v->integer : otherwise;
    return !v || v->type == JSON_INT || v->type == JSON_NULL;
}

/* False: refused, and it was said. A missing role is none of the four: in the original it would be the first,
 * which is the administrator's. */
static bool take_account(const struct notary_asked *r, struct account_body *out)
{
    const struct json *body;
    str user;
    if (!notary_body(r->x, r->api, &body))
        return false;
    bool fits = notary_text(body, S("email"), &out->email) && notary_text(body, S("username"), &user) &&
                notary_text(body, S("password"), &out->password) && take_role_id(body, -1, &out->role_id);
    out->email = out->email.len ? out->email : user;
    str fault = {0};
    if (out->email.len == 0)
        fault = S("email is required");
    else if (!is_address(out->email))
        fault = S("invalid email format");
    else if (out->password.len == 0)
        fault = S("password is required");
    else if (out->role_id < 0 || out->role_id >= (int64_t)COUNTOF(notary_roles))
        fault = arena_format(r->x->arena, "invalid role ID: %lld", (long long)out->role_id);
    else if (!is_password(out->password))
        fault = S(PASSWORD_RULE);
    if (!fits)
        err_ignored(notary_say(r->x, r->api, 400, S("Invalid JSON format")));
    else if (!str_is_absent(fault))
        err_ignored(say_invalid(r, fault));
    return fits && str_is_absent(fault);
}

static enum err find_role(const struct notary_asked *r, str name, struct json *id, struct problem *why)
{
    const struct collection *roles;
    struct item_list list;
    TRY(gate_collection(r->api->gate, r->x->who, S("roles"), &roles, why));
    struct query q = {.from = roles, .limit = 1};
    q.where = filter_test(r->x->arena, collection_field(roles, S("name")), TEST_EQ, json_of_text(name));
    query_all_fields(r->x->arena, &q, NULL);
    item_list_init(&list, r->x->arena);
    TRY(gate_read(r->api->gate, r->x->who, &q, &list.receiver, NULL, why));
    *id = list.count ? *json_get(&list.items[0], S("_id")) : json_null;
    return ERR_OK;
}

static enum err need_role(const struct notary_asked *r, int64_t role_id, struct json *id, struct problem *why)
{
    str name = notary_roles[role_id];
    const struct collection *roles;
    TRY(find_role(r, name, id, why));
    if (id->type == JSON_TEXT)
        return ERR_OK;
    TRY(gate_collection(r->api->gate, r->x->who, S("roles"), &roles, why));
    struct change role = {.op = OP_CREATE, .in = roles};
    notary_set(&role, r->x->arena, "name", json_of_text(name));
    notary_set(&role, r->x->arena, "template", json_of_text(name));
    TRY(gate_write(r->api->gate, r->x->who, &role, 1, r->x->arena, why));
    *id = json_of_text(role.result_id);
    return ERR_OK;
}

/* What content refuses, in Notary's words. */
static enum err say_refused(const struct notary_asked *r, enum err e, const struct problem *why)
{
    if (e == ERR_CONFLICT && why->fault_count)
        return notary_say(r->x, r->api, 400, S("account with given email already exists"));
    if (e == ERR_INVALID && why->fault_count)
        return say_invalid(r, why->faults[0].text);
    return e == ERR_INVALID || e == ERR_CONFLICT ? notary_say(r->x, r->api, 400, why->text) : e;
}

static enum err made(const struct notary_asked *r, const struct change *user, struct problem *why)
{
    const struct json *serial = json_get(user->after, S("serial"));
    return notary_made(r->x, r->api, serial && serial->type == JSON_INT ? serial->integer : 0, why);
}

static enum err create_as_caller(struct notary_asked *r, struct problem *why)
{
    struct account_body body = {0};
    struct json role, *list = NEW(r->x->arena, struct json);
    if (!take_account(r, &body))
        return ERR_OK;
    TRY(need_role(r, body.role_id, &role, why));
    *list = role;
    struct change user = {.op = OP_CREATE, .in = r->users};
    notary_set(&user, r->x->arena, "email", json_of_text(body.email));
    notary_set(&user, r->x->arena, "password", json_of_text(body.password));
    notary_set(&user, r->x->arena, "roles", json_of_list(list, 1));
    enum err e = gate_write(r->api->gate, r->x->who, &user, 1, r->x->arena, why);
    return e == ERR_OK ? made(r, &user, why) : say_refused(r, e, why);
}

/* The first account, while there is none. Its wire form asks for no credential; ours asks for the code that was
 * printed at start (security 14), in the header X-Setup-Code, unless `notary.open_setup` says otherwise. It is an
 * administrator whatever role_id says. */
static enum err create_first(struct notary_asked *r, struct problem *why)
{
    struct account_body body = {0};
    struct signed_in in = {0};
    str code = r->api->options.notary_open_setup ? gate_setup_code(r->api->gate) : exchange_header(r->x, S("x-setup-code"));
    if (str_is_absent(code))
        return problem_set(why, ERR_UNAUTHENTICATED, "The first account needs the setup code");
    body.role_id = 0;
    if (!take_account(r, &body))
        return ERR_OK;
    enum err e = gate_setup(r->api->gate, r->x, code, body.email, (str){0}, body.password, &in, why);
    if (e != ERR_OK)
        return say_refused(r, e == ERR_FORBIDDEN ? ERR_UNAUTHENTICATED : e, why);
    return notary_made(r->x, r->api, 1, why);
}

static enum err create_account(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_asked r;
    struct api *api = app;
    (void)p;
    if (x->who->kind == PRINCIPAL_PUBLIC && gate_setup_code(api->gate).len > 0) {
        r = (struct notary_asked){.x = x, .api = api};
        return create_first(&r, why);
    }
    return may(&r, x, app, VERB_CREATE, true, why) ? create_as_caller(&r, why) : why->err;
}

static str id_of(const struct json *user)
{
    return json_get(user, S("_id"))->text;
}

static enum err delete_account(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_asked r;
    const struct json *user = NULL;
    int64_t number;
    if (!may(&r, x, app, VERB_DELETE, true, why))
        return why->err;
    if (!notary_id(p, &number))
        return notary_say(x, r.api, 400, S("Invalid ID"));
    TRY(find_user(&r, "serial", json_of_int(number), &user, why));
    if (!notary_speaks_data(r.api) && notary_account_role(user) == 0) /* there the last one alone stays, as everywhere here */
        return notary_say(x, r.api, 400, S("deleting an Admin account is not allowed."));
    struct change gone = {.op = OP_DELETE, .in = r.users, .id = id_of(user)};
    enum err e = gate_write(r.api->gate, x->who, &gone, 1, x->arena, why);
    return e == ERR_OK ? notary_done(x, r.api, 202) : say_refused(&r, e, why);
}

/* False: refused, and it was said. */
static bool take_password(const struct notary_asked *r, str *password, str *current)
{
    const struct json *body;
    if (!notary_body(r->x, r->api, &body))
        return false;
    if (!notary_text(body, S("password"), password) || !notary_text(body, S("current_password"), current)) {
        err_ignored(notary_say(r->x, r->api, 400, S("Invalid JSON format")));
        return false;
    }
    if (password->len > 0 && is_password(*password))
        return true;
    err_ignored(say_invalid(r, password->len ? S(PASSWORD_RULE) : S("password is required")));
    return false;
}

static enum err change_password(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_asked r;
    const struct json *user = NULL;
    str password, current;
    int64_t number;
    if (!may(&r, x, app, VERB_UPDATE, true, why))
        return why->err;
    if (!notary_id(p, &number))
        return notary_say(x, r.api, 400, S("Invalid ID"));
    if (!take_password(&r, &password, &current))
        return ERR_OK;
    TRY(find_user(&r, "serial", json_of_int(number), &user, why));
    struct change change = {.op = OP_UPDATE, .in = r.users, .id = id_of(user)};
    notary_set(&change, x->arena, "password", json_of_text(password));
    enum err e = gate_write(r.api->gate, x->who, &change, 1, x->arena, why);
    return e == ERR_OK ? notary_done(x, r.api, 201) : say_refused(&r, e, why);
}

/* Its clients send the new password alone: a session that has just shown the old one may do that (PW-4), any
 * other sends it along as current_password. */
static enum err change_own_password(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_asked r = {.x = x, .api = app};
    struct signed_in in = {0};
    str password, current;
    (void)p;
    if (x->who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Nobody is signed in");
    if (!take_password(&r, &password, &current))
        return ERR_OK;
    if (r.api->options.notary_strict && str_is_absent(current))
        return say_invalid(&r, S("current_password is required"));
    enum err e = str_is_absent(current) ? gate_password_set(r.api->gate, x, password, &in, why)
                                        : gate_password_change(r.api->gate, x, current, password, &in, why);
    return e == ERR_OK ? notary_done(x, r.api, 201) : say_refused(&r, e, why);
}

static enum err change_role(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_asked r;
    const struct json *user = NULL, *body;
    struct json role, *list = NEW(x->arena, struct json);
    int64_t number, role_id;
    if (!may(&r, x, app, VERB_UPDATE, true, why))
        return why->err;
    if (!notary_id(p, &number))
        return notary_say(x, r.api, 400, S("Invalid ID"));
    if (!notary_body(x, r.api, &body))
        return ERR_OK;
    if (!take_role_id(body, -1, &role_id))
        return notary_say(x, r.api, 400, S("Invalid JSON format"));
    if (role_id < 0 || role_id >= (int64_t)COUNTOF(notary_roles))
        return say_invalid(&r, arena_format(x->arena, "invalid role ID: %lld", (long long)role_id));
    if (number == 1)
        return notary_say(x, r.api, 400, S("updating the default admin account role is not allowed."));
    TRY(find_user(&r, "serial", json_of_int(number), &user, why));
    TRY(need_role(&r, role_id, &role, why));
    *list = role;
    struct change change = {.op = OP_UPDATE, .in = r.users, .id = id_of(user)};
    notary_set(&change, x->arena, "roles", json_of_list(list, 1));
    enum err e = gate_write(r.api->gate, x->who, &change, 1, x->arena, why);
    return e == ERR_OK ? notary_done(x, r.api, 201) : say_refused(&r, e, why);
}

/* clang-format off */
static const struct route account_routes[] = {
    {M_GET, "/api/v1/accounts", list_accounts, 0, 0, "Notary: accounts"},
    {M_POST, "/api/v1/accounts", create_account, LIMIT_NOTARY_BODY_BYTES, 0, "Notary: make an account"},
    {M_GET, "/api/v1/accounts/me", own_account, 0, 0, "Notary: one's own account"},
    {M_POST, "/api/v1/accounts/me/change_password", change_own_password, LIMIT_NOTARY_BODY_BYTES, 0, "Notary: change one's own password"},
    {M_GET, "/api/v1/accounts/{id}", one_account, 0, 0, "Notary: one account"},
    {M_DELETE, "/api/v1/accounts/{id}", delete_account, LIMIT_IGNORED_BODY_BYTES, 0, "Notary: delete an account"},
    {M_POST, "/api/v1/accounts/{id}/change_password", change_password, LIMIT_NOTARY_BODY_BYTES, 0, "Notary: set somebody's password"},
    {M_PUT, "/api/v1/accounts/{id}/role", change_role, LIMIT_NOTARY_BODY_BYTES, 0, "Notary: change somebody's role"},
};
/* clang-format on */
static const char *const realms[] = {"/api/v1/accounts", NULL};
const struct api_table notary_account_api = {
    .routes = account_routes, .count = COUNTOF(account_routes), .problem = notary_problem, .problem_name = "NotaryProblem", .realms = realms};

/* Languages, roles, people and keys of Cockpit. Passwords stay behind: people set new ones. Keys come along as they
 * are, so that clients go on working; here only their digests are kept. */
#include "content/languages/languages.h"
#include "content/system/keys/key_format.h"
#include "server/transfer/everybodys_role.h"
#include "server/transfer/import_cockpit.h"

/* When nobody has said what the language is that Cockpit calls "default". */
#define UNDETERMINED "und"

struct people {
    struct cockpit_sink sink;         /* first */
    struct cockpit *c;
};

static enum err each(struct cockpit *c, str table, enum err (*document)(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why))
{
    struct people p = {{document}, c};
    return cockpit_documents(c, c->system, table, &p.sink, NULL);
}

static struct cockpit *of(struct cockpit_sink *self)
{
    return ((struct people *)(void *)self)->c;
}

static const struct principal *server(struct cockpit *c)
{
    return principal_system(transfer_app(c->to)->gate, c->arena, SYSTEM_COMMAND);
}

/* Looking. */

static enum err only_look(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why)
{
    (void)self;
    (void)a;
    (void)document;
    (void)why;
    return ERR_OK;
}

/* de, de-CH; what Cockpit writes de_CH, too. */
static bool is_code(str code)
{
    size_t part = 0, parts = 0;
    for (size_t i = 0; i <= code.len; i++) {
        char c = i < code.len ? code.at[i] : '-';
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), digit = c >= '0' && c <= '9';
        if (c == '-' && (part < (parts ? 1u : 2u) || part > 8))
            return false;
        if (c != '-' && !letter && !(digit && parts))
            return false;
        parts += c == '-';
        part = c == '-' ? 0 : part + 1;
    }
    return code.len <= 35;
}

static enum err look_at_locale(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why)
{
    struct cockpit *c = of(self);
    str suffix = arena_copy(c->arena, text_member(document, S("i18n")));
    struct buf code;
    (void)a;
    (void)why;
    buf_init(&code, c->arena, 64);
    for (size_t i = 0; i < suffix.len; i++)
        buf_byte(&code, suffix.at[i] == '_' ? '-' : suffix.at[i]);
    if (suffix.len == 0 || str_equal(suffix, S("default")))
        return ERR_OK;
    if (code.failed || !is_code(buf_str(&code)) || c->language_count == COCKPIT_LANGUAGES) {
        transfer_tell(c->to, arena_format(c->arena, STR_FMT " is no code of a language; what is written in it is left out", STR_ARG(suffix)));
        return ERR_OK;
    }
    struct json *copy = NEW(c->arena, struct json);
    *copy = json_copy(c->arena, document);
    c->languages[c->language_count++] = (struct cockpit_language){suffix, buf_str(&code), false, copy};
    return ERR_OK;
}

static enum err look_at_roles_here(struct cockpit *c)
{
    const struct collection *in;
    struct item_list list;
    const struct principal *who = server(c);
    TRY(gate_collection(transfer_app(c->to)->gate, who, S("roles"), &in, c->why));
    struct query q = {.from = in, .limit = 1000};
    query_all_fields(c->arena, &q, NULL);
    item_list_init(&list, c->arena);
    TRY(gate_read(transfer_app(c->to)->gate, who, &q, &list.receiver, NULL, c->why));
    for (size_t i = 0; i < list.count; i++) {
        str *id = NEW(c->arena, str);
        *id = text_member(&list.items[i], S("_id"));
        (void)map_put(c->roles, text_member(&list.items[i], S("name")), id);
    }
    return ERR_OK;
}

enum err cockpit_look_at_people(struct cockpit *c)
{
    static const str tables[] = {STR("roles"), STR("users"), STR("api_keys")};
    TRY(each(c, S("locales"), look_at_locale));
    for (size_t i = 0; i < COUNTOF(tables); i++)
        TRY(each(c, tables[i], only_look));
    return look_at_roles_here(c);
}

/* Languages. */

static enum err take_language(struct cockpit *c, const struct cockpit_language *l)
{
    struct arena *a = transfer_arena(c->to);
    struct member_list m = {.arena = a};
    str name = text_member(l->given, S("name")), id = text_member(l->given, S("_id"));
    const struct json *enabled = json_get(l->given, S("enabled"));
    if (enabled && !true_member(l->given, S("enabled")))
        transfer_tell(c->to, arena_format(c->arena, "The language " STR_FMT " is not enabled in Cockpit; here it is", STR_ARG(l->code)));
    member_put(&m, S("_id"), json_of_text(transfer_id(a, S("cockpit"), S("locales"), id.len ? id : l->code)));
    member_put(&m, S("code"), json_of_text(l->code));
    if (name.len)
        member_put(&m, S("name"), json_of_text(name));
    struct json item = member_map(&m);
    return transfer_item(c->to, &item, c->why);
}

static enum err take_standard(struct cockpit *c)
{
    struct arena *a = transfer_arena(c->to);
    struct member_list m = {.arena = a};
    c->standard = S(UNDETERMINED);
    transfer_tell(c->to, S("Cockpit does not say which language its default is: it is called " UNDETERMINED " here and can be renamed in the collection locales"));
    member_put(&m, S("_id"), json_of_text(transfer_id(a, S("cockpit"), S("locales"), S("default"))));
    member_put(&m, S("code"), json_of_text(c->standard));
    member_put(&m, S("name"), json_of_text(S("Default")));
    member_put(&m, S("standard"), json_true);
    struct json item = member_map(&m);
    return transfer_item(c->to, &item, c->why);
}

/* Those that are here already stay as they are. */
enum err cockpit_take_languages(struct cockpit *c)
{
    const struct languages *here = model_languages(principal_model(server(c)));
    if (here->standard)
        c->standard = here->standard->code;
    if (c->language_count == 0)
        return ERR_OK;
    TRY(transfer_into(c->to, S("locales"), c->why));
    if (!here->standard)
        TRY(take_standard(c));
    for (size_t i = 0; i < c->language_count; i++) {
        const struct language *known = language_find(here, c->languages[i].code);
        if (known)
            c->languages[i].code = known->code;
        else
            TRY(take_language(c, &c->languages[i]));
    }
    return ERR_OK;
}

/* Roles. */

/* content/settings/read is about the collection that this model is here. */
static str permission_here(struct cockpit *c, struct arena *a, str name)
{
    str head, tail, model, rest;
    if (!str_cut(name, '/', &head, &tail) || !str_equal(head, S("content")) || !str_cut(tail, '/', &model, &rest))
        return name;
    const struct cockpit_model *m = cockpit_model_named(c, model);
    return m ? arena_format(a, "content/" STR_FMT "/" STR_FMT, STR_ARG(m->own), STR_ARG(rest)) : name;
}

static struct json permissions_of(struct cockpit *c, struct arena *a, const struct json *given)
{
    struct member_list m = {.arena = a};
    for (uint32_t i = 0; given && given->type == JSON_MAP && i < given->count; i++)
        if (true_member(given, given->items[i].name))
            member_put(&m, permission_here(c, a, given->items[i].name), json_true);
    return member_map(&m);
}

static void put_times(struct member_list *m, const struct json *document)
{
    static const str times[] = {STR("_created"), STR("_modified")};
    for (size_t i = 0; i < COUNTOF(times); i++) {
        const struct json *v = json_get(document, times[i]);
        if (v && v->type == JSON_INT)
            member_put(m, times[i], *v);
    }
}

static enum err give(struct cockpit *c, const struct member_list *m, struct problem *why)
{
    struct json made = member_map(m), copy = json_copy(transfer_arena(c->to), &made);
    return transfer_item(c->to, &copy, why);
}

static enum err take_role(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why)
{
    struct cockpit *c = of(self);
    struct member_list m = {.arena = a};
    str name = text_member(document, S("appid")), label = text_member(document, S("name")), info = text_member(document, S("info"));
    str id = transfer_id(a, S("cockpit"), S("roles"), text_member(document, S("_id")));
    const str *here = map_get(c->roles, name);
    if (here && !str_equal(*here, id)) {
        transfer_tell(c->to, arena_format(c->arena, "There is a role " STR_FMT " here already; it stays as it is", STR_ARG(name)));
        return ERR_OK;
    }
    member_put(&m, S("_id"), json_of_text(id));
    member_put(&m, S("name"), json_of_text(name));
    if (label.len)
        member_put(&m, S("label"), json_of_text(label));
    if (info.len)
        member_put(&m, S("info"), json_of_text(info));
    member_put(&m, S("permissions"), permissions_of(c, a, json_get(document, S("permissions"))));
    put_times(&m, document);
    if (!here) {
        str *known = NEW(c->arena, str);
        *known = arena_copy(c->arena, id);
        (void)map_put(c->roles, arena_copy(c->arena, name), known);
    }
    return give(c, &m, why);
}

/* People. */

static str user_id(struct arena *a, const struct json *document)
{
    return transfer_id(a, S("cockpit"), S("users"), text_member(document, S("_id")));
}

static enum err take_user(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why)
{
    struct cockpit *c = of(self);
    struct member_list m = {.arena = a};
    str role = text_member(document, S("role")), full = text_member(document, S("name")), theme = text_member(document, S("theme"));
    const str *held = map_get(c->roles, role);
    member_put(&m, S("_id"), json_of_text(user_id(a, document)));
    member_put(&m, S("name"), json_of_text(text_member(document, S("user"))));
    member_put(&m, S("email"), json_of_text(text_member(document, S("email"))));
    if (full.len)
        member_put(&m, S("full_name"), json_of_text(full));
    if (str_equal(theme, S("auto")) || str_equal(theme, S("light")) || str_equal(theme, S("dark")))
        member_put(&m, S("theme"), json_of_text(theme));
    member_put(&m, S("active"), json_of_bool(true_member(document, S("active"))));
    struct json one = held ? json_of_text(*held) : json_null;
    if (held)
        member_put(&m, S("roles"), json_of_list(&one, 1));
    else if (role.len)
        transfer_tell(c->to, arena_format(c->arena, "There is no role " STR_FMT "; who had it has none", STR_ARG(role)));
    put_times(&m, document);
    return give(c, &m, why);
}

enum err cockpit_take_people(struct cockpit *c)
{
    TRY(transfer_into(c->to, S("roles"), c->why));
    TRY(each(c, S("roles"), take_role));
    TRY(transfer_into(c->to, S("users"), c->why));
    transfer_keep(c->to, true); /* with the passwords and roles that they have by now */
    TRY(each(c, S("users"), take_user));
    TRY(transfer_into(c->to, S("users"), c->why));
    transfer_keep(c->to, false);
    transfer_tell(c->to, S("Passwords stay in Cockpit: people ask for a new one, or vitrine user reset gives them one"));
    return ERR_OK;
}

/* Keys. */

static enum err is_here(struct cockpit *c, str key, str label, bool *out)
{
    struct json list = json_null;
    str prefix, last;
    key_shown(c->arena, key, &prefix, &last);
    TRY(gate_key_list(transfer_app(c->to)->gate, c->arena, &list, c->why));
    *out = false;
    for (uint32_t i = 0; list.type == JSON_LIST && i < list.count; i++)
        *out |= str_equal(text_member(&list.items[i], S("prefix")), prefix) && str_equal(text_member(&list.items[i], S("last4")), last) &&
                str_equal(text_member(&list.items[i], S("label")), label);
    return ERR_OK;
}

static enum err make_key(struct cockpit *c, str key, str label, str role, str user)
{
    struct problem own = {.arena = c->arena};
    str id, secret, one;
    bool here = false;
    if (!key_read(c->arena, key, &one)) {
        transfer_tell(c->to, arena_format(c->arena, "The key " STR_FMT " is not of the form that keys have; make another one", STR_ARG(label)));
        transfer_count(c->to, S("api_keys"), false);
        return ERR_OK;
    }
    TRY(is_here(c, one, label, &here));
    const struct key_wish wish = {.role = role, .user = user, .kind = S("cockpit"), .name = label, .plain = one};
    enum err e = here || transfer_is_dry(c->to) ? ERR_OK : gate_key_create(transfer_app(c->to)->gate, c->arena, &wish, &id, &secret, &own);
    if (e == ERR_UNAVAILABLE || e == ERR_FULL || e == ERR_INTERNAL)
        return problem_set(c->why, e, STR_FMT, STR_ARG(own.text));
    if (e != ERR_OK)
        transfer_tell(c->to, arena_format(c->arena, "The key " STR_FMT " is refused: " STR_FMT, STR_ARG(label),
                                          STR_ARG(own.fault_count ? own.faults[0].text : own.text)));
    transfer_count(c->to, S("api_keys"), e == ERR_OK);
    return ERR_OK;
}

static enum err take_key(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why)
{
    struct cockpit *c = of(self);
    str key = arena_copy(c->arena, text_member(document, S("key"))), role = text_member(document, S("role"));
    str label = arena_copy(c->arena, text_member(document, S("name")));
    const str *held = map_get(c->roles, role);
    (void)a;
    (void)why;
    bool stays;
    if (str_equal(key, S("public")))
        return held ? everybodys_role(c->to, S("public_role"), *held, true, &stays, c->why) : ERR_OK;
    if (held)
        return make_key(c, key, label, role, (str){0});
    transfer_tell(c->to, arena_format(c->arena, "The key " STR_FMT " has no role and may do nothing; it is left out", STR_ARG(label)));
    return ERR_OK;
}

static enum err take_user_key(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why)
{
    struct cockpit *c = of(self);
    str key = arena_copy(c->arena, text_member(document, S("apiKey")));
    (void)why;
    if (key.len == 0)
        return ERR_OK;
    return make_key(c, key, S("Cockpit"), (str){0}, arena_copy(c->arena, user_id(a, document)));
}

enum err cockpit_take_keys(struct cockpit *c)
{
    TRY(transfer_into(c->to, S("users"), c->why)); /* roles and people are written */
    TRY(each(c, S("api_keys"), take_key));
    return each(c, S("users"), take_user_key);
}

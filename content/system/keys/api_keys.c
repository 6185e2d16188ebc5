/* API keys as content: the key is made here, kept as a keyed digest, and shown once. A key is never made
 * for somebody else, nor with roles its maker does not hold (AK-6), and it stays with its owner. A narrowed
 * key makes no keys: the new one could not be shown to be as narrow. */
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/keys/key_format.h"
#include "content/system/people/standing.h"

static str text_to_be(const struct change *c, const struct json *present, str name)
{
    const struct json *v = value_to_be(c, present, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

/* A service account's key can do all that the account can, so its maker must be able to, too. An account that
 * is not there is for the check of references to tell. */
static enum err may_act_as(struct work *w, str account, bool *out, struct problem *why)
{
    const struct collection *accounts = model_find(work_model(w), S("service_accounts"));
    const struct json *item = NULL;
    size_t count;
    *out = str_equal(account, work_actor(w)->vars.user);
    if (*out)
        return ERR_OK;
    const struct filter *this = filter_test(work_arena(w), &accounts->fields[META_ID], TEST_EQ, json_of_text(account));
    TRY(work_find(w, S("service_accounts"), this, &item, why));
    const str *roles;
    TRY(roles_of_holder(w, json_get(item, S("roles")), json_get(item, S("groups")), &roles, &count, why));
    return author_holds(w, roles, count, out, why);
}

static enum err check_owner(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    const struct actor *actor = work_actor(w);
    str user = text_to_be(c, present, S("user")), role = text_to_be(c, present, S("role"));
    str account = text_to_be(c, present, S("service_account"));
    if (!str_is_absent(user) + !str_is_absent(role) + !str_is_absent(account) != 1)
        return problem_fault(why, ERR_INVALID, S("/user"), S("owner"),
                             "A key belongs to a user, a service account or a role, one of them");
    bool may = author_is_trusted(w);
    if (!may && !actor->is_narrowed && !str_is_absent(user))
        may = str_equal(user, actor->vars.user);
    else if (!may && !actor->is_narrowed && !str_is_absent(account))
        TRY(may_act_as(w, account, &may, why));
    else if (!may && !actor->is_narrowed)
        TRY(author_holds(w, &role, 1, &may, why));
    return may ? ERR_OK
               : problem_set(why, ERR_FORBIDDEN,
                             "You may make keys for yourself, and for service accounts and roles whose roles you hold");
}

/* What each member of a scope must be. */
static const struct {
    str name;
    const char *wanted;
    enum json_type type;
    bool not_empty; /* no verbs would mean all of them */
    bool required;
} scope_members[] = {
    {STR("collection"), "a name or *", JSON_TEXT, false, true},
    {STR("verbs"), "a list of names", JSON_LIST, true, false},
    {STR("fields"), "a list of names", JSON_LIST, false, false},
    {STR("where"), "a filter", JSON_MAP, false, false},
};

static bool are_texts(const struct json *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].type != JSON_TEXT)
            return false;
    return true;
}

static void check_member(const struct json *scope, size_t which, str where, struct problem *why)
{
    str name = scope_members[which].name;
    const struct json *v = json_get(scope, name);
    str path = arena_format(why->arena, STR_FMT "/" STR_FMT, STR_ARG(where), STR_ARG(name));
    if (!v || v->type == JSON_NULL) {
        if (scope_members[which].required)
            (void)problem_fault(why, ERR_INVALID, path, S("required"), "A scope names its collection, or *");
        return;
    }
    bool fits = v->type == scope_members[which].type && (v->type != JSON_LIST || are_texts(v)) &&
                (!scope_members[which].not_empty || v->count > 0);
    if (!fits)
        (void)problem_fault(why, ERR_INVALID, path, S("type"), STR_FMT " must be %s", STR_ARG(name),
                            scope_members[which].wanted);
}

static bool is_member(str name)
{
    for (size_t i = 0; i < COUNTOF(scope_members); i++)
        if (str_equal(scope_members[i].name, name))
            return true;
    return false;
}

/* A scope that does not read lets nothing through; better to hear of it when it is written. */
static enum err check_scopes(const struct json *scopes, struct problem *why)
{
    for (uint32_t i = 0; scopes && scopes->type == JSON_LIST && i < scopes->count; i++) {
        const struct json *scope = &scopes->items[i];
        str where = arena_format(why->arena, "/scopes/%u", i);
        for (size_t k = 0; k < COUNTOF(scope_members); k++)
            check_member(scope, k, where, why);
        for (uint32_t k = 0; scope->type == JSON_MAP && k < scope->count; k++)
            if (!is_member(scope->items[k].name))
                (void)problem_fault(why, ERR_INVALID,
                                    arena_format(why->arena, STR_FMT "/" STR_FMT, STR_ARG(where), STR_ARG(scope->items[k].name)),
                                    S("unknown-field"), "A scope has collection, verbs, fields and where");
    }
    return why->err;
}

static bool widens(const struct change *c, const struct json *present)
{
    static const str fields[] = {STR("scopes"), STR("addresses"), STR("not_before"), STR("expires_at"), STR("disabled")};
    const struct json *disabled = value_to_be(c, present, S("disabled"));
    bool revokes = disabled && disabled->type == JSON_BOOL && disabled->boolean;
    for (size_t i = 0; i < COUNTOF(fields); i++)
        if (value_changes(c, present, fields[i]) && !(revokes && str_equal(fields[i], S("disabled"))))
            return true;
    return false;
}

static enum err before_update(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    static const str owners[] = {STR("user"), STR("role"), STR("service_account")};
    for (size_t i = 0; i < COUNTOF(owners); i++)
        if (value_changes(c, present, owners[i]))
            return problem_fault(why, ERR_INVALID, arena_format(work_arena(w), "/" STR_FMT, STR_ARG(owners[i])), S("owner"),
                                 "A key stays with its owner; make another one");
    TRY(check_scopes(value_to_be(c, present, S("scopes")), why));
    return widens(c, present) ? check_owner(w, c, present, why) : ERR_OK;
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op == OP_DELETE)
        return ERR_OK;
    if (present)
        return before_update(w, c, present, why);
    TRY(check_owner(w, c, NULL, why));
    TRY(check_scopes(value_to_be(c, NULL, S("scopes")), why));
    str plain = text_to_be(c, NULL, S("secret")), prefix;
    bool of_user = !str_is_absent(text_to_be(c, NULL, S("user")));
    if (str_is_absent(plain)) {
        plain = key_make(work_arena(w), text_to_be(c, NULL, S("kind")), of_user ? 'u' : 's', &prefix);
        value_put(c, S("secret"), json_of_text(plain));
    } else {
        prefix = str_slice(plain, 0, key_prefix_length(plain));
    }
    value_put(c, S("prefix"), json_of_text(prefix));
    value_put(c, S("last4"), json_of_text(str_slice(plain, plain.len - 4, plain.len)));
    c->secret_once = plain;
    return ERR_OK;
}

const struct behaviour behaviour_api_keys = {.collection = STR("api_keys"), .before = before};

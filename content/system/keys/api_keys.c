/* API keys as content: the key is made here, kept as a keyed digest, and shown once. A key is never made
 * for somebody else, nor with roles its maker does not hold (AK-6), and it stays with its owner. A narrowed
 * key makes no keys: the new one could not be shown to be as narrow. */
#include "base/time.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/keys/key_format.h"
#include "content/system/keys/keys.h"
#include "content/system/people/standing.h"

static str text_to_be(const struct change *c, const struct json *present, str name)
{
    const struct json *v = value_to_be(c, present, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static struct key_owner owner_to_be(const struct change *c, const struct json *present)
{
    return (struct key_owner){text_to_be(c, present, S("user")), text_to_be(c, present, S("role")),
                              text_to_be(c, present, S("service_account"))};
}

str key_owner_id(const struct key_owner *o)
{
    return !str_is_absent(o->user) ? o->user : !str_is_absent(o->role) ? o->role : o->service_account;
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

enum err key_owner_check(struct work *w, const struct key_owner *owner, struct problem *why)
{
    const struct actor *actor = work_actor(w);
    if (!str_is_absent(owner->user) + !str_is_absent(owner->role) + !str_is_absent(owner->service_account) != 1)
        return problem_fault(why, ERR_INVALID, S("/user"), S("owner"),
                             "A key belongs to a user, a service account or a role, one of them");
    bool may = author_is_trusted(w);
    if (!may && !actor->is_narrowed && !str_is_absent(owner->user))
        may = str_equal(owner->user, actor->vars.user);
    else if (!may && !actor->is_narrowed && !str_is_absent(owner->service_account))
        TRY(may_act_as(w, owner->service_account, &may, why));
    else if (!may && !actor->is_narrowed)
        TRY(author_holds(w, &owner->role, 1, &may, why));
    return may ? ERR_OK
               : problem_set(why, ERR_FORBIDDEN,
                             "You may make keys for yourself, and for service accounts and roles whose roles you hold");
}

/* The letter in a native key tells whoever finds it what it opens. */
static char letter_of(const struct key_owner *owner, const struct json *scopes, bool is_short)
{
    bool of_registry = scopes && scopes->type == JSON_LIST && scopes->count > 0;
    for (uint32_t i = 0; of_registry && i < scopes->count; i++)
        of_registry = json_get(&scopes->items[i], S("repositories")) != NULL;
    return is_short ? 't' : of_registry ? 'r' : !str_is_absent(owner->user) ? 'u' : 's';
}

str key_secret_make(struct arena *a, str kind, str id, const struct key_owner *owner, const struct json *scopes, bool is_short)
{
    struct key_mold mold = {kind, letter_of(owner, scopes, is_short), id, key_owner_id(owner)};
    if (str_equal(kind, S("cockpit"))) /* USR- or API-, whatever else is said */
        mold.owner = str_is_absent(owner->user) ? 's' : 'u';
    return key_make(a, &mold);
}

void key_put_shown(struct work *w, struct change *c, str plain)
{
    str prefix, last;
    key_shown(work_arena(w), plain, &prefix, &last);
    value_put(c, S("prefix"), json_of_text(prefix));
    value_put(c, S("last4"), json_of_text(last));
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

static enum err check_values(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    if (value_changes(c, present, S("scopes")))
        TRY(key_scopes_check(w, value_to_be(c, present, S("scopes")), why));
    return key_addresses_check(value_to_be(c, present, S("addresses")), why);
}

/* A name is said again in a dialect's answers, and its clients find their keys by it. */
static enum err check_label(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    static const str named[] = {STR("chutes"), STR("zenml")};
    str kind = text_to_be(c, present, S("kind")), label = text_to_be(c, present, S("label"));
    const struct collection *keys = c->in;
    struct key_owner owner = owner_to_be(c, present);
    uint64_t count = 0;
    bool stays = present && !value_changes(c, present, S("label")) && !value_changes(c, present, S("kind"));
    if ((!str_equal(kind, named[0]) && !str_equal(kind, named[1])) || str_is_absent(label) || stays)
        return ERR_OK;
    const struct field *of = collection_field(keys, !str_is_absent(owner.user)   ? S("user")
                                                    : !str_is_absent(owner.role) ? S("role")
                                                                                 : S("service_account"));
    const struct filter *same = filter_test(work_arena(w), of, TEST_EQ, json_of_text(key_owner_id(&owner)));
    same = filter_and(work_arena(w), same,
                      filter_test(work_arena(w), collection_field(keys, S("label")), TEST_EQ, json_of_text(label)));
    same = filter_and(work_arena(w), same,
                      filter_test(work_arena(w), collection_field(keys, S("kind")), TEST_EQ, json_of_text(kind)));
    if (present)
        same = filter_and(work_arena(w), same, filter_test(work_arena(w), &keys->fields[META_ID], TEST_NE, json_of_text(c->id)));
    TRY(work_count(w, S("api_keys"), same, &count, why));
    return count ? problem_fault(why, ERR_CONFLICT, S("/label"), S("unique"), "There is a key with this name") : ERR_OK;
}

static enum err before_update(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    static const str owners[] = {STR("user"), STR("role"), STR("service_account")};
    for (size_t i = 0; i < COUNTOF(owners); i++)
        if (value_changes(c, present, owners[i]))
            return problem_fault(why, ERR_INVALID, arena_format(work_arena(w), "/" STR_FMT, STR_ARG(owners[i])), S("owner"),
                                 "A key stays with its owner; make another one");
    struct key_owner owner = owner_to_be(c, present);
    TRY(check_values(w, c, present, why));
    TRY(check_label(w, c, present, why));
    bool wider = widens(c, present);
    TRY(key_bounds_check(w, c, present, wider, why));
    return wider ? key_owner_check(w, &owner, why) : ERR_OK;
}

/* Made here, or given by an import. */
static enum err settle_secret(struct work *w, struct change *c, struct problem *why)
{
    struct arena *a = work_arena(w);
    struct key_owner owner = owner_to_be(c, NULL);
    int64_t ends = 0;
    str given = text_to_be(c, NULL, S("secret")), expires = text_to_be(c, NULL, S("expires_at")), plain;
    bool is_short = !str_is_absent(expires) && time_read(expires, &ends) && ends <= work_now_ms(w) + KEY_SHORT_MS;
    if (str_is_absent(given))
        plain = key_secret_make(a, text_to_be(c, NULL, S("kind")), c->result_id, &owner, value_to_be(c, NULL, S("scopes")), is_short);
    else if (!key_read(a, given, &plain))
        return problem_fault(why, ERR_INVALID, S("/secret"), S("format"), "This does not look like a key of any kind");
    struct key_ids says = key_says(a, plain);
    if ((!str_is_absent(says.item) && !str_equal(says.item, c->result_id)) ||
        (!str_is_absent(says.owner) && !str_equal(says.owner, key_owner_id(&owner))))
        return problem_fault(why, ERR_INVALID, S("/secret"), S("owner"), "This key says that it is another one's");
    value_put(c, S("secret"), json_of_text(plain));
    value_put(c, S("generations"), key_first_generation(a, work_now_ms(w)));
    key_put_shown(w, c, plain);
    c->secret_once = plain;
    return ERR_OK;
}

static void put_maker(struct work *w, struct change *c)
{
    const struct actor *actor = work_actor(w);
    if (!str_is_absent(actor->vars.ip))
        value_put(c, S("address"), json_of_text(actor->vars.ip));
    if (!str_is_absent(actor->agent))
        value_put(c, S("agent"), json_of_text(actor->agent));
    if (c->beside)
        value_put(c, S("wire"), *c->beside);
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op == OP_DELETE)
        return ERR_OK;
    if (present)
        return before_update(w, c, present, why);
    struct key_owner owner = owner_to_be(c, NULL);
    TRY(key_owner_check(w, &owner, why));
    TRY(check_values(w, c, NULL, why));
    TRY(key_bounds_check(w, c, NULL, true, why));
    TRY(check_label(w, c, NULL, why));
    TRY(settle_secret(w, c, why));
    put_maker(w, c);
    return ERR_OK;
}

const struct behaviour behaviour_api_keys = {
    .collection = STR("api_keys"), .before = before, .actions = key_actions, .action_count = COUNTOF(key_actions)};

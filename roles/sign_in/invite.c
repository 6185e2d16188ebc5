/* Inviting people. The account is made by the inviter's own change, with all that is asked of such a change;
 * then comes the link, made by the server. */
#include "base/id.h"
#include "base/limits.h"
#include "content/kind.h"
#include "roles/sign_in/links.h"

/* Names of roles as ids; what is neither stays and is a fault of the change. */
static enum err role_ids(struct gate *g, struct arena *a, const struct json *names, struct json *out, struct problem *why)
{
    if (names->type != JSON_LIST) {
        *out = *names;
        return ERR_OK;
    }
    struct json *ids = NEW_N(a, struct json, names->count);
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    enum err e = ERR_OK;
    for (uint32_t i = 0; e == ERR_OK && i < names->count; i++) {
        const struct json *role = NULL;
        ids[i] = names->items[i];
        if (ids[i].type == JSON_TEXT && !id_valid(ids[i].text))
            e = read_item(g->content, server, S("roles"), S("name"), ids[i].text, a, &role, why);
        if (role)
            ids[i] = json_of_text(item_text(role, S("_id")));
        else if (e == ERR_OK && ids[i].type == JSON_TEXT && !id_valid(ids[i].text))
            e = problem_fault(why, ERR_INVALID, S("/roles"), S("unknown"), "There is no role " STR_FMT, STR_ARG(ids[i].text));
    }
    counted_release((struct counted *)(uintptr_t)&server->counted);
    *out = json_of_list(ids, names->count);
    return e;
}

/* The wish as an item of users. */
static enum err as_item(struct gate *g, struct arena *a, const struct invitation *wish, struct json *out, struct problem *why)
{
    struct json *members = NEW_N(a, struct json, 3), roles;
    size_t count = 0;
    members[count++] = json_named(S("email"), json_of_text(wish->email));
    if (wish->name.len)
        members[count++] = json_named(S("name"), json_of_text(wish->name));
    if (wish->roles) {
        TRY(role_ids(g, a, wish->roles, &roles, why));
        members[count++] = json_named(S("roles"), roles);
    }
    *out = json_of_map(members, count);
    return ERR_OK;
}

static enum err write_user(struct gate *g, struct exchange *x, enum op op, str id, const struct json *item, str *result,
                           struct problem *why)
{
    const struct collection *users = model_find(principal_model(x->who), S("users"));
    struct change c = {.op = op, .in = users, .id = id};
    TRY(change_read(x->arena, users, item, S(""), &c, why));
    TRY(gate_write(g, x->who, &c, 1, x->arena, why));
    *result = c.result_id;
    return ERR_OK;
}

/* Has this person done anything with the account yet? */
static enum err is_pending(struct gate *g, struct exchange *x, const struct json *user, bool *out, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    const struct collection *users = model_find(server->model, S("users"));
    struct problem own = {.arena = x->arena};
    str unused;
    enum err e = content_secret(g->content, users, item_text(user, S("_id")), collection_field(users, S("password")), x->arena,
                                &unused, &own);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    *out = e == ERR_NOT_FOUND && item_time(user, S("last_login_at")) == 0;
    return e == ERR_OK || e == ERR_NOT_FOUND ? ERR_OK : problem_set(why, e, "Accounts cannot be looked at now");
}

/* Everybody's address, that is: oneself everybody may read. */
static bool reads_users(const struct principal *who)
{
    const struct collection *users = model_find(principal_model(who), S("users"));
    const struct access *access = rights_access(who->rights, VERB_READ, users);
    return access->where->node == FILTER_ALL && field_set_has(&access->fields, collection_field(users, S("email"))->index);
}

static bool is_taken(const struct problem *why)
{
    for (size_t i = 0; i < why->fault_count; i++)
        if (str_ends(why->faults[i].path, S("/email")) && str_equal(why->faults[i].rule, S("unique")))
            return true;
    return false;
}

static enum err hand_out(struct gate *g, struct exchange *x, str email, str secret, struct invited *out, struct problem *why)
{
    str url = link_url(g, x->arena, LINK_INVITATION, secret);
    *out = (struct invited){mail_is_set_up(g) ? (str){0} : url};
    return mail_is_set_up(g) ? link_post(g, x, LINK_INVITATION, email, url, why) : ERR_OK;
}

static enum err invite(struct gate *g, struct exchange *x, str user_id, str email, struct invited *out, struct problem *why)
{
    str id, secret;
    TRY(link_make(g, x, LINK_INVITATION, user_id, mail_is_set_up(g) ? email : (str){0}, &id, &secret, why));
    return hand_out(g, x, email, secret, out, why);
}

/* As much work as for a new account, and an answer like that: a link of nobody's that ended at once. Whoever has
 * the address is told that there is an account. */
static enum err pretend(struct gate *g, struct exchange *x, str email, struct invited *out, struct problem *why)
{
    struct own_change token;
    str id, secret;
    TRY(link_make(g, x, LINK_INVITATION, (str){0}, (str){0}, &id, &secret, why));
    own_change_begin(&token, g, x->arena, SYSTEM_LOGIN, S("tokens"), OP_DELETE);
    own_change_for(&token, x);
    token.change.id = id;
    TRY(own_change_commit(&token, why));
    if (mail_is_set_up(g)) {
        *out = (struct invited){{0}};
        return link_post(g, x, LINK_INVITATION, email, (str){0}, why);
    }
    return hand_out(g, x, email, secret, out, why);
}

/* Somebody has the address. Whoever was invited and never came is invited again, by those who may change that
 * account as they may make it. refusal: what came of trying to make it. */
static enum err invite_again(struct gate *g, struct exchange *x, const struct json *item, str email, const struct problem *refusal,
                             struct invited *out, struct problem *why)
{
    const struct json *user = NULL;
    bool pending = false;
    str id;
    TRY(find_user(g, x->arena, SYSTEM_LOGIN, email, &user, why));
    if (user)
        TRY(is_pending(g, x, user, &pending, why));
    struct problem own = {.arena = x->arena};
    bool may = gate_may(x->who, VERB_UPDATE, model_find(principal_model(x->who), S("users")));
    if (pending && may && write_user(g, x, OP_UPDATE, item_text(user, S("_id")), item, &id, &own) == ERR_OK)
        return invite(g, x, item_text(user, S("_id")), item_text(user, S("email")), out, why);
    if (!reads_users(x->who))
        return pretend(g, x, email, out, why);
    *why = *refusal;
    return refusal->err;
}

enum err gate_invite(struct gate *g, struct exchange *x, const struct invitation *wish, struct invited *out, struct problem *why)
{
    const struct collection *users;
    struct problem own = {.arena = x->arena};
    struct json item;
    str id;
    TRY(gate_collection(g, x->who, S("users"), &users, why));
    TRY(gate_allows(x->who, VERB_CREATE, users, why));
    TRY(as_item(g, x->arena, wish, &item, why));
    enum err e = write_user(g, x, OP_CREATE, (str){0}, &item, &id, &own);
    if (e == ERR_OK)
        return invite(g, x, id, wish->email, out, why);
    if (is_taken(&own))
        return invite_again(g, x, &item, wish->email, &own, out, why);
    *why = own;
    return e;
}

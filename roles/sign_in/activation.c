/* Activation: an item of `tokens` that names the account, spent in the transaction that switches it on. */
#include "roles/sign_in/activation.h"

#include "base/crypt.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/internal.h"

#define TOKEN_BYTES 32u

static enum err read_waiting(struct gate *g, struct arena *a, str user_id, struct item_list *out, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    const struct collection *c = model_find(server->model, S("tokens"));
    const struct filter *where = filter_test(a, collection_field(c, S("user")), TEST_EQ, json_of_text(user_id));
    where = filter_and(a, where, filter_test(a, collection_field(c, S("kind")), TEST_EQ, json_of_text(S("invitation"))));
    enum err e = read_items(g->content, server, S("tokens"), where, a, out, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    return e;
}

bool gate_may_activate(const struct principal *who)
{
    const struct collection *users = model_find(principal_model(who), S("users"));
    const struct access *access = rights_access(who->rights, VERB_UPDATE, users);
    return access->granted && field_set_has(&access->fields, collection_field(users, S("password"))->index);
}

enum err gate_activation_make(struct gate *g, struct exchange *x, str user_id, str *token, struct problem *why)
{
    struct own_change made, *list[1 + LIMIT_ROLES] = {&made};
    struct item_list before;
    uint8_t random[TOKEN_BYTES];
    struct buf b;
    size_t count = 1;
    if (!gate_may_activate(x->who))
        return problem_set(why, ERR_FORBIDDEN, "Who may not set passwords lets nobody choose one");
    TRY(read_waiting(g, x->arena, user_id, &before, why));
    crypt_random(random, sizeof random);
    buf_init(&b, x->arena, 2 * TOKEN_BYTES + 1);
    buf_hex(&b, random, sizeof random);
    own_change_begin(&made, g, x->arena, SYSTEM_LOGIN, S("tokens"), OP_CREATE);
    own_change_for(&made, x);
    own_set_text(&made, S("kind"), S("invitation"));
    own_set_text(&made, S("user"), user_id);
    own_set_text(&made, S("token"), buf_str(&b));
    own_set_time(&made, S("created_at"), time_now_ms());
    own_set_time(&made, S("expires_at"), time_now_ms() + (int64_t)LIMIT_ACTIVATION_S * 1000);
    for (size_t i = 0; i < before.count && count < COUNTOF(list); i++) {
        list[count] = NEW(x->arena, struct own_change);
        own_change_beside(list[count], &made, S("tokens"), OP_DELETE);
        list[count++]->change.id = item_text(&before.items[i], S("_id"));
    }
    TRY(own_changes_commit(list, count, why));
    *token = buf_str(&b);
    return ERR_OK;
}

static enum err refuse(struct problem *why)
{
    return problem_set(why, ERR_UNAUTHENTICATED, "The activation token is not valid");
}

/* The item of tokens behind it, if it waits for this account. */
static enum err find_token(struct gate *g, struct arena *a, const struct json *user, str token, const struct json **out,
                           struct problem *why)
{
    uint8_t digest[DIGEST_BYTES];
    str collection, id, field;
    struct item_list waiting = {0};
    *out = NULL;
    crypt_digest(g->crypt, CRYPT_KEY_DIGEST, token, digest);
    enum err e = content_by_digest(g->content, digest, a, &collection, &id, &field);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return problem_set(why, e, "Tokens cannot be checked now");
    if (!user || e != ERR_OK || !str_equal(collection, S("tokens")))
        return ERR_OK;
    TRY(read_waiting(g, a, item_text(user, S("_id")), &waiting, why));
    for (size_t i = 0; i < waiting.count; i++)
        if (str_equal(item_text(&waiting.items[i], S("_id")), id) && item_time(&waiting.items[i], S("expires_at")) > time_now_ms())
            *out = &waiting.items[i];
    return ERR_OK;
}

static enum err switch_on(struct gate *g, struct exchange *x, const struct json *user, const struct json *token, str password,
                          const struct json *values, struct problem *why)
{
    static const str may[] = {STR("name"), STR("full_name"), STR("email")};
    struct own_change person, spent;
    own_change_begin(&spent, g, x->arena, SYSTEM_LOGIN, S("tokens"), OP_DELETE);
    own_change_for(&spent, x);
    spent.change.id = item_text(token, S("_id"));
    own_change_beside(&person, &spent, S("users"), OP_UPDATE);
    person.change.id = item_text(user, S("_id"));
    person.actor.vars.user = person.change.id;
    own_set_text(&person, S("password"), password);
    own_set(&person, S("active"), json_true);
    for (size_t i = 0; i < COUNTOF(may); i++) {
        const struct json *v = json_get(values, may[i]);
        if (v)
            own_set(&person, may[i], *v);
    }
    struct own_change *list[] = {&spent, &person};
    return own_changes_commit(list, 2, why);
}

static enum err find_person(struct gate *g, struct arena *a, str user, const struct json **out, struct problem *why)
{
    if (!id_valid(user))
        return find_user(g, a, SYSTEM_LOGIN, user, out, why);
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    enum err e = read_item(g->content, server, S("users"), S("_id"), user, a, out, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    return e;
}

enum err gate_activate(struct gate *g, struct exchange *x, str user, str token, str password, const struct json *values,
                       const struct json **item, struct problem *why)
{
    const struct json *person = NULL, *waiting = NULL;
    TRY(gate_catch_up(g, why));
    TRY(find_person(g, x->arena, user, &person, why));
    str account = person ? item_text(person, S("_id")) : S("nobody");
    TRY(throttle_attempt(g->throttle, ATTEMPT_PROOF, account, x->peer, why));
    enum err e = find_token(g, x->arena, person, token, &waiting, why);
    if (e != ERR_OK)
        throttle_undo(g->throttle, ATTEMPT_PROOF, account, x->peer);
    TRY(e);
    if (!waiting || item_flag(person, S("active"), true))
        return refuse(why);
    throttle_passed(g->throttle, ATTEMPT_PROOF, account, x->peer);
    if (password.len == 0)
        return problem_fault(why, ERR_INVALID, S("/password"), S("required"), "A password is needed");
    e = switch_on(g, x, person, waiting, password, values, why);
    if (e == ERR_NOT_FOUND) /* somebody was faster */
        return refuse(why);
    TRY(e);
    TRY(find_person(g, x->arena, account, item, why));
    return *item ? ERR_OK : refuse(why);
}

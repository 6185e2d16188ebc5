/* Container clients that sign in with a form, and their refresh tokens. */
#include "roles/registry/sign_in.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/credentials/tokens.h"

#define PREFIX    "vtf_"
#define LABEL_MAX 64u /* of what the client calls itself */

enum err gate_registry_password(struct gate *g, struct exchange *x, str name, str secret, struct problem *why)
{
    struct principal *found = NULL;
    enum err e = by_name_and_secret(g, x, name, secret, &found, why);
    return identify_by_body(g, x, e, found, why);
}

struct by_refresh {
    struct finder finder; /* first */
    uint8_t digest[DIGEST_BYTES];
};

/* Links lie in the same collection; they are no tokens, which identity_of_token() sees by their kind. */
static enum err find(struct finder *self, struct gate *g, const struct rights *server, struct arena *a, struct identity *out,
                     struct problem *why)
{
    const struct by_refresh *by = (const struct by_refresh *)(void *)self;
    str collection, item, field;
    enum err e = content_by_digest(g->content, by->digest, a, &collection, &item, &field);
    if (e == ERR_NOT_FOUND || (e == ERR_OK && !str_equal(collection, S("tokens"))))
        return identity_refused(why);
    if (e != ERR_OK)
        return problem_set(why, e, "Credentials cannot be checked now");
    return identity_of_token(g, server, item, TOKEN_REGISTRY, a, out, why);
}

/* Remembered under another digest than the one in the vault, which somebody who sends it in a key's place comes by. */
enum err gate_registry_refresh(struct gate *g, struct exchange *x, str refresh, struct problem *why)
{
    struct principal *found = NULL;
    struct by_refresh by = {.finder = {find}};
    uint8_t remembered[DIGEST_BYTES];
    if (!secret_looks_right(refresh, S(PREFIX)))
        return identify_by_body(g, x, identity_refused(why), NULL, why);
    const str parts[] = {S("refresh "), refresh};
    crypt_digest(g->crypt, CRYPT_KEY_DIGEST, refresh, by.digest);
    crypt_digest_parts(g->crypt, CRYPT_STEP, parts, COUNTOF(parts), remembered);
    enum err e = identities_find_by(g, remembered, &by.finder, x, &found, why);
    return identify_by_body(g, x, e, found, why);
}

/* Those of the same key, or of the same person without one. */
static enum err find_others(struct gate *g, struct exchange *x, struct item_list *out, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    const struct collection *tokens = model_find(server->model, S("tokens"));
    bool of_key = !str_is_absent(x->who->key_id);
    struct arena *a = x->arena;
    const struct filter *where = filter_test(a, collection_field(tokens, S("kind")), TEST_EQ, json_of_text(S("refresh")));
    where = filter_and(a, where, filter_test(a, collection_field(tokens, S("key")), TEST_EQ, of_key ? json_of_text(x->who->key_id) : json_null));
    if (!of_key)
        where = filter_and(a, where, filter_test(a, collection_field(tokens, S("user")), TEST_EQ, json_of_text(x->who->user_id)));
    enum err e = read_items(g->content, server, S("tokens"), where, a, out, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    return e;
}

static enum err make_room(struct gate *g, struct exchange *x, struct problem *why)
{
    struct item_list list;
    int64_t now = time_now_ms();
    size_t left = 0;
    TRY(find_others(g, x, &list, why));
    for (size_t i = 0; i < list.count; i++) {
        if (item_time(&list.items[i], S("expires_at")) <= now)
            token_item_drop(g, x, item_text(&list.items[i], S("_id")));
        else
            list.items[left++] = list.items[i];
    }
    for (; left >= LIMIT_REFRESH_TOKENS; left--) {
        size_t oldest = 0;
        for (size_t i = 1; i < left; i++)
            if (item_time(&list.items[i], S("created_at")) < item_time(&list.items[oldest], S("created_at")))
                oldest = i;
        token_item_drop(g, x, item_text(&list.items[oldest], S("_id")));
        list.items[oldest] = list.items[left - 1];
    }
    return ERR_OK;
}

static str label_of(struct arena *a, str client)
{
    size_t n = 0;
    while (n < client.len && n < LABEL_MAX && client.at[n] >= ' ' && client.at[n] < 0x7f)
        n++;
    return n ? arena_format(a, "registry: " STR_FMT, STR_ARG(str_slice(client, 0, n))) : S("registry sign-in");
}

enum err gate_registry_offline(struct gate *g, struct exchange *x, str client, str *out, struct problem *why)
{
    const struct principal *who = x->who;
    bool has_owner = !str_is_absent(who->key_id) || !str_is_absent(who->user_id);
    int64_t expires = time_now_ms() + (int64_t)LIMIT_REFRESH_TOKEN_S * 1000;
    struct own_change item;
    *out = (str){0};
    if (!has_owner || who->by_cookie || who->by_token != TOKEN_NONE || !str_is_absent(who->token_id))
        return ERR_OK;
    if (who->expires_ms && who->expires_ms < expires)
        expires = who->expires_ms;
    TRY(make_room(g, x, why));
    str secret = arena_format(x->arena, PREFIX STR_FMT, STR_ARG(crypt_random_text(x->arena, alphabet_base62, SESSION_SECRET)));
    token_item_begin(&item, g, x, who, S("refresh"), label_of(x->arena, client), expires);
    own_set_text(&item, S("token"), secret);
    TRY(own_change_commit(&item, why));
    *out = secret;
    return ERR_OK;
}

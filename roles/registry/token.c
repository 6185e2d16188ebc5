/* Tokens of the registry (oci-registry.md 10.3). Container clients ask for one before each thing they do, most of
 * them with a password; so a person's item of tokens serves for an hour, and the next one takes away what is left of
 * those before. Deleting it, or the person, ends all that were made with it. */
#include "base/time.h"
#include "content/kind.h"
#include "roles/credentials/tokens.h"

#define ITEM_MS  (INT64_C(3600) * 1000)
#define LABEL    S("registry")

struct items {
    struct item_list all;
    str good;                         /* lives long enough; {0}: none */
};

static enum err find_items(struct gate *g, struct exchange *x, int64_t until_ms, struct items *out, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    const struct collection *tokens = model_find(server->model, S("tokens"));
    const struct filter *own = filter_and(
        x->arena, filter_test(x->arena, collection_field(tokens, S("user")), TEST_EQ, json_of_text(x->who->user_id)),
        filter_test(x->arena, collection_field(tokens, S("label")), TEST_EQ, json_of_text(LABEL)));
    own = filter_and(x->arena, own, filter_test(x->arena, collection_field(tokens, S("kind")), TEST_EQ, json_of_text(S("api"))));
    enum err e = read_items(g->content, server, S("tokens"), own, x->arena, &out->all, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    out->good = (str){0};
    for (size_t i = 0; i < out->all.count; i++)
        if (item_time(&out->all.items[i], S("expires_at")) >= until_ms)
            out->good = item_text(&out->all.items[i], S("_id"));
    return ERR_OK;
}

static enum err need_item(struct gate *g, struct exchange *x, int64_t life_ms, str *id, struct problem *why)
{
    struct items items;
    struct own_change item;
    int64_t now = time_now_ms();
    TRY(find_items(g, x, now + life_ms, &items, why));
    *id = items.good;
    if (!str_is_absent(*id))
        return ERR_OK;
    for (size_t i = 0; i < items.all.count; i++)
        if (item_time(&items.all.items[i], S("expires_at")) <= now)
            token_item_drop(g, x, item_text(&items.all.items[i], S("_id")));
    token_item_begin(&item, g, x, x->who, S("api"), LABEL, now + ITEM_MS);
    TRY(own_change_commit(&item, why));
    *id = item.change.result_id;
    return ERR_OK;
}

enum err gate_registry_token(struct gate *g, struct exchange *x, const struct json *scopes, const struct json *access,
                             struct token *out, struct problem *why)
{
    const struct principal *who = x->who;
    const struct json claims[] = {json_named(S("access"), *access)};
    struct token_wish wish = {.purpose = TOKEN_REGISTRY, .scopes = scopes, .claims = claims, .claim_count = COUNTOF(claims)};
    bool is_named = !str_is_absent(who->session_id) || !str_is_absent(who->key_id) || !str_is_absent(who->token_id);
    must(scopes->type == JSON_LIST && scopes->count > 0); /* without, it would open all that its owner may open */
    if (who->by_token == TOKEN_REGISTRY && who->kind != PRINCIPAL_PUBLIC) /* or it would live for ever */
        return problem_set(why, ERR_FORBIDDEN, "A token makes no further tokens; use the credential behind it");
    if (who->by_token == TOKEN_NONE) /* what refreshes is named itself: they end with it */
        wish.item_id = who->token_id;
    if (!is_named && who->kind == PRINCIPAL_USER)
        TRY(need_item(g, x, token_purpose_facts(TOKEN_REGISTRY)->life_ms, &wish.item_id, why));
    return gate_token(g, x, who, &wish, out, why);
}

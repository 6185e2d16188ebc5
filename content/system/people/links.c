#include "content/system/people/links.h"

#include "content/kind.h"

enum err end_items(struct work *w, str collection, const struct filter *where, struct problem *why)
{
    const struct collection *in = model_find(work_model(w), collection);
    for (;;) {
        const struct json *item = NULL;
        TRY(work_find(w, collection, where, &item, why));
        if (!item)
            return ERR_OK;
        struct change c = {.op = OP_DELETE, .in = in, .id = json_get(item, S("_id"))->text};
        TRY(work_change(w, &c, why));
    }
}

static const struct filter *of_user(struct work *w, str collection, str user)
{
    const struct collection *in = model_find(work_model(w), collection);
    return filter_test(work_arena(w), collection_field(in, S("user")), TEST_EQ, json_of_text(user));
}

enum err end_links(struct work *w, str user, struct problem *why)
{
    static const str words[] = {STR("invitation"), STR("reset"), STR("verify"), STR("magic")};
    const struct collection *tokens = model_find(work_model(w), S("tokens"));
    for (size_t i = 0; i < COUNTOF(words); i++) {
        const struct filter *kind = filter_test(work_arena(w), collection_field(tokens, S("kind")), TEST_EQ, json_of_text(words[i]));
        TRY(end_items(w, S("tokens"), filter_and(work_arena(w), of_user(w, S("tokens"), user), kind), why));
    }
    return ERR_OK;
}

enum err end_tokens(struct work *w, str user, struct problem *why)
{
    static const str words[] = {STR("api"), STR("refresh")};
    const struct collection *tokens = model_find(work_model(w), S("tokens"));
    struct arena *a = work_arena(w);
    const struct filter *keyless = filter_test(a, collection_field(tokens, S("key")), TEST_EQ, json_null);
    for (size_t i = 0; i < COUNTOF(words); i++) {
        const struct filter *kind = filter_test(a, collection_field(tokens, S("kind")), TEST_EQ, json_of_text(words[i]));
        TRY(end_items(w, S("tokens"), filter_and(a, of_user(w, S("tokens"), user), filter_and(a, keyless, kind)), why));
    }
    return ERR_OK;
}

enum err end_planted(struct work *w, str user, struct problem *why)
{
    static const str planted[] = {STR("api_keys"), STR("external_identities"), STR("passkeys")};
    for (size_t i = 0; i < COUNTOF(planted); i++)
        if (model_find(work_model(w), planted[i]))
            TRY(end_items(w, planted[i], of_user(w, planted[i], user), why));
    return ERR_OK;
}

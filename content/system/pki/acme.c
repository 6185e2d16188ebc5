/* What ACME keeps: accounts, orders, authorizations. Nobody writes them but the server; who may read certificates' rows sees what
 * programs do, and who may delete an account or revoke it ends it. */
#include "content/system/pki/acme.h"

#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/pki/pki.h"

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    (void)present;
    if (c->op == OP_DELETE || work_follows(w) || work_actor(w)->is_server)
        return ERR_OK;
    return problem_set(why, ERR_FORBIDDEN, "ACME's accounts, orders and authorizations are written by the server alone");
}

static enum err revoke(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *present = NULL;
    struct change change = pki_change(w, c->name, OP_UPDATE, id);
    (void)input;
    TRY(work_get(w, c->name, id, &present, why));
    if (!str_equal(text_in(present, S("status")), S("valid")))
        return problem_fault(why, ERR_CONFLICT, S(""), S("status"), "The account is " STR_FMT " already", STR_ARG(text_in(present, S("status"))));
    value_put(&change, S("status"), json_of_text(S("revoked")));
    TRY(work_change(w, &change, why));
    *output = json_of_map(NULL, 0);
    return ERR_OK;
}

static enum err not_ready(struct problem *why, str what, str status)
{
    return problem_fault(why, ERR_FORBIDDEN, S(""), S("orderNotReady"), "The " STR_FMT " is " STR_FMT, STR_ARG(what), STR_ARG(status.len ? status : S("gone")));
}

static enum err find(struct work *w, str collection, str id, const struct json **out, struct problem *why)
{
    const struct collection *c = model_find(work_model(w), collection);
    *out = NULL;
    return work_find(w, collection, filter_test(work_arena(w), &c->fields[META_ID], TEST_EQ, json_of_text(id)), out, why);
}

/* What it was ready by may have ended since somebody looked. */
static enum err is_proven(struct work *w, const struct json *order, struct problem *why)
{
    const struct json *ids = list_in(order, S("authorizations")), *one = NULL;
    TRY(find(w, S("acme_accounts"), text_in(order, S("account")), &one, why));
    if (!str_equal(text_in(one, S("status")), S("valid")))
        return not_ready(why, S("account"), text_in(one, S("status")));
    for (uint32_t i = 0; i < ids->count; i++) {
        TRY(find(w, S("acme_authorizations"), ids->items[i].text, &one, why));
        if (!str_equal(text_in(one, S("status")), S("valid")))
            return not_ready(why, S("authorization of a name"), text_in(one, S("status")));
        if (time_in(one, S("expires_at")) <= work_now_ms(w))
            return not_ready(why, S("authorization of a name"), S("expired"));
    }
    return ERR_OK;
}

enum err acme_order_is_ready(struct work *w, str order, struct problem *why)
{
    const struct json *present = NULL;
    TRY(work_get(w, S("acme_orders"), order, &present, why));
    if (!str_equal(text_in(present, S("status")), S("ready")) || text_in(present, S("request")).len)
        return problem_fault(why, ERR_FORBIDDEN, S(""), S("orderNotReady"), "The order is " STR_FMT ", not ready", STR_ARG(text_in(present, S("status"))));
    return is_proven(w, present, why);
}

enum err acme_order_take(struct work *w, str order, str request, struct problem *why)
{
    TRY(acme_order_is_ready(w, order, why));
    struct change c = pki_change(w, S("acme_orders"), OP_UPDATE, order);
    value_put(&c, S("status"), json_of_text(S("processing")));
    value_put(&c, S("request"), json_of_text(request));
    return work_change(w, &c, why);
}

/* ---- names ---- */

static void take_names(struct arena *a, const struct json *order, struct request_facts *r)
{
    const struct json *list = list_in(order, S("names"));
    struct alt_name *names = NEW_N(a, struct alt_name, list->count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        str word, text;
        if (str_cut(list->items[i].text, ':', &word, &text))
            names[count++] = (struct alt_name){str_equal(word, S("ip")) ? NAME_IP : NAME_DNS, text};
    }
    if (count > r->name_count) {
        r->names = names;
        r->name_count = count;
    }
}

enum err acme_order_names(struct work *w, str order, struct request_facts *r, struct problem *why)
{
    const struct json *present = NULL;
    if (r->subject.count == 0)
        return ERR_OK;
    TRY(work_get(w, S("acme_orders"), order, &present, why));
    take_names(work_arena(w), present, r);
    return ERR_OK;
}

enum err acme_request_names(struct work *w, str request, struct request_facts *r, struct problem *why)
{
    const struct collection *orders = model_find(work_model(w), S("acme_orders"));
    const struct json *one = NULL;
    if (r->subject.count == 0)
        return ERR_OK;
    TRY(work_find(w, S("acme_orders"), filter_test(work_arena(w), collection_field(orders, S("request")), TEST_EQ, json_of_text(request)), &one, why));
    if (one)
        take_names(work_arena(w), one, r);
    return ERR_OK;
}

static const struct action_code actions[] = {{.name = STR("revoke"), .run = revoke}};
const struct behaviour behaviour_acme_accounts = {
    .collection = STR("acme_accounts"), .before = before, .actions = actions, .action_count = COUNTOF(actions)};
const struct behaviour behaviour_acme_orders = {.collection = STR("acme_orders"), .before = before};
const struct behaviour behaviour_acme_authorizations = {.collection = STR("acme_authorizations"), .before = before};

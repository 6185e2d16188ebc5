/* ACME's accounts on the wire (RFC 8555 7.1.2, 7.3). */
#include "api/acme/acme.h"
#include "base/limits.h"

static enum err send_account(struct acme_call *c, int status, struct problem *why)
{
    struct answer a;
    const struct json *contacts = json_get(c->account, S("contacts"));
    str id = acme_text(c->account, "_id");
    answer_begin(c->x, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("status"));
    json_text(&a.json, acme_text(c->account, "status"));
    if (contacts && contacts->type == JSON_LIST) {
        json_name(&a.json, S("contact"));
        json_value(&a.json, contacts);
    }
    json_name(&a.json, S("orders"));
    json_text(&a.json, arena_format(c->x->arena, STR_FMT "/orders", STR_ARG(acme_address(c, "account", id))));
    json_map_close(&a.json);
    acme_location(c, "account", id);
    return acme_send(c->x, &a, status, why);
}

enum err acme_new_account(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct acme_call c;
    bool is_new;
    (void)p;
    TRY(acme_message(x, app, ACME_BY_KEY, &c, why));
    TRY(gate_acme_account_new(&c, &is_new, why));
    return send_account(&c, is_new ? 201 : 200, why);
}

enum err acme_account(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct acme_call c;
    TRY(acme_message(x, app, ACME_BY_ACCOUNT, &c, why));
    TRY(gate_acme_account(&c, param(p, "id"), why));
    return send_account(&c, 200, why);
}

enum err acme_key_change(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct acme_call c;
    str other;
    (void)p;
    TRY(acme_message(x, app, ACME_BY_ACCOUNT, &c, why));
    enum err e = gate_acme_key_change(&c, &other, why);
    if (e == ERR_CONFLICT && other.len)
        acme_location(&c, "account", other);
    return e == ERR_OK ? send_account(&c, 200, why) : e;
}

/* ?skip=100: the address of the next ones is in the answer before. */
enum err acme_account_orders(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct acme_call c;
    struct query_string q;
    struct item_list orders;
    struct answer a;
    uint64_t skip = 0;
    bool has_more;
    TRY(acme_message(x, app, ACME_BY_ACCOUNT, &c, why));
    TRY(query_string_read(x->arena, x->query, &q, why));
    str said = query_string_get(&q, S("skip"));
    if (!str_is_absent(said) && !str_to_u64(said, 1000000, &skip))
        return problem_set(why, ERR_BAD_INPUT, "skip is a number");
    TRY(gate_acme_orders(&c, param(p, "id"), (uint32_t)skip, &orders, &has_more, why));
    answer_begin(x, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("orders"));
    json_list_open(&a.json);
    for (size_t i = 0; i < orders.count; i++)
        json_text(&a.json, acme_address(&c, "order", acme_text(&orders.items[i], "_id")));
    json_list_close(&a.json);
    json_map_close(&a.json);
    if (has_more)
        exchange_add_header(x, S("Link"), arena_format(x->arena, "<" STR_FMT "/orders?skip=%llu>;rel=\"next\"",
                                                       STR_ARG(acme_address(&c, "account", param(p, "id"))), (unsigned long long)(skip + LIMIT_ACME_LISTED)));
    return acme_send(x, &a, 200, why);
}

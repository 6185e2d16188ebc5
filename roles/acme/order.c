/* Orders: which names an account wants, whether the issuing rules let it have them, and where an order stands. The rules are asked
 * before anybody proves anything, as the principal that will hand in the request; they are asked again when it does. */
#include "base/id.h"
#include "base/limits.h"
#include "base/network.h"
#include "base/time.h"
#include "content/kind.h"
#include "content/system/pki/x509_make.h"
#include "roles/acme/part.h"

enum { DAY_MS = 86400000, ORDER_MS = 7 * DAY_MS, LATELY_MS = 3 * 3600000, SETTLE_TRIES = 4 };

/* ---- what is wanted ---- */

struct wanted {
    const char *field;                /* "dns" */
    str text;                         /* as it is judged and shown: in lower case */
    bool is_address, is_wildcard;
};

static enum err refuse_name(struct problem *why, enum err e, str name, const char *type, const char *what)
{
    return problem_fault(why, e, name, str_of(type), "%s", what);
}

static str lower(struct arena *a, str s)
{
    char *out = arena_get(a, s.len + 1, 1);
    for (size_t i = 0; i < s.len; i++)
        out[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] - 'A' + 'a') : s.at[i];
    return (str){out, s.len};
}

static bool take_dns(struct arena *a, str value, struct wanted *out)
{
    struct address address;
    *out = (struct wanted){.field = "dns", .text = lower(a, value), .is_wildcard = str_starts(value, S("*."))};
    return dns_name_valid(out->text) && !address_read(out->text, &address);
}

static bool take_ip(struct arena *a, str value, struct wanted *out)
{
    struct address address;
    *out = (struct wanted){.field = "ip", .is_address = true};
    if (!address_read(value, &address))
        return false;
    out->text = address_write(a, &address);
    return true;
}

/* The sorts of names there are here; others go no further (CA-8). */
static const struct {
    str type;
    bool (*take)(struct arena *a, str value, struct wanted *out);
    const char *wrong;
} sorts[] = {
    {STR("dns"), take_dns, "This is no name of a host"},
    {STR("ip"), take_ip, "This is no address"},
};

static enum err read_identifier(struct arena *a, const struct json *said, struct wanted *out, struct problem *why)
{
    str type = text_in(said, S("type")), value = text_in(said, S("value"));
    str shown = arena_format(a, STR_FMT ":" STR_FMT, STR_ARG(type.len ? type : S("")), STR_ARG(value.len ? value : S("")));
    for (size_t i = 0; i < COUNTOF(sorts); i++)
        if (str_equal(type.len ? type : S(""), sorts[i].type))
            return sorts[i].take(a, value.len ? value : S(""), out) ? ERR_OK : refuse_name(why, ERR_BAD_INPUT, shown, "malformed", sorts[i].wrong);
    return refuse_name(why, ERR_BAD_INPUT, shown, "unsupportedIdentifier", "Certificates are for \"dns\" and \"ip\"");
}

static bool has_name(const struct wanted *list, size_t count, const struct wanted *w)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].text, w->text))
            return true;
    return false;
}

static enum err read_names(struct acme_call *c, struct wanted **out, size_t *count, struct problem *why)
{
    const struct json *list = json_get(c->payload, S("identifiers"));
    struct wanted *names = NEW_N(c->x->arena, struct wanted, LIMIT_ACME_NAMES);
    *count = 0;
    if (!list || list->type != JSON_LIST || list->count == 0)
        return acme_malformed(why, "identifiers are a list of {\"type\", \"value\"}");
    if (list->count > LIMIT_ACME_NAMES)
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("malformed"), "An order has at most %u identifiers", LIMIT_ACME_NAMES);
    if (json_get(c->payload, S("notBefore")) || json_get(c->payload, S("notAfter")))
        return acme_malformed(why, "How long a certificate is good is for its profile and the issuing rules to say; leave notBefore and notAfter out");
    for (uint32_t i = 0; i < list->count; i++) {
        struct wanted w;
        TRY(read_identifier(c->x->arena, &list->items[i], &w, why));
        if (!has_name(names, *count, &w))
            names[(*count)++] = w;
    }
    *out = names;
    return ERR_OK;
}

static struct json list_of(struct arena *a, const struct wanted *names, size_t count)
{
    struct json *list = NEW_N(a, struct json, count);
    for (size_t i = 0; i < count; i++)
        list[i] = json_of_text(arena_format(a, "%s:" STR_FMT, names[i].field, STR_ARG(names[i].text)));
    return json_of_list(list, count);
}

/* ---- whether he may have it ---- */

enum err acme_requests(struct acme_call *c, const struct collection **out, struct problem *why)
{
    struct problem quiet = {.arena = c->x->arena};
    *out = model_find(c->who->rights->model, S("certificate_requests"));
    if (gate_allows(c->who, VERB_CREATE, *out, &quiet) == ERR_OK)
        return ERR_OK;
    return problem_fault(why, ERR_FORBIDDEN, S(""), S("unauthorized"), "The key that this account acts as may not hand in certificate requests");
}

enum err acme_rules(struct acme_call *c, const struct json *names, struct json *verdict, struct problem *why)
{
    const struct collection *requests;
    struct json member = json_named(S("names"), *names), input = json_of_map(&member, 1);
    TRY(acme_requests(c, &requests, why));
    return gate_act(c->gate, c->who, requests, (str){0}, S("check"), &input, verdict, c->x->arena, why);
}

static enum err judge(struct acme_call *c, const struct json *names, struct problem *why)
{
    struct json verdict;
    TRY(acme_rules(c, names, &verdict, why));
    const struct json *refused = list_in(&verdict, S("refused"));
    str rule = text_in(&verdict, S("rule")), authority = text_in(&verdict, S("authority"));
    for (uint32_t i = 0; i < refused->count; i++)
        err_ignored(problem_fault(why, ERR_FORBIDDEN, refused->items[i].text, S("rejectedIdentifier"),
                                  "The issuing rule " STR_FMT " does not allow " STR_FMT, STR_ARG(rule), STR_ARG(refused->items[i].text)));
    if (refused->count)
        return why->err;
    if (authority.len && c->authority.len && !str_equal(authority, c->authority))
        return problem_fault(why, ERR_FORBIDDEN, S(""), S("unauthorized"), "The issuing rule " STR_FMT " names another authority than this address",
                             STR_ARG(rule));
    return ERR_OK;
}

static enum err check_count(struct acme_call *c, str filter, unsigned wait_s, const char *what, struct problem *why)
{
    uint64_t count = 0;
    TRY(acme_count(c->gate, c->x->arena, "acme_orders", filter, &count, why));
    if (count < LIMIT_ACME_ORDERS)
        return ERR_OK;
    why->retry_after_s = wait_s;
    return problem_fault(why, ERR_TOO_MANY, S(""), S("rateLimited"), "%u orders of this account %s", LIMIT_ACME_ORDERS, what);
}

/* Those that wait for something, and those that were made lately, whatever became of them: each of them is a row for a month. */
static enum err check_room(struct acme_call *c, struct problem *why)
{
    struct arena *a = c->x->arena;
    str account = item_text(c->account, S("_id"));
    int64_t now = time_now_ms();
    TRY(check_count(c, arena_format(a, "{\"account\":\"" STR_FMT "\",\"status\":{\"$in\":[\"pending\",\"ready\",\"processing\"]},\"expires_at\":{\"$gt\":\"" STR_FMT "\"}}",
                                       STR_ARG(account), STR_ARG(acme_time(a, now))), 3600, "wait already", why));
    return check_count(c, arena_format(a, "{\"account\":\"" STR_FMT "\",\"_created\":{\"$gt\":\"" STR_FMT "\"}}", STR_ARG(account), STR_ARG(acme_time(a, now - LATELY_MS))),
                       LATELY_MS / 1000, "were made within three hours", why);
}

/* ---- making it ---- */

/* What this account has shown within a day counts again. */
static enum err find_shown(struct acme_call *c, str identifier, bool is_wildcard, str *id, struct problem *why)
{
    struct item_list list;
    *id = (str){0};
    TRY(acme_list(c->gate, c->x->arena, "acme_authorizations",
                  arena_format(c->x->arena, "{\"account\":\"" STR_FMT "\",\"identifier\":\"" STR_FMT "\",\"wildcard\":%s,\"status\":\"valid\",\"expires_at\":{\"$gt\":\"" STR_FMT "\"}}",
                               STR_ARG(item_text(c->account, S("_id"))), STR_ARG(identifier), is_wildcard ? "true" : "false",
                               STR_ARG(acme_time(c->x->arena, time_now_ms() + 600000))),
                  1, &list, why));
    if (list.count)
        *id = item_text(&list.items[0], S("_id"));
    return ERR_OK;
}

struct making {
    struct own_change *changes[LIMIT_ACME_NAMES + 1];
    size_t count;
    struct own_change first;
    struct json *ids;
};

static enum err add_authorization(struct acme_call *c, struct making *m, const struct wanted *w, size_t i, struct problem *why)
{
    struct arena *a = c->x->arena;
    str identifier = arena_format(a, "%s:" STR_FMT, w->field, STR_ARG(str_slice(w->text, w->is_wildcard ? 2 : 0, w->text.len))), id;
    TRY(find_shown(c, identifier, w->is_wildcard, &id, why));
    if (str_is_absent(id)) {
        struct own_change *o = NEW(a, struct own_change);
        own_change_beside(o, &m->first, S("acme_authorizations"), OP_CREATE);
        o->change.id = id = id_new(a);
        own_set_text(o, S("account"), item_text(c->account, S("_id")));
        own_set_text(o, S("identifier"), identifier);
        own_set(o, S("wildcard"), json_of_bool(w->is_wildcard));
        own_set_text(o, S("status"), S("pending"));
        own_set_text(o, S("expires_at"), acme_time(a, time_now_ms() + ORDER_MS));
        own_set(o, S("challenges"), acme_challenges_new(a, w->is_address, w->is_wildcard));
        m->changes[m->count++] = o;
    }
    m->ids[i] = json_of_text(id);
    return ERR_OK;
}

/* The certificate that this one is to follow (RFC 9773 5): one that this account ordered, and that nothing follows yet. */
static enum err read_replaces(struct acme_call *c, str *id, struct problem *why)
{
    const struct json *said = json_get(c->payload, S("replaces")), *certificate = NULL;
    struct item_list orders;
    *id = (str){0};
    if (!said)
        return ERR_OK;
    if (said->type == JSON_TEXT)
        TRY(acme_named_certificate(c->gate, c->x->arena, said->text, &certificate, why));
    if (!certificate)
        return acme_malformed(why, "\"replaces\" names no certificate of ours");
    *id = item_text(certificate, S("_id"));
    TRY(acme_list(c->gate, c->x->arena, "acme_orders",
                  arena_format(c->x->arena, "{\"account\":\"" STR_FMT "\",\"certificate\":\"" STR_FMT "\"}", STR_ARG(item_text(c->account, S("_id"))), STR_ARG(*id)), 1, &orders, why));
    if (orders.count == 0)
        return problem_fault(why, ERR_FORBIDDEN, S(""), S("unauthorized"), "\"replaces\" names a certificate of another account");
    TRY(acme_list(c->gate, c->x->arena, "acme_orders", arena_format(c->x->arena, "{\"replaces\":\"" STR_FMT "\",\"status\":{\"$ne\":\"invalid\"}}", STR_ARG(*id)), 1, &orders, why));
    return orders.count ? problem_fault(why, ERR_CONFLICT, S(""), S("alreadyReplaced"), "Another order replaces this certificate") : ERR_OK;
}

enum err gate_acme_order_new(struct acme_call *c, const struct json **out, struct problem *why)
{
    struct making *m = NEW(c->x->arena, struct making);
    struct wanted *names;
    size_t count;
    str replaces;
    if (!c->payload)
        return acme_malformed(why, "The payload is no JSON object");
    TRY(read_names(c, &names, &count, why));
    struct json list = list_of(c->x->arena, names, count);
    TRY(judge(c, &list, why));
    TRY(check_room(c, why));
    TRY(read_replaces(c, &replaces, why));
    own_change_begin(&m->first, c->gate, c->x->arena, SYSTEM_PKI, S("acme_orders"), OP_CREATE);
    own_change_for(&m->first, c->x);
    m->ids = NEW_N(c->x->arena, struct json, count);
    for (size_t i = 0; i < count; i++)
        TRY(add_authorization(c, m, &names[i], i, why));
    own_set_text(&m->first, S("account"), item_text(c->account, S("_id")));
    own_set_text(&m->first, S("status"), S("pending"));
    own_set(&m->first, S("names"), list);
    own_set(&m->first, S("authorizations"), json_of_list(m->ids, count));
    own_set_text(&m->first, S("expires_at"), acme_time(c->x->arena, time_now_ms() + ORDER_MS));
    if (c->authority.len)
        own_set_text(&m->first, S("authority"), c->authority);
    if (replaces.len)
        own_set_text(&m->first, S("replaces"), replaces);
    m->changes[m->count++] = &m->first; /* behind what it refers to */
    TRY(own_changes_commit(m->changes, m->count, why));
    return gate_acme_order(c, m->first.change.result_id, out, why);
}

/* ---- where it stands ---- */

struct standing {
    const char *status;               /* NULL: as it is */
    const char *type;                 /* of the error */
    str detail, certificate;
};

static struct standing invalid(const char *type, str detail)
{
    return (struct standing){.status = "invalid", .type = type, .detail = detail};
}

static enum err look_at_authorizations(struct acme_call *c, const struct json *order, struct standing *s, struct problem *why)
{
    const struct json *ids = list_in(order, S("authorizations")), *names = list_in(order, S("names"));
    bool is_all = ids->count == names->count;
    if (item_time(order, S("expires_at")) <= time_now_ms() || !is_all) {
        *s = invalid("malformed", S("The order's time is over"));
        return ERR_OK;
    }
    for (uint32_t i = 0; i < ids->count; i++) {
        const struct json *one = NULL;
        TRY(acme_find(c->gate, c->x->arena, "acme_authorizations", "_id", ids->items[i].text, &one, why));
        str status = one ? gate_acme_authorization_status(one) : S("invalid");
        if (str_equal(status, S("pending")))
            is_all = false;
        else if (!str_equal(status, S("valid"))) {
            *s = invalid("unauthorized", arena_format(c->x->arena, "The authorization of " STR_FMT " is " STR_FMT, STR_ARG(names->items[i].text), STR_ARG(status)));
            return ERR_OK;
        }
    }
    if (is_all != str_equal(item_text(order, S("status")), S("ready")))
        s->status = is_all ? "ready" : "pending";
    return ERR_OK;
}

static enum err look_at_request(struct acme_call *c, const struct json *order, struct standing *s, struct problem *why)
{
    const struct json *request = NULL;
    str id = item_text(order, S("request"));
    if (id.len)
        TRY(acme_find(c->gate, c->x->arena, "certificate_requests", "_id", id, &request, why));
    str status = item_text(request, S("status")), certificate = item_text(request, S("certificate")), reason = item_text(request, S("reason"));
    if (!request)
        *s = invalid("unauthorized", S("The certificate request is gone"));
    else if (str_equal(status, S("Rejected")))
        *s = invalid("unauthorized", reason.len ? arena_format(c->x->arena, "The request was rejected: " STR_FMT, STR_ARG(reason)) : S("The request was rejected"));
    else if (certificate.len)
        *s = (struct standing){.status = "valid", .certificate = certificate};
    return ERR_OK;
}

static enum err look(struct acme_call *c, const struct json *order, struct standing *s, struct problem *why)
{
    str status = item_text(order, S("status"));
    *s = (struct standing){0};
    if (str_equal(status, S("pending")) || str_equal(status, S("ready")))
        return look_at_authorizations(c, order, s, why);
    return str_equal(status, S("processing")) ? look_at_request(c, order, s, why) : ERR_OK;
}

static enum err write_standing(struct acme_call *c, const struct json *order, const struct standing *s, struct problem *why)
{
    struct own_change o;
    acme_change_of(&o, c->gate, c->x->arena, "acme_orders", order);
    own_change_for(&o, c->x);
    own_set_text(&o, S("status"), str_of(s->status));
    if (s->type)
        own_set(&o, S("error"), acme_error(c->x->arena, s->type, s->detail));
    if (s->certificate.len)
        own_set_text(&o, S("certificate"), s->certificate);
    return own_change_commit(&o, why);
}

enum err acme_settle(struct acme_call *c, const struct json **order, struct problem *why)
{
    for (unsigned i = 0; i < SETTLE_TRIES; i++) {
        struct problem own = {.arena = c->x->arena};
        struct standing s;
        TRY(look(c, *order, &s, why));
        if (!s.status)
            return ERR_OK;
        enum err e = write_standing(c, *order, &s, &own);
        if (e != ERR_OK && e != ERR_STALE)
            return problem_set(why, e, STR_FMT, STR_ARG(own.text));
        TRY(acme_own(c, "acme_orders", item_text(*order, S("_id")), order, why));
    }
    why->retry_after_s = 1;
    return problem_set(why, ERR_UNAVAILABLE, "The order changes too fast; ask again");
}

static bool has_authorization(const struct json *order, str id)
{
    const struct json *ids = list_in(order, S("authorizations"));
    for (uint32_t i = 0; i < ids->count; i++)
        if (str_equal(ids->items[i].text, id))
            return true;
    return false;
}

enum err acme_orders_fail(struct gate *g, struct arena *a, const struct json *authorization, const char *status, struct problem *why)
{
    struct item_list orders;
    TRY(acme_list(g, a, "acme_orders",
                  arena_format(a, "{\"account\":\"" STR_FMT "\",\"status\":{\"$in\":[\"pending\",\"ready\"]}}", STR_ARG(item_text(authorization, S("account")))), LIMIT_ROWS,
                  &orders, why));
    for (size_t i = 0; i < orders.count; i++) {
        struct own_change o;
        struct problem own = {.arena = a};
        if (!has_authorization(&orders.items[i], item_text(authorization, S("_id"))))
            continue;
        acme_change_of(&o, g, a, "acme_orders", &orders.items[i]);
        own_set_text(&o, S("status"), S("invalid"));
        own_set(&o, S("error"), acme_error(a, "unauthorized", arena_format(a, "The authorization of " STR_FMT " is %s", STR_ARG(item_text(authorization, S("identifier"))), status)));
        enum err e = own_change_commit(&o, &own);
        if (e != ERR_OK && e != ERR_STALE) /* somebody else changed it, and sees it as well */
            return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    }
    return ERR_OK;
}

enum err gate_acme_order(struct acme_call *c, str id, const struct json **out, struct problem *why)
{
    TRY(acme_own(c, "acme_orders", id, out, why));
    return acme_settle(c, out, why);
}

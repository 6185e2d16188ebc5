/* From an order to its certificate: the CSR is handed in as anybody's is, by whom the account acts as, through the same door. What
 * ties it to the order stands beside the change, where no client can say anything (content/system/pki/acme.h): the order is taken
 * in the transaction that writes the request, so two that finalize at once get one certificate. */
#include "base/crypt.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/network.h"
#include "content/content.h"
#include "content/kind.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_make.h"
#include "roles/acme/part.h"

struct finalizing {
    struct acme_call *call;
    const struct json *order;
    struct request_facts facts;
    str digest;
    const struct collection *requests;
};

static enum err bad_csr(struct problem *why, str text)
{
    return problem_fault(why, ERR_BAD_INPUT, S(""), S("badCSR"), STR_FMT, STR_ARG(text));
}

/* ---- the CSR and the order ---- */

static bool order_has(const struct json *order, enum name_kind kind, str text)
{
    const struct json *names = list_in(order, S("names"));
    str word = kind == NAME_DNS ? S("dns:") : kind == NAME_IP ? S("ip:") : (str){0};
    for (uint32_t i = 0; word.len && i < names->count; i++)
        if (str_starts(names->items[i].text, word) && str_equal_nocase(str_slice(names->items[i].text, word.len, names->items[i].text.len), text))
            return true;
    return false;
}

static bool is_name(enum name_kind kind, str said, str word, str text)
{
    struct address a, b;
    bool is_ip = kind == NAME_IP;
    if (is_ip != str_equal(word, S("ip")) || (!is_ip && kind != NAME_DNS))
        return false;
    return is_ip ? address_read(said, &a) && address_read(text, &b) && memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0 : str_equal_nocase(said, text);
}

/* Among its names, or as its common name. */
static bool csr_has(const struct request_facts *r, str name)
{
    str word, text;
    (void)str_cut(name, ':', &word, &text);
    for (size_t i = 0; i < r->name_count; i++)
        if (is_name(r->names[i].kind, r->names[i].text, word, text))
            return true;
    for (size_t i = 0; i < r->subject.count; i++)
        if (str_equal(r->subject.parts[i].type, S("CN")) &&
            (is_name(NAME_DNS, r->subject.parts[i].text, word, text) || is_name(NAME_IP, r->subject.parts[i].text, word, text)))
            return true;
    return false;
}

/* An address in its one spelling. */
static str as_ordered(struct arena *a, const struct alt_name *n)
{
    struct address address;
    return n->kind == NAME_IP && address_read(n->text, &address) ? address_write(a, &address) : n->text;
}

/* A common name is one more name, there among the others or alone (RFC 8555 7.4). Of what else a subject may say nothing is proven. */
static enum err check_subject(const struct finalizing *f, struct problem *why)
{
    struct arena *a = f->call->x->arena;
    for (size_t i = 0; i < f->facts.subject.count; i++) {
        const struct dn_part *p = &f->facts.subject.parts[i];
        str address = as_ordered(a, &(struct alt_name){NAME_IP, p->text});
        if (!str_equal(p->type, S("CN")))
            return bad_csr(why, arena_format(why->arena, "The subject has " STR_FMT "=" STR_FMT ", which nothing has shown; leave it out", STR_ARG(p->type), STR_ARG(p->text)));
        if (!order_has(f->order, NAME_DNS, p->text) && !order_has(f->order, NAME_IP, address))
            return bad_csr(why, arena_format(why->arena, "The subject has " STR_FMT ", which the order has not", STR_ARG(p->text)));
    }
    return ERR_OK;
}

static enum err check_names(struct finalizing *f, struct problem *why)
{
    const struct json *names = list_in(f->order, S("names"));
    const struct request_facts *r = &f->facts;
    for (size_t i = 0; i < r->name_count; i++)
        if (!order_has(f->order, r->names[i].kind, as_ordered(f->call->x->arena, &r->names[i])))
            return bad_csr(why, arena_format(why->arena, "The CSR has the name " STR_FMT ", the order has not", STR_ARG(r->names[i].text)));
    for (uint32_t i = 0; i < names->count; i++)
        if (!csr_has(r, names->items[i].text))
            return bad_csr(why, arena_format(why->arena, "The order has the name " STR_FMT ", the CSR has not", STR_ARG(names->items[i].text)));
    return check_subject(f, why);
}

static enum err read_csr(struct finalizing *f, struct problem *why)
{
    struct arena *a = f->call->x->arena;
    str text = text_in(f->call->payload, S("csr")), der;
    struct problem own = {.arena = a};
    if (text.len == 0 || text.len > LIMIT_CSR_BYTES || !base64url_decode(a, text, &der))
        return acme_malformed(why, "csr is a certificate request, DER in base64url");
    if (request_read_der(der, a, &f->facts, &own) != ERR_OK)
        return bad_csr(why, problem_sentence(a, &own));
    f->digest = digest_hex(a, DIGEST_SHA256, f->facts.der);
    if (acme_key_is(a, f->facts.public_key, &f->call->key))
        return bad_csr(why, S("The certificate's key is the account's; make another one"));
    return ERR_OK;
}

/* ---- handing in ---- */

/* Its own words for what the certificate desk says. */
static enum err refuse(const struct problem *said, enum err e, struct problem *why)
{
    const struct fault *f = said->fault_count ? &said->faults[0] : NULL;
    str text = f ? f->text : said->text.len ? said->text : S("The request was not taken");
    if (f && str_equal(f->rule, S("orderNotReady")))
        return problem_fault(why, e, S(""), f->rule, STR_FMT, STR_ARG(text));
    if (f && str_equal(f->rule, S("issuing-rule")))
        return problem_fault(why, ERR_FORBIDDEN, S(""), S("rejectedIdentifier"), STR_FMT, STR_ARG(text));
    if (e == ERR_INVALID)
        return bad_csr(why, text);
    if (e == ERR_FORBIDDEN || e == ERR_NOT_FOUND || e == ERR_CONFLICT)
        return problem_fault(why, ERR_FORBIDDEN, S(""), S("unauthorized"), STR_FMT, STR_ARG(text));
    why->retry_after_s = said->retry_after_s;
    return problem_set(why, e, STR_FMT, STR_ARG(text));
}

/* Where no rule says anything about its author: he may sign every request, with every authority. Whoever may sign some is not
 * signed for. */
static bool signs_himself(const struct finalizing *f)
{
    const struct rights *rights = f->call->who->rights;
    const struct action_access *sign = rights_action(rights, f->requests, S("sign"));
    return sign->granted && sign->where->node == FILTER_ALL && gate_may_all(f->call->who, VERB_READ, model_find(rights->model, S("certificate_authorities")));
}

/* For the behaviour: the order, the authority of the address, and whether it is signed where no rule says anything. */
static const struct json *beside(const struct finalizing *f)
{
    struct arena *a = f->call->x->arena;
    struct json *members = NEW_N(a, struct json, 3), *map = NEW(a, struct json);
    str authority = item_text(f->order, S("authority"));
    members[0] = json_named(S("order"), json_of_text(item_text(f->order, S("_id"))));
    members[1] = json_named(S("sign"), json_of_bool(signs_himself(f)));
    members[2] = json_named(S("authority"), authority.len ? json_of_text(authority) : json_null);
    *map = json_of_map(members, 3);
    return map;
}

static enum err hand_in(struct finalizing *f, struct problem *why)
{
    struct acme_call *c = f->call;
    struct own_change o;
    struct problem own = {.arena = c->x->arena};
    own_change_as(&o, c->gate, c->x->arena, c->who, S("certificate_requests"), OP_CREATE);
    own_set_text(&o, S("csr"), pem_write(c->x->arena, S("CERTIFICATE REQUEST"), f->facts.der));
    o.change.beside = beside(f);
    enum err e = gate_write(c->gate, c->who, &o.change, 1, c->x->arena, &own);
    return e == ERR_OK ? ERR_OK : refuse(&own, e, why);
}

/* ---- the same CSR again ---- */

/* Is it signed at once by what holds now, and was it let in by the same? What was ruled when it came is what it is signed by. */
static enum err check_rule(struct finalizing *f, const struct json *request, struct problem *why)
{
    struct json verdict;
    TRY(acme_rules(f->call, json_get(f->order, S("names")), &verdict, why));
    str now = text_in(&verdict, S("rule")), then = item_text(request, S("rule"));
    if (!str_equal(now.len ? now : S(""), then.len ? then : S("")))
        return bad_csr(why, S("This CSR was handed in under another rule; make another one, with another key"));
    bool signs = now.len ? str_equal(text_in(&verdict, S("decision")), S("sign")) && list_in(&verdict, S("refused"))->count == 0 : signs_himself(f);
    if (!signs || !str_is_absent(item_text(f->order, S("authority"))))
        return bad_csr(why, S("This CSR was handed in before, and is not signed again by itself; make another one, with another key"));
    return ERR_OK;
}

/* Whoever keeps his key and signs without chance sends the same bytes each time: the request that is there is signed once more.
 * Only for the account that handed it in. */
static enum err may_renew(struct finalizing *f, const struct json *request, struct problem *why)
{
    struct acme_call *c = f->call;
    struct item_list orders;
    TRY(acme_list(c->gate, c->x->arena, "acme_orders",
                  arena_format(c->x->arena, "{\"account\":\"" STR_FMT "\",\"request\":\"" STR_FMT "\"}", STR_ARG(item_text(c->account, S("_id"))),
                               STR_ARG(item_text(request, S("_id")))), 1, &orders, why));
    if (orders.count == 0 || !str_equal(item_text(request, S("status")), S("Active")))
        return bad_csr(why, S("This CSR was handed in before; make another one, with another key"));
    return check_rule(f, request, why);
}

static enum err renew(struct finalizing *f, const struct json *request, struct problem *why)
{
    struct acme_call *c = f->call;
    const struct principal *server = principal_system(c->gate, c->x->arena, SYSTEM_PKI);
    struct actor actor = server->actor;
    struct json member = json_named(S("order"), json_of_text(item_text(f->order, S("_id")))), input = json_of_map(&member, 1), output;
    struct problem own = {.arena = c->x->arena};
    TRY(may_renew(f, request, why));
    actor.label = arena_format(c->x->arena, STR_FMT " for " STR_FMT, STR_ARG(server->actor.label), STR_ARG(c->who->actor.label));
    enum err e = content_act(c->gate->content, server->rights, &actor, model_find(server->rights->model, S("certificate_requests")),
                             item_text(request, S("_id")), S("renew"), NULL, &input, &output, c->x->arena, &own);
    return e == ERR_OK ? ERR_OK : refuse(&own, e, why);
}

static enum err take(struct finalizing *f, struct problem *why)
{
    struct acme_call *c = f->call;
    const struct json *twin = NULL;
    TRY(acme_requests(c, &f->requests, why));
    TRY(acme_find(c->gate, c->x->arena, "certificate_requests", "digest", f->digest, &twin, why));
    return twin ? renew(f, twin, why) : hand_in(f, why);
}

/* An answer that was lost is asked for again: with the same CSR it is the same answer. */
static enum err is_again(struct finalizing *f, bool *out, struct problem *why)
{
    const struct json *request = NULL;
    str id = item_text(f->order, S("request"));
    if (id.len)
        TRY(acme_find(f->call->gate, f->call->x->arena, "certificate_requests", "_id", id, &request, why));
    *out = request && str_equal(item_text(request, S("digest")), f->digest);
    return ERR_OK;
}

/* Of two that ask at the same time with the same CSR one finds it taken, which is what it wanted. */
static enum err take_or_find(struct finalizing *f, struct problem *why)
{
    struct problem own = {.arena = why->arena};
    bool again = false;
    enum err e = take(f, &own);
    if (e == ERR_OK)
        return ERR_OK;
    TRY(acme_own(f->call, "acme_orders", item_text(f->order, S("_id")), &f->order, why));
    TRY(is_again(f, &again, why));
    if (again)
        return ERR_OK;
    *why = own;
    return e;
}

enum err gate_acme_finalize(struct acme_call *c, str id, const struct json **out, struct problem *why)
{
    struct finalizing f = {.call = c};
    bool again;
    TRY(gate_acme_order(c, id, &f.order, why));
    if (!c->payload)
        return acme_malformed(why, "csr is a certificate request, DER in base64url");
    TRY(read_csr(&f, why));
    TRY(is_again(&f, &again, why));
    if (!again && !str_equal(item_text(f.order, S("status")), S("ready")))
        return problem_fault(why, ERR_FORBIDDEN, S(""), S("orderNotReady"), "The order is " STR_FMT ", not ready", STR_ARG(item_text(f.order, S("status"))));
    if (!again) {
        TRY(check_names(&f, why));
        TRY(take_or_find(&f, why));
    }
    return gate_acme_order(c, id, out, why);
}

/* ---- and out again ---- */

enum err gate_acme_certificate(struct acme_call *c, str id, str *pem, struct problem *why)
{
    struct arena *a = c->x->arena;
    struct item_list orders = {.count = 0};
    const struct json *row = NULL;
    struct buf b;
    buf_init(&b, a, LIMIT_CHAIN_BYTES * 2);
    TRY(acme_find(c->gate, a, "certificates", "_id", id, &row, why));
    if (row)
        TRY(acme_list(c->gate, a, "acme_orders",
                      arena_format(a, "{\"account\":\"" STR_FMT "\",\"certificate\":\"" STR_FMT "\"}", STR_ARG(item_text(c->account, S("_id"))), STR_ARG(item_text(row, S("_id")))), 1, &orders, why));
    if (orders.count == 0)
        return problem_set(why, ERR_NOT_FOUND, "The account has nothing at this address");
    for (unsigned i = 0; row && i < LIMIT_CERTIFICATE_CHAIN; i++) {
        str issuer = item_text(row, S("issuer"));
        buf_add(&b, item_text(row, S("pem")));
        row = NULL;
        if (issuer.len)
            TRY(acme_find(c->gate, a, "certificates", "_id", issuer, &row, why));
    }
    return buf_done(&b, pem) == ERR_OK ? ERR_OK : problem_set(why, ERR_TOO_LARGE, "The chain is too long");
}

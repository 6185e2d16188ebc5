/* Notary's certificate requests (notary.md 6): the collection certificate_requests in its shape and its words. What happens to one
 * is an action of the collection; nothing is decided here. */
#include "api/notary/desk.h"
#include "base/limits.h"
#include "roles/pki/pki.h"

#define REQUESTS "certificate_requests"

/* ---- out ---- */

/* Rows, and whose they are: asked once for all that are in the same answer, or the same part of a long one. */
struct showing {
    const struct notary_call *call;
    str *ids, *emails;
    size_t count;
};

static enum err look_at_owners(void *self, const struct item_list *rows, struct arena *a, struct problem *why)
{
    struct showing *s = self;
    s->ids = NEW_N(a, str, rows->count + 1);
    s->emails = NEW_N(a, str, rows->count + 1);
    s->count = rows->count;
    for (size_t i = 0; i < rows->count; i++)
        s->ids[i] = notary_item_text(&rows->items[i], "_cby");
    return gate_request_owners(s->call->api->gate, s->call->x->who, s->ids, s->count, a, s->emails, why);
}

/* "unknown": the account is gone, or it was none, or whoever asks is not to know. Everybody knows his own. */
static str email_of(const struct showing *s, str by)
{
    const struct principal *who = s->call->x->who;
    if (by.len && str_equal(by, who->user_id))
        return who->user_email;
    for (size_t i = 0; i < s->count; i++)
        if (by.len && str_equal(s->ids[i], by) && s->emails[i].len)
            return s->emails[i];
    return S("unknown");
}

static void write_request(void *self, struct json_writer *w, const struct json *item)
{
    const struct json *serial = json_get(item, S("serial"));
    json_map_open(w);
    json_name(w, S("id"));
    json_int(w, serial && serial->type == JSON_INT ? serial->integer : 0);
    json_name(w, S("csr"));
    json_text(w, notary_item_text(item, "csr"));
    json_name(w, S("certificate_chain"));
    json_text(w, notary_item_text(item, "chain"));
    json_name(w, S("status"));
    json_text(w, notary_item_text(item, "status"));
    json_name(w, S("email"));
    json_text(w, email_of(self, notary_item_text(item, "_cby")));
    json_map_close(w);
}

/* Ours: ?status=Outstanding. */
static bool take_status(const struct notary_call *c, const struct filter **where)
{
    static const str known[] = {STR("Outstanding"), STR("Active"), STR("Rejected"), STR("Revoked")};
    str said = notary_parameter(c->x, S("status"));
    *where = NULL;
    if (str_is_absent(said))
        return true;
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_equal(said, known[i])) {
            *where = filter_test(c->x->arena, collection_field(c->in, S("status")), TEST_EQ, json_of_text(said));
            return true;
        }
    err_ignored(notary_say(c->x, c->api, 400, S("Invalid request: status is Outstanding, Active, Rejected or Revoked")));
    return false;
}

static enum err list_requests(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const fields[] = {"csr", "chain", "status", "_cby", NULL};
    struct notary_call c;
    struct showing s = {.call = &c};
    struct notary_list l = {.x = x, .api = app, .fields = fields, .page = LIMIT_NOTARY_PAGE, .look = look_at_owners, .write = write_request, .self = &s};
    (void)p;
    if (!notary_may(&c, x, app, REQUESTS, VERB_READ, why))
        return why->err;
    if (!take_status(&c, &l.where))
        return ERR_OK;
    l.in = c.in;
    return notary_list(&l, why);
}

/* Who may read some requests and not this one is told that there is one: 403, where what is hidden and what is absent answer alike
 * everywhere else. Here the number alone says it already: numbers are given out one after the other, by requests that he hands in
 * himself he knows which are taken; and Notary's clients rely on it (notary.md 4). Who may read none never comes so far. */
static enum err refuse_foreign(const struct notary_call *c, struct problem *why)
{
    bool is_there = false;
    TRY(gate_has_request(c->api->gate, c->number, &is_there, why));
    return is_there ? notary_say(c->x, c->api, 403, S("Access denied")) : problem_set(why, ERR_NOT_FOUND, "Not Found");
}

static enum err one_request(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    struct showing s = {.call = &c};
    struct answer a;
    if (!notary_may(&c, x, app, REQUESTS, VERB_READ, why))
        return why->err;
    if (!notary_number(&c, p))
        return ERR_OK;
    enum err e = notary_find(&c, why);
    if (e == ERR_NOT_FOUND)
        return refuse_foreign(&c, why);
    TRY(e);
    TRY(look_at_owners(&s, &(struct item_list){.items = (struct json *)(uintptr_t)c.item, .count = 1}, x->arena, why));
    notary_begin(x, c.api, &a);
    write_request(&s, &a.json, c.item);
    return notary_send(x, &a, 200, why);
}

/* ---- in ---- */

/* Notary's words for what is wrong with a request or a chain, by our rules. */
static const struct {
    str rule, words;
} words[] = {
    {STR("csr-pem"), STR("Invalid request: could not decode PEM block")},
    {STR("csr-label"), STR("Invalid request: expected PEM block type 'CERTIFICATE REQUEST'")},
    {STR("csr-parse"), STR("Invalid request: could not parse CSR")},
    {STR("csr-signature"), STR("Invalid request: CSR signature is invalid")},
    {STR("unique"), STR("given csr already recorded")},
    {STR("chain-required"), STR("Invalid request: certificate is required")},
    {STR("chain-pem"), STR("Invalid request: could not decode PEM block")},
    {STR("chain-label"), STR("Invalid request: expected PEM block type 'CERTIFICATE'")},
    {STR("chain-parse"), STR("Invalid request: could not parse certificate")},
    {STR("chain"), STR("Bad Request")},
};

static enum err say_refused(const struct notary_call *c, enum err e, const struct problem *why)
{
    const struct fault *f = why->fault_count ? &why->faults[0] : NULL;
    for (size_t i = 0; f && i < COUNTOF(words); i++)
        if (str_equal(words[i].rule, f->rule))
            return notary_say(c->x, c->api, 400, words[i].words);
    if (e == ERR_INVALID && f)
        return notary_say(c->x, c->api, 400, arena_format(c->x->arena, "Invalid request: " STR_FMT, STR_ARG(f->text)));
    if (e == ERR_TOO_LARGE)
        return notary_say(c->x, c->api, 413, S("Request Entity Too Large"));
    return e;
}

static enum err create_request(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    const struct json *body;
    str csr;
    (void)p;
    if (!notary_may(&c, x, app, REQUESTS, VERB_CREATE, why))
        return why->err;
    if (!notary_body(x, c.api, &body))
        return ERR_OK;
    if (!notary_text(body, S("csr"), &csr))
        return notary_say(x, c.api, 400, S("Invalid JSON format"));
    if (str_trim(csr).len == 0)
        return notary_say(x, c.api, 400, S("Invalid request: csr is required"));
    struct change made = {.op = OP_CREATE, .in = c.in};
    notary_set(&made, x->arena, "csr", json_of_text(csr));
    enum err e = gate_write(c.api->gate, x->who, &made, 1, x->arena, why);
    if (e != ERR_OK)
        return say_refused(&c, e, why);
    const struct json *serial = json_get(made.after, S("serial"));
    return notary_made(x, c.api, serial && serial->type == JSON_INT ? serial->integer : 0, why);
}

static enum err delete_request(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    if (!notary_may(&c, x, app, REQUESTS, VERB_DELETE, why))
        return why->err;
    if (!notary_number(&c, p))
        return ERR_OK;
    TRY(notary_find(&c, why));
    struct change gone = {.op = OP_DELETE, .in = c.in, .id = notary_item_text(c.item, "_id")};
    TRY(gate_write(c.api->gate, x->who, &gone, 1, x->arena, why));
    return notary_done(x, c.api, 202);
}

/* ---- what becomes of one ---- */

/* "1" as well as 1: clients send the text. */
static bool take_authority(const struct notary_call *c, const struct json *body, const struct json **input)
{
    const struct json *said = json_get(body, S("certificate_authority_id"));
    int64_t number = said && said->type == JSON_INT ? said->integer : 0;
    if (said && said->type == JSON_TEXT && !str_to_i64(said->text, &number))
        number = 0;
    if (number <= 0) {
        err_ignored(notary_say(c->x, c->api, 400, S("Invalid ID")));
        return false;
    }
    *input = notary_input(c->x->arena, "authority", json_of_int(number));
    return true;
}

static enum err say_conflict(const struct notary_call *c, enum err e, const struct problem *why)
{
    if (e != ERR_CONFLICT)
        return say_refused(c, e, why);
    bool is_state = why->fault_count && str_equal(why->faults[0].rule, S("status"));
    return notary_say(c->x, c->api, is_state ? 409 : 422, why->fault_count ? why->faults[0].text : why->text);
}

static enum err reject_request(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    if (!notary_may_act(&c, x, app, REQUESTS, "reject", why))
        return why->err;
    if (!notary_number(&c, p))
        return ERR_OK;
    TRY(notary_find(&c, why));
    const struct json *input = c.api->options.notary_lenient ? notary_input(x->arena, "force", json_true) : NULL;
    enum err e = notary_act(&c, "reject", input, why);
    return e == ERR_OK ? notary_done(x, c.api, 202) : say_conflict(&c, e, why);
}

static enum err sign_request(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    const struct json *body, *input;
    if (!notary_may_act(&c, x, app, REQUESTS, "sign", why))
        return why->err;
    if (!notary_number(&c, p) || !notary_body(x, c.api, &body))
        return ERR_OK;
    const struct json *how = json_get(body, S("signing_method"));
    if (how && how->type == JSON_TEXT && str_equal(how->text, S("acme")))
        return notary_say(x, c.api, 503, S("ACME is not configured"));
    if (how && how->type != JSON_NULL && !json_is_text(how, S("ca")))
        return notary_say(x, c.api, 400, S("invalid signing_method: must be 'ca' or 'acme'"));
    if (!take_authority(&c, body, &input))
        return ERR_OK;
    TRY(notary_find(&c, why));
    enum err e = notary_act(&c, "sign", input, why);
    return e == ERR_OK ? notary_done(x, c.api, 202) : say_conflict(&c, e, why);
}

static enum err add_certificate(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    const struct json *body, *certificate = NULL;
    struct item_list found;
    str pem;
    if (!notary_may_act(&c, x, app, REQUESTS, "import", why))
        return why->err;
    if (!notary_number(&c, p) || !notary_body(x, c.api, &body))
        return ERR_OK;
    if (!notary_text(body, S("certificate"), &pem))
        return notary_say(x, c.api, 400, S("Invalid JSON format"));
    if (str_trim(pem).len == 0)
        return notary_say(x, c.api, 400, S("Invalid request: certificate is required"));
    if (notary_find(&c, why) != ERR_OK)
        return why->err == ERR_NOT_FOUND ? notary_say(x, c.api, 400, S("Bad Request")) : why->err;
    enum err e = notary_act(&c, "import", body, why);
    if (e != ERR_OK)
        return say_conflict(&c, e, why);
    TRY(notary_find(&c, why));
    /* the number of the certificate, for whoever may read it */
    struct notary_call of = {.x = x, .api = c.api};
    const struct json *link = json_get(c.item, S("certificate"));
    str id = link && link->type == JSON_TEXT ? link->text : notary_item_text(link, "_id");
    if (gate_collection(c.api->gate, x->who, S("certificates"), &of.in, why) == ERR_OK) {
        struct query q = {.from = of.in, .limit = 1, .where = filter_test(x->arena, &of.in->fields[META_ID], TEST_EQ, json_of_text(id))};
        query_all_fields(x->arena, &q, NULL);
        item_list_init(&found, x->arena);
        TRY(gate_read(c.api->gate, x->who, &q, &found.receiver, NULL, why));
        certificate = found.count ? json_get(&found.items[0], S("number")) : NULL;
    }
    return notary_made(x, c.api, certificate && certificate->type == JSON_INT ? certificate->integer : 0, why);
}

static enum err take_certificate_off(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    if (!notary_may_act(&c, x, app, REQUESTS, "detach", why))
        return why->err;
    if (!notary_number(&c, p))
        return ERR_OK;
    if (notary_find(&c, why) != ERR_OK)
        return why->err == ERR_NOT_FOUND ? notary_say(x, c.api, 400, S("Bad Request")) : why->err;
    enum err e = notary_act(&c, "detach", NULL, why);
    if (e == ERR_CONFLICT)
        return notary_say(x, c.api, 400, S("Bad Request"));
    TRY(e);
    return notary_done(x, c.api, 200);
}

/* A body is not asked for; {"reason": "keyCompromise"} is understood. */
static bool take_reason(const struct notary_call *c, const struct json **input)
{
    *input = NULL;
    return c->x->body_length == 0 || notary_body(c->x, c->api, input);
}

static enum err revoke_certificate(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    const struct json *input;
    if (!notary_may_act(&c, x, app, REQUESTS, "revoke", why))
        return why->err;
    if (!notary_number(&c, p) || !take_reason(&c, &input))
        return ERR_OK;
    TRY(notary_find(&c, why));
    enum err e = notary_act(&c, "revoke", input, why);
    if (e == ERR_CONFLICT && why->fault_count && str_equal(why->faults[0].rule, S("no-certificate")))
        return notary_say(x, c.api, 422, S("invalid input: no certificate to revoke with associated CSR"));
    return e == ERR_OK ? notary_done(x, c.api, 202) : say_conflict(&c, e, why);
}

/* clang-format off */
#define P "/api/v1/certificate_requests"
static const struct route request_routes[] = {
    {M_GET,    P,                               list_requests,        0, 0, "Notary: certificate requests"},
    {M_POST,   P,                               create_request,       LIMIT_NOTARY_BODY_BYTES, 0, "Notary: hand in a request"},
    {M_GET,    P "/{id}",                       one_request,          0, 0, "Notary: one request"},
    {M_DELETE, P "/{id}",                       delete_request,       LIMIT_IGNORED_BODY_BYTES, 0, "Notary: delete a request"},
    {M_POST,   P "/{id}/reject",                reject_request,       LIMIT_IGNORED_BODY_BYTES, 0, "Notary: reject a request"},
    {M_POST,   P "/{id}/sign",                  sign_request,         LIMIT_NOTARY_BODY_BYTES, 0, "Notary: sign a request"},
    {M_POST,   P "/{id}/certificate",           add_certificate,      LIMIT_NOTARY_BODY_BYTES, 0, "Notary: add a certificate that was signed elsewhere"},
    {M_DELETE, P "/{id}/certificate",           take_certificate_off, LIMIT_IGNORED_BODY_BYTES, 0, "Notary: take the certificate off a request"},
    {M_POST,   P "/{id}/certificate/revoke",    revoke_certificate,   LIMIT_NOTARY_BODY_BYTES, 0, "Notary: revoke a request's certificate"},
};
/* clang-format on */
static const char *const realms[] = {P, NULL};
const struct api_table notary_request_api = {
    .routes = request_routes, .count = COUNTOF(request_routes), .problem = notary_problem, .problem_name = "NotaryProblem", .realms = realms};

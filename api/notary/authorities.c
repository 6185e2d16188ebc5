/* Notary's certificate authorities (notary.md 7): the collection certificate_authorities in its shape and its words. */
#include "api/notary/desk.h"
#include "base/limits.h"
#include "base/time.h"
#include "roles/pki/pki.h"

#define AUTHORITIES "certificate_authorities"

/* ---- out ---- */

/* What the old documents show beside `enabled`, which the programs read. */
static str status_of(const struct json *item, int64_t now_ms)
{
    const struct json *on = json_get(item, S("enabled")), *certificate = json_get(item, S("certificate"));
    const struct json *end = certificate && certificate->type == JSON_MAP ? json_get(certificate, S("not_after")) : NULL;
    int64_t ms = 0;
    if (notary_item_text(item, "chain").len == 0)
        return S("pending");
    if (end && end->type == JSON_TEXT && time_read(end->text, &ms) && ms <= now_ms)
        return S("expired");
    return on && on->type == JSON_BOOL && on->boolean ? S("active") : S("disabled");
}

static void write_authority(void *self, struct json_writer *w, const struct json *item)
{
    (void)self;
    const struct json *serial = json_get(item, S("serial")), *on = json_get(item, S("enabled"));
    json_map_open(w);
    json_name(w, S("id"));
    json_int(w, serial && serial->type == JSON_INT ? serial->integer : 0);
    json_name(w, S("enabled"));
    json_bool(w, on && on->type == JSON_BOOL && on->boolean);
    json_name(w, S("certificate"));
    json_text(w, notary_item_text(item, "chain"));
    json_name(w, S("csr"));
    json_text(w, notary_item_text(item, "csr"));
    json_name(w, S("crl"));
    json_text(w, notary_item_text(item, "crl"));
    json_name(w, S("status"));
    json_text(w, status_of(item, time_now_ms()));
    json_map_close(w);
}

/* Ours: ?enabled=true, ?enabled=false. */
static bool take_enabled(const struct notary_call *c, const struct filter **where)
{
    str said = notary_parameter(c->x, S("enabled"));
    bool is_yes = str_equal(said, S("true"));
    *where = NULL;
    if (str_is_absent(said))
        return true;
    *where = filter_test(c->x->arena, collection_field(c->in, S("enabled")), TEST_EQ, json_of_bool(is_yes));
    if (is_yes || str_equal(said, S("false")))
        return true;
    err_ignored(notary_say(c->x, c->api, 400, S("Invalid request: enabled is true or false")));
    return false;
}

static enum err list_authorities(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const fields[] = {"enabled", "certificate", "csr", "chain", "crl", NULL};
    struct notary_call c;
    struct notary_list l = {.x = x, .api = app, .fields = fields, .hops = 1, .page = LIMIT_NOTARY_AUTHORITIES, .write = write_authority};
    (void)p;
    if (!notary_may(&c, x, app, AUTHORITIES, VERB_READ, why))
        return why->err;
    if (!take_enabled(&c, &l.where))
        return ERR_OK;
    l.in = c.in;
    return notary_list(&l, why);
}

static enum err one_authority(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    struct answer a;
    if (!notary_may(&c, x, app, AUTHORITIES, VERB_READ, why))
        return why->err;
    if (!notary_number(&c, p))
        return ERR_OK;
    TRY(notary_find(&c, why));
    notary_begin(x, c.api, &a);
    write_authority(NULL, &a.json, c.item);
    return notary_send(x, &a, 200, why);
}

/* For everybody: in Notary's shape, or as verifiers want it, who know of no JSON. */
enum crl_shape { CRL_JSON, CRL_DER, CRL_PEM };

static enum err send_crl(struct notary_call *c, const struct params *p, enum crl_shape shape, struct problem *why)
{
    struct answer a;
    str pem = {"", 0}, der;
    if (!notary_number(c, p))
        return ERR_OK;
    TRY(gate_crl(c->api->gate, c->number, c->x->arena, &pem, &der, why));
    if (shape != CRL_JSON) {
        const struct pair type = {S("Content-Type"), shape == CRL_DER ? S("application/pkix-crl") : S("application/x-pem-file")};
        if (der.len == 0)
            return problem_set(why, ERR_NOT_FOUND, "The authority waits for its certificate");
        c->x->send(c->x, 200, &type, 1, shape == CRL_DER ? der : pem);
        return ERR_OK;
    }
    notary_begin(c->x, c->api, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("crl"));
    json_text(&a.json, pem);
    json_map_close(&a.json);
    return notary_send(c->x, &a, 200, why);
}

static enum err authority_crl(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c = {.x = x, .api = app};
    return send_crl(&c, p, str_equal(exchange_header(x, S("accept")), S("application/pkix-crl")) ? CRL_DER : CRL_JSON, why);
}

static enum err authority_crl_der(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return send_crl(&(struct notary_call){.x = x, .api = app}, p, CRL_DER, why);
}

static enum err authority_crl_pem(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return send_crl(&(struct notary_call){.x = x, .api = app}, p, CRL_PEM, why);
}

/* ---- in ---- */

static enum err say_refused(const struct notary_call *c, enum err e, const struct problem *why)
{
    const struct fault *f = why->fault_count ? &why->faults[0] : NULL;
    str text = f ? f->text : why->text;
    if (e == ERR_INVALID)
        return notary_say(c->x, c->api, 400, arena_format(c->x->arena, "Invalid request: " STR_FMT, STR_ARG(text)));
    if (e == ERR_CONFLICT && !(f && str_equal(f->rule, S("in-use"))))
        return notary_say(c->x, c->api, 422, text);
    return e == ERR_CONFLICT ? notary_say(c->x, c->api, 409, text) : e;
}

/* Its members, ours, and ours beyond it (notary.md 7). */
static const struct {
    str theirs;
    const char *subject;              /* a part of the subject, or: */
    const char *field;
} members[] = {
    {STR("common_name"), "CN", NULL},           {STR("organization_name"), "O", NULL},
    {STR("organizational_unit_name"), "OU", NULL}, {STR("country_name"), "C", NULL},
    {STR("state_or_province_name"), "ST", NULL}, {STR("locality_name"), "L", NULL},
    {STR("self_signed"), NULL, "self_signed"},  {STR("not_valid_after"), NULL, "not_after"},
    {STR("key_type"), NULL, "key_type"},        {STR("path_len"), NULL, "path_len"},
    {STR("dns_names"), NULL, "dns_names"},      {STR("ip_addresses"), NULL, "ip_addresses"}, {STR("permitted_dns"), NULL, "permitted_dns"},
    {STR("leaf_max_days"), NULL, "leaf_max_days"}, {STR("sans_dns"), NULL, "dns_names"},
};

static str fault_of(const struct json *body)
{
    const struct json *country = json_get(body, S("country_name")), *end = json_get(body, S("not_valid_after"));
    int64_t ms;
    if (country && country->type == JSON_TEXT && country->text.len) {
        bool is_code = country->text.len == 2;
        for (size_t i = 0; is_code && i < 2; i++)
            is_code = country->text.at[i] >= 'A' && country->text.at[i] <= 'Z';
        if (!is_code)
            return S("country_name must be a 2-letter ISO code");
    }
    if (end && end->type == JSON_TEXT && end->text.len) {
        if (!time_read(end->text, &ms))
            return S("not_valid_after must be a valid RFC3339 timestamp");
        if (ms <= time_now_ms())
            return S("not_valid_after must be a future time");
    }
    return (str){0};
}

static bool is_said(const struct json *v)
{
    return v && v->type != JSON_NULL && !(v->type == JSON_TEXT && v->text.len == 0);
}

static struct json as_list(struct arena *a, const struct json *v)
{
    struct json *one = NEW(a, struct json);
    *one = json_of_text(v->text);
    return json_of_list(one, 1);
}

/* Without a type of key it is RSA-4096 there, and so it is here. */
static void fill(struct change *c, struct arena *a, const struct json *body)
{
    struct json *parts = NEW_N(a, struct json, COUNTOF(members));
    size_t count = 0;
    notary_set(c, a, "key_type", json_of_text(S("rsa-4096")));
    for (size_t i = 0; i < COUNTOF(members); i++) {
        const struct json *v = json_get(body, members[i].theirs);
        if (!is_said(v))
            continue;
        if (members[i].subject)
            parts[count++] = json_named(str_of(members[i].subject), *v);
        else if (str_equal(members[i].theirs, S("sans_dns")) && v->type == JSON_TEXT)
            notary_set(c, a, members[i].field, as_list(a, v));
        else
            notary_set(c, a, members[i].field, *v);
    }
    notary_set(c, a, "subject", json_of_map(parts, count));
}

static enum err create_authority(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    const struct json *body;
    struct answer a;
    (void)p;
    if (!notary_may(&c, x, app, AUTHORITIES, VERB_CREATE, why))
        return why->err;
    if (!notary_body(x, c.api, &body))
        return ERR_OK;
    str fault = fault_of(body);
    if (fault.len)
        return notary_say(x, c.api, 400, arena_format(x->arena, "Invalid request: " STR_FMT, STR_ARG(fault)));
    struct change made = {.op = OP_CREATE, .in = c.in};
    fill(&made, x->arena, body);
    enum err e = gate_write(c.api->gate, x->who, &made, 1, x->arena, why);
    if (e != ERR_OK)
        return say_refused(&c, e, why);
    const struct json *serial = json_get(made.after, S("serial"));
    notary_begin(x, c.api, &a);
    json_map_open(&a.json);
    if (!notary_speaks_data(c.api)) {
        json_name(&a.json, S("message"));
        json_text(&a.json, S("Certificate Authority created successfully"));
    }
    json_name(&a.json, S("id"));
    json_int(&a.json, serial && serial->type == JSON_INT ? serial->integer : 0);
    json_map_close(&a.json);
    return notary_send(x, &a, 201, why);
}

static enum err change_authority(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    const struct json *body, *on;
    if (!notary_may(&c, x, app, AUTHORITIES, VERB_UPDATE, why))
        return why->err;
    if (!notary_number(&c, p) || !notary_body(x, c.api, &body))
        return ERR_OK;
    on = json_get(body, S("enabled"));
    if (!on || on->type != JSON_BOOL)
        return notary_say(x, c.api, 400, on ? S("Invalid JSON format") : S("Invalid request: enabled is required"));
    TRY(notary_find(&c, why));
    struct change change = {.op = OP_UPDATE, .in = c.in, .id = notary_item_text(c.item, "_id")};
    notary_set(&change, x->arena, "enabled", *on);
    enum err e = gate_write(c.api->gate, x->who, &change, 1, x->arena, why);
    return e == ERR_OK ? notary_done(x, c.api, 200) : say_refused(&c, e, why);
}

static enum err delete_authority(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    if (!notary_may(&c, x, app, AUTHORITIES, VERB_DELETE, why))
        return why->err;
    if (!notary_number(&c, p))
        return ERR_OK;
    TRY(notary_find(&c, why));
    struct change gone = {.op = OP_DELETE, .in = c.in, .id = notary_item_text(c.item, "_id")};
    if (str_equal(notary_parameter(x, S("force")), S("true")))
        gone.beside = notary_input(x->arena, "force", json_true);
    enum err e = gate_write(c.api->gate, x->who, &gone, 1, x->arena, why);
    return e == ERR_OK ? notary_done(x, c.api, 200) : say_refused(&c, e, why);
}

/* ---- certificates of its own ---- */

/* Our rules in Notary's words. */
static str words_of(const struct problem *why)
{
    static const struct {
        str rule, words;
    } words[] = {
        {STR("chain-required"), STR("Invalid request: certificate_chain is required")},
        {STR("chain-label"), STR("Invalid request: unexpected PEM block type: expected CERTIFICATE")},
        {STR("chain-pem"), STR("Invalid request: no valid certificate found in certificate_chain")},
        {STR("chain-parse"), STR("Invalid request: failed to parse certificate: it is none")},
    };
    for (size_t i = 0; why->fault_count && i < COUNTOF(words); i++)
        if (str_equal(words[i].rule, why->faults[0].rule))
            return words[i].words;
    return (str){0};
}

static enum err add_chain(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    const struct json *body;
    str chain;
    if (!notary_may_act(&c, x, app, AUTHORITIES, "certify", why))
        return why->err;
    if (!notary_number(&c, p) || !notary_body(x, c.api, &body))
        return ERR_OK;
    if (!notary_text(body, S("certificate_chain"), &chain))
        return notary_say(x, c.api, 400, S("Invalid JSON format"));
    if (chain.len == 0)
        return notary_say(x, c.api, 400, S("Invalid request: certificate_chain is required"));
    TRY(notary_find(&c, why));
    enum err e = notary_act(&c, "certify", notary_input(x->arena, "certificate_chain", json_of_text(chain)), why);
    if (e == ERR_OK)
        return notary_done(x, c.api, 201);
    return words_of(why).len ? notary_say(x, c.api, 400, words_of(why)) : say_refused(&c, e, why);
}

static enum err sign_authority(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    const struct json *body;
    int64_t number = 0;
    if (!notary_may_act(&c, x, app, AUTHORITIES, "sign", why))
        return why->err;
    if (!notary_number(&c, p) || !notary_body(x, c.api, &body))
        return ERR_OK;
    const struct json *said = json_get(body, S("certificate_authority_id"));
    if (said && said->type == JSON_INT)
        number = said->integer;
    else if (!said || said->type != JSON_TEXT || !str_to_i64(said->text, &number))
        number = 0;
    if (number <= 0)
        return notary_say(x, c.api, 400, S("Invalid ID"));
    TRY(notary_find(&c, why));
    enum err e = notary_act(&c, "sign", notary_input(x->arena, "authority", json_of_int(number)), why);
    return e == ERR_OK ? notary_done(x, c.api, 202) : say_refused(&c, e, why);
}

static enum err revoke_authority(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct notary_call c;
    const struct json *input = NULL;
    if (!notary_may_act(&c, x, app, AUTHORITIES, "revoke", why))
        return why->err;
    if (!notary_number(&c, p) || (x->body_length > 0 && !notary_body(x, c.api, &input)))
        return ERR_OK;
    TRY(notary_find(&c, why));
    enum err e = notary_act(&c, "revoke", input, why);
    return e == ERR_OK ? notary_done(x, c.api, 202) : say_refused(&c, e, why);
}

/* clang-format off */
#define P "/api/v1/certificate_authorities"
static const struct route authority_routes[] = {
    {M_GET,    P,                      list_authorities, 0, 0, "Notary: certificate authorities"},
    {M_POST,   P,                      create_authority, LIMIT_NOTARY_BODY_BYTES, 0, "Notary: make an authority"},
    {M_GET,    P "/{id}",              one_authority,    0, 0, "Notary: one authority"},
    {M_PUT,    P "/{id}",              change_authority, LIMIT_NOTARY_BODY_BYTES, 0, "Notary: enable or disable an authority"},
    {M_DELETE, P "/{id}",              delete_authority, LIMIT_IGNORED_BODY_BYTES, 0, "Notary: delete an authority"},
    {M_GET,    P "/{id}/crl",          authority_crl,    0, 0, "Notary: an authority's list of revoked certificates"},
    {M_GET,    P "/{id}/crl.der",      authority_crl_der, 0, 0, "The same list for verifiers, DER"},
    {M_GET,    P "/{id}/crl.pem",      authority_crl_pem, 0, 0, "The same list, PEM"},
    {M_POST,   P "/{id}/certificate",  add_chain,        LIMIT_NOTARY_BODY_BYTES, 0, "Notary: add an authority's certificate"},
    {M_POST,   P "/{id}/sign",         sign_authority,   LIMIT_NOTARY_BODY_BYTES, 0, "Notary: sign an authority by another one"},
    {M_POST,   P "/{id}/revoke",       revoke_authority, LIMIT_NOTARY_BODY_BYTES, 0, "Notary: revoke an authority's certificate"},
};
/* clang-format on */
static const char *const realms[] = {P, NULL};
const struct api_table notary_authority_api = {
    .routes = authority_routes, .count = COUNTOF(authority_routes), .problem = notary_problem, .problem_name = "NotaryProblem", .realms = realms};

/* Requests: handed in, judged by the issuing rules, signed, rejected, revoked (notary.md 6). What a request asks for never
 * changes after it is here; what became of it is said by actions alone. */
#include "base/digest.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/pki/acme.h"
#include "content/system/pki/pki.h"

enum { AGAIN_MS = 600000 };           /* so soon after it was signed, signing once more gives the same certificate */

/* ---- coming in ---- */

static enum err derive(struct work *w, struct change *c, const struct request_facts *r, struct problem *why)
{
    struct arena *a = work_arena(w);
    int64_t serial = 0;
    TRY(work_next_number(w, S("certificate_requests"), &serial, why));
    value_put(c, S("serial"), json_of_int(serial));
    value_put(c, S("digest"), json_of_text(digest_hex(a, DIGEST_SHA256, r->der)));
    value_put(c, S("subject"), json_of_text(r->subject_text));
    value_put(c, S("names"), names_list(a, r->names, r->name_count));
    value_put(c, S("key_type"), json_of_text(r->key_name));
    value_put(c, S("status"), json_of_text(S("Outstanding")));
    return ERR_OK;
}

static enum err refuse_twins(struct work *w, str digest, struct problem *why)
{
    const struct collection *c = model_find(work_model(w), S("certificate_requests"));
    const struct json *twin = NULL;
    TRY(work_find(w, S("certificate_requests"), filter_test(work_arena(w), collection_field(c, S("digest")), TEST_EQ, json_of_text(digest)), &twin, why));
    return twin ? problem_fault(why, ERR_INVALID, S("/csr"), S("unique"), "given csr already recorded") : ERR_OK;
}

/* An authority's own request is never somebody's to sign as a leaf. */
static enum err before_create(struct work *w, struct change *c, struct problem *why)
{
    const struct json *csr = value_to_be(c, NULL, S("csr"));
    struct request_facts r;
    struct verdict v;
    TRY(request_read(csr && csr->type == JSON_TEXT ? csr->text : (str){"", 0}, work_arena(w), &r, why));
    if (r.subject.count == 0 && r.name_count == 0)
        return problem_fault(why, ERR_INVALID, S("/csr"), S("csr-names"), "It has neither a subject nor a name");
    if (text_in(c->beside, S("order")).len) {
        TRY(acme_order_is_ready(w, text_in(c->beside, S("order")), why));
        TRY(acme_order_names(w, text_in(c->beside, S("order")), &r, why));
    }
    TRY(refuse_twins(w, digest_hex(work_arena(w), DIGEST_SHA256, r.der), why));
    TRY(rules_judge(w, &r, &v, why));
    if (v.rule)
        value_put(c, S("rule"), json_of_text(text_in(v.rule, S("name"))));
    return derive(w, c, &r, why);
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op != OP_DELETE && c->restores)
        TRY(request_restore(w, c, present, why));
    if (c->op == OP_CREATE && c->restores)
        return ERR_OK;
    if (c->op == OP_CREATE)
        return before_create(w, c, why);
    if (c->op != OP_DELETE && value_changes(c, present, S("csr")))
        return problem_fault(why, ERR_INVALID, S("/csr"), S("locked"), "A request stays as it was handed in; hand in another one");
    if (c->op != OP_DELETE && !work_follows(w) && value_changes(c, present, S("profile")) &&
        (text_in(present, S("approved_by")).len || !str_equal(text_in(present, S("status")), S("Outstanding"))))
        return problem_fault(why, ERR_INVALID, S("/profile"), S("locked"), "It was approved or decided as it is; hand in another one");
    return ERR_OK;
}

/* ---- signing ---- */

/* The journal tells of it by the action's name. */
static enum err say(struct work *w, str id, const char *action, const char *status, str certificate, str chain, struct problem *why)
{
    struct change c = pki_change(w, S("certificate_requests"), OP_UPDATE, id);
    c.verb = str_of(action);
    value_put(&c, S("status"), json_of_text(str_of(status)));
    value_put(&c, S("decided_at"), pki_time(work_arena(w), work_now_ms(w)));
    value_put(&c, S("certificate"), certificate.len ? json_of_text(certificate) : json_null);
    value_put(&c, S("chain"), chain.len ? json_of_text(chain) : json_null);
    return work_change(w, &c, why);
}

struct signing {
    const char *action;
    const struct json *request, *authority, *rule, *profile;
    int64_t days;
};

static enum err sign_with(struct work *w, const struct signing *s, struct problem *why)
{
    str id = text_in(s->request, S("_id")), wanted = text_in(s->request, S("profile")), ruled = text_in(s->rule, S("profile"));
    struct request_facts r;
    struct issued made;
    struct issue_wish wish = {.authority = s->authority, .days = s->days, .days_most = number_in(s->rule, S("max_days")), .request = id, .profile = s->profile};
    TRY(request_read(text_in(s->request, S("csr")), work_arena(w), &r, why));
    TRY(acme_request_names(w, id, &r, why));
    if (text_in(s->request, S("rule")).len)
        TRY(rule_still_allows(w, s->rule, &r, why));
    if (ruled.len)
        TRY(work_get(w, S("certificate_profiles"), ruled, &wish.profile, why));
    else if (!wish.profile && wanted.len)
        TRY(work_get(w, S("certificate_profiles"), wanted, &wish.profile, why));
    wish.public_key = r.public_key;
    wish.key_name = r.key_name;
    wish.subject = r.subject;
    wish.names = r.names;
    wish.name_count = r.name_count;
    TRY(certificate_issue(w, &wish, &made, why));
    return say(w, id, s->action, "Active", made.certificate, made.chain, why);
}

/* The rule that let it in, as it is now; NULL: none, or it is gone. */
static enum err rule_of(struct work *w, const struct json *request, const struct json **out, struct problem *why)
{
    str name = text_in(request, S("rule"));
    const struct collection *rules = model_find(work_model(w), S("issuing_rules"));
    *out = NULL;
    if (name.len == 0)
        return ERR_OK;
    return work_find(w, S("issuing_rules"), filter_test(work_arena(w), collection_field(rules, S("name")), TEST_EQ, json_of_text(name)), out, why);
}

/* A rule may keep its requests to one authority, and may want two people who are neither the author nor each other. */
static enum err judge_rule(struct work *w, const struct signing *s, struct problem *why)
{
    str only = text_in(s->rule, S("authority")), me = work_actor(w)->vars.user, approver = text_in(s->request, S("approved_by"));
    if (only.len && !str_equal(only, text_in(s->authority, S("_id"))))
        return problem_fault(why, ERR_CONFLICT, S("/authority"), S("issuing-rule"), "The issuing rule " STR_FMT " names another authority",
                             STR_ARG(text_in(s->rule, S("name"))));
    if (!str_equal(text_in(s->rule, S("decision")), S("ask_two")) || work_actor(w)->is_server)
        return ERR_OK;
    if (approver.len == 0)
        return problem_fault(why, ERR_CONFLICT, S(""), S("issuing-rule"), "The issuing rule " STR_FMT " wants somebody to approve it first",
                             STR_ARG(text_in(s->rule, S("name"))));
    if (str_equal(approver, me) || str_equal(text_in(s->request, S("_cby")), me))
        return problem_fault(why, ERR_FORBIDDEN, S(""), S("issuing-rule"), "Who handed it in or approved it does not sign it as well");
    return ERR_OK;
}

static enum err profile_said(struct work *w, const struct json *input, const struct json **out, struct problem *why)
{
    const struct json *said = json_get(input, S("profile"));
    const struct collection *c = model_find(work_model(w), S("certificate_profiles"));
    *out = NULL;
    if (!said || said->type != JSON_TEXT)
        return ERR_OK;
    TRY(work_find(w, S("certificate_profiles"), filter_test(work_arena(w), collection_field(c, S("name")), TEST_EQ, *said), out, why));
    return *out ? ERR_OK : problem_fault(why, ERR_NOT_FOUND, S("/profile"), S("exists"), "There is no profile of this name");
}

static bool status_is(const struct json *request, const char *status)
{
    return str_equal(text_in(request, S("status")), str_of(status));
}

/* Twice the same wish, by two people or by an impatient one, is one certificate (CA-4). */
static enum err is_done(struct work *w, const struct signing *s, bool *out, struct problem *why)
{
    const struct json *certificate = NULL;
    *out = false;
    if (!status_is(s->request, "Active") || text_in(s->request, S("certificate")).len == 0)
        return ERR_OK;
    TRY(work_get(w, S("certificates"), text_in(s->request, S("certificate")), &certificate, why));
    *out = str_equal(text_in(certificate, S("authority")), text_in(s->authority, S("_id"))) &&
           number_in(certificate, S("_created")) * 1000 + AGAIN_MS > work_now_ms(w);
    return ERR_OK;
}

static enum err sign_request(struct work *w, const struct json *request, const struct json *authority, const struct json *input,
                             struct problem *why)
{
    struct signing s = {.action = "sign", .request = request, .authority = authority};
    bool done = false;
    if (!status_is(request, "Outstanding") && !status_is(request, "Active"))
        return problem_fault(why, ERR_CONFLICT, S(""), S("status"), "A request that is " STR_FMT " is not signed any more", STR_ARG(text_in(request, S("status"))));
    TRY(pki_days(input, &s.days, why));
    TRY(profile_said(w, input, &s.profile, why));
    TRY(rule_of(w, request, &s.rule, why));
    TRY(judge_rule(w, &s, why));
    TRY(is_done(w, &s, &done, why));
    return done ? ERR_OK : sign_with(w, &s, why);
}

static enum err show(struct work *w, str id, struct json *output, struct problem *why)
{
    const struct json *now = NULL;
    struct json *m = NEW_N(work_arena(w), struct json, 2);
    TRY(work_get(w, S("certificate_requests"), id, &now, why));
    m[0] = json_named(S("status"), json_of_text(text_in(now, S("status"))));
    m[1] = json_named(S("certificate"), text_in(now, S("certificate")).len ? json_of_text(text_in(now, S("certificate"))) : json_null);
    *output = json_of_map(m, 2);
    return ERR_OK;
}

static enum err sign(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *request = NULL, *authority = NULL;
    TRY(work_get(w, c->name, id, &request, why));
    TRY(pki_find_readable(w, S("certificate_authorities"), S("serial"), json_get(input, S("authority")), S("/authority"), &authority, why));
    TRY(sign_request(w, request, authority, input, why));
    return show(w, id, output, why);
}

static enum err renew(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *request = NULL, *old = NULL;
    struct signing s = {.action = "renew"};
    TRY(work_get(w, c->name, id, &request, why));
    if (!status_is(request, "Active"))
        return problem_fault(why, ERR_CONFLICT, S(""), S("status"), "Only a request with a certificate is renewed");
    TRY(work_get(w, S("certificates"), text_in(request, S("certificate")), &old, why));
    if (text_in(old, S("authority")).len == 0)
        return problem_fault(why, ERR_CONFLICT, S(""), S("authority"), "No authority here has issued its certificate");
    if (work_actor(w)->is_server && text_in(input, S("order")).len) /* the same request came again with an ACME order */
        TRY(acme_order_take(w, text_in(input, S("order")), id, why));
    s.request = request;
    TRY(work_get(w, S("certificate_authorities"), text_in(old, S("authority")), &s.authority, why));
    TRY(pki_days(input, &s.days, why));
    TRY(rule_of(w, request, &s.rule, why));
    TRY(judge_rule(w, &s, why));
    TRY(sign_with(w, &s, why));
    return show(w, id, output, why);
}

/* ---- other ends ---- */

static enum err approve(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *request = NULL;
    const struct vars *who = &work_actor(w)->vars;
    str me = who->user;
    (void)input;
    TRY(work_get(w, c->name, id, &request, why));
    if (!status_is(request, "Outstanding"))
        return problem_fault(why, ERR_CONFLICT, S(""), S("status"), "It was decided already");
    if (me.len == 0 || who->is_service || str_equal(me, text_in(request, S("_cby"))))
        return problem_set(why, ERR_FORBIDDEN, "It is approved by a person, and not by the one who handed it in");
    struct change change = pki_change(w, c->name, OP_UPDATE, id);
    change.verb = S("approve");
    value_put(&change, S("approved_by"), json_of_text(me));
    TRY(work_change(w, &change, why));
    return show(w, id, output, why);
}

/* force: whatever became of it; what it got is no more its own, and stays among the certificates as good or bad as it was. */
static enum err reject(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *request = NULL;
    str reason = utf8_cut(text_in(input, S("reason")), 1000);
    TRY(work_get(w, c->name, id, &request, why));
    bool is_decided = !status_is(request, "Outstanding");
    if (is_decided && !flag_in(input, S("force")))
        return problem_fault(why, ERR_CONFLICT, S(""), S("status"), "Only an outstanding request is rejected; this one is " STR_FMT,
                             STR_ARG(text_in(request, S("status"))));
    struct change change = pki_change(w, c->name, OP_UPDATE, id);
    change.verb = S("reject");
    value_put(&change, S("status"), json_of_text(S("Rejected")));
    value_put(&change, S("decided_at"), pki_time(work_arena(w), work_now_ms(w)));
    if (reason.len)
        value_put(&change, S("reason"), json_of_text(reason));
    if (is_decided) {
        value_put(&change, S("certificate"), json_null);
        value_put(&change, S("chain"), json_null);
    }
    TRY(work_change(w, &change, why));
    return show(w, id, output, why);
}

static enum err import(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *request = NULL;
    struct request_facts r;
    struct certificate *chain;
    size_t count;
    str leaf;
    TRY(work_get(w, c->name, id, &request, why));
    TRY(request_read(text_in(request, S("csr")), work_arena(w), &r, why));
    TRY(chain_read(w, text_in(input, S("certificate")), r.public_key, flag_in(input, S("allow_expired")), S("/certificate"), &chain, &count, why));
    if (status_is(request, "Revoked") || status_is(request, "Rejected"))
        return problem_fault(why, ERR_CONFLICT, S(""), S("status"), "A request that is " STR_FMT " takes no certificate", STR_ARG(text_in(request, S("status"))));
    TRY(certificates_keep(w, chain, count, id, &leaf, why));
    str text = {"", 0};
    for (size_t i = count; i-- > 0;)
        text = chain_text(work_arena(w), certificate_pem(work_arena(w), &chain[i]), text);
    TRY(say(w, id, "import", "Active", leaf, text, why));
    return show(w, id, output, why);
}

static enum err detach(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *request = NULL;
    (void)input;
    TRY(work_get(w, c->name, id, &request, why));
    if (!status_is(request, "Active"))
        return problem_fault(why, ERR_CONFLICT, S(""), S("status"), "There is no certificate to take off");
    TRY(say(w, id, "detach", "Outstanding", (str){0}, (str){0}, why));
    return show(w, id, output, why);
}

static enum err revoke(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    const struct json *request = NULL;
    TRY(work_get(w, c->name, id, &request, why));
    if (text_in(request, S("certificate")).len == 0)
        return problem_fault(why, ERR_CONFLICT, S(""), S("no-certificate"), "There is no certificate to revoke");
    TRY(certificates_revoke_of(w, request, text_in(input, S("reason")), why));
    return show(w, id, output, why);
}

/* Who signs what a rule says is signed at once: the authority that it names, or the only one there is. Where there are several and
 * the rule names none, one is chosen by who may see it, as when somebody signs. Whatever else was wanted waits for somebody who
 * decides. */
static enum err only_authority(struct work *w, const struct json *rule, str wanted, const struct json **out, struct problem *why)
{
    const struct filter *ready = NULL;
    uint64_t count = 0;
    str ruled = text_in(rule, S("authority"));
    *out = NULL;
    if (ruled.len)
        return wanted.len && !str_equal(ruled, wanted) ? ERR_OK : work_get(w, S("certificate_authorities"), ruled, out, why);
    TRY(pki_filter(w, S("certificate_authorities"), S("{\"enabled\":true}"), &ready, why));
    TRY(work_count(w, S("certificate_authorities"), ready, &count, why));
    if (count == 1)
        TRY(work_find(w, S("certificate_authorities"), ready, out, why));
    if (wanted.len == 0 || str_equal(text_in(*out, S("_id")), wanted))
        return ERR_OK;
    TRY(work_get(w, S("certificate_authorities"), wanted, out, why));
    if (!pki_reads(w, S("certificate_authorities"), *out))
        *out = NULL;
    return ERR_OK;
}

static enum err after(struct work *w, struct change *c, struct problem *why)
{
    const struct json *request = NULL;
    struct signing s = {.action = "sign"};
    if (c->op != OP_CREATE || c->restores)
        return ERR_OK;
    /* What ACME says beside a request (roles/acme/finalize.c): whose order it is, at which authority's address it came, and
     * that its author may sign anyway, which counts where there are no rules about him. */
    str order = text_in(c->beside, S("order"));
    if (order.len)
        TRY(acme_order_take(w, order, c->result_id, why));
    TRY(work_get(w, S("certificate_requests"), c->result_id, &request, why));
    TRY(rule_of(w, request, &s.rule, why));
    if (s.rule ? !str_equal(text_in(s.rule, S("decision")), S("sign")) : !flag_in(c->beside, S("sign")))
        return ERR_OK;
    s.request = request;
    TRY(only_authority(w, s.rule, text_in(c->beside, S("authority")), &s.authority, why));
    return s.authority ? sign_with(w, &s, why) : ERR_OK;
}

static const struct action_code actions[] = {
    {.name = STR("sign"), .run = sign},     {.name = STR("approve"), .run = approve}, {.name = STR("reject"), .run = reject},
    {.name = STR("import"), .run = import}, {.name = STR("detach"), .run = detach},   {.name = STR("revoke"), .run = revoke},
    {.name = STR("renew"), .run = renew},   {.name = STR("check"), .run = rules_check, .reads_only = true, .for_makers = true},
};
const struct behaviour behaviour_certificate_requests = {
    .collection = STR("certificate_requests"), .before = before, .after = after, .actions = actions, .action_count = COUNTOF(actions)};

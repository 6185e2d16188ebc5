/* All of Notary's that is not here yet, in one transaction: it comes whole or not at all. */
#include "api/notary/notary.h"
#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/system/pki/revocation.h"
#include "server/transfer/import_notary.h"
#include "server/transfer/import_parts.h"

enum { DNS_NAMES = 20 };

struct writing {
    struct notary *n;
    const struct principal *who;
    struct change *changes;
    size_t count;
    str roles[4];                     /* ids */
};

static struct json instant(struct arena *a, int64_t ms)
{
    struct buf b;
    if (ms == 0)
        return json_null;
    buf_init(&b, a, 64);
    time_write(&b, ms / 1000 * 1000);
    return json_of_text(buf_str(&b));
}

static void put_text(struct member_list *m, const char *name, str text)
{
    if (text.len)
        member_put(m, str_of(name), json_of_text(text));
}

/* where: what a fault is about, like "/certificate_requests/7". */
static enum err add(struct writing *w, const char *collection, enum op op, const struct member_list *m, int64_t number)
{
    const struct collection *in;
    struct arena *a = w->n->arena;
    struct change *c = &w->changes[w->count++];
    struct json item = member_map(m);
    const struct json *id = json_get(&item, S("_id"));
    *c = (struct change){.op = op, .restores = true, .id = op == OP_UPDATE ? id->text : (str){0}};
    TRY(gate_collection(transfer_app(w->n->to)->gate, w->who, str_of(collection), &in, w->n->why));
    return change_read(a, in, &item, arena_format(a, "/%s/%lld", collection, (long long)number), c, w->n->why);
}

/* ---- people ---- */

static enum err find_role(struct writing *w, size_t role)
{
    struct arena *a = w->n->arena;
    const struct collection *in;
    struct item_list found;
    TRY(gate_collection(transfer_app(w->n->to)->gate, w->who, S("roles"), &in, w->n->why));
    struct query q = {.from = in, .limit = 1, .where = filter_test(a, collection_field(in, S("name")), TEST_EQ, json_of_text(notary_roles[role]))};
    query_all_fields(a, &q, NULL);
    item_list_init(&found, a);
    TRY(gate_read(transfer_app(w->n->to)->gate, w->who, &q, &found.receiver, NULL, w->n->why));
    if (found.count) {
        w->roles[role] = json_get(&found.items[0], S("_id"))->text;
        return ERR_OK;
    }
    struct member_list m = {.arena = a};
    w->roles[role] = transfer_id(a, S("notary"), S("roles"), notary_roles[role]);
    put_text(&m, "_id", w->roles[role]);
    put_text(&m, "name", notary_roles[role]);
    put_text(&m, "template", notary_roles[role]);
    return add(w, "roles", OP_CREATE, &m, (int64_t)role);
}

static enum err add_user(struct writing *w, const struct notary_user *u)
{
    struct member_list m = {.arena = w->n->arena};
    struct json *role = NEW(w->n->arena, struct json);
    if (u->is_here)
        return ERR_OK;
    if (!w->roles[u->role].len)
        TRY(find_role(w, (size_t)u->role));
    *role = json_of_text(w->roles[u->role]);
    put_text(&m, "_id", u->id);
    put_text(&m, "email", u->email);
    if (!str_is_absent(u->name))
        put_text(&m, "name", u->name);
    member_put(&m, S("roles"), json_of_list(role, 1));
    if (password_is_hash(u->hash))
        put_text(&m, "password", u->hash);
    if (u->is_numbered)
        member_put(&m, S("serial"), json_of_int(u->number));
    return add(w, "users", OP_CREATE, &m, u->number);
}

static enum err add_users(struct writing *w, bool are_numbered)
{
    for (size_t i = 0; i < w->n->users.count; i++) {
        const struct notary_user *u = w->n->users.at[i];
        if (u->is_numbered == are_numbered)
            TRY(add_user(w, u));
    }
    return ERR_OK;
}

static void tell_about_people(struct notary *n)
{
    uint64_t others = 0, oidc = 0, numbers = 0;
    for (size_t i = 0; i < n->users.count; i++) {
        const struct notary_user *u = n->users.at[i];
        if (u->is_here)
            continue;
        others += u->hash.len && !password_is_hash(u->hash);
        oidc += u->is_oidc;
        numbers += !u->is_numbered;
    }
    transfer_tell_count(n->to, others, "passwords are kept in a way that is not Argon2id; vitrine user reset gives those people new ones");
    transfer_tell_count(n->to, oidc, "people signed in through OpenID Connect; they do so here once their provider is set up");
    transfer_tell_count(n->to, numbers, "people get other numbers than in Notary, where theirs are taken here");
}

/* ---- certificates ---- */

/* Issuers first. The depth was checked. */
static enum err add_certificate(struct writing *w, struct notary_certificate *c)
{
    struct member_list m = {.arena = w->n->arena};
    if (c->is_here)
        return ERR_OK;
    if (c->issuer)
        TRY(add_certificate(w, c->issuer)); /* at most LIMIT_CERTIFICATE_CHAIN deep */
    c->is_here = true;
    put_text(&m, "_id", c->id);
    put_text(&m, "pem", c->pem);
    member_put(&m, S("number"), json_of_int(c->number));
    put_text(&m, "fingerprint", c->fingerprint); /* and others, once more by the behaviour */
    put_text(&m, "serial", c->facts.serial);
    member_put(&m, S("not_before"), instant(w->n->arena, c->facts.not_before_ms));
    member_put(&m, S("not_after"), instant(w->n->arena, c->facts.not_after_ms));
    if (c->issuer)
        put_text(&m, "issuer", c->issuer->id);
    if (c->request)
        put_text(&m, "key_type", c->request->facts.key_name);
    if (c->revoked) {
        member_put(&m, S("revoked_at"), instant(w->n->arena, c->revoked->at_ms));
        put_text(&m, "revocation", revocation_name(c->revoked->reason));
    }
    return add(w, "certificates", OP_CREATE, &m, c->number);
}

/* What they lead to came behind them. */
static enum err link_certificate(struct writing *w, const struct notary_certificate *c)
{
    struct member_list m = {.arena = w->n->arena};
    bool is_asked = c->request && !c->request->is_left_out;
    if (!c->by && !is_asked)
        return ERR_OK;
    put_text(&m, "_id", c->id);
    if (c->by)
        put_text(&m, "authority", c->by->id);
    if (is_asked)
        put_text(&m, "request", c->request->id);
    return add(w, "certificates", OP_UPDATE, &m, c->number);
}

/* Made once for each. A request keeps its own: a small database in which many share a long one would take much memory here. */
static enum err put_chain(struct notary *n, struct member_list *m, struct notary_certificate *c)
{
    struct notary_certificate *below[LIMIT_CERTIFICATE_CHAIN];
    size_t depth = 0;
    for (struct notary_certificate *up = c; up && !up->chain.len; up = up->issuer)
        below[depth++] = up;
    while (depth-- > 0) {
        struct notary_certificate *one = below[depth];
        one->chain = one->issuer ? arena_format(n->arena, STR_FMT "\n" STR_FMT, STR_ARG(one->pem), STR_ARG(one->issuer->chain)) : one->pem;
    }
    n->chain_bytes += c->chain.len;
    if (n->chain_bytes > LIMIT_NOTARY_CHAIN_BYTES)
        return notary_broken(n, "the chains of its requests have more than %u bytes", LIMIT_NOTARY_CHAIN_BYTES);
    put_text(m, "chain", c->chain);
    return ERR_OK;
}

/* ---- requests ---- */

static str owner_of(struct notary *n, const struct notary_request *q)
{
    for (size_t i = 0; i < n->users.count; i++) {
        const struct notary_user *u = n->users.at[i];
        if (q->user_number ? u->number == q->user_number : q->email.len && str_equal(u->email, q->email))
            return u->id;
    }
    return (str){0};
}

static enum err add_request(struct writing *w, const struct notary_request *q)
{
    struct member_list m = {.arena = w->n->arena};
    str owner = owner_of(w->n, q);
    if (q->is_here || q->is_left_out || q->is_authoritys)
        return ERR_OK;
    put_text(&m, "_id", q->id);
    member_put(&m, S("_cby"), owner.len ? json_of_text(owner) : json_null);
    put_text(&m, "csr", q->csr);
    member_put(&m, S("serial"), json_of_int(q->number));
    put_text(&m, "status", q->status);
    if (q->certificate) {
        put_text(&m, "certificate", q->certificate->id);
        TRY(put_chain(w->n, &m, q->certificate));
    }
    return add(w, "certificate_requests", OP_CREATE, &m, q->number);
}

/* ---- authorities ---- */

static bool is_country(str s)
{
    return s.len == 2 && s.at[0] >= 'A' && s.at[0] <= 'Z' && s.at[1] >= 'A' && s.at[1] <= 'Z';
}

/* The parts that authorities here have, each once; all of them stand in its request, whatever is shown. */
static struct json subject_of(struct arena *a, const struct dn *s)
{
    static const str known[] = {STR("CN"), STR("O"), STR("OU"), STR("C"), STR("ST"), STR("L")};
    struct json *members = NEW_N(a, struct json, COUNTOF(known));
    size_t count = 0;
    for (size_t k = 0; k < COUNTOF(known); k++)
        for (size_t i = 0; i < s->count; i++) {
            const struct dn_part *p = &s->parts[i];
            if (!str_equal(p->type, known[k]) || (str_equal(p->type, S("C")) && !is_country(p->text)))
                continue;
            members[count++] = json_named(known[k], json_of_text(p->text));
            break;
        }
    return json_of_map(members, count);
}

static struct json dns_names_of(struct arena *a, const struct request_facts *r)
{
    struct json *list = NEW_N(a, struct json, DNS_NAMES);
    size_t count = 0;
    for (size_t i = 0; i < r->name_count && count < DNS_NAMES; i++)
        if (r->names[i].kind == NAME_DNS)
            list[count++] = json_of_text(r->names[i].text);
    return json_of_list(list, count);
}

static struct json others_of(struct arena *a, const struct notary_authority *x)
{
    struct json *list = NEW_N(a, struct json, x->other_count + 1);
    for (size_t i = 0; i < x->other_count; i++) {
        struct json *m = NEW_N(a, struct json, 3);
        m[0] = json_named(S("serial"), json_of_text(x->others[i]->serial));
        m[1] = json_named(S("at"), instant(a, x->others[i]->at_ms));
        m[2] = json_named(S("reason"), json_of_int(x->others[i]->reason));
        list[i] = json_of_map(m, 3);
    }
    return json_of_list(list, x->other_count);
}

/* Its list as it was signed there: the next one is written when something is revoked, or when this one is over. */
static void put_list(struct member_list *m, const struct notary_authority *x)
{
    put_text(m, "crl", x->crl);
    member_put(m, S("crl_number"), json_of_int(x->list.number));
    member_put(m, S("crl_next"), instant(m->arena, x->list.next_ms ? x->list.next_ms : time_now_ms()));
    member_put(m, S("revoked_before"), others_of(m->arena, x));
}

static enum err add_authority(struct writing *w, const struct notary_authority *x)
{
    struct member_list m = {.arena = w->n->arena};
    const struct request_facts *r = &x->request->facts;
    if (x->is_here)
        return ERR_OK;
    str name = r->subject.count ? r->subject.parts[0].text : arena_format(w->n->arena, "Notary %lld", (long long)x->number);
    for (size_t i = 0; i < r->subject.count; i++)
        name = str_equal(r->subject.parts[i].type, S("CN")) ? r->subject.parts[i].text : name;
    put_text(&m, "_id", x->id);
    put_text(&m, "name", name);
    put_text(&m, "csr", x->request->csr);
    put_text(&m, "key_type", r->key_name);
    put_text(&m, "private_key", x->key);
    member_put(&m, S("serial"), json_of_int(x->number));
    member_put(&m, S("subject"), subject_of(w->n->arena, &r->subject));
    member_put(&m, S("dns_names"), dns_names_of(w->n->arena, r));
    member_put(&m, S("enabled"), json_of_bool(x->is_enabled && x->certificate));
    member_put(&m, S("self_signed"), json_of_bool(x->certificate && !x->certificate->issuer));
    if (x->certificate) {
        put_text(&m, "certificate", x->certificate->id);
        TRY(put_chain(w->n, &m, x->certificate));
        put_list(&m, x);
    }
    return add(w, "certificate_authorities", OP_CREATE, &m, x->number);
}

/* ---- what is here from before ---- */

static enum err add_late(struct writing *w, const struct notary_late *row)
{
    struct member_list m = {.arena = w->n->arena};
    put_text(&m, "_id", row->id);
    if (!row->has_authority)
        put_text(&m, "authority", row->by->id);
    if (row->revoked) {
        member_put(&m, S("revoked_at"), instant(w->n->arena, row->revoked->at_ms));
        put_text(&m, "revocation", revocation_name(row->revoked->reason));
    }
    return add(w, "certificates", OP_UPDATE, &m, row->by->number);
}

/* Its next list has a number behind all that there were, and is due. */
static enum err add_due(struct writing *w, const struct notary_authority *x)
{
    struct member_list m = {.arena = w->n->arena};
    if (!x->is_here || !x->is_due)
        return ERR_OK;
    put_text(&m, "_id", x->id);
    member_put(&m, S("crl_number"), json_of_int(x->list_number));
    member_put(&m, S("crl_next"), instant(w->n->arena, time_now_ms()));
    if (x->other_count)
        member_put(&m, S("revoked_before"), others_of(w->n->arena, x));
    return add(w, "certificate_authorities", OP_UPDATE, &m, x->number);
}

/* In a transaction of its own; a server that is cut off here finds it due. */
static enum err write_list(struct notary *n, const struct principal *who, const struct notary_authority *x)
{
    const struct collection *in;
    const struct json nothing = json_of_map(NULL, 0);
    struct json output;
    if (!x->is_here || !x->is_due)
        return ERR_OK;
    TRY(gate_collection(transfer_app(n->to)->gate, who, S("certificate_authorities"), &in, n->why));
    return gate_act(transfer_app(n->to)->gate, who, in, x->id, S("crl"), &nothing, &output, n->arena, n->why);
}

/* ---- all ---- */

static enum err add_all(struct writing *w)
{
    struct notary *n = w->n;
    bool *is_new = NEW_N(n->arena, bool, n->certificates.count + 1);
    for (size_t i = 0; i < n->certificates.count; i++)
        is_new[i] = !((struct notary_certificate *)n->certificates.at[i])->is_here;
    TRY(add_users(w, true)); /* then the row of numbers is behind theirs */
    TRY(add_users(w, false));
    for (size_t i = 0; i < n->certificates.count; i++)
        TRY(add_certificate(w, n->certificates.at[i]));
    for (size_t i = 0; i < n->authorities.count; i++)
        TRY(add_authority(w, n->authorities.at[i]));
    for (size_t i = 0; i < n->requests.count; i++)
        TRY(add_request(w, n->requests.at[i]));
    for (size_t i = 0; i < n->certificates.count; i++)
        if (is_new[i])
            TRY(link_certificate(w, n->certificates.at[i]));
    for (size_t i = 0; i < n->late_count; i++)
        TRY(add_late(w, n->late[i]));
    for (size_t i = 0; i < n->authorities.count; i++)
        TRY(add_due(w, n->authorities.at[i]));
    return ERR_OK;
}

static void count(struct notary *n)
{
    for (size_t i = 0; i < n->users.count; i++)
        transfer_count(n->to, S("users"), true);
    for (size_t i = 0; i < n->certificates.count; i++)
        transfer_count(n->to, S("certificates"), true);
    for (size_t i = 0; i < n->authorities.count; i++)
        transfer_count(n->to, S("certificate_authorities"), true);
    for (size_t i = 0; i < n->requests.count; i++) {
        const struct notary_request *q = n->requests.at[i];
        if (!q->is_left_out && !q->is_authoritys)
            transfer_count(n->to, S("certificate_requests"), true);
    }
}

enum err notary_write(struct notary *n, const struct principal *who)
{
    size_t most = COUNTOF(notary_roles) + n->users.count + 2 * n->certificates.count + n->late_count + 2 * n->authorities.count +
                  n->requests.count;
    struct writing w = {.n = n, .who = who, .changes = NEW_N(n->arena, struct change, most + 1)};
    TRY(add_all(&w));
    tell_about_people(n);
    if (!transfer_is_dry(n->to) && w.count) {
        TRY(gate_write(transfer_app(n->to)->gate, who, w.changes, w.count, n->arena, n->why));
        for (size_t i = 0; i < n->authorities.count; i++)
            TRY(write_list(n, who, n->authorities.at[i]));
    }
    count(n);
    return ERR_OK;
}

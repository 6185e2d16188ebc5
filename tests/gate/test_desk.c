/* The certificate desk held against its law: callers x collections x verbs and actions x surfaces. Whatever is asked for cannot be done (the
 * request is rejected, the authority waits, the certificate is revoked), so that who may gets that answer, who may not gets the law's, and nobody
 * leaves a trace (notary.md 3, security AZ-1, CA-3). */
#include "roles/internal.h"
#include "tests/support/check.h"
#include "tests/support/graph.h"
#include "tests/support/rest.h"

#include "content/system/pki/x509_make.h"

#define REQUESTS    "certificate_requests"
#define CERTIFICATES "certificates"
#define CAS         "certificate_authorities"
#define PROFILES    "certificate_profiles"
#define RULES       "issuing_rules"

/* ---- the law ---- */

static const char people[] =
    "{roles: {approver: [{collection:'certificate_requests', verbs:['read','approve']}],"
    "  signer: [{collection:'certificate_requests', verbs:['read','sign','renew']}, {collection:'certificate_authorities', verbs:['read']}],"
    "  revoker: [{collection:'certificates', verbs:['read','revoke']}],"
    "  blind: [{collection:'certificate_requests', verbs:['reject']}],"
    "  guest: [{collection:'users', verbs:['read'], where:{_id:'$user'}}]},"
    " users: {asker: {roles:['certificate_requestor']}, stranger: {roles:['certificate_requestor']}, reader: {roles:['certificate_reader']}, manager: {roles:['certificate_manager']},"
    "  approver: {roles:['approver']}, signer: {roles:['signer']}, revoker: {roles:['revoker']}, blind: {roles:['blind']}, guest: {roles:['guest']},"
    "  admin: {roles:['admin']}},"
    " keys: {asker: {user:'asker'}, stranger: {user:'stranger'}, reader: {user:'reader'}, manager: {user:'manager'}, approver: {user:'approver'},"
    "  signer: {user:'signer'}, revoker: {user:'revoker'}, blind: {user:'blind'}, guest: {user:'guest'}, admin: {user:'admin'},"
    "  scoped: {user:'manager', scopes:[{collection:'certificate_requests', verbs:['read','reject']}, {collection:'certificate_authorities', verbs:['read']}]}}}";

static const char *const callers[] = {"nobody", "asker", "stranger", "reader", "manager", "admin", "approver", "signer", "revoker", "blind", "guest", "scoped"};

static const struct law {
    const char *who, *collection, *verbs; /* "*": all there are */
    bool own;                         /* what its person handed in, or what was issued for that */
} laws[] = {
    {"asker", REQUESTS, "read", true},       {"asker", REQUESTS, "create", false},   {"asker", CERTIFICATES, "read", true},
    {"asker", PROFILES, "read", false},      {"stranger", REQUESTS, "read", true},   {"stranger", REQUESTS, "create", false},
    {"stranger", CERTIFICATES, "read", true}, {"stranger", PROFILES, "read", false}, {"reader", REQUESTS, "read", false},
    {"reader", CERTIFICATES, "read", false}, {"reader", CAS, "read", false},         {"reader", PROFILES, "read", false},
    {"reader", RULES, "read", false},        {"manager", REQUESTS, "*", false},      {"manager", CERTIFICATES, "*", false},
    {"manager", CAS, "*", false},            {"manager", PROFILES, "*", false},      {"manager", RULES, "*", false},
    {"admin", REQUESTS, "*", false},         {"admin", CERTIFICATES, "*", false},    {"admin", CAS, "*", false},
    {"admin", PROFILES, "*", false},         {"admin", RULES, "*", false},           {"approver", REQUESTS, "read approve", false},
    {"signer", REQUESTS, "read sign renew", false}, {"signer", CAS, "read", false},  {"revoker", CERTIFICATES, "read revoke", false},
    {"blind", REQUESTS, "reject", false},    {"scoped", REQUESTS, "read reject", false}, {"scoped", CAS, "read", false},
};

static bool is(const char *a, const char *b)
{
    return str_equal(str_of(a), str_of(b));
}

static bool lists(const char *verbs, const char *verb)
{
    str rest = str_of(verbs), piece;
    for (bool ended = false; str_next(&rest, &ended, ' ', &piece);)
        if (str_equal(piece, S("*")) || str_equal(piece, str_of(verb)))
            return true;
    return false;
}

/* ERR_OK: he may; all items here are the asker's, or nobody's. */
static enum err law_says(const char *who, const char *collection, const char *verb)
{
    bool knows = false;
    if (is(who, "nobody"))
        return ERR_UNAUTHENTICATED;
    for (size_t i = 0; i < COUNTOF(laws); i++) {
        if (!is(laws[i].who, who) || !is(laws[i].collection, collection))
            continue;
        knows = true;
        if (lists(laws[i].verbs, verb))
            return laws[i].own && !is(who, "asker") ? ERR_NOT_FOUND : ERR_OK;
    }
    return knows ? ERR_FORBIDDEN : ERR_NOT_FOUND;
}

/* ---- what is asked ---- */

enum how { READ, CREATE, UPDATE, DELETE, ACT };

static const struct ask {
    const char *collection, *verb;
    enum how how;
    const char *said;                 /* JSON5; %s: the root's id or the waiting authority's own, as it is wanted */
    bool is_done;                     /* who may does it: not asked of him */
    const char *method, *notary;      /* Notary's call for it behind /api/v1/; # stands for its number */
} asks[] = {
    {REQUESTS, "read", READ, "", false, "GET", "certificate_requests/#"},
    {REQUESTS, "create", CREATE, "{csr:'x'}", false, "POST", "certificate_requests"},
    {REQUESTS, "update", UPDATE, "{csr:'x'}", false, NULL, NULL},
    {REQUESTS, "delete", DELETE, "", true, "DELETE", "certificate_requests/#"},
    {REQUESTS, "sign", ACT, "{authority:'ROOT'}", false, "POST", "certificate_requests/#/sign"},
    {REQUESTS, "approve", ACT, "{}", false, NULL, NULL},
    {REQUESTS, "reject", ACT, "{}", false, "POST", "certificate_requests/#/reject"},
    {REQUESTS, "import", ACT, "{certificate:'x'}", false, "POST", "certificate_requests/#/certificate"},
    {REQUESTS, "detach", ACT, "{}", false, "DELETE", "certificate_requests/#/certificate"},
    {REQUESTS, "revoke", ACT, "{}", false, "POST", "certificate_requests/#/certificate/revoke"},
    {REQUESTS, "renew", ACT, "{}", false, NULL, NULL},
    {CERTIFICATES, "read", READ, "", false, NULL, NULL},
    {CERTIFICATES, "create", CREATE, "{}", true, NULL, NULL}, /* nobody writes one */
    {CERTIFICATES, "update", UPDATE, "{}", true, NULL, NULL},
    {CERTIFICATES, "delete", DELETE, "", false, NULL, NULL},
    {CERTIFICATES, "revoke", ACT, "{}", false, NULL, NULL},
    {CAS, "read", READ, "", false, "GET", "certificate_authorities/#"},
    {CAS, "create", CREATE, "{}", false, "POST", "certificate_authorities"},
    {CAS, "update", UPDATE, "{enabled:true}", false, "PUT", "certificate_authorities/#"},
    {CAS, "delete", DELETE, "", true, "DELETE", "certificate_authorities/#"},
    {CAS, "certify", ACT, "{certificate_chain:'x'}", false, "POST", "certificate_authorities/#/certificate"},
    {CAS, "sign", ACT, "{authority:'WAITING'}", false, "POST", "certificate_authorities/#/sign"},
    {CAS, "revoke", ACT, "{}", false, "POST", "certificate_authorities/#/revoke"},
    {CAS, "crl", ACT, "{}", false, NULL, NULL},
    {PROFILES, "read", READ, "", false, NULL, NULL},
    {PROFILES, "create", CREATE, "{name:'A B'}", false, NULL, NULL},
    {PROFILES, "update", UPDATE, "{name:'A B'}", false, NULL, NULL},
    {PROFILES, "delete", DELETE, "", false, NULL, NULL},
    {RULES, "read", READ, "", false, NULL, NULL},
    {RULES, "create", CREATE, "{name:''}", false, NULL, NULL},
    {RULES, "update", UPDATE, "{name:''}", false, NULL, NULL},
    {RULES, "delete", DELETE, "", true, NULL, NULL},
};

struct desk {
    struct house *house;
    struct graph graph;
    str request, certificate, root, waiting, profile, rule;
    struct arena *arena;              /* of one question */
    const char *who;
    const struct ask *ask;
};

static str id_of(const struct desk *d)
{
    const struct {
        const char *collection;
        str id;
    } all[] = {{REQUESTS, d->request}, {CERTIFICATES, d->certificate}, {CAS, d->waiting}, {PROFILES, d->profile}, {RULES, d->rule}};
    for (size_t i = 0; i < COUNTOF(all); i++)
        if (is(all[i].collection, d->ask->collection))
            return all[i].id;
    return S("");
}

static const struct json *said(const struct desk *d)
{
    const char *said = d->ask->said;
    str wanted = strstr(said, "ROOT") ? d->root : d->waiting;
    if (strstr(said, "ROOT") || strstr(said, "WAITING"))
        said = arena_cstr(d->arena, arena_format(d->arena, "{authority:'" STR_FMT "'}", STR_ARG(wanted)));
    return house_json(d->arena, said[0] ? said : "{}");
}

static str key_of(const struct desk *d)
{
    return is(d->who, "nobody") ? (str){0} : house_key(d->house, d->who);
}

static const char *headers_of(const struct desk *d)
{
    str key = key_of(d);
    return str_is_absent(key) ? "Content-Type: application/json\n"
                              : arena_cstr(d->arena, arena_format(d->arena, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(key)));
}

/* ---- surfaces ---- */

static enum err rest(struct desk *d, const char *method, str target, str body)
{
    enum err e;
    (void)rest_request(d->house->gate, d->arena, method, arena_cstr(d->arena, target), headers_of(d), body, &e);
    return e;
}

static enum err ask_rest(struct desk *d)
{
    static const char *const methods[] = {[READ] = "GET", [CREATE] = "POST", [UPDATE] = "PATCH", [DELETE] = "DELETE", [ACT] = "POST"};
    const struct ask *k = d->ask;
    str target = arena_format(d->arena, "/api/content/item/%s", k->collection), body = S("");
    if (k->how != CREATE)
        target = arena_format(d->arena, STR_FMT "/" STR_FMT, STR_ARG(target), STR_ARG(id_of(d)));
    if (k->how == ACT)
        target = arena_format(d->arena, STR_FMT "/%s", STR_ARG(target), k->verb);
    if (k->how == CREATE || k->how == UPDATE)
        body = arena_format(d->arena, "{\"data\":" STR_FMT "}", STR_ARG(json_print(d->arena, said(d))));
    else if (k->how == ACT)
        body = json_print(d->arena, said(d));
    return rest(d, methods[k->how], target, body);
}

static enum err ask_batch(struct desk *d)
{
    static const char *const ops[] = {[CREATE] = "create", [UPDATE] = "update", [DELETE] = "delete"};
    const struct ask *k = d->ask;
    if (k->how == READ || k->how == ACT)
        return ask_rest(d);
    str id = k->how == CREATE ? S("") : arena_format(d->arena, ",\"id\":\"" STR_FMT "\"", STR_ARG(id_of(d)));
    str data = k->how == DELETE ? S("") : arena_format(d->arena, ",\"data\":" STR_FMT, STR_ARG(json_print(d->arena, said(d))));
    return rest(d, "POST", S("/api/batch"),
                arena_format(d->arena, "{\"changes\":[{\"op\":\"%s\",\"in\":\"%s\"" STR_FMT STR_FMT "}]}", ops[k->how], k->collection, STR_ARG(id), STR_ARG(data)));
}

static str document(struct desk *d, const struct json **variables)
{
    const struct ask *k = d->ask;
    struct json *member = NEW(d->arena, struct json);
    const struct principal *server = principal_system(d->house->gate, d->arena, SYSTEM_CHECK);
    const struct collection *c = house_collection(server, k->collection);
    str one = c->api.one, type = c->api.type, id = id_of(d);
    *member = json_named(S("v"), *said(d));
    struct json *all = NEW(d->arena, struct json);
    *all = json_of_map(member, 1);
    *variables = k->how == CREATE || k->how == UPDATE || k->how == ACT ? all : NULL;
    switch (k->how) {
    case READ: return arena_format(d->arena, "{x:" STR_FMT "(_id:\"" STR_FMT "\"){_id}}", STR_ARG(one), STR_ARG(id));
    case CREATE: return arena_format(d->arena, "mutation($v:" STR_FMT "Create!){x:create" STR_FMT "(data:$v){_id}}", STR_ARG(type), STR_ARG(type));
    case UPDATE: return arena_format(d->arena, "mutation($v:" STR_FMT "Update!){x:update" STR_FMT "(_id:\"" STR_FMT "\",data:$v){_id}}", STR_ARG(type), STR_ARG(type), STR_ARG(id));
    case DELETE: return arena_format(d->arena, "mutation{x:delete" STR_FMT "(_id:\"" STR_FMT "\"){_id}}", STR_ARG(type), STR_ARG(id));
    case ACT: break;
    }
    return arena_format(d->arena, "mutation($v:JSON){x:%s" STR_FMT "(_id:\"" STR_FMT "\",input:$v)}", k->verb, STR_ARG(type), STR_ARG(id));
}

/* What has no name in his schema is refused as the law has it. */
static enum err ask_graphql(struct desk *d)
{
    const struct json *variables;
    struct graph_answer answer;
    str text = document(d, &variables);
    graph_ask(&d->graph, d->arena, key_of(d), text, variables, NULL, &answer);
    if (answer.err != ERR_OK)
        return answer.err;
    str code = graph_code(&answer);
    if (str_is_absent(code))
        return json_get(answer.data, S("x"))->type == JSON_NULL ? ERR_NOT_FOUND : ERR_OK;
    if (graph_err(code) != ERR_OK)
        return graph_err(code);
    enum err wanted = law_says(d->who, d->ask->collection, d->ask->verb);
    if (wanted == ERR_OK)
        CHECK_SAY("%s has no %s of %s in his schema: " STR_FMT, d->who, d->ask->verb, d->ask->collection, STR_ARG(answer.text));
    return wanted;
}

static enum err ask_gate(struct desk *d)
{
    const struct ask *k = d->ask;
    struct problem why = {.arena = d->arena};
    struct json output = json_null;
    struct item_list list;
    struct fake_exchange *f = fake_request(d->arena, "GET", "/", headers_of(d), S(""));
    TRY(identify(d->house->gate, &f->x, &why));
    const struct collection *c = model_find(principal_model(f->x.who), str_of(k->collection));
    if (k->how == ACT)
        return gate_act(d->house->gate, f->x.who, c, id_of(d), str_of(k->verb), said(d), &output, d->arena, &why);
    if (k->how == READ) {
        struct query q = {.from = c, .limit = 2, .where = filter_test(d->arena, &c->fields[META_ID], TEST_EQ, json_of_text(id_of(d)))};
        item_list_init(&list, d->arena);
        TRY(gate_read(d->house->gate, f->x.who, &q, &list.receiver, NULL, &why));
        return list.count ? ERR_OK : ERR_NOT_FOUND;
    }
    static const enum op ops[] = {[CREATE] = OP_CREATE, [UPDATE] = OP_UPDATE, [DELETE] = OP_DELETE};
    struct change change = {.in = c};
    if (k->how != DELETE)
        TRY(change_read(d->arena, c, said(d), (str){0}, &change, &why));
    change.op = ops[k->how];
    change.id = k->how == CREATE ? (str){0} : id_of(d);
    return gate_write(d->house->gate, f->x.who, &change, 1, d->arena, &why);
}

/* Notary's clients have four roles, and its surface words of its own: only whether it is refused is looked at. */
static enum err ask_notary(struct desk *d)
{
    const struct ask *k = d->ask;
    str before, behind, number = house_value(d->house, d->arena, k->collection, id_of(d), "serial"), body = S("{}");
    if (!str_cut(str_of(k->notary), '#', &before, &behind))
        number = S("");
    str target = arena_format(d->arena, "/api/v1/" STR_FMT STR_FMT STR_FMT, STR_ARG(before), STR_ARG(number), STR_ARG(behind));
    enum err e;
    int status = rest_request(d->house->gate, d->arena, k->method, arena_cstr(d->arena, target), headers_of(d), body, &e)->status;
    enum err wanted = law_says(d->who, k->collection, k->verb);
    bool is_refused = status == 401 || status == 403 || status == 404;
    if (status >= 500)
        CHECK_SAY("%s %s: %d", d->who, target.at, status);
    return is_refused == (wanted != ERR_OK) ? wanted : is_refused ? ERR_FORBIDDEN : ERR_OK;
}

static const struct {
    const char *name;
    enum err (*ask)(struct desk *d);
} surfaces[] = {{"gate", ask_gate}, {"rest", ask_rest}, {"batch", ask_batch}, {"graphql", ask_graphql}, {"notary", ask_notary}};

/* ---- the desk ---- */

static str csr(struct arena *a)
{
    struct problem why = {.arena = a};
    const struct dn_part part = {S("CN"), S("a.example.org")};
    str key, pem = {0};
    NEED(private_key_make(MAKE_ED25519, a, &key, &why) == ERR_OK && request_make(key, &(struct dn){&part, 1}, NULL, 0, a, &pem, &why) == ERR_OK);
    const struct json text = json_of_text(pem);
    return json_print(a, &text);
}

static str post(struct desk *d, const char *who, const char *target, str body, const char *wanted)
{
    d->who = who;
    struct fake_exchange *f = rest_request(d->house->gate, d->house->arena, "POST", arena_cstr(d->arena, arena_format(d->arena, "/api/content/item/%s", target)),
                                           headers_of(d), body, NULL);
    if (f->status != 200)
        CHECK_SAY("%s: %s: " STR_FMT, who, target, STR_ARG(f->answer));
    NEED(f->status == 200);
    const struct json *v = json_get(house_json(d->house->arena, arena_cstr(d->arena, f->answer)), str_of(wanted));
    return v ? v->text : S("");
}

static void act_on(struct desk *d, const char *collection, str id, const char *action, str body)
{
    const char *target = arena_cstr(d->arena, arena_format(d->arena, "%s/" STR_FMT "/%s", collection, STR_ARG(id), action));
    (void)post(d, "manager", target, body, "_id");
}

static void open_desk(struct desk *d)
{
    *d = (struct desk){.house = house_open()};
    struct arena *a = d->arena = d->house->arena;
    static const char *const templates[] = {"certificate_requestor", "certificate_reader", "certificate_manager"};
    for (size_t i = 0; i < COUNTOF(templates); i++)
        (void)house_item(d->house, "roles", arena_cstr(a, arena_format(a, "{name:'%s', template:'%s'}", templates[i], templates[i])));
    house_people(d->house, people);
    graph_open(&d->graph, d->house);
    d->root = post(d, "manager", CAS, S("{\"data\":{\"subject\":{\"CN\":\"Root\"},\"self_signed\":true,\"key_type\":\"ed25519\"}}"), "_id");
    d->waiting = post(d, "manager", CAS, S("{\"data\":{\"subject\":{\"CN\":\"Waiting\"},\"key_type\":\"ed25519\"}}"), "_id");
    d->request = post(d, "asker", REQUESTS, arena_format(a, "{\"data\":{\"csr\":" STR_FMT "}}", STR_ARG(csr(a))), "_id");
    act_on(d, REQUESTS, d->request, "reject", S("{}"));
    str other = post(d, "asker", REQUESTS, arena_format(a, "{\"data\":{\"csr\":" STR_FMT "}}", STR_ARG(csr(a))), "_id");
    act_on(d, REQUESTS, other, "sign", arena_format(a, "{\"authority\":\"" STR_FMT "\"}", STR_ARG(d->root)));
    d->certificate = house_find(d->house, a, CERTIFICATES, "subject", "CN=a.example.org");
    act_on(d, CERTIFICATES, d->certificate, "revoke", S("{}"));
    d->profile = house_item(d->house, PROFILES, "{name:'mail', usages:['email']}");
    d->rule = house_item(d->house, RULES, arena_cstr(a, arena_format(a, "{name:'hers', dns:['*.example.org'], profile:'" STR_FMT "'}", STR_ARG(d->profile))));
}

static void ask_one(struct desk *d, size_t surface)
{
    const struct ask *k = d->ask;
    enum err wanted = law_says(d->who, k->collection, k->verb);
    if (wanted == ERR_OK && k->is_done)
        return;
    d->arena = arena_open(64u << 10);
    enum err told = surfaces[surface].ask(d);
    bool is_right = told == wanted;
    if (wanted == ERR_OK && k->how != READ)
        is_right = told == ERR_CONFLICT || told == ERR_INVALID || (surfaces[surface].ask == ask_notary && told == ERR_OK);
    if (!is_right)
        CHECK_SAY("%s: %s: %s of %s: %s, the law says %s", surfaces[surface].name, d->who, k->verb, k->collection, err_facts(told)->name, err_facts(wanted)->name);
    arena_close(d->arena);
}

static bool knows_notary(const char *who)
{
    for (size_t i = 0; i < 6; i++) /* the four roles and nobody */
        if (is(who, callers[i]))
            return true;
    return false;
}

static uint64_t last_change(struct desk *d)
{
    struct epochs unused;
    struct problem why = {.arena = d->house->arena};
    CHECK_PROBLEM(content_catch_up(d->house->gate->content, &unused, &why), ERR_OK, &why);
    return journal_last(d->house->gate->content);
}

static void the_desk_follows_its_law(void **state)
{
    struct desk d;
    (void)state;
    open_desk(&d);
    uint64_t before = last_change(&d);
    for (size_t c = 0; c < COUNTOF(callers); c++)
        for (size_t k = 0; k < COUNTOF(asks); k++)
            for (size_t s = 0; s < COUNTOF(surfaces); s++) {
                d.who = callers[c];
                d.ask = &asks[k];
                if (surfaces[s].ask != ask_notary || (asks[k].notary && knows_notary(callers[c])))
                    ask_one(&d, s);
            }
    CHECK_INT(last_change(&d), before);
    graph_close(&d.graph);
    house_close(d.house);
}

CHECK_MAIN(TEST(the_desk_follows_its_law))

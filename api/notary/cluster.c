/* Notary's cluster and its ACME servers (notary.md 13; its paths under /api/v1/cluster and /api/v1/acme_servers): answered for what this
 * is, one node that signs by itself. Who looks sees one member that leads itself; what would change a cluster, or sign by somebody else's
 * ACME server, is refused in Notary's words for a desk that has none. */
#include "api/notary/notary.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"

/* May he do this with items of this collection? False: 401, 403. */
static bool may(struct exchange *x, struct api *api, const char *collection, enum verb verb, struct problem *why)
{
    const struct collection *c = NULL;
    bool granted = gate_collection(api->gate, x->who, str_of(collection), &c, why) == ERR_OK && gate_may(x->who, verb, c);
    return granted || notary_refuse(x, why);
}

/* ---- cluster: an administrator's, which is whoever may change the settings ---- */

/* A whole number as text, as Notary's are; of the installation's name, and so the same for ever. */
static str node_id(struct api *api, struct arena *a)
{
    str name = gate_server_id(api->gate, a);
    uint64_t n = 0;
    for (size_t i = 0, digits = 0; i < name.len && digits < 16; i++) {
        char c = name.at[i];
        if (c == '-')
            continue;
        n = n * 16 + (uint64_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        digits++;
    }
    return arena_format(a, "%llu", (unsigned long long)n);
}

static str address(const struct api *api, struct arena *a)
{
    return arena_format(a, "localhost:%u", api->options.port);
}

static void write_members(struct exchange *x, struct api *api, struct json_writer *w)
{
    json_list_open(w);
    json_map_open(w);
    json_member_text(w, "id", node_id(api, x->arena));
    json_member_text(w, "name", S("vitrine"));
    json_member_text(w, "address", address(api, x->arena));
    json_member_text(w, "role", S("voter"));
    json_name(w, S("leader"));
    json_bool(w, true);
    json_name(w, S("sealed"));
    json_bool(w, false);
    json_name(w, S("last_seen"));
    json_int(w, time_now_ms() / 1000);
    json_member_text(w, "status", S("ONLINE"));
    json_member_text(w, "message", S("Fully operational"));
    json_map_close(w);
    json_list_close(w);
}

static enum err members(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct answer a;
    (void)p;
    if (!may(x, app, "settings", VERB_UPDATE, why))
        return why->err;
    notary_begin(x, app, &a);
    write_members(x, app, &a.json);
    return notary_send(x, &a, 200, why);
}

static enum err cluster_status(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct answer a;
    (void)p;
    if (!may(x, app, "settings", VERB_UPDATE, why))
        return why->err;
    notary_begin(x, app, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("enabled"));
    json_bool(&a.json, false);
    json_member_text(&a.json, "node_id", node_id(app, x->arena));
    json_member_text(&a.json, "address", address(app, x->arena));
    json_member_text(&a.json, "leader_id", node_id(app, x->arena));
    json_name(&a.json, S("voters"));
    json_int(&a.json, 1);
    json_name(&a.json, S("members"));
    write_members(x, app, &a.json);
    json_map_close(&a.json);
    return notary_send(x, &a, 200, why);
}

static enum err no_cluster(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)p;
    return may(x, app, "settings", VERB_UPDATE, why) ? notary_say(x, app, 404, S("clustering is not enabled")) : why->err;
}

/* Nodes that come to join have no credential there: nobody is told, too. */
static enum err join(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)p;
    (void)why;
    return notary_say(x, app, 404, S("clustering is not enabled"));
}

/* ---- ACME servers: those of the authorities may see and keep them ---- */

static enum err list_servers(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct answer a;
    (void)p;
    if (!may(x, app, "certificate_authorities", VERB_READ, why))
        return why->err;
    notary_begin(x, app, &a);
    json_list_open(&a.json);
    json_list_close(&a.json);
    return notary_send(x, &a, 200, why);
}

static enum err none_of(struct exchange *x, struct api *api, const struct params *p, enum verb verb, struct problem *why)
{
    int64_t number;
    if (!may(x, api, "certificate_authorities", verb, why))
        return why->err;
    if (!notary_id(p, &number))
        return notary_say(x, api, 400, S("Invalid ID"));
    return problem_set(why, ERR_NOT_FOUND, "Not Found");
}

static enum err one_server(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return none_of(x, app, p, VERB_READ, why);
}

static enum err change_server(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return none_of(x, app, p, VERB_UPDATE, why);
}

static enum err delete_server(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return none_of(x, app, p, VERB_DELETE, why);
}

static enum err make_server(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char *const needed[] = {"name", "directory_url", "email", "dns_provider"};
    const struct json *body;
    str said;
    (void)p;
    if (!may(x, app, "certificate_authorities", VERB_CREATE, why))
        return why->err;
    if (!notary_body(x, app, &body))
        return ERR_OK;
    for (size_t i = 0; i < COUNTOF(needed); i++) {
        if (!notary_text(body, str_of(needed[i]), &said))
            return notary_say(x, app, 400, S("Invalid JSON format"));
        if (said.len == 0)
            return notary_say(x, app, 400, S("name, directory_url, email, and dns_provider are required"));
    }
    return notary_say(x, app, 501, S("certificates are signed by authorities here, not by other ACME servers"));
}

/* clang-format off */
#define C "/api/v1/cluster"
#define A "/api/v1/acme_servers"
static const struct route routes[] = {
    {M_GET,    C "/members",              members,        0, 0, "Notary: the members of the cluster: this node"},
    {M_GET,    C "/status",               cluster_status, 0, 0, "Notary: the cluster: there is none"},
    {M_POST,   C "/members/tokens",       no_cluster,     LIMIT_NOTARY_BODY_BYTES, 0, "Notary: a token to join; there is no cluster"},
    {M_POST,   C "/members/join",         join,           LIMIT_NOTARY_BODY_BYTES, 0, "Notary: join; there is no cluster"},
    {M_POST,   C "/members/{id}/promote", no_cluster,     LIMIT_IGNORED_BODY_BYTES, 0, "Notary: make a voter; there is no cluster"},
    {M_DELETE, C "/members/{id}",         no_cluster,     LIMIT_IGNORED_BODY_BYTES, 0, "Notary: remove a member; there is no cluster"},
    {M_PUT,    C "/acme-issuer",          no_cluster,     LIMIT_NOTARY_BODY_BYTES, 0, "Notary: who asks ACME servers; there is no cluster"},
    {M_GET,    A,                         list_servers,   0, 0, "Notary: ACME servers: none"},
    {M_POST,   A,                         make_server,    LIMIT_NOTARY_BODY_BYTES, 0, "Notary: an ACME server; not offered here"},
    {M_GET,    A "/{id}",                 one_server,     0, 0, "Notary: one ACME server"},
    {M_PUT,    A "/{id}",                 change_server,  LIMIT_NOTARY_BODY_BYTES, 0, "Notary: change an ACME server"},
    {M_DELETE, A "/{id}",                 delete_server,  LIMIT_IGNORED_BODY_BYTES, 0, "Notary: delete an ACME server"},
    {M_PUT,    A "/{id}/active",          change_server,  LIMIT_IGNORED_BODY_BYTES, 0, "Notary: sign by this ACME server"},
};
/* clang-format on */
static const char *const realms[] = {C "/", A, NULL};
const struct api_table notary_cluster_api = {
    .routes = routes, .count = COUNTOF(routes), .problem = notary_problem, .problem_name = "NotaryProblem", .realms = realms};

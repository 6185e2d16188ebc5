#include "server/config.h"

#include "base/json.h"
#include "server/config_table.h"

#define AT(member) offsetof(struct config, member)

/* clang-format off */
const struct config_row config_rows[] = {
    {STR("listen"), CONFIG_LIST, 0, AT(listen), "127.0.0.1:8080", "listen", 1, LIMIT_LISTENERS, NULL,
     "Addresses to answer on: ADDRESS:PORT, [IPv6]:PORT or unix:PATH; port 0 takes a free one"},
    {STR("tls.cert"), CONFIG_TEXT, 0, AT(tls_cert), NULL, "tls-cert", 0, 0, NULL,
     "File with the certificate and its chain (PEM)"},
    {STR("tls.key"), CONFIG_TEXT, 0, AT(tls_key), NULL, "tls-key", 0, 0, NULL,
     "File with the certificate's key (PEM, readable by its owner alone)"},
    {STR("data"), CONFIG_TEXT, 0, AT(data), "./vitrine-data", "data", 0, 0, NULL,
     "Directory with database, blobs and master key"},
    {STR("demo"), CONFIG_BOOL, 0, AT(demo), "false", "demo", 0, 0, NULL,
     "Fill an empty data directory with demo content"},
    {STR("log.level"), CONFIG_WORD, 0, AT(log_level), "info", "log-level", 0, 0, "debug info warn error",
     "The least level that is written"},
    {STR("log.format"), CONFIG_WORD, 0, AT(log_format), "auto", "log-format", 0, 0, "auto keys json",
     "How log lines look; auto is keys on a terminal and json otherwise"},
    {STR("log.slow_ms"), CONFIG_COUNT, 0, AT(slow_ms), "1000", NULL, 0, 3600000, NULL,
     "Requests that take longer are in the log with what took how long and their statement's plan; 0: none are"},
    {STR("auth.key_in_query"), CONFIG_BOOL, 0, AT(key_in_query), "false", NULL, 0, 0, NULL,
     "Accept ?api_key= in URLs, where proxies and browsers may keep it"},
    {STR("auth.key_overlap_max"), CONFIG_DURATION, 0, AT(key_overlap_max_ms), "24h", NULL, 0, LIMIT_KEY_OVERLAP_MIN * 60000ull, NULL,
     "How long a key's older secret may live on after a rotation"},
    {STR("auth.bad_keys_per_minute"), CONFIG_COUNT, 0, AT(bad_keys_per_minute), "20", NULL, 0, 1000000, NULL,
     "Wrong credentials of one address that are answered 401, the others 429 with Retry-After; 0: no limit"},
    {STR("auth.key_max_days"), CONFIG_COUNT, 0, AT(key_days_max), "0", NULL, 0, 36500, NULL,
     "A key ends after so many days at the latest; 0: when its maker says, or never"},
    {STR("auth.session_idle"), CONFIG_DURATION, 0, AT(session_idle_ms), "30m", NULL, 60000, 30ull * 86400000, NULL,
     "A session ends when it was not used for so long"},
    {STR("auth.session_life"), CONFIG_DURATION, 0, AT(session_life_ms), "12h", NULL, 60000, 365ull * 86400000, NULL,
     "A session ends after so long in any case"},
    {STR("auth.step_up"), CONFIG_WORD, 0, AT(step_up), "factor", NULL, 0, 0, "factor always off",
     "Who changes keys, people and roles in the dashboard proves again that it is he: those with a second factor, all, none"},
    {STR("master_key_file"), CONFIG_TEXT, 0, AT(master_key_file), NULL, "master-key-file", 0, 0, NULL,
     "File with the master key, when it shall not lie in the data directory"},
    {STR("admin.email"), CONFIG_TEXT, 0, AT(admin_email), NULL, NULL, 0, 0, NULL,
     "The first administrator of an empty data directory"},
    {STR("admin.password"), CONFIG_TEXT, CONFIG_SECRET, AT(admin_password), NULL, NULL, 0, 0, NULL,
     "The first administrator's password"},
    {STR("http.threads"), CONFIG_COUNT, 0, AT(threads), "256", NULL, 2, 4096, NULL,
     "Connections that are served at a time"},
    {STR("http.streams"), CONFIG_COUNT, 0, AT(streams), "256", NULL, 1, LIMIT_STREAMS_MOST, NULL,
     "Readers of changes that wait for news at a time, each in a thread beside http.threads; one more gets 503"},
    {STR("http.streams_per_caller"), CONFIG_COUNT, 0, AT(streams_per_caller), "0", NULL, 0, LIMIT_STREAMS_MOST, NULL,
     "How many of them one person, account or role's key may have, and all visitors without a credential together; 0: half"},
    {STR("http.connections_per_address"), CONFIG_COUNT, 0, AT(connections_per_address), "100", NULL, 1, 65536, NULL,
     "Connections that one client address may have (an IPv6 client is its /64)"},
    {STR("http.trusted_proxies"), CONFIG_LIST, 0, AT(trusted_proxies), "", NULL, 0, LIMIT_TRUSTED_PROXIES, NULL,
     "Addresses, networks or \"unix\" whose X-Forwarded-For and X-Forwarded-Proto are believed"},
    {STR("http.insecure"), CONFIG_BOOL, 0, AT(insecure_http), "false", "insecure-http", 0, 0, NULL,
     "Answer without TLS on addresses beyond this machine"},
    {STR("limits.json_body"), CONFIG_BYTES, 0, AT(json_body_max), "1 MiB", NULL, 1 << 10, 64 << 20, NULL,
     "The largest JSON body of a request"},
    {STR("limits.asset"), CONFIG_BYTES, 0, AT(files.asset_bytes_max), "100 MiB", NULL, 1 << 10, LIMIT_ASSET_BYTES_MOST, NULL,
     "The largest file that becomes an asset"},
    {STR("assets.cache"), CONFIG_BYTES, 0, AT(files.cache_bytes_max), "1 GiB", NULL, 1 << 20, 1ull << 40, NULL,
     "What is made of pictures is kept, up to so many bytes; the oldest go"},
    {STR("assets.transform"), CONFIG_WORD, 0, AT(files.transform), "presets", NULL, 0, 0, "presets all none",
     "Which pictures are made for callers without a credential: named sizes, any, none"},
    {STR("cors.origins"), CONFIG_LIST, 0, AT(cors_origins), "", NULL, 0, LIMIT_CORS_ORIGINS, NULL,
     "Origins whose pages may call the API with a key, for example https://shop.example"},
    {STR("site.url"), CONFIG_TEXT, 0, AT(site_url), NULL, NULL, 0, 0, NULL,
     "Where people reach this server, like https://cms.example.com: links in mails and returns from sign-in begin with it"},
    {STR("pki.url"), CONFIG_TEXT, 0, AT(pki_url), NULL, NULL, 0, 0, NULL,
     "What certificates say of where lists of revoked ones and OCSP are found; none: site.url. Verifiers ask over plain http"},
    {STR("notary.dialect"), CONFIG_WORD, 0, AT(api.notary_dialect), "result", NULL, 0, 0, "result data",
     "Which of its two dialects Notary's surface speaks"},
    {STR("notary.open_setup"), CONFIG_BOOL, 0, AT(api.notary_open_setup), "false", NULL, 0, 0, NULL,
     "Notary's first account needs no setup code: on a network of your own only"},
    {STR("notary.lenient"), CONFIG_BOOL, 0, AT(api.notary_lenient), "false", NULL, 0, 0, NULL,
     "Notary's surface rejects requests that were signed, rejected or revoked already, as the original does"},
    {STR("notary.strict"), CONFIG_BOOL, 0, AT(api.notary_strict), "false", NULL, 0, 0, NULL,
     "Who changes his own password on Notary's surface has to send current_password"},
    {STR("mail.url"), CONFIG_TEXT, 0, AT(mail.url), NULL, NULL, 0, 0, NULL,
     "Mail server: smtp://HOST[:PORT] (with STARTTLS) or smtps://HOST[:PORT]"},
    {STR("mail.from"), CONFIG_TEXT, 0, AT(mail.from), NULL, NULL, 0, 0, NULL,
     "Sender of mails: an address, or \"Name <address>\""},
    {STR("mail.user"), CONFIG_TEXT, 0, AT(mail.user), NULL, NULL, 0, 0, NULL,
     "The mail server wants to know who sends"},
    {STR("mail.password"), CONFIG_TEXT, CONFIG_SECRET, AT(mail.password), NULL, NULL, 0, 0, NULL,
     "The password that goes with it"},
    {STR("mail.ca"), CONFIG_TEXT, 0, AT(mail.ca_file), NULL, NULL, 0, 0, NULL,
     "File with the certificates (PEM) that the mail server's is checked against, instead of the system's"},
    {STR("mail.insecure"), CONFIG_BOOL, 0, AT(mail.may_plain), "false", NULL, 0, 0, NULL,
     "Hand mails over without TLS when the mail server knows no STARTTLS"},
    {STR("outbound.allow"), CONFIG_LIST, 0, AT(outbound_allow), "", NULL, 0, LIMIT_OUTBOUND_NETWORKS, NULL,
     "Addresses and networks inside that requests to other servers may go to; what is on the Internet needs no entry"},
    {STR("outbound.http"), CONFIG_BOOL, 0, AT(outbound.may_http), "false", NULL, 0, 0, NULL,
     "Requests to other servers may go without TLS"},
    {STR("outbound.ports"), CONFIG_LIST, 0, AT(outbound_ports), "", NULL, 0, LIMIT_OUTBOUND_PORTS, NULL,
     "Ports beside 80 and 443 that requests to other servers may go to"},
    {STR("acme.resolver"), CONFIG_TEXT, 0, AT(acme.outside.resolver), NULL, NULL, 0, 0, NULL,
     "Name server that is asked about names to prove, like 192.0.2.53:53; none: as everybody on this machine asks"},
    {STR("acme.networks"), CONFIG_LIST, 0, AT(acme_networks), "", NULL, 0, LIMIT_OUTBOUND_NETWORKS, NULL,
     "Addresses and networks inside where names may be proven over HTTP, beside outbound.allow"},
    {STR("acme.http_port"), CONFIG_COUNT, 0, AT(acme_http_port), "80", NULL, 1, UINT16_MAX, NULL,
     "Port where names are proven over HTTP; clients expect 80"},
    {STR("acme.caa"), CONFIG_TEXT, 0, AT(acme.outside.caa_identity), NULL, NULL, 0, 0, NULL,
     "Who we are in CAA records, like ca.example.org: they are looked at; none: they are not"},
    {STR("acme.open_role"), CONFIG_TEXT, 0, AT(acme.open_role), NULL, NULL, 0, 0, NULL,
     "ACME accounts may be made without a key of ours, and act as this role; none: they may not"},
    {STR("journal.keep"), CONFIG_DURATION, 0, AT(journal_keep_ms), "0", NULL, 0, 36500ull * 86400000, NULL,
     "Entries of the journal that are older are taken out, and signed for; 0 keeps all"},
    {STR("audit.file"), CONFIG_TEXT, 0, AT(audit_file), NULL, NULL, 0, 0, NULL,
     "Every entry of the journal is a line of JSON in this file, too (docs/audit.md); rotate it by renaming"},
    {STR("webhooks.workers"), CONFIG_COUNT, 0, AT(webhook_workers), "4", NULL, 1, LIMIT_WEBHOOK_WORKERS_MOST, NULL,
     "Deliveries of webhooks that are on their way at a time, each in a thread that is begun when there is one"},
    {STR("webhooks.keep"), CONFIG_DURATION, 0, AT(webhook_keep_ms), "168h", NULL, 60000, 366ull * 86400000, NULL,
     "How long deliveries that are over are kept"},
    {STR("backup.to"), CONFIG_TEXT, 0, AT(backup.to), NULL, NULL, 0, 0, NULL,
     "Where the server puts backups of itself, a directory or s3://bucket/prefix; none: it makes none"},
    {STR("backup.every"), CONFIG_DURATION, 0, AT(backup.every_ms), "24h", NULL, 1000, 366ull * 86400000, NULL,
     "How old the newest backup may get"},
    {STR("backup.keep"), CONFIG_COUNT, 0, AT(backup.keep), "7", NULL, 0, 100000, NULL,
     "So many good backups stay in that directory; 0: all"},
    {STR("backup.archive"), CONFIG_BOOL, 0, AT(backup.archive), "false", NULL, 0, 0, NULL,
     "Backups are one file each; sealed ones are in any case"},
    {STR("backup.copies"), CONFIG_BOOL, 0, AT(backup.copies), "false", NULL, 0, 0, NULL,
     "Backups share no file with the data directory, also where the file system would let them"},
    {STR("backup.ship"), CONFIG_BOOL, 0, AT(backup.ships), "false", NULL, 0, 0, NULL,
     "Ship what is committed between backups, within seconds: restores to any moment"},
    {STR("backup.s3_endpoint"), CONFIG_TEXT, 0, AT(backup.s3.endpoint), NULL, NULL, 0, 0, NULL,
     "Object storage for backup.to, like https://s3.example.com; none: Amazon's of the region"},
    {STR("backup.s3_region"), CONFIG_TEXT, 0, AT(backup.s3.region), "us-east-1", NULL, 0, 0, NULL,
     "Its region"},
    {STR("backup.s3_key"), CONFIG_TEXT, 0, AT(backup.s3.key), NULL, NULL, 0, 0, NULL,
     "Id of the access key"},
    {STR("backup.s3_secret"), CONFIG_TEXT, CONFIG_SECRET, AT(backup.s3.secret), NULL, NULL, 0, 0, NULL,
     "The access key's secret half"},
    {STR("backup.recipient"), CONFIG_TEXT, 0, AT(backup.recipient), NULL, NULL, 0, 0, NULL,
     "Public key (vitrine backup key) that backups are sealed for"},
    {STR("backup.passphrase"), CONFIG_TEXT, CONFIG_SECRET, AT(backup.passphrase), NULL, NULL, 0, 0, NULL,
     "Passphrase that backups are sealed with, instead of a key"},
    {STR("zot.apikey"), CONFIG_BOOL, 0, AT(api.zot_keys), "true", NULL, 0, 0, NULL,
     "People may manage API keys of their own at zot's paths"},
    {STR("chutes.enabled"), CONFIG_BOOL, 0, AT(api.chutes), "true", NULL, 0, 0, NULL,
     "Answer at Chutes' paths"},
    {STR("chutes.prefix"), CONFIG_TEXT, 0, AT(api.chutes_prefix), NULL, NULL, 0, 0, NULL,
     "What Chutes' paths begin with, like /chutes"},
    {STR("chutes.require_v2"), CONFIG_BOOL, 0, AT(chutes_requires_v2), "false", NULL, 0, 0, NULL,
     "Take signatures of hotkeys only when they say method, path and body"},
    {STR("chutes.chutes"), CONFIG_TEXT, 0, AT(api.chutes_objects), "chutes", NULL, 0, 0, NULL,
     "The collection that keys of Chutes mean by chutes"},
    {STR("chutes.invocations"), CONFIG_TEXT, 0, AT(api.chutes_invocations), "invocations", NULL, 0, 0, NULL,
     "The collection that keys of Chutes mean by invocations"},
    {STR("registry.deletes"), CONFIG_BOOL, 0, AT(registry.deletes), "true", NULL, 0, 0, NULL,
     "Manifests, tags, layers and repositories may be deleted by those who may; false: by nobody"},
    {STR("registry.force_delete"), CONFIG_BOOL, 0, AT(registry.force_delete), "false", NULL, 0, 0, NULL,
     "Layers that a manifest refers to may be deleted, and manifests that an index lists"},
    {STR("registry.sparse_indexes"), CONFIG_BOOL, 0, AT(registry.sparse_indexes), "false", NULL, 0, 0, NULL,
     "An index may list manifests that are not in its repository"},
    {STR("registry.anonymous_catalog"), CONFIG_BOOL, 0, AT(registry.anonymous_catalog), "true", NULL, 0, 0, NULL,
     "GET /v2/_catalog without a credential lists what the public role may pull; false: it asks for one"},
    {STR("registry.scrub_days"), CONFIG_COUNT, 0, AT(registry.scrub_days), "30", NULL, 0, 3650, NULL,
     "All files are read again within so many days, whether they are still whole; 0: never"},
    {STR("registry_auth.mode"), CONFIG_WORD, 0, AT(registry_auth), "token", NULL, 0, 0, "token basic",
     "What GET /registry/auth hands to a proxy: short-lived tokens of this registry, or another registry's password"},
    {STR("registry_auth.password"), CONFIG_TEXT, CONFIG_SECRET, AT(api.registry_password), NULL, NULL, 0, 0, NULL,
     "That password, with basic"},
    {STR("zenml.enabled"), CONFIG_BOOL, 0, AT(zenml_enabled), "true", NULL, 0, 0, NULL,
     "Answer ZenML's clients"},
    {STR("zenml.prefix"), CONFIG_TEXT, 0, AT(zenml_prefix), "/api/v1", NULL, 0, 0, NULL,
     "Where else ZenML's clients look for their API, beside /api/v1"},
    {STR("zenml.token_minutes"), CONFIG_COUNT, 0, AT(zenml_token_minutes), "60", NULL, 1, LIMIT_ZENML_TOKEN_MIN, NULL,
     "Minutes that a token from /api/v1/login lasts"},
    {STR("zenml.extended_login"), CONFIG_BOOL, 0, AT(zenml_extended_login), "false", NULL, 0, 0, NULL,
     "Answer sign-ins with every member that newer servers of ZenML send"},
    {STR("graphql.introspection_public"), CONFIG_BOOL, 0, AT(graphql.public_introspection), "true", NULL, 0, 0, NULL,
     "Callers without a credential may look into their GraphQL schema"},
    {STR("graphql.cost"), CONFIG_COUNT, 0, AT(graphql.cost_max), "200000", NULL, 1, 1000000000, NULL,
     "What a GraphQL request may cost, about as many items as it reads (docs/graphql.md)"},
    {STR("graphql.batch"), CONFIG_COUNT, 0, AT(graphql.batch_max), "0", NULL, 0, LIMIT_GRAPHQL_BATCH, NULL,
     "GraphQL requests that may come in one array; 0: none"},
    {STR("graphql.schema_memory"), CONFIG_BYTES, 0, AT(graphql.schema_bytes_max), "64 MiB", NULL, 1 << 20, 1ull << 36, NULL,
     "What GraphQL schemas may take that are kept: each set of rights in use wants about 50 KiB per collection"},
    {STR("graphql.automatic_documents"), CONFIG_BOOL, 0, AT(graphql.registers), "true", NULL, 0, 0, NULL,
     "Clients may register GraphQL documents by their hash and name them from then on"},
    {STR("graphql.uploads"), CONFIG_BOOL, 0, AT(graphql.uploads), "false", NULL, 0, 0, NULL,
     "GraphQL requests may bring files (multipart/form-data)"},
    {STR("graphql.status_profile"), CONFIG_WORD, 0, AT(graphql.statuses), "audit", NULL, 0, 0, "audit draft-2026",
     "Which statuses /graphql answers with: those that clients know, or the finer ones of the draft of 2026"},
    {STR("graphql.cockpit_status"), CONFIG_BOOL, 0, AT(graphql.cockpit_statuses), "false", NULL, 0, 0, NULL,
     "At /api/gql a denial is 412, as in Cockpit"},
    {STR("otel.endpoint"), CONFIG_TEXT, 0, AT(tracing.endpoint), NULL, NULL, 0, 0, NULL,
     "OpenTelemetry collector that gets requests as traces (OTLP/HTTP), like http://127.0.0.1:4318; none: nothing is traced"},
    {STR("otel.headers"), CONFIG_TEXT, CONFIG_SECRET, AT(tracing.headers), NULL, NULL, 0, 0, NULL,
     "Headers for the collector: name=value with commas between them, values percent-encoded"},
    {STR("otel.sample_percent"), CONFIG_COUNT, 0, AT(tracing.percent), "100", NULL, 0, 100, NULL,
     "So many of a hundred traces are recorded, chosen by their ids"},
    {STR("otel.service_name"), CONFIG_TEXT, 0, AT(tracing.service), "vitrine", NULL, 0, 0, NULL,
     "What this server is called in traces"},
    {STR("metrics.public"), CONFIG_BOOL, 0, AT(metrics_public), "false", NULL, 0, 0, NULL,
     "Give /metrics to everybody, also without a credential"},
};
/* clang-format on */
const size_t config_row_count = COUNTOF(config_rows);

const struct config_row *config_find(str key)
{
    for (size_t i = 0; i < config_row_count; i++)
        if (str_equal(config_rows[i].key, key))
            return &config_rows[i];
    return NULL;
}

/* Levenshtein, one line of the table at a time. */
unsigned config_distance(str a, str b)
{
    unsigned line[65];
    a = str_slice(a, 0, 64);
    b = str_slice(b, 0, 64);
    for (unsigned j = 0; j <= b.len; j++)
        line[j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned corner = line[0];
        line[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned change = corner + (a.at[i - 1] != b.at[j - 1]);
            unsigned least = line[j] < line[j - 1] ? line[j] + 1 : line[j - 1] + 1;
            corner = line[j];
            line[j] = change < least ? change : least;
        }
    }
    return line[b.len];
}

const struct config_row *config_nearest(str key)
{
    const struct config_row *nearest = &config_rows[0];
    unsigned least = UINT32_MAX;
    for (size_t i = 0; i < config_row_count; i++) {
        str whole = config_rows[i].key, section, name;
        unsigned d = config_distance(key, whole);
        /* "cert" for "tls.cert": somebody forgot the section. */
        if (str_cut(whole, '.', &section, &name) && config_distance(key, name) + 1 < d)
            d = config_distance(key, name) + 1;
        if (d < least) {
            least = d;
            nearest = &config_rows[i];
        }
    }
    return nearest;
}

/* What is being put together. */
struct reading {
    struct arena *arena;
    const struct config_input *in;
    struct config_result *out;
    struct problem *why;
    bool usage_wrong, wrong;
};

static str variable_of(struct arena *a, str key)
{
    str name = arena_format(a, "VITRINE_" STR_FMT, STR_ARG(key));
    char *at = arena_get(a, name.len, 1);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        at[i] = c == '.' ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return (str){at, name.len};
}

static void note(struct reading *r, const struct config_row *row, enum config_origin origin,
                 enum err e)
{
    if (e == ERR_OK)
        r->out->origins[row - config_rows] = origin;
    else if (origin == FROM_FLAG)
        r->usage_wrong = true;
    else
        r->wrong = true;
    if (e != ERR_OK && origin == FROM_ENVIRONMENT && r->why->fault_count > 0) {
        struct fault *f = &r->why->faults[r->why->fault_count - 1];
        f->text = arena_format(r->arena, STR_FMT " (" STR_FMT ")", STR_ARG(f->text),
                               STR_ARG(variable_of(r->arena, row->key)));
    }
}

static void read_presets(struct reading *r)
{
    for (size_t i = 0; i < config_row_count; i++)
        if (config_rows[i].preset != NULL)
            must(config_put_text(&config_rows[i], r->arena, str_of(config_rows[i].preset),
                                 &r->out->config, NULL) == ERR_OK);
}

/* ------ the file */

static void unknown_key(struct reading *r, str key)
{
    r->wrong = true;
    problem_fault(r->why, ERR_INVALID, key, S("unknown-key"),
                  "\"" STR_FMT "\" is not a key; the nearest is \"" STR_FMT "\".", STR_ARG(key),
                  STR_ARG(config_nearest(key)->key));
}

static bool is_section(str name)
{
    for (size_t i = 0; i < config_row_count; i++)
        if (config_rows[i].key.len > name.len && str_starts(config_rows[i].key, name) &&
            config_rows[i].key.at[name.len] == '.')
            return true;
    return false;
}

static void read_member(struct reading *r, str key, const struct json *v)
{
    const struct config_row *row = config_find(key);
    if (row == NULL)
        unknown_key(r, key);
    else
        note(r, row, FROM_FILE, config_put_json(row, r->arena, v, &r->out->config, r->why));
}

static void read_file(struct reading *r)
{
    const struct json *file;
    if (str_is_absent(r->in->file))
        return;
    r->wrong = json_read(r->arena, r->in->file, &(struct json_options){.dialect = JSON_5},
                         S("vitrine.json"), &file, r->why) != ERR_OK;
    if (r->wrong)
        return;
    if (file->type != JSON_MAP) {
        r->wrong = true;
        problem_fault(r->why, ERR_INVALID, S("vitrine.json"), S("type"),
                      "The configuration file must be one JSON object.");
        return;
    }
    for (uint32_t i = 0; i < file->count; i++) {
        const struct json *v = &file->items[i];
        if (str_equal(v->name, S("$schema")))
            continue;
        if (!is_section(v->name) || v->type != JSON_MAP) {
            read_member(r, v->name, v);
            continue;
        }
        for (uint32_t j = 0; j < v->count; j++)
            read_member(r,
                        arena_format(r->arena, STR_FMT "." STR_FMT, STR_ARG(v->name),
                                     STR_ARG(v->items[j].name)),
                        &v->items[j]);
    }
}

/* ------ the environment */

static str lookup(const struct config_input *in, str name)
{
    for (const char *const *e = in->environment; e != NULL && *e != NULL; e++)
        if (strncmp(*e, name.at, name.len) == 0 && (*e)[name.len] == '=')
            return str_of(*e + name.len + 1);
    return (str){0};
}

/* Variables that OpenTelemetry says what they mean; ours win. */
static str lookup_elsewhere(const struct reading *r, str key)
{
    static const struct {
        str key, name;
        bool is_whole;                /* a signal's own address is used as it is, the common one has its path appended */
    } others[] = {
        {STR("otel.endpoint"), STR("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), true},
        {STR("otel.endpoint"), STR("OTEL_EXPORTER_OTLP_ENDPOINT"), false},
        {STR("otel.headers"), STR("OTEL_EXPORTER_OTLP_TRACES_HEADERS"), false},
        {STR("otel.headers"), STR("OTEL_EXPORTER_OTLP_HEADERS"), false},
        {STR("otel.service_name"), STR("OTEL_SERVICE_NAME"), false},
    };
    str found = {0};
    for (size_t i = 0; i < COUNTOF(others) && str_is_absent(found); i++) {
        if (!str_equal(others[i].key, key))
            continue;
        found = lookup(r->in, others[i].name);
        if (!str_is_absent(found) && others[i].is_whole)
            r->out->config.tracing.is_whole = true;
    }
    return found;
}

static void read_variable(struct reading *r, const struct config_row *row)
{
    str name = variable_of(r->arena, row->key), value = lookup(r->in, name);
    str file = row->flags & CONFIG_SECRET
                   ? lookup(r->in, arena_format(r->arena, STR_FMT "_FILE", STR_ARG(name)))
                   : (str){0};
    if (!str_is_absent(value) && !str_is_absent(file)) {
        r->wrong = true;
        problem_fault(r->why, ERR_INVALID, row->key, S("twice"),
                      STR_FMT " and " STR_FMT "_FILE are both set.", STR_ARG(name), STR_ARG(name));
        return;
    }
    if (!str_is_absent(file) && r->in->read_secret(r->arena, file, &value, r->why) != ERR_OK) {
        r->wrong = true;
        problem_fault(r->why, ERR_INVALID, row->key, S("file"),
                      STR_FMT ": the file cannot be read.", STR_ARG(file));
        return;
    }
    if (str_is_absent(value))
        value = lookup_elsewhere(r, row->key);
    if (!str_is_absent(value))
        note(r, row, FROM_ENVIRONMENT,
             config_put_text(row, r->arena, value, &r->out->config, r->why));
}

/* A misspelt variable would be ignored; orchestrators set others of the same prefix. So it is only
 * said. */
static bool is_doubtful(struct reading *r, str name)
{
    unsigned least = UINT32_MAX;
    for (size_t i = 0; i < config_row_count; i++) {
        str known = variable_of(r->arena, config_rows[i].key);
        unsigned d = config_distance(name, known);
        str file = arena_format(r->arena, STR_FMT "_FILE", STR_ARG(known));
        if (config_rows[i].flags & CONFIG_SECRET && config_distance(name, file) < d)
            d = config_distance(name, file);
        least = d < least ? d : least;
    }
    return least > 0 && least <= 2 && !str_equal(name, S("VITRINE_CONFIG"));
}

static void read_environment(struct reading *r)
{
    for (size_t i = 0; i < config_row_count; i++)
        read_variable(r, &config_rows[i]);
    str *doubtful = NEW_N(r->arena, str, 16);
    size_t count = 0;
    for (const char *const *e = r->in->environment; e != NULL && *e != NULL && count < 16; e++) {
        str name, value;
        if (strncmp(*e, "VITRINE_", 8) == 0 && str_cut(str_of(*e), '=', &name, &value) &&
            is_doubtful(r, name))
            doubtful[count++] = name;
    }
    r->out->doubtful = (struct str_list){doubtful, count};
}

/* ------ the command line */

/* "--name", "--name=value". */
static bool is_flag(const char *argument, str *name, str *value, bool *has_value)
{
    if (strncmp(argument, "--", 2) != 0 || argument[2] == 0)
        return false;
    *has_value = str_cut(str_of(argument + 2), '=', name, value);
    return true;
}

static const struct config_row *row_of_flag(str name)
{
    for (size_t i = 0; i < config_row_count; i++)
        if (config_rows[i].flag != NULL && str_equal(str_of(config_rows[i].flag), name))
            return &config_rows[i];
    return NULL;
}

str config_file_name(const struct config_input *in)
{
    for (size_t i = 0; i < in->argument_count; i++) {
        str name, value;
        bool has_value;
        if (!is_flag(in->arguments[i], &name, &value, &has_value) || !str_equal(name, S("config")))
            continue;
        if (has_value)
            return value;
        return i + 1 < in->argument_count ? str_of(in->arguments[i + 1]) : (str){0};
    }
    return lookup(in, S("VITRINE_CONFIG"));
}

static void put_flag(struct reading *r, const struct config_row *row, str value)
{
    struct config *c = &r->out->config;
    /* A list grows by every flag, but not beyond what other sources say. */
    if (row->type == CONFIG_LIST && r->out->origins[row - config_rows] == FROM_FLAG) {
        struct str_list *list = (struct str_list *)(void *)((char *)c + row->offset);
        if (list->count == row->most) {
            r->usage_wrong = true;
            problem_fault(r->why, ERR_BAD_INPUT, row->key, S("range"),
                          "--%s can be given %llu times.", row->flag,
                          (unsigned long long)row->most);
            return;
        }
        str *longer = NEW_N(r->arena, str, list->count + 1);
        memcpy(longer, list->at, list->count * sizeof(str));
        longer[list->count] = value;
        *list = (struct str_list){longer, list->count + 1};
        return;
    }
    note(r, row, FROM_FLAG, config_put_text(row, r->arena, value, c, r->why));
}

static void read_arguments(struct reading *r)
{
    const struct config_input *in = r->in;
    r->out->arguments = NEW_N(r->arena, const char *, in->argument_count + 1);
    for (size_t i = 0; i < in->argument_count; i++) {
        str name, value;
        bool has_value;
        const struct config_row *row;
        bool flag = is_flag(in->arguments[i], &name, &value, &has_value);
        bool config = flag && str_equal(name, S("config"));
        if (!flag || ((row = row_of_flag(name)) == NULL && !config)) {
            r->out->arguments[r->out->argument_count++] = in->arguments[i];
            continue;
        }
        if (!has_value && !config && row->type == CONFIG_BOOL) {
            value = S("true");
        } else if (!has_value) {
            if (i + 1 == in->argument_count) {
                r->usage_wrong = true;
                problem_fault(r->why, ERR_BAD_INPUT, name, S("value"),
                              "--" STR_FMT " needs a value.", STR_ARG(name));
                return;
            }
            value = str_of(in->arguments[++i]);
        }
        if (!config)
            put_flag(r, row, value);
    }
}

/* ------ what must fit together */

static void check_listeners(struct reading *r)
{
    struct config *c = &r->out->config;
    struct problem why = {.arena = r->arena};
    for (size_t i = 0; i < c->listen.count && i < LIMIT_LISTENERS; i++) {
        struct listen *l = &c->listeners[c->listener_count];
        if (listen_read(c->listen.at[i], c->tls_cert.len > 0, l, &why) != ERR_OK ||
            listen_check(l, c->insecure_http, c->trusted_proxies.count > 0, &why) != ERR_OK) {
            r->wrong = true;
            problem_fault(r->why, ERR_INVALID, S("listen"), S("address"), STR_FMT,
                          STR_ARG(why.text));
            continue;
        }
        c->listener_count++;
    }
}

static void check_proxies(struct reading *r)
{
    struct config *c = &r->out->config;
    for (size_t i = 0; i < c->trusted_proxies.count && i < LIMIT_TRUSTED_PROXIES; i++) {
        if (network_read(c->trusted_proxies.at[i], &c->trusted[c->trusted_count])) {
            c->trusted_count++;
            continue;
        }
        r->wrong = true;
        problem_fault(r->why, ERR_INVALID, S("http.trusted_proxies"), S("address"),
                      "\"" STR_FMT "\" is neither an address nor a network nor \"unix\".",
                      STR_ARG(c->trusted_proxies.at[i]));
    }
}

/* scheme://host[:port] in lower case, without path: what a browser sends as Origin, byte for byte.
 */
static bool is_origin(str s)
{
    size_t host = str_starts(s, S("https://")) ? 8 : str_starts(s, S("http://")) ? 7 : 0;
    if (host == 0 || host == s.len)
        return false;
    for (size_t i = host; i < s.len; i++) {
        char c = s.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
              c == ':' || c == '[' || c == ']'))
            return false;
    }
    return true;
}

static void check_origins(struct reading *r)
{
    const struct str_list *origins = &r->out->config.cors_origins;
    for (size_t i = 0; i < origins->count; i++) {
        if (is_origin(origins->at[i]))
            continue;
        r->wrong = true;
        problem_fault(r->why, ERR_INVALID, S("cors.origins"), S("origin"),
                      "\"" STR_FMT "\" is not an origin like https://shop.example.",
                      STR_ARG(origins->at[i]));
    }
}

static void check(struct reading *r)
{
    const struct config *c = &r->out->config;
    if ((c->tls_cert.len > 0) != (c->tls_key.len > 0)) {
        r->wrong = true;
        problem_fault(r->why, ERR_INVALID, c->tls_cert.len ? S("tls.key") : S("tls.cert"),
                      S("required"), "A certificate and its key come together.");
    }
    if (c->data.len == 0) {
        r->wrong = true;
        problem_fault(r->why, ERR_INVALID, S("data"), S("required"),
                      "There must be a data directory.");
    }
    check_listeners(r);
    check_proxies(r);
    check_origins(r);
    r->wrong |= !config_check_outside(r->arena, &r->out->config, r->why);
    r->wrong |= !config_check_dialects(&r->out->config, r->why);
}

enum err config_read(struct arena *a, const struct config_input *in, struct config_result *out,
                     struct problem *why)
{
    *out = (struct config_result){.origins = NEW_N(a, enum config_origin, config_row_count)};
    struct reading r = {.arena = a, .in = in, .out = out, .why = why};
    read_presets(&r);
    read_file(&r);
    read_environment(&r);
    read_arguments(&r);
    if (!r.wrong && !r.usage_wrong)
        check(&r);
    if (r.usage_wrong)
        return problem_set(why, ERR_BAD_INPUT, "The command line is not right.");
    return r.wrong ? problem_set(why, ERR_INVALID, "The configuration is not right.") : ERR_OK;
}

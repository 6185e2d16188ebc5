#include "server/config.h"

#include "server/config_table.h"
#include "tests/support/check.h"

static struct arena *arena;
static struct config_result result;
static struct problem why;

static enum err no_secret(struct arena *a, str path, str *out, struct problem *reason)
{
    if (!str_equal(path, S("/run/secret")))
        return problem_set(reason, ERR_NOT_FOUND, "no such file");
    *out = arena_copy(a, S("from the file"));
    return ERR_OK;
}

/* environment and arguments: words parted by blanks. */
static const char **words(const char *text, size_t *count)
{
    const char **list = NEW_N(arena, const char *, 32);
    str rest = str_of(text), word;
    bool ended = rest.len == 0;
    *count = 0;
    while (str_next(&rest, &ended, ' ', &word))
        list[(*count)++] = arena_cstr(arena, word);
    return list;
}

static enum err read(const char *file, const char *environment, const char *arguments)
{
    struct config_input in = {.file = file ? str_of(file) : (str){0}, .read_secret = no_secret};
    size_t ignored;
    in.environment = words(environment, &ignored);
    in.arguments = words(arguments, &in.argument_count);
    why = (struct problem){.arena = arena};
    return config_read(arena, &in, &result, &why);
}

static enum config_origin origin(const char *key)
{
    return result.origins[config_find(str_of(key)) - config_rows];
}

static void defaults_need_nothing(void **state)
{
    (void)state;
    CHECK_PROBLEM(read(NULL, "", ""), ERR_OK, &why);
    CHECK_INT(result.config.listener_count, 1);
    CHECK_INT(result.config.listeners[0].port, 8080);
    CHECK_STR(result.config.data, S("./vitrine-data"));
    CHECK_INT(result.config.threads, 256);
    CHECK_INT(result.config.session_idle_ms, 1800000);
    CHECK_INT(result.config.json_body_max, 1 << 20);
    CHECK_INT(result.config.log_level, LOG_INFO);
    CHECK(result.config.registry.deletes && !result.config.registry.force_delete && !result.config.registry.sparse_indexes);
    CHECK(result.config.registry.anonymous_catalog);
    CHECK(!result.config.demo && str_is_absent(result.config.tls_cert) &&
          result.config.cors_origins.count == 0);
}

static void the_world_outside(void **state)
{
    (void)state;
    CHECK_PROBLEM(read("{site: {url: 'https://cms.example.com/x/'}, outbound: {allow: ['10.0.0.0/8', '::1'], ports: ['8443']},"
                       " mail: {url: 'smtps://mail.example.com', from: 'V <v@example.com>', user: 'u'}}",
                       "VITRINE_MAIL_PASSWORD_FILE=/run/secret", ""),
                  ERR_OK, &why);
    const struct config *c = &result.config;
    CHECK_STR(c->site_url, S("https://cms.example.com/x"));
    CHECK_STR(c->mail.password, S("from the file"));
    CHECK_INT(c->outbound.allow_count, 2);
    CHECK_INT(c->outbound.ports[0], 8443);
    CHECK(!c->outbound.may_http && !c->mail.may_plain);
}

static void where_names_are_proven(void **state)
{
    (void)state;
    CHECK_PROBLEM(read("{outbound: {allow: ['10.0.0.0/8'], ports: ['8443']}, acme: {networks: ['192.168.0.0/16'], http_port: 5002,"
                       " resolver: '[::1]:5353', caa: 'ca.example.org', open_role: 'printers'}}", "", ""), ERR_OK, &why);
    const struct config *c = &result.config;
    const struct acme_outside *o = &c->acme.outside;
    CHECK_INT(o->policy.allow_count, 2);
    CHECK_INT(c->outbound.allow_count, 1);
    CHECK_INT(o->policy.port_count, 1);
    CHECK_INT(o->policy.ports[0], 5002);
    CHECK_INT(o->http_port, 5002);
    CHECK(o->policy.may_http && !c->outbound.may_http);
    CHECK_STR(o->resolver, S("[::1]:5353"));
    CHECK_STR(o->caa_identity, S("ca.example.org"));
    CHECK_STR(c->acme.open_role, S("printers"));
    CHECK_PROBLEM(read(NULL, "", ""), ERR_OK, &why);
    CHECK_INT(result.config.acme.outside.http_port, 80);
    CHECK_INT(result.config.acme.outside.policy.allow_count, 0);
}

static void later_sources_win(void **state)
{
    const char *file = "{ // comments are fine\n data: '/file', http: {threads: 10, "
                       "connections_per_address: 7}, log: {level: 'warn'},\n"
                       " limits: {json_body: '2 MiB'}, auth: {session_idle: '1h'} , listen: "
                       "[\"127.0.0.1:1\", '[::1]:2'] }";
    (void)state;
    CHECK_PROBLEM(read(file, "VITRINE_DATA=/env VITRINE_HTTP_THREADS=20", "--data /flag"), ERR_OK,
                  &why);
    CHECK_STR(result.config.data, S("/flag"));
    CHECK_INT(origin("data"), FROM_FLAG);
    CHECK_INT(result.config.threads, 20);
    CHECK_INT(origin("http.threads"), FROM_ENVIRONMENT);
    CHECK_INT(result.config.connections_per_address, 7);
    CHECK_INT(origin("http.connections_per_address"), FROM_FILE);
    CHECK_INT(result.config.log_level, LOG_WARN);
    CHECK_INT(result.config.json_body_max, 2 << 20);
    CHECK_INT(result.config.session_idle_ms, 3600000);
    CHECK_INT(result.config.listener_count, 2);
    CHECK_INT(origin("metrics.public"), FROM_DEFAULT);
}

static void lists_come_from_one_source(void **state)
{
    (void)state;
    CHECK_PROBLEM(read("{listen: '127.0.0.1:1'}", "VITRINE_LISTEN=127.0.0.1:2,127.0.0.1:3", ""),
                  ERR_OK, &why);
    CHECK_INT(result.config.listener_count, 2);
    CHECK_INT(result.config.listeners[1].port, 3);
    CHECK_PROBLEM(read("{listen: '127.0.0.1:1'}", "VITRINE_LISTEN=127.0.0.1:2",
                       "--listen 127.0.0.1:4 --listen=127.0.0.1:5 --listen unix:/x"),
                  ERR_OK, &why);
    CHECK_INT(result.config.listener_count, 3);
    CHECK_INT(result.config.listeners[0].port, 4);
    CHECK(result.config.listeners[2].is_unix);
}

static void a_commands_own_arguments_are_left_to_it(void **state)
{
    (void)state;
    CHECK_PROBLEM(
        read(NULL, "",
             "add --email e@x --data /d --role editor --demo -x --config f.json --demo=false --"),
        ERR_OK, &why);
    static const char *const left[] = {"add", "--email", "e@x", "--role", "editor", "-x", "--"};
    CHECK_INT(result.argument_count, COUNTOF(left));
    for (size_t i = 0; i < COUNTOF(left) && i < result.argument_count; i++)
        CHECK_STR(str_of(result.arguments[i]), str_of(left[i]));
    CHECK_STR(result.config.data, S("/d"));
    CHECK(!result.config.demo);
}

static void secrets_come_from_files(void **state)
{
    (void)state;
    CHECK_PROBLEM(read(NULL, "VITRINE_ADMIN_PASSWORD_FILE=/run/secret", ""), ERR_OK, &why);
    CHECK_STR(result.config.admin_password, S("from the file"));
    CHECK_ERR(read(NULL, "VITRINE_ADMIN_PASSWORD_FILE=/run/none", ""), ERR_INVALID);
    CHECK_FAULT(&why, S("admin.password"), S("file"));
    CHECK_ERR(read(NULL, "VITRINE_ADMIN_PASSWORD_FILE=/run/secret VITRINE_ADMIN_PASSWORD=x", ""),
              ERR_INVALID);
    CHECK_FAULT(&why, S("admin.password"), S("twice"));
    CHECK_PROBLEM(read(NULL, "VITRINE_MASTER_KEY_FILE=/run/master", ""), ERR_OK, &why);
    CHECK_STR(result.config.master_key_file, S("/run/master"));
}

static void every_fault_is_named(void **state)
{
    static const struct {
        const char *file, *environment, *arguments, *path, *rule;
        enum err e;
    } cases[] = {
        {"{tls: {crt: 'x'}}", "", "", "tls.crt", "unknown-key", ERR_INVALID},
        {"{dta: 'x'}", "", "", "dta", "unknown-key", ERR_INVALID},
        {"{http: 1}", "", "", "http", "unknown-key", ERR_INVALID},
        {"[]", "", "", "vitrine.json", "type", ERR_INVALID},
        {"{", "", "", "vitrine.json", "json-syntax", ERR_INVALID},
        {"{demo: 1}", "", "", "demo", "type", ERR_INVALID},
        {"{demo: 'true'}", "", "", "demo", "type", ERR_INVALID},
        {"{http: {threads: '5'}}", "", "", "http.threads", "type", ERR_INVALID},
        {"{http: {threads: 1}}", "", "", "http.threads", "range", ERR_INVALID},
        {"{http: {threads: -1}}", "", "", "http.threads", "type", ERR_INVALID},
        {"{log: {level: 'loud'}}", "", "", "log.level", "choice", ERR_INVALID},
        {"{listen: []}", "", "", "listen", "range", ERR_INVALID},
        {"{listen: [1]}", "", "", "listen", "type", ERR_INVALID},
        {"{listen: 'nowhere'}", "", "", "listen", "address", ERR_INVALID},
        {"{listen: '0.0.0.0:80'}", "", "", "listen", "address", ERR_INVALID},
        {"{http: {trusted_proxies: ['x']}}", "", "", "http.trusted_proxies", "address",
         ERR_INVALID},
        {"{cors: {origins: ['*']}}", "", "", "cors.origins", "origin", ERR_INVALID},
        {"{outbound: {allow: ['10/8']}}", "", "", "outbound.allow", "address", ERR_INVALID},
        {"{outbound: {allow: 'unix'}}", "", "", "outbound.allow", "address", ERR_INVALID},
        {"{outbound: {ports: ['0']}}", "", "", "outbound.ports", "range", ERR_INVALID},
        {"{outbound: {ports: ['65536']}}", "", "", "outbound.ports", "range", ERR_INVALID},
        {"{acme: {networks: ['10/8']}}", "", "", "acme.networks", "address", ERR_INVALID},
        {"{acme: {http_port: 0}}", "", "", "acme.http_port", "range", ERR_INVALID},
        {"{acme: {http_port: 65536}}", "", "", "acme.http_port", "range", ERR_INVALID},
        {"{acme: {resolver: '192.0.2.53'}}", "", "", "acme.resolver", "address", ERR_INVALID},
        {"{acme: {resolver: '192.0.2.53:0'}}", "", "", "acme.resolver", "address", ERR_INVALID},
        {"{acme: {resolver: '2001:db8::53:53'}}", "", "", "acme.resolver", "address", ERR_INVALID},
        {"{acme: {resolver: 'dns.example:53'}}", "", "", "acme.resolver", "address", ERR_INVALID},
        {"{site: {url: 'cms.example.com'}}", "", "", "site.url", "url", ERR_INVALID},
        {"{site: {url: 'https://'}}", "", "", "site.url", "url", ERR_INVALID},
        {"{chutes: {prefix: 'chutes'}}", "", "", "chutes.prefix", "path", ERR_INVALID},
        {"{chutes: {prefix: '/a//b'}}", "", "", "chutes.prefix", "path", ERR_INVALID},
        {"{chutes: {prefix: '/{x}'}}", "", "", "chutes.prefix", "path", ERR_INVALID},
        {"{registry_auth: {mode: 'basic'}}", "", "", "registry_auth.password", "required", ERR_INVALID},
        {"{site: {url: 'https://a@b'}}", "", "", "site.url", "url", ERR_INVALID},
        {"{site: {url: 'https://a?b'}}", "", "", "site.url", "url", ERR_INVALID},
        {"{site: {url: 'javascript:alert(1)'}}", "", "", "site.url", "url", ERR_INVALID},
        {"{mail: {url: 'smtp://localhost', from: 'a@b'}}", "", "", "site.url", "required", ERR_INVALID},
        {"{site: {url: 'https://a'}, mail: {url: 'http://localhost', from: 'a@b'}}", "", "", "mail", "mail", ERR_INVALID},
        {"{site: {url: 'https://a'}, mail: {url: 'smtp://localhost'}}", "", "", "mail", "mail", ERR_INVALID},
        {"{site: {url: 'https://a'}, mail: {url: 'smtp://localhost', from: 'a@b', user: 'u'}}", "", "", "mail", "mail", ERR_INVALID},
        {"{cors: {origins: ['null']}}", "", "", "cors.origins", "origin", ERR_INVALID},
        {"{cors: {origins: ['https://a.b/']}}", "", "", "cors.origins", "origin", ERR_INVALID},
        {"{cors: {origins: ['https://A.b']}}", "", "", "cors.origins", "origin", ERR_INVALID},
        {"{limits: {json_body: '1 MB'}}", "", "", "limits.json_body", "type", ERR_INVALID},
        {"{limits: {json_body: '99999999999 GiB'}}", "", "", "limits.json_body", "type",
         ERR_INVALID},
        {"{auth: {session_life: '1w'}}", "", "", "auth.session_life", "type", ERR_INVALID},
        {NULL, "VITRINE_DEMO=maybe", "", "demo", "type", ERR_INVALID},
        {NULL, "VITRINE_TLS_CERT=x", "", "tls.key", "required", ERR_INVALID},
        {NULL, "", "--tls-key x", "tls.cert", "required", ERR_INVALID},
        {NULL, "", "--data", "data", "value", ERR_BAD_INPUT},
        {NULL, "", "--log-level loud", "log.level", "choice", ERR_BAD_INPUT},
        {NULL, "", "--demo=x", "demo", "type", ERR_BAD_INPUT},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_PROBLEM(read(cases[i].file, cases[i].environment, cases[i].arguments), cases[i].e,
                      &why);
        CHECK_FAULT(&why, str_of(cases[i].path), str_of(cases[i].rule));
    }
}

static void all_faults_are_found_at_once(void **state)
{
    (void)state;
    CHECK_ERR(read("{tsl: {}, demo: 1, http: {thread: 1}}", "VITRINE_LOG_LEVEL=x", ""),
              ERR_INVALID);
    CHECK_INT(why.fault_count, 4);
}

static void the_nearest_key_is_named(void **state)
{
    static const char *const cases[][2] = {
        {"tls.crt", "tls.cert"},     {"cert", "tls.cert"},
        {"threads", "http.threads"}, {"Listen", "listen"},
        {"log.levle", "log.level"},  {"trusted_proxies", "http.trusted_proxies"},
        {"demmo", "demo"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_STR(config_nearest(str_of(cases[i][0]))->key, str_of(cases[i][1]));
    }
    CHECK_INT(config_distance(S("kitten"), S("sitting")), 3);
    CHECK_INT(config_distance(S(""), S("abc")), 3);
    CHECK_INT(config_distance(S("abc"), S("")), 3);
}

static void misspelt_variables_are_mentioned_and_others_left_alone(void **state)
{
    (void)state;
    CHECK_PROBLEM(read(NULL,
                       "VITRINE_LISTN=x VITRINE_SERVICE_HOST=10.0.0.1 VITRINE_PORT=tcp://x "
                       "VITRINE_DATA=/d VITRINE_CONFIG=/c HOME=/",
                       ""),
                  ERR_OK, &why);
    CHECK_INT(result.doubtful.count, 1);
    if (result.doubtful.count == 1)
        CHECK_STR(result.doubtful.at[0], S("VITRINE_LISTN"));
}

static void the_file_is_found(void **state)
{
    size_t n;
    struct config_input in = {.environment = words("A=b VITRINE_CONFIG=/env.json", &n)};
    (void)state;
    CHECK_STR(config_file_name(&in), S("/env.json"));
    in.arguments = words("serve --config /flag.json", &in.argument_count);
    CHECK_STR(config_file_name(&in), S("/flag.json"));
    in.arguments = words("serve --config=/other.json", &in.argument_count);
    CHECK_STR(config_file_name(&in), S("/other.json"));
    in.environment = NULL;
    in.argument_count = 0;
    CHECK(str_is_absent(config_file_name(&in)));
}

static void what_is_printed_is_json_and_shows_no_secret(void **state)
{
    struct buf b;
    const struct json *v;
    str text;
    (void)state;
    CHECK_PROBLEM(read(NULL, "VITRINE_ADMIN_PASSWORD=hunter2hunter2 VITRINE_HTTP_INSECURE=1", ""),
                  ERR_OK, &why);
    for (int round = 0; round < 4; round++) {
        buf_init(&b, arena, 64 << 10);
        config_show(&b, &result, round & 1, round & 2);
        NEED(buf_done(&b, &text) == ERR_OK);
        CHECK(!str_contains(text, S("hunter2")));
        CHECK(str_contains(text, S("(secret)")));
        if (round & 2)
            CHECK_PROBLEM(json_read(arena, text, &(struct json_options){.dialect = JSON_STRICT},
                                    S(""), &v, &why),
                          ERR_OK, &why);
        else if (round & 1)
            CHECK(str_contains(text, S("http.insecure = true   (environment)")));
    }
    buf_init(&b, arena, 64 << 10);
    config_schema(&b);
    NEED(buf_done(&b, &text) == ERR_OK);
    NEED(json_read(arena, text, &(struct json_options){.dialect = JSON_STRICT}, S(""), &v, &why) ==
         ERR_OK);
    CHECK(json_at(v, S("/properties/tls/properties/cert/type")) != NULL);
    CHECK(json_at(v, S("/properties/listen/items")) != NULL);
    CHECK(json_at(v, S("/properties/metrics/properties/public/type")) != NULL);
    buf_init(&b, arena, 64 << 10);
    config_help(&b);
    CHECK(str_contains(buf_str(&b), S("--insecure-http ")));
}

static int start(void **state)
{
    (void)state;
    arena = arena_open(64 << 10);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(defaults_need_nothing), TEST(the_world_outside),
        TEST(where_names_are_proven),
        TEST(later_sources_win),
        TEST(lists_come_from_one_source),
        TEST(a_commands_own_arguments_are_left_to_it),
        TEST(secrets_come_from_files),
        TEST(every_fault_is_named),
        TEST(all_faults_are_found_at_once),
        TEST(the_nearest_key_is_named),
        TEST(misspelt_variables_are_mentioned_and_others_left_alone),
        TEST(the_file_is_found),
        TEST(what_is_printed_is_json_and_shows_no_secret),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

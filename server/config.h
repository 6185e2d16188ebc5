#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H
#include "base/buf.h"
#include "api/api.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mail.h"
#include "base/outbound.h"
#include "graphql/http/http.h"
#include "roles/gate.h"
#include "server/listen.h"
#include "server/s3.h"
#include "server/tracing.h"

/* What an operator may choose, from one table: flags win over the environment
 * (VITRINE_SECTION_NAME, …_FILE for secrets), that over vitrine.json (JSON5), that over the
 * defaults. All faults are found at once, by key; an unknown key is one and names the nearest
 * known. Pure: files and environment come in as text. ERR_BAD_INPUT: the command line is wrong
 * (exit 2); ERR_INVALID: the configuration (exit 3).
 *
 * What an editor may change while the server runs (public role, languages, webhooks) is not here
 * but in the collection `settings`. */
struct str_list {
    const str *at;
    size_t count;
};

struct backup_config {
    str to;                           /* {0}: the server makes none */
    int64_t every_ms;
    uint64_t keep;                    /* 0: all */
    bool archive, copies;
    bool ships;                       /* the log, between backups */
    struct s3_access s3;              /* where `to` says so; its policy is outbound's */
    str passphrase, recipient;        /* {0}: in clear */
};

enum registry_auth { REGISTRY_TOKEN, REGISTRY_BASIC }; /* what GET /registry/auth hands out */

struct config {
    struct str_list listen;
    str tls_cert, tls_key; /* files; {0}: none */
    str data;
    bool demo;
    enum log_level log_level;
    enum log_format log_format;
    bool key_in_query;
    int64_t key_overlap_max_ms;
    uint64_t key_days_max, bad_keys_per_minute;
    int64_t session_idle_ms, session_life_ms;
    int64_t journal_keep_ms; /* 0: for ever */
    str audit_file;          /* {0}: none */
    enum step_up step_up;
    str master_key_file;             /* {0}: in the data directory */
    str admin_email, admin_password; /* of the first administrator */
    uint64_t webhook_workers;
    int64_t webhook_keep_ms;
    uint64_t threads, streams, streams_per_caller;
    uint64_t connections_per_address;
    struct str_list trusted_proxies;
    bool insecure_http;
    uint64_t json_body_max;
    struct gate_files files;
    struct registry_options registry;
    struct str_list cors_origins;
    bool metrics_public;
    uint64_t slow_ms;                /* 0: nothing is slow */
    struct tracing_config tracing;
    bool chutes_requires_v2;
    enum registry_auth registry_auth;
    bool zenml_enabled, zenml_extended_login;
    str zenml_prefix;
    uint64_t zenml_token_minutes;
    str site_url;                    /* without a slash at its end; {0}: unknown */
    str pki_url;                     /* the same; {0}: certificates say nothing of where */
    struct mail_server mail;         /* url {0}: none */
    struct str_list outbound_allow, outbound_ports;
    struct str_list acme_networks;
    uint64_t acme_http_port;
    struct backup_config backup;
    struct api_options api;          /* façades of other systems */
    struct graphql_options graphql;

    /* The lists above, read. */
    struct outbound_policy outbound;
    struct gate_acme acme;           /* its policy: outbound's and acme_networks */
    struct listen listeners[LIMIT_LISTENERS];
    size_t listener_count;
    struct network trusted[LIMIT_TRUSTED_PROXIES];
    size_t trusted_count;
};

enum config_origin { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_FLAG };

struct config_input {
    str file;                       /* text of vitrine.json; {0}: there is none */
    const char *const *environment; /* "NAME=value", NULL-terminated; NULL: empty */
    const char *const *arguments;   /* behind the command */
    size_t argument_count;
    /* For VITRINE_…_FILE; the line end behind the secret is not part of it. */
    enum err (*read_secret)(struct arena *a, str path, str *out, struct problem *why);
};

struct config_result {
    struct config config;
    enum config_origin *origins; /* by row of the table */
    const char **arguments;      /* what is not a flag of the table: the command's own */
    size_t argument_count;
    struct str_list doubtful; /* variables VITRINE_… that look like a misspelt key */
};

/* The file named by --config or VITRINE_CONFIG; {0}: neither. The flag is not the command's own. */
str config_file_name(const struct config_input *in);
NODISCARD enum err config_read(struct arena *a, const struct config_input *in,
                               struct config_result *out, struct problem *why);

/* One line per key, or a map with --json; secrets are not shown. */
void config_show(struct buf *out, const struct config_result *r, bool with_origins, bool as_json);
/* A list for who is shown it: of each key what it is, where that is from, and what it is for. Secrets are not shown. */
void config_tell(struct json_writer *w, const struct config_result *r);
void config_schema(struct buf *out); /* JSON Schema of vitrine.json */
void config_help(struct buf *out);   /* the flags, for `vitrine help` */

/* "30m", "12h", "30d", "90" (seconds): milliseconds. */
bool config_read_duration(str text, uint64_t *ms);

#endif

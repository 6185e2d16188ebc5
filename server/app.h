#ifndef SERVER_APP_H
#define SERVER_APP_H
#include "api/api.h"
#include "base/crypt_file.h"
#include "graphql/http/http.h"

/* The composition root: the only place that knows which engine, which key file, which façades. A command
 * opens it for its work, `serve` for the life of the process. Not thread-safe while opening and closing. */
struct app {
    struct arena *arena;              /* process lifetime */
    str data;                         /* data directory */
    int hold;                         /* shared with others (server/data.h) */
    struct crypt *crypt;
    struct gate *gate;
    struct api api;
    struct graphql *graphql;
};

struct app_options {
    str data;
    str master_key_file;              /* {0}: <data>/master.key */
    bool may_create;                  /* a data directory that is not there is made (serve, import …) */
    bool read_only;
    bool ships;                       /* the log, sealed with this, or in clear (content/backup/ship.h) */
    struct file_lock ship_lock;
    bool key_in_query;
    int64_t session_idle_ms, session_life_ms, journal_keep_ms;
    struct api_options api;
    uint32_t bad_keys_per_minute;
    int64_t key_overlap_max_ms, key_days_max;
    enum step_up step_up;
    struct gate_outside outside;      /* its texts and lists outlive the app */
    struct gate_acme acme;            /* likewise */
    bool chutes_requires_v2;
    struct gate_files files;
    struct gate_webhooks webhooks;
    unsigned streams, streams_per_caller; /* that may wait, and of one caller (roles/gate.h); 0: as usual */
    str pki_url;                      /* outlives the app */
    struct registry_options registry;
    struct graphql_options graphql;
};
NODISCARD enum err app_open(const struct app_options *options, struct app **out, struct problem *why);
void app_close(struct app *app);      /* NULL is fine */

extern const char *const vitrine_version;
const char *app_engine(void);         /* the version of the database */
#endif

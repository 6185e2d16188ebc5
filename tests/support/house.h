#ifndef TESTS_SUPPORT_HOUSE_H
#define TESTS_SUPPORT_HOUSE_H
#include "content/store/engine.h"
#include "roles/gate.h"

/* A whole server below the façades, in memory: cryptography, content, gate. Everything is said in JSON5, so
 * that C needs no backslashes, and goes through the gate's own doors as the system principal:
 *
 *     struct house *h = house_open();
 *     house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");   // targets of references first
 *     house_people(h, "{roles:  {reader: [{collection:'posts', verbs:['read']}]},"
 *                     " public: 'reader',"
 *                     " users:  {ada: {roles:['reader'], password:'correct horse'}},"   // ada@example.com
 *                     " keys:   {ada: {user:'ada'}, bot: {role:'reader', scopes:[{collection:'posts'}]}}}");
 *     str id = house_item(h, "posts", "{title:'One'}");
 *     const struct principal *who = house_who(h, a, house_key(h, "bot"));
 *     … house_close(h);
 *
 * Whatever does not succeed here is a must() with the problem's text on standard error. Passwords cost
 * next to nothing. One thread at a time. */
struct house {
    struct arena *arena;              /* names, ids, secrets; lives as long as the house */
    struct crypt *crypt;
    struct gate *gate;
    struct house_key *keys;
};

struct house_config {
    const struct engine_ops *engine;  /* NULL: engine_sqlite */
    str directory;                    /* {0} or "": in memory */
    bool key_in_query;
    uint32_t bad_keys_per_minute;     /* 0: no limit */
    int64_t key_overlap_max_min, key_days_max; /* 0: a day, no limit */
    int64_t session_idle_ms, session_life_ms;
    struct gate_outside outside;      /* texts and lists outlive the house */
    struct gate_chutes chutes;
    struct gate_acme acme;
    enum step_up step_up;
    unsigned streams;                 /* that may wait; 0: LIMIT_STREAMS */
    const struct registry_options *registry; /* NULL: registry_defaults */
};
struct house *house_open(void);
struct house *house_open_with(const struct house_config *config);
void house_close(struct house *h);

/* A list of definitions, applied one by one. */
void house_model(struct house *h, const char *definitions);
/* Any of: roles {name: [grants]} or {name: {grants: […], permissions: {…}, inherits: [names], …}};
 * groups {name: {roles: [names]}}; public: a role's name or null; users {name: {email, roles: [names],
 * groups: [names], password, active, …}}; services {name: {roles: [names], groups: [names], active, …}};
 * keys {name: {user | role | service: name, kind, scopes, expires_at, not_before, disabled}}. Whatever is there
 * already gets what is said now. */
void house_people(struct house *h, const char *people);
/* Creates an item and gives its id. References are ids: arena_format them in. */
str house_item(struct house *h, const char *collection, const char *item);
void house_update(struct house *h, const char *collection, str id, const char *item);
void house_delete(struct house *h, const char *collection, str id);

/* Id of the first item whose field has this text; must. */
str house_find(struct house *h, struct arena *a, const char *collection, const char *field, const char *value);
bool house_has(struct house *h, const char *collection, str id);
/* A field as JSON text; {0}: no such item or field. */
str house_value(struct house *h, struct arena *a, const char *collection, str id, const char *field);
str house_user(struct house *h, const char *name);      /* id; must */
str house_role(struct house *h, const char *name);      /* id; must */
str house_service(struct house *h, const char *name);   /* id; must */
str house_group(struct house *h, const char *name);     /* id; must */
str house_key(struct house *h, const char *name);       /* secret; must */
str house_key_id(struct house *h, const char *name);

/* What identify() finds behind a key; {0}: no credential at all. must: it finds somebody. */
const struct principal *house_who(struct house *h, struct arena *a, str key);
/* JSON5 text as a value. */
const struct json *house_json(struct arena *a, const char *text);
const struct collection *house_collection(const struct principal *who, const char *name); /* must: there */
#endif

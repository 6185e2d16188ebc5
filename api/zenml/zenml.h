#ifndef API_ZENML_ZENML_H
#define API_ZENML_ZENML_H
#include "api/fastapi.h"
#include "base/id.h"
#include "content/item/json.h"

/* ZenML's server as its clients know it (docs/zenml.md): sign-in, accounts, service accounts, keys, devices. Its
 * resources are items of users, service_accounts, api_keys and devices, seen through this table and through
 * nothing else; ids are the items', spelt as UUIDs. What the files of this façade share. */
#define ZENML_PREFIX "/api/v1"

/* problem.c: {"detail":["KeyError","text"]}, and the shapes that differ from it. */
void zenml_problem(struct exchange *x, const struct problem *why);
/* The handler's answer. {"detail":["sort","text"]}; sort NULL: {"detail":"text"}. */
enum err zenml_refuse(struct exchange *x, enum err err, const char *sort, str text);
/* A body by its shape. *taken false: it was refused, and answered. model: what the shape is called there. */
NODISCARD enum err zenml_take(struct exchange *x, const struct fast_shape *shape, const char *model, void *into, bool *taken,
                              struct problem *why);
/* The same for what may be left out: no body at all is an empty one. */
NODISCARD enum err zenml_take_any(struct exchange *x, const struct fast_shape *shape, const char *model, void *into,
                                  bool *taken, struct problem *why);

/* Columns of lists, and what they are in the collection. */
enum zenml_type { ZENML_TEXT, ZENML_BOOL, ZENML_OFF, ZENML_TIME, ZENML_SECONDS, ZENML_UUID, ZENML_NULL };
struct zenml_column {
    str name;
    enum zenml_type type; /* OFF: a boolean of the opposite meaning; NULL: there is no such thing here, always null */
    str field;
};

struct zenml_show; /* one object being written */
struct zenml_resource {
    const char *collection, *noun, *error; /* error: what "not there" is called */
    str name;                              /* the field that names it */
    bool may_be_named;                     /* in a path, beside its id */
    const struct zenml_column *columns;
    size_t column_count;
    void (*body)(struct zenml_show *s, const struct json *item);
    void (*metadata)(struct zenml_show *s, const struct json *item);
};
extern const struct zenml_resource zenml_users, zenml_service_accounts, zenml_api_keys, zenml_devices;

/* show.c */
struct zenml_show {
    struct exchange *x;
    struct json_writer *to;
    const struct zenml_resource *of;
    bool hydrate;
    str secret;               /* of a key, of an activation: shown this once; {0}: null */
    const struct json *owner; /* of a key: its service account */
    str admin_role;           /* id of the role admin, {0}: not to be seen */
    str own_id;               /* the caller's */
};
struct zenml_show zenml_show_of(struct exchange *x, const struct zenml_resource *of);
void zenml_write(struct zenml_show *s, const struct json *item);
NODISCARD enum err zenml_send(struct zenml_show *s, const struct json *item, struct problem *why);
enum err zenml_send_null(struct exchange *x);
/* Members of an object that is open. */
void zenml_text(struct json_writer *w, const char *name, str text); /* {0}: null */
void zenml_flag(struct json_writer *w, const char *name, bool flag);
void zenml_null(struct json_writer *w, const char *name);
void zenml_uuid(struct zenml_show *s, const char *name, str id);
void zenml_time(struct zenml_show *s, const char *name, const struct json *item, str field);
void zenml_dates(struct zenml_show *s, const struct json *item);
/* Of an item. */
str zenml_item_text(const struct json *item, str field); /* {0} unless it is text */
bool zenml_item_flag(const struct json *item, str field, bool otherwise);
int64_t zenml_item_ms(const struct json *item, str field); /* 0: none */

/* read.c: the caller's own view of the collection, through the gate. */
NODISCARD enum err zenml_collection(struct exchange *x, struct api *api, const struct zenml_resource *of,
                                    const struct collection **out, struct problem *why);
/* By UUID, or by name where the resource has one. also: a condition besides, NULL: none. ERR_NOT_FOUND. */
NODISCARD enum err zenml_find(struct exchange *x, struct api *api, const struct zenml_resource *of, str reference,
                              const struct json *also, const struct json **item, struct problem *why);
/* The item of that id after it was written; *item NULL when the caller may not see it. */
NODISCARD enum err zenml_reread(struct exchange *x, struct api *api, const struct zenml_resource *of, str id,
                                const struct json **item, struct problem *why);
/* {"field": value} as a condition. */
const struct json *zenml_is(struct arena *a, str field, str value);
/* The parameter `hydrate`. *taken false: answered. */
bool zenml_hydrate(struct exchange *x, bool otherwise, bool *hydrate);
/* Writes members (name, value) of one item; faults speak of the members. */
NODISCARD enum err zenml_save(struct exchange *x, struct api *api, const struct zenml_resource *of, enum op op, str id,
                              const struct json *members, size_t count, struct change *out, struct problem *why);
/* Deletes it and answers null. */
NODISCARD enum err zenml_delete(struct exchange *x, struct api *api, const struct zenml_resource *of, const struct json *item,
                                struct problem *why);
/* Is this part of the path a UUID, ours or not? *ok false: 422 was answered. */
NODISCARD enum err zenml_path_id(struct exchange *x, struct api *api, const struct zenml_resource *of, const struct params *p,
                                 const char *name, bool *ok, struct problem *why);

/* list.c: one page, answered. */
NODISCARD enum err zenml_list(struct zenml_show *s, struct api *api, const struct json *also, struct problem *why);
/* filter.c: what a parameter asks of a column, as a filter in JSON. False: *text says what is wrong with it. */
bool zenml_condition(struct arena *a, const struct zenml_column *column, str value, struct json *out, str *text);

bool zenml_is_uuid(str text); /* any UUID, ours or not */

/* account.c: an update of oneself. standing: what nobody changes of himself, NULL: passed over. */
struct zenml_standing {
    bool is_admin, is_active;
};
NODISCARD enum err zenml_own_put(struct exchange *x, struct api *api, const struct zenml_standing *standing, struct problem *why);

handler zenml_login, zenml_logout, zenml_current_user, zenml_current_user_put, zenml_api_token;
handler zenml_accounts_list, zenml_accounts_create, zenml_account_get, zenml_account_put, zenml_account_delete;
handler zenml_keys_list, zenml_keys_create, zenml_key_get, zenml_key_put, zenml_key_delete, zenml_key_rotate;
handler zenml_users_list, zenml_users_create, zenml_user_get, zenml_user_put, zenml_user_delete, zenml_user_activate,
    zenml_user_deactivate;
handler zenml_device_authorization, zenml_devices_list, zenml_device_get, zenml_device_put, zenml_device_delete,
    zenml_device_verify;
handler zenml_health, zenml_ready, zenml_version, zenml_info;
#endif

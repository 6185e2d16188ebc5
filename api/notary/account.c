#include "api/notary/account.h"

#include "base/limits.h"
#include "content/kind.h"

int64_t notary_account_role(const struct json *user)
{
    const struct json *roles = json_get(user, S("roles"));
    str names[LIMIT_ROLES];
    size_t count = 0;
    for (uint32_t i = 0; roles && roles->type == JSON_LIST && i < roles->count && count < LIMIT_ROLES; i++) {
        const struct json *name = json_get(&roles->items[i], S("name"));
        if (name && name->type == JSON_TEXT)
            names[count++] = name->text;
    }
    return notary_role_id(names, count);
}

enum err notary_account_look(void *self, const struct item_list *users, struct arena *a, struct problem *why)
{
    struct notary_shown *s = self;
    const struct notary_asked *r = s->asked;
    const struct collection *c = NULL;
    struct problem quiet = {.arena = a};
    struct json *ids = NEW_N(a, struct json, users->count + 1);
    item_list_init(&s->identities, a);
    if (!notary_speaks_data(r->api) || users->count == 0)
        return ERR_OK;
    if (gate_collection(r->api->gate, r->x->who, S("external_identities"), &c, &quiet) != ERR_OK || !gate_may(r->x->who, VERB_READ, c))
        return ERR_OK;
    for (size_t i = 0; i < users->count; i++)
        ids[i] = *json_get(&users->items[i], S("_id"));
    struct query q = {.from = c, .limit = LIMIT_ROWS, .where = filter_test(a, collection_field(c, S("user")), TEST_IN, json_of_list(ids, users->count))};
    query_all_fields(a, &q, NULL);
    return gate_read(r->api->gate, r->x->who, &q, &s->identities.receiver, NULL, why);
}

static const struct json *subject_of(const struct notary_shown *s, const struct json *user)
{
    const struct json *id = json_get(user, S("_id"));
    for (size_t i = 0; i < s->identities.count; i++)
        if (json_is_text(json_get(&s->identities.items[i], S("user")), id->text))
            return json_get(&s->identities.items[i], S("subject"));
    return NULL;
}

static void write_methods(const struct notary_shown *s, struct json_writer *w, const struct json *user)
{
    const struct json *changed = json_get(user, S("password_changed_at")), *subject = subject_of(s, user);
    bool has_password = changed && changed->type == JSON_TEXT, has_subject = subject && subject->type == JSON_TEXT;
    json_name(w, S("has_password"));
    json_bool(w, has_password);
    json_name(w, S("has_oidc"));
    json_bool(w, has_subject);
    if (has_subject) {
        json_name(w, S("oidc_subject"));
        json_text(w, subject->text);
    }
    json_name(w, S("auth_methods"));
    json_list_open(w);
    if (has_password)
        json_text(w, S("local"));
    if (has_subject)
        json_text(w, S("oidc"));
    json_list_close(w);
}

void notary_account_write(const struct notary_shown *s, struct json_writer *w, const struct json *user, int64_t role_id)
{
    const struct json *serial = json_get(user, S("serial")), *email = json_get(user, S("email"));
    json_map_open(w);
    json_name(w, S("id"));
    json_int(w, serial && serial->type == JSON_INT ? serial->integer : 0);
    json_name(w, S("email"));
    json_text(w, email && email->type == JSON_TEXT ? email->text : S(""));
    json_name(w, S("role_id"));
    json_int(w, role_id);
    if (notary_speaks_data(s->asked->api))
        write_methods(s, w, user);
    json_map_close(w);
}

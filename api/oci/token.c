/* Tokens for container clients: GET /v2/token (oci-registry.md 10.3). */
#include "api/oci/token.h"

#include "api/answer.h"
#include "api/oci/oci.h"
#include "base/limits.h"
#include "base/time.h"
#include "roles/registry.h"

/* An action of the protocol and what it comes to. */
static const struct {
    str action;
    enum verb verb;
} actions[] = {
    {STR("pull"), VERB_READ},
    {STR("push"), VERB_CREATE},
    {STR("push"), VERB_UPDATE},
    {STR("delete"), VERB_DELETE},
};

/* "repository(class):host:5000/name:pull,push": the type ends at the first colon, the actions begin at the last. */
static bool read_wish(str wish, str *name, str *wanted)
{
    str type, rest, class, unused;
    size_t last;
    if (!str_cut(wish, ':', &type, &rest))
        return false;
    for (last = rest.len; last > 0 && rest.at[last - 1] != ':';)
        last--;
    if (last == 0)
        return false;
    *name = str_slice(rest, 0, last - 1);
    *wanted = str_slice(rest, last, rest.len);
    (void)str_cut(type, '(', &class, &unused);
    return str_equal(class, S("repository")) && repository_name_valid(*name);
}

static bool is_wanted(str wanted, str action)
{
    bool ended = false;
    str one;
    while (str_next(&wanted, &ended, ',', &one))
        if (str_equal(one, action) || str_equal(one, S("*")))
            return true;
    return false;
}

static enum err may(struct gate *g, struct exchange *x, str name, enum verb verb, bool *out, struct problem *why)
{
    struct problem own = {.arena = x->arena};
    enum err e = gate_repository(g, x->who, name, verb, x->arena, &own);
    *out = e == ERR_OK;
    if (e == ERR_OK || e == ERR_UNAUTHENTICATED || e == ERR_FORBIDDEN || e == ERR_NOT_FOUND)
        return ERR_OK;
    *why = own;
    return e;
}

struct granting {
    struct json *scopes, *access;
    uint32_t count;
};

static struct json scope_of(struct arena *a, str name, const struct json *verbs, uint32_t count)
{
    struct json *members = NEW_N(a, struct json, 2), *names = NEW(a, struct json);
    *names = json_of_text(name);
    members[0] = json_named(S("repositories"), json_of_list(names, 1));
    members[1] = json_named(S("verbs"), json_of_list(verbs, count));
    return json_of_map(members, 2);
}

static enum err grant(struct gate *g, struct exchange *x, str name, str wanted, struct granting *to, struct problem *why)
{
    struct json *verbs = NEW_N(x->arena, struct json, COUNTOF(actions)), *said = NEW_N(x->arena, struct json, COUNTOF(actions));
    uint32_t verb_count = 0, said_count = 0;
    for (size_t i = 0; i < COUNTOF(actions); i++) {
        bool granted = false;
        if (is_wanted(wanted, actions[i].action))
            TRY(may(g, x, name, actions[i].verb, &granted, why));
        if (!granted)
            continue;
        verbs[verb_count++] = json_of_text(verb_names[actions[i].verb]);
        if (said_count == 0 || !str_equal(said[said_count - 1].text, actions[i].action))
            said[said_count++] = json_of_text(actions[i].action);
    }
    if (verb_count == 0)
        return ERR_OK;
    struct json *members = NEW_N(x->arena, struct json, 3);
    members[0] = json_named(S("type"), json_of_text(S("repository")));
    members[1] = json_named(S("name"), json_of_text(name));
    members[2] = json_named(S("actions"), json_of_list(said, said_count));
    to->scopes[to->count] = scope_of(x->arena, name, verbs, verb_count);
    to->access[to->count++] = json_of_map(members, 3);
    return ERR_OK;
}

enum err oci_grant(struct gate *g, struct exchange *x, const str *wishes, size_t count, struct oci_grants *out, struct problem *why)
{
    struct granting to = {NEW_N(x->arena, struct json, LIMIT_SCOPES), NEW_N(x->arena, struct json, LIMIT_SCOPES), 0};
    struct json *read = NEW(x->arena, struct json);
    str name, wanted, one;
    for (size_t i = 0; i < count; i++) {
        bool ended = false;
        for (str rest = wishes[i]; str_next(&rest, &ended, ' ', &one) && to.count < LIMIT_SCOPES;)
            if (read_wish(one, &name, &wanted))
                TRY(grant(g, x, name, wanted, &to, why));
    }
    *read = json_of_text(verb_names[VERB_READ]);
    out->any = to.count > 0;
    out->access = json_of_list(to.access, to.count);
    if (to.count == 0) /* nothing asked for: what may be read, as lists of repositories want; nothing granted: no name at all */
        to.scopes[0] = scope_of(x->arena, count == 0 ? S("**") : S("-"), read, 1);
    out->scopes = json_of_list(to.scopes, to.count ? to.count : 1);
    return ERR_OK;
}

/* `scope` may come several times, which other parameters may not. */
static enum err read_scopes(struct exchange *x, str *out, size_t room, size_t *count, struct problem *why)
{
    str rest = x->query, piece, name, value;
    bool ended = rest.len == 0;
    *count = 0;
    while (str_next(&rest, &ended, '&', &piece)) {
        (void)str_cut(piece, '=', &name, &value);
        if (!str_equal(name, S("scope")))
            continue;
        if (*count == room || !percent_decode(x->arena, value, true, &out[*count]))
            return problem_set(why, ERR_BAD_INPUT, "The scopes cannot be read");
        (*count)++;
    }
    return ERR_OK;
}

/* Whoever sends no credential gets a token of the public's: pulling without a name begins with it. */
static enum err token(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    str wishes[LIMIT_SCOPES], text;
    size_t count;
    struct oci_grants grants;
    struct token made;
    struct answer a;
    struct buf issued;
    int64_t now = time_now_ms();
    (void)p;
    TRY(read_scopes(x, wishes, COUNTOF(wishes), &count, why));
    TRY(oci_grant(api->gate, x, wishes, count, &grants, why));
    TRY(gate_registry_token(api->gate, x, &grants.scopes, &grants.access, &made, why));
    buf_init(&issued, x->arena, 64);
    time_write(&issued, now);
    answer_begin(x, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("token"));
    json_text(&a.json, made.text);
    json_name(&a.json, S("access_token"));
    json_text(&a.json, made.text);
    json_name(&a.json, S("expires_in"));
    json_int(&a.json, (made.expires_ms - now) / 1000);
    json_name(&a.json, S("issued_at"));
    json_text(&a.json, buf_str(&issued));
    json_map_close(&a.json);
    TRY(answer_end(&a, &text, why));
    oci_headers(x);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, text);
    return ERR_OK;
}

/* clang-format off */
static const struct route token_routes[] = {
    {M_GET, "/v2/token", token, 0, 0, "A short-lived token for repositories"},
};
/* clang-format on */
const struct api_table oci_token_api = {.routes = token_routes, .count = COUNTOF(token_routes), .problem = oci_problem, .problem_name = "OciProblem"};

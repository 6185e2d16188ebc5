/* Chutes' API keys (chutes-keys.md 4, 5, 9): one's own, in the shapes of that server. Its objects are our
 * collections: what a key may do of what its owner may do are scopes of the key. */
#include "api/chutes/chutes.h"

#include "api/answer.h"
#include "api/auth/own_keys.h"
#include "api/fastapi.h"
#include "api/problem.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"

#define KIND       S("chutes")
#define PAGE_ROWS  25
#define NAME_MOST  24

/* ---- refusals */

/* A key has one shape: letters of the id, the owner and the secret, 102 in all. */
static bool looks_like_key(str s)
{
    static const size_t ends[] = {4, 36, 37, 69, 70, 102}; /* cpk_ hex . hex . letters */
    if (s.len != 102 || !str_starts(s, S("cpk_")) || s.at[ends[1]] != '.' || s.at[ends[3]] != '.')
        return false;
    for (size_t i = 4; i < s.len; i++) {
        char c = s.at[i];
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'), letter = hex || (c >= 'g' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (i != ends[1] && i != ends[3] && !(i < ends[3] ? hex : letter))
            return false;
    }
    return true;
}

/* Why nobody was found, in Chutes' words; a signature's reason comes with the problem. */
static str reason(const struct exchange *x, const struct problem *why)
{
    str authorization = exchange_header(x, S("authorization")), scheme, token;
    if (why->fault_count && str_equal(why->faults[0].rule, S("signature")))
        return why->faults[0].text;
    if (authorization.len == 0)
        return S("Can't find a user with that api key in our db :(");
    bool has_scheme = str_cut(authorization, ' ', &scheme, &token);
    bool of_session = has_scheme && str_equal_nocase(scheme, S("bearer")) && !str_starts(token, S("cpk_"));
    if (!of_session && !looks_like_key(has_scheme ? str_trim(token) : authorization))
        return S("Missing or invalid authorization header(s)");
    return S("Invalid token or user not found");
}

/* A credential that manages no keys is refused like one that is none: as there. */
void chutes_problem(struct exchange *x, const struct problem *why)
{
    struct problem own = *why;
    bool hidden = why->err == ERR_FORBIDDEN && x->who && x->who->kind != PRINCIPAL_PUBLIC && !x->who->by_cookie;
    if (hidden)
        own.err = ERR_UNAUTHENTICATED;
    if (own.err == ERR_UNAUTHENTICATED)
        fast_send_detail(x, &own, hidden ? S("Invalid token or user not found") : reason(x, why));
    else
        fast_problem(x, &own);
}

/* ---- what a key looks like */

static str naive(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write_naive(&b, ms);
    return buf_str(&b);
}

/* `method` is what that server calls it in answers, and forgets; here both say the same. */
static void write_scopes(struct json_writer *w, const struct json *scopes)
{
    json_list_open(w);
    for (uint32_t i = 0; scopes && scopes->type == JSON_LIST && i < scopes->count; i++) {
        const struct json *s = &scopes->items[i];
        json_map_open(w);
        json_member_text_or_null(w, "scope_id", key_text(s, "scope_id"));
        json_member_text_or_null(w, "object_type", key_text(s, "object_type"));
        json_member_text_or_null(w, "object_id", key_text(s, "object_id"));
        json_member_text_or_null(w, "action", key_text(s, "action"));
        json_member_text_or_null(w, "method", key_text(s, "action"));
        json_map_close(w);
    }
    json_list_close(w);
}

struct shown {
    str id, owner, name;
    bool admin;
    int64_t created_ms, used_ms;      /* 0: never */
    const struct json *scopes;        /* as they were asked for */
};

static void write_members(struct json_writer *w, struct arena *a, const struct shown *k)
{
    json_name(w, S("api_key_id"));
    json_text(w, id_uuid(a, k->id));
    json_name(w, S("user_id"));
    json_text(w, id_uuid(a, k->owner));
    json_name(w, S("admin"));
    json_bool(w, k->admin);
    json_name(w, S("name"));
    json_text(w, k->name);
    json_name(w, S("created_at"));
    json_text(w, naive(a, k->created_ms));
    json_member_text_or_null(w, "last_used_at", k->used_ms ? naive(a, k->used_ms) : (str){0});
    json_name(w, S("scopes"));
    write_scopes(w, k->scopes);
}

static struct shown show(const struct json *item)
{
    const struct json *wire = json_get(item, S("wire")), *seconds = json_get(item, S("_created"));
    const struct json *scopes = json_get(item, S("scopes"));
    str user = key_text(item, "user");
    const struct json *exactly = json_get(wire, S("created_ms"));
    int64_t created = seconds && seconds->type == JSON_INT ? seconds->integer * 1000 : 0;
    if (exactly && exactly->type == JSON_INT)
        created = exactly->integer;
    bool narrowed = scopes && scopes->type == JSON_LIST && scopes->count > 0;
    return (struct shown){
        .id = key_text(item, "_id"),
        .owner = str_is_absent(user) ? key_text(item, "service_account") : user,
        .name = str_is_absent(key_text(item, "label")) ? S("") : key_text(item, "label"),
        .admin = !narrowed,
        .created_ms = created,
        .used_ms = key_time(item, "last_used_at"),
        .scopes = narrowed ? json_get(wire, S("scopes")) : NULL,
    };
}

static enum err send(struct exchange *x, struct answer *a, struct problem *why)
{
    str text;
    TRY(answer_end(a, &text, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, text);
    return ERR_OK;
}

/* ---- list, get, delete */

struct paging {
    int64_t page, limit;
};
static const struct fast_field paging_fields[] = {
    {.name = STR("page"), .kind = FAST_INT, .offset = offsetof(struct paging, page), .least = 0, .most = LIMIT_SKIP / LIMIT_ROWS},
    {.name = STR("limit"), .kind = FAST_INT, .offset = offsetof(struct paging, limit), .least = 0, .most = LIMIT_ROWS},
};
static const struct fast_shape paging_shape = {paging_fields, COUNTOF(paging_fields), sizeof(struct paging), false};

static enum err list(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct paging paging = {.limit = PAGE_ROWS};
    struct query_string q;
    struct fast_faults faults;
    struct own_keys keys;
    struct answer a;
    (void)p;
    if (x->who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
    TRY(query_string_read(x->arena, x->query, &q, why));
    fast_begin(&faults, x);
    fast_values(&faults, "query", q.pairs, q.count, &paging_shape, &paging);
    if (faults.count)
        return fast_refuse(x, &faults);
    uint32_t limit = (uint32_t)(paging.limit ? paging.limit : PAGE_ROWS);
    TRY(own_keys_list(api->gate, x, KIND, (uint32_t)paging.page * limit, limit, &keys, why));
    answer_begin(x, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("total"));
    json_uint(&a.json, keys.total);
    json_name(&a.json, S("page"));
    json_int(&a.json, paging.page);
    json_name(&a.json, S("limit"));
    json_int(&a.json, paging.limit);
    json_name(&a.json, S("items"));
    json_list_open(&a.json);
    for (size_t i = 0; i < keys.list.count; i++) {
        struct shown k = show(&keys.list.items[i]);
        json_map_open(&a.json);
        write_members(&a.json, x->arena, &k);
        json_map_close(&a.json);
    }
    json_list_close(&a.json);
    json_name(&a.json, S("cord_refs"));
    json_nothing(&a.json);
    json_map_close(&a.json);
    return send(x, &a, why);
}

static enum err get(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    const struct json *item;
    struct answer a;
    str id = param(p, "api_key_id");
    TRY(own_keys_find(api->gate, x, KIND, id, &item, why));
    if (!item)
        return problem_set(why, ERR_NOT_FOUND, "API key with id " STR_FMT " not found or doesn't belong to you", STR_ARG(id));
    struct shown k = show(item);
    answer_begin(x, &a);
    json_map_open(&a.json);
    write_members(&a.json, x->arena, &k);
    json_map_close(&a.json);
    return send(x, &a, why);
}

static enum err drop(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const char gone[] = "API key not found, or does not belong to you";
    struct api *api = app;
    const struct json *item;
    struct answer a;
    TRY(own_keys_find(api->gate, x, KIND, param(p, "api_key_id"), &item, why));
    if (!item)
        return problem_set(why, ERR_NOT_FOUND, "%s", gone);
    enum err e = own_keys_delete(api->gate, x, item, why);
    if (e == ERR_NOT_FOUND) /* somebody else was faster */
        return problem_set(why, e, "%s", gone);
    TRY(e);
    answer_begin(x, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("api_key_id"));
    json_text(&a.json, id_uuid(x->arena, key_text(item, "_id")));
    json_name(&a.json, S("deleted"));
    json_bool(&a.json, true);
    json_map_close(&a.json);
    return send(x, &a, why);
}

/* ---- create */

struct scope_args {
    str type, id, action;
};
struct key_args {
    bool admin;
    str name;
    struct fast_list scopes;
};
static const str actions[] = {STR("read"), STR("write"), STR("delete"), STR("invoke"), {0}};
static const struct fast_field scope_fields[] = {
    {.name = STR("object_type"), .kind = FAST_TEXT, .flags = FAST_REQUIRED, .offset = offsetof(struct scope_args, type)},
    {.name = STR("object_id"), .kind = FAST_TEXT, .flags = FAST_NULLABLE, .offset = offsetof(struct scope_args, id)},
    {.name = STR("action"), .kind = FAST_WORD, .flags = FAST_NULLABLE, .offset = offsetof(struct scope_args, action), .words = actions},
};
static const struct fast_shape scope_shape = {scope_fields, COUNTOF(scope_fields), sizeof(struct scope_args), false};
static const struct fast_field key_fields[] = {
    {.name = STR("admin"), .kind = FAST_BOOL, .flags = FAST_REQUIRED, .offset = offsetof(struct key_args, admin)},
    {.name = STR("name"), .kind = FAST_TEXT, .flags = FAST_REQUIRED, .offset = offsetof(struct key_args, name)},
    {.name = STR("scopes"), .kind = FAST_MAPS, .flags = FAST_NULLABLE, .offset = offsetof(struct key_args, scopes), .maps = &scope_shape},
};
static const struct fast_shape key_shape = {key_fields, COUNTOF(key_fields), sizeof(struct key_args), false};

/* What that server calls its objects, as our collections: images are repositories of the registry, the others
 * what the operator says, or else of that very name. */
static bool find_alias(const struct api_options *d, str type, str *collection)
{
    const struct {
        str type, collection;
    } aliases[] = {
        {S("images"), {0}},
        {S("chutes"), d->chutes_objects.len ? d->chutes_objects : S("chutes")},
        {S("invocations"), d->chutes_invocations.len ? d->chutes_invocations : S("invocations")},
    };
    for (size_t i = 0; i < COUNTOF(aliases); i++)
        if (str_equal(aliases[i].type, type)) {
            *collection = aliases[i].collection;
            return true;
        }
    return false;
}

static const struct {
    str action, verbs[4];
} action_verbs[] = {
    {STR("read"), {STR("read"), {0}}},
    {STR("write"), {STR("create"), STR("update"), STR("publish"), {0}}},
    {STR("delete"), {STR("delete"), {0}}},
    {STR("invoke"), {STR("invoke"), {0}}},
};

static enum err invalid(struct problem *why, const char *reason)
{
    return problem_set(why, ERR_BAD_INPUT, "Invalid request: %s", reason);
}

static enum err check_name(str name, struct problem *why)
{
    bool good = name.len > 0 && utf8_length(name) <= NAME_MOST;
    uint32_t code;
    for (str rest = name; good && rest.len > 0;) {
        rest = str_slice(rest, utf8_first(rest, &code), rest.len);
        bool plain = (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
        good = plain || (code < 0x80 && code > ' ' && memchr("$._-", (int)code, 4)) || code == ' ' || (code >= 0xA0 && code <= 0xFFFF);
    }
    return good ? ERR_OK
                : invalid(why, "API key name should start with alphanumeric character and contain up to 32 total allowed "
                               "characters (letters, numbers, dashes, underscores, or spaces)");
}

static bool lacks(const struct principal *who, const struct collection *c, str verb)
{
    for (enum verb v = 0; c && v < VERB_COUNT; v++)
        if (str_equal(verb_names[v], verb))
            return !gate_may(who, v, c);
    return false;
}

/* An action there is several verbs here. Who holds some of them asks for those; who holds none hears of it. */
static struct json native_verbs(struct exchange *x, str action, str collection)
{
    const struct collection *c = model_find(principal_model(x->who), collection);
    struct json *verbs = NEW_N(x->arena, struct json, 4);
    uint32_t count = 0;
    for (int strict = 1; count == 0 && strict >= 0; strict--)
        for (size_t i = 0; i < COUNTOF(action_verbs); i++)
            for (size_t k = 0; str_equal(action_verbs[i].action, action) && action_verbs[i].verbs[k].at; k++)
                if (!strict || !lacks(x->who, c, action_verbs[i].verbs[k]))
                    verbs[count++] = json_of_text(action_verbs[i].verbs[k]);
    return json_of_list(verbs, count);
}

/* A name stands for itself here, so one with a star in it is none. */
static bool is_name(str s)
{
    return s.len > 0 && !memchr(s.at, '*', s.len);
}

static enum err native_scope(const struct api *api, struct exchange *x, const struct scope_args *s, struct json *out, struct problem *why)
{
    struct arena *a = x->arena;
    struct json *members = NEW_N(a, struct json, 3), *one = NEW(a, struct json);
    size_t count = 0;
    str collection;
    if (!find_alias(&api->options, s->type, &collection))
        return invalid(why, "Invalid object_type, must be one of images, chutes, invocations");
    bool has_id = !str_is_absent(s->id), of_registry = str_is_absent(collection);
    if (has_id && !is_name(s->id))
        return invalid(why, "Invalid object_id");
    char id[ID_LENGTH];
    str own = has_id && !of_registry && uuid_id(s->id, id) ? arena_copy(a, (str){id, ID_LENGTH}) : s->id;
    if (of_registry) {
        *one = json_of_text(has_id ? s->id : S("**"));
        members[count++] = json_named(S("repositories"), json_of_list(one, 1));
    } else {
        members[count++] = json_named(S("collection"), json_of_text(collection));
        *one = json_named(S("_id"), json_of_text(own));
        if (has_id)
            members[count++] = json_named(S("where"), json_of_map(one, 1));
    }
    if (!str_is_absent(s->action))
        members[count++] = json_named(S("verbs"), native_verbs(x, s->action, of_registry ? S("repositories") : collection));
    *out = json_of_map(members, count);
    return ERR_OK;
}

static struct json scope_as_sent(struct arena *a, const struct scope_args *s)
{
    const struct {
        str name, text;
    } texts[] = {{STR("object_type"), s->type}, {STR("object_id"), s->id}, {STR("action"), s->action}};
    struct json *members = NEW_N(a, struct json, 4);
    members[0] = json_named(S("scope_id"), json_of_text(id_uuid(a, id_new(a))));
    for (size_t i = 0; i < COUNTOF(texts); i++)
        members[i + 1] = json_named(texts[i].name, str_is_absent(texts[i].text) ? json_null : json_of_text(texts[i].text));
    return json_of_map(members, 4);
}

/* A key that is no administrator's and has no scopes may do nothing; no scopes at all would mean everything. So
 * it gets one with a verb that cannot be. */
static struct json nothing_at_all(struct arena *a)
{
    struct json *members = NEW_N(a, struct json, 2), *verb = NEW(a, struct json);
    *verb = json_of_text(S("-"));
    members[0] = json_named(S("collection"), json_of_text(S("*")));
    members[1] = json_named(S("verbs"), json_of_list(verb, 1));
    return json_of_map(members, 2);
}

struct scopes {
    const struct json *native;        /* NULL: not narrowed */
    struct json sent;
};

static enum err read_scopes(const struct api *api, struct exchange *x, const struct key_args *args, struct scopes *out, struct problem *why)
{
    struct arena *a = x->arena;
    const struct scope_args *list = args->scopes.items;
    size_t count = args->admin ? 0 : args->scopes.count;
    struct json *native = NEW_N(a, struct json, count + 1), *sent = NEW_N(a, struct json, count + 1), *all = NEW(a, struct json);
    if (count > LIMIT_SCOPES)
        return invalid(why, "Too many scopes");
    for (size_t i = 0; i < count; i++) {
        TRY(native_scope(api, x, &list[i], &native[i], why));
        sent[i] = scope_as_sent(a, &list[i]);
    }
    if (count == 0)
        native[0] = nothing_at_all(a);
    *all = json_of_list(native, count ? count : 1);
    *out = (struct scopes){args->admin ? NULL : all, json_of_list(sent, count)};
    return ERR_OK;
}

static enum err make_key(struct api *api, struct exchange *x, const struct key_args *args, struct problem *why)
{
    struct scopes scopes;
    struct answer a;
    str id, secret;
    int64_t now = time_now_ms();
    TRY(check_name(args->name, why));
    TRY(read_scopes(api, x, args, &scopes, why));
    const struct json members[] = {json_named(S("created_ms"), json_of_int(now)), json_named(S("scopes"), scopes.sent)};
    const struct json wire = json_of_map(members, COUNTOF(members));
    struct key_wish wish = {.kind = KIND, .name = args->name, .scopes = scopes.native, .wire = &wire};
    struct problem own = {.arena = x->arena};
    enum err e = own_keys_make(api->gate, x, &wish, &id, &secret, &own);
    if (e == ERR_CONFLICT)
        return problem_set(why, e, "An API key already exists with this name");
    if (e == ERR_INVALID) /* beyond what the caller may do himself */
        return invalid(why, arena_cstr(x->arena, problem_sentence(x->arena, &own)));
    if (e != ERR_OK) {
        *why = own;
        return e;
    }
    str owner = str_is_absent(x->who->service_id) ? x->who->user_id : x->who->service_id;
    struct shown k = {id, owner, args->name, args->admin, now, 0, &scopes.sent};
    answer_begin(x, &a);
    json_map_open(&a.json);
    write_members(&a.json, x->arena, &k);
    json_name(&a.json, S("secret_key"));
    json_text(&a.json, secret);
    json_map_close(&a.json);
    return send(x, &a, why);
}

/* In that server's order: JSON that is none, then who asks, then the members. So the route is an open one, and
 * the credential is looked at here. */
static enum err make(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct key_args args = {.admin = false};
    struct fast_faults faults;
    const struct json *body;
    bool is_json;
    str kept;
    (void)p;
    TRY(exchange_keep_body(x, LIMIT_LOGIN_BODY_BYTES, &kept, why));
    fast_begin(&faults, x);
    TRY(fast_read(&faults, x, &body, &is_json, why));
    if (!is_json)
        return fast_refuse(x, &faults);
    TRY(identify(api->gate, x, why));
    if (x->who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
    fast_body(&faults, body, &key_shape, &args);
    return faults.count ? fast_refuse(x, &faults) : make_key(api, x, &args, why);
}

/* The path without its slash leads to the one with it; the method and the body stay (307). */
static enum err redirect(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)app;
    (void)p;
    (void)why;
    str target = arena_format(x->arena, STR_FMT "/%s" STR_FMT, STR_ARG(x->path), x->query.len ? "?" : "", STR_ARG(x->query));
    exchange_add_header(x, S("Location"), target);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_nothing(x, 307);
    return ERR_OK;
}

/* clang-format off */
static const struct route chutes_routes[] = {
    {M_GET,    "/api_keys/",             list, 0, 0, "One's own API keys, page by page"},
    {M_POST,   "/api_keys/",             make, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Make an API key of one's own; it is shown in this answer only"},
    {M_GET,    "/api_keys/{api_key_id}", get,  0, 0, "One key"},
    {M_DELETE, "/api_keys/{api_key_id}", drop, LIMIT_IGNORED_BODY_BYTES, 0, "Revoke a key"},
    {M_GET,    "/api_keys",              redirect, 0, ROUTE_OPEN, "Leads to the path with a slash"},
    {M_POST,   "/api_keys",              redirect, LIMIT_LOGIN_BODY_BYTES, ROUTE_OPEN, "Leads to the path with a slash"},
};
/* clang-format on */
static const char *const realms[] = {"/api_keys", "/registry/", NULL};
bool chutes_is_on(const struct api *api)
{
    return api->options.chutes;
}

str chutes_prefix(const struct api *api)
{
    return api->options.chutes_prefix;
}

const struct api_table chutes_api = {.routes = chutes_routes,
                                     .count = COUNTOF(chutes_routes),
                                     .problem = chutes_problem, .problem_name = "FastApiProblem",
                                     .realms = realms,
                                     .is_on = chutes_is_on,
                                     .prefix = chutes_prefix};

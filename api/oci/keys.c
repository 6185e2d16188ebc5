/* zot's API keys (oci-registry.md 11.1): one's own, at three paths. What is wrong with a request is said by the
 * status alone, as zot does; what was sent is said again as it was. Scopes are names of repositories or patterns,
 * with actions behind a colon, and unlike in zot they hold. */
#include "api/auth/own_keys.h"
#include "api/oci/oci.h"
#include "api/problem.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"

#define KIND     S("zot")
#define NO_TIME  S("0001-01-01T00:00:00Z")

static enum err bad(struct problem *why, const char *text)
{
    return problem_set(why, ERR_BAD_INPUT, "%s", text);
}

/* ---- instants: RFC 3339 and nothing beside it, said again with the offset they came with */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Go writes no zeros behind a fraction, and UTC as Z. */
static bool read_instant(struct arena *a, str s, int64_t *ms, str *spelt)
{
    int east = 0;
    size_t end = 19;
    if (s.len < 20 || s.at[10] != 'T' || !time_read_zoned(s, ms, &east))
        return false;
    if (s.at[end] == '.')
        for (end++; end < s.len && is_digit(s.at[end]);)
            end++;
    str zone = str_slice(s, end, s.len);
    if (!str_equal(zone, S("Z")) && zone.len != 6)
        return false;
    for (; end > 19 && (s.at[end - 1] == '0' || s.at[end - 1] == '.');)
        end--;
    *spelt = arena_format(a, STR_FMT STR_FMT, STR_ARG(str_slice(s, 0, end)), STR_ARG(east == 0 ? S("Z") : zone));
    return true;
}

static str instant(struct arena *a, int64_t ms)
{
    struct buf b;
    if (ms == 0)
        return NO_TIME;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return buf_str(&b);
}

/* ---- scopes */

static bool is_pattern(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!((s.at[i] >= 'a' && s.at[i] <= 'z') || is_digit(s.at[i]) || memchr("._-/*", s.at[i], 5)))
            return false;
    return s.len > 0;
}

static bool read_actions(str list, struct json *verbs, uint32_t *count)
{
    static const str actions[] = {STR("read"), STR("create"), STR("update"), STR("delete")};
    bool ended = false;
    str one;
    while (str_next(&list, &ended, ',', &one)) {
        bool known = false;
        for (size_t i = 0; i < COUNTOF(actions); i++)
            known |= str_equal(one, actions[i]);
        if (!known || *count == COUNTOF(actions))
            return false;
        verbs[(*count)++] = json_of_text(one);
    }
    return true;
}

/* "team:read,create" as {"repositories":["team"],"verbs":["read","create"]}. */
static bool native_scope(struct arena *a, str text, struct json *out)
{
    str pattern, actions;
    struct json *members = NEW_N(a, struct json, 2), *name = NEW(a, struct json), *verbs = NEW_N(a, struct json, 4);
    uint32_t count = 0;
    bool has_actions = str_cut(text, ':', &pattern, &actions);
    if (!is_pattern(pattern) || (has_actions && !read_actions(actions, verbs, &count)))
        return false;
    *name = json_of_text(pattern);
    members[0] = json_named(S("repositories"), json_of_list(name, 1));
    members[1] = json_named(S("verbs"), json_of_list(verbs, count));
    *out = json_of_map(members, has_actions ? 2 : 1);
    return true;
}

/* *out NULL: the key is not narrowed. */
static bool native_scopes(struct arena *a, const struct json *sent, const struct json **out)
{
    *out = NULL;
    if (!sent || sent->type == JSON_NULL || (sent->type == JSON_LIST && sent->count == 0))
        return true;
    if (sent->type != JSON_LIST || sent->count > LIMIT_SCOPES)
        return false;
    struct json *list = NEW_N(a, struct json, sent->count), *all = NEW(a, struct json);
    for (uint32_t i = 0; i < sent->count; i++)
        if (sent->items[i].type != JSON_TEXT || !native_scope(a, sent->items[i].text, &list[i]))
            return false;
    *all = json_of_list(list, sent->count);
    *out = all;
    return true;
}

/* ---- answers */

struct shown {
    str created, expires, agent, used, label, id;
    bool is_expired;
    const struct json *scopes;        /* NULL: null */
};

static void write_members(struct json_writer *w, struct arena *a, const struct shown *k)
{
    const struct {
        str name, text;
    } before[] = {{STR("createdAt"), k->created}, {STR("expirationDate"), k->expires}},
      after[] = {{STR("creatorUa"), k->agent}, {STR("generatedBy"), STR("manual")}, {STR("lastUsed"), k->used}, {STR("label"), k->label}};
    for (size_t i = 0; i < COUNTOF(before); i++) {
        json_name(w, before[i].name);
        json_text(w, before[i].text);
    }
    json_name(w, S("isExpired"));
    json_bool(w, k->is_expired);
    for (size_t i = 0; i < COUNTOF(after); i++) {
        json_name(w, after[i].name);
        json_text(w, after[i].text);
    }
    json_name(w, S("scopes"));
    json_value(w, k->scopes ? k->scopes : &json_null);
    json_name(w, S("uuid"));
    json_text(w, id_uuid(a, k->id));
}

/* What this key is narrowed to now, in zot's words, when it is not what was asked for any more. */
static const struct json *spell_scopes(struct arena *a, const struct json *scopes)
{
    struct json *texts = NEW_N(a, struct json, scopes->count), *list = NEW(a, struct json);
    for (uint32_t i = 0; i < scopes->count; i++) {
        const struct json *names = json_get(&scopes->items[i], S("repositories")), *verbs = json_get(&scopes->items[i], S("verbs"));
        struct buf b;
        buf_init(&b, a, LIMIT_TEXT_BYTES);
        buf_add(&b, names && names->count ? names->items[0].text : S("")); /* something else than repositories */
        for (uint32_t k = 0; verbs && verbs->type == JSON_LIST && k < verbs->count; k++) {
            buf_byte(&b, k == 0 ? ':' : ',');
            buf_add(&b, verbs->items[k].text);
        }
        texts[i] = json_of_text(buf_str(&b));
    }
    *list = json_of_list(texts, scopes->count);
    return list;
}

static const struct json *shown_scopes(struct arena *a, const struct json *item, const struct json *wire)
{
    const struct json *scopes = json_get(item, S("scopes")), *sent = json_get(wire, S("scopes")), *native = NULL;
    bool narrowed = scopes && scopes->type == JSON_LIST && scopes->count > 0;
    bool as_sent = native_scopes(a, sent, &native) && (native ? narrowed && json_equal(native, scopes) : !narrowed);
    if (as_sent)
        return sent;
    return narrowed ? spell_scopes(a, scopes) : NULL;
}

static struct shown show(struct arena *a, const struct json *item)
{
    const struct json *wire = json_get(item, S("wire")), *seconds = json_get(item, S("_created"));
    int64_t expires = key_time(item, "expires_at"), sent = 0;
    str created = key_text(wire, "createdAt"), ends = key_text(wire, "expirationDate"), spelt;
    if (str_is_absent(created) && seconds && seconds->type == JSON_INT)
        created = instant(a, seconds->integer * 1000);
    if (str_is_absent(ends) || !read_instant(a, ends, &sent, &spelt) || sent != expires)
        ends = instant(a, expires);
    return (struct shown){
        .created = str_is_absent(created) ? NO_TIME : created,
        .expires = ends,
        .is_expired = expires != 0 && expires <= time_now_ms(),
        .agent = key_text(item, "agent"),
        .used = instant(a, key_time(item, "last_used_at")),
        .label = key_text(item, "label"),
        .scopes = shown_scopes(a, item, wire),
        .id = key_text(item, "_id"),
    };
}

/* ---- the three calls */

static void begin_answer(struct exchange *x)
{
    if (str_starts(x->path, S("/v2/")))
        oci_headers(x);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
}

static enum err list(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct own_keys keys;
    struct buf b;
    struct json_writer w;
    (void)p;
    buf_init(&b, x->arena, LIMIT_RESPONSE_BYTES);
    json_begin(&w, &b);
    json_map_open(&w);
    json_name(&w, S("apiKeys"));
    json_list_open(&w);
    for (uint32_t skip = 0; skip == 0 || (keys.list.count == LIMIT_ROWS && skip < LIMIT_SKIP); skip += LIMIT_ROWS) {
        TRY(own_keys_list(api->gate, x, KIND, skip, LIMIT_ROWS, &keys, why));
        for (size_t i = 0; i < keys.list.count; i++) {
            struct shown k = show(x->arena, &keys.list.items[i]);
            json_map_open(&w);
            write_members(&w, x->arena, &k);
            json_map_close(&w);
        }
    }
    json_list_close(&w);
    json_map_close(&w);
    str text;
    if (buf_done(&b, &text) != ERR_OK)
        return problem_set(why, ERR_TOO_LARGE, "There are too many keys for one answer");
    begin_answer(x);
    exchange_send_json(x, 200, text);
    return ERR_OK;
}

struct wanted {
    str label, expires;               /* expires: as it is said again */
    int64_t expires_ms;               /* 0: never */
    const struct json *sent, *scopes; /* as sent; as they hold */
};

static bool take_text(const struct json *body, const char *name, str *out)
{
    const struct json *v = json_get(body, str_of(name));
    *out = v && v->type == JSON_TEXT ? v->text : S("");
    return !v || v->type == JSON_TEXT || v->type == JSON_NULL;
}

static enum err read_body(struct exchange *x, struct wanted *out, struct problem *why)
{
    const struct json *body;
    str text, expires;
    TRY(exchange_body(x, &text, why));
    TRY(json_read(x->arena, text, NULL, S(""), &body, why));
    if (body->type != JSON_MAP || !take_text(body, "label", &out->label) || !take_text(body, "expirationDate", &expires))
        return bad(why, "A key has label, scopes and expirationDate");
    out->sent = json_get(body, S("scopes"));
    if (!native_scopes(x->arena, out->sent, &out->scopes))
        return bad(why, "A scope is a name or a pattern of repositories, with actions behind a colon if one likes");
    out->expires = NO_TIME;
    out->expires_ms = 0;
    if (expires.len && (!read_instant(x->arena, expires, &out->expires_ms, &out->expires) || out->expires_ms <= time_now_ms()))
        return bad(why, "A key ends at some time to come");
    return ERR_OK;
}

static enum err make(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct wanted wanted;
    struct buf b;
    struct json_writer w;
    str id, secret;
    (void)p;
    if (x->who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
    TRY(read_body(x, &wanted, why));
    str created = instant(x->arena, time_now_ms());
    const struct json members[] = {
        json_named(S("createdAt"), json_of_text(created)),
        json_named(S("expirationDate"), json_of_text(wanted.expires)),
        json_named(S("scopes"), wanted.sent ? *wanted.sent : json_null),
    };
    const struct json wire = json_of_map(members, COUNTOF(members));
    struct key_wish wish = {
        .kind = KIND, .name = wanted.label, .scopes = wanted.scopes, .expires_ms = wanted.expires_ms, .wire = &wire};
    TRY(own_keys_make(api->gate, x, &wish, &id, &secret, why));
    struct shown k = {created, wanted.expires, x->who->actor.agent, NO_TIME, wanted.label, id, false, wanted.sent};
    buf_init(&b, x->arena, LIMIT_RESPONSE_BYTES);
    json_begin(&w, &b);
    json_map_open(&w);
    write_members(&w, x->arena, &k);
    json_name(&w, S("apiKey"));
    json_text(&w, secret);
    json_map_close(&w);
    begin_answer(x);
    exchange_send_json(x, 201, buf_str(&b));
    return ERR_OK;
}

/* A key that is not there is deleted. */
static enum err drop(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct query_string q;
    const struct json *item;
    (void)p;
    if (x->who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
    TRY(query_string_read(x->arena, x->query, &q, why));
    str id = query_string_get(&q, S("id"));
    if (id.len == 0)
        return bad(why, "The key's uuid is missing: ?id=");
    TRY(own_keys_find(api->gate, x, KIND, id, &item, why));
    if (item) {
        enum err e = own_keys_delete(api->gate, x, item, why);
        if (e != ERR_OK && e != ERR_NOT_FOUND) /* somebody else was faster */
            return e;
    }
    begin_answer(x);
    exchange_send_text(x, 200, S("application/json"), S(""));
    return ERR_OK;
}

/* What the client got wrong is said by the status. */
static void problem(struct exchange *x, const struct problem *why)
{
    bool silent = why->err == ERR_BAD_INPUT || why->err == ERR_INVALID || why->err == ERR_TOO_LARGE;
    if (!silent) {
        oci_problem(x, why);
        return;
    }
    begin_answer(x);
    problem_headers(x, why);
    exchange_send_nothing(x, why->err == ERR_TOO_LARGE ? 413 : 400);
}

#define MAKE "Make an API key of one's own; it is shown in this answer only"
#define LIST "One's own API keys"
#define DROP "Revoke a key of one's own"
/* clang-format off */
static const struct route key_routes[] = {
    {M_POST,   "/zot/auth/apikey", make, LIMIT_LOGIN_BODY_BYTES, 0, MAKE},
    {M_GET,    "/zot/auth/apikey", list, 0, 0, LIST},
    {M_DELETE, "/zot/auth/apikey", drop, LIMIT_IGNORED_BODY_BYTES, 0, DROP},
    {M_POST,   "/auth/apikey",     make, LIMIT_LOGIN_BODY_BYTES, 0, MAKE},
    {M_GET,    "/auth/apikey",     list, 0, 0, LIST},
    {M_DELETE, "/auth/apikey",     drop, LIMIT_IGNORED_BODY_BYTES, 0, DROP},
    {M_POST,   "/v2/auth/apikey",  make, LIMIT_LOGIN_BODY_BYTES, 0, MAKE},
    {M_GET,    "/v2/auth/apikey",  list, 0, 0, LIST},
    {M_DELETE, "/v2/auth/apikey",  drop, LIMIT_IGNORED_BODY_BYTES, 0, DROP},
};
/* clang-format on */
static bool is_on(const struct api *api)
{
    return api->options.zot_keys;
}

const struct api_table zot_key_api = {.routes = key_routes, .count = COUNTOF(key_routes), .problem = problem, .problem_name = "OciProblem", .is_on = is_on};

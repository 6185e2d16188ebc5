/* What went wrong elsewhere, tried here. Which advisory each of these answers stands in tests/advisories.txt. */
#include "tests/support/check.h"

#include "api/api.h"
#include "base/limits.h"
#include "tests/support/browser.h"

#define PASSWORD "correct horse battery"

struct bench {
    struct house *house;
    struct arena *arena;
    struct browser ada;
};

static void open_bench(struct bench *b)
{
    *b = (struct bench){.house = house_open()};
    b->arena = b->house->arena;
    house_model(b->house, "[{name:'notes', fields:[{name:'title', kind:'text'}]}]");
    house_people(b->house, "{roles: {reader: [{collection:'notes', verbs:['read']}], everybody: [{collection:'notes', verbs:['read']}]},"
                           " public: 'everybody',"
                           " users: {ada: {roles:['reader'], password:'" PASSWORD "'}, bob: {roles:['reader'], password:'" PASSWORD "'},"
                           "         root: {roles:['admin'], password:'" PASSWORD "'}}, keys: {ada: {user:'ada'}, root: {user:'root'}}}");
    b->ada = browser_sign_in(b->house, "ada", PASSWORD);
}

static void close_bench(struct bench *b)
{
    house_close(b->house);
}

static struct fake_exchange *ask(struct bench *b, const char *method, const char *target, const char *headers, const char *body)
{
    struct arena *a = b->arena;
    str text = body ? json_print(a, house_json(a, body)) : S("");
    const char *all = arena_cstr(a, arena_format(a, "Host: cms.example\n%s%s", headers, body ? "Content-Type: application/json\n" : ""));
    return rest_request(b->house->gate, a, method, target, all, text, NULL);
}

/* Every body that the account routes read. */
static const struct body {
    const char *method, *path;
    bool signed_in;
    const char *good;
} bodies[] = {
    {"POST", "/api/auth/login", false, "{user:'ada', password:'wrong one'}"},
    {"POST", "/api/auth/setup", false, "{code:'XXXX-XXXX-XXXX', email:'x@example.com', name:'x', password:'correct horse battery'}"},
    {"POST", "/api/auth/accept", false, "{token:'x', name:'x', password:'correct horse battery'}"},
    {"POST", "/api/auth/reset", false, "{email:'ada@example.com'}"},
    {"POST", "/api/auth/reset/confirm", false, "{token:'x', password:'correct horse battery'}"},
    {"POST", "/api/auth/magic", false, "{email:'ada@example.com'}"},
    {"POST", "/api/auth/magic/confirm", false, "{token:'x'}"},
    {"POST", "/api/auth/verify/confirm", true, "{token:'x'}"},
    {"POST", "/api/auth/invite", true, "{email:'x@example.com', name:'x'}"},
    {"POST", "/api/auth/token", true, "{expires_in:60, label:'x'}"},
    {"PUT", "/api/auth/password", true, "{current:'wrong one', 'new':'another good one'}"},
    {"PATCH", "/api/auth/me", true, "{name:'ada', language:'en', theme:'dark', email:'ada@example.com', password:'wrong one'}"},
};

static struct fake_exchange *send_body(struct bench *b, const struct body *of, struct json *members, size_t count)
{
    struct json map = json_of_map(members, count);
    const char *text = arena_cstr(b->arena, json_print(b->arena, &map));
    return of->signed_in ? browser_send(&b->ada, of->method, of->path, text) : ask(b, of->method, of->path, "", text);
}

/* Nobody asked has become somebody, and nobody there has become somebody else. */
static str people_of(struct bench *b)
{
    const char *key = arena_cstr(b->arena, arena_format(b->arena, "api-key: " STR_FMT "\n", STR_ARG(house_key(b->house, "root"))));
    struct fake_exchange *f = ask(b, "GET", "/api/content/items/users?fields=name,email,roles,groups,active,verified,language&state=any", key, NULL);
    must(f->status == 200);
    return f->answer;
}

static void operators_are_no_values(void **state)
{
    static const char *const values[] = {"{$eq:'ada'}", "{$ne:null}", "{$gt:''}", "{$regex:'.*'}", "{$func:'var_dump'}", "{$in:['ada']}",
                                         "['ada']", "[0]", "[[[]]]", "{a:{b:{c:1}}}", "true", "7", "-1.5"};
    struct bench b;
    (void)state;
    open_bench(&b);
    str before = people_of(&b);
    for (size_t i = 0; i < COUNTOF(bodies); i++) {
        const struct json *good = house_json(b.arena, bodies[i].good);
        for (uint32_t m = 0; m < good->count; m++)
            for (size_t v = 0; v < COUNTOF(values); v++) {
                struct json members[8];
                for (uint32_t k = 0; k < good->count; k++)
                    members[k] = k != m ? good->items[k] : json_named(good->items[k].name, *house_json(b.arena, values[v]));
                if (members[m].type == good->items[m].type)
                    continue;
                struct fake_exchange *f = send_body(&b, &bodies[i], members, good->count);
                if (f->status < 400 || f->status >= 500 || f->status == 429)
                    CHECK_SAY("%s " STR_FMT ": %s is %d", bodies[i].path, STR_ARG(members[m].name), values[v], f->status);
                CHECK(fake_header_count(f, "Set-Cookie") == 0);
            }
    }
    CHECK_STR(people_of(&b), before);
    CHECK_INT(browser_get(&b.ada, "/api/auth/me")->status, 200);
    close_bench(&b);
}

static void what_is_not_asked_for_is_refused(void **state)
{
    static const char *const more[] = {"roles", "groups", "active", "verified", "is_admin", "has_admin_role", "sysadmin_flag", "_id", "_cby",
                                       "user_id", "serial", "totp", "totp_enabled", "password_hash", "hotkey", "$set", "__proto__"};
    struct bench b;
    (void)state;
    open_bench(&b);
    const char *admin = arena_cstr(b.arena, json_print(b.arena, &(struct json){.type = JSON_TEXT, .text = house_role(b.house, "admin")}));
    str before = people_of(&b);
    for (size_t i = 0; i < COUNTOF(bodies); i++) {
        const struct json *good = house_json(b.arena, bodies[i].good);
        for (size_t k = 0; k < COUNTOF(more); k++) {
            struct json members[9];
            if (str_equal(str_of(more[k]), S("roles")) && str_ends(str_of(bodies[i].path), S("invite")))
                continue; /* asks for them */
            memcpy(members, good->items, good->count * sizeof *members);
            members[good->count] = json_named(str_of(more[k]), k < 2 ? *house_json(b.arena, arena_cstr(b.arena, arena_format(b.arena, "[%s]", admin))) : json_true);
            struct fake_exchange *f = send_body(&b, &bodies[i], members, good->count + 1);
            if (f->status < 400 || f->status >= 500 || f->status == 429)
                CHECK_SAY("%s with %s is %d", bodies[i].path, more[k], f->status);
        }
    }
    for (size_t k = 0; k < COUNTOF(more); k++) { /* the same through the content API, on one's own item */
        const char *path = arena_cstr(b.arena, arena_format(b.arena, "/api/content/item/users/" STR_FMT, STR_ARG(house_user(b.house, "ada"))));
        const char *body = arena_cstr(b.arena, arena_format(b.arena, "{data:{language:'fr', '%s':%s}}", more[k], k < 2 ? "[]" : "true"));
        if (more[k][0] == '_' && more[k][1] == 'c')
            continue; /* clients send whole items back; what is the server's own is not looked at */
        int status = browser_send(&b.ada, "PATCH", path, body)->status;
        if (status < 400 || status >= 500)
            CHECK_SAY("users with %s is %d", more[k], status);
    }
    CHECK_STR(people_of(&b), before);
    close_bench(&b);
}

static const char *encoded(struct arena *a, str text)
{
    struct buf b;
    buf_init(&b, a, LIMIT_TARGET_BYTES);
    for (size_t k = 0; k < text.len; k++)
        if (str_contains(S("{}[]'$\" "), (str){text.at + k, 1}))
            buf_percent(&b, (str){text.at + k, 1});
        else
            buf_byte(&b, text.at[k]);
    return arena_cstr(a, buf_str(&b));
}

/* Operators that are none, in every parameter that takes conditions, for anybody. */
static void no_operator_runs_code(void **state)
{
    static const char *const names[] = {"$func", "$where", "$expr", "$function", "$eval", "$accumulator", "$script", "$jsonSchema", "$eqq", "$", "$$ROOT", "$fn"};
    static const char *const targets[] = {"/api/content/items/notes?filter={title:{'%s':'phpinfo'}}", "/api/content/items/notes?filter={'%s':'1'}",
                                          "/api/content/items/notes?filter[title][%s]=x",
                                          "/api/content/aggregate/notes?pipeline=[{'%s':{}}]", "/api/content/aggregate/notes?pipeline=[{$addFields:{x:{'%s':'x'}}}]",
                                          "/api/content/aggregate/notes?pipeline=[{$match:{title:{'%s':'x'}}}]"};
    struct bench b;
    (void)state;
    open_bench(&b);
    for (size_t t = 0; t < COUNTOF(targets); t++)
        for (size_t i = 0; i < COUNTOF(names); i++) {
            str target = browser_with(b.arena, str_of(targets[t]), "%s", str_of(names[i]));
            int status = ask(&b, "GET", encoded(b.arena, target), "", NULL)->status;
            if (t == 1 && str_equal(str_of(names[i]), S("$expr")) && status == 200)
                continue; /* beside fields it is an operator: of a text, which is only that text */
            if (status != 400)
                CHECK_SAY(STR_FMT " is %d", STR_ARG(target), status);
        }
    close_bench(&b);
}

/* ---- secrets ---- */

/* Where the name of a field can stand. %c: the collection, %f: the field. */
static const char *const positions[] = {
    "/api/content/items/%c?filter={%f:'x'}",
    "/api/content/items/%c?filter={%f:{$regex:'^a'}}",
    "/api/content/items/%c?filter={%f:{$gt:''}}",
    "/api/content/items/%c?filter={%f:{$in:['a']}}",
    "/api/content/items/%c?filter={%f:{$exists:true}}",
    "/api/content/items/%c?filter={$nor:[{%f:null}]}",
    "/api/content/items/%c?filter[%f][$regex]=^a",
    "/api/content/items/%c?sort={%f:1}",
    "/api/content/items/%c?sort=-%f",
    "/api/content/items/%c?fields={%f:1}",
    "/api/content/items/%c?fields=%f",
    "/api/content/aggregate/%c?pipeline=[{$match:{%f:'x'}}]",
    "/api/content/aggregate/%c?pipeline=[{$group:{_id:'$%f'}}]",
    "/api/content/aggregate/%c?pipeline=[{$group:{_id:null,n:{$min:'$%f'}}}]",
    "/api/content/aggregate/%c?pipeline=[{$group:{_id:null,n:{$push:'$%f'}}}]",
    "/api/content/aggregate/%c?pipeline=[{$project:{x:'$%f'}}]",
    "/api/content/aggregate/%c?pipeline=[{$sort:{%f:1}}]",
    "/api/content/aggregate/%c?pipeline=[{$addFields:{x:{$concat:['$%f','']}}}]",
    "/api/content/aggregate/%c?pipeline=[{$facet:{a:[{$match:{%f:'x'}}]}}]",
    "/api/content/items/sessions?filter={'user.%f':{$regex:'^a'}}",
    "/api/content/items/sessions?sort={'user.%f':1}",
    "/api/content/items/api_keys?filter={'user.%f':{$gt:''}}",
    "/api/content/items/api_keys?filter={'service_account.%f':{$gt:''}}",
    "/api/content/items/tokens?filter={'key.%f':{$regex:'^a'}}",
    "/api/content/items/tokens?filter={'session.%f':{$regex:'^a'}}",
};

static struct fake_exchange *at_position(struct bench *b, const char *pattern, str collection, str field)
{
    const char *key = arena_cstr(b->arena, arena_format(b->arena, "api-key: " STR_FMT "\n", STR_ARG(house_key(b->house, "root"))));
    str target = browser_with(b->arena, browser_with(b->arena, str_of(pattern), "%c", collection), "%f", field);
    return ask(b, "GET", encoded(b->arena, target), key, NULL);
}

/* No secret of any collection has a name, in any position, for anybody: it is asked for as the administrator. */
static void secrets_have_no_name(void **state)
{
    struct bench b;
    size_t secrets = 0;
    (void)state;
    open_bench(&b);
    const struct model *m = principal_model(house_who(b.house, b.arena, house_key(b.house, "root")));
    for (size_t c = 0; c < m->collection_count; c++) {
        const struct collection *in = m->collections[c];
        for (size_t i = 0; i < in->field_count; i++) {
            if (!field_set_has(&in->secret_fields, (uint16_t)i))
                continue;
            str spellings[] = {in->fields[i].name, arena_format(b.arena, "@" STR_FMT, STR_ARG(in->fields[i].name)),
                               arena_format(b.arena, "t1." STR_FMT, STR_ARG(in->fields[i].name)),
                               arena_format(b.arena, STR_FMT ".x", STR_ARG(in->fields[i].name)),
                               arena_format(b.arena, "_mby." STR_FMT, STR_ARG(in->fields[i].name))};
            secrets++;
            for (size_t p = 0; p < COUNTOF(positions); p++)
                for (size_t k = 0; k < COUNTOF(spellings); k++) {
                    struct fake_exchange *f = at_position(&b, positions[p], in->name, spellings[k]);
                    if (f->status != 400)
                        CHECK_SAY("%s with " STR_FMT " of " STR_FMT " is %d", positions[p], STR_ARG(spellings[k]), STR_ARG(in->name), f->status);
                }
            struct fake_exchange *all = at_position(&b, "/api/content/items/%c?state=any", in->name, S(""));
            CHECK(!str_contains(all->answer, arena_format(b.arena, "\"" STR_FMT "\":", STR_ARG(in->fields[i].name))));
        }
    }
    CHECK(secrets >= 7);
    close_bench(&b);
}

/* ---- the limiter ---- */

static int guess(struct bench *b, const char *target, const char *headers, const char *user, const char *password)
{
    return ask(b, "POST", target, headers, arena_cstr(b->arena, arena_format(b->arena, "{user:'%s', password:'%s'}", user, password)))->status;
}

/* An address has a bound of its own; these come from many, as far as a header could say so. */
static void exhaust(struct bench *b, const char *user)
{
    for (unsigned i = 0; i < LIMIT_ATTEMPTS_PER_ACCOUNT; i++)
        CHECK_INT(guess(b, "/api/auth/login", "", user, "wrong"), 401);
    CHECK_INT(guess(b, "/api/auth/login", "", user, "wrong"), 429);
}

static void no_spelling_of_the_path_or_the_body_starts_afresh(void **state)
{
    static const char *const paths[] = {"/api/auth/login/", "/API/auth/login", "/api/Auth/Login", "/api/auth/login?x=1", "/api/auth/%6cogin", "/api/auth/login;a=b",
                                        "/api/%61uth/login", "/api/auth/login?", "/api/auth/LOGIN", "/api/auth/login?user=ada"};
    static const char *const users[] = {"ada", "ada@example.com", "ADA@example.com", "ada@EXAMPLE.com"};
    static const char *const more[] = {"email:'x@example.com'", "username:'other'", "id:7", "remember:true", "nonce:'1'"};
    struct bench b;
    (void)state;
    open_bench(&b);
    exhaust(&b, "ada");
    for (size_t i = 0; i < COUNTOF(paths); i++)
        for (size_t k = 0; k < COUNTOF(users); k++) {
            int status = guess(&b, paths[i], "", users[k], PASSWORD);
            if (status != 429 && status != 404 && status != 400)
                CHECK_SAY("%s as %s is %d", paths[i], users[k], status);
        }
    for (size_t i = 0; i < COUNTOF(more); i++) {
        const char *body = arena_cstr(b.arena, arena_format(b.arena, "{user:'ada', password:'" PASSWORD "', %s}", more[i]));
        int status = ask(&b, "POST", "/api/auth/login", "", body)->status;
        if (status < 400 || status == 401)
            CHECK_SAY("with %s it is %d", more[i], status);
    }
    CHECK_INT(browser_try(b.house, "bob", PASSWORD)->status, 200); /* frees himself and nobody else */
    CHECK_INT(guess(&b, "/api/auth/login", "", "ada", PASSWORD), 429);
    close_bench(&b);
}

static void headers_do_not_say_who_is_counted(void **state)
{
    static const char *const names[] = {"X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP"};
    struct bench b;
    int refused = 0;
    (void)state;
    open_bench(&b);
    for (unsigned i = 0; i < LIMIT_ATTEMPTS_PER_ADDRESS + 20; i++) {
        const char *header = arena_cstr(b.arena, arena_format(b.arena, "%s: 198.51.100.%u\n", names[i % COUNTOF(names)], i));
        int status = guess(&b, "/api/auth/login", header, arena_cstr(b.arena, arena_format(b.arena, "nobody%u", i)), "wrong");
        refused += status == 429;
        CHECK(status == 401 || status == 429);
    }
    CHECK_INT(refused, 20);
    close_bench(&b);
}

/* The limiter answers for names that somebody has as for those that nobody has, however they are spelt. */
static void waiting_tells_nothing_of_names(void **state)
{
    static const struct {
        const char *first, *second;
    } spellings[] = {{"%s", "%S"}, {"%s", " %s"}, {"%s", "%s "}, {"%s@example.com", "%S@Example.com"}};
    static const char *const known[] = {"ada", "ADA"}, *const unknown[] = {"zed", "ZED"};
    (void)state;
    for (size_t i = 0; i < COUNTOF(spellings); i++) {
        int after[2];
        for (size_t k = 0; k < 2; k++) {
            struct bench b;
            open_bench(&b);
            const char *const *names = k ? known : unknown;
            const char *spelt[2];
            for (size_t s = 0; s < 2; s++) {
                str text = browser_with(b.arena, str_of(s ? spellings[i].second : spellings[i].first), "%s", str_of(names[0]));
                spelt[s] = arena_cstr(b.arena, browser_with(b.arena, text, "%S", str_of(names[1])));
            }
            exhaust(&b, spelt[0]);
            after[k] = guess(&b, "/api/auth/login", "", spelt[1], "wrong");
            close_bench(&b);
        }
        if (after[0] != after[1])
            CHECK_SAY("%s then %s: %d for nobody's, %d for somebody's", spellings[i].first, spellings[i].second, after[0], after[1]);
    }
}

/* ---- answers ---- */

static void account_answers_are_never_stored(void **state)
{
    static const char *const methods[] = {[M_GET] = "GET", [M_POST] = "POST", [M_PUT] = "PUT", [M_PATCH] = "PATCH", [M_DELETE] = "DELETE"};
    struct bench b;
    size_t seen = 0;
    (void)state;
    open_bench(&b);
    struct browser root = browser_sign_in(b.house, "root", PASSWORD);
    for (size_t t = 0; t < api_table_count; t++)
        for (size_t i = 0; i < api_tables[t]->count; i++) {
            const struct route *r = &api_tables[t]->routes[i];
            if (!str_starts(str_of(r->pattern), S("/api/auth/")) || r->method >= COUNTOF(methods) || !methods[r->method])
                continue;
            const char *path = arena_cstr(b.arena, browser_with(b.arena, str_of(r->pattern), "{provider}", S("none")));
            const char *body = r->body_max ? "{}" : NULL;
            const struct fake_exchange *answers[] = {ask(&b, methods[r->method], path, "", body), browser_send(&root, methods[r->method], path, body)};
            for (size_t k = 0; k < COUNTOF(answers); k++)
                if (answers[k]->status != 204 && !str_contains(fake_header(answers[k], "Cache-Control"), S("no-store")))
                    CHECK_SAY("%s %s (%d) may be stored", methods[r->method], r->pattern, answers[k]->status);
            seen++;
            if (str_ends(str_of(r->pattern), S("logout")))
                root = browser_sign_in(b.house, "root", PASSWORD);
        }
    CHECK(seen > 15);
    close_bench(&b);
}

/* Old and new are asked for in every spelling of "none"; a session alone changes no password. */
static void a_password_is_changed_by_who_knows_it(void **state)
{
    static const char *const wrong[] = {"{'new':'another good one'}", "{current:null, 'new':'another good one'}", "{current:'', 'new':'another good one'}",
                                        "{current:'wrong', 'new':'another good one'}", "{'new':'another good one', confirm:'another good one'}"};
    struct bench b;
    (void)state;
    open_bench(&b);
    for (size_t i = 0; i < COUNTOF(wrong); i++) {
        struct fake_exchange *f = browser_send(&b.ada, "PUT", "/api/auth/password", wrong[i]);
        CHECK_AT(i);
        CHECK(f->status >= 400 && f->status < 500);
    }
    const char *key = arena_cstr(b.arena, arena_format(b.arena, "api-key: " STR_FMT "\n", STR_ARG(house_key(b.house, "ada"))));
    CHECK_INT(ask(&b, "PUT", "/api/auth/password", key, "{current:'" PASSWORD "', 'new':'another good one'}")->status, 403);
    CHECK_INT(ask(&b, "PUT", "/api/auth/password", "", "{current:'" PASSWORD "', 'new':'another good one'}")->status, 401);
    CHECK_INT(browser_try(b.house, "ada", PASSWORD)->status, 200);
    close_bench(&b);
}

CHECK_MAIN(TEST(operators_are_no_values), TEST(what_is_not_asked_for_is_refused), TEST(no_operator_runs_code), TEST(secrets_have_no_name),
           TEST(no_spelling_of_the_path_or_the_body_starts_afresh), TEST(headers_do_not_say_who_is_counted), TEST(waiting_tells_nothing_of_names),
           TEST(account_answers_are_never_stored), TEST(a_password_is_changed_by_who_knows_it))

/* Invitations and links that work once (PW-6, PW-7). Without a mail server: links are handed over, and what goes
 * by mail is said to be missing. With one: tests/outside/mail.py. */
#include "tests/support/browser.h"
#include "tests/support/check.h"

#include "base/crypt.h"
#include "base/time.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */
#define DAY INT64_C(86400000)

static const char people[] =
    "{roles: {editor: [{collection:'grants', verbs:['read']}],"
    "         host:   [{collection:'users', verbs:['create','read','update'], fields:['email','name','roles']},"
    "                  {collection:'roles', verbs:['read']}],"
    "         porter: [{collection:'users', verbs:['create'], fields:['email','name','roles']}, {collection:'roles', verbs:['read']}],"
    "         scribe: [{collection:'users', verbs:['create'], fields:['email']}],"
    "         guest:  [{collection:'journal', verbs:['read']}]},"
    " users: {root: {roles:['admin'], password:'correct horse battery'}, hanna: {roles:['host','editor'], password:'correct horse'},"
    "         paul: {roles:['porter'], password:'correct horse'}, sam: {roles:['scribe'], password:'correct horse'},"
    "         gus: {roles:['guest'], password:'correct horse'}}}";

static struct house *open_house(void)
{
    time_set(NOON);
    struct house *h = house_open_with(&(struct house_config){.outside = {.site_url = S("https://cms.example.org")}});
    house_people(h, people);
    return h;
}

static void close_house(struct house *h)
{
    house_close(h);
    time_set(0);
}

static struct browser nobody(struct house *h)
{
    return (struct browser){.house = h};
}

/* The token of a link that an answer hands over; {0}: none. */
static str token_of(const struct fake_exchange *f)
{
    str before, token;
    str link = f->status == 201 ? browser_member(f, "/link") : (str){0};
    if (str_is_absent(link) || !str_cut(link, '#', &before, &token))
        return (str){0};
    CHECK_STR(before, S("https://cms.example.org/admin/invitation"));
    return token;
}

static struct fake_exchange *say(struct browser *b, const char *target, str token, const char *rest)
{
    return browser_send(b, "POST", target,
                        arena_cstr(b->house->arena, arena_format(b->house->arena, "{token:'" STR_FMT "'%s}", STR_ARG(token), rest)));
}

static void who_may_invite_whom(void **state)
{
    static const struct {
        const char *inviter, *body;
        int status;
    } rows[] = {
        {"root", "{email:'a@example.com'}", 201},
        {"root", "{email:'b@example.com', name:'Bea', roles:['admin','editor']}", 201},
        {"hanna", "{email:'c@example.com', roles:['editor','host']}", 201},
        {"hanna", "{email:'d@example.com', roles:['admin']}", 403},   /* nobody gives what he does not hold */
        {"hanna", "{email:'e@example.com', roles:['guest']}", 403},
        {"hanna", "{email:'f@example.com', roles:['nothing']}", 422},
        {"hanna", "{email:'not an address'}", 422},
        {"hanna", "{email:'g@example.com', password:'correct horse'}", 422},
        {"hanna", "{email:'root@example.com'}", 409},                 /* may read users, hears it */
        {"paul", "{email:'h@example.com', roles:['porter']}", 201},
        {"paul", "{email:'i@example.com', roles:['editor']}", 403},
        {"sam", "{email:'j@example.com'}", 201},
        {"sam", "{email:'k@example.com', name:'K'}", 422},            /* not his field */
        {"gus", "{email:'l@example.com'}", 403},                      /* knows of no users but himself */
        {NULL, "{email:'m@example.com'}", 401},
    };
    (void)state;
    struct house *h = open_house();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct browser b = rows[i].inviter ? browser_sign_in(h, rows[i].inviter, rows[i].inviter[0] == 'r' ? "correct horse battery" : "correct horse")
                                           : nobody(h);
        struct fake_exchange *f = browser_send(&b, "POST", "/api/auth/invite", rows[i].body);
        CHECK_AT(i);
        if (f->status != rows[i].status)
            CHECK_SAY("%d, wanted %d: " STR_FMT, f->status, rows[i].status, STR_ARG(f->answer));
        CHECK((token_of(f).len > 0) == (rows[i].status == 201));
        CHECK_STR(fake_header(f, "Cache-Control"), S("no-store"));
    }
    close_house(h);
}

static void an_invitation_is_accepted_once(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct browser host = browser_sign_in(h, "hanna", "correct horse"), guest = nobody(h);
    str token = token_of(browser_send(&host, "POST", "/api/auth/invite", "{email:'Ada@Example.com', roles:['editor']}"));
    NEED(token.len > 0);
    CHECK_INT(browser_try(h, "ada@example.com", "correct horse")->status, 401);
    CHECK_INT(say(&guest, "/api/auth/accept", token, ", password:'short'")->status, 422); /* and may try again */
    CHECK_INT(say(&guest, "/api/auth/accept", token, ", password:''")->status, 422);
    CHECK_INT(say(&guest, "/api/auth/accept", token, ", name:'root', password:'correct horse'")->status, 409);
    struct fake_exchange *f = say(&guest, "/api/auth/accept", token, ", name:'Ada', password:'correct horse'");
    CHECK_INT(f->status, 201);
    CHECK_STR(browser_member(f, "/user/email"), S("ada@example.com"));
    CHECK_INT(browser_get(&guest, "/api/auth/me")->status, 200);
    CHECK_STR(browser_member(browser_get(&guest, "/api/auth/me"), "/user/name"), S("Ada"));
    struct browser other = nobody(h);
    CHECK_INT(say(&other, "/api/auth/accept", token, ", password:'battery staple'")->status, 401);
    CHECK_INT(browser_try(h, "Ada", "correct horse")->status, 200);
    close_house(h);
}

/* The link of one person and one purpose; every other use of it is the same 401. */
static void a_link_is_for_one_thing(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct browser host = browser_sign_in(h, "root", "correct horse battery"), guest = nobody(h);
    str token = token_of(browser_send(&host, "POST", "/api/auth/invite", "{email:'ada@example.com'}"));
    struct arena *a = h->arena;
    str wrong[] = {S(""), S("vtl_"), str_slice(token, 0, token.len - 1), arena_format(a, STR_FMT "x", STR_ARG(token)),
                   arena_format(a, STR_FMT "%c", STR_ARG(str_slice(token, 0, token.len - 1)), token.at[token.len - 1] == 'a' ? 'b' : 'a')};
    for (size_t i = 0; i < COUNTOF(wrong); i++) {
        CHECK_AT(i);
        CHECK_INT(say(&guest, "/api/auth/accept", wrong[i], ", password:'correct horse'")->status, 401);
    }
    CHECK_INT(say(&guest, "/api/auth/reset/confirm", token, ", password:'correct horse'")->status, 401);
    CHECK_INT(say(&guest, "/api/auth/magic/confirm", token, "")->status, 401);
    CHECK_INT(say(&host, "/api/auth/verify/confirm", token, "")->status, 401);
    struct fake_exchange *f = rest_request(h->gate, a, "GET", "/api/auth/me", arena_cstr(a, arena_format(a, "api-key: " STR_FMT, STR_ARG(token))), S(""), NULL);
    CHECK_INT(f->status, 401);
    CHECK_INT(say(&guest, "/api/auth/accept", token, ", password:'correct horse'")->status, 201);
    close_house(h);
}

static void an_invitation_ends(void **state)
{
    enum { BY_TIME, BY_ANOTHER, BY_ADDRESS, BY_SWITCHING_OFF, BY_REVOKING, BY_PASSWORD_SET, JUST_IN_TIME, WAYS };
    (void)state;
    for (int way = 0; way < WAYS; way++) {
        struct house *h = open_house();
        struct browser host = browser_sign_in(h, "root", "correct horse battery"), guest = nobody(h);
        str token = token_of(browser_send(&host, "POST", "/api/auth/invite", "{email:'ada@example.com'}"));
        struct fake_exchange *tokens = browser_get(&host, "/api/content/items/tokens?filter={kind:'invitation'}");
        str id = browser_member(tokens, "/0/_id"), user = browser_member(tokens, "/0/user/_id");
        CHECK_AT(way);
        NEED(token.len > 0 && id.len > 0 && user.len > 0);
        CHECK(!str_contains(tokens->answer, token)); /* listed without what is secret */
        CHECK(str_is_absent(browser_member(tokens, "/0/token")));
        if (way == BY_TIME)
            time_set(NOON + 7 * DAY);
        if (way == JUST_IN_TIME)
            time_set(NOON + 7 * DAY - 1);
        if (way == BY_ANOTHER)
            CHECK_INT(browser_send(&host, "POST", "/api/auth/invite", "{email:'ada@example.com'}")->status, 201);
        if (way == BY_ADDRESS)
            house_update(h, "users", user, "{email:'eve@example.com'}");
        if (way == BY_SWITCHING_OFF)
            house_update(h, "users", user, "{active:false}");
        if (way == BY_REVOKING)
            house_delete(h, "tokens", id);
        if (way == BY_PASSWORD_SET)
            house_update(h, "users", user, "{password:'battery staple'}");
        CHECK_INT(say(&guest, "/api/auth/accept", token, ", password:'correct horse'")->status, way == JUST_IN_TIME ? 201 : 401);
        close_house(h);
    }
}

/* Who may make people, but not see them, does not learn who is there. */
static void a_blind_inviter_learns_nothing(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct browser b = browser_sign_in(h, "paul", "correct horse"), guest = nobody(h);
    struct fake_exchange *fresh = browser_send(&b, "POST", "/api/auth/invite", "{email:'new@example.com'}");
    struct fake_exchange *taken = browser_send(&b, "POST", "/api/auth/invite", "{email:'root@example.com'}");
    CHECK_INT(fresh->status, 201);
    CHECK_INT(taken->status, 201);
    CHECK_INT(fresh->answer.len, taken->answer.len);
    CHECK_INT(fresh->header_count, taken->header_count);
    CHECK_INT(say(&guest, "/api/auth/accept", token_of(taken), ", password:'correct horse'")->status, 401);
    CHECK_INT(browser_try(h, "root", "correct horse battery")->status, 200); /* nothing happened to him */
    close_house(h);
}

/* Inviting again hands out a link to an account: only who could give all that it has gets one. */
static void inviting_again_needs_the_same_standing(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct browser root = browser_sign_in(h, "root", "correct horse battery"), host = browser_sign_in(h, "hanna", "correct horse");
    NEED(token_of(browser_send(&root, "POST", "/api/auth/invite", "{email:'boss@example.com', roles:['admin']}")).len > 0);
    NEED(token_of(browser_send(&root, "POST", "/api/auth/invite", "{email:'ed@example.com', roles:['editor']}")).len > 0);
    CHECK_INT(browser_send(&host, "POST", "/api/auth/invite", "{email:'boss@example.com'}")->status, 409);
    CHECK_INT(browser_send(&host, "POST", "/api/auth/invite", "{email:'boss@example.com', roles:['editor']}")->status, 409);
    CHECK_INT(browser_send(&host, "POST", "/api/auth/invite", "{email:'ed@example.com', roles:['editor']}")->status, 201);
    close_house(h);
}

static void without_mail_nothing_is_promised(void **state)
{
    (void)state;
    struct house *h = open_house();
    struct browser b = nobody(h), root = browser_sign_in(h, "root", "correct horse battery");
    struct fake_exchange *f = browser_get(&b, "/api/auth/methods");
    CHECK_STR(f->answer, S("{\"setup\":false,\"password\":true,\"magic\":false,\"reset\":false,\"providers\":[]}"));
    CHECK_INT(browser_send(&b, "POST", "/api/auth/reset", "{email:'root@example.com'}")->status, 404);
    CHECK_INT(browser_send(&b, "POST", "/api/auth/magic", "{email:'root@example.com'}")->status, 404);
    CHECK_INT(browser_send(&root, "POST", "/api/auth/verify", "{}")->status, 404);
    CHECK_INT(browser_get(&b, "/api/auth/oidc/nobody")->status, 404);
    CHECK_INT(browser_get(&b, "/api/auth/oidc/nobody?to=//evil.example")->status, 400); /* before anybody is looked up */
    close_house(h);
}

/* SE-6: a password and keys that somebody planted under an address that was not theirs. */
static void who_shows_the_address_has_the_account_alone(void **state)
{
    (void)state;
    struct house *h = open_house();
    house_people(h, "{users:{vic:{password:'planted horse', totp_enabled:true, recovery_left:10, hotkey_algorithm:'sr25519',"
                    " hotkey:'5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'}}, keys:{planted:{user:'vic'}}}");
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct fake_exchange *f = fake_request(a, "GET", "/", arena_cstr(a, arena_format(a, "api-key: " STR_FMT, STR_ARG(house_key(h, "planted")))), S(""));
    str key = house_key_id(h, "planted");
    const char *made = arena_cstr(a, arena_format(a, "{user:'" STR_FMT "', credential:'AAAA', public_key:'AAAA'}", STR_ARG(house_user(h, "vic"))));
    str passkey = house_item(h, "passkeys", made);
    CHECK_STR(house_value(h, a, "users", house_user(h, "vic"), "passkey_count"), S("1"));
    CHECK_ERR(identify(h->gate, &f->x, &why), ERR_OK);
    house_update(h, "users", house_user(h, "vic"), "{verified:true}"); /* alone, nothing ends */
    CHECK_ERR(identify(h->gate, &f->x, &why), ERR_OK);
    house_update(h, "users", house_user(h, "vic"), "{verified:false}");
    house_update(h, "users", house_user(h, "vic"), "{verified:true, password:'correct horse'}");
    CHECK_ERR(identify(h->gate, &f->x, &why), ERR_UNAUTHENTICATED);
    CHECK(!house_has(h, "api_keys", key));
    CHECK_STR(house_value(h, a, "users", house_user(h, "vic"), "hotkey"), S("null"));
    CHECK_STR(house_value(h, a, "users", house_user(h, "vic"), "totp_enabled"), S("false"));
    CHECK_STR(house_value(h, a, "users", house_user(h, "vic"), "recovery_left"), S("0"));
    CHECK(!house_has(h, "passkeys", passkey));
    CHECK_STR(house_value(h, a, "users", house_user(h, "vic"), "passkey_count"), S("0"));
    CHECK_INT(browser_try(h, "vic", "planted horse")->status, 401);
    f = browser_try(h, "vic", "correct horse");
    CHECK_INT(f->status, 200);
    CHECK(str_is_absent(browser_member(f, "/pending"))); /* no factor of somebody else's stands before it */
    arena_close(a);
    close_house(h);
}

CHECK_MAIN(TEST(who_may_invite_whom), TEST(an_invitation_is_accepted_once), TEST(a_link_is_for_one_thing), TEST(an_invitation_ends),
           TEST(a_blind_inviter_learns_nothing), TEST(inviting_again_needs_the_same_standing), TEST(without_mail_nothing_is_promised),
           TEST(who_shows_the_address_has_the_account_alone))

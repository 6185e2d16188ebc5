/* Views of lists: whose they are, who else sees them, and that nobody changes another one's. */
#include "tests/support/browser.h"
#include "tests/support/check.h"

#define ITEMS "/api/content/items/views?fields=name&sort=name"
#define ITEM "/api/content/item/views"

static struct house *open_desks(void)
{
    struct house *h = house_open();
    house_people(h, "{roles: {desk: [{collection:'roles', verbs:['read']}], lab: []}, users: {ada: {roles:['desk'], password:'correct horse'},"
                    " bob: {roles:['desk'], password:'battery staple'}, cat: {roles:['lab'], password:'wooden table'}}}");
    return h;
}

static void who_sees_which(void **state)
{
    struct house *h = open_desks();
    struct browser ada = browser_sign_in(h, "ada", "correct horse"), bob = browser_sign_in(h, "bob", "battery staple");
    struct browser cat = browser_sign_in(h, "cat", "wooden table");
    const char *made[] = {
        "{data:{name:'all', collection:'posts', shared:'everyone'}}",
        "{data:{name:'desk', collection:'posts', shared:'roles', roles:['$desk']}}",
        "{data:{name:'mine', collection:'posts', state:{filter:{views:{$gt:1}}}}}",
    };
    const struct {
        struct browser *who;
        const char *names;
    } sees[] = {
        {&ada, "[{\"name\":\"all\"},{\"name\":\"desk\"},{\"name\":\"mine\"}]"},
        {&bob, "[{\"name\":\"all\"},{\"name\":\"desk\"}]"},
        {&cat, "[{\"name\":\"all\"}]"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(made); i++) {
        str body = browser_with(h->arena, str_of(made[i]), "$desk", house_role(h, "desk"));
        CHECK_INT(browser_send(&ada, "POST", ITEM, arena_cstr(h->arena, body))->status, 200);
    }
    for (size_t i = 0; i < COUNTOF(sees); i++) {
        CHECK_AT(i);
        const struct json *list = browser_json(browser_get(sees[i].who, ITEMS));
        struct buf b;
        buf_init(&b, h->arena, 4096);
        buf_byte(&b, '[');
        for (uint32_t k = 0; k < list->count; k++)
            buf_format(&b, "%s{\"name\":\"" STR_FMT "\"}", k ? "," : "", STR_ARG(json_get(&list->items[k], S("name"))->text));
        buf_byte(&b, ']');
        CHECK_STR(buf_str(&b), str_of(sees[i].names));
    }
    house_close(h);
}

static void nobody_changes_anothers(void **state)
{
    struct house *h = open_desks();
    struct browser ada = browser_sign_in(h, "ada", "correct horse"), bob = browser_sign_in(h, "bob", "battery staple");
    (void)state;
    str id = browser_member(browser_send(&ada, "POST", ITEM, "{data:{name:'all', collection:'posts', shared:'everyone'}}"), "/_id");
    str path = arena_format(h->arena, ITEM "/" STR_FMT, STR_ARG(id));
    CHECK_INT(browser_send(&bob, "PATCH", arena_cstr(h->arena, path), "{name:'his'}")->status, 404);
    CHECK_INT(browser_delete(&bob, ITEM "/", id)->status, 404);
    str his = browser_with(h->arena, S("{owner:'$bob'}"), "$bob", house_user(h, "bob"));
    CHECK_INT(browser_send(&ada, "PATCH", arena_cstr(h->arena, path), arena_cstr(h->arena, his))->status, 200); /* stays hers */
    CHECK_STR(browser_member(browser_get(&ada, arena_cstr(h->arena, path)), "/owner/_id"), house_user(h, "ada"));
    CHECK_INT(browser_send(&ada, "PATCH", arena_cstr(h->arena, path), "{name:'hers'}")->status, 200);
    CHECK_INT(browser_delete(&ada, ITEM "/", id)->status, 200);
    house_close(h);
}

CHECK_MAIN(TEST(who_sees_which), TEST(nobody_changes_anothers))

/* Idempotency keys beyond one process and one day: another server on the same data finds them, whoever else sends the
 * same key does not, and they are forgotten in time. */
#include "roles/internal.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/house.h"

#include <unistd.h>

#include "base/limits.h"

static enum err write_post(struct gate *g, struct arena *a, const struct principal *who, const char *title, struct once *once,
                           str *id, struct problem *why)
{
    const struct collection *c = house_collection(who, "posts");
    struct change change = {.op = OP_CREATE, .once = once};
    struct json *title_of = NEW(a, struct json);
    *title_of = json_named(S("title"), json_of_text(str_of(title)));
    struct json item = json_of_map(title_of, 1);
    *why = (struct problem){.arena = a};
    TRY(change_read(a, c, &item, (str){0}, &change, why));
    TRY(gate_write(g, who, &change, 1, a, why));
    *id = change.result_id;
    return ERR_OK;
}

static void a_key_is_found_by_another_process_and_forgotten_in_time(void **state)
{
    char folder[FOLDER_ROOM];
    (void)state;
    folder_new(folder, "once");
    struct house_config own = {.directory = str_of(folder)};
    struct house *h = house_open_with(&own);
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles: {editor: [{collection:'posts', verbs:['read','create']}]}, users: {ada: {roles:['editor']}, bob: {roles:['editor']}},"
                    " keys: {ada: {user:'ada'}, other: {user:'ada'}, bob: {user:'bob'}}}");
    struct content_config content = {.directory = str_of(folder), .engine = &engine_sqlite, .crypt = h->crypt};
    struct gate_config config = {.content = &content};
    struct arena *a = arena_open(16u << 10);
    struct problem why = {.arena = a};
    struct gate *second = NULL;
    NEED(gate_open(&config, &second, &why) == ERR_OK);
    struct house there = *h; /* the same keys at the other process */
    there.gate = second;
    const struct principal *ada = house_who(h, a, house_key(h, "ada")), *ada_there = house_who(&there, a, house_key(h, "ada")),
                           *bob = house_who(&there, a, house_key(h, "bob")), *other = house_who(&there, a, house_key(h, "other"));
    str first = {0}, again = {0};
    struct once once = {.key = S("k"), .request = S("create One")}, same = once, changed = once;
    CHECK_PROBLEM(write_post(h->gate, a, ada, "One", &once, &first, &why), ERR_OK, &why);
    CHECK(!once.replayed);
    CHECK_PROBLEM(write_post(second, a, ada_there, "One", &same, &again, &why), ERR_OK, &why); /* the other process */
    CHECK(same.replayed);
    CHECK_STR(again, first);
    same.replayed = false;
    CHECK_PROBLEM(write_post(second, a, other, "One", &same, &again, &why), ERR_OK, &why); /* the same person */
    CHECK(same.replayed);
    changed.request = S("create Two");
    CHECK_ERR(write_post(second, a, ada_there, "Two", &changed, &again, &why), ERR_INVALID);
    CHECK_FAULT(&why, S("Idempotency-Key"), S("idempotency-key"));
    same.replayed = false;
    CHECK_PROBLEM(write_post(second, a, bob, "One", &same, &again, &why), ERR_OK, &why); /* his is another key */
    CHECK(!same.replayed && !str_equal(again, first));
    struct principal later = *ada;
    later.actor.vars.now_ms += (int64_t)LIMIT_ONCE_S * 1000 - 60000;
    same.replayed = false;
    CHECK_PROBLEM(write_post(h->gate, a, &later, "One", &same, &again, &why), ERR_OK, &why);
    CHECK(same.replayed);
    later.actor.vars.now_ms += 120000;
    same.replayed = false;
    CHECK_PROBLEM(write_post(h->gate, a, &later, "One", &same, &again, &why), ERR_OK, &why);
    CHECK(!same.replayed && !str_equal(again, first));
    gate_close(second);
    arena_close(a);
    house_close(h);
    static const char *const names[] = {"vitrine.db", "vitrine.db-wal", "vitrine.db-shm"};
    for (size_t i = 0; i < COUNTOF(names); i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

CHECK_MAIN(TEST(a_key_is_found_by_another_process_and_forgotten_in_time))

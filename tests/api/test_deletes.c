/* zot's page offers to delete what can be deleted: as far as rights, the operator and the repository go. */
#include "content/registry_options.h"
#include "tests/support/check.h"
#include "tests/support/oci.h"
#include "tests/support/stand.h"

static void images_say_whether_they_may_go(void **state)
{
    static const struct {
        bool deletes, fixed;
        const char *who, *is;
    } cases[] = {
        {true, false, "all", "true"}, {true, false, "reader", "false"}, {false, false, "all", "false"}, {true, true, "all", "false"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct registry_options options = {.deletes = cases[i].deletes};
        struct stand *s = stand_open_with(&(struct house_config){.registry = &options});
        struct arena *a = arena_open(256u << 10);
        house_people(s->house, "{roles: {all: [{collection:'repositories', verbs:['*']}], reader: [{collection:'repositories', verbs:['read']}]},"
                               " keys: {all: {role:'all'}, reader: {role:'reader'}}}");
        oci_push(s->house, a, "pub/app", S("{}"));
        CHECK_INT(oci_put(s->house, a, "all", "pub/app/manifests/v1", MANIFEST, S(IMAGE "}"))->status, 201);
        if (cases[i].fixed)
            house_update(s->house, "repositories", house_find(s->house, a, "repositories", "name", "pub/app"), "{immutable_tags:true}");
        struct fake_exchange *f = stand_ask(s, a, "POST", "/v2/_zot/ext/search", house_key(s->house, cases[i].who),
                                            "{query:'{Image(image:\"pub/app:v1\"){IsDeletable}}'}");
        CHECK_AT(i);
        CHECK_INT(f->status, 200);
        CHECK_STR(f->answer, arena_format(a, "{\"data\":{\"Image\":{\"IsDeletable\":%s}}}", cases[i].is));
        arena_close(a);
        stand_close(s);
    }
}

CHECK_MAIN(TEST(images_say_whether_they_may_go))

/* Collections within another one: rights to a part are those to the whole (oci-registry.md 13, security R-3). */
#include "tests/support/check.h"
#include "tests/support/house.h"

static const char people[] =
    "{roles: {puller: [{collection:'repositories', verbs:['read'], where:{name:{$startsWith:'pub/'}}}],"
    "         parts:  [{collection:'manifests', verbs:['*']}, {collection:'tags', verbs:['*']}],"
    "         admin2: [{collection:'repositories', verbs:['*']}]},"
    " users: {ada: {roles:['puller']}, bob: {roles:['parts']}, eve: {roles:['admin2']}},"
    " keys: {ada: {user:'ada'}, bob: {user:'bob'}, eve: {user:'eve'},"
    "        narrow: {user:'eve', scopes:[{collection:'repositories', verbs:['read'], where:{name:'pub/app'}}]},"
    "        other: {user:'eve', scopes:[{collection:'tags'}]}}}";

/* Names of the tags that this key sees, with commas. */
static str tags_of(struct house *h, struct arena *a, const char *key)
{
    const struct principal *who = house_who(h, a, house_key(h, key));
    const struct collection *tags = model_find(principal_model(who), S("tags"));
    struct query q = {.from = tags, .limit = 100, .where = &filter_all};
    struct item_list list;
    struct problem why = {.arena = a};
    struct buf b;
    buf_init(&b, a, 256);
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    if (gate_read(h->gate, who, &q, &list.receiver, NULL, &why) != ERR_OK)
        return S("refused");
    for (size_t i = 0; i < list.count; i++) {
        buf_add(&b, b.len ? S(",") : S(""));
        buf_add(&b, json_get(&list.items[i], S("name"))->text);
    }
    return buf_str(&b);
}

static void make(struct house *h, const char *name, const char *tag)
{
    struct arena *a = arena_open(4096);
    str repository = house_item(h, "repositories", arena_cstr(a, arena_format(a, "{name:'%s'}", name)));
    str blob = house_item(h, "blobs", arena_cstr(a, arena_format(a, "{digest:'sha256:%064x', size:2}", (unsigned)tag[0])));
    str manifest = house_item(h, "manifests", arena_cstr(a, arena_format(a, "{repository:'" STR_FMT "', digest:'sha256:%064x', media_type:'x/y', size:2, blob:'" STR_FMT "'}", STR_ARG(repository), (unsigned)tag[0], STR_ARG(blob))));
    (void)house_item(h, "tags", arena_cstr(a, arena_format(a, "{repository:'" STR_FMT "', name:'%s', manifest:'" STR_FMT "'}", STR_ARG(repository), tag, STR_ARG(manifest))));
    arena_close(a);
}

static void a_part_is_reached_by_the_whole_alone(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(4096);
    house_people(h, people);
    make(h, "pub/app", "one");
    make(h, "secret/app", "two");
    CHECK_STR(tags_of(h, a, "ada"), S("one"));
    CHECK_STR(tags_of(h, a, "bob"), S("refused")); /* a grant on the part itself is none */
    CHECK_STR(tags_of(h, a, "eve"), S("one,two"));
    CHECK_STR(tags_of(h, a, "narrow"), S("one"));
    CHECK_STR(tags_of(h, a, "other"), S("refused"));
    arena_close(a);
    house_close(h);
}

static void verbs_of_the_whole_are_those_of_the_part(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(4096);
    house_people(h, people);
    const struct principal *ada = house_who(h, a, house_key(h, "ada")), *eve = house_who(h, a, house_key(h, "eve"));
    const struct collection *tags = model_find(principal_model(ada), S("tags"));
    CHECK(gate_may(ada, VERB_READ, tags) && !gate_may(ada, VERB_DELETE, tags));
    CHECK(gate_may(eve, VERB_DELETE, tags));
    CHECK(!field_set_has(&rights_access(eve->rights, VERB_UPDATE, tags)->fields, collection_field(tags, S("manifest"))->index));
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(a_part_is_reached_by_the_whole_alone), TEST(verbs_of_the_whole_are_those_of_the_part))

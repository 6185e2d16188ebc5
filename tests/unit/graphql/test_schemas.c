/* Schemas that are kept: made once for equal rights, dropped with their model, and never too many. */
#include "tests/support/check.h"

#include <semaphore.h>

#include "base/limits.h"
#include "graphql/http/documents.h"
#include "graphql/http/schemas.h"
#include "graphql/schema/build.h"

static unsigned made, room_bytes;

static struct gql_schema *make(const struct principal *who, bool may_introspect)
{
    struct gql_builder *b = gql_build((str){0});
    struct gql_type *query = gql_type_make(b, GQL_OBJECT_TYPE, S("Query"), (str){0});
    (void)who, (void)may_introspect;
    made++;
    (void)gql_add_field(b, query, S("a"), gql_type_text(b, "String"), (str){0});
    if (room_bytes)
        (void)arena_get(gql_build_arena(b), room_bytes, 1);
    return gql_schema_finish(b, query, NULL, NULL);
}

static const struct gql_dialect one = {"/one", STR("one"), make, 0}, two = {"/two", STR("two"), make, 0};

struct bench {
    struct shelf *documents, *answers;
    struct schemas *schemas;
};

static void open_bench(struct bench *b)
{
    b->documents = shelf_open(LIMIT_GRAPHQL_DOCUMENTS_BYTES);
    b->answers = shelf_open(LIMIT_GRAPHQL_DOCUMENTS_BYTES);
    b->schemas = schemas_open(LIMIT_GRAPHQL_SCHEMAS_BYTES, b->documents, b->answers);
    made = room_bytes = 0;
}

static void close_bench(struct bench *b)
{
    schemas_close(b->schemas);
    shelf_close(b->documents);
    shelf_close(b->answers);
}

/* The serial number of what is given for these rights. */
static uint64_t get(struct bench *b, const struct gql_dialect *d, uint64_t epoch, uint64_t fingerprint, bool may_introspect)
{
    struct model model = {.epoch = epoch};
    struct rights rights = {.model = &model, .fingerprint = fingerprint};
    struct principal who = {.rights = &rights};
    struct schema_use use;
    schemas_get(b->schemas, d, &who, may_introspect, &use);
    NEED(use.schema != NULL && use.serial > 0);
    counted_release(&use.schema->counted);
    return use.serial;
}

static size_t count(struct bench *b)
{
    struct schemas_figures f;
    schemas_figures(b->schemas, &f);
    CHECK_INT(f.made, made);
    return f.count;
}

static void equal_rights_share_a_schema(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    uint64_t first = get(&b, &one, 1, 7, true);
    CHECK_INT(get(&b, &one, 1, 7, true), first);
    CHECK_INT(made, 1);
    CHECK(get(&b, &one, 1, 8, true) != first);
    CHECK(get(&b, &two, 1, 7, true) != first);
    CHECK(get(&b, &one, 1, 7, false) != first);
    CHECK_INT(count(&b), 4);
    CHECK_INT(get(&b, &one, 1, 7, true), first);
    close_bench(&b);
}

static void a_model_that_moves_takes_them_along(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    uint64_t first = get(&b, &one, 1, 7, true);
    (void)get(&b, &one, 1, 8, true);
    (void)get(&b, &one, 2, 7, true);
    CHECK_INT(count(&b), 1);
    CHECK(get(&b, &one, 1, 7, true) != first); /* somebody who began before it moved */
    CHECK_INT(count(&b), 2);
    (void)get(&b, &one, 3, 7, true);
    CHECK_INT(count(&b), 1);
    close_bench(&b);
}

static void there_are_only_so_many(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    uint64_t oldest = get(&b, &one, 1, 0, true), second = get(&b, &one, 1, 1, true);
    for (uint64_t i = 2; i < LIMIT_GRAPHQL_SCHEMAS; i++)
        (void)get(&b, &one, 1, i, true);
    CHECK_INT(count(&b), LIMIT_GRAPHQL_SCHEMAS);
    CHECK_INT(get(&b, &one, 1, 0, true), oldest);
    CHECK_INT(made, LIMIT_GRAPHQL_SCHEMAS);
    (void)get(&b, &one, 1, LIMIT_GRAPHQL_SCHEMAS, true);
    CHECK_INT(count(&b), LIMIT_GRAPHQL_SCHEMAS);
    CHECK_INT(get(&b, &one, 1, 0, true), oldest); /* was asked for */
    CHECK(get(&b, &one, 1, 1, true) != second);
    close_bench(&b);
}

static void they_take_only_so_much_memory(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    room_bytes = LIMIT_GRAPHQL_SCHEMAS_BYTES / 4;
    for (uint64_t i = 0; i < 8; i++)
        (void)get(&b, &one, 1, i, true);
    CHECK_INT(count(&b), 3); /* and a little more than a quarter each */
    room_bytes = LIMIT_GRAPHQL_SCHEMAS_BYTES;
    uint64_t large = get(&b, &one, 1, 9, true);
    CHECK_INT(count(&b), 1);
    CHECK_INT(get(&b, &one, 1, 9, true), large); /* the one in use is kept, whatever it takes */
    close_bench(&b);
}

/* As many as there are places are being made, one within the other, and one more, LATE, has none. While that one is made
 * the first of them, on a thread of its own, is done and gives way to another LATE. */
#define LATE UINT64_C(1000)
static struct {
    struct bench *b;
    pthread_t thread;
    sem_t has_begun, may_end;
    uint64_t without_place, with_place;
} crowd;

static struct gql_schema *make_in_crowd(const struct principal *who, bool may_introspect);
static const struct gql_dialect crowded = {"/crowded", STR("crowded"), make_in_crowd, 0};

static struct gql_schema *make_in_crowd(const struct principal *who, bool may_introspect)
{
    uint64_t number = who->rights->fingerprint;
    if (number == 0) {
        (void)sem_post(&crowd.has_begun);
        (void)sem_wait(&crowd.may_end);
    } else if (number < LIMIT_GRAPHQL_SCHEMAS - 1) {
        (void)get(crowd.b, &crowded, 1, number + 1, true);
    } else if (number != LATE) {
        crowd.without_place = get(crowd.b, &crowded, 1, LATE, true);
    } else if (crowd.with_place == 0) {
        crowd.with_place = UINT64_MAX;
        (void)sem_post(&crowd.may_end);
        (void)pthread_join(crowd.thread, NULL);
        crowd.with_place = get(crowd.b, &crowded, 1, LATE, true);
    }
    return make(who, may_introspect);
}

static void *make_the_first(void *bench)
{
    (void)get(bench, &crowded, 1, 0, true);
    return NULL;
}

static void who_has_no_place_takes_nobody_s(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    crowd.b = &b;
    NEED(sem_init(&crowd.has_begun, 0, 0) == 0 && sem_init(&crowd.may_end, 0, 0) == 0);
    NEED(pthread_create(&crowd.thread, NULL, make_the_first, &b) == 0);
    (void)sem_wait(&crowd.has_begun);
    (void)get(&b, &crowded, 1, 1, true);
    CHECK(crowd.without_place != crowd.with_place);
    CHECK_INT(get(&b, &crowded, 1, LATE, true), crowd.with_place);
    CHECK_INT(count(&b), LIMIT_GRAPHQL_SCHEMAS);
    (void)sem_destroy(&crowd.has_begun);
    (void)sem_destroy(&crowd.may_end);
    close_bench(&b);
}

static void documents_go_with_their_schema(void **state)
{
    struct bench b;
    struct arena *a = arena_open(4096);
    struct shelf_figures f;
    (void)state;
    open_bench(&b);
    for (uint64_t i = 0; i < 3; i++) {
        struct model model = {.epoch = 1 + i / 2};
        struct rights rights = {.model = &model, .fingerprint = i};
        struct principal who = {.rights = &rights};
        struct gql_errors errors = {.arena = a};
        struct schema_use use;
        struct kept_document *kept = NULL;
        schemas_get(b.schemas, &one, &who, true, &use);
        CHECK_INT(documents_get(b.documents, use.schema, use.serial, S("{a}"), true, LIMIT_GRAPHQL_TOKENS, &errors, &kept), DOCUMENT_GOOD);
        counted_release(&kept->shelved.counted);
        CHECK_INT(documents_get(b.documents, use.schema, use.serial, S("{b}"), true, LIMIT_GRAPHQL_TOKENS, &errors, &kept), DOCUMENT_INVALID);
        CHECK(kept == NULL);
        CHECK_INT(documents_get(b.documents, use.schema, use.serial, S("{a"), true, LIMIT_GRAPHQL_TOKENS, &errors, &kept), DOCUMENT_UNREADABLE);
        CHECK_INT(documents_get(b.documents, use.schema, use.serial, S("{a}"), true, 2, &errors, &kept), DOCUMENT_TOO_LARGE);
        CHECK_INT(documents_get(b.documents, use.schema, use.serial, S("{a}"), true, 3, &errors, &kept), DOCUMENT_GOOD);
        counted_release(&use.schema->counted);
        counted_release(&kept->shelved.counted);
        shelf_figures(b.documents, &f);
        CHECK_INT(f.count, i == 2 ? 1 : i + 1);
        CHECK(f.bytes > sizeof(struct kept_document) && f.bytes == f.guest_bytes);
    }
    arena_close(a);
    close_bench(&b);
}

/* Forty fields, aliased: some tokens to read and judge. */
static str document_of(struct arena *a, unsigned number)
{
    struct buf b;
    buf_init(&b, a, 8192);
    buf_byte(&b, '{');
    for (unsigned i = 0; i < 40; i++)
        buf_format(&b, "a%u_%u: a ", number, i);
    buf_byte(&b, '}');
    return buf_str(&b);
}

static struct kept_document *kept_of(struct bench *b, const struct schema_use *use, struct arena *a, unsigned number)
{
    struct gql_errors errors = {.arena = a};
    struct kept_document *kept = NULL;
    CHECK_INT(documents_get(b->documents, use->schema, use->serial, document_of(a, number), false, LIMIT_GRAPHQL_TOKENS, &errors, &kept), DOCUMENT_GOOD);
    counted_release(&kept->shelved.counted);
    return kept;
}

/* It is looked up: neither read nor validated again. */
static void a_document_that_comes_again_is_the_one_that_is_kept(void **state)
{
    struct bench b;
    struct arena *a = arena_open(4096);
    struct model model = {.epoch = 1};
    struct rights rights = {.model = &model};
    struct principal who = {.rights = &rights};
    struct schema_use use;
    struct kept_document *first[50];
    (void)state;
    open_bench(&b);
    schemas_get(b.schemas, &one, &who, true, &use);
    for (unsigned i = 0; i < COUNTOF(first); i++)
        first[i] = kept_of(&b, &use, a, i);
    for (unsigned i = 0; i < COUNTOF(first); i++) {
        CHECK_AT(i);
        CHECK(kept_of(&b, &use, a, i) == first[i]);
        CHECK(i == 0 || first[i] != first[0]);
    }
    counted_release(&use.schema->counted);
    arena_close(a);
    close_bench(&b);
}

CHECK_MAIN(TEST(equal_rights_share_a_schema), TEST(a_model_that_moves_takes_them_along), TEST(there_are_only_so_many),
           TEST(they_take_only_so_much_memory), TEST(who_has_no_place_takes_nobody_s), TEST(documents_go_with_their_schema),
           TEST(a_document_that_comes_again_is_the_one_that_is_kept))

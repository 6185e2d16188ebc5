#include "base/arena.h"
#include "base/limits.h"
#include "tests/support/check.h"

static void every_error_has_its_facts(void **state)
{
    (void)state;
    for (int e = 0; e < ERR_COUNT; e++) {
        CHECK_AT(e);
        const struct err_facts *f = err_facts((enum err)e);
        CHECK(f->name != NULL && f->http_status >= 200 && f->http_status < 600);
        CHECK(f->graphql_code.len > 0 && f->word.len > 0);
    }
    CHECK_INT(err_facts(ERR_OK)->http_status, 200);
    CHECK_INT(err_facts(ERR_STALE)->http_status, 412);
    CHECK_STR(err_facts(ERR_BAD_INPUT)->graphql_code, S("BAD_USER_INPUT"));
    CHECK_STR(err_facts(ERR_NOT_FOUND)->word, S("not-found"));
}

static void setting_returns_the_error_and_keeps_faults(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct problem why = {.arena = a};
    char path[] = "/data/title";
    CHECK_ERR(problem_fault(&why, ERR_INVALID, str_of(path), S("required"), "Say %d.", 1),
              ERR_INVALID);
    path[1] = 'X';
    CHECK_ERR(why.err, ERR_INVALID);
    CHECK_ERR(problem_set(&why, ERR_CONFLICT, "%s is taken.", "x"), ERR_CONFLICT);
    CHECK_ERR(why.err, ERR_CONFLICT);
    CHECK_STR(why.text, S("x is taken."));
    CHECK_FAULT(&why, S("/data/title"), S("required"));
    CHECK_STR(why.faults[0].text, S("Say 1."));
    CHECK_ERR(problem_fault(&why, ERR_INVALID, S("/b"), S("type"), "No."), ERR_INVALID);
    CHECK_ERR(why.err, ERR_CONFLICT);
    CHECK_INT(why.fault_count, 2);
    arena_close(a);
}

static void faults_are_kept_up_to_a_limit(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct problem why = {.arena = a};
    for (size_t i = 0; i < LIMIT_FAULTS + 10; i++)
        problem_fault(&why, ERR_INVALID, arena_format(a, "/%zu", i), S("type"), "Number %zu.", i);
    CHECK_INT(why.fault_count, LIMIT_FAULTS);
    for (size_t i = 0; i < why.fault_count; i++)
        CHECK_STR(why.faults[i].path, arena_format(a, "/%zu", i));
    arena_close(a);
}

static void long_sentences_stay_whole(void **state)
{
    (void)state;
    struct arena *a = arena_open(1024);
    struct problem why = {.arena = a};
    problem_set(&why, ERR_INTERNAL, "%0*d", 2000, 5);
    CHECK_INT(why.text.len, 2000);
    CHECK(why.text.at[1999] == '5');
    CHECK_ERR(problem_set(NULL, ERR_INTERNAL, "nobody asks"), ERR_INTERNAL);
    arena_close(a);
}

CHECK_MAIN(TEST(every_error_has_its_facts), TEST(setting_returns_the_error_and_keeps_faults),
           TEST(faults_are_kept_up_to_a_limit), TEST(long_sentences_stay_whole))

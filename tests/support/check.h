#ifndef TESTS_SUPPORT_CHECK_H
#define TESTS_SUPPORT_CHECK_H
/* A thin layer over cmocka: a failing check prints both sides and the test goes on to its end, so
 * that one run of a table shows all its bad rows. Use CHECK_AT with the number of the row.
 *
 *     static void cut_splits_at_the_first_separator(void **state) { … CHECK_STR(head, S("a")); … }
 *     CHECK_MAIN(TEST(cut_splits_at_the_first_separator))
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

/* One executable is one file of tests and runs one test at a time. Checks in threads and in tests/support count too: this is
 * one variable, however many files of an executable include it. */
extern _Atomic(int) check_failures;
_Atomic(int) check_failures __attribute__((weak));
static long check_row __attribute__((unused)) = -1;

/* Which row of a table is being looked at; printed with failures. */
#define CHECK_AT(row) (check_row = (long)(row))

#define CHECK_SAY(...)                                                                             \
    do {                                                                                           \
        check_failures++;                                                                          \
        fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                            \
        if (check_row >= 0)                                                                        \
            fprintf(stderr, "row %ld: ", check_row);                                               \
        fprintf(stderr, __VA_ARGS__);                                                              \
        fputc('\n', stderr);                                                                       \
    } while (0)

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            CHECK_SAY("not so: %s", #condition);                                                   \
    } while (0)

/* For what the rest of the test cannot do without. */
#define NEED(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            CHECK_SAY("not so: %s", #condition);                                                   \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

#define CHECK_STR(is, wanted)                                                                      \
    do {                                                                                           \
        str is_ = (is), wanted_ = (wanted);                                                        \
        if (!str_equal(is_, wanted_))                                                              \
            CHECK_SAY("%s\n    is     \"" STR_FMT "\"\n    wanted \"" STR_FMT "\"", #is,           \
                      STR_ARG(is_), STR_ARG(wanted_));                                             \
    } while (0)

#define CHECK_INT(is, wanted)                                                                      \
    do {                                                                                           \
        int64_t is_ = (int64_t)(is), wanted_ = (int64_t)(wanted);                                  \
        if (is_ != wanted_)                                                                        \
            CHECK_SAY("%s is %" PRId64 ", wanted %" PRId64, #is, is_, wanted_);                    \
    } while (0)

#define CHECK_ERR(is, wanted)                                                                      \
    do {                                                                                           \
        enum err is_ = (is), wanted_ = (wanted);                                                   \
        if (is_ != wanted_)                                                                        \
            CHECK_SAY("%s is %s, wanted %s", #is, err_facts(is_)->name, err_facts(wanted_)->name); \
    } while (0)

/* The same with the sentence of a problem, when there is one. */
#define CHECK_PROBLEM(is, wanted, why)                                                             \
    do {                                                                                           \
        enum err is_ = (is), wanted_ = (wanted);                                                   \
        if (is_ != wanted_)                                                                        \
            CHECK_SAY("%s is %s (" STR_FMT "), wanted %s", #is, err_facts(is_)->name,              \
                      STR_ARG((why)->text), err_facts(wanted_)->name);                             \
    } while (0)

/* Whether it has all of "a|b|c", or with !wanted none of them; NULL: nothing is asked. */
static inline bool check_has_parts(str text, const char *parts, bool wanted)
{
    str rest = parts ? str_of(parts) : (str){0}, part;
    bool ended = !parts;
    while (str_next(&rest, &ended, '|', &part))
        if (str_contains(text, part) != wanted)
            return false;
    return true;
}

/* Its lines, each with its end. */
static inline size_t check_lines(str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.at[i] == '\n';
    return count;
}

/* The fault with this path, or NULL. */
static inline const struct fault *check_fault(const struct problem *why, str path)
{
    for (size_t i = 0; i < why->fault_count; i++)
        if (str_equal(why->faults[i].path, path))
            return &why->faults[i];
    return NULL;
}

#define CHECK_FAULT(why, where, wanted_rule)                                                       \
    do {                                                                                           \
        str where_ = (where), rule_ = (wanted_rule);                                               \
        const struct fault *fault_ = check_fault((why), where_);                                   \
        if (fault_ == NULL)                                                                        \
            CHECK_SAY("no fault at \"" STR_FMT "\", wanted " STR_FMT, STR_ARG(where_),             \
                      STR_ARG(rule_));                                                             \
        else if (!str_equal(fault_->rule, rule_))                                                  \
            CHECK_SAY("fault at \"" STR_FMT "\" is " STR_FMT ", wanted " STR_FMT, STR_ARG(where_), \
                      STR_ARG(fault_->rule), STR_ARG(rule_));                                      \
    } while (0)

static inline int check_begin(void **state)
{
    (void)state;
    check_failures = 0;
    check_row = -1;
    return 0;
}

static inline void check_finish(int failures_before)
{
    if (check_failures > failures_before)
        fail_msg("%d checks failed", check_failures - failures_before);
}

/* Runs one test and fails it in the end when a check of it did. */
/* clang-format off */
#define TEST(fn) {#fn, check_run, NULL, NULL, &(struct check_test){fn}}
/* clang-format on */

struct check_test {
    void (*fn)(void **state);
};

static inline void check_run(void **state)
{
    const struct check_test *t = *state;
    check_begin(state);
    void *own = NULL;
    t->fn(&own);
    check_finish(0);
}

/* VITRINE_TEST=pattern runs the tests whose names match it ("*" and "?" are wild). begin and end are called around all of them; NULL: nothing. */
#define CHECK_MAIN_IN(begin, end, ...)                                                             \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                           \
        if (getenv("VITRINE_TEST") != NULL)                                                        \
            cmocka_set_test_filter(getenv("VITRINE_TEST"));                                        \
        return cmocka_run_group_tests(tests, begin, end);                                          \
    }
#define CHECK_MAIN(...) CHECK_MAIN_IN(NULL, NULL, __VA_ARGS__)

#endif

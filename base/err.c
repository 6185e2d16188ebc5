#include "base/err.h"

#include "base/arena.h"
#include "base/limits.h"

#include <stdarg.h>
#include <stdio.h>

static const struct err_facts facts[ERR_COUNT] = {
#define X(name, status, graphql, word) [ERR_##name] = {#name, status, STR(graphql), STR(word)},
    ERR_TABLE(X)
#undef X
};

const struct err_facts *err_facts(enum err e)
{
    must((unsigned)e < ERR_COUNT);
    return &facts[e];
}

static str format_text(struct arena *a, const char *format, va_list args) PRINTF_LIKE(2, 0);

enum err problem_set(struct problem *why, enum err e, const char *format, ...)
{
    if (why == NULL)
        return e;
    why->err = e;
    if (why->arena == NULL)
        return e;
    va_list args;
    va_start(args, format);
    why->text = format_text(why->arena, format, args);
    va_end(args);
    return e;
}

enum err problem_fault(struct problem *why, enum err e, str path, str rule, const char *format, ...)
{
    if (why == NULL)
        return e;
    if (why->err == ERR_OK)
        why->err = e;
    if (why->arena == NULL || why->fault_count == LIMIT_FAULTS)
        return e;
    /* Grows by doubling: the room is the next power of two, from 4. */
    size_t n = why->fault_count;
    if (n == 0 || (n >= 4 && (n & (n - 1)) == 0)) {
        size_t room = n == 0 ? 4 : 2 * n;
        why->faults = arena_grow(why->arena, why->faults, n * sizeof(struct fault),
                                 room * sizeof(struct fault));
    }
    va_list args;
    va_start(args, format);
    why->faults[n] = (struct fault){
        .path = arena_copy(why->arena, path),
        .rule = rule,
        .text = format_text(why->arena, format, args),
    };
    va_end(args);
    why->fault_count = n + 1;
    return e;
}

static str format_text(struct arena *a, const char *format, va_list args)
{
    char first_try[512];
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(first_try, sizeof first_try, format, args);
    must(n >= 0);
    str text = {first_try, (size_t)n};
    if (text.len < sizeof first_try) {
        text = arena_copy(a, text);
    } else {
        char *at = arena_get(a, text.len + 1, 1);
        vsnprintf(at, text.len + 1, format, again);
        text.at = at;
    }
    va_end(again);
    return text;
}

str problem_without_stop(str s)
{
    return str_ends(s, S(".")) && !str_ends(s, S("..")) ? str_slice(s, 0, s.len - 1) : s;
}

str problem_sentence(struct arena *a, const struct problem *why)
{
    if (why->err == ERR_INTERNAL)
        return S("Something failed in the server. The request id finds the cause in its log");
    str first = why->fault_count ? problem_without_stop(why->faults[0].text) : (str){0};
    if (why->text.len)
        return problem_without_stop(why->text);
    if (why->fault_count > 1)
        return arena_format(a, STR_FMT " (and %zu more: see errors)", STR_ARG(first),
                            why->fault_count - 1);
    return why->fault_count ? first : err_facts(why->err)->word;
}

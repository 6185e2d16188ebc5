#ifndef BASE_DEFS_H
#define BASE_DEFS_H
/* Words that the language lacks. Included everywhere, includes nothing of ours. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A result that must be looked at. */
#define NODISCARD __attribute__((warn_unused_result))

/* Runs fn(&variable) when the variable leaves its scope; fn accepts a pointer to NULL. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define COUNTOF(array) (sizeof(array) / sizeof((array)[0]))

#define PRINTF_LIKE(text_at, args_at) __attribute__((format(printf, text_at, args_at)))

/* A promise between our own functions. Always compiled in; never used on input. */
#define must(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            must_failed(#condition, __FILE__, __LINE__);                                           \
    } while (0)

_Noreturn void must_failed(const char *condition, const char *file, int line);

#endif

/* Patterns run away by backtracking. PCRE2's own match limit counts anew at every place a match may
 * start, so a long text could still cost its length times the limit. PCRE2_AUTO_CALLOUT calls us
 * before each item of the pattern; counting there bounds one text as a whole, and, unlike a clock,
 * gives the same answer on every machine. */
#include "base/regex.h"

#include "base/limits.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define STEPS_MIN 200000u     /* items tried on one text … */
#define STEPS_PER_BYTE 32u    /* … and more on a long one */
#define TRIES_MAX 100000u     /* pcre2_set_match_limit: per place where a match may start */
#define BACKTRACKS_DEEP 5000u /* pcre2_set_depth_limit */
#define HEAP_KIB 4096u
#define PARENTHESES_DEEP 50u

struct regex {
    pcre2_code *code;
    str pattern;
    unsigned flags;
};

static uint32_t options_of(unsigned flags)
{
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;

    if (flags & REGEX_CASELESS)
        options |= PCRE2_CASELESS;
    if (flags & REGEX_WHOLE)
        options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
    if (flags & REGEX_MULTILINE)
        options |= PCRE2_MULTILINE;
    if (flags & REGEX_DOTALL)
        options |= PCRE2_DOTALL;
    return options;
}

static void free_code(void *code)
{
    pcre2_code_free(code);
}

static void free_compile_context(pcre2_compile_context **context)
{
    pcre2_compile_context_free(*context);
}

static void free_match_context(pcre2_match_context **context)
{
    pcre2_match_context_free(*context);
}

static void free_match_data(pcre2_match_data **data)
{
    pcre2_match_data_free(*data);
}

enum err regex_compile(struct arena *a, str pattern, unsigned flags, const struct regex **out,
                       struct problem *why)
{
    if (pattern.len > LIMIT_REGEX_BYTES)
        return problem_set(why, ERR_BAD_INPUT, "The pattern has %zu bytes, at most %u are allowed.",
                           pattern.len, LIMIT_REGEX_BYTES);

    CLEANUP(free_compile_context)
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    must(context);
    pcre2_set_parens_nest_limit(context, PARENTHESES_DEEP);

    int error = 0;
    size_t offset = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)(pattern.len > 0 ? pattern.at : ""), pattern.len,
                                     options_of(flags), &error, &offset, context);
    if (!code) {
        unsigned char text[200] = "";
        pcre2_get_error_message(error, text, sizeof text);
        return problem_set(why, ERR_BAD_INPUT, "The pattern cannot be understood at byte %zu: %s.",
                           offset, (const char *)text);
    }
    arena_on_close(a, free_code, code);

    struct regex *r = NEW(a, struct regex);
    *r = (struct regex){.code = code, .pattern = arena_copy(a, pattern), .flags = flags};
    *out = r;
    return ERR_OK;
}

static int count_step(pcre2_callout_block *block, void *left)
{
    size_t *steps = left;

    (void)block;
    if (*steps == 0)
        return PCRE2_ERROR_CALLOUT;
    (*steps)--;
    return 0;
}

bool regex_matches(const struct regex *r, str text)
{
    size_t steps = STEPS_MIN + STEPS_PER_BYTE * text.len;

    CLEANUP(free_match_context) pcre2_match_context *context = pcre2_match_context_create(NULL);
    /* One pair is enough: nobody asks for groups. */
    CLEANUP(free_match_data) pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    must(context && data);
    pcre2_set_match_limit(context, TRIES_MAX);
    pcre2_set_depth_limit(context, BACKTRACKS_DEEP);
    pcre2_set_heap_limit(context, HEAP_KIB);
    pcre2_set_callout(context, count_step, &steps);

    /* 0 is a match whose groups did not fit; an invalid text is an error below it. */
    return pcre2_match(r->code, (PCRE2_SPTR)(text.len > 0 ? text.at : ""), text.len, 0, 0, data,
                       context) >= 0;
}

str regex_pattern(const struct regex *r)
{
    return r->pattern;
}

unsigned regex_flags_of(const struct regex *r)
{
    return r->flags;
}

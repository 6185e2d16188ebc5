#include "content/system/site/webhook_headers.h"

#include "base/limits.h"

/* What the signature, the body or the connection says itself. */
static const str taken[] = {
    STR("host"),       STR("content-length"), STR("content-type"), STR("content-encoding"), STR("transfer-encoding"),
    STR("connection"), STR("keep-alive"),     STR("expect"),       STR("te"),               STR("trailer"),
    STR("upgrade"),
};
static const str taken_beginnings[] = {STR("webhook-"), STR("proxy-")};

static bool is_taken(str name)
{
    for (size_t i = 0; i < COUNTOF(taken); i++)
        if (str_equal_nocase(name, taken[i]))
            return true;
    for (size_t i = 0; i < COUNTOF(taken_beginnings); i++)
        if (str_equal_nocase(str_slice(name, 0, taken_beginnings[i].len), taken_beginnings[i]))
            return true;
    return false;
}

/* A token of RFC 9110, section 5.6.2. */
static bool is_token(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return s.len > 0;
}

static bool has_controls(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f)
            return true;
    return false;
}

enum err webhook_header_check(str name, str value, str where, struct problem *why)
{
    if (!is_token(name) || name.len > 100)
        return problem_fault(why, ERR_INVALID, where, S("header"), "A header's name is letters, digits and dashes");
    if (is_taken(name))
        return problem_fault(why, ERR_INVALID, where, S("header"), "The header " STR_FMT " is not for webhooks to say", STR_ARG(name));
    if (has_controls(value) || value.len > LIMIT_WEBHOOK_HEADER_BYTES)
        return problem_fault(why, ERR_INVALID, where, S("header"), "A header's value has at most %u bytes and no control characters",
                             LIMIT_WEBHOOK_HEADER_BYTES);
    return ERR_OK;
}

static enum err read_line(struct arena *a, str line, unsigned number, str where, struct pair *out, struct problem *why)
{
    struct problem own = {.arena = a};
    str name, value;
    if (!str_cut(line, ':', &name, &value))
        return problem_fault(why, ERR_INVALID, where, S("header"), "Line %u is not like Name: value", number);
    *out = (struct pair){str_trim(name), str_trim(value)};
    if (webhook_header_check(out->name, out->value, where, &own) == ERR_OK)
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, where, S("header"), "Line %u: " STR_FMT, number, STR_ARG(own.faults[0].text));
}

enum err webhook_headers_read(struct arena *a, str lines, str where, struct pair *out, size_t *count, struct problem *why)
{
    bool ended = false;
    unsigned number = 0;
    str line;
    *count = 0;
    while (str_next(&lines, &ended, '\n', &line)) {
        number++;
        if (str_ends(line, S("\r")))
            line.len--;
        if (str_trim(line).len == 0)
            continue;
        if (*count == LIMIT_WEBHOOK_HEADERS)
            return problem_fault(why, ERR_INVALID, where, S("limit"), "At most %u headers", LIMIT_WEBHOOK_HEADERS);
        TRY(read_line(a, line, number, where, &out[*count], why));
        (*count)++;
    }
    return ERR_OK;
}

#include "base/spans.h"

#include "base/limits.h"
#include "base/time.h"

#include <stdio.h>

struct spans *spans_open(struct arena *a, const char *name, int64_t from_us)
{
    struct spans *s = NEW(a, struct spans);
    s->arena = a;
    s->at = NEW_N(a, struct span, LIMIT_SPANS);
    s->at[0] = (struct span){.name = name, .from_us = from_us};
    s->count = 1;
    return s;
}

/* 0: there is no room. */
static unsigned add(struct spans *s, const struct span *one)
{
    if (s->count == LIMIT_SPANS) {
        s->lost++;
        return 0;
    }
    s->at[s->count] = *one;
    s->at[s->count].within = s->now;
    return (unsigned)s->count++;
}

unsigned span_begin(struct spans *s, const char *name, str about)
{
    if (!s)
        return 0;
    unsigned span = add(s, &(struct span){.name = name, .from_us = time_mono_us()});
    if (!span)
        return 0;
    s->at[span].about = arena_copy(s->arena, about); /* a model's word for it; who listens for hours outlives models */
    s->now = span;
    return span;
}

void span_end(struct spans *s, unsigned span)
{
    if (!s || !span)
        return;
    int64_t now = time_mono_us();
    for (unsigned at = s->now; at > span; at = s->at[at].within)
        s->at[at].to_us = now;
    s->at[span].to_us = now;
    s->now = s->at[span].within;
}

void span_between(struct spans *s, const char *name, int64_t from_us, int64_t to_us, uint64_t times)
{
    if (s)
        (void)add(s, &(struct span){.name = name, .from_us = from_us, .to_us = to_us, .times = times});
}

struct span *span_if_slow(struct spans *s, unsigned span)
{
    struct span *one = span_of(s, span);
    return one && s->slow_us && time_mono_us() - one->from_us > s->slow_us ? one : NULL;
}

void span_run_begin(struct spans *s, struct span_run *r)
{
    if (!s)
        return;
    *r = (struct span_run){time_mono_us(), s->inner_us};
    s->inner_us = 0;
}

/* Texts that are too long to be kept are one span without a text. */
static struct span *statement(struct spans *s, str sql, int64_t from_us)
{
    if (sql.len > LIMIT_SPAN_TEXT_BYTES)
        sql = S("");
    for (size_t i = 1; i < s->count; i++)
        if (s->at[i].kind == SPAN_STATEMENT && str_equal(s->at[i].about, sql))
            return &s->at[i];
    unsigned span = add(s, &(struct span){.name = "sql", .kind = SPAN_STATEMENT, .from_us = from_us});
    if (!span)
        return NULL;
    s->at[span].about = arena_copy(s->arena, sql);
    return &s->at[span];
}

void span_run_end(struct spans *s, const struct span_run *r, str sql, uint64_t rows)
{
    if (!s)
        return;
    int64_t now = time_mono_us(), all = now - r->from_us;
    struct span *one = statement(s, sql, r->from_us);
    if (one) {
        one->us += all - s->inner_us;
        one->to_us = now;
        one->times++;
        one->rows += rows;
    }
    s->inner_us = r->inner_us + all;
}

/* ------ W3C Trace Context */

static bool take_hex(str text, uint8_t *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        bool is_digit = c >= '0' && c <= '9', is_letter = c >= 'a' && c <= 'f'; /* of lower case only, says the standard */
        if (!is_digit && !is_letter)
            return false;
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | (is_digit ? c - '0' : c - 'a' + 10));
    }
    return true;
}

static bool is_zero(const uint8_t *at, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= at[i];
    return any == 0;
}

bool traceparent_read(str header, struct trace_context *out)
{
    struct trace_context found = {0};
    uint8_t version = 0, flags = 0;
    str h = str_trim(header);
    if (h.len < TRACEPARENT_LENGTH || h.at[2] != '-' || h.at[35] != '-' || h.at[52] != '-')
        return false;
    if (!take_hex(str_slice(h, 0, 2), &version) || !take_hex(str_slice(h, 3, 35), found.trace) ||
        !take_hex(str_slice(h, 36, 52), found.parent) || !take_hex(str_slice(h, 53, 55), &flags))
        return false;
    if (version == 0xff || (h.len > TRACEPARENT_LENGTH && (version == 0 || h.at[TRACEPARENT_LENGTH] != '-')))
        return false;
    if (is_zero(found.trace, sizeof found.trace) || is_zero(found.parent, sizeof found.parent))
        return false;
    found.is_sampled = flags & 1;
    *out = found;
    return true;
}

uint64_t span_id(const struct spans *s, unsigned span)
{
    return s->first_id + span;
}

void traceparent_write(const struct spans *s, unsigned span, char out[TRACEPARENT_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    char trace[33] = "";
    for (size_t i = 0; i < 32; i++)
        trace[i] = digits[s->trace.trace[i / 2] >> (i % 2 ? 0 : 4) & 15];
    int n = snprintf(out, TRACEPARENT_LENGTH + 1, "00-%s-%016llx-%s", trace, (unsigned long long)span_id(s, span), s->is_sent ? "01" : "00");
    must(n == TRACEPARENT_LENGTH);
}

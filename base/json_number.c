/* Numbers. Whole numbers of up to 18 digits, the usual case, are read in one loop. Everything else
 * is taken apart into digits and a power of ten; when both are small enough for exact arithmetic
 * (digits below 2^53, power at most 22: both factors are doubles without error, so one
 * multiplication or division rounds once and correctly, Clinger 1990), that gives the double. The
 * rest goes through strtod as digits + "e" + power: without a decimal point no locale can change
 * the meaning. */
#include "base/json_scan.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static_assert(FLT_EVAL_METHOD == 0, "doubles are computed as doubles, or rounding happens twice");

/* No double and no midpoint between two has more significant digits than 767; what follows only
 * matters as "a little more", which one further digit says. */
#define DIGITS_THAT_COUNT 780u
#define EXPONENT_MAX      ((int64_t)1 << 50) /* far beyond any, far from overflow */

struct decimal {
    uint64_t digits; /* the first 19 significant ones */
    unsigned kept;   /* how many these are */
    int64_t power;   /* of ten, to multiply digits by */
    bool is_cut;     /* further digits, not all zero, were left out */
    bool is_negative;
    bool is_whole;    /* written without point and exponent */
    const char *from; /* first digit or point */
    const char *to;   /* behind the last digit before the exponent */
};

static bool is_digit(const char *p, const char *end)
{
    return p < end && *p >= '0' && *p <= '9';
}

static enum err fail_digit(const struct json_scan *s, const char *at, const char *after)
{
    struct json_found f = json_found_at(s, at);
    bool is_word = at < s->end && (*at == 'I' || *at == 'N');
    return json_fail(s, at, RULE_NUMBER, is_word ? "NaN and Infinity are not accepted." : NULL,
                     "Expected a digit after %s but found %s", after, f.text);
}

static const char *take_digits(struct decimal *d, const char *p, const char *end, bool is_fraction)
{
    for (; is_digit(p, end); p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (d->kept < 19) {
            d->digits = d->digits * 10 + digit;
            d->kept += d->digits != 0;
            d->power -= is_fraction;
        } else {
            d->is_cut |= digit != 0;
            d->power += !is_fraction;
        }
    }
    return p;
}

/* The digits before and behind the point; s->at is at the first, behind the last afterwards. */
static enum err take_mantissa(struct json_scan *s, struct decimal *d)
{
    const char *p = s->at, *end = s->end;
    d->from = p;
    bool has_digits = is_digit(p, end);
    if (!has_digits && !(s->json5 && p < end && *p == '.'))
        return fail_digit(s, p, "the sign");
    if (has_digits && *p == '0' && is_digit(p + 1, end))
        return json_fail(s, p, RULE_NUMBER, "Write it without the zero, or as a text.",
                         "Found a number that begins with a superfluous 0");
    p = take_digits(d, p, end, false);
    if (p < end && *p == '.') {
        d->is_whole = false;
        p++;
        if (!is_digit(p, end) && !(s->json5 && has_digits))
            return fail_digit(s, p, "the decimal point");
        p = take_digits(d, p, end, true);
    }
    d->to = p;
    s->at = p;
    return ERR_OK;
}

static enum err take_exponent(struct json_scan *s, struct decimal *d)
{
    const char *p = s->at;
    if (p == s->end || (*p | 0x20) != 'e')
        return ERR_OK;
    d->is_whole = false;
    p++;
    bool is_negative = p < s->end && *p == '-';
    if (p < s->end && (*p == '-' || *p == '+'))
        p++;
    if (!is_digit(p, s->end))
        return fail_digit(s, p, "the exponent's beginning");
    int64_t n = 0;
    for (; is_digit(p, s->end); p++)
        n = n < EXPONENT_MAX ? n * 10 + (*p - '0') : n;
    d->power += is_negative ? -n : n;
    s->at = p;
    return ERR_OK;
}

/* All digits again, as far as they count, for numbers with more than 19 of them. */
static double convert_long(const struct decimal *d)
{
    char text[DIGITS_THAT_COUNT + 32];
    size_t n = 0;
    int64_t power = d->power;
    bool has_more = false;
    for (const char *p = d->from; p < d->to; p++) {
        if (*p == '.' || (n == 0 && *p == '0'))
            continue;
        if (n < DIGITS_THAT_COUNT) {
            text[n++] = *p;
            power -= n > d->kept; /* the kept ones are accounted for already */
        } else {
            has_more |= *p != '0';
        }
    }
    if (has_more) {
        text[n++] = '1';
        power--;
    }
    snprintf(text + n, sizeof text - n, "e%lld", (long long)power);
    return strtod(text, NULL);
}

static double convert(const struct decimal *d)
{
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (d->digits == 0)
        return 0;
    /* The value lies between 10^(magnitude-1) and 10^magnitude. */
    int64_t magnitude = d->power + d->kept;
    if (magnitude > 310)
        return HUGE_VAL;
    if (magnitude < -330)
        return 0;
    if (d->is_cut)
        return convert_long(d);
    if (d->digits <= (uint64_t)1 << 53 && d->power >= -22 && d->power <= 22) {
        double exact = (double)d->digits;
        return d->power < 0 ? exact / tens[-d->power] : exact * tens[d->power];
    }
    char text[64];
    snprintf(text, sizeof text, "%llue%lld", (unsigned long long)d->digits, (long long)d->power);
    return strtod(text, NULL);
}

static struct json whole_or_real(uint64_t n, bool is_negative)
{
    /* -0 is a real: an integer would lose its sign. */
    if (is_negative && n != 0 && n <= (uint64_t)1 << 63)
        return json_of_int(n == (uint64_t)1 << 63 ? INT64_MIN : -(int64_t)n);
    if (!is_negative && n <= INT64_MAX)
        return json_of_int((int64_t)n);
    return json_of_real(is_negative ? -(double)n : (double)n);
}

static void set_value(struct json *v, struct json number)
{
    v->type = number.type;
    if (number.type == JSON_INT)
        v->integer = number.integer;
    else
        v->real = number.real;
}

/* s->at is behind "0x". JSON5 has hexadecimal integers of any length; here they fit 64 bits. */
static enum err scan_hex(struct json_scan *s, bool is_negative, struct json *v)
{
    uint64_t n = 0;
    const char *p = s->at;
    for (; p < s->end; p++) {
        unsigned char c = (unsigned char)*p, low = c | 0x20;
        bool is_letter = low >= 'a' && low <= 'f';
        if (!is_letter && (c < '0' || c > '9'))
            break;
        unsigned digit = is_letter ? low - 'a' + 10u : c - (unsigned)'0';
        if (n >> 60 != 0)
            return json_fail(s, s->at - 2, RULE_NUMBER, NULL,
                             "Found a hexadecimal number that needs more than 64 bits");
        n = n << 4 | digit;
    }
    if (p == s->at)
        return fail_digit(s, p, "0x");
    s->at = p;
    set_value(v, whole_or_real(n, is_negative));
    return ERR_OK;
}

static enum err scan_any(struct json_scan *s, const char *begin, struct json *v)
{
    struct decimal d = {.is_whole = true};
    s->at = begin;
    if (*s->at == '-' || *s->at == '+')
        d.is_negative = *s->at++ == '-';
    if (s->json5 && s->end - s->at >= 2 && s->at[0] == '0' && (s->at[1] | 0x20) == 'x') {
        s->at += 2;
        return scan_hex(s, d.is_negative, v);
    }
    TRY(take_mantissa(s, &d));
    TRY(take_exponent(s, &d));
    if (d.is_whole && d.power == 0 && !d.is_cut) {
        set_value(v, whole_or_real(d.digits, d.is_negative));
        return ERR_OK;
    }
    double real = convert(&d);
    if (isinf(real))
        return json_fail(s, begin, RULE_NUMBER, "The largest is about 1.8e308.",
                         "Found a number that is too large");
    set_value(v, json_of_real(d.is_negative ? -real : real));
    return ERR_OK;
}

enum err json_scan_number(struct json_scan *s, struct json *v)
{
    const char *begin = s->at;
    const char *p = begin + (*begin == '-');
    const char *digits = p;
    const char *stop = s->end - p > 18 ? p + 18 : s->end;
    uint64_t n = 0;
    for (; p < stop && *p >= '0' && *p <= '9'; p++)
        n = n * 10 + (uint64_t)(*p - '0');
    char next = p < s->end ? *p : ' ';
    bool ends_here =
        next != '.' && (next | 0x20) != 'e' && (next | 0x20) != 'x' && (next < '0' || next > '9');
    bool is_simple = p > digits && (*digits != '0' || p == begin + 1);
    if (!ends_here || !is_simple)
        return scan_any(s, begin, v);
    v->type = JSON_INT;
    v->integer = *begin == '-' ? -(int64_t)n : (int64_t)n;
    s->at = p;
    return ERR_OK;
}

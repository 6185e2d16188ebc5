#include "content/filter/moment.h"

#include "base/limits.h"
#include "base/time.h"

#include <assert.h>

static const str unit_words[UNIT_COUNT] = {
    [UNIT_SECOND] = STR("second"), [UNIT_MINUTE] = STR("minute"), [UNIT_HOUR] = STR("hour"), [UNIT_DAY] = STR("day"),
    [UNIT_WEEK] = STR("week"),     [UNIT_MONTH] = STR("month"),   [UNIT_YEAR] = STR("year"),
};
static const str now_word = STR("$now");

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* `word` is lower case. */
static bool begins_with(str s, str word)
{
    if (s.len < word.len)
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (lower(s.at[i]) != word.at[i])
            return false;
    return true;
}

static bool is_word(str s, str word)
{
    return s.len == word.len && begins_with(s, word);
}

bool moment_is_meant(str text)
{
    return begins_with(text, now_word) && (text.len == now_word.len || text.at[now_word.len] == '(');
}

static bool read_unit(str s, enum moment_unit *out)
{
    s = str_trim(s);
    if (s.len > 1 && lower(s.at[s.len - 1]) == 's')
        s.len--;
    for (unsigned u = 0; u < UNIT_COUNT; u++) {
        *out = (enum moment_unit)u;
        if (is_word(s, unit_words[u]))
            return true;
    }
    return false;
}

/* "-7 days" */
static bool read_distance(str s, struct moment_step *out)
{
    bool back = s.at[0] == '-';
    uint64_t n = 0;
    size_t digits = 0;
    s = str_trim(str_slice(s, s.at[0] == '-' || s.at[0] == '+', s.len));
    while (digits < s.len && s.at[digits] >= '0' && s.at[digits] <= '9')
        digits++;
    if (!str_to_u64(str_slice(s, 0, digits), UINT32_MAX, &n) || !read_unit(str_slice(s, digits, s.len), &out->unit))
        return false;
    out->what = MOMENT_ADD;
    out->count = back ? -(int64_t)n : (int64_t)n;
    return true;
}

/* Words that stand for steps. */
static const struct {
    str word;
    int64_t days;
} day_words[] = {{STR("today"), 0}, {STR("tomorrow"), 1}, {STR("yesterday"), -1}};

static void add_step(struct from_now *m, struct moment_step step)
{
    if (m->count < COUNTOF(m->steps))
        m->steps[m->count] = step;
    m->count++;
}

static bool read_step(str s, struct from_now *out)
{
    static const str start = STR("start of "), end = STR("end of ");
    struct moment_step step = {.what = MOMENT_START};
    for (size_t i = 0; i < COUNTOF(day_words); i++) {
        if (!is_word(s, day_words[i].word))
            continue;
        add_step(out, (struct moment_step){.what = MOMENT_START, .unit = UNIT_DAY});
        if (day_words[i].days != 0)
            add_step(out, (struct moment_step){MOMENT_ADD, UNIT_DAY, day_words[i].days});
        return true;
    }
    if (begins_with(s, start) || begins_with(s, end)) {
        bool is_end = begins_with(s, end);
        step.what = is_end ? MOMENT_END : MOMENT_START;
        if (!read_unit(str_slice(s, is_end ? end.len : start.len, s.len), &step.unit))
            return false;
    } else if (s.len == 0 || !read_distance(s, &step)) {
        return false;
    }
    add_step(out, step);
    return true;
}

const char *moment_read(str text, struct from_now *out)
{
    static_assert(COUNTOF(out->steps) == LIMIT_MOMENT_STEPS, "steps");
    *out = (struct from_now){0};
    if (text.len == now_word.len)
        return NULL;
    if (text.at[text.len - 1] != ')')
        return "has no closing bracket";
    str inside = str_slice(text, now_word.len + 1, text.len - 1), piece;
    bool ended = false;
    while (str_next(&inside, &ended, ',', &piece))
        if (!read_step(str_trim(piece), out))
            return "takes steps like -7 days, start of month, end of day, today";
    return out->count <= LIMIT_MOMENT_STEPS ? NULL : "takes at most 8 steps";
}

/* The first moment of the unit that p stands in. */
static void to_start(struct time_parts *p, enum moment_unit unit)
{
    p->ms = 0;
    if (unit >= UNIT_MINUTE)
        p->second = 0;
    if (unit >= UNIT_HOUR)
        p->minute = 0;
    if (unit >= UNIT_DAY)
        p->hour = 0;
    if (unit == UNIT_WEEK)
        p->day -= (p->weekday + 6) % 7; /* days since Monday */
    if (unit >= UNIT_MONTH)
        p->day = 1;
    if (unit == UNIT_YEAR)
        p->month = 1;
}

static int64_t with_months(const struct time_parts *p, int64_t months)
{
    struct time_parts first = *p;
    first.day = 1;
    first.month += months;
    struct time_parts at;
    time_split(time_join(&first), &at);
    if (at.year * 12 + at.month != first.year * 12 + first.month)
        return time_join(&first); /* the edge */
    int64_t last = time_month_days(at.year, at.month);
    at.day = p->day < last ? p->day : last;
    return time_join(&at);
}

static int64_t add(int64_t ms, enum moment_unit unit, int64_t count)
{
    struct time_parts p;
    time_split(ms, &p);
    switch (unit) {
    case UNIT_SECOND: p.second += count; break;
    case UNIT_MINUTE: p.minute += count; break;
    case UNIT_HOUR: p.hour += count; break;
    case UNIT_DAY: p.day += count; break;
    case UNIT_WEEK: p.day += 7 * count; break;
    case UNIT_MONTH: return with_months(&p, count);
    case UNIT_YEAR: return with_months(&p, 12 * count);
    case UNIT_COUNT: break;
    }
    return time_join(&p);
}

static int64_t start_of(int64_t ms, enum moment_unit unit)
{
    struct time_parts p;
    time_split(ms, &p);
    to_start(&p, unit);
    return time_join(&p);
}

int64_t moment_at(const struct from_now *m, int64_t now_ms)
{
    int64_t ms = now_ms;
    for (size_t i = 0; i < m->count; i++) {
        const struct moment_step *s = &m->steps[i];
        if (s->what == MOMENT_ADD)
            ms = add(ms, s->unit, s->count);
        else if (s->what == MOMENT_START)
            ms = start_of(ms, s->unit);
        else
            ms = add(start_of(ms, s->unit), s->unit, 1) - 1;
    }
    return ms;
}

void moment_write(struct buf *b, const struct from_now *m)
{
    buf_add(b, now_word);
    for (size_t i = 0; i < m->count; i++) {
        const struct moment_step *s = &m->steps[i];
        str unit = unit_words[s->unit];
        buf_add(b, i ? S(", ") : S("("));
        if (s->what != MOMENT_ADD)
            buf_format(b, "%s of " STR_FMT, s->what == MOMENT_START ? "start" : "end", STR_ARG(unit));
        else
            buf_format(b, "%+lld " STR_FMT "%s", (long long)s->count, STR_ARG(unit),
                       s->count == 1 || s->count == -1 ? "" : "s");
    }
    buf_add(b, m->count ? S(")") : S(""));
}

#include "content/filter/function.h"

#include "base/time.h"
#include "base/utf8.h"
#include "content/kind.h"

enum takes { TAKES_DAY, TAKES_CLOCK, TAKES_LIST, TAKES_TEXT, TAKES_NOTHING };
enum gives { GIVES_INTEGER, GIVES_TEXT };

static const struct {
    str word;
    enum takes takes;
    enum gives gives;
} rows[FUNC_COUNT_OF] = {
#define X(name, word, takes, gives) [FUNC_##name] = {STR(word), TAKES_##takes, GIVES_##gives},
    FUNC_TABLE(X)
#undef X
};

str func_word(enum func f)
{
    return rows[f].word;
}

enum func func_find(str word)
{
    for (unsigned f = FUNC_NONE + 1; f < FUNC_CASELESS; f++)
        if (str_equal(rows[f].word, word))
            return (enum func)f;
    return FUNC_NONE;
}

bool func_split(str name, str *word, str *inner)
{
    str rest;
    if (name.len < 2 || name.at[name.len - 1] != ')' || !str_cut(name, '(', word, &rest))
        return false;
    *inner = str_trim(str_slice(rest, 0, rest.len - 1));
    return true;
}

static bool is_kind(const struct field *f, str name)
{
    return str_equal(f->kind->name, name);
}

static bool is_list_kind(const struct kind *k)
{
    return k->one != NULL || (k->flags & KIND_LIST);
}

bool func_takes(enum func f, const struct field *member)
{
    if (!member || ((member->kind->flags & KIND_DEEP) && member->member_count == 0))
        return true; /* free JSON */
    bool is_many = is_list_kind(member->kind);
    if (rows[f].takes == TAKES_LIST)
        return is_many;
    const struct kind *one = kind_of_one(member->kind);
    bool is_instant = one->column == COLUMN_TIME || is_kind(member, S("_seconds"));
    switch (rows[f].takes) {
    case TAKES_DAY:
        return is_instant || is_kind(member, S("date"));
    case TAKES_CLOCK:
        return is_instant || is_kind(member, S("time"));
    case TAKES_TEXT:
        return one->column == COLUMN_TEXT && !(member->is_meta && f != FUNC_CASELESS);
    case TAKES_LIST:
    case TAKES_NOTHING:
        break;
    }
    return false;
}

bool func_gives_text(enum func f)
{
    return rows[f].gives == GIVES_TEXT;
}

/* What a text says of a day or a time of day; parts that it does not name are -1. */
static bool parts_of_text(str s, struct time_parts *out)
{
    int64_t ms;
    uint64_t hour = 0, minute = 0, second = 0;
    if (time_read(s, &ms)) {
        time_split(ms, out);
        return true;
    }
    if (time_is_date(s)) {
        char room[32];
        struct buf b = {.at = room, .room = sizeof room, .max = sizeof room};
        buf_add(&b, s);
        buf_add(&b, S("T00:00:00Z"));
        if (!time_read(buf_str(&b), &ms))
            return false;
        time_split(ms, out);
        out->hour = out->minute = out->second = -1;
        return true;
    }
    if (!time_is_clock(s))
        return false;
    (void)str_to_u64(str_slice(s, 0, 2), 23, &hour);
    (void)str_to_u64(str_slice(s, 3, 5), 59, &minute);
    if (s.len > 5)
        (void)str_to_u64(str_slice(s, 6, 8), 59, &second);
    *out = (struct time_parts){.year = -1, .month = -1, .day = -1, .weekday = -1,
                               .hour = (int64_t)hour, .minute = (int64_t)minute, .second = (int64_t)second};
    return true;
}

/* ISO 8601: the week of the year that the week's Thursday lies in. */
static int64_t week_of(const struct time_parts *p)
{
    struct time_parts thursday = {.year = p->year, .month = p->month, .day = p->day + 3 - (p->weekday + 6) % 7};
    struct time_parts at;
    time_split(time_join(&thursday), &at);
    struct time_parts first = {.year = at.year, .month = 1, .day = 1};
    struct time_parts day = {.year = at.year, .month = at.month, .day = at.day};
    return (time_join(&day) - time_join(&first)) / INT64_C(86400000) / 7 + 1;
}

static struct cell part_of(enum func f, const struct cell *in)
{
    struct time_parts p;
    if (in->type == CELL_INT)
        time_split(in->integer, &p);
    else if (in->type != CELL_TEXT || !parts_of_text(in->text, &p))
        return CELL_OF_NULL;
    const int64_t parts[FUNC_COUNT_OF] = {
        [FUNC_YEAR] = p.year,   [FUNC_MONTH] = p.month,     [FUNC_WEEK] = p.weekday < 0 ? -1 : week_of(&p),
        [FUNC_DAY] = p.day,     [FUNC_WEEKDAY] = p.weekday, [FUNC_HOUR] = p.hour,
        [FUNC_MINUTE] = p.minute, [FUNC_SECOND] = p.second,
    };
    int64_t n = parts[f];
    return n < 0 ? CELL_OF_NULL : CELL_OF_INT(n);
}

static struct cell count_of(struct arena *a, const struct cell *in)
{
    struct problem quiet = {.arena = a};
    const struct json *list = NULL;
    if (in->type == CELL_NULL)
        return CELL_OF_INT(0);
    if (in->type != CELL_TEXT || json_read(a, in->text, NULL, S(""), &list, &quiet) != ERR_OK ||
        list->type != JSON_LIST)
        return CELL_OF_NULL;
    return CELL_OF_INT(list->count);
}

/* SplitMix64's finisher over FNV-1a: every id has its own place for every seed. */
static struct cell random_of(str id, int64_t seed)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)seed;
    for (size_t i = 0; i < id.len; i++)
        h = (h ^ (unsigned char)id.at[i]) * UINT64_C(0x100000001b3);
    h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
    return CELL_OF_INT((int64_t)((h ^ (h >> 31)) >> 1));
}

str text_caseless(struct arena *a, str s)
{
    return utf8_caseless(a, s);
}

struct cell func_cell(struct arena *a, enum func f, const struct cell *in, int64_t seed)
{
    if (f == FUNC_COUNT)
        return count_of(a, in);
    if (rows[f].takes == TAKES_DAY || rows[f].takes == TAKES_CLOCK)
        return part_of(f, in);
    if (in->type != CELL_TEXT)
        return CELL_OF_NULL;
    if (f == FUNC_LENGTH)
        return CELL_OF_INT((int64_t)utf8_length(in->text));
    if (f == FUNC_RANDOM)
        return random_of(in->text, seed);
    if (f == FUNC_LOWER)
        return CELL_OF_TEXT(utf8_lower(a, in->text));
    return CELL_OF_TEXT(f == FUNC_UPPER ? utf8_upper(a, in->text) : text_caseless(a, in->text));
}

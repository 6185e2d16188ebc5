#include "content/kinds/kinds.h"

#include "base/time.h"

static enum err time_fault(const struct check *c, const char *must)
{
    str subject = check_subject(c);
    return problem_fault(c->why, ERR_INVALID, c->path, S("format"), STR_FMT " must be %s",
                         STR_ARG(subject), must);
}

enum err check_date(const struct check *c, const struct json *in, struct json *out)
{
    enum err e;
    if (!check_takes_text(c, "a date", in, out, &e))
        return e;
    if (!time_is_date(in->text))
        return time_fault(c, "a date like 2026-11-21");
    *out = json_of_text(in->text);
    return ERR_OK;
}

/* Seconds that are zero are left out, so that equal times are equal texts and texts sort as times do. */
enum err check_time(const struct check *c, const struct json *in, struct json *out)
{
    enum err e;
    if (!check_takes_text(c, "a time", in, out, &e))
        return e;
    if (!time_is_clock(in->text))
        return time_fault(c, "a time like 14:30 or 14:30:15");
    bool even = in->text.len == 8 && str_ends(in->text, S(":00"));
    *out = json_of_text(str_slice(in->text, 0, even ? 5 : in->text.len));
    return ERR_OK;
}

static str rfc3339(struct arena *a, int64_t ms)
{
    struct buf b;
    str out = S("");
    buf_init(&b, a, 64);
    time_write(&b, ms);
    enum err e = buf_done(&b, &out);
    must(e == ERR_OK);
    return out;
}

enum err check_datetime(const struct check *c, const struct json *in, struct json *out)
{
    enum err e;
    int64_t ms;
    if (!check_takes_text(c, "a date and time", in, out, &e))
        return e;
    if (!time_read(in->text, &ms))
        return time_fault(c, "a date and time like 2026-11-21T14:30:00Z or 2026-11-21 14:30");
    *out = json_of_text(rfc3339(c->arena, ms));
    return ERR_OK;
}

static bool read_instant(struct arena *a, str text, int64_t *ms)
{
    if (!time_is_date(text))
        return time_read(text, ms);
    return time_read(arena_format(a, STR_FMT "T00:00:00Z", STR_ARG(text)), ms);
}

/* A date alone means its first moment. */
enum err operand_datetime(const struct check *c, const struct json *in, struct json *out)
{
    int64_t ms;
    if (in->type != JSON_TEXT)
        return check_type_fault(c, "a date and time", in);
    if (!read_instant(c->arena, in->text, &ms))
        return time_fault(c, "a date and time like 2026-11-21T14:30:00Z or 2026-11-21 14:30");
    /* Lists keep texts, columns milliseconds. */
    *out = c->field->many ? json_of_text(rfc3339(c->arena, ms)) : json_of_int(ms);
    return ERR_OK;
}

/* _created, _modified: Unix seconds; people write dates. */
enum err operand_seconds(const struct check *c, const struct json *in, struct json *out)
{
    int64_t ms;
    if (in->type == JSON_TEXT && read_instant(c->arena, in->text, &ms)) {
        *out = json_of_int(ms / 1000 - (ms % 1000 < 0));
        return ERR_OK;
    }
    return operand_number(c, in, out);
}

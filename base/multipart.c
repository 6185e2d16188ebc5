#include "base/multipart.h"

#include "base/form_part.h"
#include "base/limits.h"
#include "base/utf8.h"

#define WINDOW_BYTES (64u << 10)

enum place { AT_BOUNDARY, IN_PART, AT_END };

struct multipart {
    struct exchange *x;
    str delimiter;                    /* with the line break in front of it */
    char *window;                     /* bytes from `at` to `len` are still to be looked at */
    size_t at, len;
    bool is_over;                     /* the body has ended */
    bool is_fresh;                    /* nothing of this part was read: it may be empty */
    enum place place;
    unsigned parts;
};

static str left(const struct multipart *m)
{
    return (str){m->window + m->at, m->len - m->at};
}

/* Some bytes more, or the end. */
static enum err fill(struct multipart *m, struct problem *why)
{
    size_t got = 0;
    if (m->at > 0) {
        memmove(m->window, m->window + m->at, m->len - m->at);
        m->len -= m->at;
        m->at = 0;
    }
    if (m->len == WINDOW_BYTES)
        return form_broken(why, "a part's head is too long");
    enum err e = m->x->body(m->x, m->window + m->len, WINDOW_BYTES - m->len, &got);
    if (e != ERR_OK)
        return problem_set(why, e, "The form was not received");
    m->len += got;
    m->is_over = got == 0;
    return ERR_OK;
}

static enum err want(struct multipart *m, size_t bytes, struct problem *why)
{
    while (m->len - m->at < bytes && !m->is_over)
        TRY(fill(m, why));
    return ERR_OK;
}

enum err multipart_begin(struct exchange *x, str content_type, struct multipart **out, struct problem *why)
{
    struct multipart *m = NEW(x->arena, struct multipart);
    str media, parameters;
    (void)str_cut(content_type.at ? content_type : S(""), ';', &media, &parameters);
    if (!str_equal_nocase(str_trim(media), S("multipart/form-data")))
        return problem_set(why, ERR_BAD_MEDIA, "Send a form: multipart/form-data");
    m->x = x;
    TRY(part_delimiter(x->arena, content_type, &m->delimiter, why));
    m->window = arena_get(x->arena, WINDOW_BYTES, 1);
    TRY(want(m, m->delimiter.len, why));
    str first = str_slice(m->delimiter, 2, m->delimiter.len);
    if (!str_starts(left(m), first))
        return form_broken(why, "it does not begin with its boundary");
    m->at += first.len;
    m->place = AT_BOUNDARY;
    *out = m;
    return ERR_OK;
}

static bool has_whole_head(const struct multipart *m)
{
    str s = left(m);
    return str_starts(s, S("--")) || memmem(s.at, s.len, "\r\n\r\n", 4) != NULL;
}

static enum err read_head(struct multipart *m, struct multipart_part *out, struct problem *why)
{
    struct part_head head;
    bool ends = false;
    while (!has_whole_head(m) && !m->is_over)
        TRY(fill(m, why));
    str rest = left(m);
    if (!part_goes_on(&rest, &ends))
        return form_broken(why, "something stands behind a boundary");
    if (ends) {
        m->place = AT_END;
        return ERR_OK;
    }
    if (++m->parts > LIMIT_QUERY_PARAMETERS)
        return form_broken(why, "it has too many fields");
    TRY(part_head_read(m->x->arena, &rest, &head, why));
    *out = (struct multipart_part){arena_copy(m->x->arena, head.name), {0}, {0}};
    if (!utf8_valid(out->name) || memchr(out->name.at, '\0', out->name.len))
        return form_broken(why, "it is not text in UTF-8");
    if (!str_is_absent(head.filename))
        out->filename = head.filename.len ? arena_copy(m->x->arena, head.filename) : S("");
    if (!str_is_absent(head.content_type))
        out->content_type = arena_copy(m->x->arena, head.content_type);
    m->at = m->len - rest.len;
    m->place = IN_PART;
    m->is_fresh = true;
    return ERR_OK;
}

enum err multipart_next(struct multipart *m, struct multipart_part *out, struct problem *why)
{
    char *over = m->place == IN_PART ? arena_get(m->x->arena, 4096, 1) : NULL;
    size_t got = 1;
    *out = (struct multipart_part){0};
    while (m->place == IN_PART && got > 0)
        TRY(multipart_read(m, over, 4096, &got, why));
    return m->place == AT_END ? ERR_OK : read_head(m, out, why);
}

/* An empty value's delimiter begins with the line break that ended the head. */
static bool is_empty_part(struct multipart *m)
{
    str first = str_slice(m->delimiter, 2, m->delimiter.len);
    bool empty = m->is_fresh && str_starts(left(m), first);
    m->is_fresh = false;
    if (empty)
        m->at += first.len;
    return empty;
}

/* How many bytes belong to the part for certain. */
static size_t certain(const struct multipart *m)
{
    str s = left(m);
    const char *at = memmem(s.at, s.len, m->delimiter.at, m->delimiter.len);
    if (at)
        return (size_t)(at - s.at);
    return s.len >= m->delimiter.len ? s.len - m->delimiter.len + 1 : 0;
}

enum err multipart_read(struct multipart *m, void *into, size_t room, size_t *got, struct problem *why)
{
    *got = 0;
    if (m->place != IN_PART)
        return ERR_OK;
    TRY(want(m, m->delimiter.len, why));
    if (is_empty_part(m)) {
        m->place = AT_BOUNDARY;
        return ERR_OK;
    }
    for (;;) {
        size_t n = certain(m);
        if (n > 0) {
            *got = n < room ? n : room;
            memcpy(into, m->window + m->at, *got);
            m->at += *got;
            return ERR_OK;
        }
        if (str_starts(left(m), m->delimiter)) {
            m->at += m->delimiter.len;
            m->place = AT_BOUNDARY;
            return ERR_OK;
        }
        if (m->is_over)
            return form_broken(why, "it has no end");
        TRY(fill(m, why));
    }
}

enum err multipart_text(struct multipart *m, size_t most, str *out, struct problem *why)
{
    char *text = arena_get(m->x->arena, most + 1, 1);
    size_t length = 0, got = 1;
    while (got > 0) {
        TRY(multipart_read(m, text + length, most + 1 - length, &got, why));
        length += got;
        if (length > most)
            return problem_set(why, ERR_TOO_LARGE, "A field of the form is longer than %zu bytes", most);
    }
    *out = (str){text, length};
    return utf8_valid(*out) && !memchr(text, '\0', length) ? ERR_OK : form_broken(why, "it is not text in UTF-8");
}

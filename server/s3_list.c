#include "server/s3_list.h"

#include "base/xml.h"

#define TEXT_BYTES 4096u

struct text_bytes {
    struct tar_source source;         /* first */
    str left;
};

static enum err read_text(struct tar_source *self, void *into, size_t room, size_t *got, struct problem *why)
{
    struct text_bytes *t = (struct text_bytes *)(void *)self;
    (void)why;
    *got = t->left.len < room ? t->left.len : room;
    if (*got > 0)
        memcpy(into, t->left.at, *got);
    t->left = str_slice(t->left, *got, t->left.len);
    return ERR_OK;
}

static enum err no_answer(struct problem *why)
{
    return problem_set(why, ERR_UNAVAILABLE, "The object storage's answer cannot be read");
}

/* Element by element: what was said in the one that closes. */
typedef enum err closed(void *self, str name, str text, bool in_contents, bool in_prefixes, struct problem *why);

static enum err read_elements(str xml, closed *close, void *self, struct problem *why)
{
    struct text_bytes from = {{read_text}, xml};
    struct arena *a = arena_open(8192);
    struct xml *x = xml_open(&from.source);
    struct buf text;
    enum xml_event event = XML_OPEN;
    bool in_contents = false, in_prefixes = false;
    enum err e = ERR_OK;
    buf_init(&text, a, TEXT_BYTES);
    while (e == ERR_OK && event != XML_END) {
        e = xml_next(x, &event, why);
        if (e != ERR_OK) {
            e = no_answer(why);
        } else if (event == XML_OPEN) {
            buf_clear(&text);
            in_contents = in_contents || str_equal(xml_name(x), S("Contents"));
            in_prefixes = in_prefixes || str_equal(xml_name(x), S("CommonPrefixes"));
        } else if (event == XML_TEXT) {
            buf_add(&text, xml_text(x));
        } else if (event == XML_CLOSE) {
            e = text.failed ? no_answer(why) : close(self, xml_name(x), buf_str(&text), in_contents, in_prefixes, why);
            in_contents = in_contents && !str_equal(xml_name(x), S("Contents"));
            in_prefixes = in_prefixes && !str_equal(xml_name(x), S("CommonPrefixes"));
            buf_clear(&text);
        }
    }
    xml_close(x);
    arena_close(a);
    return e;
}

/* ---- a page of names ---- */

struct listing {
    struct arena *keep;
    struct s3_page *out;
    s3_see *see;
    void *self;
    char key[TEXT_BYTES];
    size_t key_length;
    uint64_t size;
};

static enum err see_closed(void *self, str name, str text, bool in_contents, bool in_prefixes, struct problem *why)
{
    struct listing *l = self;
    if (in_contents && str_equal(name, S("Key"))) {
        memcpy(l->key, text.at, text.len);
        l->key_length = text.len;
    } else if (in_contents && str_equal(name, S("Size"))) {
        return str_to_u64(text, INT64_MAX, &l->size) ? ERR_OK : no_answer(why);
    } else if (str_equal(name, S("Contents"))) {
        return l->see(l->self, (str){l->key, l->key_length}, l->size, false, why);
    } else if (in_prefixes && str_equal(name, S("Prefix"))) {
        return l->see(l->self, text, 0, true, why);
    } else if (str_equal(name, S("IsTruncated"))) {
        l->out->more = str_equal(text, S("true"));
    } else if (str_equal(name, S("NextContinuationToken"))) {
        l->out->next = arena_copy(l->keep, text);
    }
    return ERR_OK;
}

enum err s3_page_read(str xml, struct arena *keep, struct s3_page *out, s3_see *see, void *self, struct problem *why)
{
    struct listing l = {.keep = keep, .out = out, .see = see, .self = self};
    *out = (struct s3_page){false, {0}};
    TRY(read_elements(xml, see_closed, &l, why));
    return out->more && str_is_absent(out->next) ? no_answer(why) : ERR_OK;
}

/* ---- one text ---- */

struct finding {
    str name, found;
    struct arena *arena;
};

static enum err find_closed(void *self, str name, str text, bool in_contents, bool in_prefixes, struct problem *why)
{
    struct finding *f = self;
    (void)in_contents, (void)in_prefixes, (void)why;
    if (str_equal(name, f->name) && str_is_absent(f->found))
        f->found = arena_copy(f->arena, text);
    return ERR_OK;
}

enum err s3_text_of(str xml, str name, struct arena *a, str *out, struct problem *why)
{
    struct finding f = {.name = name, .arena = a};
    TRY(read_elements(xml, find_closed, &f, why));
    *out = f.found;
    return f.found.len > 0 ? ERR_OK : no_answer(why);
}

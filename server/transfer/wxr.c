#include "server/transfer/wxr.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/xml.h"

#include <stdlib.h>

#define RECORD_BYTES LIMIT_RESPONSE_BYTES
#define RECORD_LEAVES 10000u

struct wxr {
    struct tar_file *file;
    struct xml *xml;
    struct buf text;                  /* of the leaf that is open */
    struct buf site;
    uint64_t comments;
    bool is_wxr;                      /* a version of WXR was named */
};

enum err wxr_open(const char *path, struct wxr **out, struct problem *why)
{
    struct tar_file *file;
    TRY(tar_file_open(path, &file, why));
    struct wxr *w = calloc(1, sizeof *w);
    must(w != NULL);
    w->file = file;
    w->xml = xml_open(tar_file_source(file));
    buf_init(&w->text, NULL, RECORD_BYTES);
    buf_init(&w->site, NULL, LIMIT_TARGET_BYTES);
    *out = w;
    return ERR_OK;
}

void wxr_close(struct wxr *w)
{
    if (!w)
        return;
    xml_close(w->xml);
    tar_file_close(w->file);
    buf_free(&w->text);
    buf_free(&w->site);
    free(w);
}

str wxr_site(const struct wxr *w)
{
    return buf_str(&w->site);
}

uint64_t wxr_comments(const struct wxr *w)
{
    return w->comments;
}

double wxr_progress(const struct wxr *w)
{
    return tar_file_progress(w->file);
}

str wxr_text(const struct wxr_record *r, str name)
{
    for (size_t i = 0; i < r->count; i++)
        if (str_equal(r->leaves[i].name, name))
            return r->leaves[i].text;
    return S("");
}

/* A record that is being read. */
struct reading {
    struct wxr *w;
    struct arena *arena;
    struct wxr_leaf *leaves;
    size_t count, room, bytes;
    struct wxr_leaf open;             /* at the level of the record's elements */
    bool has_elements;
    struct problem *why;
};

static enum err add(struct reading *r, struct wxr_leaf leaf)
{
    leaf.text = buf_str(&r->w->text);
    r->bytes += leaf.text.len + leaf.name.len;
    if (r->count == RECORD_LEAVES || r->bytes > RECORD_BYTES || r->w->text.failed)
        return problem_set(r->why, ERR_TOO_LARGE, "Line %llu: one item has more than %u bytes or %u elements",
                           (unsigned long long)xml_line(r->w->xml), RECORD_BYTES, RECORD_LEAVES);
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        r->leaves = arena_grow(r->arena, r->leaves, r->room * sizeof leaf, room * sizeof leaf);
        r->room = room;
    }
    leaf.text = arena_copy(r->arena, leaf.text);
    r->leaves[r->count++] = leaf;
    buf_clear(&r->w->text);
    return ERR_OK;
}

static str copied(struct reading *r, str s)
{
    return str_is_absent(s) ? s : arena_copy(r->arena, s);
}

static void opened(struct reading *r, unsigned level)
{
    const struct xml *x = r->w->xml;
    if (level == 1) {
        r->open = (struct wxr_leaf){.name = arena_copy(r->arena, xml_name(x)),
                                    .domain = copied(r, xml_attribute(x, S("domain"))),
                                    .nicename = copied(r, xml_attribute(x, S("nicename")))};
        r->has_elements = false;
        r->w->comments += str_equal(r->open.name, S("wp:comment"));
    }
    if (level <= 2)
        buf_clear(&r->w->text);
}

/* level: of what remains open. */
static enum err closed(struct reading *r, unsigned level)
{
    if (str_equal(r->open.name, S("wp:comment")))
        return ERR_OK;
    if (level == 1) {
        r->has_elements = true;
        return add(r, (struct wxr_leaf){.name = arena_format(r->arena, STR_FMT "/" STR_FMT, STR_ARG(r->open.name),
                                                             STR_ARG(xml_name(r->w->xml)))});
    }
    return level == 0 && !r->has_elements ? add(r, r->open) : ERR_OK;
}

static enum err read_record(struct reading *r, unsigned depth)
{
    enum xml_event what = XML_OPEN;
    for (;;) {
        TRY(xml_next(r->w->xml, &what, r->why));
        unsigned now = xml_depth(r->w->xml);
        if (what == XML_OPEN)
            opened(r, now - depth);
        else if (what == XML_TEXT && now > depth && !str_equal(r->open.name, S("wp:comment")))
            buf_add(&r->w->text, xml_text(r->w->xml));
        else if (what == XML_CLOSE && now < depth)
            return ERR_OK;
        else if (what == XML_CLOSE)
            TRY(closed(r, now - depth));
    }
}

static bool is_record(str name)
{
    static const str records[] = {STR("item"), STR("wp:author"), STR("wp:category"), STR("wp:tag"), STR("wp:term")};
    for (size_t i = 0; i < COUNTOF(records); i++)
        if (str_equal(records[i], name))
            return true;
    return false;
}

/* What stands in the channel itself: its text is in w->text when it closes. */
static void take_of_channel(struct wxr *w)
{
    str name = xml_name(w->xml);
    w->is_wxr |= str_equal(name, S("wp:wxr_version"));
    if (str_equal(name, S("wp:base_blog_url"))) {
        buf_clear(&w->site);
        buf_add(&w->site, buf_str(&w->text));
    }
    buf_clear(&w->text);
}

static enum err no_wxr(struct problem *why)
{
    return problem_set(why, ERR_BAD_INPUT, "This is no export of WordPress (a WXR file)");
}

enum err wxr_next(struct wxr *w, struct arena *a, struct wxr_record *out, bool *found, struct problem *why)
{
    *found = false;
    for (;;) {
        enum xml_event what;
        TRY(xml_next(w->xml, &what, why));
        if (what == XML_END)
            return w->is_wxr ? ERR_OK : no_wxr(why);
        unsigned depth = xml_depth(w->xml);
        str name = xml_name(w->xml);
        if (what == XML_OPEN && depth <= 2 && !str_equal(name, depth == 1 ? S("rss") : S("channel")))
            return no_wxr(why);
        if (what == XML_OPEN && depth == 3)
            buf_clear(&w->text);
        if (what == XML_TEXT && depth == 3)
            buf_add(&w->text, xml_text(w->xml));
        if (what == XML_CLOSE && depth == 2)
            take_of_channel(w);
        if (what != XML_OPEN || depth != 3 || !is_record(name))
            continue;
        if (!w->is_wxr)
            return no_wxr(why);
        struct reading r = {.w = w, .arena = a, .why = why};
        *out = (struct wxr_record){.name = arena_copy(a, name), .line = xml_line(w->xml)};
        TRY(read_record(&r, depth));
        out->leaves = r.leaves;
        out->count = r.count;
        *found = true;
        return ERR_OK;
    }
}

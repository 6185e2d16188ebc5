/* GET /api/content/export/{model}: all items that a listing's filter finds, as NDJSON or CSV, in one answer that is sent
 * as it grows. A page is read, then sent: what reads are to be noted (content/journal/reads.h) is noted before it leaves, a slow
 * client holds up no snapshot, and memory is that of a page. Whoever breaks off goes on with a filter or a cursor. */
#include "api/content/content.h"
#include "base/limits.h"
#include "content/item/view.h"

#define PAGE_BYTES (1u << 20)         /* a page ends when it is that large, however few its items are */

const char *const content_export_names[] = {"format", "filter", "sort", "fields", "cursor", "state", "perspective", "locale", "fallback", NULL};

enum export_format { EXPORT_NDJSON, EXPORT_CSV, EXPORT_FORMATS };
static const struct {
    str word, media, type;
} formats[EXPORT_FORMATS] = {
    {STR("ndjson"), STR("application/x-ndjson"), STR("application/x-ndjson; charset=utf-8")},
    {STR("csv"), STR("text/csv"), STR("text/csv; charset=utf-8; header=present")},
};

struct outflow {
    struct item_sink sink; /* first */
    struct exchange *x;
    struct api *api;
    struct query *query;
    const struct rights *rights;
    enum export_format format;
    struct buf page;
    struct arena *arenas[2];          /* of a page and the one before, whose cursor it begins with */
    unsigned turn;
    struct arena *item;               /* of one */
    str cursor;                       /* where a page ended for its size */
    bool is_full, has_begun;
};

static bool is_told(const struct outflow *o, const struct output *out)
{
    const struct field *f = out->field;
    return !f->in || field_set_has(&rights_access(o->rights, VERB_READ, o->query->from)->fields, f->index);
}

/* ---- CSV (RFC 4180) ---- */

/* A text that a spreadsheet would take for a formula gets an apostrophe in front (CWE-1236). */
static bool looks_like_formula(str s)
{
    return s.len > 0 && memchr("=+-@\t\r", s.at[0], 6) != NULL;
}

static void add_quoted(struct buf *b, str s, bool tamed)
{
    bool quotes = tamed;
    for (size_t i = 0; i < s.len && !quotes; i++)
        quotes = memchr(",\"\r\n;\t", s.at[i], 6) != NULL;
    if (quotes)
        buf_byte(b, '"');
    if (tamed)
        buf_byte(b, '\'');
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '"')
            buf_byte(b, '"');
        buf_byte(b, s.at[i]);
    }
    if (quotes)
        buf_byte(b, '"');
}

static void add_cell(struct buf *b, struct arena *a, const struct json *v)
{
    if (v->type == JSON_NULL)
        return;
    str text = v->type == JSON_TEXT ? v->text : json_print(a, v);
    bool is_number = v->type == JSON_INT || v->type == JSON_REAL;
    add_quoted(b, text, !is_number && looks_like_formula(text));
}

static void add_header(struct outflow *o)
{
    bool first = true;
    for (size_t i = 0; i < o->query->output_count; i++) {
        if (!is_told(o, &o->query->outputs[i]))
            continue;
        if (!first)
            buf_byte(&o->page, ',');
        add_quoted(&o->page, query_shown_name(&o->query->outputs[i]), false);
        first = false;
    }
    buf_add(&o->page, S("\r\n"));
}

static void add_line(struct outflow *o, const struct item_view *v)
{
    bool first = true;
    for (size_t i = 0; i < o->query->output_count; i++) {
        if (!is_told(o, &o->query->outputs[i]))
            continue;
        if (!first)
            buf_byte(&o->page, ',');
        struct json value = item_tree(v, i, o->item);
        add_cell(&o->page, o->item, &value);
        first = false;
    }
    buf_add(&o->page, S("\r\n"));
}

/* ---- NDJSON ---- */

static enum err add_object(struct outflow *o, const struct item_view *v, struct problem *why)
{
    bool first = true;
    buf_byte(&o->page, '{');
    for (size_t i = 0; i < o->query->output_count; i++) {
        const struct output *out = &o->query->outputs[i];
        if (!is_told(o, out))
            continue;
        if (!first)
            buf_byte(&o->page, ',');
        buf_json_text(&o->page, query_shown_name(out));
        buf_byte(&o->page, ':');
        TRY(item_write(v, i, &o->page, why));
        first = false;
    }
    buf_add(&o->page, S("}\n"));
    return ERR_OK;
}

/* ---- pages ---- */

static enum err take_item(struct item_sink *self, const struct item_view *v, struct problem *why)
{
    struct outflow *o = (struct outflow *)(void *)self;
    arena_reset(o->item);
    if (o->format == EXPORT_CSV)
        add_line(o, v);
    else
        TRY(add_object(o, v, why));
    if (o->page.failed)
        return problem_set(why, ERR_TOO_LARGE, "An item is larger than an answer may be");
    if (o->page.len < PAGE_BYTES)
        return ERR_OK;
    o->is_full = true;
    TRY(item_cursor(v, o->arenas[o->turn], &o->cursor));
    return ERR_TOO_LARGE; /* ends the reading */
}

static enum err send_page(struct outflow *o)
{
    struct exchange *x = o->x;
    const struct pair headers[] = {
        {S("Content-Type"), formats[o->format].type},
        {S("Content-Disposition"), arena_format(x->arena, "attachment; filename=\"" STR_FMT "." STR_FMT "\"", STR_ARG(o->query->from->name),
                                                STR_ARG(formats[o->format].word))},
        {S("Cache-Control"), S("no-store")},
    };
    if (!o->has_begun)
        TRY(x->begin(x, 200, headers, COUNTOF(headers), UINT64_MAX));
    o->has_begun = true;
    if (o->page.len > 0 && x->method != M_HEAD)
        TRY(x->piece(x, buf_str(&o->page)));
    buf_clear(&o->page);
    return ERR_OK;
}

/* *goes_on: there is a page behind it, o->query->after says where. */
static enum err read_page(struct outflow *o, bool *goes_on, struct problem *why)
{
    struct arena *a = o->arenas[o->turn];
    struct problem later = {.arena = a}, *own = o->has_begun ? &later : why; /* of the first page the client is told */
    struct page page = {0};
    struct item_views views;
    o->is_full = false;
    item_views_init(&views, &o->sink);
    enum err e = gate_read(o->api->gate, o->x->who, o->query, &views.receiver, &page, own);
    if (e != ERR_OK && !(e == ERR_TOO_LARGE && o->is_full))
        return o->has_begun ? problem_set(why, e, STR_FMT, STR_ARG(problem_sentence(o->x->arena, &later))) : e;
    *goes_on = o->is_full || page.has_more;
    o->query->after = o->is_full ? o->cursor : page.next;
    o->query->skip = 0;
    o->turn = 1 - o->turn;
    arena_reset(o->arenas[o->turn]);
    return ERR_OK;
}

static enum err flow(struct outflow *o, struct problem *why)
{
    bool goes_on = true;
    if (o->format == EXPORT_CSV)
        add_header(o);
    while (goes_on) {
        TRY(read_page(o, &goes_on, why));
        TRY(send_page(o));
        goes_on = goes_on && o->x->method != M_HEAD;
    }
    o->x->end(o->x);
    return ERR_OK;
}

static enum err read_format(struct exchange *x, const struct content_params *p, enum export_format *out, struct problem *why)
{
    str word = query_string_get(&p->query, S("format")), accept = exchange_header(x, S("accept"));
    *out = str_contains(accept, formats[EXPORT_CSV].media) ? EXPORT_CSV : EXPORT_NDJSON;
    exchange_add_header(x, S("Vary"), S("Accept"));
    for (unsigned i = 0; i < EXPORT_FORMATS && !str_is_absent(word); i++)
        if (str_equal(word, formats[i].word)) {
            *out = (enum export_format)i;
            return ERR_OK;
        }
    if (str_is_absent(word))
        return ERR_OK;
    return problem_fault(why, ERR_BAD_INPUT, S("format"), S("parameter"), "format is ndjson or csv");
}

enum err content_export(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    const struct collection *c;
    struct outflow o = {.sink = {take_item}, .x = x, .api = api, .rights = x->who->rights};
    TRY(gate_collection(api->gate, x->who, param(p, "model"), &c, why));
    TRY(gate_allows(x->who, VERB_READ, c, why));
    TRY(content_params_read(x, api, content_export_names, &params, why));
    TRY(read_format(x, &params, &o.format, why));
    TRY(content_query(x->arena, x->who, c, &params, &o.query, why));
    o.query->limit = LIMIT_ROWS;
    buf_init(&o.page, x->arena, LIMIT_RESPONSE_BYTES);
    o.arenas[0] = arena_open(64u << 10);
    o.arenas[1] = arena_open(64u << 10);
    o.item = arena_open(16u << 10);
    enum err e = flow(&o, why);
    arena_close(o.item);
    arena_close(o.arenas[1]);
    arena_close(o.arenas[0]);
    return e;
}

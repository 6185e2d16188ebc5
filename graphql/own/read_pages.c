/* Connections. Their items are read once; each selected field that has items (edges, nodes, under
 * whatever names) writes them into a text of its own while they pass by, and when all is known, how
 * many and whether there are more, the texts are put together in the order of the selection. A page
 * that was read from its end is turned around then. */
#include "graphql/own/read.h"

#include "base/limits.h"

/* One of an edge's own fields. */
struct edge_field {
    const struct gql_node *node;
    const struct gql_type *of;
    const struct own_meaning *meaning; /* NULL: __typename */
    struct item_steps *items;          /* OWN_NODE */
};
/* One field of the connection. */
struct page_field {
    const struct gql_node *node;
    const struct gql_type *of;
    const struct own_meaning *meaning;
    struct edge_field *edges; /* OWN_EDGES */
    size_t edge_count;
    struct item_steps *items; /* OWN_NODES */
    struct buf text;          /* elements with commas between them */
    size_t *starts;           /* where each begins in it, and … */
    size_t *errors;           /* … how many errors there were before it */
    size_t room;
    bool is_null; /* it may be, and an element made it so */
};
struct pages {
    struct item_sink sink; /* first */
    struct reading *reading;
    const struct gql_node *node;
    struct window window;
    struct page_field *fields;
    size_t field_count;
    size_t total; /* the output that counts */
    bool wants_items, wants_total, wants_ends;
    uint32_t rows;
    bool has_more;
    struct item_place first, last;
};

static bool is_typename(const struct gql_node *node)
{
    return node->field == &gql_typename_field;
}

static enum own_what what_of(const struct page_field *f)
{
    return f->meaning ? f->meaning->what : OWN_VALUE;
}

static bool has_items(const struct page_field *f)
{
    return what_of(f) == OWN_EDGES || what_of(f) == OWN_NODES;
}

/* Which of a page info's fields need a place. */
static bool asks_for_ends(const struct gql_node *info)
{
    for (uint32_t i = 0; info->fields && i < info->fields->count; i++) {
        const struct gql_node *n = &info->fields->nodes[i];
        const struct own_meaning *m = n->field && !is_typename(n) ? own_meaning_of(n->field) : NULL;
        if (m && (m->what == OWN_START_CURSOR || m->what == OWN_END_CURSOR))
            return true;
    }
    return false;
}

struct pages *own_pages_make(struct reading *r, const struct gql_node *node, const struct window *w)
{
    struct pages *p = NEW(r->x->arena, struct pages);
    p->node = node;
    p->window = *w;
    p->field_count = node->fields->count;
    p->fields = NEW_N(r->x->arena, struct page_field, p->field_count);
    for (size_t i = 0; i < p->field_count; i++) {
        struct page_field *f = &p->fields[i];
        f->node = &node->fields->nodes[i];
        f->of = node->fields->of;
        f->meaning =
            f->node->field && !is_typename(f->node) ? own_meaning_of(f->node->field) : NULL;
        p->wants_items |= has_items(f) || what_of(f) == OWN_PAGE_INFO;
        p->wants_total |= what_of(f) == OWN_TOTAL;
        p->wants_ends |= what_of(f) == OWN_PAGE_INFO && asks_for_ends(f->node);
    }
    return p;
}

bool own_pages_want_items(const struct pages *p)
{
    return p->wants_items;
}

bool own_pages_want_total(const struct pages *p)
{
    return p->wants_total;
}

void own_pages_total_at(struct pages *p, size_t output)
{
    p->total = output;
}

static void compile_edges(struct reading *r, struct page_field *f, struct sketch *s)
{
    const struct gql_fields *fields = f->node->fields;
    f->edge_count = fields->count;
    f->edges = NEW_N(r->x->arena, struct edge_field, fields->count);
    for (uint32_t i = 0; i < fields->count; i++) {
        struct edge_field *e = &f->edges[i];
        e->node = &fields->nodes[i];
        e->of = fields->of;
        e->meaning =
            e->node->field && !is_typename(e->node) ? own_meaning_of(e->node->field) : NULL;
        if (e->meaning && e->meaning->what == OWN_NODE)
            e->items = own_compile_items(r, s, e->node->fields);
    }
}

void own_pages_compile(struct reading *r, struct pages *p, struct sketch *s)
{
    for (size_t i = 0; i < p->field_count; i++) {
        struct page_field *f = &p->fields[i];
        if (what_of(f) == OWN_EDGES)
            compile_edges(r, f, s);
        if (what_of(f) == OWN_NODES)
            f->items = own_compile_items(r, s, f->node->fields);
        if (has_items(f))
            buf_init(&f->text, r->x->arena, LIMIT_RESPONSE_BYTES);
    }
}

/* ---- elements ---- */

static void write_name(struct gql_execution *x, str name)
{
    buf_byte(x->out, '"');
    buf_add(x->out, name);
    buf_byte(x->out, '"');
}

static enum gql_done write_cursor(struct reading *r, const struct item_view *v)
{
    str cursor;
    if (item_cursor(v, r->x->arena, &cursor) != ERR_OK) {
        r->is_broken = true;
        return GQL_STOPPED;
    }
    write_name(r->x, cursor); /* base64url */
    return GQL_WROTE;
}

static enum gql_done write_edge_field(struct reading *r, const struct edge_field *e,
                                      const struct item_view *v)
{
    enum gql_done done = GQL_WROTE;
    if (gql_is_faulty(r->x, e->node, &done))
        return done;
    if (!e->meaning)
        write_name(r->x, e->of->name);
    else if (e->meaning->what == OWN_CURSOR)
        done = write_cursor(r, v);
    else if (e->items)
        done = own_write_steps(r, e->items, v);
    else
        must(false); /* no field of an edge */
    return done;
}

static enum gql_done write_edge(struct reading *r, const struct page_field *f,
                                const struct item_view *v)
{
    struct gql_execution *x = r->x;
    struct gql_path here = {.in = x->path};
    enum gql_done done = GQL_WROTE;
    x->path = &here;
    buf_byte(x->out, '{');
    for (size_t i = 0; i < f->edge_count && done == GQL_WROTE; i++) {
        here.key = f->edges[i].node->key;
        if (i > 0)
            buf_byte(x->out, ',');
        buf_add(x->out, f->edges[i].node->quoted);
        size_t start = x->out->len;
        done = write_edge_field(r, &f->edges[i], v);
        if (done != GQL_WROTE)
            done = gql_settle(x, f->edges[i].node->field->type, done, start);
    }
    buf_byte(x->out, '}');
    x->path = here.in;
    return done;
}

static void note_element(struct reading *r, struct page_field *f, uint32_t index)
{
    if (index == f->room) {
        size_t room = f->room ? 2 * f->room : 16;
        f->starts = arena_grow(r->x->arena, f->starts, f->room * sizeof *f->starts,
                               room * sizeof *f->starts);
        f->errors = arena_grow(r->x->arena, f->errors, f->room * sizeof *f->errors,
                               room * sizeof *f->errors);
        f->room = room;
    }
    f->starts[index] = f->text.len;
    f->errors[index] = r->x->errors->count;
}

/* The item as an element of this field, in the field's own text. */
static enum gql_done write_element(struct reading *r, struct page_field *f,
                                   const struct item_view *v, uint32_t index)
{
    struct gql_execution *x = r->x;
    struct buf *outer = x->out;
    const struct gql_type *type = f->node->field->type;
    struct gql_path field = {.in = x->path, .key = f->node->key},
                    element = {.in = &field, .index = index};
    enum gql_done done = GQL_WROTE;
    if (index > 0)
        buf_byte(&f->text, ',');
    note_element(r, f, index);
    x->path = &element;
    x->out = &f->text;
    size_t start = f->text.len;
    done = f->items ? own_write_steps(r, f->items, v) : write_edge(r, f, v);
    done = gql_settle(x, gql_nullable(type)->of, done, start);
    if (done == GQL_WROTE && own_check_room(r, 0) != ERR_OK) {
        r->is_broken = true;
        done = GQL_STOPPED;
    }
    x->out = outer;
    x->path = field.in;
    if (done == GQL_NULLED && type->kind != GQL_NON_NULL) {
        f->is_null = true;
        done = GQL_WROTE;
    }
    return done;
}

/* They all come into the answer, so together they are no longer than it may be. */
static size_t bytes_of_texts(const struct pages *p)
{
    size_t bytes = 0;
    for (size_t i = 0; i < p->field_count; i++)
        bytes += p->fields[i].text.len;
    return bytes;
}

static enum err take_item(struct item_sink *self, const struct item_view *v, struct problem *why)
{
    struct pages *p = (struct pages *)(void *)self;
    struct reading *r = p->reading;
    (void)why;
    if (p->rows == p->window.limit) {
        p->has_more = true;
        return ERR_OK;
    }
    if (p->wants_ends && p->rows == 0)
        item_place(v, r->x->arena, &p->first);
    if (p->wants_ends)
        item_place(v, r->x->arena, &p->last);
    for (size_t i = 0; i < p->field_count; i++) {
        if (!has_items(&p->fields[i]) || p->fields[i].is_null ||
            p->fields[i].node->arguments == NULL)
            continue;
        enum gql_done done = write_element(r, &p->fields[i], v, p->rows);
        if (r->is_broken)
            return r->why.err;
        if (done != GQL_WROTE)
            return own_halt_read(r, done);
    }
    p->rows++;
    return own_check_room(r, bytes_of_texts(p));
}

struct item_sink *own_pages_begin(struct reading *r, struct pages *p)
{
    p->sink = (struct item_sink){take_item};
    p->reading = r;
    p->rows = 0;
    p->has_more = false;
    for (size_t i = 0; i < p->field_count; i++) {
        p->fields[i].is_null = false;
        if (has_items(&p->fields[i]))
            buf_clear(&p->fields[i].text);
    }
    return &p->sink;
}

/* ---- the whole ---- */

/* Errors were told at the places where elements stood before they were turned around. */
static void turn_errors(struct pages *p, const struct page_field *f, size_t depth)
{
    struct gql_errors *errors = p->reading->x->errors;
    for (uint32_t i = 0; i < p->rows; i++) {
        size_t end = i + 1 < p->rows ? f->errors[i + 1] : errors->count;
        for (size_t k = f->errors[i]; k < end && k < errors->count; k++) {
            const struct json *path = errors->items[k].path;
            if (!path || path->count <= depth + 1 || path->items[depth].type != JSON_TEXT ||
                !str_equal(path->items[depth].text, f->node->key))
                continue;
            struct json *turned = NEW(p->reading->x->arena, struct json);
            struct json *items = NEW_N(p->reading->x->arena, struct json, path->count);
            memcpy(items, path->items, path->count * sizeof *items);
            items[depth + 1] = json_of_int((int64_t)(p->rows - 1 - i));
            *turned = json_of_list(items, path->count);
            errors->items[k].path = turned;
        }
    }
}

static size_t path_length(const struct gql_path *path)
{
    size_t n = 0;
    for (; path; path = path->in)
        n++;
    return n;
}

static void write_elements(struct reading *r, struct pages *p, const struct page_field *f)
{
    struct buf *out = r->x->out;
    if (f->is_null) {
        buf_add(out, S("null"));
        return;
    }
    buf_byte(out, '[');
    if (!p->window.from_end) {
        buf_add(out, buf_str(&f->text));
    } else {
        for (uint32_t i = p->rows; i-- > 0;) {
            size_t end = i + 1 < p->rows ? f->starts[i + 1] - 1 : f->text.len;
            buf_add(out, str_slice(buf_str(&f->text), f->starts[i], end));
            buf_add(out, i > 0 ? S(",") : S(""));
        }
        turn_errors(p, f, path_length(r->x->path));
    }
    buf_byte(out, ']');
}

static enum gql_done write_end(struct reading *r, const struct pages *p, bool is_start)
{
    const struct item_place *place = is_start != p->window.from_end ? &p->first : &p->last;
    str cursor;
    if (p->rows == 0) {
        buf_add(r->x->out, S("null"));
        return GQL_WROTE;
    }
    if (item_place_cursor(place, r->x->arena, &cursor) != ERR_OK)
        return GQL_STOPPED;
    write_name(r->x, cursor);
    return GQL_WROTE;
}

/* What stands in front of a page is known by where it was begun. */
static enum gql_done write_info_field(struct reading *r, const struct pages *p,
                                      const struct gql_node *node, const struct gql_type *of)
{
    enum gql_done done = GQL_WROTE;
    bool behind = p->window.from_end ? p->window.has_cursor : p->has_more;
    bool in_front = p->window.from_end ? p->has_more : p->window.has_cursor;
    if (gql_is_faulty(r->x, node, &done))
        return done;
    if (is_typename(node)) {
        write_name(r->x, of->name);
        return GQL_WROTE;
    }
    switch ((unsigned)own_meaning_of(node->field)->what) {
    case OWN_HAS_NEXT:
        buf_add(r->x->out, behind ? S("true") : S("false"));
        break;
    case OWN_HAS_PREVIOUS:
        buf_add(r->x->out, in_front ? S("true") : S("false"));
        break;
    case OWN_START_CURSOR:
        return write_end(r, p, true);
    case OWN_END_CURSOR:
        return write_end(r, p, false);
    default:
        must(false); /* no field of a page's */
    }
    return GQL_WROTE;
}

static enum gql_done write_info(struct reading *r, const struct pages *p,
                                const struct page_field *f)
{
    const struct gql_fields *fields = f->node->fields;
    struct gql_path here = {.in = r->x->path};
    enum gql_done done = GQL_WROTE;
    r->x->path = &here;
    buf_byte(r->x->out, '{');
    for (uint32_t i = 0; i < fields->count && done == GQL_WROTE; i++) {
        here.key = fields->nodes[i].key;
        if (i > 0)
            buf_byte(r->x->out, ',');
        buf_add(r->x->out, fields->nodes[i].quoted);
        done = write_info_field(r, p, &fields->nodes[i], fields->of);
    }
    buf_byte(r->x->out, '}');
    r->x->path = here.in;
    return done;
}

static enum gql_done write_page_field(struct reading *r, struct pages *p,
                                      const struct page_field *f, const struct pages_ended *ended)
{
    enum gql_done done = GQL_WROTE;
    if (gql_is_faulty(r->x, f->node, &done))
        return done;
    if (!f->meaning) {
        write_name(r->x, f->of->name);
        return GQL_WROTE;
    }
    switch ((unsigned)f->meaning->what) {
    case OWN_EDGES:
    case OWN_NODES:
        write_elements(r, p, f);
        break;
    case OWN_PAGE_INFO:
        return write_info(r, p, f);
    case OWN_TOTAL:
        buf_u64(r->x->out, ended->total);
        break;
    default:
        must(false); /* no field of a connection */
    }
    return GQL_WROTE;
}

enum gql_done own_pages_end(struct reading *r, struct pages *p, const struct pages_ended *ended)
{
    enum gql_done done = GQL_WROTE;
    p->has_more |= ended->has_more;
    buf_byte(r->x->out, '{');
    for (size_t i = 0; i < p->field_count && done == GQL_WROTE; i++) {
        if (i > 0)
            buf_byte(r->x->out, ',');
        buf_add(r->x->out, p->fields[i].node->quoted);
        done = write_page_field(r, p, &p->fields[i], ended);
    }
    buf_byte(r->x->out, '}');
    return done;
}

enum gql_done own_write_pages(struct reading *r, const struct item_step *s,
                              const struct item_view *v)
{
    struct pages *p = s->pages;
    struct pages_ended ended = {0};
    struct item_sink *sink = own_pages_begin(r, p);
    enum gql_done done = GQL_WROTE;
    if (p->wants_total)
        done = own_end_of_read(r, item_count(v, p->total, &ended.total, &r->why));
    if (done == GQL_WROTE && p->wants_items)
        done = own_end_of_read(r, item_each(v, s->output, sink, &r->why));
    return done == GQL_WROTE ? own_pages_end(r, p, &ended) : done;
}

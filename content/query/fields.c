/* fields=…: a projection becomes outputs, branches and members to keep. Two spellings, one list of
 * wishes: names that are wanted or not. */
#include "content/filter/internal.h"
#include "content/kind.h"
#include "content/query/query.h"

struct wish {
    str name;
    bool wanted;
    str alias;                /* {0}: the field's own name */
    uint32_t excerpt;         /* 0: all of it */
    bool ellipsis;
};

struct wishes {
    struct arena *arena;
    str where;
    struct problem *why;
    struct wish *items;
    size_t count;
};

#define REFUSE_WISH(w, rule, ...) problem_fault((w)->why, ERR_BAD_INPUT, (w)->where, S(rule), __VA_ARGS__)

/* "body:excerpt(200)", "body:excerpt(200,true)": the second for an ellipsis behind what was cut. */
static enum err read_excerpt(struct wishes *w, struct wish *wish)
{
    static const str word = STR(":excerpt(");
    size_t at = 0;
    uint64_t length = 0;
    str count, ellipsis;

    while (at + word.len < wish->name.len && !str_starts(str_slice(wish->name, at, wish->name.len), word))
        at++;
    (void)str_cut(str_slice(wish->name, at + word.len, wish->name.len - 1), ',', &count, &ellipsis);
    count = str_trim(count);
    ellipsis = str_trim(ellipsis);
    bool flagged = str_equal(ellipsis, S("true")) || str_equal(ellipsis, S("1"));
    bool plain = ellipsis.len == 0 || str_equal(ellipsis, S("false")) || str_equal(ellipsis, S("0"));
    if (at + word.len >= wish->name.len || (!flagged && !plain) || !str_to_u64(count, LIMIT_EXCERPT, &length) || length == 0)
        return REFUSE_WISH(w, "type", "\"%.*s\": say name:excerpt(length) or name:excerpt(length,true), at most %u.",
                           STR_ARG(short_name(wish->name)), LIMIT_EXCERPT);
    wish->name = str_slice(wish->name, 0, at);
    wish->excerpt = (uint32_t)length;
    wish->ellipsis = flagged;
    return ERR_OK;
}

static enum err add_wish(struct wishes *w, str name, bool wanted)
{
    if (w->count == LIMIT_FIELDS)
        return REFUSE_WISH(w, "limit", "At most %u fields can be named.", LIMIT_FIELDS);
    if (str_starts(name, S("..")))
        name = str_slice(name, 2, name.len);
    struct wish *wish = &w->items[w->count++];
    *wish = (struct wish){.name = name, .wanted = wanted};
    return str_ends(name, S(")")) ? read_excerpt(w, wish) : ERR_OK;
}

static enum err wishes_of_text(struct wishes *w, str text)
{
    str piece;
    bool ended = false;

    while (str_next(&text, &ended, ',', &piece)) {
        str more;
        if (memchr(piece.at, '(', piece.len) && !str_ends(piece, S(")")) && str_next(&text, &ended, ',', &more))
            piece.len = (size_t)(more.at + more.len - piece.at); /* a comma between the brackets */
        piece = str_trim(piece);
        bool unwanted = str_starts(piece, S("-"));
        TRY(add_wish(w, unwanted ? str_slice(piece, 1, piece.len) : piece, !unwanted));
    }
    return ERR_OK;
}

static enum err wishes_of_list(struct wishes *w, const struct json *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].type != JSON_TEXT)
            return REFUSE_WISH(w, "type", "A list of fields holds names.");
        TRY(add_wish(w, list->items[i].text, true));
    }
    return ERR_OK;
}

static enum err wishes_of_map(struct wishes *w, const struct json *map)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const struct json *v = &map->items[i];
        if (v->type == JSON_TEXT && v->text.len > 0) { /* {"heading":"title"} */
            TRY(add_wish(w, v->text, true));
            w->items[w->count - 1].alias = v->name;
            continue;
        }
        bool is_yes = (v->type == JSON_INT && v->integer == 1) || (v->type == JSON_BOOL && v->boolean);
        bool is_no = (v->type == JSON_INT && v->integer == 0) || (v->type == JSON_BOOL && !v->boolean);
        if (!is_yes && !is_no)
            return REFUSE_WISH(w, "type", "\"%.*s\" is 1, 0 or the name of a field.", STR_ARG(short_name(v->name)));
        TRY(add_wish(w, v->name, is_yes));
    }
    return ERR_OK;
}

static enum err read_wishes(struct wishes *w, str text)
{
    struct json_options options = {.dialect = JSON_5};
    const struct json *tree = NULL;

    if (!str_starts(text, S("{")) && !str_starts(text, S("[")))
        return wishes_of_text(w, text);
    TRY(json_read(w->arena, text, &options, w->where, &tree, w->why));
    return tree->type == JSON_MAP ? wishes_of_map(w, tree) : wishes_of_list(w, tree);
}

static struct output *find_output(struct query *q, const struct field *f)
{
    for (size_t i = 0; i < q->output_count; i++)
        if (q->outputs[i].field == f && str_is_absent(q->outputs[i].alias))
            return &q->outputs[i];
    return NULL;
}

/* Room doubles: 4, 8, … */
static struct output *new_output(struct wishes *w, struct query *q, const struct field *f)
{
    size_t n = q->output_count;

    if (n == 0 || (n >= 4 && (n & (n - 1)) == 0))
        q->outputs = arena_grow(w->arena, q->outputs, n * sizeof *q->outputs, (n == 0 ? 4 : 2 * n) * sizeof *q->outputs);
    q->outputs[n] = (struct output){.field = f, .named = true};
    q->output_count = n + 1;
    return &q->outputs[n];
}

static void keep_member(struct wishes *w, struct output *o, const struct place *p)
{
    struct buf dotted;
    str *keep = NEW_N(w->arena, str, o->keep_count + 1);

    buf_init(&dotted, w->arena, LIMIT_HEAD_BYTES);
    for (size_t i = 0; i < p->path_count; i++)
        buf_format(&dotted, "%s" STR_FMT, i > 0 ? "." : "", STR_ARG(p->path[i]));
    if (o->keep_count > 0)
        memcpy(keep, o->keep, o->keep_count * sizeof *keep);
    keep[o->keep_count++] = buf_str(&dotted);
    o->keep = keep;
}

/* A name that ends in a reference's "_id" wants the target's id, not the reference. */
static bool ends_in_id(const struct place *p)
{
    return is_reference(p->field) && !is_relation(p) && p->path_count == 0 && str_ends(p->name, S("._id"));
}

/* What is read of a relation's targets, made on first use. */
static struct query *branch_along(struct wishes *w, struct query *q, const struct field *along)
{
    const struct field *f = field_leads_into(along) ? along->via : along;
    struct output *o = find_output(q, f);
    struct query **branch;

    if (!o)
        o = new_output(w, q, f);
    branch = &o->branch;
    if (f != along) {
        if (!o->into)
            o->into = NEW_N(w->arena, struct query *, f->target_count);
        branch = &o->into[along - f->into];
    }
    if (!*branch)
        *branch = query_branch(w->arena, q, along);
    return *branch;
}

/* What refers to an item, and nothing of it is named: {"_id","_model"}, like links. */
static void name_referrers(struct wishes *w, struct query *q, const struct field *back)
{
    struct query *b = branch_along(w, q, back);

    b->with_model = true;
    if (b->output_count == 0)
        new_output(w, b, &b->from->fields[META_ID])->named = false;
}

/* Puts a name into the tree of queries: a branch per hop, then the field, then what to keep of it. */
static void add_output(struct wishes *w, struct query *q, const struct place *p)
{
    const struct field *last = p->field;
    size_t hops = p->hop_count + ends_in_id(p);

    for (size_t i = 0; i < hops; i++) {
        const struct field *along = i < p->hop_count ? p->hops[i] : p->field;
        q = branch_along(w, q, along);
    }
    if (last->backwards) {
        name_referrers(w, q, last);
        return;
    }
    last = field_stored(last); /* "about:posts" alone is "about" */
    if (ends_in_id(p))
        last = &q->from->fields[META_ID];
    struct output *o = find_output(q, last);
    bool is_new = !o;
    if (is_new)
        o = new_output(w, q, last);
    if (p->path_count == 0)
        o->keep_count = 0; /* all of it, whatever else was named */
    else if (is_new || o->keep_count > 0)
        keep_member(w, o, p);
}

/* Under another name, or only the beginning of it. */
static enum err add_special(struct wishes *w, struct query *q, const struct wish *wish, const struct place *p)
{
    bool whole = p->hop_count == 0 && p->path_count == 0 && p->part == PART_WHOLE && !ends_in_id(p) && !p->field->via;
    str shown = str_is_absent(wish->alias) ? p->field->name : wish->alias;

    if (!str_is_absent(wish->alias) && !is_member_name(wish->alias))
        return REFUSE_WISH(w, "name", "\"%.*s\" is no name: letters, digits and '_'.", STR_ARG(short_name(wish->alias)));
    if (!str_is_absent(wish->alias) && wish->alias.at[0] == '_')
        return REFUSE_WISH(w, "name", "\"%.*s\": names that begin with an underscore belong to the system.",
                           STR_ARG(short_name(wish->alias)));
    if (!whole)
        return REFUSE_WISH(w, "type", "\"%.*s\": only whole fields of the item get another name or are cut.",
                           STR_ARG(short_name(p->name)));
    if (wish->excerpt && (p->field->kind->column != COLUMN_TEXT || !(p->field->kind->flags & KIND_TEXTUAL)))
        return REFUSE_WISH(w, "type", "\"%.*s\" is no text to take an excerpt of.", STR_ARG(short_name(p->name)));
    for (size_t i = 0; i < q->output_count; i++)
        if (str_equal(query_shown_name(&q->outputs[i]), shown))
            return REFUSE_WISH(w, "repeated", "\"%.*s\" is named twice.", STR_ARG(short_name(shown)));
    struct output *o = new_output(w, q, p->field);
    o->alias = wish->alias;
    o->excerpt = wish->excerpt;
    o->ellipsis = wish->ellipsis;
    return ERR_OK;
}

/* "heading:title" is "title" by another name, unless "heading" leads to several collections. */
static enum err find_place(struct wishes *w, const struct name_scope *scope, struct wish *wish, struct place *p)
{
    struct problem quiet = {.arena = w->arena};
    str alias, name;

    if (!str_is_absent(wish->alias) || place_find(w->arena, scope, wish->name, p, &quiet) == ERR_OK ||
        !str_cut(wish->name, ':', &alias, &name) || name.len == 0)
        return place_find(w->arena, scope, wish->name, p, w->why);
    wish->alias = alias;
    return place_find(w->arena, scope, name, p, w->why);
}

static bool is_repeated(const struct query *q, const struct place *p)
{
    for (size_t i = 0; i < q->output_count; i++) {
        const struct output *o = &q->outputs[i];
        bool is_same = o->field == field_stored(p->field) || o->field == p->field;
        if (p->hop_count == 0 && (!is_same || o->excerpt) && str_equal(query_shown_name(o), p->field->name))
            return true;
    }
    return false;
}

static enum err read_inclusion(struct wishes *w, struct query *q, const struct name_scope *scope, bool with_id)
{
    if (with_id) /* not asked for by name: who may not read it does without */
        new_output(w, q, &q->from->fields[META_ID])->named = false;
    for (size_t i = 0; i < w->count; i++) {
        struct place p;
        struct wish *wish = &w->items[i];
        TRY(find_place(w, scope, wish, &p));
        if (p.hop_count + (ends_in_id(&p) || p.field->backwards) > LIMIT_POPULATE_HOPS)
            return REFUSE_WISH(w, "limit", "\"%.*s\" follows more than %u references.", STR_ARG(short_name(p.name)),
                               LIMIT_POPULATE_HOPS);
        if (wish->wanted && (!str_is_absent(wish->alias) || wish->excerpt))
            TRY(add_special(w, q, wish, &p));
        else if (wish->wanted && is_repeated(q, &p))
            return REFUSE_WISH(w, "repeated", "\"%.*s\" is named twice.", STR_ARG(short_name(p.field->name)));
        else if (wish->wanted)
            add_output(w, q, &p);
    }
    return ERR_OK;
}

static enum err read_exclusion(struct wishes *w, struct query *q, const struct name_scope *scope)
{
    field_set kept = q->from->all_fields;

    for (size_t i = 0; i < w->count; i++) {
        struct place p;
        TRY(place_find(w->arena, scope, w->items[i].name, &p, w->why));
        if (p.hop_count > 0 || p.path_count > 0 || p.field->via)
            return REFUSE_WISH(w, "type", "\"%.*s\": only whole fields can be left out.", STR_ARG(short_name(p.name)));
        if (!w->items[i].wanted)
            field_set_drop(&kept, p.field->index);
    }
    query_all_fields(w->arena, q, &kept);
    return ERR_OK;
}

enum err query_read_fields(struct arena *a, struct query *q, str text, str where, struct problem *why)
{
    struct wishes w = {.arena = a, .where = where, .why = why, .items = NEW_N(a, struct wish, LIMIT_FIELDS)};
    struct name_scope scope = {.in = q->from, .reader = q->reader, .plain = true, .where = where};
    size_t wanted = 0, unwanted = 0;
    bool with_id = true, says_id = false;

    text = str_trim(text);
    if (text.len > 0)
        TRY(read_wishes(&w, text));
    for (size_t i = 0; i < w.count; i++) {
        if (str_equal(w.items[i].name, S("_id"))) {
            says_id = true;
            with_id = w.items[i].wanted;
        } else if (w.items[i].wanted) {
            wanted++;
        } else {
            unwanted++;
        }
    }
    if (wanted > 0 && unwanted > 0)
        return REFUSE_WISH(&w, "type", "Fields are either named or left out, not both.");
    q->outputs = NULL;
    q->output_count = 0;
    if (wanted > 0 || (says_id && with_id && unwanted == 0))
        return read_inclusion(&w, q, &scope, with_id);
    return read_exclusion(&w, q, &scope);
}

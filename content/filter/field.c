/* Names in filters, sorts and projections: "title", "author.name", "rows.price", "author._id" and
 * Cockpit's "@author.name". A name that a reader may not know takes the same way out as one that does
 * not exist, before anything else about it is looked at. */
#include "base/utf8.h"
#include "content/access.h"
#include "content/filter/internal.h"
#include "content/kind.h"
#include "content/query/query.h"

#define SHORT_NAME_BYTES 80u

bool is_deep(const struct field *f)
{
    return (f->kind->flags & KIND_DEEP) != 0;
}

bool is_reference(const struct field *f)
{
    return (f->kind->flags & KIND_REF) != 0;
}

static bool is_secret(const struct field *f)
{
    return (f->kind->flags & (KIND_SECRET | KIND_DIGEST)) != 0;
}

const struct field *known_field(const struct collection *c, const struct rights *reader, str name)
{
    const struct field *f = collection_field(c, name);

    if (!f && str_ends(name, S(":locale"))) { /* Cockpit's word for the language that is asked for; fields have it anyway */
        f = collection_field(c, str_slice(name, 0, name.len - S(":locale").len));
        f = f && f->localized ? f : NULL;
    }
    if (!f || is_secret(f) || !field_set_has(&c->all_fields, f->index) ||
        field_set_has(&c->secret_fields, f->index))
        return NULL;
    if (!reader)
        return f;
    const struct access *access = rights_access(reader, VERB_READ, c);
    return access->granted && field_set_has(&access->fields, f->index) ? f : NULL;
}

const struct field *known_relation(const struct collection *c, const struct rights *reader, str name)
{
    const struct field *f = collection_relation(c, name);

    if (!f || is_secret(field_stored(f)))
        return NULL;
    if (!reader)
        return f;
    const struct access *access = rights_access(reader, VERB_READ, f->in);
    const struct access *target = rights_access(reader, VERB_READ, f->to);
    return access->granted && field_set_has(&access->fields, f->index) && target->granted ? f : NULL;
}

bool is_relation(const struct place *p)
{
    return p->field && p->path_count == 0 && (p->field->via || field_is_polymorphic(p->field));
}

bool is_member_name(str s)
{
    if (s.len == 0 || s.len > LIMIT_NAME_BYTES || (s.at[0] >= '0' && s.at[0] <= '9'))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return true;
}

str short_name(str name)
{
    return utf8_cut(name, SHORT_NAME_BYTES);
}

static const struct field *find_member(const struct field *of, str name)
{
    for (size_t i = 0; i < of->member_count; i++)
        if (str_equal(of->members[i].name, name) && !is_secret(&of->members[i]))
            return &of->members[i];
    return NULL;
}

static bool means_the_same(const struct field *a, const struct field *b)
{
    return a->kind == b->kind && a->to == b->to && a->member_count == 0 && b->member_count == 0 && a->of_count == 0 &&
           b->of_count == 0;
}

/* What some element of blocks may have. One name with two meanings is any JSON, and so is the component's own. */
static bool block_step(const struct field **member, str piece)
{
    const struct field *blocks = *member, *found = NULL;
    *member = NULL;
    if (str_equal(piece, S("_component")))
        return true;
    for (size_t i = 0; i < blocks->of_count; i++) {
        const struct field *f = collection_field(blocks->of[i], piece);
        if (f && found && !means_the_same(f, found))
            return true;
        found = f ? f : found;
    }
    *member = found;
    return found != NULL;
}

bool member_step(const struct field **member, str piece)
{
    if (*member && field_is_blocks(*member))
        return block_step(member, piece);
    if (!*member || (is_deep(*member) && (*member)->member_count == 0)) {
        *member = NULL;
        return is_member_name(piece);
    }
    if (!is_deep(*member))
        return false;
    *member = find_member(*member, piece);
    return *member != NULL;
}

/* Follows the rest of a name into the document that `member` holds. */
static enum err walk_document(struct arena *a, const struct name_scope *scope, const struct field *member,
                              str *rest, bool *ended, struct place *out, struct problem *why)
{
    str *path = NEW_N(a, str, LIMIT_FILTER_PATH);
    str piece;

    while (str_next(rest, ended, '.', &piece)) {
        if (out->path_count == LIMIT_FILTER_PATH)
            return problem_fault(why, ERR_BAD_INPUT, scope->where, S("limit"),
                                 "\"" STR_FMT "\" goes more than %u members deep.",
                                 STR_ARG(short_name(out->name)), LIMIT_FILTER_PATH);
        /* The id of a reference inside a document is the reference itself, as everywhere. */
        if (member && is_reference(member) && *ended && str_equal(piece, S("_id")))
            break;
        if (!member_step(&member, piece))
            return query_unknown_field(why, scope->where, piece);
        path[out->path_count++] = piece;
    }
    out->path = out->path_count > 0 ? path : NULL;
    out->member = member;
    return ERR_OK;
}

/* "about._model", "about._id"; another product says relationTo and value. */
static bool read_part(str piece, enum part *out)
{
    bool is_model = str_equal(piece, S("_model")) || str_equal(piece, S("relationTo"));
    bool is_id = str_equal(piece, S("_id")) || str_equal(piece, S("value"));
    *out = is_model ? PART_MODEL : PART_ID;
    return is_model || is_id;
}

static enum err too_many_hops(const struct name_scope *scope, const struct place *out, struct problem *why)
{
    return problem_fault(why, ERR_BAD_INPUT, scope->where, S("limit"), "\"" STR_FMT "\" follows more than %u references.",
                         STR_ARG(short_name(out->name)), LIMIT_FILTER_HOPS);
}

/* A name of a collection: hops as long as it leads through references, then what the last field holds. */
static enum err walk_collections(struct arena *a, const struct name_scope *scope, struct place *out,
                                 struct problem *why)
{
    const struct collection *c = scope->in;
    str rest = out->name, piece;
    bool ended = false;

    while (str_next(&rest, &ended, '.', &piece)) {
        bool is_poly = out->field && field_is_polymorphic(out->field);
        if (is_poly && ended && read_part(piece, &out->part))
            return ERR_OK;
        if (out->field && !is_poly && !out->field->via && str_equal(piece, S("_id")) && ended)
            return ERR_OK; /* "author._id" is "author" */
        if (out->field) {
            if (out->hop_count + scope->hops >= LIMIT_FILTER_HOPS)
                return too_many_hops(scope, out, why);
            out->hops[out->hop_count++] = out->field;
            c = out->field->to;
        }
        out->field = !c ? NULL : known_field(c, scope->reader, piece);
        if (c && !out->field)
            out->field = known_relation(c, scope->reader, piece);
        out->member = out->field;
        if (!out->field)
            return query_unknown_field(why, scope->where, piece);
        if (is_reference(out->field))
            continue;
        if (is_deep(out->field))
            return walk_document(a, scope, out->field, &rest, &ended, out, why);
        if (str_next(&rest, &ended, '.', &piece))
            return query_unknown_field(why, scope->where, piece);
    }
    bool looks_on = out->field && out->field->backwards; /* at other items, like a hop */
    return looks_on && out->hop_count + scope->hops >= LIMIT_FILTER_HOPS ? too_many_hops(scope, out, why) : ERR_OK;
}

const struct known *known_find(const struct known_names *s, str name)
{
    for (size_t i = 0; i < s->count; i++) {
        if (!str_equal(s->at[i].name, name))
            continue;
        if (s->at[i].field)
            field_set_add(s->used, s->at[i].field->index);
        return &s->at[i];
    }
    return NULL;
}

/* A name of a document: its first piece is a known name, and a part of the path like the others. */
static enum err walk_known(struct arena *a, const struct name_scope *scope, struct place *out, struct problem *why)
{
    str *path = NEW_N(a, str, LIMIT_FILTER_PATH + 1);
    str rest = out->name, first;
    bool ended = false;

    (void)str_next(&rest, &ended, '.', &first);
    const struct known *k = known_find(scope->known, first);
    if (!k)
        return query_unknown_field(why, scope->where, first);
    TRY(walk_document(a, scope, k->field, &rest, &ended, out, why));
    path[0] = first;
    if (out->path_count > 0)
        memcpy(path + 1, out->path, out->path_count * sizeof *path);
    out->path = path;
    out->path_count++;
    return ERR_OK;
}

static enum err find_plain(struct arena *a, const struct name_scope *scope, str name, struct place *out,
                           struct problem *why)
{
    *out = (struct place){.name = name};
    if (scope->known)
        return walk_known(a, scope, out, why);
    if (!scope->is_element) {
        if (name.len > 1 && name.at[0] == '@')
            out->name = str_slice(name, 1, name.len);
        return walk_collections(a, scope, out, why);
    }
    bool ended = false;
    return walk_document(a, scope, scope->element, &name, &ended, out, why);
}

/* "year(published_at)": a place and a function that it is looked at through. */
static enum err find_through(struct arena *a, const struct name_scope *scope, str word, str inner, struct place *out,
                             struct problem *why)
{
    str name = out->name;
    enum func func = func_find(word);

    if (func == FUNC_NONE || scope->known || scope->plain)
        return problem_fault(why, ERR_BAD_INPUT, scope->where, S("unknown-function"),
                             "There is no function \"" STR_FMT "\" here.", STR_ARG(short_name(word)));
    TRY(find_plain(a, scope, inner, out, why));
    bool is_far = out->field && (out->field->backwards || field_is_polymorphic(out->field));
    if (is_far || !func_takes(func, out->member))
        return problem_fault(why, ERR_BAD_INPUT, scope->where, S("function"),
                             STR_FMT "() makes no sense of \"" STR_FMT "\", which is a " STR_FMT ".",
                             STR_ARG(word), STR_ARG(short_name(inner)), STR_ARG(out->member->kind->name));
    out->name = name;
    out->func = func;
    return ERR_OK;
}

enum err place_find(struct arena *a, const struct name_scope *scope, str name, struct place *out,
                    struct problem *why)
{
    str word, inner;

    bool is_known = scope->known && known_find(scope->known, name);
    if (is_known || !func_split(name, &word, &inner))
        return find_plain(a, scope, name, out, why);
    *out = (struct place){.name = name};
    return find_through(a, scope, word, inner, out, why);
}

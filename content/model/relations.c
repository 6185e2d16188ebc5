/* The names of relations that nobody declares. They are fields like others to whoever looks along them, but
 * hang beside the collections' fields: nothing is kept, written or listed under them. */
#include "base/limits.h"
#include "content/kind.h"
#include "content/model/parts.h"

static str ready_name(struct arena *a, str name)
{
    return arena_format(a, "\"" STR_FMT "\":", STR_ARG(name));
}

/* "about:posts": what a reference to several collections is when it leads to one of them. */
void link_into(struct reader *r, struct field *f)
{
    struct field *into = NEW_N(r->arena, struct field, f->target_count);
    for (size_t i = 0; i < f->target_count; i++) {
        into[i] = *f;
        into[i].name = arena_format(r->arena, STR_FMT ":" STR_FMT, STR_ARG(f->name), STR_ARG(f->targets[i]->name));
        into[i].json_name = ready_name(r->arena, into[i].name);
        into[i].to = f->targets[i];
        into[i].targets = NULL;
        into[i].target_count = 0;
        into[i].via = f;
        into[i].is_meta = false;
    }
    f->into = into;
}

/* "posts_via_author", seen from authors, or what the reference calls it. */
static const struct field *make_back(struct reader *r, const struct field *via)
{
    const struct field *stored = field_stored(via);
    struct field *back = NEW(r->arena, struct field);
    str name = stored->back.len ? stored->back : arena_format(r->arena, STR_FMT "_via_" STR_FMT, STR_ARG(stored->in->name), STR_ARG(stored->name));
    *back = (struct field){
        .name = name,
        .label = name,
        .json_name = ready_name(r->arena, name),
        .kind = kind_find(S("ref"))->many,
        .in = stored->in,
        .index = stored->index,
        .many = true,
        .to = stored->in,
        .via = via,
        .backwards = true,
    };
    return back;
}

struct backs {
    const struct field **at;
    size_t count, room;
};

static void add_back(struct reader *r, struct backs *of, const struct field *via)
{
    struct backs *b = &of[via->to->index];
    if (b->count == b->room) {
        size_t room = b->room ? 2 * b->room : 8;
        b->at = arena_grow(r->arena, b->at, b->count * sizeof(struct field *), room * sizeof(struct field *));
        b->room = room;
    }
    b->at[b->count++] = make_back(r, via);
}

static void add_backs_of(struct reader *r, struct backs *of, const struct collection *c)
{
    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];
        if (!f->kind || !(f->kind->flags & KIND_REF) || !field_set_has(&c->all_fields, i))
            continue;
        for (size_t k = 0; k < f->target_count; k++)
            add_back(r, of, &f->into[k]);
        if (f->to)
            add_back(r, of, f);
    }
}

static bool is_called(const struct field *f, str name)
{
    return str_equal_nocase(f->name, name);
}

/* Somebody else on this collection has the name: a field of its own, or another reference's way back. */
static bool back_is_taken(const struct collection *c, const struct field *stored)
{
    for (size_t i = 0; i < c->field_count; i++)
        if (is_called(&c->fields[i], stored->back))
            return true;
    for (size_t i = 0; i < c->back_count; i++)
        if (field_stored(c->backs[i]) != stored && is_called(c->backs[i], stored->back))
            return true;
    return false;
}

static void check_back(struct reader *r, const struct field *f, const struct field_source *s)
{
    str path = written_path(r->why->arena, s->given, s->path, S("back"));
    if (!name_is_valid(f->back)) {
        REFUSE(r, path, "name", "It begins with a letter and has at most 64 letters, digits and underscores");
        return;
    }
    for (size_t k = 0; k < (f->to ? 1 : f->target_count); k++) {
        const struct collection *c = f->to ? f->to : f->targets[k];
        if (back_is_taken(c, f))
            REFUSE(r, path, "name-taken", STR_FMT " has something else called \"" STR_FMT "\", letter case aside", STR_ARG(c->name), STR_ARG(f->back));
    }
}

static void check_backs(struct reader *r)
{
    for (size_t i = 0; i < r->site_count; i++) {
        const struct field *f = r->sites[i].field;
        if (f->kind && f->in && f->back.len && (f->kind->flags & KIND_REF))
            check_back(r, f, r->sites[i].source);
    }
}

void link_relations(struct reader *r)
{
    struct backs *of = NEW_N(r->arena, struct backs, r->model->collection_count + 1);
    for (size_t i = 0; i < r->site_count; i++)
        if (field_is_polymorphic(r->sites[i].field))
            link_into(r, r->sites[i].field);
    for (size_t i = 0; i < r->model->collection_count; i++)
        if (!r->model->collections[i]->read_only) /* nor views: their references are their source's */
            add_backs_of(r, of, r->model->collections[i]);
    for (size_t i = 0; i < r->draft_count; i++) {
        struct collection *c = r->drafts[i].collection;
        if (!c || c->shape == SHAPE_COMPONENT) /* nothing refers to those */
            continue;
        c->backs = of[c->index].at;
        c->back_count = of[c->index].count;
    }
    check_backs(r);
}

const struct field *collection_relation(const struct collection *c, str name)
{
    str of, into;
    if (str_cut(name, ':', &of, &into)) {
        const struct field *f = collection_field(c, of);
        for (size_t i = 0; f && i < f->target_count; i++)
            if (str_equal(f->into[i].name, name))
                return &f->into[i];
        return NULL;
    }
    for (size_t i = 0; i < c->back_count; i++)
        if (str_equal(c->backs[i]->name, name))
            return c->backs[i];
    return NULL;
}

str reference_id(str reference, const struct collection *c)
{
    str model, id;
    return str_cut(reference, '/', &model, &id) && str_equal(model, c->name) ? id : (str){0};
}

/* Conditions on relations: some, none and every over what is related; what refers to an item; references to one
 * of several collections. All of it becomes SOME and tests that both evaluators know already.
 *
 * A hop means "some", so whatever is negative about the last relation of a name stands inside of a SOME over
 * the hops before it: {"author.posts_via_author":{"$none":…}} wants an author without such posts. */
#include "content/access.h"
#include "content/filter/internal.h"
#include "content/kind.h"

#define NAME(p) STR_ARG(short_name((p)->name))

/* Some of what the hops lead to. A test or a SOME at the end only gets longer names by it. */
static const struct filter *some(struct filter_reader *r, const struct field *const *hops, size_t count,
                                 const struct filter *inner)
{
    bool merges = inner->node == FILTER_TEST || inner->node == FILTER_SOME;
    if (count == 0 || inner->node == FILTER_NONE)
        return inner;
    struct filter *f = NEW(r->arena, struct filter);
    *f = merges ? *inner : (struct filter){.node = FILTER_SOME, .inner = inner};
    must(f->hop_count + count <= LIMIT_FILTER_HOPS);
    memmove(f->hops + count, f->hops, f->hop_count * sizeof *hops);
    memcpy(f->hops, hops, count * sizeof *hops);
    f->hop_count += count;
    return f;
}

static const struct filter *some_of(struct filter_reader *r, const struct field *relation, const struct filter *inner)
{
    return some(r, &relation, 1, inner);
}

const struct filter *filter_behind(struct arena *a, const struct field *reference, const struct filter *f)
{
    if (f->node == FILTER_NONE || (f->node == FILTER_ALL && reference->required)) /* it leads somewhere */
        return f;
    struct filter *out = NEW(a, struct filter);
    *out = (struct filter){.node = FILTER_SOME, .hops = {reference}, .hop_count = 1, .inner = f};
    return out;
}

/* Some, none, every. */

enum quantifier { SOME, NONE, EVERY, QUANTIFIER_COUNT };
static const str words[QUANTIFIER_COUNT] = {STR("$some"), STR("$none"), STR("$every")};

static enum quantifier quantifier_of(str name)
{
    unsigned q = 0;
    while (q < QUANTIFIER_COUNT && !str_equal(words[q], name))
        q++;
    return (enum quantifier)q;
}

bool is_quantifier(str name)
{
    return quantifier_of(name) != QUANTIFIER_COUNT;
}

/* Of the elements of a document: the same with ELEM. */
static const struct filter *some_element(struct filter_reader *r, const struct place *p, const struct filter *inner)
{
    if (inner->node == FILTER_NONE)
        return inner;
    struct filter *f = NEW(r->arena, struct filter);
    *f = (struct filter){.node = FILTER_TEST, .field = p->field, .path = p->path, .path_count = p->path_count,
                         .op = TEST_ELEM, .inner = inner};
    return f;
}

static bool is_document(const struct place *p)
{
    return !p->member || is_deep(p->member);
}

static enum err read_inner(struct filter_reader *r, const struct name_scope *names, unsigned level,
                           const struct place *p, const struct json *in, const struct filter **out)
{
    struct name_scope inner = *names;
    if (is_document(p)) {
        inner.is_element = true;
        inner.known = NULL;
        inner.element = p->member;
    } else {
        inner.in = p->field->to;
        inner.hops += p->hop_count + 1;
        if (inner.hops > LIMIT_FILTER_HOPS)
            return REFUSE(r, "limit", "\"%.*s\" follows more than %u references.", NAME(p), LIMIT_FILTER_HOPS);
    }
    return filter_read_members(r, &inner, level + 1, in, out);
}

enum err quantifier_read(struct filter_reader *r, const struct name_scope *names, unsigned level,
                         const struct place *p, const struct json *in, const struct filter **out)
{
    enum quantifier q = quantifier_of(in->name);
    const struct filter *inner = NULL;

    if (!is_document(p) && (!is_reference(p->field) || p->path_count > 0))
        return REFUSE(r, "operator", "%.*s asks about what is related; \"%.*s\" is a " STR_FMT ".",
                      STR_ARG(in->name), NAME(p), STR_ARG(p->member->kind->name));
    if (p->field && field_is_polymorphic(p->field) && p->path_count == 0)
        return REFUSE(r, "operator", "\"%.*s\" leads to several collections; name one, like \"" STR_FMT "\".", NAME(p),
                      STR_ARG(p->field->into[0].name));
    if (in->type != JSON_MAP)
        return REFUSE(r, "type", "%.*s of \"%.*s\" takes a filter, which is an object.", STR_ARG(in->name), NAME(p));
    if (level >= LIMIT_FILTER_DEPTH)
        return filter_too_deep(r);
    TRY(filter_count_node(r));
    TRY(read_inner(r, names, level, p, in, &inner));
    if (q == EVERY)
        inner = filter_not(r->arena, inner);
    const struct filter *f = is_document(p) ? some_element(r, p, inner) : some_of(r, p->field, inner);
    if (q != SOME)
        f = filter_not(r->arena, f);
    *out = some(r, p->hops, p->hop_count, f);
    return ERR_OK;
}

/* Tests on relations without a column of their own. */

struct relation {
    struct filter_reader *r;
    const struct place *place;
    enum test op;
    const struct json *in;
};

static enum err wrong_operator(const struct relation *t)
{
    return REFUSE(t->r, "operator", "%.*s cannot be used with \"%.*s\", which is a reference.",
                  STR_ARG(test_spellings[t->op]), NAME(t->place));
}

/* Does the test ask whether there is a value at all? *yes: whether it wants one. */
static bool asks_for_value(const struct relation *t, bool *yes)
{
    const struct json *in = t->in;
    bool json5 = t->r->options->dialect == JSON_5 && in->type == JSON_TEXT;
    if (in->type == JSON_NULL) {
        *yes = t->op == TEST_NE;
        return t->op == TEST_EQ || t->op == TEST_NE;
    }
    if (t->op != TEST_EXISTS)
        return false;
    *yes = (in->type == JSON_BOOL && in->boolean) || (in->type == JSON_INT && in->integer == 1) ||
           (json5 && (str_equal(in->text, S("true")) || str_equal(in->text, S("1"))));
    return *yes || (in->type == JSON_BOOL && !in->boolean) || (in->type == JSON_INT && in->integer == 0) ||
           (json5 && (str_equal(in->text, S("false")) || str_equal(in->text, S("0"))));
}

static bool is_negative(enum test op)
{
    return op == TEST_NE || op == TEST_NIN;
}

/* The operand's values: one, or those of a list. */
static enum err values_of(const struct relation *t, const struct json **values, uint32_t *count)
{
    bool listed = t->op == TEST_IN || t->op == TEST_NIN || t->op == TEST_ALL;
    if (!listed && t->op != TEST_EQ && t->op != TEST_NE && t->op != TEST_HAS)
        return wrong_operator(t);
    if (listed && t->in->type != JSON_LIST)
        return REFUSE(t->r, "type", "%.*s of \"%.*s\" takes a list of values.", STR_ARG(test_spellings[t->op]),
                      NAME(t->place));
    if (listed && t->in->count > LIMIT_FILTER_LIST)
        return REFUSE(t->r, "limit", "%.*s of \"%.*s\" has %u values, at most %u are allowed.",
                      STR_ARG(test_spellings[t->op]), NAME(t->place), t->in->count, LIMIT_FILTER_LIST);
    *values = listed ? t->in->items : t->in;
    *count = listed ? t->in->count : 1;
    return ERR_OK;
}

static const struct json *text_in(const struct json *v, str ours, str theirs)
{
    const struct json *m = v;
    if (v->type == JSON_MAP) {
        m = json_get(v, ours);
        m = m ? m : json_get(v, theirs);
    }
    return m && m->type == JSON_TEXT ? m : NULL;
}

static enum err not_a_reference(const struct relation *t)
{
    return REFUSE(t->r, "type", "%.*s of \"%.*s\" takes an id or an object with _model and _id.",
                  STR_ARG(test_spellings[t->op]), NAME(t->place));
}

static bool is_variable(const struct relation *t, const struct json *v)
{
    return t->r->options->allow_vars && v->type == JSON_TEXT && str_starts(v->text, S("$"));
}

static enum err no_variable(const struct relation *t)
{
    return REFUSE(t->r, "type", "A variable cannot be compared with \"%.*s\".", NAME(t->place));
}

/* References to one of several collections: texts "posts/<id>". */

static size_t target_count(const struct place *p)
{
    return p->field->via ? 1 : p->field->target_count;
}

static const struct collection *target_at(const struct place *p, size_t i)
{
    return p->field->via ? p->field->to : p->field->targets[i];
}

static str prefix_of(struct arena *a, const struct collection *c)
{
    return arena_format(a, STR_FMT "/", STR_ARG(c->name));
}

static enum err models_test(const struct relation *t, const struct json *values, uint32_t count, const struct filter **out)
{
    const struct filter **tests = NEW_N(t->r->arena, const struct filter *, count);
    const struct field *f = field_stored(t->place->field);
    for (uint32_t i = 0; i < count; i++) {
        const struct field *into = NULL;
        for (size_t k = 0; values[i].type == JSON_TEXT && k < f->target_count; k++)
            if (str_equal(f->targets[k]->name, values[i].text))
                into = &f->into[k];
        if (is_variable(t, &values[i]))
            return no_variable(t);
        if (!into)
            return REFUSE(t->r, "type", "\"%.*s\" is the name of a collection that it may lead to.", NAME(t->place));
        TRY(filter_count_node(t->r));
        tests[i] = filter_test(t->r->arena, f, TEST_STARTS, json_of_text(prefix_of(t->r->arena, into->to)));
    }
    *out = filter_group(t->r->arena, t->op == TEST_ALL ? FILTER_AND : FILTER_OR, tests, count);
    return ERR_OK;
}

/* Adds what `v` may be: the one reference it says, or its id in each collection. */
static enum err add_references(const struct relation *t, const struct json *v, struct json *list, uint32_t *count)
{
    const struct json *id = text_in(v, S("_id"), S("value"));
    const struct json *model = v->type == JSON_MAP ? text_in(v, S("_model"), S("relationTo")) : NULL;
    str name, rest;
    if (is_variable(t, v))
        return no_variable(t);
    if (!id)
        return not_a_reference(t);
    bool whole = !model && str_cut(id->text, '/', &name, &rest);
    for (size_t i = 0; i < target_count(t->place); i++) {
        const struct collection *c = target_at(t->place, i);
        if ((model && !str_equal(model->text, c->name)) || (whole && !str_equal(name, c->name)))
            continue;
        str text = arena_format(t->r->arena, STR_FMT "/" STR_FMT, STR_ARG(c->name), STR_ARG(whole ? rest : id->text));
        list[(*count)++] = json_of_text(text);
    }
    return ERR_OK;
}

/* One of these references; an empty list is never. */
static const struct filter *one_of(const struct relation *t, struct json *list, uint32_t count)
{
    const struct field *f = field_stored(t->place->field);
    if (count == 0)
        return &filter_none;
    return count == 1 ? filter_test(t->r->arena, f, TEST_EQ, list[0])
                      : filter_test(t->r->arena, f, TEST_IN, json_of_list(list, count));
}

static enum err references_test(const struct relation *t, const struct json *values, uint32_t count, const struct filter **out)
{
    size_t room = (size_t)count * target_count(t->place);
    struct json *list = NEW_N(t->r->arena, struct json, room);
    uint32_t n = 0;
    if (room > LIMIT_FILTER_LIST)
        return REFUSE(t->r, "limit", "%.*s of \"%.*s\" has %u values, too many for %zu collections.",
                      STR_ARG(test_spellings[t->op]), NAME(t->place), count, target_count(t->place));
    if (t->op == TEST_ALL) {
        const struct filter **tests = NEW_N(t->r->arena, const struct filter *, count);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t first = n;
            TRY(filter_count_node(t->r));
            TRY(add_references(t, &values[i], list, &n));
            tests[i] = one_of(t, list + first, n - first);
        }
        *out = filter_group(t->r->arena, FILTER_AND, tests, count);
        return ERR_OK;
    }
    TRY(filter_count_node(t->r));
    for (uint32_t i = 0; i < count; i++)
        TRY(add_references(t, &values[i], list, &n));
    *out = one_of(t, list, n);
    return ERR_OK;
}

static const struct filter *there_is_one(const struct relation *t)
{
    const struct field *f = t->place->field;
    if (field_is_polymorphic(f))
        return filter_test(t->r->arena, f, TEST_EXISTS, json_true);
    return filter_test(t->r->arena, f->via, TEST_STARTS, json_of_text(prefix_of(t->r->arena, f->to)));
}

static enum err polymorphic_test(const struct relation *t, const struct filter **out)
{
    const struct json *values = NULL;
    uint32_t count = 0;
    TRY(values_of(t, &values, &count));
    return t->place->part == PART_MODEL ? models_test(t, values, count, out) : references_test(t, values, count, out);
}

/* What refers to an item: by id, each of them or some. */

static enum err ids_test(const struct relation *t, const struct filter **out)
{
    const struct field *back = t->place->field, *id = &back->to->fields[META_ID];
    const struct json *values = NULL;
    uint32_t count = 0;
    TRY(values_of(t, &values, &count));
    struct json *ids = NEW_N(t->r->arena, struct json, count);
    const struct filter **tests = NEW_N(t->r->arena, const struct filter *, count);
    TRY(filter_count_node(t->r));
    for (uint32_t i = 0; i < count; i++) {
        const struct json *v = text_in(&values[i], S("_id"), S("value"));
        if (is_variable(t, &values[i]))
            return no_variable(t);
        if (!v)
            return not_a_reference(t);
        ids[i] = json_of_text(v->text);
        if (t->op == TEST_ALL)
            TRY(filter_count_node(t->r));
        tests[i] = some_of(t->r, back, filter_test(t->r->arena, id, TEST_EQ, ids[i]));
    }
    if (t->op == TEST_ALL || count == 1)
        *out = filter_group(t->r->arena, FILTER_AND, tests, count);
    else
        *out = count == 0 ? &filter_none
                          : some_of(t->r, back, filter_test(t->r->arena, id, TEST_IN, json_of_list(ids, count)));
    return ERR_OK;
}

static enum err count_test(const struct relation *t, const struct filter **out)
{
    struct place whole = {.name = t->place->name, .field = t->place->field, .member = t->place->field};
    struct filter *test = NEW(t->r->arena, struct filter);
    if (!t->place->field->many || field_leads_into(t->place->field))
        return wrong_operator(t);
    TRY(filter_count_node(t->r));
    *test = (struct filter){.node = FILTER_TEST, .field = t->place->field, .op = TEST_SIZE};
    TRY(operand_read(t->r, &whole, t->in, NULL, test));
    *out = test;
    return ERR_OK;
}

enum err relation_read(struct filter_reader *r, const struct place *p, enum test op, const struct json *in,
                       const struct filter **out)
{
    struct relation t = {r, p, op, in};
    const struct filter *f = NULL;
    bool yes;

    if (asks_for_value(&t, &yes)) {
        TRY(filter_count_node(r));
        f = p->field->backwards ? some_of(r, p->field, &filter_all) : there_is_one(&t);
        f = yes ? f : filter_not(r->arena, f);
    } else if (op == TEST_SIZE && p->part == PART_WHOLE) {
        TRY(count_test(&t, &f));
    } else {
        TRY(p->field->backwards ? ids_test(&t, &f) : polymorphic_test(&t, &f));
        f = is_negative(op) ? filter_not(r->arena, f) : f;
    }
    *out = some(r, p->hops, p->hop_count, f);
    return ERR_OK;
}

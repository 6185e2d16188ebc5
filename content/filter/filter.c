#include "content/filter/filter.h"

#include "base/time.h"
#include "content/aggregate/expression.h"
#include "content/filter/internal.h"
#include "content/kind.h"

/* A tree that was read has at most LIMIT_FILTER_DEPTH levels; rules that are joined get a few more. */
#define LEVELS_MAX (4 * LIMIT_FILTER_DEPTH)

const struct filter filter_all = {.node = FILTER_ALL};
const struct filter filter_none = {.node = FILTER_NONE};

const str test_spellings[TEST_COUNT] = {
#define X(name, spelling) [TEST_##name] = STR(spelling),
    TEST_TABLE(X)
#undef X
};

#define AS_IT_IS(name, spelling) {STR(spelling), TEST_##name, false, false},
const struct filter_operator filter_operators[] = {
    TEST_TABLE(AS_IT_IS)
    {STR("$nbetween"), TEST_BETWEEN, true, false},
    {STR("$nempty"), TEST_EMPTY, true, false},
    {STR("$notContains"), TEST_CONTAINS, true, false},
    {STR("$notStartsWith"), TEST_STARTS, true, false},
    {STR("$notEndsWith"), TEST_ENDS, true, false},
    {STR("$eqi"), TEST_EQ, false, true},
    {STR("$nei"), TEST_NE, false, true},
    {STR("$containsi"), TEST_CONTAINS, false, true},
    {STR("$startsWithi"), TEST_STARTS, false, true},
    {STR("$endsWithi"), TEST_ENDS, false, true},
    {STR("$notContainsi"), TEST_CONTAINS, true, true},
    {STR("$notStartsWithi"), TEST_STARTS, true, true},
    {STR("$notEndsWithi"), TEST_ENDS, true, true},
};
const size_t filter_operator_count = COUNTOF(filter_operators);

const str type_words[] = {STR("null"),   STR("bool"),  STR("number"), STR("int"),
                          STR("string"), STR("array"), STR("object")};
const size_t type_word_count = COUNTOF(type_words);

const str var_names[VAR_COUNT] = {
    [VAR_NONE] = STR(""),    [VAR_USER] = STR("$user"), [VAR_ROLE] = STR("$role"),
    [VAR_NOW] = STR("$now"), [VAR_IP] = STR("$ip"),     [VAR_KEY] = STR("$key"),
};

/* How many children a group has once those of its own sort are opened and neutral ones left out;
 * *absorbed is set when one child decides alone. */
static size_t folded_count(enum filter_node node, const struct filter *const *children, size_t count,
                           bool *absorbed)
{
    enum filter_node neutral = node == FILTER_AND ? FILTER_ALL : FILTER_NONE;
    enum filter_node absorbing = node == FILTER_AND ? FILTER_NONE : FILTER_ALL;
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (children[i]->node == absorbing)
            *absorbed = true;
        if (children[i]->node == node)
            n += children[i]->child_count;
        else if (children[i]->node != neutral)
            n++;
    }
    return n;
}

const struct filter *filter_group(struct arena *a, enum filter_node node,
                                  const struct filter *const *children, size_t count)
{
    must(node == FILTER_AND || node == FILTER_OR);
    enum filter_node neutral = node == FILTER_AND ? FILTER_ALL : FILTER_NONE;
    bool absorbed = false;
    size_t room = folded_count(node, children, count, &absorbed);

    if (absorbed)
        return node == FILTER_AND ? &filter_none : &filter_all;
    if (room == 0)
        return node == FILTER_AND ? &filter_all : &filter_none;

    const struct filter **kept = NEW_N(a, const struct filter *, room);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct filter *child = children[i];
        if (child->node == node) {
            memcpy(kept + n, child->children, child->child_count * sizeof *kept);
            n += child->child_count;
        } else if (child->node != neutral) {
            kept[n++] = child;
        }
    }
    if (n == 1)
        return kept[0];
    struct filter *group = NEW(a, struct filter);
    *group = (struct filter){.node = node, .children = kept, .child_count = n};
    return group;
}

const struct filter *filter_not(struct arena *a, const struct filter *f)
{
    if (f->node == FILTER_ALL)
        return &filter_none;
    if (f->node == FILTER_NONE)
        return &filter_all;
    if (f->node == FILTER_NOT)
        return f->children[0];
    const struct filter **child = NEW(a, const struct filter *);
    *child = f;
    struct filter *negation = NEW(a, struct filter);
    *negation = (struct filter){.node = FILTER_NOT, .children = child, .child_count = 1};
    return negation;
}

const struct filter *filter_and(struct arena *a, const struct filter *l, const struct filter *r)
{
    return filter_group(a, FILTER_AND, (const struct filter *const[]){l, r}, 2);
}

const struct filter *filter_or(struct arena *a, const struct filter *l, const struct filter *r)
{
    return filter_group(a, FILTER_OR, (const struct filter *const[]){l, r}, 2);
}

const struct filter *filter_test(struct arena *a, const struct field *f, enum test op, struct json operand)
{
    must(op != TEST_REGEX && op != TEST_TEXT && op != TEST_ELEM);
    struct filter *test = NEW(a, struct filter);
    *test = (struct filter){.node = FILTER_TEST, .field = f, .op = op, .operand = operand};
    return test;
}

static str *copy_texts(struct arena *a, const str *texts, size_t count)
{
    str *copies = NEW_N(a, str, count);

    for (size_t i = 0; i < count; i++)
        copies[i] = arena_copy(a, texts[i]);
    return copies;
}

const struct filter_operator *operator_of(const struct filter *test)
{
    bool caseless = test->func == FUNC_CASELESS;

    for (size_t i = 0; i < filter_operator_count; i++) {
        const struct filter_operator *o = &filter_operators[i];
        if (o->op == test->op && o->negated == test->negated && o->caseless == caseless)
            return o;
    }
    return &filter_operators[test->op]; /* $gt of a caseless text: nobody can write it */
}

static const struct from_now *copy_moment(struct arena *a, const struct from_now *m)
{
    struct from_now *copy = m ? NEW(a, struct from_now) : NULL;

    if (copy)
        *copy = *m;
    return copy;
}

static const struct filter *copy_level(struct arena *a, const struct filter *f, unsigned level)
{
    must(level < LEVELS_MAX);
    struct filter *copy = NEW(a, struct filter);
    *copy = *f;
    if (f->child_count > 0) {
        const struct filter **children = NEW_N(a, const struct filter *, f->child_count);
        for (size_t i = 0; i < f->child_count; i++)
            children[i] = copy_level(a, f->children[i], level + 1);
        copy->children = children;
    }
    if (f->path)
        copy->path = copy_texts(a, f->path, f->path_count);
    if (f->words)
        copy->words = copy_texts(a, f->words, f->word_count);
    if (f->inner)
        copy->inner = copy_level(a, f->inner, level + 1);
    copy->moment = copy_moment(a, f->moment);
    copy->until = copy_moment(a, f->until);
    copy->operand = json_copy(a, &f->operand);
    return copy;
}

const struct filter *filter_copy(struct arena *a, const struct filter *f)
{
    return copy_level(a, f, 0);
}

static unsigned depth_below(const struct filter *f, unsigned level)
{
    unsigned deepest = 0;

    must(level < LEVELS_MAX);
    for (size_t i = 0; i < f->child_count; i++) {
        unsigned d = depth_below(f->children[i], level + 1);
        deepest = d > deepest ? d : deepest;
    }
    if (f->inner)
        deepest = depth_below(f->inner, level + 1);
    return deepest + (f->child_count > 0 || f->inner != NULL);
}

unsigned filter_depth(const struct filter *f)
{
    return depth_below(f, 0);
}

static enum err see_fields(const struct filter *f,
                           enum err (*see)(void *self, const struct field *field, const struct filter *at),
                           void *self, unsigned level)
{
    must(level < LEVELS_MAX);
    for (size_t i = 0; i < f->child_count; i++)
        TRY(see_fields(f->children[i], see, self, level + 1));
    for (size_t i = 0; i < f->hop_count; i++)
        TRY(see(self, f->hops[i], f));
    if (f->expr) {
        const struct field *const *fields;
        size_t count = expression_fields(f->expr, &fields);
        for (size_t i = 0; i < count; i++)
            TRY(see(self, fields[i], f));
    }
    if (f->node == FILTER_SOME)
        return see_fields(f->inner, see, self, level + 1);
    /* Members of documents have no rights of their own, so what stands inside of ELEM is not shown. */
    return f->field ? see(self, f->field, f) : ERR_OK;
}

enum err filter_each_field(const struct filter *f,
                           enum err (*see)(void *self, const struct field *field, const struct filter *at),
                           void *self)
{
    return see_fields(f, see, self, 0);
}

static bool uses(const struct filter *f, enum var var, unsigned level)
{
    must(level < LEVELS_MAX);
    for (size_t i = 0; i < f->child_count; i++)
        if (uses(f->children[i], var, level + 1))
            return true;
    if (f->inner && uses(f->inner, var, level + 1))
        return true;
    return f->node == FILTER_TEST && (f->var == var || (var == VAR_NOW && f->dated));
}

bool filter_uses(const struct filter *f, enum var var)
{
    must(var != VAR_NONE);
    return uses(f, var, 0);
}

/* The instant in the field's own terms. */
static struct json now_for(struct arena *a, const struct field *f, int64_t now_ms)
{
    if (f && f->kind->column == COLUMN_TIME)
        return json_of_int(now_ms);
    if (f && (f->kind->column == COLUMN_INTEGER || f->kind->column == COLUMN_NUMBER))
        return json_of_int(now_ms / 1000);

    struct buf text;
    buf_init(&text, a, 64);
    time_write(&text, now_ms);
    str written = buf_str(&text); /* 2026-11-21T10:00:00Z */
    if (f && str_equal(f->kind->name, S("date")))
        return json_of_text(str_slice(written, 0, 10));
    if (f && str_equal(f->kind->name, S("time"))) /* kept without seconds that are zero */
        return json_of_text(str_slice(written, 11, now_ms / 1000 % 60 == 0 ? 16 : 19));
    return json_of_text(written);
}

static struct json now_of(struct arena *a, const struct filter *f, const struct from_now *m, int64_t now_ms)
{
    return now_for(a, f->path_count > 0 ? NULL : f->field, m ? moment_at(m, now_ms) : now_ms);
}

/* Either end may be a moment, the other one a value. */
static struct json now_between(struct arena *a, const struct filter *f, int64_t now_ms)
{
    struct json *ends = NEW_N(a, struct json, 2);

    ends[0] = f->moment ? now_of(a, f, f->moment, now_ms) : f->operand.items[0];
    ends[1] = f->until ? now_of(a, f, f->until, now_ms) : f->operand.items[1];
    return json_of_list(ends, 2);
}

struct json filter_operand(struct arena *a, const struct filter *f, const struct vars *vars)
{
    switch (f->var) {
    case VAR_USER:
        return str_is_absent(vars->user) ? json_null : json_of_text(vars->user);
    case VAR_IP:
        return str_is_absent(vars->ip) ? json_null : json_of_text(vars->ip);
    case VAR_KEY:
        return str_is_absent(vars->key) ? json_null : json_of_text(vars->key);
    case VAR_NOW:
        return f->op == TEST_BETWEEN ? now_between(a, f, vars->now_ms) : now_of(a, f, f->moment, vars->now_ms);
    case VAR_ROLE: {
        struct json *names = NEW_N(a, struct json, vars->role_count);
        for (size_t i = 0; i < vars->role_count; i++)
            names[i] = json_of_text(vars->roles[i]);
        return json_of_list(names, vars->role_count);
    }
    case VAR_NONE:
    case VAR_COUNT:
        break;
    }
    return f->operand;
}

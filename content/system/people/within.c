#include "content/system/people/within.h"

#include "content/aggregate/expression.h"
#include "content/system/system.h"

static bool implies_some(struct arena *a, const struct filter *narrow, const struct filter *wide)
{
    for (size_t i = 0; i < wide->child_count; i++)
        if (filter_implies(a, narrow, wide->children[i]))
            return true;
    return false;
}

static bool implies_each(struct arena *a, const struct filter *narrow, const struct filter *wide)
{
    for (size_t i = 0; i < wide->child_count; i++)
        if (!filter_implies(a, narrow, wide->children[i]))
            return false;
    return true;
}

/* Filters are a few levels deep (LIMIT_FILTER_DEPTH). */
bool filter_implies(struct arena *a, const struct filter *narrow, const struct filter *wide)
{
    if (wide->node == FILTER_ALL || narrow->node == FILTER_NONE)
        return true;
    if (narrow->node == FILTER_ALL || wide->node == FILTER_NONE)
        return false;
    if (str_equal(filter_print(a, narrow), filter_print(a, wide)))
        return true;
    if (wide->node == FILTER_AND)
        return implies_each(a, narrow, wide);
    if (narrow->node == FILTER_OR) {
        for (size_t i = 0; i < narrow->child_count; i++)
            if (!filter_implies(a, narrow->children[i], wide))
                return false;
        return true;
    }
    if (wide->node == FILTER_OR && implies_some(a, narrow, wide))
        return true;
    for (size_t i = 0; narrow->node == FILTER_AND && i < narrow->child_count; i++)
        if (filter_implies(a, narrow->children[i], wide))
            return true;
    return false;
}

static const struct json *given(const struct json *grant, str name)
{
    const struct json *v = json_get(grant, name);
    return v && v->type != JSON_NULL ? v : NULL;
}

static bool is_empty_list(const struct json *v)
{
    return !v || (v->type == JSON_LIST && v->count == 0);
}

static bool is_question(const struct filter *f)
{
    return f->node == FILTER_TEST || f->node == FILTER_SOME || f->node == FILTER_EXPR;
}

static bool has_test(struct arena *a, const struct filter *in, str printed)
{
    if (is_question(in))
        return str_equal(filter_print(a, in), printed);
    for (size_t i = 0; i < in->child_count; i++)
        if (has_test(a, in->children[i], printed)) /* LIMIT_FILTER_DEPTH */
            return true;
    return false;
}

static bool reads_field(const struct rights *r, const struct collection *c, const struct field *f)
{
    return field_set_has(&rights_access(r, VERB_READ, c)->fields, f->index);
}

static bool reads_all(const struct rights *r, const struct expression *e)
{
    const struct field *const *fields;
    size_t count = expression_fields(e, &fields);
    for (size_t i = 0; i < count; i++)
        if (!reads_field(r, fields[i]->in, fields[i]))
            return false;
    return true;
}

static bool may_ask_all(const struct rights *r, const struct filter *f);

/* May the author ask this question himself? Behind references conditions of grants see every item. */
static bool may_ask(const struct rights *r, const struct filter *test)
{
    for (size_t i = 0; i <= test->hop_count; i++) {
        const struct field *f = i < test->hop_count ? test->hops[i] : test->field;
        bool leads_on = f && (i < test->hop_count || f->backwards);
        if (f ? !reads_field(r, f->in, f) : test->node == FILTER_TEST)
            return false;
        if (leads_on && (!f->to || rights_access(r, VERB_READ, f->to)->where->node != FILTER_ALL))
            return false;
    }
    if (test->node == FILTER_EXPR)
        return reads_all(r, test->expr);
    return test->node == FILTER_TEST || may_ask_all(r, test->inner);
}

static bool may_ask_all(const struct rights *r, const struct filter *f)
{
    if (is_question(f) && !may_ask(r, f))
        return false;
    for (size_t i = 0; i < f->child_count; i++)
        if (!may_ask_all(r, f->children[i])) /* LIMIT_FILTER_DEPTH */
            return false;
    return true;
}

/* Which items a grant reaches can be found out by using it: a condition that is not the author's already must
 * be one that he could ask (AZ-4). *asks: there is one. */
static bool asks_only(struct arena *a, const struct rights *r, const struct filter *wanted, const struct filter *held,
                      bool *asks)
{
    if (is_question(wanted) && !has_test(a, held, filter_print(a, wanted))) {
        *asks = true;
        return may_ask(r, wanted);
    }
    for (size_t i = 0; i < wanted->child_count; i++)
        if (!asks_only(a, r, wanted->children[i], held, asks)) /* LIMIT_FILTER_DEPTH */
            return false;
    return true;
}

/* of_rows: it says which items are reached, not what a written one must be like. */
static bool condition_within(struct arena *a, const struct rights *r, const struct collection *c, const struct json *condition,
                             const struct filter *held, bool of_rows)
{
    struct problem quiet = {.arena = a};
    struct filter_options options = {.dialect = JSON_STRICT, .allow_vars = true, .where = STR("where")};
    const struct filter *wanted = &filter_all, *readable = rights_access(r, VERB_READ, c)->where;
    bool asks = false;
    if (condition && filter_read(a, r->model, c, condition, &options, &wanted, &quiet) != ERR_OK)
        return false; /* it may read one day */
    return filter_implies(a, wanted, held) && asks_only(a, r, wanted, held, &asks) &&
           (!asks || !of_rows || filter_implies(a, wanted, readable));
}

static bool fields_within(const struct json *fields, const struct access *held)
{
    if (is_empty_list(fields))
        return held->every_field;
    if (fields->type != JSON_LIST)
        return false;
    for (uint32_t i = 0; i < fields->count; i++) {
        const struct field *f = fields->items[i].type == JSON_TEXT ? collection_field(held->in, fields->items[i].text) : NULL;
        if (!f || !field_set_has(&held->fields, f->index))
            return false;
    }
    return true;
}

static bool locales_within(const struct json *locales, const struct access *held)
{
    if (is_empty_list(locales) || held->every_locale)
        return held->every_locale;
    for (uint32_t i = 0; i < locales->count; i++) {
        bool found = false;
        for (size_t k = 0; k < held->locale_count && locales->items[i].type == JSON_TEXT; k++)
            found |= str_equal_nocase(held->locales[k], locales->items[i].text);
        if (!found)
            return false;
    }
    return true;
}

/* Values that are forced on the author are forced on those he grants to. */
static bool presets_within(const struct json *preset, const struct access *held)
{
    for (size_t i = 0; i < held->preset_count; i++) {
        const struct json *same = json_get(preset, held->presets[i].field->name);
        if (!same || !json_equal(same, &held->presets[i].value))
            return false;
    }
    return true;
}

static bool verb_within(struct arena *a, const struct rights *r, const struct json *grant, const struct collection *c, enum verb v)
{
    const struct access *held = rights_access(r, v, c);
    bool writes = v == VERB_CREATE || v == VERB_UPDATE;
    if (!held->granted || !locales_within(given(grant, S("locales")), held))
        return false;
    if ((writes || v == VERB_READ) && !fields_within(given(grant, S("fields")), held))
        return false;
    if (writes && (!presets_within(given(grant, S("preset")), held) ||
                   !condition_within(a, r, c, given(grant, S("check")), held->check, false)))
        return false;
    return v == VERB_CREATE || condition_within(a, r, c, given(grant, S("where")), held->where, true);
}

static bool action_within(struct arena *a, const struct rights *r, const struct json *grant, const struct collection *c, str action)
{
    const struct action_access *held = rights_action(r, c, action);
    return held->granted && condition_within(a, r, c, given(grant, S("where")), held->where, true);
}

static bool named_within(struct arena *a, const struct rights *r, const struct json *grant, const struct collection *c, str verb)
{
    for (enum verb v = 0; v < VERB_COUNT; v++)
        if (str_equal(verb, verb_names[v]))
            return verb_within(a, r, grant, c, v);
    return action_within(a, r, grant, c, verb);
}

static bool is_empty_map(const struct json *v)
{
    return !v || (v->type == JSON_MAP && v->count == 0);
}

/* What another grant forces on the author counts, however wide this one is; and so does what he may not ask. */
static bool nothing_hidden(struct arena *a, const struct rights *r, const struct json *grant, const struct collection *c)
{
    if (!c)
        return is_empty_map(given(grant, S("where"))) && is_empty_map(given(grant, S("check")));
    return condition_within(a, r, c, given(grant, S("where")), &filter_all, true) &&
           condition_within(a, r, c, given(grant, S("check")), &filter_all, false) && (presets_within(given(grant, S("preset")), rights_access(r, VERB_CREATE, c)) &&
                  presets_within(given(grant, S("preset")), rights_access(r, VERB_UPDATE, c)));
}

/* Of the author's unconditional grants, those cover whatever may come. */
static bool is_covered(const struct rights *r, str collection, str verb)
{
    const struct collection *c = model_find(r->model, collection);
    for (size_t i = 0; i < r->wide_count; i++) {
        const struct wide_grant *w = &r->wide[i];
        bool names = str_equal(w->collection, collection) || (c && grant_names(w->collection, c)) ||
                     (!c && !system_name_reserved(collection) && pattern_covers(w->collection, collection));
        if (names && verb_listed(w->verbs, w->verb_count, verb))
            return true;
    }
    return false;
}

bool grant_is_within(struct arena *a, const struct rights *rights, const struct json *grant, str *excess)
{
    const struct rights *r = rights->lasting ? rights->lasting : rights;
    const struct json *verbs = given(grant, S("verbs")), *collection = given(grant, S("collection"));
    *excess = S("what it names");
    if (!collection || collection->type != JSON_TEXT || !verbs || verbs->type != JSON_LIST)
        return false;
    const struct collection *c = model_find(r->model, collection->text);
    for (uint32_t i = 0; i < verbs->count; i++) {
        if (verbs->items[i].type != JSON_TEXT)
            return false;
        str verb = verbs->items[i].text;
        *excess = arena_format(a, STR_FMT " on " STR_FMT, STR_ARG(verb), STR_ARG(collection->text));
        bool is_star = str_equal(verb, S("*"));
        bool covered = is_covered(r, collection->text, verb) && nothing_hidden(a, r, grant, c);
        if (!covered && (!c || is_star || !named_within(a, r, grant, c, verb)))
            return false;
    }
    return true;
}

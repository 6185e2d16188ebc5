/* Who is called what. A name is taken with everything that is made of it, so the candidates of a collection are tried
 * until one is free in all respects. */
#include "content/model/api_names.h"

#include "base/limits.h"
#include "content/kind.h"
#include "content/model/english.h"
#include "content/model/parts.h"
#include "content/pointer.h"

/* clang-format off */
const str api_type_endings[] = {
    STR(""), STR("Where"), STR("ListWhere"), STR("AnyWhere"), STR("OrderBy"), STR("Key"), STR("Connection"), STR("Edge"),
    STR("Create"), STR("Update"), STR("Input"), STR("Link"), STR("Links"), STR("LinkUpdate"), STR("LinksUpdate"),
    STR("NumbersEdit"), STR("ListsEdit"), STR("Translation"), STR("Made"), STR("Written"), STR("Changed"),
    STR("Aggregate"), STR("Group"), STR("GroupBy"), STR("GroupOrder"), STR("Having"), STR("AggregateOrder"),
    STR("Counts"), STR("CountsHaving"), STR("CountsOrder"), STR("Sums"), STR("SumsHaving"), STR("SumsOrder"),
    STR("Range"), STR("RangeHaving"), STR("RangeOrder"), STR("Change"), {0}};
const str api_field_endings[] = {
    STR(""), STR("Where"), STR("ListWhere"), STR("Input"), STR("Filter"), STR("ListFilter"), STR("Model"), STR("ModelFilter"), {0}};
const str api_scalars[] = {
    STR("Int"), STR("Float"), STR("String"), STR("Boolean"), STR("ID"), STR("DateTime"), STR("Date"), STR("Time"),
    STR("JSON"), STR("Long"), STR("Locale"), STR("Cursor"), STR("URL"), STR("Color"), STR("HTML"), STR("Upload"), {0}};
const str api_own_types[] = {
    STR("Query"), STR("Mutation"), STR("Subscription"), STR("Node"), STR("Block"), STR("PageInfo"), STR("Sort"),
    STR("Perspective"), STR("CollectionName"), STR("LinkTo"), STR("LinkPosition"), STR("ImageMode"), STR("ImageFormat"),
    STR("ImagePreset"), STR("ImageCrop"), STR("Viewer"), STR("ViewerAccess"), STR("Service"), STR("ServiceLimits"), STR("SearchHit"), STR("ReferenceFilter"), STR("ReferenceListFilter"),
    STR("GeoFilter"), STR("ChangeKind"), {0}};
static const str own_queries[] = {STR("node"), STR("nodes"), STR("search"), STR("me"), STR("_service"), {0}};
static const str query_endings[] = {STR(""), STR("Connection"), STR("Aggregate"), {0}};
static const str one_endings[] = {STR(""), STR("By"), {0}};
static const str scalar_endings[] = {STR(""), STR("Filter"), STR("ListFilter"), STR("Range"), {0}};
/* clang-format on */
static const str alone[] = {STR(""), {0}};

struct naming {
    struct reader *r;
    struct map *types, *queries, *changes; /* lower case -> the collection, or `own` */
    struct map *guessed_types, *guessed_lists;
    const struct collection *own;          /* stands for what no collection has */
};

static char upper(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

str api_pascal(struct arena *a, str name)
{
    char *at = arena_get(a, name.len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] != '_')
            at[n++] = i == 0 || name.at[i - 1] == '_' ? upper(name.at[i]) : name.at[i];
    return (str){at, n};
}

/* "URLList" is urlList. */
str api_camel(struct arena *a, str name)
{
    str pascal = api_pascal(a, name);
    char *at = arena_get(a, pascal.len + 1, 1);
    memcpy(at, pascal.at, pascal.len);
    for (size_t i = 0; i < pascal.len && pascal.at[i] >= 'A' && pascal.at[i] <= 'Z'; i++)
        if (i == 0 || i + 1 == pascal.len || !(pascal.at[i + 1] >= 'a' && pascal.at[i + 1] <= 'z'))
            at[i] = lower(pascal.at[i]);
    return (str){at, pascal.len};
}

static str with(struct arena *a, str name, str ending)
{
    return ending.len ? arena_format(a, STR_FMT STR_FMT, STR_ARG(name), STR_ARG(ending)) : name;
}

/* Who has one of these already; NULL: nobody. */
static const struct collection *owner_of(const struct naming *n, const struct map *taken, str name, const str *endings)
{
    for (; endings->at; endings++) {
        const struct collection *c = map_get(taken, lower_name(n->r->arena, with(n->r->arena, name, *endings)));
        if (c)
            return c;
    }
    return NULL;
}

static void take(struct naming *n, struct map *taken, str name, const str *endings, const struct collection *c)
{
    for (; endings->at; endings++)
        (void)map_put(taken, lower_name(n->r->arena, with(n->r->arena, name, *endings)), (void *)(uintptr_t)c);
}

/* Collections. */

static bool has_list(const struct collection *c)
{
    return c->shape == SHAPE_LIST || c->shape == SHAPE_TREE;
}

static str said(const struct draft *d, str key)
{
    const struct json *v = json_get(d->canonical, key);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static struct api_name names_of(struct arena *a, str one, str many)
{
    return (struct api_name){.one = api_camel(a, one), .type = api_pascal(a, one), .list = many, .types = api_pascal(a, many)};
}

/* What a collection is called if nobody else is called like that. */
static struct api_name natural(struct arena *a, const struct draft *d)
{
    const struct collection *c = d->collection;
    str one = said(d, S("singular")), many = said(d, S("plural"));
    if (!has_list(c)) {
        one = one.len ? one : c->name;
        struct api_name names = names_of(a, one, one);
        names.one = said(d, S("singular")).len ? names.one : c->name;
        names.list = names.one;
        return names;
    }
    str guess = english_singular(a, many.len ? many : c->name);
    one = one.len ? one : guess;
    many = many.len ? many : str_equal(guess, c->name) ? english_plural(a, c->name) : c->name;
    return names_of(a, one, many);
}

/* Whoever has the names of one item; the collection itself when they are those of its list. */
static const struct collection *one_in_the_way(const struct naming *n, const struct collection *c, const struct api_name *names)
{
    const struct collection *other = owner_of(n, n->types, names->type, api_type_endings);
    if (c->shape == SHAPE_COMPONENT || other)
        return other;
    other = owner_of(n, n->queries, names->one, one_endings);
    other = other ? other : owner_of(n, n->changes, names->type, alone);
    if (!has_list(c) || other)
        return other;
    return str_equal_nocase(names->type, names->types) || str_equal_nocase(names->one, names->list) ? c : NULL;
}

static const struct collection *list_in_the_way(const struct naming *n, const struct api_name *names)
{
    const struct collection *other = owner_of(n, n->queries, names->list, query_endings);
    return other ? other : owner_of(n, n->changes, names->types, alone);
}

static void take_one(struct naming *n, struct collection *c, const struct api_name *names)
{
    c->api.one = names->one;
    c->api.type = names->type;
    take(n, n->types, names->type, api_type_endings, c);
    if (c->shape == SHAPE_COMPONENT)
        return;
    take(n, n->queries, names->one, one_endings, c);
    take(n, n->changes, names->type, alone, c);
}

static void take_list(struct naming *n, struct collection *c, const struct api_name *names)
{
    c->api.list = names->list;
    c->api.types = names->types;
    if (!has_list(c))
        return;
    take(n, n->queries, names->list, query_endings, c);
    take(n, n->changes, names->types, alone, c);
}

static void refuse_name(struct naming *n, const struct draft *d, str key, const struct collection *other)
{
    str path = pointer_name(n->r->why->arena, d->path, key), given = said(d, key);
    if (other == n->own)
        REFUSE(n->r, path, "name-taken", "With \"" STR_FMT "\" it would be called like something that every schema has", STR_ARG(given));
    else if (other == d->collection)
        REFUSE(n->r, path, "name-taken", "One item and the list of them need different names");
    else
        REFUSE(n->r, path, "name-taken", "With \"" STR_FMT "\" it would be called like " STR_FMT ", letter case aside", STR_ARG(given),
               STR_ARG(other->name));
}

static bool said_is_valid(struct naming *n, const struct draft *d)
{
    static const str keys[] = {STR("singular"), STR("plural")};
    bool fine = true;
    for (size_t i = 0; i < COUNTOF(keys); i++) {
        str path = pointer_name(n->r->why->arena, d->path, keys[i]), given = said(d, keys[i]);
        if (given.len == 0)
            continue;
        if (i == 1 && !has_list(d->collection))
            REFUSE(n->r, path, "not-here", "There is no list of these to be called " STR_FMT, STR_ARG(given));
        else if (!name_is_valid(given))
            REFUSE(n->r, path, "name", "It begins with a letter and has at most 64 letters, digits and underscores");
        else
            continue;
        fine = false;
    }
    return fine;
}

static str numbered(struct arena *a, str name, str ending, unsigned number)
{
    return number < 2 ? with(a, name, ending) : arena_format(a, STR_FMT STR_FMT "%u", STR_ARG(name), STR_ARG(ending), number);
}

/* Names that nobody said give way. */
static void guess_list(struct naming *n, const struct collection *c, struct api_name *names)
{
    struct arena *a = n->r->arena;
    const struct api_name first = *names;
    for (unsigned i = 1; has_list(c) && owner_of(n, n->queries, names->list, query_endings); i++)
        names->list = numbered(a, first.list, S("List"), i);
    for (unsigned i = 1; has_list(c) && owner_of(n, n->changes, names->types, alone); i++)
        names->types = numbered(a, first.types, S("List"), i);
}

static void guess_one(struct naming *n, const struct collection *c, struct api_name *names)
{
    struct arena *a = n->r->arena;
    const struct api_name first = *names;
    str ending = c->shape == SHAPE_COMPONENT ? S("Block") : c->shape == SHAPE_SINGLE ? S("Single") : S("Item");
    for (unsigned i = 1; one_in_the_way(n, c, names); i++) {
        names->one = numbered(a, first.one, ending, i);
        names->type = numbered(a, first.type, ending, i);
    }
}

/* What somebody said he gets, unless it is what another one is called already, or would be by itself. */
static void take_said(struct naming *n, struct draft *d)
{
    struct arena *a = n->r->arena;
    struct collection *c = d->collection;
    if (!said_is_valid(n, d))
        return;
    const struct api_name names = natural(a, d);
    bool says_one = said(d, S("singular")).len > 0, says_list = said(d, S("plural")).len > 0;
    const struct collection *other = says_list ? list_in_the_way(n, &names) : NULL;
    other = says_list && !other ? map_get(n->guessed_lists, lower_name(a, names.list)) : other;
    if (other)
        refuse_name(n, d, S("plural"), other);
    else if (says_list)
        take_list(n, c, &names);
    other = says_one ? one_in_the_way(n, c, &names) : NULL;
    other = says_one && !other ? map_get(n->guessed_types, lower_name(a, names.type)) : other;
    if (other)
        refuse_name(n, d, S("singular"), other);
    else if (says_one)
        take_one(n, c, &names);
}

static void take_guessed(struct naming *n, struct draft *d)
{
    struct collection *c = d->collection;
    struct api_name names = natural(n->r->arena, d);
    if (said(d, S("plural")).len == 0) {
        guess_list(n, c, &names);
        take_list(n, c, &names);
    }
    if (said(d, S("singular")).len == 0) {
        guess_one(n, c, &names);
        take_one(n, c, &names);
    }
    if (!has_list(c))
        c->api.list = c->api.one;
}

/* What those are called who say nothing, if nobody else is. */
static void note_guesses(struct naming *n)
{
    struct arena *a = n->r->arena;
    for (size_t i = 0; i < n->r->draft_count; i++) {
        struct draft *d = &n->r->drafts[i];
        if (!d->collection)
            continue;
        const struct api_name names = natural(a, d);
        if (said(d, S("singular")).len == 0)
            (void)map_put(n->guessed_types, lower_name(a, names.type), d->collection);
        if (said(d, S("plural")).len == 0 && has_list(d->collection))
            (void)map_put(n->guessed_lists, lower_name(a, names.list), d->collection);
    }
}

/* Fields. */

str option_text(const struct json *option)
{
    const struct json *v = option->type == JSON_MAP ? json_get(option, S("value")) : option;
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

bool options_are_names(const struct json *options)
{
    static const str words[] = {STR("true"), STR("false"), STR("null")};
    if (!options || options->type != JSON_LIST || options->count == 0)
        return false;
    for (uint32_t i = 0; i < options->count; i++) {
        str text = option_text(&options->items[i]);
        if (text.len == 0 || str_starts(text, S("__")) || (text.at[0] >= '0' && text.at[0] <= '9'))
            return false;
        for (size_t k = 0; k < text.len; k++)
            if (!(lower(text.at[k]) >= 'a' && lower(text.at[k]) <= 'z') && !(text.at[k] >= '0' && text.at[k] <= '9') && text.at[k] != '_')
                return false;
        for (size_t k = 0; k < COUNTOF(words); k++)
            if (str_equal(words[k], text))
                return false;
        for (uint32_t k = 0; k < i; k++)
            if (str_equal(option_text(&options->items[k]), text))
                return false;
    }
    return true;
}

static bool is_document(const struct field *f)
{
    return f->member_count > 0 && f->of_count == 0;
}

static bool has_type(const struct field *f)
{
    return is_document(f) || field_is_blocks(f) || field_is_polymorphic(f) || (f->options && options_are_names(f->options));
}

static void name_field(struct naming *n, const struct collection *c, struct field *f, str name, str plain);

/* Recursion: sets are at most LIMIT_FIELD_DEPTH deep. */
static void name_fields(struct naming *n, const struct collection *c, str type, const struct field *fields, size_t count)
{
    struct arena *a = n->r->arena;
    for (size_t i = 0; i < count; i++) {
        struct field *f = (struct field *)(uintptr_t)&fields[i];
        if (f->kind && has_type(f))
            name_field(n, c, f, with(a, type, api_pascal(a, f->name)), arena_format(a, STR_FMT "_" STR_FMT, STR_ARG(type), STR_ARG(f->name)));
    }
}

/* plain: what it is called with a number behind it when somebody is called `name`. */
static void name_field(struct naming *n, const struct collection *c, struct field *f, str name, str plain)
{
    for (unsigned k = 1; owner_of(n, n->types, name, api_field_endings); k++)
        name = numbered(n->r->arena, plain, S(""), k);
    f->api_type = name;
    take(n, n->types, name, api_field_endings, c);
    if (is_document(f))
        name_fields(n, c, name, f->members, f->member_count);
}

/* "pay" of orders takes a PayOrderInput, the input of "PayOrder", and gives a PayOrderAnswer. */
static void name_action(struct naming *n, const struct collection *c, const struct action *action)
{
    struct arena *a = n->r->arena;
    str name = with(a, api_pascal(a, action->name), c->api.type);
    if (action->out && action->out->input)
        name_field(n, c, action->out->input, name, name);
    if (action->out && action->out->output)
        name_field(n, c, action->out->output, with(a, name, S("Answer")), with(a, name, S("Answer")));
}

static void take_own_names(struct naming *n)
{
    for (size_t i = 0; api_scalars[i].at; i++)
        take(n, n->types, api_scalars[i], scalar_endings, n->own);
    for (size_t i = 0; api_own_types[i].at; i++)
        take(n, n->types, api_own_types[i], alone, n->own);
    for (size_t i = 0; own_queries[i].at; i++)
        take(n, n->queries, own_queries[i], alone, n->own);
}

void link_names(struct reader *r)
{
    size_t expected = r->draft_count * COUNTOF(api_type_endings) + 64;
    struct naming n = {.r = r, .types = map_new(r->arena, expected), .queries = map_new(r->arena, r->draft_count * 5),
                       .changes = map_new(r->arena, r->draft_count * 2), .guessed_types = map_new(r->arena, r->draft_count),
                       .guessed_lists = map_new(r->arena, r->draft_count), .own = NEW(r->arena, struct collection)};
    take_own_names(&n);
    note_guesses(&n);
    for (size_t i = 0; i < r->draft_count; i++)
        if (r->drafts[i].collection)
            take_said(&n, &r->drafts[i]);
    if (r->faults > 0)
        return;
    for (size_t i = 0; i < r->draft_count; i++)
        if (r->drafts[i].collection)
            take_guessed(&n, &r->drafts[i]);
    for (size_t i = 0; i < r->draft_count; i++) {
        const struct collection *c = r->drafts[i].collection;
        if (c)
            name_fields(&n, c, c->api.type, c->fields + META_COUNT, c->field_count - META_COUNT);
    }
    for (size_t i = 0; i < r->draft_count; i++) {
        const struct collection *c = r->drafts[i].collection;
        for (size_t k = 0; c && k < c->action_count; k++)
            name_action(&n, c, &c->actions[k]);
    }
}

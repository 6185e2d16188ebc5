/* Models of Cockpit: files that PHP wrote, or documents. What the model's reader understands by itself
 * (docs/model.md, "Cockpit's spelling") goes through as it is; here is what has to be put otherwise. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/php.h"
#include "server/transfer/import_cockpit.h"

#define MODEL_BYTES (8u << 20)
#define SUFFIX ".model.php"

/* Reading. */

static enum err keep_model(struct cockpit *c, const struct json *given)
{
    str name = text_member(given, S("name"));
    if (name.len == 0)
        return problem_set(c->why, ERR_BAD_INPUT, "A model has no name: nothing was imported");
    for (size_t i = 0; i < c->model_count; i++)
        if (str_equal(c->models[i].name, name))
            return ERR_OK;
    if (c->model_count == LIMIT_COLLECTIONS)
        return problem_set(c->why, ERR_TOO_LARGE, "More than %u models", LIMIT_COLLECTIONS);
    str type = text_member(given, S("type"));
    struct cockpit_model *m = &c->models[c->model_count++];
    *m = (struct cockpit_model){.name = name, .own = import_name(&c->names, S("model"), name), .given = given};
    m->is_single = str_equal(type, S("singleton"));
    m->is_tree = str_equal(type, S("tree"));
    if (!str_equal(m->own, name))
        transfer_tell(c->to, arena_format(c->arena, "The model " STR_FMT " is the collection " STR_FMT " here: its name is taken or no name here", STR_ARG(name), STR_ARG(m->own)));
    return ERR_OK;
}

static enum err read_file(struct cockpit *c, str path)
{
    struct buf text;
    const struct json *given;
    FILE *f = fopen(arena_cstr(c->arena, path), "rb");
    buf_init(&text, c->arena, MODEL_BYTES);
    if (!f)
        return problem_set(c->why, ERR_NOT_FOUND, STR_FMT " cannot be read", STR_ARG(path));
    for (size_t got = 1; got > 0;) {
        char piece[4096];
        got = fread(piece, 1, sizeof piece, f);
        buf_add(&text, (str){piece, got});
    }
    (void)fclose(f);
    if (text.failed)
        return problem_set(c->why, ERR_TOO_LARGE, STR_FMT " is too large", STR_ARG(path));
    TRY(php_read(c->arena, buf_str(&text), path, &given, c->why));
    return keep_model(c, given);
}

static int by_name(const void *a, const void *b)
{
    return str_order(*(const str *)a, *(const str *)b);
}

static enum err read_folder(struct cockpit *c)
{
    str path = arena_format(c->arena, STR_FMT "/content", STR_ARG(c->storage));
    DIR *folder = opendir(arena_cstr(c->arena, path));
    str *names = NEW_N(c->arena, str, LIMIT_COLLECTIONS);
    size_t count = 0;
    bool too_many = false;
    for (struct dirent *d; folder && !too_many && (d = readdir(folder)) != NULL;) {
        bool is_model = str_ends(str_of(d->d_name), S(SUFFIX));
        too_many = is_model && count == LIMIT_COLLECTIONS;
        if (is_model && !too_many)
            names[count++] = arena_copy(c->arena, str_of(d->d_name));
    }
    if (folder)
        (void)closedir(folder);
    if (too_many)
        return problem_set(c->why, ERR_TOO_LARGE, "More than %u models", LIMIT_COLLECTIONS);
    if (count > 1)
        qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++)
        TRY(read_file(c, arena_format(c->arena, STR_FMT "/" STR_FMT, STR_ARG(path), STR_ARG(names[i]))));
    return ERR_OK;
}

struct model_sink {
    struct cockpit_sink sink;         /* first */
    struct cockpit *c;
};

static enum err keep_document(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why)
{
    struct cockpit *c = ((struct model_sink *)(void *)self)->c;
    struct json *copy = NEW(c->arena, struct json);
    (void)a;
    (void)why;
    *copy = json_copy(c->arena, document);
    return keep_model(c, copy);
}

enum err cockpit_read_models(struct cockpit *c)
{
    struct model_sink sink = {{keep_document}, c};
    c->models = NEW_N(c->arena, struct cockpit_model, LIMIT_COLLECTIONS);
    TRY(read_folder(c));
    TRY(cockpit_documents(c, c->content, S("models"), &sink.sink, NULL));
    return c->model_count ? ERR_OK
                          : problem_set(c->why, ERR_BAD_INPUT, "There are no models in " STR_FMT "/content: nothing was imported", STR_ARG(c->storage));
}

const struct cockpit_model *cockpit_model_named(const struct cockpit *c, str name)
{
    for (size_t i = 0; i < c->model_count; i++)
        if (str_equal(c->models[i].name, name))
            return &c->models[i];
    return NULL;
}

/* Fields. */

static const struct {
    str type;
    enum cockpit_as as;
} types[] = {
    {STR("text"), AS_IT_IS}, {STR("wysiwyg"), AS_IT_IS}, {STR("code"), AS_IT_IS}, {STR("boolean"), AS_IT_IS}, {STR("number"), AS_NUMBER},
    {STR("select"), AS_CHOICE}, {STR("tags"), AS_WORDS}, {STR("date"), AS_IT_IS}, {STR("time"), AS_IT_IS}, {STR("datetime"), AS_IT_IS},
    {STR("color"), AS_IT_IS}, {STR("object"), AS_IT_IS}, {STR("set"), AS_SET}, {STR("table"), AS_SET}, {STR("nav"), AS_IT_IS},
    {STR("asset"), AS_ASSET}, {STR("contentItemLink"), AS_LINK}, {STR("layout"), AS_IT_IS}, {STR("seo"), AS_IT_IS},
    {STR("pagesUrl"), AS_IT_IS}, {STR("collectionPageItems"), AS_IT_IS},
};

static const struct json *option(const struct json *given, str name)
{
    return json_get(json_get(given, S("opts")), name);
}

static const struct json *inner_fields(const struct json *given)
{
    const struct json *list = option(given, str_equal(text_member(given, S("type")), S("table")) ? S("columns") : S("fields"));
    return list && list->type == JSON_LIST && list->count ? list : NULL;
}

static bool is_choice(const struct json *options)
{
    return options && ((options->type == JSON_TEXT && options->text.len) || (options->type == JSON_LIST && options->count));
}

/* How its values are taken, and by which type the model's reader knows it; {0}: by its own. */
static str settle_type(struct cockpit *c, const struct json *given, struct cockpit_field *f, size_t depth)
{
    str type = text_member(given, S("type"));
    size_t k = 0;
    while (k < COUNTOF(types) && !str_equal(types[k].type, type))
        k++;
    f->as = k < COUNTOF(types) ? types[k].as : AS_IT_IS;
    if (str_is_absent(type))
        return S("text");
    if (f->as == AS_CHOICE && !is_choice(option(given, S("options")))) {
        f->as = AS_IT_IS;
        return S("text");
    }
    if (f->as == AS_LINK) {
        f->to = cockpit_model_named(c, text_member(json_get(given, S("opts")), S("link")));
        if (f->to && !f->to->is_single)
            return (str){0};
    } else if (k < COUNTOF(types) && (f->as != AS_SET || (inner_fields(given) && depth < LIMIT_FIELD_DEPTH))) {
        return (str){0};
    }
    f->as = AS_IT_IS;
    transfer_tell(c->to, arena_format(c->arena, "Fields like " STR_FMT " (" STR_FMT ") are kept as objects", STR_ARG(f->name), STR_ARG(type)));
    return S("object");
}

static void compile_fields(struct cockpit *c, const struct json *list, struct cockpit_field **out, size_t *count, size_t depth)
{
    *out = NEW_N(c->arena, struct cockpit_field, list && list->type == JSON_LIST ? list->count : 0);
    *count = 0;
    struct import_names own = {.arena = c->arena};
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++) {
        const struct json *given = &list->items[i];
        struct cockpit_field *f = &(*out)[(*count)++];
        f->name = text_member(given, S("name"));
        f->own = import_name(&own, S("field"), f->name);
        str other = settle_type(c, given, f, depth);
        f->many = true_member(given, S("multiple")) || true_member(json_get(given, S("opts")), S("multiple")) || f->as == AS_WORDS ||
                  str_equal(text_member(given, S("type")), S("table"));
        f->many = f->many && !str_equal(other, S("object"));
        f->localized = true_member(given, S("i18n")) && depth == 0 && f->as != AS_LINK && f->as != AS_ASSET;
        f->required = true_member(given, S("required"));
        if (f->as == AS_SET)
            compile_fields(c, inner_fields(given), &f->members, &f->member_count, depth + 1);
    }
}

static bool names(const struct json *unique, str name)
{
    str rest = unique && unique->type == JSON_TEXT ? unique->text : S(""), piece;
    bool ended = false;
    while (str_next(&rest, &ended, ',', &piece))
        if (str_equal(str_trim(piece), name))
            return true;
    for (uint32_t i = 0; unique && unique->type == JSON_LIST && i < unique->count; i++)
        if (json_is_text(&unique->items[i], name))
            return true;
    return false;
}

enum err cockpit_compile(struct cockpit *c)
{
    for (size_t i = 0; i < c->model_count; i++) {
        struct cockpit_model *m = &c->models[i];
        compile_fields(c, json_get(m->given, S("fields")), &m->fields, &m->field_count, 0);
        const struct json *unique = json_get(json_get(m->given, S("meta")), S("unique"));
        for (size_t k = 0; k < m->field_count; k++)
            m->fields[k].unique = names(unique, m->fields[k].name);
    }
    return ERR_OK;
}

/* Definitions. */

static str option_text(struct arena *a, const struct json *v)
{
    return v && v->type == JSON_INT ? arena_format(a, "%lld", (long long)v->integer) : v && v->type == JSON_TEXT ? v->text : S("");
}

/* Each option once, and all of them texts. */
static struct json options_of(struct arena *a, const struct json *given)
{
    if (given->type != JSON_LIST)
        return *given;
    struct json *out = NEW_N(a, struct json, given->count);
    struct map *seen = map_new(a, given->count);
    size_t count = 0;
    for (uint32_t i = 0; i < given->count; i++) {
        const struct json *one = &given->items[i];
        str value = option_text(a, one->type == JSON_MAP ? json_get(one, S("value")) : one), label = text_member(one, S("label"));
        if (value.len == 0 || map_put(seen, value, out))
            continue;
        struct member_list m = {.arena = a};
        member_put(&m, S("value"), json_of_text(value));
        if (label.len)
            member_put(&m, S("label"), json_of_text(label));
        out[count++] = label.len ? member_map(&m) : json_of_text(value);
    }
    return json_of_list(out, count);
}

static struct json define_fields(struct cockpit *c, const struct cockpit_model *m, const struct json *list, const struct cockpit_field *fields, size_t depth);

static struct json define_opts(struct cockpit *c, const struct cockpit_model *m, const struct json *given, const struct cockpit_field *f, size_t depth)
{
    struct member_list out = {.arena = c->arena};
    const struct json *opts = json_get(given, S("opts")), *inner = inner_fields(given);
    for (uint32_t i = 0; i < opts->count; i++) {
        const struct json *v = &opts->items[i];
        bool is_default = str_equal(v->name, S("default"));
        if (is_default && (f->as == AS_LINK || f->as == AS_ASSET || f->as == AS_SET || f->as == AS_CHOICE))
            continue;
        if (f->as == AS_LINK && str_equal(v->name, S("link")))
            member_put(&out, v->name, json_of_text(f->to->own));
        else if (f->as == AS_CHOICE && str_equal(v->name, S("options")))
            member_put(&out, v->name, options_of(c->arena, v));
        else if (f->as == AS_SET && v == inner) /* the list that f->members were made of, and no other */
            member_put(&out, v->name, define_fields(c, m, v, f->members, depth + 1));
        else
            member_put(&out, v->name, *v);
    }
    return member_map(&out);
}

static bool stays_required(struct cockpit *c, const struct cockpit_model *m, const struct cockpit_field *f, size_t depth)
{
    if (f->empty == 0 && depth == 0)
        return true;
    transfer_tell(c->to, arena_format(c->arena, STR_FMT "." STR_FMT " is required no more: there are items without it", STR_ARG(m->own), STR_ARG(f->own)));
    return false;
}

static struct json define_field(struct cockpit *c, const struct cockpit_model *m, const struct json *given, const struct cockpit_field *f, size_t depth)
{
    struct member_list out = {.arena = c->arena};
    struct cockpit_field again = {.name = f->name};
    str other = settle_type(c, given, &again, depth);
    bool has_type = false;
    for (uint32_t i = 0; i < given->count; i++) {
        const struct json *v = &given->items[i];
        bool is_type = str_equal(v->name, S("type")), is_i18n = str_equal(v->name, S("i18n"));
        has_type |= is_type;
        if (is_i18n && true_member(given, v->name) && !f->localized) {
            transfer_tell(c->to, arena_format(c->arena, STR_FMT "." STR_FMT " is the same in every language here", STR_ARG(m->own), STR_ARG(f->own)));
            continue;
        }
        if (str_equal(v->name, S("required")) && f->required && !stays_required(c, m, f, depth))
            continue;
        if (str_equal(v->name, S("name")))
            member_put(&out, v->name, json_of_text(f->own));
        else if (is_type && !str_is_absent(other))
            member_put(&out, v->name, json_of_text(other));
        else if (str_equal(v->name, S("opts")) && v->type == JSON_MAP)
            member_put(&out, v->name, define_opts(c, m, given, f, depth));
        else if (!(str_equal(v->name, S("multiple")) && str_equal(other, S("object"))))
            member_put(&out, v->name, *v);
    }
    if (!has_type)
        member_put(&out, S("type"), json_of_text(other));
    return member_map(&out);
}

/* Recursion: settle_type makes no set deeper than LIMIT_FIELD_DEPTH. */
static struct json define_fields(struct cockpit *c, const struct cockpit_model *m, const struct json *list, const struct cockpit_field *fields, size_t depth)
{
    struct json *out = NEW_N(c->arena, struct json, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        out[i] = list->items[i].type == JSON_MAP ? define_field(c, m, &list->items[i], &fields[i], depth) : list->items[i];
    return json_of_list(out, list->count);
}

static struct json unique_names(struct cockpit *c, const struct cockpit_model *m, const struct json *meta)
{
    struct member_list out = {.arena = c->arena};
    struct json *list = NEW_N(c->arena, struct json, m->field_count);
    size_t count = 0;
    for (size_t i = 0; i < m->field_count; i++)
        if (m->fields[i].unique)
            list[count++] = json_of_text(m->fields[i].own);
    for (uint32_t i = 0; i < meta->count; i++)
        member_put(&out, meta->items[i].name, str_equal(meta->items[i].name, S("unique")) ? json_of_list(list, count) : meta->items[i]);
    return member_map(&out);
}

static const struct json *define(struct cockpit *c, const struct cockpit_model *m)
{
    struct member_list out = {.arena = c->arena};
    struct json *definition = NEW(c->arena, struct json);
    for (uint32_t i = 0; i < m->given->count; i++) {
        const struct json *v = &m->given->items[i];
        if (str_equal(v->name, S("name")))
            member_put(&out, v->name, json_of_text(m->own));
        else if (str_equal(v->name, S("fields")) && v->type == JSON_LIST)
            member_put(&out, v->name, define_fields(c, m, v, m->fields, 0));
        else if (str_equal(v->name, S("meta")) && v->type == JSON_MAP)
            member_put(&out, v->name, unique_names(c, m, v));
        else
            member_put(&out, v->name, *v);
    }
    *definition = member_map(&out);
    return definition;
}

enum err cockpit_define(struct cockpit *c)
{
    const struct json **list = NEW_N(c->arena, const struct json *, c->model_count);
    for (size_t i = 0; i < c->model_count; i++)
        list[i] = define(c, &c->models[i]);
    return transfer_models(c->to, list, c->model_count, c->why);
}

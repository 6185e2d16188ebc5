/* Items from clients -> changes, by the model: the same function for REST, GraphQL, imports and
 * protocols. What a value must be like is check.c's business. */
#include "content/change/change.h"

#include "base/id.h"
#include "base/limits.h"
#include "content/change/edit.h"
#include "content/change/languages.h"
#include "content/change/nested.h"
#include "content/kind.h"
#include "content/languages/translations.h"
#include "content/pointer.h"

static void put(struct change *c, const struct field *f, struct json v)
{
    v.name = f->name;
    c->values[f->index] = v;
    field_set_add(&c->set, f->index);
}

/* Names that answers carry and that clients send back with an item: nothing of theirs. */
static bool is_echo(const struct collection *c, str name)
{
    for (size_t i = 0; i < META_COUNT; i++) {
        if (i != META_I18N && str_equal(c->fields[i].name, name))
            return true;
    }
    return str_equal(name, S("_model")) || str_equal(name, S("_children")) || str_equal(name, S("_draft")) ||
           str_equal(name, S("_locale"));
}

/* An import may choose ids; afterwards an item keeps its own. */
static enum err read_id(struct change *c, const struct json *v, str path, struct problem *why)
{
    if (v->type == JSON_NULL)
        return ERR_OK;
    if (v->type != JSON_TEXT || !id_valid(v->text))
        return problem_fault(why, ERR_INVALID, path, S("format"), "_id must be 24 hexadecimal digits in lower case");
    if (str_is_absent(c->id))
        c->id = v->text;
    else if (!str_equal(c->id, v->text))
        return problem_fault(why, ERR_INVALID, path, S("locked"), "_id cannot be changed");
    return ERR_OK;
}

static enum err read_meta(struct arena *a, struct change *c, const struct json *v, str path, struct problem *why)
{
    const struct field *f = collection_field(c->in, v->name);
    struct check check = {.arena = a, .field = f, .path = path, .why = why};
    struct json value = json_null;
    if (!f || (f->index != META_STATE && f->index != META_PARENT && f->index != META_ORDER))
        return ERR_OK;
    if (v->type == JSON_NULL && f->index != META_PARENT)
        return ERR_OK;
    if (v->type != JSON_NULL)
        TRY(f->kind->check(&check, v, &value));
    if (f->index == META_STATE && (value.integer < -1 || value.integer > 1))
        return problem_fault(why, ERR_INVALID, path, S("options"),
                             "_state must be 1 (published), 0 (draft) or -1 (archived)");
    put(c, f, value);
    return ERR_OK;
}

/* What content writes by itself, when an item comes back: seconds, numbers, ids of people, or null. */
static bool read_restored(struct change *c, const struct json *v)
{
    const struct field *f = collection_field(c->in, v->name);
    static const unsigned taken = 1u << META_CREATED | 1u << META_MODIFIED | 1u << META_CBY | 1u << META_MBY | 1u << META_REV;
    if (!c->restores || !f || !f->is_meta || !(taken >> f->index & 1u))
        return false;
    bool names_somebody = f->index == META_CBY || f->index == META_MBY;
    bool fits = names_somebody ? v->type == JSON_NULL || (v->type == JSON_TEXT && id_valid(v->text))
                               : v->type == JSON_INT && v->integer >= 0;
    if (fits)
        put(c, f, *v);
    return fits;
}

static enum err unknown(str name, str path, struct problem *why)
{
    return problem_fault(why, ERR_INVALID, path, S("unknown-field"), "There is no field " STR_FMT, STR_ARG(name));
}

static enum err read_member(struct arena *a, struct change *c, const struct json *v, str where, struct problem *why)
{
    str path = pointer_name(a, where, v->name);
    const struct field *f = collection_field(c->in, v->name);
    const struct language *language = NULL;
    bool taken = false, suffixed = !f && languages_suffix(c, v->name, &f, &language);
    enum err e = ERR_OK;
    if (str_equal(v->name, c->in->fields[META_ID].name))
        return read_id(c, v, path, why);
    if (read_restored(c, v))
        return ERR_OK;
    if (is_echo(c->in, v->name))
        return read_meta(a, c, v, path, why);
    if (!f && edit_read(a, c, v, where, &e, why))
        return e;
    if (!f)
        return unknown(v->name, path, why);
    if (f->locked && !c->restores)
        return problem_fault(why, ERR_INVALID, path, S("locked"), STR_FMT " is written by the server",
                             STR_ARG(v->name));
    if (c->writable && !field_set_has(c->writable, f->index))
        return unknown(v->name, path, why);
    if (!suffixed && field_set_has(&c->pending, f->index))
        return problem_fault(why, ERR_INVALID, path, S("twice"), STR_FMT " is said in two ways", STR_ARG(v->name));
    if (nested_is(f, v))
        return nested_read(a, c, f, v, path, why);
    if (suffixed && !language->standard)
        languages_add(a, c, (struct translation){f, language, *v, path});
    else if (!suffixed)
        TRY(languages_take(a, c, f, v, path, &taken, why));
    if (!taken && (!suffixed || language->standard))
        put(c, f, *v);
    return ERR_OK;
}

enum err change_read(struct arena *a, const struct collection *c, const struct json *item, str where,
                     struct change *out, struct problem *why)
{
    out->in = c;
    out->set = (field_set){0};
    out->values = NEW_N(a, struct json, c->field_count);
    if (item->type != JSON_MAP)
        return problem_fault(why, ERR_INVALID, where, S("type"), "An item must be an object");
    enum err e = ERR_OK;
    for (uint32_t i = 0; i < item->count; i++) {
        enum err one = read_member(a, out, &item->items[i], where, why);
        e = one != ERR_OK ? one : e;
    }
    return e;
}

/* Merge patches. Members that a set no longer has are left behind with the old definition: the author
 * of the patch cannot see them and must not be blamed for them. */

static const struct field *member_of(const struct field *f, str name)
{
    for (size_t i = 0; f && i < f->member_count; i++) {
        if (str_equal(f->members[i].name, name))
            return &f->members[i];
    }
    return NULL;
}

static bool merges(const struct field *f, const struct json *patch)
{
    return patch->type == JSON_MAP && (!f || ((f->kind->flags & KIND_DEEP) && !f->many));
}

/* f: what the value belongs to; NULL inside of plain objects, where everything merges. Input is at most
 * LIMIT_JSON_DEPTH deep, and so is this. */
static struct json merge(struct arena *a, const struct field *f, const struct json *present,
                         const struct json *patch, unsigned depth)
{
    if (!merges(f, patch) || depth > LIMIT_JSON_DEPTH)
        return *patch;
    bool is_set = f && f->member_count > 0;
    size_t room = patch->count + (size_t)(present && present->type == JSON_MAP ? present->count : 0);
    struct json *members = NEW_N(a, struct json, room + 1);
    struct map *patched = map_new(a, patch->count), *old = map_new(a, room);
    size_t count = 0;
    for (uint32_t i = 0; i < patch->count; i++)
        (void)map_put(patched, patch->items[i].name, members);
    for (uint32_t i = 0; present && present->type == JSON_MAP && i < present->count; i++) {
        struct json *slot = &members[count];
        *slot = present->items[i];
        if (map_get(patched, slot->name)) {
            struct json *was = NEW(a, struct json);
            *was = *slot;
            (void)map_put(old, slot->name, was);
        } else if (!is_set || member_of(f, slot->name)) {
            count++;
        }
    }
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct json *v = &patch->items[i];
        if (v->type == JSON_NULL)
            continue;
        struct json merged = merge(a, is_set ? member_of(f, v->name) : NULL, map_get(old, v->name), v, depth + 1);
        members[count++] = json_named(v->name, merged);
    }
    return json_of_map(members, count);
}

enum err change_merge(struct arena *a, struct change *c, const struct json *present, struct problem *why)
{
    (void)why;
    for (size_t i = META_COUNT; i < c->in->field_count; i++) {
        const struct field *f = &c->in->fields[i];
        if (!field_set_has(&c->set, i) || !merges(f, &c->values[i]))
            continue;
        put(c, f, merge(a, f, json_get(present, f->name), &c->values[i], 0));
    }
    if (c->translation_count > 0) { /* the wishes may be those of other items, too */
        const struct translation *sent = c->translations;
        c->translations = NEW_N(a, struct translation, c->translation_count);
        c->translation_room = c->translation_count;
        memcpy(c->translations, sent, c->translation_count * sizeof *sent);
    }
    for (size_t i = 0; i < c->translation_count; i++) {
        struct translation *t = &c->translations[i];
        struct cell cell = translation_of(a, json_get(present, S("_i18n")), t->language->code, t->field);
        struct json now = kind_value(a, t->field, &cell);
        if (merges(t->field, &t->value))
            t->value = merge(a, t->field, &now, &t->value, 0);
    }
    return ERR_OK;
}

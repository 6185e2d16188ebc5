/* Contents of PocketBase: the database is read twice, once to see whether it can be read and what rows lack. */
#include "server/transfer/import_pocketbase.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/time.h"
#include "server/transfer/import_files.h"
#include "server/transfer/import_sources.h"

struct reading {
    struct foreign_sink sink;         /* first */
    struct pocketbase *p;
    struct pocketbase_collection *of;
};

static str full_id(struct arena *a, const struct pocketbase_collection *of, str id)
{
    return arena_format(a, STR_FMT "/" STR_FMT, STR_ARG(of->name), STR_ARG(id));
}

static struct json parsed(struct arena *a, const struct json *v)
{
    const struct json *inner;
    struct problem own = {.arena = a};
    return v->type == JSON_TEXT && json_read(a, v->text, NULL, S("value"), &inner, &own) == ERR_OK ? *inner : *v;
}

/* Where a record's file lies; {0}: it is not there. */
static str place_of(struct pocketbase *p, struct arena *a, const struct pocketbase_collection *of, str record, str name)
{
    return name.len ? import_file_place(a, p->storage, arena_format(a, STR_FMT "/" STR_FMT "/" STR_FMT, STR_ARG(of->id), STR_ARG(record), STR_ARG(name)))
                    : (str){0};
}

/* Looking. */

static enum err keep_collection(struct foreign_sink *self, const struct json *row, struct problem *why)
{
    (void)why;
    return pocketbase_keep(((struct reading *)(void *)self)->p, row);
}

static bool lacks(const struct json *v)
{
    return says_nothing(v) || json_is_text(v, S("[]")) || json_is_text(v, S("null"));
}

static bool lacks_files(struct reading *r, struct arena *a, const struct json *v, str record)
{
    struct json given = parsed(a, v);
    if (given.type != JSON_LIST)
        return str_is_absent(place_of(r->p, a, r->of, record, v->type == JSON_TEXT ? v->text : S("")));
    for (uint32_t i = 0; i < given.count; i++)
        if (given.items[i].type == JSON_TEXT && !str_is_absent(place_of(r->p, a, r->of, record, given.items[i].text)))
            return false;
    return true;
}

static enum err look_at(struct foreign_sink *self, const struct json *row, struct problem *why)
{
    struct reading *r = (struct reading *)(void *)self;
    (void)why;
    (void)map_put(r->p->ids, full_id(r->p->arena, r->of, text_member(row, S("id"))), r->of);
    struct arena *a = arena_open(4096);
    for (size_t i = 0; i < r->of->field_count; i++) {
        const struct json *v = json_get(row, r->of->fields[i].name);
        r->of->fields[i].empty += lacks(v) || (r->of->fields[i].as == POCKET_FILE && lacks_files(r, a, v, text_member(row, S("id"))));
    }
    arena_close(a);
    return ERR_OK;
}

static enum err each_collection(struct pocketbase *p, enum err (*row)(struct foreign_sink *self, const struct json *row, struct problem *why), bool writes)
{
    for (size_t i = 0; i < p->count; i++) {
        struct reading r = {{row}, p, &p->collections[i]};
        if (writes)
            TRY(transfer_into(p->to, p->collections[i].own, p->why));
        TRY(foreign_rows(p->db, p->collections[i].name, &r.sink, p->why));
    }
    return ERR_OK;
}

static void find_storage(struct pocketbase *p, str path)
{
    struct stat st;
    size_t end = path.len;
    while (end > 0 && path.at[end - 1] != '/')
        end--;
    p->storage = arena_format(p->arena, STR_FMT "storage", STR_ARG(str_slice(path, 0, end)));
    if (stat(arena_cstr(p->arena, p->storage), &st) != 0 || !S_ISDIR(st.st_mode))
        p->storage = (str){0};
}

static enum err look(struct pocketbase *p, str path)
{
    struct stat st;
    str *tables;
    size_t count;
    bool is_pocketbase = false;
    if (stat(arena_cstr(p->arena, path), &st) == 0 && S_ISDIR(st.st_mode))
        path = arena_format(p->arena, STR_FMT "/data.db", STR_ARG(path));
    if (stat(arena_cstr(p->arena, path), &st) != 0)
        return problem_set(p->why, ERR_NOT_FOUND, "There is no file " STR_FMT, STR_ARG(path));
    TRY(foreign_open(path, &p->db, p->why));
    find_storage(p, path);
    TRY(foreign_tables(p->db, p->arena, &tables, &count, p->why));
    for (size_t i = 0; i < count; i++) {
        is_pocketbase |= str_equal(tables[i], S("_collections"));
        if (str_equal(tables[i], S("_admins")))
            transfer_tell(p->to, S("Administrators of PocketBase stay there; vitrine user add makes one here"));
    }
    if (!is_pocketbase)
        return problem_set(p->why, ERR_BAD_INPUT, STR_FMT " is no database of PocketBase: there is no table _collections", STR_ARG(path));
    struct reading r = {{keep_collection}, p, NULL};
    TRY(foreign_rows(p->db, S("_collections"), &r.sink, p->why));
    pocketbase_link(p);
    return each_collection(p, look_at, false);
}

/* Values. */

/* "2026-11-21 10:00:00.123Z" */
static str instant(struct arena *a, str text)
{
    return text.len > 11 && text.at[10] == ' '
               ? arena_format(a, STR_FMT "T" STR_FMT, STR_ARG(str_slice(text, 0, 10)), STR_ARG(str_slice(text, 11, text.len)))
               : text;
}

static struct json link_of(struct pocketbase *p, struct arena *a, const struct pocketbase_field *f, const struct json *v)
{
    if (v->type != JSON_TEXT || v->text.len == 0)
        return json_null;
    if (map_get(p->ids, full_id(a, f->to, v->text)))
        return json_of_text(transfer_id(a, S("pocketbase"), f->to->name, v->text));
    p->dangling++;
    return json_null;
}

/* 5.0 in a column of numbers is 5. */
static struct json number_of(const struct json *v)
{
    bool is_whole = v->type == JSON_REAL && v->real > -9e15 && v->real < 9e15 && (double)(int64_t)v->real == v->real;
    return is_whole ? json_of_int((int64_t)v->real) : *v;
}

static struct json one_value(struct pocketbase *p, struct arena *a, const struct pocketbase_field *f, const struct json *v)
{
    switch (f->as) {
    case POCKET_TIME:
        return v->type == JSON_TEXT ? json_of_text(instant(a, v->text)) : *v;
    case POCKET_BOOL:
        return v->type == JSON_INT ? json_of_bool(v->integer != 0) : *v;
    case POCKET_NUMBER:
        return number_of(v);
    case POCKET_LINK:
        return link_of(p, a, f, v);
    case POCKET_JSON:
        return parsed(a, v);
    case POCKET_FILE:
    case POCKET_PLAIN:
    default:
        return *v;
    }
}

static struct json value_of(struct pocketbase *p, struct arena *a, const struct pocketbase_field *f, const struct json *v)
{
    if (lacks(v))
        return json_null;
    if (!f->many)
        return one_value(p, a, f, v);
    struct json given = parsed(a, v);
    bool is_list = given.type == JSON_LIST;
    uint32_t most = is_list ? given.count : 1;
    struct json *list = NEW_N(a, struct json, most);
    size_t count = 0;
    for (uint32_t i = 0; i < most; i++) {
        struct json one = one_value(p, a, f, is_list ? &given.items[i] : v);
        one.name = (str){0};
        if (one.type != JSON_NULL && !list_has(list, count, &one))
            list[count++] = one;
    }
    return json_of_list(list, count);
}

/* Files. */

static enum err take_file(struct reading *r, struct arena *a, const struct pocketbase_field *f, str record, const struct json *v, struct json *out)
{
    struct pocketbase *p = r->p;
    struct member_list m = {.arena = a};
    bool taken = false, is_protected = true_member(f->given, S("protected")) || true_member(json_get(f->given, S("options")), S("protected"));
    str name = v->type == JSON_TEXT ? v->text : S(""), place = place_of(p, a, r->of, record, name);
    str id = transfer_id(a, S("pocketbase"), S("files"), arena_format(a, STR_FMT "/" STR_FMT "/" STR_FMT, STR_ARG(r->of->id), STR_ARG(record), STR_ARG(name)));
    *out = json_null;
    if (str_is_absent(place)) {
        p->lost_files++;
        return ERR_OK;
    }
    member_put(&m, S("_id"), json_of_text(id));
    member_put(&m, S("private"), json_of_bool(is_protected));
    struct json values = member_map(&m);
    TRY(import_file(p->to, a, place, &values, &taken, p->why));
    if (taken)
        *out = json_of_text(id);
    return ERR_OK;
}

static enum err files_of(struct reading *r, struct arena *a, const struct pocketbase_field *f, str record, const struct json *v, struct json *out)
{
    struct json given = lacks(v) ? json_null : f->many ? parsed(a, v) : *v;
    *out = json_null;
    if (given.type == JSON_NULL)
        return ERR_OK;
    if (given.type != JSON_LIST)
        return take_file(r, a, f, record, &given, out);
    struct json *list = NEW_N(a, struct json, given.count);
    size_t count = 0;
    for (uint32_t i = 0; i < given.count; i++) {
        struct json one;
        TRY(take_file(r, a, f, record, &given.items[i], &one));
        if (one.type != JSON_NULL)
            list[count++] = one;
    }
    *out = json_of_list(list, count);
    return ERR_OK;
}

/* Rows. */

static void put_time(struct member_list *item, str name, const struct json *row, str column)
{
    int64_t ms;
    str text = text_member(row, column);
    if (text.len && time_read(instant(item->arena, text), &ms) && ms >= 0)
        member_put(item, name, json_of_int(ms / 1000));
}

static enum err take_row(struct foreign_sink *self, const struct json *row, struct problem *why)
{
    struct reading *r = (struct reading *)(void *)self;
    struct arena *a = transfer_arena(r->p->to);
    struct json copy = json_copy(a, row); /* the row lives until the next one, the item until it is written */
    struct member_list item = {.arena = a};
    member_put(&item, S("_id"), json_of_text(transfer_id(a, S("pocketbase"), r->of->name, text_member(&copy, S("id")))));
    member_put(&item, S("_state"), json_of_int(1));
    put_time(&item, S("_created"), &copy, S("created"));
    put_time(&item, S("_modified"), &copy, S("updated"));
    for (size_t i = 0; i < r->of->field_count; i++) {
        const struct pocketbase_field *f = &r->of->fields[i];
        struct json v;
        if (f->as == POCKET_FILE)
            TRY(files_of(r, a, f, text_member(&copy, S("id")), json_get(&copy, f->name), &v));
        else
            v = value_of(r->p, a, f, json_get(&copy, f->name));
        if (v.type != JSON_NULL)
            member_put(&item, f->own, v);
    }
    struct json made = member_map(&item);
    transfer_show(r->p->to, 0);
    return transfer_item(r->p->to, &made, why);
}

static enum err bring(struct pocketbase *p, str path)
{
    TRY(look(p, path));
    TRY(pocketbase_define(p));
    TRY(each_collection(p, take_row, true));
    if (p->dangling)
        transfer_tell(p->to, arena_format(p->arena, "%llu relations lead to records that are no more; they are left out", (unsigned long long)p->dangling));
    if (p->lost_files)
        transfer_tell(p->to, arena_format(p->arena, "%llu files are not in the folder storage; they are left out", (unsigned long long)p->lost_files));
    return ERR_OK;
}

enum err import_pocketbase(struct transfer *t, const char *path, struct problem *why)
{
    struct pocketbase p = {.to = t, .why = why, .arena = arena_open(64u << 10)};
    p.names = (struct import_names){.arena = p.arena, .of_collections = true};
    p.ids = map_new(p.arena, 1024);
    p.collections = NEW_N(p.arena, struct pocketbase_collection, LIMIT_COLLECTIONS);
    enum err e = bring(&p, str_of(path));
    foreign_close(p.db);
    arena_close(p.arena);
    return e;
}

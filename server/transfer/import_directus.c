/* A schema snapshot of Directus and the answers of GET /items/NAME, as files of one folder. Items of collections that only
 * link two others become values of a list of references (harvest.h puts them to their items). */
#include "server/transfer/import_sources.h"

#include "base/limits.h"
#include "base/time.h"
#include "content/change/change.h"
#include "server/transfer/directus_schema.h"
#include "server/transfer/harvest.h"
#include "server/transfer/import_parts.h"
#include "server/transfer/json_items.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SNAPSHOT_BYTES (64u << 20)
#define SNAPSHOT_VALUES 2000000u

struct directus {
    struct transfer *to;
    str folder;
    struct arena *arena, *item;       /* the schema; the present item */
    struct directus_schema *schema;
    struct harvest *harvest;
    size_t numbers[DIRECTUS_COLLECTIONS];          /* in the harvest */
    struct problem *why;
};

static enum err read_whole(struct directus *m, const char *path, str *out)
{
    struct buf text;
    FILE *file = fopen(path, "rb");
    if (!file)
        return problem_set(m->why, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    buf_init(&text, m->arena, SNAPSHOT_BYTES);
    char piece[4096];
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;)
        buf_add(&text, (str){piece, got});
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (failed)
        return problem_set(m->why, ERR_UNAVAILABLE, "%s cannot be read", path);
    return buf_done(&text, out) == ERR_OK ? ERR_OK : problem_set(m->why, ERR_TOO_LARGE, "%s has more than %u bytes", path, SNAPSHOT_BYTES);
}

static const char *path_of(struct directus *m, const char *name)
{
    return arena_cstr(m->arena, arena_format(m->arena, STR_FMT "/%s", STR_ARG(m->folder), name));
}

static enum err read_snapshot(struct directus *m)
{
    const struct json_options options = {.count_max = SNAPSHOT_VALUES};
    const struct json *snapshot;
    const char *path = path_of(m, "snapshot.json");
    str text;
    if (access(path, F_OK) != 0 && access(path_of(m, "snapshot.yaml"), F_OK) == 0)
        return problem_set(m->why, ERR_BAD_INPUT, "The snapshot has to be JSON: directus schema snapshot --format json %s", path);
    TRY(read_whole(m, path, &text));
    TRY(json_read(m->arena, text, &options, S("snapshot.json"), &snapshot, m->why));
    return directus_take(m->schema, snapshot, m->to, m->why);
}

/* Values. */

/* A key, as it stands there or in an item that was answered in its place; empty: none. */
static str key_in(struct directus *m, const struct json *v, const struct directus_collection *of)
{
    if (v && v->type == JSON_MAP && of)
        v = json_get(v, of->key);
    if (v && v->type == JSON_INT)
        return arena_format(m->item, "%lld", (long long)v->integer);
    return import_text(v);
}

static str id_of(struct directus *m, const struct directus_collection *c, str key)
{
    return c->is_single ? S(SINGLE_ID) : transfer_id(m->item, S("directus"), c->theirs, key);
}

static struct json time_of(struct directus *m, const struct json *v)
{
    int64_t ms;
    if (v->type != JSON_TEXT || time_read(v->text, &ms))
        return *v;
    return json_of_text(arena_format(m->item, STR_FMT "Z", STR_ARG(v->text)));
}

static struct json value_of(struct directus *m, const struct directus_field *x, const struct json *v)
{
    str key;
    if (!v || v->type == JSON_NULL)
        return json_null;
    switch (x->sort) {
    case DIRECTUS_NUMBER: return number_in(m->item, v);
    case DIRECTUS_LOCAL_TIME: return time_of(m, v);
    case DIRECTUS_REF: key = key_in(m, v, x->target); return key.len ? json_of_text(id_of(m, x->target, key)) : json_null;
    case DIRECTUS_FOLDED:
    case DIRECTUS_LEFT_OUT: return json_null;
    case DIRECTUS_PLAIN: break;
    }
    if (str_equal(x->kind, S("text")) && v->type != JSON_TEXT)
        return json_of_text(json_print(m->item, v));
    return *v;
}

static int64_t state_of(const struct directus_collection *c, const struct json *item)
{
    const struct json *v = str_is_absent(c->status) ? NULL : json_get(item, c->status);
    if (!v || v->type == JSON_NULL)
        return str_is_absent(c->status);
    str archived = import_text(json_get(c->meta, S("archive_value")));
    if (v->type == JSON_BOOL)
        return v->boolean == str_equal(archived, S("true")) ? -1 : 1;
    if (json_is_text(v, S("published")))
        return 1;
    return json_is_text(v, archived.len ? archived : S("archived")) ? -1 : 0;
}

static void say_time(struct directus *m, str field, const struct json *item, str name, struct json *out, size_t *count)
{
    int64_t ms;
    const struct json *v = str_is_absent(field) ? NULL : json_get(item, field);
    struct json text = v ? time_of(m, v) : json_null;
    if (text.type == JSON_TEXT && time_read(text.text, &ms))
        out[(*count)++] = json_named(name, json_of_int(ms / 1000));
}

static enum err take_item(struct directus *m, const struct directus_collection *c, const struct json *item)
{
    str key = key_in(m, json_get(item, c->key), NULL);
    struct json *members = NEW_N(m->item, struct json, c->field_count + 5);
    size_t count = 0;
    if (key.len == 0)
        return problem_set(m->why, ERR_BAD_INPUT, "items/" STR_FMT ".json: an item without its key " STR_FMT, STR_ARG(c->theirs), STR_ARG(c->key));
    members[count++] = json_named(S("_id"), json_of_text(id_of(m, c, key)));
    members[count++] = json_named(S("_state"), json_of_int(state_of(c, item)));
    say_time(m, c->created, item, S("_created"), members, &count);
    say_time(m, c->modified, item, S("_modified"), members, &count);
    for (size_t i = 0; i < c->field_count; i++) {
        struct json v = value_of(m, &c->fields[i], json_get(item, c->fields[i].theirs));
        if (v.type != JSON_NULL)
            members[count++] = json_named(c->fields[i].ours, v);
    }
    struct json all = json_of_map(members, count);
    return harvest_add(m->harvest, m->numbers[c - m->schema->all], key, 0, &all, m->why);
}

/* An item of a junction: one entry of its holder's list, in order. */
static enum err take_entry(struct directus *m, const struct directus_collection *c, const struct json *item)
{
    const struct directus_junction *j = &c->junction;
    const struct directus_collection *target = j->target_count ? j->targets[0] : NULL;
    if (!str_is_absent(j->any_field)) {
        target = NULL;
        for (size_t i = 0; i < j->target_count; i++)
            if (json_is_text(json_get(item, j->any_field), j->targets[i]->theirs))
                target = j->targets[i];
    }
    str holder = key_in(m, json_get(item, j->holder_field), j->holder), key = key_in(m, json_get(item, j->target_field), target);
    const struct json *order = str_is_absent(j->sort_field) ? NULL : json_get(item, j->sort_field);
    if (!j->field || !target || holder.len == 0 || key.len == 0)
        return ERR_OK;
    struct json id = json_of_text(id_of(m, target, key));
    struct json named[] = {json_named(S("_model"), json_of_text(target->ours)), json_named(S("_id"), id)};
    struct json entry = str_is_absent(j->any_field) ? id : json_of_map(named, COUNTOF(named));
    struct json list = json_named(j->field->ours, json_of_list(&entry, 1)), part = json_of_map(&list, 1);
    uint64_t at = order && order->type == JSON_INT && order->integer > 0 ? (uint64_t)order->integer + 1 : 1;
    return harvest_add(m->harvest, m->numbers[j->holder - m->schema->all], holder, at, &part, m->why);
}

static enum err read_items(struct directus *m, const struct directus_collection *c, struct json_items *from)
{
    const struct json *item;
    do {
        arena_reset(m->item);
        TRY(json_items_next(from, m->item, &item, m->why));
        if (item)
            TRY(c->is_junction ? take_entry(m, c, item) : take_item(m, c, item));
    } while (item);
    return ERR_OK;
}

static enum err read_collection(struct directus *m, const struct directus_collection *c)
{
    struct json_items *from;
    if (str_contains(c->theirs, S("/")) || str_starts(c->theirs, S(".")))
        return problem_set(m->why, ERR_BAD_INPUT, "snapshot.json: a collection cannot be called " STR_FMT, STR_ARG(c->theirs));
    const char *path = path_of(m, arena_cstr(m->arena, arena_format(m->arena, "items/" STR_FMT ".json", STR_ARG(c->theirs))));
    if (access(path, F_OK) != 0) {
        transfer_tell(m->to, arena_format(m->arena, "There is no items/" STR_FMT ".json: nothing comes in from there", STR_ARG(c->theirs)));
        return ERR_OK;
    }
    TRY(json_items_open(path, &from, m->why));
    enum err e = read_items(m, c, from);
    json_items_close(from);
    return e;
}

static enum err read_all(struct directus *m)
{
    struct directus_schema *s = m->schema;
    uint64_t dropped;
    TRY(read_snapshot(m));
    for (size_t i = 0; i < s->count; i++)
        if (!s->all[i].is_junction)
            TRY(harvest_collection(m->harvest, s->all[i].ours, &m->numbers[i], m->why));
    for (size_t i = 0; i < s->count; i++) {
        TRY(read_collection(m, &s->all[i]));
        transfer_show(m->to, (double)(i + 1) / (double)s->count / 2);
    }
    TRY(directus_define(s, m->to, m->why));
    TRY(harvest_deliver(m->harvest, m->to, &dropped, m->why));
    transfer_tell_count(m->to, dropped, "links of items that are not there were dropped");
    return ERR_OK;
}

enum err import_directus(struct transfer *t, const char *path, struct problem *why)
{
    struct directus *m = calloc(1, sizeof *m);
    must(m != NULL);
    m->to = t;
    m->folder = str_of(path);
    m->why = why;
    m->arena = arena_open(64u << 10);
    m->item = arena_open(64u << 10);
    m->harvest = harvest_open();
    m->schema = NEW(m->arena, struct directus_schema);
    m->schema->arena = m->arena;
    enum err e = read_all(m);
    harvest_close(m->harvest);
    arena_close(m->item);
    arena_close(m->arena);
    free(m);
    return e;
}

#include "server/transfer/archive.h"

#include "base/limits.h"
#include "server/transfer/archive_blobs.h"
#include "server/transfer/archive_keys.h"
#include "server/transfer/outflow.h"
#include "server/transfer/tar_lines.h"

#include <stdlib.h>

#define FORMAT 1
#define COPY_BYTES (64u << 10)

/* Of ours, in an order in which nearly every reference leads to what came before. The others are about secrets, or
 * about what a server is doing right now. */
static const str travelling[] = {STR("locales"), STR("roles"), STR("groups"), STR("users"), STR("service_accounts"), STR("grants"), STR("settings"), STR("asset_folders"), STR("blobs"), STR("assets"),
                                 STR("upstreams"), STR("repositories"), STR("layers"), STR("manifests"), STR("tags"), STR("preferences"), STR("trust_keys"), STR("retention_rules"),
                                 STR("certificate_profiles"), STR("certificates"), STR("certificate_authorities"), STR("certificate_requests"), STR("issuing_rules")};

struct export
{
    struct app *app;
    const struct principal *who;
    struct tar_writer tar;
    struct arena *arena;
    struct problem *why;
};

static enum err add_text(struct export *x, str name, str text)
{
    TRY(tar_begin(&x->tar, name, text.len, x->why));
    tar_add(&x->tar, text.at, text.len);
    tar_entry(&x->tar);
    return ERR_OK;
}

static enum err add_file(struct export *x, str name, FILE *from)
{
    char *bytes = malloc(COPY_BYTES);
    must(bytes != NULL);
    long size = fseek(from, 0, SEEK_END) == 0 ? ftell(from) : -1;
    rewind(from);
    enum err e = size < 0 ? problem_set(x->why, ERR_UNAVAILABLE, "A temporary file cannot be read") : tar_begin(&x->tar, name, (uint64_t)size, x->why);
    for (size_t left = e == ERR_OK ? (size_t)size : 0; left > 0;) {
        size_t got = fread(bytes, 1, left < COPY_BYTES ? left : COPY_BYTES, from);
        if (got == 0) {
            e = problem_set(x->why, ERR_UNAVAILABLE, "A temporary file cannot be read");
            break;
        }
        tar_add(&x->tar, bytes, got);
        left -= got;
    }
    free(bytes);
    if (e == ERR_OK)
        tar_entry(&x->tar);
    return e;
}

static enum err add_items(struct export *x, const struct collection *in)
{
    FILE *spool = tmpfile();
    if (!spool)
        return problem_set(x->why, ERR_FULL, "There is no room for a temporary file");
    enum err e = outflow_items(x->app, x->who, in, spool, x->why);
    if (e == ERR_OK && fflush(spool) != 0)
        e = problem_set(x->why, ERR_FULL, "There is no room for a temporary file");
    if (e == ERR_OK && ftell(spool) > 0)
        e = add_file(x, arena_format(x->arena, "items/" STR_FMT ".ndjson", STR_ARG(in->name)), spool);
    (void)fclose(spool);
    return e;
}

/* The definitions as their authors wrote them, by name. */
static enum err add_models(struct export *x)
{
    const struct collection *in;
    struct item_list list;
    TRY(gate_collection(x->app->gate, x->who, S("collections"), &in, x->why));
    struct query q = {.from = in, .limit = LIMIT_COLLECTIONS};
    query_all_fields(x->arena, &q, NULL);
    q.sort[q.sort_count++] = (struct sort){.by = collection_field(in, S("name"))};
    item_list_init(&list, x->arena);
    TRY(gate_read(x->app->gate, x->who, &q, &list.receiver, NULL, x->why));
    for (size_t i = 0; i < list.count; i++) {
        str name = json_get(&list.items[i], S("name"))->text;
        str text = json_print(x->arena, json_get(&list.items[i], S("definition")));
        TRY(add_text(x, arena_format(x->arena, "models/" STR_FMT ".json", STR_ARG(name)),
                     arena_format(x->arena, STR_FMT "\n", STR_ARG(text))));
    }
    return ERR_OK;
}

static int by_name(const void *a, const void *b)
{
    const struct collection *l = *(const struct collection *const *)a, *r = *(const struct collection *const *)b;
    return str_order(l->name, r->name);
}

/* Users' collections by name: their order in the model is that of their making. */
static enum err add_own(struct export *x, const struct model *m)
{
    const struct collection **own = NEW_N(x->arena, const struct collection *, m->collection_count);
    size_t count = 0;
    for (size_t i = 0; i < m->collection_count; i++)
        if (!m->collections[i]->system)
            own[count++] = m->collections[i];
    qsort(own, count, sizeof *own, by_name);
    for (size_t i = 0; i < count; i++)
        TRY(add_items(x, own[i]));
    return ERR_OK;
}

enum err archive_write(struct app *app, const struct principal *who, FILE *to, struct problem *why)
{
    struct export x = {.app = app, .who = who, .tar = {.to = to}, .arena = arena_open(64u << 10), .why = why};
    struct seen_digests seen = {x.arena, map_new(x.arena, 1024)};
    const struct model *m = principal_model(who);
    enum err e = add_text(&x, S("vitrine.json"), arena_format(x.arena, "{\"format\":%d}\n", FORMAT));
    if (e == ERR_OK)
        e = add_models(&x);
    if (e == ERR_OK)
        e = archive_write_keys(app, who, &x.tar, why);
    if (e == ERR_OK)
        e = archive_write_files(app, who, &seen, &x.tar, why);
    if (e == ERR_OK)
        e = archive_write_blobs(app, who, &seen, &x.tar, why);
    for (size_t i = 0; e == ERR_OK && i < COUNTOF(travelling); i++) {
        const struct collection *in = model_find(m, travelling[i]);
        if (in)
            e = add_items(&x, in);
    }
    if (e == ERR_OK)
        e = add_own(&x, m);
    if (e == ERR_OK)
        e = tar_end(&x.tar, why);
    arena_close(x.arena);
    return e;
}

/* Reading. */

struct import {
    struct line_sink lines;           /* first */
    struct transfer *to;
    struct tar_file *file;
    struct tar_reader tar;
    struct arena *arena;              /* definitions, names */
    const struct json *definitions[LIMIT_COLLECTIONS];
    size_t definition_count;
    struct map *keys;                 /* of authorities, sealed */
    bool is_ours, has_models, has_keys; /* has_keys: the present rows are authorities' */
    struct problem *why;
};

static enum err read_whole(struct import *m, str *out)
{
    struct buf text;
    buf_init(&text, m->arena, LIMIT_BODY_BYTES);
    for (size_t got = 1; got > 0;) {
        char piece[4096];
        TRY(tar_read(&m->tar, piece, sizeof piece, &got, m->why));
        buf_add(&text, (str){piece, got});
    }
    return buf_done(&text, out) == ERR_OK ? ERR_OK : problem_set(m->why, ERR_TOO_LARGE, "%s is too large", m->tar.name);
}

static enum err read_json(struct import *m, const struct json **out)
{
    str text;
    TRY(read_whole(m, &text));
    return json_read(m->arena, text, NULL, arena_format(m->arena, "%s", m->tar.name), out, m->why);
}

static enum err take_header(struct import *m)
{
    const struct json *v, *format;
    TRY(read_json(m, &v));
    format = json_get(v, S("format"));
    if (!format || format->type != JSON_INT || format->integer != FORMAT)
        return problem_set(m->why, ERR_BAD_INPUT, "The archive is of a newer version than this program");
    m->is_ours = true;
    return ERR_OK;
}

static enum err take_model(struct import *m)
{
    if (m->definition_count == LIMIT_COLLECTIONS)
        return problem_set(m->why, ERR_TOO_LARGE, "More than %u collections", LIMIT_COLLECTIONS);
    TRY(read_json(m, &m->definitions[m->definition_count]));
    m->definition_count++;
    return ERR_OK;
}

static enum err take_line(struct line_sink *self, str line, struct problem *why)
{
    struct import *m = (struct import *)(void *)self;
    const struct json *item;
    TRY(json_read(transfer_arena(m->to), arena_copy(transfer_arena(m->to), line), NULL, S("item"), &item, why));
    const struct json whole = m->has_keys ? archive_with_key(transfer_arena(m->to), m->keys, item) : *item;
    TRY(transfer_item(m->to, &whole, why));
    transfer_show(m->to, tar_file_progress(m->file));
    return ERR_OK;
}

static enum err take_items(struct import *m, str collection)
{
    if (archive_is_desk(collection) && transfer_flag(m->to, "without-certificates"))
        return ERR_OK;
    if (!m->has_models)
        TRY(transfer_models(m->to, m->definitions, m->definition_count, m->why));
    m->has_models = true;
    m->has_keys = str_equal(collection, S("certificate_authorities"));
    TRY(transfer_into(m->to, collection, m->why));
    return tar_lines(&m->tar, LIMIT_RESPONSE_BYTES, &m->lines, m->why);
}

static enum err take_entry(struct import *m)
{
    str name = str_of(m->tar.name);
    if (str_equal(name, S("vitrine.json")))
        return take_header(m);
    if (!m->is_ours)
        return problem_set(m->why, ERR_BAD_INPUT, "This is no archive of vitrine export");
    if (str_starts(name, S("models/")) && !m->has_models)
        return take_model(m);
    if (str_starts(name, S(ARCHIVE_KEYS)))
        return transfer_flag(m->to, "without-certificates") ? ERR_OK : archive_read_key(transfer_app(m->to), &m->tar, m->arena, m->keys, m->why);
    if (str_starts(name, S(ARCHIVE_FILES)))
        return transfer_is_dry(m->to) ? ERR_OK : archive_read_file(transfer_app(m->to), &m->tar, m->why);
    if (str_starts(name, S(ARCHIVE_BLOBS)))
        return transfer_is_dry(m->to) ? ERR_OK : archive_read_blob(transfer_app(m->to), &m->tar, m->why);
    if (!str_starts(name, S("items/")) || !str_ends(name, S(".ndjson")))
        return ERR_OK;
    return take_items(m, arena_copy(m->arena, str_slice(name, 6, name.len - 7)));
}

enum err archive_read(struct transfer *t, const char *path, struct problem *why)
{
    struct import *m = calloc(1, sizeof *m);
    must(m != NULL);
    m->lines.line = take_line;
    m->to = t;
    m->why = why;
    m->arena = arena_open(64u << 10);
    m->keys = map_new(m->arena, 16);
    enum err e = tar_file_open(path, &m->file, why);
    bool found = e == ERR_OK;
    if (e == ERR_OK)
        m->tar.from = tar_file_source(m->file);
    while (e == ERR_OK && found) {
        e = tar_next(&m->tar, &found, why);
        if (e == ERR_OK && found)
            e = take_entry(m);
    }
    if (e == ERR_OK && !m->tar.is_whole)
        e = problem_set(why, ERR_BAD_INPUT, "The archive ends too early: what came before is in");
    if (e == ERR_OK && !m->has_models)
        e = m->is_ours ? transfer_models(t, m->definitions, m->definition_count, why)
                       : problem_set(why, ERR_BAD_INPUT, "This is no archive of vitrine export");
    tar_file_close(m->file);
    arena_close(m->arena);
    free(m);
    return e;
}

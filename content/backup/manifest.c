#include "content/backup/manifest.h"

#include <stddef.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/time.h"

/* Its members, by section; "items" stands behind them. */
static const struct member {
    str section, name;
    bool is_number;
    bool is_new;                      /* older manifests have it not */
    size_t offset;
} members[] = {
#define NUMBER(section, name, member) {STR(section), STR(name), true, false, offsetof(struct backup_manifest, member)}
#define TEXT(section, name, member) {STR(section), STR(name), false, false, offsetof(struct backup_manifest, member)}
    NUMBER("database", "bytes", database_bytes),
    TEXT("database", "sha256", database_digest),
    NUMBER("journal", "first", first),
    NUMBER("journal", "last", last),
    NUMBER("journal", "entries", entries),
    TEXT("journal", "mac", mac),
    TEXT("journal", "key", key),
    NUMBER("blobs", "count", blobs),
    NUMBER("blobs", "bytes", blob_bytes),
    NUMBER("blobs", "damaged", damaged),
    {STR("log"), STR("strand"), false, true, offsetof(struct backup_manifest, strand)},
    {STR("log"), STR("segment"), true, true, offsetof(struct backup_manifest, segment)},
#undef NUMBER
#undef TEXT
};

static void write_member(struct json_writer *w, const struct backup_manifest *m, const struct member *row)
{
    const char *at = (const char *)m + row->offset;
    json_name(w, row->name);
    if (row->is_number)
        json_int(w, (int64_t)*(const uint64_t *)(const void *)at);
    else
        json_text(w, *(const str *)(const void *)at);
}

static void write_sections(struct json_writer *w, const struct backup_manifest *m)
{
    for (size_t i = 0; i < COUNTOF(members); i++) {
        bool begins = i == 0 || !str_equal(members[i - 1].section, members[i].section);
        if (begins && i > 0)
            json_map_close(w);
        if (begins) {
            json_name(w, members[i].section);
            json_map_open(w);
        }
        write_member(w, m, &members[i]);
    }
    json_map_close(w);
}

str backup_manifest_write(struct arena *a, const struct backup_manifest *m)
{
    struct buf b, at;
    struct json_writer w;
    buf_init(&b, a, BACKUP_MANIFEST_BYTES);
    buf_init(&at, a, 64);
    time_write(&at, m->made_ms);
    json_begin(&w, &b);
    json_map_open(&w);
    json_name(&w, S("format"));
    json_int(&w, BACKUP_FORMAT);
    json_name(&w, S("made_at"));
    json_text(&w, buf_str(&at));
    json_name(&w, S("program"));
    json_text(&w, m->program);
    write_sections(&w, m);
    json_name(&w, S("items"));
    json_map_open(&w);
    for (size_t i = 0; i < m->count; i++) {
        json_name(&w, m->counts[i].collection);
        json_int(&w, (int64_t)m->counts[i].items);
    }
    json_map_close(&w);
    json_map_close(&w);
    json_end(&w);
    buf_byte(&b, '\n');
    return buf_str(&b);
}

str backup_manifest_seal(struct arena *a, const struct crypt *crypt, str text)
{
    uint8_t digest[DIGEST_BYTES];
    struct buf b;
    crypt_digest(crypt, CRYPT_BACKUP, text, digest);
    buf_init(&b, a, 2 * DIGEST_BYTES + 2);
    buf_hex(&b, digest, sizeof digest);
    buf_byte(&b, '\n');
    return buf_str(&b);
}

static bool read_member(const struct json *map, const struct member *row, struct backup_manifest *out)
{
    const struct json *v = json_get(json_get(map, row->section), row->name);
    char *at = (char *)out + row->offset;
    if (!v && row->is_new)
        return true;
    if (!v || v->type != (row->is_number ? JSON_INT : JSON_TEXT))
        return false;
    if (row->is_number)
        *(uint64_t *)(void *)at = (uint64_t)v->integer;
    else
        *(str *)(void *)at = v->text;
    return true;
}

static bool read_members(struct arena *a, const struct json *map, struct backup_manifest *out)
{
    const struct json *made = json_get(map, S("made_at")), *program = json_get(map, S("program")), *items = json_get(map, S("items"));
    *out = (struct backup_manifest){.strand = S("")};
    if (!made || made->type != JSON_TEXT || !time_read(made->text, &out->made_ms) || !program || program->type != JSON_TEXT ||
        !items || items->type != JSON_MAP)
        return false;
    out->program = program->text;
    for (size_t i = 0; i < COUNTOF(members); i++)
        if (!read_member(map, &members[i], out))
            return false;
    struct backup_count *counts = NEW_N(a, struct backup_count, items->count + 1);
    for (uint32_t i = 0; i < items->count; i++)
        counts[i] = (struct backup_count){items->items[i].name, items->items[i].type == JSON_INT ? (uint64_t)items->items[i].integer : 0};
    out->counts = counts;
    out->count = items->count;
    return true;
}

enum err backup_manifest_read(struct arena *a, const struct crypt *crypt, str text, str seal, struct backup_manifest *out,
                              struct problem *why)
{
    const struct json_options options = {0};
    const struct json *map = NULL;
    struct problem quiet = {.arena = a};
    str own = backup_manifest_seal(a, crypt, text);
    bool is_sealed = seal.len == own.len && crypt_equal(seal.at, own.at, own.len);
    if (json_read(a, text, &options, S(BACKUP_MANIFEST), &map, &quiet) != ERR_OK || map->type != JSON_MAP)
        return problem_set(why, ERR_INVALID, "The backup's manifest cannot be read: it is damaged, or no backup of Vitrine");
    const struct json *format = json_get(map, S("format"));
    if (format && format->type == JSON_INT && format->integer > BACKUP_FORMAT)
        return problem_set(why, ERR_INVALID, "The backup was made by a newer version of Vitrine");
    if (!is_sealed)
        return problem_set(why, ERR_INVALID, "The backup's manifest does not fit its seal: it was altered, or made with another master key");
    if (!format || format->type != JSON_INT || format->integer != BACKUP_FORMAT || !read_members(a, map, out))
        return problem_set(why, ERR_INVALID, "The backup's manifest is not one that this version of Vitrine knows");
    return ERR_OK;
}

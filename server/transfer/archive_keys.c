#include "server/transfer/archive_keys.h"

#include "roles/pki/pki.h"
#include "server/transfer/each_item.h"

enum { SEALED_BYTES = 8192 };

struct keys {
    struct item_sink sink;            /* first */
    struct app *app;
    const struct principal *who;
    struct tar_writer *to;
    struct problem *why;
};

static enum err add_key(struct item_sink *self, const struct json *item, struct arena *a)
{
    const struct keys *k = (const struct keys *)(const void *)self;
    str id = json_get(item, S("_id"))->text, sealed;
    TRY(gate_authority_key(k->app->gate, k->who, id, a, &sealed, k->why));
    TRY(tar_begin(k->to, arena_format(a, ARCHIVE_KEYS STR_FMT, STR_ARG(id)), sealed.len, k->why));
    tar_add(k->to, sealed.at, sealed.len);
    tar_entry(k->to);
    return ERR_OK;
}

enum err archive_write_keys(struct app *app, const struct principal *who, struct tar_writer *to, struct problem *why)
{
    struct keys k = {{add_key}, app, who, to, why};
    const struct item_wish all = {.collection = S("certificate_authorities")};
    return each_item(app, who, &all, &k.sink, why);
}

enum err archive_read_key(struct app *app, struct tar_reader *r, struct arena *a, struct map *keys, struct problem *why)
{
    char *text = arena_get(a, SEALED_BYTES, 1);
    size_t length = 0, got = 1;
    str id = arena_copy(a, str_of(r->name + sizeof ARCHIVE_KEYS - 1));
    while (got > 0 && length < SEALED_BYTES) {
        TRY(tar_read(r, text + length, SEALED_BYTES - length, &got, why));
        length += got;
    }
    str *kept = NEW(a, str);
    *kept = (str){text, length};
    if (length == SEALED_BYTES || !gate_authority_key_opens(app->gate, id, *kept))
        return problem_set(why, ERR_BAD_INPUT,
                           "The archive has authorities whose keys are sealed with another master key: nothing was imported. Bring the file master.key of "
                           "its server along, or leave certificates out with --without-certificates");
    (void)map_put(keys, id, kept);
    return ERR_OK;
}

struct json archive_with_key(struct arena *a, const struct map *keys, const struct json *item)
{
    const struct json *id = json_get(item, S("_id"));
    const str *sealed = id && id->type == JSON_TEXT ? map_get(keys, id->text) : NULL;
    if (!sealed)
        return *item;
    struct json *members = NEW_N(a, struct json, (size_t)item->count + 1);
    for (uint32_t i = 0; i < item->count; i++)
        members[i] = item->items[i];
    members[item->count] = json_named(S("private_key"), json_of_text(*sealed));
    return json_of_map(members, (size_t)item->count + 1);
}

bool archive_is_desk(str collection)
{
    static const str names[] = {STR("certificates"), STR("certificate_authorities"), STR("certificate_requests"), STR("issuing_rules")};
    for (size_t i = 0; i < COUNTOF(names); i++)
        if (str_equal(names[i], collection))
            return true;
    return false;
}

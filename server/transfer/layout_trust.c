#include "server/transfer/layout_trust.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"
#include "content/system/registry/trust_keys.h"
#include "server/transfer/each_item.h"
#include "server/transfer/import_parts.h"
#include "server/transfer/layout.h"

struct keys {
    struct item_sink sink;            /* first */
    struct transfer *to;
    struct arena *arena;
    struct problem *why;
    bool is_there;
    bool has_begun;                   /* transfer_into() was said */
};

static enum err note_it(struct item_sink *self, const struct json *item, struct arena *a)
{
    (void)item;
    (void)a;
    ((struct keys *)(void *)self)->is_there = true;
    return ERR_OK;
}

/* Of this store; the words are the table's and the digest hex, so nothing in them ends a text. */
static enum err look_for(struct keys *k, str tool, str store, str digest)
{
    str filter = str_is_absent(store) ? arena_format(k->arena, "{tool:'" STR_FMT "'}", STR_ARG(tool))
                                      : arena_format(k->arena, "{tool:'" STR_FMT "',store:'" STR_FMT "'}", STR_ARG(tool), STR_ARG(store));
    const struct item_wish wish = {.collection = S("trust_keys"), .is = S("digest"), .value = digest, .filter = arena_cstr(k->arena, filter)};
    k->is_there = false;
    return each_item(transfer_app(k->to), principal_system(transfer_app(k->to)->gate, k->arena, SYSTEM_COMMAND), &wish, &k->sink, k->why);
}

static enum err give(struct keys *k, str tool, str store, const struct trust_key *key)
{
    struct member_list m = {.arena = k->arena};
    str place = arena_format(k->arena, STR_FMT "/" STR_FMT "/" STR_FMT, STR_ARG(tool), STR_ARG(str_is_absent(store) ? S("") : store), STR_ARG(key->digest));
    TRY(look_for(k, tool, store, key->digest));
    if (k->is_there)
        return ERR_OK;
    if (!k->has_begun)
        TRY(transfer_into(k->to, S("trust_keys"), k->why));
    k->has_begun = true;
    member_put(&m, S("_id"), json_of_text(transfer_id(k->arena, S("zot"), S("trust_keys"), place)));
    member_put(&m, S("tool"), json_of_text(tool));
    if (!str_is_absent(store))
        member_put(&m, S("store"), json_of_text(store));
    member_put(&m, S("pem"), json_of_text(key->pem));
    struct json made = member_map(&m), copy = json_copy(transfer_arena(k->to), &made);
    return transfer_item(k->to, &copy, k->why);
}

/* Every file of a folder; takes over the folder. store {0}: keys of cosign. */
static enum err take_files(struct keys *k, int folder, str path, str store)
{
    str *names;
    size_t count;
    if (folder < 0)
        return ERR_OK;
    enum err e = layout_names(folder, k->arena, &names, &count, k->why);
    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        struct problem own = {.arena = k->arena};
        struct trust_key key;
        str bytes;
        enum err read = layout_read(folder, arena_cstr(k->arena, names[i]), LIMIT_TRUST_KEY_BYTES, k->arena, &bytes, &own);
        if (read == ERR_OK)
            read = trust_key_read(k->arena, str_is_absent(store) ? TRUST_COSIGN : TRUST_NOTATION, bytes, &key, &own);
        if (read == ERR_OK)
            e = give(k, str_is_absent(store) ? S("cosign") : S("notation"), store, &key);
        else {
            transfer_tell(k->to, arena_format(k->arena, STR_FMT "/" STR_FMT ": " STR_FMT, STR_ARG(path), STR_ARG(names[i]),
                                              STR_ARG(own.fault_count ? own.faults[0].text : own.text)));
            transfer_count(k->to, S("broken keys"), false);
        }
    }
    (void)close(folder);
    return e;
}

/* Takes over the folder. */
static int step(int at, const char *name)
{
    int next = at < 0 ? -1 : layout_folder(at, name);
    if (at >= 0)
        (void)close(at);
    return next;
}

static enum err take_stores(struct keys *k, int root)
{
    int stores = step(step(layout_folder(root, "_notation"), "truststore"), "x509");
    str *kinds, *names;
    size_t kind_count = 0, count = 0;
    enum err e = stores < 0 ? ERR_OK : layout_names(stores, k->arena, &kinds, &kind_count, k->why);
    for (size_t i = 0; i < kind_count && e == ERR_OK; i++) {
        int store = trust_store_known(kinds[i]) ? layout_folder(stores, arena_cstr(k->arena, kinds[i])) : -1;
        e = store < 0 ? ERR_OK : layout_names(store, k->arena, &names, &count, k->why);
        for (size_t n = 0; store >= 0 && n < count && e == ERR_OK; n++)
            e = take_files(k, layout_folder(store, arena_cstr(k->arena, names[n])),
                           arena_format(k->arena, "_notation/truststore/x509/" STR_FMT "/" STR_FMT, STR_ARG(kinds[i]), STR_ARG(names[n])), kinds[i]);
        if (store >= 0)
            (void)close(store);
    }
    if (stores >= 0)
        (void)close(stores);
    return e;
}

enum err layout_trust_keys(struct transfer *t, const char *root, struct problem *why)
{
    struct keys k = {.sink = {note_it}, .to = t, .arena = arena_open(64u << 10), .why = why};
    int at = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err e = at < 0 ? ERR_OK : take_files(&k, layout_folder(at, "_cosign"), S("_cosign"), (str){0});
    if (e == ERR_OK && at >= 0)
        e = take_stores(&k, at);
    if (at >= 0)
        (void)close(at);
    arena_close(k.arena);
    return e;
}

/* Files of Cockpit: storage/uploads has the bytes, app.sqlite what is known of them, assets.sqlite their folders. */
#include "server/transfer/import_cockpit.h"
#include "server/transfer/import_files.h"

struct files {
    struct cockpit_sink sink;         /* first */
    struct cockpit *c;
};

static str asset_id(struct arena *a, const struct json *document)
{
    return transfer_id(a, S("cockpit"), S("assets"), text_member(document, S("_id")));
}

/* {0}: it is not there. */
static str place_of(struct cockpit *c, struct arena *a, const struct json *document)
{
    return import_file_place(a, arena_format(a, STR_FMT "/uploads", STR_ARG(c->storage)), text_member(document, S("path")));
}

static enum err look_at(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why)
{
    struct cockpit *c = ((struct files *)(void *)self)->c;
    (void)why;
    if (!str_is_absent(place_of(c, a, document)))
        (void)map_put(c->ids, arena_format(c->arena, "assets/" STR_FMT, STR_ARG(asset_id(c->arena, document))), c);
    else
        c->lost_files++;
    return ERR_OK;
}

static enum err each(struct cockpit *c, struct foreign *from, str table, enum err (*document)(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why))
{
    struct files f = {{document}, c};
    return cockpit_documents(c, from, table, &f.sink, NULL);
}

enum err cockpit_look_at_assets(struct cockpit *c)
{
    TRY(each(c, c->files, S("assets"), look_at));
    if (c->lost_files)
        transfer_tell(c->to, arena_format(c->arena, "%llu files are not in storage/uploads; they are left out", (unsigned long long)c->lost_files));
    return ERR_OK;
}

/* Folders are a tree. */
static enum err take_folder(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why)
{
    struct cockpit *c = ((struct files *)(void *)self)->c;
    struct member_list m = {.arena = a};
    str above = text_member(document, S("_p"));
    member_put(&m, S("_id"), json_of_text(transfer_id(a, S("cockpit"), S("asset_folders"), text_member(document, S("_id")))));
    member_put(&m, S("name"), json_of_text(text_member(document, S("name"))));
    if (above.len)
        member_put(&m, S("_pid"), json_of_text(transfer_id(a, S("cockpit"), S("asset_folders"), above)));
    (void)map_put(c->ids, arena_format(c->arena, "asset_folders/" STR_FMT, STR_ARG(text_member(document, S("_id")))), c);
    struct json made = member_map(&m), copy = json_copy(transfer_arena(c->to), &made);
    return transfer_item(c->to, &copy, why);
}

/* Files. */

static struct json values_of(struct cockpit *c, struct arena *a, const struct json *document)
{
    static const str texts[] = {STR("title"), STR("description"), STR("altText")};
    struct member_list m = {.arena = a};
    const struct json *tags = json_get(document, S("tags")), *fp = json_get(document, S("fp"));
    str folder = text_member(document, S("folder"));
    member_put(&m, S("_id"), json_of_text(asset_id(a, document)));
    for (size_t i = 0; i < COUNTOF(texts); i++)
        if (text_member(document, texts[i]).len)
            member_put(&m, texts[i], json_of_text(text_member(document, texts[i])));
    if (tags && tags->type == JSON_LIST && tags->count)
        member_put(&m, S("tags"), *tags);
    if (fp && fp->type == JSON_MAP && json_get(fp, S("x")) && json_get(fp, S("y")))
        member_put(&m, S("fp"), *fp);
    if (folder.len && map_get(c->ids, arena_format(a, "asset_folders/" STR_FMT, STR_ARG(folder))))
        member_put(&m, S("folder"), json_of_text(transfer_id(a, S("cockpit"), S("asset_folders"), folder)));
    return member_map(&m);
}

static enum err take_file(struct cockpit_sink *self, struct arena *a, const struct json *document, struct problem *why)
{
    struct cockpit *c = ((struct files *)(void *)self)->c;
    str place = place_of(c, a, document);
    struct json values = values_of(c, a, document);
    bool taken = false;
    if (str_is_absent(place))
        return ERR_OK;
    TRY(import_file(c->to, a, place, &values, &taken, why));
    if (!taken) /* what shows it shows nothing */
        (void)map_put(c->ids, arena_format(c->arena, "refused/" STR_FMT, STR_ARG(asset_id(a, document))), c);
    return ERR_OK;
}

enum err cockpit_take_assets(struct cockpit *c)
{
    TRY(transfer_into(c->to, S("asset_folders"), c->why));
    transfer_keep(c->to, true);
    TRY(each(c, c->folders, S("folders"), take_folder));
    transfer_keep(c->to, false);
    TRY(transfer_into(c->to, S("asset_folders"), c->why)); /* they are written before files lie in them */
    return each(c, c->files, S("assets"), take_file);
}

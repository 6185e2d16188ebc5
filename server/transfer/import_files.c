#include "server/transfer/import_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "roles/files/files.h"
#include "server/transfer/import_parts.h"

struct file_source {
    struct byte_source source;        /* first */
    FILE *from;
};

str import_file_place(struct arena *a, str folder, str path)
{
    struct stat st;
    if (path.len == 0 || memchr(path.at, 0, path.len))
        return (str){0};
    char *root = realpath(arena_cstr(a, folder), NULL), *place = NULL;
    if (root)
        place = realpath(arena_cstr(a, arena_format(a, STR_FMT "/" STR_FMT, STR_ARG(folder), STR_ARG(path))), NULL);
    bool is_within = place && str_starts(str_of(place), arena_format(a, "%s/", root));
    str out = is_within && stat(place, &st) == 0 && S_ISREG(st.st_mode) ? arena_copy(a, str_of(place)) : (str){0};
    free(root);
    free(place);
    return out;
}

static enum err read_piece(struct byte_source *self, void *into, size_t room, size_t *got)
{
    struct file_source *f = (struct file_source *)(void *)self;
    *got = fread(into, 1, room, f->from);
    return ferror(f->from) ? ERR_UNAVAILABLE : ERR_OK;
}

static str name_of(str place)
{
    for (size_t i = place.len; i > 0; i--)
        if (place.at[i - 1] == '/')
            return str_slice(place, i, place.len);
    return place;
}

static enum err receive(struct gate *gate, struct arena *a, str place, const struct json *values, struct problem *why)
{
    struct received bytes = {0};
    struct file_source source = {{read_piece}, fopen(arena_cstr(a, place), "rb")};
    str id;
    if (!source.from)
        return problem_set(why, ERR_NOT_FOUND, "%s", strerror(errno));
    const struct principal *who = principal_system(gate, a, SYSTEM_COMMAND);
    enum err e = gate_receive(gate, who, false, &source.source, name_of(place), a, &bytes, why);
    (void)fclose(source.from);
    TRY(e);
    struct asset_wish wish = {.values = values};
    return gate_asset(gate, who, &bytes, &wish, a, &id, why);
}

static enum err is_here(struct gate *gate, struct arena *a, str id, bool *out, struct problem *why)
{
    const struct principal *who = principal_system(gate, a, SYSTEM_COMMAND);
    const struct collection *in;
    struct item_list found;
    TRY(gate_collection(gate, who, S("assets"), &in, why));
    struct query q = {.from = in, .limit = 1, .where = filter_test(a, &in->fields[META_ID], TEST_EQ, json_of_text(id))};
    query_all_fields(a, &q, NULL);
    item_list_init(&found, a);
    TRY(gate_read(gate, who, &q, &found.receiver, NULL, why));
    *out = found.count > 0;
    return ERR_OK;
}

enum err import_file(struct transfer *t, struct arena *a, str place, const struct json *values, bool *taken, struct problem *why)
{
    struct problem own = {.arena = a};
    bool here = false;
    TRY(is_here(transfer_app(t)->gate, a, text_member(values, S("_id")), &here, why));
    enum err e = here || transfer_is_dry(t) ? ERR_OK : receive(transfer_app(t)->gate, a, place, values, &own);
    if (e == ERR_UNAVAILABLE || e == ERR_FULL || e == ERR_INTERNAL)
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    if (e != ERR_OK)
        transfer_tell(t, arena_format(a, "The file " STR_FMT " is refused: " STR_FMT, STR_ARG(name_of(place)),
                                      STR_ARG(own.fault_count ? own.faults[0].text : own.text)));
    transfer_count(t, S("assets"), e == ERR_OK);
    *taken = e == ERR_OK;
    return ERR_OK;
}

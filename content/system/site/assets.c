/* Assets: what an upload found out about its bytes becomes fields of the item, and the item refers to the blob. All
 * of it comes from roles/files/files.c by change->beside; nobody else can say it. */
#include "base/crypt.h"
#include "base/time.h"
#include "base/utf8.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/registry/blob_row.h"

static void put(struct change *c, str name, struct json v)
{
    const struct field *f = collection_field(c->in, name);
    must(f != NULL);
    c->values[f->index] = json_named(name, v);
    field_set_add(&c->set, f->index);
}

static str told(const struct change *c, str name)
{
    const struct json *v = json_get(c->beside, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

/* As Cockpit: "/2026/11/21/my-file_uid_6b00e204d68c9.jpg". What is replaced keeps its place, not its ending. */
static str path_of(struct work *w, const struct change *c, const struct json *present)
{
    struct arena *a = work_arena(w);
    str extension = told(c, S("extension")), name = told(c, S("name")), stem, unused, old = {0};
    const struct json *v = json_get(present, S("path"));
    if (v && v->type == JSON_TEXT && v->text.len > 0) {
        old = v->text;
        for (size_t i = old.len; i > 0 && old.at[i - 1] != '/'; i--)
            if (old.at[i - 1] == '.')
                return arena_format(a, STR_FMT "." STR_FMT, (int)(i - 1), old.at, STR_ARG(extension));
    }
    struct buf day;
    buf_init(&day, a, 64);
    time_write(&day, work_now_ms(w));
    char *date = arena_get(a, 11, 1);
    memcpy(date, day.at, 10);
    date[4] = date[7] = '/';
    for (stem = name; str_cut(stem, '.', &stem, &unused);)
        ;
    stem = utf8_cut(utf8_slug(a, stem), 100);
    str unique = crypt_random_text(a, alphabet_hex, 13);
    return arena_format(a, "/%s/" STR_FMT "_uid_" STR_FMT "." STR_FMT, date, STR_ARG(stem.len ? stem : S("file")), STR_ARG(unique),
                        STR_ARG(extension));
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    static const str taken[] = {STR("name"), STR("mime"), STR("type"), STR("size"), STR("width"), STR("height"), STR("hash")};
    str blob = {0};
    if (c->op == OP_DELETE || str_is_absent(told(c, S("blob"))))
        return ERR_OK;
    const struct json *size = json_get(c->beside, S("size"));
    TRY(blob_row(w, told(c, S("blob")), size->integer, &blob, why));
    for (size_t i = 0; i < COUNTOF(taken); i++) {
        const struct json *v = json_get(c->beside, taken[i]);
        put(c, taken[i], v ? *v : json_null);
    }
    put(c, S("blob"), json_of_text(blob));
    put(c, S("path"), json_of_text(path_of(w, c, present)));
    return ERR_OK;
}

const struct behaviour behaviour_assets = {.collection = STR("assets"), .before = before};

/* zot's configuration: what is what, and in which order it comes (import_zot.h). */
#include "server/transfer/import_zot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "server/transfer/import_sources.h"

const struct json *zot_key(const struct json *config, str path)
{
    str rest = path, part;
    bool ended = false;
    while (config && str_next(&rest, &ended, '.', &part))
        config = json_get(config, part);
    return config;
}

/* {0}: *cause says why. */
static str read_all(struct arena *a, str path, size_t most, const char **cause)
{
    FILE *f = fopen(arena_cstr(a, path), "rb");
    struct buf b;
    size_t got = 1;
    *cause = strerror(errno);
    if (!f)
        return (str){0};
    buf_init(&b, a, most);
    while (got > 0 && !b.failed) {
        char piece[4096];
        got = fread(piece, 1, sizeof piece, f);
        buf_add(&b, (str){piece, got});
    }
    bool is_broken = ferror(f) != 0;
    (void)fclose(f);
    *cause = is_broken ? "it cannot be read" : "it is too large";
    return is_broken || b.failed ? (str){0} : buf_str(&b);
}

str zot_file(struct zot *z, str path, size_t most)
{
    const char *cause;
    str place = str_starts(path, S("/")) ? path : arena_format(z->arena, STR_FMT "/" STR_FMT, STR_ARG(z->folder), STR_ARG(path));
    str out = read_all(z->arena, place, most, &cause);
    if (str_is_absent(out))
        transfer_tell(z->to, arena_format(z->arena, "The file " STR_FMT " is left out: %s", STR_ARG(place), cause));
    return out;
}

bool zot_seconds(const struct json *v, int64_t *out)
{
    str text = import_text(v);
    uint64_t n = 0;
    *out = 0;
    if (v && v->type == JSON_INT && v->integer >= 0) {
        *out = v->integer / 1000000000;
        return true;
    }
    for (size_t i = 0, from = 0; i < text.len; i++) {
        int64_t unit = text.at[i] == 'h' ? 3600 : text.at[i] == 'm' ? 60 : text.at[i] == 's' ? 1 : 0;
        if (unit == 0)
            continue;
        if (!str_to_u64(str_slice(text, from, i), 1000000, &n))
            return false;
        *out += (int64_t)n * unit;
        from = i + 1;
    }
    return text.len > 0 && (text.at[text.len - 1] < '0' || text.at[text.len - 1] > '9');
}

enum err zot_give(struct zot *z, const struct member_list *m)
{
    struct json made = member_map(m), copy = json_copy(transfer_arena(z->to), &made);
    return transfer_item(z->to, &copy, z->why);
}

static str folder_of(struct arena *a, str path)
{
    for (size_t i = path.len; i > 0; i--)
        if (path.at[i - 1] == '/')
            return i == 1 ? S("/") : arena_copy(a, str_slice(path, 0, i - 1));
    return S(".");
}

static enum err read_config(struct zot *z, str path)
{
    const char *cause;
    struct problem own = {.arena = z->arena};
    str text = read_all(z->arena, path, LIMIT_ZOT_CONFIG_BYTES, &cause);
    if (str_is_absent(text))
        return problem_set(z->why, ERR_NOT_FOUND, STR_FMT ": %s", STR_ARG(path), cause);
    if (json_read(z->arena, text, NULL, S(""), &z->config, &own) != ERR_OK || z->config->type != JSON_MAP)
        return problem_set(z->why, ERR_BAD_INPUT, STR_FMT " is no configuration of zot in JSON: nothing was imported" "%s" STR_FMT, STR_ARG(path),
                           own.text.len ? ": " : "", STR_ARG(own.text.len ? own.text : S("")));
    if (!zot_key(z->config, S("storage")) && !zot_key(z->config, S("http")))
        return problem_set(z->why, ERR_BAD_INPUT, STR_FMT " is no configuration of zot: it has neither storage nor http", STR_ARG(path));
    return ERR_OK;
}

static enum err look(struct zot *z, str path)
{
    z->folder = folder_of(z->arena, path);
    TRY(read_config(z, path));
    TRY(zot_look_at_people(z));
    zot_tell_keys(z);
    return ERR_OK;
}

enum err import_zot(struct transfer *t, const char *path, struct problem *why)
{
    struct zot *z = calloc(1, sizeof *z);
    must(z != NULL);
    z->to = t;
    z->why = why;
    z->arena = arena_open(64u << 10);
    enum err e = look(z, str_of(path));
    if (e == ERR_OK)
        e = zot_take_people(z);
    if (e == ERR_OK)
        e = zot_take_providers(z);
    if (e == ERR_OK)
        e = zot_take_sync(z);
    if (e == ERR_OK)
        e = zot_take_retention(z);
    arena_close(z->arena);
    free(z);
    return e;
}

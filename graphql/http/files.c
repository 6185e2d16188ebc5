/* Multipart requests (graphql.md 13): "operations", then "map", then the files, each read by the mutation that wants it
 * while the request still arrives. Nothing of them is ever whole in memory, so files must come in the order in which they
 * are used; what nobody wants is passed over. */
#include "roles/files/files.h"
#include "base/limits.h"
#include "graphql/http/parts.h"

struct files;
struct part {
    struct gql_upload upload;         /* first */
    struct files *all;
    str name;                         /* of its part */
    enum { TO_COME, HERE, GONE } state;
};
struct files {
    struct multipart *form;
    struct part *parts;
    size_t count;
    uint64_t left;                    /* bytes that may still come */
    struct problem why;
};

static bool refuse(struct gql_call *c, const char *sentence)
{
    c->failed = OUTCOME_MALFORMED;
    (void)gql_fail(&c->errors, GQL_BAD_INPUT, "%s", sentence);
    return false;
}

/* On to the next part; the file that it is, NULL: none of the map's, or the end. */
static enum err next_part(struct files *f, struct part **here, bool *ended)
{
    struct multipart_part head;
    *here = NULL;
    TRY(multipart_next(f->form, &head, &f->why));
    *ended = str_is_absent(head.name);
    for (size_t i = 0; i < f->count && !*ended; i++)
        if (str_equal(f->parts[i].name, head.name) && f->parts[i].state == TO_COME)
            *here = &f->parts[i];
    if (*here) {
        (*here)->state = HERE;
        (*here)->upload.name = head.filename;
    }
    return ERR_OK;
}

/* Until this file is here; those in front of it are gone. */
static enum err find_part(struct part *p)
{
    struct files *f = p->all;
    while (p->state == TO_COME) {
        struct part *here;
        bool ended = false;
        for (size_t i = 0; i < f->count; i++)
            if (f->parts[i].state == HERE)
                f->parts[i].state = GONE;
        TRY(next_part(f, &here, &ended));
        if (ended)
            p->state = GONE;
    }
    return p->state == HERE ? ERR_OK : ERR_BAD_INPUT;
}

/* With a file's end the next one is looked for, so that its name is known before it is read. */
static enum err read_file(struct byte_source *self, void *into, size_t room, size_t *got)
{
    struct part *p = (struct part *)(void *)self, *next = NULL;
    struct files *f = p->all;
    bool ended = false;
    TRY(find_part(p));
    TRY(multipart_read(f->form, into, room, got, &f->why));
    if (*got > f->left)
        return ERR_TOO_LARGE;
    f->left -= *got;
    if (*got == 0) {
        p->state = GONE;
        while (!next && !ended)
            TRY(next_part(f, &next, &ended));
    }
    return ERR_OK;
}

/* The null at "variables.files.0", in a batch with the request's number in front. NULL: there is none. */
static struct json *place_of(const struct gql_call *c, struct json *operations, str path)
{
    struct json *at = operations;
    bool ended = path.len == 0;
    str step;
    for (size_t i = 0; str_next(&path, &ended, '.', &step); i++) {
        uint64_t n = 0;
        struct json *items = at->type == JSON_LIST || at->type == JSON_MAP ? (struct json *)(uintptr_t)at->items : NULL, *found = NULL;
        if (i == (c->is_batch ? 1u : 0u) && !str_equal(step, S("variables")))
            return NULL;
        for (uint32_t k = 0; at->type == JSON_MAP && k < at->count; k++)
            if (str_equal(items[k].name, step))
                found = &items[k];
        if (at->type == JSON_LIST && str_to_u64(step, UINT32_MAX, &n) && n < at->count)
            found = &items[n];
        if (!found)
            return NULL;
        at = found;
    }
    return at->type == JSON_NULL ? at : NULL;
}

static bool place_file(struct gql_call *c, struct json *operations, const struct json *paths, struct part *p, uint32_t *places)
{
    if (paths->type != JSON_LIST)
        return refuse(c, "Members of \"map\" must be lists of paths.");
    for (uint32_t i = 0; i < paths->count; i++) {
        if (++*places > LIMIT_GRAPHQL_FILE_PATHS)
            return refuse(c, "\"map\" has too many paths.");
        struct json *at = paths->items[i].type == JSON_TEXT ? place_of(c, operations, paths->items[i].text) : NULL;
        if (!at)
            return refuse(c, "Paths in \"map\" must lead to a null in \"variables\".");
        at->type = JSON_BYTES;
        at->bytes = &p->upload.source;
    }
    return true;
}

static bool place_files(struct gql_call *c, struct json *operations, const struct json *map, struct files *f)
{
    uint32_t places = 0;
    if (map->type != JSON_MAP || map->count > LIMIT_GRAPHQL_FILES)
        return refuse(c, "\"map\" must be an object with a member for each file, and there are too many or it is none.");
    f->parts = NEW_N(c->x->arena, struct part, map->count);
    f->count = map->count;
    c->is_batch = operations->type == JSON_LIST;
    for (uint32_t i = 0; i < map->count; i++) {
        f->parts[i] = (struct part){.upload = {.source = {read_file}}, .all = f, .name = map->items[i].name};
        if (!place_file(c, operations, &map->items[i], &f->parts[i], &places))
            return false;
    }
    return true;
}

static enum err read_part(struct gql_call *c, struct files *f, const char *name, size_t most, struct json *out, struct problem *why)
{
    struct multipart_part head;
    const struct json *v = NULL;
    str text;
    TRY(multipart_next(f->form, &head, why));
    if (!str_equal(head.name, str_of(name)) || !str_is_absent(head.filename)) {
        (void)refuse(c, "The form must begin with the fields \"operations\" and \"map\", in this order.");
        return ERR_OK;
    }
    TRY(multipart_text(f->form, most, &text, why));
    if (json_read(c->x->arena, text, NULL, str_of(name), &v, NULL) == ERR_OK)
        *out = json_copy(c->x->arena, v);
    else
        (void)refuse(c, "\"operations\" and \"map\" of the form must be JSON.");
    return ERR_OK;
}

enum err gql_receive_files(struct gql_call *c, struct problem *why)
{
    struct files *f = NEW(c->x->arena, struct files);
    struct json operations = json_null, map = json_null;
    struct part *first = NULL;
    bool ended = false;
    f->why.arena = c->x->arena;
    f->left = gate_asset_bytes_max(c->g->gate);
    TRY(gql_check_forgery(c, true, why));
    TRY(multipart_begin(c->x, exchange_header(c->x, S("content-type")), &f->form, why));
    TRY(read_part(c, f, "operations", c->g->options.json_body_max, &operations, why));
    if (c->failed == OUTCOME_DONE)
        TRY(read_part(c, f, "map", LIMIT_UPLOAD_META_BYTES, &map, why));
    if (c->failed != OUTCOME_DONE || !place_files(c, &operations, &map, f))
        return ERR_OK;
    struct json *kept = NEW(c->x->arena, struct json);
    *kept = operations;
    c->is_batch = false;
    gql_take_body(c, kept);
    if (f->count && c->failed == OUTCOME_DONE && next_part(f, &first, &ended) != ERR_OK)
        return problem_set(why, f->why.err, STR_FMT, STR_ARG(f->why.text));
    return ERR_OK;
}

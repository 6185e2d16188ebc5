/* Repositories by name: what they are called, who may do what with them, and the one way to push into them. */
#include "roles/registry/registry.h"

#include <stdlib.h>

#include "base/limits.h"
#include "content/kind.h"
#include "roles/registry/internal.h"

static bool is_small(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* One dot, one or two underscores, or any number of dashes. */
static size_t separator(str s, size_t at)
{
    size_t n = 0;
    while (at + n < s.len && s.at[at + n] == s.at[at])
        n++;
    return (s.at[at] == '.' && n == 1) || (s.at[at] == '_' && n <= 2) || s.at[at] == '-' ? n : 0;
}

/* Between two separators there is a letter or a digit. */
static bool part_valid(str part)
{
    bool was_small = false;
    for (size_t i = 0; i < part.len;) {
        bool small = is_small(part.at[i]);
        size_t n = small ? 1 : was_small ? separator(part, i) : 0;
        if (n == 0)
            return false;
        was_small = small;
        i += n;
    }
    return part.len > 0 && is_small(part.at[0]) && is_small(part.at[part.len - 1]);
}

bool repository_name_valid(str name)
{
    str rest = name, part;
    bool ended = false;
    if (name.len == 0 || name.len > LIMIT_REPOSITORY_BYTES)
        return false;
    while (str_next(&rest, &ended, '/', &part))
        if (!part_valid(part))
            return false;
    return true;
}

bool tag_name_valid(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool is_letter = is_small(c) || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_letter && (i == 0 || (c != '.' && c != '-')))
            return false;
    }
    return name.len > 0 && name.len <= LIMIT_TAG_BYTES;
}

enum err no_repository(str name, struct problem *why)
{
    return problem_fault(why, ERR_NOT_FOUND, S("name"), S("name"), "There is no repository " STR_FMT, STR_ARG(name));
}

enum err repository_for(struct gate *g, const struct principal *who, str name, enum verb verb, struct arena *a,
                        const struct json **row, struct problem *why)
{
    *row = NULL;
    if (!repository_name_valid(name))
        return problem_fault(why, ERR_BAD_INPUT, S("name"), S("name"), "The name of a repository is lower-case letters and digits, parted by / . _ -");
    enum err e = repository_asked(g, who, name, verb, a, row, why);
    if (e != ERR_OK) {
        *row = NULL;
        return e;
    }
    if (*row && (verb == VERB_CREATE || verb == VERB_UPDATE) && who->kind != PRINCIPAL_SYSTEM && !str_is_absent(item_text(*row, S("upstream"))))
        return problem_fault(why, ERR_FORBIDDEN, S("name"), S("mirrored"), "This repository mirrors another registry; nothing is pushed into it");
    if (!*row && verb == VERB_READ)
        return no_repository(name, why);
    return ERR_OK;
}

enum err repository_part(struct gate *g, str repository_id, str collection, str by, str value, struct arena *a,
                         const struct json **out, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    const struct collection *c = model_find(server->rights->model, collection);
    const struct filter *here = filter_test(a, c->within, TEST_EQ, json_of_text(repository_id));
    const struct filter *named = filter_test(a, collection_field(c, by), TEST_EQ, json_of_text(value));
    struct item_list list;
    TRY(read_items(g->content, server->rights, collection, filter_and(a, named, here), a, &list, why));
    *out = list.count ? &list.items[0] : NULL;
    return ERR_OK;
}

static enum err push_once(struct gate *g, const struct principal *who, str name, const struct json *said, struct arena *a,
                          bool *is_new, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    const struct json *row = NULL;
    struct own_change o;
    TRY(read_item(g->content, server->rights, S("repositories"), S("name"), name, a, &row, why));
    *is_new = row == NULL;
    own_change_begin(&o, g, a, SYSTEM_FILES, S("repositories"), row ? OP_UPDATE : OP_CREATE);
    o.actor = who->actor;
    o.change.beside = said;
    if (row)
        o.change.id = item_text(row, S("_id"));
    else
        own_set_text(&o, S("name"), name);
    return own_change_commit(&o, why);
}

/* Two who push the first thing into a repository at once both make it; the later one finds it made. */
enum err repository_push(struct gate *g, const struct principal *who, str name, const struct json *members, size_t count,
                         struct arena *a, struct problem *why)
{
    struct json *said = NEW(a, struct json);
    bool is_new = false;
    *said = json_of_map(members, count);
    struct problem first = {.arena = a};
    enum err e = push_once(g, who, name, said, a, &is_new, &first);
    bool was_beaten = e == ERR_CONFLICT || (e == ERR_INVALID && first.fault_count && str_equal(first.faults[0].rule, S("unique")));
    if (is_new && was_beaten)
        return push_once(g, who, name, said, a, &is_new, why);
    if (e != ERR_OK) {
        *why = (struct problem){.arena = why->arena, .err = first.err, .text = first.text, .faults = first.faults, .fault_count = first.fault_count,
                                .retry_after_s = first.retry_after_s, .more = first.more};
    }
    return e;
}

enum err repository_keep(struct gate *g, const struct principal *who, str bytes, str digest, struct arena *a, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    const struct collection *layers = model_find(server->rights->model, S("layers"));
    struct blob_upload *u = NULL;
    char is[BLOB_DIGEST_ROOM];
    size_t length = 0;
    (void)who;
    TRY(content_receive(g->content, server->rights, VERB_CREATE, layers, blob_upload_name(a), digest_kind_of(digest), &u, why));
    enum err e = blob_append(u, bytes, why);
    if (e != ERR_OK) {
        blob_drop(u);
        return e;
    }
    return blob_finish(u, digest, is, &length, why);
}

str digest_of(struct arena *a, enum digest_kind kind, str bytes)
{
    return arena_format(a, STR_FMT ":" STR_FMT, STR_ARG(digest_name(kind)), STR_ARG(digest_hex(a, kind, bytes)));
}

enum digest_kind digest_kind_of(str digest)
{
    return str_starts(digest, S("sha512:")) ? DIGEST_SHA512 : DIGEST_SHA256;
}

enum err demand_digest(str digest, struct problem *why)
{
    if (blob_digest_valid(digest))
        return ERR_OK;
    return problem_fault(why, ERR_BAD_INPUT, S("digest"), S("digest"), "A digest is sha256: or sha512: and hex digits in lower case");
}

const struct filter *is_item(struct arena *a, const struct collection *c, str id)
{
    return filter_test(a, &c->fields[META_ID], TEST_EQ, json_of_text(id));
}

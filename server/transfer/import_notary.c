/* A database of Notary's: what is what, and in which order it comes (import_notary.h). */
#include "server/transfer/import_notary.h"

#include <stdlib.h>

#include "base/crypt.h"
#include "server/transfer/import_sources.h"

static void wipe_keys(struct notary *n)
{
    for (size_t i = 0; i < n->authorities.count; i++) {
        struct notary_authority *x = n->authorities.at[i];
        if (x->key.len)
            crypt_wipe((void *)(uintptr_t)x->key.at, x->key.len);
    }
    for (size_t i = 0; i < n->key_texts.count; i++) {
        const str *text = n->key_texts.at[i];
        if (text->len)
            crypt_wipe((void *)(uintptr_t)text->at, text->len);
    }
    crypt_wipe(n->data_key, sizeof n->data_key);
}

/* All that can be wrong with the source is found before anything here is looked at. */
static enum err bring(struct notary *n, str path)
{
    TRY(notary_read(n, path));
    TRY(notary_check(n));
    TRY(notary_open_keys(n));
    const struct principal *who = principal_system(transfer_app(n->to)->gate, n->arena, SYSTEM_COMMAND);
    TRY(notary_look_here(n, who));
    return notary_write(n, who);
}

enum err import_notary(struct transfer *t, const char *path, struct problem *why)
{
    struct notary *n = calloc(1, sizeof *n);
    must(n != NULL);
    n->to = t;
    n->why = why;
    n->arena = arena_open(256u << 10);
    n->keys = map_new(n->arena, 16);
    struct problem inner = {.arena = n->arena};
    n->why = &inner;
    enum err e = bring(n, str_of(path));
    if (e != ERR_OK) {
        (void)problem_set(why, e, STR_FMT, STR_ARG(inner.text.len ? inner.text : S("Nothing was imported:")));
        for (size_t i = 0; i < inner.fault_count; i++)
            (void)problem_fault(why, e, arena_copy(why->arena, inner.faults[i].path), arena_copy(why->arena, inner.faults[i].rule), STR_FMT,
                                STR_ARG(inner.faults[i].text));
    }
    wipe_keys(n);
    foreign_close(n->db);
    arena_close(n->arena);
    free(n);
    return e;
}

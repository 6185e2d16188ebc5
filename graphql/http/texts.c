#include "graphql/http/texts.h"

#include <stdlib.h>

#include "base/digest.h"

struct text {
    struct shelved shelved;           /* first */
    str text;
    char bytes[];                     /* hash, text */
};

str text_hash(struct arena *a, str text)
{
    return digest_hex(a, DIGEST_SHA256, text);
}

static void drop(struct counted *self)
{
    free(self);
}

bool texts_find(struct shelf *s, str hash, bool is_guest, struct arena *a, str *text)
{
    struct shelved *found = shelf_find(s, 0, hash, is_guest);
    if (!found)
        return false;
    *text = arena_copy(a, ((struct text *)(void *)found)->text);
    counted_release(&found->counted);
    return true;
}

void texts_put(struct shelf *s, str hash, str text, bool is_guest)
{
    struct text *t = malloc(sizeof *t + hash.len + text.len);
    must(t != NULL);
    memcpy(t->bytes, hash.at, hash.len);
    memcpy(t->bytes + hash.len, text.at, text.len);
    t->text = (str){t->bytes + hash.len, text.len};
    t->shelved = (struct shelved){.counted = {1, drop},
                                  .name = {t->bytes, hash.len},
                                  .bytes = sizeof *t + hash.len + text.len,
                                  .of_guest = is_guest};
    shelf_put(s, &t->shelved);
    counted_release(&t->shelved.counted);
}

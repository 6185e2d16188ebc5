#ifndef API_BATCH_BATCH_H
#define API_BATCH_BATCH_H
#include "api/content/content.h"

/* One entry of a batch, however it was spelled. */
struct batch_entry {
    enum batch_op { BATCH_CREATE, BATCH_UPDATE, BATCH_REPLACE, BATCH_UPSERT, BATCH_DELETE } op;
    const struct collection *in;
    str path;                         /* "/changes/3": what faults of it begin with */
    str as;                           /* its name in later entries; {0}: only its number */
    str id, key;
    str match;                        /* an If-Match, {0}: none */
    const struct json *data;          /* NULL: none */
    str data_path;
    bool permanent;                   /* delete: past the trash */
    bool sets_state;                  /* publish, unpublish, archive: */
    int64_t state;
};

struct batch {
    struct exchange *x;
    struct api *api;
    struct batch_entry *entries;
    struct change *changes;           /* as many */
    size_t count;
};

/* {"changes":[…]} or {"requests":[…]} (read.c): entries without their data looked at. */
NODISCARD enum err batch_read(struct batch *b, const struct json *body, struct problem *why);
/* "$name._id", "$1.id" of entries before `at` as ids, wherever a reference stands (names.c). */
NODISCARD enum err batch_name(const struct batch *b, size_t at, str text, str path, str *out, struct problem *why);
NODISCARD enum err batch_names(const struct batch *b, size_t at, const struct json **data, struct problem *why);

#endif

#ifndef API_CONTENT_H
#define API_CONTENT_H
#include "api/params.h"

/* What the files of the content API share. */
handler content_tree, content_aggregate;   /* content_tree.c, content_aggregate.c */
bool content_has_branches(const struct query *q);
/* One listing at the writer's place: a bare array or {data, meta}. */
NODISCARD enum err content_write_list(struct exchange *x, struct api *api, struct query *q,
                                      const struct content_params *p, struct json_writer *w, struct page *page,
                                      struct problem *why);
#endif

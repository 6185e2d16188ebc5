#ifndef API_CONTENT_CONTENT_H
#define API_CONTENT_CONTENT_H
#include "api/answer.h"
#include "api/content/params.h"

/* What the files of the content API share. */
handler content_tree, content_aggregate; /* tree.c, aggregate.c */
handler content_save, content_put, content_patch, content_put_single, content_patch_single,
    content_delete;
handler content_groups; /* groups.c */
handler content_items_query; /* query.c */
handler content_export;                                   /* export.c */
handler content_search;                                   /* search.c */
handler content_act_on, content_act_free; /* act.c */
handler content_move;                     /* move.c */

/* One listing at the writer's place: a bare array or {data, meta} (contract 5). */
NODISCARD enum err content_write_list(struct exchange *x, struct api *api, struct query *q,
                                      const struct content_params *p, struct json_writer *w,
                                      struct page *page, struct problem *why);
/* Its parts, for listings that look otherwise: before reading, and the member "meta" when it is
 * due. */
void content_settle_count(const struct content_params *p, struct query *q);
void content_write_meta(struct json_writer *w, const struct content_params *p,
                        const struct query *q, const struct page *page);
/* Before reading, and when the page is there: what Prefer asks for (prefer.c). */
void content_prefer(const struct exchange *x, struct content_params *p, struct query *q, struct etag *tag);
void content_say_range(struct exchange *x, const struct content_params *p, const struct query *q,
                       const struct page *page);
/* Link: the same request for the next page and the one before, when there are such. */
void content_link_next(struct exchange *x, const struct content_params *p, const struct page *page);
/* Page after page into a list (which the caller has initialised) until `max` items are there;
 * *has_more tells whether that was all. q->limit and q->after are used up. */
NODISCARD enum err content_read_all(struct exchange *x, struct api *api, struct query *q,
                                    uint64_t max, struct item_list *out, bool *has_more,
                                    struct problem *why);
/* ERR_UNAUTHENTICATED when nobody in particular asks and the public has no role: for answers that
 * would be empty, not refused. */
NODISCARD enum err content_demand_role(const struct principal *who, struct problem *why);
/* What was written, as its author sees it: 200 with the item, or its id alone. */
NODISCARD enum err content_send_written(struct exchange *x, struct api *api, const struct change *c, struct problem *why);
/* q's conditions and this one. */
void content_narrow(struct arena *a, struct query *q, const struct field *f, str value);

extern const char *const content_no_names[],
    *const content_search_names[], *const content_tree_names[], *const content_export_names[], *const content_group_names[], *const content_aggregate_names[], *const content_write_names[],
    *const content_delete_names[];

/* Writing (write.c, once.c, upsert.c, bulk.c). */
struct sent_item;
struct answer;
/* All faults of an item that was sent, for out->op; out->id may be set, out->where and out->author are filled.
 * Whether the caller may write here at all is asked first. */
NODISCARD enum err content_read_change(struct exchange *x, const struct collection *c, const struct sent_item *sent,
                                       struct change *out, struct problem *why);
/* Create or change, by these fields ("slug", "a,b", "_id"): op says how what is there is changed. */
NODISCARD enum err content_read_upsert(struct exchange *x, const struct collection *c, str key, enum op op,
                                       const struct sent_item *sent, struct change *out, struct problem *why);
/* … when the key is read. */
NODISCARD enum err content_take_upsert(struct exchange *x, const struct collection *c, struct upsert *by, enum op op,
                                       const struct sent_item *sent, struct change *out, struct problem *why);
/* Idempotency-Key into *out; NULL: there is none. Before the body is read. */
NODISCARD enum err content_read_once(struct exchange *x, struct once **out, struct problem *why);
/* Where it cannot be obeyed: ERR_BAD_INPUT when there is one. what: "Uploads". */
NODISCARD enum err content_no_once(const struct exchange *x, const char *what, struct problem *why);
void content_say_replayed(struct exchange *x, const struct once *once);
/* permanent=1: past the trash. */
NODISCARD enum err content_read_permanent(const struct content_params *p, struct change *out, struct problem *why);
/* "Prefer: return=minimal": was it said; and the same for who obeys it, once: the answer tells so. */
bool content_asks_minimal(const struct exchange *x);
bool content_wants_minimal(struct exchange *x);
/* The item that was written, as its author sees it, at the writer's place; *revision is 0 when he does not. */
void content_write_written(struct exchange *x, struct api *api, const struct change *c, bool minimal, struct answer *a,
                           uint64_t *revision);
/* A list of what was written; ids only when all of it would be too much. */
NODISCARD enum err content_send_many(struct exchange *x, struct api *api, const struct change *changes, size_t count,
                                     struct problem *why);
handler content_save_many, content_put_by_key, content_patch_many, content_delete_many; /* bulk.c */
extern const char *const content_save_many_names[], *const content_put_by_key_names[], *const content_bulk_names[],
    *const content_bulk_delete_names[];

/* The item in a request's body, and what pointers into it begin with. */
struct sent_item {
    const struct json *data;
    str where;
    struct once *once;
};
/* POST: {"data":{…}}, or a form with data[field]=…  */
NODISCARD enum err content_body_wrapped(struct exchange *x, const struct collection *c,
                                        struct sent_item *out, struct problem *why);
/* PUT, PATCH: the item itself; also wrapped, unless the collection has a field called data. */
NODISCARD enum err content_body_bare(struct exchange *x, const struct collection *c,
                                     struct sent_item *out, struct problem *why);
#endif

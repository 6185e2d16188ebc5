#ifndef CONTENT_ITEM_JSON_H
#define CONTENT_ITEM_JSON_H
#include "content/plan/plan.h"

struct row;

/* Rows straight to JSON text: a row goes from the database cursor into the response buffer, no tree in
 * between. The receiver that content_read and gate_read feed. */
struct receiver {
    /* Called once the plan is known, before the first row; NULL is fine. */
    enum err (*begin)(struct receiver *self, const struct plan_node *node, struct problem *why);
    enum err (*row)(struct receiver *self, const struct plan_node *node, const struct row *row, struct problem *why);
};

struct item_writer {
    struct receiver receiver;         /* first */
    struct json_writer *to;
    unsigned depth;
    uint64_t rows;
    str last_id;                      /* id and revision of the last root item written, when they were selected */
    uint64_t last_revision;
    char last_id_bytes[32];
};
/* Every root item becomes one JSON value at the writer's present place (inside a list the caller opened). */
void item_writer_init(struct item_writer *w, struct json_writer *to);

/* Root items as trees in an arena, for code that needs to look at them. */
struct item_list {
    struct receiver receiver;         /* first */
    struct arena *arena;
    bool references;                  /* references as {"_model","_id"} (answers), not as ids (images) */
    struct json *items;
    size_t count, room;
};
void item_list_init(struct item_list *l, struct arena *a);

#endif

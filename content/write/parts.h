#ifndef CONTENT_WRITE_PARTS_H
#define CONTENT_WRITE_PARTS_H
#include "content/internal.h"

/* The stations of a change's way (content/write/write.c), for the files that lead it elsewhere: into a pending version,
 * into the trash and back. */
struct target_sink {
    struct row_sink sink; /* first */
    const struct plan_node *node;
    bool found;
    uint64_t revision;
};
/* Is there an item with this id that satisfies `also`, within what the rights' verb reaches? Who may write an
 * item need not be able to read it: the question is the server's. */
NODISCARD enum err look_up(struct work *w, const struct rights *rights, enum verb verb, const struct collection *c, str id,
                           const struct filter *also, struct target_sink *out, struct problem *why);
/* The item within what the verb reaches, at the expected revision; settles pending, result_id, result_revision. */
NODISCARD enum err find_target(struct work *w, const struct rights *rights, enum verb verb, struct change *c,
                               struct problem *why);
NODISCARD enum err last_revision(struct work *w, const struct collection *c, str id, uint64_t *out, struct problem *why);
void set_value(struct change *c, size_t index, struct json v);
/* Whether a field's value comes from this change or from the item as it was. */
const struct json *value_after(const struct change *c, const struct json *present, const struct field *f);
const struct json *image_after(struct work *w, const struct change *c, const struct json *present);
/* One value of a reference leads somewhere that the author can see. */
NODISCARD enum err check_reference(struct work *w, const struct rights *rights, const struct change *c, const struct field *f,
                                   str id, struct problem *why);
/* A reference's value without what is gone by now. */
struct json leading_links(struct work *w, const struct change *c, const struct field *f, const struct json *v);
NODISCARD enum err check_references(struct work *w, const struct rights *rights, const struct change *c,
                                    const struct json *present, struct problem *why);
NODISCARD enum err check_result(struct work *w, const struct access *access, const struct change *c, struct problem *why);
/* What is published has all that is required; faults by pointer. */
NODISCARD enum err check_finished(struct work *w, const struct change *c, const struct json *present, struct problem *why);
void stamp(struct work *w, struct change *c);
NODISCARD enum err engine_write(struct work *w, enum write_kind kind, const struct change *c, struct problem *why);

/* Publishing as part of a change (content/write/publish.c). */
bool changes_state(const struct change *c, const struct json *present);
/* … or takes a newer version live. */
bool asks_to_publish(const struct change *c, const struct json *present);
/* What _state the change leaves, as far as that is known before it is written; refuses what the role may not ask for. */
NODISCARD enum err settle_state(struct work *w, const struct rights *rights, struct change *c, const struct json *present,
                                struct problem *why);
/* The row of a new item, with the _state that the publish grant allows an item like this. */
NODISCARD enum err insert_published(struct work *w, const struct rights *rights, struct change *c, struct problem *why);
NODISCARD enum err note_change(struct work *w, const struct change *c, str verb, struct problem *why);

#endif

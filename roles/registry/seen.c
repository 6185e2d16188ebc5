/* A client that pushes asks whether a layer is there and sends it only when it is not. From then on it must stay, until the
 * manifest comes that refers to it. */
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/registry/internal.h"

#define FRESH_MS ((int64_t)LIMIT_SWEEP_GRACE_S * 500)

static enum err note(struct gate *g, str id, int64_t now, struct arena *a, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    struct json *member = NEW(a, struct json), *values = NEW(a, struct json);
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, now);
    *member = json_named(S("seen_at"), json_of_text(buf_str(&b)));
    *values = json_of_map(member, 1);
    struct book_entry entry = {.in = model_find(server->rights->model, S("layers")), .item = id, .values = values};
    return content_keep_books(g->content, server->rights, &server->actor, &entry, 1, a, why);
}

void layer_seen(struct gate *g, const struct principal *who, str repository, const struct json *layer, struct arena *a)
{
    int64_t now = time_now_ms(), seen = item_time(layer, S("seen_at"));
    struct problem quiet = {.arena = a};
    bool is_fresh = seen != 0 && now - seen < FRESH_MS && now >= seen;
    if (is_fresh || g->read_only || gate_repository(g, who, repository, VERB_CREATE, a, &quiet) != ERR_OK)
        return;
    err_ignored(note(g, item_text(layer, S("_id")), now, a, &quiet)); /* a full disk still answers */
}

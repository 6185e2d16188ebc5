/* Documents of GraphQL that clients name instead of sending them. Their hash is what the server makes of the text, so
 * that nobody can say one and store another. What the text means is not known here: whoever uses it reads it. */
#include "base/digest.h"
#include "content/system/behaviours.h"
#include "content/system/people/standing.h"

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    (void)why;
    const struct json *source = c->op == OP_DELETE ? NULL : value_to_be(c, present, S("source"));
    if (source && source->type == JSON_TEXT)
        value_put(c, S("hash"), json_of_text(digest_hex(work_arena(w), DIGEST_SHA256, source->text)));
    return ERR_OK;
}

const struct behaviour behaviour_graphql_documents = {.collection = STR("graphql_documents"), .before = before};

#ifndef GRAPHQL_HTTP_DOCUMENTS_H
#define GRAPHQL_HTTP_DOCUMENTS_H
#include "graphql/http/shelf.h"
#include "graphql/validate/validate.h"

/* Documents that were read and found valid for a schema, by its serial number and their text, on a shelf. What was not
 * found good is not kept: it costs as much the second time as the first. */
struct kept_document {
    struct shelved shelved;           /* first */
    struct arena *arena;
    const struct gql_document *document;
};
/* What went wrong, in the order in which documents are looked at. */
enum document_fault { DOCUMENT_GOOD, DOCUMENT_UNREADABLE, DOCUMENT_TOO_LARGE, DOCUMENT_INVALID };

/* The document, in *out with a counted use that the caller releases. A fault: errors has it, *out is NULL. tokens_left: of
 * LIMIT_GRAPHQL_TOKENS, those that documents before in the same request have left. */
enum document_fault documents_get(struct shelf *s, const struct gql_schema *schema, uint64_t serial, str text, bool is_guest,
                                  uint32_t tokens_left, struct gql_errors *errors, struct kept_document **out);
#endif

#ifndef GRAPHQL_HTTP_TEXTS_H
#define GRAPHQL_HTTP_TEXTS_H
#include "graphql/http/shelf.h"

/* Texts that clients registered by their SHA-256 (automatic persisted documents, graphql.md 10). In memory alone: a client
 * whose text is gone sends it once more. What is to last is an item of graphql_documents. */
str text_hash(struct arena *a, str text);                      /* 64 hex digits */
/* Copied into the arena; false: not here. */
bool texts_find(struct shelf *s, str hash, bool is_guest, struct arena *a, str *text);
void texts_put(struct shelf *s, str hash, str text, bool is_guest);
#endif

#ifndef GRAPHQL_HTTP_ANSWERS_H
#define GRAPHQL_HTTP_ANSWERS_H
#include "graphql/execute/execute.h"
#include "graphql/http/shelf.h"

/* What schemas said of themselves. Tools ask every schema the same long question, and answering it costs more than any
 * other (some ten thousand rows, megabytes), while the answer is the same as long as there is this schema: it is kept by the schema's
 * serial number, the document and the operation's name. Kept are answers to operations that ask for __schema, have no
 * variables, and ask for nothing but introspection: nothing of a house's contents is ever in here. */

/* As gql_execute(): writes the value of "data" at the end of x->out, from the shelf or by running the operation. */
void answers_execute(struct shelf *s, uint64_t serial, bool is_guest, struct gql_execution *x);

#endif

#ifndef SERVER_TRANSFER_OUTFLOW_H
#define SERVER_TRANSFER_OUTFLOW_H
#include "server/command.h"

/* All items of a collection that the principal reads, a line of JSON each, in the order of their making; pages are
 * read one after the other, so memory holds one. Localised fields are maps of all their languages. A line is what
 * intake_take takes. */
NODISCARD enum err outflow_items(struct app *app, const struct principal *who, const struct collection *in, FILE *to,
                                 struct problem *why);
#endif

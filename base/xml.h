#ifndef BASE_XML_H
#define BASE_XML_H
#include "base/tar.h"

/* A file of XML 1.0 in UTF-8, read front to back as what opens, closes and is said between: as much of it as files
 * have that other programs export (docs/decisions/0009). Well-formed or refused. There is no DTD: a DOCTYPE is an error,
 * so no entities but the five of the standard and those by number, nothing that grows, nothing that is fetched.
 * Comments and processing instructions are passed over. Names are kept with their prefix ("wp:post_id"). Memory is
 * bounded by the limits below. One thread. */
#define XML_DEPTH 64u
#define XML_NAME_BYTES 128u
#define XML_ATTRIBUTES 32u
#define XML_ATTRIBUTE_BYTES (16u << 10)  /* all of one element */
#define XML_PIECE_BYTES (32u << 10)      /* longer texts come in several pieces */

enum xml_event { XML_END, XML_OPEN, XML_CLOSE, XML_TEXT };
struct xml;
struct xml *xml_open(struct tar_source *from);                     /* the caller's */
void xml_close(struct xml *x);                                     /* NULL is fine */
/* ERR_BAD_INPUT with the line; then nothing more can be read. */
NODISCARD enum err xml_next(struct xml *x, enum xml_event *out, struct problem *why);
str xml_name(const struct xml *x);                                 /* of what opened or closed */
str xml_attribute(const struct xml *x, str name);                  /* of what opened; {0}: it has none of that name */
str xml_text(const struct xml *x);                                 /* of XML_TEXT; whole characters */
unsigned xml_depth(const struct xml *x);                           /* elements that are open; of a closing one: its parents */
uint64_t xml_line(const struct xml *x);
#endif

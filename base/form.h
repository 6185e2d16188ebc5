#ifndef BASE_FORM_H
#define BASE_FORM_H
#include "base/http.h"

/* Bodies as HTML forms and programs that imitate them send them (RFC 7578; WHATWG's urlencoded). Whole bodies
 * in memory, so for small forms; files in them are told apart, not stored. Pure and thread-safe; everything lies in
 * the arena or in the body, which must live as long. Strict: what two readers could understand differently is
 * refused (ERR_BAD_INPUT), and so are a name said twice, text that is not UTF-8, NUL, and more than
 * LIMIT_QUERY_PARAMETERS fields. */
struct form_field {
    str name, value;
    bool is_file;                     /* came with a file name; value may be any bytes */
};
struct form {
    const struct form_field *fields;
    size_t count;
};
/* content_type: the header's value. ERR_BAD_MEDIA when it names no form. An empty body of no type is a form
 * without fields. */
NODISCARD enum err form_read(struct arena *a, str content_type, str body, struct form *out, struct problem *why);
/* {0} when absent, or a file. */
str form_get(const struct form *form, str name);
/* A parameter of a header's value ("boundary", "name"): false when its syntax is broken; *out {0} when absent.
 * Names are compared without case; one said twice is broken. */
NODISCARD bool header_parameter(struct arena *a, str value, str name, str *out);
#endif
